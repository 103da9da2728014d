"""What a case is judged by, as far as it can be asked before anything heavy is loaded."""

from __future__ import annotations

from tightrope.arguments import check_least
from tightrope.case import Case, Objective
from tightrope.errors import UseError

YEAR = 4
"""Objectives are read over so many quarters at the end of a run."""


def objectives_of(case: Case) -> tuple[Objective, ...]:
    """Raises UseError where a case names none."""
    if not case.objectives:
        raise UseError(
            f"the case {case.name} has no objectives; allowed: a case with objectives.yaml "
            "(see docs/writing-a-case.md)"
        )
    return case.objectives


def check_quarters(quarters: int, least: int = YEAR, why: str = "") -> None:
    """Raises UseError for a run that is too short to be judged; ask before anything is run."""
    why = why or "objectives are read over the last year"
    check_least("quarters", quarters, least, f"as {why}")


def vital(case: Case) -> tuple[Objective, ...]:
    """The objectives that a posture must keep not to fail; all where none is marked."""
    return tuple(o for o in case.objectives if o.vital) or case.objectives
