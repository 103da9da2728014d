"""The engine: a case compiled into one function that runs any arm on a block of worlds.

Conventions. T quarters, V variables, L levels of all instruments laid end to end, X rows of
exogenous inputs, D derived quantities, A actors, M mechanisms, W worlds of a block. The world is
always the last axis; inside the lookahead an axis of L candidates (one level of one instrument
each) stands before it. States `z` are on the additive scale (log-odds, log or the unit itself), `x`
are natural values.

What an arm changes is data, never code, so one compiled function serves all arms and all removals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tightrope.case import Case, Instrument, Outcome, Regime, level_argument
from tightrope.mechanism import Derived
from tightrope.plan import Plan, Rules, observables
from tightrope.worlds import Block

Array = Any
DecisionRule = Literal["reactive", "equilibrium", "habit"]
RULES: tuple[DecisionRule, ...] = ("reactive", "equilibrium", "habit")

LANES = 128
"""Worlds computed side by side: few enough for a core's cache. Fixed, so that no world's numbers
depend on how many others are asked for."""

BOUNDS = {"share": 8.0, "index": 3.0, "real": np.inf}
"""Largest distance of a state from zero on its additive scale: shares stay within 0.03 % and
99.97 %, indices within a twentieth and twenty times the reference quarter."""

_EQUILIBRIUM_ROUNDS = 24
_EQUILIBRIUM_STEP = 0.5

ENGINE_TERMS = ("return to baseline", "shocks", "set from outside", "limit of range")


class Trajectory(NamedTuple):
    """What a run gives, for quarters 0 (the reference) to T.

    Attributes:
        outcomes: in display units, in the order of `Model.outcomes`; shape (T + 1, O, W).
        levels: index of each regime's level; shape (T + 1, R, W).
        quantities: exogenous quantities; shape (T + 1, Q, W).
        residual: distance from the fixed point of the mutual responses, as the largest change that
            one more round of responses would make to any share of conduct; shape (T + 1, W).
            Zero under `reactive` and `habit`, which solve for none.
    """

    outcomes: Array
    levels: Array
    quantities: Array
    residual: Array


@dataclass(frozen=True, eq=False)
class Model:
    """A case laid out for computing. Made by `compile_case`; see there."""

    case: Case
    rule: DecisionRule
    rounds: int
    step: float
    outcomes: tuple[Outcome, ...]
    terms: tuple[tuple[str, str], ...]
    prior_index: dict[str, int]
    instruments: tuple[Instrument, ...]
    offsets: tuple[int, ...]
    derived: tuple[Derived, ...]
    usual: np.ndarray

    @property
    def levels(self) -> int:
        return self.offsets[-1]

    @property
    def outcome_index(self) -> dict[Outcome, int]:
        return {outcome: i for i, outcome in enumerate(self.outcomes)}


@lru_cache(maxsize=16)
def compile_case(
    case: Case,
    rule: DecisionRule = "reactive",
    rounds: int = _EQUILIBRIUM_ROUNDS,
    step: float = _EQUILIBRIUM_STEP,
) -> Model:
    """Lay a case out for computing under one decision rule.

    `rounds` and `step` steer the search for the fixed point under `equilibrium`: so many damped
    rounds of mutual responses, each going `step` of the way.
    """
    instruments = case.instruments
    offsets = tuple(np.cumsum([0, *(len(i.levels) for i in instruments)]).tolist())
    outcomes = (
        *(Outcome("variable", v.name) for v in case.variables),
        *(Outcome("derived", d.name) for d in case.derived),
        *(Outcome("share", i.name, level) for i in instruments for level in i.levels),
        *(Outcome("goal", a.name) for a in case.actors),
    )
    model = Model(
        case=case,
        rule=rule,
        rounds=rounds,
        step=step,
        outcomes=outcomes,
        terms=(),
        prior_index={p.name: i for i, p in enumerate(case.priors)},
        instruments=instruments,
        offsets=offsets,
        derived=_in_order(case.derived),
        usual=np.concatenate([np.asarray(i.usual) for i in instruments] or [np.zeros(0)]),
    )
    return _with_terms(model)


def _in_order(quantities: Sequence[Derived]) -> tuple[Derived, ...]:
    """Derived quantities, each after those it reads."""
    waiting, done = list(quantities), []
    names = {d.name for d in quantities}
    while waiting:
        ready = [d for d in waiting if not (set(d.reads) & names) - {other.name for other in done}]
        done += ready
        waiting = [d for d in waiting if d not in ready]
    return tuple(done)


def _with_terms(model: Model) -> Model:
    """Find which variables each mechanism moves by tracing it once on abstract numbers."""
    params = jax.ShapeDtypeStruct((len(model.case.priors), 1), jnp.float32)
    found: list[tuple[str, str]] = []

    def trace(params: Array) -> Array:
        rows = list(params)
        env = _environment(model, *_reference_values(model, rows), rows)
        for mechanism in model.case.mechanisms:
            found.extend((mechanism.name, target) for target in _call(mechanism, env))
        return params

    jax.eval_shape(trace, params)
    engine = [(term, v.name) for v in model.case.variables for term in ENGINE_TERMS]
    return Model(**{**model.__dict__, "terms": (*found, *engine)})


# ---------------------------------------------------------------- what mechanisms read


def _call(function: Any, env: dict[str, Array]) -> Any:
    return function(**{name: env[name] for name in function.reads})


def _environment(
    model: Model, x: Sequence[Array], mix: Sequence[Array], exogenous: Sequence[Array], params: Any
) -> dict[str, Array]:
    """Everything a mechanism may read, by name."""
    case = model.case
    env = {p.name: params[model.prior_index[p.name]] for p in case.parameters}
    env |= {v.name: x[i] for i, v in enumerate(case.variables)}
    for instrument, start in zip(model.instruments, model.offsets, strict=False):
        shares = mix[start : start + len(instrument.levels)]
        env |= _levels(instrument.name, instrument.levels, instrument.positions, shares)
    row = 0
    for regime in case.regimes:
        shares = exogenous[row : row + len(regime.levels)]
        env |= _levels(regime.name, regime.levels, positions(regime), shares)
        row += len(regime.levels)
    env |= {q.name: exogenous[row + i] for i, q in enumerate(case.quantities)}
    for quantity in model.derived:
        env[quantity.name] = _call(quantity, env)
    return env


def _levels(
    name: str, levels: Sequence[str], at: Sequence[float], shares: Sequence[Array]
) -> dict[str, Array]:
    mean = sum(position * share for position, share in zip(at, shares, strict=True) if position)
    by_level = {level_argument(name, lv): s for lv, s in zip(levels, shares, strict=True)}
    return {name: mean, **by_level}


def positions(regime: Regime) -> tuple[float, ...]:
    """Where a regime's levels stand between 0 and 1: evenly."""
    return tuple(np.linspace(0.0, 1.0, len(regime.levels)).tolist())


