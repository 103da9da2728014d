"""A chart of influence."""

from __future__ import annotations

import altair as alt

from tightrope.analyses.influence.numbers import Influence
from tightrope.engine import labelled
from tightrope.show.style import Chart, note, rows_chart, styled, tip
from tightrope.text.wording import shortened

COLOURS = alt.Scale(domainMid=0, range=["#a63603", "#fdd0a2", "#f7f7f7", "#9ecae1", "#08519c"])


def matrix(found: Influence) -> Chart:
    """Who moves whom: the middle world's largest movement, blue up and brown down."""
    if found.strongest.empty:
        return note("No variable moves another by so much.")
    labels = {
        name: shortened(label, 34) for name, (label, _) in labelled.labels(found.case).items()
    }
    rows = [
        {
            "moved": labels[r["source"]],
            "moves": labels[r["target"]],
            "points": float(r["p50"]),
            "tip": f"{labels[r['source']]} moves {labels[r['target']]} by {r['p50']:+.1f} after "
            f"{r['quarter']} quarters (9 in 10 worlds: {r['p5']:+.1f} to {r['p95']:+.1f})",
        }
        for r in found.strongest.to_dict("records")
    ]
    chart = (
        rows_chart(rows)
        .mark_rect(stroke="white")
        .encode(
            x=alt.X("moves:N", title="moves", sort="ascending").axis(
                labelAngle=-60, labelLimit=240
            ),
            y=alt.Y("moved:N", title="one step up of", sort="ascending").axis(labelLimit=240),
            color=alt.Color("points:Q", title="points", scale=COLOURS),
            **tip(),
        )
        .properties(width=alt.Step(17), height=alt.Step(17))
    )
    return styled(chart)
