"""What is asked: claims, and what postures are compared by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tightrope.case.courses import Arm
from tightrope.case.variables import Outcome
from tightrope.errors import Place


@dataclass(frozen=True)
class Side:
    """One arm read at one outcome, averaged over the quarters `first` to `last`, both included."""

    arm: Arm
    outcome: Outcome
    first: int
    last: int


@dataclass(frozen=True)
class Contrast:
    """`this` minus `against`, times `times`, world by world."""

    this: Side
    against: Side
    times: float


@dataclass(frozen=True)
class Part:
    """A contrast, or one contrast minus another, and what the source expects of it.

    Margins are in the units in which the outcome is shown (points of 100).
    `not lower` is as argued unless the difference is below minus the margin; `not higher` likewise.
    because: why the margin is what it is, where anybody says so.
    """

    contrast: Contrast
    minus: Contrast | None
    expect: Literal["higher", "lower", "not lower", "not higher"]
    margin: float
    because: str = ""


@dataclass(frozen=True)
class Claim:
    """What the source expects, in a form that can fail. It is as argued where every part is.

    Attributes:
        tests: the assertions of the source that it tests, by id; none: it is ours.
        beside: assertions of what somebody means or believes; the claim asks whether it works, or
            is true, which the source does not say.
        hedged: the source says that it may be so: met where it is not rare.
    """

    id: str
    passage: str
    says: str
    note: str
    parts: tuple[Part, ...]
    place: Place
    tests: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    hedged: bool = False


@dataclass(frozen=True)
class Untested:
    """What a passage argues that the model cannot test, and why; shown, never scored."""

    id: str
    passage: str
    says: str
    why: str
    place: Place


@dataclass(frozen=True)
class Objective:
    """What postures are judged by, as a mean over the last year of a run.

    Attributes:
        outcome: a variable or a derived quantity.
        enough: what satisfies, in display units (points of 100): a level, or, with `from_start`, a
            change since the reference quarter in the same world.
        vital: a posture fails in a world in which a vital objective is not satisfied.
        grounds: where `enough` comes from.
    """

    name: str
    label: str
    outcome: Outcome
    want: Literal["more", "less"]
    enough: float
    from_start: bool
    vital: bool
    grounds: str
    place: Place
