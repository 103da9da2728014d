"""Boxes: a planted region is found, and noise is not taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from tightrope.analyses import boxes as conditions

NAMES = [f"number_{i}" for i in range(30)]


def worlds(seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).random((30, 1000))


def test_a_planted_box_is_found() -> None:
    values = worlds()
    fails = (values[4] > 0.7) & (values[11] < 0.4)
    found = conditions.boxes([("claim", ~fails)], values, NAMES, NAMES)
    assert set(found["parameter"]) == {"number_4", "number_11"}
    high, low = (found[found["parameter"] == n].iloc[0] for n in ("number_4", "number_11"))
    assert (high["side"], low["side"]) == ("high", "low")
    assert high["low"] == pytest.approx(0.7, abs=0.06)
    assert low["high"] == pytest.approx(0.4, abs=0.06)
    assert found["coverage"].iloc[0] > 0.8
    assert found["density"].iloc[0] > 0.8
    assert (found["target"] == "fails").all()


def test_the_rarer_kind_is_described() -> None:
    values = worlds()
    holds = values[2] < 0.15
    found = conditions.boxes([("claim", holds)], values, NAMES, NAMES)
    assert (found["target"] == "holds").all()
    text = conditions.sentence(found)
    assert text.startswith("As argued mostly where number_2 is low (below 0.1")


def test_shuffled_labels_give_no_telling_box() -> None:
    """Chance finds something in thirty columns, but nothing that covers and tells."""
    values = worlds()
    fails = np.random.default_rng(9).random(1000) < 0.3
    found = conditions.boxes([("claim", ~fails)], values, NAMES, NAMES)
    if not found.empty:
        first = found.iloc[0]
        assert first["density"] < 0.5 or first["coverage"] < 0.3


def test_too_few_worlds_of_a_kind_give_no_box() -> None:
    values = worlds()
    holds = np.ones(1000, bool)
    holds[:10] = False
    assert conditions.boxes([("claim", holds)], values, NAMES, NAMES).empty
    assert conditions.sentence(conditions.boxes([("c", holds)], values, NAMES, NAMES)) == ""


def test_numbers_that_never_vary_are_not_screened_in() -> None:
    values = worlds()
    values[5] = 0.5
    picked = values[1] > 0.9
    assert 5 not in conditions.screen(values, picked, count=29)
    assert conditions.screen(values, picked)[0] == 1
