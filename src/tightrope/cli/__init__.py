"""The command line.

Exit codes: 0 done, 1 failed (a broken case among others), 2 bad use, 128 + a signal's number where
a signal asked to stop (130 for Ctrl-C, 143 for SIGTERM).
"""

from __future__ import annotations

import logging
import sys
import warnings
from typing import NoReturn

from tightrope.cli import interrupt

FAILED, BAD_USE = 1, 2


def main() -> NoReturn:
    """Run the command line; errors are sentences, never tracebacks, for anything foreseen.

    All else is imported in there, so that a request to stop is heard from the first moment on.
    """
    interrupt.guarded(_run)


def _run() -> NoReturn:
    _quieten()
    from tightrope.cli import commands

    sys.exit(commands.run())


def _quieten() -> None:
    """Leave out what libraries say to programmers, unless Python was asked for it (`-W`)."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logging.getLogger("jax").setLevel(logging.ERROR)
