"""Charts of who moves what: the graph that mechanisms make, drawn and as a table."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from tightrope.case import Case, Instrument, Regime, level_argument
from tightrope.show.style import INK, QUIET, Chart, Record, note, rows_chart, styled, tip
from tightrope.text.wording import shortened, spaced

BOX, GAP, ROW = 204, 76, 27
"""Pixels: width of a box, space between columns, height of a row."""


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
        {"name": n.name, "label": shortened(n.label, 36), "kind": n.kind, "x": x, "y": y,
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
    strong = alt.condition(touches, alt.value(1), alt.value(0.22))
    wide = alt.condition(touches, alt.value(2.2), alt.value(1))
    lines = rows_chart(curves).mark_line(interpolate="basis").encode(
        x=x, y=y, detail="edge:N", order=alt.Order("step:Q"), color=colour, opacity=strong,
        strokeWidth=wide, **tip(),
    )  # fmt: skip
    heads = rows_chart(arrows).mark_point(filled=True, size=26).encode(
        x=x,
        y=y,
        color=colour,
        opacity=alt.condition(touches, alt.value(1), alt.value(0.45)),
        shape=alt.Shape(
            "toward:N",
            scale=alt.Scale(domain=["right", "left"], range=["triangle-right", "triangle-left"]),
            legend=None,
        ),
        **tip(),
    )  # fmt: skip
    fill = alt.Color(
        "kind:N",
        scale=alt.Scale(
            domain=["outside", "conduct", "state", "derived"],
            range=["#f6e3c5", "#d6e6f4", "#ffffff", "#ececec"],
        ),
        legend=None,
    )
    plates = rows_chart(boxes).mark_rect(stroke="#666", cornerRadius=4, strokeWidth=0.8).encode(
        x=x, y=y, x2="x2:Q", y2="y2:Q", color=fill, **tip()
    ).add_params(hover)  # fmt: skip
    labels = rows_chart(boxes).mark_text(align="left", fontSize=11, color=INK).encode(
        x="tx:Q", y="ty:Q", text="label:N"
    )  # fmt: skip
    titles = rows_chart(headings).mark_text(
        align="left", baseline="top", fontSize=11, fontWeight="bold", color=QUIET
    ).encode(x="x:Q", y="y:Q", text="label:N")  # fmt: skip
    layers = alt.layer(lines, heads, plates, labels, titles).resolve_scale(color="independent")
    return styled(layers.properties(width=width, height=height))


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
        return note("No mechanism moves anything.")
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
            "source": shortened(known[e["source"]].label, 34),
            "target": shortened(known[e["target"]].label, 34),
            "count": str(min(len(e["mechanisms"]), 3)),
            "tip": link_tip(case, e),
        }
        for e in edges.to_dict("records")
    ]
    axis: Record = {"labelLimit": 230, "labelOverlap": False, "ticks": False, "domain": False,
            "grid": True, "gridColor": "#e3e3e3", "tickBand": "extent", "zindex": 0,
            "labelPadding": 5}  # fmt: skip
    return styled(
        rows_chart(cells)
        .mark_rect(stroke="white")
        .encode(
            x=alt.X(
                "target:N",
                sort=[shortened(known[n].label, 34) for n in order if n in moved],
                axis=alt.Axis(title="is moved", orient="top", labelAngle=-55, **axis),
            ),
            y=alt.Y(
                "source:N",
                sort=[shortened(known[n].label, 34) for n in order if n in movers],
                axis=alt.Axis(title="moves", **axis),
            ),
            color=alt.Color(
                "count:O",
                title="mechanisms",
                scale=alt.Scale(domain=["1", "2", "3"], range=["#6baed6", "#2171b5", "#08306b"]),
                legend=alt.Legend(orient="bottom", direction="horizontal"),
            ),
            **tip(),
        )
        .properties(width=alt.Step(16), height=alt.Step(16))
    )


def link_tip(case: Case, edge: Mapping[Hashable, Any]) -> str:
    """A sentence on one edge of `links`: who moves what, by which mechanisms."""
    known = nodes(case)
    verb = "is part of" if edge["kind"] == "derives" else "moves"
    by = (
        "" if edge["kind"] == "derives" else f": {', '.join(spaced(m) for m in edge['mechanisms'])}"
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
