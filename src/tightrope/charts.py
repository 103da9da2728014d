"""Charts of a board: one Altair chart serves the report, a notebook, a picture and a page.

Nothing here computes a result; charts only show what a board or a dataset holds. Text from a case
enters as data, never as an expression, so no name in a case can change what a chart does.
"""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd
import vl_convert
import xarray as xr

from tightrope.case import Case, Instrument, Regime, UseError, level_argument
from tightrope.claims import BANDS, verdict

if TYPE_CHECKING:
    from tightrope.board import Board

Chart = alt.TopLevelMixin
Record = dict[str, Any]

VERDICT_COLOURS = {
    "holds": "#08519c",
    "leans": "#6baed6",
    "contested": "#bdbdbd",
    "leans against": "#fdae6b",
    "fails": "#a63603",
}
"""From blue through grey to brown: told apart by all common forms of colour blindness and in grey
print by the words beside them."""

ENGINE_COLOURS = {
    "return to baseline": "#dddddd",
    "shocks": "#b5b5b5",
    "set from outside": "#8f8f8f",
    "limit of range": "#6b6b6b",
    "other mechanisms": "#e8d8c3",
}
PALETTE = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#b8a800",
)  # fmt: skip
"""Okabe and Ito's colours, with two more, for mechanisms."""

LEVEL_COLOURS = ("#dce9f4", "#9ec3e0", "#4a90c2", "#08519c")
INK, QUIET, LINE = "#1a1a1a", "#5a5a5a", "#d5d5d5"
FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
SUFFIXES = (".png", ".svg", ".html", ".json")
NOT_MECHANISMS = ("nothing", "own passage", "choice")
MAIN = 8
"""So many variables are shown first: what the focal actor wants most, then what claims look at."""
MATTERS = 0.05
"""A removal matters to a claim where it changes the share of worlds by this much, or breaks it."""


# ---------------------------------------------------------------- claims


def overview(board: Board) -> Chart:
    """Every tested claim as a dot, a row for each passage: where the argument stands and where not.

    Dots of the same passage that would hide one another are moved apart up and down.
    """
    titles = {p.id: p.title for p in board.case.passages}
    tested = board.claims[board.claims["verdict"] != "not tested"]
    labels = {p: _short(f"{p}  {titles.get(p, '')}", 56) for p in dict.fromkeys(tested["passage"])}
    rows: list[Record] = []
    lines: list[Record] = []
    y = 0.0
    for passage, label in labels.items():
        part = tested[tested["passage"] == passage].sort_values("share").to_dict("records")
        ends: list[float] = []
        for r in part:
            share = 100 * r["share"]
            lane = next((i for i, end in enumerate(ends) if share - end > 2.6), len(ends))
            ends[lane : lane + 1] = [share]
            rows.append(_claim_row(r, []) | {"y": y + 13 + 13 * lane})
        tall = 13 * len(ends) + 13
        lines.append({"label": label, "y": y + tall / 2, "top": y})
        y += tall
    height = int(max(y, 20))
    axis = _row_axis("y:Q", height)
    dots = _chart(rows).mark_circle(size=95, opacity=1, stroke=INK, strokeWidth=1).encode(
        x="share:Q", y=axis, color=_verdict_colour(), **_tip()
    )  # fmt: skip
    rules = _chart(lines).mark_rule(color=LINE).encode(
        x=alt.value(-340), x2=alt.value(520), y=_row_axis("top:Q", height)
    )  # fmt: skip
    words = _chart(lines).mark_text(align="left", fontSize=12, color=INK).encode(
        x=alt.value(-340), y=axis, text="label:N"
    )  # fmt: skip
    layers = alt.layer(*_bands(height), rules, words, dots)
    return _styled(layers.properties(width=520, height=height))


def verdict_bars(board: Board) -> Chart:
    """For every tested claim the share of worlds in which it holds, over the five verdict bands."""
    rows, height = _claim_rows(board)
    claims = [r for r in rows if not r["heading"]]
    y, colour, tip = _row_axis("y:Q", height), _verdict_colour(), _tip()
    spread = _chart(claims).mark_rule(strokeWidth=2.5, color=INK).encode(
        x="low:Q", x2="high:Q", y=y, **tip
    )  # fmt: skip
    points = _chart(claims).mark_circle(size=110, opacity=1, stroke=INK, strokeWidth=1.2).encode(
        x="share:Q", y=y, color=colour, **tip
    )  # fmt: skip
    layers = [*_bands(height), *_claim_text(rows, height, 300), spread, points]
    return _styled(alt.layer(*layers).properties(width=300, height=height))


def effects(board: Board) -> Chart:
    """For every tested claim how large the difference is; a panel for each unit.

    A dot is the median world, a line nine worlds in ten. The small triangle marks the margin and
    points to where the difference has to lie for the claim to hold.
    """
    tested = board.claims[board.claims["verdict"] != "not tested"]
    panels = []
    for unit in dict.fromkeys(tested["unit"]):
        rows, height = _claim_rows(board, unit)
        claims = [r for r in rows if not r["heading"] and r["effect"] is not None]
        if not claims:
            continue
        y, colour, tip = _row_axis("y:Q", height), _verdict_colour(), _tip("effect_tip:N")
        title = f"difference between the two sides, {unit}" if unit else "difference"
        x = alt.X("effect:Q", scale=alt.Scale(nice=True), axis=alt.Axis(title=title, tickCount=7))
        zero = _chart([{"effect": 0.0}]).mark_rule(color=QUIET).encode(x=x)
        spread = _chart(claims).mark_rule(strokeWidth=2, color=QUIET).encode(
            x="effect_low:Q", x2="effect_high:Q", y=y, **tip
        )  # fmt: skip
        points = _chart(claims).mark_circle(size=90, opacity=1, stroke=INK, strokeWidth=1).encode(
            x=x, y=y, color=colour, **tip
        )  # fmt: skip
        marks = _chart(claims).mark_point(filled=True, size=45, color=INK, opacity=1).encode(
            x="threshold:Q",
            y=y,
            shape=alt.Shape(
                "side:N",
                scale=alt.Scale(
                    domain=["right", "left"], range=["triangle-right", "triangle-left"]
                ),
                legend=None,
            ),
        )  # fmt: skip
        words = _claim_text(rows, height, 300, text="effect_words")
        panel = alt.layer(zero, *words, spread, marks, points).properties(width=300, height=height)
        panels.append(panel)
    return _styled(alt.vconcat(*panels, spacing=24).resolve_scale(color="shared"))


