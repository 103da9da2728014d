"""Evidence: worlds whose history does not look like the record are ruled out.

History matching (Craig et al. 1997; Vernon, Goldstein and Bower 2010). Every world runs through the
recorded course without shocks; what it gives is held against the record, and the gap is measured
in standard deviations of all that may lie between the two: the number's own interval, the series
as a stand-in for the variable, and the world's own shocks. The simulator is fast, so no emulator
stands in for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import scipy

from tightrope.analyses.intervals import spread
from tightrope.analyses.record.options import TESTED, ended, history_of
from tightrope.case import Arm, Case, Outcome, Point, Series
from tightrope.case.record import NINETY
from tightrope.engine.kept import Kept
from tightrope.engine.model import Model
from tightrope.engine.plan import Plan, plan, switches, without
from tightrope.engine.progress import Progress, Watch, silent
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import Sample
from tightrope.errors import UseError
from tightrope.text.notebook import told

RATE = 0.95
"""Chance that a world which did produce the record is kept."""

WAVE = 25_600
ENOUGH = 2000
"""Waves end when so many worlds are left, or when TESTED have been tested."""

FEW = 100
"""With fewer worlds left than this, verdicts in them say nothing."""


@dataclass(frozen=True)
class Known:
    """What the worlds that live through the record are told.

    Attributes:
        end: where things stood at its end: variables return to the baselines that the case
            judges of its reference quarter. Otherwise to where they stood when the record began.
        mechanisms: what moves what. Otherwise there is return and chance alone.
    """

    end: bool = True
    mechanisms: bool = True


ALL = Known()


@dataclass(frozen=True)
class Target:
    """One observed number as the simulation has to meet it, on the variable's additive scale.

    Attributes:
        first, last: quarters of the run that it is about, both included.
        base: likewise for the point from which change is counted, or None for a level.
        value: what was observed (a level, or a change since the base).
        variance: of measurement and of the series as a stand-in; the world's shocks come on top.
    """

    series: str
    quarter: str
    first: int
    last: int
    base: tuple[int, int] | None
    value: float
    variance: float


def targets(case: Case, until: str | None = None) -> tuple[Target, ...]:
    """All used points of all series, up to and including quarter `until` of the calendar."""
    found: list[Target] = []
    for series in case.series:
        used = [p for p in series.points if p.used and (until is None or ended(p, until))]
        if series.link == "level":
            found += [_level(series, p, case) for p in used]
        else:
            found += [_change(series, p, used[0], case) for p in used[1:]]
    return tuple(found)


def _level(series: Series, point: Point, case: Case) -> Target:
    value = compared(series, point.value, case)
    variance = published(series, point, case) + series.error**2
    return Target(series.name, point.quarter, point.first, point.last, None, value, variance)


def _change(series: Series, point: Point, base: Point, case: Case) -> Target:
    now, then = (compared(series, p.value, case) for p in (point, base))
    return Target(
        series.name,
        point.quarter,
        point.first,
        point.last,
        (base.first, base.last),
        series.slope * (now - then),
        published(series, point, case) + published(series, base, case) + series.error**2,
    )


def published(series: Series, point: Point, case: Case) -> float:
    """Variance of a number's own error, as its interval says, on the variable's additive scale."""
    slope = 1.0 if series.link == "level" else series.slope
    low, high = (compared(series, x, case) for x in (point.low, point.high))
    return float((slope * (high - low) / (2 * NINETY)) ** 2)


def compared(series: Series, number: float, case: Case) -> float:
    """A number of a series on the scale on which it is compared."""
    if series.link == "growth":
        return float(np.log(number))
    return float(to_additive(case, series.stands_for, np.asarray(number, float)))


def to_additive(case: Case, name: str, shown: np.ndarray) -> np.ndarray:
    """Displayed values of a variable or derived quantity on its additive scale."""
    scale = next((v.scale for v in case.variables if v.name == name), "share")
    if scale == "real":
        return shown
    part = np.clip(np.asarray(shown, float) / 100.0, 1e-4, None)
    return np.log(part) if scale == "index" else np.log(part / np.clip(1.0 - part, 1e-4, None))


def cutoff(count: int, rate: float = RATE) -> float:
    """Largest gap, in standard deviations, that a true world shows among `count` at this rate.

    Sidak's bound for independent normal gaps.
    """
    return float(scipy.stats.norm.ppf((1 + rate ** (1 / max(count, 1))) / 2))


# ---------------------------------------------------------------- the recorded course


def history_plan(case: Case, known: Known = ALL) -> Plan:
    """The recorded course as an arm, from where things stood at its start."""
    history = history_of(case)
    arm = Arm(settings=history.settings)
    laid = plan(case, arm, history.quarters, start=history.start_values)
    return laid if known.mechanisms else without(laid, range(len(switches(case))))


def knowing(case: Case, sample: Sample, known: Known) -> Sample:
    """The same worlds with no baseline but what is known; their shocks stay theirs."""
    if known.end:
        return sample
    names = [p.name for p in case.priors]
    params = np.array(sample.params)
    start = history_of(case).start_values
    for variable in case.variables:
        if variable.name in start:
            params[names.index(variable.baseline.name)] = start[variable.name]
    return Sample(sample.seed, sample.indices, params)


def past(model: Model, sample: Sample, kept: Kept | None = None, calm: bool = True) -> Runs:
    """Runs over the quarters of the record; calm: without shocks."""
    return Runs(model, sample, history_of(model.case).quarters, kept, calm)


def paths(runs: Runs, progress: Progress = silent, known: Known = ALL) -> np.ndarray:
    """Additive path of what each series stands for; shape (series, T + 1, worlds).

    runs: as from `past`, in worlds as from `knowing`.
    """
    case = runs.model.case
    rows = [runs.model.outcome_index[_outcome(case, s.stands_for)] for s in case.series]
    shown: np.ndarray
    (shown,) = runs.paths([history_plan(case, known)], rows, progress)
    for own, series in zip(shown, case.series, strict=True):
        own[:] = to_additive(case, series.stands_for, own)
    return shown


def _outcome(case: Case, name: str) -> Outcome:
    kind = "variable" if any(v.name == name for v in case.variables) else "derived"
    return Outcome(kind, name)  # type: ignore[arg-type]


def simulated(case: Case, path: np.ndarray, aims: Sequence[Target]) -> np.ndarray:
    """What each world gives for each target; path as from `paths`; shape (targets, worlds)."""
    index = {s.name: i for i, s in enumerate(case.series)}
    rows = []
    for aim in aims:
        own = path[index[aim.series]]
        value = own[aim.first : aim.last + 1].mean(axis=0)
        if aim.base is not None:
            value = value - own[aim.base[0] : aim.base[1] + 1].mean(axis=0)
        rows.append(value)
    return np.stack(rows) if rows else np.zeros((0, path.shape[2]))


def spread_of_shocks(
    model: Model,
    aims: Sequence[Target],
    seed: int,
    kept: Kept | None = None,
    known: Known = ALL,
) -> np.ndarray:
    """Variance of what shocks, of all variables together, do to each target; shape (targets,)."""
    variance: np.ndarray = np.mean(moved_by_shocks(model, aims, seed, kept, known) ** 2, axis=1)
    return variance


def moved_by_shocks(
    model: Model,
    aims: Sequence[Target],
    seed: int,
    kept: Kept | None = None,
    known: Known = ALL,
) -> np.ndarray:
    """What SHOWN worlds give with shocks, less what they give without; (targets, SHOWN)."""
    sample = knowing(model.case, Sample.of(model.case, seed, 0, SHOWN), known)
    shaken, still = (
        simulated(model.case, paths(past(model, sample, kept, calm), known=known), aims)
        for calm in (False, True)
    )
    moved: np.ndarray = shaken - still
    return moved


def shock_variance(
    case: Case, params: np.ndarray, aims: Sequence[Target], spread: np.ndarray
) -> np.ndarray:
    """Variance that shocks bring to each target in each world; shape (targets, worlds).

    A variable's own shocks fade with its return to baseline (an autoregression that starts at the
    record's first quarter without any): that gives how worlds differ. How much shocks do in all,
    by way of other variables too, is `spread`, from `spread_of_shocks`; a derived quantity has
    that variance in every world.
    """
    names = [p.name for p in case.priors]
    stands_for = {s.name: s.stands_for for s in case.series}
    variables = {v.name for v in case.variables}
    rows = []
    for aim in aims:
        name = stands_for[aim.series]
        if name not in variables:
            rows.append(np.zeros(params.shape[1]))
            continue
        keep = 1.0 - params[names.index(f"{name}.reversion")]
        noise = params[names.index(f"{name}.noise")]
        span = aim.last - aim.first + 1
        weights = dict.fromkeys(range(aim.first, aim.last + 1), 1.0 / span)
        if aim.base is not None:
            length = aim.base[1] - aim.base[0] + 1
            for q in range(aim.base[0], aim.base[1] + 1):
                weights[q] = weights.get(q, 0.0) - 1.0 / length
        # Shock of quarter k has faded to keep ** (q - k) by quarter q.
        total = np.zeros(params.shape[1])
        for k in range(1, max(weights) + 1):
            effect = sum(w * keep ** (q - k) for q, w in weights.items() if q >= k)
            total += np.asarray(effect) ** 2
        rows.append(noise**2 * total)
    own = np.stack(rows)
    mean = own.mean(axis=1)
    scale = np.divide(spread, mean, out=np.zeros_like(mean), where=mean > 0)
    return np.where(mean[:, None] > 0, own * scale[:, None], spread[:, None])


def gaps(
    case: Case,
    sample: Sample,
    path: np.ndarray,
    aims: Sequence[Target],
    spread: np.ndarray,
) -> np.ndarray:
    """Implausibility of each world for each target, in standard deviations; (targets, worlds)."""
    value = np.array([a.value for a in aims])[:, None]
    variance = np.array([a.variance for a in aims])[:, None]
    all_variance = variance + shock_variance(case, sample.params, aims, spread)
    gap: np.ndarray = np.abs(simulated(case, path, aims) - value) / np.sqrt(all_variance)
    return gap


# ---------------------------------------------------------------- ruling out


@told
@dataclass(frozen=True, eq=False, repr=False)
class Matching:
    """What the record leaves of the worlds.

    Attributes:
        kept: the worlds that are not ruled out, in the order of their indices.
        waves: one row per wave: tested, kept.
        targets: one row per target: series, quarter, observed, nearest (the smallest gap of any
            world), rules_out (share of worlds that it rules out by itself).
        series: one row per series: label, points, rules_out, alone (share of worlds that only it
            rules out), misfit (no world meets it: set aside).
        priors: one row per uncertain number, those that moved most first: parameter, shift
            (Kolmogorov-Smirnov distance between kept and all), and quartiles before and after.
    """

    kept: Sample
    tested: int
    until: str
    cutoff: float
    waves: pd.DataFrame
    targets: pd.DataFrame
    series: pd.DataFrame
    priors: pd.DataFrame

    @property
    def share(self) -> float:
        """Part of the tested worlds that is not ruled out (`kept` may hold fewer)."""
        return float(self.waves["kept"].iloc[-1]) / self.tested

    @property
    def misfits(self) -> tuple[str, ...]:
        return tuple(self.series.loc[self.series["misfit"], "series"])


@dataclass(frozen=True, eq=False)
class Waves:
    """Worlds held against the record, wave by wave.

    Attributes:
        fits: which of the worlds are not ruled out; shape (W,).
        params: of all of them; shape (P, W).
        gaps: of the first wave; (targets, worlds).
        misfit: targets of series that no world of the first wave meets; (targets,).
        counts: worlds looked at and left, after each wave.
    """

    aims: Sequence[Target]
    until: str
    limit: float
    seed: int
    fits: np.ndarray
    params: np.ndarray
    gaps: np.ndarray
    misfit: np.ndarray
    counts: Sequence[tuple[int, int]]

    @property
    def left(self) -> Sample:
        """The worlds that are not ruled out."""
        there = np.flatnonzero(self.fits)
        return Sample(self.seed, there, self.params[:, there])


def waves(
    model: Model,
    *,
    seed: int,
    until: str | None = None,
    tested: int = TESTED,
    enough: int = ENOUGH,
    progress: Progress = silent,
    kept: Kept | None = None,
    known: Known = ALL,
    wave: int = WAVE,
) -> Waves:
    """Hold worlds against the record up to quarter `until` (its end by default).

    Waves of `wave` worlds are tested until `enough` are left or `tested` have been looked at. A
    series that no world of the first wave meets is a misfit: it is set aside, and shown.
    """
    case = model.case
    until = until or history_of(case).end
    aims = targets(case, until)
    if not aims:
        raise UseError(f"no observation up to {until} can be matched")
    limit = cutoff(len(aims))
    spread = spread_of_shocks(model, aims, seed, kept, known)
    fits, params, counts = [], [], []
    first, misfit = np.zeros((len(aims), 0)), np.zeros(len(aims), bool)
    for start in range(0, tested, wave):
        sample = knowing(case, Sample.of(case, seed, start, min(wave, tested - start)), known)
        gap = gaps(case, sample, paths(past(model, sample, kept), known=known), aims, spread)
        if not start:
            first, misfit = gap, misfits(aims, gap, limit)
        fits.append((gap[~misfit] <= limit).all(axis=0))
        params.append(sample.params)
        counts.append((start + len(sample), int(sum(part.sum() for part in fits))))
        progress(counts[-1][0], tested)
        if counts[-1][1] >= enough:
            progress(tested, tested)
            break
    return Waves(aims, until, limit, seed, np.concatenate(fits), np.concatenate(params, axis=1),
                 first, misfit, counts)  # fmt: skip


def match(
    model: Model,
    *,
    seed: int,
    until: str | None = None,
    tested: int = TESTED,
    enough: int = ENOUGH,
    progress: Progress = silent,
    kept: Kept | None = None,
) -> Matching:
    """Rule worlds out by the record, and say by what and how far numbers moved; see `waves`."""
    case = model.case
    found = waves(
        model, seed=seed, until=until, tested=tested, enough=enough, progress=progress, kept=kept
    )
    remaining = found.left
    return Matching(
        kept=remaining.pick(np.arange(min(enough, len(remaining)))),
        tested=found.counts[-1][0],
        until=found.until,
        cutoff=found.limit,
        waves=pd.DataFrame(found.counts, columns=["tested", "kept"]),
        targets=_target_table(found.aims, found.gaps, found.limit),
        series=_series_table(case, found.aims, found.gaps, found.limit, found.misfit),
        priors=_moved(case, found.params, found.fits),
    )


def plausible(
    model: Model,
    *,
    seed: int,
    worlds: int,
    use_record: bool = True,
    progress: Progress = silent,
    kept: Kept | None = None,
) -> tuple[Sample, Matching | None]:
    """So many worlds that the record does not rule out.

    The first `worlds` worlds and no matching where the case has no record or it is left aside. All
    worlds too where fewer than FEW are left.
    """
    if not use_record or not model.case.series:
        return Sample.of(model.case, seed, 0, worlds), None
    matching = match(model, seed=seed, enough=max(worlds, FEW), progress=progress, kept=kept)
    if len(matching.kept.indices) < FEW:
        return Sample.of(model.case, seed, 0, worlds), matching
    return matching.kept.pick(np.arange(min(worlds, len(matching.kept.indices)))), matching


def runs_of(
    model: Model, count: int, quarters: int, options: Any, watch: Watch, kept: Kept | None = None
) -> Runs:
    """Runs in so many worlds as an analysis is asked for: `options` has `seed`, `use_record`."""
    sample, _ = plausible(
        model,
        seed=options.seed,
        worlds=count,
        use_record=options.use_record,
        progress=partial(watch, "the record"),
        kept=kept,
    )
    return Runs(model, sample, quarters, kept)


def left_of(
    model: Model, matching: Matching, seed: int, kept: Kept | None = None
) -> Callable[[Sample], Sample]:
    """What says of more worlds which of them a matching does not rule out, as it did before."""
    case = model.case
    aims = targets(case, matching.until)
    spread = spread_of_shocks(model, aims, seed, kept)
    counts = [a.series not in matching.misfits for a in aims]

    def left(sample: Sample) -> Sample:
        gap = gaps(case, sample, paths(past(model, sample, kept)), aims, spread)
        return sample.pick(np.all(gap[counts] <= matching.cutoff, axis=0))

    return left


def misfits(aims: Sequence[Target], gap: np.ndarray, limit: float) -> np.ndarray:
    """Targets of series that no world meets as a whole; shape (targets,)."""
    names = [a.series for a in aims]
    met = {}
    for name in dict.fromkeys(names):
        own = gap[[n == name for n in names]]
        met[name] = bool((own <= limit).all(axis=0).any())
    return np.array([not met[name] for name in names])


def _target_table(aims: Sequence[Target], gap: np.ndarray, limit: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": [a.series for a in aims],
            "quarter": [a.quarter for a in aims],
            "observed": [a.value for a in aims],
            "deviation": [float(np.sqrt(a.variance)) for a in aims],
            "nearest": gap.min(axis=1),
            "rules_out": (gap > limit).mean(axis=1),
        }
    )


def _series_table(
    case: Case, aims: Sequence[Target], gap: np.ndarray, limit: float, misfit: np.ndarray
) -> pd.DataFrame:
    names = np.array([a.series for a in aims])
    out = {n: (gap[names == n] > limit).any(axis=0) for n in dict.fromkeys(names.tolist())}
    counted = [n for n in out if not misfit[names == n].any()]
    rows = []
    for series in case.series:
        if series.name not in out:
            rows.append((series.name, series.label, series.stands_for, 0, 0.0, 0.0, False))
            continue
        others = [out[n] for n in counted if n != series.name]
        spared = ~np.logical_or.reduce(others) if others else np.ones(gap.shape[1], bool)
        own = out[series.name]
        rows.append(
            (
                series.name,
                series.label,
                series.stands_for,
                int((names == series.name).sum()),
                float(own.mean()),
                float((own & spared).mean()),
                series.name not in counted,
            )
        )
    columns = ["series", "label", "stands_for", "points", "rules_out", "alone", "misfit"]
    return pd.DataFrame(rows, columns=columns)


OBSERVED = (
    *("series", "label", "stands_for", "link", "quarter", "at", "used", "observed", "low", "high"),
    *(f"{which}_{part}" for which in ("all", "kept") for part in ("p5", "p50", "p95")),
)

SHOWN = 1000
"""Worlds that the fans over the record are drawn from."""


def observed_table(model: Model, matching: Matching, kept: Kept | None = None) -> pd.DataFrame:
    """Each series beside what worlds give, shocks included, quarter by quarter; see `OBSERVED`.

    One row per series and quarter of the run (`at`; a year's number in its middle), on the scale on
    which they are compared: the variable's additive scale, as a change since the first used point
    for all links but `level`.
    `observed` with its 90 % interval (measurement and stand-in error) where there is a point.
    """
    case = model.case
    count = min(SHOWN, matching.tested)
    every = Sample.of(case, matching.kept.seed, 0, count)
    few = matching.kept.pick(np.arange(min(SHOWN, len(matching.kept.indices))))
    fans = {"all": paths(past(model, every, kept, calm=False))}
    if len(few):
        fans["kept"] = paths(past(model, few, kept, calm=False))
    rows = []
    for s, series in enumerate(case.series):
        used = [p for p in series.points if p.used]
        if not used:
            continue
        base = used[0]
        seen = {(p.first + p.last) // 2: p for p in series.points if not p.later}
        for at in range(history_of(case).quarters + 1):
            row: dict[str, Any] = dict.fromkeys(OBSERVED, np.nan)
            names = (series.name, series.label, series.stands_for, series.link)
            row |= dict(zip(OBSERVED[:4], names, strict=True)) | {"at": at, "used": False}
            row["quarter"] = seen[at].quarter if at in seen else ""
            for which, fan in fans.items():
                own = fan[s]
                start = own[base.first : base.last + 1].mean(axis=0)
                value = own[at] - (0 if series.link == "level" else start)
                low, middle, high = spread(value)
                row |= {f"{which}_p5": low, f"{which}_p50": middle, f"{which}_p95": high}
            if at in seen:
                point = seen[at]
                aim = (
                    _level(series, point, case)
                    if series.link == "level"
                    else _change(series, point, base, case)
                )
                half = NINETY * np.sqrt(aim.variance)
                row |= {"observed": aim.value, "low": aim.value - half, "high": aim.value + half}
                row["used"] = point.used
            rows.append(row)
    return pd.DataFrame(rows, columns=list(OBSERVED))


def _moved(case: Case, before: np.ndarray, fits: np.ndarray) -> pd.DataFrame:
    """How far each number's distribution moved; before: in all worlds, (P, W); fits: (W,)."""
    rows = []
    after = before[:, fits]
    for i, prior in enumerate(case.priors):
        if prior.fixed or after.shape[1] < 2:
            continue
        shift = _distance(before[i], fits)
        quarters = [np.quantile(x[i], [0.25, 0.5, 0.75]) for x in (before, after)]
        rows.append((prior.name, prior.meaning, shift, *quarters[0], *quarters[1]))
    columns = ["parameter", "meaning", "shift", "before_low", "before_middle", "before_high"]
    columns += ["after_low", "after_middle", "after_high"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("shift", ascending=False, ignore_index=True)


def _distance(values: np.ndarray, chosen: np.ndarray) -> float:
    """Kolmogorov and Smirnov's distance between some worlds and all; values, chosen: (W,)."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    gap = np.cumsum(chosen[order]) / chosen.sum() - np.arange(1, len(values) + 1) / len(values)
    last = np.append(ordered[1:] != ordered[:-1], True)  # of values that are alike
    return float(np.abs(gap[last]).max())
