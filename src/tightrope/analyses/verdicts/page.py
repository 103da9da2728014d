"""The report: a board as one page that opens without a network, and as a fragment for notebooks.

All text of a case goes through Jinja's autoescape. Only SVG made by `charts` is put in as it is,
after it has been parsed and written anew, and the page's own style and script; a content security
policy names the script by its hash, so that no other would run even if one got in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tightrope.analyses.boxes import CLAIM_WORDS
from tightrope.analyses.verdicts import charts as verdict_charts
from tightrope.analyses.verdicts import coverage, further
from tightrope.analyses.verdicts.basis import KINDS as BASES
from tightrope.analyses.verdicts.board import Board
from tightrope.analyses.verdicts.correlation import sentences
from tightrope.analyses.verdicts.counts import counts
from tightrope.analyses.verdicts.learnt import LEARNT, PUT_IN, SMALL, parted
from tightrope.analyses.verdicts.learnt import sentences as found_words
from tightrope.analyses.verdicts.live import told
from tightrope.analyses.verdicts.neighbours import neighbours
from tightrope.analyses.verdicts.record import record
from tightrope.analyses.verdicts.verdict import (
    HOLDS,
    MOST,
    RARE,
    TESTED,
    TIMES,
    VERDICTS,
    Shares,
    shares_in,
)
from tightrope.analyses.verdicts.weakest import weakest
from tightrope.analyses.verdicts.words import BASIS_WORDS, REMOVALS
from tightrope.case import Arm, Case, Claim, Outcome, Part, Prior, Settings, Side, Value
from tightrope.case.mechanism import Derived
from tightrope.show import origin, panels, style
from tightrope.show.charts import influence as influence_charts
from tightrope.show.charts import paths as path_charts
from tightrope.show.page import Figure, environment, figure, frame
from tightrope.show.typeset import functions_of, typeset
from tightrope.text import wording
from tightrope.text.wording import joined

HERE = Path(__file__).parent / "templates"

SCRIPTS = ("live.js", "board.js")

SHORT = {"too small to matter": "too small", "leans against": "against", "not tested": "no test"}
"""Verdicts where there is little room."""


def html(board: Board) -> str:
    """The board as one HTML page: no other file and no network are needed to read it."""
    return environment(HERE).get_template("board.html.j2").render(
        **frame(*((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)),
        **_anchors(board),
        **_headline(board),
        board=board,
        case=board.case,
        origin=origin.sentences(board.case),
        run=board.run,
        passages=_passages(board),
        figures=_figures(board),
        record=record(board, figure),
        together=_together(board),
        further=further.sentences(board.claims, board.run),
        source=_source(board),
        variables=list(_variables(board)),
        actors=list(_actors(board)),
        outside=list(_outside(board)),
        mechanisms=_mechanisms(board),
        priors=_priors(board.case),
        weakest=weakest(board),
        first_thing=_first_thing(board.case),
        short=SHORT,
        groups=(LEARNT, PUT_IN, SMALL),
        data=_data(board),
    )  # fmt: skip


def fragment(board: Board) -> str:
    """The headline and the claims as a small piece of HTML, for notebooks."""
    rows = [_claim_view(board, r) for r in board.claims.to_dict("records")]
    template = environment(HERE).get_template("fragment.html.j2")
    return template.render(
        **_headline(board), case=board.case, run=board.run, claims=rows,
        colours=style.VERDICT_COLOURS,
    )  # fmt: skip


# ---------------------------------------------------------------- headline


def _headline(board: Board) -> dict[str, Any]:
    frame = board.claims
    tested = frame[frame["verdict"] != "not tested"]
    table = counts(board.claims, board.before)
    cross = {
        v: {b: int(((tested["verdict"] == v) & (tested["basis"] == b)).sum()) for b in BASES}
        for v in TESTED
    }
    bases = [b for b in BASES if any(row[b] for row in cross.values())]
    groups = parted(tested)
    return {
        "counts": table["decided"].to_dict(),
        "open": table["undecided"].to_dict(),
        "rows": (table["decided"] + table["undecided"]).to_dict(),
        "tested": len(tested),
        "cross": cross,
        "bases": bases,
        "found": found_words(groups),
        "learnt": groups.learnt.to_dict("records"),
        "put_in": _by_kind(groups.put_in),
        "undecided": int((tested["undecided"] != "").sum()),
        "verdicts": VERDICTS,
        "borders": {"holds": HOLDS, "most": MOST, "times": TIMES, "rare": RARE},
        "sure": 100 * further.sure(board.run.looks),
        "basis_words": BASIS_WORDS,
    }


def _by_kind(rows: pd.DataFrame) -> list[tuple[str, list[dict[Hashable, Any]]]]:
    """What was put in, by what it rests on."""
    kinds = [(kind, rows[rows["basis"] == kind]) for kind in reversed(BASES)]
    return [(kind, own.to_dict("records")) for kind, own in kinds if len(own)]


PAIRS = 12
"""So many pairs of claims that go together stand on the page; correlation.csv has all."""


def _together(board: Board) -> dict[str, Any]:
    """How the claims go together: sentences, the strongest pairs, a picture where there are any."""
    alike = board.together.alike
    chart = verdict_charts.correlation(board) if len(alike) else None
    words = "Claims in rows and columns, coloured by how their differences go together over worlds."
    return {
        "words": sentences(board.together),
        "pairs": alike.head(PAIRS).to_dict("records"),
        "more": max(0, len(alike) - PAIRS),
        "figure": figure(chart, words) if chart else None,
    }


def _source(board: Board) -> dict[str, Any]:
    """What the source says, passage by passage, and what becomes of it."""
    case = board.case
    verdicts = dict(zip(board.claims["claim"], board.claims["verdict"], strict=True))
    rows = coverage.coverage(case, verdicts).to_dict("records")
    lists = [{**r, "by": _split(r["by"]), "beside": _split(r["beside"])} for r in rows]
    said = [
        {"id": p.id, "title": p.title,
         "assertions": [{**r, "id": r["assertion"]} for r in lists if r["passage"] == p.id]}
        for p in case.passages
        if p.assertions
    ]  # fmt: skip
    return {
        "said": said,
        "words": coverage.sentences(case),
        "apart": coverage.apart(board.claims),
        "by_id": {a.id: a for a in case.assertions},
        "verdicts": verdicts,
    }


def _split(names: str) -> list[str]:
    return names.split(", ") if names else []


# ---------------------------------------------------------------- claims


def _passages(board: Board) -> list[dict[str, Any]]:
    rows = board.claims.to_dict("records")
    views = [_claim_view(board, r) for r in rows]
    known = {p.id for p in board.case.passages}
    found = [
        {
            "passage": p,
            "claims": [v for v in views if v["passage"] == p.id],
            "mechanisms": [m.name for m in board.case.mechanisms if p.id in m.passages],
        }
        for p in board.case.passages
    ]
    stray = [v for v in views if v["passage"] not in known]
    return [*found, {"passage": None, "claims": stray, "mechanisms": []}] if stray else found


def _claim_view(board: Board, row: Mapping[Any, Any]) -> dict[str, Any]:
    """What the page shows of one row of the claims' table."""
    tested = row["verdict"] != "not tested"
    view: dict[str, Any] = {**{str(k): v for k, v in row.items()}, "tested": tested}
    if not tested:
        return view
    claim = next((c for c in board.case.claims if c.id == row["claim"]), None)
    assertions = bool(board.case.assertions)
    decisive = board.decisive
    deciding = decisive[decisive["claim"] == row["claim"]] if len(decisive) else decisive
    return view | {
        "share_words": wording.share_words(row),
        "share_percent": wording.percent(row["share"]),
        "prior_words": f"{row['prior_verdict']}, {wording.percent(row['prior_share'])}",
        "split_words": wording.split_words(row),
        "sign_words": wording.sign_words(row),
        "three": _three(shares_in(row)),
        "said": [*_split(row["tests"]), *_split(row["beside"])],
        "source": "" if not assertions else "of the source" if row["tests"] else "ours",
        "margins": _margins(board, row),
        "effect_words": wording.effect_words(row),
        "expect_words": _expectation(row["expect"], row["margin"], row["unit"]),
        "sized": bool(np.isfinite(row["effect"])),
        "scale": _effect_scale(row),
        "basis_text": BASIS_WORDS.get(row["basis"], ""),
        "basis_why": row["basis_why"],
        "rests": [
            (n, REMOVALS.get(n, "")) for n in verdict_charts.breaking(board).get(row["claim"], ())
        ],
        "deciding": deciding.to_dict("records"),
        "box": _box(board, row["claim"]),
        "tests": _tests(board.case, claim) if claim else [],
    }


