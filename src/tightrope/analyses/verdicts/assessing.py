"""An assessment: the phases that a board is made in, each of which can be entered alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from tightrope.analyses import boxes as conditions
from tightrope.analyses.record import evidence
from tightrope.analyses.record import numbers as hindcast
from tightrope.analyses.record.evidence import Matching
from tightrope.analyses.record.numbers import Hindcast
from tightrope.analyses.robust import numbers as robust
from tightrope.analyses.robust.options import Options as RobustOptions
from tightrope.analyses.verdicts import (
    basis,
    claims,
    deciding,
    further,
    sensitivity,
    simulating,
)
from tightrope.analyses.verdicts.basis import Basis
from tightrope.analyses.verdicts.board import Board, Phase, Run
from tightrope.analyses.verdicts.calls import call, version, versions
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.verdicts.correlation import together
from tightrope.analyses.verdicts.live import live
from tightrope.analyses.verdicts.table import influence_edges, margins, removal, table
from tightrope.arguments import (
    BASIS_WORLDS,
    QUARTERS,
    WORLDS,
    check_numbers,
    check_until,
    known_rule,
)
from tightrope.case import Case, Claim
from tightrope.case.named import check_case, check_claims
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.progress import Progress, Watch, no_watch
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import First, Worlds
from tightrope.errors import UseError
from tightrope.text.wording import joined

KEPT = 1000
"""Worlds whose whole trajectories are kept for charts and for the trajectory files."""

DERIVATIVE_WORLDS = 64

ROBUST_WORLDS = 1000
"""Worlds in which claims are judged under other choices at most."""


PARTS = ("evidence", "hindcast", "decisive", "boxes", "basis", "scenarios")
"""What may be left out."""


@dataclass(frozen=True)
class Asked:
    """What an assessment is asked for; see `assess`.

    Attributes:
        most_worlds: worlds for an undecided claim at most; 0 where none are added.
    """

    only: Sequence[str]
    basis_worlds: int
    with_evidence: bool
    with_hindcast: bool
    with_decisive: bool
    with_boxes: bool
    with_basis: bool
    with_scenarios: bool
    with_derivatives: bool
    with_robust: bool
    most_worlds: int

    @property
    def parts(self) -> dict[str, object]:
        """What is asked for otherwise than usual, as `assess` takes it."""
        usual = {f"with_{name}": True for name in PARTS}
        usual |= {"with_derivatives": False, "with_robust": False}
        own: dict[str, object] = {
            k: on for k, on in vars(self).items() if k in usual and on != usual[k]
        }
        more = {"until_decided": True, "most_worlds": self.most_worlds}
        return own | (more if self.most_worlds else {})


@dataclass(frozen=True, eq=False)
class Draft:
    """A board as far as it has come: every phase takes one and gives one back with its part.

    Attributes:
        setting: the runs in the first worlds, with what holds where a claim names nothing.
        tested: the claims that are tested.
        prior, results: their results in the first worlds, and in those the record leaves; in more
            of them for a claim that was undecided.
        plausible: the worlds that the record leaves; the first ones before it was looked at.
        why_none: why there is no hindcast.
        otherwise: by claim, the words it got under other choices of ours.
        form: by claim, the variants of the case under which it got another word.
        phases: those that are done, and how long they took.
    """

    setting: Setting
    asked: Asked
    tested: tuple[Claim, ...]
    plausible: Worlds
    command: str = ""
    prior: tuple[Result, ...] = ()
    results: tuple[Result, ...] = ()
    values: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    matching: Matching | None = None
    observed: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(evidence.OBSERVED))
    )
    foretold: Hindcast | None = None
    why_none: str = ""
    decisive: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(deciding.COLUMNS))
    )
    derivatives: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(sensitivity.COLUMNS))
    )
    boxes: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(conditions.COLUMNS))
    )
    bases: tuple[Basis, ...] = ()
    otherwise: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    trajectories: dict[str, xr.Dataset] = field(default_factory=dict)
    contributions: dict[str, xr.Dataset] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()

    @property
    def case(self) -> Case:
        return self.setting.case

    @property
    def params(self) -> np.ndarray:
        """All numbers of the worlds that the record leaves; shape (P, W)."""
        return self.setting.runs.over(self.plausible).sample.params

    @property
    def shared(self) -> tuple[Result, ...]:
        """The results in the worlds that all claims were tested in."""
        return tuple(r.among(slice(len(self.plausible))) for r in self.results)

    @property
    def looks(self) -> int:
        """So many times a claim may be looked at."""
        first, most = len(self.plausible), self.asked.most_worlds
        return len(further.ends(first, most)) if most else 1

    def some(self, count: int) -> Setting:
        """The setting in the first so many of the worlds that the record leaves."""
        few = self.plausible.part(self.case, 0, min(count, len(self.plausible)))
        return replace(self.setting, runs=self.setting.runs.over(few))


# ---------------------------------------------------------------- the phases


def verdicts(draft: Draft, progress: Progress) -> Draft:
    """Every claim in the first worlds."""
    runs = draft.setting.runs
    testbed = claims.prepare(draft.setting, draft.tested)
    values = runs.means(testbed.plans, testbed.readings, progress)
    results = claims.judge(testbed, values)
    return replace(draft, prior=results, results=results, values=values)


def the_record(draft: Draft, progress: Progress) -> Draft:
    """Worlds that do not look like the record are ruled out."""
    runs = draft.setting.runs
    plausible, matching = evidence.plausible(
        runs.model, seed=runs.worlds.seed, worlds=len(runs.worlds), progress=progress,
        kept=runs.kept,
    )  # fmt: skip
    if matching is None:
        return draft
    observed = evidence.observed_table(runs.model, matching, runs.kept)
    return replace(draft, plausible=plausible, matching=matching, observed=observed)


def verdicts_after(draft: Draft, progress: Progress) -> Draft:
    """Every claim in the worlds that are left; of those only the new ones are run."""
    runs = draft.setting.runs
    left = runs.over(draft.plausible).sample
    testbed = claims.prepare(draft.setting, draft.tested)
    known = left.indices < len(runs.worlds)
    more = runs.over(left.pick(~known)).means(testbed.plans, testbed.readings, progress)
    values = np.concatenate([draft.values[:, left.indices[known]], more], axis=1)
    return replace(draft, results=claims.judge(testbed, values), values=values)


def until_decided(draft: Draft, progress: Progress) -> Draft:
    """More of the worlds that the record leaves, for claims that are undecided."""
    runs, matching, first = draft.setting.runs, draft.matching, draft.plausible
    left = None
    after = len(first)
    if matching is not None and len(matching.kept) >= evidence.FEW:
        left = evidence.left_of(runs.model, matching, runs.worlds.seed, runs.kept)
        after = int(first.indices[-1]) + 1 if len(first) == len(runs.worlds) else matching.tested
    more = further.decide(
        draft.setting, draft.results, after, draft.asked.most_worlds, left, progress
    )
    return replace(draft, results=more)


def foretold(draft: Draft, progress: Progress) -> Draft:
    """The end of the record, foretold from its beginning."""
    runs = draft.setting.runs
    try:
        found = hindcast.run(
            draft.case, seed=runs.worlds.seed, rule=runs.model.rule, progress=progress,
            kept=runs.kept,
        )  # fmt: skip
    except UseError as problem:  # said on the board
        return replace(draft, why_none=f" ({problem})")
    return replace(draft, foretold=found)


def what_decides(draft: Draft, progress: Progress) -> Draft:
    """The numbers that decide each claim, from the worlds that are there."""
    found = deciding.decisive(draft.case.priors, draft.params, draft.shared)
    progress(1, 1)
    return replace(draft, decisive=found)


def derivatives(draft: Draft, progress: Progress) -> Draft:
    """How far each number moves each claim's difference, by exact derivatives."""
    few = draft.some(DERIVATIVE_WORLDS)
    return replace(draft, derivatives=sensitivity.decisive(few, draft.results, progress))


