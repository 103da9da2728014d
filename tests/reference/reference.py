"""The engine's semantics once more, in the plainest Python: one world, numbers by name, no arrays.

It shares no code with `tightrope.engine`. Tests hold the engine against it, and `benchmarks.peers`
drives it world by world, as other tools drive a model. Only the reactive rule is here: actors
expect the others to go on as last seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tightrope.case import (
    Actor,
    Arm,
    Case,
    Condition,
    Instrument,
    Outcome,
    Regime,
    Rule,
    Settings,
    Value,
    Variable,
    level_argument,
)
from tightrope.case.mechanism import Derived

Numbers = Mapping[str, float]
Mix = tuple[float, ...]
Conduct = Mapping[str, Mix]

# Farthest that a state goes from zero on its additive scale.
LIMITS = {"share": 8.0, "index": 3.0, "real": math.inf}


@dataclass(frozen=True)
class Quarter:
    """What can be seen of one quarter, in display units: shares, indices and goals times 100.

    Attributes:
        values: variables and derived quantities by name.
        conduct: share of conduct at each level, by instrument.
        goals: goal value by actor.
        regimes: index of the level, by regime.
        quantities: exogenous quantities by name, as they are (0 to 1).
    """

    values: Mapping[str, float]
    conduct: Conduct
    goals: Mapping[str, float]
    regimes: Mapping[str, int]
    quantities: Mapping[str, float]


class Formula(NamedTuple):
    """A mechanism or a derived quantity with what it reads, looked up once as that takes time."""

    name: str
    function: Callable[..., Any]
    reads: tuple[str, ...]

    def of(self, known: Mapping[str, Any]) -> Any:
        return self.function(**{name: known[name] for name in self.reads})


@dataclass(frozen=True)
class World:
    """One world under one arm: what stays the same from quarter to quarter.

    Attributes:
        params: every prior's value, by its name.
        mechanisms, derived: the case's, each derived quantity after those it reads.
        baseline: states in the reference quarter, additive scale.
        reversion, noise: by variable.
        reals: variables on the real scale.
        reference: each mechanism's pushes in the reference quarter.
        strengths: multiplier of each mechanism.
    """

    case: Case
    params: Numbers
    mechanisms: tuple[Formula, ...]
    derived: tuple[Formula, ...]
    baseline: Numbers
    reversion: Numbers
    noise: Numbers
    reals: frozenset[str]
    reference: Mapping[str, Numbers]
    strengths: Numbers


@dataclass(frozen=True)
class Outside:
    """What is imposed in one quarter.

    Attributes:
        regimes: level index by regime.
        quantities: exogenous quantities by name.
        held: states held, natural values by name.
        given: instruments' mixes that are not chosen.
    """

    regimes: Mapping[str, int]
    quantities: Numbers
    held: Numbers
    given: Conduct


# ---------------------------------------------------------------- scales


def to_additive(variable: Variable, x: float) -> float:
    if variable.scale == "share":
        return math.log(x / (1.0 - x))
    return math.log(x) if variable.scale == "index" else x


def to_natural(variable: Variable, z: float) -> float:
    if variable.scale == "share":
        return 1.0 / (1.0 + math.exp(-z))
    return math.exp(z) if variable.scale == "index" else z


# ---------------------------------------------------------------- what mechanisms read


def surroundings(case: Case, params: Numbers, conduct: Conduct, outside: Outside) -> dict[str, Any]:
    """Everything that a mechanism may read apart from variables and derived quantities."""
    known: dict[str, Any] = {p.name: params[p.name] for p in case.parameters}
    for instrument in case.instruments:
        mix = conduct[instrument.name]
        known[instrument.name] = position(instrument, mix)
        for level, share in zip(instrument.levels, mix, strict=True):
            known[level_argument(instrument.name, level)] = share
    for regime in case.regimes:
        now = outside.regimes[regime.name]
        known[regime.name] = now / (len(regime.levels) - 1)
        for i, level in enumerate(regime.levels):
            known[level_argument(regime.name, level)] = float(i == now)
    known.update(outside.quantities)
    return known


def position(instrument: Instrument, mix: Mix) -> float:
    return sum(at * share for at, share in zip(instrument.positions, mix, strict=True))


def add_states(world: World, known: Mapping[str, Any], state: Numbers) -> dict[str, Any]:
    """The surroundings and the variables' natural values, and the derived quantities of both."""
    full = dict(known)
    for variable in world.case.variables:
        full[variable.name] = to_natural(variable, state[variable.name])
    for quantity in world.derived:
        full[quantity.name] = quantity.of(full)
    return full


