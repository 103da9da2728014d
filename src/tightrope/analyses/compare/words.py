"""What a comparison of postures has to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from tightrope.analyses import objectives
from tightrope.analyses.compare import charts
from tightrope.analyses.compare.numbers import (
    EVERY,
    VITAL,
    Comparison,
    each_better,
    kept_table,
    objective_table,
    regret_table,
    vital_words,
)
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import counted, joined, lowered, percent

CAPTIONS = {
    "compare-kept": "Share of worlds (%) in which a posture keeps all vital objectives. The "
    "last column asks for all scenarios at once.",
    "compare-objectives": "Share of worlds and scenarios (%) in which each objective has enough.",
    "compare-parts": "Which part of the advice does the work: each is left to free choice in turn, "
    "the rest stays. Worlds that keep all vital objectives in every scenario, against the whole "
    "advice, with a 95 % interval.",
    "compare-regret": "How many points a posture falls behind the best of the others in the same "
    "world, the largest over scenarios. Short mark: the middle world; dot: nine worlds in ten are "
    "below; grey mark: the largest. The advised posture is brown.",
}


def tell(found: Comparison) -> Finding:
    """The standing of the advised posture in sentences, and all postures in tables."""
    runs = found.runs
    rule = str(runs["rule"].to_numpy()[0])
    data = {"satisfying": found.satisfying, "regret": found.regret, "against": found.against,
            "parts": found.parts, "dominance": found.dominance}  # fmt: skip
    return Finding(
        source=provenance(found.case),
        name="compare",
        title="Which posture stands up",
        about="Every posture met every scenario in the same "
        f"{counted(runs.sizes['world'], 'world')}. "
        "An objective has enough in a world when its mean over the last year satisfies what the "
        f"case asks for. Vital are {vital_words(found.case)}. Nothing is added up over objectives. "
        f"Tables are under the rule {rule}; the CSV files have all rules.",
        words=tuple(sentences(found)),
        tables=tuple(_tables(found, rule)),
        pictures=tuple(
            Picture(name, CAPTIONS[name], make)
            for name, make in charts.of_comparison(found).items()
        ),
        data=data if found.scores is None else {**data, "scores": found.scores},
        settings={
            "advice": found.advice,
            "worlds": runs.sizes["world"],
            "quarters": runs.attrs["quarters"],
            "seed": runs.attrs["seed"],
            **{
                f"{d}s": [str(v) for v in runs[d].to_numpy()]
                for d in ("rule", "scenario", "posture")
            },
        },
    )


def _tables(found: Comparison, rule: str) -> Iterator[Table]:
    label = _labels(found)
    kept = kept_table(found, rule)
    courses = [s.label for s in found.case.scenarios if s.name in kept.columns]
    key = ", ".join(f"{i} {name}" for i, name in enumerate(courses, start=1))
    yield _table(
        f"Keeps {vital_words(found.case)}, % of worlds", kept, label,
        note="All: in every one of them at once.", key=f"{key}.",
        narrow=("posture", *map(str, range(1, len(courses) + 1)), "all"),
    )  # fmt: skip
    yield _table(
        "Has enough of each objective, % of worlds and scenarios", objective_table(found, rule),
        label, short=False,
    )  # fmt: skip
    if found.runs.sizes["posture"] > 1:
        yield _table(
            "Regret: points behind the best posture in the same world", regret_table(found, rule),
            label, short=False,
            note="The largest over scenarios in each world; nine worlds in ten stay below the "
            "first number, the second is the largest of all.",
        )  # fmt: skip
    if found.scores is not None:
        own = found.scores[found.scores["rule"] == rule].sort_values("mean", ascending=False)
        rows = tuple(
            (label[r["posture"]], f"{r['mean']:+.2f}", f"{r['tail']:.2f}", f"{r['largest']:.2f}")
            for r in own.to_dict("records")
        )
        heads = ("posture", "mean change", "regret, 9 in 10 below", "largest regret")
        yield Table("One score, with the weights that were given", heads, rows, 3)


def _table(
    caption: str,
    table: pd.DataFrame,
    label: Mapping[str, str],
    *,
    note: str = "",
    narrow: tuple[str, ...] = (),
    key: str = "",
    short: bool = True,
) -> Table:
    """Postures in rows, with labels in place of names."""
    heads = ("posture", *(label[str(c)] for c in table.columns))
    rows = tuple((label[str(name)], *map(str, row)) for name, row in table.iterrows())
    return Table(caption, heads, rows, len(table.columns), note, short, narrow, key)


def sentences(found: Comparison) -> list[str]:
    """What the comparison says of the advised posture, whichever way it came out."""
    rules = [str(r) for r in found.runs["rule"].to_numpy()]
    several = found.runs.sizes["posture"] > 1
    said = [_standing(found, rules[0])]
    if several:
        said.append(_by_scenario(found, rules[0]))
    if several and len(rules) > 1:
        said.append(_by_rule(found, rules))
    said += _at_work(found)
    if several:
        said += [_price(found, rules[0]), _beaten(found, rules[0])]
    return said


def _labels(found: Comparison) -> dict[str, str]:
    case = found.case
    named: tuple[Any, ...] = (*case.postures, *case.scenarios, *case.objectives)
    return {item.name: item.label for item in named} | {EVERY: "every scenario at once"}


def _kept(found: Comparison, rule: str, scenario: str) -> pd.DataFrame:
    """Shares of worlds in which all vital objectives have enough, best posture first."""
    rows = found.satisfying
    own = rows[
        (rows["rule"] == rule) & (rows["scenario"] == scenario) & (rows["objective"] == VITAL)
    ]
    return own.sort_values("share", ascending=False, kind="stable")


def _standing(found: Comparison, rule: str) -> str:
    """How often the advised posture keeps what is vital, and its place among the others."""
    label, table = _labels(found), _kept(found, rule, EVERY)
    own = table[table["posture"] == found.advice].iloc[0]
    what = f"{vital_words(found.case)} {_where(found)}"
    if len(table) > 1 and not table["share"].any():
        return (
            f"{label[found.advice]}, like every other posture, keeps {what} in no world "
            f"({percent(0)} to {percent(own['high'])})."
        )
    start = (
        f"{label[found.advice]} keeps {what} in {percent(own['share'])} of worlds "
        f"({percent(own['low'])} to {percent(own['high'])})"
    )
    others = table[table["posture"] != found.advice]
    if others.empty:
        return f"{start}."
    same = [label[p] for p in others.loc[others["share"] == own["share"], "posture"]]
    beside = f", as often as {joined(same)}" if same else ""
    place = int((others["share"] > own["share"]).sum()) + 1
    best = others["share"].max()
    if place > 1:
        return (
            f"{start}{beside}, place {place} of {len(table)}; the best, {_at_most(found, others)}."
        )
    below = others[others["share"] < best] if same else others
    if below.empty:
        return f"{start}{beside}."
    return f"{start}{beside}; the next best, {_at_most(found, below)}."


def _where(found: Comparison) -> str:
    names = [str(s) for s in found.runs["scenario"].to_numpy()]
    if len(names) == 1:
        return f'under "{_labels(found)[names[0]]}"'
    return f"in each of {len(names)} scenarios"


def _at_most(found: Comparison, table: pd.DataFrame) -> str:
    """The postures with the largest share in a table, and the share."""
    label, most = _labels(found), table["share"].max()
    names = [label[p] for p in table.loc[table["share"] == most, "posture"]]
    return f"{joined(names)}{' alike' if len(names) > 1 else ''} in {percent(most)}"


def _by_scenario(found: Comparison, rule: str) -> str:
    label = _labels(found)
    better = []
    for scenario in found.runs["scenario"].to_numpy():
        table = _kept(found, rule, str(scenario))
        own = table[table["posture"] == found.advice].iloc[0]
        if table.iloc[0]["low"] > own["high"]:
            better.append(
                f"{label[str(scenario)]} ({_at_most(found, table)} against {percent(own['share'])})"
            )
    if better:
        return f"Another posture keeps them clearly more often in: {'; '.join(better)}."
    any_of = " in any single scenario" if found.runs.sizes["scenario"] > 1 else ""
    return f"No other posture keeps {_them(found)} clearly more often{any_of}."


def _them(found: Comparison) -> str:
    return "them" if len(objectives.vital(found.case)) > 1 else "it"


def _by_rule(found: Comparison, rules: Sequence[str]) -> str:
    """The best under each rule; none is named where all do alike."""
    tables = {rule: _kept(found, rule, EVERY) for rule in rules}
    alike = {rule: table["share"].nunique() == 1 for rule, table in tables.items()}
    if all(alike.values()):
        parts = [f"{rule} {percent(t.iloc[0]['share'])}" for rule, t in tables.items()]
        return f"All postures do alike under each decision rule: {', '.join(parts)}."
    parts = [
        f"{rule}: {'none, all do alike' if alike[rule] else _at_most(found, table)}"
        for rule, table in tables.items()
    ]
    return f"The best by decision rule: {'; '.join(parts)}."


def _at_work(found: Comparison) -> list[str]:
    """Which part of the advice does the work."""
    if found.parts.empty:
        return []

    def words(row: Mapping[Any, Any]) -> str:
        size = f"{100 * abs(row['difference']):.1f}"
        return (
            f"{lowered(row['label'])} ({size}, {100 * -row['high']:.1f} to {100 * -row['low']:.1f})"
        )

    rows = found.parts.to_dict("records")
    helps = [words(r) for r in rows if r["high"] < 0]
    hurts = [lowered(r["label"]) for r in rows if r["low"] > 0]
    idle = [lowered(r["label"]) for r in rows if r["low"] <= 0 <= r["high"]]
    said = "Its parts, each left to free choice in turn. "
    if helps:
        said += f"So many worlds in a hundred are lost without: {', '.join(helps)}. "
    if hurts:
        said += f"Better without: {', '.join(hurts)}. "
    if idle:
        said += f"No clear difference: {', '.join(idle)}. "
    return [said.strip()]


def _price(found: Comparison, rule: str) -> str:
    """Where the advised posture falls behind most and least; no objective is in both."""
    label, rows = _labels(found), found.regret
    own = rows[(rows["rule"] == rule) & (rows["posture"] == found.advice)]
    own = own.sort_values("tail", ascending=False, kind="stable")
    sizes = [(lowered(label[r["objective"]]), round(r["tail"], 1)) for r in own.to_dict("records")]
    largest, smallest = sizes[0][1], sizes[-1][1]
    meant = (
        "points by which it falls behind the best posture in the same world (nine worlds in ten "
        "stay below)"
    )
    if not largest:
        return f"It has no price: 0.0 {meant} in {_each(sizes)}."
    if largest == smallest:
        return f"Its price: {largest:.1f} {meant} in {_each(sizes)}."
    most = [f"{name} {size:.1f}" for name, size in sizes[:3] if size > smallest]
    least = [f"{name} {size:.1f}" for name, size in sizes[len(most) :][-2:]]
    return f"Its price, as {meant}: most in {', '.join(most)}; least in {', '.join(least)}."


def _each(sizes: Sequence[tuple[str, float]]) -> str:
    return "every objective" if len(sizes) > 1 else sizes[0][0]


def _beaten(found: Comparison, rule: str) -> str:
    label, rows = _labels(found), found.dominance
    own = rows[(rows["rule"] == rule) & rows["everywhere"]]
    if own.empty:
        if each_better(found, rule):
            return "No posture is beaten by another in everything: each is better at something."
        return (
            "No posture is clearly worse than another in some objective and better in none, in "
            "every scenario; some cannot be told apart."
        )
    pairs = [f"{label[r['posture']]} by {label[r['by']]}" for r in own.to_dict("records")]
    return f"Beaten in some objective and better in none, in every scenario: {'; '.join(pairs)}."
