"""World Bank indicators."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tightrope.sources.countries import Countries, as_countries
from tightrope.sources.tally import (
    Left,
    Line,
    Loaded,
    Tally,
    check_countries,
    check_kept,
    loaded,
    note_names,
    whole_rows,
)
from tightrope.sources.textfile import (
    Header,
    Paths,
    SeriesError,
    as_paths,
    file_error,
    iso_day,
    plain,
    real,
    records,
    share_of,
    with_header,
)
from tightrope.text.names import listed

_NAME = ("Country Name", "Country")
_CODE = ("Country Code", "Country ISO3", "iso3")
_TITLE = ("Indicator Name", "Series Name", "Series")
_LABEL = ("Indicator Code", "Series Code")
_YEAR = re.compile(r"X?((?:19|20)[0-9]{2})( ?\[YR[0-9]{4}\]|\.\.YR[0-9]{4}\.)?")
_UPDATED = re.compile(r"last updated( date)?:?", re.IGNORECASE)
_FOOTER = re.compile(r"(data from database|last updated)\b.*", re.IGNORECASE | re.DOTALL)
_UNKNOWN = ("", "..")


@dataclass(frozen=True)
class Value:
    """A year's number, and where it stands."""

    number: float
    file: int
    line: int


@dataclass
class File:
    """What one file says of the country and the indicator; `updated` is known at its end."""

    path: Path
    updated: date | None = None
    values: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """Which columns hold what; a row is a country with its years, or one year of it."""

    header: Header
    name: int | None
    code: int | None
    title: int | None
    label: int | None
    years: tuple[tuple[int, str], ...]
    year: int | None
    value: int | None

    def cells(self, row: list[str]) -> Iterator[tuple[str, str]]:
        """Years and what stands there."""
        if self.year is not None and self.value is not None:
            yield row[self.year], row[self.value]
        for i, year in self.years:
            yield year, row[i]


def load_worldbank(
    path: Paths,
    *,
    country: str | Sequence[str] = "",
    indicator: str = "",
    relative_error: float = 0.05,
) -> Loaded:
    """World Bank indicator CSV, by years.

    Layouts: the CSV download of an indicator's page (data.worldbank.org: four lines of preamble, a
    row per country, a column per year); an extract of the DataBank with years in columns; the files
    of the Humanitarian Data Exchange with a row per year. Country and indicator are a code (`AFG`,
    `NY.GDP.MKTP.CD`) or a name. Years are kept as years; a year of a country counts as a row. The
    indicator may be left out where the file has one. Of several files the one that was updated last
    counts; where that is not known, they have to agree.
    """
    error = share_of(relative_error)
    countries = as_countries(country)
    if len(countries.wanted) != 1:
        found = "several" if countries.wanted else "nothing"
        raise SeriesError(f"country: found {found}; allowed: a code such as AFG, or a name")
    tally = Tally(as_paths(path))
    indicators: dict[str, None] = {}
    files: list[File] = []
    taken = ""
    for file in tally.files:
        files.append(File(file))
        taken = _read(files, tally, countries, indicator, indicators, taken)
    lines = _lines(files, tally, error)
    check_countries(tally, countries)
    check_kept(tally, ("indicator", indicator, indicators))
    first, last = f"{lines[0].quarter}-01-01", f"{lines[-1].quarter}-12-31"
    return loaded(tally, lines, taken, f"the value, {100 * error:g} % on either side", first, last)


def _read(
    files: list[File],
    tally: Tally,
    countries: Countries,
    indicator: str,
    indicators: dict[str, None],
    taken: str,
) -> str:
    """Read the last of the files; returns the indicator that is taken."""
    file, number = files[-1], len(files) - 1
    layout, rows = _open(file)
    weight = max(len(layout.years), 1)
    width = len(layout.header.names)
    for line, row in whole_rows(rows, width, tally, file.path, weight):
        name, code, title, label = (
            row[i] if i is not None else ""
            for i in (layout.name, layout.code, layout.title, layout.label)
        )
        label = label or title
        left = None
        if countries.match(name, code) is None:
            left = Left("another country", name or code)
        else:
            note_names(indicators, (label, title))
            if indicator and indicator.casefold() not in (label.casefold(), title.casefold()):
                left = Left("another indicator", label)
            elif taken and label != taken:
                allowed = "one, or the option indicator"
                raise file_error(file.path, line, f"a second indicator, {label}", allowed)
            else:
                taken = label
        for year, text in layout.cells(row):
            tally.rows += 1
            left = left or _unread(year, text)
            if left is None:
                left = _take(file, year, Value(real(text) or 0.0, number, line))
            if left:
                tally.drop(left, f"{file.path.name}:{line}")
                left = left if left.reason.startswith("another ") else None
    return taken


