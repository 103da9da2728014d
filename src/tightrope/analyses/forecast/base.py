"""Base rates: how often such a thing was so in the record, before anything is run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tightrope.case import Case, Point, Question, Series
from tightrope.errors import UseError
from tightrope.quarters import quarter_number

LEAST = 3
"""Windows of the record that a base rate is counted in, at least."""


class Rate(NamedTuple):
    """A base rate.

    Attributes:
        so, of: in so many windows of so many; 0 and 0 where it is stated.
    """

    share: float
    so: int
    of: int


def known(series: Series) -> tuple[Point, ...]:
    """The numbers of a series that a forecast knows: doubtful ones too, with their intervals.

    Of a series that tells of quarters the years are left out.
    """
    found = [p for p in series.points if not p.later]
    quarterly = [p for p in found if "Q" in p.quarter]
    return tuple(quarterly or found)


def compared(series: Series, number: float, scale: str) -> float:
    """A number on the scale on which changes add up; scale: of what the series stands for."""
    if series.link == "growth":
        return math.log(number)
    if scale == "real":
        return number
    if scale == "index":
        return math.log(number / 100)
    part = min(max(number / 100, 1e-4), 1 - 1e-4)
    return math.log(part / (1 - part))


def scale_of(case: Case, series: Series) -> str:
    """Of what a series stands for; derived quantities count as shares, as in matching."""
    return next((v.scale for v in case.variables if v.name == series.stands_for), "share")


def holds(question: Question, value: float) -> bool:
    at = question.threshold
    return {
        "at least": value >= at, "at most": value <= at, "above": value > at, "below": value < at,
    }[question.comparison]  # fmt: skip


def rate(case: Case, question: Question) -> Rate:
    """The base rate of a question.

    Counted in n windows, k of them so, it is (k + 1/2) / (n + 1), so that nothing is held for
    impossible that has only not been seen (Krichevsky and Trofimov 1981).
    Raises UseError where the record has too few windows.
    """
    if question.base.kind == "stated":
        return Rate(question.base.value, 0, 0)
    series = next(s for s in case.series if s.name == question.series)
    found = list(_windows(case, question, series))
    if len(found) < LEAST:
        raise UseError(
            f"{question.place}: {question.name}.base rate: found {len(found)} windows of the "
            f"record for {question.base.kind}; allowed: at least {LEAST}, or a stated value"
        )
    so = sum(found)
    return Rate((so + 0.5) / (len(found) + 1), so, len(found))


def check_rates(case: Case) -> None:
    """Raise UseError for a base rate that the record is too short for."""
    for question in case.questions:
        rate(case, question)


def _windows(case: Case, question: Question, series: Series) -> Iterator[bool]:
    points = known(series)
    if question.base.kind == "levels":
        at = {p.first: p.value for p in points}
        length = 1
        if "Q" in points[0].quarter:
            length = quarter_number(question.last) - quarter_number(question.first) + 1
        for first in sorted(at):
            own = [at[q] for q in range(first, first + length) if q in at]
            if len(own) == length:
                yield _taken(question, own)
        return
    scale, last = scale_of(case, series), points[-1]
    needed = compared(series, question.threshold, scale) - compared(series, last.value, scale)
    ahead = quarter_number(question.last) - _last_quarter(last)
    for a in points:
        for b in points:
            if b.last - a.last == ahead:
                moved = compared(series, b.value, scale) - compared(series, a.value, scale)
                yield _moved(question, moved, needed)


def _last_quarter(point: Point) -> int:
    return quarter_number(point.quarter if "Q" in point.quarter else f"{point.quarter}Q4")


def _taken(question: Question, values: Sequence[float]) -> bool:
    if question.taken == "mean":
        return holds(question, sum(values) / len(values))
    so = [holds(question, value) for value in values]
    return any(so) if question.taken == "any" else all(so)


def _moved(question: Question, moved: float, needed: float) -> bool:
    """Whether a move goes as far as is needed; logarithms of equal moves differ by rounding."""
    gap = 0.0 if math.isclose(moved, needed, abs_tol=1e-9) else moved - needed
    return holds(replace(question, threshold=0.0), gap)
