"""Counts of claims and worlds: a verdict counts as decided only where no other is left open."""

from __future__ import annotations

import pandas as pd

from tightrope.analyses.record.evidence import FEW, Matching
from tightrope.analyses.verdicts.basis import KINDS
from tightrope.analyses.verdicts.verdict import VERDICTS
from tightrope.text import wording

BEFORE = "decided in all worlds"


def counts(rows: pd.DataFrame, before: int | None = None) -> pd.DataFrame:
    """Numbers of claims by verdict (rows).

    rows: a board's claims; before: so many worlds were run before the record ruled some out, or
    None where it did not.

    Columns: with a record `decided in all worlds`; `decided`; `undecided`, where the interval of
    a share reaches over a border between verdicts; each basis that occurs.
    """
    open_ = rows["undecided"] != ""
    columns = {"decided": rows[~open_], "undecided": rows[open_]}
    if before is not None:
        columns = {BEFORE: rows[rows["prior_undecided"] == ""]} | columns
    found = {
        name: own["prior_verdict" if name == BEFORE else "verdict"].value_counts()
        for name, own in columns.items()
    }
    for kind in KINDS:
        own = rows[rows["basis"] == kind]
        if len(own):
            found[kind] = own["verdict"].value_counts()
    return pd.DataFrame(found).reindex(list(VERDICTS)).fillna(0).astype(int)


def cells(rows: pd.DataFrame, before: int | None = None) -> tuple[list[str], list[list[str]]]:
    """The counts as the heads and rows of a table, nothing where there is none."""
    table = counts(rows, before)
    told = [[str(verdict), *(str(n or "") for n in row)] for verdict, row in table.iterrows()]
    return ["verdict", *map(str, table.columns)], told


def left(matching: Matching, worlds: int) -> str:
    """How many worlds the record leaves of those tested, and in which of them verdicts are given.

    worlds: so many were asked for.
    """
    labels = dict(zip(matching.series["series"], matching.series["label"], strict=True))
    misfits = ", ".join(labels[name] for name in matching.misfits)
    kept = len(matching.kept.indices)
    if kept < FEW:
        said = (
            f"Verdicts are given in all worlds. The record up to {matching.until} leaves {kept} of "
            f"{matching.tested:,} tested: too few to give verdicts in."
        )
    else:
        said = (
            f"Verdicts are given in {wording.counted(min(kept, worlds), 'world')} that the record "
            f"up to {matching.until} does not rule out, of {matching.tested:,} tested "
            f"({wording.percent(matching.share)} not ruled out); beside them those in all worlds."
        )
    return f"{said} " + (
        f"No world meets: {misfits}." if misfits else "Every series is met by some worlds."
    )
