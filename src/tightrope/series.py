"""Public data as they are published, added up by quarter into a table of observations.

Files are read line by line, so that their size does not matter. No row is lost silently: each is
kept, or counted under the reason for which it was dropped, with the first one as an example.
Whatever cannot be the format at all is one SeriesError with the file and the line.
"""

from __future__ import annotations

import csv
import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.special import gammaincinv

from tightrope.case import UseError, quarter_name, quarter_number
from tightrope.notebook import Told
from tightrope.plain import csv_rows
from tightrope.reading.nouns import is_date, is_quarter
from tightrope.reading.record import COLUMNS
from tightrope.reading.yamlfile import listed, nearest, short

Paths = str | Path | Sequence[str | Path]

UNCOVERED_DAYS = 14
"""Days of a quarter that may lie outside what the files cover; with more it is doubtful."""

_LONGEST_LINE = 1 << 20
_MOST_NAMES = 5000
_LARGEST_NUMBER = 1e30
_HALF = 1.6449  # standard deviations on either side of 90 %


class SeriesError(UseError):
    """A file of public data that cannot be read, or an option that fits nothing in it."""


@dataclass(frozen=True)
class Dropped:
    """Rows left out for one reason; the example is the first one: its file, line and text."""

    reason: str
    count: int
    example: str


@dataclass(frozen=True, eq=False, repr=False)
class Loaded(Told):
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


def load_series(form: str, path: Paths, **options: str | float | None) -> Loaded:
    """Read files in one of the published formats; options that are None or "" are as not given.

    Raises SeriesError; its message says what is allowed.
    """
    if form not in FORMATS:
        raise SeriesError(f'there is no format "{form}"; allowed: {listed(tuple(FORMATS))}')
    loader = FORMATS[form]
    known = tuple(inspect.signature(loader).parameters)[1:]
    given = {name: value for name, value in options.items() if value not in (None, "")}
    for name in given:
        if name not in known:
            what = f'the format {form} has no option "{name}"'
            raise SeriesError(f"{what}; allowed: {', '.join(known)}{nearest(name, known)}")
    return loader(path, **given)


# ---------------------------------------------------------------- formats


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
    _one_of("measure", measure, ("count", "goldstein", "tone"))
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
            day = _compact_day(row[1])
            if day is None:
                return Left("a day of the event that cannot be read", row[1])
            seen = day if old else _compact_day(row[added][:8])
            if seen is None:
                return Left("a day of entry that cannot be read", row[added])
            if not row[0].isdecimal():
                return Left("no event id", row[0], seen)
            _note_names(actors[0], (row[5],))
            _note_names(actors[1], (row[15],))
            for name, wanted, at in (("actor 1", actor1, 5), ("actor 2", actor2, 15)):
                if wanted and wanted != row[at + 2] and not row[at].startswith(wanted):
                    return Left(f"another {name}", row[at] or "nobody", seen)
            if code and row[28] != code:
                return Left("another event root code", row[28], seen)
            if column < 0:
                return Event(row[0], day, seen, 1.0)
            value = _real(row[column])
            if value is None or abs(value) > limit:
                return Left(f"no {measure} between -{limit:g} and {limit:g}", row[column], seen)
            return Event(row[0], day, seen, value)

        return pick

    found = _gather(path, _open_gdelt, pick_from, since, until)
    _check_kept(found, ("actor1", actor1, actors[0]), ("actor2", actor2, actors[1]))
    if measure == "count":
        return _summed(found, "events in a quarter", "poisson")
    called = "mean Goldstein scale" if measure == "goldstein" else "mean tone"
    return _averaged(found, f"{called} of the events in a quarter")


_UCDP_HEADER = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,"
    "conflict_name,dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,"
    "side_b_dset_id,side_b_new_id,side_b,number_of_sources,source_article,source_office,"
    "source_date,source_headline,source_original,where_prec,where_coordinates,where_description,"
    "adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,region,event_clarity,"
    "date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low,"
    "gwnoa,gwnob"
)
UCDP_COLUMNS = tuple(_UCDP_HEADER.split(","))
"""The 49 columns since version 18; some candidate releases come without a header."""


