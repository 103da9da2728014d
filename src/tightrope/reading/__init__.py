"""A case read from its folder and checked. Whatever is wrong comes out as one CaseError.

Everything is read that can be, and all that is wrong is told at once. What rests on something that
cannot be read, such as a setting of an instrument whose levels are broken, is not looked at.
"""

from __future__ import annotations

import difflib
import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from tightrope.arguments import shown
from tightrope.case import (
    Actor,
    Case,
    Change,
    Claim,
    History,
    Instrument,
    Objective,
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
    level_argument,
)
from tightrope.case.mechanism import Mechanism
from tightrope.errors import Place, Problem, UseError
from tightrope.reading import pyfile, standin, yamlfile
from tightrope.reading.claims import (
    Names,
    read_claims,
    read_objectives,
    read_postures,
    read_scenarios,
)
from tightrope.reading.corners import corners, ranges
from tightrope.reading.formulas import declared_in, read_formulas
from tightrope.reading.functions import Functions, check_names, joined, try_all
from tightrope.reading.game import read_game
from tightrope.reading.nouns import (
    NAME,
    TAKEN,
    argument_name,
    is_date,
    level_positions,
    loose_name,
    read_actors,
    read_outside,
    read_prior,
    read_quarter,
    read_variables,
)
from tightrope.reading.origin import find_origin
from tightrope.reading.record import TABLE, TABLES, read_history, read_series
from tightrope.reading.still import warnings
from tightrope.reading.yamlfile import (
    LONGEST_NAME,
    Gather,
    Node,
    each,
    missing,
    optional_text,
    problem,
    short,
)
from tightrope.text.names import listed, nearest

__all__ = ["load", "nearest", "shipped", "warnings"]

FORMULAS = "mechanisms.yaml"
PYTHON = "mechanisms.py"
OPTIONAL = (
    FORMULAS,
    PYTHON,
    "references.yaml",
    "outside.yaml",
    "objectives.yaml",
    "game.yaml",
    "log.yaml",
    "history.yaml",
    "observations.yaml",
)
REQUIRED = (
    "case.yaml",
    "passages.yaml",
    "variables.yaml",
    "actors.yaml",
    "parameters.yaml",
    "scenarios.yaml",
    "postures.yaml",
    "claims.yaml",
)


def load(name_or_folder: str | Path, trust: bool = False) -> Case:
    """Read and check a case: a shipped one by name, or a folder.

    A folder's `mechanisms.py` runs only with `trust`; a folder without one needs none. A name means
    the shipped case of that name if there is one; `./name` means a folder.

    Raises:
        UseError: there is no such case, or its Python is not trusted.
        CaseError: the case is not sound; says where and what is allowed.
    """
    if not isinstance(name_or_folder, (str, Path)) or not str(name_or_folder):
        what = shown(name_or_folder)
        raise UseError(f"case: found {what}; allowed: a folder, or one of {', '.join(shipped())}")
    if isinstance(name_or_folder, str) and name_or_folder in shipped():
        return _read(_shipped_folder() / name_or_folder)
    folder = Path(name_or_folder)
    if not os.path.isdir(folder):
        raise UseError(_no_case(str(name_or_folder)))
    if not trust and os.path.lexists(folder / PYTHON):
        raise UseError(
            f"{folder} is a folder with Python in it ({PYTHON}), which can do anything on this "
            f"machine and was not loaded; read {PYTHON} first, then add --trust "
            "(in Python: trust=True)"
        )
    return _read(folder)


def shipped() -> tuple[str, ...]:
    """Names of the cases that come with the package."""
    folder = _shipped_folder()
    if not folder.is_dir():
        return ()
    return tuple(sorted(f.name for f in folder.iterdir() if (f / "case.yaml").is_file()))


def _shipped_folder() -> Path:
    return Path(str(resources.files("tightrope"))) / "cases"


def _no_case(found: str) -> str:
    if os.path.exists(found):
        return f"{found} is a file; allowed: the folder of a case, or the name of a shipped one"
    names = ", ".join(shipped()) or "none"
    return (
        f'there is no case or folder "{found}"; shipped cases: {names}{nearest(found, shipped())}'
    )


