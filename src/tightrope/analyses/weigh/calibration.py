"""Whether weights are right, on made records (simulation-based calibration, Talts et al. 2018).

A world is drawn from a set, it makes a record, and the set is weighed by that record. If weights
are the chances with which each world may have made it, the weighted share of worlds below the
true one, with a random part of its own weight, is uniform on 0 to 1. That holds for any number of
worlds and any effective size, because the set itself is the prior.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy

from tightrope.analyses.weigh.likelihood import Errors, log_likelihood, made, weights

BINS = 10


class Ranks(NamedTuple):
    """Attributes:
    places: where true worlds stand among the weighted ones, 0 to 1; (quantities, truths).
    own: the weight that the true world got itself; (truths,). Near 1 a place is mostly the random
        part of that weight, and says little.
    """

    places: np.ndarray
    own: np.ndarray


def ranks(
    courses: np.ndarray,
    errors: Errors,
    quantities: np.ndarray,
    truths: int,
    rng: np.random.Generator,
    believed: Errors | None = None,
    lived: np.ndarray | None = None,
) -> Ranks:
    """True worlds among those weighted by the records that they made.

    courses: (K, W). quantities: numbers of worlds, whose ranks are asked for; (Q, W). believed:
    the errors that worlds are weighed with, where records are made with others. lived: what worlds
    give with shocks, (K, W), where records are made by these and not by normal ones.
    """
    count = courses.shape[1]
    true = rng.integers(count, size=truths)
    shocks = errors.shocks[:, true] * (lived is None)
    own = Errors(errors.fixed, errors.together, shocks)
    records = made((courses if lived is None else lived)[:, true], own, rng)
    found = weights(log_likelihood(records, courses, believed or errors))
    part = rng.random(truths)
    rows = []
    for quantity in quantities:
        here = quantity[true][:, None]
        below = (found * (quantity < here)).sum(axis=1)
        alike = (found * (quantity == here)).sum(axis=1)
        rows.append(below + part * alike)
    return Ranks(np.clip(rows, 0.0, 1.0), found[np.arange(truths), true])


def uniform(found: np.ndarray, bins: int = BINS) -> float:
    """Chance of ranks at least as uneven if they are uniform: chi-square over bins; found: (T,)."""
    counts, _ = np.histogram(found, bins, (0.0, 1.0))
    return float(scipy.stats.chisquare(counts).pvalue)
