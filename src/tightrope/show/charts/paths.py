"""Charts over time: paths of variables, conduct, and what pushed a variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from tightrope.case import Case
from tightrope.case.scales import SCALES
from tightrope.show.style import (
    INK,
    LEVEL_COLOURS,
    PALETTE,
    Chart,
    Record,
    note,
    rows_chart,
    rows_data,
    styled,
    tip,
)
from tightrope.text.wording import calendar, calendar_start, number, shortened, spaced, wrapped

ENGINE_COLOURS = {
    "return to baseline": "#dddddd",
    "shocks": "#b5b5b5",
    "set from outside": "#8f8f8f",
    "limit of range": "#6b6b6b",
    "other mechanisms": "#e8d8c3",
}
MAIN = 8
"""So many variables are shown first: what the focal actor wants most, then what claims look at."""


def main_variables(case: Case) -> list[str]:
    """What the focal actor wants, by mean weight, then what most claims look at."""
    focal = next((a for a in case.actors if a.name == case.focal), None)
    goals = sorted(focal.goals, key=lambda g: -(g.weight.low + g.weight.high)) if focal else []
    looked = [p.contrast.this.outcome.name for c in case.claims for p in c.parts]
    names = [v.name for v in case.variables]
    often = sorted(names, key=lambda n: -looked.count(n))
    return [n for n in dict.fromkeys([*(g.variable for g in goals), *often]) if n in names][:MAIN]


def fan_table(dataset: xr.Dataset, variable: str) -> pd.DataFrame:
    """Quantiles over worlds: columns quarter, p5, p25, p50, p75, p95, in display units."""
    values = dataset[variable].transpose("world", "quarter").to_numpy()
    levels = (5, 25, 50, 75, 95)
    table = np.nanpercentile(values, levels, axis=0)
    columns = {f"p{level}": row for level, row in zip(levels, table, strict=True)}
    return pd.DataFrame({"quarter": dataset["quarter"].to_numpy(), **columns})


def fan(
    datasets: Mapping[str, xr.Dataset],
    variable: str,
    *,
    case: Case | None = None,
    columns: int = 4,
    width: int = 170,
) -> Chart:
    """A variable's path under each scenario: median, half of the worlds, nine worlds in ten."""
    return styled(_fan(datasets, variable, case, columns, width))


def fans(
    datasets: Mapping[str, xr.Dataset],
    variables: Sequence[str],
    *,
    case: Case | None = None,
    width: int = 120,
) -> Chart:
    """Several variables under every scenario: one row a variable, one column a scenario."""
    rows = [
        _fan(
            datasets, v, case, len(datasets), width, height=95,
            heads=v == variables[0], foot=v == variables[-1],
        )
        for v in variables
    ]  # fmt: skip
    return styled(alt.vconcat(*rows, spacing=8).resolve_scale(y="independent"))


