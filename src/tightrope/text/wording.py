"""Numbers, shares, quarters and texts as charts, reports and sentences word them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def number(value: float) -> str:
    """A number short enough to read: two figures that count, no decimals from 10 on."""
    if not math.isfinite(value):
        return "unknown"
    size = abs(value)
    digits = 0 if size >= 9.95 else 1 if size >= 0.95 else 2
    text = f"{value:.{digits}f}" if size >= 0.095 or size == 0 else f"{value:.1g}"
    return "0" if float(text) == 0 else text


def signed(value: float) -> str:
    """A number with its sign, plus too."""
    text = number(value)
    return f"+{text}" if value > 0 and text != "0" else text


def percent(share: float, digits: int = 0) -> str:
    """A share as a percentage that is 0 or 100 only where it is exactly that.

    `unknown` for a share of nothing.
    """
    if math.isnan(share):
        return "unknown"
    value = 100 * share
    if 0 < value < 1:
        return "under 1 %"
    if 99 < value < 100:
        return "over 99 %"
    return f"{value:.{digits}f} %"


def counted(count: int, one: str, many: str = "") -> str:
    """`1 world`, `2,000 worlds`: a number with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def joined(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    names = list(parts)
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


SMALL = 1.0
"""A part of fewer per cent is said to be under that, rather than with decimals."""


def percents(shares: Sequence[float]) -> list[str]:
    """Parts of a whole as whole percentages that add up to 100, and `under 1 %` for small ones.

    The first is rounded as it would be alone, the others by largest remainder; what is missing to
    100 may be what the small ones are together.
    """
    exact = [100 * share for share in shares]
    small = [0 < e < SMALL for e in exact]
    whole = [0 if s else math.floor(e + 1e-9) for e, s in zip(exact, small, strict=True)]
    if not small[0]:
        whole[0] = round(exact[0])
    missing = 100 - sum(whole) - sum(small)
    order = sorted(
        (i for i in range(1, len(exact)) if not small[i] and exact[i]),
        key=lambda i: whole[i] - exact[i],
    )
    for place in order[: max(missing, 0)]:
        whole[place] += 1
    return [
        "under 1 %" if s else "over 99 %" if 100 - SMALL < e < 100 else f"{w} %"
        for w, s, e in zip(whole, small, exact, strict=True)
    ]


def cells_of(shares: Sequence[float], count: int) -> list[int]:
    """So many cells of a bar for each part of a whole, by largest remainder."""
    exact = [share * count for share in shares]
    whole = [math.floor(e + 1e-9) for e in exact]
    for place in sorted(range(len(exact)), key=lambda i: whole[i] - exact[i])[: count - sum(whole)]:
        whole[place] += 1
    return whole


def split_words(row: Mapping[Any, Any]) -> str:
    """In which share of worlds a claim comes out as argued, too small, the opposite: all of 100 %.

    row: of the claims' table.
    """
    named = {"as argued": row["share"], "too small": row["small"], "the opposite": row["opposite"]}
    said = {words: part for words, part in named.items() if part > 0 or words == "as argued"}
    shown = zip(percents(list(said.values())), said, strict=True)
    return ", ".join(f"{size} {words}" for size, words in shown)


def sign_words(row: Mapping[Any, Any]) -> str:
    """How often the sign is as argued, whatever the size; "" where nothing is too small."""
    if not row["small"] > 0:
        return ""
    if row["effect_low"] == row["effect_high"] == 0:
        return "no difference in nine worlds in ten"
    return f"sign as argued in {percent(row['direction'])}, at any size"


def share_words(row: Mapping[Any, Any]) -> str:
    """`93 % (92-94)`: a claim's share of worlds with its 95 % interval."""
    low, high = 100 * row["share_low"], 100 * row["share_high"]
    return f"{percent(row['share'])} ({low:.0f}-{high:.0f})"


def effect_words(row: Mapping[Any, Any]) -> str:
    """`+4.1 points (+0.5 to +9.8)`: the median difference and the range of nine worlds in ten."""
    if not math.isfinite(row["effect"]):
        return "no single size"
    unit = f" {row['unit']}" if row["unit"] else ""
    span = f"{signed(row['effect_low'])} to {signed(row['effect_high'])}"
    return f"{signed(row['effect'])}{unit} ({span})"


def calendar(start: tuple[int, int] | None, quarter: float) -> str:
    """The calendar name of a quarter counted from the reference quarter, such as `2026Q1`."""
    if start is None:
        return f"quarter {int(quarter)}"
    count = start[0] * 4 + start[1] - 1 + int(quarter)
    return f"{count // 4}Q{count % 4 + 1}"


def calendar_start(name: str) -> tuple[int, int] | None:
    """Year and quarter of a calendar name such as `2025Q4`."""
    year, _, quarter = name.partition("Q")
    known = year.isdigit() and quarter in ("1", "2", "3", "4")
    return (int(year), int(quarter)) if known else None


def spaced(name: str) -> str:
    """A name of the case as words."""
    return name.replace("_", " ")


def shortened(text: str, limit: int) -> str:
    """The text, cut to `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "\u2026"


def wrapped(text: str, width: int, most: int) -> list[str]:
    """The text in lines of `width` characters, at most `most` of them."""
    return textwrap.wrap(text, width, max_lines=most, placeholder=" \u2026") or [""]


def lowered(label: str) -> str:
    """A label inside a sentence: its first letter small unless it begins a name or is short."""
    first = label.split(" ", maxsplit=1)[0]
    return label if first.isupper() or "-" in first else label[:1].lower() + label[1:]
