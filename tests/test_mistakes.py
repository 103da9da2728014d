"""Cases with one mistake each, from `mistakes/`: what is said names file, line, field and more."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import pytest
from ruamel.yaml import YAML

from breaking import change, complaints, in_python
from recorded import RECORDED, with_record
from tightrope.starter import copy_starter

FOLDER = Path(__file__).parent / "mistakes"
SLOWEST = 2.0
"""Seconds that it may take to refuse a file that is none."""


class Mistake(NamedTuple):
    """One mistake: what is written over which file, and what is said; see `mistakes/README.md`."""

    change: str | None = None
    to: str = ""
    whole: str | None = None
    said: str | None = None
    begins: str | None = None
    others: int = 0


def broken(path: Path) -> str:
    """The file of a case that a file of mistakes breaks."""
    name = path.relative_to(FOLDER).as_posix()
    bare = name.removesuffix(".yaml")
    return bare if Path(bare).suffix else name


def mistakes() -> dict[tuple[str, str], Mistake]:
    """All of them by file and name."""
    read = YAML(typ="safe", pure=True)
    return {
        (broken(path), name): Mistake(**fields)
        for path in sorted(FOLDER.rglob("*.yaml"))
        for name, fields in read.load(path.read_text(encoding="utf-8")).items()
    }


ALL = mistakes()


def write(folder: Path, file: str, mistake: Mistake) -> None:
    """Make the mistake in a sound case."""
    if file in RECORDED:
        with_record(folder)
    if mistake.change is not None:
        change(folder, file, mistake.change, mistake.to)
        return
    assert mistake.whole is not None
    if file == "mechanisms.py":
        in_python(folder)
    (folder / file).write_text(mistake.whole, encoding="utf-8")


def test_each_mistake_changes_one_thing_and_says_one() -> None:
    for about, one in ALL.items():
        assert (one.change is None) != (one.whole is None), about
        assert (one.said is None) != (one.begins is None), about


@pytest.mark.parametrize(("file", "name"), ALL, ids=[f"{file}: {name}" for file, name in ALL])
def test_a_mistake_is_told_where_what_and_what_instead(
    tmp_path: Path, file: str, name: str
) -> None:
    mistake = ALL[file, name]
    folder = copy_starter(tmp_path / "harbour")
    write(folder, file, mistake)
    start = time.perf_counter()
    lines = complaints(folder)
    seconds = time.perf_counter() - start
    assert len(lines) == 1 + mistake.others, lines
    assert all(line.isprintable() for line in lines)
    if mistake.said is not None:
        assert mistake.said in lines
    else:
        assert any(line.startswith(mistake.begins or "") for line in lines), lines
    assert mistake.whole is None or seconds < SLOWEST
