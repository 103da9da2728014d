"""Worlds: draws of everything uncertain, addressed by index.

World 17 has the same numbers and meets the same shocks whatever the ensemble's size, the block it
is computed in, or the arm: so contrasts between arms are paired.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy

from tightrope.case import Case
from tightrope.errors import UseError
from tightrope.text.notebook import told

Array = Any

_SHOCKS, _REGIMES, _MORE, _PIECES = 0, 1, 2, 3

# SciPy reads its table of direction numbers at the first use, in code that swallows an interrupt.
scipy.stats.qmc.Sobol(d=1)

PIECE = 8192
"""Worlds that are drawn together; the first so many are those of one plain run of Sobol points."""

Rows = tuple[int, tuple[int, ...]]
"""How many the case on the ground has, and the place there of each that there is here."""


class Block(NamedTuple):
    """A run of consecutive worlds (W of them) over T quarters.

    Attributes:
        params: one row per prior, in the order of `Case.priors`; shape (P, W).
        shocks: standard normal, shape (T, V, W).
        chances: uniform on (0, 1), what each regime's next level is drawn with; shape (T, R, W).
    """

    params: Array
    shocks: Array
    chances: Array


def draw(case: Case, seed: int, first: int, count: int, dtype: Any = np.float64) -> np.ndarray:
    """Values of all priors in worlds `first` to `first + count - 1`; shape (P, count).

    Scrambled Sobol points (Owen 1998), each prior uniform over its range or over the logarithm of
    it. Every PIECE of worlds has a scramble of its own: in some hundred dimensions a long run of
    Sobol points ties some numbers together, and the error that this makes does not shrink as it
    grows; between pieces it does. Drawn piece by piece, in as little memory as the result takes.
    """
    priors = case.priors
    shared = [p.name for p in priors] if case.ground is None else list(case.ground.priors)
    more = [p.name for p in priors if p.name not in set(shared)]
    out = np.empty((len(priors), count), dtype)
    for piece in range(first // PIECE, -(-(first + count) // PIECE)):
        start = max(first - piece * PIECE, 0)
        stop = min(first + count - piece * PIECE, PIECE)
        here = slice(piece * PIECE + start - first, piece * PIECE + stop - first)
        unit = dict(zip(shared, _points(len(shared), (seed,), piece)[:, start:stop], strict=True))
        if more:
            others = _points(len(more), (seed, _MORE), piece)[:, start:stop]
            unit |= zip(more, others, strict=True)
        for row, p in zip(out, priors, strict=True):
            row[here] = _scale(p.low, p.high, p.scale, unit[p.name])
    return out


@lru_cache(maxsize=4)
def _points(size: int, seed: tuple[int, ...], piece: int) -> np.ndarray:
    """PIECE points of the unit cube, evenly spread; shape (size, PIECE).

    Some are remembered: blocks are parts of a piece, and setting one up takes long.
    """
    own = (*seed, _PIECES, piece) if piece else seed
    points = scipy.stats.qmc.Sobol(d=size, scramble=True, rng=np.random.default_rng(own))
    drawn: np.ndarray = points.random(PIECE).T
    return drawn


def _scale(low: float, high: float, scale: str, unit: np.ndarray) -> np.ndarray:
    if scale == "log":
        return low * (high / low) ** unit
    return low + (high - low) * unit


def block(
    case: Case, seed: int, first: int, count: int, quarters: int, dtype: Any = np.float32
) -> Block:
    """Draw `count` worlds from index `first` on, with their shocks over `quarters` quarters."""
    key = _key(seed)
    indices = jnp.arange(first, first + count, dtype=jnp.uint32)
    times = jnp.arange(1, quarters + 1, dtype=jnp.uint32)
    shocks, chances = _noise(key, indices, times, *_rows(case))
    return Block(
        params=jnp.asarray(draw(case, seed, first, count), dtype=dtype),
        shocks=jnp.asarray(shocks, dtype=dtype),
        chances=jnp.asarray(chances, dtype=dtype),
    )


@told
@dataclass(frozen=True, eq=False, repr=False)
class Sample:
    """Chosen worlds by index, which need not be consecutive.

    Attributes:
        indices: shape (N,), ascending.
        params: one row per prior, in the order of `Case.priors`; shape (P, N).
    """

    seed: int
    indices: np.ndarray
    params: np.ndarray

    @classmethod
    def of(cls, case: Case, seed: int, first: int, count: int) -> Sample:
        """Worlds `first` to `first + count - 1`."""
        drawn = draw(case, seed, first, count, np.float32)
        return cls(seed, np.arange(first, first + count), drawn)

    def pick(self, where: np.ndarray | slice) -> Sample:
        """The worlds at these places, or where a mask of shape (N,) is true."""
        return Sample(self.seed, self.indices[where], self.params[:, where])

    def __len__(self) -> int:
        return len(self.indices)

    def part(self, case: Case, first: int, count: int) -> Sample:
        """`count` worlds from place `first` on; past its end the last world again and again."""
        return self.pick(np.minimum(np.arange(first, first + count), len(self) - 1))

    def block(self, case: Case, quarters: int, calm: bool = False) -> Block:
        """The worlds with their shocks over `quarters` quarters: the same as in any other block.

        calm: without shocks, regimes' chances in the middle.
        """
        if calm:
            still = np.zeros((quarters, len(case.variables), len(self)), np.float32)
            middle = np.full((quarters, len(case.regimes), len(self)), 0.5, np.float32)
            return Block(jnp.asarray(self.params), still, middle)
        times = jnp.arange(1, quarters + 1, dtype=jnp.uint32)
        indices = jnp.asarray(self.indices, dtype=jnp.uint32)
        shocks, chances = _noise(_key(self.seed), indices, times, *_rows(case))
        return Block(jnp.asarray(self.params), shocks, chances)


@told
@dataclass(frozen=True)
class First:
    """The first `count` worlds of a seed, drawn part by part: however many, they take no memory."""

    seed: int
    count: int

    def __len__(self) -> int:
        return self.count

    @property
    def indices(self) -> np.ndarray:
        return np.arange(self.count)

    def part(self, case: Case, first: int, count: int) -> Sample:
        """`count` worlds from index `first` on, also past the end."""
        return Sample.of(case, self.seed, first, count)


Worlds = First | Sample
"""Worlds to run in: the first so many, or chosen ones."""


def _key(seed: int) -> Array:
    """A key of the draws. Every run draws first, so here a forked process is told to stop."""
    if _running_in() != os.getpid():
        raise UseError(
            "this process was forked from one in which worlds had run, whose threads it lacks; "
            'allowed: processes started by multiprocessing.get_context("spawn")'
        )
    return jax.random.key(seed)


@lru_cache(maxsize=1)
def _running_in() -> int:
    """The process in which worlds were first drawn; a forked one remembers its parent's."""
    return os.getpid()


