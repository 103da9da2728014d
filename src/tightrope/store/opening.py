"""A saved result read back, whole: its numbers, words and pictures, and the case as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tightrope.analyses.verdicts.board import Board
from tightrope.errors import UseError
from tightrope.show.finding import Finding
from tightrope.store import place
from tightrope.store.packed import about, read
from tightrope.store.results import CONTRIBUTIONS, TRAJECTORIES, WHOLE, Kept

Opened = Board | Finding | tuple[Finding, ...]


def open(folder: str | Path) -> Opened:
    """The board in a folder, the finding of an analysis, or the findings of `decide`.

    What is shown or saved of it is the same as of the result when it was made. A case with Python
    can be shown but not run: its functions are not in the folder.
    Raises UseError where the folder holds no result, or one that was changed since.
    """
    home = Path(folder)
    manifest = place.read(home)
    if manifest is None:
        raise UseError(
            f"{home}: found no result with an unchanged {place.MANIFEST}; "
            "allowed: a folder that tightrope wrote"
        )
    needed = [n for n in manifest.files if n.split("/")[0] in (WHOLE, TRAJECTORIES, CONTRIBUTIONS)]
    if WHOLE not in needed:
        raise UseError(
            f"{home}: its {manifest.what or 'result'} was written without {WHOLE}; allowed: what "
            "this version of tightrope or a later one wrote"
        )
    changed = [name for name in needed if not place.unchanged(home / name, manifest.files[name])]
    if changed:
        raise UseError(f"{home / changed[0]}: found a change since it was written; allowed: none")
    return _read(home)


def open_same(folder: Path, follows: str) -> Opened | None:
    """The result in a folder, if it follows from just that and all its files are as written."""
    manifest = place.read(folder)
    if not follows or manifest is None or WHOLE not in manifest.files:
        return None
    if not all(place.unchanged(folder / name, file) for name, file in manifest.files.items()):
        return None
    # Asked first: what another version wrote may have other parts, and is made again.
    if about(folder / WHOLE)["follows"] != follows:
        return None
    return _read(folder)


def _read(home: Path) -> Opened:
    """The result in a folder whose files are known to be as written."""
    found = read(home / WHOLE)
    return _board(found, home) if isinstance(found, Kept) else found


def _board(kept: Kept, home: Path) -> Board:
    return replace(
        kept.board,
        trajectories=_runs(home / TRAJECTORIES, kept.trajectories),
        contributions=_runs(home / CONTRIBUTIONS, kept.contributions),
    )


def _runs(path: Path, own: dict[str, dict[str, Any]]) -> dict[str, xr.Dataset]:
    """Runs by scenario; their numbers are read from disk when they are asked for."""
    if not own:
        return {}
    joined = xr.open_zarr(path, chunks=None, consolidated=False)
    words = {
        str(name): (c.dims, np.array(c.to_numpy().tolist()))
        for name, c in joined.coords.items()
        if c.dtype.kind not in "biuf"
    }
    joined = joined.assign_coords(words)
    return {
        name: joined.sel(scenario=name, drop=True).drop_attrs(deep=False).assign_attrs(attrs)
        for name, attrs in own.items()
    }
