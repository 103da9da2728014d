"""The page in a browser: it opens alone, its filters and links work, it prints and fits a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import altair as alt
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tightrope import Board, Case
from tightrope.analyses.decide import numbers as decide
from tightrope.analyses.decide.words import findings
from tightrope.analyses.verdicts.claims import outcomes, shares_of
from tightrope.analyses.verdicts.verdict import verdict
from tightrope.show import pictures
from tightrope.show.page import draw
from tightrope.show.page import page as page_of
from tightrope.show.style import rows_chart, styled
from tightrope.text import wording

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--no-first-run", "--disable-component-update",
)  # fmt: skip
ROWS = "a.row:not([hidden])"


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


def at(page: Page, place: str) -> None:
    page.evaluate("place => { location.hash = place }", place)
    page.wait_for_function("place => location.hash === '#' + place", arg=place)


def test_it_opens_on_one_screen(page: Page, board: Board) -> None:
    assert page.title() == "The harbour dispute: the board"
    assert page.locator(ROWS).count() == len(board.claims)
    assert page.locator("#shown").inner_text() == f"{len(board.claims)} of 8 rows shown"
    assert page.locator(ROWS).last.bounding_box()["y"] < 900  # type: ignore[index]
    assert page.locator("section.view:visible").count() == 1
    assert page.locator("article.claim:visible").count() == 0
    assert fits(page)


def test_filters_show_and_hide_and_count(page: Page, board: Board) -> None:
    page.click("#filters summary")
    for word in sorted(set(board.claims["verdict"])):
        page.check(f"input[name=verdict][value='{word}']")
        own = board.claims["verdict"] == word
        assert page.locator(ROWS).count() == own.sum()
        assert page.locator("#shown").inner_text() == f"{own.sum()} of 8 rows shown"
        page.uncheck(f"input[name=verdict][value='{word}']")
    page.check("input[name=found][value='learnt']")
    learnt = board.claims["found"] == "learnt"
    untested = board.claims["verdict"] == "not tested"
    assert page.locator(ROWS).count() == (learnt | untested).sum()
    page.click("button[type=reset]")
    page.wait_for_function(f"() => document.querySelectorAll('{ROWS}').length === 8")
    page.fill("input[name=words]", "CROWD-is Harsh")
    assert page.locator(ROWS).count() == 1
    assert "Harsh words unite the town." in page.locator(ROWS).inner_text()
    assert page.locator(".map .group:not([hidden])").count() == 1
    page.fill("input[name=words]", "no such word anywhere")
    assert page.locator("#shown").inner_text() == "0 of 8 rows shown"


def test_a_claim_opens_alone_and_has_an_address(page: Page) -> None:
    page.locator(ROWS, has_text="Harsh words unite the town.").click()
    assert page.url.endswith("#claim-crowd-is-pleased")
    shown = page.locator("article.claim:visible")
    assert shown.count() == 1
    assert "Harsh words unite the town." in shown.inner_text()
    assert page.evaluate("document.activeElement.id") == "claim-crowd-is-pleased"
    page.go_back()
    page.wait_for_selector(ROWS)
    assert page.locator("article.claim:visible").count() == 0


def test_keys_go_through_the_claims_that_are_shown(page: Page, board: Board) -> None:
    page.keyboard.press("j")
    names = list(board.claims["claim"])
    order = page.locator(ROWS).evaluate_all("rows => rows.map(r => r.dataset.claim)")
    assert sorted(order) == sorted(names)
    page.wait_for_url(f"**#claim-{order[0]}")
    page.keyboard.press("j")
    page.wait_for_url(f"**#claim-{order[1]}")
    page.keyboard.press("k")
    page.wait_for_url(f"**#claim-{order[0]}")
    page.keyboard.press("/")
    page.wait_for_function("() => document.activeElement.name === 'words'")
    page.keyboard.type("pleased")
    assert page.locator(ROWS).count() == 1


# ---------------------------------------------------------------- worlds that are narrowed


TOLD = """([name, low, high, times]) => {
  const left = LIVE.left(name ? [{ kind: "number", name, low, high }] : []);
  return [...LIVE.claims.values()].map((c) => {
    const now = LIVE.judge(c, left, times);
    return [c.id, now.word, LIVE.split(now), left.length];
  });
}"""


@pytest.mark.parametrize("times", [0.0, 0.7, 1.0, 3.0])
@pytest.mark.parametrize(("name", "low", "high"), [("", 0, 0), ("applause", 0, 100),
                                                    ("trust_from_words", 90, 254)])  # fmt: skip
def test_the_page_judges_as_the_program_does(
    page: Page, board: Board, name: str, low: int, high: int, times: float
) -> None:
    """The second implementation of shares and words, held against the first."""
    live, claims = board.live, {c.id: c for c in board.case.claims}
    places = live.places[live.numbers.index(name)] if name else np.zeros(live.places.shape[1])
    chosen = (places >= low) & (places <= high)
    rows, first = [], 0
    for claim in live.claims:
        parts = live.differences[first : first + len(claims[claim].parts), chosen]
        first += len(claims[claim].parts)
        shares = shares_of(outcomes(claims[claim], parts, times))
        row = dict(zip(("share", "small", "opposite"), shares, strict=True))
        hedged = next(c.hedged for c in board.case.claims if c.id == claim)
        rows.append([claim, verdict(shares, hedged), wording.split_words(row), int(chosen.sum())])
    assert page.evaluate(TOLD, [name, low, high, times]) == rows


def test_narrowing_a_number_changes_words_and_can_be_sent(page: Page, board: Board) -> None:
    page.fill("#narrow", "applause")
    low = page.locator("#limit-0-low")
    low.wait_for()
    low.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => location.hash.includes('applause:255:255')")
    for _ in range(60):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => document.getElementById('left').textContent.includes('are left')")
    row = page.locator("a.row[data-claim='crowd-is-pleased']")
    assert row.locator(".chip").inner_text() == "holds"
    was = board.claims.set_index("claim")["verdict"]["crowd-is-pleased"]
    assert row.locator(".was").inner_text() == f"was {was}"
    assert "claims get another word" in page.locator("#left").inner_text()
    sent, said = page.url, page.locator("#left").inner_text()
    page.goto("about:blank")
    page.goto(sent)
    assert page.locator("#left").inner_text() == said
    page.click("#everything")
    assert page.locator("#left").inner_text() == "All 128 worlds."
    assert page.locator("a.row.changed").count() == 0
    assert "~" not in page.url


def test_an_address_with_an_unknown_limit_says_so(page: Page) -> None:
    at(page, "board~no_such_number:0:9")
    assert "1 limit that this board does not know" in page.locator("#left").inner_text()


def test_brushing_a_spread_keeps_the_worlds_under_it(page: Page, board: Board) -> None:
    at(page, "claim-crowd-is-pleased")
    chart = page.locator("article.now svg.spread")
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 20, steps=4)
    page.mouse.up()
    page.wait_for_function("() => location.hash.includes('crowd-is-pleased')")
    said = page.locator("#left").inner_text()
    row = board.live.claims.index("crowd-is-pleased")
    values = board.live.differences[row]
    left = int(said.split()[0])
    assert 0 < left < len(values)
    assert left == pytest.approx((values > values.min() + 0.75 * np.ptp(values)).sum(), abs=3)


def test_a_margin_is_moved_for_one_claim(page: Page) -> None:
    at(page, "claim-crowd-is-pleased")
    own = page.locator("article.now .own")
    before = own.locator(".drawn > p").inner_text()
    slider = own.locator(".margin input")
    slider.focus()
    page.keyboard.press("End")
    assert "with 4 times its margin" in own.locator(".drawn > p").inner_text()
    assert "(its own)" not in own.locator("output").inner_text()
    assert before != own.locator(".drawn > p").inner_text()


def test_a_filter_answers_within_a_tenth_of_a_second(page: Page) -> None:
    """In 2,000 worlds of 80 claims, as a page holds at most for a case like Kabul."""
    spent = page.evaluate(
        """() => {
          const [first] = LIVE.claims.values();
          const drawn = () => Float32Array.from({ length: 2000 }, Math.random);
          const long = { ...first, rows: first.rows.map(drawn) };
          const worlds = Array.from({ length: 2000 }, (_, i) => i);
          const start = performance.now();
          for (let i = 0; i < 80; i += 1) LIVE.judge(long, worlds);
          return performance.now() - start;
        }"""
    )
    assert spent < 100


# ---------------------------------------------------------------- what moves what


def test_a_neighbourhood_shows_signs_and_ways(page: Page) -> None:
    at(page, "moves")
    page.select_option("#thing", label="The league's trust")
    page.locator("#near h3", has_text="Moves The league's trust").wait_for()
    lists = page.locator("#near ul").all_inner_texts()
    assert "Rhetoric: words cost trust (lowers)" in lists[0]
    assert "The league's openness" in lists[1]
    page.select_option("#toward", label="The league's openness")
    way = page.locator("#near ol li").first
    assert way.inner_text().startswith("raises, 1 quarter: The league's trust →(+) The league's")
    way.locator("a").last.click()
    page.wait_for_selector('#near h3:text("Moved by The league\'s openness")')


def test_a_link_into_a_closed_part_opens_it(page: Page) -> None:
    page.evaluate(
        "() => { document.querySelector('details:not([open]) > p').id = 'inside';"
        " location.hash = '#inside' }"
    )
    page.wait_for_function("() => document.getElementById('inside').parentElement.open")


def test_details_open(page: Page) -> None:
    at(page, "claim-crowd-is-pleased")
    claim = page.locator("article.claim.now")
    assert not claim.locator("dl").first.is_visible()
    claim.locator("summary").click()
    assert claim.locator("dl").first.is_visible()
    assert "Rhetoric hostile" in claim.inner_text()


def test_marks_of_charts_say_what_they_show(page: Page) -> None:
    note = page.locator("#note")
    assert not note.is_visible()
    page.locator("a.row[data-claim='words-cost-trust']").hover()
    assert note.is_visible()
    assert note.inner_text().startswith("Hostile rather than restrained words")
    at(page, "paths")
    strip = page.locator(".panel rect[data-tip]:visible").first
    strip.scroll_into_view_if_needed()
    strip.hover(force=True)
    assert "middle world" in note.inner_text()
    page.mouse.move(2, 2)
    assert not note.is_visible()


def test_it_prints_what_is_shown(page: Page) -> None:
    at(page, "claim-crowd-is-pleased")
    page.emulate_media(media="print")
    assert not page.locator("nav.contents").is_visible()
    assert not page.locator("#filters").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("article.claim.now details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("article.claim details[open]").count() == 0
    assert page.pdf(format="A4").startswith(b"%PDF")


VIEWS = ("board", "found", "rests", "moves", "paths", "actors", "mechanisms", "ranges", "again",
         "claim-crowd-is-pleased~applause:3:200")  # fmt: skip


@pytest.mark.parametrize("width", [400, 320, 800])
def test_it_fits_a_narrow_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for view in VIEWS:
        at(page, view)
        page.evaluate("document.querySelectorAll('details').forEach(d => (d.open = true))")
        wide = page.evaluate(
            "() => [...document.querySelectorAll('body *')]"
            ".filter(e => !e.closest('.scroll > *, .skip, nav, .unseen')"
            " && e.getBoundingClientRect().width"
            " && e.getBoundingClientRect().right > innerWidth + 1)"
            ".map(e => `${e.tagName} ${e.textContent.slice(0, 40)}`)"
        )
        assert (view, wide) == (view, [])
        assert fits(page), view


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
