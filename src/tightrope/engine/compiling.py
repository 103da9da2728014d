"""A case compiled into a model.

See `kernel` for what the letters of shapes mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tightrope.arguments import DecisionRule
from tightrope.case import Case, Outcome
from tightrope.case.mechanism import Derived
from tightrope.engine.layout import level_spans
from tightrope.engine.lookahead import steps_of
from tightrope.engine.model import Model
from tightrope.engine.names import call_with, reference_environment, rows_of, usual_conduct

Array = Any
Env = Mapping[str, Array]

_EQUILIBRIUM_ROUNDS = 24


_EQUILIBRIUM_STEP = 0.5


def compile_case(
    case: Case,
    rule: DecisionRule = "reactive",
    rounds: int = _EQUILIBRIUM_ROUNDS,
    step: float = _EQUILIBRIUM_STEP,
) -> Model:
    """Lay a case out for computing under one decision rule.

    `rounds` and `step` steer the search for the fixed point under `equilibrium`: so many damped
    rounds of mutual responses, each going `step` of the way.
    Equal calls give the same model, so that what was traced for it is used again.
    """
    return _compiled(case, rule, rounds, step)


@lru_cache(maxsize=16)
def _compiled(case: Case, rule: DecisionRule, rounds: int, step: float) -> Model:
    return laid_out(case, rule, rounds, step)


def laid_out(case: Case, rule: DecisionRule, rounds: int, step: float) -> Model:
    """The same, made anew: for a case that is used once."""
    instruments = case.instruments
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
        spans=tuple(level_spans(instruments)),
        derived=_in_order(case.derived),
        usual=np.concatenate([np.asarray(i.usual) for i in instruments] or [np.zeros(0)]),
    )
    model = replace(model, targets=_targets(model))
    return replace(model, steps=tuple(steps_of(model, actor) for actor in case.actors))


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
        usual = usual_conduct(model, jnp.ones_like(params[0]))
        env = reference_environment(model, rows_of(params), usual)
        found.extend(tuple(call_with(mechanism, env)) for mechanism in model.case.mechanisms)
        return params

    jax.eval_shape(trace, jax.ShapeDtypeStruct((len(model.case.priors), 1), jnp.float32))
    return tuple(found)
