"""A crew on Dask: pieces go to workers, a bounded number at a time, and results come back here.

The process that asks keeps the store; a worker keeps nothing but compiled cases. When a worker
dies, Dask runs what it had on another one. Any `distributed.Client` will do.
"""

from __future__ import annotations

import logging
import os
import pickle
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from tightrope.cluster import remote
from tightrope.engine.crew import Load, Piece, Tag, Values
from tightrope.engine.kept import Kept
from tightrope.engine.model import Model
from tightrope.errors import UseError
from tightrope.text.characters import quoted

AHEAD = 3
"""Pieces that are out for each thread of a worker: one that runs and two that wait there. It
bounds the memory of results, however many worlds."""

SHARES = 8
"""Each thread gets so many pieces at least, so that none is left with a long one at the end."""

LARGEST = 32
"""Tasks in a piece at most: some half a second of a case like Kabul. A scheduler that handles a
thousand pieces a second then serves hundreds of threads; see docs/scale.md."""

LOOK = 2.0
"""Seconds between two looks at how many workers there are."""

PATIENCE = 120.0
"""Seconds to wait for a first worker, or for another one when the last is gone."""

LOCAL, SCHEMES = "local", ("tcp://", "tls://")
WANTED = f"{LOCAL}, {SCHEMES[0]}HOST:PORT, {SCHEMES[1]}HOST:PORT, or a scheduler file"


