"""The engine: a case compiled into one function that runs any arm on a block of worlds.

Conventions. T quarters, V variables, L levels of all instruments laid end to end, X rows of
exogenous inputs, D derived quantities, A actors, M mechanisms, W worlds of a block. The world is
always the last axis; inside the lookahead an axis of candidates (one level of one instrument each)
stands before it. States `z` are on the additive scale (log-odds, log or the unit itself), `x` are
natural values; both stand in the order of `Case.states`.

What an arm changes is data, never code, so one compiled function serves all arms and all removals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tightrope.arguments import DecisionRule
from tightrope.case import Actor, Case, Instrument, Outcome, Regime, level_argument
from tightrope.case.mechanism import Derived, Mechanism
from tightrope.engine import finite
from tightrope.engine.plan import Plan, Rows, Rules, observables
from tightrope.engine.worlds import Block
from tightrope.errors import CaseError
from tightrope.text.notebook import Told

Array = Any
Env = Mapping[str, Array]

LANES = 128
"""Worlds computed side by side: few enough for a core's cache. Fixed, so that no world's numbers
depend on how many others are asked for."""

_WIDE = {"xla_cpu_prefer_vector_width": 512}
"""Vectors as wide as the CPU has them; the compiler's own choice, 256 bits, is some 10 % slower."""

BOUNDS = {"share": 8.0, "index": 3.0, "real": np.inf}
"""Largest distance of a state from zero on its additive scale: shares stay within 0.03 % and
99.97 %, indices within a twentieth and twenty times the reference quarter."""

NATURAL: dict[str, Callable[[Array], Array]] = {
    "share": jax.nn.sigmoid,
    "index": jnp.exp,
    "real": lambda z: z,
}
"""From the additive scale to natural values."""

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


@dataclass(frozen=True, eq=False, repr=False)
class Model(Told):
    """A case laid out for computing. Made by `compile_case`; see there.

    Attributes:
        outcomes: what a trajectory reports: variables (in the order of `Case.states`), derived
            quantities, shares of conduct, goal values.
        targets: the variables that each mechanism moves.
        steps: for each actor, the quarters of its lookahead.
        prior_index: where each prior stands in `Case.priors`.
        instruments: all actors' instruments; instrument i has the levels `offsets[i]` to
            `offsets[i + 1]` of all levels laid end to end.
        derived: derived quantities, each after those it reads.
        usual: share of conduct at each level in the reference quarter; (L,).
    """

    case: Case
    rule: DecisionRule
    rounds: int
    step: float
    outcomes: tuple[Outcome, ...]
    targets: tuple[tuple[str, ...], ...]
    steps: tuple[tuple[Step, ...], ...]
    prior_index: dict[str, int]
    instruments: tuple[Instrument, ...]
    offsets: tuple[int, ...]
    derived: tuple[Derived, ...]
    usual: np.ndarray

    @property
    def levels(self) -> int:
        return self.offsets[-1]

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """All that moves a state, as (mechanism or one of `ENGINE_TERMS`, state)."""
        return (*self.pushes, *((term, v.name) for term in ENGINE_TERMS for v in self.case.states))

    @property
    def pushes(self) -> tuple[tuple[str, str], ...]:
        """Each mechanism with each variable it moves."""
        return tuple(
            (mechanism.name, target)
            for mechanism, targets in zip(self.case.mechanisms, self.targets, strict=True)
            for target in targets
        )

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
        *(Outcome("variable", v.name) for v in case.states),
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
        targets=(),
        steps=(),
        prior_index={p.name: i for i, p in enumerate(case.priors)},
        instruments=instruments,
        offsets=offsets,
        derived=_in_order(case.derived),
        usual=np.concatenate([np.asarray(i.usual) for i in instruments] or [np.zeros(0)]),
    )
    model = replace(model, targets=_targets(model))
    return replace(model, steps=tuple(_steps(model, actor) for actor in case.actors))


def _in_order(quantities: Sequence[Derived]) -> tuple[Derived, ...]:
    """Derived quantities, each after those it reads."""
    waiting = list(quantities)
    done: list[Derived] = []
    names = {d.name for d in quantities}
    while waiting:
        ready = [d for d in waiting if not (set(d.reads) & names) - {other.name for other in done}]
        done += ready
        waiting = [d for d in waiting if d not in ready]
    return tuple(done)


def _targets(model: Model) -> tuple[tuple[str, ...], ...]:
    """The variables that each mechanism moves, found by tracing it once on abstract numbers."""
    found: list[tuple[str, ...]] = []

    def trace(params: Array) -> Array:
        env = _reference_environment(model, _rows(params))
        found.extend(tuple(_call(mechanism, env)) for mechanism in model.case.mechanisms)
        return params

    jax.eval_shape(trace, jax.ShapeDtypeStruct((len(model.case.priors), 1), jnp.float32))
    return tuple(found)


