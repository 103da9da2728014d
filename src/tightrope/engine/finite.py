"""A number that is none, found in a run: which mechanism or formula gave it, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from tightrope.case import Case, Prior
from tightrope.case.mechanism import Derived, Mechanism
from tightrope.errors import Problem

Array = Any
Again = Callable[[Case], tuple[Array, Array]]
"""Runs the one world again with the mechanisms of the case given; its outcomes and its terms."""

_ALLOWED = "a finite number in every world"
_MOST_NUMBERS = 8


class _Found(Exception):
    """Breaks off the second run; carries what was found."""


def name(
    case: Case,
    outcomes: Sequence[str],
    terms: Sequence[tuple[str, str]],
    quarter: int,
    share: str,
    again: Again,
) -> Problem:
    """What to say of a world in which a number is NaN or infinite in `quarter` for the first time.

    The world is run once more step by step; the first mechanism or formula that makes such a number
    of finite ones is named. Where none does, a sum has gone beyond what single precision holds.
    """
    when = f"in quarter {quarter}, in {share}"
    with jax.disable_jit(), np.errstate(all="ignore"):
        try:
            shown, moved = again(watched(case))
        except _Found as stop:
            place, path, found, hint = stop.args
            return Problem(place, path, f"{found} {when}", _ALLOWED, hint)
    names = (*outcomes, *(f"{term}.{state}" for term, state in terms))
    rows = (*_broken(shown), *_broken(moved))
    bad = [name for name, row in zip(names, rows, strict=True) if row]
    found = f"a number beyond what single precision holds {when}"
    return Problem(case.mechanisms[0].place.file, bad[0] if bad else "", found, _ALLOWED)


def no_slope(prior: Prior, share: str) -> Problem:
    """What to say of a derivative that is none."""
    found = f"no finite slope of what the mechanisms give by this number, in {share}"
    allowed = "mechanisms with a slope wherever they are asked; a root or a power has none at 0"
    return Problem(prior.place, prior.name, found, allowed)


def _broken(rows: Array) -> list[bool]:
    """Which rows hold a number that is none; shape (quarters, rows, worlds)."""
    marks: list[bool] = (~np.isfinite(np.asarray(rows))).any(axis=(0, 2)).tolist()
    return marks


def watched(case: Case) -> Case:
    """The same case, whose functions break off where they make such a number of finite ones."""
    mechanisms = tuple(replace(m, function=_watch(m)) for m in case.mechanisms)
    derived = tuple(replace(d, function=_watch(d)) for d in case.derived)
    return replace(case, mechanisms=mechanisms, derived=derived)


def _watch(declared: Mechanism | Derived) -> Callable[..., Any]:
    def call(**values: Any) -> Any:
        result = declared(**values)
        for path, number in _numbers(declared.name, result):
            if isinstance(number, jax.core.Tracer):  # only shapes are asked for
                return result
            bad = ~np.isfinite(np.asarray(number, float))
            if bad.any() and all(np.isfinite(np.asarray(v)).all() for v in values.values()):
                place = np.unravel_index(int(np.argmax(bad)), bad.shape)
                given = _with(values, place, bad.shape)
                raise _Found(declared.place, path, str(np.asarray(number)[place]), given)
        return result

    return call


def _numbers(own: str, result: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(result, Mapping):
        yield from ((f"{own}.{target}", push) for target, push in result.items())
    else:
        yield own, result


def _with(values: Mapping[str, Any], place: tuple[Any, ...], shape: tuple[int, ...]) -> str:
    """`; here with a = 1, b = 2`: what the function was given."""
    given = [
        f"{name} = {float(np.broadcast_to(np.asarray(value), shape)[place]):.4g}"
        for name, value in list(values.items())[:_MOST_NUMBERS]
    ]
    return f"; here with {', '.join(given)}" if given else ""
