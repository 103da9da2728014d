"""The board as Markdown: passage, what it argues, its mechanisms, its claims and their verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tightrope.analyses.verdicts import coverage as covered
from tightrope.analyses.verdicts import further, learnt
from tightrope.analyses.verdicts.board import Board
from tightrope.analyses.verdicts.correlation import sentences
from tightrope.analyses.verdicts.counts import cells, left
from tightrope.show import origin
from tightrope.text import wording
from tightrope.text.plain import Written, bold, code, inline, italic, markdown_table
from tightrope.text.plain import markdown as paragraph

SAID = ("assertion", "how", "says", "becomes", "where, or why not")
HEADS = ("claim", "verdict", "worlds", "in all worlds", "difference", "rests on")


def markdown(board: Board) -> str:
    """The case as built and what came out, as one Markdown text."""
    return "\n".join(_lines(board)) + "\n"


def _lines(board: Board) -> Iterator[str]:
    case, run = board.case, board.run
    yield f"# {inline(case.title)}"
    yield ""
    yield paragraph(case.about)
    yield ""
    yield (
        f"Made by {code(run.command)}: {wording.counted(run.worlds, 'world')}, "
        f"{wording.counted(run.quarters, 'quarter')} after "
        f"{case.reference_quarter}, rule {run.rule}, scenario {run.scenario}, posture "
        f"{run.posture}, seed {run.seed}; removals in up to "
        f"{wording.counted(run.basis_worlds, 'world')}. Case hash "
        f"`{case.hash}`, tightrope {run.version}."
    )
    if run.left_out:
        yield from ("", paragraph(f"Left out: {'; '.join(run.left_out)}."))
    if board.matching is not None:
        yield ""
        yield paragraph(left(board.matching, run.worlds))
    yield ""
    yield "## Counts"
    yield ""
    names, rows = cells(board.claims, board.before)
    yield from markdown_table(names, rows, numbers=range(1, len(names)))
    if found := learnt.sentences(learnt.parted(board.claims)):
        yield from ("", paragraph(" ".join(found)))
    if said := covered.sentences(case):
        yield from ("", paragraph(" ".join([*said, *covered.apart(board.claims)])))
    if told := sentences(board.together):
        yield from ("", paragraph(" ".join(told)))
    if more := further.sentences(board.claims, run):
        yield from ("", paragraph(" ".join(more)))
    yield ""
    yield "## Passage by passage"
    claims = board.claims.to_dict("records")
    for passage in case.passages:
        yield ""
        yield f"### {inline(passage.id)} {inline(passage.title)}"
        yield ""
        yield paragraph(passage.argues)
        yield ""
        own = [m for m in case.mechanisms if passage.id in m.passages]
        yield "Mechanisms: " + "; ".join(code(m.name) for m in own) + "."
        shown = [r for r in claims if r["passage"] == passage.id]
        if shown:
            yield ""
            yield from markdown_table(HEADS, (_claim(r, bool(case.assertions)) for r in shown))
    yield from _coverage(board)
    from_where = origin.sentences(case)
    if from_where:
        yield from ("", "## Where the case comes from", "", paragraph(" ".join(from_where)))
    if case.log:
        yield ""
        heads = ("date", "changed", "why", "moved")
        yield from markdown_table(heads, ((c.date, c.changed, c.why, c.moved) for c in case.log))


def _coverage(board: Board) -> Iterator[str]:
    """What the source says, one by one, and what it leaves out."""
    case = board.case
    verdicts = dict(zip(board.claims["claim"], board.claims["verdict"], strict=True))
    if case.assertions:
        yield from ("", "## What the source says, and what becomes of it", "")
        rows = covered.coverage(case, verdicts).to_dict("records")
        yield from markdown_table(SAID, (_assertion(r, verdicts) for r in rows))
    if case.omissions:
        yield from ("", "## What the assessment leaves out, as this case's author sees it", "")
        yield from markdown_table(("it leaves out", "why it would matter", "sources"), (
            (o.says, o.why, ", ".join(o.sources)) for o in case.omissions
        ))  # fmt: skip


def _assertion(row: Mapping[Any, Any], verdicts: Mapping[str, str]) -> tuple[str, ...]:
    behind = row["why"] or row["inputs"]
    if row["becomes"] == covered.TESTED:
        behind = _with_verdicts(row["by"], verdicts)
    asks = "whether it works" if row["how"] == "means to" else "whether it is true"
    beside = f"{asks}: {_with_verdicts(row['beside'], verdicts)}" if row["beside"] else ""
    where = "; ".join(part for part in (behind, beside) if part)
    return row["assertion"], row["how"], row["says"], row["becomes"], where


def _with_verdicts(names: str, verdicts: Mapping[str, str]) -> str:
    told = ((name, verdicts.get(name, "not looked at")) for name in names.split(", "))
    return ", ".join(f"{name} ({verdict})" for name, verdict in told)


def _claim(row: Mapping[Any, Any], said: bool) -> tuple[str, ...]:
    """said: the case says what its source says, so each claim tells what it is to it."""
    says = f"{bold(row['claim'])} {inline(row['says'])}"
    if row["verdict"] == "not tested":
        return Written(f"{says} {italic(row['note'])}"), "not tested", "", "", "", ""
    verdict = row["verdict"]
    if row["undecided"]:
        verdict += f" (undecided: {row['undecided']})"
    if said:
        says += f" {italic(covered.standing(row))}"
    if row["form"]:
        verdict += f" (a fact of form: another word under {row['form']})"
    why = f" ({row['basis_why']})" if row["basis_why"] else ""
    rests = row["basis"] + why + (f": {row['rests_on']}" if row["rests_on"] else "")
    before = f"{row['prior_verdict']}, {wording.percent(row['prior_share'])}"
    sign = f"; {wording.sign_words(row)}" if wording.sign_words(row) else ""
    worlds = f"{wording.share_words(row)}: {wording.split_words(row)}{sign}"
    return Written(says), verdict, worlds, before, wording.effect_words(row), rests
