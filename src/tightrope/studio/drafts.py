"""Drafts: changes on top of a case, every version of which is kept.

A draft is the text of a case.yaml that extends a case on the desk. Saving adds a version and never
writes over one; undo and redo walk between them, so nothing that was typed is lost.
"""

from __future__ import annotations

import io
import re
import secrets
import time
import zipfile
from dataclasses import dataclass
from sqlite3 import Row

from tightrope.errors import UseError
from tightrope.reading.folder import read_files
from tightrope.reading.yamlfile import Gather
from tightrope.studio import desk as desks
from tightrope.studio.desk import Desk, Kept

LONGEST = 200_000
"""Characters of a draft's text."""

MOST = 2000
"""Drafts on a desk."""

MOST_VERSIONS = 20_000
"""Of one draft."""


@dataclass(frozen=True)
class Draft:
    """A draft at one of its versions.

    Attributes:
        at: the version it stands at.
        version: the version that this is.
        before, after: versions that undo and redo lead to; 0 for none.
    """

    id: str
    base: Kept
    title: str
    at: int
    version: int
    text: str
    before: int
    after: int

    @property
    def address(self) -> str:
        """Of this version where two are named: DRAFT-VERSION."""
        return f"{self.id}-{self.version}"


_ADDRESS = re.compile(r"([0-9a-f]{12})-([1-9][0-9]{0,4})")


def at_address(desk: Desk, address: str) -> Draft | None:
    """A version as DRAFT-VERSION; None where there is none, or where it is no such address."""
    found = _ADDRESS.fullmatch(address)
    return find(desk, found[1], int(found[2])) if found else None


def begin(desk: Desk, base: Kept) -> str:
    """A draft that changes nothing yet; its id."""
    text = (
        f"# What is otherwise than in {base.name}; every change says why.\nextends: ./{base.name}\n"
    )
    return _added(desk, base.hash, f"A draft on {base.title}", text, "begun")


def fork(desk: Desk, draft: Draft) -> str:
    """Another draft that begins at this version; its id."""
    said = f"forked from version {draft.version} of {draft.title}"
    return _added(desk, draft.base.hash, f"{draft.title}, forked", draft.text, said)


def _added(desk: Desk, base: str, title: str, text: str, said: str) -> str:
    name, now = secrets.token_hex(6), time.time()
    with desk.file() as file:
        count = file.execute("select count(*) from drafts").fetchone()[0]
        if count >= MOST:
            raise UseError(f"drafts: found {count}; allowed: up to {MOST}")
        file.execute("insert into drafts values (?, ?, ?, 1, ?)", (name, base, title[:200], now))
        file.execute("insert into versions values (?, 1, 0, ?, ?, ?)", (name, text, now, said))
    return name


def listed(desk: Desk) -> list[Row]:
    """All drafts, those that were changed last first."""
    return desk.rows(
        "select d.*, max(v.made) as changed, count(*) as versions, c.title as on_case, "
        "c.name as case_name from drafts d join versions v on v.draft = d.id "
        "join cases c on c.hash = d.base group by d.id order by changed desc limit 200"
    )


def find(desk: Desk, name: str, version: int = 0) -> Draft | None:
    """A draft at a version, or where it stands; None where there is none."""
    if not 0 <= version <= MOST_VERSIONS:
        return None
    rows = desk.rows(
        "select d.*, v.n, v.text, v.parent from drafts d join versions v on v.draft = d.id "
        "where d.id = ? and v.n = case when ? = 0 then d.at else ? end",
        name, version, version,
    )  # fmt: skip
    base = desks.kept(desk, rows[0]["base"]) if rows else None
    if base is None:
        return None
    row = rows[0]
    later = desk.rows(
        "select max(n) as n from versions where draft = ? and parent = ?", name, row["n"]
    )
    return Draft(name, base, row["title"], row["at"], row["n"], row["text"], row["parent"],
                 later[0]["n"] or 0)  # fmt: skip


def save(desk: Desk, draft: Draft, text: str, said: str) -> int:
    """Add a version after this one, and stand at it; the same one where nothing differs.

    Raises UseError for a text that is too long, or one version too many.
    """
    if len(text) > LONGEST:
        raise UseError(f"text: found {len(text):,} characters; allowed: up to {LONGEST:,}")
    if text == draft.text:
        go_to(desk, draft, draft.version)
        return draft.version
    with desk.file() as file:
        file.execute("begin immediate")
        last = file.execute(
            "select max(n) from versions where draft = ?", (draft.id,)
        ).fetchone()[0]  # fmt: skip
        if last >= MOST_VERSIONS:
            raise UseError(f"versions: found {last}; allowed: up to {MOST_VERSIONS}, so fork it")
        row = (draft.id, last + 1, draft.version, text, time.time(), said)
        file.execute("insert into versions values (?, ?, ?, ?, ?, ?)", row)
        file.execute("update drafts set at = ? where id = ?", (last + 1, draft.id))
    return int(last) + 1


def go_to(desk: Desk, draft: Draft, version: int) -> None:
    """Stand at a version that is there."""
    with desk.file() as file:
        file.execute(
            "update drafts set at = ? where id = ? and exists "
            "(select 1 from versions where draft = ? and n = ?)",
            (version, draft.id, draft.id, version),
        )


def rename(desk: Desk, draft: Draft, title: str) -> None:
    with desk.file() as file:
        file.execute(
            "update drafts set title = ? where id = ?", (title.strip()[:200] or "A draft", draft.id)
        )


def versions(desk: Desk, draft: Draft) -> list[Row]:
    """The latest versions, newest first."""
    return desk.rows(
        "select n, parent, made, said from versions where draft = ? order by n desc limit 300",
        draft.id,
    )


def packed(draft: Draft) -> bytes:
    """The draft as a zip of a case's folder, with the case that it changes in it."""
    with Gather() as got:
        files = read_files(draft.base.folder, got)
    folder = f"{draft.base.name}-draft"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(f"{folder}/case.yaml", draft.text)
        for name, data in files.items():
            made.writestr(f"{folder}/{draft.base.name}/{name}", data)
    return held.getvalue()
