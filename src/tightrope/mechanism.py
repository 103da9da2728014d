"""Mechanisms: plain functions whose argument names are the quantities they read.

A mechanism returns a dict from the variable it moves to its push on that variable in one quarter,
on the variable's own additive scale: log-odds for a share, log for an index, the unit itself for a
real. The engine subtracts the push that the same mechanism gives in the reference quarter, so a
mechanism may be written in plain levels: what counts is how far things have moved since.

A derived quantity is a formula over the same names that is read but never moved (concentration
over partners, terms of engagement).
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Self

Push = Mapping[str, Any]


_SOURCE = "__tightrope_source__"
"""Under this name a case's module holds its own text and path."""


@dataclass(frozen=True)
class Declared:
    """A function of a case's Python. It is pickled by the text of its file, which runs again."""

    function: Callable[..., Any]

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.function).parameters)

    @property
    def says(self) -> str:
        """The first paragraph of the docstring, on one line."""
        paragraph = inspect.cleandoc(self.function.__doc__ or "").split("\n\n")[0]
        return " ".join(paragraph.split())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Raises TypeError for a function that comes from no case's file."""
        source = getattr(self.function, "__globals__", {}).get(_SOURCE)
        if source is None:
            raise TypeError(
                f"{self.name} cannot be pickled: it comes from no file of a case; allowed: cases "
                "that tightrope.load has read"
            )
        rest = [getattr(self, field.name) for field in fields(self) if field.name != "function"]
        return _from_text, (type(self), *source, self.name, *rest)


@dataclass(frozen=True)
class Mechanism(Declared):
    """One sentence of the argument as a function.

    Attributes:
        function: names in, `{variable: push per quarter}` out.
        passages: ids of the passages it implements (section.paragraph).
        sources: keys into the case's references; empty where the docstring says it is judgement.
    """

    passages: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Derived(Declared):
    """A quantity computed from others, in its own unit; `percent` ones are shown times 100."""

    label: str
    unit: str
    percent: bool


def execute(text: str, path: str) -> dict[str, Any]:
    """Run the text of a case's Python and return its names; raises whatever it raises.

    It runs under a name that no import reaches afterwards, and with its docstrings however Python
    was started, because they say what a mechanism does.
    """
    name = f"_tightrope_case_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    module = types.ModuleType(name)
    module.__file__ = path
    vars(module)[_SOURCE] = (text, path)
    sys.modules[name] = module  # dataclasses look their module up while they are made
    try:
        exec(compile(text, path, "exec", optimize=0), vars(module))
    finally:
        sys.modules.pop(name, None)
    return vars(module)


_names = lru_cache(maxsize=8)(execute)


def _from_text(kind: type[Declared], text: str, path: str, name: str, *rest: Any) -> Declared:
    found = _names(text, path).values()
    (function,) = {d.function for d in found if isinstance(d, Declared) and d.name == name}
    return kind(function, *rest)


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
