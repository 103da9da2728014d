"""What decides a claim: the numbers that tell the worlds where it holds from the others.

Regional sensitivity (Spear and Hornberger 1980): for every uncertain number the largest gap between
its distributions in the two kinds of worlds, Kolmogorov and Smirnov's distance, from 0 (it is
spread alike in both) to 1 (it tells them apart without error). It costs no run: the worlds are
there. Shown is what lies beyond chance: beyond the distance that any of so many numbers reaches
with a chance of RISK where none of them matters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy

from tightrope.analyses.boxes import FEWEST
from tightrope.analyses.verdicts.claims import Result
from tightrope.case import Prior

TOP = 3

RISK = 0.05

ONE_WAY = 2.0
"""The gap on one side must be so many times that on the other to be called a direction."""

COLUMNS = (
    "claim", "rank", "parameter", "meaning", "separation", "chance", "direction", "low", "high",
    "unit",
)  # fmt: skip


def decisive(
    priors: Sequence[Prior], params: np.ndarray, results: Sequence[Result]
) -> pd.DataFrame:
    """The three numbers that decide each claim most; a row for each, see `COLUMNS`.

    params: of the worlds of the results; shape (P, W). No rows for a claim that comes out the same
    way in all but FEWEST worlds, or that no number decides beyond chance.
    """
    order = np.argsort(params, axis=1, kind="stable")
    fixed = np.ptp(params, axis=1) == 0
    rows: list[tuple[object, ...]] = []
    for result in results:
        holds = result.holds
        few = int(min(holds.sum(), (~holds).sum()))
        if few < FEWEST:
            continue
        above, below = separation(order, holds)
        gap = np.where(fixed, 0.0, np.maximum(above, below))
        least = chance(int(holds.sum()), int((~holds).sum()), int((~fixed).sum()))
        ranked = [i for i in np.argsort(-gap, kind="stable")[:TOP] if gap[i] > least]
        for rank, i in enumerate(ranked, start=1):
            p = priors[i]
            rows.append(
                (result.claim.id, rank, p.name, p.meaning, float(gap[i]), least,
                 direction(above[i], below[i]), p.low, p.high, p.unit)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def separation(order: np.ndarray, holds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each number lies higher where the claim holds, and how far lower; (P,) each.

    The largest gap between its two distribution functions on either side. order: worlds by each
    number's value; (P, W).
    """
    hits = holds[order]
    there = np.cumsum(hits, axis=1) / hits.sum(axis=1, keepdims=True)
    other = np.cumsum(~hits, axis=1) / (~hits).sum(axis=1, keepdims=True)
    gap = other - there
    return gap.max(axis=1), -gap.min(axis=1)


def chance(one: int, other: int, numbers: int) -> float:
    """The distance that one of so many numbers exceeds by chance alone in RISK of cases.

    Bonferroni over the numbers; one, other: so many worlds of each kind.
    """
    size = one * other / (one + other)
    return float(scipy.stats.kstwobign.isf(RISK / max(numbers, 1)) / np.sqrt(size))


def direction(above: float, below: float) -> str:
    """Which values go with the claim: a number's higher or lower ones, or its middle or ends."""
    if above > ONE_WAY * below:
        return "higher"
    if below > ONE_WAY * above:
        return "lower"
    return "some"
