"""A case that somebody brings as a zip: unpacked within bounds, and read as data alone.

Nothing of it is run: a case with Python in it is refused, as everywhere in the studio. No name in
the zip leads out of its folder, no link is made, and what it unpacks to is counted while it is
read, not taken from what it says of itself.
"""

from __future__ import annotations

import io
import re
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tightrope.errors import UseError
from tightrope.studio import desk as desks
from tightrope.studio.answers import Studio
from tightrope.text.characters import quoted

MOST_FILES = 200
LARGEST = 8 << 20
"""Bytes that a zip may unpack to."""

WANTED = (".yaml", ".csv", ".py")
"""Endings of the files that a case is read from; others are left where they are."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_ALLOWED = "a zip of a case's folder, such as `tightrope new` makes"


def upload(studio: Studio, request: Request) -> Response:
    """Take a zip in as a case, and say where it stands."""
    with tempfile.TemporaryDirectory(dir=studio.desk.home / "work") as work:
        folder = unpacked(request.scope["body"], Path(work))
        kept = desks.take_in(studio.desk, str(folder))
    desks.show_always(studio.desk, kept.hash)
    return JSONResponse({"address": f"/case/{kept.hash}"})


def unpacked(data: bytes, work: Path) -> Path:
    """The folder of the case in a zip, made within `work`.

    Raises UseError for anything but a zip of plain files of a bounded size and number.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            entries = [e for e in file.infolist() if not e.is_dir()]
            if len(entries) > MOST_FILES:
                raise UseError(f"found {len(entries):,} files; allowed: up to {MOST_FILES}")
            paths = {entry.filename: _path(entry) for entry in entries}
            wanted = [e for e in entries if paths[e.filename].suffix in WANTED]
            top = _top([paths[e.filename] for e in wanted])
            folder = work / (top[-1] if top and _NAME.fullmatch(top[-1]) else "case")
            left = LARGEST
            for entry in wanted:
                inner = paths[entry.filename].parts[len(top) :]
                left -= _put(file, entry, folder.joinpath(*inner), left)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as problem:
        raise UseError(f"found no zip that can be read ({problem}); allowed: {_ALLOWED}") from None
    if not folder.is_dir():
        raise UseError(f"found a zip without a file of a case; allowed: {_ALLOWED}")
    return folder


def _path(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Where a file goes. Raises UseError for one that would go elsewhere, or is no plain file."""
    name = entry.filename
    path = PurePosixPath(name)
    odd = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if odd or kind not in (0, stat.S_IFREG) or entry.flag_bits & 1:
        what = f"found {quoted(name)}, which is no plain file within its folder"
        raise UseError(f"{what}; allowed: {_ALLOWED}")
    return path


def _top(paths: list[PurePosixPath]) -> tuple[str, ...]:
    """The folder that all files lie in."""
    found = []
    for parts in zip(*(path.parts[:-1] for path in paths), strict=False):
        if len(set(parts)) > 1:
            break
        found.append(parts[0])
    return tuple(found)


def _put(file: zipfile.ZipFile, entry: zipfile.ZipInfo, at: Path, left: int) -> int:
    """Unpack one file, of so many bytes at most; how many it had."""
    with file.open(entry) as packed:
        content = packed.read(left + 1)
    if len(content) > left:
        raise UseError(f"found more than {LARGEST:,} bytes in a zip; allowed: up to that")
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_bytes(content)
    return len(content)
