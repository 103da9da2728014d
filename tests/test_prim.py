"""PRIM: the same boxes, step by step, as the EMA Workbench finds; and what a step promises."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tightrope.analyses import prim
from tightrope.analyses.prim import Trajectory

# The oracle uses what a later pandas will drop.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")

SETS = range(24)


def random_set(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Values and picked worlds: planted boxes with noise; ties and constants in some sets."""
    rng = np.random.default_rng(seed)
    worlds, numbers = int(rng.integers(200, 500)), int(rng.integers(5, 13))
    if seed % 8 == 0:
        worlds, numbers = 1000, 40
    values = rng.normal(size=(numbers, worlds)) if seed % 2 else rng.random((numbers, worlds))
    if seed % 3 == 0:
        values = np.round(values, 1)  # ties, also at the limits
    if seed % 3 == 1:
        values[2] = rng.integers(0, 3, worlds)
    if seed % 4 == 0:
        values[3] = 7.0
    a, b, c = np.quantile(values[0], 0.6), np.quantile(values[1], 0.5), values[4]
    picked = {
        0: (values[0] > a) & (values[1] < b),
        1: (values[0] > a) != (values[1] > b),
        2: (c > np.quantile(c, 0.3)) & (c < np.quantile(c, 0.6)) & (values[2] > values[2].mean()),
        3: values[0] + values[1] > np.quantile(values[0] + values[1], 0.95),
        4: np.zeros(worlds, bool),
    }[seed % 5]
    noise = 0.02 if seed % 5 == 3 else 0.15
    return values, picked ^ (rng.random(worlds) < noise)


def by_the_oracle(values: np.ndarray, picked: np.ndarray, peel: float) -> Any:
    """The box of the EMA Workbench, with its trajectory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about optional parts of it that are not installed
        oracle = pytest.importorskip("ema_workbench.analysis.prim")
    frame = pd.DataFrame(values.T, columns=[str(i) for i in range(len(values))])
    return oracle.Prim(frame, picked, threshold=float(picked.mean()), peel_alpha=peel).find_box()


def oracle_chances(found: Any, numbers: int) -> np.ndarray:
    """Its quasi-p-values as ours are laid out; shape (S, P, 2)."""
    chances = np.full((len(found.qp), numbers, 2), np.nan)
    for step, by_name in enumerate(found.qp):
        for name, pair in by_name.items():
            chances[step, int(name)] = pair
    return np.where(chances == -1, np.nan, chances)


def assert_same(ours: Trajectory, found: Any) -> None:
    limits = np.stack([frame.to_numpy(float).T for frame in found.box_lims])
    steps = found.peeling_trajectory
    assert ours.limits.shape == limits.shape
    np.testing.assert_allclose(ours.limits, limits, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(ours.restricted, (limits != limits[0]).any(axis=2))
    np.testing.assert_array_equal(ours.restricted.sum(axis=1), steps["res_dim"])
    np.testing.assert_array_equal(ours.worlds, steps["n"])
    np.testing.assert_array_equal(ours.hits, steps["k"])
    np.testing.assert_allclose(
        ours.chances, oracle_chances(found, limits.shape[1]), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("seed", SETS)
def test_every_step_is_that_of_the_oracle(seed: int) -> None:
    values, picked = random_set(seed)
    peel = 0.1 if seed % 4 else 0.05
    assert_same(prim.find(values, picked, peel=peel), by_the_oracle(values, picked, peel))


# ---------------------------------------------------------------- what a step promises


@st.composite
def few_levels(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Up to five numbers of up to eleven levels, so that nearly all worlds are tied."""
    shape = draw(st.integers(1, 5)), draw(st.integers(2, 150))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    levels = draw(st.integers(0, 5))
    values = rng.integers(-levels, levels + 1, shape).astype(float)
    noise = rng.normal(0, draw(st.sampled_from([0.1, 2.0])), shape[1])
    return values, values[0] - np.abs(values[-1]) + noise > draw(st.floats(-3, 3))


@settings(max_examples=100)
@given(few_levels())
def test_peels_lose_coverage_and_pastes_regain_it_and_density_always_rises(
    given: tuple[np.ndarray, np.ndarray],
) -> None:
    found = prim.find(*given)
    assert (np.diff(found.hits / found.worlds) > 0).all()
    assert (np.diff(found.worlds[: found.peels + 1]) < 0).all()
    assert (np.diff(found.hits[: found.peels + 1]) <= 0).all()
    assert (np.diff(found.worlds[found.peels :]) > 0).all()
    assert (np.diff(found.hits[found.peels :]) > 0).all()
    assert found.worlds.min() >= prim.SMALLEST * found.worlds[0]


@settings(max_examples=100)
@given(few_levels())
def test_a_step_counts_the_worlds_within_its_limits(given: tuple[np.ndarray, np.ndarray]) -> None:
    values, picked = given
    found = prim.find(values, picked)
    for limits, worlds, hits in zip(found.limits, found.worlds, found.hits, strict=True):
        within = ((limits[:, 0] <= values.T) & (limits[:, 1] >= values.T)).all(axis=1)
        assert (within.sum(), picked[within].sum()) == (worlds, hits)
    is_set = found.limits != found.limits[0]
    np.testing.assert_array_equal(np.isnan(found.chances), ~is_set)
    assert ((found.chances[is_set] >= 0) & (found.chances[is_set] <= 1)).all()


@settings(max_examples=100)
@given(few_levels())
def test_only_the_order_of_values_matters_for_peels(given: tuple[np.ndarray, np.ndarray]) -> None:
    """Not for pastes: a limit may fall on either side of worlds that lie outside the box."""
    values, picked = given
    found, bent = prim.find(values, picked), prim.find(values**3 + values, picked)
    assert found.peels == bent.peels
    peels = slice(found.peels + 1)
    np.testing.assert_array_equal(found.worlds[peels], bent.worlds[peels])
    np.testing.assert_array_equal(found.hits[peels], bent.hits[peels])
    np.testing.assert_array_equal(found.restricted[peels], bent.restricted[peels])


@pytest.mark.parametrize("numbers", [0, 3])
@pytest.mark.parametrize("kind", [False, True])
def test_where_nothing_tells_worlds_apart_all_worlds_are_the_only_box(
    numbers: int, kind: bool
) -> None:
    of_one_kind = prim.find(np.random.default_rng(0).random((numbers, 40)), np.full(40, kind))
    never_moved = prim.find(np.ones((numbers, 40)), np.arange(40) % 2 == 0)
    for found in (of_one_kind, never_moved):
        assert found.worlds.tolist() == [40]
        assert not found.restricted.any()
