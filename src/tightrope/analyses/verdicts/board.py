"""The board: every claim of a case with its verdict, what it rests on and what decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import xarray as xr

from tightrope.analyses.record.evidence import Matching
from tightrope.analyses.record.numbers import Hindcast
from tightrope.analyses.verdicts.correlation import Together
from tightrope.analyses.verdicts.counts import cells
from tightrope.analyses.verdicts.live import Live
from tightrope.case import Case
from tightrope.text.notebook import told

COLUMNS = (
    "claim",
    "passage",
    "says",
    "verdict",
    "undecided",
    "worlds",
    "needs",
    "share",
    "share_low",
    "share_high",
    "small",
    "opposite",
    "direction",
    "prior_verdict",
    "prior_undecided",
    "prior_share",
    "effect",
    "effect_low",
    "effect_high",
    "unit",
    "expect",
    "margin",
    "margin_why",
    "by_margin",
    "tests",
    "beside",
    "said",
    "found",
    "basis",
    "basis_why",
    "rests_on",
    "open_removals",
    "otherwise",
    "form",
    "decides",
    "where",
    "note",
)


@dataclass(frozen=True)
class Phase:
    """How long a part of the work took, and how many world-quarters of its own it ran.

    What was looked up was not run; what the record and the hindcast run is not counted.
    """

    name: str
    seconds: float
    world_quarters: int


@dataclass(frozen=True)
class Run:
    """What has to be known to make a board again; `left_out` names the parts that it lacks.

    Attributes:
        first_worlds: worlds that all claims were tested in: those asked for, or fewer where the
            record left fewer.
        most_worlds: worlds for an undecided claim at most; 0 where none were added.
        looks: so many times a claim may have been looked at.
    """

    worlds: int
    quarters: int
    rule: str
    scenario: str
    posture: str
    seed: int
    basis_worlds: int
    first_worlds: int
    most_worlds: int
    looks: int
    derivative_worlds: int
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
        claims: one row per claim and per untested row, see `COLUMNS`; needs: about in how many
            worlds an undecided claim would be decided, none where it is; tests, beside: assertions
            of the source by id; said: "may" where these are hedges.
        margins: every claim's shares by how wide its margin is; see `table.MARGIN_COLUMNS`.
        removal: share of worlds in which a claim that stands is as argued (rows) with something
            removed (columns); empty where the basis was not computed, or no claim stands.
        removal_verdicts: the verdict that is left then.
        removal_worlds: in how many worlds that was looked at; 0 where it is proved without a run.
        decisive: see `deciding.COLUMNS`.
        derivatives: see `sensitivity.COLUMNS`; empty where they were not asked for.
        boxes: where claims fail, or alone hold; see `conditions.COLUMNS`.
        trajectories: by scenario, under the run's posture; see `dataset.label`; empty where the
            scenarios were not run.
        contributions: by scenario; see `dataset.contributions`.
        matching: what the record leaves of the worlds, or None where the case has no record or
            it was left aside.
        observed: the record beside what all and what the kept worlds give; see
            `evidence.observed_table`.
        hindcast: how the model does on years it has not seen, or None where that was left aside.
        together: how the claims' differences go together, and how many facts they are.
        influence: edges source, target, mechanism, kind; see `graph.influence`.
        live: the claims world by world, so that a page can judge them anew in some of the worlds.
    """

    case: Case
    run: Run
    claims: pd.DataFrame
    margins: pd.DataFrame
    removal: pd.DataFrame
    removal_verdicts: pd.DataFrame
    removal_worlds: pd.DataFrame
    decisive: pd.DataFrame
    derivatives: pd.DataFrame
    boxes: pd.DataFrame
    trajectories: dict[str, xr.Dataset]
    contributions: dict[str, xr.Dataset]
    matching: Matching | None
    observed: pd.DataFrame
    hindcast: Hindcast | None
    influence: pd.DataFrame
    together: Together
    live: Live

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
