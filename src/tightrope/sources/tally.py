"""What is read, added up by quarter; and the table of observations that comes out."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
from scipy.special import gammaincinv

from tightrope.case.record import NINETY
from tightrope.quarters import quarter_name, quarter_number
from tightrope.reading.nouns import is_date, is_quarter
from tightrope.reading.record import COLUMNS
from tightrope.reading.yamlfile import short
from tightrope.sources.countries import Countries
from tightrope.sources.textfile import (
    Header,
    Paths,
    SeriesError,
    Table,
    as_paths,
    file_error,
    iso_day,
    limit,
    written_day,
)
from tightrope.text.names import listed, nearest
from tightrope.text.notebook import told
from tightrope.text.plain import csv_rows

UNCOVERED_DAYS = 14
"""Days of a quarter that may lie outside what the files cover; with more it is doubtful."""

_MOST_NAMES = 5000
_MOST_SHOWN = 16
_MOST_NOTES = 3
_FEW = 0.1


@dataclass(frozen=True)
class Dropped:
    """Rows left out for one reason; the example is the first one: its file, line and text."""

    reason: str
    count: int
    example: str
    names: tuple[str, ...] = ()
    """What stood there, where the reason is that it is another place, actor or kind."""


@told
@dataclass(frozen=True, eq=False, repr=False)
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
    check_table(source, read, first, last)
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


def check_table(source: str, read: str, first: str = "", last: str = "") -> None:
    """Raise SeriesError where a table of observations cannot take these, see `to_csv`."""
    if not is_date(read):
        raise SeriesError(f'read: found "{short(read)}"; allowed: a date such as 2026-11-24')
    if not source.strip():
        raise SeriesError("source: found nothing; allowed: where the number can be looked up")
    for name, quarter in (("first", first), ("last", last)):
        if quarter and not is_quarter(quarter):
            found = f'"{short(quarter)}"'
            raise SeriesError(f"{name}: found {found}; allowed: a quarter such as 2025Q4")


def poisson_interval(count: float, size: float = 1.0) -> tuple[float, float]:
    """Exact interval of 90 % for the mean behind a count of things of one size (Garwood 1936).

    For a sum of things of several sizes, count and size are those of as many equal ones as would
    scatter as much.
    """
    low = size * float(gammaincinv(count, 0.05)) if count > 0 else 0.0
    return low, size * float(gammaincinv(count + 1, 0.95))


@dataclass(frozen=True)
class Line:
    """A row of the frame."""

    quarter: str
    value: float
    low: float
    high: float
    rows: int
    status: str
    note: str


def summed(
    tally: Tally,
    measure: str,
    rule: str,
    error: float = 0.0,
    doubtful: Callable[[int, Sums], str] = lambda quarter, sums: "",
) -> Loaded:
    """Sums by quarter; a quarter that the files cover and that has no row is 0.

    Args:
        rule: `poisson`, `published` or `relative`, the last with its error.
        doubtful: why a format does not trust the sum of a quarter, or "".
    """
    lines = []
    quarters = tally.sums()
    covered = tally.covered()
    for quarter in sorted(covered):
        sums = quarters.get(quarter, Sums())
        if rule == "published":
            low, high = sums.low, sums.high
        elif rule == "relative":
            low, high = (1 - error) * sums.total, (1 + error) * sums.total
        else:
            size = sums.squares / sums.total if sums.total else 1.0
            low, high = poisson_interval(sums.total / size, size)
        doubts = [*tally.gaps(quarter, covered[quarter]), doubtful(quarter, sums)]
        notes = tally.notes(quarter)
        unsure = any(doubts) or (bool(notes) and not sums.total)
        lines.append(_line(quarter, sums.total, low, high, sums.rows, unsure, doubts + notes))
    says = {
        "published": "sums of the published low and high estimates",
        "relative": f"the value, {100 * error:g} % on either side",
        "poisson": "exact Poisson interval of 90 %; for sums, of as many equal parts as scatter so",
    }
    return loaded(tally, lines, measure, says[rule], *tally.ends())


def averaged(tally: Tally, measure: str) -> Loaded:
    """Means by quarter; a quarter without a row is left open."""
    lines = []
    covered = tally.covered()
    for quarter, sums in sorted(tally.sums().items()):
        mean = sums.total / sums.rows
        doubts = tally.gaps(quarter, covered[quarter])
        half = 0.0
        if sums.rows > 1:
            spread = max(sums.squares - sums.rows * mean**2, 0.0) / (sums.rows - 1)
            half = NINETY * math.sqrt(spread / sums.rows)
        else:
            doubts = [*doubts, "one event: no interval"]
        notes = doubts + tally.notes(quarter)
        low, high = mean - half, mean + half
        lines.append(_line(quarter, mean, low, high, sums.rows, any(doubts), notes))
    says = "interval of 90 % for the mean from the scatter of its events"
    return loaded(tally, lines, measure, says, *tally.ends())


def _line(
    quarter: int, value: float, low: float, high: float, rows: int, unsure: bool, notes: list[str]
) -> Line:
    said = "; ".join(note for note in notes if note)
    status = "doubtful" if unsure else "used"
    return Line(quarter_name(quarter), value, low, high, rows, status, said)


def loaded(
    tally: Tally, lines: list[Line], measure: str, interval: str, first: str, last: str
) -> Loaded:
    columns = ("quarter", "value", "low", "high", "rows", "status", "note")
    rows = [tuple(getattr(line, name) for name in columns) for line in lines]
    frame = pd.DataFrame.from_records(rows, columns=columns)
    dropped = tuple(
        Dropped(reason, one.count, one.example, tuple(sorted(one.names)))
        for reason, one in tally.dropped.items()
        if one.count
    )
    return Loaded(frame, dropped, tally.rows, tally.kept, measure, interval, (first, last))


# ---------------------------------------------------------------- what is added up

Span = tuple[datetime, datetime]
"""A stretch of time: when it begins, and when it is over."""

Days = tuple[date, date]
"""First and last day."""

EVER: Days = (date.min, date.max)


def whole_days(first: date, last: date | None = None) -> Span:
    end = last or first
    return (
        datetime(first.year, first.month, first.day),
        datetime(end.year, end.month, end.day) + timedelta(1),
    )


@dataclass(frozen=True, slots=True)
class Event:
    """A row that is kept.

    Attributes:
        seen: the time of which the row shows that its file was asked for it.
        square: what it adds to the sum of squares; the value's own where None.
        version: later ones of the same id count; None where not known.
        same: what an event in another file has to share to be this one; empty: only the id.
        place: the country that it is in, for what files cover.
    """

    id: str
    day: date
    seen: Span
    value: float
    low: float = 0.0
    high: float = 0.0
    square: float | None = None
    version: float | None = None
    same: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A row that is left out: why, and what stood there.

    Attributes:
        may: days that it may belong to for all that is known; None: it is none of what was asked.
    """

    reason: str
    shown: str
    seen: Span | None = None
    may: Days | None = None
    id: str = ""
    version: float | None = None


