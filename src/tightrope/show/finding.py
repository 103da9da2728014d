"""What an analysis has to say, in one form: all that is ever shown, saved or sent of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from tightrope.case import Case
from tightrope.show.origin import sentences
from tightrope.show.style import Chart
from tightrope.text.notebook import told


@dataclass(frozen=True)
class Table:
    """Rows of text under heads.

    Attributes:
        numbers: so many of the last columns are numbers.
        note: what the heads mean, where they do not say it; or "".
        short: it fits a terminal; else it stands on the page and in the files only.
        narrow: heads of the terminal where these are too long for it; as many as `heads`, or none.
        key: what those stand for, where they do not say it; the terminal alone shows it.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int = 0
    note: str = ""
    short: bool = True
    narrow: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class Picture:
    """A chart, drawn when it is asked for; without a caption it is a file and not on the page."""

    name: str
    caption: str
    make: Callable[[], Chart]


@dataclass(frozen=True)
class Provenance:
    """What a finding is of.

    Attributes:
        name, title, hash: of the case, or of two with `and` between.
        origin: what may be said of where it comes from, in sentences.
    """

    name: str
    title: str
    hash: str
    origin: tuple[str, ...] = ()


def provenance(case: Case) -> Provenance:
    return Provenance(case.name, case.title, case.hash, sentences(case))


@told
@dataclass(frozen=True, eq=False, repr=False)
class Finding:
    """One analysis as it is told.

    Attributes:
        name: of its folder, its files and its place on a page.
        about: how it was found, in a sentence or two.
        words: what came out, in sentences, the main one first.
        careful: what to be careful about.
        data: tables of numbers by name, as CSV and JSON have them.
        texts: further files by name, such as a game for another program.
        settings: what it was made with: worlds, quarters, seed and so on.
        open: files worth opening beside the page, each with what it is good for.
    """

    source: Provenance
    name: str
    title: str
    about: str
    words: tuple[str, ...]
    careful: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    data: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    open: tuple[tuple[str, str], ...] = ()

    def in_short(self) -> tuple[str, Sequence[str]]:
        return self.title, self.words