def _reference_values(model: Model, params: Any) -> tuple[list[Array], list[Array], list[Array]]:
    """Natural values of states, conduct and exogenous inputs in the reference quarter."""
    case, index = model.case, model.prior_index
    like = params[0]
    x = [params[index[f"{v.name}.baseline"]] for v in case.variables]
    mix = [jnp.full_like(like, share) for share in model.usual]
    exogenous = [
        jnp.full_like(like, float(level == r.usual)) for r in case.regimes for level in r.levels
    ]
    exogenous += [params[index[f"{q.name}.usual"]] for q in case.quantities]
    return x, mix, exogenous


def _natural(model: Model, z: Sequence[Array]) -> list[Array]:
    to = {"share": jax.nn.sigmoid, "index": jnp.exp, "real": lambda value: value}
    return [to[v.scale](value) for v, value in zip(model.case.variables, z, strict=True)]


def _additive(model: Model, x: Sequence[Array]) -> list[Array]:
    to = {
        "share": lambda value: jnp.log(value / (1.0 - value)),
        "index": jnp.log,
        "real": lambda value: value,
    }
    return [to[v.scale](value) for v, value in zip(model.case.variables, x, strict=True)]


# ---------------------------------------------------------------- one quarter


class _World(NamedTuple):
    """What stays the same through a run, for a block of worlds."""

    params: list[Array]
    start: list[Array]
    reference: dict[tuple[str, str], Array]
    strengths: list[Array]


