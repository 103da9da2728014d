"""Forecast: every question and series, quarter by quarter, beside base rate and persistence.

Worlds that the record does not rule out live through the record once more, with shocks, and go on:
over the Markov mix of what lies outside, or through a course. A series is carried on from its last
known number by what the variable that it stands for moved since then. What may lie between the
series and its variable is a random walk that reaches the series' stated error after as many
quarters as the record has. See docs/forecasts.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from tightrope.analyses.forecast.base import compared, known, rate, scale_of
from tightrope.analyses.forecast.options import Options
from tightrope.analyses.intervals import effective, wilson
from tightrope.analyses.record.evidence import Matching, plausible, to_additive
from tightrope.arguments import check_memory, known_rule
from tightrope.case import Arm, Case, Course, Outcome, Question, Scenario, Series, Settings, Span
from tightrope.case.courses import Value
from tightrope.case.dated import CourseValue
from tightrope.case.record import NINETY
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.plan import Plan, plan
from tightrope.engine.progress import Watch
from tightrope.engine.runs import Runs
from tightrope.errors import Place
from tightrope.quarters import quarter_name, quarter_number
from tightrope.reading.dated import course_of, starts, yearly
from tightrope.text.notebook import told

TENTHS = tuple(round(2.5 + 5 * i, 1) for i in range(20))
"""Per cent of worlds below each of the quantiles that are written: as many members of an ensemble
that are equally likely, by which a forecast is scored."""

QUANTILES = tuple(f"q{at:g}" for at in TENTHS)
PLACES = 5
"""Places within a range of a course at which worlds are dealt out."""

OLD = 8
"""A series whose last number is more quarters older than the start is left out."""

FEW = 100
"""Fewer worlds, counted by their weights, are said to be few."""

COLUMNS = (
    "kind", "name", "asks", "unit", "quarter", "due", "forecast", "given", "share", "share_low",
    "share_high", "low", "middle", "high", *QUANTILES, "effective", "case", "case_hash", "start",
    "course", "seed",
)  # fmt: skip


@told
@dataclass(frozen=True, eq=False, repr=False)
class Forecast:
    """What is forecast.

    Attributes:
        table: a row for each question or series, quarter and forecast (model, persistence, base
            rate); see COLUMNS. due: the quarter by which the question is decided; given: the course
            says what the question asks, so it is not scored; share: of worlds in which it is so,
            with its interval; low, middle, high and the quantiles: of a series, in its unit.
        start: the last quarter that is known.
        effective: so many worlds of equal weight would tell as much.
        old: series that are left out because their last number is old.
        late: questions that are decided after the last quarter.
    """

    case: Case
    options: Options
    course: Course | None
    table: pd.DataFrame
    start: str
    last: str
    effective: float
    matching: Matching | None
    old: tuple[str, ...]
    late: tuple[str, ...]

    def in_short(self) -> tuple[str, Sequence[str]]:
        asked = self.table.loc[self.table["kind"] == "question", "name"].nunique()
        return f"Forecast from {self.start}", [f"{asked} questions, to {self.last}"]


class Lived(NamedTuple):
    """Worlds through the record and on.

    Attributes:
        outcomes: in display units; (T + 1, O, W).
        levels: of regimes, by index; (T + 1, R, W).
        past: quarters of the record; the quarter after them is the first that is forecast.
        weights: of the worlds, summing to 1; (W,).
    """

    outcomes: np.ndarray
    levels: np.ndarray
    past: int
    weights: np.ndarray


class Draws(NamedTuple):
    """A series as it may go on, a member for each world.

    Attributes:
        times: quarters, or years, that are forecast.
        model: in the unit of the series; (times, W).
        persistence: likewise, or None where fewer than two steps are known.
        past: the numbers that are known.
    """

    series: Series
    times: tuple[str, ...]
    model: np.ndarray
    persistence: np.ndarray | None
    past: np.ndarray


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Forecast:
    """A forecast as it is asked for on the command line."""
    model = compile_case(case, known_rule(options.rule))
    given = course_of(case, options.course) if options.course else None
    sample, matching = plausible(
        model,
        seed=options.seed,
        worlds=options.worlds,
        use_record=options.use_record,
        progress=partial(watch, "the record"),
        kept=kept,
    )
    past = case.history.quarters if case.history else 0
    runs = Runs(model, sample, past + options.quarters, kept)
    lived = live(runs, given, options.seed, watch)
    start = starts(case.reference_quarter, case.history)
    drawn = {s.name: draws(case, s, runs, lived, start, options.seed)
             for s in case.series if not _is_old(s, past)}  # fmt: skip
    last = quarter_name(quarter_number(start) + options.quarters)
    rows = [row for d in drawn.values() for row in series_rows(d, lived.weights)]
    asked = [q for q in case.questions if q.last <= last and (q.series in drawn or not q.series)]
    for question in asked:
        rows += question_rows(case, question, runs, lived, drawn, given, start)
    size = effective(lived.weights)
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    table = table.assign(
        effective=round(size, 1), case=case.name, case_hash=case.hash, start=start,
        course=given.name if given else "", seed=options.seed,
    )  # fmt: skip
    return Forecast(
        case, options, given, table, start, last, size, matching,
        old=tuple(s.label for s in case.series if s.name not in drawn),
        late=tuple(q.name for q in case.questions if q not in asked),
    )  # fmt: skip


def _is_old(series: Series, past: int) -> bool:
    return past - known(series)[-1].last > OLD


# ---------------------------------------------------------------- worlds through the record and on


def live(runs: Runs, given: Course | None, seed: int, watch: Watch) -> Lived:
    """All worlds through the record, then over the Markov mix or through a course and on."""
    case, count = runs.model.case, len(runs.worlds)
    past = case.history.quarters if case.history else 0
    sizes = (len(runs.model.outcomes), len(case.regimes))
    check_memory((runs.quarters + 1) * sum(sizes) * count, "worlds and quarters")
    outcomes = np.empty((runs.quarters + 1, sizes[0], count), np.float32)
    levels = np.empty((runs.quarters + 1, sizes[1], count), np.int8)
    groups = dealt(given, case, past, count, seed) if given else [({}, np.arange(count))]
    for done, (settings, where) in enumerate(groups, start=1):
        own = runs.over(runs.sample.pick(where))
        run = own.whole(_plan(case, runs.quarters, past, settings))
        outcomes[..., where], levels[..., where] = run.outcomes, run.levels
        watch("the future", done, len(groups))
    # Matching rules out and does not weigh, so what is left counts alike.
    return Lived(outcomes, levels, past, np.full(count, 1 / count))


def _plan(case: Case, quarters: int, past: int, settings: Settings) -> Plan:
    """The record's course, then the regimes left to themselves and what a course sets."""
    recorded = case.history.settings if case.history else {}
    before = {name: tuple(_until(spans, past)) for name, spans in recorded.items()}
    laid = {name: (*before.get(name, ()), *settings.get(name, ()))
            for name in dict.fromkeys((*before, *settings))}  # fmt: skip
    mix: Settings = {r.name: (Span(past + 1, None, "markov"),) for r in case.regimes}
    outside = Scenario("forecast", "", "", mix, Place("", 0))
    start = case.history.start_values if case.history else None
    return plan(case, Arm(settings=laid), quarters, outside, start=start)


