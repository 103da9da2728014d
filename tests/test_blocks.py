"""Nothing is computed twice: what runs have given is kept by what it follows from."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tightrope
from tightrope import Board, Case
from tightrope.analyses.search import numbers as search
from tightrope.case.changes import Ground
from tightrope.case.content import digest
from tightrope.case.mechanism import mechanism
from tightrope.engine import kernel
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import Sample
from tightrope.store import blocks
from tightrope.store.blocks import Blocks, open_blocks

SIZES = {"worlds": 256, "basis_worlds": 128, "with_decisive": False, "with_scenarios": False}


def quarrel(words: str) -> None:
    raise AssertionError(words)


@pytest.fixture
def kept(tmp_path: Path) -> Blocks:
    return open_blocks(tmp_path, quarrel)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The plans that were run, one for each block."""
    done: list[object] = []
    whole = kernel.run_marked

    def counted(model: object, block: object, plan: object, last: object = None) -> object:
        done.append(plan)
        return whole(model, block, plan, last)  # type: ignore[arg-type]

    monkeypatch.setattr(kernel, "run_marked", counted)
    return done


def assessed(case: Case, kept: Blocks | None) -> Board:
    return tightrope.assess(case, kept=kept, **SIZES)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def fresh(starter_case: Case) -> Board:
    return assessed(starter_case, None)


def test_unchanged_and_again_nothing_is_run(
    starter_case: Case, fresh: Board, kept: Blocks, run: list[object]
) -> None:
    first = assessed(starter_case, kept)
    some = len(run)
    again = assessed(starter_case, open_blocks(kept.path.parent, quarrel))
    assert some > 20
    assert len(run) == some
    assert first.run.phases[0].world_quarters > 0
    assert {p.world_quarters for p in again.run.phases} == {0}, "what is looked up is not run"
    for board in (first, again):
        assert board.claims.equals(fresh.claims)
        assert board.removal.equals(fresh.removal)


def test_after_a_change_to_one_claim_only_its_arms_are_run(
    starter_case: Case, kept: Blocks, run: list[object]
) -> None:
    assessed(starter_case, kept)
    some = len(run)
    claim = starter_case.claims[0]
    (part, *more) = claim.parts
    strict = replace(claim, parts=(replace(part, margin=part.margin * 2), *more))
    assessed(replace(starter_case, claims=(strict, *starter_case.claims[1:])), kept)
    assert len(run) == some, "another margin needs no run"
    side = part.contrast.this
    longer = replace(part.contrast, this=replace(side, first=side.first + 1))
    later = replace(claim, parts=(replace(part, contrast=longer), *more))
    assessed(replace(starter_case, claims=(later, *starter_case.claims[1:])), kept)
    assert 0 < len(run) - some < some / 3


def test_a_search_that_was_done_runs_nothing_again(
    starter_case: Case, kept: Blocks, run: list[object]
) -> None:
    pytest.importorskip("pymoo")
    everything = Sample.of(starter_case, 0, 0, 96)
    runs = Runs(compile_case(starter_case, "habit"), everything, 8, kept)
    train, test = search.split(everything, 64, 32)

    def found() -> search.SearchResult:
        return search.run(runs.over(train), runs.over(test), population=12, generations=2)

    first, some = found(), len(run)
    again = found()
    assert len(run) == some > 0
    assert again.scores.equals(first.scores)


def test_what_counts_is_what_numbers_follow_from(starter_case: Case) -> None:
    own = digest(starter_case)
    first, *others = starter_case.variables
    said = replace(starter_case, variables=(replace(first, label="Another name"), *others))
    fewer = replace(starter_case, claims=starter_case.claims[:1], scenarios=())
    wider = replace(first, baseline=replace(first.baseline, low=first.baseline.low * 0.9))
    assert digest(said) == own
    assert digest(fewer) == own
    names = ([p.name for p in starter_case.priors], [v.name for v in starter_case.variables])
    regimes = tuple(r.name for r in starter_case.regimes)
    same = Ground(tuple(names[0]), tuple(names[1]), regimes)
    assert digest(replace(starter_case, ground=same)) == own, "as an overlay that adds nothing"
    fewer_numbers = replace(same, priors=same.priors[1:])
    assert digest(replace(starter_case, ground=fewer_numbers)) != own
    assert digest(replace(starter_case, variables=(wider, *others))) != own
    assert digest(replace(starter_case, mechanisms=starter_case.mechanisms[1:])) != own
    assert digest(replace(starter_case, mechanisms=starter_case.mechanisms[::-1])) != own


def test_functions_of_python_may_read_anything_so_nothing_of_them_is_kept(
    starter_case: Case,
) -> None:
    @mechanism(passages=("1.1",))
    def anything(trust: Any) -> dict[str, Any]:
        """Anything."""
        return {"trust": trust}

    assert digest(replace(starter_case, mechanisms=(anything,))) is None


# ---------------------------------------------------------------- the file


def entries(kept: Blocks, count: int, size: int = 100) -> dict[bytes, np.ndarray]:
    made = {bytes([i]) * 32: np.full(size, i, np.float32) for i in range(count)}
    kept.keep(made)
    return made


def test_what_was_kept_is_given_back(kept: Blocks) -> None:
    made = entries(kept, 20)
    found = open_blocks(kept.path.parent, quarrel).take([*made, b"never seen"])
    assert found.keys() == made.keys()
    for key, values in made.items():
        assert np.array_equal(found[key], values)