def _three(shares: Shares) -> list[tuple[str, float]]:
    """The pieces of a bar, in per cent."""
    return [(name, 100 * part) for name, part in shares._asdict().items()]


def _margins(board: Board, row: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """A claim's three shares and verdict by how wide its margin is, in words and as bars."""
    found = board.margins[board.margins["claim"] == row["claim"]].to_dict("records")
    return [
        {
            "wide": f"{wording.number(m['margin'])} {row['unit']}".strip()
            if np.isfinite(m["margin"])
            else f"{wording.number(m['times'])} times each",
            "own": m["times"] == 1,
            "three": _three(Shares(m["argued"], m["small"], m["opposite"])),
            "verdict": m["verdict"],
        }
        for m in found
    ]


def _box(board: Board, claim: str) -> dict[str, Any] | None:
    """Where a claim mostly fails, or alone holds, in the words of the numbers' meanings."""
    rows = board.boxes[board.boxes["claim"] == claim].to_dict("records")
    if not rows:
        return None
    first = rows[0]
    return {
        "target": CLAIM_WORDS[first["target"]],
        "limits": [(r["meaning"].rstrip(".") or r["parameter"], r["parameter"], _limit(r))
                   for r in rows],
        "coverage": wording.percent(first["coverage"]),
        "density": wording.percent(first["density"]),
    }  # fmt: skip


def _limit(row: Mapping[Any, Any]) -> str:
    low, high = wording.number(row["low"]), wording.number(row["high"])
    ends = {"high": f"high (above {low})", "low": f"low (below {high})"}
    return ends.get(row["side"], f"between {low} and {high}")


def _effect_scale(row: Mapping[Any, Any]) -> float:
    ends = [row["effect_low"], row["effect_high"], row["effect"], row["margin"]]
    return 1.1 * max((abs(e) for e in ends if np.isfinite(e)), default=1.0) or 1.0


def _expectation(expect: str, margin: float, unit: str) -> str:
    size = f"{wording.number(margin)} {unit}".strip()
    return {
        "higher": f"higher, by more than {size}",
        "lower": f"lower, by more than {size}",
        "not lower": f"not lower by {size} or more",
        "not higher": f"not higher by {size} or more",
    }[expect]


def _tests(case: Case, claim: Claim) -> list[dict[str, Any]]:
    """In words, what each part of a claim compares."""
    return [_part_words(case, part) for part in claim.parts]


def _part_words(case: Case, part: Part) -> dict[str, Any]:
    contrasts = [part.contrast, *([part.minus] if part.minus else [])]
    return {
        "contrasts": [
            {
                "both": joined(_shared(case, c.this, c.against)),
                "this": _side_words(case, c.this, c.against),
                "against": _side_words(case, c.against, c.this),
                "times": c.times,
            }
            for c in contrasts
        ],
        "expect": part.expect,
        "margin": part.margin,
    }


def _arm_words(case: Case, arm: Arm) -> list[str]:
    scenarios = {s.name: s.label for s in case.scenarios}
    postures = {p.name: p.label for p in case.postures}
    words = []
    if arm.scenario:
        words.append(f"scenario {scenarios.get(arm.scenario, arm.scenario)}")
    if arm.posture:
        words.append(f"posture {postures.get(arm.posture, arm.posture)}")
    words += settings_words(case, arm.settings)
    for name, strength in arm.strengths.items():
        text = name.replace("_", " ")
        words.append(f"without {text}" if strength == 0 else f"{text} times {strength:g}")
    return words


def _shared(case: Case, one: Side, other: Side) -> list[str]:
    both = set(_arm_words(case, other.arm))
    return [w for w in _arm_words(case, one.arm) if w in both]


def _side_words(case: Case, side: Side, other: Side) -> str:
    shared = set(_shared(case, side, other))
    own = [w for w in _arm_words(case, side.arm) if w not in shared]
    first, last = side.first, side.last
    when = f"quarter {first}" if first == last else f"quarters {first} to {last}, averaged"
    if first == last == 0:
        when = f"the reference quarter {case.reference_quarter}"
    arm = joined(own) if own else "nothing else set"
    return f"{arm}; read at {outcome_words(case, side.outcome)} in {when}"


def outcome_words(case: Case, outcome: Outcome) -> str:
    """An outcome by its label, such as `Rhetoric at hostile`."""
    labels = _labels(case)
    label = labels.get(outcome.name, outcome.name)
    if outcome.kind == "goal":
        return f"the goals of {label}"
    if outcome.kind == "position":
        return f"mean position of {label}"
    return f"{label} at {outcome.level}" if outcome.level else label


def settings_words(case: Case, settings: Settings) -> list[str]:
    """Each setting in a few words, such as `Rhetoric critical in quarters 1 to 4`."""
    labels = _labels(case)
    words = []
    for name, spans in settings.items():
        for span in spans:
            text = f"{labels.get(name, name)} {_value_words(span.value)}"
            if span.last is not None:
                end = f" to {span.last}" if span.last != span.first else ""
                text += f" in quarter{'s' if end else ''} {span.first}{end}"
            elif span.first > 1:
                text += f" from quarter {span.first}"
            words.append(text)
    return words


def _value_words(value: Value) -> str:
    if isinstance(value, Mapping):
        return joined([f"{100 * share:.0f} % {level}" for level, share in value.items()])
    if value == "markov":
        return "left to move by chance"
    return value if isinstance(value, str) else f"at {value:g}"


def _labels(case: Case) -> dict[str, str]:
    items: tuple[Any, ...] = (
        *case.variables,
        *case.derived,
        *case.regimes,
        *case.quantities,
        *case.instruments,
        *case.actors,
    )
    return {item.name: item.label for item in items}


# ---------------------------------------------------------------- variables, actors, the rest


def _figures(board: Board) -> dict[str, Figure]:
    case = board.case
    return {
        "words": figure(verdict_charts.verdict_map(), "Which verdict each pair of shares gives."),
        "effects": figure(
            verdict_charts.effects(board),
            "For every tested claim the size of the difference. The same numbers stand with each "
            "claim.",
        ),
        "removal": figure(
            verdict_charts.removal_matrix(board),
            "Claims in rows, removed mechanisms in columns, coloured by the verdict that is left. "
            "What breaks a claim is also listed with it.",
        ),
        "matrix": figure(
            influence_charts.influence_matrix(case, board.influence),
            "Table of what moves what. The table of mechanisms below says the same in words.",
        ),
    }


def _variables(board: Board) -> Iterator[dict[str, Any]]:
    case = board.case
    shown = path_charts.main_variables(case)
    states = sorted(case.variables, key=lambda v: _place(shown, v.name))
    items: list[Any] = [*states, *case.derived]
    first = next(iter(board.trajectories.values()), None)
    moved_by = board.influence[board.influence["kind"] == "moves"]
    labels = {s.name: s.label for s in case.scenarios}
    for item in items:
        if first is None or item.name not in first:
            continue
        attrs = first[item.name].attrs
        derived = isinstance(item, Derived)
        tables = {k: path_charts.fan_table(run, item.name) for k, run in board.trajectories.items()}
        yield {
            "lines": typeset(item, case) if derived else (),
            "functions": functions_of(item) if derived else {},
            "name": item.name,
            "label": item.label,
            "meaning": getattr(item, "meaning", "") or getattr(item, "says", ""),
            "series": getattr(item, "series", ""),
            "unit": attrs.get("units", ""),
            "scale": getattr(item, "scale", ""),
            "main": item.name in shown,
            "panels": panels.paths(tables, case),
            "ends": [(labels.get(k, k), t.iloc[-1].to_dict()) for k, t in tables.items()],
            "mechanisms": list(
                dict.fromkeys(moved_by.loc[moved_by["target"] == item.name, "mechanism"])
            ),
            "pushes": _pushes(board, item.name),
            "course": _course(board, item.name, item.label) if item.name in shown else None,
        }


def _place(shown: Sequence[str], name: str) -> int:
    return shown.index(name) if name in shown else len(shown)


def _pushes(board: Board, name: str) -> dict[str, Any] | None:
    """What has pushed a variable by the last quarter: a row a term, a column a scenario."""
    runs = board.contributions
    if not runs or name not in next(iter(runs.values()))["variable"]:
        return None
    table = path_charts.pushes_by_scenario(runs, name)
    if table.empty:
        return None
    labels = {s.name: s.label for s in board.case.scenarios}
    most = float(table.abs().to_numpy().max())
    return {
        "scenarios": [labels.get(key, key) for key in table.columns],
        "rows": [(term, [_push(v, most) for v in row]) for term, row in zip(
            table.index, table.to_numpy(), strict=True)],
        "totals": [_push(v, most)[0] for v in table.sum()],
    }  # fmt: skip


def _push(value: float, most: float) -> tuple[str, str]:
    """A push in words, and the class that tints its cell: none, then u1 to u4 or d1 to d4."""
    strength = math.ceil(4 * abs(value) / most - 0.2)
    words = f"{value:+.2f}"
    if float(words) == 0 or strength < 1:
        return ("0" if float(words) == 0 else words), ""
    return words, f"{'u' if value > 0 else 'd'}{min(strength, 4)}"


def _course(board: Board, name: str, label: str) -> tuple[str, Figure] | None:
    """Quarter by quarter, for the scenario that moves a variable most: its label, a chart."""
    runs = board.contributions
    if not runs or name not in next(iter(runs.values()))["variable"]:
        return None
    ends = {k: abs(float(run["total"].sel(variable=name)[-1])) for k, run in runs.items()}
    most = max(ends, key=lambda k: ends[k])
    labels = {s.name: s.label for s in board.case.scenarios}
    chart = path_charts.contributions(runs[most], name, case=board.case)
    words = f"What has pushed {label} up or down, by mechanism and quarter."
    return labels.get(most, most), figure(chart, words)


def _actors(board: Board) -> Iterator[dict[str, Any]]:
    case = board.case
    labels = _labels(case)
    for actor in case.actors:
        yield {
            "actor": actor,
            "focal": actor.name == case.focal,
            "goals": [(labels.get(g.variable, g.variable), g.want, g.weight) for g in actor.goals],
            "instruments": [
                (i, _levels(i.levels), panels.conduct(board.trajectories, i.name, case))
                for i in actor.instruments
            ],
        }


def _outside(board: Board) -> Iterator[dict[str, Any]]:
    case = board.case
    for regime in case.regimes:
        shown = panels.conduct(board.trajectories, regime.name, case)
        yield {"item": regime, "panels": shown, "levels": _levels(regime.levels)}
    for quantity in case.quantities:
        yield {"item": quantity, "panels": [], "levels": []}


def _levels(levels: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(levels, path_charts.level_colours(levels), strict=True))


def _mechanisms(board: Board) -> list[dict[str, Any]]:
    case = board.case
    known = influence_charts.nodes(case)
    edges = board.influence[board.influence["kind"] == "moves"]
    breaks = verdict_charts.breaking(board)
    return [
        {
            "name": m.name,
            "title": m.name.replace("_", " "),
            "passages": m.passages,
            "says": m.says,
            "about": m.about,
            "lines": typeset(m, case),
            "functions": functions_of(m),
            "reads": list(dict.fromkeys(known[r].label for r in m.reads if r in known)),
            "numbers": [r for r in m.reads if r not in known],
            "moves": [
                known[t].label
                for t in dict.fromkeys(edges.loc[edges["mechanism"] == m.name, "target"])
                if t in known
            ],
            "sources": m.sources,
            "carries": [claim for claim, names in breaks.items() if m.name in names],
        }
        for m in case.mechanisms
    ]


def _priors(case: Case) -> list[tuple[str, list[Prior]]]:
    """Priors in groups with a heading: what mechanisms use, where things start, who chooses how."""
    groups = {
        "Numbers in the mechanisms": list(case.parameters),
        "Where variables start, how they return, how much they are shaken": [
            p for v in case.variables for p in (v.baseline, v.reversion, v.noise)
        ],
        "What lies outside the game": [
            *(r.escalation for r in case.regimes),
            *(q.usual for q in case.quantities),
        ],
        "How actors choose and what they want": [
            *(p for a in case.actors for p in (a.rationality, a.patience, a.habit)),
            *(g.weight for a in case.actors for g in a.goals),
        ],
    }
    return [(heading, priors) for heading, priors in groups.items() if priors]


def _first_thing(case: Case) -> str:
    """What the neighbourhood is first shown of: what the actor in focus wants most."""
    shown = path_charts.main_variables(case)
    return shown[0] if shown else ""


def _data(board: Board) -> dict[str, Any]:
    """What the page's script reads, by the name of the element that holds it."""
    return {
        "live": told(board.case, board.live),
        "borders": {"holds": HOLDS, "most": MOST, "times": TIMES, "rare": RARE},
        "net": neighbours(board.case),
        "colours": {"shares": style.SHARE_COLOURS},
    }


_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _anchors(board: Board) -> dict[str, dict[str, str]]:
    """Where things stand on the page, by kind and name: the same on every board of the case."""
    case = board.case
    names = {
        "claim": [str(name) for name in board.claims["claim"]],
        "mechanism": [m.name for m in case.mechanisms],
        "passage": [p.id for p in case.passages],
        "source": [r.key for r in case.references],
        "assertion": [a.id for a in case.assertions],
    }
    return {f"{kind}_at": _ids(kind, own) for kind, own in names.items()}


def _ids(kind: str, names: Sequence[str]) -> dict[str, str]:
    """An address for each name: the name itself, or its place where it has other characters."""
    return {
        name: f"{kind}-{name if _PLAIN.fullmatch(name) else f'_{place}'}"
        for place, name in enumerate(names, start=1)
    }
