"""Posture search: a known front is found, other worlds stay out of it, and postures read back."""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tiny
from conftest import Command
from tightrope import Case, UseError, load, reading
from tightrope.analyses.search import charts as search_charts
from tightrope.analyses.search import numbers as search
from tightrope.analyses.search import words as search_words
from tightrope.analyses.search.numbers import SearchResult, Space
from tightrope.case import Condition, Objective, Outcome, Regime, Rule, Scenario, Span
from tightrope.case.mechanism import mechanism
from tightrope.case.named import chosen
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import Sample
from tightrope.reading.yamlfile import read_yaml
from tightrope.show import pictures
from tightrope.starter import copy_starter

pytest.importorskip("pymoo")

QUARTERS = 4
WORLDS = 128


@mechanism(passages=["1.1"])
def trading(gun: float, waste: float, storm: float) -> dict[str, object]:
    """Guns against butter; waste costs both in calm weather and helps both in a storm."""
    toll = 0.125 * waste * (1.0 - 2.0 * storm)
    # The mean over quarters 1 to 4 of what is added once a quarter is 2.5 times it.
    return {"guns": (0.5 * gun - toll) / 2.5, "butter": (-0.5 * gun - toll) / 2.5}


def objective(name: str, enough: float) -> Objective:
    outcome = Outcome("variable", name)
    return Objective(name, name, outcome, "more", enough, False, True, "", tiny.HERE)


def toy() -> Case:
    """One instrument trades two objectives, another helps or harms both.

    Baselines are uniform on 0 to 1, so what conduct adds is added to the share of worlds that have
    enough. With the gun's position g and the toll t (an eighth with waste in calm weather, minus an
    eighth in a storm) the shares are 0.25 + 0.5 g - t for guns and 0.75 - 0.5 g - t for butter.
    """
    gun = replace(tiny.instrument("gun", "town", ["low", "mid", "high"]), usual=(0.6, 0.3, 0.1))
    waste = tiny.instrument("waste", "town", ["no", "yes"])
    foe = tiny.instrument("foe", "other", ["soft", "hard"])
    storm = Regime(
        "storm", "Storm", "", ("calm", "storm"), "calm", ((0.5, 0.5), (0.5, 0.5)),
        tiny.number("storm.escalation", 0.0), tiny.HERE,
    )  # fmt: skip
    scenarios = tuple(
        Scenario(name, name, "", {"storm": (Span(1, None, name),)}, tiny.HERE)
        for name in ("calm", "storm")
    )
    return replace(
        tiny.case(
            [tiny.variable(name, baseline=(0.0, 1.0)) for name in ("guns", "butter", "idle")],
            [trading],
            actors=[
                tiny.actor("town", [gun, waste], "guns"),
                tiny.actor("other", [foe], "idle"),
            ],
            regimes=(storm,),
            scenarios=scenarios,
            # Pushes count beyond those of usual conduct: a quarter of the gun, half of the waste.
            objectives=(objective("guns", 0.6875), objective("butter", 0.4375)),
        ),
        scenario="calm",
    )


def samples(case: Case, test_from: int = WORLDS) -> tuple[Sample, Sample]:
    return Sample.of(case, 0, 0, WORLDS), Sample.of(case, 0, test_from, 100)


def searched(case: Case, test_from: int = WORLDS, **options: object) -> SearchResult:
    train, test = samples(case, test_from)
    given = {"population": 20, "generations": 9, "rules": 1} | options
    return search.run(runs(case, train), runs(case, test), **given)  # type: ignore[arg-type]


def runs(case: Case, sample: Sample) -> Runs:
    return Runs(compile_case(case, "habit"), sample, QUARTERS)


@pytest.fixture(scope="module")
def case() -> Case:
    return toy()


@pytest.fixture(scope="module")
def found(case: Case) -> SearchResult:
    return searched(case, grain=0.005)


def weathers(case: Case) -> list[Scenario]:
    return chosen(case.scenarios, ("calm", "storm"), "scenario")


