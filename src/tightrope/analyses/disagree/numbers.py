"""Two people who take one case otherwise: on which claims they differ, and what makes it so.

Both are run in the same worlds, and so is the first one's case with any part of what the second
changes. The difference in the share of worlds as argued is parted over the changes by Shapley's
value (1953): what a change adds, on average over all orders in which the changes could be made.
For up to EXACT changes all subsets are run; for more, some orders, each with its reverse (which
still add up to the whole difference). The record is left aside for both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from tightrope.analyses.intervals import Z
from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result
from tightrope.case import Case, Departure
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.progress import Progress, silent
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import Sample
from tightrope.errors import CaseError, UseError

EXACT = 6
"""Up to so many changes all subsets are run: 64 of them."""

ORDERS = 8
"""Orders that are tried of more changes; each one's reverse is tried too."""

WORDS = {"title", "about", "argues", "says", "label", "meaning", "judgement", "sources", "grounds",
         "note", "why", "tests", "beside", "because", "passages", "leaves out",
         "themes", "extends"}  # fmt: skip
"""Fields by which no number follows."""

ASIDE = {"passages", "references", "questions", "courses", "measurements", "log", "objectives",
         "observations", "history", "game", "variants"}  # fmt: skip
"""Parts of a case that no claim is judged by where the record is left aside."""

CLAIMS = ("claim", "says", "verdict", "other_verdict", "share", "other_share", "change", "low",
          "high", "differs", "beyond_chance", "by", "reach")  # fmt: skip

PARTS = ("claim", "part", "change", "low", "high")

Players = tuple[tuple[Departure, ...], ...]
"""What can be changed alone: one departure, or several that only fit together."""


@dataclass(frozen=True, eq=False)
class Disagreement:
    """Two people, claim by claim.

    Attributes:
        names: of the two.
        parts: what the second says otherwise, by a name for each; those that cannot be changed one
            without the other are one part.
        claims: a row for each claim of both, see CLAIMS. change: of the share as argued, with its
            95 % interval over worlds (paired). by: the fewest parts with which the first comes to
            the second's word. reach: parts that change the claim in any world by themselves.
        shapley: a row for each claim that they differ on and each part, see PARTS.
        exact: all subsets were run.
        words_alone: how many departures change no number.
    """

    names: tuple[str, str]
    cases: tuple[Case, Case]
    worlds: int
    parts: tuple[str, ...]
    claims: pd.DataFrame
    shapley: pd.DataFrame
    exact: bool
    words_alone: int


@dataclass(frozen=True, eq=False)
class _Table:
    """Claims in the cases between the two, by which parts were changed; run when asked for.

    Attributes:
        run: claims by id in the case with these parts changed.
        seen: what was run.
    """

    run: Callable[[frozenset[int], Collection[str]], Mapping[str, Result]]
    seen: dict[tuple[frozenset[int], str], Result]

    def get(self, parts: Collection[int], names: Sequence[str]) -> list[Result]:
        """The claims of these names, in their order."""
        chosen = frozenset(parts)
        missing = [name for name in names if (chosen, name) not in self.seen]
        if missing:
            found = self.run(chosen, missing)
            self.seen.update({(chosen, name): found[name] for name in missing})
        return [self.seen[chosen, name] for name in names]


