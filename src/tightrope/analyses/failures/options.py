"""What may be asked of where a posture fails."""

from __future__ import annotations

from dataclasses import dataclass

from tightrope.analyses.analysis import option, quarters, record, rule, scenario, seed, worlds
from tightrope.analyses.goals import check_quarters, objectives_of
from tightrope.arguments import known_rule
from tightrope.case import Case, Posture, Scenario
from tightrope.case.named import find
from tightrope.errors import UseError

SAYS = "Say where a posture of CASE fails: boxes of worlds, and exact derivatives."
WRITES = ("boxes.csv", "peeling.csv", "derivatives.csv", "objectives.csv", "break-*.svg")


@dataclass(frozen=True)
class Options:
    worlds: int = worlds()
    quarters: int = quarters()
    rule: str = rule()
    scenario: str | None = scenario()
    posture: str | None = option(None, "The posture that the case advises by default.")
    coverage: float | None = option(
        None, "Part of the failures that a box has to cover; a balance by default."
    )
    seed: int = seed()
    use_record: bool = record()


def check(case: Case, options: Options) -> None:
    """Raise UseError for names that the case does not have, and a coverage or quarters that cannot
    be."""
    known_rule(options.rule)
    meant(case, options.posture, options.scenario, options.coverage)
    check_quarters(options.quarters)


def work(case: Case, options: Options) -> int:
    return 2 * options.worlds * options.quarters


def meant(
    case: Case,
    posture: str | None = None,
    scenario: str | None = None,
    coverage: float | None = None,
) -> tuple[Posture, Scenario]:
    """The posture and the scenario meant; raises UseError as `check` does."""
    objectives_of(case)
    if coverage is not None and not 0 < coverage <= 1:
        raise UseError(f"coverage: found {coverage:g}; allowed: above 0, at most 1")
    stance = find(case.postures, case.advice if posture is None else posture, "posture")
    return stance, find(case.scenarios, case.scenario if scenario is None else scenario, "scenario")
