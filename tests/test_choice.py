"""Choice is logit quantal response: the same numbers as pygambit's on games others can check."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import numpy as np
import pytest

from tightrope.case import Arm, Case
from tightrope.case.mechanism import Mechanism, mechanism
from tightrope.engine import kernel as engine
from tightrope.engine.compiling import compile_case
from tightrope.engine.plan import plan
from tightrope.engine.worlds import block
from tiny import actor, case, instrument, variable

gambit = pytest.importorskip("pygambit")


def game_case(payoffs: dict[str, np.ndarray], rationality: float) -> Case:
    """A one-quarter game as a case: each player's payoff is a variable that its choices move."""
    players = list(payoffs)
    shape = next(iter(payoffs.values())).shape
    levels = {p: [f"a{i}" for i in range(n)] for p, n in zip(players, shape, strict=True)}

    def payoff_of(player: str) -> Mechanism:
        names = [f"move_{p}_{lv}" for p in players for lv in levels[p]]
        body = " + ".join(
            f"{payoffs[player][cell]!r}"
            + "".join(f"*move_{p}_a{i}" for p, i in zip(players, cell, strict=True))
            for cell in itertools.product(*(range(n) for n in shape))
        )
        scope: dict[str, Any] = {}
        source = f"def pays_{player}({', '.join(names)}): return {{'payoff_{player}': {body}}}"
        exec(source.replace("np.float64", ""), scope)
        return mechanism(passages=["1.1"])(scope[f"pays_{player}"])

    return case(
        [variable(f"payoff_{p}") for p in players],
        [payoff_of(p) for p in players],
        actors=[
            actor(
                p,
                [instrument(f"move_{p}", p, levels[p])],
                f"payoff_{p}",
                rationality=rationality / 100.0,  # goal values are in points of 100
            )
            for p in players
        ],
    )


def our_mix(payoffs: dict[str, np.ndarray], rationality: float) -> np.ndarray:
    with jax.enable_x64(True):
        tiny = game_case(payoffs, rationality)
        model = compile_case(tiny, "equilibrium", rounds=4000, step=0.05)
        worlds = block(tiny, 0, 0, 1, 1, dtype=np.float64)
        trajectory = engine.run(model, worlds, plan(tiny, Arm(), 1, dtype=np.float64))
        assert float(trajectory.residual.max()) < 1e-9
        shares = [i for i, o in enumerate(model.outcomes) if o.kind == "share"]
        return np.asarray(trajectory.outcomes)[1, shares, 0] / 100.0


def their_mix(payoffs: dict[str, np.ndarray], rationality: float) -> np.ndarray:
    game = gambit.StrategicGame.from_arrays(*payoffs.values())
    (point,) = gambit.qre.logit_solve_lambda(game, lam=rationality)
    return np.array([float(share) for mixture in point.profile for _, share in mixture])


@pytest.mark.parametrize(
    ("rationality", "row", "column"),
    [
        (0.5, 0.8306706, 0.4180775),
        (1.0, 0.8935763, 0.3127804),
        (2.0, 0.8607544, 0.1910785),
        (5.0, 0.7019842, 0.1171353),
    ],
)
def test_asymmetric_matching_pennies(rationality: float, row: float, column: float) -> None:
    game = {"row": np.array([[9.0, 0.0], [0.0, 1.0]]), "column": np.array([[0.0, 1.0], [1.0, 0.0]])}
    ours = our_mix(game, rationality)
    assert ours[[0, 2]] == pytest.approx([row, column], abs=1e-5)
    assert ours == pytest.approx(their_mix(game, rationality), abs=1e-4)


@pytest.mark.parametrize("rationality", [0.3, 1.0])
def test_three_players(rationality: float) -> None:
    rng = np.random.default_rng(7)
    game = {p: rng.integers(0, 6, (2, 3, 2)).astype(float) for p in ("one", "two", "three")}
    assert our_mix(game, rationality) == pytest.approx(their_mix(game, rationality), abs=1e-4)
