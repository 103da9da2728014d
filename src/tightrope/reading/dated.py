"""Dated questions and courses, read from questions.yaml and courses.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, cast

from tightrope.case import Case, Course, History, Outcome, Question, Series
from tightrope.case.dated import BaseRate, Comparison, CourseValue, Taken
from tightrope.errors import UseError
from tightrope.quarters import quarter_name
from tightrope.reading.claims import CONDITION, Names, read_outcome
from tightrope.reading.nouns import is_date, is_quarter, loose_name, read_mix
from tightrope.reading.yamlfile import (
    LARGEST,
    LARGEST_NUMBER,
    PART,
    Gather,
    Node,
    each,
    missing,
    optional_text,
    read_yaml,
    unknown,
)
from tightrope.text.names import listed, nearest

_FIELDS = ("says", "deadline", "resolver", "reads", "is", "base rate")
_MAY_BE = ("from", "taken", "note")
_TAKEN = ("mean", "any", "every")
_RECORDED = ("levels", "changes")
_ABOUT = ("label", "about")


def starts(reference: str, history: History | None) -> str:
    """The last quarter that a forecast of a case knows."""
    return history.end if history else reference


# ---------------------------------------------------------------- questions


def read_questions(
    root: Node, names: Names, series: Sequence[Series], start: str
) -> tuple[Question, ...]:
    """The questions of a case; start: the last quarter that is known."""
    known = {one.name: one for one in series}
    return each(lambda item: _question(*item, names, known, start), root.filled("question").items())


class _What(NamedTuple):
    series: str = ""
    outcome: Outcome | None = None
    level: str = ""


def _question(
    key: str, node: Node, names: Names, series: Mapping[str, Series], start: str
) -> Question:
    fields = node.fields(_FIELDS, _MAY_BE)
    with Gather() as got:
        got(loose_name, key, node)
        if key in series:
            got(node.fail, f'"{key}", which is a series too', "a name of its own")
        says, resolver = got(fields["says"].text), got(fields["resolver"].text)
        what = got(_what, fields["reads"], names, series)
        last = got(_deadline, fields["deadline"], start)
        held = got(_held_against, fields["is"])
        base = got(_base, fields["base rate"], fields, names, series)
        note = got(optional_text, fields, "note")
    first, taken = _window(node, fields, what, series, last, start)
    return Question(
        name=key,
        says=says,
        deadline=fields["deadline"].raw,
        resolver=resolver,
        reads=fields["reads"].text(),
        series=what.series,
        outcome=what.outcome,
        level=what.level,
        first=first,
        last=last,
        taken=taken,
        comparison=held[0],
        threshold=held[1],
        base=base,
        note=note,
        place=node.place,
    )


def _what(node: Node, names: Names, series: Mapping[str, Series]) -> _What:
    """A series, a regime or its level, else an outcome."""
    text = node.text()
    if text in series:
        return _What(series=text)
    regime, _, level = text.partition(" at ")
    if regime in names.regimes and (not level or level in names.regimes[regime].levels):
        return _What(level=level)
    shares = [f"{r.name} at {lv}" for r in names.regimes.values() for lv in r.levels]
    return _What(outcome=read_outcome(node, names, (*series, *names.regimes, *shares)))


def _deadline(node: Node, start: str) -> str:
    """The quarter of a deadline, which is one or a date."""
    text = node.raw
    if is_date(text):
        quarter = quarter_name(4 * int(text[:4]) + (int(text[5:7]) - 1) // 3)
    elif is_quarter(text):
        quarter = text
    else:
        node.wrong("a quarter such as 2026Q4, or a date such as 2026-12-31")
    if quarter <= start:
        node.fail(node.shown, f"later than {start}, the last quarter that is known")
    return quarter


def _held_against(node: Node) -> tuple[Comparison, float]:
    match = CONDITION.fullmatch(node.value) if isinstance(node.value, str) else None
    allowed = "at least, at most, above or below, then a number"
    if match is None:
        node.wrong(allowed)
    try:
        value = float(match[2])
    except ValueError:
        node.wrong(allowed)
    if not abs(value) <= LARGEST_NUMBER:
        node.wrong(f"{allowed} up to {LARGEST_NUMBER:g}")
    return cast(Comparison, match[1]), value


def _base(
    node: Node, fields: Mapping[str, Node], names: Names, series: Mapping[str, Series]
) -> BaseRate:
    if isinstance(node.value, dict):
        own = node.fields(("value",), ("judgement", "source"))
        if ("judgement" in own) == ("source" in own):
            node.fail("both or neither of judgement and source", "one of them beside value")
        word = "judgement" if "judgement" in own else "source"
        said = own[word].text()
        return BaseRate("stated", own["value"].number(PART), f"{word}: {said}")
    if node.value not in _RECORDED:
        hint = nearest(node.raw, _RECORDED)
        node.fail(node.shown, "levels, changes, or {value: 0.1, judgement: ...}", hint)
    if fields["reads"].value not in series:
        allowed = "{value: 0.1, judgement: ...}, as what is read has no record"
        node.fail(node.shown, allowed)
    if node.value == "changes" and "from" in fields:
        node.fail("changes", "levels or a stated value where several quarters are read")
    return BaseRate(cast(Literal["levels", "changes"], node.value))


def _window(
    node: Node,
    fields: Mapping[str, Node],
    what: _What,
    series: Mapping[str, Series],
    last: str,
    start: str,
) -> tuple[str, Taken]:
    """The first quarter that is read, and how several are taken together."""
    if what.series and yearly(series[what.series]):
        for key in ("from", "taken"):
            if key in fields:
                fields[key].fail(fields[key].shown, "none, as this series tells of whole years")
        if not last.endswith("Q4"):
            allowed = "the end of a year, as this series tells of whole years"
            fields["deadline"].fail(fields["deadline"].shown, allowed)
        return f"{last[:4]}Q1", "year"
    if "from" not in fields:
        if "taken" in fields:
            fields["taken"].fail(fields["taken"].shown, "none without from")
        return last, "mean"
    if "taken" not in fields:
        raise missing(node.place, node.path, '"taken"', _TAKEN)
    first = fields["from"].raw
    if not is_quarter(first) or not start < first < last:
        fields["from"].wrong(f"a quarter after {start} and before {last}")
    return first, cast(Taken, fields["taken"].choice(_TAKEN))


def yearly(series: Series) -> bool:
    """Whether a series tells of years and not of quarters."""
    return not any("Q" in p.quarter for p in series.points)


# ---------------------------------------------------------------- courses


def read_courses(root: Node, names: Names, start: str) -> tuple[Course, ...]:
    """The courses of a case; start: the last quarter that is known."""
    return each(lambda item: _course(*item, names, start), root.filled("course").items())


def _course(name: str, node: Node, names: Names, start: str) -> Course:
    loose_name(name, node)
    fields, outside = node.filled("name"), (*names.regimes, *names.quantities, *names.instruments)
    with Gather() as got:
        texts = {key: got(optional_text, fields, key) for key in _ABOUT}
        values = {}
        for key, value in fields.items():
            if key in _ABOUT:
                continue
            if key in names.variables:
                allowed = "what lies outside, and conduct; a variable is what is forecast"
                got(value.fail, f'the variable "{key}"', allowed)
            elif key not in outside:
                got.add(unknown(value, node.path, key, (*_ABOUT, *outside)))
            else:
                values[key] = got(_quarters, key, value, names, start)
    if not values:
        node.fail("nothing but words", "at least one regime, quantity or instrument by quarter")
    return Course(name, texts["label"] or name, texts["about"], values, node.place)


def _quarters(name: str, node: Node, names: Names, start: str) -> dict[str, CourseValue]:
    found = {}
    with Gather() as got:
        for quarter, value in node.filled("quarter").items():
            if not is_quarter(quarter) or quarter <= start:
                got(value.fail, f'"{quarter}"', f"quarters after {start}, such as 2026Q1")
            found[quarter] = got(_course_value, name, value, names)
    return found


def _course_value(name: str, node: Node, names: Names) -> CourseValue:
    if name in names.quantities:
        if not isinstance(node.value, list):
            value = node.number(PART)
            return value, value
        if len(node.value) != 2:
            node.fail(f"a list of {len(node.value)}", "a number, or [lowest, highest]")
        low, high = each(lambda end: end.number(PART), node.value)
        if low > high:
            node.fail(f"[{low:g}, {high:g}]", "[lowest, highest]")
        return low, high
    levels = (names.regimes[name] if name in names.regimes else names.instruments[name]).levels
    if isinstance(node.value, dict):
        return read_mix(node, levels)
    return node.choice(levels)


def course_of(case: Case, asked: str) -> Course:
    """A course of the case by its name, or one in a file.

    Raises UseError where it is neither, CaseError where the file is not sound.
    """
    own = {course.name: course for course in case.courses}
    if asked in own:
        return own[asked]
    path = Path(asked)
    if not path.is_file():
        allowed = f"a YAML file, or a course of the case ({listed(tuple(own))})"
        raise UseError(f'course: found "{asked}"; allowed: {allowed}{nearest(asked, own)}')
    with path.open("rb") as file:
        root = read_yaml(file.read(LARGEST + 1), path.name)
    start = starts(case.reference_quarter, case.history)
    return _course(path.stem, root, Names.of(case), start)
