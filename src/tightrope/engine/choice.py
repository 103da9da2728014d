"""Choice: from what is expected of each level to shares of conduct.

See `kernel` for what the letters of shapes mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tightrope.engine.model import Model
from tightrope.engine.quarter import World

Array = Any
Env = Mapping[str, Array]

Lookahead = Callable[[Model, World, Array, Array, Sequence[Array], Array], Array]


def _respond(model: Model, world: World, values: Array | None) -> Array:
    """Logit response to the values of all levels; habit alone where there are none. (L, W)."""
    case = model.case
    rows = []
    spans = {i.name: own for i, own in zip(model.instruments, model.spans, strict=True)}
    for actor in case.actors:
        rationality = world.params[model.prior_index[f"{actor.name}.rationality"]]
        habit = world.params[model.prior_index[f"{actor.name}.habit"]]
        for instrument in actor.instruments:
            own = spans[instrument.name]
            usual = jnp.log(world.usual[own])
            if values is None:
                odds = usual
            else:
                odds = habit * usual + rationality * values[own]
                # Minus infinity would pass for a level that is never chosen.
                odds = jnp.where(jnp.isfinite(odds), odds, jnp.nan)
            rows.append(jax.nn.softmax(odds, axis=0))
    return jnp.concatenate(rows)


def choose(
    model: Model,
    world: World,
    z: Array,
    expected: Array,
    is_given: Array,
    exogenous: Sequence[Array],
    held: Array,
    ahead: Lookahead,
) -> tuple[Array, Array]:
    """All actors' conduct in a quarter, shape (L, W), and the fixed point's residual, (W,).

    expected: conduct as last seen, with what is imposed already in it; is_given: where that is.
    """
    none = jnp.zeros_like(world.params[0])
    if not model.instruments:
        return expected, none
    if model.rule == "habit":
        return jnp.where(is_given, expected, _respond(model, world, None)), none

    def respond(mix: Array) -> Array:
        values = ahead(model, world, z, mix, exogenous, held)
        return jnp.where(is_given, expected, _respond(model, world, values))

    if model.rule == "reactive":
        return respond(expected), none

    @jax.checkpoint
    def closer(state: tuple[Array, Array], step: Array) -> tuple[tuple[Array, Array], None]:
        mix, _ = state
        gap = respond(mix) - mix
        return (mix + step * gap, jnp.max(jnp.abs(gap), axis=0)), None

    # The last round only looks how far the responses still are from the mix they respond to.
    steps = np.array([*[model.step] * model.rounds, 0.0])
    (mix, residual), _ = jax.lax.scan(closer, (expected, none), jnp.asarray(steps, none.dtype))
    return mix, residual
