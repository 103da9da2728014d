"""What people disagree on: changes that make it so add up, and what does nothing does not count."""

from __future__ import annotations

import json
from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Command
from tightrope.analyses.disagree import numbers, words
from tightrope.analyses.disagree.numbers import Disagreement
from tightrope.analyses.verdicts import claims
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import Sample
from tightrope.reading import Between, two
from tightrope.starter import copy_starter
from tightrope.store.findings import files

SIZE = {"worlds": 200, "quarters": 12, "seed": 0}
FRIEND = """\
extends: ../harbour
parameters:
  applause: {range: [0.05, 0.4], contested: false, why: The crowd cheered.}
"""
FOE = """\
extends: ../harbour
parameters:
  applause: {range: [-0.4, -0.05], contested: false, why: The crowd booed.}
  tolls_bite: {range: [0.01, 0.02], why: Tolls are low.}
variables:
  trust: {label: Confidence, why: A better word.}
"""
FOG = """\
extends: ../harbour
outside:
  fog: {label: Fog, meaning: Days without sight., unit: share, usual: {range: [0.1, 0.4], judgement: Ours.}}
mechanisms:
  fog_hurts_trade: {passages: ["1.2"], says: Fog keeps ships out., pushes: {trade: -0.05 * fog}, signs: {fog: lowers}}
  words_please_the_crowd: {off: true, why: They do not.}
"""  # noqa: E501


def people(folder: Path, **overlays: str) -> list[Path]:
    copy_starter(folder / "harbour")
    for name, text in overlays.items():
        (folder / name).mkdir()
        (folder / name / "case.yaml").write_text(text)
    return [folder / name for name in overlays]


def disagree(one: Path, other: Path) -> Disagreement:
    both = two(one, other)
    names = one.name, other.name
    return numbers.between(names, (both.one, both.other), both.departures, both.mixed, **SIZE)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Disagreement:
    return disagree(*people(tmp_path_factory.mktemp("people"), friend=FRIEND, foe=FOE))


def by_definition(values: dict[frozenset[int], float], count: int) -> list[float]:
    """Shapley's value as a sum over all subsets without the player."""
    found = []
    for player in range(count):
        others = [i for i in range(count) if i != player]
        total = 0.0
        for size in range(count):
            for chosen in combinations(others, size):
                weight = factorial(size) * factorial(count - size - 1) / factorial(count)
                joined = frozenset(chosen) | {player}
                total += weight * (values[joined] - values[frozenset(chosen)])
        found.append(total)
    return found


