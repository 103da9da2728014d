"""The command line: what it prints and where, its exit codes, and no traceback on bad use."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from conftest import Command, Said
from tightrope import Case, reading
from tightrope.engine import runs
from tightrope.errors import UseError
from tightrope.starter import copy_starter
from tightrope.store import place

TESTS = Path(__file__).parent
QUICK = ("--worlds", "16", "--no-basis")


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A starter case of one's own in the current folder."""
    monkeypatch.chdir(tmp_path)
    return copy_starter(tmp_path / "harbour")


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, starter_case: Case) -> None:
    """The starter case as already loaded, so that it is not compiled again."""
    monkeypatch.setattr(reading, "load", lambda name, *more: starter_case)


def stopped(said: Said, code: int) -> str:
    """What a command that stopped with this code said: one sentence, nothing else."""
    assert said.code == code
    assert said.out == ""
    assert "Traceback" not in said.err
    assert said.err.startswith("tightrope: ")
    assert len(said.err.strip().splitlines()) == 1
    return said.err


# ---------------------------------------------------------------- what works


def test_a_new_case_can_be_assessed_at_once(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = command("new", "mine")
    assert made.code == 0
    assert "tightrope assess mine" in made.out
    said = command("assess", "mine", *QUICK)
    assert said.code == 0, said.err
    assert "runs/mine-worlds16-no-basis/board.html" in said.out
    assert "Harsh words unite the town." in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 80
    first = tmp_path / "runs" / "mine-worlds16-no-basis" / "run.json"
    about = json.loads(first.read_text())
    assert about["command"] == "tightrope assess mine --worlds 16 --no-basis"
    before = first.stat()
    other = command("assess", "mine", *QUICK, "--seed", "1")
    assert other.code == 0, other.err
    second = tmp_path / "runs" / "mine-worlds16-seed1-no-basis" / "run.json"
    assert json.loads(second.read_text())["seed"] == 1
    assert first.stat() == before
    again = command("assess", "mine", *QUICK)
    assert "nothing has changed since" in again.err
    assert again.out == said.out
    assert first.stat() == before
    assert command("assess", "mine", *QUICK, "--no-store").code == 0
    assert first.stat() != before, "a result of the same may be replaced"


@pytest.mark.usefixtures("loaded")
def test_every_option_of_assess_counts(command: Command, tmp_path: Path) -> None:
    said = command(
        "assess", "harbour", "--worlds", 16, "--basis-worlds", 8, "--scenario", "storm",
        "--posture", "careful", "--seed", 4, "--out", tmp_path / "r", "--charts", "svg",
        "--json", "--verbose",
    )  # fmt: skip
    assert said.code == 0, said.err
    rows = json.loads(said.out)
    table = pd.read_csv(tmp_path / "r" / "claims.csv")
    assert [r["claim"] for r in rows] == table["claim"].tolist()
    assert [r["verdict"] for r in rows] == table["verdict"].tolist()
    assert rows[-1]["share"] is None
    about = json.loads((tmp_path / "r" / "run.json").read_text())
    assert (about["worlds"], about["basis_worlds"], about["seed"]) == (16, 8, 4)
    assert (about["scenario"], about["posture"]) == ("storm", "careful")
    assert (tmp_path / "r" / "charts" / "overview.svg").is_file()
    assert "verdicts" in said.err
    assert "world-quarters per second" in said.err


def test_check_says_that_a_case_is_sound(command: Command, starter: Path) -> None:
    said = command("check", starter)
    assert said.code == 0
    assert "harbour: sound." in said.out
    counts = json.loads(command("check", starter, "--json").out)
    assert counts["claims"] == 7
    assert counts["variables"] == 5
    assert command("check", "kabul").code == 0


def test_show_tells_of_the_case(command: Command, starter: Path, starter_case: Case) -> None:
    said = command("show", starter, "--section", "all")
    assert said.code == 0
    assert max(len(line) for line in said.out.splitlines()) <= 80
    words = set(said.out.split())
    for name in (
        *(m.name for m in starter_case.mechanisms),
        *(v.name for v in starter_case.variables),
        *(p.name for p in starter_case.parameters),
    ):
        assert name in words, f"{name} is cut or missing"
    facts = json.loads(command("show", starter, "--json").out)
    assert facts["actors"]["harbour"] == ["rhetoric", "port_policy"]
    assert facts["mechanisms"]["ships_come"]["passages"] == ["1.2"]
    pairs = {(edge["source"], edge["target"]) for edge in facts["influence"]}
    assert {("rhetoric", "trust"), ("pressure", "trade")} <= pairs
    assert facts["priors"]["applause"] == [-0.1, 0.2]


@pytest.mark.usefixtures("loaded")
def test_why_sums_to_the_change(command: Command) -> None:
    options = ("why", "harbour", "trade", "--worlds", 32, "--scenario", "storm")
    said = command(*options)
    assert said.code == 0, said.err
    assert "Trade: what moved it" in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 80
    pushes = json.loads(command(*options, "--json").out)
    assert {"pressure_weighs_on_trade", "ships_come", "return to baseline"} <= set(pushes)
    assert all(len(path) == 21 for path in pushes.values())
    total = sum(path[-1] for path in pushes.values())
    (line,) = (x for x in said.out.splitlines() if "all together" in x)
    assert float(re.findall(r"[+-]\d\.\d+", line)[-1]) == pytest.approx(total, abs=6e-4)


@pytest.mark.parametrize(
    "arguments", [(), ("--help",), ("assess", "--help"), ("new", "--help"), ("shock", "--help")]
)
def test_help_is_no_failure(command: Command, arguments: tuple[str, ...]) -> None:
    said = command(*arguments)
    assert said.code == 0
    assert "Usage: " in said.out
    if arguments[:1] == ("assess",):
        for option in ("--worlds", "--charts", "--json", "--out"):
            assert option in said.out


COMMANDS = (
    ("assess", "harbour"),
    ("why", "harbour", "trade"),
    ("hindcast", "kabul"),
    ("decide", "harbour"),
    ("compare", "harbour"),
    ("break", "harbour"),
    ("shock", "harbour"),
    ("search", "harbour"),
    ("watch", "harbour"),
    ("game", "kabul"),
    ("influence", "harbour"),
    ("robust", "harbour"),
)
"""Every command that runs the model."""


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, starter_case: Case) -> None:
    """Nothing is run: whatever begins to stops with a sentence of its own."""

    def begins(*_: object) -> None:
        raise UseError("the work begins")

    load = reading.load
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runs, "_places", begins)
    monkeypatch.setattr(
        reading,
        "load",
        lambda name, *more: load(name) if name == "kabul" else starter_case,
    )


