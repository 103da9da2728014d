"""The command of each analysis, made of its options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import Field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tightrope.analyses import analysis
from tightrope.cli.shell import (
    AsJson,
    CaseName,
    Cluster,
    OutFolder,
    Settings,
    Trust,
    UseStore,
    Variants,
    add_new,
    announce,
    check_new,
    command,
    err,
    near,
    out,
    print_json,
    progress,
    records,
    store,
)

if TYPE_CHECKING:
    from tightrope.show.finding import Finding


def command_of(name: str) -> Callable[..., None]:
    """The function of an analysis's command, with the parameters that Typer reads off it."""

    def run(context: typer.Context, case: str, **given: Any) -> None:
        _run(name, context, case, given)

    held = {
        "context": (typer.Context, inspect.Parameter.empty),
        "case": (CaseName, inspect.Parameter.empty),
        **{f.name: _parameter(f) for f in fields(analysis.find(name).options)},
        "out_folder": (OutFolder, None),
        "settings": (Settings, None),
        "variant": (Variants, None),
        "trust": (Trust, False),
        "use_store": (UseStore, True),
        "cluster": (Cluster, None),
        "as_json": (AsJson, False),
    }
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    run.__signature__ = inspect.Signature([  # type: ignore[attr-defined]
        inspect.Parameter(n, kind, default=default, annotation=made)
        for n, (made, default) in held.items()
    ])  # fmt: skip
    run.__annotations__ = {n: made for n, (made, _) in held.items()}
    return run


_KINDS: dict[str, Any] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "int | None": int | None,
    "float | None": float | None,
    "str | None": str | None,
    "tuple[str, ...]": list[str] | None,
}


def _parameter(one: Field[Any]) -> tuple[Any, Any]:
    """A field as Typer takes it: its type with the option, and its default."""
    kind = str(one.type)
    flag = f"--{one.metadata['flag'] or one.name.replace('_', '-')}"
    if kind == "bool":
        flag = f"{flag}/--no-{flag[2:]}"
    shape = one.metadata["shape"] or None
    if one.metadata["argument"]:
        stands = typer.Argument(help=one.metadata["says"], metavar=shape)
        return Annotated[Any, stands].copy_with((_KINDS[kind],)), inspect.Parameter.empty  # type: ignore[attr-defined]
    how = typer.Option(flag, help=one.metadata["says"], metavar=shape)
    made: Any = Annotated[Any, how]
    return made.copy_with((_KINDS[kind],)), None if one.default == () else one.default


def _run(name: str, context: typer.Context, case: str, given: dict[str, Any]) -> None:
    from tightrope.analyses.asking import answer, tell
    from tightrope.cli.folders import claimed, follows, unchanged
    from tightrope.reading import load
    from tightrope.store.findings import save_finding
    from tightrope.text.table import csv_text

    asked = analysis.find(name)
    loaded = load(case, given["trust"], given["settings"] or (), given["variant"] or ())
    own = {f.name: given[f.name] for f in fields(asked.options)}
    options = analysis.options_of(name, {k: () if v is None and _several(asked, k) else v
                                         for k, v in own.items()})  # fmt: skip
    analysis.check(name, loaded, options)
    kept_for_good = _added(context, asked, options)
    folder = claimed(context, loaded)
    found, saved = unchanged(context, folder, loaded), folder.folder
    if found is None:
        announce(asked.work(loaded, options))
        with store(given["use_store"], given["cluster"]) as kept, progress() as watch:
            found = tell(answer(name, loaded, options, watch, kept))
            saved = save_finding(folder, found, command(), follows(context, loaded))
    show_finding(found, saved, given["as_json"])
    if kept_for_good is not None:
        add_new(kept_for_good, csv_text(found.data[name]))
        err.print(f"Added, to be kept as it is: {near(kept_for_good)}", soft_wrap=True)


def _added(context: typer.Context, asked: analysis.Analysis, options: Any) -> Path | None:
    """The file that is added to the folder of --out, where that is not the result's own folder.

    Raises UseError where it is there already.
    """
    folder: Path | None = context.params["out_folder"]
    if asked.added is None or folder is None:
        return None
    file = folder / f"{date.today().isoformat()}{asked.added(options)}.csv"
    check_new(file)
    context.params["out_folder"] = None
    return file


def show_finding(found: Finding, saved: Path, as_json: bool) -> None:
    """Print one, and where its files are."""
    from tightrope.show import terminal

    if as_json:
        tables = {n: records(table) for n, table in found.data.items()}
        print_json({"finding": found.words, "careful": found.careful, **tables})
        return
    out.print(terminal.finding(found))
    out.print(f"\nThe page: {near(saved / f'{found.name}.html')}", soft_wrap=True)
    for what, file in found.open:
        out.print(f"{what + ':':<10}{near(saved / file)}", soft_wrap=True)


def _several(asked: analysis.Analysis, name: str) -> bool:
    return any(f.name == name and f.default == () for f in fields(asked.options))
