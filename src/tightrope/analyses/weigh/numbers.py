"""Worlds weighed by the record, instead of only ruled out by it.

Importance sampling with the worlds as they are drawn: each counts by how likely the record is in
it. The weights must be worth FEW worlds of equal weight (Kish 1965), or nothing is said of numbers
and claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import scipy
from scipy.special import ndtri

from tightrope.analyses.intervals import CONFIDENCE, effective, spread
from tightrope.analyses.record import evidence
from tightrope.analyses.record.evidence import FEW, Target
from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.verdicts.verdict import Shares, undecided, verdict
from tightrope.analyses.weigh import calibration, likelihood
from tightrope.analyses.weigh.likelihood import Errors
from tightrope.analyses.weigh.options import Options
from tightrope.arguments import known_rule
from tightrope.case import Case
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.model import Model
from tightrope.engine.progress import Progress, Watch
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import Sample
from tightrope.errors import UseError
from tightrope.text.notebook import told

TRUTHS, CANDIDATES = 500, 1000
"""Made records, and worlds that may have made them."""

DRAWS = 2000
"""Records that are drawn for what worlds give."""

LOTS = ("all", "left", "weighed")
"""Of worlds that claims are judged in: all, those not ruled out, and all by their weights."""

SERIES = ("series", "label", "points", "alone", "before", "after", "misfit")
NUMBERS = ("number", "meaning", "before", "before_sd", "after", "after_sd", "contraction", "moved",
           "beyond_chance")  # fmt: skip
CLAIMS = ("claim", "says",
          *(f"{lot}{part}" for lot in LOTS
            for part in ("", "_share", "_small", "_opposite", "_open")),
          )  # fmt: skip
PREDICTED = ("series", "label", "quarter", "at", "observed",
             *(f"{lot}_{part}" for lot in ("all", "weighed") for part in ("p5", "p50", "p95")),
             )  # fmt: skip


@told
@dataclass(frozen=True, eq=False, repr=False)
class Weighed:
    """What a record tells by weights.

    Attributes:
        worlds: how many were held against it.
        effective: how many of equal weight would tell as much.
        largest: the largest weight of one world.
        left: share of worlds that the same record does not rule out.
        series: see SERIES. alone: effective worlds if it alone weighed; before, after: chance of a
            distance from the record as large as it has, in all worlds and in weighted ones.
        numbers: see NUMBERS. contraction: part of the variance that is gone; moved: of the mean,
            in standard deviations before.
        claims: see CLAIMS: for each of LOTS the word, the three shares and the words left open; not
            a number for worlds not ruled out where these are fewer than FEW.
        predicted: see PREDICTED.
        ranks: where true worlds stand on made records; a row for each series and record; own: the
            weight of the true world itself.
    """

    case: Case
    options: Options
    worlds: int
    effective: float
    largest: float
    left: float
    series: pd.DataFrame
    numbers: pd.DataFrame
    claims: pd.DataFrame
    predicted: pd.DataFrame
    ranks: pd.DataFrame

    @property
    def tells(self) -> bool:
        """Whether enough worlds count to say anything of numbers and claims."""
        return self.effective >= FEW


@dataclass(frozen=True, eq=False)
class Held:
    """Worlds held against the record.

    Attributes:
        aims: the numbers of the record; K of them.
        courses: what each world gives for them without shocks; (K, W).
        left: which worlds are not ruled out; (W,).
        misfit: numbers of series that no world meets, which do not weigh; (K,).
    """

    sample: Sample
    aims: tuple[Target, ...]
    courses: np.ndarray
    errors: Errors
    left: np.ndarray
    misfit: np.ndarray

    @property
    def record(self) -> np.ndarray:
        """Shape (K,)."""
        return np.array([a.value for a in self.aims])

    def rows(self, series: str) -> np.ndarray:
        """Places of a series' numbers."""
        return np.flatnonzero([a.series == series for a in self.aims])


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Weighed:
    """Weigh worlds by the record, and judge numbers and claims by the weights."""
    model = compile_case(case, known_rule(options.rule))
    held = hold(model, options, partial(watch, "the record"), kept)
    counted = ~held.misfit
    if not counted.any():
        raise UseError("no world meets any series of the record, so there is nothing to weigh by")
    found = likelihood.log_likelihood(
        held.record[None, counted], held.courses[counted], held.errors.of(counted),
        partial(watch, "weights"),
    )  # fmt: skip
    weights = likelihood.weights(found)[0]
    size = effective(weights)
    tells = size >= FEW
    return Weighed(
        case, options, len(held.sample), size, float(weights.max()), float(held.left.mean()),
        _series(case, held, weights),
        _numbers(case, held.sample.params, weights) if tells else _none(NUMBERS),
        _claims(model, held, weights, options, watch, kept) if tells else _none(CLAIMS),
        _predicted(case, held, weights if tells else None, options.seed),
        _ranks(held, options.seed),
    )  # fmt: skip


