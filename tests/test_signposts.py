"""Signposts: what was planted is found, chance is called chance, rates are from worlds apart."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tiny
from conftest import Command
from tightrope import UseError, load
from tightrope.analyses.signposts import numbers as signposts
from tightrope.analyses.signposts import words as told
from tightrope.analyses.signposts.numbers import Signposts
from tightrope.case import Case, Objective, Outcome, Regime, Scenario, Span
from tightrope.case.mechanism import mechanism
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import First
from tightrope.show import pictures
from tightrope.starter import copy_starter
from tightrope.store.findings import files
from tightrope.text import wording

NAMES = [f"sign {k}" for k in range(20)]


def worlds(seed: int, count: int = 1000) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(20, count))


def planted(seed: int = 1, count: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Failing mostly where sign 7 is below -0.5."""
    values = worlds(seed, count)
    chance = np.where(values[7] < -0.5, 0.9, 0.1)
    return values, np.random.default_rng(seed + 1).random(count) < chance


# ---------------------------------------------------------------- numbers in, numbers out


def test_a_planted_signpost_is_found_with_its_threshold() -> None:
    values, fails = planted()
    table = signposts.rank(values, fails, NAMES)
    first = table.iloc[0]
    assert (first["name"], first["direction"]) == ("sign 7", "below")
    assert first["threshold"] == pytest.approx(-0.5, abs=0.1)
    assert first["signal"]
    assert first["fails_if"] == pytest.approx(0.9, abs=0.06)
    assert first["fails_else"] == pytest.approx(0.1, abs=0.05)
    turned = signposts.rank(-values, fails, NAMES).iloc[0]
    assert (turned["name"], turned["direction"]) == ("sign 7", "above")
    assert turned["threshold"] == pytest.approx(-first["threshold"])
    assert turned["auc"] == pytest.approx(first["auc"])


def test_rates_are_those_of_the_other_half() -> None:
    values, fails = planted()
    row = signposts.rank(values, fails, NAMES, seed=4).iloc[0]
    here, there = signposts.halves(1000, 4)
    assert np.intersect1d(here, there).size == 0
    assert len(here) + len(there) == 1000
    alarm, bad = values[7, there] < row["threshold"], fails[there]
    assert row["misses"] == pytest.approx(np.mean([not a for a, f in zip(alarm, bad) if f]))  # noqa: B905
    assert row["false_alarms"] == pytest.approx(np.mean([a for a, f in zip(alarm, bad) if not f]))  # noqa: B905
    assert row["fails_if"] == pytest.approx(np.mean([f for a, f in zip(alarm, bad) if a]))  # noqa: B905
    changed = fails.copy()
    changed[there] = ~changed[there]
    again = signposts.rank(values, changed, NAMES, seed=4).set_index("name").loc["sign 7"]
    assert again["threshold"] == row["threshold"], "the threshold is not set where it is judged"
    assert again["direction"] == row["direction"]
    assert again["auc"] == pytest.approx(1 - row["auc"])


def test_the_threshold_is_the_best_there_is() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        values = rng.integers(0, 12, 60).astype(float)
        fails = rng.random(60) < 0.2 + 0.05 * values
        at, side = signposts.threshold(values, fails)

        def youden(cut: float, side: int, values: np.ndarray, fails: np.ndarray) -> float:
            alarm = side * values > side * cut
            return float(alarm[fails].mean() - alarm[~fails].mean())

        every = [youden(c, s, values, fails) for c in np.unique(values) + 0.5 for s in (1, -1)]
        assert youden(at, side, values, fails) == pytest.approx(max(every))


