"""What measurements are worth: closed forms, chance, and the starter case."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tightrope
from conftest import Command
from recorded import with_record
from tightrope import Case
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.worth import numbers, regression
from tightrope.analyses.worth.numbers import Worth
from tightrope.case import Measurement, Outcome
from tightrope.errors import Place, UseError
from tightrope.starter import copy_starter

WORLDS = 4000
COLUMNS = regression.design(WORLDS)
HERE = Place("test", 1)
CROWD = "crowd-is-pleased"


def lot(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def ordered(read: np.ndarray, seed: int = 1) -> np.ndarray:
    return regression.order_of(read, lot(seed))


def measured(name: str, number: str = "", noise: float = 0.0, **more: object) -> Measurement:
    made = Measurement(name, name, "", number, None, "", 0, 0, noise, "", "", "", HERE)
    return replace(made, **more)  # type: ignore[arg-type]


# ---------------------------------------------------------------- closed forms


@pytest.mark.parametrize("noise", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("mean", [0.0, 0.7, -0.5])
def test_a_linear_normal_choice_has_the_closed_form(noise: float, mean: float) -> None:
    """One posture gives nothing, the other mean + 1.5 x; x is read with an error.

    What is expected given the reading is normal with deviation t = 1.5 / sqrt(1 + noise^2), and the
    worth is t phi(m/t) + m Phi(m/t) - max(0, m) (unit normal loss: Raiffa and Schlaifer 1961).
    """
    rng = lot()
    x = rng.standard_normal(WORLDS)
    gives = np.stack([np.zeros(WORLDS), mean + 1.5 * x + rng.standard_normal(WORLDS)])
    order = ordered(x + noise * rng.standard_normal(WORLDS))
    spread = 1.5 / np.sqrt(1 + noise**2)
    at = mean / spread
    exact = spread * stats.norm.pdf(at) + mean * stats.norm.cdf(at) - max(0.0, mean)
    found = regression.worth(regression.fitted(COLUMNS, order, gives))
    assert found == pytest.approx(exact, abs=0.05)
    other = stats.norm.cdf(-abs(at))
    assert regression.otherwise(regression.fitted(COLUMNS, order, gives)) == pytest.approx(
        other, abs=0.05
    )


@pytest.mark.parametrize("noise", [0.0, 1.0, 2.0])
def test_a_share_moves_as_the_closed_form_says(noise: float) -> None:
    """It holds where x + e > 0, both normal, and x is read with an error.

    Two worlds with the same reading have a correlation of r = 1 / (2 (1 + noise^2)) of x + e, so
    the variance of the share is P(both hold) - 1/4 = asin(r) / 2 pi (Sheppard 1899).
    """
    rng = lot()
    x = rng.standard_normal(WORLDS)
    holds = (x + rng.standard_normal(WORLDS) > 0).astype(float)
    order = ordered(x + noise * rng.standard_normal(WORLDS))
    part = regression.adjusted(regression.explained(COLUMNS, order, holds), WORLDS)
    exact = np.arcsin(1 / (2 * (1 + noise**2))) / (2 * np.pi)
    assert float(part) * holds.var() == pytest.approx(exact, rel=0.15, abs=0.002)


def test_the_regression_is_least_squares_on_the_spline() -> None:
    rng = lot()
    read, outcome = rng.random(WORLDS), rng.random(WORLDS)
    order = ordered(read)
    design = np.column_stack([np.ones(WORLDS), COLUMNS])
    theirs = design @ np.linalg.lstsq(design, outcome[order], rcond=None)[0]
    assert regression.fitted(COLUMNS, order, outcome) == pytest.approx(theirs)
    whole = ((outcome - outcome.mean()) ** 2).sum()
    left = ((outcome[order] - theirs) ** 2).sum()
    assert regression.explained(COLUMNS, order, outcome) == pytest.approx(1 - left / whole)


# ---------------------------------------------------------------- chance


def test_noise_tells_nothing_at_the_stated_rate() -> None:
    """Twenty measurements of nothing: some tells something in one case of twenty, or fewer."""
    worlds, tries, tried = 500, 200, 20
    columns, least = regression.design(worlds), regression.chance(500, 20)
    rng = lot()
    told = 0
    for _ in range(tries):
        outcome = (rng.random(worlds) < 0.3).astype(float)
        parts = [
            regression.explained(columns, rng.permutation(worlds), outcome) for _ in range(tried)
        ]
        told += max(parts) > least
    assert told <= 20
    assert told >= 2, "a bound that nothing ever passes is no bound"


def test_noise_is_worth_nothing(starter_case: Case) -> None:
    """Chance makes the raw worth of two equal postures positive; it is taken off."""
    rng = lot()
    values = rng.standard_normal((1, 2, 500))
    chosen = numbers.Choices(("vital",), values)
    orders = regression.lots(500, rng)
    raw = regression.worth(regression.fitted(regression.design(500), orders[0], values))
    assert raw[0] > 0
    read = [numbers.Read(measured(str(i)), rng.permutation(500), 0.0) for i in range(20)]
    case = replace(starter_case, objectives=())
    found = numbers.of_postures(case, chosen, read, orders)
    assert (found["worth"] == 0).all()
    assert (found["otherwise"] == 0).all()
    assert found["by_chance"].iloc[0] > 0


def test_what_is_read_worse_is_worth_less(starter_case: Case) -> None:
    """The same error drawn larger and larger."""
    noise = [0.0, 0.03, 0.1, 0.3, 1.0, 10.0]
    case = replace(
        starter_case,
        measurements=tuple(measured("crowd", "applause", n, label=str(n)) for n in noise),
    )
    found = [
        tightrope.ask("worth", replace(case, measurements=(m,)), worlds=600, claim=[CROWD])
        for m in case.measurements
    ]
    moves = [float(w.verdicts["moves"].iloc[0]) for w in found]
    worth = [w.postures.set_index("objective")["worth"]["cohesion"] for w in found]
    signal = [w.measurements["signal"].iloc[0] for w in found]
    for sizes in (moves, worth, signal):
        assert all(a >= b for a, b in itertools.pairwise(sizes)), sizes
        assert sizes[0] > 0
        assert sizes[-1] == pytest.approx(0, abs=1e-3)
    assert signal[1] == pytest.approx((0.3**2 / 12) / (0.3**2 / 12 + 0.03**2), rel=0.02)


def test_a_number_that_only_seems_to_matter_is_not_named() -> None:
    """Few Sobol points of many dimensions tie numbers together that are drawn apart."""
    rng = lot()
    cause = rng.random(WORLDS)
    tied = np.where(rng.random(WORLDS) < 0.8, np.abs(2 * cause - 1), rng.random(WORLDS))
    other = rng.random(WORLDS)
    outcome = (2 * cause - 1) ** 2 + 0.1 * other + 0.05 * rng.standard_normal(WORLDS)
    alone = regression.explained(COLUMNS, ordered(tied), outcome)
    assert alone > 20 * regression.chance(WORLDS, 3), "taken alone it seems to matter"
    splines = np.stack([regression.along(COLUMNS, ordered(x)) for x in (tied, cause, other)])
    found = regression.parts(splines, outcome, 3)
    assert list(found) == [1, 2]
    assert found[2] == pytest.approx(0.1 * (other - 0.5), abs=0.02)


def test_part_of_cases_that_change_is_told_beyond_chance() -> None:
    assert regression.beyond(0.4, 0.4) == 0
    assert regression.beyond(0.3, 0.4) == 0
    assert regression.beyond(1.0, 0.4) == 1
    assert regression.beyond(0.7, 0.4) == pytest.approx(0.5)
    assert regression.beyond(0.25, 0.0) == 0.25


def test_equal_readings_are_ordered_by_lot() -> None:
    order = regression.order_of(np.zeros(100), lot())
    assert sorted(order) == list(range(100))
    assert (order != np.arange(100)).any()


# ---------------------------------------------------------------- verdicts


def result(case: Case, holds: np.ndarray) -> Result:
    came_to = np.where(holds, 1, -1).astype(np.int8)
    return Result(case.claims[0], holds[None].astype(float), came_to, 0)


def test_a_verdict_among_some_worlds_is_that_of_those_worlds(starter_case: Case) -> None:
    holds = np.arange(100) < 60
    whole = result(starter_case, holds)
    part = whole.among(np.arange(50))
    assert (whole.share, part.share) == (0.6, 1.0)
    assert (whole.verdict, part.verdict) == ("contested", "holds")
    assert part.holds.all()
    assert len(part.effect) == 50
    assert whole.among(~holds).verdict == "refuted"


def test_a_reading_that_settles_a_claim_changes_its_word_in_all_cases(starter_case: Case) -> None:
    rng = lot()
    x = rng.random(WORLDS)
    claim = result(starter_case, x < 0.6)
    read = [numbers.Read(measured("x"), ordered(x), 1.0),
            numbers.Read(measured("nothing"), rng.permutation(WORLDS), 0.0)]  # fmt: skip
    found = numbers.of_verdicts([claim], read, regression.lots(WORLDS, rng))
    sure, none = (found[found["measurement"] == m].iloc[0] for m in ("x", "nothing"))
    assert sure["tells"]
    assert sure["changes"] == 1.0
    assert sure["moves"] == pytest.approx(100 * np.sqrt(0.6 * 0.4), rel=0.06)
    assert sure["wrong"] == pytest.approx(0.4, abs=0.01)
    assert sure["wrong_after"] < 0.08  # a spline rounds the step
    assert not none["tells"]
    assert (none["moves"], none["changes"], none["wrong_after"]) == (0, 0, none["wrong"])


@pytest.mark.parametrize(
    ("share", "near"), [(0.5, False), (0.66, True), (0.35, True), (0.8, False)]
)
def test_near_a_border(starter_case: Case, share: float, near: bool) -> None:
    rng = lot()
    claim = result(starter_case, rng.permutation(WORLDS) < share * WORLDS)
    read = [numbers.Read(measured("nothing"), rng.permutation(WORLDS), 0.0)]
    found = numbers.of_verdicts([claim], read, regression.lots(WORLDS, rng))
    assert bool(found["near"].iloc[0]) is near


# ---------------------------------------------------------------- the starter


@pytest.fixture(scope="module")
def worth(starter_case: Case) -> Worth:
    return tightrope.ask("worth", starter_case, worlds=600)


def test_what_the_crowd_does_is_asked_of_the_crowd(worth: Worth) -> None:
    """The claim hangs on `applause` alone, which one measurement reads."""
    rows = worth.verdicts.set_index(["claim", "measurement"])
    assert rows.loc[("crowd-is-pleased", "crowd-at-speeches"), "moves"] > 35
    assert not rows.loc[("crowd-is-pleased", "harbour-dues"), "tells"]
    best = worth.postures[worth.postures["worth"] > 0]
    assert set(best["objective"]) == {"cohesion"}
    assert set(best["measurement"]) == {"crowd-at-speeches"}
    assert (worth.postures["worth"] <= worth.postures["perfect"] + 1e-9).all()


def test_without_measurements_every_number_is_looked_at(starter_case: Case) -> None:
    bare = replace(starter_case, measurements=())
    found = tightrope.ask("worth", bare, worlds=400, claim=[CROWD])
    free = {p.name for p in bare.priors if not p.fixed}
    assert set(found.measurements["measurement"]) == free
    assert (found.measurements["signal"] == 1).all()
    top = found.verdicts.sort_values("moves").iloc[-1]
    assert top["measurement"] == "applause"
    assert found.verdicts["tells"].sum() == 1


def test_numbers_beside_measurements_when_asked_for(starter_case: Case) -> None:
    one = tightrope.ask("worth", starter_case, worlds=100, measurement=["applause", "harbour-dues"])
    assert list(one.measurements["measurement"]) == ["applause", "harbour-dues"]
    both = tightrope.ask("worth", starter_case, worlds=100, inputs=True)
    assert {"applause", "harbour-dues"} < set(both.measurements["measurement"])


def test_a_number_that_is_set_is_not_worth_asking_for(starter: Path) -> None:
    case = tightrope.load(starter, settings=["applause=0.1"])
    found = tightrope.ask(
        "worth", case, worlds=100, claim=[CROWD], measurement=["crowd-at-speeches"]
    )
    assert found.measurements["signal"].iloc[0] == 0
    assert not found.verdicts["tells"].any()


def test_shares_are_those_of_the_board(starter_case: Case, worth: Worth) -> None:
    board = tightrope.assess(
        starter_case, worlds=600, with_basis=False, with_boxes=False, with_scenarios=False
    )
    own = board.claims[board.claims["verdict"] != "not tested"].set_index("claim")["share"]
    found = worth.verdicts.drop_duplicates("claim").set_index("claim")["share"]
    pd.testing.assert_series_equal(found, own.loc[found.index])


def test_a_series_is_read_with_the_error_of_the_record(tmp_path: Path) -> None:
    folder = copy_starter(tmp_path / "harbour")
    with_record(folder)
    case = tightrope.load(folder)
    series = case.series[0]
    text = (
        f"next:\n  label: Carried on\n  says: The series goes on.\n  series: {series.name}\n"
        "  over: 4\n  judgement: Its own.\n  source: The port.\n  cost: None.\n"
    )
    (folder / "measurements.yaml").write_text(text)
    (one,) = tightrope.load(folder).measurements
    assert (one.noise, one.series) == (series.error, series.name)
    assert one.outcome == Outcome("variable", series.stands_for)
    found = tightrope.ask("worth", tightrope.load(folder), worlds=100, use_record=False)
    assert found.measurements["reads"].iloc[0] == f"series {series.name}"
    assert 0 < found.measurements["signal"].iloc[0] < 1


def test_what_looks_further_than_the_run_is_said(starter_case: Case) -> None:
    found = tightrope.ask("worth", starter_case, worlds=100, quarters=4, claim=[CROWD])
    assert found.left_out == ()
    late = replace(starter_case.measurements[2], first=9, last=9)
    case = replace(starter_case, measurements=(late,))
    found = tightrope.ask("worth", case, worlds=100, quarters=8)
    assert found.left_out == ("Harbour dues paid",)
    said = tightrope.tell(found)
    assert "Left out" in " ".join(said.careful)
    assert said.words[0].startswith("There is nothing to measure")


@pytest.mark.parametrize("part", ["objectives", "postures"])
def test_without_a_choice_only_verdicts_are_looked_at(starter_case: Case, part: str) -> None:
    case = replace(
        starter_case, **{part: getattr(starter_case, part)[: 0 if part == "objectives" else 1]}
    )
    found = tightrope.ask("worth", case, worlds=100, claim=[CROWD])
    assert found.postures.empty
    assert "no choice of posture" in " ".join(tightrope.tell(found).words)
    assert len(found.verdicts) == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"worlds": 50}, "worlds: found 50; allowed: at least 100"),
        ({"quarters": 3}, "quarters: found 3; allowed: at least 4"),
        ({"claim": ["crowd-is-pleasd"]}, 'did you mean "crowd-is-pleased"'),
        ({"measurement": ["harbor-dues"]}, 'did you mean "harbour-dues"'),
        ({"rule": "habits"}, 'did you mean "habit"'),
    ],
)
def test_what_cannot_be_asked_is_said(
    starter_case: Case, options: dict[str, object], said: str
) -> None:
    with pytest.raises(UseError, match=said):
        tightrope.ask("worth", starter_case, **options)


def test_the_command_writes_its_files(command: Command, starter: Path, tmp_path: Path) -> None:
    given = ("worth", starter, "--worlds", 400, "--out", tmp_path / "out")
    said = command(*given)
    assert said.code == 0, said.err
    assert "What harsh words do to the crowd" in said.out
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"worth.html", "worth.md", "verdicts.csv", "postures.csv", "measurements.csv",
            "worth-verdicts.svg", "worth-postures.svg"} <= names  # fmt: skip
    read = json.loads(command(*given, "--json").out)
    assert {"finding", "careful", "verdicts", "postures", "measurements"} == set(read)
    assert len(read["measurements"]) == 3
