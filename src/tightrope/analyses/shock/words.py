"""What a shock has to say."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from tightrope.analyses.shock import charts
from tightrope.analyses.shock.numbers import FELT, ONE_IN_TWENTY, Shock
from tightrope.case.scales import INDEX
from tightrope.engine import labelled as dataset
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import counted, joined, percent

HEADS = ("outcome", "posture", "blow", "one in twenty", "in quarter", "half back after",
         "back after", "not back by the end")  # fmt: skip
NARROW = ("outcome", "posture", "blow", "1 in 20", "at", "half back", "back", "not back")
NOTE = (
    "Blow: largest difference in the middle world; one in twenty: in the worst worlds; in quarter: "
    "when, from the reference quarter on; half back and back: quarters after that one."
)
CAPTIONS = {
    "shock-paths": "Difference that the shock makes in the same world, quarter by quarter. Lines: "
    "middle world under each posture (grey: the others); shade: nine worlds in ten under the "
    "advised one.",
    "shock-blows": "The largest difference. Dot: middle world; grey mark: reached or passed in the "
    "worst one in twenty. The advised posture is brown.",
}


def tell(found: Shock) -> Finding:
    """The blow by outcome, in sentences, a table and two pictures."""
    case, sizes = found.case, found.difference.sizes
    courses = {s.name: s.label for s in case.scenarios}
    postures = {p.name: p.label for p in case.postures}
    labels = dataset.labels(case)
    rows = tuple(
        (labels[r["outcome"]][0], postures[r["posture"]], *cells_of(r))
        for r in found.summary.to_dict("records")
    )
    return Finding(
        source=provenance(case),
        name="shock",
        title=f"The shock: {courses[found.scenario]}",
        about=f"The same {counted(sizes['world'], 'world')} met "
        f'"{courses[found.scenario]}" and "{courses[found.against]}", each over '
        f"{counted(sizes['quarter'] - 1, 'quarter')}, with the same random draws.",
        words=tuple(sentences(found)),
        tables=(
            Table("The blow by outcome and posture, in quarters and points", HEADS, rows, 6,
                  note=NOTE, narrow=NARROW),
        ),
        pictures=(
            Picture("shock-paths", CAPTIONS["shock-paths"], lambda: charts.paths(found)),
            Picture("shock-blows", CAPTIONS["shock-blows"], lambda: charts.blows(found)),
        ),
        data={"paths": found.paths, "summary": found.summary},
        settings={
            "scenario": found.scenario,
            "against": found.against,
            "worlds": sizes["world"],
            "quarters": sizes["quarter"] - 1,
            "seed": found.difference.attrs["seed"],
            "rule": found.difference.attrs["rule"],
        },
    )  # fmt: skip


def sentences(found: Shock) -> list[str]:
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
    return "index points" if unit == INDEX else "points"


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
