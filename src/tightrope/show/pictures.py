"""A chart as a picture, as a page that opens offline, or as Vega-Lite."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import altair as alt
import vl_convert

from tightrope.errors import UseError
from tightrope.show.style import Chart

START = (
    "vegaEmbed('#chart', JSON.parse(document.getElementById('spec').textContent), "
    "{ast: true, actions: {export: true, source: false, compiled: false, editor: false}})"
)
"""With `ast` Vega's expressions are interpreted: the policy forbids making code of them."""

SUFFIXES = (".png", ".svg", ".html", ".json")


def svg(chart: Chart) -> str:
    """The chart as SVG, the same whatever was drawn before; marks have their note as aria-label."""
    drawn = vl_convert.vegalite_to_svg(spec(chart), allowed_base_urls=[])
    return _counted_anew(drawn)


def _counted_anew(text: str) -> str:
    """Ids numbered from 0 by their place: the renderer counts on from chart to chart."""
    ids = dict.fromkeys(re.findall(r'\bid="([A-Za-z]+_?\d+)"', text))
    new = {old: f"{old.rstrip('0123456789')}{n}" for n, old in enumerate(ids)}
    names = r'(\bid="|url\(#|href="#)([A-Za-z]+_?\d+)(?=["\)])'
    return re.sub(names, lambda found: found[1] + new.get(found[2], found[2]), text)


def save(chart: Chart, path: Path | str) -> Path:
    """Write a chart as PNG, SVG, HTML (opens offline) or JSON (Vega-Lite), by its suffix."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        given = f'the suffix "{path.suffix}"' if path.suffix else "no suffix"
        raise UseError(
            f"{path.name} has {given}: a chart is saved as {', '.join(SUFFIXES)}, by its suffix."
        )
    if suffix == ".png":
        path.write_bytes(vl_convert.vegalite_to_png(spec(chart), scale=2, allowed_base_urls=[]))
    elif suffix == ".svg":
        path.write_text(svg(chart), encoding="utf-8")
    elif suffix == ".json":
        path.write_text(spec(chart), encoding="utf-8")
    else:
        path.write_text(page(chart), encoding="utf-8")
    return path


def page(chart: Chart) -> str:
    """The chart as HTML that opens without a network."""
    text = spec(chart).replace("<", "\\u003c")
    script = vl_convert.javascript_bundle(START).replace("</script", "<\\/script")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(script)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">'
        "<title>tightrope chart</title><style>#chart{overflow-x:auto;max-width:100%}</style></head>"
        '<body><div id="chart"></div>'
        f'<script type="application/json" id="spec">{text}</script>'
        f'<script type="module">{script}</script></body></html>'
    )


def policy(script: str) -> str:
    """The content security policy of every page: nothing from elsewhere, and this script alone."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def spec(chart: Chart) -> str:
    """The chart as Vega-Lite, in JSON."""
    return json.dumps(chart.to_dict(validate=False))


def drawn(text: str) -> Callable[[], Chart]:
    """What makes the chart of a text of `spec` again."""
    return lambda: alt.Chart.from_dict(json.loads(text), validate=False)
