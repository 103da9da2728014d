"""A number that is none stops every analysis, and is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tightrope.analyses.verdicts import simulating
from tightrope.case import Arm, Case, Span
from tightrope.case.mechanism import Mechanism, derived, mechanism
from tightrope.engine import kernel as engine
from tightrope.engine.compiling import compile_case
from tightrope.engine.plan import plan, without
from tightrope.engine.readings import Reading
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import First, block
from tightrope.errors import CaseError
from tiny import actor, case, instrument, number, variable

QUARTERS = 6


def made(function: Callable[..., Any]) -> Mechanism:
    return mechanism(passages=["1.1"])(function)


MEAN = [Reading(0, ((0, 1.0),), 1, 2)]


def root(x: Any) -> dict[str, Any]:
    return {"y": 0.0 * x**0.5}


def pole(x: Any) -> dict[str, Any]:
    return {"y": 1.0 / (x - x)}


def down(x: Any) -> dict[str, Any]:
    return {"x": -1.0 + 0.0 * x}


def warm(x: Any) -> dict[str, Any]:
    return {"x": 0.1 * x}


def sharp(choice_yes: Any) -> dict[str, Any]:
    return {"x": 1.0 / (1.0 - choice_yes)}


@derived(label="Depth", unit="m", percent=False)
def depth(x: Any) -> Any:
    return x**0.5


def x_and_y(**more: Any) -> list[Any]:
    return [variable("x", "real", noise=more.get("noise", 0.0)), variable("y", "share", 0.5)]


def said(tiny: Case, arm: Arm | None = None) -> str:
    model = compile_case(tiny)
    drawn = block(tiny, 0, 0, 16, QUARTERS)
    with pytest.raises(CaseError) as caught:
        engine.run(model, drawn, plan(tiny, arm or Arm(), QUARTERS))
    place, message = str(caught.value).split(": ", 1)
    assert place.split(":")[0] == "test_finite.py"
    return message


def test_a_root_of_a_negative_number_names_mechanism_variable_quarter_and_worlds() -> None:
    tiny = case(x_and_y(noise=0.5), [made(root)])
    message = said(tiny)
    assert message.startswith("root.y: found nan in quarter ")
    assert " of 16 worlds; allowed: a finite number in every world; here with x = -" in message


def test_an_infinite_push_is_found_though_a_bound_would_hide_it() -> None:
    assert said(case(x_and_y(), [made(pole)])).startswith(
        "pole.y: found inf in quarter 0, in 16 of 16 worlds; "
    )


def test_it_is_found_where_what_it_moves_is_held() -> None:
    held = Arm(settings={"y": (Span(1, None, 0.5),)})
    assert said(case(x_and_y(noise=0.5), [made(root)]), held).startswith("root.y: ")


def test_it_is_found_in_a_formula_that_nothing_reads() -> None:
    tiny = case(x_and_y(noise=0.5), [made(warm)], derived=[depth])
    assert said(tiny).startswith("depth: found nan in quarter ")


def test_it_is_found_in_what_actors_expect_of_choices_that_nobody_makes() -> None:
    who = actor("who", [instrument("choice", "who", ["no", "yes"])], "x")
    assert said(case(x_and_y(), [made(sharp)], actors=[who])).startswith(
        "sharp.x: found inf in quarter 1, in 16 of 16 worlds; "
    )


def test_a_sum_beyond_single_precision_names_the_variable() -> None:
    """No mechanism gives such a number itself: the state grows until it is none."""
    tiny = case(
        [variable("x", "real", baseline=1e30, reversion=0.0)],
        [made(warm)],
        parameters=[],
    )
    far = Arm(settings={"x": (Span(1, 1, 3e38),)}, strengths={"warm": 100.0})
    message = said(tiny, far)
    assert message.startswith("warm.x: ")
    assert "found a number beyond what single precision holds in quarter 1" in message


def test_removing_a_mechanism_does_not_hide_what_it_gives() -> None:
    tiny = case(x_and_y(noise=0.5), [made(root)])
    model, drawn = compile_case(tiny), block(tiny, 0, 0, 16, QUARTERS)
    with pytest.raises(CaseError, match=r"root\.y"):
        engine.run(model, drawn, without(plan(tiny, Arm(), QUARTERS), [0]))


def test_only_quarters_that_are_run_are_looked_at() -> None:
    tiny = case(x_and_y(), [made(root), made(down)])
    still = Arm(settings={"x": (Span(1, 2, 0.5), Span(3, None, -0.5))})
    model, drawn = compile_case(tiny), block(tiny, 0, 0, 16, QUARTERS)
    assert np.isfinite(engine.run(model, drawn, plan(tiny, still, QUARTERS), 2).outcomes).all()
    with pytest.raises(CaseError, match="in quarter 3, in 16 of 16 worlds"):
        engine.run(model, drawn, plan(tiny, still, QUARTERS))


def test_every_door_refuses() -> None:
    tiny = case(x_and_y(noise=0.5), [made(root)])
    model = compile_case(tiny)
    drawn, laid = block(tiny, 0, 0, 16, QUARTERS), plan(tiny, Arm(), QUARTERS)
    weights = np.ones((QUARTERS + 1, len(model.outcomes)), np.float32)
    doors: list[Callable[[], Any]] = [
        lambda: engine.decompose(model, drawn, laid),
        lambda: engine.gradient(model, drawn, laid, weights),
        lambda: Runs(model, First(0, 300), QUARTERS).means([laid], MEAN),
        lambda: simulating.simulate(tiny, worlds=16, quarters=QUARTERS),
        lambda: simulating.explain(tiny, worlds=16, quarters=QUARTERS),
    ]
    for door in doors:
        with pytest.raises(CaseError, match=r"root\.y: found nan in quarter"):
            door()


def test_the_share_is_of_all_worlds_of_a_run() -> None:
    tiny = case(x_and_y(noise=0.1), [made(root)])
    model = compile_case(tiny)
    laid = plan(tiny, Arm(), 2)
    with pytest.raises(CaseError) as caught:
        Runs(model, First(0, 300), 2).means([laid], MEAN)
    x = np.concatenate(
        [np.asarray(block(tiny, 0, first, 128, 2).shocks)[0, 1] for first in (0, 128, 256)]
    )[:300]
    count = int((x < 0).sum())
    assert f"of 300 worlds ({100 * count / 300:.2g} %)" in str(caught.value)


def test_a_slope_that_is_none_is_named() -> None:
    def edge(force: Any, x: Any) -> dict[str, Any]:
        return {"y": (force * x) ** 0.5}

    tiny = case(
        [variable("x", "real", baseline=0.0), variable("y", "share", 0.5)],
        [made(edge)],
        parameters=[number("force", 0.5, 1.0)],
    )
    model, drawn = compile_case(tiny), block(tiny, 0, 0, 16, 2)
    weights = np.ones((3, len(model.outcomes)), np.float32)
    assert np.isfinite(engine.run(model, drawn, plan(tiny, Arm(), 2)).outcomes).all()
    with pytest.raises(CaseError, match=r"found no finite slope .* in 16 of 16 worlds"):
        engine.gradient(model, drawn, plan(tiny, Arm(), 2), weights)
