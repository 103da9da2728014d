"""Further worlds: claims are run until decided, and looking often does not cost certainty."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc

import tightrope
from conftest import Command
from polls import recorded_with_crowds
from tightrope import Board, Case, UseError
from tightrope.analyses.intervals import CONFIDENCE
from tightrope.analyses.verdicts import further
from tightrope.analyses.verdicts.verdict import (
    FAR,
    Shares,
    needed,
    undecided,
    verdict,
)
from tightrope.engine import runs
from tightrope.engine.worlds import PIECE, First, Sample, draw
from tightrope.text import wording
from tiny import case, number

BARE: dict[str, Any] = {
    "with_basis": False, "with_scenarios": False, "with_boxes": False, "with_decisive": False,
    "with_hindcast": False,
}  # fmt: skip

# ---------------------------------------------------------------- looks and their error


@given(st.integers(1, 100_000), st.integers(1, 10_000_000))
def test_each_look_has_twice_the_worlds_up_to_the_budget(first: int, most: int) -> None:
    ends = further.ends(first, max(first, most))
    assert (ends[0], ends[-1]) == (first, max(first, most))
    assert all(a < b <= 2 * a for a, b in pairwise(ends))


def told_wrongly(true: Shares, confidence: float, cases: int = 2000) -> float:
    """In what part of cases any of the looks decides for another word than that of `true`."""
    rng, ends = np.random.default_rng(7), further.ends(250, 16_000)
    word, wrong = verdict(true), 0
    for _ in range(cases):
        seen, before = np.zeros(3), 0
        for end in ends:
            seen += rng.multinomial(end - before, true)
            before = end
            shares = Shares(*(seen / end))
            if not undecided(shares, end, confidence):
                wrong += verdict(shares) != word
                break
    return wrong / cases


AT_BORDERS = [
    Shares(0.8999, 0.1001, 0.0), Shares(0.4999, 0.5001, 0.0), Shares(0.6665, 0.0, 0.3335),
    Shares(0.4999, 0.4, 0.1001),
]  # fmt: skip
"""Where a wrong word is most likely: a hair below a border."""


@pytest.mark.parametrize("true", AT_BORDERS)
def test_looking_often_decides_wrongly_no_more_often_than_one_look_may(true: Shares) -> None:
    looks = len(further.ends(250, 16_000))
    assert told_wrongly(true, further.sure(looks)) < 1 - CONFIDENCE


def test_looking_often_without_wider_intervals_would() -> None:
    assert max(told_wrongly(true, CONFIDENCE) for true in AT_BORDERS) > 1.5 * (1 - CONFIDENCE)


@pytest.mark.parametrize("true", [Shares(0.88, 0.12, 0.0), Shares(0.45, 0.55, 0.0)])
def test_what_is_needed_is_where_the_intervals_leave_the_borders(true: Shares) -> None:
    count = needed(true, 100)
    assert undecided(true, 100)
    assert undecided(true, int(count) - 1)
    assert not undecided(true, int(count))


def test_on_a_border_no_number_of_worlds_is_told() -> None:
    assert needed(Shares(0.5, 0.5, 0.0), 100) == float("inf")
    assert needed(Shares(0.89999999, 0.10000001, 0.0), FAR // 1000) == float("inf")


# ---------------------------------------------------------------- worlds in pieces

MANY = case([], [], parameters=[number(f"n{i}", 0.0, 1.0) for i in range(60)])


def test_a_world_is_the_same_however_many_are_drawn() -> None:
    whole = draw(MANY, 3, 0, 2 * PIECE + 100)
    for first, count in ((0, 1), (PIECE - 5, 10), (PIECE, 128), (2 * PIECE - 1, 101)):
        assert np.array_equal(draw(MANY, 3, first, count), whole[:, first : first + count])


def test_the_first_piece_is_a_plain_run_of_sobol_points_and_the_next_another() -> None:
    plain = qmc.Sobol(d=60, scramble=True, rng=np.random.default_rng(3)).random(2 * PIECE).T
    drawn = draw(MANY, 3, 0, 2 * PIECE)
    assert np.array_equal(drawn[:, :PIECE], plain[:, :PIECE])
    assert not np.isin(drawn[0, PIECE:], plain[0, PIECE:]).any()
    # Each piece by itself is spread evenly: so many in each of 64 equal parts of every number.
    counts = (drawn[:, PIECE:] * 64).astype(int)
    assert all((np.bincount(row, minlength=64) == PIECE // 64).all() for row in counts)


def test_many_worlds_are_drawn_in_little_more_memory_than_they_take() -> None:
    draw(MANY, 3, 0, 1)
    tracemalloc.start()
    sample = Sample.of(MANY, 3, 0, 30 * PIECE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    own = sample.params.nbytes + sample.indices.nbytes
    assert peak < own + 12 * 60 * PIECE * 8


def test_first_worlds_take_no_memory() -> None:
    assert len(First(0, 10_000_000)) == 10_000_000
    assert np.array_equal(
        First(0, 10_000_000).part(MANY, 40, 3).params, Sample.of(MANY, 0, 40, 3).params
    )


# ---------------------------------------------------------------- a board until decided


@pytest.fixture(scope="module")
def until(starter_case: Case) -> Board:
    return tightrope.assess(starter_case, worlds=256, until_decided=True, most_worlds=2048, **BARE)


def test_only_what_is_undecided_gets_more_worlds(until: Board, starter_case: Case) -> None:
    rows = until.claims[until.claims["verdict"] != "not tested"]
    assert (until.run.looks, until.run.first_worlds, until.run.most_worlds) == (4, 256, 2048)
    assert set(rows["worlds"]) <= {256.0, 512.0, 1024.0, 2048.0}
    assert (rows["worlds"] == 256).any()
    assert (rows["worlds"] > 256).any()
    before = tightrope.assess(starter_case, worlds=256, **BARE).claims.set_index("claim")
    for row in rows.to_dict("records"):
        shares = Shares(*(before.loc[row["claim"], s] for s in ("share", "small", "opposite")))
        assert (row["worlds"] > 256) == bool(undecided(shares, 256, further.sure(4)))
        if row["worlds"] < 2048:
            assert row["undecided"] == "", "given up before the budget was spent"


def test_the_worlds_are_those_of_a_larger_board(until: Board, starter_case: Case) -> None:
    rows = until.claims[until.claims["worlds"] == 2048]
    assert len(rows)
    larger = tightrope.assess(
        starter_case, worlds=2048, only=tuple(rows["claim"]), **BARE
    ).claims.set_index("claim")
    for row in rows.to_dict("records"):
        for what in ("share", "small", "opposite", "effect", "effect_low"):
            assert row[what] == larger.loc[row["claim"], what], (row["claim"], what)


def test_with_a_record_more_worlds_are_held_against_it(tmp_path: Path, matched: Board) -> None:
    recorded = recorded_with_crowds(tmp_path / "harbour")
    until = tightrope.assess(recorded, worlds=128, until_decided=True, most_worlds=300, **BARE)
    assert until.matching is not None
    more = until.claims[until.claims["worlds"] == 300]
    assert len(more)
    larger = tightrope.assess(recorded, worlds=300, only=tuple(more["claim"]), **BARE)
    assert list(larger.claims["share"]) == list(more["share"])
    assert list(until.claims["prior_share"].dropna()) == list(
        matched.claims["prior_share"].dropna()
    )


def test_what_is_run_is_what_undecided_claims_need(
    starter_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    whole = runs.Runs.means

    def counted(self: Any, plans: Any, readings: Any, *rest: Any) -> Any:
        asked.append((len(self.worlds), len(plans)))
        return whole(self, plans, readings, *rest)

    monkeypatch.setattr(runs.Runs, "means", counted)
    tightrope.assess(starter_case, worlds=256, until_decided=True, most_worlds=512, **BARE)
    first, *later = asked
    assert first[0] == 256
    assert sum(count for count, _ in later) == 256
    assert all(plans < first[1] for _, plans in later)


def test_the_board_says_what_is_left_and_that_it_is_an_estimate(until: Board) -> None:
    said = " ".join(further.sentences(until.claims, until.run))
    left = until.claims[until.claims["undecided"].ne("") & until.claims["needs"].notna()]
    assert len(left)
    for row in left.to_dict("records"):
        assert f"{row['claim']} ({row['undecided']}" in said
        assert row["needs"] > row["worlds"]
    assert "estimates" in said
    assert "98.75 %" in said
    assert "until_decided=True, most_worlds=2048" in until.run.command
    settled = until.claims[until.claims["undecided"] == ""]
    assert settled["needs"].isna().all()


def test_a_board_that_was_not_asked_says_nothing_of_it(board: Board) -> None:
    assert further.sentences(board.claims, board.run) == []
    assert (board.run.looks, board.run.most_worlds) == (1, 0)


def test_the_command_says_it_and_writes_it(command: Command, starter: Path, tmp_path: Path) -> None:
    said = command(
        "assess", starter, "--worlds", 128, "--until-decided", "--most-worlds", 256, "--no-basis",
        "--skip", "scenarios", "--out", tmp_path / "out",
    )  # fmt: skip
    assert said.code == 0
    flat = " ".join(said.out.split())
    assert "Still undecided: " in flat
    for page in ("board.md", "board.html"):
        text = (tmp_path / "out" / page).read_text("utf-8")
        assert "Still undecided: " in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"most_worlds": 500}, "most_worlds: found 500 without until_decided; allowed: both"),
        ({"until_decided": True, "most_worlds": 8}, "most_worlds: found 8; allowed: at least 16"),
        ({"until_decided": True, "most_worlds": 0}, "allowed: a whole number from 1 to 10,000,000"),
        ({"until_decided": True, "most_worlds": 9_000_000}, "allowed: up to 100,000,000"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(
    starter_case: Case, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(UseError, match=said):
        tightrope.assess(starter_case, worlds=16, **options)


def test_a_budget_on_the_command_line_too(command: Command, starter: Path) -> None:
    said = command("assess", starter, "--most-worlds", 500)
    assert said.code == 2
    assert "most_worlds: found 500 without until_decided" in said.err
    assert wording.counted(500, "world") not in said.out
