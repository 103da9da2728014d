"""The command that reads a saved result back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tightrope.cli.shell import AsJson


def open_(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder with a result.")],
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses.verdicts.board import Board
    from tightrope.cli.analyses import show_finding
    from tightrope.cli.board import show_board
    from tightrope.cli.decide import show_findings
    from tightrope.store import opening

    found = opening.open(folder)
    if isinstance(found, Board):
        show_board(found, folder, as_json)
    elif isinstance(found, tuple):
        show_findings(found, folder, as_json)
    else:
        show_finding(found, folder, as_json)