# ---------------------------------------------------------------- files


def _read(folder: Path) -> Case:
    folder = folder.resolve()
    with Gather() as got:
        files = _files(folder, got)
        broken = _absent(got.problems)
        read = {n: got(yamlfile.read_yaml, d, n) for n, d in files.items() if n.endswith(".yaml")}
        trees = {name: tree for name, tree in read.items() if tree}
        broken |= read.keys() - trees.keys()
        tables = None
        if not broken & {"history.yaml", "observations.yaml", TABLES}:
            tables = {n: data for n, data in files.items() if n.startswith(f"{TABLES}/")}
        functions = _functions(files, trees, broken, folder, got)
        nouns = _nouns(trees, broken, got)
        names = _names(trees, nouns, functions or _declared(files, trees))
        asked = _asked(trees, tables, names, nouns, got)
        case = None
        if nouns.whole and functions:
            case = _case(folder, nouns, asked, functions, _hash(files))
            if "game.yaml" in trees and names:
                priors = tuple(p.name for p in case.priors if not p.fixed)
                case = replace(case, game=got(read_game, trees["game.yaml"], names, priors))
            _check_whole(case, asked, functions, folder, got)
    if case is None:
        raise AssertionError("a case that cannot be read has a problem")
    case = _told_apart(case)
    # Not by `replace`, which drops it: so a case that is changed after loading carries none.
    object.__setattr__(case, "origin", find_origin(files, case.log, _packaged()))
    return case


def _packaged() -> dict[str, tuple[dict[str, bytes], tuple[Change, ...]]]:
    """Files and log of every case in the package, the starter among them."""
    folders = {name: _shipped_folder() / name for name in shipped()}
    folders["starter"] = Path(str(resources.files("tightrope.starter")))
    found = {}
    for name, folder in folders.items():
        with Gather() as got:
            files = _files(folder.resolve(), got)
        log = files.get("log.yaml")
        found[name] = files, _log(yamlfile.read_yaml(log, "log.yaml") if log else None)
    return found


def _absent(problems: Sequence[Problem]) -> set[str]:
    """Files that cannot be read or have a wrong name; what rests on them is not looked at."""
    allowed = (*REQUIRED, *OPTIONAL, TABLES)
    names = [str(one.place).split("/")[0] for one in problems]
    return {close for name in names for close in difflib.get_close_matches(name, allowed, n=1)}


def _files(folder: Path, got: Gather) -> dict[str, bytes]:
    """The bytes of a case's files by their names in the folder."""
    allowed = (*REQUIRED, *OPTIONAL)
    try:
        found = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise UseError(f"{folder} cannot be read ({error.strerror})") from None
    for name in found:
        if name.lower().endswith((".yaml", ".yml")) and name not in allowed:
            what = "a YAML file of this name"
            got.add(problem(name, "", what, listed(allowed), nearest(name, allowed)))
    for name in REQUIRED:
        if name not in found:
            got.add(missing(name, "", "such file", (*REQUIRED, FORMULAS)))
    if FORMULAS not in found and PYTHON not in found:
        got.add(missing(FORMULAS, "", "such file", (f"{FORMULAS} or {PYTHON}",)))
    names = [name for name in found if name in allowed]
    if TABLES in found:
        names += got(_tables, folder) or []
    read = {name: got(_bytes, folder / name, folder, name) for name in names}
    return {name: data for name, data in read.items() if data is not None}


def _tables(folder: Path) -> list[str]:
    """The names of the tables of observations; other files beside them are left alone."""
    inner = folder / TABLES
    try:
        if not inner.resolve().is_relative_to(folder):
            raise problem(TABLES, "", "a link out of the folder", "a folder in the folder")
        if not inner.is_dir():
            raise problem(TABLES, "", "something else than a folder", "a folder of CSV files")
        found = sorted(p.name for p in inner.iterdir() if not p.name.startswith("."))
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        what = f"something that cannot be read ({error})"
        raise problem(TABLES, "", what, "a folder of CSV files") from None
    names = [name for name in found if name.lower().endswith(".csv")]
    for name in names:
        if not TABLE.fullmatch(name):
            allowed = "lower-case letters, digits, _, - and ., then .csv"
            raise problem(TABLES, "", f"the file name {name!a}", allowed)
    return [f"{TABLES}/{name}" for name in names]


