"""What is said of where a posture fails."""

from __future__ import annotations

import pandas as pd

from tightrope.analyses import boxes as conditions
from tightrope.analyses.failures import charts
from tightrope.analyses.failures.numbers import SLOPE_WORLDS, Break, Looked
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import counted, percent

CAPTIONS = {
    "break-tradeoff": "A box can hold many failures loosely or few of them tightly. Each dot is a "
    "step of the search, in the half of the worlds it was made in; the ring is the box described.",
    "break-gradient": "Share of worlds that fail, by tenths of a number that the box restricts; "
    "brown where the box lies.",
    "break-derivatives": "What moves each vital objective most: points that the whole range of a "
    "number would bring, other things as they are.",
}


def tell(found: Break) -> Finding:
    """How often it fails, by what, where, and what would move it most."""
    course = {s.name: s.label for s in found.case.scenarios}[found.scenario]
    return Finding(
        source=provenance(found.case),
        name=f"break-{found.scenario}",
        title=f"Where it breaks: {course}",
        about=f"A posture fails in a world in which a vital objective has not enough. Boxes were "
        f"looked for in half of {counted(found.worlds, 'world')} and measured in the other half. "
        "Shocks decide too, so no box of stated numbers holds all failures and nothing else.",
        words=tuple(sentences(found)),
        tables=(_slopes(found),),
        pictures=tuple(
            Picture(name, CAPTIONS[name], make) for name, make in charts.of_break(found).items()
        ),
        data={
            "boxes": found.boxes.rename(columns={"claim": "box"}),
            "peeling": _peeled(found),
            "derivatives": found.slopes,
            "objectives": found.by_objective,
        },
        settings={
            "posture": found.posture,
            "scenario": found.scenario,
            "worlds": found.worlds,
            "fails": found.share,
        },
    )


def _peeled(found: Break) -> pd.DataFrame:
    steps = [p.steps.assign(box=i) for i, p in enumerate(found.peelings, start=1)]
    peeled = pd.concat(steps) if steps else pd.DataFrame(columns=["coverage", "density", "mass"])
    return peeled.rename_axis("step").reset_index()


def _slopes(found: Break) -> Table:
    labels = {o.name: o.label for o in found.case.objectives}
    rows = tuple(
        (
            labels[r["objective"]],
            f"{r['meaning']} (in a box)" if r["in_box"] else r["meaning"],
            r["direction"],
            f"{r['effect_of_range']:.1f}",
        )
        for r in found.slopes.to_dict("records")
    )
    boxed = ""
    if found.slopes["in_box"].any():
        boxed = " A number in a box is restricted by one of those above."
    return Table(
        "What moves each vital objective most, by exact derivatives",
        ("objective", "number", "direction", "points over its range"),
        rows,
        1,
        note="Points that the whole range of a number would bring, other things as they are; mean "
        f"size over {counted(min(SLOPE_WORLDS, found.worlds), 'world')}.{boxed}",
        narrow=("objective", "number", "direction", "points"),
    )


def sentences(found: Break) -> list[str]:
    """In words, how often the posture fails, by what, and where."""
    labels = {p.name: p.label for p in found.case.postures}
    courses = {s.name: s.label for s in found.case.scenarios}
    by = ", ".join(f"{r.label} {percent(r.share)}" for r in found.by_objective.itertuples())
    said = [
        f"{labels[found.posture]} fails in {percent(found.share)} of worlds under "
        f'"{courses[found.scenario]}" ({by}).'
    ]
    for number, rows in found.boxes.groupby("claim", sort=False):
        first = rows.iloc[0]
        where = " and ".join(f'"{r.meaning}" is {conditions.where(r)}' for r in rows.itertuples())
        start = {"1": "It fails mostly where", "1 core": "Most of all where"}
        said.append(
            f"{start.get(str(number), 'Also where')} {where}. So it is in "
            f"{percent(first['mass'])} of worlds; {percent(first['density'])} of them fail, and "
            f"{percent(first['coverage'])} of all failures lie there."
        )
    if found.looked:
        said.append(no_box(found.looked))
    return said


def no_box(looked: Looked) -> str:
    """What was looked for where no box is given, and why none is."""
    if not looked.failing:
        return "No world fails, so there is nothing for a box to describe."
    if looked.failing == looked.worlds:
        return "Every world fails, so no part of them is worse than the rest."
    if not looked.screened:
        return (
            f"No box was looked for: of the {counted(looked.seen, 'world')} to look in "
            f"{_fail(looked.failing_seen)}; at least {conditions.FEWEST} that fail and as many "
            "that do not are needed."
        )
    best, unseen = looked.best, looked.worlds - looked.seen
    if best is None:
        return f"{_searched(looked)}; there is none."
    return (
        f"{_searched(looked)}, and to do so in the other half too. The best one holds "
        f"{percent(best.coverage)} of the failures there and fails in {percent(best.density)}, "
        f"against {percent((looked.failing - looked.failing_seen) / unseen)} of all worlds: that "
        "may be chance."
    )


def _searched(looked: Looked) -> str:
    told, asked = "all", ""
    if looked.screened < looked.numbers:
        told = f"the {looked.screened} of {looked.numbers} that tell failures best"
    if looked.coverage is not None:
        asked = f" and hold at least {percent(looked.coverage)} of the failures"
    return (
        f"No box of worlds describes its failures. It was looked for in half of the worlds, "
        f"{looked.seen:,}, of which {_fail(looked.failing_seen)}, with limits on "
        f"{counted(looked.numbers, 'number')} ({told}). It would have to fail more often than the "
        f"{percent(looked.failing_seen / looked.seen)} of all worlds{asked}, by limits that are "
        f"not chance (below {percent(conditions.SIGNIFICANT)})"
    )


def _fail(count: int) -> str:
    return f"{count} fails" if count == 1 else f"{count or 'none'} fail"
