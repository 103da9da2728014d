"""Further worlds for claims that are undecided, until none is or a budget is spent.

Claims are looked at again each time they have twice as many worlds as before. Looking often costs
error: each of several looks has its chance of deciding wrongly. So each is made with intervals as
much surer as there are looks (Bonferroni), and the chance that a claim is decided wrongly at any
of them is what it is at the one look of a usual board. How many there may be is fixed beforehand,
by the budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pandas as pd

from tightrope.analyses.intervals import CONFIDENCE
from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.board import Run
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.verdicts.verdict import undecided
from tightrope.engine.progress import Progress, silent
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import PIECE, First, Sample
from tightrope.text import wording

HELD = 10
"""Worlds are held against a record until the budget is reached, but not more than so many times
as many: a record that leaves next to none must not be gone on with for ever."""

Left = Callable[[Sample], Sample]
"""Which of some worlds are left."""


def ends(first: int, most: int) -> list[int]:
    """In how many worlds each look is made: the first, twice as many, and so on to the most."""
    found = [first]
    while found[-1] < most:
        found.append(min(2 * found[-1], most))
    return found


def sure(looks: int) -> float:
    """The confidence of the intervals of each of so many looks."""
    return 1 - (1 - CONFIDENCE) / looks


def open_in(results: Sequence[Result], confidence: float) -> list[int]:
    """The places of those that are undecided."""
    return [
        i
        for i, r in enumerate(results)
        if undecided(r.shares, len(r.came_to), confidence, r.claim.hedged)
    ]


def decide(
    setting: Setting,
    results: Sequence[Result],
    after: int,
    most: int,
    left: Left | None = None,
    progress: Progress = silent,
) -> tuple[Result, ...]:
    """The results with more worlds where they are undecided: up to `most` in all.

    after: worlds from this index on are new; left: which of them count, all by default.
    """
    planned = ends(min(len(r.came_to) for r in results), most)
    confidence, found = sure(len(planned)), list(results)
    coming = _new(setting, after, most, left)
    for before, end in pairwise(planned):
        waiting = open_in(found, confidence)
        if not waiting:
            break
        testbed = claims.prepare(setting, [found[i].claim for i in waiting])
        more: list[tuple[Result, ...]] = []
        count = end - before
        while count and (here := coming(count)) is not None:
            values = setting.runs.over(here).means(testbed.plans, testbed.readings)
            more.append(claims.judge(testbed, values))
            count -= len(here)
            progress(end - count, most)
        if more:
            for i, own in zip(waiting, zip(*more, strict=True), strict=True):
                found[i] = claims.together(found[i], own)
        if count:
            break
    progress(most, most)
    return tuple(found)


def _new(
    setting: Setting, after: int, most: int, left: Left | None
) -> Callable[[int], Sample | None]:
    """What gives new worlds in their order, up to so many at a time; None where there are no more.

    One piece is drawn and held against the record at a time, so however many, they take no memory.
    """
    case, worlds = setting.case, First(setting.runs.worlds.seed, after + HELD * most)

    def pieces() -> Iterator[Sample]:
        first = after
        while first < len(worlds):
            stop = min((first // PIECE + 1) * PIECE, len(worlds))
            here = worlds.part(case, first, stop - first)
            here = left(here) if left else here
            if len(here):
                yield here
            first = stop

    coming, rest = pieces(), list[Sample]()

    def some(count: int) -> Sample | None:
        here = rest.pop() if rest else next(coming, None)
        if here is not None and len(here) > count:
            rest.append(here.pick(slice(count, None)))
            here = here.pick(slice(count))
        return here

    return some


def sentences(rows: pd.DataFrame, run: Run) -> list[str]:
    """What further worlds have decided and what is left; nothing where nobody asked for them.

    rows: of the claims' table.
    """
    worlds, most, looks = run.first_worlds, run.most_worlds, run.looks
    if not most:
        return []
    tested = rows[rows["verdict"] != "not tested"]
    more = tested[tested["worlds"] > worlds]
    open_ = tested[tested["undecided"] != ""]
    if len(more):
        names = wording.joined(f"{r.claim} ({int(r.worlds):,})" for r in more.itertuples())
        said = [f"More worlds than the first {worlds:,}, up to {most:,}, were given to {names}."]
    else:
        said = [f"No claim needed more than the first {worlds:,} worlds."]
    if not len(open_):
        said.append("No verdict is left undecided.")
    if len(open_):
        own = [f"{r.claim} ({r.undecided}; {_needs(r.needs)})" for r in open_.itertuples()]
        said.append(
            f"Still undecided: {wording.joined(own)}. These counts are estimates, from the width "
            "of the intervals and as if the shares stayed as they are."
        )
    said.append(
        f"Each claim may be looked at {looks} times, so intervals are those of "
        f"{100 * sure(looks):.4g} % instead of {100 * CONFIDENCE:.0f} %: the chance that any look "
        "decides wrongly is that of one look without it."
    )
    return said


def _needs(worlds: float) -> str:
    """`some 41,000 worlds`: to two figures that count."""
    if worlds == float("inf"):
        return "too close to a border to say"
    size = 10 ** max(len(str(int(worlds))) - 2, 0)
    return f"some {-(-int(worlds) // size) * size:,} worlds"
