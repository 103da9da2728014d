"""Forecasts: closed forms, what a course sets, base rates by hand, and the file that is kept."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import tightrope
import tiny
from conftest import Command
from recorded import with_record
from tightrope import Case
from tightrope.analyses.forecast import base, numbers
from tightrope.analyses.forecast.numbers import Draws, Lived
from tightrope.analyses.forecast.options import Options
from tightrope.analyses.intervals import effective
from tightrope.case import Course, History, Outcome, Point, Question, Regime, Series, Span
from tightrope.case.dated import BaseRate
from tightrope.engine.compiling import compile_case
from tightrope.engine.progress import no_watch
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import Sample
from tightrope.errors import Place, UseError
from tightrope.reading.dated import course_of
from tightrope.starter import copy_starter
from tightrope.text.table import read_csv

HERE = Place("test", 1)
MANY = 4096


def question(name: str = "asked", **more: Any) -> Question:
    made = Question(
        name, "Is it so?", "2026Q4", "", "x", "", None, "", "2026Q4", "2026Q4", "mean", "above",
        0.0, BaseRate("stated", 0.5, "judgement: test"), "", HERE,
    )  # fmt: skip
    return replace(made, **more)


def point(quarter: str, at: int, value: float, half: float = 0.0, length: int = 1) -> Point:
    low, high = value - half, value + half
    return Point(quarter, at, at + length - 1, value, low, high, "", "", "", True, "", HERE)


def series(points: list[Point], **more: Any) -> Series:
    made = Series("shown", "Shown", "x", "growth", 1.0, 1e-9, "", "", tuple(points), HERE)
    return replace(made, **more)


def asked(case: Case, **options: Any) -> numbers.Forecast:
    return numbers.ask(case, Options(use_record=False, **options), no_watch)


def shares(found: numbers.Forecast, name: str, forecast: str = "model") -> dict[str, float]:
    rows = found.table[(found.table["name"] == name) & (found.table["forecast"] == forecast)]
    return dict(zip(rows["quarter"], rows["share"], strict=True))


# ---------------------------------------------------------------- closed forms


def test_a_random_walk_passes_a_threshold_as_often_as_the_closed_form_says() -> None:
    case = replace(
        tiny.case([tiny.variable("x", noise=0.5)], []),
        questions=(
            question(outcome=Outcome("variable", "x"), threshold=0.4),
            question("low", outcome=Outcome("variable", "x"), comparison="at most", threshold=-1),
        ),
    )
    found = asked(case, worlds=MANY)
    above, below = shares(found, "asked"), shares(found, "low")
    for h, quarter in enumerate(("2026Q4", "2027Q1", "2027Q4"), start=4):
        ahead = 8 if quarter == "2027Q4" else h
        deviation = 0.5 * np.sqrt(ahead)
        assert above[quarter] == pytest.approx(stats.norm.sf(0.4 / deviation), abs=0.03)
        assert below[quarter] == pytest.approx(stats.norm.cdf(-1 / deviation), abs=0.03)


CHAIN = np.array([[0.8, 0.2, 0.0], [0.1, 0.7, 0.2], [0.0, 0.5, 0.5]])


def chained() -> Case:
    chain = tuple(tuple(row) for row in CHAIN.tolist())
    regime = Regime("sky", "", "", ("calm", "grey", "storm"), "grey", chain,
                    tiny.number("sky.escalation", 0.0), HERE)  # fmt: skip
    several = {"reads": "sky at storm", "level": "storm", "threshold": 50.0}
    return replace(
        tiny.case([tiny.variable("x", noise=0.1)], [], regimes=(regime,)),
        questions=(
            question("storm", **several),
            question("any", first="2026Q1", taken="any", **several),
            question("every", first="2026Q1", taken="every", reads="sky", comparison="at most",
                     threshold=50.0),
        ),
    )  # fmt: skip


def test_a_regime_left_to_itself_is_where_its_chain_says() -> None:
    found = asked(chained(), worlds=MANY)
    at = np.linalg.matrix_power(CHAIN, 4)[1, 2]
    assert shares(found, "storm")["2026Q4"] == pytest.approx(at, abs=0.03)
    dry = np.linalg.matrix_power(CHAIN[:2, :2], 4)[1].sum()  # ways that never enter the storm
    assert shares(found, "any")["2026Q4"] == pytest.approx(1 - dry, abs=0.03)
    assert shares(found, "every")["2026Q4"] == pytest.approx(dry, abs=0.03)
    assert shares(found, "storm", "persistence")["2026Q4"] == 0.0  # it was grey at the start


def test_what_several_quarters_are_taken_for_grows_or_falls_with_them() -> None:
    found = asked(chained(), worlds=512)
    any_, every = (list(shares(found, n).values()) for n in ("any", "every"))
    assert any_ == sorted(any_)
    assert every == sorted(every, reverse=True)


# ---------------------------------------------------------------- courses


def course(**values: Any) -> Course:
    return Course("told", "Told", "", values, HERE)


def test_a_course_sets_its_quarters_and_lets_the_chain_go_on_from_there() -> None:
    case = chained()
    told = course(sky={"2026Q1": "storm", "2026Q2": {"calm": 0.25, "storm": 0.75}})
    model = compile_case(case, "reactive")
    runs = Runs(model, Sample.of(case, 0, 0, MANY), 3)
    levels = numbers.live(runs, told, 0, no_watch).levels[:, 0]
    assert (levels[1] == 2).all()
    parts = np.array([(levels[2] == level).mean() for level in range(3)])
    assert parts == pytest.approx([0.25, 0, 0.75], abs=1 / MANY)
    after = np.array([(levels[3] == level).mean() for level in range(3)])
    assert after == pytest.approx(np.array([0.25, 0, 0.75]) @ CHAIN, abs=0.03)


def test_worlds_are_dealt_out_whole_and_in_proportion(starter_case: Case) -> None:
    told = course_of(starter_case, "storm-of-2027")
    groups = numbers.dealt(told, starter_case, 0, 1000, 0)
    where = np.concatenate([w for _, w in groups])
    assert sorted(where) == list(range(1000))
    garrison = {s["garrison"][0].value: 0 for s, _ in groups}
    for settings, own in groups:
        assert settings["confrontation"][0].value == "war"
        assert settings["tolls"][0].value == {"usual": 0.5, "heavy": 0.5}
        garrison[settings["garrison"][0].value] += len(own)
    assert len(garrison) == numbers.PLACES
    assert all(0.1 < float(v) < 0.3 for v in garrison)  # type: ignore[arg-type]
    assert set(garrison.values()) == {1000 // numbers.PLACES}


def test_what_a_course_decides_is_said_to_be_given(starter_case: Case) -> None:
    free, told = (
        asked(starter_case, worlds=32),
        asked(starter_case, worlds=32, course="storm-of-2027"),
    )
    for found, given in ((free, False), (told, True)):
        rows = found.table.groupby("name")["given"].agg(["min", "max"])
        assert rows.loc["war-at-sea", "max"] == given
        assert not rows.loc["trade-up", "max"]
    assert shares(told, "war-at-sea")["2027Q1"] == 1.0


# ---------------------------------------------------------------- series


SCALED = [("growth", "share", 37.0), ("change", "share", 37.0), ("level", "index", 130.0),
          ("change", "real", -4.2)]  # fmt: skip


@pytest.mark.parametrize(("link", "scale", "value"), SCALED)
def test_a_number_comes_back_from_its_scale(link: Any, scale: str, value: float) -> None:
    own = series([], link=link)
    there = base.compared(own, value, scale)
    assert numbers.number(own, scale, np.array(there)) == pytest.approx(value)


def drawn(own: Series, path: np.ndarray, past: int = 2) -> Draws:
    """A series whose variable, an index, takes a path in quarters 0 to T; (T + 1, W)."""
    case = tiny.case([tiny.variable("x", "index", 1.0)], [], history=_history(past))
    runs = Runs(compile_case(case, "reactive"), Sample.of(case, 0, 0, path.shape[1]), len(path) - 1)
    row = runs.model.outcome_index[Outcome("variable", "x")]
    outcomes = np.ones((len(path), len(runs.model.outcomes), path.shape[1]))
    outcomes[:, row] = 100 * path
    lived = Lived(outcomes, np.zeros(0), past, np.full(path.shape[1], 1 / path.shape[1]))
    return numbers.draws(case, own, runs, lived, "2025Q4", 0)


def _history(quarters: int) -> History:
    return History("2025Q2", "2025Q4", quarters, {}, {}, (), "", HERE)


def test_a_series_goes_on_from_its_last_number_by_what_its_variable_moves() -> None:
    path = np.tile([[1.0], [1.0], [1.0], [1.21], [1.21]], 8)
    own = series([point("2025Q3", 1, 40.0), point("2025Q4", 2, 50.0)], slope=0.5)
    found = drawn(own, path)
    assert found.times == ("2026Q1", "2026Q2")
    assert found.model == pytest.approx(50 * 1.21**2)  # the series moves 1 / slope as far


def test_the_error_of_a_stand_in_grows_to_what_is_stated() -> None:
    path = np.ones((3 + 4, MANY))
    own = series([point("2025Q3", 1, 40.0), point("2025Q4", 2, 50.0)], error=0.3)
    spread = np.log(drawn(own, path).model).std(axis=1)
    assert spread[1] == pytest.approx(0.3, rel=0.05)  # as many quarters as the record has: two
    assert spread[3] == pytest.approx(0.3 * np.sqrt(2), rel=0.05)


def test_a_year_is_the_mean_of_its_quarters() -> None:
    path = np.array([[1.0], [1.0], [1.0], [1.0], [2.0], [4.0], [8.0]]).repeat(4, axis=1)
    own = series([point("2025", -1, 10.0, length=4)])
    own = replace(own, points=(replace(own.points[0], first=0, last=2),))
    found = drawn(own, path)
    assert found.times == ("2026",)
    assert found.model == pytest.approx(10 * 2**1.5)  # logarithms of 1, 2, 4 and 8


def test_persistence_is_a_walk_with_the_past_step() -> None:
    rises = [point(f"2025Q{q}", q - 2, 10 * np.exp(0.1 * q)) for q in (2, 3, 4)]
    found = drawn(series(rises), np.ones((3 + 4, MANY)))
    assert found.persistence is not None
    logs = np.log(found.persistence) - np.log(rises[-1].value)
    assert logs.mean(axis=1) == pytest.approx(0, abs=0.01)
    assert logs.std(axis=1) == pytest.approx(0.1 * np.sqrt([1, 2, 3, 4]), rel=0.05)
    assert drawn(series(rises[1:]), np.ones((4, 8))).persistence is None  # one step is no spread


def test_weights_count() -> None:
    values = np.array([1.0, 2.0, 3.0])
    heavy = numbers.quantiles(values, np.array([0.02, 0.02, 0.96]), [0.5])
    assert heavy == pytest.approx([3.0], abs=0.05)
    twice = numbers.quantiles(np.array([1.0, 2.0, 2.0, 9.0]), np.full(4, 0.25), [0.3, 0.5, 0.9])
    once = numbers.quantiles(np.array([1.0, 2.0, 9.0]), np.array([0.25, 0.5, 0.25]), [0.5, 0.9])
    assert twice[1] == once[0] == 2.0
    assert effective(np.full(50, 1 / 50)) == pytest.approx(50)
    assert effective(np.array([1.0, 0, 0])) == pytest.approx(1)


# ---------------------------------------------------------------- base rates


LONG = [point(f"202{3 + i // 4}Q{i % 4 + 1}", i, v)
        for i, v in enumerate([10, 12, 11, 14, 15, 13, 18, 20])]  # fmt: skip


def recorded(own: Series, asks: Question) -> Case:
    made = tiny.case([tiny.variable("x", "index", 1.0)], [], series=(own,))
    return replace(made, questions=(replace(asks, series=own.name, reads=own.name),))


def rate(asks: Question, points: list[Point] = LONG) -> base.Rate:
    case = recorded(series(points), asks)
    return base.rate(case, case.questions[0])


def test_base_rates_are_counted_in_the_record() -> None:
    levels = question(base=BaseRate("levels"), last="2026Q1", first="2026Q1", threshold=13.5)
    assert rate(levels) == base.Rate(4.5 / 9, 4, 8)
    any_ = replace(levels, first="2026Q1", last="2026Q3", taken="any", threshold=14.5)
    assert rate(any_) == base.Rate(4.5 / 7, 4, 6)
    every = replace(any_, taken="every", threshold=11.5)
    assert rate(every) == base.Rate(3.5 / 7, 3, 6)
    # From 20 to 22 within two quarters: as much as in 10-11, 12-14, 11-15, 15-18, 13-20.
    changes = question(base=BaseRate("changes"), last="2025Q2", threshold=22, comparison="at least")
    assert rate(changes) == base.Rate(5.5 / 7, 5, 6)


def test_a_record_too_short_for_a_base_rate_is_said() -> None:
    with pytest.raises(UseError, match="found 2 windows of the record for levels; allowed: at le"):
        rate(question(base=BaseRate("levels")), LONG[:2])


# ---------------------------------------------------------------- whole forecasts


def test_the_starter_is_forecast_with_every_forecast_due_once(starter_case: Case) -> None:
    found = asked(starter_case, worlds=64)
    table = found.table
    due = table[table["due"]].groupby(["name", "forecast"]).size()
    assert (due == 1).all()
    assert set(due.index.get_level_values("forecast")) == {"model", "persistence", "base rate"}
    assert table["share"].between(0, 1).all()
    assert (table["case_hash"] == starter_case.hash).all()
    words = tightrope.tell(found)
    assert any(line.startswith("Few worlds: 64 count") for line in words.careful)
    assert [row[0] for row in words.tables[0].rows] == ["trade-up", "war-at-sea"]


def test_questions_beyond_the_forecast_are_left_out_and_named(starter_case: Case) -> None:
    found = asked(starter_case, worlds=32, quarters=4)
    assert found.late == ("trade-up", "war-at-sea")
    assert found.table.empty
    assert "trade-up and war-at-sea" in " ".join(tightrope.tell(found).words)


def test_a_record_is_lived_through_and_ends(tmp_path: Path) -> None:
    """What was set up to the record's end does not go on, and series are forecast after it."""
    case = tightrope.load(with_record(copy_starter(tmp_path / "harbour")))
    spans = tuple(numbers._until((Span(1, None, 0.2), Span(9, 12, 0.3)), 6))
    assert spans == (Span(1, 6, 0.2),)
    found = asked(case, worlds=32)
    assert found.start == "2026Q2"
    own = found.table[found.table["kind"] == "series"]
    credit = own[(own["name"] == "credit") & (own["forecast"] == "model")]
    assert list(credit["quarter"])[:2] == ["2026Q3", "2026Q4"]
    assert credit["middle"].between(20, 70).all()
    quantiles = credit[list(numbers.QUANTILES)].to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert list(own.loc[own["name"] == "dues", "quarter"].unique()) == ["2026", "2027"]


