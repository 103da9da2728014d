"""Charts of signposts: how well each tells failing futures, and the best one's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import altair as alt
import numpy as np

from tightrope.analyses.signposts import numbers as signposts
from tightrope.analyses.signposts.numbers import Signposts
from tightrope.show.style import (
    INK,
    LINE,
    QUIET,
    Chart,
    Record,
    note,
    row_axis,
    rows_chart,
    styled,
    tip,
)
from tightrope.text.wording import (
    calendar,
    calendar_start,
    number,
    percent,
    shortened,
    signed,
    wrapped,
)

ALARM, CALM = "#a63603", "#6baed6"
ROWS = 14
"""So many signposts are drawn."""


def of_signposts(found: Signposts) -> dict[str, Callable[[], Chart]]:
    """Charts of signposts by name."""
    return {"ranking": partial(ranking, found), "best": partial(best, found)}


def ranking(found: Signposts) -> Chart:
    """The best signposts: how well each tells failing futures, and how it errs."""
    if found.table.empty:
        return note("Too few futures of the rarer kind: nothing was ranked.")
    top = signposts.leading(found.table)[:ROWS].to_dict("records")
    tall = 36
    height = tall * len(top)
    rows: list[Record] = []
    errors: list[Record] = []
    for i, r in enumerate(top):
        middle = tall * (i + 0.5)
        kind = "a signal" if r["signal"] else signposts.CHANCE
        hidden = "" if r["public"] else " (nobody publishes it)"
        rows.append({
            "label": shortened(signposts.label_words(r), 66 - len(hidden)) + hidden,
            "alarm": shortened(_alarm(r), 84),
            "y": middle, "label_y": middle - 8, "alarm_y": middle + 8,
            "top": tall * i, "kind": kind,
            "auc": 100 * r["auc"], "low": 100 * r["auc_low"], "high": 100 * r["auc_high"],
            "tip": r["sentence"],
        })  # fmt: skip
        for error, value in (("failures missed", "misses"), ("false alarms", "false_alarms")):
            errors.append({"y": middle, "error": error, "value": 100 * r[value],
                           "tip": f"{error}: {percent(r[value])}"})  # fmt: skip
    y = row_axis("y:Q", height)
    text: Record = {"align": "left", "baseline": "middle"}
    words = [
        rows_chart(rows[1:]).mark_rule(color=LINE).encode(
            x=alt.value(-390), x2=alt.value(300), y=row_axis("top:Q", height)
        ),
        rows_chart(rows).mark_text(**text, fontSize=12, color=INK).encode(
            x=alt.value(-390), y=row_axis("label_y:Q", height), text="label:N"
        ),
        rows_chart(rows).mark_text(**text, fontSize=10.5, color=QUIET).encode(
            x=alt.value(-390), y=row_axis("alarm_y:Q", height), text="alarm:N"
        ),
    ]  # fmt: skip
    floor = 10 * int(min(50, *(r["low"] for r in rows)) // 10)
    x = alt.X(
        "auc:Q",
        scale=alt.Scale(domain=[floor, 100], nice=False),
        axis=alt.Axis(
            title=["chance that a failing future looks worse", "than a good one (%); 50 is a coin"],
            tickCount=6,
        ),
    )
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=["a signal", signposts.CHANCE], range=["#08519c", "#b0b0b0"]),
        legend=alt.Legend(title=None, orient="top", offset=6),
    )
    coin = rows_chart([{"auc": 50}]).mark_rule(color=QUIET, strokeDash=[4, 3]).encode(x=x)
    left = alt.layer(
        *words,
        coin,
        rows_chart(rows).mark_rule(strokeWidth=2.5).encode(
            x=alt.X("low:Q"), x2="high:Q", y=y, color=colour, **tip()
        ),
        rows_chart(rows).mark_circle(size=90, opacity=1).encode(x=x, y=y, color=colour, **tip()),
    ).properties(width=300, height=height)  # fmt: skip
    wrong = alt.X(
        "value:Q",
        scale=alt.Scale(domain=[0, 100], nice=False),
        axis=alt.Axis(title=["share of failures without an alarm,", "of good futures with one (%)"],
                      tickCount=5),
    )  # fmt: skip
    kinds: Record = {
        "domain": ["failures missed", "false alarms"],
    }
    legend = alt.Legend(title=None, orient="top", offset=6)
    right = alt.layer(
        rows_chart(rows[1:]).mark_rule(color=LINE).encode(
            x=alt.value(0), x2=alt.value(190), y=row_axis("top:Q", height)
        ),
        rows_chart(errors).mark_point(filled=True, size=75, opacity=1).encode(
            x=wrong,
            y=y,
            shape=alt.Shape("error:N", legend=legend,
                            scale=alt.Scale(**kinds, range=["circle", "triangle-up"])),
            color=alt.Color("error:N", legend=legend,
                            scale=alt.Scale(**kinds, range=[ALARM, "#e69f00"])),
            **tip(),
        ),
    ).properties(width=190, height=height)  # fmt: skip
    both = alt.hconcat(left, right, spacing=26).resolve_scale(
        color="independent", shape="independent"
    )
    return styled(both)


def _alarm(row: Mapping[Any, Any]) -> str:
    """The alarm's threshold, short."""
    moved = row["reading"] in ("change", "seen")
    size = signed(row["threshold"]) if moved else number(row["threshold"])
    ends = f"; {row['ends']}" if row["ends"] else ""
    return f"alarm {row['direction']} {size} {row['unit']}{ends}"


