"""What a case rests on: passages of the source, the literature, uncertain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from tightrope.errors import Place


@dataclass(frozen=True)
class Reference:
    key: str
    citation: str
    url: str
    place: Place


Modality = Literal["is", "means to", "believes", "does", "will", "may", "should"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)
"""How something is said: of what is so, what somebody intends or believes, what has an effect, what
is foretold, what is possible, and what is advised."""

UNSCORED: tuple[Modality, ...] = ("means to", "believes")
"""An intention is not scored by whether it works, nor a belief by whether it is true."""


@dataclass(frozen=True)
class Assertion:
    """One thing that the source says, in our words.

    Attributes:
        how: its modality.
        inputs: what puts it into the case, by name, where it is assumed rather than tested.
        untestable: why the case cannot test it, or "".
        left_out: why it stands nowhere in the case, or "".
    """

    id: str
    how: Modality
    says: str
    inputs: tuple[str, ...]
    untestable: str
    left_out: str
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
    assertions: tuple[Assertion, ...] = ()


@dataclass(frozen=True)
class Omission:
    """What the source leaves out, as the case's author sees it, and why it would matter.

    sources: keys into the case's references.
    """

    says: str
    why: str
    sources: tuple[str, ...]
    place: Place


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
