"""The board as Markdown: passage, what it argues, its mechanisms, its claims and their verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tightrope import origin, wording
from tightrope.basis import KINDS as BASES
from tightrope.claims import VERDICTS
from tightrope.evidence import FEW

if TYPE_CHECKING:
    from tightrope.board import Board
    from tightrope.evidence import Matching


def markdown(board: Board) -> str:
    """The case as built and what came out, as one Markdown text."""
    return "\n".join(_lines(board)) + "\n"


def _lines(board: Board) -> Iterator[str]:
    case, run = board.case, board.run
    yield f"# {case.title}"
    yield ""
    yield " ".join(case.about.split())
    yield ""
    yield (
        f"Made by `{run.command}`: {wording.counted(run.worlds, 'world')}, "
        f"{wording.counted(run.quarters, 'quarter')} after "
        f"{case.reference_quarter}, rule {run.rule}, scenario {run.scenario}, posture "
        f"{run.posture}, seed {run.seed}; removals in "
        f"{wording.counted(run.basis_worlds, 'world')}. Case hash "
        f"`{case.hash}`, tightrope {run.version}."
    )
    if run.left_out:
        yield from ("", f"Left out: {'; '.join(run.left_out)}.")
    if board.matching is not None:
        yield ""
        yield _record(board.matching, run.worlds)
    yield ""
    yield "## Counts"
    yield ""
    yield from _counts(board)
    yield ""
    yield "## Passage by passage"
    rows = board.claims.to_dict("records")
    for passage in case.passages:
        yield ""
        yield f"### {passage.id} {passage.title}"
        yield ""
        yield " ".join(passage.argues.split())
        yield ""
        own = [m for m in case.mechanisms if passage.id in m.passages]
        yield "Mechanisms: " + "; ".join(f"`{m.name}`" for m in own) + "."
        shown = [r for r in rows if r["passage"] == passage.id]
        if shown:
            yield ""
            yield "| claim | verdict | worlds | in all worlds | difference | rests on |"
            yield "| --- | --- | --- | --- | --- | --- |"
            yield from map(_claim, shown)
    from_where = origin.sentences(case)
    if from_where:
        yield from ("", "## Where the case comes from", "", " ".join(from_where))
    if case.log:
        yield ""
        yield "| date | changed | why | moved |"
        yield "| --- | --- | --- | --- |"
        for change in case.log:
            cells = (change.date, change.changed, change.why, change.moved)
            yield "| " + " | ".join(_cell(c) for c in cells) + " |"


def _record(matching: Matching, worlds: int) -> str:
    labels = dict(zip(matching.series["series"], matching.series["label"], strict=True))
    misfits = ", ".join(labels[name] for name in matching.misfits)
    kept = len(matching.kept.indices)
    left = (
        f"of {matching.tested:,} tested ({wording.percent(matching.share)} not ruled out); "
        "beside them those in all worlds. "
    )
    if kept < FEW:
        left = f"of {matching.tested:,} tested: too few to give verdicts in. "
        said = f"Verdicts are given in all worlds. The record up to {matching.until} leaves {kept} "
    else:
        said = (
            f"Verdicts are given in {wording.counted(min(kept, worlds), 'world')} that the record "
            f"up to {matching.until} does not rule out, "
        )
    return (
        said
        + left
        + (f"No world meets: {misfits}." if misfits else "Every series is met by some worlds.")
    )


def _counts(board: Board) -> Iterator[str]:
    frame = board.claims
    bases = [b for b in BASES if (frame["basis"] == b).any()]
    yield "| verdict | " + " | ".join(("in all worlds", "claims", *bases)) + " |"
    yield "| --- |" + " ---: |" * (len(bases) + 2)
    for verdict in VERDICTS:
        own = frame[frame["verdict"] == verdict]
        before = int((frame["prior_verdict"] == verdict).sum()) or ""
        cells = [
            str(before),
            str(len(own)),
            *(str(int((own["basis"] == b).sum()) or "") for b in bases),
        ]
        yield f"| {verdict} | " + " | ".join(cells) + " |"


def _claim(row: Mapping[Any, Any]) -> str:
    says = f"**{row['claim']}** {row['says']}"
    if row["verdict"] == "not tested":
        cells = [f"{says} *{row['note']}*", "not tested", "", "", "", ""]
    else:
        verdict = row["verdict"]
        if row["undecided"]:
            verdict += f" (undecided: {row['undecided']})"
        rests = row["basis"] + (f": {row['rests_on']}" if row["rests_on"] else "")
        before = f"{row['prior_verdict']}, {wording.percent(row['prior_share'])}"
        words = (wording.share_words(row), before, wording.effect_words(row))
        cells = [says, verdict, *words, rests]
    return "| " + " | ".join(_cell(c) for c in cells) + " |"


def _cell(text: str) -> str:
    return " ".join(str(text).replace("|", "\\|").split())