def test_areas_are_those_of_the_rank_test() -> None:
    rng = np.random.default_rng(8)
    scores = np.round(rng.normal(size=(3, 300)), 1)
    fails = rng.random(300) < 0.4
    scores[1] += fails
    areas, covariance = signposts.delong(scores, fails)
    for k in range(3):
        u = stats.mannwhitneyu(scores[k, fails], scores[k, ~fails]).statistic
        assert areas[k] == pytest.approx(u / (fails.sum() * (~fails).sum()))
    drawn = []
    bad, good = np.flatnonzero(fails), np.flatnonzero(~fails)
    for _ in range(600):
        again = np.concatenate([rng.choice(bad, bad.size), rng.choice(good, good.size)])
        drawn.append(signposts.delong(scores[:, again], fails[again])[0])
    assert covariance == pytest.approx(np.cov(np.array(drawn).T), rel=0.2, abs=1e-4)


def test_shuffled_labels_are_called_chance() -> None:
    """No more often than at the nominal rate is anything called a signal, and AUCs hold 0.5."""
    values, fails = planted(count=400)
    rng = np.random.default_rng(11)
    called, held = 0, []
    for seed in range(120):
        table = signposts.rank(values[:10], rng.permutation(fails), NAMES[:10], seed=seed)
        called += bool(table["signal"].any())
        held += ((table["auc_low"] <= 0.5) & (table["auc_high"] >= 0.5)).tolist()
        assert (table.loc[~table["signal"], "strength"] == signposts.CHANCE).all()
    assert called <= stats.binom(120, signposts.RATE).ppf(0.999)
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_what_never_varies_is_left_out_and_too_few_failures_are_refused() -> None:
    values, fails = planted()
    values[3] = 2.0
    assert "sign 3" not in set(signposts.rank(values, fails, NAMES)["name"])
    rare = np.zeros(1000, bool)
    rare[:30] = True
    with pytest.raises(UseError, match=r"30 of 1000 futures fail; allowed: at least 20"):
        signposts.rank(values, rare, NAMES)


def test_joining_adds_where_there_is_something_to_add() -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(size=(3, 3000))
    fails = rng.random(3000) < 1 / (1 + np.exp(-(values[0] + values[1])))
    both = signposts.join(values, fails, NAMES[:3])
    assert both.gain_low > 0
    assert both.auc == pytest.approx(0.80, abs=0.03)
    alone = rng.random(3000) < 1 / (1 + np.exp(-2 * values[0]))
    one = signposts.join(values, alone, NAMES[:3])
    assert one.gain_low < 0.005
    assert abs(one.gain) < 0.01
    parted = signposts.join(values, values[0] > 0, NAMES[:3])
    assert parted.auc > 0.99, "kinds that can be told apart fully do no harm"


# ---------------------------------------------------------------- in a model


@mechanism(passages=["1.1"])
def carrying(storm: float) -> dict[str, object]:
    """A storm costs trade; nothing else does."""
    return {"trade": -1.0 * storm}


def stormy() -> Case:
    storm = Regime(
        "storm", "Storm", "", ("calm", "storm"), "calm", ((0.8, 0.2), (0.02, 0.98)),
        tiny.number("storm.escalation", 0.0), tiny.HERE,
    )  # fmt: skip
    trade = Objective(
        "trade", "Trade", Outcome("variable", "trade"), "more", -5.0, True, True, "", tiny.HERE
    )
    return tiny.case(
        [tiny.variable("trade", noise=0.1), tiny.variable("idle", noise=1.0)],
        [carrying],
        actors=[tiny.actor("town", [tiny.instrument("gun", "town", ["no", "yes"])], "trade")],
        regimes=(storm,),
        scenarios=(
            Scenario("base", "Base", "", {}, tiny.HERE),
            Scenario("chance", "Chance", "", {"storm": (Span(1, None, "markov"),)}, tiny.HERE),
        ),
        objectives=(trade,),
    )


def futures(case: Case, worlds: int) -> Runs:
    return Runs(compile_case(case, "habit"), First(0, worlds), 12)


@pytest.fixture(scope="module")
def watched() -> Signposts:
    case = stormy()
    return signposts.watch(futures(case, 1000))


