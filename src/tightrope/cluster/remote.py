"""What a worker does: it compiles a case once, and runs the pieces that it is sent.

Dask calls `run` there by name, so a worker needs this package, in the same version as who sends.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from tightrope.case import Case
from tightrope.engine import cache
from tightrope.engine.compiling import compile_case
from tightrope.engine.crew import Load, Piece, Values
from tightrope.engine.kept import engine, key
from tightrope.engine.model import Model
from tightrope.engine.runs import run_piece
from tightrope.errors import UseError


@dataclass(frozen=True)
class Parcel:
    """An object as bytes, told from others by their hash; unpacked once where it is used often."""

    hash: bytes
    content: bytes

    @classmethod
    def of(cls, value: object) -> Parcel:
        content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        return cls(key(content), content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parcel) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)


@dataclass(frozen=True)
class Plan:
    """A case, and how it is compiled.

    Attributes:
        program: of who sends it, see `engine.kept.engine`.
    """

    program: bytes
    case: Case
    rule: Any
    rounds: int
    step: float


def packed(model: Model) -> Parcel:
    """A model as what it is compiled from: data. A case with Python takes that with it."""
    return Parcel.of(Plan(engine(), model.case, model.rule, model.rounds, model.step))


def same(parcel: Parcel) -> Parcel:
    """A parcel that stays on workers; where the last that has it dies, the scheduler sends anew."""
    return parcel


def run(model: Parcel, load: Parcel, piece: bytes) -> Values:
    """Run a piece on a worker. Raises UseError where the worker is of another version."""
    compiled, first = _compiled(model)
    what: Load = _unpacked(load)
    some: Piece = pickle.loads(piece)
    return first(lambda: run_piece(compiled, what, some))


First = Callable[[Callable[[], Values]], Values]


def _compiled(parcel: Parcel) -> tuple[Model, First]:
    with _lock():
        return _model(parcel)


@lru_cache(maxsize=4)
def _model(parcel: Parcel) -> tuple[Model, First]:
    """The model, and what runs something in it: the first run alone, as it compiles."""
    cache.use()
    plan: Plan = pickle.loads(parcel.content)
    if plan.program != engine():
        raise UseError(
            "a worker: found another version of tightrope, JAX or NumPy, or another kind of "
            "processor, than where the command was given; allowed: the same"
        )
    model = compile_case(plan.case, plan.rule, plan.rounds, plan.step)
    lock, done = Lock(), list[bool]()

    def first(work: Callable[[], Values]) -> Values:
        if not done:
            # Two threads that compile at once, from one cache, can hang.
            with lock:
                found = work()
                done.append(True)
                return found
        return work()

    return model, first


@lru_cache(maxsize=4)
def _unpacked(load: Parcel) -> Load:
    found: Load = pickle.loads(load.content)
    return found


@lru_cache(maxsize=1)
def _lock() -> Lock:
    """One for the process: a model is compiled by one thread of a worker."""
    return Lock()