def everything(space: Space) -> np.ndarray:
    """Every distinct candidate."""
    rows = itertools.product(*(range(n) for n in space.choices))
    return np.array(sorted({tuple(search.tidy(space, np.array(row))) for row in rows}))


# ---------------------------------------------------------------- the front


def test_the_known_front_is_found(case: Case, found: SearchResult) -> None:
    space = search.space_of(case, 1)
    candidates = everything(space)
    assert found.tried < len(candidates), "the search did not just try all there is"
    postures = [search.posture_of(space, row, f"c{i}") for i, row in enumerate(candidates)]
    train = runs(case, samples(case)[0])
    shares = search.judge(train, postures, weathers(case)).shares
    best = np.unique(shares[search.undominated(shares)].round(6), axis=0)
    # Worked out: without waste in calm weather and with it in a storm both gain a sixteenth.
    assert (best.sum(axis=1) < 1.125 + 0.02).all()
    for position in (0.0, 0.25, 0.5, 1.0):
        known = np.array([0.25 + 0.5 * position, 0.75 - 0.5 * position]) + 0.0625
        assert np.abs(best - known).max(axis=1).min() < 0.02, position
    table = found.scores[found.scores["kind"] == "front"]
    ours = table.pivot(index="posture", columns="objective", values="train")[["guns", "butter"]]
    for row in best:
        assert (ours.to_numpy() > row - 0.005).all(axis=1).any(), row


def test_shares_are_what_conduct_adds(case: Case) -> None:
    space = search.space_of(case, 0)
    genes = np.array([[1, 0], [0, 0], [3, 0], [1, 1]])
    postures = [search.posture_of(space, row, f"c{i}") for i, row in enumerate(genes)]
    judged = search.judge(runs(case, samples(case)[0]), postures, weathers(case))
    # Free under habit is the usual mix, a quarter of the way up; the rest as set. Waste evens out.
    expected = [[0.5, 0.5], [0.25, 0.75], [0.375, 0.625], [0.5, 0.5]]
    assert judged.shares == pytest.approx(np.array(expected), abs=0.02)
    both = judged.fails.mean(axis=1)
    assert (both >= 1 - judged.shares.min(axis=1) - 1e-6).all(), "failing is missing either"


def test_the_front_leaves_nothing_much_better_out() -> None:
    scores = np.random.default_rng(1).random((400, 3))
    rules = np.random.default_rng(2).integers(0, 3, 400)
    kept = search.thinned(scores, rules, 0.1)
    assert len(kept) < search.undominated(scores).sum()
    for row in scores:
        assert (scores[kept] > row - 0.1).all(axis=1).any()
    alone = search.thinned(scores, rules, 1e-9)
    assert np.array_equal(alone, np.flatnonzero(search.undominated(scores)))


def test_of_equal_candidates_the_plainer_is_kept() -> None:
    scores = np.array([[0.5, 0.5], [0.5, 0.5], [0.2, 0.1]])
    assert search.thinned(scores, np.array([2, 1, 0]), 0.02).tolist() == [1]


# ---------------------------------------------------------------- what it depends on


def test_the_same_seed_gives_the_same(case: Case, found: SearchResult) -> None:
    again = searched(case, grain=0.005)
    assert again.scores.equals(found.scores)
    assert again.postures == found.postures
    other = searched(case, grain=0.005, seed=3)
    assert not other.course.equals(found.course)


def test_worlds_not_seen_do_not_enter_the_search(case: Case, found: SearchResult) -> None:
    other = searched(case, test_from=5000, grain=0.005)
    assert other.postures == found.postures
    assert other.course.equals(found.course)
    assert np.array_equal(other.scores["train"], found.scores["train"])
    assert not np.array_equal(other.scores["test"], found.scores["test"])
    assert (found.gains["by"] == other.gains["by"]).all(), "members are chosen on training worlds"


def test_worlds_in_both_samples_are_refused(case: Case) -> None:
    with pytest.raises(UseError, match="in both samples"):
        searched(case, test_from=WORLDS - 1)


