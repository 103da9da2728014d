"""Formulas as people read them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tightrope.case import Case
from tightrope.case.formula import Formula, evaluate, parse
from tightrope.case.mechanism import Formulas, Mechanism
from tightrope.show.typeset import Line, functions_of, typeset


def lines(case: Case, text: str, *targets: str, where: str = "") -> tuple[Line, ...]:
    local = (("weight_of", parse(where)),) if where else ()
    formulas = Formulas(local, tuple((t, parse(text)) for t in targets or ("trust",)))
    one = case.mechanisms[0]
    return typeset(Mechanism("m", "", "", ("1.1",), (), formulas.reads, formulas, one.place), case)


@pytest.mark.parametrize(
    ("text", "shown"),
    {
        "applause * trust": "applause \u00d7 The league's trust",
        "-applause*rhetoric_hostile": "\u2212applause \u00d7 Rhetoric: hostile",
        "(trust + 1) * 2": "(The league's trust + 1) \u00d7 2",
        "trust - (1 - trust)": "The league's trust \u2212 (1 \u2212 The league's trust)",
        "1 - trust / (2 * trust)": "1 \u2212 The league's trust / (2 \u00d7 The league's trust)",
        "trust ** 2": "The league's trust^2",
        "(1 + trust) ** -0.5": "(1 + The league's trust)^\u22120.5",
        "hinge(trust - 0.2)": "hinge(The league's trust \u2212 0.2)",
        "min(trust, 1, applause)": "min(The league's trust, 1, applause)",
    }.items(),
)
def test_a_formula_reads_as_people_write_it(starter_case: Case, text: str, shown: str) -> None:
    (line,) = lines(starter_case, text)
    assert line.plain == f"The league's trust moves by {shown}"


def test_local_names_stand_first_and_shared_formulas_once(starter_case: Case) -> None:
    first, second = lines(
        starter_case, "weight_of * trust", "trust", "trade", where="1 + confrontation"
    )
    assert first.plain == "weight of = 1 + Confrontation at sea"
    assert (
        second.plain == "The league's trust and Trade move by weight of \u00d7 The league's trust"
    )


def test_functions_are_explained_and_python_has_no_formula(starter_case: Case) -> None:
    opens = next(m for m in starter_case.mechanisms if m.name == "trust_opens_the_league")
    assert functions_of(opens) == {"hinge": "the value where it is positive, else nothing"}


def _trees() -> st.SearchStrategy[str]:
    """Texts of formulas in a, b and c with every operator."""
    leaves = st.sampled_from(["a", "b", "c", "2", "0.5"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]}{t[1]}{t[2]})"),
            inner.map(lambda t: f"(-{t})"),
            inner.map(lambda t: f"({t})**2"),
        ),
        max_leaves=12,
    )


@given(_trees())
def test_fewer_parentheses_never_change_the_value(starter_case: Case, text: str) -> None:
    read: Formula = parse(text)
    (line,) = lines(starter_case, text)
    back = line.plain.removeprefix("The league's trust moves by ")
    back = back.replace("\u00d7", "*").replace("\u2212", "-").replace("^", "**")
    values = {"a": np.float64(0.7), "b": np.float64(1.9), "c": np.float64(-1.3)}
    with np.errstate(all="ignore"):
        expected, found = evaluate(read, values), evaluate(parse(back), values)
    assert found == pytest.approx(expected, rel=1e-9, nan_ok=True)
