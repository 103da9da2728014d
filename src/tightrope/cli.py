"""The command line. Exit codes: 0 done, 1 failed (a broken case among others), 2 bad use."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tightrope import board, cache, hindcast, store, terminal
from tightrope.case import Case, CaseError, UseError
from tightrope.reading import load, nearest
from tightrope.series import FORMATS, load_series, to_csv
from tightrope.starter import copy_starter

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
out = Console()
err = Console(stderr=True)

CaseName = Annotated[str, typer.Argument(metavar="CASE", help="A shipped case, or a folder.")]
Trust = Annotated[bool, typer.Option("--trust", help="Load the folder's Python.")]
Worlds = Annotated[int, typer.Option(help="Number of worlds.")]
Quarters = Annotated[int, typer.Option(help="Length of the runs.")]
RuleName = Annotated[str, typer.Option(help="Decision rule: reactive, equilibrium or habit.")]
ScenarioName = Annotated[str | None, typer.Option(help="Scenario where none is named.")]
PostureName = Annotated[str | None, typer.Option(help="Posture where none is named.")]
Seed = Annotated[int, typer.Option(help="Seed of the draws.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def assess(
    case: CaseName,
    worlds: Worlds = 2000,
    quarters: Quarters = 20,
    rule: RuleName = "reactive",
    scenario: ScenarioName = None,
    posture: PostureName = None,
    seed: Seed = 0,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder of the result; runs/CASE by default.")
    ] = None,
    use_record: Annotated[
        bool, typer.Option("--record/--no-record", help="Rule worlds out by the case's record.")
    ] = True,
    basis: Annotated[bool, typer.Option(help="Also remove every mechanism in turn.")] = True,
    basis_worlds: Annotated[int, typer.Option(help="Worlds for the removals.")] = 256,
    pictures: Annotated[
        str | None,
        typer.Option("--charts", metavar="png|svg", help="Also write every chart as a picture."),
    ] = None,
    trust: Trust = False,
    as_json: AsJson = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print times.")] = False,
) -> None:
    """Test every claim of CASE and write the board."""
    loaded = load(case, trust)
    folder = out_folder or Path("runs", loaded.name)
    store.check_place(folder)
    store.check_pictures(pictures)
    with _progress() as watch:
        result = board.assess(
            loaded,
            worlds=worlds,
            quarters=quarters,
            rule=rule,
            scenario=scenario,
            posture=posture,
            seed=seed,
            with_evidence=use_record,
            with_basis=basis,
            basis_worlds=basis_worlds,
            watch=watch,
            command=_command(),
        )
        watch("writing the board", 0, 1)
        saved = store.save(result, folder, pictures, lambda done, n: watch("charts", done, n))
        watch("writing the board", 1, 1)
    if as_json:
        _print_json(_records(result.claims))
    else:
        out.print(terminal.board(result))
        out.print(f"\nThe board: {_near(saved / 'board.html')}", soft_wrap=True)
    if verbose:
        (err if as_json else out).print(terminal.phases(result))


@app.command()
def check(case: CaseName, trust: Trust = False, as_json: AsJson = False) -> None:
    """Validate CASE: say what is wrong, where, and what is allowed."""
    loaded = load(case, trust)
    facts = _facts(loaded)
    if as_json:
        _print_json(facts)
    else:
        out.print(f"{loaded.name}: sound. " + ", ".join(f"{n} {k}" for k, n in facts.items()))


@app.command()
def show(case: CaseName, trust: Trust = False, as_json: AsJson = False) -> None:
    """Show the actors, mechanisms, influence graph and priors of CASE."""
    loaded = load(case, trust)
    edges = board.influence_edges(loaded)
    if as_json:
        _print_json(
            {
                "title": loaded.title,
                "counts": _facts(loaded),
                "actors": {a.name: [i.name for i in a.instruments] for a in loaded.actors},
                "mechanisms": {
                    m.name: {"passages": m.passages, "says": m.says} for m in loaded.mechanisms
                },
                "influence": edges.to_dict("records"),
                "priors": {p.name: [p.low, p.high] for p in loaded.priors},
            }
        )
    else:
        out.print(terminal.case(loaded, edges))


@app.command()
def why(
    case: CaseName,
    variable: Annotated[str, typer.Argument(metavar="VARIABLE", help="A variable's name.")],
    worlds: Worlds = 256,
    quarters: Quarters = 20,
    rule: RuleName = "reactive",
    scenario: ScenarioName = None,
    posture: PostureName = None,
    seed: Seed = 0,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Say what moved VARIABLE under a scenario and posture: its change, mechanism by mechanism."""
    loaded = load(case, trust)
    names = [v.name for v in loaded.variables]
    if variable not in names:
        raise UseError(f'there is no variable "{variable}"{nearest(variable, names)}')
    options: dict[str, Any] = {
        "scenario": scenario,
        "posture": posture,
        "worlds": worlds,
        "quarters": quarters,
        "seed": seed,
        "rule": rule,
    }
    pushes = board.explain(loaded, **options)
    if as_json:
        own = pushes.sel(variable=variable)["push"].dropna("term", how="all")
        _print_json({str(t): own.sel(term=t).to_numpy().tolist() for t in own["term"].to_numpy()})
    else:
        out.print(terminal.why(loaded, variable, pushes, board.simulate(loaded, **options)))


