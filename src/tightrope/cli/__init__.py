"""The command line. Exit codes: 0 done, 1 failed (a broken case among others), 2 bad use."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn

import typer

from tightrope import cache
from tightrope.case import CaseError, UseError
from tightrope.cli import board, decide, record
from tightrope.cli.shell import err
from tightrope.plain import shown

FAILED, BAD_USE = 1, 2
INTERRUPTED = 130
"""What Typer makes of Ctrl-C."""

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
    _quieten()
    cache.use()
    try:
        code = app(standalone_mode=False)
    except UseError as problem:
        _stop(shown(str(problem)), BAD_USE)  # one sentence, on one line
    except CaseError as problem:
        _stop(problem, FAILED)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OSError as problem:
        _stop(problem, FAILED)
    except Exception as problem:
        if hasattr(problem, "format_message") and hasattr(problem, "exit_code"):  # bad options
            _stop(shown(problem.format_message()), BAD_USE)
        raise
    if code == INTERRUPTED:
        _stop("stopped; nothing was written", FAILED)
    sys.exit(code or 0)


def _quieten() -> None:
    """Leave out what libraries say to programmers, unless Python was asked for it (`-W`)."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logging.getLogger("jax").setLevel(logging.ERROR)


def _stop(problem: object, code: int) -> NoReturn:
    err.print(f"tightrope: {problem}", style="red", soft_wrap=True)
    sys.exit(code)
