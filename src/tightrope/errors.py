"""What is wrong with a case or with what was asked for, as parts and as a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tightrope.text.characters import shown

MOST_SHOWN = 50
"""Problems that a message shows; the others are counted."""


@dataclass(frozen=True)
class Place:
    """Where in the case's files something stands; line counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, as its parts.

    Attributes:
        place: file and line, or a file's name where it is about the file as a whole.
        path: the field, as keys with dots between them, or "".
        allowed: what would be right; with `lacks`, what is needed.
        hint: more help, such as a near name, from its semicolon on; or "".
        lacks: something is missing.
    """

    place: Place | str
    path: str
    found: str
    allowed: str
    hint: str = ""
    lacks: bool = False

    def __str__(self) -> str:
        where = f"{self.place}: {self.path}: " if self.path else f"{self.place}: "
        word = "needed" if self.lacks else "allowed"
        return shown(f"{where}found {self.found}; {word}: {self.allowed}{self.hint}")

    @property
    def order(self) -> tuple[str, int]:
        """Sorts by file and line."""
        if isinstance(self.place, Place):
            return self.place.file, self.place.line
        return self.place, 0


class CaseError(Exception):
    """Bad input: each problem in a sentence, or one sentence alone.

    Attributes:
        problems: what is wrong with a case, by file and line; empty where only a sentence is given.
    """

    def __init__(self, what: str | Problem | Iterable[Problem]) -> None:
        if isinstance(what, str):
            self.problems: tuple[Problem, ...] = ()
        else:
            found = [what] if isinstance(what, Problem) else dict.fromkeys(what)
            self.problems = tuple(sorted(found, key=lambda one: one.order))
        super().__init__(what if isinstance(what, str) else self.problems)

    def __str__(self) -> str:
        if not self.problems:
            return "\n".join(shown(line) for line in str(self.args[0]).split("\n"))
        if len(self.problems) == 1:
            return str(self.problems[0])
        lines = [f"{len(self.problems)} problems:", *map(str, self.problems[:MOST_SHOWN])]
        more = len(self.problems) - MOST_SHOWN
        return "\n".join(lines + ([f"and {more} more"] if more > 0 else []))


class UseError(CaseError):
    """Something was asked for that is not there or not allowed; the case itself may be sound."""
