"""Folders that are replaced whole or not at all, and in which what others put there survives.

A folder of ours holds MANIFEST: what made it, and every file that was written with its size and
hash. A new result is made in a folder beside it, `.NAME.tightrope`; what is not ours is linked
into it; then the two are exchanged, in one step where the system can. Nothing is removed unless
the manifest lists it unchanged or the same thing lies in the folder.

In `.NAME.tightrope`: `lock` (held by the process at work, freed by the system when it ends),
`new` (being written, always ours), `ready` (complete; after an exchange what was there before),
`old` (what was there before, on systems that cannot exchange).
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import itertools
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tightrope.errors import UseError

MANIFEST = "tightrope.json"
"""The file by which a folder is known to be ours, and which files in it are."""

ABOUT = "What tightrope wrote into this folder; a new result replaces these files and no others."
FORM = 1
NOTE = "While this file is here, tightrope writes the folder beside it, or was killed doing so.\n"
ENDING = ".tightrope"
WAIT = 2.0
"""Seconds to wait for another process before saying that it is at work."""


@dataclass(frozen=True)
class Place:
    """A folder that this process alone may write a result to.

    Attributes:
        what: the command whose result it is; "" where none is named.
        settings: what was asked for, by name; told apart where a folder is chosen by default.
    """

    folder: Path
    what: str
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """What is ours in a folder. `files`: size in bytes and SHA-256 by name, such as `a/b.csv`."""

    what: str
    settings: Mapping[str, str]
    files: Mapping[str, tuple[int, str]]


@contextmanager
def claim(
    folder: Path,
    what: str = "",
    names: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    same: bool = False,
) -> Iterator[Place]:
    """Hold a folder for a result, so that nobody else writes it meanwhile; see `check`.

    First puts right what killed processes left there and beside it. With `same`, a result of
    other settings is refused too.
    """
    target = _resolved(folder)
    _check_around(target)
    _check_kind(target, folder)
    with _locked(target):
        _sweep(target.parent)
        if not _recover(target):
            raise UseError(
                f"{_aside(target)} holds parts of a result that are in no other place; "
                "allowed: move it away first"
            )
        check(folder, what, names)
        found = read(target)
        if same and found and dict(found.settings) != dict(settings or {}):
            raise UseError(
                f"{folder} holds a result of another case or of other settings "
                f"({_listed(found.settings)}); allowed: another folder with --out"
            )
        yield Place(target, what, settings or {})


def put(place: Place, write: Callable[[Path], None]) -> Path:
    """Replace what is ours in a claimed folder by what `write` makes in an empty one.

    Whoever looks sees the old or the new result, whole; see `_exchange` for systems that cannot.
    What others put there stays. What has come to stand in the way since the claim, when the new
    result is made already, stays too, as NAME.kept.
    """
    aside = _aside(place.folder)
    new, ready = aside / "new", aside / "ready"
    try:
        new.mkdir()
        write(new)
        (new / MANIFEST).write_text(_described(new, place), encoding="utf-8")
        _check_kind(place.folder)  # the work may have taken minutes
        if place.folder.exists():
            found = read(place.folder)
            shutil.copymode(place.folder, new)
            _carry(place.folder, found.files if found else {}, new, _link)
        os.rename(new, ready)
        _exchange(ready, place.folder, aside / "old")
    finally:
        _recover(place.folder)
    return place.folder


def check(folder: Path, what: str = "", names: Sequence[str] = ()) -> None:
    """Raise UseError where a result cannot be put without harm to something else.

    `what` is the command whose result it would be, `names` the patterns of names that it writes.
    A folder may be replaced where it is new, empty, or a result of the same command that nobody
    has changed; other files in it stay, and may not stand where the result has to go.
    """
    target = _resolved(folder)
    _check_around(target)
    _check_kind(target, folder)
    if not target.exists():
        return
    _check_use(target, folder)
    found = read(target)
    if found is None:
        return
    if what and found.what and found.what != what:
        raise UseError(
            f"{folder} holds a result of `tightrope {found.what}`; "
            f"allowed: a new folder, or one that holds a result of `tightrope {what}`"
        )
    _check_files(target, folder, found, names)


def read(folder: Path) -> Manifest | None:
    """What is ours in a folder; None where it has no manifest or one that was tampered with."""
    try:
        about = json.loads((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError, RecursionError):
        return None
    if not isinstance(about, dict) or about.get("form") != FORM:
        return None
    if about.pop("seal", None) != _seal(about):
        return None
    files = {name: (size, digest) for name, (size, digest) in about["files"].items()}
    return Manifest(about["made by"], about["settings"], files)


# ---------------------------------------------------------------- what is refused


def _resolved(folder: Path) -> Path:
    """Where the folder really is; links are followed, so that they stay."""
    try:
        found = folder.resolve()
        found.exists()
    except FileNotFoundError:
        raise UseError(
            "the folder you are in is there no more; allowed: go to one that is"
        ) from None
    except (RuntimeError, OSError, ValueError) as problem:
        said = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise UseError(f"{folder} cannot be a folder: {said}; allowed: another name") from None
    if len(os.fsencode(_aside(found).name)) > 255:
        raise UseError(f"the name of {folder} is too long; allowed: about 240 bytes")
    return found


def _check_around(folder: Path) -> None:
    around = next((p for p in folder.parents if os.path.lexists(p)), folder)
    if not around.is_dir():
        raise UseError(f"{folder} lies in {around}, which is a file; allowed: a place in a folder")
    for place in (around, folder):
        if place.is_dir() and not os.access(place, os.R_OK | os.W_OK | os.X_OK):
            raise UseError(f"{place} may not be written to; allowed: a folder that may")


def _check_kind(target: Path, folder: Path | None = None) -> None:
    folder = folder or target
    if target.exists() and not target.is_dir():
        raise UseError(f"{folder} is a file; allowed: a new folder or one that holds a result")
    if not target.exists() or read(target) or not any(target.iterdir()):
        return
    if (target / MANIFEST).exists():
        why = f"its {MANIFEST} was changed, so that what may be replaced is not known"
    elif _older(target):
        why = "it seems to be a result of an earlier version, which did not note what it wrote"
    else:
        why = f"it has no {MANIFEST}"
    raise UseError(
        f"{folder} holds something else than a result of tightrope ({why}); "
        "allowed: a new folder, an empty one, or one that holds a result"
    )


def _older(folder: Path) -> bool:
    """Whether it looks like a result of before there were manifests. It is refused all the same."""
    try:
        about = json.loads((folder / "run.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(about, dict) and {"case", "case_hash", "command"} <= about.keys()


def _check_use(target: Path, folder: Path) -> None:
    """A folder is exchanged for another: whoever is in the old one would be nowhere."""
    here = Path.cwd().resolve()
    if here.is_relative_to(target):
        raise UseError(
            f"{folder} is the folder you are in, or has it in it; allowed: one beside or below"
        )
    if target == Path.home().resolve():
        raise UseError(f"{folder} is your home; allowed: a folder in it")
    if target.is_mount():
        raise UseError(f"{folder} is a disk of its own (mounted); allowed: a folder in it")


def _check_files(target: Path, folder: Path, found: Manifest, names: Sequence[str]) -> None:
    device = target.stat().st_dev
    own = {*found.files, *_folders(found.files), MANIFEST}
    for name, is_folder in _entries(target):
        path = target / name
        if path.lstat().st_dev != device:
            raise UseError(f"{folder / name} is a disk of its own (mounted); allowed: none in it")
        if is_folder and not os.access(path, os.R_OK | os.X_OK):
            raise UseError(f"{folder / name} may not be read; allowed: move it away first")
        if name in found.files and not unchanged(path, found.files[name]):
            raise UseError(
                f"{folder / name} was changed after tightrope wrote it, and a new result would "
                "replace it; allowed: move it away first, or another folder with --out"
            )
        if name not in own and any(_in_the_way(name, is_folder, pattern) for pattern in names):
            raise UseError(
                f"{folder / name} is not a file of tightrope and stands where the result would "
                "go; allowed: move it away first, or another folder with --out"
            )


def _in_the_way(name: str, is_folder: bool, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or (not is_folder and pattern.startswith(f"{name}/"))


def _listed(settings: Mapping[str, str]) -> str:
    return ", ".join(f"{k} {v}" for k, v in settings.items()) or "none named"


# ---------------------------------------------------------------- one process at a time


def _aside(folder: Path) -> Path:
    return folder.parent / f".{folder.name}{ENDING}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold `.NAME.tightrope`; it, and folders made for it, are gone afterwards if empty."""
    missing = [p for p in folder.parents if not p.exists()]
    aside = _aside(folder)
    held = _lock(aside)
    if held is None:
        raise UseError(
            f"{folder}: another tightrope is writing a result there; "
            "allowed: wait until it has ended, or another folder with --out"
        )
    try:
        yield
    finally:
        _release(aside, held)
        for made in missing:
            _drop(made)


