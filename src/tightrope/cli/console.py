"""The terminal: what is printed is text, whatever it holds, and fits where it is printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleDimensions, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Span, Text

from tightrope.text.characters import shown
from tightrope.text.plain import writable

UNBOUNDED = 10_000
"""Width of what goes to a file or another program: nothing is wrapped there."""


class PlainConsole(Console):
    """A console on which no string is markup, and no text acts on the terminal.

    Rich has no setting for either the second or the width of a pipe, so this is a subclass. Every
    piece of text comes through `render`, those in tables and progress bars too.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **settings)

    @property
    def size(self) -> ConsoleDimensions:
        """The terminal's size, or a width that wraps nothing where there is no terminal."""
        told = self._width is not None  # by an argument or by COLUMNS
        if told or self.file.isatty():
            return super().size
        return ConsoleDimensions(UNBOUNDED, 25)

    @size.setter
    def size(self, new: tuple[int, int]) -> None:
        self._width, self._height = new

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        if isinstance(renderable, str):
            renderable = Text(renderable)
        if isinstance(renderable, Text):
            renderable = plain_text(renderable, self.encoding)
        return super().render(renderable, options)


def plain_text(text: Text, encoding: str) -> Text:
    """The text with nothing hidden in it and nothing that cannot be written; styles stay."""
    before = text.plain
    pieces = [writable(shown(c, keep="\n"), encoding) for c in before]
    after = "".join(pieces)
    if after == before:
        return text
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    made = text.blank_copy(after)
    made.spans = [
        Span(starts[min(s.start, len(before))], starts[min(s.end, len(before))], s.style)
        for s in text.spans
    ]
    return made
