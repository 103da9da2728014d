"""What a claim rests on: cases whose answer is known by hand for each kind, and how errors are
controlled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_claims import chain_case, claim, setting, side
from tightrope.analyses.verdicts import basis, claims, removals, signed
from tightrope.analyses.verdicts.learnt import LEARNT, PUT_IN, SMALL, group
from tightrope.analyses.verdicts.verdict import SUPPORTED, verdict
from tightrope.case import Case, Outcome
from tightrope.case.mechanism import derived, mechanism
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import First
from tightrope.reading.signs import slopes, steps
from tiny import actor, case, instrument, number, variable

LOUD, QUIET = {"word": "loud"}, {"word": "quiet"}
X, Y, Z, W, D, SAID = (
    *(Outcome("variable", n) for n in "xyzw"),
    Outcome("derived", "din"),
    Outcome("share", "word", "loud"),
)


def make_x(word_loud: Any, up: Any) -> dict[str, Any]:
    """Loud words raise x."""
    return {"x": up * word_loud}


def pass_to_y(x: Any) -> dict[str, Any]:
    """x raises y."""
    return {"y": 2.0 * x}


def up_to_z(x: Any) -> dict[str, Any]:
    """x raises z."""
    return {"z": 4.0 * x}


def down_to_z(word_loud: Any, down: Any) -> dict[str, Any]:
    """Loud words lower z."""
    return {"z": -down * word_loud}


def either_to_w(word_loud: Any, either: Any) -> dict[str, Any]:
    """Loud words move w by a number whose sign is open."""
    return {"w": either * word_loud}


@derived(label="Din", unit="of 100")
def din(word_loud: Any, z: Any) -> Any:
    """How loud it is."""
    return 0.5 * word_loud + 0.3 * z


LOUD_RAISES = (("near", X), ("far", Y), ("both ways", Z), ("sign", W), ("formula", D))


def kinds_case(either: tuple[float, float] = (-1.0, 4.0)) -> Case:
    """Loud words against quiet ones, with one claim for each kind."""
    functions = (make_x, pass_to_y, up_to_z, down_to_z, either_to_w)
    speaker = replace(instrument("word", "speaker", ["quiet", "loud"]), usual=(0.2, 0.8))
    asked = [
        claim(name, side(what, **LOUD), side(what, **QUIET), "higher", 0.1)
        for name, what in LOUD_RAISES
    ]
    louder = claim("usual", side(SAID), side(Outcome("share", "word", "quiet")), "higher")
    nothing = claim("nothing", side(Y, **LOUD), side(Y, **LOUD), "not lower", 0.1)
    return case(
        [variable(n, "share", baseline=(0.4, 0.6), reversion=0.1, noise=0.1) for n in "xyzw"],
        [mechanism(passages=["1.1"])(f) for f in functions],
        actors=[actor("speaker", [speaker], "w", rationality=0.0, habit=1.0)],
        parameters=[number("up", 0.5, 0.6), number("down", 0.1, 0.2), number("either", *either)],
        derived=[din],
        claims=[*asked, louder, nothing],
    )


def bases_of(tiny: Case, worlds: int = 128) -> dict[str, basis.Basis]:
    here = setting(tiny, worlds)
    _, results = claims.evaluate(here, tiny.claims)
    found = basis.find(here, results, here.runs.sample.params)
    return {r.claim.id: b for r, b in zip(results, found, strict=True)}


def test_each_kind_in_a_case_whose_answer_is_known() -> None:
    found = bases_of(kinds_case())
    assert {name: b.kind for name, b in found.items()} == {
        "near": "assumed",
        "far": "composed",
        "both ways": "emergent",
        "sign": "input",
        "formula": "definitional",
        "usual": "input",
        "nothing": "definitional",
    }
    assert found["near"].breaking == ("make_x", "own passage", "everything")
    assert set(found["far"].breaking) == {"make_x", "pass_to_y", "own passage", "everything"}
    assert found["sign"].sign_of == "either"
    assert all(b.sign_of == "" for name, b in found.items() if name != "sign")


def test_the_kinds_of_a_chain() -> None:
    found = bases_of(chain_case())
    assert found["near"].kind == "assumed"
    assert found["far"].kind == "composed"
    assert found["twin"].kind == "duplicated"
    assert set(found["twin"].breaking) >= {basis.OUTRIGHT}
    assert not {"also_direct", "also_direct_again"} & set(found["twin"].breaking)
    assert found["alone"].kind == found["wrong"].kind == "not supported"


def test_a_number_of_one_sign_is_no_input() -> None:
    assert bases_of(kinds_case((1.0, 4.0)))["sign"].kind == "assumed"


def test_usual_conduct_made_even_takes_away_what_only_it_says() -> None:
    found = bases_of(kinds_case())["usual"]
    assert "usual conduct" in found.breaking
    assert verdict(found.shares["usual conduct"]) not in SUPPORTED
    assert "choice" not in found.breaking


def test_a_derived_quantity_is_switched_off_at_its_reference_value() -> None:
    """With its formula off, what moves z through it is off too."""

    def by_din(din: Any) -> dict[str, Any]:
        """Din wears y down."""
        return {"y": -din}

    tiny = kinds_case()
    more = case(
        tiny.variables,
        [*tiny.mechanisms, mechanism(passages=["1.1"])(by_din)],
        actors=tiny.actors,
        parameters=tiny.parameters,
        derived=tiny.derived,
        claims=[claim("worn", side(Y, **LOUD), side(Y, **QUIET), "lower", 0.1)],
    )
    found = bases_of(more)["worn"]
    off = found.shares
    assert off["din"] == pytest.approx(off["by_din"], abs=0.02)
    assert {"din", "by_din"} <= set(found.breaking)
    assert found.kind == "assumed", "a derived quantity on the way is no step of its own"


def test_from_a_claim_that_does_not_stand_nothing_is_removed() -> None:
    found = bases_of(chain_case())
    assert found["alone"].shares == {basis.NOTHING: (0.0, 1.0, 0.0)}
    assert found["wrong"].worlds == {basis.NOTHING: 128}
    assert found["near"].worlds["say_so"] >= removals.FIRST


@pytest.mark.parametrize(
    ("word", "kind", "sign_of", "told"),
    [
        ("holds", "emergent", "", LEARNT),
        ("leans", "composed", "", PUT_IN),
        ("holds", "definitional", "", PUT_IN),
        ("leans", "input", "either", PUT_IN),
        ("refuted", "not supported", "", LEARNT),
        ("contested", "not supported", "", LEARNT),
        ("contested", "not supported", "either", PUT_IN),
        ("leans against", "not supported", "either", PUT_IN),
        ("too small to matter", "not supported", "either", SMALL),
    ],
)
def test_what_was_learnt_is_told_from_what_was_put_in(
    word: str, kind: str, sign_of: str, told: str
) -> None:
    assert group(word, basis.Basis(kind, "", sign_of, (), (), {}, {}, ())) == told
    assert group(word, None) == ""


# ---------------------------------------------------------------- signs


RANGES = {"a": (-1.0, 2.0), "b": (0.5, 1.0), "c": (-1.0, 1.0)}


def formula(a: Any, b: Any, c: Any) -> dict[str, Any]:
    """Signs that are plain to see: of a both, of b up, of c down."""
    return {"up": b**3 - c, "square": a**2, "twist": b * c, "none": 0.0 * a + 0.0 * b + 0.0 * c}


def test_signs_of_formulas_over_whole_ranges() -> None:
    item = mechanism(passages=["1.1"])(formula)
    both, up, down, none = frozenset({-1, 1}), frozenset({1}), frozenset({-1}), frozenset()
    assert slopes(item, "a", RANGES) == {"up": none, "square": both, "twist": none, "none": none}
    assert slopes(item, "b", RANGES) == {"up": up, "square": none, "twist": both, "none": none}
    assert slopes(item, "c", RANGES) == {"up": down, "square": none, "twist": up, "none": none}


def test_signs_of_a_step_between_settings() -> None:
    """Between two ends of one side of a parabola the sign is one, over its whole range both."""
    item = mechanism(passages=["1.1"])(formula)
    found = steps(item, [{"a": 2.0}], [{"a": 0.5}], RANGES)
    assert found["square"] == {1}
    assert steps(item, [{"a": 0.5}], [{"a": -1.0}], RANGES)["square"] == {-1}
    assert steps(item, [{"a": 0.5}], [{"a": -1.0}, {"a": 0.0}], RANGES)["square"] == {-1, 1}
    together = steps(item, [{"b": 1.0, "c": 0.0}], [{"b": 0.5, "c": 1.0}], RANGES)
    assert together["up"] == {1}


def test_ways_are_products_of_signs_along_them() -> None:
    tiny = kinds_case()
    here = setting(tiny)
    testbed = claims.prepare(here, tiny.claims)
    one, other = testbed.plans[:2]
    everything = [m.name for m in tiny.mechanisms]

    def ways(outcome: Outcome, counting: Sequence[str]) -> frozenset[int]:
        return signed.ways(here.model, one, other, outcome, counting)

    assert ways(X, everything) == ways(Y, everything) == {1}
    assert ways(Z, everything) == {-1, 1}
    assert ways(Z, ["make_x", "up_to_z"]) == {1}
    assert ways(Z, ["up_to_z", "down_to_z"]) == {-1}, "nothing moves x then"
    assert ways(W, everything) == {-1, 1}


# ---------------------------------------------------------------- how sure


REMOVALS = 1000
"""Removals times looks, as on a board of some size."""


def worlds_where(share: float, count: int = 2000) -> np.ndarray:
    """So large a share of them evenly spread."""
    return np.floor(np.arange(1, count + 1) * share) > np.floor(np.arange(count) * share)


def codes(holds: np.ndarray) -> np.ndarray:
    """As argued, or else the opposite."""
    return np.where(holds, 1, -1).astype(np.int8)


def test_a_removal_breaks_where_the_verdict_falls_and_the_change_matters() -> None:
    stands, leans = worlds_where(0.95), worlds_where(0.67)
    sure = removals.RISK / REMOVALS
    falls = removals.judged(codes(stands), codes(stands & worlds_where(0.5)), REMOVALS)
    assert falls.chance < sure
    little = removals.judged(codes(leans), codes(leans & worlds_where(0.96)), REMOVALS)
    assert verdict(little.shares) == "contested"
    assert little.chance > 0.5, "two points less are no break, on whichever side of the border"
    much = removals.judged(codes(stands), codes(stands & worlds_where(0.8)), REMOVALS)
    assert much.chance > 0.5, "it leans still"
    assert much.stands
    gone = removals.judged(codes(stands), np.zeros(len(stands), np.int8), REMOVALS)
    assert gone.chance < sure, "too small to matter is no verdict that stands"
    assert gone.shares == (0.0, 1.0, 0.0)


def test_a_share_after_a_removal_is_the_verdict_s_own_where_nothing_changes() -> None:
    before = codes(worlds_where(0.8))
    seen = removals.judged(before, before[:32], REMOVALS)
    assert seen.shares.argued == (before > 0).mean()
    assert not seen.stands, "32 worlds without a change do not prove that there is none"
    assert removals.judged(before, before[:256], REMOVALS).stands


def test_holm_against_a_worked_example() -> None:
    """Holm (1979): the smallest against risk / m, the next against risk / (m - 1), until one
    fails; those after it are not found, however small their own border would let them be."""
    chances = np.array([0.01, 0.04, 0.03, 0.005])
    assert removals.holm(chances, 4, 0.05).tolist() == [True, False, False, True]
    assert removals.holm(chances, 40, 0.05).tolist() == [False] * 4
    assert removals.holm(chances[:1], 5, 0.05).tolist() == [True]
    assert removals.holm(np.zeros(0), 5, 0.05).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 20))
def test_holm_finds_no_less_than_bonferroni_and_what_is_smaller(
    drawn: list[float], more: int
) -> None:
    chances = np.array(drawn)
    family = len(chances) + more
    found = removals.holm(chances, family, 0.05)
    assert found[chances <= 0.05 / family].all()
    if found.any():
        assert (chances[~found] >= chances[found].max()).all()


def test_removals_that_do_not_break_are_rarely_said_to() -> None:
    """Twenty removals at the border itself, looked at again and again, in 200 draws: in at most
    one of twenty draws is any of them said to break (and two standard errors)."""
    wrong = sum(any_said_to_break(np.random.default_rng(seed), 0.5, 20) for seed in range(200))
    assert wrong <= 200 * removals.RISK + 2 * np.sqrt(200 * removals.RISK * (1 - removals.RISK))


def test_removals_that_break_are_found() -> None:
    found = sum(any_said_to_break(np.random.default_rng(seed), 0.3, 20) for seed in range(20))
    assert found == 20


def any_said_to_break(rng: np.random.Generator, share: float, trials: int) -> bool:
    """Whether a removal is said to break that leaves the claim as argued in so large a share."""
    worlds = 1000
    before = codes(rng.random(worlds) < 0.8)
    kept = share / 0.8
    after = np.where(rng.random((trials, worlds)) < kept, before, np.minimum(before, 0))
    pieces = removals.looks(worlds)
    waiting, broken = list(range(trials)), 0
    for piece in pieces:
        seen = [removals.judged(before, after[t, : piece.stop], trials * len(pieces))
                for t in waiting]  # fmt: skip
        chances = np.array([s.chance for s in seen])
        said = removals.holm(chances, trials - broken, removals.RISK / len(pieces))
        broken += int(said.sum())
        pairs = zip(waiting, seen, said, strict=True)
        waiting = [t for t, s, one in pairs if not one and not s.stands]
    return broken > 0


def test_looks_cover_all_worlds_once() -> None:
    for count in (1, 31, 32, 33, 64, 100, 2000):
        looks = removals.looks(count)
        assert [p.start for p in looks] == [0, *(p.stop for p in looks[:-1])]
        assert looks[-1].stop == count


def test_without_choice_is_what_the_rule_habit_gives(starter_case: Case) -> None:
    runs = Runs(compile_case(starter_case), First(3, 200), 12)
    arms = [Setting.of(runs, s.name).plan() for s in starter_case.scenarios]
    rows = list(range(len(runs.model.outcomes)))
    habit = runs.under(compile_case(starter_case, "habit"))
    free, kept = (removals.without_choice(r).paths(arms, rows) for r in (runs, habit))
    assert free == pytest.approx(kept, rel=1e-6, abs=1e-5)
    assert not np.allclose(runs.paths(arms, rows), kept)


def test_in_a_case_without_effects_hardly_any_removal_breaks() -> None:
    """Mechanisms that move the outcome alike in both arms, and a claim that is as argued by the
    drawn number alone, in seven worlds of ten: over 200 seeds, at most at the stated rate."""

    def as_drawn(word_loud: Any, shift: Any) -> Any:
        """Loud words count for as much as was drawn."""
        return 0.5 + shift * word_loud

    def alike(y: Any) -> dict[str, Any]:
        """Moves y in either arm."""
        return {"y": 0.3 * y}

    shown = derived(label="Shown", unit="of 100")(as_drawn)
    speaker = instrument("word", "speaker", ["quiet", "loud"])
    tiny = case(
        [variable("y", "share", baseline=(0.2, 0.8), reversion=0.1, noise=0.5)],
        [mechanism(passages=["1.1"])(alike)],
        actors=[actor("speaker", [speaker], "y")],
        parameters=[number("shift", -0.3, 0.7)],
        derived=[shown],
        claims=[
            claim(
                "drawn",
                side(Outcome("derived", "as_drawn"), **LOUD),
                side(Outcome("derived", "as_drawn"), **QUIET),
                "higher",
            ),
        ],
    )
    model, wrong = compile_case(tiny), 0
    for seed in range(200):
        here = Setting.of(Runs(model, First(seed, 64), 4), "base", "free")
        _, results = claims.evaluate(here, tiny.claims)
        (found,) = basis.find(here, results, here.runs.sample.params)
        wrong += bool(found.breaking)
        assert found.kind in {"definitional", "input"}
    assert wrong <= 200 * removals.RISK
