"""Robustness against our own choices: what each of them does, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy

import tightrope
from conftest import Command
from test_claims import claim, side
from tightrope.analyses.asking import answer, tell
from tightrope.analyses.robust import numbers
from tightrope.analyses.robust.numbers import Robust, views
from tightrope.analyses.robust.options import MINE, Options
from tightrope.case import Case, Outcome
from tightrope.case.mechanism import mechanism
from tightrope.engine.progress import no_watch
from tightrope.engine.worlds import Sample
from tightrope.errors import UseError
from tiny import actor, case, instrument, number, variable

WORLDS = 400


def strong(word_loud: Any, push: Any) -> dict[str, Any]:
    """Loud words move x by a strength."""
    return {"x": push * word_loud}


def either(word_loud: Any, either_way: Any) -> dict[str, Any]:
    """Loud words move y up more often than down."""
    return {"y": either_way * word_loud}


def lever(themes: dict[str, tuple[str, ...]] | None = None) -> Case:
    """After one quarter x, a real, differs by its push of 0.9 to 1.1, and y by -1 to 2."""
    speaker = instrument("word", "speaker", ["quiet", "loud"])
    loud, quiet = {"word": "loud"}, {"word": "quiet"}

    def asked(name: str, margin: float) -> Any:
        what = Outcome("variable", name)
        own = side(what, 1, 1, **loud), side(what, 1, 1, **quiet)
        return claim(f"{name} {margin:g}", *own, "higher", margin)

    pushes = [
        replace(number(name, *ends), unit="points per quarter")
        for name, ends in (("push", (0.9, 1.1)), ("either_way", (-1.0, 2.0)))
    ]
    made = case(
        [variable("x"), variable("y")],
        [mechanism(passages=["1.1"])(f) for f in (strong, either)],
        actors=[actor("speaker", [speaker], "x")],
        parameters=pushes,
        claims=[asked("x", 0.7), asked("x", 1.4), asked("x", 0.1), asked("y", 0.001)],
    )
    return replace(made, themes=themes or {})


def found(of: Case, **options: Any) -> Robust:
    given = Options(**{"worlds": WORLDS, "quarters": 4, **options})
    result: Robust = answer("robust", of, given, no_watch)
    return result


def test_words_under_strengths_that_are_known_by_hand() -> None:
    result = found(lever(), choice=("halved", "doubled", "symmetric"))
    words = result.words.set_index("claim")
    told = words[["as it is", "halved", "doubled", "symmetric"]].T.to_dict("list")
    assert told == {
        "x 0.7": ["holds", "too small to matter", "holds", "holds"],
        "x 1.4": ["too small to matter", "too small to matter", "holds", "too small to matter"],
        "x 0.1": ["holds"] * 4,
        "y 0.001": ["leans", "leans", "leans", "contested"],
    }
    assert words["keeps"].to_dict() == {
        "x 0.7": False, "x 1.4": False, "x 0.1": True, "y 0.001": False,
    }  # fmt: skip
    assert words.at["x 0.7", "words"] == "holds, too small to matter"
    assert "1 of 4 claims keeps its word" in tell(result).words[0]


def test_a_word_that_the_worlds_do_not_tell_from_another_is_said_to_be_chance() -> None:
    """Two thirds of the range of y lie above zero: at the border of leans itself."""
    words = found(lever(), worlds=60, choice=("triangular",)).words.set_index("claim")
    clear = found(lever(), worlds=4000, choice=("triangular",)).words.set_index("claim")
    assert not clear["by_chance"].any()
    near = words.loc["y 0.001"]
    assert near["keeps"] or near["by_chance"]


def test_the_triangular_range_is_scipys() -> None:
    tiny = lever()
    own = Sample.of(tiny, 1, 0, 500)
    made = numbers.triangular(tiny, own.params)
    row = [p.name for p in tiny.priors].index("either_way")
    unit = (own.params[row] + 1.0) / 3.0
    expected = scipy.stats.triang.ppf(unit, c=0.5, loc=-1.0, scale=3.0)
    assert made[row] == pytest.approx(expected, abs=1e-5)


def test_numbers_of_a_theme_go_together_and_keep_their_ranges() -> None:
    tiny = lever({"words": ("push", "either_way")})
    made = {v.name: v.worlds for v in views(tiny, Options(worlds=4000))}
    rows = [[p.name for p in tiny.priors].index(name) for name in ("push", "either_way")]
    before = scipy.stats.spearmanr(*made["as it is"].params[rows]).statistic
    after = scipy.stats.spearmanr(*made["themes"].params[rows]).statistic
    assert abs(before) < 0.05
    # Of a normal copula with correlation r Spearman's is 6 / pi * asin(r / 2).
    assert after == pytest.approx(6 / np.pi * np.arcsin(0.35), abs=0.03)
    unit = (made["themes"].params[rows[1]] + 1.0) / 3.0
    assert scipy.stats.kstest(unit, "uniform").pvalue > 0.01


def test_as_it_is_is_the_board_without_the_record(starter_case: Case) -> None:
    board = tightrope.assess(
        starter_case, worlds=256, with_evidence=False, with_hindcast=False, with_decisive=False,
        with_boxes=False, with_basis=False, with_scenarios=False,
    )  # fmt: skip
    result = found(starter_case, worlds=256, quarters=20, choice=("habit",))
    rows = board.claims.set_index("claim")
    for row in result.words.to_dict("records"):
        assert row["as it is"] == rows.at[row["claim"], "verdict"]


def test_a_longer_lookahead_is_that_of_the_case(starter_case: Case) -> None:
    longer = replace(starter_case, lookahead=8)
    there = found(longer, worlds=128, quarters=12, choice=("habit",)).words
    here = found(starter_case, worlds=128, quarters=12, choice=("lookahead",)).words
    assert here["lookahead"].tolist() == there["as it is"].tolist()


def test_what_a_case_gives_nothing_to_change_by_is_left_out_and_said() -> None:
    bare = replace(lever(), parameters=(number("push", 0.9, 1.1), number("either_way", 1.0, 2.0)))
    result = found(bare, choice=("halved", "symmetric", "themes", "triangular"))
    assert list(result.views) == ["as it is", "triangular"]
    assert set(result.left_out) == {"halved", "symmetric", "themes"}
    assert any("case.yaml names no themes" in line for line in tell(result).careful)


def test_other_choices_than_there_are_are_refused_with_the_nearest(starter_case: Case) -> None:
    with pytest.raises(UseError, match=r'"halfed".*did you mean "halved"'):
        found(starter_case, choice=("halfed",))
    with pytest.raises(UseError, match=r"lookahead: found 13; allowed"):
        found(starter_case, lookahead=13)
    with pytest.raises(UseError, match=r"together: found 1; allowed"):
        found(starter_case, together=1.0)


def test_the_command_writes_every_word(command: Command, starter: Path, tmp_path: Path) -> None:
    folder = tmp_path / "robust"
    ran = command(
        "robust", starter, "--worlds", "60", "--quarters", "12", "--choice", "doubled",
        "--choice", "habit", "--out", str(folder),
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "keep" in ran.out
    written = {path.name for path in folder.iterdir()}
    assert {"words.csv", "shares.csv", "robust-words.svg", "robust.html", "robust.md"} <= written
    assert set(MINE) >= {"doubled", "habit"}


def test_a_board_has_the_words_under_other_choices_where_they_are_asked_for() -> None:
    tiny = lever()
    without: dict[str, Any] = dict.fromkeys(
        ("with_evidence", "with_decisive", "with_boxes", "with_basis", "with_scenarios"), False
    )
    board = tightrope.assess(tiny, worlds=128, quarters=4, with_robust=True, **without)
    rows = board.claims.set_index("claim")
    assert rows.at["x 0.1", "otherwise"] == "holds"
    assert rows.at["x 1.4", "otherwise"] == "holds, too small to matter"
    bare = tightrope.assess(tiny, worlds=128, quarters=4, **without)
    assert (bare.claims["otherwise"] == "").all()