def _prepare(model: Model, params: Array, strengths: Array) -> _World:
    rows = list(params)
    x, mix, exogenous = _reference_values(model, rows)
    env = _environment(model, x, mix, exogenous, rows)
    reference = {
        (mechanism.name, target): push
        for mechanism in model.case.mechanisms
        for target, push in _call(mechanism, env).items()
    }
    return _World(rows, _additive(model, x), reference, list(strengths))


def _pushes(model: Model, world: _World, env: dict[str, Array]) -> dict[tuple[str, str], Array]:
    """Each mechanism's push on each variable it moves, beyond its push in the reference quarter."""
    return {
        (mechanism.name, target): strength * (push - world.reference[mechanism.name, target])
        for mechanism, strength in zip(model.case.mechanisms, world.strengths, strict=True)
        for target, push in _call(mechanism, env).items()
    }


def _advance(
    model: Model,
    world: _World,
    z: Sequence[Array],
    env: dict[str, Array],
    held: Array,
    shocks: Array | None,
) -> tuple[list[Array], dict[tuple[str, str], Array]]:
    """States at the quarter's end, and every term that took them there."""
    terms = _pushes(model, world, env)
    moved = []
    for i, variable in enumerate(model.case.variables):
        name = variable.name
        reversion = world.params[model.prior_index[f"{name}.reversion"]]
        terms["return to baseline", name] = reversion * (world.start[i] - z[i])
        if shocks is not None:
            noise = world.params[model.prior_index[f"{name}.noise"]]
            terms["shocks", name] = noise * shocks[i]
        after = z[i] + sum(term for (_, target), term in terms.items() if target == name)
        bound = BOUNDS[variable.scale]
        kept = jnp.clip(after, -bound, bound) if np.isfinite(bound) else after
        final = jnp.where(jnp.isnan(held[i]), kept, held[i])
        terms["limit of range", name] = kept - after
        terms["set from outside", name] = final - kept
        moved.append(final)
    return moved, terms


def _goal_values(model: Model, params: Any, z: Sequence[Array]) -> list[Array]:
    """Each actor's goal value in points of 100 (weighted mean over its goals)."""
    return [_goal_value(model, params, z, a) for a in range(len(model.case.actors))]


def _goal_value(model: Model, params: Any, z: Sequence[Array], actor: int) -> Array:
    case = model.case
    place = {v.name: i for i, v in enumerate(case.variables)}
    total, weights = 0.0, 0.0
    for goal in case.actors[actor].goals:
        i = place[goal.variable]
        weight = params[model.prior_index[f"{case.actors[actor].name}.goal.{goal.variable}"]]
        real = case.variables[i].scale == "real"
        score = z[i] if real else jax.nn.sigmoid(z[i])
        if goal.want == "less":
            score = -score if real else 1.0 - score
        total = total + weight * score
        weights = weights + weight
    return 100.0 * total / weights


# ---------------------------------------------------------------- choice


