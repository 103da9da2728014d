"""The Python of a case, `mechanisms.py`: run from its text and checked for form."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tightrope.case.mechanism import Derived, Mechanism, OfFile, execute
from tightrope.errors import CaseError, Place
from tightrope.reading.functions import Functions, file_name, line_of, shown_error
from tightrope.reading.yamlfile import LONGEST_LINE, decode, each, problem
from tightrope.text.characters import called, unshown

Kind = TypeVar("Kind", Mechanism, Derived)

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def read_python(data: bytes, path: Path) -> Functions:
    """Run the file and collect what it declares. This executes it: only for trusted files."""
    file = path.name
    text = decode(data, file)
    places = _places(_parse(text, file), file)
    found = list(_run(text, path).values())
    mechanisms, derived = _only(found, Mechanism), _only(found, Derived)
    declared: list[Mechanism | Derived] = [*mechanisms, *derived]
    each(lambda one: _check_form(one, places, file), declared)
    return Functions(
        tuple(replace(m, place=places[m.name]) for m in mechanisms),
        tuple(replace(d, place=places[d.name]) for d in derived),
    )


def declared_in(data: bytes) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Names of mechanisms and derived quantities of a file that does not run, if it parses."""
    try:
        tree = _parse(decode(data, ""), "")
    except CaseError:  # said where the file is read
        return None
    names: dict[str, list[str]] = {"mechanism": [], "derived": []}
    for function in (one for one in tree.body if isinstance(one, ast.FunctionDef)):
        for made in function.decorator_list:
            called_ = made.func if isinstance(made, ast.Call) else made
            kind = getattr(called_, "attr", getattr(called_, "id", ""))
            names.get(kind, []).append(function.name)
    return tuple(names["mechanism"]), tuple(names["derived"])


def _only(found: Iterable[Any], kind: type[Kind]) -> tuple[Kind, ...]:
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
        return execute(text, file_name(path))
    except (Exception, SystemExit) as error:
        place = Place(path.name, line_of(error, path))
        raise problem(place, "", shown_error(error), "Python that runs") from None


def _check_form(declared: Mechanism | Derived, places: dict[str, Place], file: str) -> None:
    function = declared.function.function if isinstance(declared.function, OfFile) else None
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
        return
    if not declared.label or not isinstance(declared.label, str):
        raise problem(place, declared.name, "no label", "a label")
    if not isinstance(declared.unit, str):
        raise problem(place, declared.name, f"{declared.unit!r:.40} as a unit", "text in quotes")
    for text in (declared.label, declared.unit):
        if unshown(text, ""):
            raise problem(place, declared.name, called(unshown(text, "")), "printable text")
        if len(text) > LONGEST_LINE:
            what = f"text of {len(text)} characters"
            raise problem(place, declared.name, what, f"up to {LONGEST_LINE}")


def _check_texts(place: Place, name: str, texts: Iterable[object]) -> None:
    for text in texts:
        if not isinstance(text, str):
            raise problem(place, name, repr(text), "passages and sources in quotes")
