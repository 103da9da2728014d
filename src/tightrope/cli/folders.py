"""Where a command puts its result."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer

from tightrope.analyses import analysis
from tightrope.case import Case
from tightrope.cli.shell import err, near
from tightrope.reading import shipped
from tightrope.store import followed, opening, place
from tightrope.store import results as store

NO_MATTER = {"out_folder", "trust", "use_store", "cluster", "as_json", "verbose"}
"""Options that change nothing in a result's files."""

NO_SETTINGS = NO_MATTER | {"case", "pictures"}
"""Options that do not change what a result says."""

BARE = {"scenario", "posture", "rule"}
"""Options whose values stand in a folder's name without the option's."""

LONGEST = 120

DECIDES = ("compare", "break", "shock", "search", "watch", "game")


def _own(name: str) -> tuple[str, ...]:
    """What an analysis may write in a folder."""
    both = (f"{name}{rest}.{kind}" for rest in ("", "-*") for kind in ("md", "html"))
    return (*analysis.find(name).writes, *both, "run.json", store.WHOLE)


def writes(command: str) -> tuple[str, ...]:
    """Patterns of the names that a command may write: what is not ours may not stand there."""
    if command == "assess":
        return store.FILES
    if command != "decide":
        return _own(command)
    inner = [
        f"{name}{rest}/{file}" for name in DECIDES for rest in ("", "-*") for file in _own(name)
    ]
    return ("decide.html", "decide.md", "run.json", store.WHOLE, *inner)


def claimed(context: typer.Context, case: Case) -> place.Place:
    """The folder of a command's result, held until the command ends.

    It is the one named with --out; else runs/CASE, or runs/CASE-COMMAND for any command but
    assess, with every option that differs from what holds by itself, so that results of
    different settings lie beside each other.

    Raises UseError where the folder may not be replaced or somebody else is writing to it.
    """
    what = context.command.name or ""
    settings = _settings(context, case)
    given: Path | None = context.params["out_folder"]
    folder = given or Path("runs", _name(case, what, settings))
    noted = {"case": _origin(context.params["case"], folder), **dict(settings.values())}
    return context.with_resource(place.claim(folder, what, writes(what), noted, same=given is None))


def follows(context: typer.Context, case: Case) -> str:
    """What the result of a command follows from; see `followed.key`."""
    what = context.command.name or ""
    asked = {n: v for n, v in context.params.items() if n not in NO_MATTER}
    files = analysis.files_of(what) if what in analysis.FOLDERS else ()
    held = {f"in {name}": followed.content(asked[name]) for name in files if asked[name]}
    return followed.key(what, case, asked | held)


def unchanged(context: typer.Context, home: place.Place, case: Case) -> Any:
    """The result that is in the folder already, if the same would be made again; else None."""
    if not context.params["use_store"]:
        return None
    found = opening.open_same(home.folder, follows(context, case))
    if found is not None:
        err.print(
            f"tightrope: nothing has changed since {near(home.folder)} was made: read back from "
            "there (--no-store makes it again)", soft_wrap=True,
        )  # fmt: skip
    return found


def _settings(context: typer.Context, case: Case) -> dict[str, tuple[str, str]]:
    """Parts of a folder's name, each with the option and its value, where not as by itself."""
    found = {}
    for option in context.command.params:
        name, value = str(option.name), context.params[str(option.name)]
        if name in NO_SETTINGS or _plain(value) in _usual(name, option.default, case):
            continue
        flag = option.opts[0].lstrip("-")
        if isinstance(value, bool):
            flag = flag if value else option.secondary_opts[0].lstrip("-")
            found[flag] = (flag, "yes")
        elif name in BARE:
            part = "-".join(_plain(value))
            found[part if _is_clear(value, case) else f"{flag}-{part}"] = (flag, part)
        else:
            part = "-".join(_plain(value))
            numeric = isinstance(value, int | float)
            found[f"{flag}{part}" if numeric else f"{flag}-{part}"] = (flag, part)
    return found


def _usual(name: str, default: Any, case: Case) -> Iterator[tuple[str, ...]]:
    """Values of an option that change nothing."""
    yield _plain(default)
    if name in {"scenario", "posture"}:
        yield (str(getattr(case, name)),)


def _plain(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    many = isinstance(value, Iterable) and not isinstance(value, str)
    return tuple(str(v) for v in value) if many else (str(value),)


def _is_clear(value: Any, case: Case) -> bool:
    """Whether a name is either a scenario's or a posture's."""
    both = {s.name for s in case.scenarios} & {p.name for p in case.postures}
    return not both & set(_plain(value))


def _name(case: Case, what: str, settings: Iterable[str]) -> str:
    parts = [case.name, *([] if what == "assess" else [what]), *settings]
    name = re.sub(r"[^\w.=-]+", "-", "-".join(parts))
    if len(name) <= LONGEST:
        return name
    return f"{name[:LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _origin(case: str, folder: Path) -> str:
    """Which case of that name it is: a shipped one, or a folder as seen from the result's."""
    if case in shipped():
        return case
    return os.path.relpath(Path(case).resolve(), folder.resolve().parent)
