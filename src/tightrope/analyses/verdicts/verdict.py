"""What a verdict may say: three shares of worlds, and the one word they come to.

In each world a difference is as argued, too small to matter, or the opposite of what was argued;
too small is what lies within the margin, the smallest effect of interest, on either side of
nothing (a region of practical equivalence: Kruschke 2018). Borders and names stand here alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tightrope.analyses.intervals import CONFIDENCE, wilson

HOLDS = 0.90
"""The least share of all worlds, as argued or opposite, for `holds` and `refuted`."""

MOST = 0.50
"""The least share of all worlds for `too small to matter`, `leans` and `leans against`."""

RARE = 0.10
"""What the source says may be so is met from this share of worlds on. Below it the denial would be
in HOLDS of worlds or more, and what holds in so many is not said to be possible otherwise."""

TIMES = 2
"""`leans` and `leans against`: so many times as many worlds go this way as the other."""

FAR = 1_000_000_000
"""More worlds than that are not told: nobody would run them."""

HEDGED = ("can happen", "rare")
"""Words for what the source says may be so."""

TESTED = ("holds", "leans", "can happen", "too small to matter", "contested", "rare",
          "leans against", "refuted")  # fmt: skip

VERDICTS = (*TESTED, "not tested")
"""All that a board may say of a row, in the order in which it is shown."""

SUPPORTED = ("holds", "leans")


class Shares(NamedTuple):
    """Parts of all worlds, together 1."""

    argued: float
    small: float
    opposite: float


def shares_in(row: Mapping[Any, Any]) -> Shares:
    """The three shares of a row of the claims' table."""
    return Shares(row["share"], row["small"], row["opposite"])


def verdict(shares: Shares, hedged: bool = False) -> str:
    """The word for three shares: one of TESTED; hedged: of what is said to be possible."""
    if hedged:
        return "can happen" if shares.argued >= RARE else "rare"
    if shares.small >= MOST:
        return "too small to matter"
    if shares.argued >= HOLDS:
        return "holds"
    if shares.opposite >= HOLDS:
        return "refuted"
    if shares.argued >= max(MOST, TIMES * shares.opposite):
        return "leans"
    if shares.opposite >= max(MOST, TIMES * shares.argued):
        return "leans against"
    return "contested"


def undecided(
    shares: Shares, worlds: int, confidence: float = CONFIDENCE, hedged: bool = False
) -> str:
    """The words that the worlds run leave open, in the order of TESTED, or "" where it is one.

    Each share that a border is drawn at has its own interval (Wilson), at this confidence.
    """
    if hedged:
        low, high = wilson(shares.argued, worlds, confidence)
        return " or ".join(HEDGED) if low < RARE <= high else ""
    small, argued, opposite = (
        wilson(part, worlds, confidence) for part in (shares.small, shares.argued, shares.opposite)
    )
    found = {"too small to matter"} if small[1] >= MOST else set()
    if small[0] < MOST:
        found |= {word for word, part in (("holds", argued), ("refuted", opposite))
                  if part[1] >= HOLDS}  # fmt: skip
        if argued[0] < HOLDS and opposite[0] < HOLDS:
            matters = max(1, round((shares.argued + shares.opposite) * worlds))
            found |= _leanings(argued, opposite, _part(shares, matters, confidence))
    words = [word for word in TESTED if word in found]
    return " or ".join(words) if len(words) > 1 else ""


def needed(
    shares: Shares, worlds: int, confidence: float = CONFIDENCE, hedged: bool = False
) -> float:
    """About so many worlds would leave one word, if the shares stayed as they are in `worlds`.

    From the width of the intervals alone; infinite where FAR worlds would not do.
    """
    low = high = worlds
    while undecided(shares, high, confidence, hedged):
        low, high = high, 2 * high
        if low > FAR:
            return float("inf")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (middle, high) if undecided(shares, middle, confidence, hedged) else (low, middle)
        )
    return float(high)


def _part(shares: Shares, matters: int, confidence: float) -> tuple[float, float]:
    """The interval of the part as argued of the worlds in which it matters."""
    whole = shares.argued + shares.opposite
    return wilson(shares.argued / whole, matters, confidence) if whole > 0 else (0.0, 1.0)


def _leanings(
    argued: tuple[float, float], opposite: tuple[float, float], part: tuple[float, float]
) -> set[str]:
    """Which of the three middle words intervals leave open; part: argued of what matters."""
    border = TIMES / (1 + TIMES)
    found = {"leans"} if argued[1] >= MOST and part[1] >= border else set()
    found |= {"leans against"} if opposite[1] >= MOST and part[0] <= 1 - border else set()
    leans = argued[0] >= MOST and part[0] >= border
    against = opposite[0] >= MOST and part[1] <= 1 - border
    return found | (set() if leans or against else {"contested"})
