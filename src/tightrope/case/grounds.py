"""What a case rests on: passages of the source, the literature, uncertain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tightrope.errors import Place


@dataclass(frozen=True)
class Reference:
    key: str
    citation: str
    url: str
    place: Place


@dataclass(frozen=True)
class Passage:
    """A place in the source (section.paragraph) and what it argues, in our words.

    inputs: what stands for it in the case where that is no mechanism: inputs from outside,
    instruments or parameters.
    """

    id: str
    title: str
    argues: str
    place: Place
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matters:
    """The smallest effect of interest on something: what an observer could tell from nothing.

    Attributes:
        by: a difference up to this is too small, in the unit in which the thing is shown.
        because: the reason.
    """

    by: float
    because: str


@dataclass(frozen=True)
class Prior:
    """What is known of a number beforehand: uniform over a range, or over its logarithm.

    Attributes:
        sources: keys into the case's references.
        judgement: the reason, where there is no source or in addition to it.
        contested: the literature disagrees on the sign; the range then includes both.
    """

    name: str
    low: float
    high: float
    scale: Literal["linear", "log"]
    unit: str
    meaning: str
    sources: tuple[str, ...]
    judgement: str
    contested: bool
    place: Place

    @property
    def fixed(self) -> bool:
        return self.low == self.high

    @property
    def either_sign(self) -> bool:
        """Whether its range has both signs."""
        return self.low < 0 < self.high
