"""How long the larger jobs on the Kabul case take, and how much memory; nothing else should run.

    python -m benchmarks.decisions

Each is run twice in this process: the first time compiles (or reads the compile cache).
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable

from tightrope.analyses.compare import numbers as compare
from tightrope.analyses.game import numbers as game
from tightrope.analyses.record import evidence
from tightrope.analyses.search import numbers as search
from tightrope.arguments import QUARTERS, SEARCH_WORLDS, UNSEEN
from tightrope.engine import cache
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import First, Sample
from tightrope.reading import load


def main() -> None:
    cache.use()
    case = load("kabul")
    model = compile_case(case)
    runs = Runs(model, First(0, 2000), QUARTERS)
    train, test = search.split(Sample.of(case, 0, 0, SEARCH_WORLDS + UNSEEN), SEARCH_WORLDS, UNSEEN)
    jobs: dict[str, Callable[[], object]] = {
        "match 100,000 worlds to the record": lambda: evidence.match(
            model, seed=0, enough=evidence.TESTED
        ),
        "compare 8 postures x 8 scenarios x 2,000 worlds x 20 quarters": lambda: compare.compare(
            runs
        ),
        "solve the game and map it over two numbers": lambda: game.run(case, seed=0),
        "search postures, default size": lambda: search.run(runs.over(train), runs.over(test)),
    }
    print(f"{os.cpu_count()} cores")
    for name, job in jobs.items():
        taken = []
        for _ in range(2):
            start = time.perf_counter()
            job()
            taken.append(time.perf_counter() - start)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"{name}: {taken[0]:.0f} s, again {taken[1]:.0f} s; peak memory so far {peak:.1f} GiB"
        )


if __name__ == "__main__":
    main()
