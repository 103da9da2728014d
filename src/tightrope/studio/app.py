"""The studio's addresses, and what stands at each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tightrope.errors import CaseError, UseError
from tightrope.studio import comparing, drafts, editing, guard, jobs, uploads
from tightrope.studio import desk as desks
from tightrope.studio.answers import (
    Studio,
    asked,
    board_state,
    broken,
    known,
    not_found,
    read,
    shown,
    told,
)
from tightrope.studio.editing import Work
from tightrope.studio.live import live

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def application(studio: Studio) -> guard.Guard:
    """The studio as ASGI, behind its door."""
    own: list[tuple[str, str, Work]] = [
        ("GET", "/", start),
        ("GET", "/login", login),
        ("POST", "/login", let_in),
        ("GET", "/case/{hash}", case_page),
        ("POST", "/upload", uploads.upload),
        ("GET", "/board/{hash}", board),
        ("POST", "/board/{hash}/make", make_board),
        ("GET", "/draft/{draft}/at/{version:int}/live", live),
        ("GET", "/jobs", listed_jobs),
        ("POST", "/jobs/{job:int}/cancel", cancel_job),
    ]
    routes = [
        Route(at, _answering(studio, work), methods=[how])
        for how, at, work in (*own, *editing.addresses(), *comparing.addresses())
    ]
    handlers: Mapping[Any, Any] = {HTTPException: not_found, Exception: broken}
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


# ---------------------------------------------------------------- cases and boards


def start(studio: Studio, request: Request) -> Response:
    """The first page: the cases and the drafts."""
    kept = desks.listed(studio.desk)
    views = [{"case": one, "board": board_state(studio, one.hash)} for one in kept]
    own = [dict(row) for row in drafts.listed(studio.desk)]
    return shown(request, "start.html.j2", title="Studio", cases=views, drafts=own)


def case_page(studio: Studio, request: Request) -> Response:
    """A case: what it is about, its board, the drafts on it."""
    kept = known(studio, request.path_params["hash"])
    case = desks.open_case(kept)
    state = board_state(studio, kept.hash)
    own = [dict(row) for row in drafts.listed(studio.desk) if row["base"] == kept.hash]
    return shown(
        request, "case.html.j2", title=case.title, kept=kept, case=case, board=state, drafts=own
    )


BAR = (
    '<p class="studio-bar" style="margin:0;padding:.4rem 1.25rem;background:#f5f6f8">'
    '<a href="/">Studio</a> &rsaquo; <a href="{back}">{name}</a></p>'
)


def board(studio: Studio, request: Request) -> Response:
    """The board's own page, as `assess` writes it, with a way back into the studio."""
    digest = request.path_params["hash"]
    back, name = _about(studio, digest)
    file = jobs.board_at(studio.desk, digest, studio.worlds) / "board.html"
    if not re.fullmatch(r"[0-9a-f]{16,64}", digest) or not file.is_file():
        return RedirectResponse(back, 303)
    page = read(file)
    found = _POLICY.search(page)
    assert found, "every page of ours has its policy"
    rules = f"{found[1].replace('&#39;', chr(39))}; frame-ancestors 'none'"
    bar = BAR.format(back=back, name=name)
    page = page.replace("<body data-views>", f"<body data-views>\n{bar}", 1)
    return HTMLResponse(page, headers={"content-security-policy": rules})


def _about(studio: Studio, digest: str) -> tuple[str, str]:
    """What a board is of: its address, and what it is called."""
    if desks.kept(studio.desk, digest):
        return f"/case/{digest}", "the case"
    rows = studio.desk.rows(
        "select draft, version from jobs where hash = ? and draft != '' order by id desc", digest
    )
    if not rows:
        return "/", "the start"
    return f"/draft/{rows[0]['draft']}/at/{rows[0]['version']}", "the draft"


def make_board(studio: Studio, request: Request) -> Response:
    kept = known(studio, request.path_params["hash"])
    return JSONResponse({"job": jobs.ask(studio.crew, kept.hash, studio.worlds)})


def listed_jobs(studio: Studio, request: Request) -> Response:
    """The latest jobs, newest first, as JSON."""
    rows = studio.desk.rows("select * from jobs order by id desc limit 50")
    return JSONResponse([dict(row) for row in rows])


def cancel_job(studio: Studio, request: Request) -> Response:
    jobs.cancel(studio.crew, request.path_params["job"])
    return JSONResponse({})


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
