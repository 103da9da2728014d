"""Charts of a board's claims: verdicts, effects, removals; and every chart of a board by name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt
import numpy as np

from tightrope.analyses.record.charts import of_hindcast, record_fans
from tightrope.analyses.verdicts.basis import ALL, TOGETHER
from tightrope.analyses.verdicts.board import Board
from tightrope.analyses.verdicts.removals import MATTERS
from tightrope.analyses.verdicts.verdict import SUPPORTED, Shares, shares_in, verdict
from tightrope.show.charts.influence import influence_graph, influence_matrix
from tightrope.show.charts.paths import (
    conduct,
    contributions_by_scenario,
    fan,
    fans,
    main_variables,
)
from tightrope.show.style import (
    INK,
    LINE,
    QUIET,
    SHARE_COLOURS,
    VERDICT_COLOURS,
    Chart,
    Record,
    note,
    row_axis,
    rows_chart,
    styled,
    tip,
)
from tightrope.text.wording import (
    counted,
    effect_words,
    number,
    percent,
    share_words,
    shortened,
    spaced,
    split_words,
    wrapped,
)

NOT_MECHANISMS = ("nothing", *TOGETHER)


def named(board: Board) -> dict[str, Callable[[], Chart]]:
    """Every chart of a board by a name for its file; each is made when it is called.

    overview, verdicts, words, effects, removals, correlation, influence, influence-table, paths
    (the main variables);
    record and hindcast-NAME where the board has them; where the scenarios were run,
    paths-NAME for every variable and derived quantity, pushes-NAME for every variable, conduct-NAME
    for every instrument and regime.
    """
    case, runs, pushes = board.case, board.trajectories, board.contributions
    found: dict[str, Callable[[], Chart]] = {
        "overview": partial(overview, board),
        "verdicts": partial(verdict_bars, board),
        "words": verdict_map,
        "effects": partial(effects, board),
        "removals": partial(removal_matrix, board),
        "correlation": partial(correlation, board),
        "influence": partial(influence_graph, case, board.influence),
        "influence-table": partial(influence_matrix, case, board.influence),
    }
    if board.matching is not None and case.history is not None:
        found["record"] = partial(record_fans, board.observed, case.history.start)
    if board.hindcast is not None:
        found |= of_hindcast(board.hindcast)
    if not runs:
        return found
    found["paths"] = partial(fans, runs, main_variables(case), case=case)
    for name in [v.name for v in case.variables] + [d.name for d in case.derived]:
        found[f"paths-{name}"] = partial(fan, runs, name, case=case)
    for variable in case.variables:
        found[f"pushes-{variable.name}"] = partial(
            contributions_by_scenario, pushes, variable.name, case=case
        )
    for name in [i.name for i in case.instruments] + [r.name for r in case.regimes]:
        found[f"conduct-{name}"] = partial(conduct, runs, name, case=case)
    return found


def overview(board: Board) -> Chart:
    """Every tested claim as a bar of three shares of worlds, by passage: all on one screen or two.

    As argued from the left, the opposite from the right, what is too small between them.
    """
    titles = {p.id: p.title for p in board.case.passages}
    rows: list[Record] = []
    heads: list[Record] = []
    y, last = 0.0, None
    for r in board.claims.to_dict("records"):
        if r["verdict"] == "not tested":
            continue
        if r["passage"] != last:
            last = r["passage"]
            title = shortened(f"{last}  {titles.get(last, '')}", 52)
            heads.append({"words": title, "y": y + 14, "top": y + 4})
            y += 24
        rows.append(_claim_row(r, []) | {"y": y + 6, "id": shortened(r["claim"], 34)})
        y += 13
    height = int(max(y, 20))
    axis = row_axis("y:Q", height)
    lines = rows_chart(heads).mark_rule(color=LINE).encode(
        x=alt.value(-210), x2=alt.value(520), y=row_axis("top:Q", height)
    )  # fmt: skip
    words = rows_chart(heads).mark_text(
        align="left", baseline="middle", fontSize=12, fontWeight="bold", color=INK
    ).encode(x=alt.value(-210), y=axis, text="words:N")  # fmt: skip
    names = rows_chart(rows).mark_text(
        align="right", baseline="middle", fontSize=11, color=INK
    ).encode(x=alt.value(-8), y=axis, text="id:N")  # fmt: skip
    layers = alt.layer(lines, *_three_shares(rows, height, 9), words, names)
    return styled(layers.properties(width=520, height=height))


def verdict_bars(board: Board) -> Chart:
    """For every tested claim the worlds in which it is as argued, too small, and the opposite.

    A black line is the 95 % interval of the share that is as argued.
    """
    rows, height = _claim_rows(board)
    claims = [r for r in rows if not r["heading"]]
    y = row_axis("y:Q", height)
    spread = rows_chart(claims).mark_rule(strokeWidth=2.5, color=INK).encode(
        x="low:Q", x2="high:Q", y=y, **tip()
    )  # fmt: skip
    layers = [*_three_shares(claims, height, 16), *_claim_text(rows, height, 300), spread]
    return styled(alt.layer(*layers).properties(width=300, height=height))


def verdict_map() -> Chart:
    """Which word each pair of shares comes to: as argued to the right, the opposite upwards."""
    step = 1
    cells = [
        {"x": a, "x2": a + step, "y": o, "y2": o + step, "word": verdict(_shares_at(a, o, step))}
        for a in range(0, 100, step)
        for o in range(0, 100 - a, step)
    ]
    names = {
        "holds": (93, 15, "holds"), "refuted": (22, 94, "refuted"), "leans": (62, 12, "leans"),
        "leans against": (13, 62, "leans\nagainst"), "contested": (40, 40, "contested"),
        "too small to matter": (15, 15, "too small\nto matter"),
    }  # fmt: skip
    scale = alt.Scale(domain=[0, 100], nice=False)
    x = alt.X("x:Q", scale=scale, title="share of worlds as argued (%)")
    y = alt.Y("y:Q", scale=scale, title="share of worlds the opposite (%)")
    back = rows_chart(cells).mark_rect().encode(x=x, x2="x2:Q", y=y, y2="y2:Q",
                                                color=_verdict_colour())  # fmt: skip
    said = rows_chart([{"x": a, "y": o, "word": w} for a, o, w in names.values()]).mark_text(
        fontSize=12, fontWeight="bold", color=INK, lineBreak="\n"
    ).encode(x=x, y=y, text="word:N")  # fmt: skip
    return styled(alt.layer(back, said).properties(width=300, height=300))


def _shares_at(argued: int, opposite: int, step: int) -> Shares:
    """At the middle of a cell, counted in half steps, so that rounding moves no border."""
    a, o = (2 * part + step for part in (argued, opposite))
    return Shares(a / 200, (200 - a - o) / 200, o / 200)


SHARE_WORDS = {"argued": "as argued", "small": "too small to matter", "opposite": "the opposite"}


def _three_shares(claims: Sequence[Record], height: int, thick: int) -> list[alt.Chart]:
    """Bars of the three shares, from what is as argued on the left to the opposite on the right."""
    pieces: list[Record] = []
    for r in claims:
        first = 0.0
        for part, words in SHARE_WORDS.items():
            last = first + r[part]
            if r[part] > 0:
                piece = {"from": first, "to": last, "part": words}
                pieces.append({"y": r["y"], "tip": r["tip"], **piece})
            first = last
    axis = alt.Axis(title="share of worlds (%)", values=[0, 25, 50, 75, 100], grid=False,
                    labelFlush=False)  # fmt: skip
    colour = alt.Color(
        "part:N", title=None,
        legend=alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=9),
        scale=alt.Scale(domain=list(SHARE_WORDS.values()), range=list(SHARE_COLOURS.values())),
    )  # fmt: skip
    x = alt.X("from:Q", scale=alt.Scale(domain=[0, 100], nice=False), axis=axis)
    return [
        rows_chart(pieces).mark_rule(strokeWidth=thick).encode(
            x=x, x2="to:Q", y=row_axis("y:Q", height), color=colour, **tip()
        )
    ]  # fmt: skip


def effects(board: Board) -> Chart:
    """For every tested claim how large the difference is; a panel for each unit.

    A dot is the median world, a line nine worlds in ten. The small triangle marks the margin and
    points to where the difference has to lie to be as argued.
    """
    tested = board.claims[board.claims["verdict"] != "not tested"]
    panels = []
    for unit in dict.fromkeys(tested["unit"]):
        rows, height = _claim_rows(board, unit)
        claims = [r for r in rows if not r["heading"] and r["effect"] is not None]
        if not claims:
            continue
        y, colour, about = row_axis("y:Q", height), _verdict_colour(), tip("effect_tip:N")
        title = f"difference between the two sides, {unit}" if unit else "difference"
        x = alt.X("effect:Q", scale=alt.Scale(nice=True), axis=alt.Axis(title=title, tickCount=7))
        zero = rows_chart([{"effect": 0.0}]).mark_rule(color=QUIET).encode(x=x)
        spread = rows_chart(claims).mark_rule(strokeWidth=2, color=QUIET).encode(
            x="effect_low:Q", x2="effect_high:Q", y=y, **about
        )  # fmt: skip
        points = rows_chart(claims).mark_circle(
            size=90, opacity=1, stroke=INK, strokeWidth=1
        ).encode(x=x, y=y, color=colour, **about)  # fmt: skip
        marks = rows_chart(claims).mark_point(filled=True, size=45, color=INK, opacity=1).encode(
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
    return styled(alt.vconcat(*panels, spacing=24).resolve_scale(color="shared"))


def removal_matrix(board: Board) -> Chart:
    """What each claim's share of worlds becomes when one mechanism is switched off.

    Columns are the mechanisms that matter to at least one claim (they change its share by 5 points
    or break it). Colour is the verdict that would be left, strong where the removal matters to
    that claim; a cross marks removals that break a claim which stands.
    """
    frame = board.removal
    if frame.empty:
        return note("Removals were not computed for this board.")
    columns, broken_by = removals_that_matter(board), breaking(board)
    passages = dict(zip(board.claims["claim"], board.claims["passage"], strict=True))
    rows = [c for c in board.claims["claim"] if c in frame.index]
    labels = {c: shortened(_with_passage(c, passages.get(c, "")), 48) for c in rows}
    heads = {"nothing": "nothing removed", "choice": "the actors' choices"}
    heads |= {"everything": "all mechanisms and choices"}
    heads |= {c: shortened(spaced(c), 46) for c in columns if c not in heads}
    marked, quiet = [], []
    for claim in rows:
        before = float(frame.at[claim, "nothing"])
        left = board.removal_verdicts.loc[claim]
        quiet.append({
            "row": labels[claim],
            "word": left["nothing"],
            "tip": f"{claim}: as argued in {percent(before)} of worlds; removals without a strong "
            "square change that by less than 5 points",
        })  # fmt: skip
        for column in columns:
            after = float(frame.at[claim, column])
            broken = column in broken_by[claim]
            broken = broken or (column == ALL and left[column] not in SUPPORTED)
            if column != "nothing" and not broken and not abs(after - before) >= MATTERS:
                continue
            end = ", which breaks it" if broken else ""
            words = f"{claim}, without {heads[column]}: {left[column]}, as argued in "
            words += f"{percent(after)} of worlds ({percent(before)} with nothing removed){end}"
            words += _looked_at(board.removal_worlds.at[claim, column])
            if column == "nothing":
                words = f"{claim}: as argued in {percent(before)} of worlds with nothing removed"
            marked.append({
                "row": labels[claim],
                "column": heads[column],
                "word": left[column],
                "cross": ("white" if left[column] == "refuted" else "black") if broken else "",
                "tip": words,
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
    colour = _verdict_colour(legend, "verdict left after the removal")
    under = rows_chart(quiet).mark_rect(stroke="white", strokeWidth=1, opacity=0.16).encode(
        x=alt.value(0), x2=alt.value(17 * len(columns)), y=down, color=colour, **tip()
    )  # fmt: skip
    squares = rows_chart(marked).mark_rect(stroke="white", strokeWidth=1).encode(
        x=across, y=down, color=colour, **tip()
    )  # fmt: skip
    crosses = rows_chart([m for m in marked if m["cross"]]).mark_text(
        text="\u2715", fontSize=11, fontWeight="bold"
    ).encode(x=across, y=down, color=alt.Color("cross:N", scale=None), **tip())  # fmt: skip
    layers = [under, squares, crosses]
    size = {"width": alt.Step(17), "height": alt.Step(17)}
    return styled(alt.layer(*layers).properties(**size))


SEEN = 0.3
"""Weaker correlations are left white."""

BOTH_WAYS = alt.Scale(domain=[-1, 0, 1], range=["#a63603", "#f7f7f7", "#08519c"])


def correlation(board: Board) -> Chart:
    """How the claims' differences go together: a square for every two, below the diagonal."""
    pairs = board.together.pairs
    seen = pairs[pairs["correlation"].abs() >= SEEN]
    if seen.empty:
        return note("No two claims go together.")
    shown = {*seen["claim"], *seen["other"]}
    order = [c for c in board.together.varying if c in shown]
    rows = [
        {
            "claim": r["claim"], "other": r["other"], "r": round(r["correlation"], 2),
            "tip": f"{r['claim']} and {r['other']}: correlation {r['correlation']:+.2f}",
        }
        for r in seen.to_dict("records")
    ]  # fmt: skip
    axis = alt.Axis(title=None, labelLimit=240, ticks=False, domain=False, labelOverlap=False)
    under = axis.copy()
    under["labelAngle"] = -60
    chart = rows_chart(rows).mark_rect(stroke="white", strokeWidth=0.5).encode(
        x=alt.X("claim:N", scale=alt.Scale(domain=order[:-1]), axis=under),
        y=alt.Y("other:N", scale=alt.Scale(domain=order[1:]), axis=axis),
        color=alt.Color("r:Q", title="correlation", scale=BOTH_WAYS),
        **tip(),
    )  # fmt: skip
    return styled(chart.properties(width=alt.Step(11), height=alt.Step(11)))