@pytest.mark.usefixtures("idle")
@pytest.mark.parametrize("typed", COMMANDS)
def test_a_long_run_is_announced_in_one_wording(
    command: Command, monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...]
) -> None:
    announced = re.compile(
        r"tightrope: some [\d,]+ million world-quarters to run, about \d+ minutes here; "
        r"Ctrl-C stops it\n"
    )
    said = command(*typed)
    assert not announced.search(said.err), "a short run is not announced"
    monkeypatch.setattr("tightrope.arguments.LONG", 0.0)
    said = command(*typed)
    assert announced.match(said.err), "first of all"
    assert "the work begins" in said.err


# ---------------------------------------------------------------- bad use


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("assess", "kabil"), 'there is no case or folder "kabil"'),
        (("check", "nowhere/at/all"), 'there is no case or folder "nowhere/at/all"'),
        (
            ("assess", "kabul", "--worlds", "0"),
            "worlds: found 0; allowed: a whole number from 1",
        ),
        (
            ("assess", "kabul", "--worlds", "many"),
            '--worlds: found "many"; allowed: a whole number from 1 to 1,000,000',
        ),
        (
            ("why", "kabul", "western_trust", "--quarters", "1.5"),
            '--quarters: found "1.5"; allowed: a whole number from 1 to 400',
        ),
        (("search", "kabul", "--population", "1e3"), '--population: found "1e3"; allowed: a whole'),
        (("game", "kabul", "--quarter", "x"), "allowed: a whole number from 0 to 400"),
        (("break", "kabul", "--coverage", "x"), '--coverage: found "x"; allowed: a number'),
        (("assess", "kabul", "--worlds"), "--worlds: found nothing; allowed: a whole number"),
        (("assess", "kabul", "--trust=1"), "--trust: found a value; allowed: --trust alone"),
        (("assess", ""), 'CASE: found ""; allowed: some text'),
        (("check", "kabul", "twice"), 'check: found "twice" beside CASE; allowed: CASE'),
        (("--colour",), 'tightrope: found the option "--colour"; allowed: --version, --help'),
        (
            ("assess", "kabul", "--quarters", "-1"),
            "quarters: found -1; allowed: a whole number from 1",
        ),
        (("assess", "kabul", "--basis-worlds", "0"), "basis_worlds: found 0"),
        (("assess", "kabul", "--rule", "chaos"), 'there is no decision rule "chaos"'),
        (("assess", "kabul", "--scenario", "peace"), 'there is no scenario "peace"; allowed: '),
        (("assess", "kabul", "--posture", "rude"), 'there is no posture "rude"; allowed: '),
        (("assess", "kabul", "--charts", "gif"), 'there are no charts as "gif"; allowed: png'),
        (("assess", "kabul", "--wolds", "3"), '; did you mean "--worlds"?'),
        (("assess",), "CASE: found nothing; allowed: a shipped case, or a folder"),
        (("why", "kabul"), "VARIABLE: found nothing; allowed: a variable's name"),
        (("why", "kabul", "western_thrust"), 'there is no variable "western_thrust"'),
        (("why", "kabul", "western_trust", "--worlds", "0"), "worlds: found 0"),
        (("dance", "kabul"), "dance"),
    ],
)
def test_bad_use_is_said_in_a_sentence(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...], said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert said in stopped(command(*arguments), 2)
    assert not list(tmp_path.iterdir()), "something was written"


