"""The engine against closed forms, and the promises that hold for any case."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tightrope.case import Arm, Case, Condition, Posture, Regime, Rule, Scenario, Span
from tightrope.case.mechanism import Mechanism, derived, mechanism
from tightrope.case.scales import SCALES
from tightrope.case.theory import herfindahl, logistic, logit
from tightrope.engine import kernel as engine
from tightrope.engine.compiling import compile_case
from tightrope.engine.model import LANES, Model
from tightrope.engine.plan import Plan, plan, without
from tightrope.engine.readings import Reading
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import First, block, draw
from tiny import HERE, actor, case, instrument, number, variable


def push(**targets: Any) -> Mechanism:
    """A mechanism of one parameter that pushes each target by a multiple of it."""

    def constant(force: Any, level: Any) -> dict[str, Any]:
        return {name: size * force * level for name, size in targets.items()}

    return mechanism(passages=["1.1"])(constant)


def held(value: Any, first: int = 1, last: int | None = None) -> tuple[Span, ...]:
    return (Span(first, last, value),)


def run64(tiny: Case, arm: Arm, worlds: int, quarters: int, **more: Any) -> Any:
    with jax.enable_x64(True):
        model = compile_case(tiny, more.pop("rule", "reactive"))
        drawn = block(tiny, 3, 0, worlds, quarters, dtype=np.float64)
        return model, engine.decompose(model, drawn, plan(tiny, arm, quarters, dtype=np.float64))


def test_linear_case_follows_its_analytic_path_and_variance() -> None:
    """z' = z + c + r (b - z) + s e: mean b + (c/r)(1 - (1-r)^q), variance s^2 (1-a^2q)/(1-a^2)."""
    start, force, r, s, quarters = 2.0, 0.3, 0.25, 0.4, 12
    tiny = case(
        [variable("y", baseline=start, reversion=r, noise=s), variable("level")],
        [push(y=1.0)],
        parameters=[number("force", force)],
    )
    _, (run, _) = run64(tiny, Arm(settings={"level": held(1.0)}), 20_000, quarters)
    path = np.asarray(run.outcomes)[:, 0]
    a, q = 1 - r, np.arange(quarters + 1)
    expected = start + force / r * (1 - a**q)
    spread = s * np.sqrt((1 - a ** (2 * q)) / (1 - a**2))
    assert path.mean(axis=1) == pytest.approx(expected, abs=4 * spread.max() / np.sqrt(20_000))
    assert path.std(axis=1)[1:] == pytest.approx(spread[1:], rel=0.02)


def test_nothing_moves_when_nothing_changes() -> None:
    tiny = case(
        [variable("y", "share", baseline=0.3), variable("level", baseline=1.0)],
        [push(y=1.0)],
        parameters=[number("force", 0.7)],
    )
    _, (run, _) = run64(tiny, Arm(), 4, 8)
    assert np.asarray(run.outcomes)[:, 0] == pytest.approx(30.0, abs=1e-9)


def test_a_push_on_a_share_is_an_addition_to_its_log_odds() -> None:
    tiny = case(
        [variable("belief", "share", baseline=0.2), variable("level")],
        [push(belief=1.0)],
        parameters=[number("force", np.log(4.0))],
    )
    _, (run, _) = run64(tiny, Arm(settings={"level": held(1.0, 1, 1)}), 2, 1)
    prior, ratio = 0.2, 4.0
    bayes = prior * ratio / (prior * ratio + (1 - prior))
    assert np.asarray(run.outcomes)[1, 0] == pytest.approx(100 * bayes)


