"""A saved result is read back whole, is not made again for nothing, and is never trusted."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import tightrope
from tests.conftest import Command
from tightrope import Board, Case, UseError
from tightrope.analyses.verdicts.markdown import markdown
from tightrope.analyses.verdicts.page import html
from tightrope.show import markdown as finding_markdown
from tightrope.store import followed, packed
from tightrope.store.findings import files, save_findings
from tightrope.store.results import save_files

QUICK = (
    "--worlds",
    16,
    *(w for p in ("basis", "scenarios", "what decides") for w in ("--skip", p)),
)


def same(one: Any, other: Any, where: str = "") -> None:
    """Two values alike in all their parts."""
    assert type(one) is type(other), where
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, obj=where)
    elif isinstance(one, xr.Dataset):
        xr.testing.assert_identical(one, other)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        np.testing.assert_array_equal(one, other, where)
    elif is_dataclass(one):
        for f in (f for f in fields(one) if f.metadata.get("kept", True)):
            same(getattr(one, f.name), getattr(other, f.name), f"{where}.{f.name}")
    elif isinstance(one, tuple | list):
        assert len(one) == len(other), where
        for n, (a, b) in enumerate(zip(one, other, strict=True)):
            same(a, b, f"{where}[{n}]")
    elif isinstance(one, Mapping):
        assert list(one) == list(other), where
        for name in one:
            same(one[name], other[name], f"{where}[{name!r}]")
    else:
        assert one == other, where


# ---------------------------------------------------------------- whole


def test_a_board_is_read_back_whole(board: Board, saved: Path) -> None:
    found = tightrope.open(saved)
    assert isinstance(found, Board)
    same(found, board, "board")
    assert html(found) == html(board)
    assert markdown(found) == markdown(board)
    assert found.case.hash == board.case.hash


def test_a_case_that_was_read_back_runs_as_the_first(board: Board, saved: Path) -> None:
    found = tightrope.open(saved)
    assert isinstance(found, Board)
    asked = {"worlds": 16, "with_basis": False, "with_scenarios": False}
    again = [tightrope.assess(c, **asked).claims for c in (board.case, found.case)]
    pd.testing.assert_frame_equal(*again)


@pytest.mark.parametrize("name", ["compare", "influence"])
def test_a_finding_is_read_back_whole(starter_case: Case, tmp_path: Path, name: str) -> None:
    made = tightrope.tell(tightrope.ask(name, starter_case, worlds=20))
    tightrope.save(made, tmp_path / "found")
    found = tightrope.open(tmp_path / "found")
    assert finding_markdown.alone(found, "x") == finding_markdown.alone(made, "x")
    assert files(found, "x") == files(made, "x")


def test_several_findings_are_read_back_together(starter_case: Case, tmp_path: Path) -> None:
    made = [tightrope.tell(tightrope.ask(n, starter_case, worlds=16)) for n in ("compare", "shock")]
    save_findings(tmp_path / "both", "decide", "Both", made, "x")
    found = tightrope.open(tmp_path / "both")
    assert isinstance(found, tuple)
    assert [files(f, "x") for f in found] == [files(f, "x") for f in made]


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner).map(tuple) | st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=json_like)
@settings(max_examples=60)
def test_whatever_is_packed_comes_back(value: Any, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("packed") / "value.zip"
    path.write_bytes(packed.packed(value, {"command": "x"}))
    found = packed.read(path)
    same(found, value)
    assert packed.about(path)["command"] == "x"
    assert packed.packed(value, {}) == packed.packed(found, {}), "equal values, other bytes"


def test_what_cannot_be_read_back_is_not_written() -> None:
    with pytest.raises(TypeError, match=r"cannot be read back: builtins\.set"):
        packed.packed({"a": {1, 2}}, {})


def test_functions_of_python_are_named_and_not_kept(starter_case: Case, tmp_path: Path) -> None:
    from tightrope.case.mechanism import OfFile

    def tolls_cost_trade(**values: float) -> None: ...

    path = tmp_path / "p.zip"
    path.write_bytes(packed.packed(OfFile(tolls_cost_trade), {}))
    found = packed.read(path)
    with pytest.raises(UseError, match=r"tolls_cost_trade: .* holds no Python"):
        found.function()


# ---------------------------------------------------------------- never trusted


@pytest.fixture
def small(starter_case: Case, tmp_path: Path) -> Path:
    """A folder with a finding, to be changed."""
    return tightrope.save(tightrope.ask("compare", starter_case, worlds=16), tmp_path / "small")


def test_a_folder_without_a_result_is_none(tmp_path: Path) -> None:
    with pytest.raises(UseError, match="found no result"):
        tightrope.open(tmp_path)
    with pytest.raises(UseError, match="found no result"):
        tightrope.open(tmp_path / "not-there")


def test_a_changed_file_is_named(small: Path) -> None:
    with (small / "whole.zip").open("ab") as file:
        file.write(b"x")
    with pytest.raises(UseError, match=r"whole\.zip: found a change since it was written"):
        tightrope.open(small)


def _content(**changed: Any) -> bytes:
    content = {"form": packed.FORM, "about": {"command": "c", "version": "v"}, "parts": [],
               "root": None} | changed  # fmt: skip
    return json.dumps(content).encode()


def _zip(path: Path, members: Mapping[str, bytes]) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path.read_bytes()


HOSTILE: dict[str, Callable[[], dict[str, bytes]]] = {
    "not json": lambda: {"content.json": b"{"},
    "nothing": dict,
    "no parts": lambda: {"content.json": b'{"about": {}, "form": 1}'},
    "a list": lambda: {"content.json": b"[]"},
    "deep": lambda: {"content.json": b"[" * 100_000},
    "other form": lambda: {"content.json": _content(form=99)},
    "a module of others": lambda: {
        "content.json": _content(parts=[{"class": "os:system", "fields": {}}])
    },
    "the program": lambda: {
        "content.json": _content(parts=[{"class": "tightrope.__main__:main", "fields": {}}])
    },
    "a function of ours": lambda: {
        "content.json": _content(parts=[{"class": "tightrope.cli:main", "fields": {}}])
    },
    "other fields": lambda: {
        "content.json": _content(
            parts=[{"class": "tightrope.case:Posture", "fields": {"path": "/etc"}}]
        )
    },
    "a part that is not there": lambda: {"content.json": _content(root={"part": 3})},
    "an array that is not there": lambda: {"content.json": _content(root={"array": 0})},
    "no array": lambda: {"content.json": _content(root={"array": 0}), "0.npy": b"none"},
    "unknown kind": lambda: {"content.json": _content(root={"shell": [["a", "b"]]})},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_stranger_sends_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / "whole.zip"
    _zip(path, HOSTILE[name]())
    with pytest.raises(UseError, match=r"cannot be read back|other parts"):
        packed.read(path)


def test_a_file_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "LARGEST", 1000)
    path = tmp_path / "whole.zip"
    _zip(path, {"content.json": _content(), "0.npy": bytes(2000)})
    with pytest.raises(UseError, match="bytes unpacked; allowed: 1000 at most"):
        packed.read(path)


@given(at=st.integers(0, 10**6), byte=st.integers(0, 255))
@settings(max_examples=300)
def test_a_damaged_file_is_refused_or_unharmed(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "whole.zip"
    value = {"a": (1, 2.5, "words"), "b": np.arange(8)}
    data = bytearray(packed.packed(value, {}))
    data[at % len(data)] = byte
    path.write_bytes(bytes(data))
    try:
        found = packed.read(path)
    except UseError:
        return
    same(found, value)


# ---------------------------------------------------------------- made again, or not


def test_a_board_is_made_again_only_where_something_changed(
    command: Command, starter: Path, tmp_path: Path
) -> None:
    case = Path(shutil.copytree(starter, tmp_path / "harbour"))
    folder = tmp_path / "out"

    def says(*options: object) -> str:
        done = command("assess", case, *QUICK, "--out", folder, *options)
        assert done.code == 0, done.err
        return "kept" if "nothing has changed" in done.err else "made"

    assert [says(), says()] == ["made", "kept"]
    assert says("--verbose") == "kept", "what is only shown changes nothing"
    assert says("--no-store") == "made"
    assert says() == "kept"
    assert says("--charts", "svg") == "made"
    (folder / "board.md").unlink()
    assert says("--charts", "svg") == "made", "a file that is gone is put back"
    claims = case / "claims.yaml"
    claims.write_text(claims.read_text().replace("In six years", "In six full years"))
    assert says("--charts", "svg") == "made"
    assert "full years" in (folder / "board.md").read_text()


def test_what_another_version_wrote_is_made_again(
    command: Command, starter: Path, tmp_path: Path
) -> None:
    parts = [{"class": "tightrope.case:Posture", "fields": {"gone": 1}}]
    written = _zip(tmp_path / "other.zip", {"content.json": _content(parts=parts)})
    folder = save_files(tmp_path / "out", {"whole.zip": written})
    with pytest.raises(UseError, match="other parts"):
        tightrope.open(folder)
    done = command("compare", starter, "--worlds", 16, "--out", folder)
    assert done.code == 0, done.err
    assert "nothing has changed" not in done.err
    assert not isinstance(tightrope.open(folder), Board)


def test_a_finding_is_not_made_again(command: Command, starter: Path, tmp_path: Path) -> None:
    line = ("compare", starter, "--worlds", 16, "--out", tmp_path / "out")
    first, again = command(*line), command(*line)
    assert first.code == 0, first.err
    assert "nothing has changed" not in first.err
    assert "nothing has changed" in again.err
    assert again.out == first.out


def test_open_shows_what_the_command_showed(
    command: Command, starter: Path, tmp_path: Path
) -> None:
    for what in (("assess", starter, *QUICK), ("compare", starter, "--worlds", 16)):
        folder = tmp_path / what[0]
        made = command(*what, "--out", folder)
        assert command("open", folder).out == made.out
        as_json = command("open", folder, "--json")
        assert json.loads(as_json.out), as_json.err
    wrong = command("open", tmp_path)
    assert wrong.code == 2
    assert "found no result" in wrong.err


def test_a_line_changed_in_the_program_is_a_change(starter_case: Case, tmp_path: Path) -> None:
    asked = {"worlds": 16}
    key = followed.key("assess", starter_case, asked)
    assert key == followed.key("assess", starter_case, dict(asked))
    package = Path(followed.__file__).parents[1]
    skipped = shutil.ignore_patterns("__pycache__")
    copied = shutil.copytree(package, tmp_path / "tightrope", ignore=skipped)
    assert followed.program(copied) == followed.program(package)
    with (copied / "text" / "names.py").open("a") as file:
        file.write("# another word\n")
    assert followed.program(copied) != followed.program(package)
    assert len({key, followed.key("assess", starter_case, {"worlds": 17}),
                followed.key("compare", starter_case, asked)}) == 3  # fmt: skip
