"""Claims: contrasts computed world by world, and the verdicts they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tightrope.analyses.verdicts.verdict import SUPPORTED, Shares, verdict
from tightrope.case import Case, Claim, Part, Side
from tightrope.engine.plan import Plan
from tightrope.engine.progress import Progress, silent
from tightrope.engine.readings import Reading, reading
from tightrope.engine.setting import Setting
from tightrope.text.notebook import told

EXPECTED = ("higher", "lower", "not lower", "not higher")


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


def outcome(difference: np.ndarray, expect: str, margin: float) -> np.ndarray:
    """1 where a difference is as argued, beyond the margin, -1 where it is the opposite, else 0.

    `not lower` is as argued unless the difference is lower by more than the margin; so nothing is
    too small for it.
    """
    match expect:
        case "higher":
            found = np.where(difference > margin, 1, np.where(difference < -margin, -1, 0))
        case "lower":
            found = np.where(difference < -margin, 1, np.where(difference > margin, -1, 0))
        case "not lower":
            found = np.where(difference < -margin, -1, 1)
        case "not higher":
            found = np.where(difference > margin, -1, 1)
        case _:
            raise ValueError(f'expect "{expect}": allowed are {", ".join(EXPECTED)}')
    return found.astype(np.int8)


def outcomes(claim: Claim, parts: np.ndarray, times: float = 1.0) -> np.ndarray:
    """What a claim comes to in every world, with margins so many times as wide; int8, (W,).

    parts: as `Result.parts`. A claim of several parts is as argued where all of them are, and the
    opposite where any is.
    """
    own = [
        outcome(d, part.expect, times * part.margin)
        for d, part in zip(parts, claim.parts, strict=True)
    ]
    found: np.ndarray = np.min(own, axis=0)
    return found


@told
@dataclass(frozen=True, repr=False)
class Result:
    """A claim in every world.

    Attributes:
        parts: the paired difference of each part; shape (parts, W).
        came_to: 1 as argued, 0 too small, -1 the opposite; shape (W,).
        weakest: index of the part that is as argued in fewest worlds.
    """

    claim: Claim
    parts: np.ndarray
    came_to: np.ndarray
    weakest: int

    @property
    def holds(self) -> np.ndarray:
        """Where it is as argued; shape (W,)."""
        found: np.ndarray = self.came_to > 0
        return found

    @property
    def right(self) -> np.ndarray:
        """Where every part has the sign that was argued, or is as argued; shape (W,)."""
        own = [
            np.maximum(outcome(d, part.expect, 0.0), outcome(d, part.expect, part.margin)) > 0
            for d, part in zip(self.parts, self.claim.parts, strict=True)
        ]
        found: np.ndarray = np.all(own, axis=0)
        return found

    @property
    def effect(self) -> np.ndarray:
        """The difference of the weakest part; shape (W,)."""
        found: np.ndarray = self.parts[self.weakest]
        return found

    @property
    def shares(self) -> Shares:
        return shares_of(self.came_to)

    @property
    def share(self) -> float:
        return self.shares.argued

    @property
    def verdict(self) -> str:
        return verdict(self.shares, self.claim.hedged)

    @property
    def stands(self) -> bool:
        """Whether it holds or leans, however it was said: only then is there a basis to find."""
        return verdict(self.shares) in SUPPORTED

    def among(self, worlds: np.ndarray | slice) -> Result:
        """The same claim in some of its worlds, by their places, a mask or a slice."""
        return replace(self, parts=self.parts[:, worlds], came_to=self.came_to[worlds])


def shares_of(came_to: np.ndarray) -> Shares:
    """The three shares of outcomes by world."""
    argued, opposite = float(np.mean(came_to > 0)), float(np.mean(came_to < 0))
    return Shares(argued, float(np.mean(came_to == 0)), opposite)


def judge(testbed: Testbed, values: np.ndarray) -> tuple[Result, ...]:
    """Every claim's result in the worlds read; values as from `Runs.means`."""
    return tuple(
        judge_one(claim, places, values)
        for claim, places in zip(testbed.claims, testbed.places, strict=True)
    )


def judge_one(claim: Claim, places: Sequence[Sequence[int]], values: np.ndarray) -> Result:
    """One claim's result; places: for each part, the readings of its sides."""
    parts = np.stack(
        [
            differences(part, values[list(place)])
            for part, place in zip(claim.parts, places, strict=True)
        ]
    )
    return _result(claim, parts)


def _result(claim: Claim, parts: np.ndarray) -> Result:
    own = [
        np.mean(outcome(d, p.expect, p.margin) > 0) for d, p in zip(parts, claim.parts, strict=True)
    ]
    return Result(claim, parts, outcomes(claim, parts), int(np.argmin(own)))


def together(one: Result, more: Sequence[Result]) -> Result:
    """One claim's results in several lots of worlds, as one."""
    return _result(one.claim, np.concatenate([one.parts, *(r.parts for r in more)], axis=1))


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
