"""The command that joins a cluster."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from tightrope.cli.shell import err

CORES = os.cpu_count() or 1


def worker(
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS", help="tcp://HOST:PORT, tls://HOST:PORT or a scheduler file."
        ),
    ],
    threads: Annotated[
        int, typer.Option(help="Worlds are run on so many threads; by default one a core.")
    ] = CORES,
    host: Annotated[
        str | None, typer.Option(help="Name or number under which others reach this machine.")
    ] = None,
) -> None:
    from tightrope.arguments import check_numbers
    from tightrope.cluster.worker import serve

    check_numbers(threads=threads)
    serve(address, threads, host, lambda words: err.print(f"tightrope: {words}", soft_wrap=True))
