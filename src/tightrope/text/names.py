"""Names that are not there: what may have been meant, and which there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

_SHORTEST_PART = 3
_MOST_LISTED = 16


def nearest(found: str, allowed: Iterable[str]) -> str:
    """`; did you mean "..."?` with the allowed name that is most like what is found, or ""."""
    close = closest(found, allowed)
    return f'; did you mean "{close}"?' if close else ""


def closest(found: str, allowed: Iterable[str]) -> str:
    """The allowed name that begins with what is found, holds it or else is most like it, or ""."""
    names, asked = list(allowed), found.strip().casefold()
    if len(asked) >= _SHORTEST_PART:
        for parts in (
            [name for name in names if name.casefold().startswith(asked)],
            [name for name in names if asked in name.casefold()],
        ):
            if parts:
                return min(parts, key=len)
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(asked, folded, n=1)
    return folded[close[0]] if close else ""


def listed(names: Sequence[str]) -> str:
    """Names in a row; of many only the first ones."""
    more = len(names) - _MOST_LISTED
    if more > 1:
        return f"{', '.join(names[:_MOST_LISTED])} and {more} more"
    return ", ".join(names) or "none, for there are none"
