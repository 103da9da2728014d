"""What is asked of a case: scenarios, postures, objectives and claims, read from their nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from tightrope.case import (
    Actor,
    Arm,
    Case,
    Claim,
    Condition,
    Contrast,
    Instrument,
    Matters,
    Objective,
    Outcome,
    Part,
    Posture,
    Quantity,
    Regime,
    Rule,
    Scenario,
    Settings,
    Side,
    Span,
    Untested,
    Value,
    Variable,
)
from tightrope.case.grounds import UNSCORED, Modality
from tightrope.quarters import quarter_number
from tightrope.reading.nouns import (
    ARM_WORDS,
    POSSIBLE,
    level_positions,
    loose_name,
    read_mix,
    read_quarter,
)
from tightrope.reading.yamlfile import (
    ANY,
    LARGEST_NUMBER,
    NOT_NEGATIVE,
    PART,
    Gather,
    Node,
    Range,
    decimal_comma,
    each,
    missing,
    optional_text,
    unknown,
)
from tightrope.text.names import listed, nearest

CONDITION = re.compile(r"(at least|at most|above|below)\s+(\S+)")
_FROM_START = re.compile(r"start(?:\s*([+-]\s*[0-9]+(?:\.[0-9]+)?))?")

_CONTRAST = ("both", "compare", "with", "look at", "rather than", "over", "against quarters")
_PART = (*_CONTRAST, "times", "than", "expect", "margin")
_EXPECT = ("higher", "lower", "not lower", "not higher")

_LAST_QUARTER = 200
_FACTOR = Range("a number from -1000000 to 1000000", -1e6, 1e6)


@dataclass(frozen=True)
class Names:
    """What settings, rules and claims may speak of."""

    variables: Mapping[str, Variable]
    regimes: Mapping[str, Regime]
    quantities: Mapping[str, Quantity]
    instruments: Mapping[str, Instrument]
    actors: Mapping[str, Actor]
    derived: tuple[str, ...]
    matters: Mapping[str, Matters] | None
    mechanisms: tuple[str, ...]
    scenarios: tuple[str, ...]
    postures: tuple[str, ...]

    @classmethod
    def of(cls, case: Case) -> Names:
        """Those of a case that has been read."""
        return cls(
            variables={v.name: v for v in case.variables},
            regimes={r.name: r for r in case.regimes},
            quantities={q.name: q for q in case.quantities},
            instruments={i.name: i for i in case.instruments},
            actors={a.name: a for a in case.actors},
            derived=tuple(d.name for d in case.derived),
            mechanisms=tuple(m.name for m in case.mechanisms),
            scenarios=tuple(s.name for s in case.scenarios),
            postures=tuple(p.name for p in case.postures),
            matters=None,
        )

    @property
    def settable(self) -> tuple[str, ...]:
        return (*self.instruments, *self.variables, *self.regimes, *self.quantities)


# ---------------------------------------------------------------- settings, scenarios, postures


def _settings(node: Node, names: Names, allowed: Sequence[str]) -> Settings:
    found = {}
    with Gather() as got:
        for name, value in node.mapping().items():
            if name not in allowed:
                got.add(unknown(value, node.path, name, allowed))
            else:
                found[name] = got(_spans, name, value, names)
    return found


def read_course(node: Node, names: Names, start: str) -> Settings:
    """Settings with calendar quarters, counted from the one after `start`."""
    found = {}
    for name, value in node.mapping().items():
        if name not in names.settable:
            raise unknown(value, node.path, name, names.settable)
        spans = _spans(name, value, names, quarter_number(start))
        later = [s for s in spans if s.last is None or s.last >= 1]
        if later:  # what held only up to the start is over when the run begins
            found[name] = tuple(replace(s, first=max(s.first, 1)) for s in later)
    return found


def _spans(name: str, node: Node, names: Names, zero: int | None = None) -> tuple[Span, ...]:
    """A value, or spans of quarters: counted from 1, or calendar quarters counted from `zero`."""
    if not isinstance(node.value, list):
        return (Span(1, None, _value(name, node, names)),)
    if not node.value:
        node.fail("an empty list", "a value, or spans {from: 1, to: 4, value: ...}")
    found = []
    for item in node.value:
        fields = item.fields(("from", "value"), ("to",))
        first, last = _counted(fields) if zero is None else _calendar(fields, zero)
        found.append(Span(first, last, _value(name, fields["value"], names)))
    return tuple(found)


def _counted(fields: Mapping[str, Node]) -> tuple[int, int | None]:
    first = fields["from"].whole(1)
    return first, fields["to"].whole(first) if "to" in fields else None


def _calendar(fields: Mapping[str, Node], zero: int) -> tuple[int, int | None]:
    start = read_quarter(fields["from"])
    first = quarter_number(start) - zero
    if "to" not in fields:
        return first, None
    last = quarter_number(read_quarter(fields["to"])) - zero
    if last < first:
        fields["to"].wrong(f"{start} or a later quarter")
    return first, last


def _value(name: str, node: Node, names: Names) -> Value:
    if name in names.instruments:
        return _conduct(node, names.instruments[name])
    if name in names.regimes:
        return node.choice((*names.regimes[name].levels, "markov"))
    if name in names.quantities:
        return node.number(PART)
    return node.number(POSSIBLE[names.variables[name].scale])


def _conduct(node: Node, instrument: Instrument) -> str | Mapping[str, float]:
    """A level of an instrument, or a mix of its levels."""
    if isinstance(node.value, dict):
        return read_mix(node, instrument.levels)
    return node.choice(instrument.levels)


def read_scenarios(root: Node, names: Names) -> tuple[Scenario, ...]:
    return each(lambda item: _scenario(*item, names), root.mapping().items())


def _scenario(key: str, node: Node, names: Names) -> Scenario:
    fields = node.fields(("label", "meaning"), ("set", "shock"))
    with Gather() as got:
        got(loose_name, key, node)
        label, meaning = got(fields["label"].line), got(fields["meaning"].text)
        settings = got(_settings, fields["set"], names, names.settable) if "set" in fields else {}
        shock = got(_shock, fields["shock"], key, names) if "shock" in fields else ("", ())
    return Scenario(key, label, meaning, settings, node.place, *shock)


def _shock(node: Node, own: str, names: Names) -> tuple[str, tuple[Outcome, ...]]:
    """What a shock is measured against, and on what."""
    fields = node.fields(("against", "look at"))
    against = fields["against"].choice(names.scenarios)
    if against == own:
        fields["against"].fail("the scenario itself", "another scenario")
    looks = fields["look at"].items()
    if not looks:
        fields["look at"].fail("an empty list", "at least one variable or derived quantity")
    known = (*names.variables, *names.derived)
    for look in looks:
        look.choice(known)
    return against, tuple(read_outcome(look, names) for look in looks)


def read_postures(root: Node, names: Names, focal: str) -> tuple[Posture, ...]:
    own = tuple(i.name for i in names.actors[focal].instruments)
    return each(lambda item: _posture(*item, names, own), root.mapping().items())


def _posture(key: str, node: Node, names: Names, own: tuple[str, ...]) -> Posture:
    fields = node.fields(("label", "meaning"), ("set", "rules"))
    with Gather() as got:
        got(loose_name, key, node)
        label, meaning = got(fields["label"].line), got(fields["meaning"].text)
        settings = got(_settings, fields["set"], names, own) if "set" in fields else {}
        rules = got(
            lambda: (
                each(lambda rule: _rule(rule, names, own), fields["rules"].items())
                if "rules" in fields
                else ()
            )
        )
    return Posture(key, label, meaning, settings, rules, node.place)


def _rule(node: Node, names: Names, own: tuple[str, ...]) -> Rule:
    fields = node.fields(("when", "then"))
    when = fields["when"].filled("condition")
    then = {}
    for name, value in fields["then"].filled("instrument").items():
        if name not in own:
            raise unknown(value, fields["then"].path, name, own)
        then[name] = _conduct(value, names.instruments[name])
    return Rule(tuple(_condition(k, n, names) for k, n in when.items()), then)


def _condition(name: str, node: Node, names: Names) -> Condition:
    known = (*names.settable, *names.derived)
    if name not in known:
        raise unknown(node, node.path.removesuffix(f".{name}"), name, known)
    match = CONDITION.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is None:
        node.wrong("at least, at most, above or below, then a number or a level")
    comparison = cast(Literal["at least", "at most", "above", "below"], match[1])
    return Condition(name, comparison, _threshold(name, match[2], node, names))


def _threshold(name: str, text: str, node: Node, names: Names) -> float:
    levels, positions = _stands(name, names)
    if text in levels:
        return positions[levels.index(text)]
    try:
        value = float(text)
    except ValueError:
        says = f"a number, or {listed(levels)}" if levels else "a number"
        node.fail(f'"{text}"', says, decimal_comma(text) or nearest(text, levels))
    share = name not in names.derived and (
        name not in names.variables or names.variables[name].scale == "share"
    )
    inside = PART if share else ANY
    if not abs(value) <= LARGEST_NUMBER or not inside.holds(value):
        node.fail(f'"{text}"', inside.says)
    return value


def _stands(name: str, names: Names) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Levels and where they stand, of what has levels."""
    if name in names.instruments:
        instrument = names.instruments[name]
        return instrument.levels, instrument.positions
    if name in names.regimes:
        levels = names.regimes[name].levels
        return levels, level_positions(None, len(levels))
    return (), ()


