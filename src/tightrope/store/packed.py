"""A result as one file that can be read back: frozen dataclasses, tables and arrays in a ZIP.

`content.json` holds all but the arrays: `parts` lists dataclasses, each after those that it holds,
so that what is shared is written once; arrays lie beside it as .npy. Nothing in it is ever run: a
name of a class is looked up among the dataclasses of this package and nowhere else.
"""

from __future__ import annotations

import importlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from tightrope.case.mechanism import OfFile
from tightrope.errors import UseError
from tightrope.show.finding import Picture
from tightrope.show.pictures import drawn, spec

FORM = 2
"""Of the file; another one is not read."""

CONTENT = "content.json"
ABOUT = ("command", "version", "follows")
LARGEST = 1 << 30
"""Bytes that a file may hold, unpacked: one sent by somebody else must not fill the memory."""

_WRONG = (ValueError, LookupError, TypeError, AttributeError, RuntimeError, SyntaxError)
"""What a file raises that is not as `packed` writes it."""

_WHEN = (1980, 1, 1, 0, 0, 0)
"""The date of every entry, so that equal results are equal bytes."""


class _Out:
    """What has been packed so far."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self.arrays: list[np.ndarray] = []
        self.known: dict[int, int] = {}

    def pack(self, value: Any) -> Any:
        """A value as JSON holds it. Raises TypeError for what cannot be read back."""
        if value is None or isinstance(value, bool | str | int | float):
            return value
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, list):
            return [self.pack(item) for item in value]
        if isinstance(value, tuple) and not hasattr(value, "_fields"):
            return {"tuple": [self.pack(item) for item in value]}
        if isinstance(value, Mapping):
            return {"map": [[self.pack(k), self.pack(v)] for k, v in value.items()]}
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            self.arrays.append(value)
            return {"array": len(self.arrays) - 1}
        if isinstance(value, pd.DataFrame):
            return {"table": [self.pack(part) for part in _columns(value)]}
        if id(value) not in self.known:
            part = self._part(value)
            self.parts.append(part)
            self.known[id(value)] = len(self.parts) - 1
        return {"part": self.known[id(value)]}

    def _part(self, value: Any) -> Any:
        kind = type(value)
        if isinstance(value, OfFile):
            return {"python": value.function.__name__}
        if isinstance(value, Picture):
            return {"picture": [value.name, value.caption, spec(value.make())]}
        names = _names(kind)
        if names is None or not kind.__module__.startswith("tightrope."):
            raise TypeError(f"cannot be read back: {kind.__module__}.{kind.__qualname__}")
        made = {name: self.pack(getattr(value, name)) for name in names}
        return {"class": f"{kind.__module__}:{kind.__qualname__}", "fields": made}


def _names(kind: type) -> tuple[str, ...] | None:
    """Of the fields of a dataclass or a named tuple; None for any other class."""
    if is_dataclass(kind):
        return tuple(f.name for f in fields(kind) if f.metadata.get("kept", True))
    return tuple(kind._fields) if issubclass(kind, tuple) and hasattr(kind, "_fields") else None


def _columns(frame: pd.DataFrame) -> tuple[Any, ...]:
    """Name of the columns' axis, the index with its name, and each column with its name."""
    return (
        frame.columns.name,
        (frame.index.name, *_values(frame.index.to_series())),
        tuple((str(name), *_values(frame[name])) for name in frame.columns),
    )


def _values(column: pd.Series) -> tuple[str, Any]:
    kind = str(column.dtype)
    if column.dtype.kind in "biuf" and isinstance(column.dtype, np.dtype):
        return kind, column.to_numpy()
    return kind, [None if _missing(value) else value for value in column]


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def packed(value: Any, about: Mapping[str, str]) -> bytes:
    """A value as the bytes of a file.

    about: see ABOUT; what it `follows` from: see `followed`.
    """
    out = _Out()
    root = out.pack(value)
    content = {"form": FORM, "about": dict(about), "parts": out.parts, "root": root}
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        file.writestr(_entry(CONTENT), text.encode("utf-8", "surrogatepass"))
        for n, array in enumerate(out.arrays):
            held = io.BytesIO()
            np.save(held, array, allow_pickle=False)
            file.writestr(_entry(f"{n}.npy"), held.getvalue())
    return whole.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


