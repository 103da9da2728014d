"""What the source says and how: each assertion becomes something, and none is scored as another."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import tightrope
from tightrope import Board, Case, load
from tightrope.analyses.intervals import wilson
from tightrope.analyses.verdicts import coverage, terminal
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.verdicts.markdown import markdown
from tightrope.analyses.verdicts.page import html
from tightrope.analyses.verdicts.verdict import RARE, TESTED, Shares, needed, undecided, verdict
from tightrope.case.grounds import UNSCORED
from tightrope.errors import CaseError
from tightrope.starter import copy_starter

BECOMES = {
    "1.1a": ("asked beside", "", "crowd-is-pleased", ""),
    "1.1b": ("tested", "words-cost-trust", "", ""),
    "1.1c": ("tested", "words-cost-more-in-war", "", ""),
    "1.1d": ("tested", "council-speaks-softly", "", ""),
    "1.2a": ("put in", "", "", "retaliation"),
    "1.2b": ("put in", "", "", "pressure_weighs_on_trade"),
    "1.2c": ("tested", "open-harbour-weathers-storm", "", ""),
    "1.2d": ("put in", "", "", "trust_opens_the_league"),
}
"""What becomes of the starter's assertions, read off its files."""


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_hedge_is_met_where_it_is_not_rare(argued: float, part: float) -> None:
    """However many of the other worlds are the opposite: what may be so need not be likely."""
    opposite = (1 - argued) * part
    shares = Shares(argued, 1 - argued - opposite, opposite)
    assert verdict(shares, hedged=True) == ("can happen" if argued >= 0.10 else "rare")


def test_what_is_rare_could_be_denied() -> None:
    """The line is where the opposite assertion would hold."""
    denied = Shares(argued=1 - RARE, small=0.0, opposite=RARE)
    assert verdict(denied) == "holds"


@pytest.mark.parametrize(("argued", "worlds"), [(0.12, 200), (0.09, 200), (0.3, 100), (0.01, 50)])
def test_a_hedge_is_undecided_where_its_share_is_near_the_line(argued: float, worlds: int) -> None:
    shares = Shares(argued, 1 - argued, 0.0)
    low, high = wilson(argued, worlds)
    open_ = undecided(shares, worlds, hedged=True)
    assert (open_ == "can happen or rare") == (low < 0.10 <= high)
    if open_:
        count = int(needed(shares, worlds, hedged=True))
        assert undecided(shares, count, hedged=True) == ""
        assert undecided(shares, count - 1, hedged=True) != ""


def test_the_same_worlds_get_another_word_as_a_hedge(starter_case: Case) -> None:
    claim = next(c for c in starter_case.claims if not c.hedged)
    effects = np.full((len(claim.parts), 100), -50.0)
    effects[:, :30] = 50.0
    (sign,) = {1 if p.expect == "higher" else -1 for p in claim.parts}
    came_to = np.sign(sign * effects[0]).astype(np.int8)
    plain = Result(claim, effects, came_to, 0)
    hedged = replace(plain, claim=replace(claim, hedged=True))
    assert {plain.verdict, hedged.verdict} <= {"leans", "leans against", "contested", "can happen"}
    assert hedged.verdict == "can happen"
    assert plain.stands == hedged.stands, "what it rests on does not depend on how it was said"


def test_each_assertion_becomes_what_the_files_say(starter_case: Case) -> None:
    rows = coverage.coverage(starter_case).set_index("assertion")
    found = {
        name: tuple(row) for name, row in rows[["becomes", "by", "beside", "inputs"]].T.items()
    }
    assert found == BECOMES
    assert coverage.sentences(starter_case) == [
        "Of 8 assertions of the source, 4 are tested, 3 are put in and 1 is asked beside.",
        "Of 7 claims, 4 test what the source says, 1 asks whether something that is meant works or "
        "something believed is true, and 2 are ours alone.",
    ]


