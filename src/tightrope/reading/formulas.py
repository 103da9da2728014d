"""`mechanisms.yaml`: groups of names, derived quantities and mechanisms as formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tightrope.case.formula import FUNCTIONS, Formula, FormulaError, parse
from tightrope.case.mechanism import Derived, Formulas, Mechanism, Sign
from tightrope.reading.functions import Functions
from tightrope.reading.nouns import argument_name, read_matters
from tightrope.reading.yamlfile import Gather, Node, optional_text
from tightrope.text.names import nearest

SECTIONS = ("groups", "derived")
SIGNS: tuple[Sign, ...] = ("raises", "lowers")

Groups = Mapping[str, tuple[str, ...]]
Where = tuple[tuple[str, Formula], ...]


def read_formulas(root: Node) -> Functions:
    """Read the file; whether the names in it are names of the case is checked later.

    Raises CaseError for all that is wrong, each with its line and, in a formula, its column.
    """
    sections = root.mapping()
    groups = _groups(sections.get("groups"))
    nodes: dict[tuple[str, str], Node] = {}
    own = sections["derived"].mapping() if "derived" in sections else {}
    named = {key: node for key, node in sections.items() if key not in SECTIONS}
    with Gather() as got:
        for key in own.keys() & named.keys():
            what = f'the name "{key}" a second time'
            got(named[key].fail, what, "each name once")
        derived = [got(_derived, key, node, groups, nodes) for key, node in own.items()]
        mechanisms = [got(_mechanism, key, node, groups, nodes) for key, node in named.items()]
    return Functions(tuple(filter(None, mechanisms)), tuple(filter(None, derived)), nodes)


def declared_in(root: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of mechanisms and derived quantities, whatever is wrong with what they stand for."""
    sections = root.value if isinstance(root.value, dict) else {}
    own = sections["derived"].value if "derived" in sections else None
    return (
        tuple(key for key in sections if key not in SECTIONS),
        tuple(own) if isinstance(own, dict) else (),
    )


def _groups(root: Node | None) -> Groups:
    found: dict[str, tuple[str, ...]] = {}
    with Gather() as got:
        for key, node in root.mapping().items() if root else ():
            got(argument_name, key, node)
            members = got(node.texts)
            if members is not None and (not members or len(set(members)) < len(members)):
                got(node.fail, "a group with no name or one twice", "each name once")
            found[key] = members or ()
    return found


def _derived(key: str, node: Node, groups: Groups, nodes: dict[tuple[str, str], Node]) -> Derived:
    fields = node.fields(("label", "says", "unit", "is"), ("percent", "where", "matters"))
    with Gather() as got:
        got(argument_name, key, node)
        where = got(_where, key, fields.get("where"), groups, nodes) or ()
        nodes[key, f"gives.{key}"] = fields["is"]
        push = got(formula, fields["is"], groups)
        label, unit = got(fields["label"].line), got(fields["unit"].line)
        says = got(fields["says"].text) or ""
        percent = got(fields["percent"].flag) if "percent" in fields else True
        matters = got(read_matters, fields)
    formulas = Formulas(where, ((key, push),))
    return Derived(
        name=key,
        label=label,
        says=" ".join(says.split()),
        unit=unit,
        percent=percent,
        reads=formulas.reads,
        function=formulas,
        place=node.place,
        matters=matters,
    )


def _mechanism(
    key: str, node: Node, groups: Groups, nodes: dict[tuple[str, str], Node]
) -> Mechanism:
    fields = node.fields(("passages", "says", "pushes"), ("sources", "about", "where", "signs"))
    with Gather() as got:
        got(argument_name, key, node)
        where = got(_where, key, fields.get("where"), groups, nodes) or ()
        gives = got(_pushes, key, fields["pushes"], groups, nodes) or ()
        passages = got(fields["passages"].texts)
        says = got(fields["says"].text) or ""
        about = got(optional_text, fields, "about") or ""
        sources = got(fields["sources"].texts) if "sources" in fields else ()
    formulas = Formulas(where, gives)
    return Mechanism(
        name=key,
        says=" ".join(says.split()),
        about=" ".join(about.split()),
        passages=passages,
        sources=sources,
        reads=formulas.reads,
        function=formulas,
        place=node.place,
        signs=_signs(key, fields.get("signs"), formulas, groups, nodes),
    )


def _where(
    key: str, root: Node | None, groups: Groups, nodes: dict[tuple[str, str], Node]
) -> Where:
    found = []
    with Gather() as got:
        for name, node in root.mapping().items() if root else ():
            if name in FUNCTIONS or name in groups:
                got(node.fail, f'the name "{name}"', "a name that is no function and no group")
            got(argument_name, name, node)
            nodes[key, f"where.{name}"] = node
            found.append((name, got(formula, node, groups)))
    return tuple(found)


def _pushes(key: str, root: Node, groups: Groups, nodes: dict[tuple[str, str], Node]) -> Where:
    """Each variable that is moved with its push; of a group, every member."""
    gives: dict[str, Formula] = {}
    with Gather() as got:
        for target, item in root.filled("variable that is moved").items():
            push = got(formula, item, groups)
            for name in groups.get(target, (target,)):
                if name in gives:
                    got(item.fail, f'the variable "{name}" a second time', "each variable once")
                gives[name] = push
                nodes[key, f"gives.{name}"] = item
    return tuple(gives.items())


def formula(node: Node, groups: Groups) -> Formula:
    """A value as a formula; a number is one, too."""
    text = node.raw if isinstance(node.value, float) else node.text()
    try:
        return parse(" ".join(text.split()), groups)
    except FormulaError as error:
        node.fail(f"{error.found} in column {error.column}", error.allowed, error.hint)


def _signs(
    owner: str,
    root: Node | None,
    formulas: Formulas,
    groups: Groups,
    nodes: dict[tuple[str, str], Node],
) -> tuple[tuple[str, str, Sign], ...]:
    """Stated signs: of what is read on all that is moved, or variable by variable."""
    found: list[tuple[str, str, Sign]] = []
    targets = tuple(name for name, _ in formulas.gives)

    def take(name: str, node: Node, moved: Sequence[str]) -> None:
        nodes[owner, f"signs.{name}"] = node
        word = node.choice(SIGNS)
        found.extend((name, target, sign) for target in moved for sign in SIGNS if sign == word)

    with Gather() as got:
        for key, node in root.mapping().items() if root else ():
            if not isinstance(node.value, dict):
                got(take, key, node, targets)
                continue
            if key not in (*targets, *groups):
                got(node.fail, f'"{key}"', ", ".join(targets), nearest(key, targets))
            for name, item in node.value.items():
                got(take, name, item, groups.get(key, (key,)))
    return tuple(found)
