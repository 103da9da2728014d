"""World Bank indicators."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from tightrope.reading.yamlfile import listed
from tightrope.sources.tally import Left, Loaded, Tally, check_kept, loaded, note_names, whole_rows
from tightrope.sources.textfile import (
    Paths,
    SeriesError,
    Table,
    as_paths,
    check_columns,
    file_error,
    real,
    records,
    share_of,
)


def load_worldbank(
    path: Paths, *, country: str = "", indicator: str = "", relative_error: float = 0.05
) -> Loaded:
    """World Bank indicator CSV: four lines of preamble, a row per country, a column per year.

    Layout: the CSV download of an indicator's page (data.worldbank.org). Country and indicator are
    a code (`AFG`, `NY.GDP.MKTP.CD`) or a name. Years are kept as years; a year of a country counts
    as a row. The indicator may be left out where the file has one.
    """
    error = share_of(relative_error)
    if not country:
        raise SeriesError("country: found nothing; allowed: a code such as AFG, or a name")
    tally = Tally()
    countries: dict[str, None] = {}
    indicators: dict[str, None] = {}
    values: dict[str, float] = {}
    taken = ""
    for file in as_paths(path):
        columns, rows = _open_worldbank(file)
        years = [(i, name) for i, name in enumerate(columns) if re.fullmatch(r"[0-9]{4}", name)]
        if not years:
            raise file_error(file, 5, "no year among the columns", "columns named by years")
        for line, row in whole_rows(rows, len(columns), tally, file, len(years)):
            tally.rows += len(years)
            (name, code, title, label) = (cell.strip() for cell in row[:4])
            note_names(countries, (code, name))
            left = None
            if not any(country.casefold() == one.casefold() for one in (name, code)):
                left = Left("another country", name)
            else:
                note_names(indicators, (label, title))
                if indicator and indicator.casefold() not in (label.casefold(), title.casefold()):
                    left = Left("another indicator", label)
                elif taken and label != taken:
                    allowed = "one, or the option indicator"
                    raise file_error(file, line, f"a second indicator, {label}", allowed)
                else:
                    taken = label
            for i, year in years:
                value = None if left else real(row[i])
                if left:
                    tally.drop(left, file, line)
                elif not row[i].strip():
                    tally.drop(Left("no number", year), file, line)
                elif value is None:
                    tally.drop(Left("not a number", f"{year} {row[i]}"), file, line)
                elif year in values:
                    tally.drop(Left("a year a second time", year), file, line)
                else:
                    values[year] = value
                    tally.kept += 1
    check_kept(tally, ("country", country, countries), ("indicator", indicator, indicators))
    lines = [
        (year, v, v - error * abs(v), v + error * abs(v), 1, "used", "")
        for year, v in sorted(values.items())
    ]
    first, last = f"{lines[0][0]}-01-01", f"{lines[-1][0]}-12-31"
    return loaded(tally, lines, taken, f"the value, {100 * error:g} % on either side", first, last)


def _open_worldbank(file: Path) -> Table:
    names = ["Country Name", "Country Code", "Indicator Name", "Indicator Code"]
    found = records(file)
    for line, row in itertools.islice(found, 10):
        cells = [cell.strip() for cell in row]
        if cells[0] == "Country Name":
            if cells[:4] != names:
                check_columns(file, line, cells, names)
                raise file_error(file, line, listed(cells[:4]), f"{listed(names)} in this order")
            # Header and rows end in a comma; some exports leave it out in one of them.
            return (cells if cells[-1] else cells[:-1]), _without_last(found, len(cells), cells)
        if ";" in cells[0] or "\t" in cells[0]:
            check_columns(file, line, cells, names)
    allowed = f"a World Bank indicator CSV, with {listed(names)} after four lines"
    raise file_error(file, 1, "no row of column names", allowed)


def _without_last(
    records: Iterator[tuple[int, list[str]]], width: int, header: list[str]
) -> Iterator[tuple[int, list[str]]]:
    """Rows without the empty field after their last comma."""
    columns = width if header[-1] else width - 1
    for line, row in records:
        extra = len(row) == columns + 1 and not row[-1].strip()
        yield line, row[:-1] if extra else row
