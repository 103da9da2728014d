"""Verdicts, intervals and contrasts: what a reader of the board is promised."""

from __future__ import annotations

from typing import Any

import pytest

from tightrope.analyses import intervals
from tightrope.analyses.verdicts import claims, graph
from tightrope.case import Arm, Case, Claim, Contrast, Outcome, Part, Side, Span
from tightrope.case.mechanism import mechanism
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import First
from tiny import HERE, actor, case, instrument, number, variable


def test_interval_against_published_values() -> None:
    """Newcombe (1998), Statistics in Medicine 17, table I, Wilson's score method."""
    for hits, count, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        assert intervals.wilson(hits / count, count) == pytest.approx((low, high), abs=1e-4)


def side(outcome: Outcome, first: int = 1, last: int = 4, **arm: Any) -> Side:
    spans = {name: (Span(1, None, value),) for name, value in arm.items()}
    return Side(Arm(settings=spans), outcome, first, last)


def claim(
    name: str,
    this: Side,
    against: Side,
    expect: Any,
    margin: float = 0.5,
    minus: Contrast | None = None,
) -> Claim:
    part = Part(Contrast(this, against, 1.0), minus, expect, margin)
    return Claim(name, "1.1", name, "", (part,), HERE)


def say_so(word_loud: Any, direct: Any) -> dict[str, Any]:
    """Loud words move the near variable."""
    return {"near": direct * word_loud}


def pass_on(near: Any, onward: Any) -> dict[str, Any]:
    """The near variable moves the far one."""
    return {"far": onward * near}


def also_direct(word_loud: Any, direct: Any) -> dict[str, Any]:
    """Loud words move the twin by one way."""
    return {"twin": direct * word_loud}


def also_direct_again(word_loud: Any, direct: Any) -> dict[str, Any]:
    """Loud words move the twin by another way."""
    return {"twin": direct * word_loud}


NEAR, FAR, TWIN, ALONE = (Outcome("variable", n) for n in ("near", "far", "twin", "alone"))


def chain_case(direct: tuple[float, float] = (0.2, 0.4)) -> Case:
    mechanisms = [
        mechanism(passages=["1.1"])(f) for f in (say_so, pass_on, also_direct, also_direct_again)
    ]
    loud, quiet = {"word": "loud"}, {"word": "quiet"}
    return case(
        [
            variable(n, "share", baseline=0.5, reversion=0.1, noise=0.1)
            for n in ("near", "far", "twin", "alone")
        ],
        mechanisms,
        actors=[actor("speaker", [instrument("word", "speaker", ["quiet", "loud"])], "alone")],
        parameters=[number("direct", *direct), number("onward", 1.0)],
        claims=[
            claim("near", side(NEAR, **loud), side(NEAR, **quiet), "higher"),
            claim("far", side(FAR, **loud), side(FAR, **quiet), "higher", 0.1),
            claim("twin", side(TWIN, **loud), side(TWIN, **quiet), "higher"),
            claim("alone", side(ALONE, **loud), side(ALONE, **quiet), "higher"),
            claim("wrong", side(NEAR, **loud), side(NEAR, **quiet), "lower"),
            claim(
                "twice",
                side(NEAR, **loud),
                side(NEAR, **quiet),
                "not higher",
                0.0,
                Contrast(side(NEAR, **loud), side(NEAR, **quiet), 2.0),
            ),
        ],
    )


def setting(tiny: Case, worlds: int = 128) -> Setting:
    return Setting.of(Runs(compile_case(tiny), First(1, worlds), 4), "base", "free")


def results_of(tiny: Case, worlds: int = 128) -> dict[str, claims.Result]:
    _, results = claims.evaluate(setting(tiny, worlds), tiny.claims)
    return {r.claim.id: r for r in results}


def test_contrasts_are_paired_and_signed() -> None:
    results = results_of(chain_case())
    assert results["near"].share == 1.0
    assert results["wrong"].share == 0.0
    assert results["wrong"].shares.opposite == 1.0
    assert (results["near"].effect == results["wrong"].effect).all()
    # Nothing leads to it: common shocks make the difference exactly nothing.
    assert (results["alone"].effect == 0).all()
    assert results["alone"].verdict == "too small to matter"
    # d - 2 d = -d.
    assert results["twice"].effect == pytest.approx(-results["near"].effect)
    assert results["twice"].share == 1.0


def test_a_joint_claim_holds_where_all_its_parts_do() -> None:
    tiny = chain_case((-0.2, 0.4))
    near, far = (c.parts[0] for c in tiny.claims[:2])
    joint = Claim("joint", "1.1", "", "", (near, far), HERE)
    both = case(
        tiny.variables,
        tiny.mechanisms,
        actors=tiny.actors,
        parameters=tiny.parameters,
        claims=[*tiny.claims, joint],
    )
    results = results_of(both, 500)
    assert 0.2 < results["joint"].share < 0.9
    assert (results["joint"].holds == (results["near"].holds & results["far"].holds)).all()


def test_equal_arms_are_run_once() -> None:
    tiny = chain_case()
    testbed = claims.prepare(setting(tiny), tiny.claims)
    assert len(testbed.plans) == 2


def test_a_removal_that_cannot_reach_an_outcome_is_not_run() -> None:
    tiny = chain_case()
    model = compile_case(tiny)
    by_id = {c.id: c for c in tiny.claims}
    assert graph.reaching(model, by_id["near"]) == {"say_so"}
    assert graph.reaching(model, by_id["far"]) == {"say_so", "pass_on"}
    assert graph.reaching(model, by_id["alone"]) == set()
