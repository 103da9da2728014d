"""Worth: which measurement is expected to change a verdict, or the choice of posture, most.

A verdict is a share of worlds. A measurement would leave some worlds in and others out, and the
share would move: how far, how often the word would then be another one, and how much rarer a wrong
call would be. A choice of posture is worth the mean of an objective under the best one; knowing
more before choosing is worth what the best one then gives more. See `regression` for how.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tightrope.analyses import objectives
from tightrope.analyses.record.evidence import runs_of, to_additive
from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.worth import regression
from tightrope.analyses.worth.options import Options
from tightrope.arguments import check_memory, known_rule
from tightrope.case import Case, Measurement, Prior
from tightrope.engine import labelled
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.progress import Progress, Watch, silent
from tightrope.engine.readings import Reading, rows
from tightrope.engine.setting import Setting
from tightrope.text.notebook import told

GROUPS, FEWEST_IN = 10, 50
"""What is read is cut into so many groups, of so many worlds at least; each gives a verdict."""

CLEARLY = 2.0
"""A share has to move by so many standard errors of a group's, for words to be told apart."""

LOT = 200
"""A verdict stands near a border where so many worlds by lot may give another word."""

WORD_LOTS = 50
"""Orders by lot in which the words of the groups are looked at."""

VITAL = "vital"
"""The row for worlds in which every vital objective has enough."""

VERDICTS = ("claim", "verdict", "share", "near", "measurement", "label", "tells", "moves",
            "changes", "by_chance", "wrong", "wrong_after", "variance")  # fmt: skip
POSTURES = ("objective", "label", "unit", "best", "perfect", "measurement", "measured", "tells",
            "worth", "by_chance", "otherwise")  # fmt: skip
MEASUREMENTS = ("measurement", "label", "says", "reads", "over", "noise", "unit", "signal",
                "verdicts", "judgement", "source", "cost")  # fmt: skip


@told
@dataclass(frozen=True, eq=False, repr=False)
class Worth:
    """What measurements are worth.

    Attributes:
        measurements: a row for each, see MEASUREMENTS. signal: part of the variance of what is
            read that is not its error; verdicts: so many are expected to become another word.
        verdicts: a row for each claim and measurement, see VERDICTS. near: the verdict stands near
            a border; tells: more than chance; moves: standard deviation of the share after the
            reading, in points; changes: part of the cases with another word, beyond chance;
            by_chance: part in which groups by lot have another; wrong, wrong_after: chance of a
            wrong call; variance: of the share after the reading.
        postures: a row for each objective and measurement, see POSTURES. perfect: worth of knowing
            everything; worth: in the objective's unit, chance taken off; by_chance: what a
            measurement that tells nothing exceeds in one case of twenty; otherwise: part of the
            cases in which another posture is chosen, beyond chance. Empty without objectives or
            with one posture.
        left_out: measurements that look further than the runs.
    """

    case: Case
    options: Options
    measurements: pd.DataFrame
    verdicts: pd.DataFrame
    postures: pd.DataFrame
    left_out: tuple[str, ...]

    def in_short(self) -> tuple[str, Sequence[str]]:
        return "What measurements are worth", [f"{len(self.measurements)} measurements"]


class Read(NamedTuple):
    """A measurement in every world.

    Attributes:
        order: of the worlds, by what is read with its error; (worlds,).
        signal: part of the variance that is not error.
    """

    about: Measurement
    order: np.ndarray
    signal: float


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Worth:
    """What measurements are worth, as it is asked for on the command line."""
    model = compile_case(case, known_rule(options.rule))
    runs = runs_of(model, options.worlds, options.quarters, options, watch, kept)
    setting = Setting.of(runs, options.scenario, options.posture)
    asked = measurements_of(case, options)
    within = [m for m in asked if m.last <= options.quarters]
    read = readings(setting, within, partial(watch, "what is read"))
    tested = [c for c in claims.testable(case, options.quarters)
              if not options.claim or c.id in options.claim]  # fmt: skip
    _, results = claims.evaluate(setting, tested, partial(watch, "verdicts"))
    orders = regression.lots(len(runs.worlds), np.random.default_rng([options.seed, 1]))
    clear = Causes.of(setting).cleared if any(m.number for m in within) else _kept_whole
    verdicts = of_verdicts(results, read, orders, clear)
    chosen = choices(setting, partial(watch, "postures"))
    postures = of_postures(case, chosen, read, orders, clear) if chosen is not None else _none()
    return Worth(
        case=case,
        options=options,
        measurements=_table(case, read, verdicts),
        verdicts=verdicts,
        postures=postures,
        left_out=tuple(m.label for m in asked if m.last > options.quarters),
    )


