"""What came of what was forecast."""

from __future__ import annotations

from dataclasses import dataclass

from tightrope.errors import Place


@dataclass(frozen=True)
class Answer:
    """How a question was decided, or what a series came to.

    Attributes:
        quarter: of a series, the quarter or year; "" of a question.
        value: of a series, in its unit; of a question 1 for yes and 0 for no; None where it is
            open.
    """

    name: str
    quarter: str
    value: float | None
    source: str
    place: Place
