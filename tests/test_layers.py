"""Layers are folders, and imports point one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import tightrope

SOURCE = Path(tightrope.__file__).parent
LAYERS = (
    ("text",),
    ("errors", "quarters"),
    ("arguments",),
    ("case",),
    ("reading", "starter", "cases"),
    ("sources", "engine"),
    ("show",),
    ("analyses",),
    ("store", "cluster"),
    ("studio",),
    ("cli",),
)
"""From the ground up. What stands beside another in a layer does not import it either."""

FACES = {"__init__", "__main__"}
"""The public face imports what is asked for when it is asked for."""


class Import(NamedTuple):
    """One import: where it stands, and the module it names, below `tightrope`."""

    file: Path
    line: int
    module: str

    @property
    def layer(self) -> str:
        return self.file.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports() -> Iterator[Import]:
    """All of them, also those in functions and for types only."""
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tightrope"):
                module = (node.module or "").removeprefix("tightrope").lstrip(".")
                for name in node.names:
                    full = f"{module}.{name.name}".lstrip(".")
                    yield Import(file, node.lineno, full)


def rank(name: str) -> int:
    return next(i for i, layer in enumerate(LAYERS) if name in layer)


ALL = tuple(i for i in imports() if i.layer not in FACES)


def test_there_are_imports_to_look_at() -> None:
    assert len(ALL) > 300
    assert {i.layer for i in ALL} <= {name for layer in LAYERS for name in layer}


def test_no_import_points_up() -> None:
    wrong = [
        f"{i.file.relative_to(SOURCE)}:{i.line} imports {i.module}"
        for i in ALL
        for other in [i.module.split(".")[0]]
        if other != i.layer and other not in ("", "version", *FACES)
        if rank(other) >= rank(i.layer)
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_face_and_the_commands_import_for_types_alone() -> None:
    """They do it to start fast; elsewhere it would hide a circle."""
    found = [f for f in SOURCE.rglob("*.py") if "TYPE_CHECKING" in f.read_text(encoding="utf-8")]
    names = [f.relative_to(SOURCE).as_posix() for f in found]
    assert all(name == "__init__.py" or name.startswith("cli/") for name in names), names


@pytest.mark.parametrize("layer", sorted(name for row in LAYERS for name in row))
def test_every_layer_is_there(layer: str) -> None:
    assert (SOURCE / layer).is_dir() or (SOURCE / f"{layer}.py").is_file()
