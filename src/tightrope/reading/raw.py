"""What the files of a case say, before anything is made of it: also of a case on top of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tightrope.case import (
    Departure,
)
from tightrope.reading import yamlfile
from tightrope.reading.folder import (
    FORMULAS,
    MAIN,
    MAY_BE_MAIN,
    OPTIONAL,
    ORIGIN,
    PYTHON,
    REQUIRED,
    absent,
    hash_of,
    need_trust,
    read_files,
    shipped,
    shipped_folder,
)
from tightrope.reading.overlay import EXTENDS, WHY, merge, moved, sections
from tightrope.reading.record import TABLES
from tightrope.reading.settings import overlays
from tightrope.reading.variants import put_variants
from tightrope.reading.yamlfile import (
    Gather,
    Node,
    missing,
    unknown,
)
from tightrope.text.names import nearest

DEEPEST_CHAIN = 5
"""Cases that extend one another."""


@dataclass(frozen=True)
class Raw:
    """What the files of a case say, and of a case that extends another one both together.

    Attributes:
        files: its own bytes by name, for its hash and its origin.
        trees: by file name; those of the other case have its name before their place.
        broken: files that cannot be read; what rests on them is not looked at.
        python: `mechanisms.py` and its path.
        extends, under, base: the name, folder and hash of the case it extends.
        set_to: numbers set for one run.
    """

    folder: Path
    files: Mapping[str, bytes]
    trees: Mapping[str, Node]
    broken: set[str]
    tables: Mapping[str, bytes] | None
    python: tuple[bytes, Path] | None
    extends: str = ""
    departures: tuple[Departure, ...] = ()
    base: str = ""
    under: Path | None = None
    set_to: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Over names and bytes, and over those of the case it extends."""
        above = [self.base, *self.set_to]
        more = {f"/{i}": text.encode() for i, text in enumerate(above) if text}
        return hash_of({**more, **self.files})


def read_raw(folder: Path, trust: bool, got: Gather, above: tuple[Path, ...] = ()) -> Raw:
    """Read the files of a folder, and those of the case that it extends before them."""
    files = read_files(folder, got)
    broken = absent(got.problems)
    read = {n: got(yamlfile.read_yaml, d, n) for n, d in files.items() if n.endswith(".yaml")}
    trees = {name: tree for name, tree in read.items() if tree}
    broken |= read.keys() - trees.keys()
    tables = None
    if not broken & {"history.yaml", "observations.yaml", TABLES}:
        tables = {n: data for n, data in files.items() if n.startswith(f"{TABLES}/")}
    python = (files[PYTHON], folder / PYTHON) if PYTHON in files else None
    raw = Raw(folder, files, trees, broken, tables, python)
    main = trees.get("case.yaml")
    if main is not None and isinstance(main.value, dict) and EXTENDS in main.value:
        nothing = replace(raw, trees={}, broken={*REQUIRED, *OPTIONAL})
        return got(_extended, raw, main, trust, (*above, folder)) or nothing
    _need_files(files, broken, got)
    return raw


def _need_files(files: Mapping[str, bytes], broken: set[str], got: Gather) -> None:
    for name in REQUIRED:
        if name not in files and name not in broken:
            got.add(missing(name, "", "such file", (*REQUIRED, FORMULAS)))
            broken.add(name)
    if not {FORMULAS, PYTHON} & (files.keys() | broken):
        got.add(missing(FORMULAS, "", "such file", (f"{FORMULAS} or {PYTHON}",)))
        broken.add(FORMULAS)


def _extended(raw: Raw, main: Node, trust: bool, above: tuple[Path, ...]) -> Raw:
    """The files of the overlay put over those of the case that it extends."""
    node = main.mapping()[EXTENDS]
    folder = _base_folder(raw.folder, node)
    if folder in above or len(above) > DEEPEST_CHAIN:
        node.fail(node.shown, f"up to {DEEPEST_CHAIN} cases on one another, none twice")
    need_trust(folder, trust)
    with Gather() as got:
        base = read_raw(folder, trust, got, above)
    rest, inner = sections(main, (*REQUIRED, *OPTIONAL))
    own = {**raw.trees, **inner}
    twice = [name for name in inner if name in raw.trees]
    if twice:
        inner[twice[0]].fail(f"{twice[0]} and a part of case.yaml", "one of the two")
    fields = {k: n for k, n in rest.mapping().items() if k != EXTENDS}
    names = tuple(name.removesuffix(".yaml") for name in (*REQUIRED, *OPTIONAL))
    with Gather() as got:
        for key, one in fields.items():
            if key not in (*MAIN, *MAY_BE_MAIN, WHY):
                got.add(unknown(one, "", key, (*MAIN, *MAY_BE_MAIN, *names), "the field "))
    own["case.yaml"] = replace(rest, value=fields)
    if not fields:
        del own["case.yaml"]
    log = own.pop("log.yaml", None)
    ground = {
        n: moved(t, f"{folder.name}/{n}")
        for n, t in base.trees.items()
        if n not in ("log.yaml", ORIGIN)
    }
    merged = merge(ground, own)
    trees = {**merged.trees, **({"log.yaml": log} if log else {})}
    return Raw(
        folder=raw.folder,
        files=raw.files,
        trees=trees,
        broken=raw.broken,
        tables=None if raw.tables is None else {**(base.tables or {}), **raw.tables},
        python=raw.python or base.python,
        extends=folder.name,
        under=folder,
        departures=(*base.departures, *merged.changes),
        base=base.digest,
    )


def _base_folder(folder: Path, node: Node) -> Path:
    """A shipped case by its name, or a folder as seen from the overlay's."""
    name = node.text()
    if name in shipped():
        return (shipped_folder() / name).resolve()
    found = (folder / name).resolve()
    if not found.is_dir():
        allowed = f"a folder, or one of {', '.join(shipped())}"
        node.fail(node.shown, allowed, nearest(name, shipped()))
    return found


def put_on(raw: Raw, settings: Sequence[str], variants: Sequence[str] = ()) -> Raw:
    """The same with some of its variants, and numbers set for one run.

    Raises UseError for what is no setting and no variant.
    """
    if variants:
        merged = put_variants(raw.trees, variants)
        names = tuple(f"variant {name}" for name in variants)
        departures = (*raw.departures, *merged.changes)
        raw = replace(raw, trees=merged.trees, departures=departures, set_to=names)
    for overlay in overlays(raw.trees, settings):
        merged = merge(raw.trees, overlay)
        departures = (*raw.departures, *merged.changes)
        raw = replace(raw, trees=merged.trees, departures=departures)
    return replace(raw, set_to=(*raw.set_to, *settings))