def removal_matrix(board: Board) -> Chart:
    """What each claim's share of worlds becomes when one mechanism is switched off.

    Columns are the mechanisms that matter to at least one claim (they change its share by 5 points
    or break it). Colour is the verdict that would be left, strong where the removal matters to
    that claim; a cross marks removals that break a claim which stands.
    """
    frame = board.removal
    if frame.empty:
        return _note("Removals were not computed for this board.")
    columns, broken_by = removals_that_matter(board), breaking(board)
    passages = dict(zip(board.claims["claim"], board.claims["passage"], strict=True))
    rows = [c for c in board.claims["claim"] if c in frame.index]
    labels = {c: _short(_with_passage(c, passages.get(c, "")), 48) for c in rows}
    heads = {"nothing": "nothing removed", "choice": "the actors' choices"}
    heads |= {c: _short(_words(c), 46) for c in columns if c not in heads}
    marked, quiet = [], []
    for claim in rows:
        before = float(frame.at[claim, "nothing"])
        quiet.append({
            "row": labels[claim],
            "word": verdict(before),
            "tip": f"{claim}: holds in {percent(before)} of worlds; removals without a strong "
            "square change that by less than 5 points",
        })  # fmt: skip
        for column in columns:
            after = float(frame.at[claim, column])
            broken = column in broken_by[claim]
            if column != "nothing" and not broken and not abs(after - before) >= MATTERS:
                continue
            end = ", which breaks it" if broken else ""
            note = f"{claim}, without {heads[column]}: holds in {percent(after)} of worlds "
            note += f"({percent(before)} with nothing removed){end}"
            if column == "nothing":
                note = f"{claim}: holds in {percent(before)} of worlds with nothing removed"
            marked.append({
                "row": labels[claim],
                "column": heads[column],
                "word": verdict(after),
                "cross": ("white" if verdict(after) == "fails" else "black") if broken else "",
                "tip": note,
            })  # fmt: skip
    placed: Record = {
        "scale": alt.Scale(domain=[heads[c] for c in columns]),
        "axis": alt.Axis(
            title=None, orient="top", labelAngle=-55, labelLimit=340, labelOverlap=False,
            ticks=False, domain=False,
        ),
    }  # fmt: skip
    across = alt.X("column:N", **placed)
    down = alt.Y(
        "row:N",
        scale=alt.Scale(domain=[labels[c] for c in rows]),
        axis=alt.Axis(title=None, labelLimit=340, ticks=False, domain=False, labelOverlap=False),
    )
    legend = alt.Legend(orient="bottom", direction="horizontal")
    colour, tip = _verdict_colour(legend, "verdict left after the removal"), _tip()
    under = _chart(quiet).mark_rect(stroke="white", strokeWidth=1, opacity=0.16).encode(
        x=alt.value(0), x2=alt.value(17 * len(columns)), y=down, color=colour, **tip
    )  # fmt: skip
    squares = _chart(marked).mark_rect(stroke="white", strokeWidth=1).encode(
        x=across, y=down, color=colour, **tip
    )  # fmt: skip
    crosses = _chart([m for m in marked if m["cross"]]).mark_text(
        text="\u2715", fontSize=11, fontWeight="bold"
    ).encode(x=across, y=down, color=alt.Color("cross:N", scale=None), **tip)  # fmt: skip
    layers = [under, squares, crosses]
    size = {"width": alt.Step(17), "height": alt.Step(17)}
    return _styled(alt.layer(*layers).properties(**size))


def _with_passage(claim: str, passage: str) -> str:
    return claim if claim.startswith(passage) else f"{passage}  {claim}"


def removals_that_matter(board: Board) -> list[str]:
    """Columns of the removal matrix that change or break a claim, with `nothing` always first."""
    frame = board.removal
    change = np.abs(frame.to_numpy() - frame["nothing"].to_numpy()[:, None])
    broken = set().union(*breaking(board).values())
    kept = [
        c for c, size in zip(frame.columns, np.nanmax(change, axis=0), strict=True)
        if size >= MATTERS or c in broken
    ]  # fmt: skip
    fixed = [c for c in NOT_MECHANISMS if c in frame.columns]
    return [*fixed, *(c for c in kept if c not in NOT_MECHANISMS)]


def breaking(board: Board) -> dict[str, tuple[str, ...]]:
    """For every claim the removals that break it: mechanisms, `own passage`, `choice`."""
    pairs = zip(board.claims["claim"], board.claims["rests_on"], strict=True)
    return {claim: tuple(filter(None, str(text).split(", "))) for claim, text in pairs}


def _claim_rows(board: Board, unit: str | None = None) -> tuple[list[Record], int]:
    """Passage headings and claims as rows with a vertical place, in pixels from the top."""
    titles = {p.id: p.title for p in board.case.passages}
    rows: list[Record] = []
    y = 0
    last = None
    for r in board.claims.to_dict("records"):
        if r["verdict"] == "not tested" or (unit is not None and r["unit"] != unit):
            continue
        if r["passage"] != last:
            last = r["passage"]
            head = _short(f"{last}  {titles.get(last, '')}", 64)
            rows.append({"heading": True, "y": y + 18, "words": head, "top": y + 4})
            y += 32
        lines = _wrap(r["says"], 66, 3)
        tall = 15 * max(len(lines), 2) + 10
        middle = y + tall / 2
        first = middle - 7.5 * (len(lines) - 1)  # where the first of several lines stands
        rows.append(_claim_row(r, lines) | {"y": middle, "top": first, "right_top": middle - 7.5})
        y += tall
    return rows, max(y, 20)


def _claim_row(r: Mapping[Hashable, Any], lines: Sequence[str]) -> Record:
    finite = bool(np.isfinite(r["effect"]))
    basis = f", {r['basis']}" if r["basis"] not in ("", "not computed") else ""
    state = f"undecided: {r['undecided']}" if r["undecided"] else r["verdict"]
    up = r["expect"] in ("higher", "not lower")
    away = r["margin"] if r["expect"] in ("higher", "not higher") else -r["margin"]
    return {
        "heading": False,
        "words": "\n".join(lines),
        "word": r["verdict"],
        "share": 100 * r["share"],
        "low": 100 * r["share_low"],
        "high": 100 * r["share_high"],
        "right": f"{share_words(r)}\n{state}{basis}",
        "tip": f"{r['claim']}: {r['verdict']}, in {share_words(r)} of worlds. {r['says']}",
        "effect": float(r["effect"]) if finite else None,
        "effect_low": float(r["effect_low"]) if finite else None,
        "effect_high": float(r["effect_high"]) if finite else None,
        "effect_words": effect_words(r),
        "effect_tip": f"{r['claim']}: {effect_words(r)}; expected {r['expect']}, "
        f"margin {number(r['margin'])}",
        "threshold": float(away) if np.isfinite(away) else None,
        "side": "right" if up else "left",
    }


def _claim_text(
    rows: Sequence[Record], height: int, width: int, text: str = "right"
) -> list[alt.Chart]:
    """Sentences left of the plot, results right of it, headings and hairlines across."""
    heads = [r for r in rows if r["heading"]]
    claims = [r for r in rows if not r["heading"]]
    base: Record = {"align": "left", "baseline": "middle", "fontSize": 12, "lineHeight": 15,
            "lineBreak": "\n"}  # fmt: skip
    y, top = _row_axis("y:Q", height), _row_axis("top:Q", height)
    side = _row_axis("right_top:Q" if text == "right" else "y:Q", height)
    return [
        _chart(heads).mark_rule(color=LINE).encode(
            x=alt.value(-400), x2=alt.value(width + 150), y=top
        ),
        _chart(heads).mark_text(**base, fontWeight="bold").encode(
            x=alt.value(-400), y=y, text="words:N"
        ),
        _chart(claims).mark_text(**base, color=INK).encode(
            x=alt.value(-400), y=top, text="words:N"
        ),
        _chart(claims).mark_text(**base, color=INK).encode(
            x=alt.value(width + 12), y=side, text=f"{text}:N"
        ),
    ]  # fmt: skip


