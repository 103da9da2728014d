"""Removals: what becomes of each claim that stands when something is switched off.

A removal breaks a verdict when the claim no longer holds or leans, and the share of worlds in which
it is as argued falls by MATTERS or more: a verdict that stands at the border would else rest on
everything. Each share is the verdict's own, in all its worlds, plus the paired change in the worlds
looked at (a control variate). They are few where the effect is clear, and twice as many at each
look as before where it is not.

Errors are controlled over all removals of a board together. At each look a removal is said to break
by Holm's rule (1979) at RISK over the number of looks: the chance that any removal of the board is
wrongly said to break is at most RISK. One is said to leave the verdict standing when it lies above
a border by an error that is Bonferroni's over all removals and looks. What is neither in the last
worlds is open, is shown as such, and counts as breaking nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import scipy

from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result, Testbed
from tightrope.analyses.verdicts.verdict import MOST, TIMES, Shares
from tightrope.engine.model import LANES
from tightrope.engine.plan import Plan, without
from tightrope.engine.progress import Progress
from tightrope.engine.readings import Reading
from tightrope.engine.runs import Runs

FIRST = LANES // 4
"""Worlds of the first look; each later one has as many as all before it."""

MATTERS = 0.05
"""The least change of the share of worlds that a removal can matter by."""

RISK = 0.05

ASKED = 3
"""Borders a removal is held against: in most worlds as argued, leaning that way, how far fallen."""


class Trial(NamedTuple):
    """One claim without one thing.

    Attributes:
        off: what is switched off, as indices into `Plan.strengths`.
        choice: whether the actors choose; else everybody keeps to usual conduct.
    """

    claim: int
    name: str
    off: tuple[int, ...]
    choice: bool = True


class Seen(NamedTuple):
    """What a trial came to.

    Attributes:
        chance: how likely so much would be seen of a removal that does not break (one-sided p).
        breaks: it is said to break.
        stands: it is said to leave the verdict standing; neither where that is open.
        worlds: in so many.
        left: of the difference in the middle world, so much is left; 1 if nothing changes.
    """

    shares: Shares
    chance: float
    breaks: bool
    stands: bool
    worlds: int
    left: float

    @property
    def settled(self) -> bool:
        return self.breaks or self.stands


def looks(worlds: int) -> list[slice]:
    """The worlds of each look: FIRST, then as many again as before, to the last."""
    ends = [min(FIRST, worlds)]
    while ends[-1] < worlds:
        ends.append(min(2 * ends[-1], worlds))
    return [slice(a, b) for a, b in zip([0, *ends], ends, strict=False)]


def look(
    runs: Runs,
    testbed: Testbed,
    results: Sequence[Result],
    trials: Sequence[Trial],
    progress: Progress,
) -> dict[Trial, Seen]:
    """Every trial, in as many worlds as it takes.

    results: in worlds of which those of the runs are the first.
    """
    pieces = looks(len(runs.worlds))
    waiting = list(trials)
    after: dict[Trial, np.ndarray] = {}
    seen: dict[Trial, Seen] = {}
    for turn, piece in enumerate(pieces):
        size = piece.stop - piece.start
        here = runs.over(runs.worlds.part(runs.model.case, piece.start, size))

        def told(done: int, total: int, before: int = turn) -> None:
            progress(before * total + done, len(pieces) * total)

        for trial, parts in _removed(here, testbed, waiting, told):
            sofar = after.get(trial, parts[:, :0])
            after[trial] = np.concatenate([sofar, parts], axis=1)
        now = {t: _seen(results[t.claim], after[t], len(trials) * len(pieces)) for t in waiting}
        seen |= now | _breaking(now, len(trials), sum(s.breaks for s in seen.values()), len(pieces))
        waiting = [t for t in waiting if not seen[t].settled]
        if not waiting:
            break
    progress(1, 1)
    return seen


def _breaking(now: dict[Trial, Seen], removals: int, broken: int, looks: int) -> dict[Trial, Seen]:
    """Those of a look that are said to break."""
    trials = list(now)
    chances = np.array([now[t].chance for t in trials])
    found = holm(chances, removals - broken, RISK / looks)
    return {
        t: now[t]._replace(breaks=True, stands=False)
        for t, said in zip(trials, found, strict=True)
        if said
    }


def holm(chances: np.ndarray, family: int, risk: float) -> np.ndarray:
    """Which of a family are found by Holm's step-down rule; those not given are not found.

    chances: p values of some of the family; family: how many it has. Returns a mask.
    """
    order = np.argsort(chances, kind="stable")
    borders = risk / (family - np.arange(len(chances)))
    passed = np.cumprod(chances[order] <= borders).astype(bool)
    found = np.zeros(len(chances), bool)
    found[order] = passed
    return found


# ---------------------------------------------------------------- one removal


def _seen(result: Result, parts: np.ndarray, removals: int) -> Seen:
    """One trial's claim after its removal in the worlds looked at; parts: (parts, worlds)."""
    count = parts.shape[1]
    middle = np.median(result.parts[:, :count], axis=1), np.median(parts, axis=1)
    kept = [b / a if a else float(a == b) for a, b in zip(*middle, strict=True)]
    left = min(kept, key=lambda part: -abs(part - 1))
    found = judged(result.came_to, claims.outcomes(result.claim, parts), removals)
    return found._replace(left=float(left))


