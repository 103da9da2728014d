"""A folder is replaced whole or not at all, and what others put there survives."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saving import texts, write
from tightrope import UseError
from tightrope.store import place

TESTS = Path(__file__).parent
posix = pytest.mark.skipif(os.name != "posix", reason="kills and locks")


def tree(folder: Path) -> dict[str, object]:
    """All that is under a folder: text, target or None (a folder) by name."""
    found: dict[str, object] = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        else:
            found[name] = None if path.is_dir() else path.read_bytes()
    return found


def foreign(folder: Path) -> dict[str, object]:
    listed = place.read(folder)
    assert listed is not None
    ours = {*listed.files, place.MANIFEST, *(str(p) for n in listed.files for p in Path(n).parents)}
    return {name: what for name, what in tree(folder).items() if name not in ours}


def count_of(folder: Path) -> int:
    """Which save is there; that it is all of it and of no other."""
    count = int(json.loads((folder / "run.json").read_text())["count"])
    listed = place.read(folder)
    assert listed is not None
    assert set(listed.files) == set(texts(count))
    for name, text in texts(count).items():
        assert (folder / name).read_text() == text
    return count


def nothing_beside(folder: Path) -> bool:
    return [p.name for p in folder.parent.iterdir()] == [folder.name]


# ---------------------------------------------------------------- killed


def saver(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(TESTS / "saving.py"), str(folder), *options],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
    )


def forked(folder: Path, swapless: bool) -> int:
    """A child that saves again and again, without the time that a new Python takes to start."""
    child = os.fork()
    if child:
        return child
    try:
        if swapless:
            place._swap = lambda one, other: False  # type: ignore[assignment]
        count = count_of(folder) if folder.exists() else 0
        while True:
            count += 1
            write(folder, count)
    except BaseException as problem:
        os.write(2, repr(problem).encode())
    os._exit(1)


@posix
@pytest.mark.parametrize("swapless", [False, True])
def test_killed_at_200_moments_there_is_always_the_old_or_the_new_result_whole(
    tmp_path: Path, swapless: bool
) -> None:
    folder, seed = tmp_path / "beside" / "result", random.Random(7)
    write(folder, 0)
    mine = {
        "mine.txt": b"mine",
        "a": None,
        "a/mine.txt": b"mine too",
        "odd": None,
        "x": None,
        "odd/mine.txt": b"here",
        "empty": None,
        "link": "nowhere",
        "x/y": None,
        "x/y/z": b"",
    }
    for name, what in mine.items():
        if what is None:
            (folder / name).mkdir(exist_ok=True)
        elif isinstance(what, str):
            (folder / name).symlink_to(what)
        else:
            (folder / name).write_bytes(what)  # type: ignore[arg-type]
    left = folder.parent / ".result.tightrope"
    began = time.monotonic()
    write(folder, 0)
    once = time.monotonic() - began
    last, seen = 0, set()
    for _ in range(200):
        child = forked(folder, swapless)
        limit = time.monotonic() + 10
        while not left.exists() and time.monotonic() < limit:  # it has not begun
            time.sleep(0.0005)
        time.sleep(seed.uniform(0, 4 * once))
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        seen |= {p.name for p in left.iterdir()} if left.exists() else set()
        if swapless:  # a kill between the two moves: any later run puts it right
            write(folder.parent / "other", 1)
        now = count_of(folder)
        assert now >= last
        last = now
        found = tree(folder)
        assert {name: found.get(name, "lost") for name in mine} == mine
        assert not [name for name in found if "kept" in name]
    assert last > 20, "it hardly saved anything"
    assert {"lock", "new"} <= seen, "no kill came while it wrote"
    write(folder, last + 1)
    shutil.rmtree(folder.parent / "other", ignore_errors=True)
    assert nothing_beside(folder)
    assert set(foreign(folder)) <= set(mine)


def stopped_at(folder: Path, count: int, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave what a kill before `step` leaves: nothing after it is done, nor cleaned up."""

    class Killed(BaseException):
        pass

    def die(*given: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if step == "between the moves":
            patch.setattr(place, "_swap", lambda one, other: False)
            rename = os.rename

            def second_move(source: Path, target: Path) -> None:
                if Path(target) == folder:
                    raise Killed
                rename(source, target)

            patch.setattr(os, "rename", second_move)
        else:
            patch.setattr(place, step, die)
        recover = place._recover
        calls: list[Path] = []

        def once(path: Path) -> bool:
            calls.append(path)
            return recover(path) if len(calls) == 1 else True

        patch.setattr(place, "_recover", once)
        patch.setattr(place, "_release", lambda aside, held: os.close(held))
        with pytest.raises(Killed):
            write(folder, count)


@pytest.mark.parametrize("step", ["_described", "_carry", "_exchange", "between the moves"])
def test_what_a_kill_leaves_is_put_right_and_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder = tmp_path / "result"
    write(folder, 1)
    (folder / "mine.txt").write_text("mine")
    stopped_at(folder, 2, step, monkeypatch)
    assert (tmp_path / ".result.tightrope").exists()
    assert folder.exists() == (step != "between the moves")
    write(tmp_path / "other", 1)  # a run for another folder does it, too
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "result"]
    assert count_of(folder) == (2 if step == "between the moves" else 1)
    assert foreign(folder) == {"mine.txt": b"mine"}


