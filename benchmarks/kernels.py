"""Which kernel? The same numbers computed in several ways, timed side by side.

    python -m benchmarks.kernels [--seconds 1] [--json FILE]

A world-quarter is one world moved on by one quarter, all choices included. Speeds are given per
second of processor time, which hardly changes when others use the machine, and per second on the
clock, which does.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import generated
from benchmarks.arithmetic import Operations, operations, peak_of_one_core
from benchmarks.prototype import (
    GOALS_OF,
    HABIT,
    INSTRUMENT_OF_LEVEL,
    INSTRUMENTS,
    LOOKAHEAD,
    NOISE,
    OWNER_OF_LEVEL,
    OWNERS,
    PATIENCE,
    QUARTERS,
    RATIONALITY,
    REVERSION,
    STRENGTH,
    USUAL,
    VARIABLES,
    Paths,
    Worlds,
    pushes,
    worlds,
)

Array = Any
LEVEL_COUNT = len(USUAL)
THREADS = tuple(dict.fromkeys((1, os.cpu_count() or 1)))
WIDE = {"xla_cpu_prefer_vector_width": 512}

# Candidate c puts level c in place of its instrument's conduct and leaves the rest.
ONLY = np.eye(LEVEL_COUNT, dtype=np.float32)
OTHERS = (INSTRUMENT_OF_LEVEL[:, None] != INSTRUMENT_OF_LEVEL[None, :]).astype(np.float32)


# ---------------------------------------------------------------- plain NumPy, one world


def numpy_one_world(params: np.ndarray, shocks: np.ndarray, exogenous: np.ndarray) -> Paths:
    """One world in double precision, as a model function driven experiment by experiment."""
    p = params.astype(float).tolist()
    usual = USUAL.tolist()
    start = np.array(p[:VARIABLES])
    reference = _dense(pushes(_logistic(start).tolist(), usual, exogenous[0].tolist(), p))
    z, mix = start, usual
    path_z, path_mix = [], []
    for shock, outside in zip(shocks.astype(float), exogenous.tolist(), strict=True):

        def step(z: np.ndarray, mix: list[float], outside: list[float] = outside) -> np.ndarray:
            moved = _dense(pushes(_logistic(z).tolist(), mix, outside, p))
            return z + moved - reference + REVERSION * (start - z)

        values = _values_one_world(step, z, mix, p)
        mix = _respond_one_world(values, p)
        z = step(z, mix) + NOISE * shock
        path_z.append(z)
        path_mix.append(mix)
    return Paths(np.array(path_z), np.array(path_mix))


def _dense(total: list[Any]) -> np.ndarray:
    return np.array([0.0 if push is None else push for push in total])


def _logistic(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def _values_one_world(
    step: Callable[[np.ndarray, list[float]], np.ndarray],
    z: np.ndarray,
    mix: list[float],
    p: list[float],
) -> list[float]:
    values = []
    for instrument in INSTRUMENTS:
        goals = list(GOALS_OF[instrument.owner])
        patience = p[PATIENCE + instrument.owner]
        for level in range(instrument.start, instrument.end):
            tried = mix.copy()
            tried[instrument.start : instrument.end] = [0.0] * (instrument.end - instrument.start)
            tried[level] = 1.0
            ahead, weight, total, value = z, 1.0, 0.0, 0.0
            for _ in range(LOOKAHEAD):
                ahead = step(ahead, tried)
                weight *= patience
                total += weight
                value += weight * 100 * float(_logistic(ahead[goals]).mean())
            values.append(value / total)
    return values


def _respond_one_world(values: list[float], p: list[float]) -> list[float]:
    mix: list[float] = []
    for i in INSTRUMENTS:
        usual = np.log(USUAL[i.start : i.end])
        odds = p[HABIT + i.owner] * usual + p[RATIONALITY + i.owner] * np.array(
            values[i.start : i.end]
        )
        shares = np.exp(odds - odds.max())
        mix += (shares / shares.sum()).tolist()
    return mix


# ---------------------------------------------------------------- many worlds: NumPy and JAX


def side_by_side(
    xp: Any, scan: Callable[..., Any], drawn: Worlds, again: Callable[..., Any] = lambda f: f
) -> Paths:
    """All worlds and all candidate levels at once; `xp` and `scan` are NumPy's or JAX's.

    `again` marks what is to be computed a second time rather than kept when deriving.
    """
    # A split's derivative is one concatenation, where that of 130 indexings is 130 sums of pads.
    params = (
        [row[0] for row in jax.lax.split(drawn.params, (1,) * len(drawn.params))]
        if xp is jnp
        else list(drawn.params)
    )
    start = params[:VARIABLES]
    shape = (LEVEL_COUNT, params[0].shape[-1])
    usual = [np.float32(share) + 0 * params[0] for share in USUAL]

    def logistic(z: Array) -> Array:
        return jax.nn.sigmoid(z) if xp is jnp else 1 / (1 + xp.exp(-z))

    reference = pushes([logistic(z) for z in start], usual, list(drawn.exogenous[0]), params)

    def step(z: list[Array], mix: list[Array], outside: list[Array]) -> list[Array]:
        moved = pushes([logistic(value) for value in z], mix, outside, params)
        return [
            value + REVERSION * (s - value) + (0 if m is None else m - r)
            for value, s, m, r in zip(z, start, moved, reference, strict=True)
        ]

    def lookahead(z: list[Array], mix: Array, outside: list[Array]) -> Array:
        tried = ONLY[:, :, None] + OTHERS[:, :, None] * mix[None]
        by_level = [tried[:, level] for level in range(LEVEL_COUNT)]

        def quarter(state: Any, _: None) -> tuple[Any, None]:
            z, weights, total, values = state
            z = step(z, by_level, outside)
            weights = [w * params[PATIENCE + a] for a, w in enumerate(weights)]
            total = [t + w for t, w in zip(total, weights, strict=True)]
            values = [
                value
                + weights[a]
                * (100 / len(GOALS_OF[a]))
                * sum(logistic(z[g][rows]) for g in GOALS_OF[a])
                for a, (value, rows) in enumerate(zip(values, _rows_of_owners(), strict=True))
            ]
            return (z, weights, total, values), None

        state = (
            [xp.broadcast_to(value, shape) for value in z],
            [xp.ones_like(params[0]) for _ in OWNERS],
            [xp.zeros_like(params[0]) for _ in OWNERS],
            [
                xp.zeros((rows.stop - rows.start, shape[1]), np.float32)
                for rows in _rows_of_owners()
            ],
        )
        (_, _, total, values), _ = scan(quarter, state, None, LOOKAHEAD)
        return xp.concatenate([v / t for v, t in zip(values, total, strict=True)])

    looked = again(lookahead)

    def respond(values: Array) -> Array:
        parts = []
        for i in INSTRUMENTS:
            usual = np.log(USUAL[i.start : i.end]).astype(np.float32)[:, None]
            odds = (
                params[HABIT + i.owner] * usual
                + params[RATIONALITY + i.owner] * (values[i.start : i.end])
            )
            shares = xp.exp(odds - odds.max(axis=0))
            parts.append(shares / shares.sum(axis=0))
        return xp.concatenate(parts)

    def quarter(state: Any, inputs: Any) -> tuple[Any, Any]:
        z, mix = state
        shocks, outside = inputs
        mix = respond(looked(z, mix, list(outside)))
        moved = step(z, [mix[level] for level in range(LEVEL_COUNT)], list(outside))
        z = [value + NOISE * shocks[i] for i, value in enumerate(moved)]
        return (z, mix), Paths(xp.stack(z), mix)

    inputs = (drawn.shocks, drawn.exogenous)
    _, paths = scan(quarter, (start, xp.stack(usual)), inputs, len(drawn.shocks))
    return paths


def _rows_of_owners() -> list[slice]:
    rows = []
    for owner in range(len(OWNERS)):
        mine = np.flatnonzero(owner == OWNER_OF_LEVEL)
        rows.append(slice(int(mine[0]), int(mine[-1]) + 1))
    return rows


def plain_scan(stack: Callable[..., Any]) -> Callable[..., Any]:
    """`jax.lax.scan` as a loop in Python, for this file's uses of it."""

    def scan(body: Any, state: Any, inputs: Any, length: int) -> tuple[Any, Any]:
        kept = []
        for t in range(length):
            state, out = body(state, None if inputs is None else tuple(a[t] for a in inputs))
            kept.append(out)
        if kept[0] is None:
            return state, None
        return state, Paths(*(stack(part) for part in zip(*kept, strict=True)))

    return scan


