"""Basis: what a verdict rests on, found by switching mechanisms off.

*assumed*: the verdict falls when just the mechanism that says so outright is removed.
*emergent*: it needs several mechanisms, one that does not say so outright, or the actors' choices.
*robust*: no single removal breaks it.
*unsupported*: it does not hold (nor lean) in the first place, so it rests on nothing, and nothing
is removed from it.

A removal breaks a verdict when the claim no longer holds or leans, and the share of worlds in which
it is as argued falls by MATTERS or more: a verdict that stands at the border would else rest on
everything. Each share is the verdict's own, in all its worlds, plus the paired change in the worlds
looked at (a control variate). They are few where the effect is clear, and twice as many at each
look as before where it is not: a removal is settled when it lies on one side of these borders by
more than the error. The chance that any removal of the board is settled wrongly is at most RISK
(Bonferroni, over all removals and looks). What is open in the last worlds is decided by what they
show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import scipy

from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result, Testbed
from tightrope.analyses.verdicts.graph import outright, reaching
from tightrope.analyses.verdicts.verdict import MOST, SUPPORTED, TIMES, Shares
from tightrope.engine.model import LANES, Model
from tightrope.engine.plan import Plan, without
from tightrope.engine.progress import Progress, silent
from tightrope.engine.readings import Reading
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting

KINDS = ("assumed", "emergent", "robust", "unsupported", "not computed")

NOTHING, PASSAGE, CHOICE = "nothing", "own passage", "choice"

FIRST = LANES // 4
"""Worlds of the first look; each later one has as many as all before it."""

MATTERS = 0.05
"""The least change of the share of worlds that a removal can matter by."""

RISK = 0.05

ASKED = 3
"""Borders a removal is held against: in most worlds as argued, leaning that way, how far fallen."""


@dataclass(frozen=True)
class Basis:
    """What one claim rests on.

    Attributes:
        kind: assumed, emergent, robust or unsupported.
        breaking: what breaks it when removed: mechanisms by name, "own passage", "choice".
        outright: the mechanisms that link what its arms change to its outcome in one step.
        shares: the three shares of worlds after each removal; proved without effect where the
            removal is missing.
        worlds: in how many worlds each removal was looked at.
        open: removals that are not settled in the last worlds.
    """

    kind: str
    breaking: tuple[str, ...]
    outright: tuple[str, ...]
    shares: dict[str, Shares]
    worlds: dict[str, int]
    open: tuple[str, ...]


class Trial(NamedTuple):
    """One claim without one thing; no mechanisms: without choice."""

    claim: int
    name: str
    mechanisms: tuple[int, ...]


class Seen(NamedTuple):
    """What a trial came to; worlds: in so many."""

    shares: Shares
    breaks: bool
    settled: bool
    worlds: int


def find(
    setting: Setting, results: Sequence[Result], progress: Progress = silent
) -> tuple[Basis, ...]:
    """The basis of each claim, with everything removed in turn from those that stand.

    results: in worlds of which those of the setting are the first.
    """
    testbed = claims.prepare(setting, [r.claim for r in results])
    trials = _trials(setting.model, results)
    seen = _looked(setting.runs, testbed, results, trials, progress)
    found = []
    for c, result in enumerate(results):
        own = {t.name: seen[t] for t in trials if t.claim == c}
        pairs = zip(result.claim.parts, testbed.places[c], strict=True)
        says_so = set().union(*(outright(setting.model, testbed, p, where) for p, where in pairs))
        found.append(_classify(result, own, says_so))
    return tuple(found)


def _trials(model: Model, results: Sequence[Result]) -> list[Trial]:
    """Each mechanism alone, each claim's passage together, and choice, from what they may reach."""
    case = model.case
    made = []
    for c, result in enumerate(results):
        if result.verdict not in SUPPORTED:
            continue
        names = reaching(model, result.claim)
        made += [Trial(c, m.name, (i,)) for i, m in enumerate(case.mechanisms) if m.name in names]
        passage = result.claim.passage
        own = tuple(i for i, m in enumerate(case.mechanisms) if passage in m.passages)
        made += [Trial(c, PASSAGE, own)] if own else []
        made.append(Trial(c, CHOICE, ()))
    return made


# ---------------------------------------------------------------- look by look


def looks(worlds: int) -> list[slice]:
    """The worlds of each look: FIRST, then as many again as before, to the last."""
    ends = [min(FIRST, worlds)]
    while ends[-1] < worlds:
        ends.append(min(2 * ends[-1], worlds))
    return [slice(a, b) for a, b in zip([0, *ends], ends, strict=False)]


