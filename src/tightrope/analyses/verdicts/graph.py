"""The graph of who moves what, and what of it lies between a claim's arms and its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import networkx as nx
import numpy as np

from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Testbed
from tightrope.case import Case, Claim, Instrument, Outcome, Regime, level_argument
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


class Reach(NamedTuple):
    """What lies between a claim's arms and its outcomes.

    Attributes:
        upstream: mechanisms and derived quantities whose removal could change it; none that its
            outcome is made of.
        outright: mechanisms that link what its arms set differently to its outcome in one step;
            derived quantities on the way, and those the outcome is made of, are no steps.
        chain: those derived quantities.
        formula: whether in every part what the arms set stands in the formula of the outcome.
    """

    upstream: set[str]
    outright: set[str]
    chain: set[str]
    formula: bool


def reach(model: Model, testbed: Testbed, c: int) -> Reach:
    """What lies between the arms of a testbed's claim, by its place, and its outcomes."""
    claim, case = testbed.claims[c], model.case
    outright, chain, formula = set[str](), set[str](), []
    for part, places in zip(claim.parts, testbed.places[c], strict=True):
        changed = _set_apart(case, testbed, places)
        ends = _made_of(case, [side.outcome for side in claims.part_sides(part)])
        formula.append(bool(changed & ends))
        chain |= ends & {d.name for d in case.derived}
        for mechanism, targets in zip(case.mechanisms, model.targets, strict=True):
            reads = _behind(case, mechanism.reads)
            if reads & changed and ends.intersection(targets):
                outright.add(mechanism.name)
                chain |= {d.name for d in case.derived
                          if d.name in reads and _behind(case, d.reads) & changed}  # fmt: skip
    return Reach(reaching(model, claim), outright, chain, all(formula))


def reaching(model: Model, claim: Claim) -> set[str]:
    """Mechanisms and derived quantities whose removal could change a claim: what is upstream.

    A looked-ahead choice reads every variable that leads to a goal, and the graph has that path.
    A posture's rule reads what its conditions name, so every claim keeps those as well.
    """
    case = model.case
    outcomes = _outcomes(claim)
    above = upstream(model, claim)
    moving = {
        mechanism.name
        for mechanism, targets in zip(case.mechanisms, model.targets, strict=True)
        if above.intersection(targets)
    }
    return moving | ({d.name for d in case.derived} & above - _made_of(case, outcomes))


def upstream(model: Model, claim: Claim) -> set[str]:
    """Nodes of the graph from which a way leads to what a claim looks at, and that itself."""
    case, graph = model.case, influence(model)
    ends = {node for outcome in _outcomes(claim) for node in _looked_at(case, outcome)}
    ends |= {c.name for p in case.postures for rule in p.rules for c in rule.when}
    found = set(ends)
    for end in ends & set(graph):
        found |= nx.ancestors(graph, end)
    return found


def _outcomes(claim: Claim) -> list[Outcome]:
    return [s.outcome for part in claim.parts for s in claims.part_sides(part)]


def _made_of(case: Case, outcomes: Sequence[Outcome]) -> set[str]:
    """What outcomes are read from, and all that stands in the formulas of those."""
    looked = {node for outcome in outcomes for node in _looked_at(case, outcome)}
    return looked | _behind(case, looked)


def _behind(case: Case, names: Iterable[str]) -> set[str]:
    """What names stand for in the graph, and what the derived ones among them are made of."""
    owner = owners(case)
    formulas = {d.name: d.reads for d in case.derived}
    found, waiting = set[str](), list(names)
    while waiting:
        name = owner.get(waiting.pop(), "")
        if name and name not in found:
            found.add(name)
            waiting += formulas.get(name, ())
    return found


def _set_apart(case: Case, testbed: Testbed, places: Sequence[int]) -> set[str]:
    """Names of what a part's arms set differently; places: its readings."""
    changed: set[str] = set()
    for one, other in zip(places[::2], places[1::2], strict=True):
        plans = (testbed.plans[testbed.readings[place].plan] for place in (one, other))
        changed |= _different(case, *plans)
    return changed


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