def _none(columns: Sequence[str]) -> pd.DataFrame:
    """A table without rows: nothing is said."""
    return pd.DataFrame(columns=list(columns))


def hold(model: Model, options: Options, progress: Progress, kept: Kept | None) -> Held:
    """Run worlds through the record. Raises UseError where nothing of it can be matched."""
    case, seed = model.case, options.seed
    aims = tuple(a for a in evidence.targets(case) if a.series in (options.series or a.series))
    if not aims:
        raise UseError("no observation of these series can be matched")
    moved = evidence.moved_by_shocks(model, aims, seed, kept)
    variance = np.mean(moved**2, axis=1)
    params, courses, shocks, gaps = [], [], [], []
    for first in range(0, options.weighed, evidence.WAVE):
        count = min(evidence.WAVE, options.weighed - first)
        sample = Sample.of(case, seed, first, count)
        path = evidence.paths(evidence.past(model, sample, kept))
        params.append(sample.params)
        courses.append(evidence.simulated(case, path, aims))
        shocks.append(np.sqrt(evidence.shock_variance(case, sample.params, aims, variance)))
        gaps.append(evidence.gaps(case, sample, path, aims, variance))
        progress(first + count, options.weighed)
    limit, gap = evidence.cutoff(len(aims)), np.concatenate(gaps, axis=1)
    misfit = evidence.misfits(aims, gap, limit)
    every = Sample(seed, np.arange(options.weighed), np.concatenate(params, axis=1))
    fixed = likelihood.fixed_covariance(case, aims)
    errors = Errors(fixed, likelihood.correlation(moved), np.concatenate(shocks, axis=1))
    left = (gap[~misfit] <= limit).all(axis=0)
    return Held(every, aims, np.concatenate(courses, axis=1), errors, left, misfit)


# ---------------------------------------------------------------- series and numbers


def _series(case: Case, held: Held, weights: np.ndarray) -> pd.DataFrame:
    """How far each series is from what worlds give; see SERIES."""
    rows = []
    for series in case.series:
        own = held.rows(series.name)
        if not len(own):
            continue
        record, courses = held.record[None, own], held.courses[own]
        far, size = likelihood.distances(record, courses, held.errors.of(own))
        # In each world the distance of a record that it makes is chi-squared.
        chance = scipy.stats.chi2.sf(far[0], len(own))
        alone = effective(likelihood.weights(-0.5 * (far[0] + size)))
        rows.append(
            (series.name, series.label, len(own), alone, chance.mean(), weights @ chance,
             bool(held.misfit[own].any()))
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(SERIES))


