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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tightrope.analyses import objectives
from tightrope.analyses.intervals import paired
from tightrope.analyses.record.evidence import runs_of
from tightrope.analyses.search.options import Options, check_size, need, own_instruments
from tightrope.arguments import (
    GENERATIONS,
    POPULATION,
    POSTURE_RULES,
    check_numbers,
    known_rule,
)
from tightrope.case import Case, Condition, Instrument, Posture, Rule, Scenario, Span
from tightrope.case.named import chosen
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.labelled import outcome_unit
from tightrope.engine.names import positions
from tightrope.engine.progress import Progress, Watch, no_watch, silent
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import Sample
from tightrope.errors import Place, UseError
from tightrope.text.notebook import told
from tightrope.text.wording import counted

# The defaults (see `arguments`): at most 1,176 candidates in 128 worlds and eight scenarios of 20
# quarters are 24 million world-quarters, two to four minutes on two cores. On the Kabul case the
# front's hypervolume stays within two thousandths from the twelfth generation on;
# `SearchResult.course` shows it.

GRAIN = 0.02
"""The front's grid, as a share of worlds and scenarios: about the standard error of a share in the
training worlds, so finer differences would be chance."""

SLACK = 0.005
"""Losing less than half a point in the training worlds counts as losing nothing: chance moves a
difference of shares by more."""

HIGH, LOW = 0.75, 0.25
"""Mean positions from and up to which another actor's conduct counts as high and as low."""

SCORES = ("posture", "kind", "objective", "label", "train", "test", "low", "high", "optimism",
          "level_train", "level_test", "unit")  # fmt: skip
FRONT = ("posture", "rules", "fails_train", "fails_test", "optimism", "stands")
GAINS = ("posture", "objective", "label", "by", "train", "gain", "low", "high", "loses", "loss",
         "loss_low", "loss_high")  # fmt: skip
NAMED = ("posture", "label", "fails_train", "fails_test", "dominated_by", "nearest", "distance",
         "by")  # fmt: skip
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
    own = own_instruments(case)
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


def posture_of(space: Space, genes: np.ndarray, name: str) -> Posture:
    """A candidate as a posture of the case; what it means is put in words where it is told."""
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
    label = name[:1].upper() + name[1:]
    return Posture(name, label, "", settings, tuple(rules), Place("front.yaml", 1))


def genes_of(space: Space, posture: Posture) -> np.ndarray:
    """The candidate nearest to a posture, from which the search sets out among others.

    A mix becomes its largest share, spans become their first value, and rules beyond the places for
    them are left out.
    """
    base = []
    for one in space.instruments:
        spans = posture.settings.get(one.name)
        base.append(one.levels.index(level_of(spans[0].value)) if spans else _size(one))
    pairs = [
        (space.conditions.index(rule.when[0]), space.actions.index((i, one.levels.index(level))))
        for rule in posture.rules
        for i, one in enumerate(space.instruments)
        if one.name in rule.settings and len(rule.when) == 1
        for level in [level_of(rule.settings[one.name])]
    ][: space.rules]
    pairs += [(len(space.conditions), 0)] * (space.rules - len(pairs))
    return tidy(space, np.array([*base, *(n for pair in pairs for n in pair)], int))


def level_of(value: object) -> str:
    """The level that a setting is at, of a mix the one it is at most often."""
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