def _bands(height: int) -> list[alt.Chart]:
    """The five verdicts as bands behind shares of worlds, with their names above."""
    bands: list[Record] = []
    ceiling = 100.0
    for least, word in BANDS:
        floor = max(0.0, 100 * least)
        middle = (floor + ceiling) / 2
        short = word.replace(" ", "\n")
        bands.append(
            {"word": word, "low": floor, "high": ceiling, "middle": middle, "short": short}
        )
        ceiling = floor
    scale = alt.Scale(domain=[0, 100], nice=False)
    axis = alt.Axis(
        title="share of worlds in which the claim holds (%)",
        values=[0, 10, 34, 66, 90, 100],
        grid=False,
        labelFlush=False,
        labelOverlap=False,
    )
    back = _chart(bands).mark_rect(opacity=0.22).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=alt.value(0),
        y2=alt.value(height), color=_verdict_colour(),
    )  # fmt: skip
    names = _chart(bands).mark_text(
        baseline="line-bottom", dy=-12, fontSize=10, color=QUIET, lineBreak="\n", lineHeight=11
    ).encode(x="middle:Q", y=alt.value(0), text="short:N")  # fmt: skip
    return [back, names]


def _row_axis(field: str, height: int) -> alt.Y:
    return alt.Y(field, scale=alt.Scale(domain=[height, 0], nice=False, zero=False), axis=None)


def _verdict_colour(legend: alt.Legend | None = None, title: str | None = None) -> alt.Color:
    scale = alt.Scale(domain=list(VERDICT_COLOURS), range=list(VERDICT_COLOURS.values()))
    return alt.Color("word:N", scale=scale, legend=legend, title=title)


def _tip(field: str = "tip:N") -> dict[str, Any]:
    """A note on a mark, on hovering and for those who cannot see it."""
    return {"tooltip": alt.Tooltip(field), "description": alt.Description(field)}


# ---------------------------------------------------------------- paths over time


def main_variables(case: Case) -> list[str]:
    """What the focal actor wants, by mean weight, then what most claims look at."""
    focal = next((a for a in case.actors if a.name == case.focal), None)
    goals = sorted(focal.goals, key=lambda g: -(g.weight.low + g.weight.high)) if focal else []
    looked = [p.contrast.this.outcome.name for c in case.claims for p in c.parts]
    names = [v.name for v in case.variables]
    often = sorted(names, key=lambda n: -looked.count(n))
    return [n for n in dict.fromkeys([*(g.variable for g in goals), *often]) if n in names][:MAIN]


def fan_table(dataset: xr.Dataset, variable: str) -> pd.DataFrame:
    """Quantiles over worlds: columns quarter, p5, p25, p50, p75, p95, in display units."""
    values = dataset[variable].transpose("world", "quarter").to_numpy()
    levels = (5, 25, 50, 75, 95)
    table = np.nanpercentile(values, levels, axis=0)
    columns = {f"p{level}": row for level, row in zip(levels, table, strict=True)}
    return pd.DataFrame({"quarter": dataset["quarter"].to_numpy(), **columns})


def fan(
    datasets: Mapping[str, xr.Dataset],
    variable: str,
    *,
    case: Case | None = None,
    columns: int = 4,
    width: int = 170,
) -> Chart:
    """A variable's path under each scenario: median, half of the worlds, nine worlds in ten."""
    return _styled(_fan(datasets, variable, case, columns, width))


def fans(
    datasets: Mapping[str, xr.Dataset],
    variables: Sequence[str],
    *,
    case: Case | None = None,
    width: int = 120,
) -> Chart:
    """Several variables under every scenario: one row a variable, one column a scenario."""
    rows = [
        _fan(
            datasets, v, case, len(datasets), width, height=95,
            heads=v == variables[0], foot=v == variables[-1],
        )
        for v in variables
    ]  # fmt: skip
    return _styled(alt.vconcat(*rows, spacing=8).resolve_scale(y="independent"))


