"""Commands on a case and its board."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tightrope.arguments import (
    BASIS_WORLDS,
    MOST_WORLDS,
    QUARTERS,
    WHY_WORLDS,
    WORLDS,
    check_numbers,
    check_until,
)
from tightrope.case import Case, Posture, Scenario
from tightrope.case.named import check_claims
from tightrope.cli.shell import (
    AsJson,
    CaseName,
    Cluster,
    OutFolder,
    PostureName,
    Quarters,
    RuleName,
    ScenarioName,
    Seed,
    Settings,
    Trust,
    UseRecord,
    UseStore,
    Variants,
    Worlds,
    announce,
    command,
    err,
    near,
    out,
    print_json,
    progress,
    records,
    store,
)
from tightrope.errors import CaseError, Problem, UseError

if TYPE_CHECKING:
    import pandas as pd

    from tightrope.analyses.verdicts.board import Board

PHASES = ("record", "hindcast", "what decides", "where it fails", "basis", "scenarios")
"""What `assess` may leave out; the verdicts are always given."""


def assess(
    context: typer.Context,
    case: CaseName,
    claim: Annotated[
        list[str] | None,
        typer.Option(help="Test this claim alone, and run what it needs; may be repeated."),
    ] = None,
    worlds: Worlds = WORLDS,
    quarters: Quarters = QUARTERS,
    rule: RuleName = "reactive",
    scenario: ScenarioName = None,
    posture: PostureName = None,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(metavar="PHASE", help=f"Leave out: {', '.join(PHASES)}; may be repeated."),
    ] = None,
    use_record: UseRecord = True,
    foretell: Annotated[
        bool,
        typer.Option("--hindcast/--no-hindcast", help="The second is --skip hindcast."),
    ] = True,
    derivatives: Annotated[
        bool, typer.Option("--derivatives", help="Also how far each number moves each claim.")
    ] = False,
    robust: Annotated[
        bool, typer.Option("--robust", help="Also the words under other choices of ours.")
    ] = False,
    basis: Annotated[bool, typer.Option(help="The second is --skip basis.")] = True,
    basis_worlds: Annotated[int, typer.Option(help="Worlds for a removal at most.")] = BASIS_WORLDS,
    until_decided: Annotated[
        bool,
        typer.Option("--until-decided", help="Run more worlds for claims that are undecided."),
    ] = False,
    most_worlds: Annotated[
        int | None,
        typer.Option(help=f"With --until-decided: so many at most; {MOST_WORLDS:,} by default."),
    ] = None,
    pictures: Annotated[
        str | None,
        typer.Option("--charts", metavar="png|svg", help="Also write every chart as a picture."),
    ] = None,
    settings: Settings = None,
    variant: Variants = None,
    trust: Trust = False,
    use_store: UseStore = True,
    cluster: Cluster = None,
    as_json: AsJson = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print times.")] = False,
) -> None:
    from tightrope.cli.folders import claimed, follows, unchanged
    from tightrope.reading import load
    from tightrope.store import results

    loaded = load(case, trust, settings or (), variant or ())
    results.check_pictures(pictures)
    check_numbers(worlds=worlds, quarters=quarters, basis_worlds=basis_worlds, seed=seed)
    check_until(until_decided, most_worlds, worlds, quarters)
    check_claims(loaded, claim or ())
    left = _skipped(skip or ())
    folder = claimed(context, loaded)
    result = unchanged(context, folder, loaded)
    if result is None:
        from tightrope.analyses.verdicts import assessing, terminal

        announce(2 * len(claim or loaded.claims) * worlds * quarters)

        def grows(so_far: Board) -> None:
            if len(so_far.run.phases) == 1:
                err.print(terminal.first(so_far), soft_wrap=True)

        with store(use_store, cluster) as kept, progress() as watch:
            result = assessing.assess(
                loaded,
                only=claim or (),
                worlds=worlds,
                quarters=quarters,
                rule=rule,
                scenario=scenario,
                posture=posture,
                seed=seed,
                with_evidence=use_record and "record" not in left,
                with_hindcast=foretell and "hindcast" not in left,
                with_decisive="what decides" not in left,
                with_boxes="where it fails" not in left,
                with_basis=basis and "basis" not in left,
                with_scenarios="scenarios" not in left,
                with_derivatives=derivatives,
                with_robust=robust,
                basis_worlds=basis_worlds,
                until_decided=until_decided,
                most_worlds=most_worlds,
                watch=watch,
                grows=grows if err.is_terminal else None,
                kept=kept,
                command=command(),
            )
            watch("writing the board", 0, 1)
            results.save_board(
                result,
                folder,
                pictures,
                lambda done, n: watch("charts", done, n),
                follows(context, loaded),
            )
            watch("writing the board", 1, 1)
    show_board(result, folder.folder, as_json, verbose)


def show_board(result: Board, saved: Path, as_json: bool, verbose: bool = False) -> None:
    """Print a board, and where its page is."""
    from tightrope.analyses.verdicts import terminal

    if as_json:
        print_json(records(result.claims))
    else:
        out.print(terminal.board(result))
        out.print(f"\nThe board: {near(saved / 'board.html')}", soft_wrap=True)
    if verbose:
        (err if as_json else out).print(terminal.phases(result))


def _skipped(names: Sequence[str]) -> set[str]:
    """Phases by name; a hyphen stands for a space."""
    from tightrope.text.names import nearest

    found = [name.replace("-", " ") for name in names]
    for name in found:
        if name not in PHASES:
            raise UseError(
                f'skip: found "{name}"; allowed: {", ".join(PHASES)}{nearest(name, PHASES)}'
            )
    return set(found)


def check(
    case: CaseName,
    settings: Settings = None,
    variant: Variants = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.reading import forms, load, warnings

    try:
        loaded = load(case, trust, settings or (), variant or ())
    except CaseError as error:
        if not as_json or not error.problems:
            raise
        print_json({"sound": False, "problems": [_problem(one) for one in error.problems]})
        raise typer.Exit(1) from None
    if loaded.loaded is not None:
        forms(loaded)
    facts, found = _facts(loaded), warnings(loaded)
    if as_json:
        print_json({"sound": True, **facts, "warnings": [_problem(one) for one in found]})
        return
    out.print(f"{loaded.name}: sound. " + ", ".join(f"{n} {k}" for k, n in facts.items()))
    for one in found:
        out.print(f"warning: {one}", soft_wrap=True)


def _problem(one: Problem) -> dict[str, Any]:
    """A problem or a warning as data."""
    file, line = one.order
    parts = {"path": one.path, "found": one.found, "allowed": one.allowed, "hint": one.hint}
    return {"file": file, "line": line or None, **parts, "says": str(one)}


def show(
    case: CaseName,
    section: Annotated[
        list[str] | None,
        typer.Option(
            help="actors, mechanisms, influence, scenarios, postures, priors, variants or all; "
            "may be repeated."
        ),
    ] = None,
    settings: Settings = None,
    variant: Variants = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses.verdicts import terminal
    from tightrope.analyses.verdicts.table import influence_edges
    from tightrope.reading import load

    sections = _sections(section or ())
    loaded = load(case, trust, settings or (), variant or ())
    edges = influence_edges(loaded)
    if as_json:
        parts = _parts(loaded, edges)
        found = {name: parts[name] for name in sections or parts}
        print_json({"title": loaded.title, "counts": _facts(loaded)} | found)
    else:
        out.print(terminal.case(loaded, edges, sections, case))


def _sections(names: Sequence[str]) -> tuple[str, ...]:
    from tightrope.analyses.verdicts import terminal
    from tightrope.text.names import nearest

    allowed = (*terminal.SECTIONS, terminal.ALL)
    for name in names:
        if name not in allowed:
            hint = nearest(name, allowed)
            raise UseError(f'there is no section "{name}"; allowed: {", ".join(allowed)}{hint}')
    return tuple(terminal.SECTIONS) if terminal.ALL in names else tuple(dict.fromkeys(names))


def _parts(case: Case, edges: pd.DataFrame) -> dict[str, Any]:
    return {
        "actors": {a.name: [i.name for i in a.instruments] for a in case.actors},
        "mechanisms": {m.name: {"passages": m.passages, "says": m.says} for m in case.mechanisms},
        "influence": edges.to_dict("records"),
        "scenarios": {s.name: s.label for s in case.scenarios},
        "postures": {p.name: p.label for p in case.postures},
        "priors": {p.name: [p.low, p.high] for p in case.priors},
        "variants": {
            v.name: {"label": v.label, "group": v.group, "why": v.why, "weight": v.weight}
            for v in case.variants
        },
    }


def why(
    case: CaseName,
    variable: Annotated[str, typer.Argument(metavar="VARIABLE", help="A variable's name.")],
    worlds: Worlds = WHY_WORLDS,
    quarters: Quarters = QUARTERS,
    rule: RuleName = "reactive",
    scenario: ScenarioName = None,
    posture: PostureName = None,
    against: Annotated[
        str | None,
        typer.Option(help="Another scenario or posture: say what makes the difference to it."),
    ] = None,
    seed: Seed = 0,
    settings: Settings = None,
    variant: Variants = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses.verdicts import simulating, terminal
    from tightrope.engine import labelled as dataset
    from tightrope.reading import load
    from tightrope.text.names import nearest

    loaded = load(case, trust, settings or (), variant or ())
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
    changed = None if against is None else options | _against(loaded, against, scenario, posture)
    announce((4 if changed else 2) * worlds * quarters)
    pushes = simulating.explain(loaded, **options)
    other = simulating.explain(loaded, **changed) if changed else None
    if as_json:
        found = dataset.difference(pushes, other) if other else pushes
        own = found.sel(variable=variable)["push"].dropna("term", how="all")
        print_json({str(t): own.sel(term=t).to_numpy().tolist() for t in own["term"].to_numpy()})
    else:
        runs = simulating.simulate(loaded, **options)
        beside = (other, simulating.simulate(loaded, **changed)) if changed and other else None
        out.print(terminal.why(loaded, variable, pushes, runs, beside))


def _against(case: Case, name: str, scenario: str | None, posture: str | None) -> dict[str, str]:
    """The option that `--against` changes: the scenario or the posture of this name."""
    from tightrope.text.names import nearest

    own = {"scenario": scenario or case.scenario, "posture": posture or case.posture}
    kinds: dict[str, Sequence[Scenario | Posture]] = {
        "scenario": case.scenarios,
        "posture": case.postures,
    }
    named = {
        f"{kind}:{item.name}": {kind: item.name}
        for kind, items in kinds.items()
        for item in items
        if item.name != own[kind]
    }
    places = [key for key in named if name in (key, key.partition(":")[2])]
    if len(places) == 1:
        return named[places[0]]
    if places:
        raise UseError(f'against: found "{name}", which is both; allowed: {" or ".join(places)}')
    names = list(dict.fromkeys(key.partition(":")[2] for key in named))
    allowed = f"{', '.join(names)}{nearest(name, names)}"
    raise UseError(f'there is no other scenario or posture "{name}"; allowed: {allowed}')


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