def load_ucdp(
    path: Paths,
    *,
    country: str = "",
    side: str = "",
    measure: str = "events",
    since: str = "",
    until: str = "",
) -> Loaded:
    """UCDP GED and UCDP Candidate Events, CSV.

    Layout: UCDP GED Codebook and UCDP Candidate Events Dataset Codebook (ucdp.uu.se/downloads).
    `side` is a part of the name of side A or B, in any case. An event that began in one quarter and
    ended in another is dropped, because what fell into which is not known. Deaths are the best
    estimate, with the sums of the published low and high ones as interval.
    """
    _one_of("measure", measure, ("events", "deaths"))
    countries: dict[str, None] = {}
    sides: dict[str, None] = {}
    needed = ("id", "date_start", "date_end", "country", "side_a", "side_b", "best", "high", "low")

    def pick_from(columns: list[str]) -> Pick:
        at = {name: columns.index(name) for name in needed}

        def pick(row: list[str]) -> Event | Left:
            start, end = _iso_day(row[at["date_start"]]), _iso_day(row[at["date_end"]])
            if start is None:
                return Left("a day that cannot be read", row[at["date_start"]])
            if end is None or end < start:
                return Left(
                    "a last day that cannot be read, or before the first",
                    row[at["date_end"]],
                    start,
                )
            names = row[at["side_a"]], row[at["side_b"]]
            left = _other_country(row[at["country"]], country, countries, start)
            if left:
                return left
            _note_names(sides, names)
            if side and not any(side.casefold() in name.casefold() for name in names):
                return Left("another side", " and ".join(names), start)
            if _quarter(start) != _quarter(end):
                return Left("began in one quarter and ended in another", f"{start} {end}", start)
            if not row[at["id"]].strip():
                return Left("no event id", "", start)
            if measure == "events":
                return Event(row[at["id"]].strip(), start, start, 1.0)
            low, best, high = (_count(row[at[name]]) for name in ("low", "best", "high"))
            if low is None or best is None or high is None or not low <= best <= high:
                shown = ", ".join(row[at[name]] for name in ("low", "best", "high"))
                return Left("deaths (low, best, high) that are no counts in order", shown, start)
            return Event(row[at["id"]].strip(), start, start, best, low, high)

        return pick

    found = _gather(path, lambda p: _open_csv(p, needed, UCDP_COLUMNS), pick_from, since, until)
    _check_kept(found, ("country", country, countries), ("side", side, sides))
    if measure == "events":
        return _summed(found, "events in a quarter", "poisson")
    return _summed(found, "deaths in a quarter, best estimate", "published")


def load_acled(
    path: Paths,
    *,
    country: str = "",
    actor: str = "",
    event_type: str = "",
    measure: str = "events",
    since: str = "",
    until: str = "",
) -> Loaded:
    """ACLED data export, CSV.

    Layout: ACLED Codebook, columns as in the export tool (acleddata.com). `actor` is a part of the
    name of either actor or of those associated with them; `event_type` an event type or a sub-event
    type; both in any case.
    """
    _one_of("measure", measure, ("events", "fatalities"))
    countries: dict[str, None] = {}
    actors: dict[str, None] = {}
    types: dict[str, None] = {}
    who = ("actor1", "assoc_actor_1", "actor2", "assoc_actor_2")
    kinds = ("event_type", "sub_event_type")
    needed = ("event_id_cnty", "event_date", *kinds, *who, "country", "fatalities")

    def pick_from(columns: list[str]) -> Pick:
        at = {name: columns.index(name) for name in needed}

        def pick(row: list[str]) -> Event | Left:
            day = _written_day(row[at["event_date"]])
            if day is None:
                return Left("a day that cannot be read", row[at["event_date"]])
            left = _other_country(row[at["country"]], country, countries, day)
            if left:
                return left
            names = [row[at[name]] for name in who]
            _note_names(actors, names)
            if actor and not any(actor.casefold() in name.casefold() for name in names):
                return Left("another actor", names[0], day)
            found = [row[at[name]] for name in kinds]
            _note_names(types, found)
            if event_type and event_type.casefold() not in [kind.casefold() for kind in found]:
                return Left("another event type", found[0], day)
            name = row[at["event_id_cnty"]].strip()
            if not name:
                return Left("no event id", "", day)
            if measure == "events":
                return Event(name, day, day, 1.0)
            deaths = _count(row[at["fatalities"]])
            if deaths is None:
                return Left("fatalities that are no count", row[at["fatalities"]], day)
            return Event(name, day, day, deaths)

        return pick

    found = _gather(path, lambda p: _open_csv(p, needed), pick_from, since, until)
    _check_kept(
        found,
        ("country", country, countries),
        ("actor", actor, actors),
        ("event_type", event_type, types),
    )
    called = "events in a quarter" if measure == "events" else "reported fatalities in a quarter"
    return _summed(found, called, "poisson")


