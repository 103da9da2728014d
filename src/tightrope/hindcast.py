"""Hindcast: the record is matched up to a cut-off, the rest is forecast and scored.

Forecasts start from the last used point before the cut-off, as those of the baselines do, and are
made on the scale on which a series is compared (additive scale of what it stands for). Scores: the
continuous ranked probability score (Gneiting and Raftery 2007), coverage of the 90 % interval, and
whether the direction since the last point was right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import scoringrules

from tightrope import claims, ensemble, evidence
from tightrope.case import Case, Point, Series, UseError, quarter_name, quarter_number
from tightrope.engine import Model, compile_case
from tightrope.ensemble import Progress, silent
from tightrope.evidence import NINETY
from tightrope.worlds import Sample

MEMBERS = 1000
"""Worlds and draws in a forecast."""

ENOUGH = 5
"""Fewer forecasts than this decide nothing about a series."""

TRUTHS = 200
CANDIDATES = 1000

FORECASTS = ("model", "persistence", "drift")
COLUMNS = ("cutoff", "series", "quarter", "ahead", "forecast", "observed", "middle", "low", "high",
           "crps", "covered", "direction")  # fmt: skip


def default_cutoffs(case: Case) -> tuple[str, ...]:
    """After a half, two thirds and five sixths of the record."""
    history = evidence.history_of(case)
    start = quarter_number(history.start)
    parts = (1 / 2, 2 / 3, 5 / 6)
    return tuple(quarter_name(start + round(history.quarters * part)) for part in parts)


def hindcast(
    model: Model,
    cutoffs: Sequence[str],
    *,
    seed: int,
    members: int = MEMBERS,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Match up to each cut-off, forecast every later used point, and score; see `COLUMNS`.

    Only quarterly series with a used point on both sides of a cut-off are forecast. No observation
    after the cut-off enters matching or forecast; the recorded course of what lay outside
    (history.yaml) does, so these are forecasts given that course.
    """
    case = model.case
    history = evidence.history_of(case)
    rows: list[tuple[object, ...]] = []
    for done, cutoff in enumerate(cutoffs, start=1):
        if not history.start < cutoff < history.end:
            raise UseError(
                f'the cut-off "{cutoff}" is outside the record; allowed: quarters after '
                f"{history.start} and before {history.end}"
            )
        matching = evidence.match(model, seed=seed, until=cutoff, enough=members)
        if len(matching.kept.indices) < evidence.FEW:
            raise UseError(f"only {len(matching.kept.indices)} worlds match the record to {cutoff}")
        path = evidence.paths(model, matching.kept, shocks=True)
        rng = np.random.default_rng((seed, quarter_number(cutoff)))
        for s, series in enumerate(case.series):
            rows += _forecasts(series, path[s], cutoff, case, rng)
        progress(done, len(cutoffs))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _forecasts(
    series: Series, path: np.ndarray, cutoff: str, case: Case, rng: np.random.Generator
) -> list[tuple[object, ...]]:
    """Forecasts of one series; path of what it stands for: shape (T + 1, members)."""
    points = [p for p in series.points if p.used and "Q" in p.quarter]
    known = [p for p in points if p.quarter <= cutoff]
    later = [p for p in points if p.quarter > cutoff]
    if not known or not later:
        return []
    value = {p.quarter: _on_scale(series, p, case) for p in points}
    last = known[-1]
    steps = [
        (value[b.quarter] - value[a.quarter]) / np.sqrt(b.first - a.first)
        for a, b in pairwise(known)
    ]
    spread = float(np.sqrt(np.mean(np.square(steps)))) if steps else np.nan
    rate = (value[last.quarter] - value[known[0].quarter]) / max(last.first - known[0].first, 1)
    rows = []
    for point in later:
        ahead = point.first - last.first
        noise = rng.standard_normal(path.shape[1])
        measured = _measurement(series, point, case) * noise
        moved = path[point.first] - path[last.first]
        drawn = {"model": value[last.quarter] + moved + measured}
        if len(steps) > 1:  # a spread from one step is no spread
            walk = value[last.quarter] + spread * np.sqrt(ahead) * noise
            drawn |= {"persistence": walk, "drift": walk + rate * ahead}
        for name, members in drawn.items():
            rows.append(
                _scored(cutoff, series.name, point.quarter, ahead, name, members,
                        value[point.quarter], value[last.quarter])
            )  # fmt: skip
    return rows


def _on_scale(series: Series, point: Point, case: Case) -> float:
    """A point's number on the variable's additive scale, up to a constant of the series."""
    slope = 1.0 if series.link == "level" else series.slope
    return slope * evidence.compared(series, point.value, case)


def _measurement(series: Series, point: Point, case: Case) -> float:
    slope = 1.0 if series.link == "level" else series.slope
    low, high = (evidence.compared(series, x, case) for x in (point.low, point.high))
    return abs(slope) * (high - low) / (2 * NINETY)


