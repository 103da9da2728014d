"""The compiler's cache on disk, so that a second run does not compile again."""

from __future__ import annotations

import os
from pathlib import Path

import jax


def use() -> Path:
    """Keep compiled functions in the user's cache folder, unless JAX was told another place.

    Changes a setting of the whole process, so only a program's entry point calls it.
    """
    told = jax.config.values["jax_compilation_cache_dir"]
    if told:
        return Path(told)
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "tightrope" / "compiled"
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
    return folder
