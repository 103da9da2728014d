"""The hindcast for readers: sentences, a table and pictures, on the board's page and by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tightrope.analyses.record import charts as record_charts
from tightrope.analyses.record import evidence
from tightrope.analyses.record.hindcast import Calibration, Hindcast
from tightrope.case import Case
from tightrope.show import pictures, style
from tightrope.text.plain import bullets, code, inline, markdown_table, picture
from tightrope.text.table import csv_text
from tightrope.text.wording import percent

HEADS = ("cut-off", "series", "forecast", "points", "CRPS", "skill", "in 90 %", "direction")

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
"""What is said under each of `record_charts.of_hindcast`."""


def files(case: Case, found: Hindcast, command: str) -> dict[str, str]:
    """The result as texts by file name: a page in Markdown, its pictures, tables and settings."""
    tested = found.calibration
    about = {
        "case": case.name,
        "case_hash": case.hash,
        "command": command,
        "cutoffs": list(found.cutoffs),
        "truths": tested.truths,
        "kept": tested.kept,
        "kept_others": tested.kept_others,
        "signs_before": tested.signs_before,
        "signs_after": tested.signs_after,
    }
    return {
        "forecasts.csv": csv_text(found.forecasts),
        "scores.csv": csv_text(found.scores),
        "calibration.csv": csv_text(tested.curve),
        "signs.csv": csv_text(tested.signs),
        "hindcast.md": "\n".join(_lines(case, found, command)) + "\n",
        **{
            f"{n}.svg": pictures.svg(make())
            for n, make in record_charts.of_hindcast(case, found).items()
        },
        "run.json": json.dumps(about, indent=2) + "\n",
    }


def section(
    case: Case, found: Hindcast, figure: Callable[[style.Chart, str], Any]
) -> dict[str, Any]:
    """What the board's page says of a hindcast."""
    return {
        "words": found.words,
        "cutoffs": found.cutoffs,
        "heads": HEADS,
        "rows": list(_rows(case, found)),
        "calibration": calibration_words(found.calibration),
        "figures": {
            name.removeprefix("hindcast-"): (figure(make(), CAPTIONS[name]), CAPTIONS[name])
            for name, make in record_charts.of_hindcast(case, found).items()
        },
    }


def _rows(case: Case, found: Hindcast) -> Iterator[tuple[str, ...]]:
    labels = {s.name: s.label for s in case.series}
    for r in found.scores.to_dict("records"):
        right = "" if np.isnan(r["direction"]) else percent(r["direction"])
        yield (
            r["cutoff"], labels[r["series"]], r["forecast"], str(r["points"]), f"{r['crps']:.3f}",
            skill_words(r["skill"]), percent(r["coverage"]), right,
        )  # fmt: skip


def _lines(case: Case, found: Hindcast, command: str) -> Iterator[str]:
    yield f"# Hindcast of {inline(case.title)}"
    yield ""
    yield (
        f"Made by {code(command)}; case hash `{case.hash}`. The record is matched up to "
        f"{', '.join(found.cutoffs)} in turn; later points are forecast from the last one before, "
        "given the recorded course of what lay outside. The scale is the additive one of what a "
        "series stands for (log-odds, logarithms). CRPS: smaller is better. Skill: part of "
        "persistence's CRPS that is saved, negative where the model is worse. `ar` is an "
        "autoregression, where a series has enough consecutive quarters and returns to a mean."
    )
    yield ""
    yield from bullets(found.words)
    yield from _picture("hindcast-scores")
    yield from _picture("hindcast-courses")
    yield ""
    yield from markdown_table(HEADS, _rows(case, found), numbers=range(3, len(HEADS)))
    yield ""
    yield "## Does the method find the truth on records made by known worlds?"
    yield ""
    yield calibration_words(found.calibration)
    yield from _picture("hindcast-calibration")
    yield from _picture("hindcast-signs")


def _picture(name: str) -> Iterator[str]:
    yield from picture(name.replace("-", ": "), f"{name}.svg", CAPTIONS[name])


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


def skill_words(skill: float) -> str:
    """A skill with its sign; empty where it has none."""
    return "" if np.isnan(skill) else f"{skill:+.2f}"


def _signs(found: Calibration) -> str:
    if not found.signs[["before", "after"]].notna().any().all():
        return "No claim has a sign to be told in so short a run."
    return (
        f"The sign of a claim's difference "
        f"in the true world was that of most worlds for {percent(found.signs_before, 1)} of claims "
        f"before matching and for {percent(found.signs_after, 1)} after it."
    )