def _scored(
    cutoff: str, series: str, quarter: str, ahead: int, name: str, members: np.ndarray,
    observed: float, before: float,
) -> tuple[object, ...]:  # fmt: skip
    low, middle, high = np.quantile(members, [0.05, 0.5, 0.95])
    right = np.sign(middle - before) == np.sign(observed - before)
    return (
        cutoff, series, quarter, ahead, name, observed, middle, low, high,
        float(scoringrules.crps_ensemble(observed, members)),
        bool(low <= observed <= high),
        np.nan if name == "persistence" or observed == before else float(right),
    )  # fmt: skip


def scores(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Mean scores by cut-off, series and forecast, on the points that all three forecast.

    Columns crps, coverage, direction, points, and `skill`: 1 - crps / crps of persistence.
    """
    keys = ["cutoff", "series", "quarter"]
    full = forecasts.groupby(keys)["forecast"].transform("nunique") == len(FORECASTS)
    grouped = forecasts[full].groupby(["cutoff", "series", "forecast"])
    table = grouped.agg(
        crps=("crps", "mean"),
        coverage=("covered", "mean"),
        direction=("direction", "mean"),
        points=("crps", "size"),
    ).reset_index()
    base = table[table["forecast"] == "persistence"].set_index(["cutoff", "series"])["crps"]
    own = pd.MultiIndex.from_frame(table[["cutoff", "series"]])
    table["skill"] = 1 - table["crps"] / base.reindex(own).to_numpy()
    return table


def in_words(table: pd.DataFrame, case: Case) -> list[str]:
    """For each series, in plain words, whether the model beats persistence."""
    labels = {s.name: s.label for s in case.series}
    said = []
    own = table[table["forecast"] == "model"]
    for name, rows in own.groupby("series", sort=False):
        base = table[(table["series"] == name) & (table["forecast"] == "persistence")]
        ours = float(np.average(rows["crps"], weights=rows["points"]))
        theirs = float(np.average(base["crps"], weights=base["points"]))
        count = int(rows["points"].sum())
        if count < ENOUGH:
            verdict = "hard to tell from"
        elif ours < 0.98 * theirs:
            verdict = "better than"
        else:
            verdict = "worse than" if ours > 1.02 * theirs else "no better than"
        said.append(
            f"{labels.get(str(name), name)}: the model is {verdict} persistence "
            f"(CRPS {ours:.3f} against {theirs:.3f}, forecasts: {count}; its "
            f"90 % interval held {np.average(rows['coverage'], weights=rows['points']):.0%})."
        )
    return said


# ---------------------------------------------------------------- is the method itself sound?


@dataclass(frozen=True)
class Calibration:
    """Matching on records made by known worlds.

    Attributes:
        truths: how many known worlds.
        nominal: rate at which a true world should be kept; `kept` the rate at which it was.
        kept_others: mean share of other worlds that were kept.
        signs_before: mean share of claims whose verdict in all worlds has the true world's sign.
        signs_after: the same in the worlds kept.
    """

    truths: int
    nominal: float
    kept: float
    kept_others: float
    signs_before: float
    signs_after: float


def calibrate(
    model: Model,
    *,
    seed: int,
    truths: int = TRUTHS,
    candidates: int = CANDIDATES,
    quarters: int = 12,
    progress: Progress = silent,
) -> Calibration:
    """Make a record from each of `truths` worlds (shocks and errors included) and match it.

    A claim's sign is that of its paired difference: on the true world's side if most of the worlds
    considered agree with it. Claims that look further than `quarters` are left out.
    """
    case = model.case
    aims = evidence.targets(case)
    limit = evidence.cutoff(len(aims))
    true = Sample.of(case, seed, 1 << 20, truths)
    other = Sample.of(case, seed, 0, candidates)
    lived = evidence.simulated(case, evidence.paths(model, true, shocks=True), aims)
    quiet = {k: evidence.paths(model, s) for k, s in (("true", true), ("other", other))}
    deviation = np.sqrt([a.variance for a in aims])[:, None]
    made = lived + deviation * np.random.default_rng(seed).standard_normal(lived.shape)
    sims = {k: evidence.simulated(case, p, aims) for k, p in quiet.items()}
    wider = evidence.spread_of_shocks(model, aims, seed)
    total = {
        k: np.sqrt(deviation**2 + evidence.shock_variance(case, s.params, aims, wider))
        for k, s in (("true", true), ("other", other))
    }
    own = (np.abs(made - sims["true"]) / total["true"] <= limit).all(axis=0)
    signs = {k: _signs(model, s, quarters) for k, s in (("true", true), ("other", other))}
    all_signs = np.sign(signs["other"].sum(axis=1))
    kept_share, before, after = [], [], []
    for t in range(truths):
        fits = (np.abs(made[:, t : t + 1] - sims["other"]) / total["other"] <= limit).all(axis=0)
        kept_share.append(fits.mean())
        truth = signs["true"][:, t]
        told = truth != 0
        before.append(np.mean(all_signs[told] == truth[told]))
        if fits.any():
            seen = np.sign(signs["other"][:, fits].sum(axis=1))
            after.append(np.mean(seen[told] == truth[told]))
        progress(t + 1, truths)
    return Calibration(
        truths,
        evidence.RATE,
        float(own.mean()),
        float(np.mean(kept_share)),
        float(np.mean(before)),
        float(np.mean(after)) if after else float("nan"),
    )


def _signs(model: Model, sample: Sample, quarters: int) -> np.ndarray:
    """Sign of every claim's difference in its weakest part; shape (claims, worlds)."""
    case = model.case
    tested = claims.testable(case, quarters)
    testbed = claims.prepare(model, tested, quarters, case.scenario, case.posture)
    values = ensemble.read(model, testbed.plans, testbed.readings, sample.seed, sample, quarters)
    return np.stack([np.sign(r.effect) for r in claims.judge(testbed, values)])


# ---------------------------------------------------------------- all of it


@dataclass(frozen=True, eq=False)
class Hindcast:
    """Forecasts and their scores, the verdict in words, and what the method does on made records.

    Attributes:
        forecasts: see `COLUMNS`.
        scores: see `scores`.
        words: one sentence a series.
    """

    cutoffs: tuple[str, ...]
    forecasts: pd.DataFrame
    scores: pd.DataFrame
    words: tuple[str, ...]
    calibration: Calibration


def run(
    case: Case, cutoffs: Sequence[str], *, seed: int, watch: Callable[[str, int, int], None]
) -> Hindcast:
    """Hindcast at each cut-off (`default_cutoffs` where none is given) and calibrate."""
    model = compile_case(case)
    chosen = tuple(cutoffs) or default_cutoffs(case)
    forecasts = hindcast(
        model, chosen, seed=seed, progress=lambda done, total: watch("hindcast", done, total)
    )
    table = scores(forecasts)
    tested = calibrate(
        model, seed=seed, progress=lambda done, total: watch("made records", done, total)
    )
    return Hindcast(chosen, forecasts, table, tuple(in_words(table, case)), tested)


def files(case: Case, found: Hindcast, command: str) -> dict[str, str]:
    """The result as texts by file name."""
    about = {"case": case.name, "case_hash": case.hash, "command": command}
    return {
        "forecasts.csv": found.forecasts.to_csv(index=False),
        "scores.csv": found.scores.to_csv(index=False),
        "hindcast.md": "\n".join(_lines(case, found, command)) + "\n",
        "run.json": json.dumps(about | asdict(found.calibration), indent=2) + "\n",
    }


def _lines(case: Case, found: Hindcast, command: str) -> Iterator[str]:
    yield f"# Hindcast of {case.title}"
    yield ""
    yield (
        f"Made by `{command}`; case hash `{case.hash}`. The record is matched up to "
        f"{', '.join(found.cutoffs)} in turn; later points are forecast from the last one before, "
        "given the recorded course of what lay outside. The scale is the additive one of what a "
        "series stands for (log-odds, logarithms). CRPS: smaller is better. Skill: part of "
        "persistence's CRPS that is saved, negative where the model is worse."
    )
    yield ""
    for sentence in found.words:
        yield f"- {sentence}"
    yield ""
    heads = ("cut-off", "series", "forecast", "points", "CRPS", "skill", "in 90 %", "direction")
    yield "| " + " | ".join(heads) + " |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for r in found.scores.to_dict("records"):
        right = "" if np.isnan(r["direction"]) else f"{r['direction']:.0%}"
        cells = (r["cutoff"], r["series"], r["forecast"], str(r["points"]), f"{r['crps']:.3f}",
                 f"{r['skill']:+.2f}", f"{r['coverage']:.0%}", right)  # fmt: skip
        yield "| " + " | ".join(cells) + " |"
    yield ""
    yield "## Does the method find the truth on records made by known worlds?"
    yield ""
    yield calibration_words(found.calibration)


def calibration_words(found: Calibration) -> str:
    """What the made records showed, in two sentences."""
    error = np.sqrt(found.nominal * (1 - found.nominal) / found.truths)
    return (
        f"{found.truths} worlds each made a record, shocks and errors included. The true world was "
        f"kept in {found.kept:.1%} (nominal {found.nominal:.0%}, chance alone gives "
        f"{found.nominal - 2 * error:.1%} to {min(1, found.nominal + 2 * error):.1%}); of the "
        f"other worlds {found.kept_others:.1%} were kept. The sign of a claim's difference in the "
        "true "
        f"world was that of most worlds for {found.signs_before:.1%} of claims before matching and "
        f"for {found.signs_after:.1%} after it."
    )