def test_the_verdicts_of_what_the_source_says_stand_apart_from_those_of_ours() -> None:
    """Counted by hand: a claim that tests an assertion and asks beside another tests it."""
    rows = [("holds", "1a", ""), ("can happen", "1b", ""), ("can happen", "1c", "1d"),
            ("refuted", "", "1d"), ("leans", "", ""), ("leans", "", ""), ("rare", "", ""),
            ("not tested", "", "")]  # fmt: skip
    claims = pd.DataFrame(rows, columns=["verdict", "tests", "beside"])
    assert coverage.apart(claims) == [
        "What the source says: 1 holds and 2 can happen.",
        "Whether what is meant works, or what is believed is true: 1 refuted.",
        "What is ours alone: 2 leans and 1 rare.",
    ]
    assert coverage.apart(claims.assign(tests="", beside="")) == []


@pytest.mark.parametrize("word", TESTED)
def test_what_is_meant_has_no_verdict_whatever_the_claim_beside_it_says(
    starter_case: Case, word: str
) -> None:
    case = starter_case
    rows = coverage.coverage(case, {c.id: word for c in case.claims}).set_index("assertion")
    assert rows.loc["1.1a", "how"] == "means to"
    assert rows.loc["1.1a", "verdicts"] == ""
    assert rows.loc["1.1b", "verdicts"] == word
    asked = {a.id for a in case.assertions if a.how in UNSCORED}
    assert set(rows.index[rows["verdicts"] != ""]).isdisjoint(asked)


def test_a_claim_that_was_not_looked_at_has_no_verdict(starter_case: Case) -> None:
    rows = coverage.coverage(starter_case, {"words-cost-trust": "leans"}).set_index("assertion")
    assert rows.loc["1.1b", "verdicts"] == "leans"
    assert rows.loc["1.1c", "verdicts"] == "not looked at"


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_hedge_and_its_mirror_image_are_not_both_rare_unless_most_is_small(
    argued: float, part: float
) -> None:
    """That something may rise and that it may fall can both be met; neither denies the other."""
    opposite = (1 - argued) * part
    shares = Shares(argued, 1 - argued - opposite, opposite)
    words = {verdict(one, hedged=True) for one in (shares, Shares(opposite, shares.small, argued))}
    if shares.small <= 1 - 2 * RARE:
        assert "can happen" in words


def test_a_case_without_assertions_says_nothing_of_them(starter_case: Case) -> None:
    bare = replace(
        starter_case, passages=tuple(replace(p, assertions=()) for p in starter_case.passages)
    )
    assert coverage.coverage(bare).empty
    assert coverage.sentences(bare) == []


def test_the_board_says_which_claims_test_the_source(board: Board) -> None:
    rows = board.claims.set_index("claim")
    assert rows.loc["words-cost-trust", "tests"] == "1.1b"
    assert rows.loc["crowd-is-pleased", "beside"] == "1.1a"
    assert rows.loc["council-speaks-softly", "said"] == "may"
    assert rows.loc["council-speaks-softly", "verdict"] in ("can happen", "rare")
    assert set(rows.loc[rows["said"] == "", "verdict"]).isdisjoint({"can happen", "rare"})


def test_all_that_tells_a_board_tells_what_becomes_of_the_source(board: Board) -> None:
    console = Console(file=io.StringIO(), width=300)
    console.print(terminal.board(board))
    said = " ".join([*coverage.sentences(board.case), *coverage.apart(board.claims)])
    assert isinstance(console.file, io.StringIO)
    for text in (console.file.getvalue(), markdown(board), html(board)):
        assert said in " ".join(re.sub(r"</?(li|ul|p)>", " ", text).split())
    assert "ours, beside 1.1a" in console.file.getvalue()
    asked = "whether it works: crowd-is-pleased ("
    assert all(asked in re.sub("<[^>]*>", "", text) for text in (markdown(board), html(board)))
    for one in board.case.assertions:
        assert f'id="assertion-{one.id}"' in html(board)
        assert f"| {one.id} | {one.how} |" in markdown(board)
    assert "This is not scored; the claim asks whether it works." in html(board)
    assert html(board).count("Ours: the source does not say this") == 2


def test_coverage_is_saved_and_opened_again(board: Board, tmp_path: Path) -> None:
    tightrope.save(board, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "coverage.csv", keep_default_na=False)
    assert list(table["assertion"]) == list(BECOMES)
    words = board.claims.set_index("claim")["verdict"]
    assert list(table["verdicts"]) == [words[by] if by else "" for by in table["by"]]
    opened = tightrope.open(tmp_path / "out")
    assert isinstance(opened, Board)
    assert opened.case.assertions == board.case.assertions
    assert opened.case.claims == board.case.claims


