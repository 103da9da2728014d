"""Scores: closed forms, made questions with known probabilities, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scoringrules

import tightrope
from conftest import Command
from tightrope import Case
from tightrope.analyses.forecast.numbers import COLUMNS, QUANTILES, TENTHS
from tightrope.analyses.record.numbers import crps
from tightrope.analyses.score import rules
from tightrope.analyses.score.numbers import FORECASTS, Score
from tightrope.errors import UseError
from tightrope.text.table import csv_text

HEADER = "name,quarter,value,source,url,read,note\n"
MADE = 600


def lot(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def decided(shares: np.ndarray, seed: int = 1) -> np.ndarray:
    """What comes where the shares are right."""
    return (lot(seed).random(len(shares)) < shares).astype(float)


# ---------------------------------------------------------------- rules


def test_the_parts_of_a_brier_score_add_up_and_agree_with_scoringrules() -> None:
    shares = lot().random(500)
    came = decided(shares**2)
    found = rules.murphy(shares, came)
    whole = found.reliability - found.resolution + found.uncertainty + found.within
    assert whole == pytest.approx(found.brier, abs=1e-12)
    assert found.brier == pytest.approx(np.mean(scoringrules.brier_score(came, shares)))


def test_a_calibrated_forecaster_is_reliable_but_for_chance() -> None:
    shares = lot().random(40_000)
    found = rules.murphy(shares, decided(shares))
    assert found.reliability < 3 * found.chance < 0.001
    assert found.resolution == pytest.approx(1 / 12, abs=0.005)  # the variance of the shares
    assert found.brier == pytest.approx(1 / 6, abs=0.005)  # the mean of p (1 - p)


def test_chance_is_the_mean_reliability_of_right_shares() -> None:
    shares = lot().random(30)
    seen = [rules.murphy(shares, decided(shares, seed)).reliability for seed in range(400)]
    assert np.mean(seen) == pytest.approx(rules.murphy(shares, decided(shares)).chance, rel=0.1)


@pytest.mark.parametrize(("said", "truth"), [(0.9, 0.6), (0.5, 0.5), (0.2, 0.7)])
def test_one_share_for_all_has_the_closed_form(said: float, truth: float) -> None:
    came = np.arange(1000) < 1000 * truth
    found = rules.murphy(np.full(1000, said), came.astype(float))
    assert found.reliability == pytest.approx((said - truth) ** 2)
    assert found.resolution == pytest.approx(0, abs=1e-12)
    assert found.uncertainty == pytest.approx(truth * (1 - truth))
    assert found.within == pytest.approx(0, abs=1e-12)


def test_who_knows_is_scored_nothing_and_who_knows_the_opposite_one() -> None:
    came = decided(np.full(50, 0.4))
    assert rules.murphy(came, came).brier == 0.0
    assert rules.murphy(1 - came, came).brier == 1.0


def test_the_log_score_agrees_with_scoringrules_and_never_is_infinite() -> None:
    shares = 0.01 + 0.98 * lot().random(300)
    came, many = decided(shares), np.full(300, 10_000.0)
    found = rules.log_score(shares, came, many)
    assert found == pytest.approx(float(np.mean(scoringrules.log_score(came, shares))))
    none = rules.log_score(np.zeros(1), np.ones(1), np.full(1, 100.0))
    assert none == pytest.approx(-np.log(1 / 200))  # half a world of a hundred


@pytest.mark.parametrize("observed", [-3.0, 0.1, 1.7, 9.0])
def test_members_that_are_quantiles_give_nearly_the_crps(observed: float) -> None:
    members = np.quantile(lot().standard_normal(100_000), [q / 100 for q in TENTHS])
    exact = float(scoringrules.crps_normal(observed, 0.0, 1.0))
    assert crps(members, observed) == pytest.approx(exact, rel=0.05, abs=0.01)
    oracle = scoringrules.crps_ensemble(observed, members, estimator="qd")
    assert crps(members, observed) == pytest.approx(float(oracle))


# ---------------------------------------------------------------- made questions, whole


def rows(truth: np.ndarray, **more: Any) -> pd.DataFrame:
    """A forecast of made questions whose probabilities are known to the model."""
    about = {"kind": "question", "asks": "made", "quarter": "2027Q4", "due": True, "given": False,
             "effective": 500.0, "case": "made", "case_hash": "0", "start": "2025Q4",
             "course": "", "seed": 0}  # fmt: skip
    said = dict(zip(FORECASTS, (truth, np.full(len(truth), 0.5), np.full(len(truth), 0.4)),
                    strict=True))  # fmt: skip
    made = [about | {"name": f"made-{i}", "forecast": f, "share": shares[i]} | more
            for f, shares in said.items() for i in range(len(truth))]  # fmt: skip
    return pd.DataFrame(made).reindex(columns=list(COLUMNS))


def number(forecast: str, middle: float, **more: Any) -> dict[str, Any]:
    """A row of a series whose members lie evenly around a middle."""
    members = {q: middle + (at - 50) / 10 for q, at in zip(QUANTILES, TENTHS, strict=True)}
    return {"kind": "series", "name": "dues", "quarter": "2026Q2", "due": True, "given": False,
            "forecast": forecast, "low": middle - 4.5, "middle": middle, "high": middle + 4.5,
            "effective": 500.0, "course": "", **members, **more}  # fmt: skip


def put(folder: Path, day: str, table: pd.DataFrame) -> None:
    """Add a forecast, with a question of the case in it."""
    folder.mkdir(exist_ok=True)
    own = rows(np.array([0.5])).assign(name="trade-up")
    (folder / f"{day}.csv").write_text(csv_text(pd.concat([table, own])), encoding="utf-8")


def outcomes(folder: Path, came: np.ndarray, more: str = "") -> Path:
    file = folder / "outcomes.csv"
    words = ["yes" if c else "no" for c in came]
    lines = [f"made-{i},,{w},made,,2027-12-31,\n" for i, w in enumerate(words)]
    file.write_text(HEADER + "".join(lines) + more, encoding="utf-8")
    return file


def scored(case: Case, folder: Path, file: Path) -> Score:
    found = tightrope.ask("score", case, outcomes=str(file), forecasts=str(folder))
    assert isinstance(found, Score)
    return found


def test_made_questions_are_scored_as_their_probabilities_say(
    starter_case: Case, tmp_path: Path
) -> None:
    truth = lot().beta(0.5, 0.5, MADE)
    came = decided(truth)
    put(tmp_path / "kept", "2026-03-01", rows(truth))
    found = scored(starter_case, tmp_path / "kept", outcomes(tmp_path, came))
    by = found.scores.set_index("forecast")
    assert by.loc["model", "reliability"] < 3 * by.loc["model", "chance"]
    assert by.loc["model", "brier"] == pytest.approx(np.mean((truth - came) ** 2), abs=1e-6)
    assert by.loc["persistence", "brier"] == pytest.approx(0.25)
    assert by.loc["base rate", "resolution"] == pytest.approx(0, abs=1e-12)
    for other in ("persistence", "base rate"):
        assert by.loc[other, "gain"] > by.loc[other, "gain_error"] > 0
    assert found.ledger.loc[0, ["resolved", "open", "given"]].tolist() == [MADE, 1, 0]
    words = " ".join(tightrope.tell(found).words)
    assert "the model is better than persistence" in words


def test_a_model_that_only_seems_sure_is_not_called_better(
    starter_case: Case, tmp_path: Path
) -> None:
    truth = np.full(MADE, 0.5)
    sure = lot(3).choice([0.05, 0.95], MADE)
    table = rows(sure)
    put(tmp_path / "kept", "2026-03-01", table)
    found = scored(starter_case, tmp_path / "kept", outcomes(tmp_path, decided(truth)))
    by = found.scores.set_index("forecast")
    assert by.loc["model", "reliability"] == pytest.approx(0.45**2, abs=0.06)
    assert "the model is worse than persistence" in " ".join(tightrope.tell(found).words)


def test_what_the_course_decides_and_what_is_open_is_counted_and_not_scored(
    starter_case: Case, tmp_path: Path
) -> None:
    truth = np.linspace(0.1, 0.9, 10)
    table = rows(truth, course="told")
    table.loc[table["name"] == "made-3", "given"] = True
    put(tmp_path / "kept", "2026-03-01-told", table)
    file = outcomes(tmp_path, decided(truth)[:6], "made-9,,,,,,still open\n")
    found = scored(starter_case, tmp_path / "kept", file)
    assert found.ledger.loc[0, ["resolved", "open", "given"]].tolist() == [5, 5, 1]
    assert "made-3" not in set(found.questions["name"])
    assert found.scores["course"].unique().tolist() == ["told"]


def test_the_ledger_goes_by_date_and_the_later_forecast_that_knows_more_is_better(
    starter_case: Case, tmp_path: Path
) -> None:
    truth = lot().random(MADE)
    came = decided(truth)
    put(tmp_path / "kept", "2026-09-01", rows(0.5 * truth + 0.5 * came))
    put(tmp_path / "kept", "2026-03-01", rows(truth))
    found = scored(starter_case, tmp_path / "kept", outcomes(tmp_path, came))
    assert found.ledger["date"].tolist() == ["2026-03-01", "2026-09-01"]
    early, late = found.ledger["model"]
    assert late == pytest.approx(early / 4)
    assert found.ledger["persistence"].tolist() == pytest.approx([0.25, 0.25])


def test_series_are_scored_by_their_members(starter_case: Case, tmp_path: Path) -> None:
    series = [number("model", 101), number("persistence", 108), number("base rate", 90)]
    put(tmp_path / "kept", "2026-03-01", pd.concat([rows(np.array([0.3])), pd.DataFrame(series)]))
    file = outcomes(tmp_path, np.array([1]), "dues,2026Q2,102,books,,2026-08-01,\n")
    found = scored(starter_case, tmp_path / "kept", file)
    by = found.series.set_index("forecast")
    for row in series:
        members = np.array([row[q] for q in QUANTILES])
        assert by.loc[row["forecast"], "crps"] == pytest.approx(crps(members, 102))
    assert by["covered"].tolist() == [True, False, False]
    ratio = by.loc["model", "crps"] / by.loc["persistence", "crps"]
    assert found.ledger.loc[0, "crps_ratio"] == pytest.approx(ratio)


def test_without_an_answer_nothing_is_scored_and_that_is_said(
    starter_case: Case, tmp_path: Path
) -> None:
    put(tmp_path / "kept", "2026-03-01", rows(np.array([0.2, 0.8])))
    found = scored(starter_case, tmp_path / "kept", outcomes(tmp_path, np.array([])))
    told = tightrope.tell(found)
    assert told.words[0].startswith("1 forecast: 0 questions decided, 3 open")
    assert told.careful[0].startswith("Few questions are decided (0)")
    assert not told.pictures


# ---------------------------------------------------------------- what is refused

ANSWER = "made-0,,yes,made,,2027-12-31,\n"
WRONG = {
    "made-00,,yes,x,,2027-12-31,\n": '2: name: found "made-00"; allowed: trade-up, war-at-sea',
    "made-0,,maybe,x,,2027-12-31,\n": '2: value: found "maybe"; allowed: yes or no, or nothing',
    "made-0,,yes,,,2027-12-31,\n": "2: source: found nothing; allowed: where the answer can be",
    "made-0,,yes,x,,soon,\n": '2: read: found "soon"; allowed: a date such as 2026-11-24',
    "dues,2026Q2,ten,x,,2027-12-31,\n": '2: value: found "ten"; allowed: a number',
    "dues,2026Q3,10,x,,2027-12-31,\n": "2: quarter: found 2026Q3; allowed: what is forecast of du",
    "dues,spring,10,x,,2027-12-31,\n": '2: quarter: found "spring"; allowed: a quarter such as',
    ANSWER + ANSWER: "3: name: found made-0 a second time (first in line 2); allowed: each",
    "made-0,,yes\n": "2: found 3 fields (a line cut off, or a comma too many); allowed: 7",
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG.items(), ids=WRONG.values())
def test_a_mistake_in_outcomes_is_told_where_and_what_instead(
    command: Command, starter: Path, tmp_path: Path, text: str, said: str
) -> None:
    series = pd.DataFrame([number("model", 101)])
    put(tmp_path / "kept", "2026-03-01", pd.concat([rows(np.array([0.3])), series]))
    file = tmp_path / "outcomes.csv"
    file.write_text(HEADER + text, encoding="utf-8")
    done = command("score", starter, file, "--forecasts", tmp_path / "kept")
    assert done.code == 1
    assert f"outcomes.csv:{said}" in " ".join(done.err.split())


def test_folders_and_files_that_are_none_are_said(starter_case: Case, tmp_path: Path) -> None:
    file = outcomes(tmp_path, np.array([1]))
    with pytest.raises(UseError, match="allowed: a folder of forecasts"):
        scored(starter_case, tmp_path / "nowhere", file)
    (tmp_path / "kept").mkdir()
    with pytest.raises(UseError, match="found no forecast of harbour"):
        scored(starter_case, tmp_path / "kept", file)
    (tmp_path / "kept" / "2026-03-01.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UseError, match="found no column kind"):
        scored(starter_case, tmp_path / "kept", file)
    with pytest.raises(UseError, match="allowed: a CSV file that is there"):
        scored(starter_case, tmp_path / "kept", tmp_path / "none.csv")
