"""The command line.

Exit codes: 0 done, 1 failed (a broken case among others), 2 bad use, 128 + a signal's number where
a signal asked to stop (130 for Ctrl-C, 143 for SIGTERM).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

import typer

from tightrope import cache, interrupt
from tightrope.case import CaseError, UseError
from tightrope.cli import board, decide, record
from tightrope.cli.shell import err

FAILED, BAD_USE = 1, 2

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Make a strategic assessment executable, and its claims testable.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
COMMANDS: dict[str, Callable[..., None]] = {
    "assess": board.assess,
    "check": board.check,
    "show": board.show,
    "why": board.why,
    "hindcast": record.hindcast_,
    "decide": decide.decide_,
    "compare": decide.compare_,
    "break": decide.break_,
    "shock": decide.shock_,
    "search": decide.search_,
    "watch": decide.watch_,
    "game": decide.game_,
    "series": record.series_,
    "new": board.new,
}
for name, function in COMMANDS.items():
    app.command(name)(function)


def main() -> NoReturn:
    """Run the command line; errors are sentences, never tracebacks, for anything foreseen."""
    interrupt.guarded(_run)


def _run() -> NoReturn:
    cache.use()
    try:
        code = app(standalone_mode=False)
    except UseError as problem:
        _stop(problem, BAD_USE)
    except CaseError as problem:
        _stop(problem, FAILED)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except OSError as problem:
        _stop(problem, FAILED)
    except Exception as problem:
        if hasattr(problem, "format_message") and hasattr(problem, "exit_code"):  # bad options
            _stop(problem.format_message(), BAD_USE)
        raise
    sys.exit(code or 0)


def _stop(problem: object, code: int) -> NoReturn:
    err.print(f"tightrope: {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(code)
