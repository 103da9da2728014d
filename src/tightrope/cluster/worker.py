"""A worker process that joins a cluster, until it is stopped or the scheduler ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from tightrope.cluster.crew import SCHEMES, needed, quieten
from tightrope.errors import UseError
from tightrope.text.characters import quoted

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(address: str, threads: int, host: str | None, say: Callable[[str], None]) -> None:
    """Run what a scheduler sends, in a process that is started again when it dies.

    address: `tcp://HOST:PORT`, `tls://HOST:PORT` or a scheduler file. host: the name or number
    under which others reach this machine; its loopback where the scheduler is on it, else what the
    system says. Certificates for `tls://` are those of Dask's configuration.
    Raises UseError where nobody answers there.
    """
    quieten()
    needed()
    known = _known(address)
    if host is None and urlsplit(known.get("scheduler_ip", "")).hostname in LOOPBACK:
        host = LOOPBACK[0]
    asyncio.run(_serve(known, address, threads, host, say))


def _known(address: str) -> dict[str, str]:
    if address.startswith(SCHEMES):
        return {"scheduler_ip": address}
    if Path(address).is_file():
        return {"scheduler_file": address}
    allowed = f"{SCHEMES[0]}HOST:PORT, {SCHEMES[1]}HOST:PORT, or a scheduler file"
    raise UseError(f"worker: found {quoted(address)}; allowed: {allowed}")


async def _serve(
    known: dict[str, str], address: str, threads: int, host: str | None, say: Callable[[str], None]
) -> None:
    from distributed import Nanny  # noqa: PLC0415  (an extra)

    nanny = Nanny(
        **known,
        nthreads=threads,
        host=host,
        dashboard=False,
        memory_limit=0,
        death_timeout=30,
    )
    try:
        await nanny
    except (OSError, TimeoutError, ValueError, RuntimeError) as problem:
        raise UseError(
            f"worker: found no scheduler at {quoted(address)} ({problem}); allowed: one that runs"
        ) from None
    try:
        say(f"{threads} threads for {address}; Ctrl-C ends it")
        await nanny.finished()
    finally:
        await nanny.close()
