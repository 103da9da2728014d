"""The page in a browser: it opens alone, its filters and links work, it prints and fits a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import altair as alt
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tightrope import Board, Case
from tightrope.analyses.decide import numbers as decide
from tightrope.analyses.decide.words import findings
from tightrope.show import pictures
from tightrope.show.page import draw
from tightrope.show.page import page as page_of
from tightrope.show.style import rows_chart, styled

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--no-first-run", "--disable-component-update",
)  # fmt: skip
VISIBLE = "article.claim:not([hidden])"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        said = f"no browser: none of {', '.join(NAMES)} is installed"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, saved: Path) -> Iterator[Page]:
    """The board's page; the test fails on an error in it and on a request for anything else."""
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    problems: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda m: problems.append(m.text) if m.type != "log" else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    address = (saved / "board.html").as_uri()
    opened.goto(address)
    yield opened
    opened.close()
    assert problems == []
    assert [a for a in asked if a != address and not a.startswith(("data:", address + "#"))] == []


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_it_opens(page: Page, board: Board) -> None:
    assert page.title() == "The harbour dispute: the board"
    assert page.locator(VISIBLE).count() == len(board.claims)
    assert page.locator("#shown").inner_text() == f"{len(board.claims)} of 8 rows shown"
    assert fits(page)


def test_filters_show_and_hide_and_count(page: Page, board: Board) -> None:
    for word in sorted(set(board.claims["verdict"])):
        page.uncheck(f"input[name=verdict][value='{word}']")
        gone = board.claims["verdict"] == word
        assert page.locator(VISIBLE).count() == len(board.claims) - gone.sum()
        assert page.locator("#shown").inner_text() == f"{(~gone).sum()} of 8 rows shown"
        page.check(f"input[name=verdict][value='{word}']")
    bases = set(board.claims["basis"]) - {""}
    for word in sorted(bases):
        page.uncheck(f"input[name=basis][value='{word}']")
    assert page.locator(VISIBLE).count() == (board.claims["verdict"] == "not tested").sum()
    page.click("button[type=reset]")
    page.wait_for_function(f"document.querySelectorAll('{VISIBLE}').length === 8")
    page.fill("input[name=words]", "CROWD-is Harsh")
    assert page.locator(VISIBLE).count() == 1
    assert "Harsh words unite the town." in page.locator(VISIBLE).inner_text()
    assert page.locator("section.passage:not([hidden])").count() == 1
    page.fill("input[name=words]", "no such word anywhere")
    assert page.locator("#shown").inner_text() == "0 of 8 rows shown"


def test_a_link_to_a_hidden_claim_shows_it(page: Page) -> None:
    page.fill("input[name=words]", "no such word anywhere")
    link = page.locator("article.mechanism a[href^='#claim-']").first
    target = link.get_attribute("href")
    assert target
    link.click()
    page.wait_for_function("document.querySelectorAll('article.claim[hidden]').length === 0")
    page.wait_for_function(
        "target => { const top = document.querySelector(target).getBoundingClientRect().top;"
        " return 0 <= top && top < innerHeight }",
        arg=target,
    )
    assert page.input_value("input[name=words]") == ""


def test_a_link_into_a_closed_part_opens_it(page: Page) -> None:
    page.evaluate(
        "() => { document.querySelector('details:not([open]) > p').id = 'inside';"
        " location.hash = '#inside' }"
    )
    page.wait_for_function("document.getElementById('inside').parentElement.open")


def test_details_open(page: Page) -> None:
    claim = page.locator("article.claim", has_text="Harsh words unite the town.")
    assert not claim.locator("dl").first.is_visible()
    claim.locator("summary").click()
    assert claim.locator("dl").first.is_visible()
    assert "Rhetoric hostile" in claim.inner_text()


def test_marks_of_charts_say_what_they_show(page: Page) -> None:
    note = page.locator("#note")
    assert not note.is_visible()
    mark = page.locator("figure svg [data-tip^='words-cost-trust']").first
    mark.hover(force=True)
    assert note.is_visible()
    assert note.inner_text().startswith("words-cost-trust: ")
    box = note.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1200
    strip = page.locator(".panel rect[data-tip]").first
    strip.scroll_into_view_if_needed()
    strip.hover(force=True)
    assert "middle world" in note.inner_text()
    page.mouse.move(2, 2)
    assert not note.is_visible()