# ---------------------------------------------------------------- read back


def read(path: Path) -> Any:
    """The value of a file of `packed`.

    Raises UseError where the file is damaged, or made by a version that had other parts.
    """
    with _opened(path) as (file, content):
        about = _about(content)
        arrays = [_array(file, n) for n in range(len(file.namelist()) - 1)]
    try:
        if content["form"] != FORM:
            raise ValueError(f"form {content['form']}")
        parts: list[Any] = []
        for part in content["parts"]:
            parts.append(_made(part, parts, arrays))
        return _value(content["root"], parts, arrays)
    except (ImportError, *_WRONG) as error:
        raise UseError(
            f"{path}: written by tightrope {about['version']}, in which a result had other "
            f'parts ({error}); allowed: make it again with "{about["command"]}"'
        ) from None


def about(path: Path) -> Mapping[str, str]:
    """What is said about the value of a file, whatever version wrote it; see ABOUT.

    Raises UseError where the file is damaged.
    """
    with _opened(path) as (_, content):
        return _about(content)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Any]]:
    """The file and its content; UseError for whatever goes wrong with it inside the block."""
    try:
        with zipfile.ZipFile(path) as file:
            size = sum(entry.file_size for entry in file.infolist())
            if size > LARGEST:
                raise UseError(f"{path}: found {size} bytes unpacked; allowed: {LARGEST} at most")
            yield file, json.loads(file.read(CONTENT).decode("utf-8", "surrogatepass"))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, *_WRONG) as error:
        raise UseError(f"{path}: cannot be read back: {error}") from None


def _about(content: Any) -> dict[str, str]:
    return {name: str(content["about"].get(name, "?")) for name in ABOUT}


def _array(file: zipfile.ZipFile, n: int) -> np.ndarray:
    found: np.ndarray = np.load(io.BytesIO(file.read(f"{n}.npy")), allow_pickle=False)
    return found


def _value(value: Any, parts: list[Any], arrays: list[np.ndarray]) -> Any:
    if isinstance(value, list):
        return [_value(item, parts, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "part":
        return parts[inner]
    if kind == "array":
        return arrays[inner]
    if kind == "tuple":
        return tuple(_value(item, parts, arrays) for item in inner)
    if kind == "table":
        return _table(*(_value(item, parts, arrays) for item in inner))
    if kind == "map":
        return {_value(k, parts, arrays): _value(v, parts, arrays) for k, v in inner}
    raise ValueError(f"a part of kind {kind}")


def _table(axis: str | None, index: tuple[Any, ...], columns: tuple[Any, ...]) -> pd.DataFrame:
    name, kind, values = index
    rows = pd.Index(values, dtype=kind, name=name)
    made = {n: pd.Series(v, dtype=k, index=rows) for n, k, v in columns}
    frame = pd.DataFrame(made, index=rows)
    return frame.rename_axis(columns=axis)


def _made(part: Mapping[str, Any], parts: list[Any], arrays: list[np.ndarray]) -> Any:
    """A part again. Raises TypeError, AttributeError or ImportError where it is none of ours."""
    if "python" in part:
        return OfFile(_left_out(part["python"]))
    if "picture" in part:
        name, caption, held = part["picture"]
        return Picture(name, caption, drawn(held))
    module, _, name = part["class"].partition(":")
    if not module.startswith("tightrope.") or module.endswith("__main__"):
        raise TypeError(f"no part of a result: {module}")
    kind = getattr(importlib.import_module(module), name)
    names = _names(kind) if isinstance(kind, type) else None
    if names is None or set(names) != set(part["fields"]):
        raise TypeError(f"{name} has other fields")
    given = {n: _value(v, parts, arrays) for n, v in part["fields"].items()}
    # A frozen dataclass may have fields that its maker does not take.
    later = (
        [f.name for f in fields(kind) if not f.init and f.name in given]
        if is_dataclass(kind)
        else []
    )
    made = kind(**{n: v for n, v in given.items() if n not in later})
    for n in later:
        object.__setattr__(made, n, given[n])
    return made


def _left_out(name: str) -> Callable[..., NoReturn]:
    def function(**values: Any) -> NoReturn:
        raise UseError(
            f"{name}: a result that was read back holds no Python; allowed: load its case again"
        )

    function.__name__ = name
    return function
