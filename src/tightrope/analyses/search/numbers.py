"""Posture search: what the focal actor could do, judged by all objectives at once.

A candidate is a level (or free choice) for each of the focal actor's instruments and a few rules:
under this condition, that instrument goes to that level. Candidates are bred by NSGA-III (Deb and
Jain 2014) on training worlds. It is taken rather than NSGA-II because with seven objectives nearly
all candidates are mutually non-dominated, so that what spreads them decides, and crowding distance
does that badly in many dimensions; NSGA-III spreads them over reference directions. Crossover is
uniform and a mutated gene is drawn anew, because a rule's parts have no order.

What is maximised is, for each objective, the share of worlds and scenarios in which it has enough
(satisficing, a measure of robustness: Herman et al. 2015). Every candidate tried is remembered.
From all of them a front is kept on a grid (epsilon-dominance: Laumanns et al. 2002), and only that
front and the case's own postures are then run in worlds that the search has not seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from tightrope.analyses import objectives
from tightrope.arguments import GENERATIONS, POPULATION, POSTURE_RULES, check_numbers
from tightrope.case import Case, Condition, Instrument, Posture, Regime, Rule, Span
from tightrope.case.named import find
from tightrope.engine.ensemble import Progress, Watch, no_watch, silent
from tightrope.engine.kernel import Model, positions
from tightrope.engine.labelled import outcome_unit
from tightrope.engine.worlds import Sample
from tightrope.errors import Place, UseError
from tightrope.text.notebook import Told
from tightrope.text.plain import bold, bullets, code, inline, markdown_table
from tightrope.text.table import csv_text
from tightrope.text.wording import counted, lowered, percent

# The defaults (see `arguments`): at most 1,176 candidates in 128 worlds and eight scenarios of 20
# quarters are 24 million world-quarters, two to four minutes on two cores. On the Kabul case the
# front's hypervolume stays within two thousandths from the twelfth generation on;
# `SearchResult.course` shows it.

FEWEST = 2
"""Worlds that an interval needs."""

GRAIN = 0.02
"""The front's grid, as a share of worlds and scenarios: about the standard error of a share in the
training worlds, so finer differences would be chance."""

SLACK = 0.005
"""Losing less than half a point in the training worlds counts as losing nothing: chance moves a
difference of shares by more."""

HIGH, LOW = 0.75, 0.25
"""Mean positions from and up to which another actor's conduct counts as high and as low."""

FREE = "free"

SCORES = ("posture", "kind", "objective", "label", "train", "test", "low", "high", "optimism",
          "level_train", "level_test", "unit")  # fmt: skip
FRONT = ("posture", "words", "rules", "fails_train", "fails_test", "optimism", "stands")
GAINS = ("posture", "objective", "label", "by", "train", "gain", "low", "high", "loses", "loss",
         "loss_low", "loss_high")  # fmt: skip
NAMED = ("posture", "label", "fails_train", "fails_test", "dominated_by", "nearest", "distance",
         "by", "words")  # fmt: skip
COURSE = ("generation", "tried", "front", "hypervolume")


# ---------------------------------------------------------------- candidates


@dataclass(frozen=True)
class Space:
    """What candidates are made of.

    A candidate is a row of whole numbers: for each instrument a level or, one past the last, free
    choice; then for each rule a condition (one past the last: no rule) and an action.

    Attributes:
        rules: so many rules at most.
        actions: (instrument, level) pairs by index.
    """

    instruments: tuple[Instrument, ...]
    conditions: tuple[Condition, ...]
    rules: int

    @property
    def actions(self) -> tuple[tuple[int, int], ...]:
        return tuple((i, n) for i, one in enumerate(self.instruments) for n in range(_size(one)))

    @property
    def choices(self) -> np.ndarray:
        """How many values each number may have."""
        own = [_size(i) + 1 for i in self.instruments]
        return np.array([*own, *[len(self.conditions) + 1, len(self.actions)] * self.rules])


def _size(instrument: Instrument) -> int:
    return len(instrument.levels)


