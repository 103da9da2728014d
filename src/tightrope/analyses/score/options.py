"""What may be asked of a score."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tightrope.analyses.analysis import option
from tightrope.case import Case
from tightrope.errors import UseError

SAYS = "Score forecasts of CASE by what came, beside base rate and persistence."
WRITES = ("questions.csv", "series.csv", "scores.csv", "reliability.csv", "ledger.csv",
          "score-*.svg")  # fmt: skip


@dataclass(frozen=True)
class Options:
    outcomes: str = option(
        "", "A CSV file of what came: name, quarter, value, source, url, read, note.",
        shape="OUTCOMES.csv", file=True, argument=True,
    )  # fmt: skip
    forecasts: str = option(
        "forecasts", "The folder that `forecast --out` added to, with its folders.",
        shape="FOLDER", file=True,
    )  # fmt: skip


def check(case: Case, options: Options) -> None:
    """Raise UseError where there is no such file or folder."""
    if not Path(options.outcomes).is_file():
        raise UseError(f'outcomes: found "{options.outcomes}"; allowed: a CSV file that is there')
    if not Path(options.forecasts).is_dir():
        allowed = "a folder of forecasts, made by `tightrope forecast --out`"
        raise UseError(f'forecasts: found "{options.forecasts}"; allowed: {allowed}')


def work(case: Case, options: Options) -> int:
    """Nothing is run."""
    return 0
