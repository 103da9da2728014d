"""Where a case comes from, found by its files."""

from __future__ import annotations

from collections.abc import Mapping

from tightrope.case import Change
from tightrope.case.origin import Origin


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
