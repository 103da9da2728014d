"""Variants: other forms of parts of a case, each as what it would say otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tightrope.case import Variant
from tightrope.errors import UseError
from tightrope.reading.nouns import loose_name
from tightrope.reading.overlay import NESTED, WHY, Merged, merge
from tightrope.reading.yamlfile import Gather, Node, Range, each, optional_text
from tightrope.text.names import listed, nearest

FILE = "variants.yaml"
PARTS = ("mechanisms", "parameters", "variables", "outside", "actors", "scenarios", "postures")
"""Parts of a case that may have another form."""

NEEDED = {"mechanisms": "says", "derived": "is", "parameters": "judgement"}
"""A field that things have which are new, by part; elsewhere `label`."""

_WEIGHT = Range("a share of worlds from 0 to 1", 0.0, 1.0)


def read_variants(root: Node | None, references: tuple[str, ...]) -> tuple[Variant, ...]:
    """All of them; where no weight is said the case's own form and the others weigh the same."""
    if root is None:
        return ()
    nodes = root.mapping()
    even = 1 / (1 + len(nodes))
    found = each(lambda item: _variant(*item, even, references), nodes.items())
    whole = sum(one.weight for one in found)
    if whole > 1:
        root.fail(f"weights that add up to {whole:g}", "up to 1; the case's own form has the rest")
    return found


def _variant(key: str, node: Node, even: float, references: tuple[str, ...]) -> Variant:
    fields = node.fields(("label", WHY), ("group", "sources", "weight", *PARTS))
    with Gather() as got:
        got(loose_name, key, node)
        label, why = got(fields["label"].line), got(fields[WHY].text)
        group = got(optional_text, fields, "group") or key
        weight = got(fields["weight"].number, _WEIGHT) if "weight" in fields else even
        cited = got(fields["sources"].items) if "sources" in fields else []
        sources = got(each, lambda source: source.choice(references), cited)
        if not any(part in fields for part in PARTS):
            got(node.fail, "nothing that it changes", f"at least one of {', '.join(PARTS)}")
    return Variant(key, label, group, why, weight, sources, node.place)


def put_variants(trees: Mapping[str, Node], names: Sequence[str]) -> Merged:
    """Trees with what the variants of these names say otherwise.

    Raises UseError for a name that there is not and for two of one group, and CaseError for what
    is changed and is not there.
    """
    root = trees.get(FILE)
    known = root.mapping() if root is not None else {}
    groups: dict[str, str] = {}
    merged = Merged(trees, ())
    for name in names:
        if name not in known:
            allowed = ", ".join(known) or "nothing: the case has no variants"
            raise UseError(f'--variant: found "{name}"; allowed: {allowed}{nearest(name, known)}')
        fields = known[name].mapping()
        group = optional_text(fields, "group") or name
        if group in groups:
            raise UseError(
                f'--variant: found "{groups[group]}" and "{name}", both of the group "{group}"; '
                "allowed: one of them"
            )
        groups[group] = name
        over = _overlay(fields)
        _check_there(merged.trees, over)
        one = merge(merged.trees, over)
        merged = Merged(one.trees, (*merged.changes, *one.changes))
    return merged


def _overlay(fields: Mapping[str, Node]) -> dict[str, Node]:
    """What a variant says, as trees to put over those of the case; its reason is each change's."""
    return {
        f"{part}.yaml": _reasoned(fields[part], part, fields[WHY])
        for part in PARTS
        if part in fields
    }


def _check_there(trees: Mapping[str, Node], over: Mapping[str, Node]) -> None:
    """Raise CaseError for all that is changed, is not there, and does not say enough to be new."""
    with Gather() as got:
        for file, node in over.items():
            there = trees[file].mapping() if file in trees else {}
            got(_check_things, file.removesuffix(".yaml"), there, node)


def _check_things(part: str, there: Mapping[str, Node], over: Node) -> None:
    needed = NEEDED.get(part, "label")
    with Gather() as got:
        for key, thing in over.mapping().items():
            if key in NESTED.get(part, ()):
                inner = there[key].mapping() if key in there else {}
                got(_check_things, key, inner, thing)
            elif key not in there and needed not in thing.mapping():
                known = [name for name in there if name not in NESTED.get(part, ())]
                what = f'"{key}", which is not there to be changed'
                allowed = f"{listed(known)}; or a new one, with `{needed}`"
                got(thing.fail, what, allowed, nearest(key, known))


def _reasoned(node: Node, part: str, why: Node) -> Node:
    """Every thing with the variant's reason where it gives none of its own."""
    made = {}
    for key, thing in node.mapping().items():
        if key in NESTED.get(part, ()):
            made[key] = _reasoned(thing, "", why)
        elif isinstance(thing.value, dict) and WHY not in thing.value:
            made[key] = replace(thing, value={**thing.value, WHY: why})
        else:
            made[key] = thing
    return replace(node, value=made)
