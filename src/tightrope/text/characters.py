"""Characters that show nothing or steer what is shown: refused in files, escaped in messages."""

from __future__ import annotations

import unicodedata

_KINDS = ("Cc", "Cf", "Cs", "Zl", "Zp")
_JOINERS = "\u200c\u200d"
"""Persian, Pashto and Urdu are written with these two."""
_LAYOUT = "\t\n\r"


def hidden(character: str) -> bool:
    """Whether it acts on the text around it, or is there unseen.

    Controls (C0, C1), marks and changes of direction, what has no width, line separators, halves
    of surrogate pairs, and code points that are no characters.
    """
    if character.isprintable() or character in _JOINERS:
        return False
    point = ord(character)
    no_character = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return no_character or unicodedata.category(character) in _KINDS


def unshown(text: str, allowed: str = _LAYOUT) -> str:
    """The first hidden character but for those that are allowed, or ""."""
    if text.isascii() and text.isprintable():
        return ""
    return next((c for c in text if c not in allowed and hidden(c)), "")


def called(character: str) -> str:
    """How messages speak of it: its number, and its name where it has one."""
    name = unicodedata.name(character, "").lower()
    return f"the character 0x{ord(character):02x}" + (f" ({name})" if name else "")


def shown(text: str, keep: str = "") -> str:
    r"""The text with hidden characters written out as Python writes them in a string: `\x1b`, `\n`.

    keep: characters that stay, such as line breaks where several lines are meant.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or not hidden(c) else escaped(c) for c in text)


def escaped(character: str) -> str:
    r"""A character as Python writes it in a string: `\x1b`, `\n`, `\u202e`."""
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def quoted(value: object) -> str:
    """A value as a sentence shows it: short, on one line, text in quotes."""
    if isinstance(value, str):
        return f'"{value[:60]}"'
    if isinstance(value, (bool, int, float)) or value is None:
        text = str(value)
    else:
        text = f"{type(value).__name__} {value!r}"
    return " ".join(text[:60].split())