def where_it_fails(draft: Draft, progress: Progress) -> Draft:
    """Boxes in the space of numbers in which claims fail."""
    priors = draft.case.priors
    found = conditions.boxes(
        [(r.claim.id, r.holds) for r in draft.shared],
        draft.params,
        [p.name for p in priors],
        [p.meaning for p in priors],
        progress,
    )
    return replace(draft, boxes=found)


def what_it_rests_on(draft: Draft, progress: Progress) -> Draft:
    """Each claim without each mechanism."""
    few = draft.some(draft.asked.basis_worlds)
    return replace(draft, bases=basis.find(few, draft.results, draft.params, progress))


def other_choices(draft: Draft, progress: Progress) -> Draft:
    """Which claims keep their word when our own choices are made otherwise."""
    setting = draft.setting
    options = RobustOptions(
        worlds=min(ROBUST_WORLDS, len(setting.runs.worlds)), quarters=setting.quarters,
        rule=setting.model.rule, scenario=setting.scenario.name, posture=setting.posture.name,
        claim=tuple(draft.asked.only), seed=setting.runs.worlds.seed,
    )  # fmt: skip

    def watch(_: str, done: int, total: int) -> None:
        progress(done, total)

    found = robust.ask(draft.case, options, watch, setting.runs.kept)
    rows = found.words.set_index("claim")
    return replace(draft, otherwise=rows["words"].to_dict(), form=rows["form"].to_dict())


