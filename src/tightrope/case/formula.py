"""Formulas: the small language in which a case says how far one thing moves another.

Numbers, names, + - * / **, parentheses, unary minus, and calls of the functions in `FUNCTIONS`.
Precedence is Python's. A text becomes a tree once; evaluating walks the tree, on floats, NumPy or
JAX arrays alike. No text ever reaches Python's own parser, so a formula can be read from anybody.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from tightrope.case import theory

Array = Any

LONGEST = 500
"""Characters of a formula; checked before anything is read."""

LARGEST = 200
"""Numbers, names, signs and calls in a formula."""

DEEPEST = 20
"""Parentheses, calls, minus signs and powers within one another."""

STEEPEST = 4.0
"""Largest size of a number as exponent."""

TOP = 3.4e38
"""Largest number: what single precision, in which runs are computed, can hold."""


class FormulaError(ValueError):
    """A text that is no formula.

    Attributes:
        found, allowed: as all messages say them.
        column: where, from 1.
        hint: `; did you mean "..."?`, or "".
    """

    def __init__(self, found: str, allowed: str, column: int, hint: str = "") -> None:
        super().__init__(f"found {found} in column {column}; allowed: {allowed}{hint}")
        self.found, self.allowed, self.column, self.hint = found, allowed, column, hint


class Function(NamedTuple):
    """A function that formulas may call, with so many arguments at least and at most."""

    call: Callable[..., Array]
    least: int
    most: int | None
    says: str


FUNCTIONS: Mapping[str, Function] = {
    "min": Function(theory.smallest, 2, None, "the smallest"),
    "max": Function(theory.largest, 2, None, "the largest"),
    "exp": Function(theory.exp, 1, 1, "e to the power"),
    "log": Function(theory.log, 1, 1, "natural logarithm"),
    "logit": Function(theory.logit, 1, 1, "log-odds of a share"),
    "logistic": Function(theory.logistic, 1, 1, "the share that has these log-odds"),
    "hinge": Function(theory.hinge, 1, 1, "the value where it is positive, else nothing"),
    "mean": Function(theory.mean, 1, None, "the mean"),
    "herfindahl": Function(theory.herfindahl, 1, None, "concentration over partners"),
    "nash_bargain": Function(theory.nash_bargain, 3, 3, "the first side's part under a bargain"),
    "bayes": Function(theory.bayes, 3, 3, "log-odds after one piece of evidence"),
}


# ---------------------------------------------------------------- trees


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Name:
    name: str
    column: int


@dataclass(frozen=True)
class Minus:
    of: Node


@dataclass(frozen=True)
class Pair:
    """Two terms with one of + - * / ** between them."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple[Node, ...]


Node = Number | Name | Minus | Pair | Call


@dataclass(frozen=True)
class Formula:
    """A parsed formula.

    Attributes:
        text: as it was written.
        names: what it reads, each once, in the order in which they first stand there.
    """

    text: str
    tree: Node
    names: tuple[str, ...]


def names_of(tree: Node) -> Iterator[Name]:
    """Every name in a tree, from left to right."""
    match tree:
        case Name():
            yield tree
        case Minus(of):
            yield from names_of(of)
        case Pair(_, left, right):
            yield from names_of(left)
            yield from names_of(right)
        case Call(_, arguments):
            for argument in arguments:
                yield from names_of(argument)


# ---------------------------------------------------------------- evaluating


def evaluate(formula: Formula, values: Mapping[str, Array]) -> Array:
    """The formula's value; `values` has one for each of its names, all of shapes that go together.

    Nothing is raised for what is no number (a logarithm of zero): NaN and infinity come out.
    """
    return _value(formula.tree, values)


def _value(node: Node, values: Mapping[str, Array]) -> Array:
    match node:
        case Number(value):
            return value
        case Name(name):
            return values[name]
        case Minus(of):
            return -_value(of, values)
        case Call(name, arguments):
            return FUNCTIONS[name].call(*(_value(a, values) for a in arguments))
        case Pair(sign, left, right):
            return _paired(sign, _value(left, values), _value(right, values))


def _paired(sign: str, left: Array, right: Array) -> Array:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return theory.quotient(left, right)
    return theory.power(left, right)