def between(
    names: tuple[str, str],
    cases: tuple[Case, Case],
    departures: Sequence[Departure],
    mixed: Callable[[Sequence[Departure]], Case],
    *,
    worlds: int,
    quarters: int,
    seed: int,
    progress: Progress = silent,
    kept: Kept | None = None,
) -> Disagreement:
    """Where two cases differ, and by what; departures: all that the second says otherwise.

    mixed: the first case with some of them. Raises UseError where no claim of both can be tested.
    """
    counted = [d for d in departures if _counts(d)]
    parts = grouped(counted, mixed)

    def case_with(chosen: frozenset[int]) -> Case:
        return mixed([d for i in sorted(chosen) for d in parts[i]]) if chosen else cases[0]

    def run(chosen: frozenset[int], wanted: Collection[str]) -> Mapping[str, Result]:
        return _judged(case_with(chosen), wanted, worlds, quarters, seed, kept)

    shared = _both(cases, quarters)
    if not shared:
        raise UseError(f"no claim of both looks at {quarters} quarters or fewer; ask for more")
    table = _Table(run, {})
    everything = range(len(parts))
    first, last = table.get((), shared), table.get(everything, shared)
    alone = [table.get((i,), shared) for i in everything]
    rows = [_row(*pair, [own[c] for own in alone]) for c, pair in
            enumerate(zip(first, last, strict=True))]  # fmt: skip
    found = pd.DataFrame(rows)
    open_ = list(found.loc[found["differs"] | found["beyond_chance"], "claim"])
    values = _shapley(table, len(parts), open_, seed, progress)
    labels = tuple(_label(part) for part in parts)
    fewest = {name: _fewest(table, name, len(parts), values) for name in open_}
    found["by"] = ["; ".join(labels[i] for i in fewest.get(name, ())) for name in found["claim"]]
    found["reach"] = ["; ".join(labels[i] for i in reach) for reach in found["reach"]]
    return Disagreement(
        names, cases, worlds, labels, found[list(CLAIMS)], _parts(values, labels),
        len(parts) <= EXACT, len(departures) - len(counted),
    )  # fmt: skip


# ---------------------------------------------------------------- what can be changed alone


def _counts(departure: Departure) -> bool:
    """Whether any number may follow from it."""
    if departure.section in ASIDE or (
        departure.section == "claims" and departure.what != "changed"
    ):
        return False
    return departure.what != "changed" or any(
        path.rpartition(".")[2] not in WORDS for path, _, _ in departure.moves
    )


def grouped(
    departures: Sequence[Departure], mixed: Callable[[Sequence[Departure]], Case]
) -> Players:
    """Departures that can be made one by one; all others that add or take away are one."""
    able = [d for d in departures if _fits(mixed, [d])]
    rest = [d for d in departures if d not in able]
    if rest:
        # What cannot stand alone stands with all else that is added or taken away.
        rest = [d for d in departures if d in rest or d.what != "changed"]
        able = [d for d in able if d not in rest]
    return (*((d,) for d in able), *((tuple(rest),) if rest else ()))


def _fits(mixed: Callable[[Sequence[Departure]], Case], chosen: Sequence[Departure]) -> bool:
    try:
        mixed(chosen)
    except CaseError:
        return False
    return True


def _label(part: tuple[Departure, ...]) -> str:
    """A part in a few words: what it changes, and to what."""
    if len(part) > 1:
        return ", ".join(f"{d.section} {d.name} {d.what}" for d in part)
    (one,) = part
    if one.what != "changed":
        return f"{one.section} {one.name} {one.what}"
    moves = [(path, was, now) for path, was, now in one.moves
             if path.rpartition(".")[2] not in WORDS]  # fmt: skip
    return f"{one.name} " + ", ".join(f"{path} {was} to {now}" for path, was, now in moves)


# ---------------------------------------------------------------- claims


def _both(cases: tuple[Case, Case], quarters: int) -> list[str]:
    """Claims of both that such a run reaches."""
    one, other = ({c.id for c in claims.testable(case, quarters)} for case in cases)
    return [c.id for c in cases[0].claims if c.id in one & other]


def _judged(
    case: Case,
    wanted: Collection[str],
    worlds: int,
    quarters: int,
    seed: int,
    kept: Kept | None,
) -> dict[str, Result]:
    runs = Runs(compile_case(case), Sample.of(case, seed, 0, worlds), quarters, kept)
    asked = [c for c in case.claims if c.id in wanted]
    _, found = claims.evaluate(Setting.of(runs), asked)
    return {r.claim.id: r for r in found}


def _row(first: Result, last: Result, alone: Sequence[Result]) -> dict[str, object]:
    change, half = _mean(_argued(last) - _argued(first))
    return {
        "claim": first.claim.id,
        "says": first.claim.says,
        "verdict": first.verdict,
        "other_verdict": last.verdict,
        "share": first.share,
        "other_share": last.share,
        "change": change,
        "low": change - half,
        "high": change + half,
        "differs": first.verdict != last.verdict,
        "beyond_chance": abs(change) > half,
        "reach": [i for i, own in enumerate(alone) if not np.array_equal(own.parts, first.parts)],
    }