# ---------------------------------------------------------------- rows and stacks
#
# Mechanisms work on rows, one (..., W) array per quantity; between one quarter and the next rows
# are stacked. The reason is how XLA fuses on CPUs: whatever is elementwise is computed anew within
# each of its readers, so that unbroken chains of pushes would be repeated many times over. It does
# not fuse into or out of a concatenation of more than eight parts, which a stack is.


def _rows(array: Array) -> list[Array]:
    """An array's rows. A split, as its derivative is one concatenation and not a sum of pads."""
    if not len(array):
        return []
    return [row[0] for row in jax.lax.split(array, (1,) * len(array))]


def _stack(rows: Sequence[Array], like: Array) -> Array:
    """Rows as one array, each as wide as `like`, also where there are none."""
    if not rows:
        return jnp.zeros((0, *like.shape), like.dtype)
    return jnp.stack([jnp.broadcast_to(row, like.shape) for row in rows])


# ---------------------------------------------------------------- what mechanisms read


def _call(function: Any, env: Env) -> Any:
    return function(**{name: env[name] for name in function.reads})


def _environment(
    model: Model,
    x: Sequence[Array],
    conduct: Env,
    exogenous: Sequence[Array],
    params: Sequence[Array],
) -> Env:
    """Everything a mechanism may read, by name; conduct: see `_conduct_by_name`."""
    case = model.case
    env = {p.name: params[model.prior_index[p.name]] for p in case.parameters}
    env |= {v.name: x[i] for i, v in enumerate(case.states)}
    env |= conduct
    row = 0
    for regime in case.regimes:
        levels = exogenous[row : row + len(regime.levels)]
        position = sum(at * level for at, level in zip(positions(regime), levels, strict=True))
        env |= zip(_names(regime), (position, *levels), strict=True)
        row += len(regime.levels)
    env |= {q.name: exogenous[row + i] for i, q in enumerate(case.quantities)}
    for quantity in model.derived:
        env[quantity.name] = _call(quantity, env)
    return env


def _names(item: Instrument | Regime) -> tuple[str, ...]:
    """What mechanisms read of it: its position, and the share at each level."""
    return (item.name, *(level_argument(item.name, level) for level in item.levels))


def _conduct_by_name(model: Model, mix: Array) -> Env:
    """What mechanisms read of all instruments; mix: (L, W)."""
    at = np.zeros((len(model.instruments), model.levels))
    for i, instrument in enumerate(model.instruments):
        at[i, model.offsets[i] : model.offsets[i + 1]] = instrument.positions
    means = jnp.matmul(jnp.asarray(at, mix.dtype), mix, precision="highest")
    conduct: dict[str, Array] = {}
    for i, (instrument, mean) in enumerate(zip(model.instruments, _rows(means), strict=True)):
        levels = _rows(mix[model.offsets[i] : model.offsets[i + 1]])
        conduct |= zip(_names(instrument), (mean, *levels), strict=True)
    return conduct


def _each_level(model: Model, conduct: Env) -> Env:
    """The same with one level of one instrument put in place in each row; (L, W) each."""
    tried: dict[str, Array] = {}
    for i, instrument in enumerate(model.instruments):
        own = slice(model.offsets[i], model.offsets[i + 1])
        others = np.ones((model.levels, 1))
        others[own] = 0.0
        alone = (instrument.positions, *np.eye(len(instrument.levels)))
        for name, at_level in zip(_names(instrument), alone, strict=True):
            put = np.zeros((model.levels, 1))
            put[own, 0] = at_level
            dtype = conduct[name].dtype
            tried[name] = jnp.asarray(put, dtype) + jnp.asarray(others, dtype) * conduct[name]
    return tried


def positions(regime: Regime) -> tuple[float, ...]:
    """Where a regime's levels stand between 0 and 1: evenly."""
    return tuple(np.linspace(0.0, 1.0, len(regime.levels)).tolist())


def _reference_values(
    model: Model, params: Sequence[Array]
) -> tuple[list[Array], Array, list[Array]]:
    """Natural values of states, conduct, (L, W), and exogenous inputs in the reference quarter."""
    case, index = model.case, model.prior_index
    like = params[0]
    x = [params[index[f"{v.name}.baseline"]] for v in case.states]
    usual = jnp.asarray(model.usual, like.dtype)[:, None]
    mix = jnp.broadcast_to(usual, (model.levels, *like.shape))
    exogenous = [
        jnp.full_like(like, float(level == r.usual)) for r in case.regimes for level in r.levels
    ]
    exogenous += [params[index[f"{q.name}.usual"]] for q in case.quantities]
    return x, mix, exogenous


