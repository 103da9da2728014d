"""One quarter: what pushes, how states move, and how well each actor's goals are served.

See `kernel` for what the letters of shapes mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from tightrope.case.scales import SCALES
from tightrope.engine.model import Model
from tightrope.engine.names import (
    Scaled,
    call_with,
    reference_environment,
    rows_of,
    stack,
    to_additive,
    usual_conduct,
)

Array = Any
Env = Mapping[str, Array]


class World(NamedTuple):
    """What stays the same through a run, for a block of worlds.

    Attributes:
        params: every prior's value, P times (W,).
        start, reversion, noise: by state; (V, W).
        reference: each push in the reference quarter, in the order of `Model.pushes`; (terms, W).
        strengths: the multiplier of each push; (terms, 1), or (terms, W) where worlds differ in it.
        derived: by derived quantity, how far it may be from its reference.
        usual: shares of conduct in the reference quarter; (L, W).
    """

    params: list[Array]
    start: Array
    reversion: Array
    noise: Array
    reference: Array
    strengths: Array
    derived: Mapping[str, Scaled]
    usual: Array


def prepare(model: Model, params: Array, strengths: Array) -> World:
    """strengths: as `Plan.strengths`, with an axis of worlds or without."""
    rows = rows_of(params)
    each = strengths if strengths.ndim > 1 else strengths[:, None]
    count = len(model.case.mechanisms)
    usual = jnp.broadcast_to(usual_conduct(model, each[-1]), (model.levels, *rows[0].shape))
    env = reference_environment(model, rows, usual)

    def of_states(part: str) -> Array:
        names = [f"{v.name}.{part}" for v in model.case.states]
        return params[np.array([model.prior_index[name] for name in names])]

    index = {m.name: i for i, m in enumerate(model.case.mechanisms)}
    derived = zip(model.case.derived, rows_of(each[count:-1]), strict=True)
    return World(
        params=rows,
        start=to_additive(model, of_states("baseline")),
        reversion=of_states("reversion"),
        noise=of_states("noise"),
        reference=stack(_raw_pushes(model, env), rows[0]),
        strengths=each[np.array([index[name] for name, _ in model.pushes], int)],
        derived={d.name: Scaled(env[d.name], strength) for d, strength in derived},
        usual=usual,
    )


def _raw_pushes(model: Model, env: Env) -> list[Array]:
    """What the mechanisms return, in the order of `Model.pushes`."""
    return [
        push for mechanism in model.case.mechanisms for push in call_with(mechanism, env).values()
    ]


def pushes_of(model: Model, world: World, env: Env, like: Array) -> Array:
    """Each push beyond its reference, in the order of `Model.pushes`; shape (terms, W)."""
    return world.strengths * (stack(_raw_pushes(model, env), like) - world.reference)


class _Terms(NamedTuple):
    """What took the states from a quarter's start to its end, additive scale.

    Attributes:
        pushes: in the order of `Model.pushes`; (terms, W).
        reversion, shocks, held, limit: the engine's own, by state; (V, W).
    """

    pushes: Array
    reversion: Array
    shocks: Array
    held: Array
    limit: Array


def advance(
    model: Model, world: World, z: Array, pushes: Array, held: Array, shocks: Array | None
) -> tuple[Array, _Terms]:
    """States at the quarter's end, (V, W), and every term that took them there.

    held: (V, 1), NaN where free. Without shocks it is the mean path.
    """
    by_state: dict[str, list[Array]] = {v.name: [] for v in model.case.states}
    for (_, target), push in zip(model.pushes, rows_of(pushes), strict=True):
        by_state[target].append(push)
    moved = stack([sum(rows) for rows in by_state.values()], z[0])
    back = world.reversion * (world.start - z)
    noise = jnp.zeros_like(z) if shocks is None else world.noise * shocks
    after = z + back + moved + noise
    bounds = np.array([SCALES[v.scale].farthest for v in model.case.states]).reshape(
        -1, *[1] * (z.ndim - 1)
    )
    bound = jnp.asarray(bounds, z.dtype)
    kept = keep_within(after, bound)
    final = jnp.where(jnp.isnan(held), kept, held)
    return final, _Terms(pushes, back, noise, final - kept, kept - after)


def keep_within(z: Array, bound: Array) -> Array:
    """States put within bounds. What is infinite becomes NaN, so that no bound hides it."""
    return jnp.clip(z, -bound, bound) + 0.0 * z


def score_of(model: Model, state: int, x: Array) -> Array:
    """How much of a goal is reached: a share as it is, an index on a scale from 0 to 1.

    A real counts in parts of its span, so that its unit does not weigh.
    """
    variable = model.case.states[state]
    if variable.scale == "real":
        return x / variable.span if variable.span else x
    # x / (1 + x) is the logistic of the index's logarithm.
    return x / (1.0 + x) if variable.scale == "index" else x


def goals_of(model: Model, params: Sequence[Array], actor: int) -> list[tuple[int, Array, bool]]:
    """An actor's goals: state, weight, and whether more of it is wanted."""
    index = {v.name: i for i, v in enumerate(model.case.states)}
    who = model.case.actors[actor]
    return [
        (
            index[goal.variable],
            params[model.prior_index[f"{who.name}.goal.{goal.variable}"]],
            goal.want == "more",
        )
        for goal in who.goals
    ]


def goal_value(model: Model, params: Sequence[Array], x: Sequence[Array], actor: int) -> Array:
    """An actor's goal value in points of 100: the weighted mean over its goals. x: by state."""
    total, weights = 0.0, 0.0
    for state, weight, more in goals_of(model, params, actor):
        score = score_of(model, state, x[state])
        # Less of a real is its negative; less of a share or an index is what it lacks of one.
        whole = 0.0 if model.case.states[state].scale == "real" else 1.0
        total = total + weight * (score if more else whole - score)
        weights = weights + weight
    return 100.0 * total / weights
