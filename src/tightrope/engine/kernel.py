"""The engine: a case compiled into one function that runs any arm on a block of worlds.

Conventions. T quarters, V variables, L levels of all instruments laid end to end, X rows of
exogenous inputs, D derived quantities, A actors, M mechanisms, W worlds of a block. The world is
always the last axis; inside the lookahead an axis of candidates (one level of one instrument each)
stands before it. States `z` are on the additive scale (log-odds, log or the unit itself), `x` are
natural values; both stand in the order of `Case.states`.

What an arm changes is data, never code, so one compiled function serves all arms and all removals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tightrope.case import Case
from tightrope.engine import finite
from tightrope.engine.choice import Lookahead, choose
from tightrope.engine.compiling import laid_out
from tightrope.engine.lookahead import look_ahead, look_ahead_in_full
from tightrope.engine.model import WIDE, Model, Trajectory
from tightrope.engine.names import (
    conduct_by_name,
    environment,
    natural_parts,
    reference_values,
    stack,
    to_natural,
)
from tightrope.engine.outside import levels_of, observe, quantities_of, read_outside, with_given
from tightrope.engine.plan import Plan, Rows
from tightrope.engine.quarter import World, advance, goal_value, prepare, pushes_of
from tightrope.engine.worlds import Block
from tightrope.errors import CaseError

Array = Any
Env = Mapping[str, Array]

Through = Callable[..., tuple[Any, Any]]
"""`jax.lax.scan` or what does the same: a function over quarters, from a state, with inputs."""


def _display(model: Model, world: World, z: Array, env: Env, mix: Array) -> Array:
    """Outcomes in display units, in the order of `Model.outcomes`; shape (O, W)."""
    case = model.case
    like = world.params[0]
    shares, indices, reals = natural_parts(model, z)
    derived = [(100.0 if d.percent else 1.0) * env[d.name] for d in case.derived]
    x = [env[v.name] for v in case.states]
    goals = [goal_value(model, world.params, x, a) for a in range(len(case.actors))]
    blocks = (
        100.0 * shares,
        100.0 * indices,
        reals,
        stack(derived, like),
        100.0 * mix,
        stack(goals, like),
    )
    return jnp.concatenate(blocks)


def _run(
    model: Model,
    keep_terms: bool,
    block: Block,
    plan: Plan,
    through: Through = jax.lax.scan,
    ahead: Lookahead = look_ahead,
    known: Array | None = None,
) -> tuple[Trajectory, Array, Array]:
    """The trajectory, the terms if kept, and in which quarters a number is none; (T + 1, W).

    known: conduct in each quarter, (T, L, W), where it was found before: nobody chooses again.
    """
    world = prepare(model, block.params, plan.strengths)
    like = world.params[0]
    _, usual, exogenous = reference_values(model, world.params, world.usual)
    conduct = conduct_by_name(model, usual)

    def at(x: list[Array], conduct: Env, now: list[Array]) -> Env:
        return environment(model, x, conduct, now, world.params, world.derived)

    def quarter(state: Any, inputs: Any) -> tuple[Any, Any]:
        z, seen, before = state
        row, shocks, chances, found = inputs
        now = read_outside(model, world.params, before, row, chances)
        held = row.held[:, None]
        opening = jnp.where(jnp.isnan(held), z, held)
        x = to_natural(model, opening)
        env = at(x, conduct_by_name(model, seen), now)
        observed = observe(model, opening, env, like)
        expected, is_given = with_given(row, plan.rules, observed, seen)
        if found is None:
            mix, residual = choose(model, world, opening, expected, is_given, now, held, ahead)
        else:
            mix, residual = found, jnp.zeros_like(like)
        conduct = conduct_by_name(model, mix)
        env = at(x, conduct, now)
        pushes = pushes_of(model, world, env, like)
        after, terms = advance(model, world, opening, pushes, held, shocks)
        end = at(to_natural(model, after), conduct, now)
        kept = None
        if keep_terms:
            own = (terms.reversion, terms.shocks, terms.held + (opening - z), terms.limit)
            kept = jnp.concatenate([terms.pushes, *own])
        shown = _display(model, world, after, end, mix)
        return (after, mix, now), (
            shown,
            levels_of(model, now),
            quantities_of(model, now),
            residual,
            _broken(shown, pushes, observed),
            kept,
        )

    own_start = plan.start[:, None]
    z = jnp.where(jnp.isnan(own_start), world.start, own_start)
    start = (z, usual, exogenous)
    opening = at(to_natural(model, z), conduct, exogenous)
    shown = _display(model, world, z, opening, usual)
    first = (
        shown,
        levels_of(model, exogenous),
        quantities_of(model, exogenous),
        jnp.zeros_like(like),
        _broken(shown, world.reference),
    )
    _, (*rest, kept) = through(quarter, start, (plan.rows, block.shocks, block.chances, known))
    joined = [jnp.concatenate([a[None], b]) for a, b in zip(first, rest, strict=True)]
    return Trajectory(*joined[:-1]), kept, joined[-1]


def _broken(*rows: Array) -> Array:
    """Worlds in which a number is NaN or infinite; rows: (any, W) each; (W,)."""
    return ~jnp.all(jnp.stack([jnp.all(jnp.isfinite(part), axis=0) for part in rows]), axis=0)


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


@partial(jax.jit, static_argnums=0, compiler_options=WIDE)
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
    own = np.asarray(plan.strengths)
    until = plan._replace(
        rows=Rows(*(part[:end] for part in plan.rows)),
        strengths=own if own.ndim == 1 else own[:, world],
    )

    def again(case: Case) -> tuple[Array, Array]:
        watched = laid_out(case, model.rule, model.rounds, model.step)
        trajectory, terms, _ = _run(watched, True, alone, until)
        return trajectory.outcomes, terms

    share = share or f"{broken.any(axis=0).sum()} of {broken.shape[1]} worlds"
    names = [" ".join(filter(None, (o.kind, o.name, o.level))) for o in model.outcomes]
    return CaseError(finite.name(model.case, names, model.terms, quarter, share, again))


def decompose_marked(
    model: Model, block: Block, plan: Plan, last: int | None = None
) -> tuple[Trajectory, Array, np.ndarray]:
    """As `decompose`, with marks in place of the error: where a number is none; (T + 1, W)."""
    trajectory, marks = run_marked(model, block, plan, last)
    shares = [model.outcome_index[o] for o in model.outcomes if o.kind == "share"]
    known = trajectory.outcomes[1:, np.array(shares, int)] / 100.0
    return trajectory, _terms(model, block, plan, known), marks


@partial(jax.jit, static_argnums=0)
def _terms(model: Model, block: Block, plan: Plan, known: Array) -> Array:
    """The terms of a run whose conduct is known: little code, as nobody looks ahead."""
    _, terms, _ = _run(model, True, block, plan, known=known)
    return terms


def decompose(
    model: Model, block: Block, plan: Plan, last: int | None = None
) -> tuple[Trajectory, Array]:
    """Run one arm and keep every term: pushes per quarter, shape (T, terms, W), additive scale.

    Over the terms of one variable they sum to its change from quarter to quarter; beyond quarter
    `last` they mean nothing.

    Raises CaseError where a number of the run is NaN or infinite.
    """
    trajectory, terms, marks = decompose_marked(model, block, plan, last)
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
        trajectory, *_ = _run(model, False, here, plan, through, look_ahead_in_full)
        value = jnp.einsum("to,tow->w", weights, trajectory.outcomes)
        return jnp.sum(value), value

    (_, value), by = jax.value_and_grad(total, has_aux=True)(block.params)
    return value, by
