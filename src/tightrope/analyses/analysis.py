"""What an analysis is: a folder, found by its name.

A folder holds

- `options.py`: what may be asked for (`Options`, a frozen dataclass from which the command line is
  made), `SAYS`, `WRITES`, `check` and `work`; it imports nothing heavy;
- `numbers.py`: `ask(case, options, watch)`, arrays and tables in, arrays and tables out;
- `words.py`: `tell(result)`, which makes a Finding of it;
- `charts.py`: its pictures.

Adding one: the folder, and its line in `FOLDERS`. It then has its command with every option,
`--json`, a page, Markdown, files, and a function of the package.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tightrope.arguments import QUARTERS, WORLDS, check_numbers
from tightrope.case import Case
from tightrope.errors import UseError

FOLDERS: Mapping[str, str] = {
    "hindcast": "record",
    "weigh": "weigh",
    "compare": "compare",
    "break": "failures",
    "shock": "shock",
    "search": "search",
    "watch": "signposts",
    "game": "game",
    "influence": "influence",
    "worth": "worth",
    "robust": "robust",
    "forecast": "forecast",
    "score": "score",
    "whatif": "whatif",
}
"""The folder of each analysis, by the name of its command."""


@dataclass(frozen=True)
class Analysis:
    """An analysis as the command line and the package know it.

    Attributes:
        name: of the command.
        says: what it does, in a sentence.
        options: a frozen dataclass; every field is made by `option`.
        writes: patterns of the files that it may write, beside run.json, NAME.html and NAME.md.
        check: raises UseError for names and sizes that cannot be, before anything runs.
        work: how many world-quarters it runs, to say beforehand how long it takes.
        added: where its main table is a file that is kept for good: `--out` names the folder to
            which it is added under its date, and this says what stands behind the date.
    """

    name: str
    says: str
    options: type[Any]
    writes: tuple[str, ...]
    check: Callable[[Case, Any], None]
    work: Callable[[Case, Any], int]
    added: Callable[[Any], str] | None = None


def option(
    default: Any,
    says: str,
    *,
    flag: str = "",
    shape: str = "",
    file: bool = False,
    argument: bool = False,
) -> Any:
    """A field of an analysis's options.

    says: the help; flag: the option's name where it is not the field's; shape: of its value, as
    the help shows it; file: it names a file or a folder, whose content counts; argument: it stands
    behind CASE without a name.
    """
    about = {"says": says, "flag": flag, "shape": shape, "file": file, "argument": argument}
    return field(default=default, metadata=about)


def worlds(default: int = WORLDS) -> Any:
    return option(default, "Number of worlds.")


def quarters(default: int = QUARTERS) -> Any:
    return option(default, "Length of the runs.")


def rule() -> Any:
    return option("reactive", "Decision rule: reactive, equilibrium or habit.")


def scenario() -> Any:
    return option(None, "Scenario where none is named.")


def posture() -> Any:
    return option(None, "Posture where none is named.")


def several(what: str) -> Any:
    return option((), f"{what}; may be repeated; all of the case's by default.", shape="TEXT")


def seed() -> Any:
    return option(0, "Seed of the draws.")


def record() -> Any:
    return option(True, "Rule worlds out by the case's record.", flag="record")


def find(name: str) -> Analysis:
    """The analysis of a command; loads its options only."""
    held = part(name, "options")
    added = getattr(held, "added", None)
    return Analysis(name, held.SAYS, held.Options, held.WRITES, held.check, held.work, added)


def check(name: str, case: Case, options: Any) -> None:
    """Raise UseError for sizes beyond their limits and for names that the case does not have."""
    numbers = {f.name: getattr(options, f.name) for f in fields(options)}
    check_numbers(**{
        n: v for n, v in numbers.items() if type(v) is int or n in ("worlds", "quarters", "seed")
    })  # fmt: skip
    find(name).check(case, options)


def options_of(name: str, given: Mapping[str, Any]) -> Any:
    """The options of an analysis from values by name.

    Raises UseError for a name that is none of its options.
    """
    made = find(name).options
    known = [f.name for f in fields(made)]
    for key in given:
        if key not in known:
            raise UseError(f'{name}: found "{key}"; allowed: {", ".join(known)}')
    several_ = {f.name for f in fields(made) if f.default == ()}
    return made(**{k: tuple(v) if k in several_ else v for k, v in given.items()})


def files_of(name: str) -> tuple[str, ...]:
    """The options of an analysis that name files."""
    return tuple(f.name for f in fields(find(name).options) if f.metadata["file"])


def part(name: str, file: str) -> Any:
    """A module of an analysis's folder."""
    return importlib.import_module(f"tightrope.analyses.{FOLDERS[name]}.{file}")
