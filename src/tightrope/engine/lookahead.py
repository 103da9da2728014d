"""What actors expect of each level of their instruments: goals ahead, by differences.

See `kernel` for what the letters of shapes mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tightrope.case import Actor
from tightrope.case.mechanism import Derived, Mechanism
from tightrope.case.scales import SCALES
from tightrope.engine.layout import actor_spans
from tightrope.engine.model import NATURAL, Model, Step
from tightrope.engine.names import (
    call_with,
    conduct_by_name,
    derive,
    each_level,
    environment,
    names_of,
    rows_of,
    to_natural,
)
from tightrope.engine.quarter import (
    World,
    advance,
    goal_value,
    goals_of,
    keep_within,
    pushes_of,
    score_of,
)

Array = Any
Env = Mapping[str, Array]


def look_ahead_in_full(
    model: Model,
    world: World,
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
    code to compile forwards and backwards; runs use `look_ahead`, which does less work.
    """
    case = model.case
    wide = world._replace(
        start=world.start[:, None],
        reversion=world.reversion[:, None],
        reference=world.reference[:, None],
        strengths=world.strengths[:, None],
    )
    patience = [world.params[model.prior_index[f"{a.name}.patience"]] for a in case.actors]
    tried = each_level(model, conduct_by_name(model, mix))

    @jax.checkpoint
    def quarter(state: Any, _: None) -> tuple[Any, list[Array]]:
        z, weights, values = state
        env = environment(
            model, to_natural(model, z), tried, exogenous, world.params, world.derived
        )
        z, _terms = advance(model, wide, z, pushes_of(model, wide, env, z[0]), held[:, None], None)
        weights = [w * p for w, p in zip(weights, patience, strict=True)]
        after = to_natural(model, z)
        own = [
            goal_value(model, world.params, [row[levels] for row in after], a)
            for a, levels in enumerate(actor_spans(case))
        ]
        values = [v + w * o for v, w, o in zip(values, weights, own, strict=True)]
        return (z, weights, values), weights

    shape = (model.levels, mix.shape[-1])
    start = (
        jnp.broadcast_to(z[:, None], (len(z), *shape)),
        [jnp.ones_like(p) for p in patience],
        [jnp.zeros(shape, mix.dtype)[levels] for levels in actor_spans(case)],
    )
    (_, _, values), weights = jax.lax.scan(quarter, start, None, length=case.lookahead)
    return jnp.concatenate([v / jnp.sum(w, axis=0) for v, w in zip(values, weights, strict=True)])


def steps_of(model: Model, actor: Actor) -> tuple[Step, ...]:
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
    own = frozenset(name for i in actor.instruments for name in names_of(i))
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


def look_ahead(
    model: Model,
    world: World,
    z: Array,
    mix: Array,
    exogenous: Sequence[Array],
    held: Array,
) -> Array:
    """The same as `look_ahead_in_full`, up to a number common to all levels of an instrument.

    Shape (L, W), points. The number is what the levels' common goals add: a logit response depends
    on differences alone.
    """
    actors = range(len(model.case.actors))
    spans = actor_spans(model.case)
    conduct = conduct_by_name(model, mix)
    tried = each_level(model, conduct)
    own = [
        {name: tried[name][span] for i in actor.instruments for name in names_of(i)}
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
            for state, weight, more in goals_of(model, world.params, a):
                if state in differing[a]:
                    score = weight * score_of(model, state, differing[a][state].x)
                    values[a] = values[a] + weights[a] * (score if more else -score)
    for a in actors:
        goals = sum(weight for _, weight, _ in goals_of(model, world.params, a))
        values[a] = 100.0 * values[a] / (goals * totals[a])
    return jnp.concatenate(values)


def _expected_path(
    model: Model,
    world: World,
    z: Array,
    conduct: Env,
    exogenous: Sequence[Array],
    held: Array,
) -> list[_Quarter]:
    """The quarters ahead if all conduct stays as it is."""

    def env(z: Array) -> Env:
        x = to_natural(model, z)
        return environment(model, x, conduct, exogenous, world.params, world.derived)

    def quarter(z: Array, _: None) -> tuple[Array, tuple[Array, Array]]:
        pushes = pushes_of(model, world, env(z), z[0])
        after, _terms = advance(model, world, z, pushes, held, None)
        return after, (z, pushes)

    _, (path, pushes) = jax.lax.scan(quarter, z, None, length=model.case.lookahead)
    return [
        _Quarter(rows_of(here), env(here), rows_of(there))
        for here, there in zip(rows_of(path), rows_of(pushes), strict=True)
    ]


def _move(
    model: Model,
    world: World,
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
        env[quantity.name] = derive(quantity, env, world.derived)
    again = {
        (mechanism.name, target): push
        for mechanism in (case.mechanisms[m] for m in step.mechanisms)
        for target, push in call_with(mechanism, env).items()
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
        z = jnp.where(jnp.isnan(hold), keep_within(z, SCALES[scale].farthest), hold)
        split = zip(parts, jax.lax.split(z, sizes), jax.lax.split(natural(z), sizes), strict=True)
        for (a, state, _), additive, x in split:
            settled[a][state] = _Differing(additive, x)
    return settled
