"""The page and the Markdown board: complete, alone, and safe whatever a case says."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tightrope import Board
from tightrope.analyses.verdicts import page as board_page
from tightrope.analyses.verdicts.markdown import markdown
from tightrope.case.mechanism import Derived, Mechanism
from tightrope.show import page as pages
from tightrope.show import panels
from tightrope.show.charts import paths as path_charts
from tightrope.text import wording

HOSTILE = """<script>alert(1)</script></script><img src=x onerror=alert(2)>"'&amp;{{7*7}}{%x%}|`\\\
*]]>--><!--\u202e\u2028 \U0001f480 javascript:alert(3) https://example.org/x.js"""
TEXT = {
    "label", "meaning", "title", "argues", "says", "note", "why", "citation", "url", "unit",
    "judgement", "grounds", "about", "series", "changed", "moved", "date", "command",
}  # fmt: skip
ALLOWED_HREF = re.compile(r"#[A-Za-z0-9._:-]+|data:,")


class Page(HTMLParser):
    """What a page holds: tags with attributes, ids, links, its text and its scripts' text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))
        self.inside = tag if tag in ("script", "style") else ""
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts[-1] += data
        elif not self.inside:
            self.text += data

    @property
    def ids(self) -> list[str]:
        return [a["id"] for _, a in self.tags if "id" in a]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


@pytest.fixture(scope="module")
def page(saved: Path) -> Page:
    return Page((saved / "board.html").read_text(encoding="utf-8"))


def poisoned(value: Any) -> Any:
    """A case or a part of it with every text that is for reading made hostile."""
    if isinstance(value, Mechanism):
        return replace(value, says=HOSTILE, about=HOSTILE)
    if isinstance(value, Derived):
        return replace(value, says=HOSTILE, label=HOSTILE)
    if isinstance(value, tuple):
        return tuple(poisoned(v) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{
            f.name: HOSTILE if f.name in TEXT else poisoned(getattr(value, f.name))
            for f in fields(value) if f.init and f.name != "place"
        })  # fmt: skip
    return value


@pytest.fixture(scope="module")
def hostile(board: Board) -> Board:
    runs = {
        name: run.assign({v: run[v].assign_attrs(long_name=HOSTILE, units=HOSTILE) for v in run})
        for name, run in board.trajectories.items()
    }
    said = dict.fromkeys(("says", "note", "unit", "where"), HOSTILE)
    return replace(
        board,
        case=poisoned(board.case),
        run=replace(board.run, command=HOSTILE),
        claims=board.claims.assign(**said),
        decisive=board.decisive.assign(meaning=HOSTILE, unit=HOSTILE),
        boxes=board.boxes.assign(meaning=HOSTILE),
        trajectories=runs,
    )


@pytest.fixture(scope="module")
def hostile_page(hostile: Board) -> Page:
    return Page(board_page.html(hostile))


# ---------------------------------------------------------------- alone and safe


@pytest.mark.parametrize("which", ["page", "hostile_page"])
def test_the_page_needs_nothing_else_and_runs_only_its_own_script(
    which: str, request: pytest.FixtureRequest
) -> None:
    shown: Page = request.getfixturevalue(which)
    tags = Counter(tag for tag, _ in shown.tags)
    assert tags["script"] == len(shown.scripts) == 5
    assert tags["style"] == tags["link"] == tags["title"] == tags["h1"] == 1
    for forbidden in ("img", "iframe", "object", "embed", "base", "image", "use", "foreignobject"):
        assert tags[forbidden] == 0, forbidden
    for tag, attributes in shown.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("src", "srcset", "xlink:href", "action", "formaction"), (tag, name)
            if name == "href":
                assert ALLOWED_HREF.fullmatch(value), value
            if name in ("fill", "stroke", "style", "clip-path", "filter", "mask"):
                assert "url(" not in value.replace("url(#", ""), value


@pytest.mark.parametrize("which", ["page", "hostile_page"])
def test_the_policy_names_the_script_and_forbids_the_rest(
    which: str, request: pytest.FixtureRequest
) -> None:
    shown: Page = request.getfixturevalue(which)
    (policy,) = (
        a["content"] for t, a in shown.tags
        if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )  # fmt: skip
    run = [s for s in shown.scripts if not s.lstrip().startswith("{")]
    digest = base64.b64encode(hashlib.sha256(run[0].encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    own = [(board_page.HERE / name) for name in board_page.SCRIPTS]
    scripts = [path.read_text(encoding="utf-8") for path in (pages.HERE / "page.js", *own)]
    assert run == ["\n".join(scripts)]


@pytest.mark.parametrize("which", ["page", "hostile_page"])
def test_anchors_lead_somewhere_and_ids_are_unique(
    which: str, request: pytest.FixtureRequest
) -> None:
    shown: Page = request.getfixturevalue(which)
    assert [i for i, n in Counter(shown.ids).items() if n > 1] == []
    targets = {a["href"][1:] for t, a in shown.tags if t == "a"}
    assert targets <= set(shown.ids)
    named = {a["aria-labelledby"] for _, a in shown.tags if "aria-labelledby" in a}
    assert named <= set(shown.ids)


def test_hostile_text_is_shown_as_it_stands(hostile: Board, hostile_page: Page) -> None:
    plain = " ".join(HOSTILE.split())
    case = hostile.case
    least = len(case.priors) + 3 * len(case.variables) + 3 * len(case.claims) + len(case.log)
    assert hostile_page.words.count(plain) > least
    assert "{{7*7}}" in hostile_page.words


def test_hostile_text_in_a_notebook_and_in_markdown(hostile: Board) -> None:
    shown = Page(hostile._repr_html_())
    assert Counter(tag for tag, _ in shown.tags)["script"] == 0
    assert Counter(tag for tag, _ in shown.tags)["img"] == 0
    cells = [line for line in markdown(hostile).splitlines() if line.startswith("| ")]
    for line in cells:
        width = len(re.findall(r"(?<!\\)\|", line)) - 1
        assert width in (2, 3, 4, 5, 6, 7, 8, 9), line
    claims = [line for line in cells if "**" in line]
    assert len(claims) == len(hostile.claims)
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 7 for line in claims)


# ---------------------------------------------------------------- complete


def test_all_of_the_case_and_of_the_board_is_on_the_page(page: Page, board: Board) -> None:
    case, words = board.case, page.words
    for row in board.claims.to_dict("records"):
        assert row["claim"] in words
        assert row["says"] in words
        if row["verdict"] == "not tested":
            assert row["note"] in words
        else:
            assert wording.share_words(row) in words
            assert wording.effect_words(row) in words
    for passage in case.passages:
        assert passage.title in words
        assert " ".join(passage.argues.split()) in words
    for mechanism in case.mechanisms:
        assert mechanism.says in words
    for prior in case.priors:
        assert prior.name in words
        assert prior.judgement in words
    for item in (*case.variables, *case.actors, *case.scenarios, *case.postures, *case.regimes):
        assert item.label in words  # type: ignore[attr-defined]
        assert item.meaning in words  # type: ignore[attr-defined]
    for reference in case.references:
        assert reference.citation in words
    for change in case.log:
        assert change.why in words
    assert board.run.command in words
    assert case.hash in words


def test_filters_know_every_claim(page: Page, board: Board) -> None:
    articles = [a for t, a in page.tags if t == "article" and "claim" in a["class"].split()]
    rows = [a for t, a in page.tags if t == "a" and a.get("class") == "row"]
    assert [a["data-claim"] for a in articles] == [a["data-claim"] for a in rows]
    assert {a["data-claim"] for a in rows} == set(board.claims["claim"])
    boxes = {a["value"] for t, a in page.tags if t == "input" and a.get("name") == "verdict"}
    assert boxes == set(board.claims["verdict"])
    bases = {a["value"] for t, a in page.tags if t == "input" and a.get("name") == "basis"}
    assert {a["data-basis"] for a in rows} - {""} <= bases


def test_every_picture_says_what_it_shows(page: Page) -> None:
    pictures = [a for t, a in page.tags if t == "svg"]
    assert len(pictures) > 30
    assert all(a.get("role") == "img" and a.get("aria-label") for a in pictures)


def test_a_board_without_removals_or_with_nothing_tested(board: Board) -> None:
    bare = replace(
        board,
        removal=pd.DataFrame(),
        claims=board.claims.assign(found="", basis="not computed", basis_why="", rests_on=""),
        decisive=board.decisive.head(0),
        boxes=board.boxes.head(0),
    )
    assert "Removals were not computed" in Page(board_page.html(bare)).words
    untested = board.claims[board.claims["verdict"] == "not tested"]
    empty = replace(bare, claims=untested)
    words = Page(board_page.html(empty)).words
    assert "0 claims were tested" in words
    assert markdown(empty)


def test_markdown_has_every_claim(saved: Path, board: Board) -> None:
    text = (saved / "board.md").read_text(encoding="utf-8")
    for row in board.claims.to_dict("records"):
        line = next(line for line in text.splitlines() if f"**{row['claim']}**" in line)
        assert row["says"] in line
        assert row["verdict"] in line
    for passage in board.case.passages:
        assert f"### {passage.id} {passage.title}" in text
    assert board.case.hash in text


# ---------------------------------------------------------------- panels


def points(text: str) -> np.ndarray:
    return np.array([[float(v) for v in p.split(",")] for p in text.split()])


def test_panels_draw_the_numbers(board: Board) -> None:
    tables = {k: path_charts.fan_table(run, "trust") for k, run in board.trajectories.items()}
    drawn = panels.paths(tables, board.case)
    assert [p.title for p in drawn] == ["Calm", "A storm", "Drift"]
    for panel, table in zip(drawn, tables.values(), strict=True):
        line = points(panel.shapes[-1].points)
        assert len(line) == 21
        ticks = [(float(y), float(words)) for y, words in panel.up]
        (y0, low), (y1, high) = ticks[0], ticks[-1]
        values = low + (line[:, 1] - y0) / (y1 - y0) * (high - low)
        assert values == pytest.approx(table["p50"].to_numpy(), abs=0.01 * (high - low))
        assert panel.across[0][1] == "2025Q4"
        assert panel.across[-1][1] == "2030Q4"
        assert panel.notes[-1].words.startswith(f"2030Q4, {panel.title}: middle world ")


@pytest.mark.parametrize(
    ("low", "high"), [(0, 100), (83.2, 91.7), (-0.3, 0.02), (5, 5), (0, 0), (99.99, 100.01)]
)
def test_ticks_are_round_and_hold_the_numbers(low: float, high: float) -> None:
    ticks = panels.nice_ticks(low, high)
    assert 2 <= len(ticks) <= 4
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= high - 1e-6
    assert np.allclose(np.diff(ticks), ticks[1] - ticks[0])
