"""The shipped case: complete, and able to say no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tightrope import load
from tightrope.analyses.verdicts import basis, claims
from tightrope.analyses.verdicts.claims import Result, Testbed, part_sides
from tightrope.analyses.verdicts.verdict import SUPPORTED
from tightrope.case import Arm, Case, Claim, Contrast, Outcome, Part, Side, Span
from tightrope.engine.compiling import compile_case
from tightrope.engine.plan import Plan, without
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import First
from tiny import HERE, variable

WORLDS, QUARTERS = 256, 20

PASSAGES = [
    "1.1",
    "1.2",
    "1.3",
    "1.4",
    "1.5",
    "2.1",
    "2.2",
    "2.3",
    "3.1",
    "3.2",
    "3.3",
    "4.1",
    "4.2",
    "4.3",
    "5.1",
    "5.2",
    "6.1",
    "6.2",
    "6.3",
    "7.1",
    "7.2",
    "7.3",
]


@cache
def kabul() -> Case:
    return load("kabul")


REVERSED = {"higher": "lower", "lower": "higher", "not lower": "lower", "not higher": "higher"}


def reverse(claim: Claim) -> Claim:
    """The claim with every part's expectation reversed."""
    parts = tuple(replace(p, expect=REVERSED[p.expect]) for p in claim.parts)
    return replace(claim, id=f"not-{claim.id}", parts=parts)


def setting(case: Case, worlds: int = WORLDS, quarters: int = QUARTERS) -> Setting:
    return Setting.of(Runs(compile_case(case), First(0, worlds), quarters))


@cache
def judged() -> tuple[Testbed, dict[str, Result]]:
    """All claims and all reversed claims, in the same worlds."""
    case = kabul()
    both = (*case.claims, *(reverse(c) for c in case.claims))
    testbed, results = claims.evaluate(setting(case), both)
    return testbed, {r.claim.id: r for r in results}


# ---------------------------------------------------------------- complete


def test_every_passage_has_mechanisms_and_claims() -> None:
    case = kabul()
    assert [p.id for p in case.passages] == PASSAGES
    for passage in PASSAGES:
        assert any(passage in m.passages for m in case.mechanisms), passage
        assert any(c.passage == passage for c in case.claims), passage
    assert len(case.claims) >= 33


def test_all_five_actors_choose() -> None:
    case = kabul()
    assert [a.name for a in case.actors] == ["kabul", "washington", "tehran", "region", "islamabad"]
    assert all(a.instruments and a.goals for a in case.actors)
    assert len(case.actors[0].instruments) == 6


def test_the_confrontation_is_a_markov_regime_of_four_levels() -> None:
    (regime,) = kabul().regimes
    assert regime.levels == ("relaxation", "tension", "intensified", "war")
    assert np.asarray(regime.transition).sum(axis=1) == pytest.approx(1.0)


def test_contested_ranges_hold_no_effect_and_both_signs() -> None:
    contested = [p for p in kabul().priors if p.contested]
    assert len(contested) >= 20
    assert all(p.low < 0 < p.high for p in contested)


def test_every_number_says_where_it_comes_from() -> None:
    assert all(p.sources or p.judgement for p in kabul().priors)
    assert all(p.unit and p.meaning for p in kabul().parameters)


def test_every_mechanism_says_its_sign_and_states_those_that_do_not_depend() -> None:
    for mechanism in kabul().mechanisms:
        assert mechanism.passages, mechanism.name
        assert "ign" in mechanism.about, mechanism.name
    assert sum(bool(mechanism.signs) for mechanism in kabul().mechanisms) >= 60


def test_kabul_holds_no_python() -> None:
    assert not kabul().has_python


# ---------------------------------------------------------------- able to say no


@pytest.mark.slow
def test_a_reversed_claim_gets_the_mirrored_verdict() -> None:
    _, results = judged()
    standing = 0
    for claim in kabul().claims:
        one, other = results[claim.id], results[f"not-{claim.id}"]
        assert not (one.holds & other.holds).any(), claim.id
        if len(claim.parts) == 1 and claim.parts[0].expect in ("higher", "lower"):
            assert (other.came_to == -one.came_to).all(), claim.id
            assert (one.verdict == "holds") == (other.verdict == "refuted"), claim.id
        if one.verdict == "holds":
            standing += 1
            assert other.verdict not in SUPPORTED, claim.id
        if other.verdict == "holds":
            assert one.verdict not in SUPPORTED, claim.id
    assert standing > 0


