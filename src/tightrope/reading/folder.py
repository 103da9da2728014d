"""The files of a case's folder, as bytes by name."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from tightrope.errors import Problem, UseError
from tightrope.reading import yamlfile
from tightrope.reading.record import TABLE, TABLES
from tightrope.reading.yamlfile import (
    Gather,
    problem,
)
from tightrope.text.names import listed, nearest

FORMULAS = "mechanisms.yaml"
PYTHON = "mechanisms.py"
ORIGIN = "origin.yaml"
OPTIONAL = (
    FORMULAS,
    PYTHON,
    "references.yaml",
    "outside.yaml",
    "objectives.yaml",
    "game.yaml",
    "log.yaml",
    "history.yaml",
    "observations.yaml",
    "measurements.yaml",
    "questions.yaml",
    "courses.yaml",
    "variants.yaml",
    ORIGIN,
)
REQUIRED = (
    "case.yaml",
    "passages.yaml",
    "variables.yaml",
    "actors.yaml",
    "parameters.yaml",
    "scenarios.yaml",
    "postures.yaml",
    "claims.yaml",
)


MAIN = ("title", "about", "focal", "reference quarter", "lookahead", "scenario", "posture")
MAY_BE_MAIN = ("advice", "themes", "leaves out")
"""The fields of case.yaml."""


def shipped() -> tuple[str, ...]:
    """Names of the cases that come with the package."""
    folder = shipped_folder()
    if not folder.is_dir():
        return ()
    return tuple(sorted(f.name for f in folder.iterdir() if (f / "case.yaml").is_file()))


def shipped_folder() -> Path:
    return Path(str(resources.files("tightrope"))) / "cases"


def need_trust(folder: Path, trust: bool) -> None:
    """Raise UseError for a folder whose Python may not be run."""
    if not trust and os.path.lexists(folder / PYTHON):
        raise UseError(
            f"{folder} is a folder with Python in it ({PYTHON}), which can do anything on this "
            f"machine and was not loaded; read {PYTHON} first, then add --trust "
            "(in Python: trust=True)"
        )


def absent(problems: Sequence[Problem]) -> set[str]:
    """Files that cannot be read or have a wrong name; what rests on them is not looked at."""
    allowed = (*REQUIRED, *OPTIONAL, TABLES)
    names = [str(one.place).split("/")[0] for one in problems]
    return {close for name in names for close in difflib.get_close_matches(name, allowed, n=1)}


def read_files(folder: Path, got: Gather) -> dict[str, bytes]:
    """The bytes of a case's files by their names in the folder."""
    allowed = (*REQUIRED, *OPTIONAL)
    try:
        found = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise UseError(f"{folder} cannot be read ({error.strerror})") from None
    for name in found:
        if name.lower().endswith((".yaml", ".yml")) and name not in allowed:
            what = "a YAML file of this name"
            got.add(problem(name, "", what, listed(allowed), nearest(name, allowed)))
    names = [name for name in found if name in allowed]
    if TABLES in found:
        names += got(_tables, folder) or []
    read = {name: got(_bytes, folder / name, folder, name) for name in names}
    return {name: data for name, data in read.items() if data is not None}


def _tables(folder: Path) -> list[str]:
    """The names of the tables of observations; other files beside them are left alone."""
    inner = folder / TABLES
    try:
        if not inner.resolve().is_relative_to(folder):
            raise problem(TABLES, "", "a link out of the folder", "a folder in the folder")
        if not inner.is_dir():
            raise problem(TABLES, "", "something else than a folder", "a folder of CSV files")
        found = sorted(p.name for p in inner.iterdir() if not p.name.startswith("."))
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        what = f"something that cannot be read ({error})"
        raise problem(TABLES, "", what, "a folder of CSV files") from None
    names = [name for name in found if name.lower().endswith(".csv")]
    for name in names:
        if not TABLE.fullmatch(name):
            allowed = "lower-case letters, digits, _, - and ., then .csv"
            raise problem(TABLES, "", f"the file name {name!a}", allowed)
    return [f"{TABLES}/{name}" for name in names]


def _bytes(path: Path, folder: Path, name: str) -> bytes:
    try:
        if not path.resolve().is_relative_to(folder):
            raise problem(name, "", "a link out of the folder", "a file in the folder")
        if not path.is_file():
            found = "a folder" if path.is_dir() else "something else than a file"
            raise problem(name, "", found, "a file")
        with path.open("rb") as file:
            return file.read(yamlfile.LARGEST + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        what = f"something that cannot be read ({error})"
        raise problem(name, "", what, "a file") from None


def hash_of(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()
