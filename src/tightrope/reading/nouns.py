"""The nouns of a case read from their nodes: what moves, what is outside, who chooses."""

from __future__ import annotations

import itertools
import keyword
import re
from collections.abc import Mapping
from datetime import date
from typing import Literal, cast

import numpy as np

from tightrope.case import Actor, Goal, Instrument, Prior, Quantity, Regime, Variable
from tightrope.reading.yamlfile import (
    ABOVE_ZERO,
    ANY,
    NOT_NEGATIVE,
    PART,
    WITHIN,
    Node,
    Range,
    listed,
    missing,
    optional_text,
    unknown,
)

ARM_WORDS = ("scenario", "posture", "without", "strength")
_TABLE_WORDS = ("goal", "world", "quarter", "actor", "residual", "nothing", "choice")
TAKEN = (*ARM_WORDS, *_TABLE_WORDS, "defaults", "markov")
"""Words with a meaning of their own in claims, in data sets or in tables of results."""

POSSIBLE = {"share": WITHIN, "index": ABOVE_ZERO, "real": ANY}
"""The values a variable may have, by its scale."""

_PATIENCE = Range("a number above 0, at most 1", 1e-9, 1.0)
_USUAL = Range("a share above 0, at most 1", 1e-12, 1.0)
_SUM_TOLERANCE = 1e-6

