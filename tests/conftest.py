"""What tests share: the starter case and its board, made once, and commands run in this process."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

import tightrope
from polls import recorded_with_crowds
from tightrope import Board, Case, cli
from tightrope.analyses.decide import numbers as decide
from tightrope.cli import analyses as analyses_commands
from tightrope.cli import board as board_commands
from tightrope.cli import decide as decide_commands
from tightrope.cli import kept as kept_commands
from tightrope.cli import record as record_commands
from tightrope.cli.console import PlainConsole
from tightrope.engine import cache
from tightrope.starter import copy_starter

# How long an example takes says more of what else the machine does than of the code.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")

HOME = cache.use()
if HOME:  # compiled models are shared by all tests, results of runs by none
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(HOME)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.5"
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="tightrope-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)

FAR = """
town-grows-old:
  passage: "1.2"
  says: In six years trade is no lower.
  look at: trade
  over: 24
  against quarters: 2
  expect: not lower
  margin: 5
"""
"""A claim that looks further than the usual run."""


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter's folder, with one claim more; not to be changed."""
    folder = copy_starter(tmp_path_factory.mktemp("starter") / "harbour")
    with (folder / "claims.yaml").open("a", encoding="utf-8") as claims:
        claims.write(FAR)
    return folder


@pytest.fixture(scope="session")
def starter_case(starter: Path) -> Case:
    return tightrope.load(starter)


@pytest.fixture(scope="session")
def board(starter_case: Case) -> Board:
    return tightrope.assess(
        starter_case,
        worlds=128,
        basis_worlds=64,
        command="tightrope assess harbour --trust --worlds 128 --basis-worlds 64",
    )


@pytest.fixture(scope="session")
def saved(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The board's folder, with charts; not to be changed."""
    return tightrope.save(
        board, tmp_path_factory.mktemp("saved") / "runs" / "harbour", pictures="svg"
    )


@pytest.fixture(scope="session")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """The board of the starter with a record, which changes verdicts."""
    case = recorded_with_crowds(tmp_path_factory.mktemp("matched") / "harbour")
    return tightrope.assess(case, worlds=128, basis_worlds=16, with_hindcast=False)


@pytest.fixture(scope="session")
def matched_saved(matched: Board, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That board's folder; not to be changed."""
    return tightrope.save(matched, tmp_path_factory.mktemp("matched") / "result")


class Said(NamedTuple):
    """What a command came to: its exit code and what it wrote."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run `tightrope ...` as its entry point does; a traceback would fail the test."""

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["tightrope", *map(str, arguments)])
        for module in (
            analyses_commands,
            board_commands,
            decide_commands,
            kept_commands,
            record_commands,
        ):
            monkeypatch.setattr(module, "out", PlainConsole(width=80))
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            cli.main()
        written = capfd.readouterr()
        return Said(int(stop.value.code or 0), written.out, written.err)

    return run


@pytest.fixture(scope="session")
def decided(starter_case: Case) -> decide.Decision:
    """The starter's advice put to every quick test."""
    return decide.decide(starter_case, worlds=256, quarters=12, with_search=False, with_game=False)
