"""Many sets of values from the ends of all ranges, for trying mechanisms where they may fall over.

The ends are those that a run can reach: ranges of priors, bounds of states, single levels of
regimes and instruments.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tightrope.case import Case, Instrument, Regime, Variable, level_argument
from tightrope.case.scales import SCALES

POINTS = 512


def corners(case: Case, seed: int = 0) -> dict[str, np.ndarray]:
    """By name, what a mechanism may read but for derived quantities; shape (POINTS,), float32.

    One half has every value at an end of its range, the other half about every second one.
    """
    rng = np.random.default_rng(seed)
    env = {p.name: _between(p.low, p.high, rng) for p in case.parameters}
    env |= {v.name: _between(*_ends(v), rng) for v in case.variables}
    env |= {q.name: _between(0.0, 1.0, rng) for q in case.quantities}
    for i in case.instruments:
        env |= _levels(i.name, i.levels, i.positions, i.usual, rng)
    for r in case.regimes:
        size = len(r.levels)
        env |= _levels(r.name, r.levels, np.linspace(0, 1, size).tolist(), None, rng)
    return {name: values.astype(np.float32) for name, values in env.items()}


def ranges(case: Case) -> dict[str, tuple[float, float]]:
    """The lowest and highest value of all that a mechanism may read but for derived quantities."""
    found = {p.name: (p.low, p.high) for p in case.parameters}
    found |= {v.name: _ends(v) for v in case.variables}
    found |= {q.name: (0.0, 1.0) for q in case.quantities}
    leveled: list[Instrument | Regime] = [*case.instruments, *case.regimes]
    for item in leveled:
        found[item.name] = 0.0, 1.0
        found |= {level_argument(item.name, level): (0.0, 1.0) for level in item.levels}
    return found


def _ends(variable: Variable) -> tuple[float, float]:
    """How low and how high a state may be; a real has no bounds, so where it begins."""
    if variable.scale == "real":
        return variable.baseline.low, variable.baseline.high
    end = SCALES[variable.scale].farthest
    if variable.scale == "index":
        return float(np.exp(-end)), float(np.exp(end))
    return 1 / (1 + float(np.exp(end))), 1 / (1 + float(np.exp(-end)))


def _between(low: float, high: float, rng: np.random.Generator) -> np.ndarray:
    ends = np.where(rng.random(POINTS) < 0.5, low, high)
    inside = low + (high - low) * rng.random(POINTS)
    corner = (np.arange(POINTS) < POINTS // 2) | (rng.random(POINTS) < 0.5)
    return np.where(corner, ends, inside)


def _levels(
    name: str,
    levels: Sequence[str],
    positions: Sequence[float],
    usual: Sequence[float] | None,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """One level alone; of an instrument now and then a mix."""
    shares = np.eye(len(levels))[rng.integers(len(levels), size=POINTS)].T
    if usual is not None:
        mixed = np.where(rng.random(POINTS) < 0.5, np.asarray(usual)[:, None], shares)
        shares = np.where(np.arange(POINTS) < POINTS // 2, shares, mixed)
    by_level = {level_argument(name, lv): row for lv, row in zip(levels, shares, strict=True)}
    return {name: np.asarray(positions) @ shares, **by_level}
