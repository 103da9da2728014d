"""Hindcast: the record is matched up to a cut-off, the rest is forecast and scored.

Forecasts start from the last used point before the cut-off, as those of the baselines do, and are
made on the scale on which a series is compared (additive scale of what it stands for). Scores: the
continuous ranked probability score (Gneiting and Raftery 2007), coverage of the 90 % interval, and
whether the direction since the last point was right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd

from tightrope.analyses.intervals import spread
from tightrope.analyses.record import evidence
from tightrope.analyses.record.options import (
    CANDIDATES,
    CLAIM_QUARTERS,
    TRUTHS,
    Options,
    cutoffs_of,
)
from tightrope.analyses.verdicts import claims
from tightrope.arguments import DecisionRule, check_numbers
from tightrope.case import Case, Point, Series
from tightrope.case.named import check_case
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.model import Model
from tightrope.engine.progress import Progress, Watch, silent
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import Sample
from tightrope.errors import UseError
from tightrope.quarters import quarter_number
from tightrope.text.notebook import told
from tightrope.text.wording import counted, joined

MEMBERS = 1000
"""Worlds and draws in a forecast."""

WAVE = 3200
"""Worlds that are held against the record at a time, until MEMBERS match."""

ENOUGH = 5
"""Fewer forecasts than this decide nothing about a series."""

MADE = {
    "model": evidence.Known(end=False),
    "null": evidence.Known(end=False, mechanisms=False),
    "hindsight": evidence.Known(),
}
"""Forecasts that worlds make, by what these are told. The null has return and chance alone;
hindsight is no forecast, as it knows where things stood at the record's end."""

FORECASTS = (*MADE, "persistence", "drift")
"""Made for every point that is scored; `ar` joins them for series that are long enough."""

LONG_ENOUGH = 8
"""Pairs of consecutive quarters that an autoregression is fitted to, at least."""