def _looked(
    runs: Runs,
    testbed: Testbed,
    results: Sequence[Result],
    trials: Sequence[Trial],
    progress: Progress,
) -> dict[Trial, Seen]:
    """Every trial, in as many worlds as it takes."""
    pieces = looks(len(runs.worlds))
    sure = float(scipy.stats.norm.ppf(1 - RISK / (ASKED * max(len(trials), 1) * len(pieces))))
    waiting = list(trials)
    after: dict[Trial, np.ndarray] = {t: np.zeros(0, np.int8) for t in trials}
    seen: dict[Trial, Seen] = {}
    for look, piece in enumerate(pieces):
        size = piece.stop - piece.start
        here = runs.over(runs.worlds.part(runs.model.case, piece.start, size))

        def told(done: int, total: int, before: int = look) -> None:
            progress(before * total + done, len(pieces) * total)

        for trial, came_to in _removed(here, testbed, waiting, told):
            after[trial] = np.concatenate([after[trial], came_to])
            seen[trial] = judged(results[trial.claim].came_to, after[trial], sure)
        waiting = [t for t in waiting if not seen[t].settled]
        if not waiting:
            break
    progress(1, 1)
    return seen


def judged(before: np.ndarray, after: np.ndarray, sure: float) -> Seen:
    """Whether a verdict falls, and whether that is settled.

    before: what the claim comes to in all worlds, see `Result.came_to`; after: in the first of
    them, with something removed; sure: how many standard errors settle it.
    """
    argued, doubt = _changed(before > 0, after > 0, 1.0)
    opposite, _ = _changed(before < 0, after < 0, 1.0)
    leaning, wavering = _changed(_lean(before), _lean(after), 1.0 + TIMES)
    # Each is positive where the verdict stands by it.
    above = np.array([argued - MOST, leaning])
    error = sure * np.array([doubt, wavering])
    fallen = float(np.mean(before > 0)) - argued - MATTERS
    breaks = bool((above < 0).any() and fallen > 0)
    if breaks:
        settled = bool((above < -error).any() and fallen > sure * doubt)
    else:
        settled = bool((above > error).all() or fallen < -sure * doubt)
    parts = np.clip([argued, 1 - argued - opposite, opposite], 0.0, 1.0)
    return Seen(Shares(*(float(p) for p in parts / parts.sum())), breaks, settled, len(after))


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
    error = np.sqrt(max(moved - drift**2, 0.0) / (count + 2))
    return float(np.mean(before) + change.mean()), float(error)


def _removed(
    runs: Runs, testbed: Testbed, trials: Sequence[Trial], progress: Progress
) -> Iterator[tuple[Trial, np.ndarray]]:
    """What each trial's claim comes to in each world; equal runs are run once."""
    by_model = [
        (runs, [t for t in trials if t.mechanisms]),
        (without_choice(runs), [t for t in trials if not t.mechanisms]),
    ]
    for here, own in by_model:
        if not own:
            continue
        plans, readings, places = _lay_out(testbed, own)
        values = here.means(plans, readings, progress)
        for trial, where in zip(own, places, strict=True):
            yield trial, claims.judge_one(testbed.claims[trial.claim], where, values).came_to


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
        if trial.mechanisms:
            plan = without(plan, list(trial.mechanisms))
        key = contexts[base.plan] + plan.strengths.tobytes()
        if plans.setdefault(key, len(laid)) == len(laid):
            laid.append(plan)
        return readings.setdefault(replace(base, plan=plans[key]), len(readings))

    places = [
        tuple(tuple(place(t, index) for index in part) for part in testbed.places[t.claim])
        for t in trials
    ]
    return laid, list(readings), places


def _classify(result: Result, seen: dict[str, Seen], says_so: set[str]) -> Basis:
    breaking = tuple(name for name, s in seen.items() if s.breaks)
    single = [name for name in breaking if name != PASSAGE]
    if result.verdict not in SUPPORTED:
        kind = "unsupported"
    elif not single:
        kind = "robust"
    elif len(single) == 1 and single[0] in says_so:
        kind = "assumed"
    else:
        kind = "emergent"
    return Basis(
        kind,
        breaking,
        tuple(sorted(says_so)),
        {NOTHING: result.shares, **{name: s.shares for name, s in seen.items()}},
        {NOTHING: len(result.holds), **{name: s.worlds for name, s in seen.items()}},
        tuple(name for name, s in seen.items() if not s.settled),
    )
