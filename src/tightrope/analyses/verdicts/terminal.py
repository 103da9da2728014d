"""What the command line prints: boards, cases and decompositions as Rich tables."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tightrope.analyses.verdicts import coverage, further, learnt
from tightrope.analyses.verdicts.board import Board
from tightrope.analyses.verdicts.correlation import sentences
from tightrope.analyses.verdicts.counts import cells, left
from tightrope.analyses.verdicts.verdict import VERDICTS, shares_in
from tightrope.case import Case, Prior
from tightrope.case.scales import SCALES
from tightrope.engine import labelled as dataset
from tightrope.show import origin
from tightrope.show.charts import influence as influence_charts
from tightrope.show.terminal import entry, heading, indented
from tightrope.show.typeset import typeset
from tightrope.text import wording

COLOURS = {
    "holds": "bold green",
    "leans": "green",
    "can happen": "green",
    "too small to matter": "bright_black",
    "contested": "yellow",
    "rare": "red",
    "leans against": "red",
    "refuted": "bold red",
    "not tested": "dim",
}

SHORT = {"too small to matter": "too small"}
"""What a verdict is called where there is little room."""

BAR = 10
MARKS = ("█", "░", "▒")
BARS = ("blue", "bright_black", "dark_orange")
"""Of a bar of three shares: as argued, too small, the opposite."""
OWN_PASSAGE = "own passage"
INDENT = 14
SHARE = 20
"""Room for the longest share, `under 1 % (0-100)`, and a space after it."""
TOP_TERMS = 8
ABOUT = 320
"""So many characters of what a case is about stand in its summary."""
ROW = 120
"""So many characters of names stand in a row of the summary."""
ALL = "all"
SIGNPOSTS = 12


def board(result: Board) -> RenderableType:
    """The claims by passage, then the counts, and what the record leaves."""
    parts: list[RenderableType] = []
    for passage in result.case.passages:
        rows = result.claims[result.claims["passage"] == passage.id].to_dict("records")
        if rows:
            parts.append(Text(f"\n{passage.id}  {passage.title}", "bold underline"))
        for row in rows:
            parts += _claim(row, result.matching is not None, bool(result.case.assertions))
    parts += [Text(""), counts(result)]
    if found := learnt.sentences(learnt.parted(result.claims)):
        parts.append(Text(f"\n{' '.join(found)}"))
    if said := coverage.sentences(result.case):
        parts.append(Text(f"\n{' '.join([*said, *coverage.apart(result.claims)])}"))
    if told := sentences(result.together):
        parts.append(Text(f"\n{' '.join(told)}"))
    if more := further.sentences(result.claims, result.run):
        parts.append(Text(f"\n{' '.join(more)}"))
    if result.matching is not None:
        parts.append(Text(f"\n{left(result.matching, result.run.worlds)}"))
    return Group(*parts, _reading_aid(result))


def _claim(row: Mapping[Any, Any], evidence_used: bool, said: bool) -> Iterator[RenderableType]:
    """A claim in three parts: verdict and share, what it says, what is behind it."""
    head = Text(f"{SHORT.get(row['verdict'], row['verdict']):<{INDENT}}", COLOURS[row["verdict"]])
    if row["verdict"] == "not tested":
        yield head.append(row["claim"], "bold")
        yield indented(Text(row["says"]), INDENT)
        yield indented(Text(row["note"], "dim"), INDENT)
        return
    for wide, mark, colour in zip(wording.cells_of(shares_in(row), BAR), MARKS, BARS, strict=True):
        head.append(mark * wide, colour)
    head.append(f" {wording.share_words(row):<{SHARE}}", "default").append(row["claim"], "bold")
    if row["undecided"]:
        head.append(f"  undecided: {row['undecided']}", "yellow")
    yield head
    yield indented(Text(row["says"]), INDENT)
    behind = [coverage.standing(row)] if said else []
    behind.append(f"difference {wording.effect_words(row)}")
    if row["share"] < 1:
        sign = wording.sign_words(row)
        behind.append(f"worlds: {wording.split_words(row)}{'; ' if sign else ''}{sign}")
    if evidence_used:
        before = f"{row['prior_verdict']}, {wording.percent(row['prior_share'])}"
        changed = "" if row["prior_verdict"] == row["verdict"] else " (changed by the record)"
        behind.append(f"in all worlds, before the record: {before}{changed}")
    if row["basis"] != "not computed":
        why = f": {row['basis_why']}" if row["basis_why"] else ""
        behind.append(row["basis"] + why)
        if row["rests_on"]:
            rests = _shortened(row["rests_on"])
            behind.append(f"falls without {rests.replace(OWN_PASSAGE, 'all of its own passage')}")
    if row["otherwise"]:
        behind.append(f"under other choices of ours: {row['otherwise']}")
    if row["form"]:
        behind.append(f"a fact of form: another word under {row['form']}")
    if row["decides"]:
        behind.append(f"decided by {row['decides']}")
    for words in behind:
        yield indented(Text(words, "dim"), INDENT)


def _shortened(names: str, most: int = 3) -> str:
    parts = names.split(", ")
    more = f" and {len(parts) - most} more" if len(parts) > most else ""
    return ", ".join(parts[:most]) + more


def counts(result: Board) -> RenderableType:
    """How many claims have each verdict, decided or not, and each basis."""
    heads, rows = cells(result.claims, result.before)
    table = Table(title="In all", title_justify="left", title_style="bold", show_edge=False)
    for place, name in enumerate(heads):
        table.add_column(name, justify="right" if place else "left")
    for verdict, *numbers in rows:
        table.add_row(Text(verdict, COLOURS[verdict]), *numbers)
    return table


def _reading_aid(result: Board) -> Text:
    run = result.run
    return Text(
        f"\n{wording.counted(run.worlds, 'world')} over "
        f"{wording.counted(run.quarters, 'quarter')}, rule {run.rule}, scenario "
        f"{run.scenario}, posture {run.posture}, seed {run.seed}. A world is one draw of all "
        "uncertain numbers. A bar shows in which share of them a claim comes out as the source "
        f"argues ({MARKS[0]}), too small to matter, that is within its margin ({MARKS[1]}), and "
        f"as the opposite ({MARKS[2]}); it is about this model and these priors, not a forecast. "
        + " ".join([*_left_out(result), *origin.sentences(result.case)]),
        "dim",
    )


def _left_out(result: Board) -> list[str]:
    parts = result.run.left_out
    return [f"Left out: {'; '.join(parts)}."] if parts else []


def first(result: Board) -> str:
    """The verdicts after the first phase, in a sentence."""
    counts = result.claims["verdict"].value_counts()
    said = wording.joined([f"{counts[v]} {v}" for v in VERDICTS if v in counts])
    worlds = wording.counted(result.run.worlds, "world")
    return f"First verdicts, in {worlds} and before anything else was looked at: {said}."


def phases(result: Board) -> RenderableType:
    """Time per phase."""
    table = Table("phase", "seconds", "world-quarters per second", show_edge=False)
    for phase in result.run.phases:
        speed = f"{phase.world_quarters / phase.seconds:,.0f}" if phase.world_quarters else ""
        table.add_row(phase.name, f"{phase.seconds:.1f}", speed)
    return table


# ---------------------------------------------------------------- show


def case(shown: Case, edges: pd.DataFrame, sections: Sequence[str], typed: str) -> RenderableType:
    """A case in a screen, or the sections that are asked for.

    sections: of `SECTIONS`; typed: the case as the command line knows it.
    """
    asked: list[RenderableType] = []
    for name in sections:
        asked += SECTIONS[name](shown, edges)
    return Group(Text(shown.title, "bold"), *(asked or _summary(shown, typed)))


def _summary(shown: Case, typed: str) -> Iterator[RenderableType]:
    uncertain = sum(not p.fixed for p in shown.priors)
    contested = sum(p.contested for p in shown.priors)
    yield Text(wording.shortened(" ".join(shown.about.split()), ABOUT))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    rows = {
        "passages": [f"{p.id} {p.title}" for p in shown.passages],
        "claims": [c.id for c in shown.claims],
        "variables": [v.name for v in shown.variables],
        "actors": [
            f"{a.name} (in focus)" if a.name == shown.focal else a.name for a in shown.actors
        ],
        "mechanisms": [m.name for m in shown.mechanisms],
        "scenarios": [_usual(s.name, shown.scenario) for s in shown.scenarios],
        "postures": [_usual(p.name, shown.posture, shown.advice) for p in shown.postures],
        "objectives": [f"{o.name} (vital)" if o.vital else o.name for o in shown.objectives],
        "series of the record": [s.name for s in shown.series],
        "measurements": [m.name for m in shown.measurements],
        "variants": [v.name for v in shown.variants],
    }
    for name, items in rows.items():
        if items:
            table.add_row(Text(f"{len(items)} {name}"), _few(items))
    priors = f"{uncertain} uncertain, {contested} contested"
    table.add_row(Text(f"{len(shown.priors)} numbers"), priors)
    yield from (Text(""), table)
    command = f"tightrope show {shlex.quote(typed)} --section {next(iter(SECTIONS))}"
    yield Text(f"\nMore: {command}; sections: {', '.join(SECTIONS)}, {ALL}.", "dim")


def _usual(name: str, usual: str, advice: str = "") -> str:
    marks = [word for word, own in (("usual", usual), ("advised", advice)) if name == own]
    return f"{name} ({', '.join(marks)})" if marks else name


def _few(items: Sequence[str]) -> str:
    """Items in a row, as many as stay within some lines."""
    shown = list(items)
    while len(shown) > 1 and len(", ".join(shown)) > ROW:
        shown.pop()
    more = len(items) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _actors(shown: Case, _: pd.DataFrame) -> Iterator[RenderableType]:
    yield heading("Actors, and what their usual conduct is")
    for actor in shown.actors:
        wants = ", ".join(f"{goal.want} {goal.variable}" for goal in actor.goals)
        yield from entry(actor.name, actor.meaning, f"wants {wants}" if wants else "")
        for instrument in actor.instruments:
            pairs = zip(instrument.levels, instrument.usual, strict=True)
            usual = ", ".join(f"{level} {100 * share:.0f} %" for level, share in pairs)
            yield from entry(instrument.name, usual, instrument.meaning, indent=4)


def _mechanisms(shown: Case, _: pd.DataFrame) -> Iterator[RenderableType]:
    yield heading("Mechanisms, and the passages they implement")
    for mechanism in shown.mechanisms:
        formulas = "; ".join(line.plain for line in typeset(mechanism, shown))
        passages = ", ".join(mechanism.passages)
        yield from entry(mechanism.name, passages, mechanism.says, formulas)


def _influence(shown: Case, edges: pd.DataFrame) -> Iterator[RenderableType]:
    yield heading("What moves what")
    links = influence_charts.links(shown, edges)
    for variable in shown.variables:
        into = links.loc[links["target"] == variable.name, "source"]
        out = links.loc[links["source"] == variable.name, "target"]
        parts = [
            f"{verb} {', '.join(dict.fromkeys(names))}"
            for verb, names in (("moved by", into), ("moves", out))
            if len(names)
        ]
        yield from entry(variable.name, "", *parts)


def _scenarios(shown: Case, _: pd.DataFrame) -> Iterator[RenderableType]:
    yield heading("Scenarios")
    for scenario in shown.scenarios:
        yield from entry(scenario.name, scenario.label, scenario.meaning)


def _postures(shown: Case, _: pd.DataFrame) -> Iterator[RenderableType]:
    yield heading("Postures of the actor in focus")
    for posture in shown.postures:
        yield from entry(posture.name, posture.label, posture.meaning)


def _priors(shown: Case, _: pd.DataFrame) -> Iterator[RenderableType]:
    yield heading("Numbers, their ranges and where they come from")
    for prior in shown.priors:
        span = f"{prior.low:g}" if prior.fixed else f"{prior.low:g} to {prior.high:g}"
        contested = ", contested" if prior.contested else ""
        yield from entry(
            prior.name, f"{span} {prior.unit}{contested}", prior.meaning, grounds(prior)
        )


def _variants(shown: Case, _: pd.DataFrame) -> Iterator[RenderableType]:
    yield heading("Variants: other forms of parts of the case")
    for one in shown.variants:
        group = "" if one.group == one.name else f"group {one.group}"
        yield from entry(
            one.name, one.label, one.why, ", ".join(one.sources),
            f"{wording.percent(one.weight)} of worlds where forms are drawn", group,
        )  # fmt: skip


def grounds(prior: Prior) -> str:
    """A prior's sources and the judgement behind it."""
    judged = f"judgement: {prior.judgement}" if prior.judgement else ""
    return "; ".join(part for part in (", ".join(prior.sources), judged) if part)