def _until(spans: Sequence[Span], past: int) -> Iterator[Span]:
    """What was so up to the end of the record; nothing of it goes on by itself."""
    for span in spans:
        if span.first <= past:
            yield Span(span.first, past if span.last is None else min(span.last, past), span.value)


def dealt(
    given: Course, case: Case, past: int, count: int, seed: int
) -> list[tuple[Settings, np.ndarray]]:
    """Settings of a course, each with the places of the worlds that live through them.

    A mix of levels of a regime is dealt out over the worlds, by lot and in proportion, anew in each
    quarter; a range at PLACES within it, the same in all quarters. Conduct may be mixed in a world.
    """
    zero = quarter_number(starts(case.reference_quarter, case.history)) - past
    rng = np.random.default_rng([seed, zlib.crc32(given.name.encode())])
    regimes = {r.name: r.levels for r in case.regimes}
    columns: list[tuple[str, int, Sequence[Value]]] = []
    picks = [np.zeros(count, int)]
    for name, by_quarter in given.values.items():
        even = _lot(rng, count)
        for quarter, value in by_quarter.items():
            lot = _lot(rng, count) if name in regimes else even
            choices, pick = _choices(value, regimes.get(name, ()), lot)
            columns.append((name, quarter_number(quarter) - zero, choices))
            picks.append(pick)
    rows, which = np.unique(np.stack(picks), axis=1, return_inverse=True)
    found: list[tuple[Settings, np.ndarray]] = []
    for g in range(rows.shape[1]):
        settings: dict[str, tuple[Span, ...]] = {}
        for (name, at, choices), i in zip(columns, rows[1:, g], strict=True):
            settings[name] = (*settings.get(name, ()), Span(at, at, choices[i]))
        found.append((settings, np.flatnonzero(which.ravel() == g)))
    return found


