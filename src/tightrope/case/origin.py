"""Where a case comes from, by its files: only what can be computed is said of its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tightrope.text.wording import counted, joined

if TYPE_CHECKING:
    from tightrope.case import Case, Change


@dataclass(frozen=True)
class Origin:
    """A case that comes with the package, and how the files of another stand to its files.

    Attributes:
        name: of the case that comes with the package.
        differs: files that differ, or that only one of the two has; none: it is that case.
        entries: so many entries of the log are those of that case.
    """

    name: str
    differs: tuple[str, ...]
    entries: int


def find_origin(
    files: Mapping[str, bytes],
    log: tuple[Change, ...],
    packaged: Mapping[str, tuple[Mapping[str, bytes], tuple[Change, ...]]],
) -> Origin | None:
    """The packaged case that this is, or whose log it has entries of; None where there is none.

    files: bytes by name; packaged: files and log of each packaged case.
    """

    def words(entries: tuple[Change, ...]) -> list[tuple[str, ...]]:
        return [(e.date, e.changed, e.why, e.moved) for e in entries]  # not where they stand

    found = []
    for name, (theirs, entries) in packaged.items():
        names = sorted(files.keys() | theirs.keys())
        differs = tuple(n for n in names if files.get(n) != theirs.get(n))
        known = words(entries)
        shared = sum(entry in known for entry in words(log))
        if shared or not differs:
            found.append(Origin(name, differs, shared))
    return min(found, key=lambda o: (len(o.differs) > 0, -o.entries), default=None)


def sentences(case: Case) -> tuple[str, ...]:
    """What may be said of where the case and its log come from; nothing where nothing is known."""
    origin = case.origin
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
