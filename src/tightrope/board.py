"""The board: every claim of a case with its verdict, what it rests on and what decides it."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tightrope import (
    basis,
    claims,
    conditions,
    dataset,
    engine,
    ensemble,
    evidence,
    hindcast,
    report,
    sensitivity,
    store,
)
from tightrope.arguments import (
    BASIS_WORLDS,
    QUARTERS,
    WORLDS,
    check_case,
    check_numbers,
    shown,
)
from tightrope.basis import Basis
from tightrope.case import Arm, Case, Claim, Part, UseError
from tightrope.claims import Result
from tightrope.engine import DecisionRule, Model, compile_case
from tightrope.ensemble import Progress, Watch, no_watch
from tightrope.evidence import Matching
from tightrope.hindcast import Hindcast
from tightrope.notebook import Told
from tightrope.plan import find, plan
from tightrope.reading.yamlfile import nearest
from tightrope.report.counts import cells
from tightrope.worlds import Sample

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
    """What has to be known to make a board again."""

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


@dataclass(frozen=True, eq=False, repr=False)
class Board(Told):
    """A case's claims with their verdicts, and all that is shown with them.

    Attributes:
        claims: one row per claim and per untested row, see `COLUMNS`.
        removal: share of worlds in which a claim holds (rows) with something removed (columns);
            empty where the basis was not computed.
        decisive: see `sensitivity.COLUMNS`.
        boxes: where claims fail, or alone hold; see `conditions.COLUMNS`.
        trajectories: by scenario, under the run's posture; see `dataset.label`.
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
        heads, rows = cells(self)
        counts = [", ".join(f"{n} {h}" for h, n in zip(heads[1:], r[1:], strict=True) if n)
                  for r in rows]  # fmt: skip
        said = [f"{r[0]}: {n}" for r, n in zip(rows, counts, strict=True) if n]
        return f"The board of {self.case.title}", [f"{settings}, {course}", *said]

    def to_frame(self) -> pd.DataFrame:
        """The claims as a table, one row each."""
        return self.claims.copy()

    def save(self, folder: str | Path, pictures: str | None = None) -> Path:
        """Write the board to a folder, whole or not at all; see `store.save`."""
        return store.save(self, Path(folder), pictures)

    def _repr_html_(self) -> str:
        return report.fragment(self)


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
    worlds: int = WORLDS,
    quarters: int = QUARTERS,
    rule: str = "reactive",
    scenario: str | None = None,
    posture: str | None = None,
    seed: int = 0,
    with_evidence: bool = True,
    with_hindcast: bool = True,
    with_basis: bool = True,
    basis_worlds: int = BASIS_WORLDS,
    watch: Watch = no_watch,
    command: str = "",
) -> Board:
    """Test every claim of a case.

    Args:
        worlds: number of worlds the verdicts are given in.
        quarters: length of the runs; a claim that looks further is shown as not tested.
        scenario, posture: what holds where a claim names none; the case's own by default.
        with_evidence: where the case has a record, rule worlds out by it and give verdicts in
            `worlds` of those that are left.
        with_hindcast: also score the model on the end of the record, matched to earlier cut-offs.
        with_basis: also remove every mechanism in turn, in `basis_worlds` worlds.
        watch: called as the work goes on.
        command: what to write on the board as the way to make it again.

    Raises UseError for a name that the case does not have or a number out of range.
    """
    check_case(case)
    check_numbers(worlds=worlds, quarters=quarters, basis_worlds=basis_worlds, seed=seed)
    scenario, posture = _names(case, scenario, posture)
    model = compile_case(case, known_rule(rule))
    tested = claims.testable(case, quarters)
    phases: list[Phase] = []

    testbed = claims.prepare(model, tested, quarters, scenario, posture)
    run = partial(ensemble.read, model, testbed.plans, testbed.readings, seed)
    with _timed(phases, "verdicts", watch) as progress:
        values = run(worlds, quarters, progress)
    phases[-1] = _counted(phases[-1], len(testbed.plans) * worlds * quarters)
    prior = claims.judge(testbed, values)
    plausible = Sample.of(case, seed, 0, worlds)
    matching: Matching | None = None
    observed = pd.DataFrame(columns=list(evidence.OBSERVED))
    if with_evidence and case.series:
        with _timed(phases, "the record", watch) as progress:
            plausible, matching = evidence.plausible(
                model, seed=seed, worlds=worlds, progress=progress
            )
            observed = evidence.observed_table(model, matching) if matching else observed
        known = plausible.indices < worlds
        with _timed(phases, "verdicts after it", watch) as progress:
            more = run(plausible.pick(~known), quarters, progress)
        values = np.concatenate([values[:, plausible.indices[known]], more], axis=1)
    foretold: Hindcast | None = None
    if matching is not None and with_hindcast:
        with _timed(phases, "hindcast", watch) as progress:
            foretold = hindcast.run(case, seed=seed, rule=model.rule, progress=progress)
    results = claims.judge(testbed, values)
    common: dict[str, Any] = {"seed": seed, "scenario": scenario, "posture": posture}
    decisive = pd.DataFrame(columns=list(sensitivity.COLUMNS))
    if results:
        with _timed(phases, "what decides", watch) as progress:
            decisive = sensitivity.decisive(
                model,
                results,
                worlds=_some(plausible, DECISIVE_WORLDS),
                progress=progress,
                **common,
            )
    boxes = pd.DataFrame(columns=list(conditions.COLUMNS))
    if conditions.available():
        with _timed(phases, "where it fails", watch) as progress:
            boxes = conditions.boxes(
                [(r.claim.id, r.holds) for r in results],
                plausible.params,
                [p.name for p in case.priors],
                [p.meaning for p in case.priors],
                progress,
            )
    found: tuple[Basis, ...] = ()
    if with_basis and results:
        with _timed(phases, "basis", watch) as progress:
            found = basis.find(
                model,
                results,
                worlds=_some(plausible, basis_worlds),
                progress=progress,
                **common,
            )
    with _timed(phases, "scenarios", watch) as progress:
        runs, pushes = _scenario_runs(model, posture, seed, min(worlds, KEPT), quarters, progress)
    return Board(
        case=case,
        run=Run(
            worlds=worlds,
            quarters=quarters,
            rule=rule,
            scenario=scenario,
            posture=posture,
            seed=seed,
            basis_worlds=basis_worlds if found else 0,
            decisive_worlds=DECISIVE_WORLDS,
            command=command or f'tightrope.assess(tightrope.load("{case.name}"))',
            version=version(),
            versions=_versions(),
            phases=tuple(phases),
        ),
        claims=_table(case, results, prior, found, decisive, boxes, quarters),
        removal=_removal(case, results, found),
        decisive=decisive,
        boxes=boxes,
        trajectories=runs,
        contributions=pushes,
        matching=matching,
        observed=observed,
        hindcast=foretold,
        influence=influence_edges(case),
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


def known_rule(rule: str) -> DecisionRule:
    for known in engine.RULES:
        if rule == known:
            return known
    allowed, hint = ", ".join(engine.RULES), nearest(str(rule), engine.RULES)
    raise UseError(f"there is no decision rule {shown(rule)}; allowed: {allowed}{hint}")


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
        "command": (
            f'tightrope.simulate(tightrope.load("{case.name}"), scenario="{scenario}", '
            f'posture="{posture}", worlds={worlds}, quarters={quarters}, seed={seed}, '
            f'rule="{rule}")'
        ),
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "platform": sys.platform}
    return found | {name: metadata.version(name) for name in SHOWN_VERSIONS}