def numpy_side_by_side(drawn: Worlds) -> Paths:
    return side_by_side(np, plain_scan(np.stack), drawn)


def jax_side_by_side(drawn: Worlds) -> Paths:
    return side_by_side(jnp, jax.lax.scan, drawn)


def jax_derivatives(drawn: Worlds) -> Array:
    """Exact derivatives of a sum over the paths by every parameter, world by world."""

    def total(params: Array) -> Array:
        here = drawn._replace(params=params)
        return jnp.sum(side_by_side(jnp, jax.lax.scan, here, jax.checkpoint).z)

    return jax.grad(total)(drawn.params)


def work_of_one_world_quarter() -> Operations:
    """A logistic function counts as one function."""
    asked = operations(jax_side_by_side, worlds(1))
    return Operations(*(number / QUARTERS for number in asked))


# ---------------------------------------------------------------- timing


@dataclass(frozen=True)
class Contender:
    """A way of computing: `run` computes `worlds` worlds once, on `threads` threads."""

    name: str
    chunk: int
    worlds: int
    threads: int
    compile_seconds: float
    run: Callable[[], Any]


@dataclass(frozen=True)
class Timing:
    """Speeds in world-quarters per second: of processor time, and on the clock.

    ratio: to plain NumPy one world at a time, both by processor time.
    arithmetic: share of one core's measured peak, a transcendental function counted as one.
    arithmetic_20: the same with a transcendental function counted as twenty.
    """

    name: str
    chunk: int
    threads: int
    compile_seconds: float
    per_core: float
    per_second: float
    ratio: float
    arithmetic: float
    arithmetic_20: float


