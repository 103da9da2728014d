"""What may be asked of weighing."""

from __future__ import annotations

from dataclasses import dataclass

from tightrope.analyses.analysis import (
    option,
    posture,
    quarters,
    rule,
    scenario,
    seed,
    several,
    worlds,
)
from tightrope.analyses.record.options import TESTED, history_of
from tightrope.arguments import check_least, known_rule
from tightrope.case import Case
from tightrope.case.named import check_names, check_setting

SAYS = "Weigh the worlds of CASE by its record: what that tells of its numbers and its claims."
WRITES = ("claims.csv", "numbers.csv", "series.csv", "predicted.csv", "ranks.csv", "weigh-*.svg")
FEWEST = 100
"""Worlds that can be weighed at all."""


@dataclass(frozen=True)
class Options:
    worlds: int = worlds()
    quarters: int = quarters()
    rule: str = rule()
    scenario: str | None = scenario()
    posture: str | None = posture()
    claim: tuple[str, ...] = several("Claim")
    series: tuple[str, ...] = several("Series of the record to weigh by")
    weighed: int = option(TESTED, "Number of worlds that are held against the record.")
    seed: int = seed()


def check(case: Case, options: Options) -> None:
    """Raise UseError for a case without a record, names it does not have, and too few to weigh."""
    history_of(case)
    known_rule(options.rule)
    check_setting(case, options.scenario, options.posture)
    check_names("claim", options.claim, [c.id for c in case.claims])
    check_names("series", options.series, [s.name for s in case.series])
    check_least("weighed", options.weighed, FEWEST)


def work(case: Case, options: Options) -> int:
    """The record in all worlds, and two arms for each claim in three lots of worlds."""
    claims = len(options.claim) or len(case.claims)
    record = options.weighed * history_of(case).quarters
    return record + 6 * claims * options.worlds * options.quarters
