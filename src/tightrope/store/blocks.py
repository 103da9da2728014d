"""What runs have given, on disk by key: shared by all analyses, commands and days.

One SQLite file in the user's cache folder. Several processes may use it at once; what was committed
outlives a kill at any moment; each entry carries a checksum. It is a cache: whatever is wrong with
it is said once, and the work goes on without it.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np

NAME = "runs.sqlite"

LIMIT = 1 << 30
"""Bytes of values; what was used least recently is thrown out beyond it."""

LEFT = 0.8
"""Part of the limit that is left after throwing out, so that it is not done at every turn."""

DAY = 24 * 3600
"""An entry's last use is noted to within so many seconds: reading should not have to write."""

PATIENCE = 30.0
"""Seconds to wait for another process that writes."""

AT_ONCE = 500
"""Keys in one question; SQLite's own limit was 999 for long."""

_TABLE = """
create table if not exists runs (
    key blob primary key, used integer not null, sum integer not null, value blob not null
)
"""


@dataclass(eq=False)
class Blocks:
    """Arrays of float32 by key in a file; see `engine.kept.Kept`.

    Attributes:
        say: called with a sentence where something is wrong with the file.
        file: its connection; None once it could not be used.
        added: bytes that were kept since the size was last looked at.
        crew: who runs what is not there: this process.
    """

    path: Path
    say: Callable[[str], None]
    limit: int = LIMIT
    file: sqlite3.Connection | None = None
    added: int = 0
    lock: Lock = field(default_factory=Lock)
    crew: None = None

    def take(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        """Those of the keys that are there and whole, each a flat array of float32."""
        found: dict[bytes, np.ndarray] = {}
        with self._used() as file:
            if file is None:
                return found
            now, stale, broken = int(time.time()), [], []
            for row in _rows(file, keys):
                key, used, checksum, value = row
                if checksum != _checksum(key, value):
                    broken.append((key,))
                    continue
                found[key] = np.frombuffer(value, "<f4")
                if now - used > DAY:
                    stale.append((now, key))
            if stale or broken:
                with file:
                    file.executemany("delete from runs where key = ?", broken)
                    file.executemany("update runs set used = ? where key = ?", stale)
        return found

    def keep(self, found: Mapping[bytes, np.ndarray]) -> None:
        """Keep these from now on, and throw out the oldest where there is too much."""
        now = int(time.time())
        values = ((k, np.ascontiguousarray(v, "<f4").tobytes()) for k, v in found.items())
        rows = [(k, now, _checksum(k, v), v) for k, v in values]
        with self._used() as file:
            if file is None:
                return
            with file:
                file.executemany("insert or replace into runs values (?, ?, ?, ?)", rows)
            self.added += sum(len(v) for *_, v in rows)
            if self.added > self.limit / 16:
                _trim(file, self.limit)
                self.added = 0

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection | None]:
        """The connection, or None where there is none; an error ends its use, and is said."""
        with self.lock:
            try:
                yield self.file
            except sqlite3.Error as error:
                self.close()
                self.say(f"{self.path}: {error}; going on without the results kept there")


def open_blocks(folder: Path, say: Callable[[str], None], limit: int = LIMIT) -> Blocks:
    """The results kept in a folder, made where there are none.

    A file that is damaged is begun anew, and one that cannot be used is not used; both are said.
    """
    blocks = Blocks(folder / NAME, say, limit)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            blocks.file = _connect(blocks.path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            say(f"{blocks.path}: {error}; begun anew")
            remove(folder)
            blocks.file = _connect(blocks.path)
    except (OSError, sqlite3.Error) as error:
        say(f"{blocks.path}: {error}; going on without the results kept there")
    return blocks


def _connect(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False)
    try:
        file.execute("pragma auto_vacuum = incremental")
        file.execute("pragma journal_mode = wal")
        file.execute("pragma synchronous = normal")
        with file:
            file.execute(_TABLE)
    except sqlite3.Error:
        file.close()
        raise
    return file


def _rows(
    file: sqlite3.Connection, keys: Sequence[bytes]
) -> Iterator[tuple[bytes, int, int, bytes]]:
    for first in range(0, len(keys), AT_ONCE):
        some = keys[first : first + AT_ONCE]
        marks = ", ".join("?" * len(some))
        question = f"select key, used, sum, value from runs where key in ({marks})"
        yield from file.execute(question, some).fetchall()


def _checksum(key: bytes, value: bytes) -> int:
    return zlib.crc32(value, zlib.crc32(key))


def _trim(file: sqlite3.Connection, limit: int) -> None:
    """Throw out what was used least recently, in one go, where there is more than the limit."""
    sizes = file.execute("select rowid, length(value) from runs order by used desc").fetchall()
    if sum(size for _, size in sizes) <= limit:
        return
    total, old = 0, []
    for row, size in sizes:
        total += size
        if total > LEFT * limit:
            old.append((row,))
    with file:
        file.executemany("delete from runs where rowid = ?", old)
    file.execute("pragma incremental_vacuum").fetchall()


def size(folder: Path) -> tuple[int, int]:
    """Entries, and bytes on disk. Raises OSError or sqlite3.Error where they cannot be read."""
    path = folder / NAME
    if not path.is_file():
        return 0, 0
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as file:
        (entries,) = file.execute("select count(*) from runs").fetchone()
    return int(entries), sum(p.stat().st_size for p in _files(folder))


def remove(folder: Path) -> int:
    """Throw everything out; returns the bytes that were freed."""
    freed = 0
    for path in _files(folder):
        freed += path.stat().st_size
        path.unlink()
    return freed


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{NAME}*"))
