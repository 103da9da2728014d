"""What is read, added up by quarter; and the table of observations that comes out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.special import gammaincinv

from tightrope.case import quarter_name, quarter_number
from tightrope.plain import csv_rows
from tightrope.reading.nouns import is_date, is_quarter
from tightrope.reading.record import COLUMNS
from tightrope.reading.yamlfile import listed, nearest, short
from tightrope.sources.textfile import Paths, SeriesError, Table, as_paths, file_error, limit

UNCOVERED_DAYS = 14
"""Days of a quarter that may lie outside what the files cover; with more it is doubtful."""

_MOST_NAMES = 5000
_HALF = 1.6449  # standard deviations on either side of 90 %


@dataclass(frozen=True)
class Dropped:
    """Rows left out for one reason; the example is the first one: its file, line and text."""

    reason: str
    count: int
    example: str


@dataclass(frozen=True, eq=False)
class Loaded:
    """Public data by quarter.

    Attributes:
        frame: one row per quarter (`2023Q2`) or year (`2023`), in order: `quarter`, `value`, `low`,
            `high`, `rows` (of the file, in the value), `status` (`used` or `doubtful`), `note`.
        dropped: in the order in which reasons came up; with `kept` they add up to `rows_read`.
        rows_read: rows of data (World Bank: a year of a country is one); blank lines, headers and
            tags are none.
        measure: what the value is.
        interval: the rule behind `low` and `high`, in words.
        covers: first and last day that the files speak of.
    """

    frame: pd.DataFrame
    dropped: tuple[Dropped, ...]
    rows_read: int
    kept: int
    measure: str
    interval: str
    covers: tuple[str, str]


# ---------------------------------------------------------------- what comes out


def to_csv(
    loaded: Loaded, source: str, read: str, *, url: str = "", first: str = "", last: str = ""
) -> str:
    """The text of a table of observations.

    Args:
        source: where the number can be looked up.
        read: the day on which the file was downloaded, `2026-11-24`.
        first: quarter in which the record starts: what begins before it is left out.
        last: quarter in which the record ends: what ends after it has the status `later`.
    """
    if not is_date(read):
        raise SeriesError(f'read: found "{short(read)}"; allowed: a date such as 2026-11-24')
    if not source.strip():
        raise SeriesError("source: found nothing; allowed: where the number can be looked up")
    for name, quarter in (("first", first), ("last", last)):
        if quarter and not is_quarter(quarter):
            found = f'"{short(quarter)}"'
            raise SeriesError(f"{name}: found {found}; allowed: a quarter such as 2025Q4")
    rows: list[tuple[str, ...]] = [tuple(COLUMNS)]
    for row in loaded.frame.itertuples():
        year = len(row.quarter) == 4
        begins, ends = (f"{row.quarter}Q1", f"{row.quarter}Q4") if year else (row.quarter,) * 2
        if first and quarter_number(begins) < quarter_number(first):
            continue
        later = bool(last) and quarter_number(ends) > quarter_number(last)
        numbers = [f"{number:.10g}" for number in (row.value, row.low, row.high)]
        status = "later" if later else row.status
        where = " ".join(source.split()), " ".join(url.split())
        rows.append((row.quarter, *numbers, *where, read, status, row.note))
    return csv_rows(rows)


def poisson_interval(count: float, size: float = 1.0) -> tuple[float, float]:
    """Exact interval of 90 % for the mean behind a count of things of one size (Garwood 1936).

    For a sum of things of several sizes, count and size are those of as many equal ones as would
    scatter as much.
    """
    low = size * float(gammaincinv(count, 0.05)) if count > 0 else 0.0
    return low, size * float(gammaincinv(count + 1, 0.95))


def summed(tally: Tally, measure: str, rule: str, error: float = 0.0) -> Loaded:
    """Sums by quarter; a quarter that the files cover and that has no row is 0."""
    lines = []
    covered = tally.covered_days()
    for quarter in sorted(covered):
        sums = tally.quarters.get(quarter, Sums())
        if rule == "published":
            low, high = sums.low, sums.high
        elif rule == "relative":
            low, high = (1 - error) * sums.total, (1 + error) * sums.total
        else:
            size = sums.squares / sums.total if sums.total else 1.0
            low, high = poisson_interval(sums.total / size, size)
        note = _gap(quarter, covered[quarter])
        status = "doubtful" if note else "used"
        lines.append((quarter_name(quarter), sums.total, low, high, sums.rows, status, note))
    says = {
        "published": "sums of the published low and high estimates",
        "relative": f"the value, {100 * error:g} % on either side",
        "poisson": "exact Poisson interval of 90 %; for sums, of as many equal parts as scatter so",
    }
    return loaded(tally, lines, measure, says[rule], *tally.ends())


def averaged(tally: Tally, measure: str) -> Loaded:
    """Means by quarter; a quarter without a row is left open."""
    lines = []
    covered = tally.covered_days()
    for quarter, sums in sorted(tally.quarters.items()):
        mean = sums.total / sums.rows
        note = _gap(quarter, covered[quarter])
        half = 0.0
        if sums.rows > 1:
            spread = max(sums.squares - sums.rows * mean**2, 0.0) / (sums.rows - 1)
            half = _HALF * math.sqrt(spread / sums.rows)
        else:
            note = note or "one event: no interval"
        status = "doubtful" if note else "used"
        line = (quarter_name(quarter), mean, mean - half, mean + half, sums.rows, status, note)
        lines.append(line)
    says = "interval of 90 % for the mean from the scatter of its events"
    return loaded(tally, lines, measure, says, *tally.ends())


def loaded(
    tally: Tally, lines: list[Any], measure: str, interval: str, first: str, last: str
) -> Loaded:
    columns = ("quarter", "value", "low", "high", "rows", "status", "note")
    frame = pd.DataFrame.from_records(lines, columns=columns)
    dropped = tuple(Dropped(reason, n, example) for reason, (n, example) in tally.dropped.items())
    return Loaded(frame, dropped, tally.rows, tally.kept, measure, interval, (first, last))


# ---------------------------------------------------------------- what is added up


@dataclass(frozen=True)
class Event:
    """A row that is kept: when it was, when it came into the file, and what it adds."""

    id: str
    day: date
    seen: date
    value: float
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class Left:
    """A row that is left out: why, what stood there, and when it came into the file."""

    reason: str
    shown: str
    seen: date | None = None


Pick = Callable[[list[str]], Event | Left]


@dataclass
class Sums:
    rows: int = 0
    total: float = 0.0
    squares: float = 0.0
    low: float = 0.0
    high: float = 0.0
    example: str = ""


@dataclass
class Tally:
    """What has been read so far."""

    rows: int = 0
    kept: int = 0
    dropped: dict[str, tuple[int, str]] = field(default_factory=dict)
    quarters: dict[int, Sums] = field(default_factory=dict)
    spans: list[tuple[date, date]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def drop(self, left: Left, file: Path, line: int, count: int = 1) -> None:
        before, example = self.dropped.get(left.reason, (0, ""))
        example = example or f"{file.name}:{line}: {short(left.shown) or 'nothing'}"
        self.dropped[left.reason] = (before + count, example)

    def add(self, event: Event, file: Path, line: int) -> None:
        if event.id in self.ids:
            self.drop(Left("an id a second time", event.id), file, line)
            return
        self.ids.add(event.id)
        sums = self.quarters.setdefault(quarter_of(event.day), Sums())
        sums.rows += 1
        sums.total += event.value
        sums.squares += event.value**2
        sums.low += event.low
        sums.high += event.high
        sums.example = sums.example or f"{file.name}:{line}: {event.day}"
        self.kept += 1

    def covered_days(self) -> dict[int, int]:
        """Days that files cover, by quarter; a day in two files counts once."""
        days: dict[int, int] = {}
        reached = date.min
        for first, last in sorted(self.spans):
            day = max(first, reached)
            while day <= last:
                quarter = quarter_of(day)
                after = min(first_day(quarter + 1), last + timedelta(1))
                days[quarter] = days.get(quarter, 0) + (after - day).days
                day = after
            reached = max(reached, last + timedelta(1))
        return days

    def ends(self) -> tuple[str, str]:
        return str(min(first for first, _ in self.spans)), str(max(last for _, last in self.spans))


def gather(
    paths: Paths,
    open_table: Callable[[Path], Table],
    pick_from: Callable[[list[str]], Pick],
    since: str,
    until: str,
) -> Tally:
    """Add up the rows that are picked; what files cover goes by all of their rows."""
    begin, end = limit("since", since), limit("until", until)
    tally = Tally()
    for file in as_paths(paths):
        columns, rows = open_table(file)
        pick = pick_from(columns)
        first, last = date.max, date.min
        for line, row in whole_rows(rows, len(columns), tally, file):
            tally.rows += 1
            picked = pick(row)
            seen = picked.seen
            if seen and ((begin and seen < begin) or (end and seen > end)):
                tally.drop(Left("outside since and until", str(seen)), file, line)
                continue
            if seen:
                first, last = min(first, seen), max(last, seen)
            if isinstance(picked, Left):
                tally.drop(picked, file, line)
            else:
                tally.add(picked, file, line)
        if first <= last:
            tally.spans.append((first, last))
    tally.spans.sort()
    if tally.spans and begin:
        tally.spans[0] = (begin, tally.spans[0][1])
    if tally.spans and end:
        i = max(range(len(tally.spans)), key=lambda i: tally.spans[i][1])
        tally.spans[i] = (tally.spans[i][0], end)
    covered = tally.covered_days()
    for quarter in [q for q in tally.quarters if q not in covered]:
        sums = tally.quarters.pop(quarter)
        reason = "an event long before or after what the files cover"
        before, example = tally.dropped.get(reason, (0, sums.example))
        tally.dropped[reason] = (before + sums.rows, example)
        tally.kept -= sums.rows
    return tally


def whole_rows(
    rows: Iterable[tuple[int, list[str]]], width: int, tally: Tally, file: Path, weight: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """Rows with a field for each column. Others are dropped, but a last one that is cut off is an
    error: the rest of the file may be missing with it."""
    bad: tuple[int, int] | None = None
    any_row = False
    for line, row in rows:
        any_row = True
        if bad:
            _drop_bad(bad, width, tally, file, weight)
            bad = None
        if len(row) == width:
            yield line, row
        else:
            bad = line, len(row)
    if bad and bad[1] < width:
        what = f"{bad[1]} fields in the last row"
        allowed = f"{width} fields; the file seems to be cut off, download it again"
        raise file_error(file, bad[0], what, allowed)
    if bad:
        _drop_bad(bad, width, tally, file, weight)
    if not any_row:
        raise file_error(file, 1, "no rows of data", "at least one row")


def _drop_bad(bad: tuple[int, int], width: int, tally: Tally, file: Path, weight: int) -> None:
    line, fields = bad
    tally.rows += weight
    reason = "too many or too few fields"
    tally.drop(Left(reason, f"{fields} rather than {width}"), file, line, weight)


def _gap(quarter: int, days: int) -> str:
    """A note where files cover too few days of a quarter."""
    whole = (first_day(quarter + 1) - first_day(quarter)).days
    return f"the files cover {days} of its {whole} days" if whole - days > UNCOVERED_DAYS else ""


def check_kept(tally: Tally, *asked: tuple[str, str, Iterable[str]]) -> None:
    """Raise where nothing was kept: an option that fits nothing, or a file of another kind.

    Args:
        asked: options, what was asked for and the names that came up; in the order of filtering.
    """
    if tally.kept:
        return
    for option, wanted, names in asked:
        part = option in ("actor", "side", "actor1", "actor2")
        if wanted and not any(_fits(wanted, name, part) for name in names):
            found = f'no "{wanted}" among {tally.rows} rows'
            allowed = listed(sorted(names))
            raise SeriesError(
                f"{option}: found {found}; allowed: {allowed}{nearest(wanted, names)}"
            )
    most = sorted(tally.dropped.items(), key=lambda item: -item[1][0])[:3]
    why = "; ".join(f"{reason}: {n}, such as {example}" for reason, (n, example) in most)
    raise SeriesError(f"found nothing to keep among {tally.rows} rows; dropped: {why}")


def _fits(wanted: str, name: str, part: bool) -> bool:
    return wanted.casefold() in name.casefold() if part else wanted.casefold() == name.casefold()


def other_country(cell: str, wanted: str, seen: dict[str, None], day: date) -> Left | None:
    name = cell.strip()
    note_names(seen, (name,))
    if not name:
        return Left("no country", "", day) if wanted else None
    other = wanted and wanted.casefold() != name.casefold()
    return Left("another country", name, day) if other else None


def note_names(names: dict[str, None], more: Iterable[str]) -> None:
    """Names that came up, for the question which one was meant."""
    if len(names) < _MOST_NAMES:
        names.update((name, None) for name in more if name)


def quarter_of(day: date) -> int:
    return 4 * day.year + (day.month - 1) // 3


def first_day(quarter: int) -> date:
    return date(quarter // 4, 3 * (quarter % 4) + 1, 1)