def _lookahead(
    model: Model,
    world: _World,
    z: Sequence[Array],
    mix: Array,
    exogenous: Sequence[Array],
    held: Array,
) -> Array:
    """Expected goal value of holding each level of each instrument; shape (L, W), points.

    The rest is as in `mix`, exogenous inputs stay as they are, and states follow their mean path.
    """
    case = model.case
    candidates = _candidates(model, mix.dtype)
    mixes = candidates.only[:, :, None] + candidates.others[:, :, None] * mix[None]
    by_level = [mixes[:, level] for level in range(model.levels)]
    owners = _owners(model)
    patience = [world.params[model.prior_index[f"{a.name}.patience"]] for a in case.actors]

    def quarter(state: Any, _: None) -> tuple[Any, None]:
        z, weights, total, values = state
        env = _environment(model, _natural(model, z), by_level, exogenous, world.params)
        z, _terms = _advance(model, world, z, env, held, None)
        weights = [w * p for w, p in zip(weights, patience, strict=True)]
        total = [t + w for t, w in zip(total, weights, strict=True)]
        for a, (first, last) in enumerate(owners):
            own = _goal_value(model, world.params, [value[first:last] for value in z], a)
            values = [*values[:a], values[a] + weights[a] * own, *values[a + 1 :]]
        return (z, weights, total, values), None

    shape = (model.levels, mix.shape[-1])
    one = jnp.ones_like(patience[0])
    zero = jnp.zeros_like(one)
    state = (
        [jnp.broadcast_to(value, shape) for value in z],
        [one for _ in owners],
        [zero for _ in owners],
        [jnp.zeros((last - first, shape[1]), mix.dtype) for first, last in owners],
    )
    (_, _, total, values), _ = jax.lax.scan(quarter, state, None, length=case.lookahead)
    return jnp.concatenate([v / t for v, t in zip(values, total, strict=True)])


class _Candidates(NamedTuple):
    """Row c replaces one instrument's conduct by its level c and leaves the others; (L, L) each."""

    only: Array
    others: Array


def _candidates(model: Model, dtype: Any) -> _Candidates:
    instrument_of = np.repeat(np.arange(len(model.instruments)), np.diff(model.offsets))
    others = instrument_of[:, None] != instrument_of[None, :]
    return _Candidates(
        jnp.eye(model.levels, dtype=dtype), jnp.asarray(others.astype(float), dtype=dtype)
    )


def _owners(model: Model) -> list[tuple[int, int]]:
    """For each actor, the rows of its instruments' levels."""
    spans, level = [], 0
    for actor in model.case.actors:
        count = sum(len(i.levels) for i in actor.instruments)
        spans.append((level, level + count))
        level += count
    return spans


def _respond(model: Model, world: _World, values: Array | None) -> Array:
    """Logit response to the values of all levels; habit alone where there are none. (L, W)."""
    case = model.case
    rows = []
    for actor in case.actors:
        rationality = world.params[model.prior_index[f"{actor.name}.rationality"]]
        habit = world.params[model.prior_index[f"{actor.name}.habit"]]
        for instrument in actor.instruments:
            start = model.offsets[model.instruments.index(instrument)]
            end = start + len(instrument.levels)
            usual = jnp.log(jnp.asarray(model.usual[start:end], dtype=habit.dtype))[:, None]
            if values is None:
                odds = jnp.broadcast_to(usual, (end - start, *habit.shape))
            else:
                odds = habit * usual + rationality * values[start:end]
            rows.append(jax.nn.softmax(odds, axis=0))
    return jnp.concatenate(rows)


def _impose(model: Model, mix: Array, given: Array, is_given: Array) -> Array:
    """Conduct with the given instruments' levels put in place of the chosen ones.

    given: (L, W); is_given: (L, W) of zeros and ones.
    """
    return jnp.where(is_given > 0.5, given, mix)


def _conduct(
    model: Model,
    world: _World,
    z: Sequence[Array],
    seen: Array,
    exogenous: Sequence[Array],
    held: Array,
    given: Array,
    is_given: Array,
) -> tuple[Array, Array]:
    """All actors' conduct in a quarter, shape (L, W), and the fixed point's residual, (W,)."""
    none = jnp.zeros_like(world.params[0])
    if not model.instruments:
        return seen, none
    impose = partial(_impose, model, given=given, is_given=is_given)
    if model.rule == "habit":
        return impose(_respond(model, world, None)), none

    def respond(mix: Array) -> Array:
        return impose(_respond(model, world, look(mix)))

    look = jax.checkpoint(lambda mix: _lookahead(model, world, z, mix, exogenous, held))
    expected = impose(seen)
    if model.rule == "reactive":
        return respond(expected), none

    def closer(mix: Array, _: None) -> tuple[Array, None]:
        return mix + model.step * (respond(mix) - mix), None

    mix, _ = jax.lax.scan(closer, expected, None, length=model.rounds)
    return mix, jnp.max(jnp.abs(respond(mix) - mix), axis=0)


