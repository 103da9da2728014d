"""A full copy of a case, which knows where it comes from."""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from pathlib import Path

from tightrope.errors import UseError
from tightrope.reading.folder import ORIGIN, need_trust, read_files, shipped, shipped_folder
from tightrope.reading.yamlfile import Gather


def copy_case(name: str | Path, folder: Path, trust: bool = False) -> Path:
    """Copy a case's files into a new or empty folder, with a note of what they were.

    Raises UseError where something is there already, and what `load` raises for a case that is
    not there or not sound.
    """
    from tightrope.reading import load  # noqa: PLC0415  (it loads this package)

    case = load(name, trust)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UseError(f"{folder}: found something already; allowed: a new folder or an empty one")
    packaged = isinstance(name, str) and name in shipped()
    source = (shipped_folder() / name if packaged else Path(name)).resolve()
    need_trust(source, trust)
    with Gather() as got:
        files = read_files(source, got)
    files.pop(ORIGIN, None)
    for file, data in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(data)
    (folder / ORIGIN).write_text(_note(case.name, case.hash, files), encoding="utf-8")
    return folder


def _note(name: str, digest: str, files: dict[str, bytes]) -> str:
    lines = [
        "# Where this copy comes from, written when it was made: leave it as it is, so that",
        "# what is printed of its origin stays true.",
        f"case: {json.dumps(name)}",
        f"hash: {digest}",
        f"version: {json.dumps(metadata.version('tightrope'))}",
        "files:",
    ]
    lines += [
        f"  {json.dumps(file)}: {hashlib.sha256(data).hexdigest()}"
        for file, data in sorted(files.items())
    ]
    return "\n".join(lines) + "\n"
