"""A case read from its folder and checked. Whatever is wrong comes out as one CaseError."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from tightrope.arguments import shown
from tightrope.case import (
    Case,
    Change,
    Instrument,
    Passage,
    Place,
    Prior,
    Reference,
    Regime,
    UseError,
    level_argument,
)
from tightrope.mechanism import Derived, Mechanism
from tightrope.origin import find_origin
from tightrope.reading import pyfile, yamlfile
from tightrope.reading.claims import (
    Names,
    read_claims,
    read_objectives,
    read_postures,
    read_scenarios,
)
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
from tightrope.reading.pyfile import Functions
from tightrope.reading.record import TABLE, TABLES, read_history, read_series
from tightrope.reading.yamlfile import Node, listed, missing, nearest, optional_text, problem

__all__ = ["load", "nearest", "shipped"]

PYTHON = "mechanisms.py"
OPTIONAL = (
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
    PYTHON,
)


def load(name_or_folder: str | Path, trust: bool = False) -> Case:
    """Read and check a case: a shipped one by name, or a folder.

    A folder's Python runs only with `trust`. A name means the shipped case of that name if there is
    one; `./name` means a folder.

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
    if not trust:
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
    files = _files(folder)
    trees = {n: yamlfile.read_yaml(d, n) for n, d in files.items() if n.endswith(".yaml")}
    tables = {n: data for n, data in files.items() if n.startswith(f"{TABLES}/")}
    functions = pyfile.read_python(files[PYTHON], folder / PYTHON)
    case = _case(folder, trees, tables, functions, _hash(files))
    # Not by `replace`, which drops it: so a case that is changed after loading carries none.
    object.__setattr__(case, "origin", find_origin(files, case.log, _packaged()))
    return case


def _packaged() -> dict[str, tuple[dict[str, bytes], tuple[Change, ...]]]:
    """Files and log of every case in the package, the starter among them."""
    folders = {name: _shipped_folder() / name for name in shipped()}
    folders["starter"] = Path(str(resources.files("tightrope.starter")))
    found = {}
    for name, folder in folders.items():
        files = _files(folder.resolve())
        log = files.get("log.yaml")
        found[name] = files, _log(yamlfile.read_yaml(log, "log.yaml") if log else None)
    return found


def _files(folder: Path) -> dict[str, bytes]:
    """The bytes of a case's files by their names in the folder."""
    allowed = (*REQUIRED, *OPTIONAL)
    try:
        found = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise UseError(f"{folder} cannot be read ({error.strerror})") from None
    for name in found:
        if name.lower().endswith((".yaml", ".yml")) and name not in allowed:
            raise problem(
                name, "", "a YAML file of this name", listed(allowed), nearest(name, allowed)
            )
    for name in REQUIRED:
        if name not in found:
            raise missing(name, "", "such file", REQUIRED)
    names = [name for name in found if name in allowed]
    if TABLES in found:
        names += _tables(folder)
    return {name: _bytes(folder / name, folder, name) for name in names}


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


def _case(
    folder: Path,
    trees: Mapping[str, Node],
    tables: Mapping[str, bytes],
    functions: Functions,
    digest: str,
) -> Case:
    main = _main(trees["case.yaml"])
    passages = tuple(_passage(k, n) for k, n in trees["passages.yaml"].filled("passage").items())
    references = _references(trees.get("references.yaml"))
    keys = tuple(r.key for r in references)
    variables = read_variables(trees["variables.yaml"], keys)
    regimes, quantities = read_outside(trees.get("outside.yaml"), keys)
    actors = read_actors(trees["actors.yaml"], keys, [v.name for v in variables])
    parameters = tuple(
        read_prior(node, argument_name(key, node), keys)
        for key, node in trees["parameters.yaml"].mapping().items()
    )
    instruments = [i for actor in actors for i in actor.instruments]
    names = Names(
        variables={v.name: v for v in variables},
        regimes={r.name: r for r in regimes},
        quantities={q.name: q for q in quantities},
        instruments={i.name: i for i in instruments},
        actors={a.name: a for a in actors},
        derived=tuple(d.name for d in functions.derived),
        mechanisms=tuple(m.name for m in functions.mechanisms),
        scenarios=tuple(trees["scenarios.yaml"].filled("scenario")),
        postures=tuple(trees["postures.yaml"].filled("posture")),
    )
    focal = main["focal"].choice(list(names.actors))
    claims, untested = read_claims(trees["claims.yaml"], names, [p.id for p in passages])
    history = read_history(trees.get("history.yaml"), names, keys)
    case = Case(
        name=folder.name.encode("utf-8", "replace").decode() or "case",
        title=main["title"].text(),
        about=main["about"].text(),
        focal=focal,
        reference_quarter=main["reference quarter"].text(),
        lookahead=main["lookahead"].whole(1, 12),
        scenario=main["scenario"].choice(names.scenarios),
        posture=main["posture"].choice(names.postures),
        advice=main.get("advice", main["posture"]).choice(names.postures),
        passages=passages,
        references=references,
        variables=variables,
        regimes=regimes,
        quantities=quantities,
        actors=actors,
        parameters=parameters,
        scenarios=read_scenarios(trees["scenarios.yaml"], names),
        postures=read_postures(trees["postures.yaml"], names, focal),
        claims=claims,
        untested=untested,
        objectives=read_objectives(trees.get("objectives.yaml"), names),
        log=_log(trees.get("log.yaml")),
        series=read_series(trees.get("observations.yaml"), tables, names, history),
        history=history,
        mechanisms=functions.mechanisms,
        derived=functions.derived,
        hash=digest,
    )
    if "game.yaml" in trees:
        priors = tuple(p.name for p in case.priors if not p.fixed)
        case = replace(case, game=read_game(trees["game.yaml"], names, priors))
    _check_names(case, functions)
    _check_functions(case, functions, folder)
    _check_passages(case)
    return case


