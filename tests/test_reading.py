"""Cases as files: what is read, and what is said of files that are broken."""

from __future__ import annotations

import os
import pickle
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tightrope
from breaking import change, complaint, complaints, in_python
from recorded import CREDIT, HEADER, RECORDED, with_record
from tightrope import reading, starter
from tightrope.case import Arm, Case, Condition, Outcome, Span
from tightrope.errors import CaseError, Place, UseError
from tightrope.quarters import quarter_name, quarter_number
from tightrope.reading import load, shipped, warnings
from tightrope.starter import copy_starter
from tightrope.text.names import nearest


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    return copy_starter(tmp_path / "harbour")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return load(copy_starter(tmp_path_factory.mktemp("starter") / "harbour"))


# ---------------------------------------------------------------- what is read


def test_the_starter_is_a_sound_case(case: Case) -> None:
    assert case.name == "harbour"
    assert case.title == "The harbour dispute"
    assert (case.focal, case.scenario, case.posture) == ("harbour", "calm", "free")
    assert (case.reference_quarter, case.lookahead) == ("2025Q4", 4)
    assert [p.id for p in case.passages] == ["1.1", "1.2"]
    assert [m.name for m in case.mechanisms][:2] == ["words_cost_trust", "words_please_the_crowd"]
    assert [d.name for d in case.derived] == ["welcome"]
    assert case.log[0].date == "2026-01-15"
    assert re.fullmatch("[0-9a-f]{64}", case.hash)


def test_priors_are_read_as_written(case: Case) -> None:
    prior = next(p for p in case.parameters if p.name == "trade_from_pressure")
    assert (prior.low, prior.high, prior.scale) == (0.02, 0.10, "log")
    assert prior.unit == "log per quarter"
    assert prior.sources == ("hirschman1945",)
    assert not prior.contested
    assert next(p for p in case.parameters if p.name == "applause").contested
    assert prior.place == Place("parameters.yaml", 37)


def test_every_number_has_a_name_a_meaning_and_grounds(case: Case) -> None:
    names = [p.name for p in case.priors]
    assert len(set(names)) == len(names)
    assert {
        "trust.baseline",
        "trade.reversion",
        "trade.noise",
        "confrontation.escalation",
        "garrison.usual",
        "harbour.rationality",
        "empire.patience",
        "empire.habit",
        "harbour.goal.cohesion",
    } <= set(names)
    assert all(p.meaning and p.unit and (p.sources or p.judgement) for p in case.priors)


def test_a_variable_takes_from_the_defaults_what_it_does_not_say(case: Case) -> None:
    by_name = {v.name: v for v in case.variables}
    assert (by_name["trust"].noise.low, by_name["trust"].noise.high) == (0.03, 0.10)
    assert (by_name["openness_abroad"].noise.low, by_name["openness_abroad"].noise.high) == (
        0.02,
        0.05,
    )
    assert by_name["trust"].noise.name == "trust.noise"
    assert by_name["trade"].baseline.fixed


def test_outside_is_a_regime_with_levels_or_a_quantity(case: Case) -> None:
    (regime,) = case.regimes
    assert regime.levels == ("calm", "tense", "war")
    assert regime.transition[1] == (0.10, 0.85, 0.05)
    (quantity,) = case.quantities
    assert (quantity.name, quantity.usual.low) == ("garrison", 0.0)


def test_instruments_have_levels_where_they_stand_and_how_usual_they_are(case: Case) -> None:
    rhetoric, port, tolls = case.instruments
    assert rhetoric.usual == (0.1, 0.5, 0.4)
    assert rhetoric.positions == (0.0, 0.5, 1.0)
    assert port.positions == (0.0, 0.4, 1.0)
    assert (port.actor, tolls.actor) == ("harbour", "empire")
    assert tolls.levels[0] == "none"


def test_scenarios_hold_spans_mixes_and_chance(case: Case) -> None:
    by_name = {s.name: s.settings for s in case.scenarios}
    assert by_name["storm"]["confrontation"] == (
        Span(3, 6, "war"),
        Span(7, 8, "tense"),
        Span(9, None, "calm"),
    )
    assert by_name["storm"]["garrison"] == (Span(3, 6, 0.3),)
    assert by_name["drift"]["confrontation"] == (Span(1, None, "markov"),)
    assert by_name["drift"]["tolls"] == (Span(1, None, {"usual": 0.4, "heavy": 0.6}),)


def test_rules_have_thresholds_where_levels_stand(case: Case) -> None:
    careful = next(p for p in case.postures if p.name == "careful")
    assert careful.settings == {"rhetoric": (Span(1, None, "hostile"),)}
    assert careful.rules[0].when == (Condition("confrontation", "at least", 0.5),)
    assert careful.rules[0].settings == {"rhetoric": "restrained"}
    assert careful.rules[1].when == (Condition("cohesion", "below", 0.4),)
    assert careful.rules[1].settings["rhetoric"] == {"conciliatory": 0.5, "restrained": 0.5}