# ---------------------------------------------------------------- what is read


def measurements_of(case: Case, options: Options) -> tuple[Measurement, ...]:
    """Those that are asked for; every uncertain number where the case has none."""
    numbers = tuple(_exact(p) for p in case.priors if not p.fixed)
    if options.measurement:
        by_name = {m.name: m for m in (*numbers, *case.measurements)}
        return tuple(by_name[name] for name in dict.fromkeys(options.measurement))
    if options.inputs or not case.measurements:
        return (*case.measurements, *numbers)
    return case.measurements


def _exact(prior: Prior) -> Measurement:
    """An uncertain number as if it were known."""
    says = "Known exactly."
    return Measurement(prior.name, prior.meaning.rstrip(".") or prior.name, says, prior.name, None,
                       "", 0, 0, 0.0, "", "", "", prior.place)  # fmt: skip


def readings(
    setting: Setting, asked: Sequence[Measurement], progress: Progress = silent
) -> list[Read]:
    """What each measurement reads in each world, with an error drawn once for each."""
    runs = setting.runs
    params = dict(zip((p.name for p in setting.case.priors), runs.sample.params, strict=True))
    values = _outcomes(setting, asked, progress)
    found = []
    for one in asked:
        truth = params[one.number].astype(float) if one.number else values[one.name]
        lot = np.random.default_rng([runs.worlds.seed, zlib.crc32(one.name.encode())])
        error = one.noise * lot.standard_normal(len(truth))
        variance = float(truth.var())
        signal = variance / (variance + one.noise**2) if variance else 0.0
        found.append(Read(one, regression.order_of(truth + error, lot), signal))
    return found


class Causes(NamedTuple):
    """The uncertain numbers, to tell what each does from what others do.

    Attributes:
        splines: of each, in single precision; (numbers, FREE, worlds).
    """

    names: tuple[str, ...]
    splines: np.ndarray

    @classmethod
    def of(cls, setting: Setting) -> Causes:
        """Raises UseError where the worlds are more than the machine can hold."""
        priors, params = setting.case.priors, setting.runs.sample.params
        free = [i for i, p in enumerate(priors) if not p.fixed]
        columns = regression.design(params.shape[1]).astype(np.float32)
        check_memory(len(free) * columns.size, "worlds")
        orders = np.argsort(params[free], axis=1, kind="stable")
        splines = np.stack([regression.along(columns, order) for order in orders])
        return cls(tuple(priors[i].name for i in free), splines)

    def cleared(self, outcomes: np.ndarray) -> Callable[[Measurement], np.ndarray]:
        """Outcomes, (..., worlds), without what numbers other than the one that is read do to them.

        As numbers are drawn apart from one another, what is expected of an outcome given one number
        is the same without the others' part. Of what moves, nothing is taken off.
        """
        flat = outcomes.reshape(-1, outcomes.shape[-1])
        tried = len(self.names) * len(flat)
        parts = [regression.parts(self.splines, one, tried) for one in flat]
        rest = flat - np.stack([sum(own.values(), np.zeros(flat.shape[1])) for own in parts])

        def clear(one: Measurement) -> np.ndarray:
            if one.number not in self.names:
                return outcomes
            place, none = self.names.index(one.number), np.zeros(flat.shape[1])
            found = rest + np.stack([own.get(place, none) for own in parts])
            alone: np.ndarray = found.reshape(outcomes.shape)
            return alone

        return clear


def _kept_whole(outcomes: np.ndarray) -> Callable[[Measurement], np.ndarray]:
    """Where no number is measured nothing has to be cleared."""
    return lambda one: outcomes


def _outcomes(
    setting: Setting, asked: Sequence[Measurement], progress: Progress
) -> dict[str, np.ndarray]:
    """What moves, as it is shown; of a series on the additive scale, since the start if so told."""
    model, case = setting.model, setting.case
    moving = [(m, m.outcome) for m in asked if m.outcome is not None]
    if not moving:
        return {}
    wanted = [Reading(0, rows(model, o), m.first, m.last) for m, o in moving]
    wanted += [Reading(0, rows(model, o), 0, 0) for _, o in moving]
    shown = setting.runs.means([setting.plan()], wanted, progress).astype(float)
    links = {s.name: s.link for s in case.series}
    found = {}
    for (one, outcome), then, start in zip(
        moving, shown[: len(moving)], shown[len(moving) :], strict=True
    ):
        value = then
        if one.series:
            value = to_additive(case, outcome.name, then)
            if links[one.series] != "level":
                value = value - to_additive(case, outcome.name, start)
        found[one.name] = value
    return found


