"""Weighing worlds by the record: the closed form, and ranks on made records."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from polls import POLLS, SHIPS, recorded
from tightrope.analyses.asking import answer, tell
from tightrope.analyses.intervals import effective
from tightrope.analyses.record import evidence
from tightrope.analyses.verdicts.verdict import TESTED
from tightrope.analyses.weigh import calibration, likelihood
from tightrope.analyses.weigh.likelihood import Errors
from tightrope.analyses.weigh.numbers import CLAIMS, LOTS, Weighed, drawn
from tightrope.analyses.weigh.options import Options
from tightrope.case import Case
from tightrope.cli.folders import writes
from tightrope.engine.compiling import compile_case
from tightrope.engine.progress import no_watch
from tightrope.engine.worlds import Sample
from tightrope.errors import UseError
from tightrope.store import findings


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return recorded(tmp_path_factory.mktemp("weigh") / "harbour", POLLS, SHIPS)


def errors(points: int, own: float, shared: float, worlds: int, shock: float = 0.0) -> Errors:
    """One series: an error of each number, and a discrepancy drawn once."""
    fixed = own**2 * np.eye(points) + shared**2
    return Errors(fixed, np.eye(points), np.full((points, worlds), shock))


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.floats(0.1, 2), st.floats(0, 2))
def test_the_likelihood_is_the_library_s_normal(
    seed: int, points: int, own: float, shared: float
) -> None:
    rng = np.random.default_rng(seed)
    shocks = rng.uniform(0, 1, (points, 5))
    moved = rng.standard_normal((points, 40))
    given_ = Errors(errors(points, own, shared, 5).fixed, likelihood.correlation(moved), shocks)
    records, courses = rng.normal(size=(3, points)), rng.normal(size=(points, 5))
    found = likelihood.log_likelihood(records, courses, given_)
    for w in range(5):
        total = given_.fixed + np.diag(shocks[:, w]) @ given_.together @ np.diag(shocks[:, w])
        theirs = stats.multivariate_normal(courses[:, w], total).logpdf(records)
        assert found[:, w] == pytest.approx(theirs, rel=1e-6, abs=1e-6)


def test_weights_give_the_closed_form_of_a_linear_normal_case() -> None:
    """A level that is normal before, seen through a discrepancy drawn once and own errors."""
    points, own, shared, before = 6, 0.5, 0.7, 1.3
    levels = before * stats.norm.ppf((np.arange(40_000) + 0.5) / 40_000)
    record = np.array([0.9, 1.1, 0.4, 1.5, 1.2, 0.8])
    courses = np.tile(levels, (points, 1))
    found = likelihood.log_likelihood(record[None], courses, errors(points, own, shared, 40_000))
    weight = likelihood.weights(found)[0]
    # However many points, the discrepancy stays: the mean is seen with this variance.
    seen = shared**2 + own**2 / points
    after = 1 / (1 / before**2 + 1 / seen)
    mean = after * record.mean() / seen
    assert weight @ levels == pytest.approx(mean, rel=1e-3)
    assert weight @ (levels - weight @ levels) ** 2 == pytest.approx(after, rel=1e-3)


def test_a_discrepancy_drawn_once_is_not_worn_down_by_more_points() -> None:
    levels = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    spreads = []
    for points in (1, 100):
        courses = np.tile(levels, (points, 1))
        found = likelihood.log_likelihood(
            np.zeros((1, points)), courses, errors(points, 0.1, 1.0, 4000)
        )
        weight = likelihood.weights(found)[0]
        spreads.append(float(weight @ levels**2))
    assert spreads[1] > 0.9 * spreads[0]


def test_the_covariance_of_a_case_has_its_targets_variances(case: Case) -> None:
    aims = evidence.targets(case)
    found = likelihood.fixed_covariance(case, aims)
    assert np.diag(found) == pytest.approx([a.variance for a in aims])
    names = np.array([a.series for a in aims])
    assert (found[np.ix_(names == "polls", names == "ships")] == 0).all()
    polls = np.flatnonzero(names == "polls")
    assert found[polls[0], polls[1]] == pytest.approx(0.3**2)
    ships = np.flatnonzero(names == "ships")
    base = (np.log(105) - np.log(95)) / (2 * 1.6449)
    assert found[ships[0], ships[1]] == pytest.approx(0.1**2 + base**2)


def test_numbers_without_any_error_are_refused() -> None:
    with pytest.raises(UseError, match="`low` below `high`"):
        likelihood.log_likelihood(np.zeros((1, 2)), np.zeros((2, 1)), errors(2, 0.0, 0.3, 1))


def test_a_world_that_no_record_tells_of_keeps_its_weight() -> None:
    found = likelihood.weights(np.zeros((2, 8)))
    assert found == pytest.approx(1 / 8)
    assert effective(found[0]) == pytest.approx(8)
    assert effective(likelihood.weights(np.array([0.0, -1e6, -1e6]))) == pytest.approx(1)


# ---------------------------------------------------------------- ranks on made records

TRUTHS = 600


def of_case(case: Case, count: int) -> tuple[np.ndarray, Errors]:
    """Courses and errors of so many worlds of the record."""
    model, aims = compile_case(case), evidence.targets(case)
    sample = Sample.of(case, 0, 0, count)
    course = evidence.simulated(case, evidence.paths(evidence.past(model, sample)), aims)
    moved = evidence.moved_by_shocks(model, aims, 0)
    spread = evidence.spread_of_shocks(model, aims, 0)
    shocks = np.sqrt(evidence.shock_variance(case, sample.params, aims, spread))
    fixed = likelihood.fixed_covariance(case, aims)
    return course, Errors(fixed, likelihood.correlation(moved), shocks)


def test_ranks_on_made_records_are_uniform(case: Case) -> None:
    """Talts et al. 2018; for the mean of what each series is about."""
    courses, own = of_case(case, 500)
    quantities = np.array([courses[:16].mean(axis=0), courses[16:].mean(axis=0)])
    found = calibration.ranks(courses, own, quantities, TRUTHS, np.random.default_rng(7))
    assert found.places.shape == (2, TRUTHS)
    assert min(calibration.uniform(row) for row in found.places) > 0.01
    assert found.own.mean() < 0.5  # the test has something to tell


def test_ranks_are_uniform_where_real_shocks_made_the_record(case: Case) -> None:
    """Shocks are taken as normal; here that is near enough."""
    courses, own = of_case(case, 500)
    runs = evidence.past(compile_case(case), Sample.of(case, 0, 0, 500), calm=False)
    lived = evidence.simulated(case, evidence.paths(runs), evidence.targets(case))
    quantities = np.array([courses[:16].mean(axis=0), courses[16:].mean(axis=0)])
    found = calibration.ranks(
        courses, own, quantities, TRUTHS, np.random.default_rng(7), lived=lived
    )
    assert min(calibration.uniform(row) for row in found.places) > 0.01


@pytest.mark.parametrize("factor", [0.4, 2.5])
def test_a_wrong_size_of_errors_is_found_out(case: Case, factor: float) -> None:
    courses, own = of_case(case, 500)
    wrong = replace(own, fixed=own.fixed * factor**2, shocks=own.shocks * factor)
    quantities = courses[:16].mean(axis=0)[None]
    found = calibration.ranks(
        courses, own, quantities, TRUTHS, np.random.default_rng(7), believed=wrong
    )
    assert calibration.uniform(found.places[0]) < 1e-4


def test_leaving_out_what_points_share_is_found_out(case: Case) -> None:
    """As many independent errors would wear a discrepancy down."""
    courses, own = of_case(case, 500)
    apart = Errors(np.diag(np.diag(own.fixed)), np.eye(len(courses)), own.shocks)
    quantities = courses[:16].mean(axis=0)[None]
    found = calibration.ranks(
        courses, own, quantities, TRUTHS, np.random.default_rng(7), believed=apart
    )
    assert calibration.uniform(found.places[0]) < 1e-4


def test_ranks_are_uniform_where_the_record_tells_nothing() -> None:
    rng = np.random.default_rng(1)
    courses = np.zeros((3, 50))
    found = calibration.ranks(courses, errors(3, 1.0, 1.0, 50), rng.normal(size=(1, 50)), 2000, rng)
    assert calibration.uniform(found.places[0]) > 0.01


# ---------------------------------------------------------------- the analysis


def found(case: Case, **options: Any) -> Weighed:
    given = {"worlds": 400, "quarters": 8, "weighed": 20_000, **options}
    result: Weighed = answer("weigh", case, Options(**given), no_watch)
    return result


@pytest.fixture(scope="module")
def weighed(case: Case) -> Weighed:
    return found(case)


def test_the_record_weighs_numbers_that_it_speaks_of(weighed: Weighed) -> None:
    assert weighed.tells
    assert evidence.FEW <= weighed.effective < weighed.worlds
    by_name = weighed.numbers.set_index("number")
    assert by_name.at["trust_from_words", "beyond_chance"]
    assert not by_name.at["empire.patience", "beyond_chance"]
    assert abs(by_name.at["empire.patience", "contraction"]) < 0.2
    spread = by_name["after_sd"] ** 2 / by_name["before_sd"] ** 2
    assert (1 - spread).to_numpy() == pytest.approx(by_name["contraction"].to_numpy())


def test_claims_have_a_word_in_each_lot_of_worlds(weighed: Weighed) -> None:
    for lot in LOTS:
        shares = weighed.claims[[f"{lot}_share", f"{lot}_small", f"{lot}_opposite"]].sum(axis=1)
        assert shares.to_numpy() == pytest.approx(1)
        assert set(weighed.claims[lot]) <= set(TESTED)


def test_worlds_come_up_as_often_as_they_weigh() -> None:
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.full(50, 0.3))
    times = drawn(weights, 1000, rng)
    assert times.sum() == 1000
    assert (abs(times - 1000 * weights) < 1 + 1e-9).all()


def test_a_record_that_leaves_too_few_says_so_and_tells_nothing_else(case: Case) -> None:
    result = found(case, weighed=120)
    assert not result.tells
    told = tell(result)
    assert "Fewer than 100 say nothing" in told.words[0]
    assert result.numbers.empty
    assert result.claims.empty
    assert list(result.claims) == list(CLAIMS)
    assert [t.caption for t in told.tables] == ["Series"]
    made = findings.files(told, "tightrope weigh made-up")
    assert made["weigh-predicted.svg"].startswith("<svg")


def test_a_series_that_no_world_meets_does_not_weigh(case: Case) -> None:
    polls, ships = case.series
    absurd = replace(ships, points=tuple(
        replace(p, value=p.value * k, low=p.low * k, high=p.high * k)
        for i, p in enumerate(ships.points) for k in [50 if i > 2 else 1]
    ))  # fmt: skip
    result = found(replace(case, series=(polls, absurd)))
    assert list(result.series["misfit"]) == [False, True]
    only = found(case, series=("polls",))
    assert result.effective == pytest.approx(only.effective, rel=0.05)
    assert any("they do not weigh: ships" in s for s in tell(result).words)


def test_it_has_a_page_pictures_and_files(weighed: Weighed) -> None:
    made = findings.files(tell(weighed), "tightrope weigh made-up")
    assert "<h2" in made["weigh.html"]
    assert all(any(fnmatchcase(n, p) for p in writes("weigh")) for n in made)
    assert {n for n in made if n.endswith(".svg")} == {"weigh-predicted.svg", "weigh-ranks.svg"}
    assert "ranks are uniform" in made["weigh.md"]


def test_what_cannot_be_asked_is_refused(case: Case, starter_case: Case) -> None:
    with pytest.raises(UseError, match="has no record"):
        found(starter_case)
    with pytest.raises(UseError, match='"pols"'):
        found(case, series=("pols",))
    with pytest.raises(UseError, match="weighed: found 5; allowed: at least 100"):
        found(case, weighed=5)
