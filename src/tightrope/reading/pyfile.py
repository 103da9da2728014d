"""The Python of a case: loaded from its text, checked for form, and tried once on plain numbers."""

from __future__ import annotations

import ast
import inspect
import math
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tightrope.case import Place
from tightrope.mechanism import Derived, Mechanism, execute
from tightrope.reading.yamlfile import decode, nearest, problem

Declared = TypeVar("Declared", Mechanism, Derived)

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class Functions:
    """What a case's Python declares, in order of definition, and where."""

    mechanisms: tuple[Mechanism, ...]
    derived: tuple[Derived, ...]
    places: Mapping[str, Place]


def read_python(data: bytes, path: Path) -> Functions:
    """Run the file and collect what it declares. This executes it: only for trusted files."""
    file = path.name
    text = decode(data, file)
    places = _places(_parse(text, file), file)
    found = list(_run(text, path).values())
    mechanisms, derived = _only(found, Mechanism), _only(found, Derived)
    if not mechanisms:
        raise problem(Place(file, 1), "", "no mechanism", "at least one function with @mechanism")
    for mechanism in mechanisms:
        _check_form(mechanism, places, file)
    for quantity in derived:
        _check_form(quantity, places, file)
    return Functions(mechanisms, derived, places)


def _only(found: Iterable[Any], kind: type[Declared]) -> tuple[Declared, ...]:
    """Those of a kind, each once even where it has two names."""
    return tuple({id(one): one for one in found if isinstance(one, kind)}.values())


def _parse(text: str, file: str) -> ast.Module:
    try:
        return ast.parse(text, file)
    except SyntaxError as error:
        place = Place(file, error.lineno or 1)
        raise problem(place, "", f"a syntax error ({error.msg})", "valid Python") from None
    except (ValueError, RecursionError, MemoryError) as error:
        what = f"text that Python cannot read ({type(error).__name__})"
        raise problem(Place(file, 1), "", what, "valid Python") from None


def _places(tree: ast.Module, file: str) -> dict[str, Place]:
    """Where each function of the file is defined."""
    places: dict[str, Place] = {}
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            place = Place(file, function.lineno)
            if function.name in places:
                what = f"a second definition (first in line {places[function.name].line})"
                raise problem(place, function.name, what, "each name once")
            places[function.name] = place
    return places


def _run(text: str, path: Path) -> dict[str, Any]:
    """The module's names after running it."""
    try:
        return execute(text, _file_name(path))
    except (Exception, SystemExit) as error:
        place = Place(path.name, _line(error, path))
        raise problem(place, "", _shown(error), "Python that runs") from None


def _file_name(path: Path) -> str:
    """The path as code is compiled under it: the compiler of runs takes UTF-8 only."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def _line(error: BaseException, path: Path) -> int:
    """The last line of the file that the error went through."""
    file = _file_name(path)
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno or 1
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return lines[-1] or 1 if lines else 1


def _shown(error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__} ({text})" if text else type(error).__name__


def _check_form(declared: Mechanism | Derived, places: dict[str, Place], file: str) -> None:
    function = declared.function
    if not inspect.isfunction(function) or function.__name__ not in places:
        name = getattr(function, "__name__", "?")
        line = function.__code__.co_firstlineno if inspect.isfunction(function) else 1
        what = "something else than a function defined in this file by def"
        raise problem(Place(file, line), name, what, "def at the left margin")
    place = places[function.__name__]
    for argument in inspect.signature(function).parameters.values():
        if argument.kind not in _BY_NAME:
            what = f'the argument "{argument}"'
            raise problem(place, declared.name, what, "arguments by name, without * and /")
        if argument.default is not inspect.Parameter.empty:
            what = f'the default of "{argument.name}"'
            raise problem(place, declared.name, what, "arguments without defaults")
    if not declared.says:
        allowed = "a docstring that says what the function does"
        raise problem(place, declared.name, "no docstring", allowed)
    if isinstance(declared, Mechanism):
        _check_texts(place, declared.name, (*declared.passages, *declared.sources))
    elif not declared.label or not isinstance(declared.label, str):
        raise problem(place, declared.name, "no label", "a label")


def _check_texts(place: Place, name: str, texts: Iterable[object]) -> None:
    for text in texts:
        if not isinstance(text, str):
            raise problem(place, name, repr(text), "passages and sources in quotes")


# ---------------------------------------------------------------- one try


def in_order(functions: Functions) -> tuple[Derived, ...]:
    """Derived quantities, each after those it reads. Raises CaseError where they go in a circle."""
    waiting, done = list(functions.derived), list[Derived]()
    while waiting:
        open_names = {d.name for d in waiting}
        ready = [d for d in waiting if not open_names & set(d.reads)]
        if not ready:
            first = waiting[0]
            circle = ", ".join(d.name for d in waiting)
            what = f"derived quantities that read one another in a circle ({circle})"
            raise problem(functions.places[first.name], first.name, what, "no circle")
        done += ready
        waiting = [d for d in waiting if d not in ready]
    return tuple(done)


def try_once(
    functions: Functions, values: Mapping[str, float], variables: Iterable[str], path: Path
) -> None:
    """Call every function on one set of values: it has to give numbers for known variables."""
    known = tuple(variables)
    env = dict(values)
    for quantity in in_order(functions):
        result = _call(quantity, env, functions.places, path)
        env[quantity.name] = _number(result, functions.places[quantity.name], quantity.name)
    for mechanism in functions.mechanisms:
        place = functions.places[mechanism.name]
        pushes = _call(mechanism, env, functions.places, path)
        if not isinstance(pushes, Mapping) or not pushes:
            what = f"{type(pushes).__name__} {pushes!r:.40} as what it returns"
            raise problem(place, mechanism.name, what, "{variable: push in one quarter}")
        for target, push in pushes.items():
            if target not in known:
                what, hint = f'"{target}" as what it moves', nearest(str(target), known)
                raise problem(place, mechanism.name, what, "a variable of the case", hint)
            _number(push, place, f"{mechanism.name}.{target}")


def _call(
    declared: Mechanism | Derived, env: Mapping[str, float], places: Mapping[str, Place], path: Path
) -> Any:
    try:
        with np.errstate(all="ignore"):
            return declared(**{name: env[name] for name in declared.reads})
    except (Exception, SystemExit) as error:
        line = _line(error, path)
        own = places[declared.name]
        place = own if line == 1 else Place(own.file, line)
        allowed = "numbers at the values of the reference quarter"
        raise problem(place, declared.name, _shown(error), allowed) from None


def _number(value: Any, place: Place, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        allowed = "a finite number at the values of the reference quarter"
        raise problem(place, name, f"{value!r:.40}", allowed)
    return number