def best(found: Signposts) -> Chart:
    """The best signpost's values in failing and in good futures, with its threshold."""
    if found.best.empty:
        return note("Too few futures of the rarer kind: nothing was ranked.")
    row = signposts.leading(found.table).iloc[0]
    at, above = float(row["threshold"]), row["direction"] == "above"
    values = found.best["value"].to_numpy(float)
    failing = found.best["fails"].to_numpy(bool)
    low, high = values.min(), values.max()
    step = (high - low) / 40
    edges = at + step * np.arange(np.floor((low - at) / step), np.ceil((high - at) / step) + 1)
    kinds = {"futures that fail": failing, "good futures": ~failing}
    heads = {
        "futures that fail": f"futures that fail: {percent(1 - row['misses'])} sound the alarm",
        "good futures": f"good futures: {percent(row['false_alarms'])} sound the alarm",
    }
    rows: list[Record] = []
    for kind, own in kinds.items():
        shares = np.histogram(values[own], edges)[0] / max(own.sum(), 1)
        for left, right, share in zip(edges, edges[1:], shares, strict=False):
            alarm = (left + right) / 2 > at if above else (left + right) / 2 < at
            rows.append({
                "kind": heads[kind], "left": float(left), "right": float(right),
                "share": 100 * float(share), "zero": 0,
                "alarm": "alarm" if alarm else "no alarm",
                "tip": f"{kind}, {number(left)} to {number(right)} {row['unit']}: "
                f"{percent(float(share))} of them",
            })  # fmt: skip
    start = calendar_start(found.case.reference_quarter)
    title = f"{signposts.label_words(row)} ({row['unit']}"
    title += f"; {row['ends']})" if row["ends"] else ")"
    x: Record = {
        "scale": alt.Scale(domain=[float(edges[0]), float(edges[-1])], nice=False, zero=False),
        "axis": alt.Axis(
            title=wrapped(f"{title}, by {calendar(start, found.read_by)}", 80, 2), grid=False
        ),
    }
    colour = alt.Color(
        "alarm:N",
        scale=alt.Scale(domain=["alarm", "no alarm"], range=[ALARM, CALM]),
        legend=alt.Legend(title=None, orient="top"),
    )
    most = max(r["share"] for r in rows)
    bars = alt.Chart().mark_rect(stroke="white", strokeWidth=0.4).encode(
        x=alt.X("left:Q", **x), x2="right:Q", color=colour, **tip(),
        y=alt.Y("share:Q", scale=alt.Scale(domain=[0, most]),
                axis=alt.Axis(title="share of these futures (%)", tickCount=4)),
        y2=alt.Y2("zero:Q"),
    )  # fmt: skip
    line = alt.Chart().mark_rule(color=INK, strokeDash=[4, 3]).encode(
        x=alt.X("threshold:Q", **x)
    )  # fmt: skip
    panel = alt.layer(bars, line).properties(width=520, height=130)
    data = [r | {"threshold": at} for r in rows]
    facet = alt.Facet(
        "kind:N", title=None, sort=list(heads.values()),
        header=alt.Header(labelFontSize=12, labelAnchor="start", labelFontWeight="bold"),
    )  # fmt: skip
    drawn = panel.facet(facet=facet, columns=1, data=rows_chart(data).data)
    heading = alt.TitleParams(
        text=wrapped(str(row["sentence"]), 88, 4), anchor="start", fontSize=12, fontWeight="normal",
        color=INK, offset=10, lineHeight=16,
    )  # fmt: skip
    return styled(drawn.properties(title=heading))
