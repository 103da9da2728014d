"""What was observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tightrope.case.courses import Settings
from tightrope.errors import Place

NINETY = 1.6449
"""Half the width of a 90 % interval in standard deviations: `low` to `high` of a point is one."""


@dataclass(frozen=True)
class Point:
    """What a series says of a quarter, or of a year's mean.

    Attributes:
        quarter: as written, `2023Q2` or `2023`.
        first: quarters from the start of the record to the first quarter it is about; 0: the start.
        last: likewise to the last one; a year's is three later.
        low: lower end of an interval of about 90 % for the number; `high` its upper end.
        read: the date on which it was looked up.
        used: matched and scored; otherwise doubtful, or `later`.
        later: it came after the record's end: kept apart, never matched.
    """

    quarter: str
    first: int
    last: int
    value: float
    low: float
    high: float
    source: str
    url: str
    read: str
    used: bool
    note: str
    place: Place
    later: bool = False


@dataclass(frozen=True)
class Series:
    """Observed numbers that stand for a variable or a derived quantity.

    Attributes:
        link: `level`: the number is the variable as shown; `change`: only movement counts;
            `growth`: only movement counts, of the number's logarithm.
        slope: change of the variable for one of the series, both on their additive scale.
        error: standard deviation of the series as a stand-in, on the variable's additive scale.
        points: in the order of their quarters.
    """

    name: str
    label: str
    stands_for: str
    link: Literal["level", "change", "growth"]
    slope: float
    error: float
    unit: str
    about: str
    points: tuple[Point, ...]
    place: Place


@dataclass(frozen=True)
class History:
    """What is on record of the course of things.

    Attributes:
        start: the run's quarter 0.
        end: the last quarter that may be matched.
        quarters: from the one after `start` to `end`.
        start_values: where variables stood at the start, as cases write it (shares between 0
            and 1); the others at their baseline.
        settings: the course of what lay outside and of conduct on record, quarter 1 being the one
            after `start`.
        sources: keys into the case's references.
    """

    start: str
    end: str
    quarters: int
    start_values: Mapping[str, float]
    settings: Settings
    sources: tuple[str, ...]
    about: str
    place: Place
