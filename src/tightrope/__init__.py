"""tightrope makes a strategic assessment executable: its claims become tests with verdicts."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tightrope.analyses.asking import ask, tell
    from tightrope.analyses.decide.numbers import decide
    from tightrope.analyses.verdicts.assessing import assess
    from tightrope.analyses.verdicts.board import Board
    from tightrope.analyses.verdicts.simulating import explain, simulate
    from tightrope.case import Case, theory
    from tightrope.case.mechanism import derived, mechanism
    from tightrope.cluster.crew import on
    from tightrope.errors import CaseError, UseError
    from tightrope.reading import load
    from tightrope.store.opening import open
    from tightrope.store.saving import save
    from tightrope.text.table import read_csv

# Before the compiler's library is loaded, which reads it once: its own log is not for users.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__all__ = [
    "Board",
    "Case",
    "CaseError",
    "UseError",
    "ask",
    "assess",
    "decide",
    "derived",
    "explain",
    "load",
    "mechanism",
    "on",
    "open",
    "read_csv",
    "save",
    "simulate",
    "tell",
    "theory",
]

_HOMES = {
    "analyses.asking": ("ask", "tell"),
    "analyses.decide.numbers": ("decide",),
    "analyses.verdicts.assessing": ("assess",),
    "analyses.verdicts.board": ("Board",),
    "analyses.verdicts.simulating": ("explain", "simulate"),
    "case": ("Case", "theory"),
    "case.mechanism": ("derived", "mechanism"),
    "cluster.crew": ("on",),
    "errors": ("CaseError", "UseError"),
    "reading": ("load",),
    "store.opening": ("open",),
    "store.saving": ("save",),
    "text.table": ("read_csv",),
}
"""Where the public names live. Each is imported when it is first asked for, as some are heavy."""


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            if home.startswith(("analyses", "store")):
                importlib.import_module("tightrope.arguments").can_draw()
            module = importlib.import_module(f"tightrope.{home}")
            inner = f"tightrope.{home}.{name}"
            found = getattr(module, name, None) or importlib.import_module(inner)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