def _fan(
    datasets: Mapping[str, xr.Dataset],
    variable: str,
    case: Case | None,
    columns: int,
    width: int,
    height: int = 110,
    heads: bool = True,
    foot: bool = True,
) -> Any:
    first = next(iter(datasets.values()))
    attrs = first[variable].attrs
    label = str(attrs.get("long_name", variable))
    unit = str(attrs.get("units", ""))
    names = _scenario_labels(case, datasets)
    start, reference = _reference(case)
    records: list[Record] = []
    for key, dataset in datasets.items():
        table = fan_table(dataset, variable).round(3)
        records += [
            {
                "scenario": names[key],
                "tip": f"{calendar(start, q['quarter'])}, {names[key]}: median "
                f"{number(q['p50'])}; half of worlds {number(q['p25'])} to {number(q['p75'])}; "
                f"nine in ten {number(q['p5'])} to {number(q['p95'])}",
                **q,
            }
            for q in table.to_dict("records")
        ]
    last = max(int(r["quarter"]) for r in records)
    y: Record = {"scale": alt.Scale(zero=False, nice=True)}
    axis = alt.Axis(title=_axis_title(label, unit), tickCount=4, labelFlush=True)
    below = _time_axis(start, reference, last, width)
    if not foot:
        below.title, below.labels = None, False
    x = alt.X("quarter:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=below)
    base = alt.Chart()
    tip = _tip()
    panel = alt.layer(
        base.mark_area(color="#9ecae1", opacity=0.55).encode(
            x=x, y=alt.Y("p5:Q", axis=axis, **y), y2="p95:Q"
        ),
        base.mark_area(color="#4292c6", opacity=0.6).encode(x=x, y="p25:Q", y2="p75:Q"),
        base.mark_line(color="#08306b", strokeWidth=2).encode(x=x, y="p50:Q"),
        base.mark_rule(opacity=0, strokeWidth=width / max(last, 1)).encode(
            x=x, y=alt.value(0), y2=alt.value(height), **tip
        ),
    ).properties(width=width, height=height)
    facet = alt.Facet(
        "scenario:N",
        title=None,
        sort=[names[k] for k in datasets],
        header=_header(width) if heads else alt.Header(labels=False),
    )
    return panel.facet(facet=facet, columns=columns, data=_data(records))


def conduct(
    datasets: Mapping[str, xr.Dataset],
    instrument: str,
    *,
    case: Case | None = None,
    columns: int = 4,
    width: int = 170,
) -> Chart:
    """How an actor's conduct is split over an instrument's levels, mean of worlds, per scenario.

    Takes a regime too: then the split is over worlds.
    """
    first = next(iter(datasets.values()))
    names = _scenario_labels(case, datasets)
    start, reference = _reference(case)
    levels, _ = split(first[instrument])
    records: list[Record] = []
    for key, dataset in datasets.items():
        order, shares = split(dataset[instrument])
        for q, row in zip(dataset["quarter"].to_numpy(), shares, strict=True):
            records += [
                {
                    "scenario": names[key],
                    "quarter": int(q),
                    "level": level,
                    "rank": order.index(level),
                    "share": round(float(value), 2),
                    "tip": f"{calendar(start, q)}, {names[key]}: {level} {value:.0f} %",
                }
                for level, value in zip(order, row, strict=True)
            ]
    last = max(r["quarter"] for r in records)
    label = str(first[instrument].attrs.get("long_name", instrument))
    what = "worlds" if first[instrument].attrs.get("role") == "regime" else "conduct"
    panel = alt.Chart().mark_bar(size=max(2.0, width / (last + 1) - 0.5)).encode(
        x=alt.X(
            "quarter:Q",
            scale=alt.Scale(domain=[-0.5, last + 0.5], nice=False),
            axis=_time_axis(start, reference, last, width),
        ),
        y=alt.Y(
            "share:Q",
            stack="zero",
            scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(title=_axis_title(label, f"% of {what}"), values=[0, 50, 100]),
        ),
        order=alt.Order("rank:Q"),
        color=alt.Color(
            "level:N",
            title=None,
            sort=levels,
            scale=alt.Scale(domain=levels, range=level_colours(levels)),
            legend=alt.Legend(orient="top", direction="horizontal"),
        ),
        **_tip(),
    ).properties(width=width, height=80)  # fmt: skip
    facet = alt.Facet(
        "scenario:N",
        title=None,
        sort=[names[k] for k in datasets],
        header=_header(width),
    )
    data = _data(records)
    return _styled(panel.facet(facet=facet, columns=columns, data=data))


def split(array: xr.DataArray) -> tuple[list[str], np.ndarray]:
    """How an instrument or a regime is split over its levels.

    Returns the levels in order and the mean percentage at each; shape (quarters, levels).
    """
    if array.attrs.get("role") == "regime":
        levels = str(array.attrs["levels"]).split(", ")
        index = array.transpose("quarter", "world").to_numpy()
        shares = [100 * (index == i).mean(axis=1) for i in range(len(levels))]
        return levels, np.stack(shares, axis=1)
    (dim,) = (str(d) for d in array.dims if d not in ("world", "quarter"))
    levels = [str(level) for level in array[dim].to_numpy()]
    return levels, array.mean("world").transpose("quarter", dim).to_numpy()


def level_colours(levels: Sequence[str]) -> list[str]:
    """A shade for every level, from light for the lowest to dark for the highest."""
    last = len(LEVEL_COLOURS) - 1
    return [LEVEL_COLOURS[round(i * last / max(len(levels) - 1, 1))] for i in range(len(levels))]


# ---------------------------------------------------------------- the record


def record_fans(observed: pd.DataFrame, start: str, columns: int = 3) -> Chart:
    """Each series of the record over what all worlds give and what those not ruled out give.

    observed: as from `evidence.observed_table`; start: the calendar quarter of `at` 0.
    """
    if observed.empty:
        return _note("The record holds nothing that could be matched.")
    first = int(start[:4]), int(start[5])
    bands, points = [], []
    for r in observed.to_dict("records"):
        label = _short(r["label"], 40)
        names = [f"{which}_{part}" for which in ("all", "kept") for part in ("p5", "p50", "p95")]
        spans = {n: round(r[n], 3) if math.isfinite(r[n]) else None for n in names}
        bands.append({"label": label, "at": r["at"], **spans})
        if math.isfinite(r["observed"]):
            state = "matched" if r["used"] else "doubtful, not matched"
            points.append({
                "label": label, "at": r["at"], "observed": r["observed"], "low": r["low"],
                "high": r["high"], "fill": INK if r["used"] else "white",
                "tip": f"{calendar(first, r['at'])}: {number(r['observed'])} "
                f"({number(r['low'])} to {number(r['high'])}), {state}",
            })  # fmt: skip
    last = int(observed["at"].max())
    count = first[0] * 4 + first[1] - 1
    x = alt.X(
        "at:Q",
        scale=alt.Scale(domain=[0, last], nice=False),
        axis=alt.Axis(
            title=None,
            values=list(range(0, last + 1, 4)),
            labelExpr=f"floor(({count} + datum.value) / 4) + 'Q' + "
            f"(({count} + datum.value) % 4 + 1)",
            grid=False,
        ),
    )
    y = alt.Axis(title="change", tickCount=4)
    panels = []
    for label in dict.fromkeys(r["label"] for r in bands):
        own = _chart([r for r in bands if r["label"] == label])
        seen = _chart([p for p in points if p["label"] == label])
        layers = [
            own.mark_area(color="#bbbbbb", opacity=0.5).encode(
                x=x, y=alt.Y("all_p5:Q", axis=y), y2="all_p95:Q"
            ),
            own.mark_area(color="#4292c6", opacity=0.45).encode(
                x=x, y="kept_p5:Q", y2="kept_p95:Q"
            ),
            own.mark_line(color="#08306b", strokeWidth=1.5).encode(x=x, y="kept_p50:Q"),
            seen.mark_rule(color=QUIET).encode(x=x, y="low:Q", y2="high:Q", **_tip()),
            seen.mark_circle(size=36, opacity=1, stroke=INK).encode(
                x=x, y="observed:Q", color=alt.Color("fill:N", scale=None), **_tip()
            ),
        ]
        panels.append(alt.layer(*layers).properties(width=230, height=120, title=label))
    return _styled(alt.concat(*panels, columns=columns, spacing=16))


# ---------------------------------------------------------------- what pushed it


def contribution_table(dataset: xr.Dataset, variable: str, top: int = 6) -> pd.DataFrame:
    """Cumulative pushes on a variable by quarter: the `top` largest mechanisms, the rest together.

    Columns term, quarter, push, on the variable's additive scale. What is not a mechanism (return
    to baseline, shocks, set from outside) is kept apart. Terms that never push are left out.
    """
    push = dataset["push"].sel(variable=variable).transpose("quarter", "term")
    values = np.nan_to_num(push.to_numpy())
    terms = [str(t) for t in push["term"].to_numpy()]
    size = {t: float(np.abs(values[:, i]).max()) for i, t in enumerate(terms)}
    engine = [t for t in terms if t in ENGINE_COLOURS and size[t] > 0]
    mechanisms = [t for t in terms if t not in ENGINE_COLOURS and size[t] > 0]
    kept = sorted(mechanisms, key=lambda t: -size[t])[:top]
    rest = [t for t in mechanisms if t not in kept]
    columns = {t: values[:, terms.index(t)] for t in kept}
    if rest:
        columns["other mechanisms"] = values[:, [terms.index(t) for t in rest]].sum(axis=1)
    columns |= {t: values[:, terms.index(t)] for t in engine}
    wide = pd.DataFrame(columns, index=pd.Index(push["quarter"].to_numpy(), name="quarter"))
    return wide.reset_index().melt("quarter", var_name="term", value_name="push")


def contributions(
    dataset: xr.Dataset, variable: str, *, top: int = 6, case: Case | None = None
) -> Chart:
    """What has pushed a variable away from its reference value, by mechanism and quarter.

    Bars above zero push it up, below zero down; the line is the sum of all.
    """
    table = contribution_table(dataset, variable, top)
    if table.empty:
        return _note("Nothing pushes this variable in these runs.")
    start, reference = _reference(case)
    records = [
        {
            "quarter": int(r["quarter"]),
            "push": round(float(r["push"]), 4),
            "term": _short(_words(r["term"]), 44),
            "tip": f"{calendar(start, r['quarter'])}: {_words(r['term'])} {r['push']:+.2f}",
        }
        for r in table.to_dict("records")
    ]
    total = table.groupby("quarter")["push"].sum()
    line = [{"quarter": int(q), "push": round(float(p), 4)} for q, p in total.items()]
    last = int(table["quarter"].max())
    names, colours = _term_colours(table["term"].unique())
    x = alt.X(
        "quarter:Q",
        scale=alt.Scale(domain=[-0.5, last + 0.5], nice=False),
        axis=_time_axis(start, reference, last, 420),
    )
    bars = _chart(records).mark_bar(size=max(3.0, 420 / (last + 1) - 2)).encode(
        x=x,
        y=alt.Y("push:Q", stack="zero", axis=alt.Axis(title=_push_title(case, variable))),
        color=alt.Color(
            "term:N",
            title=None,
            sort=names,
            scale=alt.Scale(domain=names, range=colours),
            legend=alt.Legend(orient="right", labelLimit=300, symbolLimit=0),
        ),
        **_tip(),
    )  # fmt: skip
    zero = _chart([{"push": 0}]).mark_rule(color=INK, strokeWidth=0.7).encode(y="push:Q")
    path = _chart(line).mark_line(
        color="black", strokeWidth=2, point={"size": 22, "color": "black"}
    )
    layers = alt.layer(bars, zero, path.encode(x=x, y="push:Q"))
    return _styled(layers.properties(width=420, height=190))


def pushes_by_scenario(
    datasets: Mapping[str, xr.Dataset], variable: str, top: int = 6
) -> pd.DataFrame:
    """Cumulative pushes on a variable at the last quarter: a row a term, a column a scenario.

    The `top` mechanisms that push most under any scenario, the others together, then what is not a
    mechanism, on the variable's additive scale. Terms that never push are left out.
    """
    wide = pd.DataFrame({
        key: dataset["push"].sel(variable=variable).isel(quarter=-1).to_series()
        for key, dataset in datasets.items()
    }).fillna(0.0)  # fmt: skip
    size = wide.abs().max(axis=1)
    wide = wide[size > 0]
    engine = [t for t in wide.index if t in ENGINE_COLOURS]
    ranked = size[[t for t in wide.index if t not in engine]].sort_values(ascending=False)
    kept, rest = list(ranked.index[:top]), list(ranked.index[top:])
    parts = [wide.loc[kept], wide.loc[engine]]
    if rest:
        parts.insert(1, wide.loc[rest].sum().to_frame("other mechanisms").T)
    return pd.concat(parts).rename_axis("term")


def contributions_by_scenario(
    datasets: Mapping[str, xr.Dataset], variable: str, *, top: int = 6, case: Case | None = None
) -> Chart:
    """The same at the last quarter, one bar a scenario: why scenarios end in different places."""
    names = _scenario_labels(case, datasets)
    wide = pushes_by_scenario(datasets, variable, top)
    if wide.empty:
        return _note("Nothing pushes this variable in these runs.")
    terms, colours = _term_colours(wide.index)
    ends = wide.rename(columns=names).rename_axis(columns="scenario").stack().rename("push")
    ends = ends.reset_index()
    records = [
        {
            "scenario": r["scenario"],
            "push": round(float(r["push"]), 4),
            "term": _short(_words(r["term"]), 44),
            "tip": f"{r['scenario']}: {_words(r['term'])} {r['push']:+.2f}",
        }
        for r in ends.to_dict("records")
    ]
    sums = ends.groupby("scenario")["push"].sum()
    totals = [{"scenario": s, "push": round(float(p), 4), "tip": f"{s}: all together {p:+.2f}"}
              for s, p in sums.items()]  # fmt: skip
    down = alt.Y(
        "scenario:N",
        sort=list(names.values()),
        axis=alt.Axis(title=None, labelLimit=190, ticks=False),
    )
    tip = _tip()
    bars = _chart(records).mark_bar().encode(
        x=alt.X("push:Q", stack="zero", axis=alt.Axis(title=_push_title(case, variable))),
        y=down,
        color=alt.Color(
            "term:N",
            title=None,
            sort=terms,
            scale=alt.Scale(domain=terms, range=colours),
            legend=alt.Legend(orient="right", labelLimit=300, symbolLimit=0),
        ),
        **tip,
    )  # fmt: skip
    marks = _chart(totals).mark_point(filled=True, color="black", size=55, opacity=1)
    zero = _chart([{"push": 0}]).mark_rule(color=INK, strokeWidth=0.7).encode(x="push:Q")
    layers = alt.layer(bars, zero, marks.encode(x="push:Q", y=down, **tip))
    return _styled(layers.properties(width=360, height=alt.Step(22)))


def _push_title(case: Case | None, variable: str) -> list[str] | str:
    scales = {v.name: v.scale for v in case.variables} if case else {}
    unit = {"share": "log-odds", "index": "logarithm", "real": "its own unit"}
    scale = scales.get(variable, "")
    return ["push since the reference", f"quarter ({unit[scale]})"] if scale else "push so far"


def _term_colours(terms: Sequence[str] | np.ndarray) -> tuple[list[str], list[str]]:
    free = iter(PALETTE * 4)
    colours = [ENGINE_COLOURS.get(t) or next(free) for t in terms]
    return [_short(_words(t), 44) for t in terms], colours


# ---------------------------------------------------------------- who moves what


class Node(NamedTuple):
    """A place in the influence graph. Kind: outside, conduct, state or derived."""

    name: str
    label: str
    kind: str
    group: str


def nodes(case: Case) -> dict[str, Node]:
    """Every name that mechanisms may read or move; levels point to their instrument or regime."""
    found = {r.name: Node(r.name, r.label, "outside", "Outside the game") for r in case.regimes}
    found |= {q.name: Node(q.name, q.label, "outside", "Outside the game") for q in case.quantities}
    for actor in case.actors:
        for i in actor.instruments:
            found[i.name] = Node(i.name, i.label, "conduct", actor.label)
    levels = {
        level_argument(held.name, level): found[held.name]
        for held in _levelled(case)
        for level in held.levels
    }
    found |= {v.name: Node(v.name, v.label, "state", "What moves") for v in case.variables}
    found |= {d.name: Node(d.name, d.label, "derived", "What moves") for d in case.derived}
    return found | {name: node for name, node in levels.items() if name not in found}


def _levelled(case: Case) -> tuple[Regime | Instrument, ...]:
    return (*case.regimes, *case.instruments)


def links(case: Case, influence: pd.DataFrame) -> pd.DataFrame:
    """Edges between nodes, one a pair: columns source, target, mechanisms (tuple), kind.

    Parameters are not nodes and are left out, and so are the goals by which actors choose.
    """
    known = nodes(case)
    pairs: dict[tuple[str, str, str], list[str]] = {}
    for edge in influence.to_dict("records"):
        if edge["kind"] != "chooses" and edge["source"] in known and edge["target"] in known:
            key = known[edge["source"]].name, known[edge["target"]].name, str(edge["kind"])
            if edge["mechanism"] not in pairs.setdefault(key, []):
                pairs[key].append(edge["mechanism"])
    rows = [(s, t, tuple(m), k) for (s, t, k), m in pairs.items()]
    return pd.DataFrame(rows, columns=["source", "target", "mechanisms", "kind"])


def heights(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, float]:
    """How far downstream each node lies, on average one step above what moves it.

    Source: MacKay, Johnson and Sansom, How directed is a directed network? (2020).
    """
    index = {name: i for i, name in enumerate(names)}
    weight = np.zeros((len(names), len(names)))
    for source, target in edges:
        if source != target:
            weight[index[source], index[target]] = 1.0
    into, out = weight.sum(axis=0), weight.sum(axis=1)
    laplacian = np.diag(into + out) - weight - weight.T
    level, *_ = np.linalg.lstsq(laplacian, into - out, rcond=None)
    return {name: float(level[i]) for name, i in index.items()}


BOX, GAP, ROW = 204, 76, 27
"""Pixels: width of a box, space between columns, height of a row."""


def influence_graph(case: Case, influence: pd.DataFrame) -> Chart:
    """The graph derived from what mechanisms read and move, laid out from left to right.

    Left: what lies outside and what actors do. Then the states, in columns by how far downstream
    they lie. Grey lines run forward, orange ones back or within a column. Hovering over a box shows
    what moves it and what it moves.
    """
    edges = links(case, influence)
    places, headings = _layout(case, edges)
    tips = node_tips(case, influence)
    boxes: list[Record] = [
        {"name": n.name, "label": _short(n.label, 36), "kind": n.kind, "x": x, "y": y,
         "x2": x + BOX, "y2": y + ROW - 7, "tx": x + 7, "ty": y + (ROW - 7) / 2,
         "tip": tips[n.name]}
        for n, x, y in places.values()
    ]  # fmt: skip
    curves: list[Record] = []
    arrows: list[Record] = []
    for i, e in enumerate(edges.to_dict("records")):
        forward, points = _curve(places[e["source"]][1:], places[e["target"]][1:])
        kind = "forward" if forward else "back"
        ends = {"source": e["source"], "target": e["target"], "kind": kind,
                "tip": link_tip(case, e)}  # fmt: skip
        curves += [{"edge": i, "step": j, "x": x, "y": y, **ends}
                   for j, (x, y) in enumerate(points)]  # fmt: skip
        toward = "left" if points[-2][0] > points[-1][0] else "right"
        arrows.append({"x": points[-1][0], "y": points[-1][1], "toward": toward, **ends})
    width = max(b["x2"] for b in boxes) + 46
    height = max(b["y2"] for b in boxes) + 8
    hover = alt.selection_point(
        name="hover", fields=["name"], on="pointerover", clear="pointerout", empty=False
    )
    touches = (
        "length(data('hover_store')) && (datum.source == data('hover_store')[0].values[0]"
        " || datum.target == data('hover_store')[0].values[0])"
    )
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, width], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=["forward", "back"], range=["#7a8a99", "#d55e00"]),
        legend=None,
    )
    tip = _tip()
    strong = alt.condition(touches, alt.value(1), alt.value(0.22))
    wide = alt.condition(touches, alt.value(2.2), alt.value(1))
    lines = _chart(curves).mark_line(interpolate="basis").encode(
        x=x, y=y, detail="edge:N", order=alt.Order("step:Q"), color=colour, opacity=strong,
        strokeWidth=wide, **tip,
    )  # fmt: skip
    heads = _chart(arrows).mark_point(filled=True, size=26).encode(
        x=x,
        y=y,
        color=colour,
        opacity=alt.condition(touches, alt.value(1), alt.value(0.45)),
        shape=alt.Shape(
            "toward:N",
            scale=alt.Scale(domain=["right", "left"], range=["triangle-right", "triangle-left"]),
            legend=None,
        ),
        **tip,
    )  # fmt: skip
    fill = alt.Color(
        "kind:N",
        scale=alt.Scale(
            domain=["outside", "conduct", "state", "derived"],
            range=["#f6e3c5", "#d6e6f4", "#ffffff", "#ececec"],
        ),
        legend=None,
    )
    plates = _chart(boxes).mark_rect(stroke="#666", cornerRadius=4, strokeWidth=0.8).encode(
        x=x, y=y, x2="x2:Q", y2="y2:Q", color=fill, **tip
    ).add_params(hover)  # fmt: skip
    labels = _chart(boxes).mark_text(align="left", fontSize=11, color=INK).encode(
        x="tx:Q", y="ty:Q", text="label:N"
    )  # fmt: skip
    titles = _chart(headings).mark_text(
        align="left", baseline="top", fontSize=11, fontWeight="bold", color=QUIET
    ).encode(x="x:Q", y="y:Q", text="label:N")  # fmt: skip
    layers = alt.layer(lines, heads, plates, labels, titles).resolve_scale(color="independent")
    return _styled(layers.properties(width=width, height=height))