# ---------------------------------------------------------------- parsing

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|[-+*/(),])"
    r"|(?P<space>[ \t\n]+)"
)
_MEANT = {
    "\u00d7": "*",  # multiplication sign
    "\u00b7": "*",  # middle dot
    "\u2217": "*",  # asterisk operator
    "\u00f7": "/",  # division sign
    "\u2215": "/",  # division slash
    "\u2212": "-",  # minus sign
    "\u2013": "-",  # en dash
    "^": "**",
    "\u00b2": "**2",  # superscript two
}
_WHAT = "numbers, names, + - * / **, parentheses and calls"


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def parse(text: str, groups: Mapping[str, tuple[str, ...]] | None = None) -> Formula:
    """Read a formula.

    groups: names that stand for several others; a group may be an argument of a function that
        takes any number of them.

    Raises FormulaError, which says where, what is found and what is allowed.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"{len(text)} characters", f"at most {LONGEST}", LONGEST + 1)
    reader = _Reader(_tokens(text), groups or {})
    tree = reader.whole()
    names = tuple(dict.fromkeys(name.name for name in names_of(tree)))
    return Formula(text, tree, names)


def check_names(formula: Formula, known: Collection[str]) -> None:
    """Raise FormulaError for the first name that is not known, with the nearest one that is."""
    for name in names_of(formula.tree):
        if name.name not in known:
            close = difflib.get_close_matches(name.name, known, n=1)
            hint = f'; did you mean "{close[0]}"?' if close else ""
            raise FormulaError(f'"{name.name}"', "a name of the case", name.column, hint)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            meant = _MEANT.get(text[at])
            hint = f'; did you mean "{meant}"?' if meant else ""
            raise FormulaError(_shown(text[at]), _WHAT, at + 1, hint)
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match[0], at + 1))
        at = match.end()
    return [*found, _Token("end", "", len(text) + 1)]


def _shown(character: str) -> str:
    plain = character.isprintable() and character.isascii()
    return f'"{character}"' if plain else f"the character U+{ord(character):04X}"


class _Reader:
    """Reads tokens from left to right, one function for each level of precedence."""

    def __init__(self, tokens: list[_Token], groups: Mapping[str, tuple[str, ...]]) -> None:
        self.tokens, self.groups = tokens, groups
        self.at = self.nodes = self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def whole(self) -> Node:
        tree = self.sum()
        if self.next.kind != "end":
            self.wrong("an operator or the end")
        return tree

    def take(self, *texts: str) -> _Token | None:
        """The next token where it is one of these signs."""
        token = self.next
        if token.kind != "sign" or token.text not in texts:
            return None
        self.at += 1
        return token

    def wrong(self, allowed: str) -> NoReturn:
        token = self.next
        raise FormulaError(f'"{token.text}"' if token.text else "the end", allowed, token.column)

    def count(self) -> None:
        self.nodes += 1
        if self.nodes > LARGEST:
            found = f"more than {LARGEST} numbers, names and signs"
            raise FormulaError(found, "a shorter formula; use where", self.next.column)

    def down(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            found = f"more than {DEEPEST} levels of nesting"
            raise FormulaError(found, "fewer", self.next.column)

    def sum(self) -> Node:
        left = self.product()
        while token := self.take("+", "-"):
            self.count()
            left = Pair(token.text, left, self.product())
        return left

    def product(self) -> Node:
        left = self.factor()
        while token := self.take("*", "/"):
            self.count()
            left = Pair(token.text, left, self.factor())
        return left

    def factor(self) -> Node:
        if not self.take("-"):
            return self.power()
        self.count()
        self.down()
        found = Minus(self.factor())
        self.depth -= 1
        return found

    def power(self) -> Node:
        base = self.atom()
        if not self.take("**"):
            return base
        self.count()
        return Pair("**", base, self.exponent())

    def exponent(self) -> Node:
        token, minus = self.next, self.take("-")
        node = self.atom()
        if isinstance(node, Number) and node.value <= STEEPEST and self.next.text != "**":
            return Number(-node.value) if minus else node
        if isinstance(node, Name) and not minus and self.next.text != "**":
            return node
        found = "this exponent"
        allowed = f"a number from {-STEEPEST:g} to {STEEPEST:g}, or a name"
        raise FormulaError(found, allowed, token.column)

    def atom(self) -> Node:
        token = self.next
        if token.kind == "number":
            return self.number()
        if token.kind == "name":
            self.at += 1
            self.count()
            if self.take("("):
                return self.call(token)
            if token.text in self.groups:
                found = f'the group "{token.text}"'
                raise FormulaError(found, "a group inside min, max, mean, herfindahl", token.column)
            return Name(token.text, token.column)
        if self.take("("):
            self.down()
            inner = self.sum()
            self.close()
            self.depth -= 1
            return inner
        self.wrong("a number, a name, a call or (")

    def number(self) -> Number:
        token = self.next
        value = float(token.text)
        if not math.isfinite(value) or value > TOP:
            raise FormulaError(token.text, f"a number up to {TOP:g}", token.column)
        self.at += 1
        self.count()
        return Number(value)

    def close(self) -> None:
        if not self.take(")"):
            self.wrong(") or an operator")

    def call(self, name: _Token) -> Call:
        if name.text not in FUNCTIONS:
            close = difflib.get_close_matches(name.text, FUNCTIONS, n=1)
            hint = f'; did you mean "{close[0]}"?' if close else ""
            raise FormulaError(
                f'the function "{name.text}"', ", ".join(FUNCTIONS), name.column, hint
            )
        function = FUNCTIONS[name.text]
        self.down()
        arguments = [*self.argument(function)]
        while self.take(","):
            arguments += self.argument(function)
        self.close()
        self.depth -= 1
        self.check_count(name, function, len(arguments))
        return Call(name.text, tuple(arguments))

    def argument(self, function: Function) -> list[Node]:
        """One argument, or the members of a group where any number is taken."""
        token, after = self.next, self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if function.most is None and token.text in self.groups and after.text in (",", ")"):
            self.at += 1
            members = self.groups[token.text]
            for _ in members:
                self.count()
            return [Name(member, token.column) for member in members]
        return [self.sum()]

    @staticmethod
    def check_count(name: _Token, function: Function, count: int) -> None:
        if count >= function.least and (function.most is None or count <= function.most):
            return
        least = function.least
        allowed = f"{least}" if least == function.most else f"at least {least}"
        found = f"{count} argument{'s' if count != 1 else ''} of {name.text}"
        raise FormulaError(found, allowed, name.column)
