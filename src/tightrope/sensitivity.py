"""What decides a claim: exact derivatives of its paired difference by every uncertain number.

Derivative-based global sensitivity (Kucherenko and Song 2016; Sobol and Kucherenko 2009): the mean
over worlds of the absolute derivative, times the width of the prior's range. It reads as the change
in the difference that the whole range of the number would bring, other things as they are in each
world.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
import pandas as pd

from tightrope import claims, engine
from tightrope.case import Case, Part
from tightrope.claims import Result, Testbed
from tightrope.engine import Model
from tightrope.ensemble import Progress, silent
from tightrope.worlds import Block, block

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
    worlds: int,
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
    drawn = block(model.case, seed, 0, worlds, quarters)
    jobs = [(r.claim.parts[r.weakest], testbed.places[c][r.weakest]) for c, r in enumerate(results)]
    frames = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        slopes = pool.map(lambda job: difference_slopes(model, testbed, drawn, *job), jobs)
        for done, (result, slope) in enumerate(zip(results, slopes, strict=True), start=1):
            frames.append(_rank(model.case, result.claim.id, slope, np.asarray(drawn.params)))
            progress(done, len(jobs))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def difference_slopes(
    model: Model, testbed: Testbed, drawn: Block, part: Part, places: Sequence[int]
) -> np.ndarray:
    """Derivatives of a part's paired difference by every prior, world by world; shape (P, W)."""
    signs = [part.contrast.times, -part.contrast.times]
    if part.minus is not None:
        signs += [-part.minus.times, part.minus.times]
    quarters = len(testbed.plans[0].rows.levels)
    by_plan: dict[int, np.ndarray] = {}
    for sign, place in zip(signs, places, strict=True):
        reading = testbed.readings[place]
        weights = sign * reading.weights(quarters, len(model.outcomes))
        by_plan[reading.plan] = by_plan.get(reading.plan, 0.0) + weights
    total = np.zeros(drawn.params.shape, drawn.params.dtype)
    for plan, weights in by_plan.items():
        _, slopes = engine.gradient(model, drawn, testbed.plans[plan], weights)
        total += np.asarray(jax.block_until_ready(slopes))
    return total


def range_effect(case: Case, slopes: np.ndarray, params: np.ndarray) -> np.ndarray:
    """Derivatives times the width of each prior's range (of its logarithm for a log scale)."""
    width = np.array([p.high - p.low for p in case.priors])[:, None] * np.ones_like(params)
    for i, prior in enumerate(case.priors):
        if prior.scale == "log":
            width[i] = params[i] * np.log(prior.high / prior.low)
    return slopes * width


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
            _direction(slopes[i]),
            case.priors[i].low,
            case.priors[i].high,
            case.priors[i].unit,
        )
        for rank, i in enumerate(order, start=1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _direction(slope: np.ndarray) -> str:
    if (slope > 0).mean() >= ONE_WAY:
        return "raises"
    if (slope < 0).mean() >= ONE_WAY:
        return "lowers"
    return "both ways"