RATES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Nominal rates at which the method is tried on made records."""

COLUMNS = ("cutoff", "series", "quarter", "ahead", "forecast", "observed", "middle", "low", "high",
           "crps", "covered", "direction")  # fmt: skip


def hindcast(
    model: Model,
    cutoffs: Sequence[str],
    *,
    seed: int,
    members: int = MEMBERS,
    progress: Progress = silent,
    kept: Kept | None = None,
) -> pd.DataFrame:
    """Match up to each cut-off, forecast every later used point, and score; see `COLUMNS`.

    Only quarterly series with a used point on both sides of a cut-off are forecast. No observation
    after the cut-off enters matching or forecast, nor do baselines judged at the record's end, but
    in `hindsight`; the recorded course of what lay outside (history.yaml) does, so these are
    forecasts given that course.
    """
    case = model.case
    chosen = cutoffs_of(case, cutoffs)
    rows: list[tuple[object, ...]] = []
    for done, cutoff in enumerate(chosen, start=1):
        lived = {
            name: _lived(model, cutoff, known, seed=seed, members=members, kept=kept)
            for name, known in MADE.items()
        }
        rng = np.random.default_rng((seed, quarter_number(cutoff)))
        for s, series in enumerate(case.series):
            own = {name: path[s] for name, path in lived.items()}
            rows += _forecasts(series, own, cutoff, case, rng)
        progress(done, len(chosen))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _lived(
    model: Model,
    cutoff: str,
    known: evidence.Known,
    *,
    seed: int,
    members: int,
    kept: Kept | None,
) -> np.ndarray:
    """What worlds that match the record so far live through; shape (series, T + 1, members).

    All worlds where fewer than FEW match, but for the model: raises UseError.
    """
    found = evidence.waves(
        model, seed=seed, until=cutoff, enough=members, kept=kept, known=known, wave=WAVE
    )
    left = found.left.pick(np.arange(min(members, int(found.fits.sum()))))
    if len(left) < evidence.FEW:
        if known == MADE["model"]:
            raise UseError(
                f"cut-off {cutoff}: found {len(left)} of {found.counts[-1][0]:,} "
                f"worlds that match the record so far; allowed: at least {evidence.FEW}"
            )
        left = evidence.knowing(model.case, Sample.of(model.case, seed, 0, members), known)
    return evidence.paths(evidence.past(model, left, kept, calm=False), known=known)


def _forecasts(
    series: Series,
    lived: Mapping[str, np.ndarray],
    cutoff: str,
    case: Case,
    rng: np.random.Generator,
) -> list[tuple[object, ...]]:
    """Forecasts of one series; lived: paths of what it stands for, shape (T + 1, members) each."""
    points = [p for p in series.points if p.used and "Q" in p.quarter]
    known = [p for p in points if p.quarter <= cutoff]
    later = [p for p in points if p.quarter > cutoff]
    if not known or not later:
        return []
    value = {p.quarter: _on_scale(series, p, case) for p in points}
    last = known[-1]
    steps = [
        (value[b.quarter] - value[a.quarter]) / np.sqrt(b.first - a.first)
        for a, b in pairwise(known)
    ]
    spread = float(np.sqrt(np.mean(np.square(steps)))) if steps else np.nan
    rate = (value[last.quarter] - value[known[0].quarter]) / max(last.first - known[0].first, 1)
    back = _autoregression(
        [(value[a.quarter], value[b.quarter]) for a, b in pairwise(known) if b.first == a.first + 1]
    )
    rows = []
    for point in later:
        ahead = point.first - last.first
        noise = rng.standard_normal(max(path.shape[1] for path in lived.values()))
        measured = np.sqrt(evidence.published(series, point, case)) * noise
        drawn = {
            name: value[last.quarter] + path[point.first] - path[last.first]
            + measured[: path.shape[1]]
            for name, path in lived.items()
        }  # fmt: skip
        if len(steps) > 1:  # a spread from one step is no spread
            walk = value[last.quarter] + spread * np.sqrt(ahead) * noise
            drawn |= {"persistence": walk, "drift": walk + rate * ahead}
        if back is not None:
            drawn["ar"] = _reverted(back, value[last.quarter], ahead, noise)
        for name, members in drawn.items():
            rows.append(
                _scored(cutoff, series.name, point.quarter, ahead, name, members,
                        value[point.quarter], value[last.quarter])
            )  # fmt: skip
    return rows


def _autoregression(pairs: Sequence[tuple[float, float]]) -> tuple[float, float, float] | None:
    """Mean, coefficient and spread of a first-order autoregression by least squares.

    None where there are fewer than LONG_ENOUGH pairs of a value and the next, or they do not
    return to a mean (a coefficient outside 0 to 1: the walk is the better baseline then).
    """
    if len(pairs) < LONG_ENOUGH:
        return None
    before, after = np.array(pairs).T
    if np.ptp(before) == 0:
        return None
    slope, level = np.polyfit(before, after, 1)
    if not 0 <= slope < 1:
        return None
    left = after - (level + slope * before)
    spread = np.sqrt(np.sum(left**2) / (len(pairs) - 2))
    return float(level / (1 - slope)), float(slope), float(spread)


def _reverted(
    back: tuple[float, float, float], last: float, ahead: int, noise: np.ndarray
) -> np.ndarray:
    """Draws of an autoregression so many quarters after its last value."""
    mean, slope, spread = back
    kept = slope ** (2 * np.arange(ahead))
    drawn: np.ndarray = mean + slope**ahead * (last - mean) + spread * np.sqrt(kept.sum()) * noise
    return drawn


def _on_scale(series: Series, point: Point, case: Case) -> float:
    """A point's number on the variable's additive scale, up to a constant of the series."""
    slope = 1.0 if series.link == "level" else series.slope
    return slope * evidence.compared(series, point.value, case)


def _scored(
    cutoff: str, series: str, quarter: str, ahead: int, name: str, members: np.ndarray,
    observed: float, before: float,
) -> tuple[object, ...]:  # fmt: skip
    low, middle, high = spread(members)
    right = np.sign(middle - before) == np.sign(observed - before)
    return (
        cutoff, series, quarter, ahead, name, observed, middle, low, high,
        crps(members, observed),
        bool(low <= observed <= high),
        np.nan if name == "persistence" or observed == before else float(right),
    )  # fmt: skip


def crps(members: np.ndarray, observed: float) -> float:
    """Continuous ranked probability score of an ensemble, shape (N,), in the unit of its members.

    The integral of the squared gap between the members' distribution and the observed step, summed
    over the sorted members (Hersbach 2000).
    """
    ordered = np.sort(np.asarray(members, np.float64))
    count = len(ordered)
    below = (np.arange(count) + 0.5) / count
    return float(2.0 * np.mean((ordered - observed) * ((observed < ordered) - below)))


def scores(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Mean scores by cut-off, series and forecast, on the points that all of `FORECASTS` forecast.

    Columns crps, coverage, direction, points, and `skill`: 1 - crps / crps of persistence,
    not a number where persistence makes no error.
    """
    keys = ["cutoff", "series", "quarter"]
    common = forecasts["forecast"].isin(FORECASTS)
    full = common.groupby([forecasts[k] for k in keys]).transform("sum") == len(FORECASTS)
    grouped = forecasts[full].groupby(["cutoff", "series", "forecast"])
    table = grouped.agg(
        crps=("crps", "mean"),
        coverage=("covered", "mean"),
        direction=("direction", "mean"),
        points=("crps", "size"),
    ).reset_index()
    base = table[table["forecast"] == "persistence"].set_index(["cutoff", "series"])["crps"]
    own = pd.MultiIndex.from_frame(table[["cutoff", "series"]])
    theirs = base.reindex(own).to_numpy(float)
    table["skill"] = 1 - table["crps"] / np.where(theirs > 0, theirs, np.nan)
    return table


