"""Postures compared, broken and shocked: tables as computed by hand, planted boxes found again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from tightrope import CaseError, UseError, load
from tightrope.analyses import boxes as conditions
from tightrope.analyses import objectives
from tightrope.analyses.compare import numbers as compare
from tightrope.analyses.compare import words
from tightrope.analyses.failures import numbers as breaks
from tightrope.analyses.failures import words as break_words
from tightrope.analyses.shock import numbers as shock
from tightrope.case import Case, Objective, Outcome, Posture, Scenario, Span
from tightrope.case.mechanism import mechanism
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import First, Sample, Worlds
from tightrope.store import findings
from tiny import HERE, actor, instrument, number, variable
from tiny import case as tiny_case


def objective(name: str, want: str = "more", enough: float = 0.0, vital: bool = True) -> Objective:
    return Objective(
        name,
        name,
        Outcome("variable", name),
        want,
        enough,
        True,
        vital,
        "",
        HERE,  # type: ignore[arg-type]
    )


@mechanism(passages="1.1")
def arms_buy_safety(arms: float, gain: float) -> dict[str, float]:
    """Arms make safe."""
    return {"safety": gain * arms}


@mechanism(passages="1.1")
def arms_cost(arms: float, cost: float) -> dict[str, float]:
    """And poor."""
    return {"wealth": -cost * arms}


@pytest.fixture(scope="module")
def guns() -> Case:
    """One instrument that buys safety with wealth; in a world all of it is known in advance."""
    own = instrument("arms", "state", ["none", "some", "many"])

    def posture(name: str, level: str) -> Posture:
        return Posture(name, name, "", {"arms": (Span(1, None, level),)}, (), HERE)

    return tiny_case(
        [variable("safety"), variable("wealth")],
        [arms_buy_safety, arms_cost],
        actors=[actor("state", [own], "safety")],
        parameters=[number("gain", -1.0, 2.0), number("cost", 0.0, 1.0)],
        postures=(posture("none", "none"), posture("some", "some"), posture("many", "many")),
        posture="none",
        advice="some",
        objectives=(objective("safety", enough=1.0), objective("wealth", enough=-2.0)),
    )


@pytest.fixture(scope="module")
def worlds(guns: Case) -> Sample:
    return Sample.of(guns, 0, 0, 512)


def runs(case: Case, worlds: Worlds) -> Runs:
    return Runs(compile_case(case), worlds, 8)


# ---------------------------------------------------------------- by hand


def made_up(values: list[list[list[float]]], start: float = 0.0) -> tuple[Case, xr.Dataset]:
    """Two objectives, one rule; values by scenario, posture, objective of a single world."""
    case = tiny_case(
        [variable("a"), variable("b")], [],
        objectives=(objective("a", enough=1.0), objective("b", "less", enough=5.0, vital=False)),
    )  # fmt: skip
    value = np.asarray(values, float)[None, ..., None]
    begin = np.full_like(value, start)
    dims = ("rule", "scenario", "posture", "objective", "world")
    runs = xr.Dataset(
        {
            "value": (dims, value),
            "start": (dims, begin),
            "enough": (dims, objectives.satisfied(case, value, begin)),
        },
        {
            "rule": ["reactive"],
            "scenario": ["calm", "storm"][: value.shape[1]],
            "posture": ["p", "q", "r"][: value.shape[2]],
            "objective": ["a", "b"],
            "world": [0],
        },
    )
    return case, runs


TABLE = [
    [[3.0, 4.0], [1.0, 2.0], [0.5, 6.0]],  # calm: p, q, r
    [[0.0, 1.0], [2.0, 9.0], [0.5, 7.0]],  # storm
]


def test_regret_is_that_computed_by_hand() -> None:
    case, runs = made_up(TABLE)
    found = compare.regrets(case, runs).set_index(["posture", "objective"])
    # a, more is better: best is 3 in calm, 2 in storm. b, less is better: 2 in calm, 1 in storm.
    by_hand = {
        ("p", "a"): (2.0, "storm"), ("q", "a"): (2.0, "calm"), ("r", "a"): (2.5, "calm"),
        ("p", "b"): (2.0, "calm"), ("q", "b"): (8.0, "storm"), ("r", "b"): (6.0, "storm"),
    }  # fmt: skip
    for key, (size, where) in by_hand.items():
        assert found.at[key, "largest"] == pytest.approx(size), key
        assert found.at[key, "worst"] == where, key


def test_enough_is_that_computed_by_hand() -> None:
    case, runs = made_up(TABLE)
    found = compare.satisfying(case, runs).set_index(["scenario", "posture", "objective"])["share"]
    # a has enough from 1 on, b up to 5; only a is vital.
    assert found["calm", "p", "a"] == 1
    assert found["calm", "q", "a"] == 1
    assert found["calm", "r", "a"] == 0
    assert found["storm", "p", "a"] == 0
    assert found["calm", "p", "b"] == 1
    assert found["storm", "q", "b"] == 0
    assert found["storm", "q", "vital"] == 1
    assert found["storm", "q", "all"] == 0
    assert found["every scenario", "q", "vital"] == 1
    assert found["every scenario", "p", "vital"] == 0
    assert found["every scenario", "q", "all"] == 0


def test_weights_give_the_weighted_mean_and_nothing_else() -> None:
    case, runs = made_up(TABLE)
    found = compare.scores(case, runs, {"a": 1.0, "b": 3.0}).set_index("posture")
    # (a - 3 b) / 4: p calm -2.25 storm -0.75, q calm -1.25 storm -6.25, r -4.375, -5.125.
    assert found.at["p", "mean"] == pytest.approx(-1.5)
    assert found.at["q", "mean"] == pytest.approx(-3.75)
    assert found.at["p", "largest"] == pytest.approx(1.0)
    assert found.at["q", "largest"] == pytest.approx(5.5)
    assert found.at["r", "largest"] == pytest.approx(4.375)


@given(st.lists(st.floats(-50, 50), min_size=6, max_size=6), st.floats(-9, 9))
@settings(max_examples=50)
def test_regret_does_not_change_when_everything_is_moved(numbers: list[float], by: float) -> None:
    values = np.reshape(numbers, (3, 2, 1))
    behind = compare.regret(values)
    assert (behind >= 0).all()
    assert np.isclose(behind.min(axis=0), 0).all()
    assert np.allclose(compare.regret(values + by), behind, atol=1e-9)


def test_the_tail_lies_in_its_interval_and_covers() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        at, low, high = compare.tail(rng.standard_normal(300))
        assert low <= at <= high
        hits += low <= 1.2816 <= high
    assert hits >= 180


# ---------------------------------------------------------------- with the engine


def test_postures_trade_safety_for_wealth(guns: Case, worlds: Sample) -> None:
    found = compare.compare(runs(guns, worlds))
    gain, cost = (worlds.params[[p.name for p in guns.priors].index(n)] for n in ("gain", "cost"))
    end = found.runs["value"].sel(rule="reactive", scenario="base")
    # The last year is quarters 5 to 8: 6.5 pushes on average, counted from usual conduct (0.5).
    for posture, arms in (("none", -0.5), ("some", 0.0), ("many", 0.5)):
        own = end.sel(posture=posture)
        assert np.allclose(own.sel(objective="safety"), 6.5 * gain * arms, atol=1e-3)
        assert np.allclose(own.sel(objective="wealth"), -6.5 * cost * arms, atol=1e-3)
    share = found.satisfying.set_index(["scenario", "posture", "objective"])["share"]
    assert share["base", "some", "safety"] == 0
    assert share["base", "many", "safety"] == pytest.approx(np.mean(3.25 * gain >= 1))
    assert found.advice == "some"
    assert words.sentences(found)


def test_each_part_of_the_advice_is_left_out_in_turn(guns: Case, worlds: Sample) -> None:
    found = compare.compare(runs(guns, worlds))
    (row,) = found.parts.to_dict("records")
    assert row["instrument"] == "arms"
    # Without its one part the posture is free choice: run as such, it keeps as much.
    stances = (*guns.postures, Posture("free", "free", "", {}, (), HERE))
    alone = compare.compare(runs(replace(guns, postures=stances), worlds))
    share = alone.satisfying.set_index(["scenario", "posture", "objective"])["share"]
    assert row["kept"] == pytest.approx(share["base", "free", "vital"])
    whole = share["base", "some", "vital"]
    assert row["difference"] == pytest.approx(row["kept"] - whole)
    assert row["low"] <= row["difference"] <= row["high"]


def test_dominance_wants_better_somewhere_and_worse_nowhere() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(0, 5, 400)
    value = np.stack([[base, base], [base + 2, base], [base + 9, base - 9]])[None, None]
    case, runs = made_up(TABLE)
    dims = ("rule", "scenario", "posture", "objective", "world")
    runs = xr.Dataset(
        {"value": (dims, value)},
        {"rule": ["reactive"], "scenario": ["calm"], "posture": ["p", "q", "r"],
         "objective": ["a", "b"]},
    )  # fmt: skip
    found = compare.dominance(case, runs)
    # q beats p in a and equals it in b; r is best in both, as less of b is wanted.
    assert {(r.posture, r.by) for r in found.itertuples() if r.everywhere} == {
        ("p", "q"), ("p", "r"), ("q", "r"),
    }  # fmt: skip
    assert compare.front(case, runs, "reactive") == ("r",)


def test_a_break_is_found_where_it_was_planted(guns: Case) -> None:
    found = breaks.find_breaks(Runs(compile_case(guns), First(0, 2048), 8), posture="many")
    # Many arms fail to make safe when 3.25 gain < 1, and make too poor when 3.25 cost > 2.
    gain = found.boxes[found.boxes["parameter"] == "gain"].iloc[0]
    cost = found.boxes[found.boxes["parameter"] == "cost"].iloc[0]
    assert gain["side"] == "low"
    assert gain["high"] == pytest.approx(1 / 3.25, abs=0.35)
    assert cost["side"] == "high"
    assert cost["low"] == pytest.approx(2 / 3.25, abs=0.15)
    assert found.boxes["density"].min() > 0.8
    top = found.slopes.groupby("objective").first()
    assert top.at["safety", "parameter"] == "gain"
    assert top.at["safety", "direction"] == "raises"
    assert top.at["wealth", "parameter"] == "cost"
    assert top.at["wealth", "direction"] == "lowers"
    assert top.at["safety", "effect_of_range"] == pytest.approx(3 * 3.25, rel=0.01)
    assert top.at["wealth", "effect_of_range"] == pytest.approx(3.25, rel=0.01)


def test_failures_by_luck_get_no_box() -> None:
    rng = np.random.default_rng(5)
    many = tiny_case([variable("a")], [], parameters=[number(f"p{i}", 0, 1) for i in range(40)])
    boxes = 0
    for _ in range(10):
        params = rng.random((len(many.priors), 800))
        _, _, found, looked = breaks._boxes(many, params, rng.random(800) < 0.3, None)
        boxes += len(set(found["claim"]))
        assert (looked is not None) == found.empty
        if looked:
            said = break_words.no_box(looked)
            assert "half of the worlds, 400, of which" in said
            assert "41 numbers" not in said
            assert "the 12 of" in said
    assert boxes <= 2


@pytest.mark.parametrize(
    ("fail", "said"),
    [
        (0, "No world fails"),
        (200, "Every world fails"),
        (1, "of the 100 worlds to look in 1 fails; at least 20"),
        (19, "of the 100 worlds to look in 19 fail; at least 20"),
        (190, "of the 100 worlds to look in 100 fail; at least 20"),
    ],
)
def test_where_no_box_was_looked_for_it_says_why(fail: int, said: str) -> None:
    case = tiny_case([variable("a")], [], parameters=[number("p", 0, 1)])
    params = np.random.default_rng(1).random((len(case.priors), 200))
    _, _, found, looked = breaks._boxes(case, params, np.arange(200) < fail, None)
    assert found.empty
    assert looked is not None
    assert said in break_words.no_box(looked)


def test_failures_that_all_lie_in_the_half_that_is_searched_give_no_box() -> None:
    case = tiny_case([variable("a")], [], parameters=[number("p", 0, 1)])
    params = np.random.default_rng(1).random((len(case.priors), 200))
    failed = (params[[p.name for p in case.priors].index("p")] > 0.5) & (np.arange(200) < 100)
    _, _, found, looked = breaks._boxes(case, params, failed, None)
    assert found.empty
    assert looked is not None
    said = break_words.no_box(looked)
    assert "fails in 0 %, against 0 % of all worlds: that may be chance" in said


def test_a_coverage_that_is_asked_for_is_kept() -> None:
    rng = np.random.default_rng(1)
    values = rng.random((3, 2000))
    picked = (values[0] > 0.6) & (rng.random(2000) < 0.9)
    peeling = conditions.peel(values, ["a", "b", "c"], picked)
    step = conditions.choose(peeling, 0.95)
    assert step is not None
    assert peeling.steps["coverage"].iloc[step] >= 0.95
    tighter = conditions.choose(peeling, 0.5)
    assert tighter is not None
    assert peeling.steps["density"].iloc[tighter] >= peeling.steps["density"].iloc[step]


# ---------------------------------------------------------------- shock


def test_recovery_is_counted_from_the_peak() -> None:
    paths = np.array(
        [[0, 4, 10, 6, 3, 0.5, 0.2], [0, 4, 10, 9, 9, 9, 9], [0, 10, 0.5, 9, 0.5, 0, 0]]
    )
    assert shock.recovery(paths).tolist() == [3.0, np.inf, 3.0]
    assert shock.recovery(paths, 0.5).tolist() == [2.0, np.inf, 3.0]


def test_a_blow_has_the_size_that_was_planted() -> None:
    storm = {"arms": (Span(1, 2, "many"), Span(3, None, "none"))}
    calm = {"arms": (Span(1, None, "none"),)}
    own = instrument("arms", "other", ["none", "many"])
    case = tiny_case(
        [variable("safety", reversion=0.5, noise=0.3), variable("wealth")],
        [arms_cost],
        actors=[actor("state", [], "safety"), actor("other", [own], "safety")],
        parameters=[number("cost", 1.0)],
        scenarios=(
            Scenario("base", "Calm", "", calm, HERE),
            Scenario("storm", "Storm", "", storm, HERE, "base",
                     (Outcome("variable", "wealth"), Outcome("variable", "safety"))),
        ),
    )  # fmt: skip
    found = shock.run(Runs(compile_case(case), First(0, 128), 8))
    wealth = found.difference.sel(outcome="wealth", posture="free")
    assert np.allclose(wealth.mean("world"), [0, -1, -2, -2, -2, -2, -2, -2, -2], atol=1e-4)
    row = found.summary.set_index("outcome").loc["wealth"]
    assert row["way"] == "falls"
    assert row["blow"] == pytest.approx(2)
    assert np.isinf(row["half"])
    assert row["not_back"] == 1
    # The same random draws on both sides: what the shock does not touch does not differ at all.
    assert np.abs(found.difference.sel(outcome="safety")).max() == 0


# ---------------------------------------------------------------- misuse


def test_names_that_are_not_there(guns: Case, worlds: Sample) -> None:
    with pytest.raises(UseError, match=r'no posture "all".*none, some, many'):
        compare.compare(runs(guns, worlds), postures=["all"])
    with pytest.raises(UseError, match='no scenario "flood"'):
        compare.compare(runs(guns, worlds), scenarios=["flood"])
    with pytest.raises(UseError, match='no objective "joy"'):
        compare.compare(runs(guns, worlds), weights={"joy": 1})
    with pytest.raises(UseError, match="weight of wealth"):
        compare.compare(runs(guns, worlds), weights={"wealth": -1})
    with pytest.raises(UseError, match="no scenario of tiny is a shock"):
        shock.run(runs(guns, worlds))
    with pytest.raises(UseError, match="coverage"):
        breaks.find_breaks(runs(guns, worlds), coverage=2)


def test_a_case_without_objectives_says_so(starter_case: Case) -> None:
    plain = tiny_case([variable("a")], [])
    with pytest.raises(UseError, match=r"no objectives.*objectives\.yaml"):
        compare.compare(runs(plain, First(0, 8)))


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("objectives.yaml", "look at: trust", "look at: thrust", r"objectives\.yaml:\d+.*trust"),
        ("objectives.yaml", "enough: start - 2", "enough: begin", r"objectives\.yaml:\d+.*start"),
        ("postures.yaml", "hostile", "hostil", r"postures\.yaml:\d+.*did you mean.*hostile"),
        (
            "case.yaml",
            "advice: careful",
            "advice: carful",
            r"case\.yaml:\d+.*did you mean.*careful",
        ),
    ],
)
def test_errors_name_file_and_line(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    from tightrope.starter import copy_starter

    folder = tmp_path / "harbour"
    copy_starter(folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    with pytest.raises(CaseError, match=said):
        load(folder)


@pytest.mark.parametrize(
    ("shocked", "said"),
    [
        ("{against: nothing, look at: [trade]}", r"scenarios\.yaml:\d+"),
        ("{against: war, look at: [trade]}", "another scenario"),
        ("{against: tension, look at: []}", "at least one"),
        ("{against: tension, look at: [traid]}", "trade"),
    ],
)
def test_a_bad_shock_is_refused(tmp_path: Path, shocked: str, said: str) -> None:
    import shutil
    from importlib import resources

    folder = tmp_path / "kabul"
    shutil.copytree(str(resources.files("tightrope") / "cases" / "kabul"), folder)
    path = folder / "scenarios.yaml"
    text = path.read_text()
    old = "  shock:\n    against: tension\n    look at: [trade, aid, economy, security, returns]\n"
    assert old in text
    path.write_text(text.replace(old, f"  shock: {shocked}\n"))
    with pytest.raises(CaseError, match=said):
        load(folder)


def test_tables_on_disk_read_back(guns: Case, worlds: Sample, tmp_path: Path) -> None:
    found = compare.compare(runs(guns, worlds), weights={"safety": 1})
    for name, text in findings.files(words.tell(found), "tightrope compare guns").items():
        (tmp_path / name).write_text(text)
    again = pd.read_csv(tmp_path / "satisfying.csv")
    assert np.allclose(again["share"], found.satisfying["share"])
    assert "One score" in (tmp_path / "compare.md").read_text()
