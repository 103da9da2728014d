"""What may be asked of a comparison of postures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tightrope.analyses.analysis import option, quarters, record, seed, several, worlds
from tightrope.analyses.goals import check_quarters, objectives_of
from tightrope.arguments import DecisionRule, check_least, known_rule
from tightrope.case import Case
from tightrope.case.named import chosen
from tightrope.errors import UseError
from tightrope.text.characters import quoted
from tightrope.text.names import nearest

SAYS = "Compare postures of CASE across scenarios and decision rules, objective by objective."
WRITES = ("satisfying.csv", "regret.csv", "against.csv", "parts.csv", "dominance.csv",
          "scores.csv", "compare-*.svg")  # fmt: skip

RULES: tuple[DecisionRule, ...] = ("reactive", "habit")
"""Postures are compared under these; `equilibrium` takes some ten times as long."""

FEWEST = 2
"""Worlds that a difference needs to have an interval."""


@dataclass(frozen=True)
class Options:
    worlds: int = worlds()
    quarters: int = quarters()
    rule: tuple[str, ...] = option(
        (), "Decision rule; may be repeated; reactive and habit by default.", shape="TEXT"
    )
    scenario: tuple[str, ...] = several("Scenario")
    posture: tuple[str, ...] = several("Posture")
    weight: tuple[str, ...] = option(
        (), "May be repeated; adds one score.", shape="OBJECTIVE=NUMBER"
    )
    seed: int = seed()
    use_record: bool = record()


def check(case: Case, options: Options) -> None:
    """Raise UseError for what the case does not have, and for too few worlds or quarters."""
    objectives_of(case)
    rules_of(options)
    check_size(options.worlds, options.quarters)
    chosen(case.scenarios, options.scenario, "scenario")
    chosen(case.postures, options.posture, "posture")
    check_weights(case, weights_of(options.weight))


def work(case: Case, options: Options) -> int:
    scenarios = len(options.scenario) or len(case.scenarios)
    postures = len(options.posture) or len(case.postures)
    arms = len(rules_of(options)) * scenarios * postures
    return arms * options.worlds * options.quarters


def rules_of(options: Options) -> tuple[DecisionRule, ...]:
    return tuple(known_rule(name) for name in dict.fromkeys(options.rule)) or RULES


def check_size(worlds: int, quarters: int) -> None:
    """Raises UseError for fewer worlds or quarters than a comparison needs."""
    check_least("worlds", worlds, FEWEST, "as every difference is given with an interval")
    check_quarters(quarters)


def weights_of(given: Sequence[str]) -> dict[str, float]:
    """`economy=2` and the like as numbers by objective. Raises UseError for anything else."""
    found: dict[str, float] = {}
    for text in given:
        name, _, number = (part.strip() for part in text.partition("="))
        try:
            weight = float(number)
        except ValueError:
            raise UseError(f'--weight: found "{text}"; allowed: such as economy=2') from None
        if name in found:
            raise UseError(f"--weight: found {name} twice; allowed: each objective once")
        found[name] = weight
    return found


def check_weights(case: Case, weights: Mapping[str, float] | None) -> dict[str, float]:
    """Raises UseError for an objective that the case does not have or a weight below zero."""
    known = [o.name for o in case.objectives]
    for name, weight in (weights or {}).items():
        if name not in known:
            allowed, hint = ", ".join(known), nearest(str(name), known)
            raise UseError(f"there is no objective {quoted(name)}; allowed: {allowed}{hint}")
        if not weight >= 0 or not math.isfinite(weight):
            raise UseError(
                f"the weight of {name}: found {weight:g}; allowed: a number of 0 or more"
            )
    if weights and not any(weights.values()):
        raise UseError("all weights are 0; allowed: at least one above 0")
    return dict(weights or {})
