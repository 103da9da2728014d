"""What weighing has to say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from tightrope.analyses.record.evidence import FEW
from tightrope.analyses.weigh import charts
from tightrope.analyses.weigh.numbers import CANDIDATES, LOTS, TRUTHS, Weighed, uneven
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import counted, joined, lowered, number, percent

POOR = 0.05
"""A series whose distance so few records of the worlds would have is not met."""

MOSTLY = 0.5
"""With more of the weight on the true world itself, its rank is mostly chance."""

TOP, SCREEN = 12, 24
CLAIM_HEADS = ("claim", "all worlds", "not ruled out", "weighted", "share", "not ruled out, share",
               "weighted share")  # fmt: skip
CLAIM_NARROW = ("claim", "all", "left", "weighted", "share", "left", "weighted")
NUMBER_HEADS = ("number", "before", "after", "variance gone", "mean moved")
SERIES_HEADS = ("series", "points", "alone", "before", "after")
CLAIM_NOTE = (
    "Shares as argued. Empty: too few worlds are left to say. ?: the weights leave another word "
    "open."
)
NUMBER_NOTE = (
    "Mean and standard deviation. Mean moved: in standard deviations before. Those named moved or "
    "contracted beyond what weights make by chance, over all numbers together."
)
SERIES_NOTE = (
    "Alone: worlds of equal weight that would be left if this series alone weighed. Before, after: "
    "chance that a record made by these worlds is as far from them as what was observed; near 0 it "
    "is not met, near 1 its errors are stated too large."
)
CAPTIONS = {
    "weigh-predicted": "Dots: what was observed. Grey: nine in ten records that all worlds would "
    "make, errors included. Blue, where it is drawn: nine in ten that weighted worlds would make, "
    "and the middle. Additive scale (log-odds, logarithms), as a change where only change counts.",
    "weigh-ranks": "Known worlds made records, and worlds were weighed by them. Bars: how often "
    "the true world stood in each tenth of the weighted ones, by what the series is about. Between "
    "the dashed lines is what chance allows if weights are right.",
}


def tell(found: Weighed) -> Finding:
    """What the record tells of numbers and claims, or that it tells too little."""
    options, case = found.options, found.case
    pictures = {"weigh-predicted": charts.predicted, "weigh-ranks": charts.ranks}
    return Finding(
        source=provenance(case),
        name="weigh",
        title="What the record weighs",
        about="Each world counts by how likely the whole record is in it: one discrepancy for each "
        "series, drawn once, the error of each published number, and what shocks do. "
        f"{counted(found.worlds, 'world')} were held against it.",
        words=tuple(_sentences(found)),
        careful=tuple(_careful(found)),
        tables=tuple(_tables(found)),
        pictures=tuple(
            Picture(name, CAPTIONS[name], partial(make, found))
            for name, make in pictures.items()
        ),
        data={
            "claims": found.claims, "numbers": found.numbers, "series": found.series,
            "predicted": found.predicted, "ranks": found.ranks,
        },
        settings={
            "worlds": options.worlds, "weighed": found.worlds, "quarters": options.quarters,
            "rule": options.rule, "scenario": options.scenario or case.scenario,
            "posture": options.posture or case.posture, "seed": options.seed,
            "series": list(options.series), "effective": round(found.effective, 1),
            "largest": found.largest, "left": found.left, "made": TRUTHS,
        },
    )  # fmt: skip


def _sentences(found: Weighed) -> Iterator[str]:
    size = (
        f"The weights are worth {number(found.effective)} of {counted(found.worlds, 'world')} (the "
        f"largest is {percent(found.largest, 1)}); ruling out leaves {percent(found.left, 1)}."
    )
    if found.tells:
        yield size
        yield from _of_numbers(found)
        yield from _of_claims(found)
    else:
        yield f"{size} Fewer than {FEW} say nothing, so no number and no claim is told by weights."
        yield _why(found)
    yield from _of_series(found)
    yield _of_ranks(found)


def _why(found: Weighed) -> str:
    """Which series leave so few worlds."""
    own = found.series[~found.series["misfit"]].sort_values("alone", kind="stable").head(3)
    named = joined(f"{r['label']} ({number(r['alone'])})" for r in own.to_dict("records"))
    return (
        f"The fewest worlds would be left by {named}, each alone. More worlds (`--weighed`) or "
        "fewer series (`--series`) leave more to say; where no world comes near a series, more "
        "worlds will not help."
    )


def _of_numbers(found: Weighed) -> Iterator[str]:
    told = found.numbers[found.numbers["beyond_chance"]]
    if told.empty:
        yield (
            f"Of {counted(len(found.numbers), 'number')} none moves or contracts beyond chance: "
            "the record tells nothing of them."
        )
        return
    named = joined(f"{r['number']} ({percent(r['contraction'])})"
                   for r in told.head(3).to_dict("records"))  # fmt: skip
    yield (
        f"The record tells of {len(told)} of {counted(len(found.numbers), 'number')}. Most of the "
        f"variance is gone of {named}."
    )


def _of_claims(found: Weighed) -> Iterator[str]:
    rows = found.claims
    if rows.empty:
        return
    moved = rows[(rows["all"] != rows["weighed"])]
    sure = moved[moved["weighed_open"] == ""]
    if moved.empty:
        yield f"Weighed, no word changes ({counted(len(rows), 'claim')})."
        return
    named = joined(f"{r['claim']} ({r['all']}, weighted {r['weighed']})"
                   for r in sure.to_dict("records"))  # fmt: skip
    yield (
        f"Of {counted(len(rows), 'claim')} {len(moved)} would get another word by weights"
        + (f"; beyond chance: {named}." if named else ", none of them beyond chance.")
    )


def _of_series(found: Weighed) -> Iterator[str]:
    rows = found.series
    misfits = joined(map(lowered, rows.loc[rows["misfit"], "label"]))
    if misfits:
        yield f"No world meets these, so they do not weigh: {misfits}."
    column = "after" if found.tells else "before"
    poor = rows[~rows["misfit"] & (rows[column] < POOR)]
    which = "weighted worlds" if found.tells else "worlds"
    if len(poor):
        named = joined(f"{r['label']} ({percent(r[column], 1)})" for r in poor.to_dict("records"))
        yield f"Records that {which} make are hardly ever as far off as what was seen of {named}."
    near = rows[~rows["misfit"] & (rows[column] > 1 - POOR)]
    if len(near):
        yield (
            f"Nearer than nearly all records that {which} make: {joined(near['label'])}. Their "
            "errors, or the shocks, are stated larger than they were."
        )


def _of_ranks(found: Weighed) -> str:
    many = f"On {TRUTHS} records made by known worlds"
    wrong, own = uneven(found.ranks), float(found.ranks["own"].mean())
    if not wrong and own > MOSTLY:
        return (
            f"{many} ranks are uniform, but that says little: the true world itself got "
            f"{percent(own)} of the weight of {CANDIDATES} on average. By fewer series "
            "(`--series`) they say more."
        )
    if not wrong:
        return f"{many} weights find the truth as often as they should (ranks are uniform)."
    return (
        f"{many} weights are wrong by {joined(wrong)}: ranks are not uniform. Do not lean on them."
    )


def _careful(found: Weighed) -> Iterator[str]:
    yield (
        "Weights are right if errors are as the record states them and normal, and if what shocks "
        "do is normal too. One made by real shocks may differ."
    )
    if found.tells:
        yield (
            "A contraction is of this model's numbers. A series that weighs much and is met badly "
            "moves numbers to make up for what the model lacks."
        )


# ---------------------------------------------------------------- tables


def _tables(found: Weighed) -> Iterator[Table]:
    if len(found.claims):
        rows = tuple(_claim(r) for r in found.claims.to_dict("records"))
        yield Table("Claims by all worlds, by ruling out and by weights", CLAIM_HEADS, rows, 3,
                    note=CLAIM_NOTE, short=len(rows) <= SCREEN, narrow=CLAIM_NARROW)  # fmt: skip
    told = found.numbers[found.numbers["beyond_chance"].astype(bool)].head(TOP)
    if len(told):
        rows = tuple(
            (str(r["number"]), f"{number(r['before'])} ({number(r['before_sd'])})",
             f"{number(r['after'])} ({number(r['after_sd'])})", percent(r["contraction"]),
             f"{r['moved']:+.2f}")
            for r in told.to_dict("records")
        )  # fmt: skip
        yield Table("Numbers that the record tells of", NUMBER_HEADS, rows, 4, note=NUMBER_NOTE)
    rows = tuple(
        (str(r["label"]), str(r["points"]), number(r["alone"]), percent(r["before"], 1),
         percent(r["after"], 1) if found.tells else "")
        for r in found.series.to_dict("records")
    )  # fmt: skip
    yield Table("Series", SERIES_HEADS, rows, 4, note=SERIES_NOTE)


def _claim(row: dict[Any, Any]) -> tuple[str, ...]:
    def word(lot: str) -> str:
        if isinstance(row[lot], float):  # not a number: too few worlds
            return ""
        return str(row[lot]) + (" ?" if row[f"{lot}_open"] else "")

    def share(lot: str) -> str:
        return percent(row[f"{lot}_share"]) if word(lot) else ""

    return (str(row["claim"]), *(word(lot) for lot in LOTS), *(share(lot) for lot in LOTS))
