"""Broken copies of a sound case: one small accident each, drawn at random but repeatably.

Accidents are of the kinds that happen to people: a line lost or doubled, an indent off, a number in
another notation, a name misspelt, a file cut short, bytes of another program.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

Files = Mapping[str, bytes]

NUMBERS = (
    *(
        "0",
        "-0",
        "-1",
        "1",
        "2",
        "1e308",
        "-1e308",
        "1e-300",
        "1e39",
        "3.4e38",
        "1e9",
        "99999999999",
    ),
    *(".inf", "-.inf", ".nan", "NaN", "inf", "1e400", "0x10", "0o17", "017", "1_000", "12:30:45"),
    *("0,5", "1,000.5", "50 %", "5%", "½", "٣", "1e", "--1", "+-1", "1.2.3", "one"),
)
TEXTS = (
    *('""', "''", "~", "null", "true", "no", "[]", "{}", "[[[[[[]]]]]]", "{a: {b: {c: {d: 1}}}}"),
    *("&a b", "*a", "!!python/object:os.system x", "!tag x", "<<", "? x", "- x", "| x", ">", "@x"),
    *("`x`", "%x", "#x", "x: y", "x:", ": x", "'x", '"x', '"\\U00110000"', '"\\x00"', '"\\ud800"'),
    *('"\\e[31m"', '"\\u202eabc"', '"\\u200b"', "=1+1", "@SUM(A1)", "<script>alert(1)</script>"),
    *("[/red]", "a|b", "x" * 300, "é" * 70, "../../etc/passwd", "CON", "a/b", "a.b", "datum.x"),
    *("2025Q5", "2025q4", "2025", "2025-02-30", "markov", "at least", "goal of", "free", "calm"),
)
INSERTED = (
    *(
        b"\x00",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\t",
        b"\r",
        b"\r\n",
        b"\x1b[2J",
    ),
    *(b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\x85", b"---\n", b"...\n", b"%YAML 1.1\n", b"%TAG ! x\n"),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"'",
        b": ",
        b"- ",
        b"#",
        b",",
        b"&",
        b"*",
        b"!",
        b"|",
        b"\n\n",
    ),
)

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NUMBER = re.compile(r"(?<![\w.])-?\d+\.?\d*(?![\w.])")
_VALUE = re.compile(r"(?<=: )[^\n#{}\[\],]+")


class Mutant(NamedTuple):
    """A broken case: its files, the file that was changed, and what was done to it."""

    files: Files
    changed: str
    how: str


def mutant(files: Files, seed: int) -> Mutant:
    """The sound case with one accident, sometimes two, the same for the same seed."""
    draw = random.Random(seed)
    changed = dict(files)
    done = []
    for _ in range(draw.choice((1, 1, 1, 2))):
        name = draw.choice(sorted(changed))
        accident = draw.choice(ACCIDENTS)
        changed[name] = accident(changed[name], draw)
        done.append(f"{accident.__name__} in {name}")
    return Mutant(changed, name, ", ".join(done))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _lines(data: bytes, draw: random.Random) -> tuple[list[bytes], int]:
    lines = data.splitlines(keepends=True) or [b"\n"]
    return lines, draw.randrange(len(lines))


def line_lost(data: bytes, draw: random.Random) -> bytes:
    lines, at = _lines(data, draw)
    return b"".join(lines[:at] + lines[at + 1 :])


def line_doubled(data: bytes, draw: random.Random) -> bytes:
    lines, at = _lines(data, draw)
    return b"".join([*lines[: at + 1], *lines[at:]])


def lines_swapped(data: bytes, draw: random.Random) -> bytes:
    lines, at = _lines(data, draw)
    other = draw.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]
    return b"".join(lines)


def block_lost(data: bytes, draw: random.Random) -> bytes:
    lines, at = _lines(data, draw)
    return b"".join(lines[:at] + lines[at + draw.randint(2, 12) :])


def indent_off(data: bytes, draw: random.Random) -> bytes:
    lines, at = _lines(data, draw)
    shift = draw.choice((b" ", b"  ", b"\t", b""))
    lines[at] = shift + (lines[at] if shift else lines[at].lstrip(b" "))
    return b"".join(lines)


def cut_short(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def emptied(data: bytes, draw: random.Random) -> bytes:
    return draw.choice((b"", b"\n", b"# nothing\n", b"{}\n", b"[]\n", b"null\n"))


def byte_changed(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]


def inserted(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] + draw.choice(INSERTED) + data[at:]


def _replaced(data: bytes, draw: random.Random, what: re.Pattern[str], by: str) -> bytes:
    text = _text(data)
    places = list(what.finditer(text))
    if not places:
        return data
    place = draw.choice(places)
    return _bytes(text[: place.start()] + by + text[place.end() :])


def number_replaced(data: bytes, draw: random.Random) -> bytes:
    return _replaced(data, draw, _NUMBER, draw.choice(NUMBERS))


def value_replaced(data: bytes, draw: random.Random) -> bytes:
    return _replaced(data, draw, _VALUE, draw.choice(TEXTS + NUMBERS))


def word_replaced(data: bytes, draw: random.Random) -> bytes:
    words = _WORD.findall(_text(data)) or ["x"]
    return _replaced(data, draw, _WORD, draw.choice(words))


def word_misspelt(data: bytes, draw: random.Random) -> bytes:
    words = [w for w in _WORD.findall(_text(data)) if len(w) > 3] or ["word"]
    word = draw.choice(words)
    at = draw.randrange(len(word) - 1)
    wrong = draw.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word.upper(),
            word + word[-1],
        )
    )
    return _replaced(data, draw, re.compile(rf"\b{re.escape(word)}\b"), wrong)


def windows(data: bytes, draw: random.Random) -> bytes:
    encoding = draw.choice(("utf-16", "cp1252", "utf-8-sig", "latin-1"))
    text = _text(data).replace("\n", "\r\n")
    return text.encode(encoding, "replace")


ACCIDENTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    line_lost,
    line_doubled,
    lines_swapped,
    block_lost,
    indent_off,
    cut_short,
    emptied,
    byte_changed,
    inserted,
    inserted,
    number_replaced,
    number_replaced,
    value_replaced,
    value_replaced,
    word_replaced,
    word_misspelt,
    word_misspelt,
    windows,
)
