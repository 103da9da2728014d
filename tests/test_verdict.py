"""Verdict words: what they say follows from three shares of worlds, and says no more than these."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_claims import claim, side
from tightrope.analyses.verdicts import claims, table
from tightrope.analyses.verdicts.verdict import (
    HOLDS,
    MOST,
    SUPPORTED,
    TESTED,
    Shares,
    undecided,
    verdict,
)
from tightrope.case import Case, Claim, Outcome, Part
from tightrope.case.mechanism import mechanism
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import First
from tiny import HERE, actor, case, instrument, number, variable

MIRRORED = {
    "holds": "refuted", "leans": "leans against", "contested": "contested",
    "too small to matter": "too small to matter", "leans against": "leans", "refuted": "holds",
}  # fmt: skip


@pytest.mark.parametrize(
    ("argued", "opposite", "word"),
    [
        (1.0, 0.0, "holds"),
        (0.90, 0.10, "holds"),
        (0.89, 0.0, "leans"),
        (0.51, 0.0, "leans"),  # in just under half of worlds too small, in none the opposite
        (0.50, 0.0, "too small to matter"),
        (0.0, 0.0, "too small to matter"),
        (0.0, 0.50, "too small to matter"),
        (0.49, 0.05, "contested"),  # as argued in fewer than half
        (0.60, 0.30, "leans"),
        (0.60, 0.31, "contested"),
        (0.31, 0.60, "contested"),
        (0.30, 0.60, "leans against"),
        (0.0, 0.51, "leans against"),
        (0.0, 0.90, "refuted"),
    ],
)
def test_words_at_their_borders(argued: float, opposite: float, word: str) -> None:
    assert verdict(Shares(argued, 1 - argued - opposite, opposite)) == word


@st.composite
def shares(draw: Any) -> Shares:
    """Three shares, in whole per cent so that no border is a matter of rounding."""
    argued = draw(st.integers(0, 100))
    opposite = draw(st.integers(0, 100 - argued))
    return Shares(argued / 100, (100 - argued - opposite) / 100, opposite / 100)


@given(shares())
def test_a_mirror_image_gets_the_mirrored_word(one: Shares) -> None:
    word = verdict(one)
    assert word in TESTED
    assert verdict(Shares(one.opposite, one.small, one.argued)) == MIRRORED[word]


@given(shares())
def test_a_word_never_says_more_than_the_shares(one: Shares) -> None:
    word = verdict(one)
    if word in SUPPORTED:
        assert one.argued > one.opposite
        assert one.argued >= MOST
    if word == "holds":
        assert one.argued >= HOLDS
    if word in ("refuted", "leans against"):
        assert one.opposite >= MOST, "what is small is not held against a claim"
    if word == "contested":
        assert min(one.argued, one.opposite) > 0, "contested without worlds of both signs"


@given(shares(), st.integers(1, 5000))
def test_what_is_left_open_includes_the_word(one: Shares, worlds: int) -> None:
    left = undecided(one, worlds)
    if left:
        assert verdict(one) in left.split(" or ")
        assert len(left.split(" or ")) > 1


def test_many_worlds_decide_and_few_do_not() -> None:
    clear = Shares(0.97, 0.02, 0.01)
    assert undecided(clear, 2000) == ""
    assert undecided(clear, 20) == "holds or leans"
    assert undecided(Shares(0.88, 0.12, 0.0), 100) == "holds or leans"
    assert "leans or too small to matter" in undecided(Shares(0.49, 0.51, 0.0), 100)
    assert undecided(Shares(0.0, 0.0, 0.0 + 1.0), 100) == ""


def test_the_words_left_open_include_the_true_one() -> None:
    """Worlds drawn from known shares: the word of these is said, or left open, in 95 % of cases."""
    rng = np.random.default_rng(5)
    missed, count = 0, 2000
    for _ in range(count):
        true = rng.dirichlet([0.8, 0.8, 0.8])
        seen = rng.multinomial(400, true) / 400
        said = Shares(*seen)
        left = undecided(said, 400) or verdict(said)
        missed += verdict(Shares(*true)) not in left.split(" or ")
    assert missed / count < 0.05


# ---------------------------------------------------------------- outcomes, world by world


@given(
    st.lists(st.floats(-10, 10), min_size=1, max_size=30),
    st.sampled_from(["higher", "lower"]),
    st.floats(0, 3),
)
def test_higher_and_lower_are_mirror_images(
    values: list[float], expect: str, margin: float
) -> None:
    d = np.array(values)
    other = {"higher": "lower", "lower": "higher"}[expect]
    one, mirrored = claims.outcome(d, expect, margin), claims.outcome(d, other, margin)
    assert (one == -mirrored).all()
    assert ((one == 0) == (np.abs(d) <= margin)).all()


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=30), st.floats(0, 3))
def test_not_lower_is_the_opposite_just_where_lower_is_as_argued(
    values: list[float], margin: float
) -> None:
    d = np.array(values)
    for positive, negative in (("lower", "not lower"), ("higher", "not higher")):
        one, other = (claims.outcome(d, e, margin) for e in (positive, negative))
        assert ((one > 0) == (other < 0)).all()
        assert (other != 0).all(), "for a negative claim nothing is too small"


def test_a_joint_claim_is_as_strong_as_its_weakest_part() -> None:
    one = Part(None, None, "higher", 1.0)  # type: ignore[arg-type]
    joint = Claim("joint", "1.1", "", "", (one, one), HERE)
    parts = np.array([[2.0, 2.0, 2.0, 0.5, -2.0], [3.0, 0.5, -2.0, 0.0, -3.0]])
    assert claims.outcomes(joint, parts).tolist() == [1, 0, -1, 0, -1]
    assert claims.outcomes(joint, parts, 0.25).tolist() == [1, 1, -1, 0, -1]


# ---------------------------------------------------------------- a case that is known by hand


def louder(word_loud: Any, strength: Any) -> dict[str, Any]:
    """Loud words move the level by just the strength."""
    return {"level": strength * word_loud}


def known(low: float, high: float, margin: float, expect: str = "higher") -> claims.Result:
    """A difference that is spread evenly over a range."""
    outcome = Outcome("variable", "level")
    loud, quiet = ({"word": level} for level in ("loud", "quiet"))
    tiny: Case = case(
        [variable("level", "real", baseline=0.0, reversion=0.0, noise=0.0)],
        [mechanism(passages=["1.1"])(louder)],
        actors=[actor("speaker", [instrument("word", "speaker", ["quiet", "loud"])], "level")],
        parameters=[number("strength", low, high)],
        claims=[claim("one", side(outcome, 1, 1, **loud), side(outcome, 1, 1, **quiet), expect,
                      margin)],
    )  # fmt: skip
    runs = Runs(compile_case(tiny), First(0, 1024), 4)
    _, (result,) = claims.evaluate(Setting.of(runs, "base", "free"), tiny.claims)
    return result


@pytest.mark.parametrize(
    ("low", "high", "margin", "argued", "small", "opposite", "word"),
    [
        (-1.0, 3.0, 0.5, 0.625, 0.25, 0.125, "leans"),
        (1.0, 2.0, 0.5, 1.0, 0.0, 0.0, "holds"),
        (0.1, 0.3, 0.5, 0.0, 1.0, 0.0, "too small to matter"),  # planted: real, and negligible
        (-2.0, 2.0, 0.5, 0.375, 0.25, 0.375, "contested"),
        (-3.0, 1.0, 0.5, 0.125, 0.25, 0.625, "leans against"),
        (-2.0, -1.0, 0.5, 0.0, 0.0, 1.0, "refuted"),
    ],
)
def test_shares_against_a_closed_form(
    low: float, high: float, margin: float, argued: float, small: float, opposite: float, word: str
) -> None:
    result = known(low, high, margin)
    assert result.shares == pytest.approx((argued, small, opposite), abs=0.005)
    assert result.verdict == word
    assert known(low, high, margin, "lower").verdict == MIRRORED[word]


def test_a_claim_can_be_read_at_any_margin() -> None:
    found = table.margins([known(-1.0, 3.0, 0.5)]).set_index("times")
    for times, row in found.iterrows():
        wide = float(row["margin"])
        assert wide == 0.5 * float(str(times))
        assert row["argued"] == pytest.approx((3 - wide) / 4, abs=0.005)
        assert row["opposite"] == pytest.approx(max(1 - wide, 0) / 4, abs=0.005)
    assert found.at[1.0, "verdict"] == "leans"
    assert found.at[4.0, "verdict"] == "too small to matter"


def test_the_margins_at_which_the_word_changes_are_told() -> None:
    """Evenly from -1 to 3: half of the worlds are within the margin from a margin of 1 on."""
    (first, last), (then, _) = table.by_margin(known(-1.0, 3.0, 0.5))
    assert (first, then) == ("leans", "too small to matter")
    assert last == pytest.approx(1.0, abs=0.02)
    assert [word for word, _ in table.by_margin(known(1.0, 2.0, 0.1))] == ["holds"]
    assert table.by_margin(known(1.0, 2.0, 0.0)) == []


def test_the_sign_is_said_whatever_the_size() -> None:
    tiny = known(0.1, 0.3, 0.5)
    assert tiny.share == 0.0
    assert tiny.right.all()
    assert not known(-0.3, -0.1, 0.5).right.any()
