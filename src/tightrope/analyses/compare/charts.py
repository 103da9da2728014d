"""Charts of postures compared, of where one breaks and of a shock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tightrope.analyses.compare import numbers as compare
from tightrope.analyses.compare.numbers import EVERY, Comparison
from tightrope.analyses.failures.numbers import Break
from tightrope.analyses.shock.numbers import Shock
from tightrope.engine import labelled as dataset
from tightrope.show.style import INK, PALETTE, QUIET, Chart, note, rows_chart, styled, tip
from tightrope.text.wording import (
    calendar,
    calendar_start,
    lowered,
    number,
    percent,
    shortened,
    wrapped,
)

SHARES = alt.Scale(domain=[0, 100], range=["#f7fbff", "#6baed6", "#08306b"], interpolate="lab")
OWN, OTHERS = "#a63603", "#9a9a9a"
TENTHS = 10


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


def of_break(found: Break, params: np.ndarray) -> dict[str, Callable[[], Chart]]:
    """Charts of a break by name; params: its worlds, shape (P, W)."""
    return {
        "break-tradeoff": partial(tradeoff, found),
        "break-gradient": partial(failing_share, found, params),
        "break-derivatives": partial(derivatives, found),
    }


def of_shock(found: Shock) -> dict[str, Callable[[], Chart]]:
    """Charts of a shock by name."""
    return {"shock-paths": partial(shock_paths, found), "shock-blows": partial(blows, found)}


# ---------------------------------------------------------------- compare


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
        axis=alt.Axis(title=None, labelLimit=260, ticks=False, domain=False, grid=True),
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
                "number": shortened(r["meaning"], 72), "size": round(r["effect_of_range"], 2),
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


def shock_paths(found: Shock) -> Chart:
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