def test_what_moves_by_chance_is_watched(watched: Signposts) -> None:
    assert watched.scenario == "chance"
    first = signposts.leading(watched.table)
    assert first["source"].iloc[0] in ("storm", "trade")
    own = first.set_index("source")
    assert own.loc["storm", "signal"]
    assert own.loc["trade", "signal"]
    assert not own.loc["idle", "signal"], "what plays no part tells nothing"
    assert own.loc["storm", "ends"] == "0 is calm, 100 is storm"
    # A storm hardly ever ends: it costs one a quarter, and five over the last year's mean is
    # reached if it began by quarter seven or so; most of those that fail were seen by quarter four.
    assert own.loc["storm", "fails_if"] > 0.9
    assert "gun" not in own.index, "the actor in focus does not watch itself"
    assert any("on average from 2026Q1 to 2026Q4" in s for s in told.said(watched)["sentence"])


def test_words_say_the_rates(watched: Signposts) -> None:
    row = watched.table.iloc[0]
    words = told.tell(watched).words
    assert f"the posture fails in {wording.percent(row['fails_if'])}" in words[1]
    assert f"misses {wording.percent(row['misses'])} of failures" in words[1]
    assert f"fails in {wording.percent(watched.fails)} of 1,000 futures" in words[0]


def test_what_somebody_can_observe_comes_first(watched: Signposts) -> None:
    order = signposts.leading(watched.table)
    assert list(order["source"]) == ["storm", "trade", "idle"]
    assert list(order["public"]) == [True, False, False]
    words = told.tell(watched).words
    assert "nobody" not in words[1].lower()
    (hidden,) = (w for w in words if w.startswith("Of what nobody publishes"))
    assert '"trade"' in hidden
    for row in told.said(watched).to_dict("records"):
        assert row["public"] == (told.UNSEEN not in row["sentence"])
    assert watched.joined is not None
    assert watched.joined.names == ("storm (mean)",)


def test_a_change_that_nobody_could_tell_is_said_to_be_one(watched: Signposts) -> None:
    case, trade = watched.case, Outcome("variable", "trade")
    assert signposts.allowance(case, trade) == 5.0
    assert signposts.allowance(case, Outcome("variable", "idle")) == 5.0, "the same unit"
    row = {"reading": "change", "public": True, "beside": False, "least": 5.0}
    assert told.careful(row | {"threshold": -4.9}) == told.TOO_SMALL
    assert told.careful(row | {"threshold": 5.1}) == ""
    assert told.careful(row | {"reading": "mean", "threshold": 0.1}) == ""
    hidden = row | {"reading": "mean", "threshold": 0.1, "public": False}
    assert told.careful(hidden) == told.UNSEEN
    assert told.careful(hidden | {"beside": True}) == told.BESIDE
    for said in told.said(watched).to_dict("records"):
        small = said["reading"] == "change" and abs(said["threshold"]) < 5
        assert small == (told.TOO_SMALL in said["sentence"])


def test_without_failures_of_a_kind_it_says_how_many_are_needed() -> None:
    case = stormy()
    found = signposts.watch(futures(case, 1))
    assert found.table.empty
    words = told.tell(found).words
    assert "20 that fail and as many that do not are needed" in words[1]
    assert "1 future." in words[0]


def test_changes_are_put_in_words() -> None:
    case = stormy()
    row = {"label": "Trade", "unit": "points", "reading": "change", "series": "", "ends": ""}

    def said(direction: str, threshold: float) -> str:
        about = row | {"direction": direction, "threshold": threshold}
        return told.condition_words(case, about, 4).removesuffix(" from 2025Q4 to 2026Q4")

    assert said("below", 2.0) == '"Trade" is not up by 2.0 points'
    assert said("below", -2.0) == '"Trade" is down by more than 2.0 points'
    assert said("above", 2.0) == '"Trade" is up by more than 2.0 points'
    assert said("above", -2.0) == '"Trade" is not down by 2.0 points'


