"""Claims that say the same: how many independent facts a board holds."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from scipy import stats

import tightrope
from tightrope import Board, Case
from tightrope.analyses.verdicts import terminal
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.verdicts.correlation import (
    FEWEST,
    Together,
    correlations,
    independent,
    sentences,
    together,
)
from tightrope.analyses.verdicts.markdown import markdown
from tightrope.analyses.verdicts.page import html

WORLDS = 4000


def results(case: Case, effects: Sequence[np.ndarray]) -> list[Result]:
    """Claims of the case with these differences; each name may stand for another difference."""
    none = np.zeros(len(effects[0]), np.int8)
    return [
        Result(c, e[None].astype(float), none, 0)
        for c, e in zip(case.claims, effects, strict=False)
    ]


def noise(count: int, seed: int = 0, worlds: int = WORLDS) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, worlds))


def test_independent_claims_count_fully(starter_case: Case) -> None:
    found = together(results(starter_case, noise(5)))
    assert found.facts == pytest.approx(5, abs=0.01)
    assert found.alike.empty


def test_identical_claims_count_once(starter_case: Case) -> None:
    """Also in groups of unequal size, as mirror images, and on another scale."""
    one, other = noise(2)
    found = together(results(starter_case, [one, one, -one, np.exp(one), other]))
    assert found.facts == pytest.approx(2, abs=0.01)
    assert found.pairs["correlation"].abs().round(6).eq(1).sum() == 6


@given(
    st.integers(2, 40),
    st.floats(0, 1),
)
def test_equally_alike_claims_have_the_closed_form(count: int, r: float) -> None:
    """There it is the participation ratio of the eigenvalues too."""
    matrix = np.full((count, count), r)
    np.fill_diagonal(matrix, 1.0)
    values = np.linalg.eigvalsh(matrix)
    ratio = values.sum() ** 2 / (values**2).sum()
    assert independent(matrix) == pytest.approx(count / (1 + (count - 1) * r * r))
    assert independent(matrix) == pytest.approx(ratio)


def test_a_known_covariance_is_found_in_worlds(starter_case: Case) -> None:
    """Normal differences with a correlation of 0.8: Spearman's is 6 / pi asin(0.4)."""
    shared, own = noise(1)[0], noise(5, seed=1)
    found = together(results(starter_case, list(np.sqrt(0.8) * shared + np.sqrt(0.2) * own)))
    r = 6 / np.pi * np.arcsin(0.4)
    assert found.pairs["correlation"].to_numpy() == pytest.approx(r, abs=0.03)
    assert found.facts == pytest.approx(5 / (1 + 4 * r * r), rel=0.03)


def test_the_correlations_are_the_library_s() -> None:
    values = noise(4, worlds=200)
    values[2] += values[0]
    assert correlations(values) == pytest.approx(stats.spearmanr(values.T).statistic)


def test_few_worlds_do_not_make_claims_alike() -> None:
    """What chance adds to squared correlations is taken off: 60 claims in 100 worlds."""
    counts = [independent(correlations(noise(60, seed=s, worlds=100)), 100) for s in range(10)]
    naive = [independent(correlations(noise(60, seed=s, worlds=100))) for s in range(10)]
    assert np.mean(naive) < 40
    assert np.mean(counts) > 46


def test_what_never_varies_is_counted_apart(starter_case: Case) -> None:
    """A number that is the same in every world but for rounding is no fact of its own."""
    one, other = noise(2)
    same = np.full(WORLDS, 7.0)
    rounded = same + 1e-6 * noise(1, seed=3)[0]
    found = together(results(starter_case, [one, same, other, rounded]))
    ids = [c.id for c in starter_case.claims]
    assert found.constant == (ids[1], ids[3])
    assert found.facts == pytest.approx(2, abs=0.01)
    assert "2 claims have the same difference in every world" in " ".join(sentences(found))


def test_in_too_few_worlds_nothing_is_said(starter_case: Case) -> None:
    found = together(results(starter_case, noise(3, worlds=FEWEST - 1)))
    assert np.isnan(found.facts)
    assert sentences(found) == []
    assert together([]).pairs.empty


def test_a_board_of_constants_says_so(starter_case: Case) -> None:
    found = together(results(starter_case, [np.zeros(WORLDS), np.ones(WORLDS)]))
    assert found.facts == 0
    assert sentences(found) == [
        "2 claims have the same difference in every world and are not counted among them."
    ]


def test_one_fact_is_worded_as_one(starter_case: Case) -> None:
    one = noise(1)[0]
    (said,) = sentences(together(results(starter_case, [one, one])))
    assert said.startswith("2 claims whose difference varies over worlds count as 1 independent f")


def test_the_board_says_it_everywhere(board: Board) -> None:
    (first, *_) = sentences(board.together)
    console = Console(width=1000, record=True, file=io.StringIO())
    console.print(terminal.board(board))
    assert first in console.export_text()
    assert first in markdown(board)
    assert first in html(board)
    names = set(board.together.varying) | set(board.together.constant)
    assert names == set(board.claims.loc[board.claims["verdict"] != "not tested", "claim"])


def test_the_pairs_are_saved_the_strongest_first(board: Board, saved: object) -> None:
    table = tightrope.read_csv(f"{saved}/correlation.csv")
    many = len(board.together.varying)
    assert len(table) == many * (many - 1) // 2
    assert table["correlation"].abs().is_monotonic_decreasing
    pd.testing.assert_frame_equal(table, board.together.pairs, check_dtype=False)


def test_a_board_read_back_has_it(board: Board, saved: object) -> None:
    again = tightrope.open(saved)  # type: ignore[arg-type]
    assert isinstance(again.together, Together)
    assert again.together.facts == board.together.facts
