"""The board: every claim of a case with its verdict, what it rests on and what decides it."""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tightrope import reading
from tightrope.analyses import boxes as conditions
from tightrope.analyses.intervals import wilson
from tightrope.analyses.record import evidence
from tightrope.analyses.record import numbers as hindcast
from tightrope.analyses.record.evidence import Matching
from tightrope.analyses.record.numbers import Hindcast
from tightrope.analyses.verdicts import basis, claims, sensitivity
from tightrope.analyses.verdicts.basis import Basis
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.verdicts.counts import cells
from tightrope.arguments import BASIS_WORLDS, QUARTERS, WORLDS, check_numbers, known_rule
from tightrope.case import Arm, Case, Claim, Part
from tightrope.case.named import check_case, find
from tightrope.engine import ensemble
from tightrope.engine import labelled as dataset
from tightrope.engine.compiling import compile_case
from tightrope.engine.ensemble import Progress, Watch, no_watch
from tightrope.engine.model import Model
from tightrope.engine.plan import plan
from tightrope.engine.worlds import Sample
from tightrope.errors import UseError
from tightrope.text.names import listed, nearest
from tightrope.text.notebook import told
from tightrope.text.wording import joined

KEPT = 1000
"""Worlds whose whole trajectories are kept for charts and for the trajectory files."""

CONTRIBUTION_WORLDS = 256
DECISIVE_WORLDS = 64

SHOWN_VERSIONS = ("jax", "numpy", "scipy", "xarray")

COLUMNS = (
    "claim",
    "passage",
    "says",
    "verdict",
    "undecided",
    "share",
    "share_low",
    "share_high",
    "prior_verdict",
    "prior_share",
    "opposite",
    "direction",
    "effect",
    "effect_low",
    "effect_high",
    "unit",
    "expect",
    "margin",
    "basis",
    "rests_on",
    "decides",
    "where",
    "note",
)


@dataclass(frozen=True)
class Phase:
    """How long a part of the work took, and how many world-quarters it ran (0: not counted)."""

    name: str
    seconds: float
    world_quarters: int


@dataclass(frozen=True)
class Run:
    """What has to be known to make a board again; `left_out` names the parts that it lacks."""

    worlds: int
    quarters: int
    rule: str
    scenario: str
    posture: str
    seed: int
    basis_worlds: int
    decisive_worlds: int
    command: str
    version: str
    versions: dict[str, str]
    phases: tuple[Phase, ...]
    left_out: tuple[str, ...]


@told
@dataclass(frozen=True, eq=False, repr=False)
class Board:
    """A case's claims with their verdicts, and all that is shown with them.

    Attributes:
        claims: one row per claim and per untested row, see `COLUMNS`.
        removal: share of worlds in which a claim holds (rows) with something removed (columns);
            empty where the basis was not computed.
        decisive: see `sensitivity.COLUMNS`.
        boxes: where claims fail, or alone hold; see `conditions.COLUMNS`.
        trajectories: by scenario, under the run's posture; see `dataset.label`; empty where the
            scenarios were not run.
        contributions: by scenario; see `dataset.contributions`.
        matching: what the record leaves of the worlds, or None where the case has no record or
            it was left aside.
        observed: the record beside what all and what the kept worlds give; see
            `evidence.observed_table`.
        hindcast: how the model does on years it has not seen, or None where that was left aside.
        influence: edges source, target, mechanism, kind; see `basis.influence`.
    """

    case: Case
    run: Run
    claims: pd.DataFrame
    removal: pd.DataFrame
    decisive: pd.DataFrame
    boxes: pd.DataFrame
    trajectories: dict[str, xr.Dataset]
    contributions: dict[str, xr.Dataset]
    matching: Matching | None
    observed: pd.DataFrame
    hindcast: Hindcast | None
    influence: pd.DataFrame

    def in_short(self) -> tuple[str, Sequence[str]]:
        run = self.run
        settings = f"{run.worlds:,} worlds, {run.quarters} quarters, rule {run.rule}"
        course = f"scenario {run.scenario}, posture {run.posture}, seed {run.seed}"
        heads, rows = cells(self.claims, self.before)
        counts = [", ".join(f"{n} {h}" for h, n in zip(heads[1:], r[1:], strict=True) if n)
                  for r in rows]  # fmt: skip
        said = [f"{r[0]}: {n}" for r, n in zip(rows, counts, strict=True) if n]
        return f"The board of {self.case.title}", [f"{settings}, {course}", *said]

    @property
    def before(self) -> int | None:
        """So many worlds were run before the record ruled some out; None where it did not."""
        return None if self.matching is None else self.run.worlds

    def to_frame(self) -> pd.DataFrame:
        """The claims as a table, one row each."""
        return self.claims.copy()

    def _repr_html_(self) -> str:
        from tightrope.analyses.verdicts.page import fragment  # noqa: PLC0415  (it speaks of boards)

        return fragment(self)


