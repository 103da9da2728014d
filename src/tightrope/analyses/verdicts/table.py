"""The board's tables: a row for each claim, and what its verdict is without each mechanism."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tightrope.analyses import boxes as conditions
from tightrope.analyses.intervals import spread, wilson
from tightrope.analyses.verdicts import basis, claims, graph
from tightrope.analyses.verdicts.basis import Basis
from tightrope.analyses.verdicts.board import COLUMNS
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.verdicts.learnt import group
from tightrope.analyses.verdicts.verdict import needed, undecided, verdict
from tightrope.case import Case, Claim, Part
from tightrope.engine import labelled
from tightrope.engine.compiling import compile_case
from tightrope.engine.plan import switches
from tightrope.text.wording import number


def table(
    case: Case,
    only: Sequence[str],
    prior: Sequence[Result],
    results: Sequence[Result],
    found: Sequence[Basis],
    decisive: pd.DataFrame,
    boxes: pd.DataFrame,
    otherwise: Mapping[str, str],
    form: Mapping[str, str],
    quarters: int,
    confidence: float,
) -> pd.DataFrame:
    """A row for each claim.

    confidence: of the intervals that decide its verdict; otherwise: by claim, the words it got
    under other choices of ours; form: by claim, the variants that give it another one.
    """
    rows: list[dict[str, Any]] = []
    bases = {r.claim.id: b for r, b in zip(results, found, strict=False)}
    by_id = {r.claim.id: r for r in results}
    before = {r.claim.id: r for r in prior}
    for passage in case.passages:
        for claim in (c for c in case.claims if c.passage == passage.id):
            if claim.id in by_id:
                own = [table[table["claim"] == claim.id] for table in (decisive, boxes)]
                both = by_id[claim.id], before[claim.id]
                rows.append(_row(case, confidence, *both, bases.get(claim.id), *own))
            else:
                reason = (
                    f"looks at quarter {claims.horizon(claim)}; "
                    f"the run has {quarters}. Ask for more quarters."
                )
                rows.append(_untested_row(claim.id, claim.passage, claim.says, reason))
        rows += [
            _untested_row(u.id, u.passage, u.says, u.why)
            for u in case.untested
            if u.passage == passage.id
        ]
    for row in rows:
        row["otherwise"] = otherwise.get(row["claim"], "")
        row["form"] = form.get(row["claim"], "")
    return pd.DataFrame([r for r in rows if not only or r["claim"] in only], columns=list(COLUMNS))


def _row(
    case: Case,
    confidence: float,
    result: Result,
    prior: Result,
    found: Basis | None,
    decisive: pd.DataFrame,
    boxes: pd.DataFrame,
) -> dict[str, Any]:
    claim = result.claim
    part = claim.parts[result.weakest]
    count = len(result.holds)
    low, high = wilson(result.share, count, confidence)
    effect = spread(result.effect)
    shares = result.shares
    left = undecided(shares, count, confidence, claim.hedged)
    return {
        "claim": claim.id,
        "passage": claim.passage,
        "says": claim.says,
        "verdict": result.verdict,
        "undecided": left,
        "worlds": count,
        "needs": needed(shares, count, confidence, claim.hedged) if left else float("nan"),
        "share": result.share,
        "share_low": low,
        "share_high": high,
        "small": shares.small,
        "opposite": shares.opposite,
        "direction": float(result.right.mean()),
        "prior_verdict": prior.verdict,
        "prior_undecided": undecided(prior.shares, len(prior.holds), hedged=claim.hedged),
        "prior_share": prior.share,
        "effect": float(effect[1]),
        "effect_low": float(effect[0]),
        "effect_high": float(effect[2]),
        "unit": unit(case, part),
        "expect": part.expect,
        "margin": part.margin,
        "margin_why": part.because,
        "by_margin": _by_margin_words(result, unit(case, part)),
        "tests": ", ".join(claim.tests),
        "beside": ", ".join(claim.beside),
        "said": "may" if claim.hedged else "",
        "found": group(verdict(shares), found),
        "basis": "not computed" if found is None else found.kind,
        "basis_why": "" if found is None else found.why,
        "rests_on": "" if found is None else ", ".join(n for n in found.breaking if n != basis.ALL),
        "open_removals": "" if found is None else ", ".join(found.open),
        "decides": ", ".join(decisive["parameter"]),
        "where": conditions.sentence(boxes),
        "note": _note(claim, result),
    }


def _note(claim: Claim, result: Result) -> str:
    if len(claim.parts) == 1:
        return claim.note
    weakest = (
        f"A joint claim of {len(claim.parts)} parts; the effect shown is that of part "
        f"{result.weakest + 1}, which is as argued in fewest worlds."
    )
    return f"{weakest} {claim.note}".strip()


def _untested_row(name: str, passage: str, says: str, why: str) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    numbers = ("worlds", "needs", "share", "small", "prior_share", "opposite", "direction",
               "effect", "margin")  # fmt: skip
    none = [c for c in COLUMNS if c.startswith(numbers) and c != "margin_why"]
    empty |= dict.fromkeys(none, float("nan"))
    return empty | {
        "claim": name,
        "passage": passage,
        "says": says,
        "verdict": "not tested",
        "note": why,
    }


def unit(case: Case, part: Part) -> str:
    """The unit of a part's difference."""
    return labelled.outcome_unit(case, part.contrast.this.outcome)


