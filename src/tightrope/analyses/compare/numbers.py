"""Compare: postures across scenarios and decision rules, by each objective, in the same worlds.

Satisficing and regret as in robust decision making (Lempert, Popper and Bankes 2003; Lempert et al.
2006): a posture is judged by how often it gives enough and by how far it falls behind the best
of the others in the same world, not by an expected value over worlds that nobody has weighed.
Nothing is added up over objectives unless the user gives weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tightrope.analyses import intervals, objectives
from tightrope.analyses.compare.options import (
    Options,
    check_size,
    check_weights,
    rules_of,
    weights_of,
)
from tightrope.analyses.record.evidence import runs_of
from tightrope.arguments import DecisionRule, check_numbers
from tightrope.case import Case, Posture, Scenario
from tightrope.case.named import check_case, chosen, find
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.progress import Progress, Watch, silent
from tightrope.engine.runs import Runs
from tightrope.text.notebook import told
from tightrope.text.wording import joined, lowered

TAIL = 0.9
"""Regret is shown at this quantile over worlds, beside its largest value."""

NOTHING = 0.5
"""Differences of means below half a point of 100 count as none when dominance is judged."""

EVERY, VITAL, ALL = "every scenario", "vital", "all"
"""A world counts under `every scenario` where it does in each one; `vital` and `all` objectives."""


@told
@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Postures by scenarios, rules and objectives.

    Attributes:
        runs: dims rule, scenario, posture, objective, world; `value` (mean of the last year) and
            `start` in display units, `enough` (whether the objective has enough).
        advice: the posture that others are held against.
        satisfying: share of worlds with enough, by rule, scenario, posture and objective.
        regret: by rule, posture and objective: how far behind the best posture in the same world
            and scenario, the largest over scenarios: middle, TAIL and largest over worlds.
        against: mean difference of each posture to the advised one, world by world.
        parts: what each part of the advice does, see `parts`; under the first rule.
        dominance: pairs in which one posture is nowhere worse than another and somewhere better.
        scores: with weights only: change since the start as one number, and regret in it.
    """

    case: Case
    runs: xr.Dataset
    advice: str
    satisfying: pd.DataFrame
    regret: pd.DataFrame
    against: pd.DataFrame
    parts: pd.DataFrame
    dominance: pd.DataFrame
    scores: pd.DataFrame | None

    def in_short(self) -> tuple[str, Sequence[str]]:
        sizes = " by ".join(f"{n} {dim}" for dim, n in self.runs.sizes.items())
        return f"Postures compared for {self.case.title}", [sizes]


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Comparison:
    """A comparison as it is asked for on the command line."""
    rules = rules_of(options)
    model = compile_case(case, rules[0])
    return compare(
        runs_of(model, options.worlds, options.quarters, options, watch, kept),
        postures=options.posture,
        scenarios=options.scenario,
        rules=rules,
        weights=weights_of(options.weight),
        progress=partial(watch, "postures"),
    )


