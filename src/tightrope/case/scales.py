"""What a share, an index and a real number are, said once.

How they are computed stands in `engine.model` (NATURAL) and `engine.quarter`, in the compiler's own
functions; what is said of them elsewhere is read from here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

POINTS = "points of 100"
INDEX = "index, reference quarter = 100"


@dataclass(frozen=True)
class Scale:
    """A kind of number; "" where a real variable's own unit stands.

    Attributes:
        low, high: possible values lie between these, which are excluded.
        farthest: how far a state goes from zero on the additive scale: shares stay within 0.03 %
            and 99.97 %, indices within a twentieth and twenty times the reference quarter.
        additive: the unit of a push, in a word; `pushed` in words, with what sizes come to.
        written: the unit in which a case gives a value.
        shown: the unit in which results show it; `differs` of a difference.
        step: one standard step on the additive scale; of a real a part of its span.
    """

    low: float
    high: float
    farthest: float
    additive: str
    pushed: str
    written: str
    shown: str
    differs: str
    step: float


SCALES: dict[str, Scale] = {
    "share": Scale(
        low=0.0,
        high=1.0,
        farthest=8.0,
        additive="log-odds",
        pushed="log-odds: 0.4 takes a share from 50 to 60, 1 from 50 to 73",
        written="share",
        shown=POINTS,
        differs="points",
        step=0.5,
    ),
    "index": Scale(
        low=0.0,
        high=math.inf,
        farthest=3.0,
        additive="log",
        pushed="logarithms: 0.1 is about 10 %",
        written="1 in the reference quarter",
        shown=INDEX,
        differs="index points",
        step=0.1,
    ),
    "real": Scale(
        low=-math.inf,
        high=math.inf,
        farthest=math.inf,
        additive="",
        pushed="its own unit",
        written="",
        shown="",
        differs="",
        step=0.1,
    ),
}
