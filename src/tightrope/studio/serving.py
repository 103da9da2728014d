"""The studio started and stopped."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import uvicorn

from tightrope.engine.kept import Kept
from tightrope.errors import UseError
from tightrope.reading import shipped
from tightrope.studio import desk as desks
from tightrope.studio import jobs
from tightrope.studio.answers import Studio
from tightrope.studio.app import application
from tightrope.studio.guard import Door
from tightrope.studio.making import make

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PASSWORD = 12
"""Characters that a password has at least."""


def password_in(file: Path | None, host: str) -> str:
    """The first line of the file. Raises UseError where there has to be one and is none."""
    if file is None:
        if host not in LOOPBACK:
            raise UseError(
                f'host: found "{host}", which others can reach; allowed: {", ".join(LOOPBACK)}, '
                "or also --password-file FILE"
            )
        return ""
    try:
        line = file.read_text(encoding="utf-8").split("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise UseError(f"{file}: found {problem}; allowed: a file with a password") from None
    if len(line) < PASSWORD:
        what = f"{file}: found a password of {len(line)} characters"
        raise UseError(f"{what}; allowed: a first line of {PASSWORD} or more")
    return line


def bound(host: str, port: int) -> socket.socket:
    """A socket of ours. Raises UseError where the address is taken, or is none of this machine."""
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(kind, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as problem:
        made.close()
        what = f"{host}, port {port}: found {problem.strerror or problem}"
        raise UseError(f"{what}; allowed: a free one, or --port 0 for any") from None
    return made


def serve(
    names: Sequence[str],
    data: Path,
    host: str,
    port: int,
    password: str,
    worlds: int,
    kept: Kept | None,
    ready: Callable[[str], None],
) -> None:
    """Serve until asked to stop.

    names: of cases; those that are shipped and the starter where there is none. worlds: of a
    board. ready: called with the address once it answers.
    Raises UseError for what cannot be opened or used.
    """
    with bound(host, port) as opened:  # first, so that a second studio touches nothing
        desk = desks.open_desk(data)
        found = [desks.take_in(desk, name) for name in names or (*shipped(), desks.STARTER)]
        desk = replace(desk, cases=tuple(one.hash for one in found))
        crew = jobs.Crew(desk, partial(make, desk, kept), kept)
        at = opened.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        names_of = {shown, *(("127.0.0.1", "localhost", "[::1]") if host in LOOPBACK else ())}
        hosts = frozenset(f"{name}:{at}".lower() for name in names_of)
        door = Door(hosts, desks.secret(desk), password)
        config = uvicorn.Config(
            application(Studio(desk, crew, door, worlds)), log_level="error", access_log=False,
            server_header=False, limit_concurrency=200, timeout_keep_alive=5,
            timeout_graceful_shutdown=2, lifespan="off", proxy_headers=False, ws="none",
        )  # fmt: skip
        jobs.start(crew)
        try:
            opened.listen(128)
            ready(f"http://{shown}:{at}/")
            uvicorn.Server(config).run(sockets=[opened])
        finally:
            jobs.stop(crew)
