"""Runs: the one door to the kernel. Arms over many worlds, block by block, read at chosen outcomes.

Blocks hold consecutive places of the worlds and always the same number of them, so a world's
numbers do not depend on how many others were asked for. Only what is read is kept, so memory does
not grow with the length of the runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from tightrope.engine import kernel
from tightrope.engine.kept import Kept, key, of_model, of_plan, of_worlds
from tightrope.engine.model import LANES, Model, Trajectory
from tightrope.engine.plan import Plan, Rows
from tightrope.engine.progress import Progress, in_order, silent, threads
from tightrope.engine.readings import Reading
from tightrope.engine.worlds import Block, Sample, Worlds

_COUNTED = 2048
"""Worlds looked at to say in how many a number is none."""

WHOLE = 1024
"""Worlds whose whole trajectories are kept at most: some 5 MB for an arm of a case like Kabul."""

SPAN = 32
"""Arms are laid out over a multiple of so many quarters, and run to the last that is asked for: so
runs of 12, 20 and 32 quarters are one function to compile."""

FLUSH = 2.0
"""Seconds between two times that new results are kept: what a kill costs at most."""


class Slope(NamedTuple):
    """A weighted sum of outcomes of an arm, whose derivatives are asked for.

    Attributes:
        weights: over quarters and outcomes, none after quarter `last`; shape (T + 1, O).
    """

    plan: Plan
    weights: np.ndarray
    last: int


class _Want(NamedTuple):
    """What is read off one plan in every block; `take` gets a trajectory: (..., LANES)."""

    plan: int
    last: int
    key: bytes
    take: Callable[[Trajectory], np.ndarray]


@dataclass(frozen=True, eq=False)
class Runs:
    """Arms of a model, run in some worlds over so many quarters.

    Attributes:
        kept: where results are looked up before anything is run, and kept; None for nowhere.
        calm: run without shocks and chance, see `Sample.block`.
        ran: called with the world-quarters that were run, and not looked up.
    """

    model: Model
    worlds: Worlds
    quarters: int
    kept: Kept | None = None
    calm: bool = False
    ran: Callable[[int], None] | None = None

    @property
    def indices(self) -> np.ndarray:
        """Of the worlds; shape (W,)."""
        return self.worlds.indices

    @property
    def sample(self) -> Sample:
        """The worlds with all their numbers."""
        return self.worlds.part(self.model.case, 0, len(self.worlds))

    def over(self, worlds: Worlds, quarters: int | None = None) -> Runs:
        """The same in other worlds, or over another number of quarters."""
        length = self.quarters if quarters is None else quarters
        return replace(self, worlds=worlds, quarters=length)

    def under(self, model: Model) -> Runs:
        """The same with another model of the case: another decision rule."""
        return replace(self, model=model)

    def means(
        self, plans: Sequence[Plan], readings: Sequence[Reading], progress: Progress = silent
    ) -> np.ndarray:
        """Every reading in every world; shape (readings, worlds), display units.

        Raises CaseError where a number of a run is NaN or infinite.
        """
        out = np.empty((len(readings), len(self.worlds)), np.float32)
        wants = [
            _Want(r.plan, r.last, repr((r.rows, r.first, r.last)).encode(), partial(_mean, r))
            for r in readings
        ]
        for i, here, values in _each(self, plans, wants, progress):
            out[i, here] = values[: here.stop - here.start]
        return out

    def paths(
        self,
        plans: Sequence[Plan],
        rows: Sequence[int],
        progress: Progress = silent,
    ) -> np.ndarray:
        """Chosen outcomes, by index into `Model.outcomes`, in every quarter of every world.

        Shape (plans, rows, T + 1, worlds), display units. Raises as `means` does.
        """
        shape = (len(rows), self.quarters + 1)
        out = np.empty((len(plans), *shape, len(self.worlds)), np.float32)
        what = repr(("paths", tuple(rows), self.quarters)).encode()
        take = partial(_path, rows, self.quarters)
        wants = [_Want(p, self.quarters, what, take) for p in range(len(plans))]
        for i, here, values in _each(self, plans, wants, progress):
            out[i][..., here] = values.reshape(*shape, -1)[..., : here.stop - here.start]
        return out

    def whole(self, plan: Plan, last: int | None = None, progress: Progress = silent) -> Trajectory:
        """All that one arm gives up to quarter `last`, as arrays of NumPy over all worlds.

        Raises as `means` does. It is kept for up to WHOLE worlds: it is large.
        """
        end = self.quarters if last is None else last
        count, model = len(self.worlds), self.model
        sizes = (len(model.outcomes), len(model.case.regimes), len(model.case.quantities))
        outcomes, levels, quantities = (
            np.empty((end + 1, n, count), kind)
            for n, kind in zip(sizes, (np.float32, np.int8, np.float32), strict=True)
        )
        out = Trajectory(outcomes, levels, quantities, np.empty((end + 1, count), np.float32))
        here_kept = self if count <= WHOLE else replace(self, kept=None)
        want = _Want(0, end, b"whole", partial(_all, end))
        for _, here, values in _each(here_kept, [plan], [want], progress):
            lanes = values.reshape(end + 1, sum(sizes) + 1, -1)[..., : here.stop - here.start]
            first = 0
            for part in out[:3]:
                part[..., here] = lanes[:, first : first + part.shape[1]]
                first += part.shape[1]
            out.residual[:, here] = lanes[:, first]
        return out

    def slopes(self, wanted: Sequence[Slope], progress: Progress = silent) -> Iterator[np.ndarray]:
        """Exact derivatives of weighted sums by every prior, one after another; shape (P, W) each.

        Raises CaseError where a number of a run or a derivative is NaN or infinite.
        """
        wide = min(LANES, len(self.worlds))
        blocks = [(here, _drawn(self, here, wide, self.quarters)) for here in _places(self, wide)]

        def one(slope: Slope) -> np.ndarray:
            parts = []
            for here, drawn in blocks:
                _, by = kernel.gradient(self.model, drawn, slope.plan, slope.weights, slope.last)
                parts.append(np.asarray(by)[:, : here.stop - here.start])
            return np.concatenate(parts, axis=1)

        with threads() as pool:
            for n, found in enumerate(in_order(pool, one, wanted), start=1):
                progress(n, len(wanted))
                yield found

    def pushes(self, plan: Plan) -> np.ndarray:
        """What each of `Model.terms` adds in each quarter, mean over worlds; shape (T, terms).

        Raises as `means` does.
        """
        shape = (self.quarters, len(self.model.terms))
        total, wide = np.zeros(shape), _side_by_side([plan], LANES)
        names = _names(self, [plan], [(0, self.quarters, b"pushes")])
        for here in _places(self):
            keys = _keys(self, names, here)
            found = self.kept.take(keys) if self.kept and keys else {}
            if keys and keys[0] in found:
                total += found[keys[0]].reshape(shape)
                continue
            _, terms = kernel.decompose(self.model, _drawn(self, here), wide, self.quarters)
            count = here.stop - here.start
            own = np.asarray(terms)[: self.quarters, :, :count].sum(axis=2)
            total += own
            if self.ran:
                self.ran(count * self.quarters)
            if self.kept and keys:
                self.kept.keep({keys[0]: own})
        return total / len(self.worlds)


def _mean(reading: Reading, run: Trajectory) -> np.ndarray:
    return reading.take(np.asarray(run.outcomes))


def _all(last: int, run: Trajectory) -> np.ndarray:
    """Every part of a trajectory as rows of one array; shape (T + 1, rows, LANES)."""
    parts = [np.asarray(part)[: last + 1] for part in run]
    parts[-1] = parts[-1][:, None]
    # What a case has none of is an array without lanes.
    return np.concatenate([part for part in parts if part.size], axis=1, dtype=np.float32)


def _path(rows: Sequence[int], last: int, run: Trajectory) -> np.ndarray:
    return np.asarray(run.outcomes)[: last + 1, rows].transpose(1, 0, 2)


def _places(runs: Runs, wide: int = LANES) -> Iterator[slice]:
    """Blocks that cover the worlds, each as the slice of them that it fills."""
    count = len(runs.worlds)
    for first in range(0, count, wide):
        yield slice(first, min(first + wide, count))


def _drawn(runs: Runs, here: slice, wide: int = LANES, quarters: int = 0) -> Block:
    """A block's worlds, always as many: what is over repeats or goes on, and is not read.

    quarters: of its shocks; those of `_side_by_side` by default.
    """
    case = runs.model.case
    quarters = quarters or _spanned(runs.quarters)
    return runs.worlds.part(case, here.start, wide).block(case, quarters, runs.calm)


def _run(runs: Runs, pack: Sequence[Plan], here: slice, drawn: Block, last: int) -> Trajectory:
    """A block's trajectory, of one plan or of a pack: see `_packed`.

    Raises CaseError where a number is none in a world that is read.
    """
    count = here.stop - here.start
    run, broken = kernel.run_marked(runs.model, drawn, _side_by_side(pack, count), last)
    for k, plan in enumerate(pack):
        if broken[:, k * count : (k + 1) * count].any():
            alone = _side_by_side([plan], LANES)
            _, marks = kernel.run_marked(runs.model, _drawn(runs, here), alone, last)
            share = _share(runs, plan, last)
            raise kernel.not_finite(runs.model, _drawn(runs, here), plan, marks[:, :count], share)
    return run


def _side_by_side(pack: Sequence[Plan], count: int) -> Plan:
    """Plans that differ in strengths alone as one, each in `count` lanes of a block.

    Strengths by lane also where there is one plan: so there is one function to compile.
    """
    strengths = np.stack([np.asarray(plan.strengths) for plan in pack], axis=1)
    lanes = np.minimum(np.arange(LANES) // count, len(pack) - 1)
    quarters = len(pack[0].rows.levels)
    rows = np.minimum(np.arange(_spanned(quarters)), quarters - 1)
    longer = Rows(*(np.asarray(part)[rows] for part in pack[0].rows))
    return pack[0]._replace(rows=longer, strengths=strengths[:, lanes])


def _spanned(quarters: int) -> int:
    return -(-quarters // SPAN) * SPAN


def _packed(runs: Runs, here: slice) -> Block:
    """A block for a pack: its few worlds again and again, once for each plan of the pack."""
    sample = runs.worlds.part(runs.model.case, here.start, here.stop - here.start)
    again = sample.pick(np.arange(LANES) % len(sample))
    return again.block(runs.model.case, _spanned(runs.quarters), runs.calm)


def _share(runs: Runs, plan: Plan, last: int) -> str:
    """In how many worlds a plan gives a number that is none: of all, or of the first so many."""
    bad = count = 0
    alone = _side_by_side([plan], LANES)
    for here in _places(runs):
        _, broken = kernel.run_marked(runs.model, _drawn(runs, here), alone, last)
        bad += int(broken[:, : here.stop - here.start].any(axis=0).sum())
        count = here.stop
        if bad and count >= _COUNTED:
            break
    return f"{bad:,} of {count:,} worlds ({100 * bad / count:.2g} %)"


# ---------------------------------------------------------------- looked up, or run and kept


class _Job(NamedTuple):
    """Plans in one block that are run together, or what was kept of it.

    Attributes:
        done: so many plans of the block this job is the end of.
        found: what was kept, by want.
        pack: plans that differ in strengths alone; side by side in one run where worlds are few.
        missing: for each of them what is wanted.
        keys: of all wants, where they can be kept.
    """

    here: slice
    done: int
    found: dict[int, np.ndarray]
    pack: tuple[int, ...]
    missing: tuple[tuple[int, ...], ...]
    keys: tuple[bytes, ...]
    drawn: Block | None


def _each(
    runs: Runs, plans: Sequence[Plan], wants: Sequence[_Want], progress: Progress
) -> Iterator[tuple[int, slice, np.ndarray]]:
    """What is wanted, block by block: index of the want, worlds, values (..., worlds), flat or not.

    What is new is kept every FLUSH seconds, and also where the work is cut off.
    """

    def work(job: _Job) -> tuple[_Job, dict[int, np.ndarray]]:
        if job.drawn is None:
            return job, job.found
        last = max(wants[i].last for own in job.missing for i in own)
        run = _run(runs, [plans[p] for p in job.pack], job.here, job.drawn, last)
        count = job.here.stop - job.here.start
        return job, {
            i: wants[i].take(run)[..., k * count : (k + 1) * count]
            for k, own in enumerate(job.missing)
            for i in own
        }

    total = len({w.plan for w in wants}) * -(-len(runs.worlds) // LANES)
    done, new, flushed = 0, dict[bytes, np.ndarray](), time.monotonic()
    try:
        with threads() as pool:
            for job, values in in_order(pool, work, _jobs(runs, plans, wants)):
                if job.keys and job.pack:
                    new |= {job.keys[i]: value for i, value in values.items()}
                for i, value in values.items():
                    yield i, job.here, value
                done += job.done
                progress(done, total)
                if runs.ran and job.pack:
                    last = max(wants[i].last for own in job.missing for i in own)
                    runs.ran(len(job.pack) * (job.here.stop - job.here.start) * last)
                if runs.kept and new and time.monotonic() - flushed > FLUSH:
                    runs.kept.keep(new)
                    new, flushed = {}, time.monotonic()
    finally:
        if runs.kept and new:
            runs.kept.keep(new)


def _jobs(runs: Runs, plans: Sequence[Plan], wants: Sequence[_Want]) -> Iterator[_Job]:
    """For each block what was kept of it, then what has to be run."""
    by_plan: dict[int, list[int]] = {}
    for i, want in enumerate(wants):
        by_plan.setdefault(want.plan, []).append(i)
    names = _names(runs, plans, [(w.plan, w.last, w.key) for w in wants])
    for here in _places(runs):
        count = here.stop - here.start
        keys = _keys(runs, names, here)
        kept = runs.kept.take(keys) if runs.kept and keys else {}
        found = {i: kept[k] for i, k in enumerate(keys) if k in kept}
        missing = {p: tuple(i for i in own if i not in found) for p, own in by_plan.items()}
        missing = {p: own for p, own in missing.items() if own}
        if found:
            yield _Job(here, len(by_plan) - len(missing), found, (), (), keys, None)
        if not missing:
            continue
        many = LANES // count
        drawn = _packed(runs, here) if many > 1 else _drawn(runs, here)
        for pack in _packs(plans, list(missing), many):
            own = tuple(missing[p] for p in pack)
            yield _Job(here, len(pack), {}, pack, own, keys, drawn)


def _keys(runs: Runs, names: Sequence[bytes], here: slice) -> tuple[bytes, ...]:
    """What the results of a block are kept by; none where nothing can be kept."""
    if not names:
        return ()
    there = of_worlds(runs.worlds.part(runs.model.case, here.start, here.stop - here.start))
    return tuple(key(name, there) for name in names)


def _packs(plans: Sequence[Plan], these: Sequence[int], many: int) -> Iterator[tuple[int, ...]]:
    """Up to `many` plans together that differ in strengths alone."""
    alike: dict[bytes, list[int]] = {}
    for p in these:
        context = plans[p].context if many > 1 else b""
        alike.setdefault(context, []).append(p)
    for own in alike.values():
        for first in range(0, len(own), many):
            yield tuple(own[first : first + many])


def _names(
    runs: Runs, plans: Sequence[Plan], wants: Sequence[tuple[int, int, bytes]]
) -> list[bytes]:
    """The key of each want (plan, last quarter, what) but for its worlds; none: nothing is kept."""
    model = of_model(runs.model) if runs.kept else None
    if model is None:
        return []
    arms = {(p, last): of_plan(plans[p], last) for p, last, _ in wants}
    calm = b"calm" if runs.calm else b""
    return [key(model, calm, arms[p, last], what) for p, last, what in wants]