def _argued(result: Result) -> np.ndarray:
    """1 where it is as argued; shape (W,)."""
    found: np.ndarray = result.holds.astype(float)
    return found


def _mean(values: np.ndarray) -> tuple[float, float]:
    """A mean over worlds and half its 95 % interval."""
    error = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.inf
    return float(values.mean()), float(Z * error)


# ---------------------------------------------------------------- what makes it so


def _shapley(
    table: _Table, count: int, names: Sequence[str], seed: int, progress: Progress
) -> dict[str, np.ndarray]:
    """What each part adds to each claim's being as argued, world by world; (parts, W) by claim."""
    if not names or not count:
        return {}
    weights = _weights(count) if count <= EXACT else _sampled(count, seed)
    found: dict[str, np.ndarray] = {}
    for done, (subset, own) in enumerate(weights.items(), start=1):
        for name, result in zip(names, table.get(subset, names), strict=True):
            added = own[:, None] * _argued(result)
            found[name] = found[name] + added if name in found else added
        progress(done, len(weights))
    return found


def _weights(count: int) -> dict[frozenset[int], np.ndarray]:
    """How much each subset's value counts for each part: Shapley's formula; (parts,) by subset."""
    found = {}
    for size in range(count + 1):
        joins = 1 / (size * math.comb(count, size)) if size else 0.0
        stays = 1 / ((count - size) * math.comb(count, size)) if size < count else 0.0
        for subset in combinations(range(count), size):
            within = np.isin(np.arange(count), subset)
            found[frozenset(subset)] = np.where(within, joins, -stays)
    return found


def _sampled(count: int, seed: int) -> dict[frozenset[int], np.ndarray]:
    """The same over some orders and their reverses: an estimate without a bias."""
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(count) for _ in range(ORDERS)]
    orders = [*drawn, *(order[::-1] for order in drawn)]
    found: dict[frozenset[int], np.ndarray] = {}
    for order in orders:
        for place, part in enumerate(order):
            for subset, sign in ((order[:place], -1.0), (order[: place + 1], 1.0)):
                key = frozenset(int(i) for i in subset)
                own = found.setdefault(key, np.zeros(count))
                own[part] += sign / len(orders)
    return found


def _fewest(
    table: _Table, name: str, count: int, values: Mapping[str, np.ndarray]
) -> tuple[int, ...]:
    """The fewest parts with which the first comes to the second's word; none where words agree.

    Of several as few, those that come closest to the second's share. Of more than EXACT parts:
    those with the largest Shapley values toward it, one more each time.
    """
    (first,), (last,) = table.get((), [name]), table.get(range(count), [name])
    if first.verdict == last.verdict:
        return ()
    for subsets in _candidates(count, values[name].mean(axis=1), last.share - first.share):
        found = [(s, r) for s in subsets if (r := table.get(s, [name])[0]).verdict == last.verdict]
        if found:
            return min(found, key=lambda pair: abs(pair[1].share - last.share))[0]
    raise AssertionError("all parts together come to the second's word")


def _candidates(
    count: int, values: np.ndarray, change: float
) -> Iterator[Sequence[tuple[int, ...]]]:
    """Subsets to be tried, the smallest first."""
    if count <= EXACT:
        for size in range(1, count + 1):
            yield list(combinations(range(count), size))
        return
    order = np.argsort(-np.sign(change or 1.0) * values, kind="stable")
    for size in range(1, count + 1):
        yield [tuple(sorted(int(i) for i in order[:size]))]


def _parts(values: Mapping[str, np.ndarray], labels: Sequence[str]) -> pd.DataFrame:
    rows = []
    for name, own in values.items():
        for label, added in zip(labels, own, strict=True):
            change, half = _mean(added)
            rows.append((name, label, change, change - half, change + half))
    return pd.DataFrame(rows, columns=list(PARTS))
