"""What a case computes with, formulas and Python: names looked up, and all of it tried once."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from tightrope.case.formula import Formula, names_of
from tightrope.case.mechanism import Derived, Formulas, Mechanism
from tightrope.errors import CaseError, Place, Problem
from tightrope.reading.signs import Ranges, refuted
from tightrope.reading.yamlfile import Gather, Node, problem
from tightrope.text.names import listed, nearest

Declared = Mechanism | Derived


@dataclass(frozen=True)
class Functions:
    """Mechanisms and derived quantities of one or both files, in the order in which they stand.

    Attributes:
        nodes: where formulas and signs stand, by the name of what they are part of and their own:
            `where.NAME`, `gives.NAME`, `signs.NAME`.
    """

    mechanisms: tuple[Mechanism, ...] = ()
    derived: tuple[Derived, ...] = ()
    nodes: Mapping[tuple[str, str], Node] = field(default_factory=dict)

    @property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Of mechanisms, and of derived quantities."""
        return tuple(m.name for m in self.mechanisms), tuple(d.name for d in self.derived)

    @property
    def all(self) -> tuple[Declared, ...]:
        return (*self.mechanisms, *self.derived)


def joined(one: Functions, other: Functions) -> Functions:
    return Functions(
        one.mechanisms + other.mechanisms,
        one.derived + other.derived,
        {**one.nodes, **other.nodes},
    )


# ---------------------------------------------------------------- names


def check_names(functions: Functions, readable: Sequence[str]) -> None:
    """Everything that is read has a name of the case; local names are none of these."""
    with Gather() as got:
        for one in functions.all:
            if isinstance(one.function, Formulas):
                before = len(got.problems)
                got(_check_formulas, one.name, one.function, functions.nodes, readable)
                if len(got.problems) == before and isinstance(one, Mechanism):
                    got(_check_signs, one, functions.nodes)
                continue
            for name in one.reads:
                if name not in readable:
                    what, hint = f'the argument "{name}"', nearest(name, readable)
                    got.add(problem(one.place, one.name, what, listed(readable), hint))


def _check_formulas(
    owner: str,
    formulas: Formulas,
    nodes: Mapping[tuple[str, str], Node],
    readable: Sequence[str],
) -> None:
    known = list(readable)
    with Gather() as got:
        for name, formula in formulas.where:
            node = nodes[owner, f"where.{name}"]
            got(_check_formula, node, formula, known)
            if name in readable:
                what = f'"{name}", which is a name of the case'
                got.add(problem(node.place, node.path, what, "another name"))
            known.append(name)
        for name, formula in formulas.gives:
            got(_check_formula, nodes[owner, f"gives.{name}"], formula, known)


def _check_formula(node: Node, formula: Formula, known: Sequence[str]) -> None:
    for inner in names_of(formula.tree):
        if inner.name not in known:
            found = f'"{inner.name}" in column {inner.column}'
            raise problem(node.place, node.path, found, listed(known), nearest(inner.name, known))


def _check_signs(mechanism: Mechanism, nodes: Mapping[tuple[str, str], Node]) -> None:
    with Gather() as got:
        for name, _, _ in mechanism.signs:
            if name not in mechanism.reads:
                node, reads = nodes[mechanism.name, f"signs.{name}"], mechanism.reads
                got(node.fail, f'"{name}"', f"what is read: {listed(reads)}", nearest(name, reads))


def in_order(derived: Sequence[Derived]) -> tuple[Derived, ...]:
    """Derived quantities, each after those it reads. Raises CaseError where they go in a circle."""
    waiting, done = list(derived), list[Derived]()
    while waiting:
        open_names = {d.name for d in waiting}
        ready = [d for d in waiting if not open_names & set(d.reads)]
        if not ready:
            first = waiting[0]
            circle = ", ".join(d.name for d in waiting)
            what = f"derived quantities that read one another in a circle ({circle})"
            raise problem(first.place, first.name, what, "no circle")
        done += ready
        waiting = [d for d in waiting if d not in ready]
    return tuple(done)


# ---------------------------------------------------------------- one try


@dataclass(frozen=True)
class _Try:
    """What everything is tried on.

    Attributes:
        values: those of the reference quarter.
        many: from the ends of all ranges, each of shape (N,).
        known: variables that may be moved.
        path: of the case's Python, to find lines by.
    """

    values: dict[str, float]
    many: dict[str, np.ndarray]
    known: tuple[str, ...]
    path: Path


