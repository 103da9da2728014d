"""How cost grows with worlds, and where a scheduler becomes the limit.

Prints time and peak memory of one contrast of a claim in more and more worlds, up to as many as end
within ten minutes on this machine, and a line through them beyond; then how many tasks a second a
Dask scheduler hands out when they do nothing, and what worlds by workers cost beside threads.
`python -m benchmarks.scale [CASE CLAIM]`
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np
from distributed import Client, LocalCluster

from tightrope.analyses.verdicts import claims
from tightrope.case import Case
from tightrope.cluster.crew import AHEAD, on
from tightrope.engine import cache
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import First
from tightrope.reading import load

QUARTERS, MOST_SECONDS = 20, 600.0
COUNTS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
TASKS, MANY, BESIDE = 4_000, 256, 20_000


def share(case: Case, claim: str, count: int, kept: Kept | None = None) -> float:
    """In what share of the first so many worlds a claim is as argued."""
    setting = Setting.of(Runs(compile_case(case), First(0, count), QUARTERS, kept))
    (own,) = (c for c in case.claims if c.id == claim)
    _, (result,) = claims.evaluate(setting, [own])
    return result.share


def timed(work: Callable[[], float]) -> tuple[float, float]:
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def peak() -> float:
    """Megabytes that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def growth(case: Case, claim: str) -> None:
    share(case, claim, 128)  # compiles
    print(f"{case.name}, claim {claim}, {QUARTERS} quarters, {os.cpu_count()} cores; "
          f"{peak():,.0f} MB once compiled")  # fmt: skip
    seen: list[tuple[int, float]] = []
    for count in COUNTS:
        rate = seen[-1][1] / seen[-1][0] if seen else 0.0
        if sum(t for _, t in seen) + rate * count > MOST_SECONDS:
            steps = np.diff([t for _, t in seen])[-1] / np.diff([n for n, _ in seen])[-1]
            more = seen[-1][1] + steps * (count - seen[-1][0])
            print(f"{count:>12,} worlds: some {more:,.0f} s (by the last step; not run)")
            continue
        seconds, found = timed(lambda count=count: share(case, claim, count))  # type: ignore
        seen.append((count, seconds))
        print(f"{count:>12,} worlds: {seconds:8.1f} s, {count / seconds:9,.0f} worlds a second, "
              f"peak {peak():,.0f} MB, as argued in {100 * found:.2f} %", flush=True)  # fmt: skip


def nothing(data: bytes) -> bytes:
    return data


def empty(client: Client, size: int, window: int) -> float:
    """Tasks a second that do nothing but carry so many bytes, so many of them out at a time."""
    data, out, sent = bytes(size), set(), 0
    done: SimpleQueue[Any] = SimpleQueue()
    start = time.perf_counter()
    while sent < TASKS or out:
        while sent < TASKS and len(out) < window:
            future = client.submit(nothing, data, pure=False)
            future.add_done_callback(done.put)
            out.add(future)
            sent += 1
        out.remove(done.get())
    return TASKS / (time.perf_counter() - start)


def main() -> None:
    cache.use()
    name, claim = sys.argv[1:3] if sys.argv[2:] else ("kabul", "1.2-image")
    case = load(name)
    growth(case, claim)
    beside(case, claim)


def beside(case: Case, claim: str) -> None:
    """What a scheduler and its workers cost."""
    cores = os.cpu_count() or 1
    with (
        LocalCluster(n_workers=cores, threads_per_worker=1, host="127.0.0.1", memory_limit=0,
                     dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):  # fmt: skip
        for size in (100, 10_000):
            for threads in (cores, MANY):
                rate = empty(client, size, AHEAD * threads)
                print(f"empty tasks of {size:,} bytes, as many out as for {threads} threads: "
                      f"{rate:,.0f} a second", flush=True)  # fmt: skip
        crew = on(client)
        share(case, claim, 128 * 64 * cores, crew)  # every worker compiles
        here, one = timed(lambda: share(case, claim, BESIDE))
        there, other = timed(lambda: share(case, claim, BESIDE, crew))
    print(f"{BESIDE:,} worlds by threads {here:.1f} s, by {cores} workers {there:.1f} s: "
          f"{there / here:.2f} times; the same share: {one == other}")  # fmt: skip


if __name__ == "__main__":
    main()
