"""What could be found out: measurements that nobody has taken yet."""

from __future__ import annotations

from dataclasses import dataclass

from tightrope.case.variables import Outcome
from tightrope.errors import Place


@dataclass(frozen=True)
class Measurement:
    """What somebody could find out, and how far off it would be.

    It reads one of three: a number, an outcome over quarters `first` to `last`, or the next part of
    a series of the record.

    Attributes:
        says: what would be measured and how, in words.
        number: the uncertain number that it reads, or "".
        outcome: the variable or derived quantity that it reads, or that the series stands for.
        series: the series of the record that it carries on, or "".
        noise: one standard deviation of what is read around what is so: in the number's own unit,
            in the unit in which the outcome is shown, or, for a series, on the additive scale.
        grounds: where `noise` comes from.
        source, cost: who could supply it, and what that takes, in words.
    """

    name: str
    label: str
    says: str
    number: str
    outcome: Outcome | None
    series: str
    first: int
    last: int
    noise: float
    grounds: str
    source: str
    cost: str
    place: Place