def load_fts(
    path: Paths,
    *,
    country: str = "",
    status: str = "",
    measure: str = "usd",
    relative_error: float = 0.1,
    since: str = "",
    until: str = "",
) -> Loaded:
    """OCHA FTS flows, CSV.

    Layout: the files fts_incoming_funding_XXX.csv of the Humanitarian Data Exchange
    (data.humdata.org), whose second row holds HXL tags. `country` is a code as in destLocations
    (`AFG`). Without a status what is paid and what is committed count, as in FTS totals. A flow to
    several countries is dropped, because what went where is not known; so is one that leaves the
    country or stays within it, because it was counted when it came in.
    """
    _one_of("measure", measure, ("usd",))
    states = ("paid", "commitment", "pledge")
    if status:
        _one_of("status", status, states)
    error = _share(relative_error)
    wanted = (status,) if status else ("paid", "commitment")
    countries: dict[str, None] = {}
    needed = ("id", "date", "amountUSD", "destLocations", "status")

    def pick_from(columns: list[str]) -> Pick:
        at = {name: columns.index(name) for name in needed}
        boundary = columns.index("boundary") if "boundary" in columns else None

        def pick(row: list[str]) -> Event | Left:
            day = _iso_day(row[at["date"]])
            if day is None:
                return Left("a day that cannot be read", row[at["date"]])
            places = [name.strip() for name in row[at["destLocations"]].split(",")]
            _note_names(countries, places)
            inside = [name for name in places if name.casefold() == country.casefold()]
            if country and not any(places):
                return Left("no destination", "", day)
            if country and not inside:
                return Left("another destination", row[at["destLocations"]], day)
            if country and len(places) > 1:
                return Left("several destinations", row[at["destLocations"]], day)
            if boundary is not None and row[boundary].strip() in ("internal", "outgoing"):
                return Left("within or out of the country", row[boundary], day)
            state = row[at["status"]].strip().casefold()
            if state not in states:
                return Left("an unknown status", row[at["status"]], day)
            if state not in wanted:
                return Left("another status", state, day)
            amount = _real(row[at["amountUSD"]])
            if amount is None or amount < 0:
                return Left("an amount that is missing or negative", row[at["amountUSD"]], day)
            if not row[at["id"]].strip():
                return Left("no flow id", "", day)
            return Event(row[at["id"]].strip(), day, day, amount)

        return pick

    found = _gather(path, lambda p: _open_csv(p, needed), pick_from, since, until)
    _check_kept(found, ("country", country, countries))
    return _summed(found, f"USD in a quarter, {' and '.join(wanted)}", "relative", error)