def test_a_threshold_may_be_an_instruments_level(harbour: Path) -> None:
    change(
        harbour, "postures.yaml", "confrontation: at least tense", "port_policy: above selective"
    )
    careful = load(harbour).postures[1]
    assert careful.rules[0].when == (Condition("port_policy", "above", 0.4),)


def test_a_claim_compares_two_arms_at_one_outcome(case: Case) -> None:
    claim = next(c for c in case.claims if c.id == "words-cost-trust")
    (part,) = claim.parts
    assert part.contrast.this.arm.settings == {"rhetoric": (Span(1, None, "hostile"),)}
    assert part.contrast.against.arm.settings == {"rhetoric": (Span(1, None, "restrained"),)}
    assert part.contrast.this.outcome == Outcome("variable", "trust")
    assert (part.contrast.this.first, part.contrast.this.last) == (5, 12)
    assert (part.expect, part.margin, part.minus) == ("lower", 1.0, None)


def test_than_repeats_only_what_differs(case: Case) -> None:
    claim = next(c for c in case.claims if c.id == "words-cost-more-in-war")
    first, second = claim.parts[0].contrast, claim.parts[0].minus
    assert second is not None
    assert first.this.arm.settings["confrontation"] == (Span(1, None, "war"),)
    assert second.this.arm.settings == {
        "confrontation": (Span(1, None, "calm"),),
        "rhetoric": (Span(1, None, "hostile"),),
    }
    assert second.against.arm.settings["rhetoric"] == (Span(1, None, "restrained"),)
    assert (second.this.outcome, second.this.first) == (first.this.outcome, 5)
    assert second.times == 1.0


def test_than_may_change_anything_and_be_multiplied(harbour: Path) -> None:
    new = "than: {both: {}, look at: trade, over: 3, against quarters: [1, 2], times: 8}"
    change(harbour, "claims.yaml", "than: {both: {confrontation: calm}}", new)
    second = load(harbour).claims[1].parts[0].minus
    assert second is not None
    assert second.times == 8.0
    assert second.this.outcome == Outcome("variable", "trade")
    assert (second.this.first, second.this.last) == (3, 3)
    assert (second.against.first, second.against.last) == (1, 2)
    assert "confrontation" not in second.this.arm.settings


def test_rather_than_and_against_quarters_need_no_arms(case: Case) -> None:
    speech = next(c for c in case.claims if c.id == "council-speaks-softly").parts[0].contrast
    assert speech.this.arm == speech.against.arm == Arm()
    assert speech.this.outcome == Outcome("share", "rhetoric", "restrained")
    assert speech.against.outcome == Outcome("share", "rhetoric", "hostile")
    storm = next(c for c in case.claims if c.id == "storm-passes").parts[0].contrast
    assert (storm.this.first, storm.against.first, storm.against.last) == (13, 2, 2)
    assert storm.against.arm.scenario == "storm"


def test_a_joint_claim_has_parts_that_share_what_stands_outside(case: Case) -> None:
    claim = next(c for c in case.claims if c.id == "open-harbour-weathers-storm")
    trade, goal = claim.parts
    assert trade.contrast.this.arm == goal.contrast.this.arm
    assert trade.contrast.this.arm.scenario == "storm"
    assert goal.contrast.this.outcome == Outcome("goal", "harbour")
    assert (trade.expect, goal.expect) == ("higher", "not lower")


def test_an_arm_goes_over_what_is_the_same_on_both_sides(harbour: Path) -> None:
    old = "  compare: {port_policy: open}\n"
    new = (
        "  compare: {port_policy: open, scenario: calm, without: [ships_come], posture: careful}\n"
    )
    change(harbour, "claims.yaml", old, new)
    old = "  both: {scenario: storm}\n  compare"
    new = "  both: {scenario: storm, strength: {ships_come: 2, empire_answers: 3}}\n  compare"
    change(harbour, "claims.yaml", old, new)
    contrast = load(harbour).claims[4].parts[0].contrast
    this, against = contrast.this.arm, contrast.against.arm
    assert (this.scenario, this.posture) == ("calm", "careful")
    assert (against.scenario, against.posture) == ("storm", None)
    assert this.strengths == {"ships_come": 0.0, "empire_answers": 3.0}
    assert against.strengths == {"ships_come": 2.0, "empire_answers": 3.0}


def test_what_cannot_be_tested_is_kept_apart(case: Case) -> None:
    (untested,) = case.untested
    assert untested.passage == "1.2"
    assert untested.why.startswith("Captains' memory is not in the model")
    assert "ships-remember" not in [c.id for c in case.claims]


def test_optional_files_may_be_missing(harbour: Path) -> None:
    (harbour / "log.yaml").unlink()
    assert load(harbour).log == ()


def test_other_files_are_left_alone(harbour: Path) -> None:
    before = load(harbour).hash
    (harbour / "notes.txt").write_bytes(b"\xff\x00")
    (harbour / ".claims.yaml").write_text("!!nothing")
    assert load(harbour).hash == before


