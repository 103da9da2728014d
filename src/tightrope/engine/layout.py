"""Where everything stands in the arrays, in the one order in which all of them are laid out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Protocol

from tightrope.case import Case


class Levelled(Protocol):
    """An instrument or a regime."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Its levels, by name."""


def level_spans(items: Sequence[Levelled]) -> list[slice]:
    """Where the levels of each stand among all levels laid end to end."""
    return _end_to_end([len(item.levels) for item in items])


def actor_spans(case: Case) -> list[slice]:
    """Where the levels of each actor's instruments stand among those of all actors."""
    return _end_to_end([sum(len(i.levels) for i in a.instruments) for a in case.actors])


def level_count(case: Case) -> int:
    """Levels of all instruments together."""
    return sum(len(i.levels) for i in case.instruments)


def state_spans(case: Case) -> tuple[slice, slice, slice]:
    """Where shares, indices and real numbers stand in `Case.states`."""
    counts = [sum(v.scale == scale for v in case.states) for scale in ("share", "index", "real")]
    shares, indices, reals = _end_to_end(counts)
    return shares, indices, reals


def observables(case: Case) -> tuple[str, ...]:
    """What a posture's rule may look at."""
    return (
        *(v.name for v in case.states),
        *(d.name for d in case.derived),
        *(i.name for i in case.instruments),
        *(r.name for r in case.regimes),
        *(q.name for q in case.quantities),
    )


def _end_to_end(sizes: Sequence[int]) -> list[slice]:
    return [slice(a, b) for a, b in pairwise(accumulate(sizes, initial=0))]