def compare(
    runs: Runs,
    *,
    postures: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    rules: Sequence[DecisionRule] = ("reactive",),
    weights: Mapping[str, float] | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Run every posture in every scenario under every decision rule, in the worlds of `sample`.

    postures, scenarios: all of the case's where none is named.
    weights: by objective, for one score beside the table; objectives left out weigh nothing.
    Raises UseError for a name that the case does not have, where it has no objectives, and for
    fewer than FEWEST worlds or less than a year.
    """
    case, quarters = runs.model.case, runs.quarters
    check_case(case)
    check_numbers(quarters=quarters)
    goals = objectives.objectives_of(case)
    check_size(len(runs.worlds), quarters)
    stances = chosen(case.postures, postures, "posture")
    courses = chosen(case.scenarios, scenarios, "scenario")
    weighed = check_weights(case, weights)
    names = [s.name for s in courses]
    shape = (len(courses), len(stances), len(goals), len(runs.worlds))
    value = np.empty((len(rules), *shape), np.float32)
    start = np.empty_like(value)
    for r, rule in enumerate(rules):
        ruled = runs.under(compile_case(case, rule))

        def told(part: int, whole: int, done: int = r) -> None:
            progress(done * whole + part, len(rules) * whole)

        end, begin = objectives.of_postures(ruled, stances, courses, told)
        value[r], start[r] = end.swapaxes(0, 1), begin.swapaxes(0, 1)
    dims = ("rule", "scenario", "posture", "objective", "world")
    found = xr.Dataset(
        {
            "value": (dims, value),
            "start": (dims, start),
            "enough": (dims, objectives.satisfied(case, value, start)),
        },
        {
            "rule": list(rules),
            "scenario": names,
            "posture": [p.name for p in stances],
            "objective": [o.name for o in goals],
            "world": runs.indices,
        },
        {"case": case.name, "case_hash": case.hash, "seed": runs.worlds.seed, "quarters": quarters},
    )
    advice = case.advice if case.advice in found["posture"].to_numpy() else stances[0].name
    ruled = runs.under(compile_case(case, rules[0]))
    return Comparison(
        case=case,
        runs=found,
        advice=advice,
        satisfying=satisfying(case, found),
        regret=regrets(case, found),
        against=against(case, found, advice),
        parts=parts(ruled, find(case.postures, advice, "posture"), courses),
        dominance=dominance(case, found),
        scores=scores(case, found, weighed) if weighed else None,
    )


# ---------------------------------------------------------------- enough


def satisfying(case: Case, runs: xr.Dataset) -> pd.DataFrame:
    """Share of worlds with enough, with Wilson's interval.

    Rows by rule, scenario (and EVERY), posture and objective (and VITAL, ALL).
    """
    enough = runs["enough"].transpose("rule", "scenario", "posture", "objective", "world")
    ok = enough.to_numpy()
    vital = ~objectives.fails(case, ok)[..., None, :]
    ok = np.concatenate([ok, vital, ok.all(axis=3, keepdims=True)], axis=3)
    ok = np.concatenate([ok, ok.all(axis=1, keepdims=True)], axis=1)
    share = ok.mean(axis=-1)
    names = (
        runs["rule"].to_numpy(),
        [*runs["scenario"].to_numpy(), EVERY],
        runs["posture"].to_numpy(),
        [*runs["objective"].to_numpy(), VITAL, ALL],
    )
    rows = [
        (rule, scenario, posture, objective, float(share[r, s, p, o]))
        for r, rule in enumerate(names[0])
        for s, scenario in enumerate(names[1])
        for p, posture in enumerate(names[2])
        for o, objective in enumerate(names[3])
    ]
    table = pd.DataFrame(rows, columns=["rule", "scenario", "posture", "objective", "share"])
    ends = [intervals.wilson(value, ok.shape[-1]) for value in table["share"]]
    return table.assign(low=[low for low, _ in ends], high=[high for _, high in ends])


# ---------------------------------------------------------------- regret


def regret(merit: np.ndarray) -> np.ndarray:
    """How far each posture falls behind the best; postures on axis -3, objectives on -2."""
    behind: np.ndarray = merit.max(axis=-3, keepdims=True) - merit
    return behind


def tail(values: np.ndarray, at: float = TAIL) -> tuple[float, float, float]:
    """A quantile over worlds with its 95 % interval, see `intervals.quantile`."""
    return intervals.quantile(values, at)


def regrets(case: Case, runs: xr.Dataset) -> pd.DataFrame:
    """Regret by rule, posture and objective: the largest over scenarios, then over worlds.

    Columns middle, tail with tail_low and tail_high, largest, and worst: the scenario in which the
    largest is found. A posture compared with itself alone has none.
    """
    value = runs["value"].transpose("rule", "scenario", "posture", "objective", "world")
    behind = regret(objectives.merit(case, value.to_numpy()))
    worst = behind.max(axis=1)
    rows: list[tuple[Any, ...]] = []
    for r, rule in enumerate(runs["rule"].to_numpy()):
        for p, posture in enumerate(runs["posture"].to_numpy()):
            for o, objective in enumerate(runs["objective"].to_numpy()):
                own = worst[r, p, o]
                where = int(behind[r, :, p, o].max(axis=-1).argmax())
                rows.append(
                    (rule, posture, objective, float(np.median(own)), *tail(own), float(own.max()),
                     str(runs["scenario"].to_numpy()[where]))
                )  # fmt: skip
    columns = ["rule", "posture", "objective", "middle", "tail", "tail_low", "tail_high",
               "largest", "worst"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


# ---------------------------------------------------------------- pairs


def against(case: Case, runs: xr.Dataset, advice: str) -> pd.DataFrame:
    """Mean difference of each posture to the advised one, with its interval, paired by world.

    Turned so that more is better. `better`: share of worlds in which the posture does better than
    the advised one by more than NOTHING.
    """
    value = runs["value"].transpose("posture", "rule", "scenario", "objective", "world")
    merit = objectives.merit(case, value.to_numpy())
    names = [str(p) for p in runs["posture"].to_numpy()]
    base = merit[names.index(advice)]
    rows: list[tuple[Any, ...]] = []
    for p, posture in enumerate(names):
        if posture == advice:
            continue
        mean, half = intervals.paired(merit[p], base)
        better = (merit[p] - base > NOTHING).mean(axis=-1)
        for (r, s, o), gap in np.ndenumerate(mean):
            at = (runs[d].to_numpy()[i] for d, i in
                  (("rule", r), ("scenario", s), ("objective", o)))  # fmt: skip
            rows.append(
                (posture, *at, float(gap), float(gap - half[r, s, o]), float(gap + half[r, s, o]),
                 float(better[r, s, o]))
            )  # fmt: skip
    columns = ["posture", "rule", "scenario", "objective", "difference", "low", "high", "better"]
    return pd.DataFrame(rows, columns=columns)


def parts(runs: Runs, whole: Posture, scenarios: Sequence[Scenario]) -> pd.DataFrame:
    """What each part of a posture does: it is left to the actor's own choice, the rest stays.

    One row for each instrument that the posture sets or rules: `kept`, share of worlds that keep
    the vital objectives in every scenario without the part; `difference` to the whole posture with
    its paired 95 % interval. Below zero: the part helps.
    """
    case = runs.model.case
    own = [i for a in case.actors if a.name == case.focal for i in a.instruments]
    used = {*whole.settings, *(n for r in whole.rules for n in r.settings)}
    named = [i for i in own if i.name in used]
    variants = [whole, *(_without(whole, i.name) for i in named)]
    end, start = objectives.of_postures(runs, variants, scenarios)
    failed = objectives.fails(case, objectives.satisfied(case, end, start))
    kept: np.ndarray = ~np.any(failed, axis=1)
    rows: list[tuple[Any, ...]] = []
    for instrument, ok in zip(named, kept[1:], strict=True):
        mean, half = intervals.paired(ok.astype(float), kept[0].astype(float))
        low, high = np.clip([mean - half, mean + half], -1, 1)  # a difference of shares
        rows.append((instrument.name, instrument.label, float(ok.mean()), float(mean),
                     float(low), float(high)))  # fmt: skip
    columns = ["instrument", "label", "kept", "difference", "low", "high"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("difference", kind="stable", ignore_index=True)


def _without(posture: Posture, instrument: str) -> Posture:
    rules = [
        replace(r, settings={k: v for k, v in r.settings.items() if k != instrument})
        for r in posture.rules
    ]
    return replace(
        posture,
        name=f"{posture.name} without {instrument}",
        settings={k: v for k, v in posture.settings.items() if k != instrument},
        rules=tuple(r for r in rules if r.settings),
    )


def dominance(case: Case, runs: xr.Dataset) -> pd.DataFrame:
    """Pairs (posture, by): `by` is better somewhere and worse nowhere, in every scenario or in one.

    Judged on means over worlds: worse or better is a paired 95 % interval that lies wholly beyond
    NOTHING. `scenarios` counts those in which it holds; `everywhere` where that is all of them.
    `worlds` is the share of worlds and scenarios in which `by` is at least as good on every single
    objective.
    """
    value = runs["value"].transpose("rule", "posture", "scenario", "objective", "world")
    merit = objectives.merit(case, value.to_numpy())
    names = [str(p) for p in runs["posture"].to_numpy()]
    rows: list[tuple[Any, ...]] = []
    for r, rule in enumerate(runs["rule"].to_numpy()):
        for p, posture in enumerate(names):
            for b, by in enumerate(names):
                if b == p:
                    continue
                mean, half = intervals.paired(merit[r, b], merit[r, p])
                worse = (mean + half < -NOTHING).any(axis=-1)
                better = (mean - half > NOTHING).any(axis=-1)
                count = int((better & ~worse).sum())
                in_worlds = (merit[r, b] >= merit[r, p]).all(axis=-2).mean()
                if count:
                    rows.append(
                        (rule, posture, by, count, count == merit.shape[2], float(in_worlds))
                    )
    columns = ["rule", "posture", "by", "scenarios", "everywhere", "worlds"]
    return pd.DataFrame(rows, columns=columns)


def front(case: Case, runs: xr.Dataset, rule: str) -> tuple[str, ...]:
    """Postures that no other dominates everywhere."""
    found = dominance(case, runs)
    beaten = found[(found["rule"] == rule) & found["everywhere"]]["posture"]
    return tuple(str(p) for p in runs["posture"].to_numpy() if str(p) not in set(beaten))


def each_better(found: Comparison, rule: str) -> bool:
    """Whether of any two postures each is clearly better at something in some scenario."""
    value = found.runs["value"].sel(rule=rule)
    merit = objectives.merit(
        found.case, value.transpose("posture", "scenario", "objective", "world").to_numpy()
    )
    count = len(merit)
    gaps = (
        intervals.paired(merit[a], merit[b]) for a in range(count) for b in range(count) if a != b
    )
    return all(bool((mean - half > NOTHING).any()) for mean, half in gaps)


# ---------------------------------------------------------------- one score, if asked for


def scores(case: Case, runs: xr.Dataset, weights: Mapping[str, float]) -> pd.DataFrame:
    """Change since the start as one weighted mean over objectives, and regret in it.

    Columns rule, posture, mean (over scenarios and worlds) and, as in `regrets`, tail with its
    interval and largest. Weights are scaled to sum to one; the user's own judgement.
    """
    dims = ("rule", "scenario", "posture", "objective", "world")
    change = (runs["value"] - runs["start"]).transpose(*dims).to_numpy()
    share = np.array([weights.get(str(o), 0.0) for o in runs["objective"].to_numpy()])
    share /= share.sum()
    merit = objectives.merit(case, change)
    score = np.einsum("rspow,o->rspw", merit, share)
    worst = (score.max(axis=2, keepdims=True) - score).max(axis=1)
    rows: list[tuple[Any, ...]] = []
    for r, rule in enumerate(runs["rule"].to_numpy()):
        for p, posture in enumerate(runs["posture"].to_numpy()):
            own = worst[r, p]
            mean = float(score[r, :, p].mean())
            rows.append((rule, posture, mean, *tail(own), float(own.max())))
    columns = ["rule", "posture", "mean", "tail", "tail_low", "tail_high", "largest"]
    return pd.DataFrame(rows, columns=columns)


# ---------------------------------------------------------------- short tables


def kept_table(found: Comparison, rule: str) -> pd.DataFrame:
    """Postures by scenarios, best first: percentage of worlds that keep the vital objectives."""
    rows = found.satisfying
    own = rows[(rows["rule"] == rule) & (rows["objective"] == VITAL)]
    table = own.pivot(index="posture", columns="scenario", values="share")
    order = [*(str(s) for s in found.runs["scenario"].to_numpy()), EVERY]
    table = (100 * table[order]).sort_values(EVERY, ascending=False, kind="stable")
    return table.round(0).astype(int)


def objective_table(found: Comparison, rule: str) -> pd.DataFrame:
    """Postures by objectives: percentage of worlds with enough, mean over scenarios."""
    rows = found.satisfying
    own = rows[(rows["rule"] == rule) & (rows["scenario"] != EVERY)]
    table = own.groupby(["posture", "objective"])["share"].mean().unstack()
    order = [str(o) for o in found.runs["objective"].to_numpy()]
    return (100 * table.loc[kept_table(found, rule).index, order]).round(0).astype(int)


def regret_table(found: Comparison, rule: str) -> pd.DataFrame:
    """Postures by objectives: `tail / largest` regret as text."""
    rows = found.regret[found.regret["rule"] == rule]
    words = rows["tail"].map("{:.1f}".format) + " / " + rows["largest"].map("{:.1f}".format)
    table = rows.assign(words=words).pivot(index="posture", columns="objective", values="words")
    order = [str(o) for o in found.runs["objective"].to_numpy()]
    return table.loc[kept_table(found, rule).index, order]


def vital_words(case: Case) -> str:
    """The vital objectives in words."""
    names = [lowered(o.label) for o in case.objectives if o.vital]
    if not names:
        return "every objective" if len(case.objectives) > 1 else lowered(case.objectives[0].label)
    return joined(names)
