"""A score, in words."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from tightrope.analyses.score import charts
from tightrope.analyses.score.numbers import BASE, MODEL, PERSISTENCE, Score, crps_ratio
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import counted, percent

FEW = 30
"""Decided questions below which a score says little."""

SCORE_HEADS = ("given", "forecast", "questions", "Brier", "reliability", "resolution",
               "uncertainty", "within", "by chance", "log score", "model on these")  # fmt: skip
SCORE_NARROW = ("given", "forecast", "asked", "Brier", "rel.", "res.", "unc.", "within", "chance",
                "log", "model")  # fmt: skip
SCORE_NOTE = (
    "Brier = reliability - resolution + uncertainty + within (differences within a tenth). By "
    "chance: the reliability that right shares would show on average with so few outcomes. Lower "
    "is better, but for resolution."
)
SERIES_HEADS = ("series", "numbers", "model, CRPS", "persistence", "base rate", "in 90 %")
LEDGER_HEADS = ("date", "given", "decided", "open", "by the course", "model", "persistence",
                "base rate", "numbers", "error / persistence's")  # fmt: skip
CAPTIONS = {
    "score-reliability": "How often it came so, against the share that was forecast, by tenths, "
    "with 95 % intervals. On the line a share is what it says.",
    "score-ledger": "Brier score of each forecast by its date; lower is better. It moves as more "
    "is decided.",
}


def tell(found: Score) -> Finding:
    """What came of forecasts in sentences, three tables and two pictures."""
    made = charts.named(found)
    return Finding(
        source=provenance(found.case),
        name="score",
        title="Forecasts scored",
        about="Forecasts that were written down were held against what came: questions by the "
        "share that was given at their deadline, series by their members. What is open, and what a "
        "course itself decided, is left out and counted.",
        words=tuple(_sentences(found)),
        careful=tuple(_careful(found)),
        tables=(_scores(found), _series(found), _ledger(found)),
        pictures=tuple(Picture(n, CAPTIONS[n], make) for n, make in made.items()),
        data={
            "questions": found.questions, "series": found.series, "scores": found.scores,
            "reliability": found.reliability, "ledger": found.ledger,
        },
        settings={"outcomes": found.options.outcomes, "forecasts": found.options.forecasts},
    )  # fmt: skip


def _sentences(found: Score) -> Iterator[str]:
    book = found.ledger
    yield (
        f"{counted(len(book), 'forecast')}: {counted(int(book['resolved'].sum()), 'question')} "
        f"decided, {int(book['open'].sum())} open, {int(book['given'].sum())} decided by the "
        f"course that was given; {counted(int(book['series'].sum()), 'number')} of series known."
    )
    for row in found.scores.to_dict("records"):
        if row["forecast"] == MODEL:
            yield (
                f"{_course(row)}: Brier score {row['brier']:.3f}. Of it {row['reliability']:.3f} "
                f"is unreliability (chance alone gives {row['chance']:.3f}), and telling the "
                f"questions apart takes {row['resolution']:.3f} off."
            )
        elif math.isfinite(row["gain"]):
            yield f"{_course(row)}: {_gain(row)}."
    for course, part in found.series.groupby("course", sort=False):
        ratio = crps_ratio(part)
        if math.isfinite(ratio):
            name = _course({"course": course})
            yield f"{name}: the middle series' error is {ratio:.2f} times that of persistence."


def _course(row: Mapping[Hashable, Any]) -> str:
    return f"Given {row['course']}" if row["course"] else "Over the Markov mix"


def _gain(row: Mapping[Hashable, Any]) -> str:
    size = f"{row['model_on_these']:.3f} against {row['brier']:.3f}"
    if abs(row["gain"]) <= row["gain_error"]:
        return f"the model is hard to tell from {row['forecast']} (Brier {size})"
    better = "better" if row["gain"] > 0 else "worse"
    return f"the model is {better} than {row['forecast']} (Brier {size})"


def _careful(found: Score) -> Iterator[str]:
    decided = found.questions["name"].nunique()
    if decided < FEW:
        yield f"Few questions are decided ({decided}); a score of so few is mostly chance."
    yield (
        "Questions of one time go together, and a question that is forecast twice counts twice; "
        "intervals that take them apart are too narrow."
    )


def _scores(found: Score) -> Table:
    parts = ("brier", "reliability", "resolution", "uncertainty", "within", "chance", "log_score",
             "model_on_these")  # fmt: skip
    rows = tuple(
        (row["course"] or "Markov mix", row["forecast"], str(row["questions"]),
         *(_cell(row[p]) for p in parts))
        for row in found.scores.to_dict("records")
    )  # fmt: skip
    return Table("Questions", SCORE_HEADS, rows, numbers=9, note=SCORE_NOTE, narrow=SCORE_NARROW)


def _cell(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else ""


def _series(found: Score) -> Table:
    labels = {s.name: s.label for s in found.case.series}
    rows = []
    for name, part in found.series.groupby("name", sort=False):
        means = part.groupby("forecast")["crps"].mean()
        own = part[part["forecast"] == MODEL]
        cells = (f"{means[f]:.3g}" if f in means else "" for f in (MODEL, PERSISTENCE, BASE))
        held = percent(float(own["covered"].astype(float).mean()))
        rows.append((labels.get(str(name), str(name)), str(len(own)), *cells, held))
    return Table("Series", SERIES_HEADS, tuple(rows), numbers=5)


def _ledger(found: Score) -> Table:
    rows = tuple(
        (
            row["date"], row["course"] or "Markov mix", str(row["resolved"]), str(row["open"]),
            str(row["given"]),
            *(_cell(row[f]) for f in (MODEL, PERSISTENCE, BASE)),
            str(row["series"]),
            _cell(row["crps_ratio"], 2),
        )
        for row in found.ledger.to_dict("records")
    )  # fmt: skip
    return Table("Ledger", LEDGER_HEADS, rows, numbers=8, short=False)
