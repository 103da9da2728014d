"""How fast is the engine beside other tools, on the same model and the same cores?

    python -m benchmarks.peers [--case kabul] [--seconds 5] [--json FILE]

EMA Workbench and Mesa drive a model one world at a time in Python. Here both drive
`tests.reference.reference`, which calls the case's own mechanisms on plain numbers, in the same
worlds and under the same shocks as the engine. That all numbers agree is checked before they are
timed.
Speeds are world-quarters per second, of processor time and on the clock: see `benchmarks.kernels`.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jax
import mesa
import numpy as np

from benchmarks.arithmetic import Operations, operations, peak_of_one_core
from tests.reference import reference
from tests.reference.reference import Numbers, Quarter
from tightrope.case import Actor, Arm, Case, Outcome
from tightrope.engine import kernel as engine
from tightrope.engine.compiling import compile_case
from tightrope.engine.model import LANES, Model
from tightrope.engine.plan import plan
from tightrope.engine.worlds import Block, draw
from tightrope.reading import load

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about optional parts of it that are not installed
    import ema_workbench as ema

QUARTERS = 20
CORES = os.cpu_count() or 1
TOLERANCE = 0.1  # points of 100, between single precision and plain Python's double


@dataclass(frozen=True)
class Draws:
    """The same worlds for everyone: parameters, and shocks and chances by quarter and by name."""

    block: Block
    params: Sequence[Sequence[float]]
    shocks: Sequence[Sequence[Numbers]]
    chances: Sequence[Sequence[Numbers]]


def draws(case: Case, worlds: int, named: int) -> Draws:
    """Draw with NumPy alone; the first `named` worlds are laid out by name as well."""
    rng = np.random.default_rng(1)
    block = Block(
        draw(case, 0, 0, worlds).astype(np.float32),
        rng.standard_normal((QUARTERS, len(case.variables), worlds)).astype(np.float32),
        rng.random((QUARTERS, len(case.regimes), worlds)).astype(np.float32),
    )
    by_name = [reference.draws_of(case, block, world) for world in range(named)]
    params, shocks, chances = zip(*by_name, strict=True)
    return Draws(block, params, shocks, chances)


# ---------------------------------------------------------------- the same model in other tools


@cache
def same(name: str, worlds: int) -> tuple[Case, Draws]:
    """The case and its worlds, made anew in each process, as mechanisms cannot be sent to one."""
    case = load(name)
    return case, draws(case, LANES, worlds)


def reported(case: Case) -> list[Outcome]:
    """What all tools report: variables, then derived quantities."""
    return [
        *(Outcome("variable", v.name) for v in case.variables),
        *(Outcome("derived", d.name) for d in case.derived),
    ]


@dataclass(frozen=True)
class Experiment:
    """The function that EMA Workbench calls for each experiment: one world's parameters."""

    case: str
    worlds: int

    def __call__(self, world: int, **params: float) -> dict[str, list[float]]:
        case, drawn = same(self.case, self.worlds)
        values = [params[f"p{i}"] for i in range(len(case.priors))]
        path = reference.simulate(case, values, drawn.shocks[world], drawn.chances[world])
        rows = np.array(reference.shown(path, reported(case), case))
        return {outcome.name: rows[:, i] for i, outcome in enumerate(reported(case))}


def ema_model(name: str, worlds: int) -> tuple[ema.Model, list[ema.Scenario]]:
    """The case as an EMA Workbench model, and the worlds as its experiments.

    Priors are its uncertainties, called p0, p1 ... as its names cannot hold dots; the paths of
    all variables and derived quantities are its outcomes.
    """
    case, drawn = same(name, worlds)
    model = ema.Model("tightrope", function=Experiment(name, worlds))
    names = [f"p{i}" for i in range(len(case.priors))]
    model.uncertainties = [
        ema.IntegerParameter("world", 0, worlds),
        # Fixed priors are given a range as well: a parameter without one is refused.
        *(
            ema.RealParameter(name, p.low, p.high if p.high > p.low else p.low + 1.0)
            for name, p in zip(names, case.priors, strict=True)
        ),
    ]
    model.outcomes = [ema.TimeSeriesOutcome(outcome.name) for outcome in reported(case)]
    experiments = [
        ema.Scenario(str(world), world=world, **dict(zip(names, values, strict=True)))
        for world, values in enumerate(drawn.params)
    ]
    return model, experiments


class Chooser(mesa.Agent):
    """An actor as a Mesa agent: it chooses its instruments' mixes for the quarter."""

    def __init__(self, model: Assessment, actor: Actor) -> None:
        super().__init__(model)
        self.actor = actor
        self.chosen: dict[str, reference.Mix] = {}

    def choose(self) -> None:
        here: Assessment = self.model
        expected = {**here.conduct, **here.outside.given}
        self.chosen = {
            i.name: reference.respond(here.world, self.actor, i, here.state, expected, here.outside)
            for i in self.actor.instruments
        }


