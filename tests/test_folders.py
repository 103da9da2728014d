"""Where commands put their results, and how they share a folder with others."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from conftest import Command
from tightrope import Case
from tightrope.analyses.decide import numbers as decide
from tightrope.analyses.decide.words import findings
from tightrope.analyses.verdicts import assessing
from tightrope.cli import commands, folders, interrupt
from tightrope.store import place
from tightrope.store.findings import files, together

TESTS = Path(__file__).parent
posix = pytest.mark.skipif(os.name != "posix", reason="sends signals")


@pytest.fixture
def chosen(
    starter_case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """The folder that a command chooses, without the command's work."""
    monkeypatch.chdir(tmp_path)

    def of(name: str, *given: str, case: Case = starter_case) -> str:
        command = commands.command(name)
        with command.make_context(name, ["harbour", *given]) as context:
            folder = folders.claimed(context, case).folder
        return str(folder.relative_to(tmp_path / "runs"))

    return of


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("assess", "harbour"),
        ("compare", "harbour-compare"),
        ("assess --scenario calm --posture free --seed 0 --worlds 2000 --rule reactive", "harbour"),
        ("assess --scenario storm --posture careful --seed 7", "harbour-storm-careful-seed7"),
        ("assess --rule habit --no-basis --no-record", "harbour-habit-no-record-no-basis"),
        ("assess --trust --json --verbose --charts png", "harbour"),
        ("compare --posture free --posture careful", "harbour-compare-free-careful"),
        ("compare --weight trade=2", "harbour-compare-weight-trade=2"),
        ("break --coverage 0.5", "harbour-break-coverage0.5"),
        ("decide --no-search --quarters 8", "harbour-decide-quarters8-no-search"),
        ("hindcast --cutoff 2024Q2", "harbour-hindcast-cutoff-2024Q2"),
        ("game --map ../a,b", "harbour-game-map-..-a-b"),
    ],
)
def test_a_folder_is_named_by_what_differs(
    chosen: Callable[..., str], typed: str, name: str
) -> None:
    command, *options = typed.split()
    assert chosen(command, *options) == name


def test_names_that_could_be_two_things_are_told_apart(
    chosen: Callable[..., str], starter_case: Case
) -> None:
    same = replace(
        starter_case,
        postures=(*starter_case.postures, replace(starter_case.postures[0], name="storm")),
    )
    one = chosen("assess", "--scenario", "storm", case=same)
    other = chosen("assess", "--posture", "storm", case=same)
    assert (one, other) == ("harbour-scenario-storm", "harbour-posture-storm")


def test_long_names_stay_apart(chosen: Callable[..., str]) -> None:
    names = [chosen("compare", "--weight", "x" * 300 + end) for end in ("a", "b")]
    assert len(set(names)) == 2
    assert max(map(len, names)) < 140


def test_every_command_that_writes_says_what(decided: decide.Decision) -> None:
    sections = findings(decided)
    for section in sections:
        written = files(section, "c")
        patterns = folders.writes(section.name.partition("-")[0])
        assert [n for n in written if not any(fnmatchcase(n, p) for p in patterns)] == []
    written = together("decide", "Title", sections, "c")
    patterns = folders.writes("decide")
    assert [n for n in written if not any(fnmatchcase(n, p) for p in patterns)] == []


