"""How long work is told of as it goes on, and the threads it runs on."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")

AHEAD = 4 * (os.cpu_count() or 1)
"""Jobs that may wait for a thread: enough to keep all busy, few enough for bounded memory."""

Progress = Callable[[int, int], None]
"""Called with how much is done, and how much there is."""

Watch = Callable[[str, int, int], None]
"""Called with a phase's name, how much of it is done, and how much there is."""


def silent(done: int, total: int) -> None:
    """Report progress to nobody."""


def no_watch(phase: str, done: int, total: int) -> None:
    """Watch nothing."""


@contextmanager
def threads() -> Iterator[ThreadPoolExecutor]:
    """As many threads as cores. On an error or Ctrl-C, what has not begun is dropped."""
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def in_order(
    pool: ThreadPoolExecutor, work: Callable[[Job], Result], jobs: Iterable[Job]
) -> Iterator[Result]:
    """Results in the order of the jobs, which are asked for as they are needed.

    The first is done before the others begin. It compiles what they all run: two threads that do
    so at once, from one cache, can hang.
    """
    coming = iter(jobs)
    yield from map(work, islice(coming, 1))
    waiting: deque[Future[Result]] = deque()
    for job in coming:
        waiting.append(pool.submit(work, job))
        if len(waiting) > AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