class Assessment(mesa.Model):
    """One world under the case's base scenario and posture as a Mesa model; a step is a quarter."""

    def __init__(self, case: Case, drawn: Draws, index: int) -> None:
        super().__init__(seed=0)
        self.case = case
        self.shocks, self.chances = iter(drawn.shocks[index]), iter(drawn.chances[index])
        self.world, self.outside = reference.reference_quarter(case, drawn.params[index], Arm())
        self.state: Numbers = self.world.baseline
        self.conduct: reference.Conduct = {i.name: i.usual for i in case.instruments}
        (around,) = [s for s in case.scenarios if s.name == case.scenario]
        (taken,) = [p for p in case.postures if p.name == case.posture]
        self.layers, self.rules = (around.settings, taken.settings), taken.rules
        for actor in case.actors:
            Chooser(self, actor)
        self.datacollector = mesa.DataCollector(model_reporters={"quarter": Assessment.look})
        self.datacollector.collect(self)

    def look(self) -> Quarter:
        return reference.seen_quarter(self.world, self.state, self.conduct, self.outside)

    def step(self) -> None:
        regimes = self.outside.regimes
        self.outside = reference.imposed(
            self.world, self.layers, int(self.steps), regimes, next(self.chances)
        )
        held = self.outside.held
        self.state = {**self.state, **reference.held_states(self.case, held)}
        self.outside = reference.under_rules(
            self.world, self.rules, set(), self.state, self.conduct, self.outside
        )
        self.agents.do("choose")
        chosen = {name: mix for agent in self.agents for name, mix in agent.chosen.items()}
        self.conduct = {**chosen, **self.outside.given}
        known = reference.surroundings(self.case, self.world.params, self.conduct, self.outside)
        self.state = reference.advance(self.world, self.state, known, held, next(self.shocks))
        self.datacollector.collect(self)


def mesa_path(case: Case, drawn: Draws, index: int) -> list[Quarter]:
    model = Assessment(case, drawn, index)
    for _ in range(QUARTERS):
        model.step()
    return model.datacollector.model_vars["quarter"]


# ---------------------------------------------------------------- agreement


