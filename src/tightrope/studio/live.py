"""What a draft changes, told while it is worked on: a first answer soon, then surer ones.

Server-sent events. Whoever looks at a newer version of a draft stops what is run for an older one;
one answer is worked on at a time, and each is bounded in time.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterator
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tightrope.analyses.whatif.numbers import WhatIf, compare
from tightrope.analyses.whatif.words import change, sentences
from tightrope.arguments import QUARTERS
from tightrope.errors import CaseError
from tightrope.studio import desk as desks
from tightrope.studio import drafts
from tightrope.studio.answers import Studio
from tightrope.studio.checked import check
from tightrope.studio.drafts import Draft
from tightrope.text.wording import percent

LOOKS = (128, 256, 2000)
"""Worlds of each answer; the later ones look the first ones up."""

LONGEST = 300.0
"""Seconds that all answers on one version may take together."""


class Overtaken(Exception):
    """A newer version is looked at, or it took too long."""


def live(studio: Studio, request: Request) -> Response:
    """The stream of answers on one version of a draft."""
    draft = drafts.find(studio.desk, request.path_params["draft"], request.path_params["version"])
    if draft is None:
        raise HTTPException(404)
    return StreamingResponse(_answers(studio, draft), media_type="text/event-stream")


def _answers(studio: Studio, draft: Draft) -> Iterator[str]:
    mine = threading.Event()
    before = studio.looking.get(draft.id)
    studio.looking[draft.id] = mine
    if before:
        before.set()
    began = time.monotonic()

    def watch(phase: str, done: int, total: int) -> None:
        if mine.is_set() or studio.crew.closing.is_set():
            raise Overtaken("A newer version is looked at.")
        if time.monotonic() - began > LONGEST:
            raise Overtaken(f"It took more than {LONGEST / 60:.0f} minutes.")

    try:
        found = check(studio.desk, draft.base, draft.text)
        if found.case is None:
            yield _event({"over": "What is wrong in the text has to be mended first."})
            return
        base = desks.open_case(draft.base)
        for worlds in LOOKS:
            while not studio.turn.acquire(timeout=0.2):
                watch("waiting", 0, 1)
            try:
                watch("begins", 0, 1)
                start = time.monotonic()
                answer = compare(base, found.case, worlds, QUARTERS, watch=watch,
                                 kept=studio.crew.blocks)  # fmt: skip
            finally:
                studio.turn.release()
            yield _event(_told(answer, time.monotonic() - start, worlds == LOOKS[-1]))
        yield _event({"over": ""})
    except (Overtaken, CaseError) as why:
        yield _event({"over": str(why)})
    finally:
        if studio.looking.get(draft.id) is mine:
            del studio.looking[draft.id]


def _event(what: dict[str, Any]) -> str:
    return f"data: {json.dumps(what)}\n\n"


def _told(answer: WhatIf, seconds: float, last: bool) -> dict[str, Any]:
    """An answer as its page shows it."""
    rows = [
        {"claim": row["claim"], "says": row["says"], "before": row["before"],
         "after": row["after"], "moved": bool(row["moved"]),
         "sure": bool(row["beyond_chance"]),
         "shares": "" if math.isnan(row["change"]) else
         f"{percent(row['share_before'])} → {percent(row['share_after'])}",
         "change": "" if math.isnan(row["change"]) else change(row)}
        for row in answer.claims.to_dict("records")
    ]  # fmt: skip
    return {
        "worlds": answer.worlds, "seconds": seconds, "last": last, "rows": rows,
        "words": list(sentences(answer)), "record": bool(answer.before.series),
    }  # fmt: skip
