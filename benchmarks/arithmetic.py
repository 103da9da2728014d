"""How fast this machine's arithmetic is, and how much of it a computation needs."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jax.interpreters import partial_eval

PLAIN = {"add", "add_any", "sub", "mul", "div", "neg", "max", "min", "abs", "sign", "integer_pow"}
FUNCTIONS = {"exp", "exp2", "log", "log1p", "expm1", "logistic", "tanh", "pow", "sqrt", "erf_inv"}

_PROBE = """
import time
import numpy as np
size = 1024
a = np.ones((size, size), np.float32)
best = 0.0
until = time.perf_counter() + SECONDS
while time.perf_counter() < until:
    spent = time.process_time()
    for _ in range(8):
        a @ a
    spent = time.process_time() - spent
    best = max(best, 8 * 2 * size**3 / spent)
print(best)
"""


def peak_of_one_core(seconds: float = 2.0) -> float:
    """Multiplications and additions per second of processor time, single precision.

    Best of several matrix products on one thread, in a process of its own because a BLAS library
    settles its number of threads when it is loaded.
    """
    names = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    done = subprocess.run(
        [sys.executable, "-c", _PROBE.replace("SECONDS", repr(seconds))],
        env={**os.environ, **dict.fromkeys(names, "1")},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


class Operations(NamedTuple):
    """Additions, multiplications, divisions and the like; and transcendental functions."""

    plain: float
    functions: float

    def as_one(self, function: float) -> float:
        """All in one number, a transcendental function counted as so many operations."""
        return self.plain + function * self.functions


def operations(function: Callable[..., Any], *args: Any) -> Operations:
    """What a JAX function needs, loops counted in full, before any other optimisation than leaving
    out what no result depends on."""
    jaxpr = jax.make_jaxpr(function)(*args).jaxpr
    needed, _ = partial_eval.dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))
    return _count(needed)


def _count(jaxpr: Any) -> Operations:
    plain = functions = 0.0
    for equation in jaxpr.eqns:
        name = equation.primitive.name
        size = math.prod(equation.outvars[0].aval.shape) if equation.outvars else 0
        times = equation.params["length"] if name == "scan" else 1
        for inner in _inner(equation.params):
            within = _count(inner)
            plain += times * within.plain
            functions += times * within.functions
        if name in PLAIN:
            plain += size
        elif name in FUNCTIONS:
            functions += size
        elif name in {"reduce_sum", "reduce_max", "cumsum"}:
            plain += math.prod(equation.invars[0].aval.shape)
        elif name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            shape = equation.invars[0].aval.shape
            plain += 2 * size * math.prod(shape[axis] for axis in contracted)
    return Operations(plain, functions)


def _inner(params: dict[str, Any]) -> list[Any]:
    found = [params[key] for key in ("jaxpr", "call_jaxpr", "fun_jaxpr") if key in params]
    return [getattr(jaxpr, "jaxpr", jaxpr) for jaxpr in found]