def space_of(case: Case, rules: int = POSTURE_RULES) -> Space:
    """The focal actor's instruments, and what its rules may look at.

    That is: every regime at least at each level above its lowest; every instrument of another actor
    last seen high or low; and whatever the rules of the case's own postures look at.

    Raises UseError where the focal actor has no instruments.
    """
    own = tuple(i for a in case.actors if a.name == case.focal for i in a.instruments)
    if not own:
        raise UseError(f"the case {case.name} has no instruments of an actor in focus to search")
    check_numbers(rules=rules)
    found = [
        Condition(regime.name, "at least", at)
        for regime in case.regimes
        for at in positions(regime)[1:]
    ]
    others = [i for i in case.instruments if i not in own]
    found += [Condition(i.name, "at least", HIGH) for i in others]
    found += [Condition(i.name, "at most", LOW) for i in others]
    found += [c for p in case.postures for rule in p.rules for c in rule.when]
    return Space(own, tuple(dict.fromkeys(found)), rules)


def tidy(space: Space, genes: np.ndarray) -> np.ndarray:
    """The same candidate in its plainest form, so that what is the same looks the same.

    Rules that change nothing go, the others stand in a fixed order, empty places last. A later rule
    goes before an earlier one of the same instrument, so the order of those is kept.
    """
    count = len(space.instruments)
    base = genes[:count]
    kept: list[tuple[int, int, int]] = []
    for condition, action in genes[count:].reshape(-1, 2):
        if condition == len(space.conditions):
            continue
        instrument, level = space.actions[action]
        kept = [rule for rule in kept if rule[:2] != (instrument, condition)]
        if base[instrument] == level and all(rule[0] != instrument for rule in kept):
            continue
        kept.append((instrument, int(condition), int(action)))
    ordered = sorted(kept, key=lambda rule: rule[0])
    pairs = [(condition, action) for _, condition, action in ordered]
    pairs += [(len(space.conditions), 0)] * (space.rules - len(pairs))
    return np.array([*base, *(n for pair in pairs for n in pair)], int)


def posture_of(space: Space, case: Case, genes: np.ndarray, name: str) -> Posture:
    """A candidate as a posture of the case, with its meaning in words."""
    count = len(space.instruments)
    chosen = zip(space.instruments, genes[:count], strict=True)
    settings = {i.name: (Span(1, None, i.levels[n]),) for i, n in chosen if n < _size(i)}
    rules: list[Rule] = []
    for condition, action in genes[count:].reshape(-1, 2):
        if condition < len(space.conditions):
            instrument, level = space.actions[action]
            own = space.instruments[instrument]
            when, then = (space.conditions[condition],), {own.name: own.levels[level]}
            same = [n for n, rule in enumerate(rules) if rule.when == when]
            # A later rule of the same instrument has to stay behind the earlier one.
            if same and all(own.name not in rule.settings for rule in rules):
                rules[same[0]] = Rule(when, {**rules[same[0]].settings, **then})
            else:
                rules.append(Rule(when, then))
    made = Posture(name, _capital(name), "", settings, tuple(rules), Place("front.yaml", 1))
    return replace(made, meaning=in_words(case, made))


def genes_of(space: Space, posture: Posture) -> np.ndarray:
    """The candidate nearest to a posture, from which the search sets out among others.

    A mix becomes its largest share, spans become their first value, and rules beyond the places for
    them are left out.
    """
    base = []
    for one in space.instruments:
        spans = posture.settings.get(one.name)
        base.append(one.levels.index(_level(spans[0].value)) if spans else _size(one))
    pairs = [
        (space.conditions.index(rule.when[0]), space.actions.index((i, one.levels.index(level))))
        for rule in posture.rules
        for i, one in enumerate(space.instruments)
        if one.name in rule.settings and len(rule.when) == 1
        for level in [_level(rule.settings[one.name])]
    ][: space.rules]
    pairs += [(len(space.conditions), 0)] * (space.rules - len(pairs))
    return tidy(space, np.array([*base, *(n for pair in pairs for n in pair)], int))


def _level(value: object) -> str:
    return max(value, key=lambda k: value[k]) if isinstance(value, Mapping) else str(value)


def _drawn(space: Space, rng: np.random.Generator, rows: int) -> np.ndarray:
    """Numbers drawn evenly, but no rule half of the time; shape (rows, numbers)."""
    genes = rng.integers(0, space.choices, (rows, len(space.choices)))
    if space.rules:
        at = slice(len(space.instruments), None, 2)
        none = rng.random((rows, space.rules)) < 0.5
        genes[:, at] = np.where(none, len(space.conditions), genes[:, at])
    return genes


# ---------------------------------------------------------------- judging