def load_worldbank(
    path: Paths, *, country: str = "", indicator: str = "", relative_error: float = 0.05
) -> Loaded:
    """World Bank indicator CSV: four lines of preamble, a row per country, a column per year.

    Layout: the CSV download of an indicator's page (data.worldbank.org). Country and indicator are
    a code (`AFG`, `NY.GDP.MKTP.CD`) or a name. Years are kept as years; a year of a country counts
    as a row. The indicator may be left out where the file has one.
    """
    error = _share(relative_error)
    if not country:
        raise SeriesError("country: found nothing; allowed: a code such as AFG, or a name")
    tally = Tally()
    countries: dict[str, None] = {}
    indicators: dict[str, None] = {}
    values: dict[str, float] = {}
    taken = ""
    for file in _paths(path):
        columns, rows = _open_worldbank(file)
        years = [(i, name) for i, name in enumerate(columns) if re.fullmatch(r"[0-9]{4}", name)]
        if not years:
            raise _error(file, 5, "no year among the columns", "columns named by years")
        for line, row in _whole_rows(rows, len(columns), tally, file, len(years)):
            tally.rows += len(years)
            (name, code, title, label) = (cell.strip() for cell in row[:4])
            _note_names(countries, (code, name))
            left = None
            if not any(country.casefold() == one.casefold() for one in (name, code)):
                left = Left("another country", name)
            else:
                _note_names(indicators, (label, title))
                if indicator and indicator.casefold() not in (label.casefold(), title.casefold()):
                    left = Left("another indicator", label)
                elif taken and label != taken:
                    allowed = "one, or the option indicator"
                    raise _error(file, line, f"a second indicator, {label}", allowed)
                else:
                    taken = label
            for i, year in years:
                value = None if left else _real(row[i])
                if left:
                    tally.drop(left, file, line)
                elif not row[i].strip():
                    tally.drop(Left("no number", year), file, line)
                elif value is None:
                    tally.drop(Left("not a number", f"{year} {row[i]}"), file, line)
                elif year in values:
                    tally.drop(Left("a year a second time", year), file, line)
                else:
                    values[year] = value
                    tally.kept += 1
    _check_kept(tally, ("country", country, countries), ("indicator", indicator, indicators))
    lines = [
        (year, v, v - error * abs(v), v + error * abs(v), 1, "used", "")
        for year, v in sorted(values.items())
    ]
    first, last = f"{lines[0][0]}-01-01", f"{lines[-1][0]}-12-31"
    return _loaded(tally, lines, taken, f"the value, {100 * error:g} % on either side", first, last)


FORMATS: dict[str, Callable[..., Loaded]] = {
    "gdelt": load_gdelt,
    "ucdp": load_ucdp,
    "acled": load_acled,
    "worldbank": load_worldbank,
    "fts": load_fts,
}

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


def _summed(tally: Tally, measure: str, rule: str, error: float = 0.0) -> Loaded:
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
    return _loaded(tally, lines, measure, says[rule], *tally.ends())


def _averaged(tally: Tally, measure: str) -> Loaded:
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
    return _loaded(tally, lines, measure, says, *tally.ends())