Picked = Event | Left
Pick = Callable[[list[str]], Picked]


@dataclass
class Sums:
    rows: int = 0
    total: float = 0.0
    squares: float = 0.0
    low: float = 0.0
    high: float = 0.0
    days: dict[date, float] = field(default_factory=dict)
    """Values by day."""
    flows: dict[date, int] = field(default_factory=dict)
    """Rows by day."""


@dataclass
class Reason:
    count: int = 0
    example: str = ""
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of an id: its event, or None where its newest row is left out."""

    event: Event | None
    version: float | None
    file: int
    example: str


@dataclass
class Tally:
    """What has been read so far.

    Attributes:
        quiet: this many quarters on end may have no row of any kind; with more of them the files
            do not show that they were asked for that time.
        spans: the time that files cover, by place that was asked for ("" where none was).
        busy: rows of any kind by quarter.
        stated: since and until were both given, so that the files were asked for that time.
        doubts: rows left out that may belong to a quarter, by reason and quarters.
        said: notes on quarters.
    """

    files: tuple[Path, ...]
    quiet: int = 3
    rows: int = 0
    kept: int = 0
    dropped: dict[str, Reason] = field(default_factory=dict)
    events: dict[str, Kept] = field(default_factory=dict)
    spans: dict[str, list[Span]] = field(default_factory=dict)
    busy: Counter[int] = field(default_factory=Counter)
    stated: bool = False
    doubts: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    unsure: dict[int, list[str]] = field(default_factory=dict)
    said: dict[int, list[str]] = field(default_factory=dict)

    def drop(self, left: Left, where: str, count: int = 1) -> None:
        """Count a row that is left out; `where` is its file and line."""
        one = self.dropped.setdefault(left.reason, Reason())
        one.example = one.example or f"{where}: {short(left.shown) or 'nothing'}"
        one.count += count
        if left.reason.startswith("another ") and len(one.names) < _MOST_SHOWN:
            one.names.add(short(left.shown))
        if left.may:
            first, last = (quarter_of(day) for day in left.may)
            self.doubts[left.reason, first, last] += count

    def let_go(self, key: str, reason: str) -> None:
        """Drop an event that was kept."""
        kept = self.events[key]
        if kept.event is not None:
            self.kept -= 1
            where, _, _ = kept.example.rpartition(": ")
            self.drop(Left(reason, kept.event.id), where)
            self.events[key] = Kept(None, kept.version, kept.file, kept.example)

    def add(self, picked: Picked, file: int, where: str) -> None:
        """Take a row in: the newest of an id counts, whether it is kept or left out."""
        event = picked if isinstance(picked, Event) else None
        if isinstance(picked, Left):
            self.drop(picked, where)
        before = self.events.get(picked.id) if picked.id else None
        if before is None:
            if event or (picked.id and picked.version is not None):
                self.events[picked.id] = Kept(event, picked.version, file, f"{where}: {picked.id}")
                self.kept += event is not None
            return
        if before.version != picked.version and None not in (before.version, picked.version):
            self._by_version(before, picked, file, where)
        elif event and before.event:
            differ = (event.day, event.value, event.low, event.high) != (
                before.event.day,
                before.event.value,
                before.event.low,
                before.event.high,
            )
            more = ", with other numbers" if differ else ""
            self.drop(Left(f"an id a second time{more}", event.id), where)
            for day in {event.day, before.event.day} if differ else ():
                self.doubt(day, f"{event.id} stands in the files twice, with other numbers")
        elif event:
            self.drop(Left("an id a second time, first left out", event.id), where)
            self.doubt(event.day, f"{event.id} stands in the files twice, once left out")
        elif before.event:
            note = f"{picked.id} stands in the files twice, once left out"
            self.doubt(before.event.day, note)

    def _by_version(self, before: Kept, picked: Picked, file: int, where: str) -> None:
        event = picked if isinstance(picked, Event) else None
        newer = (picked.version or 0.0) > (before.version or 0.0)
        if newer:
            self.let_go(picked.id, "an older version of an id")
            self.events[picked.id] = Kept(event, picked.version, file, f"{where}: {picked.id}")
            self.kept += event is not None
        elif event:
            self.drop(Left("an older version of an id", picked.id), where)

    def doubt(self, day: date, note: str) -> None:
        """A note that makes a quarter doubtful."""
        notes = self.unsure.setdefault(quarter_of(day), [])
        if note not in notes and len(notes) < _MOST_NOTES:
            notes.append(note)

    def say(self, day: date, note: str) -> None:
        """A note on a quarter that is used all the same."""
        notes = self.said.setdefault(quarter_of(day), [])
        if note not in notes and len(notes) < _MOST_NOTES:
            notes.append(note)

    def sums(self) -> dict[int, Sums]:
        found: dict[int, Sums] = {}
        for kept in self.events.values():
            if event := kept.event:
                sums = found.setdefault(quarter_of(event.day), Sums())
                sums.rows += 1
                sums.total += event.value
                sums.squares += event.value**2 if event.square is None else event.square
                sums.low += event.low
                sums.high += event.high
                sums.flows[event.day] = sums.flows.get(event.day, 0) + 1
                sums.days[event.day] = sums.days.get(event.day, 0.0) + event.value
        return found

    def covered(self) -> dict[int, dict[str, float]]:
        """Days of quarters that files cover, by place; time in two files counts once."""
        found: dict[int, dict[str, float]] = {}
        for place, spans in self.spans.items():
            for quarter, days in _days_by_quarter(spans).items():
                found.setdefault(quarter, {})[place] = days
        return found

    def gaps(self, quarter: int, days: Mapping[str, float]) -> list[str]:
        """Why the files do not show all of a quarter of which they cover these days, by place."""
        found = list(self.unsure.get(quarter, ()))
        whole = (first_day(quarter + 1) - first_day(quarter)).days
        least = min(self.spans, key=lambda place: days.get(place, 0.0), default="")
        covered = days.get(least, 0.0)
        if whole - covered > UNCOVERED_DAYS:
            where = f" for {least}" if len({days.get(place) for place in self.spans}) > 1 else ""
            hours = 96  # quarter hours in a day
            if covered == int(covered):
                found.append(f"the files cover {covered:g} of its {whole} days{where}")
            else:
                shown = f"{hours * covered:.0f} of its {hours * whole} quarter hours"
                found.append(f"the files cover {shown}{where}")
        if not self.stated:
            found += self._apart(quarter)
        return found

    def _apart(self, quarter: int) -> list[str]:
        """Why a quarter is not shown to be in what the files were asked for."""
        parts = _parts(self.busy, self.quiet)
        part = next((part for part in parts if part[0] <= quarter <= part[-1]), None)
        if part is None:
            return ["no row of any kind: the files may not have been asked for it"]
        rows = [sum(self.busy[q] for q in one) for one in parts]
        most = max(rows)
        if sum(self.busy[q] for q in part) < _FEW * most:
            return ["only a few rows, apart from all others: the files may not hold all of it"]
        return []

    def notes(self, quarter: int) -> list[str]:
        """What else is to be known of a quarter: rows left out that may belong to it."""
        counts: Counter[str] = Counter()
        for (reason, first, last), count in self.doubts.items():
            if first <= quarter <= last:
                counts[reason] += count
        left = [f"{count} left out that may belong here: {why}" for why, count in counts.items()]
        return [*self.said.get(quarter, ()), *left]

    def ends(self) -> tuple[str, str]:
        spans = [span for some in self.spans.values() for span in some]
        last = max(last for _, last in spans) - timedelta(microseconds=1)
        return str(min(first for first, _ in spans).date()), str(last.date())


def _days_by_quarter(spans: Iterable[Span]) -> dict[int, float]:
    days: dict[int, float] = {}
    reached = datetime.min
    for first, last in sorted(spans):
        at = max(first, reached)
        while at < last:
            quarter = quarter_of(at.date())
            after = min(datetime.combine(first_day(quarter + 1), datetime.min.time()), last)
            days[quarter] = days.get(quarter, 0.0) + (after - at) / timedelta(1)
            at = after
        reached = max(reached, last)
    return {quarter: round(count, 6) for quarter, count in days.items()}


def _parts(busy: Mapping[int, int], quiet: int) -> list[list[int]]:
    """Quarters with rows, parted where more than `quiet` on end have none."""
    parts: list[list[int]] = []
    for quarter in sorted(busy):
        if parts and quarter - parts[-1][-1] - 1 <= quiet:
            parts[-1].append(quarter)
        else:
            parts.append([quarter])
    return parts


@dataclass(frozen=True)
class Asked:
    """What is asked for, and what the file at hand shows that it was asked for.

    Attributes:
        places: countries as asked; what no file of a place says is not known.
        kind: an event type or status, or "".
        shown: filled by the rows of a file with the places and the kind that came up.
    """

    places: tuple[str, ...] = ()
    kind: str = ""
    shown: set[str] = field(default_factory=set)

    def covering(self) -> list[str]:
        """Places of which the file at hand shows that it was asked for them."""
        if self.kind and self.kind not in self.shown:
            return []
        return [place for place in self.places if place in self.shown] if self.places else [""]


@dataclass
class FileTime:
    """What the rows of one file show of its time."""

    first: datetime = datetime.max
    last: datetime = datetime.min
    busy: Counter[int] = field(default_factory=Counter)
    pieces: dict[str, set[Span]] = field(default_factory=dict)

    def see(self, seen: Span) -> None:
        self.first, self.last = min(self.first, seen[0]), max(self.last, seen[1])
        self.busy[quarter_of(seen[0].date())] += 1


def gather(
    paths: Paths,
    open_table: Callable[[Path], Table],
    pick_from: Callable[[Header], Pick],
    since: str,
    until: str,
    asked: Asked,
    quiet: int = 3,
    by_row: Callable[[Header], bool] = lambda header: False,
) -> Tally:
    """Take in the rows that are picked; what files cover goes by all of their rows.

    Args:
        quiet: see `Tally`.
        by_row: whether each row of a file covers its own time only, as in a table by month.
    """
    begin, end = limit("since", since), limit("until", until)
    tally = Tally(as_paths(paths), quiet, stated=bool(begin and end))
    for number, file in enumerate(tally.files):
        header, rows = open_table(file)
        pick = pick_from(header)
        asked.shown.clear()
        time = FileTime()
        alone = by_row(header)
        for line, row in whole_rows(rows, len(header.names), tally, file):
            tally.rows += 1
            picked = pick(row)
            seen = picked.seen
            if seen and _outside(seen, begin, end):
                shown = str(seen[0].date())
                picked = Left(
                    "outside since and until", shown, id=picked.id, version=picked.version
                )
            elif seen:
                time.see(seen)
                if alone and isinstance(picked, Event):
                    time.pieces.setdefault(picked.place, set()).add(seen)
            tally.add(picked, number, f"{file.name}:{line}")
        if time.first < time.last and (places := asked.covering()):
            tally.busy.update(time.busy)
            for place in places:
                whole = {(time.first, time.last)}
                pieces = time.pieces.get(place, set()) if alone else whole
                if pieces:
                    tally.spans.setdefault(place, []).extend(pieces)
    _state(tally, begin, end)
    _leave_uncovered(tally)
    return tally


def _outside(seen: Span, begin: date | None, end: date | None) -> bool:
    return bool((begin and seen[0].date() < begin) or (end and seen[0].date() > end))


def _state(tally: Tally, begin: date | None, end: date | None) -> None:
    """Since and until say from when to when files were asked for."""
    for spans in tally.spans.values():
        spans.sort()
        if begin:
            spans[0] = (whole_days(begin)[0], spans[0][1])
        if end:
            i = max(range(len(spans)), key=lambda i: spans[i][1])
            spans[i] = (spans[i][0], whole_days(end)[1])


def _leave_uncovered(tally: Tally) -> None:
    covered = tally.covered()
    for key, kept in list(tally.events.items()):
        if kept.event and quarter_of(kept.event.day) not in covered:
            tally.let_go(key, "an event long before or after what the files cover")


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
    left = Left(reason, f"{fields} rather than {width}", may=EVER)
    tally.drop(left, f"{file.name}:{line}", weight)


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
    most = sorted(tally.dropped.items(), key=lambda item: -item[1].count)[:3]
    why = "; ".join(f"{why}: {one.count}, such as {one.example}" for why, one in most)
    raise SeriesError(f"found nothing to keep among {tally.rows} rows; dropped: {why}")


def other_country(
    name: str, countries: Countries, may: Days
) -> tuple[str, str] | tuple[str, str, Days]:
    """Why a row is left out that is in none of the countries asked for."""
    if not name:
        return "no country", "", may
    if countries.like(name):
        return f"another country, {name}", name, may
    return "another country", name


_EITHER = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")


def possible_days(text: str, row: list[str], year: int | None = None) -> Days:
    """First and last day that a text may mean: that day, or what the column of the year says."""
    if day := written_day(text):
        return day, day
    if match := _EITHER.fullmatch(text):
        a, b, y = (int(part) for part in match.groups())
        both = (iso_day(f"{y}-{m:02d}-{d:02d}") for m, d in ((a, b), (b, a)))
        if days := sorted(day for day in both if day):
            return days[0], days[-1]
    number = row[year] if year is not None else ""
    if not number.isdecimal() or not 1900 <= int(number) <= 2100:
        return EVER
    return date(int(number), 1, 1), date(int(number), 12, 31)


def check_countries(tally: Tally, countries: Countries) -> None:
    """Raise where a country that was asked for came up in no row."""
    for wanted in countries.missing():
        names = countries.known()
        hint = nearest(wanted, names)
        code = next((code for name, code in names.items() if code and f'"{name}"' in hint), "")
        if code:
            hint = f"{hint.removesuffix('?')} ({code})?"
        found = f'no "{wanted}" among {tally.rows} rows'
        raise SeriesError(
            f"country: found {found}; allowed: {listed(sorted(map(quoted, names)))}{hint}"
        )


def quoted(name: str) -> str:
    """A name as it stands in a row of names: with a comma in it in quotes."""
    return f'"{name}"' if "," in name else name


def _fits(wanted: str, name: str, part: bool) -> bool:
    return wanted.casefold() in name.casefold() if part else wanted.casefold() == name.casefold()


def note_names(names: dict[str, None], more: Iterable[str]) -> None:
    """Names that came up, for the question which one was meant."""
    if len(names) < _MOST_NAMES:
        names.update((name, None) for name in more if name)


def quarter_of(day: date) -> int:
    return 4 * day.year + (day.month - 1) // 3


def first_day(quarter: int) -> date:
    return date(quarter // 4, 3 * (quarter % 4) + 1, 1)