def version() -> str:
    return metadata.version("tightrope")


def simulate(
    case: Case,
    *,
    scenario: str | None = None,
    posture: str | None = None,
    worlds: int = 1000,
    quarters: int = QUARTERS,
    seed: int = 0,
    rule: str = "reactive",
) -> xr.Dataset:
    """Run one scenario and posture in an ensemble of worlds.

    Returns a Dataset with dims world and quarter (0 = the reference quarter), one data variable per
    state, derived quantity, instrument, regime and exogenous quantity; see `dataset.label`.
    Raises UseError for a name that the case does not have or a number out of range.
    """
    check_case(case)
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    scenario, posture = _names(case, scenario, posture)
    model = compile_case(case, known_rule(rule))
    arm = plan(case, Arm(), quarters, scenario=scenario, posture=posture)
    attrs = _provenance(case, scenario, posture, rule, seed, worlds, quarters)
    return dataset.trajectories(
        model, arm, seed=seed, worlds=worlds, quarters=quarters, attrs=attrs
    )


def explain(
    case: Case,
    *,
    scenario: str | None = None,
    posture: str | None = None,
    worlds: int = CONTRIBUTION_WORLDS,
    quarters: int = QUARTERS,
    seed: int = 0,
    rule: str = "reactive",
) -> xr.Dataset:
    """What took each variable where it went under a scenario and posture.

    See `dataset.contributions`. Raises as `simulate` does.
    """
    check_case(case)
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    scenario, posture = _names(case, scenario, posture)
    arm = plan(case, Arm(), quarters, scenario=scenario, posture=posture)
    return dataset.contributions(
        compile_case(case, known_rule(rule)),
        arm,
        seed=seed,
        worlds=worlds,
        quarters=quarters,
        attrs=_provenance(case, scenario, posture, rule, seed, worlds, quarters),
    )


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
    basis_worlds: int = BASIS_WORLDS,
    watch: Watch = no_watch,
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
        with_boxes: also say where in the space of numbers a claim fails.
        with_basis: also remove every mechanism in turn, in `basis_worlds` worlds.
        with_scenarios: also run each scenario, for the paths on the board.
        watch: called as the work goes on.
        command: what to write on the board as the way to make it again.

    Raises UseError for a name that the case does not have or a number out of range.
    """
    check_case(case)
    check_numbers(worlds=worlds, quarters=quarters, basis_worlds=basis_worlds, seed=seed)
    wanted = {"with_evidence": with_evidence, "with_hindcast": with_hindcast,
              "with_decisive": with_decisive, "with_boxes": with_boxes,
              "with_basis": with_basis, "with_scenarios": with_scenarios}  # fmt: skip
    check_claims(case, only)
    scenario, posture = _names(case, scenario, posture)
    work = _Work(
        compile_case(case, known_rule(rule)), worlds, quarters, scenario, posture, seed, [], watch
    )
    tested = [c for c in claims.testable(case, quarters) if not only or c.id in only]
    judged = _judged(work, tested, with_evidence and bool(tested or not only))
    foretold, why_none = None, ""
    if judged.matching is not None and with_hindcast and not only:
        foretold, why_none = _foretold(work)
    decisive = _decisive(work, judged) if with_decisive else _NO_DECISIVE
    boxes = _boxes(work, judged) if with_boxes else _NO_BOXES
    found = _basis(work, judged, basis_worlds) if with_basis else ()
    runs, pushes = _scenario_runs(work) if with_scenarios and not only else ({}, {})
    done = {
        "the record": not case.series or judged.matching is not None,
        f"the hindcast{why_none}": judged.matching is None or foretold is not None,
        "what decides": with_decisive,
        "where claims fail": with_boxes,
        "what claims rest on": with_basis,
        "the runs of the scenarios": bool(runs),
        f"all claims but {joined(only)}": not only,
    }
    asked: dict[str, object] = {"basis_worlds": basis_worlds} if found else {}
    asked |= {"only": list(only)} if only else {}
    asked |= {name: False for name, on in wanted.items() if not on}
    run = Run(
        worlds=worlds,
        quarters=quarters,
        rule=rule,
        scenario=scenario,
        posture=posture,
        seed=seed,
        basis_worlds=basis_worlds if found else 0,
        decisive_worlds=DECISIVE_WORLDS if len(decisive) else 0,
        command=command
        or _call("assess", case, scenario, posture, rule, seed, worlds, quarters, **asked),
        version=version(),
        versions=_versions(),
        phases=tuple(work.phases),
        left_out=tuple(part for part, was in done.items() if not was),
    )
    return Board(
        case=case,
        run=run,
        claims=_table(case, only, judged, found, decisive, boxes, quarters),
        removal=_removal(case, judged.results, found),
        decisive=decisive,
        boxes=boxes,
        trajectories=runs,
        contributions=pushes,
        matching=judged.matching,
        observed=judged.observed,
        hindcast=foretold,
        influence=influence_edges(case),
    )


_NO_DECISIVE = pd.DataFrame(columns=list(sensitivity.COLUMNS))
_NO_BOXES = pd.DataFrame(columns=list(conditions.COLUMNS))


def check_claims(case: Case, names: Sequence[str]) -> None:
    """Raises UseError for an id that no claim of the case has, tested or not."""
    known = [*(c.id for c in case.claims), *(u.id for u in case.untested)]
    for name in names:
        if name not in known:
            raise UseError(f'claim: found "{name}"; allowed: {listed(known)}{nearest(name, known)}')


@dataclass(frozen=True, eq=False)
class _Work:
    """What every phase of an assessment needs; `phases` grows as they are done."""

    model: Model
    worlds: int
    quarters: int
    scenario: str
    posture: str
    seed: int
    phases: list[Phase]
    watch: Watch

    def timed(self, name: str) -> AbstractContextManager[Progress]:
        return _timed(self.phases, name, self.watch)

    @property
    def common(self) -> dict[str, Any]:
        return {"seed": self.seed, "scenario": self.scenario, "posture": self.posture}


@dataclass(frozen=True, eq=False)
class _Judged:
    """Claims in the first worlds (`prior`) and in those that the record leaves (`results`)."""

    prior: tuple[Result, ...]
    results: tuple[Result, ...]
    plausible: Sample
    matching: Matching | None
    observed: pd.DataFrame


def _judged(work: _Work, tested: Sequence[Claim], with_evidence: bool) -> _Judged:
    model, case = work.model, work.model.case
    testbed = claims.prepare(model, tested, work.quarters, work.scenario, work.posture)
    run = partial(ensemble.read, model, testbed.plans, testbed.readings, work.seed)
    with work.timed("verdicts") as progress:
        values = run(work.worlds, work.quarters, progress)
    work.phases[-1] = _counted(work.phases[-1], len(testbed.plans) * work.worlds * work.quarters)
    prior = claims.judge(testbed, values)
    plausible = Sample.of(case, work.seed, 0, work.worlds)
    matching: Matching | None = None
    observed = pd.DataFrame(columns=list(evidence.OBSERVED))
    if with_evidence and case.series:
        with work.timed("the record") as progress:
            plausible, matching = evidence.plausible(
                model, seed=work.seed, worlds=work.worlds, progress=progress
            )
            observed = evidence.observed_table(model, matching) if matching else observed
        known = plausible.indices < work.worlds
        with work.timed("verdicts after it") as progress:
            more = run(plausible.pick(~known), work.quarters, progress)
        values = np.concatenate([values[:, plausible.indices[known]], more], axis=1)
    return _Judged(prior, claims.judge(testbed, values), plausible, matching, observed)


def _foretold(work: _Work) -> tuple[Hindcast | None, str]:
    """The hindcast, or why the record allows for none."""
    with work.timed("hindcast") as progress:
        try:
            found = hindcast.run(
                work.model.case, seed=work.seed, rule=work.model.rule, progress=progress
            )
        except UseError as problem:  # said on the board
            return None, f" ({problem})"
    return found, ""


def _decisive(work: _Work, judged: _Judged) -> pd.DataFrame:
    if not judged.results:
        return _NO_DECISIVE
    with work.timed("what decides") as progress:
        return sensitivity.decisive(
            work.model,
            judged.results,
            worlds=_some(judged.plausible, DECISIVE_WORLDS),
            progress=progress,
            **work.common,
        )


def _boxes(work: _Work, judged: _Judged) -> pd.DataFrame:
    priors = work.model.case.priors
    with work.timed("where it fails") as progress:
        return conditions.boxes(
            [(r.claim.id, r.holds) for r in judged.results],
            judged.plausible.params,
            [p.name for p in priors],
            [p.meaning for p in priors],
            progress,
        )


def _basis(work: _Work, judged: _Judged, worlds: int) -> tuple[Basis, ...]:
    if not judged.results:
        return ()
    with work.timed("basis") as progress:
        return basis.find(
            work.model,
            judged.results,
            worlds=_some(judged.plausible, worlds),
            progress=progress,
            **work.common,
        )


def _some(sample: Sample, count: int) -> Sample:
    return sample.pick(np.arange(min(count, len(sample.indices))))


@contextmanager
def _timed(phases: list[Phase], name: str, watch: Watch) -> Iterator[Progress]:
    start = time.perf_counter()
    watch(name, 0, 1)
    yield lambda done, total: watch(name, done, total)
    phases.append(Phase(name, time.perf_counter() - start, 0))


def _counted(phase: Phase, world_quarters: int) -> Phase:
    return Phase(phase.name, phase.seconds, world_quarters)


def _names(case: Case, scenario: str | None, posture: str | None) -> tuple[str, str]:
    chosen = find(case.scenarios, case.scenario if scenario is None else scenario, "scenario")
    stance = find(case.postures, case.posture if posture is None else posture, "posture")
    return chosen.name, stance.name


def _provenance(
    case: Case, scenario: str, posture: str, rule: str, seed: int, worlds: int, quarters: int
) -> dict[str, Any]:
    return {
        "case": case.name,
        "case_hash": case.hash,
        "scenario": scenario,
        "posture": posture,
        "rule": rule,
        "seed": seed,
        "worlds": worlds,
        "quarters": quarters,
        "version": version(),
        "command": _call("simulate", case, scenario, posture, rule, seed, worlds, quarters),
    }


def _call(
    what: str, case: Case, scenario: str, posture: str, rule: str, seed: int, worlds: int,
    quarters: int, **more: object,
) -> str:  # fmt: skip
    """The Python that makes a result again: a case that is not the package's is a folder."""
    shipped = case.origin is not None and not case.origin.differs and case.name in reading.shipped()
    trust = ", trust=True" if case.has_python else ""
    loaded = f'load("{case.name}")' if shipped else f'load("./{case.name}"{trust})'
    options = {"scenario": scenario, "posture": posture, "worlds": worlds, "quarters": quarters,
               "seed": seed, "rule": rule, **more}  # fmt: skip
    said = "".join(f", {name}={_literal(value)}" for name, value in options.items())
    return f"tightrope.{what}(tightrope.{loaded}{said})"


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | list) else repr(value)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "platform": sys.platform}
    return found | {name: metadata.version(name) for name in SHOWN_VERSIONS}


