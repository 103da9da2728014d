"""Charts of what measurements are worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt

from tightrope.analyses.worth.numbers import Worth
from tightrope.show.style import OWN, QUIET, Chart, Record, note, rows_chart, styled, tip
from tightrope.text.wording import number, percent, shortened

MOST_CLAIMS, MOST_MEASUREMENTS = 40, 14
DARK = 25.0
"""Squares of more points have white words."""

LONGEST = 60
"""Characters of a label in a picture."""


def named(found: Worth) -> dict[str, Callable[[], Chart]]:
    """Charts by name; none of what was not looked at."""
    made: dict[str, Callable[[], Chart]] = {}
    if not found.verdicts.empty:
        made["worth-verdicts"] = partial(verdicts, found)
    if not found.postures.empty:
        made["worth-postures"] = partial(postures, found)
    return made


def verdicts(found: Worth) -> Chart:
    """Claims by measurements: how far the share would move, those that move most first."""
    rows = found.verdicts[found.verdicts["tells"]]
    if rows.empty:
        return note("No measurement tells more than chance about any verdict.")
    claims = rows.groupby("claim")["moves"].max().nlargest(MOST_CLAIMS).index
    measured = rows.groupby("measurement")["moves"].sum().nlargest(MOST_MEASUREMENTS).index
    shown = rows[rows["claim"].isin(claims) & rows["measurement"].isin(measured)]
    labels = _labels(shown.to_dict("records"), "label")
    data: list[Record] = [
        {
            "claim": f"{r['claim']} ({r['verdict']})", "measured": labels[r["measurement"]],
            "moves": round(r["moves"], 1), "words": number(r["moves"]),
            "dark": r["moves"] > DARK,
            "tip": f"{r['claim']}: {r['label']} would move its share by {number(r['moves'])} "
            f"points, and its word in {percent(r['changes'])} of cases",
        }
        for r in shown.to_dict("records")
    ]  # fmt: skip
    order = list(dict.fromkeys(labels[m] for m in measured if m in labels))
    axis = alt.Axis(title=None, labelLimit=300, ticks=False, domain=False, labelOverlap=False)
    across = alt.Axis(
        title=None, labelLimit=300, ticks=False, domain=False, labelOverlap=False, orient="top",
        labelAngle=-50,
    )  # fmt: skip
    x = alt.X("measured:N", scale=alt.Scale(domain=order), axis=across)
    y = alt.Y(
        "claim:N", axis=axis, scale=alt.Scale(domain=list(dict.fromkeys(r["claim"] for r in data)))
    )
    base = rows_chart(data)
    colour = alt.Color(
        "moves:Q", title="points", scale=alt.Scale(domain=[0, 50], range=["#f7fbff", "#08306b"])
    )
    squares = base.mark_rect(stroke="white").encode(x=x, y=y, color=colour, **tip())
    words = [
        rows_chart([r for r in data if r["dark"] == dark])
        .mark_text(fontSize=10, color=ink)
        .encode(x=x, y=y, text="words:N", **tip())
        for dark, ink in ((True, "white"), (False, "black"))
    ]
    layers = alt.layer(squares, *words).properties(width=alt.Step(34), height=alt.Step(18))
    return styled(layers)


def _labels(rows: Sequence[Mapping[Hashable, Any]], label: str) -> dict[str, str]:
    """Short labels by measurement; with the name where two would be the same."""
    short = {r["measurement"]: shortened(r[label], LONGEST) for r in rows}
    many = Counter(short.values())
    return {
        name: words if many[words] == 1 else shortened(f"{name}: {words}", LONGEST)
        for name, words in short.items()
    }


def postures(found: Worth) -> Chart:
    """For each objective what measurements are worth, the most first."""
    best, panels = {p.name: p.label for p in found.case.postures}, list[Any]()
    for _, part in found.postures.groupby("objective", sort=False):
        own = part[part["tells"]].nlargest(MOST_MEASUREMENTS // 2, "worth")
        if own.empty:
            continue
        labels = _labels(own.to_dict("records"), "measured")
        rows: list[Record] = [
            {
                "measured": labels[r["measurement"]], "worth": round(r["worth"], 3),
                "tip": f"{r['measured']}: worth {number(r['worth'])} {r['unit']}; another posture "
                f"chosen in {percent(r['otherwise'])} of cases",
            }
            for r in own.to_dict("records")
        ]  # fmt: skip
        first = own.iloc[0]
        x = alt.X("worth:Q", title=first["unit"], axis=alt.Axis(tickCount=5))
        y = alt.Y(
            "measured:N",
            scale=alt.Scale(domain=[r["measured"] for r in rows]),
            axis=alt.Axis(title=None, labelLimit=320, ticks=False),
        )
        bars = rows_chart(rows).mark_bar(color=OWN).encode(x=x, y=y, **tip())
        whole = {"worth": first["perfect"], "tip": f"knowing everything: {first['perfect']:.2f}"}
        line = rows_chart([whole]).mark_rule(color=QUIET, strokeWidth=2).encode(x=x, **tip())
        title = f"{first['label']} (best now: {best[first['best']]})"
        panels.append(
            alt.layer(bars, line).properties(width=280, height=19 * len(rows), title=title)
        )
    if not panels:
        return note("No measurement is worth more than chance for the choice of posture.")
    return styled(alt.vconcat(*panels, spacing=16))
