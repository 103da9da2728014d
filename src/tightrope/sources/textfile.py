"""Text files as they are published: opened line by line, taken apart into cells."""

from __future__ import annotations

import csv
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from tightrope.case import UseError
from tightrope.reading.nouns import is_date
from tightrope.reading.yamlfile import listed, nearest, short

Paths = str | Path | Sequence[str | Path]
Table = tuple[list[str], Iterator[tuple[int, list[str]]]]
"""The names of columns, and the rows, each with the line on which it starts."""

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


_MAGIC = (
    (b"PK\x03\x04", "a ZIP archive or a workbook", "the text file in it; unzip it first"),
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
    for magic, found, allowed in _MAGIC:
        if head.startswith(magic):
            raise file_error(file, 1, found, allowed)
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        found = "a web page or XML rather than data (a login or an error page?)"
        raise file_error(file, 1, found, "the data file; download it again")
    if text.startswith((b"{", b"[")):
        raise file_error(file, 1, "JSON", "the export as CSV")


def records(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV that are not blank, each with the line on which it starts."""
    reader = csv.reader(text_lines(file), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            open_quote = "end of data" in str(error) or "field limit" in str(error)
            found = "a quote that is not closed" if open_quote else f"a mistake ({error})"
            raise file_error(file, line, found, "CSV; the file may be cut off") from None
        if row is None:
            return
        if row:
            yield line, row


def open_csv(file: Path, needed: Sequence[str], standard: Sequence[str] = ()) -> Table:
    """A CSV with a header; with the standard columns where it comes without one."""
    found = records(file)
    line, header = next(found, (1, [""]))
    columns = [name.strip() for name in header]
    if standard and len(columns) == len(standard) and columns[0].isdecimal():
        return list(standard), itertools.chain([(line, header)], found)
    check_columns(file, line, columns, needed)
    return columns, without_tags(found)


def check_columns(file: Path, line: int, columns: list[str], needed: Sequence[str]) -> None:
    for mark, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if mark in columns[0]:
            found = f"columns separated by {called}"
            raise file_error(file, line, found, "columns separated by commas")
    for name in needed:
        if name not in columns:
            found = f'no column "{name}" among {listed([short(column) for column in columns])}'
            allowed = f"a file with {', '.join(needed)}"
            raise file_error(file, line, found, allowed, nearest(name, columns))
        if columns.count(name) > 1:
            raise file_error(file, line, f'the column "{name}" twice', "each column once")


def without_tags(records: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Rows of data after a row of HXL tags, where there is one."""
    first = next(records, None)
    if first is not None:
        filled = [cell for cell in first[1] if cell]
        if not filled or not all(cell.startswith("#") for cell in filled):
            yield first
    yield from records


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
    word = match[2].lower()
    for number, month in enumerate(_MONTHS, 1):
        if word in (month, month[:3]):
            return iso_day(f"{match[3]}-{number:02d}-{int(match[1]):02d}")
    return None


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
