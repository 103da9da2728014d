"""Which verdicts are weakest, and why: read off what the board knows of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from tightrope.analyses.verdicts.board import Board
from tightrope.analyses.verdicts.verdict import HEDGED
from tightrope.analyses.verdicts.words import REMOVALS
from tightrope.text.wording import joined, percent

NEAR = (0.5, 2.0)
"""So many times its margin: a word that changes in between hangs on what counts as something."""

SAYS = ("holds", "leans", "can happen", "rare", "leans against", "refuted")
"""Words that a reader may lean on."""


class Weak(NamedTuple):
    """A claim of the board, and the reasons not to lean on its word, each in a few words."""

    claim: str
    verdict: str
    says: str
    why: tuple[str, ...]


def weakest(board: Board) -> list[Weak]:
    """Claims whose word may be leaned on and should not be, those with most reasons first."""
    margins = board.margins
    found = [
        Weak(str(row["claim"]), str(row["verdict"]), str(row["says"]), why)
        for row in board.claims.to_dict("records")
        if row["verdict"] in SAYS
        and (why := tuple(_reasons(row, margins[margins["claim"] == row["claim"]])))
    ]
    return sorted(found, key=lambda weak: -len(weak.why))


def _reasons(row: Mapping[Any, Any], margins: pd.DataFrame) -> list[str]:
    found = []
    if row["undecided"]:
        found.append(f"more worlds may make it: {row['undecided']}")
    inside = margins["times"].between(*NEAR)
    words = sorted(set(margins.loc[inside, "verdict"]) - {row["verdict"]})
    if words:
        found.append(
            f"at a margin between half of its own and twice that its word is also: {joined(words)}"
        )
    other = [word for word in str(row["otherwise"]).split(", ") if word != row["verdict"]]
    if row["otherwise"] and other:
        found.append(f"under other choices of ours its word is also: {joined(other)}")
    if row["prior_verdict"] != row["verdict"]:
        found.append(f"before the record its word was: {row['prior_verdict']}")
    if row["basis"] == "assumed":
        found.append(f"it falls without {_plain(row['rests_on'])}")
    if row["opposite"] >= 1 / 10 and row["verdict"] not in HEDGED:
        found.append(f"it is the opposite in {percent(row['opposite'])} of worlds")
    return found


def _plain(names: str) -> str:
    """The mechanisms that a claim falls without, any one of them."""
    return " or without ".join(
        REMOVALS.get(name, name.replace("_", " ")) for name in names.split(", ") if name
    )