def _bytes(path: Path, folder: Path, name: str) -> bytes:
    try:
        if not path.resolve().is_relative_to(folder):
            raise problem(name, "", "a link out of the folder", "a file in the folder")
        if not path.is_file():
            found = "a folder" if path.is_dir() else "something else than a file"
            raise problem(name, "", found, "a file")
        with path.open("rb") as file:
            return file.read(yamlfile.LARGEST + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        what = f"something that cannot be read ({error})"
        raise problem(name, "", what, "a file") from None


def _hash(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


# ---------------------------------------------------------------- the whole


@dataclass(frozen=True)
class _Nouns:
    """What the files that rest on no other hold; None where it cannot be read."""

    main: dict[str, Node] | None
    passages: tuple[Passage, ...] | None
    references: tuple[Reference, ...] | None
    variables: tuple[Variable, ...] | None
    outside: tuple[tuple[Regime, ...], tuple[Quantity, ...]] | None
    actors: tuple[Actor, ...] | None
    parameters: tuple[Prior, ...] | None
    log: tuple[Change, ...] | None

    @property
    def whole(self) -> bool:
        return all(getattr(self, one.name) is not None for one in fields(self))


@dataclass(frozen=True)
class _Asked:
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


def _nouns(trees: Mapping[str, Node], broken: Collection[str], got: Gather) -> _Nouns:
    def of(file: str, read: Callable[..., Any], *more: Any) -> Any:
        return got(read, trees[file], *more) if file in trees else None

    def optional(file: str, read: Callable[..., Any], *more: Any) -> Any:
        return None if file in broken else got(read, trees.get(file), *more)

    keys = _AnyName() if "references.yaml" in broken else _keys(trees, "references.yaml")
    goals = _keys(trees, "variables.yaml") or _AnyName()
    return _Nouns(
        main=of("case.yaml", _main),
        passages=of("passages.yaml", _passages),
        references=optional("references.yaml", _references),
        variables=of("variables.yaml", read_variables, keys),
        outside=optional("outside.yaml", read_outside, keys),
        actors=of("actors.yaml", read_actors, keys, goals),
        parameters=of("parameters.yaml", _parameters, keys),
        log=optional("log.yaml", _log),
    )


def _keys(trees: Mapping[str, Node], file: str) -> tuple[str, ...]:
    """The names that a file gives, whatever is wrong with what they stand for."""
    value = trees[file].value if file in trees else None
    return tuple(key for key in value if key != "defaults") if isinstance(value, dict) else ()


def _functions(
    files: Mapping[str, bytes],
    trees: Mapping[str, Node],
    broken: set[str],
    folder: Path,
    got: Gather,
) -> Functions | None:
    """All that computes, of both files; None where there is a mistake in one of them."""
    if broken & {FORMULAS, PYTHON}:
        return None
    found: Functions | None = Functions()
    for name, read in (
        (FORMULAS, lambda: read_formulas(trees[FORMULAS])),
        (PYTHON, lambda: pyfile.read_python(files[PYTHON], folder / PYTHON)),
    ):
        own = got(read) if name in files else Functions()
        found = joined(found, own) if found and own else None
    if found and not found.mechanisms:
        name = FORMULAS if FORMULAS in files else PYTHON
        got.add(problem(Place(name, 1), "", "no mechanism", "at least one"))
        return None
    return found


def _declared(
    files: Mapping[str, bytes], trees: Mapping[str, Node]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Names of mechanisms and of derived quantities, where the files that hold them are broken."""
    formulas = declared_in(trees[FORMULAS]) if FORMULAS in trees else ((), ())
    python = pyfile.declared_in(files[PYTHON]) if PYTHON in files else ((), ())
    if python is None or (FORMULAS in files and FORMULAS not in trees):
        return None
    return formulas[0] + python[0], formulas[1] + python[1]


def _names(
    trees: Mapping[str, Node],
    read: _Nouns,
    functions: Functions | tuple[tuple[str, ...], tuple[str, ...]] | None,
) -> Names | None:
    """What may be spoken of; stand-ins where a file has mistakes that do not matter for that."""
    needed = ("variables.yaml", "actors.yaml", "scenarios.yaml", "postures.yaml")
    said = functions.names if isinstance(functions, Functions) else functions
    if said is None or not all(_keys(trees, file) for file in needed):
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
        mechanisms=said[0],
        scenarios=_keys(trees, "scenarios.yaml"),
        postures=_keys(trees, "postures.yaml"),
    )


def _asked(
    trees: Mapping[str, Node],
    tables: Mapping[str, bytes] | None,
    names: Names | None,
    read: _Nouns,
    got: Gather,
) -> _Asked:
    if names is None:
        return _Asked()
    scenarios = got(read_scenarios, trees["scenarios.yaml"], names)
    focal = got(_main_names, read.main, names) if read.main else None
    postures = got(read_postures, trees["postures.yaml"], names, focal) if focal else None
    claims = None
    if "claims.yaml" in trees and "passages.yaml" in trees:
        passages = list(_keys(trees, "passages.yaml"))
        claims = got(read_claims, trees["claims.yaml"], names, passages)
    before = len(got.problems)
    history = got(read_history, trees.get("history.yaml"), names, _keys(trees, "references.yaml"))
    series = None
    if len(got.problems) == before and tables is not None:
        series = got(read_series, trees.get("observations.yaml"), tables, names, history)
    return _Asked(
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


def _case(folder: Path, read: _Nouns, asked: _Asked, functions: Functions, digest: str) -> Case:
    """The case, without what cannot be read and is told elsewhere."""
    main = read.main or {}
    regimes, quantities = read.outside or ((), ())
    claims, untested = asked.claims or ((), ())
    return Case(
        name=folder.name.encode("utf-8", "replace").decode() or "case",
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
        hash=digest,
    )


def _main(root: Node) -> dict[str, Node]:
    fields = root.fields(
        ("title", "about", "focal", "reference quarter", "lookahead", "scenario", "posture"),
        ("advice",),
    )
    with Gather() as got:
        got(fields["title"].line)
        got(fields["about"].text)
        got(read_quarter, fields["reference quarter"])
        got(fields["lookahead"].whole, 1, 12)
    return fields


def _passages(root: Node) -> tuple[Passage, ...]:
    return each(lambda item: _passage(*item), root.filled("passage").items())


def _passage(key: str, node: Node) -> Passage:
    fields = node.fields(("title", "argues"), ("inputs",))
    with Gather() as got:
        got(loose_name, key, node)
        title, argues = got(fields["title"].line), got(fields["argues"].text)
        inputs = got(fields["inputs"].texts) if "inputs" in fields else ()
    return Passage(key, title, argues, node.place, inputs)


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


def _log(root: Node | None) -> tuple[Change, ...]:
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


# ---------------------------------------------------------------- checks across files


def _check_whole(
    case: Case, asked: _Asked, functions: Functions, folder: Path, got: Gather
) -> None:
    """What can be said only of all of it together."""
    got(_check_names, case, functions)
    got(_check_goals, case)
    got(_check_functions, case, functions, folder)
    if asked.claims is not None:
        got(_check_passages, case)


def _told_apart(case: Case) -> Case:
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
    values = _middle(case)
    readable = (*values, *(d.name for d in case.derived))
    read = {name for one in functions.all for name in one.reads}
    stands = {name for passage in case.passages for name in passage.inputs}
    known = [v.name for v in case.variables]
    with Gather() as got:
        got(check_names, functions, readable)
        for mechanism in case.mechanisms:
            got(_check_sources, mechanism, case)
        for parameter in case.parameters:
            if parameter.name not in read | stands:
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


def _middle(case: Case) -> dict[str, float]:
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
    inputs = tuple(_middle(case))
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
            if passage.id not in made and not passage.inputs and not only_untested:
                what = "no mechanism of this passage"
                got.add(problem(passage.place, passage.id, what, "at least one"))
