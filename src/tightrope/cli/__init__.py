"""The command line. Exit codes: 0 done, 1 failed (a broken case among others), 2 bad use."""

from __future__ import annotations

import sys
from typing import NoReturn

FAILED, BAD_USE = 1, 2


def main() -> NoReturn:
    """Run the command line; errors are sentences, never tracebacks, for anything foreseen.

    All else is imported in here, so that Ctrl-C while it loads is no traceback either.
    """
    try:
        from tightrope.cli import commands

        code = commands.run()
    except KeyboardInterrupt:
        sys.stderr.write("tightrope: stopped; nothing was written\n")
        code = FAILED
    sys.exit(code)