def _rows(case: Case) -> tuple[Rows, Rows]:
    """Of variables and of regimes: those of the case on the ground keep their place there."""
    kinds = ([v.name for v in case.variables], [r.name for r in case.regimes])
    if case.ground is None:
        return tuple((len(names), tuple(range(len(names)))) for names in kinds)  # type: ignore[return-value]
    shared = (case.ground.variables, case.ground.regimes)
    return tuple(
        (len(old), tuple(old.index(n) if n in old else len(old) for n in names))
        for old, names in zip(shared, kinds, strict=True)
    )  # type: ignore[return-value]


@partial(jax.jit, static_argnums=(3, 4))
def _noise(
    key: Array, indices: Array, times: Array, variables: Rows, regimes: Rows
) -> tuple[Array, Array]:
    def drawn(how: Any, key: Array, rows: Rows) -> Array:
        size, here = rows
        shared = how(key, (size,), dtype=jnp.float32)
        if here == tuple(range(size)):
            return shared
        more = how(jax.random.fold_in(key, _MORE), (len(here),), dtype=jnp.float32)
        return jnp.stack([shared[row] if row < size else more[i] for i, row in enumerate(here)])

    def one(time: Array, index: Array) -> tuple[Array, Array]:
        here = jax.random.fold_in(jax.random.fold_in(key, index), time)
        shocks = drawn(jax.random.normal, jax.random.fold_in(here, _SHOCKS), variables)
        chances = drawn(jax.random.uniform, jax.random.fold_in(here, _REGIMES), regimes)
        return shocks, chances

    by_world = jax.vmap(one, in_axes=(None, 0), out_axes=-1)
    return jax.vmap(by_world, in_axes=(0, None))(times, indices)