def _fan(
    datasets: Mapping[str, xr.Dataset],
    variable: str,
    case: Case | None,
    columns: int,
    width: int,
    height: int = 110,
    heads: bool = True,
    foot: bool = True,
) -> Any:
    first = next(iter(datasets.values()))
    attrs = first[variable].attrs
    label = str(attrs.get("long_name", variable))
    unit = str(attrs.get("units", ""))
    names = _scenario_labels(case, datasets)
    start, reference = _reference(case)
    records: list[Record] = []
    for key, dataset in datasets.items():
        table = fan_table(dataset, variable).round(3)
        records += [
            {
                "scenario": names[key],
                "tip": f"{calendar(start, q['quarter'])}, {names[key]}: median "
                f"{number(q['p50'])}; half of worlds {number(q['p25'])} to {number(q['p75'])}; "
                f"nine in ten {number(q['p5'])} to {number(q['p95'])}",
                **q,
            }
            for q in table.to_dict("records")
        ]
    last = max(int(r["quarter"]) for r in records)
    y: Record = {"scale": alt.Scale(zero=False, nice=True)}
    axis = alt.Axis(title=_axis_title(label, unit), tickCount=4, labelFlush=True)
    below = _time_axis(start, reference, last, width)
    if not foot:
        below.title, below.labels = None, False
    x = alt.X("quarter:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=below)
    base = alt.Chart()
    panel = alt.layer(
        base.mark_area(color="#9ecae1", opacity=0.55).encode(
            x=x, y=alt.Y("p5:Q", axis=axis, **y), y2="p95:Q"
        ),
        base.mark_area(color="#4292c6", opacity=0.6).encode(x=x, y="p25:Q", y2="p75:Q"),
        base.mark_line(color="#08306b", strokeWidth=2).encode(x=x, y="p50:Q"),
        base.mark_rule(opacity=0, strokeWidth=width / max(last, 1)).encode(
            x=x, y=alt.value(0), y2=alt.value(height), **tip()
        ),
    ).properties(width=width, height=height)
    facet = alt.Facet(
        "scenario:N",
        title=None,
        sort=[names[k] for k in datasets],
        header=_header(width) if heads else alt.Header(labels=False),
    )
    return panel.facet(facet=facet, columns=columns, data=rows_data(records))


def conduct(
    datasets: Mapping[str, xr.Dataset],
    instrument: str,
    *,
    case: Case | None = None,
    columns: int = 4,
    width: int = 170,
) -> Chart:
    """How an actor's conduct is split over an instrument's levels, mean of worlds, per scenario.

    Takes a regime too: then the split is over worlds.
    """
    first = next(iter(datasets.values()))
    names = _scenario_labels(case, datasets)
    start, reference = _reference(case)
    levels, _ = split(first[instrument])
    records: list[Record] = []
    for key, dataset in datasets.items():
        order, shares = split(dataset[instrument])
        for q, row in zip(dataset["quarter"].to_numpy(), shares, strict=True):
            records += [
                {
                    "scenario": names[key],
                    "quarter": int(q),
                    "level": level,
                    "rank": order.index(level),
                    "share": round(float(value), 2),
                    "tip": f"{calendar(start, q)}, {names[key]}: {level} {value:.0f} %",
                }
                for level, value in zip(order, row, strict=True)
            ]
    last = max(r["quarter"] for r in records)
    label = str(first[instrument].attrs.get("long_name", instrument))
    what = "worlds" if first[instrument].attrs.get("role") == "regime" else "conduct"
    panel = alt.Chart().mark_bar(size=max(2.0, width / (last + 1) - 0.5)).encode(
        x=alt.X(
            "quarter:Q",
            scale=alt.Scale(domain=[-0.5, last + 0.5], nice=False),
            axis=_time_axis(start, reference, last, width),
        ),
        y=alt.Y(
            "share:Q",
            stack="zero",
            scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(title=_axis_title(label, f"% of {what}"), values=[0, 50, 100]),
        ),
        order=alt.Order("rank:Q"),
        color=alt.Color(
            "level:N",
            title=None,
            sort=levels,
            scale=alt.Scale(domain=levels, range=level_colours(levels)),
            legend=alt.Legend(orient="top", direction="horizontal"),
        ),
        **tip(),
    ).properties(width=width, height=80)  # fmt: skip
    facet = alt.Facet(
        "scenario:N",
        title=None,
        sort=[names[k] for k in datasets],
        header=_header(width),
    )
    data = rows_data(records)
    return styled(panel.facet(facet=facet, columns=columns, data=data))


def split(array: xr.DataArray) -> tuple[list[str], np.ndarray]:
    """How an instrument or a regime is split over its levels.

    Returns the levels in order and the mean percentage at each; shape (quarters, levels).
    """
    if array.attrs.get("role") == "regime":
        levels = str(array.attrs["levels"]).split(", ")
        index = array.transpose("quarter", "world").to_numpy()
        shares = [100 * (index == i).mean(axis=1) for i in range(len(levels))]
        return levels, np.stack(shares, axis=1)
    (dim,) = (str(d) for d in array.dims if d not in ("world", "quarter"))
    levels = [str(level) for level in array[dim].to_numpy()]
    return levels, array.mean("world").transpose("quarter", dim).to_numpy()


def level_colours(levels: Sequence[str]) -> list[str]:
    """A shade for every level, from light for the lowest to dark for the highest."""
    last = len(LEVEL_COLOURS) - 1
    return [LEVEL_COLOURS[round(i * last / max(len(levels) - 1, 1))] for i in range(len(levels))]


# ---------------------------------------------------------------- what pushed it


def contribution_table(dataset: xr.Dataset, variable: str, top: int = 6) -> pd.DataFrame:
    """Cumulative pushes on a variable by quarter: the `top` largest mechanisms, the rest together.

    Columns term, quarter, push, on the variable's additive scale. What is not a mechanism (return
    to baseline, shocks, set from outside) is kept apart. Terms that never push are left out.
    """
    push = dataset["push"].sel(variable=variable).transpose("quarter", "term")
    values = np.nan_to_num(push.to_numpy())
    terms = [str(t) for t in push["term"].to_numpy()]
    size = {t: float(np.abs(values[:, i]).max()) for i, t in enumerate(terms)}
    engine = [t for t in terms if t in ENGINE_COLOURS and size[t] > 0]
    mechanisms = [t for t in terms if t not in ENGINE_COLOURS and size[t] > 0]
    kept = sorted(mechanisms, key=lambda t: -size[t])[:top]
    rest = [t for t in mechanisms if t not in kept]
    columns = {t: values[:, terms.index(t)] for t in kept}
    if rest:
        columns["other mechanisms"] = values[:, [terms.index(t) for t in rest]].sum(axis=1)
    columns |= {t: values[:, terms.index(t)] for t in engine}
    wide = pd.DataFrame(columns, index=pd.Index(push["quarter"].to_numpy(), name="quarter"))
    return wide.reset_index().melt("quarter", var_name="term", value_name="push")


def contributions(
    dataset: xr.Dataset, variable: str, *, top: int = 6, case: Case | None = None
) -> Chart:
    """What has pushed a variable away from its reference value, by mechanism and quarter.

    Bars above zero push it up, below zero down; the line is the sum of all.
    """
    table = contribution_table(dataset, variable, top)
    if table.empty:
        return note("Nothing pushes this variable in these runs.")
    start, reference = _reference(case)
    records = [
        {
            "quarter": int(r["quarter"]),
            "push": round(float(r["push"]), 4),
            "term": shortened(spaced(r["term"]), 44),
            "tip": f"{calendar(start, r['quarter'])}: {spaced(r['term'])} {r['push']:+.2f}",
        }
        for r in table.to_dict("records")
    ]
    total = table.groupby("quarter")["push"].sum()
    line = [{"quarter": int(q), "push": round(float(p), 4)} for q, p in total.items()]
    last = int(table["quarter"].max())
    names, colours = _term_colours(table["term"].unique())
    x = alt.X(
        "quarter:Q",
        scale=alt.Scale(domain=[-0.5, last + 0.5], nice=False),
        axis=_time_axis(start, reference, last, 420),
    )
    bars = rows_chart(records).mark_bar(size=max(3.0, 420 / (last + 1) - 2)).encode(
        x=x,
        y=alt.Y("push:Q", stack="zero", axis=alt.Axis(title=_push_title(case, variable))),
        color=alt.Color(
            "term:N",
            title=None,
            sort=names,
            scale=alt.Scale(domain=names, range=colours),
            legend=alt.Legend(orient="right", labelLimit=300, symbolLimit=0),
        ),
        **tip(),
    )  # fmt: skip
    zero = rows_chart([{"push": 0}]).mark_rule(color=INK, strokeWidth=0.7).encode(y="push:Q")
    path = rows_chart(line).mark_line(
        color="black", strokeWidth=2, point={"size": 22, "color": "black"}
    )
    layers = alt.layer(bars, zero, path.encode(x=x, y="push:Q"))
    return styled(layers.properties(width=420, height=190))


def pushes_by_scenario(
    datasets: Mapping[str, xr.Dataset], variable: str, top: int = 6
) -> pd.DataFrame:
    """Cumulative pushes on a variable at the last quarter: a row a term, a column a scenario.

    The `top` mechanisms that push most under any scenario, the others together, then what is not a
    mechanism, on the variable's additive scale. Terms that never push are left out.
    """
    wide = pd.DataFrame({
        key: dataset["push"].sel(variable=variable).isel(quarter=-1).to_series()
        for key, dataset in datasets.items()
    }).fillna(0.0)  # fmt: skip
    size = wide.abs().max(axis=1)
    wide = wide[size > 0]
    engine = [t for t in wide.index if t in ENGINE_COLOURS]
    ranked = size[[t for t in wide.index if t not in engine]].sort_values(ascending=False)
    kept, rest = list(ranked.index[:top]), list(ranked.index[top:])
    parts = [wide.loc[kept], wide.loc[engine]]
    if rest:
        parts.insert(1, wide.loc[rest].sum().to_frame("other mechanisms").T)
    return pd.concat(parts).rename_axis("term")


def contributions_by_scenario(
    datasets: Mapping[str, xr.Dataset], variable: str, *, top: int = 6, case: Case | None = None
) -> Chart:
    """The same at the last quarter, one bar a scenario: why scenarios end in different places."""
    names = _scenario_labels(case, datasets)
    wide = pushes_by_scenario(datasets, variable, top)
    if wide.empty:
        return note("Nothing pushes this variable in these runs.")
    terms, colours = _term_colours(wide.index)
    ends = wide.rename(columns=names).rename_axis(columns="scenario").stack().rename("push")
    ends = ends.reset_index()
    records = [
        {
            "scenario": r["scenario"],
            "push": round(float(r["push"]), 4),
            "term": shortened(spaced(r["term"]), 44),
            "tip": f"{r['scenario']}: {spaced(r['term'])} {r['push']:+.2f}",
        }
        for r in ends.to_dict("records")
    ]
    sums = ends.groupby("scenario")["push"].sum()
    totals = [{"scenario": s, "push": round(float(p), 4), "tip": f"{s}: all together {p:+.2f}"}
              for s, p in sums.items()]  # fmt: skip
    down = alt.Y(
        "scenario:N",
        sort=list(names.values()),
        axis=alt.Axis(title=None, labelLimit=190, ticks=False),
    )
    bars = rows_chart(records).mark_bar().encode(
        x=alt.X("push:Q", stack="zero", axis=alt.Axis(title=_push_title(case, variable))),
        y=down,
        color=alt.Color(
            "term:N",
            title=None,
            sort=terms,
            scale=alt.Scale(domain=terms, range=colours),
            legend=alt.Legend(orient="right", labelLimit=300, symbolLimit=0),
        ),
        **tip(),
    )  # fmt: skip
    marks = rows_chart(totals).mark_point(filled=True, color="black", size=55, opacity=1)
    zero = rows_chart([{"push": 0}]).mark_rule(color=INK, strokeWidth=0.7).encode(x="push:Q")
    layers = alt.layer(bars, zero, marks.encode(x="push:Q", y=down, **tip()))
    return styled(layers.properties(width=360, height=alt.Step(22)))


def _push_title(case: Case | None, variable: str) -> list[str] | str:
    scales = {v.name: v.scale for v in case.variables} if case else {}
    if variable not in scales:
        return "push so far"
    unit = SCALES[scales[variable]].additive or "its own unit"
    return ["push since the reference", f"quarter ({unit})"]


def _term_colours(terms: Sequence[str] | np.ndarray) -> tuple[list[str], list[str]]:
    free = iter(PALETTE * 4)
    colours = [ENGINE_COLOURS.get(t) or next(free) for t in terms]
    return [shortened(spaced(t), 44) for t in terms], colours


# ---------------------------------------------------------------- axes and headings


def _time_axis(start: tuple[int, int] | None, reference: str, last: int, width: int) -> alt.Axis:
    room = max(1, width // 48)
    step = next((s for s in (1, 2, 4, 8, 12, 16, 20, 40) if last / s <= room), 80)
    label = "datum.value == 0 ? '0' : '+' + datum.value"
    if start is not None:  # two whole numbers go into the expression, no text
        count = f"({start[0] * 4 + start[1] - 1} + datum.value)"
        label = f"[floor({count} / 4) + 'Q' + ({count} % 4 + 1), {label}]"
    return alt.Axis(
        title=f"quarters after {reference}",
        values=list(range(0, last + 1, step)),
        labelExpr=label,
        labelFlush=14,
        labelOverlap=True,
        grid=False,
    )


def _axis_title(label: str, unit: str) -> list[str]:
    return [*wrapped(label, 24, 2), *(wrapped(f"({unit})", 24, 2) if unit else [])]


def _header(width: int) -> alt.Header:
    return alt.Header(labelFontSize=11, labelFontWeight="bold", labelLimit=width + 20)


def _reference(case: Case | None) -> tuple[tuple[int, int] | None, str]:
    name = case.reference_quarter if case else ""
    return calendar_start(name), name or "the reference quarter"


def _scenario_labels(case: Case | None, datasets: Mapping[str, xr.Dataset]) -> dict[str, str]:
    labels = {s.name: s.label for s in case.scenarios} if case else {}
    return {key: labels.get(key) or spaced(key) for key in datasets}
