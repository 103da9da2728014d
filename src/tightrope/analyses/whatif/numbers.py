"""What a change moves: claims that it can reach, judged before and after in the same worlds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import binom

from tightrope.analyses.intervals import CONFIDENCE, Z
from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.verdicts.removals import holm
from tightrope.analyses.whatif.options import Options
from tightrope.analyses.whatif.reached import reached
from tightrope.arguments import check_numbers, known_rule
from tightrope.case import Case, Claim, Prior
from tightrope.case.content import plain
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.plan import switches, without
from tightrope.engine.progress import Progress, Watch, no_watch
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import Sample
from tightrope.reading import load

COLUMNS = ("claim", "says", "before", "after", "share_before", "share_after", "change", "low",
           "high", "chance", "moved", "beyond_chance")  # fmt: skip

ADDED, GONE, UNTESTED = "added", "gone", "not tested"


@dataclass(frozen=True, eq=False)
class WhatIf:
    """Two cases, and the claims that what differs between them can reach.

    Attributes:
        claims: a row for each of them, those that moved most first; COLUMNS. change is the share
            as argued after minus before; low and high its 95 % interval, paired by world; chance
            the p value of the exact test whether worlds changed one way as often as the other
            (McNemar 1947); beyond_chance by Holm's rule over all rows. before or after is `added`,
            `gone` or `not tested` where there is no verdict, and the numbers are missing.
        unreached: so many claims that the change cannot reach; they were not run.
        fast: whether both sides ran in one compiled model.
    """

    before: Case
    after: Case
    worlds: int
    quarters: int
    rule: str
    seed: int
    claims: pd.DataFrame
    unreached: int
    fast: bool

    def in_short(self) -> tuple[str, Sequence[str]]:
        moved = int(self.claims["moved"].sum())
        return "What if", [f"{moved} of {len(self.claims)} claims reached have another word"]


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> WhatIf:
    """A case, and a draft on it. Raises what `load` raises for the draft."""
    after = load(options.draft)
    return compare(case, after, options.worlds, options.quarters, options.rule, options.seed,
                   watch, kept)  # fmt: skip


def compare(
    before: Case,
    after: Case,
    worlds: int,
    quarters: int,
    rule: str = "reactive",
    seed: int = 0,
    watch: Watch = no_watch,
    kept: Kept | None = None,
) -> WhatIf:
    """Judge the claims that what differs can reach, on both sides, before the record is looked at.

    Where only ranges differ and mechanisms are taken out, the model of the case is used for both,
    so nothing has to be compiled; any other change compiles its own.
    """
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    kind = known_rule(rule)
    model, other = compile_case(before, kind), compile_case(after, kind)
    names = reached(model, other)
    fast = _alike(before, after)
    sides = []
    for case, own, phase in ((before, model, "before"), (after, other, "after")):
        sample = Sample.of(case, seed, 0, worlds)
        runs = Runs(model if fast else own, sample, quarters, kept)
        chosen = [c for c in claims.testable(case, quarters) if c.id in names]
        sides.append(_judged(runs, case, chosen, partial(watch, phase)))
    every = {c.id for c in (*before.claims, *after.claims)}
    table = _table(before, after, sorted(names), sides[0], sides[1])
    return WhatIf(before, after, worlds, quarters, rule, seed, table, len(every - names), fast)


def _judged(
    runs: Runs, case: Case, chosen: Sequence[Claim], progress: Progress
) -> dict[str, Result]:
    """Claims of a case by id, where need be in the model of another that has all its mechanisms."""
    # Scenarios and postures are the same on both sides wherever one model does for both.
    testbed = claims.prepare(Setting.of(runs), chosen)
    known = {m.name for m in case.mechanisms} | {d.name for d in case.derived}
    off = [i for i, name in enumerate(switches(runs.model.case)) if name not in known]
    plans = tuple(without(plan, off) for plan in testbed.plans)
    values = runs.means(plans, testbed.readings, progress)
    return {r.claim.id: r for r in claims.judge(testbed, values)}


def _alike(one: Case, other: Case) -> bool:
    """Whether the second is the first with other ranges and without some of its mechanisms."""
    kept = {m.name for m in other.mechanisms}
    return _shape(one, kept) == _shape(other, kept)


def _shape(case: Case, kept: Collection[str]) -> object:
    """All of a case that is compiled, and what all its claims rest on, without any range."""
    own = tuple(m for m in case.mechanisms if m.name in kept)
    names = tuple(p.name for p in case.priors)
    return _blank(plain((
        case.variables, case.regimes, case.quantities, case.actors, case.parameters, own,
        case.derived, case.lookahead, case.scenarios, case.postures, case.scenario, case.posture,
        names,
    )))  # fmt: skip


def _blank(tree: object) -> object:
    """Plain data with the names of priors alone."""
    if not isinstance(tree, tuple):
        return tree
    if tree[:1] == (Prior.__name__,):
        return tree[:2]
    return tuple(_blank(part) for part in tree)


def _table(
    before: Case, after: Case, names: Sequence[str],
    one: Mapping[str, Result], other: Mapping[str, Result],
) -> pd.DataFrame:  # fmt: skip
    says = {c.id: c.says for c in (*before.claims, *after.claims)}
    there = [{c.id for c in case.claims} for case in (before, after)]
    rows = []
    for name in names:
        a, b = one.get(name), other.get(name)
        words = (
            a.verdict if a else UNTESTED if name in there[0] else ADDED,
            b.verdict if b else UNTESTED if name in there[1] else GONE,
        )
        shares = (a.share if a else np.nan, b.share if b else np.nan)
        row = (name, says[name], *words, *shares, *_change(a, b), words[0] != words[1])
        rows.append(row)
    found = pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
    chance = found["chance"].to_numpy(float)
    tested = np.isfinite(chance)
    found["beyond_chance"] = False
    if tested.any():
        beyond = holm(chance[tested], int(tested.sum()), 1 - CONFIDENCE)
        found.loc[tested, "beyond_chance"] = beyond
    size = found["change"].abs().fillna(2.0)
    order = found.assign(size=size).sort_values(["moved", "size"], ascending=False, kind="stable")
    return found.loc[order.index].reset_index(drop=True)


def _change(one: Result | None, other: Result | None) -> tuple[float, float, float, float]:
    """The change of the share as argued, its interval, and the p value of none."""
    if one is None or other is None:
        return np.nan, np.nan, np.nan, np.nan
    up = int((other.holds & ~one.holds).sum())
    down = int((one.holds & ~other.holds).sum())
    low, high = _interval(up, down, len(one.holds))
    chance = min(1.0, 2 * float(binom.cdf(min(up, down), up + down, 0.5)))
    return (up - down) / len(one.holds), low, high, chance


def _interval(up: int, down: int, worlds: int) -> tuple[float, float]:
    """95 % interval of a change of paired shares: the plain one with half a world more in each of
    the four cells (Agresti and Min 2005), which has a width also where all worlds changed alike.
    """
    count = worlds + 2
    middle = (up - down) / count
    half = Z * np.sqrt((up + down + 1) - (up - down) ** 2 / count) / count
    return max(-1.0, float(middle - half)), min(1.0, float(middle + half))
