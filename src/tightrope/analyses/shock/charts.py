"""Charts of a shock."""

from __future__ import annotations

from typing import Any

import altair as alt

from tightrope.analyses.shock.numbers import Shock
from tightrope.engine import labelled as dataset
from tightrope.show.style import INK, OTHERS, OWN, PALETTE, QUIET, Chart, rows_chart, styled, tip
from tightrope.text.wording import (
    calendar,
    calendar_start,
    number,
)


def paths(found: Shock) -> Chart:
    """Each outcome's difference by quarter: middle by posture, nine worlds in ten of the advised.

    The postures that are hit least and most hard are drawn in colour beside the advised one.
    """
    labels = {p.name: p.label for p in found.case.postures}
    advice = found.advice
    start = calendar_start(found.case.reference_quarter)
    last = int(found.difference["quarter"].max())
    ticks = [q for q in range(0, last + 1) if q % 8 == 0]
    names = {q: calendar(start, q) for q in ticks}
    axis = alt.Axis(
        title=None, values=ticks, grid=False,
        labelExpr="{" + ", ".join(f"'{q}': '{w}'" for q, w in names.items()) + "}[datum.value]",
    )  # fmt: skip
    panels = []
    shown = _hit(found, advice)
    colours = dict(zip(shown, (OWN, *PALETTE[:1], PALETTE[2]), strict=False))
    for outcome, part in found.paths.groupby("outcome", sort=False):
        label, unit = dataset.labels(found.case)[str(outcome)]
        rows = [
            {
                "quarter": r["quarter"], "posture": labels[r["posture"]],
                **{k: round(r[k], 2) for k in ("p5", "p50", "p95")},
                "tip": f"{labels[r['posture']]}, {calendar(start, r['quarter'])}: middle "
                f"{number(r['p50'])}, nine worlds in ten {number(r['p5'])} to {number(r['p95'])}",
                "own": r["posture"] == advice, "coloured": r["posture"] in colours,
            }
            for r in part.to_dict("records")
        ]  # fmt: skip
        x = alt.X("quarter:Q", axis=axis, scale=alt.Scale(domain=[0, last], nice=False))
        title = "index points" if unit.startswith("index") else "points"
        y = alt.Y("p5:Q", axis=alt.Axis(title=title, tickCount=5))
        zero = rows_chart([{"p5": 0}]).mark_rule(color=QUIET).encode(y=y)
        band = rows_chart([r for r in rows if r["own"]]).mark_area(color=OWN, opacity=0.15)
        quiet = rows_chart([r for r in rows if not r["coloured"]]).mark_line(
            color=OTHERS, strokeWidth=1, opacity=0.8
        )
        lines = rows_chart([r for r in rows if r["coloured"]]).mark_line(strokeWidth=2)
        colour = alt.Color(
            "posture:N",
            scale=alt.Scale(domain=[labels[p] for p in colours], range=list(colours.values())),
            legend=alt.Legend(title=None, orient="top", labelLimit=300),
        )
        layers = [
            band.encode(x=x, y=y, y2="p95:Q"),
            zero,
            quiet.encode(x=x, y="p50:Q", detail="posture:N", **tip()),
            lines.encode(x=x, y="p50:Q", color=colour, **tip()),
        ]
        panels.append(alt.layer(*layers).properties(width=280, height=150, title=label))
    return styled(alt.concat(*panels, columns=3, spacing=20))


def _hit(found: Shock, advice: str) -> list[str]:
    """The advised posture, then those hit most and least over all outcomes."""
    rank = found.summary.groupby("outcome")["blow"].rank()
    mean = rank.groupby(found.summary["posture"]).mean().sort_values()
    return list(dict.fromkeys([advice, str(mean.index[-1]), str(mean.index[0])]))


def blows(found: Shock) -> Chart:
    """The largest difference by posture: middle world and the worst one in twenty."""
    labels = {p.name: p.label for p in found.case.postures}
    advice = found.advice
    panels: list[Any] = []
    for outcome, part in found.summary.groupby("outcome", sort=False):
        label, unit = dataset.labels(found.case)[str(outcome)]
        rows = [
            {
                "posture": labels[r["posture"]],
                **{k: round(r[k], 2) for k in ("blow", "worst")},
                "colour": OWN if r["posture"] == advice else "#4a90c2",
                "tip": f"{labels[r['posture']]}: {r['way']} by {number(r['blow'])} in the middle "
                f"world, by {number(r['worst'])} or more in the worst one in twenty",
            }
            for r in part.to_dict("records")
        ]  # fmt: skip
        data = rows_chart(rows)
        first = not len(panels) % 3
        y = alt.Y(
            "posture:N", sort=None,
            axis=alt.Axis(
                title=None, labels=first, ticks=False, labelLimit=220, domain=False, labelPadding=9
            ),
        )  # fmt: skip
        way = part.iloc[0]["way"].removesuffix("s")
        title = f"{way}, {'index points' if unit.startswith('index') else 'points'}"
        colour = alt.Color("colour:N", scale=None)
        x = alt.X("blow:Q", axis=alt.Axis(title=title, tickCount=4), scale=alt.Scale(zero=True))
        layers = [
            data.mark_rule(color="#c9c9c9").encode(x=x, x2="worst:Q", y=y, **tip()),
            data.mark_tick(thickness=2, size=11, color=QUIET).encode(x="worst:Q", y=y, **tip()),
            data.mark_circle(size=85, opacity=1, stroke=INK, strokeWidth=0.8).encode(
                x=x, y=y, color=colour, **tip()
            ),
        ]
        panels.append(alt.layer(*layers).properties(width=180, height=alt.Step(19), title=label))
    return styled(alt.concat(*panels, columns=3, spacing=18))
