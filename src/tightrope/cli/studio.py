"""The command that opens the studio."""

from __future__ import annotations

import os
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from tightrope.arguments import WORLDS, check_numbers
from tightrope.cli.shell import UseStore, Worlds, err, out, store
from tightrope.errors import UseError

PORT = 8377


def studio(
    case: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CASE]...", help="Shipped cases or folders; all shipped ones."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where drafts, boards and jobs are kept.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Another than loopback needs --password-file.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 for any that is free.", min=0, max=65535)] = PORT,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Ask for the password in its first line.")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")
    ] = True,
    worlds: Worlds = WORLDS,
    use_store: UseStore = True,
) -> None:
    _needed()
    from tightrope.studio import serving

    check_numbers(worlds=worlds)
    password = serving.password_in(password_file, host)

    def ready(address: str) -> None:
        out.print(f"The studio: {address}   (Ctrl-C ends it; drafts stay)", soft_wrap=True)
        if browser and not webbrowser.open(address):
            err.print("tightrope: found no browser; open the address yourself", soft_wrap=True)

    with store(use_store) as kept:
        serving.serve(case or (), data or _home(), host, port, password, worlds, kept, ready)


def _home() -> Path:
    """The user's folder for data of programs."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "tightrope" / "studio"


def _needed() -> None:
    """Raise UseError where what serves pages is not installed."""
    try:
        import starlette  # noqa: F401  (an extra)
        import uvicorn  # noqa: F401
    except ImportError:
        raise UseError(
            "the studio is served by starlette and uvicorn, which are not installed; allowed: "
            "pip install 'tightrope[studio]'"
        ) from None
