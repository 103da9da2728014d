"""Break: where a posture fails, as boxes of worlds and by exact derivatives.

A posture fails in a world in which a vital objective has not enough at the end. Scenario discovery
(Bryant and Lempert 2010) describes those worlds by boxes; derivatives say what each number does to
each vital objective, world by world. The two need not agree: a box is about where failures lie, a
derivative about what would move things a little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from tightrope.analyses import boxes as conditions
from tightrope.analyses import objectives
from tightrope.analyses.boxes import Box, Peeling
from tightrope.analyses.failures.options import Options, meant
from tightrope.analyses.intervals import wilson
from tightrope.analyses.record.evidence import runs_of
from tightrope.analyses.verdicts import sensitivity
from tightrope.arguments import known_rule
from tightrope.case import Arm, Case, Objective
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.plan import Plan, plan
from tightrope.engine.progress import Progress, Watch, silent
from tightrope.engine.readings import rows
from tightrope.engine.runs import Runs, Slope
from tightrope.text.notebook import told

MOST_BOXES = 3
"""Fewer, where the next one would not hold up in worlds that it was not found in."""
SCREENED = 12
"""So many numbers, those that tell failures from the rest best, are given to PRIM."""

CORE = 1 / 3
"""The core of a box: the densest step that still covers this part of the failures."""

FEWEST_LEFT = 0.1
"""No further box is looked for when less than this part of the failures is left."""

SLOPE_WORLDS = 128
TOP = 6


@dataclass(frozen=True)
class Looked:
    """A search that gives no box.

    Attributes:
        worlds: of which so many fail: `failing`; `seen` and `failing_seen` in the half looked in.
        numbers: that limits could be set on; `screened`: so many were tried; 0 where too few
            worlds fail, or do not, for a search.
        coverage: part of the failures that a box had to hold, where it was asked for.
        best: the box that did not hold up in the other half, measured there, or None.
    """

    worlds: int
    failing: int
    seen: int
    failing_seen: int
    numbers: int
    screened: int = 0
    coverage: float | None = None
    best: Box | None = None


@told
@dataclass(frozen=True, eq=False, repr=False)
class Break:
    """Where a posture fails in a scenario.

    Attributes:
        failed: whether it fails in each world; shape (worlds,).
        params: the worlds' numbers, in the order of the case's priors; shape (P, worlds).
        by_objective: share of worlds in which each vital objective has not enough.
        peelings: PRIM's steps for each box; `taken` the step that was chosen.
        boxes: see `conditions.COLUMNS`, with `claim` the box's number, or `1 core`; coverage,
            density and mass in the half of the worlds in which it was not looked for.
        looked: where there is no box, what was looked for; else None.
        slopes: for each vital objective the numbers that move it most: objective, parameter,
            meaning, effect_of_range (points over the whole range, mean size over worlds),
            direction, and in_box (the box that restricts it, or empty).
    """

    case: Case
    posture: str
    scenario: str
    worlds: int
    failed: np.ndarray
    params: np.ndarray
    by_objective: pd.DataFrame
    peelings: tuple[Peeling, ...]
    taken: tuple[int, ...]
    boxes: pd.DataFrame
    looked: Looked | None
    slopes: pd.DataFrame

    def in_short(self) -> tuple[str, Sequence[str]]:
        title = f"Where {self.posture} breaks in {self.scenario}"
        return title, [f"{len(self.failed)} worlds, {int(self.failed.sum())} fail"]

    @property
    def share(self) -> float:
        return float(self.failed.mean())


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Break:
    """Where a posture breaks, as it is asked for on the command line."""
    model = compile_case(case, known_rule(options.rule))
    return find_breaks(
        runs_of(model, options.worlds, options.quarters, options, watch, kept),
        posture=options.posture,
        scenario=options.scenario,
        coverage=options.coverage,
        progress=partial(watch, "where it breaks"),
    )


def find_breaks(
    runs: Runs,
    *,
    posture: str | None = None,
    scenario: str | None = None,
    coverage: float | None = None,
    progress: Progress = silent,
) -> Break:
    """Where a posture (the advised one by default) fails in a scenario (the case's by default).

    coverage: take the densest box that covers at least this part of the failures, rather than the
    one with the best balance of coverage and density.
    Raises UseError for names that the case does not have, a coverage outside 0 to 1, and where the
    library that finds boxes is missing.
    """
    case, sample = runs.model.case, runs.sample
    stance, course = meant(case, posture, scenario, coverage)
    objectives.check_quarters(runs.quarters)
    arm = plan(case, Arm(), runs.quarters, course, stance)
    vital = objectives.vital(case)
    steps = 2 + len(vital)
    end, start = objectives.values(runs, [arm])
    ok = objectives.satisfied(case, end, start)[0]
    failed = objectives.fails(case, ok)
    progress(1, steps)
    peelings, taken, boxes, looked = _boxes(case, sample.params, failed, coverage)
    progress(2, steps)
    names = [o.name for o in case.objectives]
    missed = pd.DataFrame(
        {
            "objective": [o.name for o in vital],
            "label": [o.label for o in vital],
            "share": [float(1 - ok[names.index(o.name)].mean()) for o in vital],
        }
    )
    few = sample.pick(np.arange(min(SLOPE_WORLDS, len(sample.indices))))
    frames = []
    for done, goal in enumerate(vital, start=3):
        slopes = _slopes(runs.over(few), goal, arm)
        frames.append(_strongest(case, goal, slopes, few.params, boxes))
        progress(done, steps)
    return Break(
        case=case,
        posture=stance.name,
        scenario=course.name,
        worlds=len(failed),
        failed=failed,
        params=sample.params,
        by_objective=missed,
        peelings=peelings,
        taken=taken,
        boxes=boxes,
        looked=looked,
        slopes=pd.concat(frames, ignore_index=True),
    )


def _boxes(
    case: Case, params: np.ndarray, failed: np.ndarray, coverage: float | None
) -> tuple[tuple[Peeling, ...], tuple[int, ...], pd.DataFrame, Looked | None]:
    """Boxes one after another, each in the worlds that the ones before left; and `Break.looked`.

    Found in the first half of the worlds and measured in the second, which the search has not
    seen: among hundreds of numbers some tell worlds apart by luck. (Every other world would not do:
    odd and even Sobol points lie in different halves of the first range.) A box stays where
    failures are more frequent in it than in all worlds, beyond chance (Wilson's 95 % interval).
    """
    names = [p.name for p in case.priors]
    meanings = [p.meaning for p in case.priors]
    peelings: list[Peeling] = []
    taken: list[int] = []
    rows: list[tuple[object, ...]] = []
    left = np.ones(len(failed), bool)
    seen = np.arange(len(failed)) < len(failed) // 2
    looked = Looked(len(failed), int(failed.sum()), int(seen.sum()), int(failed[seen].sum()),
                    len(names), coverage=coverage)  # fmt: skip
    for number in range(1, MOST_BOXES + 1):
        here = left & seen
        picked = failed & here
        enough = picked.sum() >= max(conditions.FEWEST, FEWEST_LEFT * failed[seen].sum())
        if not enough or (here & ~failed).sum() < conditions.FEWEST:
            break
        chosen = conditions.screen(params[:, here], picked[here], SCREENED)
        peeling = conditions.peel(params[chosen][:, here], [names[i] for i in chosen], picked[here])
        step = conditions.choose(peeling, coverage)
        if step is None:
            looked = replace(looked, screened=len(chosen))
            break
        unseen = params[:, ~seen], names, failed[~seen]
        box = conditions.measured(peeling.boxes[step], *unseen)
        if not _denser(box, float(failed[~seen].mean()), len(failed[~seen])):
            looked = replace(looked, screened=len(chosen), best=box)
            break
        peelings.append(peeling)
        taken.append(step)
        rows += conditions.limits(str(number), "fails", box, params, names, meanings)
        tight = conditions.choose(peeling, CORE) if coverage is None else None
        if tight is not None:
            core = conditions.measured(peeling.boxes[tight], *unseen)
            if _denser(core, box.density, len(failed[~seen])):
                rows += conditions.limits(f"{number} core", "fails", core, params, names, meanings)
        left &= ~conditions.inside(box, params, names)
    table = pd.DataFrame(rows, columns=list(conditions.COLUMNS))
    return tuple(peelings), tuple(taken), table, None if rows else looked


def _denser(box: Box, than: float, worlds: int) -> bool:
    """Whether failures are more frequent in the box than so, beyond chance."""
    count = round(box.mass * worlds)
    return count > 0 and wilson(box.density, count)[0] > than


def _slopes(runs: Runs, goal: Objective, arm: Plan) -> np.ndarray:
    """Derivatives of an objective, its start taken off where that counts; shape (P, W)."""
    quarters = runs.quarters
    weights = np.zeros((quarters + 1, len(runs.model.outcomes)), np.float32)
    for row, weight in rows(runs.model, goal.outcome):
        weights[quarters - objectives.YEAR + 1 :, row] += weight / objectives.YEAR
        if goal.from_start:
            weights[0, row] -= weight
    (found,) = runs.slopes([Slope(arm, weights, quarters)])
    return found


def _strongest(
    case: Case, goal: Objective, slopes: np.ndarray, params: np.ndarray, boxes: pd.DataFrame
) -> pd.DataFrame:
    size = np.abs(sensitivity.range_effect(case, slopes, params)).mean(axis=1)
    order = [i for i in np.argsort(-size, kind="stable")[:TOP] if size[i] > 0]
    in_box = dict(zip(boxes["parameter"], boxes["claim"], strict=True))
    return pd.DataFrame(
        {
            "objective": goal.name,
            "parameter": [case.priors[i].name for i in order],
            "meaning": [case.priors[i].meaning for i in order],
            "effect_of_range": [float(size[i]) for i in order],
            "direction": [sensitivity.direction(slopes[i]) for i in order],
            "in_box": [in_box.get(case.priors[i].name, "") for i in order],
        }
    )
