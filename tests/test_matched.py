"""A board with a record says the same of it in the terminal, on the page, in Markdown and as data.

What is expected is worked out from the saved tables; the forms have to say it.
"""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tightrope import Board
from tightrope.analyses.verdicts import terminal
from tightrope.analyses.verdicts.verdict import VERDICTS
from tightrope.cli.console import PlainConsole
from tightrope.text import wording

FORMS = ("terminal", "page", "markdown")


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def written(matched_saved: Path) -> dict[str, Any]:
    """What run.json holds."""
    about: dict[str, Any] = json.loads((matched_saved / "run.json").read_text(encoding="utf-8"))
    return about


@pytest.fixture(scope="module")
def rows(matched_saved: Path) -> list[dict[str, Any]]:
    """The tested claims as claims.csv has them."""
    table = pd.read_csv(matched_saved / "claims.csv").fillna({"undecided": "", "unit": ""})
    return table[table["verdict"] != "not tested"].to_dict("records")


@pytest.fixture(scope="module")
def forms(matched: Board, matched_saved: Path) -> dict[str, str]:
    """The board's three forms for readers, the page as HTML."""
    screen = io.StringIO()
    PlainConsole(file=screen, width=400).print(terminal.board(matched))
    return {
        "terminal": screen.getvalue(),
        "page": (matched_saved / "board.html").read_text(encoding="utf-8"),
        "markdown": (matched_saved / "board.md").read_text(encoding="utf-8"),
    }


def tagless(text: str) -> str:
    return plain(html.unescape(re.sub(r"<[^>]*>", "", text)))


def said_of(claim: str, form: str, text: str) -> str:
    """What a form says of one claim."""
    if form == "markdown":
        return next(line for line in text.splitlines() if f"**{claim}**" in line)
    if form == "page":
        articles = re.findall(r"<article class=\"claim\".*?</article>", text, re.DOTALL)
        return next(tagless(a) for a in articles if f'<span class="id">{claim}</span>' in a)
    starts = "|".join(VERDICTS)
    blocks = re.split(rf"\n(?=(?:{starts}) )|\n\n", text)
    return next(plain(b) for b in blocks if f" {claim}" in b.splitlines()[0])


def changed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The claims whose verdict is another in all worlds."""
    return [row for row in rows if row["verdict"] != row["prior_verdict"]]


def test_the_record_rules_some_worlds_out_and_changes_a_verdict(
    written: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    record = written["record"]
    assert (record["until"], record["misfits"]) == ("2025Q4", [])
    assert 0.1 < record["not_ruled_out"] / record["tested"] < 0.9
    assert "crowd-is-pleased" in [row["claim"] for row in changed(rows)]


def test_the_saved_counts_are_those_of_the_matching(
    written: dict[str, Any], matched: Board
) -> None:
    assert matched.matching is not None
    record = written["record"]
    assert record["tested"] == matched.matching.tested
    assert record["not_ruled_out"] / record["tested"] == matched.matching.share


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_how_many_worlds_were_tested_and_left(
    forms: dict[str, str], written: dict[str, Any], form: str
) -> None:
    record, said = written["record"], tagless(forms[form])
    tested = f"{record['tested']:,}"
    left = wording.percent(record["not_ruled_out"] / record["tested"])
    if form == "page":
        assert f"{tested} worlds were tested; {left} were not ruled out." in said
        assert f"given in {written['worlds']} of those that are left" in said
    else:
        assert f"of {tested} tested ({left} not ruled out)" in said
        assert f"given in {written['worlds']} worlds that the record up to 2025Q4" in said
    assert "Every series is met by some worlds." in said


@pytest.mark.parametrize("form", FORMS)
def test_every_form_shows_each_verdict_after_and_before_the_record(
    forms: dict[str, str], rows: list[dict[str, Any]], form: str
) -> None:
    for row in rows:
        said = said_of(row["claim"], form, forms[form])
        before = f"{row['prior_verdict']}, {wording.percent(row['prior_share'])}"
        lead = "" if form == "markdown" else "before the record: "
        assert f"{lead}{before}" in said
        for words in (row["verdict"], wording.share_words(row), wording.effect_words(row)):
            assert words in said


def test_a_changed_verdict_is_pointed_out(
    forms: dict[str, str], rows: list[dict[str, Any]]
) -> None:
    marked = {
        row["claim"]
        for row in rows
        if "(changed by the record)" in said_of(row["claim"], "terminal", forms["terminal"])
    }
    own = changed(rows)
    assert marked == {row["claim"] for row in own}
    listed = wording.joined(
        f"{r['claim']} from {r['prior_verdict']} to {r['verdict']}" for r in own
    )
    said = f"{len(own)} of {len(rows)} verdicts changed against all worlds: {listed}."
    assert said in tagless(forms["page"])


@pytest.mark.parametrize("form", ["terminal", "markdown"])
def test_the_table_of_counts_has_a_column_for_all_worlds(
    forms: dict[str, str], rows: list[dict[str, Any]], form: str
) -> None:
    lines = [
        [cell.strip() for cell in re.split("[|│┃]", line.strip("|"))]
        for line in forms[form].splitlines()
    ]
    head = next(line for line in lines if "decided in all worlds" in line)
    holds = next(line for line in lines if len(line) == len(head) and line[0] == "holds")
    found = dict(zip(head, holds, strict=True))
    decided = [r for r in rows if r["verdict"] == "holds" and not r["undecided"]]
    assert found["decided"] == str(len(decided))
    assert found["decided in all worlds"] == "3"


def test_what_each_series_rules_out_is_on_the_page_and_in_its_file(
    forms: dict[str, str], matched_saved: Path
) -> None:
    table = pd.read_csv(matched_saved / "series.csv")
    assert list(table["series"]) == ["polls", "ships", "crowds"]
    page = forms["page"][forms["page"].index('id="record"') :]
    for row in table.to_dict("records"):
        (found,) = re.findall(rf'<tr><th scope="row">{row["label"]}</th>.*?</tr>', page)
        for words in (wording.percent(row["rules_out"]), wording.percent(row["alone"])):
            assert f">{words}<" in found