def _main(root: Node) -> dict[str, Node]:
    fields = root.fields(
        ("title", "about", "focal", "reference quarter", "lookahead", "scenario", "posture"),
        ("advice",),
    )
    read_quarter(fields["reference quarter"])
    return fields


def _passage(key: str, node: Node) -> Passage:
    fields = node.fields(("title", "argues"))
    return Passage(
        loose_name(key, node), fields["title"].text(), fields["argues"].text(), node.place
    )


def _references(root: Node | None) -> tuple[Reference, ...]:
    found = []
    for key, node in root.mapping().items() if root else ():
        fields = node.fields(("citation",), ("url",))
        url = optional_text(fields, "url")
        found.append(Reference(loose_name(key, node), fields["citation"].text(), url, node.place))
    return tuple(found)


def _log(root: Node | None) -> tuple[Change, ...]:
    found: list[Change] = []
    for node in root.items() if root else ():
        fields = node.fields(("date", "changed", "why", "moved"))
        day = fields["date"]
        if not is_date(day.raw):
            day.wrong("a date such as 2026-11-24")
        if found and found[-1].date > day.raw:
            day.fail(f"{day.raw} after {found[-1].date}", "entries in the order of their dates")
        changed, why, moved = (fields[key].text() for key in ("changed", "why", "moved"))
        found.append(Change(day.raw, changed, why, moved, node.place))
    return tuple(found)


# ---------------------------------------------------------------- checks across files


def _check_names(case: Case, functions: Functions) -> None:
    """Each name once over everything that mechanisms read, results hold or tables list."""
    taken: dict[str, Place] = {}

    def take(name: str, place: Place, what: str = "the name") -> None:
        if name in taken:
            found = f'{what} "{name}" a second time (first at {taken[name]})'
            raise problem(place, name, found, "each name once in the case")
        taken[name] = place

    outside = (*case.regimes, *case.quantities)
    named: list[Any] = [*case.variables, *outside, *case.actors, *case.instruments]
    for item in (*named, *case.parameters):
        take(item.name, item.place)
    for name in (*(m.name for m in case.mechanisms), *(d.name for d in case.derived)):
        place = functions.places[name]
        if not NAME.fullmatch(name) or name in TAKEN:
            raise problem(place, name, f'the name "{name}"', "a lower-case name that is not taken")
        take(name, place)
    leveled: list[Instrument | Regime] = [*case.instruments, *case.regimes]
    for item in leveled:
        for level in item.levels:
            take(level_argument(item.name, level), item.place, "the share of conduct")
    for instrument in case.instruments:
        take(f"{instrument.name}_level", instrument.place, "the list of levels")


def _check_functions(case: Case, functions: Functions, folder: Path) -> None:
    values = _middle(case)
    readable = (*values, *(d.name for d in case.derived))
    declared: list[Mechanism | Derived] = [*case.mechanisms, *case.derived]
    for function in declared:
        for argument in function.reads:
            if argument not in readable:
                _refuse(function, functions, f'the argument "{argument}"', argument, readable)
    passages, keys = [p.id for p in case.passages], [r.key for r in case.references]
    for mechanism in case.mechanisms:
        if not mechanism.passages:
            _refuse(mechanism, functions, "no passage", "", passages)
        for passage in mechanism.passages:
            if passage not in passages:
                _refuse(mechanism, functions, f'the passage "{passage}"', passage, passages)
        for source in mechanism.sources:
            if source not in keys:
                _refuse(mechanism, functions, f'the source "{source}"', source, keys)
    read = {argument for f in declared for argument in f.reads}
    for parameter in case.parameters:
        if parameter.name not in read:
            allowed = "parameters that a mechanism or a derived quantity reads"
            raise problem(
                parameter.place, parameter.name, "a parameter that nothing reads", allowed
            )
    pyfile.try_once(functions, values, [v.name for v in case.variables], folder / PYTHON)


def _refuse(
    function: Mechanism | Derived,
    functions: Functions,
    found: str,
    name: str,
    allowed: Sequence[str],
) -> None:
    place = functions.places[function.name]
    raise problem(place, function.name, found, listed(allowed), nearest(name, allowed))


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
    """Every passage has a mechanism, and a claim or a word on why there is none."""
    tested = {c.passage for c in case.claims} | {u.passage for u in case.untested}
    made = {passage for m in case.mechanisms for passage in m.passages}
    for passage in case.passages:
        if passage.id not in tested:
            allowed = 'at least one, or an entry with "cannot test"'
            raise problem(passage.place, passage.id, "no claim of this passage", allowed)
        if passage.id not in made:
            raise problem(passage.place, passage.id, "no mechanism of this passage", "at least one")
