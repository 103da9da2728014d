"""What the future will answer: dated questions, and courses of what lies outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tightrope.case.variables import Outcome
from tightrope.errors import Place

Taken = Literal["mean", "any", "every", "year"]
Comparison = Literal["at least", "at most", "above", "below"]
CourseValue = str | Mapping[str, float] | tuple[float, float]


@dataclass(frozen=True)
class BaseRate:
    """How often such a thing is so, before anything is known of this time.

    Attributes:
        kind: `levels`: as often as in the windows of the record of the same length; `changes`: as
            often as the series moved so far in as many quarters; `stated`: as somebody says.
        value: of a stated one, a share.
        grounds: of a stated one, where it comes from.
    """

    kind: Literal["levels", "changes", "stated"]
    value: float = 0.0
    grounds: str = ""


@dataclass(frozen=True)
class Question:
    """Something that will be so or not by a day, and how it is read off a run.

    It reads one of three: a series of the record, an outcome, or a regime.

    Attributes:
        says: the question in words, to be answered with yes or no.
        deadline: as written: a quarter or a date.
        resolver: who or what decides it.
        reads: what is read, as written.
        series: the series of the record that it reads, or "".
        outcome: the outcome that it reads, or None.
        level: of a regime, where it asks whether it is at that level; or "".
        first, last: the quarters that it is about, such as 2026Q1; equal where it is one.
        taken: over several quarters: `mean`, `any` of them or `every` one; `year`: of a series that
            tells of years.
        comparison, threshold: what it is held against, in the unit of the series, or as shown.
        note: what the reading leaves out, or "".
    """

    name: str
    says: str
    deadline: str
    resolver: str
    reads: str
    series: str
    outcome: Outcome | None
    level: str
    first: str
    last: str
    taken: Taken
    comparison: Comparison
    threshold: float
    base: BaseRate
    note: str
    place: Place

    @property
    def asks(self) -> str:
        """How it is read, on a line: `imports above 3000 in 2026Q2`."""
        when = f"{self.taken} of {self.first} to {self.last}"
        if self.first == self.last:
            when = self.last
        elif self.taken == "year":
            when = self.last[:4]
        return f"{self.reads} {self.comparison} {self.threshold:g} in {when}"


@dataclass(frozen=True)
class Course:
    """How things outside go, quarter by quarter, for forecasts that are conditional on it.

    Attributes:
        about: where it comes from and what it may be used for.
        values: by name and quarter: a level, a mix of levels or a number; two numbers are the ends
            of a range.
    """

    name: str
    label: str
    about: str
    values: Mapping[str, Mapping[str, CourseValue]]
    place: Place
