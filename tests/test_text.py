"""What a case says is text: every command prints it and every file holds it as it stands."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt

import tightrope
from conftest import Command
from tightrope import Board, Case, cli, reading
from tightrope.analyses.asking import tell
from tightrope.analyses.decide import numbers as decide
from tightrope.analyses.decide.words import findings
from tightrope.analyses.verdicts import charts as verdict_charts
from tightrope.analyses.verdicts import terminal
from tightrope.analyses.verdicts.counts import counts
from tightrope.analyses.verdicts.page import html as html_of
from tightrope.cli.console import PlainConsole
from tightrope.cli.shell import print_json
from tightrope.errors import Place
from tightrope.show import pictures
from tightrope.store import results as store
from tightrope.store.findings import together
from tightrope.text import characters, plain
from tightrope.text.notebook import LINES

MARK = "[/war]"
LABEL = "[/war] [red]x :smile: a|b `c` <b>d</b> ![e](http://f) datum.x']+(1)+['{\"a\":b[0]\\"
FORMULA = "=1+1"
TEXTS = ("label", "meaning", "title", "argues", "about", "says", "why", "note", "judgement")
TINY = ("--worlds", "16", "--quarters", "4")


def relabelled(value: Any) -> Any:
    """A case whose every text ends in markup, after a formula; names stay."""
    if isinstance(value, tuple):
        return tuple(relabelled(v) for v in value)
    if isinstance(value, dict):
        return {key: relabelled(v) for key, v in value.items()}
    if is_dataclass(value) and not isinstance(value, type | Place):
        changed = {
            f.name: f"{FORMULA} {old} {LABEL}"
            if f.name in TEXTS and isinstance(old, str)
            else relabelled(old)
            for f in fields(value)
            if f.init and (old := getattr(value, f.name)) is not None
        }
        return replace(value, **changed)
    return value


@pytest.fixture(scope="session")
def marked(starter_case: Case) -> Case:
    """The starter with markup of every kind in all that is for reading."""
    return relabelled(starter_case)  # type: ignore[no-any-return]


@pytest.fixture
def given(marked: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Commands get the marked case, and write into an empty folder."""
    for module in (reading, *(getattr(cli, name, None) for name in ("board", "decide", "record"))):
        if module is not None:
            monkeypatch.setattr(module, "load", lambda name, *more: marked, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize(
    ("arguments", "least"),
    [
        (("show", "harbour"), 1),
        (("show", "harbour", "--section", "all"), 40),
        (("check", "harbour"), 0),
        (("why", "harbour", "trade", *TINY), 1),
        (("why", "harbour", "trade", "--against", "storm", *TINY), 1),
        (("compare", "harbour", *TINY), 4),
        (("break", "harbour", *TINY), 1),
        (("shock", "harbour", *TINY), 4),
        (("watch", "harbour", "--worlds", "16", "--quarters", "8"), 0),
    ],
)
def test_every_command_prints_text_as_it_stands(
    command: Command, arguments: tuple[str, ...], least: int
) -> None:
    said = command(*arguments)
    assert said.code == 0, said.err
    assert said.out.count(MARK) >= least
    assert "\U0001f604" not in said.out
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "{}"), ("check", "{}"), ("assess", "{}"), ("new", "a/{}\x00"),
        ("show", "kabul", "--section", "{}"), ("why", "kabul", "{}"),
        ("why", "kabul", "western_trust", "--scenario", "{}"),
        ("why", "kabul", "western_trust", "--posture", "{}"),
        ("why", "kabul", "western_trust", "--against", "{}"),
        ("break", "kabul", "--scenario", "{}"), ("break", "kabul", "--posture", "{}"),
        ("series", "{}", "f", "--out", "o", "--source", "s", "--read", "2026-01-01"),
        ("{}",), ("show", "kabul", "--{}"),
    ],
)  # fmt: skip
def test_arguments_are_said_as_text(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    if "\x00" in "".join(arguments):
        arguments = tuple(a.replace("\x00", "") for a in arguments)
        (tmp_path / "a").write_text("a file")
    monkeypatch.chdir(tmp_path)
    odd = "[/war]:smile:\x1b[31m\u202ex\ny"
    said = command(*(a.replace("{}", odd) for a in arguments))
    assert said.code in (1, 2)
    assert said.err.startswith("tightrope: ")
    assert not [c for c in said.out + said.err if characters.hidden(c) and c != "\n"]
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) == 1
    assert "[/war]:smile:\\x1b[31m\\u202ex" in said.err or "series" in arguments


# ---------------------------------------------------------------- files


