"""Scoring rules for shares and for ensembles; the lower the better."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BINS = 10


class Murphy(NamedTuple):
    """A Brier score in parts (Murphy 1973).

    brier = reliability - resolution + uncertainty + within.

    Attributes:
        within: what forecasts in one bin differ among themselves, which the three parts do not see
            (Stephenson, Coelho and Jolliffe 2008).
        chance: the reliability that a forecaster whose shares are right shows on average, so few
            outcomes being what they are.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    chance: float


def brier(shares: np.ndarray, came: np.ndarray) -> float:
    """Mean squared gap between shares and what came, 1 or 0 (Brier 1950); both (N,)."""
    return float(np.mean((shares - came) ** 2))


def log_score(shares: np.ndarray, came: np.ndarray, counts: np.ndarray) -> float:
    """Mean of minus the logarithm of the share that was given to what came (Good 1952).

    counts: of worlds: a share of none of them counts as half a world, or one surprise would be
    infinitely bad.
    """
    least = 0.5 / np.maximum(counts, 1)
    held = np.clip(np.where(came == 1, shares, 1 - shares), least, 1 - least)
    return float(-np.mean(np.log(held)))


def bins_of(shares: np.ndarray) -> np.ndarray:
    """The tenth in which each share lies; (N,)."""
    found: np.ndarray = np.minimum((shares * BINS + 1e-9).astype(int), BINS - 1)
    return found


def murphy(shares: np.ndarray, came: np.ndarray) -> Murphy:
    """The Brier score in parts, over tenths of the shares; both (N,)."""
    which, mean, count = bins_of(shares), float(came.mean()), len(shares)
    reliability = resolution = within = chance = 0.0
    for own in (which == b for b in np.unique(which)):
        p, y = shares[own], came[own]
        reliability += len(p) * (p.mean() - y.mean()) ** 2 / count
        resolution += len(p) * (y.mean() - mean) ** 2 / count
        away = p - p.mean()
        within += float((away**2).sum() - 2 * (away * (y - y.mean())).sum()) / count
        chance += float((p * (1 - p)).mean()) / count
    return Murphy(
        brier(shares, came), float(reliability), float(resolution), mean * (1 - mean), within,
        chance,
    )  # fmt: skip
