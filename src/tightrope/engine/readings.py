"""What is read off a run: the mean over some quarters of a weighted sum of outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tightrope.case import Outcome, Side
from tightrope.engine.model import Model


@dataclass(frozen=True)
class Reading:
    """The mean over quarters `first` to `last` of a weighted sum of outcomes in one plan.

    Attributes:
        plan: index of the plan.
        rows: (index into `Model.outcomes`, weight) pairs.
    """

    plan: int
    rows: tuple[tuple[int, float], ...]
    first: int
    last: int

    def take(self, outcomes: np.ndarray) -> np.ndarray:
        """Read a trajectory's outcomes, shape (T + 1, O, W); returns shape (W,)."""
        window = outcomes[self.first : self.last + 1]
        total = np.zeros(outcomes.shape[-1], outcomes.dtype)
        for row, weight in self.rows:
            total += weight * window[:, row].mean(axis=0)
        return total

    def weights(self, quarters: int, outcomes: int) -> np.ndarray:
        """The same as weights over quarters and outcomes; shape (T + 1, O)."""
        weights = np.zeros((quarters + 1, outcomes), np.float32)
        for row, weight in self.rows:
            weights[self.first : self.last + 1, row] += weight / (self.last - self.first + 1)
        return weights


def rows(model: Model, outcome: Outcome) -> tuple[tuple[int, float], ...]:
    """Where an outcome stands in `Model.outcomes`: itself, or an instrument's mean position."""
    index = model.outcome_index
    if outcome.kind != "position":
        return ((index[outcome], 1.0),)
    (instrument,) = (i for i in model.instruments if i.name == outcome.name)
    pairs = zip(instrument.levels, instrument.positions, strict=True)
    return tuple(
        (index[Outcome("share", outcome.name, level)], position)
        for level, position in pairs
        if position
    )


def reading(model: Model, side: Side, plan: int) -> Reading:
    return Reading(plan, rows(model, side.outcome), side.first, side.last)