def test_the_last_good_one_is_never_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "result"
    write(folder, 1)
    (folder / "mine.txt").write_text("mine")
    stopped_at(folder, 2, "between the moves", monkeypatch)
    aside = tmp_path / ".result.tightrope"
    (aside / "ready" / "page.html").unlink()  # the new one is broken: the old one comes back
    os.utime(aside, (0, 0))
    write(tmp_path / "other", 1)
    assert count_of(folder) == 1
    assert (folder / "mine.txt").read_text() == "mine"


def test_what_only_a_displaced_folder_has_goes_back(tmp_path: Path) -> None:
    """Somebody writes into the old folder in the moment before it is removed."""
    folder, aside = tmp_path / "result", tmp_path / ".result.tightrope"
    write(folder, 1)
    shutil.copytree(folder, aside / "ready")
    (aside / "lock").write_text(place.NOTE)
    (aside / "ready" / "late").mkdir()
    (aside / "ready" / "late" / "mine.txt").write_text("late")
    (aside / "ready" / "page.html").write_text("edited")
    write(tmp_path / "other", 1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "result"]
    assert count_of(folder) == 1
    assert foreign(folder) == {
        "late": None, "late/mine.txt": b"late", "page.html.kept": b"edited",
    }  # fmt: skip


# ---------------------------------------------------------------- what is not ours


