"""UCDP GED and UCDP Candidate Events."""

from __future__ import annotations

from tightrope.sources.tally import (
    Event,
    Left,
    Loaded,
    Pick,
    check_kept,
    gather,
    note_names,
    other_country,
    quarter_of,
    summed,
)
from tightrope.sources.textfile import Paths, count, iso_day, one_of, open_csv

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
    one_of("measure", measure, ("events", "deaths"))
    countries: dict[str, None] = {}
    sides: dict[str, None] = {}
    needed = ("id", "date_start", "date_end", "country", "side_a", "side_b", "best", "high", "low")

    def pick_from(columns: list[str]) -> Pick:
        at = {name: columns.index(name) for name in needed}

        def pick(row: list[str]) -> Event | Left:
            start, end = iso_day(row[at["date_start"]]), iso_day(row[at["date_end"]])
            if start is None:
                return Left("a day that cannot be read", row[at["date_start"]])
            if end is None or end < start:
                return Left(
                    "a last day that cannot be read, or before the first",
                    row[at["date_end"]],
                    start,
                )
            names = row[at["side_a"]], row[at["side_b"]]
            left = other_country(row[at["country"]], country, countries, start)
            if left:
                return left
            note_names(sides, names)
            if side and not any(side.casefold() in name.casefold() for name in names):
                return Left("another side", " and ".join(names), start)
            if quarter_of(start) != quarter_of(end):
                return Left("began in one quarter and ended in another", f"{start} {end}", start)
            if not row[at["id"]].strip():
                return Left("no event id", "", start)
            if measure == "events":
                return Event(row[at["id"]].strip(), start, start, 1.0)
            low, best, high = (count(row[at[name]]) for name in ("low", "best", "high"))
            if low is None or best is None or high is None or not low <= best <= high:
                shown = ", ".join(row[at[name]] for name in ("low", "best", "high"))
                return Left("deaths (low, best, high) that are no counts in order", shown, start)
            return Event(row[at["id"]].strip(), start, start, best, low, high)

        return pick

    found = gather(path, lambda p: open_csv(p, needed, UCDP_COLUMNS), pick_from, since, until)
    check_kept(found, ("country", country, countries), ("side", side, sides))
    if measure == "events":
        return summed(found, "events in a quarter", "poisson")
    return summed(found, "deaths in a quarter, best estimate", "published")