@pytest.mark.parametrize("doing", [("assess",), ("check",), ("show",), ("why",)])
def test_a_folders_python_is_not_loaded_untold(
    command: Command, harbour: Path, doing: tuple[str, ...]
) -> None:
    (harbour / "mechanisms.py").write_text("raise SystemExit('it ran')")
    more = ("trade",) if doing == ("why",) else ()
    said = stopped(command(*doing, "harbour", *more), 2)
    assert "--trust" in said
    assert "it ran" not in said


def test_a_broken_case_is_a_failure_and_says_where(command: Command, harbour: Path) -> None:
    file = harbour / "claims.yaml"
    file.write_text(file.read_text().replace("look at: trust", "look at: truts", 1))
    for doing in ("check", "assess"):
        said = stopped(command(doing, "harbour"), 1)
        assert re.search(r"claims\.yaml:\d+", said)
        assert "truts" in said


@pytest.mark.parametrize("place", ["file", "folder", "inside"])
def test_out_never_destroys(command: Command, harbour: Path, place: str) -> None:
    there = harbour.parent / "there"
    if place == "folder":
        there.mkdir()
        (there / "mine.txt").write_text("mine")
    else:
        there.write_text("mine")
    target = there / "deeper" if place == "inside" else there
    said = stopped(command("assess", "harbour", *QUICK, "--out", target), 2)
    assert "there" in said
    kept = there / "mine.txt" if place == "folder" else there
    assert kept.read_text() == "mine"


def test_new_never_destroys(command: Command, harbour: Path) -> None:
    assert "holds something already" in stopped(command("new", "harbour"), 2)
    (harbour.parent / "file").write_text("mine")
    assert "is a file" in stopped(command("new", "file"), 2)
    assert (harbour.parent / "file").read_text() == "mine"


def test_a_folder_that_may_not_be_written_is_said_before_the_work(
    command: Command, harbour: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = harbour.parent / "locked"
    locked.mkdir()
    may = os.access  # root may write anywhere, so the answer is made up
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != locked and may(path, mode))
    said = stopped(command("assess", "harbour", *QUICK, "--out", locked / "a" / "b"), 2)
    assert f"{locked} may not be written to" in said
    assert not list(locked.iterdir())


@pytest.mark.usefixtures("loaded")
def test_a_full_disk_is_said_and_the_old_result_stays(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("assess", "harbour", *QUICK, "--out", "r").code == 0
    before = (tmp_path / "r" / "board.md").read_bytes()

    def full(board: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tightrope.store.results.markdown", full)
    said = command("assess", "harbour", *QUICK, "--seed", 1, "--out", "r")
    assert said.code == 1
    assert "tightrope: [Errno 28] No space left on device" in said.err
    assert "Traceback" not in said.err
    assert (tmp_path / "r" / "board.md").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


# ---------------------------------------------------------------- being stopped


def tightrope(*arguments: object, cwd: Path, **more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tightrope", *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        **more,
    )


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopping_in_the_middle_leaves_the_old_result(
    saved: Path, starter: Path, tmp_path: Path, how: signal.Signals
) -> None:
    folder = tmp_path / "harbour"
    shutil.copytree(saved, folder)
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    master, terminal = pty.openpty()  # the progress is drawn as it goes on a terminal only
    process = tightrope(
        "assess", starter, "--worlds", 50_000, "--out", folder, cwd=tmp_path,
        stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    said = b""
    limit = time.monotonic() + 120
    try:
        while b"verdicts" not in said:
            assert time.monotonic() < limit, said
            if select.select([master], [], [], 1)[0]:
                said += os.read(master, 10_000)
        time.sleep(0.5)
        process.send_signal(how)
        out, code = process.communicate(timeout=120)[0], process.returncode
        while select.select([master], [], [], 0.1)[0]:
            try:
                said += os.read(master, 10_000)
            except OSError:  # the other end is closed
                break
    finally:
        process.kill()
        os.close(master)
    assert out == b""
    assert b"Traceback" not in said
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before
    if how == signal.SIGKILL:
        with place.claim(folder):  # the next run clears away what was left
            pass
    else:
        assert code == 128 + how
        assert b"tightrope: stopped; nothing was left half written" in said
    assert list(tmp_path.iterdir()) == [folder]
