"""Characters that show nothing or steer what is shown: refused in files, escaped in messages."""

from __future__ import annotations

import unicodedata

_FORMAT = ("Cc", "Cf", "Cs", "Zl", "Zp")
_LAYOUT = "\t\n\r"


def unshown(text: str, allowed: str = _LAYOUT) -> str:
    """The first character that is no printable text, or "".

    Controls (C0, C1), marks of direction, what has no width, line separators, halves of surrogate
    pairs, and code points that are no characters.
    """
    if text.isascii() and text.isprintable():
        return ""
    bad = {c for c in set(text) if not c.isprintable() and c not in allowed and _hidden(c)}
    return min(bad, key=text.index) if bad else ""


def _hidden(character: str) -> bool:
    point = ord(character)
    no_character = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return no_character or unicodedata.category(character) in _FORMAT


def called(character: str) -> str:
    """How messages speak of it: its number, and its name where it has one."""
    name = unicodedata.name(character, "").lower()
    return f"the character 0x{ord(character):02x}" + (f" ({name})" if name else "")


def escaped(text: str) -> str:
    """Text whose hidden characters are written as escapes, line breaks among them."""
    return "".join(_escape(c) if not c.isprintable() and _hidden(c) else c for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
