"""How every chart looks: colours, type, rows of data, notes on marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

Chart = alt.TopLevelMixin
Record = dict[str, Any]

VERDICT_COLOURS = {
    "holds": "#08519c",
    "leans": "#6baed6",
    "can happen": "#9ecae1",
    "too small to matter": "#d9d9d9",
    "contested": "#8a8a8a",
    "rare": "#d98c5f",
    "leans against": "#fdae6b",
    "refuted": "#a63603",
}
"""From blue through grey to brown: told apart by all common forms of colour blindness and in grey
print by the words beside them."""

SHARE_COLOURS = {"argued": "#2171b5", "small": "#d9d9d9", "opposite": "#d94801"}
"""Of the three shares of worlds; blue and orange are told apart by all, grey lies between."""

PALETTE = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#b8a800",
)  # fmt: skip
"""Okabe and Ito's colours, with two more, for mechanisms."""

LEVEL_COLOURS = ("#dce9f4", "#9ec3e0", "#4a90c2", "#08519c")
INK, QUIET, LINE = "#1a1a1a", "#5a5a5a", "#d5d5d5"
OWN, OTHERS = "#a63603", "#9a9a9a"
"""The advised posture, and the others."""

SHARES = alt.Scale(domain=[0, 100], range=["#f7fbff", "#6baed6", "#08306b"], interpolate="lab")
"""Shares of worlds, in per cent."""

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"


def rows_chart(records: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """A chart of rows, to which marks are added."""
    return alt.Chart(rows_data(records))


def rows_data(records: Sequence[Mapping[str, Any]]) -> alt.InlineData:
    """Rows in the chart itself: Altair does not cap them at 5,000, as it does a table.

    Put in afterwards, so that Altair does not check every row against its schema, and as a tuple,
    because it copies lists anew at every step of making a chart.
    """
    data = alt.InlineData(values=[])
    data["values"] = tuple(records)
    return data


def note(text: str) -> Chart:
    """A sentence in place of a chart that would be empty."""
    mark = rows_chart([{"text": text}]).mark_text(align="left", fontSize=13, color=QUIET)
    return styled(mark.encode(text="text:N", x=alt.value(0)).properties(width=420, height=30))


def styled(chart: Any) -> Chart:
    """The chart with the type and the axes of all charts: the last step of making one."""
    made: Chart = (
        chart.configure(font=FONT, background="white")
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=10.5, titleFontSize=11, titleFontWeight="normal", labelColor=INK,
            titleColor=INK, gridColor="#e6e6e6", domainColor="#999", tickColor="#999",
        )
        .configure_legend(labelFontSize=11, titleFontSize=11, titleFontWeight="normal")
        .configure_header(labelColor=INK)
    )  # fmt: skip
    return made


def tip(field: str = "tip:N") -> dict[str, Any]:
    """A note on a mark, on hovering and for those who cannot see it."""
    return {"tooltip": alt.Tooltip(field), "description": alt.Description(field)}


def row_axis(field: str, height: int) -> alt.Y:
    """Places in pixels from the top, without an axis."""
    return alt.Y(field, scale=alt.Scale(domain=[height, 0], nice=False, zero=False), axis=None)
