"""A case taken and changed without a copy, copies, and two cases or boards beside each other."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tightrope
from conftest import Command
from tightrope.analyses.diff import numbers, words
from tightrope.case import Case
from tightrope.engine.worlds import block
from tightrope.errors import CaseError, UseError
from tightrope.reading import differences, load
from tightrope.reading.copying import copy_case
from tightrope.show.origin import sentences
from tightrope.starter import copy_starter

CONTESTED = """\
extends: ../harbour
parameters:
  applause: {range: [-0.3, 0.1], why: The last harsh speech was booed.}
outside:
  fog: {label: Fog, meaning: Days without sight., unit: share, usual: {range: [0.1, 0.4], judgement: Ours.}}
mechanisms:
  fog_hurts_trade: {passages: ["1.2"], says: Fog keeps ships out., pushes: {trade: -0.05 * fog}, signs: {fog: lowers}}
claims:
  fog-trade: {passage: "1.2", says: A foggy year costs trade., look at: trade, compare: {fog: 1}, with: {fog: 0.2}, over: [1, 4], expect: lower, margin: 1}
"""  # noqa: E501


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    return copy_starter(tmp_path / "harbour")


@pytest.fixture
def over(harbour: Path) -> Path:
    return overlay(harbour, CONTESTED)


def overlay(harbour: Path, text: str) -> Path:
    folder = harbour.parent / "mine"
    folder.mkdir(exist_ok=True)
    (folder / "case.yaml").write_text(text)
    return folder


def complaint(folder: Path) -> str:
    with pytest.raises(CaseError) as caught:
        load(folder)
    return str(caught.value)


# ---------------------------------------------------------------- extends


def test_a_range_a_driver_and_a_claim_take_nine_lines(over: Path, harbour: Path) -> None:
    mine, theirs = load(over), load(harbour)
    assert (mine.name, mine.extends) == ("mine", "harbour")
    prior = next(p for p in mine.parameters if p.name == "applause")
    assert (prior.low, prior.high, prior.contested) == (-0.3, 0.1, True)
    assert {c.id for c in mine.claims} - {c.id for c in theirs.claims} == {"fog-trade"}
    assert mine.hash != theirs.hash
    assert [(d.section, d.name, d.what) for d in mine.departures] == [
        ("parameters", "applause", "changed"),
        ("outside", "fog", "added"),
        ("mechanisms", "fog_hurts_trade", "added"),
        ("claims", "fog-trade", "added"),
    ]
    (moved,) = mine.departures[0].moves
    assert moved[0] == "range"
    assert moved[2] == "[-0.3, 0.1]"


def test_what_was_changed_stands_wherever_the_origin_is_said(over: Path) -> None:
    said = sentences(load(over))
    assert said[0] == "This is the case harbour with 4 changes."
    assert said[1].endswith("to [-0.3, 0.1]): The last harsh speech was booed.")


def test_worlds_are_the_same_wherever_both_cases_have_them(over: Path, harbour: Path) -> None:
    mine, theirs = load(over), load(harbour)
    one, other = (block(case, 0, 3, 8, 4) for case in (theirs, mine))
    names = [[p.name for p in case.priors] for case in (theirs, mine)]
    for name in names[0]:
        if name != "applause":
            same = one.params[names[0].index(name)], other.params[names[1].index(name)]
            assert np.array_equal(*same), name
    assert np.array_equal(one.shocks, other.shocks)
    assert np.array_equal(one.chances, other.chances)


def test_more_variables_leave_the_shocks_of_the_others_alone(harbour: Path) -> None:
    more = (
        "extends: ../harbour\nvariables:\n  salt: {label: Salt, meaning: Salt., scale: index,\n"
        "    baseline: {value: 1, judgement: Ours.}, noise: {value: 0.1, judgement: Ours.}}\n"
    )
    mine, theirs = load(overlay(harbour, more)), load(harbour)
    one, other = (np.asarray(block(case, 0, 0, 4, 3).shocks) for case in (theirs, mine))
    assert np.array_equal(one, other[:, : one.shape[1]])
    assert np.ptp(other[:, -1]) > 0


def test_the_harbour_is_not_changed_by_being_extended(over: Path, harbour: Path) -> None:
    before = load(harbour)
    load(over)
    assert load(harbour).hash == before.hash
    assert load(harbour).departures == before.departures == ()


def test_a_change_needs_a_reason(harbour: Path) -> None:
    said = complaint(
        overlay(harbour, "extends: ../harbour\nparameters:\n  applause: {range: [-1, 1]}\n")
    )
    assert said == (
        "case.yaml:3: parameters.applause: found a change without a reason; allowed: the reason, "
        "as `why: ...`, for every change of what the other case says"
    )


def test_a_mechanism_is_switched_off_with_a_reason(harbour: Path) -> None:
    text = "extends: ../harbour\nmechanisms:\n  ships_come: {off: true, why: There are no ships.}\n"
    mine = load(overlay(harbour, text))
    assert "ships_come" not in {m.name for m in mine.mechanisms}
    assert len(mine.priors) == len(load(harbour).priors)
    text = "extends: ../harbour\nmechanisms:\n  ship_comes: {off: true, why: There are none.}\n"
    assert 'found "ship_comes" taken away' in complaint(overlay(harbour, text))


def test_a_mistake_in_the_other_case_is_told_in_its_file(over: Path, harbour: Path) -> None:
    file = harbour / "parameters.yaml"
    file.write_text(file.read_text().replace("range: [0.02, 0.10]", "range: [0.5, 0.10]"))
    assert complaint(over).startswith("harbour/parameters.yaml:")


@pytest.mark.parametrize(
    ("text", "said"),
    {
        "extends: ../nowhere\n": 'case.yaml:1: extends: found "../nowhere"; allowed: a folder',
        "extends: kabl\n": 'did you mean "kabul"?',
        "extends: ../mine\n": "up to 5 cases on one another, none twice",
        "extends: [a]\n": "case.yaml:1: extends: found a list",
        "extends: ../harbour\nparameter: {}\n": 'found the field "parameter"',
    }.items(),
)
def test_a_wrong_overlay_is_told(harbour: Path, text: str, said: str) -> None:
    assert said in complaint(overlay(harbour, text))


def test_parts_may_stand_in_files_of_their_own_but_not_twice(harbour: Path) -> None:
    folder = overlay(harbour, "extends: ../harbour\n")
    (folder / "parameters.yaml").write_text("applause: {range: [-0.2, 0.3], why: Polls.}\n")
    assert load(folder).departures[0].name == "applause"
    overlay(harbour, "extends: ../harbour\nparameters: {applause: {range: [-1, 1], why: No.}}\n")
    assert "found parameters.yaml and a part of case.yaml; allowed: one of the two" in complaint(
        folder
    )


# ---------------------------------------------------------------- --set


def test_a_number_is_set_for_one_run(harbour: Path) -> None:
    case = load(harbour, settings=("applause=0.1..0.2", "trust.baseline=0.4", "ships_come=off"))
    priors = {p.name: p for p in case.priors}
    assert (priors["applause"].low, priors["applause"].contested) == (0.1, False)
    assert priors["trust.baseline"].fixed
    assert "ships_come" not in {m.name for m in case.mechanisms}
    assert case.hash != load(harbour).hash
    assert len(sentences(case)) == 4


@pytest.mark.parametrize(
    ("given", "said"),
    {
        "aplause=1": 'did you mean "applause"?',
        "applause": "allowed: NAME=VALUE, NAME=LOW..HIGH, or MECHANISM=off",
        "applause=1,5": "allowed: NAME=VALUE",
        "trust.baseline=7": "trust.baseline.value: found 7; allowed: a number above 0 and below 1",
        "applause=0.5..0.1": "found [0.5, 0.1]; allowed: [lowest, highest]",
        "applause=off": "allowed: a mechanism",
    }.items(),
)
def test_a_wrong_setting_is_refused(harbour: Path, given: str, said: str) -> None:
    with pytest.raises(CaseError) as caught:
        load(harbour, settings=(given,))
    assert said in str(caught.value)


def test_results_of_other_settings_lie_beside_each_other(
    command: Command, harbour: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(harbour.parent)
    said = command(
        "assess", "harbour", "--set", "applause=0.3", "--worlds", 16, "--no-basis", "--skip",
        "scenarios",
    )  # fmt: skip
    assert said.code == 0, said.err
    (made,) = Path("runs").iterdir()
    assert "set-applause=0.3" in made.name
    assert "applause in parameters (" in (made / "board.md").read_text().replace("\\", "")


# ---------------------------------------------------------------- copies and differences


def test_a_copy_knows_where_it_comes_from_and_what_was_changed(harbour: Path) -> None:
    made = copy_case(harbour, harbour.parent / "again")
    assert sentences(load(made))[0].startswith("This is a copy of the case harbour ")
    assert "file for file" in sentences(load(made))[0]
    file = made / "parameters.yaml"
    file.write_text(file.read_text().replace("range: [0.02, 0.10]", "range: [0.02, 0.20]"))
    assert "changed since: parameters.yaml" in sentences(load(made))[0]
    (change,) = differences(harbour, made)
    assert (change.name, change.moves) == (
        "trade_from_pressure", (("range", "[0.02, 0.10]", "[0.02, 0.20]"),),
    )  # fmt: skip
    with pytest.raises(UseError, match="found something already"):
        copy_case(harbour, made)


def test_what_only_one_has_is_told_from_both_sides(over: Path, harbour: Path) -> None:
    there = {(d.name, d.what) for d in differences(harbour, over)}
    back = {(d.name, d.what) for d in differences(over, harbour)}
    assert ("fog", "added") in there
    assert ("fog", "off") in back
    assert {name for name, _ in there} == {name for name, _ in back}
    assert differences(harbour, harbour) == ()


def test_a_difference_of_two_cases_says_which_verdicts_moved(over: Path, harbour: Path) -> None:
    one, other = load(harbour), load(over)
    found = numbers.of_cases(one, other, differences(harbour, over), (128, 20, 0))
    assert found.verdicts is not None
    rows = found.verdicts.set_index("claim")
    assert rows.loc["fog-trade", "verdict"] == ""
    assert rows.loc["fog-trade", "other_verdict"] == "holds"
    same = rows[(rows["verdict"] != "") & ~rows["moved"]].dropna(subset="change")
    assert (same["low"] <= same["change"]).all()
    told = words.tell(found)
    assert told.words[0].startswith("4 things differ: 3 only in the second, 1 changed.")
    assert told.words[-1] == "Only in the second: fog-trade."


def test_the_same_case_twice_differs_in_nothing(starter_case: Case) -> None:
    found = numbers.of_cases(starter_case, starter_case, (), (64, 20, 0))
    assert found.verdicts is not None
    assert not found.verdicts["moved"].any()
    assert (found.verdicts["change"].dropna() == 0).all()
    assert words.tell(found).words[0] == "The two cases say the same."


def test_two_boards_are_compared_and_a_board_with_a_case_is_not(
    command: Command, saved: Path, harbour: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(saved, other)
    table = pd.read_csv(other / "claims.csv")
    table.loc[table["verdict"] == "holds", ["verdict", "share"]] = ["contested", 0.5]
    table.to_csv(other / "claims.csv", index=False)
    said = command("diff", saved, other, "--out", tmp_path / "diff")
    assert said.code == 0, said.err
    assert "goes from holds" in said.out
    assert {"diff.html", "diff.md", "verdicts.csv"} <= {
        p.name for p in (tmp_path / "diff").iterdir()
    }
    said = command("diff", saved, harbour)
    assert said.code == 2
    assert "found a case and a board" in said.err


def test_nothing_is_run_where_only_files_are_compared(
    command: Command, over: Path, harbour: Path
) -> None:
    said = command("diff", harbour, over, "--no-run")
    assert said.code == 0, said.err
    assert "Files were compared, and nothing was run." in said.out
    assert "fog_hurts_trade" in said.out


def test_saving_takes_any_result(starter_case: Case, tmp_path: Path) -> None:
    found = words.tell(numbers.of_cases(starter_case, starter_case, ()))
    assert (tightrope.save(found, tmp_path / "d") / "diff.html").is_file()
    with pytest.raises(UseError, match="found dict; allowed: what an analysis has given"):
        tightrope.save({}, tmp_path / "e")