def _numbers(case: Case, params: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    """How each uncertain number is spread before and after, the most contracted first."""
    free = [i for i, p in enumerate(case.priors) if not p.fixed]
    own = params[free].astype(float)
    before, before_sd = own.mean(axis=1), own.std(axis=1)
    after = own @ weights
    after_sd = np.sqrt((own - after[:, None]) ** 2 @ weights)
    spreads = np.where(before_sd > 0, before_sd, 1.0)
    contraction, moved = 1 - (after_sd / spreads) ** 2, (after - before) / spreads
    # Of all numbers together, by chance of the weights alone (Bonferroni).
    size, z = effective(weights), ndtri(1 - (1 - CONFIDENCE) / 2 / max(len(free), 1))
    beyond = (abs(contraction) > z * np.sqrt(2 / size)) | (abs(moved) > z * np.sqrt(1 / size))
    found = pd.DataFrame(
        {
            "number": [case.priors[i].name for i in free],
            "meaning": [case.priors[i].meaning for i in free],
            "before": before, "before_sd": before_sd, "after": after, "after_sd": after_sd,
            "contraction": contraction, "moved": moved, "beyond_chance": beyond,
        }
    )  # fmt: skip
    return found.sort_values("contraction", ascending=False, kind="stable", ignore_index=True)


# ---------------------------------------------------------------- claims


def drawn(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """How often each world comes up among so many, as near its weight as whole numbers are; (W,).

    Systematic resampling (Carpenter, Clifford and Fearnhead 1999).
    """
    places = (rng.random() + np.arange(count)) / count
    ends = np.cumsum(weights)
    picked = np.searchsorted(ends / ends[-1], places)
    return np.bincount(picked, minlength=len(weights))


def _claims(
    model: Model,
    held: Held,
    weights: np.ndarray,
    options: Options,
    watch: Watch,
    kept: Kept | None,
) -> pd.DataFrame:
    """The claims in all worlds, in those not ruled out, and by weights; a row for each claim."""
    case, count = model.case, min(options.worlds, len(held.sample))
    asked = [c for c in claims.testable(case, options.quarters)
             if c.id in (options.claim or (c.id,))]  # fmt: skip
    times = drawn(weights, count, np.random.default_rng((options.seed, 1)))
    lots: dict[str, tuple[np.ndarray, float]] = {"all": (np.ones(count), count)}
    left = np.flatnonzero(held.left)[:count]
    if len(left) >= FEW:
        lots["left"] = (np.isin(np.arange(left[-1] + 1), left).astype(float), len(left))
    lots["weighed"] = (times, min(effective(weights), effective(times)))
    table: dict[str, dict[str, Any]] = {c.id: {"claim": c.id, "says": c.says} for c in asked}
    for lot, (often, size) in lots.items():
        here = np.flatnonzero(often)
        runs = Runs(model, held.sample.pick(here), options.quarters, kept)
        setting = Setting.of(runs, options.scenario, options.posture)
        _, found = claims.evaluate(setting, asked, partial(watch, f"claims, {lot}"))
        for result in found:
            table[result.claim.id] |= _judged(lot, result, often[here], size)
    return pd.DataFrame(list(table.values()), columns=list(CLAIMS))


def _judged(lot: str, result: Result, often: np.ndarray, size: float) -> dict[str, object]:
    """A claim's word and shares where worlds count so often, and are worth so many."""
    argued, small, opposite = (
        float(often[result.came_to == n].sum() / often.sum()) for n in (1, 0, -1)
    )
    shares, hedged = Shares(argued, small, opposite), result.claim.hedged
    return {
        lot: verdict(shares, hedged),
        f"{lot}_share": argued, f"{lot}_small": small, f"{lot}_opposite": opposite,
        f"{lot}_open": undecided(shares, max(int(size), 1), hedged=hedged),
    }  # fmt: skip


# ---------------------------------------------------------------- records that worlds make


def _predicted(case: Case, held: Held, weights: np.ndarray | None, seed: int) -> pd.DataFrame:
    """Each number of the record beside records that worlds make; see PREDICTED."""
    rng = np.random.default_rng((seed, 2))
    even = np.full(len(held.sample), 1 / len(held.sample))
    bands = {}
    for lot, own in (("all", even), ("weighed", weights)):
        if own is not None:
            picked = np.repeat(np.arange(len(own)), drawn(own, DRAWS, rng))
            there = Errors(held.errors.fixed, held.errors.together, held.errors.shocks[:, picked])
            bands[lot] = spread(likelihood.made(held.courses[:, picked], there, rng), axis=0)
    labels = {s.name: s.label for s in case.series}
    rows = []
    for k, aim in enumerate(held.aims):
        row: dict[str, Any] = dict.fromkeys(PREDICTED, np.nan)
        row |= {"series": aim.series, "label": labels[aim.series], "quarter": aim.quarter,
                "at": (aim.first + aim.last) / 2, "observed": aim.value}  # fmt: skip
        for lot, band in bands.items():
            row |= {f"{lot}_{p}": band[i, k] for i, p in enumerate(("p5", "p50", "p95"))}
        rows.append(row)
    return pd.DataFrame(rows, columns=list(PREDICTED))


def _ranks(held: Held, seed: int) -> pd.DataFrame:
    """Ranks of true worlds by what each series is about, on records that they made."""
    counted = ~held.misfit
    few = slice(0, min(CANDIDATES, len(held.sample)))
    own = held.errors.of(counted)
    errors = Errors(own.fixed, own.together, own.shocks[:, few])
    courses = held.courses[counted, few]
    names = [a.series for a, counts in zip(held.aims, counted, strict=True) if counts]
    series = list(dict.fromkeys(names))
    means = np.array([courses[np.array(names) == s].mean(axis=0) for s in series])
    rng = np.random.default_rng((seed, 3))
    places, weight = calibration.ranks(courses, errors, means, TRUTHS, rng)
    return pd.DataFrame(
        {
            "series": np.repeat(series, TRUTHS),
            "rank": places.ravel(),
            "own": np.tile(weight, len(series)),
        }
    )


def uneven(ranks: pd.DataFrame) -> Sequence[str]:
    """Series whose ranks are not uniform, with errors controlled over all of them (Holm)."""
    chances = sorted(
        (calibration.uniform(own.to_numpy()), str(name))
        for name, own in ranks.groupby("series")["rank"]
    )
    found = []
    for done, (chance, name) in enumerate(chances):
        if chance >= (1 - CONFIDENCE) / (len(chances) - done):
            break
        found.append(name)
    return found
