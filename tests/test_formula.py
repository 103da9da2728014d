"""Formulas: the same numbers as Python's arithmetic, and a place for whatever is none."""

from __future__ import annotations

import math
import re
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tightrope.case import theory
from tightrope.case.formula import FUNCTIONS, FormulaError, check_names, evaluate, parse

NAMES = ("a", "b_1", "trust", "tie_west")
VALUES = {"a": 0.25, "b_1": 1.75, "trust": 0.5, "tie_west": 3.0}

numbers = st.one_of(
    st.integers(0, 99).map(str),
    st.floats(0.0078125, 100, width=32).map(lambda x: f"{x:.4f}"),
    st.sampled_from(["1e2", "2.5e-1", ".5", "3."]),
)
atoms = st.one_of(numbers, st.sampled_from(NAMES))


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", " + ", " * "]), inner)
    return st.one_of(
        pairs.map("".join),
        inner.map(lambda x: f"({x})"),
        inner.map(lambda x: f"-{x}"),
        st.tuples(st.sampled_from(NAMES), st.sampled_from(["2", "3", "0.5", "-1", "-2.5"])).map(
            lambda pair: f"{pair[0]}**{pair[1]}"
        ),
    )


@given(st.recursive(atoms, larger, max_leaves=12))
@settings(max_examples=400)
def test_a_formula_has_the_value_that_python_gives_it(text: str) -> None:
    try:
        expected = eval(text, {"__builtins__": {}}, dict(VALUES))  # the oracle
    except ZeroDivisionError:
        assert not math.isfinite(evaluate(parse(text), VALUES))
        return
    assert evaluate(parse(text), VALUES) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2**2", -4.0),
        ("2**-1", 0.5),
        ("2 - 3 - 4", -5.0),
        ("12 / 3 / 2", 2.0),
        ("2 * (3 + 4) * 5", 70.0),
        ("--3", 3.0),
        ("min(3, 1, 2) + max(3, 1, 2)", 4.0),
        ("hinge(-1) + hinge(2)", 2.0),
        ("mean(1, 2, 6)", 3.0),
        ("logistic(logit(0.3))", 0.3),
        ("exp(log(7))", 7.0),
        ("herfindahl(1, 1, 1, 1)", 0.25),
        ("nash_bargain(0.2, 0.3, 0.5)", 0.45),
        ("bayes(0, 0.8, 0.4)", math.log(2.0)),
    ],
)
def test_values_known_by_hand(text: str, value: float) -> None:
    assert evaluate(parse(text), {}) == pytest.approx(value, rel=1e-12)


def test_every_function_can_be_called_with_its_least_number_of_arguments() -> None:
    for name, function in FUNCTIONS.items():
        text = f"{name}({', '.join(['0.5'] * function.least)})"
        assert math.isfinite(evaluate(parse(text), {})), name


def test_arrays_of_numpy_and_jax_agree_with_single_numbers() -> None:
    formula = parse("a * hinge(trust - 0.2) / (1 + exp(-a)) + max(a, trust, 0.3) ** 2")
    rng = np.random.default_rng(1)
    a, trust = rng.uniform(size=(2, 50))
    single = [
        evaluate(formula, {"a": float(x), "trust": float(y)}) for x, y in zip(a, trust, strict=True)
    ]
    assert evaluate(formula, {"a": a, "trust": trust}) == pytest.approx(single, rel=1e-12)
    run = jax.jit(lambda x, y: evaluate(formula, {"a": x, "trust": y}))
    assert np.asarray(run(jnp.asarray(a), jnp.asarray(trust))) == pytest.approx(single, rel=1e-5)


def test_names_are_in_the_order_in_which_they_first_stand() -> None:
    assert parse("trust * (a + trust) - mean(b_1, a)").names == ("trust", "a", "b_1")


def test_a_group_stands_for_its_members_inside_a_function_of_any_number() -> None:
    groups = {"ties": ("a", "b_1")}
    assert parse("mean(ties, trust)", groups).names == ("a", "b_1", "trust")
    assert evaluate(parse("herfindahl(ties)", groups), VALUES) == theory.herfindahl(0.25, 1.75)
    for text in ("ties + 1", "exp(ties)", "mean(ties * 2)"):
        with pytest.raises(FormulaError, match=r"the group|argument"):
            parse(text, groups)


def test_what_is_no_number_comes_out_as_none() -> None:
    assert math.isnan(evaluate(parse("(a - 1) ** 0.5"), {"a": 0.0}))
    assert math.isinf(evaluate(parse("1 / a"), {"a": 0.0}))


def test_an_unknown_name_is_told_with_its_column_and_the_nearest() -> None:
    with pytest.raises(FormulaError) as caught:
        check_names(parse("a + trsut"), NAMES)
    assert str(caught.value) == (
        'found "trsut" in column 5; allowed: a name of the case; did you mean "trust"?'
    )


# ---------------------------------------------------------------- what is no formula