def in_order(quantities: Sequence[Derived]) -> tuple[Formula, ...]:
    """Derived quantities, each after those it reads."""
    waiting = [Formula(d.name, d, d.reads) for d in quantities]
    done: list[Formula] = []
    while waiting:
        ready = [d for d in waiting if not any(other.name in d.reads for other in waiting)]
        waiting = [d for d in waiting if d not in ready]
        done += ready
    return tuple(done)


# ---------------------------------------------------------------- one quarter


def advance(
    world: World,
    state: Numbers,
    known: Mapping[str, Any],
    held: Numbers,
    shocks: Numbers | None = None,
) -> dict[str, float]:
    """States at the quarter's end. Without shocks it is the mean path that actors expect."""
    full = add_states(world, known, state)
    after = {
        name: z + world.reversion[name] * (world.baseline[name] - z) for name, z in state.items()
    }
    if shocks:
        for name, shock in shocks.items():
            after[name] += world.noise[name] * shock
    for mechanism in world.mechanisms:
        usual, strength = world.reference[mechanism.name], world.strengths[mechanism.name]
        for name, push in mechanism.of(full).items():
            after[name] += strength * float(push - usual[name])
    for variable in world.case.variables:
        limit = LIMITS[variable.scale]
        if abs(after[variable.name]) > limit:
            after[variable.name] = math.copysign(limit, after[variable.name])
    return after | held_states(world.case, held)


def held_states(case: Case, held: Numbers) -> dict[str, float]:
    if not held:
        return {}
    return {v.name: to_additive(v, held[v.name]) for v in case.variables if v.name in held}


def goal_value(world: World, actor: Actor, state: Numbers) -> float:
    """Weighted mean of what the actor wants, in points of 100."""
    total = weights = 0.0
    for goal in actor.goals:
        weight = world.params[f"{actor.name}.goal.{goal.variable}"]
        z = state[goal.variable]
        if goal.variable in world.reals:
            score = z if goal.want == "more" else -z
        else:
            # An index x = exp(z) scores x / (1 + x), which is the logistic of z, like a share.
            score = 1.0 / (1.0 + math.exp(-z if goal.want == "more" else z))
        total += weight * score
        weights += weight
    return 100.0 * total / weights


# ---------------------------------------------------------------- choice


def choose(world: World, state: Numbers, seen: Conduct, outside: Outside) -> dict[str, Mix]:
    """Every actor's conduct: what is imposed, and quantal responses to last conduct elsewhere."""
    expected = {**seen, **outside.given}
    return {
        instrument.name: outside.given[instrument.name]
        if instrument.name in outside.given
        else respond(world, actor, instrument, state, expected, outside)
        for actor in world.case.actors
        for instrument in actor.instruments
    }


def respond(
    world: World,
    actor: Actor,
    instrument: Instrument,
    state: Numbers,
    expected: Conduct,
    outside: Outside,
) -> Mix:
    """Logit response to the expected values of the instrument's levels, drawn towards habit."""
    rationality = world.params[f"{actor.name}.rationality"]
    habit = world.params[f"{actor.name}.habit"]
    odds = []
    for level, usual in enumerate(instrument.usual):
        only = tuple(float(i == level) for i in range(len(instrument.levels)))
        value = look_ahead(world, actor, state, {**expected, instrument.name: only}, outside)
        odds.append(habit * math.log(usual) + rationality * value)
    highest = max(odds)
    weights = [math.exp(o - highest) for o in odds]
    return tuple(w / sum(weights) for w in weights)


def look_ahead(
    world: World, actor: Actor, state: Numbers, conduct: Conduct, outside: Outside
) -> float:
    """Discounted mean of the actor's goal value if conduct and the outside stay as they are."""
    patience = world.params[f"{actor.name}.patience"]
    known = surroundings(world.case, world.params, conduct, outside)
    total = weights = 0.0
    weight = 1.0
    for _ in range(world.case.lookahead):
        state = advance(world, state, known, outside.held)
        weight *= patience
        total += weight * goal_value(world, actor, state)
        weights += weight
    return total / weights


