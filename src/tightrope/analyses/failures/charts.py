"""Charts of where a posture breaks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import altair as alt
import numpy as np

from tightrope.analyses.failures.numbers import Break
from tightrope.show.style import OWN, QUIET, Chart, note, rows_chart, styled, tip
from tightrope.text.wording import (
    number,
    percent,
    shortened,
    wrapped,
)

TENTHS = 10


def of_break(found: Break) -> dict[str, Callable[[], Chart]]:
    """Charts of a break by name; without a box there are only its derivatives."""
    made: dict[str, Callable[[], Chart]] = {}
    if found.peelings:
        made["break-tradeoff"] = partial(tradeoff, found)
        made["break-gradient"] = partial(failing_share, found, found.params)
    return made | {"break-derivatives": partial(derivatives, found)}


def tradeoff(found: Break) -> Chart:
    """PRIM's steps for the first box: coverage against density, the chosen one marked."""
    if not found.peelings:
        return note("No box describes the failures.")
    steps = found.peelings[0].steps
    rows = [
        {
            "coverage": round(100 * r["coverage"], 1), "density": round(100 * r["density"], 1),
            "restricted": str(int(r["restricted"])), "taken": i == found.taken[0],
            "tip": f"{percent(r['coverage'])} of failures covered, {percent(r['density'])} of the "
            f"box fails, {int(r['restricted'])} numbers restricted",
        }
        for i, r in enumerate(steps.to_dict("records"))
    ]  # fmt: skip
    x = alt.X("coverage:Q", title="coverage: part of all failures that lie in the box, %",
              scale=alt.Scale(domain=[0, 100]))  # fmt: skip
    y = alt.Y("density:Q", title="density: part of the box that fails, %",
              scale=alt.Scale(domain=[0, 100]))  # fmt: skip
    base = rows[0]["density"]
    line = rows_chart([{"density": base}]).mark_rule(color=QUIET, strokeDash=[4, 3]).encode(y=y)
    word = rows_chart([{"coverage": 0, "density": base, "text": "all worlds"}]).mark_text(
        align="left", dy=-6, dx=3, color=QUIET
    ).encode(x=x, y=y, text="text:N")  # fmt: skip
    dots = rows_chart(rows).mark_circle(size=70, opacity=0.9).encode(
        x=x,
        y=y,
        color=alt.Color(
            "restricted:O", title="numbers restricted", scale=alt.Scale(scheme="blues"),
        ),
        **tip(),
    )  # fmt: skip
    ring = rows_chart([r for r in rows if r["taken"]]).mark_point(
        size=260, color=OWN, strokeWidth=2.5, filled=False
    ).encode(x=x, y=y, **tip())  # fmt: skip
    return styled(alt.layer(line, word, dots, ring).properties(width=360, height=260))


def failing_share(found: Break, params: np.ndarray) -> Chart:
    """For each number that a box restricts: share of worlds that fail, by tenths of its values."""
    if found.boxes.empty:
        return note("No box describes the failures.")
    names = [p.name for p in found.case.priors]
    panels = []
    for r in found.boxes.drop_duplicates("parameter").to_dict("records"):
        own = params[names.index(r["parameter"])]
        edges = np.quantile(own, np.linspace(0, 1, TENTHS + 1))
        place = np.clip(np.searchsorted(edges, own, side="right") - 1, 0, TENTHS - 1)
        rows = [
            {
                "low": float(edges[k]), "high": float(edges[k + 1]),
                "share": round(100 * float(found.failed[place == k].mean()), 1),
                "inside": bool(edges[k + 1] > r["low"] and edges[k] < r["high"]),
                "tip": f"{number(edges[k])} to {number(edges[k + 1])}: fails in "
                f"{percent(float(found.failed[place == k].mean()))} of worlds",
            }
            for k in range(TENTHS)
            if (place == k).any()
        ]  # fmt: skip
        bars = rows_chart(rows).mark_rect(stroke="white").encode(
            x=alt.X("low:Q", title=None, scale=alt.Scale(zero=False, nice=False)),
            x2="high:Q",
            y=alt.Y("share:Q", title="fails, % of worlds", scale=alt.Scale(domain=[0, 100])),
            y2=alt.datum(0),
            color=alt.Color(
                "inside:N", title="in the box",
                scale=alt.Scale(domain=[True, False], range=[OWN, "#c9c9c9"]), legend=None,
            ),
            **tip(),
        )  # fmt: skip
        title = alt.Title(wrapped(r["meaning"], 40, 3), fontSize=11, fontWeight="normal")
        panels.append(bars.properties(width=230, height=140, title=title))
    return styled(alt.concat(*panels, columns=3, spacing=22))


def derivatives(found: Break) -> Chart:
    """What moves each vital objective most: points over the range of each number."""
    labels = {o.name: o.label for o in found.case.objectives}
    panels = []
    for objective, part in found.slopes.groupby("objective", sort=False):
        rows = [
            {
                "number": shortened(r["meaning"], 60), "size": round(r["effect_of_range"], 2),
                "way": r["direction"],
                "tip": f"{r['meaning']}: {number(r['effect_of_range'])} points over its range, "
                f"{r['direction']}",
            }
            for r in part.to_dict("records")
        ]  # fmt: skip
        bars = rows_chart(rows).mark_bar().encode(
            x=alt.X("size:Q", title="points over the number's range", axis=alt.Axis(tickCount=5)),
            y=alt.Y("number:N", sort=None, axis=alt.Axis(title=None, labelLimit=420, ticks=False)),
            color=alt.Color(
                "way:N",
                title="a higher number",
                scale=alt.Scale(
                    domain=["raises", "lowers", "both ways"], range=["#08519c", OWN, "#9a9a9a"]
                ),
                legend=alt.Legend(orient="top"),
            ),
            **tip(),
        )  # fmt: skip
        title = labels[str(objective)]
        panels.append(bars.properties(width=300, height=alt.Step(19), title=title))
    return styled(alt.vconcat(*panels, spacing=16))


# ---------------------------------------------------------------- shock
