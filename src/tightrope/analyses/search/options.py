"""What may be asked of a posture search."""

from __future__ import annotations

from dataclasses import dataclass

from tightrope.analyses.analysis import option, quarters, record, rule, seed, several
from tightrope.analyses.goals import check_quarters, objectives_of
from tightrope.arguments import (
    GENERATIONS,
    POPULATION,
    POSTURE_RULES,
    SEARCH_WORLDS,
    UNSEEN,
    check_least,
    known_rule,
)
from tightrope.case import Case, Instrument
from tightrope.case.named import chosen
from tightrope.errors import UseError

SAYS = "Search postures for the actor in focus of CASE, judged by all objectives at once."
WRITES = ("scores.csv", "front.csv", "named.csv", "gains.csv", "course.csv", "front.yaml",
          "front.html", "front.svg")  # fmt: skip

FEWEST = 2
"""Worlds that an interval needs."""


@dataclass(frozen=True)
class Options:
    worlds: int = option(SEARCH_WORLDS, "Worlds to search on.")
    unseen: int = option(UNSEEN, "Other worlds to judge on.")
    quarters: int = quarters()
    rule: str = rule()
    scenario: tuple[str, ...] = several("Scenario")
    population: int = option(POPULATION, "Postures in a generation.")
    generations: int = option(GENERATIONS, "How many generations.")
    rules: int = option(POSTURE_RULES, "Reactive rules in a posture at most.")
    seed: int = seed()
    use_record: bool = record()


def check(case: Case, options: Options) -> None:
    """Raise UseError for what the case does not have, what cannot be, and a missing library."""
    need()
    known_rule(options.rule)
    own_instruments(case)
    check_size(case, options.quarters, options.unseen, options.population)
    chosen(case.scenarios, options.scenario, "scenario")


def work(case: Case, options: Options) -> int:
    """Every candidate in the worlds to search on, and as many as a generation in the others."""
    tried = options.population * options.generations * options.worlds
    judged = (options.population + len(case.postures)) * options.unseen
    scenarios = len(options.scenario) or len(case.scenarios)
    return (tried + judged) * scenarios * options.quarters


def check_size(case: Case, quarters: int, unseen: int, population: int) -> None:
    """Raises UseError for fewer quarters, worlds or postures than a search needs."""
    check_quarters(quarters)
    why = "as every share and gain is given with an interval"
    check_least("unseen worlds", unseen, FEWEST, why)
    check_least("population", population, len(objectives_of(case)), "one for each objective")


def own_instruments(case: Case) -> tuple[Instrument, ...]:
    """Those of the actor in focus. Raises UseError where it has none."""
    own = tuple(i for a in case.actors if a.name == case.focal for i in a.instruments)
    if not own:
        raise UseError(f"the case {case.name} has no instruments of an actor in focus to search")
    return own


def available() -> bool:
    """Whether the library that breeds candidates is installed (the extra `analysis`)."""
    try:
        import pymoo  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


def need() -> None:
    """Raise UseError where pymoo is not installed."""
    if not available():
        raise UseError(
            "the posture search needs pymoo; allowed: to install the extra analysis, "
            "as in: pip install 'tightrope[analysis]'"
        )
