"""What runs have given, kept by what they follow from, so that nothing is computed twice."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import jax
import numpy as np

from tightrope.case.content import digest
from tightrope.engine.crew import Crew
from tightrope.engine.model import Model
from tightrope.engine.plan import Plan
from tightrope.engine.worlds import Sample


class Kept(Protocol):
    """Where results come from: arrays by key, as `store.blocks` keeps them on disk.

    Attributes:
        crew: who runs what is not there; None for the threads of this process.
    """

    @property
    def crew(self) -> Crew | None: ...

    def take(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        """Those of the keys that are there, each a flat array of float32."""

    def keep(self, found: Mapping[bytes, np.ndarray]) -> None:
        """Keep these from now on."""


def key(*parts: bytes) -> bytes:
    """Equal where all parts are equal; 32 bytes."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "little"))
        whole.update(part)
    return whole.digest()


@lru_cache(maxsize=8)
def of_model(model: Model) -> bytes | None:
    """What every number of a model's runs follows from but arm and worlds.

    None where functions of Python stand in the case: what they read is not known.
    """
    content = digest(model.case)
    if content is None:
        return None
    how = f"{model.rule} {model.rounds} {model.step}".encode()
    return key(engine(), content, how)


def of_worlds(sample: Sample) -> bytes:
    """The worlds of a block: which they are, and all their numbers."""
    indices = np.asarray(sample.indices, np.int64)
    return key(str(sample.seed).encode(), indices.tobytes(), np.asarray(sample.params).tobytes())


def of_first(seed: int, first: int, count: int) -> bytes:
    """Worlds `first` to `first + count - 1` of a seed: their numbers follow from the model's case.

    They need not be drawn for it.
    """
    return key(b"first", str(seed).encode(), str(first).encode(), str(count).encode())


def of_plan(plan: Plan, last: int) -> bytes:
    """An arm up to quarter `last`: what it says of later ones changes nothing before."""
    rows = (np.asarray(part)[:last].tobytes() for part in plan.rows)
    rules = (np.asarray(part).tobytes() for part in plan.rules)
    shape = np.asarray(plan.rules.reads.shape, np.int64).tobytes()
    return key(*rows, shape, *rules, np.asarray(plan.strengths).tobytes(),
               np.asarray(plan.start).tobytes())  # fmt: skip


@lru_cache(maxsize=1)
def engine() -> bytes:
    """The program itself: a line changed in what computes makes all that was kept void."""
    package = Path(__file__).parents[1]
    files = sorted(p for part in ("case", "engine") for p in (package / part).glob("*.py"))
    texts = (p.read_bytes() for p in files)
    return key(*texts, f"{jax.__version__} {np.__version__} {platform.machine()}".encode())
