"""A draft's text as a case, or what is wrong with it, line by line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tightrope.case import Case
from tightrope.errors import CaseError, Problem
from tightrope.reading import load
from tightrope.reading.overlay import EXTENDS
from tightrope.reading.yamlfile import read_yaml
from tightrope.studio.desk import Desk, Kept

FILE = "case.yaml"


@dataclass(frozen=True)
class Checked:
    """The case, or None and what is wrong."""

    case: Case | None
    problems: tuple[Problem, ...] = ()

    @property
    def told(self) -> list[dict[str, Any]]:
        """What is wrong as data: line (0 for none of the draft's), and a sentence."""
        return [
            {"line": line if file == FILE else 0, "says": str(one)}
            for one in self.problems
            for file, line in [one.order]
        ]


def check(desk: Desk, base: Kept, text: str) -> Checked:
    """Read a draft on a case of the desk, in a folder that is gone afterwards.

    It may extend that case alone: so no file elsewhere is read, whatever the text says.
    """
    try:
        with written(desk, base, text) as folder:
            return Checked(load(folder))
    except CaseError as error:
        told = error.problems or (Problem(FILE, "", str(error), "a case that can be read"),)
        return Checked(None, told)
    except UnicodeEncodeError:
        what = Problem(FILE, "", "half a character (a surrogate)", "text of Unicode")
        return Checked(None, (what,))


@contextmanager
def written(desk: Desk, base: Kept, text: str) -> Iterator[Path]:
    """A draft as the folder of a case, which is gone afterwards.

    Raises CaseError for a draft that extends nothing, or something else than its case.
    """
    _extends_only(base, text)
    with tempfile.TemporaryDirectory(dir=desk.home / "work") as work:
        folder = Path(work) / f"{base.name}-draft"
        folder.mkdir()
        (folder / FILE).write_text(text, encoding="utf-8", newline="")
        (folder / base.name).symlink_to(base.folder, target_is_directory=True)
        yield folder


def _extends_only(base: Kept, text: str) -> None:
    """Raise CaseError for a draft that extends nothing, or something else."""
    main = read_yaml(text.encode("utf-8"), FILE)
    node = main.mapping().get(EXTENDS)
    allowed = f"./{base.name}, the case that this draft is on"
    if node is None:
        main.fail("a draft that extends nothing", f"{EXTENDS}: {allowed}")
    if node.text() != f"./{base.name}":
        node.fail(node.shown, allowed)