# ---------------------------------------------------------------- a run


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


def _exogenous(
    model: Model, params: Sequence[Array], before: list[Array], plan_row: Any, chances: Array
) -> list[Array]:
    """Exogenous rows of a quarter: each regime's level one-hot, then the quantities."""
    rows: list[Array] = []
    start = 0
    for r, regime in enumerate(model.case.regimes):
        size = len(regime.levels)
        now = jnp.stack(before[start : start + size])
        escalation = params[model.prior_index[f"{regime.name}.escalation"]]
        drawn = _next_level(regime, now, escalation, chances[r])
        fixed = jax.nn.one_hot(plan_row.levels[r], size, dtype=now.dtype)[:, None]
        rows += list(jnp.where(plan_row.levels[r] >= 0, fixed, drawn))
        start += size
    for q, quantity in enumerate(model.case.quantities):
        usual = params[model.prior_index[f"{quantity.name}.usual"]]
        fixed = plan_row.quantities[q]
        rows.append(jnp.where(jnp.isnan(fixed), usual, fixed))
    return rows


def _given(model: Model, plan_row: Any, rules: Rules, observed: Array) -> tuple[Array, Array]:
    """What is imposed on conduct this quarter: arm over posture rules over posture settings."""
    width = observed.shape[-1]
    values = jnp.broadcast_to(plan_row.given[:, None], (model.levels, width))
    rank = jnp.broadcast_to(plan_row.rank[:, None], (model.levels, width))
    for r in range(rules.mix.shape[0]):
        seen = observed[rules.reads[r]]
        margin = rules.sign[r][:, None] * (seen - rules.threshold[r][:, None])
        # Thresholds sit on exact levels, so the comparison needs a tolerance of rounding size.
        tolerance = jnp.where(rules.strict[r][:, None], 1e-6, -1e-6)
        met = jnp.all((margin > tolerance) | (rules.sign[r][:, None] == 0), axis=0)
        use = met & rules.active[r] & (rules.sets[r][:, None] > 0) & (rank < 2)
        values = jnp.where(use, rules.mix[r][:, None], values)
        rank = jnp.where(use, 1, rank)
    return values, (rank > 0).astype(values.dtype)


def _observed(model: Model, env: dict[str, Array], like: Array) -> Array:
    names = observables(model.case)
    return jnp.stack([jnp.broadcast_to(env[name], like.shape) for name in names])


def _display(
    model: Model, world: _World, z: Sequence[Array], env: dict[str, Array], mix: Array
) -> Array:
    """Outcomes in display units, in the order of `Model.outcomes`; shape (O, W)."""
    case = model.case
    like = world.params[0]
    x = [env[v.name] for v in case.variables]
    rows = [
        value if v.scale == "real" else 100.0 * value
        for v, value in zip(case.variables, x, strict=True)
    ]
    rows += [(100.0 if d.percent else 1.0) * env[d.name] for d in case.derived]
    rows += [100.0 * share for share in mix]
    rows += _goal_values(model, world.params, z)
    return jnp.stack([jnp.broadcast_to(row, like.shape) for row in rows])


