"""tightrope makes a strategic assessment executable: its claims become tests with verdicts."""

import os

# Before the compiler's library is loaded, which reads it once: its own log is not for users.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tightrope.board import Board, assess, explain, simulate
from tightrope.case import Case, CaseError, UseError
from tightrope.reading import load
from tightrope.table import read_csv

__all__ = [
    "Board",
    "Case",
    "CaseError",
    "UseError",
    "assess",
    "explain",
    "load",
    "read_csv",
    "simulate",
]
