"""What may be asked of a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tightrope.analyses.analysis import option, quarters, record, rule, seed, worlds
from tightrope.analyses.forecast.base import check_rates
from tightrope.arguments import check_least, known_rule
from tightrope.case import Case

SAYS = "Forecast the questions and series of CASE, quarter by quarter, to be scored later."
WRITES = ("forecast.csv", "forecast-*.svg")
FEWEST = 20
"""Worlds that nine in ten can be said of."""

QUARTERS = 8


@dataclass(frozen=True)
class Options:
    worlds: int = worlds()
    quarters: int = quarters(QUARTERS)
    rule: str = rule()
    course: str = option(
        "", "What lies outside goes as a course of the case, or a YAML file, says.",
        shape="FILE", file=True,
    )  # fmt: skip
    seed: int = seed()
    use_record: bool = record()


def check(case: Case, options: Options) -> None:
    """Raise UseError for what cannot be."""
    known_rule(options.rule)
    check_least("worlds", options.worlds, FEWEST)
    check_rates(case)


def work(case: Case, options: Options) -> int:
    past = case.history.quarters if case.history else 0
    return options.worlds * (options.quarters + past)


def added(options: Options) -> str:
    """What stands behind the date in the name of a file that `--out` adds."""
    return f"-{Path(options.course).stem}" if options.course else ""
