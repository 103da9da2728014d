"""Two thousand broken cases: each is refused in sentences that say where, or it is sound."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

import tightrope
from mutations import Files, Mutant, mutant
from recorded import RECORDED
from tightrope.errors import CaseError, UseError
from tightrope.reading import load
from tightrope.starter import copy_starter

MUTANTS = 2000
SLOWEST = 10.0
"""Seconds that any of them may take."""

PLACED = re.compile(r"[\w./-]+(:\d+)?: \S.*")
"""What every line of a complaint looks like: the file, its line where it has one, what is wrong."""

COUNTED = re.compile(r"\d+ problems:|and \d+ more")
"""What may stand before and after several of them."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The starter with a record, as bytes by file name."""
    folder = copy_starter(tmp_path_factory.mktemp("sound") / "harbour")
    files = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    return files | {name: text.encode() for name, text in RECORDED.items()}


def write(files: Files, folder: Path) -> Path:
    (folder / "observations").mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def complaint(broken: Mutant, folder: Path) -> str:
    """What is said of it; "" where it is sound. Anything but a sentence goes through."""
    try:
        load(write(broken.files, folder))
    except (CaseError, UseError) as said:
        return str(said)
    return ""


@pytest.mark.parametrize("first", range(0, MUTANTS, 250))
def test_a_broken_case_is_refused_in_sentences_with_places(
    sound: Files, tmp_path: Path, first: int
) -> None:
    said = 0
    for seed in range(first, first + 250):
        broken = mutant(sound, seed)
        began = time.monotonic()
        found = complaint(broken, tmp_path / str(seed))
        about = f"mutant {seed}: {broken.how}: {found}"
        assert time.monotonic() - began < SLOWEST, about
        for line in found.splitlines():
            assert PLACED.fullmatch(line) or COUNTED.fullmatch(line), about
            assert line.isprintable(), about
        said += bool(found)
    assert said > 100  # the accidents do break cases


@pytest.mark.slow
def test_a_broken_case_that_is_sound_all_the_same_runs(sound: Files, tmp_path: Path) -> None:
    """What `check` lets pass, a run does not fall over."""
    ran = 0
    for seed in range(MUTANTS, MUTANTS + 40):
        broken = mutant(sound, seed)
        folder = tmp_path / str(seed)
        if complaint(broken, folder):
            continue
        case = tightrope.load(folder)
        board = tightrope.assess(case, worlds=4, quarters=8, with_hindcast=False, with_basis=False)
        tightrope.save(board, tmp_path / f"{seed}-board")
        ran += 1
    assert ran >= 5