def _layout(
    case: Case, edges: pd.DataFrame
) -> tuple[dict[str, tuple[Node, float, float]], list[Record]]:
    """A place for every node (left and top, in pixels) and headings over groups."""
    every = dict.fromkeys(nodes(case).values())
    first = [n for n in every if n.kind in ("outside", "conduct")]
    rest = [n for n in every if n.kind in ("state", "derived")]
    pairs = list(zip(edges["source"], edges["target"], strict=True))
    height = heights([n.name for n in every], pairs)
    groups = list(dict.fromkeys(n.group for n in first))
    count = max(1, math.ceil(len(rest) / 17))
    rest.sort(key=lambda n: height[n.name])
    columns = [list(part) for part in _parts(rest, count)]
    centre: dict[str, float] = {}
    headings: list[Record] = []
    top = 0.0
    places: dict[str, tuple[Node, float, float]] = {}
    for group in groups:
        headings.append({"x": 0.0, "y": top + 4, "label": group})
        top += ROW - 6
        for node in (n for n in first if n.group == group):
            places[node.name] = node, 0.0, top
            centre[node.name] = top
            top += ROW
        top += 6
    for column in columns:
        for i, node in enumerate(column):
            centre[node.name] = top * (i + 0.5) / len(column)
    near: dict[str, list[str]] = {n.name: [] for n in every}
    for source, target in pairs:
        near[source].append(target)
        near[target].append(source)
    for _ in range(12):  # each node towards the mean of its neighbours, then spread out again
        for column in columns:
            pull = {n.name: np.mean([centre[m] for m in near[n.name]] or [centre[n.name]])
                    for n in column}  # fmt: skip
            column.sort(key=lambda n: float(pull[n.name]))
            for i, node in enumerate(column):
                centre[node.name] = top * (i + 0.5) / len(column)
    titles = _column_titles(len(columns))
    for c, column in enumerate(columns):
        left = (c + 1) * (BOX + GAP) + 24.0
        headings.append({"x": left, "y": 4.0, "label": titles[c]})
        step = max(float(ROW), (top - ROW) / max(len(column), 1))
        for i, node in enumerate(column):
            places[node.name] = node, left, ROW - 6 + i * step
    return places, headings