def _table(case: Case, read: Sequence[Read], verdicts: pd.DataFrame) -> pd.DataFrame:
    expected = verdicts.groupby("measurement")["changes"].sum()
    found = []
    for one, signal in ((r.about, r.signal) for r in read):
        over = "" if one.number else f"{one.first}-{one.last}".removesuffix(f"-{one.first}")
        what = one.number or (one.outcome.name if one.outcome else "")
        found.append(
            (one.name, one.label, one.says, f"series {one.series}" if one.series else what, over,
             one.noise, _unit(case, one), signal, float(expected.get(one.name, 0.0)), one.grounds,
             one.source, one.cost)
        )  # fmt: skip
    return pd.DataFrame(found, columns=list(MEASUREMENTS))


def _unit(case: Case, one: Measurement) -> str:
    """The unit of the error."""
    if one.series:
        return "on the additive scale"
    if one.outcome is None:
        return next(p.unit for p in case.priors if p.name == one.number)
    return labelled.outcome_unit(case, one.outcome)


# ---------------------------------------------------------------- verdicts


Clear = Callable[[np.ndarray], Callable[[Measurement], np.ndarray]]
"""Gives outcomes as a measurement meets them; see `Causes.cleared`."""


def of_verdicts(
    results: Sequence[Result], read: Sequence[Read], orders: np.ndarray, clear: Clear = _kept_whole
) -> pd.DataFrame:
    """What each measurement does to each verdict, see VERDICTS; orders: of worlds by lot."""
    if not results or not read:
        return pd.DataFrame(columns=list(VERDICTS))
    worlds = orders.shape[1]
    columns = regression.design(worlds)
    holds = np.stack([r.holds for r in results]).astype(float)
    least, cleared = regression.chance(worlds, len(results) * len(read)), clear(holds)
    now = regression.wrong(holds.mean(axis=1, keepdims=True))
    idle = now - np.mean([regression.wrong(regression.fitted(columns, o, holds)) for o in orders],
                         axis=0)  # fmt: skip
    lots = [float(np.mean([_changed(r, o) for o in orders[:WORD_LOTS]])) for r in results]
    near = [bool(_near(r, orders)) for r in results]
    found: list[tuple[Any, ...]] = []
    for own in read:
        whole = _seen(columns, own.order, holds, worlds)
        alone = cleared(own.about)
        seen = _seen(columns, own.order, alone, worlds)
        tells = _part(columns, own.order, alone, holds) > least
        after = regression.wrong(regression.fitted(columns, own.order, alone)) + idle
        for c, result in enumerate(results):
            if tells[c]:
                told = (100 * np.sqrt(seen[c]), _changes(result, own, lots[c], seen[c], whole[c]),
                        min(now[c], after[c]), seen[c])  # fmt: skip
            else:
                told = (0.0, 0.0, now[c], 0.0)
            moves, changes, left, variance = map(float, told)
            found.append(
                (result.claim.id, result.verdict, result.share, near[c], own.about.name,
                 own.about.label, bool(tells[c]), moves, changes, lots[c], float(now[c]),
                 left, variance)
            )  # fmt: skip
    return pd.DataFrame(found, columns=list(VERDICTS))


def _part(
    columns: np.ndarray, order: np.ndarray, alone: np.ndarray, whole: np.ndarray
) -> np.ndarray:
    """Part of the whole outcomes' variance that a measurement accounts for; 0 where there is none.

    Of the whole, although others' parts are taken off: what these do beyond the splines of their
    numbers is not, and would else be taken for what a number does that is mixed up with them.
    """
    own = regression.explained(columns, order, alone) * alone.var(axis=-1)
    variance = whole.var(axis=-1)
    found: np.ndarray = np.divide(own, variance, out=np.zeros_like(own), where=variance > 0)
    return found


def _seen(columns: np.ndarray, order: np.ndarray, outcomes: np.ndarray, worlds: int) -> np.ndarray:
    """Variance of what is expected of each outcome once the measurement is read."""
    part = regression.adjusted(regression.explained(columns, order, outcomes), worlds)
    found: np.ndarray = part * outcomes.var(axis=-1)
    return found


