"""The report's section on the record: what it rules out, and how it looks beside the worlds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tightrope.analyses.record import charts as record_charts
from tightrope.analyses.record.evidence import FEW
from tightrope.analyses.record.words import section
from tightrope.analyses.verdicts.board import Board
from tightrope.show import style
from tightrope.text import wording

MOVED = 8
"""So many numbers whose ranges the record moved most are listed."""


def record(board: Board, figure: Callable[[style.Chart, str], Any]) -> dict[str, Any] | None:
    """What the page says of the record; None where the board has none."""
    matching, history = board.matching, board.case.history
    if matching is None or history is None:
        return None
    tested = board.claims[board.claims["verdict"] != "not tested"]
    moved = tested[tested["verdict"] != tested["prior_verdict"]]
    named: tuple[Any, ...] = (*board.case.variables, *board.case.derived)
    meanings = {item.name: item.label for item in named}
    labels = dict(zip(matching.series["series"], matching.series["label"], strict=True))
    return {
        "start": history.start,
        "end": matching.until,
        "tested": matching.tested,
        "share_words": wording.percent(matching.share),
        "kept": min(len(matching.kept.indices), board.run.worlds),
        "used": len(matching.kept.indices) >= FEW,
        "cutoff": matching.cutoff,
        "misfits": [labels[name] for name in matching.misfits],
        "moved": [
            f"{r['claim']} from {r['prior_verdict']} to {r['verdict']}"
            for r in moved.to_dict("records")
        ],
        "series": [
            s
            | {
                "stands_for": meanings.get(s["stands_for"], s["stands_for"]),
                "out_words": wording.percent(s["rules_out"]) if s["points"] else "",
                "alone_words": wording.percent(s["alone"]) if s["points"] else "",
            }
            for s in matching.series.to_dict("records")
        ],
        "priors": matching.priors.head(MOVED).to_dict("records"),
        "hindcast": board.hindcast and section(board.hindcast, figure),
        "fans": figure(
            record_charts.record_fans(board.observed, history.start),
            "For every series the observed points over the range of all worlds and of those not "
            "ruled out.",
        ),
    }