NAMES = st.text("abé .-\n%", min_size=1, max_size=6).filter(lambda n: n not in {".", ".."})
TREES = st.recursive(
    st.one_of(st.binary(max_size=20), st.text("xy/", min_size=1, max_size=5)),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def plant(folder: Path, what: object) -> None:
    """Bytes are a file, text is a link's target, a mapping is a folder."""
    if isinstance(what, dict):
        folder.mkdir(exist_ok=True)
        for name, inner in what.items():
            plant(folder / name, inner)
    elif isinstance(what, bytes):
        folder.write_bytes(what)
    else:
        folder.symlink_to(str(what))


@settings(max_examples=60)
@given(st.dictionaries(NAMES.map("f{}".format), TREES, max_size=4), st.booleans())
def test_whatever_others_put_there_survives(planted: dict[str, object], linked: bool) -> None:
    with TemporaryDirectory() as made, pytest.MonkeyPatch.context() as patch:
        if not linked:
            patch.setattr(os, "link", no_links)
        folder = Path(made, "result")
        write(folder, 1)
        plant(folder, planted)
        plant(folder / "a" / "b", planted)  # also where our own files are
        before = foreign(folder)
        for count in (2, 3):
            write(folder, count)
            assert count_of(folder) == count
            assert foreign(folder) == before
        assert nothing_beside(folder)


def no_links(*given: object, **options: object) -> None:
    raise PermissionError("no links on this disk")


def test_files_of_ours_that_a_new_result_has_not_are_gone(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    write(folder, 1)
    assert (folder / "odd" / "three.csv").exists()
    write(folder, 2)
    assert not (folder / "odd").exists()
    assert set(tree(folder)) == {*texts(2), "a", "a/b", place.MANIFEST}


@pytest.mark.parametrize(
    "beside",
    [
        {"run.json": "{}"},
        {"run.json": '{"case": "kabul", "case_hash": "0", "command": "tightrope assess"}'},
        {"tightrope.json": "{}"},
        {"tightrope.json": '{"form": 1, "files": {}, "made by": "", "settings": {}}'},
        {"tightrope.json": "[" * 5000},
        {},
    ],
)
def test_a_thesis_is_not_touched(tmp_path: Path, beside: dict[str, str]) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    for name, text in ({"thesis.txt": "years"} | beside).items():
        (folder / name).write_text(text)
    before = tree(tmp_path)
    with pytest.raises(UseError, match=r"something else than a result of tightrope.*allowed: "):
        write(folder, 1)
    assert tree(tmp_path) == before


def test_an_older_result_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"case": "a", "case_hash": "0", "command": "tightrope"}')
    with pytest.raises(UseError, match="seems to be a result of an earlier version"):
        place.check(tmp_path)


def test_a_manifest_from_elsewhere_lets_nothing_be_removed(tmp_path: Path) -> None:
    """Copied beside a thesis it names no file that is the same there."""
    write(tmp_path / "one", 1)
    thesis = tmp_path / "two"
    thesis.mkdir()
    shutil.copy(tmp_path / "one" / place.MANIFEST, thesis)
    (thesis / "thesis.txt").write_text("years")
    (thesis / "page.html").write_text("my own")
    with pytest.raises(UseError, match=r"page\.html was changed"):
        write(thesis, 2)
    (thesis / "page.html").unlink()
    write(thesis, 2)
    assert foreign(thesis) == {"thesis.txt": b"years"}


@pytest.mark.parametrize("how", ["edited", "same size", "link", "folder"])
def test_a_file_of_ours_that_was_changed_is_not_replaced(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "result"
    write(folder, 1)
    page = folder / "page.html"
    text = page.read_text()
    page.unlink()
    if how == "edited":
        page.write_text(text + "my note")
    elif how == "same size":
        page.write_text(text.replace("save", "SAVE"))
    elif how == "link":
        (tmp_path / "elsewhere").write_text(text)
        page.symlink_to(tmp_path / "elsewhere")
    else:
        page.mkdir()
    before = tree(folder)
    with pytest.raises(UseError, match=r"page\.html was changed after tightrope wrote it"):
        write(folder, 2)
    assert tree(folder) == before


def test_a_file_of_ours_that_is_gone_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path / "result", 1)
    (tmp_path / "result" / "page.html").unlink()
    write(tmp_path / "result", 2)
    assert count_of(tmp_path / "result") == 2


@pytest.mark.parametrize("kind", ["file", "folder", "link", "above"])
def test_what_stands_in_the_way_is_refused_before_anything_is_done(
    tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "result"
    write(folder, 2)
    if kind == "above":
        (folder / "odd").write_text("mine")
    elif kind == "file":
        (folder / "odd.csv").write_text("mine")
    elif kind == "link":
        (folder / "odd.csv").symlink_to("elsewhere")
    else:
        (folder / "odd.csv").mkdir()
    before = tree(tmp_path)
    with (
        pytest.raises(UseError, match=r"odd.* is not a file of tightrope and stands where"),
        place.claim(folder, "saving", ["odd.csv", "odd/*"]),
    ):
        pass
    assert tree(tmp_path) == before


def test_what_comes_to_stand_in_the_way_later_stays_under_another_name(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    write(folder, 2)

    def make(new: Path) -> None:
        (new / "odd.csv").write_text("new")
        (new / "page.html").write_text("new")
        (folder / "odd.csv").mkdir()
        (folder / "odd.csv" / "mine").write_text("mine")
        (folder / "page.html").write_text("my note")

    with place.claim(folder, "saving", ["odd.csv"]) as claimed:
        place.put(claimed, make)
    assert foreign(folder) == {
        "odd.csv.kept": None, "odd.csv.kept/mine": b"mine", "page.html.kept": b"my note",
    }  # fmt: skip
    assert (folder / "odd.csv").read_text() == "new"
    assert nothing_beside(folder)


def test_what_is_no_result_any_more_when_it_is_made_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "result"

    def make(new: Path) -> None:
        folder.mkdir()
        (folder / "mine.txt").write_text("mine")

    with pytest.raises(UseError, match="something else"), place.claim(folder) as claimed:
        place.put(claimed, make)
    assert tree(tmp_path) == {"result": None, "result/mine.txt": b"mine"}


def test_the_result_of_another_command_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path / "result", 1)
    with (
        pytest.raises(UseError, match="holds a result of `tightrope saving`; allowed: a new"),
        place.claim(tmp_path / "result", "assess"),
    ):
        pass


def test_a_folder_chosen_by_default_keeps_the_result_of_other_settings(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    with place.claim(folder, "assess", settings={"case": "a"}, same=True) as claimed:
        place.put(claimed, lambda new: None)
    with place.claim(folder, "assess", settings={"case": "a"}, same=True):
        pass
    with (
        pytest.raises(UseError, match=r"another case or of other settings \(case a\)"),
        place.claim(folder, "assess", settings={"case": "b"}, same=True),
    ):
        pass
    with place.claim(folder, "assess", settings={"case": "b"}):  # named with --out
        pass


# ---------------------------------------------------------------- two at once


def test_the_second_of_two_writers_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "WAIT", 0.1)
    folder = tmp_path / "runs" / "result"
    (tmp_path / "link").symlink_to(folder)
    with place.claim(folder):
        for name in (folder, tmp_path / "runs" / ".." / "runs" / "result", tmp_path / "link"):
            with pytest.raises(UseError, match="another tightrope is writing a result there"):
                write(name, 1)
        write(tmp_path / "runs" / "other", 1)  # and does not sweep what the first one has
        assert (tmp_path / "runs" / ".result.tightrope" / "lock").exists()
    write(folder, 1)


def test_two_that_save_again_and_again_take_turns(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    both = [saver(folder, "pausing"), saver(folder, "pausing")]
    try:
        for _ in range(20):
            for process in both:
                assert process.stdout is not None
                assert process.stdout.readline(), "it could not save"
    finally:
        for process in both:
            process.kill()
            process.communicate()
    count_of(folder)
    write(folder, 1)
    assert nothing_beside(folder)


def test_a_refusal_leaves_no_folders_that_were_made_for_it(tmp_path: Path) -> None:
    def fail(new: Path) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), place.claim(tmp_path / "a" / "b" / "c") as claimed:
        place.put(claimed, fail)
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- odd places


@pytest.fixture
def plain_user() -> Iterator[None]:
    """Whoever may write everywhere is somebody else for the test."""
    if os.name != "posix":
        pytest.skip("no modes")
    root = os.geteuid() == 0
    if root:
        os.setresuid(65534, 65534, 0)
    yield
    if root:
        os.setresuid(0, 0, 0)


def test_odd_places_are_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "result", 1)
    (tmp_path / "result" / "mine").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "result" / "mine")
    for name, said in {
        "..": "is the folder you are in, or has it in it",
        ".": "is the folder you are in, or has it in it",
        "/": "something else than a result",
        tmp_path / "home": "is your home",
        tmp_path / "file": "is a file",
        tmp_path / "file" / "in" / "it": "which is a file",
        tmp_path / "loop": "cannot be a folder",
        tmp_path / ("x" * 250): "too long",
        tmp_path / "a\0b": "cannot be a folder",
        "/proc/result": "may not be written to",
    }.items():
        with pytest.raises(UseError, match=said) as refused:
            write(Path(name), 1)
        assert "; allowed: " in str(refused.value)
        assert str(refused.value).count("\n") == 0


