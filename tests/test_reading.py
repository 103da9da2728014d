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
from tightrope import reading, starter
from tightrope.case import Arm, Case, Condition, Outcome, Span
from tightrope.errors import CaseError, Place, UseError
from tightrope.quarters import quarter_name, quarter_number
from tightrope.reading import load, shipped, warnings
from tightrope.starter import copy_starter
from tightrope.text.names import nearest

IN_PYTHON = Path(__file__).parent / "harbour.py"
"""The starter's mechanisms as Python."""


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    return copy_starter(tmp_path / "harbour")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return load(copy_starter(tmp_path_factory.mktemp("starter") / "harbour"))


def in_python(folder: Path) -> Path:
    """The same case with its mechanisms as Python."""
    (folder / "mechanisms.yaml").unlink()
    shutil.copy(IN_PYTHON, folder / "mechanisms.py")
    return folder


def change(folder: Path, file: str, old: str, new: str) -> None:
    if file == "mechanisms.py" and not (folder / file).exists():
        in_python(folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, f"{file} does not hold {old!r}"
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def complaint(folder: Path) -> str:
    with pytest.raises(CaseError) as caught:
        load(folder, trust=True)
    return str(caught.value)


def complaints(folder: Path) -> list[str]:
    """What is said of a case, problem by problem."""
    first, *rest = complaint(folder).split("\n")
    assert not rest or first == f"{len(rest)} problems:"
    return rest or [first]


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


# ---------------------------------------------------------------- broken: one change to one file

# What is changed (file, old, new), and what is said.
BROKEN = {
    "tag": (
        "claims.yaml",
        "expect: higher\n  margin: 1\n",
        "expect: !!str higher\n  margin: 1\n",
        "claims.yaml:34: crowd-is-pleased.expect: found the tag !!str; allowed: the value alone",
    ),
    "python tag": (
        "case.yaml",
        "title: The harbour dispute",
        "title: !!python/object/apply:os.system [true]",
        "case.yaml:5: title: found the tag !!python/object/apply:os.system; allowed: the "
        "value alone",
    ),
    "anchor": (
        "case.yaml",
        "title: The",
        "title: &t The",
        "case.yaml:5: title: found the anchor &t; allowed: the value alone",
    ),
    "alias": (
        "variables.yaml",
        "label: Cohesion",
        "label: *c",
        "variables.yaml:14: cohesion.label: found the alias *c; allowed: the value itself",
    ),
    "merge key": (
        "outside.yaml",
        "  usual: {value: 0,",
        "  <<: {usual: 1}\n  usual: {value: 0,",
        "outside.yaml:18: garrison: found the merge key <<; allowed: the fields themselves",
    ),
    "second document": (
        "scenarios.yaml",
        "storm:",
        "---\nstorm:",
        "scenarios.yaml:9: found a second document; allowed: one document in a file",
    ),
    "directive": (
        "case.yaml",
        "# A small",
        "%YAML 1.1\n---\n# A small",
        "case.yaml:2: found a directive (%); allowed: plain YAML",
    ),
    "duplicate key": (
        "claims.yaml",
        "storm-passes:",
        "ships-remember:",
        'claims.yaml:68: found "ships-remember" a second time (first in line 58); allowed: '
        "each name once",
    ),
    "duplicate field": (
        "claims.yaml",
        "  look at: cohesion\n",
        "  look at: cohesion\n  look at: trust\n",
        'claims.yaml:33: crowd-is-pleased: found "look at" a second time (first in line '
        "32); allowed: each name once",
    ),
    "broken yaml": (
        "case.yaml",
        "focal: harbour ",
        "focal: [harbour ",
        "case.yaml:11: found a mistake in the YAML (expected ',' or ']', but got "
        "'<scalar>'); allowed: valid YAML",
    ),
    "tab": (
        "case.yaml",
        "focal:",
        "\tfocal:",
        "case.yaml:10: found a mistake in the YAML (found character '\\t' that cannot "
        "start any token); allowed: valid YAML",
    ),
    "nan": (
        "claims.yaml",
        "margin: 5",
        "margin: .nan",
        "claims.yaml:45: council-speaks-softly.margin: found .nan; allowed: a finite number",
    ),
    "infinite": (
        "claims.yaml",
        "margin: 5",
        "margin: 1e999",
        "claims.yaml:45: council-speaks-softly.margin: found 1e999; allowed: a finite number",
    ),
    "escaped nul": (
        "case.yaml",
        "title: The harbour dispute",
        'title: "The \\0 harbour"',
        "case.yaml:5: title: found the character 0x00; allowed: printable text",
    ),
    "surrogate": (
        "case.yaml",
        "title: The harbour dispute",
        'title: "The \\ud800 harbour"',
        "case.yaml:5: title: found the character 0xd800; allowed: printable text",
    ),
    "list as key": (
        "passages.yaml",
        '"1.1":',
        "? [1, 1]\n:",
        "passages.yaml:4: found a list as a name; allowed: text as a name",
    ),
    "number as key": (
        "passages.yaml",
        '"1.1":',
        "1.1:",
        'passages.yaml:4: found the name 1.1; allowed: text as a name; put it in quotes: "1.1"',
    ),
    "comma in braces": (
        "parameters.yaml",
        "  judgement: Soldiers search ships.",
        "  judgement: {Soldiers, by habit: 1}",
        "parameters.yaml:55: garrison_weighs.judgement: found names with values; allowed: text",
    ),
    "comma in judgement": (
        "variables.yaml",
        "judgement: Tolls were raised last year.",
        "judgement: Tolls rose, as ever.",
        'variables.yaml:23: pressure.baseline: found the field "as ever."; allowed: range, '
        "value, scale, sources, judgement, contested, unit, meaning; text with a comma "
        "inside braces has to be in quotes",
    ),
    "unknown field": (
        "claims.yaml",
        "  expect: higher\n  margin: 5",
        "  expct: higher\n  margin: 5",
        'claims.yaml:44: council-speaks-softly: found the field "expct"; allowed: passage, '
        "says, note, both, compare, with, look at, rather than, over, against quarters, "
        'times, than, expect, margin; did you mean "expect"?',
    ),
    "missing field": (
        "claims.yaml",
        "  expect: higher\n  margin: 5",
        "  margin: 5",
        'claims.yaml:38: council-speaks-softly: found no "expect"; needed: look at, over, '
        "expect, margin",
    ),
    "missing field of a part": (
        "claims.yaml",
        "{look at: trade, expect: higher, margin: 2}",
        "{look at: trade, margin: 2}",
        'claims.yaml:55: open-harbour-weathers-storm.all of[1]: found no "expect"; needed: '
        "look at, over, expect, margin",
    ),
    "text for number": (
        "claims.yaml",
        "margin: 5",
        "margin: five",
        'claims.yaml:45: council-speaks-softly.margin: found "five"; allowed: a number from 0 up',
    ),
    "number in quotes": (
        "claims.yaml",
        "margin: 5",
        'margin: "5"',
        'claims.yaml:45: council-speaks-softly.margin: found "5"; allowed: a number from 0 up',
    ),
    "number for text": (
        "case.yaml",
        "title: The harbour dispute",
        "title: 2025",
        'case.yaml:5: title: found 2025; allowed: text; put it in quotes: "2025"',
    ),
    "nothing for text": (
        "case.yaml",
        "title: The harbour dispute",
        "title:",
        "case.yaml:5: title: found nothing; allowed: text",
    ),
    "empty text": (
        "case.yaml",
        "title: The harbour dispute",
        'title: " "',
        'case.yaml:5: title: found ""; allowed: text',
    ),
    "list for names": (
        "outside.yaml",
        "  usual: {value: 0, judgement: None since last year.}",
        "  usual: [0]",
        "outside.yaml:18: garrison.usual: found a list; allowed: names with values",
    ),
    "flag in words": (
        "parameters.yaml",
        "  contested: true\n",
        "  contested: yes\n",
        'parameters.yaml:23: applause.contested: found "yes"; allowed: true, false',
    ),
    "reference quarter": (
        "case.yaml",
        "2025Q4",
        "2025-Q4",
        'case.yaml:11: reference quarter: found "2025-Q4"; allowed: a quarter such as 2025Q4',
    ),
    "lookahead": (
        "case.yaml",
        "lookahead: 4 ",
        "lookahead: 13 ",
        "case.yaml:12: lookahead: found 13; allowed: a whole number from 1 to 12",
    ),
    "lookahead fraction": (
        "case.yaml",
        "lookahead: 4 ",
        "lookahead: 1.5 ",
        "case.yaml:12: lookahead: found 1.5; allowed: a whole number from 1 to 12",
    ),
    "focal": (
        "case.yaml",
        "focal: harbour",
        "focal: harbor",
        'case.yaml:10: focal: found "harbor"; allowed: harbour, empire; did you mean "harbour"?',
    ),
    "default scenario": (
        "case.yaml",
        "scenario: calm",
        "scenario: clam",
        'case.yaml:13: scenario: found "clam"; allowed: calm, storm, drift; did you mean "calm"?',
    ),
    "default posture": (
        "case.yaml",
        "posture: free",
        "posture: fre",
        'case.yaml:14: posture: found "fre"; allowed: free, careful; did you mean "free"?',
    ),
    "capital": (
        "parameters.yaml",
        "applause:",
        "Applause:",
        'parameters.yaml:18: Applause: found the name "Applause"; allowed: a lower-case '
        "Python name, such as western_trust",
    ),
    "keyword": (
        "parameters.yaml",
        "applause:",
        "lambda:",
        'parameters.yaml:18: lambda: found the name "lambda"; allowed: a lower-case Python '
        "name, such as western_trust",
    ),
    "reserved": (
        "variables.yaml",
        "pressure:\n",
        "scenario:\n",
        'variables.yaml:19: scenario: found the name "scenario"; allowed: other names; '
        "these have a meaning: scenario, posture, without, strength, goal, world, quarter, "
        "actor, residual, nothing, choice, defaults, markov",
    ),
    "name twice": (
        "parameters.yaml",
        "applause:",
        "trade:",
        'parameters.yaml:18: trade: found the name "trade" a second time (first at '
        "variables.yaml:32); allowed: each name once in the case",
    ),
    "name of a mechanism": (
        "parameters.yaml",
        "applause:",
        "ships_come:",
        'mechanisms.yaml:59: ships_come: found the name "ships_come" a second time (first at '
        "parameters.yaml:18); allowed: each name once in the case",
    ),
    "name of a level": (
        "parameters.yaml",
        "applause:",
        "rhetoric_hostile:",
        'actors.yaml:7: rhetoric_hostile: found the share of conduct "rhetoric_hostile" a '
        "second time (first at parameters.yaml:18); allowed: each name once in the case",
    ),
    "claim name": (
        "claims.yaml",
        "storm-passes:",
        "Storm passes:",
        'claims.yaml:58: Storm passes: found the name "Storm passes"; allowed: lower-case '
        "letters, digits, _, - and .",
    ),
    "level name": (
        "outside.yaml",
        "levels: [calm, tense, war]",
        "levels: [calm, tense, markov]",
        'outside.yaml:6: confrontation.levels: found the level "markov"; allowed: other '
        "names; markov leaves a regime to chance",
    ),
    "level twice": (
        "outside.yaml",
        "levels: [calm, tense, war]",
        "levels: [calm, calm, war]",
        "outside.yaml:6: confrontation.levels: found calm, calm, war; allowed: at least "
        "two levels, each once",
    ),
    "reversed range": (
        "parameters.yaml",
        "[0.05, 0.40]",
        "[0.40, 0.05]",
        "parameters.yaml:6: trust_from_words.range: found [0.4, 0.05]; allowed: [lowest, highest]",
    ),
    "range of three": (
        "parameters.yaml",
        "[0.05, 0.40]",
        "[0.05, 0.2, 0.4]",
        "parameters.yaml:6: trust_from_words.range: found a list of 3; allowed: [lowest, highest]",
    ),
    "range and value": (
        "parameters.yaml",
        "range: [0.05, 0.40]",
        "value: 1\n  range: [0.05, 0.40]",
        "parameters.yaml:5: trust_from_words: found both a range and a value; allowed: one of them",
    ),
    "neither": (
        "parameters.yaml",
        "  range: [0.05, 0.40]\n",
        "",
        "parameters.yaml:5: trust_from_words: found neither a range nor a value; allowed: "
        "one of them",
    ),
    "no grounds": (
        "parameters.yaml",
        "  judgement: Soldiers search ships.\n",
        "",
        "parameters.yaml:51: garrison_weighs: found neither sources nor a judgement; "
        "allowed: sources, a judgement, or both",
    ),
    "unknown source": (
        "parameters.yaml",
        "[kydd2005]",
        "[kydd2006]",
        'parameters.yaml:9: trust_from_words.sources[1]: found "kydd2006"; allowed: '
        'kydd2005, hirschman1945; did you mean "kydd2005"?',
    ),
    "no unit": (
        "parameters.yaml",
        "  unit: ratio\n",
        "",
        'parameters.yaml:12: confrontation_amplifies: found no "unit"; needed: unit, meaning',
    ),
    "log of zero": (
        "parameters.yaml",
        "range: [0.02, 0.10]",
        "range: [0, 0.10]",
        "parameters.yaml:39: trade_from_pressure.scale: found log with a range from 0; "
        "allowed: a log scale above zero",
    ),
    "contested on one side": (
        "parameters.yaml",
        "[-0.10, 0.20]",
        "[0, 0.20]",
        "parameters.yaml:23: applause.contested: found true with a range from 0 to 0.2; "
        "allowed: a range with room on both sides of zero",
    ),
    "scale of a prior": (
        "parameters.yaml",
        "scale: log ",
        "scale: logg ",
        'parameters.yaml:39: trade_from_pressure.scale: found "logg"; allowed: linear, '
        'log; did you mean "log"?',
    ),
    "parameter not read": (
        "parameters.yaml",
        "applause:",
        "spare:\n  value: 1\n  unit: none\n  meaning: Nothing.\n  judgement: None.\n\napplause:",
        "parameters.yaml:18: spare: found a parameter that nothing reads; allowed: "
        "parameters that a mechanism or a derived quantity reads",
    ),
    "share of one": (
        "variables.yaml",
        "[0.35, 0.50]",
        "[0.35, 1]",
        "variables.yaml:11: trust.baseline.range[2]: found 1; allowed: a number above 0 "
        "and below 1",
    ),
    "index of zero": (
        "variables.yaml",
        "{value: 1,",
        "{value: 0,",
        "variables.yaml:36: trade.baseline.value: found 0; allowed: a number above 0",
    ),
    "reversion above one": (
        "variables.yaml",
        "[0.02, 0.10]",
        "[0.02, 1.10]",
        "variables.yaml:4: defaults.reversion.range[2]: found 1.10; allowed: a number from 0 to 1",
    ),
    "negative noise": (
        "variables.yaml",
        "[0.02, 0.05]",
        "[-0.02, 0.05]",
        "variables.yaml:30: openness_abroad.noise.range[1]: found -0.02; allowed: a number "
        "from 0 up",
    ),
    "no reversion": (
        "variables.yaml",
        "  reversion: {range: [0.02, 0.10], judgement: Slow return; half of a gap closes "
        "in 7 to 34 quarters.}\n",
        "",
        'variables.yaml:6: trust: found no "reversion"; needed: reversion here or under defaults',
    ),
    "scale of a variable": (
        "variables.yaml",
        "scale: index",
        "scale: indx",
        'variables.yaml:35: trade.scale: found "indx"; allowed: share, index, real; did '
        'you mean "index"?',
    ),
    "unit of a share": (
        "variables.yaml",
        "scale: index",
        "scale: index\n  unit: tons",
        'variables.yaml:36: trade.unit: found "tons"; allowed: none here; the scale index says it',
    ),
    "real without unit": (
        "variables.yaml",
        "scale: index",
        "scale: real",
        'variables.yaml:32: trade: found no "unit"; needed: unit',
    ),
    "usual level": (
        "outside.yaml",
        "usual: calm",
        "usual: clam",
        'outside.yaml:7: confrontation.usual: found "clam"; allowed: calm, tense, war; did '
        'you mean "calm"?',
    ),
    "transition sum": (
        "outside.yaml",
        "[0.10, 0.85, 0.05]",
        "[0.10, 0.80, 0.05]",
        "outside.yaml:10: confrontation.transition[2]: found shares that sum to 0.95; "
        "allowed: shares that sum to 1",
    ),
    "transition columns": (
        "outside.yaml",
        "[0.10, 0.85, 0.05]",
        "[0.10, 0.90]",
        "outside.yaml:10: confrontation.transition[2]: found 2 numbers; allowed: 3, one "
        "for each level",
    ),
    "transition rows": (
        "outside.yaml",
        "    - [0.10, 0.85, 0.05]\n",
        "",
        "outside.yaml:8: confrontation.transition: found 2 rows; allowed: 3, one for each level",
    ),
    "transition negative": (
        "outside.yaml",
        "[0.10, 0.85, 0.05]",
        "[-0.10, 1.05, 0.05]",
        "outside.yaml:10: confrontation.transition[2][1]: found -0.10; allowed: a number "
        "from 0 to 1",
    ),
    "quantity above one": (
        "outside.yaml",
        "{value: 0,",
        "{value: 1.5,",
        "outside.yaml:18: garrison.usual.value: found 1.5; allowed: a number from 0 to 1",
    ),
    "usual sum": (
        "actors.yaml",
        "hostile: 0.4}",
        "hostile: 0.5}",
        "actors.yaml:10: harbour.instruments.rhetoric.levels: found shares that sum to "
        "1.1; allowed: shares that sum to 1",
    ),
    "usual zero": (
        "actors.yaml",
        "{none: 0.2, usual: 0.6, heavy: 0.2}",
        "{none: 0, usual: 0.8, heavy: 0.2}",
        "actors.yaml:33: empire.instruments.tolls.levels.none: found 0; allowed: a share "
        "above 0, at most 1",
    ),
    "positions": (
        "actors.yaml",
        "[0, 0.4, 1]",
        "[0, 1, 0.4]",
        "actors.yaml:16: harbour.instruments.port_policy.positions: found numbers that do "
        "not ascend; allowed: each above the one before",
    ),
    "positions too few": (
        "actors.yaml",
        "[0, 0.4, 1]",
        "[0, 1]",
        "actors.yaml:16: harbour.instruments.port_policy.positions: found 2 numbers; "
        "allowed: 3, one for each level",
    ),
    "positions outside": (
        "actors.yaml",
        "[0, 0.4, 1]",
        "[0, 0.4, 2]",
        "actors.yaml:16: harbour.instruments.port_policy.positions[3]: found 2; allowed: a "
        "number from 0 to 1",
    ),
    "goal": (
        "actors.yaml",
        "    cohesion: {want",
        "    cohesoin: {want",
        'actors.yaml:19: harbour.goals: found "cohesoin"; allowed: trust, cohesion, '
        'pressure, openness_abroad, trade; did you mean "cohesion"?',
    ),
    "want": (
        "actors.yaml",
        "want: less, weight: {range: [0.5, 1.0], judgement: Tolls",
        "want: fewer, weight: {range: [0.5, 1.0], judgement: Tolls",
        'actors.yaml:21: harbour.goals.pressure.want: found "fewer"; allowed: more, less',
    ),
    "weight": (
        "actors.yaml",
        "{range: [0.2, 0.6],",
        "{value: 0,",
        "actors.yaml:37: empire.goals.trade.weight: found 0; allowed: a weight above 0",
    ),
    "no goal": (
        "actors.yaml",
        "  goals:\n    trust: {want: less, weight: {range: [0.5, 1.0], judgement: It wants "
        "the town to stand alone.}}\n    trade: {want: less, weight: {range: [0.2, 0.6], "
        'judgement: "A poor town is easier to hold."}}\n',
        "  goals: {}\n",
        "actors.yaml:35: empire.goals: found nothing; allowed: at least one goal",
    ),
    "patience": (
        "actors.yaml",
        "[0.85, 0.98]",
        "[0, 0.98]",
        "actors.yaml:39: empire.patience.range[1]: found 0; allowed: a number above 0, at most 1",
    ),
    "habit": (
        "actors.yaml",
        "[0.3, 1.0]",
        "[0.3, 1.1]",
        "actors.yaml:40: empire.habit.range[2]: found 1.1; allowed: a number from 0 to 1",
    ),
    "set unknown": (
        "scenarios.yaml",
        "    confrontation: markov ",
        "    confrontatoin: markov ",
        'scenarios.yaml:25: drift.set: found "confrontatoin"; allowed: rhetoric, '
        "port_policy, tolls, trust, cohesion, pressure, openness_abroad, trade, "
        'confrontation, garrison; did you mean "confrontation"?',
    ),
    "set level": (
        "scenarios.yaml",
        "set: {confrontation: calm}",
        "set: {confrontation: peace}",
        'scenarios.yaml:7: calm.set.confrontation: found "peace"; allowed: calm, tense, '
        "war, markov",
    ),
    "set markov": (
        "scenarios.yaml",
        "{usual: 0.4, heavy: 0.6}",
        "markov",
        'scenarios.yaml:26: drift.set.tolls: found "markov"; allowed: none, usual, heavy',
    ),
    "mix sum": (
        "scenarios.yaml",
        "{usual: 0.4, heavy: 0.6}",
        "{usual: 0.4, heavy: 0.5}",
        "scenarios.yaml:26: drift.set.tolls: found shares that sum to 0.9; allowed: shares "
        "that sum to 1",
    ),
    "mix level": (
        "scenarios.yaml",
        "{usual: 0.4, heavy: 0.6}",
        "{usual: 0.4, heavi: 0.6}",
        'scenarios.yaml:26: drift.set.tolls: found "heavi"; allowed: none, usual, heavy; '
        'did you mean "heavy"?',
    ),
    "mix of a regime": (
        "scenarios.yaml",
        "set: {confrontation: calm}",
        "set: {confrontation: {calm: 0.5, war: 0.5}}",
        "scenarios.yaml:7: calm.set.confrontation: found names with values; allowed: calm, "
        "tense, war, markov",
    ),
    "span backwards": (
        "scenarios.yaml",
        "{from: 7, to: 8, value: tense}",
        "{from: 7, to: 6, value: tense}",
        "scenarios.yaml:15: storm.set.confrontation[2].to: found 6; allowed: a whole "
        "number from 7 up",
    ),
    "span from zero": (
        "scenarios.yaml",
        "{from: 3, to: 6, value: war}",
        "{from: 0, to: 6, value: war}",
        "scenarios.yaml:14: storm.set.confrontation[1].from: found 0; allowed: a whole "
        "number from 1 up",
    ),
    "span without value": (
        "scenarios.yaml",
        "{from: 9, value: calm}",
        "{from: 9}",
        'scenarios.yaml:16: storm.set.confrontation[3]: found no "value"; needed: from, value',
    ),
    "no spans": (
        "scenarios.yaml",
        "    garrison:\n      - {from: 3, to: 6, value: 0.3}",
        "    garrison: []",
        "scenarios.yaml:17: storm.set.garrison: found an empty list; allowed: a value, or "
        "spans {from: 1, to: 4, value: ...}",
    ),
    "set quantity": (
        "scenarios.yaml",
        "value: 0.3}",
        "value: 3}",
        "scenarios.yaml:18: storm.set.garrison[1].value: found 3; allowed: a number from 0 to 1",
    ),
    "posture of another": (
        "postures.yaml",
        "set: {rhetoric: hostile}",
        "set: {tolls: heavy}",
        'postures.yaml:10: careful.set: found "tolls"; allowed: rhetoric, port_policy',
    ),
    "rule of another": (
        "postures.yaml",
        "then: {rhetoric: restrained}",
        "then: {tolls: heavy}",
        'postures.yaml:13: careful.rules[1].then: found "tolls"; allowed: rhetoric, port_policy',
    ),
    "condition": (
        "postures.yaml",
        "at least tense",
        "more than tense",
        'postures.yaml:12: careful.rules[1].when.confrontation: found "more than tense"; '
        "allowed: at least, at most, above or below, then a number or a level",
    ),
    "condition level": (
        "postures.yaml",
        "at least tense",
        "at least tens",
        'postures.yaml:12: careful.rules[1].when.confrontation: found "tens"; allowed: a '
        'number, or calm, tense, war; did you mean "tense"?',
    ),
    "condition number": (
        "postures.yaml",
        "below 0.4",
        "below 40",
        'postures.yaml:14: careful.rules[2].when.cohesion: found "40"; allowed: a number '
        "from 0 to 1",
    ),
    "condition name": (
        "postures.yaml",
        "{cohesion: below",
        "{cohesoin: below",
        'postures.yaml:14: careful.rules[2].when: found "cohesoin"; allowed: rhetoric, '
        "port_policy, tolls, trust, cohesion, pressure, openness_abroad, trade, "
        'confrontation, garrison, welcome; did you mean "cohesion"?',
    ),
    "rule without condition": (
        "postures.yaml",
        "when: {confrontation: at least tense}",
        "when: {}",
        "postures.yaml:12: careful.rules[1].when: found nothing; allowed: at least one condition",
    ),
    "passage of a claim": (
        "claims.yaml",
        'passage: "1.2"\n  says: Two',
        'passage: "1.3"\n  says: Two',
        'claims.yaml:59: storm-passes.passage: found "1.3"; allowed: 1.1, 1.2; did you mean "1.2"?',
    ),
    "passage as a number": (
        "claims.yaml",
        'passage: "1.2"\n  says: Two',
        "passage: 1.2\n  says: Two",
        'claims.yaml:59: storm-passes.passage: found 1.2; allowed: text; put it in quotes: "1.2"',
    ),
    "expect": (
        "claims.yaml",
        "expect: higher\n  margin: 5",
        "expect: hihger\n  margin: 5",
        'claims.yaml:44: council-speaks-softly.expect: found "hihger"; allowed: higher, '
        'lower, not lower, not higher; did you mean "higher"?',
    ),
    "margin": (
        "claims.yaml",
        "margin: 5",
        "margin: -5",
        "claims.yaml:45: council-speaks-softly.margin: found -5; allowed: a number from 0 up",
    ),
    "look at": (
        "claims.yaml",
        "look at: cohesion",
        "look at: cohesoin",
        'claims.yaml:32: crowd-is-pleased.look at: found "cohesoin"; allowed: a variable, '
        "a derived quantity, an instrument, INSTRUMENT at LEVEL, goal of ACTOR; did you "
        'mean "cohesion"?',
    ),
    "look at level": (
        "claims.yaml",
        "look at: rhetoric at restrained",
        "look at: rhetoric at restraint",
        'claims.yaml:41: council-speaks-softly.look at: found "rhetoric at restraint"; '
        "allowed: a variable, a derived quantity, an instrument, INSTRUMENT at LEVEL, goal "
        'of ACTOR; did you mean "rhetoric at restrained"?',
    ),
    "look at regime": (
        "claims.yaml",
        "look at: cohesion",
        "look at: confrontation",
        'claims.yaml:32: crowd-is-pleased.look at: found "confrontation"; allowed: a '
        "variable, a derived quantity, an instrument, INSTRUMENT at LEVEL, goal of ACTOR",
    ),
    "look at goal": (
        "claims.yaml",
        "goal of harbour",
        "goal of harbor",
        'claims.yaml:56: open-harbour-weathers-storm.all of[2].look at: found "goal of '
        'harbor"; allowed: a variable, a derived quantity, an instrument, INSTRUMENT at '
        'LEVEL, goal of ACTOR; did you mean "goal of harbour"?',
    ),
    "over backwards": (
        "claims.yaml",
        "over: [13, 16]",
        "over: [16, 13]",
        "claims.yaml:63: storm-passes.over: found [16, 13]; allowed: [first, last]",
    ),
    "over too late": (
        "claims.yaml",
        "over: [13, 16]",
        "over: [13, 201]",
        "claims.yaml:63: storm-passes.over[2]: found 201; allowed: a whole number from 0 to 200",
    ),
    "over three": (
        "claims.yaml",
        "over: [13, 16]",
        "over: [13, 14, 15]",
        "claims.yaml:63: storm-passes.over: found a list of 3; allowed: a quarter, or "
        "[first, last]",
    ),
    "without with": (
        "claims.yaml",
        "  with: {rhetoric: conciliatory}\n",
        "",
        'claims.yaml:27: crowd-is-pleased: found no "with"; needed: compare, with',
    ),
    "same on both sides": (
        "claims.yaml",
        "  with: {rhetoric: conciliatory}\n",
        "  with: {rhetoric: hostile}\n",
        "claims.yaml:27: crowd-is-pleased: found the same on both sides; allowed: sides "
        "that differ; this claim could not fail or hold",
    ),
    "same contrast": (
        "claims.yaml",
        "than: {both: {confrontation: calm}}",
        "than: {both: {confrontation: war}}",
        "claims.yaml:23: words-cost-more-in-war.than: found the same contrast again; "
        "allowed: something that differs; this one cannot fail",
    ),
    "arm name": (
        "claims.yaml",
        "  with: {rhetoric: conciliatory}\n",
        "  with: {rethoric: conciliatory}\n",
        'claims.yaml:31: crowd-is-pleased.with: found "rethoric"; allowed: rhetoric, '
        "port_policy, tolls, trust, cohesion, pressure, openness_abroad, trade, "
        "confrontation, garrison, scenario, posture, without, strength; did you mean "
        '"rhetoric"?',
    ),
    "arm scenario": (
        "claims.yaml",
        "  both: {scenario: storm}\n  look",
        "  both: {scenario: strom}\n  look",
        'claims.yaml:61: storm-passes.both.scenario: found "strom"; allowed: calm, storm, '
        'drift; did you mean "storm"?',
    ),
    "arm mechanism": (
        "claims.yaml",
        "  with: {rhetoric: conciliatory}\n",
        "  with: {without: [ships_came]}\n",
        'claims.yaml:31: crowd-is-pleased.with.without[1]: found "ships_came"; allowed: '
        "words_cost_trust, words_please_the_crowd, empire_answers, "
        "pressure_weighs_on_trade, ships_come, trust_opens_the_league; did you mean "
        '"ships_come"?',
    ),
    "arm strength": (
        "claims.yaml",
        "  with: {rhetoric: conciliatory}\n",
        "  with: {strength: {ships_came: 2}}\n",
        'claims.yaml:31: crowd-is-pleased.with.strength: found "ships_came"; allowed: '
        "words_cost_trust, words_please_the_crowd, empire_answers, "
        "pressure_weighs_on_trade, ships_come, trust_opens_the_league; did you mean "
        '"ships_come"?',
    ),
    "arm share": (
        "claims.yaml",
        "  with: {rhetoric: conciliatory}\n",
        "  with: {trust: 40}\n",
        "claims.yaml:31: crowd-is-pleased.with.trust: found 40; allowed: a number above 0 "
        "and below 1",
    ),
    "no parts": (
        "claims.yaml",
        "    - {look at: trade, expect: higher, margin: 2}\n    - {look at: goal of "
        "harbour, expect: not lower, margin: 1}\n",
        "    []\n",
        "claims.yaml:54: open-harbour-weathers-storm.all of: found an empty list; allowed: "
        "at least one part",
    ),
    "cannot test and more": (
        "claims.yaml",
        "  cannot test:",
        "  expect: higher\n  cannot test:",
        'claims.yaml:71: ships-remember: found the field "expect"; allowed: passage, says, '
        "cannot test",
    ),
    "passage without claim": (
        "passages.yaml",
        '"1.1":',
        '"1.0":\n  title: None\n  argues: Nothing.\n\n"1.1":',
        "passages.yaml:4: 1.0: found no claim of this passage; allowed: at least one, or "
        'an entry with "cannot test"',
    ),
    "log date": (
        "log.yaml",
        "2026-01-15",
        "15.1.2026",
        'log.yaml:4: [1].date: found "15.1.2026"; allowed: a date such as 2026-11-24',
    ),
    "log order": (
        "log.yaml",
        "- date: 2026-01-15",
        "- {date: 2026-02-01, changed: a, why: b, moved: c}\n- date: 2026-01-15",
        "log.yaml:5: [2].date: found 2026-01-15 after 2026-02-01; allowed: entries in the "
        "order of their dates",
    ),
    "log field": (
        "log.yaml",
        "  moved: nothing\n",
        "",
        'log.yaml:4: [1]: found no "moved"; needed: date, changed, why, moved',
    ),
    "unknown name in a formula": (
        "mechanisms.yaml",
        "trade: trade_from_welcome * welcome",
        "trade: trade_from_welcome * welcom",
        'mechanisms.yaml:64: ships_come.pushes.trade: found "welcom" in column 22; allowed: '
        "trust_from_words, confrontation_amplifies, applause, retaliation, tolls_bite, "
        "trade_from_pressure, trade_from_welcome, garrison_weighs, credit_opens, trust, "
        "cohesion, pressure, openness_abroad, trade, garrison, rhetoric and 16 more; did "
        'you mean "welcome"?',
    ),
    "a formula cut short": (
        "mechanisms.yaml",
        "trade_from_welcome * welcome",
        "trade_from_welcome *",
        "mechanisms.yaml:64: ships_come.pushes.trade: found the end in column 21; allowed: a "
        "number, a name, a call or (",
    ),
    "an unknown function": (
        "mechanisms.yaml",
        "hinge(trust",
        "hnge(trust",
        "mechanisms.yaml:73: trust_opens_the_league.pushes.openness_abroad: found the function "
        '"hnge" in column 16; allowed: min, max, exp, log, logit, logistic, hinge, mean, '
        'herfindahl, nash_bargain, bayes; did you mean "hinge"?',
    ),
    "a call of Python": (
        "mechanisms.yaml",
        "trade: trade_from_welcome * welcome",
        "trade: __import__('os').system('true')",
        "mechanisms.yaml:64: ships_come.pushes.trade: found",
    ),
    "a local name that is taken": (
        "mechanisms.yaml",
        "    weight: 1 + confrontation_amplifies * confrontation",
        "    trust: 1 + confrontation_amplifies * confrontation",
        'mechanisms.yaml:21: words_cost_trust.where.trust: found "trust", which is a name of the '
        "case; allowed: another name",
    ),
    "a local name that is a function": (
        "mechanisms.yaml",
        "    weight: 1 +",
        "    min: 1 +",
        'mechanisms.yaml:21: words_cost_trust.where.min: found the name "min"; allowed: a name '
        "that is no function and no group",
    ),
    "a formula for an unknown variable": (
        "mechanisms.yaml",
        "    trade: trade_from_welcome * welcome",
        "    trad: trade_from_welcome * welcome",
        'mechanisms.yaml:59: ships_come: found "trad" as what it moves; allowed: a variable of the '
        'case; did you mean "trade"?',
    ),
    "an unknown passage of a formula": (
        "mechanisms.yaml",
        'words_please_the_crowd:\n  passages: ["1.1"]',
        'words_please_the_crowd:\n  passages: ["1.7"]',
        'mechanisms.yaml:28: words_please_the_crowd: found the passage "1.7"; allowed: 1.1, 1.2; '
        'did you mean "1.2"?',
    ),
    "a mechanism without a sentence": (
        "mechanisms.yaml",
        "  says: Hostile words move the crowd at home.\n",
        "",
        'mechanisms.yaml:28: words_please_the_crowd: found no "says"; needed: passages, says, '
        "pushes",
    ),
    "a sign of what is not read": (
        "mechanisms.yaml",
        "    welcome: raises",
        "    welcom: raises",
        'mechanisms.yaml:66: ships_come.signs.welcom: found "welcom"; allowed: what is read: '
        'trade_from_welcome, welcome; did you mean "welcome"?',
    ),
    "a sign that is none": (
        "mechanisms.yaml",
        "    welcome: raises",
        "    welcome: rises",
        'mechanisms.yaml:66: ships_come.signs.welcome: found "rises"; allowed: raises, lowers; did '
        'you mean "raises"?',
    ),
    "a sign the wrong way round": (
        "mechanisms.yaml",
        "    welcome: raises",
        "    welcome: lowers",
        'mechanisms.yaml:59: ships_come.signs: found "welcome lowers trade", which is wrong '
        "everywhere; allowed: signs that hold over all ranges; none where it depends",
    ),
    "a sign that depends on a contested number": (
        "mechanisms.yaml",
        "    cohesion: applause * rhetoric_hostile",
        "    cohesion: applause * rhetoric_hostile\n  signs: {rhetoric_hostile: raises}",
        'mechanisms.yaml:28: words_please_the_crowd.signs: found "rhetoric_hostile raises '
        'cohesion", which is wrong at applause = -0.1; allowed: ',
    ),
    "a formula that divides by nothing": (
        "mechanisms.yaml",
        "trade: trade_from_welcome * welcome",
        "trade: trade_from_welcome * welcome / (1 - welcome / welcome)",
        "mechanisms.yaml:59: ships_come.trade: found inf; allowed: a finite number at the "
        "values of the reference quarter",
    ),
    "a formula that divides by nothing at an end": (
        "mechanisms.yaml",
        "cohesion: applause * rhetoric_hostile",
        "cohesion: applause / (1 - rhetoric_hostile)",
        "mechanisms.yaml:28: words_please_the_crowd.cohesion: found ",
    ),
    "derived quantities in a circle": (
        "mechanisms.yaml",
        "    is: port_policy * openness_abroad",
        "    is: port_policy * welcome",
        "mechanisms.yaml:7: welcome: found derived quantities that read one another in a circle "
        "(welcome); allowed: no circle",
    ),
    "a derived quantity without a unit": (
        "mechanisms.yaml",
        "    unit: points of 100\n",
        "",
        'mechanisms.yaml:7: derived.welcome: found no "unit"; needed: label, says, unit, is',
    ),
    "python syntax": (
        "mechanisms.py",
        'return {"trade": trade_from_welcome * welcome}',
        'return {"trade": trade_from_welcome * }',
        "mechanisms.py:58: found a syntax error (invalid syntax); allowed: valid Python",
    ),
    "python import": (
        "mechanisms.py",
        "from tightrope.case.theory import hinge",
        "from tightrope.case.theory import hnge",
        "mechanisms.py:9: found ImportError (cannot import name 'hnge' from 'tightrope.case.theor",
    ),
    "python exit": (
        "mechanisms.py",
        "from tightrope.case.theory import hinge",
        "raise SystemExit(3)",
        "mechanisms.py:9: found SystemExit (3); allowed: Python that runs",
    ),
    "unknown argument": (
        "mechanisms.py",
        "def ships_come(welcome, trade",
        "def ships_come(welcom, trade",
        'mechanisms.py:53: ships_come: found the argument "welcom"; allowed: '
        "trust_from_words, confrontation_amplifies, applause, retaliation, tolls_bite, "
        "trade_from_pressure, trade_from_welcome, garrison_weighs, credit_opens, trust, "
        "cohesion, pressure, openness_abroad, trade, garrison, rhetoric and 16 more; did "
        'you mean "welcome"?',
    ),
    "mechanism raises": (
        "mechanisms.py",
        'return {"trade": trade_from_welcome * welcome}',
        'return {"trade": trade_from_welcome / (welcome - welcome)}',
        "mechanisms.py:58: ships_come: found ZeroDivisionError (float division by zero); "
        "allowed: numbers at the values of the reference quarter",
    ),
    "mechanism gives nan": (
        "mechanisms.py",
        'return {"trade": trade_from_welcome * welcome}',
        "return {\"trade\": float('nan')}",
        "mechanisms.py:53: ships_come.trade: found nan; allowed: a finite number at the "
        "values of the reference quarter",
    ),
    "mechanism gives text": (
        "mechanisms.py",
        'return {"trade": trade_from_welcome * welcome}',
        "return {\"trade\": 'much'}",
        "mechanisms.py:53: ships_come.trade: found 'much'; allowed: a finite number at the "
        "values of the reference quarter",
    ),
    "mechanism gives a number": (
        "mechanisms.py",
        'return {"trade": trade_from_welcome * welcome}',
        "return trade_from_welcome * welcome",
        "mechanisms.py:53: ships_come: found float 0.018115099200000002 as what it "
        "returns; allowed: {variable: push in one quarter}",
    ),
    "mechanism moves nothing": (
        "mechanisms.py",
        'return {"trade": trade_from_welcome * welcome}',
        "return {}",
        "mechanisms.py:53: ships_come: found dict {} as what it returns; allowed: "
        "{variable: push in one quarter}",
    ),
    "mechanism moves another": (
        "mechanisms.py",
        'return {"trade": trade_from_welcome * welcome}',
        'return {"trad": trade_from_welcome * welcome}',
        'mechanisms.py:53: ships_come: found "trad" as what it moves; allowed: a variable '
        'of the case; did you mean "trade"?',
    ),
    "mechanism default": (
        "mechanisms.py",
        "trade_from_welcome):",
        "trade_from_welcome=1.0):",
        'mechanisms.py:53: ships_come: found the default of "trade_from_welcome"; allowed: '
        "arguments without defaults",
    ),
    "mechanism stars": (
        "mechanisms.py",
        "trade_from_welcome):",
        "trade_from_welcome, **more):",
        'mechanisms.py:53: ships_come: found the argument "**more"; allowed: arguments by '
        "name, without * and /",
    ),
    "mechanism passage": (
        "mechanisms.py",
        '@mechanism(passages=["1.1"])',
        '@mechanism(passages=["1.7"])',
        'mechanisms.py:24: words_please_the_crowd: found the passage "1.7"; allowed: 1.1, '
        '1.2; did you mean "1.2"?',
    ),
    "mechanism without passage": (
        "mechanisms.py",
        '@mechanism(passages=["1.1"])',
        "@mechanism(passages=[])",
        "mechanisms.py:24: words_please_the_crowd: found no passage; allowed: 1.1, 1.2",
    ),
    "mechanism passage as a number": (
        "mechanisms.py",
        '@mechanism(passages=["1.1"])',
        "@mechanism(passages=[1.1])",
        "mechanisms.py:24: words_please_the_crowd: found 1.1; allowed: passages and "
        "sources in quotes",
    ),
    "mechanism source": (
        "mechanisms.py",
        "hirschman1945",
        "hirshman1945",
        'mechanisms.py:43: pressure_weighs_on_trade: found the source "hirshman1945"; '
        'allowed: kydd2005, hirschman1945; did you mean "hirschman1945"?',
    ),
    "mechanism twice": (
        "mechanisms.py",
        "def ships_come(",
        "def empire_answers(",
        "mechanisms.py:53: empire_answers: found a second definition (first in line 34); "
        "allowed: each name once",
    ),
    "mechanism docstring": (
        "mechanisms.py",
        '    """How far ships may land both here and there: the product of the two."""\n',
        "",
        "mechanisms.py:71: welcome: found no docstring; allowed: a docstring that says "
        "what the function does",
    ),
    "mechanism from lambda": (
        "mechanisms.py",
        '@derived(label="Welcome"',
        'spare = mechanism(passages=["1.1"])(lambda trust: {"trust": trust})\n\n\n'
        '@derived(label="Welcome"',
        "mechanisms.py:70: <lambda>: found something else than a function defined in this "
        "file by def; allowed: def at the left margin",
    ),
    "decorator bare": (
        "mechanisms.py",
        '@mechanism(passages=["1.1"])',
        "@mechanism",
        "mechanisms.py:23: found TypeError (mechanism() takes 0 positional arguments but 1 "
        "was given); allowed: Python that runs",
    ),
    "derived circle": (
        "mechanisms.py",
        "def welcome(port_policy, openness_abroad):",
        'def openness(welcome):\n    """Round."""\n    return welcome\n\n\n'
        '@derived(label="Welcome", unit="")\ndef welcome(port_policy, openness_abroad, '
        "openness):",
        "mechanisms.py:71: openness: found derived quantities that read one another in a "
        "circle (openness, welcome); allowed: no circle",
    ),
    "derived infinite": (
        "mechanisms.py",
        "return port_policy * openness_abroad",
        "return float('inf')",
        "mechanisms.py:71: welcome: found inf; allowed: a finite number at the values of "
        "the reference quarter",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_case_is_told_where_what_and_what_instead(harbour: Path, name: str) -> None:
    file, old, new, said = BROKEN[name]
    change(harbour, file, old, new)
    assert any(line.startswith(said) for line in complaints(harbour))


# ---------------------------------------------------------------- broken: what a run would meet

ODD = "\u202e"


# File, what to replace, with what, and what is said.
UNFIT: dict[str, tuple[str, str, str, str]] = {
    "beyond single precision": (
        "parameters.yaml", "range: [0.05, 0.40]", "range: [0, 2e38]",
        "parameters.yaml:6: trust_from_words.range[2]: found 2e38; allowed: numbers up to 1e+30",
    ),
    "too small for single precision": (
        "parameters.yaml", "range: [0.05, 0.40]", "range: [1e-42, 0.40]",
        "parameters.yaml:6: trust_from_words.range[1]: found 1e-42; allowed: 0, or numbers",
    ),
    "a width that vanishes": (
        "parameters.yaml", "range: [0.05, 0.40]", "range: [0.4, 0.40000000001]",
        "parameters.yaml:6: trust_from_words.range: found [0.4, 0.40000000001], which single "
        "precision cannot tell apart; allowed: ends further apart, or a value",
    ),
    "a margin": (
        "claims.yaml", "margin: 5", "margin: 1e31",
        "claims.yaml:45: council-speaks-softly.margin: found 1e31; allowed: numbers up to 1e+30",
    ),
    "a threshold": (
        "postures.yaml", "{cohesion: below 0.4}", "{trade: below 1e40}",
        'postures.yaml:14: careful.rules[2].when.trade: found "1e40"; allowed: a number',
    ),
    "enough": (
        "objectives.yaml", "enough: 95", "enough: 1e31",
        "objectives.yaml:22: trade.enough: found 1e31; allowed: numbers up to 1e+30",
    ),
    "if": (
        "mechanisms.py", "return {\"cohesion\": applause * rhetoric_hostile}",
        "if applause > 0:\n        return {\"cohesion\": applause}\n    return {\"cohesion\": 0.0}",
        "mechanisms.py:30: words_please_the_crowd: found what cannot be compiled: "
        "ValueError; allowed: arithmetic, jax.numpy and tightrope.theory on whole "
        "arrays; no if, and or not on values, no math or numpy functions",
    ),
    "math": (
        "mechanisms.py", "{\"cohesion\": applause *",
        "{\"cohesion\": __import__('math').sin(applause) *",
        "mechanisms.py:30: words_please_the_crowd: found what cannot be compiled: ",
    ),
    "numpy": (
        "mechanisms.py", "{\"cohesion\": applause *",
        "{\"cohesion\": __import__('numpy').asarray(applause) *",
        "mechanisms.py:30: words_please_the_crowd: found what cannot be compiled: "
        "TracerArrayConversionError",
    ),
    "a sum over worlds": (
        "mechanisms.py", "{\"cohesion\": applause *",
        "{\"cohesion\": __import__('jax').numpy.sum(applause) *",
        "mechanisms.py:24: words_please_the_crowd.cohesion: found a number that depends on other "
        "worlds; allowed: each world's number from its own values",
    ),
    "a root of what may be negative": (
        "mechanisms.py", "credit_opens * hinge(trust - 0.2)", "credit_opens * (trust - 0.2) ** 0.5",
        "mechanisms.py:62: trust_opens_the_league.openness_abroad: found nan at trust = 0.0003",
    ),
    "a division by what may be nothing": (
        "mechanisms.py", "{\"cohesion\": applause *",
        "{\"cohesion\": applause / (1 - rhetoric_hostile) *",
        "mechanisms.py:24: words_please_the_crowd.cohesion: found ",
    ),
    "no such character": (
        "case.yaml", "title: The harbour dispute", 'title: "\\U00110000"',
        "case.yaml:5: found \\U00110000, which is no character; allowed: ",
    ),
    "a long name": (
        "claims.yaml", "storm-passes:", f"{'x' * 65}:",
        f"claims.yaml:58: {'x' * 59}…: found a name of 65 characters; allowed: up to 64",
    ),
    "a device": (
        "claims.yaml", "storm-passes:", "nul:",
        'claims.yaml:58: nul: found the name "nul"; allowed: other names; some systems take it',
    ),
    "a point at the end": (
        "claims.yaml", "storm-passes:", "ships.:",
        'claims.yaml:58: ships.: found the name "ships."; allowed: a name that does not end',
    ),
    "a long label": (
        "case.yaml", "title: The harbour dispute", f"title: {'x' * 201}",
        "case.yaml:5: title: found text of 201 characters; allowed: up to 200",
    ),
    "a direction override": (
        "case.yaml", "title: The", f"title: {ODD}The",
        "case.yaml:5: found the character 0x202e (right-to-left override); allowed: printable text",
    ),
    "a direction override spelt out": (
        "variables.yaml", "label: Cohesion", 'label: "Cohe\\u202esion"',
        "variables.yaml:14: cohesion.label: found the character 0x202e (right-to-left override)",
    ),
    "no width": (
        "scenarios.yaml", "label: A storm", "label: A\u200b storm",
        "scenarios.yaml:10: found the character 0x200b (zero width space); allowed: printable text",
    ),
    "C1": (
        "scenarios.yaml", "label: A storm", 'label: "A\\x9b31m storm"',
        "scenarios.yaml:10: storm.label: found the character 0x9b; allowed: printable text",
    ),
    "in Python": (
        "mechanisms.py", 'label="Welcome"', 'label="Welc\\u2066ome"',
        "mechanisms.py:71: welcome: found the character 0x2066 (left-to-right isolate)",
    ),
    "a comma inside braces": (
        "outside.yaml", "usual: {value: 0,", "usual: {value: 0,2,",
        "outside.yaml:18: garrison.usual: found 0,2; allowed: numbers with a point; numbers take a "
        "point, not a comma: 0.2",
    ),
    "a comma inside a range": (
        "parameters.yaml", "range: [0.05, 0.40]", "range: [0,05, 0,40]",
        "parameters.yaml:6: trust_from_words.range: found 0,05; allowed: numbers with a point; "
        "numbers take a point, not a comma: 0.05",
    ),
    "a comma inside a range without zeros": (
        "parameters.yaml", "range: [0.05, 0.40]", "range: [0,1, 0,4]",
        "parameters.yaml:6: trust_from_words.range: found a list of 4; allowed: [lowest, highest]; "
        "numbers take a point, not a comma: 0.2",
    ),
    "a comma in a block": (
        "claims.yaml", "margin: 5", "margin: 1.000,5",
        'claims.yaml:45: council-speaks-softly.margin: found "1.000,5"; allowed: a number from '
        "0 up; numbers take a point, not a comma: 1000.5",
    ),
    "a comma in a threshold": (
        "postures.yaml", "{cohesion: below 0.4}", '{cohesion: "below 0,4"}',
        'postures.yaml:14: careful.rules[2].when.cohesion: found "0,4"; allowed: a number; numbers '
        "take a point, not a comma: 0.4",
    ),
    "octal": (
        "claims.yaml", "margin: 5", "margin: 010",
        "claims.yaml:45: council-speaks-softly.margin: found 010; allowed: numbers without "
        'zeros in front, such as 10; or text in quotes, "010"',
    ),
    "octal with a letter": (
        "claims.yaml", "margin: 5", "margin: 0o10",
        'claims.yaml:45: council-speaks-softly.margin: found "0o10"; allowed: a number from 0 up; '
        "write it in plain digits",
    ),
    "sixties": (
        "claims.yaml", "margin: 5", "margin: 1:30",
        'claims.yaml:45: council-speaks-softly.margin: found "1:30"; allowed: a number from 0 up; '
        "write it in plain digits",
    ),
    "a directive that nobody knows": (
        "case.yaml", "# A small", "%ODD 1\n---\n# A small",
        "case.yaml:1: found a directive (%); allowed: plain YAML",
    ),
    "too many levels": (
        "outside.yaml", "levels: [calm, tense, war]",
        f"levels: [{', '.join(f'l{i}' for i in range(21))}]",
        "outside.yaml:6: confrontation.levels: found 21 levels; allowed: at most 20",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNFIT)
def test_what_a_run_would_fall_over_is_refused_with_its_line(harbour: Path, name: str) -> None:
    file, old, new, said = UNFIT[name]
    change(harbour, file, old, new)
    assert any(line.startswith(said) for line in complaints(harbour))
    assert ODD not in complaint(harbour)


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
        "case.yaml:12", "claims.yaml:45", "mechanisms.py:71", "objectives.yaml:6",
        "parameters.yaml:6", "scenarios.yaml:15", "variables.yaml:14", "variables.yaml:35",
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
        Place("claims.yaml", 45),
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


def test_a_share_has_no_span(harbour: Path) -> None:
    change(harbour, "variables.yaml", "label: Cohesion", "label: Cohesion\n  span: 3")
    assert complaint(harbour).startswith("variables.yaml:15: cohesion.span: found 3; allowed: none")


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
    "empty": ("case.yaml", b"", "case.yaml:1: found an empty file; allowed: YAML"),
    "only comments": (
        "case.yaml",
        b"# a\n# b\n",
        "case.yaml:1: found an empty file; allowed: YAML",
    ),
    "only a dash": ("case.yaml", b"---\n", "case.yaml:1: found an empty file; allowed: YAML"),
    "a list": ("case.yaml", b"- a\n", "case.yaml:1: found a list; allowed: names with values"),
    "text": ("case.yaml", b"a\n", 'case.yaml:1: found "a"; allowed: names with values'),
    "no names": (
        "case.yaml",
        b"{}\n",
        'case.yaml:1: found no "title"; needed: title, about, focal, reference quarter, '
        "lookahead, scenario, posture",
    ),
    "no claims": (
        "claims.yaml",
        b"{}\n",
        "claims.yaml:1: found nothing; allowed: at least one claim",
    ),
    "only defaults": (
        "variables.yaml",
        b"defaults: {}\n",
        "variables.yaml:1: found no variable; allowed: at least one variable",
    ),
    "a log of names": (
        "log.yaml",
        b"a: b\n",
        "log.yaml:1: found names with values; allowed: a list",
    ),
    "empty Python": (
        "mechanisms.py",
        b"",
        "mechanisms.py:1: found no mechanism; allowed: at least one",
    ),
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

OBSERVATIONS = """\
credit:
  stands for: trust
  link: level
  error: 0.4
  label: Credit given
  unit: points of 100
  about: Made up.
dues:
  stands for: trade
  link: growth
  error: 0.2
  slope: 1.5
welcome-count:
  stands for: welcome
  link: change
  error: 5
"""
HISTORY = """\
start: 2024Q4
end: 2026Q2
from: {trust: 0.3, trade: 1.1}
set:
  confrontation:
    - {from: 2024Q1, to: 2024Q4, value: war}
    - {from: 2024Q3, to: 2025Q1, value: tense}
    - {from: 2025Q4, value: calm}
  garrison: 0.2
  rhetoric:
    - {from: 2023Q1, to: 2024Q4, value: hostile}
sources: [kydd2005]
about: Made up.
"""
HEADER = "quarter,value,low,high,source,url,read,status,note\n"
CREDIT = (
    HEADER
    + """\
2025Q3,42,35,50,ledger,,2026-01-15,used,
2025Q1,40,33,48,"ledger, page 2",https://example.org/ledger,2026-01-15,used,first
2025Q2,20,1,90,hearsay,,2026-01-15,doubtful,
2026Q3,50,45,55,ledger,,2026-11-24,later,
"""
)
DUES = HEADER + "2025,120,110,130,ledger,,2026-01-15,used,\n"
WELCOME = HEADER + "2025Q1,-3,-4,2.5e0,count,,2026-01-15,used,\n"
RECORDED = {
    "history.yaml": HISTORY,
    "observations.yaml": OBSERVATIONS,
    "observations/credit.csv": CREDIT,
    "observations/dues.csv": DUES,
    "observations/welcome-count.csv": WELCOME,
}


@pytest.fixture
def recorded(harbour: Path) -> Path:
    """The starter with a record."""
    (harbour / "observations").mkdir()
    for file, text in RECORDED.items():
        (harbour / file).write_text(text, encoding="utf-8")
    return harbour


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


RECORD = {
    "no end": ("history.yaml", "end: 2026Q2\n", "", 'history.yaml:1: found no "end"; needed: '),
    "start as a year": (
        "history.yaml",
        "start: 2024Q4",
        "start: 2024",
        "history.yaml:1: start: found 2024; allowed: a quarter such as 2025Q4",
    ),
    "fifth quarter": (
        "history.yaml",
        "end: 2026Q2",
        "end: 2026Q5",
        'history.yaml:2: end: found "2026Q5"; allowed: a quarter such as 2025Q4',
    ),
    "end at the start": (
        "history.yaml",
        "end: 2026Q2",
        "end: 2024Q4",
        'history.yaml:2: end: found "2024Q4"; allowed: a quarter after 2024Q4, at most 200 later',
    ),
    "a long record": (
        "history.yaml",
        "start: 2024Q4",
        "start: 1924Q4",
        'history.yaml:2: end: found "2026Q2"; allowed: a quarter after 1924Q4, at most 200 later',
    ),
    "from of something else": (
        "history.yaml",
        "from: {trust:",
        "from: {trusst:",
        'history.yaml:3: from: found "trusst"; allowed: trust, cohesion, pressure, '
        'openness_abroad, trade; did you mean "trust"?',
    ),
    "from in points": (
        "history.yaml",
        "trust: 0.3",
        "trust: 30",
        "history.yaml:3: from.trust: found 30; allowed: a number above 0 and below 1",
    ),
    "set of something else": (
        "history.yaml",
        "  garrison: 0.2",
        "  garison: 0.2",
        'history.yaml:9: set: found "garison"; allowed: rhetoric, port_policy, tolls, trust, '
        "cohesion, pressure, openness_abroad, trade, confrontation, garrison; "
        'did you mean "garrison"?',
    ),
    "set to another level": (
        "history.yaml",
        "value: tense",
        "value: tens",
        'history.yaml:7: set.confrontation[2].value: found "tens"; allowed: calm, tense, war, '
        'markov; did you mean "tense"?',
    ),
    "quarters as scenarios count them": (
        "history.yaml",
        "{from: 2025Q4,",
        "{from: 5,",
        "history.yaml:8: set.confrontation[3].from: found 5; allowed: a quarter such as 2025Q4",
    ),
    "to before from": (
        "history.yaml",
        "to: 2025Q1",
        "to: 2024Q2",
        'history.yaml:7: set.confrontation[2].to: found "2024Q2"; allowed: 2024Q3 or a later '
        "quarter",
    ),
    "history of unknown source": (
        "history.yaml",
        "sources: [kydd2005]",
        "sources: [kyd2005]",
        'history.yaml:12: sources[1]: found "kyd2005"; allowed: kydd2005, hirschman1945; did '
        'you mean "kydd2005"?',
    ),
    "history without grounds": (
        "history.yaml",
        "sources: [kydd2005]\nabout: Made up.\n",
        "",
        "history.yaml:1: found neither sources nor about; allowed: sources, about, or both",
    ),
    "stands for nothing": (
        "observations.yaml",
        "stands for: trust",
        "stands for: trsut",
        'observations.yaml:2: credit.stands for: found "trsut"; allowed: trust, cohesion, '
        'pressure, openness_abroad, trade, welcome; did you mean "trust"?',
    ),
    "unknown link": (
        "observations.yaml",
        "link: level",
        "link: levels",
        'observations.yaml:3: credit.link: found "levels"; allowed: level, change, growth; did '
        'you mean "level"?',
    ),
    "no error": (
        "observations.yaml",
        "  error: 0.4\n",
        "",
        'observations.yaml:1: credit: found no "error"; needed: stands for, link, error',
    ),
    "error of zero": (
        "observations.yaml",
        "error: 0.4",
        "error: 0",
        "observations.yaml:4: credit.error: found 0; allowed: a number above 0",
    ),
    "slope of zero": (
        "observations.yaml",
        "slope: 1.5",
        "slope: 0",
        "observations.yaml:12: dues.slope: found 0; allowed: a number that is not 0; this series "
        "could not say anything",
    ),
    "slope of a level": (
        "observations.yaml",
        "  unit: points",
        "  slope: 1\n  unit: points",
        "observations.yaml:6: credit.slope: found 1; allowed: none with the link level",
    ),
    "unknown field of a series": (
        "observations.yaml",
        "  unit: points",
        "  units: points",
        'observations.yaml:6: credit: found the field "units"; allowed: stands for, link, error, '
        'label, unit, slope, about; did you mean "unit"?',
    ),
    "series without a table": (
        "observations.yaml",
        "dues:",
        "due:",
        "observations/dues.csv: found a table that no series takes; allowed: tables of series in "
        'observations.yaml (credit, due, welcome-count); did you mean "observations/due.csv"?',
    ),
    "a column too many": (
        "observations/credit.csv",
        "status,note",
        "status,notes,note",
        'observations/credit.csv:1: found the column "notes"; allowed: quarter, value, low, high, '
        'source, url, read, status, note; did you mean "note"?',
    ),
    "a column missing": (
        "observations/credit.csv",
        ",url",
        "",
        'observations/credit.csv:1: found no column "url"; needed: quarter, value, low, high, '
        "source, url, read, status, note",
    ),
    "a column twice": (
        "observations/credit.csv",
        "value,low,high",
        "value,value,high",
        'observations/credit.csv:1: found the column "value" a second time; allowed: each column '
        "once",
    ),
    "no header": (
        "observations/credit.csv",
        HEADER,
        "",
        'observations/credit.csv:1: found the column "2025Q3"; allowed: quarter, ',
    ),
    "a line cut off": (
        "observations/credit.csv",
        "2026-11-24,later,\n",
        "2026-1",
        "observations/credit.csv:5: found 7 fields (a line cut off, or a comma too many); "
        "allowed: 9, one for each column; text with a comma goes in quotes",
    ),
    "a comma for a point": (
        "observations/credit.csv",
        "2025Q3,42,",
        "2025Q3,42,5,",
        "observations/credit.csv:2: found 10 fields (a line cut off, or a comma too many)",
    ),
    "a comma for a point in quotes": (
        "observations/credit.csv",
        "2025Q3,42,",
        '2025Q3,"42,5",',
        'observations/credit.csv:2: value: found "42,5"; allowed: a number above 0 and below 100',
    ),
    "a quote that stays open": (
        "observations/credit.csv",
        'page 2"',
        "page 2",
        "observations/credit.csv:3: found a quote that is not closed; allowed: fields with commas "
        "between them",
    ),
    "text after a quote": (
        "observations/credit.csv",
        'page 2"',
        'page 2" and more',
        "observations/credit.csv:3: found a mistake in the CSV (",
    ),
    "a quote over two lines": (
        "observations/credit.csv",
        "page 2",
        "page\n2",
        "observations/credit.csv:3: found a line break inside quotes; allowed: quotes closed on "
        "the line they open on",
    ),
    "a quarter twice": (
        "observations/credit.csv",
        "2025Q2,",
        "2025Q3,",
        "observations/credit.csv:4: quarter: found 2025Q3 a second time (first in line 2); "
        "allowed: each quarter or year once",
    ),
    "a year and its quarter": (
        "observations/dues.csv",
        "2025,120",
        "2025Q3,1,1,1,l,,2026-01-15,used,\n2025,120",
        "observations/dues.csv:3: quarter: found 2025 beside 2025Q3 (line 2); allowed: a year or "
        "its quarters, not both as used",
    ),
    "a month": (
        "observations/credit.csv",
        "2025Q2,",
        "2025-06,",
        'observations/credit.csv:4: quarter: found "2025-06"; allowed: a quarter such as 2025Q4, '
        "or a year",
    ),
    "before the record": (
        "observations/credit.csv",
        "2025Q2,",
        "2024Q3,",
        "observations/credit.csv:4: quarter: found 2024Q3, which begins before the record; "
        "allowed: quarters and whole years from 2024Q4 on (history.yaml)",
    ),
    "a year that the record begins in": (
        "observations/dues.csv",
        "2025,",
        "2024,",
        "observations/dues.csv:2: quarter: found 2024, which begins before the record",
    ),
    "after the record": (
        "observations/credit.csv",
        "2026-11-24,later",
        "2026-11-24,used",
        "observations/credit.csv:5: quarter: found 2026Q3 as used, which ends after the record; "
        "allowed: quarters and whole years up to 2026Q2; status later for what came after",
    ),
    "a year that the record ends in": (
        "observations/dues.csv",
        "2025,",
        "2026,",
        "observations/dues.csv:2: quarter: found 2026 as used, which ends after the record",
    ),
    "later within the record": (
        "observations/credit.csv",
        "doubtful",
        "later",
        "observations/credit.csv:4: status: found later for 2025Q2; allowed: later only for what "
        "ends after 2026Q2",
    ),
    "unknown status": (
        "observations/credit.csv",
        "doubtful",
        "doubtfull",
        'observations/credit.csv:4: status: found "doubtfull"; allowed: used, doubtful, later; '
        'did you mean "doubtful"?',
    ),
    "no source": (
        "observations/credit.csv",
        "hearsay",
        "",
        "observations/credit.csv:4: source: found nothing; allowed: something; only url and note "
        "may be empty",
    ),
    "no number": (
        "observations/credit.csv",
        "2025Q2,20,",
        "2025Q2,,",
        "observations/credit.csv:4: value: found nothing; allowed: something",
    ),
    "text for a number": (
        "observations/credit.csv",
        "2025Q2,20,",
        "2025Q2,twenty,",
        'observations/credit.csv:4: value: found "twenty"; allowed: a number',
    ),
    "underscores in a number": (
        "observations/credit.csv",
        "2025Q2,20,",
        "2025Q2,2_0,",
        'observations/credit.csv:4: value: found "2_0"; allowed: a number',
    ),
    "not a number": (
        "observations/credit.csv",
        "2025Q2,20,1,",
        "2025Q2,20,NaN,",
        'observations/credit.csv:4: low: found "NaN"; allowed: a finite number; leave out what '
        "is not known",
    ),
    "infinite in a table": (
        "observations/credit.csv",
        "20,1,90",
        "20,1,1e999",
        'observations/credit.csv:4: high: found "1e999"; allowed: a number',
    ),
    "value outside its interval": (
        "observations/credit.csv",
        "20,1,90",
        "20,21,90",
        "observations/credit.csv:4: value: found 20 with 21 to 90 around it; allowed: low at most "
        "the value, high at least the value",
    ),
    "a share above 100": (
        "observations/credit.csv",
        "42,35,50",
        "42,35,100",
        'observations/credit.csv:2: high: found "100"; allowed: a number above 0 and below 100',
    ),
    "growth from zero": (
        "observations/dues.csv",
        "120,110",
        "120,0",
        'observations/dues.csv:2: low: found "0"; allowed: a number above 0',
    ),
    "a day that is none": (
        "observations/dues.csv",
        "2026-01-15",
        "2026-02-30",
        'observations/dues.csv:2: read: found "2026-02-30"; allowed: a date such as 2026-11-24',
    ),
    "an American day": (
        "observations/dues.csv",
        "2026-01-15",
        "01/15/2026",
        'observations/dues.csv:2: read: found "01/15/2026"; allowed: a date such as 2026-11-24',
    ),
}


@pytest.mark.parametrize("name", RECORD)
def test_a_record_with_one_mistake(recorded: Path, name: str) -> None:
    file, old, new, said = RECORD[name]
    change(recorded, file, old, new)
    assert complaint(recorded).startswith(said)


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
    (made / "observations").mkdir()
    for file, text in RECORDED.items():
        (made / file).write_text(text, encoding="utf-8")
    return made


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


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FILES), st.integers(0, 999), st.integers(0, 999))
def test_moved_and_missing_lines_never_give_anything_but_a_case_error(
    folder: Path, file: str, take: int, put: int
) -> None:
    lines = (folder / file).read_bytes().splitlines(keepends=True)
    line = lines.pop(take * len(lines) // 1000)
    if put % 2:
        lines.insert(put * len(lines) // 1000, line)
    read_after(folder, file, b"".join(lines))
