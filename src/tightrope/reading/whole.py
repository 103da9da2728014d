"""A case put together from what its files say."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from tightrope.case import (
    Actor,
    Case,
    Change,
    Claim,
    History,
    Instrument,
    Matters,
    Objective,
    Omission,
    Passage,
    Posture,
    Prior,
    Quantity,
    Reference,
    Regime,
    Scenario,
    Series,
    Untested,
    Variable,
    Variant,
)
from tightrope.case.mechanism import Derived
from tightrope.errors import Place
from tightrope.reading import pyfile, standin
from tightrope.reading.claims import (
    Names,
    read_claims,
    read_objectives,
    read_postures,
    read_scenarios,
)
from tightrope.reading.folder import FORMULAS, MAIN, MAY_BE_MAIN, PYTHON
from tightrope.reading.formulas import declared_in, read_formulas
from tightrope.reading.functions import Functions, joined
from tightrope.reading.nouns import (
    argument_name,
    is_date,
    loose_name,
    read_actors,
    read_outside,
    read_prior,
    read_quarter,
    read_variables,
)
from tightrope.reading.raw import Raw
from tightrope.reading.record import read_history, read_series
from tightrope.reading.said import read_omissions, read_passages
from tightrope.reading.variants import read_variants
from tightrope.reading.yamlfile import (
    Gather,
    Node,
    each,
    optional_text,
    problem,
)


@dataclass(frozen=True)
class Nouns:
    """What the files that rest on no other hold; None where it cannot be read."""

    main: dict[str, Node] | None
    themes: dict[str, tuple[str, ...]] | None
    omissions: tuple[Omission, ...] | None
    passages: tuple[Passage, ...] | None
    references: tuple[Reference, ...] | None
    variables: tuple[Variable, ...] | None
    outside: tuple[tuple[Regime, ...], tuple[Quantity, ...]] | None
    actors: tuple[Actor, ...] | None
    parameters: tuple[Prior, ...] | None
    log: tuple[Change, ...] | None
    variants: tuple[Variant, ...] | None

    @property
    def whole(self) -> bool:
        return all(getattr(self, one.name) is not None for one in fields(self))


@dataclass(frozen=True)
class Asked:
    """What the files that speak of others hold; None where it cannot be read."""

    focal: str | None = None
    scenarios: tuple[Scenario, ...] | None = None
    postures: tuple[Posture, ...] | None = None
    objectives: tuple[Objective, ...] | None = None
    claims: tuple[tuple[Claim, ...], tuple[Untested, ...]] | None = None
    history: History | None = None
    series: tuple[Series, ...] | None = None


class _AnyName(tuple[str, ...]):
    """Names of a file that cannot be read: whatever cites it is taken at its word."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return True


def read_nouns(trees: Mapping[str, Node], broken: Collection[str], got: Gather) -> Nouns:
    def of(file: str, read: Callable[..., Any], *more: Any) -> Any:
        return got(read, trees[file], *more) if file in trees else None

    def optional(file: str, read: Callable[..., Any], *more: Any) -> Any:
        return None if file in broken else got(read, trees.get(file), *more)

    keys = _AnyName() if "references.yaml" in broken else keys_of(trees, "references.yaml")
    goals = keys_of(trees, "variables.yaml") or _AnyName()
    return Nouns(
        main=of("case.yaml", _main),
        themes=of("case.yaml", _themes, keys_of(trees, "parameters.yaml") or _AnyName()),
        omissions=of("case.yaml", read_omissions, keys),
        passages=of("passages.yaml", read_passages),
        references=optional("references.yaml", _references),
        variables=of("variables.yaml", read_variables, keys),
        outside=optional("outside.yaml", read_outside, keys),
        actors=of("actors.yaml", read_actors, keys, goals),
        parameters=of("parameters.yaml", _parameters, keys),
        log=optional("log.yaml", read_log),
        variants=optional("variants.yaml", read_variants, keys),
    )


def keys_of(trees: Mapping[str, Node], file: str) -> tuple[str, ...]:
    """The names that a file gives, whatever is wrong with what they stand for."""
    value = trees[file].value if file in trees else None
    return tuple(key for key in value if key != "defaults") if isinstance(value, dict) else ()


