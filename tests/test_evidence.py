"""Ruling out by the record: truths are kept, the impossible is shown, the future stays out."""

from __future__ import annotations

import io
import itertools
import json
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from polls import POLLS, QUARTERS, SHIPS, recorded
from tightrope import load
from tightrope.analyses import analysis
from tightrope.analyses.record import charts as record_charts
from tightrope.analyses.record import evidence, options, words
from tightrope.analyses.record import numbers as hindcast
from tightrope.case import Case, Series
from tightrope.case.record import NINETY
from tightrope.cli.folders import writes
from tightrope.engine.compiling import compile_case
from tightrope.engine.worlds import Sample, block
from tightrope.errors import UseError
from tightrope.starter import copy_starter
from tightrope.store import findings
from tightrope.text import plain


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return recorded(tmp_path_factory.mktemp("record") / "harbour", POLLS, SHIPS)


def test_the_cutoff_keeps_a_true_world_at_the_nominal_rate() -> None:
    rng = np.random.default_rng(0)
    for count in (1, 10, 60):
        worst = np.abs(rng.standard_normal((count, 20_000))).max(axis=0)
        assert (worst <= evidence.cutoff(count)).mean() == pytest.approx(0.95, abs=0.01)


def test_targets_are_on_the_additive_scale_with_all_their_errors(case: Case) -> None:
    first, *_ = evidence.targets(case)
    logit = np.log(46 / 54)
    spread = (np.log(50 / 50) - np.log(42 / 58)) / (2 * NINETY)
    assert first.value == pytest.approx(logit)
    assert first.variance == pytest.approx(spread**2 + 0.3**2)
    change = next(a for a in evidence.targets(case) if a.series == "ships")
    assert change.base == (1, 1)
    assert change.value == pytest.approx(np.log(99 / 100))


def test_a_path_starts_where_the_history_says(case: Case) -> None:
    path = evidence.paths(evidence.past(compile_case(case), Sample.of(case, 0, 0, 64)))
    assert path.shape == (2, 17, 64)
    assert path[0, 0] == pytest.approx(0.0, abs=1e-5)  # the log-odds of one half


def test_a_chosen_world_is_the_same_world(case: Case) -> None:
    chosen = Sample.of(case, 3, 0, 500).pick(np.array([17, 401]))
    alone = block(case, 3, 401, 1, 6)
    both = chosen.block(case, 6)
    assert np.array_equal(both.params[:, 1], alone.params[:, 0])
    assert np.array_equal(both.shocks[:, :, 1], alone.shocks[:, :, 0])


def test_worlds_that_do_not_look_like_the_record_go(case: Case) -> None:
    found = evidence.match(compile_case(case), seed=0, tested=2000, enough=2000)
    assert 0 < len(found.kept.indices) < 2000
    assert found.misfits == ()
    moved = found.priors.iloc[0]
    assert moved["shift"] > 0.1
    by_name = found.priors.set_index("parameter")["shift"]
    # What the polls speak of is narrowed more than what nothing in the record depends on.
    assert by_name["trust_from_words"] > by_name["empire.patience"]


def test_a_series_that_no_world_meets_is_shown_and_set_aside(case: Case) -> None:
    polls, ships = case.series
    absurd = replace(
        ships,
        points=tuple(
            replace(p, value=p.value * 50, low=p.low * 50, high=p.high * 50) if i > 2 else p
            for i, p in enumerate(ships.points)
        ),
    )
    broken = replace(case, series=(polls, absurd))
    found = evidence.match(compile_case(broken), seed=0, tested=1000, enough=1000)
    assert found.misfits == ("ships",)
    assert len(found.kept.indices) > 0


def with_future(case: Case, after: str, factor: float) -> Case:
    def changed(series: Series) -> Series:
        points = tuple(
            replace(p, value=p.value * factor, low=p.low * factor, high=p.high * factor)
            if p.quarter > after
            else p
            for p in series.points
        )
        return replace(series, points=points)

    return replace(case, series=tuple(changed(s) for s in case.series))


