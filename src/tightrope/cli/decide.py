"""The command that puts the advice of a case to every test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tightrope.analyses.compare.options import RULES
from tightrope.arguments import QUARTERS, WORLDS, check_numbers, known_rule
from tightrope.cli.shell import (
    AsJson,
    CaseName,
    Cluster,
    OutFolder,
    Quarters,
    Seed,
    Settings,
    Trust,
    UseRecord,
    UseStore,
    Variants,
    Worlds,
    announce,
    command,
    near,
    out,
    print_json,
    progress,
    store,
)

if TYPE_CHECKING:
    from tightrope.show.finding import Finding

Rules = Annotated[
    list[str] | None,
    typer.Option("--rule", help="Decision rule; may be repeated; reactive and habit by default."),
]


def decide_(
    context: typer.Context,
    case: CaseName,
    worlds: Worlds = WORLDS,
    quarters: Quarters = QUARTERS,
    rule: Rules = None,
    seed: Seed = 0,
    with_search: Annotated[
        bool, typer.Option("--search/--no-search", help="Also search for other postures.")
    ] = True,
    with_game: Annotated[
        bool, typer.Option("--game/--no-game", help="Also solve the words as a game.")
    ] = True,
    out_folder: OutFolder = None,
    use_record: UseRecord = True,
    settings: Settings = None,
    variant: Variants = None,
    trust: Trust = False,
    use_store: UseStore = True,
    cluster: Cluster = None,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses.decide import numbers, words
    from tightrope.analyses.search.options import Options, work
    from tightrope.cli.folders import claimed, follows, unchanged
    from tightrope.reading import load
    from tightrope.store.findings import save_findings

    loaded = load(case, trust, settings or (), variant or ())
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    rules = tuple(known_rule(name) for name in dict.fromkeys(rule or ())) or RULES
    folder = claimed(context, loaded)
    told = unchanged(context, folder, loaded)
    if told is None:
        arms = len(rules) * len(loaded.scenarios) * len(loaded.postures)
        searched = work(loaded, Options(quarters=quarters)) if with_search else 0
        announce(arms * worlds * quarters + searched)
        with store(use_store, cluster) as kept, progress() as watch:
            found = numbers.decide(
                loaded,
                worlds=worlds,
                quarters=quarters,
                rules=rules,
                seed=seed,
                use_record=use_record,
                with_search=with_search,
                with_game=with_game,
                watch=watch,
                kept=kept,
            )
            watch("the page", 0, 1)
            told = words.findings(found)
            save_findings(
                folder, "decide", words.title(found), told, command(), follows(context, loaded)
            )
            watch("the page", 1, 1)
    show_findings(told, folder.folder, as_json)


def show_findings(told: Sequence[Finding], saved: Path, as_json: bool) -> None:
    """Print several, and where their page is."""
    from tightrope.show import terminal

    if as_json:
        print_json({one.name: list(one.words) for one in told})
    else:
        out.print(terminal.findings(told))
        out.print(f"\nThe page: {near(saved / 'decide.html')}", soft_wrap=True)
