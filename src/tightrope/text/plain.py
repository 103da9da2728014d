"""Text as text: what a case, a file or an argument says is never markup of what it is shown in.

Each medium has one rule: `shown` for messages and the terminal, `markdown` for Markdown, `to_cell`
for CSV. HTML pages escape by themselves (see `show.page`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Container, Iterable, Iterator
from typing import Any

from tightrope.text.characters import escaped, shown

FALLBACK = {
    "\u2588": "#", "\u2591": ".", "\u2592": "x", "\u2026": "...",
    "\u00b1": "+-", "\u2013": "-", "\u2014": "-",
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2022": "*", "\u00d7": "x",
    "\u2500": "-", "\u2501": "-", "\u2502": "|",
}  # fmt: skip
"""What stands for a sign of our own, or a common one, where it cannot be written."""

_BREAKS = re.compile("[ \\t\\n\\v\\f\\r\\x1c-\\x1f\\x85\\u2028\\u2029]+")
_ANYWHERE = re.compile(r"[\\`*\[\]<|~&#$]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=\bwww)\.")
_AT_START = re.compile(r"(?=>|[-+=](?:[-=\s]|$))|[0-9]+(?=[.)](?:\s|$))")
_TICKS = re.compile("`+")


def writable(text: str, encoding: str) -> str:
    """The text with nothing in it that `encoding` cannot write."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_writable(c, encoding) for c in text)
    return text


def _writable(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return FALLBACK.get(character) or escaped(character)
    return character


# ---------------------------------------------------------------- Markdown


class Written(str):
    """Text that is Markdown already."""

    __slots__ = ()


def flat(text: object) -> str:
    """The text on one line, with single spaces, and nothing hidden in it."""
    return shown(_BREAKS.sub(" ", str(text)).strip())


def inline(text: object) -> Written:
    """The text inside a line of Markdown, where it reads as it stands: no markup, HTML or links."""
    if isinstance(text, Written):
        return text
    return Written(_ANYWHERE.sub(lambda found: f"\\{found.group()}", flat(text)))


def markdown(text: object) -> Written:
    """The text as a paragraph or an item of a list, which it does not turn into something else."""
    said = inline(text)
    start = None if isinstance(text, Written) else _AT_START.match(said)
    return said if start is None else Written(f"{said[: start.end()]}\\{said[start.end() :]}")


def bold(text: object) -> Written:
    return Written(f"**{inline(text)}**")


def italic(text: object) -> Written:
    return Written(f"*{inline(text)}*")


def code(text: object) -> Written:
    """The text as a span of code, whatever backticks it holds."""
    said = flat(text)
    fence = "`" * (1 + max((len(run) for run in _TICKS.findall(said)), default=0))
    apart = " " if "`" in said or not said else ""
    return Written(f"{fence}{apart}{said}{apart}{fence}")


def bullets(sentences: Iterable[object]) -> Iterator[str]:
    """Lines of a Markdown list."""
    return (f"- {markdown(sentence)}" for sentence in sentences)


def picture(name: str, path: str, caption: str) -> Iterator[str]:
    """Lines that show a picture with its caption under it."""
    yield from ("", f"![{inline(name)}](<{path}>)", "", italic(caption))


def markdown_table(
    heads: Iterable[object], rows: Iterable[Iterable[object]], numbers: Container[int] = ()
) -> Iterator[str]:
    """Lines of a Markdown table; `numbers` are the places of columns that are set to the right."""
    names = [inline(head) for head in heads]
    yield "| " + " | ".join(names) + " |"
    yield "| " + " | ".join("---:" if i in numbers else "---" for i in range(len(names))) + " |"
    for row in rows:
        yield "| " + " | ".join(map(inline, row)) + " |"


# ---------------------------------------------------------------- CSV

# A text that a sheet would take for a formula gets an apostrophe before it, as OWASP says ("CSV
# injection"). So does one that begins with such apostrophes already, so that taking one off gives
# back the text. Numbers stay numbers, negative ones too.
_FIGURES = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
NUMBER = re.compile(rf"{_FIGURES}|[-+]?inf|nan")
_FORMULA = re.compile(rf"'*(?!{_FIGURES}\Z)\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""Text that starts a formula, after spaces and our own apostrophes; full-width signs count."""


def to_cell(value: Any) -> Any:
    """A text as it stands in a cell; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def from_cell(text: str) -> str:
    """The text that `to_cell` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def csv_rows(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as the text of a CSV file."""
    out = Rows(newline="")
    writer = csv.writer(out, lineterminator=Rows.END)
    writer.writerows([to_cell(value) for value in row] for row in rows)
    return out.getvalue()


class Rows(io.StringIO):
    r"""What a CSV writer writes row by row, each with END, with a mere `\n` in place of that.

    A writer quotes a lone `\r` in a cell only where its own rows end in one.
    """

    END = "\r\n"

    def write(self, text: str) -> int:
        return super().write(f"{text.removesuffix(self.END)}\n")