def test_the_hash_is_over_names_and_bytes(harbour: Path) -> None:
    before = load(harbour).hash
    change(harbour, "case.yaml", "# A small case", "# A smaller case")
    after = load(harbour).hash
    (harbour / "log.yaml").unlink()
    assert len({before, after, load(harbour).hash}) == 3


# ---------------------------------------------------------------- where from, and trust


def test_nothing_runs_without_trust(harbour: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    in_python(harbour)
    text = (harbour / "mechanisms.py").read_text(encoding="utf-8")
    wicked = f"open({str(mark)!r}, 'w').close()\n"
    (harbour / "mechanisms.py").write_text(text + wicked, encoding="utf-8")
    with pytest.raises(UseError, match=r"can do anything.*read mechanisms\.py first.*--trust"):
        load(harbour)
    with pytest.raises(UseError, match="--trust"):
        load(str(harbour))
    assert not mark.exists()
    load(harbour, trust=True)
    assert mark.exists()


def test_a_case_of_formulas_needs_no_trust(harbour: Path) -> None:
    assert load(harbour).mechanisms


def test_loading_leaves_nothing_behind(harbour: Path) -> None:
    before = sorted(harbour.iterdir())
    load(harbour)
    assert sorted(harbour.iterdir()) == before


def test_an_unknown_case_is_a_bad_use_that_names_the_shipped_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "shipped", lambda: ("kabul", "oslo"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UseError) as caught:
        load("kabl")
    expected = (
        'there is no case or folder "kabl"; shipped cases: kabul, oslo; did you mean "kabul"?'
    )
    assert str(caught.value) == expected


def test_a_shipped_name_is_read_before_a_folder_and_needs_no_trust(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_starter(tmp_path / "shipped" / "port")
    in_python(copy_starter(tmp_path / "port"))
    monkeypatch.setattr("tightrope.reading.folder.shipped_folder", lambda: tmp_path / "shipped")
    monkeypatch.setattr(reading, "shipped_folder", lambda: tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    assert shipped() == ("port",)
    assert load("port").name == "port"
    with pytest.raises(UseError, match="--trust"):
        load("./port")
    with pytest.raises(UseError, match="--trust"):
        load(Path("port"))


def test_the_starter_is_not_a_shipped_case() -> None:
    assert "starter" not in shipped()
    assert "harbour" not in shipped()


def test_a_file_is_not_a_case(harbour: Path) -> None:
    with pytest.raises(UseError, match=r"case\.yaml is a file; allowed: the folder of a case"):
        load(harbour / "case.yaml")


@pytest.mark.parametrize("name", ["\0", "a" * 5000, "/nowhere/at/all"])
def test_odd_names_are_a_bad_use(name: str) -> None:
    with pytest.raises(UseError):
        load(name)


def test_the_starter_goes_only_into_a_new_or_empty_folder(tmp_path: Path) -> None:
    made = copy_starter(tmp_path / "a" / "b")
    assert (made / "mechanisms.yaml").is_file()
    assert not (made / "__init__.py").exists()
    with pytest.raises(UseError, match="holds something already"):
        copy_starter(made)
    with pytest.raises(UseError, match="is a file"):
        copy_starter(made / "case.yaml")


def test_nearest_is_a_question_or_nothing() -> None:
    assert nearest("cohesoin", ["trust", "cohesion"]) == '; did you mean "cohesion"?'
    assert nearest("xyz", ["trust", "cohesion"]) == ""


# ---------------------------------------------------------------- broken: more than one change

ODD = "\u202e"


def test_letters_of_other_scripts_and_marks_over_them_are_text(harbour: Path) -> None:
    title = "Қазақстан — ایران — 日本 — cafe\u0301 — \U0001f6a2"
    change(harbour, "case.yaml", "The harbour dispute", title)
    assert load(harbour).title == title


def test_all_that_is_wrong_is_told_at_once_by_file_and_line(harbour: Path) -> None:
    change(harbour, "case.yaml", "lookahead: 4", "lookahead: 40")
    change(harbour, "variables.yaml", "scale: index", "scale: odd")
    change(harbour, "variables.yaml", "label: Cohesion", "label: 5")
    change(harbour, "parameters.yaml", "range: [0.05, 0.40]", "range: [0.5, 0.40]")
    change(harbour, "scenarios.yaml", "value: tense", "value: tens")
    change(harbour, "claims.yaml", "margin: 5", "margin: -5")
    change(harbour, "objectives.yaml", "want: more", "want: mor")
    change(harbour, "mechanisms.py", 'label="Welcome"', 'label=""')
    starts = [line.split(": ")[0] for line in complaints(harbour)]
    assert starts == [
        "case.yaml:12", "claims.yaml:49", "mechanisms.py:71", "objectives.yaml:6",
        "parameters.yaml:6", "scenarios.yaml:15", "variables.yaml:15", "variables.yaml:36",
    ]  # fmt: skip


def test_a_broken_file_is_told_alone(harbour: Path) -> None:
    """What others say of it is not called wrong, as nobody can know."""
    for file in ("references.yaml", "variables.yaml", "outside.yaml", "actors.yaml"):
        text = (harbour / file).read_text()
        (harbour / file).write_text(text + "\n  - [\n")
        (line,) = complaints(harbour)
        assert line.startswith(f"{file}:")
        (harbour / file).write_text(text)


def test_of_many_problems_fifty_are_shown(harbour: Path) -> None:
    with (harbour / "references.yaml").open("a") as file:
        file.writelines(f"ref{i}: {{citation: 5}}\n" for i in range(60))
    lines = complaint(harbour).split("\n")
    assert lines[0] == "60 problems:"
    assert len(lines) == 52
    assert lines[-1] == "and 10 more"


def test_an_error_holds_its_problems_as_data(harbour: Path) -> None:
    change(harbour, "claims.yaml", "margin: 5", "margin: -5")
    with pytest.raises(CaseError) as caught:
        load(harbour)
    (problem,) = pickle.loads(pickle.dumps(caught.value)).problems
    assert (problem.place, problem.path) == (
        Place("claims.yaml", 49),
        "council-speaks-softly.margin",
    )
    assert (problem.found, problem.allowed, problem.hint) == ("-5", "a number from 0 up", "")
    assert str(problem) == str(caught.value)


# ---------------------------------------------------------------- goals in units of their own

TREASURE = """
treasure:
  label: Treasure
  meaning: What lies in the vault.
  scale: real
  unit: {unit}
  {span}
  baseline: {{value: {base}, judgement: Counted.}}
  noise: {{value: 0, judgement: Counted.}}
"""


def with_treasure(folder: Path, times: float, span: str) -> None:
    with (folder / "variables.yaml").open("a") as file:
        file.write(TREASURE.format(unit="coins", base=20 * times, span=span))
    change(folder, "actors.yaml", "    trade: {want: more,", "    treasure: {want: more,")
    more = f"    trade: trade_from_welcome * welcome\n    treasure: {2 * times} * welcome\n"
    change(folder, "mechanisms.yaml", "    trade: trade_from_welcome * welcome\n", more)


def test_a_goal_in_a_unit_of_its_own_needs_a_span(harbour: Path) -> None:
    with_treasure(harbour, 1.0, 'series: ""')
    assert complaint(harbour).startswith(
        "actors.yaml:20: harbour.goals.treasure: found treasure, a real variable without a span; "
    )


def test_the_unit_of_a_goal_with_a_span_does_not_weigh(tmp_path: Path) -> None:
    conduct = []
    for times in (1.0, 1e-6, 1e6):
        folder = copy_starter(tmp_path / f"{times}")
        with_treasure(folder, times, f"span: {40 * times}")
        case = load(folder)
        conduct.append(tightrope.simulate(case, worlds=16, quarters=4)["port_policy"].to_numpy())
    assert np.ptp(conduct[0]) > 1.0
    for other in conduct[1:]:
        np.testing.assert_allclose(other, conduct[0], atol=1e-2)


# ---------------------------------------------------------------- sound, and yet without effect


def test_what_never_moves_is_named_and_sound(harbour: Path) -> None:
    assert warnings(load(harbour)) == ()
    change(harbour, "scenarios.yaml", "    garrison:\n      - {from: 3, to: 6, value: 0.3}\n", "")
    (found,) = warnings(load(harbour))
    assert str(found) == (
        "outside.yaml:14: garrison: found a quantity that never moves, so it has no effect; "
        "allowed: a scenario, a claim or a record that moves it; only change counts"
    )


def test_a_mechanism_of_what_never_moves_is_named(harbour: Path) -> None:
    change(harbour, "scenarios.yaml", "    garrison:\n      - {from: 3, to: 6, value: 0.3}\n", "")
    formulas = (harbour / "mechanisms.yaml").read_text(encoding="utf-8")
    formulas = formulas.replace("_welcome * welcome", "_welcome * garrison")
    (harbour / "mechanisms.yaml").write_text(
        formulas.replace("    welcome: raises", "    garrison: raises"), encoding="utf-8"
    )
    assert [one.path for one in warnings(load(harbour))] == ["ships_come", "garrison"]


# ---------------------------------------------------------------- broken: whole files


def laughs() -> bytes:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(lines).encode()


# The whole content of a file, and what is said.
CONTENTS: dict[str, tuple[str, bytes, str]] = {
    "billion laughs": (
        "claims.yaml",
        laughs(),
        "claims.yaml:1: a: found the anchor &a; allowed: the value alone",
    ),
    "2 MiB": (
        "claims.yaml",
        b"# much\n" * 300_000,
        "claims.yaml:1: found more than 1 MiB; allowed: at most 1 MiB in a file",
    ),
    "2 MiB of Python": (
        "mechanisms.py",
        b"# much\n" * 300_000,
        "mechanisms.py:1: found more than 1 MiB; allowed: at most 1 MiB in a file",
    ),
    "not UTF-8": (
        "case.yaml",
        b"title: x\nabout: \xe9\n",
        "case.yaml:2: found the byte 0xe9, which is not UTF-8; allowed: text in UTF-8",
    ),
    "UTF-16": (
        "case.yaml",
        "title: x\n".encode("utf-16"),
        "case.yaml:1: found the byte 0xff, which is not UTF-8; allowed: text in UTF-8",
    ),
    "Python not in UTF-8": (
        "mechanisms.py",
        b"# -*- coding: latin-1 -*-\n# \xe9\n",
        "mechanisms.py:2: found the byte 0xe9, which is not UTF-8; allowed: text in UTF-8",
    ),
    "NUL": (
        "case.yaml",
        b"title: x\nabout: a\0b\n",
        "case.yaml:2: found the character 0x00; allowed: printable text",
    ),
    "NUL in Python": (
        "mechanisms.py",
        b"a = 1\n\0\n",
        "mechanisms.py:2: found the character 0x00; allowed: printable text",
    ),
    "deep lists": (
        "case.yaml",
        b"title: " + b"[" * 100_000,
        "case.yaml:1: title[1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1]: "
        "found more than 20 levels of nesting; allowed: fewer",
    ),
    "deep blocks": (
        "case.yaml",
        b"\n".join(b" " * i + b"a:" for i in range(500)),
        "case.yaml:21: a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a: "
        "found more than 20 levels of nesting; allowed: fewer",
    ),
    "deep Python": ("mechanisms.py", b"x = " + b"(" * 5000, "mechanisms.py:1: found "),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_that_is_no_file_of_a_case(harbour: Path, name: str) -> None:
    file, data, said = CONTENTS[name]
    if file == "mechanisms.py":
        in_python(harbour)
    (harbour / file).write_bytes(data)
    start = time.perf_counter()
    assert complaints(harbour)[0].startswith(said)
    assert time.perf_counter() - start < 2.0


def test_a_missing_file(harbour: Path) -> None:
    (harbour / "actors.yaml").unlink()
    assert complaint(harbour).startswith("actors.yaml: found no such file; needed: case.yaml, ")


def test_a_misspelt_file(harbour: Path) -> None:
    (harbour / "outside.yaml").rename(harbour / "outsid.yml")
    said = complaint(harbour)
    assert said.startswith("outsid.yml: found a YAML file of this name; allowed: case.yaml, ")
    assert said.endswith('; did you mean "outside.yaml"?')


def test_a_folder_in_place_of_a_file(harbour: Path) -> None:
    (harbour / "log.yaml").unlink()
    (harbour / "log.yaml").mkdir()
    assert complaint(harbour) == "log.yaml: found a folder; allowed: a file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_a_pipe_in_place_of_a_file(harbour: Path) -> None:
    (harbour / "log.yaml").unlink()
    os.mkfifo(harbour / "log.yaml")
    assert complaint(harbour) == "log.yaml: found something else than a file; allowed: a file"


def test_a_link_out_of_the_folder(harbour: Path, tmp_path: Path) -> None:
    shutil.move(harbour / "log.yaml", tmp_path / "log.yaml")
    (harbour / "log.yaml").symlink_to(tmp_path / "log.yaml")
    said = "log.yaml: found a link out of the folder; allowed: a file in the folder"
    assert complaint(harbour) == said


def test_links_in_a_circle(harbour: Path) -> None:
    (harbour / "log.yaml").unlink()
    (harbour / "log.yaml").symlink_to(harbour / "log.yaml")
    assert complaint(harbour).startswith("log.yaml: found something")


def test_a_link_to_the_folder_is_fine(harbour: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(harbour, target_is_directory=True)
    assert load(tmp_path / "link").name == "harbour"


def test_a_passage_without_a_mechanism(harbour: Path) -> None:
    passage = '"1.3":\n  title: More\n  argues: More.\n'
    claim = (
        'more:\n  passage: "1.3"\n  says: More.\n  compare: {rhetoric: hostile}\n  with: {}\n'
        "  look at: trade\n  over: 3\n  expect: higher\n  margin: 1\n"
    )
    with (harbour / "passages.yaml").open("a") as file:
        file.write(passage)
    with (harbour / "claims.yaml").open("a") as file:
        file.write(claim)
    said = r"passages\.yaml:\d+: 1\.3: found no mechanism of this passage; allowed: at least one"
    assert re.fullmatch(said, complaint(harbour))
    change(harbour, "passages.yaml", '"1.3":\n', '"1.3":\n  inputs: [confrontation, garison]\n')
    (line,) = complaints(harbour)
    assert '1.3.inputs: found "garison"; allowed: ' in line
    assert line.endswith('; did you mean "garrison"?')
    change(harbour, "passages.yaml", "garison", "garrison")
    assert load(harbour).passages[-1].inputs == ("confrontation", "garrison")


def test_a_passage_of_which_nothing_can_be_tested_needs_no_mechanism(harbour: Path) -> None:
    with (harbour / "passages.yaml").open("a") as file:
        file.write('"1.3":\n  title: More\n  argues: More.\n')
    with (harbour / "claims.yaml").open("a") as file:
        file.write('more:\n  passage: "1.3"\n  says: More.\n  cannot test: It is too much.\n')
    assert load(harbour).untested[-1].passage == "1.3"


def test_things_of_one_label_are_told_apart_by_their_names(harbour: Path) -> None:
    change(harbour, "scenarios.yaml", "label: A storm", "label: Calm")
    change(harbour, "mechanisms.yaml", "label: Welcome", "label: Trade")
    read = load(harbour)
    assert [s.label for s in read.scenarios] == ["Calm (calm)", "Calm (storm)", "Drift"]
    assert [v.label for v in read.variables if "Trade" in v.label] == ["Trade (trade)"]
    assert [d.label for d in read.derived] == ["Trade (welcome)"]


def test_a_label_that_looks_like_one_told_apart_is_told_apart_too(harbour: Path) -> None:
    change(harbour, "scenarios.yaml", "label: A storm", "label: Calm")
    change(harbour, "scenarios.yaml", "label: Drift", "label: Calm (calm)")
    labels = [s.label for s in load(harbour).scenarios]
    assert len(set(labels)) == len(labels) == 3


def test_line_breaks_in_labels_and_titles_are_spaces(harbour: Path) -> None:
    change(harbour, "case.yaml", "title: The harbour dispute", 'title: "The\\nharbour\\tdispute"')
    assert load(harbour).title == "The harbour dispute"


def test_persian_joiners_are_text(harbour: Path) -> None:
    change(
        harbour,
        "case.yaml",
        "title: The harbour",
        "title: \u0645\u06cc\u200c\u0634\u0648\u062f harbour",
    )
    assert "\u200c" in load(harbour).title


# ---------------------------------------------------------------- the record


@pytest.fixture
def recorded(harbour: Path) -> Path:
    """The starter with a record."""
    return with_record(harbour)


def test_quarters_are_counted() -> None:
    assert quarter_number("2025Q1") - quarter_number("2024Q4") == 1
    assert [quarter_name(quarter_number(q)) for q in ("2021Q3", "0001Q4")] == ["2021Q3", "0001Q4"]


def test_a_case_without_a_record_has_none(case: Case) -> None:
    assert (case.series, case.history) == ((), None)


def test_a_history_counts_quarters_from_its_start(recorded: Path) -> None:
    history = load(recorded).history
    assert history is not None
    assert (history.start, history.end, history.quarters) == ("2024Q4", "2026Q2", 6)
    assert history.start_values == {"trust": 0.3, "trade": 1.1}
    # 2025Q1 is quarter 1. What held only up to the start is left out.
    assert history.settings == {
        "confrontation": (Span(1, 1, "tense"), Span(4, None, "calm")),
        "garrison": (Span(1, None, 0.2),),
    }
    assert (history.sources, history.about) == (("kydd2005",), "Made up.")
    assert history.place == Place("history.yaml", 1)


def test_a_series_has_its_points_in_the_order_of_their_quarters(recorded: Path) -> None:
    credit, dues, welcome = load(recorded).series
    assert (credit.name, credit.label, credit.stands_for) == ("credit", "Credit given", "trust")
    assert (credit.link, credit.slope, credit.error) == ("level", 1.0, 0.4)
    assert (credit.unit, credit.about) == ("points of 100", "Made up.")
    assert credit.place == Place("observations.yaml", 1)
    assert [(p.quarter, p.first, p.last) for p in credit.points] == [
        ("2025Q1", 1, 1),
        ("2025Q2", 2, 2),
        ("2025Q3", 3, 3),
        ("2026Q3", 7, 7),
    ]
    assert [(p.used, p.later) for p in credit.points] == [
        (True, False),
        (False, False),
        (True, False),
        (False, True),
    ]
    first = credit.points[0]
    assert (first.value, first.low, first.high) == (40.0, 33.0, 48.0)
    assert (first.source, first.url) == ("ledger, page 2", "https://example.org/ledger")
    assert (first.read, first.note) == ("2026-01-15", "first")
    assert first.place == Place("observations/credit.csv", 3)
    assert (dues.label, dues.link, dues.slope) == ("dues", "growth", 1.5)
    assert [(p.first, p.last) for p in dues.points] == [(1, 4)]
    assert (welcome.points[0].value, welcome.points[0].high) == (-3.0, 2.5)


def test_a_history_may_stand_alone(recorded: Path) -> None:
    (recorded / "observations.yaml").unlink()
    shutil.rmtree(recorded / "observations")
    (recorded / "history.yaml").write_text("start: 2021Q3\nend: 2025Q4\n")
    case = load(recorded)
    assert case.series == ()
    assert case.history is not None
    assert case.history.settings == case.history.start_values == {}


def test_columns_may_be_in_any_order_and_text_as_spreadsheets_write_it(recorded: Path) -> None:
    header = "note,status,read,url,source,high,low,value,quarter\r\n"
    rows = header + "\r\n,used,2026-01-15,,l,50, 35 ,42,2025Q1"
    (recorded / "observations" / "credit.csv").write_bytes(b"\xef\xbb\xbf" + rows.encode())
    (point,) = load(recorded).series[0].points
    assert (point.value, point.low, point.place.line) == (42.0, 35.0, 3)


def test_other_files_beside_the_tables_are_left_alone(recorded: Path) -> None:
    before = load(recorded).hash
    (recorded / "observations" / "README.md").write_text("Where from.")
    (recorded / "observations" / ".credit.csv").write_text("...")
    assert load(recorded).hash == before


def test_the_hash_covers_the_record(recorded: Path) -> None:
    hashes = {load(recorded).hash}
    for file in ("history.yaml", "observations.yaml", "observations/credit.csv"):
        with (recorded / file).open("a") as handle:
            handle.write("\n")
        hashes.add(load(recorded).hash)
    change(recorded, "observations.yaml", "credit:", "credits:")
    (recorded / "observations/credit.csv").rename(recorded / "observations/credits.csv")
    hashes.add(load(recorded).hash)
    assert len(hashes) == 5


def test_what_is_doubtful_may_be_what_the_link_does_not_allow(recorded: Path) -> None:
    row = "2025Q1,0,0,3,ledger,,2026-01-15,doubtful,no ship came\n"
    (recorded / "observations/dues.csv").write_text(HEADER + row)
    assert load(recorded).series[1].points[0].value == 0.0


TABLES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", ":1: found an empty file; allowed: the columns quarter, value, low, high"),
    "only a header": (HEADER.encode(), ":1: found no rows; allowed: at least one row"),
    "semicolons": (
        CREDIT.replace(",", ";").encode(),
        ":1: found columns separated by semicolons; allowed: columns separated by commas",
    ),
    "tabs": (
        CREDIT.replace(",", "\t").encode(),
        ":1: found columns separated by tabs; allowed: columns separated by commas",
    ),
    "Latin-1": (
        (HEADER + "2025Q1,1,1,1,").encode() + b"caf\xe9",
        ":2: found the byte 0xe9, which is not UTF-8; allowed: text in UTF-8",
    ),
    "NUL in a table": (
        HEADER.encode() + b"2025Q1,\0,1,1",
        ":2: found the character 0x00; allowed: printable text",
    ),
    "a workbook": (b"PK\x03\x04\x14\x00", ":1: found the character 0x03; allowed: printable text"),
    "2 MiB of rows": (
        HEADER.encode() + b"2025Q1,1,1,1,l,,2026-01-15,used,\n" * 65_000,
        ":1: found more than 1 MiB; allowed: at most 1 MiB in a file",
    ),
    "one long field": (
        HEADER.encode() + b"2025Q1,1,1,1," + b"l" * 200_000 + b",,2026-01-15,used,\n",
        ":2: found a mistake in the CSV (field larger than field limit (131072)); allowed: ",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_none(recorded: Path, name: str) -> None:
    data, said = TABLES[name]
    (recorded / "observations/credit.csv").write_bytes(data)
    start = time.perf_counter()
    assert complaint(recorded).startswith(f"observations/credit.csv{said}")
    assert time.perf_counter() - start < 2.0


def test_empty_columns_and_rows_of_a_spreadsheet_are_passed_over(recorded: Path) -> None:
    table = recorded / "observations/dues.csv"
    before = load(recorded).series
    lines = table.read_text().splitlines()
    empty = "," * (lines[0].count(",") + 2)
    table.write_text("\n".join([empty, *(f"{line},," for line in lines), empty, empty]) + "\n")
    after = load(recorded).series
    assert [[p.value for p in s.points] for s in after] == [
        [p.value for p in s.points] for s in before
    ]


def test_a_column_without_a_name_has_to_be_empty(recorded: Path) -> None:
    table = recorded / "observations/dues.csv"
    head, first, *rest = table.read_text().splitlines()
    table.write_text("\n".join([f"{head},", f"{first},odd", *(f"{line}," for line in rest)]))
    said = "observations/dues.csv:2: found something in a column without a name; allowed: columns"
    assert complaint(recorded).startswith(said)


def test_a_decimal_comma_in_a_table_is_named(recorded: Path) -> None:
    table = recorded / "observations/dues.csv"
    head, first, *rest = table.read_text().splitlines()
    quarter, value, more = first.split(",", 2)
    table.write_text("\n".join([head, f'{quarter},"{value},5",{more}', *rest]))
    assert complaint(recorded).endswith(f"; numbers take a point, not a comma: {value}.5")


def test_hidden_characters_in_a_table_are_refused(recorded: Path) -> None:
    table = recorded / "observations/dues.csv"
    table.write_text(table.read_text() + ODD, encoding="utf-8")
    line = table.read_text().count("\n") + 1
    said = f"observations/dues.csv:{line}: found the character 0x202e (right-to-left override); "
    assert complaint(recorded).startswith(said)


def test_many_rows_are_read_in_time(recorded: Path) -> None:
    quarters = (quarter_name(quarter_number("2026Q3") + i) for i in range(25_000))
    rows = "".join(f"{q},1,1,1,l,,2026-01-15,later,\n" for q in quarters)
    (recorded / "observations/dues.csv").write_text(HEADER + rows)
    start = time.perf_counter()
    assert len(load(recorded).series[1].points) == 25_000
    assert time.perf_counter() - start < 5.0


def test_observations_need_a_history(recorded: Path) -> None:
    (recorded / "history.yaml").unlink()
    said = "observations.yaml:1: found no history.yaml beside it; needed: history.yaml, which says "
    assert complaint(recorded).startswith(said)


def test_tables_need_observations(recorded: Path) -> None:
    (recorded / "observations.yaml").unlink()
    said = "observations/credit.csv: found a table that no series takes; allowed: tables of series "
    assert complaint(recorded).startswith(said)


def test_a_series_needs_its_table(recorded: Path) -> None:
    (recorded / "observations/dues.csv").unlink()
    said = (
        "observations.yaml:8: dues: found no file observations/dues.csv; allowed: a series with "
        "its table in observations/"
    )
    assert complaint(recorded) == said
    shutil.rmtree(recorded / "observations")
    assert complaints(recorded)[0].startswith("observations.yaml:1: credit: found no file ")
    assert len(complaints(recorded)) == 3


def test_a_table_with_an_odd_name(recorded: Path) -> None:
    (recorded / "observations/dues.csv").rename(recorded / "observations/Dues.CSV")
    said = "observations: found the file name 'Dues.CSV'; allowed: lower-case letters, digits, "
    assert complaint(recorded).startswith(said)


def test_a_table_outside_the_folder(recorded: Path, tmp_path: Path) -> None:
    shutil.move(recorded / "observations/dues.csv", tmp_path / "dues.csv")
    (recorded / "observations/dues.csv").symlink_to(tmp_path / "dues.csv")
    said = "observations/dues.csv: found a link out of the folder; allowed: a file in the folder"
    assert complaint(recorded) == said


def test_tables_outside_the_folder(recorded: Path, tmp_path: Path) -> None:
    shutil.move(recorded / "observations", tmp_path / "observations")
    (recorded / "observations").symlink_to(tmp_path / "observations", target_is_directory=True)
    said = "observations: found a link out of the folder; allowed: a folder in the folder"
    assert complaint(recorded) == said


def test_a_file_in_place_of_the_tables(recorded: Path) -> None:
    shutil.rmtree(recorded / "observations")
    (recorded / "observations").write_text("")
    said = "observations: found something else than a folder; allowed: a folder of CSV files"
    assert complaint(recorded) == said


def test_a_folder_in_place_of_a_table(recorded: Path) -> None:
    (recorded / "observations/dues.csv").unlink()
    (recorded / "observations/dues.csv").mkdir()
    assert complaint(recorded) == "observations/dues.csv: found a folder; allowed: a file"


# ---------------------------------------------------------------- broken: by chance

FILES = sorted([*(p.name for p in Path(starter.__file__).parent.glob("*.yaml")), *RECORDED])
PIECES = (b":", b"-", b"{", b"}", b"[", b"]", b"\n", b"  ", b'"', b"'", b"#", b"&a ", b"*a", b"!a ")
MORE = (
    b"|",
    b">",
    b"%",
    b"@",
    b"`",
    b"? ",
    b"<<: ",
    b"\t",
    b"\0",
    b"\xff",
    b"\\",
    b"0",
    b".nan",
    b"~",
)


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, bytes]]]:
    """A file, and places in it (in thousandths), bytes taken out there and bytes put in."""
    piece = st.one_of(st.sampled_from(PIECES + MORE), st.binary(max_size=3))
    one = st.tuples(st.integers(0, 999), st.integers(0, 30), piece)
    return draw(st.sampled_from(FILES)), draw(st.lists(one, min_size=1, max_size=4))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = copy_starter(tmp_path_factory.mktemp("mutated") / "harbour")
    return with_record(made)


def read_after(folder: Path, file: str, data: bytes) -> None:
    """Load with other bytes in one file; anything but a CaseError is a failure."""
    before = (folder / file).read_bytes()
    (folder / file).write_bytes(data)
    try:
        load(folder)
    except CaseError as problem:
        str(problem).encode("utf-8")  # it can be printed
    finally:
        (folder / file).write_bytes(before)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(mutations())
def test_changed_bytes_never_give_anything_but_a_case_error(
    folder: Path, mutation: tuple[str, list[tuple[int, int, bytes]]]
) -> None:
    file, places = mutation
    data = (folder / file).read_bytes()
    for where, length, piece in places:
        at = where * len(data) // 1000
        data = data[:at] + piece + data[at + length :]
    read_after(folder, file, data)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FILES), st.integers(0, 999), st.integers(0, 999))
def test_moved_and_missing_lines_never_give_anything_but_a_case_error(
    folder: Path, file: str, take: int, put: int
) -> None:
    lines = (folder / file).read_bytes().splitlines(keepends=True)
    line = lines.pop(take * len(lines) // 1000)
    if put % 2:
        lines.insert(put * len(lines) // 1000, line)
    read_after(folder, file, b"".join(lines))
