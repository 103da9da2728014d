"""What may be asked of a game."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from tightrope.analyses.analysis import option, posture, rule, scenario, seed, worlds
from tightrope.arguments import GAME_WORLDS, MAP_SIZE, check_least, check_numbers, known_rule
from tightrope.case import Case, Dial, Game, Prior
from tightrope.case.named import check_setting
from tightrope.errors import UseError
from tightrope.text.names import nearest

SAYS = "Solve the strategic core of CASE as a game: who learns what from the words."
WRITES = ("equilibria.csv", "payoffs.csv", "stakes.csv", "branch.csv", "map.csv", "game.efg",
          "game-*.svg")  # fmt: skip

MAP_WORLDS = 512
"""Worlds in each cell of the map: four blocks."""

LEAST = 16
"""Worlds of which there are two halves that still say something."""


@dataclass(frozen=True)
class Options:
    quarter: int | None = option(None, "Quarter after which the message is sent; the game's own.")
    worlds: int = worlds(GAME_WORLDS)
    rule: str = rule()
    scenario: str | None = scenario()
    posture: str | None = posture()
    over: str | None = option(
        None, "Two numbers to map over; the game's own.", flag="map", shape="A,B"
    )
    size: int = option(MAP_SIZE, "Cells of the map along each number; 0 for none.")
    seed: int = seed()


def check(case: Case, options: Options) -> None:
    """Raise UseError for what the case does not have, what cannot be, and a missing library."""
    spec = spec_of(case)
    gambit()
    known_rule(options.rule)
    check_numbers(worlds=options.worlds, size=options.size, seed=options.seed)
    if options.quarter is not None:
        check_numbers(quarter=options.quarter)
    check_least("worlds", options.worlds, LEAST, "as they are halved")
    if options.size == 1:
        raise UseError("size: found 1; allowed: at least 2, or 0 for no map")
    for name in two_numbers(options.over) or ():
        dial_of(case, spec, name)
    check_setting(case, options.scenario, options.posture)


def work(case: Case, options: Options) -> int:
    """Every combination of message and replies and the two of pressure, once and for the map."""
    spec = spec_of(case)
    start = spec.quarter if options.quarter is None else options.quarter
    runs = len(spec.messages) * prod(len(a.replies) for a in spec.audiences) + 2
    own = {d.name for d in own_dials(spec)}
    axes = [n for n in two_numbers(options.over) or spec.map if n not in own]
    cells = options.size ** len(axes) if options.size else 0
    worlds = options.worlds + cells * min(options.worlds, MAP_WORLDS)
    return runs * worlds * (start + case.lookahead)


def spec_of(case: Case) -> Game:
    """The case's game. Raises UseError where it has none."""
    if case.game is None:
        raise UseError(
            f"the case {case.name} has no game; allowed: a case with game.yaml (see docs/game.md)"
        )
    return case.game


def labels_of(case: Case, spec: Game) -> dict[str, str]:
    """What actors and audiences are called, by name."""
    audiences = {a.name: a.label for a in spec.audiences}
    return {**{a.name: a.label for a in case.actors}, **audiences}


def two_numbers(text: str | None) -> tuple[str, str] | None:
    """`A,B` as two names. Raises UseError for anything else."""
    if text is None:
        return None
    names = [part.strip() for part in text.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise UseError(f'found "{text}" to map over; allowed: two numbers that differ, as A,B')
    return names[0], names[1]


def own_dials(spec: Game) -> tuple[Dial, ...]:
    """The numbers of the game itself that a map may go over; others are the case's."""
    return (spec.belief, *(a.even_at for a in spec.audiences if a.even_at))


def dial_of(case: Case, spec: Game, name: str) -> Dial | Prior:
    """A number that a map may go over. Raises UseError for any other name."""
    own = own_dials(spec)
    known: dict[str, Dial | Prior] = {p.name: p for p in case.priors if not p.fixed}
    known |= {d.name: d for d in own}
    if name not in known:
        raise UseError(
            f'there is no number "{name}" to map over; allowed: '
            f"{', '.join(d.name for d in own)} or an uncertain number of the case"
            f"{nearest(name, tuple(known))}"
        )
    return known[name]


def gambit() -> Any:
    """pygambit. Raises UseError where it is not installed (the extra `game`)."""
    try:
        import pygambit  # noqa: PLC0415  (an extra)
    except ImportError:
        raise UseError(
            "games are solved by pygambit, which is not installed; "
            "allowed: pip install 'tightrope[game]'"
        ) from None
    return pygambit