def _column_titles(count: int) -> list[str]:
    if count == 1:
        return ["What moves"]
    return ["Moved first", *[""] * (count - 2), "Moved last"]


def _parts(items: Sequence[Node], count: int) -> list[Sequence[Node]]:
    size = math.ceil(len(items) / count) if items else 1
    return [items[i : i + size] for i in range(0, len(items), size)]


def _curve(
    source: tuple[float, float], target: tuple[float, float]
) -> tuple[bool, list[tuple[float, float]]]:
    """Points of a smooth line between two boxes, and whether it runs forward."""
    middle = (ROW - 7) / 2
    y0, y1 = source[1] + middle, target[1] + middle
    if target[0] > source[0]:
        x0, x1 = source[0] + BOX, target[0] - 4
        reach = GAP * 0.5
        return True, [(x0, y0), (x0 + 4, y0), (x0 + reach, y0), (x1 - reach, y1), (x1 - 4, y1),
                      (x1, y1)]  # fmt: skip
    if target[0] == source[0]:
        x0 = source[0] + BOX
        out = x0 + 14 + min(26.0, abs(y1 - y0) / 9)
        return False, [(x0, y0), (out, y0), (out, (y0 + y1) / 2), (out, y1), (x0 + 5, y1),
                       (x0 + 4, y1)]  # fmt: skip
    x0, x1 = source[0], target[0] + BOX + 4
    reach = GAP * 0.5
    return False, [(x0, y0), (x0 - 4, y0), (x0 - reach, y0), (x1 + reach, y1), (x1 + 4, y1),
                   (x1, y1)]  # fmt: skip