# ---------------------------------------------------------------- is the method itself sound?


@told
@dataclass(frozen=True, eq=False, repr=False)
class Calibration:
    """Matching on records made by known worlds.

    Attributes:
        truths: how many known worlds.
        curve: for each nominal `rate` the share of true worlds that was `kept`, and of `others`.
        signs: for each claim the share of truths whose sign of the difference is that of most
            worlds, `before` matching and `after` it.
    """

    truths: int
    curve: pd.DataFrame
    signs: pd.DataFrame

    @property
    def kept(self) -> float:
        """Share of true worlds kept at the rate in use, `evidence.RATE`."""
        return self._at("kept")

    @property
    def kept_others(self) -> float:
        return self._at("others")

    @property
    def signs_before(self) -> float:
        return float(self.signs["before"].mean())

    @property
    def signs_after(self) -> float:
        return float(self.signs["after"].mean())

    def _at(self, column: str) -> float:
        (found,) = self.curve.loc[self.curve["rate"] == evidence.RATE, column]
        return float(found)


def calibrate(
    model: Model,
    *,
    seed: int,
    truths: int = TRUTHS,
    candidates: int = CANDIDATES,
    quarters: int = CLAIM_QUARTERS,
    progress: Progress = silent,
    kept: Kept | None = None,
) -> Calibration:
    """Make a record from each of `truths` worlds (shocks and errors included) and match it.

    A claim's sign is that of its paired difference: on the true world's side if most of the worlds
    considered agree with it. Claims that look further than `quarters` are left out.
    """
    case = model.case
    aims = evidence.targets(case)
    true = Sample.of(case, seed, 1 << 20, truths)
    other = Sample.of(case, seed, 0, candidates)
    past = evidence.past(model, true, kept, calm=False)
    lived = evidence.simulated(case, evidence.paths(past), aims)
    quiet = {
        k: evidence.paths(evidence.past(model, s, kept))
        for k, s in (("true", true), ("other", other))
    }
    deviation = np.sqrt([a.variance for a in aims])[:, None]
    made = lived + deviation * np.random.default_rng(seed).standard_normal(lived.shape)
    sims = {k: evidence.simulated(case, p, aims) for k, p in quiet.items()}
    wider = evidence.spread_of_shocks(model, aims, seed, kept)
    total = {
        k: np.sqrt(deviation**2 + evidence.shock_variance(case, s.params, aims, wider))
        for k, s in (("true", true), ("other", other))
    }
    own = (np.abs(made - sims["true"]) / total["true"]).max(axis=0)
    others = np.stack(
        [
            (np.abs(made[:, t : t + 1] - sims["other"]) / total["other"]).max(axis=0)
            for t in range(truths)
        ]
    )
    limits = [evidence.cutoff(len(aims), rate) for rate in RATES]
    curve = pd.DataFrame(
        {
            "rate": RATES,
            "kept": [float((own <= limit).mean()) for limit in limits],
            "others": [float((others <= limit).mean()) for limit in limits],
        }
    )
    fits = others <= evidence.cutoff(len(aims))
    progress(1, 2)
    tested, true_signs = _signs(Runs(model, true, quarters, kept))
    _, signs = _signs(Runs(model, other, quarters, kept))
    progress(2, 2)
    told = true_signs != 0
    before = np.sign(signs.sum(axis=1))[:, None] == true_signs
    after = np.sign(signs @ fits.T.astype(np.float32)) == true_signs
    told_after = told & fits.any(axis=1)
    table = pd.DataFrame(
        {
            "claim": tested,
            "before": _share(before, told),
            "after": _share(after, told_after),
        }
    )
    return Calibration(truths, curve, table)


