"""The studio: what a reader does in it, what it refuses, and that nothing is lost when it dies."""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

pytest.importorskip("starlette")

from tightrope.errors import UseError
from tightrope.studio import serving

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


def test_a_board_goes_on_after_the_server_was_killed(tmp_path: Path) -> None:
    first = started(tmp_path / "data", worlds=3000)
    made = ask(first, "POST", f"/board/{case_hash(first)}/make", b"{}", **allowed(first))
    number = json.loads(made.text)["job"]
    while job(first, number)["state"] == "waiting":
        time.sleep(0.05)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait(30)
    again = started(tmp_path / "data", worlds=3000)
    try:
        assert job(again, number)["state"] in ("waiting", "running", "done")
        stopped = ask(again, "POST", f"/jobs/{number}/cancel", b"{}", **allowed(again))
        assert stopped.status == 200
        until = time.monotonic() + 60
        while job(again, number)["state"] in ("waiting", "running"):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert job(again, number)["state"] in ("cancelled", "done")
    finally:
        ended(again)


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
    known = ["/", f"/case/{at}", f"/board/{at}", f"/board/{at}/make", "/jobs", "/login", "/case/0"]
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