def _scenario_runs(work: _Work) -> tuple[dict[str, xr.Dataset], dict[str, xr.Dataset]]:
    model, case, quarters = work.model, work.model.case, work.quarters
    worlds = min(work.worlds, KEPT)
    runs, pushes = {}, {}
    with work.timed("scenarios") as progress:
        for done, scenario in enumerate(case.scenarios, start=1):
            arm = plan(case, Arm(), quarters, scenario=scenario.name, posture=work.posture)
            attrs = _provenance(
                case, scenario.name, work.posture, model.rule, work.seed, worlds, quarters
            )
            options: dict[str, Any] = {"seed": work.seed, "quarters": quarters, "attrs": attrs}
            runs[scenario.name] = dataset.trajectories(model, arm, worlds=worlds, **options)
            pushes[scenario.name] = dataset.contributions(
                model, arm, worlds=min(worlds, CONTRIBUTION_WORLDS), **options
            )
            progress(done, len(case.scenarios))
    return runs, pushes


# ---------------------------------------------------------------- tables


def _table(
    case: Case,
    only: Sequence[str],
    judged: _Judged,
    found: Sequence[Basis],
    decisive: pd.DataFrame,
    boxes: pd.DataFrame,
    quarters: int,
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    bases = {r.claim.id: b for r, b in zip(judged.results, found, strict=False)}
    by_id = {r.claim.id: r for r in judged.results}
    before = {r.claim.id: r for r in judged.prior}
    for passage in case.passages:
        for claim in (c for c in case.claims if c.passage == passage.id):
            if claim.id in by_id:
                own = [table[table["claim"] == claim.id] for table in (decisive, boxes)]
                both = by_id[claim.id], before[claim.id]
                rows.append(_row(case, *both, bases.get(claim.id), *own))
            else:
                reason = (
                    f"looks at quarter {claims.horizon(claim)}; "
                    f"the run has {quarters}. Ask for more quarters."
                )
                rows.append(_untested_row(claim.id, claim.passage, claim.says, reason))
        rows += [
            _untested_row(u.id, u.passage, u.says, u.why)
            for u in case.untested
            if u.passage == passage.id
        ]
    return pd.DataFrame([r for r in rows if not only or r["claim"] in only], columns=list(COLUMNS))


def _row(
    case: Case,
    result: Result,
    prior: Result,
    found: Basis | None,
    decisive: pd.DataFrame,
    boxes: pd.DataFrame,
) -> dict[str, Any]:
    claim = result.claim
    part = claim.parts[result.weakest]
    count = len(result.holds)
    low, high = wilson(result.share, count)
    effect = pd.Series(result.effect).quantile([0.5, 0.05, 0.95]).tolist()
    opposite = float(result.opposite.mean())
    return {
        "claim": claim.id,
        "passage": claim.passage,
        "says": claim.says,
        "verdict": result.verdict,
        "undecided": claims.undecided(low, high),
        "share": result.share,
        "share_low": low,
        "share_high": high,
        "prior_verdict": prior.verdict,
        "prior_share": prior.share,
        "opposite": opposite,
        "direction": float(result.direction.mean()),
        "effect": effect[0],
        "effect_low": effect[1],
        "effect_high": effect[2],
        "unit": unit(case, part),
        "expect": part.expect,
        "margin": part.margin,
        "basis": "not computed" if found is None else found.kind,
        "rests_on": "" if found is None else ", ".join(found.breaking),
        "decides": ", ".join(decisive["parameter"]),
        "where": conditions.sentence(boxes),
        "note": _note(claim, result),
    }


def _note(claim: Claim, result: Result) -> str:
    if len(claim.parts) == 1:
        return claim.note
    weakest = (
        f"A joint claim of {len(claim.parts)} parts; the effect shown is that of part "
        f"{result.weakest + 1}, which holds in fewest worlds."
    )
    return f"{weakest} {claim.note}".strip()


def _untested_row(name: str, passage: str, says: str, why: str) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    numbers = ("share", "prior_share", "opposite", "direction", "effect", "margin")
    empty |= dict.fromkeys([c for c in COLUMNS if c.startswith(numbers)], float("nan"))
    return empty | {
        "claim": name,
        "passage": passage,
        "says": says,
        "verdict": "not tested",
        "note": why,
    }


def unit(case: Case, part: Part) -> str:
    """The unit of a part's difference."""
    return dataset.outcome_unit(case, part.contrast.this.outcome)


def _removal(case: Case, results: Sequence[Result], found: Sequence[Basis]) -> pd.DataFrame:
    if not found:
        return pd.DataFrame()
    names = [basis.NOTHING, *(m.name for m in case.mechanisms), basis.PASSAGE, basis.CHOICE]
    rows = [[b.shares.get(name, b.shares[basis.NOTHING]) for name in names] for b in found]
    ids = [r.claim.id for r in results]
    return pd.DataFrame(rows, index=pd.Index(ids, name="claim"), columns=names)


def influence_edges(case: Case) -> pd.DataFrame:
    """The influence graph as a table: source, target, mechanism, kind; see `basis.influence`."""
    graph = basis.influence(compile_case(case))
    rows = [(a, b, data["mechanism"], data["kind"]) for a, b, data in graph.edges(data=True)]
    return pd.DataFrame(rows, columns=["source", "target", "mechanism", "kind"])
