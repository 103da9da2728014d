"""Runs as labelled arrays: xarray Datasets with names, units and provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tightrope.arguments import check_memory
from tightrope.case import Case, Outcome, Variable
from tightrope.case.scales import POINTS, SCALES
from tightrope.engine.model import ENGINE_TERMS, Model, Trajectory
from tightrope.engine.plan import Plan
from tightrope.engine.progress import Progress, silent
from tightrope.engine.runs import Runs


def trajectories(
    runs: Runs, plan: Plan, attrs: Mapping[str, Any], progress: Progress = silent
) -> xr.Dataset:
    """One arm in every world; dims world, quarter (0 = reference quarter), see `label`."""
    model = runs.model
    size = (runs.quarters + 1) * len(model.outcomes) * len(runs.worlds)
    check_memory(size, "worlds and quarters")
    return label(model, runs.whole(plan, progress=progress), attrs)


def label(model: Model, run: Trajectory, attrs: Mapping[str, Any]) -> xr.Dataset:
    """Name a trajectory's rows.

    One data variable per state, derived quantity, instrument (dims world, quarter, and its levels),
    regime (index of the level) and exogenous quantity, and `goal` (world, quarter, actor). Shares,
    positions and goal values are in points of 100, indices in index points.
    """
    case = model.case
    index = {outcome: i for i, outcome in enumerate(model.outcomes)}
    outcomes = np.asarray(run.outcomes)
    data: dict[str, Any] = {}
    goals = []
    by_instrument: dict[str, list[np.ndarray]] = {}
    named = labels(case)
    for outcome, i in index.items():
        values = outcomes[:, i].T
        if outcome.kind == "share":
            by_instrument.setdefault(outcome.name, []).append(values)
        elif outcome.kind == "goal":
            goals.append(values)
        else:
            text, units = named[outcome.name]
            about = {"long_name": text, "units": units, "role": outcome.kind}
            data[outcome.name] = (("world", "quarter"), values, about)
    coords: dict[str, Any] = {
        "world": np.arange(outcomes.shape[2]),
        "quarter": np.arange(outcomes.shape[0]),
    }
    for instrument in case.instruments:
        dim = f"{instrument.name}_level"
        coords[dim] = list(instrument.levels)
        data[instrument.name] = (
            ("world", "quarter", dim),
            np.stack(by_instrument[instrument.name], axis=-1),
            {
                "long_name": instrument.label,
                "units": "share of conduct, points of 100",
                "role": "instrument",
                "actor": instrument.actor,
            },
        )
    if goals:
        coords["actor"] = [a.name for a in case.actors]
        about = {"long_name": "Goal value", "units": POINTS, "role": "goal"}
        data["goal"] = (("world", "quarter", "actor"), np.stack(goals, axis=-1), about)
    for i, regime in enumerate(case.regimes):
        about = {"long_name": regime.label, "units": "level", "role": "regime"}
        about["levels"] = ", ".join(regime.levels)
        data[regime.name] = (("world", "quarter"), np.asarray(run.levels)[:, i].T, about)
    for i, quantity in enumerate(case.quantities):
        about = {"long_name": quantity.label, "units": quantity.unit, "role": "quantity"}
        data[quantity.name] = (("world", "quarter"), np.asarray(run.quantities)[:, i].T, about)
    if model.rule == "equilibrium":
        about = {
            "long_name": "Distance from the fixed point of mutual responses",
            "units": "largest change in a share of conduct",
            "role": "residual",
        }
        data["residual"] = (("world", "quarter"), np.asarray(run.residual).T, about)
    return xr.Dataset(data, coords, dict(attrs))


def labels(case: Case) -> dict[str, tuple[str, str]]:
    """Label and unit of every variable and derived quantity."""
    found = {v.name: (v.label, unit(v)) for v in case.variables}
    return found | {d.name: (d.label, POINTS if d.percent else d.unit) for d in case.derived}


def unit(variable: Variable) -> str:
    """The unit in which a variable is shown."""
    return SCALES[variable.scale].shown or variable.unit


def outcome_unit(case: Case, outcome: Outcome) -> str:
    """The unit in which an outcome is shown."""
    if outcome.kind == "variable":
        (variable,) = (v for v in case.variables if v.name == outcome.name)
        return SCALES[variable.scale].differs or variable.unit
    if outcome.kind == "derived":
        (quantity,) = (d for d in case.derived if d.name == outcome.name)
        return "points" if quantity.percent else quantity.unit
    return "points"


def contributions(runs: Runs, plan: Plan, attrs: Mapping[str, Any]) -> xr.Dataset:
    """What took each variable where it went: cumulative pushes by term, mean over worlds.

    Dims variable, quarter, term; the additive scale (log-odds, log or the variable's own). `push`
    is missing where a mechanism does not move a variable; over the terms it sums to `total`, the
    change since the reference quarter.
    """
    model, quarters = runs.model, runs.quarters
    names = [m.name for m in model.case.mechanisms] + list(ENGINE_TERMS)
    variables = [v.name for v in model.case.variables]
    push = np.full((len(variables), quarters + 1, len(names)), np.nan)
    mean = runs.pushes(plan)
    for t, (term, variable) in enumerate(model.terms):
        v, n = variables.index(variable), names.index(term)
        push[v, :, n] = np.concatenate([[0.0], np.cumsum(mean[:, t])])
    about = {"units": "additive scale: log-odds of a share, log of an index"}
    return xr.Dataset(
        {
            "push": (("variable", "quarter", "term"), push, about),
            "total": (("variable", "quarter"), np.nansum(push, axis=2), about),
        },
        {"variable": variables, "quarter": np.arange(quarters + 1), "term": names},
        dict(attrs),
    )


def difference(pushes: xr.Dataset, other: xr.Dataset) -> xr.Dataset:
    """What takes each variable elsewhere in the first run than in the other: `contributions` less.

    Over the terms `push` sums to `total`, the difference between the two changes.
    """
    return pushes - other


def quantiles(values: xr.DataArray, at: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> Any:
    """Quantiles over worlds, by quarter."""
    return values.quantile(list(at), dim="world")