# ---------------------------------------------------------------- objectives


def read_objectives(root: Node | None, names: Names) -> tuple[Objective, ...]:
    return each(
        lambda item: _objective(*item, names), root.filled("objective").items() if root else ()
    )


def _objective(key: str, node: Node, names: Names) -> Objective:
    fields = node.fields(("label", "look at", "want", "enough", "judgement"), ("vital",))
    with Gather() as got:
        got(loose_name, key, node)
        label, grounds = got(fields["label"].line), got(fields["judgement"].text)
        look = got(fields["look at"].choice, (*names.variables, *names.derived))
        want = cast(Literal["more", "less"], got(fields["want"].choice, ("more", "less")))
        enough = got(_enough, fields["enough"], want, look, names)
        vital = got(fields["vital"].flag) if "vital" in fields else False
    return Objective(
        name=key,
        label=label,
        outcome=Outcome("variable" if look in names.variables else "derived", look),
        want=want,
        enough=enough[0],
        from_start=enough[1],
        vital=vital,
        grounds=grounds,
        place=node.place,
    )


def _enough(node: Node, want: str, look: str, names: Names) -> tuple[float, bool]:
    """A level as shown, or a change since the start; `kept`: less than what matters is lost."""
    if not isinstance(node.value, str):
        return node.number(), False
    if node.value == "kept":
        if names.matters is None:
            return 0.0, True
        matters = names.matters.get(look)
        if matters is None:
            node.fail('"kept"', f"that where {look} says what matters")
        return (-matters.by if want == "more" else matters.by), True
    match = _FROM_START.fullmatch(node.value)
    if match is None:
        hint = decimal_comma(node.value.removeprefix("start").strip().lstrip("+-"))
        allowed = "a number as shown (points of 100), start, kept, or such as start - 2"
        node.fail(node.shown, allowed, hint)
    change = float((match[1] or "0").replace(" ", ""))
    if not abs(change) <= LARGEST_NUMBER:
        node.fail(node.shown, f"numbers up to {LARGEST_NUMBER:g}")
    return change, True


