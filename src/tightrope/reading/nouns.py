"""The nouns of a case read from their nodes: what moves, what is outside, who chooses."""

from __future__ import annotations

import itertools
import keyword
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal, cast

import numpy as np

from tightrope.case import Actor, Goal, Instrument, Matters, Prior, Quantity, Regime, Variable
from tightrope.case.scales import SCALES
from tightrope.reading.yamlfile import (
    ABOVE_ZERO,
    ANY,
    LONGEST_NAME,
    NOT_NEGATIVE,
    PART,
    WITHIN,
    Gather,
    Node,
    Range,
    each,
    missing,
    optional_text,
    short,
    unknown,
)
from tightrope.text.names import listed

Scale = Literal["share", "index", "real"]

ARM_WORDS = ("scenario", "posture", "without", "strength")
_TABLE_WORDS = ("goal", "world", "quarter", "actor", "residual", "nothing", "choice")
TAKEN = (*ARM_WORDS, *_TABLE_WORDS, "defaults", "markov")
"""Words with a meaning of their own in claims, in data sets or in tables of results."""

POSSIBLE = {"share": WITHIN, "index": ABOVE_ZERO, "real": ANY}
"""The values a variable may have, by its scale."""

TILT = Range("a number from -40 to 40", -40.0, 40.0)
"""Log-odds beyond which single precision holds no chance."""

_TIMES = Range("a number from 0 to 1000000", 0.0, 1e6)
_MOST_LEVELS = 20
_PATIENCE = Range("a number above 0, at most 1", 1e-9, 1.0)
_USUAL = Range("a share above 0, at most 1", 1e-12, 1.0)
_SUM_TOLERANCE = 1e-6

