"""Mechanisms: what each reads by name, and how far it moves which variables in one quarter.

A mechanism's pushes are on the additive scale of the variable it moves: log-odds for a share, log
for an index, the unit itself for a real. The engine subtracts the push that the same mechanism
gives in the reference quarter, so a mechanism may be written in plain levels: what counts is how
far things have moved since.

A derived quantity is a formula over the same names that is read but never moved (concentration
over partners, terms of engagement).

Both are formulas of a case's `mechanisms.yaml`, or functions of its `mechanisms.py`.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Literal, Self

from tightrope.case.formula import Formula, evaluate
from tightrope.case.grounds import Matters
from tightrope.errors import Place

Push = Mapping[str, Any]
Sign = Literal["raises", "lowers"]


@dataclass(frozen=True)
class Formulas:
    """What a mechanism or a derived quantity is made of.

    Attributes:
        where: local names, each with its formula, which may read those before it.
        gives: each variable that is moved with its push; of a derived quantity, its name alone.
    """

    where: tuple[tuple[str, Formula], ...]
    gives: tuple[tuple[str, Formula], ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """What is read from outside, each once, in the order in which it first stands there."""
        local = {name for name, _ in self.where}
        names = (n for _, formula in (*self.where, *self.gives) for n in formula.names)
        return tuple(name for name in dict.fromkeys(names) if name not in local)

    def __call__(self, **values: Any) -> Push:
        """What they give for these values, by name; each distinct formula is computed once."""
        known = dict(values)
        for name, formula in self.where:
            known[name] = evaluate(formula, known)
        done: dict[Formula, Any] = {}
        for _, formula in self.gives:
            if formula not in done:
                done[formula] = evaluate(formula, known)
        return {name: done[formula] for name, formula in self.gives}


@dataclass(frozen=True)
class Mechanism:
    """One sentence of the argument as something that computes.

    Attributes:
        says: the sentence.
        about: what else its author says of it: grounds, limits; or "".
        passages: ids of the passages it implements (section.paragraph).
        sources: keys into the case's references; empty where `about` says it is judgement.
        reads: the names of what it is called with.
        function: names in, `{variable: push per quarter}` out: Formulas, or a function of Python.
        place: where it stands.
        signs: (what is read, variable that is moved, how), as stated; checked against formulas.
    """

    name: str
    says: str
    about: str
    passages: tuple[str, ...]
    sources: tuple[str, ...]
    reads: tuple[str, ...]
    function: Callable[..., Push]
    place: Place
    signs: tuple[tuple[str, str, Sign], ...] = ()

    def __call__(self, **values: Any) -> Push:
        return self.function(**values)


@dataclass(frozen=True)
class Derived:
    """A quantity computed from others, in its own unit; `percent` ones are shown times 100.

    Attributes:
        function: names in, the quantity out; Formulas give it under its name.
    """

    name: str
    label: str
    says: str
    unit: str
    percent: bool
    reads: tuple[str, ...]
    function: Callable[..., Any]
    place: Place
    matters: Matters | None = None

    def __call__(self, **values: Any) -> Any:
        found = self.function(**values)
        return found[self.name] if isinstance(self.function, Formulas) else found


# ---------------------------------------------------------------- from Python

_SOURCE = "__tightrope_source__"
"""Under this name a case's module holds its own text and path."""


@dataclass(frozen=True)
class OfFile:
    """A function of a case's Python. It is pickled by the text of its file, which runs again."""

    function: Callable[..., Any]

    def __call__(self, **values: Any) -> Any:
        return self.function(**values)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Raises TypeError for a function that comes from no case's file."""
        source = getattr(self.function, "__globals__", {}).get(_SOURCE)
        name = self.function.__name__
        if source is None:
            raise TypeError(
                f"{name} cannot be pickled: it comes from no file of a case; allowed: cases that "
                "tightrope.load has read"
            )
        return _of_text, (*source, name)


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


def _of_text(text: str, path: str, name: str) -> OfFile:
    found = [d for d in _names(text, path).values() if isinstance(d, Mechanism | Derived)]
    (function,) = {d.function for d in found if d.name == name}
    if not isinstance(function, OfFile):
        raise TypeError(f"{name} is no function of the file")
    return function


def mechanism(
    *, passages: tuple[str, ...] | list[str], sources: tuple[str, ...] | list[str] = ()
) -> Callable[[Callable[..., Push]], Mechanism]:
    """Declare a function as a mechanism of the passages it implements.

    Its arguments are what it reads; the first paragraph of its docstring is the sentence.
    """

    def declare(function: Callable[..., Push]) -> Mechanism:
        says, about = _paragraphs(function)
        return Mechanism(
            function.__name__,
            says,
            about,
            tuple(passages),
            tuple(sources),
            tuple(inspect.signature(function).parameters),
            OfFile(function),
            _place(function),
        )

    return declare


def derived(
    *, label: str, unit: str, percent: bool = True, matters: tuple[float, str] | None = None
) -> Callable[[Callable[..., Any]], Derived]:
    """Declare a function as a derived quantity; matters: by how much, and why."""

    def declare(function: Callable[..., Any]) -> Derived:
        says, _ = _paragraphs(function)
        reads = tuple(inspect.signature(function).parameters)
        return Derived(
            function.__name__,
            label,
            says,
            unit,
            percent,
            reads,
            OfFile(function),
            _place(function),
            Matters(*matters) if matters else None,
        )

    return declare


def _place(function: Callable[..., Any]) -> Place:
    code = function.__code__
    return Place(PurePath(code.co_filename).name, code.co_firstlineno)


def _paragraphs(function: Callable[..., Any]) -> tuple[str, str]:
    """A docstring's first paragraph, and the rest, each on one line."""
    first, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n\n")
    return " ".join(first.split()), " ".join(rest.split())
