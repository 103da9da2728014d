"""What the command line prints: boards, cases and decompositions as Rich tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tightrope import charts
from tightrope.board import Board
from tightrope.case import Actor, Case, Prior

COLOURS = {
    "holds": "bold green",
    "leans": "green",
    "contested": "yellow",
    "leans against": "red",
    "fails": "bold red",
    "not tested": "dim",
}

BAR = 10
INDENT = 14
SMALL = 0.05
"""Right in direction but too small is said where it is the case in so many more worlds."""
TOP_TERMS = 8


def board(result: Board) -> RenderableType:
    """The claims by passage, then the counts."""
    parts: list[RenderableType] = []
    for passage in result.case.passages:
        parts.append(Text(f"\n{passage.id}  {passage.title}", "bold underline"))
        for row in result.claims[result.claims["passage"] == passage.id].to_dict("records"):
            parts += _claim(row)
    return Group(*parts, Text(""), counts(result), _reading_aid(result))


def _claim(row: Mapping[Any, Any]) -> Iterator[RenderableType]:
    """A claim in three parts: verdict and share, what it says, what is behind it."""
    head = Text(f"{row['verdict']:<14}", COLOURS[row["verdict"]])
    if row["verdict"] == "not tested":
        yield head.append(row["claim"], "bold")
        yield Padding(Text(row["says"]), (0, 0, 0, INDENT))
        yield Padding(Text(row["note"], "dim"), (0, 0, 0, INDENT))
        return
    share = row["share"]
    bar = "█" * round(share * BAR) + "░" * (BAR - round(share * BAR))
    head.append(f"{bar} {charts.share_words(row):<16}", "default").append(row["claim"], "bold")
    if row["undecided"]:
        head.append(f"  undecided: {row['undecided']}", "yellow")
    yield head
    yield Padding(Text(row["says"]), (0, 0, 0, INDENT))
    small = row["direction"] - share
    size = f"difference {charts.effect_words(row)}"
    if small >= SMALL:
        size += f"; right direction but too small in another {charts.percent(small)}"
    behind = [size]
    if row["basis"] != "not computed":
        rests = f", falls without {_shortened(row['rests_on'])}" if row["rests_on"] else ""
        behind.append(row["basis"] + rests)
    if row["decides"]:
        behind.append(f"decided by {row['decides']}")
    yield Padding(Text("\n".join(behind), "dim"), (0, 0, 0, INDENT))


def _shortened(names: str, most: int = 3) -> str:
    parts = names.split(", ")
    more = f" and {len(parts) - most} more" if len(parts) > most else ""
    return ", ".join(parts[:most]) + more


def counts(result: Board) -> RenderableType:
    """How many claims have each verdict and basis."""
    frame = result.claims
    table = Table(title="In all", title_justify="left", title_style="bold", show_edge=False)
    table.add_column("verdict")
    bases = ("assumed", "emergent", "robust", "unsupported", "not computed")
    present = [b for b in bases if (frame["basis"] == b).any()]
    for name in ("claims", *present):
        table.add_column(name, justify="right")
    for verdict, colour in COLOURS.items():
        own = frame[frame["verdict"] == verdict]
        cells = [str(len(own)), *(str((own["basis"] == b).sum() or "") for b in present)]
        table.add_row(Text(verdict, colour), *cells)
    return table


def _reading_aid(result: Board) -> Text:
    run = result.run
    return Text(
        f"\n{run.worlds} worlds over {run.quarters} quarters, rule {run.rule}, scenario "
        f"{run.scenario}, posture {run.posture}, seed {run.seed}. A world is one draw of all "
        "uncertain numbers. A verdict says in which share of them a claim comes out as the source "
        "argues, beyond its margin; it is about this model and these priors, not a forecast.",
        "dim",
    )


def phases(result: Board) -> RenderableType:
    """Time per phase."""
    table = Table("phase", "seconds", "world-quarters per second", show_edge=False)
    for phase in result.run.phases:
        speed = f"{phase.world_quarters / phase.seconds:,.0f}" if phase.world_quarters else ""
        table.add_row(phase.name, f"{phase.seconds:.1f}", speed)
    return table


# ---------------------------------------------------------------- show


def case(shown: Case, edges: pd.DataFrame) -> RenderableType:
    """Actors, mechanisms, influence and priors of a case."""
    return Group(
        Text(shown.title, "bold"),
        Text(shown.about.strip()),
        Text(
            f"\n{len(shown.passages)} passages, {len(shown.claims)} claims, "
            f"{len(shown.variables)} variables, {len(shown.mechanisms)} mechanisms, "
            f"{len(shown.priors)} numbers of which "
            f"{sum(not p.fixed for p in shown.priors)} are uncertain\n"
        ),
        *(_actor(actor) for actor in shown.actors),
        _mechanisms(shown),
        _influence(shown, edges),
        _stances(shown),
        _priors(shown),
    )


def _actor(actor: Actor) -> RenderableType:
    table = Table(
        "instrument",
        "levels (usual share of conduct)",
        "means",
        title=f"{actor.label}: {escape(actor.meaning)}",
        title_justify="left",
        expand=True,
    )
    for instrument in actor.instruments:
        levels = ", ".join(
            f"{lv} {share:.0%}"
            for lv, share in zip(instrument.levels, instrument.usual, strict=True)
        )
        table.add_row(instrument.name, levels, escape(instrument.meaning))
    goals = ", ".join(f"{g.want} {g.variable}" for g in actor.goals)
    table.caption = f"wants: {goals}"
    table.caption_justify = "left"
    return table


def _mechanisms(shown: Case) -> RenderableType:
    table = Table("mechanism", "passages", "says", title="Mechanisms", expand=True)
    for mechanism in shown.mechanisms:
        passages = ", ".join(mechanism.passages)
        table.add_row(mechanism.name, passages, escape(mechanism.says))
    return table


def _influence(shown: Case, edges: pd.DataFrame) -> RenderableType:
    table = Table("variable", "is moved by", "moves", title="Who moves what", expand=True)
    moves = edges[edges["kind"] != "chooses"]
    for variable in shown.variables:
        into = sorted(set(moves.loc[moves["target"] == variable.name, "source"]))
        out = sorted(set(moves.loc[moves["source"] == variable.name, "target"]))
        table.add_row(variable.name, ", ".join(into), ", ".join(out))
    return table


def _stances(shown: Case) -> RenderableType:
    table = Table("name", "kind", "meaning", title="Scenarios and postures", expand=True)
    for scenario in shown.scenarios:
        table.add_row(scenario.name, "scenario", escape(scenario.meaning))
    for posture in shown.postures:
        table.add_row(posture.name, "posture", escape(posture.meaning))
    return table


def _priors(shown: Case) -> RenderableType:
    table = Table("prior", "range", "unit", "from", title="Priors", expand=True)
    for prior in shown.priors:
        span = f"{prior.low:g}" if prior.fixed else f"{prior.low:g} to {prior.high:g}"
        if prior.contested:
            span += " (contested)"
        table.add_row(prior.name, span, escape(prior.unit), escape(grounds(prior)))
    return table


def grounds(prior: Prior) -> str:
    """A prior's sources and the judgement behind it."""
    judged = f"judgement: {prior.judgement}" if prior.judgement else ""
    return "; ".join(part for part in (", ".join(prior.sources), judged) if part)


