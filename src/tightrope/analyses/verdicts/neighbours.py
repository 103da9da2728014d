"""What moves what, link by link, for a page that shows the neighbourhood of one thing at a time."""

from __future__ import annotations

from typing import Any

from tightrope.analyses.verdicts.graph import owners
from tightrope.case import Case
from tightrope.case.mechanism import Derived, Mechanism
from tightrope.reading.signs import reach, slopes
from tightrope.show.charts.influence import nodes

WORDS = {frozenset({1}): "+", frozenset({-1}): "-", frozenset({-1, 1}): "±"}
"""More of it raises, lowers, or does either."""


def neighbours(case: Case) -> dict[str, Any]:
    """The things that are moved or move, and the links between them.

    A link has the mechanism or derived quantity that says so, its sign over the whole ranges of
    what is read, and a lag: mechanisms push in the next quarter, derived quantities follow in the
    same. What actors choose by their goals is a link of its own kind, of no sign.
    """
    known, owner, ends = nodes(case), owners(case), reach(case)
    names = {node.name: node for node in known.values()}
    found: dict[tuple[str, str, str, int], set[int]] = {}
    items: list[Mechanism | Derived] = [*case.mechanisms, *case.derived]
    for item in items:
        for name in (r for r in item.reads if r in owner):
            for target, signs in slopes(item, name, ends).items():
                lag = 0 if isinstance(item, Derived) else 1
                key = owner[name], target, item.name, lag
                found.setdefault(key, set()).update(signs)
    links = [
        {"from": source, "to": target, "by": by, "lag": lag,
         "sign": WORDS[frozenset(signs)]}
        for (source, target, by, lag), signs in found.items()
        if signs
    ]  # fmt: skip
    chosen = [
        {"from": g.variable, "to": i.name, "by": a.label, "lag": 1, "sign": "chosen"}
        for a in case.actors
        for g in a.goals
        for i in a.instruments
    ]
    return {
        "things": [{"name": n.name, "label": n.label, "kind": n.kind} for n in names.values()],
        "links": links + chosen,
    }