# ---------------------------------------------------------------- what is imposed


def value_at(settings: Settings, name: str, quarter: int) -> Value | None:
    """What the settings hold `name` at in a quarter; the later of two spans that overlap."""
    found: Value | None = None
    for span in settings.get(name, ()):
        if span.first <= quarter and (span.last is None or quarter <= span.last):
            found = span.value
    return found


def mix_of(instrument: Instrument, value: Value) -> Mix:
    shares = value if isinstance(value, Mapping) else {str(value): 1.0}
    return tuple(shares.get(level, 0.0) for level in instrument.levels)


def imposed(
    world: World,
    layers: Sequence[Settings],
    quarter: int,
    before: Mapping[str, int],
    chances: Numbers,
) -> Outside:
    """All that settings impose in a quarter; of the layers, the last that says something counts."""
    case = world.case

    def setting(name: str) -> Any:
        found = [value_at(layer, name, quarter) for layer in layers]
        return next((value for value in reversed(found) if value is not None), None)

    regimes = {}
    for regime in case.regimes:
        name, value = regime.name, setting(regime.name)
        if value == "markov":
            escalation = world.params[f"{name}.escalation"]
            regimes[name] = next_level(regime, before[name], escalation, chances[name])
        else:
            regimes[name] = regime.levels.index(regime.usual if value is None else value)
    quantities = {}
    for quantity in case.quantities:
        value = setting(quantity.name)
        quantities[quantity.name] = (
            world.params[f"{quantity.name}.usual"] if value is None else value
        )
    return Outside(
        regimes,
        quantities,
        {v.name: x for v in case.variables if (x := setting(v.name)) is not None},
        {i.name: mix_of(i, x) for i in case.instruments if (x := setting(i.name)) is not None},
    )


def under_rules(
    world: World,
    rules: Sequence[Rule],
    fixed: set[str],
    state: Numbers,
    seen: Conduct,
    now: Outside,
) -> Outside:
    """The same with what a posture's rules set, seeing how the quarter opens and last conduct.

    Of two rules that set one instrument the later counts; what is fixed no rule can change.
    """
    case = world.case
    known = add_states(world, surroundings(case, world.params, seen, now), state)
    given = dict(now.given)
    for rule in rules:
        if all(holds(condition, known) for condition in rule.when):
            for instrument in case.instruments:
                if instrument.name in rule.settings and instrument.name not in fixed:
                    given[instrument.name] = mix_of(instrument, rule.settings[instrument.name])
    return replace(now, given=given)


def holds(condition: Condition, known: Mapping[str, Any]) -> bool:
    """Whether a condition is met; what is exactly at the threshold up to rounding counts as at."""
    gap = known[condition.name] - condition.threshold
    return {
        "at least": gap > -1e-6,
        "at most": gap < 1e-6,
        "above": gap > 1e-6,
        "below": gap < -1e-6,
    }[condition.comparison]


def next_level(regime: Regime, now: int, escalation: float, chance: float) -> int:
    """The level drawn with `chance`: escalation makes moves up likelier and moves down rarer."""
    weights = [
        p * math.exp(escalation * ((to > now) - (to < now)))
        for to, p in enumerate(regime.transition[now])
    ]
    level, passed = 0, weights[0]
    while level < len(weights) - 1 and chance > passed / sum(weights):
        level += 1
        passed += weights[level]
    return level


# ---------------------------------------------------------------- a run