SECTIONS: Mapping[str, Callable[[Case, pd.DataFrame], Iterator[RenderableType]]] = {
    "actors": _actors,
    "mechanisms": _mechanisms,
    "influence": _influence,
    "scenarios": _scenarios,
    "postures": _postures,
    "priors": _priors,
    "variants": _variants,
}
"""What `show` prints of a case, part by part."""


# ---------------------------------------------------------------- why


def why(
    shown: Case,
    variable: str,
    pushes: xr.Dataset,
    runs: xr.Dataset,
    other: tuple[xr.Dataset, xr.Dataset] | None = None,
) -> RenderableType:
    """What took one variable where it went, largest pushes first.

    other: pushes and runs of another scenario or posture, where the difference to it is asked for.
    """
    (item,) = (v for v in shown.variables if v.name == variable)
    found = dataset.difference(pushes, other[0]) if other else pushes
    own = found.sel(variable=variable)
    last = int(own["quarter"].max())
    at = sorted({q for q in (1, 4, 8, 12, last) if q <= last})
    named = _course(pushes)
    title = f"{item.label}: what moved it ({named})"
    if other:
        title = f"{item.label}: why it goes elsewhere ({named}) than ({_course(other[0])})"
    table = Table(
        title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False
    )
    table.add_column("up to", overflow="fold")
    start = wording.calendar_start(shown.reference_quarter)
    for quarter in at:
        table.add_column(wording.calendar(start, quarter), justify="right", no_wrap=True)
    for name, values in _pushes(own["push"], last):
        table.add_row(name, *(f"{float(values.sel(quarter=q)):+.3f}" for q in at))
    table.add_section()
    table.add_row("all together", *(f"{float(own['total'].sel(quarter=q)):+.3f}" for q in at))
    for words, run in (("", runs), (" of the other", other[1] if other else None)):
        if run is not None:
            middle = run[variable].median("world")
            first = f"{float(middle.sel(quarter=0)):.1f} at first"
            unit = run[variable].attrs["units"]
            cells = (f"{float(middle.sel(quarter=q)):.1f}" for q in at)
            table.add_row(f"middle world{words}, {unit} ({first})", *cells)
    sums = "the difference between the two changes" if other else "the change"
    note = (
        f"Pushes added up since {shown.reference_quarter}, mean over worlds, in "
        f"{SCALES[item.scale].pushed}. They sum to {sums} exactly."
    )
    return Group(table, Text(f"\n{note}", "dim"))


def _course(pushes: xr.Dataset) -> str:
    return f"{pushes.attrs['scenario']}, {pushes.attrs['posture']}"


def _pushes(push: xr.DataArray, last: int) -> Iterator[tuple[str, xr.DataArray]]:
    """The largest pushes by the last quarter, and all others as one."""
    push = push.dropna("term", how="all")
    moved = np.abs(push.to_numpy()).max(axis=push.get_axis_num("quarter")) > 0
    push = push.isel(term=np.flatnonzero(moved))
    order = np.argsort(-np.abs(push.sel(quarter=last).to_numpy()), kind="stable")
    terms = push["term"].to_numpy()[order]
    for term in terms[:TOP_TERMS]:
        yield str(term), push.sel(term=term)
    if len(terms) > TOP_TERMS:
        rest = terms[TOP_TERMS:]
        yield f"{len(rest)} more", push.sel(term=rest).sum("term")
