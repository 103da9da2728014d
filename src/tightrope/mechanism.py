"""Mechanisms: plain functions whose argument names are the quantities they read.

A mechanism returns a dict from the variable it moves to its push on that variable in one quarter,
on the variable's own additive scale: log-odds for a share, log for an index, the unit itself for a
real. The engine subtracts the push that the same mechanism gives in the reference quarter, so a
mechanism may be written in plain levels: what counts is how far things have moved since.

A derived quantity is a formula over the same names that is read but never moved (concentration
over partners, terms of engagement).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Push = Mapping[str, Any]


@dataclass(frozen=True)
class Mechanism:
    """One sentence of the argument as a function.

    Attributes:
        function: names in, `{variable: push per quarter}` out.
        passages: ids of the passages it implements (section.paragraph).
        sources: keys into the case's references; empty where the docstring says it is judgement.
    """

    function: Callable[..., Push]
    passages: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def reads(self) -> tuple[str, ...]:
        return _arguments(self.function)

    @property
    def says(self) -> str:
        """The first paragraph of the docstring, on one line."""
        return _first_paragraph(self.function)

    def __call__(self, *args: Any, **kwargs: Any) -> Push:
        return self.function(*args, **kwargs)


@dataclass(frozen=True)
class Derived:
    """A quantity computed from others, in its own unit; `percent` ones are shown times 100."""

    function: Callable[..., Any]
    label: str
    unit: str
    percent: bool

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def reads(self) -> tuple[str, ...]:
        return _arguments(self.function)

    @property
    def says(self) -> str:
        return _first_paragraph(self.function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


def mechanism(
    *, passages: tuple[str, ...] | list[str], sources: tuple[str, ...] | list[str] = ()
) -> Callable[[Callable[..., Push]], Mechanism]:
    """Declare a function as a mechanism of the passages it implements."""

    def declare(function: Callable[..., Push]) -> Mechanism:
        return Mechanism(function, tuple(passages), tuple(sources))

    return declare


def derived(
    *, label: str, unit: str, percent: bool = True
) -> Callable[[Callable[..., Any]], Derived]:
    """Declare a function as a derived quantity."""

    def declare(function: Callable[..., Any]) -> Derived:
        return Derived(function, label, unit, percent)

    return declare


def _arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def _first_paragraph(function: Callable[..., Any]) -> str:
    paragraph = inspect.cleandoc(function.__doc__ or "").split("\n\n")[0]
    return " ".join(paragraph.split())
