"""What was changed: the log, and a case on top of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tightrope.errors import Place


@dataclass(frozen=True)
class Change:
    """An entry of the log: a change to a prior, a claim or a margin, and its effect."""

    date: str
    changed: str
    why: str
    moved: str
    place: Place


@dataclass(frozen=True)
class Ground:
    """Names of the case that another one extends, in its order.

    World 17 of both has the same numbers and shocks wherever both have them, so that they can be
    compared world by world.
    """

    priors: tuple[str, ...]
    variables: tuple[str, ...]
    regimes: tuple[str, ...]


@dataclass(frozen=True)
class Variant:
    """Another form of a part of the case: of a mechanism, a derived quantity, a goal, an effect.

    Attributes:
        group: variants of one group are alternatives; one of them at most holds at once.
        why: what speaks for it.
        weight: the part of worlds that are of this form where forms are drawn.
        sources: keys into the case's references.
    """

    name: str
    label: str
    group: str
    why: str
    weight: float
    sources: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Loaded:
    """How a case was loaded, so that its other forms can be."""

    folder: str
    trust: bool
    settings: tuple[str, ...]
    variants: tuple[str, ...]


@dataclass(frozen=True)
class Departure:
    """What a case that extends another one does otherwise.

    Attributes:
        section: the file it belongs to, without its ending.
        name: of the thing; of a file that is one thing, the section again.
        what: `added`, `changed` or `off`.
        moves: of what is changed each field with what stood there and what stands there now.
        why: the reason; may be "" where something is added.
    """

    section: str
    name: str
    what: Literal["added", "changed", "off"]
    moves: tuple[tuple[str, str, str], ...]
    why: str
    place: Place
