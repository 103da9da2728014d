"""Charts of postures compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from tightrope.analyses.compare import numbers as compare
from tightrope.analyses.compare.numbers import EVERY, Comparison
from tightrope.show.style import INK, OWN, QUIET, SHARES, Chart, note, rows_chart, styled, tip
from tightrope.text.wording import (
    lowered,
    number,
    percent,
)


def of_comparison(found: Comparison) -> dict[str, Callable[[], Chart]]:
    """Charts of a comparison by name."""
    made: dict[str, Callable[[], Chart]] = {
        "compare-kept": partial(kept, found),
        "compare-objectives": partial(by_objective, found),
        "compare-parts": partial(parts, found),
    }
    # One posture is behind no other.
    if found.runs.sizes["posture"] > 1:
        made["compare-regret"] = partial(regret, found)
    return made


def kept(found: Comparison) -> Chart:
    """Share of worlds that keep the vital objectives: postures, best first, by scenarios."""
    table = compare.kept_table(found, _rule(found))
    names = {s.name: s.label for s in found.case.scenarios} | {EVERY: "every scenario at once"}
    return _heatmap(found, table, names, f"keeps {compare.vital_words(found.case)}")


def by_objective(found: Comparison) -> Chart:
    """Share of worlds and scenarios in which each objective has enough."""
    table = compare.objective_table(found, _rule(found))
    names = {o.name: o.label for o in found.case.objectives}
    return _heatmap(found, table, names, "has enough")


def _rule(found: Comparison) -> str:
    return str(found.runs["rule"].to_numpy()[0])


def _heatmap(found: Comparison, table: pd.DataFrame, names: dict[str, str], does: str) -> Chart:
    labels = {p.name: p.label for p in found.case.postures}
    rows = [
        {
            "posture": labels[str(posture)], "column": names[str(column)],
            "share": int(table.at[posture, column]),
            "ink": "white" if table.at[posture, column] > 55 else INK,
            "tip": f"{labels[str(posture)]}, {names[str(column)]}: {does} in "
            f"{table.at[posture, column]} % of worlds",
        }
        for posture in table.index
        for column in table.columns
    ]  # fmt: skip
    x = alt.X(
        "column:N",
        scale=alt.Scale(domain=[names[str(c)] for c in table.columns]),
        axis=alt.Axis(
            title=None, orient="top", labelAngle=-35, labelLimit=230, ticks=False, domain=False
        ),
    )
    y = alt.Y(
        "posture:N",
        scale=alt.Scale(domain=[labels[str(p)] for p in table.index]),
        axis=alt.Axis(title=None, labelLimit=260, ticks=False, domain=False),
    )
    data = rows_chart(rows)
    layers = [
        data.mark_rect(stroke="white", strokeWidth=2).encode(
            x=x, y=y, color=alt.Color("share:Q", scale=SHARES, legend=None), **tip()
        ),
        data.mark_text(fontSize=12).encode(
            x=x, y=y, text="share:Q", color=alt.Color("ink:N", scale=None), **tip()
        ),
    ]
    size = {"width": alt.Step(54), "height": alt.Step(30)}
    return styled(alt.layer(*layers).properties(**size).resolve_scale(color="independent"))


def regret(found: Comparison) -> Chart:
    """Points behind the best posture in the same world, a panel for each objective."""
    labels = {p.name: p.label for p in found.case.postures}
    order = [labels[str(p)] for p in compare.kept_table(found, _rule(found)).index]
    own = found.regret[found.regret["rule"] == _rule(found)]
    panels: list[Any] = []
    for goal in found.case.objectives:
        rows = [
            {
                "posture": labels[r["posture"]],
                **{k: round(r[k], 2) for k in ("middle", "tail", "largest")},
                "colour": OWN if r["posture"] == found.advice else "#4a90c2",
                "tip": f"{labels[r['posture']]}, {lowered(goal.label)}: half of worlds below "
                f"{number(r['middle'])}, nine in ten below {number(r['tail'])}, largest "
                f"{number(r['largest'])} points behind the best",
            }
            for r in own[own["objective"] == goal.name].to_dict("records")
        ]  # fmt: skip
        data = rows_chart(rows)
        first = not len(panels) % 3
        y = alt.Y(
            "posture:N",
            scale=alt.Scale(domain=order),
            axis=alt.Axis(
                title=None, labels=first, ticks=False, labelLimit=220, domain=False, labelPadding=9
            ),
        )
        colour = alt.Color("colour:N", scale=None)
        x = alt.X("tail:Q", axis=alt.Axis(title="points behind the best", tickCount=4))
        layers = [
            data.mark_rule(color="#c9c9c9").encode(x=x, x2="largest:Q", y=y, **tip()),
            data.mark_tick(color=QUIET, thickness=2, size=12).encode(x="largest:Q", y=y, **tip()),
            data.mark_tick(thickness=2, size=9).encode(x="middle:Q", y=y, color=colour, **tip()),
            data.mark_circle(size=85, opacity=1, stroke=INK, strokeWidth=0.8).encode(
                x=x, y=y, color=colour, **tip()
            ),
        ]
        panels.append(
            alt.layer(*layers).properties(width=180, height=alt.Step(19), title=goal.label)
        )
    return styled(alt.concat(*panels, columns=3, spacing=18))


def parts(found: Comparison) -> Chart:
    """What each part of the advice does: worlds lost or won where it is left to free choice."""
    rows = [
        {
            "part": r["label"], **{k: round(100 * r[k], 2) for k in ("difference", "low", "high")},
            "tip": f"{r['label']} left to free choice: {percent(r['kept'])} of worlds keep all "
            f"vital objectives in every scenario ({100 * r['difference']:+.1f} in a hundred)",
        }
        for r in found.parts.to_dict("records")
    ]  # fmt: skip
    if not rows:
        return note("The advice sets nothing.")
    x = alt.X(
        "difference:Q", title="worlds in a hundred, against the whole advice (left: it helps)"
    )
    y = alt.Y(
        "part:N",
        scale=alt.Scale(domain=[r["part"] for r in rows]),
        axis=alt.Axis(
            title=None, labelLimit=260, labelPadding=9, ticks=False, domain=False, grid=True
        ),
    )
    data = rows_chart(rows)
    layers = [
        rows_chart([{"difference": 0}]).mark_rule(color=INK).encode(x=x),
        data.mark_rule(strokeWidth=2.5, color=QUIET).encode(
            x=alt.X("low:Q"), x2="high:Q", y=y, **tip()
        ),
        data.mark_circle(size=95, opacity=1, color=OWN, stroke=INK, strokeWidth=0.8).encode(
            x=x, y=y, **tip()
        ),
    ]
    return styled(alt.layer(*layers).properties(width=360, height=alt.Step(26)))


# ---------------------------------------------------------------- break