# ---------------------------------------------------------------- claims


def read_claims(
    root: Node, names: Names, passages: list[str], said: Mapping[str, Modality] | None
) -> tuple[tuple[Claim, ...], tuple[Untested, ...]]:
    """said: how each assertion of the source is said; None where that cannot be read."""

    def one(item: tuple[str, Node]) -> Claim | Untested:
        key, node = item
        loose_name(key, node)
        if "cannot test" not in node.mapping():
            return _claim(key, node, names, passages, said)
        fields = node.fields(("passage", "says", "cannot test"))
        passage, why = fields["passage"].choice(passages), fields["cannot test"].text()
        return Untested(key, passage, fields["says"].text(), why, node.place)

    found = each(one, root.filled("claim").items())
    claims = tuple(one for one in found if isinstance(one, Claim))
    return claims, tuple(one for one in found if isinstance(one, Untested))


def _claim(
    key: str,
    node: Node,
    names: Names,
    passages: list[str],
    said: Mapping[str, Modality] | None,
) -> Claim:
    joint = "all of" in node.mapping()
    required = ("passage", "says", "all of") if joint else ("passage", "says")
    fields = node.fields(required, ("note", "tests", "beside", *_PART))
    shared = {word: fields[word] for word in _PART if word in fields}
    with Gather() as got:
        passage, says = got(fields["passage"].choice, passages), got(fields["says"].text)
        note = got(optional_text, fields, "note")
        parts = got(_parts, node, fields, shared, names)
        tests = got(_tested, fields["tests"], said) if "tests" in fields else ()
        beside = got(_beside, fields["beside"], said) if "beside" in fields else ()
    hedged = any((said or {}).get(name) == "may" for name in tests)
    return Claim(key, passage, says, note, parts, node.place, tests, beside, hedged)


