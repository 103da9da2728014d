"""Signs of formulas over the whole ranges of what they read: stated ones checked, others found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tightrope.case import Case
from tightrope.case.mechanism import Derived, Mechanism
from tightrope.reading.corners import corners, ranges

GRID = 9
"""Places at which what is read is set, evenly over its range."""

POINTS = 1024
"""Combinations of everything else: all corners where there are no more, else a draw of them; and
as many again inside."""

ROUNDING = 1e-9
"""Differences smaller than this part of the largest push are rounding."""

Ranges = Mapping[str, tuple[float, float]]


def refuted(mechanism: Mechanism, ranges: Ranges) -> tuple[str, str] | None:
    """The first stated sign that does not hold: what is found, and what is allowed.

    A name raises a variable where, over its whole range and with everything else anywhere in its
    own, more of it never lowers the push, and somewhere raises it. Corners are tried before
    points inside, so for formulas that are straight in every name nothing is missed as long as
    there are no more than POINTS corners.

    ranges: lowest and highest value of everything that the mechanism reads.
    """
    for name, target, sign in mechanism.signs:
        others = [other for other in mechanism.reads if other != name]
        points = _points(others, ranges)
        pushes = _given(mechanism, points, {name: _grid(ranges[name])})[target]
        moved = np.diff(pushes, axis=0) * (1.0 if sign == "raises" else -1.0)
        least = _least(pushes)
        right, wrong = (moved > least).any(), np.argwhere(moved < -least)
        if right and not len(wrong):
            continue
        but = "where it moves it nowhere"
        if len(wrong):
            at = _where(wrong[0], points, others) if right else "everywhere"
            but = f"which is wrong {at}"
        allowed = "signs that hold over all ranges; none where it depends"
        return f'"{name} {sign} {target}", {but}', allowed
    return None


def slopes(item: Mechanism | Derived, name: str, ranges: Ranges) -> dict[str, frozenset[int]]:
    """The signs, of -1 and 1, with which more of a name moves what a formula gives.

    By variable that is moved, or by the derived quantity; over the whole range of the name, with
    everything else anywhere in its own. ranges: as for `refuted`.
    """
    points = _points([other for other in item.reads if other != name], ranges)
    given = _given(item, points, {name: _grid(ranges[name])})
    return {what: _signs(np.diff(rows, axis=0), _least(rows)) for what, rows in given.items()}


def steps(
    item: Mechanism | Derived,
    this: Sequence[Mapping[str, float]],
    against: Sequence[Mapping[str, float]],
    ranges: Ranges,
) -> dict[str, frozenset[int]]:
    """The signs with which what a formula gives differs between two sides.

    this, against: what each side sets, the same names in each; where a side leaves something open,
    several values it may take. Everything else is anywhere in its range, and equal on both sides.
    """
    names = [name for name in this[0] if name in item.reads]
    points = _points([other for other in item.reads if other not in names], ranges)
    one, other = (
        _given(item, points, {n: np.array([[row[n]] for row in side]) for n in names})
        for side in (this, against)
    )
    return {
        what: _signs(rows[:, None] - other[what][None], max(_least(rows), _least(other[what])))
        for what, rows in one.items()
    }


def reach(case: Case) -> dict[str, tuple[float, float]]:
    """Lowest and highest value of all that a formula may read; of derived ones as at the ends of
    the others' ranges."""
    found, many = ranges(case), corners(case)
    waiting = list(case.derived)
    while waiting:
        ready = next(d for d in waiting if set(d.reads) <= many.keys())
        waiting.remove(ready)
        values = np.asarray(ready(**{name: many[name] for name in ready.reads}))
        many[ready.name] = np.broadcast_to(values, next(iter(many.values())).shape)
        found[ready.name] = float(values.min()), float(values.max())
    return found


def _grid(ends: tuple[float, float]) -> np.ndarray:
    return np.linspace(*ends, GRID)[:, None]


def _given(
    item: Mechanism | Derived, points: Mapping[str, np.ndarray], own: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """What a formula gives, by what it moves; (rows, 2 * POINTS). own: (rows, 1) each."""
    rows = max((len(values) for values in own.values()), default=1)
    with np.errstate(all="ignore"):
        found: Any = item(**points, **own)
    given = found if isinstance(found, Mapping) else {item.name: found}
    shape = (rows, 2 * POINTS)
    return {name: np.broadcast_to(np.asarray(value), shape) for name, value in given.items()}


def _least(pushes: np.ndarray) -> float:
    return ROUNDING * max(float(np.nanmax(np.abs(pushes))), 1e-30)


def _signs(moved: np.ndarray, least: float) -> frozenset[int]:
    found = {1} if (moved > least).any() else set()
    return frozenset(found | ({-1} if (moved < -least).any() else set()))


def _points(names: Sequence[str], ranges: Ranges) -> dict[str, np.ndarray]:
    """Values of other names: corners first, then points inside; (2 * POINTS,) each."""
    draw = np.random.default_rng(0)
    low = np.array([ranges[n][0] for n in names])[:, None]
    high = np.array([ranges[n][1] for n in names])[:, None]
    if len(names) <= np.log2(POINTS):
        numbers = np.arange(POINTS)
        corners = (numbers[None] >> np.arange(len(names))[:, None]) & 1
    else:
        corners = draw.integers(0, 2, (len(names), POINTS))
    inside = draw.uniform(size=(len(names), POINTS))
    unit = np.concatenate([corners, inside], axis=1)
    return dict(zip(names, low + (high - low) * unit, strict=True))


def _where(at: np.ndarray, points: Mapping[str, np.ndarray], names: Sequence[str]) -> str:
    shown = ", ".join(f"{n} = {points[n][at[1]]:.3g}" for n in names[:6])
    return f"at {shown}" if shown else "in a part of its range"
