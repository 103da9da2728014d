"""What decides a claim: numbers that tell two kinds of worlds apart, beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

import tightrope
from tightrope import Case
from tightrope.analyses.verdicts import deciding
from tightrope.analyses.verdicts.claims import Result
from tightrope.engine.worlds import Sample


def told(case: Case, holds: Sequence[np.ndarray], params: np.ndarray) -> object:
    claims = case.claims[: len(holds)]
    results = [
        Result(c, h[None].astype(float), h.astype(np.int8), 0)
        for c, h in zip(claims, holds, strict=True)
    ]
    return deciding.decisive(case.priors, params, results)


def test_the_distance_is_the_library_s(starter_case: Case) -> None:
    params = Sample.of(starter_case, 3, 0, 700).params
    holds = np.random.default_rng(1).random(700) < 0.2 + 0.6 * (params[4] > np.median(params[4]))
    above, below = deciding.separation(np.argsort(params, axis=1, kind="stable"), holds)
    for i, own in enumerate(params):
        if np.ptp(own) == 0:
            continue
        theirs = stats.ks_2samp(own[holds], own[~holds])
        assert max(above[i], below[i]) == pytest.approx(theirs.statistic, abs=1e-12)


def test_a_number_that_decides_is_found_with_its_direction(starter_case: Case) -> None:
    params = Sample.of(starter_case, 0, 0, 1000).params
    free = [i for i, own in enumerate(params) if np.ptp(own) > 0]
    one, other = free[2], free[5]
    high = params[one] > np.quantile(params[one], 0.3)
    middle = np.abs(stats.rankdata(params[other]) / 1000 - 0.5) < 0.3
    found = told(starter_case, [high, ~high, middle], params).set_index("claim")  # type: ignore[attr-defined]
    first, second, third = (found.loc[[c.id]].iloc[0] for c in starter_case.claims[:3])
    assert (first["parameter"], first["direction"]) == (starter_case.priors[one].name, "higher")
    assert first["separation"] == pytest.approx(1.0)
    assert second["direction"] == "lower"
    assert (third["parameter"], third["direction"]) == (starter_case.priors[other].name, "some")


def test_what_is_chance_is_not_shown(starter_case: Case) -> None:
    """Worlds picked by lot: some number is shown in one case of twenty, or somewhat fewer."""
    params = Sample.of(starter_case, 0, 0, 600).params
    rng = np.random.default_rng(0)
    tries = 200
    shown = sum(
        len(told(starter_case, [rng.random(600) < 0.4], params)) > 0  # type: ignore[arg-type]
        for _ in range(tries)
    )
    assert shown <= stats.binom.isf(1e-4, tries, deciding.RISK)


def test_a_claim_that_comes_out_the_same_almost_everywhere_is_decided_by_nothing(
    starter_case: Case,
) -> None:
    params = Sample.of(starter_case, 0, 0, 600).params
    holds = np.ones(600, bool)
    holds[np.argsort(params[2])[: deciding.FEWEST - 1]] = False
    assert len(told(starter_case, [holds], params)) == 0  # type: ignore[arg-type]


def test_derivatives_are_worked_out_where_they_are_asked_for(starter_case: Case) -> None:
    board = tightrope.assess(
        starter_case, worlds=64, with_boxes=False, with_basis=False, with_scenarios=False,
        with_derivatives=True,
    )  # fmt: skip
    assert board.run.derivative_worlds == 64
    assert (board.derivatives["effect_of_range"] > 0).all()
    assert "with_derivatives=True" in board.run.command
    assert "with_decisive" not in board.run.command


def test_the_chance_level_is_the_published_one() -> None:
    """Two samples of 1,000 at 5 %: 1.358 times the root of 2 / 1,000 (Smirnov 1948)."""
    assert deciding.chance(1000, 1000, 1) == pytest.approx(1.358 * np.sqrt(2 / 1000), rel=1e-3)
    assert deciding.chance(1000, 1000, 100) > deciding.chance(1000, 1000, 1)


def test_a_number_that_is_fixed_decides_nothing(starter_case: Case) -> None:
    params = np.tile(np.linspace(0, 1, 100), (len(starter_case.priors), 1))
    params[0] = 7.0
    found = told(starter_case, [np.arange(100) < 50], params)
    assert starter_case.priors[0].name not in set(found["parameter"])  # type: ignore[index]
