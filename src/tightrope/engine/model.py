"""A case compiled: what the kernel needs to know of it, and where everything stands in the arrays.

See `kernel` for what the letters of shapes mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tightrope.arguments import DecisionRule
from tightrope.case import Case, Instrument, Outcome
from tightrope.case.mechanism import Derived
from tightrope.text.notebook import told

Array = Any
Env = Mapping[str, Array]

LANES = 128
"""Worlds computed side by side: few enough for a core's cache. Fixed, so that no world's numbers
depend on how many others are asked for."""


WIDE = {"xla_cpu_prefer_vector_width": 512}
"""Vectors as wide as the CPU has them; the compiler's own choice, 256 bits, is some 10 % slower."""


NATURAL: dict[str, Callable[[Array], Array]] = {
    "share": jax.nn.sigmoid,
    "index": jnp.exp,
    "real": lambda z: z,
}
"""From the additive scale to natural values."""


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


@told
@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A case laid out for computing. Made by `compile_case`; see there.

    Attributes:
        outcomes: what a trajectory reports: variables (in the order of `Case.states`), derived
            quantities, shares of conduct, goal values.
        targets: the variables that each mechanism moves.
        steps: for each actor, the quarters of its lookahead.
        prior_index: where each prior stands in `Case.priors`.
        instruments: all actors' instruments.
        spans: where the levels of each instrument stand among all levels laid end to end.
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
    spans: tuple[slice, ...]
    derived: tuple[Derived, ...]
    usual: np.ndarray

    @property
    def levels(self) -> int:
        return len(self.usual)

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
