"""Commands that put the advice of a case, and any other posture, to the test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tightrope.arguments import (
    QUARTERS,
    WORLDS,
    check_numbers,
    known_rule,
)
from tightrope.case import Case
from tightrope.cli.shell import (
    AsJson,
    CaseName,
    OutFolder,
    Quarters,
    Seed,
    Settings,
    Trust,
    UseRecord,
    Worlds,
    announce,
    command,
    near,
    out,
    print_json,
    progress,
)

if TYPE_CHECKING:
    from tightrope.analyses import decide
    from tightrope.arguments import DecisionRule
    from tightrope.show.report.decide import Section
    from tightrope.store.place import Place

Several = Annotated[
    list[str] | None, typer.Option(help="May be repeated; all of the case's by default.")
]
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
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses import decide
    from tightrope.show import terminal
    from tightrope.show.report import decide as pages
    from tightrope.store import results as store

    loaded, folder = _opened(context, case, trust, settings or ())
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    announce(2 * len(loaded.scenarios) * len(loaded.postures) * worlds * quarters)
    with progress() as watch:
        found = decide.run(
            loaded,
            worlds=worlds,
            quarters=quarters,
            rules=_rules(rule),
            seed=seed,
            use_record=use_record,
            with_search=with_search,
            with_game=with_game,
            watch=watch,
        )
        watch("the page", 0, 1)
        sections = _sections(found)
        saved = store.save_files(folder, pages.together(loaded, sections, command()))
        watch("the page", 1, 1)
    if as_json:
        print_json({s.name: list(s.words) for s in sections})
    else:
        out.print(terminal.decision(sections))
        out.print(f"\nThe page: {near(saved / 'decide.html')}", soft_wrap=True)


def _sections(found: decide.Decision) -> list[Section]:
    from tightrope.show.report import decide as pages

    said = command()
    params = found.sample.params
    sections = [
        pages.of_comparison(found.comparison, said),
        *(pages.of_break(b, params, said) for b in found.breaks),
        pages.of_signposts(found.signposts, said),
    ]
    if found.shock:
        sections.append(pages.of_shock(found.shock, said))
    if found.search:
        sections.append(pages.of_search(found.search, said))
    if found.game:
        sections.append(pages.of_game(found.case, found.game, said))
    return sections


# ---------------------------------------------------------------- what they share


def _opened(
    context: typer.Context, case: str, trust: bool, settings: Sequence[str]
) -> tuple[Case, Place]:
    """The case, and the folder of the result, held for it."""
    from tightrope.cli.folders import claimed
    from tightrope.reading import load

    loaded = load(case, trust, settings)
    return loaded, claimed(context, loaded)


def _rules(names: Sequence[str] | None) -> tuple[DecisionRule, ...]:
    from tightrope.analyses import decide

    return tuple(known_rule(n) for n in dict.fromkeys(names or ())) or decide.RULES
