"""What jobs make: boards, and comparisons of two drafts."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Row

from tightrope.analyses.diff import numbers as diff
from tightrope.analyses.diff import words as diff_words
from tightrope.analyses.disagree import numbers as disagree
from tightrope.analyses.disagree import words as disagree_words
from tightrope.analyses.verdicts.assessing import assess
from tightrope.arguments import QUARTERS
from tightrope.case import Case, Departure
from tightrope.engine.kept import Kept as Blocks
from tightrope.engine.progress import Watch
from tightrope.errors import CaseError, UseError
from tightrope.reading import Between, two
from tightrope.show.finding import Finding
from tightrope.store import findings, results
from tightrope.studio import desk as desks
from tightrope.studio import drafts, jobs
from tightrope.studio.checked import check, written
from tightrope.studio.desk import Desk
from tightrope.studio.drafts import Draft

NAMES = ("Draft 1", "Draft 2")
"""Of two that are compared: their own titles may change, and may be the same."""


def make(desk: Desk, blocks: Blocks | None, job: Row, watch: Watch) -> None:
    """Do a job, and put what it gives in its place. Raises CaseError where that cannot be."""
    if job["other"]:
        _comparison(desk, blocks, job, watch)
    else:
        _board(desk, blocks, job, watch)


def _board(desk: Desk, blocks: Blocks | None, job: Row, watch: Watch) -> None:
    case = _case(desk, job)
    board = assess(case, worlds=job["worlds"], watch=watch, kept=blocks)
    watch("writing the board", 0, 1)
    results.save_board(board, jobs.board_at(desk, job["hash"], job["worlds"]))


def _case(desk: Desk, job: Row) -> Case:
    """What a board is of: a case of the desk, or a version of a draft."""
    if job["draft"]:
        return sound(desk, _draft(desk, job["draft"], job["version"]))
    kept = desks.kept(desk, job["hash"])
    if kept is None:
        raise UseError("found a job on a case that is not there; allowed: one that is")
    return desks.open_case(kept)


def _draft(desk: Desk, name: str, version: int) -> Draft:
    draft = drafts.find(desk, name, version)
    if draft is None:
        raise UseError("found a job on a draft that is not there; allowed: one that is")
    return draft


def sound(desk: Desk, draft: Draft) -> Case:
    """The case that a draft is. Raises CaseError where it is not sound."""
    found = check(desk, draft.base, draft.text)
    if found.case is None:
        raise CaseError(found.problems)
    return found.case


def _comparison(desk: Desk, blocks: Blocks | None, job: Row, watch: Watch) -> None:
    """What `diff` and `disagree` say of two drafts."""
    one = _draft(desk, job["draft"], job["version"])
    other = drafts.at_address(desk, job["other"])
    if other is None:
        raise UseError("found a job on a draft that is not there; allowed: one that is")
    worlds = job["worlds"]
    with (
        written(desk, one.base, one.text) as first,
        written(desk, other.base, other.text) as second,
    ):
        both = two(first, second)
        size = (worlds, QUARTERS, 0)
        found = diff.of_cases(both.one, both.other, both.departures, size, watch, blocks)
        told = (diff_words.tell(found), _disagreement(both, size, watch, blocks))
    watch("writing the comparison", 0, 1)
    command = f"tightrope diff and disagree, two cases, --worlds {worlds}"
    folder = jobs.comparison_at(desk, one.address, other.address, worlds)
    findings.save_findings(folder, "compare", "Two drafts", told, command)


def _disagreement(
    both: Between, size: tuple[int, int, int], watch: Watch, blocks: Blocks | None
) -> Finding:
    phase, at = "what makes them differ", [(0, 1)]

    def progress(done: int, total: int) -> None:
        at[0] = (done, total)
        watch(phase, done, total)

    def mixed(chosen: Sequence[Departure]) -> Case:
        watch(phase, *at[0])  # every case between the two is a place to stop at
        return both.mixed(chosen)

    worlds, quarters, seed = size
    found = disagree.between(
        NAMES, (both.one, both.other), both.departures, mixed, worlds=worlds, quarters=quarters,
        seed=seed, progress=progress, kept=blocks,
    )  # fmt: skip
    return disagree_words.tell([found])
