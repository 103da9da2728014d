"""A made-up model of the size of a real case, for choosing the kernel before there is a case.

45 variables (all shares), 60 mechanisms, 13 instruments with 40 levels in the hands of five actors,
three exogenous inputs, 130 parameters, a lookahead of four quarters, 20 quarters. Which mechanism
reads what is drawn once with a fixed seed, so every implementation computes the same numbers.

Semantics are those of the engine under its reactive rule: see `tests.reference.reference`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Array = Any

VARIABLES, EXOGENOUS, PARAMETERS = 45, 3, 130
LEVELS = (4, *(3,) * 12)
OWNERS = (range(0, 6), range(6, 8), range(8, 10), range(10, 12), range(12, 13))
LOOKAHEAD, QUARTERS = 4, 20
GOALS = 6
REVERSION, NOISE = 0.15, 0.05

# Rows of the parameters: baselines, then one strength per mechanism, then each actor's three.
STRENGTH = VARIABLES
RATIONALITY, PATIENCE, HABIT = 105, 110, 115
DAMPING = 120


@dataclass(frozen=True)
class Mechanism:
    """strength * first * (1 - damping * second) * third, on each target.

    `third` is a pair of what it reads ("x" a variable, "position" of an instrument, "level" of all
    levels laid end to end, "exogenous") and its index.
    """

    strength: int
    damping: int
    first: int
    second: int
    third: tuple[str, int]
    targets: tuple[int, ...]


class Instrument(NamedTuple):
    start: int
    end: int
    positions: tuple[float, ...]
    owner: int


class Worlds(NamedTuple):
    """What differs between worlds; the world is the last axis.

    Attributes:
        params: (P, W).
        shocks: (T, V, W).
        exogenous: (T, X, W); row 0 is also the reference quarter.
    """

    params: np.ndarray
    shocks: np.ndarray
    exogenous: np.ndarray


class Paths(NamedTuple):
    """What every implementation returns: log-odds (T, V, W) and shares of conduct (T, L, W)."""

    z: Array
    mix: Array


def _instruments() -> tuple[Instrument, ...]:
    offsets = np.cumsum([0, *LEVELS]).tolist()
    return tuple(
        Instrument(offsets[i], offsets[i + 1], tuple(np.linspace(0, 1, count).tolist()), owner)
        for owner, owned in enumerate(OWNERS)
        for i, count in ((i, LEVELS[i]) for i in owned)
    )


def _mechanisms(rng: np.random.Generator) -> tuple[Mechanism, ...]:
    sizes = {
        "x": VARIABLES,
        "position": len(LEVELS),
        "level": sum(LEVELS),
        "exogenous": EXOGENOUS,
    }
    made = []
    for m in range(60):
        kind = str(rng.choice(list(sizes)))
        made.append(
            Mechanism(
                strength=STRENGTH + m,
                damping=DAMPING + m % (PARAMETERS - DAMPING),
                first=m % VARIABLES,  # every variable is read, so none can be left out
                second=int(rng.integers(VARIABLES)),
                third=(kind, int(rng.integers(sizes[kind]))),
                targets=tuple(rng.permutation(VARIABLES)[: rng.choice([1, 1, 2])].tolist()),
            )
        )
    return tuple(made)


_RNG = np.random.default_rng(20260401)
INSTRUMENTS = _instruments()
MECHANISMS = _mechanisms(_RNG)
GOALS_OF = tuple(tuple(_RNG.permutation(VARIABLES)[:GOALS].tolist()) for _ in OWNERS)
USUAL = np.concatenate([np.full(count, 1 / count) for count in LEVELS])
OWNER_OF_LEVEL = np.concatenate([np.full(i.end - i.start, i.owner) for i in INSTRUMENTS])
INSTRUMENT_OF_LEVEL = np.repeat(np.arange(len(LEVELS)), LEVELS)


def worlds(count: int, seed: int = 0) -> Worlds:
    """Draw worlds in single precision."""
    rng = np.random.default_rng(seed)
    params = rng.random((PARAMETERS, count))
    params[:STRENGTH] = 2 * params[:STRENGTH] - 1
    params[STRENGTH:RATIONALITY] *= 0.5
    params[RATIONALITY:PATIENCE] = 0.5 + 2 * params[RATIONALITY:PATIENCE]
    params[PATIENCE:HABIT] = 0.8 + 0.2 * params[PATIENCE:HABIT]
    shocks = rng.standard_normal((QUARTERS, VARIABLES, count))
    exogenous = rng.random((QUARTERS, EXOGENOUS, count))
    return Worlds(*(a.astype(np.float32) for a in (params, shocks, exogenous)))


def pushes(x: Array, mix: Array, exogenous: Array, params: Array) -> list[Any]:
    """Sum of all mechanisms' pushes on each variable; None where none moves it.

    Written once for floats, NumPy arrays and JAX arrays: all four are indexed by row.
    """
    read = {
        "x": x,
        "level": mix,
        "exogenous": exogenous,
        "position": [
            sum(at * mix[i.start + k] for k, at in enumerate(i.positions) if at)
            for i in INSTRUMENTS
        ],
    }
    total: list[Any] = [None] * VARIABLES
    for m in MECHANISMS:
        kind, index = m.third
        damped = 1 - params[m.damping] * x[m.second]
        push = params[m.strength] * x[m.first] * damped * read[kind][index]
        for target in m.targets:
            total[target] = push if total[target] is None else total[target] + push
    return total
