"""Shock: what a scenario such as a large war does beyond another one, quarter by quarter.

The same world meets both, with the same random draws, so the difference is the shock's alone.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tightrope.analyses.compare.numbers import chosen
from tightrope.arguments import SHOCK_QUARTERS, check_memory, check_numbers
from tightrope.case import Arm, Case, Scenario
from tightrope.engine import ensemble
from tightrope.engine import labelled as dataset
from tightrope.engine.ensemble import Progress, silent
from tightrope.engine.kernel import Model, Trajectory
from tightrope.engine.plan import find, plan
from tightrope.engine.worlds import Sample
from tightrope.errors import UseError
from tightrope.text.notebook import Told
from tightrope.text.plain import bullets, code, inline, markdown_table
from tightrope.text.table import csv_text
from tightrope.text.wording import counted, joined, percent

HALF, BACK = 0.5, 0.1
"""Half or all of a blow is over when so much of the largest difference is left, and stays so."""

FELT = 1.0
"""Differences that never reach one point are no blow: there is nothing to recover from."""

ONE_IN_TWENTY = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Shock(Told):
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
        return f"The shock {self.scenario}, against {self.against}", in_words(self)

    @property
    def advice(self) -> str:
        """The advised posture, or the first one where it was not run."""
        shown = [str(p) for p in self.difference["posture"].to_numpy()]
        return self.case.advice if self.case.advice in shown else shown[0]


def shocks_of(case: Case) -> tuple[str, ...]:
    """Scenarios that say what they are a shock against."""
    return tuple(s.name for s in case.scenarios if s.against)


def find_shock(case: Case, name: str | None = None) -> Scenario:
    """The shock of this name; the first of the case's where none is named."""
    known = shocks_of(case)
    if not known:
        raise UseError(
            f'no scenario of {case.name} is a shock; allowed: one with "shock" in scenarios.yaml'
        )
    scenario = find(case.scenarios, known[0] if name is None else name, "scenario")
    if not scenario.against:
        raise UseError(f'the scenario "{name}" is no shock; allowed: {", ".join(known)}')
    return scenario