@dataclass(frozen=True, eq=False, repr=False)
class Judged(Told):
    """How postures do in a sample of worlds (N postures, O objectives, W worlds).

    Attributes:
        satisfied: share of scenarios in which an objective has enough; (N, O, W).
        level: mean of what the objective looks at, in display units; (N, O).
        fails: share of scenarios in which a vital objective has not enough; (N, W).
    """

    satisfied: np.ndarray
    level: np.ndarray
    fails: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Share of worlds and scenarios; (N, O)."""
        shares: np.ndarray = self.satisfied.mean(axis=2)
        return shares


def judge(
    model: Model,
    postures: Sequence[Posture],
    sample: Sample,
    scenarios: Sequence[str],
    quarters: int,
    progress: Progress = silent,
) -> Judged:
    """Run postures under every scenario in every world; scenarios count alike."""
    end, start = objectives.of_postures(model, postures, scenarios, sample, quarters, progress)
    ok = objectives.satisfied(model.case, end, start)
    return Judged(
        satisfied=ok.mean(axis=1),
        level=end.mean(axis=(1, 3)),
        fails=objectives.fails(model.case, ok).mean(axis=1),
    )


def undominated(scores: np.ndarray) -> np.ndarray:
    """Rows that no other row beats (nowhere lower, somewhere higher); (N, O) -> (N,) of bools."""
    best = np.ones(len(scores), bool)
    for i, row in enumerate(scores):
        if best[i]:
            best &= ~((scores <= row).all(axis=1) & (scores < row).any(axis=1))
    return best


def thinned(scores: np.ndarray, rules: np.ndarray, grain: float = GRAIN) -> np.ndarray:
    """Rows of a front on a grid, in ascending order.

    No row left out beats all rows kept by more than `grain` in any objective: for each there is one
    kept that is less than `grain` below it everywhere. Of rows in the same cell the one with the
    highest sum is kept, of equal ones that with fewer rules.
    """
    cells = np.floor(scores / grain + 1e-6)
    order = np.lexsort((rules, -scores.sum(axis=1).round(9)))
    _, first = np.unique(cells[order], axis=0, return_index=True)
    alone = np.sort(order[first])
    kept: np.ndarray = alone[undominated(cells[alone])]
    return kept


# ---------------------------------------------------------------- the search


def available() -> bool:
    """Whether the library that breeds candidates is installed (the extra `analysis`)."""
    try:
        import pymoo  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


def need() -> None:
    """Raise UseError where pymoo is not installed."""
    if not available():
        raise UseError(
            "the posture search needs pymoo; allowed: to install the extra analysis, "
            "as in: pip install 'tightrope[analysis]'"
        )


def breed(
    space: Space,
    score: Callable[[np.ndarray], np.ndarray],
    first: np.ndarray,
    *,
    count: int,
    population: int,
    generations: int,
    seed: int,
    each: Callable[[int], None],
) -> None:
    """Breed candidates by NSGA-III; whoever wants them remembers what `score` was given.

    Args:
        score: from candidates, one a row, to what is maximised, between 0 and 1; (N, count).
        first: candidates to set out from beside random ones.
        each: called after each generation with its number.

    Raises:
        UseError: pymoo is not installed.
    """
    need()
    from pymoo.algorithms.moo.nsga3 import NSGA3  # noqa: PLC0415  (heavy, and an extra)
    from pymoo.core.mutation import Mutation  # noqa: PLC0415
    from pymoo.core.problem import Problem  # noqa: PLC0415
    from pymoo.core.repair import Repair  # noqa: PLC0415
    from pymoo.operators.crossover.ux import UniformCrossover  # noqa: PLC0415
    from pymoo.util.ref_dirs import get_reference_directions  # noqa: PLC0415

    class Posed(Problem):  # type: ignore[misc, unused-ignore]
        def _evaluate(self, x: np.ndarray, out: dict[str, Any], *_: Any, **__: Any) -> None:
            out["F"] = 1.0 - score(x)

    class Redraw(Mutation):  # type: ignore[misc, unused-ignore]
        def _do(self, _: Any, x: np.ndarray, random_state: Any = None, **__: Any) -> np.ndarray:
            new = random_state.random(x.shape) < 1.0 / x.shape[1]
            return np.where(new, _drawn(space, random_state, len(x)), x)

    class Tidied(Repair):  # type: ignore[misc, unused-ignore]
        def _do(self, _: Any, x: np.ndarray, **__: Any) -> np.ndarray:
            return np.array([tidy(space, row) for row in x])

    rng = np.random.default_rng(seed)
    start = [*first, *(tidy(space, row) for row in _drawn(space, rng, 4 * population))]
    distinct = np.array(list(dict.fromkeys(tuple(row) for row in start)))
    algorithm = NSGA3(
        # Spread evenly for any number of objectives (Blank et al. 2021), one to a candidate.
        get_reference_directions("energy", count, population, seed=seed),
        pop_size=population,
        sampling=distinct[:population],
        crossover=UniformCrossover(),
        mutation=Redraw(),
        repair=Tidied(),
        eliminate_duplicates=True,
    )
    posed = Posed(n_var=len(space.choices), n_obj=count, xl=0, xu=space.choices - 1, vtype=int)
    algorithm.setup(posed, termination=("n_gen", generations), seed=seed)
    generation = 0
    while algorithm.has_next():
        algorithm.next()
        generation += 1
        each(generation)


@dataclass(frozen=True, eq=False, repr=False)
class SearchResult(Told):
    """A front of postures, and the case's own postures beside it.

    Shares are of worlds and scenarios in which an objective has enough, between 0 and 1; `train` in
    the worlds the search was made on, `test` in worlds it had not seen.

    Attributes:
        postures: the front, fewest failures in the training worlds first.
        scores: a row for each posture (`kind` front or named) and objective: shares with a 95 %
            interval of `test`, `optimism` (train minus test), the mean level of what the objective
            looks at in its `unit`; see `SCORES`.
        front: a row for each member: in words, how many rules, share of failures, mean optimism,
            and whether it still `stands` (is beaten by no other member in the test worlds).
        named: a row for each posture of the case: members that beat it in the test worlds; the
            `nearest` member, chosen on the training worlds, and its `distance`, what it gains in
            its weakest objective in the test worlds (negative: what it gives up); `words`, and the
            member `by` which they speak of.
        gains: for each posture and objective the member that, in the training worlds, gains most
            in it and loses nothing elsewhere (see SLACK); `gain` and its interval, and the largest
            loss elsewhere, are paired differences in the test worlds. Without such a member `by`
            is empty.
        course: what the search had found after each generation; `hypervolume` is that of the front,
            of all shares at once, between 0 and 1 (the grid makes it drop a little at times).
        words: sentences that say what came out.
    """

    case: Case
    scenarios: tuple[str, ...]
    quarters: int
    rule: str
    seed: int
    train: int
    test: int
    tried: int
    postures: tuple[Posture, ...]
    scores: pd.DataFrame
    front: pd.DataFrame
    named: pd.DataFrame
    gains: pd.DataFrame
    course: pd.DataFrame
    words: tuple[str, ...]

    def in_short(self) -> tuple[str, Sequence[str]]:
        return f"Postures searched for {self.case.title}", self.words


def split(sample: Sample, worlds: int, unseen: int) -> tuple[Sample, Sample]:
    """Training and test worlds out of one sample, in this proportion where it is smaller."""
    total = len(sample.indices)
    cut = worlds if total >= worlds + unseen else total * worlds // (worlds + unseen)
    if not 0 < cut < total:
        raise UseError(
            f"worlds: found {total} to be split; allowed: at least one to search on and one to "
            "judge on"
        )
    return sample.pick(np.arange(cut)), sample.pick(np.arange(cut, min(total, cut + unseen)))


def check_size(case: Case, quarters: int, unseen: int, population: int) -> None:
    """Raises UseError for fewer quarters, worlds or postures than a search needs."""
    objectives.check_quarters(quarters)
    if unseen < FEWEST:
        raise UseError(
            f"unseen worlds: found {unseen}; allowed: at least {FEWEST}, as every share and gain "
            "is given with an interval"
        )
    goals = len(objectives.objectives_of(case))
    if population < goals:
        raise UseError(
            f"population: found {population}; allowed: at least {goals}, one for each objective"
        )


def run(
    model: Model,
    *,
    train: Sample,
    test: Sample,
    scenarios: Sequence[str] = (),
    quarters: int = 20,
    population: int = POPULATION,
    generations: int = GENERATIONS,
    rules: int = POSTURE_RULES,
    grain: float = GRAIN,
    seed: int = 0,
    watch: Watch = no_watch,
) -> SearchResult:
    """Search postures on `train`, then run the front and the case's postures on `test`.

    Args:
        scenarios: all of the case's where none is named.
        rules: so many reactive rules in a candidate at most.
        grain: of the front, see `thinned`.

    Raises:
        UseError: no objectives, no instruments, a scenario that is not there, worlds that are in
            both samples, or pymoo is not installed.
    """
    check_numbers(quarters=quarters, population=population, generations=generations, seed=seed)
    case = model.case
    goals = objectives.objectives_of(case)
    chosen = tuple(find(case.scenarios, s, "scenario").name for s in scenarios) or tuple(
        s.name for s in case.scenarios
    )
    check_size(case, quarters, len(test.indices), population)
    if train.seed == test.seed and np.intersect1d(train.indices, test.indices).size:
        raise UseError("a world is in both samples; allowed: test worlds that training leaves out")
    space = space_of(case, rules)
    seen: dict[tuple[int, ...], np.ndarray] = {}
    course: list[tuple[int, int, int, float]] = []

    def score(rows: np.ndarray) -> np.ndarray:
        new = list(dict.fromkeys(k for row in rows if (k := tuple(map(int, row))) not in seen))
        if new:
            tried = [posture_of(space, case, np.array(k), f"c{i}") for i, k in enumerate(new)]
            shares = judge(model, tried, train, chosen, quarters).shares
            seen.update(zip(new, shares, strict=True))
        return np.array([seen[tuple(map(int, row))] for row in rows])

    def each(generation: int) -> None:
        scores, _ = _front(space, seen, grain)
        course.append((generation, len(seen), len(scores), _hypervolume(scores)))
        watch("search", generation, generations)

    watch("search", 0, generations)
    first = np.array([genes_of(space, p) for p in case.postures])
    breed(
        space, score, first, count=len(goals), population=population, generations=generations,
        seed=seed, each=each,
    )  # fmt: skip
    _, keys = _front(space, seen, grain)
    made = [posture_of(space, case, np.array(k), f"c{i}") for i, k in enumerate(keys)]
    trained = judge(model, [*made, *case.postures], train, chosen, quarters)
    order = np.argsort(trained.fails[: len(made)].mean(axis=1), kind="stable")
    trained = _picked(
        trained, np.array([*order, *range(len(made), len(made) + len(case.postures))])
    )
    width = len(str(len(made)))
    taken = {p.name for p in case.postures}
    prefix = "front" if not any(n.startswith("front-") for n in taken) else "searched"
    front = tuple(
        posture_of(space, case, np.array(keys[k]), f"{prefix}-{i:0{width}d}")
        for i, k in enumerate(order, start=1)
    )
    tested = judge(
        model, [*front, *case.postures], test, chosen, quarters,
        lambda done, total: watch("worlds not seen", done, total),
    )  # fmt: skip
    gains = _gains(case, front, trained, tested)
    named = _named(case, front, trained, tested, gains)
    scores = _scores(case, front, trained, tested)
    table = _front_table(case, front, trained, tested)
    return SearchResult(
        case=case,
        scenarios=chosen,
        quarters=quarters,
        rule=model.rule,
        seed=seed,
        train=len(train.indices),
        test=len(test.indices),
        tried=len(seen),
        postures=front,
        scores=scores,
        front=table,
        named=named,
        gains=gains,
        course=pd.DataFrame(course, columns=list(COURSE)),
        words=tuple(
            _sentences(scores, table, named, case.advice, len(seen), len(test.indices), chosen)
        ),
    )


def _front(
    space: Space, seen: Mapping[tuple[int, ...], np.ndarray], grain: float
) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """The front of all that was tried: scores, and candidates."""
    keys = list(seen)
    scores = np.array([seen[k] for k in keys])
    at = slice(len(space.instruments), None, 2)
    rules = np.array([sum(c < len(space.conditions) for c in k[at]) for k in keys])
    kept = thinned(scores, rules, grain)
    return scores[kept], [keys[i] for i in kept]


def _hypervolume(scores: np.ndarray) -> float:
    from pymoo.indicators.hv import HV  # noqa: PLC0415  (heavy, and an extra)

    return float(HV(ref_point=np.ones(scores.shape[1]))(1.0 - scores))


def _picked(judged: Judged, rows: np.ndarray) -> Judged:
    return Judged(judged.satisfied[rows], judged.level[rows], judged.fails[rows])


# ---------------------------------------------------------------- tables


def _interval(worlds: np.ndarray) -> tuple[float, float, float]:
    """Mean over worlds of shares, or of their differences, with its 95 % interval.

    Worlds are independent, scenarios in one are not.
    """
    mean = float(worlds.mean())
    half = 1.96 * float(worlds.std(ddof=1)) / float(np.sqrt(worlds.size))
    return mean, max(mean - half, -1.0), min(mean + half, 1.0)


def _scores(case: Case, front: Sequence[Posture], train: Judged, test: Judged) -> pd.DataFrame:
    rows = []
    for p, posture in enumerate((*front, *case.postures)):
        kind = "front" if p < len(front) else "named"
        for o, goal in enumerate(case.objectives):
            before = float(train.satisfied[p, o].mean())
            after, low, high = _interval(test.satisfied[p, o])
            rows.append(
                (posture.name, kind, goal.name, goal.label, before, after, max(low, 0.0),
                 min(high, 1.0), before - after, float(train.level[p, o]), float(test.level[p, o]),
                 outcome_unit(case, goal.outcome))
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(SCORES))


def _front_table(case: Case, front: Sequence[Posture], train: Judged, test: Judged) -> pd.DataFrame:
    count = len(front)
    stands = undominated(test.shares[:count])
    optimism = (train.shares - test.shares)[:count].mean(axis=1)
    rows = [
        (p.name, p.meaning, len(p.rules), float(train.fails[i].mean()), float(test.fails[i].mean()),
         float(optimism[i]), bool(stands[i]))
        for i, p in enumerate(front)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(FRONT))


def _gains(case: Case, front: Sequence[Posture], train: Judged, test: Judged) -> pd.DataFrame:
    """See `SearchResult.gains`. Members are chosen on training worlds and read on test worlds."""
    count, goals = len(front), case.objectives
    rows: list[tuple[Any, ...]] = []
    for n, posture in enumerate(case.postures, start=count):
        ahead = train.shares[:count] - train.shares[n]
        for o, goal in enumerate(goals):
            others = [k for k in range(len(goals)) if k != o]
            free = (ahead[:, others] >= -SLACK).all(axis=1) & (ahead[:, o] > SLACK)
            if not free.any():
                rows.append((posture.name, goal.name, goal.label, "", *[np.nan] * 4, "",
                             *[np.nan] * 3))  # fmt: skip
                continue
            f = int(np.argmax(np.where(free, ahead[:, o], -np.inf)))
            paired = [_interval(test.satisfied[f, k] - test.satisfied[n, k])
                      for k in range(len(goals))]  # fmt: skip
            worst = min(others, key=lambda k: paired[k][0]) if others else o
            loss = paired[worst] if others else (0.0, 0.0, 0.0)
            rows.append(
                (posture.name, goal.name, goal.label, front[f].name, float(ahead[f, o]), *paired[o],
                 goals[worst].label, *loss)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(GAINS))


def _named(
    case: Case, front: Sequence[Posture], train: Judged, test: Judged, gains: pd.DataFrame
) -> pd.DataFrame:
    count = len(front)
    rows = []
    for n, posture in enumerate(case.postures, start=count):
        ahead = test.shares[:count] - test.shares[n]
        beats = (ahead >= 0).all(axis=1) & (ahead > 0).any(axis=1)
        nearest = int(np.argmax((train.shares[:count] - train.shares[n]).min(axis=1)))
        distance = float(ahead[nearest].min())
        own = gains[(gains["posture"] == posture.name) & (gains["by"] != "")]
        rows.append(
            (posture.name, posture.label, float(train.fails[n].mean()), float(test.fails[n].mean()),
             ", ".join(p.name for p, better in zip(front, beats, strict=True) if better),
             front[nearest].name, distance,
             front[nearest].name if own.empty else own.loc[own["train"].idxmax(), "by"],
             _posture_words(case, posture, own, front[nearest].name, ahead[nearest]))
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(NAMED))


def points(share: float) -> str:
    """A difference of shares in points of 100, with one decimal and no minus zero."""
    text = f"{100 * share:.1f}"
    return "0.0" if text == "-0.0" else text


def _posture_words(
    case: Case, posture: Posture, own: pd.DataFrame, nearest: str, ahead: np.ndarray
) -> str:
    if own.empty:
        worst, best = int(np.argmin(ahead)), int(np.argmax(ahead))
        if not np.abs(ahead).max() >= 0.0005:
            return f"{posture.label}: the search found nothing better; {nearest} does the same."
        return (
            f"{posture.label}: nothing was found that is better in one objective and no worse in "
            f"the others. The nearest, {nearest}, gives up {points(max(-ahead[worst], 0))} worlds "
            f"in a hundred in {lowered(case.objectives[worst].label)} and gains "
            f"{points(max(ahead[best], 0.0))} in {lowered(case.objectives[best].label)}."
        )
    best_row = own.loc[own["train"].idxmax()]
    gain, low, high = (points(best_row[k]) for k in ("gain", "low", "high"))
    loss = best_row["loss"]
    cost = "and loses nothing elsewhere"
    if loss < -0.0005:
        sure = "" if best_row["loss_high"] < 0 else ", which may be chance"
        cost = f"but loses {points(-loss)} in {lowered(best_row['loses'])}{sure}"
    return (
        f"{posture.label}: {best_row['by']} has enough {lowered(best_row['label'])} in {gain} more "
        f"worlds of a hundred ({low} to {high}) {cost}."
    )


def _sentences(
    scores: pd.DataFrame,
    front: pd.DataFrame,
    named: pd.DataFrame,
    advice: str,
    tried: int,
    worlds: int,
    scenarios: Sequence[str],
) -> Iterator[str]:
    left = "1 is" if len(front) == 1 else f"{len(front)} are"
    each = ": each gives something up wherever another does better" if len(front) > 1 else ""
    yield (
        f"{counted(tried, 'posture')} {'was' if tried == 1 else 'were'} tried and {left} left on "
        f"the front{each}."
    )
    ours = scores[scores["kind"] == "front"]["optimism"]
    theirs = scores[scores["kind"] == "named"]["optimism"]
    yield (
        f"In {counted(worlds, 'world')} that the search had not seen "
        f"({counted(len(scenarios), 'scenario')} each) the "
        f"front does {_beside(ours.mean())} on average beside the worlds it was found in; postures "
        f"that were not searched for do {_beside(theirs.mean())}."
        + (f" Still beaten by no other: {int(front['stands'].sum())} of {len(front)}."
           if len(front) > 1 else "")
    )  # fmt: skip
    yield from named["words"]
    for row in named[named["posture"] == advice].to_dict("records"):
        own = front.loc[front["posture"] == row["by"], "words"]
        yield from (f"{row['by']} is: {words}" for words in own)


def _beside(optimism: float) -> str:
    size = points(abs(optimism))
    if size == "0.0":
        return "the same"
    return f"{size} worlds in a hundred {'worse' if optimism > 0 else 'better'}"


# ---------------------------------------------------------------- words


def in_words(case: Case, posture: Posture) -> str:
    """A posture's settings and rules in plain words."""
    own = [i for a in case.actors if a.name == case.focal for i in a.instruments]
    set_to = [
        f"{lowered(i.label)} {_level(posture.settings[i.name][0].value)}"
        for i in own
        if i.name in posture.settings
    ]
    open_ = [lowered(i.label) for i in own if i.name not in posture.settings]
    parts = [", ".join(set_to)] if set_to else []
    parts += ["free choice of " + ", ".join(open_)] if open_ else []
    said = _capital("; ".join(parts)) + "."
    for rule in posture.rules:
        when = " and ".join(condition_words(case, c) for c in rule.when)
        labels = {i.name: lowered(i.label) for i in own}
        then = ", ".join(f"{labels[n]} {_level(v)}" for n, v in rule.settings.items())
        said += f" While {when}: {then}."
    return said


