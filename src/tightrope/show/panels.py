"""Small pictures that stand many times on the page: paths and conduct, a panel a scenario.

A large board has some five hundred of them. `charts.paths.fan` and `conduct` there draw the same
for files and notebooks; here they are plain shapes, so that the page takes a second instead of half
a minute and the panels find their own number of columns on a narrow screen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tightrope.case import Case
from tightrope.show.charts import paths as path_charts
from tightrope.text import wording

WIDTH, HEIGHT = 240, 124
LEFT, RIGHT, TOP, BOTTOM = 38.0, 234.0, 7.0, 106.0
NOTES = 5
"""So many places of a panel, evenly spread after the first quarter, say their numbers."""


@dataclass(frozen=True)
class Shape:
    """A filled area, or a line where `fill` is empty; `points` as SVG wants them."""

    points: str
    fill: str


@dataclass(frozen=True)
class Note:
    """An invisible strip of a panel that says what is there; x and width in pixels."""

    x: str
    width: str
    words: str


@dataclass(frozen=True)
class Panel:
    """One picture. Ticks are (place in pixels, label)."""

    title: str
    shapes: tuple[Shape, ...]
    across: tuple[tuple[str, str], ...]
    up: tuple[tuple[str, str], ...]
    notes: tuple[Note, ...]


def paths(tables: Mapping[str, pd.DataFrame], case: Case) -> list[Panel]:
    """A variable under each scenario: nine worlds in ten, half of them, the middle one.

    tables: by scenario, see `path_charts.fan_table`.
    """
    ends = np.concatenate([table[["p5", "p95"]].to_numpy().ravel() for table in tables.values()])
    ticks = nice_ticks(float(np.nanmin(ends)), float(np.nanmax(ends)))
    titles = _titles(case, tables)
    found = []
    for key, table in tables.items():
        quarters = table["quarter"].to_numpy()
        x = _across(quarters)
        y = {c: _up(table[c].to_numpy(), ticks) for c in ("p5", "p25", "p50", "p75", "p95")}
        shapes = (
            Shape(_band(x, y["p5"], y["p95"]), "#c4dcee"),
            Shape(_band(x, y["p25"], y["p75"]), "#7fb4d9"),
            Shape(_points(x, y["p50"]), ""),
        )
        words = [
            f"middle world {wording.number(q['p50'])}; half of worlds "
            f"{wording.number(q['p25'])} to {wording.number(q['p75'])}; nine in ten "
            f"{wording.number(q['p5'])} to "
            f"{wording.number(q['p95'])}"
            for q in table.to_dict("records")
        ]
        labels = [_tick(t, ticks) for t in ticks]
        found.append(_panel(case, titles[key], quarters, shapes, ticks, labels, words))
    return found


def conduct(runs: Mapping[str, xr.Dataset], name: str, case: Case) -> list[Panel]:
    """How conduct (of a regime: worlds) is split over levels, mean of worlds, by scenario."""
    titles = _titles(case, runs)
    found = []
    for key, run in runs.items():
        levels, shares = path_charts.split(run[name])
        quarters = run["quarter"].to_numpy()
        x, ticks = _across(quarters), [0.0, 50.0, 100.0]
        edges = np.cumsum(np.pad(shares, ((0, 0), (1, 0))), axis=1)
        y = _up(edges, ticks)
        shapes = tuple(
            Shape(_band(x, y[:, i], y[:, i + 1]), colour)
            for i, colour in enumerate(path_charts.level_colours(levels))
        )
        words = [
            ", ".join(f"{lv} {share:.0f} %" for lv, share in zip(levels, row, strict=True))
            for row in shares
        ]
        labels = ["0 %", "50 %", "100 %"]
        found.append(_panel(case, titles[key], quarters, shapes, ticks, labels, words))
    return found


def _panel(
    case: Case,
    title: str,
    quarters: np.ndarray,
    shapes: tuple[Shape, ...],
    ticks: Sequence[float],
    labels: Sequence[str],
    words: Sequence[str],
) -> Panel:
    start, x, last = (
        wording.calendar_start(case.reference_quarter),
        _across(quarters),
        len(quarters),
    )
    up = tuple((f"{y:.1f}", text) for y, text in zip(_up(ticks, ticks), labels, strict=True))
    shown = sorted({0, (last - 1) // 2, last - 1}) if last > 2 else range(last)
    across = tuple((f"{x[i]:.1f}", wording.calendar(start, quarters[i])) for i in shown)
    said = sorted({round(i * (last - 1) / NOTES) for i in range(1, NOTES + 1)} - {0} or {0})
    borders = [LEFT, *((x[a] + x[b]) / 2 for a, b in pairwise(said)), RIGHT]
    notes = tuple(
        Note(
            f"{left:.1f}",
            f"{right - left:.1f}",
            f"{wording.calendar(start, quarters[i])}, {title}: {words[i]}",
        )
        for i, (left, right) in zip(said, pairwise(borders), strict=True)
    )
    return Panel(title, shapes, across, up, notes)


def nice_ticks(low: float, high: float, most: int = 4) -> list[float]:
    """From 2 to `most` round numbers, evenly spaced, that hold `low` and `high` between them."""
    span = max(high - low, 1e-6 * max(abs(low), abs(high)), 1e-9)
    power = 10.0 ** math.floor(math.log10(span / most))
    for step in (power * times for times in (1, 2, 5, 10, 20, 50)):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        last = max(last, first + 1)
        if last - first < most:
            return [i * step for i in range(first, last + 1)]
    return [low, low + span]


def _tick(value: float, ticks: Sequence[float]) -> str:
    digits = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
    return f"{value:.{digits}f}"


def _titles(case: Case, runs: Mapping[str, Any]) -> dict[str, str]:
    labels = {s.name: s.label for s in case.scenarios}
    return {key: labels.get(key) or key for key in runs}


def _across(quarters: np.ndarray) -> np.ndarray:
    span = max(float(quarters[-1] - quarters[0]), 1.0)
    part: np.ndarray = (quarters - quarters[0]) / span
    return LEFT + (RIGHT - LEFT) * part


def _up(values: np.ndarray | Sequence[float], ticks: Sequence[float]) -> np.ndarray:
    part: np.ndarray = (np.asarray(values, float) - ticks[0]) / (ticks[-1] - ticks[0])
    return BOTTOM - (BOTTOM - TOP) * part


def _points(x: np.ndarray, y: np.ndarray) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if np.isfinite(b))


def _band(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    return f"{_points(x, high)} {_points(x[::-1], low[::-1])}"
