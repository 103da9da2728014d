"""All commands, declared once; the module of each is imported when it is asked for."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from tightrope.analyses import analysis
from tightrope.arguments import can_draw
from tightrope.cli import BAD_USE, FAILED, typed
from tightrope.cli.shell import err
from tightrope.engine import cache
from tightrope.errors import CaseError, UseError
from tightrope.text.characters import shown

INTERRUPTED = 130
"""What Typer makes of Ctrl-C."""


class Entry(NamedTuple):
    """Where a command is, what it does in a sentence, and whether it draws or shows results.

    An analysis is in the module `analyses`, which makes its command, and says itself what it does.
    """

    module: str
    function: str
    sentence: str = ""
    draws: bool = True

    @property
    def says(self) -> str:
        return self.sentence or analysis.find(self.function).says


TABLE = {
    "assess": Entry("board", "assess", "Test every claim of CASE and write the board."),
    "check": Entry(
        "board", "check", "Validate CASE: say all that is wrong, where, and what is allowed.", False
    ),
    "show": Entry(
        "board", "show",
        "Show CASE in a screen, or its actors, mechanisms, influence, scenarios, postures, priors.",
    ),
    "why": Entry(
        "board", "why",
        "Say what moved VARIABLE under a scenario and posture: its change, mechanism by mechanism.",
    ),
    "decide": Entry(
        "decide", "decide_",
        "Put the advice of CASE to every test below, and write one page over all.",
    ),
    **{name: Entry("analyses", name) for name in analysis.FOLDERS},
    "studio": Entry(
        "studio", "studio", "Open cases, boards and drafts in the browser, on this machine.", False
    ),
    "open": Entry(
        "opened", "open_", "Read a saved result back from FOLDER, whole, and show it again."
    ),
    "cache": Entry(
        "kept", "cache", "Say how much is kept of runs that were done, or throw it out.", False
    ),
    "worker": Entry(
        "joined", "worker", "Join a cluster: run what the scheduler at ADDRESS sends.", False
    ),
    "series": Entry(
        "record", "series_",
        "Add a public data file up by quarter, into a CSV that a case's observations/ can hold.",
        False,
    ),
    "new": Entry("cases", "new", "Make a small working case in FOLDER to start from.", False),
    "copy": Entry("cases", "copy", "Copy CASE to FOLDER, to change it there.", False),
    "diff": Entry(
        "cases", "diff",
        "Say what two cases, or two saved boards, say otherwise, and which verdicts moved.",
    ),
    "disagree": Entry(
        "cases", "disagree",
        "Say on which claims people who change one case differ, and which changes make it so.",
    ),
}  # fmt: skip


class OneCommand(TyperCommand):
    """A command that says what is wrong with what was typed as the rest of the program does."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given: dict[str, Any] = {}
        try:
            given, left, order = self.make_parser(ctx).parse_args(args=list(args))
            typed.check(self, given, left, order)
            return super().parse_args(ctx, args)
        except Exception as problem:
            raise typed.ours(problem, self, given, function(self.name or "")) from None


class Commands(TyperGroup):
    """The commands of the table."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except Exception as problem:
            raise typed.ours(problem, self, {}, None) from None

    def list_commands(self, ctx: Any) -> list[str]:
        return list(TABLE)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in TABLE:
            return command(cmd_name)
        if cmd_name.startswith("-"):
            return None
        from tightrope.text.names import nearest  # for this sentence only

        raise UseError(
            f'there is no command "{cmd_name}"; allowed: {", ".join(TABLE)}'
            f"{nearest(cmd_name, TABLE)}"
        )

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.says) for name, entry in TABLE.items()])


def command(name: str) -> Any:
    """One command of the table, made of its function."""
    entry = TABLE[name]
    if entry.draws and "--help" not in sys.argv:
        can_draw()
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, help=entry.says, cls=OneCommand)(function(name))
    return typer.main.get_command(alone)


def function(name: str) -> Callable[..., Any]:
    """The function of a command; loads its module."""
    entry = TABLE[name]
    module = importlib.import_module(f"tightrope.cli.{entry.module}")
    found: Callable[..., Any]
    if entry.module == "analyses":
        found = module.command_of(name)
    else:
        found = getattr(module, entry.function)
    return found


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    help="Make a strategic assessment executable, and its claims testable.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"tightrope {metadata.version('tightrope')}\n")
        raise typer.Exit


@app.callback()
def _whole(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Options of the program as a whole."""


def run() -> int:
    """Run what was typed; returns the exit code, and says in a sentence what went wrong."""
    arguments = sys.argv[1:] or ["--help"]
    # What a terminal cannot show is shown as "?", which is better than not at all.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        cache.use()
        code = app(arguments, standalone_mode=False, prog_name="tightrope")
    except UseError as problem:
        return _said(problem if problem.problems else shown(str(problem)), BAD_USE)
    except CaseError as problem:
        return _said(problem, FAILED)
    except typer.Exit as stop:
        return stop.exit_code
    except OSError as problem:
        return _said(problem, FAILED)
    except MemoryError:
        return _said("not enough memory; allowed: fewer worlds or quarters", FAILED)
    except Exception as problem:
        if hasattr(problem, "format_message") and hasattr(problem, "exit_code"):  # bad options
            return _said(shown(problem.format_message()), BAD_USE)
        raise
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return code or 0


def _said(problem: object, code: int) -> int:
    err.print(f"tightrope: {problem}", style="red", soft_wrap=True)
    return code
