"""YAML text read as plain data, with the line of everything, and asked for by type.

What is read is exactly what stands there: no tags, anchors, aliases, merge keys or directives, one
document, no key twice. Nothing is ever constructed: the tree is built from the parser's events.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar, cast

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tightrope.errors import CaseError, Place, Problem, UseError
from tightrope.text.characters import called, unshown
from tightrope.text.names import listed, nearest
from tightrope.text.plain import flat

DEEPEST = 20
"""Lists and mappings within one another; a case needs six."""

LARGEST = 1 << 20
"""Bytes in one file."""

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)
_LEADING_ZERO = re.compile(r"[-+]?0\d+(\.\d*)?")
_COMMA = re.compile(r"[-+]?\d+(\.\d{3})*,\d+")
_OTHERWISE = re.compile(r"[-+]?(0[xob][0-9a-f]+|\d[\d_]*_[\d_.]*|\d+(:\d+)+)", re.IGNORECASE)
_NO_SUCH = re.compile(r"\\U(?!000|0010)[0-9A-Fa-f]{8}")
_CONTENT = re.compile(r"\s*[^\s#]")
_NULL = ("", "~", "null", "Null", "NULL")
_FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_LONGEST_SHOWN = 60
LONGEST_NAME = 64
"""Characters of a name; results are kept in files that carry them."""

LONGEST_LINE = 200
"""Characters of a label or a title."""

LARGEST_NUMBER = 1e30
SMALLEST_NUMBER = 1e-30
"""Runs are computed in single precision, which ends at 3.4e38; so there is room for products."""

Scalar = str | float | bool | None
Item = TypeVar("Item")
Read = TypeVar("Read")


class Gather:
    """Reads what does not rest on one another and tells all that is wrong with it at once.

    `with Gather() as got: a = got(read, node)`: what is raised in `got` is kept, and all of it
    comes out as one CaseError at the end of the block. So what follows the block may rely on
    everything read in it, what stands in it must not.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __call__(self, read: Callable[..., Read], *args: Any) -> Read:
        try:
            return read(*args)
        except UseError:
            raise
        except CaseError as error:
            self.add(error)
            return cast(Read, None)

    def add(self, error: CaseError) -> None:
        """Keep what was found otherwise than by reading."""
        self.problems += error.problems

    def tell(self) -> None:
        """Raise what has been kept, if anything."""
        if self.problems:
            raise CaseError(self.problems)

    def __enter__(self) -> Gather:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.tell()


def each(read: Callable[[Item], Read], items: Iterable[Item]) -> tuple[Read, ...]:
    """Read all items and tell all that is wrong with them at once."""
    with Gather() as got:
        found = [got(read, item) for item in items]
    return tuple(found)


def problem(place: Place | str, path: str, found: str, allowed: str, hint: str = "") -> CaseError:
    """The one shape of all messages: where, which field, what is found, what is allowed."""
    return CaseError(Problem(place, path, found, allowed, hint))


def missing(place: Place | str, path: str, name: str, needed: Iterable[str]) -> CaseError:
    return CaseError(Problem(place, path, f"no {name}", ", ".join(needed), lacks=True))


def unknown(node: Node, path: str, name: str, allowed: Sequence[str], what: str = "") -> CaseError:
    """A name that stands before a value, where others were expected."""
    found = f'{what}"{short(name)}"'
    hint = nearest(name, allowed)
    if not hint and node.value is None:  # {judgement: Slow, but sure} makes a name of "but sure"
        hint = "; text with a comma inside braces has to be in quotes"
    return problem(node.place, path, found, listed(allowed), hint)


def decimal_comma(text: str) -> str:
    """A hint, where a text looks like a number with a comma in it; or ""."""
    number = text.strip()
    if not _COMMA.fullmatch(number):
        return ""
    return f"; numbers take a point, not a comma: {number.replace('.', '').replace(',', '.')}"


@dataclass(frozen=True)
class Range:
    """Which numbers are allowed, and how to say so."""

    says: str
    low: float = -math.inf
    high: float = math.inf
    open: bool = False

    def holds(self, value: float) -> bool:
        if self.open:
            return self.low < value < self.high
        return self.low <= value <= self.high


