"""Influence by impulse: one variable is moved for a quarter, and the others are followed.

In the same world, with the same random draws, a variable is held in the first quarter where it
stood at the reference quarter, and then one step higher; the difference afterwards is what the step
has done, over all mechanisms and choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import xarray as xr

from tightrope.analyses.influence.options import Options
from tightrope.analyses.record.evidence import worlds_of
from tightrope.analyses.verdicts.basis import influence as graph_of
from tightrope.arguments import check_memory, known_rule
from tightrope.case import Arm, Case, Outcome, Span, Variable
from tightrope.case.scales import SCALES
from tightrope.engine import ensemble
from tightrope.engine.compiling import compile_case
from tightrope.engine.ensemble import Watch
from tightrope.engine.model import Model, Trajectory
from tightrope.engine.plan import plan
from tightrope.engine.worlds import Sample
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


def ask(case: Case, options: Options, watch: Watch) -> Influence:
    """Move each variable in turn, in the worlds that the record does not rule out."""
    model = compile_case(case, known_rule(options.rule))
    sample = worlds_of(model, options.worlds, options, watch)
    names = options.variable or tuple(v.name for v in case.variables)
    sources = [v for v in case.variables if v.name in names]
    response = _responses(model, sources, sample, options, watch)
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


def _responses(
    model: Model, sources: Sequence[Variable], sample: Sample, options: Options, watch: Watch
) -> xr.DataArray:
    """Shape (sources, variables, quarters + 1, 4)."""
    case, quarters, count = model.case, options.quarters, len(sample.indices)
    rows = [model.outcome_index[Outcome("variable", v.name)] for v in case.variables]
    plans = [
        plan(
            case, Arm(settings={v.name: (Span(1, 1, value),)}), quarters,
            scenario=options.scenario, posture=options.posture,
        )
        for v in sources
        for value in ends(v)
    ]  # fmt: skip
    shape = (len(plans), len(rows), quarters + 1, count)
    check_memory(2 * int(np.prod(shape)), "variables, worlds and quarters")
    found = np.empty(shape, np.float32)

    def use(index: int, here: slice, run: Trajectory) -> None:
        shown = np.asarray(run.outcomes)[:, rows, : here.stop - here.start]
        found[index][..., here] = shown.transpose(1, 0, 2)

    ensemble.each_trajectory(
        model, plans, sample.seed, sample, quarters, use,
        lambda done, total: watch("impulses", done, total),
    )  # fmt: skip
    gap = found[1::2] - found[0::2]
    parts = [*np.quantile(gap, (0.05, 0.5, 0.95), axis=-1), (gap > 0).mean(axis=-1)]
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