NAME = re.compile(r"[a-z][a-z0-9_]*")
_LOOSE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_QUARTER = re.compile(r"[0-9]{4}Q[1-4]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# ---------------------------------------------------------------- names


def argument_name(key: str, node: Node) -> str:
    """A name that mechanisms can read as an argument."""
    if not NAME.fullmatch(key) or keyword.iskeyword(key):
        node.fail(f'the name "{short(key)}"', "a lower-case Python name, such as western_trust")
    if key in TAKEN:
        node.fail(f'the name "{key}"', f"other names; these have a meaning: {', '.join(TAKEN)}")
    return file_name(key, node)


def file_name(key: str, node: Node) -> str:
    """A name that a file on any system may carry, as results carry names of a case."""
    if len(key) > LONGEST_NAME:
        node.fail(f"a name of {len(key)} characters", f"up to {LONGEST_NAME}")
    if _DEVICE.fullmatch(key):
        node.fail(f'the name "{key}"', "other names; some systems take it for a device")
    if key.endswith("."):
        node.fail(f'the name "{key}"', "a name that does not end with a point")
    return key


def loose_name(key: str, node: Node) -> str:
    """A name that Python never reads."""
    if not _LOOSE_NAME.fullmatch(key):
        node.fail(f'the name "{short(key)}"', "lower-case letters, digits, _, - and .")
    return file_name(key, node)


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
    with Gather() as got:
        ends = got(_low_high, node, fields, within)
        for key in ("unit", "meaning", "judgement"):
            if key in fields:
                got(fields[key].text)
        sources = got(lambda: fields["sources"].items() if "sources" in fields else []) or []
        got(each, lambda source: source.choice(references), sources)
        if not sources and "judgement" not in fields:
            got(node.fail, "neither sources nor a judgement", "sources, a judgement, or both")
    low, high = ends
    scale = fields["scale"].choice(("linear", "log")) if "scale" in fields else "linear"
    if scale == "log" and low <= 0:
        fields["scale"].fail(f"log with a range from {low:g}", "a log scale above zero")
    contested = fields["contested"].flag() if "contested" in fields else False
    if contested and not low < 0 < high:
        what = f"true with a range from {low:g} to {high:g}"
        fields["contested"].fail(what, "a range with room on both sides of zero")
    return Prior(
        name=name,
        low=low,
        high=high,
        scale=cast(Literal["linear", "log"], scale),
        unit=fields["unit"].text() if "unit" in fields else unit,
        meaning=fields["meaning"].text() if "meaning" in fields else meaning,
        sources=tuple(source.choice(references) for source in sources),
        judgement=fields["judgement"].text() if "judgement" in fields else "",
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
        tight = any(end.tight for end in ends)
        hint = "; numbers take a point, not a comma: 0.2" if tight else ""
        fields["range"].fail(f"a list of {len(ends)}", "[lowest, highest]", hint)
    low, high = each(lambda end: end.number(within), ends)
    if low > high:
        fields["range"].fail(f"[{low:g}, {high:g}]", "[lowest, highest]")
    if low < high and np.float32(high) - np.float32(low) <= 8 * np.spacing(np.float32(high)):
        what = f"[{low!r}, {high!r}], which single precision cannot tell apart"
        fields["range"].fail(what, "ends further apart, or a value")
    return low, high


def read_mix(node: Node, levels: tuple[str, ...], within: Range = PART) -> dict[str, float]:
    """Shares of conduct by level, summing to 1."""
    found = {}
    with Gather() as got:
        for level, share in node.filled("level").items():
            if level not in levels:
                got.add(unknown(share, node.path, level, levels))
            found[level] = got(share.number, within)
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
    return each(lambda item: _variable(*item, defaults, references), nodes.items())


def _variable(
    name: str, node: Node, defaults: Mapping[str, Node], references: tuple[str, ...]
) -> Variable:
    with Gather() as got:
        got(argument_name, name, node)
        fields = node.fields(
            ("label", "meaning", "scale", "baseline"),
            ("unit", "span", "reversion", "noise", "series", "matters"),
        )
        label = got(fields["label"].line)
        meaning = got(fields["meaning"].text)
        scale = cast(Scale, got(fields["scale"].choice, tuple(SCALES)))
    with Gather() as got:
        own = got(_unit, node, fields, scale)
        span = got(fields["span"].number, ABOVE_ZERO) if "span" in fields else 0.0
    unit, additive = SCALES[scale].written or own, SCALES[scale].additive or own

    def prior(part: str, within: Range, unit: str, meaning: str) -> Prior:
        found = fields.get(part) or defaults.get(part)
        if found is None:
            raise missing(node.place, node.path, f'"{part}"', (f"{part} here or under defaults",))
        return read_prior(found, f"{name}.{part}", references, within, unit, f"{label}: {meaning}")

    with Gather() as got:
        baseline = got(prior, "baseline", POSSIBLE[scale], unit, "value in the reference quarter")
        back = "part of the gap that closes by itself"
        reversion = got(prior, "reversion", PART, "part per quarter", back)
        noise = got(prior, "noise", NOT_NEGATIVE, additive, "size of the quarterly shock")
        series = got(optional_text, fields, "series")
        matters = got(read_matters, fields)
    return Variable(
        name=name,
        label=label,
        meaning=meaning,
        scale=scale,
        unit=own or SCALES[scale].shown,
        baseline=baseline,
        reversion=reversion,
        noise=noise,
        series=series,
        place=node.place,
        span=span,
        matters=matters,
    )


def read_matters(fields: Mapping[str, Node]) -> Matters | None:
    """The smallest effect of interest, with its reason; None where nothing is said."""
    if "matters" not in fields:
        return None
    said = fields["matters"].fields(("by", "because"))
    with Gather() as got:
        by, because = got(said["by"].number, NOT_NEGATIVE), got(said["because"].text)
    return Matters(by, because)


def _unit(node: Node, fields: Mapping[str, Node], scale: Scale) -> str:
    """The unit of a real; shares and indices have their own."""
    if scale == "real":
        node.need(fields, ("unit",))
        return fields["unit"].line()
    for key in ("unit", "span"):
        if key in fields:
            fields[key].fail(fields[key].shown, f"none here; the scale {scale} says it")
    return ""


def read_outside(
    root: Node | None, references: tuple[str, ...]
) -> tuple[tuple[Regime, ...], tuple[Quantity, ...]]:
    def one(item: tuple[str, Node]) -> Regime | Quantity:
        name, node = item
        argument_name(name, node)
        read = _regime if "levels" in node.mapping() else _quantity
        return read(name, node, references)

    found = each(one, root.mapping().items() if root else ())
    regimes = tuple(one for one in found if isinstance(one, Regime))
    return regimes, tuple(one for one in found if isinstance(one, Quantity))


def _regime(name: str, node: Node, references: tuple[str, ...]) -> Regime:
    fields = node.fields(("label", "meaning", "levels", "usual", "transition", "escalation"))
    with Gather() as got:
        label = got(fields["label"].line)
        meaning = got(fields["meaning"].text)
        levels = got(lambda: read_levels(fields["levels"], fields["levels"].texts()))
        pull = f"{label}: pull towards higher levels"
        name_ = f"{name}.escalation"
        escalation = got(
            read_prior, fields["escalation"], name_, references, TILT, "log-odds", pull
        )
    with Gather() as got:
        usual = got(fields["usual"].choice, levels)
        transition = got(_transition, fields["transition"], len(levels))
    return Regime(
        name=name,
        label=label,
        meaning=meaning,
        levels=levels,
        usual=usual,
        transition=transition,
        escalation=escalation,
        place=node.place,
    )


def read_levels(node: Node, levels: tuple[str, ...]) -> tuple[str, ...]:
    """Levels as written, checked."""
    for level in levels:
        loose_name(level, node)
        if level == "markov":
            node.fail('the level "markov"', "other names; markov leaves a regime to chance")
    if len(levels) > _MOST_LEVELS:
        node.fail(f"{len(levels)} levels", f"at most {_MOST_LEVELS}")
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
    with Gather() as got:
        label, unit = got(fields["label"].line), got(fields["unit"].line)
        meaning = got(fields["meaning"].text)
        about = f"{label}: value where nothing sets it"
        usual = got(read_prior, fields["usual"], f"{name}.usual", references, PART, unit, about)
    return Quantity(
        name=name,
        label=label,
        meaning=meaning,
        unit=unit,
        usual=usual,
        place=node.place,
    )


# ---------------------------------------------------------------- actors


def read_actors(
    root: Node, references: tuple[str, ...], variables: Sequence[str]
) -> tuple[Actor, ...]:
    actors = root.filled("actor").items()
    return each(lambda item: _actor(*item, references, variables), actors)


def _actor(name: str, node: Node, references: tuple[str, ...], variables: Sequence[str]) -> Actor:
    argument_name(name, node)
    fields = node.fields(
        ("label", "meaning", "instruments", "goals", "rationality", "patience", "habit")
    )

    def prior(part: str, within: Range, unit: str, meaning: str) -> Prior:
        where = f"{name}.{part}"
        return read_prior(fields[part], where, references, within, unit, f"{label}: {meaning}")

    with Gather() as got:
        label = got(fields["label"].line)
        meaning = got(fields["meaning"].text)
        instruments = got(_instruments, fields["instruments"], name)
        goals = got(_goals, fields["goals"], name, label, references, variables)
        sharp = "how sharply it picks what pays"
        rationality = got(prior, "rationality", _TIMES, "log-odds per point", sharp)
        later = "weight of a quarter relative to the one before"
        patience = got(prior, "patience", _PATIENCE, "weight", later)
        habit = got(prior, "habit", PART, "weight", "pull of usual conduct")
    return Actor(
        name=name,
        label=label,
        meaning=meaning,
        instruments=instruments,
        goals=goals,
        rationality=rationality,
        patience=patience,
        habit=habit,
        place=node.place,
    )


def _instruments(node: Node, actor: str) -> tuple[Instrument, ...]:
    instruments = node.filled("instrument").items()
    return each(lambda item: _instrument(*item, actor), instruments)


def _instrument(name: str, node: Node, actor: str) -> Instrument:
    argument_name(name, node)
    fields = node.fields(("label", "meaning", "levels", "grounds"), ("positions", "matters"))
    with Gather() as got:
        label, meaning = got(fields["label"].line), got(fields["meaning"].text)
        grounds = got(fields["grounds"].text)
        levels = got(lambda: read_levels(fields["levels"], tuple(fields["levels"].mapping())))
    with Gather() as got:
        usual = got(read_mix, fields["levels"], levels, _USUAL)
        positions = got(level_positions, fields.get("positions"), len(levels))
        matters = got(read_matters, fields)
    return Instrument(
        name=name,
        label=label,
        meaning=meaning,
        actor=actor,
        levels=levels,
        positions=positions,
        usual=tuple(usual.values()),
        grounds=grounds,
        place=node.place,
        matters=matters,
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
    node: Node, actor: str, label: str, references: tuple[str, ...], variables: Sequence[str]
) -> tuple[Goal, ...]:
    def one(item: tuple[str, Node]) -> Goal:
        variable, goal = item
        if variable not in variables:
            raise unknown(goal, node.path, variable, variables)
        fields = goal.fields(("want", "weight"))
        want = cast(Literal["more", "less"], fields["want"].choice(("more", "less")))
        where, meaning = (
            f"{actor}.goal.{variable}",
            f"{label}: weight of {want} {variable.replace('_', ' ')}",
        )
        weight = read_prior(fields["weight"], where, references, _TIMES, "weight", meaning)
        if weight.high == 0:
            fields["weight"].fail("0", "a weight above 0")
        return Goal(variable, want, weight)

    return each(one, node.filled("goal").items())
