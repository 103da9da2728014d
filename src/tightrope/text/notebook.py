"""What a result looks like in a notebook or at a prompt: a screen at most, as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from tightrope.text.plain import flat
from tightrope.text.wording import shortened

LINES, WIDTH = 16, 300

Shown = TypeVar("Shown")


def told(kind: type[Shown]) -> type[Shown]:
    """Let a dataclass say what it is in a title and some sentences, and never dump its arrays.

    It is made with `repr=False`. Its method `in_short` gives title and sentences; without one they
    are the name of the class, and its fields in short.
    """
    kind.__repr__ = _text  # type: ignore[method-assign]
    kind._repr_html_ = vars(kind).get("_repr_html_", _html)  # type: ignore[attr-defined]
    return kind


def in_short(value: Any) -> tuple[str, Sequence[str]]:
    """Title and sentences of a dataclass that is told."""
    if hasattr(value, "in_short"):
        title, sentences = value.in_short()
        return title, sentences
    items = [(f.name, getattr(value, f.name)) for f in fields(value)]
    return type(value).__name__, [f"{name}: {brief(own)}" for name, own in items]


def _text(value: Any) -> str:
    title, sentences = _cut(value)
    return "\n- ".join([title, *sentences])


def _html(value: Any) -> str:
    title, sentences = _cut(value)
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f"<div><p><strong>{html.escape(title)}</strong></p><ul>{items}</ul></div>"


def _cut(value: Any) -> tuple[str, list[str]]:
    title, sentences = in_short(value)
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
    if getattr(type(value), "__repr__", None) is _text:
        return in_short(value)[0]
    if isinstance(value, Collection):
        return f"{len(value)} items"
    return shortened(flat(value), 60)
