"""Numbers set for one run, as `--set NAME=VALUE` on the command line: a case on top of another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from tightrope.errors import UseError
from tightrope.reading.formulas import declared_in
from tightrope.reading.yamlfile import Node, read_yaml
from tightrope.text.names import nearest

OPTION = "--set"
WHY = "set for this run"

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_SET = re.compile(rf"\s*(?P<name>[^=\s]+)\s*=\s*(?P<low>{_NUMBER})(?:\.\.(?P<high>{_NUMBER}))?\s*")
_OFF = re.compile(r"\s*(?P<name>[^=\s]+)\s*=\s*off\s*")
_ALLOWED = "NAME=VALUE, NAME=LOW..HIGH, or MECHANISM=off"

Trees = Mapping[str, Node]
Where = tuple[str, ...]
"""The file without its ending, and the keys in it that lead to a number."""


def overlays(trees: Trees, given: Sequence[str]) -> Iterator[dict[str, Node]]:
    """Each setting as trees to put over those of the case.

    Raises UseError for what is no setting and for a name that no number or mechanism has.
    """
    numbers, mechanisms = dict(_numbers(trees)), _mechanisms(trees)
    for text in given:
        off, number = _OFF.fullmatch(text), _SET.fullmatch(text)
        found = off or number
        if found is None:
            raise UseError(f'{OPTION}: found "{text}"; allowed: {_ALLOWED}')
        name, known = found["name"], mechanisms if off else tuple(numbers)
        if name not in known:
            what = "a mechanism" if off else "a number of the case (show --section priors)"
            raise UseError(f'{OPTION}: found "{name}"; allowed: {what}{nearest(name, known)}')
        where = ("mechanisms", name) if off else numbers[name]
        entry = _off() if off else _entry(where, found, _at(trees, where))
        yield _overlay(where, entry, f"{OPTION} {text.strip()}")


def _off() -> str:
    return f"{{off: true, why: {WHY}}}"


def _entry(where: Where, found: re.Match[str], stood: Node | None) -> str:
    """What stands there instead, as YAML in one line."""
    if where[-1] in ("margin", "matters"):
        return f"{{by: {found['low']}, because: {WHY}}}"
    high = found["high"]
    value = f"value: {found['low']}" if high is None else f"range: [{found['low']}, {high}]"
    why = f", why: {WHY}" if len(where) == 2 else ""
    one_sided = high is None or not float(found["low"]) < 0 < float(high)
    held = stood.value if stood and isinstance(stood.value, dict) else {}
    no_longer = ", contested: false" if one_sided and "contested" in held else ""
    return f"{{{value}, judgement: {WHY}{no_longer}{why}}}"


def _at(trees: Trees, where: Where) -> Node | None:
    """What stands there, if it stands there itself."""
    node = trees.get(f"{where[0]}.yaml")
    for key in where[1:]:
        node = node.value.get(key) if node and isinstance(node.value, dict) else None
    return node


def _overlay(where: Where, entry: str, place: str) -> dict[str, Node]:
    """Trees by file name; the reason stands with the thing that the number is a part of."""
    section, thing, *rest = where
    if rest:
        inner = "".join(f"{{{json.dumps(key)}: " for key in rest) + entry + "}" * len(rest)
        entry = inner[:-1] + f", why: {WHY}}}"
    text = f"{json.dumps(thing)}: {entry}\n"
    return {f"{section}.yaml": read_yaml(text.encode(), place)}


def _numbers(trees: Trees) -> Iterator[tuple[str, Where]]:
    """Every number's name, as results have it, and where it stands."""
    for name in _keys(trees, "parameters.yaml"):
        yield name, ("parameters", name)
    for name in _keys(trees, "variables.yaml"):
        for part in ("baseline", "reversion", "noise", "matters"):
            yield f"{name}.{part}", ("variables", name, part)
    for name, node in _items(trees, "outside.yaml"):
        part = "escalation" if isinstance(node.value, dict) and "levels" in node.value else "usual"
        yield f"{name}.{part}", ("outside", name, part)
    for name, node in _items(trees, "actors.yaml"):
        for part in ("rationality", "patience", "habit"):
            yield f"{name}.{part}", ("actors", name, part)
        goals = node.value.get("goals") if isinstance(node.value, dict) else None
        for goal in goals.value if goals and isinstance(goals.value, dict) else ():
            yield f"{name}.goal.{goal}", ("actors", name, "goals", goal, "weight")
    for name in _keys(trees, "claims.yaml"):
        yield f"{name}.margin", ("claims", name, "margin")


def _mechanisms(trees: Trees) -> tuple[str, ...]:
    return declared_in(trees["mechanisms.yaml"])[0] if "mechanisms.yaml" in trees else ()


def _items(trees: Trees, file: str) -> Iterator[tuple[str, Node]]:
    value = trees[file].value if file in trees else None
    for key, node in value.items() if isinstance(value, dict) else ():
        if key != "defaults":
            yield key, node


def _keys(trees: Trees, file: str) -> Iterator[str]:
    return (key for key, _ in _items(trees, file))