# ---------------------------------------------------------------- why


def why(shown: Case, variable: str, pushes: xr.Dataset, runs: xr.Dataset) -> RenderableType:
    """What took one variable where it went, largest pushes first."""
    (label,) = (v.label for v in shown.variables if v.name == variable)
    own = pushes.sel(variable=variable)
    last = int(own["quarter"].max())
    at = sorted({q for q in (1, 4, 8, 12, last) if q <= last})
    table = Table(
        title=f"{label}: what moved it ({pushes.attrs['scenario']}, {pushes.attrs['posture']})",
        title_justify="left",
    )
    table.add_column("mechanism")
    for quarter in at:
        table.add_column(f"by quarter {quarter}", justify="right")
    push = own["push"].dropna("term", how="all")
    order = np.argsort(-np.abs(push.sel(quarter=last).to_numpy()), kind="stable")
    for term in push["term"].to_numpy()[order[:TOP_TERMS]]:
        table.add_row(str(term), *(f"{float(push.sel(term=term, quarter=q)):+.3f}" for q in at))
    rest = push["term"].to_numpy()[order[TOP_TERMS:]]
    if len(rest):
        sums = [float(push.sel(term=rest, quarter=q).sum()) for q in at]
        table.add_row(f"{len(rest)} more", *(f"{s:+.3f}" for s in sums))
    table.add_section()
    table.add_row("all together", *(f"{float(own['total'].sel(quarter=q)):+.3f}" for q in at))
    values = runs[variable]
    middle = values.median("world")
    table.add_row(
        f"median, {values.attrs['units']}", *(f"{float(middle.sel(quarter=q)):.1f}" for q in at)
    )
    table.caption = (
        "Cumulative pushes since the reference quarter, mean over worlds, on the additive scale "
        "(log-odds of a share, log of an index); they sum to the change exactly."
    )
    table.caption_justify = "left"
    return table
