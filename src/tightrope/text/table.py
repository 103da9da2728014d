"""Tables as CSV files, with texts as `plain.to_cell` writes them, and read back as they were."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tightrope.text.plain import NUMBER, Rows, from_cell, to_cell


def csv_text(frame: pd.DataFrame) -> str:
    """A table as the text of a CSV file, without the rows' names."""
    safe = frame.copy(deep=False)
    for place, kind in enumerate(safe.dtypes):
        if kind.kind not in "biufcM":
            column = safe.iloc[:, place].astype(object).map(to_cell)
            safe.isetitem(place, column)
    safe.columns = [to_cell(name) for name in safe.columns]
    out = Rows(newline="")
    safe.to_csv(out, index=False, lineterminator=Rows.END)
    return out.getvalue()


def read_csv(file: str | Path, text: Iterable[str] = ()) -> pd.DataFrame:
    """A CSV file that tightrope wrote, as a table with its texts as they were.

    A column whose cells are all numbers, True or False, or empty holds such values; every other one
    holds text, "" where a cell is empty.

    Args:
        text: columns that hold text even where it looks like numbers.
    """
    with Path(file).open(encoding="utf-8", newline="") as opened:
        heads, *rows = [[from_cell(c) for c in row] for row in csv.reader(opened)] or [[]]
    found = pd.DataFrame(rows, columns=heads, dtype=object)
    keep = set(text)
    for place, name in enumerate(heads):
        if name not in keep:
            found.isetitem(place, _typed(found.iloc[:, place]))
    return found


def _typed(column: pd.Series) -> pd.Series:
    """A column of texts as numbers or truth values, where all of them are such."""
    filled = [cell for cell in column if cell != ""]
    if filled and all(cell in ("True", "False") for cell in filled):
        return column.map({"True": True, "False": False, "": None})
    if filled and all(NUMBER.fullmatch(cell) for cell in filled):
        whole = len(filled) == len(column)
        numbers: pd.Series = pd.to_numeric(
            column if whole else column.map(lambda cell: float(cell or "nan"))
        )
        return numbers
    return column