def lively_case(lookahead: int = 3) -> Case:
    """Three kinds of variables, two actors, a regime, feedback and a derived quantity."""

    @derived(label="Spread", unit="")
    def spread(trust: Any, wealth: Any) -> Any:
        return herfindahl(trust, wealth)

    def words_move_trust(words_harsh: Any, storm_gale: Any, gain: Any) -> Any:
        """Harsh words and gales move trust."""
        return {"trust": -gain * words_harsh - 0.5 * storm_gale, "mood": gain * words_harsh}

    def trust_feeds_wealth(trust: Any, trade: Any, spread: Any, gain: Any) -> Any:
        """Trust feeds wealth."""
        return {"wealth": gain * trust * (0.5 + trade) - 0.2 * spread}

    def wealth_calms(wealth: Any) -> Any:
        """Wealth calms."""
        return {"trust": 0.2 * wealth}

    mechanisms = [
        mechanism(passages=["1.1"])(f) for f in (words_move_trust, trust_feeds_wealth, wealth_calms)
    ]
    calm = Regime(
        "storm",
        "",
        "",
        ("calm", "gale"),
        "calm",
        ((0.7, 0.3), (0.5, 0.5)),
        number("storm.escalation", -0.5, 0.5),
        HERE,
    )
    careful = Posture(
        "careful",
        "",
        "",
        {"words": held("harsh")},
        (Rule((Condition("storm", "at least", 1.0),), {"words": "soft"}),),
        HERE,
    )
    return case(
        [
            variable("trust", "share", baseline=(0.3, 0.6), reversion=(0.1, 0.3), noise=0.2),
            variable("wealth", "index", baseline=1.0, reversion=0.1, noise=0.1),
            variable("mood", baseline=0.0, reversion=0.2, noise=0.3),
        ],
        mechanisms,
        actors=[
            actor("court", [instrument("words", "court", ["soft", "harsh"])], "mood", habit=0.5),
            actor("guild", [instrument("trade", "guild", ["none", "some", "full"])], "wealth"),
        ],
        parameters=[number("gain", -1.0, 1.0)],
        derived=[spread],
        regimes=(calm,),
        scenarios=(
            Scenario("base", "", "", {}, HERE),
            Scenario("weather", "", "", {"storm": held("markov")}, HERE),
        ),
        postures=(Posture("free", "", "", {}, (), HERE), careful),
        lookahead=lookahead,
    )


LIVELY = lively_case()


def terms_by_variable(model: Model, terms: np.ndarray) -> np.ndarray:
    """Sum of a trajectory's terms for each variable; shape (T, V, W)."""
    names = [v.name for v in model.case.variables]
    total = np.zeros((terms.shape[0], len(names), terms.shape[2]))
    for t, (_, name) in enumerate(model.terms):
        total[:, names.index(name)] += terms[:, t]
    return total


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**31 - 1),
    words=st.sampled_from(["soft", "harsh", None]),
    hold=st.one_of(st.none(), st.floats(0.01, 0.99)),
    scenario=st.sampled_from(["base", "weather"]),
    posture=st.sampled_from(["free", "careful"]),
)
def test_decomposition_sums_to_the_change(
    seed: int, words: str | None, hold: float | None, scenario: str, posture: str
) -> None:
    chosen: dict[str, tuple[Span, ...]] = {}
    if words:
        chosen["words"] = held(words, 2, 4)
    if hold:
        chosen["trust"] = held(hold, 3, 5)
    arm = Arm(scenario, posture, chosen)
    with jax.enable_x64(True):
        model = compile_case(LIVELY)
        drawn = block(LIVELY, seed, 0, 8, 6, dtype=np.float64)
        run, terms = engine.decompose(model, drawn, plan(LIVELY, arm, 6, dtype=np.float64))
    shown = np.asarray(run.outcomes)
    z = np.stack([logit(shown[:, 0] / 100), np.log(shown[:, 1] / 100), shown[:, 2]], axis=1)
    assert terms_by_variable(model, np.asarray(terms)) == pytest.approx(
        np.diff(z, axis=0), abs=1e-9
    )


@settings(max_examples=20)
@given(seed=st.integers(0, 2**31 - 1), scale=st.floats(0.0, 60.0))
def test_states_stay_in_range_whatever_pushes_them(seed: int, scale: float) -> None:
    arm = Arm("weather", "free", strengths={m.name: scale for m in LIVELY.mechanisms})
    model = compile_case(LIVELY)
    run = engine.run(model, block(LIVELY, seed, 0, 16, 12), plan(LIVELY, arm, 12))
    shown = np.asarray(run.outcomes)
    assert np.isfinite(shown).all()
    assert ((shown[:, 0] > 0) & (shown[:, 0] < 100)).all()
    assert (shown[:, 1] > 0).all()
    shares = shown[:, 4:9]
    assert shares[:, :2].sum(axis=1) == pytest.approx(100.0, abs=1e-3)
    assert shares[:, 2:].sum(axis=1) == pytest.approx(100.0, abs=1e-3)


def read_trust(worlds: int, arm: Plan, seed: int = 5) -> np.ndarray:
    model = compile_case(LIVELY)
    return Runs(model, First(seed, worlds), 6).means([arm], [Reading(0, ((0, 1.0),), 1, 6)])[0]


def test_a_world_is_the_same_in_any_ensemble() -> None:
    arm = plan(LIVELY, Arm("weather"), 6)
    few, many = read_trust(100, arm), read_trust(1500, arm)
    assert few.tobytes() == many[:100].tobytes()
    late = np.asarray(block(LIVELY, 5, 1280, LANES, 6).shocks)
    whole = np.asarray(block(LIVELY, 5, 1280 - LANES, 2 * LANES, 6).shocks)
    assert late.tobytes() == np.ascontiguousarray(whole[:, :, LANES:]).tobytes()


