"""What a hindcast has to say, by itself and on the board's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tightrope.analyses.record import charts, evidence
from tightrope.analyses.record.numbers import ENOUGH, Calibration, Hindcast
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.show.style import Chart
from tightrope.text.wording import joined, percent

HEADS = ("cut-off", "series", "forecast", "points", "CRPS", "skill", "in 90 %", "direction")
NARROW = ("cut-off", "series", "forecast", "n", "CRPS", "skill", "90 %", "way")
NOTE = (
    "Points: how many were forecast. CRPS: smaller is better. Skill: part of persistence's CRPS "
    "that is saved, negative where the model is worse. In 90 %: part of the points within the 90 % "
    "interval. Direction: part of the forecasts that had the direction of change right. Forecast "
    "ar: an autoregression, where a series has enough consecutive quarters and returns to a mean."
)
SCREEN = 24
"""Scores of more rows than this stand on the page and in the files only."""

CAPTIONS = {
    "hindcast-scores": "Each dot is the mean error (CRPS) of the forecasts of a series after a "
    "cut-off, as a multiple of that of persistence, the forecast that nothing changes: left of "
    "the line is better. Pale dots rest on fewer than five forecasts.",
    "hindcast-courses": "Black: what was observed. Bars: what the model, matched up to a cut-off, "
    "expected after it in nine of ten worlds, and the middle. Additive scale (log-odds, "
    "logarithms), up to a constant of each series.",
    "hindcast-calibration": "Known worlds made records, and the records were matched. The line is "
    "the share of these true worlds that was kept, against the share that should be; grey is what "
    "chance alone allows. The dashed line is the share of other worlds that was kept: the lower, "
    "the more a record tells.",
    "hindcast-signs": "Each dot is a claim: in how many of the known worlds its sign was that of "
    "most worlds, before and after their records were matched. Above the line, matching helped.",
}
"""What is said under each of `charts.of_hindcast`."""


def tell(found: Hindcast) -> Finding:
    """Where the model beats persistence, what the method finds on made records, and all scores."""
    tested = found.calibration
    rows = tuple(_rows(found))
    return Finding(
        source=provenance(found.case),
        name="hindcast",
        title="The hindcast: years the model has not seen",
        about=f"The record is matched up to {joined(found.cutoffs)}{_each(found)}; later points "
        "are forecast from the last one before, given the recorded course of what lay outside. The "
        "scale is the additive one of what a series stands for (log-odds, logarithms).",
        words=(
            *sentences(found),
            "Does the method find the truth on records made by known worlds? "
            f"{calibration_words(tested)}",
        ),
        tables=(
            Table("Scores", HEADS, rows, 5, note=NOTE, short=len(rows) <= SCREEN, narrow=NARROW),
        ),
        pictures=tuple(
            Picture(name, CAPTIONS[name], make) for name, make in charts.of_hindcast(found).items()
        ),
        data={
            "forecasts": found.forecasts,
            "scores": found.scores,
            "calibration": tested.curve,
            "signs": tested.signs,
        },
        settings={
            "cutoffs": list(found.cutoffs),
            "truths": tested.truths,
            "kept": tested.kept,
            "kept_others": tested.kept_others,
            "signs_before": tested.signs_before,
            "signs_after": tested.signs_after,
        },
    )


def _each(found: Hindcast) -> str:
    return " in turn" if len(found.cutoffs) > 1 else ""


def section(found: Hindcast, figure: Callable[[Chart, str], Any]) -> dict[str, Any]:
    """What the board's page says of a hindcast."""
    return {
        "words": sentences(found),
        "cutoffs": found.cutoffs,
        "heads": HEADS,
        "rows": list(_rows(found)),
        "calibration": calibration_words(found.calibration),
        "figures": {
            name.removeprefix("hindcast-"): (figure(make(), CAPTIONS[name]), CAPTIONS[name])
            for name, make in charts.of_hindcast(found).items()
        },
    }


def _rows(found: Hindcast) -> Iterator[tuple[str, ...]]:
    labels = {s.name: s.label for s in found.case.series}
    for r in found.scores.to_dict("records"):
        right = "" if np.isnan(r["direction"]) else percent(r["direction"])
        skill = "" if np.isnan(r["skill"]) else f"{r['skill']:+.2f}"
        yield (
            r["cutoff"], labels[r["series"]], r["forecast"], str(r["points"]), f"{r['crps']:.3f}",
            skill, percent(r["coverage"]), right,
        )  # fmt: skip


def sentences(found: Hindcast) -> list[str]:
    """For each series, in plain words, whether the model beats persistence."""
    table = found.scores
    if table.empty:
        return ["No series could be forecast from any cut-off."]
    labels = {s.name: s.label for s in found.case.series}
    said = []
    own = table[table["forecast"] == "model"]
    for name, rows in own.groupby("series", sort=False):
        base = table[(table["series"] == name) & (table["forecast"] == "persistence")]
        ours = float(np.average(rows["crps"], weights=rows["points"]))
        theirs = float(np.average(base["crps"], weights=base["points"]))
        count = int(rows["points"].sum())
        if count < ENOUGH:
            verdict = "hard to tell from"
        elif ours < 0.98 * theirs:
            verdict = "better than"
        else:
            verdict = "worse than" if ours > 1.02 * theirs else "no better than"
        said.append(
            f"{labels.get(str(name), name)}: the model is {verdict} persistence "
            f"(CRPS {ours:.3f} against {theirs:.3f}, forecasts: {count}; its "
            f"90 % interval held {percent(np.average(rows['coverage'], weights=rows['points']))})."
        )
    return said


def calibration_words(found: Calibration) -> str:
    """What the made records showed, in three sentences."""
    nominal = evidence.RATE
    error = np.sqrt(nominal * (1 - nominal) / found.truths)
    return (
        f"{found.truths} worlds each made a record, shocks and errors included. The true world was "
        f"kept in {percent(found.kept, 1)} (nominal {percent(nominal)}, chance alone gives "
        f"{percent(nominal - 2 * error, 1)} to {percent(min(1, nominal + 2 * error), 1)}); of the "
        f"other worlds {percent(found.kept_others, 1)} were kept. " + _signs(found)
    )


def _signs(found: Calibration) -> str:
    if not found.signs[["before", "after"]].notna().any().all():
        return "No claim has a sign to be told in so short a run."
    return (
        f"The sign of a claim's difference "
        f"in the true world was that of most worlds for {percent(found.signs_before, 1)} of claims "
        f"before matching and for {percent(found.signs_after, 1)} after it."
    )
