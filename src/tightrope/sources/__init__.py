"""Public data as they are published, added up by quarter into a table of observations.

Files are read line by line, so that their size does not matter. No row is lost silently: each is
kept, or counted under the reason for which it was dropped, with the first one as an example.
Whatever cannot be the format at all is one SeriesError with the file and the line.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

from tightrope.sources.acled import load_acled
from tightrope.sources.fts import load_fts
from tightrope.sources.gdelt import load_gdelt
from tightrope.sources.tally import Loaded
from tightrope.sources.textfile import Paths, SeriesError
from tightrope.sources.ucdp import load_ucdp
from tightrope.sources.worldbank import load_worldbank
from tightrope.text.names import listed, nearest

FORMATS: dict[str, Callable[..., Loaded]] = {
    "gdelt": load_gdelt,
    "ucdp": load_ucdp,
    "acled": load_acled,
    "worldbank": load_worldbank,
    "fts": load_fts,
}


def load_series(form: str, path: Paths, **options: str | float | Sequence[str] | None) -> Loaded:
    """Read files in one of the published formats; options that are None or "" are as not given.

    Raises SeriesError; its message says what is allowed.
    """
    if form not in FORMATS:
        raise SeriesError(f'there is no format "{form}"; allowed: {listed(tuple(FORMATS))}')
    loader = FORMATS[form]
    known = tuple(inspect.signature(loader).parameters)[1:]
    given = {name: value for name, value in options.items() if value not in (None, "", [], ())}
    for name in given:
        if name not in known:
            what = f'the format {form} has no option "{name}"'
            raise SeriesError(f"{what}; allowed: {', '.join(known)}{nearest(name, known)}")
    return loader(path, **given)
