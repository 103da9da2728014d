"""The graph of who moves what, and what of it lies between a claim's arms and its outcome."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np

from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Testbed
from tightrope.case import Case, Claim, Instrument, Outcome, Part, Regime, level_argument
from tightrope.engine.layout import level_spans
from tightrope.engine.model import Model
from tightrope.engine.plan import Plan


def influence(model: Model) -> nx.MultiDiGraph:
    """The graph of who moves what, derived from the mechanisms.

    Nodes: variables, derived quantities, instruments, regimes, quantities. Edges carry `mechanism`
    and `kind`: moves (a mechanism), derives (a formula), chooses (a goal of an actor, through its
    choice of an instrument).
    """
    case = model.case
    owner = owners(case)
    graph = nx.MultiDiGraph()
    for mechanism, targets in zip(case.mechanisms, model.targets, strict=True):
        sources = dict.fromkeys(owner[r] for r in mechanism.reads if r in owner)
        for target in sorted(targets):
            for source in sources:
                graph.add_edge(source, target, mechanism=mechanism.name, kind="moves")
    for quantity in case.derived:
        for source in dict.fromkeys(owner[r] for r in quantity.reads if r in owner):
            graph.add_edge(source, quantity.name, mechanism=quantity.name, kind="derives")
    for actor in case.actors:
        for goal in actor.goals:
            for instrument in actor.instruments:
                graph.add_edge(goal.variable, instrument.name, mechanism=actor.name, kind="chooses")
    return graph


def owners(case: Case) -> dict[str, str]:
    """What each argument of a mechanism stands for in the graph; parameters stand for nothing."""
    names = [v.name for v in case.variables] + [d.name for d in case.derived]
    names += [q.name for q in case.quantities]
    owner = {name: name for name in names}
    items: tuple[Instrument | Regime, ...] = (*case.instruments, *case.regimes)
    for item in items:
        owner[item.name] = item.name
        owner |= {level_argument(item.name, level): item.name for level in item.levels}
    return owner


def _looked_at(case: Case, outcome: Outcome) -> set[str]:
    """Nodes of the graph that an outcome is read from."""
    if outcome.kind == "goal":
        (actor,) = (a for a in case.actors if a.name == outcome.name)
        return {goal.variable for goal in actor.goals}
    return {outcome.name}


def reaching(model: Model, claim: Claim) -> set[str]:
    """Mechanisms whose removal could change a claim: those that move something upstream of it.

    A looked-ahead choice reads every variable that leads to a goal, and the graph has that path.
    A posture's rule reads what its conditions name, so every claim keeps those as well.
    """
    case = model.case
    graph = influence(model)
    ends = {
        node
        for part in claim.parts
        for side in claims.part_sides(part)
        for node in _looked_at(case, side.outcome)
    }
    ends |= {c.name for p in case.postures for rule in p.rules for c in rule.when}
    upstream = set(ends)
    for end in ends & set(graph):
        upstream |= nx.ancestors(graph, end)
    return {
        mechanism.name
        for mechanism, targets in zip(case.mechanisms, model.targets, strict=True)
        if upstream.intersection(targets)
    }


def outright(model: Model, testbed: Testbed, part: Part, places: Sequence[int]) -> set[str]:
    """Mechanisms that link what tells a part's sides apart to its outcome in one step."""
    case = model.case
    owner = owners(case)
    derived = {d.name: {owner[r] for r in d.reads if r in owner} for d in case.derived}
    changed: set[str] = set()
    for one, other in zip(places[::2], places[1::2], strict=True):
        changed |= _different(
            case,
            testbed.plans[testbed.readings[one].plan],
            testbed.plans[testbed.readings[other].plan],
        )
    ends: set[str] = set()
    for side in claims.part_sides(part):
        for node in _looked_at(case, side.outcome):
            ends |= {node} | derived.get(node, set())
    found = set()
    for mechanism, targets in zip(case.mechanisms, model.targets, strict=True):
        reads = {owner[r] for r in mechanism.reads if r in owner}
        reads |= {inner for name in reads for inner in derived.get(name, set())}
        if reads & changed and ends.intersection(targets):
            found.add(mechanism.name)
    return found


def _different(case: Case, one: Plan, other: Plan) -> set[str]:
    """Names of what two plans set differently."""

    def differ(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        same: np.ndarray = np.all((a == b) | (np.isnan(a) & np.isnan(b)), axis=0)
        return ~same

    names = {
        v.name
        for v, d in zip(case.states, differ(one.rows.held, other.rows.held), strict=True)
        if d
    }
    names |= {
        r.name
        for r, d in zip(case.regimes, differ(one.rows.levels, other.rows.levels), strict=True)
        if d
    }
    quantities = differ(one.rows.quantities, other.rows.quantities)
    names |= {q.name for q, d in zip(case.quantities, quantities, strict=True) if d}
    levels = differ(one.rows.given, other.rows.given) | differ(one.rows.rank, other.rows.rank)
    spans = zip(case.instruments, level_spans(case.instruments), strict=True)
    return names | {instrument.name for instrument, own in spans if levels[own].any()}
