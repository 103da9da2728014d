"""What may be asked of influence."""

from __future__ import annotations

from dataclasses import dataclass

from tightrope.analyses.analysis import (
    option,
    posture,
    quarters,
    record,
    rule,
    scenario,
    seed,
    several,
    worlds,
)
from tightrope.arguments import check_least, known_rule
from tightrope.case import Case
from tightrope.case.named import check_names, check_setting
from tightrope.errors import UseError

SAYS = "Say which variable of CASE moves which, over what paths and after how many quarters."
WRITES = ("responses.csv", "influence.csv", "influence-*.svg")
FEWEST = 20
"""Worlds that nine in ten can be said of."""


@dataclass(frozen=True)
class Options:
    worlds: int = worlds(256)
    quarters: int = quarters(12)
    rule: str = rule()
    scenario: str | None = scenario()
    posture: str | None = posture()
    variable: tuple[str, ...] = several("Variable that is moved")
    least: float = option(1.0, "Smallest movement that is told, in points.")
    seed: int = seed()
    use_record: bool = record()


def check(case: Case, options: Options) -> None:
    """Raise UseError for names that the case does not have, and for too few worlds or quarters."""
    known_rule(options.rule)
    check_setting(case, options.scenario, options.posture)
    check_names("variable", options.variable, [v.name for v in case.variables])
    check_least("worlds", options.worlds, FEWEST)
    check_least("quarters", options.quarters, 2)
    if not options.least >= 0:
        raise UseError(f"least: found {options.least:g}; allowed: a number of 0 or more")


def work(case: Case, options: Options) -> int:
    return 2 * (len(options.variable) or len(case.variables)) * options.worlds * options.quarters