def condition_words(case: Case, condition: Condition) -> str:
    """What a rule looks at, in words."""
    name, comparison, threshold = condition.name, condition.comparison, condition.threshold
    for regime in case.regimes:
        if regime.name == name:
            return f"{regime.label} is {comparison} {_regime_level(regime, threshold)}"
    for instrument in case.instruments:
        if instrument.name == name:
            label = lowered(instrument.label)
            if (comparison, threshold) == ("at least", HIGH):
                return f"{label} last stood near {instrument.levels[-1]}"
            if (comparison, threshold) == ("at most", LOW):
                return f"{label} last stood near {instrument.levels[0]}"
            return f"{label} last stood {comparison} {threshold:g}"
    labels = {v.name: lowered(v.label) for v in case.variables}
    labels |= {d.name: lowered(d.label) for d in case.derived}
    labels |= {q.name: lowered(q.label) for q in case.quantities}
    return f"{labels[name]} is {comparison} {threshold:g}"


def _regime_level(regime: Regime, threshold: float) -> str:
    at = positions(regime)
    gaps = np.abs(np.array(at) - threshold)
    return regime.levels[int(gaps.argmin())] if gaps.min() < 1e-9 else f"{threshold:g}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ---------------------------------------------------------------- files


def yaml(case: Case, postures: Sequence[Posture]) -> str:
    """Postures as the case's postures.yaml has them: to be pasted there, and read back."""
    return "\n".join(line for p in postures for line in _yaml_lines(case, p)) + "\n"


