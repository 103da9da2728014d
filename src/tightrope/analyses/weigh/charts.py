"""Pictures of weighing: records that worlds make, and ranks on made records."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import scipy

from tightrope.analyses.intervals import ENDS
from tightrope.analyses.weigh.calibration import BINS
from tightrope.analyses.weigh.numbers import Weighed
from tightrope.show.style import INK, OTHERS, QUIET, Chart, Record, rows_chart, styled, tip
from tightrope.text.wording import number, shortened

COLUMNS = 3
BLUE = "#2171b5"
ENDS_OF_BANDS = ("p5", "p50", "p95")


def predicted(found: Weighed) -> Chart:
    """Each series beside what all worlds and weighted worlds would have on record."""
    panels = []
    for name, own in found.predicted.groupby("series", sort=False):
        rows = [_row(r, found.tells) for r in own.to_dict("records")]
        title = shortened(str(own["label"].iloc[0]) or str(name), 40)
        panels.append(_panel(rows, found, title))
    return styled(alt.concat(*panels, columns=COLUMNS, spacing=18))


def _row(r: dict[Any, Any], tells: bool) -> Record:
    """A number of the record, for its panel."""
    spans = {f"{lot}_{p}": r[f"{lot}_{p}"] for lot in ("all", "weighed") for p in ENDS_OF_BANDS}
    shown = {name: round(value, 4) if np.isfinite(value) else None for name, value in spans.items()}
    said = f"; weighted {_span(r, 'weighed')}" if tells else ""
    return {
        "at": r["at"],
        "beside": r["at"] + 0.3,
        "observed": round(r["observed"], 4),
        **shown,
        "tip": f"{r['quarter']}: observed {number(r['observed'])}; all worlds {_span(r, 'all')}"
        + said,
    }


def _span(r: dict[Any, Any], lot: str) -> str:
    return f"{number(r[f'{lot}_p5'])} to {number(r[f'{lot}_p95'])}"


def _panel(rows: list[Record], found: Weighed, title: str) -> Any:
    history = found.case.history
    assert history is not None, "checked before anything ran"
    first = int(history.start[:4]) * 4 + int(history.start[5]) - 1
    axis = alt.Axis(
        title=None, grid=False, values=list(range(0, history.quarters + 1, 4)),
        labelExpr=f"floor(({first} + datum.value) / 4) + 'Q' + (({first} + datum.value) % 4 + 1)",
    )  # fmt: skip
    scale = alt.Scale(domain=[-0.5, history.quarters + 0.8], nice=False)
    x, beside = (alt.X(f"{n}:Q", scale=scale, axis=axis) for n in ("at", "beside"))
    up: Record = {"axis": alt.Axis(title=None, tickCount=4), "scale": alt.Scale(zero=False)}
    data = rows_chart(rows)
    layers = [
        data.mark_rule(strokeWidth=5, color=OTHERS, opacity=0.5).encode(
            x=x, y=alt.Y("all_p5:Q", **up), y2="all_p95:Q", **tip()
        ),
        data.mark_circle(size=42, color=INK, opacity=1).encode(
            x=x, y=alt.Y("observed:Q", **up), **tip()
        ),
    ]
    if found.tells:
        layers[1:1] = [
            data.mark_rule(strokeWidth=4, color=BLUE, opacity=0.7).encode(
                x=beside, y=alt.Y("weighed_p5:Q", **up), y2="weighed_p95:Q", **tip()
            ),
            data.mark_tick(thickness=2, orient="horizontal", size=7, color=BLUE).encode(
                x=beside, y=alt.Y("weighed_p50:Q", **up), **tip()
            ),
        ]
    return alt.layer(*layers).properties(width=230, height=130, title=title)


def ranks(found: Weighed) -> Chart:
    """How often true worlds stand in each tenth, by series, with what chance alone allows."""
    panels = []
    labels = {s.name: s.label for s in found.case.series}
    for name, own in found.ranks.groupby("series", sort=False)["rank"]:
        counts, ends = np.histogram(own, BINS, (0.0, 1.0))
        low, high = scipy.stats.binom.ppf(ENDS, len(own), 1 / BINS)
        rows = [
            {
                "from": float(a), "to": float(b), "count": int(n), "low": low, "high": high,
                "tip": f"rank {a:.1f} to {b:.1f}: {n} of {len(own)}; by chance {low:.0f} to "
                f"{high:.0f}",
            }
            for a, b, n in zip(ends, ends[1:], counts, strict=False)
        ]  # fmt: skip
        data = rows_chart(rows)
        axis = alt.Axis(title=None, grid=False, tickCount=3)
        x = alt.X("from:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))
        tall = alt.Scale(domain=[0, max(float(high), *(r["count"] for r in rows)) + 5])
        y = alt.Y("count:Q", axis=alt.Axis(title=None, tickCount=3), scale=tall)
        layers = [
            data.mark_bar(color=BLUE, opacity=0.75, stroke="white").encode(
                x=x, x2="to:Q", y=y, y2=alt.datum(0), **tip()
            ),
            data.mark_rule(color=QUIET, strokeDash=[4, 3]).encode(y="low:Q"),
            data.mark_rule(color=QUIET, strokeDash=[4, 3]).encode(y="high:Q"),
        ]
        title = shortened(labels[str(name)], 34)
        panels.append(alt.layer(*layers).properties(width=190, height=80, title=title))
    return styled(alt.concat(*panels, columns=COLUMNS, spacing=16))
