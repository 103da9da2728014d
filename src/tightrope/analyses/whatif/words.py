"""What a change moves, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from tightrope.analyses.whatif.numbers import WhatIf
from tightrope.show.finding import Finding, Provenance, Table, provenance
from tightrope.text.wording import counted, percent, signed

HEADS = ("claim", "before", "after", "as argued", "change", "beyond chance")
NOTE = (
    "as argued: the share of worlds, before and after. change: in points, with its 95 % interval, "
    "paired by world. beyond chance: by an exact test of how many worlds changed which way, with "
    "errors controlled over all claims reached (Holm)."
)


def tell(found: WhatIf) -> Finding:
    """Which claims got another word, by how much, and whether that is beyond chance."""
    one, other = provenance(found.before), provenance(found.after)
    source = Provenance(f"{one.name} and {other.name}", one.title, f"{one.hash} and {other.hash}",
                        other.origin)  # fmt: skip
    return Finding(
        source=source,
        name="whatif",
        title="What if",
        about=f"Claims that the draft can reach, in the same {counted(found.worlds, 'world')} "
        "before and after. World 17 is the same on both sides wherever both have its numbers.",
        words=tuple(sentences(found)),
        careful=tuple(_careful(found)),
        tables=(Table("Claims that the draft can reach", HEADS,
                      tuple(map(_row, found.claims.to_dict("records"))), note=NOTE),),
        data={"whatif": found.claims},
        settings={"worlds": found.worlds, "quarters": found.quarters, "rule": found.rule,
                  "seed": found.seed},
    )  # fmt: skip


def sentences(found: WhatIf) -> Iterator[str]:
    """What came out, the main thing first."""
    rows = found.claims
    if not len(rows):
        yield "The draft changes nothing that any claim rests on."
        return
    sure = int((rows["moved"] & rows["beyond_chance"]).sum())
    moved = int(rows["moved"].sum())
    yield (
        f"{moved} of {counted(len(rows), 'claim')} that the draft can reach "
        f"{'has' if moved == 1 else 'have'} another word"
        + (f"; the shares of {sure} of them moved beyond chance." if moved else ".")
    )
    if found.unreached:
        yield f"{counted(found.unreached, 'claim')} cannot be reached and were not run."


def _careful(found: WhatIf) -> Iterator[str]:
    if found.before.series:
        yield (
            "Both sides are judged before worlds are ruled out by the record; the board's words "
            "come after that and may be others."
        )
    yield (
        "A word can change though the share hardly does, where it lies at a border; see whether "
        "the change is beyond chance."
    )


def _row(row: Mapping[Any, Any]) -> tuple[str, ...]:
    if math.isnan(row["change"]):
        return str(row["claim"]), str(row["before"]), str(row["after"]), "", "", ""
    return (str(row["claim"]), str(row["before"]), str(row["after"]),
            f"{percent(row['share_before'])} to {percent(row['share_after'])}", change(row),
            "yes" if row["beyond_chance"] else "no")  # fmt: skip


def change(row: Mapping[Any, Any]) -> str:
    """By how much a share moved, in points, with its interval."""
    middle, low, high = (signed(100 * row[name]) for name in ("change", "low", "high"))
    return f"{middle} ({low} to {high})"