def _reference_environment(model: Model, params: Sequence[Array]) -> Env:
    x, mix, exogenous = _reference_values(model, params)
    return _environment(model, x, _conduct_by_name(model, mix), exogenous, params)


def _by_scale(case: Case) -> tuple[slice, slice, slice]:
    """Where shares, indices and reals stand in `Case.states`."""
    shares, indices = (sum(v.scale == scale for v in case.states) for scale in ("share", "index"))
    return slice(0, shares), slice(shares, shares + indices), slice(shares + indices, None)


def _natural(model: Model, z: Array) -> list[Array]:
    """Natural values of states; z: (V, W)."""
    return [row for part in _natural_parts(model, z) for row in _rows(part)]


def _natural_parts(model: Model, z: Array) -> list[Array]:
    shares, indices, reals = _by_scale(model.case)
    return [jax.nn.sigmoid(z[shares]), jnp.exp(z[indices]), z[reals]]


def _additive(model: Model, x: Array) -> Array:
    """States from their natural values; x: (V, W)."""
    shares, indices, reals = _by_scale(model.case)
    odds = x[shares] / (1.0 - x[shares])
    return jnp.concatenate([jnp.log(odds), jnp.log(x[indices]), x[reals]])


# ---------------------------------------------------------------- one quarter


class _World(NamedTuple):
    """What stays the same through a run, for a block of worlds.

    Attributes:
        params: every prior's value, P times (W,).
        start, reversion, noise: by state; (V, W).
        reference: each push in the reference quarter, in the order of `Model.pushes`; (terms, W).
        strengths: the multiplier of each push; (terms, 1).
    """

    params: list[Array]
    start: Array
    reversion: Array
    noise: Array
    reference: Array
    strengths: Array


def _prepare(model: Model, params: Array, strengths: Array) -> _World:
    rows = _rows(params)
    env = _reference_environment(model, rows)

    def of_states(part: str) -> Array:
        names = [f"{v.name}.{part}" for v in model.case.states]
        return params[np.array([model.prior_index[name] for name in names])]

    index = {m.name: i for i, m in enumerate(model.case.mechanisms)}
    return _World(
        params=rows,
        start=_additive(model, of_states("baseline")),
        reversion=of_states("reversion"),
        noise=of_states("noise"),
        reference=_stack(_raw_pushes(model, env), rows[0]),
        strengths=strengths[np.array([index[name] for name, _ in model.pushes], int)][:, None],
    )


def _raw_pushes(model: Model, env: Env) -> list[Array]:
    """What the mechanisms return, in the order of `Model.pushes`."""
    return [push for mechanism in model.case.mechanisms for push in _call(mechanism, env).values()]


def _pushes(model: Model, world: _World, env: Env, like: Array) -> Array:
    """Each push beyond its reference, in the order of `Model.pushes`; shape (terms, W)."""
    return world.strengths * (_stack(_raw_pushes(model, env), like) - world.reference)


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


def _advance(
    model: Model, world: _World, z: Array, pushes: Array, held: Array, shocks: Array | None
) -> tuple[Array, _Terms]:
    """States at the quarter's end, (V, W), and every term that took them there.

    held: (V, 1), NaN where free. Without shocks it is the mean path.
    """
    by_state: dict[str, list[Array]] = {v.name: [] for v in model.case.states}
    for (_, target), push in zip(model.pushes, _rows(pushes), strict=True):
        by_state[target].append(push)
    moved = _stack([sum(rows) for rows in by_state.values()], z[0])
    back = world.reversion * (world.start - z)
    noise = jnp.zeros_like(z) if shocks is None else world.noise * shocks
    after = z + back + moved + noise
    bounds = np.array([BOUNDS[v.scale] for v in model.case.states]).reshape(-1, *[1] * (z.ndim - 1))
    bound = jnp.asarray(bounds, z.dtype)
    kept = _within(after, bound)
    final = jnp.where(jnp.isnan(held), kept, held)
    return final, _Terms(pushes, back, noise, final - kept, kept - after)


def _within(z: Array, bound: Array) -> Array:
    """States put within bounds. What is infinite becomes NaN, so that no bound hides it."""
    return jnp.clip(z, -bound, bound) + 0.0 * z


def _score(model: Model, state: int, x: Array) -> Array:
    """How much of a goal is reached: a share as it is, an index on a scale from 0 to 1.

    A real counts in parts of its span, so that its unit does not weigh.
    """
    variable = model.case.states[state]
    if variable.scale == "real":
        return x / variable.span if variable.span else x
    # x / (1 + x) is the logistic of the index's logarithm.
    return x / (1.0 + x) if variable.scale == "index" else x


def _goals(model: Model, params: Sequence[Array], actor: int) -> list[tuple[int, Array, bool]]:
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


