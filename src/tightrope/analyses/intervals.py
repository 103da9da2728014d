"""95 % intervals of shares, of means and of quantiles over worlds.

They are those of independent draws. Worlds are Sobol points, with which shares mostly err less; see
`docs/method.md` for what was measured.
"""

from __future__ import annotations

import numpy as np
import scipy
from scipy.special import ndtri

CONFIDENCE = 0.95
ENDS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)

Z = float(ndtri(ENDS[1]))
"""Half the width of an interval in standard errors."""


def wilson(share: float, count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's interval for a share seen in `count` worlds (Wilson 1927)."""
    z = float(ndtri((1 + confidence) / 2))
    square = z * z / count
    centre = (share + square / 2) / (1 + square)
    spread = share * (1 - share) / count + square / (4 * count)
    half = z * np.sqrt(spread) / (1 + square)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def paired(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the differences world by world, and half its interval.

    Worlds are the last axis, which both results lack; an interval needs two of them at least.
    """
    gap = one - other
    half = Z * gap.std(axis=-1, ddof=1) / np.sqrt(gap.shape[-1])
    return gap.mean(axis=-1), half


def spread(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """Where the middle world lies, between those that 5 % are below and above: p5, p50, p95.

    The three come first; then the shape of values without `axis`.
    """
    found: np.ndarray = np.quantile(values, (0.05, 0.5, 0.95), axis=axis)
    return found


def effective(weights: np.ndarray) -> float:
    """So many worlds of equal weight would tell as much (Kish 1965); weights: (W,)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def quantile(values: np.ndarray, at: float) -> tuple[float, float, float]:
    """A quantile over worlds with its distribution-free interval, from order statistics.

    An end that so few worlds do not have is not a number, and an empty cell on disk.
    values: (worlds,).
    """
    ordered = np.sort(values)
    count = len(ordered)
    ends = scipy.stats.binom.ppf(ENDS, count, at)
    low, high = (float(ordered[int(e)]) if e < count else np.nan for e in ends)
    return float(np.quantile(ordered, at)), low, high
