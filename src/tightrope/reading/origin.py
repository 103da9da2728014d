"""Where a case comes from, found by its files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from tightrope.case import Change
from tightrope.case.origin import Origin
from tightrope.reading.folder import ORIGIN, hash_of
from tightrope.reading.yamlfile import read_yaml


def find_origin(
    files: Mapping[str, bytes],
    log: tuple[Change, ...],
    packaged: Mapping[str, tuple[Mapping[str, bytes], tuple[Change, ...]]],
) -> Origin | None:
    """The packaged case that this is, or whose log it has entries of; None where there is none.

    files: bytes by name; packaged: files and log of each packaged case.
    """
    if ORIGIN in files:
        return _copied(files, {hash_of(theirs): name for name, (theirs, _) in packaged.items()})

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


def _copied(files: Mapping[str, bytes], known: Mapping[str, str]) -> Origin:
    """The case that a copy's note names, and the files that are no longer as they were copied.

    known: names of the package's cases by their hash.
    """
    note = read_yaml(files[ORIGIN], ORIGIN).fields(("case", "hash", "version", "files"))
    were = {name: node.text() for name, node in note["files"].mapping().items()}
    are = {n: hashlib.sha256(data).hexdigest() for n, data in files.items() if n != ORIGIN}
    differs = tuple(n for n in sorted(were.keys() | are.keys()) if were.get(n) != are.get(n))
    digest = note["hash"].text()
    return Origin(note["case"].text(), differs, 0, digest, known.get(digest) is not None)
