"""What the command line prints: boards, cases and decompositions as Rich tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tightrope import breaks, charts, compare, dataset, origin, shock, wording
from tightrope import search as decide
from tightrope.basis import KINDS
from tightrope.board import Board
from tightrope.breaks import Break
from tightrope.case import Case, Prior
from tightrope.compare import Comparison
from tightrope.game import Played, labels_of
from tightrope.hindcast import Hindcast
from tightrope.report.decide import Section
from tightrope.report.hindcast import calibration_words, skill_words
from tightrope.search import SearchResult
from tightrope.shock import Shock
from tightrope.signposts import Signposts, careful, condition_words, leading, tells

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
SIGNPOSTS = 12


def board(result: Board) -> RenderableType:
    """The claims by passage, then the counts."""
    parts: list[RenderableType] = []
    for passage in result.case.passages:
        rows = result.claims[result.claims["passage"] == passage.id].to_dict("records")
        if rows:
            parts.append(Text(f"\n{passage.id}  {passage.title}", "bold underline"))
        for row in rows:
            parts += _claim(row, result.matching is not None)
    return Group(*parts, Text(""), counts(result), _reading_aid(result))


def _claim(row: Mapping[Any, Any], evidence_used: bool) -> Iterator[RenderableType]:
    """A claim in three parts: verdict and share, what it says, what is behind it."""
    head = Text(f"{row['verdict']:<14}", COLOURS[row["verdict"]])
    if row["verdict"] == "not tested":
        yield head.append(row["claim"], "bold")
        yield Padding(Text(row["says"]), (0, 0, 0, INDENT))
        yield Padding(Text(row["note"], "dim"), (0, 0, 0, INDENT))
        return
    share = row["share"]
    bar = "█" * round(share * BAR) + "░" * (BAR - round(share * BAR))
    head.append(f"{bar} {wording.share_words(row):<16}", "default").append(row["claim"], "bold")
    if row["undecided"]:
        head.append(f"  undecided: {row['undecided']}", "yellow")
    yield head
    yield Padding(Text(row["says"]), (0, 0, 0, INDENT))
    small = row["direction"] - share
    size = f"difference {wording.effect_words(row)}"
    if small >= SMALL:
        size += f"; right direction but too small in another {wording.percent(small)}"
    behind = [size]
    if evidence_used:
        before = f"{row['prior_verdict']}, {wording.percent(row['prior_share'])}"
        changed = "" if row["prior_verdict"] == row["verdict"] else " (changed by the record)"
        behind.append(f"in all worlds, before the record: {before}{changed}")
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
    before = ("in all worlds",) if result.matching is not None else ()
    for name in (*before, "claims", *present):
        table.add_column(name, justify="right")
    for verdict, colour in COLOURS.items():
        own = frame[frame["verdict"] == verdict]
        prior = [str((frame["prior_verdict"] == verdict).sum() or "") for _ in before]
        cells = [*prior, str(len(own)), *(str((own["basis"] == b).sum() or "") for b in present)]
        table.add_row(Text(verdict, colour), *cells)
    return table


def _reading_aid(result: Board) -> Text:
    run = result.run
    return Text(
        f"\n{wording.counted(run.worlds, 'world')} over "
        f"{wording.counted(run.quarters, 'quarter')}, rule {run.rule}, scenario "
        f"{run.scenario}, posture {run.posture}, seed {run.seed}. A world is one draw of all "
        "uncertain numbers. A verdict says in which share of them a claim comes out as the source "
        "argues, beyond its margin; it is about this model and these priors, not a forecast. "
        + " ".join([*_left_out(result), *origin.sentences(result.case)]),
        "dim",
    )


def _left_out(result: Board) -> list[str]:
    parts = result.run.left_out
    return [f"Left out: {'; '.join(parts)}."] if parts else []


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
    start = wording.calendar_start(shown.reference_quarter)
    table = Table(
        title=f"{label}: what moved it ({pushes.attrs['scenario']}, {pushes.attrs['posture']})",
        title_justify="left",
        title_style="bold",
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("up to", overflow="fold")
    for quarter in at:
        table.add_column(wording.calendar(start, quarter), justify="right", no_wrap=True)
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


# ---------------------------------------------------------------- postures


def decision(sections: Sequence[Section]) -> RenderableType:
    """What every test said, in sentences."""
    parts: list[RenderableType] = []
    for section in sections:
        parts += [_heading(section.title), *_bullets(section.words)]
    return Group(*parts)


def comparison(found: Comparison) -> RenderableType:
    """What the comparison says in words, then who keeps the vital objectives in which scenario."""
    rule = str(found.runs["rule"].to_numpy()[0])
    postures = {p.name: p.label for p in found.case.postures}
    kept = compare.kept_table(found, rule)
    table = _titled(f"Keeps {compare.vital_words(found.case)}, % of worlds", "posture")
    courses = [s.label for s in found.case.scenarios if s.name in kept.columns]
    for head in (*range(1, len(courses) + 1), "all"):
        table.add_column(str(head), justify="right")
    key = ", ".join(f"{i} {label}" for i, label in enumerate(courses, start=1))
    for name, row in kept.iterrows():
        own = "bold" if name == found.advice else ""
        table.add_row(Text(postures[str(name)], own), *(Text(str(v), own) for v in row))
    under = Text(f"\n{key}; all: in every one of them at once.", "dim")
    return Group(*_bullets(compare.in_words(found)), Text(""), table, under)


def broken(found: Break) -> RenderableType:
    """Where a posture breaks in words, then what moves its vital objectives most."""
    labels = {o.name: o.label for o in found.case.objectives}
    table = _titled("What moves it most: points over the whole range of a number", "objective")
    table.add_column("number")
    table.add_column("points", justify="right")
    table.add_column("direction")
    for r in found.slopes.to_dict("records"):
        size = f"{r['effect_of_range']:.1f}"
        table.add_row(labels[r["objective"]], r["meaning"], size, r["direction"])
    return Group(*_bullets(breaks.sentences(found)), Text(""), table)


def shocked(found: Shock) -> RenderableType:
    """What a shock does in words, then the numbers by outcome and posture."""
    postures = {p.name: p.label for p in found.case.postures}
    tables: list[RenderableType] = []
    for outcome, rows in found.summary.groupby("outcome", sort=False):
        table = _titled(dataset.labels(found.case)[str(outcome)][0], "posture")
        for head in ("blow", "1 in 20", "at", "half back", "back", "not back"):
            table.add_column(head, justify="right", no_wrap=True)
        for r in rows.to_dict("records"):
            table.add_row(Text(postures[r["posture"]], no_wrap=True), *shock.cells_of(r))
        tables += [Text(""), table]
    under = Text(
        "\nBlow: largest difference in the middle world; 1 in 20: in the worst worlds; at: its "
        "quarter, from the reference quarter on; half back and back: quarters after that one.",
        "dim",
    )
    return Group(*_bullets(shock.in_words(found)), *tables, under)


def _titled(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False)
    table.add_column(first)
    return table


def _bullets(sentences: Sequence[str]) -> list[RenderableType]:
    return [Text(f"- {sentence}") for sentence in sentences]


# ---------------------------------------------------------------- hindcast


def hindcast(found: Hindcast) -> RenderableType:
    """The scores, then in words where the model beats persistence and where it does not."""
    table = Table("cut-off", "series", "forecast", "points", "CRPS", "skill", "in 90 %")
    for r in found.scores.to_dict("records"):
        table.add_row(
            r["cutoff"], r["series"], r["forecast"], str(r["points"]), f"{r['crps']:.3f}",
            skill_words(r["skill"]), f"{wording.percent(r['coverage'])}",
        )  # fmt: skip
    words = [Text(f"- {sentence}") for sentence in found.words]
    return Group(table, Text(""), *words, Text(""), Text(calibration_words(found.calibration)))


# ---------------------------------------------------------------- the game


def game(shown: Case, found: Played) -> RenderableType:
    """The finding in sentences, what each choice is worth, and what to be careful about."""
    labels = labels_of(shown, found.spec)
    table = Table(
        title="What each choice is worth to whom, in points of goal value",
        title_justify="left",
        title_style="bold",
        show_edge=False,
        pad_edge=False,
    )
    for name in ("who", "kind of sender", "choice", "rather than"):
        table.add_column(name, overflow="fold")
    table.add_column("worth", justify="right")
    table.add_column("open", justify="right")
    for r in found.stakes.to_dict("records"):
        cells = (labels[r["who"]], r["type"], r["choice"], r["rather_than"])
        worth = Text(f"{r['worth']:+.3f}", "" if r["clear"] else "dim")
        table.add_row(*cells, worth, f"± {2 * r['error']:.3f}")
    careful = [Text(f"- {sentence}", "yellow") for sentence in found.warnings]
    if careful:
        careful.insert(0, _heading("To be careful about"))
    first, *rest = found.words
    s = found.settings
    aid = (
        f"\n{s['worlds']} worlds without shocks, rule {s['rule']}, scenario {s['scenario']}, "
        f"posture {s['posture']}, seed {s['seed']}; the message holds for {s['lookahead']} "
        f"quarters after quarter {s['quarter']}. The equilibrium said first is the end "
        "of the logit branch. Worth: with all others doing as there; open: two standard errors of "
        "the draw of worlds."
    )
    return Group(
        Text(first, "bold"),
        *(Text(f"- {sentence}") for sentence in rest),
        Text(""),
        table,
        *careful,
        Text(aid, "dim"),
    )


# ---------------------------------------------------------------- search and signposts


def search(found: SearchResult) -> RenderableType:
    """What came out in sentences, the postures in numbers, and those of the front in words."""
    table = Table(
        title="Share of worlds and scenarios (%) in which each objective has enough, worlds not "
        "seen by the search; and in which the posture fails",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=0,
    )
    table.add_column("posture", no_wrap=True)
    for goal in found.case.objectives:
        table.add_column(wording.shortened(goal.label, 8), justify="right", no_wrap=True)
    table.add_column("fails", justify="right")
    own = {p.name for p in found.case.postures}
    rows = decide.table(found)
    for i, row in enumerate(rows):
        last = row[0] in own and i + 1 < len(rows) and rows[i + 1][0] not in own
        table.add_row(*row, end_section=last)
    words = dict(zip(found.front["posture"], found.front["words"], strict=True))
    members = [e for row in rows if row[0] in words for e in _entry(row[0], "", words[row[0]])]
    return Group(
        *(Text(f"- {sentence}") for sentence in found.words),
        Text(""),
        table,
        _heading("Postures of the front that are named above"),
        *members,
        Text(
            f"\n{wording.counted(found.train, 'world')} to search on and "
            f"{wording.counted(found.test, 'other')} to judge on, "
            f"{wording.counted(len(found.scenarios), 'scenario')} over "
            f"{wording.counted(found.quarters, 'quarter')}, rule {found.rule}, "
            f"seed {found.seed}. The interval is 95 %, paired world by world. It is about this "
            "model and these priors, not a forecast.",
            "dim",
        ),
    )


def signposts(found: Signposts) -> RenderableType:
    """What to watch in sentences, then the best signposts with how each errs."""
    table = Table(
        title="Signposts, in worlds that set no threshold",
        title_justify="left",
        title_style="bold",
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("alarm when", overflow="fold")
    for name in ("tells (95 %)", "misses", "cries wolf"):
        table.add_column(name, justify="right")
    top = leading(found.table)
    for row in top[top["signal"].astype(bool)][:SIGNPOSTS].to_dict("records"):
        table.add_row(
            f"{condition_words(found.case, row, found.read_by)}: {row['strength']}. {careful(row)}",
            tells(row),
            wording.percent(row["misses"]),
            wording.percent(row["false_alarms"]),
        )
    return Group(
        *(Text(f"- {sentence}") for sentence in found.words),
        Text(""),
        *([table] if table.row_count else []),
        Text(
            "\nTells: the chance that a failing future looks worse than a good one; 50 % is a "
            "coin. Misses: failures without an alarm. Cries wolf: good futures with one. "
            f"Thresholds were set in half of {wording.counted(found.worlds, 'world')}, rates are "
            "from the other half; "
            f"scenario {found.scenario}, posture {found.posture}, rule {found.rule}, "
            f"seed {found.seed}.",
            "dim",
        ),
    )
