"""Charts of a posture search: the front over all objectives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from tightrope.analyses.search.numbers import SearchResult
from tightrope.show.style import INK, PALETTE, Chart, Record, rows_chart, styled, tip
from tightrope.text.wording import wrapped


def front(found: SearchResult, means: Mapping[str, str]) -> Chart:
    """Every posture of the front as a line over all objectives, the case's own in colour.

    On a page each axis can be brushed: lines that do not pass through what is marked fade.
    means: what each member does, in words, by its name.
    """
    goals = found.case.objectives
    test = found.scores.pivot(index="posture", columns="objective", values="test")
    rows = [
        _line(p.name, p.name, means[p.name], [100 * test.loc[p.name, o.name] for o in goals])
        for p in found.postures
    ]
    own = [
        _line(p.name, p.label, p.meaning, [100 * test.loc[p.name, o.name] for o in goals])
        for p in found.case.postures
    ]
    height, narrow, wide = 330, 20, 90
    brushes = [alt.selection_interval(name=f"brush{o}", encodings=["y"]) for o in range(len(goals))]
    passes: Any = brushes[0]
    for brush in brushes[1:]:
        passes = passes & brush
    panels = []
    for o, goal in enumerate(goals):
        panels.append(_axis_panel(rows, own, o, goal.label, brushes[o], passes, (narrow, height)))
        if o + 1 < len(goals):
            panels.append(_between(rows, own, o, passes, (wide, height)))
    title = _title(len(rows))
    joined = alt.hconcat(*panels, spacing=0, bounds="flush", title=title)
    return styled(joined.resolve_scale(color="shared"))


def _title(count: int) -> alt.TitleParams:
    members = "1 posture" if count == 1 else f"{count} postures"
    lines = [
        "Share of worlds and scenarios in which each objective has enough (%), in worlds that the "
        "search has not seen.",
        f"Grey: the {members} of the front. Colour: the case's own. On a page, drag "
        "along an axis to keep only the lines that pass there.",
    ]
    return alt.TitleParams(
        text=[p for line in lines for p in wrapped(line, 118, 3)], anchor="start", fontSize=11.5,
        fontWeight="normal", color=INK, offset=34, lineHeight=15,
    )  # fmt: skip


def _line(name: str, label: str, words: str, values: Sequence[float]) -> Record:
    return {"name": name, "label": label, "tip": f"{label}: {words}"} | {
        f"o{o}": round(float(v), 2) for o, v in enumerate(values)
    }


def _share_axis(field: str, labels: bool = False) -> alt.Y:
    shown = alt.Axis(title=None, values=[0, 25, 50, 75, 100], grid=False, domain=False, ticks=False)
    scale = alt.Scale(domain=[0, 100], nice=False)
    return alt.Y(f"{field}:Q", scale=scale, axis=shown if labels else None)


def _colour(own: Sequence[Record]) -> alt.Color:
    names = [r["label"] for r in own]
    colours = [PALETTE[i % len(PALETTE)] for i in range(len(names))]
    legend = alt.Legend(
        orient="bottom", title=None, columns=4, symbolType="stroke", symbolStrokeWidth=3,
        labelLimit=200, offset=14,
    )  # fmt: skip
    return alt.Color("label:N", scale=alt.Scale(domain=names, range=colours), legend=legend)


def _segment(
    data: Sequence[Record],
    start: str,
    end: str,
    width: float,
    passes: Any,
    own: bool,
    labels: bool = False,
) -> Any:
    """Lines of all postures across one panel."""
    seen, faded = (1.0, 0.12) if own else (0.55, 0.05)
    mark = rows_chart(data).mark_rule(
        strokeWidth=2.6 if own else 1.1, color="#8b97a3", strokeCap="round"
    )
    encoded: Record = {
        "x": alt.value(0),
        "x2": alt.value(width),
        "y": _share_axis(start, labels),
        "y2": alt.Y2(f"{end}:Q"),
        "opacity": alt.condition(passes, alt.value(seen), alt.value(faded)),
        **tip(),
    }
    if own:
        encoded["color"] = _colour(data)
    return mark.encode(**encoded)


def _between(
    rows: Sequence[Record], own: Sequence[Record], o: int, passes: Any, size: tuple[int, int]
) -> Any:
    width, height = size
    layers = [
        _segment(data, f"o{o}", f"o{o + 1}", width, passes, data is own) for data in (rows, own)
    ]
    return alt.layer(*layers).properties(width=width, height=height)


def _axis_panel(
    rows: Sequence[Record],
    own: Sequence[Record],
    o: int,
    label: str,
    brush: Any,
    passes: Any,
    size: tuple[int, int],
) -> Any:
    """One objective: where the lines pass it, its name above, and the strip that is brushed."""
    width, height = size
    field = f"o{o}"
    bar = rows_chart([*rows, *own]).mark_tick(opacity=0, thickness=2).encode(
        x=alt.value(width / 2), y=_share_axis(field, labels=o == 0)
    ).add_params(brush)  # fmt: skip
    line = rows_chart([{"x": 0}]).mark_rule(color=INK, strokeWidth=1).encode(
        x=alt.value(width / 2), y=alt.value(0), y2=alt.value(height)
    )  # fmt: skip
    lines = wrapped(label, 15, 2)
    name = rows_chart([{"words": "\n".join(lines)}]).mark_text(
        baseline="bottom", fontSize=11, fontWeight="bold", lineBreak="\n", lineHeight=13,
        color=INK,
    ).encode(x=alt.value(width / 2), y=alt.value(5 - 13 * len(lines)), text="words:N")  # fmt: skip
    through = [
        _segment(data, field, field, width, passes, data is own, o == 0) for data in (rows, own)
    ]
    return alt.layer(bar, *through, line, name).properties(width=width, height=height)
