"""Things of a case by their names, as a user gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from tightrope.case import Case, Posture, Scenario
from tightrope.errors import UseError
from tightrope.text.characters import quoted
from tightrope.text.names import listed, nearest

Named = TypeVar("Named", Scenario, Posture)


def find(items: tuple[Named, ...], name: str, kind: str) -> Named:
    for item in items:
        if item.name == name:
            return item
    names = [item.name for item in items]
    allowed, hint = ", ".join(names), nearest(str(name), names)
    raise UseError(f"there is no {kind} {quoted(name)}; allowed: {allowed}{hint}")


def chosen(items: tuple[Named, ...], names: Sequence[str], kind: str) -> tuple[Named, ...]:
    """The named ones in the order named, each once; all where none is named."""
    return tuple(find(items, name, kind) for name in dict.fromkeys(names)) or items


def check_case(case: object) -> None:
    """Raise UseError for anything but a Case."""
    if not isinstance(case, Case):
        allowed = 'a Case, such as tightrope.load("kabul")'
        raise UseError(f"case: found {quoted(case)}; allowed: {allowed}")


def check_setting(case: Case, scenario: str | None, posture: str | None) -> None:
    """Raise UseError for a scenario or posture that is named and that the case does not have."""
    if scenario is not None:
        find(case.scenarios, scenario, "scenario")
    if posture is not None:
        find(case.postures, posture, "posture")


def check_names(kind: str, names: Sequence[str], known: Sequence[str]) -> None:
    """Raise UseError for a name that is not among those known."""
    for name in names:
        if name not in known:
            hint = nearest(name, known)
            raise UseError(f"{kind}: found {quoted(name)}; allowed: {listed(known)}{hint}")


def check_claims(case: Case, names: Sequence[str]) -> None:
    """Raise UseError for an id that no claim of the case has, tested or not."""
    check_names("claim", names, [*(c.id for c in case.claims), *(u.id for u in case.untested)])
