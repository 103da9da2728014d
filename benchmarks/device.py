"""A case's claims on the processor and on a GPU: the same numbers, and at what price.

Prints, for each case, how far the differences of all claims lie apart, how many claims get another
word, how long the claims took, and world-quarters a second of one arm by how wide a block is.
Needs a JAX that sees a GPU, and says so where there is none. `python -m benchmarks.device`
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np

from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result
from tightrope.arguments import QUARTERS
from tightrope.engine import kernel
from tightrope.engine.compiling import compile_case
from tightrope.engine.plan import Plan
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import First
from tightrope.reading import load

CASES = ("starter", "kabul")
PLATFORMS = ("cpu", "cuda")
WORLDS = 2000
WIDE = (128, 2048, 16_384)
"""Lanes of a block; the engine's own is the first."""


STARTER = Path(__file__).parents[1] / "src" / "tightrope" / "starter"


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(name: str, out: Path) -> None:
    """Judge a case's claims twice, time one arm by width, and keep all of it in `out`."""
    case = load(STARTER if name == "starter" else name)
    runs = Runs(compile_case(case), First(0, WORLDS), QUARTERS)
    setting = Setting.of(runs, None, None)
    tested = claims.testable(case, QUARTERS)
    found: list[tuple[Result, ...]] = []
    seconds = [timed(lambda: found.append(claims.evaluate(setting, tested)[1])) for _ in range(2)]
    plan = setting.plan(case.claims[0].parts[0].contrast.this.arm)
    rates = [rate(runs, plan, wide) for wide in WIDE]
    np.savez(out, differences=np.concatenate([r.parts for r in found[-1]]),
             words=[r.verdict for r in found[-1]], seconds=seconds, rates=rates)  # fmt: skip


def rate(runs: Runs, plan: Plan, wide: int) -> float:
    """World-quarters a second of one arm in one block of so many lanes."""
    block = First(0, wide).part(runs.model.case, 0, wide).block(runs.model.case, QUARTERS, False)

    def once() -> None:
        jax.block_until_ready(kernel.run_marked(runs.model, block, plan, QUARTERS))

    once()
    return wide * QUARTERS / min(timed(once) for _ in range(3))


def main() -> int:
    if "cuda" not in {d.platform.replace("gpu", "cuda") for d in jax.devices()}:
        print("JAX sees no GPU here: nothing to compare.")
        return 1
    print(f"JAX {jax.__version__}, {jax.devices()[0].device_kind}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as place:
        for name in CASES:
            kept = [Path(place) / f"{name}-{platform}.npz" for platform in PLATFORMS]
            for platform, out in zip(PLATFORMS, kept, strict=True):
                here = {**os.environ, "JAX_PLATFORMS": platform}
                own = [sys.executable, "-m", "benchmarks.device", name, str(out)]
                subprocess.run(own, env=here, check=True)
            tell(name, *map(np.load, kept))
    return 0


def tell(name: str, cpu: dict[str, np.ndarray], gpu: dict[str, np.ndarray]) -> None:
    apart = np.abs(cpu["differences"] - gpu["differences"])
    other = int((cpu["words"] != gpu["words"]).sum())
    print(f"{name}: {len(cpu['words'])} claims in {WORLDS:,} worlds; differences lie "
          f"{np.median(apart):.1e} apart in the middle, {np.quantile(apart, 0.999):.1e} in 999 of "
          f"1,000, {apart.max():.1e} at most; {other} get another word")  # fmt: skip
    for platform, found in zip(PLATFORMS, (cpu, gpu), strict=True):
        first, again = found["seconds"]
        rates = ", ".join(f"{r:,.0f} with {w:,} lanes"
                          for r, w in zip(found["rates"], WIDE, strict=True))  # fmt: skip
        print(f"  {platform}: first {first:.1f} s, again {again:.1f} s; "
              f"world-quarters a second of one arm: {rates}")  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], Path(sys.argv[2]))
    else:
        sys.exit(main())
