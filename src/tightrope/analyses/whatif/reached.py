"""Which claims a change can reach: what it touches lies upstream of what they look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from tightrope.analyses.verdicts.graph import reaching, upstream
from tightrope.case import Case, Claim
from tightrope.case.content import digest, plain
from tightrope.case.mechanism import Derived, Mechanism
from tightrope.engine.model import Model


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str: ...


def reached(before: Model, after: Model) -> frozenset[str]:
    """Ids of the claims of either case whose verdict could differ between the two.

    A mechanism, a formula or a number that differs reaches a claim through the graph of who moves
    what, as it is in the case where it stands. What cannot be told apart in it (scenarios,
    postures, lookahead, names that come or go, functions of Python) reaches all claims.
    """
    one, other = before.case, after.case
    here, there = ({c.id: plain(c) for c in case.claims} for case in (one, other))
    every = frozenset(here.keys() | there.keys())
    if digest(one) is None or digest(other) is None or _all_rest_on(one) != _all_rest_on(other):
        return every
    touched = set(_touched(one, other))
    found = {name for name in every if here.get(name) != there.get(name)}
    for model in (before, after):
        for claim in model.case.claims:
            if claim.id not in found and touched & _behind(model, claim):
                found.add(claim.id)
    return frozenset(found)


def _behind(model: Model, claim: Claim) -> set[str]:
    """Nodes and mechanisms that a claim hangs on."""
    return upstream(model, claim) | reaching(model, claim)


def _all_rest_on(case: Case) -> object:
    """What every claim may rest on, and the names of all that moves or is chosen."""
    kinds: tuple[Sequence[Named], ...] = (
        case.variables, case.derived, case.regimes, case.quantities, case.actors, case.instruments,
    )  # fmt: skip
    names = tuple(tuple(item.name for item in own) for own in kinds)
    return plain((case.scenarios, case.postures, case.scenario, case.posture, case.lookahead,
                  case.reference_quarter, case.focal, names))  # fmt: skip


def _touched(one: Case, other: Case) -> Iterator[str]:
    """Mechanisms and nodes of the graph that differ, or read a number that does."""
    numbers = set(_differing(one.parameters, other.parameters))
    for mine, theirs in ((one.mechanisms, other.mechanisms), (one.derived, other.derived)):
        yield from _differing(mine, theirs)
        items: tuple[Mechanism | Derived, ...] = (*mine, *theirs)
        yield from (item.name for item in items if numbers.intersection(item.reads))
    yield from _differing(one.variables, other.variables)
    yield from _differing(one.regimes, other.regimes)
    yield from _differing(one.quantities, other.quantities)
    differing = set(_differing(one.actors, other.actors))
    for actor in (*one.actors, *other.actors):
        if actor.name in differing:  # what it chooses is another; its goals may be looked at
            yield from (instrument.name for instrument in actor.instruments)
            yield from (goal.variable for goal in actor.goals)


def _differing(mine: Sequence[Named], theirs: Sequence[Named]) -> Iterator[str]:
    """Names of what stands in one alone, or differs in what computes."""
    here, there = ({item.name: plain(item) for item in own} for own in (mine, theirs))
    yield from (n for n in {**here, **there} if here.get(n) != there.get(n))
