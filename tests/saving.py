"""Saves again and again until it is killed: `python saving.py FOLDER [pausing]`.

Each result says in every file which one it is, so that a mixture of two would be seen. Files come
and go from one to the next. With `pausing` it lets others have a turn.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tightrope.store import place


def texts(count: int) -> dict[str, str]:
    """The files of save number `count`, two of which are in every other one only."""
    names = ["page.html", "a/one.csv", "a/b/two.csv"]
    if count % 2:
        names += ["odd.csv", "odd/three.csv"]
    return dict.fromkeys(names, f"save number {count}\n" * 50) | {
        "run.json": json.dumps({"count": count, "names": sorted(names)})
    }


def write(folder: Path, count: int) -> None:
    def make(new: Path) -> None:
        for name, text in texts(count).items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_text(text, encoding="utf-8")

    with place.claim(folder, "saving") as claimed:
        place.put(claimed, make)


def counts(folder: Path) -> Iterator[int]:
    """Numbers on from the result that is there."""
    found = folder / "run.json"
    first = json.loads(found.read_text())["count"] + 1 if found.exists() else random.randrange(10)
    return itertools.count(first)


def main(folder: Path, options: list[str]) -> None:
    for count in counts(folder):
        write(folder, count)
        print(count, flush=True)
        if "pausing" in options:
            time.sleep(0.02)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