def test_an_absurd_future_changes_no_matching_and_no_forecast(case: Case) -> None:
    cutoff = "2023Q4"
    found = []
    for one in (case, with_future(case, cutoff, 0.1)):
        model = compile_case(one)
        kept = evidence.match(model, seed=0, until=cutoff, tested=1000, enough=1000).kept
        table = hindcast.hindcast(model, [cutoff], seed=0, members=400)
        found.append((kept.indices, table))
    (indices, table), (other_indices, other_table) = found
    assert np.array_equal(indices, other_indices)
    forecast = ["cutoff", "series", "quarter", "ahead", "forecast"]
    assert table[forecast].equals(other_table[forecast])
    # The observed number's own interval is added to the model's spread; middles stay put.
    ours, theirs = (t.loc[t["forecast"] == "persistence", "middle"] for t in (table, other_table))
    assert np.allclose(ours, theirs)
    assert not np.allclose(table["observed"], other_table["observed"])


def test_scores_are_the_library_s_and_those_of_the_closed_form() -> None:
    rng = np.random.default_rng(1)
    members = rng.normal(0.5, 2.0, 200_000)
    scored = hindcast._scored("c", "s", "q", 1, "model", members, 1.7, 0.0)
    crps = dict(zip(hindcast.COLUMNS, scored, strict=True))["crps"]
    z = (1.7 - 0.5) / 2.0
    normal = stats.norm
    closed = 2.0 * (z * (2 * normal.cdf(z) - 1) + 2 * normal.pdf(z) - 1 / np.sqrt(np.pi))
    assert crps == pytest.approx(closed, rel=0.01)
    assert crps == pytest.approx(float(scoringrules.crps_ensemble(1.7, members)), rel=1e-6)


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
def test_the_score_of_an_ensemble_is_the_library_s_to_the_last_digits(count: int) -> None:
    rng = np.random.default_rng(count)
    for observed in (-3.0, 0.1, 9.0):
        members = rng.normal(0.5, 2.0, count).round(1)  # with ties
        own = hindcast.crps(members, observed)
        assert own == pytest.approx(float(scoringrules.crps_ensemble(observed, members)), rel=1e-12)
        pairs = np.abs(members[:, None] - members).mean() / 2.0
        assert own == pytest.approx(np.abs(members - observed).mean() - pairs, rel=1e-12)


def test_skill_by_hand() -> None:
    rows = [
        ("c", "s", q, 1, name, 1.0, 1.0, 0.0, 2.0, crps, True, 1.0)
        for q in ("2024Q1", "2024Q2")
        for name, crps in zip(hindcast.FORECASTS, (0.2, 0.3, 0.1, 0.4, 0.5), strict=True)
    ]
    table = hindcast.scores(pd.DataFrame(rows, columns=list(hindcast.COLUMNS)))
    skill = table.set_index("forecast")["skill"]
    assert skill["model"] == pytest.approx(0.5)
    assert skill["persistence"] == 0.0
    assert skill["drift"] == pytest.approx(-0.25)
    assert skill["null"] == pytest.approx(0.25)


def ended_elsewhere(case: Case) -> Case:
    """The same, but it is judged that trust is higher at the record's end than it was ever."""
    first, *others = case.variables
    assert first.name == "trust"
    judged = replace(first, baseline=replace(first.baseline, low=0.85, high=0.95))
    return replace(case, variables=(judged, *others))


def test_a_forecast_does_not_know_where_things_stood_at_the_end(case: Case) -> None:
    """Only hindsight does, which is shown so that its part in a score can be seen."""
    tables = [
        hindcast.hindcast(compile_case(one), ["2023Q4"], seed=0, members=200)
        for one in (case, ended_elsewhere(case))
    ]
    (told, others), (told_too, others_too) = (
        [t[t["forecast"] == name]["middle"].to_numpy() for name in ("hindsight", "model")]
        for t in tables
    )
    np.testing.assert_array_equal(others, others_too)
    assert np.abs(told - told_too).max() > 0.1


def test_without_mechanisms_nothing_moves_but_by_chance(case: Case) -> None:
    known = evidence.Known(end=False, mechanisms=False)
    sample = evidence.knowing(case, Sample.of(case, 0, 0, 64), known)
    model = compile_case(case)
    still = evidence.paths(evidence.past(model, sample), known=known)
    np.testing.assert_allclose(still, np.broadcast_to(still[:, :1], still.shape), atol=1e-4)
    moved = evidence.paths(evidence.past(model, sample), known=evidence.Known(end=False))
    assert np.ptp(moved[0], axis=0).min() > 0.01
    shaken = evidence.paths(evidence.past(model, sample, calm=False), known=known)
    assert shaken[0, -1].std() > 0.1
    moved_by_chance = (shaken - still)[0, -1]
    assert abs(moved_by_chance.mean()) < 3 * moved_by_chance.std() / 8


