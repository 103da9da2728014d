"""Blocks of worlds on other processes: the same numbers, also where a worker is killed."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tightrope
from conftest import Command
from tightrope import Case, UseError
from tightrope.analyses.verdicts import claims
from tightrope.case import Arm
from tightrope.case.mechanism import mechanism
from tightrope.cluster import remote
from tightrope.cluster.crew import AHEAD, LARGEST, DaskCrew, Shared
from tightrope.engine.compiling import compile_case
from tightrope.engine.crew import Load, Piece, Tag, Task, Values, Want
from tightrope.engine.kept import engine
from tightrope.engine.model import LANES, Model
from tightrope.engine.plan import plan
from tightrope.engine.runs import Runs, _path, run_piece
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import First, Sample
from tightrope.store.blocks import open_blocks
from tiny import case, number, variable

distributed = pytest.importorskip("distributed")

WORLDS = 40 * LANES + 7
"""No whole number of blocks: the last one has room for several plans."""


@dataclass
class InHand:
    """A crew in this process: what travels is packed and unpacked, and comes in another order."""

    size: int = 3
    pieces: int = 0

    def together(self, total: int) -> int:
        return self.size

    def run(
        self, model: Model, load: Load, pieces: Iterable[tuple[Tag, Piece | None]]
    ) -> Iterator[tuple[Tag, Values | None]]:
        done: list[tuple[Tag, Values | None]] = []
        sent = remote.packed(model), remote.Parcel.of(load)
        for tag, piece in pieces:
            if piece is None:
                yield tag, None
                continue
            self.pieces += 1
            done.append((tag, remote.run(*sent, pickle.dumps(piece))))
        yield from reversed(done)


def shared(crew: Any, kept: Any = None) -> Any:
    return Shared(kept, crew)


def asked(of: Case, kept: Any, worlds: Any) -> np.ndarray:
    """All readings of all claims in some worlds."""
    runs = Runs(compile_case(of), worlds, 20, kept)
    testbed = claims.prepare(Setting.of(runs), claims.testable(of, 20))
    return runs.means(testbed.plans, testbed.readings)


# ---------------------------------------------------------------- what travels


@pytest.mark.parametrize("count", [1, LANES, 3 * LANES + 5])
@pytest.mark.parametrize("chosen", [False, True])
def test_what_travels_gives_the_same_bits(starter_case: Case, count: int, chosen: bool) -> None:
    worlds: Any = First(3, count)
    if chosen:
        worlds = Sample.of(starter_case, 3, 0, 4 * count).pick(np.arange(count) * 4)
    crew = InHand()
    assert np.array_equal(
        asked(starter_case, shared(crew), worlds), asked(starter_case, None, worlds)
    )
    assert crew.pieces > 0


def test_paths_and_whole_runs_travel_too(starter_case: Case) -> None:
    model, worlds = compile_case(starter_case), First(0, 2 * LANES + 3)
    here, there = (Runs(model, worlds, 20, kept) for kept in (None, shared(InHand())))
    arm = Setting.of(here).plan()
    assert np.array_equal(here.paths([arm], [0, 2]), there.paths([arm], [0, 2]))
    for one, other in zip(here.whole(arm), there.whole(arm), strict=True):
        assert np.array_equal(one, other)


def test_what_is_kept_is_not_sent(starter_case: Case, tmp_path: Path) -> None:
    blocks = open_blocks(tmp_path, pytest.fail)
    first, again = InHand(), InHand()
    worlds = First(0, 3 * LANES)
    found = asked(starter_case, shared(first, blocks), worlds)
    assert first.pieces > 0
    assert np.array_equal(asked(starter_case, shared(again, blocks), worlds), found)
    assert again.pieces == 0
    # What a crew has run is found by this process alone, too.
    assert np.array_equal(asked(starter_case, blocks, worlds), found)


def test_a_number_that_is_none_is_told_as_without_a_crew() -> None:
    @mechanism(passages=["1.1"])
    def breaks(y: Any, size: Any) -> Any:
        return {"x": size / (y - y)}

    wrong = case(
        [variable("x"), variable("y", noise=0.1)], [breaks], parameters=[number("size", 1, 2)]
    )
    arm = plan(wrong, Arm(), 4)
    said = []
    for kept in (None, shared(Local())):
        with pytest.raises(tightrope.CaseError) as problem:
            Runs(compile_case(wrong), First(0, 8), 4, kept).paths([arm], [0])
        said.append(str(problem.value))
    assert said[0] == said[1]
    assert "breaks" in said[0]


class Local(InHand):
    """A crew for a case with functions of a test, which cannot travel."""

    def run(self, model: Model, load: Load, pieces: Any) -> Any:
        for tag, piece in pieces:
            yield tag, run_piece(model, load, piece) if piece else None


def test_a_worker_of_another_version_is_refused(
    starter_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "engine", lambda: b"another")
    parcel = remote.packed(compile_case(starter_case, "habit"))
    monkeypatch.setattr(remote, "engine", engine)
    with pytest.raises(UseError, match="another version of tightrope"):
        remote.run(parcel, remote.Parcel.of(None), b"")


# ---------------------------------------------------------------- Dask


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@dataclass
class Cluster:
    """A scheduler in this process, and two workers as a user starts them."""

    address: str
    client: Any
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with distributed.LocalCluster(
        n_workers=0, host="127.0.0.1", scheduler_port=free_port(), dashboard_address="127.0.0.1:0"
    ) as scheduler:
        address = scheduler.scheduler_address
        command = [sys.executable, "-m", "tightrope", "worker", address, "--threads", "1"]
        workers = [subprocess.Popen(command) for _ in range(2)]
        try:
            with distributed.Client(address, set_as_default=False) as client:
                client.wait_for_workers(2, timeout=60)
                yield Cluster(address, client, workers)
        finally:
            for one in workers:
                one.terminate()
            assert all(one.wait(30) == 143 for one in workers)


def test_one_worker_is_killed_in_the_middle_and_the_result_is_the_same(
    starter_case: Case, cluster: Cluster
) -> None:
    kept = tightrope.on(cluster.client)
    killed: list[int] = []

    def kill() -> None:
        """The process that has run something is killed, not the one that looks after it."""
        pids = cluster.client.run(os.getpid)
        while not kept.crew.world_quarters:
            time.sleep(0.01)
        killed.append(next(iter(pids.values())))
        os.kill(killed[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    found = asked(starter_case, kept, First(0, WORLDS))
    thread.join()
    cluster.client.wait_for_workers(2, timeout=60)
    now = set(cluster.client.run(os.getpid).values())
    assert killed
    assert not set(killed) & now, "a worker that dies is started again"
    assert np.array_equal(found, asked(starter_case, None, First(0, WORLDS)))


def test_a_board_by_a_cluster_is_the_board_of_one_process(
    starter_case: Case, cluster: Cluster
) -> None:
    sizes: dict[str, Any] = {"worlds": 300, "basis_worlds": 64}
    there = tightrope.assess(starter_case, kept=tightrope.on(cluster.client), **sizes)
    here = tightrope.assess(starter_case, **sizes)
    assert there.claims.equals(here.claims)
    assert there.removal.equals(here.removal)
    for name, run in here.trajectories.items():
        assert there.trajectories[name].equals(run)


def test_only_so_many_pieces_are_out_at_a_time(starter_case: Case, cluster: Cluster) -> None:
    """However many worlds are asked for, and however slowly results are taken."""
    crew, sent = DaskCrew(cluster.client), 0
    setting = Setting.of(Runs(compile_case(starter_case), First(0, 10_000_000), 20))
    want = Want(0, 20, b"", partial(_path, (0,), 20))
    load = Load((setting.plan(),), (want,), 20, False)

    def pieces() -> Iterator[tuple[int, Piece]]:
        nonlocal sent
        for n in range(len(setting.runs.worlds) // LANES):
            sent += 1
            task = Task(slice(n * LANES, (n + 1) * LANES), (0,), ((0,),))
            yield n, Piece(First(0, 10_000_000), (task,))

    taken = 0
    for taken, (_, values) in enumerate(crew.run(setting.model, load, pieces()), start=1):
        assert values is not None
        assert sent - taken < AHEAD * 2
        if taken == 3 * AHEAD:
            break
    assert taken == 3 * AHEAD
    assert crew.together(10**9) == LARGEST


def test_the_command_says_how_fast_it_was(
    command: Command, starter: Path, cluster: Cluster, tmp_path: Path
) -> None:
    said = command(
        "assess", starter, "--worlds", 64, "--no-basis", "--skip", "scenarios", "--no-store",
        "--cluster", cluster.address, "--out", tmp_path / "out",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "world-quarters on up to 2 threads of workers" in " ".join(said.err.split())


def test_a_scheduler_file_will_do(
    command: Command, starter: Path, cluster: Cluster, tmp_path: Path
) -> None:
    file = tmp_path / "scheduler.json"
    cluster.client.write_scheduler_file(str(file))
    said = command(
        "influence", starter, "--worlds", 20, "--no-store", "--cluster", file,
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "threads of workers" in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("what", "where"),
    [
        ("assess", "nowhere"),
        ("assess", "http://127.0.0.1:1"),
        ("assess", "tcp://127.0.0.1:9"),
        ("worker", "nowhere"),
        ("worker", "http://127.0.0.1:1"),
    ],
)
def test_a_cluster_that_is_not_there(
    command: Command, starter: Path, where: str, what: str
) -> None:
    before = ["assess", starter, "--no-store", "--cluster"] if what == "assess" else ["worker"]
    said = command(*before, where)
    assert said.code == 2
    assert f'found "{where}"' in said.err
    assert "tcp://HOST:PORT" in said.err
    assert "Traceback" not in said.err


def test_nobody_works_and_it_is_said(starter_case: Case) -> None:
    with (
        distributed.LocalCluster(
            n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as empty,
        distributed.Client(empty, set_as_default=False) as client,
        pytest.raises(UseError, match=r"found no worker at tcp://127\.0\.0\.1:"),
    ):
        asked(starter_case, Shared(None, DaskCrew(client, patience=1.0)), First(0, 8))


def test_without_dask_it_is_said_what_to_install(
    command: Command, starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    for words in (["assess", starter, "--cluster", "local"], ["worker", "tcp://127.0.0.1:9"]):
        said = command(*words)
        assert said.code == 2
        assert "pip install 'tightrope[cluster]'" in said.err