def simulate(
    case: Case,
    params: Sequence[float],
    shocks: Sequence[Numbers],
    chances: Sequence[Numbers],
    arm: Arm | None = None,
    scenario: str | None = None,
    posture: str | None = None,
) -> list[Quarter]:
    """Run one world under one arm; quarter 0 is the reference quarter.

    params: one value per prior, in the order of `Case.priors`. shocks: standard normal draws by
    variable, and chances: uniform draws by regime, both one entry per quarter from 1 on.
    """
    arm = arm or Arm()
    (around,) = [s for s in case.scenarios if s.name == (arm.scenario or scenario or case.scenario)]
    (taken,) = [p for p in case.postures if p.name == (arm.posture or posture or case.posture)]
    layers = (around.settings, taken.settings, arm.settings)
    world, outside = reference_quarter(case, params, arm)
    state: Numbers = world.baseline
    conduct: Conduct = {i.name: i.usual for i in case.instruments}
    path = [seen_quarter(world, state, conduct, outside)]
    for quarter, (shock, chance) in enumerate(zip(shocks, chances, strict=True), start=1):
        outside = imposed(world, layers, quarter, outside.regimes, chance)
        state = {**state, **held_states(case, outside.held)}
        fixed = {name for name in arm.settings if value_at(arm.settings, name, quarter) is not None}
        outside = under_rules(world, taken.rules, fixed, state, conduct, outside)
        conduct = choose(world, state, conduct, outside)
        known = surroundings(case, world.params, conduct, outside)
        state = advance(world, state, known, outside.held, shock)
        path.append(seen_quarter(world, state, conduct, outside))
    return path


def reference_quarter(case: Case, params: Sequence[float], arm: Arm) -> tuple[World, Outside]:
    """The world, with the pushes of its reference quarter, and that quarter's outside."""
    by_name = {p.name: float(value) for p, value in zip(case.priors, params, strict=True)}
    names = [v.name for v in case.variables]
    world = World(
        case=case,
        params=by_name,
        mechanisms=tuple(Formula(m.name, m, m.reads) for m in case.mechanisms),
        derived=in_order(case.derived),
        baseline={v.name: to_additive(v, by_name[f"{v.name}.baseline"]) for v in case.variables},
        reversion={name: by_name[f"{name}.reversion"] for name in names},
        noise={name: by_name[f"{name}.noise"] for name in names},
        reals=frozenset(v.name for v in case.variables if v.scale == "real"),
        reference={},
        strengths={m.name: arm.strengths.get(m.name, 1.0) for m in case.mechanisms},
    )
    outside = Outside(
        regimes={r.name: r.levels.index(r.usual) for r in case.regimes},
        quantities={q.name: by_name[f"{q.name}.usual"] for q in case.quantities},
        held={},
        given={},
    )
    usual = {i.name: i.usual for i in case.instruments}
    full = add_states(world, surroundings(case, by_name, usual, outside), world.baseline)
    return replace(world, reference={m.name: m.of(full) for m in world.mechanisms}), outside


def seen_quarter(world: World, state: Numbers, conduct: Conduct, outside: Outside) -> Quarter:
    case = world.case
    full = add_states(world, surroundings(case, world.params, conduct, outside), state)
    values = {v.name: full[v.name] * (1.0 if v.scale == "real" else 100.0) for v in case.variables}
    values |= {d.name: float(full[d.name]) * (100.0 if d.percent else 1.0) for d in case.derived}
    return Quarter(
        values,
        {name: tuple(100.0 * share for share in mix) for name, mix in conduct.items()},
        {actor.name: goal_value(world, actor, state) for actor in case.actors},
        outside.regimes,
        outside.quantities,
    )


# ---------------------------------------------------------------- beside the engine


def draws_of(
    case: Case, block: Any, world: int
) -> tuple[list[float], list[Numbers], list[Numbers]]:
    """Parameters, shocks and chances of one world of a `tightrope.engine.worlds.Block`, by name."""
    variables = [v.name for v in case.states]
    regimes = [r.name for r in case.regimes]
    shocks = [dict(zip(variables, row[:, world].tolist(), strict=True)) for row in block.shocks]
    chances = [dict(zip(regimes, row[:, world].tolist(), strict=True)) for row in block.chances]
    return block.params[:, world].tolist(), shocks, chances


def shown(path: Sequence[Quarter], outcomes: Sequence[Outcome], case: Case) -> list[list[float]]:
    """A path read at outcomes, in display units; one row per quarter."""
    levels = {i.name: i.levels for i in case.instruments}

    def read(quarter: Quarter, outcome: Outcome) -> float:
        if outcome.kind == "goal":
            return quarter.goals[outcome.name]
        if outcome.kind == "share":
            return quarter.conduct[outcome.name][levels[outcome.name].index(outcome.level)]
        return quarter.values[outcome.name]

    return [[read(quarter, outcome) for outcome in outcomes] for quarter in path]
