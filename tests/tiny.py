"""Small cases built in Python, for tests that need a model with a known answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tightrope.case import (
    Actor,
    Case,
    Goal,
    Instrument,
    Passage,
    Posture,
    Prior,
    Scenario,
    Variable,
)
from tightrope.case.mechanism import Derived, Mechanism
from tightrope.errors import Place

HERE = Place("tiny", 1)


def number(name: str, low: float, high: float | None = None, scale: Any = "linear") -> Prior:
    high = low if high is None else high
    return Prior(name, low, high, scale, "", "", (), "test", False, HERE)


def variable(
    name: str,
    scale: Any = "real",
    baseline: Any = 0.0,
    reversion: Any = 0.0,
    noise: Any = 0.0,
) -> Variable:
    def prior(part: str, value: Any) -> Prior:
        low, high = value if isinstance(value, tuple) else (value, value)
        return number(f"{name}.{part}", low, high)

    return Variable(
        name,
        name,
        "",
        scale,
        "",
        prior("baseline", baseline),
        prior("reversion", reversion),
        prior("noise", noise),
        "",
        HERE,
    )


def instrument(name: str, actor: str, levels: Sequence[str]) -> Instrument:
    n = len(levels)
    spaced = tuple(i / (n - 1) for i in range(n))
    return Instrument(name, name, "", actor, tuple(levels), spaced, (1 / n,) * n, "", HERE)


def actor(
    name: str,
    instruments: Sequence[Instrument],
    goal: str,
    *,
    rationality: float = 1.0,
    habit: float = 0.0,
    want: Any = "more",
) -> Actor:
    return Actor(
        name,
        name,
        "",
        tuple(instruments),
        (Goal(goal, want, number(f"{name}.goal.{goal}", 1.0)),),
        number(f"{name}.rationality", rationality),
        number(f"{name}.patience", 0.9),
        number(f"{name}.habit", habit),
        HERE,
    )


def case(
    variables: Sequence[Variable],
    mechanisms: Sequence[Mechanism],
    *,
    actors: Sequence[Actor] = (),
    parameters: Sequence[Prior] = (),
    derived: Sequence[Derived] = (),
    claims: Sequence[Any] = (),
    lookahead: int = 1,
    **more: Any,
) -> Case:
    return Case(
        name="tiny",
        title="",
        about="",
        focal=actors[0].name if actors else "",
        reference_quarter="2025Q4",
        lookahead=lookahead,
        scenario="base",
        posture="free",
        advice=more.get("advice", "free"),
        passages=(Passage("1.1", "", "", HERE),),
        references=(),
        variables=tuple(variables),
        regimes=more.get("regimes", ()),
        quantities=more.get("quantities", ()),
        actors=tuple(actors),
        parameters=tuple(parameters),
        scenarios=more.get("scenarios", (Scenario("base", "", "", {}, HERE),)),
        postures=more.get("postures", (Posture("free", "", "", {}, (), HERE),)),
        claims=tuple(claims),
        untested=(),
        objectives=more.get("objectives", ()),
        log=(),
        series=more.get("series", ()),
        history=more.get("history"),
        mechanisms=tuple(mechanisms),
        derived=tuple(derived),
        hash="",
    )
