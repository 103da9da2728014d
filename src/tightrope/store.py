"""Results on disk: a folder that is written whole or not at all."""

from __future__ import annotations

import glob
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from tightrope import charts, report
from tightrope.case import UseError
from tightrope.ensemble import Progress, silent
from tightrope.report.markdown import markdown

if TYPE_CHECKING:
    from tightrope.board import Board

MARK = "run.json"
"""The file by which a folder is known to hold a result, and may be replaced by a newer one."""

PICTURES = ("png", "svg")

STALE = 3600.0
"""Seconds after which a folder that was being written is taken to be of a killed process."""


def save(
    board: Board, folder: Path, pictures: str | None = None, progress: Progress = silent
) -> Path:
    """Write a board to `folder`, replacing a result that is already there.

    board.html (opens offline) · board.md · claims.csv and claims.parquet · removal.csv ·
    decisive.csv · boxes.csv · influence.csv · with the scenarios' runs trajectories.zarr (dims
    scenario, world, quarter) and contributions.zarr · with a record observed.csv, series.csv,
    targets.csv and moved_priors.csv ·
    run.json (settings, seed, case hash, versions, times). With `pictures`
    (`png` or `svg`) also charts/, see `charts.named`.

    The new result is written beside the old one and moved into its place at the end: a process
    killed at any moment leaves the old result or none, never a part of one. What a killed process
    left beside it is removed by a later one.
    Raises UseError where `folder` holds something else than a result.
    """
    check_pictures(pictures)
    return _place(folder, lambda new: _write(board, new, pictures, progress))


def save_files(folder: Path, texts: Mapping[str, str]) -> Path:
    """Write texts by file name, `run.json` among them, as `save` does: whole or not at all.

    A name may have a folder in it, such as `compare/regret.csv`.
    """

    def write(new: Path) -> None:
        for name, text in texts.items():
            (new / name).parent.mkdir(exist_ok=True)
            (new / name).write_text(text, encoding="utf-8")

    return _place(folder, write)


def _place(folder: Path, write: Callable[[Path], None]) -> Path:
    folder = folder.resolve()
    check_place(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}-"
    _sweep(folder.parent, prefix)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=prefix) as aside:
        new, old = Path(aside, "new"), Path(aside, "old")
        new.mkdir()
        write(new)
        check_place(folder)  # the work may have taken minutes
        if folder.exists():
            os.rename(folder, old)
        try:
            os.rename(new, folder)
        except BaseException:  # also Ctrl-C: the old result goes back
            if old.exists() and not folder.exists():
                os.rename(old, folder)
            raise
    return folder


def _sweep(parent: Path, prefix: str) -> None:
    """Remove what killed processes left; a young one may belong to a process still at work."""
    for left in parent.glob(f"{glob.escape(prefix)}*"):
        ours = left.is_dir() and {p.name for p in left.iterdir()} <= {"new", "old"}
        if ours and time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)


def check_pictures(suffix: str | None) -> None:
    """Raise UseError for a kind of picture that cannot be written."""
    if suffix is not None and suffix not in PICTURES:
        raise UseError(f'there are no charts as "{suffix}"; allowed: {", ".join(PICTURES)}')


def check_place(folder: Path) -> None:
    """Raise UseError where a result cannot be put without destroying something else."""
    if folder.exists() and not folder.is_dir():
        raise UseError(f"{folder} is a file; allowed: a new folder or one that holds a result")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise UseError(
            f"{folder} holds something else than a result of tightrope (it has no {MARK}); "
            "allowed: a new folder, an empty one, or one that holds a result"
        )
    around = next(p for p in folder.absolute().parents if p.exists())
    if not around.is_dir():
        raise UseError(f"{folder} lies in {around}, which is a file; allowed: a place in a folder")
    if not os.access(around, os.W_OK | os.X_OK):
        raise UseError(f"{around} may not be written to; allowed: a folder that may")


def _write(board: Board, folder: Path, pictures: str | None, progress: Progress) -> None:
    board.claims.to_csv(folder / "claims.csv", index=False)
    board.claims.to_parquet(folder / "claims.parquet", index=False)
    board.decisive.to_csv(folder / "decisive.csv", index=False)
    board.boxes.to_csv(folder / "boxes.csv", index=False)
    if board.matching is not None:
        board.observed.to_csv(folder / "observed.csv", index=False)
        board.matching.series.to_csv(folder / "series.csv", index=False)
        board.matching.targets.to_csv(folder / "targets.csv", index=False)
        board.matching.priors.to_csv(folder / "moved_priors.csv", index=False)
    board.influence.to_csv(folder / "influence.csv", index=False)
    if not board.removal.empty:
        board.removal.to_csv(folder / "removal.csv")
    if board.trajectories:
        _zarr(board.trajectories, folder / "trajectories.zarr", board.run.command)
        _zarr(board.contributions, folder / "contributions.zarr", board.run.command)
    (folder / "board.html").write_text(report.html(board), encoding="utf-8")
    (folder / "board.md").write_text(markdown(board), encoding="utf-8")
    if pictures:
        (folder / "charts").mkdir()
        makers = charts.named(board)
        for done, (name, make) in enumerate(makers.items(), start=1):
            charts.save(make(), folder / "charts" / f"{name}.{pictures}")
            progress(done, len(makers))
    about = {"case": board.case.name, "case_hash": board.case.hash, **asdict(board.run)}
    (folder / MARK).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _zarr(runs: dict[str, xr.Dataset], path: Path, command: str) -> None:
    joined = xr.concat(list(runs.values()), dim="scenario", combine_attrs="drop_conflicts")
    joined = joined.assign_coords(scenario=list(runs)).assign_attrs(command=command)
    # Text of any length is in the Zarr 3 standard, text of a fixed length is not.
    words = {
        str(name): (c.dims, c.to_numpy().astype(object))
        for name, c in joined.coords.items()
        if c.dtype.kind not in "biuf"
    }
    joined.assign_coords(words).to_zarr(path, mode="w", zarr_format=3, consolidated=False)


def read_trajectories(folder: str | Path) -> xr.Dataset:
    """The trajectories of a saved board, read lazily; dims scenario, world, quarter."""
    found: xr.Dataset = xr.open_zarr(
        Path(folder) / "trajectories.zarr", chunks=None, consolidated=False
    )
    return found