def run(
    model: Model,
    *,
    scenario: str | None = None,
    postures: Sequence[str] = (),
    sample: Sample,
    quarters: int = SHOCK_QUARTERS,
    progress: Progress = silent,
) -> Shock:
    """A shock under each posture (all of the case's by default) in the worlds of `sample`.

    Raises UseError for a name that the case does not have or a scenario that is no shock.
    """
    check_numbers(quarters=quarters)
    case = model.case
    shock = find_shock(case, scenario)
    stances = chosen(case.postures, postures, "posture")
    rows = [model.outcome_index[look] for look in shock.looks]
    plans = [
        plan(case, Arm(), quarters, scenario=name, posture=stance.name)
        for name in (shock.name, shock.against)
        for stance in stances
    ]
    count = len(plans) * len(rows) * (quarters + 1) * len(sample.indices)
    check_memory(2 * count, "worlds and quarters")
    found = np.empty((len(plans), len(rows), quarters + 1, len(sample.indices)), np.float32)

    def use(index: int, here: slice, trajectory: Trajectory) -> None:
        shown = np.asarray(trajectory.outcomes)[:, rows, : here.stop - here.start]
        found[index][..., here] = shown.transpose(1, 0, 2)

    ensemble.each_trajectory(model, plans, sample.seed, sample, quarters, use, progress)
    gap = found[: len(stances)] - found[len(stances) :]
    difference = xr.DataArray(
        gap.transpose(0, 1, 3, 2),
        dims=("posture", "outcome", "world", "quarter"),
        coords={
            "posture": [s.name for s in stances],
            "outcome": [look.name for look in shock.looks],
            "world": sample.indices,
            "quarter": np.arange(quarters + 1),
        },
        attrs={"scenario": shock.name, "against": shock.against, "case_hash": case.hash,
               "seed": sample.seed, "rule": model.rule},
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
    low, middle, high = (difference.quantile(q, dim="world") for q in (0.05, 0.5, 0.95))
    parts = {"mean": difference.mean("world"), "p5": low, "p50": middle, "p95": high}
    table = xr.Dataset({n: p.drop_vars("quantile", errors="ignore") for n, p in parts.items()})
    return table.to_dataframe().reset_index()


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


# ---------------------------------------------------------------- in words and on disk


def in_words(found: Shock) -> list[str]:
    """A sentence for each outcome: the blow under the advised posture, and where it is smallest."""
    postures = {p.name: p.label for p in found.case.postures}
    said = []
    worlds = found.difference.sizes["world"]
    for outcome, rows in found.summary.groupby("outcome", sort=False):
        label, unit = dataset.labels(found.case)[str(outcome)]
        own = rows[rows["posture"] == found.advice].iloc[0]
        if not rows["felt"].any():
            said.append(f"{label}: no world feels it, by as much as {FELT:g} {_unit(unit)[:-1]}.")
            continue
        worst = ""
        if worlds >= 1 / ONE_IN_TWENTY:
            worst = f", by {own['worst']:.1f} or more in the worst one in twenty"
        said.append(
            f"{label}: {own['way']} by {own['blow']:.1f} {_unit(unit)} at the worst moment (middle "
            f"world, {postures[found.advice]}){worst}. {_back(own)}{_extremes(rows, postures)}"
        )
    return said


def _extremes(rows: pd.DataFrame, postures: Mapping[str, str]) -> str:
    """Under which postures the blow is smallest and largest; nothing where they do alike."""
    sizes = rows["blow"].round(1)
    if sizes.min() == sizes.max():
        return ""

    def named(size: float) -> str:
        return f"{joined(postures[p] for p in rows.loc[sizes == size, 'posture'])} ({size:.1f})"

    return f" Smallest under {named(sizes.min())}, largest under {named(sizes.max())}."


def _unit(unit: str) -> str:
    return "index points" if unit == dataset.INDEX else "points"


def _back(own: pd.Series) -> str:
    if np.isnan(own["half"]):
        return "No world feels it."
    if np.isinf(own["half"]):
        return "Most worlds have not made up half of it by the end."
    half = f"Half of it is made up after {_quarters(own['half'])} in the middle world"
    if np.isinf(own["recovery"]):
        late = percent(own["not_back"])
        return f"{half}; {late} of worlds that feel it have not recovered by the end."
    return f"{half}, nine tenths after {own['recovery']:.0f}."


def _quarters(count: float) -> str:
    return "1 quarter" if round(count) == 1 else f"{count:.0f} quarters"


def files(found: Shock, command: str) -> dict[str, str]:
    """The result as texts by file name."""
    about = {
        "case": found.case.name,
        "case_hash": found.case.hash,
        "command": command,
        "scenario": found.scenario,
        "against": found.against,
        "worlds": found.difference.sizes["world"],
        "quarters": found.difference.sizes["quarter"] - 1,
        "seed": found.difference.attrs["seed"],
    }
    return {
        "paths.csv": csv_text(found.paths),
        "summary.csv": csv_text(found.summary),
        "shock.md": "\n".join(_lines(found, command)) + "\n",
        "run.json": json.dumps(about, indent=2) + "\n",
    }


def _lines(found: Shock, command: str) -> Iterator[str]:
    courses = {s.name: s.label for s in found.case.scenarios}
    postures = {p.name: p.label for p in found.case.postures}
    shocked, calm = inline(courses[found.scenario]), inline(courses[found.against])
    yield f"# A shock: {shocked}, against {calm}"
    yield ""
    yield (
        f"Made by {code(command)}; case hash `{found.case.hash}`; "
        f"{counted(found.difference.sizes['world'], 'world')} over "
        f"{counted(found.difference.sizes['quarter'] - 1, 'quarter')}. Differences in the same "
        "world with the same random draws; the reference "
        "quarter is quarter 0."
    )
    yield ""
    yield from bullets(in_words(found))
    yield ""
    heads = ("outcome", "posture", "blow", "one in twenty", "worst quarter", "half back after",
             "back after", "not back by the end")  # fmt: skip
    labels = dataset.labels(found.case)
    rows = (
        (labels[r["outcome"]][0], postures[r["posture"]], *cells_of(r))
        for r in found.summary.to_dict("records")
    )
    yield from markdown_table(heads, rows, numbers=range(2, len(heads)))


def cells_of(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    """The numbers of a row of the summary as they are shown."""

    def waited(quarters: float) -> str:
        return "" if np.isnan(quarters) else "later" if np.isinf(quarters) else f"{quarters:.0f}"

    def blow(size: float) -> str:
        text = f"{abs(size):.1f}"
        return text if text == "0.0" else f"{'-' if row['way'] == 'falls' else '+'}{text}"

    return (
        blow(row["blow"]), blow(row["worst"]), waited(row["quarter"]),
        waited(row["half"]), waited(row["recovery"]),
        "" if np.isnan(row["not_back"]) else f"{percent(row['not_back'])}",
    )  # fmt: skip