def speeds(contender: Contender, seconds: float) -> tuple[float, float]:
    """Best speeds seen within so many seconds, by processor time and by the clock."""
    work = contender.worlds * QUARTERS
    processor = clock = float("inf")
    until = time.perf_counter() + seconds
    contender.run()
    while time.perf_counter() < until or processor == float("inf"):
        began, spent = time.perf_counter(), time.process_time()
        contender.run()
        clock = min(clock, time.perf_counter() - began)
        processor = min(processor, time.process_time() - spent)
    return work / processor, work / clock


def agree(name: str, paths: Paths, expected: Paths, tolerance: float = 1e-4) -> None:
    """Raise where the first worlds of two computations differ by more than rounding."""
    count = expected.z.shape[-1]
    for part, got, want in zip(Paths._fields, paths, expected, strict=True):
        gap = float(np.abs(np.asarray(got)[..., :count] - want).max())
        if not gap < tolerance:
            raise AssertionError(f"{name}: {part} is off by {gap:.2g}")


def contenders() -> Iterator[Contender]:
    """Compile each, check that its numbers are those of plain NumPy, and hand it out for timing."""
    sample = worlds(512)
    alone = [numpy_one_world(*(a[..., w] for a in sample)) for w in range(4)]
    expected = Paths(*(np.stack(part, axis=-1) for part in zip(*alone, strict=True)))
    one = [a[..., 0] for a in sample]
    yield Contender("NumPy, one world at a time", 1, 1, 1, 0.0, lambda: numpy_one_world(*one))
    for chunk in (64, 256):
        yield _numpy(chunk, sample, expected)
    yield from _numba("Numba, one world a thread", 1, "library_exp", sample, expected)
    yield from _numba("Numba, 16 worlds a vector", 16, "fast_exp", sample, expected)
    yield from _jax("JAX", {}, 128, sample, expected)
    for chunk in (64, 128, 256):
        yield from _jax("JAX, wide vectors", WIDE, chunk, sample, expected)


def _part(sample: Worlds, chunk: int) -> Worlds:
    return Worlds(*(np.ascontiguousarray(a[..., :chunk]) for a in sample))


def _numpy(chunk: int, sample: Worlds, expected: Paths) -> Contender:
    drawn = _part(sample, chunk)
    agree("NumPy side by side", numpy_side_by_side(drawn), expected)
    name = "NumPy, worlds side by side"
    return Contender(name, chunk, chunk, 1, 0.0, lambda: numpy_side_by_side(drawn))


def _numba(name: str, lanes: int, exp: str, sample: Worlds, expected: Paths) -> Iterator[Contender]:
    kernel = generated.make(lanes, exp)
    began = time.perf_counter()
    agree(name, kernel.paths(_part(sample, 16)), expected)
    compiling = time.perf_counter() - began
    prepared = kernel.prepare(sample)
    for threads in THREADS:
        generated.set_threads(threads)
        yield Contender(name, lanes, 512, threads, compiling, lambda: kernel.compiled(*prepared))


