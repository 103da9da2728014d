"""What the answers of the studio share: pages, sentences, what was asked."""

from __future__ import annotations

import json
import secrets
import sys
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tightrope.errors import UseError
from tightrope.show.page import environment
from tightrope.studio import desk as desks
from tightrope.studio import guard, jobs
from tightrope.studio.desk import Desk, Kept
from tightrope.studio.guard import Door

HERE = Path(__file__).parent
SHARED = HERE.parent / "show" / "templates"
TEMPLATES = environment(HERE / "templates")
SCRIPTS = ("studio.js", "draft.js", "live.js")


@dataclass(frozen=True)
class Studio:
    """All that an address needs.

    Attributes:
        worlds: of a board.
        looking: by draft, what stops the answers on the version that was looked at last.
        turn: held by whoever runs an answer.
    """

    desk: Desk
    crew: jobs.Crew
    door: Door
    worlds: int
    looking: dict[str, threading.Event] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)


def told(request: Request, status: int, words: str) -> Response:
    """A sentence: as JSON to a script, as a page to a reader."""
    if request.method in guard.SAFE and "text/html" in request.headers.get("accept", ""):
        return shown(request, "said.html.j2", status, title="Not done", words=words)
    return guard.said(status, words)


def not_found(request: Request, problem: Exception) -> Response:
    status = getattr(problem, "status_code", 404)
    words = {404: "There is no such page.", 405: "This cannot be asked that way."}
    return told(request, status, words.get(status, "This cannot be answered."))


def broken(request: Request, problem: Exception) -> Response:
    """A fault of ours: its trace goes to the terminal alone."""
    sys.stderr.write("".join(traceback.format_exception(problem)))
    words = "A fault of ours. Nothing that was saved is lost; the terminal says more."
    return told(request, 500, words)


def shown(request: Request, template: str, status: int = 200, **what: Any) -> Response:
    """A page of the studio, with a nonce for its style and script."""
    nonce = secrets.token_urlsafe(18)
    session = request.scope.get("session", "")
    text = TEMPLATES.get_template(template).render(
        nonce=nonce,
        token=request.scope["studio_token"](session) if session else "",
        style=read(SHARED / "page.css") + read(HERE / "templates" / "studio.css"),
        script="\n".join(read(HERE / "templates" / name) for name in SCRIPTS),
        **what,
    )
    return HTMLResponse(text, status, {"content-security-policy": guard.policy(nonce)})


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def asked(request: Request) -> dict[str, Any]:
    """What a change brings, as JSON. Raises UseError where it is none."""
    try:
        found = json.loads(request.scope["body"] or b"{}")
    except (ValueError, RecursionError):
        raise UseError("found something else than JSON; allowed: an object of JSON") from None
    if not isinstance(found, dict):
        raise UseError("found no object of JSON; allowed: one")
    return found


def known(studio: Studio, digest: str) -> Kept:
    found = desks.kept(studio.desk, digest)
    if found is None:
        raise HTTPException(404)
    return found


def board_state(studio: Studio, digest: str) -> dict[str, Any]:
    """Whether a board is there, or is being made."""
    there = (jobs.board_at(studio.desk, digest, studio.worlds) / "board.html").is_file()
    rows = studio.desk.rows(
        "select * from jobs where hash = ? and worlds = ? and other = '' order by id desc limit 1",
        digest, studio.worlds,
    )  # fmt: skip
    return {"there": there, "job": dict(rows[0]) if rows else None, "hash": digest}
