"""Where a case comes from, by its files: only what can be computed is said of its history."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """A case that comes with the package, and how the files of another stand to its files.

    Attributes:
        name: of the case that comes with the package.
        differs: files that differ, or that only one of the two has; none: it is that case.
        entries: so many entries of the log are those of that case.
    """

    name: str
    differs: tuple[str, ...]
    entries: int
