"""Charts of a game: where the message tells something, and what everybody then does."""

from __future__ import annotations

import math

import altair as alt
import xarray as xr

from tightrope.analyses.game.numbers import Played
from tightrope.analyses.game.options import dial_of, labels_of
from tightrope.case import Prior
from tightrope.show.style import (
    INK,
    LEVEL_COLOURS,
    PALETTE,
    Chart,
    Record,
    rows_chart,
    styled,
    tip,
)
from tightrope.text.wording import percent, shortened, wrapped

TELLS_ALL, TELLS_SOME = "tells all", "tells something"
CELL, MAP = 24, 200
"""Pixels of a cell, and of a map of few cells, beside whose titles it would be too small."""
SHAPES = ("circle", "cross", "diamond", "triangle-up", "square", "triangle-down", "stroke")


def game_map(found: Played, grid: xr.Dataset) -> Chart:
    """Where the message tells something: bits by colour, what the types choose by shape.

    Left with best replies (the end of the logit branch), faint where another draw of worlds might
    give something else; right with the errors the case assumes. grid: as from `map_over`.
    """
    first, second = (str(d) for d in grid["bits"].dims)
    rows = _cells(found, grid)
    orders = [[f"{v:.3g}" for v in grid[d].to_numpy()] for d in (first, second)]
    titles = [_axis_words(found, d) for d in (first, second)]
    x = alt.X(
        "x:N", scale=alt.Scale(domain=orders[0]), axis=alt.Axis(title=titles[0], labelAngle=-45)
    )
    y = alt.Y("y:N", scale=alt.Scale(domain=orders[1][::-1]), axis=alt.Axis(title=titles[1]))
    most = float(-sum(p * math.log2(p) for p in found.game.prior))
    step = alt.Step(max(CELL, MAP // len(orders[0])))
    panels = []
    for field, title in (("best", "best replies"), ("play", "with the errors the case assumes")):
        colour = alt.Color(
            f"{field}:Q",
            scale=alt.Scale(domain=[0, round(most, 3)], scheme="blues"),
            legend=alt.Legend(title="bits told"),
        )
        layers = [
            rows_chart(rows).mark_rect(stroke="white").encode(x=x, y=y, color=colour, **tip())
        ]
        if field == "best":
            shown = list(dict.fromkeys(r["answer"] for r in rows))
            shape = alt.Shape(
                "answer:N",
                scale=alt.Scale(domain=shown, range=list(SHAPES[: len(shown)])),
                legend=alt.Legend(title=None, orient="bottom", columns=1, labelLimit=320),
            )
            marks = rows_chart(rows).mark_point(size=45, color=INK)
            faint = alt.Opacity("faint:Q", scale=None)
            layers.append(marks.encode(x=x, y=y, shape=shape, opacity=faint, **tip()))
        panels.append(alt.layer(*layers).properties(width=step, height=step, title=title))
    return styled(alt.hconcat(*panels, spacing=28).resolve_scale(color="shared"))


def _cells(found: Played, grid: xr.Dataset) -> list[Record]:
    """What is drawn of each cell of the map."""
    first, second = (str(d) for d in grid["bits"].dims)
    words = dict(found.spec.messages)
    answers = {
        **{level: f"both kinds: {says}" for level, says in words.items()},
        "separating": TELLS_ALL,
        "mixed": TELLS_SOME,
        "pooling": "both kinds: one mix",
    }
    rows: list[Record] = []
    for r in grid.to_dataframe().reset_index().to_dict("records"):
        answer = answers[r["pooled"] or r["kind"]]
        at = f"{first} {r[first]:.3g}, {second} {r[second]:.3g}"
        rows.append({
            "x": f"{r[first]:.3g}", "y": f"{r[second]:.3g}", "answer": answer,
            "best": round(r["bits"], 4), "play": round(r["bits_in_play"], 4),
            "faint": 1.0 if r["steady"] >= 0.9 else 0.35,
            "tip": f"{at}: {answer}; {r['bits']:.3f} bits with best replies, "
            f"{r['bits_in_play']:.3f} with the errors the case assumes; the same words in "
            f"{percent(r['steady'])} of redraws of the worlds",
        })  # fmt: skip
    return rows


def _axis_words(found: Played, name: str) -> list[str]:
    """What a number means and in which unit, for the title of an axis."""
    dial = dial_of(found.case, found.spec, name)
    unit = [f"({dial.unit})"] if isinstance(dial, Prior) else []
    return [*wrapped(dial.meaning, 34, 2), *unit]


def game_profile(found: Played, equilibrium: str = "limit") -> Chart:
    """What each kind of sender says, and what each audience does on hearing it.

    equilibrium: a name in `Played.to_frame`; `limit` is the end of the logit branch.
    """
    frame = found.to_frame()
    own = frame[frame["equilibrium"] == equilibrium]
    spec = found.spec
    labels = labels_of(found.case, spec)
    words = dict(spec.messages)
    says = {(a.name, reply.name): reply.says for a in spec.audiences for reply in a.replies}
    order = {name: i for i, name in enumerate(words)}
    order |= {f"{a.name} {r.name}": i for a in spec.audiences for i, r in enumerate(a.replies)}
    rows: list[Record] = []
    lines: list[str] = []
    for (who, when), part in own.groupby(["who", "when"], sort=False):
        sender = who == spec.sender
        line = f"{labels[who]}, if {when}" if sender else f"{labels[who]} after {words[when]}"
        unsent = not sender and math.isnan(part["belief"].iloc[0])
        line += " (not used)" if unsent else ""
        lines.append(line)
        left = 0.0
        for r in part.to_dict("records"):
            done = words[r["does"]] if sender else says[who, r["does"]]
            place = order[r["does"] if sender else f"{who} {r['does']}"]
            share = 100 * r["share"]
            rows.append({
                "line": line, "from": left, "to": left + share, "middle": left + share / 2,
                "level": str(place), "text": shortened(done, 40) if share > 40 else "",
                "ink": "white" if place else INK, "faint": 0.4 if unsent else 1.0,
                "tip": f"{line}: {done} {percent(r['share'])}",
            })  # fmt: skip
            left += share
    y = alt.Y(
        "line:N",
        scale=alt.Scale(domain=lines),
        axis=alt.Axis(title=None, labelLimit=340, ticks=False),
    )
    levels = [str(i) for i in range(max(order.values()) + 1)]
    colour = alt.Color(
        "level:N",
        scale=alt.Scale(
            domain=levels, range=[LEVEL_COLOURS[0], LEVEL_COLOURS[3], *PALETTE][: len(levels)]
        ),
        legend=None,
    )
    bars = rows_chart(rows).mark_bar(height=17).encode(
        x=alt.X("from:Q", scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(title="chance, %")),
        x2="to:Q", y=y, color=colour, opacity=alt.Opacity("faint:Q", scale=None), **tip(),
    )  # fmt: skip
    text = rows_chart(rows).mark_text(fontSize=11).encode(
        x="middle:Q", y=y, text="text:N", color=alt.Color("ink:N", scale=None)
    )  # fmt: skip
    return styled(alt.layer(bars, text).properties(width=380, height=alt.Step(23)))
