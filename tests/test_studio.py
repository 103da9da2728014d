"""The studio: what a reader does in it, what it refuses, and that nothing is lost when it dies."""

from __future__ import annotations

import http.client
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

pytest.importorskip("starlette")

import tightrope
from tightrope.analyses.disagree import numbers as disagree
from tightrope.arguments import QUARTERS
from tightrope.errors import UseError
from tightrope.reading import two
from tightrope.starter import copy_starter
from tightrope.studio import desk as desks
from tightrope.studio import making, serving

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
WORLDS = 128


class Server(NamedTuple):
    process: subprocess.Popen[str]
    address: str
    data: Path

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://").rstrip("/")


def started(data: Path, *more: str, worlds: int = WORLDS) -> Server:
    process = subprocess.Popen(
        [sys.executable, "-m", "tightrope", "studio", "starter", "--data", str(data), "--port",
         "0", "--no-browser", "--worlds", str(worlds), *more],
        stdout=subprocess.PIPE, text=True, cwd=data.parent,
    )  # fmt: skip
    assert process.stdout
    line = process.stdout.readline()
    return Server(process, line.split()[2], data)


def ended(server: Server) -> None:
    server.process.terminate()
    server.process.wait(30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = started(tmp_path_factory.mktemp("studio") / "data")
    yield made
    assert made.process.poll() is None, "it ended by itself"
    ended(made)


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


@pytest.fixture(params=[1300, 390])
def page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Fails on an error in the page, and on a request to anybody else."""
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    problems: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(server.address)
    yield opened
    fits = opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened.close()
    assert fits, "wider than the screen"
    assert problems == []
    assert [a for a in asked if not a.startswith((server.address, "data:"))] == []


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


def ask(server: Server, how: str, at: str, body: bytes = b"", **headers: str) -> Answer:
    link = http.client.HTTPConnection(server.host, timeout=60)
    link.request(how, at, body or None, {k.replace("_", "-"): v for k, v in headers.items()})
    got = link.getresponse()
    return Answer(got.status, {k.lower(): v for k, v in got.getheaders()},
                  got.read().decode("utf-8", "replace"))  # fmt: skip


def allowed(server: Server) -> dict[str, str]:
    """The headers of a page of ours."""
    first = ask(server, "GET", "/")
    token = first.text.split('name="token" content="')[1].split('"')[0]
    cookie = first.headers["set-cookie"].split(";")[0]
    return {"Cookie": cookie, "X_Token": token, "Origin": server.address.rstrip("/")}


def case_hash(server: Server) -> str:
    return ask(server, "GET", "/").text.split("/case/")[1].split('"')[0]


def job(server: Server, number: int) -> dict[str, Any]:
    rows = json.loads(ask(server, "GET", "/jobs").text)
    found: dict[str, Any] = next(row for row in rows if row["id"] == number)
    return found


def over(server: Server, number: int) -> dict[str, Any]:
    """A job once it is neither waiting nor running."""
    until = time.monotonic() + 120
    while (found := job(server, number))["state"] in ("waiting", "running"):
        assert time.monotonic() < until, found
        time.sleep(0.1)
    return found


# ---------------------------------------------------------------- boards


def test_a_case_is_opened_and_its_board_made_and_read(page: Page) -> None:
    page.get_by_role("link", name="The harbour dispute").click()
    assert page.get_by_role("heading", level=1).inner_text() == "The harbour dispute"
    make = page.get_by_role("button", name="Make the board")
    if make.count():
        make.click()
    page.get_by_role("link", name="Open the board").click(timeout=120_000)
    page.wait_for_selector("a.row")
    assert page.title() == "The harbour dispute: the board"
    page.get_by_role("link", name="the case", exact=True).click()
    page.get_by_role("heading", level=1, name="The harbour dispute").wait_for()


def asked_board(server: Server) -> int:
    made = ask(server, "POST", f"/board/{case_hash(server)}/make", b"{}", **allowed(server))
    number: int = json.loads(made.text)["job"]
    return number


def claims_of(server: Server) -> str:
    """The claims of the one board on a desk."""
    (board,) = (server.data / "boards").glob("*/board.html")
    return board.with_name("claims.csv").read_text(encoding="utf-8")


def test_a_board_goes_on_after_the_server_was_killed(tmp_path: Path) -> None:
    """It comes to its end without being asked again, the same as one that was left alone."""
    for name in ("killed", "calm"):
        (tmp_path / name).mkdir()
    first = started(tmp_path / "killed" / "data", worlds=500)
    number = asked_board(first)
    while (now := job(first, number))["done"] == 0 and now["state"] in ("waiting", "running"):
        time.sleep(0.02)
    assert now["state"] == "running"
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait(30)
    assert not list((first.data / "boards").glob("*/board.html")), "it was killed before its end"
    again = started(tmp_path / "killed" / "data", worlds=500)
    calm = started(tmp_path / "calm" / "data", "--no-store", worlds=500)
    try:
        assert over(again, number)["state"] == "done"
        assert "Open the board" in ask(again, "GET", f"/case/{case_hash(again)}").text
        assert over(calm, asked_board(calm))["state"] == "done"
        assert claims_of(again) == claims_of(calm)
    finally:
        ended(again)
        ended(calm)


# ---------------------------------------------------------------- drafts


def drafted(page: Page) -> None:
    page.get_by_role("link", name="The harbour dispute").first.click()
    page.get_by_role("button", name="New draft").click()
    page.wait_for_selector("#text")


def kept_text(page: Page) -> str:
    page.wait_for_function("document.getElementById('saved').textContent.includes('kept')")
    return str(page.locator("#text").input_value())


def test_a_range_is_changed_by_the_form_and_undone(page: Page) -> None:
    drafted(page)
    page.fill("#what", "trust from words")
    page.fill("input[name=low]", "0.3")
    page.fill("input[name=high]", "0.6")
    page.fill("#why", "The league takes more offence: it said so")
    page.get_by_role("button", name="Change it").click()
    page.locator("#changes li", has_text="trust from words").wait_for()
    assert "Why: The league takes more offence" in page.locator("#changes").inner_text()
    assert "range: [0.3, 0.6]" in kept_text(page)
    page.get_by_role("button", name="Undo", exact=True).click()
    page.locator("#changes li").wait_for(state="detached")
    page.get_by_role("button", name="Redo").click()
    page.get_by_role("button", name="Take back the change of trust from words").click()
    page.locator("#changes li").wait_for(state="detached")
    assert "trust_from_words" not in page.locator("#text").input_value()


def test_what_is_typed_is_kept_and_errors_stand_at_their_line(page: Page) -> None:
    drafted(page)
    text = page.locator("#text").input_value()
    page.fill("#text", f"{text}parameters:\n  trust_from_word: {{range: [0.3, 0.6], why: more}}\n")
    wrong = page.locator("#problems li")
    wrong.first.wait_for()
    assert "trust_from_word" in wrong.first.inner_text()
    assert page.locator("#lines b").first.inner_text() == "4"
    wrong.first.get_by_role("button").click()
    assert page.evaluate("document.activeElement.id") == "text"
    page.reload()
    assert "trust_from_word:" in page.locator("#text").input_value()
    page.fill("#text", page.locator("#text").input_value().replace("from_word:", "from_words:"))
    page.locator("#changes li", has_text="trust from words").wait_for()
    assert wrong.count() == 0


def test_a_draft_by_keyboard_alone(browser: Browser, server: Server) -> None:
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(f"{server.address}case/{case_hash(server)}")

    def to(text: str) -> None:
        """Press Tab until something with this text or name has the focus."""
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("t => [document.activeElement.innerText, document.activeElement.id]"
                             ".includes(t)", text):  # fmt: skip
                return
        raise AssertionError(f"{text} cannot be reached")

    to("New draft")
    page.keyboard.press("Enter")
    page.wait_for_selector("#change")
    to("what")
    page.keyboard.type("Take out: ships come")
    page.keyboard.press("Escape")
    to("why")
    page.keyboard.type("No ship came last year")
    page.keyboard.press("Enter")
    page.locator("#changes li", has_text="ships come taken out").wait_for()
    page.close()


def test_a_change_lights_up_what_it_moves(page: Page) -> None:
    drafted(page)
    page.fill("#what", "applause")
    page.fill("input[name=low]", "-0.9")
    page.fill("input[name=high]", "0.01")
    page.fill("#why", "The last speech was booed")
    page.get_by_role("button", name="Change it").click()
    lit = page.locator("#moved tr.lit", has_text="Harsh words unite the town.")
    lit.wait_for(timeout=60_000)
    page.locator("#live-state", has_text="In 2,000 worlds").wait_for(timeout=60_000)
    assert "within chance" not in lit.inner_text()
    assert "-" in lit.locator("td").last.inner_text()
    assert "another word" in page.locator("#live-words").inner_text()
    page.get_by_role("button", name="Undo", exact=True).click()
    page.locator("#moved").wait_for(state="hidden")


def begun(server: Server) -> str:
    made = ask(server, "POST", f"/case/{case_hash(server)}/draft", b"{}", **allowed(server))
    found: str = json.loads(made.text)["draft"]
    return found


def saved(server: Server, draft: str, version: int, text: str) -> dict[str, Any]:
    body = json.dumps({"from": version, "text": text}).encode()
    found: dict[str, Any] = json.loads(
        ask(server, "POST", f"/draft/{draft}/save", body, **allowed(server)).text
    )
    return found


CHANGED = """extends: ./starter
parameters:
  retaliation: {range: [0.0, 0.3], why: The crowd was heard.}
"""


def test_a_draft_opens_on_the_command_line(server: Server, tmp_path: Path) -> None:
    draft = begun(server)
    version = saved(server, draft, 1, CHANGED)["version"]
    link = http.client.HTTPConnection(server.host)
    link.request("GET", f"/draft/{draft}/at/{version}/zip")
    with zipfile.ZipFile(io.BytesIO(link.getresponse().read())) as packed:
        packed.extractall(tmp_path)
    case = tightrope.load(tmp_path / "starter-draft")
    (changed,) = (p for p in case.parameters if p.name == "retaliation")
    assert (changed.low, changed.high) == (0.0, 0.3)
    assert [d.why for d in case.departures] == ["The crowd was heard."]


def test_no_version_is_lost_where_two_windows_change_one_draft(server: Server) -> None:
    draft = begun(server)
    one = saved(server, draft, 1, CHANGED)
    other = saved(server, draft, 1, CHANGED.replace("0.3", "0.4"))
    assert (one["version"], other["version"]) == (2, 3)
    first = ask(server, "GET", f"/draft/{draft}/at/2", Accept="text/html").text
    assert "The crowd was heard." in first
    assert "[0.0, 0.3]" in first


@pytest.mark.parametrize(
    "extends", ["/etc", "..", "./starter/..", "kabul", "../../cases", "~", "starter"]
)
def test_a_draft_reads_no_other_folder(server: Server, extends: str) -> None:
    found = saved(server, begun(server), 1, f"extends: {extends}\n")
    assert not found["sound"]
    assert found["problems"][0]["line"] == 1
    assert extends == "~" or "allowed: ./starter" in found["problems"][0]["says"]


def test_the_form_refuses_what_is_no_range(server: Server) -> None:
    draft = begun(server)
    for low, high, why in ((3, 1, "x"), (0.1, 0.2, ""), ("a", 1, "x"), (float("nan"), 1, "x")):
        given = {"from": 1, "key": "parameters/applause", "low": low, "high": high, "why": why}
        got = ask(server, "POST", f"/draft/{draft}/change", json.dumps(given).encode(),
                  **allowed(server))  # fmt: skip
        assert got.status == 400
        assert "allowed:" in got.text


# ---------------------------------------------------------------- two drafts side by side

FOE = """extends: ./starter
parameters:
  retaliation: {range: [0.0, 0.3], why: The crowd was heard.}
  applause: {range: [-0.9, 0.01], why: The last speech was booed.}
"""


def test_two_drafts_are_compared_side_by_side(page: Page, server: Server) -> None:
    one, other = begun(server), begun(server)
    first = saved(server, one, 1, CHANGED)["version"]
    second = saved(server, other, 1, FOE)["version"]
    page.goto(f"{server.address}draft/{one}")
    page.get_by_role("link", name="Compare with another draft").click()
    page.locator(f"a[href='/compare/{one}-{first}/{other}-{second}']").click()
    sides = page.locator(".halves section")
    assert "the same in both" in sides.nth(0).locator("li", has_text="retaliation").inner_text()
    applause = sides.nth(1).locator("li", has_text="applause").inner_text()
    assert "Why: The last speech was booed." in applause
    assert "the same" not in applause
    page.get_by_role("button", name="Run both").click()
    said = page.locator("#disagree li")
    said.first.wait_for(timeout=120_000)
    assert said.first.inner_text().startswith("Draft 2 changes 1 part of Draft 1.")
    assert "1 thing differs" in page.locator("#diff").inner_text()
    page.get_by_text("What each part adds").click()
    assert "applause" in page.locator("#disagree table").last.inner_text()
    page.reload()
    assert said.count(), "the address shows what was run"


def compared(server: Server, one: str, other: str) -> Answer:
    return ask(server, "POST", f"/compare/{one}/{other}/make", b"{}", **allowed(server))


def test_a_comparison_says_what_the_commands_say(server: Server, tmp_path: Path) -> None:
    names = []
    for text in (CHANGED, FOE):
        draft = begun(server)
        names.append(f"{draft}-{saved(server, draft, 1, text)['version']}")
    assert over(server, json.loads(compared(server, *names).text)["job"])["state"] == "done"
    (made,) = (server.data / "comparisons").glob("-".join(names) + "*")
    for name, text in zip(("one", "other"), (CHANGED, FOE), strict=True):
        copy_starter(tmp_path / name / "starter")
        (tmp_path / name / "case.yaml").write_text(text)
    both = two(tmp_path / "one", tmp_path / "other")
    own = disagree.between(
        making.NAMES, (both.one, both.other), both.departures, both.mixed, worlds=256,
        quarters=QUARTERS, seed=0,
    )  # fmt: skip
    told = pd.read_csv(made / "disagree" / "parts.csv")
    assert list(told["part"]) == list(own.shapley["part"])
    assert told["change"].to_numpy() == pytest.approx(own.shapley["change"].to_numpy(), abs=1e-6)
    assert len(told) > 0


def test_two_drafts_that_say_the_same_do_not_differ(server: Server) -> None:
    one, other = begun(server), begun(server)
    number = json.loads(compared(server, f"{one}-1", f"{other}-1").text)["job"]
    assert over(server, number)["state"] == "done"
    shown = ask(server, "GET", f"/compare/{one}-1/{other}-1").text
    assert "The two cases say the same." in shown
    assert "Nothing that Draft 2 says otherwise changes a number." in shown


def test_a_comparison_is_cancelled(server: Server) -> None:
    one, other = begun(server), begun(server)
    version = saved(server, other, 1, CHANGED)["version"]
    number = json.loads(compared(server, f"{one}-1", f"{other}-{version}").text)["job"]
    ask(server, "POST", f"/jobs/{number}/cancel", b"{}", **allowed(server))
    assert over(server, number)["state"] == "cancelled"
    shown = ask(server, "GET", f"/compare/{one}-1/{other}-{version}", Accept="text/html")
    assert "The last try was stopped." in shown.text


def test_what_cannot_be_compared_is_said(server: Server) -> None:
    one, other = begun(server), begun(server)
    broken = saved(server, other, 1, "extends: ./starter\nparameters: 3\n")["version"]
    wrong = f"/compare/{one}-1/{other}-{broken}"
    assert "Something is wrong in its text" in ask(server, "GET", wrong).text
    assert compared(server, f"{one}-1", f"{other}-{broken}").status == 422
    assert "found one version twice" in ask(server, "GET", f"/compare/{one}-1/{one}-1").text
    for address in (f"{one}-9/{other}-1", f"{one}/{other}", f"..-1/{one}-1", f"{one}-01/{other}-1"):
        assert ask(server, "GET", f"/compare/{address}").status == 404


def test_a_desk_of_before_comparisons_is_opened(tmp_path: Path) -> None:
    desk = desks.open_desk(tmp_path)
    with desk.file() as file:
        file.execute("alter table jobs drop column other")
        file.execute("insert into jobs values (null, 'a', '', 0, 9, 'done', '', 0, 1, 0.0, '')")
    assert [row["other"] for row in desks.open_desk(tmp_path).rows("select * from jobs")] == [""]


# ---------------------------------------------------------------- who may ask


def test_another_host_is_refused(server: Server) -> None:
    """A page elsewhere whose name leads to this machine reads nothing (DNS rebinding)."""
    assert ask(server, "GET", "/", Host="evil.example").status == 421
    assert ask(server, "GET", "/", Host="127.0.0.1").status == 421


@pytest.mark.parametrize("left", ["Origin", "X_Token", "Cookie"])
def test_a_change_needs_origin_token_and_session(server: Server, left: str) -> None:
    headers = allowed(server)
    assert ask(server, "POST", "/jobs/99999/cancel", b"{}", **headers).status == 200
    without = {k: v for k, v in headers.items() if k != left}
    assert ask(server, "POST", "/jobs/99999/cancel", b"{}", **without).status == 403
    other = headers | {left: "http://evil.example"}
    assert ask(server, "POST", "/jobs/99999/cancel", b"{}", **other).status == 403


def test_pages_let_no_other_script_run(server: Server) -> None:
    first, second = ask(server, "GET", "/"), ask(server, "GET", "/")
    rules = first.headers["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "unsafe" not in rules
    assert rules != second.headers["content-security-policy"], "a nonce is used once"
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_another_address_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(UseError, match="--password-file"):
        serving.password_in(None, "0.0.0.0")
    file = tmp_path / "password"
    file.write_text("short\n")
    with pytest.raises(UseError, match="allowed: a first line of 12 or more"):
        serving.password_in(file, "0.0.0.0")
    file.write_text("a long password\n")
    assert serving.password_in(file, "0.0.0.0") == "a long password"


def test_with_a_password_nothing_is_shown_without_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse battery\n")
    server = started(tmp_path / "data", "--password-file", str(tmp_path / "password"))
    own = {"Origin": server.address.rstrip("/")}
    try:
        assert ask(server, "GET", "/").status == 303
        assert ask(server, "GET", "/jobs").status == 303
        assert "harbour" not in ask(server, "GET", "/login").text
        wrong = ask(server, "POST", "/login", b'{"password": "guess"}', **own)
        assert wrong.status == 403
        right = ask(server, "POST", "/login", b'{"password": "correct horse battery"}', **own)
        cookie = right.headers["set-cookie"].split(";")[0]
        assert "harbour" in ask(server, "GET", "/", Cookie=cookie).text
        for _ in range(10):
            ask(server, "POST", "/login", b'{"password": "guess"}', **own)
        late = ask(server, "POST", "/login", b'{"password": "correct horse battery"}', **own)
        assert late.status == 403, "after ten wrong ones in a minute nobody is asked"
    finally:
        ended(server)


# ---------------------------------------------------------------- broken requests


def test_a_case_is_brought_as_a_zip(page: Page, tmp_path: Path) -> None:
    folder = copy_starter(tmp_path / "bay")
    width = page.viewport_size["width"] if page.viewport_size else 0
    text = (folder / "case.yaml").read_text("utf-8")
    text = text.replace("title: The harbour dispute", f"title: The bay at {width}")
    (folder / "case.yaml").write_text(text, "utf-8")
    shutil.make_archive(str(tmp_path / "bay"), "zip", tmp_path, "bay")
    page.set_input_files("#upload", tmp_path / "bay.zip")
    page.get_by_role("heading", name=f"The bay at {width}").wait_for()
    page.get_by_role("link", name="Studio").first.click()
    page.get_by_role("link", name=f"The bay at {width}").wait_for()


def test_what_is_no_case_is_refused_on_the_page(server: Server) -> None:
    refused = ask(server, "POST", "/upload", b"PK no zip", **allowed(server))
    assert refused.status == 400
    assert "found no zip that can be read" in json.loads(refused.text)["says"]


def broken(draw: random.Random, known: list[str]) -> tuple[str, str, bytes]:
    """A request that nobody should send."""
    text = "".join(chr(draw.choice([0, 10, 37, 46, 47, 92, 255, 0x4E00, draw.randrange(1, 127)]))
                   for _ in range(draw.randrange(60)))  # fmt: skip
    bodies = [b"", b"{", b"[" * 50_000, b"null", b'{"text": 3}', text.encode("utf-8"),
              json.dumps({"text": text, "name": text, "from": -1}).encode(),
              draw.randbytes(200), b"x" * 600_000]  # fmt: skip
    at = draw.choice(known)
    quoted = "".join(f"%{b:02x}" for b in text.encode())[:300]
    paths = [at, f"{at}/{quoted}", f"{at}?{quoted}", f"/{quoted}", "/board/../../etc/passwd",
             "/board/%2e%2e%2f%2e%2e", "/jobs/-1/cancel", "/jobs/99999999999999999999/cancel",
             at.replace("0", quoted or "x")]  # fmt: skip
    how = draw.choice(["GET", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"])
    return how, draw.choice(paths), draw.choice(bodies)


def test_broken_requests_get_a_sentence_and_no_trace(server: Server) -> None:
    draw, headers = random.Random(13), allowed(server)
    at = case_hash(server)
    draft = begun(server)
    own = [
        f"/draft/{draft}{end}"
        for end in (
            "",
            "/save",
            "/change",
            "/back",
            "/go",
            "/fork",
            "/name",
            "/versions",
            "/at/1",
            "/at/1/zip",
            "/at/0/board",
            "/at/99999999999999999999",
        )
    ] + [
        f"/compare/{draft}-1{end}"
        for end in (
            "",
            f"/{draft}-1",
            f"/{draft}-0/make",
        )
    ]
    known = [
        *own,
        "/upload",
        f"/case/{at}/draft",
        "/",
        f"/case/{at}",
        f"/board/{at}",
        f"/board/{at}/make",
        "/jobs",
        "/login",
        "/case/0",
    ]
    for _ in range(400):
        how, path, body = broken(draw, known)
        more = headers if draw.random() < 0.7 else {}
        try:
            got = ask(server, how, path, body, **more)
        except (http.client.HTTPException, ConnectionError):  # cut off: too much, or no HTTP
            continue
        assert got.status < 500, (how, path, body[:80], got.text)
        assert "Traceback" not in got.text
        assert 'File "' not in got.text
    assert ask(server, "GET", "/").status == 200
