"""The studio's addresses, and what stands at each."""

from __future__ import annotations

import json
import re
import secrets
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tightrope.case import Case
from tightrope.errors import CaseError, UseError
from tightrope.show.page import environment
from tightrope.studio import desk as desks
from tightrope.studio import guard, jobs
from tightrope.studio.desk import Desk, Kept
from tightrope.studio.guard import Door

HERE = Path(__file__).parent
SHARED = HERE.parent / "show" / "templates"
TEMPLATES = environment(HERE / "templates")

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


@dataclass(frozen=True)
class Studio:
    """All that an address needs.

    Attributes:
        worlds: of a board.
    """

    desk: Desk
    crew: jobs.Crew
    door: Door
    worlds: int


def application(studio: Studio) -> guard.Guard:
    """The studio as ASGI, behind its door."""
    made: dict[str, tuple[str, Callable[[Studio, Request], Response]]] = {
        "/": ("GET", start),
        "/login": ("GET", login),
        "/case/{hash}": ("GET", case_page),
        "/board/{hash}": ("GET", board),
        "/board/{hash}/make": ("POST", make_board),
        "/jobs": ("GET", listed_jobs),
        "/jobs/{job:int}/cancel": ("POST", cancel_job),
    }
    routes = [Route(at, _answering(studio, work), methods=[how])
              for at, (how, work) in made.items()]  # fmt: skip
    routes.append(Route("/login", _answering(studio, let_in), methods=["POST"]))
    handlers: Mapping[Any, Any] = {HTTPException: _not_found, Exception: _broken}
    return guard.Guard(Starlette(routes=routes, exception_handlers=handlers), studio.door)


def _answering(
    studio: Studio, work: Callable[[Studio, Request], Response]
) -> Callable[[Request], Response]:
    """Runs in a thread of its own, as it is no coroutine; bad input becomes a sentence."""

    def answer(request: Request) -> Response:
        try:
            return work(studio, request)
        except UseError as problem:
            return told(request, 400, str(problem))
        except CaseError as problem:
            return told(request, 422, str(problem))

    return answer


def told(request: Request, status: int, words: str) -> Response:
    """A sentence: as JSON to a script, as a page to a reader."""
    if request.method in guard.SAFE and "text/html" in request.headers.get("accept", ""):
        return shown(request, "said.html.j2", status, title="Not done", words=words)
    return guard.said(status, words)


def _not_found(request: Request, problem: Exception) -> Response:
    status = getattr(problem, "status_code", 404)
    words = {404: "There is no such page.", 405: "This cannot be asked that way."}
    return told(request, status, words.get(status, "This cannot be answered."))


def _broken(request: Request, problem: Exception) -> Response:
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
        style=_file(SHARED / "page.css") + _file(HERE / "templates" / "studio.css"),
        script=_file(HERE / "templates" / "studio.js"),
        **what,
    )
    return HTMLResponse(text, status, {"content-security-policy": guard.policy(nonce)})


def _file(path: Path) -> str:
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


# ---------------------------------------------------------------- cases and boards


def start(studio: Studio, request: Request) -> Response:
    """The first page: the cases."""
    kept = [found for digest in studio.desk.cases if (found := desks.kept(studio.desk, digest))]
    views = [{"case": one, "board": _board_state(studio, one.hash)} for one in kept]
    return shown(request, "start.html.j2", title="Studio", cases=views)


def _known(studio: Studio, digest: str) -> Kept:
    found = desks.kept(studio.desk, digest)
    if found is None:
        raise HTTPException(404)
    return found


def case_page(studio: Studio, request: Request) -> Response:
    """A case: what it is about, its board."""
    kept = _known(studio, request.path_params["hash"])
    case = desks.open_case(kept)
    state = _board_state(studio, kept.hash)
    return shown(request, "case.html.j2", title=case.title, kept=kept, case=case, board=state)


def _board_state(studio: Studio, digest: str) -> dict[str, Any]:
    """Whether a board is there, or is being made."""
    there = (jobs.board_at(studio.desk, digest, studio.worlds) / "board.html").is_file()
    rows = studio.desk.rows(
        "select * from jobs where hash = ? and worlds = ? order by id desc limit 1",
        digest, studio.worlds,
    )  # fmt: skip
    return {"there": there, "job": dict(rows[0]) if rows else None, "hash": digest}


BAR = (
    '<p class="studio-bar" style="margin:0;padding:.4rem 1.25rem;background:#f5f6f8">'
    '<a href="/">Studio</a> &rsaquo; <a href="{back}">{name}</a></p>'
)


def board(studio: Studio, request: Request) -> Response:
    """The board's own page, as `assess` writes it, with a way back into the studio."""
    digest = request.path_params["hash"]
    file = jobs.board_at(studio.desk, digest, studio.worlds) / "board.html"
    if not re.fullmatch(r"[0-9a-f]{16,64}", digest) or not file.is_file():
        return RedirectResponse(f"/case/{digest}" if desks.kept(studio.desk, digest) else "/", 303)
    page = _file(file)
    found = _POLICY.search(page)
    assert found, "every page of ours has its policy"
    rules = f"{found[1].replace('&#39;', chr(39))}; frame-ancestors 'none'"
    back = BAR.format(back=f"/case/{digest}", name="the case")
    page = page.replace("<body data-views>", f"<body data-views>\n{back}", 1)
    return HTMLResponse(page, headers={"content-security-policy": rules})


def make_board(studio: Studio, request: Request) -> Response:
    kept = _known(studio, request.path_params["hash"])
    return JSONResponse({"job": jobs.ask(studio.crew, kept.hash, studio.worlds)})


def listed_jobs(studio: Studio, request: Request) -> Response:
    """The latest jobs, newest first, as JSON."""
    rows = studio.desk.rows("select * from jobs order by id desc limit 50")
    return JSONResponse([dict(row) for row in rows])


def cancel_job(studio: Studio, request: Request) -> Response:
    jobs.cancel(studio.crew, request.path_params["job"])
    return JSONResponse({})


def read_case(desk: Desk, digest: str, draft: str, version: int) -> Case:
    """What a job is about."""
    kept = desks.kept(desk, digest)
    if kept is None:
        raise UseError("found a job on a case that is not there; allowed: one that is")
    return desks.open_case(kept)


# ---------------------------------------------------------------- who comes in


def login(studio: Studio, request: Request) -> Response:
    if not studio.door.password or request.scope["session"]:
        return RedirectResponse("/", 303)
    return shown(request, "login.html.j2", title="Who is there?")


def let_in(studio: Studio, request: Request) -> Response:
    given = asked(request).get("password")
    if not studio.door.password or not isinstance(given, str):
        raise UseError("found no password; allowed: the one in the password file")
    if not guard.password_is(studio.door, given):
        return guard.said(403, "This is not the password, or it was tried too often in a minute.")
    cookie = guard.set_cookie(guard.new_session(studio.door))
    return JSONResponse({}, headers={"set-cookie": cookie})