def scored(errors: dict[str, float], points: int = 6) -> pd.DataFrame:
    """Scores of one series from one cut-off, by forecast."""
    rows = [("2023Q4", "polls", name, crps, 1.0, 1.0, points) for name, crps in errors.items()]
    columns = ["cutoff", "series", "forecast", "crps", "coverage", "direction", "points"]
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize(
    ("null", "points", "said"),
    [
        (0.20, 6, "Here they add something. They lower the error (CRPS) on polls (0.100 against"),
        (0.05, 6, "Here they add nothing. They raise it on polls (0.100 against 0.050)."),
        (0.101, 6, "add nothing. They make no difference to speak of on polls (0.100 against"),
        (0.20, 4, "Here they add nothing. Fewer than 5 forecasts say nothing on polls"),
    ],
)
def test_whether_mechanisms_add_anything_is_said(
    case: Case, null: float, points: int, said: str
) -> None:
    errors = {"model": 0.1, "null": null, "hindsight": 0.1, "persistence": 0.1, "drift": 0.09}
    found = hindcast.Hindcast(
        case,
        ("2023Q4",),
        pd.DataFrame(),
        scored(errors, points),
        None,  # type: ignore[arg-type]
    )
    sentences = words.sentences(found)
    assert said in sentences[0]
    few = points < hindcast.ENOUGH
    drift = "Drift beats the model on polls (0.100 against 0.090); the model beats it nowhere."
    assert (drift in sentences) == (not few)
    assert not any("hindsight" in s or "Told where" in s for s in sentences)
    better = replace(found, scores=scored({**errors, "hindsight": 0.05}, points))
    assert any("Told where" in s for s in words.sentences(better)) == (not few)


def test_records_made_by_known_worlds_keep_them(case: Case) -> None:
    found = hindcast.calibrate(compile_case(case), seed=0, truths=200, candidates=400)
    error = np.sqrt(0.95 * 0.05 / 200)
    assert found.kept >= 0.95 - 3 * error
    assert found.kept_others < found.kept
    assert found.signs_after >= found.signs_before - 1 / 200, "more than one record in 200 worse"


def test_a_cutoff_outside_the_record_is_refused(case: Case) -> None:
    with pytest.raises(UseError, match="outside the record"):
        hindcast.hindcast(compile_case(case), ["2030Q1"], seed=0)


@pytest.mark.parametrize(
    ("cutoff", "said"),
    [
        ("2030Q1", 'cut-off "2030Q1" is outside the record; allowed: quarters after 2021Q4 and'),
        ("2021Q4", "outside the record"),
        ("2024", 'cut-off: found "2024"; allowed: a quarter, such as 2024Q2'),
        ("2024Q5", 'cut-off: found "2024Q5"'),
    ],
)
def test_a_bad_cutoff_is_refused_before_any_work(case: Case, cutoff: str, said: str) -> None:
    with pytest.raises(UseError, match=said):
        analysis.check("hindcast", case, options.Options(cutoff=("2023Q4", cutoff)))


def test_a_cutoff_before_all_that_is_observed_is_refused(case: Case) -> None:
    late = tuple(replace(s, points=s.points[6:]) for s in case.series)
    with pytest.raises(UseError, match='cut-off "2022Q4": found no observation up to it'):
        options.cutoffs_of(replace(case, series=late), ["2022Q4"])
    for cutoff in QUARTERS[:-1]:  # the light question and the matching's own agree
        for own in (case, replace(case, series=late)):
            aims = evidence.targets(own, cutoff)
            assert bool(aims) == options._matched(own, cutoff)


def test_a_case_without_a_record_says_so(tmp_path: Path) -> None:
    copy_starter(tmp_path / "harbour")
    bare = load(tmp_path / "harbour")
    with pytest.raises(UseError, match="has no record"):
        evidence.match(compile_case(bare), seed=0)
    with pytest.raises(UseError, match="has no record"):
        analysis.check("hindcast", bare, options.Options())


