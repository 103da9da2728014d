"""The prototype as generated straight-line code for Numba.

One block of `lanes` worlds is computed by one thread; every statement stands inside a loop over the
lanes, so the compiler can put a lane of worlds into one vector register. All numbers of a block
lie in one flat workspace at fixed offsets: the compiler then sees that rows do not overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numba import njit, prange, types
from numba.extending import intrinsic

from benchmarks.prototype import (
    EXOGENOUS,
    GOALS_OF,
    HABIT,
    INSTRUMENT_OF_LEVEL,
    INSTRUMENTS,
    LOOKAHEAD,
    MECHANISMS,
    NOISE,
    OWNERS,
    PARAMETERS,
    PATIENCE,
    QUARTERS,
    RATIONALITY,
    REVERSION,
    USUAL,
    VARIABLES,
    Paths,
    Worlds,
)

LEVELS = len(USUAL)
_SIZES = {
    "params": PARAMETERS,
    "reference": VARIABLES,
    "z": VARIABLES,
    "ahead": VARIABLES,
    "mix": LEVELS,
    "tried": LEVELS,
    "position": len(INSTRUMENTS),
    "outside": EXOGENOUS,
    "value": LEVELS,
    "weight": 1,
    "total": 1,
    "usual": LEVELS,
    "usual_position": len(INSTRUMENTS),
}
ROWS = sum(_SIZES.values())
ROW = dict(zip(_SIZES, np.cumsum([0, *_SIZES.values()]).tolist(), strict=False))

STARTS = np.array([i.start for i in INSTRUMENTS])
ENDS = np.array([i.end for i in INSTRUMENTS])
OWNER = np.array([i.owner for i in INSTRUMENTS])
AT = np.concatenate([i.positions for i in INSTRUMENTS]).astype(np.float32)
LOG_USUAL = np.log(USUAL).astype(np.float32)
OF_LEVEL = INSTRUMENT_OF_LEVEL


@intrinsic
def _as_float(typing_context: Any, bits: Any) -> Any:
    """The float32 whose bit pattern is given."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(types.float32))

    return types.float32(types.int32), build


F = np.float32
_LOG2E, _LN2_HIGH, _LN2_LOW = F(1.44269504), F(0.693359375), F(-2.12194440e-4)
_C0, _C1, _C2 = F(1.9875691500e-4), F(1.3981999507e-3), F(8.3334519073e-3)
_C3, _C4, _C5 = F(4.1665795894e-2), F(1.6666665459e-1), F(5.0000001201e-1)
_ONE, _HALF, _LOWEST, _HIGHEST = F(1), F(0.5), F(-87), F(88)


@njit(inline="always", fastmath=True)
def fast_exp(x: Any) -> Any:
    """exp in float32 to about one unit in the last place, without a library call (Cephes)."""
    x = min(max(x, _LOWEST), _HIGHEST)
    n = np.floor(x * _LOG2E + _HALF)
    r = x - n * _LN2_HIGH - n * _LN2_LOW
    poly = ((((_C0 * r + _C1) * r + _C2) * r + _C3) * r + _C4) * r + _C5
    bits = np.int32((np.int32(n) + np.int32(127)) << np.int32(23))
    return (poly * r * r + r + _ONE) * _as_float(bits)


@njit(inline="always", fastmath=True)
def library_exp(x: Any) -> Any:
    return np.exp(x)


@dataclass(frozen=True)
class Kernel:
    """The compiled form for blocks of `lanes` worlds; it runs on the threads set beforehand."""

    lanes: int
    compiled: Callable[..., None]

    def prepare(self, worlds: Worlds) -> tuple[np.ndarray, ...]:
        """Worlds in blocks, and room for the paths."""
        blocks = [_to_blocks(a, self.lanes) for a in worlds]
        shape = (len(blocks[0]), QUARTERS)
        rooms = [np.empty((*shape, n, self.lanes), np.float32) for n in (VARIABLES, LEVELS)]
        return (*blocks, *rooms)

    def paths(self, worlds: Worlds) -> Paths:
        prepared = self.prepare(worlds)
        self.compiled(*prepared)
        return Paths(*(_from_blocks(a) for a in prepared[-2:]))


