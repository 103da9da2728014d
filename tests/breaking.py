"""Breaks a case's files, and asks what is said of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tightrope.errors import CaseError
from tightrope.reading import load

IN_PYTHON = Path(__file__).parent / "harbour.py"
"""The starter's mechanisms as Python."""


def in_python(folder: Path) -> Path:
    """The same case with its mechanisms as Python."""
    (folder / "mechanisms.yaml").unlink()
    shutil.copy(IN_PYTHON, folder / "mechanisms.py")
    return folder


def change(folder: Path, file: str, old: str, new: str) -> None:
    """Put `new` where `old` stands first."""
    if file == "mechanisms.py" and not (folder / file).exists():
        in_python(folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, f"{file} does not hold {old!r}"
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def complaint(folder: Path) -> str:
    with pytest.raises(CaseError) as caught:
        load(folder, trust=True)
    return str(caught.value)


def complaints(folder: Path) -> list[str]:
    """What is said of a case, problem by problem."""
    first, *rest = complaint(folder).split("\n")
    assert not rest or first == f"{len(rest)} problems:"
    return rest or [first]
