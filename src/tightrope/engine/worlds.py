"""Worlds: draws of everything uncertain, addressed by index.

World 17 has the same numbers and meets the same shocks whatever the ensemble's size, the block it
is computed in, or the arm: so contrasts between arms are paired.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats import qmc

from tightrope.case import Case
from tightrope.errors import UseError
from tightrope.text.notebook import Told

Array = Any

_SHOCKS, _REGIMES = 0, 1


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


def draw(case: Case, seed: int, first: int, count: int) -> np.ndarray:
    """Values of all priors in worlds `first` to `first + count - 1`; shape (P, count).

    Scrambled Sobol points (Owen 1998), each prior uniform over its range or over the logarithm of
    it.
    """
    priors = case.priors
    points = qmc.Sobol(d=len(priors), scramble=True, rng=np.random.default_rng(seed))
    if first:
        points.fast_forward(first)
    # Sobol points come in powers of two; the surplus is not used.
    unit = points.random(1 << (count - 1).bit_length())[:count].T
    return np.stack([_scale(p.low, p.high, p.scale, u) for p, u in zip(priors, unit, strict=True)])


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
    shocks, chances = _noise(key, indices, times, len(case.variables), len(case.regimes))
    return Block(
        params=jnp.asarray(draw(case, seed, first, count), dtype=dtype),
        shocks=jnp.asarray(shocks, dtype=dtype),
        chances=jnp.asarray(chances, dtype=dtype),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Sample(Told):
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
        drawn = draw(case, seed, first, count).astype(np.float32)
        return cls(seed, np.arange(first, first + count), drawn)

    @classmethod
    def join(cls, samples: Sequence[Sample]) -> Sample:
        """Samples of one seed, one after the other."""
        return cls(
            samples[0].seed,
            np.concatenate([s.indices for s in samples]),
            np.concatenate([s.params for s in samples], axis=1),
        )

    def pick(self, where: np.ndarray) -> Sample:
        """The worlds at these places, or where a mask of shape (N,) is true."""
        return Sample(self.seed, self.indices[where], self.params[:, where])

    def block(self, case: Case, places: np.ndarray, quarters: int) -> Block:
        """The worlds at these places with their shocks: the same as in any other block."""
        key = _key(self.seed)
        times = jnp.arange(1, quarters + 1, dtype=jnp.uint32)
        indices = jnp.asarray(self.indices[places], dtype=jnp.uint32)
        shocks, chances = _noise(key, indices, times, len(case.variables), len(case.regimes))
        return Block(jnp.asarray(self.params[:, places]), shocks, chances)


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


@partial(jax.jit, static_argnums=(3, 4))
def _noise(
    key: Array, indices: Array, times: Array, variables: int, regimes: int
) -> tuple[Array, Array]:
    def one(time: Array, index: Array) -> tuple[Array, Array]:
        here = jax.random.fold_in(jax.random.fold_in(key, index), time)
        shocks = jax.random.normal(
            jax.random.fold_in(here, _SHOCKS), (variables,), dtype=jnp.float32
        )
        chances = jax.random.uniform(
            jax.random.fold_in(here, _REGIMES), (regimes,), dtype=jnp.float32
        )
        return shocks, chances

    by_world = jax.vmap(one, in_axes=(None, 0), out_axes=-1)
    return jax.vmap(by_world, in_axes=(0, None))(times, indices)
