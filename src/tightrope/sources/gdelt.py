"""GDELT event tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from tightrope.reading.yamlfile import short
from tightrope.sources.tally import (
    Event,
    Left,
    Loaded,
    Pick,
    averaged,
    check_kept,
    gather,
    note_names,
    summed,
)
from tightrope.sources.textfile import (
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
    to 2013, where it goes by the day of the event. Bytes that are not UTF-8 are let pass, because
    none of the columns that are read may hold any.
    """
    one_of("measure", measure, ("count", "goldstein", "tone"))
    if root and not re.fullmatch(r"0?[1-9]|1[0-9]|20", root):
        raise SeriesError(f'root: found "{root}"; allowed: an event root code from 01 to 20')
    code = root.zfill(2) if root else ""
    actor1, actor2 = actor1.upper(), actor2.upper()
    column = {"count": -1, "goldstein": 30, "tone": 34}[measure]
    limit = 10.0 if measure == "goldstein" else 100.0
    actors: tuple[dict[str, None], dict[str, None]] = ({}, {})

    def pick_from(columns: list[str]) -> Pick:
        old = len(columns) == 57
        added = 59 if len(columns) == 61 else 56

        def pick(row: list[str]) -> Event | Left:
            day = compact_day(row[1])
            if day is None:
                return Left("a day of the event that cannot be read", row[1])
            seen = day if old else compact_day(row[added][:8])
            if seen is None:
                return Left("a day of entry that cannot be read", row[added])
            if not row[0].isdecimal():
                return Left("no event id", row[0], seen)
            note_names(actors[0], (row[5],))
            note_names(actors[1], (row[15],))
            for name, wanted, at in (("actor 1", actor1, 5), ("actor 2", actor2, 15)):
                if wanted and wanted != row[at + 2] and not row[at].startswith(wanted):
                    return Left(f"another {name}", row[at] or "nobody", seen)
            if code and row[28] != code:
                return Left("another event root code", row[28], seen)
            if column < 0:
                return Event(row[0], day, seen, 1.0)
            value = real(row[column])
            if value is None or abs(value) > limit:
                return Left(f"no {measure} between -{limit:g} and {limit:g}", row[column], seen)
            return Event(row[0], day, seen, value)

        return pick

    found = gather(path, _open_gdelt, pick_from, since, until)
    check_kept(found, ("actor1", actor1, actors[0]), ("actor2", actor2, actors[1]))
    if measure == "count":
        return summed(found, "events in a quarter", "poisson")
    called = "mean Goldstein scale" if measure == "goldstein" else "mean tone"
    return averaged(found, f"{called} of the events in a quarter")


_OTHER_TABLES = {16: " (GDELT mentions have as many)", 27: " (the GDELT GKG has as many)"}


def _open_gdelt(file: Path) -> Table:
    def rows() -> Iterator[tuple[int, list[str]]]:
        for line, text in enumerate(text_lines(file, lax=True), 1):
            if stripped := text.rstrip("\r\n"):
                yield line, stripped.split("\t")

    found = rows()
    line, first = next(found, (1, [""]))
    if len(first) not in (57, 58, 61):
        what = f"{len(first)} column{'s' if len(first) != 1 else ''} separated by tabs"
        what += _OTHER_TABLES.get(len(first), "")
        if len(first) == 1 and "," in first[0]:
            what = "columns separated by commas"
        raise file_error(
            file, line, what, "57 or 58 (GDELT 1.0 events) or 61 (2.0) separated by tabs"
        )
    if not first[0].isdecimal():
        allowed = "an event id first; these files have no header"
        raise file_error(file, line, f'"{short(first[0])}"', allowed)
    return first, itertools.chain([(line, first)], found)
