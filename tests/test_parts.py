"""A part of an assessment: the claims that are asked for, and without the phases that are not."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pandas as pd
import pytest

import tightrope
from tests.conftest import Command
from tightrope import Board, Case
from tightrope.case import named
from tightrope.errors import UseError


@pytest.fixture(scope="module")
def one(starter_case: Case, board: Board) -> Board:
    """The first claim of the session's board by itself, in the same worlds."""
    first = str(board.claims["claim"].iloc[0])
    return tightrope.assess(starter_case, only=[first], worlds=128, basis_worlds=64)


def test_a_claim_by_itself_comes_out_as_on_the_whole_board(board: Board, one: Board) -> None:
    (name,) = one.claims["claim"]
    whole = board.claims[board.claims["claim"] == name].reset_index(drop=True)
    pd.testing.assert_frame_equal(whole, one.claims, rtol=1e-4, check_dtype=False)
    for table in ("decisive", "boxes"):
        own = getattr(board, table)
        pd.testing.assert_frame_equal(
            own[own["claim"] == name].reset_index(drop=True),
            getattr(one, table),
            rtol=1e-3,
            check_dtype=False,
        )


def test_only_what_it_needs_is_run_and_the_rest_is_said(one: Board, tmp_path: Path) -> None:
    assert {"scenarios", "hindcast"}.isdisjoint({p.name for p in one.run.phases})
    assert one.run.phases[0].world_quarters < 3 * 128 * 20
    (name,) = one.claims["claim"]
    assert one.run.left_out == ("the runs of the scenarios", f"all claims but {name}")
    saved = tightrope.save(one, tmp_path / "one", pictures="svg")
    assert json.loads((saved / "run.json").read_text())["left_out"] == list(one.run.left_out)
    for page in ("board.md", "board.html"):
        assert f"all claims but {name}" in (saved / page).read_text(encoding="utf-8")
    assert not (saved / "trajectories.zarr").exists()
    assert not list((saved / "charts").glob("paths*"))


def test_the_call_that_is_printed_makes_it_again(one: Board, starter_case: Case) -> None:
    (name,) = one.claims["claim"]
    assert one.run.command == (
        'tightrope.assess(tightrope.load("./harbour"), scenario="usual", '
        'posture="free", worlds=128, quarters=20, seed=0, rule="reactive", basis_worlds=64, '
        f'only=["{name}"])'
    ).replace('"usual"', f'"{starter_case.scenario}"').replace(
        '"free"', f'"{starter_case.posture}"'
    )


def test_everything_can_be_left_out_but_the_verdicts(starter_case: Case, tmp_path: Path) -> None:
    found = tightrope.assess(
        starter_case, worlds=1, with_evidence=False, with_hindcast=False, with_decisive=False,
        with_boxes=False, with_basis=False, with_scenarios=False,
    )  # fmt: skip
    assert [p.name for p in found.run.phases] == ["verdicts"]
    assert len(found.run.left_out) == 4, "a case without a record lacks none"
    page = (tightrope.save(found, tmp_path / "bare") / "board.html").read_text(encoding="utf-8")
    assert "Every mechanism was taken out in turn" not in page
    assert "1 worlds" not in page


def test_an_unknown_claim_is_refused_with_the_nearest_name(starter_case: Case) -> None:
    known = starter_case.claims[0].id
    with pytest.raises(UseError, match=rf'claim: found "{known}x"; .*did you mean "{known}"\?'):
        named.check_claims(starter_case, [f"{known}x"])


def test_an_untested_row_can_be_asked_for(starter_case: Case) -> None:
    name = starter_case.untested[0].id
    found = tightrope.assess(starter_case, only=[name], worlds=1)
    assert list(found.claims["verdict"]) == ["not tested"]


def test_the_command_line_takes_claims_and_skips(
    command: Command, starter: Path, starter_case: Case, tmp_path: Path
) -> None:
    first, second = (c.id for c in starter_case.claims[:2])
    place = ("--out", str(tmp_path / "out"), "--json")
    few = ("--worlds", "16", "--no-basis", "--no-hindcast")
    asked = itertools.chain.from_iterable(("--claim", name) for name in (first, second))
    done = command("assess", str(starter), *asked, *few, "--skip", "what-decides", *place)
    assert done.code == 0
    rows = json.loads(done.out)
    assert {r["claim"] for r in rows} == {first, second}
    assert {r["decides"] for r in rows} == {""}
    short = command("assess", str(starter), "--claim", first, *few, *place)
    named = ("--worlds", "16", "--skip", "basis", "--skip", "hindcast")
    long = command("assess", str(starter), "--claim", first, *named, *place)
    assert json.loads(short.out) == json.loads(long.out)
    assert "trajectories.zarr" not in {p.name for p in (tmp_path / "out").iterdir()}
    wrong = command("assess", str(starter), "--skip", "basics", *place)
    assert wrong.code == 2
    assert 'skip: found "basics"' in wrong.err
    assert 'did you mean "basis"?' in wrong.err
    wrong = command("assess", str(starter), "--claim", "nothing", *place)
    assert wrong.code == 2
    assert 'claim: found "nothing"' in wrong.err
