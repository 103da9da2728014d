"""Any analysis asked by its name, and told."""

from __future__ import annotations

from typing import Any

from tightrope.analyses.analysis import FOLDERS, check, options_of, part
from tightrope.case import Case
from tightrope.case.named import check_case
from tightrope.engine.kept import Kept
from tightrope.engine.progress import Watch, no_watch
from tightrope.errors import UseError
from tightrope.show.finding import Finding


def ask(
    name: str, case: Case, watch: Watch = no_watch, kept: Kept | None = None, **options: Any
) -> Any:
    """Ask an analysis of a case: `ask("shock", case, worlds=500)`; its options are the command's.

    kept: where results of runs come from, see `store.blocks` and `on`.
    Returns its result; `tell` says it in sentences, `save` writes it to a folder.
    Raises UseError for an analysis that there is not, and for what cannot be asked.
    """
    if name not in FOLDERS:
        raise UseError(f'there is no analysis "{name}"; allowed: {", ".join(FOLDERS)}')
    check_case(case)
    return answer(name, case, options_of(name, options), watch, kept)


def answer(
    name: str, case: Case, options: Any, watch: Watch = no_watch, kept: Kept | None = None
) -> Any:
    """Check what is asked for, then run it; what was `kept` of earlier runs is not run again."""
    check(name, case, options)
    return part(name, "numbers").ask(case, options, watch, kept)


def tell(result: Any) -> Finding:
    """What the result of an analysis has to say. Raises UseError for anything else."""
    home = type(result).__module__.split(".")
    names = [name for name, folder in FOLDERS.items() if home[2:3] == [folder]]
    if not names:
        what = type(result).__name__
        raise UseError(f"tell: found {what}; allowed: what an analysis has given")
    found: Finding = part(names[0], "words").tell(result)
    return found
