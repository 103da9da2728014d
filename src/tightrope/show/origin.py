"""What may be said of where a case and its log come from."""

from __future__ import annotations

from tightrope.case import Case, Departure
from tightrope.case.origin import Origin
from tightrope.text.wording import counted, joined


def _departure(one: Departure) -> str:
    """What a case does otherwise than the one it takes, in a sentence."""
    thing = one.name if one.name == one.section else f"{one.name} in {one.section}"
    because = f": {one.why}" if one.why else ""
    if one.what == "off":
        return f"Taken away: {thing}{because}."
    if one.what == "added":
        return f"Added: {thing}{because}."
    moves = "; ".join(f"{path} from {was or 'nothing'} to {now}" for path, was, now in one.moves)
    return f"Changed: {thing} ({moves}){because}."


def _copy(origin: Origin) -> tuple[str, ...]:
    """Of a copy, by its note; only a case of the package is known to be what the note says."""
    of = "that comes with tightrope" if origin.known else f"of hash {origin.copied[:12]}"
    note = "" if origin.known else " So its note says; that case is not at hand."
    if not origin.differs:
        return (f"This is a copy of the case {origin.name} {of}, file for file.{note}",)
    changed = f"changed since: {joined(origin.differs)}"
    return (f"This is a copy of the case {origin.name} {of}, {changed}.{note}",)


def sentences(case: Case) -> tuple[str, ...]:
    """What may be said of where the case and its log come from; nothing where nothing is known."""
    if case.departures:
        count = counted(len(case.departures), "change")
        told = (_departure(d).replace("..", ".") for d in case.departures)
        return (f"This is the case {case.extends or case.name} with {count}.", *told)
    origin = case.origin
    if origin and origin.copied:
        return _copy(origin)
    if origin and not origin.differs:
        said = f"This is the case {origin.name} as it comes with tightrope, file for file."
        return (said, "The log is its authors' account of changes.") if case.log else (said,)
    if origin:
        log = f"The log is that of {origin.name}"
        if origin.entries < len(case.log):
            log = (
                f"Its log has {counted(origin.entries, 'entry', 'entries')} of {origin.name} among "
                f"{len(case.log)}"
            )
        return (
            f"This is a changed copy of the case {origin.name} that comes with tightrope; other "
            f"than there: {joined(origin.differs)}.",
            f"{log}; what it says of history is not checked here.",
        )
    if case.log:
        return ("What its log says of changes is the case's own account; it is not checked here.",)
    return ()
