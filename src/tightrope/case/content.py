"""What of a case its numbers follow from: a digest that words, claims and places leave alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from tightrope.case import Case
from tightrope.case.changes import Ground
from tightrope.case.mechanism import Derived, Formulas, Mechanism

WORDS = {"about", "argues", "judgement", "label", "matters", "meaning", "passages", "place", "says",
         "sources", "title"}  # fmt: skip
"""Fields that are read by people alone."""


def digest(case: Case) -> bytes | None:
    """Equal for cases whose runs give equal numbers for equal arms and worlds; 32 bytes.

    Of scenarios, postures and claims nothing counts here: what of them a run depends on stands in
    its arm. None for a case with functions of Python, which may read anything.
    """
    declared: list[Mechanism | Derived] = [*case.mechanisms, *case.derived]
    if not all(isinstance(one.function, Formulas) for one in declared):
        return None
    parts = (
        case.variables, case.regimes, case.quantities, case.actors, case.parameters,
        case.mechanisms, case.derived, case.lookahead, _ground(case),
    )  # fmt: skip
    return hashlib.sha256(repr(plain(parts)).encode()).digest()


def _ground(case: Case) -> Ground | None:
    """Whose worlds it shares; none where that case names just what this one has itself."""
    own = Ground(
        tuple(p.name for p in case.priors),
        tuple(v.name for v in case.variables),
        tuple(r.name for r in case.regimes),
    )
    return None if case.ground == own else case.ground


def plain(value: Any) -> Any:
    """Nothing but tuples, texts and numbers, in the order in which they stand; without WORDS.

    Raises TypeError for anything that is no plain data, such as a function of Python.
    """
    if is_dataclass(value) and not isinstance(value, type):
        kept = (f.name for f in fields(value) if f.name not in WORDS)
        return (type(value).__name__, *((name, plain(getattr(value, name))) for name in kept))
    if isinstance(value, Mapping):
        return tuple((plain(key), plain(item)) for key, item in value.items())
    if isinstance(value, tuple | list):
        return tuple(plain(item) for item in value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"content of a case: found {type(value).__name__}; allowed: plain data")
