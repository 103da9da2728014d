"""The starter case's numbers, as they were when somebody last said that they may change.

    python -m tests.reference.starter

writes `starter.csv` anew. Do so only where the numbers are meant to change, and say why in the
commit.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

import tightrope
from tightrope.starter import copy_starter

FILE = Path(__file__).with_suffix(".csv")
WORLDS, SEED = 256, 0
COLUMNS = ["claim", "share", "effect", "direction"]

HEAD = f"""\
# The starter's claims in {WORLDS} worlds, seed {SEED}: share of worlds, median effect, and share of
# worlds with the direction right. Made by `python -m tests.reference.starter`, never by hand.
"""


def assessed() -> pd.DataFrame:
    """The tested claims as they come out now."""
    with tempfile.TemporaryDirectory() as folder:
        case = tightrope.load(copy_starter(Path(folder) / "starter"))
    board = tightrope.assess(
        case,
        worlds=WORLDS,
        seed=SEED,
        with_decisive=False,
        with_boxes=False,
        with_basis=False,
        with_scenarios=False,
    )
    return board.claims.loc[board.claims["verdict"] != "not tested", COLUMNS]


def kept() -> pd.DataFrame:
    """The numbers as they were kept."""
    return pd.read_csv(FILE, comment="#")


def keep() -> None:
    """Write the numbers of now over those that were kept."""
    FILE.write_text(HEAD + assessed().to_csv(index=False, float_format="%.6f", lineterminator="\n"))


if __name__ == "__main__":
    keep()
