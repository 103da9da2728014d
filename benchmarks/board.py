"""How long a whole board takes, phase by phase, against an earlier version in the same run.

`python -m benchmarks.board [COMMIT]`: both assess the Kabul case in full, first with nothing
compiled and then warm, in turns, as machines differ by two or three times and by the hour. Then
only ours: again unchanged, after a change to one claim, and after a change to one range.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parents[1]
BEFORE = "54adcf6"
PROGRAM = "from tightrope.cli import main; main()"
STORE = "tightrope/runs.sqlite"
CHANGED = """
extends: kabul
claims:
  1.2-image: {over: [3, 11], why: To see what one changed claim costs.}
"""


class Timed(NamedTuple):
    """A run: seconds on the clock and by phase, and the most memory it held, in MiB."""

    seconds: float
    phases: Mapping[str, float]
    memory: float


def main(arguments: Sequence[str]) -> int:
    commit = arguments[0] if arguments else BEFORE
    with tempfile.TemporaryDirectory(prefix="tightrope-bench-") as name, tree(commit) as before:
        place = Path(name)
        runs: dict[str, Timed] = {}
        for state in ("cold", "warm"):
            runs[f"{commit}, {state}"] = assess(before, place / "before")
            (place / "ours" / STORE).unlink(missing_ok=True)
            runs[f"ours, {state}"] = assess(HERE, place / "ours")
        more = {
            "unchanged, again": assess(HERE, place / "ours"),
            "one claim changed": assess(HERE, place / "ours", case=changed(place / "case")),
            "one range changed": assess(
                HERE, place / "ours", "--set", "talks_on_pressure=-0.2..0.1"
            ),
        }
    show(commit, runs, more)
    return 0


@contextmanager
def tree(commit: str) -> Iterator[Path]:
    """The files of a commit, in a folder of their own for as long as they are needed."""
    with tempfile.TemporaryDirectory(prefix="tightrope-tree-") as name:
        folder = Path(name) / "tree"
        git("worktree", "add", "--detach", str(folder), commit)
        try:
            yield folder
        finally:
            git("worktree", "remove", "--force", str(folder))


def git(*words: str) -> None:
    subprocess.run(["git", "-C", str(HERE), *words], check=True, capture_output=True)


def changed(folder: Path) -> str:
    """Kabul with one claim that looks at other quarters."""
    folder.mkdir()
    (folder / "case.yaml").write_text(CHANGED, encoding="utf-8")
    return str(folder)


def assess(source: Path, cache: Path, *more: str, case: str = "kabul") -> Timed:
    """Assess the case with the program of a tree; compiled programs and results in `cache`."""
    out = cache / "out"
    start = time.perf_counter()
    memory = run(source, cache, "assess", case, "--out", str(out), *more)
    seconds = time.perf_counter() - start
    about = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return Timed(seconds, {p["name"]: p["seconds"] for p in about["phases"]}, memory)


def run(source: Path, cache: Path, *words: str) -> float:
    """Run a command of a tree's program; returns the most memory it held, in MiB."""
    away = ("JAX_COMPILATION_CACHE_DIR", "PYTHONPATH")
    here = {k: v for k, v in os.environ.items() if k not in away}
    here |= {"PYTHONPATH": str(source / "src"), "XDG_CACHE_HOME": str(cache)}
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], env=here, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(words)} in {source}: exit code {child.returncode}")
    return used.ru_maxrss / 1024


def show(commit: str, runs: Mapping[str, Timed], more: Mapping[str, Timed]) -> None:
    """Print seconds by phase, with ratios."""
    console = Console()
    names = list(dict.fromkeys(n for r in runs.values() for n in r.phases))
    table = Table(title=f"tightrope assess kabul, seconds, {os.cpu_count()} cores")
    heads = ("phase", *runs, "times faster cold", "warm")
    for head in heads:
        table.add_column(head, justify="left" if head == "phase" else "right")
    for name in (*names, "pages and start", "in all"):
        spent = [seconds_of(r, name) for r in runs.values()]
        old_cold, cold, old_warm, warm = spent
        table.add_row(name, *(f"{s:.1f}" for s in spent), times(old_cold, cold),
                      times(old_warm, warm))  # fmt: skip
    table.add_row("memory, MiB", *(f"{r.memory:,.0f}" for r in runs.values()), "", "")
    console.print(table)
    for name, r in more.items():
        console.print(f"{name}: {r.seconds:.1f} s, {r.memory:,.0f} MiB")


def seconds_of(run: Timed, phase: str) -> float:
    if phase == "in all":
        return run.seconds
    if phase == "pages and start":
        return run.seconds - sum(run.phases.values())
    return run.phases.get(phase, 0.0)


def times(before: float, after: float) -> str:
    return f"{before / after:.1f}" if after > 0.05 and before else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
