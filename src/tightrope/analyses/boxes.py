"""Conditions: where in the space of uncertain numbers a claim fails, or where alone it holds.

Boxes from the Patient Rule Induction Method (Friedman and Fisher 1999), as scenario discovery uses
it (Bryant and Lempert 2010). Only labelled numbers come in: nothing here knows the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tightrope.analyses import prim
from tightrope.text.notebook import told

SCREENED = 6
"""So many numbers, those that tell the two kinds of worlds apart best, are given to PRIM."""

MOST_WORLDS = 1000
"""PRIM's cost grows with worlds; this many place a box to within a few points."""

FEWEST = 20
"""Worlds of the rarer kind that are needed before a box means anything."""

SIGNIFICANT = 0.05

COLUMNS = (
    "claim",
    "target",
    "parameter",
    "meaning",
    "low",
    "high",
    "side",
    "coverage",
    "density",
    "mass",
)


@dataclass(frozen=True)
class Box:
    """A region of worlds and how well it picks out a kind of them.

    Attributes:
        limits: for each restricted number its lower and upper limit.
        coverage: part of all worlds of that kind that lie in the box.
        density: part of the worlds in the box that are of that kind.
        mass: part of all worlds that lie in the box.
    """

    limits: dict[str, tuple[float, float]]
    coverage: float
    density: float
    mass: float


def rarer(holds: np.ndarray) -> str:
    """Which kind of worlds is the rarer, and so worth describing: `fails` or `holds`."""
    return "fails" if holds.mean() >= 0.5 else "holds"


def screen(values: np.ndarray, picked: np.ndarray, count: int = SCREENED) -> np.ndarray:
    """Indices of the numbers that tell picked worlds from the others best; fixed ones are left out.

    By the difference of mean ranks, and of mean squared distances from the middle rank, so that
    numbers that matter at both ends are seen too. values: (P, W); picked: (W,) of bools.
    """
    return _telling(_ranks(values), picked, count)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks of each number's values, from -0.5 to 0.5; not a number where it is fixed; (P, W)."""
    ranks: np.ndarray = values.argsort(axis=1).argsort(axis=1) / (values.shape[1] - 1) - 0.5
    ranks[np.ptp(values, axis=1) == 0] = np.nan
    return ranks


def _telling(ranks: np.ndarray, picked: np.ndarray, count: int) -> np.ndarray:
    by_place = ranks[:, picked].mean(axis=1) - ranks[:, ~picked].mean(axis=1)
    spread = ranks**2
    by_spread = spread[:, picked].mean(axis=1) - spread[:, ~picked].mean(axis=1)
    score = np.maximum(np.abs(by_place) / np.sqrt(1 / 12), np.abs(by_spread) / np.sqrt(1 / 180))
    score = np.nan_to_num(score, nan=-1.0)
    order = np.argsort(-score, kind="stable")[:count]
    chosen: np.ndarray = order[score[order] >= 0]
    return chosen


@told
@dataclass(frozen=True, eq=False, repr=False)
class Peeling:
    """PRIM's steps from all worlds to a small box: a trade-off between coverage and density.

    Attributes:
        steps: one row per step: coverage, density, mass, restricted (numbers restricted so far).
        boxes: the box of each step, without limits that could be chance (quasi-p above 0.05).
    """

    steps: pd.DataFrame
    boxes: tuple[Box, ...]


def peel(values: np.ndarray, names: Sequence[str], picked: np.ndarray) -> Peeling:
    """All steps towards the picked worlds; the first is all worlds, without limits.

    values: (P, W); picked: (W,) of bools.
    """
    found = prim.find(values, picked)
    telling = np.logical_or.reduce(found.chances < SIGNIFICANT, axis=2)
    made = tuple(
        measured(_kept(names, limits, own), values, names, picked)
        for limits, own in zip(found.limits, telling, strict=True)
    )
    steps = pd.DataFrame(
        {
            "coverage": [b.coverage for b in made],
            "density": [b.density for b in made],
            "mass": [b.mass for b in made],
            "restricted": [len(b.limits) for b in made],
        }
    )
    return Peeling(steps, made)


def _kept(names: Sequence[str], limits: np.ndarray, telling: np.ndarray) -> Box:
    """The limits of the numbers that tell something, not measured yet; limits: (P, 2)."""
    kept = {
        name: (float(low), float(high))
        for name, (low, high), tells in zip(names, limits, telling, strict=True)
        if tells
    }
    return Box(kept, 0.0, 0.0, 0.0)


