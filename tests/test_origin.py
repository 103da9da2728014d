"""What is said of where a case comes from is computed from its files, or is not said."""

from __future__ import annotations

import dataclasses
import pickle
import shutil
from pathlib import Path

import pytest
from rich.console import Console

import tightrope
from tightrope import Board, Case
from tightrope.analyses.verdicts import terminal
from tightrope.analyses.verdicts.markdown import markdown
from tightrope.analyses.verdicts.page import html
from tightrope.show import origin
from tightrope.show.finding import Finding, provenance
from tightrope.show.page import page
from tightrope.starter import copy_starter

KABUL = Path(tightrope.__file__).parent / "cases" / "kabul"
HISTORY = ("before any board", "before the board", "every later change", "nothing has been changed",
           "after the first board", "committed before")  # fmt: skip
"""Claims on when something was set, or that nothing was, in small letters."""


def page_of(case: Case) -> str:
    part = Finding(provenance(case), "part", "Part", "", ("A sentence.",))
    return page("Title", [part], {"part": {}}, "command")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "kabul"
    shutil.copytree(KABUL, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def changed(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def pages(board: Board, case: Case) -> list[str]:
    """All that is printed of a board, as if it were that of `case`."""
    own = dataclasses.replace(board, case=case)
    console = Console(width=100_000)
    with console.capture() as shown:
        console.print(terminal.board(own))
    return [html(own), markdown(own), shown.get()]


def test_an_unchanged_copy_is_the_case_that_was_shipped(copy: Path) -> None:
    for case in (tightrope.load("kabul"), tightrope.load(copy)):
        assert origin.sentences(case)[0] == (
            "This is the case kabul as it comes with tightrope, file for file."
        )
    (copy / "notes.txt").write_text("Not a file of the case.", encoding="utf-8")
    assert not tightrope.load(copy).origin.differs  # type: ignore[union-attr]


def test_a_changed_copy_is_said_to_be_one_and_its_log_to_be_unchecked(copy: Path) -> None:
    changed(copy, "parameters.yaml", "[0.006, 0.04]", "[0.006, 0.05]")
    (copy / "game.yaml").unlink()
    assert origin.sentences(tightrope.load(copy)) == (
        "This is a changed copy of the case kabul that comes with tightrope; other than there: "
        "game.yaml and parameters.yaml.",
        "The log is that of kabul; what it says of history is not checked here.",
    )


def test_entries_of_a_log_are_known_where_others_were_added(copy: Path) -> None:
    log = copy / "log.yaml"
    more = "- {date: 2027-01-01, changed: a range, why: tried, moved: nothing}\n"
    log.write_text(log.read_text(encoding="utf-8") + more, encoding="utf-8")
    shipped = len(tightrope.load("kabul").log)
    said = origin.sentences(tightrope.load(copy))
    assert said[0].endswith("other than there: log.yaml.")
    assert said[1].startswith(f"Its log has {shipped} entries of kabul among {shipped + 1};")


def test_without_a_log_nothing_is_said_of_changes(copy: Path) -> None:
    changed(copy, "parameters.yaml", "[0.006, 0.04]", "[0.006, 0.05]")
    (copy / "log.yaml").unlink()
    assert origin.sentences(tightrope.load(copy)) == ()


def test_a_log_of_ones_own_is_the_cases_own_account(tmp_path: Path) -> None:
    folder = copy_starter(tmp_path / "own")
    assert "the case starter" in origin.sentences(tightrope.load(folder))[0]
    changed(folder, "log.yaml", "2026-01-15", "2026-01-16")
    assert origin.sentences(tightrope.load(folder)) == (
        "What its log says of changes is the case's own account; it is not checked here.",
    )


def test_a_case_changed_in_python_is_no_longer_the_shipped_one() -> None:
    case = tightrope.load("kabul")
    assert dataclasses.replace(case, title="Mine").origin is None
    assert pickle.loads(pickle.dumps(case.origin)) == case.origin


def test_no_page_claims_a_history_that_nobody_checked(board: Board, copy: Path) -> None:
    # `board` is that of the starter with one claim more: a changed copy with the starter's log.
    assert board.case.origin is not None
    assert board.case.origin.differs == ("claims.yaml",)
    bare = dataclasses.replace(board.case, log=())
    for text in pages(board, board.case):
        assert "changed copy of the case starter" in text
    for case in (board.case, bare):
        for text in pages(board, case):
            assert not [claim for claim in HISTORY if claim in text.lower()]
    mine = tightrope.load(copy)
    assert "file for file" in page_of(mine)
    changed(copy, "claims.yaml", "over: [5, 12]", "over: [5, 11]")
    mine = tightrope.load(copy)
    said = page_of(mine).lower()
    assert "changed copy" in said
    assert not [claim for claim in HISTORY if claim in said]
    texts = " ".join(c.note for c in mine.claims).lower()
    assert not [claim for claim in HISTORY if claim in texts]
