"""What lies outside: regimes that stay or move by chance, quantities, and what rules observe.

See `kernel` for what the letters of shapes mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tightrope.case import Regime
from tightrope.engine.layout import level_spans, observables
from tightrope.engine.model import Model
from tightrope.engine.names import natural_parts, stack
from tightrope.engine.plan import Rules

Array = Any
Env = Mapping[str, Array]


def _next_level(regime: Regime, now: Array, escalation: Array, chance: Array) -> Array:
    """The regime's next level, one-hot (levels, W), drawn with `chance`."""
    size = len(regime.levels)
    up = np.sign(np.arange(size)[None, :] - np.arange(size)[:, None])
    table = jnp.asarray(regime.transition, dtype=now.dtype)[:, :, None]
    tilted = table * jnp.exp(escalation * jnp.asarray(up, dtype=now.dtype)[:, :, None])
    row = jnp.sum(tilted * now[:, None, :], axis=0)
    edges = jnp.cumsum(row / jnp.sum(row, axis=0), axis=0)[:-1]
    level = jnp.sum(chance > edges, axis=0)
    return jax.nn.one_hot(level, size, axis=0, dtype=now.dtype)


def read_outside(
    model: Model, params: Sequence[Array], before: list[Array], plan_row: Any, chances: Array
) -> list[Array]:
    """Exogenous rows of a quarter: each regime's level one-hot, then the quantities."""
    rows: list[Array] = []
    regimes = model.case.regimes
    for r, (regime, own) in enumerate(zip(regimes, level_spans(regimes), strict=True)):
        size = len(regime.levels)
        now = jnp.stack(before[own])
        escalation = params[model.prior_index[f"{regime.name}.escalation"]]
        drawn = _next_level(regime, now, escalation, chances[r])
        fixed = jax.nn.one_hot(plan_row.levels[r], size, dtype=now.dtype)[:, None]
        rows += list(jnp.where(plan_row.levels[r] >= 0, fixed, drawn))
    for q, quantity in enumerate(model.case.quantities):
        usual = params[model.prior_index[f"{quantity.name}.usual"]]
        fixed = plan_row.quantities[q]
        rows.append(jnp.where(jnp.isnan(fixed), usual, fixed))
    return rows


def with_given(row: Any, rules: Rules, observed: Array, seen: Array) -> tuple[Array, Array]:
    """Conduct as last seen with what is imposed put in place, and where that is; (L, W) each.

    What is imposed: the arm over the posture's rules over the posture's settings.
    """
    rank = jnp.broadcast_to(row.rank[:, None], seen.shape)
    mix = jnp.where(rank > 0, row.given[:, None], seen)

    def rule(state: tuple[Array, Array], n: Any) -> tuple[tuple[Array, Array], None]:
        mix, rank = state
        margin = n.sign[:, None] * (observed[n.reads] - n.threshold[:, None])
        # Thresholds sit on exact levels, so the comparison needs a tolerance of rounding size.
        tolerance = jnp.where(n.strict[:, None], 1e-6, -1e-6)
        met = n.active & jnp.all((margin > tolerance) | (n.sign[:, None] == 0), axis=0)
        use = met & (n.sets[:, None] > 0) & (rank < 2)
        return (jnp.where(use, n.mix[:, None], mix), jnp.where(use, 1, rank)), None

    (mix, rank), _ = jax.lax.scan(rule, (mix, rank), rules)
    return mix, rank > 0


def observe(model: Model, z: Array, env: Env, like: Array) -> Array:
    """What rules look at, in the order of `observables`; no derivative passes through it."""
    others = [env[name] for name in observables(model.case)[len(model.case.states) :]]
    seen = jnp.concatenate([*natural_parts(model, z), stack(others, like)])
    return jax.lax.stop_gradient(seen)


def levels_of(model: Model, exogenous: Sequence[Array]) -> Array:
    rows, start = [], 0
    for regime in model.case.regimes:
        size = len(regime.levels)
        rows.append(jnp.argmax(jnp.stack(exogenous[start : start + size]), axis=0))
        start += size
    return stack(rows, exogenous[0]) if exogenous else jnp.zeros((0, 1))


def quantities_of(model: Model, exogenous: Sequence[Array]) -> Array:
    first = len(exogenous) - len(model.case.quantities)
    return stack(exogenous[first:], exogenous[0]) if exogenous else jnp.zeros((0, 1))
