"""Results on disk: a folder that is written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from glob import escape
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from tightrope.analyses.record.evidence import Matching
from tightrope.analyses.verdicts import charts as verdict_charts
from tightrope.analyses.verdicts.board import Board
from tightrope.analyses.verdicts.coverage import coverage
from tightrope.analyses.verdicts.markdown import markdown
from tightrope.analyses.verdicts.page import html
from tightrope.engine.progress import Progress, silent
from tightrope.errors import UseError
from tightrope.show import pictures as drawing
from tightrope.store import place
from tightrope.store.packed import packed
from tightrope.store.place import Place
from tightrope.text.table import csv_text

WHOLE = "whole.zip"
"""All of a result but runs, for `tightrope.open`."""

TRAJECTORIES, CONTRIBUTIONS = "trajectories.zarr", "contributions.zarr"

FILES = (
    "board.html", "board.md", "claims.csv", "claims.parquet", "decisive.csv",
    "derivatives.csv", "boxes.csv", "margins.csv", "coverage.csv",
    "observed.csv", "series.csv", "targets.csv", "moved_priors.csv", "influence.csv",
    "removal.csv", "removal_verdicts.csv", "removal_worlds.csv", "correlation.csv",
    TRAJECTORIES, CONTRIBUTIONS, WHOLE, "run.json",
    *(
        f"charts/{name}.*"
        for name in (
            "overview", "verdicts", "words", "effects", "removals", "correlation",
            "influence", "influence-table", "paths", "record", "hindcast-*", "paths-*",
            "pushes-*", "conduct-*",
        )
    ),
)  # fmt: skip
"""Patterns of the names that `save` may write."""

PICTURES = ("png", "svg")


@dataclass(frozen=True, eq=False)
class Kept:
    """What of a board stands in WHOLE: it without its runs, and what is said of those.

    Attributes:
        trajectories, contributions: attributes of the runs, by scenario.
    """

    board: Board
    trajectories: dict[str, dict[str, Any]]
    contributions: dict[str, dict[str, Any]]


def save_board(
    board: Board, folder: Path | Place, pictures: str | None = None,
    progress: Progress = silent, follows: str = "",
) -> Path:  # fmt: skip
    """Write a board to `folder`, replacing the board that is already there.

    board.html (opens offline) · board.md · claims.csv and claims.parquet · margins.csv ·
    with assertions of the source coverage.csv ·
    removal.csv, removal_verdicts.csv and removal_worlds.csv · decisive.csv · derivatives.csv ·
    boxes.csv · influence.csv · with the scenarios' runs trajectories.zarr (dims scenario, world,
    quarter) and contributions.zarr · with a record observed.csv, series.csv, targets.csv and
    moved_priors.csv · whole.zip, from which
    `open` reads the board back · run.json (settings, seed, case hash, versions, times, what
    the record left). With `pictures` (`png` or `svg`) also charts/, see `verdict_charts.named`.
    follows: see `followed.key`.

    tightrope.json lists all of them with their hashes. Only files that it lists, unchanged, are
    replaced by a later result; others in the folder stay. A process killed at any moment leaves
    the old result or the new one, whole; what it left beside it a later one puts right.
    Raises UseError where `folder` holds something else than a board, where somebody changed a
    file of it or put one where the new board has to go, and where another process writes to it.
    """
    check_pictures(pictures)
    with _claimed(folder, "assess", FILES) as claimed:
        return place.put(claimed, lambda new: _write(board, new, pictures, progress, follows))


def save_files(folder: Path | Place, contents: Mapping[str, str | bytes]) -> Path:
    """Write files by name, as `save` does: whole or not at all, and only over our own files.

    A name may have a folder in it, such as `compare/regret.csv`.
    """

    def write(new: Path) -> None:
        for name, content in contents.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            data = content.encode("utf-8") if isinstance(content, str) else content
            (new / name).write_bytes(data)

    with _claimed(folder, "", [escape(name) for name in contents]) as claimed:
        return place.put(claimed, write)


@contextmanager
def _claimed(folder: Path | Place, what: str, names: Sequence[str]) -> Iterator[Place]:
    """The folder, held for the writing if it is not held already."""
    if isinstance(folder, Place):
        yield folder
    else:
        with place.claim(folder, what, names) as held:
            yield held


def check_pictures(suffix: str | None) -> None:
    """Raise UseError for a kind of picture that cannot be written."""
    if suffix is not None and suffix not in PICTURES:
        raise UseError(f'there are no charts as "{suffix}"; allowed: {", ".join(PICTURES)}')


def check_place(folder: Path) -> None:
    """Raise UseError where a board cannot be put without destroying something else."""
    place.check(folder, "assess", FILES)


def _write(
    board: Board, folder: Path, pictures: str | None, progress: Progress, follows: str
) -> None:
    _csv(board.claims, folder / "claims.csv")
    board.claims.to_parquet(folder / "claims.parquet", index=False)
    _csv(board.margins, folder / "margins.csv")
    if board.case.assertions:
        verdicts = dict(zip(board.claims["claim"], board.claims["verdict"], strict=True))
        _csv(coverage(board.case, verdicts), folder / "coverage.csv")
    _csv(board.decisive, folder / "decisive.csv")
    if not board.derivatives.empty:
        _csv(board.derivatives, folder / "derivatives.csv")
    _csv(board.boxes, folder / "boxes.csv")
    if board.matching is not None:
        _csv(board.observed, folder / "observed.csv")
        _csv(board.matching.series, folder / "series.csv")
        _csv(board.matching.targets, folder / "targets.csv")
        _csv(board.matching.priors, folder / "moved_priors.csv")
    _csv(board.influence, folder / "influence.csv")
    _csv(board.together.pairs, folder / "correlation.csv")
    if not board.removal.empty:
        _csv(board.removal.reset_index(), folder / "removal.csv")
        _csv(board.removal_verdicts.reset_index(), folder / "removal_verdicts.csv")
        _csv(board.removal_worlds.reset_index(), folder / "removal_worlds.csv")
    if board.trajectories:
        _zarr(board.trajectories, folder / TRAJECTORIES, board.run.command)
        _zarr(board.contributions, folder / CONTRIBUTIONS, board.run.command)
    (folder / WHOLE).write_bytes(_whole(board, follows))
    (folder / "board.html").write_text(html(board), encoding="utf-8")
    (folder / "board.md").write_text(markdown(board), encoding="utf-8")
    if pictures:
        (folder / "charts").mkdir()
        makers = verdict_charts.named(board)
        for done, (name, make) in enumerate(makers.items(), start=1):
            drawing.save(make(), folder / "charts" / f"{name}.{pictures}")
            progress(done, len(makers))
    about = {
        "case": board.case.name,
        "case_hash": board.case.hash,
        **asdict(board.run),
        "record": board.matching and _record(board.matching),
    }
    (folder / "run.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _whole(board: Board, follows: str) -> bytes:
    runs = board.trajectories, board.contributions
    said = ({name: dict(one.attrs) for name, one in own.items()} for own in runs)
    alone = replace(board, trajectories={}, contributions={})
    about = {"command": board.run.command, "version": board.run.version, "follows": follows}
    return packed(Kept(alone, *said), about)


def _record(matching: Matching) -> dict[str, object]:
    """How many worlds the record was held against, and how many it left."""
    return {
        "until": matching.until,
        "tested": matching.tested,
        "not_ruled_out": int(matching.waves["kept"].iloc[-1]),
        "misfits": list(matching.misfits),
    }


def _csv(frame: pd.DataFrame, path: Path) -> None:
    path.write_text(csv_text(frame), encoding="utf-8")


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
    found: xr.Dataset = xr.open_zarr(Path(folder) / TRAJECTORIES, chunks=None, consolidated=False)
    return found
