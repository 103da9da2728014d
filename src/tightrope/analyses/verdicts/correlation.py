"""Claims that say the same: how their differences go together over worlds, and how many facts
the board holds.

Rank correlation (Spearman) of the claims' paired differences, so that a few worlds with very large
differences do not decide it. A claim counts for one over the number of claims that it is like,
itself among them, each counted by the squared correlation; the sum is the number of independent
facts. It is the diversity of order 0 of Leinster and Cobbold (2012) with that likeness. Where all
claims are equally alike it is the participation ratio of the eigenvalues, an effective rank. It is
taken before the participation ratio and the entropy of the eigenvalues (Roy and Vetterli 2007)
because those weigh groups by their size: ten copies of one claim beside one other are two facts
here, 1.2 and 1.4 there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from tightrope.analyses.verdicts.claims import Result
from tightrope.text.wording import counted, number

FEWEST = 30
"""Worlds below which chance alone makes claims look alike."""

STILL = 1e-3
"""A difference that varies by less than this part of its margin is the same in every world."""

ROUNDING = 2e-5
"""What single precision leaves of a difference of numbers around 100."""

ALIKE = 0.7
"""Claims that share half of their variance (0.49 of it) are told as a pair."""

COLUMNS = ("claim", "other", "correlation")


@dataclass(frozen=True, eq=False)
class Together:
    """How the claims of a board go together.

    Attributes:
        facts: number of independent facts among the claims that vary; NaN in fewer than FEWEST
            worlds.
        varying, constant: ids of claims by whether their difference varies over worlds.
        pairs: every two claims that vary, the most alike first; see `COLUMNS`.
    """

    facts: float
    varying: tuple[str, ...]
    constant: tuple[str, ...]
    pairs: pd.DataFrame

    @property
    def alike(self) -> pd.DataFrame:
        """The pairs that share half of their variance or more."""
        return self.pairs[self.pairs["correlation"].abs() >= ALIKE]


def together(results: Sequence[Result]) -> Together:
    """How the differences of claims go together over the worlds of their results.

    For a joint claim the difference is that of the part that is as argued in fewest worlds.
    """
    still = [_still(r) for r in results]
    moving = [r for r, fixed in zip(results, still, strict=True) if not fixed]
    names = tuple(r.claim.id for r in moving)
    constant = tuple(r.claim.id for r, fixed in zip(results, still, strict=True) if fixed)
    nothing = pd.DataFrame(columns=list(COLUMNS))
    if not results or len(results[0].effect) < FEWEST:
        return Together(float("nan"), names, constant, nothing)
    if not moving:
        return Together(0.0, names, constant, nothing)
    worlds = len(moving[0].effect)
    found = correlations(np.stack([r.effect for r in moving]))
    return Together(independent(found, worlds), names, constant, _pairs(names, found))


def _still(result: Result) -> bool:
    return not varies(result.effect, result.claim.parts[result.weakest].margin)


def varies(effect: np.ndarray, margin: float) -> bool:
    """Whether a difference is not the same number in every world; shape (W,)."""
    least = max(STILL * margin, ROUNDING, 1e-5 * float(np.abs(effect).max(initial=0.0)))
    return float(np.ptp(effect)) > least


def correlations(values: np.ndarray) -> np.ndarray:
    """Spearman's correlation of every two rows; shape (C, C) of values (C, worlds)."""
    ranks = scipy.stats.rankdata(values, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    ranks /= np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    found: np.ndarray = np.clip(ranks @ ranks.T, -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return found


def independent(correlation: np.ndarray, worlds: int | None = None) -> float:
    """Number of independent facts: the sum over claims of 1 / (sum of squared correlations).

    worlds: that the correlations are from; what chance adds to their squares in so many (adjusted
    squares) is taken off. None: exact ones.
    """
    square = correlation**2
    if worlds is not None:
        square = np.maximum(0.0, (square * (worlds - 1) - 1) / (worlds - 2))
        np.fill_diagonal(square, 1.0)
    return float((1 / square.sum(axis=1)).sum())


def _pairs(names: Sequence[str], found: np.ndarray) -> pd.DataFrame:
    one, other = np.triu_indices(len(names), k=1)
    values = found[one, other]
    order = np.argsort(-np.abs(values), kind="stable")
    rows = [(names[one[i]], names[other[i]], float(values[i])) for i in order]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def sentences(found: Together) -> list[str]:
    """How many facts the board holds, in words; nothing where there are too few worlds."""
    if not np.isfinite(found.facts) or not (found.varying or found.constant):
        return []
    said = []
    many = len(found.varying)
    if many:
        size = number(found.facts).removesuffix(".0")
        facts = f"{size} independent fact{'' if size == '1' else 's'}"
        said.append(
            f"{counted(many, 'claim')} whose difference varies over worlds "
            f"{'counts' if many == 1 else 'count'} as {facts}: claims whose differences go up and "
            "down together say the same thing more than once."
        )
    if found.constant:
        one = len(found.constant) == 1
        said.append(
            f"{counted(len(found.constant), 'claim')} {'has' if one else 'have'} the same "
            f"difference in every world and {'is' if one else 'are'} not counted among them."
        )
    return said
