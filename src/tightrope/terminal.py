"""What the command line prints: boards, cases and decompositions as Rich tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tightrope import charts
from tightrope.basis import KINDS
from tightrope.board import Board
from tightrope.case import Case, Prior
from tightrope.hindcast import Hindcast, calibration_words

COLOURS = {
    "holds": "bold green",
    "leans": "green",
    "contested": "yellow",
    "leans against": "red",
    "fails": "bold red",
    "not tested": "dim",
}

BAR = 10
OWN_PASSAGE = "own passage"
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
        rests = rests.replace(OWN_PASSAGE, "all mechanisms of its own passage")
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
    present = [b for b in KINDS if (frame["basis"] == b).any()]
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
    """Actors, mechanisms, influence, scenarios, postures and priors of a case."""
    uncertain = sum(not p.fixed for p in shown.priors)
    return Group(
        Text(shown.title, "bold"),
        Text(" ".join(shown.about.split())),
        Text(
            f"\n{len(shown.passages)} passages, {len(shown.claims)} claims, "
            f"{len(shown.variables)} variables, {len(shown.mechanisms)} mechanisms, "
            f"{len(shown.priors)} numbers of which {uncertain} are uncertain"
        ),
        *_actors(shown),
        *_mechanisms(shown),
        *_influence(shown, edges),
        *_stances(shown),
        *_priors(shown),
    )


def _heading(words: str) -> Text:
    return Text(f"\n{words}", "bold underline")


def _entry(name: str, beside: str, *below: str, indent: int = 0) -> Iterator[RenderableType]:
    """A name with some words beside it and sentences under it, all of which may wrap."""
    head = Text.assemble((name, "bold"), f"  {beside}" if beside else "")
    yield Padding(head, (0, 0, 0, indent))
    for words in filter(None, below):
        yield Padding(Text(words, "dim"), (0, 0, 0, indent + 4))


def _actors(shown: Case) -> Iterator[RenderableType]:
    yield _heading("Actors, and what their usual conduct is")
    for actor in shown.actors:
        wants = ", ".join(f"{goal.want} {goal.variable}" for goal in actor.goals)
        yield from _entry(actor.name, actor.meaning, f"wants {wants}" if wants else "")
        for instrument in actor.instruments:
            pairs = zip(instrument.levels, instrument.usual, strict=True)
            usual = ", ".join(f"{level} {100 * share:.0f} %" for level, share in pairs)
            yield from _entry(instrument.name, usual, instrument.meaning, indent=4)


def _mechanisms(shown: Case) -> Iterator[RenderableType]:
    yield _heading("Mechanisms, and the passages they implement")
    for mechanism in shown.mechanisms:
        yield from _entry(mechanism.name, ", ".join(mechanism.passages), mechanism.says)


def _influence(shown: Case, edges: pd.DataFrame) -> Iterator[RenderableType]:
    yield _heading("What moves what")
    links = charts.links(shown, edges)
    for variable in shown.variables:
        into = links.loc[links["target"] == variable.name, "source"]
        out = links.loc[links["source"] == variable.name, "target"]
        parts = [
            f"{verb} {', '.join(dict.fromkeys(names))}"
            for verb, names in (("moved by", into), ("moves", out))
            if len(names)
        ]
        yield from _entry(variable.name, "", *parts)


def _stances(shown: Case) -> Iterator[RenderableType]:
    yield _heading("Scenarios")
    for scenario in shown.scenarios:
        yield from _entry(scenario.name, scenario.label, scenario.meaning)
    yield _heading("Postures of the actor in focus")
    for posture in shown.postures:
        yield from _entry(posture.name, posture.label, posture.meaning)


def _priors(shown: Case) -> Iterator[RenderableType]:
    yield _heading("Numbers, their ranges and where they come from")
    for prior in shown.priors:
        span = f"{prior.low:g}" if prior.fixed else f"{prior.low:g} to {prior.high:g}"
        contested = ", contested" if prior.contested else ""
        yield from _entry(
            prior.name, f"{span} {prior.unit}{contested}", prior.meaning, grounds(prior)
        )


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
    start = charts.calendar_start(shown.reference_quarter)
    table = Table(
        title=f"{label}: what moved it ({pushes.attrs['scenario']}, {pushes.attrs['posture']})",
        title_justify="left",
        title_style="bold",
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("up to", overflow="fold")
    for quarter in at:
        table.add_column(charts.calendar(start, quarter), justify="right", no_wrap=True)
    push = own["push"].dropna("term", how="all")
    push = push.isel(
        term=np.flatnonzero(np.abs(push.to_numpy()).max(axis=push.get_axis_num("quarter")) > 0)
    )
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
    now = f"middle world, {values.attrs['units']} ({float(middle.sel(quarter=0)):.1f} at first)"
    table.add_row(now, *(f"{float(middle.sel(quarter=q)):.1f}" for q in at))
    scale = {v.name: v.scale for v in shown.variables}[variable]
    unit = {
        "share": "log-odds: 0.4 takes a share from 50 to 60, 1 from 50 to 73",
        "index": "logarithms: 0.1 is about 10 %",
        "real": "its own unit",
    }[scale]
    note = (
        f"Pushes added up since {shown.reference_quarter}, mean over worlds, in {unit}. "
        "They sum to the change exactly."
    )
    return Group(table, Text(f"\n{note}", "dim"))


# ---------------------------------------------------------------- hindcast


def hindcast(found: Hindcast) -> RenderableType:
    """The scores, then in words where the model beats persistence and where it does not."""
    table = Table("cut-off", "series", "forecast", "points", "CRPS", "skill", "in 90 %")
    for r in found.scores.to_dict("records"):
        table.add_row(
            r["cutoff"], r["series"], r["forecast"], str(r["points"]), f"{r['crps']:.3f}",
            f"{r['skill']:+.2f}", f"{r['coverage']:.0%}",
        )  # fmt: skip
    words = [Text(f"- {sentence}") for sentence in found.words]
    return Group(table, Text(""), *words, Text(""), Text(calibration_words(found.calibration)))
