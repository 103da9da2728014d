"""What may be asked of measurements."""

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
from tightrope.analyses.goals import YEAR
from tightrope.arguments import check_least, known_rule
from tightrope.case import Case
from tightrope.case.named import check_names, check_setting

SAYS = "Say which measurement would change a verdict of CASE, or the choice of posture, most."
WRITES = ("verdicts.csv", "postures.csv", "measurements.csv", "worth-*.svg")
FEWEST = 100
"""Worlds that a regression needs."""


@dataclass(frozen=True)
class Options:
    worlds: int = worlds()
    quarters: int = quarters()
    rule: str = rule()
    scenario: str | None = scenario()
    posture: str | None = posture()
    claim: tuple[str, ...] = several("Claim")
    measurement: tuple[str, ...] = several("Measurement, or an uncertain number known exactly")
    inputs: bool = option(
        False, "Every uncertain number in turn, known exactly; so also where a case has none."
    )
    seed: int = seed()
    use_record: bool = record()


def check(case: Case, options: Options) -> None:
    """Raise UseError for names that the case does not have, and for too few worlds or quarters."""
    known_rule(options.rule)
    check_setting(case, options.scenario, options.posture)
    check_names("claim", options.claim, [c.id for c in case.claims])
    numbers = [p.name for p in case.priors if not p.fixed]
    measured = [*(m.name for m in case.measurements), *numbers]
    check_names("measurement", options.measurement, measured)
    check_least("worlds", options.worlds, FEWEST)
    check_least("quarters", options.quarters, YEAR)


def work(case: Case, options: Options) -> int:
    """The usual arm, the postures, and two arms for each claim."""
    claims = len(options.claim) or len(case.claims)
    postures = len(case.postures) if case.objectives else 0
    return (1 + postures + 2 * claims) * options.worlds * options.quarters