def removal(
    case: Case, results: Sequence[Result], found: Sequence[Basis]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Each claim that stands without each thing: the share of worlds in which it is as argued, the
    verdict, and in how many worlds that was looked at: 0 where a removal is proved to have no
    effect."""
    names = [basis.NOTHING, *switches(case), *basis.TOGETHER]
    stand = [(r.claim.id, b) for r, b in zip(results, found, strict=False) if len(b.shares) > 1]
    if not stand:
        return pd.DataFrame(), pd.DataFrame(), pd.DataFrame()
    index = pd.Index([name for name, _ in stand], name="claim")
    shares = [[b.shares.get(name, b.shares[basis.NOTHING]) for name in names] for _, b in stand]
    worlds = [[b.worlds.get(name, 0) for name in names] for _, b in stand]
    return (
        pd.DataFrame([[s.argued for s in row] for row in shares], index, names),
        pd.DataFrame([[verdict(s) for s in row] for row in shares], index, names),
        pd.DataFrame(worlds, index, names),
    )


MARGINS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""So many times its margin a claim is judged at, so that anyone can read it at another one."""

MARGIN_COLUMNS = ("claim", "times", "margin", "argued", "small", "opposite", "verdict")


def margins(results: Sequence[Result]) -> pd.DataFrame:
    """Every claim's three shares and verdict by how wide its margin is; see `MARGIN_COLUMNS`.

    margin: of a claim with one part; none where there are several, or the margin is 0.
    """
    rows = []
    for result in results:
        first, *more = result.claim.parts
        wide = max(part.margin for part in result.claim.parts)
        for times in MARGINS if wide else MARGINS[:1]:
            shares = claims.shares_of(claims.outcomes(result.claim, result.parts, times))
            size = float("nan") if more else times * first.margin
            word = verdict(shares, result.claim.hedged)
            rows.append((result.claim.id, times, size, *shares, word))
    return pd.DataFrame(rows, columns=list(MARGIN_COLUMNS))


STEPS, FARTHEST = 160, 4.0
"""So many margins are tried between nothing and so many times its own."""


def by_margin(result: Result) -> list[tuple[str, float]]:
    """The words of a claim by how wide its margin is: each with the margin up to which it stands.

    Of a joint claim in parts of its parts' margins. None where the margin is 0; the last word
    stands as far as was tried, FARTHEST times the margin.
    """
    first, *more = result.claim.parts
    if not max(part.margin for part in result.claim.parts):
        return []
    unit = 1.0 if more else first.margin
    found: list[tuple[str, float]] = []
    for times in np.linspace(0.0, FARTHEST, STEPS + 1):
        outcomes = claims.outcomes(result.claim, result.parts, float(times))
        word = verdict(claims.shares_of(outcomes), result.claim.hedged)
        if found and found[-1][0] == word:
            found.pop()
        found.append((word, float(times * unit)))
    return found


def _by_margin_words(result: Result, unit: str) -> str:
    """The same in a sentence; "" where one word stands throughout."""
    found = by_margin(result)
    if len(found) < 2:
        return ""
    what = "times its margins" if len(result.claim.parts) > 1 else unit
    pieces = [f"{word} up to {number(size)} {what}".rstrip() if size else f"{word} without one"
              for word, size in found[:-1]]  # fmt: skip
    return f"{', '.join(pieces)}, then {found[-1][0]}"


def influence_edges(case: Case) -> pd.DataFrame:
    """The influence graph as a table: source, target, mechanism, kind; see `graph.influence`."""
    edges = graph.influence(compile_case(case)).edges(data=True)
    rows = [(a, b, data["mechanism"], data["kind"]) for a, b, data in edges]
    return pd.DataFrame(rows, columns=["source", "target", "mechanism", "kind"])
