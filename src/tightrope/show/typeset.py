"""Formulas as people read them: labels for names, a multiplication sign, raised exponents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tightrope.case import Case, Instrument, Regime, level_argument
from tightrope.case.formula import FUNCTIONS, Call, Formula, Minus, Name, Node, Number, Pair
from tightrope.case.mechanism import Derived, Formulas, Mechanism
from tightrope.text.wording import joined

Kind = Literal["quantity", "number", "text", "raised"]
"""A name with a label; a name of the mechanism's own numbers; anything else; an exponent."""


@dataclass(frozen=True)
class Piece:
    kind: Kind
    text: str


@dataclass(frozen=True)
class Line:
    """One formula of a mechanism or of a derived quantity.

    Attributes:
        names: what it is for, in words.
        verb: how the formula stands to it: `=` or `moves by`.
    """

    names: str
    verb: str
    pieces: tuple[Piece, ...]

    @property
    def plain(self) -> str:
        """All of it on one line of text."""
        text = "".join(f"^{p.text}" if p.kind == "raised" else p.text for p in self.pieces)
        return f"{self.names} {self.verb} {text}"


_SIGNS = {"+": " + ", "-": " \u2212 ", "*": " \u00d7 ", "/": " / "}
_RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_MINUS, _ATOM = 3, 5


def typeset(declared: Mechanism | Derived, case: Case) -> tuple[Line, ...]:
    """Its formulas, local names first; none where it is a function of Python."""
    formulas = declared.function
    if not isinstance(formulas, Formulas):
        return ()
    labels = label_of_name(case)
    lines = [
        Line(name.replace("_", " "), "=", _pieces_of(formula, labels))
        for name, formula in formulas.where
    ]
    targets: dict[Formula, list[str]] = {}
    for name, formula in formulas.gives:
        targets.setdefault(formula, []).append(labels[name])
    for formula, names in targets.items():
        moves = "move by" if len(names) > 1 else "moves by"
        verb = moves if isinstance(declared, Mechanism) else "="
        lines.append(Line(joined(names), verb, _pieces_of(formula, labels)))
    return tuple(lines)


def functions_of(declared: Mechanism | Derived) -> dict[str, str]:
    """The functions that its formulas call, and what each gives."""
    formulas = declared.function
    if not isinstance(formulas, Formulas):
        return {}
    called = {
        name: FUNCTIONS[name].says
        for _, formula in (*formulas.where, *formulas.gives)
        for name in _calls(formula.tree)
    }
    return {name: called[name] for name in FUNCTIONS if name in called}


def label_of_name(case: Case) -> dict[str, str]:
    """The label of everything that a formula may read but parameters; of levels with the level."""
    items: tuple[Any, ...] = (*case.variables, *case.derived, *case.quantities)
    leveled: tuple[Regime | Instrument, ...] = (*case.regimes, *case.instruments)
    found: dict[str, str] = {item.name: item.label for item in (*items, *leveled)}
    for item in leveled:
        for level in item.levels:
            found[level_argument(item.name, level)] = f"{item.label}: {level}"
    return found


def _calls(node: Node) -> Iterator[str]:
    match node:
        case Minus(of):
            yield from _calls(of)
        case Pair(_, left, right):
            yield from _calls(left)
            yield from _calls(right)
        case Call(name, arguments):
            yield name
            for argument in arguments:
                yield from _calls(argument)


def _pieces_of(formula: Formula, labels: Mapping[str, str]) -> tuple[Piece, ...]:
    return tuple(_pieces(formula.tree, labels, 0))


def _pieces(node: Node, labels: Mapping[str, str], rank: int) -> Iterator[Piece]:
    """In parentheses where it binds less than `rank`, which stands around it."""
    own = _rank(node)
    if own < rank:
        yield Piece("text", "(")
        yield from _pieces(node, labels, 0)
        yield Piece("text", ")")
        return
    match node:
        case Number(value):
            yield Piece("text", f"{value:g}".replace("-", "\u2212"))
        case Name(name):
            known = name in labels
            text = labels[name] if known else name.replace("_", " ")
            yield Piece("quantity" if known else "number", text)
        case Minus(of):
            yield Piece("text", "\u2212")
            yield from _pieces(of, labels, own)
        case Pair("**", left, right):
            yield from _pieces(left, labels, _ATOM)
            yield Piece("raised", "".join(p.text for p in _pieces(right, labels, 0)))
        case Pair(sign, left, right):
            yield from _pieces(left, labels, own)
            yield Piece("text", _SIGNS[sign])
            yield from _pieces(right, labels, own + (sign in "-/"))
        case Call(name, arguments):
            yield Piece("text", f"{name.replace('_', ' ')}(")
            for i, argument in enumerate(arguments):
                if i:
                    yield Piece("text", ", ")
                yield from _pieces(argument, labels, 0)
            yield Piece("text", ")")


def _rank(node: Node) -> int:
    match node:
        case Pair(sign, _, _):
            return _RANKS[sign]
        case Minus():
            return _MINUS
        case Number(value) if value < 0:
            return _MINUS
    return _ATOM
