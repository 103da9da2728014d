"""Charts of a board's claims: verdicts, effects, removals; and every chart of a board by name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import altair as alt
import numpy as np

from tightrope.analyses.record.charts import of_hindcast, record_fans
from tightrope.analyses.verdicts.basis import MATTERS
from tightrope.analyses.verdicts.board import Board
from tightrope.analyses.verdicts.claims import BANDS, verdict
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
    wrapped,
)

NOT_MECHANISMS = ("nothing", "own passage", "choice")


def named(board: Board) -> dict[str, Callable[[], Chart]]:
    """Every chart of a board by a name for its file; each is made when it is called.

    overview, verdicts, effects, removals, influence, influence-table, paths (the main variables);
    record and hindcast-NAME where the board has them; where the scenarios were run,
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
    """Every tested claim as a dot, a row for each passage: where the argument stands and where not.

    Dots of the same passage that would hide one another are moved apart up and down.
    """
    titles = {p.id: p.title for p in board.case.passages}
    tested = board.claims[board.claims["verdict"] != "not tested"]
    labels = {
        p: shortened(f"{p}  {titles.get(p, '')}", 56) for p in dict.fromkeys(tested["passage"])
    }
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
    axis = row_axis("y:Q", height)
    dots = rows_chart(rows).mark_circle(size=95, opacity=1, stroke=INK, strokeWidth=1).encode(
        x="share:Q", y=axis, color=_verdict_colour(), **tip()
    )  # fmt: skip
    rules = rows_chart(lines).mark_rule(color=LINE).encode(
        x=alt.value(-340), x2=alt.value(520), y=row_axis("top:Q", height)
    )  # fmt: skip
    words = rows_chart(lines).mark_text(align="left", fontSize=12, color=INK).encode(
        x=alt.value(-340), y=axis, text="label:N"
    )  # fmt: skip
    layers = alt.layer(*_bands(height), rules, words, dots)
    return styled(layers.properties(width=520, height=height))


def verdict_bars(board: Board) -> Chart:
    """For every tested claim the share of worlds in which it holds, over the five verdict bands."""
    rows, height = _claim_rows(board)
    claims = [r for r in rows if not r["heading"]]
    y, colour = row_axis("y:Q", height), _verdict_colour()
    spread = rows_chart(claims).mark_rule(strokeWidth=2.5, color=INK).encode(
        x="low:Q", x2="high:Q", y=y, **tip()
    )  # fmt: skip
    points = rows_chart(claims).mark_circle(
        size=110, opacity=1, stroke=INK, strokeWidth=1.2
    ).encode(x="share:Q", y=y, color=colour, **tip())  # fmt: skip
    layers = [*_bands(height), *_claim_text(rows, height, 300), spread, points]
    return styled(alt.layer(*layers).properties(width=300, height=height))


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
    heads |= {c: shortened(spaced(c), 46) for c in columns if c not in heads}
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
            words = f"{claim}, without {heads[column]}: holds in {percent(after)} of worlds "
            words += f"({percent(before)} with nothing removed){end}"
            words += _looked_at(board.removal_worlds.at[claim, column])
            if column == "nothing":
                words = f"{claim}: holds in {percent(before)} of worlds with nothing removed"
            marked.append({
                "row": labels[claim],
                "column": heads[column],
                "word": verdict(after),
                "cross": ("white" if verdict(after) == "fails" else "black") if broken else "",
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


def _looked_at(worlds: int) -> str:
    return f"; the change seen in {counted(worlds, 'world')}" if worlds else ""


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
    back = rows_chart(bands).mark_rect(opacity=0.22).encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q", y=alt.value(0),
        y2=alt.value(height), color=_verdict_colour(),
    )  # fmt: skip
    names = rows_chart(bands).mark_text(
        baseline="line-bottom", dy=-12, fontSize=10, color=QUIET, lineBreak="\n", lineHeight=11
    ).encode(x="middle:Q", y=alt.value(0), text="short:N")  # fmt: skip
    return [back, names]


def _verdict_colour(legend: alt.Legend | None = None, title: str | None = None) -> alt.Color:
    scale = alt.Scale(domain=list(VERDICT_COLOURS), range=list(VERDICT_COLOURS.values()))
    return alt.Color("word:N", scale=scale, legend=legend, title=title)