@dataclass(eq=False)
class DaskCrew:
    """Workers of a Dask cluster; see `engine.crew.Crew`.

    Attributes:
        client: a `distributed.Client`.
        patience: seconds to wait for a worker where there is none.
        world_quarters, seconds: that were run there, and how long that took in all.
        seen: the most threads that there were at once.
    """

    client: Any
    patience: float = PATIENCE
    world_quarters: int = 0
    seconds: float = 0.0
    seen: int = 0
    threads: int = 0
    looked: float = -LOOK
    alive: float = field(default_factory=time.monotonic)

    def together(self, total: int) -> int:
        """So many of `total` tasks go into a piece."""
        return max(1, min(LARGEST, total // (SHARES * max(self._count(), 1))))

    def run(
        self, model: Model, load: Load, pieces: Iterable[tuple[Tag, Piece | None]]
    ) -> Iterator[tuple[Tag, Values | None]]:
        """Run pieces and give them back as they are done; raises UseError where that fails."""
        start, client = time.monotonic(), self.client
        shared = [
            client.submit(remote.same, parcel, key=f"tightrope-{parcel.hash.hex()}", priority=1)
            for parcel in (remote.packed(model), remote.Parcel.of(load))
        ]
        out: dict[Any, tuple[Tag, Piece]] = {}
        done: SimpleQueue[Any] = SimpleQueue()
        coming, more = iter(pieces), True
        self.alive = time.monotonic()
        try:
            while more or out:
                while more and len(out) < max(AHEAD * self._count(), 1):
                    tag, piece = next(coming, (None, None))
                    if tag is None:
                        more = False
                    elif piece is None:
                        yield tag, None
                    else:
                        data = pickle.dumps(piece, pickle.HIGHEST_PROTOCOL)
                        future = client.submit(remote.run, *shared, data, pure=False)
                        out[future] = tag, piece
                        # `distributed.wait` looks at all of them each time, which is too slow.
                        future.add_done_callback(done.put)
                if out:
                    future = self._next(done)
                    tag, piece = out.pop(future)
                    found = _result(future)
                    self.world_quarters += _work(load, piece)
                    yield tag, found
        finally:
            with suppress(Exception):  # the scheduler may be what is gone
                client.cancel(list(out), reason="no longer wanted")
            self.seconds += time.monotonic() - start

    def _next(self, done: SimpleQueue[Any]) -> Any:
        """One that is done; raises UseError where nobody is there to do any."""
        while True:
            try:
                return done.get(timeout=LOOK)
            except Empty:
                self._check()

    def _check(self) -> None:
        if self._count():
            self.alive = time.monotonic()
        elif self.client.status != "running":
            raise UseError(_gone(self.client))
        elif time.monotonic() - self.alive > self.patience:
            where = _address(self.client)
            raise UseError(
                f"cluster: found no worker at {where} for {self.patience:.0f} seconds; allowed: at "
                f"least one (tightrope worker {where})"
            )

    def _count(self) -> int:
        """Threads of all workers, as of LOOK seconds ago at most."""
        if time.monotonic() - self.looked > LOOK:
            try:
                self.threads = sum(self.client.nthreads().values())
            except (OSError, TimeoutError, RuntimeError):
                self.threads = 0
            self.seen = max(self.seen, self.threads)
            self.looked = time.monotonic()
        return self.threads

    def told(self) -> str:
        """What was run and how fast, in a sentence; "" where nothing was."""
        if not self.world_quarters:
            return ""
        rate = self.world_quarters / max(self.seconds, 1e-9)
        return (
            f"{self.world_quarters:,} world-quarters on up to {self.seen} threads of workers in "
            f"{self.seconds:,.0f} s, {rate:,.0f} a second"
        )


@dataclass(eq=False)
class Shared:
    """Where results come from when a crew runs what is not kept; see `engine.kept.Kept`."""

    kept: Kept | None
    crew: DaskCrew

    def take(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        return self.kept.take(keys) if self.kept else {}

    def keep(self, found: Mapping[bytes, np.ndarray]) -> None:
        if self.kept:
            self.kept.keep(found)


def on(client: Any, kept: Kept | None = None) -> Shared:
    """Run worlds on a cluster: `tightrope.assess(case, kept=tightrope.on(client))`.

    client: a `distributed.Client`. kept: where results are kept beside that, nowhere by default.
    What comes out does not depend on the workers, nor on how many there are.
    """
    needed()
    return Shared(kept, DaskCrew(client))


@contextmanager
def connected(where: str, kept: Kept | None) -> Iterator[Shared]:
    """The same for the command line, by what was typed: see WANTED.

    Raises UseError for anything else, where nobody answers, and where Dask is not installed.
    """
    quieten()
    needed()
    from distributed import Client  # noqa: PLC0415  (an extra)

    if where == LOCAL:
        with _own() as cluster, Client(cluster, set_as_default=False) as client:
            yield on(client, kept)
        return
    file = Path(where)
    known = {"address": where} if where.startswith(SCHEMES) else {"scheduler_file": where}
    if "address" not in known and not file.is_file():
        raise UseError(f"cluster: found {quoted(where)}; allowed: {WANTED}")
    try:
        client = Client(**known, timeout=10, set_as_default=False)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise UseError(
            f"cluster: found {quoted(where)}, where no scheduler answers ({problem}); "
            f"allowed: {WANTED}"
        ) from None
    with client:
        yield on(client, kept)


def _own() -> Any:
    """Workers on this machine, a process for each core up to eight; nobody else can reach them."""
    from distributed import LocalCluster  # noqa: PLC0415  (an extra)

    cores = os.cpu_count() or 1
    workers = min(cores, 8)
    return LocalCluster(
        n_workers=workers, threads_per_worker=cores // workers, host="127.0.0.1",
        dashboard_address="127.0.0.1:0", memory_limit=0,
    )  # fmt: skip


def needed() -> None:
    """Raise UseError where Dask is not installed."""
    try:
        import distributed  # noqa: F401, PLC0415  (an extra)
    except ImportError:
        raise UseError(
            "clusters are run by distributed, which is not installed; allowed: "
            "pip install 'tightrope[cluster]'"
        ) from None


def quieten() -> None:
    """Dask's log speaks to programmers; what matters is said as an error.

    Also of the processes that it starts, which read the environment. Only commands call it.
    """
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)


def _result(future: Any) -> Values:
    """What a worker gave. Raises UseError where it could not, though others tried, too."""
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415  (an extra)

    try:
        found: Values = future.result()
    except KilledWorker as problem:
        raise UseError(
            f"cluster: found workers that died, one after another, with the same worlds ({problem})"
            "; allowed: workers with enough memory. What was run before is kept"
        ) from None
    except CancelledError:
        raise UseError(_gone(future.client)) from None
    return found


def _gone(client: Any) -> str:
    return (
        f"cluster: found the scheduler at {_address(client)} gone; allowed: one that stays. What "
        "was run before is kept"
    )


def _address(client: Any) -> str:
    return str(getattr(client.scheduler, "address", "") or "its address")


def _work(load: Load, piece: Piece) -> int:
    """World-quarters of a piece."""
    return sum(len(t.pack) * (t.here.stop - t.here.start) * load.last(t) for t in piece.tasks)
