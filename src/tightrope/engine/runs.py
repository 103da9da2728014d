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
from tightrope.engine.crew import Load, Piece, Task, Want
from tightrope.engine.kept import Kept, key, of_first, of_model, of_plan, of_worlds
from tightrope.engine.model import LANES, Model, Trajectory
from tightrope.engine.plan import Plan, Rows
from tightrope.engine.progress import Progress, in_order, silent, threads
from tightrope.engine.readings import Reading
from tightrope.engine.worlds import Block, First, Sample, Worlds
from tightrope.errors import CaseError

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
            Want(r.plan, r.last, repr((r.rows, r.first, r.last)).encode(), partial(_mean, r))
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
        wants = [Want(p, self.quarters, what, take) for p in range(len(plans))]
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
        want = Want(0, end, b"whole", partial(_all, end))
        for _, here, values in _each(self, [plan], [want], progress, count <= WHOLE):
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
        task: what has to be run; no plans where nothing has to.
        keys: of all wants, where they can be kept.
        drawn: the worlds; None where they are drawn elsewhere.
    """

    done: int
    found: dict[int, np.ndarray]
    task: Task
    keys: tuple[bytes, ...]
    drawn: Block | None


def _each(
    runs: Runs,
    plans: Sequence[Plan],
    wants: Sequence[Want],
    progress: Progress,
    keep: bool = True,
) -> Iterator[tuple[int, slice, np.ndarray]]:
    """What is wanted, block by block: index of the want, worlds, values (..., worlds), flat or not.

    What is new is kept every FLUSH seconds, and also where the work is cut off.
    """
    load = Load(tuple(plans), tuple(wants), runs.quarters, runs.calm)
    total = len({w.plan for w in wants}) * -(-len(runs.worlds) // LANES)
    kept = runs.kept if keep else None
    worked = _elsewhere if runs.kept and runs.kept.crew else _here
    done, new, flushed = 0, dict[bytes, np.ndarray](), time.monotonic()
    try:
        for job, values in worked(runs, load, kept, total):
            here, pack = job.task.here, job.task.pack
            if job.keys and pack:
                new |= {job.keys[i]: value for i, value in values.items()}
            for i, value in values.items():
                yield i, here, value
            done += job.done
            progress(done, total)
            if runs.ran and pack:
                runs.ran(len(pack) * (here.stop - here.start) * load.last(job.task))
            if kept and new and time.monotonic() - flushed > FLUSH:
                kept.keep(new)
                new, flushed = {}, time.monotonic()
    finally:
        if kept and new:
            kept.keep(new)


Done = tuple[_Job, dict[int, np.ndarray]]


def _here(runs: Runs, load: Load, kept: Kept | None, total: int) -> Iterator[Done]:
    """Every job on the threads of this process."""

    def work(job: _Job) -> Done:
        if job.drawn is None:
            return job, job.found
        return job, _values(runs, load, job.task, job.drawn)

    with threads() as pool:
        yield from in_order(pool, work, _jobs(runs, load, kept, True))


def _elsewhere(runs: Runs, load: Load, kept: Kept | None, total: int) -> Iterator[Done]:
    """Every job by the crew, some together, as they are done and not in their order."""
    crew = runs.kept.crew if runs.kept else None
    assert crew is not None
    size = crew.together(total)

    def pieces() -> Iterator[tuple[list[_Job], Piece | None]]:
        some: list[_Job] = []
        for job in _jobs(runs, load, kept, False):
            if not job.task.pack:
                yield [job], None
                continue
            some.append(job)
            if len(some) == size:
                yield some, _piece(runs, some)
                some = []
        if some:
            yield some, _piece(runs, some)

    for jobs, results in crew.run(runs.model, load, pieces()):
        for job, values in zip(jobs, results or [jobs[0].found], strict=True):
            if values is None:  # a number is none: here it is said in which, and in how many worlds
                _values(runs, load, job.task, _worlds_of(runs, job.task))
                raise RuntimeError("a worker found a number that is none, and this process did not")
            yield job, values


def _piece(runs: Runs, jobs: Sequence[_Job]) -> Piece:
    """Jobs with their worlds: chosen ones travel, the first so many are drawn where they run."""
    tasks = tuple(job.task for job in jobs)
    if isinstance(runs.worlds, First):
        return Piece(runs.worlds, tasks)
    first, stop = min(t.here.start for t in tasks), max(t.here.stop for t in tasks)
    moved = (t._replace(here=slice(t.here.start - first, t.here.stop - first)) for t in tasks)
    return Piece(runs.worlds.part(runs.model.case, first, stop - first), tuple(moved))


def run_piece(model: Model, load: Load, piece: Piece) -> list[dict[int, np.ndarray] | None]:
    """What each task of a piece gives, by want; None where a number of it is NaN or infinite."""
    runs = Runs(model, piece.worlds, load.quarters, calm=load.calm)
    found: list[dict[int, np.ndarray] | None] = []
    before: tuple[slice, Block] | None = None
    for task in piece.tasks:
        if before is None or before[0] != task.here:
            before = task.here, _worlds_of(runs, task)
        try:
            found.append(_values(runs, load, task, before[1]))
        except CaseError:
            found.append(None)
    return found


def _values(runs: Runs, load: Load, task: Task, drawn: Block) -> dict[int, np.ndarray]:
    """A task run: what is wanted of it, by want; (..., worlds) each.

    Raises CaseError where a number is NaN or infinite in a world that is read.
    """
    run = _run(runs, [load.plans[p] for p in task.pack], task.here, drawn, load.last(task))
    count = task.here.stop - task.here.start
    return {
        i: load.wants[i].take(run)[..., k * count : (k + 1) * count]
        for k, own in enumerate(task.missing)
        for i in own
    }


def _worlds_of(runs: Runs, task: Task) -> Block:
    """A task's worlds: again and again where there is room for several plans side by side."""
    many = LANES // (task.here.stop - task.here.start)
    return _packed(runs, task.here) if many > 1 else _drawn(runs, task.here)


def _jobs(runs: Runs, load: Load, kept: Kept | None, draw: bool) -> Iterator[_Job]:
    """For each block what was kept of it, then what has to be run."""
    by_plan: dict[int, list[int]] = {}
    for i, want in enumerate(load.wants):
        by_plan.setdefault(want.plan, []).append(i)
    wanted = [(w.plan, w.last, w.key) for w in load.wants]
    names = _names(runs, load.plans, wanted) if kept else []
    for here in _places(runs):
        keys = _keys(runs, names, here)
        there = kept.take(keys) if kept and keys else {}
        found = {i: there[k] for i, k in enumerate(keys) if k in there}
        missing = {p: tuple(i for i in own if i not in found) for p, own in by_plan.items()}
        missing = {p: own for p, own in missing.items() if own}
        if found:
            yield _Job(len(by_plan) - len(missing), found, Task(here, (), ()), keys, None)
        drawn: Block | None = None
        for pack in _packs(load.plans, list(missing), LANES // (here.stop - here.start)):
            task = Task(here, pack, tuple(missing[p] for p in pack))
            drawn = drawn or (_worlds_of(runs, task) if draw else None)
            yield _Job(len(pack), {}, task, keys, drawn)


def _keys(runs: Runs, names: Sequence[bytes], here: slice) -> tuple[bytes, ...]:
    """What the results of a block are kept by; none where nothing can be kept."""
    if not names:
        return ()
    worlds, count = runs.worlds, here.stop - here.start
    if isinstance(worlds, First):
        there = of_first(worlds.seed, here.start, count)
    else:
        there = of_worlds(worlds.part(runs.model.case, here.start, count))
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
