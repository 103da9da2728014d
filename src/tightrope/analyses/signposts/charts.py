"""Charts of signposts: how well each tells failing futures, and the best one's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from tightrope.analyses.signposts.numbers import CHANCE, Signposts
from tightrope.show.style import (
    INK,
    LINE,
    QUIET,
    Chart,
    Record,
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

Sign = Mapping[Any, Any]
"""A row of the table with its `sentence` and a `short` name."""

ALARM, CALM = "#a63603", "#6baed6"
ROWS = 14
"""So many signposts are drawn."""
TALL, WORDS, TELLS, ERRS = 36, 390, 300, 190
"""Pixels: of a row, and across its words, how well it tells, and how it errs."""


def ranking(signs: Sequence[Sign]) -> Chart:
    """The best signposts: how well each tells failing futures, and how it errs. At least one."""
    top = signs[:ROWS]
    rows = [_row(i, sign) for i, sign in enumerate(top)]
    errors = [
        {"y": TALL * (i + 0.5), "error": error, "value": 100 * sign[value],
         "tip": f"{error}: {percent(sign[value])}"}
        for i, sign in enumerate(top)
        for error, value in (("failures missed", "misses"), ("false alarms", "false_alarms"))
    ]  # fmt: skip
    both = alt.hconcat(_tells(rows), _errs(rows, errors), spacing=26).resolve_scale(
        color="independent", shape="independent"
    )
    return styled(both)


def _row(i: int, sign: Sign) -> Record:
    middle = TALL * (i + 0.5)
    hidden = "" if sign["public"] else " (nobody publishes it)"
    return {
        "label": shortened(str(sign["short"]), 66 - len(hidden)) + hidden,
        "alarm": shortened(_alarm(sign), 84),
        "y": middle, "label_y": middle - 8, "alarm_y": middle + 8, "top": TALL * i,
        "kind": "a signal" if sign["signal"] else CHANCE,
        "auc": 100 * sign["auc"], "low": 100 * sign["auc_low"], "high": 100 * sign["auc_high"],
        "tip": sign["sentence"],
    }  # fmt: skip


def _alarm(sign: Sign) -> str:
    """The alarm's threshold, short."""
    moved = sign["reading"] in ("change", "seen")
    size = signed(sign["threshold"]) if moved else number(sign["threshold"])
    ends = f"; {sign['ends']}" if sign["ends"] else ""
    return f"alarm {sign['direction']} {size} {sign['unit']}{ends}"


def _lines(rows: Sequence[Record], left: int, right: int) -> Any:
    """Quiet lines between rows."""
    return rows_chart(rows[1:]).mark_rule(color=LINE).encode(
        x=alt.value(left), x2=alt.value(right), y=row_axis("top:Q", TALL * len(rows))
    )  # fmt: skip


def _texts(rows: Sequence[Record], field: str, size: float, colour: str) -> Any:
    mark = rows_chart(rows).mark_text(align="left", baseline="middle", fontSize=size, color=colour)
    y = row_axis(f"{field}_y:Q", TALL * len(rows))
    return mark.encode(x=alt.value(-WORDS), y=y, text=f"{field}:N")


def _tells(rows: Sequence[Record]) -> Any:
    """Names, alarms, and the AUC with its interval."""
    height = TALL * len(rows)
    y = row_axis("y:Q", height)
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
        scale=alt.Scale(domain=["a signal", CHANCE], range=["#08519c", "#b0b0b0"]),
        legend=alt.Legend(title=None, orient="top", offset=6),
    )
    return alt.layer(
        _lines(rows, -WORDS, TELLS),
        _texts(rows, "label", 12, INK),
        _texts(rows, "alarm", 10.5, QUIET),
        rows_chart([{"auc": 50}]).mark_rule(color=QUIET, strokeDash=[4, 3]).encode(x=x),
        rows_chart(rows).mark_rule(strokeWidth=2.5).encode(
            x=alt.X("low:Q"), x2="high:Q", y=y, color=colour, **tip()
        ),
        rows_chart(rows).mark_circle(size=90, opacity=1).encode(x=x, y=y, color=colour, **tip()),
    ).properties(width=TELLS, height=height)  # fmt: skip