def _run(model: Model, keep_terms: bool, block: Block, plan: Plan) -> tuple[Trajectory, Array]:
    world = _prepare(model, block.params, plan.strengths)
    like = world.params[0]
    x, mix, exogenous = _reference_values(model, world.params)
    usual = _stack(mix, like)

    def quarter(state: Any, inputs: Any) -> tuple[Any, Any]:
        z, seen, before = state
        row, shocks, chances = inputs
        now = _exogenous(model, world.params, before, row, chances)
        opening = [jnp.where(jnp.isnan(h), value, h) for h, value in zip(row.held, z, strict=True)]
        env = _environment(model, _natural(model, opening), list(seen), now, world.params)
        given, is_given = _given(model, row, plan.rules, _observed(model, env, like))
        mix, residual = _conduct(model, world, opening, seen, now, row.held, given, is_given)
        env = _environment(model, _natural(model, opening), list(mix), now, world.params)
        after, terms = _advance(model, world, opening, env, row.held, list(shocks))
        end = _environment(model, _natural(model, after), list(mix), now, world.params)
        shown = _display(model, world, after, end, mix)
        kept = None
        if keep_terms:
            for v, first, second in zip(model.case.variables, z, opening, strict=True):
                terms["set from outside", v.name] += second - first
            kept = jnp.stack([jnp.broadcast_to(terms[term], like.shape) for term in model.terms])
        return (after, mix, now), (
            shown,
            _regime_levels(model, now),
            _quantities(model, now),
            residual,
            kept,
        )

    start = (world.start, usual, exogenous)
    opening = _environment(model, x, list(usual), exogenous, world.params)
    first = (
        _display(model, world, world.start, opening, usual),
        _regime_levels(model, exogenous),
        _quantities(model, exogenous),
        jnp.zeros_like(like),
    )
    _, (shown, levels, quantities, residual, kept) = jax.lax.scan(
        quarter, start, (plan.rows, block.shocks, block.chances)
    )
    rest = (shown, levels, quantities, residual)
    joined = [jnp.concatenate([a[None], b]) for a, b in zip(first, rest, strict=True)]
    return Trajectory(*joined), kept


def _regime_levels(model: Model, exogenous: Sequence[Array]) -> Array:
    rows, start = [], 0
    for regime in model.case.regimes:
        size = len(regime.levels)
        rows.append(jnp.argmax(jnp.stack(exogenous[start : start + size]), axis=0))
        start += size
    return _stack(rows, exogenous[0]) if exogenous else jnp.zeros((0, 1))


def _quantities(model: Model, exogenous: Sequence[Array]) -> Array:
    first = len(exogenous) - len(model.case.quantities)
    return _stack(exogenous[first:], exogenous[0]) if exogenous else jnp.zeros((0, 1))


def _stack(rows: Sequence[Array], like: Array) -> Array:
    """Rows as one array, also where there are none."""
    return jnp.stack(rows) if rows else jnp.zeros((0, *like.shape), like.dtype)


_compiled_run = jax.jit(_run, static_argnums=(0, 1))


def run(model: Model, block: Block, plan: Plan) -> Trajectory:
    """Run one arm on a block of worlds."""
    trajectory, _ = _compiled_run(model, False, block, plan)
    return trajectory


def decompose(model: Model, block: Block, plan: Plan) -> tuple[Trajectory, Array]:
    """Run one arm and keep every term: pushes per quarter, shape (T, terms, W), additive scale.

    Over the terms of one variable they sum to its change from quarter to quarter.
    """
    return _compiled_run(model, True, block, plan)


@partial(jax.jit, static_argnums=0)
def gradient(model: Model, block: Block, plan: Plan, weights: Array) -> tuple[Array, Array]:
    """A weighted sum of outcomes and its exact derivatives by every prior, world by world.

    weights: shape (T + 1, O). Returns the sum, shape (W,), and derivatives, shape (P, W). The
    derivative by what only steers a random draw (a regime's escalation) is zero by construction.
    """

    def total(params: Array) -> tuple[Array, Array]:
        trajectory, _ = _run(model, False, block._replace(params=params), plan)
        value = jnp.einsum("to,tow->w", weights, trajectory.outcomes)
        return jnp.sum(value), value

    (_, value), by = jax.value_and_grad(total, has_aux=True)(block.params)
    return value, by