def inside(box: Box, values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Which worlds lie in a box; values: (P, W)."""
    within = np.ones(values.shape[1], bool)
    for name, (low, high) in box.limits.items():
        own = values[names.index(name)]
        within &= (own >= low) & (own <= high)
    return within


def measured(box: Box, values: np.ndarray, names: Sequence[str], picked: np.ndarray) -> Box:
    """The box with its coverage, density and mass in these worlds."""
    within = inside(box, values, names)
    hits = picked & within
    return Box(
        box.limits,
        float(hits.sum() / max(picked.sum(), 1)),
        float(hits.sum() / max(within.sum(), 1)),
        float(within.mean()),
    )


def choose(peeling: Peeling, coverage: float | None = None) -> int | None:
    """The step whose box is taken, or None where no box restricts anything.

    The highest harmonic mean of coverage and density; with `coverage`, the highest density of the
    steps that cover at least so much.
    """
    steps = peeling.steps
    score = 2 * steps["coverage"] * steps["density"] / (steps["coverage"] + steps["density"])
    if coverage is not None:
        score = steps["density"].where(steps["coverage"] >= coverage, -1.0)
    score = score.where(steps["restricted"] > 0, -1.0)
    best = int(score.fillna(-1.0).to_numpy().argmax())
    return best if score.iloc[best] >= 0 else None


def find_box(values: np.ndarray, names: Sequence[str], picked: np.ndarray) -> Box | None:
    """The box that describes the picked worlds best, or None where none does.

    values: (P, W); picked: (W,) of bools.
    """
    peeling = peel(values, names, picked)
    step = choose(peeling)
    return None if step is None else peeling.boxes[step]


def boxes(
    claims: Sequence[tuple[str, np.ndarray]],
    values: np.ndarray,
    names: Sequence[str],
    meanings: Sequence[str],
    progress: Any = None,
) -> pd.DataFrame:
    """For each claim where it fails, or, if it fails in most worlds, where alone it holds.

    claims: (id, holds in each world); values: (P, W). One row for each restricted number, see
    `COLUMNS`: `target` is the kind of worlds described, `side` whether they have a `low`, `high` or
    `middle` value. No rows where the rarer kind has too few worlds or where no box describes it.
    """
    rows = []
    here = slice(0, min(MOST_WORLDS, values.shape[1]))
    ranks = _ranks(values[:, here]) if values.shape[1] > 1 else np.empty((0, 0))
    for done, (claim, holds) in enumerate(claims, start=1):
        target = rarer(holds)
        picked = ~holds[here] if target == "fails" else holds[here]
        if FEWEST <= picked.sum() <= picked.size - FEWEST:
            chosen = _telling(ranks, picked, SCREENED)
            box = find_box(values[chosen, here], [names[i] for i in chosen], picked)
            rows += limits(claim, target, box, values, names, meanings) if box else []
        if progress:
            progress(done, len(claims))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def limits(
    claim: str,
    target: str,
    box: Box,
    values: np.ndarray,
    names: Sequence[str],
    meanings: Sequence[str],
) -> list[tuple[Any, ...]]:
    """A box as rows of `COLUMNS`, one for each restricted number."""
    rows = []
    for name, (low, high) in box.limits.items():
        i = names.index(name)
        floor, ceiling = values[i].min(), values[i].max()
        slack = 0.02 * (ceiling - floor)
        below, above = low - floor > slack, ceiling - high > slack
        side = "middle" if below and above else "high" if below else "low"
        rows.append(
            (claim, target, name, meanings[i], low, high, side, box.coverage, box.density, box.mass)
        )
    return rows


CLAIM_WORDS = {"fails": "not as argued", "holds": "as argued"}
"""What the target of a claim's box means."""


def sentence(rows: pd.DataFrame) -> str:
    """A claim's box in words; empty where there is none."""
    if rows.empty:
        return ""
    first = rows.iloc[0]
    said = CLAIM_WORDS[first["target"]]
    parts = [f"{r.parameter} is {where(r)}" for r in rows.itertuples()]
    place = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    return (
        f"{said.capitalize()} mostly where {place}: {first['coverage']:.0%} of such worlds lie "
        f"there, and {first['density']:.0%} of the worlds there are such."
    )


def where(row: Any) -> str:
    """A limit of a box in words; row: with side, low and high."""
    if row.side == "high":
        return f"high (above {row.low:.3g})"
    if row.side == "low":
        return f"low (below {row.high:.3g})"
    return f"between {row.low:.3g} and {row.high:.3g}"