@pytest.fixture(scope="module")
def written(marked: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The marked case's board, with charts, and its decision, as files."""
    folder = tmp_path_factory.mktemp("marked")
    board = tightrope.assess(marked, worlds=16, basis_worlds=8, command=f"tightrope {LABEL}")
    tightrope.save(board, folder / "board", pictures="svg")
    found = decide.decide(marked, worlds=32, quarters=8, with_search=False, with_game=False)
    store.save_files(folder / "decide", together("decide", LABEL, findings(found), LABEL))
    return folder


def test_no_cell_of_any_table_is_a_formula(written: Path) -> None:
    tables = sorted(written.rglob("*.csv"))
    assert len(tables) >= 12
    for path in tables:
        with path.open(encoding="utf-8", newline="") as opened:
            for row in csv.reader(opened):
                for cell in row:
                    risky = re.match(r"\s*[=+\-@\t\r]", cell)
                    assert not risky or plain.NUMBER.fullmatch(cell), (path, cell)


def test_a_table_reads_back(written: Path, marked: Case) -> None:
    claims = tightrope.read_csv(written / "board" / "claims.csv")
    assert claims["says"].tolist() == pd.read_parquet(written / "board" / "claims.parquet")[
        "says"
    ].tolist()  # fmt: skip
    assert claims["says"].str.startswith(FORMULA).all()
    assert claims["share"].dtype == float


def test_markdown_is_text_with_whole_tables(written: Path) -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found = sorted(written.rglob("*.md"))
    assert {p.name for p in found} >= {"board.md", "decide.md", "compare.md", "shock.md"}
    for path in found:
        blocks = parser.parse(path.read_text(encoding="utf-8"))
        tokens = [t for b in blocks for t in (b, *(b.children or ()))]
        assert not [t for t in tokens if t.type in ("html_block", "html_inline", "link_open")]
        pictures = [t.attrs["src"] for t in tokens if t.type == "image"]
        assert all((path.parent / str(src)).is_file() for src in pictures)
        said = " ".join(t.content for t in tokens if t.type in ("text", "code_inline"))
        assert LABEL in said, path
        width = 0
        for t in tokens:
            width = 0 if t.type == "tr_open" else width + (t.type in ("th_open", "td_open"))
            if t.type == "th_open":
                heads = width
            if t.type == "tr_close":
                assert width == heads, path


def test_every_page_has_the_policy_and_no_tag_of_the_case(written: Path) -> None:
    found = sorted(written.rglob("*.html"))
    assert len(found) >= 2
    for path in found:
        check_page(path.read_text(encoding="utf-8"))


def check_page(text: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    scripts = re.findall(r"<script(?: type=\"module\")?>(.*?)</script>", text, re.DOTALL)
    assert html.unescape(policy) == pictures.policy(scripts[-1])
    assert len(scripts) == 1
    assert "<b>d</b>" not in text
    assert 'src="http' not in text


def test_the_page_to_brush_has_the_policy_too(board: Board, marked: Case) -> None:
    page = pictures.page(verdict_charts.overview(replace(board, case=marked)))
    check_page(page)


def test_labels_that_look_like_expressions_are_text(written: Path, marked: Case) -> None:
    shown = ""
    for path in sorted((written / "board" / "charts").glob("*.svg")):
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        assert not [e for e in root.iter() if e.tag.endswith(("}b", "}script", "}image"))]
        shown += " ".join(e.text or "" for e in root.iter())
        shown += " ".join(e.get("aria-label", "") for e in root.iter())
    for part in ("[/war]", "datum.x']+(1)+['{\"a\":b[0]\\"):
        assert part in shown
    assert "undefined" not in shown


# ---------------------------------------------------------------- counts


def test_with_one_world_nothing_is_decided_but_that_it_can_happen(starter_case: Case) -> None:
    """One world with it is enough for the interval of a hedge to lie above the line."""
    board = tightrope.assess(starter_case, worlds=1, with_basis=False)
    table = counts(board.claims, board.before)
    tested = (board.claims["verdict"] != "not tested").sum()
    happened = (board.claims["verdict"] == "can happen").sum()
    assert table["undecided"].sum() == tested - happened > 0
    assert table.drop(index=["not tested", "can happen"])["decided"].sum() == 0
    page = html_of(board)
    assert f"{tested - happened} are undecided" in page
    raw = io.StringIO()
    PlainConsole(file=raw).print(terminal.counts(board))
    assert re.search(r"verdict +\S decided +\S undecided", raw.getvalue())


def test_what_is_open_counts_under_no_verdict(board: Board) -> None:
    rows = board.claims.head(4).assign(
        verdict=["leans", "leans", "holds", "contested"],
        undecided=["", "leans or contested", "holds or leans", ""],
    )
    table = counts(rows, board.before)
    assert table["decided"].to_dict() == {
        "holds": 0, "leans": 1, "can happen": 0, "too small to matter": 0, "contested": 1,
        "rare": 0, "leans against": 0, "refuted": 0, "not tested": 0,
    }  # fmt: skip
    assert table["undecided"].sum() == 2


# ---------------------------------------------------------------- show and why


@pytest.mark.parametrize("name", ["kabul", "starter"])
def test_show_is_a_screen(command: Command, name: str, starter: Path) -> None:
    said = command("show", starter if name == "starter" else name)
    assert said.code == 0
    lines = said.out.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    for word in ("scenarios", "postures", "mechanisms", "(in focus)", "(usual)", "--section"):
        assert word in said.out


@pytest.mark.usefixtures("given")
def test_show_gives_the_sections_that_are_asked_for(command: Command, marked: Case) -> None:
    said = command("show", "harbour", "--section", "postures", "--section", "scenarios").out
    assert said.index("Postures of") < said.index("Scenarios")
    assert "Mechanisms" not in said
    facts = json.loads(command("show", "harbour", "--section", "postures", "--json").out)
    assert set(facts) == {"title", "counts", "postures"}
    stopped = command("show", "harbour", "--section", "postres")
    assert stopped.code == 2
    assert 'did you mean "postures"?' in stopped.err


@pytest.mark.usefixtures("given")
def test_why_against_sums_to_the_difference(command: Command, marked: Case) -> None:
    settings: dict[str, Any] = {"worlds": 16, "quarters": 4}
    one = tightrope.explain(marked, scenario="calm", **settings)["total"]
    two = tightrope.explain(marked, scenario="storm", **settings)["total"]
    said = command("why", "harbour", "trade", "--against", "storm", "--json", *TINY)
    paths = np.array(list(json.loads(said.out).values()))
    wanted = (one - two).sel(variable="trade").to_numpy()
    np.testing.assert_allclose(paths.sum(axis=0), wanted, atol=1e-12)
    assert np.abs(wanted).max() > 0.01
    text = command("why", "harbour", "trade", "--against", "careful", *TINY).out
    assert "(calm, free) than (calm, careful)" in " ".join(text.split())


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize(
    ("options", "meant"),
    [
        (("trad",), "trade"),
        (("trade", "--scenario", "strom"), "storm"),
        (("trade", "--posture", "carful"), "careful"),
        (("trade", "--against", "strm"), "storm"),
    ],
)
def test_why_suggests_names(command: Command, options: tuple[str, ...], meant: str) -> None:
    said = command("why", "harbour", *options)
    assert said.code == 2
    assert f'; did you mean "{meant}"?' in said.err


# ---------------------------------------------------------------- notebooks


def test_results_are_a_screen_in_a_notebook(
    board: Board, starter_case: Case, decided: decide.Decision
) -> None:
    results = (
        board, starter_case, decided, decided.comparison, decided.shock, decided.signposts,
        *decided.breaks, decided.sample,
    )  # fmt: skip
    for result in results:
        text = repr(result)
        assert len(text.splitlines()) <= LINES + 2, type(result)
        assert len(text) < 5000
        assert "array(" not in text
        assert "Place(" not in text
        assert "<" in result._repr_html_()  # type: ignore[union-attr]
    said = tell(decided.comparison)
    assert said is not None
    assert said.words[0][:60] in repr(said)


def test_a_notebook_shows_text_as_it_stands(marked: Case) -> None:
    assert "<b>" not in marked._repr_html_()
    assert html.escape(LABEL[:30]) in marked._repr_html_()


# ---------------------------------------------------------------- what libraries say


def test_the_compilers_log_is_off_unless_asked_for() -> None:
    code = "import tightrope.cli, os; print(os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    bare = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    for level, given in (("3", {}), ("0", {"TF_CPP_MIN_LOG_LEVEL": "0"})):
        said = subprocess.run(
            [sys.executable, "-c", code],
            env=bare | given,
            capture_output=True,
            text=True,
            check=True,
        )
        assert said.stdout.strip() == level


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_every_output_can_be_written_to(board: Board, marked: Case, encoding: str) -> None:
    raw = io.BytesIO()
    console = PlainConsole(file=io.TextIOWrapper(raw, encoding=encoding, write_through=True))
    console.print(terminal.board(replace(board, case=marked)))
    said = raw.getvalue().decode(encoding)
    assert ("\u2588\u2588" if encoding == "utf-8" else "####") in said
    assert max(map(len, said.splitlines())) > 80, "what is piped is not wrapped"


def test_a_share_is_followed_by_a_space(board: Board) -> None:
    claims = board.claims.head(2).assign(
        share=[0.995, 0.005],
        share_low=[0.97, 0.0],
        share_high=[1.0, 1.0],
        small=[0.005, 0.995],
        opposite=[0.0, 0.0],
    )
    raw = io.StringIO()
    PlainConsole(file=raw).print(terminal.board(replace(board, claims=claims)))
    places = {line.index(name) for name in claims["claim"] for line in raw.getvalue().splitlines()
              if name in line}  # fmt: skip
    assert len(places) == 1, "the columns stand under one another"
    assert "over 99 % (97-100) " in raw.getvalue()
    assert "under 1 % (0-100) " in raw.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_json_is_escaped_where_it_has_to_be(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, write_through=True))
    value = {"a": "\x1b[31m \u202e \U0001f480 \xe9 \n \ud800"}
    print_json(value)
    said = raw.getvalue().decode(encoding)
    assert json.loads(said) == value
    assert not [c for c in said if characters.hidden(c) and c != "\n"]
    assert ("\xe9" in said) == (encoding == "utf-8")
