"""Boards made in the background: with progress, cancel and a bound in time.

A job is a row in the desk's file. What was waiting or under way when a process was killed goes on
when the studio is started again; runs that were done are in the block store and are looked up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tightrope.analyses.verdicts.assessing import assess
from tightrope.case import Case
from tightrope.engine.kept import Kept as Blocks
from tightrope.errors import CaseError, UseError
from tightrope.store import results
from tightrope.store.followed import program
from tightrope.studio.desk import Desk

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OPEN = (WAITING, RUNNING)

LONGEST = 3600.0
"""Seconds that a board may take; then it is stopped, and says so."""

MOST_WAITING = 20
"""Jobs that may wait at once."""

NOTED = 0.3
"""Seconds between two times that progress is written down."""


class Stopped(Exception):
    """A job was cancelled, ran too long, or the studio is closing."""


@dataclass(eq=False)
class Crew:
    """The one thread that makes boards, and how it is told to stop.

    Attributes:
        read: the case of a hash, or of a version of a draft.
        cancelled: ids of jobs that are to stop.
    """

    desk: Desk
    read: Callable[[str, str, int], Case]
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
    crew.thread = threading.Thread(target=_work, args=(crew,), daemon=True, name="boards")
    crew.thread.start()


def stop(crew: Crew, patience: float = 10.0) -> None:
    """Stop at the next step; what was under way goes on when the studio is started again."""
    crew.closing.set()
    crew.wake.set()
    if crew.thread:
        crew.thread.join(patience)


def board_at(desk: Desk, digest: str, worlds: int) -> Path:
    """Where the board of a case in so many worlds is; another program makes it anew."""
    package = Path(__file__).parents[1]
    return desk.home / "boards" / f"{digest[:32]}-{worlds}-{program(package)[:12]}"


def ask(crew: Crew, digest: str, worlds: int, draft: str = "", version: int = 0) -> int:
    """Put a board on the list, or find it there; its id. Raises UseError where too many wait."""
    with crew.desk.file() as file:
        file.execute("begin immediate")
        found = file.execute(
            "select id from jobs where hash = ? and worlds = ? and state in (?, ?)",
            (digest, worlds, *OPEN),
        ).fetchone()
        if found:
            return int(found["id"])
        count = file.execute("select count(*) from jobs where state = ?", (WAITING,)).fetchone()[0]
        if count >= MOST_WAITING:
            raise UseError(f"jobs: found {count} waiting; allowed: {MOST_WAITING}, so cancel some")
        made = file.execute(
            "insert into jobs values (null, ?, ?, ?, ?, ?, '', 0, 1, ?, '')",
            (digest, draft, version, worlds, WAITING, time.time()),
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
            _make(crew, row["id"], row["hash"], row["draft"], row["version"], row["worlds"])
        except Stopped as why:
            state = WAITING if crew.closing.is_set() else CANCELLED
            _note(crew, row["id"], state=state, said=str(why))
        except (CaseError, OSError, MemoryError) as problem:
            _note(crew, row["id"], state=FAILED, said=str(problem) or "not enough memory")
        except Exception as problem:  # said where the job is shown; the studio goes on
            _note(crew, row["id"], state=FAILED, said=f"a fault of ours: {problem!r}")
        else:
            _note(crew, row["id"], state=DONE)


def _make(crew: Crew, job: int, digest: str, draft: str, version: int, worlds: int) -> None:
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

    case = crew.read(digest, draft, version)
    board = assess(case, worlds=worlds, watch=watch, kept=crew.blocks)
    watch("writing the board", 0, 1)
    results.save_board(board, board_at(crew.desk, digest, worlds))


def _note(crew: Crew, job: int, **what: str | int) -> None:
    names = ", ".join(f"{name} = ?" for name in what)
    with crew.desk.file() as file:
        file.execute(f"update jobs set {names} where id = ?", (*what.values(), job))