def influence_matrix(case: Case, influence: pd.DataFrame) -> Chart:
    """Who moves what, as a table: a row for each mover, a column for what it moves.

    A square is darker where more mechanisms say so. Columns and rows run from what is moved first
    to what is moved last, so squares below the diagonal of states are feedback.
    """
    edges = links(case, influence)
    if edges.empty:
        return _note("No mechanism moves anything.")
    known = nodes(case)
    every = list(dict.fromkeys(n.name for n in known.values()))
    pairs = list(zip(edges["source"], edges["target"], strict=True))
    height = heights(every, pairs)
    rank = {"outside": 0, "conduct": 1, "state": 2, "derived": 2}
    kinds = {n.name: rank[n.kind] for n in known.values()}
    order = sorted(every, key=lambda n: (kinds[n], height[n] if kinds[n] == 2 else 0))
    movers, moved = set(edges["source"]), set(edges["target"])
    cells = [
        {
            "source": _short(known[e["source"]].label, 34),
            "target": _short(known[e["target"]].label, 34),
            "count": str(min(len(e["mechanisms"]), 3)),
            "tip": link_tip(case, e),
        }
        for e in edges.to_dict("records")
    ]
    axis: Record = {"labelLimit": 230, "labelOverlap": False, "ticks": False, "domain": False,
            "grid": True, "gridColor": "#e3e3e3", "tickBand": "extent", "zindex": 0,
            "labelPadding": 5}  # fmt: skip
    return _styled(
        _chart(cells)
        .mark_rect(stroke="white")
        .encode(
            x=alt.X(
                "target:N",
                sort=[_short(known[n].label, 34) for n in order if n in moved],
                axis=alt.Axis(title="is moved", orient="top", labelAngle=-55, **axis),
            ),
            y=alt.Y(
                "source:N",
                sort=[_short(known[n].label, 34) for n in order if n in movers],
                axis=alt.Axis(title="moves", **axis),
            ),
            color=alt.Color(
                "count:O",
                title="mechanisms",
                scale=alt.Scale(domain=["1", "2", "3"], range=["#6baed6", "#2171b5", "#08306b"]),
                legend=alt.Legend(orient="bottom", direction="horizontal"),
            ),
            **_tip(),
        )
        .properties(width=alt.Step(16), height=alt.Step(16))
    )


def link_tip(case: Case, edge: Mapping[Hashable, Any]) -> str:
    """A sentence on one edge of `links`: who moves what, by which mechanisms."""
    known = nodes(case)
    verb = "is part of" if edge["kind"] == "derives" else "moves"
    by = (
        "" if edge["kind"] == "derives" else f": {', '.join(_words(m) for m in edge['mechanisms'])}"
    )
    return f"{known[edge['source']].label} {verb} {known[edge['target']].label}{by}"


def node_tips(case: Case, influence: pd.DataFrame) -> dict[str, str]:
    """For every node a sentence: what it is, what moves it, what it moves, who wants it."""
    known = nodes(case)
    edges = links(case, influence)
    wants: dict[str, list[str]] = {}
    for actor in case.actors:
        for goal in actor.goals:
            wants.setdefault(goal.variable, []).append(f"{actor.label} ({goal.want})")
    tips = {}
    for node in dict.fromkeys(known.values()):
        into = edges.loc[edges["target"] == node.name, "source"]
        out = edges.loc[edges["source"] == node.name, "target"]
        parts = [node.label]
        if len(into):
            parts.append("moved by " + ", ".join(known[n].label for n in into))
        if len(out):
            parts.append("moves " + ", ".join(known[n].label for n in out))
        if node.name in wants:
            parts.append("wanted by " + ", ".join(wants[node.name]))
        tips[node.name] = "; ".join(parts)
    return tips


# ---------------------------------------------------------------- words and numbers


def number(value: float) -> str:
    """A number short enough to read: two figures that count, no decimals from 10 on."""
    if not math.isfinite(value):
        return "unknown"
    size = abs(value)
    digits = 0 if size >= 9.95 else 1 if size >= 0.95 else 2
    text = f"{value:.{digits}f}" if size >= 0.095 or size == 0 else f"{value:.1g}"
    return "0" if float(text) == 0 else text


def signed(value: float) -> str:
    text = number(value)
    return f"+{text}" if value > 0 and text != "0" else text


def percent(share: float) -> str:
    """A share as a percentage that is 0 or 100 only where it is exactly that."""
    value = 100 * share
    if 0 < value < 1:
        return "under 1 %"
    if 99 < value < 100:
        return "over 99 %"
    return f"{value:.0f} %"


def share_words(row: Mapping[Any, Any]) -> str:
    """`93 % (92-94)`: a claim's share of worlds with its 95 % interval."""
    low, high = 100 * row["share_low"], 100 * row["share_high"]
    return f"{percent(row['share'])} ({low:.0f}-{high:.0f})"


