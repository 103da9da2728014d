"""Boards and comparisons made in the background: with progress, cancel and a bound in time.

A job is a row in the desk's file. What was waiting or under way when a process was killed goes on
when the studio is started again; runs that were done are in the block store and are looked up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Row

from tightrope.engine.kept import Kept as Blocks
from tightrope.engine.progress import Watch
from tightrope.errors import CaseError, UseError
from tightrope.store.followed import program
from tightrope.studio.desk import Desk

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OPEN = (WAITING, RUNNING)

LONGEST = 3600.0
"""Seconds that a job may take; then it is stopped, and says so."""

MOST_WAITING = 20
"""Jobs that may wait at once."""

NOTED = 0.3
"""Seconds between two times that progress is written down."""


class Stopped(Exception):
    """A job was cancelled, ran too long, or the studio is closing."""


@dataclass(eq=False)
class Crew:
    """The one thread that does jobs, and how it is told to stop.

    Attributes:
        make: does a job; it calls the watch often, which raises where it is to stop.
        cancelled: ids of jobs that are to stop.
    """

    desk: Desk
    make: Callable[[Row, Watch], None]
    blocks: Blocks | None
    longest: float = LONGEST
    wake: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)
    cancelled: set[int] = field(default_factory=set)
    thread: threading.Thread | None = None


def start(crew: Crew) -> None:
    """Take up what was left, and wait for more."""
    with crew.desk.file() as file:
        file.execute("update jobs set state = ? where state = ?", (WAITING, RUNNING))
    crew.thread = threading.Thread(target=_work, args=(crew,), daemon=True, name="jobs")
    crew.thread.start()


def stop(crew: Crew, patience: float = 10.0) -> None:
    """Stop at the next step; what was under way goes on when the studio is started again."""
    crew.closing.set()
    crew.wake.set()
    if crew.thread:
        crew.thread.join(patience)


def board_at(desk: Desk, digest: str, worlds: int) -> Path:
    """Where the board of a case in so many worlds is; another program makes it anew."""
    return desk.home / "boards" / f"{digest[:32]}-{worlds}-{_program()}"


def comparison_at(desk: Desk, one: str, other: str, worlds: int) -> Path:
    """Where that of two versions of drafts is; these as DRAFT-VERSION."""
    return desk.home / "comparisons" / f"{one}-{other}-{worlds}-{_program()}"


def _program() -> str:
    return program(Path(__file__).parents[1])[:12]


def ask(
    crew: Crew, digest: str, worlds: int, draft: str = "", version: int = 0, other: str = ""
) -> int:
    """Put a job on the list, or find it there; its id. Raises UseError where too many wait.

    A board of a case; of a version of a draft; or the comparison of that with another version,
    `other` as DRAFT-VERSION.
    """
    with crew.desk.file() as file:
        file.execute("begin immediate")
        found = file.execute(
            "select id from jobs where hash = ? and worlds = ? and state in (?, ?) "
            "and other = ? and (other = '' or (draft = ? and version = ?))",
            (digest, worlds, *OPEN, other, draft, version),
        ).fetchone()
        if found:
            return int(found["id"])
        count = file.execute("select count(*) from jobs where state = ?", (WAITING,)).fetchone()[0]
        if count >= MOST_WAITING:
            raise UseError(f"jobs: found {count} waiting; allowed: {MOST_WAITING}, so cancel some")
        made = file.execute(
            "insert into jobs values (null, ?, ?, ?, ?, ?, '', 0, 1, ?, '', ?)",
            (digest, draft, version, worlds, WAITING, time.time(), other),
        )
        job = int(made.lastrowid or 0)
    crew.wake.set()
    return job


def cancel(crew: Crew, job: int) -> None:
    """Stop a job, or take it off the list; one that is over, or never was, stays as it is."""
    rows = crew.desk.rows("select id from jobs where state in (?, ?)", *OPEN)
    if job not in [row["id"] for row in rows]:
        return
    crew.cancelled.add(job)
    with crew.desk.file() as file:
        file.execute(
            "update jobs set state = ?, said = 'cancelled' where id = ? and state = ?",
            (CANCELLED, job, WAITING),
        )


# ---------------------------------------------------------------- the thread


def _work(crew: Crew) -> None:
    while not crew.closing.is_set():
        crew.wake.clear()
        rows = crew.desk.rows("select * from jobs where state = ? order by id limit 1", WAITING)
        if not rows:
            crew.wake.wait(5.0)
            continue
        row = rows[0]
        _note(crew, row["id"], state=RUNNING)
        try:
            crew.make(row, _watch(crew, row["id"]))
        except Stopped as why:
            state = WAITING if crew.closing.is_set() else CANCELLED
            _note(crew, row["id"], state=state, said=str(why))
        except (CaseError, OSError, MemoryError) as problem:
            _note(crew, row["id"], state=FAILED, said=str(problem) or "not enough memory")
        except Exception as problem:  # said where the job is shown; the studio goes on
            _note(crew, row["id"], state=FAILED, said=f"a fault of ours: {problem!r}")
        else:
            _note(crew, row["id"], state=DONE)


def _watch(crew: Crew, job: int) -> Watch:
    """Notes how far a job is; raises Stopped where it is to go no further."""
    began, noted = time.monotonic(), [0.0]

    def watch(phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if crew.closing.is_set():
            raise Stopped("")
        if job in crew.cancelled:
            raise Stopped("cancelled")
        if now - began > crew.longest:
            raise Stopped(f"it took more than {crew.longest / 60:.0f} minutes")
        if now - noted[0] > NOTED or done == total:
            noted[0] = now
            _note(crew, job, phase=phase, done=done, total=total)

    return watch


def _note(crew: Crew, job: int, **what: str | int) -> None:
    names = ", ".join(f"{name} = ?" for name in what)
    with crew.desk.file() as file:
        file.execute(f"update jobs set {names} where id = ?", (*what.values(), job))
