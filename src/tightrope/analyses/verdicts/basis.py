"""Basis: what a verdict rests on, found by switching mechanisms off.

*assumed*: the verdict falls when just the mechanism that says so outright is removed.
*emergent*: it needs several mechanisms, one that does not say so outright, or the actors' choices.
*robust*: no single removal breaks it.
*unsupported*: it does not hold (nor lean) in the first place.

A removal breaks a verdict when it takes the share of worlds out of the supported bands and the
paired drop is larger than its own Monte Carlo error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np

from tightrope.analyses.intervals import Z
from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result, Testbed
from tightrope.case import Case, Claim, Instrument, Outcome, Part, Regime, level_argument
from tightrope.engine.compiling import compile_case
from tightrope.engine.model import Model
from tightrope.engine.plan import Plan, without
from tightrope.engine.progress import Progress, silent
from tightrope.engine.runs import Reading
from tightrope.engine.setting import Setting

KINDS = ("assumed", "emergent", "robust", "unsupported", "not computed")

NOTHING, PASSAGE, CHOICE = "nothing", "own passage", "choice"


@dataclass(frozen=True)
class Basis:
    """What one claim rests on.

    Attributes:
        kind: assumed, emergent, robust or unsupported.
        breaking: what breaks it when removed: mechanisms by name, "own passage", "choice".
        outright: the mechanisms that link what its arms change to its outcome in one step.
        shares: share of worlds in which it holds after each removal; proved without effect where
            the removal is missing.
    """

    kind: str
    breaking: tuple[str, ...]
    outright: tuple[str, ...]
    shares: dict[str, float]


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
    start = 0
    for instrument in case.instruments:
        end = start + len(instrument.levels)
        if levels[start:end].any():
            names.add(instrument.name)
        start = end
    return names


@dataclass(frozen=True)
class _Removal:
    name: str
    mechanisms: tuple[int, ...]
    claims: tuple[int, ...]


def _removals(model: Model, tested: Sequence[Claim]) -> list[_Removal]:
    """Each mechanism alone, each passage's together, with the claims they may reach."""
    case = model.case
    reach = [reaching(model, claim) for claim in tested]
    removals = [
        _Removal(m.name, (i,), tuple(c for c, names in enumerate(reach) if m.name in names))
        for i, m in enumerate(case.mechanisms)
    ]
    for passage in case.passages:
        own = tuple(i for i, m in enumerate(case.mechanisms) if passage.id in m.passages)
        about = tuple(c for c, claim in enumerate(tested) if claim.passage == passage.id)
        if own and about:
            removals.append(_Removal(PASSAGE, own, about))
    return [r for r in removals if r.claims]


Places = tuple[tuple[int, ...], ...]


def _lay_out(
    testbed: Testbed, removals: Sequence[_Removal]
) -> tuple[list[Plan], list[Reading], list[dict[str, Places]]]:
    """The testbed's plans and readings and those of all removals; the readings by claim and name.

    A removal is laid out for the claims it may reach alone; what comes to the same run is run once.
    """
    plans, readings = list(testbed.plans), list(testbed.readings)
    contexts = [plan._replace(strengths=np.zeros(0)).key for plan in plans]
    laid = {(contexts[i], plan.strengths.tobytes()): i for i, plan in enumerate(plans)}
    read = {reading: i for i, reading in enumerate(readings)}
    places: list[dict[str, Places]] = [{} for _ in testbed.claims]

    def place(removal: _Removal, index: int) -> int:
        base = testbed.readings[index]
        plan = without(testbed.plans[base.plan], list(removal.mechanisms))
        number = laid.setdefault((contexts[base.plan], plan.strengths.tobytes()), len(plans))
        if number == len(plans):
            plans.append(plan)
        reading = Reading(number, base.rows, base.first, base.last)
        if read.setdefault(reading, len(readings)) == len(readings):
            readings.append(reading)
        return read[reading]

    for removal in removals:
        for c in removal.claims:
            places[c][removal.name] = tuple(
                tuple(place(removal, index) for index in part) for part in testbed.places[c]
            )
    return plans, readings, places


def find(
    setting: Setting, results: Sequence[Result], progress: Progress = silent
) -> tuple[Basis, ...]:
    """The basis of each claim, with every mechanism removed in turn."""
    model, runs = setting.model, setting.runs
    tested = [r.claim for r in results]
    testbed = claims.prepare(setting, tested)
    plans, readings, places = _lay_out(testbed, _removals(model, tested))
    values = runs.means(plans, readings, progress)
    habitual = runs.under(compile_case(model.case, "habit"))
    without_choice = habitual.means(testbed.plans, testbed.readings)
    found = []
    for c, result in enumerate(results):
        base = claims.judge_one(tested[c], testbed.places[c], values)
        after = {
            name: claims.judge_one(tested[c], where, values) for name, where in places[c].items()
        }
        after[CHOICE] = claims.judge_one(tested[c], testbed.places[c], without_choice)
        says_so = set().union(
            *(
                outright(model, testbed, part, place)
                for part, place in zip(tested[c].parts, testbed.places[c], strict=True)
            )
        )
        found.append(_classify(result, base, after, says_so))
    return tuple(found)


def _classify(result: Result, base: Result, after: dict[str, Result], says_so: set[str]) -> Basis:
    shares = {NOTHING: base.share, **{name: r.share for name, r in after.items()}}
    breaking = tuple(name for name, r in after.items() if breaks(base.holds, r.holds))
    single = [name for name in breaking if name != PASSAGE]
    if result.verdict not in claims.SUPPORTED or base.verdict not in claims.SUPPORTED:
        kind, breaking = "unsupported", ()
    elif not single:
        kind = "robust"
    elif len(single) == 1 and single[0] in says_so:
        kind = "assumed"
    else:
        kind = "emergent"
    return Basis(kind, breaking, tuple(sorted(says_so)), shares)


def breaks(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether a verdict falls, from whether the claim holds in each world before and after."""
    if claims.verdict(float(after.mean())) in claims.SUPPORTED:
        return False
    lost, gained = np.sum(before & ~after), np.sum(~before & after)
    return bool(lost - gained > Z * np.sqrt(lost + gained))
