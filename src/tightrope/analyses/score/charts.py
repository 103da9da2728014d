"""Charts of a score."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import altair as alt

from tightrope.analyses.score.numbers import BASE, FORECASTS, MODEL, PERSISTENCE, Score
from tightrope.show.style import QUIET, Chart, Record, rows_chart, styled, tip
from tightrope.text.wording import counted, percent

COLOURS = {MODEL: "#08519c", PERSISTENCE: "#8a8a8a", BASE: "#a63603"}


def named(found: Score) -> dict[str, Callable[[], Chart]]:
    """Charts by name; none where nothing is decided."""
    if found.questions.empty:
        return {}
    return {
        "score-reliability": partial(reliability, found),
        "score-ledger": partial(ledger, found),
    }


def _colour() -> alt.Color:
    scale = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    return alt.Color("forecast:N", scale=scale, legend=alt.Legend(title=None, orient="top"))


def reliability(found: Score) -> Chart:
    """What came against what was forecast, by tenths of shares."""
    rows: list[Record] = [
        {
            "forecast": r["forecast"], "mean": 100 * r["mean"], "came": 100 * r["came"],
            "low": 100 * r["low"], "high": 100 * r["high"], "count": r["questions"],
            "tip": f"{r['forecast']}: {percent(r['mean'])} forecast, {percent(r['came'])} came, "
            f"of {counted(r['questions'], 'question')}",
        }
        for r in found.reliability.to_dict("records")
    ]  # fmt: skip
    whole = alt.Scale(domain=[0, 100])
    x = alt.X("mean:Q", title="forecast, %", scale=whole)
    y = alt.Y("came:Q", title="came, %", scale=whole)
    diagonal = rows_chart([{"mean": 0, "came": 0}, {"mean": 100, "came": 100}])
    data, own = rows_chart(rows), rows_chart([r for r in rows if r["forecast"] == MODEL])
    layers = [
        diagonal.mark_line(color=QUIET, strokeDash=[4, 3]).encode(x=x, y=y),
        own.mark_rule(color=COLOURS[MODEL]).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
        data.mark_circle(opacity=0.85).encode(
            x=x, y=y, color=_colour(),
            size=alt.Size("count:Q", legend=None, scale=alt.Scale(range=[30, 300])), **tip(),
        ),
    ]  # fmt: skip
    return styled(alt.layer(*layers).properties(width=340, height=300))


def ledger(found: Score) -> Chart:
    """Brier score of each file, by its date."""
    rows: list[Record] = [
        {
            "date": r["date"], "given": r["course"] or "Markov mix", "forecast": f, "brier": r[f],
            "tip": f"{r['file']}, {f}: Brier {r[f]:.3f}, {counted(r['resolved'], 'question')}",
        }
        for r in found.ledger.to_dict("records")
        for f in FORECASTS
        if math.isfinite(r[f])
    ]  # fmt: skip
    x = alt.X("date:N", title=None, axis=alt.Axis(labelAngle=-40))
    y = alt.Y("brier:Q", title="Brier score", scale=alt.Scale(zero=True))
    data = rows_chart(rows)
    points = data.mark_point(filled=True, size=70).encode(
        x=x,
        y=y,
        color=_colour(),
        shape=alt.Shape("given:N", legend=alt.Legend(title=None)),
        **tip(),
    )
    lines = data.mark_line(strokeWidth=1).encode(x=x, y=y, color=_colour(), detail="given:N")
    return styled(alt.layer(lines, points).properties(width=340, height=240))
