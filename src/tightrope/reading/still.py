"""What is sound and yet does nothing: inputs that never move, and mechanisms that read only such.

Only change counts, so what stays as in the reference quarter pushes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from tightrope.case import Case, Quantity, Regime, Settings, level_argument
from tightrope.errors import Problem

_ALLOWED = "a scenario, a claim or a record that moves it; only change counts"


def warnings(case: Case) -> tuple[Problem, ...]:
    """What `check` says of a sound case, each in the form of a problem."""
    inputs: tuple[Regime | Quantity, ...] = (*case.regimes, *case.quantities)
    still = [item for item in inputs if not _moves(item, case)]
    found = [Problem(item.place, item.name, _says(item), _ALLOWED) for item in still]
    fixed = {name for item in still for name in (item.name, *_levels(item))}
    fixed |= {p.name for p in case.parameters}
    for _ in case.derived:  # they may stand in any order
        fixed |= {d.name for d in case.derived if set(d.reads) <= fixed}
    for mechanism in case.mechanisms:
        if set(mechanism.reads) <= fixed:
            what = "a mechanism that reads nothing that ever changes, so it pushes nothing"
            found.append(Problem(mechanism.place, mechanism.name, what, _ALLOWED))
    return tuple(sorted(found, key=lambda one: one.order))


def _levels(item: Regime | Quantity) -> tuple[str, ...]:
    """What mechanisms read of a regime beside its name."""
    levels = item.levels if isinstance(item, Regime) else ()
    return tuple(level_argument(item.name, level) for level in levels)


def _says(item: Regime | Quantity) -> str:
    kind = "a regime" if isinstance(item, Regime) else "a quantity"
    return f"{kind} that never moves, so it has no effect"


def _moves(item: Regime | Quantity, case: Case) -> bool:
    """Whether anything sets it to something else than what is usual."""
    values = [span.value for s in _settings(case) for span in s.get(item.name, ())]
    if isinstance(item, Regime):
        return any(value != item.usual for value in values)
    return any(not item.usual.fixed or value != item.usual.low for value in values)


def _settings(case: Case) -> Iterator[Settings]:
    yield from (s.settings for s in case.scenarios)
    if case.history:
        yield case.history.settings
    for claim in case.claims:
        for part in claim.parts:
            for contrast in filter(None, (part.contrast, part.minus)):
                yield contrast.this.arm.settings
                yield contrast.against.arm.settings
