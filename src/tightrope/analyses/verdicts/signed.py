"""The sign of every way from what sets a claim's arms apart to its outcome.

The first step is what the arms' own values make of each formula that reads them; from there on, the
signs of formulas over the whole ranges of what they read. Choices of actors are no part of it: the
sign of a choice is nobody's to type.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product

import numpy as np

from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Testbed
from tightrope.case import Case, Outcome, Part, level_argument
from tightrope.case.mechanism import Derived, Mechanism
from tightrope.engine.layout import level_spans
from tightrope.engine.model import NATURAL, Model
from tightrope.engine.plan import Plan
from tightrope.reading.signs import reach, slopes, steps

Signs = frozenset[int]
"""Of -1 and 1."""

BOTH: Signs = frozenset({-1, 1})

MOST_SETTINGS = 12
"""So many combinations are tried at most of what a side leaves open."""

Setting = Mapping[str, float]
"""What formulas read of what an arm sets, by name."""


def argued(model: Model, testbed: Testbed, part: Part, places: Sequence[int],
           counting: Collection[str]) -> bool:  # fmt: skip
    """Whether all ways from what a part's arms set apart to its outcome have the argued sign.

    At least one has to be there, unless the part says `not lower` or `not higher`.

    places: the part's readings; counting: the mechanisms and derived quantities that count.
    """
    want = 1 if part.expect in ("higher", "not lower") else -1
    found: Signs = frozenset()
    contrasts = [part.contrast] if part.minus is None else [part.contrast, part.minus]
    for turn, contrast in enumerate(contrasts):
        sides = claims.part_sides(part)[2 * turn : 2 * turn + 2]
        here, there = (testbed.readings[p] for p in places[2 * turn : 2 * turn + 2])
        one, other = (testbed.plans[r.plan] for r in (here, there))
        alike = sides[0].outcome == sides[1].outcome
        alike = alike and (here.first, here.last) == (there.first, there.last)
        signs = ways(model, one, other, sides[0].outcome, counting) if alike else BOTH
        factor = int(np.sign(contrast.times)) * (-1 if turn else 1)
        found |= {sign * factor for sign in signs}
    return found == {want} or (not found and part.expect.startswith("not "))


def ways(
    model: Model, one: Plan, other: Plan, outcome: Outcome, counting: Collection[str]
) -> Signs:
    """The signs of all ways from what two arms set differently to an outcome."""
    case = model.case
    if not np.array_equal(one.strengths, other.strengths) or _rules_differ(one, other):
        return BOTH
    if outcome.kind in ("share", "position"):  # conduct is chosen
        return BOTH
    signs = _spread(case, _first(case, one, other, counting), counting, _held(case, one, other))
    if outcome.kind != "goal":
        return signs.get(outcome.name, frozenset())
    (actor,) = (a for a in case.actors if a.name == outcome.name)
    return frozenset(
        sign if goal.want == "more" else -sign
        for goal in actor.goals
        for sign in signs.get(goal.variable, frozenset())
    )


def _rules_differ(one: Plan, other: Plan) -> bool:
    pairs = zip(one.rules, other.rules, strict=True)
    return not all(np.array_equal(a, b) for a, b in pairs)


def _items(case: Case, counting: Collection[str]) -> Iterator[Mechanism | Derived]:
    yield from (m for m in case.mechanisms if m.name in counting)
    yield from (d for d in case.derived if d.name in counting)


def _first(case: Case, one: Plan, other: Plan, counting: Collection[str]) -> dict[str, Signs]:
    """What moves first, and with which signs: states held apart, and what formulas make of it."""
    ends = _ends(case)
    found: dict[str, Signs] = {}

    def add(name: str, signs: Signs) -> None:
        found[name] = found.get(name, frozenset()) | signs

    for this, against in _apart(case, one, other):
        for name in {v.name for v in case.states} & this[0].keys():
            pairs = product(this, against)
            add(name, frozenset(int(np.sign(a[name] - b[name])) for a, b in pairs))
        for item in _items(case, counting):
            if set(item.reads) & set(this[0]):
                for name, signs in steps(item, this, against, ends).items():
                    add(name, signs)
    return {name: signs - {0} for name, signs in found.items() if signs - {0}}


def _spread(
    case: Case, signs: Mapping[str, Signs], counting: Collection[str], held: Collection[str]
) -> dict[str, Signs]:
    """The signs of all that can be reached from what moves first."""
    found = dict(signs)
    waiting = list(found)
    while waiting:
        source = waiting.pop()
        for item in _items(case, counting):
            if source not in item.reads:
                continue
            for target, slope in _slopes(case, item, source).items():
                more = frozenset(a * b for a in found[source] for b in slope)
                if target not in held and not more <= found.get(target, frozenset()):
                    found[target] = found.get(target, frozenset()) | more
                    waiting.append(target)
    return found


@lru_cache(maxsize=4096)
def _slopes(case: Case, item: Mechanism | Derived, name: str) -> Mapping[str, Signs]:
    return slopes(item, name, _ends(case))


@lru_cache(maxsize=8)
def _ends(case: Case) -> Mapping[str, tuple[float, float]]:
    return reach(case)


def _held(case: Case, one: Plan, other: Plan) -> set[str]:
    """States that both arms hold in every quarter: nothing moves them."""
    free = np.isnan(one.rows.held).any(axis=0) | np.isnan(other.rows.held).any(axis=0)
    return {v.name for v, open_ in zip(case.states, free, strict=True) if not open_}


# ---------------------------------------------------------------- what arms set


def _apart(case: Case, one: Plan, other: Plan) -> Iterator[tuple[list[Setting], list[Setting]]]:
    """What the two sides set differently: each distinct pair of a quarter's settings, once.

    Where a side leaves something open, several values that it may take.
    """
    known = set()
    for q in range(len(one.rows.levels)):
        sides = [_said(case, plan, q) for plan in (one, other)]
        names = [n for n in sides[0] if sides[0][n] != sides[1][n]]
        pair = repr([[side[n] for n in names] for side in sides])
        if names and pair not in known:
            known.add(pair)
            this, against = (_combined([side[n] for n in names]) for side in sides)
            yield this, against


def _combined(choices: Sequence[Sequence[Setting]]) -> list[Setting]:
    """Combinations of what each name may be set to, all of them or an even pick."""
    every: list[Setting] = [
        {name: value for setting in chosen for name, value in setting.items()}
        for chosen in product(*choices)
    ]
    step = -(-len(every) // MOST_SETTINGS)
    return every[::step]


def _said(case: Case, plan: Plan, q: int) -> dict[str, Sequence[Setting]]:
    """By name, the settings that it may have in a quarter: one where it is set."""
    rows, found = plan.rows, dict[str, Sequence[Setting]]()
    for v, held in zip(case.states, rows.held[q], strict=True):
        at = _ends(case)[v.name] if np.isnan(held) else (float(NATURAL[v.scale](held)),)
        found[v.name] = [{v.name: value} for value in at]
    for quantity, value in zip(case.quantities, rows.quantities[q], strict=True):
        usual = quantity.usual.low, quantity.usual.high
        at = usual if np.isnan(value) else (float(value),)
        found[quantity.name] = [{quantity.name: value} for value in at]
    for regime, level in zip(case.regimes, rows.levels[q], strict=True):
        eye = np.eye(len(regime.levels))
        mixes = eye if level < 0 else eye[level : level + 1]
        places = np.linspace(0.0, 1.0, len(eye))
        found[regime.name] = [_read(regime.name, regime.levels, places, mix) for mix in mixes]
    for item, own in zip(case.instruments, level_spans(case.instruments), strict=True):
        free = rows.rank[q, own.start] == 0
        mixes = np.eye(len(item.levels)) if free else rows.given[q, own][None]
        places = np.asarray(item.positions)
        found[item.name] = [_read(item.name, item.levels, places, mix) for mix in mixes]
    return found


def _read(name: str, levels: Sequence[str], at: np.ndarray, mix: np.ndarray) -> Setting:
    shares = {level_argument(name, lv): float(s) for lv, s in zip(levels, mix, strict=True)}
    return {name: float(at @ mix), **shares}
