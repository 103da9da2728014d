"""How likely a whole record is in each world: one normal distribution over all of its numbers.

A record is what a world gives without shocks and, on top of it, what shocks do, one discrepancy
for each series, drawn once and the same at all its points, and the error of each published number
(Kennedy and O'Hagan 2001). A change counted from a base has the base's error too, and all changes
of the series share it. Shocks are integrated out and not drawn, because a world's shocks in the
past are the same numbers as those that it meets in a later run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from tightrope.analyses.record.evidence import Target, published
from tightrope.case import Case
from tightrope.engine.progress import Progress, silent
from tightrope.errors import UseError

HELD = 2_000_000
"""Numbers of covariances that are held at a time."""


@dataclass(frozen=True, eq=False)
class Errors:
    """All that may lie between a world and the record, for K numbers of it.

    Attributes:
        fixed: covariance of discrepancies and published errors, alike in all worlds; (K, K).
        together: correlation of what shocks do to the numbers, alike in all worlds; (K, K).
        shocks: standard deviation that shocks bring to each number in each world; (K, W).
    """

    fixed: np.ndarray
    together: np.ndarray
    shocks: np.ndarray

    def of(self, rows: np.ndarray) -> Errors:
        """Those of some of the numbers, by place or mask."""
        both = np.ix_(rows, rows)
        return Errors(self.fixed[both], self.together[both], self.shocks[rows])

    def covariance(self, worlds: slice | np.ndarray) -> np.ndarray:
        """Shape (some of the worlds, K, K)."""
        own = self.shocks[:, worlds].T
        total: np.ndarray = self.fixed + own[:, :, None] * self.together * own[:, None, :]
        return total


def fixed_covariance(case: Case, aims: Sequence[Target]) -> np.ndarray:
    """Of discrepancies and published errors; its diagonal is the targets' variances; (K, K)."""
    names = np.array([a.series for a in aims])
    found = np.zeros((len(aims), len(aims)))
    for series in case.series:
        own = np.flatnonzero(names == series.name)
        base = next((p for p in series.points if p.used), None)
        shared = series.error**2
        if series.link != "level" and base is not None:
            shared += published(series, base, case)
        found[np.ix_(own, own)] = shared
        found[own, own] = np.array([a.variance for a in aims])[own]
    return found


def correlation(moved: np.ndarray) -> np.ndarray:
    """Correlation about zero of what shocks do; moved: (K, worlds); shape (K, K).

    What no shock moves goes with nothing.
    """
    size = np.sqrt(np.mean(moved**2, axis=1))
    scaled = np.divide(moved, size[:, None], out=np.zeros_like(moved), where=size[:, None] > 0)
    found: np.ndarray = scaled @ scaled.T / moved.shape[1]
    found[np.diag_indices(len(found))] = 1.0
    return found


def log_likelihood(
    records: np.ndarray, courses: np.ndarray, errors: Errors, progress: Progress = silent
) -> np.ndarray:
    """Of each record in each world; records: (R, K), courses: (K, W); shape (R, W).

    Raises UseError where numbers of the record have no error at all between them.
    """
    far, size = distances(records, courses, errors, progress)
    found: np.ndarray = -0.5 * (far + size + len(courses) * np.log(2 * np.pi))
    return found


def distances(
    records: np.ndarray, courses: np.ndarray, errors: Errors, progress: Progress = silent
) -> tuple[np.ndarray, np.ndarray]:
    """Squared Mahalanobis distance of each record from each world, (R, W), and the logarithm of
    the covariance's determinant in each world, (W,). Raises as `log_likelihood`.
    """
    count = courses.shape[1]
    far, size = np.empty((len(records), count)), np.empty(count)
    for here in blocks(count, len(courses), len(records)):
        for w, root in zip(range(here.start, here.stop), roots(errors, here), strict=True):
            gap = (records - courses[:, w]).T
            units = scipy.linalg.solve_triangular(root, gap, lower=True, check_finite=False)
            far[:, w] = (units**2).sum(axis=0)
            size[w] = 2 * np.log(np.diagonal(root)).sum()
        progress(here.stop, count)
    return far, size


def blocks(count: int, points: int, records: int = 1) -> Iterator[slice]:
    """Stretches of worlds whose covariances fit into HELD numbers."""
    step = max(1, HELD // (points * max(points, records)))
    for first in range(0, count, step):
        yield slice(first, min(first + step, count))


def roots(errors: Errors, worlds: slice | np.ndarray) -> np.ndarray:
    """Lower triangles whose squares are the covariances; (some of the worlds, K, K)."""
    try:
        found: np.ndarray = np.linalg.cholesky(errors.covariance(worlds))
    except np.linalg.LinAlgError:
        raise UseError(
            "the record: found numbers of a series without any error of their own; allowed: `low` "
            "below `high` in observations/*.csv, or a variable with noise"
        ) from None
    return found


def weights(log_likelihoods: np.ndarray) -> np.ndarray:
    """Of worlds that were alike likely before; the last axis, worlds, sums to 1."""
    top = log_likelihoods - log_likelihoods.max(axis=-1, keepdims=True)
    found: np.ndarray = np.exp(top) / np.exp(top).sum(axis=-1, keepdims=True)
    return found


def made(courses: np.ndarray, errors: Errors, rng: np.random.Generator) -> np.ndarray:
    """A record made by each world, with all that lies between; courses: (K, W); shape (W, K)."""
    count = courses.shape[1]
    found = np.empty((count, len(courses)))
    for here in blocks(count, len(courses)):
        noise = rng.standard_normal((here.stop - here.start, len(courses), 1))
        found[here] = courses[:, here].T + (roots(errors, here) @ noise)[..., 0]
    return found
