"""What can be said of a case only as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tightrope.case import (
    Case,
    Instrument,
    Prior,
    Regime,
    level_argument,
)
from tightrope.case.mechanism import Mechanism
from tightrope.errors import Place
from tightrope.reading.corners import corners, ranges
from tightrope.reading.folder import PYTHON
from tightrope.reading.functions import Functions, check_names, try_all
from tightrope.reading.nouns import (
    NAME,
    TAKEN,
    level_positions,
)
from tightrope.reading.said import check_assertions
from tightrope.reading.whole import Asked
from tightrope.reading.yamlfile import (
    LONGEST_NAME,
    Gather,
    problem,
    short,
)
from tightrope.text.names import listed, nearest


def check_whole(case: Case, asked: Asked, functions: Functions, folder: Path, got: Gather) -> None:
    """What can be said only of all of it together."""
    got(_check_names, case, functions)
    got(_check_goals, case)
    got(_check_functions, case, functions, folder)
    if asked.claims is not None:
        got(_check_passages, case)
        got(check_assertions, case)


def told_apart(case: Case) -> Case:
    """The case with names behind labels that several things of a kind share.

    Tables and pictures tell things apart by their labels.
    """
    while True:
        shared = {
            (kind, label)
            for kind in _LABELLED
            for label, times in Counter(one.label for one in _of_kind(case, kind)).items()
            if times > 1
        }
        if not shared:
            return case

        def apart(kind: tuple[str, ...], one: Any, shared: Any = shared) -> Any:
            both = (kind, one.label) in shared
            return replace(one, label=f"{one.label} ({one.name})") if both else one

        changed: dict[str, Any] = {
            part: tuple(apart(kind, one) for one in getattr(case, part))
            for kind in _LABELLED
            for part in kind
            if part != "instruments"
        }
        changed["actors"] = tuple(
            replace(a, instruments=tuple(apart(("instruments",), i) for i in a.instruments))
            for a in changed["actors"]
        )
        case = replace(case, **changed)


_LABELLED = (
    ("scenarios",),
    ("postures",),
    ("actors",),
    ("instruments",),
    ("objectives",),
    ("regimes", "quantities"),
    ("series",),
    ("measurements",),
    ("variables", "derived"),
)
"""Parts of a case that are shown beside one another by their labels."""


def _of_kind(case: Case, kind: tuple[str, ...]) -> list[Any]:
    return [one for part in kind for one in getattr(case, part)]


def _check_goals(case: Case) -> None:
    """A goal in a unit of its own weighs by it: billions a thousandth of millions."""
    reals = {v.name for v in case.variables if v.scale == "real" and not v.span}
    allowed = (
        "shares, indices, and reals with a span in variables.yaml, which says how much of the unit "
        "counts as the full range"
    )
    with Gather() as got:
        for actor in case.actors:
            for goal in actor.goals:
                if goal.variable in reals:
                    what = f"{goal.variable}, a real variable without a span"
                    path = f"{actor.name}.goals.{goal.variable}"
                    got.add(problem(goal.weight.place, path, what, allowed))


def _check_names(case: Case, functions: Functions) -> None:
    """Each name once over everything that mechanisms read, results hold or tables list."""
    taken: dict[str, Place] = {}

    got = Gather()

    def take(name: str, place: Place, what: str = "the name") -> None:
        if name in taken:
            found = f'{what} "{name}" a second time (first at {taken[name]})'
            got.add(problem(place, name, found, "each name once in the case"))
        taken.setdefault(name, place)

    outside = (*case.regimes, *case.quantities)
    named: list[Any] = [*case.variables, *outside, *case.actors, *case.instruments]
    for item in (*named, *case.parameters):
        take(item.name, item.place)
    for name, place in ((one.name, one.place) for one in functions.all):
        if len(name) > LONGEST_NAME:
            what = f"a name of {len(name)} characters"
            got.add(problem(place, short(name), what, f"up to {LONGEST_NAME}"))
        elif not NAME.fullmatch(name) or name in TAKEN:
            what, allowed = f'the name "{name}"', "a lower-case name that is not taken"
            got.add(problem(place, name, what, allowed))
        take(name, place)
    leveled: list[Instrument | Regime] = [*case.instruments, *case.regimes]
    for item in leveled:
        for level in item.levels:
            take(level_argument(item.name, level), item.place, "the share of conduct")
    for instrument in case.instruments:
        take(f"{instrument.name}_level", instrument.place, "the list of levels")
    got.tell()


def _check_functions(case: Case, functions: Functions, folder: Path) -> None:
    values = middle(case)
    readable = (*values, *(d.name for d in case.derived))
    read = {name for one in functions.all for name in one.reads}
    stands = {name for passage in case.passages for name in passage.inputs}
    known = [v.name for v in case.variables]
    added = {one.name for one in case.departures if one.what == "added"}
    with Gather() as got:
        got(check_names, functions, readable)
        for mechanism in case.mechanisms:
            got(_check_sources, mechanism, case)
        for parameter in case.parameters:
            # What nobody reads any more because of a departure stays, and so do the worlds.
            left = bool(case.departures) and parameter.name not in added
            if parameter.name not in read | stands and not left:
                what = "a parameter that nothing reads"
                allowed = "parameters that a mechanism or a derived quantity reads"
                got.add(problem(parameter.place, parameter.name, what, allowed))
        got(try_all, functions, values, corners(case), ranges(case), known, folder / PYTHON)


def _check_sources(mechanism: Mechanism, case: Case) -> None:
    passages, keys = [p.id for p in case.passages], [r.key for r in case.references]
    with Gather() as got:
        if not mechanism.passages:
            got(_refuse, mechanism, "no passage", "", passages)
        for passage in mechanism.passages:
            if passage not in passages:
                got(_refuse, mechanism, f'the passage "{passage}"', passage, passages)
        for source in mechanism.sources:
            if source not in keys:
                got(_refuse, mechanism, f'the source "{source}"', source, keys)


def _refuse(mechanism: Mechanism, found: str, name: str, allowed: Sequence[str]) -> None:
    raise problem(mechanism.place, mechanism.name, found, listed(allowed), nearest(name, allowed))


def middle(case: Case) -> dict[str, float]:
    """What a mechanism may read in the reference quarter, but for derived quantities."""
    values = {p.name: _inside(p) for p in case.parameters}
    values |= {v.name: _inside(v.baseline) for v in case.variables}
    values |= {q.name: _inside(q.usual) for q in case.quantities}
    for i in case.instruments:
        values |= _at_levels(i.name, i.levels, i.positions, i.usual)
    for r in case.regimes:
        shares = tuple(float(level == r.usual) for level in r.levels)
        values |= _at_levels(r.name, r.levels, level_positions(None, len(r.levels)), shares)
    return values


def _inside(prior: Prior) -> float:
    """A value in the range; not its middle, which is zero for a range around zero."""
    return prior.low + 0.382 * (prior.high - prior.low)


def _at_levels(
    name: str, levels: tuple[str, ...], positions: tuple[float, ...], shares: tuple[float, ...]
) -> dict[str, float]:
    mean = sum(p * s for p, s in zip(positions, shares, strict=True))
    by_level = {level_argument(name, lv): s for lv, s in zip(levels, shares, strict=True)}
    return {name: mean, **by_level}


def _check_passages(case: Case) -> None:
    """Every passage has a claim or a word on why there is none; what is tested, a mechanism."""
    claimed = {c.passage for c in case.claims}
    untested = {u.passage for u in case.untested}
    made = {passage for m in case.mechanisms for passage in m.passages}
    inputs = tuple(middle(case))
    off = any(one.what == "off" for one in case.departures)
    with Gather() as got:
        for passage in case.passages:
            if passage.id not in claimed | untested:
                allowed = 'at least one, or an entry with "cannot test"'
                got.add(problem(passage.place, passage.id, "no claim of this passage", allowed))
            for name in passage.inputs:
                if name not in inputs:
                    path, hint = f"{passage.id}.inputs", nearest(name, inputs)
                    got.add(problem(passage.place, path, f'"{name}"', listed(inputs), hint))
            only_untested = passage.id in untested and passage.id not in claimed
            if passage.id not in made and not passage.inputs and not only_untested and not off:
                what = "no mechanism of this passage"
                got.add(problem(passage.place, passage.id, what, "at least one"))
