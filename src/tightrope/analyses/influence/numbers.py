"""Influence by impulse: one variable is moved for a quarter, and the others are followed.

In the same world, with the same random draws, a variable is held in the first quarter where it
stood at the reference quarter, and then one step higher; the difference afterwards is what the step
has done, over all mechanisms and choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from tightrope.analyses.influence.options import Options
from tightrope.analyses.intervals import spread
from tightrope.analyses.record.evidence import runs_of
from tightrope.analyses.verdicts.graph import influence as graph_of
from tightrope.arguments import check_memory, known_rule
from tightrope.case import Arm, Case, Outcome, Span, Variable
from tightrope.case.scales import SCALES
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.model import Model
from tightrope.engine.progress import Watch
from tightrope.engine.setting import Setting
from tightrope.text.notebook import told

COLUMNS = ("source", "target", "quarter", "p5", "p50", "p95", "same_sign", "path")


@told
@dataclass(frozen=True, eq=False, repr=False)
class Influence:
    """What a step of each variable does to all.

    Attributes:
        response: difference in display units; dims source, target, quarter, statistic (p5, p50,
            p95, positive: share of worlds above zero).
        strongest: a row for each pair that is moved by `least` or more, the strongest first: at
            the quarter in which the middle world is moved most; columns COLUMNS.
        options: as it was asked for.
        steps: of each source in display units, in the middle world.
    """

    case: Case
    response: xr.DataArray
    strongest: pd.DataFrame
    options: Options
    steps: dict[str, float]

    def in_short(self) -> tuple[str, Sequence[str]]:
        return "Influence by impulse", [f"{len(self.strongest)} pairs of variables"]


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Influence:
    """Move each variable in turn, in the worlds that the record does not rule out."""
    model = compile_case(case, known_rule(options.rule))
    runs = runs_of(model, options.worlds, options.quarters, options, watch, kept)
    setting = Setting.of(runs, options.scenario, options.posture)
    names = options.variable or tuple(v.name for v in case.variables)
    sources = [v for v in case.variables if v.name in names]
    response = _responses(setting, sources, watch)
    found = _strongest(model, response, options.least)
    steps = {
        v.name: float(response.sel(source=v.name, target=v.name, quarter=1, statistic="p50"))
        for v in sources
    }
    return Influence(case, response, found, options, steps)


def ends(variable: Variable) -> tuple[float, float]:
    """Where a variable is held, and one step higher, both in its own unit."""
    low = variable.baseline.low + 0.5 * (variable.baseline.high - variable.baseline.low)
    step = SCALES[variable.scale].step
    if variable.scale == "share":
        odds = low / (1 - low) * np.exp(step)
        return low, float(odds / (1 + odds))
    if variable.scale == "index":
        return low, float(low * np.exp(step))
    return low, low + step * (variable.span or 1.0)


def _responses(setting: Setting, sources: Sequence[Variable], watch: Watch) -> xr.DataArray:
    """Shape (sources, variables, quarters + 1, 4)."""
    case, quarters, runs = setting.case, setting.quarters, setting.runs
    rows = [setting.model.outcome_index[Outcome("variable", v.name)] for v in case.variables]
    plans = [
        setting.plan(Arm(settings={v.name: (Span(1, 1, value),)}))
        for v in sources
        for value in ends(v)
    ]
    shape = (len(plans), len(rows), quarters + 1, len(runs.worlds))
    check_memory(2 * int(np.prod(shape)), "variables, worlds and quarters")
    found = runs.paths(plans, rows, partial(watch, "impulses"))
    gap = found[1::2] - found[0::2]
    parts = [*spread(gap), (gap > 0).mean(axis=-1)]
    return xr.DataArray(
        np.stack(parts, axis=-1),
        dims=("source", "target", "quarter", "statistic"),
        coords={
            "source": [v.name for v in sources],
            "target": [v.name for v in case.variables],
            "quarter": np.arange(quarters + 1),
            "statistic": ["p5", "p50", "p95", "positive"],
        },
    )


def _strongest(model: Model, response: xr.DataArray, least: float) -> pd.DataFrame:
    graph = graph_of(model)
    rows = []
    for source in response["source"].to_numpy():
        for target in response["target"].to_numpy():
            own = response.sel(source=source, target=target)
            middle = own.sel(statistic="p50").to_numpy()
            at = int(np.abs(middle).argmax())
            if source == target or abs(middle[at]) < least:
                continue
            low, mid, high, positive = own.isel(quarter=at).to_numpy()
            share = positive if mid > 0 else 1 - positive
            rows.append((source, target, at, low, mid, high, share, path(graph, source, target)))
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    order = found["p50"].abs().sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)


def path(graph: nx.MultiDiGraph, source: str, target: str) -> str:
    """The mechanisms of a shortest way from one variable to another, or "" where there is none."""
    try:
        nodes = nx.shortest_path(graph, source, target)
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return ""
    return ", ".join(
        min(edge["mechanism"] for edge in graph.get_edge_data(a, b).values())
        for a, b in pairwise(nodes)
    )
