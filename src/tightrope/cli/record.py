"""Public data files as series of a case's record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tightrope.cli.shell import add_new, check_new, out

if TYPE_CHECKING:
    from tightrope.sources.tally import Loaded

FORMATS = "One of: gdelt, ucdp, acled, worldbank, fts"


def series_(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help=FORMATS)],
    file: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Files as they were downloaded.")
    ],
    out_file: Annotated[Path, typer.Option("--out", help="The CSV to write.")],
    source: Annotated[str, typer.Option(help="Where a reader can look the file up.")],
    read: Annotated[str, typer.Option(help="Date on which it was downloaded.")],
    country: Annotated[
        list[str] | None, typer.Option(help="A name or a code of three letters; may be repeated.")
    ] = None,
    actor: str = "",
    actor1: str = "",
    actor2: str = "",
    side: str = "",
    root: str = "",
    event_type: str = "",
    indicator: str = "",
    status: str = "",
    measure: str = "",
    date_of: Annotated[str, typer.Option(help="Of fts: flow, decision or report.")] = "",
    relative_error: Annotated[
        float | None, typer.Option(help="Of worldbank and fts: half the interval, as a share.")
    ] = None,
    since: Annotated[str, typer.Option(help="First day that the files were asked for.")] = "",
    until: Annotated[str, typer.Option(help="Last day that the files were asked for.")] = "",
    url: Annotated[str, typer.Option(help="Address of the file, for the column url.")] = "",
    first: Annotated[str, typer.Option(help="Quarter in which the record starts.")] = "",
    last: Annotated[str, typer.Option(help="Quarter in which the record ends.")] = "",
) -> None:
    from tightrope.sources import load_series
    from tightrope.sources.tally import check_table, to_csv

    check_new(out_file)
    check_table(source, read, first, last)
    given = {
        "country": country, "actor": actor, "actor1": actor1, "actor2": actor2, "side": side,
        "root": root, "event_type": event_type, "indicator": indicator, "status": status,
        "measure": measure, "date_of": date_of, "relative_error": relative_error, "since": since,
        "until": until,
    }  # fmt: skip
    loaded = load_series(form, file, **given)
    text = to_csv(loaded, source, read, url=url, first=first, last=last)
    add_new(out_file, text)
    for line in _account(loaded):
        out.print(line, soft_wrap=True)
    out.print(f"Written: {out_file}", soft_wrap=True)


def _account(loaded: Loaded) -> Iterator[str]:
    """What was read, what was left out and why, and what is to be known of the quarters."""
    from tightrope.sources.tally import quoted
    from tightrope.text.names import listed

    times = list(loaded.frame.quarter)
    what = "year" if all(len(time) == 4 for time in times) else "quarter"
    many = "" if len(times) == 1 else "s"
    yield f"{loaded.rows_read} rows read, {loaded.kept} kept, in {len(times)} {what}{many}"
    for dropped in loaded.dropped:
        names = (
            f"; {listed([quoted(name) for name in dropped.names])}"
            if len(dropped.names) > 1
            else ""
        )
        yield f"  {dropped.count} left out: {dropped.reason} ({dropped.example}{names})"
    notes: dict[str, list[str]] = {}
    for row in loaded.frame.itertuples():
        if row.note:
            notes.setdefault(f"{row.status}: {row.note}", []).append(row.quarter)
    for note, where in notes.items():
        yield f"  {listed(where)} {note}"