def _jax(
    name: str, options: dict[str, Any], chunk: int, sample: Worlds, expected: Paths
) -> Iterator[Contender]:
    drawn = jax.device_put(_part(sample, chunk))
    began = time.perf_counter()
    compiled = jax.jit(jax_side_by_side, compiler_options=options).lower(drawn).compile()
    compiling = time.perf_counter() - began
    agree(name, compiled(drawn), expected)
    repeats = range(512 // chunk)
    for threads in THREADS:
        with ThreadPoolExecutor(threads) as pool:

            def run(pool: ThreadPoolExecutor = pool) -> None:
                list(pool.map(lambda _: jax.block_until_ready(compiled(drawn)), repeats))

            yield Contender(name, chunk, 512, threads, compiling, run)


def derivatives() -> Contender:
    """Compile exact derivatives by all parameters, and check one against a difference quotient."""
    chunk = 64
    drawn = worlds(chunk)
    began = time.perf_counter()
    compiled = jax.jit(jax_derivatives, compiler_options=WIDE).lower(drawn).compile()
    compiling = time.perf_counter() - began
    exact = float(compiled(drawn)[STRENGTH, 0])
    low, high = (_sum_with(drawn, STRENGTH, by) for by in (-1e-4, 1e-4))
    quotient = (high - low) / 2e-4
    if not np.isclose(exact, quotient, rtol=1e-3, atol=1e-3):
        raise AssertionError(f"derivative {exact:.6g}, difference quotient {quotient:.6g}")
    name = "JAX, 130 derivatives too"
    run = lambda: jax.block_until_ready(compiled(drawn))  # noqa: E731
    return Contender(name, chunk, chunk, 1, compiling, run)


def _sum_with(drawn: Worlds, row: int, by: float) -> float:
    """Sum over the first world's path with one parameter moved, in double precision."""
    params = drawn.params[:, 0].astype(float)
    params[row] += by
    return float(numpy_one_world(params, drawn.shocks[..., 0], drawn.exogenous[..., 0]).z.sum())


def _all() -> Iterator[Contender]:
    yield from contenders()
    yield derivatives()


def measure(seconds: float) -> tuple[list[Timing], float]:
    """Time every contender; also returns the peak of one core, operations per second."""
    peak = peak_of_one_core(seconds)
    work = work_of_one_world_quarter()
    timings: list[Timing] = []
    for contender in _all():
        per_core, per_second = speeds(contender, seconds)
        first = timings[0].per_core if timings else per_core
        timings.append(
            Timing(
                contender.name,
                contender.chunk,
                contender.threads,
                contender.compile_seconds,
                per_core,
                per_second,
                per_core / first,
                per_core * work.as_one(1) / peak,
                per_core * work.as_one(20) / peak,
            )
        )
    return timings, peak


def table(timings: Sequence[Timing]) -> str:
    head = (
        f"{'':28}{'worlds':>7}{'threads':>8}{'compile':>9}{'world-quarters/s':>19}{'':9}{'times':>8}"
        f"{'share of peak':>16}\n"
        f"{'':28}{'a chunk':>7}{'':8}{'s':>9}{'of one core':>14}{'clock':>14}{'first':>8}"
        f"{'f = 1':>8}{'f = 20':>8}"
    )
    rows = [
        f"{t.name:28}{t.chunk:7}{t.threads:8}{t.compile_seconds:9.1f}{t.per_core:14,.0f}"
        f"{t.per_second:14,.0f}{t.ratio:8,.0f}{t.arithmetic:8.1%}{t.arithmetic_20:8.1%}"
        for t in timings
    ]
    return "\n".join([head, *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the kernels that could run the model.")
    parser.add_argument("--seconds", type=float, default=1.0, help="time spent on each row")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    chosen = parser.parse_args()
    timings, peak = measure(chosen.seconds)
    plain, functions = work_of_one_world_quarter()
    print("Kernels on equal work; all give the same numbers to single precision.\n")
    print(table(timings))
    print(
        f"\nOne core's peak, measured: {peak / 1e9:.0f} GFLOP/s in single precision."
        f"\nOne world-quarter: {plain:,.0f} operations and {functions:,.0f} transcendental"
        " functions (f), each\ncounted as 1 or as 20 operations. For the derivatives only the run"
        " itself is counted.\nA single JAX call may use a second core for part of its work."
    )
    if chosen.json:
        figures = {"peak_of_one_core": peak, "operations": plain, "functions": functions}
        rows = [asdict(t) for t in timings]
        chosen.json.write_text(json.dumps({**figures, "rows": rows}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