def _tested(node: Node, said: Mapping[str, Modality] | None) -> tuple[str, ...]:
    """The assertions that a claim tests, by id: all of them hedges, or none."""
    if said is None:
        return node.texts()
    scored = [name for name, how in said.items() if how not in UNSCORED]
    with Gather() as got:
        for item in node.items():
            how = said.get(str(item.value), "is")
            if how in UNSCORED:
                what = f'{item.shown}, which is said as "{how}"'
                got(item.fail, what, "what is not scored stands under beside")
            else:
                got(item.choice, scored)
    names = node.texts()
    if len({said[name] == "may" for name in names}) > 1:
        node.fail("hedges (may) and others", "a claim for each of the two")
    return names


def _beside(node: Node, said: Mapping[str, Modality] | None) -> tuple[str, ...]:
    """The intentions and beliefs beside which a claim stands, by id."""
    if said is None:
        return node.texts()
    unscored = [name for name, how in said.items() if how in UNSCORED]
    return each(lambda item: item.choice(unscored), node.items())


def _parts(
    node: Node, fields: Mapping[str, Node], shared: Mapping[str, Node], names: Names
) -> tuple[Part, ...]:
    if "all of" not in fields:
        return (_part(node, shared, names),)
    items = fields["all of"].items()
    if not items:
        fields["all of"].fail("an empty list", "at least one part")
    return each(lambda item: _part(item, {**shared, **item.fields((), _PART)}, names), items)


def _part(node: Node, fields: Mapping[str, Node], names: Names) -> Part:
    node.need(fields, ("look at", "over", "expect"))
    with Gather() as got:
        expect = got(fields["expect"].choice, _EXPECT)
        margin = got(_margin, node, fields, names)
        got(_contrast, node, fields, names)
    contrast = _contrast(node, fields, names)
    minus = None
    if "than" in fields:
        than = fields["than"]
        inherited = {word: fields[word] for word in _CONTRAST if word in fields}
        minus = _contrast(than, inherited | than.fields((), (*_CONTRAST, "times")), names)
        if minus == contrast:
            than.fail("the same contrast again", "something that differs; this one cannot fail")
    return Part(
        contrast=contrast,
        minus=minus,
        expect=cast(Any, expect),
        margin=margin.by,
        because=margin.because,
    )


def _margin(node: Node, fields: Mapping[str, Node], names: Names) -> Matters:
    """A part's margin: that of what it looks at, or its own, which then needs a reason."""
    outcome = read_outcome(fields["look at"], names)
    known = names.matters
    usual = None if outcome.kind == "goal" or known is None else known.get(outcome.name)
    if "margin" not in fields:
        if known is None:
            return Matters(0.0, "")  # the file that may say it is broken, and is told of
        if usual is None:
            allowed = ("margin", f"matters where {outcome.name} is described")
            raise missing(node.place, node.path, '"margin"', allowed)
        return usual
    own = fields["margin"]
    if isinstance(own.value, dict):
        said = own.fields(("by", "because"))
        with Gather() as got:
            by, because = got(said["by"].number, NOT_NEGATIVE), got(said["because"].text)
        return Matters(by, because)
    by = own.number(NOT_NEGATIVE)
    if usual is not None:
        instead = f"none here ({outcome.name} says {usual.by:g}), or {{by: {by:g}, because: ...}}"
        own.fail(own.shown, instead)
    return Matters(by, "")