def _goal_value(model: Model, params: Sequence[Array], x: Sequence[Array], actor: int) -> Array:
    """An actor's goal value in points of 100: the weighted mean over its goals. x: by state."""
    total, weights = 0.0, 0.0
    for state, weight, more in _goals(model, params, actor):
        score = _score(model, state, x[state])
        # Less of a real is its negative; less of a share or an index is what it lacks of one.
        whole = 0.0 if model.case.states[state].scale == "real" else 1.0
        total = total + weight * (score if more else whole - score)
        weights = weights + weight
    return 100.0 * total / weights


# ---------------------------------------------------------------- lookahead


def _lookahead_in_full(
    model: Model,
    world: _World,
    z: Array,
    mix: Array,
    exogenous: Sequence[Array],
    held: Array,
) -> Array:
    """What each level of each instrument is worth to its owner; shape (L, W), points.

    That is the mean goal value of the quarters ahead, weighted by patience, with the instrument
    held at the level. Other conduct is as in `mix`, exogenous inputs stay as they are, and states
    follow their mean path.

    This is the plain way, every state for every level. Derivatives run through it, as it is little
    code to compile forwards and backwards; runs use `_lookahead`, which does less work.
    """
    case = model.case
    wide = world._replace(
        start=world.start[:, None],
        reversion=world.reversion[:, None],
        reference=world.reference[:, None],
        strengths=world.strengths[:, None],
    )
    patience = [world.params[model.prior_index[f"{a.name}.patience"]] for a in case.actors]
    tried = _each_level(model, _conduct_by_name(model, mix))

    @jax.checkpoint
    def quarter(state: Any, _: None) -> tuple[Any, list[Array]]:
        z, weights, values = state
        env = _environment(model, _natural(model, z), tried, exogenous, world.params)
        z, _terms = _advance(model, wide, z, _pushes(model, wide, env, z[0]), held[:, None], None)
        weights = [w * p for w, p in zip(weights, patience, strict=True)]
        x = _natural(model, z)
        own = [
            _goal_value(model, world.params, [row[levels] for row in x], a)
            for a, levels in enumerate(_levels_of_actors(model))
        ]
        values = [v + w * o for v, w, o in zip(values, weights, own, strict=True)]
        return (z, weights, values), weights

    shape = (model.levels, mix.shape[-1])
    start = (
        jnp.broadcast_to(z[:, None], (len(z), *shape)),
        [jnp.ones_like(p) for p in patience],
        [jnp.zeros(shape, mix.dtype)[levels] for levels in _levels_of_actors(model)],
    )
    (_, _, values), weights = jax.lax.scan(quarter, start, None, length=case.lookahead)
    return jnp.concatenate([v / jnp.sum(w, axis=0) for v, w in zip(values, weights, strict=True)])


def _levels_of_actors(model: Model) -> list[slice]:
    """Where the levels of each actor's instruments stand."""
    ends = np.cumsum([sum(len(i.levels) for i in a.instruments) for a in model.case.actors])
    return [slice(int(first), int(last)) for first, last in zip([0, *ends], ends, strict=False)]


# ---------------------------------------------------------------- lookahead by differences
#
# Run in full, the lookahead is nearly all of the engine's work, and most of it in vain. In the
# first quarter only what reads an actor's instruments differs between their levels, in the second
# only what reads what then differed. And at the end only the actor's goals count, in the quarter
# before only what moves them. So the path under expected conduct is computed once, and for each
# actor only the states that differ from it *and* can still reach a goal. This is exact: what is
# left out equals the expected path, or is read by nothing that counts.
#
# Which states those are follows from what each mechanism reads and moves, found once when the case
# is compiled, never from values: a mechanism switched off changes no code.


class Step(NamedTuple):
    """What a quarter of lookahead computes for each level of an actor's instruments.

    Attributes:
        derived: the derived quantities that may differ from the expected path.
        mechanisms: indices of the mechanisms that may and that move something that counts.
        states: indices of the states that may differ at the quarter's end and count.
    """

    derived: tuple[Derived, ...]
    mechanisms: tuple[int, ...]
    states: tuple[int, ...]