def test_what_is_left_out_is_told(tmp_path: Path, board: Board) -> None:
    folder = tmp_path / "harbour"
    copy_starter(folder)
    with (folder / "case.yaml").open("a") as file:
        file.write("leaves out:\n  - {says: The tide., why: Ships wait., sources: [kydd2005]}\n")
    case = load(folder)
    (found,) = case.omissions
    assert (found.says, found.why, found.sources) == ("The tide.", "Ships wait.", ("kydd2005",))
    told = replace(board, case=replace(board.case, omissions=case.omissions))
    assert "| The tide. | Ships wait. | kydd2005 |" in markdown(told)
    assert re.search(r"<li>The tide\. .*Ships wait\..*kydd2005", html(told))


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        (
            "tests: [1.1b]", "tests: [1.1a]",
            'words-cost-trust.tests[1]: found "1.1a", which is said as "means to"; allowed: what '
            "is not scored stands under beside",
        ),
        (
            "tests: [1.1b]", "tests: [1.1b, 1.1d]",
            "words-cost-trust.tests: found hedges (may) and others; allowed: a claim for each of "
            "the two",
        ),
        (
            "tests: [1.1b]", "tests: [1.1x]",
            'words-cost-trust.tests[1]: found "1.1x"; allowed: 1.1b, 1.1c, 1.1d, 1.2a, 1.2b, '
            '1.2c, 1.2d; did you mean "1.1d"?',
        ),
        (
            "beside: [1.1a] ", "beside: [1.1b] ",
            'crowd-is-pleased.beside[1]: found "1.1b"; allowed: 1.1a; did you mean "1.1a"?',
        ),
    ],
)  # fmt: skip
def test_a_claim_that_tests_what_it_cannot_is_refused(
    tmp_path: Path, change: str, to: str, said: str
) -> None:
    assert said in refused(tmp_path, "claims.yaml", change, to)


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (
            '1.1b: {says: "x"}',
            'found the field "says"; allowed: is, means to, believes,',
        ),
        ("1.1b: {inputs: [trust]}", "found none of them; allowed: one of is, means to, believes"),
        ('1.1b: {is: "x", may: "y"}', 'found "is" and "may"; allowed: one of is, means to'),
        (
            '1.1b: {is: "x", inputs: [retaliaton]}',
            '1.1b.inputs: found "retaliaton"; allowed:',
        ),
        (
            '1.1b: {is: "x", cannot test: "no"}',
            '1.1b: found "cannot test", and a claim that tests it; allowed: one of the two',
        ),
        (
            '1.1b: {is: "x", left out: "a", inputs: [trust]}',
            'found "inputs" and "left out"; allowed: "left out" alone',
        ),
    ],
)
def test_an_assertion_that_is_two_things_is_refused(tmp_path: Path, to: str, said: str) -> None:
    change = '1.1b: {does: "Harsh words cost the league\'s trust."}'
    assert said in refused(tmp_path, "passages.yaml", change, to)


def test_an_assertion_stands_once(tmp_path: Path) -> None:
    found = refused(tmp_path, "passages.yaml", "    1.2a:", "    1.1a:")
    assert "1.1a: found a name that stands twice; allowed: another name" in found


def refused(folder: Path, file: str, change: str, to: str) -> str:
    """What is said of the starter with this change."""
    copy_starter(folder / "harbour")
    path = folder / "harbour" / file
    text = path.read_text("utf-8")
    assert change in text
    path.write_text(text.replace(change, to, 1), "utf-8")
    with pytest.raises(CaseError) as caught:
        load(folder / "harbour")
    return " ".join(str(caught.value).split())


def test_all_that_kabul_s_assessment_says_becomes_something() -> None:
    case = load("kabul")
    rows = coverage.coverage(case)
    assert "nothing yet" not in set(rows["becomes"])
    assert len(rows) > 80
    unscored = rows[rows["how"].isin(UNSCORED)]
    assert (unscored["by"] == "").all()
    assert case.omissions
