"""What could be found out, read from measurements.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tightrope.case import Measurement, Outcome, Prior, Series
from tightrope.reading.claims import Names, read_window
from tightrope.reading.nouns import loose_name
from tightrope.reading.yamlfile import NOT_NEGATIVE, Gather, Node, each, missing
from tightrope.text.names import listed, nearest

_FIELDS = ("label", "says", "judgement", "source", "cost")
_MAY_BE = ("reads", "series", "over", "noise")


class _What(NamedTuple):
    """What is read, and with what error; see `Measurement`."""

    number: str
    outcome: Outcome | None
    series: str
    noise: float
    window: tuple[int, int]


def read_measurements(
    root: Node, names: Names, priors: Sequence[Prior], series: Sequence[Series]
) -> tuple[Measurement, ...]:
    """The measurements of a case; they may read its numbers, what moves, and its record."""

    def one(item: tuple[str, Node]) -> Measurement:
        return _measurement(*item, names, priors, series)

    return each(one, root.filled("measurement").items())


def _measurement(
    key: str, node: Node, names: Names, priors: Sequence[Prior], series: Sequence[Series]
) -> Measurement:
    fields = node.fields(_FIELDS, _MAY_BE)
    with Gather() as got:
        got(loose_name, key, node)
        label = got(fields["label"].line)
        says, grounds, source, cost = (got(fields[f].text) for f in _FIELDS[1:])
        what = got(_what, node, fields, names, priors, series)
    return Measurement(
        name=key,
        label=label,
        says=says,
        number=what.number,
        outcome=what.outcome,
        series=what.series,
        first=what.window[0],
        last=what.window[1],
        noise=what.noise,
        grounds=grounds,
        source=source,
        cost=cost,
        place=node.place,
    )


def _what(
    node: Node,
    fields: Mapping[str, Node],
    names: Names,
    priors: Sequence[Prior],
    series: Sequence[Series],
) -> _What:
    if ("reads" in fields) == ("series" in fields):
        found = "reads and series" if "reads" in fields else "neither reads nor series"
        node.fail(found, "one of reads, series")
    if "series" in fields:
        if "noise" in fields:
            allowed = "none beside series, whose error stands in observations.yaml"
            fields["noise"].fail(fields["noise"].shown, allowed)
        with Gather() as got:
            own = got(_series, fields["series"], series)
            window = got(_window, node, fields)
        kind = "variable" if own.stands_for in names.variables else "derived"
        return _What("", Outcome(kind, own.stands_for), own.name, own.error, window)  # type: ignore[arg-type]
    with Gather() as got:
        read = got(_read, fields["reads"], names, priors)
        noise = got(_noise, node, fields)
    number, outcome = read
    if number and "over" in fields:
        allowed = "none, as a number is the same in all quarters"
        fields["over"].fail(fields["over"].shown, allowed)
    window = (0, 0) if number else _window(node, fields)
    return _What(number, outcome, "", noise, window)


def _read(node: Node, names: Names, priors: Sequence[Prior]) -> tuple[str, Outcome | None]:
    """The number, or the outcome, that is read."""
    text = node.text()
    if text in names.variables:
        return "", Outcome("variable", text)
    if text in names.derived:
        return "", Outcome("derived", text)
    numbers = [p.name for p in priors]  # also what is known, as `--set` may make it
    if text not in numbers:
        allowed = "a variable, a derived quantity, or a number of the case"
        hint = nearest(text, (*names.variables, *names.derived, *numbers))
        node.fail(f'"{text}"', allowed, hint)
    return text, None


def _series(node: Node, series: Sequence[Series]) -> Series:
    """The series of the record that is carried on."""
    text, known = node.text(), {one.name: one for one in series}
    if text not in known:
        node.fail(f'"{text}"', listed(tuple(known)), nearest(text, known))
    return known[text]


def _noise(node: Node, fields: Mapping[str, Node]) -> float:
    if "noise" not in fields:
        needed = ("one standard deviation in the unit of what is read, or 0 where it is exact",)
        raise missing(node.place, node.path, '"noise"', needed)
    return fields["noise"].number(NOT_NEGATIVE)


def _window(node: Node, fields: Mapping[str, Node]) -> tuple[int, int]:
    if "over" not in fields:
        raise missing(node.place, node.path, '"over"', ("a quarter, or [first, last]",))
    return read_window(fields["over"])
