"""What mechanisms read: every name of a quarter with its row, and states on both scales.

See `kernel` for what the letters of shapes mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tightrope.case import Instrument, Regime, level_argument
from tightrope.case.mechanism import Derived
from tightrope.engine.layout import state_spans
from tightrope.engine.model import Model

Array = Any
Env = Mapping[str, Array]


def rows_of(array: Array) -> list[Array]:
    """An array's rows. A split, as its derivative is one concatenation and not a sum of pads."""
    if not len(array):
        return []
    return [row[0] for row in jax.lax.split(array, (1,) * len(array))]


def stack(rows: Sequence[Array], like: Array) -> Array:
    """Rows as one array, each as wide as `like`, also where there are none."""
    if not rows:
        return jnp.zeros((0, *like.shape), like.dtype)
    return jnp.stack([jnp.broadcast_to(row, like.shape) for row in rows])


def call_with(function: Any, env: Env) -> Any:
    return function(**{name: env[name] for name in function.reads})


class Scaled(NamedTuple):
    """How far a derived quantity may be from its value in the reference quarter; (W,) or (1,)."""

    reference: Array
    strength: Array


def environment(
    model: Model,
    x: Sequence[Array],
    conduct: Env,
    exogenous: Sequence[Array],
    params: Sequence[Array],
    derived: Mapping[str, Scaled] | None = None,
) -> Env:
    """Everything a mechanism may read, by name; conduct: see `conduct_by_name`.

    derived: by derived quantity; none where all are as their formulas say.
    """
    case = model.case
    env = {p.name: params[model.prior_index[p.name]] for p in case.parameters}
    env |= {v.name: x[i] for i, v in enumerate(case.states)}
    env |= conduct
    row = 0
    for regime in case.regimes:
        levels = exogenous[row : row + len(regime.levels)]
        position = sum(at * level for at, level in zip(positions(regime), levels, strict=True))
        env |= zip(names_of(regime), (position, *levels), strict=True)
        row += len(regime.levels)
    env |= {q.name: exogenous[row + i] for i, q in enumerate(case.quantities)}
    for quantity in model.derived:
        env[quantity.name] = derive(quantity, env, derived)
    return env


def derive(quantity: Derived, env: Env, derived: Mapping[str, Scaled] | None) -> Array:
    """A derived quantity's value, as far from its reference as it may be."""
    value = call_with(quantity, env)
    if derived is None:
        return value
    reference, strength = derived[quantity.name]
    # As it is where nothing is changed: rounding would be magnified by the actors' choices.
    return jnp.where(strength == 1.0, value, reference + strength * (value - reference))


def names_of(item: Instrument | Regime) -> tuple[str, ...]:
    """What mechanisms read of it: its position, and the share at each level."""
    return (item.name, *(level_argument(item.name, level) for level in item.levels))


def conduct_by_name(model: Model, mix: Array) -> Env:
    """What mechanisms read of all instruments; mix: (L, W)."""
    at = np.zeros((len(model.instruments), model.levels))
    for i, instrument in enumerate(model.instruments):
        at[i, model.spans[i]] = instrument.positions
    means = jnp.matmul(jnp.asarray(at, mix.dtype), mix, precision="highest")
    conduct: dict[str, Array] = {}
    for i, (instrument, mean) in enumerate(zip(model.instruments, rows_of(means), strict=True)):
        levels = rows_of(mix[model.spans[i]])
        conduct |= zip(names_of(instrument), (mean, *levels), strict=True)
    return conduct


def each_level(model: Model, conduct: Env) -> Env:
    """The same with one level of one instrument put in place in each row; (L, W) each."""
    tried: dict[str, Array] = {}
    for i, instrument in enumerate(model.instruments):
        own = model.spans[i]
        others = np.ones((model.levels, 1))
        others[own] = 0.0
        alone = (instrument.positions, *np.eye(len(instrument.levels)))
        for name, at_level in zip(names_of(instrument), alone, strict=True):
            put = np.zeros((model.levels, 1))
            put[own, 0] = at_level
            dtype = conduct[name].dtype
            tried[name] = jnp.asarray(put, dtype) + jnp.asarray(others, dtype) * conduct[name]
    return tried


def positions(regime: Regime) -> tuple[float, ...]:
    """Where a regime's levels stand between 0 and 1: evenly."""
    return tuple(np.linspace(0.0, 1.0, len(regime.levels)).tolist())


def usual_conduct(model: Model, strength: Array) -> Array:
    """Shares of conduct in the reference quarter, with their logs so many times; (L, W).

    strength: (W,) or (1,).
    """
    as_given = jnp.asarray(model.usual, strength.dtype)[:, None]
    logs = strength * jnp.log(as_given)
    rows = [jax.nn.softmax(logs[own], axis=0) for own in model.spans]
    changed = jnp.concatenate(rows) if rows else logs
    return jnp.where(strength == 1.0, as_given, changed)


def reference_values(
    model: Model, params: Sequence[Array], usual: Array
) -> tuple[list[Array], Array, list[Array]]:
    """Natural values of states, conduct, (L, W), and exogenous inputs in the reference quarter.

    usual: from `usual_conduct`.
    """
    case, index = model.case, model.prior_index
    like = params[0]
    x = [params[index[f"{v.name}.baseline"]] for v in case.states]
    mix = jnp.broadcast_to(usual, (model.levels, *like.shape))
    exogenous = [
        jnp.full_like(like, float(level == r.usual)) for r in case.regimes for level in r.levels
    ]
    exogenous += [params[index[f"{q.name}.usual"]] for q in case.quantities]
    return x, mix, exogenous


def reference_environment(model: Model, params: Sequence[Array], usual: Array) -> Env:
    x, mix, exogenous = reference_values(model, params, usual)
    return environment(model, x, conduct_by_name(model, mix), exogenous, params)


def to_natural(model: Model, z: Array) -> list[Array]:
    """Natural values of states; z: (V, W)."""
    return [row for part in natural_parts(model, z) for row in rows_of(part)]


def natural_parts(model: Model, z: Array) -> list[Array]:
    shares, indices, reals = state_spans(model.case)
    return [jax.nn.sigmoid(z[shares]), jnp.exp(z[indices]), z[reals]]


def to_additive(model: Model, x: Array) -> Array:
    """States from their natural values; x: (V, W)."""
    shares, indices, reals = state_spans(model.case)
    odds = x[shares] / (1.0 - x[shares])
    return jnp.concatenate([jnp.log(odds), jnp.log(x[indices]), x[reals]])
