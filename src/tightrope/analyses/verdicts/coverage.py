"""What becomes of each thing that the source says: tested, put in, not testable, or left out.

A claim tests an assertion, or it is ours. What somebody means or believes is not scored: a claim
beside it asks whether it works, or is true, which the source does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tightrope.analyses.verdicts.verdict import VERDICTS
from tightrope.case import Assertion, Case
from tightrope.text.wording import counted, joined

COLUMNS = ("assertion", "passage", "how", "says", "becomes", "by", "verdicts", "beside", "inputs",
           "why")  # fmt: skip

TESTED, PUT_IN, ASKED, CANNOT, LEFT_OUT, NOTHING = BECOMES = (
    "tested", "put in", "asked beside", "not testable", "left out", "nothing yet"
)  # fmt: skip
"""What an assertion becomes, the first that fits. Asked beside: what somebody means or believes,
and a claim asks whether it works or is true."""


def coverage(case: Case, verdicts: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A row for each assertion, see COLUMNS: by, the claims that test it; verdicts, theirs in the
    same order; beside, the claims that ask whether what is meant works or what is believed is true,
    which gives what was said no verdict; inputs, what puts it in; why it is in neither.

    verdicts: of a board's claims, by name; a claim that is not among them is `not looked at`.
    """
    given = verdicts or {}
    rows = [
        (a.id, passage.id, a.how, a.says, becomes(case, a), ", ".join(tested),
         ", ".join(given.get(name, "not looked at") for name in tested), ", ".join(beside),
         ", ".join(a.inputs), a.untestable or a.left_out)
        for passage in case.passages
        for a in passage.assertions
        for tested, beside in (_claims(case, a),)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def becomes(case: Case, one: Assertion) -> str:
    """One of BECOMES."""
    tested, beside = _claims(case, one)
    if tested:
        return TESTED
    if one.inputs:
        return PUT_IN
    if beside:
        return ASKED
    if one.untestable:
        return CANNOT
    return LEFT_OUT if one.left_out else NOTHING


def _claims(case: Case, one: Assertion) -> tuple[list[str], list[str]]:
    """The claims that test it, and those that stand beside it."""
    tested = [c.id for c in case.claims if one.id in c.tests]
    beside = [c.id for c in case.claims if one.id in c.beside]
    return tested, beside


def sentences(case: Case) -> list[str]:
    """What becomes of the source's assertions, and how many claims are ours; nothing where the case
    does not say what the source says."""
    found = coverage(case)["becomes"].value_counts()
    if found.empty:
        return []
    parts = joined(
        [f"{found[word]} {_are(found[word])} {word}" for word in BECOMES if word in found]
    )
    tests = sum(bool(claim.tests) for claim in case.claims)
    asks = sum(bool(claim.beside) and not claim.tests for claim in case.claims)
    own = len(case.claims) - tests - asks
    return [
        f"Of {counted(int(found.sum()), 'assertion')} of the source, {parts}.",
        f"Of {counted(len(case.claims), 'claim')}, {tests} {_verb(tests, 'test')} what the source "
        f"says, {asks} {_verb(asks, 'ask')} whether something that is meant works or something "
        f"believed is true, and {own} {_are(own)} ours alone.",
    ]


def standing(row: Mapping[Any, Any]) -> str:
    """What a row of the claims' table is to the source, in words."""
    if row["tests"]:
        return f"tests {row['tests']}"
    return f"ours, beside {row['beside']}" if row["beside"] else "ours"


def apart(claims: pd.DataFrame) -> list[str]:
    """The verdicts of the claims that test the source, and those of ours, in a sentence each;
    nothing where no claim says what it is to the source.

    claims: a board's.
    """
    scored = claims[claims["verdict"] != "not tested"]
    tests, beside = scored["tests"] != "", scored["beside"] != ""
    if not (tests | beside).any():
        return []
    groups = {
        "What the source says": scored[tests],
        "Whether what is meant works, or what is believed is true": scored[beside & ~tests],
        "What is ours alone": scored[~tests & ~beside],
    }
    return [f"{name}: {_words(own['verdict'])}." for name, own in groups.items() if len(own)]


def _words(verdicts: pd.Series) -> str:
    found = verdicts.value_counts()
    return joined([f"{found[word]} {word}" for word in VERDICTS if word in found])


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _verb(count: int, verb: str) -> str:
    return f"{verb}s" if count == 1 else verb