def _yaml_lines(case: Case, posture: Posture) -> Iterator[str]:
    # JSON's strings are YAML's double-quoted ones.
    text = json.dumps
    yield f"{posture.name}:"
    yield f"  label: {text(posture.label, ensure_ascii=False)}"
    yield f"  meaning: {text(posture.meaning, ensure_ascii=False)}"
    if posture.settings:
        yield "  set:"
        for name, spans in posture.settings.items():
            yield f"    {name}: {text(_level(spans[0].value))}"
    if posture.rules:
        yield "  rules:"
        for rule in posture.rules:
            when = ", ".join(f"{c.name}: {_yaml_condition(case, c)}" for c in rule.when)
            then = ", ".join(f"{n}: {text(_level(v))}" for n, v in rule.settings.items())
            yield f"    - when: {{{when}}}"
            yield f"      then: {{{then}}}"


def _yaml_condition(case: Case, condition: Condition) -> str:
    threshold: str = repr(float(condition.threshold))
    for regime in case.regimes:
        if regime.name == condition.name:
            level = _regime_level(regime, condition.threshold)
            threshold = level if level in regime.levels else threshold
    return json.dumps(f"{condition.comparison} {threshold}")


def files(found: SearchResult, command: str) -> dict[str, str]:
    """The result as texts by file name."""
    about = {
        "case": found.case.name,
        "case_hash": found.case.hash,
        "command": command,
        "scenarios": found.scenarios,
        "quarters": found.quarters,
        "rule": found.rule,
        "seed": found.seed,
        "train_worlds": found.train,
        "test_worlds": found.test,
        "tried": found.tried,
    }
    return {
        "scores.csv": csv_text(found.scores),
        "front.csv": csv_text(found.front),
        "front.yaml": yaml(found.case, found.postures),
        "named.csv": csv_text(found.named),
        "gains.csv": csv_text(found.gains),
        "course.csv": csv_text(found.course),
        "search.md": "\n".join(_lines(found, command)) + "\n",
        "run.json": json.dumps(about, indent=2) + "\n",
    }


