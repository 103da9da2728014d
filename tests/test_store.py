"""A result on disk: all there, all the same, replaced whole or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import tightrope
from tightrope import Board, UseError
from tightrope.analyses.verdicts import charts as verdict_charts
from tightrope.store import place
from tightrope.store import results as store

FILES = {
    "board.html", "board.md", "claims.csv", "claims.parquet", "removal.csv", "removal_worlds.csv",
    "decisive.csv", "boxes.csv", "influence.csv", "trajectories.zarr", "contributions.zarr",
    "run.json", "tightrope.json", "whole.zip", "margins.csv", "removal_verdicts.csv",
    "correlation.csv", "coverage.csv",
}  # fmt: skip
WITHOUT = FILES - {"removal.csv", "removal_verdicts.csv", "removal_worlds.csv"}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a page of one word: what is in it is tested elsewhere."""
    monkeypatch.setattr(store, "html", lambda board: "page")


def test_all_files_are_there(saved: Path) -> None:
    assert {p.name for p in saved.iterdir()} == FILES | {"charts"}
    assert [p.name for p in saved.parent.iterdir()] == [saved.name], "something was left beside it"


def test_claims_are_the_same_in_every_form(saved: Path, board: Board) -> None:
    frame = board.to_frame()
    pd.testing.assert_frame_equal(pd.read_parquet(saved / "claims.parquet"), frame)
    read = pd.read_csv(saved / "claims.csv", keep_default_na=False, na_values={
        c: [""] for c in frame.columns if frame[c].dtype == float
    }, dtype={"passage": str})  # fmt: skip
    pd.testing.assert_frame_equal(read, frame, check_dtype=False)
    removal = pd.read_csv(saved / "removal.csv", index_col="claim")
    pd.testing.assert_frame_equal(removal, board.removal)
    for name in ("decisive", "boxes", "influence"):
        assert len(pd.read_csv(saved / f"{name}.csv")) == len(getattr(board, name))


def test_trajectories_open_lazily_with_all_that_is_needed_to_make_them_again(
    saved: Path, board: Board
) -> None:
    runs = store.read_trajectories(saved)
    assert runs["trust"].dims == ("scenario", "world", "quarter")
    assert list(runs["scenario"].to_numpy()) == ["calm", "storm", "drift"]
    assert not isinstance(runs["trust"].variable._data, np.ndarray), "read whole"
    assert runs.attrs["case_hash"] == board.case.hash
    assert runs.attrs["seed"] == 0
    assert runs.attrs["version"] == board.run.version
    assert runs.attrs["posture"] == "free"
    assert runs.attrs["command"] == board.run.command
    assert runs["trust"].attrs["units"] == "points of 100"
    for name, run in board.trajectories.items():
        xr.testing.assert_equal(runs.sel(scenario=name).drop_vars("scenario").load(), run)
    plain = xr.open_zarr(saved / "trajectories.zarr", consolidated=False)
    assert set(plain.data_vars) == set(runs.data_vars)
    pushes = xr.open_zarr(saved / "contributions.zarr", consolidated=False)
    assert pushes["push"].dims == ("scenario", "variable", "quarter", "term")


def test_what_was_run_is_written_down(saved: Path, board: Board) -> None:
    about = json.loads((saved / "run.json").read_text(encoding="utf-8"))
    assert about["case"] == "harbour"
    assert about["case_hash"] == board.case.hash
    assert (about["worlds"], about["quarters"], about["seed"]) == (128, 20, 0)
    assert about["command"] == board.run.command
    assert "jax" in about["versions"]
    assert {p["name"] for p in about["phases"]} >= {"verdicts", "basis", "scenarios"}


def test_a_page_for_every_chart(saved: Path, board: Board) -> None:
    names = {p.stem for p in (saved / "charts").iterdir()}
    assert names == set(verdict_charts.named(board))
    assert {"overview", "removals", "paths-trust", "conduct-tolls", "pushes-trade"} <= names


@pytest.mark.usefixtures("quick")
def test_without_removals_there_is_no_table_of_them(board: Board, tmp_path: Path) -> None:
    folder = tightrope.save(replace(board, removal=pd.DataFrame()), tmp_path / "result")
    assert {p.name for p in folder.iterdir()} == WITHOUT


@pytest.mark.usefixtures("quick")
def test_an_old_result_is_replaced_whole(board: Board, tmp_path: Path) -> None:
    folder = tightrope.save(board, tmp_path / "result")
    (folder / "notes.txt").write_text("mine")
    again = replace(board, removal=pd.DataFrame(), run=replace(board.run, seed=7))
    assert tightrope.save(again, folder) == folder
    assert {p.name for p in folder.iterdir()} == WITHOUT | {"notes.txt"}
    assert json.loads((folder / "run.json").read_text())["seed"] == 7
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.usefixtures("quick")
def test_what_a_board_may_write_is_known_before_it_is_made(board: Board, tmp_path: Path) -> None:
    folder = tightrope.save(replace(board, removal=pd.DataFrame()), tmp_path / "result")
    (folder / "removal.csv").write_text("mine")
    with pytest.raises(UseError, match=r"removal\.csv is not a file of tightrope"):
        tightrope.save(board, folder)
    with pytest.raises(UseError, match=r"removal\.csv is not a file of tightrope"):
        store.check_place(folder)
    assert (folder / "removal.csv").read_text() == "mine"


def test_no_name_is_written_that_is_not_known_before(saved: Path) -> None:
    written = place.read(saved)
    assert written is not None
    known = [name for name in written.files for p in store.FILES if fnmatchcase(name, p)]
    inside = [name for name in written.files if ".zarr/" in name]
    assert {*known, *inside} == set(written.files)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_result_is_left_alone(board: Board, tmp_path: Path, kind: str) -> None:
    there = tmp_path / "there"
    if kind == "file":
        there.write_text("mine")
    else:
        (tmp_path / "real").mkdir()
        (tmp_path / "real" / "mine.txt").write_text("mine")
        if kind == "link":
            there.symlink_to(tmp_path / "real")
        else:
            (tmp_path / "real").rename(there)
    before = sorted(p.name for p in tmp_path.rglob("*"))
    with pytest.raises(UseError, match="allowed: a new folder"):
        tightrope.save(board, there)
    assert sorted(p.name for p in tmp_path.rglob("*")) == before
    with pytest.raises(UseError, match="allowed: a new folder"):
        store.check_place(there)


@pytest.mark.usefixtures("quick")
def test_an_empty_folder_may_be_filled_and_missing_ones_are_made(
    board: Board, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    assert (tightrope.save(board, tmp_path / "empty") / "run.json").is_file()
    assert (tightrope.save(board, tmp_path / "a" / "b" / "c") / "run.json").is_file()


def test_what_fails_while_writing_leaves_the_old_result(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "html", lambda board: "page")
    folder = tightrope.save(board, tmp_path / "result")
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}

    def stop(board: Board) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "markdown", stop)
    with pytest.raises(KeyboardInterrupt):
        tightrope.save(board, folder)
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before
    assert list(tmp_path.iterdir()) == [folder]


def test_only_pictures_that_can_be_written(board: Board, tmp_path: Path) -> None:
    with pytest.raises(UseError, match='there are no charts as "gif"; allowed: png, svg'):
        tightrope.save(board, tmp_path / "result", pictures="gif")
    assert not list(tmp_path.iterdir())
