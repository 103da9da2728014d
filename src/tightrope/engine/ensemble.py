"""Ensembles: many plans over many worlds, block by block, read at chosen outcomes.

Blocks hold consecutive worlds and always the same number of them, so a world's numbers do not
depend on how many others were asked for. Only what is read is kept, so memory does not grow with
the length of the runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from tightrope.case import Outcome, Side
from tightrope.engine import kernel as engine
from tightrope.engine.model import LANES, Model, Trajectory
from tightrope.engine.plan import Plan
from tightrope.engine.worlds import Block, Sample, block

Job = TypeVar("Job")
Result = TypeVar("Result")

Progress = Callable[[int, int], None]
"""Called with how much is done, and how much there is."""

Watch = Callable[[str, int, int], None]
"""Called with a phase's name, how much of it is done, and how much there is."""


_COUNTED = 2048
"""Worlds looked at to say in how many a number is none."""


@contextmanager
def threads() -> Iterator[ThreadPoolExecutor]:
    """As many threads as cores. On an error or Ctrl-C, what has not begun is dropped."""
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def first_alone(
    pool: ThreadPoolExecutor, work: Callable[[Job], Result], jobs: Sequence[Job]
) -> Iterator[Result]:
    """Results in the order of the jobs, of which the first is done before the others begin.

    It compiles what they all run. Two threads that do so at once, from one cache, can hang.
    """
    yield from map(work, jobs[:1])
    yield from pool.map(work, jobs[1:])


def silent(done: int, total: int) -> None:
    """Report progress to nobody."""


def no_watch(phase: str, done: int, total: int) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class Reading:
    """The mean over quarters `first` to `last` of a weighted sum of outcomes in one plan.

    Attributes:
        plan: index of the plan.
        rows: (index into `Model.outcomes`, weight) pairs.
    """

    plan: int
    rows: tuple[tuple[int, float], ...]
    first: int
    last: int

    def take(self, outcomes: np.ndarray) -> np.ndarray:
        """Read a trajectory's outcomes, shape (T + 1, O, W); returns shape (W,)."""
        window = outcomes[self.first : self.last + 1]
        total = np.zeros(outcomes.shape[-1], outcomes.dtype)
        for row, weight in self.rows:
            total += weight * window[:, row].mean(axis=0)
        return total

    def weights(self, quarters: int, outcomes: int) -> np.ndarray:
        """The same as weights over quarters and outcomes; shape (T + 1, O)."""
        weights = np.zeros((quarters + 1, outcomes), np.float32)
        for row, weight in self.rows:
            weights[self.first : self.last + 1, row] += weight / (self.last - self.first + 1)
        return weights


def rows(model: Model, outcome: Outcome) -> tuple[tuple[int, float], ...]:
    """Where an outcome stands in `Model.outcomes`: itself, or an instrument's mean position."""
    index = model.outcome_index
    if outcome.kind != "position":
        return ((index[outcome], 1.0),)
    (instrument,) = (i for i in model.instruments if i.name == outcome.name)
    pairs = zip(instrument.levels, instrument.positions, strict=True)
    return tuple(
        (index[Outcome("share", outcome.name, level)], position)
        for level, position in pairs
        if position
    )


def reading(model: Model, side: Side, plan: int) -> Reading:
    return Reading(plan, rows(model, side.outcome), side.first, side.last)


def count_of(worlds: int | Sample) -> int:
    """How many worlds are meant: the first so many, or a chosen sample."""
    return worlds if isinstance(worlds, int) else len(worlds.indices)


def blocks(
    model: Model, seed: int, worlds: int | Sample, quarters: int
) -> Iterator[tuple[slice, Block]]:
    """Blocks that cover the worlds, each with the slice of the ensemble that it fills."""
    count = count_of(worlds)
    for first in range(0, count, LANES):
        here = slice(first, min(first + LANES, count))
        if isinstance(worlds, int):
            yield here, block(model.case, seed, first, LANES, quarters)
        else:  # a block is always full: the last one repeats its last world
            places = np.minimum(np.arange(first, first + LANES), count - 1)
            yield here, worlds.block(model.case, places, quarters)


def each_trajectory(
    model: Model,
    plans: Sequence[Plan],
    seed: int,
    worlds: int | Sample,
    quarters: int,
    use: Callable[[int, slice, Trajectory], None],
    progress: Progress = silent,
    last: Sequence[int] | None = None,
    change: Callable[[Block], Block] | None = None,
) -> None:
    """Run every plan on every block and hand each trajectory to `use`, on as many threads as cores.

    `use(plan index, worlds, trajectory)` gets LANES worlds, of which only the slice's length count.
    last: for each plan the last quarter that is of interest; all by default.
    change: what is done to each block before it is run.

    Raises CaseError where a number of a run is NaN or infinite.
    """
    total = len(plans) * -(-count_of(worlds) // LANES)
    done = 0

    def marked(index: int, here: slice, drawn: Block) -> tuple[Trajectory, np.ndarray]:
        end = None if last is None else last[index]
        run, broken = engine.run_marked(model, drawn, plans[index], end)
        return run, broken[:, : here.stop - here.start]

    def one(job: tuple[int, slice, Block]) -> tuple[int, Block, np.ndarray] | None:
        index, here, drawn = job
        run, broken = marked(index, here, drawn)
        if broken.any():
            return index, drawn, broken
        use(index, here, run)
        return None

    def drawn_blocks() -> Iterator[tuple[slice, Block]]:
        for here, drawn in blocks(model, seed, worlds, quarters):
            yield here, change(drawn) if change else drawn

    with threads() as pool:
        for here, drawn in drawn_blocks():
            jobs = [(i, here, drawn) for i in range(len(plans))]
            for bad in pool.map(one, jobs) if done else first_alone(pool, one, jobs):
                if bad is not None:
                    index, block_, broken = bad
                    share = _share(partial(marked, index), drawn_blocks())
                    raise engine.not_finite(model, block_, plans[index], broken, share)
                done += 1
                progress(done, total)


def _share(
    marked: Callable[[slice, Block], tuple[Trajectory, np.ndarray]],
    drawn: Iterator[tuple[slice, Block]],
) -> str:
    """In how many worlds a plan gives a number that is none: of all, or of the first so many."""
    bad = count = 0
    for here, block_ in drawn:
        bad += int(marked(here, block_)[1].any(axis=0).sum())
        count = here.stop
        if bad and count >= _COUNTED:
            break
    return f"{bad:,} of {count:,} worlds ({100 * bad / count:.2g} %)"


def read(
    model: Model,
    plans: Sequence[Plan],
    readings: Sequence[Reading],
    seed: int,
    worlds: int | Sample,
    quarters: int,
    progress: Progress = silent,
) -> np.ndarray:
    """Every reading in every world; shape (readings, worlds), display units."""
    out = np.empty((len(readings), count_of(worlds)), np.float32)
    by_plan: list[list[int]] = [[] for _ in plans]
    for i, item in enumerate(readings):
        by_plan[item.plan].append(i)
    last = [max((readings[i].last for i in read), default=0) for read in by_plan]

    def use(plan: int, here: slice, trajectory: Trajectory) -> None:
        outcomes = np.asarray(trajectory.outcomes)
        for i in by_plan[plan]:
            out[i, here] = readings[i].take(outcomes)[: here.stop - here.start]

    each_trajectory(model, plans, seed, worlds, quarters, use, progress, last)
    return out
