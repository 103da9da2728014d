"""Courses of what lies outside and of conduct."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tightrope.case.variables import Outcome
from tightrope.errors import Place

Value = float | str | Mapping[str, float]


@dataclass(frozen=True)
class Span:
    """A value held from quarter `first` to quarter `last`, both included; last None: to the end.

    The value is a level's name, a mix of levels, a number, or "markov" for a regime left to itself.
    """

    first: int
    last: int | None
    value: Value


Settings = Mapping[str, tuple[Span, ...]]


@dataclass(frozen=True)
class Condition:
    """A regime, a variable, a derived quantity or an instrument (as last seen) against a threshold.

    For a regime or an instrument the threshold is the position of a level between 0 and 1.
    `at least` holds at the threshold, `above` does not; likewise `at most` and `below`.
    """

    name: str
    comparison: Literal["at least", "at most", "above", "below"]
    threshold: float


@dataclass(frozen=True)
class Rule:
    """When all conditions hold at the start of a quarter, these instruments are set for it."""

    when: tuple[Condition, ...]
    settings: Mapping[str, str | Mapping[str, float]]


@dataclass(frozen=True)
class Scenario:
    """A path of what lies outside the game.

    Attributes:
        against: the scenario that a shock is measured against, or "" where this one is no shock.
        looks: what a shock is measured on.
    """

    name: str
    label: str
    meaning: str
    settings: Settings
    place: Place
    against: str = ""
    looks: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class Posture:
    """A rule for the focal actor's instruments: what is not set or ruled is left free."""

    name: str
    label: str
    meaning: str
    settings: Settings
    rules: tuple[Rule, ...]
    place: Place


@dataclass(frozen=True)
class Arm:
    """One side's conditions. None means: as the claim, the command or the case says.

    Attributes:
        settings: instruments, variables and exogenous inputs held at a value.
        strengths: mechanism name to multiplier; 0 switches it off.
    """

    scenario: str | None = None
    posture: str | None = None
    settings: Settings = field(default_factory=dict)
    strengths: Mapping[str, float] = field(default_factory=dict)
