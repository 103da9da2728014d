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
from tightrope.engine import kernel as engine
from tightrope.engine.ensemble import Progress, first_alone, silent, threads
from tightrope.engine.model import Model
from tightrope.engine.worlds import Block, Sample, block

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
    model: Model,
    results: Sequence[Result],
    *,
    seed: int,
    worlds: int | Sample,
    scenario: str,
    posture: str,
    progress: Progress = silent,
) -> pd.DataFrame:
    """The three numbers that decide each claim most; one row per claim and rank, see `COLUMNS`.

    For a joint claim: those that decide the part which holds in fewest worlds.
    """
    tested = [r.claim for r in results]
    quarters = max(claims.horizon(c) for c in tested)
    testbed = claims.prepare(model, tested, quarters, scenario, posture)
    if isinstance(worlds, int):
        drawn = block(model.case, seed, 0, worlds, quarters)
    else:
        drawn = worlds.block(model.case, np.arange(len(worlds.indices)), quarters)
    places = [testbed.places[c][r.weakest] for c, r in enumerate(results)]
    slopes = _slopes(
        model, testbed, {index for place in places for index in place}, drawn, progress
    )
    params = np.asarray(drawn.params)
    frames = []
    for result, place in zip(results, places, strict=True):
        difference = claims.differences(
            result.claim.parts[result.weakest], np.stack([slopes[i] for i in place])
        )
        frames.append(_rank(model.case, result.claim.id, difference, params))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def _slopes(
    model: Model, testbed: Testbed, readings: set[int], drawn: Block, progress: Progress
) -> dict[int, np.ndarray]:
    """Derivatives of readings by every prior, world by world; by reading, shape (P, W) each."""
    quarters = len(testbed.plans[0].rows.levels)
    order = sorted(readings)

    def one(index: int) -> np.ndarray:
        reading = testbed.readings[index]
        weights = reading.weights(quarters, len(model.outcomes))
        arm = testbed.plans[reading.plan]
        _, slopes = engine.gradient(model, drawn, arm, weights, reading.last)
        return np.asarray(slopes)

    found: dict[int, np.ndarray] = {}
    with threads() as pool:
        for index, slopes in zip(order, first_alone(pool, one, order), strict=True):
            found[index] = slopes
            progress(len(found), len(order))
    return found


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