def test_draws_are_addressed_by_index() -> None:
    whole = draw(LIVELY, 11, 0, 10_000)
    assert (draw(LIVELY, 11, 17, 1)[:, 0] == whole[:, 17]).all()
    assert (draw(LIVELY, 12, 17, 1)[:, 0] != whole[:, 17]).any()
    low, high = (np.array([getattr(p, side) for p in LIVELY.priors]) for side in ("low", "high"))
    assert (whole >= low[:, None]).all()
    assert (whole <= high[:, None]).all()


def test_equal_arms_differ_by_exactly_nothing() -> None:
    one = plan(LIVELY, Arm("weather", settings={"words": held("harsh")}), 6)
    other = plan(LIVELY, Arm("weather", settings={"words": held({"harsh": 1.0, "soft": 0.0})}), 6)
    assert one.key == other.key
    assert (read_trust(200, one) - read_trust(200, other) == 0).all()


def test_a_removed_mechanism_contributes_nothing() -> None:
    model = compile_case(LIVELY)
    arm = plan(LIVELY, Arm(settings={"words": held("harsh")}), 4)
    _, terms = engine.decompose(model, block(LIVELY, 0, 0, 8, 4), without(arm, [0]))
    rows = [t for t, (name, _) in enumerate(model.terms) if name == "words_move_trust"]
    assert len(rows) == 2
    assert (np.asarray(terms)[:, rows] == 0).all()


def test_rules_act_when_their_condition_holds_and_not_otherwise() -> None:
    model = compile_case(LIVELY)
    run = engine.run(
        model, block(LIVELY, 9, 0, 256, 10), plan(LIVELY, Arm("weather", "careful"), 10)
    )
    gale = np.asarray(run.levels)[1:, 0] == 1
    soft = np.asarray(run.outcomes)[1:, 4]
    assert gale.any()
    assert not gale.all()
    assert (soft[gale] == 100.0).all()
    assert (soft[~gale] == 0.0).all()


def test_regime_moves_at_its_transition_rates() -> None:
    still = lively_case()
    model = compile_case(still)
    run = engine.run(model, block(still, 1, 0, 20_000, 8), plan(still, Arm("weather"), 8))
    levels = np.asarray(run.levels)[:, 0]
    calm = levels[:-1] == 0
    moved_up = levels[1:][calm].mean()
    # Escalation tilts the odds of a move up by a factor between e^-0.5 and e^0.5, evenly in log.
    tilt = np.exp(np.linspace(-0.5, 0.5, 2001))
    expected = (0.3 * tilt / (0.7 + 0.3 * tilt)).mean()
    assert moved_up == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("rule", ["reactive", "equilibrium"])
def test_derivatives_agree_with_finite_differences(rule: Any) -> None:
    quarters, step = 5, 1e-6
    arm = Arm("weather", settings={"trade": held("full", 2, 3)})
    with jax.enable_x64(True):
        model = compile_case(LIVELY, rule)
        drawn = block(LIVELY, 2, 0, 16, quarters, dtype=np.float64)
        laid = plan(LIVELY, arm, quarters, dtype=np.float64)
        weights = Reading(0, ((0, 1.0), (1, -0.3), (8, 0.5)), 3, 5).weights(
            quarters, len(model.outcomes)
        )
        value, slopes = engine.gradient(model, drawn, laid, weights)
        checked = 0
        for i, prior in enumerate(LIVELY.priors):
            if prior.name == "storm.escalation":  # steers a draw: no derivative exists
                continue
            up, down = (
                engine.gradient(
                    model, drawn._replace(params=drawn.params.at[i].add(by)), laid, weights
                )[0]
                for by in (step, -step)
            )
            numeric = (np.asarray(up) - np.asarray(down)) / (2 * step)
            assert np.asarray(slopes)[i] == pytest.approx(numeric, rel=1e-5, abs=1e-6), prior.name
            checked += bool(np.abs(numeric).max() > 0)
    assert checked >= 12
    assert np.isfinite(np.asarray(value)).all()


def test_habit_plays_what_is_usual() -> None:
    model = compile_case(LIVELY, "habit")
    run = engine.run(model, block(LIVELY, 0, 0, 8, 3), plan(LIVELY, Arm(), 3))
    assert np.asarray(run.outcomes)[:, 4:6] == pytest.approx(50.0)
    assert np.asarray(run.outcomes)[:, 6:9] == pytest.approx(100 / 3, rel=1e-6)


def test_share_bounds_are_those_documented() -> None:
    assert 100 * logistic(-SCALES["share"].farthest) == pytest.approx(0.03, abs=0.01)
    assert np.exp(SCALES["index"].farthest) == pytest.approx(20, abs=0.5)