def test_the_kabul_record_covers_what_it_should() -> None:
    case = load("kabul")
    used = {s.name: [p for p in s.points if p.used] for s in case.series}
    assert len(case.series) >= 12
    quarterly = [n for n, points in used.items() if sum("Q" in p.quarter for p in points) >= 3]
    assert len(quarterly) >= 6
    assert all(p.source for s in case.series for p in s.points)
    assert max(p.quarter for s in case.series for p in s.points) <= "2025Q4"


def test_the_autoregression_is_that_of_least_squares() -> None:
    rng = np.random.default_rng(3)
    values = [1.0]
    for _ in range(300):
        values.append(0.4 + 0.7 * values[-1] + 0.1 * rng.standard_normal())
    pairs = list(itertools.pairwise(values))
    fitted = hindcast._autoregression(pairs)
    assert fitted is not None
    mean, slope, spread = fitted
    line = stats.linregress(*zip(*pairs, strict=True))
    assert slope == pytest.approx(line.slope)
    assert mean == pytest.approx(line.intercept / (1 - line.slope))
    assert spread == pytest.approx(0.1, rel=0.1)
    far = hindcast._reverted(fitted, 5.0, 60, rng.standard_normal(20_000))
    assert far.mean() == pytest.approx(mean, abs=0.01)
    assert far.std() == pytest.approx(spread / np.sqrt(1 - slope**2), rel=0.03)


def test_no_autoregression_for_short_series_or_walks() -> None:
    short = [(float(i), float(i) + 1) for i in range(hindcast.LONG_ENOUGH - 1)]
    assert hindcast._autoregression(short) is None
    growing = [(1.1**i, 1.1 ** (i + 1)) for i in range(20)]
    assert hindcast._autoregression(growing) is None


def test_true_worlds_are_kept_at_every_nominal_rate(case: Case) -> None:
    curve = hindcast.calibrate(compile_case(case), seed=1, truths=200, candidates=400).curve
    rate, kept = curve["rate"], curve["kept"]
    assert (kept >= rate - 3 * np.sqrt(rate * (1 - rate) / 200)).all()
    assert kept.is_monotonic_increasing
    assert (curve["others"] <= kept).all()


def test_the_hindcast_has_a_page_pictures_and_tables(case: Case) -> None:
    found = hindcast.run(case, ["2023Q4"], seed=0)
    made = findings.files(words.tell(found), "tightrope hindcast made-up")
    assert "Does the method find the truth" in made["hindcast.md"]
    for sentence in (*words.sentences(found), words.calibration_words(found.calibration)):
        assert plain.inline(sentence) in made["hindcast.md"]
    assert "<h2" in made["hindcast.html"]
    assert all(any(fnmatchcase(n, p) for p in writes("hindcast")) for n in made)
    shown = {n for n in made if n.endswith(".svg")}
    assert shown == {f"{n}.svg" for n in record_charts.of_hindcast(found)}
    for name in shown:
        assert made[name].startswith("<svg")
        assert name in made["hindcast.md"]
    table = pd.read_csv(io.StringIO(made["scores.csv"]))
    assert set(table["forecast"]) >= {"model", "persistence", "drift"}
    settings = json.loads(made["run.json"])
    assert settings["kept"] == pytest.approx(found.calibration.kept)


def test_a_hindcast_that_can_forecast_nothing_says_so(case: Case) -> None:
    short = tuple(replace(s, points=s.points[:4]) for s in case.series)
    found = words.tell(hindcast.run(replace(case, series=short), ["2023Q4"], seed=0))
    assert found.words[0] == "No series could be forecast from any cut-off."
    assert "up to 2023Q4; later" in found.about
    assert not found.tables[0].rows
    assert findings.files(found, "c")["hindcast-scores.svg"].startswith("<svg")


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.floats(0.1, 0.9))
def test_how_far_a_number_moved_is_the_library_s_distance(
    seed: int, count: int, share: float
) -> None:
    """Also with values that are alike."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 20, count).astype(np.float32)
    chosen = rng.random(count) < share
    if chosen.any():
        theirs = stats.ks_2samp(values, values[chosen], method="asymp").statistic
        assert evidence._distance(values, chosen) == pytest.approx(theirs, abs=1e-12)
