"""The board as a Python user meets it: the same again, whole, labelled, and clear about misuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tightrope
from tightrope import Board, Case, UseError
from tightrope.analyses import boxes as conditions
from tightrope.analyses.verdicts import deciding, terminal
from tightrope.analyses.verdicts.board import COLUMNS
from tightrope.analyses.verdicts.verdict import SUPPORTED, shares_in, verdict
from tightrope.arguments import RULES
from tightrope.case import Arm, Claim, Contrast, Outcome, Part, Side
from tiny import HERE, case, variable

FEW: dict[str, Any] = {"worlds": 8}
"""Runs of the usual length, because every length is compiled anew."""


def test_every_claim_of_the_case_is_a_row_in_passage_order(
    board: Board, starter_case: Case
) -> None:
    frame = board.to_frame()
    assert list(frame.columns) == list(COLUMNS)
    every = [*starter_case.claims, *starter_case.untested]
    assert sorted(frame["claim"]) == sorted(c.id for c in every)
    assert list(frame["passage"]) == sorted(frame["passage"])


def test_the_frame_is_a_copy(board: Board) -> None:
    frame = board.to_frame()
    frame.loc[0, "verdict"] = "changed"
    assert board.to_frame().loc[0, "verdict"] != "changed"


def test_numbers_of_a_row_fit_together(board: Board) -> None:
    tested = board.claims[board.claims["verdict"] != "not tested"]
    assert (tested["share_low"] <= tested["share"] + 1e-9).all()
    assert (tested["share"] <= tested["share_high"] + 1e-9).all()
    assert (tested["share"] + tested["opposite"] <= 1).all()
    assert (tested["direction"] >= tested["share"]).all()
    sized = tested[np.isfinite(tested["effect"])]
    assert (sized["effect_low"] <= sized["effect"]).all()
    assert (sized["effect"] <= sized["effect_high"]).all()
    untested = board.claims[board.claims["verdict"] == "not tested"]
    assert untested["share"].isna().all()
    assert (untested["note"] != "").all()


def test_tables_beside_the_claims_have_their_documented_columns(board: Board) -> None:
    assert list(board.decisive.columns) == list(deciding.COLUMNS)
    assert list(board.boxes.columns) == list(conditions.COLUMNS)
    tested = board.claims[board.claims["verdict"] != "not tested"].to_dict("records")
    stand = [r["claim"] for r in tested if verdict(shares_in(r)) in SUPPORTED]
    assert sorted(board.removal.index) == sorted(stand)
    assert ((board.removal >= 0) & (board.removal <= 1)).all(axis=None)
    assert board.removal_worlds.shape == board.removal.shape
    assert (board.removal_worlds["nothing"] == board.run.worlds).all()


def test_a_board_without_basis_says_so(starter_case: Case) -> None:
    board = tightrope.assess(starter_case, worlds=128, with_basis=False)
    tested = board.claims[board.claims["verdict"] != "not tested"]
    assert set(tested["basis"]) == {"not computed"}
    assert board.removal.empty
    assert board.run.basis_worlds == 0


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(
    starter_case: Case, board: Board
) -> None:
    again = tightrope.assess(starter_case, worlds=128, basis_worlds=64)
    assert again.claims.to_csv() == board.claims.to_csv()
    assert again.removal.to_csv() == board.removal.to_csv()
    other = tightrope.assess(starter_case, worlds=128, seed=1, with_basis=False)
    assert not np.array_equal(other.claims["effect"], board.claims["effect"], equal_nan=True)


def test_a_claim_that_looks_further_than_the_run_is_not_tested(board: Board) -> None:
    rows = board.claims.set_index("claim")
    assert rows.at["town-grows-old", "verdict"] == "not tested"
    said = "looks at quarter 24; the run has 20. Ask for more quarters."
    assert rows.at["town-grows-old", "note"] == said
    assert rows.at["storm-passes", "verdict"] != "not tested"
    assert "town-grows-old" not in board.removal.index


def test_a_run_too_short_for_any_claim_still_gives_a_board(tmp_path: Path) -> None:
    sides = (Side(Arm(), Outcome("variable", "y"), quarter, quarter) for quarter in (9, 1))
    part = Part(Contrast(*sides, 1.0), None, "higher", 0.0)
    claims = [Claim("grows", "1.1", "It grows.", "", (part,), HERE)]
    still = case([variable("y", reversion=0.1, noise=0.2)], [], claims=claims)
    board = tightrope.assess(still, worlds=8, quarters=2)
    assert set(board.claims["verdict"]) == {"not tested"}
    assert (tightrope.save(board, tmp_path / "short") / "board.html").is_file()


@pytest.mark.parametrize("rule", ["equilibrium", "habit"])
def test_every_decision_rule_gives_a_board(starter_case: Case, rule: str) -> None:
    board = tightrope.assess(starter_case, worlds=128, rule=rule, with_basis=False)
    assert board.run.rule == rule
    assert (board.claims["verdict"] != "not tested").sum() == len(starter_case.claims) - 1
    speaks = board.claims.set_index("claim").loc["council-speaks-softly"]
    if rule == "habit":  # nobody chooses, so usual conduct is what comes out: 50 less 40 points
        assert speaks["effect"] == pytest.approx(10.0, abs=0.01)


def test_one_world_and_one_quarter_are_enough(starter_case: Case) -> None:
    run = tightrope.simulate(starter_case, worlds=1, quarters=1)
    assert dict(run.sizes)["world"] == 1
    assert dict(run.sizes)["quarter"] == 2


# ---------------------------------------------------------------- runs as labelled arrays


@pytest.mark.parametrize("rule", RULES)
def test_runs_are_labelled(starter_case: Case, rule: str) -> None:
    run = tightrope.simulate(starter_case, scenario="storm", rule=rule, seed=3, **FEW)
    assert run["trust"].dims == ("world", "quarter")
    assert run["quarter"].to_numpy().tolist() == list(range(21))
    assert run["world"].to_numpy().tolist() == list(range(8))
    for state in starter_case.variables:
        assert run[state.name].attrs["long_name"] == state.label
        assert run[state.name].attrs["units"]
    assert run["trade"].attrs["units"] == "index, reference quarter = 100"
    assert run["welcome"].attrs["role"] == "derived"
    assert run["rhetoric"].dims == ("world", "quarter", "rhetoric_level")
    assert list(run["rhetoric_level"].to_numpy()) == ["conciliatory", "restrained", "hostile"]
    assert run["rhetoric"].sum("rhetoric_level").to_numpy() == pytest.approx(100.0, abs=1e-3)
    assert list(run["goal"]["actor"].to_numpy()) == ["harbour", "empire"]
    assert run["confrontation"].attrs["levels"] == "calm, tense, war"
    assert (run["confrontation"].sel(quarter=slice(3, 6)) == 2).all()
    assert run["garrison"].sel(quarter=4).to_numpy() == pytest.approx(0.3)
    assert ("residual" in run) == (rule == "equilibrium")
    attrs = run.attrs
    assert (attrs["case"], attrs["scenario"], attrs["posture"]) == ("harbour", "storm", "free")
    assert (attrs["rule"], attrs["seed"], attrs["worlds"]) == (rule, 3, 8)
    assert attrs["case_hash"] == starter_case.hash
    assert 'scenario="storm"' in attrs["command"]


def test_an_index_starts_at_100(starter_case: Case) -> None:
    run = tightrope.simulate(starter_case, **FEW)
    assert run["trade"].sel(quarter=0).to_numpy() == pytest.approx(100.0, rel=1e-5)


def test_a_fixed_regime_draws_no_chance_and_a_posture_binds(starter_case: Case) -> None:
    run = tightrope.simulate(starter_case, scenario="calm", posture="careful", **FEW)
    assert (run["confrontation"] == 0).all()
    later = run.sel(quarter=slice(1, None))
    together = later["cohesion"].shift(quarter=1, fill_value=100.0) > 41.0
    hostile = later["rhetoric"].sel(rhetoric_level="hostile")
    assert (hostile.where(together, 100.0) == 100.0).all()


def test_what_moved_a_variable_sums_to_its_change(starter_case: Case) -> None:
    options: dict[str, Any] = {"scenario": "storm", "worlds": 64, "seed": 5}
    pushes = tightrope.explain(starter_case, **options)
    assert pushes["push"].dims == ("variable", "quarter", "term")
    run = tightrope.simulate(starter_case, **options)
    share = run["trust"] / 100.0
    change = (np.log(share / (1 - share)) - np.log(share / (1 - share)).sel(quarter=0)).mean(
        "world"
    )
    assert pushes["total"].sel(variable="trust").to_numpy() == pytest.approx(
        change.to_numpy(), abs=1e-3
    )
    index = np.log(run["trade"] / run["trade"].sel(quarter=0)).mean("world")
    assert pushes["push"].sel(variable="trade").sum("term").to_numpy() == pytest.approx(
        index.to_numpy(), abs=1e-3
    )


# ---------------------------------------------------------------- in a notebook


def test_a_notebook_shows_every_claim(board: Board) -> None:
    shown = board._repr_html_()
    for row in board.claims.to_dict("records"):
        assert row["says"].replace("'", "&#39;") in shown
    assert "<script" not in shown


def test_watching_is_told_of_every_phase(starter_case: Case) -> None:
    told: dict[str, tuple[int, int]] = {}

    def watch(phase: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        told[phase] = done, total

    board = tightrope.assess(starter_case, worlds=128, with_basis=False, watch=watch)
    assert list(told) == [p.name for p in board.run.phases]
    assert all(done == total for done, total in told.values())


# ---------------------------------------------------------------- misuse


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"worlds": 0}, "worlds: found 0; allowed: a whole number from 1"),
        ({"quarters": -2}, "quarters: found -2; allowed: a whole number from 1"),
        ({"rule": "chaos"}, 'there is no decision rule "chaos"; allowed: reactive, equilibrium'),
        ({"scenario": "strom"}, 'there is no scenario "strom"; allowed: calm, storm, drift'),
        ({"posture": "rude"}, 'there is no posture "rude"'),
    ],
)
def test_what_is_not_there_is_said(
    starter_case: Case, options: dict[str, object], said: str
) -> None:
    for run in (tightrope.simulate, tightrope.explain, tightrope.assess):
        with pytest.raises(UseError) as problem:
            run(starter_case, **options)  # type: ignore[arg-type]
        assert said in str(problem.value)


def test_removals_need_a_world(starter_case: Case) -> None:
    with pytest.raises(UseError, match="basis_worlds: found 0; allowed: a whole number from 1"):
        tightrope.assess(starter_case, worlds=8, basis_worlds=0)


def test_the_board_grows_phase_by_phase(starter_case: Case, board: Board) -> None:
    seen: list[Board] = []
    whole = tightrope.assess(starter_case, worlds=128, basis_worlds=64, grows=seen.append)
    assert [len(b.run.phases) for b in seen] == list(range(1, len(seen) + 1))
    assert seen[-1] is whole
    first = seen[0]
    assert first.claims["share"].equals(whole.claims["prior_share"])
    assert set(first.claims["basis"]) <= {"not computed", ""}
    assert len(first.run.left_out) > len(whole.run.left_out)
    assert whole.claims.to_csv() == board.claims.to_csv()
    counts = first.claims["verdict"].value_counts()
    assert f"{counts['holds']} holds" in terminal.first(first)
