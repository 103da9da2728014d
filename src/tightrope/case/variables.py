"""What moves, and what lies outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tightrope.case.grounds import Matters, Prior
from tightrope.errors import Place


@dataclass(frozen=True)
class Variable:
    """A state. `share` lives on the log-odds scale, `index` on the log scale, `real` as it is.

    Attributes:
        baseline: value in the reference quarter (share: in (0, 1); index: 1 = reference quarter).
        reversion: part of the gap to the baseline that closes in a quarter by itself.
        noise: standard deviation of the quarterly shock, on the variable's own additive scale.
        series: the observed series that stands for it, or "".
        span: of a real, how much of its unit counts as its full range where it is a goal; 0 where
            nothing is said, and for shares and indices, which need none.
    """

    name: str
    label: str
    meaning: str
    scale: Literal["share", "index", "real"]
    unit: str
    baseline: Prior
    reversion: Prior
    noise: Prior
    series: str
    place: Place
    span: float = 0.0
    matters: Matters | None = None


@dataclass(frozen=True)
class Regime:
    """An exogenous input with ordered levels: a Markov chain unless a scenario fixes it.

    Attributes:
        usual: the level in the reference quarter.
        transition: row = level now, column = level next quarter; rows sum to 1.
        escalation: added to the log-odds of a move up, taken from those of a move down.
    """

    name: str
    label: str
    meaning: str
    levels: tuple[str, ...]
    usual: str
    transition: tuple[tuple[float, ...], ...]
    escalation: Prior
    place: Place


@dataclass(frozen=True)
class Quantity:
    """An exogenous input with a number for its value, in [0, 1]; `usual` holds unless set."""

    name: str
    label: str
    meaning: str
    unit: str
    usual: Prior
    place: Place


@dataclass(frozen=True)
class Outcome:
    """What is looked at.

    kind: `variable`, `derived`, `position` (an instrument's mean position), `share` (of an
    instrument's conduct at one level) or `goal` (an actor's goal value).
    """

    kind: Literal["variable", "derived", "position", "share", "goal"]
    name: str
    level: str = ""
