"""What may be asked of a hindcast, and what a record has to hold for one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tightrope.analyses.analysis import option, seed
from tightrope.arguments import check_numbers
from tightrope.case import Case, History, Point, Series
from tightrope.errors import UseError
from tightrope.quarters import quarter_name, quarter_number
from tightrope.text.characters import quoted

SAYS = "Match the record of CASE to a cut-off, forecast the rest, and score it beside persistence."
WRITES = ("forecasts.csv", "scores.csv", "calibration.csv", "signs.csv", "hindcast-*.svg")

TESTED = 100_000
"""Worlds that are held against a record at most."""

TRUTHS, CANDIDATES, CLAIM_QUARTERS = 200, 1000, 12
"""Known worlds that make records, others held against these, and how far claims look there."""

QUARTER = re.compile(r"[0-9]{4}Q[1-4]")


@dataclass(frozen=True)
class Options:
    cutoff: tuple[str, ...] = option(
        (), "Last quarter that is matched, such as 2024Q2; may be repeated.", shape="TEXT"
    )
    seed: int = seed()


def check(case: Case, options: Options) -> None:
    """Raise UseError for a case without a record, and for cut-offs that it cannot be cut at."""
    check_numbers(seed=options.seed)
    cutoffs_of(case, options.cutoff)


def work(case: Case, options: Options) -> int:
    """All that is held against the record, at most, and the claims on made records."""
    history = history_of(case)
    matched = len(cutoffs_of(case, options.cutoff)) * TESTED * history.quarters
    made = (TRUTHS + CANDIDATES) * (history.quarters + 2 * len(case.claims) * CLAIM_QUARTERS)
    return matched + made


def history_of(case: Case) -> History:
    """What is on record of the course of things. Raises UseError where the case has no record."""
    if case.history is None or not case.series:
        raise UseError(
            f"the case {case.name} has no record; allowed: a case with history.yaml and "
            "observations.yaml (see docs/evidence.md)"
        )
    return case.history


def cutoffs_of(case: Case, named: Sequence[str]) -> tuple[str, ...]:
    """The named cut-offs, each once, or those that a record is cut at by default.

    Raises UseError for one that is no quarter within the record, or before which there is nothing
    to match.
    """
    history = history_of(case)
    for cutoff in named:
        if not QUARTER.fullmatch(cutoff):
            raise UseError(f"cut-off: found {quoted(cutoff)}; allowed: a quarter, such as 2024Q2")
        if not history.start < cutoff < history.end:
            raise UseError(
                f"the cut-off {quoted(cutoff)} is outside the record; allowed: quarters after "
                f"{history.start} and before {history.end}"
            )
        if not _matched(case, cutoff):
            raise UseError(
                f"the cut-off {quoted(cutoff)}: found no observation up to it that can be matched; "
                f"allowed: a later quarter before {history.end}"
            )
    return tuple(dict.fromkeys(named)) or default_cutoffs(case)


def default_cutoffs(case: Case) -> tuple[str, ...]:
    """After a half, two thirds and five sixths of the record, where points lie on both sides.

    Raises UseError where there is none such, as in a record of a single point.
    """
    history = history_of(case)
    start = quarter_number(history.start)
    parts = (1 / 2, 2 / 3, 5 / 6)
    names = dict.fromkeys(quarter_name(start + round(history.quarters * part)) for part in parts)
    found = tuple(
        n for n in names if history.start < n < history.end and _matched(case, n)
        and any(_sides(series, n) for series in case.series)
    )  # fmt: skip
    if not found:
        raise UseError(
            f"the record of {case.name}: found no quarter to cut it at; allowed: a quarterly "
            "series with used points before and after one"
        )
    return found


def _matched(case: Case, cutoff: str) -> bool:
    """Whether there is something to match up to a quarter: a level, or a change since a point."""
    counts = [(s.link, sum(p.used and ended(p, cutoff) for p in s.points)) for s in case.series]
    return any(count >= (1 if link == "level" else 2) for link, count in counts)


def ended(point: Point, until: str) -> bool:
    """Whether all that a point is about lies up to a quarter, included."""
    last = point.quarter if "Q" in point.quarter else f"{point.quarter}Q4"
    return last <= until


def _sides(series: Series, cutoff: str) -> bool:
    """Whether a quarterly series has used points on both sides."""
    names = [p.quarter for p in series.points if p.used and "Q" in p.quarter]
    return any(n <= cutoff for n in names) and any(n > cutoff for n in names)
