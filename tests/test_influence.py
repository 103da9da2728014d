"""Influence: what a step of one variable does to the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Command
from tightrope.analyses.asking import answer, tell
from tightrope.analyses.influence.numbers import Influence, ends
from tightrope.analyses.influence.options import Options
from tightrope.case import Case
from tightrope.case.mechanism import mechanism
from tightrope.case.scales import SCALES
from tightrope.engine.progress import no_watch
from tightrope.errors import UseError
from tiny import case, variable

BACK, GAIN, QUARTERS = 0.3, 0.5, 6


@mechanism(passages=["1.1"])
def feeds(x: Any) -> dict[str, Any]:
    """It feeds y."""
    return {"y": GAIN * x}


def chain() -> Case:
    """x goes back by BACK of its distance and feeds y, which forgets nothing; z is alone."""
    variables = [
        variable("x", "real", 0.0, reversion=BACK),
        variable("y", "real", 0.0, reversion=0.0),
        variable("z", "real", 0.0, reversion=0.0),
    ]
    return case(variables, [feeds])


def found(of: Case, **options: Any) -> Influence:
    given = Options(**{"worlds": 32, "quarters": QUARTERS, "least": 0.01, **options})
    result: Influence = answer("influence", of, given, no_watch)
    return result


def test_an_impulse_dies_out_and_adds_up_as_the_formulas_say() -> None:
    response = found(chain()).response.sel(statistic="p50")
    later = np.arange(QUARTERS)
    own = SCALES["real"].step * (1 - BACK) ** later
    assert response.sel(source="x", target="x")[1:].to_numpy() == pytest.approx(own, abs=1e-6)
    # What is held in a quarter is read in it.
    fed = GAIN * (own[0] + np.concatenate([[0.0], np.cumsum(own)[:-1]]))
    assert response.sel(source="x", target="y")[1:].to_numpy() == pytest.approx(fed, abs=1e-6)


def test_what_is_not_read_moves_nothing() -> None:
    response = found(chain()).response.sel(statistic="p50")
    assert float(abs(response.sel(source="y", target=["x", "z"])).max()) == 0
    assert float(abs(response.sel(source="z", target=["x", "y"])).max()) == 0


def test_only_pairs_that_are_moved_enough_are_told_with_their_way() -> None:
    result = found(chain())
    (row,) = result.strongest.to_dict("records")
    assert (row["source"], row["target"], row["quarter"]) == ("x", "y", QUARTERS)
    assert (row["path"], row["same_sign"]) == ("feeds", 1.0)
    assert found(chain(), least=50.0).strongest.empty
    assert (
        "No variable moves another by as much as 50 points"
        in tell(found(chain(), least=50.0)).words[0]
    )


def test_a_step_is_half_of_log_odds_or_a_tenth() -> None:
    low, high = ends(variable("a", "share", 0.5))
    assert np.log(high / (1 - high)) - np.log(low / (1 - low)) == pytest.approx(0.5)
    low, high = ends(variable("b", "index", 1.0))
    assert np.log(high / low) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"variable": ("q",)}, 'variable: found "q"; allowed: x, y, z'),
        ({"worlds": 4}, "worlds: found 4; allowed: at least 20"),
        ({"quarters": 1}, "quarters: found 1; allowed: at least 2"),
        ({"least": float("nan")}, "least: found nan"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_run(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UseError) as caught:
        found(chain(), **options)
    assert said in str(caught.value)


def test_the_command_tells_it_as_all_analyses_are_told(
    command: Command, starter: Path, tmp_path: Path
) -> None:
    given = ("influence", starter, "--worlds", 64, "--variable", "trust", "--least", 0.1)
    said = command(*given, "--out", tmp_path / "out")
    assert said.code == 0, said.err
    assert "trust raises the league's openness" in said.out
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"influence.html", "influence.md", "influence.csv", "responses.csv"} <= names
    assert json.loads((tmp_path / "out" / "run.json").read_text())["least"] == 0.1
