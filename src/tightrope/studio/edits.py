"""Changes through a form, written into a draft's text; comments and order stay as they are."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from tightrope.case import Case, Instrument, Prior
from tightrope.errors import UseError
from tightrope.text.wording import number

Path = tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """Something that a form can change.

    Attributes:
        kind: `number`, `mechanism` or `conduct`.
        path: where it stands in the case, from its section on.
        fixed: a number without a range, which needs its grounds said.
        levels: of conduct, with their usual shares.
    """

    kind: str
    path: Path
    label: str
    meaning: str = ""
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    fixed: bool = False
    levels: Mapping[str, float] | None = None

    @property
    def key(self) -> str:
        return "/".join(self.path)


def choices(case: Case) -> tuple[Choice, ...]:
    """All that a form can change in a case, in the order of its files."""
    return (*_numbers(case), *_mechanisms(case), *_conduct(case))


def _numbers(case: Case) -> Iterator[Choice]:
    for p in case.parameters:
        yield _number(("parameters", p.name), p.name.replace("_", " "), p)
    labels = {v.name: v.label for v in case.variables}
    labels |= {d.name: d.label for d in case.derived}
    for actor in case.actors:
        for goal in actor.goals:
            label = f"{actor.label}: weight of {labels.get(goal.variable, goal.variable)}"
            at = ("actors", actor.name, "goals", goal.variable, "weight")
            yield _number(at, label, goal.weight)
        for name in ("rationality", "patience", "habit"):
            path = ("actors", actor.name, name)
            yield _number(path, f"{actor.label}: {name}", getattr(actor, name))


def _number(path: Path, label: str, prior: Prior) -> Choice:
    return Choice("number", path, label, prior.meaning, prior.unit, prior.low, prior.high,
                  prior.fixed)  # fmt: skip


def _mechanisms(case: Case) -> Iterator[Choice]:
    for m in case.mechanisms:
        yield Choice("mechanism", ("mechanisms", m.name), m.name.replace("_", " "), m.says)


def _conduct(case: Case) -> Iterator[Choice]:
    for actor in case.actors:
        for i in actor.instruments:
            path = ("actors", actor.name, "instruments", i.name)
            yield Choice("conduct", path, f"{actor.label}: usual {_lower(i)}", i.meaning,
                         levels=dict(zip(i.levels, map(float, i.usual), strict=True)))  # fmt: skip


def _lower(instrument: Instrument) -> str:
    return instrument.label[:1].lower() + instrument.label[1:]


def changed(text: str, choice: Choice, given: Mapping[str, Any]) -> str:
    """A draft's text with one more change. Raises UseError for what the form may not hold."""
    why = given.get("why")
    if not isinstance(why, str) or not why.strip():
        raise UseError("why: found nothing; allowed: the reason for this change")
    path, value = choice.path, _value(choice, given, why.strip())
    root = _read(text)
    here = root
    for key in path[:-1]:
        here = _inner(here, key)
    last = _inner(here, path[-1])
    for key in {"number": ("range", "value"), "mechanism": ("off",), "conduct": ("levels",)}[
        choice.kind
    ]:
        last.pop(key, None)
    last.update(value)
    thing = root[path[0]][path[1]]
    before = thing.pop("why", "")
    known = [part for part in str(before).split("; ") if part]
    thing["why"] = "; ".join(dict.fromkeys([*known, " ".join(why.split())]))
    return _written(root)


def _value(choice: Choice, given: Mapping[str, Any], why: str) -> dict[str, Any]:
    match choice.kind:
        case "number":
            low, high = _finite(given, "low"), _finite(given, "high")
            if low > high:
                raise UseError(f"range: found {low:g} to {high:g}; allowed: the lower end first")
            value: dict[str, Any] = {"range": _flow(low, high)} if low < high else {"value": low}
            return value | ({"judgement": why} if choice.fixed else {})
        case "conduct":
            levels = given.get("levels")
            known = choice.levels or {}
            if not isinstance(levels, Mapping) or set(levels) != set(known):
                raise UseError(f"levels: found others; allowed: a share for {', '.join(known)}")
            shares = {name: _finite(levels, name) for name in known}
            total = sum(shares.values())
            if min(shares.values()) < 0 or not math.isclose(total, 1.0, abs_tol=1e-6):
                what = f"levels: found shares that add up to {number(total)}"
                raise UseError(f"{what}; allowed: shares from 0 to 1 that add up to 1")
            return {"levels": shares}
        case _:
            return {"off": True}


def _flow(*values: float) -> CommentedSeq:
    """A list on one line."""
    made = CommentedSeq(values)
    made.fa.set_flow_style()
    return made


def _finite(given: Mapping[str, Any], name: str) -> float:
    found = given.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise UseError(f"{name}: found no number; allowed: a number")
    return float(found)


def taken_back(text: str, section: str, name: str) -> str:
    """The text without what it says of one thing. Raises UseError where it says nothing of it."""
    root = _read(text)
    own = root.get(section)
    if section == name and own is not None:
        del root[section]
        return _written(root)
    inner = [own, *([own["derived"]] if isinstance(own, Mapping) and "derived" in own else [])]
    for found in inner:
        if isinstance(found, CommentedMap) and name in found:
            del found[name]
            if not own:
                del root[section]
            return _written(root)
    raise UseError(f"{section}: found nothing on {name} in the draft; allowed: what stands in it")


def _inner(here: CommentedMap, key: str) -> CommentedMap:
    """The mapping at a key, made where there is none."""
    if not isinstance(here.get(key), CommentedMap):
        here[key] = CommentedMap()
    found: CommentedMap = here[key]
    return found


def _yaml() -> YAML:
    made = YAML(typ="rt")
    made.preserve_quotes = True
    made.width = 100
    made.indent(mapping=2, sequence=4, offset=2)
    return made


def _read(text: str) -> CommentedMap:
    try:
        found = _yaml().load(text)
    except (YAMLError, RecursionError, ValueError):
        raise UseError(
            "found a text that is no YAML; allowed: mend it first, then the form"
        ) from None
    if not isinstance(found, CommentedMap):
        raise UseError("found a text without fields; allowed: mend it first, then use the form")
    return found


def _written(root: CommentedMap) -> str:
    held = io.StringIO()
    _yaml().dump(root, held)
    return held.getvalue()


def find(all_: Sequence[Choice], key: object) -> Choice:
    """Raises UseError where nothing of this key can be changed."""
    for one in all_:
        if one.key == key:
            return one
    raise UseError("found something that is not in the case; allowed: what the list offers")
