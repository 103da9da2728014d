"""A zip that somebody brings: a case is taken in, and anything else is refused in a sentence."""

from __future__ import annotations

import io
import random
import stat
import struct
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from tightrope.errors import CaseError, UseError
from tightrope.reading import load
from tightrope.starter import copy_starter
from tightrope.studio import desk as desks
from tightrope.studio import uploads
from tightrope.studio.uploads import LARGEST, MOST_FILES, unpacked


def zipped(files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> bytes:
    """A zip of these files; modes: of a file where it is no plain one."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (modes or {}).get(name, stat.S_IFREG | 0o644) << 16
            file.writestr(entry, data)
    return held.getvalue()


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = copy_starter(tmp_path_factory.mktemp("case") / "harbour")
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def inside(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for name, data in files.items()}


@pytest.mark.parametrize("folder", ["", "mine", "deeper/mine"])
def test_a_case_is_the_same_case(starter: dict[str, bytes], tmp_path: Path, folder: str) -> None:
    """Whatever folder it lies in, and whatever else lies beside it."""
    files = inside(starter, folder) if folder else starter
    made = unpacked(zipped({**files, "notes.txt": b"x"}), tmp_path)
    assert made.name == ("mine" if folder else "case")
    assert {file.name: file.read_bytes() for file in made.iterdir()} == starter
    assert load(made).title == "The harbour dispute"


WRONG = {
    "no zip": b"PK but no zip",
    "nothing": b"",
    "an empty zip": zipped({}),
    "no file of a case": zipped({"a.txt": b"x"}),
    "a way up": zipped({"../case.yaml": b"x"}),
    "a way up within": zipped({"a/../../case.yaml": b"x"}),
    "from the root": zipped({"/tmp/case.yaml": b"x"}),
    "another slash": zipped({"a\\case.yaml": b"x"}),
    "a drive": zipped({"C:case.yaml": b"x"}),
    "a link": zipped({"case.yaml": b"/etc/passwd"}, {"case.yaml": stat.S_IFLNK | 0o777}),
    "a device": zipped({"case.yaml": b""}, {"case.yaml": stat.S_IFCHR | 0o600}),
    "too many files": zipped({f"{n}.yaml": b"" for n in range(MOST_FILES + 1)}),
    "too much": zipped({"case.yaml": bytes(LARGEST + 1)}),
    "too much together": zipped({f"{n}.csv": bytes(LARGEST // 4) for n in range(5)}),
}


@pytest.mark.parametrize("which", list(WRONG))
def test_anything_else_is_refused_in_a_sentence(tmp_path: Path, which: str) -> None:
    with pytest.raises(UseError, match="allowed: "):
        unpacked(WRONG[which], tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_symlink()] == []


def test_a_size_that_is_said_is_not_believed(tmp_path: Path) -> None:
    """What the directory of the zip says is changed; what comes out is counted."""
    made = zipped({"case.yaml": bytes(LARGEST + 1)})
    lied = made.replace(struct.pack("<L", LARGEST + 1), struct.pack("<L", 10))
    with pytest.raises(UseError, match="allowed: "):
        unpacked(lied, tmp_path)


def test_python_is_refused(starter: dict[str, bytes], tmp_path: Path) -> None:
    desk = desks.open_desk(tmp_path / "data")
    made = unpacked(zipped({**starter, "mechanisms.py": b"raise SystemExit"}), tmp_path)
    with pytest.raises(UseError, match=r"mechanisms\.py"):
        desks.take_in(desk, str(made))


def test_what_is_wrong_in_a_case_is_told_by_its_line(
    starter: dict[str, bytes], tmp_path: Path
) -> None:
    desk = desks.open_desk(tmp_path / "data")
    broken = starter["case.yaml"].replace(b"lookahead: 4", b"lookahead: 40")
    made = unpacked(zipped({**starter, "case.yaml": broken}), tmp_path)
    with pytest.raises(CaseError, match=r"case.yaml:\d+: lookahead: found 40"):
        desks.take_in(desk, str(made))


def test_a_case_that_was_brought_is_shown(starter: dict[str, bytes], tmp_path: Path) -> None:
    desk = desks.open_desk(tmp_path / "data")
    kept = desks.take_in(desk, str(unpacked(zipped(inside(starter, "mine")), tmp_path)))
    assert desks.listed(desk) == []
    desks.show_always(desk, kept.hash)
    assert [one.name for one in desks.listed(desk)] == ["mine"]
    assert [one.name for one in desks.listed(desks.open_desk(tmp_path / "data"))] == ["mine"]


def test_a_damaged_zip_is_refused_or_stays_in_its_folder(starter: dict[str, bytes]) -> None:
    """400 zips with bytes changed: a sentence or a folder, and nothing beside it."""
    sound, draw = zipped(inside(starter, "mine")), random.Random(7)
    said = []
    for _ in range(400):
        data = bytearray(sound)
        for _ in range(draw.randrange(1, 6)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        with tempfile.TemporaryDirectory() as outer:
            work = Path(outer) / "work"
            work.mkdir()
            try:
                unpacked(bytes(data[: draw.randrange(len(data) // 2, len(data) + 1)]), work)
            except CaseError as problem:
                said.append(str(problem))
            assert [path.name for path in Path(outer).iterdir()] == ["work"]
    assert said
    assert all("allowed: " in words for words in said)


def test_the_bounds_are_those_that_are_documented() -> None:
    docs = (Path(__file__).parent.parent / "docs" / "studio.md").read_text(encoding="utf-8")
    assert f"{uploads.MOST_FILES} files" in docs
    assert f"{uploads.LARGEST >> 20} MiB" in docs
