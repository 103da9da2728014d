"""What a saved result follows from, as a key: where it is equal, nothing needs to be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tightrope.analyses.verdicts.calls import versions
from tightrope.case import Case
from tightrope.case.content import digest

PROGRAM = (".py", ".j2", ".css", ".js")
"""Endings of the files that the program itself is."""


def key(what: str, case: Case, options: Mapping[str, Any]) -> str:
    """Equal for results with equal files, but for the times in them; 64 characters.

    what: the command. options: all that it was asked for. "" for a case with functions of Python,
    which may read anything.
    """
    if digest(case) is None:
        return ""
    asked = sorted((name, str(value)) for name, value in options.items())
    package = Path(__file__).parents[1]
    parts = (what, case.hash, case.origin, asked, sorted(versions().items()), program(package))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def content(file: str) -> str:
    """A hash of a file, or of all CSV files in a folder; "" where there is neither."""
    path = Path(file)
    inside = sorted(path.rglob("*.csv")) if path.is_dir() else [path] if path.is_file() else []
    hashed = [(str(p), hashlib.sha256(p.read_bytes()).hexdigest()) for p in inside]
    return hashlib.sha256(repr(hashed).encode()).hexdigest() if hashed else ""


def program(package: Path) -> str:
    """A hash of a package's files: a line changed in what shows a result makes it anew, too."""
    whole = hashlib.sha256()
    for path in sorted(p for p in package.rglob("*") if p.suffix in PROGRAM):
        whole.update(f"{path.relative_to(package).as_posix()} ".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
