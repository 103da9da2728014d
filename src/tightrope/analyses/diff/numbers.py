"""Two cases or two saved boards beside each other: what is said otherwise, which verdicts moved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tightrope.analyses.intervals import Z
from tightrope.analyses.verdicts.assessing import assess
from tightrope.analyses.verdicts.board import Board
from tightrope.case import Case, Departure
from tightrope.engine.kept import Kept
from tightrope.engine.progress import Watch, no_watch
from tightrope.errors import UseError
from tightrope.text.table import read_csv

COLUMNS = (
    "claim", "says", "verdict", "other_verdict", "share", "other_share", "change", "low", "high",
    "moved", "beyond_chance",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Said:
    """The verdicts of one side.

    Attributes:
        name, title, hash: of its case.
        claims: a board's claims.
        worlds: so many worlds gave the verdicts.
    """

    name: str
    title: str
    hash: str
    claims: pd.DataFrame
    worlds: int


@dataclass(frozen=True, eq=False)
class Difference:
    """What stands between two sides.

    Attributes:
        departures: what the case of the second says otherwise; None where boards were compared.
        verdicts: a row for each claim of either, see `verdicts`; None where nothing was run.
    """

    one: Said
    other: Said
    departures: tuple[Departure, ...] | None
    verdicts: pd.DataFrame | None


def judged(
    case: Case, worlds: int, quarters: int, seed: int, watch: Watch = no_watch,
    kept: Kept | None = None,
) -> Said:  # fmt: skip
    """The verdicts of a case and nothing else of its board."""
    board: Board = assess(
        case, worlds=worlds, quarters=quarters, seed=seed, with_hindcast=False,
        with_decisive=False, with_boxes=False, with_basis=False, with_scenarios=False, watch=watch,
        kept=kept,
    )  # fmt: skip
    return Said(case.name, case.title, case.hash, board.claims, worlds)


def of_cases(
    one: Case,
    other: Case,
    departures: tuple[Departure, ...],
    size: tuple[int, int, int] | None = None,
    watch: Watch = no_watch,
    kept: Kept | None = None,
) -> Difference:
    """Two cases; with worlds, quarters and seed as `size` also their verdicts."""
    if size is None:
        sides = [Said(c.name, c.title, c.hash, pd.DataFrame(), 0) for c in (one, other)]
        return Difference(sides[0], sides[1], departures, None)
    first, second = (judged(case, *size, watch, kept) for case in (one, other))
    return Difference(first, second, departures, verdicts(first, second))


def of_boards(one: Path, other: Path) -> Difference:
    """Two saved boards. Raises UseError for a folder that cannot be read as one."""
    first, second = read_board(one), read_board(other)
    return Difference(first, second, None, verdicts(first, second))


def is_board(folder: Path) -> bool:
    """Whether this is the folder of a saved board."""
    return (folder / "claims.csv").is_file() and (folder / "run.json").is_file()


def read_board(folder: Path) -> Said:
    """The verdicts of a saved board. Raises UseError where they cannot be read."""
    try:
        about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        claims = read_csv(folder / "claims.csv")
        name, digest, worlds = about["case"], about["case_hash"], about["worlds"]
        claims[["claim", "says", "verdict", "share"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{type(error).__name__} ({error})"
        raise UseError(f"{folder}: found {what}; allowed: the folder of a saved board") from None
    return Said(str(name), str(name), str(digest), claims, int(worlds))


def verdicts(one: Said, other: Said) -> pd.DataFrame:
    """A row for each claim of either side, those that moved most first; columns COLUMNS.

    change is the second share minus the first, low and high its 95 % interval as if the worlds of
    the two sides were drawn apart, which is too wide where they are the same. moved: the word is
    another. beyond_chance: the interval leaves out no change.
    """
    left = one.claims.set_index("claim")[["says", "verdict", "share"]]
    right = other.claims.set_index("claim")[["says", "verdict", "share"]]
    both = left.join(right.add_suffix("_other"), how="outer")
    a, b = both["share"].astype(float), both["share_other"].astype(float)
    half = Z * np.sqrt(a * (1 - a) / max(one.worlds, 1) + b * (1 - b) / max(other.worlds, 1))
    change = b - a
    found = pd.DataFrame(
        {
            "claim": both.index,
            "says": both["says"].fillna(both["says_other"]),
            "verdict": both["verdict"].fillna(""),
            "other_verdict": both["verdict_other"].fillna(""),
            "share": a,
            "other_share": b,
            "change": change,
            "low": change - half,
            "high": change + half,
            "moved": both["verdict"].fillna("") != both["verdict_other"].fillna(""),
            "beyond_chance": change.abs() > half,
        }
    )
    order = change.abs().fillna(2.0).sort_values(ascending=False, kind="stable").index
    return found.set_index("claim", drop=False).loc[order].reset_index(drop=True)
