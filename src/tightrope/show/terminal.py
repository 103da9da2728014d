"""What the command line prints of a finding, and the pieces that all it prints is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import table as rich_table
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from tightrope.show.finding import Finding, Table


def finding(found: Finding) -> RenderableType:
    """What came out in sentences, then the tables that fit, then what to be careful about."""
    parts: list[RenderableType] = [*bullets(found.words)]
    for table in found.tables:
        if table.short and table.rows:
            parts += [Text(""), *_table(table)]
    if found.careful:
        parts += [heading("To be careful about"), *bullets(found.careful, "yellow")]
    return Group(*parts, Text(f"\n{found.about}", "dim"))


def findings(found: Sequence[Finding]) -> RenderableType:
    """What each says, in sentences."""
    parts: list[RenderableType] = []
    for one in found:
        parts += [heading(one.title), *bullets(one.words)]
    return Group(*parts)


TIGHT = 6
"""A table of more numbers than this side by side is set tight, so that a terminal holds it."""


def _table(table: Table) -> Iterator[RenderableType]:
    yield Text(table.caption, "bold")
    made = rich_table.Table(show_edge=False, pad_edge=False)
    if table.numbers > TIGHT:
        made.box, made.padding = SIMPLE_HEAD, (0, 0, 0, 0)
    first = len(table.heads) - table.numbers
    for i, head in enumerate(table.narrow or table.heads):
        made.add_column(
            head, justify="right" if i >= first else "left", overflow="fold", no_wrap=i >= first
        )
    for row in table.rows:
        made.add_row(*row)
    yield made
    below = "\n".join(filter(None, (table.key, table.note)))
    if below:
        yield Text(f"\n{below}", "dim")


# ---------------------------------------------------------------- pieces


def titled(title: str) -> rich_table.Table:
    """A table under a title, without a frame."""
    return rich_table.Table(
        title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False
    )


def heading(words: str) -> Text:
    return Text(f"\n{words}", "bold underline")


def bullets(sentences: Sequence[str], style: str = "") -> list[RenderableType]:
    return [Text(f"- {sentence}", style) for sentence in sentences]


def entry(name: str, beside: str, *below: str, indent: int = 0) -> Iterator[RenderableType]:
    """A name with some words beside it and sentences under it, all of which may wrap."""
    head = Text.assemble((name, "bold"), f"  {beside}" if beside else "")
    yield indented(head, indent)
    for words in filter(None, below):
        yield indented(Text(words, "dim"), indent + 4)


def indented(words: Text, by: int) -> Padding:
    return Padding(words, (0, 0, 0, by), expand=False)