def _unread(year: str, text: str) -> Left | None:
    if not _YEAR.fullmatch(year):
        return Left("a year that cannot be read", year)
    if text in _UNKNOWN:
        return Left("no number", year)
    return Left("not a number", f"{year} {text}") if real(text) is None else None


def _take(file: File, year: str, value: Value) -> Left | None:
    before = file.values.get(year)
    if before is None:
        file.values[year] = value
        return None
    if before.number != value.number:
        what = f"{year} as {value.number:g}, which is {before.number:g} in line {before.line}"
        raise file_error(file.path, value.line, what, "each year once")
    return Left("a year a second time", year)


def _lines(files: list[File], tally: Tally, error: float) -> list[Line]:
    """The years of all files; those of the file that was updated last come first."""
    # Files of no known day come last; sorted() leaves them in the order in which they were given.
    ranked = sorted(files, key=lambda file: file.updated or date.min, reverse=True)
    differ = {
        file.path for i, file in enumerate(ranked) for over in ranked[:i] if _differ(file, over)
    }
    found: dict[str, tuple[Value, File]] = {}
    for file in ranked:
        for year, value in sorted(file.values.items()):
            if year not in found:
                found[year] = (value, file)
                tally.kept += 1
                continue
            kept, other = found[year]
            same = kept.number == value.number
            if not same and (
                None in (file.updated, other.updated) or file.updated == other.updated
            ):
                what = f"{year} as {value.number:g}, which is {kept.number:g} in {other.path}"
                allowed = 'files that agree, or that say when they were updated ("Last Updated")'
                raise file_error(file.path, value.line, what, allowed)
            reason = "a year a second time" if same else "a year of an older file"
            left = Left(reason, f"{year} {value.number:g}")
            tally.drop(left, f"{file.path.name}:{value.line}")
    lines = []
    for year, (value, file) in sorted(found.items()):
        v, half = value.number, error * abs(value.number)
        note = ""
        if file.path in differ:
            note = f"only in {file.path.name}; a newer file differs from it in other years"
        status = "doubtful" if note else "used"
        lines.append(Line(year, v, v - half, v + half, 1, status, note))
    return lines


def _differ(file: File, other: File) -> bool:
    return any(
        year in other.values and other.values[year].number != value.number
        for year, value in file.values.items()
    )


# ---------------------------------------------------------------- layouts


def _open(file: File) -> tuple[Layout, Iterator[tuple[int, list[str]]]]:
    found = _noting_updates(records(file.path), file)
    for line, cells in itertools.islice(found, 10):
        keys = {plain(cell) for cell in cells}
        if keys & {plain(name) for name in (*_NAME[:1], *_CODE)}:
            header, rows = with_header(file.path, line, cells, found)
            return _layout(header), rows
    names = [_NAME[0], _CODE[0], _TITLE[0], _LABEL[0]]
    allowed = f"a World Bank indicator CSV, with {listed(names)} after four lines"
    raise file_error(file.path, 1, "no row of column names", allowed)


def _layout(header: Header) -> Layout:
    parts = [header.find(*names) for names in (_NAME, _CODE, _TITLE, _LABEL)]
    name, code, title, label = parts
    years = tuple(
        (i, match[1]) for i, one in enumerate(header.names) if (match := _YEAR.fullmatch(one))
    )
    year, value = header.find("Year", "Time"), header.find("Value")
    if code is None:
        header.places((_CODE[0],))
    if title is None and label is None:
        if year is not None:
            found = "a column for each indicator (a DataBank extract with years in rows)"
            allowed = "an extract with years in columns, or the CSV of the indicator's page"
            raise file_error(header.file, header.line, found, allowed)
        header.places((_LABEL[0],))
    if not years and (year is None or value is None):
        allowed = "columns named by years, or the columns Year and Value"
        raise file_error(header.file, header.line, "no year among the columns", allowed)
    return Layout(header, name, code, title, label, years, year, value)


def _noting_updates(
    rows: Iterator[tuple[int, list[str]]], file: File
) -> Iterator[tuple[int, list[str]]]:
    """Rows, without those at the end that say where an extract comes from and of what day it is."""
    for line, row in rows:
        said = " ".join(cell for cell in row if cell)
        if match := _UPDATED.match(said):
            file.updated = _updated(said[match.end() :].strip()) or file.updated
        if _FOOTER.fullmatch(said) and len([cell for cell in row if cell]) == 1:
            continue
        yield line, row


def _updated(text: str) -> date | None:
    """`2023-07-01`, or `07/01/2023` as the DataBank writes it: the month comes first."""
    if match := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text):
        return iso_day(f"{match[3]}-{int(match[1]):02d}-{int(match[2]):02d}")
    return iso_day(text)