@app.command(name="hindcast")
def hindcast_(
    case: CaseName,
    cutoff: Annotated[
        list[str] | None,
        typer.Option(help="Last quarter that is matched, such as 2024Q2; may be repeated."),
    ] = None,
    seed: Seed = 0,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder of the result; runs/CASE-hindcast.")
    ] = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Match the record of CASE to a cut-off, forecast the rest, and score it beside persistence."""
    loaded = load(case, trust)
    folder = out_folder or Path("runs", f"{loaded.name}-hindcast")
    store.check_place(folder)
    with _progress() as watch:
        found = hindcast.run(loaded, tuple(cutoff or ()), seed=seed, watch=watch)
        saved = store.save_files(folder, hindcast.files(loaded, found, _command()))
    if as_json:
        _print_json(_records(found.scores))
    else:
        out.print(terminal.hindcast(found))
        out.print(f"\nAll of it: {_near(saved / 'hindcast.md')}", soft_wrap=True)


@app.command(name="series")
def series_(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help="One of: " + ", ".join(FORMATS))],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file as it was downloaded.")],
    out_file: Annotated[Path, typer.Option("--out", help="The CSV to write.")],
    source: Annotated[str, typer.Option(help="Where a reader can look the file up.")],
    read: Annotated[str, typer.Option(help="Date on which it was downloaded.")],
    country: str = "",
    actor: str = "",
    actor1: str = "",
    actor2: str = "",
    side: str = "",
    root: str = "",
    event_type: str = "",
    indicator: str = "",
    status: str = "",
    measure: str = "",
) -> None:
    """Add a public data file up by quarter, into a CSV that a case's observations/ can hold."""
    if out_file.exists():
        raise UseError(f"{out_file} is there already; allowed: a new file")
    given = {
        "country": country, "actor": actor, "actor1": actor1, "actor2": actor2, "side": side,
        "root": root, "event_type": event_type, "indicator": indicator, "status": status,
        "measure": measure,
    }  # fmt: skip
    loaded = load_series(form, file, **given)
    out_file.write_text(to_csv(loaded, source, read), encoding="utf-8")
    out.print(f"{loaded.rows_read} rows read, {loaded.kept} kept, in {len(loaded.frame)} quarters")
    for dropped in loaded.dropped:
        out.print(f"  {dropped.count} left out: {dropped.reason} ({dropped.example})", markup=False)
    out.print(f"Written: {out_file}", soft_wrap=True)


@app.command()
def new(folder: Annotated[Path, typer.Argument(metavar="FOLDER")]) -> None:
    """Make a small working case in FOLDER to start from."""
    made = copy_starter(folder)
    out.print(f"Made {made}. Read its files, then:", soft_wrap=True)
    out.print(f"  tightrope assess {shlex.quote(str(folder))} --trust", soft_wrap=True)


def main() -> NoReturn:
    """Run the command line; errors are sentences, never tracebacks, for anything foreseen."""
    cache.use()
    try:
        code = app(standalone_mode=False)
    except UseError as problem:
        _stop(problem, BAD_USE)
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
            _stop(problem.format_message(), BAD_USE)
        raise
    if code == INTERRUPTED:
        _stop("stopped; nothing was written", FAILED)
    sys.exit(code or 0)


def _stop(problem: object, code: int) -> NoReturn:
    err.print(f"tightrope: {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
    sys.exit(code)


@contextmanager
def _progress() -> Iterator[board.Watch]:
    """A progress bar with one line per phase, on standard error, from the first phase on."""
    columns = (TextColumn("{task.description:<18}"), BarColumn(), TimeElapsedColumn())
    tasks: dict[str, TaskID] = {}
    bars = Progress(*columns, console=err)

    def watch(phase: str, done: int, total: int) -> None:
        bars.start()
        if phase not in tasks:
            tasks[phase] = bars.add_task(phase, total=total)
        bars.update(tasks[phase], completed=done, total=total)

    try:
        yield watch
    finally:
        if tasks:
            bars.stop()


def _facts(case: Case) -> dict[str, int]:
    return {
        "passages": len(case.passages),
        "claims": len(case.claims),
        "variables": len(case.variables),
        "actors": len(case.actors),
        "mechanisms": len(case.mechanisms),
        "priors": len(case.priors),
        "scenarios": len(case.scenarios),
        "postures": len(case.postures),
    }


def _records(frame: Any) -> Any:
    return json.loads(frame.to_json(orient="records"))


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _command() -> str:
    return shlex.join(["tightrope", *sys.argv[1:]])


def _near(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
