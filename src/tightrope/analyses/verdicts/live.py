"""What a page needs to judge claims anew in some of the worlds: nothing is run for it.

Narrowing a number's range leaves fewer of the worlds that are there. Every claim's difference in
each of them is known, so its shares and its word follow at once.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tightrope.analyses.verdicts.claims import Result
from tightrope.case import Case, Prior
from tightrope.engine.labelled import outcome_unit

MOST = 2000
"""Worlds that go onto a page at most: some 3 megabytes for a case like Kabul."""

STEPS = 256
"""Places in which a range is cut: what a slider stops at."""


@dataclass(frozen=True, eq=False)
class Live:
    """Claims and numbers world by world, in the first worlds that all claims were tested in.

    Attributes:
        claims: ids of the tested claims.
        differences: of every part of every claim, one after another, in display units; shape
            (parts, W), 32-bit.
        numbers: names of the uncertain numbers, without those that are fixed.
        places: in which of STEPS equal parts of its range (of its logarithm where it is uniform
            there) each number lies; shape (numbers, W), 8-bit.
    """

    claims: tuple[str, ...]
    differences: np.ndarray
    numbers: tuple[str, ...]
    places: np.ndarray


def live(case: Case, params: np.ndarray, results: Sequence[Result]) -> Live:
    """params: of the worlds of the results; shape (P, W)."""
    some = slice(0, MOST)
    drawn = [i for i, p in enumerate(case.priors) if not p.fixed]
    places = [_places(case.priors[i], params[i, some]) for i in drawn]
    worlds = params[:, some].shape[1]
    parts = [r.parts[:, some].astype(np.float32) for r in results]
    return Live(
        tuple(r.claim.id for r in results),
        np.concatenate(parts) if parts else np.empty((0, worlds), np.float32),
        tuple(case.priors[i].name for i in drawn),
        np.stack(places) if places else np.empty((0, worlds), np.uint8),
    )


def _places(prior: Prior, values: np.ndarray) -> np.ndarray:
    low, high = prior.low, prior.high
    if prior.scale == "log":
        low, high, values = np.log(low), np.log(high), np.log(values)
    found = np.floor(STEPS * (values - low) / (high - low))
    return np.clip(found, 0, STEPS - 1).astype(np.uint8)


def told(case: Case, live: Live) -> dict[str, Any]:
    """The same as JSON holds it; arrays in base64, the lowest byte first."""
    claims, priors = {c.id: c for c in case.claims}, {p.name: p for p in case.priors}
    return {
        "worlds": int(live.differences.shape[1]),
        "claims": [
            {
                "id": name,
                "hedged": claims[name].hedged,
                "parts": [
                    {
                        "expect": p.expect,
                        "margin": float(p.margin),
                        "unit": outcome_unit(case, p.contrast.this.outcome),
                    }
                    for p in claims[name].parts
                ],
            }
            for name in live.claims
        ],
        "numbers": [
            {"name": n, "meaning": priors[n].meaning, "unit": priors[n].unit,
             "low": priors[n].low, "high": priors[n].high, "log": priors[n].scale == "log"}
            for n in live.numbers
        ],
        "differences": _text(live.differences.astype("<f4")),
        "places": _text(live.places),
    }  # fmt: skip


def _text(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
