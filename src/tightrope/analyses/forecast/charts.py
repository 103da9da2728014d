"""Charts of a forecast."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import altair as alt

from tightrope.analyses.forecast.base import known
from tightrope.analyses.forecast.numbers import Forecast
from tightrope.case import Series
from tightrope.quarters import quarter_number
from tightrope.show.style import INK, OTHERS, QUIET, Chart, Record, note, rows_chart, styled, tip
from tightrope.text.wording import number, percent, shortened

BLUE = "#08519c"
COLUMNS = 3


def named(found: Forecast) -> dict[str, Callable[[], Chart]]:
    """Charts by name; none of what the case does not have."""
    made: dict[str, Callable[[], Chart]] = {}
    kinds = set(found.table["kind"])
    if "question" in kinds:
        made["forecast-questions"] = partial(questions, found)
    if "series" in kinds:
        made["forecast-series"] = partial(series, found)
    return made


def questions(found: Forecast) -> Chart:
    """Share of worlds, persistence and base rate at the deadline of each question."""
    table = found.table
    rows = table[(table["kind"] == "question") & table["due"].astype(bool)]
    data: list[Record] = [
        {
            "name": r["name"], "share": 100 * r["share"], "forecast": r["forecast"],
            **({"low": 100 * r["share_low"], "high": 100 * r["share_high"]}
               if r["forecast"] == "model" else {}),
            "tip": f"{r['asks']}: {r['forecast']} {percent(r['share'])}"
            + (" (the course itself decides it)" if r["given"] else ""),
        }
        for r in rows.to_dict("records")
    ]  # fmt: skip
    order = list(dict.fromkeys(r["name"] for r in data))
    y = alt.Y(
        "name:N", scale=alt.Scale(domain=order),
        axis=alt.Axis(title=None, labelLimit=260, grid=True),
    )  # fmt: skip
    x = alt.X("share:Q", title="share of worlds, %", scale=alt.Scale(domain=[0, 100]))

    def of(forecast: str) -> alt.Chart:
        return rows_chart([r for r in data if r["forecast"] == forecast])

    layers = [
        of("persistence").mark_tick(color=OTHERS, thickness=3, size=13).encode(x=x, y=y, **tip()),
        of("base rate").mark_point(shape="cross", color=INK, size=50, filled=True)
        .encode(x=x, y=y, **tip()),
        of("model").mark_rule(color=BLUE, strokeWidth=2).encode(x="low:Q", x2="high:Q", y=y),
        of("model").mark_circle(color=BLUE, size=70, opacity=1).encode(x=x, y=y, **tip()),
    ]  # fmt: skip
    return styled(alt.layer(*layers).properties(width=420, height=alt.Step(16)))


def series(found: Forecast) -> Chart:
    """Each series on its own axis: what is known and what is forecast."""
    table = found.table[found.table["kind"] == "series"]
    panels = []
    for one in found.case.series:
        rows = table[table["name"] == one.name]
        if not rows.empty:
            panels.append(_panel(one, _ahead(rows)))
    if not panels:
        return note("There is no series whose last number is recent.")
    return styled(alt.concat(*panels, columns=COLUMNS, spacing=18))


def _at(time: str) -> float:
    """Where a quarter, or the middle of a year, stands; in years."""
    return quarter_number(time) / 4 if "Q" in time else int(time) + 0.375


def _known(one: Series) -> list[Record]:
    return [
        {"at": _at(p.quarter), "value": p.value, "low": p.low, "high": p.high,
         "tip": f"{p.quarter}: {number(p.value)} ({number(p.low)} to {number(p.high)})"}
        for p in known(one)
    ]  # fmt: skip


def _ahead(rows: Any) -> dict[str, list[Record]]:
    made: dict[str, list[Record]] = {"model": [], "persistence": []}
    for r in rows.to_dict("records"):
        if r["forecast"] in made:
            said = f"{number(r['middle'])} ({number(r['low'])} to {number(r['high'])})"
            made[r["forecast"]].append({
                "at": _at(r["quarter"]), "middle": r["middle"], "low": r["low"],
                "high": r["high"], "tip": f"{r['quarter']}, {r['forecast']}: {said}",
            })  # fmt: skip
    return made


def _panel(one: Series, ahead: dict[str, list[Record]]) -> Any:
    """One series; what grows by parts of itself on a logarithmic axis."""
    x = alt.X(
        "at:Q",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(title=None, format="d", grid=False, tickCount=4),
    )
    scale = (
        alt.Scale(type="log", nice=False, padding=6)
        if one.link == "growth"
        else alt.Scale(zero=False)
    )
    axis = alt.Axis(title=one.unit or None, tickCount=4, format="~s")
    y = alt.Y("low:Q", scale=scale, axis=axis)
    layers = []
    for forecast, colour in (("persistence", OTHERS), ("model", BLUE)):
        data = rows_chart(ahead[forecast])
        layers += [
            data.mark_area(color=colour, opacity=0.25).encode(x=x, y=y, y2="high:Q"),
            data.mark_line(color=colour, point=alt.OverlayMarkDef(color=colour, size=14))
            .encode(x=x, y="middle:Q", **tip()),
        ]  # fmt: skip
    points = rows_chart(_known(one))
    layers += [
        points.mark_rule(color=QUIET).encode(x=x, y=y, y2="high:Q"),
        points.mark_circle(color=INK, size=22, opacity=1).encode(x=x, y="value:Q", **tip()),
    ]
    return alt.layer(*layers).properties(width=220, height=130, title=shortened(one.label, 40))
