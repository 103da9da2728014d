"""What decides a claim: exact derivatives of its paired difference by every uncertain number.

Derivative-based global sensitivity (Kucherenko and Song 2016; Sobol and Kucherenko 2009): the mean
over worlds of the absolute derivative, times the width of the prior's range. It reads as the change
in the difference that the whole range of the number would bring, other things as they are in each
world.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result, Testbed
from tightrope.case import Case
from tightrope.engine.progress import Progress, silent
from tightrope.engine.runs import Runs, Slope
from tightrope.engine.setting import Setting

TOP = 3

ONE_WAY = 0.9
"""Share of worlds in which the derivative must have one sign to be called a direction."""

COLUMNS = (
    "claim",
    "rank",
    "parameter",
    "meaning",
    "effect_of_range",
    "direction",
    "low",
    "high",
    "unit",
)


def decisive(
    setting: Setting, results: Sequence[Result], progress: Progress = silent
) -> pd.DataFrame:
    """The three numbers that decide each claim most; one row per claim and rank, see `COLUMNS`.

    For a joint claim: those that decide the part which holds in fewest worlds.
    """
    model, runs = setting.model, setting.runs
    testbed = claims.prepare(setting, [r.claim for r in results])
    places = [testbed.places[c][r.weakest] for c, r in enumerate(results)]
    slopes = _slopes(runs, testbed, {index for place in places for index in place}, progress)
    params = runs.sample.params
    frames = []
    for result, place in zip(results, places, strict=True):
        difference = claims.differences(
            result.claim.parts[result.weakest], np.stack([slopes[i] for i in place])
        )
        frames.append(_rank(model.case, result.claim.id, difference, params))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def _slopes(
    runs: Runs, testbed: Testbed, readings: set[int], progress: Progress
) -> dict[int, np.ndarray]:
    """Derivatives of readings by every prior, world by world; by reading, shape (P, W) each."""
    order = sorted(readings)
    own = [testbed.readings[i] for i in order]
    weights = [r.weights(runs.quarters, len(runs.model.outcomes)) for r in own]
    wanted = [Slope(testbed.plans[r.plan], w, r.last) for r, w in zip(own, weights, strict=True)]
    return dict(zip(order, runs.slopes(wanted, progress), strict=True))


def range_effect(case: Case, slopes: np.ndarray, params: np.ndarray) -> np.ndarray:
    """Derivatives times the width of each prior's range (of its logarithm for a log scale)."""
    width = np.array([p.high - p.low for p in case.priors])[:, None] * np.ones_like(params)
    for i, prior in enumerate(case.priors):
        if prior.scale == "log":
            width[i] = params[i] * np.log(prior.high / prior.low)
    effect: np.ndarray = slopes * width
    return effect


def _rank(case: Case, claim: str, slopes: np.ndarray, params: np.ndarray) -> pd.DataFrame:
    effects = range_effect(case, slopes, params)
    size = np.abs(effects).mean(axis=1)
    order = [i for i in np.argsort(-size, kind="stable")[:TOP] if size[i] > 0]
    rows = [
        (
            claim,
            rank,
            case.priors[i].name,
            case.priors[i].meaning,
            float(size[i]),
            direction(slopes[i]),
            case.priors[i].low,
            case.priors[i].high,
            case.priors[i].unit,
        )
        for rank, i in enumerate(order, start=1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def direction(slope: np.ndarray) -> str:
    """Which way a number moves an outcome, where it has one way in most worlds."""
    if (slope > 0).mean() >= ONE_WAY:
        return "raises"
    if (slope < 0).mean() >= ONE_WAY:
        return "lowers"
    return "both ways"
