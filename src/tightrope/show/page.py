"""Pages that open without a network: their frame, their pictures, and findings one after another.

All text of a case goes through Jinja's autoescape. Only SVG of our own charts is put in as it is,
after it has been parsed and written anew, and the page's own style and script; a content security
policy names the script by its hash, so that no other would run even if one got in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tightrope.show.finding import Finding
from tightrope.show.pictures import policy, svg
from tightrope.show.style import FONT, SHARE_COLOURS, Chart
from tightrope.text import wording

HERE = Path(__file__).parent / "templates"


Drawn = Mapping[str, Mapping[str, str]]
"""Pictures as SVG, by the names of their finding and their own."""


def draw(findings: Sequence[Finding]) -> Drawn:
    """Each picture, drawn once for the page and for its file."""
    return {f.name: {p.name: svg(p.make()) for p in f.pictures} for f in findings}


def page(title: str, findings: Sequence[Finding], pictures: Drawn, command: str) -> str:
    """Findings as one HTML page: no other file and no network are needed to read it."""
    source = findings[0].source
    return environment().get_template("findings.html.j2").render(
        **frame(),
        case=source,
        origin=source.origin,
        title=title,
        sections=[(f, _figures(f, pictures[f.name])) for f in findings],
        command=command,
    )  # fmt: skip


def _figures(finding: Finding, pictures: Mapping[str, str]) -> list[tuple[Figure, str]]:
    shown = [p for p in finding.pictures if p.caption]
    return [(drawn(pictures[p.name], p.caption), p.caption) for p in shown]


def frame(*more: str) -> dict[str, Any]:
    """A page's style and script, and the policy that names the script by its hash.

    more: a page's own scripts, which run after the one of all pages.
    """
    script = "\n".join(((HERE / "page.js").read_text(encoding="utf-8"), *more))
    return {
        "style": Markup((HERE / "page.css").read_text(encoding="utf-8")),
        "script": Markup(script),
        "policy": policy(script),
    }


def environment(*folders: Path) -> Environment:
    """Where templates are looked up: the shared ones, and those of an analysis in its folder."""
    made = Environment(
        loader=FileSystemLoader([*folders, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": wording.number,
        "signed": wording.signed,
        "list_words": wording.joined,
    }
    made.globals |= {"calendar": wording.calendar, "share_colours": SHARE_COLOURS}
    return made


@dataclass(frozen=True)
class Figure:
    """A chart on the page: SVG, and what it shows in a sentence for those who do not see it."""

    svg: Markup
    label: str


# ---------------------------------------------------------------- pictures


_SHORT = re.compile(r"-?\d+\.\d{2,}(?:e[-+]?\d+)?")
_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DROPPED = {"version", "class", "role", "aria-roledescription", "aria-hidden", "font-family",
            "stroke-miterlimit", "width", "height"}  # fmt: skip


def figure(chart: Chart, label: str) -> Figure:
    """A chart as inline SVG, with the notes on its marks as `data-tip`."""
    return drawn(svg(chart), label)


def drawn(svg: str, label: str) -> Figure:
    """A chart that has been drawn already, for use inside a page."""
    return Figure(Markup(_inline(svg, label)), label)


def _inline(text: str, label: str) -> str:
    """SVG written anew for use inside a page: small, with ids of its own and one text for all.

    Parsing and writing it again also makes sure that it is well-formed and that all text is
    escaped, whatever a case has put into it.
    """
    root = ElementTree.fromstring(_CONTROL.sub("", text))
    width, height = root.get("width", "100"), root.get("height", "100")
    prefix = f"c{hashlib.sha256(text.encode()).hexdigest()[:8]}-"
    _slim(root, prefix)
    root.attrib |= {
        "role": "img", "aria-label": label, "font-family": FONT,
        "style": f"width:{float(width):.0f}px;height:auto;aspect-ratio:{width}/{height}",
    }  # fmt: skip
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _slim(element: ElementTree.Element, prefix: str) -> None:
    element.tag = element.tag.split("}")[-1]
    tip = element.get("aria-label")
    if tip is not None:
        del element.attrib["aria-label"]
        if element.get("aria-roledescription") not in ("axis", "legend", "title", "header"):
            element.set("data-tip", tip)
    shape = element.tag in ("rect", "image")
    for name in list(element.attrib):
        value = element.attrib[name]
        drop = name in _DROPPED and not (shape and name in ("width", "height"))
        if drop or (name.endswith("opacity") and value == "1"):
            del element.attrib[name]
        elif name == "id":
            element.set(name, prefix + value)
        elif value.startswith("url(#"):
            element.set(name, value.replace("url(#", f"url(#{prefix}"))
        elif name in ("d", "transform", "x", "y", "x2", "y2", "width", "height", "viewBox"):
            element.set(name, _SHORT.sub(lambda m: f"{float(m.group()):.1f}", value))
    for child in list(element):
        _slim(child, prefix)
        if _empty(child):
            element.remove(child)


def _empty(element: ElementTree.Element) -> bool:
    """Nothing to see: helper outlines, and groups that held nothing else."""
    if len(element) or (element.text or "").strip():
        return False
    if element.tag == "path":
        seen = {"fill", "stroke", "data-tip"} & set(element.attrib)
        return not seen or element.get("d", "") in ("", "M0,0h0v0h0Z")
    return element.tag == "g"