def make(lanes: int, exp: str) -> Kernel:
    """Lay the kernel out for blocks of `lanes` worlds; one lane is the plain scalar form.

    exp: `fast_exp` or `library_exp`. Numba compiles at the first call.
    """
    scope: dict[str, Any] = dict(globals())
    scope |= {"N": lanes, "exp": scope[exp], "prange": prange}
    options = {"fastmath": True, "error_model": "numpy"}
    exec(_step_source("step_ahead", "ahead", "tried", "position", lanes), scope)
    exec(_step_source("step_now", "z", "mix", "position", lanes), scope)
    exec(_reference_source(lanes), scope)
    exec(_goals_source(lanes), scope)
    looks = [f"look_{a}" for a in range(len(OWNERS))]
    for name in ("step_ahead", "step_now", "set_reference", *looks):
        scope[name] = njit(**options)(scope[name])
    exec(_MAIN.replace("LOOK", _look_source()), scope)
    return Kernel(lanes, njit(parallel=True, **options)(scope["kernel"]))


def set_threads(count: int) -> None:
    numba.set_num_threads(count)


def _to_blocks(a: np.ndarray, lanes: int) -> np.ndarray:
    *rest, worlds = a.shape
    split = a.reshape(*rest, worlds // lanes, lanes)
    return np.ascontiguousarray(np.moveaxis(split, -2, 0))


def _from_blocks(a: np.ndarray) -> np.ndarray:
    joined = np.moveaxis(a, 0, -2)
    return joined.reshape(*joined.shape[:-2], -1)


def _at(row: str, index: int, lanes: int) -> str:
    return f"ws[{(ROW[row] + index) * lanes} + w]"


def _effects(state: str, mix: str, position: str, lanes: int) -> tuple[list[str], dict[int, str]]:
    """Statements that compute all pushes, and for each moved variable the name of its sum."""
    read = sorted(
        {v for m in MECHANISMS for v in (m.first, m.second)}
        | {m.third[1] for m in MECHANISMS if m.third[0] == "x"}
    )
    lines = [f"x{v} = _ONE / (_ONE + exp(-{_at(state, v, lanes)}))" for v in read]
    where = {"level": mix, "position": position, "exogenous": "outside"}
    moved: dict[int, list[str]] = {}
    for k, m in enumerate(MECHANISMS):
        kind, index = m.third
        third = f"x{index}" if kind == "x" else _at(where[kind], index, lanes)
        strength, damping = _at("params", m.strength, lanes), _at("params", m.damping, lanes)
        lines.append(f"m{k} = {strength} * x{m.first} * (_ONE - {damping} * x{m.second}) * {third}")
        for target in m.targets:
            moved.setdefault(target, []).append(f"m{k}")
    return lines, {v: " + ".join(names) for v, names in moved.items()}


def _function(head: str, body: list[str], before: str = "") -> str:
    lines = [f"def {head}:", *([f"    {before}"] if before else []), "    for w in range(N):"]
    return "\n".join([*lines, *(f"        {line}" for line in body)]) + "\n"


def _step_source(name: str, state: str, mix: str, position: str, lanes: int) -> str:
    lines, moved = _effects(state, mix, position, lanes)
    for v in range(VARIABLES):
        here, start = _at(state, v, lanes), _at("params", v, lanes)
        push = f" + ({moved[v]} - {_at('reference', v, lanes)})" if v in moved else ""
        lines.append(f"{here} = {here} + REVERSION32 * ({start} - {here}){push}")
    return _function(f"{name}(ws)", lines)


REVERSION32, NOISE32, HUNDRED = F(REVERSION), F(NOISE), F(100)
GOAL_SCALE = F(100 / len(GOALS_OF[0]))


def _reference_source(lanes: int) -> str:
    lines, moved = _effects("params", "usual", "usual_position", lanes)
    lines += [f"{_at('reference', v, lanes)} = {names}" for v, names in moved.items()]
    return _function("set_reference(ws)", lines)


def _goals_source(lanes: int) -> str:
    """For each actor, what one quarter of lookahead adds to the value of a level."""
    sources = []
    for a, goals in enumerate(GOALS_OF):
        total = " + ".join(f"_ONE / (_ONE + exp(-{_at('ahead', g, lanes)}))" for g in goals)
        weight = _at("weight", 0, lanes)
        lines = [
            f"{weight} = {weight} * {_at('params', PATIENCE + a, lanes)}",
            f"{_at('total', 0, lanes)} += {weight}",
            f"ws[at + w] += {weight} * GOAL_SCALE * ({total})",
        ]
        sources.append(_function(f"look_{a}(ws, at)", lines))
    return "\n".join(sources)


def _look_source() -> str:
    head = "if"
    lines = []
    for a in range(len(OWNERS)):
        lines += [f"{head} OWNER[i] == {a}:", f"    look_{a}(ws, value)"]
        head = "elif"
    return ("\n" + " " * 24).join(lines)


def _rows(name: str) -> str:
    return f"{ROW[name]} * N"


_MAIN = f"""
def kernel(params, shocks, outside, path_z, path_mix):
    for b in prange(params.shape[0]):
        ws = np.zeros({ROWS} * N, np.float32)
        for r in range({PARAMETERS}):
            for w in range(N):
                ws[({ROW["params"]} + r) * N + w] = params[b, r, w]
        for v in range({VARIABLES}):
            for w in range(N):
                ws[({ROW["z"]} + v) * N + w] = params[b, v, w]
        for level in range({LEVELS}):
            for w in range(N):
                usual = np.float32(USUAL[level])
                ws[({ROW["usual"]} + level) * N + w] = usual
                ws[({ROW["mix"]} + level) * N + w] = usual
                ws[({ROW["usual_position"]} + OF_LEVEL[level]) * N + w] += AT[level] * usual
        for k in range({EXOGENOUS}):
            for w in range(N):
                ws[({ROW["outside"]} + k) * N + w] = outside[b, 0, k, w]
        set_reference(ws)
        for t in range({QUARTERS}):
            for k in range({EXOGENOUS}):
                for w in range(N):
                    ws[({ROW["outside"]} + k) * N + w] = outside[b, t, k, w]
            for level in range({LEVELS}):
                for w in range(N):
                    ws[({ROW["tried"]} + level) * N + w] = ws[({ROW["mix"]} + level) * N + w]
            set_positions(ws)
            for i in range({len(INSTRUMENTS)}):
                position = ({ROW["position"]} + i) * N
                for c in range(STARTS[i], ENDS[i]):
                    for level in range(STARTS[i], ENDS[i]):
                        for w in range(N):
                            ws[({ROW["tried"]} + level) * N + w] = _ONE if level == c else F(0)
                    for w in range(N):
                        ws[position + w] = AT[c]
                    for v in range({VARIABLES}):
                        for w in range(N):
                            ws[({ROW["ahead"]} + v) * N + w] = ws[({ROW["z"]} + v) * N + w]
                    value = ({ROW["value"]} + c) * N
                    for w in range(N):
                        ws[value + w] = F(0)
                        ws[{_rows("weight")} + w] = _ONE
                        ws[{_rows("total")} + w] = F(0)
                    for _ in range({LOOKAHEAD}):
                        step_ahead(ws)
                        LOOK
                    for w in range(N):
                        ws[value + w] /= ws[{_rows("total")} + w]
                for w in range(N):
                    ws[position + w] = F(0)
                for level in range(STARTS[i], ENDS[i]):
                    for w in range(N):
                        share = ws[({ROW["mix"]} + level) * N + w]
                        ws[({ROW["tried"]} + level) * N + w] = share
                        ws[position + w] += AT[level] * share
            respond(ws)
            set_positions(ws)
            step_now(ws)
            for v in range({VARIABLES}):
                for w in range(N):
                    ws[({ROW["z"]} + v) * N + w] += NOISE32 * shocks[b, t, v, w]
                    path_z[b, t, v, w] = ws[({ROW["z"]} + v) * N + w]
            for level in range({LEVELS}):
                for w in range(N):
                    path_mix[b, t, level, w] = ws[({ROW["mix"]} + level) * N + w]

@njit(fastmath=True, error_model="numpy")
def set_positions(ws):
    for i in range({len(INSTRUMENTS)}):
        position = ({ROW["position"]} + i) * N
        for w in range(N):
            ws[position + w] = F(0)
        for level in range(STARTS[i], ENDS[i]):
            for w in range(N):
                ws[position + w] += AT[level] * ws[({ROW["mix"]} + level) * N + w]

@njit(fastmath=True, error_model="numpy")
def respond(ws):
    for i in range({len(INSTRUMENTS)}):
        rationality = ({ROW["params"]} + {RATIONALITY} + OWNER[i]) * N
        habit = ({ROW["params"]} + {HABIT} + OWNER[i]) * N
        for w in range(N):
            highest = F(-1e30)
            for level in range(STARTS[i], ENDS[i]):
                odds = ws[habit + w] * LOG_USUAL[level]
                odds += ws[rationality + w] * ws[({ROW["value"]} + level) * N + w]
                ws[({ROW["mix"]} + level) * N + w] = odds
                highest = max(highest, odds)
            total = F(0)
            for level in range(STARTS[i], ENDS[i]):
                share = exp(ws[({ROW["mix"]} + level) * N + w] - highest)
                ws[({ROW["mix"]} + level) * N + w] = share
                total += share
            for level in range(STARTS[i], ENDS[i]):
                ws[({ROW["mix"]} + level) * N + w] /= total
"""
