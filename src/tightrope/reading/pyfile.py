"""The Python of a case: loaded from its text, checked for form, and tried once on plain numbers."""

from __future__ import annotations

import ast
import inspect
import math
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tightrope.characters import called, unshown
from tightrope.errors import CaseError, Place
from tightrope.mechanism import Derived, Mechanism, execute
from tightrope.reading.yamlfile import LONGEST_LINE, Gather, decode, each, nearest, problem

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
    declared: list[Mechanism | Derived] = [*mechanisms, *derived]
    each(lambda one: _check_form(one, places, file), declared)
    return Functions(mechanisms, derived, places)


def declared_names(
    data: bytes, functions: Functions | None
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Names of mechanisms and derived quantities, also of a file that does not run if it parses."""
    if functions:
        return tuple(m.name for m in functions.mechanisms), tuple(d.name for d in functions.derived)
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


def try_all(
    functions: Functions,
    values: Mapping[str, float],
    corners: Mapping[str, np.ndarray],
    variables: Iterable[str],
    path: Path,
) -> None:
    """Call every function: it has to give finite numbers for known variables, world by world.

    Each is tried on one set of values, those of the reference quarter; then traced, as runs do;
    then on many sets from the ends of all ranges, `corners`, each of shape (N,).
    """
    known = tuple(variables)
    env = dict(values)
    many = dict(corners)
    with Gather() as got:
        for quantity in in_order(functions):
            if set(quantity.reads) <= env.keys():
                result = got(_try_derived, quantity, functions.places, env, many, path)
                if result is not None:
                    env[quantity.name], many[quantity.name] = result
        for mechanism in functions.mechanisms:
            if set(mechanism.reads) <= env.keys():
                got(_try_mechanism, mechanism, functions.places, env, many, known, path)


def _try_derived(
    quantity: Derived,
    places: Mapping[str, Place],
    env: Mapping[str, float],
    many: Mapping[str, np.ndarray],
    path: Path,
) -> tuple[float, np.ndarray]:
    own = places[quantity.name]
    number = _number(_call(quantity, env, places, path), own, quantity.name)
    _trace(quantity, env, places, path)
    given = _call_many(quantity, many, places, path)
    return number, _check_many(given, lambda result: result, own, quantity, quantity.name, many)


def _try_mechanism(
    mechanism: Mechanism,
    places: Mapping[str, Place],
    env: Mapping[str, float],
    many: Mapping[str, np.ndarray],
    known: tuple[str, ...],
    path: Path,
) -> None:
    place = places[mechanism.name]
    pushes = _call(mechanism, env, places, path)
    if not isinstance(pushes, Mapping) or not pushes:
        what = f"{type(pushes).__name__} {pushes!r:.40} as what it returns"
        raise problem(place, mechanism.name, what, "{variable: push in one quarter}")
    for target, push in pushes.items():
        if target not in known:
            what, hint = f'"{target}" as what it moves', nearest(str(target), known)
            raise problem(place, mechanism.name, what, "a variable of the case", hint)
        _number(push, place, f"{mechanism.name}.{target}")
    _trace(mechanism, env, places, path)
    given = _call_many(mechanism, many, places, path)
    for results in given:
        if not isinstance(results, Mapping) or results.keys() != pushes.keys():
            what = "other variables moved at other values"
            raise problem(place, mechanism.name, what, "the same variables at all values")
    for target in pushes:
        name = f"{mechanism.name}.{target}"
        _check_many(given, itemgetter(target), place, mechanism, name, many)


def _trace(
    declared: Mechanism | Derived, env: Mapping[str, float], places: Mapping[str, Place], path: Path
) -> None:
    """Run it on stand-ins for arrays, as the compiler does: that shows what asks for a value."""
    import jax  # noqa: PLC0415  (heavy, and not needed to refuse what is worse)

    stand_in = jax.ShapeDtypeStruct((4,), np.float32)
    try:
        jax.eval_shape(
            lambda values: dict(enumerate(_leaves(declared(**values)))),
            dict.fromkeys(declared.reads, stand_in),
        )
    except (Exception, SystemExit) as error:
        own, line = places[declared.name], _line(error, path)
        what = f"what cannot be compiled: {type(error).__name__}"
        allowed = (
            "arithmetic, jax.numpy and tightrope.theory on whole arrays; "
            "no if, and or not on values, no math or numpy functions"
        )
        place = own if line == 1 else Place(own.file, line)
        raise problem(place, declared.name, what, allowed) from None


def _leaves(result: Any) -> list[Any]:
    return list(result.values()) if isinstance(result, Mapping) else [result]


def _call_many(
    declared: Mechanism | Derived,
    many: Mapping[str, np.ndarray],
    places: Mapping[str, Place],
    path: Path,
) -> tuple[Any, Any]:
    """On all sets of values, and on the second half of them backwards."""
    half = {name: many[name][: len(many[name]) // 2 - 1 : -1] for name in declared.reads}
    allowed = "numbers at the ends of all ranges"
    return (
        _call(declared, many, places, path, allowed),
        _call(declared, half, places, path, allowed),
    )


def _check_many(
    given: tuple[Any, Any],
    take: Callable[[Any], Any],
    place: Place,
    declared: Mechanism | Derived,
    name: str,
    many: Mapping[str, np.ndarray],
) -> np.ndarray:
    """Finite numbers, one for each set of values, none of which depends on the other sets."""
    size = len(next(iter(many.values()))) if many else 1
    try:
        whole, half = (np.asarray(take(result), np.float32) for result in given)
        whole, half = np.broadcast_to(whole, size), np.broadcast_to(half, size - size // 2)
    except (TypeError, ValueError):
        what = f"{type(take(given[0])).__name__} of shape {np.shape(take(given[0]))}"
        raise problem(place, name, what, "one number for each world") from None
    bad = ~np.isfinite(whole)
    if bad.any():
        at = int(np.argmax(bad))
        numbers = ", ".join(f"{n} = {many[n][at]:.4g}" for n in declared.reads[:8])
        allowed = "a finite number wherever its inputs may go; no root or logarithm of what may be "
        allowed += "below 0, no division by what may be 0"
        raise problem(place, name, f"{whole[at]}" + (f" at {numbers}" if numbers else ""), allowed)
    if not np.allclose(whole[: size // 2 - 1 : -1], half, rtol=1e-3, atol=1e-6):
        what = "a number that depends on other worlds"
        allowed = "each world's number from its own values, without sums over worlds"
        raise problem(place, name, what, allowed)
    return whole


def _call(
    declared: Mechanism | Derived,
    env: Mapping[str, Any],
    places: Mapping[str, Place],
    path: Path,
    allowed: str = "numbers at the values of the reference quarter",
) -> Any:
    try:
        with np.errstate(all="ignore"):
            return declared(**{name: env[name] for name in declared.reads})
    except (Exception, SystemExit) as error:
        line = _line(error, path)
        own = places[declared.name]
        place = own if line == 1 else Place(own.file, line)
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