def effect_words(row: Mapping[Any, Any]) -> str:
    """`+4.1 points (+0.5 to +9.8)`: the median difference and the range of nine worlds in ten."""
    if not np.isfinite(row["effect"]):
        return "no single size"
    unit = f" {row['unit']}" if row["unit"] else ""
    span = f"{signed(row['effect_low'])} to {signed(row['effect_high'])}"
    return f"{signed(row['effect'])}{unit} ({span})"


def calendar(start: tuple[int, int] | None, quarter: float) -> str:
    """The calendar name of a quarter counted from the reference quarter, such as `2026Q1`."""
    if start is None:
        return f"quarter {int(quarter)}"
    count = start[0] * 4 + start[1] - 1 + int(quarter)
    return f"{count // 4}Q{count % 4 + 1}"


def _reference(case: Case | None) -> tuple[tuple[int, int] | None, str]:
    name = case.reference_quarter if case else ""
    return calendar_start(name), name or "the reference quarter"


def calendar_start(name: str) -> tuple[int, int] | None:
    """Year and quarter of a calendar name such as `2025Q4`."""
    year, _, quarter = name.partition("Q")
    known = year.isdigit() and quarter in ("1", "2", "3", "4")
    return (int(year), int(quarter)) if known else None


def _time_axis(start: tuple[int, int] | None, reference: str, last: int, width: int) -> alt.Axis:
    room = max(1, width // 48)
    step = next((s for s in (1, 2, 4, 8, 12, 16, 20, 40) if last / s <= room), 80)
    label = "datum.value == 0 ? '0' : '+' + datum.value"
    if start is not None:  # two whole numbers go into the expression, no text
        count = f"({start[0] * 4 + start[1] - 1} + datum.value)"
        label = f"[floor({count} / 4) + 'Q' + ({count} % 4 + 1), {label}]"
    return alt.Axis(
        title=f"quarters after {reference}",
        values=list(range(0, last + 1, step)),
        labelExpr=label,
        labelFlush=14,
        labelOverlap=True,
        grid=False,
    )


def _axis_title(label: str, unit: str) -> list[str]:
    return [*_wrap(label, 24, 2), *(_wrap(f"({unit})", 24, 2) if unit else [])]


def _header(width: int) -> alt.Header:
    return alt.Header(labelFontSize=11, labelFontWeight="bold", labelLimit=width + 20)


def _scenario_labels(case: Case | None, datasets: Mapping[str, xr.Dataset]) -> dict[str, str]:
    labels = {s.name: s.label for s in case.scenarios} if case else {}
    return {key: labels.get(key) or _words(key) for key in datasets}


def _words(name: str) -> str:
    return name.replace("_", " ")


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "\u2026"


def _wrap(text: str, width: int, most: int) -> list[str]:
    return textwrap.wrap(text, width, max_lines=most, placeholder=" \u2026") or [""]


# ---------------------------------------------------------------- making and saving


def _chart(records: Sequence[Mapping[str, Any]]) -> alt.Chart:
    return alt.Chart(_data(records))


def _data(records: Sequence[Mapping[str, Any]]) -> alt.InlineData:
    """Rows in the chart itself: Altair does not cap them at 5,000, as it does a table.

    Put in afterwards, so that Altair does not check every row against its schema, and as a tuple,
    because it copies lists anew at every step of making a chart.
    """
    data = alt.InlineData(values=[])
    data["values"] = tuple(records)
    return data


def _note(text: str) -> Chart:
    mark = _chart([{"text": text}]).mark_text(align="left", fontSize=13, color=QUIET)
    return _styled(mark.encode(text="text:N", x=alt.value(0)).properties(width=420, height=30))


def _styled(chart: Any) -> Chart:
    styled: Chart = (
        chart.configure(font=FONT, background="white")
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=10.5, titleFontSize=11, titleFontWeight="normal", labelColor=INK,
            titleColor=INK, gridColor="#e6e6e6", domainColor="#999", tickColor="#999",
        )
        .configure_legend(labelFontSize=11, titleFontSize=11, titleFontWeight="normal")
        .configure_header(labelColor=INK)
    )  # fmt: skip
    return styled


def svg(chart: Chart) -> str:
    """The chart as SVG text; marks carry their note as `aria-label`."""
    return vl_convert.vegalite_to_svg(_spec(chart), allowed_base_urls=[])


def named(board: Board) -> dict[str, Callable[[], Chart]]:
    """Every chart of a board by a name for its file; each is made when it is called.

    overview, verdicts, effects, removals, influence, influence-table, paths (the main variables);
    paths-NAME for every variable and derived quantity, pushes-NAME for every variable, conduct-NAME
    for every instrument and regime.
    """
    case, runs, pushes = board.case, board.trajectories, board.contributions
    found: dict[str, Callable[[], Chart]] = {
        "overview": partial(overview, board),
        "verdicts": partial(verdict_bars, board),
        "effects": partial(effects, board),
        "removals": partial(removal_matrix, board),
        "influence": partial(influence_graph, case, board.influence),
        "influence-table": partial(influence_matrix, case, board.influence),
        "paths": partial(fans, runs, main_variables(case), case=case),
    }
    for name in [v.name for v in case.variables] + [d.name for d in case.derived]:
        found[f"paths-{name}"] = partial(fan, runs, name, case=case)
    for variable in case.variables:
        found[f"pushes-{variable.name}"] = partial(
            contributions_by_scenario, pushes, variable.name, case=case
        )
    for name in [i.name for i in case.instruments] + [r.name for r in case.regimes]:
        found[f"conduct-{name}"] = partial(conduct, runs, name, case=case)
    return found


def save(chart: Chart, path: Path | str) -> Path:
    """Write a chart as PNG, SVG, HTML (opens offline) or JSON (Vega-Lite), by its suffix."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        given = f'the suffix "{path.suffix}"' if path.suffix else "no suffix"
        raise UseError(
            f"{path.name} has {given}: a chart is saved as {', '.join(SUFFIXES)}, by its suffix."
        )
    if suffix == ".png":
        path.write_bytes(vl_convert.vegalite_to_png(_spec(chart), scale=2, allowed_base_urls=[]))
    elif suffix == ".svg":
        path.write_text(svg(chart), encoding="utf-8")
    elif suffix == ".json":
        path.write_text(_spec(chart), encoding="utf-8")
    else:
        path.write_text(_page(chart), encoding="utf-8")
    return path


def _page(chart: Chart) -> str:
    start = "vegaEmbed('#chart', JSON.parse(document.getElementById('spec').textContent))"
    spec = _spec(chart).replace("<", "\\u003c")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>tightrope chart</title>'
        '</head><body><div id="chart"></div>'
        f'<script type="application/json" id="spec">{spec}</script>'
        f'<script type="module">{vl_convert.javascript_bundle(start)}</script></body></html>'
    )


def _spec(chart: Chart) -> str:
    return json.dumps(chart.to_dict(validate=False))