def _errs(rows: Sequence[Record], errors: Sequence[Record]) -> Any:
    """Failures missed and false alarms."""
    height = TALL * len(rows)
    wrong = alt.X(
        "value:Q",
        scale=alt.Scale(domain=[0, 100], nice=False),
        axis=alt.Axis(title=["share of failures without an alarm,", "of good futures with one (%)"],
                      tickCount=5),
    )  # fmt: skip
    kinds = ["failures missed", "false alarms"]
    legend = alt.Legend(title=None, orient="top", offset=6)
    return alt.layer(
        _lines(rows, 0, ERRS),
        rows_chart(errors).mark_point(filled=True, size=75, opacity=1).encode(
            x=wrong,
            y=row_axis("y:Q", height),
            shape=alt.Shape("error:N", legend=legend,
                            scale=alt.Scale(domain=kinds, range=["circle", "triangle-up"])),
            color=alt.Color("error:N", legend=legend,
                            scale=alt.Scale(domain=kinds, range=[ALARM, "#e69f00"])),
            **tip(),
        ),
    ).properties(width=ERRS, height=height)  # fmt: skip


def best(found: Signposts, sign: Sign) -> Chart:
    """The best signpost's values in failing and in good futures, with its threshold.

    sign: the first one, whose values `found.best` holds.
    """
    heads = {
        True: f"futures that fail: {percent(1 - sign['misses'])} sound the alarm",
        False: f"good futures: {percent(sign['false_alarms'])} sound the alarm",
    }
    edges = _edges(found, float(sign["threshold"]))
    rows = [
        row | {"threshold": float(sign["threshold"]), "kind": head}
        for failing, head in heads.items()
        for row in _bars(found, sign, edges, failing)
    ]
    facet = alt.Facet(
        "kind:N", title=None, sort=list(heads.values()),
        header=alt.Header(labelFontSize=12, labelAnchor="start", labelFontWeight="bold"),
    )  # fmt: skip
    panel = _panel(found, sign, edges, max(r["share"] for r in rows))
    drawn = panel.facet(facet=facet, columns=1, data=rows_chart(rows).data)
    heading = alt.TitleParams(
        text=wrapped(str(sign["sentence"]), 88, 4), anchor="start", fontSize=12,
        fontWeight="normal", color=INK, offset=10, lineHeight=16,
    )  # fmt: skip
    return styled(drawn.properties(title=heading))


def _edges(found: Signposts, at: float) -> np.ndarray:
    """Some forty bins, of which two meet at the threshold."""
    values = found.best["value"].to_numpy(float)
    low, high = values.min(), values.max()
    step = (high - low) / 40
    edges: np.ndarray = at + step * np.arange(
        np.floor((low - at) / step), np.ceil((high - at) / step) + 1
    )
    return edges


def _bars(found: Signposts, sign: Sign, edges: np.ndarray, failing: bool) -> list[Record]:
    """Shares of the failing or of the good futures by bins of the signpost's value."""
    at, above = float(sign["threshold"]), sign["direction"] == "above"
    own = found.best["fails"].to_numpy(bool) == failing
    values = found.best["value"].to_numpy(float)[own]
    shares = np.histogram(values, edges)[0] / max(own.sum(), 1)
    kind = "futures that fail" if failing else "good futures"
    rows = []
    for left, right, share in zip(edges, edges[1:], shares, strict=False):
        middle = (left + right) / 2
        alarm = middle > at if above else middle < at
        rows.append({
            "left": float(left), "right": float(right), "share": 100 * float(share), "zero": 0,
            "alarm": "alarm" if alarm else "no alarm",
            "tip": f"{kind}, {number(left)} to {number(right)} {sign['unit']}: "
            f"{percent(float(share))} of them",
        })  # fmt: skip
    return rows


def _panel(found: Signposts, sign: Sign, edges: np.ndarray, most: float) -> Any:
    start = calendar_start(found.case.reference_quarter)
    ends = f"; {sign['ends']}" if sign["ends"] else ""
    title = f"{sign['short']} ({sign['unit']}{ends}), by {calendar(start, found.read_by)}"
    x: Record = {
        "scale": alt.Scale(domain=[float(edges[0]), float(edges[-1])], nice=False, zero=False),
        "axis": alt.Axis(title=wrapped(title, 80, 2), grid=False),
    }
    colour = alt.Color(
        "alarm:N",
        scale=alt.Scale(domain=["alarm", "no alarm"], range=[ALARM, CALM]),
        legend=alt.Legend(title=None, orient="top"),
    )
    bars = alt.Chart().mark_rect(stroke="white", strokeWidth=0.4).encode(
        x=alt.X("left:Q", **x), x2="right:Q", color=colour, **tip(),
        y=alt.Y("share:Q", scale=alt.Scale(domain=[0, most]),
                axis=alt.Axis(title="share of these futures (%)", tickCount=4)),
        y2=alt.Y2("zero:Q"),
    )  # fmt: skip
    line = alt.Chart().mark_rule(color=INK, strokeDash=[4, 3]).encode(
        x=alt.X("threshold:Q", **x)
    )  # fmt: skip
    return alt.layer(bars, line).properties(width=520, height=130)
