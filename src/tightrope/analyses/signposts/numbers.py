"""Signposts: what to watch in the first year to tell futures that fail from those that do not.

An observable is judged as a warning: above (or below) some threshold it sounds the alarm. Direction
and threshold are set in one half of the worlds, where they tell most (Youden's J: Youden 1950), and
every rate that is reported comes from the other half. How well it tells at all thresholds together
is the area under the ROC curve (AUC: the chance that a failing future looks worse than a good one),
with DeLong's interval (DeLong, DeLong and Clarke-Pearson 1988). What could be chance among so many
observables, by the rank test with Bonferroni's correction, is called no better than chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
import scipy
from scipy.special import expit

from tightrope.analyses import objectives
from tightrope.analyses.intervals import Z
from tightrope.analyses.record import evidence
from tightrope.analyses.signposts.options import Options, check_quarters
from tightrope.arguments import READ_BY, check_numbers, known_rule
from tightrope.case import Case, Outcome, Series
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.labelled import outcome_unit
from tightrope.engine.names import positions
from tightrope.engine.progress import Progress, Watch, no_watch, silent
from tightrope.engine.readings import rows
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.errors import UseError
from tightrope.text.notebook import told
from tightrope.text.wording import counted

FEWEST = 20
"""Futures of the rarer kind that each half needs before a rate means anything."""

RATE = 0.05
"""Chance of calling any observable a signal where none is."""

STRENGTHS = ((0.8, "tells well"), (0.7, "tells fairly"), (0.0, "tells a little"))
"""What an AUC is called (Hosmer, Lemeshow and Sturdivant 2013: from 0.7 acceptable, from 0.8
excellent); above chance by the test in any case."""

CHANCE = "no better than chance"

JOINED = 3
"""So many signposts are read together to see what that adds."""

RANKS = ("name", "direction", "threshold", "auc", "auc_low", "auc_high", "p", "signal", "strength",
         "misses", "false_alarms", "alarms", "fails_if", "fails_else", "auc_train")  # fmt: skip

Reading = Literal["level", "mean", "change", "seen"]


# ---------------------------------------------------------------- numbers in, numbers out


def halves(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of `count` worlds for setting thresholds, and those for judging them; at random."""
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[: count // 2]), np.sort(order[count // 2 :])


def threshold(values: np.ndarray, fails: np.ndarray) -> tuple[float, int]:
    """Where Youden's J is largest, and its side: +1 alarm above, -1 alarm below.

    J is the share of failures with an alarm less that of good futures with one. The threshold is
    halfway between two values seen. values: (W,); fails: (W,) of bools, both kinds present.
    """
    order = np.argsort(values, kind="stable")
    ordered, failed = values[order], fails[order]
    below = np.cumsum(failed) / failed.sum() - np.cumsum(~failed) / (~failed).sum()
    below = np.where(np.append(np.diff(ordered) > 0, False), below, 0.0)
    at = int(np.argmax(np.abs(below)))
    if below[at] == 0:
        return float(ordered[-1]), 1
    return float((ordered[at] + ordered[at + 1]) / 2), -1 if below[at] > 0 else 1


def delong(scores: np.ndarray, fails: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Areas under the ROC curve and their covariance (Sun and Xu 2014's way by ranks).

    scores: (K, W), higher in failing worlds if all is well; returns shapes (K,) and (K, K).
    """
    bad, good = scores[:, fails], scores[:, ~fails]
    m, n = bad.shape[1], good.shape[1]
    ranks = scipy.stats.rankdata(np.concatenate([bad, good], axis=1), axis=1)
    of_bad = (ranks[:, :m] - scipy.stats.rankdata(bad, axis=1)) / n
    of_good = 1.0 - (ranks[:, m:] - scipy.stats.rankdata(good, axis=1)) / m
    covariance = np.atleast_2d(np.cov(of_bad)) / m + np.atleast_2d(np.cov(of_good)) / n
    return of_bad.mean(axis=1), covariance


def rank(
    values: np.ndarray, fails: np.ndarray, names: Sequence[str], *, seed: int = 0
) -> pd.DataFrame:
    """Observables by how well they tell failing futures from good ones; see `RANKS`.

    The order is by `auc_train`, from the half in which thresholds were set, so that nothing in the
    other half was picked for being lucky there. From that other half: `auc` with a 95 % interval,
    `misses` (share of failures without an alarm), `false_alarms` (share of good futures with one),
    `alarms` (share of futures with one), `fails_if` and `fails_else` (share that fails with and
    without an alarm), `p` (one-sided rank test) and `signal` (p times the number of observables is
    below RATE). Observables that never vary are left out.

    Args:
        values: shape (K, W).
        fails: shape (W,) of bools.

    Raises:
        UseError: a half has fewer than FEWEST futures of a kind.
    """
    here, there = halves(values.shape[1], seed)
    for half in (here, there):
        if not FEWEST <= fails[half].sum() <= half.size - FEWEST:
            raise UseError(
                f"{int(fails.sum())} of {fails.size} futures fail; allowed: at least {FEWEST} that "
                "fail and as many that do not, in either half"
            )
    varying = [
        k for k in range(len(values)) if min(np.ptp(values[k, half]) for half in (here, there)) > 0
    ]
    rows = []
    bad = fails[there]
    for k in varying:
        at, side = threshold(values[k, here], fails[here])
        area, covariance = delong(side * values[k : k + 1, there], bad)
        wide = Z * float(np.sqrt(covariance[0, 0]))
        trained, _ = delong(side * values[k : k + 1, here], fails[here])
        alarm = side * values[k, there] > side * at
        test = scipy.stats.mannwhitneyu(
            side * values[k, there][bad], side * values[k, there][~bad],
            alternative="greater", method="asymptotic",
        )  # fmt: skip
        p = float(test.pvalue)
        signal = p * len(varying) < RATE
        auc = float(area[0])
        word = next(w for least, w in STRENGTHS if auc >= least) if signal else CHANCE
        rows.append(
            (names[k], "above" if side > 0 else "below", at, auc, max(auc - wide, 0.0),
             min(auc + wide, 1.0), p, signal, word, _share(~alarm[bad]), _share(alarm[~bad]),
             _share(alarm), _share(bad[alarm]), _share(bad[~alarm]), float(trained[0]))
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(RANKS))
    return frame.sort_values("auc_train", ascending=False, kind="stable", ignore_index=True)


def _share(flags: np.ndarray) -> float:
    return float(flags.mean()) if flags.size else float("nan")


@dataclass(frozen=True)
class Joined:
    """Several observables read together, in the half in which nothing was fitted.

    Attributes:
        gain: of `auc` over the best of them alone, with a paired 95 % interval.
    """

    names: tuple[str, ...]
    auc: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float
    misses: float
    false_alarms: float


def join(values: np.ndarray, fails: np.ndarray, names: Sequence[str], *, seed: int = 0) -> Joined:
    """What reading observables together adds to reading the first of them alone.

    A logistic regression fitted in the half in which thresholds are set; weights are held back as
    if by a standard normal prior, so that kinds that can be told apart fully do no harm. Rates are
    at Youden's threshold from that half. values: (K, W), the best first.
    """
    here, there = halves(values.shape[1], seed)
    mean, spread = values[:, here].mean(axis=1), values[:, here].std(axis=1)
    scaled = (values - mean[:, None]) / np.where(spread > 0, spread, 1.0)[:, None]
    score = _logistic(scaled[:, here], fails[here], scaled)
    at, _ = threshold(score[here], fails[here])
    _, side = threshold(values[0, here], fails[here])
    areas, covariance = delong(np.stack([score, side * values[0]])[:, there], fails[there])
    gain = float(areas[0] - areas[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    half = Z * float(np.sqrt(max(variance, 0.0)))
    own = Z * float(np.sqrt(covariance[0, 0]))
    alarm, bad = score[there] > at, fails[there]
    return Joined(
        tuple(names), float(areas[0]), max(float(areas[0]) - own, 0.0),
        min(float(areas[0]) + own, 1.0), gain, gain - half, gain + half,
        _share(~alarm[bad]), _share(alarm[~bad]),
    )  # fmt: skip


def _logistic(inputs: np.ndarray, fails: np.ndarray, every: np.ndarray) -> np.ndarray:
    """Log-odds of failing for each of `every`, (K, W); fitted by Newton's steps on `inputs`."""
    design = np.vstack([np.ones(inputs.shape[1]), inputs])
    weights = np.zeros(len(design))
    held = np.diag([0.0, *[1.0] * len(inputs)])
    for _ in range(50):
        chance = expit(weights @ design)
        slope = design @ (fails - chance) - held @ weights
        bend = (design * (chance * (1 - chance))) @ design.T + held
        step = np.linalg.solve(bend + 1e-9 * np.eye(len(bend)), slope)
        weights = weights + step
        if np.abs(step).max() < 1e-9:
            break
    odds: np.ndarray = weights[0] + weights[1:] @ every
    return odds


# ---------------------------------------------------------------- what can be observed


@dataclass(frozen=True)
class Observable:
    """Something that can be read in the first quarters of a run.

    Attributes:
        source: the variable, derived quantity, instrument or regime.
        reading: `level` in the last quarter read, `mean` of the quarters after the start, `change`
            since the start, or `seen`: as an observed series shows it, with that series' error.
        series: label of the observed series that gives this very number, or "".
        ends: what 0 and 100 stand for, where the unit does not say.
        public: somebody can observe it: a published series, conduct, events outside.
        beside: it is not public, but series of the record stand in for it.
        least: the smallest change that can be told from nothing, as the case's objectives allow
            for; 0 where they say nothing.
    """

    source: str
    label: str
    reading: Reading
    unit: str
    series: str = ""
    ends: str = ""
    public: bool = True
    beside: bool = False
    least: float = 0.0

    @property
    def name(self) -> str:
        beside = f": {self.series}" if self.reading == "seen" else ""
        return f"{self.source} ({self.reading}{beside})"


def observe(
    setting: Setting, read_by: int = READ_BY, progress: Progress = silent
) -> tuple[np.ndarray, tuple[Observable, ...]]:
    """Every observable in every world, display units; shape (K, W).

    Shocks are on, so what is read is as noisy as the model's world. `seen` adds the error that the
    case states for a series as a stand-in; the interval of the single number is left out, as is the
    delay with which it is published. Series with yearly numbers only are left out.
    """
    model, case = setting.model, setting.case
    run = setting.runs.whole(setting.plan(), read_by, progress)
    paths, levels = run.outcomes, run.levels
    found: list[tuple[Observable, np.ndarray]] = []
    own = [a for a in case.actors if a.name == case.focal]
    noise = np.random.default_rng(setting.runs.worlds.seed)
    labels = {v.name: v.label for v in case.variables} | {d.name: d.label for d in case.derived}
    for outcome in model.outcomes:
        if outcome.kind in ("variable", "derived"):
            path = paths[:, model.outcome_index[outcome]]
            found += _readings(case, outcome, labels[outcome.name], path, noise)
    for actor in case.actors:
        for one in actor.instruments if actor not in own else ():
            read = rows(model, Outcome("position", one.name))
            mean = sum(weight * paths[1:, row].mean(axis=0) for row, weight in read)
            ends = f"0 is {one.levels[0]}, 100 is {one.levels[-1]}"
            if not isinstance(mean, int):
                found.append((Observable(one.name, one.label, "mean", "points", "", ends), mean))
    for r, regime in enumerate(case.regimes):
        at = 100.0 * np.array(positions(regime))[levels[1:, r]].mean(axis=0)
        ends = f"0 is {regime.levels[0]}, 100 is {regime.levels[-1]}"
        found.append((Observable(regime.name, regime.label, "mean", "points", "", ends), at))
    return np.stack([v for _, v in found]), tuple(o for o, _ in found)


def _readings(
    case: Case, outcome: Outcome, label: str, path: np.ndarray, noise: np.random.Generator
) -> Iterator[tuple[Observable, np.ndarray]]:
    """Readings of one variable or derived quantity; path: (read_by + 1, W)."""
    name, unit = outcome.name, outcome_unit(case, outcome)
    least = allowance(case, outcome)
    beside = any(series.stands_for == name for series in case.series)
    hidden = partial(Observable, name, label, unit=unit, public=False, beside=beside)
    yield hidden("level"), path[-1]
    yield hidden("mean"), path[1:].mean(axis=0)
    yield hidden("change", least=least), path[-1] - path[0]
    for series in case.series:
        if series.stands_for == name and any("Q" in p.quarter for p in series.points):
            seen = _as_seen(case, series, path, noise)
            yield Observable(name, label, "seen", unit, series.label, least=least), seen


def allowance(case: Case, outcome: Outcome) -> float:
    """The change that nobody could tell from nothing, in the outcome's unit.

    What the case says matters; else what its own objective takes for none; else the smallest of
    those of objectives in the same unit; 0 where there is none.
    """
    said = case.matters(outcome)
    if said is not None:
        return said.by
    found = {
        o.outcome: -o.enough if o.want == "more" else o.enough
        for o in case.objectives
        if o.from_start and outcome_unit(case, o.outcome) == outcome_unit(case, outcome)
    }
    allowed = {o: size for o, size in found.items() if size > 0}
    return allowed.get(outcome, min(allowed.values(), default=0.0))


def _as_seen(
    case: Case, series: Series, path: np.ndarray, noise: np.random.Generator
) -> np.ndarray:
    """Change since the start as it would be read off a series: with the series' error."""
    error = series.error * noise.standard_normal(path.shape[1])
    additive = evidence.to_additive(case, series.stands_for, path[-1]) + error
    scale = next((v.scale for v in case.variables if v.name == series.stands_for), "share")
    if scale == "real":
        shown = additive
    else:
        shown = 100.0 * (np.exp(additive) if scale == "index" else expit(additive))
    return np.asarray(shown - path[0])


# ---------------------------------------------------------------- all of it


@told
@dataclass(frozen=True, eq=False, repr=False)
class Signposts:
    """What to watch under one posture and scenario.

    Attributes:
        fails: share of worlds in which a vital objective has not enough at the end of the run.
        table: a row for each observable: see `ABOUT`, and what `rank` gives; those that somebody
            can observe first; empty where too few futures are of the rarer kind.
        best: the first signpost in the half in which nothing was set: `value`, `fails`.
        joined: what reading the first three together adds, or None.
    """

    case: Case
    posture: str
    scenario: str
    rule: str
    seed: int
    worlds: int
    quarters: int
    read_by: int
    fails: float
    table: pd.DataFrame
    best: pd.DataFrame
    joined: Joined | None

    def in_short(self) -> tuple[str, Sequence[str]]:
        seen, futures = counted(len(self.table), "observable"), counted(self.worlds, "future")
        return f"What to watch: {self.case.title}", [f"{seen} in {futures}"]


ABOUT = ("source", "label", "reading", "unit", "series", "ends", "public", "beside", "least")


def moving(case: Case) -> str:
    """The first scenario that leaves something to chance, or the case's own."""
    for scenario in case.scenarios:
        if any(s.value == "markov" for spans in scenario.settings.values() for s in spans):
            return scenario.name
    return case.scenario


def watch(
    runs: Runs,
    *,
    posture: str | None = None,
    scenario: str | None = None,
    read_by: int = READ_BY,
    seed: int = 0,
    tell: Watch = no_watch,
) -> Signposts:
    """Rank what can be read within `read_by` quarters by how well it foretells failure.

    Args:
        posture: the advised one by default.
        scenario: by default the first one that leaves something to chance, see `moving`.
        seed: of the split into halves.

    Raises:
        UseError: no objectives, a name that is not there, or `read_by` reaches into the last year,
            over which failure is judged.
    """
    case, quarters = runs.model.case, runs.quarters
    check_numbers(quarters=quarters, read_by=read_by, seed=seed)
    objectives.objectives_of(case)
    setting = Setting.of(
        runs,
        moving(case) if scenario is None else scenario,
        case.advice if posture is None else posture,
    )
    check_quarters(quarters, read_by)
    end, start = objectives.values(runs, [setting.plan()], partial(tell, "futures"))
    fails = objectives.fails(case, objectives.satisfied(case, end, start))[0]
    values, seen = observe(setting, read_by, partial(tell, "signs"))
    table, best, joined = _ranked(values, fails, seen, seed)
    return Signposts(
        case=case,
        posture=setting.posture.name,
        scenario=setting.scenario.name,
        rule=runs.model.rule,
        seed=seed,
        worlds=len(fails),
        quarters=quarters,
        read_by=read_by,
        fails=float(fails.mean()),
        table=table,
        best=best,
        joined=joined,
    )


def ask(case: Case, options: Options, watching: Watch, kept: Kept | None = None) -> Signposts:
    """Signposts as they are asked for on the command line."""
    model = compile_case(case, known_rule(options.rule))
    return watch(
        evidence.runs_of(model, options.worlds, options.quarters, options, watching, kept),
        posture=options.posture,
        scenario=options.scenario,
        read_by=options.read_by,
        seed=options.seed,
        tell=watching,
    )


def _ranked(
    values: np.ndarray, fails: np.ndarray, seen: Sequence[Observable], seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, Joined | None]:
    """The table, the best signpost's values, and the first ones read together.

    The first is empty where too few futures are of the rarer kind, and then the rest is, too.
    values: (K, W); fails: (W,).
    """
    by_name = {o.name: i for i, o in enumerate(seen)}
    none = pd.DataFrame({"value": [], "fails": []})
    try:
        ranked = rank(values, fails, [o.name for o in seen], seed=seed)
    except UseError:
        return _table((), pd.DataFrame(columns=list(RANKS))), none, None
    table = _table([seen[by_name[n]] for n in ranked["name"]], ranked)
    first = leading(table)
    if first.empty:
        return table, none, None
    public = first[first["public"].astype(bool)]
    names = [str(n) for n in (public if len(public) else first)["name"][:JOINED]]
    joined = join(values[[by_name[n] for n in names]], fails, names, seed=seed)
    there = halves(len(fails), seed)[1]
    best = pd.DataFrame({"value": values[by_name[names[0]], there], "fails": fails[there]})
    return table, best, joined


def _table(seen: Sequence[Observable], ranked: pd.DataFrame) -> pd.DataFrame:
    """What `rank` gives beside what it is about: what can be observed first, else as ranked."""
    about = pd.DataFrame([asdict(o) for o in seen], columns=list(ABOUT))
    table = pd.concat([about, ranked], axis=1)
    order = [(not r["public"], too_small(r)) for r in table.to_dict("records")]
    return table.iloc[sorted(range(len(table)), key=order.__getitem__)].reset_index(drop=True)


def too_small(row: Any) -> bool:
    """Whether an alarm asks for a change that nobody could tell from nothing."""
    return bool(row["reading"] in ("change", "seen") and abs(row["threshold"]) < row["least"])


def leading(table: pd.DataFrame) -> pd.DataFrame:
    """The first reading of each source; `seen` counts as a source apart."""
    seen = table["name"].str.contains("(seen", regex=False)
    apart = table["source"].where(~seen, table["name"])
    return table[~apart.duplicated()]
