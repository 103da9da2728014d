"""A case read from its folder and checked. Whatever is wrong comes out as one CaseError.

Everything is read that can be, and all that is wrong is told at once. What rests on something that
cannot be read, such as a setting of an instrument whose levels are broken, is not looked at.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path

from tightrope.case import Case, Change, Departure, Ground, Loaded
from tightrope.errors import CaseError, UseError
from tightrope.reading import yamlfile
from tightrope.reading.checks import check_whole, told_apart
from tightrope.reading.claims import Names
from tightrope.reading.dated import read_courses, read_questions, starts
from tightrope.reading.folder import need_trust, read_files, shipped, shipped_folder
from tightrope.reading.game import read_game
from tightrope.reading.measurements import read_measurements
from tightrope.reading.origin import find_origin
from tightrope.reading.overlay import between, exchanged
from tightrope.reading.raw import Raw, put_on, read_raw
from tightrope.reading.still import warnings
from tightrope.reading.whole import (
    Asked,
    declared,
    known_names,
    put_together,
    read_asked,
    read_functions,
    read_log,
    read_nouns,
)
from tightrope.reading.yamlfile import Gather
from tightrope.text.characters import quoted
from tightrope.text.names import nearest

__all__ = ["Between", "differences", "forms", "load", "shipped", "two", "warnings"]


def load(
    name_or_folder: str | Path,
    trust: bool = False,
    settings: Sequence[str] = (),
    variants: Sequence[str] = (),
) -> Case:
    """Read and check a case: a shipped one by name, or a folder.

    A folder's `mechanisms.py` runs only with `trust`; a folder without one needs none. A name means
    the shipped case of that name if there is one; `./name` means a folder. settings: numbers set
    and mechanisms taken away, as `--set` has them: `NAME=0.3`, `NAME=0.1..0.4`, `MECHANISM=off`.
    variants: names of its variants that hold in place of its own form.

    Raises:
        UseError: there is no such case, number or variant, or its Python is not trusted.
        CaseError: the case is not sound; says where and what is allowed.
    """
    if not isinstance(name_or_folder, (str, Path)) or not str(name_or_folder):
        what = quoted(name_or_folder)
        raise UseError(f"case: found {what}; allowed: a folder, or one of {', '.join(shipped())}")
    if isinstance(name_or_folder, str) and name_or_folder in shipped():
        return _read(shipped_folder() / name_or_folder, trust, settings, variants)
    folder = Path(name_or_folder)
    if not os.path.isdir(folder):
        raise UseError(_no_case(str(name_or_folder)))
    need_trust(folder, trust)
    return _read(folder, trust, settings, variants)


def forms(case: Case) -> dict[str, Case]:
    """The case with each of its variants in turn, by name; worlds share their draws with it.

    A variant of a group of which the case was loaded with another one is not there. Raises UseError
    for a case that was changed since it was loaded, as are its files, and CaseError for a variant
    that is not sound.
    """
    how = case.loaded
    if not case.variants:
        return {}
    if how is None:
        raise UseError(
            f"{case.name}: found a case that was changed since it was loaded; "
            "allowed: one as load gives it, whose variants stand in its files"
        )
    fixed = {one.group for one in case.variants if one.name in how.variants}
    found = {}
    for one in case.variants:
        if one.group not in fixed:
            found[one.name] = _sharing(_form(how, one.name), case)
    return found


def _form(how: Loaded, name: str) -> Case:
    """The case with one variant more; what is wrong with it says the variant's name."""
    try:
        return _read(Path(how.folder), how.trust, how.settings, (*how.variants, name))
    except UseError:
        raise
    except CaseError as error:
        first = f"{name}."
        raise CaseError(
            one if one.path.startswith(first) else replace(one, path=f"{first}{one.path}")
            for one in error.problems
        ) from None


def _sharing(made: Case, case: Case) -> Case:
    """The one case with worlds that share their draws with the other."""
    return replace(made, ground=case.ground or ground(case))


def _no_case(found: str) -> str:
    if os.path.exists(found):
        return f"{found} is a file; allowed: the folder of a case, or the name of a shipped one"
    names = ", ".join(shipped()) or "none"
    return (
        f'there is no case or folder "{found}"; shipped cases: {names}{nearest(found, shipped())}'
    )


# ---------------------------------------------------------------- files


def differences(one: str | Path, other: str | Path, trust: bool = False) -> tuple[Departure, ...]:
    """What the files of one case say otherwise than those of another.

    Raises what `load` raises.
    """
    return between(*(_raw(name, trust).trees for name in (one, other)))


