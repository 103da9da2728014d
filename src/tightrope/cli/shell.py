"""What commands share: options, the two consoles, progress and JSON."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tightrope.arguments import cost
from tightrope.cli.console import PlainConsole
from tightrope.engine import cache
from tightrope.errors import UseError
from tightrope.text.characters import hidden
from tightrope.text.plain import writable

if TYPE_CHECKING:
    from tightrope.engine.kept import Kept
    from tightrope.engine.progress import Watch
    from tightrope.store.blocks import Blocks

out = PlainConsole()
err = PlainConsole(stderr=True)

CaseName = Annotated[str, typer.Argument(metavar="CASE", help="A shipped case, or a folder.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Load the folder's mechanisms.py, which may do anything.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Try another number: NAME=0.3, NAME=0.1..0.4, MECHANISM=off; may be repeated.",
    ),
]
Variants = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        metavar="NAME",
        help="Take this variant of CASE in place of its own form; may be repeated.",
    ),
]
Worlds = Annotated[int, typer.Option(help="Number of worlds.")]
Quarters = Annotated[int, typer.Option(help="Length of the runs.")]
RuleName = Annotated[str, typer.Option(help="Decision rule: reactive, equilibrium or habit.")]
ScenarioName = Annotated[str | None, typer.Option(help="Scenario where none is named.")]
PostureName = Annotated[str | None, typer.Option(help="Posture where none is named.")]
Seed = Annotated[int, typer.Option(help="Seed of the draws.")]
UseRecord = Annotated[
    bool, typer.Option("--record/--no-record", help="Rule worlds out by the case's record.")
]
OutFolder = Annotated[
    Path | None, typer.Option("--out", help="Folder of the result; under runs/ by default.")
]
UseStore = Annotated[
    bool,
    typer.Option("--store/--no-store", help="Look up and keep results of runs."),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="WHERE",
        help="Run worlds by Dask: local, tcp://HOST:PORT or a scheduler file; see docs/scale.md.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def progress() -> Iterator[Watch]:
    """A progress bar with one line per phase, on standard error, from the first phase on."""
    columns = (TextColumn("{task.description:<18}", markup=False), BarColumn(), TimeElapsedColumn())
    tasks: dict[str, TaskID] = {}
    bars = Progress(*columns, console=err)

    def watch(phase: str, done: int, total: int) -> None:
        bars.start()
        if phase not in tasks:
            tasks[phase] = bars.add_task(phase, total=total)
        bars.update(tasks[phase], completed=done, total=total)

    try:
        yield watch
    finally:
        if tasks:
            bars.stop()


@contextmanager
def store(wanted: bool, cluster: str | None = None) -> Iterator[Kept | None]:
    """Where results of runs are kept, and who runs what is not there.

    None where nothing is kept (that is not wanted, or there is no such place) and there is no
    cluster.
    """
    with _blocks(wanted) as blocks:
        if cluster is None:
            yield blocks
            return
        from tightrope.cluster.crew import connected

        with connected(cluster, blocks) as shared:
            yield shared
            if words := shared.crew.told():
                err.print(f"tightrope: {words}", soft_wrap=True)


@contextmanager
def _blocks(wanted: bool) -> Iterator[Blocks | None]:
    from tightrope.store.blocks import open_blocks

    folder = cache.home()
    if not wanted or folder is None:
        yield None
        return
    blocks = open_blocks(folder, lambda words: err.print(f"tightrope: {words}", soft_wrap=True))
    try:
        yield blocks
    finally:
        blocks.close()


def records(frame: Any) -> Any:
    """A table as JSON, row by row."""
    return json.loads(frame.to_json(orient="records"))


def print_json(value: Any) -> None:
    """Print to standard output as it is, without colours or line breaks of a console.

    What is hidden, and what the output cannot write, is escaped as JSON does it.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    encoding = sys.stdout.encoding or "utf-8"
    safe = "".join(
        c if c == "\n" or not _unseen(c, encoding) else json.dumps(c)[1:-1] for c in text
    )
    sys.stdout.write(f"{safe}\n")


def _unseen(character: str, encoding: str) -> bool:
    return hidden(character) or writable(character, encoding) != character


def command() -> str:
    """What was typed; bytes that are not UTF-8 as escapes."""
    typed = shlex.join(["tightrope", *sys.argv[1:]])
    return typed.encode("utf-8", "backslashreplace").decode()


def announce(world_quarters: int) -> None:
    """Say before a long run how long it takes."""
    words = cost(world_quarters)
    if words:
        err.print(f"tightrope: {words}", soft_wrap=True)


def near(path: Path) -> Path:
    """The path as seen from the current folder, where it is in it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def check_new(file: Path) -> None:
    """Raise UseError where the file is there, or cannot be made."""
    if os.path.lexists(file):
        raise UseError(f"{file} is there already and is never written over; allowed: a new file")
    above = next(folder for folder in file.absolute().parents if folder.exists())
    if not above.is_dir():
        raise UseError(f"{file}: found a file as a folder, {above}; allowed: a folder")


def add_new(file: Path, text: str) -> None:
    """Write a file that is not there. Raises UseError where somebody made it meanwhile."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8", newline="") as opened:
            opened.write(text)
    except FileExistsError:
        check_new(file)
