"""A small made-up case to start from; `copy_starter` puts it into a folder."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from tightrope.errors import UseError


def copy_starter(folder: Path) -> Path:
    """Copy the starter's files into a new or empty folder and return it.

    Raises UseError where something is there already.
    """
    if folder.exists() and not folder.is_dir():
        raise UseError(f"{folder} is a file; allowed: a new folder or an empty one")
    if folder.is_dir() and any(folder.iterdir()):
        raise UseError(f"{folder} holds something already; allowed: a new folder or an empty one")
    folder.mkdir(parents=True, exist_ok=True)
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(".yaml"):
            (folder / file.name).write_bytes(file.read_bytes())
    return folder