def test_a_sample_is_split_in_proportion(case: Case) -> None:
    sample = Sample.of(case, 0, 0, 30)
    train, test = search.split(sample, 10, 15)
    assert (train.indices.tolist(), test.indices.tolist()) == ([*range(10)], [*range(10, 25)])
    train, test = search.split(sample, 128, 512)
    assert (len(train.indices), len(test.indices)) == (6, 24)
    with pytest.raises(UseError, match="found 1 to be split"):
        search.split(sample.pick(np.arange(1)), 128, 512)


# ---------------------------------------------------------------- tables


def test_a_posture_of_the_case_is_held_against_the_front(case: Case) -> None:
    wasteful = replace(
        case.postures[0], name="wasteful", label="Wasteful",
        settings={"gun": (Span(1, None, "mid"),), "waste": (Span(1, None, "yes"),)},
        rules=(Rule((Condition("storm", "at least", 1.0),), {"waste": "no"}),),
    )  # fmt: skip
    more = replace(case, postures=(*case.postures, wasteful))
    train, test = (runs(more, sample) for sample in samples(case))
    result = search.run(train, test, population=20, generations=12, rules=1)
    row = result.named.set_index("posture").loc["wasteful"]
    said = search_words.tell(result).data["named"].set_index("posture")["words"]
    # The same with the waste turned round gains an eighth in both objectives.
    assert row["distance"] == pytest.approx(0.125, abs=0.03)
    assert row["nearest"] in row["dominated_by"].split(", ")
    gains = result.gains[result.gains["posture"] == "wasteful"]
    assert (gains["gain"] > 0.1).all()
    assert (gains["low"] <= gains["gain"]).all()
    assert (gains["gain"] <= gains["high"]).all()
    assert f"Wasteful: {gains.loc[gains['train'].idxmax(), 'by']} has enough" in said["wasteful"]
    both = result.scores.pivot(index="posture", columns="objective", values="test")
    for by in row["dominated_by"].split(", "):
        assert (both.loc[by] >= both.loc["wasteful"]).all()
    assert np.allclose(
        result.scores["optimism"], result.scores["train"] - result.scores["test"], atol=1e-9
    )


def test_the_plainest_form_does_the_same(case: Case) -> None:
    """Random candidates with up to three rules score as their plainest form does."""
    space = search.space_of(case, 3)
    rng = np.random.default_rng(5)
    rows = rng.integers(0, space.choices, (40, len(space.choices)))
    tidied = np.array([search.tidy(space, row) for row in rows])
    assert (tidied != rows).any()
    assert np.array_equal(tidied, [search.tidy(space, row) for row in tidied])
    postures = [search.posture_of(space, row, f"c{i}") for i, row in enumerate([*rows, *tidied])]
    train = runs(case, samples(case)[0])
    shares = search.judge(train, postures, weathers(case)).satisfied
    assert np.array_equal(shares[:40], shares[40:])
    for row, posture in zip(tidied, postures[40:], strict=True):
        assert np.array_equal(search.genes_of(space, posture), row)


def test_rules_look_at_what_the_case_has(case: Case) -> None:
    looked = search.space_of(case).conditions
    assert Condition("storm", "at least", 1.0) in looked
    assert Condition("foe", "at least", search.HIGH) in looked
    assert Condition("foe", "at most", search.LOW) in looked
    assert all(c.name not in ("gun", "waste") for c in looked)
    with pytest.raises(UseError, match="rules: found -1"):
        search.space_of(case, -1)


# ---------------------------------------------------------------- a case in files

OBJECTIVES = """
trade: {label: Trade, look at: trade, want: more, enough: start - 2, vital: true, judgement: Kept.}
trust: {label: Trust, look at: trust, want: more, enough: start, judgement: "No ground lost."}
pressure: {label: Pressure, look at: pressure, want: less, enough: start + 2, judgement: Kept.}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = copy_starter(tmp_path_factory.mktemp("search") / "harbour")
    (made / "objectives.yaml").write_text(OBJECTIVES)
    return made


@pytest.fixture(scope="module")
def read(folder: Path) -> Case:
    return load(folder)


@pytest.fixture(autouse=True)
def loaded(read: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The case as already loaded, so that it is compiled once."""
    monkeypatch.setattr(reading, "load", lambda name, *more: read)
    monkeypatch.chdir(tmp_path)


