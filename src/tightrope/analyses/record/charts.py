"""Charts of the record: worlds beside what was observed, and how well the method foretells it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

import altair as alt
import numpy as np
import pandas as pd

from tightrope.analyses.record.numbers import ENOUGH, Calibration, Hindcast
from tightrope.quarters import quarter_number
from tightrope.show.style import INK, PALETTE, QUIET, Chart, Record, note, rows_chart, styled, tip
from tightrope.text.wording import calendar, number, percent, shortened

FORECAST_COLOURS = {"model": "#08519c", "null": "#999999", "drift": "#e69f00", "ar": "#009e73"}
FORECAST_WORDS = {"model": "the model", "null": "without mechanisms", "drift": "drift",
                  "ar": "autoregression"}  # fmt: skip
"""Those that are drawn beside persistence; hindsight is no forecast."""


def of_hindcast(found: Hindcast) -> dict[str, Callable[[], Chart]]:
    """Charts of a hindcast by name, each made when it is called."""
    labels = {s.name: s.label for s in found.case.series}
    return {
        "hindcast-scores": partial(hindcast_scores, found.scores, labels),
        "hindcast-courses": partial(hindcast_courses, found.forecasts, labels),
        "hindcast-calibration": partial(calibration_curve, found.calibration),
        "hindcast-signs": partial(recovered_signs, found.calibration.signs),
    }


def record_fans(observed: pd.DataFrame, start: str, columns: int = 3) -> Chart:
    """Each series of the record over what all worlds give and what those not ruled out give.

    observed: as from `evidence.observed_table`; start: the calendar quarter of `at` 0.
    """
    if observed.empty:
        return note("The record holds nothing that could be matched.")
    first = int(start[:4]), int(start[5])
    bands, points = [], []
    for r in observed.to_dict("records"):
        label = shortened(r["label"], 40)
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
        own = rows_chart([r for r in bands if r["label"] == label])
        seen = rows_chart([p for p in points if p["label"] == label])
        layers = [
            own.mark_area(color="#bbbbbb", opacity=0.5).encode(
                x=x, y=alt.Y("all_p5:Q", axis=y), y2="all_p95:Q"
            ),
            own.mark_area(color="#4292c6", opacity=0.45).encode(
                x=x, y="kept_p5:Q", y2="kept_p95:Q"
            ),
            own.mark_line(color="#08306b", strokeWidth=1.5).encode(x=x, y="kept_p50:Q"),
            seen.mark_rule(color=QUIET).encode(x=x, y="low:Q", y2="high:Q", **tip()),
            seen.mark_circle(size=36, opacity=1, stroke=INK).encode(
                x=x, y="observed:Q", color=alt.Color("fill:N", scale=None), **tip()
            ),
        ]
        panels.append(alt.layer(*layers).properties(width=230, height=120, title=label))
    return styled(alt.concat(*panels, columns=columns, spacing=16))


# ---------------------------------------------------------------- years the model has not seen


def hindcast_scores(scores: pd.DataFrame, labels: Mapping[str, str]) -> Chart:
    """Error of each forecast as a multiple of persistence's; scores: as from `numbers.scores`."""
    rows = []
    for r in scores.to_dict("records"):
        if r["forecast"] not in FORECAST_WORDS or not math.isfinite(r["skill"]):
            continue
        ratio = 1 - r["skill"]
        forecast = FORECAST_WORDS[r["forecast"]]
        rows.append({
            "label": labels[r["series"]], "ratio": round(ratio, 3), "forecast": forecast,
            "strength": 1.0 if r["points"] >= ENOUGH else 0.35,
            "tip": f"{labels[r['series']]}, matched to {r['cutoff']}: {forecast}, "
            f"{number(ratio)} times the error of persistence ({r['points']} forecasts)",
        })  # fmt: skip
    if not rows:
        return note("No series could be forecast from any cut-off.")
    words = [FORECAST_WORDS[f] for f in FORECAST_COLOURS]
    colour = alt.Color(
        "forecast:N",
        scale=alt.Scale(domain=words, range=list(FORECAST_COLOURS.values())),
        legend=alt.Legend(title=None, orient="top"),
    )
    line = rows_chart([{"ratio": 1.0}]).mark_rule(color=INK, strokeDash=[4, 3])
    x = alt.X(
        "ratio:Q",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(
            title="error as a multiple of persistence's (left of 1: better)",
            values=[0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4], format="~g",
        ),
    )  # fmt: skip
    y = alt.Y("label:N", sort=None, axis=alt.Axis(title=None, labelLimit=260, grid=True))
    dots = rows_chart(rows).mark_circle(size=110, stroke=INK, strokeWidth=0.8).encode(
        x=x,
        y=y,
        yOffset=alt.YOffset("forecast:N", scale=alt.Scale(domain=words)),
        color=colour,
        opacity=alt.Opacity("strength:Q", scale=None),
        **tip(),
    )  # fmt: skip
    layers = alt.layer(dots, line.encode(x="ratio:Q"))
    return styled(layers.properties(width=460, height=alt.Step(12)))