def _contrast(node: Node, fields: Mapping[str, Node], names: Names) -> Contrast:
    if "rather than" not in fields and "against quarters" not in fields:
        node.need(fields, ("compare", "with"))
    both = _arm(fields.get("both"), names)
    look, other = fields["look at"], fields.get("rather than", fields["look at"])
    over, then = fields["over"], fields.get("against quarters", fields["over"])
    this = _side(_over(both, _arm(fields.get("compare"), names)), look, over, names)
    against = _side(_over(both, _arm(fields.get("with"), names)), other, then, names)
    if this == against:
        node.fail("the same on both sides", "sides that differ; this claim could not fail or hold")
    times = fields["times"].number(_FACTOR) if "times" in fields else 1.0
    return Contrast(this, against, times)


def _side(arm: Arm, outcome: Node, window: Node, names: Names) -> Side:
    first, last = read_window(window)
    return Side(arm, read_outcome(outcome, names), first, last)


def read_window(node: Node) -> tuple[int, int]:
    """First and last quarter; 0 is the reference quarter."""
    if not isinstance(node.value, list):
        quarter = node.whole(0, _LAST_QUARTER)
        return quarter, quarter
    if len(node.value) != 2:
        node.fail(f"a list of {len(node.value)}", "a quarter, or [first, last]")
    first, last = (item.whole(0, _LAST_QUARTER) for item in node.value)
    if first > last:
        node.fail(f"[{first}, {last}]", "[first, last]")
    return first, last


def read_outcome(node: Node, names: Names, more: Sequence[str] = ()) -> Outcome:
    """What is looked at; more: names that the caller knows beside outcomes."""
    text = node.text()
    if text in names.variables:
        return Outcome("variable", text)
    if text in names.derived:
        return Outcome("derived", text)
    if text in names.instruments:
        return Outcome("position", text)
    shares = [f"{i.name} at {lv}" for i in names.instruments.values() for lv in i.levels]
    if text in shares:
        instrument, _, level = text.partition(" at ")
        return Outcome("share", instrument, level)
    goals = [f"goal of {actor}" for actor in names.actors]
    if text in goals:
        return Outcome("goal", text.removeprefix("goal of "))
    known = (*more, *names.variables, *names.derived, *names.instruments, *shares, *goals)
    allowed = "a variable, a derived quantity, an instrument, INSTRUMENT at LEVEL, goal of ACTOR"
    if more:
        allowed = f"a series, a regime, REGIME at LEVEL, {allowed}"
    node.fail(f'"{text}"', allowed, nearest(text, known))


def _arm(node: Node | None, names: Names) -> Arm:
    if node is None:
        return Arm()
    fields = node.mapping()
    strengths: dict[str, float] = {}
    for item in fields["without"].items() if "without" in fields else ():
        strengths[item.choice(names.mechanisms)] = 0.0
    for name, strength in fields["strength"].mapping().items() if "strength" in fields else ():
        if name not in names.mechanisms:
            raise unknown(strength, fields["strength"].path, name, names.mechanisms)
        strengths[name] = strength.number(_FACTOR)
    rest = {key: value for key, value in fields.items() if key not in ARM_WORDS}
    for name, value in rest.items():
        if name not in names.settable:
            raise unknown(value, node.path, name, (*names.settable, *ARM_WORDS))
    return Arm(
        scenario=fields["scenario"].choice(names.scenarios) if "scenario" in fields else None,
        posture=fields["posture"].choice(names.postures) if "posture" in fields else None,
        settings={name: _spans(name, value, names) for name, value in rest.items()},
        strengths=strengths,
    )


def _over(both: Arm, side: Arm) -> Arm:
    """What holds on both sides, with what one side says in its place."""
    return Arm(
        scenario=side.scenario or both.scenario,
        posture=side.posture or both.posture,
        settings={**both.settings, **side.settings},
        strengths={**both.strengths, **side.strengths},
    )
