"""What the studio keeps: cases as they were, jobs and drafts, in one folder and nowhere else.

One SQLite file, written in transactions, so a process killed at any moment loses nothing that was
answered for. A case is copied whole when it is first seen, so an address with its hash stays valid
when the case is changed or the program is replaced.
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tightrope.case import Case
from tightrope.errors import UseError
from tightrope.reading import load, shipped
from tightrope.reading.folder import need_trust, read_files, shipped_folder
from tightrope.reading.yamlfile import Gather
from tightrope.starter import copy_starter

STARTER = "starter"

_TABLES = """
create table if not exists cases (
    hash text primary key, name text not null, title text not null, added real not null
);
create table if not exists jobs (
    id integer primary key, hash text not null, draft text not null, version integer not null,
    worlds integer not null, state text not null, phase text not null, done integer not null,
    total integer not null, asked real not null, said text not null,
    other text not null default ''
);
create table if not exists drafts (
    id text primary key, base text not null, title text not null, at integer not null,
    begun real not null
);
create table if not exists versions (
    draft text not null, n integer not null, parent integer not null, text text not null,
    made real not null, said text not null, primary key (draft, n)
);
create table if not exists brought (hash text primary key);
create table if not exists secrets (name text primary key, value blob not null);
"""


@dataclass(frozen=True)
class Kept:
    """A case as it was when it was taken in.

    Attributes:
        folder: the copy of its files; its last part is the case's name.
    """

    hash: str
    name: str
    title: str
    folder: Path


@dataclass(frozen=True)
class Desk:
    """The folder that all is kept in.

    Attributes:
        cases: hashes of the cases that the command names; the start page shows them first.
    """

    home: Path
    cases: tuple[str, ...] = ()

    @contextmanager
    def file(self) -> Iterator[sqlite3.Connection]:
        """The database, in one transaction; a connection of its own, so any thread may use it."""
        with closing(sqlite3.connect(self.home / "studio.sqlite", timeout=30)) as opened:
            opened.row_factory = sqlite3.Row
            with opened:
                yield opened

    def rows(self, question: str, *values: Any) -> list[sqlite3.Row]:
        with self.file() as opened:
            return opened.execute(question, values).fetchall()


def open_desk(home: Path) -> Desk:
    """The folder, made where there is none. Raises UseError where it cannot be used."""
    try:
        for name in ("", "cases", "boards", "comparisons", "work"):
            (home / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in (home / "work").iterdir():  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        desk = Desk(home.resolve())
        with closing(sqlite3.connect(desk.home / "studio.sqlite")) as opened:
            opened.execute("pragma journal_mode = wal")
            opened.executescript(_TABLES)
            if "other" not in [row[1] for row in opened.execute("pragma table_info(jobs)")]:
                opened.execute("alter table jobs add column other text not null default ''")
    except (OSError, sqlite3.Error) as problem:
        what = f"{home}: found a folder that cannot be used ({problem})"
        raise UseError(f"{what}; allowed: --data with a folder of the studio's own") from None
    return desk


def take_in(desk: Desk, name: str) -> Kept:
    """Copy a case into the folder: a shipped one, the starter, or a folder.

    Raises what `load` raises, and UseError for a case with Python in it, or one that rests on
    another folder: both could not be shown to be what they were.
    """
    with tempfile.TemporaryDirectory(dir=desk.home / "work") as work:
        source: Path
        if name == STARTER and not Path(name).is_dir():
            source = copy_starter(Path(work) / STARTER)
        else:
            source = shipped_folder() / name if name in shipped() else Path(name)
        case = load(source)
        need_trust(source, False)
        if case.departures:
            raise UseError(f"{name}: found a case that extends another; allowed: one that is whole")
        folder = desk.home / "cases" / case.hash / (source.resolve().name or "case")
        if not folder.is_dir():
            _copy(source, folder)
    with desk.file() as opened:
        opened.execute(
            "insert or ignore into cases values (?, ?, ?, ?)",
            (case.hash, folder.name, case.title, time.time()),
        )
    return Kept(case.hash, folder.name, case.title, folder)


def _copy(source: Path, folder: Path) -> None:
    """The files that a case is read from, whole or not at all."""
    with Gather() as got:
        files = read_files(source.resolve(), got)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        made = Path(work) / folder.name
        for file, data in files.items():
            (made / file).parent.mkdir(parents=True, exist_ok=True)
            (made / file).write_bytes(data)
        made.rename(folder)


def show_always(desk: Desk, digest: str) -> None:
    """Have the start page show a case that somebody brought."""
    with desk.file() as opened:
        opened.execute("insert or ignore into brought values (?)", (digest,))


def listed(desk: Desk) -> list[Kept]:
    """The cases that the start page shows: those of the command, then those that were brought."""
    brought = [row["hash"] for row in desk.rows("select hash from brought order by rowid")]
    hashes = dict.fromkeys([*desk.cases, *brought])
    return [found for digest in hashes if (found := kept(desk, digest))]


def kept(desk: Desk, digest: str) -> Kept | None:
    """The case of a hash; None where it was never taken in."""
    rows = desk.rows("select * from cases where hash = ?", digest)
    if not rows:
        return None
    row = rows[0]
    return Kept(digest, row["name"], row["title"], desk.home / "cases" / digest / row["name"])


def open_case(case: Kept) -> Case:
    """Read a case that was taken in. Raises CaseError where its files were changed since."""
    return load(case.folder)


def secret(desk: Desk) -> bytes:
    """What tokens and sessions are signed with; made once."""
    with desk.file() as opened:
        opened.execute(
            "insert or ignore into secrets values ('key', ?)", (secrets.token_bytes(32),)
        )
        return bytes(opened.execute("select value from secrets").fetchone()["value"])
