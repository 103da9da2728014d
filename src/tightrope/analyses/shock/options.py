"""What may be asked of a shock."""

from __future__ import annotations

from dataclasses import dataclass

from tightrope.analyses.analysis import option, quarters, record, rule, seed, several, worlds
from tightrope.arguments import SHOCK_QUARTERS, known_rule
from tightrope.case import Case, Scenario
from tightrope.case.named import chosen, find
from tightrope.errors import UseError

SAYS = "Say what a shock such as a large war does in CASE, quarter by quarter and by posture."
WRITES = ("paths.csv", "summary.csv", "shock-*.svg")


@dataclass(frozen=True)
class Options:
    worlds: int = worlds()
    quarters: int = quarters(SHOCK_QUARTERS)
    rule: str = rule()
    scenario: str | None = option(None, "A scenario that is a shock; the case's first by default.")
    posture: tuple[str, ...] = several("Posture")
    seed: int = seed()
    use_record: bool = record()


def check(case: Case, options: Options) -> None:
    """Raise UseError for a name that the case does not have or a scenario that is no shock."""
    known_rule(options.rule)
    find_shock(case, options.scenario)
    chosen(case.postures, options.posture, "posture")


def work(case: Case, options: Options) -> int:
    return 2 * (len(options.posture) or len(case.postures)) * options.worlds * options.quarters


def shocks_of(case: Case) -> tuple[str, ...]:
    """Scenarios that say what they are a shock against."""
    return tuple(s.name for s in case.scenarios if s.against)


def find_shock(case: Case, name: str | None = None) -> Scenario:
    """The shock of this name; the first of the case's where none is named."""
    known = shocks_of(case)
    if not known:
        raise UseError(
            f'no scenario of {case.name} is a shock; allowed: one with "shock" in scenarios.yaml'
        )
    scenario = find(case.scenarios, known[0] if name is None else name, "scenario")
    if not scenario.against:
        raise UseError(f'the scenario "{name}" is no shock; allowed: {", ".join(known)}')
    return scenario
