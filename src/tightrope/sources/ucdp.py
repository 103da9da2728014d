"""UCDP GED and UCDP Candidate Events."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tightrope.sources.countries import Countries, as_countries
from tightrope.sources.tally import (
    UNCOVERED_DAYS,
    Asked,
    Event,
    Kept,
    Left,
    Loaded,
    Pick,
    Tally,
    check_countries,
    check_kept,
    first_day,
    gather,
    note_names,
    other_country,
    possible_days,
    quarter_of,
    summed,
    whole_days,
)
from tightrope.sources.textfile import CODES, Header, Paths, count, iso_day, one_of, open_csv

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


_NEEDED = ("id", "date_start", "date_end", "country", "side_a", "side_b", "best", "high", "low")


def load_ucdp(
    path: Paths,
    *,
    country: str | Sequence[str] = "",
    side: str = "",
    measure: str = "events",
    since: str = "",
    until: str = "",
) -> Loaded:
    """UCDP GED and UCDP Candidate Events, CSV.

    Layout: UCDP GED Codebook and UCDP Candidate Events Dataset Codebook (ucdp.uu.se/downloads);
    other publishers add a column iso3. `country` is a name, a code or several of them. `side` is a
    part of the name of side A or B, in any case. An event that began in one quarter and ended in
    another is dropped, because what fell into which is not known. Deaths are the best estimate,
    with the sums of the published low and high ones as interval. An event of the same days, sides
    and place in another file is the same: the newest release counts, as files' names tell it
    (v25_1), or else the file that goes over more time.
    """
    one_of("measure", measure, ("events", "deaths"))
    countries = as_countries(country)
    sides: dict[str, None] = {}
    asked = Asked(countries.wanted)

    def pick_from(header: Header) -> Pick:
        return _pick(header, countries, side, measure == "deaths", sides, asked)

    found = gather(path, lambda p: open_csv(p, UCDP_COLUMNS), pick_from, since, until, asked)
    check_countries(found, countries)
    _one_of_each(found)
    check_kept(found, ("side", side, sides))
    if measure == "events":
        return summed(found, "events in a quarter", "poisson")
    return summed(found, "deaths in a quarter, best estimate", "published")


def _pick(
    header: Header,
    countries: Countries,
    side: str,
    deaths: bool,
    sides: dict[str, None],
    asked: Asked,
) -> Pick:
    at = header.places(_NEEDED)
    iso3, year, region = header.find(*CODES), header.find("year"), header.find("adm_1")
    release = _release(header.file)

    def pick(row: list[str]) -> Event | Left:
        start, end = iso_day(row[at["date_start"]]), iso_day(row[at["date_end"]])
        seen = whole_days(start) if start else None
        around = possible_days(row[at["date_start"]], row, year)
        name, key = row[at["country"]], row[at["id"]]

        def left(reason: str, shown: str, may: tuple[date, date] | None = None) -> Left:
            return Left(reason, shown, seen, may, key, release)

        place = countries.match(name, row[iso3] if iso3 is not None else "")
        if place is None:
            return left(*other_country(name, countries, around))
        asked.shown.add(place)
        names = row[at["side_a"]], row[at["side_b"]]
        note_names(sides, names)
        if side and not any(side.casefold() in one.casefold() for one in names):
            return left("another side", " and ".join(names))
        if start is None:
            return left("a day that cannot be read", row[at["date_start"]], around)
        if end is None or end < start:
            what = "a last day that cannot be read, or before the first"
            return left(what, row[at["date_end"]], around)
        if quarter_of(start) != quarter_of(end):
            what = "began in one quarter and ended in another"
            return left(what, f"{start} {end}", (start, end))
        if not key:
            return left("no event id", "", around)
        low = best = high = 1.0
        if deaths:
            cells = [row[at[column]] for column in ("low", "best", "high")]
            known = [number for cell in cells if (number := count(cell)) is not None]
            if len(known) < 3 or sorted(known) != known:
                what = "deaths (low, best, high) that are no counts in order"
                return left(what, ", ".join(cells), around)
            low, best, high = known
        parts = (
            str(start),
            str(end),
            *sorted(names),
            name,
            row[region] if region is not None else "",
        )
        same = tuple(part.casefold() for part in parts)
        return Event(key, start, whole_days(start), best, low, high, None, release, same, name)

    return pick


def _release(file: Path) -> float | None:
    """25.003 for v25_0_3, 25.05 for v25_01_25_12 (candidates of a year), 25.1 for v25_1."""
    name = file.stem.lower().replace(".", "_").replace("-", "_")
    if match := re.search(r"v(\d\d)_\d\d_\d\d_\d\d", name):
        return int(match[1]) + 0.05
    if match := re.search(r"v?(\d\d)_0_(\d{1,2})(?!\d)", name):
        return int(match[1]) + int(match[2]) / 1000
    if match := re.search(r"v(\d\d)_(\d)(?!\d)|ged(\d\d)_?(\d)(?!\d)", name):
        return int(match[1] or match[3]) + int(match[2] or match[4]) / 10
    return None


def _one_of_each(tally: Tally) -> None:
    """Count what final and candidate files both hold once."""
    if len(tally.files) < 2:
        return
    by_file: dict[int, list[tuple[str, Kept]]] = defaultdict(list)
    for key, kept in tally.events.items():
        if kept.event:
            by_file[kept.file].append((key, kept))
    spans = {file: _span(events) for file, events in by_file.items()}

    def rank(file: int) -> tuple[float, int, int]:
        first, last = spans[file]
        return _release(tally.files[file]) or 0.0, (last - first).days, -file

    ranked = sorted(by_file, key=rank, reverse=True)
    taken: dict[tuple[str, ...], tuple[int, list[float]]] = {}
    for file in ranked:
        for key, kept in by_file[file]:
            if not kept.event:
                continue
            other, values = taken.setdefault(kept.event.same, (file, []))
            if other == file:
                values.append(kept.event.value)
                continue
            reason = "an event of another file too (same days, sides and place)"
            tally.let_go(key, reason)
            if kept.event.value not in values:
                counts, said = tally.files[other].name, tally.files[file].name
                numbers = f"{values[0]:g} in {counts}, which counts, {kept.event.value:g} in {said}"
                tally.say(kept.event.day, f"an event is {numbers}")
        _note_overlap(tally, by_file[file], file, [(f, spans[f]) for f in ranked])


def _span(events: list[tuple[str, Kept]]) -> tuple[date, date]:
    days = [kept.event.day for _, kept in events if kept.event]
    return min(days), max(days)


def _note_overlap(
    tally: Tally,
    events: list[tuple[str, Kept]],
    file: int,
    ranked: list[tuple[int, tuple[date, date]]],
) -> None:
    """Say where an older file has events of which a newer one of the same time knows nothing."""
    places = defaultdict(set)
    for kept in tally.events.values():
        if kept.event:
            places[kept.file].add(kept.event.place)
    for key, before in events:
        if (event := before.event) is None or tally.events[key].event is None:
            continue
        for other, (first, last) in ranked:
            if other == file:
                break
            quarter = quarter_of(event.day)
            within = min(last, first_day(quarter + 1)) - max(first, first_day(quarter))
            known = event.place in places[other] and first <= event.day <= last
            if known and within.days > UNCOVERED_DAYS:
                mine, theirs = tally.files[file].name, tally.files[other].name
                note = f"{mine} has events that {theirs}, which covers their days, has not"
                tally.doubt(event.day, note)
