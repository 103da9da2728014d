"""Counts of a board's claims: a verdict counts as decided only where one is left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tightrope.analyses.verdicts.basis import KINDS
from tightrope.analyses.verdicts.claims import SUPPORTED, VERDICTS, interval, undecided

if TYPE_CHECKING:
    from tightrope.analyses.verdicts.board import Board

BEFORE = "decided in all worlds"


def counts(board: Board) -> pd.DataFrame:
    """Numbers of claims by verdict (rows).

    Columns: with a record `decided in all worlds`; `decided`; `undecided`, where the interval of
    the share reaches over a border between verdicts; each basis that occurs.
    """
    rows = board.claims
    open_ = rows["undecided"] != ""
    columns = {"decided": rows[~open_], "undecided": rows[open_]}
    if board.matching is not None:
        columns = {BEFORE: rows[_decided_before(board)]} | columns
    found = {
        name: own["prior_verdict" if name == BEFORE else "verdict"].value_counts()
        for name, own in columns.items()
    }
    for kind in KINDS:
        own = rows[rows["basis"] == kind]
        if len(own):
            found[kind] = own["verdict"].value_counts()
    return pd.DataFrame(found).reindex(list(VERDICTS)).fillna(0).astype(int)


def _decided_before(board: Board) -> pd.Series:
    shares = board.claims["prior_share"]
    return shares.map(
        lambda s: np.isfinite(s) and not undecided(*interval(s, board.run.worlds))
    ).astype(bool)


def stands(claims: pd.DataFrame) -> pd.Series:
    """Which rows hold or lean, whatever of the two they come to."""
    words = claims["undecided"].where(claims["undecided"] != "", claims["verdict"])
    return words.map(lambda said: set(said.split(" or ")) <= set(SUPPORTED)).astype(bool)


def cells(board: Board) -> tuple[list[str], list[list[str]]]:
    """The counts as the heads and rows of a table, nothing where there is none."""
    table = counts(board)
    rows = [[str(verdict), *(str(n or "") for n in row)] for verdict, row in table.iterrows()]
    return ["verdict", *map(str, table.columns)], rows