def hindcast_courses(forecasts: pd.DataFrame, labels: Mapping[str, str], columns: int = 3) -> Chart:
    """What the model expected after each cut-off beside what came; a panel for each series.

    forecasts: as from `numbers.hindcast`.
    """
    own = forecasts[forecasts["forecast"] == "model"]
    panels = []
    cutoffs = sorted(set(own["cutoff"]))
    middle = (len(cutoffs) - 1) / 2
    shifts = {cutoff: 0.22 * (i - middle) for i, cutoff in enumerate(cutoffs)}
    numbers = [quarter_number(q) for q in own["quarter"]]
    for name, part in own.groupby("series", sort=False):
        rows = [
            {
                "at": quarter_number(r["quarter"]), "cutoff": r["cutoff"],
                "beside": quarter_number(r["quarter"]) + shifts[r["cutoff"]],
                **{k: round(r[k], 3) for k in ("observed", "middle", "low", "high")},
                "tip": f"{r['quarter']}, from {r['cutoff']}: expected {number(r['middle'])} "
                f"({number(r['low'])} to {number(r['high'])}), observed {number(r['observed'])}",
            }
            for r in part.to_dict("records")
        ]  # fmt: skip
        data = rows_chart(rows)
        time: Record = {
            "scale": alt.Scale(domain=[min(numbers) - 0.5, max(numbers) + 0.5], nice=False),
            "axis": alt.Axis(
                title=None,
                values=list(range(min(numbers), max(numbers) + 1, 2)),
                labelExpr="floor(datum.value / 4) + 'Q' + (datum.value % 4 + 1)",
                grid=False,
            ),
        }
        x, beside = alt.X("at:Q", **time), alt.X("beside:Q", **time)
        colour = alt.Color(
            "cutoff:N",
            scale=alt.Scale(domain=cutoffs, range=list(PALETTE[: len(cutoffs)])),
            legend=alt.Legend(title="matched up to", orient="top"),
        )
        y: Record = {"axis": alt.Axis(title=None, tickCount=4), "scale": alt.Scale(zero=False)}
        layers = [
            data.mark_rule(strokeWidth=4, opacity=0.45).encode(
                x=beside, y=alt.Y("low:Q", **y), y2="high:Q", color=colour, **tip()
            ),
            data.mark_tick(thickness=2, orient="horizontal", size=7, opacity=1).encode(
                x=beside, y="middle:Q", color=colour, **tip()
            ),
            data.mark_circle(size=42, color=INK, opacity=1).encode(
                x=x, y=alt.Y("observed:Q", **y), **tip()
            ),
        ]
        title = shortened(labels[str(name)], 40)
        panels.append(alt.layer(*layers).properties(width=230, height=130, title=title))
    if not panels:
        return note("No series could be forecast from any cut-off.")
    return styled(alt.concat(*panels, columns=columns, spacing=18))


def calibration_curve(found: Calibration) -> Chart:
    """Share of true worlds kept against the nominal rate, with what chance allows."""
    error = 2 * np.sqrt(found.curve["rate"] * (1 - found.curve["rate"]) / found.truths)
    rows = [
        {
            "rate": 100 * r["rate"], "low": 100 * max(r["rate"] - e, 0),
            "high": 100 * min(r["rate"] + e, 1), "kept": 100 * r["kept"],
            "others": 100 * r["others"],
            "tip": f"nominal {percent(r['rate'])}: true worlds kept {percent(r['kept'])}, "
            f"others {percent(r['others'])}",
        }
        for r, e in zip(found.curve.to_dict("records"), error, strict=True)
    ]  # fmt: skip
    data = rows_chart(rows)
    x = alt.X("rate:Q", title="should be kept, % of true worlds", scale=alt.Scale(zero=False))
    y = alt.Y("low:Q", title="kept, %", scale=alt.Scale(domain=[0, 100]))
    ends = rows_chart([
        {"rate": rows[-1]["rate"], "y": rows[-1]["kept"], "text": "true worlds"},
        {"rate": rows[-1]["rate"], "y": rows[-1]["others"], "text": "other worlds"},
    ])  # fmt: skip
    layers = [
        data.mark_area(color="#bbbbbb", opacity=0.5).encode(x=x, y=y, y2="high:Q"),
        data.mark_line(color="#08519c", strokeWidth=2, point=True).encode(x=x, y="kept:Q", **tip()),
        data.mark_line(color="#a63603", strokeDash=[5, 3]).encode(x=x, y="others:Q", **tip()),
        ends.mark_text(align="left", dx=6, color=INK).encode(x=x, y="y:Q", text="text:N"),
    ]
    return styled(alt.layer(*layers).properties(width=330, height=240))


def recovered_signs(signs: pd.DataFrame) -> Chart:
    """For each claim how often its sign was recovered, before and after matching."""
    rows = [
        {
            "before": 100 * r["before"], "after": 100 * r["after"],
            "tip": f"{r['claim']}: {percent(r['before'])} before, {percent(r['after'])} after",
        }
        for r in signs.dropna().to_dict("records")
    ]  # fmt: skip
    span = alt.Scale(domain=[40, 100], clamp=True)
    line = rows_chart([{"at": 40}, {"at": 100}]).mark_line(color=QUIET, strokeDash=[4, 3])
    dots = rows_chart(rows).mark_circle(size=60, opacity=0.6, color="#08519c").encode(
        x=alt.X("before:Q", title="sign recovered before matching, %", scale=span),
        y=alt.Y("after:Q", title="after matching, %", scale=span),
        **tip(),
    )  # fmt: skip
    layers = alt.layer(line.encode(x=alt.X("at:Q", scale=span), y=alt.Y("at:Q", scale=span)), dots)
    return styled(layers.properties(width=300, height=240))