def _changes(result: Result, own: Read, by_lot: float, seen: float, whole: float) -> float:
    """Part of the cases with another word, beyond chance.

    None where the share moves by less than CLEARLY times what chance does to that of a group.
    Where the worlds mix a number up with others, only its own part of what moves the share.
    """
    size = len(own.order) / _groups(len(own.order))
    if seen < CLEARLY**2 * result.share * (1 - result.share) / size:
        return 0.0
    part = min(1.0, float(np.sqrt(seen / whole))) if whole else 1.0
    return part * regression.beyond(_changed(result, own.order), by_lot)


def _groups(worlds: int) -> int:
    return max(1, min(GROUPS, worlds // FEWEST_IN))


def _changed(result: Result, order: np.ndarray) -> float:
    """Part of the groups, in this order, in which the verdict is another word."""
    now = result.verdict
    words = [result.among(own).verdict for own in np.array_split(order, _groups(len(order)))]
    return float(np.mean([word != now for word in words]))


def _near(result: Result, orders: np.ndarray) -> bool:
    """Whether LOT worlds by lot have another word in more than one case of twenty."""
    size, now = min(LOT, orders.shape[1] // 2), result.verdict
    words = [result.among(order[:size]).verdict for order in orders]
    return float(np.mean([word != now for word in words])) > regression.RISK


# ---------------------------------------------------------------- postures


class Choices(NamedTuple):
    """What postures give.

    Attributes:
        names: of the rows: VITAL, then the objectives.
        values: more is better, in display units; (rows, postures, worlds).
    """

    names: tuple[str, ...]
    values: np.ndarray


def choices(setting: Setting, progress: Progress = silent) -> Choices | None:
    """What every posture gives in the scenario; None where there is nothing to choose by or from.

    The first row is 100 where every vital objective has enough, else 0: worlds in 100.
    """
    case = setting.case
    if not case.objectives or len(case.postures) < 2:
        return None
    end, start = objectives.of_postures(setting.runs, case.postures, [setting.scenario], progress)
    end, start = end[:, 0].astype(float), start[:, 0].astype(float)
    kept = 100.0 * ~objectives.fails(case, objectives.satisfied(case, end, start))
    values = np.concatenate([kept[None], objectives.merit(case, end).swapaxes(0, 1)])
    return Choices((VITAL, *(o.name for o in case.objectives)), values)


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=list(POSTURES))


def of_postures(
    case: Case,
    chosen: Choices,
    read: Sequence[Read],
    orders: np.ndarray,
    clear: Clear = _kept_whole,
) -> pd.DataFrame:
    """What each measurement is worth for the choice of posture, see POSTURES."""
    values = chosen.values
    worlds = values.shape[-1]
    columns = regression.design(worlds)
    best = values.mean(axis=-1).argmax(axis=1)
    gap = values - np.take_along_axis(values, best[:, None, None], axis=1)
    least = regression.chance(worlds, len(read) * len(values) * (values.shape[1] - 1))
    cleared = clear(gap)
    idle = [regression.fitted(columns, o, gap) for o in orders]
    by_lot = np.stack([regression.worth(one) for one in idle])
    usual = by_lot.mean(axis=0)
    limit = np.maximum(0.0, np.quantile(by_lot - usual, 1 - regression.RISK, axis=0))
    other = np.mean([regression.otherwise(one) for one in idle], axis=0)
    perfect = regression.worth(gap)
    found: list[tuple[Any, ...]] = []
    for own in read:
        alone = cleared(own.about)
        expected = regression.fitted(columns, own.order, alone)
        worth = np.clip(regression.worth(expected) - usual, 0.0, perfect)
        seen = _part(columns, own.order, alone, gap).max(axis=1)
        tells = np.asarray((seen > least) & (worth > limit))
        changed = regression.otherwise(expected)
        for n, (name, label, unit) in enumerate(_judged(case, chosen)):
            size, other_one = (
                (float(worth[n]), regression.beyond(float(changed[n]), float(other[n])))
                if tells[n] else (0.0, 0.0)
            )  # fmt: skip
            found.append(
                (name, label, unit, case.postures[best[n]].name, float(perfect[n]), own.about.name,
                 own.about.label, bool(tells[n]), size, float(limit[n]), other_one)
            )  # fmt: skip
    return pd.DataFrame(found, columns=list(POSTURES))


def _judged(case: Case, chosen: Choices) -> list[tuple[str, str, str]]:
    """Name, label and unit of each row."""
    found = [(VITAL, "All vital objectives", "worlds in 100")]
    for one in case.objectives:
        found.append((one.name, one.label, labelled.outcome_unit(case, one.outcome)))
    return found
