"""What influence has to say."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from tightrope.analyses.influence import charts
from tightrope.analyses.influence.numbers import Influence
from tightrope.engine import labelled
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import counted, joined, lowered, percent

TOP, SHOWN, FEW = 3, 25, 6
SURE = 0.95
HEADS = ("one step up of", "moves", "by (middle world)", "9 worlds in 10", "after quarters", "over")
CAPTION = (
    "One step up of the row's variable in one quarter, and the largest movement of the column's "
    "afterwards, in the middle world. Empty: less than what is told."
)


def tell(found: Influence) -> Finding:
    """The strongest influences in sentences, as a table and as a picture."""
    options = found.options
    return Finding(
        source=provenance(found.case),
        name="influence",
        title="Which variable moves which",
        about="Each variable was moved in one quarter by one step (0.5 in log-odds, which takes 50 "
        "to 62; a tenth of an index or of a span) and then left alone, against the same "
        f"{counted(options.worlds, 'world')} without it. What the others do afterwards is over all "
        "mechanisms and choices together; the way named is a shortest one.",
        words=tuple(_sentences(found)),
        tables=(_table(found),),
        pictures=(Picture("influence-matrix", CAPTION, lambda: charts.matrix(found)),),
        data={"responses": _responses(found), "influence": found.strongest},
        settings={
            "worlds": options.worlds, "quarters": options.quarters, "rule": options.rule,
            "scenario": options.scenario or found.case.scenario,
            "posture": options.posture or found.case.posture,
            "seed": options.seed, "least": options.least,
        },
    )  # fmt: skip


def _sentences(found: Influence) -> Iterator[str]:
    label = {name: text for name, (text, _) in labelled.labels(found.case).items()}
    rows, least = found.strongest, found.options.least
    if rows.empty:
        yield f"No variable moves another by as much as {_points(least)}."
        return
    for r in rows.head(TOP).to_dict("records"):
        sure = (
            "in nearly every world" if r["same_sign"] >= SURE else f"in {percent(r['same_sign'])}"
        )
        yield (
            f"One step up of {lowered(label[r['source']])} "
            f"{'raises' if r['p50'] > 0 else 'lowers'} {lowered(label[r['target']])} by "
            f"{abs(r['p50']):.1f} points at most, after {counted(r['quarter'], 'quarter')} "
            f"({r['p5']:+.1f} to {r['p95']:+.1f} in nine worlds of ten; this way {sure})."
        )
    unsure = rows[rows["same_sign"] < SURE]
    if len(unsure):
        yield f"Of {counted(len(rows), 'pair')}, {len(unsure)} go either way, by the world."
    idle = [n for n in found.steps if n not in set(rows["source"])]
    if idle:
        few = joined(lowered(label[n]) for n in idle)
        names = few if len(idle) <= FEW else f"{len(idle)} of {len(found.steps)} variables"
        yield f"A step of {names} moves no other by as much as {_points(least)}."


def _points(size: float) -> str:
    return "1 point" if size == 1 else f"{size:g} points"


def _table(found: Influence) -> Table:
    label = {name: text for name, (text, _) in labelled.labels(found.case).items()}
    rows = tuple(
        (
            label[r["source"]], label[r["target"]], f"{r['p50']:+.1f}",
            f"{r['p5']:+.1f} to {r['p95']:+.1f}", str(r["quarter"]),
            r["path"].replace("_", " ") or "choices alone",
        )
        for r in found.strongest.head(SHOWN).to_dict("records")
    )  # fmt: skip
    more = len(found.strongest) - len(rows)
    note = f"{more} more in influence.csv." if more > 0 else ""
    return Table("The strongest influences", HEADS, rows, note=note)


def _responses(found: Influence) -> pd.DataFrame:
    """A row for each source, target and quarter; columns p5, p50, p95, positive."""
    wide = found.response.to_dataset("statistic").to_dataframe()
    return wide.reset_index()[["source", "target", "quarter", "p5", "p50", "p95", "positive"]]
