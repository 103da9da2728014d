"""What can be run elsewhere: blocks of worlds as data, and who runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from tightrope.engine.model import Model, Trajectory
from tightrope.engine.plan import Plan
from tightrope.engine.worlds import Worlds

Tag = TypeVar("Tag")


class Want(NamedTuple):
    """What is read off one plan in every block; `take` gets a trajectory: (..., LANES).

    Attributes:
        key: what of it does not follow from the plan and `last`.
        take: a function of a module, or a part of one: it travels by name.
    """

    plan: int
    last: int
    key: bytes
    take: Callable[[Trajectory], np.ndarray]


class Task(NamedTuple):
    """Plans in one block.

    Attributes:
        here: the block, as places among the worlds.
        pack: plans that differ in strengths alone; side by side in one run where worlds are few.
        missing: for each of them what is wanted.
    """

    here: slice
    pack: tuple[int, ...]
    missing: tuple[tuple[int, ...], ...]


class Load(NamedTuple):
    """What all blocks of some runs have in common; all of it is data."""

    plans: tuple[Plan, ...]
    wants: tuple[Want, ...]
    quarters: int
    calm: bool

    def last(self, task: Task) -> int:
        """The last quarter that anything is wanted of."""
        return max(self.wants[i].last for own in task.missing for i in own)


class Piece(NamedTuple):
    """Some tasks, and the worlds that their places are among."""

    worlds: Worlds
    tasks: tuple[Task, ...]


Values = list[dict[int, np.ndarray] | None]
"""Of each task of a piece, by want; see `runs.run_piece`."""


class Crew(Protocol):
    """Other processes that run pieces; `cluster` has one on Dask."""

    def together(self, total: int) -> int:
        """So many of `total` tasks go into a piece."""

    def run(
        self, model: Model, load: Load, pieces: Iterable[tuple[Tag, Piece | None]]
    ) -> Iterator[tuple[Tag, Values | None]]:
        """Run pieces, which are asked for as they are needed, and give each back with its tag.

        They come as they are done, in any order; where there is no piece its tag comes back alone.
        """