def read_functions(raw: Raw, got: Gather) -> Functions | None:
    """All that computes, of both files; None where there is a mistake in one of them."""
    if raw.broken & {FORMULAS, PYTHON}:
        return None
    formulas: Functions | None = Functions()
    python: Functions | None = Functions()
    if FORMULAS in raw.trees:
        formulas = got(read_formulas, raw.trees[FORMULAS])
    if raw.python:
        python = got(pyfile.read_python, *raw.python)
    if formulas is None or python is None:
        return None
    found = joined(formulas, python)
    if not found.mechanisms:
        name = FORMULAS if FORMULAS in raw.trees else PYTHON
        got.add(problem(Place(name, 1), "", "no mechanism", "at least one"))
        return None
    return found


def declared(raw: Raw) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Names of mechanisms and of derived quantities, where the files that hold them are broken."""
    formulas = declared_in(raw.trees[FORMULAS]) if FORMULAS in raw.trees else ((), ())
    python = pyfile.declared_in(raw.python[0]) if raw.python else ((), ())
    if python is None or FORMULAS in raw.broken:
        return None
    return formulas[0] + python[0], formulas[1] + python[1]


def known_names(
    trees: Mapping[str, Node],
    read: Nouns,
    functions: Functions | tuple[tuple[str, ...], tuple[str, ...]] | None,
) -> Names | None:
    """What may be spoken of; stand-ins where a file has mistakes that do not matter for that."""
    needed = ("variables.yaml", "actors.yaml", "scenarios.yaml", "postures.yaml")
    said = functions.names if isinstance(functions, Functions) else functions
    if said is None or not all(keys_of(trees, file) for file in needed):
        return None
    outside = read.outside or standin.outside(trees.get("outside.yaml"))
    actors = read.actors or standin.actors(trees["actors.yaml"])
    if outside is None or actors is None:
        return None
    variables = read.variables or standin.variables(trees["variables.yaml"])
    return Names(
        variables={v.name: v for v in variables},
        regimes={r.name: r for r in outside[0]},
        quantities={q.name: q for q in outside[1]},
        instruments={i.name: i for actor in actors for i in actor.instruments},
        actors={a.name: a for a in actors},
        derived=said[1],
        matters=_matters(read, functions),
        mechanisms=said[0],
        scenarios=keys_of(trees, "scenarios.yaml"),
        postures=keys_of(trees, "postures.yaml"),
    )


def _matters(
    read: Nouns, functions: Functions | tuple[tuple[str, ...], tuple[str, ...]] | None
) -> dict[str, Matters] | None:
    """The smallest effect of interest by name; None where a file that may say it is broken."""
    if read.variables is None or read.actors is None or not isinstance(functions, Functions):
        return None
    instruments = (i for actor in read.actors for i in actor.instruments)
    items: list[Variable | Derived | Instrument]
    items = [*read.variables, *functions.derived, *instruments]
    return {item.name: item.matters for item in items if item.matters is not None}


def read_asked(
    trees: Mapping[str, Node],
    tables: Mapping[str, bytes] | None,
    names: Names | None,
    read: Nouns,
    got: Gather,
) -> Asked:
    if names is None:
        return Asked()
    scenarios = got(read_scenarios, trees["scenarios.yaml"], names)
    focal = got(_main_names, read.main, names) if read.main else None
    postures = got(read_postures, trees["postures.yaml"], names, focal) if focal else None
    claims = None
    if "claims.yaml" in trees and "passages.yaml" in trees:
        passages = list(keys_of(trees, "passages.yaml"))
        said = read.passages and {a.id: a.how for p in read.passages for a in p.assertions}
        claims = got(read_claims, trees["claims.yaml"], names, passages, said)
    before = len(got.problems)
    history = got(read_history, trees.get("history.yaml"), names, keys_of(trees, "references.yaml"))
    series = None
    if len(got.problems) == before and tables is not None:
        series = got(read_series, trees.get("observations.yaml"), tables, names, history)
    return Asked(
        focal=focal,
        scenarios=scenarios,
        postures=postures,
        objectives=got(read_objectives, trees.get("objectives.yaml"), names),
        claims=claims,
        history=history,
        series=series,
    )


def _main_names(main: Mapping[str, Node], names: Names) -> str:
    """Who is in focus; all names of case.yaml are looked up."""
    with Gather() as got:
        focal = got(main["focal"].choice, list(names.actors))
        got(main["scenario"].choice, names.scenarios)
        got(main["posture"].choice, names.postures)
        got(main.get("advice", main["posture"]).choice, names.postures)
    return focal


def put_together(raw: Raw, read: Nouns, asked: Asked, functions: Functions) -> Case:
    """The case, without what cannot be read and is told elsewhere."""
    main = read.main or {}
    regimes, quantities = read.outside or ((), ())
    claims, untested = asked.claims or ((), ())
    return Case(
        name=raw.folder.name.encode("utf-8", "replace").decode() or "case",
        title=main["title"].line(),
        about=main["about"].text(),
        focal=asked.focal or "",
        reference_quarter=main["reference quarter"].text(),
        lookahead=main["lookahead"].whole(1, 12),
        scenario=str(main["scenario"].value),
        posture=str(main["posture"].value),
        advice=str(main.get("advice", main["posture"]).value),
        passages=read.passages or (),
        references=read.references or (),
        variables=read.variables or (),
        regimes=regimes,
        quantities=quantities,
        actors=read.actors or (),
        parameters=read.parameters or (),
        themes=read.themes or {},
        omissions=read.omissions or (),
        variants=read.variants or (),
        scenarios=asked.scenarios or (),
        postures=asked.postures or (),
        claims=claims,
        untested=untested,
        objectives=asked.objectives or (),
        log=read.log or (),
        series=asked.series or (),
        history=asked.history,
        mechanisms=functions.mechanisms,
        derived=functions.derived,
        hash=raw.digest,
        extends=raw.extends,
        departures=raw.departures,
    )


def _main(root: Node) -> dict[str, Node]:
    fields = root.fields(
        MAIN,
        MAY_BE_MAIN,
    )
    with Gather() as got:
        got(fields["title"].line)
        got(fields["about"].text)
        got(read_quarter, fields["reference quarter"])
        got(fields["lookahead"].whole, 1, 12)
    return fields


def _themes(root: Node, parameters: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Parameters that stand or fall together, by theme; each in one theme at most."""
    node = root.mapping().get("themes")
    taken: dict[str, str] = {}

    def one(item: tuple[str, Node]) -> tuple[str, tuple[str, ...]]:
        theme, names = item
        with Gather() as got:
            for name in names.items():
                chosen = got(name.choice, parameters)
                if chosen in taken:
                    what = f'"{chosen}", which stands in {taken[chosen]} already'
                    got(name.fail, what, "each parameter in one theme")
                taken.setdefault(chosen, theme)
        return theme, tuple(str(name.value) for name in names.items())

    return dict(each(one, node.filled("theme").items())) if node else {}