def _steps(model: Model, actor: Actor) -> tuple[Step, ...]:
    """The quarters of an actor's lookahead."""
    index = {v.name: i for i, v in enumerate(model.case.states)}
    reads = _reads(model)
    mechanisms = [
        (reads[m.name], frozenset(targets))
        for m, targets in zip(model.case.mechanisms, model.targets, strict=True)
    ]
    goals = frozenset(goal.variable for goal in actor.goals)
    # What can still reach a goal by the last quarter, at the end of each quarter ahead.
    counting = [goals]
    for _ in range(model.case.lookahead - 1):
        later = counting[0]
        read = {name for names, targets in mechanisms if targets & later for name in names}
        counting.insert(0, goals | later | (read & index.keys()))
    own = frozenset(name for i in actor.instruments for name in _names(i))
    differing: frozenset[str] = frozenset()
    steps = []
    for counts in counting:
        changed = own | differing
        derived = tuple(d for d in model.derived if reads[d.name] & changed)
        again = [m for m, (r, targets) in enumerate(mechanisms) if r & changed and targets & counts]
        differing = counts & differing.union(*(mechanisms[m][1] for m in again))
        steps.append(Step(derived, tuple(again), tuple(sorted(index[name] for name in differing))))
    return tuple(steps)


def _reads(model: Model) -> dict[str, frozenset[str]]:
    """All that each derived quantity and mechanism reads, itself or through derived quantities."""
    reads: dict[str, frozenset[str]] = {}
    items: tuple[Derived | Mechanism, ...] = (*model.derived, *model.case.mechanisms)
    for item in items:
        direct = frozenset(item.reads)
        reads[item.name] = direct.union(*(reads.get(name, frozenset()) for name in direct))
    return reads


class _Quarter(NamedTuple):
    """A quarter of the path that states take under expected conduct.

    Attributes:
        z: states at its start, by state.
        env: what mechanisms read in it.
        pushes: by push.
    """

    z: list[Array]
    env: Env
    pushes: list[Array]


class _Differing(NamedTuple):
    """A state under each level of an actor's instruments, additive and natural; (levels, W)."""

    z: Array
    x: Array


def _lookahead(
    model: Model,
    world: _World,
    z: Array,
    mix: Array,
    exogenous: Sequence[Array],
    held: Array,
) -> Array:
    """The same as `_lookahead_in_full`, up to a number common to all levels of an instrument.

    Shape (L, W), points. The number is what the levels' common goals add: a logit response depends
    on differences alone.
    """
    actors = range(len(model.case.actors))
    spans = _levels_of_actors(model)
    conduct = _conduct_by_name(model, mix)
    tried = _each_level(model, conduct)
    own = [
        {name: tried[name][span] for i in actor.instruments for name in _names(i)}
        for actor, span in zip(model.case.actors, spans, strict=True)
    ]
    patience = [world.params[model.prior_index[f"{a.name}.patience"]] for a in model.case.actors]
    weights = [jnp.ones_like(p) for p in patience]
    totals = [jnp.zeros_like(p) for p in patience]
    values = [jnp.zeros((span.stop - span.start, mix.shape[-1]), mix.dtype) for span in spans]
    differing: list[dict[int, _Differing]] = [{} for _ in actors]
    for quarter, expected in enumerate(_expected_path(model, world, z, conduct, exogenous, held)):
        moved = [
            _move(model, world, model.steps[a][quarter], expected, own[a], differing[a])
            for a in actors
        ]
        differing = _settle(model, moved, held)
        for a in actors:
            weights[a] = weights[a] * patience[a]
            totals[a] = totals[a] + weights[a]
            for state, weight, more in _goals(model, world.params, a):
                if state in differing[a]:
                    score = weight * _score(model, state, differing[a][state].x)
                    values[a] = values[a] + weights[a] * (score if more else -score)
    for a in actors:
        goals = sum(weight for _, weight, _ in _goals(model, world.params, a))
        values[a] = 100.0 * values[a] / (goals * totals[a])
    return jnp.concatenate(values)


def _expected_path(
    model: Model,
    world: _World,
    z: Array,
    conduct: Env,
    exogenous: Sequence[Array],
    held: Array,
) -> list[_Quarter]:
    """The quarters ahead if all conduct stays as it is."""

    def env(z: Array) -> Env:
        return _environment(model, _natural(model, z), conduct, exogenous, world.params)

    def quarter(z: Array, _: None) -> tuple[Array, tuple[Array, Array]]:
        pushes = _pushes(model, world, env(z), z[0])
        after, _terms = _advance(model, world, z, pushes, held, None)
        return after, (z, pushes)

    _, (path, pushes) = jax.lax.scan(quarter, z, None, length=model.case.lookahead)
    return [
        _Quarter(_rows(here), env(here), _rows(there))
        for here, there in zip(_rows(path), _rows(pushes), strict=True)
    ]


