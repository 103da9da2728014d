"""What a result looks like in a notebook or at a prompt: a screen at most, as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

from tightrope.text.plain import flat
from tightrope.text.wording import shortened

LINES, WIDTH = 16, 300


class Told:
    """A result that says what it is in a title and some sentences, and never dumps its arrays.

    A dataclass that is Told is made with `repr=False`.
    """

    def in_short(self) -> tuple[str, Sequence[str]]:
        """Title and sentences; by default the name of the class, and its fields in short."""
        items = [(f.name, getattr(self, f.name)) for f in fields(self)]  # type: ignore[arg-type]
        return type(self).__name__, [f"{name}: {brief(value)}" for name, value in items]

    def __repr__(self) -> str:
        title, sentences = self._cut()
        return "\n- ".join([title, *sentences])

    def _repr_html_(self) -> str:
        title, sentences = self._cut()
        items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
        return f"<div><p><strong>{html.escape(title)}</strong></p><ul>{items}</ul></div>"

    def _cut(self) -> tuple[str, list[str]]:
        title, sentences = self.in_short()
        lines = [shortened(flat(sentence), WIDTH) for sentence in sentences[:LINES]]
        more = len(sentences) - len(lines)
        return shortened(flat(title), WIDTH), [*lines, *([f"and {more} more"] if more else [])]


def brief(value: Any) -> str:
    """A value in some words; of what is large only how large it is."""
    sizes = getattr(value, "sizes", None)
    if isinstance(sizes, Mapping):
        return " by ".join(f"{n} {name}" for name, n in sizes.items()) or "one number"
    shape = getattr(value, "shape", None)
    if shape:
        return f"{type(value).__name__} of {' by '.join(map(str, shape))}"
    if isinstance(value, str | int | float | bool) or value is None:
        return str(value)
    if isinstance(value, Told):
        return value.in_short()[0]
    if isinstance(value, Collection):
        return f"{len(value)} items"
    return shortened(flat(value), 60)
