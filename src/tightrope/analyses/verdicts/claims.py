"""Claims: contrasts computed world by world, and the verdicts they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tightrope.case import Case, Claim, Part, Side
from tightrope.engine.plan import Plan
from tightrope.engine.progress import Progress, silent
from tightrope.engine.readings import Reading, reading
from tightrope.engine.setting import Setting
from tightrope.text.notebook import told

BANDS: tuple[tuple[float, str], ...] = (
    (0.90, "holds"),
    (0.66, "leans"),
    (0.34, "contested"),
    (0.10, "leans against"),
    (-1.0, "fails"),
)
"""Verdicts by the least share of worlds in which the claim holds (`fails` at 10 % or less)."""

VERDICTS = (*(word for _, word in BANDS), "not tested")
"""All that a board may say of a row, strongest first."""

SUPPORTED = ("holds", "leans")

REVERSED = {
    "higher": "lower",
    "lower": "higher",
    "not lower": "lower",
    "not higher": "higher",
}


def verdict(share: float) -> str:
    """The verdict for a share of worlds between 0 and 1."""
    if share <= BANDS[3][0]:
        return "fails"
    return next(word for least, word in BANDS if share >= least)


def undecided(low: float, high: float) -> str:
    """The verdicts an interval leaves open, strongest first, or "" where it leaves one."""
    words = [word for _, word in BANDS]
    best, worst = words.index(verdict(high)), words.index(verdict(low))
    return " or ".join(words[best : worst + 1]) if best != worst else ""


@told
@dataclass(frozen=True, repr=False)
class Testbed:
    """What has to be run to test some claims: each distinct arm once, each distinct reading once.

    Attributes:
        claims: the claims, in order.
        plans: distinct arms.
        readings: distinct readings of them.
        places: for each claim and part, the readings of its sides in the order of `part_sides`.
    """

    claims: tuple[Claim, ...]
    plans: tuple[Plan, ...]
    readings: tuple[Reading, ...]
    places: tuple[tuple[tuple[int, ...], ...], ...]


def prepare(setting: Setting, claims: Sequence[Claim]) -> Testbed:
    """Lay out the arms and readings that the claims need; equal arms are laid out once."""
    plans: dict[bytes, int] = {}
    laid: list[Plan] = []
    readings: dict[Reading, int] = {}

    def place(side: Side) -> int:
        arm = setting.plan(side.arm)
        if arm.key not in plans:
            plans[arm.key] = len(laid)
            laid.append(arm)
        item = reading(setting.model, side, plans[arm.key])
        return readings.setdefault(item, len(readings))

    places = tuple(
        tuple(tuple(place(side) for side in part_sides(part)) for part in claim.parts)
        for claim in claims
    )
    return Testbed(tuple(claims), tuple(laid), tuple(readings), places)


def part_sides(part: Part) -> tuple[Side, ...]:
    contrasts = (part.contrast,) if part.minus is None else (part.contrast, part.minus)
    return tuple(side for c in contrasts for side in (c.this, c.against))


def horizon(claim: Claim) -> int:
    """The last quarter that a claim looks at."""
    return max(side.last for part in claim.parts for side in part_sides(part))


def differences(part: Part, values: np.ndarray) -> np.ndarray:
    """A part's paired difference in every world, display units; shape (W,).

    values: its sides' readings in the order of `part_sides`; shape (2 or 4, W).
    """
    difference: np.ndarray = part.contrast.times * (values[0] - values[1])
    if part.minus is not None:
        difference = difference - part.minus.times * (values[2] - values[3])
    return difference


def as_expected(difference: np.ndarray, expect: str, margin: float) -> np.ndarray:
    """Where a difference is what was expected of it, beyond the margin."""
    match expect:
        case "higher":
            return difference > margin
        case "lower":
            return difference < -margin
        case "not lower":
            return difference > -margin
        case "not higher":
            return difference < margin
    raise ValueError(f'expect "{expect}": allowed are {", ".join(REVERSED)}')


def in_direction(difference: np.ndarray, expect: str) -> np.ndarray:
    """Where a difference has the expected sign, however small; `not` claims expect none."""
    if expect == "higher":
        return difference > 0
    if expect == "lower":
        return difference < 0
    return np.zeros(difference.shape, bool)


@told
@dataclass(frozen=True, repr=False)
class Result:
    """A claim in every world.

    Attributes:
        holds: it holds; shape (W,).
        opposite: every part goes against expectation by more than its margin; shape (W,).
        direction: every part is as expected once margins are left aside; shape (W,).
        effect: the paired difference of the part that holds in fewest worlds; shape (W,).
        weakest: index of that part.
    """

    claim: Claim
    holds: np.ndarray
    opposite: np.ndarray
    direction: np.ndarray
    effect: np.ndarray
    weakest: int

    @property
    def share(self) -> float:
        return float(self.holds.mean())

    @property
    def verdict(self) -> str:
        return verdict(self.share)


def judge(testbed: Testbed, values: np.ndarray) -> tuple[Result, ...]:
    """Every claim's result in the worlds read; values as from `Runs.means`."""
    return tuple(
        judge_one(claim, places, values)
        for claim, places in zip(testbed.claims, testbed.places, strict=True)
    )


def judge_one(claim: Claim, places: Sequence[Sequence[int]], values: np.ndarray) -> Result:
    """One claim's result; places: for each part, the readings of its sides."""
    parts = [
        differences(part, values[list(place)])
        for part, place in zip(claim.parts, places, strict=True)
    ]
    holds = [as_expected(d, p.expect, p.margin) for d, p in zip(parts, claim.parts, strict=True)]
    opposite = [
        as_expected(d, REVERSED[p.expect], p.margin)
        for d, p in zip(parts, claim.parts, strict=True)
    ]
    rightly = [
        h | in_direction(d, p.expect) for h, d, p in zip(holds, parts, claim.parts, strict=True)
    ]
    weakest = int(np.argmin([h.mean() for h in holds]))
    return Result(
        claim,
        np.logical_and.reduce(holds),
        np.logical_and.reduce(opposite),
        np.logical_and.reduce(rightly),
        parts[weakest],
        weakest,
    )


def testable(case: Case, quarters: int) -> tuple[Claim, ...]:
    """The claims that a run of so many quarters reaches."""
    return tuple(c for c in case.claims if horizon(c) <= quarters)


def evaluate(
    setting: Setting, claims: Sequence[Claim], progress: Progress = silent
) -> tuple[Testbed, tuple[Result, ...]]:
    """Run what the claims need and judge them."""
    testbed = prepare(setting, claims)
    values = setting.runs.means(testbed.plans, testbed.readings, progress)
    return testbed, judge(testbed, values)
