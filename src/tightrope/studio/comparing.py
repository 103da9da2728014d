"""Two versions of drafts side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tightrope.errors import UseError
from tightrope.show.finding import Finding
from tightrope.store.opening import open as open_result
from tightrope.store.results import WHOLE
from tightrope.studio import drafts, jobs
from tightrope.studio.answers import Studio, shown
from tightrope.studio.checked import Checked, check
from tightrope.studio.drafts import Draft
from tightrope.studio.making import sound

WORLDS = 256
"""Of a comparison: up to 64 cases between the two are run in each."""

Work = Callable[[Studio, Request], Response]


def addresses() -> list[tuple[str, str, Work]]:
    """Method, address and what answers."""
    return [
        ("GET", "/compare/{one}", choose),
        ("GET", "/compare/{one}/{other}", page),
        ("POST", "/compare/{one}/{other}/make", make),
    ]


def _named(studio: Studio, request: Request, which: str) -> Draft:
    found = drafts.at_address(studio.desk, request.path_params[which])
    if found is None:
        raise HTTPException(404)
    return found


def _both(studio: Studio, request: Request) -> tuple[Draft, Draft]:
    """The two of an address. Raises UseError where they cannot be compared."""
    one, other = _named(studio, request, "one"), _named(studio, request, "other")
    if one.base.hash != other.base.hash:
        raise UseError("found drafts on two cases; allowed: two on the same one")
    if one.address == other.address:
        raise UseError("found one version twice; allowed: two")
    return one, other


def choose(studio: Studio, request: Request) -> Response:
    """What a version can be compared with: other drafts on its case, its own other versions."""
    one = _named(studio, request, "one")
    others = [
        dict(row) for row in drafts.listed(studio.desk)
        if row["base"] == one.base.hash and row["id"] != one.id
    ]  # fmt: skip
    own = [dict(row) for row in drafts.versions(studio.desk, one) if row["n"] != one.version]
    return shown(
        request, "choose.html.j2", title=f"Compare {one.title}", draft=one, others=others, own=own
    )


def page(studio: Studio, request: Request) -> Response:
    """Two versions side by side, and what `diff` and `disagree` say of them once they were run."""
    one, other = _both(studio, request)
    checked = [check(studio.desk, draft.base, draft.text) for draft in (one, other)]
    folder = jobs.comparison_at(studio.desk, one.address, other.address, WORLDS)
    rows = studio.desk.rows(
        "select * from jobs where draft = ? and version = ? and other = ? and worlds = ? "
        "order by id desc limit 1",
        one.id, one.version, other.address, WORLDS,
    )  # fmt: skip
    return shown(
        request, "compare.html.j2", title=f"{one.title} and {other.title}",
        sides=_sides((one, other), checked), sound=all(found.case for found in checked),
        job=dict(rows[0]) if rows else None, at=f"/compare/{one.address}/{other.address}",
        back=f"/compare/{other.address}/{one.address}", case=one.base, findings=_findings(folder),
        worlds=WORLDS,
    )  # fmt: skip


def _sides(both: tuple[Draft, Draft], checked: list[Checked]) -> list[dict[str, Any]]:
    """Each with its changes, and whether the other makes the same."""
    changes = [found.case.departures if found.case else () for found in checked]
    made = [{(d.section, d.name, d.what, d.moves) for d in own} for own in changes]
    return [
        {
            "draft": draft,
            "problems": found.told,
            "changes": [
                {"of": d, "shared": (d.section, d.name, d.what, d.moves) in theirs} for d in own
            ],
        }
        for draft, found, own, theirs in zip(both, checked, changes, made[::-1], strict=True)
    ]


def _findings(folder: Path) -> tuple[Finding, ...]:
    """What a comparison gave; nothing where it was not made yet."""
    if not (folder / WHOLE).is_file():
        return ()
    found = open_result(folder)
    assert isinstance(found, tuple), "a comparison is saved as two findings"
    return found


def make(studio: Studio, request: Request) -> Response:
    one, other = _both(studio, request)
    case = sound(studio.desk, one)
    sound(studio.desk, other)
    job = jobs.ask(studio.crew, case.hash, WORLDS, one.id, one.version, other.address)
    return JSONResponse({"job": job})