def _choices(
    value: CourseValue, levels: Sequence[str], lot: np.ndarray
) -> tuple[Sequence[Value], np.ndarray]:
    """What a value of a course may be in a world, and which of it is so in each."""
    first = np.zeros(len(lot), int)
    if isinstance(value, tuple):
        low, high = value
        if low == high:
            return [low], first
        within = [low + (i + 0.5) / PLACES * (high - low) for i in range(PLACES)]
        return within, (lot * PLACES).astype(int)
    if isinstance(value, Mapping) and levels:
        own = [level for level in levels if value.get(level)]
        edges = np.cumsum([value[level] for level in own])[:-1]
        return own, np.searchsorted(edges, lot, side="right")
    return [value], first


def _lot(rng: np.random.Generator, count: int) -> np.ndarray:
    """Places between 0 and 1, evenly spread, in an order by lot; shape (count,)."""
    return (rng.permutation(count) + rng.random()) / count


# ---------------------------------------------------------------- series


def draws(case: Case, series: Series, runs: Runs, lived: Lived, start: str, seed: int) -> Draws:
    """A series carried on from its last known number, in every world."""
    points, scale = known(series), scale_of(case, series)
    rng = np.random.default_rng([seed, zlib.crc32(series.name.encode())])
    path = _moved(case, series, runs, lived, rng)
    last = points[-1]
    spans = _spans(series, start, lived.past, runs.quarters)
    errors = [abs(compared(series, p.high, scale) - compared(series, p.low, scale)) / (2 * NINETY)
              for p in points]  # fmt: skip
    values = np.array([compared(series, p.value, scale) for p in points])
    base = path[last.first : last.last + 1].mean(axis=0)
    count = path.shape[1]
    at = np.stack([path[a : b + 1].mean(axis=0) for _, a, b in spans])
    started = values[-1] + errors[-1] * rng.standard_normal(count)
    read = float(np.median(errors)) * rng.standard_normal(at.shape)
    model = number(series, scale, started + at - base + read)
    return Draws(
        series,
        tuple(name for name, _, _ in spans),
        model,
        _walk(series, scale, values, spans, rng, count),
        np.array([p.value for p in points]),
    )