def shown(found: SearchResult) -> list[str]:
    """Postures for a short table: the case's own, members named in words, the best of each goal."""
    test = found.scores.pivot(index="posture", columns="objective", values="test")
    members = [p.name for p in found.postures]
    said = [*found.named["by"], members[0]]
    said += [str(test.loc[members, o.name].idxmax()) for o in found.case.objectives]
    return [*(p.name for p in found.case.postures), *(m for m in members if m in said)]


def _lines(found: SearchResult, command: str) -> Iterator[str]:
    case = found.case
    yield f"# Postures searched for {inline(case.title)}"
    yield ""
    yield (
        f"Made by {code(command)}; case hash `{case.hash}`. A number is the share of worlds and "
        "scenarios (%) in which an objective has enough at the end of the run, in worlds that the "
        "search has not seen; *fails* is the share in which a vital objective has not enough. "
        f"Conduct *near* a level: within {percent(LOW)} of the scale from it in the last quarter. "
        f"Scenarios: {', '.join(found.scenarios)}. The whole front is in front.csv, and as "
        "postures to paste into postures.yaml in front.yaml."
    )
    yield ""
    yield from bullets(found.words)
    yield ""
    heads = ["posture", *(o.label for o in case.objectives), "fails"]
    yield from markdown_table(heads, table(found), numbers=range(1, len(heads)))
    yield ""
    yield "## The front in words"
    yield ""
    for row in found.front.to_dict("records"):
        yield f"- {bold(row['posture'])} {inline(row['words'])}"


def table(found: SearchResult) -> list[list[str]]:
    """Rows of a short table: posture, percentages in the test worlds, percentage of failures."""
    test = found.scores.pivot(index="posture", columns="objective", values="test")
    failed = {
        **dict(zip(found.front["posture"], found.front["fails_test"], strict=True)),
        **dict(zip(found.named["posture"], found.named["fails_test"], strict=True)),
    }
    return [
        [name, *(f"{100 * test.loc[name, o.name]:.0f}" for o in found.case.objectives),
         f"{100 * failed[name]:.0f}"]
        for name in shown(found)
    ]  # fmt: skip
