"""Stand-ins for what is broken, so that other files that speak of it can still be read.

They hold what settings, rules and claims ask for: names, scales, levels. None of them gets into a
case: where one is needed, the case is refused.
"""

from __future__ import annotations

from typing import cast

from tightrope.case import Actor, Instrument, Prior, Quantity, Regime, Variable
from tightrope.errors import CaseError
from tightrope.reading.nouns import POSSIBLE, Scale, level_positions, read_levels
from tightrope.reading.yamlfile import Node


def variables(root: Node) -> tuple[Variable, ...]:
    """Each with its scale; the one that allows any number where that is broken."""
    entries = root.value if isinstance(root.value, dict) else {}
    return tuple(_variable(k, node) for k, node in entries.items() if k != "defaults")


def _variable(name: str, node: Node) -> Variable:
    fields = node.value if isinstance(node.value, dict) else {}
    found = fields["scale"].value if "scale" in fields else None
    scale = cast(Scale, found if found in POSSIBLE else "real")
    none = _number(node)
    return Variable(name, name, "", scale, "", none, none, none, "", node.place)


def _number(node: Node) -> Prior:
    return Prior("", 0.0, 0.0, "linear", "", "", (), "", False, node.place)


def outside(root: Node | None) -> tuple[tuple[Regime, ...], tuple[Quantity, ...]] | None:
    """Regimes with their levels, and quantities; None where levels cannot be read."""
    if root is None or not isinstance(root.value, dict):
        return None
    regimes: list[Regime] = []
    quantities: list[Quantity] = []
    for name, node in root.value.items():
        fields = node.value if isinstance(node.value, dict) else {}
        if "levels" not in fields:
            quantities.append(Quantity(name, name, "", "", _number(node), node.place))
            continue
        try:
            levels = read_levels(fields["levels"], fields["levels"].texts())
        except CaseError:  # told where the file is read
            return None
        regimes.append(Regime(name, name, "", levels, "", (), _number(node), node.place))
    return tuple(regimes), tuple(quantities)


def actors(root: Node) -> tuple[Actor, ...] | None:
    """Actors with their instruments and these with their levels; None where they cannot be read."""
    try:
        return tuple(_actor(name, node) for name, node in root.mapping().items())
    except CaseError:  # told where the file is read
        return None


def _actor(name: str, node: Node) -> Actor:
    none = _number(node)
    own = node.need_one("instruments").mapping()
    instruments = tuple(_instrument(key, inner, name) for key, inner in own.items())
    return Actor(name, name, "", instruments, (), none, none, none, node.place)


def _instrument(name: str, node: Node, actor: str) -> Instrument:
    own = node.need_one("levels")
    levels = read_levels(own, tuple(own.mapping()))
    places = level_positions(None, len(levels))
    return Instrument(name, name, "", actor, levels, places, (), "", node.place)
