"""Text files as they are published: opened line by line, taken apart into cells."""

from __future__ import annotations

import csv
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tightrope.errors import UseError
from tightrope.reading.nouns import is_date
from tightrope.reading.yamlfile import short
from tightrope.text.names import listed, nearest

Paths = str | Path | Sequence[str | Path]

_LONGEST_LINE = 1 << 20
_LARGEST_NUMBER = 1e30


class SeriesError(UseError):
    """A file of public data that cannot be read, or an option that fits nothing in it."""


def as_paths(paths: Paths) -> tuple[Path, ...]:
    found = (paths,) if isinstance(paths, str | Path) else tuple(paths)
    if not found:
        raise SeriesError("found no file; allowed: at least one")
    return tuple(Path(path) for path in found)


def file_error(file: Path, line: int, found: str, allowed: str, hint: str = "") -> SeriesError:
    return SeriesError(f"{file}:{line}: found {found}; allowed: {allowed}{hint}")


_SAVE = "its sheet saved as CSV (UTF-8)"
_WORKBOOKS = (
    (b"PK\x03\x04", (b"mimetypeapplication/vnd.oasis.opendocument",), (".ods",), ".ods"),
    (
        b"PK\x03\x04",
        (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/"),
        (".xlsx", ".xlsm", ".xlsb"),
        ".xlsx",
    ),
    (b"\xd0\xcf\x11\xe0", (b"",), (), ".xls"),
)
"""How they begin, what their first 4 KiB hold, what files are called, and what they are."""

_MAGIC = (
    (b"PK\x03\x04", "a ZIP archive", "the text file in it; unzip it first"),
    (b"\x1f\x8b", "a gzip archive", "the text file in it; unpack it first"),
    (b"BZh", "a bzip2 archive", "the text file in it; unpack it first"),
    (b"%PDF", "a PDF", "a text file"),
    (b"\xff\xfe", "UTF-16", "text in UTF-8"),
    (b"\xfe\xff", "UTF-16", "text in UTF-8"),
    (b"PAR1", "a Parquet file", "a text file"),
)


def text_lines(file: Path, lax: bool = False) -> Iterator[str]:
    """The lines of a text file, one by one."""
    try:
        with file.open("rb") as handle:
            _sniff(file, handle.read(4096))
            handle.seek(0)
            number = 0
            while line := handle.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
                    raise file_error(file, number, "a line of more than 1 MiB", "shorter lines")
                if b"\0" in line:
                    raise file_error(file, number, "the byte 0x00", "text in UTF-8")
                try:
                    text = line.decode("utf-8", "replace" if lax else "strict")
                except UnicodeDecodeError as error:
                    found = f"the byte 0x{line[error.start]:02x}, which is not UTF-8"
                    raise file_error(file, number, found, "text in UTF-8") from None
                yield text.removeprefix("\ufeff") if number == 1 else text
    except FileNotFoundError:
        raise SeriesError(f"{file}: found no such file") from None
    except (OSError, ValueError) as error:
        raise SeriesError(f"{file}: found something that cannot be read ({error})") from None


def _sniff(file: Path, head: bytes) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not text:
        raise file_error(file, 1, "an empty file", "rows of data")
    for magic, inside, endings, called in _WORKBOOKS:
        named = file.suffix.lower() in endings
        if head.startswith(magic) and (named or any(mark in head for mark in inside)):
            raise file_error(file, 1, f"a workbook ({called})", _SAVE)
    for magic, found, allowed in _MAGIC:
        if head.startswith(magic):
            raise file_error(file, 1, found, allowed)
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        found = "a web page or XML rather than data (a login or an error page?)"
        raise file_error(file, 1, found, "the data file; download it again")
    if text.startswith((b"{", b"[")):
        raise file_error(file, 1, "JSON", "the export as CSV")


NOTHING = frozenset(("NA", "<NA>", "NaN", "nan", "NaT", "NULL", "None", "n/a", "N/A", "#N/A"))
"""Whole cells that are empty as R, pandas and spreadsheets write it. `NA` is never a place: these
formats name places by names and by codes of three letters, and Namibia's code of two is in none."""

CODES = ("iso3", "location_code", "country_code", "country_iso3", "iso3_code")
"""Columns with ISO codes of three letters."""

_SNIFFED = 10


def records(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV, each with the line on which it starts.

    Cells are stripped, and those that say that there is nothing are empty. Records in which all
    cells are empty are left out.
    """
    lines = text_lines(file)
    first = list(itertools.islice(lines, _SNIFFED))
    skipped = 0
    if first and first[0].strip().lower() == "sep=,":  # a spreadsheet's hint to itself
        first, skipped = first[1:], 1
    _check_separator(file, first, skipped)
    reader = csv.reader(itertools.chain(first, lines), strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            row = next(reader, None)
        except csv.Error as error:
            open_quote = "end of data" in str(error) or "field limit" in str(error)
            found = "a quote that is not closed" if open_quote else f"a mistake ({error})"
            raise file_error(file, line, found, "CSV; the file may be cut off") from None
        if row is None:
            return
        cells = ["" if cell in NOTHING else cell for cell in map(str.strip, row)]
        if any(cells):
            yield line, cells


def _check_separator(file: Path, lines: Sequence[str], skipped: int) -> None:
    """Raise where the first lines, but for what is in quotes, hold another mark than commas."""
    bare = re.sub(r'"[^"]*"', "", "".join(lines))
    # The first line alone, too: commas below may be those of decimals.
    first = next((text for text in bare.splitlines() if re.search(r"[;\t|,]", text)), "")
    for mark, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if any(text.count(mark) > text.count(",") for text in (bare, first)):
            at = next((i for i, text in enumerate(lines, skipped + 1) if mark in text), 1)
            found = f"columns separated by {called}"
            raise file_error(file, at, found, "columns separated by commas")


def plain(name: str) -> str:
    """A column's name as it is compared: programs change case, spaces, points and underscores."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@dataclass(frozen=True)
class Header:
    """The names of columns as they stand in the file, and where each is."""

    file: Path
    line: int
    names: tuple[str, ...]

    def find(self, *names: str) -> int | None:
        """Where the first of these names is that there is."""
        found = [plain(name) for name in self.names]
        for name in map(plain, names):
            if found.count(name) > 1:
                what = f'the column "{self.names[found.index(name)]}" twice'
                raise file_error(self.file, self.line, what, "each column once")
            if name in found:
                return found.index(name)
        return None

    def places(self, needed: Sequence[str]) -> dict[str, int]:
        """Where the columns are; raises SeriesError where one is missing."""
        at = {}
        for name in needed:
            where = self.find(name)
            if where is None:
                shown = listed([short(column) for column in self.names])
                allowed = f"a file with {', '.join(needed)}"
                hint = nearest(name, self.names)
                what = f'no column "{name}" among {shown}'
                raise file_error(self.file, self.line, what, allowed, hint)
            at[name] = where
        return at


Table = tuple[Header, Iterator[tuple[int, list[str]]]]
"""The columns, and the rows, each with the line on which it starts."""


def open_csv(file: Path, standard: Sequence[str] = ()) -> Table:
    """A CSV with a header; with the standard columns where it comes without one."""
    found = records(file)
    line, header = next(found, (1, [""]))
    if standard and len(header) == len(standard) and header[0].isdecimal():
        rows = itertools.chain([(line, header)], found)
        return Header(file, line, tuple(standard)), rows
    return with_header(file, line, header, found)


def with_header(
    file: Path, line: int, header: list[str], found: Iterator[tuple[int, list[str]]]
) -> Table:
    """Columns and rows without empty columns at the end, and without a row of HXL tags."""
    while len(header) > 1 and not header[-1]:
        header = header[:-1]
    return Header(file, line, tuple(header)), _without_tags(_without_ends(found, len(header)))


def _without_ends(
    rows: Iterator[tuple[int, list[str]]], width: int
) -> Iterator[tuple[int, list[str]]]:
    """Rows without the empty fields that they have beyond the last column."""
    for line, row in rows:
        yield line, row[:width] if not any(row[width:]) else row


def _without_tags(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Rows of data after a row of HXL tags, where there is one."""
    first = next(rows, None)
    if first is not None and not all(cell.startswith("#") for cell in first[1] if cell):
        yield first
    yield from rows


# ---------------------------------------------------------------- cells and options

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WRITTEN = re.compile(r"([0-9]{1,2})[ -]([A-Za-z]{3,9})[ -]([0-9]{4})")
_ISO = re.compile(r"((?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2})([ T][0-9:.]+Z?)?")
_REAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


def iso_day(text: str) -> date | None:
    match = _ISO.fullmatch(text.strip())
    return date.fromisoformat(match[1]) if match and is_date(match[1]) else None


def compact_day(text: str) -> date | None:
    if len(text) != 8 or not text.isdecimal() or not text.isascii():
        return None
    return iso_day(f"{text[:4]}-{text[4:6]}-{text[6:]}")


def written_day(text: str) -> date | None:
    """`02 January 2023` or `2023-01-02`. Not 01/02/2023: which is the month is anyone's guess."""
    match = _WRITTEN.fullmatch(text.strip())
    if not match:
        return iso_day(text)
    number = month_number(match[2])
    return iso_day(f"{match[3]}-{number:02d}-{int(match[1]):02d}") if number else None


def month_number(text: str) -> int | None:
    """From a month's name, its first three letters or its number."""
    word = text.strip().lower()
    if word.isdecimal() and word.isascii() and len(word) <= 2:
        return int(word) if 1 <= int(word) <= 12 else None
    found = (i for i, month in enumerate(_MONTHS, 1) if word in (month, month[:3]))
    return next(found, None)


def real(text: str) -> float | None:
    value = float(text) if _REAL.fullmatch(text := text.strip()) else math.nan
    return value if abs(value) < _LARGEST_NUMBER else None


def count(text: str) -> float | None:
    """A whole number from 0 up."""
    value = real(text)
    return value if value is not None and value >= 0 and value == int(value) else None


def limit(name: str, text: str) -> date | None:
    if text and not is_date(text):
        raise SeriesError(f'{name}: found "{short(text)}"; allowed: a date such as 2026-11-24')
    return date.fromisoformat(text) if text else None


def one_of(name: str, found: str, allowed: Sequence[str]) -> None:
    if found not in allowed:
        hint = nearest(str(found), allowed)
        raise SeriesError(f'{name}: found "{found}"; allowed: {listed(allowed)}{hint}')


def share_of(value: float) -> float:
    number = real(str(value))
    if number is None or not 0 < number < 1:
        raise SeriesError(f"relative_error: found {value}; allowed: a number above 0 and below 1")
    return number
