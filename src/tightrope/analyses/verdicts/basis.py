"""Basis: what a verdict rests on, found by switching mechanisms off.

*assumed*: the verdict falls when just the mechanism that says so outright is removed.
*emergent*: it needs several mechanisms, one that does not say so outright, or the actors' choices.
*robust*: no single removal breaks it.
*unsupported*: it does not hold (nor lean) in the first place.

A removal breaks a verdict when it takes the share of worlds out of the supported bands and the
paired drop is larger than its own Monte Carlo error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tightrope.analyses.intervals import Z
from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result, Testbed
from tightrope.analyses.verdicts.graph import outright, reaching
from tightrope.case import Claim
from tightrope.engine.compiling import compile_case
from tightrope.engine.model import Model
from tightrope.engine.plan import Plan, without
from tightrope.engine.progress import Progress, silent
from tightrope.engine.runs import Reading
from tightrope.engine.setting import Setting

KINDS = ("assumed", "emergent", "robust", "unsupported", "not computed")

NOTHING, PASSAGE, CHOICE = "nothing", "own passage", "choice"


@dataclass(frozen=True)
class Basis:
    """What one claim rests on.

    Attributes:
        kind: assumed, emergent, robust or unsupported.
        breaking: what breaks it when removed: mechanisms by name, "own passage", "choice".
        outright: the mechanisms that link what its arms change to its outcome in one step.
        shares: share of worlds in which it holds after each removal; proved without effect where
            the removal is missing.
    """

    kind: str
    breaking: tuple[str, ...]
    outright: tuple[str, ...]
    shares: dict[str, float]


@dataclass(frozen=True)
class _Removal:
    name: str
    mechanisms: tuple[int, ...]
    claims: tuple[int, ...]


def _removals(model: Model, tested: Sequence[Claim]) -> list[_Removal]:
    """Each mechanism alone, each passage's together, with the claims they may reach."""
    case = model.case
    reach = [reaching(model, claim) for claim in tested]
    removals = [
        _Removal(m.name, (i,), tuple(c for c, names in enumerate(reach) if m.name in names))
        for i, m in enumerate(case.mechanisms)
    ]
    for passage in case.passages:
        own = tuple(i for i, m in enumerate(case.mechanisms) if passage.id in m.passages)
        about = tuple(c for c, claim in enumerate(tested) if claim.passage == passage.id)
        if own and about:
            removals.append(_Removal(PASSAGE, own, about))
    return [r for r in removals if r.claims]


Places = tuple[tuple[int, ...], ...]


def _lay_out(
    testbed: Testbed, removals: Sequence[_Removal]
) -> tuple[list[Plan], list[Reading], list[dict[str, Places]]]:
    """The testbed's plans and readings and those of all removals; the readings by claim and name.

    A removal is laid out for the claims it may reach alone; what comes to the same run is run once.
    """
    plans, readings = list(testbed.plans), list(testbed.readings)
    contexts = [plan._replace(strengths=np.zeros(0)).key for plan in plans]
    laid = {(contexts[i], plan.strengths.tobytes()): i for i, plan in enumerate(plans)}
    read = {reading: i for i, reading in enumerate(readings)}
    places: list[dict[str, Places]] = [{} for _ in testbed.claims]

    def place(removal: _Removal, index: int) -> int:
        base = testbed.readings[index]
        plan = without(testbed.plans[base.plan], list(removal.mechanisms))
        number = laid.setdefault((contexts[base.plan], plan.strengths.tobytes()), len(plans))
        if number == len(plans):
            plans.append(plan)
        reading = Reading(number, base.rows, base.first, base.last)
        if read.setdefault(reading, len(readings)) == len(readings):
            readings.append(reading)
        return read[reading]

    for removal in removals:
        for c in removal.claims:
            places[c][removal.name] = tuple(
                tuple(place(removal, index) for index in part) for part in testbed.places[c]
            )
    return plans, readings, places


def find(
    setting: Setting, results: Sequence[Result], progress: Progress = silent
) -> tuple[Basis, ...]:
    """The basis of each claim, with every mechanism removed in turn."""
    model, runs = setting.model, setting.runs
    tested = [r.claim for r in results]
    testbed = claims.prepare(setting, tested)
    plans, readings, places = _lay_out(testbed, _removals(model, tested))
    values = runs.means(plans, readings, progress)
    habitual = runs.under(compile_case(model.case, "habit"))
    without_choice = habitual.means(testbed.plans, testbed.readings)
    found = []
    for c, result in enumerate(results):
        base = claims.judge_one(tested[c], testbed.places[c], values)
        after = {
            name: claims.judge_one(tested[c], where, values) for name, where in places[c].items()
        }
        after[CHOICE] = claims.judge_one(tested[c], testbed.places[c], without_choice)
        says_so = set().union(
            *(
                outright(model, testbed, part, place)
                for part, place in zip(tested[c].parts, testbed.places[c], strict=True)
            )
        )
        found.append(_classify(result, base, after, says_so))
    return tuple(found)


def _classify(result: Result, base: Result, after: dict[str, Result], says_so: set[str]) -> Basis:
    shares = {NOTHING: base.share, **{name: r.share for name, r in after.items()}}
    breaking = tuple(name for name, r in after.items() if breaks(base.holds, r.holds))
    single = [name for name in breaking if name != PASSAGE]
    if result.verdict not in claims.SUPPORTED or base.verdict not in claims.SUPPORTED:
        kind, breaking = "unsupported", ()
    elif not single:
        kind = "robust"
    elif len(single) == 1 and single[0] in says_so:
        kind = "assumed"
    else:
        kind = "emergent"
    return Basis(kind, breaking, tuple(sorted(says_so)), shares)


def breaks(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether a verdict falls, from whether the claim holds in each world before and after."""
    if claims.verdict(float(after.mean())) in claims.SUPPORTED:
        return False
    lost, gained = np.sum(before & ~after), np.sum(~before & after)
    return bool(lost - gained > Z * np.sqrt(lost + gained))
