"""The starter's numbers hold still, on every machine; see `reference/starter.py` to change them."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.reference import starter

NEAR = 1e-4
"""Other processors add up in another order."""

ONE_WORLD = 1.0 / starter.WORLDS + 1e-6
"""One world may fall on the other side of a margin; the file has six decimals."""


@pytest.fixture(scope="module")
def now() -> pd.DataFrame:
    return starter.assessed().set_index("claim")


@pytest.fixture(scope="module")
def kept() -> pd.DataFrame:
    return starter.kept().set_index("claim")


def test_the_same_claims_are_tested(now: pd.DataFrame, kept: pd.DataFrame) -> None:
    assert list(now.index) == list(kept.index)
    assert list(now.columns) == list(kept.columns)


@pytest.mark.parametrize("column", ["share", "direction"])
def test_shares_differ_by_a_world_at_most(
    now: pd.DataFrame, kept: pd.DataFrame, column: str
) -> None:
    assert now[column].to_numpy() == pytest.approx(kept[column].to_numpy(), abs=ONE_WORLD)


def test_effects_are_the_same(now: pd.DataFrame, kept: pd.DataFrame) -> None:
    expected = pytest.approx(kept["effect"].to_numpy(), rel=NEAR, abs=NEAR, nan_ok=True)
    assert now["effect"].to_numpy() == expected
