"""OCHA FTS flows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tightrope.quarters import quarter_name
from tightrope.sources.countries import Countries, as_countries
from tightrope.sources.tally import (
    Asked,
    Event,
    Left,
    Loaded,
    Pick,
    Sums,
    check_countries,
    check_kept,
    gather,
    possible_days,
    summed,
    whole_days,
)
from tightrope.sources.textfile import Header, Paths, iso_day, one_of, open_csv, real, share_of

_STATES = ("paid", "commitment", "pledge")
_DATES = {"flow": "date", "decision": "decisionDate", "report": "firstReportedDate"}
_BULK = 0.5
"""With more than this share of its money entered on one day a quarter is doubtful."""
_FEW = 0.01
"""Years with a smaller share of a file's flows do not show that it was asked for them."""


def load_fts(
    path: Paths,
    *,
    country: str | Sequence[str] = "",
    status: str = "",
    measure: str = "usd",
    relative_error: float = 0.1,
    date_of: str = "flow",
    since: str = "",
    until: str = "",
) -> Loaded:
    """OCHA FTS flows, CSV.

    Layout: the files fts_incoming_funding_XXX.csv of the Humanitarian Data Exchange
    (data.humdata.org), whose second row holds HXL tags. `country` is a code as in destLocations
    (`AFG`), a name or several of them. Without a status what is paid and what is committed count,
    as in FTS totals. A flow to several countries is dropped, because what went where is not known;
    so is one that leaves the country or stays within it, because it was counted when it came in.

    Quarters go by the date of the flow, or by that of the `decision` or the first `report`. A
    quarter outside the usage years of a file is doubtful: money of other years is not in it. So is
    one without any flow, and one whose money was mostly entered on one day.
    """
    one_of("measure", measure, ("usd",))
    one_of("date_of", date_of, tuple(_DATES))
    if status:
        one_of("status", status, _STATES)
    error = share_of(relative_error)
    wanted = (status,) if status else ("paid", "commitment")
    countries = as_countries(country)
    asked = Asked(countries.wanted, status)
    years: dict[int, int] = {}

    def pick_from(header: Header) -> Pick:
        return _pick(header, countries, wanted, _DATES[date_of], asked, years)

    # A whole quarter without any flow is no more likely than a file that was not asked for it.
    found = gather(path, open_csv, pick_from, since, until, asked, quiet=0)
    check_countries(found, countries)
    check_kept(found)
    held = _held(years)

    def doubtful(quarter: int, sums: Sums) -> str:
        day, most = max(sums.days.items(), key=lambda item: item[1], default=(date.min, 0.0))
        flows = sums.flows.get(day, 0)
        if flows > 1 and most > _BULK * sums.total:
            return f"{most:.10g} of its {sums.total:.10g} were entered on one day, {day}"
        if held and quarter // 4 not in held:
            shown = ", ".join(str(year) for year in sorted(held))
            return f"the files hold money to be used in {shown}, not all of {quarter_name(quarter)}"
        return ""

    called = f"USD in a quarter, {' and '.join(wanted)}"
    return summed(found, called, "relative", error, doubtful)


def _pick(
    header: Header,
    countries: Countries,
    wanted: Sequence[str],
    dated: str,
    asked: Asked,
    years: dict[int, int],
) -> Pick:
    at = header.places(("id", dated, "amountUSD", "destLocations", "status"))
    boundary = header.find("boundary")
    stamp = header.find("updatedAt")
    usage = header.find("destUsageYearStart"), header.find("destUsageYearEnd")

    def pick(row: list[str]) -> Event | Left:
        day = iso_day(row[at[dated]])
        seen = whole_days(day) if day else None
        may = possible_days(row[at[dated]], row)
        key = row[at["id"]]
        updated = iso_day(row[stamp]) if stamp is not None else None
        version = float(updated.toordinal()) if updated else None

        def left(reason: str, shown: str, may: tuple[date, date] | None = None) -> Left:
            return Left(reason, shown, seen, may, key, version)

        state = row[at["status"]].casefold()
        asked.shown.add(state)
        where = row[at["destLocations"]]
        places = [name.strip() for name in where.split(",") if name.strip()]
        inside = _inside(countries, where, places)
        if inside is None and not places:
            return left("no destination", "", may)
        if inside is None:
            return left("another destination", where)
        asked.shown.update(inside)
        _note_years(row, usage, years)
        if countries.wanted and len(inside) < len(places):
            return left("several destinations", where, may)
        if boundary is not None and row[boundary].casefold() in ("internal", "outgoing"):
            return left("within or out of the country", row[boundary])
        if state not in _STATES:
            return left("an unknown status", row[at["status"]], may)
        if state not in wanted:
            return left("another status", state)
        if day is None:
            return left("a day that cannot be read", row[at[dated]], may)
        amount = real(row[at["amountUSD"]])
        if amount is None or amount < 0:
            return left("an amount that is missing or negative", row[at["amountUSD"]], may)
        if not key:
            return left("no flow id", "", may)
        return Event(key, day, whole_days(day), amount, version=version)

    return pick


def _inside(countries: Countries, where: str, places: list[str]) -> list[str] | None:
    """Which of the countries asked for a flow goes to; None where to none of them."""
    whole = countries.match(*_name_or_code(where)) if "," not in where else None
    if whole is not None:
        return [whole]
    found = [countries.match(*_name_or_code(place)) for place in places]
    inside = [one for one in found if one is not None]
    return inside or (None if countries.wanted else [""])


def _name_or_code(text: str) -> tuple[str, str]:
    return ("", text) if len(text) == 3 and text.isupper() else (text, "")


def _held(years: dict[int, int]) -> set[int]:
    """Years whose money a file holds; none where most of its flows do not say of which it is."""
    most = max((flows for year, flows in years.items() if year), default=0)
    if years.get(0, 0) > most:
        return set()
    return {year for year, flows in years.items() if year and flows >= _FEW * most}


def _note_years(
    row: list[str], usage: tuple[int | None, int | None], years: dict[int, int]
) -> None:
    first, last = (row[i] if i is not None else "" for i in usage)
    if first.isdecimal() and (last or first).isdecimal():
        for year in range(int(first), min(int(last or first), int(first) + 20) + 1):
            years[year] = years.get(year, 0) + 1
    else:
        years[0] = years.get(0, 0) + 1