def _share(right: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Share of the counted that is right, by row; NaN where none is counted."""
    count = counted.sum(axis=1)
    share: np.ndarray = np.divide(
        (right & counted).sum(axis=1), count, out=np.full(len(count), np.nan), where=count > 0
    )
    return share


def _signs(runs: Runs) -> tuple[list[str], np.ndarray]:
    """Claims, and the sign of each one's difference in its weakest part; (claims, worlds)."""
    tested = claims.testable(runs.model.case, runs.quarters)
    _, results = claims.evaluate(Setting.of(runs), tested)
    signs = np.zeros((len(results), len(runs.worlds)), np.float32)
    for row, result in zip(signs, results, strict=True):
        row[:] = np.sign(result.effect)
    return [r.claim.id for r in results], signs


# ---------------------------------------------------------------- all of it


@told
@dataclass(frozen=True, eq=False, repr=False)
class Hindcast:
    """Forecasts and their scores, and what the method does on made records.

    Attributes:
        forecasts: see `COLUMNS`.
        scores: see `scores`.
    """

    case: Case
    cutoffs: tuple[str, ...]
    forecasts: pd.DataFrame
    scores: pd.DataFrame
    calibration: Calibration

    def in_short(self) -> tuple[str, Sequence[str]]:
        sizes = (
            counted(self.forecasts["series"].nunique(), "series", "series"),
            counted(len(self.forecasts), "forecast"),
            counted(self.calibration.truths, "made record"),
        )
        return f"Hindcast from {joined(self.cutoffs)} on", [", ".join(sizes)]


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Hindcast:
    """A hindcast as it is asked for on the command line."""
    return run(
        case,
        options.cutoff,
        seed=options.seed,
        progress=partial(watch, "hindcast"),
        kept=kept,
    )


def run(
    case: Case,
    cutoffs: Sequence[str] = (),
    *,
    seed: int = 0,
    rule: DecisionRule = "reactive",
    progress: Progress = silent,
    kept: Kept | None = None,
) -> Hindcast:
    """Hindcast at each cut-off (`default_cutoffs` where none is given) and calibrate."""
    check_case(case)
    check_numbers(seed=seed)
    chosen = cutoffs_of(case, cutoffs)
    model = compile_case(case, rule)
    steps = len(chosen) + 2
    forecasts = hindcast(
        model, chosen, seed=seed, progress=lambda done, _: progress(done, steps), kept=kept
    )
    table = scores(forecasts)
    tested = calibrate(
        model, seed=seed, progress=lambda done, _: progress(len(chosen) + done, steps), kept=kept
    )
    return Hindcast(case, chosen, forecasts, table, tested)