@dataclass(frozen=True)
class Between:
    """Two cases, and all that lies between them.

    Attributes:
        one, other: as they were read.
        departures: what the other says otherwise, thing by thing.
    """

    one: Case
    other: Case
    departures: tuple[Departure, ...]
    _raw: tuple[Raw, Raw]

    def mixed(self, chosen: Sequence[Departure]) -> Case:
        """The first case with some of what the other says otherwise.

        Its worlds share their draws with the first. Raises CaseError where these do not fit
        together, as a mechanism without the number that it reads.
        """
        first, second = self._raw
        trees = exchanged(first.trees, second.trees, chosen)
        departures = (*first.departures, *chosen)
        made = _made(replace(first, trees=trees, departures=departures))
        return _sharing(made, self.one)


def two(one: str | Path, other: str | Path, trust: bool = False) -> Between:
    """Two cases to be taken apart. Raises what `load` raises."""
    raws = _raw(one, trust), _raw(other, trust)
    cases = load(one, trust), load(other, trust)
    return Between(*cases, between(*(raw.trees for raw in raws)), raws)


def _raw(name: str | Path, trust: bool) -> Raw:
    """What the files of a sound case say."""
    load(name, trust)
    shipped_one = isinstance(name, str) and name in shipped()
    folder = (shipped_folder() / name if shipped_one else Path(name)).resolve()
    with Gather() as got:
        return read_raw(folder, trust, got)


def ground(case: Case) -> Ground:
    """What another case shares the draws of its worlds with."""
    return Ground(
        tuple(p.name for p in case.priors),
        tuple(v.name for v in case.variables),
        tuple(r.name for r in case.regimes),
    )


def _read(
    folder: Path, trust: bool, settings: Sequence[str] = (), variants: Sequence[str] = ()
) -> Case:
    with Gather() as got:
        raw = put_on(read_raw(folder.resolve(), trust, got), settings, variants)
        case = _checked(raw, got)
    made = _finished(case, raw, trust)
    how = Loaded(str(raw.folder), trust, tuple(settings), tuple(variants))
    object.__setattr__(made, "loaded", how)
    return made


def _made(raw: Raw) -> Case:
    """The case of sound files that were put together."""
    with Gather() as got:
        case = _checked(raw, got)
    return _finished(case, raw, False)


def _checked(raw: Raw, got: Gather) -> Case | None:
    """All that can be read of it, checked; None where some of it cannot be."""
    functions = read_functions(raw, got)
    nouns = read_nouns(raw.trees, raw.broken, got)
    names = known_names(raw.trees, nouns, functions or declared(raw))
    asked = read_asked(raw.trees, raw.tables, names, nouns, got)
    if not nouns.whole or not functions:
        return None
    case = put_together(raw, nouns, asked, functions)
    if "game.yaml" in raw.trees and names:
        priors = tuple(p.name for p in case.priors if not p.fixed)
        case = replace(case, game=got(read_game, raw.trees["game.yaml"], names, priors))
    if "measurements.yaml" in raw.trees and names and asked.series is not None:
        known = (names, case.priors, asked.series)
        found = got(read_measurements, raw.trees["measurements.yaml"], *known)
        case = replace(case, measurements=found or ())
    case = _dated(case, raw, names, asked, got)
    check_whole(case, asked, functions, raw.folder, got)
    return case


def _finished(case: Case | None, raw: Raw, trust: bool) -> Case:
    """The case with what it shares its worlds with, and where it comes from."""
    if case is None:
        raise AssertionError("a case that cannot be read has a problem")
    case = told_apart(case)
    if raw.under is not None:
        under = _read(raw.under, trust)
        case = replace(case, ground=under.ground or ground(under))
    # Not by `replace`, which drops it: so a case that is changed after loading carries none.
    if not case.departures:
        object.__setattr__(case, "origin", find_origin(raw.files, case.log, _packaged()))
    return case


def _dated(case: Case, raw: Raw, names: Names | None, asked: Asked, got: Gather) -> Case:
    """The case with its questions and courses."""
    if names is None or asked.series is None:
        return case
    start = starts(case.reference_quarter, asked.history)
    if "questions.yaml" in raw.trees:
        found = got(read_questions, raw.trees["questions.yaml"], names, asked.series, start)
        case = replace(case, questions=found or ())
    if "courses.yaml" in raw.trees:
        courses = got(read_courses, raw.trees["courses.yaml"], names, start)
        case = replace(case, courses=courses or ())
    return case


@cache
def _packaged() -> dict[str, tuple[dict[str, bytes], tuple[Change, ...]]]:
    """Files and log of every case in the package, the starter among them."""
    folders = {name: shipped_folder() / name for name in shipped()}
    folders["starter"] = Path(str(resources.files("tightrope.starter")))
    found = {}
    for name, folder in folders.items():
        with Gather() as got:
            files = read_files(folder.resolve(), got)
        log = files.get("log.yaml")
        found[name] = files, read_log(yamlfile.read_yaml(log, "log.yaml") if log else None)
    return found
