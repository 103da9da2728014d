"""GDELT event tables."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from tightrope.reading.yamlfile import short
from tightrope.sources.tally import (
    EVER,
    Asked,
    Event,
    Left,
    Loaded,
    Pick,
    Span,
    averaged,
    check_kept,
    gather,
    note_names,
    summed,
    whole_days,
)
from tightrope.sources.textfile import (
    Header,
    Paths,
    SeriesError,
    Table,
    compact_day,
    file_error,
    one_of,
    real,
    text_lines,
)


def load_gdelt(
    path: Paths,
    *,
    actor1: str = "",
    actor2: str = "",
    root: str = "",
    measure: str = "count",
    since: str = "",
    until: str = "",
) -> Loaded:
    """GDELT event tables: 57 or 58 columns (1.0) or 61 (2.0), tab-separated, without a header.

    Layout: GDELT Event Database Data Format Codebooks 1.03 and 2.0 (gdeltproject.org). An actor is
    a country (`AFG`) or the beginning of an actor code (`AFGGOV`); events are by actor 1 upon
    actor 2. Quarters go by the day of the event. Reports of long past events are dropped: what
    files cover goes by the day on which events were added, but for the 57 columns of the files up
    to 2013, where it goes by the day of the event. A stamp of the 61 columns stands for the quarter
    hour of its file. A row that lacks only its last column counts. Bytes that are not UTF-8 are let
    pass, because none of the columns that are read may hold any.
    """
    one_of("measure", measure, ("count", "goldstein", "tone"))
    if root and not re.fullmatch(r"0?[1-9]|1[0-9]|20", root):
        raise SeriesError(f'root: found "{root}"; allowed: an event root code from 01 to 20')
    asked = (actor1.upper(), actor2.upper(), root.zfill(2) if root else "")
    actors: tuple[dict[str, None], dict[str, None]] = ({}, {})
    found = gather(
        path,
        _open_gdelt,
        lambda header: _pick(header, *asked, measure, actors),
        since,
        until,
        Asked(),
        quiet=0,
    )
    check_kept(found, ("actor1", asked[0], actors[0]), ("actor2", asked[1], actors[1]))
    if measure == "count":
        return summed(found, "events in a quarter", "poisson")
    called = "mean Goldstein scale" if measure == "goldstein" else "mean tone"
    return averaged(found, f"{called} of the events in a quarter")


def _pick(
    header: Header,
    actor1: str,
    actor2: str,
    code: str,
    measure: str,
    actors: tuple[dict[str, None], dict[str, None]],
) -> Pick:
    column = {"count": -1, "goldstein": 30, "tone": 34}[measure]
    most = 10.0 if measure == "goldstein" else 100.0
    added = {57: 1, 58: 56, 61: 59}[len(header.names)]

    def pick(row: list[str]) -> Event | Left:
        day, seen = compact_day(row[1]), _seen(row[added])
        if seen is None:
            may = (day, day) if day else EVER
            return Left("a day of entry that cannot be read", row[added], may=may)

        def left(reason: str, shown: str, may: date | None = None) -> Left:
            return Left(reason, shown, seen, (may, may) if may else None)

        note_names(actors[0], (row[5],))
        note_names(actors[1], (row[15],))
        for name, wanted, at in (("actor 1", actor1, 5), ("actor 2", actor2, 15)):
            if wanted and wanted != row[at + 2] and not row[at].startswith(wanted):
                return left(f"another {name}", row[at] or "nobody")
        if code and row[28] != code:
            return left("another event root code", row[28])
        if day is None:
            return left("a day of the event that cannot be read", row[1], seen[0].date())
        if not row[0].isdecimal():
            return left("no event id", row[0], day)
        if column < 0:
            return Event(row[0], day, seen, 1.0)
        value = real(row[column])
        if value is None or abs(value) > most:
            return left(f"no {measure} between -{most:g} and {most:g}", row[column], day)
        return Event(row[0], day, seen, value)

    return pick


def _seen(text: str) -> Span | None:
    """The time that a row shows its file to cover: a day, or the quarter hour of a stamp."""
    day = compact_day(text[:8])
    if day is None or len(text) == 8:
        return whole_days(day) if day else None
    if not re.fullmatch(r"([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]", text[8:]):
        return None
    at = datetime(day.year, day.month, day.day, int(text[8:10]), int(text[10:12]) // 15 * 15)
    return at, at + timedelta(minutes=15)


_OTHER_TABLES = {16: " (GDELT mentions have as many)", 27: " (the GDELT GKG has as many)"}
_WIDTHS = (57, 58, 61)
_SAMPLE = 50


def _open_gdelt(file: Path) -> Table:
    """What most of the first rows are decides what the table is."""

    def rows() -> Iterator[tuple[int, list[str]]]:
        for line, text in enumerate(text_lines(file, lax=True), 1):
            if (stripped := text.rstrip("\r\n")).strip():
                yield line, stripped.split("\t")

    found = rows()
    first = list(itertools.islice(found, _SAMPLE))
    widths = Counter(len(row) for _, row in first)
    width = max(widths, key=lambda n: (widths[n], n in _WIDTHS, n), default=1)
    line, row = next(((line, row) for line, row in first if len(row) == width), (1, [""]))
    if width not in _WIDTHS:
        what = f"{width} column{'s' if width != 1 else ''} separated by tabs"
        what += _OTHER_TABLES.get(width, "")
        if width == 1 and "," in row[0]:
            what = "columns separated by commas"
        allowed = "57 or 58 (GDELT 1.0 events) or 61 (2.0) separated by tabs"
        raise file_error(file, line, what, allowed)
    if not any(row[0].isdecimal() for _, row in first):
        allowed = "an event id first; these files have no header"
        raise file_error(file, line, f'"{short(row[0])}"', allowed)
    first = [one for one in first if one[1][0].casefold() != "globaleventid"]
    names = tuple(str(number) for number in range(1, width + 1))
    return Header(file, 1, names), _filled(itertools.chain(first, found), width)


def _filled(rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str]]]:
    """Rows; those that lack only the last column, the address of the report, are filled up."""
    for line, row in rows:
        short_of_url = width > 57 and len(row) == width - 1 and _seen(row[-1])
        yield line, [*row, ""] if short_of_url else row