def test_a_box_of_the_graph_lights_its_own_lines_only(page: Page) -> None:
    graph = page.locator(".influence")
    boxes = graph.locator("[data-tip^='The league\\'s trust; moved by']")
    boxes.first.scroll_into_view_if_needed()
    boxes.first.hover(force=True)
    assert "lit" in (graph.get_attribute("class") or "")
    lit = set(graph.locator(".lit").evaluate_all("marks => marks.map(m => m.dataset.tip)"))
    lines = {t for t in lit if " moves " in t and ";" not in t}
    assert lines == {
        "Rhetoric moves The league's trust: words cost trust",
        "Confrontation at sea moves The league's trust: words cost trust",
        "The league's trust moves The league's openness: trust opens the league",
    }
    dark = graph.locator("[data-tip]:not(.lit)").first
    assert float(dark.evaluate("mark => getComputedStyle(mark).opacity")) < 0.2
    page.mouse.move(2, 2)
    assert "lit" not in (graph.get_attribute("class") or "").split()


def test_it_prints(page: Page) -> None:
    page.emulate_media(media="print")
    assert not page.locator("nav.contents").is_visible()
    assert not page.locator("#filters").is_visible()
    assert page.locator("article.claim").first.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("article.claim details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("article.claim details[open]").count() == 0
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("width", [400, 320, 800])
def test_it_fits_a_narrow_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(d => (d.open = true))")
    wide = page.evaluate(
        "() => [...document.querySelectorAll('body *')]"
        ".filter(e => !e.closest('.scroll > *, .skip') && e.getBoundingClientRect().width"
        " && e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => `${e.tagName} ${e.textContent.slice(0, 40)}`)"
    )
    assert wide == []
    assert fits(page)


def test_focus_is_seen(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    left = page.evaluate("document.activeElement.getBoundingClientRect().left")
    assert left >= 0, "the link over the contents comes into view"
    for _ in range(3):
        page.keyboard.press("Tab")
        width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert (float(width.removesuffix("px")) >= 2, style) == (True, "solid")


def test_it_reads_without_scripts(browser: Browser, saved: Path, board: Board) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto((saved / "board.html").as_uri())
    assert plain.locator("article.claim").count() == len(board.claims)
    assert not plain.locator("#filters").is_visible()
    assert plain.locator("article.claim").first.is_visible()
    context.close()


# ---------------------------------------------------------------- the page of a decision


def test_the_page_of_a_decision_opens_tells_and_fits(
    browser: Browser, tmp_path: Path, starter_case: Case, decided: decide.Decision
) -> None:
    path = tmp_path / "decide.html"
    path.write_text(page_of("Title", findings(decided), draw(findings(decided)), "c"))
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    problems: list[str] = []
    opened.on("console", lambda m: problems.append(m.text) if m.type != "log" else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(path.as_uri())
    assert opened.locator("main > section").count() == 5 + len(decided.breaks) - 1
    mark = opened.locator("figure svg [data-tip*='% of worlds']").first
    mark.scroll_into_view_if_needed()
    mark.hover(force=True)
    assert "% of worlds" in opened.locator("#note").inner_text()
    for width in (1200, 400):
        opened.set_viewport_size({"width": width, "height": 800})
        opened.evaluate("document.querySelectorAll('details').forEach(d => (d.open = true))")
        assert fits(opened)
    opened.close()
    assert problems == []


# ---------------------------------------------------------------- the page to brush


def test_the_front_can_be_brushed_under_its_policy(browser: Browser, tmp_path: Path) -> None:
    """Two lines over one axis: brushing the lower half of it fades the upper line."""
    rows = [{"y": 10.0, "name": "low"}, {"y": 90.0, "name": "{datum.x}"}]
    brush = alt.selection_interval(name="brush", encodings=["y"])
    chart = rows_chart(rows).mark_rule(strokeWidth=4).encode(
        y=alt.Y("y:Q", scale=alt.Scale(domain=[0, 100])), description="name:N",
        opacity=alt.condition(brush, alt.value(1.0), alt.value(0.1)),
    ).add_params(brush).properties(width=200, height=200)  # fmt: skip
    path = pictures.save(styled(chart), tmp_path / "front.html")
    opened = browser.new_page(viewport={"width": 600, "height": 500})
    problems: list[str] = []
    opened.on("console", lambda m: problems.append(m.text) if m.type != "log" else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(path.as_uri())
    upper = opened.locator("#chart svg [aria-label='{datum.x}']")
    lower = opened.locator("#chart svg [aria-label='low']")
    upper.wait_for(state="attached")
    assert [line.get_attribute("opacity") for line in (upper, lower)] == ["1", "1"]
    box = opened.locator("#chart svg.marks").bounding_box()
    assert box is not None
    opened.mouse.move(box["x"] + 150, box["y"] + 120)
    opened.mouse.down()
    opened.mouse.move(box["x"] + 150, box["y"] + 200, steps=5)
    opened.mouse.up()
    opened.wait_for_timeout(200)
    assert [line.get_attribute("opacity") for line in (upper, lower)] == ["0.1", "1"]
    opened.close()
    assert problems == []