@pytest.mark.usefixtures("plain_user")
def test_what_may_not_be_written_or_read_is_refused() -> None:
    with TemporaryDirectory() as made:
        folder = Path(made, "beside", "result")
        write(folder, 1)
        (folder / "mine").mkdir()
        for locked, said in (
            (folder.parent, "beside may not be written to"),
            (folder, "result may not be written to"),
            (folder / "mine", "mine may not be read"),
        ):
            mode = locked.stat().st_mode
            locked.chmod(0o100 if said.endswith("read") else 0o500)
            with pytest.raises(UseError, match=said):
                write(folder, 2)
            locked.chmod(mode)
        (folder / "mine").chmod(0o500)  # may be read: is kept as it is
        write(folder, 2)
        write(folder, 3)
        assert (folder / "mine").stat().st_mode & 0o777 == 0o500
        assert nothing_beside(folder)


def test_a_link_to_a_result_stays_one(tmp_path: Path) -> None:
    write(tmp_path / "result", 1)
    (tmp_path / "link").symlink_to("result")
    write(tmp_path / "link", 2)
    assert (tmp_path / "link").is_symlink()
    assert count_of(tmp_path / "result") == 2


def test_the_modes_of_a_folder_stay(tmp_path: Path) -> None:
    write(tmp_path / "result", 1)
    (tmp_path / "result").chmod(0o770)
    write(tmp_path / "result", 2)
    assert (tmp_path / "result").stat().st_mode & 0o777 == 0o770


def test_what_looks_like_a_folder_to_work_in_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "WAIT", 0.1)
    (tmp_path / ".one.tightrope" / "new").mkdir(parents=True)
    (tmp_path / ".one.tightrope" / "new" / "mine").write_text("mine")
    (tmp_path / ".two.tightrope").write_text("mine")
    before = tree(tmp_path)
    write(tmp_path / "three", 1)
    for name in ("one", "two"):
        with pytest.raises(UseError, match="stands where tightrope has to work"):
            write(tmp_path / name, 1)
    shutil.rmtree(tmp_path / "three")
    assert tree(tmp_path) == before