def test_a_forecast_is_added_and_never_written_over(
    command: Command, starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = ["forecast", starter, "--worlds", 32, "--out", "kept"]
    assert command(*line).code == 0
    (file,) = (tmp_path / "kept").iterdir()
    before = file.read_bytes()
    again = command(*line, "--seed", 1)
    assert again.code == 2
    assert f"{file.name} is there already and is never written over" in again.err
    assert file.read_bytes() == before
    assert set(read_csv(file).columns) == set(numbers.COLUMNS)
    (tmp_path / "told.yaml").write_text("confrontation: {2026Q1: war}\n")
    assert command(*line, "--course", "told.yaml").code == 0
    assert (tmp_path / "kept" / f"{file.stem}-told.csv").is_file()
    pages = [page.parent.name for page in (tmp_path / "runs").glob("*/forecast.html")]
    assert len(pages) == 2
    assert any(name.endswith("course-told.yaml") for name in pages)


def test_a_course_that_is_changed_is_run_again(
    command: Command, starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = ["forecast", starter, "--worlds", 32, "--course", "told.yaml"]
    (tmp_path / "told.yaml").write_text("confrontation: {2027Q4: war}\n")
    assert command(*line).code == 0
    assert "nothing has changed" in command(*line).err
    (tmp_path / "told.yaml").write_text("confrontation: {2027Q4: calm}\n")
    assert "nothing has changed" not in command(*line).err


def test_courses_that_are_none_are_said(command: Command, starter: Path, tmp_path: Path) -> None:
    said = command("forecast", starter, "--course", "storm-of-2026")
    assert said.code == 2
    assert 'did you mean "storm-of-2027"?' in said.err
    file = tmp_path / "odd.yaml"
    file.write_text("confrontation:\n  2026Q1: wart\n")
    said = command("forecast", starter, "--course", file)
    assert said.code == 1
    assert 'odd.yaml:2: confrontation.2026Q1: found "wart"; allowed: calm, tense, war' in said.err


# ---------------------------------------------------------------- Kabul


def test_kabul_asks_thirty_questions_that_its_forecasts_answer() -> None:
    case = tightrope.load("kabul")
    assert len(case.questions) >= 30
    rates = {q.name: base.rate(case, q) for q in case.questions}
    assert all(0 < r.share < 1 for r in rates.values())
    assert sum(r.of > 0 for r in rates.values()) >= 30  # counted, not typed
    assert course_of(case, "course-2026").about.count("2026-02-28")


ROOT = Path(__file__).parent.parent
KEPT = {
    "2026-11-27-course-2026.csv": "baffa8f6b7f590f081d457fb8e396b7d",
    "2026-11-27.csv": "9fa8f1cfe0a400beac18e72ddb7d5ca0",
}
"""Forecasts that were made, and how their SHA-256 begins; a new one gets a line."""


def test_forecasts_that_were_made_are_as_they_were() -> None:
    files = {
        p.relative_to(ROOT / "forecasts").as_posix(): p for p in ROOT.glob("forecasts/**/*.csv")
    }
    hashes = {n: hashlib.sha256(p.read_bytes()).hexdigest()[:32] for n, p in files.items()}
    assert hashes == KEPT
    for path in files.values():
        table = read_csv(path, ("quarter", "course"))
        assert set(numbers.COLUMNS) <= set(table.columns)
        due = table[(table["kind"] == "question") & table["due"] & (table["forecast"] == "model")]
        assert len(due) >= 30
        assert table["quarter"].max() == "2027Q4"
