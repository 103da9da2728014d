"""The record of a case: series of observations, and the course of what lay outside the game."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, cast

from tightrope.case import History, Point, Series
from tightrope.errors import Place
from tightrope.quarters import quarter_number
from tightrope.reading.claims import Names, read_course
from tightrope.reading.nouns import POSSIBLE, is_date, is_quarter, loose_name, read_quarter
from tightrope.reading.yamlfile import (
    ABOVE_ZERO,
    ANY,
    LARGEST_NUMBER,
    SMALLEST_NUMBER,
    Gather,
    Node,
    Range,
    decimal_comma,
    decode,
    each,
    missing,
    optional_text,
    problem,
    short,
    unknown,
)
from tightrope.text.names import listed, nearest
from tightrope.text.plain import from_cell

TABLES = "observations"
"""The folder of the tables."""

TABLE = re.compile(r"[a-z0-9][a-z0-9_.-]*\.csv")
"""What a table may be called."""

COLUMNS = ("quarter", "value", "low", "high", "source", "url", "read", "status", "note")
STATUS = ("used", "doubtful", "later")

_LONGEST = 200
_MAY_BE_EMPTY = ("url", "note")
_YEAR = re.compile(r"[0-9]{4}")
_PLAIN_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_DIGITS = re.compile(r"[-+]?[0-9]+")
_NOT_FINITE = re.compile(r"[-+]?(nan|inf|infinity|n/?a)", re.IGNORECASE)
_IN_POINTS = Range("a number above 0 and below 100", 0.0, 100.0, open=True)

Link = Literal["level", "change", "growth"]
Cells = Mapping[str, str]


# ---------------------------------------------------------------- history


def read_history(root: Node | None, names: Names, references: tuple[str, ...]) -> History | None:
    if root is None:
        return None
    fields = root.fields(("start", "end"), ("from", "set", "sources", "about"))
    start, end = read_quarter(fields["start"]), read_quarter(fields["end"])
    quarters = quarter_number(end) - quarter_number(start)
    if not 1 <= quarters <= _LONGEST:
        fields["end"].wrong(f"a quarter after {start}, at most {_LONGEST} later")
    sources = fields["sources"].items() if "sources" in fields else []
    about = optional_text(fields, "about")
    if not sources and not about and ("set" in fields or "from" in fields):
        root.fail("neither sources nor about", "sources, about, or both")
    return History(
        start=start,
        end=end,
        quarters=quarters,
        start_values=_start_values(fields["from"], names) if "from" in fields else {},
        settings=read_course(fields["set"], names, start) if "set" in fields else {},
        sources=tuple(source.choice(references) for source in sources),
        about=about,
        place=root.place,
    )


def _start_values(node: Node, names: Names) -> dict[str, float]:
    found = {}
    for name, value in node.mapping().items():
        if name not in names.variables:
            raise unknown(value, node.path, name, tuple(names.variables))
        found[name] = value.number(POSSIBLE[names.variables[name].scale])
    return found


# ---------------------------------------------------------------- series


def read_series(
    root: Node | None, tables: Mapping[str, bytes], names: Names, history: History | None
) -> tuple[Series, ...]:
    """The series of observations.yaml, each with its table."""
    nodes = root.filled("series") if root else {}
    files = {_file(name): name for name in nodes}
    for file in tables:
        if file not in files:
            allowed = f"tables of series in observations.yaml ({listed(tuple(nodes))})"
            raise problem(file, "", "a table that no series takes", allowed, nearest(file, files))
    if root is None:
        return ()
    if history is None:
        needed = ("history.yaml, which says when the record starts and ends",)
        raise missing(root.place, "", "history.yaml beside it", needed)
    return each(lambda item: _series(*item, tables, names, history), nodes.items())


def _file(name: str) -> str:
    return f"{TABLES}/{name}.csv"


def _series(
    key: str, node: Node, tables: Mapping[str, bytes], names: Names, history: History
) -> Series:
    name = loose_name(key, node)
    optional = ("label", "unit", "slope", "about")
    fields = node.fields(("stands for", "link", "error"), optional)
    stands_for = fields["stands for"].choice((*names.variables, *names.derived))
    link = cast(Link, fields["link"].choice(("level", "change", "growth")))
    slope = fields["slope"].number() if "slope" in fields else 1.0
    if slope == 0:
        fields["slope"].wrong("a number that is not 0; this series could not say anything")
    if link == "level" and "slope" in fields:
        fields["slope"].fail(fields["slope"].shown, "none with the link level")
    error = fields["error"].number(ABOVE_ZERO)
    if _file(name) not in tables:
        found = [file.removeprefix(f"{TABLES}/") for file in tables]
        hint = nearest(f"{name}.csv", found)
        node.fail(f"no file {_file(name)}", f"a series with its table in {TABLES}/", hint)
    scale = names.variables[stands_for].scale if stands_for in names.variables else "derived"
    return Series(
        name=name,
        label=fields["label"].line() if optional_text(fields, "label") else name,
        stands_for=stands_for,
        link=link,
        slope=slope,
        error=error,
        unit=optional_text(fields, "unit"),
        about=optional_text(fields, "about"),
        points=_points(tables[_file(name)], _file(name), history, _within(link, scale)),
        place=node.place,
    )


def _within(link: Link, scale: str) -> Range:
    """Numbers that have a place on the scale on which the series is compared."""
    if link == "growth" or scale == "index":
        return ABOVE_ZERO
    return _IN_POINTS if scale == "share" else ANY


# ---------------------------------------------------------------- tables


def _points(data: bytes, file: str, history: History, within: Range) -> tuple[Point, ...]:
    found: dict[str, Point] = {}
    used: dict[int, Point] = {}
    for point in each(
        lambda row: _point(row[1], row[0], history, within), rows_of(data, file, COLUMNS)
    ):
        place = point.place
        if point.quarter in found:
            line = found[point.quarter].place.line
            what = f"{point.quarter} a second time (first in line {line})"
            raise problem(place, "quarter", what, "each quarter or year once")
        found[point.quarter] = point
        for quarter in range(point.first, point.last + 1) if point.used else ():
            other = used.setdefault(quarter, point)
            if other is not point:
                what = f"{point.quarter} beside {other.quarter} (line {other.place.line})"
                raise problem(place, "quarter", what, "a year or its quarters, not both as used")
    if not found:
        raise problem(Place(file, 1), "", "no rows", "at least one row under the names of columns")
    return tuple(sorted(found.values(), key=lambda point: (point.first, point.last)))


def rows_of(data: bytes, file: str, allowed: Sequence[str]) -> Iterator[tuple[Place, Cells]]:
    """The rows under the header, each with the line on which it starts."""
    if not data.strip():
        raise problem(Place(file, 1), "", "an empty file", f"the columns {', '.join(allowed)}")
    columns: list[str] = []
    for line, row in _records(decode(data, file), file):
        place = Place(file, line)
        if not columns and not any(row):
            continue
        if not columns:
            columns = _header(row, place, allowed)
            continue
        if not any(row):
            continue  # as spreadsheets leave them
        if any(cell for cell, name in zip(row, columns, strict=False) if not name):
            raise problem(place, "", "something in a column without a name", "columns with names")
        if len(row) != len(columns):
            many = f"{len(columns)}, one for each column; text with a comma goes in quotes"
            what = f"{len(row)} field{'s' if len(row) != 1 else ''}"
            whole = [name for name in row if _DIGITS.fullmatch(name)]
            comma = len(row) > len(columns) and len(whole) > 3
            hint = "; numbers take a point, not a comma: 0.2" if comma else ""
            raise problem(place, "", f"{what} (a line cut off, or a comma too many)", many, hint)
        yield place, {n: cell for n, cell in zip(columns, row, strict=True) if n}


def _records(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            end = "end of data" in str(error)
            what = "a quote that is not closed" if end else f"a mistake in the CSV ({error})"
            allowed = 'fields with commas between them, text with a comma in quotes ("...")'
            raise problem(Place(file, line), "", what, allowed) from None
        if row is None:
            return
        if any("\n" in cell or "\r" in cell for cell in row):
            what = "a line break inside quotes"
            raise problem(Place(file, line), "", what, "quotes closed on the line they open on")
        if row:
            yield line, [from_cell(cell.strip()) for cell in row]


def _header(row: list[str], place: Place, allowed: Sequence[str]) -> list[str]:
    for mark, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(row) == 1 and mark in row[0]:
            raise problem(
                place, "", f"columns separated by {called}", "columns separated by commas"
            )
    for i, name in enumerate(row):
        if not name:  # a column without a name, as spreadsheets leave them; it has to be empty
            continue
        if name not in allowed:
            found = f'the column "{short(name)}"'
            raise problem(place, "", found, ", ".join(allowed), nearest(name, allowed))
        if name in row[:i]:
            raise problem(place, "", f'the column "{name}" a second time', "each column once")
    for name in allowed:
        if name not in row:
            raise missing(place, "", f'column "{name}"', allowed)
    return row


def _point(cells: Cells, place: Place, history: History, within: Range) -> Point:
    with Gather() as got:
        for name, cell in cells.items():
            if not cell and name not in _MAY_BE_EMPTY:
                allowed = "something; only url and note may be empty"
                got.add(problem(place, name, "nothing", allowed))
    status = cells["status"]
    if status not in STATUS:
        found = f'"{short(status)}"'
        raise problem(place, "status", found, ", ".join(STATUS), nearest(status, STATUS))
    first, last = _quarters(cells["quarter"], place, history, status)
    # What is doubtful is compared with nothing, so it may be a number that cannot be compared.
    compared = ANY if status == "doubtful" else within
    numbers = ("value", "low", "high")
    value, low, high = each(lambda c: read_number(cells[c], place, c, compared), numbers)
    if not low <= value <= high:
        found = f"{value:g} with {low:g} to {high:g} around it"
        raise problem(place, "value", found, "low at most the value, high at least the value")
    if not is_date(cells["read"]):
        found = f'"{short(cells["read"])}"'
        raise problem(place, "read", found, "a date such as 2026-11-24")
    return Point(
        quarter=cells["quarter"],
        first=first,
        last=last,
        value=value,
        low=low,
        high=high,
        source=cells["source"],
        url=cells["url"],
        read=cells["read"],
        used=status == "used",
        note=cells["note"],
        place=place,
        later=status == "later",
    )


def _quarters(text: str, place: Place, history: History, status: str) -> tuple[int, int]:
    """First and last quarter, counted from the start of the record."""
    year = bool(_YEAR.fullmatch(text))
    if not year and not is_quarter(text):
        allowed = "a quarter such as 2025Q4, or a year"
        raise problem(place, "quarter", f'"{short(text)}"', allowed)
    zero = quarter_number(history.start)
    first = quarter_number(f"{text}Q1" if year else text) - zero
    last = first + 3 if year else first
    if first < 0:
        what = f"{text}, which begins before the record"
        allowed = f"quarters and whole years from {history.start} on (history.yaml)"
        raise problem(place, "quarter", what, allowed)
    if last > history.quarters and status != "later":
        what = f"{text} as {status}, which ends after the record"
        allowed = f"quarters and whole years up to {history.end}; status later for what came after"
        raise problem(place, "quarter", what, allowed)
    if last <= history.quarters and status == "later":
        allowed = f"later only for what ends after {history.end}"
        raise problem(place, "status", f"later for {text}", allowed)
    return first, last


def read_number(text: str, place: Place, column: str, within: Range) -> float:
    if _NOT_FINITE.fullmatch(text):
        raise problem(place, column, f'"{text}"', "a finite number; leave out what is not known")
    value = float(text) if _PLAIN_NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value) or not within.holds(value):
        raise problem(place, column, f'"{short(text)}"', within.says, decimal_comma(text))
    if value and not SMALLEST_NUMBER <= abs(value) <= LARGEST_NUMBER:
        allowed = f"0, or numbers of {SMALLEST_NUMBER:g} to {LARGEST_NUMBER:g}"
        raise problem(place, column, f'"{short(text)}"', allowed)
    return value
