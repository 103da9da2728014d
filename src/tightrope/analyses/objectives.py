"""Objectives: how well arms do by what a case says they are judged by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tightrope.analyses.goals import YEAR, check_quarters, objectives_of, vital
from tightrope.case import Arm, Case, Posture, Scenario
from tightrope.engine.plan import Plan, plan
from tightrope.engine.progress import Progress, silent
from tightrope.engine.readings import Reading, rows
from tightrope.engine.runs import Runs

__all__ = [
    "YEAR", "check_quarters", "fails", "merit", "objectives_of", "of_postures", "satisfied",
    "values", "vital",
]  # fmt: skip


def values(
    runs: Runs, plans: Sequence[Plan], progress: Progress = silent
) -> tuple[np.ndarray, np.ndarray]:
    """What each plan gives for each objective in each world, at the end and at the start.

    Both of shape (plans, objectives, worlds), in display units. The end is the mean of the last
    year.

    Raises:
        UseError: the case names no objectives, or the run is shorter than a year.
    """
    goals, quarters = objectives_of(runs.model.case), runs.quarters
    check_quarters(quarters)
    spans = ((quarters - YEAR + 1, quarters), (0, 0))
    readings = [
        Reading(p, rows(runs.model, goal.outcome), first, last)
        for first, last in spans
        for p in range(len(plans))
        for goal in goals
    ]
    found = runs.means(plans, readings, progress)
    end, start = found.reshape(2, len(plans), len(goals), len(runs.worlds))
    return end, start


def of_postures(
    runs: Runs,
    postures: Sequence[Posture],
    scenarios: Sequence[Scenario],
    progress: Progress = silent,
) -> tuple[np.ndarray, np.ndarray]:
    """As `values` for every posture in every scenario; (postures, scenarios, objectives, worlds).

    The postures need not be the case's own.
    """
    plans = [
        plan(runs.model.case, Arm(), runs.quarters, scenario, posture)
        for posture in postures
        for scenario in scenarios
    ]
    end, start = values(runs, plans, progress)
    shape = (len(postures), len(scenarios), *end.shape[1:])
    return end.reshape(shape), start.reshape(shape)


def merit(case: Case, end: np.ndarray) -> np.ndarray:
    """Values turned so that more is better; any shape with objectives as the last axis but one."""
    sign = np.array([1.0 if o.want == "more" else -1.0 for o in case.objectives])
    turned: np.ndarray = end * sign[:, None]
    return turned


def satisfied(case: Case, end: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Whether each objective has enough in each world; shapes as from `values`."""
    enough = np.array([o.enough for o in case.objectives])[:, None]
    since = np.array([o.from_start for o in case.objectives])[:, None]
    needed = np.where(since, start + enough, enough)
    ok: np.ndarray = merit(case, end - needed) >= 0
    return ok


def fails(case: Case, ok: np.ndarray) -> np.ndarray:
    """Whether a vital objective is not satisfied; ok: (..., objectives, worlds) -> (..., worlds).

    See `vital`.
    """
    places = [case.objectives.index(o) for o in vital(case)]
    missed: np.ndarray = ~np.all(ok[..., places, :], axis=-2)
    return missed