def try_all(
    functions: Functions,
    values: Mapping[str, float],
    corners: Mapping[str, np.ndarray],
    ranges: Ranges,
    variables: Iterable[str],
    path: Path,
) -> None:
    """Call everything: it has to give finite numbers for known variables, world by world.

    Each is tried on one set of values, those of the reference quarter; a function of Python is then
    traced, as runs do; then on many sets from the ends of all ranges, `corners`, each of shape
    (N,). Stated signs are tried over all `ranges`; what is derived has that which it takes there.
    """
    on = _Try(dict(values), dict(corners), tuple(variables), path)
    reach = dict(ranges)
    with Gather() as got:
        for quantity in in_order(functions.derived):
            if set(quantity.reads) <= on.values.keys():
                result = got(_try_derived, quantity, on)
                if result is not None:
                    on.values[quantity.name], on.many[quantity.name] = result
                    reach[quantity.name] = float(result[1].min()), float(result[1].max())
        for mechanism in functions.mechanisms:
            if set(mechanism.reads) <= on.values.keys():
                before = len(got.problems)
                got(_try_mechanism, mechanism, on)
                sound = len(got.problems) == before
                sound = sound and {name for name, _, _ in mechanism.signs} <= set(mechanism.reads)
                if sound and (wrong := refuted(mechanism, reach)):
                    got.add(CaseError(Problem(mechanism.place, f"{mechanism.name}.signs", *wrong)))


def _try_derived(quantity: Derived, on: _Try) -> tuple[float, np.ndarray]:
    number = _number(_call(quantity, on.values, on), quantity.place, quantity.name)
    _trace(quantity, on)
    given = _call_many(quantity, on)
    return number, _check_many(given, lambda result: result, quantity, quantity.name, on.many)


def _try_mechanism(mechanism: Mechanism, on: _Try) -> None:
    place = mechanism.place
    pushes = _call(mechanism, on.values, on)
    if not isinstance(pushes, Mapping) or not pushes:
        what = f"{type(pushes).__name__} {pushes!r:.40} as what it returns"
        raise problem(place, mechanism.name, what, "{variable: push in one quarter}")
    for target, push in pushes.items():
        if target not in on.known:
            what, hint = f'"{target}" as what it moves', nearest(str(target), on.known)
            raise problem(place, mechanism.name, what, "a variable of the case", hint)
        _number(push, place, f"{mechanism.name}.{target}")
    _trace(mechanism, on)
    given = _call_many(mechanism, on)
    for results in given:
        if not isinstance(results, Mapping) or results.keys() != pushes.keys():
            what = "other variables moved at other values"
            raise problem(place, mechanism.name, what, "the same variables at all values")
    for target in pushes:
        _check_many(given, itemgetter(target), mechanism, f"{mechanism.name}.{target}", on.many)


def _trace(declared: Declared, on: _Try) -> None:
    """Run Python on stand-ins for arrays, as the compiler does; shows what asks for a value."""
    if isinstance(declared.function, Formulas):
        return
    import jax  # noqa: PLC0415  (heavy, and not needed to refuse what is worse)

    stand_in = jax.ShapeDtypeStruct((4,), np.float32)
    try:
        jax.eval_shape(
            lambda values: dict(enumerate(_leaves(declared(**values)))),
            dict.fromkeys(declared.reads, stand_in),
        )
    except (Exception, SystemExit) as error:
        what = f"what cannot be compiled: {type(error).__name__}"
        allowed = (
            "arithmetic, jax.numpy and tightrope.theory on whole arrays; "
            "no if, and or not on values, no math or numpy functions"
        )
        raise problem(_where(error, declared, on.path), declared.name, what, allowed) from None


def _leaves(result: Any) -> list[Any]:
    return list(result.values()) if isinstance(result, Mapping) else [result]


def _call_many(declared: Declared, on: _Try) -> tuple[Any, Any]:
    """On all sets of values, and on the second half of them backwards."""
    many = on.many
    half = {name: many[name][: len(many[name]) // 2 - 1 : -1] for name in declared.reads}
    allowed = "numbers at the ends of all ranges"
    return _call(declared, many, on, allowed), _call(declared, half, on, allowed)


def _check_many(
    given: tuple[Any, Any],
    take: Callable[[Any], Any],
    declared: Declared,
    name: str,
    many: Mapping[str, np.ndarray],
) -> np.ndarray:
    """Finite numbers, one for each set of values, none of which depends on the other sets."""
    place = declared.place
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
    declared: Declared,
    env: Mapping[str, Any],
    on: _Try,
    allowed: str = "numbers at the values of the reference quarter",
) -> Any:
    try:
        with np.errstate(all="ignore"):
            return declared(**{name: env[name] for name in declared.reads})
    except (Exception, SystemExit) as error:
        place = _where(error, declared, on.path)
        raise problem(place, declared.name, shown_error(error), allowed) from None


def _number(value: Any, place: Place, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        allowed = "a finite number at the values of the reference quarter"
        raise problem(place, name, f"{value!r:.40}", allowed)
    return number


# ---------------------------------------------------------------- errors of Python


def _where(error: BaseException, declared: Declared, path: Path) -> Place:
    line = line_of(error, path)
    return declared.place if line == 1 else Place(declared.place.file, line)


def file_name(path: Path) -> str:
    """The path as code is compiled under it: the compiler of runs takes UTF-8 only."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def line_of(error: BaseException, path: Path) -> int:
    """The last line of the file that the error went through; 1 where there is none."""
    file = file_name(path)
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno or 1
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return lines[-1] or 1 if lines else 1


def shown_error(error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__} ({text})" if text else type(error).__name__