@given(st.integers(1, 5), st.integers(0, 1000))
def test_values_are_shapley_s(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = numbers._weights(count)
    values = {subset: float(rng.normal()) for subset in weights}
    ours = sum(values[subset] * own for subset, own in weights.items())
    assert ours == pytest.approx(by_definition(values, count))


def test_the_glove_game() -> None:
    """One left glove and two right ones; a pair is worth 1: two thirds, and a sixth each."""
    weights = numbers._weights(3)
    worth = {s: float(0 in s and len(s) > 1) for s in weights}
    ours = sum(worth[subset] * own for subset, own in weights.items())
    assert ours == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@given(st.integers(7, 12), st.integers(0, 1000))
def test_some_orders_add_up_to_the_whole_and_are_right_where_changes_add(
    count: int, seed: int
) -> None:
    """Where the changes only add up, any order gives each its own."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=count)
    weights = numbers._sampled(count, seed)
    ours = sum(sum(own[i] for i in subset) * part for subset, part in weights.items())
    assert ours == pytest.approx(own)
    values = {subset: float(rng.normal()) for subset in weights}
    added = sum(values[subset] * part for subset, part in weights.items())
    whole = values[frozenset(range(count))] - values[frozenset()]
    assert np.sum(added) == pytest.approx(whole)


def test_all_changes_together_are_the_other_person_s_case(tmp_path: Path) -> None:
    for names in (("friend", "fog"), ("fog", "friend")):
        folder = tmp_path / names[0]
        folder.mkdir()
        text = {"friend": FRIEND, "fog": FOG}
        both = two(*people(folder, **{name: text[name] for name in names}))
        assert shares(both, both.departures) == shares_of(both)


def shares(both: Between, chosen: object) -> dict[str, float]:
    case = both.mixed(chosen)  # type: ignore[arg-type]
    runs = Runs(compile_case(case), Sample.of(case, 0, 0, 64), 12)
    tested = [c for c in claims.testable(case, 12) if c.id in {d.id for d in both.one.claims}]
    return {r.claim.id: r.share for r in claims.evaluate(Setting.of(runs), tested)[1]}


def shares_of(both: Between) -> dict[str, float]:
    runs = Runs(compile_case(both.other), Sample.of(both.other, 0, 0, 64), 12)
    tested = claims.testable(both.other, 12)
    return {r.claim.id: r.share for r in claims.evaluate(Setting.of(runs), tested)[1]}


def test_the_claim_that_hangs_on_one_number_is_told_by_it(found: Disagreement) -> None:
    rows = found.claims.set_index("claim")
    assert found.exact
    assert found.words_alone == 1, "a label changes no number"
    assert len(found.parts) == 2
    crowd = rows.loc["crowd-is-pleased"]
    assert crowd["verdict"] in ("holds", "leans")
    assert crowd["other_verdict"] in ("refuted", "leans against")
    assert crowd["by"].startswith("applause range")
    assert "tolls_bite" not in crowd["reach"]


def test_parts_add_up_and_what_does_nothing_gets_nothing(found: Disagreement) -> None:
    change = found.claims.set_index("claim")["change"]
    for name, own in found.shapley.groupby("claim"):
        assert own["change"].sum() == pytest.approx(change[name])
    own = found.shapley[found.shapley["claim"] == "crowd-is-pleased"].set_index("part")["change"]
    assert [value for part, value in own.items() if "tolls_bite" in str(part)] == [0.0]


def test_the_other_way_round_it_is_the_other_way_round(found: Disagreement, tmp_path: Path) -> None:
    other = disagree(*reversed(people(tmp_path, friend=FRIEND, foe=FOE)))
    ours, theirs = (f.claims.set_index("claim")["change"] for f in (found, other))
    assert list(ours) == pytest.approx(list(-theirs[ours.index]))
    for name in set(found.shapley["claim"]):
        one, two_ = (f.shapley[f.shapley["claim"] == name]["change"] for f in (found, other))
        assert sorted(one) == pytest.approx(sorted(-two_))


def test_what_cannot_be_changed_alone_is_one_part(tmp_path: Path) -> None:
    (fog,) = people(tmp_path, fog=FOG)
    both = two(tmp_path / "harbour", fog)
    parts = numbers.grouped(both.departures, both.mixed)
    assert len(parts) == 1, "a mechanism needs the fog that it reads"
    assert {d.name for d in parts[0]} == {"fog", "fog_hurts_trade", "words_please_the_crowd"}


def test_it_is_told_and_kept(found: Disagreement) -> None:
    told = words.tell([found])
    text = " ".join(told.words)
    assert "foe changes 2 parts of friend." in text
    assert "1 more departure changes words" in text
    assert "The fewest parts that make it so: applause range" in text
    made = files(told, "tightrope disagree friend foe")
    assert {"disagree.html", "disagree.md", "claims.csv", "parts.csv"} <= set(made)
    assert words.tell([found, found]).words[0].startswith("friend and foe: foe changes")


def test_people_who_change_nothing_agree(tmp_path: Path) -> None:
    same = "extends: ../harbour\n"
    found = disagree(*people(tmp_path, one=same, other=same))
    assert not found.claims["differs"].any()
    assert words.tell([found]).words == ("Nothing that other says otherwise changes a number.",)


def test_the_command_takes_two_or_more(command: Command, tmp_path: Path) -> None:
    one, other = people(tmp_path, friend=FRIEND, foe=FOE)
    done = command("disagree", one, other, "--worlds", "64", "--json")
    assert done.code == 0, done.err
    assert {row["claim"] for row in json.loads(done.out)["claims"]} >= {"crowd-is-pleased"}
    for wrong in ([one], [one, one]):
        refused = command("disagree", *wrong)
        assert refused.code == 2
        assert "allowed: two cases or more, each once" in " ".join(refused.err.split())
