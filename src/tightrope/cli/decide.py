"""Commands that put the advice of a case, and any other posture, to the test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tightrope.arguments import (
    GAME_WORLDS,
    GENERATIONS,
    MAP_SIZE,
    POPULATION,
    POSTURE_RULES,
    QUARTERS,
    READ_BY,
    SEARCH_WORLDS,
    SHOCK_QUARTERS,
    UNSEEN,
    WORLDS,
    check_numbers,
)
from tightrope.case import Case
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
    announce,
    command,
    near,
    out,
    print_json,
    progress,
    records,
)
from tightrope.errors import UseError

if TYPE_CHECKING:
    from tightrope.analyses import decide
    from tightrope.engine.ensemble import Watch
    from tightrope.engine.kernel import DecisionRule, Model
    from tightrope.engine.worlds import Sample
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
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses import decide
    from tightrope.show import terminal
    from tightrope.show.report import decide as pages
    from tightrope.store import results as store

    loaded, folder = _opened(context, case, trust)
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    announce(2 * len(loaded.scenarios) * len(loaded.postures), worlds, quarters)
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


def compare_(
    context: typer.Context,
    case: CaseName,
    worlds: Worlds = WORLDS,
    quarters: Quarters = QUARTERS,
    rule: Rules = None,
    scenario: Several = None,
    posture: Several = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(metavar="OBJECTIVE=NUMBER", help="May be repeated; adds one score."),
    ] = None,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    use_record: UseRecord = True,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses import objectives
    from tightrope.analyses.compare import numbers as compare
    from tightrope.engine.kernel import compile_case
    from tightrope.show import terminal
    from tightrope.show.report import decide as pages

    loaded, folder = _opened(context, case, trust)
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    announce(2 * len(loaded.scenarios) * len(loaded.postures), worlds, quarters)
    rules, weights = _rules(rule), _weights(weight)
    objectives.objectives_of(loaded)
    compare.check_size(worlds, quarters)
    compare.check_weights(loaded, weights)
    with progress() as watch:
        sample = _worlds(compile_case(loaded, rules[0]), seed, worlds, use_record, watch)
        found = compare.compare(
            loaded,
            postures=posture or (),
            scenarios=scenario or (),
            rules=rules,
            sample=sample,
            quarters=quarters,
            weights=weights,
            progress=lambda done, total: watch("postures", done, total),
        )
        section = pages.of_comparison(found, command())
        saved = _save(folder, loaded, section)
    if as_json:
        tables = {"satisfying": found.satisfying, "regret": found.regret,
                  "against": found.against, "parts": found.parts,
                  "dominance": found.dominance}  # fmt: skip
        if found.scores is not None:
            tables["scores"] = found.scores
        print_json({"finding": section.words} | {n: records(t) for n, t in tables.items()})
    else:
        _show(terminal.comparison(found), saved, section)


def break_(
    context: typer.Context,
    case: CaseName,
    worlds: Worlds = WORLDS,
    quarters: Quarters = QUARTERS,
    rule: RuleName = "reactive",
    scenario: ScenarioName = None,
    posture: Annotated[
        str | None, typer.Option(help="The posture that the case advises by default.")
    ] = None,
    coverage: Annotated[
        float | None,
        typer.Option(help="Part of the failures that a box has to cover; a balance by default."),
    ] = None,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    use_record: UseRecord = True,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses import objectives
    from tightrope.analyses.failures import numbers as breaks
    from tightrope.analyses.verdicts import board
    from tightrope.engine.kernel import compile_case
    from tightrope.show import terminal
    from tightrope.show.report import decide as pages

    loaded, folder = _opened(context, case, trust)
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    announce(2, worlds, quarters)
    model = compile_case(loaded, board.known_rule(rule))
    breaks.check(loaded, posture, scenario, coverage)
    objectives.check_quarters(quarters)
    with progress() as watch:
        sample = _worlds(model, seed, worlds, use_record, watch)
        found = breaks.find_breaks(
            model,
            posture=posture,
            scenario=scenario,
            sample=sample,
            quarters=quarters,
            coverage=coverage,
            progress=lambda done, total: watch("where it breaks", done, total),
        )
        section = pages.of_break(found, sample.params, command())
        saved = _save(folder, loaded, section)
    if as_json:
        print_json(
            {
                "finding": section.words,
                "fails": found.share,
                "boxes": records(found.boxes.rename(columns={"claim": "box"})),
                "derivatives": records(found.slopes),
            }
        )
    else:
        _show(terminal.broken(found), saved, section)


def shock_(
    context: typer.Context,
    case: CaseName,
    worlds: Worlds = WORLDS,
    quarters: Quarters = SHOCK_QUARTERS,
    rule: RuleName = "reactive",
    scenario: Annotated[
        str | None, typer.Option(help="A scenario that is a shock; the case's first by default.")
    ] = None,
    posture: Several = None,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    use_record: UseRecord = True,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses.shock import numbers as shock
    from tightrope.analyses.verdicts import board
    from tightrope.engine.kernel import compile_case
    from tightrope.show import terminal
    from tightrope.show.report import decide as pages

    loaded, folder = _opened(context, case, trust)
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    announce(2 * len(loaded.postures), worlds, quarters)
    shock.find_shock(loaded, scenario)
    model = compile_case(loaded, board.known_rule(rule))
    with progress() as watch:
        found = shock.run(
            model,
            scenario=scenario,
            postures=posture or (),
            sample=_worlds(model, seed, worlds, use_record, watch),
            quarters=quarters,
            progress=lambda done, total: watch("the shock", done, total),
        )
        section = pages.of_shock(found, command())
        saved = _save(folder, loaded, section)
    if as_json:
        print_json(
            {
                "finding": section.words,
                "summary": records(found.summary),
                "paths": records(found.paths),
            }
        )
    else:
        _show(terminal.shocked(found), saved, section)


def game_(
    context: typer.Context,
    case: CaseName,
    quarter: Annotated[
        int | None, typer.Option(help="Quarter after which the message is sent; the game's own.")
    ] = None,
    worlds: Worlds = GAME_WORLDS,
    rule: RuleName = "reactive",
    scenario: ScenarioName = None,
    posture: PostureName = None,
    over: Annotated[
        str | None,
        typer.Option("--map", metavar="A,B", help="Two numbers to map over; the game's own."),
    ] = None,
    size: Annotated[
        int, typer.Option(help="Cells of the map along each number; 0 for none.")
    ] = MAP_SIZE,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses.game import numbers as game
    from tightrope.show import terminal
    from tightrope.show.report import decide as pages

    loaded, folder = _opened(context, case, trust)
    with progress() as watch:
        found = game.run(
            loaded,
            seed=seed,
            worlds=worlds,
            quarter=quarter,
            rule=rule,
            scenario=scenario,
            posture=posture,
            over=game.two_numbers(over),
            size=size,
            watch=watch,
        )
        section = pages.of_game(loaded, found, command())
        saved = _save(folder, loaded, section)
    if as_json:
        print_json(
            {
                "finding": found.words,
                "warnings": found.warnings,
                "equilibria": records(game.equilibria_table(found)),
                "stakes": records(found.stakes),
                "map": records(game.map_table(found)),
            }
        )
    else:
        _show(terminal.game(loaded, found), saved, section)


def search_(
    context: typer.Context,
    case: CaseName,
    worlds: Annotated[int, typer.Option(help="Worlds to search on.")] = SEARCH_WORLDS,
    unseen: Annotated[int, typer.Option(help="Other worlds to judge on.")] = UNSEEN,
    quarters: Quarters = QUARTERS,
    rule: RuleName = "reactive",
    scenario: Several = None,
    population: Annotated[int, typer.Option(help="Postures in a generation.")] = POPULATION,
    generations: Annotated[int, typer.Option(help="How many generations.")] = GENERATIONS,
    rules: Annotated[
        int, typer.Option(help="Reactive rules in a posture at most.")
    ] = POSTURE_RULES,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    use_record: UseRecord = True,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses import objectives
    from tightrope.analyses.search import numbers as search
    from tightrope.analyses.verdicts import board
    from tightrope.engine.kernel import compile_case
    from tightrope.show import terminal
    from tightrope.show.report import decide as pages

    search.need()
    loaded, folder = _opened(context, case, trust)
    objectives.objectives_of(loaded)
    check_numbers(
        worlds=worlds, unseen=unseen, quarters=quarters, population=population,
        generations=generations, rules=rules, seed=seed,
    )  # fmt: skip
    search.check_size(loaded, quarters, unseen, population)
    model = compile_case(loaded, board.known_rule(rule))
    with progress() as watch:
        sample = _worlds(model, seed, worlds + unseen, use_record, watch)
        train, test = search.split(sample, worlds, unseen)
        found = search.run(
            model,
            train=train,
            test=test,
            scenarios=tuple(scenario or ()),
            quarters=quarters,
            population=population,
            generations=generations,
            rules=rules,
            seed=seed,
            watch=watch,
        )
        section = pages.of_search(found, command())
        saved = _save(folder, loaded, section)
    if as_json:
        print_json(
            {
                "finding": found.words,
                "front": records(found.front),
                "named": records(found.named),
                "scores": records(found.scores),
                "gains": records(found.gains),
            }
        )
    else:
        _show(terminal.search(found), saved, section)
        out.print(f"To brush:  {near(saved / 'front.html')}", soft_wrap=True)
        out.print(f"To paste:  {near(saved / 'front.yaml')}", soft_wrap=True)


def watch_(
    context: typer.Context,
    case: CaseName,
    worlds: Worlds = WORLDS,
    quarters: Quarters = QUARTERS,
    read_by: Annotated[
        int, typer.Option(help="Quarters within which it has to be read.")
    ] = READ_BY,
    rule: RuleName = "reactive",
    scenario: ScenarioName = None,
    posture: PostureName = None,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    use_record: UseRecord = True,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses import objectives
    from tightrope.analyses.signposts import numbers as signposts
    from tightrope.analyses.verdicts import board
    from tightrope.engine.kernel import compile_case
    from tightrope.show import terminal
    from tightrope.show.report import decide as pages

    loaded, folder = _opened(context, case, trust)
    objectives.objectives_of(loaded)
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    announce(2, worlds, quarters)
    signposts.check_quarters(quarters, read_by)
    model = compile_case(loaded, board.known_rule(rule))
    with progress() as watch:
        sample = _worlds(model, seed, worlds, use_record, watch)
        found = signposts.watch(
            model,
            sample=sample,
            posture=posture,
            scenario=scenario,
            quarters=quarters,
            read_by=read_by,
            seed=seed,
            tell=watch,
        )
        section = pages.of_signposts(found, command())
        saved = _save(folder, loaded, section)
    if as_json:
        print_json({"finding": found.words, "signposts": records(found.table)})
    else:
        _show(terminal.signposts(found), saved, section)


# ---------------------------------------------------------------- what they share


def _opened(context: typer.Context, case: str, trust: bool) -> tuple[Case, Place]:
    """The case, and the folder of the result, held for it."""
    from tightrope.cli.folders import claimed
    from tightrope.reading import load

    loaded = load(case, trust)
    return loaded, claimed(context, loaded)


def _rules(names: Sequence[str] | None) -> tuple[DecisionRule, ...]:
    from tightrope.analyses import decide
    from tightrope.analyses.verdicts import board

    return tuple(board.known_rule(n) for n in dict.fromkeys(names or ())) or decide.RULES


def _weights(given: Sequence[str] | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in given or ():
        name, _, number = (part.strip() for part in text.partition("="))
        try:
            weight = float(number)
        except ValueError:
            raise UseError(f'--weight: found "{text}"; allowed: such as economy=2') from None
        if name in found:
            raise UseError(f"--weight: found {name} twice; allowed: each objective once")
        found[name] = weight
    return found


def _worlds(model: Model, seed: int, count: int, use_record: bool, watch: Watch) -> Sample:
    """So many worlds, of those that the record does not rule out where it is used."""
    from tightrope.analyses.record import evidence

    sample, _ = evidence.plausible(
        model,
        seed=seed,
        worlds=count,
        use_record=use_record,
        progress=lambda done, total: watch("the record", done, total),
    )
    return sample


def _save(folder: Place, case: Case, section: Section) -> Path:
    from tightrope.show.report import decide as pages
    from tightrope.store import results as store

    return store.save_files(folder, pages.alone(case, section, command()))


def _show(shown: Any, saved: Path, section: Section) -> None:
    out.print(shown)
    out.print(f"\nThe page: {near(saved / f'{section.name}.html')}", soft_wrap=True)
