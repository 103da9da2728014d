"""A case that takes another one and changes it: `extends` in its case.yaml.

What the overlay says replaces what stands in the other case, field by field. A thing that is not
there is added, and `off: true` takes one away. Whatever changes what was there says `why`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from tightrope.case import Departure
from tightrope.errors import Place
from tightrope.reading.yamlfile import Gather, Node
from tightrope.text.names import listed, nearest
from tightrope.text.wording import shortened

EXTENDS, WHY, OFF = "extends", "why", "off"
NESTED = {"mechanisms": ("derived",)}
"""Files in which some keys hold things rather than being one."""

WHOLE = ("case", "history", "game", "observations")
"""Files that are one thing, so that one `why` stands for all that is changed in them."""

INSTEAD = (frozenset({"range", "value"}), frozenset({"on", "to"}))
"""Fields of which one takes the place of another."""

_LONGEST = 120

Trees = Mapping[str, Node]


@dataclass(frozen=True)
class Merged:
    """Trees by file name with all changes in them, and what was changed."""

    trees: Trees
    changes: tuple[Departure, ...]


def sections(main: Node, allowed: tuple[str, ...]) -> tuple[Node, dict[str, Node]]:
    """case.yaml without the parts of other files that stand in it, and these by file name."""
    found = main.mapping()
    names = {file.removesuffix(".yaml"): file for file in allowed}
    inner = {names[key]: node for key, node in found.items() if key in names}
    rest = {key: node for key, node in found.items() if key not in names}
    return replace(main, value=rest), inner


def merge(base: Trees, over: Trees) -> Merged:
    """Trees of a case with those of an overlay put over them.

    Raises CaseError for all changes without a reason, and for what is taken away and is not there.
    """
    changes: list[Departure] = []
    trees = dict(base)
    with Gather() as got:
        for file, node in over.items():
            section = file.removesuffix(".yaml")
            if section in WHOLE and file in base:
                made = got(_entry, section, section, base[file], node, changes)
            else:
                made = got(_things, section, base.get(file), node, changes)
            if made is not None:
                trees[file] = made
    return Merged(trees, tuple(changes))


def _things(section: str, base: Node | None, over: Node, changes: list[Departure]) -> Node:
    """A file, or a part of one, whose keys are things."""
    if base is None:
        return _added(section, over, changes)
    known, found = base.mapping(), dict(base.mapping())
    with Gather() as got:
        for key, node in over.mapping().items():
            if key in NESTED.get(section, ()) and key in known:
                found[key] = got(_things, section, known[key], node, changes)
            elif _is_off(node):
                got(_taken, section, key, known, node, changes)
                found.pop(key, None)
            elif key in known:
                found[key] = got(_entry, section, key, known[key], node, changes)
            else:
                found[key] = _without_why(node)
                changes.append(Departure(section, key, "added", (), _why(node), node.place))
    return replace(base, value=found)


def _added(section: str, over: Node, changes: list[Departure]) -> Node:
    """A file that the other case does not have."""
    if not isinstance(over.value, dict):
        changes.append(Departure(section, section, "added", (), "", over.place))
        return over
    for key, node in over.value.items():
        changes.append(Departure(section, key, "added", (), _why(node), node.place))
    return replace(over, value={key: _without_why(node) for key, node in over.value.items()})


def _taken(
    section: str, key: str, known: Mapping[str, Node], node: Node, changes: list[Departure]
) -> None:
    if key not in known:
        node.fail(f'"{key}" taken away', listed(tuple(known)), nearest(key, known))
    changes.append(Departure(section, key, "off", (), _needed(node), node.place))


def _entry(section: str, key: str, base: Node, over: Node, changes: list[Departure]) -> Node:
    """One thing with what the overlay says of it; nothing is noted where nothing differs."""
    moved = tuple(_moves("", base, _without_why(over)))
    if moved:
        changes.append(Departure(section, key, "changed", moved, _needed(over), over.place))
    return _put(base, _without_why(over))


def _put(base: Node, over: Node) -> Node:
    """Mappings field by field; anything else in place of what was there."""
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    found = dict(base.value)
    for key, node in over.value.items():
        for rivals in INSTEAD:
            if key in rivals:
                found = {k: n for k, n in found.items() if k == key or k not in rivals}
        found[key] = _put(found[key], node) if key in found else node
    return replace(over, value=found)


def _moves(path: str, base: Node | None, over: Node) -> Iterator[tuple[str, str, str]]:
    """Each field that differs: where, what stood there, what stands there now."""
    if base is not None and isinstance(base.value, dict) and isinstance(over.value, dict):
        for key, node in over.value.items():
            stood = base.value.get(key) or _rival(base.value, key)
            yield from _moves(f"{path}.{key}".lstrip("."), stood, node)
        return
    before, after = ("" if base is None else written(base)), written(over)
    if before != after:
        yield path, before, after


def _rival(fields: Mapping[str, Node], key: str) -> Node | None:
    """The field whose place this one takes."""
    for rivals in INSTEAD:
        for other in sorted(rivals - {key}) if key in rivals else ():
            if other in fields:
                return fields[other]
    return None


def written(node: Node) -> str:
    """A value on one line, in short."""
    return shortened(_written(node), _LONGEST)


def _written(node: Node) -> str:
    match node.value:
        case None:
            return "nothing"
        case list():
            return f"[{', '.join(map(_written, node.value))}]"
        case dict():
            return f"{{{', '.join(f'{k}: {_written(n)}' for k, n in node.value.items())}}}"
        case str():
            return " ".join(node.value.split())
    return node.raw


def _is_off(node: Node) -> bool:
    return isinstance(node.value, dict) and OFF in node.value and node.value[OFF].flag()


def _without_why(node: Node) -> Node:
    if not isinstance(node.value, dict) or not {WHY, OFF} & node.value.keys():
        return node
    return replace(node, value={k: n for k, n in node.value.items() if k not in (WHY, OFF)})


def _why(node: Node) -> str:
    return node.value[WHY].text() if isinstance(node.value, dict) and WHY in node.value else ""


def _needed(node: Node) -> str:
    if not _why(node):
        what = "the reason, as `why: ...`, for every change of what the other case says"
        node.fail("a change without a reason", what)
    return _why(node)


def moved(node: Node, name: str) -> Node:
    """The tree with its places in a file of another name."""
    place = Place(name, node.place.line)
    match node.value:
        case dict():
            return replace(
                node, place=place, value={k: moved(n, name) for k, n in node.value.items()}
            )
        case list():
            return replace(node, place=place, value=[moved(n, name) for n in node.value])
    return replace(node, place=place)


def between(one: Trees, other: Trees) -> tuple[Departure, ...]:
    """What the second says otherwise than the first, thing by thing; no reasons."""
    found: list[Departure] = []
    for file in sorted(one.keys() | other.keys()):
        section = file.removesuffix(".yaml")
        if section not in ("log", "origin"):
            found += _between(
                section, _parts(section, one.get(file)), _parts(section, other.get(file))
            )
    return tuple(found)


def _parts(section: str, root: Node | None) -> dict[str, Node]:
    """The things of a file; those that are one thing under the file's name."""
    if root is None or not isinstance(root.value, dict) or section in WHOLE:
        return {} if root is None else {section: root}
    nested = NESTED.get(section, ())
    found = {key: node for key, node in root.value.items() if key not in nested}
    for key in nested:
        inner = root.value[key].value if key in root.value else None
        found |= inner if isinstance(inner, dict) else {}
    return found


