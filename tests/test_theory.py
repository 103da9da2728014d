"""The field's formulas against closed forms, hand calculation and numerical search."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from tightrope.case import theory

shares = st.floats(0.01, 0.99)


@given(prior=shares, if_true=shares, if_false=shares)
def test_updating_is_bayes_rule(prior: float, if_true: float, if_false: float) -> None:
    posterior = prior * if_true / (prior * if_true + (1 - prior) * if_false)
    ours = theory.logistic(theory.bayes(theory.logit(prior), if_true, if_false))
    assert ours == pytest.approx(posterior, rel=1e-9)


def test_evidence_that_fits_both_hypotheses_alike_teaches_nothing() -> None:
    assert theory.bayes(0.3, 0.4, 0.4) == pytest.approx(0.3)


@given(own=st.floats(0, 0.6), other=st.floats(0, 0.6), power=st.floats(0.05, 0.95))
def test_nash_bargain_maximises_the_nash_product(own: float, other: float, power: float) -> None:
    assume(own + other < 0.95)

    def loss(x: float) -> float:
        return -(power * np.log(x - own) + (1 - power) * np.log(1 - x - other))

    best = minimize_scalar(loss, bounds=(own + 1e-9, 1 - other - 1e-9), method="bounded")
    assert theory.nash_bargain(own, other, power) == pytest.approx(best.x, abs=1e-4)


def test_nash_bargain_by_hand() -> None:
    # Equal power splits what is left after the outside options: 0.3 + (1 - 0.3 - 0.1) / 2.
    assert theory.nash_bargain(0.3, 0.1, 0.5) == pytest.approx(0.6)
    # Nothing is left to share: each keeps its outside option.
    assert theory.nash_bargain(0.7, 0.5, 0.5) == pytest.approx(0.7)


def test_herfindahl_by_hand() -> None:
    assert theory.herfindahl(1.0, 1.0, 1.0, 1.0) == pytest.approx(0.25)
    assert theory.herfindahl(5.0, 0.0) == pytest.approx(1.0)
    assert theory.herfindahl(50.0, 30.0, 20.0) == pytest.approx(0.25 + 0.09 + 0.04)


@given(st.lists(st.floats(0.01, 10), min_size=2, max_size=8))
def test_herfindahl_lies_between_even_and_single(ties: list[float]) -> None:
    value = theory.herfindahl(*ties)
    assert 1 / len(ties) - 1e-9 <= value <= 1.0
    assert theory.herfindahl(*(3 * t for t in ties)) == pytest.approx(value)


def test_formulas_follow_the_kind_of_array_they_are_given() -> None:
    x = np.array([0.2, 0.5])
    for formula in (theory.logit, theory.logistic, theory.hinge):
        assert isinstance(formula(jnp.asarray(x)), type(jnp.asarray(x)))
        assert np.asarray(formula(jnp.asarray(x))) == pytest.approx(formula(x), rel=1e-6)
        assert formula(0.2) == pytest.approx(formula(x)[0])