@pytest.mark.slow
def test_the_board_can_say_no() -> None:
    _, results = judged()
    verdicts = {results[c.id].verdict for c in kabul().claims}
    assert verdicts & {"contested", "leans against", "refuted"}


def says_it_by_formula(case: Case, claim: Claim) -> bool:
    """Whether an arm sets the outcome itself or what its formula is made of: no mechanism needed.

    So does a claim that compares two outcomes or two windows of one arm.
    """
    made_of = {d.name: set(d.reads) for d in case.derived}

    def parts_of(name: str) -> set[str]:
        return {name}.union(*(parts_of(inner) for inner in made_of.get(name, ())))

    for part in claim.parts:
        sides = part_sides(part)
        if len({(s.outcome, s.first, s.last) for s in sides[:2]}) > 1:
            return True
        if part.minus is None and any(
            set(s.arm.settings) & parts_of(s.outcome.name) for s in sides
        ):
            return True
    return False


def effect_claims(case: Case) -> list[Claim]:
    """Claims that something makes a difference, none of them by a formula alone."""
    return [
        c
        for c in case.claims
        if any(p.expect in ("higher", "lower") for p in c.parts) and not says_it_by_formula(case, c)
    ]


def judged_without(names: Sequence[str]) -> dict[str, Result]:
    """All claims judged with mechanisms switched off in every arm."""
    case = kabul()
    testbed, _ = judged()
    off = [i for i, m in enumerate(case.mechanisms) if m.name in names]
    plans: list[Plan] = [without(p, off) for p in testbed.plans]
    values = setting(case, 64).runs.means(plans, testbed.readings)
    return {r.claim.id: r for r in claims.judge(testbed, values)}


@pytest.mark.slow
def test_without_mechanisms_no_effect_claim_stands() -> None:
    case = kabul()
    results = judged_without([m.name for m in case.mechanisms])
    checked = effect_claims(case)
    assert len(checked) > 60
    for claim in checked:
        assert results[claim.id].verdict not in SUPPORTED, claim.id


@pytest.mark.slow
def test_with_strengths_of_either_sign_no_effect_claim_holds() -> None:
    """Strengths spread evenly around zero: whatever stood on their signs no longer does."""
    case = kabul()

    def around_zero(prior: object) -> object:
        assert hasattr(prior, "unit")
        if "per quarter" not in prior.unit:
            return prior
        top = max(abs(prior.low), abs(prior.high))
        return replace(prior, low=-top, high=top, scale="linear")

    blind = replace(case, parameters=tuple(around_zero(p) for p in case.parameters))
    _, results = claims.evaluate(setting(blind), effect_claims(blind))
    assert {r.claim.id for r in results if r.verdict == "holds"} == set()


@pytest.mark.slow
def test_a_claim_about_what_nothing_moves_is_not_supported() -> None:
    case = kabul()
    idle = replace(variable("idle", "share", baseline=0.5, reversion=0.1, noise=0.1))
    harsh, mild = (
        Side(Arm(settings={"rhetoric": (Span(1, None, v),)}), Outcome("variable", "idle"), 5, 12)
        for v in ("hostile", "restrained")
    )
    part = Part(Contrast(harsh, mild, 1.0), None, "higher", 1.0)
    claim = Claim("idle", "1.1", "Nothing moves it.", "", (part,), HERE)
    # Few mechanisms: that is enough to show it, and compiles fast.
    small = replace(
        case, variables=(*case.variables, idle), claims=(claim,), mechanisms=case.mechanisms[:8]
    )
    here = setting(small, 64, 12)
    _, results = claims.evaluate(here, (claim,))
    assert results[0].verdict == "too small to matter"
    assert (results[0].effect == 0).all()
    (found,) = basis.find(here, results, here.runs.sample.params)
    assert found.kind == "not supported"