def _scenario_runs(
    model: Model, posture: str, seed: int, worlds: int, quarters: int, progress: Progress
) -> tuple[dict[str, xr.Dataset], dict[str, xr.Dataset]]:
    case = model.case
    runs, pushes = {}, {}
    for done, scenario in enumerate(case.scenarios, start=1):
        arm = plan(case, Arm(), quarters, scenario=scenario.name, posture=posture)
        attrs = _provenance(case, scenario.name, posture, model.rule, seed, worlds, quarters)
        runs[scenario.name] = dataset.trajectories(
            model, arm, seed=seed, worlds=worlds, quarters=quarters, attrs=attrs
        )
        pushes[scenario.name] = dataset.contributions(
            model,
            arm,
            seed=seed,
            worlds=min(worlds, CONTRIBUTION_WORLDS),
            quarters=quarters,
            attrs=attrs,
        )
        progress(done, len(case.scenarios))
    return runs, pushes


# ---------------------------------------------------------------- tables


def _table(
    case: Case,
    results: Sequence[Result],
    prior: Sequence[Result],
    found: Sequence[Basis],
    decisive: pd.DataFrame,
    boxes: pd.DataFrame,
    quarters: int,
) -> pd.DataFrame:
    rows = []
    bases = {r.claim.id: b for r, b in zip(results, found, strict=False)}
    by_id = {r.claim.id: r for r in results}
    before = {r.claim.id: r for r in prior}
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
    return pd.DataFrame(rows, columns=list(COLUMNS))


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
    low, high = claims.interval(result.share, count)
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