def _spans(series: Series, start: str, past: int, end: int) -> list[tuple[str, int, int]]:
    """What is forecast: a name with its first and last quarter of the run."""
    zero = quarter_number(start) - past
    if not yearly(series):
        return [(quarter_name(zero + q), q, q) for q in range(past + 1, end + 1)]
    lasts = [q for q in range(past + 1, end + 1) if (zero + q) % 4 == 3 and q >= 3]
    return [(str((zero + q) // 4), q - 3, q) for q in lasts]


def _moved(
    case: Case, series: Series, runs: Runs, lived: Lived, rng: np.random.Generator
) -> np.ndarray:
    """The path of a series on its scale, up to a constant; what lies between it and the variable.

    The latter is a random walk from the last known number on; shape (T + 1, W).
    """
    kind = "variable" if any(v.name == series.stands_for for v in case.variables) else "derived"
    row = runs.model.outcome_index[Outcome(kind, series.stands_for)]  # type: ignore[arg-type]
    slope = 1.0 if series.link == "level" else series.slope
    path = to_additive(case, series.stands_for, lived.outcomes[:, row]).astype(float) / slope
    step = series.error / abs(slope) / np.sqrt(max(lived.past, 1))
    walk = step * rng.standard_normal(path.shape)
    walk[: known(series)[-1].last + 1] = 0
    moved: np.ndarray = path + np.cumsum(walk, axis=0)
    return moved


def _walk(
    series: Series,
    scale: str,
    values: np.ndarray,
    spans: Sequence[tuple[str, int, int]],
    rng: np.random.Generator,
    count: int,
) -> np.ndarray | None:
    """Persistence: a random walk from the last number with the series' own past step.

    None where fewer than two steps are known, as a spread from one is no spread.
    """
    points = known(series)
    steps = [(values[i + 1] - values[i]) / np.sqrt(b.first - a.first)
             for i, (a, b) in enumerate(pairwise(points))]  # fmt: skip
    if len(steps) < 2 or not spans:
        return None
    step = float(np.sqrt(np.mean(np.square(steps))))
    gaps = np.diff([points[-1].last, *(b for _, _, b in spans)])
    moves = step * np.sqrt(gaps)[:, None] * rng.standard_normal((len(spans), count))
    return number(series, scale, values[-1] + np.cumsum(moves, axis=0))


def number(series: Series, scale: str, value: np.ndarray) -> np.ndarray:
    """Numbers of a series from the scale on which its changes add up; see `base.compared`."""
    found: np.ndarray = value
    if series.link == "growth":
        found = np.exp(value)
    elif scale == "index":
        found = 100 * np.exp(value)
    elif scale == "share":
        found = 100 / (1 + np.exp(-value))
    return found


def quantiles(values: np.ndarray, weights: np.ndarray, at: Sequence[float]) -> np.ndarray:
    """Weighted quantiles, each world at the middle of its weight; values, weights: (W,)."""
    order = np.argsort(values)
    heard = weights[order]
    found: np.ndarray = np.interp(at, np.cumsum(heard) - heard / 2, values[order])
    return found


def series_rows(drawn: Draws, weights: np.ndarray) -> Iterator[dict[str, object]]:
    """A row for each quarter or year and forecast."""
    even = np.full(len(drawn.past), 1 / len(drawn.past))
    for i, time in enumerate(drawn.times):
        members = {"model": (drawn.model[i], weights), "base rate": (drawn.past, even)}
        if drawn.persistence is not None:
            members["persistence"] = drawn.persistence[i], weights
        for name, (values, own) in members.items():
            low, middle, high, *rest = quantiles(
                values, own, (0.05, 0.5, 0.95, *(q / 100 for q in TENTHS))
            )
            yield {
                "kind": "series", "name": drawn.series.name, "asks": drawn.series.label,
                "unit": drawn.series.unit, "quarter": time, "due": True, "forecast": name,
                "given": False, "low": _short(low), "middle": _short(middle),
                "high": _short(high),
                **dict(zip(QUANTILES, map(_short, rest), strict=True)),
            }  # fmt: skip


def _short(value: float) -> float:
    """Five figures are more than anybody can tell."""
    return float(f"{value:.5g}")


# ---------------------------------------------------------------- questions


def question_rows(
    case: Case,
    question: Question,
    runs: Runs,
    lived: Lived,
    drawn: Mapping[str, Draws],
    given: Course | None,
    start: str,
) -> Iterator[dict[str, object]]:
    """A row for each quarter from the first that is asked about, and forecast."""
    zero = quarter_number(start)
    about = {
        "kind": "question", "name": question.name, "asks": question.asks, "unit": "",
        "given": _says(given, question),
    }  # fmt: skip
    last = next((d.times for d in drawn.values() if d.series.name == question.series), None)
    times = last or tuple(quarter_name(zero + q + 1) for q in range(runs.quarters - lived.past))
    due = question.last[:4] if last and "Q" not in last[0] else question.last
    for forecast, values in _values(question, runs, lived, drawn).items():
        for time in times:
            if time < question.first and "Q" in time:
                continue
            so = holding(question, values, times, time)
            share = float(np.average(so, weights=lived.weights))
            low, high = wilson(share, max(int(effective(lived.weights)), 1))
            yield {
                **about, "quarter": time, "due": time == due, "forecast": forecast,
                "share": round(share, 4), "share_low": round(low, 4), "share_high": round(high, 4),
            }  # fmt: skip
    yield {**about, "quarter": due, "due": True, "forecast": "base rate",
           "share": round(rate(case, question).share, 4)}  # fmt: skip


def _says(given: Course | None, question: Question) -> bool:
    """Whether a course sets what the question reads, in a quarter that it is about."""
    if given is None or question.series:
        return False
    name = question.reads.partition(" at ")[0]
    return any(question.first <= q <= question.last for q in given.values.get(name, {}))


def _values(
    question: Question, runs: Runs, lived: Lived, drawn: Mapping[str, Draws]
) -> dict[str, np.ndarray]:
    """What is read by each forecast, in every time and world; (times, W)."""
    if question.series:
        own = drawn[question.series]
        found = {"model": own.model}
        return found if own.persistence is None else {**found, "persistence": own.persistence}
    if question.outcome is not None:
        read = lived.outcomes[:, runs.model.outcome_index[question.outcome]]
    else:
        names = [r.name for r in runs.model.case.regimes]
        regime = runs.model.case.regimes[names.index(question.reads.partition(" at ")[0])]
        level = lived.levels[:, names.index(regime.name)]
        top = max(len(regime.levels) - 1, 1)
        at = regime.levels.index(question.level) if question.level else None
        read = 100 * (level / top if at is None else (level == at).astype(float))
    ahead = read[lived.past + 1 :]
    return {"model": ahead, "persistence": np.broadcast_to(read[lived.past], ahead.shape)}


def holding(question: Question, values: np.ndarray, times: Sequence[str], until: str) -> np.ndarray:
    """Whether it is so in each world, if it were decided in `until`; values: (times, W); (W,).

    Several quarters are taken from the first that is asked about up to `until`.
    """
    last = times.index(until)
    several = question.first != question.last and "Q" in until
    first = times.index(question.first) if several else last
    own = values[first : last + 1]
    at = question.threshold
    if question.taken == "mean":
        own = own.mean(axis=0, keepdims=True)
    so = {
        "at least": own >= at, "at most": own <= at, "above": own > at, "below": own < at,
    }[question.comparison]  # fmt: skip
    found: np.ndarray = np.any(so, axis=0) if question.taken == "any" else np.all(so, axis=0)
    return found