def check(name: str, ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest gap, in display units; raises where it is more than rounding."""
    gap = float(np.abs(ours - theirs).max())
    if not gap < TOLERANCE:
        raise AssertionError(f"{name} differs from the engine by {gap:.3g}")
    return gap


def paths_of_engine(model: Model, drawn: Draws, outcomes: Sequence[Outcome]) -> np.ndarray:
    """Shape (worlds laid out by name, T + 1, outcomes), display units."""
    arm = plan(model.case, Arm(), QUARTERS)
    trajectory = engine.run(model, jax.device_put(drawn.block), arm)
    rows = [model.outcome_index[outcome] for outcome in outcomes]
    shown = np.asarray(trajectory.outcomes)[:, rows, : len(drawn.params)]
    return np.moveaxis(shown, -1, 0)


# ---------------------------------------------------------------- timing


@dataclass(frozen=True)
class Timing:
    """World-quarters per second: of processor time (one core's worth), and on the clock."""

    name: str
    processes: int
    per_core: float
    per_second: float
    gap: float


def timed(run: Callable[[], Any], world_quarters: int, seconds: float) -> tuple[float, float]:
    """Best of the repetitions that fit, and at least one."""
    processor = clock = float("inf")
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or clock == float("inf"):
        began, spent = time.perf_counter(), time.process_time()
        run()
        clock = min(clock, time.perf_counter() - began)
        processor = min(processor, time.process_time() - spent)
    return world_quarters / processor, world_quarters / clock


def time_ema(name: str, worlds: int, processes: int, seconds: float) -> tuple[Timing, np.ndarray]:
    """EMA Workbench's own evaluators, once their processes have started and loaded the case.

    Also returns what they gave; shape (worlds, T + 1, outcomes).
    """
    model, experiments = ema_model(name, worlds)
    outcomes = [outcome.name for outcome in model.outcomes]
    kept: list[np.ndarray] = []
    alone = processes == 1
    made = (
        ema.SequentialEvaluator(model) if alone else ema.MultiprocessingEvaluator(model, processes)
    )
    with made as evaluator:

        def run() -> None:
            _, given = evaluator.perform_experiments(scenarios=experiments, log_progress=True)
            kept[:] = [np.stack([given[name] for name in outcomes], axis=-1)]

        run()
        per_core, per_second = timed(run, worlds * QUARTERS, seconds)
    if not alone:
        per_core = per_second / processes  # its processes' own time cannot be read from here
    kind = "one process" if alone else "its processes"
    return Timing(f"EMA Workbench, {kind}", processes, per_core, per_second, 0.0), kept[0]


def time_in_python(
    name: str, path: Callable[[int], list[Quarter]], case: Case, drawn: Draws, seconds: float
) -> tuple[Timing, np.ndarray]:
    """A tool that gives the path of one world at a time."""
    paths: list[list[Quarter]] = []

    def run() -> None:
        paths[:] = [path(world) for world in range(len(drawn.params))]

    speeds = timed(run, len(drawn.params) * QUARTERS, seconds)
    shown = [reference.shown(p, reported(case), case) for p in paths]
    return Timing(name, 1, *speeds, 0.0), np.array(shown)


def time_engine(model: Model, drawn: Draws, threads: int, seconds: float) -> Timing:
    """Blocks as the ensembles use them, as many at a time as there are threads."""
    arm = plan(model.case, Arm(), QUARTERS)
    block = jax.device_put(drawn.block)
    blocks = 4 * threads

    def one(_: int) -> None:
        np.asarray(engine.run(model, block, arm).outcomes)

    one(0)  # compile first
    with ThreadPoolExecutor(threads) as pool:
        speeds = timed(
            lambda: list(pool.map(one, range(blocks))), blocks * LANES * QUARTERS, seconds
        )
    return Timing("tightrope", threads, *speeds, 0.0)


def measure(name: str, worlds: int, seconds: float) -> tuple[list[Timing], dict[str, float]]:
    """Time everyone; also the machine's peak and the operations in a world-quarter."""
    case, drawn = same(name, worlds)

    def plain(world: int) -> list[Quarter]:
        return reference.simulate(
            case, drawn.params[world], drawn.shocks[world], drawn.chances[world]
        )

    peers = [
        *(time_ema(name, worlds, count, seconds) for count in dict.fromkeys((1, CORES))),
        time_in_python("Mesa", lambda w: mesa_path(case, drawn, w), case, drawn, seconds),
        time_in_python("reference.py alone", plain, case, drawn, seconds),
    ]
    model = compile_case(case)
    ours = paths_of_engine(model, drawn, reported(case))
    timings = [
        Timing(**(asdict(timing) | {"gap": check(timing.name, ours, paths)}))
        for timing, paths in peers
    ]
    for threads in dict.fromkeys((1, CORES)):
        timings.append(time_engine(model, drawn, threads, seconds))
    arm = plan(case, Arm(), QUARTERS)
    asked = operations(
        lambda block: engine.decompose_marked(model, block, arm)[0].outcomes, drawn.block
    )
    per = LANES * QUARTERS
    return timings, {
        "peak_of_one_core": peak_of_one_core(),
        "operations": asked.plain / per,
        "functions": asked.functions / per,
    }


def table(timings: Sequence[Timing]) -> str:
    ours = timings[-1]
    head = (
        f"{'':28}{'processes':>10}{'world-quarters/s':>20}{'tightrope is so many times':>38}\n"
        f"{'':28}{'or threads':>10}{'of one core':>14}{'clock':>14}{'per core':>15}{'clock':>15}"
    )
    rows = [
        f"{t.name:28}{t.processes:10}{t.per_core:14,.1f}{t.per_second:14,.1f}"
        f"{ours.per_core / t.per_core:15,.0f}{ours.per_second / t.per_second:15,.0f}"
        for t in timings
    ]
    return "\n".join([head, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the engine beside EMA Workbench and Mesa.")
    parser.add_argument("--case", default="kabul", help="a shipped case")
    parser.add_argument("--worlds", type=int, default=2 * CORES, help="worlds given to the others")
    parser.add_argument("--seconds", type=float, default=5.0, help="time spent on each row")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    chosen = parser.parse_args()
    logging.getLogger("EMA").setLevel(logging.ERROR)
    timings, machine = measure(chosen.case, chosen.worlds, chosen.seconds)
    case, _ = same(chosen.case, chosen.worlds)
    asked = Operations(machine["operations"], machine["functions"])
    peak = machine["peak_of_one_core"]
    low, high = (timings[-1].per_core * asked.as_one(cost) / peak for cost in (1, 20))
    print(
        f"The case {case.name}: {len(case.variables)} variables, {len(case.mechanisms)} mechanisms,"
        f" {len(case.priors)} priors,\n{len(case.instruments)} instruments with"
        f" {sum(len(i.levels) for i in case.instruments)} levels; {QUARTERS} quarters, lookahead"
        f" {case.lookahead}. All tools give the same numbers (largest gap\n"
        f"{max(t.gap for t in timings):.1g} points of 100).\n"
    )
    print(table(timings))
    print(
        f"\nOne world-quarter: {asked.plain:,.0f} operations and {asked.functions:,.0f}"
        f" transcendental functions. The engine reaches\n{low:.0%} of one core's measured peak of"
        f" {peak / 1e9:.0f} GFLOP/s ({high:.0%} with a transcendental function counted as 20)."
    )
    if chosen.json:
        figures = machine | {"rows": [asdict(t) for t in timings]}
        chosen.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
