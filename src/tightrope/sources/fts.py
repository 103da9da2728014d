"""OCHA FTS flows."""

from __future__ import annotations

from tightrope.sources.tally import (
    Event,
    Left,
    Loaded,
    Pick,
    check_kept,
    gather,
    note_names,
    summed,
)
from tightrope.sources.textfile import Paths, iso_day, one_of, open_csv, real, share_of


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
    one_of("measure", measure, ("usd",))
    states = ("paid", "commitment", "pledge")
    if status:
        one_of("status", status, states)
    error = share_of(relative_error)
    wanted = (status,) if status else ("paid", "commitment")
    countries: dict[str, None] = {}
    needed = ("id", "date", "amountUSD", "destLocations", "status")

    def pick_from(columns: list[str]) -> Pick:
        at = {name: columns.index(name) for name in needed}
        boundary = columns.index("boundary") if "boundary" in columns else None

        def pick(row: list[str]) -> Event | Left:
            day = iso_day(row[at["date"]])
            if day is None:
                return Left("a day that cannot be read", row[at["date"]])
            places = [name.strip() for name in row[at["destLocations"]].split(",")]
            note_names(countries, places)
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
            amount = real(row[at["amountUSD"]])
            if amount is None or amount < 0:
                return Left("an amount that is missing or negative", row[at["amountUSD"]], day)
            if not row[at["id"]].strip():
                return Left("no flow id", "", day)
            return Event(row[at["id"]].strip(), day, day, amount)

        return pick

    found = gather(path, lambda p: open_csv(p, needed), pick_from, since, until)
    check_kept(found, ("country", country, countries))
    return summed(found, f"USD in a quarter, {' and '.join(wanted)}", "relative", error)
