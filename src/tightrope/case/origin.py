"""Where a case comes from, by its files: only what can be computed is said of its history."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """A case that comes with the package, or was copied, and how the files stand to its files.

    Attributes:
        name: of that case.
        differs: files that differ, or that only one of the two has; none: it is that case.
        entries: so many entries of the log are those of that case.
        copied: the hash of the case that was copied, as the copy's note has it; or "".
        known: the case that was copied is one of the package.
    """

    name: str
    differs: tuple[str, ...]
    entries: int
    copied: str = ""
    known: bool = True