def test_it_has_to_be_read_before_failure_is_judged() -> None:
    case = stormy()
    with pytest.raises(UseError, match=r"read by: found 9 of 12 quarters; allowed: 1 to 8"):
        signposts.watch(futures(case, 64), read_by=9)
    with pytest.raises(UseError, match="scenario"):
        signposts.watch(futures(case, 64), scenario="nowhere")


def test_where_nothing_fails_it_says_so() -> None:
    case = stormy()
    found = signposts.watch(futures(case, 64), scenario="base")
    assert found.fails == 0
    assert found.table.empty
    finding = told.tell(found)
    assert "Too few futures" in finding.words[1]
    assert finding.pictures == ()
    assert "watch.md" in files(finding, "command")


def test_charts_show_the_numbers(watched: Signposts) -> None:
    makers = {p.name: p.make for p in told.tell(watched).pictures}
    rows = [r for data in makers["ranking"]().to_dict()["datasets"].values() for r in data]
    seen = {r["tip"]: r for r in rows if "auc" in r and "tip" in r}
    for row in signposts.leading(told.said(watched)).to_dict("records"):
        assert seen[row["sentence"]]["auc"] == pytest.approx(100 * row["auc"])
    bars = [r for data in makers["best"]().to_dict()["datasets"].values() for r in data]
    shares = pd.DataFrame(bars).groupby("kind")["share"].sum()
    assert shares.to_numpy() == pytest.approx(np.full(2, 100.0))
    alarms = pd.DataFrame(bars).query("alarm == 'alarm'").groupby("kind")["share"].sum()
    row = watched.table.iloc[0]
    expected = {100 * (1 - row["misses"]), 100 * row["false_alarms"]}
    assert sorted(alarms) == pytest.approx(sorted(expected), abs=0.5)
    for make in makers.values():
        assert "NaN" not in pictures.svg(make())


# ---------------------------------------------------------------- a case in files

OBJECTIVES = """
trade: {label: Trade, look at: trade, want: more, enough: start, vital: true, judgement: Kept.}
"""
SERIES = """
ships:
  stands for: trade
  link: growth
  slope: 1
  error: 0.001
"""
HISTORY = """
start: 2021Q4
end: 2025Q4
about: Made up for a test.
"""


def test_the_command_and_what_a_series_shows(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = copy_starter(tmp_path / "harbour")
    (folder / "objectives.yaml").write_text(OBJECTIVES)
    (folder / "history.yaml").write_text(HISTORY)
    (folder / "observations.yaml").write_text(SERIES)
    (folder / "observations").mkdir()
    head = "quarter,value,low,high,source,url,read,status,note\n"
    points = [f"202{y}Q4,100,90,110,made up,,2026-11-24,used,\n" for y in (2, 3)]
    (folder / "observations" / "ships.csv").write_text(head + "".join(points))
    said = command("watch", "harbour", "--worlds", 400, "--no-record", "--out", "w")
    assert said.code == 0, said.err
    assert max(len(line) for line in said.out.splitlines()) <= 80
    assert "futures" in said.out
    assert {p.name for p in (tmp_path / "w").iterdir()} == {
        "signposts.csv", "watch.md", "run.json", "ranking.svg", "best.svg", "watch.html",
        "tightrope.json", "whole.zip",
    }  # fmt: skip
    assert json.loads((tmp_path / "w" / "run.json").read_text())["scenario"] == "drift"
    table = pd.read_csv(tmp_path / "w" / "signposts.csv").set_index("name")
    seen = next(n for n in table.index if n.startswith("trade (seen"))
    # With next to no error the series shows the very change.
    assert table.loc[seen, "auc"] == pytest.approx(table.loc["trade (change)", "auc"], abs=0.02)
    again = command(
        "watch", "harbour", "--worlds", 400, "--no-record", "--json", "--out", "w",
        "--posture", "careful", "--scenario", "storm",
    )  # fmt: skip
    assert set(json.loads(again.out)) == {"finding", "careful", "signposts"}
    wrong = command("watch", "harbour", "--posture", "nobody", "--no-record")
    assert wrong.code == 2
    assert load(folder).series[0].error == 0.001
