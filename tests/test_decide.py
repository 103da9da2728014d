"""The advice put to the test from the command line: one page, safe and whole; misuse in words."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from conftest import Command
from test_report import ALLOWED_HREF, HOSTILE, Page, poisoned
from tightrope import Case
from tightrope.analyses.asking import tell
from tightrope.analyses.compare import numbers as compare
from tightrope.analyses.decide import numbers as decide
from tightrope.analyses.decide.words import findings
from tightrope.analyses.failures import numbers as breaks
from tightrope.analyses.record import evidence
from tightrope.analyses.record.evidence import runs_of
from tightrope.analyses.shock import numbers as shock
from tightrope.analyses.shock.options import Options
from tightrope.engine.compiling import compile_case
from tightrope.engine.progress import no_watch
from tightrope.engine.runs import Runs
from tightrope.show.page import draw, page
from tightrope.starter import copy_starter
from tightrope.store.findings import together

QUICK = ("--worlds", "256", "--quarters", "12")


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return copy_starter(tmp_path / "harbour")


@pytest.fixture(scope="module")
def texts(decided: decide.Decision) -> dict[str, str]:
    return together("decide", "The advice", findings(decided), "tightrope decide harbour")


# ---------------------------------------------------------------- the page


def test_the_page_stands_alone_and_runs_no_other_script(texts: dict[str, str]) -> None:
    page = Page(texts["decide.html"])
    for tag, attributes in page.tags:
        assert "src" not in attributes
        if "href" in attributes and tag != "use":
            assert ALLOWED_HREF.fullmatch(attributes["href"]), attributes["href"]
    policy = next(a["content"] for t, a in page.tags if t == "meta" and "http-equiv" in a)
    assert "default-src 'none'" in policy
    digest = base64.b64encode(hashlib.sha256(page.scripts[-1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert len(page.ids) == len(set(page.ids))


def test_every_section_is_reached_and_says_something(
    texts: dict[str, str], decided: decide.Decision
) -> None:
    page = Page(texts["decide.html"])
    links = {a["href"] for t, a in page.tags if t == "a"}
    for section in findings(decided):
        assert f"#{section.name}" in links
        assert section.words
        for sentence in section.words:
            assert " ".join(sentence.split()) in page.words
        assert f"{section.name}/run.json" in texts
    assert "## Which posture stands up" in texts["decide.md"]


def test_hostile_text_is_shown_as_it_stands(starter_case: Case, decided: decide.Decision) -> None:
    case = poisoned(starter_case)
    runs = Runs(compile_case(starter_case), decided.sample, 12)
    found = compare.compare(runs)
    hurt = compare.Comparison(**{**vars(found), "case": case})
    broken = breaks.find_breaks(runs)
    blow = shock.run(runs)
    results = (
        hurt,
        breaks.Break(**{**vars(broken), "case": case}),
        shock.Shock(**{**vars(blow), "case": case}),
    )
    sections = [one for one in map(tell, results) if one is not None]
    assert len(sections) == 3
    shown = Page(page(HOSTILE, sections, draw(sections), HOSTILE))
    assert [t for t, _ in shown.tags].count("script") == 2
    assert "img" not in [t for t, _ in shown.tags]
    assert "{{7*7}}" in shown.words


# ---------------------------------------------------------------- the commands


@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        (("compare",), {"compare.html", "compare.md", "regret.csv", "compare-kept.svg"}),
        (("break",), {"break-calm.html", "break-calm.md", "boxes.csv", "derivatives.csv"}),
        (("shock",), {"shock.html", "shock.md", "paths.csv", "summary.csv"}),
        (("decide", "--no-search", "--no-game"), {"decide.html", "decide.md", "compare", "shock"}),
    ],
)
def test_a_command_prints_sentences_and_writes_its_files(
    command: Command, harbour: Path, arguments: tuple[str, ...], files: set[str]
) -> None:
    name, *rest = arguments
    said = command(name, "harbour", *QUICK, *rest, "--out", "found")
    assert said.code == 0, said.err
    assert "- " in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 80
    folder = harbour.parent / "found"
    assert files <= {p.name for p in folder.iterdir()}
    assert json.loads((folder / "run.json").read_text())["command"].startswith(f"tightrope {name}")


@pytest.mark.usefixtures("harbour")
def test_json_holds_the_tables(command: Command) -> None:
    said = command("compare", "harbour", *QUICK, "--json", "--weight", "trust=2")
    found = json.loads(said.out)
    assert set(found) == {
        "finding",
        "careful",
        "satisfying",
        "regret",
        "against",
        "parts",
        "dominance",
        "scores",
    }
    shares = pd.DataFrame(found["satisfying"])["share"]
    assert shares.between(0, 1).all()
    blow = json.loads(command("shock", "harbour", *QUICK, "--json").out)
    assert {r["outcome"] for r in blow["summary"]} == {"trade", "cohesion"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "--posture", "carful"), 'no posture "carful"'),
        (("compare", "--scenario", "strom"), 'no scenario "strom"'),
        (("compare", "--weight", "joy=1"), 'no objective "joy"'),
        (("compare", "--weight", "trust"), "such as economy=2"),
        (("compare", "--rule", "guess"), 'no decision rule "guess"'),
        (("compare", "--quarters", "2"), "at least 4"),
        (("break", "--coverage", "3"), "coverage"),
        (("break", "--posture", "x"), 'no posture "x"'),
        (("shock", "--scenario", "calm"), "is no shock; allowed: storm"),
        (("decide", "--worlds", "0"), "worlds"),
    ],
)
@pytest.mark.usefixtures("harbour")
def test_misuse_is_one_sentence(command: Command, arguments: tuple[str, ...], said: str) -> None:
    name, *rest = arguments
    found = command(name, "harbour", *rest)
    assert found.code == 2
    assert said in found.err
    assert "Traceback" not in found.err
    assert not Path("runs").exists()


def test_worlds_are_those_the_record_leaves(starter_case: Case) -> None:
    model = compile_case(starter_case)
    sample = runs_of(model, 64, 12, Options(seed=3), no_watch).sample
    everything, matching = evidence.plausible(model, seed=3, worlds=64)
    assert matching is None
    assert (sample.params == everything.params).all()
