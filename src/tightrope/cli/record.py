"""Commands on a case's record: the hindcast, and public data files as series."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tightrope import hindcast, store, terminal
from tightrope.case import UseError
from tightrope.cli.shell import (
    AsJson,
    CaseName,
    OutFolder,
    Seed,
    Trust,
    command,
    near,
    out,
    print_json,
    progress,
    records,
)
from tightrope.reading import load
from tightrope.report.hindcast import files
from tightrope.series import FORMATS, load_series, to_csv


def hindcast_(
    case: CaseName,
    cutoff: Annotated[
        list[str] | None,
        typer.Option(help="Last quarter that is matched, such as 2024Q2; may be repeated."),
    ] = None,
    seed: Seed = 0,
    out_folder: OutFolder = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Match the record of CASE to a cut-off, forecast the rest, and score it beside persistence."""
    loaded = load(case, trust)
    folder = out_folder or Path("runs", f"{loaded.name}-hindcast")
    store.check_place(folder)
    with progress() as watch:
        found = hindcast.run(
            loaded,
            tuple(cutoff or ()),
            seed=seed,
            progress=lambda done, total: watch("hindcast", done, total),
        )
        saved = store.save_files(folder, files(loaded, found, command()))
    if as_json:
        print_json(records(found.scores))
    else:
        out.print(terminal.hindcast(found))
        out.print(f"\nAll of it: {near(saved / 'hindcast.md')}", soft_wrap=True)


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
        out.print(f"  {dropped.count} left out: {dropped.reason} ({dropped.example})")
    out.print(f"Written: {out_file}", soft_wrap=True)
