"""What may be asked of robustness."""

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
from tightrope.arguments import check_least, known_rule
from tightrope.case import Case
from tightrope.case.named import check_names, check_setting
from tightrope.errors import UseError

SAYS = "Say which verdicts of CASE keep their word under other choices of ours than those made."
WRITES = ("words.csv", "shares.csv", "robust-*.svg")
FEWEST = 50
"""Worlds below which words differ by chance alone."""

MINE = (
    "as it is",
    "halved",
    "doubled",
    "symmetric",
    "triangular",
    "themes",
    "lookahead",
    "reactive",
    "equilibrium",
    "habit",
    "variants",
)
"""Choices that are made otherwise, by name; see `numbers.views` for what each is."""

DRAWN = "variants drawn"
"""Worlds of all forms of the case, each as many as its weight says."""


def variant(name: str) -> str:
    """What the choice of a variant is called."""
    return f"variant {name}"


@dataclass(frozen=True)
class Options:
    worlds: int = worlds(1000)
    quarters: int = quarters()
    rule: str = rule()
    scenario: str | None = scenario()
    posture: str | None = posture()
    claim: tuple[str, ...] = several("Claim")
    choice: tuple[str, ...] = several("Choice of ours that is made otherwise")
    lookahead: int = option(8, "Quarters of the longer lookahead.")
    together: float = option(0.7, "Rank correlation of numbers of one theme, about.")
    seed: int = seed()


def check(case: Case, options: Options) -> None:
    """Raise UseError for names that the case does not have, and for too few worlds."""
    known_rule(options.rule)
    check_setting(case, options.scenario, options.posture)
    check_names("claim", options.claim, [c.id for c in case.claims])
    check_names("choice", options.choice, MINE)
    check_least("worlds", options.worlds, FEWEST)
    if not 0 <= options.together < 1:
        raise UseError(f"together: found {options.together:g}; allowed: from 0 to below 1")


def work(case: Case, options: Options) -> int:
    """Two arms for each claim under each choice; one of them looks for a fixed point."""
    claims = len(options.claim) or len(case.claims)
    chosen = options.choice or MINE
    views = len(chosen) + ("variants" in chosen) * len(case.variants)
    return 2 * claims * views * options.worlds * options.quarters