def _loaded(
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
Table = tuple[list[str], Iterator[tuple[int, list[str]]]]


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
        sums = self.quarters.setdefault(_quarter(event.day), Sums())
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
                quarter = _quarter(day)
                after = min(_first_day(quarter + 1), last + timedelta(1))
                days[quarter] = days.get(quarter, 0) + (after - day).days
                day = after
            reached = max(reached, last + timedelta(1))
        return days

    def ends(self) -> tuple[str, str]:
        return str(min(first for first, _ in self.spans)), str(max(last for _, last in self.spans))


def _gather(
    paths: Paths,
    open_table: Callable[[Path], Table],
    pick_from: Callable[[list[str]], Pick],
    since: str,
    until: str,
) -> Tally:
    """Add up the rows that are picked; what files cover goes by all of their rows."""
    begin, end = _limit("since", since), _limit("until", until)
    tally = Tally()
    for file in _paths(paths):
        columns, rows = open_table(file)
        pick = pick_from(columns)
        first, last = date.max, date.min
        for line, row in _whole_rows(rows, len(columns), tally, file):
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


def _whole_rows(
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
        raise _error(file, bad[0], what, allowed)
    if bad:
        _drop_bad(bad, width, tally, file, weight)
    if not any_row:
        raise _error(file, 1, "no rows of data", "at least one row")


def _drop_bad(bad: tuple[int, int], width: int, tally: Tally, file: Path, weight: int) -> None:
    line, fields = bad
    tally.rows += weight
    reason = "too many or too few fields"
    tally.drop(Left(reason, f"{fields} rather than {width}"), file, line, weight)


def _gap(quarter: int, days: int) -> str:
    """A note where files cover too few days of a quarter."""
    whole = (_first_day(quarter + 1) - _first_day(quarter)).days
    return f"the files cover {days} of its {whole} days" if whole - days > UNCOVERED_DAYS else ""


def _check_kept(tally: Tally, *asked: tuple[str, str, Iterable[str]]) -> None:
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


def _other_country(cell: str, wanted: str, seen: dict[str, None], day: date) -> Left | None:
    name = cell.strip()
    _note_names(seen, (name,))
    if not name:
        return Left("no country", "", day) if wanted else None
    other = wanted and wanted.casefold() != name.casefold()
    return Left("another country", name, day) if other else None


def _note_names(names: dict[str, None], more: Iterable[str]) -> None:
    """Names that came up, for the question which one was meant."""
    if len(names) < _MOST_NAMES:
        names.update((name, None) for name in more if name)


# ---------------------------------------------------------------- files


def _paths(paths: Paths) -> tuple[Path, ...]:
    found = (paths,) if isinstance(paths, str | Path) else tuple(paths)
    if not found:
        raise SeriesError("found no file; allowed: at least one")
    return tuple(Path(path) for path in found)


def _error(file: Path, line: int, found: str, allowed: str, hint: str = "") -> SeriesError:
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


def _lines(file: Path, lax: bool = False) -> Iterator[str]:
    """The lines of a text file, one by one."""
    try:
        with file.open("rb") as handle:
            _sniff(file, handle.read(4096))
            handle.seek(0)
            number = 0
            while line := handle.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
                    raise _error(file, number, "a line of more than 1 MiB", "shorter lines")
                if b"\0" in line:
                    raise _error(file, number, "the byte 0x00", "text in UTF-8")
                try:
                    text = line.decode("utf-8", "replace" if lax else "strict")
                except UnicodeDecodeError as error:
                    found = f"the byte 0x{line[error.start]:02x}, which is not UTF-8"
                    raise _error(file, number, found, "text in UTF-8") from None
                yield text.removeprefix("\ufeff") if number == 1 else text
    except FileNotFoundError:
        raise SeriesError(f"{file}: found no such file") from None
    except (OSError, ValueError) as error:
        raise SeriesError(f"{file}: found something that cannot be read ({error})") from None


def _sniff(file: Path, head: bytes) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not text:
        raise _error(file, 1, "an empty file", "rows of data")
    for magic, found, allowed in _MAGIC:
        if head.startswith(magic):
            raise _error(file, 1, found, allowed)
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        found = "a web page or XML rather than data (a login or an error page?)"
        raise _error(file, 1, found, "the data file; download it again")
    if text.startswith((b"{", b"[")):
        raise _error(file, 1, "JSON", "the export as CSV")


def _records(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV that are not blank, each with the line on which it starts."""
    reader = csv.reader(_lines(file), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            open_quote = "end of data" in str(error) or "field limit" in str(error)
            found = "a quote that is not closed" if open_quote else f"a mistake ({error})"
            raise _error(file, line, found, "CSV; the file may be cut off") from None
        if row is None:
            return
        if row:
            yield line, row


def _open_csv(file: Path, needed: Sequence[str], standard: Sequence[str] = ()) -> Table:
    """A CSV with a header; with the standard columns where it comes without one."""
    records = _records(file)
    line, header = next(records, (1, [""]))
    columns = [name.strip() for name in header]
    if standard and len(columns) == len(standard) and columns[0].isdecimal():
        return list(standard), itertools.chain([(line, header)], records)
    _check_columns(file, line, columns, needed)
    return columns, _without_tags(records)


def _check_columns(file: Path, line: int, columns: list[str], needed: Sequence[str]) -> None:
    for mark, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if mark in columns[0]:
            found = f"columns separated by {called}"
            raise _error(file, line, found, "columns separated by commas")
    for name in needed:
        if name not in columns:
            found = f'no column "{name}" among {listed([short(column) for column in columns])}'
            allowed = f"a file with {', '.join(needed)}"
            raise _error(file, line, found, allowed, nearest(name, columns))
        if columns.count(name) > 1:
            raise _error(file, line, f'the column "{name}" twice', "each column once")


def _without_tags(records: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Rows of data after a row of HXL tags, where there is one."""
    first = next(records, None)
    if first is not None:
        filled = [cell for cell in first[1] if cell]
        if not filled or not all(cell.startswith("#") for cell in filled):
            yield first
    yield from records


def _open_worldbank(file: Path) -> Table:
    names = ["Country Name", "Country Code", "Indicator Name", "Indicator Code"]
    records = _records(file)
    for line, row in itertools.islice(records, 10):
        cells = [cell.strip() for cell in row]
        if cells[0] == "Country Name":
            if cells[:4] != names:
                _check_columns(file, line, cells, names)
                raise _error(file, line, listed(cells[:4]), f"{listed(names)} in this order")
            # Header and rows end in a comma; some exports leave it out in one of them.
            return (cells if cells[-1] else cells[:-1]), _without_last(records, len(cells), cells)
        if ";" in cells[0] or "\t" in cells[0]:
            _check_columns(file, line, cells, names)
    allowed = f"a World Bank indicator CSV, with {listed(names)} after four lines"
    raise _error(file, 1, "no row of column names", allowed)


def _without_last(
    records: Iterator[tuple[int, list[str]]], width: int, header: list[str]
) -> Iterator[tuple[int, list[str]]]:
    """Rows without the empty field after their last comma."""
    columns = width if header[-1] else width - 1
    for line, row in records:
        extra = len(row) == columns + 1 and not row[-1].strip()
        yield line, row[:-1] if extra else row


_OTHER_TABLES = {16: " (GDELT mentions have as many)", 27: " (the GDELT GKG has as many)"}


def _open_gdelt(file: Path) -> Table:
    def rows() -> Iterator[tuple[int, list[str]]]:
        for line, text in enumerate(_lines(file, lax=True), 1):
            if stripped := text.rstrip("\r\n"):
                yield line, stripped.split("\t")

    found = rows()
    line, first = next(found, (1, [""]))
    if len(first) not in (57, 58, 61):
        what = f"{len(first)} column{'s' if len(first) != 1 else ''} separated by tabs"
        what += _OTHER_TABLES.get(len(first), "")
        if len(first) == 1 and "," in first[0]:
            what = "columns separated by commas"
        raise _error(file, line, what, "57 or 58 (GDELT 1.0 events) or 61 (2.0) separated by tabs")
    if not first[0].isdecimal():
        allowed = "an event id first; these files have no header"
        raise _error(file, line, f'"{short(first[0])}"', allowed)
    return first, itertools.chain([(line, first)], found)


# ---------------------------------------------------------------- cells and options

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WRITTEN = re.compile(r"([0-9]{1,2})[ -]([A-Za-z]{3,9})[ -]([0-9]{4})")
_ISO = re.compile(r"((?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2})([ T][0-9:.]+Z?)?")
_REAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


def _iso_day(text: str) -> date | None:
    match = _ISO.fullmatch(text.strip())
    return date.fromisoformat(match[1]) if match and is_date(match[1]) else None


def _compact_day(text: str) -> date | None:
    if len(text) != 8 or not text.isdecimal() or not text.isascii():
        return None
    return _iso_day(f"{text[:4]}-{text[4:6]}-{text[6:]}")


def _written_day(text: str) -> date | None:
    """`02 January 2023` or `2023-01-02`. Not 01/02/2023: which is the month is anyone's guess."""
    match = _WRITTEN.fullmatch(text.strip())
    if not match:
        return _iso_day(text)
    word = match[2].lower()
    for number, month in enumerate(_MONTHS, 1):
        if word in (month, month[:3]):
            return _iso_day(f"{match[3]}-{number:02d}-{int(match[1]):02d}")
    return None


def _real(text: str) -> float | None:
    value = float(text) if _REAL.fullmatch(text := text.strip()) else math.nan
    return value if abs(value) < _LARGEST_NUMBER else None


def _count(text: str) -> float | None:
    """A whole number from 0 up."""
    value = _real(text)
    return value if value is not None and value >= 0 and value == int(value) else None


def _quarter(day: date) -> int:
    return 4 * day.year + (day.month - 1) // 3


def _first_day(quarter: int) -> date:
    return date(quarter // 4, 3 * (quarter % 4) + 1, 1)


def _limit(name: str, text: str) -> date | None:
    if text and not is_date(text):
        raise SeriesError(f'{name}: found "{short(text)}"; allowed: a date such as 2026-11-24')
    return date.fromisoformat(text) if text else None


def _one_of(name: str, found: str, allowed: Sequence[str]) -> None:
    if found not in allowed:
        hint = nearest(str(found), allowed)
        raise SeriesError(f'{name}: found "{found}"; allowed: {listed(allowed)}{hint}')


def _share(value: float) -> float:
    number = _real(str(value))
    if number is None or not 0 < number < 1:
        raise SeriesError(f"relative_error: found {value}; allowed: a number above 0 and below 1")
    return number