def test_a_damaged_entry_is_never_trusted(kept: Blocks) -> None:
    made = entries(kept, 3)
    *_, key = made
    assert kept.file is not None
    with kept.file as file:
        file.execute("update runs set value = zeroblob(400) where key = ?", (key,))
    assert kept.take(list(made)).keys() == made.keys() - {key}
    kept.keep({key: made[key]})
    assert np.array_equal(kept.take([key])[key], made[key])


def test_a_file_that_is_none_of_ours_is_begun_anew_and_that_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / blocks.NAME).write_bytes(b"\x00\x01 of another program" * 1000)
    kept = open_blocks(tmp_path, said.append)
    made = entries(kept, 2)
    assert kept.take(list(made)).keys() == made.keys()
    assert len(said) == 1
    assert "begun anew" in said[0]


def test_pages_damaged_in_use_end_its_use_and_the_work_goes_on(
    tmp_path: Path, starter_case: Case, fresh: Board
) -> None:
    first = open_blocks(tmp_path, quarrel)
    assessed(starter_case, first)
    first.close()
    path = tmp_path / blocks.NAME
    with path.open("r+b") as file:
        for at in range(4096, path.stat().st_size, 4096):
            file.seek(at)
            file.write(b"\xff" * 600)
    said: list[str] = []
    assert assessed(starter_case, open_blocks(tmp_path, said.append)).claims.equals(fresh.claims)
    assert len(said) == 1
    assert str(path) in said[0]


def test_on_a_full_disk_it_is_said_once_and_the_run_is_finished(
    kept: Blocks, starter_case: Case, fresh: Board
) -> None:
    said: list[str] = []
    kept.say = said.append
    assert kept.file is not None
    kept.file.execute("pragma max_page_count = 8").fetchall()
    assert assessed(starter_case, kept).claims.equals(fresh.claims)
    assert len(said) == 1
    assert "full; going on without" in said[0]


def test_a_folder_that_cannot_be_used_is_said_and_not_used(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "file").write_text("in the way")
    kept = open_blocks(tmp_path / "file", said.append)
    entries(kept, 2)
    assert kept.take([b"\x00" * 32]) == {}
    assert len(said) == 1


def test_beyond_the_limit_what_was_used_least_recently_is_thrown_out(tmp_path: Path) -> None:
    kept = open_blocks(tmp_path, quarrel, limit=60_000)
    old = entries(kept, 100)
    assert kept.file is not None
    with kept.file as file:
        file.execute("update runs set used = used - 1000 * rowid")
    late = {bytes([i]) * 33: np.full(100, i, np.float32) for i in range(100)}
    for key, values in late.items():
        kept.keep({key: values})
    found = kept.take([*old, *late])
    assert sum(v.nbytes for v in found.values()) <= 60_000
    assert sum(k in found for k in late) > sum(k in found for k in old)
    freed = blocks.remove(tmp_path)
    assert freed > 0
    assert blocks.size(tmp_path) == (0, 0)


# ---------------------------------------------------------------- processes


def program(starter: Path, home: Path, out: str) -> subprocess.Popen[bytes]:
    typed = ["assess", str(starter), "--worlds", "1024", "--basis-worlds", "512",
             "--skip", "what-decides", "--skip", "scenarios", "--out", str(home / out)]  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", "from tightrope.cli import main; main()", *typed],
        env=os.environ | {"XDG_CACHE_HOME": str(home)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


KILLS = 20

TABLES = ("claims.csv", "removal.csv", "boxes.csv")


def tables(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in TABLES]


def held(home: Path) -> set[bytes]:
    path = home / "tightrope" / blocks.NAME
    if not path.is_file():
        return set()
    file = sqlite3.connect(path)
    try:
        return {key for (key,) in file.execute("select key from runs")}
    except sqlite3.OperationalError:  # killed before the table was there
        return set()
    finally:
        file.close()


def test_two_at_once_share_one_store(starter: Path, tmp_path: Path) -> None:
    both = [program(starter, tmp_path, name) for name in ("one", "two")]
    for one in both:
        _, err = one.communicate(timeout=300)
        assert one.returncode == 0, err
        assert b"going on without" not in err
    assert tables(tmp_path / "one") == tables(tmp_path / "two")


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_where_it_stopped(starter: Path, tmp_path: Path) -> None:
    undisturbed = program(starter, tmp_path / "quiet", "out")
    began = time.monotonic()
    assert undisturbed.wait(timeout=300) == 0
    whole = time.monotonic() - began
    before: set[bytes] = set()
    for moment in np.random.default_rng(20).uniform(0.3, 1.0, KILLS):
        one = program(starter, tmp_path, "out")
        try:
            one.wait(timeout=float(moment) * whole)
        except subprocess.TimeoutExpired:
            one.send_signal(signal.SIGKILL)
            one.wait()
        assert before <= held(tmp_path), "a result that was kept is lost"
        before = held(tmp_path)
    assert program(starter, tmp_path, "out").wait(timeout=300) == 0
    assert tables(tmp_path / "out") == tables(tmp_path / "quiet" / "out")


def test_the_command_says_how_much_there_is_and_throws_it_out(
    command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "nothing" in command("cache").out
    entries(open_blocks(tmp_path / "tightrope", quarrel), 5)
    assert "5 results of runs" in command("cache").out
    assert "Thrown out" in command("cache", "--clear").out
    assert not (tmp_path / "tightrope" / blocks.NAME).exists()
