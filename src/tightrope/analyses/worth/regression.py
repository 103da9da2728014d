"""What a measurement tells, by regression on the worlds that are there.

Once somebody has read y, the worlds count by how well they fit it, and what is expected of an
outcome is its conditional mean. Over worlds that conditional mean is a regression of the outcome on
what the measurement would have read in each: on an input known exactly (Strong, Oakley and Brennan
2014), or on it with its error drawn once for each world (Strong, Oakley, Brennan and Breeze 2015).
No world is run again.

The regression is on a cubic spline of y's rank. So every measurement has the same design, its rows
in another order, and one null distribution, worlds in an order by lot, serves them all.
"""

from __future__ import annotations

import numpy as np
import scipy

SEGMENTS = 5
"""Of the spline, between quantiles of what is read."""

FREE = SEGMENTS + 2
"""Coefficients of the spline beside the mean."""

LOTS = 200
"""Orders by lot from which it is read what chance gives."""

RISK = 0.05


def design(worlds: int) -> np.ndarray:
    """Orthonormal columns of the spline over ranks, each with mean zero; shape (worlds, FREE)."""
    place = (np.arange(worlds) + 0.5) / worlds
    knots = np.r_[np.zeros(3), np.linspace(0, 1, SEGMENTS + 1), np.ones(3)]
    spline = scipy.interpolate.BSpline.design_matrix(place, knots, 3).toarray()
    centred = spline - spline.mean(axis=0)
    columns: np.ndarray = np.linalg.svd(centred, full_matrices=False)[0][:, :FREE]
    return columns


def order_of(read: np.ndarray, lot: np.random.Generator) -> np.ndarray:
    """Worlds by what was read in them, the lowest first; equal ones by lot. read: (worlds,)."""
    mixed = lot.permutation(len(read))
    found: np.ndarray = mixed[np.argsort(read[mixed], kind="stable")]
    return found


def lots(worlds: int, lot: np.random.Generator, count: int = LOTS) -> np.ndarray:
    """Orders of worlds by lot, as a measurement gives that tells nothing; shape (count, worlds)."""
    return np.stack([lot.permutation(worlds) for _ in range(count)])


def fitted(columns: np.ndarray, order: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    """What is expected of each outcome once the measurement is read, in `order`; (..., worlds).

    columns: as from `design`; outcomes: (..., worlds), in the order of the worlds.
    """
    own = outcomes[..., order]
    mean = own.mean(axis=-1, keepdims=True)
    found: np.ndarray = mean + (own @ columns) @ columns.T
    return found


def along(columns: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The design's columns in the order of the worlds; shape (FREE, worlds)."""
    found = np.empty_like(columns.T)
    found[:, order] = columns.T
    return found


def parts(splines: np.ndarray, outcome: np.ndarray, tried: int) -> dict[int, np.ndarray]:
    """What each number does to an outcome by itself, by its place; (worlds,) each, mean zero.

    Numbers are drawn apart from one another, but in few worlds Sobol points of many dimensions
    leave patterns between some of them: one that does nothing seems to do what the other does. So
    they are taken in one after another, first the one that tells most of what is left (orthogonal
    matching pursuit: Pati, Rezaiifar and Krishnaprasad 1993), all fitted together, until none tells
    more than chance. splines: of all numbers, as from `along`; (numbers, FREE, worlds); tried: so
    many numbers and outcomes are looked at.
    """
    worlds = len(outcome)
    centred = outcome - outcome.mean()
    left, taken, weights = centred, list[int](), np.zeros(0)
    while (len(taken) + 1) * FREE < worlds / 2 and (whole := float(left @ left)) > 0:
        told = ((splines @ left.astype(splines.dtype)) ** 2).sum(axis=1) / whole
        told[taken] = 0.0
        first = int(told.argmax())
        if told[first] <= chance(worlds - len(taken) * FREE, tried):
            break
        taken.append(first)
        rows = splines[taken].reshape(-1, worlds).astype(float)
        weights = np.linalg.lstsq(rows @ rows.T, rows @ centred, rcond=1e-6)[0]
        left = centred - weights @ rows
    shares = weights.reshape(-1, FREE)
    return {n: shares[i] @ splines[n] for i, n in enumerate(taken)}


def explained(columns: np.ndarray, order: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    """Part of each outcome's variance that the measurement accounts for, R squared; shape (...).

    0 for an outcome that does not vary.
    """
    own = outcomes[..., order]
    whole = ((own - own.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    part = ((own @ columns) ** 2).sum(axis=-1)
    found: np.ndarray = np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
    return found


def adjusted(part: np.ndarray, worlds: int) -> np.ndarray:
    """R squared without what so many coefficients explain of anything; not below 0."""
    found: np.ndarray = np.maximum(0.0, 1 - (1 - part) * (worlds - 1) / (worlds - 1 - FREE))
    return found


def chance(worlds: int, tried: int) -> float:
    """R squared that one of so many tried exceeds by chance alone in RISK of cases (Bonferroni).

    Of a measurement that has nothing to do with the outcome it is a beta variable.
    """
    return float(scipy.stats.beta.isf(RISK / max(tried, 1), FREE / 2, (worlds - 1 - FREE) / 2))


def worth(expected: np.ndarray) -> np.ndarray:
    """How much better the best of several does where it may be chosen after the reading.

    Mean over worlds of the best, less the best mean: EVPPI, or EVSI with an error. expected: what
    is expected of each, as from `fitted`; shape (..., choices, worlds), more is better.
    """
    found: np.ndarray = expected.max(axis=-2).mean(axis=-1) - expected.mean(axis=-1).max(axis=-1)
    return found


def otherwise(expected: np.ndarray) -> np.ndarray:
    """Share of worlds in which another one than the best on the whole is chosen; shape (...)."""
    best = expected.mean(axis=-1).argmax(axis=-1)
    found: np.ndarray = (expected.argmax(axis=-2) != best[..., None]).mean(axis=-1)
    return found


def wrong(expected: np.ndarray) -> np.ndarray:
    """Chance of a wrong call, where what is likelier is called; expected: shares (..., worlds)."""
    share = np.clip(expected, 0.0, 1.0)
    found: np.ndarray = np.minimum(share, 1 - share).mean(axis=-1)
    return found


def beyond(share: float, by_chance: float) -> float:
    """The share of cases in which something changes, without those in which chance changes it.

    Where a part of the cases changes for good and the others change as by lot, it is that part.
    """
    return max(0.0, (share - by_chance) / (1 - by_chance)) if by_chance < 1 else 0.0
