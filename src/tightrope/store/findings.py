"""Findings as files: tables, pictures, Markdown and a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tightrope.analyses.verdicts.calls import version
from tightrope.show import markdown
from tightrope.show.finding import Finding
from tightrope.show.page import draw, page
from tightrope.store.packed import packed
from tightrope.store.place import Place
from tightrope.store.results import WHOLE, save_files
from tightrope.text.table import csv_text


def save_finding(folder: Path | Place, finding: Finding, command: str, follows: str = "") -> Path:
    """Write one: a CSV for each table of numbers, pictures, NAME.md, NAME.html, run.json, WHOLE.

    follows: see `followed.key`.
    """
    whole = packed(finding, _about(command, follows))
    return save_files(folder, {**files(finding, command), WHOLE: whole})


def save_findings(
    folder: Path | Place, name: str, title: str, findings: Sequence[Finding], command: str,
    follows: str = "",
) -> Path:  # fmt: skip
    """Write several: a folder for each, NAME.html and NAME.md over all, and WHOLE."""
    whole = packed(tuple(findings), _about(command, follows))
    return save_files(folder, {**together(name, title, findings, command), WHOLE: whole})


def _about(command: str, follows: str) -> dict[str, str]:
    return {"command": command, "version": version(), "follows": follows}


def together(name: str, title: str, findings: Sequence[Finding], command: str) -> dict[str, str]:
    """The texts of several by file name."""
    drawn = draw(findings)
    source = findings[0].source
    about = {"case": source.name, "case_hash": source.hash, "command": command,
             "sections": [f.name for f in findings]}  # fmt: skip
    found = {
        f"{name}.html": page(title, findings, drawn, command),
        f"{name}.md": markdown.together(title, findings, command),
        "run.json": json.dumps(about, indent=2) + "\n",
    }
    for f in findings:
        found |= {f"{f.name}/{n}": text for n, text in _files(f, drawn[f.name], command).items()}
    return found


def files(finding: Finding, command: str) -> dict[str, str]:
    """The texts of one finding by file name."""
    drawn = draw([finding])
    shown = page(finding.title, [finding], drawn, command)
    return {**_files(finding, drawn[finding.name], command), f"{finding.name}.html": shown}


def _files(finding: Finding, pictures: Mapping[str, str], command: str) -> dict[str, str]:
    source = finding.source
    about = {"case": source.name, "case_hash": source.hash, "command": command, **finding.settings}
    return {
        **{f"{name}.csv": csv_text(table) for name, table in finding.data.items()},
        **finding.texts,
        **{f"{name}.svg": svg for name, svg in pictures.items()},
        f"{finding.name}.md": markdown.alone(finding, command),
        "run.json": json.dumps(about, indent=2) + "\n",
    }
