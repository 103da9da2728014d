"""Any result to a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tightrope.analyses.asking import tell
from tightrope.analyses.verdicts.board import Board
from tightrope.show.finding import Finding
from tightrope.store.findings import save_finding
from tightrope.store.results import save_board


def save(result: Any, folder: str | Path, pictures: str | None = None) -> Path:
    """Write a board, the result of an analysis, or what it has to say, whole or not at all.

    pictures: of a board, `png` or `svg` for every chart as a file, too. Only our own files are
    replaced; see docs/results.md. Returns the folder.
    Raises UseError for anything else, and where the folder holds something of somebody else's.
    """
    if isinstance(result, Board):
        return save_board(result, Path(folder), pictures)
    finding = result if isinstance(result, Finding) else tell(result)
    return save_finding(Path(folder), finding, f"tightrope.{finding.name}(...)")
