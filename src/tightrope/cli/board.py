"""Commands on a case and its board."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from tightrope import board, store, terminal
from tightrope.case import Case, CaseError, Problem, UseError
from tightrope.cli.shell import (
    AsJson,
    CaseName,
    OutFolder,
    PostureName,
    Quarters,
    RuleName,
    ScenarioName,
    Seed,
    Trust,
    UseRecord,
    Worlds,
    command,
    err,
    near,
    out,
    print_json,
    progress,
    records,
)
from tightrope.reading import load, nearest, warnings
from tightrope.starter import copy_starter


def assess(
    case: CaseName,
    worlds: Worlds = 2000,
    quarters: Quarters = 20,
    rule: RuleName = "reactive",
    scenario: ScenarioName = None,
    posture: PostureName = None,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    use_record: UseRecord = True,
    foretell: Annotated[
        bool,
        typer.Option("--hindcast/--no-hindcast", help="Also score it on the record's later years."),
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
    with progress() as watch:
        result = board.assess(
            loaded,
            worlds=worlds,
            quarters=quarters,
            rule=rule,
            scenario=scenario,
            posture=posture,
            seed=seed,
            with_evidence=use_record,
            with_hindcast=foretell,
            with_basis=basis,
            basis_worlds=basis_worlds,
            watch=watch,
            command=command(),
        )
        watch("writing the board", 0, 1)
        saved = store.save(result, folder, pictures, lambda done, n: watch("charts", done, n))
        watch("writing the board", 1, 1)
    if as_json:
        print_json(records(result.claims))
    else:
        out.print(terminal.board(result))
        out.print(f"\nThe board: {near(saved / 'board.html')}", soft_wrap=True)
    if verbose:
        (err if as_json else out).print(terminal.phases(result))


def check(case: CaseName, trust: Trust = False, as_json: AsJson = False) -> None:
    """Validate CASE: say all that is wrong, where, and what is allowed."""
    try:
        loaded = load(case, trust)
    except CaseError as error:
        if not as_json or not error.problems:
            raise
        print_json({"sound": False, "problems": [_problem(one) for one in error.problems]})
        raise typer.Exit(1) from None
    facts, found = _facts(loaded), warnings(loaded)
    if as_json:
        print_json({"sound": True, **facts, "warnings": [_problem(one) for one in found]})
        return
    out.print(f"{loaded.name}: sound. " + ", ".join(f"{n} {k}" for k, n in facts.items()))
    for one in found:
        out.print(f"warning: {one}", markup=False, highlight=False, soft_wrap=True)


def _problem(one: Problem) -> dict[str, Any]:
    """A problem or a warning as data."""
    file, line = one.order
    parts = {"path": one.path, "found": one.found, "allowed": one.allowed, "hint": one.hint}
    return {"file": file, "line": line or None, **parts, "says": str(one)}


def show(case: CaseName, trust: Trust = False, as_json: AsJson = False) -> None:
    """Show the actors, mechanisms, influence graph and priors of CASE."""
    loaded = load(case, trust)
    edges = board.influence_edges(loaded)
    if as_json:
        print_json(
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
        print_json({str(t): own.sel(term=t).to_numpy().tolist() for t in own["term"].to_numpy()})
    else:
        out.print(terminal.why(loaded, variable, pushes, board.simulate(loaded, **options)))


def new(folder: Annotated[Path, typer.Argument(metavar="FOLDER")]) -> None:
    """Make a small working case in FOLDER to start from."""
    made = copy_starter(folder)
    out.print(f"Made {made}. Read its files, then:", soft_wrap=True)
    out.print(f"  tightrope assess {shlex.quote(str(folder))} --trust", soft_wrap=True)


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