def judged(before: np.ndarray, after: np.ndarray, removals: int) -> Seen:
    """What becomes of a verdict; `breaks` is left to Holm's rule.

    before: what the claim comes to in all worlds, see `Result.came_to`; after: in the first of
    them, with something removed; removals: how many are looked at, times the looks.
    """
    argued, doubt = _changed(before > 0, after > 0, 1.0)
    opposite, _ = _changed(before < 0, after < 0, 1.0)
    leaning, wavering = _changed(_lean(before), _lean(after), 1.0 + TIMES)
    # Each is positive where the verdict stands by it.
    above = np.array([(argued - MOST) / doubt, leaning / wavering])
    fallen = (float(np.mean(before > 0)) - argued - MATTERS) / doubt
    # It breaks at either border, and only where it has fallen far enough.
    chance = max(2 * scipy.special.ndtr(above.min()), scipy.special.ndtr(-fallen))
    sure = scipy.special.ndtri(1 - RISK / (ASKED * max(removals, 1)))
    stands = bool((above > sure).all() or fallen < -sure)
    parts = np.clip([argued, 1 - argued - opposite, opposite], 0.0, 1.0)
    shares = Shares(*(float(p) for p in parts / parts.sum()))
    return Seen(shares, min(float(chance), 1.0), False, stands, len(after), 1.0)


def _lean(came_to: np.ndarray) -> np.ndarray:
    """Its mean is above zero: as argued in more than TIMES as many worlds as the opposite."""
    return np.where(came_to > 0, 1.0, np.where(came_to < 0, -float(TIMES), 0.0))


def _changed(before: np.ndarray, after: np.ndarray, most: float) -> tuple[float, float]:
    """A mean after a removal, by the paired change, and its error; most: that a world can change.

    One world more that changes up, and one down, so that a look that saw no change is not taken
    for certainty.
    """
    count = len(after)
    change = after.astype(float) - before[:count]
    drift = change.sum() / (count + 2)
    moved = (np.sum(change**2) + 2 * most**2) / (count + 2)
    error = np.sqrt((moved - drift**2) / (count + 2))
    return float(np.mean(before) + change.mean()), float(error)


# ---------------------------------------------------------------- the runs


def _removed(
    runs: Runs, testbed: Testbed, trials: Sequence[Trial], progress: Progress
) -> Iterator[tuple[Trial, np.ndarray]]:
    """Each trial's paired differences, (parts, worlds); equal runs are run once."""
    by_choice = [
        (runs, [t for t in trials if t.choice]),
        (without_choice(runs), [t for t in trials if not t.choice]),
    ]
    for here, own in by_choice:
        if not own:
            continue
        plans, readings, places = _lay_out(testbed, own)
        values = here.means(plans, readings, progress)
        for trial, where in zip(own, places, strict=True):
            yield trial, claims.judge_one(testbed.claims[trial.claim], where, values).parts


def without_choice(runs: Runs) -> Runs:
    """Everybody keeps to habit: its pull is 1, and what is expected counts for nothing.

    The same numbers as under the rule `habit`, without another function to compile.
    """
    model, sample = runs.model, runs.sample
    params = np.array(sample.params)
    for actor in model.case.actors:
        params[model.prior_index[f"{actor.name}.rationality"]] = 0.0
        params[model.prior_index[f"{actor.name}.habit"]] = 1.0
    return runs.over(replace(sample, params=params))


Places = tuple[tuple[int, ...], ...]


def _lay_out(
    testbed: Testbed, trials: Sequence[Trial]
) -> tuple[list[Plan], list[Reading], list[Places]]:
    """The plans and readings that the trials need, and where each one's stand."""
    plans: dict[bytes, int] = {}
    laid: list[Plan] = []
    readings: dict[Reading, int] = {}
    contexts = [plan.context for plan in testbed.plans]

    def place(trial: Trial, index: int) -> int:
        base = testbed.readings[index]
        plan = testbed.plans[base.plan]
        if trial.off:
            plan = without(plan, trial.off)
        key = contexts[base.plan] + plan.strengths.tobytes()
        if plans.setdefault(key, len(laid)) == len(laid):
            laid.append(plan)
        return readings.setdefault(replace(base, plan=plans[key]), len(readings))

    places = [
        tuple(tuple(place(t, index) for index in part) for part in testbed.places[t.claim])
        for t in trials
    ]
    return laid, list(readings), places
