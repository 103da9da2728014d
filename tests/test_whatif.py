"""What a change moves: only what it can reach is run, and the numbers are those of a full run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import tightrope
from conftest import Command
from tightrope.analyses.verdicts import claims
from tightrope.analyses.whatif.numbers import WhatIf, _change, _interval, compare
from tightrope.analyses.whatif.reached import reached
from tightrope.analyses.whatif.words import sentences
from tightrope.case import Case
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import First
from tightrope.starter import copy_starter

WORLDS, QUARTERS = 200, 20
RANGE = "parameters: {trust_from_words: {range: [0.0, 0.02], why: Nobody listens.}}"
OFF = 'mechanisms: {ships_come: {"off": true, why: No ships.}}'
WEIGHT = "actors: {empire: {goals: {trade: {weight: {range: [0.0, 0.1]}}}, why: It is rich.}}"
CONDUCT = (
    "actors: {harbour: {instruments: {rhetoric: {levels: "
    "{conciliatory: 0.8, restrained: 0.1, hostile: 0.1}}}, why: A new council.}}"
)
FORMULA = (
    "mechanisms: {words_please_the_crowd: "
    "{pushes: {cohesion: 2 * applause * rhetoric_hostile}, why: x}}"
)
WORDS = "references: {kydd2005: {citation: Another edition., why: x}}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_starter(tmp_path_factory.mktemp("whatif") / "starter")


@pytest.fixture(scope="module")
def before(folder: Path) -> Case:
    return tightrope.load(folder)


def draft(folder: Path, text: str) -> Path:
    made = folder.parent / f"draft-{abs(hash(text))}"
    made.mkdir(exist_ok=True)
    (made / "case.yaml").write_text(f"extends: ../starter\n{text}\n")
    return made


def judged(case: Case) -> dict[str, claims.Result]:
    runs = Runs(compile_case(case), First(0, WORLDS), QUARTERS)
    _, results = claims.evaluate(Setting.of(runs), claims.testable(case, QUARTERS))
    return {r.claim.id: r for r in results}


@pytest.mark.parametrize("text", [RANGE, OFF, WEIGHT, CONDUCT, FORMULA, WORDS])
def test_it_says_what_two_full_runs_say(folder: Path, before: Case, text: str) -> None:
    """The oracle: both cases compiled and run whole, without any of the shortcuts."""
    after = tightrope.load(draft(folder, text))
    found = compare(before, after, WORLDS, QUARTERS)
    one, other = judged(before), judged(after)
    assert found.fast == (text in (RANGE, OFF, WEIGHT, WORDS))
    for row in found.claims.to_dict("records"):
        name = row["claim"]
        assert row["before"] == one[name].verdict
        assert row["after"] == other[name].verdict
        assert row["change"] == pytest.approx(other[name].share - one[name].share, abs=0.011)
    for name in one.keys() - set(found.claims["claim"]):
        np.testing.assert_allclose(one[name].parts, other[name].parts, rtol=1e-5, atol=1e-5)


def test_what_nothing_rests_on_reaches_nothing(folder: Path, before: Case) -> None:
    found = compare(before, tightrope.load(draft(folder, WORDS)), WORLDS, QUARTERS)
    assert not len(found.claims)
    assert found.unreached == len(before.claims)
    assert "nothing that any claim rests on" in next(iter(sentences(found)))


GULLS = """
variables:
  gulls: {label: Gulls, meaning: x, scale: share, baseline: {range: [0.3, 0.5], judgement: x},
          matters: {by: 1, because: x}}
parameters:
  noise_brings_gulls: {range: [0.1, %s], unit: log-odds per quarter, meaning: x, judgement: x}
mechanisms:
  gulls_come: {passages: ["1.1"], says: x, about: x,
               pushes: {gulls: noise_brings_gulls * rhetoric_hostile}}
claims:
  gulls-come: {passage: "1.1", says: Gulls like noise., compare: {rhetoric: hostile},
               with: {rhetoric: conciliatory}, look at: gulls, over: 8, expect: higher}
"""


def test_what_moves_nothing_else_reaches_its_own_claim_alone(folder: Path) -> None:
    """Nobody wants gulls and nothing reads them."""
    one, other = (tightrope.load(draft(folder, GULLS % high)) for high in (0.2, 0.9))
    assert reached(compile_case(one), compile_case(other)) == {"gulls-come"}


def test_a_margin_reaches_its_claim_alone(folder: Path, before: Case) -> None:
    text = "claims: {crowd-is-pleased: {margin: {by: 30, because: x}, why: x}}"
    after = tightrope.load(draft(folder, text))
    assert reached(compile_case(before), compile_case(after)) == {"crowd-is-pleased"}


def test_a_word_that_changes_lights_up_first(folder: Path, before: Case) -> None:
    text = "parameters: {applause: {range: [-0.9, 0.01], why: Boos.}}"
    found = compare(before, tightrope.load(draft(folder, text)), WORLDS, QUARTERS)
    first = found.claims.iloc[0]
    assert first["moved"]
    assert first["beyond_chance"]
    assert first["low"] <= first["change"] <= first["high"]


def test_chance_is_that_of_an_exact_test(folder: Path, before: Case) -> None:
    results = judged(before)
    other = judged(tightrope.load(draft(folder, RANGE)))
    for name, one in results.items():
        up = int((other[name].holds & ~one.holds).sum())
        down = int((one.holds & ~other[name].holds).sum())
        wanted = binomtest(up, up + down).pvalue if up + down else 1.0
        assert _change(one, other[name])[3] == pytest.approx(wanted)


@pytest.mark.parametrize(("up", "down"), [(0, 0), (0, 40), (3, 17), (20, 20)])
def test_the_interval_holds_the_truth_in_about_95_of_100_runs(up: int, down: int) -> None:
    """Worlds drawn from known shares of those that change one way and the other."""
    count, draws = 400, np.random.default_rng([up, down])
    truth = (up - down) / count
    drawn = draws.multinomial(count, [up / count, down / count, 1 - (up + down) / count], 4000)
    ends = [_interval(int(u), int(d), count) for u, d, _ in drawn]
    held = np.mean([low <= truth <= high for low, high in ends])
    assert held >= 0.94
    low, high = _interval(0, count, count)
    assert low == -1
    assert -1 < high < -0.98


def test_claims_that_come_and_go_have_no_numbers(folder: Path, before: Case) -> None:
    text = 'claims: {crowd-is-pleased: {"off": true, why: Ours no longer.}}'
    found: WhatIf = compare(before, tightrope.load(draft(folder, text)), WORLDS, QUARTERS)
    (row,) = found.claims.to_dict("records")
    assert (row["claim"], row["after"]) == ("crowd-is-pleased", "gone")
    assert np.isnan(row["change"])


def test_the_command_writes_what_it_says(command: Command, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = command("whatif", str(folder), str(draft(folder, OFF)), "--worlds", "50",
                   "--out", str(out))  # fmt: skip
    assert said.code == 0, said.err
    assert len(pd.read_csv(out / "whatif.csv"))
    assert (out / "whatif.html").is_file()
    assert command("whatif", str(folder), "nowhere").code == 2
