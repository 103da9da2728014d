"""Calendar quarters, as 2025Q4."""

from __future__ import annotations


def quarter_number(quarter: str) -> int:
    """Quarters since the year 0, for counting from one quarter to another."""
    return 4 * int(quarter[:4]) + int(quarter[5]) - 1


def quarter_name(number: int) -> str:
    return f"{number // 4:04d}Q{number % 4 + 1}"
