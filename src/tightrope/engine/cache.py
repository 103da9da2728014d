"""The compiler's cache on disk, so that a second run does not compile again."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

PLACE, FASTEST = "jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs"


def use() -> Path | None:
    """Keep compiled functions in the user's cache folder, unless JAX was told another place.

    Returns the folder, or None where nothing can be kept: a home that is missing or may not be
    written to is no reason not to run, and a temporary one stands in for it. Changes a setting of
    the whole process, so only a program's entry point calls it.
    """
    told, ours = _told(PLACE), home()
    own = None if ours is None else ours / "compiled"
    if own is None or not _writable(own):
        _borrow()
    folder = Path(told) if told else own
    if folder is None or not _writable(folder):
        _tell("jax_enable_compilation_cache", False)
        return None
    if not told:
        _tell(PLACE, str(folder))
        _tell(FASTEST, 0.5)
    return folder


def home() -> Path | None:
    """Our folder in the user's cache folder; None where there is no such place."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home
        return None
    return base / "tightrope" if base.is_absolute() else None


def _borrow() -> None:
    """A temporary folder for libraries that want a home or a cache as soon as they are imported."""
    folder = tempfile.mkdtemp(prefix="tightrope-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.setdefault("MPLCONFIGDIR", folder)
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = folder


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _told(name: str) -> Any:
    """A setting of JAX; where JAX is not loaded yet, of the environment that it will read."""
    jax = sys.modules.get("jax")
    return jax.config.values[name] if jax else os.environ.get(name.upper())


def _tell(name: str, value: Any) -> None:
    jax = sys.modules.get("jax")
    if jax:
        jax.config.update(name, value)
    else:
        os.environ[name.upper()] = str(value)
