"""Findings as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tightrope.show.finding import Finding, Table
from tightrope.text.plain import bullets, code, inline, markdown, markdown_table, picture


def alone(finding: Finding, command: str) -> str:
    """One finding as a text of its own, with all its tables; its pictures lie beside it."""
    return _text(_alone(finding, command))


def together(title: str, findings: Sequence[Finding], command: str) -> str:
    """Several in one text; the tables of each are in the folder of its name."""
    return _text(_together(title, findings, command))


def _text(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def _alone(finding: Finding, command: str) -> Iterator[str]:
    source = finding.source
    yield f"# {inline(finding.title)}"
    yield ""
    yield f"{markdown(source.title)}. {inline(finding.about)}"
    yield f"Made by {code(command)}; case hash `{source.hash}`."
    yield from map(markdown, source.origin)
    yield ""
    yield from _said(finding)
    for p in finding.pictures:
        if p.caption:
            yield from picture(finding.title, f"{p.name}.svg", p.caption)
    for table in finding.tables:
        if table.rows:
            yield from ("", f"## {inline(table.caption)}", "")
            yield from _table(table)


def _together(title: str, findings: Sequence[Finding], command: str) -> Iterator[str]:
    source = findings[0].source
    yield f"# {inline(title)}"
    yield ""
    yield f"{markdown(source.title)}."
    yield f"Made by {code(command)}; case hash "
    yield f"`{source.hash}`. Each section's tables are in the folder of its name."
    yield from map(markdown, source.origin)
    for f in findings:
        yield from ("", f"## {inline(f.title)}", "", markdown(f.about), "")
        yield from _said(f)
        for p in f.pictures:
            if p.caption:
                yield from picture(f.title, f"{f.name}/{p.name}.svg", p.caption)


def _said(finding: Finding) -> Iterator[str]:
    yield from bullets(finding.words)
    if finding.careful:
        yield from ("", "To be careful about:", "")
        yield from bullets(finding.careful)


def _table(table: Table) -> Iterator[str]:
    first = len(table.heads) - table.numbers
    yield from markdown_table(table.heads, table.rows, numbers=range(first, len(table.heads)))
    if table.note:
        yield from ("", markdown(table.note))