@told
@dataclass(frozen=True, eq=False, repr=False)
class Judged:
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
    runs: Runs,
    postures: Sequence[Posture],
    scenarios: Sequence[Scenario],
    progress: Progress = silent,
) -> Judged:
    """Run postures under every scenario in every world; scenarios count alike."""
    case = runs.model.case
    end, start = objectives.of_postures(runs, postures, scenarios, progress)
    ok = objectives.satisfied(case, end, start)
    return Judged(
        satisfied=ok.mean(axis=1),
        level=end.mean(axis=(1, 3)),
        fails=objectives.fails(case, ok).mean(axis=1),
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
    from pymoo.operators.crossover.ux import UniformCrossover  # noqa: PLC0415
    from pymoo.util.ref_dirs import get_reference_directions  # noqa: PLC0415

    rng = np.random.default_rng(seed)
    start = [*first, *(tidy(space, row) for row in _drawn(space, rng, 4 * population))]
    distinct = np.array(list(dict.fromkeys(tuple(row) for row in start)))
    algorithm = NSGA3(
        # Spread evenly for any number of objectives (Blank et al. 2021), one to a candidate.
        get_reference_directions("energy", count, population, seed=seed),
        pop_size=population,
        sampling=distinct[:population],
        crossover=UniformCrossover(),
        mutation=_redraw(space),
        repair=_tidied(space),
        eliminate_duplicates=True,
    )
    algorithm.setup(_posed(space, score, count), termination=("n_gen", generations), seed=seed)
    generation = 0
    while algorithm.has_next():
        algorithm.next()
        generation += 1
        each(generation)


def _posed(space: Space, score: Callable[[np.ndarray], np.ndarray], count: int) -> Any:
    """The problem as pymoo has it, which makes small what it is given."""
    from pymoo.core.problem import Problem  # noqa: PLC0415  (heavy, and an extra)

    class Posed(Problem):  # type: ignore[misc, unused-ignore]
        def _evaluate(self, x: np.ndarray, out: dict[str, Any], *_: Any, **__: Any) -> None:
            out["F"] = 1.0 - score(x)

    return Posed(n_var=len(space.choices), n_obj=count, xl=0, xu=space.choices - 1, vtype=int)


def _redraw(space: Space) -> Any:
    """Mutation: on average one number of a candidate is drawn anew."""
    from pymoo.core.mutation import Mutation  # noqa: PLC0415  (heavy, and an extra)

    class Redraw(Mutation):  # type: ignore[misc, unused-ignore]
        def _do(self, _: Any, x: np.ndarray, random_state: Any = None, **__: Any) -> np.ndarray:
            new = random_state.random(x.shape) < 1.0 / x.shape[1]
            return np.where(new, _drawn(space, random_state, len(x)), x)

    return Redraw()


def _tidied(space: Space) -> Any:
    """Every candidate in its plainest form."""
    from pymoo.core.repair import Repair  # noqa: PLC0415  (heavy, and an extra)

    class Tidied(Repair):  # type: ignore[misc, unused-ignore]
        def _do(self, _: Any, x: np.ndarray, **__: Any) -> np.ndarray:
            return np.array([tidy(space, row) for row in x])

    return Tidied()


@told
@dataclass(frozen=True, eq=False, repr=False)
class SearchResult:
    """A front of postures, and the case's own postures beside it.

    Shares are of worlds and scenarios in which an objective has enough, between 0 and 1; `train` in
    the worlds the search was made on, `test` in worlds it had not seen.

    Attributes:
        postures: the front, fewest failures in the training worlds first; without a meaning.
        scores: a row for each posture (`kind` front or named) and objective: shares with a 95 %
            interval of `test`, `optimism` (train minus test), the mean level of what the objective
            looks at in its `unit`; see `SCORES`.
        front: a row for each member: how many rules, share of failures, mean optimism, and
            whether it still `stands` (is beaten by no other member in the test worlds).
        named: a row for each posture of the case: members that beat it in the test worlds; the
            `nearest` member, chosen on the training worlds, and its `distance`, what it gains in
            its weakest objective in the test worlds (negative: what it gives up); `by`, the
            member that gains most in the training worlds, or else the nearest.
        gains: for each posture and objective the member that, in the training worlds, gains most
            in it and loses nothing elsewhere (see SLACK); `gain` and its interval, and the largest
            loss elsewhere, are paired differences in the test worlds. Without such a member `by`
            is empty.
        course: what the search had found after each generation; `hypervolume` is that of the front,
            of all shares at once, between 0 and 1 (the grid makes it drop a little at times).
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

    def in_short(self) -> tuple[str, Sequence[str]]:
        front = counted(len(self.postures), "posture")
        sizes = f"{counted(self.train, 'world')} to search on, {counted(self.test, 'other')}"
        return f"Postures searched for {self.case.title}", [
            f"{front} on the front, of {self.tried:,} tried; {sizes} to judge on"
        ]


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> SearchResult:
    """A search as it is asked for on the command line."""
    model = compile_case(case, known_rule(options.rule))
    worlds = options.worlds + options.unseen
    runs = runs_of(model, worlds, options.quarters, options, watch, kept)
    train, test = split(runs.sample, options.worlds, options.unseen)
    return run(
        runs.over(train),
        runs.over(test),
        scenarios=options.scenario,
        population=options.population,
        generations=options.generations,
        rules=options.rules,
        seed=options.seed,
        watch=watch,
    )


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


def run(
    train: Runs,
    test: Runs,
    *,
    scenarios: Sequence[str] = (),
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
    case, quarters = train.model.case, train.quarters
    check_numbers(quarters=quarters, population=population, generations=generations, seed=seed)
    courses = chosen(case.scenarios, scenarios, "scenario")
    check_size(case, quarters, len(test.worlds), population)
    if train.worlds.seed == test.worlds.seed and np.intersect1d(train.indices, test.indices).size:
        raise UseError("a world is in both samples; allowed: test worlds that training leaves out")

    def judged(postures: Sequence[Posture], on: Runs, progress: Progress = silent) -> Judged:
        return judge(on, postures, courses, progress)

    seen, course = _bred(
        case, space_of(case, rules), lambda made: judged(made, train).shares,
        population=population, generations=generations, grain=grain, seed=seed, watch=watch,
    )  # fmt: skip
    front, trained = _members(case, space_of(case, rules), seen, grain, lambda p: judged(p, train))
    tested = judged(
        [*front, *case.postures], test, lambda done, total: watch("worlds not seen", done, total)
    )
    gains = _gains(case, front, trained, tested)
    return SearchResult(
        case=case,
        scenarios=tuple(s.name for s in courses),
        quarters=quarters,
        rule=train.model.rule,
        seed=seed,
        train=len(train.worlds),
        test=len(test.worlds),
        tried=len(seen),
        postures=front,
        scores=_scores(case, front, trained, tested),
        front=_front_table(front, trained, tested),
        named=_named(case, front, trained, tested, gains),
        gains=gains,
        course=course,
    )


Seen = dict[tuple[int, ...], np.ndarray]
"""What every candidate that was tried scored in the training worlds."""


def _bred(
    case: Case,
    space: Space,
    shares: Callable[[Sequence[Posture]], np.ndarray],
    *,
    population: int,
    generations: int,
    grain: float,
    seed: int,
    watch: Watch,
) -> tuple[Seen, pd.DataFrame]:
    """All that was tried, and what had been found after each generation."""
    seen: Seen = {}
    course: list[tuple[int, int, int, float]] = []

    def score(rows: np.ndarray) -> np.ndarray:
        new = list(dict.fromkeys(k for row in rows if (k := tuple(map(int, row))) not in seen))
        if new:
            tried = [posture_of(space, np.array(k), f"c{i}") for i, k in enumerate(new)]
            seen.update(zip(new, shares(tried), strict=True))
        return np.array([seen[tuple(map(int, row))] for row in rows])

    def each(generation: int) -> None:
        scores, _ = _front(space, seen, grain)
        course.append((generation, len(seen), len(scores), _hypervolume(scores)))
        watch("search", generation, generations)

    watch("search", 0, generations)
    first = np.array([genes_of(space, p) for p in case.postures])
    breed(
        space, score, first, count=len(case.objectives), population=population,
        generations=generations, seed=seed, each=each,
    )  # fmt: skip
    return seen, pd.DataFrame(course, columns=list(COURSE))


def _members(
    case: Case,
    space: Space,
    seen: Seen,
    grain: float,
    judged: Callable[[Sequence[Posture]], Judged],
) -> tuple[tuple[Posture, ...], Judged]:
    """The front's postures, fewest failures first, and how they and the case's own do."""
    _, keys = _front(space, seen, grain)
    count = len(keys)
    made = [posture_of(space, np.array(k), f"c{i}") for i, k in enumerate(keys)]
    trained = judged([*made, *case.postures])
    order = np.argsort(trained.fails[:count].mean(axis=1), kind="stable")
    rows = np.array([*order, *range(count, count + len(case.postures))])
    taken = {p.name for p in case.postures}
    prefix = "front" if not any(n.startswith("front-") for n in taken) else "searched"
    width = len(str(count))
    front = tuple(
        posture_of(space, np.array(keys[k]), f"{prefix}-{i:0{width}d}")
        for i, k in enumerate(order, start=1)
    )
    return front, Judged(trained.satisfied[rows], trained.level[rows], trained.fails[rows])


def _front(space: Space, seen: Seen, grain: float) -> tuple[np.ndarray, list[tuple[int, ...]]]:
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


# ---------------------------------------------------------------- tables


def _interval(worlds: np.ndarray) -> tuple[float, float, float]:
    """Mean over worlds of shares, or of their differences, with its 95 % interval.

    Worlds are independent, scenarios in one are not.
    """
    mean, half = map(float, paired(worlds, np.zeros_like(worlds)))
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


def _front_table(front: Sequence[Posture], train: Judged, test: Judged) -> pd.DataFrame:
    count = len(front)
    stands = undominated(test.shares[:count])
    optimism = (train.shares - test.shares)[:count].mean(axis=1)
    rows = [
        (p.name, len(p.rules), float(train.fails[i].mean()), float(test.fails[i].mean()),
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
             front[nearest].name if own.empty else own.loc[own["train"].idxmax(), "by"])
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(NAMED))