def _lock(aside: Path) -> int | None:
    """The open lock file, or None where another process holds it."""
    limit = time.monotonic() + WAIT
    while True:
        if os.path.lexists(aside) and not _is_aside(aside):
            if time.monotonic() < limit:  # it may look odd while others take it up or clear it away
                time.sleep(0.01)
                continue
            raise UseError(f"{aside} stands where tightrope has to work; allowed: move it away")
        try:
            aside.mkdir(parents=True, exist_ok=True)
            held = os.open(aside / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as problem:
            # by another process, just now, in the middle of this
            cleared = isinstance(problem, FileNotFoundError | FileExistsError)
            if cleared and time.monotonic() < limit:
                continue
            raise UseError(
                f"{aside.parent} may not be written to ({problem.strerror}); "
                "allowed: a folder that may"
            ) from None
        got = _try_lock(held)
        if got and _is_at(held, aside / "lock"):
            if not os.fstat(held).st_size:
                os.write(held, NOTE.encode())
            return held
        os.close(held)
        if not got and time.monotonic() > limit:
            return None
        time.sleep(0.01)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(held: int) -> bool:
        try:
            msvcrt.locking(held, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(held: int) -> bool:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _is_at(held: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(held), os.stat(path))
    except FileNotFoundError:
        return False


def _release(aside: Path, held: int) -> None:
    if {p.name for p in aside.iterdir()} == {"lock"}:
        (aside / "lock").unlink()
        _drop(aside)
    os.close(held)


def _is_aside(aside: Path) -> bool:
    """Whether it is a folder of ours to work in, by what it holds."""
    try:
        names = set() if aside.is_symlink() else {p.name for p in aside.iterdir()}
        note = (aside / "lock").read_bytes().decode(errors="replace") if names else ""
    except FileNotFoundError:
        return not os.path.lexists(aside)  # has just been cleared away
    except OSError:
        return False
    known = names <= {"lock", "new", "ready", "old"} and not aside.is_symlink()
    return known and (note == NOTE or (note == "" and names <= {"lock"}))


def _sweep(parent: Path) -> None:
    """Put right what killed processes left beside this folder, for other folders."""
    for aside in sorted(parent.glob(f".*{ENDING}")):
        lock = aside / "lock"
        if not (_is_aside(aside) and os.access(aside, os.W_OK | os.X_OK)):
            continue
        try:
            held = os.open(lock, os.O_RDWR)
        except (FileNotFoundError, PermissionError):  # cleared away just now, or another user's
            continue
        if _try_lock(held) and _is_at(held, lock):
            _recover(parent / aside.name[1 : -len(ENDING)])
            _release(aside, held)
        else:
            os.close(held)


# ---------------------------------------------------------------- one folder for another


def _exchange(new: Path, folder: Path, old: Path) -> None:
    """Put `new` in the place of `folder`.

    Where the system cannot exchange two folders there is a moment between two moves in which a
    kill leaves no folder; then the next run, whatever it is, first puts the new one there.
    """
    if os.path.lexists(folder) and not _swap(new, folder):
        os.rename(folder, old)
    if not os.path.lexists(folder):
        os.rename(new, folder)


def _swap(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system or the disk cannot."""
    if os.name != "posix":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        failed = library.renamex_np(*paths, 2)  # RENAME_SWAP
    elif hasattr(library, "renameat2"):
        here = -100  # AT_FDCWD
        failed = library.renameat2(here, paths[0], here, paths[1], 2)  # RENAME_EXCHANGE
    else:
        return False
    if failed and ctypes.get_errno() not in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))
    return not failed


def _recover(folder: Path) -> bool:
    """Put right what is in `.NAME.tightrope`; False where nothing can be done about it.

    A folder that is missing comes back. What was displaced is removed as far as it is ours or
    lies in the folder; anything else in it goes there.
    """
    aside = _aside(folder)
    new, ready, old = aside / "new", aside / "ready", aside / "old"
    if new.exists():
        _clear(new)
    if not os.path.lexists(folder):
        if ready.exists() and _is_whole(ready):
            os.rename(ready, folder)
        elif old.exists():
            os.rename(old, folder)
    left = [p for p in (old, ready) if p.exists()]
    if left and not folder.is_dir():
        return False
    for displaced in left:
        _settle(displaced, folder)
    return not ready.exists() and not old.exists()


def _is_whole(folder: Path) -> bool:
    found = read(folder)
    return found is not None and all(unchanged(folder / n, f) for n, f in found.files.items())


def _settle(displaced: Path, folder: Path) -> None:
    """Remove what was displaced; what is in no other place goes into the folder."""
    _open_up(displaced)
    found = read(displaced)
    for name in _carry(displaced, found.files if found else {}, folder, os.rename):
        (displaced / name).unlink()
    if found and {p.name for p in displaced.iterdir() if not p.is_dir()} <= {MANIFEST}:
        (displaced / MANIFEST).unlink()
    for name in reversed([name for name, _ in _entries(displaced)]):
        _drop(displaced / name)
    _drop(displaced)


def _carry(
    source: Path,
    files: Mapping[str, tuple[int, str]],
    target: Path,
    bring: Callable[[Path, Path], None],
) -> list[str]:
    """Bring what is not ours into `target`, name by name; return the names that were not brought.

    Those are ours, or lie in `target` already. What would take the place of something else
    there becomes NAME.kept.
    """
    ours = _folders(files)
    at = {"": target}
    made, done = [], []
    for name, is_folder in _entries(source):
        above, _, last = name.rpartition("/")
        if is_folder:
            at[name] = next(p for p in _spots(at[above] / last) if _may_hold(p))
            if name not in ours and not at[name].exists():
                at[name].mkdir(parents=True)
                made.append(name)
            continue
        if name == MANIFEST:
            continue
        if name in files and unchanged(source / name, files[name]):
            done.append(name)
            continue
        spots = _spots(at[above] / last)
        to = next(p for p in spots if not os.path.lexists(p) or _same(source / name, p))
        if os.path.lexists(to):
            done.append(name)
        else:
            to.parent.mkdir(parents=True, exist_ok=True)
            bring(source / name, to)
    for name in reversed(made):
        shutil.copystat(source / name, at[name])
    return done


def _spots(path: Path) -> Iterator[Path]:
    yield path
    yield path.with_name(f"{path.name}.kept")
    yield from (path.with_name(f"{path.name}.kept{i}") for i in itertools.count(2))


def _may_hold(path: Path) -> bool:
    return not os.path.lexists(path) or (path.is_dir() and not path.is_symlink())


def _link(source: Path, target: Path) -> None:
    """The same file under a second name; a copy where the disk knows no links."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        if not stat.S_ISREG(source.lstat().st_mode) and not source.is_symlink():
            raise
        shutil.copy2(source, target, follow_symlinks=False)


# ---------------------------------------------------------------- files


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    """Names under a folder, each after the folder that it is in, and whether it is a folder."""
    waiting = [""]
    while waiting:
        under = waiting.pop()
        with os.scandir(folder / under) as found:
            entries = sorted((e.name, e.is_dir(follow_symlinks=False)) for e in found)
        for last, is_folder in entries:
            name = f"{under}/{last}" if under else last
            yield name, is_folder
            if is_folder:
                waiting.append(name)


def _folders(files: Collection[str]) -> set[str]:
    """The folders in which files are, and those in which these are."""
    return {str(p) for name in files for p in Path(name).parents} - {"."}


def _described(folder: Path, place: Place) -> str:
    names = sorted(name for name, is_folder in _entries(folder) if not is_folder)
    about: dict[str, Any] = {
        "about": ABOUT,
        "form": FORM,
        "made by": place.what,
        "settings": dict(place.settings),
        "files": {n: [(folder / n).stat().st_size, _digest(folder / n)] for n in names},
    }
    return json.dumps({**about, "seal": _seal(about)}, indent=1) + "\n"


def _seal(about: Mapping[str, Any]) -> str:
    """Shows a manifest that was written or changed by hand; not meant against malice."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unchanged(path: Path, file: tuple[int, str]) -> bool:
    """Whether a file is as the manifest has it: its size in bytes and SHA-256."""
    if not os.path.lexists(path):
        return False
    about = path.lstat()
    plain = stat.S_ISREG(about.st_mode) and about.st_size == file[0]
    return plain and _digest(path) == file[1]


def _same(one: Path, other: Path) -> bool:
    """Whether removing one of two loses nothing."""
    first, second = one.lstat(), other.lstat()
    if os.path.samestat(first, second):
        return True
    if stat.S_ISLNK(first.st_mode) and stat.S_ISLNK(second.st_mode):
        return one.readlink() == other.readlink()
    return stat.S_ISREG(first.st_mode) and unchanged(other, (first.st_size, _digest(one)))


def _open_up(folder: Path) -> None:
    """Let the owner remove what is in a folder of ours, whatever its modes were."""
    folder.chmod(folder.stat().st_mode | stat.S_IRWXU)
    for name, is_folder in _entries(folder):
        if is_folder:
            path = folder / name
            path.chmod(path.stat().st_mode | stat.S_IRWXU)


def _clear(folder: Path) -> None:
    _open_up(folder)
    shutil.rmtree(folder)


def _drop(folder: Path) -> None:
    """Remove a folder if it is empty."""
    try:
        folder.rmdir()
    except OSError as problem:
        if problem.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}:
            raise