def _between(
    section: str, one: Mapping[str, Node], other: Mapping[str, Node]
) -> Iterator[Departure]:
    for key, node in one.items():
        if key not in other:
            yield Departure(section, key, "off", (), "", node.place)
        elif moves := tuple(_both_ways(node, other[key])):
            yield Departure(section, key, "changed", moves, "", other[key].place)
    for key, node in other.items():
        if key not in one:
            yield Departure(section, key, "added", (), "", node.place)


def _both_ways(one: Node, other: Node) -> Iterator[tuple[str, str, str]]:
    """Fields that differ, and those that only the first has."""
    yield from _moves("", one, other)
    for path, gone, _ in _moves("", other, one):
        if not gone:
            yield path, _written_at(one, path), ""


def _written_at(node: Node, path: str) -> str:
    for key in path.split("."):
        node = node.value[key] if isinstance(node.value, dict) else node
    return written(node)


def exchanged(one: Trees, other: Trees, chosen: Iterable[Departure]) -> Trees:
    """The first's trees, with the things in which the second departs as they stand there.

    chosen: of `between(one, other)`.
    """
    trees = dict(one)
    for departure in chosen:
        file = f"{departure.section}.yaml"
        here, there = trees.get(file), other.get(file)
        if departure.section in WHOLE:
            trees |= {file: there} if there is not None else {}
        else:
            trees[file] = _exchanged(departure, here, there)
    return trees


def _exchanged(departure: Departure, here: Node | None, there: Node | None) -> Node:
    """A file with one thing as it stands in the other, or without it where it does not."""
    sides = [{} if node is None else node.mapping() for node in (here, there)]
    key, nested = departure.name, NESTED.get(departure.section, ())
    within = next((n for n in nested if any(n in s and key in s[n].mapping() for s in sides)), "")
    if within and not any(key in side for side in sides):
        inner = _exchanged(replace(departure, section=""), *(s.get(within) for s in sides))
        made = {**sides[0], within: inner}
    else:
        made = {name: node for name, node in sides[0].items() if name != key}
        made |= {key: sides[1][key]} if key in sides[1] else {}
    node = here or there
    assert node is not None, "one of the two has what they differ in"
    return replace(node, value=made)