def _looked_at(worlds: int) -> str:
    return f"; the change seen in {counted(worlds, 'world')}" if worlds else ""


def _with_passage(claim: str, passage: str) -> str:
    return claim if claim.startswith(passage) else f"{passage}  {claim}"


def removals_that_matter(board: Board) -> list[str]:
    """Columns of the removal matrix that change or break a claim, with `nothing` and what is no
    single mechanism always first."""
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
    """For every claim the removals that break it, by the names of `basis`."""
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
            head = shortened(f"{last}  {titles.get(last, '')}", 64)
            rows.append({"heading": True, "y": y + 18, "words": head, "top": y + 4})
            y += 32
        lines = wrapped(r["says"], 66, 3)
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
        **{name: 100 * part for name, part in shares_in(r)._asdict().items()},
        "low": 100 * r["share_low"],
        "high": 100 * r["share_high"],
        "right": f"{share_words(r)}\n{state}{basis}",
        "tip": f"{r['claim']}: {r['verdict']}; {split_words(r)}. {r['says']}",
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
    y, top = row_axis("y:Q", height), row_axis("top:Q", height)
    side = row_axis("right_top:Q" if text == "right" else "y:Q", height)
    return [
        rows_chart(heads).mark_rule(color=LINE).encode(
            x=alt.value(-400), x2=alt.value(width + 150), y=top
        ),
        rows_chart(heads).mark_text(**base, fontWeight="bold").encode(
            x=alt.value(-400), y=y, text="words:N"
        ),
        rows_chart(claims).mark_text(**base, color=INK).encode(
            x=alt.value(-400), y=top, text="words:N"
        ),
        rows_chart(claims).mark_text(**base, color=INK).encode(
            x=alt.value(width + 12), y=side, text=f"{text}:N"
        ),
    ]  # fmt: skip


def _verdict_colour(legend: alt.Legend | None = None, title: str | None = None) -> alt.Color:
    scale = alt.Scale(domain=list(VERDICT_COLOURS), range=list(VERDICT_COLOURS.values()))
    return alt.Color("word:N", scale=scale, legend=legend, title=title)
