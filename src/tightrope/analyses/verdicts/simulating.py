"""One scenario and posture in many worlds: its paths, and what took them there."""

from __future__ import annotations

import xarray as xr

from tightrope.analyses.verdicts.calls import attributes
from tightrope.arguments import QUARTERS, check_numbers, known_rule
from tightrope.case import Case
from tightrope.case.named import check_case
from tightrope.engine import labelled
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import First

CONTRIBUTION_WORLDS = 256


def simulate(
    case: Case,
    *,
    scenario: str | None = None,
    posture: str | None = None,
    worlds: int = 1000,
    quarters: int = QUARTERS,
    seed: int = 0,
    rule: str = "reactive",
) -> xr.Dataset:
    """Run one scenario and posture in an ensemble of worlds.

    Returns a Dataset with dims world and quarter (0 = the reference quarter), one data variable per
    state, derived quantity, instrument, regime and exogenous quantity; see `labelled.label`.
    Raises UseError for a name that the case does not have or a number out of range.
    """
    check_case(case)
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    runs = Runs(compile_case(case, known_rule(rule)), First(seed, worlds), quarters)
    return trajectories(Setting.of(runs, scenario, posture))


def explain(
    case: Case,
    *,
    scenario: str | None = None,
    posture: str | None = None,
    worlds: int = CONTRIBUTION_WORLDS,
    quarters: int = QUARTERS,
    seed: int = 0,
    rule: str = "reactive",
) -> xr.Dataset:
    """What took each variable where it went under a scenario and posture.

    See `labelled.contributions`. Raises as `simulate` does.
    """
    check_case(case)
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    runs = Runs(compile_case(case, known_rule(rule)), First(seed, worlds), quarters)
    return contributions(Setting.of(runs, scenario, posture))


def trajectories(setting: Setting) -> xr.Dataset:
    """What is run where nothing else is said, in every world; see `labelled.trajectories`."""
    return labelled.trajectories(setting.runs, setting.plan(), attributes(setting))


def contributions(setting: Setting) -> xr.Dataset:
    """What took each variable where it went; see `labelled.contributions`."""
    return labelled.contributions(setting.runs, setting.plan(), attributes(setting))
