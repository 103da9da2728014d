"""A chart of robustness."""

from __future__ import annotations

import altair as alt

from tightrope.analyses.robust.numbers import Robust
from tightrope.show.style import VERDICT_COLOURS, Chart, Record, rows_chart, styled, tip
from tightrope.text.wording import percent


def words(found: Robust) -> Chart:
    """Claims by choices: the word that each gets, those that keep theirs last."""
    table = found.words.sort_values(["keeps", "passage", "claim"], kind="stable")
    shares = found.shares.set_index(["claim", "choice"])
    rows: list[Record] = [
        {
            "claim": r["claim"],
            "choice": found.views[name],
            "word": r[name],
            "dot": "" if r[name] == r["as it is"] else "•",
            "tip": f"{r['claim']}, {found.views[name]}: {r[name]}; as argued in "
            f"{percent(shares.at[(r['claim'], name), 'argued'])} of worlds",
        }
        for r in table.to_dict("records")
        for name in found.views
    ]
    claims = list(dict.fromkeys(r["claim"] for r in rows))
    axis = alt.Axis(title=None, ticks=False, domain=False, labelOverlap=False, labelLimit=260)
    across = alt.Axis(
        title=None, ticks=False, domain=False, labelOverlap=False, labelLimit=330, orient="top",
        labelAngle=-50,
    )  # fmt: skip
    x = alt.X("choice:N", scale=alt.Scale(domain=list(found.views.values())), axis=across)
    y = alt.Y("claim:N", scale=alt.Scale(domain=claims), axis=axis)
    colour = alt.Color(
        "word:N",
        title=None,
        scale=alt.Scale(domain=list(VERDICT_COLOURS), range=list(VERDICT_COLOURS.values())),
        legend=alt.Legend(orient="bottom", columns=3, labelLimit=200),
    )
    base = rows_chart(rows)
    squares = base.mark_rect(stroke="white").encode(x=x, y=y, color=colour, **tip())
    dots = base.mark_text(fontSize=16, color="black").encode(x=x, y=y, text="dot:N", **tip())
    layers = alt.layer(squares, dots).properties(width=alt.Step(26), height=alt.Step(17))
    return styled(layers)
