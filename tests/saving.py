"""Saves a small board again and again until it is killed: `python saving.py FOLDER`.

Each result says in its command which one it is, so that a mixture of two would be seen.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from pathlib import Path

import tightrope
from tightrope import cache
from tightrope.case import Arm, Claim, Contrast, Outcome, Part, Side
from tiny import HERE, case, variable


def main(folder: Path) -> None:
    cache.use()
    sides = (Side(Arm(), Outcome("variable", "y"), quarter, quarter) for quarter in (2, 1))
    part = Part(Contrast(*sides, 1.0), None, "higher", 0.0)
    still = case(
        [variable("y", reversion=0.1, noise=0.2)],
        [],
        claims=[Claim("grows", "1.1", "It grows.", "", (part,), HERE)],
    )
    board = tightrope.assess(still, worlds=16, quarters=2, with_basis=False)
    for count in itertools.count(1):
        run = replace(board.run, command=f"save number {count}", seed=count)
        replace(board, run=run).save(folder)
        print(count, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
