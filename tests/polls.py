"""The starter with a record of sixteen quarters: what polls say of trust, and ships of trade."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tightrope import load
from tightrope.case import Case
from tightrope.starter import copy_starter

HISTORY = """
start: 2021Q4
end: 2025Q4
from: {trust: 0.5}
set: {rhetoric: [{from: 2022Q1, to: 2025Q4, value: hostile}]}
about: Made up for a test.
"""
OBSERVATIONS = """
polls:
  stands for: trust
  link: level
  error: 0.3
ships:
  stands for: trade
  link: growth
  slope: 1
  error: 0.1
"""
HEAD = "quarter,value,low,high,source,url,read,status,note\n"
QUARTERS = [f"{year}Q{q}" for year in range(2022, 2026) for q in range(1, 5)]
POLLS = [46.0, 43, 41, 38, 36, 35, 33, 31, 30, 29, 28, 27, 26, 25, 25, 24]
SHIPS = [100.0, 99, 101, 98, 97, 99, 96, 95, 97, 94, 95, 93, 94, 92, 93, 91]


def row(quarter: str, value: float, spread: float, status: str = "used") -> str:
    return f"{quarter},{value},{value - spread},{value + spread},made up,,2026-11-24,{status},\n"


def recorded(folder: Path, polls: Sequence[float], ships: Sequence[float]) -> Case:
    """The starter with such a record."""
    copy_starter(folder)
    (folder / "history.yaml").write_text(HISTORY)
    (folder / "observations.yaml").write_text(OBSERVATIONS)
    (folder / "observations").mkdir()
    observe(folder, "polls", polls, 4.0)
    observe(folder, "ships", ships, 5.0)
    return load(folder)


def observe(folder: Path, series: str, values: Sequence[float], spread: float) -> None:
    """Write the table of a series."""
    lines = [row(q, v, spread) for q, v in zip(QUARTERS, values, strict=True)]
    (folder / "observations" / f"{series}.csv").write_text(HEAD + "".join(lines))


CROWDS = """
crowds:
  stands for: cohesion
  link: change
  slope: 1
  error: 0.1
"""


def recorded_with_crowds(folder: Path) -> Case:
    """A record that changes a verdict: the crowd grows under hostile words."""
    recorded(folder, POLLS, SHIPS)
    with (folder / "observations.yaml").open("a") as observations:
        observations.write(CROWDS)
    observe(folder, "crowds", [50.0 + 1.4 * i for i in range(len(QUARTERS))], 2.0)
    return load(folder)
