"""What a board has found that nobody had put in, apart from what was put in.

*learnt*: a claim that stands and is emergent; one that is refuted, leaned against or contested,
unless the sign of a single number tells it.
*put in*: a claim that stands by what was typed (composed, duplicated, assumed, input,
definitional), and one whose word is that of the range of a single number.
*too small*: neither, as nothing came out that matters in most worlds.

A claim is grouped by its shares, however it was said: that something can happen is no finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from tightrope.analyses.verdicts.basis import KINDS, Basis
from tightrope.analyses.verdicts.verdict import SUPPORTED, TESTED
from tightrope.text.wording import counted

LEARNT, PUT_IN, SMALL = "learnt", "put in", "too small"


def group(verdict: str, found: Basis | None) -> str:
    """Which of the three a claim is; "" where its basis was not computed."""
    if found is None:
        return ""
    if verdict == "too small to matter":
        return SMALL
    if verdict in SUPPORTED:
        return LEARNT if found.kind == "emergent" else PUT_IN
    return PUT_IN if found.sign_of else LEARNT


@dataclass(frozen=True, eq=False)
class Parted:
    """A board's claims in three groups, the firmest verdicts first; rows of the claims' table."""

    learnt: pd.DataFrame
    put_in: pd.DataFrame
    small: pd.DataFrame

    @property
    def known(self) -> bool:
        """Whether bases were computed."""
        return bool(len(self.learnt) + len(self.put_in) + len(self.small))


def parted(claims: pd.DataFrame) -> Parted:
    """rows: a board's claims."""
    rank = {word: i for i, word in enumerate(TESTED)}
    order = claims.assign(rank=claims["verdict"].map(rank)).sort_values("rank", kind="stable")
    rows = order.drop(columns="rank")
    return Parted(*(rows[rows["found"] == name] for name in (LEARNT, PUT_IN, SMALL)))


def sentences(found: Parted) -> list[str]:
    """The three groups, counted; nothing where bases were not computed."""
    if not found.known:
        return []
    whole = [found.learnt, found.put_in, found.small]
    total = counted(sum(map(len, whole)), "claim")
    said = [
        f"Of {total}, {len(found.learnt)} {_are(found.learnt)} learnt: what was typed did not "
        f"settle them. {len(found.put_in)} {_are(found.put_in)} put in: "
        f"{', '.join(_kinds(found.put_in))}."
        if len(found.put_in)
        else f"Of {total}, {len(found.learnt)} {_are(found.learnt)} learnt and none put in."
    ]
    if len(found.small):
        said.append(f"{len(found.small)} {_are(found.small)} too small to matter in most worlds.")
    return said


def _are(rows: pd.DataFrame) -> str:
    return "is" if len(rows) == 1 else "are"


def _kinds(rows: pd.DataFrame) -> Sequence[str]:
    numbers = rows["basis"].value_counts()
    named = {"not supported": "contested or leaned against by the sign of one number"}
    return [f"{numbers[kind]} {named.get(kind, kind)}" for kind in KINDS if kind in numbers]