def _move(
    model: Model,
    world: _World,
    step: Step,
    expected: _Quarter,
    own: Env,
    differing: Mapping[int, _Differing],
) -> dict[int, Array]:
    """A step's states at the quarter's end, by state, before bounds; (levels, W) each.

    own: what mechanisms read of the actor's instruments; differing: states at the quarter's start.
    """
    case = model.case
    env = {**expected.env, **own, **{case.states[i].name: s.x for i, s in differing.items()}}
    for quantity in step.derived:
        env[quantity.name] = _call(quantity, env)
    again = {
        (mechanism.name, target): push
        for mechanism in (case.mechanisms[m] for m in step.mechanisms)
        for target, push in _call(mechanism, env).items()
    }
    shape = jnp.broadcast_shapes(*(value.shape for value in own.values()))
    moved = {}
    for state in step.states:
        before = differing[state].z if state in differing else expected.z[state]
        after = before + world.reversion[state] * (world.start[state] - before)
        terms = [(i, p) for i, p in enumerate(model.pushes) if p[1] == case.states[state].name]
        # First what all levels share: it is added once for all of them.
        after = after + sum(expected.pushes[i] for i, push in terms if push not in again)
        for i, push in terms:
            if push in again:
                after = after + world.strengths[i] * (again[push] - world.reference[i])
        moved[state] = jnp.broadcast_to(after, shape)
    return moved


def _settle(
    model: Model, moved: Sequence[Mapping[int, Array]], held: Array
) -> list[dict[int, _Differing]]:
    """All actors' states put within bounds and to what they are held at, with natural values.

    held: (V, 1). States of one scale are joined, so their natural values are one operation.
    """
    settled: list[dict[int, _Differing]] = [{} for _ in moved]
    for scale, natural in NATURAL.items():
        parts = [
            (a, state, rows)
            for a, states in enumerate(moved)
            for state, rows in states.items()
            if model.case.states[state].scale == scale
        ]
        if not parts:
            continue
        sizes = [len(rows) for _, _, rows in parts]
        hold = held[np.repeat([state for _, state, _ in parts], sizes)]
        z = jnp.concatenate([rows for _, _, rows in parts])
        z = jnp.where(jnp.isnan(hold), _within(z, BOUNDS[scale]), hold)
        split = zip(parts, jax.lax.split(z, sizes), jax.lax.split(natural(z), sizes), strict=True)
        for (a, state, _), additive, x in split:
            settled[a][state] = _Differing(additive, x)
    return settled


# ---------------------------------------------------------------- choice


Lookahead = Callable[[Model, _World, Array, Array, Sequence[Array], Array], Array]


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
                # Minus infinity would pass for a level that is never chosen.
                odds = jnp.where(jnp.isfinite(odds), odds, jnp.nan)
            rows.append(jax.nn.softmax(odds, axis=0))
    return jnp.concatenate(rows)


