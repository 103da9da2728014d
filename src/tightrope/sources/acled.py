"""ACLED exports, event by event, and tables of its counts by month."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime

from tightrope.sources.countries import Countries, as_countries
from tightrope.sources.tally import (
    EVER,
    Asked,
    Event,
    Left,
    Loaded,
    Pick,
    check_countries,
    check_kept,
    gather,
    note_names,
    other_country,
    possible_days,
    summed,
    whole_days,
)
from tightrope.sources.textfile import (
    CODES,
    Header,
    Paths,
    SeriesError,
    count,
    file_error,
    iso_day,
    month_number,
    one_of,
    open_csv,
    real,
    written_day,
)

_WHO = ("actor1", "assoc_actor_1", "actor2", "assoc_actor_2")
_KINDS = ("event_type", "sub_event_type")
_NEEDED = ("event_id_cnty", "event_date", *_KINDS, *_WHO, "country", "fatalities")


def load_acled(
    path: Paths,
    *,
    country: str | Sequence[str] = "",
    actor: str = "",
    event_type: str = "",
    measure: str = "events",
    since: str = "",
    until: str = "",
) -> Loaded:
    """ACLED data export, CSV, or a table of its counts by month.

    Layout: ACLED Codebook, columns as in the export tool (acleddata.com). `country` is a name, a
    code or several of them. `actor` is a part of the name of either actor or of those associated
    with them; `event_type` an event type or a sub-event type; both in any case. Of an id in several
    exports the newest row counts, by the column timestamp.

    Tables by month are those of the Humanitarian Data Exchange: with reference_period_start, or
    with month and year; events and fatalities. They know no actors. Their event types overlap:
    without `event_type` it is political_violence.
    """
    one_of("measure", measure, ("events", "fatalities"))
    countries = as_countries(country)
    actors: dict[str, None] = {}
    types: dict[str, None] = {}
    levels: dict[tuple[str, str], str] = {}
    asked = Asked(countries.wanted, event_type.casefold())

    def pick_from(header: Header) -> Pick:
        if _by_month(header):
            if actor:
                raise SeriesError(f'actor: found "{actor}"; allowed: none, in a table by month')
            return _pick_month(header, countries, event_type, measure, types, levels, asked)
        return _pick_event(header, countries, actor, event_type, measure, actors, types, asked)

    found = gather(path, open_csv, pick_from, since, until, asked, by_row=_by_month)
    check_countries(found, countries)
    check_kept(found, ("event_type", event_type, types), ("actor", actor, actors))
    called = "events in a quarter" if measure == "events" else "reported fatalities in a quarter"
    return summed(found, called, "poisson")


def _pick_event(
    header: Header,
    countries: Countries,
    actor: str,
    event_type: str,
    measure: str,
    actors: dict[str, None],
    types: dict[str, None],
    asked: Asked,
) -> Pick:
    at = header.places(_NEEDED)
    iso3, year, stamp = header.find(*CODES), header.find("year"), header.find("timestamp")

    def pick(row: list[str]) -> Event | Left:
        day = written_day(row[at["event_date"]])
        seen = whole_days(day) if day else None
        around = possible_days(row[at["event_date"]], row, year)
        key, country = row[at["event_id_cnty"]], row[at["country"]]
        version = _version(row[stamp]) if stamp is not None else None

        def left(reason: str, shown: str, may: tuple[date, date] | None = None) -> Left:
            return Left(reason, shown, seen, may, key, version)

        found = [row[at[name]] for name in _KINDS]
        asked.shown.update(kind.casefold() for kind in found)
        place = countries.match(country, row[iso3] if iso3 is not None else "")
        if place is None:
            return left(*other_country(country, countries, around))
        asked.shown.add(place)
        note_names(types, found)
        if event_type and event_type.casefold() not in [kind.casefold() for kind in found]:
            return left("another event type", found[0])
        names = [row[at[name]] for name in _WHO]
        note_names(actors, names)
        if actor and not any(actor.casefold() in name.casefold() for name in names):
            return left("another actor", names[0])
        if day is None:
            return left("a day that cannot be read", row[at["event_date"]], around)
        if not key:
            return left("no event id", "", around)
        value = count(row[at["fatalities"]]) if measure == "fatalities" else 1.0
        if value is None:
            return left("fatalities that are no count", row[at["fatalities"]], around)
        return Event(key, day, whole_days(day), value, version=version)

    return pick


def _version(text: str) -> float | None:
    """A timestamp: seconds, or a day with or without a time."""
    if (day := iso_day(text)) is None:
        return real(text)
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).timestamp()
    except ValueError:
        return datetime(day.year, day.month, day.day).timestamp()


# ---------------------------------------------------------------- tables by month

_PERIOD = ("reference_period_start", "reference_period_end")
_REGIONS = (
    ("admin1_code", "admin1_name", "admin1", "provider_admin1_name"),
    ("admin2_code", "admin2_name", "admin2", "provider_admin2_name"),
)


def _by_month(header: Header) -> bool:
    dated = header.find(_PERIOD[0]) is not None or None not in (
        header.find("month"),
        header.find("year"),
    )
    return dated and header.find("event_id_cnty") is None and header.find("fatalities") is not None


def _pick_month(
    header: Header,
    countries: Countries,
    event_type: str,
    measure: str,
    types: dict[str, None],
    levels: dict[tuple[str, str], str],
    asked: Asked,
) -> Pick:
    at = header.places(("events", "fatalities"))
    name, code = header.find("country", "location_name"), header.find(*CODES)
    if name is None and code is None:
        header.places(("country",))
    kind, level = header.find("event_type"), header.find("admin_level")
    regions = [[i for one in tier if (i := header.find(one)) is not None] for tier in _REGIONS]
    wanted = plain_kind(event_type or "political_violence")

    def pick(row: list[str]) -> Event | Left:
        days = _month(header, row)
        seen = whole_days(*days) if days else None
        named, coded = (row[i] if i is not None else "" for i in (name, code))
        place = countries.match(named, coded)
        if place is None:
            return Left(*other_country(named or coded, countries, days or EVER)[:2])
        if kind is not None:
            note_names(types, (row[kind],))
            if plain_kind(row[kind]) != wanted:
                return Left("another event type", row[kind])
        elif event_type:
            raise file_error(header.file, header.line, "no column event_type", "no --event-type")
        asked.shown.update((place, event_type.casefold()))
        if days is None:
            return Left("a month that cannot be read", " ".join(row[:6]), None, EVER)
        where = (named or coded, str(days[0]))
        region = ["|".join(row[i] for i in tier) for tier in regions]
        depth = row[level] if level is not None else str(sum(bool(r.strip("|")) for r in region))
        if levels.setdefault(where, depth) != depth:
            return Left("another administrative level of the same month", depth)
        events, deaths = count(row[at["events"]]), count(row[at["fatalities"]])
        value = events if measure == "events" else deaths
        if value is None:
            shown = row[at[measure]]
            return Left(f"{measure} that are no count", shown, seen, days)
        key = "|".join((*where, wanted, *region))
        # As many equal parts as there were events; a count's own square is that of its ones.
        square = value if measure == "events" else value * max(value / max(events or 1, 1), 1.0)
        return Event(key, days[0], whole_days(*days), value, square=square, place=place)

    return pick


def plain_kind(text: str) -> str:
    return text.casefold().replace(" ", "_")


def _month(header: Header, row: list[str]) -> tuple[date, date] | None:
    """The whole month of a row."""
    if (start := header.find(_PERIOD[0])) is not None:
        day = iso_day(row[start])
    else:
        month, year = header.find("month"), header.find("year")
        number = month_number(row[month]) if month is not None else None
        text = row[year] if year is not None else ""
        day = iso_day(f"{text}-{number:02d}-01") if number else None
    if day is None:
        return None
    last = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=1), day.replace(day=last)