def scenarios(draft: Draft, progress: Progress) -> Draft:
    """The paths of each scenario under the posture, and what took them there."""
    runs, setting = draft.setting.runs, draft.setting
    paths, pushes = {}, {}
    seed, worlds = runs.worlds.seed, min(len(runs.worlds), KEPT)
    few = min(worlds, simulating.CONTRIBUTION_WORLDS)
    for done, scenario in enumerate(draft.case.scenarios, start=1):
        here = replace(setting, scenario=scenario)
        long, short = (replace(here, runs=runs.over(First(seed, n))) for n in (worlds, few))
        paths[scenario.name] = simulating.trajectories(long)
        pushes[scenario.name] = simulating.contributions(short)
        progress(done, len(draft.case.scenarios))
    return replace(draft, trajectories=paths, contributions=pushes)


Work = Callable[[Draft, Progress], Draft]


def steps(draft: Draft) -> Iterator[tuple[str, Work]]:
    """The phases that are asked for, in their order; some hang on what others found."""
    asked, whole = draft.asked, not draft.asked.only
    recorded = asked.with_evidence and bool(draft.case.series) and bool(draft.tested or whole)
    yield "verdicts", verdicts
    if recorded:
        yield "the record", the_record
        yield "verdicts after it", verdicts_after
    if asked.most_worlds and draft.tested:
        yield "until decided", until_decided
    if recorded and asked.with_hindcast and whole:
        yield "hindcast", foretold
    if asked.with_decisive and draft.tested:
        yield "what decides", what_decides
    if asked.with_derivatives and draft.tested:
        yield "derivatives", derivatives
    if asked.with_boxes:
        yield "where it fails", where_it_fails
    if asked.with_basis and draft.tested:
        yield "basis", what_it_rests_on
    if asked.with_robust and draft.tested:
        yield "other choices", other_choices
    if asked.with_scenarios and whole:
        yield "scenarios", scenarios


def drafts(draft: Draft, watch: Watch = no_watch) -> Iterator[Draft]:
    """What is known after each phase; `Run.left_out` of its board says what that lacks so far."""
    counted: list[int] = []
    runs = replace(draft.setting.runs, ran=counted.append)
    draft = replace(draft, setting=replace(draft.setting, runs=runs))
    for name, work in steps(draft):
        start = time.perf_counter()
        watch(name, 0, 1)
        draft = work(draft, partial(watch, name))
        done = Phase(name, time.perf_counter() - start, sum(counted))
        counted.clear()
        draft = replace(draft, phases=(*draft.phases, done))
        yield draft


# ---------------------------------------------------------------- all of it


