"""The addresses of drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from tightrope.case import Departure
from tightrope.errors import UseError
from tightrope.studio import desk as desks
from tightrope.studio import drafts, edits, jobs
from tightrope.studio.answers import Studio, asked, board_state, known, shown
from tightrope.studio.checked import Checked, check
from tightrope.studio.drafts import Draft
from tightrope.studio.making import sound

Work = Callable[[Studio, Request], Response]


def addresses() -> list[tuple[str, str, Work]]:
    """Method, address and what answers."""
    return [
        ("POST", "/case/{hash}/draft", begin),
        ("GET", "/draft/{draft}", page),
        ("GET", "/draft/{draft}/at/{version:int}", page),
        ("GET", "/draft/{draft}/at/{version:int}/zip", download),
        ("GET", "/draft/{draft}/versions", versions),
        ("POST", "/draft/{draft}/save", save),
        ("POST", "/draft/{draft}/change", change),
        ("POST", "/draft/{draft}/back", take_back),
        ("POST", "/draft/{draft}/go", go),
        ("POST", "/draft/{draft}/fork", fork),
        ("POST", "/draft/{draft}/name", rename),
        ("POST", "/draft/{draft}/at/{version:int}/board", make_board),
    ]


def _draft(studio: Studio, request: Request) -> Draft:
    """The draft of an address, at the version that it names or where it stands."""
    version = request.path_params.get("version", 0)
    found = drafts.find(studio.desk, request.path_params["draft"], version)
    if found is None:
        raise HTTPException(404)
    return found


def begin(studio: Studio, request: Request) -> Response:
    kept = known(studio, request.path_params["hash"])
    return JSONResponse({"draft": drafts.begin(studio.desk, kept)})


def page(studio: Studio, request: Request) -> Response:
    """A draft to work on, or one of its versions to read."""
    draft = _draft(studio, request)
    named = "version" in request.path_params
    if named and draft.version == draft.at:
        return RedirectResponse(f"/draft/{draft.id}", 303)
    found = check(studio.desk, draft.base, draft.text)
    base = desks.open_case(draft.base)
    return shown(
        request, "draft.html.j2", title=draft.title, draft=draft, fixed=named,
        board=board_state(studio, found.case.hash) if found.case else None,
        data={**state(draft, found), "id": draft.id, "fixed": named,
              "choices": [asdict(c) | {"key": c.key} for c in edits.choices(base)]},
    )  # fmt: skip


def state(draft: Draft, found: Checked) -> dict[str, Any]:
    """A draft as its page knows it."""
    return {
        "version": draft.version, "text": draft.text, "before": draft.before,
        "after": draft.after, "problems": found.told, "sound": found.case is not None,
        "changes": [_told(d) for d in found.case.departures] if found.case else [],
    }  # fmt: skip


def _told(departure: Departure) -> dict[str, Any]:
    return {"section": departure.section, "name": departure.name, "what": departure.what,
            "moves": departure.moves, "why": departure.why}  # fmt: skip


def _now(studio: Studio, name: str) -> Response:
    """Where a draft stands after a change."""
    draft = drafts.find(studio.desk, name)
    assert draft is not None, "it was there a moment ago"
    return JSONResponse(state(draft, check(studio.desk, draft.base, draft.text)))


def _from(studio: Studio, request: Request, given: dict[str, Any]) -> Draft:
    """The version that a change was made on: another window may have moved the draft since."""
    draft, number = _draft(studio, request), given.get("from", 0)
    if isinstance(number, bool) or not isinstance(number, int):
        raise UseError("from: found no number; allowed: the version that was changed")
    found = drafts.find(studio.desk, draft.id, number)
    if found is None:
        raise UseError("from: found no such version of the draft; allowed: one that is there")
    return found


def save(studio: Studio, request: Request) -> Response:
    """What was typed."""
    given = asked(request)
    draft, text = _from(studio, request, given), given.get("text")
    if not isinstance(text, str):
        raise UseError("text: found none; allowed: the draft's text")
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    drafts.save(studio.desk, draft, text, "typed")
    return _now(studio, draft.id)


def change(studio: Studio, request: Request) -> Response:
    """One more change, by the form."""
    given = asked(request)
    draft = _from(studio, request, given)
    choice = edits.find(edits.choices(desks.open_case(draft.base)), given.get("key"))
    text = edits.changed(draft.text, choice, given)
    drafts.save(studio.desk, draft, text, f"changed: {choice.label}")
    return _now(studio, draft.id)


def take_back(studio: Studio, request: Request) -> Response:
    given = asked(request)
    draft, section, name = _from(studio, request, given), given.get("section"), given.get("name")
    if not isinstance(section, str) or not isinstance(name, str):
        raise UseError("found no section and name; allowed: those of a change in the draft")
    text = edits.taken_back(draft.text, section, name)
    drafts.save(studio.desk, draft, text, f"taken back: {name}"[:200])
    return _now(studio, draft.id)


def go(studio: Studio, request: Request) -> Response:
    """Undo, redo, or another version."""
    draft = _from(studio, request, {"from": asked(request).get("to", 0)})
    drafts.go_to(studio.desk, draft, draft.version)
    return _now(studio, draft.id)


def fork(studio: Studio, request: Request) -> Response:
    draft = _from(studio, request, asked(request))
    return JSONResponse({"draft": drafts.fork(studio.desk, draft)})


def rename(studio: Studio, request: Request) -> Response:
    title = asked(request).get("title")
    if not isinstance(title, str):
        raise UseError("title: found none; allowed: a name for the draft")
    title = title.encode("utf-8", "replace").decode("utf-8")
    drafts.rename(studio.desk, _draft(studio, request), title)
    return JSONResponse({})


def versions(studio: Studio, request: Request) -> Response:
    draft = _draft(studio, request)
    return JSONResponse([dict(row) for row in drafts.versions(studio.desk, draft)])


def download(studio: Studio, request: Request) -> Response:
    draft = _draft(studio, request)
    name = f"{draft.base.name}-draft-{draft.id}-{draft.version}.zip"
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "_" for c in name)
    head = {"content-disposition": f'attachment; filename="{safe}"'}
    return Response(drafts.packed(draft), media_type="application/zip", headers=head)


def make_board(studio: Studio, request: Request) -> Response:
    draft = _draft(studio, request)
    case = sound(studio.desk, draft)
    job = jobs.ask(studio.crew, case.hash, studio.worlds, draft.id, draft.version)
    return JSONResponse({"job": job})
