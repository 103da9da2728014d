"""Any analysis run by its name, and told."""

from __future__ import annotations

from typing import Any

from tightrope.analyses.analysis import FOLDERS, check, part
from tightrope.case import Case
from tightrope.engine.ensemble import Watch
from tightrope.show.finding import Finding


def ask(name: str, case: Case, options: Any, watch: Watch) -> Any:
    """Check what is asked for, then run it."""
    check(name, case, options)
    return part(name, "numbers").ask(case, options, watch)


def tell(name: str, result: Any) -> Finding:
    """What its result has to say, as a Finding."""
    found: Finding = part(name, "words").tell(result)
    return found


def told(result: Any) -> Finding | None:
    """What the result of any analysis has to say; None where it is of none."""
    home = type(result).__module__.split(".")
    names = [name for name, folder in FOLDERS.items() if home[2:3] == [folder]]
    return tell(names[0], result) if names else None