def test_a_foreign_file_in_the_way_is_refused_before_anything_is_computed(
    command: Command, starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place.claim(tmp_path / "r", "assess") as claimed:
        place.put(claimed, lambda new: None)
    (tmp_path / "r" / "board.md").write_text("mine")
    monkeypatch.setattr(assessing, "assess", lambda *given, **options: pytest.fail("ran"))
    said = command("assess", starter, "--out", tmp_path / "r")
    assert said.code == 2
    assert "board.md is not a file of tightrope and stands where" in said.err
    assert (tmp_path / "r" / "board.md").read_text() == "mine"


def test_the_second_writer_is_told_before_it_computes(
    command: Command, starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "WAIT", 0.1)
    monkeypatch.setattr(assessing, "assess", lambda *given, **options: pytest.fail("ran"))
    with place.claim(tmp_path / "r"):
        said = command("assess", starter, "--out", tmp_path / "r")
    assert said.code == 2
    assert "another tightrope is writing a result there" in said.err
    assert len(said.err.strip().splitlines()) == 1


# ---------------------------------------------------------------- being stopped


def program(code: str) -> subprocess.Popen[str]:
    """A Python program under `interrupt.guarded` that says `ready` and goes on."""
    head = "import signal, sys, time\nfrom tightrope.cli import interrupt\n"
    return subprocess.Popen(
        [sys.executable, "-c", head + code], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


WAITS = "print('ready', flush=True)\n    time.sleep(60)"


@posix
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "work",
    [
        f"def work():\n    {WAITS}\n",
        "def work():\n  try:\n    "
        + WAITS
        + "\n  except BaseException: raise ImportError('half')\n",
        "class Late:\n  def __del__(self):\n    " + WAITS + "\n"
        "def work():\n  Late()\n  time.sleep(60)\n",
        "import pathlib, tempfile\nwith tempfile.TemporaryDirectory() as made:\n"
        "  pathlib.Path(made, 'heavy.py').write_text('import os, time\\ntry:\\n'\n"
        "    '  print(\"ready\", flush=True)\\n  time.sleep(1)\\n'\n"
        "    'except BaseException: os.abort()\\n')\n"
        "  sys.path.append(made)\n"
        "  def work():\n    import heavy\n    time.sleep(60)\n",
    ],
    ids=["waiting", "turned into another error", "where nothing can be raised", "in an import"],
)
def test_a_request_to_stop_ends_in_a_sentence(how: signal.Signals, work: str) -> None:
    process = program(work + ("  " if "heavy" in work else "") + "interrupt.guarded(work)")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(how)
    _, said = process.communicate(timeout=30)
    assert said == interrupt.SAID
    assert process.returncode == 128 + how


@posix
def test_a_signal_that_is_ignored_stays_so() -> None:
    process = program(
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\ndef work():\n"
        "    signal.raise_signal(signal.SIGHUP)\n    print('ready', flush=True)\n"
        "interrupt.guarded(work)"
    )
    assert process.communicate(timeout=30) == ("ready\n", "")
    assert process.returncode == 0


def test_what_a_program_raises_is_its_own() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ZeroDivisionError):
        interrupt.guarded(lambda: 1 // 0)
    with pytest.raises(SystemExit) as ended:
        interrupt.guarded(lambda: sys.exit(3))
    assert ended.value.code == 3
    assert signal.getsignal(signal.SIGTERM) == before


@posix
@pytest.mark.slow
def test_a_run_that_is_killed_leaves_the_old_result_or_the_new_one(
    starter: Path, tmp_path: Path
) -> None:
    """At 20 moments: every other one anywhere in a whole run, the rest while it writes."""
    folder, seed = tmp_path / "beside" / "result", random.Random(3)
    left = folder.parent / ".result.tightrope"
    runner = subprocess.Popen(
        [sys.executable, str(TESTS / "running.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert runner.stdin is not None
    assert runner.stdout is not None

    def run(number: int, seconds: float, writing: bool = False) -> int:
        typed = ["watch", str(starter), "--worlds", "64", "--quarters", "8", "--out",
                 str(folder), "--seed", str(number)]  # fmt: skip
        print(json.dumps(typed), file=runner.stdin, flush=True)
        child = int(runner.stdout.readline())
        ended = not writing
        while not ended and not (left / "new").exists():
            ended = bool(select.select([runner.stdout], [], [], 0.0002)[0])
        if select.select([runner.stdout], [], [], seconds)[0] == []:
            os.kill(child, signal.SIGKILL)
        return int(runner.stdout.readline())

    try:
        assert run(0, 300) == 0  # compiles
        began = time.monotonic()
        assert run(0, 300) == 0
        whole = time.monotonic() - began
        (folder / "mine.txt").write_text("mine")
        seen: set[str] = set()
        ends = []
        for number in range(1, 21):
            writing = number % 2 == 0
            at_once = number % 4 == 0  # where writing takes less than any wait
            wait = 0.0 if at_once else seed.uniform(0, 0.01 if writing else whole)
            ends.append(run(number, wait, writing))
            assert place._is_whole(folder)
            assert (folder / "mine.txt").read_text() == "mine"
            seen |= {p.name for p in left.iterdir()} if left.exists() else set()
    finally:
        runner.stdin.close()
        runner.wait(60)
    assert set(ends) <= {0, -signal.SIGKILL}
    assert ends.count(-signal.SIGKILL) >= 10
    assert {"lock", "new"} <= seen, "no kill came while it wrote"
    with place.claim(folder, "watch", folders.writes("watch")):
        pass
    assert [p.name for p in folder.parent.iterdir()] == ["result"]