SMALL = ("--worlds", 16, "--unseen", 16, "--quarters", 8, "--population", 12,
         "--generations", 2)  # fmt: skip


def test_the_front_reads_back_and_can_be_drawn(
    command: Command, folder: Path, read: Case, tmp_path: Path
) -> None:
    said = command("search", "harbour", *SMALL, "--out", "found")
    assert said.code == 0, said.err
    assert "postures were tried" in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 80
    made = {p.name for p in (tmp_path / "found").iterdir()}
    assert {"front.yaml", "front.html", "front.svg", "scores.csv", "run.json"} <= made
    assert "<svg" in (tmp_path / "found" / "front.svg").read_text()
    text = (tmp_path / "found" / "front.yaml").read_text()
    names = list(read_yaml(text.encode(), "front.yaml").mapping())
    wider = Path(shutil.copytree(folder, tmp_path / "wider"))
    with (wider / "postures.yaml").open("a") as postures:
        postures.write("\n" + text)
    after = {p.name: p for p in load(wider).postures}
    assert search_words.yaml(read, [after[name] for name in names]) == text
    about = json.loads((tmp_path / "found" / "run.json").read_text())
    assert about["train_worlds"] == about["test_worlds"] == 16


def test_every_candidate_reads_back_as_it_was(read: Case, folder: Path, tmp_path: Path) -> None:
    space = search.space_of(read, 3)
    rng = np.random.default_rng(2)
    rows = [
        search.tidy(space, row) for row in rng.integers(0, space.choices, (60, len(space.choices)))
    ]
    made = [search.posture_of(space, row, f"c{i}") for i, row in enumerate(rows)]
    wider = Path(shutil.copytree(folder, tmp_path / "wider"))
    with (wider / "postures.yaml").open("a") as postures:
        postures.write("\n" + search_words.yaml(read, made))
    after = {p.name: p for p in load(wider).postures}
    for posture in made:
        again = after[posture.name]
        assert replace(again, place=posture.place, meaning="") == posture


def test_json_has_everything(command: Command) -> None:
    said = command(
        "search", "harbour", *SMALL, "--scenario", "calm", "--json", "--out", "found",
    )  # fmt: skip
    told = json.loads(said.out)
    assert {r["kind"] for r in told["scores"]} == {"front", "named"}
    assert len(told["named"]) == 2


def test_bad_use_is_a_sentence(
    command: Command, read: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    for option, value, what in (
        ("--scenario", "nowhere", 'there is no scenario "nowhere"'),
        ("--generations", 0, "generations: found 0; allowed: a whole number from 1"),
        ("--rules", -1, "rules: found -1; allowed: a whole number from 0 to 10"),
    ):
        said = command("search", "harbour", *SMALL[:-2], option, value, "--out", "found")
        assert said.code == 2
        assert said.err.splitlines()[-1].startswith(f"tightrope: {what}")
    monkeypatch.setattr(reading, "load", lambda name, *more: replace(read, objectives=()))
    said = command("search", "harbour", *SMALL, "--out", "found")
    assert said.code == 2
    assert "has no objectives" in said.err
    monkeypatch.setattr("tightrope.analyses.search.options.available", lambda: False)
    said = command("search", "harbour", *SMALL, "--out", "found")
    assert said.code == 2
    assert "tightrope[analysis]" in said.err


def test_the_chart_shows_every_line(found: SearchResult) -> None:
    chart = search_charts.front(found, {p.name: p.name for p in found.postures})
    spec = chart.to_dict()
    rows = [row for data in spec["datasets"].values() for row in data if "name" in row]
    assert {r["name"] for r in rows} == {*(p.name for p in found.postures), "free"}
    test = found.scores.set_index(["posture", "objective"])["test"]
    for row in rows:
        assert row["o0"] == pytest.approx(100 * test[row["name"], "guns"], abs=0.01)
    params = {p["name"] for p in spec["params"]}
    assert {"brush0", "brush1"} <= params
    assert "NaN" not in pictures.svg(chart)
