"""Who chooses, what, and wanting what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tightrope.case.grounds import Matters, Prior
from tightrope.errors import Place


@dataclass(frozen=True)
class Instrument:
    """What an actor sets each quarter.

    Attributes:
        levels: ordered options.
        positions: where each level stands between 0 and 1, ascending.
        usual: share of conduct at each level in the reference quarter; sums to 1, none zero.
        grounds: where `usual` comes from.
    """

    name: str
    label: str
    meaning: str
    actor: str
    levels: tuple[str, ...]
    positions: tuple[float, ...]
    usual: tuple[float, ...]
    grounds: str
    place: Place
    matters: Matters | None = None


@dataclass(frozen=True)
class Goal:
    variable: str
    want: Literal["more", "less"]
    weight: Prior


@dataclass(frozen=True)
class Actor:
    """Who chooses.

    Attributes:
        rationality: log-odds of choosing a level per point (of 100) of expected goal value.
        patience: weight of a quarter relative to the one before it.
        habit: weight of usual conduct in choice, 0 (none) to 1 (rational inattention).
    """

    name: str
    label: str
    meaning: str
    instruments: tuple[Instrument, ...]
    goals: tuple[Goal, ...]
    rationality: Prior
    patience: Prior
    habit: Prior
    place: Place
