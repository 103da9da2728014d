"""The command on what is kept of runs."""

from __future__ import annotations

from typing import Annotated

import typer

from tightrope.cli.shell import AsJson, out, print_json
from tightrope.engine import cache as places
from tightrope.errors import UseError


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Throw all of it out.")] = False,
    as_json: AsJson = False,
) -> None:
    import sqlite3

    from tightrope.store import blocks

    folder = places.home()
    if folder is None:
        raise UseError("cache: found no home folder; allowed: XDG_CACHE_HOME set to a folder")
    try:
        freed = blocks.remove(folder) if clear else 0
        entries, size = blocks.size(folder)
    except sqlite3.Error as error:
        raise UseError(
            f"{folder / blocks.NAME}: {error}; tightrope cache --clear removes it"
        ) from None
    if as_json:
        told = {"folder": str(folder), "entries": entries, "bytes": size, "limit": blocks.LIMIT}
        print_json(told | ({"freed": freed} if clear else {}))
        return
    if clear:
        out.print(f"Thrown out: {_size(freed)}.")
    held = f"{entries:,} results of runs, {_size(size)} on disk" if entries else "nothing"
    out.print(f"Kept in {folder}: {held}; at most {_size(blocks.LIMIT)}.", soft_wrap=True)


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