def _parameters(root: Node, keys: tuple[str, ...]) -> tuple[Prior, ...]:
    def one(item: tuple[str, Node]) -> Prior:
        return read_prior(item[1], argument_name(*item), keys)

    return each(one, root.mapping().items())


def _references(root: Node | None) -> tuple[Reference, ...]:
    def one(item: tuple[str, Node]) -> Reference:
        key, node = item
        fields = node.fields(("citation",), ("url",))
        url = optional_text(fields, "url")
        return Reference(loose_name(key, node), fields["citation"].text(), url, node.place)

    return each(one, root.mapping().items() if root else ())


def read_log(root: Node | None) -> tuple[Change, ...]:
    nodes = root.items() if root else []
    found = each(_change, nodes)
    for node, (before, after) in zip(nodes[1:], itertools.pairwise(found), strict=True):
        if before.date > after.date:
            what = f"{after.date} after {before.date}"
            node.mapping()["date"].fail(what, "entries in the order of their dates")
    return found


def _change(node: Node) -> Change:
    fields = node.fields(("date", "changed", "why", "moved"))
    with Gather() as got:
        day = fields["date"]
        if not is_date(day.raw):
            got(day.wrong, "a date such as 2026-11-24")
        changed, why, moved = (got(fields[key].text) for key in ("changed", "why", "moved"))
    return Change(day.raw, changed, why, moved, node.place)
