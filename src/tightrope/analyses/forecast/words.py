"""A forecast, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from tightrope.analyses.forecast import charts
from tightrope.analyses.forecast.base import rate
from tightrope.analyses.forecast.numbers import FEW, Forecast
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import counted, joined, number, percent

FAR = 0.2
"""A forecast this far from the base rate is told among the first."""

TOP = 5
QUESTION_HEADS = ("question", "decided in", "read as", "share of worlds", "persistence",
                  "base rate", "from")  # fmt: skip
QUESTION_NARROW = ("question", "in", "read as", "worlds", "persists", "base", "from")
QUESTION_NOTE = (
    "Base rate from: so many windows of the record in which it was so, of how many; or stated."
)
SERIES_HEADS = ("series", "quarter", "middle", "9 in 10 worlds", "persistence", "9 in 10", "unit")
CAPTIONS = {
    "forecast-questions": "Each question: share of worlds in which it comes out so (dot, with its "
    "interval), persistence (bar) and base rate (cross).",
    "forecast-series": "Each series: what is known (black), and the middle and nine in ten of the "
    "worlds that are forecast (blue) and of persistence (grey).",
}


def tell(found: Forecast) -> Finding:
    """What is forecast in sentences, two tables and two pictures."""
    options, given = found.options, found.course
    over = f"through {given.label.lower()}" if given else "over the Markov mix of what lies outside"
    made = charts.named(found)
    return Finding(
        source=provenance(found.case),
        name="forecast",
        title=f"Forecast from {found.start} to {found.last}",
        about=f"{_worlds(found)} lived through the record once more and went on {over}. A question "
        "is forecast by the share of worlds in which it comes out so; a series is carried on from "
        "its last known number. Beside it what a base rate and persistence say.",
        words=tuple(_sentences(found)),
        careful=tuple(_careful(found)),
        tables=(_questions(found), _series(found)),
        pictures=tuple(Picture(n, CAPTIONS[n], make) for n, make in made.items()),
        data={"forecast": found.table},
        settings={
            "worlds": options.worlds, "quarters": options.quarters, "rule": options.rule,
            "course": given.name if given else "", "seed": options.seed, "start": found.start,
            "effective": round(found.effective, 1),
        },
    )  # fmt: skip


def _worlds(found: Forecast) -> str:
    count = counted(round(found.effective), "world")
    if found.matching is None:
        return f"{count}, of which none was held against a record,"
    part = percent(found.matching.share)
    return f"{count} of those that the record does not rule out ({part} of all)"


def asked(found: Forecast) -> pd.DataFrame:
    """A row for each question: share of worlds, persistence and base rate at its deadline."""
    table = found.table
    rows = table[(table["kind"] == "question") & table["due"].astype(bool)]
    wide = rows.pivot_table(index="name", columns="forecast", values="share", sort=False)
    first = rows[rows["forecast"] == "model"].set_index("name")
    told = first[["asks", "quarter", "given", "share_low", "share_high"]].join(wide)
    return told.reindex(columns=[*told.columns, *(c for c in ("persistence", "base rate")
                                                  if c not in told)])  # fmt: skip


def _sentences(found: Forecast) -> Iterator[str]:
    rows = asked(found)
    if rows.empty:
        yield "The case asks no question that is decided within the forecast."
    else:
        far = (rows["model"] - rows["base rate"]).abs()
        moved = rows[(far >= FAR) & ~rows["given"].astype(bool)]
        yield (
            f"Of {counted(len(rows), 'question')} {len(moved)} are forecast otherwise than their "
            f"base rates by {percent(FAR)} or more."
        )
        says = {q.name: q.says for q in found.case.questions}
        for name in far[moved.index].nlargest(TOP).index:
            row = rows.loc[name]
            yield f"{says[name]} {percent(row['model'])} (base rate {percent(row['base rate'])})."
        given = int(rows["given"].sum())
        if given:
            yield f"{counted(given, 'question')} of these the course itself decides; not scored."
    if found.late:
        yield f"Left out, as decided later or read off what is left out: {joined(found.late)}."


def _careful(found: Forecast) -> Iterator[str]:
    if found.effective < FEW:
        yield (
            f"Few worlds: {number(found.effective)} count. Shares are rough, and an interval of "
            "nine worlds in ten says little."
        )
    yield (
        "A share of worlds is a forecast only as far as the model and its ranges are right; it has "
        "not been calibrated. `tightrope score` says how such forecasts fared."
    )
    yield (
        "The interval of a share is that of chance among worlds alone. What may lie between a "
        "series and the variable that it stands for is a judgement of the case."
    )
    if found.old:
        yield f"Series whose last number is old, and that are left out: {joined(found.old)}."


def _questions(found: Forecast) -> Table:
    by_name = {q.name: q for q in found.case.questions}
    rows = []
    for name, row in asked(found).iterrows():
        question = by_name[str(name)]
        known = rate(found.case, question)
        held = "given" if row["given"] else percent(row["model"])
        lasts = percent(row["persistence"]) if math.isfinite(row["persistence"]) else ""
        where = f"{known.so} of {known.of}" if known.of else "stated"
        rows.append((
            str(name), str(row["quarter"]), question.asks.rpartition(" in ")[0], held, lasts,
            percent(row["base rate"]), where,
        ))  # fmt: skip
    return Table("Questions", QUESTION_HEADS, tuple(rows), numbers=4, note=QUESTION_NOTE,
                 narrow=QUESTION_NARROW)  # fmt: skip


def _series(found: Forecast) -> Table:
    table = found.table[found.table["kind"] == "series"]
    rows = []
    for (label, time), part in table.groupby(["asks", "quarter"], sort=False):
        own = part.set_index("forecast")
        cells = []
        for forecast in ("model", "persistence"):
            there = forecast in own.index
            one = own.loc[forecast] if there else None
            cells += [
                number(one["middle"]) if one is not None else "",
                f"{number(one['low'])} to {number(one['high'])}" if one is not None else "",
            ]
        rows.append((str(label), str(time), *cells, str(part["unit"].iloc[0])))
    return Table("Series", SERIES_HEADS, tuple(rows), short=False)
