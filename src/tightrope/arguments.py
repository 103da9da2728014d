"""What may be asked for: defaults, limits, and the sentences where it is something else.

The command line and the Python functions share them, so both say the same. Nothing heavy is
imported here, because the command line reads its defaults before it knows what is asked of it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Literal

from tightrope.errors import UseError
from tightrope.text.characters import quoted
from tightrope.text.names import nearest

WORLDS, QUARTERS, BASIS_WORLDS = 2000, 20, 2000
MOST_WORLDS = 64_000
"""Worlds that a claim is judged in at most, where worlds are added until it is decided."""
WHY_WORLDS = 256
SHOCK_QUARTERS = 32
"""Eight years, so that there is time to recover."""
READ_BY = 4
"""Quarters within which a signpost has to be read."""
GAME_WORLDS, MAP_SIZE = 4096, 9
SEARCH_WORLDS, UNSEEN, POPULATION, GENERATIONS, POSTURE_RULES = 128, 512, 84, 14, 2

DecisionRule = Literal["reactive", "equilibrium", "habit"]
RULES: tuple[DecisionRule, ...] = ("reactive", "equilibrium", "habit")

LIMITS: dict[str, tuple[int, int]] = {
    "worlds": (1, 1_000_000),
    "unseen": (1, 1_000_000),
    "basis_worlds": (1, 1_000_000),
    "most_worlds": (1, 10_000_000),
    "weighed": (1, 1_000_000),
    "quarters": (1, 400),
    "quarter": (0, 400),
    "read_by": (1, 400),
    "seed": (0, 2**32 - 1),
    "population": (1, 10_000),
    "generations": (1, 10_000),
    "rules": (0, 10),
    "size": (0, 100),
    "lookahead": (1, 12),
    "threads": (1, 1024),
}
"""The least and the most of every whole number. A seed beyond 32 bits would be cut to them."""

SPEED = 150_000
"""World-quarters per second of one core; see docs/speed.md."""
LONG = 300.0
"""A run of more seconds than this is announced."""
MOST = 100_000_000
"""World-quarters of one scenario and posture: some six minutes on two cores."""


def check_numbers(**numbers: Any) -> None:
    """Raise UseError for what is no whole number within its limits."""
    for name, value in numbers.items():
        least, most = LIMITS[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise UseError(f"{name}: found {quoted(value)}; allowed: {allowed_number(name)}")
    for name in ("worlds", "most_worlds"):
        work = numbers.get(name, 1) * numbers.get("quarters", 1)
        if work > MOST:
            raise UseError(f"{name} times quarters: found {work:,}; allowed: up to {MOST:,}")


def check_least(name: str, found: int, least: int, why: str = "") -> None:
    """Raise UseError for fewer than a method can work with; why: said after the number."""
    if found < least:
        reason = f", {why}" if why else ""
        raise UseError(f"{name}: found {found}; allowed: at least {least}{reason}")


def check_until(until_decided: bool, most_worlds: int | None, worlds: int, quarters: int) -> int:
    """Worlds for an undecided claim at most, 0 where none are added.

    Raises UseError for a number out of range, or one that nothing would be done with.
    """
    if not until_decided:
        if most_worlds is not None:
            raise UseError(
                f"most_worlds: found {most_worlds} without until_decided; allowed: both or neither"
            )
        return 0
    most = max(MOST_WORLDS, worlds) if most_worlds is None else most_worlds
    check_numbers(most_worlds=most, quarters=quarters)
    check_least("most_worlds", most, worlds, "the worlds of the first look")
    return most


def known_rule(rule: str) -> DecisionRule:
    for known in RULES:
        if rule == known:
            return known
    allowed, hint = ", ".join(RULES), nearest(str(rule), RULES)
    raise UseError(f"there is no decision rule {quoted(rule)}; allowed: {allowed}{hint}")


def allowed_number(name: str) -> str:
    """What a whole number may be, in words."""
    least, most = LIMITS[name]
    return f"a whole number from {least:,} to {most:,}"


def check_memory(count: int, what: str) -> None:
    """Raise UseError where so many numbers of 4 bytes are more than this machine can hold."""
    need, there = 4.0 * count, _memory()
    if need > there:
        raise UseError(
            f"{what}: found {need / 1e9:,.1f} GB; allowed: the {there / 1e9:,.1f} GB of this "
            "machine, so ask for fewer worlds or quarters"
        )


def _memory() -> float:
    """Bytes of memory that the machine has; without a limit where that cannot be asked."""
    if not hasattr(os, "sysconf"):
        return float("inf")
    return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")


def cost(world_quarters: int) -> str:
    """How long so many world-quarters take, in a sentence; "" where that is not long."""
    seconds = world_quarters / SPEED / (os.cpu_count() or 1)
    if seconds < LONG:
        return ""
    hours, minutes = seconds / 3600, seconds / 60
    long = f"{minutes:,.0f} minutes" if hours < 2 else f"{hours:,.0f} hours"
    return (
        f"some {world_quarters / 1e6:,.0f} million world-quarters to run, about {long} here; "
        "Ctrl-C stops it"
    )


def can_draw() -> None:
    """Raise UseError where the drawing library cannot be loaded: without docstrings or a home."""
    if sys.flags.optimize > 1:
        raise UseError(
            f"PYTHONOPTIMIZE (or -O): found {sys.flags.optimize}, which strips docstrings that "
            "the drawing library needs; allowed: 0 or 1"
        )
    try:
        Path.home()
    except RuntimeError:
        raise UseError(
            "HOME: found none, which the drawing library asks for; allowed: any folder"
        ) from None
