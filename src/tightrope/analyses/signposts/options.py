"""What may be asked of signposts."""

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
    worlds,
)
from tightrope.analyses.goals import YEAR, objectives_of
from tightrope.analyses.goals import check_quarters as check_length
from tightrope.arguments import READ_BY, known_rule
from tightrope.case import Case
from tightrope.case.named import check_setting
from tightrope.errors import UseError

SAYS = "Say what to watch in the first year to tell futures of CASE that fail from good ones."
WRITES = ("signposts.csv", "ranking.svg", "best.svg")


@dataclass(frozen=True)
class Options:
    worlds: int = worlds()
    quarters: int = quarters()
    read_by: int = option(READ_BY, "Quarters within which it has to be read.")
    rule: str = rule()
    scenario: str | None = scenario()
    posture: str | None = posture()
    seed: int = seed()
    use_record: bool = record()


def check(case: Case, options: Options) -> None:
    """Raise UseError for a name that the case does not have and a time that is too short."""
    objectives_of(case)
    known_rule(options.rule)
    check_quarters(options.quarters, options.read_by)
    check_setting(case, options.scenario, options.posture)


def work(case: Case, options: Options) -> int:
    """The futures once, and once more for what can be read in them."""
    return 2 * options.worlds * options.quarters


def check_quarters(quarters: int, read_by: int = READ_BY) -> None:
    """Raises UseError where `read_by` reaches into the last year, or there is nothing before it."""
    check_length(quarters, YEAR + 1, "signposts are read before the last year, over which failure "
                 "is judged")  # fmt: skip
    most = quarters - YEAR
    if not 1 <= read_by <= most:
        allowed = f"1 to {most}" if most > 1 else "1"
        raise UseError(
            f"read by: found {read_by} of {quarters} quarters; allowed: {allowed}, as failure is "
            "judged over the last year"
        )
