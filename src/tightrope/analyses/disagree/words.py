"""What two people's disagreement has to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from tightrope.analyses.disagree.numbers import EXACT, ORDERS, Disagreement
from tightrope.show.finding import Finding, Provenance, Table
from tightrope.text.wording import counted, joined, percent

HEADS = ("claim", "first", "second", "share", "other share", "change (95 %)")
PART_HEADS = ("claim", "part", "adds (95 %)")
NAMED = 8
"""So many claims are named in a sentence."""

SHOWN = 24
"""Rows of more than that stand on the page and in the files only."""


def tell(found: Sequence[Disagreement]) -> Finding:
    """On what each two of them differ, what makes it so, and on what they agree all the same."""
    people = list(dict.fromkeys(name for pair in found for name in pair.names))
    cases = {name: case for pair in found
             for name, case in zip(pair.names, pair.cases, strict=True)}  # fmt: skip
    return Finding(
        source=Provenance(
            " and ".join(people),
            " and ".join(dict.fromkeys(cases[name].title for name in people)),
            " and ".join(cases[name].hash for name in people),
        ),
        name="disagree",
        title=f"What {joined(people)} disagree on",
        about=_about(found[0]),
        words=tuple(sentence for pair in found for sentence in _sentences(pair, len(found) > 1)),
        careful=(
            "A part counts by what it does to the share of worlds as argued, not by how well it is "
            "supported. Who is right is not asked here.",
        ),
        tables=tuple(table for pair in found for table in _tables(pair, len(found) > 1)),
        data=_data(found),
        settings={"worlds": found[0].worlds},
    )


def _about(pair: Disagreement) -> str:
    how = (
        "all subsets of the parts were run"
        if pair.exact
        else f"{2 * ORDERS} orders of more than {EXACT} parts were run, and the fewest are those "
        "with the largest values"
    )
    return (
        f"Both sides in the same {counted(pair.worlds, 'world')}, without the record. What a part "
        f"adds is its Shapley value: its mean effect over all orders of the changes; {how}."
    )


def _sentences(pair: Disagreement, several: bool) -> Iterator[str]:
    one, other = pair.names
    start = f"{one} and {other}: " if several else ""
    if not pair.parts:
        yield f"{start}Nothing that {other} says otherwise changes a number."
        return
    rows = pair.claims
    differ = rows[rows["differs"]]
    yield (
        f"{start}{other} changes {counted(len(pair.parts), 'part')} of {one}. Of "
        f"{counted(len(rows), 'claim')} they differ on {len(differ)}."
    )
    for row in differ.to_dict("records"):
        chance = "" if row["beyond_chance"] else ", a change within chance"
        yield (
            f"{row['claim']}: {one} has {row['verdict']} ({percent(row['share'])}), {other} "
            f"{row['other_verdict']} ({percent(row['other_share'])}){chance}. The fewest parts "
            f"that make it so: {row['by']}."
        )
    same = rows[~rows["differs"]]
    reached = same[same["reach"] != ""]
    moved = reached[reached["beyond_chance"]]
    if len(moved):
        yield f"Same word, another share beyond chance: {_few(moved)}."
    still = reached[~reached["beyond_chance"]]
    if len(still):
        yield (
            f"They agree on {counted(len(still), 'claim')} that what they say otherwise reaches: "
            f"{_few(still)}."
        )
    away = same[same["reach"] == ""]
    if len(away):
        yield f"What they say otherwise does not reach {counted(len(away), 'claim')}."
    if pair.words_alone:
        yield (
            f"{counted(pair.words_alone, 'more departure')} "
            f"{'changes' if pair.words_alone == 1 else 'change'} words, or what no claim is judged "
            "by here."
        )


def _few(rows: pd.DataFrame) -> str:
    """The first claims of some; the table of claims has all."""
    names = list(rows["claim"])
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _tables(pair: Disagreement, several: bool) -> Iterator[Table]:
    of = f": {pair.names[0]} and {pair.names[1]}" if several else ""
    shown = pair.claims[pair.claims["differs"] | pair.claims["beyond_chance"]]
    rows = tuple(
        (str(r["claim"]), str(r["verdict"]), str(r["other_verdict"]), percent(r["share"]),
         percent(r["other_share"]), _change(r))
        for r in shown.to_dict("records")
    )  # fmt: skip
    if rows:
        yield Table(f"Words or shares that differ{of}", HEADS, rows, 3, short=len(rows) <= SHOWN)
    parts = tuple(
        (str(r["claim"]), str(r["part"]), _change(r)) for r in pair.shapley.to_dict("records")
    )
    if parts:
        note = (
            "Adds: to the share as argued, in points of 100; over the parts of a claim it sums to "
            "the whole change."
        )
        caption = f"What each part adds{of}"
        yield Table(caption, PART_HEADS, parts, 1, note=note, short=len(parts) <= SHOWN)


def _change(row: dict[Any, Any]) -> str:
    low, high = 100 * row["low"], 100 * row["high"]
    return f"{100 * row['change']:+.1f} ({low:+.1f} to {high:+.1f})"


def _data(found: Sequence[Disagreement]) -> dict[str, pd.DataFrame]:
    """All pairs in one table of each kind."""
    tables: dict[str, list[pd.DataFrame]] = {"claims": [], "parts": []}
    for pair in found:
        for name, own in (("claims", pair.claims), ("parts", pair.shapley)):
            told = own.copy()
            told.insert(0, "other", pair.names[1])
            told.insert(0, "one", pair.names[0])
            tables[name].append(told)
    return {name: pd.concat(own, ignore_index=True) for name, own in tables.items()}