BROKEN = {
    "a.b": '"."',
    "a.__class__": '"."',
    "().__class__": '"."',
    "a[0]": '"["',
    "[1, 2]": '"["',
    "{1: 2}": '"{"',
    "'a'": '"\'"',
    '"a"': '"""',
    "a if b else c": '"if"',
    "lambda: 1": '":"',
    "lambda x: x": '":"',
    "not a": '"a"',
    "a and b": '"and"',
    "a or b": '"or"',
    "a is b": '"is"',
    "a in b": '"in"',
    "await a": '"a"',
    "yield a": '"a"',
    "x for x in a": '"for"',
    "(x for x in a)": '"for"',
    "[x for x in a]": '"["',
    "import os": '"os"',
    "True and a": '"and"',
    "eval(1)": 'the function "eval"',
    "exec(1)": 'the function "exec"',
    "__import__(1)": 'the function "__import__"',
    "getattr(a, b)": 'the function "getattr"',
    "open(a)": 'the function "open"',
    "a(1)": 'the function "a"',
    "(exp)(1)": '"("',
    "exp(1)(2)": '"("',
    "exp.log(1)": '"."',
    "print(a)": 'the function "print"',
    "exp(value=1)": '"="',
    "exp(*a)": '"*"',
    "exp(**a)": '"**"',
    "max(a, key=b)": '"="',
    "a := 1": '":"',
    "(a := 1)": '":"',
    "a = 1": '"="',
    "a == b": '"="',
    "a < b": '"<"',
    "a > b": '">"',
    "a != b": '"!"',
    "a // b": '"/"',
    "a % b": '"%"',
    "a @ b": '"@"',
    "a & b": '"&"',
    "a | b": '"|"',
    "a ^ b": 'did you mean "**"?',
    "~a": '"~"',
    "a << 1": '"<"',
    "+a": '"+"',
    "a ** 5": "this exponent",
    "a ** -5": "this exponent",
    "9 ** 9 ** 9": "this exponent",
    "a ** (b + 1)": "this exponent",
    "2 ** 1e9": "this exponent",
    "a ** -b": "this exponent",
    "a ** exp(1)": "this exponent",
    "a ** b ** c": "this exponent",
    "1e999": "1e999",
    "1e39": "1e39",
    "1_000": '"_000"',
    "0x10": '"x10"',
    "1j": '"j"',
    "0b1": '"b1"',
    "1.2.3": '".3"',
    "1,5": '","',
    "1 000": '"000"',
    "5 %": '"%"',
    "1e": '"e"',
    ".": '"."',
    "1..2": '".2"',
    "\u0430 + 1": "the character U+0430",
    "a \xd7 b": 'did you mean "*"?',
    "a \u2212 b": "the character U+2212",
    "a\xf7b": "the character U+00F7",
    "x\xb2": 'did you mean "**2"?',
    "\uff41": "the character U+FF41",
    "\u0661": "the character U+0661",
    "a\u202eb": "the character U+202E",
    "a\u200bb": "the character U+200B",
    "a\xa0+ b": "the character U+00A0",
    "a\x00b": "the character U+0000",
    "a\x1b[31m": "the character U+001B",
    "\U0001d482": "the character U+1D482",
    "": "the end",
    " ": "the end",
    "a +": "the end",
    "* a": '"*"',
    "a b": '"b"',
    "(a": "the end",
    "a)": '")"',
    "()": '")"',
    "exp()": '")"',
    "exp(1": "the end",
    "exp(1,)": '")"',
    "exp(,1)": '","',
    "exp(1, 2)": "2 arguments of exp",
    "min(1)": "1 argument of min",
    "bayes(1, 2)": "2 arguments of bayes",
    "a;b": '";"',
    "a # b": '"#"',
    "a\\b": '"\\"',
    "`a`": '"`"',
    "$a": '"$"',
    "a!": '"!"',
    "a?": '"?"',
    "ex(1)": 'did you mean "exp"?',
    "(" * 21 + "1" + ")" * 21: "more than 20 levels of nesting",
    "-" * 21 + "a": "more than 20 levels of nesting",
    "exp(" * 21 + "1" + ")" * 21: "more than 20 levels of nesting",
    "+".join(["a"] * 101): "more than 200 numbers, names and signs",
    "a" * 501: "501 characters",
    "(" * (1 << 20): "1048576 characters",
    "1" * 400: "a number up to 3.4e+38",
}
"""Texts that are no formulas, and what is said of each."""


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: ascii(text[:24]))
def test_what_is_no_formula_is_refused_at_once_with_a_column(text: str) -> None:
    began = time.perf_counter()
    with pytest.raises(FormulaError, match=re.escape(BROKEN[text])) as caught:
        check_names(parse(text), NAMES)
    assert time.perf_counter() - began < 0.05
    assert 1 <= caught.value.column <= 502
    assert str(caught.value).isprintable()


def test_at_least_eighty_broken_formulas_are_tried() -> None:
    assert len(BROKEN) >= 80


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    column = 1
    try:
        parse(text)
    except FormulaError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1