ANY = Range("a number")
WITHIN = Range("a number above 0 and below 1", 0.0, 1.0, open=True)
PART = Range("a number from 0 to 1", 0.0, 1.0)
ABOVE_ZERO = Range("a number above 0", 0.0, open=True)
NOT_NEGATIVE = Range("a number from 0 up", 0.0)


@dataclass(frozen=True)
class Node:
    """A value in a file.

    Attributes:
        value: text, a number, a flag, nothing, a list of nodes, or nodes by key.
        raw: a scalar as it is written.
        path: the keys that lead to it, as messages say it; items of lists count from 1.
        tight: it is a number that stands directly after another number and a comma, as in 0,2.
    """

    value: Scalar | list[Node] | dict[str, Node]
    raw: str
    place: Place
    path: str
    tight: bool = False

    def fail(self, found: str, allowed: str, hint: str = "") -> NoReturn:
        raise problem(self.place, self.path, found, allowed, hint)

    def wrong(self, allowed: str) -> NoReturn:
        """It is not of the kind that is allowed here."""
        self.fail(self.shown, allowed)

    @property
    def shown(self) -> str:
        """What is found, in words."""
        match self.value:
            case None:
                return "nothing"
            case bool() | float():
                return short(self.raw)
            case str():
                return f'"{short(self.value)}"'
            case list():
                return "a list"
            case dict():
                return "names with values"

    def mapping(self) -> dict[str, Node]:
        if not isinstance(self.value, dict):
            self.wrong("names with values")
        return self.value

    def filled(self, what: str) -> dict[str, Node]:
        """A mapping that is not empty."""
        found = self.mapping()
        if not found:
            self.fail("nothing", f"at least one {what}")
        return found

    def fields(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Node]:
        """A mapping with fixed keys: all of the required ones, some of the optional ones."""
        found = self.mapping()
        allowed = (*required, *optional)
        with Gather() as got:
            for key, node in found.items():
                if key not in allowed:
                    got.add(unknown(node, self.path, key, allowed, "the field "))
            got(self.need, found, required)
        return found

    def need(self, fields: Mapping[str, Node], required: Sequence[str]) -> None:
        with Gather() as got:
            for key in required:
                if key not in fields:
                    got.add(missing(self.place, self.path, f'"{key}"', required))

    def need_one(self, key: str) -> Node:
        """The node under a key that has to be there."""
        fields = self.mapping()
        self.need(fields, (key,))
        return fields[key]

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            self.wrong("a list")
        return self.value

    def texts(self) -> tuple[str, ...]:
        return each(Node.text, self.items())

    def text(self, empty: bool = False) -> str:
        if isinstance(self.value, bool | float):
            self.fail(self.shown, f'text; put it in quotes: "{short(self.raw)}"')
        if not isinstance(self.value, str) or (not empty and not self.value.strip()):
            self.wrong("text")
        return self.value.strip()

    def line(self) -> str:
        """Text on one line, as labels and titles are; breaks and tabs are spaces."""
        text = " ".join(self.text().split())
        if len(text) > LONGEST_LINE:
            self.fail(f"text of {len(text)} characters", f"up to {LONGEST_LINE}")
        return text

    def choice(self, allowed: Sequence[str]) -> str:
        if isinstance(self.value, bool | float):
            self.text()  # says that it has to be in quotes
        if self.value not in allowed:
            hint = nearest(self.value, allowed) if isinstance(self.value, str) else ""
            self.fail(self.shown, listed(allowed), hint)
        return str(self.value)

    def number(self, within: Range = ANY) -> float:
        """A number that single precision holds, in which runs are computed."""
        if isinstance(self.value, bool) or not isinstance(self.value, float):
            text = self.value if isinstance(self.value, str) else ""
            odd = "; write it in plain digits" if _OTHERWISE.fullmatch(text) else ""
            self.fail(self.shown, within.says, decimal_comma(text) or odd)
        if abs(self.value) > LARGEST_NUMBER:
            self.fail(self.shown, f"numbers up to {LARGEST_NUMBER:g}")
        if 0 < abs(self.value) < SMALLEST_NUMBER:
            self.fail(self.shown, f"0, or numbers from {SMALLEST_NUMBER:g} up")
        if not within.holds(self.value):
            self.wrong(within.says)
        return self.value

    def whole(self, low: int, high: int | None = None) -> int:
        top = math.inf if high is None else high
        says = f"a whole number from {low} {'up' if high is None else f'to {high}'}"
        value = self.number(Range(says, low, top))
        if value != int(value):
            self.wrong(says)
        return int(value)

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.wrong("true, false")
        return self.value


