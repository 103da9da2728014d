"""What the page is given to judge claims anew, what it says of the weakest, and what moves what."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiny import number
from tightrope import Board, Case
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.verdicts.live import MOST, STEPS, live, told
from tightrope.analyses.verdicts.neighbours import neighbours
from tightrope.analyses.verdicts.weakest import weakest

WORLDS = 500


def result(case: Case, place: int, worlds: int = WORLDS) -> Result:
    rng = np.random.default_rng(place)
    claim = case.claims[place]
    effects = rng.standard_normal((len(claim.parts), worlds))
    return Result(claim, effects, np.zeros(worlds, np.int8), 0)


@given(st.sampled_from(["linear", "log"]), st.floats(0.01, 100), st.floats(1.001, 100))
def test_a_place_says_between_which_edges_a_number_lies(
    starter_case: Case, scale: str, low: float, times: float
) -> None:
    """The edges are the page's: equal parts of the range, or of its logarithm."""
    prior = number("any", low, low * times, scale)
    case = replace(starter_case, parameters=(prior,), variables=(), actors=())
    priors = [p.name for p in case.priors]
    params = np.stack([np.linspace(p.low, p.high, WORLDS) for p in case.priors])
    found = live(case, params, [])
    places = found.places[found.numbers.index("any")].astype(int)
    values = params[priors.index("any")]

    def edge(place: np.ndarray) -> np.ndarray:
        part = place / STEPS
        return low + part * (prior.high - low) if scale == "linear" else low * times**part

    assert (edge(places) <= values * (1 + 1e-9)).all()
    assert (values <= edge(places + 1) * (1 + 1e-9)).all()
    assert places[0] == 0
    assert places[-1] == STEPS - 1


def test_what_the_page_is_told_is_what_was_run(starter_case: Case) -> None:
    results = [result(starter_case, i) for i in range(3)]
    params = np.stack([np.full(WORLDS, p.low) for p in starter_case.priors])
    found = live(starter_case, params, results)
    said = told(starter_case, found)
    values = np.frombuffer(base64.b64decode(said["differences"]), "<f4").reshape(-1, WORLDS)
    run = np.concatenate([r.parts for r in results]).astype(np.float32)
    np.testing.assert_array_equal(values, run)
    assert [c["id"] for c in said["claims"]] == [r.claim.id for r in results]
    assert sum(len(c["parts"]) for c in said["claims"]) == len(values)
    for claim, of in zip(said["claims"], results, strict=True):
        margins = [p["margin"] for p in claim["parts"]]
        assert margins == pytest.approx([p.margin for p in of.claim.parts])
    places = np.frombuffer(base64.b64decode(said["places"]), np.uint8)
    assert places.size == WORLDS * len(said["numbers"])
    assert [n["name"] for n in said["numbers"]] == [
        p.name for p in starter_case.priors if not p.fixed
    ]


def test_more_worlds_than_a_page_holds_are_left_out(starter_case: Case) -> None:
    params = np.stack([np.full(MOST + 7, p.low) for p in starter_case.priors])
    found = live(starter_case, params, [result(starter_case, 0, MOST + 7)])
    assert found.differences.shape == (len(starter_case.claims[0].parts), MOST)
    assert found.places.shape[1] == MOST


def test_without_a_tested_claim_there_is_nothing_to_judge(starter_case: Case) -> None:
    params = np.stack([np.full(9, p.low) for p in starter_case.priors])
    assert live(starter_case, params, []).differences.shape == (0, 9)


SOLID = {"verdict": "holds", "undecided": "", "otherwise": "", "prior_verdict": "holds",
         "basis": "emergent", "rests_on": "", "opposite": 0.01}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"undecided": "leans"}, "more worlds may make it: leans"),
        (
            {"otherwise": "holds, contested"},
            "under other choices of ours its word is also: contested",
        ),
        ({"prior_verdict": "leans"}, "before the record its word was: leans"),
        (
            {"basis": "assumed", "rests_on": "words_cost_trust, choice"},
            "it falls without words cost trust or without the actors' choices "
            "(everybody keeps to usual conduct)",
        ),
        ({"opposite": 0.12}, "it is the opposite in 12 % of worlds"),
    ],
)
def test_each_weakness_is_said(board: Board, more: dict[str, object], why: str) -> None:
    found = weakest(with_rows(board, {**SOLID, **more}))
    assert [w.why for w in found] == [(why,)]


def test_a_word_that_hangs_on_the_margin_is_weak(board: Board) -> None:
    case = with_rows(board, SOLID)
    name = case.claims["claim"].iloc[0]
    margins = pd.DataFrame(
        {"claim": name, "times": [0.4, 0.5, 1.0, 2.0, 2.5],
         "verdict": ["refuted", "holds", "holds", "leans", "contested"]}
    )  # fmt: skip
    (found,) = weakest(replace(case, margins=margins))
    assert found.why == (
        "at a margin between half of its own and twice that its word is also: leans",
    )


def test_what_stands_or_says_nothing_is_not_weak(board: Board) -> None:
    contested = {**SOLID, "verdict": "contested", "opposite": 0.5}
    assert weakest(with_rows(board, SOLID, contested)) == []


def test_the_weakest_come_first(board: Board) -> None:
    one = {**SOLID, "undecided": "leans"}
    two = {**SOLID, "undecided": "leans", "prior_verdict": "leans"}
    assert [len(w.why) for w in weakest(with_rows(board, one, two))] == [2, 1]


def with_rows(board: Board, *rows: dict[str, object]) -> Board:
    """A board of these rows, without margin curves."""
    told = [
        {**board.claims.iloc[0].to_dict(), "claim": f"c{i}", **row} for i, row in enumerate(rows)
    ]
    return replace(board, claims=pd.DataFrame(told), margins=board.margins.iloc[:0])


def test_links_of_the_harbour_are_as_written(starter_case: Case) -> None:
    """By hand, from the formulas in mechanisms.yaml."""
    found = {
        (link["from"], link["to"], link["by"]): (link["sign"], link["lag"])
        for link in neighbours(starter_case)["links"]
        if link["sign"] != "chosen"
    }
    assert found == {
        ("port_policy", "welcome", "welcome"): ("+", 0),
        ("openness_abroad", "welcome", "welcome"): ("+", 0),
        ("rhetoric", "trust", "words_cost_trust"): ("-", 1),
        ("confrontation", "trust", "words_cost_trust"): ("-", 1),
        ("rhetoric", "cohesion", "words_please_the_crowd"): ("±", 1),
        ("rhetoric", "pressure", "empire_answers"): ("+", 1),
        ("tolls", "pressure", "empire_answers"): ("+", 1),
        ("pressure", "trade", "pressure_weighs_on_trade"): ("-", 1),
        ("garrison", "trade", "pressure_weighs_on_trade"): ("-", 1),
        ("welcome", "trade", "ships_come"): ("+", 1),
        ("trust", "openness_abroad", "trust_opens_the_league"): ("+", 1),
    }


def test_actors_choose_by_what_they_want(starter_case: Case) -> None:
    found = {
        (link["from"], link["to"])
        for link in neighbours(starter_case)["links"]
        if link["sign"] == "chosen"
    }
    assert found == {
        (goal.variable, instrument.name)
        for actor in starter_case.actors
        for goal in actor.goals
        for instrument in actor.instruments
    }