def assess(
    case: Case,
    *,
    only: Sequence[str] = (),
    worlds: int = WORLDS,
    quarters: int = QUARTERS,
    rule: str = "reactive",
    scenario: str | None = None,
    posture: str | None = None,
    seed: int = 0,
    with_evidence: bool = True,
    with_hindcast: bool = True,
    with_decisive: bool = True,
    with_boxes: bool = True,
    with_basis: bool = True,
    with_scenarios: bool = True,
    with_derivatives: bool = False,
    with_robust: bool = False,
    basis_worlds: int = BASIS_WORLDS,
    until_decided: bool = False,
    most_worlds: int | None = None,
    watch: Watch = no_watch,
    grows: Callable[[Board], None] | None = None,
    kept: Kept | None = None,
    command: str = "",
) -> Board:
    """Test the claims of a case.

    Args:
        only: test these claims alone, by id, and run only what they need: no hindcast and no runs
            of the scenarios. All claims where none is named.
        worlds: number of worlds the verdicts are given in.
        quarters: length of the runs; a claim that looks further is shown as not tested.
        scenario, posture: what holds where a claim names none; the case's own by default.
        with_evidence: where the case has a record, rule worlds out by it and give verdicts in
            `worlds` of those that are left.
        with_hindcast: also score the model on the end of the record, matched to earlier cut-offs.
        with_decisive: also say which numbers decide each claim.
        with_derivatives: also work out how far each number moves each claim's difference.
        with_robust: also say what word each claim gets when our own choices are made otherwise,
            in a thousand worlds at most.
        with_boxes: also say where in the space of numbers a claim fails.
        with_basis: also remove every mechanism in turn from each claim that stands, in
            `basis_worlds` worlds at most.
        with_scenarios: also run each scenario, for the paths on the board.
        until_decided: also run claims that are undecided in further worlds, twice as many at each
            look, until none is or they have been run in `most_worlds` (MOST_WORLDS by default).
            Intervals are wider, as several looks have more chances to err; see `further`.
        watch: called as the work goes on.
        grows: called with the board after each phase, the first verdicts first of all.
        kept: where results of runs are looked up and kept, see `store.blocks`.
        command: what to write on the board as the way to make it again.

    Raises UseError for a name that the case does not have or a number out of range.
    """
    check_case(case)
    check_numbers(worlds=worlds, quarters=quarters, basis_worlds=basis_worlds, seed=seed)
    check_claims(case, only)
    most = check_until(until_decided, most_worlds, worlds, quarters)
    asked = Asked(only, basis_worlds, with_evidence, with_hindcast, with_decisive, with_boxes,
                  with_basis, with_scenarios, with_derivatives, with_robust, most)  # fmt: skip
    runs = Runs(compile_case(case, known_rule(rule)), First(seed, worlds), quarters, kept)
    first = begun(Setting.of(runs, scenario, posture), asked, command)
    for draft in drafts(first, watch):
        if grows:
            grows(board := board_of(draft))
    return board if grows else board_of(draft)


def begun(setting: Setting, asked: Asked, command: str = "") -> Draft:
    """A draft in which nothing is done yet."""
    tested = claims.testable(setting.case, setting.quarters)
    chosen = tuple(c for c in tested if not asked.only or c.id in asked.only)
    return Draft(setting, asked, chosen, setting.runs.worlds, command)


def board_of(draft: Draft) -> Board:
    """What is known so far, as a board."""
    case, asked = draft.case, draft.asked
    shares, words, looked = removal(case, draft.results, draft.bases)
    return Board(
        case=case,
        run=_run(draft),
        claims=table(case, asked.only, draft.prior, draft.results, draft.bases, draft.decisive,
                     draft.boxes, draft.otherwise, draft.form, draft.setting.quarters,
                     further.sure(draft.looks)),
        margins=margins(draft.results),
        removal=shares,
        removal_verdicts=words,
        removal_worlds=looked,
        decisive=draft.decisive,
        derivatives=draft.derivatives,
        boxes=draft.boxes,
        trajectories=draft.trajectories,
        contributions=draft.contributions,
        matching=draft.matching,
        observed=draft.observed,
        hindcast=draft.foretold,
        influence=influence_edges(case),
        together=together(draft.shared),
        live=live(case, draft.params, draft.shared),
    )  # fmt: skip


def _run(draft: Draft) -> Run:
    setting, asked = draft.setting, draft.asked
    worlds, names = setting.runs.worlds, {p.name for p in draft.phases}
    done = {
        "the record": not draft.case.series or draft.matching is not None,
        f"the hindcast{draft.why_none}": draft.matching is None or draft.foretold is not None,
        "what decides": asked.with_decisive and (not draft.tested or "what decides" in names),
        "where claims fail": "where it fails" in names,
        "what claims rest on": asked.with_basis and (not draft.tested or "basis" in names),
        "the runs of the scenarios": bool(draft.trajectories),
        f"all claims but {joined(asked.only)}": not asked.only,
    }
    more: dict[str, object] = {"basis_worlds": asked.basis_worlds} if draft.bases else {}
    more |= {"only": list(asked.only)} if asked.only else {}
    more |= asked.parts
    scenario, posture = setting.scenario.name, setting.posture.name
    again = call("assess", draft.case, scenario, posture, setting.model.rule, worlds.seed,
                 len(worlds), setting.quarters, **more)  # fmt: skip
    return Run(
        worlds=len(worlds),
        quarters=setting.quarters,
        rule=setting.model.rule,
        scenario=scenario,
        posture=posture,
        seed=worlds.seed,
        basis_worlds=asked.basis_worlds if draft.bases else 0,
        first_worlds=len(draft.plausible),
        most_worlds=asked.most_worlds,
        looks=draft.looks,
        derivative_worlds=DERIVATIVE_WORLDS if len(draft.derivatives) else 0,
        command=draft.command or again,
        version=version(),
        versions=versions(),
        phases=draft.phases,
        left_out=tuple(part for part, was in done.items() if not was),
    )