NAME = re.compile(r"[a-z][a-z0-9_]*")
_LOOSE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_QUARTER = re.compile(r"[0-9]{4}Q[1-4]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# ---------------------------------------------------------------- names


def argument_name(key: str, node: Node) -> str:
    """A name that mechanisms can read as an argument."""
    if not NAME.fullmatch(key) or keyword.iskeyword(key):
        node.fail(f'the name "{key}"', "a lower-case Python name, such as western_trust")
    if key in TAKEN:
        node.fail(f'the name "{key}"', f"other names; these have a meaning: {', '.join(TAKEN)}")
    return key


def loose_name(key: str, node: Node) -> str:
    """A name that Python never reads."""
    if not _LOOSE_NAME.fullmatch(key):
        node.fail(f'the name "{key}"', "lower-case letters, digits, _, - and .")
    return key


# ---------------------------------------------------------------- dates


def is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return bool(_DATE.fullmatch(text))


def is_quarter(text: str) -> bool:
    return bool(_QUARTER.fullmatch(text))


def read_quarter(node: Node) -> str:
    """A calendar quarter."""
    if not isinstance(node.value, str) or not is_quarter(node.value):
        node.wrong("a quarter such as 2025Q4")
    return node.value


# ---------------------------------------------------------------- numbers


def read_prior(
    node: Node,
    name: str,
    references: tuple[str, ...],
    within: Range = ANY,
    unit: str = "",
    meaning: str = "",
) -> Prior:
    """A number known to lie in a range; its meaning is asked for where none is given."""
    asked = () if meaning else ("unit", "meaning")
    more = ("range", "value", "scale", "sources", "judgement", "contested", "unit", "meaning")
    fields = node.fields(asked, [key for key in more if key not in asked])
    low, high = _low_high(node, fields, within)
    scale = fields["scale"].choice(("linear", "log")) if "scale" in fields else "linear"
    if scale == "log" and low <= 0:
        fields["scale"].fail(f"log with a range from {low:g}", "a log scale above zero")
    contested = fields["contested"].flag() if "contested" in fields else False
    if contested and not low < 0 < high:
        what = f"true with a range from {low:g} to {high:g}"
        fields["contested"].fail(what, "a range with room on both sides of zero")
    sources = fields["sources"].items() if "sources" in fields else []
    judgement = fields["judgement"].text() if "judgement" in fields else ""
    if not sources and not judgement:
        node.fail("neither sources nor a judgement", "sources, a judgement, or both")
    return Prior(
        name=name,
        low=low,
        high=high,
        scale=cast(Literal["linear", "log"], scale),
        unit=fields["unit"].text() if "unit" in fields else unit,
        meaning=fields["meaning"].text() if "meaning" in fields else meaning,
        sources=tuple(source.choice(references) for source in sources),
        judgement=judgement,
        contested=contested,
        place=node.place,
    )


def _low_high(node: Node, fields: Mapping[str, Node], within: Range) -> tuple[float, float]:
    if "range" in fields and "value" in fields:
        node.fail("both a range and a value", "one of them")
    if "value" in fields:
        value = fields["value"].number(within)
        return value, value
    if "range" not in fields:
        node.fail("neither a range nor a value", "one of them")
    ends = fields["range"].items()
    if len(ends) != 2:
        fields["range"].fail(f"a list of {len(ends)}", "[lowest, highest]")
    low, high = (end.number(within) for end in ends)
    if low > high:
        fields["range"].fail(f"[{low:g}, {high:g}]", "[lowest, highest]")
    return low, high


def read_mix(node: Node, levels: tuple[str, ...], within: Range = PART) -> dict[str, float]:
    """Shares of conduct by level, summing to 1."""
    found = {}
    for level, share in node.filled("level").items():
        if level not in levels:
            raise unknown(share, node.path, level, levels)
        found[level] = share.number(within)
    _check_sum(node, list(found.values()))
    return found


def _check_sum(node: Node, shares: list[float]) -> None:
    if abs(sum(shares) - 1) > _SUM_TOLERANCE:
        node.fail(f"shares that sum to {sum(shares):g}", "shares that sum to 1")


# ---------------------------------------------------------------- what moves and what is outside


def read_variables(root: Node, references: tuple[str, ...]) -> tuple[Variable, ...]:
    nodes = dict(root.mapping())
    defaults = (
        nodes.pop("defaults").fields((), ("reversion", "noise")) if "defaults" in nodes else {}
    )
    if not nodes:
        root.fail("no variable", "at least one variable")
    return tuple(_variable(argument_name(k, n), n, defaults, references) for k, n in nodes.items())


def _variable(
    name: str, node: Node, defaults: Mapping[str, Node], references: tuple[str, ...]
) -> Variable:
    fields = node.fields(
        ("label", "meaning", "scale", "baseline"), ("unit", "reversion", "noise", "series")
    )
    label = fields["label"].text()
    scale = cast(
        Literal["share", "index", "real"], fields["scale"].choice(("share", "index", "real"))
    )
    if scale == "real":
        node.need(fields, ("unit",))
    elif "unit" in fields:
        fields["unit"].fail(fields["unit"].shown, f"none here; the scale {scale} says it")
    own = fields["unit"].text() if scale == "real" else ""
    unit = {"share": "share", "index": "1 in the reference quarter", "real": own}[scale]
    additive = {"share": "log-odds", "index": "log", "real": own}[scale]

    def prior(part: str, within: Range, unit: str, meaning: str) -> Prior:
        found = fields.get(part) or defaults.get(part)
        if found is None:
            raise missing(node.place, node.path, f'"{part}"', (f"{part} here or under defaults",))
        return read_prior(found, f"{name}.{part}", references, within, unit, f"{label}: {meaning}")

    return Variable(
        name=name,
        label=label,
        meaning=fields["meaning"].text(),
        scale=scale,
        unit=own or {"share": "points of 100", "index": "index, reference quarter = 100"}[scale],
        baseline=prior("baseline", POSSIBLE[scale], unit, "value in the reference quarter"),
        reversion=prior(
            "reversion", PART, "part per quarter", "part of the gap that closes by itself"
        ),
        noise=prior("noise", NOT_NEGATIVE, additive, "size of the quarterly shock"),
        series=optional_text(fields, "series"),
        place=node.place,
    )


def read_outside(
    root: Node | None, references: tuple[str, ...]
) -> tuple[tuple[Regime, ...], tuple[Quantity, ...]]:
    regimes, quantities = [], []
    for key, node in root.mapping().items() if root else ():
        name = argument_name(key, node)
        if "levels" in node.mapping():
            regimes.append(_regime(name, node, references))
        else:
            quantities.append(_quantity(name, node, references))
    return tuple(regimes), tuple(quantities)


def _regime(name: str, node: Node, references: tuple[str, ...]) -> Regime:
    fields = node.fields(("label", "meaning", "levels", "usual", "transition", "escalation"))
    label = fields["label"].text()
    levels = _levels(fields["levels"], fields["levels"].texts())
    meaning = f"{label}: pull towards higher levels"
    return Regime(
        name=name,
        label=label,
        meaning=fields["meaning"].text(),
        levels=levels,
        usual=fields["usual"].choice(levels),
        transition=_transition(fields["transition"], len(levels)),
        escalation=read_prior(
            fields["escalation"], f"{name}.escalation", references, ANY, "log-odds", meaning
        ),
        place=node.place,
    )


def _levels(node: Node, levels: tuple[str, ...]) -> tuple[str, ...]:
    for level in levels:
        loose_name(level, node)
        if level == "markov":
            node.fail('the level "markov"', "other names; markov leaves a regime to chance")
    if len(levels) < 2 or len(set(levels)) < len(levels):
        node.fail(listed(levels) if levels else "nothing", "at least two levels, each once")
    return levels


def _transition(node: Node, size: int) -> tuple[tuple[float, ...], ...]:
    rows = node.items()
    if len(rows) != size:
        node.fail(f"{len(rows)} rows", f"{size}, one for each level")
    found = []
    for row in rows:
        chances = [chance.number(PART) for chance in row.items()]
        if len(chances) != size:
            row.fail(f"{len(chances)} numbers", f"{size}, one for each level")
        _check_sum(row, chances)
        found.append(tuple(chances))
    return tuple(found)


def _quantity(name: str, node: Node, references: tuple[str, ...]) -> Quantity:
    fields = node.fields(("label", "meaning", "unit", "usual"))
    label, unit = fields["label"].text(), fields["unit"].text()
    meaning = f"{label}: value where nothing sets it"
    return Quantity(
        name=name,
        label=label,
        meaning=fields["meaning"].text(),
        unit=unit,
        usual=read_prior(fields["usual"], f"{name}.usual", references, PART, unit, meaning),
        place=node.place,
    )


# ---------------------------------------------------------------- actors


def read_actors(root: Node, references: tuple[str, ...], variables: list[str]) -> tuple[Actor, ...]:
    return tuple(
        _actor(argument_name(key, node), node, references, variables)
        for key, node in root.filled("actor").items()
    )


def _actor(name: str, node: Node, references: tuple[str, ...], variables: list[str]) -> Actor:
    fields = node.fields(
        ("label", "meaning", "instruments", "goals", "rationality", "patience", "habit")
    )
    label = fields["label"].text()

    def prior(part: str, within: Range, unit: str, meaning: str) -> Prior:
        where = f"{name}.{part}"
        return read_prior(fields[part], where, references, within, unit, f"{label}: {meaning}")

    return Actor(
        name=name,
        label=label,
        meaning=fields["meaning"].text(),
        instruments=tuple(
            _instrument(argument_name(key, inner), inner, name)
            for key, inner in fields["instruments"].filled("instrument").items()
        ),
        goals=_goals(fields["goals"], name, label, references, variables),
        rationality=prior(
            "rationality", NOT_NEGATIVE, "log-odds per point", "how sharply it picks what pays"
        ),
        patience=prior(
            "patience", _PATIENCE, "weight", "weight of a quarter relative to the one before"
        ),
        habit=prior("habit", PART, "weight", "pull of usual conduct"),
        place=node.place,
    )


def _instrument(name: str, node: Node, actor: str) -> Instrument:
    fields = node.fields(("label", "meaning", "levels", "grounds"), ("positions",))
    levels = _levels(fields["levels"], tuple(fields["levels"].mapping()))
    usual = read_mix(fields["levels"], levels, _USUAL)
    return Instrument(
        name=name,
        label=fields["label"].text(),
        meaning=fields["meaning"].text(),
        actor=actor,
        levels=levels,
        positions=level_positions(fields.get("positions"), len(levels)),
        usual=tuple(usual.values()),
        grounds=fields["grounds"].text(),
        place=node.place,
    )


def level_positions(node: Node | None, size: int) -> tuple[float, ...]:
    """Where levels stand between 0 and 1; evenly where nothing else is said."""
    if node is None:
        return tuple(np.linspace(0.0, 1.0, size).tolist())
    found = tuple(item.number(PART) for item in node.items())
    if len(found) != size:
        node.fail(f"{len(found)} numbers", f"{size}, one for each level")
    if any(first >= second for first, second in itertools.pairwise(found)):
        node.fail("numbers that do not ascend", "each above the one before")
    return found


def _goals(
    node: Node, actor: str, label: str, references: tuple[str, ...], variables: list[str]
) -> tuple[Goal, ...]:
    found = []
    for variable, goal in node.filled("goal").items():
        if variable not in variables:
            raise unknown(goal, node.path, variable, variables)
        fields = goal.fields(("want", "weight"))
        want = cast(Literal["more", "less"], fields["want"].choice(("more", "less")))
        where, meaning = (
            f"{actor}.goal.{variable}",
            f"{label}: weight of {want} {variable.replace('_', ' ')}",
        )
        weight = read_prior(fields["weight"], where, references, NOT_NEGATIVE, "weight", meaning)
        if weight.high == 0:
            fields["weight"].fail("0", "a weight above 0")
        found.append(Goal(variable, want, weight))
    return tuple(found)