def optional_text(fields: Mapping[str, Node], key: str) -> str:
    """Text that may be missing or empty."""
    return fields[key].text(empty=True) if key in fields else ""


def read_yaml(data: bytes, file: str) -> Node:
    """The tree of a file's bytes. Raises CaseError for anything but one plain document."""
    if not data.strip():
        raise problem(Place(file, 1), "", "an empty file", "YAML")
    text = decode(data, file)
    root = _document(_events(text, file), file)
    first = next((i for i, row in enumerate(text.split("\n")) if _CONTENT.match(row)), 0)
    if text.split("\n")[first].startswith("%"):  # the parser passes over those it does not know
        raise problem(Place(file, first + 1), "", "a directive (%)", "plain YAML")
    if root.value is None:
        raise problem(Place(file, 1), "", "an empty file", "YAML")
    return root


def decode(data: bytes, file: str) -> str:
    """UTF-8 text of at most `LARGEST` bytes without characters that show nothing."""
    if len(data) > LARGEST:
        raise problem(Place(file, 1), "", "more than 1 MiB", "at most 1 MiB in a file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(file, data.count(b"\n", 0, error.start) + 1)
        found = f"the byte 0x{data[error.start]:02x}, which is not UTF-8"
        raise problem(place, "", found, "text in UTF-8") from None
    bad = unshown(text)
    if bad:
        place = Place(file, text.count("\n", 0, text.index(bad)) + 1)
        raise problem(place, "", called(bad), "printable text")
    return text


# ---------------------------------------------------------------- from events to nodes


def _events(text: str, file: str) -> Iterator[Any]:
    """The parser's events; everything that goes wrong in it comes out as a CaseError."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, 1 if mark is None else mark.line + 1)
        what = " ".join(str(error.problem or error.context).split())
        raise problem(place, "", f"a mistake in the YAML ({what})", "valid YAML") from None
    except (YAMLError, ValueError, LookupError, AttributeError, TypeError, AssertionError,
            OverflowError) as error:  # fmt: skip
        # The parser itself trips over some broken texts; that is no business of the reader's.
        bad = _NO_SUCH.search(text)
        if bad:
            place = Place(file, text.count("\n", 0, bad.start()) + 1)
            what = f"{bad[0]}, which is no character"
            raise problem(place, "", what, "\\U00000000 to \\U0010ffff") from None
        what = " ".join(str(error).split())[:200]
        place = Place(file, 1)
        raise problem(place, "", f"a mistake in the YAML ({what})", "valid YAML") from None


def _document(stream: Iterator[Any], file: str) -> Node:
    next(stream)
    start = next(stream)
    if isinstance(start, events.StreamEndEvent):
        raise problem(Place(file, 1), "", "an empty file", "YAML")
    if start.version or start.tags:
        raise problem(_place(start, file), "", "a directive (%)", "plain YAML")
    root = _node(next(stream), stream, Place(file, 1), "", 0)
    next(stream)
    after = next(stream)
    if not isinstance(after, events.StreamEndEvent):
        raise problem(_place(after, file), "", "a second document", "one document in a file")
    return root


def _node(event: Any, stream: Iterator[Any], place: Place, path: str, depth: int) -> Node:
    here = _place(event, place.file)
    if isinstance(event, events.AliasEvent):
        raise problem(here, path, f"the alias *{short(event.anchor)}", "the value itself")
    if event.anchor is not None:
        raise problem(here, path, f"the anchor &{short(event.anchor)}", "the value alone")
    if event.tag is not None:
        tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
        raise problem(here, path, f"the tag {short(tag)}", "the value alone")
    if isinstance(event, events.ScalarEvent):
        bad = unshown(event.value)  # quoted text may have spelt it out, as in "\\0"
        if bad:
            raise problem(here, path, called(bad), "printable text")
        value = event.value if event.style else _scalar(event.value, here, path)
        return Node(value, event.value, place, path)
    if depth >= DEEPEST:
        raise problem(here, path, f"more than {DEEPEST} levels of nesting", "fewer")
    if isinstance(event, events.SequenceStartEvent):
        return Node(_items(stream, place.file, path, depth), "", place, path)
    return Node(_pairs(stream, place.file, path, depth), "", place, path)


def _items(stream: Iterator[Any], file: str, path: str, depth: int) -> list[Node]:
    found: list[Node] = []
    before: Any = None
    for event in stream:
        if isinstance(event, events.SequenceEndEvent):
            break
        item = f"{path}[{len(found) + 1}]"
        tight = _comma_between(before, event)
        if tight and _LEADING_ZERO.fullmatch(event.value):  # 0,05: nobody writes a number so
            text = f"{before.value},{event.value}"
            here = _place(event, file)
            raise problem(here, path, text, "numbers with a point", decimal_comma(text))
        node = _node(event, stream, _place(event, file), item, depth + 1)
        found.append(replace(node, tight=tight))
        before = event
    return found


def _comma_between(before: Any, event: Any) -> bool:
    """Whether two plain whole numbers stand next to one another with nothing but a comma."""
    pair = (before, event)
    if not all(isinstance(one, events.ScalarEvent) and not one.style for one in pair):
        return False
    gap = event.start_mark.index - before.end_mark.index
    digits = re.fullmatch(r"[-+]?\d+", before.value) and re.fullmatch(r"\d+", event.value)
    return gap == 1 and bool(digits)


def _pairs(stream: Iterator[Any], file: str, path: str, depth: int) -> dict[str, Node]:
    found: dict[str, Node] = {}
    before: Any = None
    for event in stream:
        if isinstance(event, events.MappingEndEvent):
            break
        place = _place(event, file)
        if _comma_between(before, event):  # {value: 0,2} makes a name of the 2
            text = f"{before.value},{event.value}"
            raise problem(place, path, text, "numbers with a point", decimal_comma(text))
        key = _key(_node(event, stream, place, path, depth + 1))
        if key in found:
            what = f'"{short(key)}" a second time (first in line {found[key].place.line})'
            raise problem(place, path, what, "each name once")
        inner = f"{path}.{short(key)}" if path else short(key)
        before = next(stream)
        found[key] = _node(before, stream, place, inner, depth + 1)
    return found


def _key(node: Node) -> str:
    if node.value == "<<":
        node.fail("the merge key <<", "the fields themselves")
    if isinstance(node.value, float | bool):
        node.fail(f"the name {node.shown}", f'text as a name; put it in quotes: "{node.raw}"')
    if not isinstance(node.value, str) or not node.value:
        node.fail(f"{node.shown} as a name", "text as a name")
    return node.value


def _scalar(text: str, place: Place, path: str) -> Scalar:
    """A plain scalar: a number, a flag or nothing where it looks like one, else text."""
    if text in _NULL:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    if _NOT_FINITE.fullmatch(text):
        raise problem(place, path, text, "a finite number")
    if _LEADING_ZERO.fullmatch(text):
        plain = text.lstrip("+-0") or "0"
        plain = f"0{plain}" if plain.startswith(".") else plain
        allowed = f'numbers without zeros in front, such as {plain}; or text in quotes, "{text}"'
        raise problem(place, path, short(text), allowed)
    if _NUMBER.fullmatch(text):
        value = float(text)
        if not math.isfinite(value):
            raise problem(place, path, short(text), "a finite number")
        return value
    return text


def _place(event: Any, file: str) -> Place:
    return Place(file, event.start_mark.line + 1)


def short(text: str) -> str:
    said = flat(text)
    return said if len(said) <= _LONGEST_SHOWN else f"{said[: _LONGEST_SHOWN - 1]}…"
