"""Stated signs of formulas, checked over the whole ranges of what they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tightrope.case.mechanism import Mechanism

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
        steps = np.linspace(*ranges[name], GRID)[:, None]
        with np.errstate(all="ignore"):
            pushes = np.broadcast_to(
                np.asarray(mechanism(**points, **{name: steps})[target]), (GRID, 2 * POINTS)
            )
        moved = np.diff(pushes, axis=0) * (1.0 if sign == "raises" else -1.0)
        least = ROUNDING * max(float(np.nanmax(np.abs(pushes))), 1e-30)
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
