"""Run the tests: a process for each file, as many at a time as there are cores, the longest first.

A process for each file, because one that loads hundreds of compiled models from the disk's cache
may crash in XLA. `--quick` leaves out what is marked slow and the files that take longest, and runs
a few of the others together: they are small, and each process costs seconds to start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
LONGEST = (
    "test_docs_commands", "test_studio", "test_cli", "test_opening", "test_folders",
    "test_mutations", "test_startup", "test_degenerate", "test_text", "test_place", "test_browser",
    "test_mistakes",
)  # fmt: skip
"""Files that take longest, first; they start first, so that no core waits at the end."""

NOT_QUICK = ("test_docs_commands", "test_cli", "test_opening", "test_folders", "test_mutations",
             "test_degenerate", "test_browser", "test_parts", "test_place", "test_charts",
             "test_text", "test_startup", "test_search", "test_finite", "test_decide",
             "test_prim", "test_studio")  # fmt: skip
"""Left out of a quick run, besides what is marked slow."""

TOGETHER = 5
"""Files of a quick run in one process."""

NOTHING_RAN = 5
"""What pytest returns where everything in a file was left out."""


class Done(NamedTuple):
    name: str
    code: int
    seconds: float
    output: str


def files(quick: bool) -> list[Path]:
    """The files to run, the longest first."""
    found = [p for p in sorted(HERE.glob("test_*.py")) if not quick or p.stem not in NOT_QUICK]
    order = {name: place for place, name in enumerate(LONGEST)}
    return sorted(found, key=lambda p: order.get(p.stem, len(order)))


def groups(quick: bool) -> list[list[Path]]:
    """Files that are run in one process each."""
    found = files(quick)
    many = -(-len(found) // (TOGETHER if quick else 1))
    return [found[first::many] for first in range(many)]


def run(paths: Sequence[Path], options: Sequence[str]) -> Done:
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, *map(str, paths)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    code = 0 if done.returncode == NOTHING_RAN and options else done.returncode
    name = ", ".join(p.stem.removeprefix("test_") for p in paths)
    return Done(name, code, time.monotonic() - start, done.stdout)


def main(arguments: Sequence[str]) -> int:
    """Run them; returns 1 where one failed, with all that it said."""
    quick = "--quick" in arguments
    options = ["-m", "not slow"] if quick else []
    start, failed = time.monotonic(), 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for future in as_completed([pool.submit(run, own, options) for own in groups(quick)]):
            done = future.result()
            last = done.output.strip().splitlines()[-1:] or [""]
            print(f"{done.name:<22} {done.seconds:6.1f} s  {last[0]}", flush=True)
            if done.code:
                failed += 1
                print(done.output, flush=True)
    print(f"{failed or 'no'} process{'' if failed == 1 else 'es'} failed; "
          f"{time.monotonic() - start:.0f} s")  # fmt: skip
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
