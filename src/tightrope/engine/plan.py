"""Plans: an arm's words turned into the arrays the engine reads.

Order of precedence, weakest first: what is usual, the scenario, the posture's settings, the
posture's rules, the arm's own settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from tightrope.case import Arm, Case, Instrument, Posture, Scenario, Settings, Value
from tightrope.engine.layout import level_count, level_spans, observables

Array = Any
Named = TypeVar("Named", Scenario, Posture)

FREE, BY_POSTURE, BY_ARM = 0, 1, 2


class Rows(NamedTuple):
    """One row per quarter 1..T.

    Attributes:
        levels: index of each regime's level, -1 where it is left to itself; (T, R).
        quantities: exogenous quantities, NaN where as usual; (T, Q).
        held: states (`Case.states`) held, on the additive scale, NaN where free; (T, V).
        given: shares of conduct imposed; (T, L).
        rank: 0 free, 1 imposed by posture (a rule may change it), 2 imposed by scenario or arm.
    """

    levels: Array
    quantities: Array
    held: Array
    given: Array
    rank: Array


class Rules(NamedTuple):
    """A posture's rules, padded to a common number of rules (N) and of conditions (K).

    Attributes:
        reads: index into `layout.observables`; (N, K).
        sign: +1 at least or above, -1 at most or below, 0 no condition; (N, K).
        threshold: (N, K).
        strict: above and below rather than at least and at most; (N, K).
        sets: 1 at the levels of instruments that the rule sets; (N, L).
        mix: the shares it sets them to; (N, L).
        active: (N,).
    """

    reads: Array
    sign: Array
    threshold: Array
    strict: Array
    sets: Array
    mix: Array
    active: Array


class Plan(NamedTuple):
    """All that tells one arm from another.

    Attributes:
        strengths: multiplier of each of `switches` (0 keeps a derived quantity at its value in the
            reference quarter), then of the log of usual conduct (0 makes all levels of an
            instrument equally usual); (M + D + 1,).
        start: states (`Case.states`) in quarter 0 on the additive scale, NaN at the baseline; (V,).
    """

    rows: Rows
    rules: Rules
    strengths: Array
    start: Array

    @property
    def key(self) -> bytes:
        """Equal for arms that are the same."""
        parts = (*self.rows, *self.rules, self.strengths, self.start)
        return b"|".join(np.asarray(part).tobytes() for part in parts)

    @property
    def context(self) -> bytes:
        """Equal for arms that are the same but for their strengths."""
        return self._replace(strengths=np.zeros(0)).key


def switches(case: Case) -> tuple[str, ...]:
    """What has a strength, by name: mechanisms, then derived quantities."""
    return (*(m.name for m in case.mechanisms), *(d.name for d in case.derived))


RULE_SLOTS, CONDITION_SLOTS = 8, 4


def plan(
    case: Case,
    arm: Arm,
    quarters: int,
    scenario: Scenario | None = None,
    posture: Posture | None = None,
    *,
    start: Mapping[str, float] | None = None,
    dtype: Any = np.float32,
) -> Plan:
    """Lay out an arm over quarters 1..`quarters`.

    `scenario` and `posture` hold where the arm names none; the case's own where neither does. They
    need not be of the case.
    start: values of variables in quarter 0 (shares between 0 and 1); the others start at baseline.
    """
    chosen = _meant(case.scenarios, arm.scenario, scenario, case.scenario)
    stance = _meant(case.postures, arm.posture, posture, case.posture)
    rows = _empty_rows(case, quarters, dtype)
    _lay(case, rows, chosen.settings, BY_ARM)
    _lay(case, rows, stance.settings, BY_POSTURE)
    _lay(case, rows, arm.settings, BY_ARM)
    names = switches(case)
    strengths = np.ones(len(names) + 1, dtype)
    for name, strength in arm.strengths.items():
        strengths[names.index(name)] = strength
    opening = [
        _additive(v.scale, start[v.name]) if start and v.name in start else np.nan
        for v in case.states
    ]
    return Plan(rows, _rules(case, stance, dtype), strengths, np.asarray(opening, dtype))


def _meant(items: Sequence[Named], own: str | None, given: Named | None, usual: str) -> Named:
    """What an arm names, else what is given, else what is usual; reading has checked the names."""
    if own is None and given is not None:
        return given
    name = usual if own is None else own
    return next(item for item in items if item.name == name)


def without(plan: Plan, switched_off: Sequence[int]) -> Plan:
    """The same arm with some of its strengths at zero, by index into `Plan.strengths`."""
    strengths = np.array(plan.strengths)
    strengths[list(switched_off)] = 0.0
    return plan._replace(strengths=strengths)


def _empty_rows(case: Case, quarters: int, dtype: Any) -> Rows:
    levels = level_count(case)
    usual = [r.levels.index(r.usual) for r in case.regimes]
    return Rows(
        levels=np.tile(np.asarray(usual, np.int32), (quarters, 1)),
        quantities=np.full((quarters, len(case.quantities)), np.nan, dtype),
        held=np.full((quarters, len(case.variables)), np.nan, dtype),
        given=np.zeros((quarters, levels), dtype),
        rank=np.zeros((quarters, levels), np.int32),
    )


def _lay(case: Case, rows: Rows, settings: Settings, rank: int) -> None:
    quarters = len(rows.levels)
    for name, spans in settings.items():
        for span in spans:
            last = quarters if span.last is None else min(span.last, quarters)
            _lay_value(case, rows, name, slice(max(span.first, 1) - 1, last), span.value, rank)


def _lay_value(case: Case, rows: Rows, name: str, when: slice, value: Value, rank: int) -> None:
    for i, variable in enumerate(case.states):
        if variable.name == name:
            rows.held[when, i] = _additive(variable.scale, float(value))  # type: ignore[arg-type]
    for r, regime in enumerate(case.regimes):
        if regime.name == name:
            rows.levels[when, r] = -1 if value == "markov" else regime.levels.index(str(value))
    for q, quantity in enumerate(case.quantities):
        if quantity.name == name:
            rows.quantities[when, q] = float(value)  # type: ignore[arg-type]
    for instrument, own in zip(case.instruments, level_spans(case.instruments), strict=True):
        if instrument.name == name:
            rows.given[when, own] = _mix(instrument, value)
            rows.rank[when, own] = rank


def _additive(scale: str, value: float) -> float:
    if scale == "share":
        return float(np.log(value / (1.0 - value)))
    return float(np.log(value)) if scale == "index" else value


def _mix(instrument: Instrument, value: Value) -> list[float]:
    shares: Mapping[str, float] = value if isinstance(value, Mapping) else {str(value): 1.0}
    return [shares.get(level, 0.0) for level in instrument.levels]


def _rules(case: Case, posture: Posture, dtype: Any) -> Rules:
    count = max(RULE_SLOTS, len(posture.rules))
    width = max(CONDITION_SLOTS, *(len(rule.when) for rule in posture.rules), 0)
    levels = level_count(case)
    rules = Rules(
        reads=np.zeros((count, width), np.int32),
        sign=np.zeros((count, width), dtype),
        threshold=np.zeros((count, width), dtype),
        strict=np.zeros((count, width), bool),
        sets=np.zeros((count, levels), dtype),
        mix=np.zeros((count, levels), dtype),
        active=np.zeros(count, bool),
    )
    names = observables(case)
    for n, rule in enumerate(posture.rules):
        rules.active[n] = True
        for k, condition in enumerate(rule.when):
            rules.reads[n, k] = names.index(condition.name)
            rules.sign[n, k] = 1.0 if condition.comparison in ("at least", "above") else -1.0
            rules.threshold[n, k] = condition.threshold
            rules.strict[n, k] = condition.comparison in ("above", "below")
        for instrument, own in zip(case.instruments, level_spans(case.instruments), strict=True):
            if instrument.name in rule.settings:
                rules.sets[n, own] = 1.0
                rules.mix[n, own] = _mix(instrument, rule.settings[instrument.name])
    return rules
