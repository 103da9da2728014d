"""Commands on cases as files: new ones, copies, and two beside each other."""

from __future__ import annotations

import shlex
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tightrope.arguments import QUARTERS, check_numbers
from tightrope.cli.shell import (
    AsJson,
    Cluster,
    OutFolder,
    Quarters,
    Seed,
    Trust,
    UseStore,
    Worlds,
    announce,
    command,
    near,
    out,
    print_json,
    progress,
    records,
    store,
)
from tightrope.errors import UseError

if TYPE_CHECKING:
    from tightrope.show.finding import Finding

DIFF_WORLDS = 512
"""Of diff and disagree where nothing else is asked for."""


def new(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder that is not there yet.")
    ],
) -> None:
    from tightrope.starter import copy_starter

    made = copy_starter(folder)
    out.print(f"Made {made}. Read its files, then:", soft_wrap=True)
    out.print(f"  tightrope assess {shlex.quote(str(folder))}", soft_wrap=True)


def copy(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A shipped case, or a folder.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER")],
    trust: Trust = False,
) -> None:
    from tightrope.reading.copying import copy_case

    made = copy_case(case, folder, trust)
    out.print(f"Made {made}, a copy of {case}. To see what you change in it:", soft_wrap=True)
    typed = f"tightrope diff {shlex.quote(case)} {shlex.quote(str(folder))}"
    out.print(f"  {typed}", soft_wrap=True)


def diff(
    one: Annotated[str, typer.Argument(metavar="ONE", help="A case, or the folder of a board.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="What it is compared with.")],
    run: Annotated[bool, typer.Option(help="Also give the verdicts of two cases.")] = True,
    worlds: Worlds = DIFF_WORLDS,
    quarters: Quarters = QUARTERS,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    trust: Trust = False,
    use_store: UseStore = True,
    cluster: Cluster = None,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses.diff import numbers
    from tightrope.analyses.diff.words import tell
    from tightrope.reading import differences, load

    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    boards = [numbers.is_board(Path(name)) for name in (one, other)]
    if any(boards) and not all(boards):
        raise UseError("diff: found a case and a board; allowed: two cases, or two boards")
    if all(boards):
        found = numbers.of_boards(Path(one), Path(other))
    else:
        departures = differences(one, other, trust)
        first, second = load(one, trust), load(other, trust)
        if run:
            announce(2 * (len(first.claims) + len(second.claims)) * worlds * quarters)
        with store(use_store, cluster) as kept, progress() as watch:
            size = (worlds, quarters, seed) if run else None
            found = numbers.of_cases(first, second, departures, size, watch, kept)
    _show(tell(found), out_folder, as_json)


def disagree(
    cases: Annotated[
        list[str], typer.Argument(metavar="CASES", help="Two cases or more, the first as the base.")
    ],
    worlds: Worlds = DIFF_WORLDS,
    quarters: Quarters = QUARTERS,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    trust: Trust = False,
    use_store: UseStore = True,
    cluster: Cluster = None,
    as_json: AsJson = False,
) -> None:
    from tightrope.analyses.disagree.numbers import between
    from tightrope.analyses.disagree.words import tell
    from tightrope.reading import two

    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    if len(set(cases)) < max(2, len(cases)):
        raise UseError(f"disagree: found {', '.join(cases)}; allowed: two cases or more, each once")
    names = [Path(name).name for name in cases]
    if len(set(names)) < len(names):
        raise UseError(f"disagree: found {', '.join(names)}; allowed: folders of different names")
    found = []
    with store(use_store, cluster) as kept, progress() as watch:
        for (one, this), (other, that) in combinations(zip(cases, names, strict=True), 2):
            both = two(one, other, trust)
            say = partial(watch, f"{this} and {that}")
            found.append(
                between(
                    (this, that), (both.one, both.other), both.departures, both.mixed,
                    worlds=worlds, quarters=quarters, seed=seed, progress=say, kept=kept,
                )
            )  # fmt: skip
    _show(tell(found), out_folder, as_json)


def _show(told: Finding, folder: Path | None, as_json: bool) -> None:
    """Print a finding, and save it where a folder is named."""
    from tightrope.show import terminal
    from tightrope.store.findings import save_finding

    saved = save_finding(folder, told, command()) if folder else None
    if as_json:
        print_json({"finding": told.words, **{n: records(t) for n, t in told.data.items()}})
        return
    out.print(terminal.finding(told))
    if saved:
        out.print(f"\nThe page: {near(saved / f'{told.name}.html')}", soft_wrap=True)
