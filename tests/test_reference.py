"""The engine against `tests.reference.reference`: the same semantics, written twice and apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from test_engine import held, lively_case
from tests.reference import reference
from tightrope.case import Arm, Case, Condition, Goal, Posture, Quantity, Regime, Rule, Scenario
from tightrope.case.mechanism import derived, mechanism
from tightrope.engine import kernel as engine
from tightrope.engine.compiling import compile_case
from tightrope.engine.plan import plan
from tightrope.engine.worlds import Block, block
from tiny import HERE, actor, case, instrument, number, variable

QUARTERS, WORLDS = 7, 6


def chain_case(lookahead: int) -> Case:
    """Effects that take several quarters to arrive, and goals that some of them never reach.

    Of the two instruments of `crown` one is three steps from its goals and one a single step; what
    moves `echo` leads to no goal; `mill` reads a derived quantity of a derived quantity.
    """

    @derived(label="Gap", unit="", percent=False)
    def gap(grain: Any, coin: Any) -> Any:
        return grain - coin

    @derived(label="Strain", unit="")
    def strain(gap: Any, road: Any) -> Any:
        return gap * (1.0 - road)

    def taxes(levy: Any, force: Any) -> dict[str, Any]:
        return {"coin": -force * levy}

    def works(build_roads: Any, build_walls: Any, season: Any, force: Any) -> dict[str, Any]:
        return {"road": force * build_roads * season, "echo": 0.3 * build_walls}

    def carts(road: Any, coin: Any, pull: Any) -> dict[str, Any]:
        return {"grain": pull * road * (1.0 - 0.5 * coin)}

    def bread(grain: Any, storm_gale: Any, pull: Any) -> dict[str, Any]:
        return {"calm": pull * grain - 0.4 * storm_gale}

    def mill(strain: Any, trade: Any, pull: Any) -> dict[str, Any]:
        return {"coin": 0.2 * trade - pull * strain, "grain": 0.1 * trade}

    def rumour(calm: Any, echo: Any) -> dict[str, Any]:
        return {"echo": 0.5 * calm * echo}

    functions = (taxes, works, carts, bread, mill, rumour)
    gale = Regime(
        "storm",
        "",
        "",
        ("calm", "breeze", "gale"),
        "breeze",
        ((0.6, 0.3, 0.1), (0.3, 0.4, 0.3), (0.1, 0.4, 0.5)),
        number("storm.escalation", -0.5, 0.5),
        HERE,
    )
    tight = Posture(
        "tight",
        "",
        "",
        {"levy": held("high")},
        (
            Rule((Condition("coin", "below", 1.0), Condition("storm", "at most", 0.5)), LOW),
            Rule((Condition("levy", "at least", 0.5),), {"build": {"roads": 0.25, "rest": 0.75}}),
            Rule((Condition("calm", "above", 0.6),), {"build": "walls", "levy": "none"}),
        ),
        HERE,
    )
    crown = actor(
        "crown",
        [
            instrument("levy", "crown", ["none", "low", "high"]),
            instrument("build", "crown", ["rest", "roads", "walls"]),
        ],
        "calm",
        rationality=0.6,
        habit=0.4,
    )
    guild = actor("guild", [instrument("trade", "guild", ["none", "free"])], "coin", want="less")
    weights = number("crown.goal.coin", 0.2, 2.0), number("guild.goal.mood", 0.1, 0.4)
    return case(
        [
            variable("mood", baseline=0.1, reversion=0.2, noise=0.3),
            variable("coin", "index", baseline=1.0, reversion=0.1, noise=0.1),
            variable("road", "share", baseline=(0.2, 0.5), reversion=0.1, noise=0.2),
            variable("grain", "index", baseline=1.0, reversion=(0.1, 0.2), noise=0.1),
            variable("calm", "share", baseline=(0.4, 0.6), reversion=0.1, noise=0.2),
            variable("echo", "share", baseline=0.5, reversion=0.1, noise=0.1),
        ],
        [mechanism(passages=["1.1"])(f) for f in functions],
        actors=[
            replace(crown, goals=(*crown.goals, Goal("coin", "more", weights[0]))),
            replace(guild, goals=(*guild.goals, Goal("mood", "less", weights[1]))),
        ],
        parameters=[number("force", -0.8, 0.8), number("pull", -1.5, 1.5)],
        derived=[strain, gap],
        regimes=(gale,),
        quantities=(Quantity("season", "", "", "", number("season.usual", 0.4, 0.9), HERE),),
        scenarios=(
            Scenario("base", "", "", {}, HERE),
            Scenario("weather", "", "", {"storm": held("markov"), "season": held(0.2, 3, 4)}, HERE),
        ),
        postures=(Posture("free", "", "", {}, (), HERE), tight),
        lookahead=lookahead,
    )


LOW = {"levy": "low"}
CHAIN_ARMS = {
    "nothing set": Arm(),
    "weather": Arm("weather"),
    "rules": Arm("weather", "tight"),
    "an arm over rules": Arm("weather", "tight", {"build": held({"roads": 0.5, "walls": 0.5}, 3)}),
    "held for a while": Arm("weather", settings={"road": held(0.9, 2, 4), "coin": held(0.5, 5)}),
    "strengths": Arm("weather", "tight", strengths={"carts": 0.0, "mill": 2.5, "works": -1.0}),
    "to the bounds": Arm("weather", strengths={"bread": 40.0, "taxes": 40.0}),
}
LIVELY_ARMS = {
    "weather": Arm("weather"),
    "rules": Arm("weather", "careful"),
    "levels": Arm("weather", settings={"words": held("harsh", 2, 4), "trade": held("full")}),
    "held": Arm("base", "careful", {"trust": held(0.8, 2, 3), "mood": held(-1.0, 4)}),
    "strengths": Arm("weather", strengths={"words_move_trust": 3.0, "wealth_calms": 0.0}),
}


def by_reference(tiny: Case, drawn: Block, arm: Arm, outcomes: Any) -> np.ndarray:
    """Shape (T + 1, O, W)."""
    worlds = []
    for world in range(drawn.params.shape[1]):
        path = reference.simulate(tiny, *reference.draws_of(tiny, drawn, world), arm)
        worlds.append(reference.shown(path, outcomes, tiny))
    return np.moveaxis(np.array(worlds), 0, -1)


def check(tiny: Case, arm: Arm) -> None:
    with jax.enable_x64(True):
        model = compile_case(tiny)
        drawn = block(tiny, 4, 0, WORLDS, QUARTERS, dtype=np.float64)
        laid = plan(tiny, arm, QUARTERS, dtype=np.float64)
        ours = np.asarray(engine.run(model, drawn, laid).outcomes)
        kept, _ = engine.decompose(model, drawn, laid)
    theirs = by_reference(tiny, drawn, arm, model.outcomes)
    assert ours == pytest.approx(theirs, abs=1e-6)
    assert np.asarray(kept.outcomes) == pytest.approx(theirs, abs=1e-6)
    assert np.abs(np.diff(theirs, axis=0)).max() > 1.0  # something did happen


LIVELY = lively_case()
CHAINS = {lookahead: chain_case(lookahead) for lookahead in (1, 2, 4)}


@pytest.mark.parametrize("arm", LIVELY_ARMS)
def test_lively_case(arm: str) -> None:
    check(LIVELY, LIVELY_ARMS[arm])


@pytest.mark.parametrize("lookahead", CHAINS)
@pytest.mark.parametrize("arm", CHAIN_ARMS)
def test_effects_that_take_time(arm: str, lookahead: int) -> None:
    check(CHAINS[lookahead], CHAIN_ARMS[arm])


def test_the_lookahead_leaves_out_what_cannot_count() -> None:
    model = compile_case(CHAINS[4])
    names = [v.name for v in model.case.states]
    crown = [{names[i] for i in step.states} for step in model.steps[0]]
    assert crown == [
        {"coin", "road"},  # what its instruments move at once
        {"coin", "road", "grain"},  # and carts
        {"coin", "road", "grain", "calm"},  # and bread; the road still counts for coin
        {"coin", "calm"},  # its goals; echo leads to neither
    ]


@pytest.mark.parametrize("last", [0, 1, 4, QUARTERS])
def test_a_run_that_ends_early_gives_the_same_until_then(last: int) -> None:
    tiny = CHAINS[2]
    model = compile_case(tiny)
    drawn, laid = block(tiny, 4, 0, 16, QUARTERS), plan(tiny, Arm("weather"), QUARTERS)
    whole, part = (np.asarray(engine.run(model, drawn, laid, to).outcomes) for to in (None, last))
    assert part[: last + 1].tobytes() == whole[: last + 1].tobytes()
    assert not part[last + 1 :].any()


@pytest.mark.parametrize("rule", ["reactive", "equilibrium"])
def test_derivatives_run_through_the_same_numbers(rule: Any) -> None:
    tiny = CHAINS[4]
    with jax.enable_x64(True):
        model = compile_case(tiny, rule)
        drawn = block(tiny, 4, 0, WORLDS, QUARTERS, dtype=np.float64)
        laid = plan(tiny, CHAIN_ARMS["held for a while"], QUARTERS, dtype=np.float64)
        weights = np.random.default_rng(0).normal(size=(QUARTERS + 1, len(model.outcomes)))
        value, _ = engine.gradient(model, drawn, laid, weights)
        outcomes = np.asarray(engine.run(model, drawn, laid).outcomes)
    assert np.asarray(value) == pytest.approx(np.einsum("to,tow->w", weights, outcomes), abs=1e-6)


def test_derivatives_up_to_the_last_quarter_that_is_read() -> None:
    tiny = CHAINS[2]
    model = compile_case(tiny)
    drawn, laid = block(tiny, 4, 0, 16, QUARTERS), plan(tiny, Arm("weather"), QUARTERS)
    weights = np.zeros((QUARTERS + 1, len(model.outcomes)), np.float32)
    weights[2:5] = 1.0
    whole, part = (np.asarray(engine.gradient(model, drawn, laid, weights, to)[1]) for to in (7, 4))
    assert np.abs(whole).max() > 1.0
    assert part == pytest.approx(whole, rel=1e-5, abs=1e-5)