def _conduct(
    model: Model,
    world: _World,
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


# ---------------------------------------------------------------- a run


Through = Callable[..., tuple[Any, Any]]
"""`jax.lax.scan` or what does the same: a function over quarters, from a state, with inputs."""


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


def _with_given(row: Any, rules: Rules, observed: Array, seen: Array) -> tuple[Array, Array]:
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


def _observed(model: Model, z: Array, env: Env, like: Array) -> Array:
    """What rules look at, in the order of `observables`; no derivative passes through it."""
    others = [env[name] for name in observables(model.case)[len(model.case.states) :]]
    seen = jnp.concatenate([*_natural_parts(model, z), _stack(others, like)])
    return jax.lax.stop_gradient(seen)


def _display(model: Model, world: _World, z: Array, env: Env, mix: Array) -> Array:
    """Outcomes in display units, in the order of `Model.outcomes`; shape (O, W)."""
    case = model.case
    like = world.params[0]
    shares, indices, reals = _natural_parts(model, z)
    derived = [(100.0 if d.percent else 1.0) * env[d.name] for d in case.derived]
    x = [env[v.name] for v in case.states]
    goals = [_goal_value(model, world.params, x, a) for a in range(len(case.actors))]
    blocks = (
        100.0 * shares,
        100.0 * indices,
        reals,
        _stack(derived, like),
        100.0 * mix,
        _stack(goals, like),
    )
    return jnp.concatenate(blocks)


def _run(
    model: Model,
    keep_terms: bool,
    block: Block,
    plan: Plan,
    through: Through = jax.lax.scan,
    ahead: Lookahead = _lookahead,
) -> tuple[Trajectory, Array, Array]:
    """The trajectory, the terms if kept, and in which quarters a number is none; (T + 1, W)."""
    world = _prepare(model, block.params, plan.strengths)
    like = world.params[0]
    _, usual, exogenous = _reference_values(model, world.params)
    conduct = _conduct_by_name(model, usual)

    def quarter(state: Any, inputs: Any) -> tuple[Any, Any]:
        z, seen, before = state
        row, shocks, chances = inputs
        now = _exogenous(model, world.params, before, row, chances)
        held = row.held[:, None]
        opening = jnp.where(jnp.isnan(held), z, held)
        x = _natural(model, opening)
        env = _environment(model, x, _conduct_by_name(model, seen), now, world.params)
        observed = _observed(model, opening, env, like)
        expected, is_given = _with_given(row, plan.rules, observed, seen)
        mix, residual = _conduct(model, world, opening, expected, is_given, now, held, ahead)
        conduct = _conduct_by_name(model, mix)
        env = _environment(model, x, conduct, now, world.params)
        pushes = _pushes(model, world, env, like)
        after, terms = _advance(model, world, opening, pushes, held, shocks)
        end = _environment(model, _natural(model, after), conduct, now, world.params)
        kept = None
        if keep_terms:
            own = (terms.reversion, terms.shocks, terms.held + (opening - z), terms.limit)
            kept = jnp.concatenate([terms.pushes, *own])
        shown = _display(model, world, after, end, mix)
        return (after, mix, now), (
            shown,
            _regime_levels(model, now),
            _quantities(model, now),
            residual,
            _broken(shown, pushes, observed),
            kept,
        )

    own_start = plan.start[:, None]
    z = jnp.where(jnp.isnan(own_start), world.start, own_start)
    start = (z, usual, exogenous)
    opening = _environment(model, _natural(model, z), conduct, exogenous, world.params)
    shown = _display(model, world, z, opening, usual)
    first = (
        shown,
        _regime_levels(model, exogenous),
        _quantities(model, exogenous),
        jnp.zeros_like(like),
        _broken(shown, world.reference),
    )
    _, (*rest, kept) = through(quarter, start, (plan.rows, block.shocks, block.chances))
    joined = [jnp.concatenate([a[None], b]) for a, b in zip(first, rest, strict=True)]
    return Trajectory(*joined[:-1]), kept, joined[-1]


def _broken(*rows: Array) -> Array:
    """Worlds in which a number is NaN or infinite; rows: (any, W) each; (W,)."""
    return ~jnp.all(jnp.stack([jnp.all(jnp.isfinite(part), axis=0) for part in rows]), axis=0)


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


def _until(last: Array, quarter: Any, start: Any, inputs: Any) -> tuple[Any, Any]:
    """`jax.lax.scan` up to quarter `last`, which is data; what it gives for the rest is zero."""

    def row(q: Any) -> Any:
        return jax.tree.map(lambda rows: rows[q], inputs)

    def one(q: Array, state: Any) -> Any:
        carried, given = state
        carried, new = quarter(carried, row(q))
        return carried, jax.tree.map(lambda rows, added: rows.at[q].set(added), given, new)

    count = len(jax.tree.leaves(inputs)[0])
    _, shapes = jax.eval_shape(quarter, start, row(0))
    none = jax.tree.map(lambda one: jnp.zeros((count, *one.shape), one.dtype), shapes)
    end, given = jax.lax.fori_loop(0, last, one, (start, none))
    return end, given


def _until_and_back(last: Array, quarter: Any, start: Any, inputs: Any) -> tuple[Any, Any]:
    """The same with derivatives, by all that `quarter` draws on from outside and by `start`.

    Each quarter's opening state is kept on the way there, and its derivatives are worked out on the
    way back: JAX itself cannot turn a loop around whose length is data.
    """
    row = jax.tree.map(lambda rows: rows[0], inputs)
    pure, outside = jax.closure_convert(quarter, start, row)

    def keeping(outside: Any, state: Any, row: Any) -> tuple[Any, Any]:
        after, given = pure(state, row, *outside)
        return after, (given, state)

    @jax.custom_vjp
    def loop(outside: Any, start: Any, last: Array, inputs: Any) -> tuple[Any, Any]:
        result, _ = there(outside, start, last, inputs)
        end, given = result
        return end, given

    def there(outside: Any, start: Any, last: Array, inputs: Any) -> tuple[Any, Any]:
        end, (given, states) = _until(last, partial(keeping, outside), start, inputs)
        return (end, given), (outside, states, last, inputs)

    def back(kept: Any, by: Any) -> tuple[Any, Any, None, None]:
        outside, states, last, inputs = kept
        by_end, by_given = by

        def one(i: Array, sofar: Any) -> Any:
            by_state, by_outside = sofar
            q = last - 1 - i
            state, row, by_row = jax.tree.map(lambda rows: rows[q], (states, inputs, by_given))
            _, pull = jax.vjp(lambda outside, state: pure(state, row, *outside), outside, state)
            more, by_state = pull((by_state, by_row))
            return by_state, jax.tree.map(jnp.add, by_outside, more)

        none = jax.tree.map(jnp.zeros_like, outside)
        by_start, by_outside = jax.lax.fori_loop(0, last, one, (by_end, none))
        return by_outside, by_start, None, None

    loop.defvjp(there, back)
    end, given = loop(outside, start, last, inputs)
    return end, given


@partial(jax.jit, static_argnums=0, compiler_options=_WIDE)
def _run_until(model: Model, block: Block, plan: Plan, last: Array) -> tuple[Trajectory, Array]:
    trajectory, _, broken = _run(model, False, block, plan, partial(_until, last))
    return trajectory, broken


def run(model: Model, block: Block, plan: Plan, last: int | None = None) -> Trajectory:
    """Run one arm on a block of worlds, to quarter `last` if only so many are of interest.

    Raises CaseError where a number of the run is NaN or infinite; it names the mechanism.
    """
    trajectory, broken = run_marked(model, block, plan, last)
    if broken.any():
        raise not_finite(model, block, plan, broken)
    return trajectory


def run_marked(
    model: Model, block: Block, plan: Plan, last: int | None = None
) -> tuple[Trajectory, np.ndarray]:
    """The same with a mark in place of the error: where a number is none; (T + 1, W).

    Looked at are all outcomes, all that rules observe, and each push, also one that moves nothing.
    """
    quarters = len(plan.rows.levels) if last is None else last
    trajectory, broken = _run_until(model, block, plan, jnp.int32(quarters))
    return trajectory, np.asarray(broken)


def not_finite(
    model: Model, block: Block, plan: Plan, broken: np.ndarray, share: str = ""
) -> CaseError:
    """What to say of a run with a number that is none: the first world of the block is run again.

    broken: as from `run_marked`, with at least one mark; share: of how many worlds it is true.
    """
    world = int(np.argmax(broken.any(axis=0)))
    quarter = int(np.argmax(broken[:, world]))
    end = max(quarter, 1)
    params, shocks, chances = (part[..., world : world + 1] for part in block)
    alone = Block(params, shocks[:end], chances[:end])
    until = plan._replace(rows=Rows(*(part[:end] for part in plan.rows)))

    def again(case: Case) -> tuple[Array, Array]:
        watched = compile_case.__wrapped__(case, model.rule, model.rounds, model.step)
        trajectory, terms, _ = _run(watched, True, alone, until)
        return trajectory.outcomes, terms

    share = share or f"{broken.any(axis=0).sum()} of {broken.shape[1]} worlds"
    names = [" ".join(filter(None, (o.kind, o.name, o.level))) for o in model.outcomes]
    return CaseError(finite.name(model.case, names, model.terms, quarter, share, again))


@partial(jax.jit, static_argnums=0)
def decompose_marked(model: Model, block: Block, plan: Plan) -> tuple[Trajectory, Array, Array]:
    """As `decompose`, with marks in place of the error: where a number is none; (T + 1, W)."""
    return _run(model, True, block, plan)


def decompose(model: Model, block: Block, plan: Plan) -> tuple[Trajectory, Array]:
    """Run one arm and keep every term: pushes per quarter, shape (T, terms, W), additive scale.

    Over the terms of one variable they sum to its change from quarter to quarter.

    Raises CaseError where a number of the run is NaN or infinite.
    """
    trajectory, terms, marks = decompose_marked(model, block, plan)
    broken = np.asarray(marks)
    if broken.any():
        raise not_finite(model, block, plan, broken)
    return trajectory, terms


def gradient(
    model: Model, block: Block, plan: Plan, weights: Array, last: int | None = None
) -> tuple[Array, Array]:
    """A weighted sum of outcomes and its exact derivatives by every prior, world by world.

    weights: shape (T + 1, O), none after quarter `last`. Returns the sum, shape (W,), and
    derivatives, shape (P, W). The derivative by what only steers a random draw (a regime's
    escalation) is zero by construction.

    Raises CaseError where a number of the run or a derivative is NaN or infinite.
    """
    quarters = len(plan.rows.levels) if last is None else last
    value, by = _gradient(model, block, plan, weights, jnp.int32(quarters))
    bad = ~np.isfinite(np.asarray(by))
    if bad.any():
        run(model, block, plan, last)  # where the run itself is at fault, it says so
        prior = model.case.priors[int(np.argmax(bad.any(axis=1)))]
        share = f"{bad.any(axis=0).sum()} of {bad.shape[1]} worlds"
        raise CaseError(finite.no_slope(prior, share))
    return value, by


@partial(jax.jit, static_argnums=0)
def _gradient(
    model: Model, block: Block, plan: Plan, weights: Array, last: Array
) -> tuple[Array, Array]:
    def total(params: Array) -> tuple[Array, Array]:
        here, through = block._replace(params=params), partial(_until_and_back, last)
        trajectory, *_ = _run(model, False, here, plan, through, _lookahead_in_full)
        value = jnp.einsum("to,tow->w", weights, trajectory.outcomes)
        return jnp.sum(value), value

    (_, value), by = jax.value_and_grad(total, has_aux=True)(block.params)
    return value, by
