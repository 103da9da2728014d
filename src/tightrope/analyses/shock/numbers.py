"""Shock: what a scenario such as a large war does beyond another one, quarter by quarter.

The same world meets both, with the same random draws, so the difference is the shock's alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from tightrope.analyses.intervals import spread
from tightrope.analyses.record.evidence import runs_of
from tightrope.analyses.shock.options import Options, find_shock
from tightrope.arguments import check_memory, check_numbers, known_rule
from tightrope.case import Arm, Case
from tightrope.case.named import chosen, find
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.plan import plan
from tightrope.engine.progress import Progress, Watch, silent
from tightrope.engine.runs import Runs
from tightrope.text.notebook import told

HALF, BACK = 0.5, 0.1
"""Half or all of a blow is over when so much of the largest difference is left, and stays so."""

FELT = 1.0
"""Differences that never reach one point are no blow: there is nothing to recover from."""

ONE_IN_TWENTY = 0.05


@told
@dataclass(frozen=True, eq=False, repr=False)
class Shock:
    """A shock by posture and outcome.

    Attributes:
        scenario: the shock; `against` what it is measured against.
        difference: shocked minus not, display units; dims posture, outcome, world, quarter.
        paths: by posture, outcome and quarter: mean, p5, p50 and p95 over worlds.
        summary: by posture and outcome, see `summarise`.
    """

    case: Case
    scenario: str
    against: str
    difference: xr.DataArray
    paths: pd.DataFrame
    summary: pd.DataFrame

    def in_short(self) -> tuple[str, Sequence[str]]:
        names = {s.name: s.label for s in self.case.scenarios}
        sizes = " by ".join(f"{n} {dim}" for dim, n in self.difference.sizes.items())
        return f"The shock {names[self.scenario]}, against {names[self.against]}", [sizes]

    @property
    def advice(self) -> str:
        """The advised posture, or the first one where it was not run."""
        shown = [str(p) for p in self.difference["posture"].to_numpy()]
        return self.case.advice if self.case.advice in shown else shown[0]


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Shock:
    """A shock as it is asked for on the command line."""
    model = compile_case(case, known_rule(options.rule))
    return run(
        runs_of(model, options.worlds, options.quarters, options, watch, kept),
        scenario=options.scenario,
        postures=options.posture,
        progress=lambda done, total: watch("the shock", done, total),
    )


def run(
    runs: Runs,
    *,
    scenario: str | None = None,
    postures: Sequence[str] = (),
    progress: Progress = silent,
) -> Shock:
    """A shock under each posture (all of the case's by default).

    Raises UseError for a name that the case does not have or a scenario that is no shock.
    """
    model, quarters = runs.model, runs.quarters
    check_numbers(quarters=quarters)
    case = model.case
    shock = find_shock(case, scenario)
    against = find(case.scenarios, shock.against, "scenario")
    stances = chosen(case.postures, postures, "posture")
    rows = [model.outcome_index[look] for look in shock.looks]
    plans = [
        plan(case, Arm(), quarters, scenario, stance)
        for scenario in (shock, against)
        for stance in stances
    ]
    count = len(plans) * len(rows) * (quarters + 1) * len(runs.worlds)
    check_memory(2 * count, "worlds and quarters")
    found = runs.paths(plans, rows, progress)
    gap = found[: len(stances)] - found[len(stances) :]
    difference = xr.DataArray(
        gap.transpose(0, 1, 3, 2),
        dims=("posture", "outcome", "world", "quarter"),
        coords={
            "posture": [s.name for s in stances],
            "outcome": [look.name for look in shock.looks],
            "world": runs.indices,
            "quarter": np.arange(quarters + 1),
        },
        attrs={"scenario": shock.name, "against": shock.against, "case_hash": case.hash,
               "seed": runs.worlds.seed, "rule": model.rule},
    )  # fmt: skip
    return Shock(
        case=case,
        scenario=shock.name,
        against=shock.against,
        difference=difference,
        paths=_paths(difference),
        summary=summarise(difference),
    )


def _paths(difference: xr.DataArray) -> pd.DataFrame:
    mean = difference.mean("world")
    ends = spread(difference.to_numpy(), difference.get_axis_num("world"))
    parts = {n: mean.copy(data=own) for n, own in zip(("p5", "p50", "p95"), ends, strict=True)}
    return xr.Dataset({"mean": mean} | parts).to_dataframe().reset_index()


def summarise(difference: xr.DataArray) -> pd.DataFrame:
    """The blow by posture and outcome.

    Columns way (`falls` or `rises`: where the mean goes, over postures); blow (median over worlds
    of the largest difference that way) with worst (the one in twenty worlds hit hardest reach at
    least so much) and quarter (the median one in which it is largest); felt (share of worlds in
    which it reaches one point). Of the worlds that felt it: half (median quarters from the largest
    difference until half of it is gone for good), recovery (until a tenth is left), both infinite
    where most worlds have not got there by the end, and half_open, not_back (share of those).
    """
    rows = []
    for outcome in difference["outcome"].to_numpy():
        every = difference.sel(outcome=outcome)
        mean = every.mean(("posture", "world")).to_numpy()
        sign = 1.0 if mean[np.abs(mean).argmax()] > 0 else -1.0
        for posture in difference["posture"].to_numpy():
            own = sign * every.sel(posture=posture).transpose("world", "quarter").to_numpy()
            peak, size = own.argmax(axis=1), own.max(axis=1)
            felt = size >= FELT
            halves, waits = (recovery(own[felt], left) for left in (HALF, BACK))
            known = bool(felt.any())
            rows.append({
                "posture": str(posture),
                "outcome": str(outcome),
                "way": "rises" if sign > 0 else "falls",
                "blow": float(np.median(size)),
                "worst": float(np.quantile(size, 1 - ONE_IN_TWENTY)),
                "quarter": float(np.median(peak[felt])) if known else np.nan,
                "felt": float(felt.mean()),
                "half": float(np.median(halves)) if known else np.nan,
                "half_open": float(np.isinf(halves).mean()) if known else np.nan,
                "recovery": float(np.median(waits)) if known else np.nan,
                "not_back": float(np.isinf(waits).mean()) if known else np.nan,
            })  # fmt: skip
    return pd.DataFrame(rows)


def recovery(paths: np.ndarray, left: float = BACK) -> np.ndarray:
    """Quarters from each path's peak until no more than `left` of it is left for good.

    Infinite where that is never reached. paths: (worlds, quarters), turned so that the blow is
    upward; returns (worlds,).
    """
    peak, size = paths.argmax(axis=1), paths.max(axis=1)
    above = paths > left * size[:, None]
    quarters = paths.shape[1]
    last = quarters - 1 - above[:, ::-1].argmax(axis=1)
    waits: np.ndarray = np.where(last == quarters - 1, np.inf, last + 1 - peak)
    return waits
