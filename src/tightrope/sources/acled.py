"""ACLED exports."""

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
    summed,
)
from tightrope.sources.textfile import Paths, count, one_of, open_csv, written_day


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
    one_of("measure", measure, ("events", "fatalities"))
    countries: dict[str, None] = {}
    actors: dict[str, None] = {}
    types: dict[str, None] = {}
    who = ("actor1", "assoc_actor_1", "actor2", "assoc_actor_2")
    kinds = ("event_type", "sub_event_type")
    needed = ("event_id_cnty", "event_date", *kinds, *who, "country", "fatalities")

    def pick_from(columns: list[str]) -> Pick:
        at = {name: columns.index(name) for name in needed}

        def pick(row: list[str]) -> Event | Left:
            day = written_day(row[at["event_date"]])
            if day is None:
                return Left("a day that cannot be read", row[at["event_date"]])
            left = other_country(row[at["country"]], country, countries, day)
            if left:
                return left
            names = [row[at[name]] for name in who]
            note_names(actors, names)
            if actor and not any(actor.casefold() in name.casefold() for name in names):
                return Left("another actor", names[0], day)
            found = [row[at[name]] for name in kinds]
            note_names(types, found)
            if event_type and event_type.casefold() not in [kind.casefold() for kind in found]:
                return Left("another event type", found[0], day)
            name = row[at["event_id_cnty"]].strip()
            if not name:
                return Left("no event id", "", day)
            if measure == "events":
                return Event(name, day, day, 1.0)
            deaths = count(row[at["fatalities"]])
            if deaths is None:
                return Left("fatalities that are no count", row[at["fatalities"]], day)
            return Event(name, day, day, deaths)

        return pick

    found = gather(path, lambda p: open_csv(p, needed), pick_from, since, until)
    check_kept(
        found,
        ("country", country, countries),
        ("actor", actor, actors),
        ("event_type", event_type, types),
    )
    called = "events in a quarter" if measure == "events" else "reported fatalities in a quarter"
    return summed(found, called, "poisson")
