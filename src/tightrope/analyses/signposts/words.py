"""What signposts have to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd

from tightrope.analyses.signposts import charts
from tightrope.analyses.signposts.numbers import (
    CHANCE,
    FEWEST,
    Joined,
    Signposts,
    leading,
    too_small,
)
from tightrope.case import Case
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import calendar, calendar_start, counted, number, percent

UNSEEN = "Nobody publishes it."
BESIDE = "Nobody publishes it; there are stand-ins."
TOO_SMALL = "Nobody could tell so small a change from nothing."

SHOWN = 12
"""So many signals stand in the first table."""

HEADS = ("alarm when", "how well", "tells (95 %)", "misses", "cries wolf")
NARROW = (*HEADS[:-1], "wolf")
NOTE = (
    "Tells: the chance that a failing future looks worse than a good one; 50 % is a coin. Misses: "
    "failures without an alarm. Cries wolf: good futures with one."
)
CAPTIONS = {
    "ranking": "How well each signpost tells futures that fail from good ones, with a 95 % "
    "interval, and how often its alarm misses a failure or cries wolf.",
    "best": "The best signpost in failing and in good futures, with the threshold of its alarm.",
}


def tell(found: Signposts) -> Finding:
    """What foretells failure, in sentences, tables and two pictures."""
    made = said(found)
    return Finding(
        source=provenance(found.case),
        name="watch",
        title="What to watch",
        about=_about(found),
        words=tuple(sentences(found)),
        tables=tuple(_tables(found, made)),
        pictures=tuple(_pictures(found, made)),
        data={"signposts": made},
        settings={
            "posture": found.posture,
            "scenario": found.scenario,
            "rule": found.rule,
            "seed": found.seed,
            "worlds": found.worlds,
            "quarters": found.quarters,
            "read_by": found.read_by,
            "fails": found.fails,
            "joined": asdict(found.joined) if found.joined else None,
        },
    )


def _about(found: Signposts) -> str:
    labels = _labels(found.case)
    return (
        f"What can be read in the first {counted(found.read_by, 'quarter')} of {found.quarters} "
        "that tells futures that fail from good ones: posture "
        f'"{labels[found.posture]}", scenario "{labels[found.scenario]}", rule {found.rule}, seed '
        f"{found.seed}. Thresholds were set in half of {counted(found.worlds, 'world')}; all rates "
        "come from the other half. What somebody can observe (a published series, conduct, events "
        "outside) comes first; the order is that of the first half. An alarm that could be chance "
        "among so many is no signal."
    )


def _pictures(found: Signposts, made: pd.DataFrame) -> Iterator[Picture]:
    if made.empty:
        return
    signs: list[Mapping[Any, Any]] = [
        row | {"short": label_words(row)} for row in leading(made).to_dict("records")
    ]
    yield Picture("ranking", CAPTIONS["ranking"], partial(charts.ranking, signs))
    yield Picture("best", CAPTIONS["best"], partial(charts.best, found, signs[0]))


# ---------------------------------------------------------------- tables


def said(found: Signposts) -> pd.DataFrame:
    """The table with a sentence for each observable."""
    rows = found.table.to_dict("records")
    return found.table.assign(sentence=[sentence(found.case, r, found.read_by) for r in rows])


def _tables(found: Signposts, made: pd.DataFrame) -> Iterator[Table]:
    """The best signals, which a terminal holds, and the rest."""
    rows = leading(made)
    signals = rows.index[rows["signal"].astype(bool)][:SHOWN]
    for caption, part, short in (
        ("Signposts, what can be observed first", rows.loc[signals], True),
        ("Further signposts, and what is no better than chance", rows.drop(signals), False),
    ):
        cells = tuple(_cells(found, row) for row in part.to_dict("records"))
        yield Table(caption, HEADS, cells, 3, note=NOTE, short=short, narrow=NARROW)


def _cells(found: Signposts, row: Mapping[Any, Any]) -> tuple[str, ...]:
    when = condition_words(found.case, row, found.read_by)
    note = careful(row)
    well = f"{row['strength']}. {note}" if note else str(row["strength"])
    return when, well, tells(row), percent(row["misses"]), percent(row["false_alarms"])


def tells(row: Mapping[Any, Any]) -> str:
    """`74 % (71-77)`: an AUC with its interval."""
    return f"{100 * row['auc']:.0f} % ({100 * row['auc_low']:.0f}-{100 * row['auc_high']:.0f})"


def careful(row: Mapping[Any, Any]) -> str:
    """What stands in the way of reading a signpost; empty where nothing does."""
    unseen = BESIDE if row["beside"] else UNSEEN
    small = TOO_SMALL if too_small(row) else ""
    return " ".join(filter(None, ("" if row["public"] else unseen, small)))


# ---------------------------------------------------------------- sentences


def sentences(found: Signposts) -> Iterator[str]:
    """How often the posture fails, what foretells it best, and what several together add."""
    labels = _labels(found.case)
    vital = [o.label for o in found.case.objectives if o.vital] or ["any objective"]
    yield (
        f"{labels[found.posture]} ({labels[found.scenario]}): fails in {percent(found.fails)} of "
        f"{counted(found.worlds, 'future')}. It fails where one of these has not enough at "
        f"the end: {', '.join(vital)}."
    )
    if found.joined is None:
        count = round(found.fails * found.worlds)
        failing = f"{count} fails" if count == 1 else f"{count or 'none'} fail"
        yield (
            f"Too few futures are of the rarer kind to say what foretells it: {failing}, and "
            f"{FEWEST} that fail and as many that do not are needed in either half."
        )
        return
    table = said(found)
    signals = leading(table)[lambda t: t["signal"].astype(bool)]
    if signals.empty:
        yield "Nothing that can be read so early tells failing futures from good ones."
        return
    yield from _signals(signals, table)
    if len(found.joined.names) > 1:
        yield _together(found.joined, table)


def _signals(signals: pd.DataFrame, table: pd.DataFrame) -> Iterator[str]:
    """The best one that can be read, then of what nobody publishes and of what has a series."""
    rows = signals.to_dict("records")
    plain = [r for r in rows if not careful(r)]
    if not plain:
        yield "Nothing that somebody can observe so early foretells it; what nobody can may:"
    first = (plain or rows)[0]
    yield first["sentence"]
    hidden = [r for r in rows if not r["public"]]
    if plain and hidden:
        yield f"Of what nobody publishes: {hidden[0]['sentence']}"
    seen = [r for r in rows if r["reading"] == "seen"]
    if seen and first["reading"] != "seen":
        yield f"Of what has a published series: {seen[0]['sentence']}"
    elif not seen and (table["reading"] == "seen").any():
        yield (
            "No published series of the case's record foretells it: what the best ones show is "
            "drowned by the error they have as stand-ins."
        )


def _together(read: Joined, table: pd.DataFrame) -> str:
    short = {row["name"]: label_words(row) for row in table.to_dict("records")}
    worth = "adds" if read.gain_low > 0 else "adds nothing that is sure"
    return (
        f"Reading {len(read.names)} together ({'; '.join(short[n] for n in read.names)}) "
        f"{worth}: the chance that a failing future looks worse than a good one goes from "
        f"{percent(read.auc - read.gain)} to {percent(read.auc)} (difference "
        f"{100 * read.gain_low:.1f} to {100 * read.gain_high:.1f} points), with "
        f"{percent(read.misses)} of failures missed and {percent(read.false_alarms)} false alarms."
    )


def sentence(case: Case, row: Mapping[Any, Any], read_by: int) -> str:
    """What an observable foretells, and how it errs."""
    when, note = f"If {condition_words(case, row, read_by)}", careful(row)
    if not row["signal"]:
        return f"{when}: {CHANCE}. {note}".strip()
    otherwise = f" ({percent(row['fails_else'])} otherwise)" if row["alarms"] < 1 else ""
    then = f"the posture fails in {percent(row['fails_if'])} of such futures{otherwise}"
    if not row["alarms"]:
        then = "none of the futures that judge it sounds the alarm"
    return (
        f"{when}, {then}. It misses {percent(row['misses'])} of failures and cries wolf in "
        f"{percent(row['false_alarms'])} of good futures. {note}"
    ).strip()


def condition_words(case: Case, row: Mapping[Any, Any], read_by: int) -> str:
    """When the alarm sounds."""
    start = calendar_start(case.reference_quarter)
    first, last = (calendar(start, q) for q in (1, read_by))
    at, above, unit = float(row["threshold"]), row["direction"] == "above", str(row["unit"])
    size = f"{number(abs(at))} {unit}".strip()
    sign = "-" if at < 0 and number(abs(at)) != "0" else ""
    label = f'"{row["label"]}"'
    if row["reading"] in ("change", "seen"):
        where = f" (read off: {row['series']})" if row["reading"] == "seen" else ""
        since = f"from {case.reference_quarter} to {last}{where}"
        if above:
            moved = f"up by more than {size}" if at >= 0 else f"not down by {size}"
        else:
            moved = f"not up by {size}" if at > 0 else f"down by more than {size}"
        return f"{label} is {moved} {since}"
    ends = f" ({row['ends']})" if row["ends"] else ""
    side = "above" if above else "below"
    if row["reading"] == "mean":
        return f"{label} is {side} {sign}{size}{ends} on average from {first} to {last}"
    return f"{label} is {side} {sign}{size}{ends} in {last}"


def label_words(row: Mapping[Any, Any]) -> str:
    """A short name of an observable for charts and lists."""
    beside = {"level": "level", "mean": "mean so far", "change": "change"}
    if row["reading"] == "seen":
        return f"{row['label']}, as seen in: {row['series']}"
    return f"{row['label']}, {beside[row['reading']]}"


def _labels(case: Case) -> dict[str, str]:
    """What postures and scenarios are called, by name."""
    return {p.name: p.label for p in case.postures} | {s.name: s.label for s in case.scenarios}
