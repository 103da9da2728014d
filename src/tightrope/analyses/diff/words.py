"""What two cases or boards beside each other have to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from tightrope.analyses.diff.numbers import Difference
from tightrope.case import Departure
from tightrope.show.finding import Finding, Provenance, Table
from tightrope.text.wording import counted, percent

DOES = {"added": "only in the second", "off": "only in the first", "changed": "changed"}


def tell(found: Difference) -> Finding:
    """What is said otherwise, and which verdicts moved and by how much."""
    one, other = found.one, found.other
    tables = []
    if found.departures is not None:
        tables.append(_changes(found.departures))
    if found.verdicts is not None:
        tables.append(_verdicts(found.verdicts))
    return Finding(
        source=Provenance(
            f"{one.name} and {other.name}", f"{one.title} and {other.title}",
            f"{one.hash} and {other.hash}",
        ),
        name="diff",
        title=f"{one.name} and {other.name}",
        about=_about(found),
        words=tuple(_sentences(found)),
        tables=tuple(tables),
        data={} if found.verdicts is None else {"verdicts": found.verdicts},
        settings={"worlds": one.worlds, "other_worlds": other.worlds},
    )  # fmt: skip


def _about(found: Difference) -> str:
    if found.verdicts is None:
        return "Files were compared, and nothing was run."
    one, other = found.one.worlds, found.other.worlds
    worlds = counted(one, "world") if one == other else f"{one:,} and {other:,} worlds"
    return (
        f"Verdicts in {worlds} on either side. A change is beyond chance where its 95 % interval "
        "leaves out no change; the interval takes the worlds of the two sides as drawn apart, "
        "so it is too wide where they are the same."
    )


def _sentences(found: Difference) -> Iterator[str]:
    if found.departures is not None:
        yield _count(found.departures)
    if found.departures is None and found.one.hash == found.other.hash:
        yield "Both boards are of the same case, file for file."
    if found.verdicts is None:
        return
    both = found.verdicts[
        (found.verdicts["verdict"] != "") & (found.verdicts["other_verdict"] != "")
    ]
    moved = both[both["moved"]]
    sure = both[both["beyond_chance"]]
    yield (
        f"Of {counted(len(both), 'claim')} that both have, {len(moved)} changed their verdict and "
        f"{len(sure)} their share by more than chance."
    )
    for row in moved.to_dict("records"):
        beyond = "" if row["beyond_chance"] else ", within chance"
        yield (
            f"{row['claim']} goes from {row['verdict']} ({_share(row['share'])}) to "
            f"{row['other_verdict']} ({_share(row['other_share'])}){beyond}: {row['says']}"
        )
    for word, side in (("first", "other_verdict"), ("second", "verdict")):
        alone = found.verdicts[found.verdicts[side] == ""]
        if len(alone):
            yield f"Only in the {word}: {', '.join(alone['claim'])}."


def _count(departures: tuple[Departure, ...]) -> str:
    if not departures:
        return "The two cases say the same."
    kinds = {what: sum(d.what == what for d in departures) for what in DOES}
    parts = ", ".join(f"{count} {DOES[what]}" for what, count in kinds.items() if count)
    verb = "differs" if len(departures) == 1 else "differ"
    return f"{counted(len(departures), 'thing')} {verb}: {parts}."


def _changes(departures: tuple[Departure, ...]) -> Table:
    heads = ("where", "what", "field", "first", "second")
    rows: list[tuple[str, ...]] = []
    for one in departures:
        name = one.section if one.name == one.section else f"{one.section}: {one.name}"
        moves = one.moves or (("", "", ""),)
        rows += [(name, DOES[one.what], path, was, now) for path, was, now in moves]
    return Table("What is said otherwise", heads, tuple(rows))


def _verdicts(table: pd.DataFrame) -> Table:
    heads = ("claim", "first", "second", "share", "other share", "change (95 %)")
    shown = table[table["moved"] | table["beyond_chance"]]
    rows = tuple(
        (
            str(r["claim"]), str(r["verdict"]), str(r["other_verdict"]), _share(r["share"]),
            _share(r["other_share"]), _change(r),
        )
        for r in shown.to_dict("records")
    )  # fmt: skip
    return Table("Verdicts or shares that moved", heads, rows, 3)


def _share(share: float) -> str:
    return "" if np.isnan(share) else percent(share)


def _change(row: dict[Any, Any]) -> str:
    if np.isnan(row["change"]):
        return ""
    low, high = 100 * row["low"], 100 * row["high"]
    return f"{100 * row['change']:+.1f} ({low:+.1f} to {high:+.1f})"
