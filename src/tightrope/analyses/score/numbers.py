"""Score: forecasts that were written down, held against what came.

A question is scored by the share that a file gave it at its deadline; a series by the members that
it gave for a quarter. What a course itself decided is not scored, and what is open is counted.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tightrope.analyses.forecast.numbers import COLUMNS, QUANTILES
from tightrope.analyses.intervals import paired, wilson
from tightrope.analyses.record.numbers import crps
from tightrope.analyses.score.options import Options
from tightrope.analyses.score.rules import bins_of, log_score, murphy
from tightrope.case import Case
from tightrope.case.answers import Answer
from tightrope.engine.kept import Kept
from tightrope.engine.progress import Watch
from tightrope.errors import UseError
from tightrope.reading.answers import read_answers
from tightrope.text.notebook import told
from tightrope.text.table import read_csv

MODEL, PERSISTENCE, BASE = "model", "persistence", "base rate"
FORECASTS = (MODEL, PERSISTENCE, BASE)
NAMED = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(-.*)?")
TEXTS = ("kind", "name", "asks", "unit", "quarter", "forecast", "case", "case_hash", "start",
         "course", "file", "date")  # fmt: skip
LARGEST = 64 << 20
"""Bytes of a file of forecasts."""

QUESTIONS = ("file", "date", "course", "name", "quarter", "forecast", "share", "came", "brier",
             "effective")  # fmt: skip
SERIES = ("file", "date", "course", "name", "quarter", "forecast", "middle", "came", "crps",
          "covered")  # fmt: skip
SCORES = ("course", "forecast", "questions", "brier", "reliability", "resolution", "uncertainty",
          "within", "chance", "log_score", "model_on_these", "gain", "gain_error")  # fmt: skip
RELIABILITY = ("forecast", "bin", "mean", "came", "low", "high", "questions")
LEDGER = ("file", "date", "course", "start", "resolved", "open", "given", *FORECASTS, "series",
          "crps_ratio")  # fmt: skip


@told
@dataclass(frozen=True, eq=False, repr=False)
class Score:
    """Forecasts beside what came.

    Attributes:
        questions, series: a row for each thing that came, file and forecast; see QUESTIONS, SERIES.
        scores: a row for each course and forecast over all files; see SCORES and `rules.Murphy`.
            model_on_these: the model's Brier score on the same questions; gain: how much lower,
            with half its 95 % interval.
        reliability: a row for each forecast and tenth of shares; see RELIABILITY.
        ledger: a row for each file, by date; see LEDGER. crps_ratio: the middle series' error as a
            multiple of persistence's.
    """

    case: Case
    options: Options
    questions: pd.DataFrame
    series: pd.DataFrame
    scores: pd.DataFrame
    reliability: pd.DataFrame
    ledger: pd.DataFrame

    def in_short(self) -> tuple[str, Sequence[str]]:
        return "Forecasts scored", [f"{len(self.ledger)} forecasts"]


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Score:
    """A score as it is asked for on the command line."""
    table = forecasts(Path(options.forecasts), case)
    known = table.drop_duplicates(["kind", "name", "quarter"])
    asked = [str(n) for n in known.loc[known["kind"] == "question", "name"].unique()]
    of_series = known[known["kind"] == "series"].groupby("name", sort=False)["quarter"]
    answers = read_answers(
        Path(options.outcomes),
        list(dict.fromkeys((*(q.name for q in case.questions), *asked))),
        {str(n): list(dict.fromkeys(times)) for n, times in of_series},
    )
    questions = of_questions(table, answers)
    series = of_numbers(table, answers)
    watch("scores", 1, 1)
    return Score(
        case, options, questions, series,
        scores=scores(questions),
        reliability=pd.concat([reliability(questions, f) for f in FORECASTS]),
        ledger=ledger(table, questions, series),
    )  # fmt: skip


# ---------------------------------------------------------------- what was written down


def forecasts(folder: Path, case: Case) -> pd.DataFrame:
    """All rows of all forecasts in a folder that ask what the case asks, with their files.

    Raises UseError where there is none, and for a file that is not as `tightrope forecast` wrote.
    """
    paths = sorted(p for p in folder.rglob("*.csv") if NAMED.fullmatch(p.stem))
    found = [one for path in paths if _asks(one := _read(path, folder), case)]
    if not found:
        raise UseError(
            f"{folder}: found no forecast of {case.name}; allowed: files such as 2026-03-01.csv, "
            "added by `tightrope forecast --out`"
        )
    return pd.concat(found, ignore_index=True)


def _read(path: Path, folder: Path) -> pd.DataFrame:
    said = f"{path}: allowed: a file as `tightrope forecast --out` adds it"
    try:
        if path.stat().st_size > LARGEST:
            raise UseError(f"{said}; found more than 64 MiB")
        table = read_csv(path, TEXTS)
    except (ValueError, csv.Error) as error:
        raise UseError(f"{said}; found {error}") from None
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        raise UseError(f"{said}; found no column {lacking[0]}")
    numbers = ["share", "effective", "low", "high", "middle", *QUANTILES]
    table[numbers] = table[numbers].apply(pd.to_numeric, errors="coerce")
    match = NAMED.fullmatch(path.stem)
    date = match[1] if match else ""
    return table.assign(file=path.relative_to(folder).as_posix(), date=date)


def _asks(table: pd.DataFrame, case: Case) -> bool:
    """Whether a file holds anything that the case asks or has on record."""
    names = {q.name for q in case.questions} | {s.name for s in case.series}
    return bool(set(table["name"]) & names)


# ---------------------------------------------------------------- beside what came


def of_questions(table: pd.DataFrame, answers: Sequence[Answer]) -> pd.DataFrame:
    """A row for each question that is decided, file and forecast; see QUESTIONS."""
    came = {a.name: a.value for a in answers if a.value is not None and not a.quarter}
    rows = _scored(table, "question")
    rows = rows[rows["name"].isin(came)].assign(came=lambda r: r["name"].map(came).astype(float))
    rows = rows.assign(brier=(rows["share"].astype(float) - rows["came"]) ** 2)
    return rows.reindex(columns=list(QUESTIONS)).reset_index(drop=True)


def _scored(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """What is due, and not decided by the course itself."""
    return table[(table["kind"] == kind) & _true(table["due"]) & ~_true(table["given"])]


def _true(column: pd.Series) -> pd.Series:
    return column.astype(str) == "True"


def of_numbers(table: pd.DataFrame, answers: Sequence[Answer]) -> pd.DataFrame:
    """A row for each number of a series that came, file and forecast; see SERIES."""
    came = {(a.name, a.quarter): a.value for a in answers if a.value is not None and a.quarter}
    rows = []
    for row in _scored(table, "series").to_dict("records"):
        value = came.get((row["name"], row["quarter"]))
        if value is not None:
            members = np.array([row[q] for q in QUANTILES], float)
            rows.append(row | {
                "came": value, "crps": crps(members, value),
                "covered": bool(row["low"] <= value <= row["high"]),
            })  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=list(SERIES))


def scores(questions: pd.DataFrame) -> pd.DataFrame:
    """Each forecast scored on all questions that it forecast, by course; see SCORES."""
    rows = []
    for course in questions["course"].unique():
        own = questions[questions["course"] == course]
        wide = own.pivot_table(index=["file", "name"], columns="forecast", values="brier")
        for forecast in FORECASTS:
            part = own[own["forecast"] == forecast]
            if part.empty:
                continue
            shares, came = part["share"].to_numpy(float), part["came"].to_numpy(float)
            row = murphy(shares, came)._asdict() | {
                "course": course, "forecast": forecast, "questions": len(part),
                "log_score": log_score(shares, came, part["effective"].to_numpy(float)),
            }  # fmt: skip
            rows.append(row | (_beside(wide, forecast) if forecast != MODEL else {}))
    return pd.DataFrame(rows).reindex(columns=list(SCORES))


def _beside(wide: pd.DataFrame, forecast: str) -> dict[str, float]:
    """The model beside another forecast on the same questions; wide: Brier scores by forecast."""
    both = wide.reindex(columns=[MODEL, forecast]).dropna()
    if len(both) <= 1:  # an interval needs two
        return {}
    gain, half = paired(both[forecast].to_numpy(), both[MODEL].to_numpy())
    return {"model_on_these": float(both[MODEL].mean()), "gain": float(gain),
            "gain_error": float(half)}  # fmt: skip


def reliability(questions: pd.DataFrame, forecast: str) -> pd.DataFrame:
    """For each tenth of shares what came in how many cases; see RELIABILITY."""
    own = questions[questions["forecast"] == forecast]
    shares, came = own["share"].to_numpy(float), own["came"].to_numpy(float)
    return pd.DataFrame(list(_tenths(shares, came, forecast)), columns=list(RELIABILITY))


def _tenths(
    shares: np.ndarray, came: np.ndarray, forecast: str
) -> Iterator[tuple[str, int, float, float, float, float, int]]:
    which = bins_of(shares)
    for b in np.unique(which):
        own = which == b
        part = float(came[own].mean())
        low, high = wilson(part, int(own.sum()))
        yield forecast, int(b), float(shares[own].mean()), part, low, high, int(own.sum())


def ledger(table: pd.DataFrame, questions: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """A row for each file, by date; see LEDGER."""
    rows = []
    for (day, file), own in table.groupby(["date", "file"]):
        asked = own[(own["kind"] == "question") & _true(own["due"]) & (own["forecast"] == MODEL)]
        here = questions[questions["file"] == file]
        numbers = series[series["file"] == file]
        given = int(_true(asked["given"]).sum())
        resolved = here["name"].nunique()
        row = {
            "file": file, "date": day, "course": own["course"].iloc[0],
            "start": own["start"].iloc[0], "resolved": resolved,
            "open": len(asked) - given - resolved, "given": given,
            "series": len(numbers[numbers["forecast"] == MODEL]),
            "crps_ratio": crps_ratio(numbers),
        }  # fmt: skip
        means = here.groupby("forecast")["brier"].mean()
        rows.append(row | {f: means.get(f, np.nan) for f in FORECASTS})
    return pd.DataFrame(rows).reindex(columns=list(LEDGER))


def crps_ratio(series: pd.DataFrame, against: str = PERSISTENCE) -> float:
    """The middle series' mean error as a multiple of that of another forecast of the same."""
    keys = ["file", "name", "quarter"]
    wide = series.pivot_table(index=keys, columns="forecast", values="crps")
    if MODEL not in wide or against not in wide:
        return np.nan
    means = wide[[MODEL, against]].dropna().groupby("name").mean()
    means = means[means[against] > 0]
    return float((means[MODEL] / means[against]).median()) if len(means) else np.nan
