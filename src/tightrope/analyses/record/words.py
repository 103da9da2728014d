"""What a hindcast has to say, by itself and on the board's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

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
    "interval. Direction: part of the forecasts that had the direction of change right. Forecasts: "
    "null is the model without any mechanism, return and chance alone; ar an autoregression, where "
    "a series has enough consecutive quarters and returns to a mean; hindsight is no forecast: it "
    "is the model told where things stood at the end. Null and hindsight are made by all worlds "
    "where too few match the record so far."
)
OTHERS = {"null": "return and chance alone", "persistence": "persistence", "drift": "drift",
          "ar": "an autoregression"}  # fmt: skip
"""What the model is held against."""

ALIKE = 0.02
"""Errors that differ by less than this part are as good as each other."""
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
    """Whether mechanisms add anything, what beats the model, and each series in a sentence."""
    table = found.scores
    if table.empty:
        return ["No series could be forecast from any cut-off."]
    labels = {s.name: s.label for s in found.case.series}
    names = [str(name) for name in table["series"].unique()]
    held = {o: {n: _held(table, n, "model", o) for n in names} for o in OTHERS}
    return [
        _mechanisms(held["null"], labels),
        *(said for o in ("drift", "ar") for said in _beaten(OTHERS[o], held[o], labels)),
        *_hindsight({n: _held(table, n, "hindsight", "model") for n in names}, labels),
        *(_of_series(table, n, labels.get(n, n), held["persistence"][n]) for n in names),
    ]


class Held(NamedTuple):
    """A forecast's mean error on a series held against another's, on the points of both."""

    own: float
    other: float
    points: int

    @property
    def word(self) -> str:
        """Better, worse, alike, or too few to tell."""
        if self.points < ENOUGH:
            return "few"
        if self.own < (1 - ALIKE) * self.other:
            return "better"
        return "worse" if self.own > (1 + ALIKE) * self.other else "alike"


def _held(table: pd.DataFrame, series: str, one: str, other: str) -> Held | None:
    """None where the other forecast was not made of the series."""
    own = table[table["series"] == series].set_index("cutoff")
    ours, theirs = (own[own["forecast"] == name] for name in (one, other))
    both = ours.index.intersection(theirs.index)
    if both.empty:
        return None
    points = theirs.loc[both, "points"]
    errors = [float(np.average(f.loc[both, "crps"], weights=points)) for f in (ours, theirs)]
    return Held(errors[0], errors[1], int(points.sum()))


def _named(held: Mapping[str, Held | None], labels: Mapping[str, str], word: str) -> str:
    """The series of which this is the word, with both errors."""
    return joined([
        f"{labels.get(name, name)} ({h.own:.3f} against {h.other:.3f})"
        for name, h in held.items() if h and h.word == word
    ])  # fmt: skip


def _mechanisms(held: Mapping[str, Held | None], labels: Mapping[str, str]) -> str:
    """In which series mechanisms forecast anything that return and chance alone do not."""
    told = {
        "They lower the error (CRPS) on": _named(held, labels, "better"),
        "They raise it on": _named(held, labels, "worse"),
        "They make no difference to speak of on": _named(held, labels, "alike"),
        f"Fewer than {ENOUGH} forecasts say nothing on": _named(held, labels, "few"),
    }
    adds = "something" if told["They lower the error (CRPS) on"] else "nothing"
    return " ".join([
        f"Do mechanisms add anything to return and chance alone? Here they add {adds}.",
        *(f"{says} {names}." for says, names in told.items() if names),
    ])  # fmt: skip


def _beaten(what: str, held: Mapping[str, Held | None], labels: Mapping[str, str]) -> list[str]:
    """Where another forecast beats the model and where it does not; none where nothing can tell."""
    if all(h is None or h.word == "few" for h in held.values()):
        return []
    named = (_named(held, labels, word) for word in ("worse", "better"))
    worse, better = (f"on {names}" if names else "nowhere" for names in named)
    start = what[0].upper() + what[1:]
    return [f"{start} beats the model {worse}; the model beats it {better}."]


def _hindsight(held: Mapping[str, Held | None], labels: Mapping[str, str]) -> list[str]:
    found = _named(held, labels, "better")
    if not found:
        return []
    return [
        "Told where things stood at the record's end, the model would look better on "
        f"{found}. That is knowledge of the end and no skill; no forecast here has it."
    ]


def _of_series(table: pd.DataFrame, name: str, label: str, held: Held | None) -> str:
    """Whether the model beats persistence on a series, in plain words."""
    assert held is not None, "persistence is among FORECASTS"
    words = {"few": "hard to tell from", "better": "better than", "worse": "worse than",
             "alike": "no better than"}  # fmt: skip
    own = table[(table["series"] == name) & (table["forecast"] == "model")]
    inside = np.average(own["coverage"], weights=own["points"])
    return (
        f"{label}: the model is {words[held.word]} persistence (CRPS {held.own:.3f} against "
        f"{held.other:.3f}, forecasts: {held.points}; its 90 % interval held {percent(inside)})."
    )


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
