"""Basis: what a verdict rests on, found by switching things off and by the signs of formulas.

The kinds, in the order in which they are asked for; a claim is of the first that fits.

*not supported*: it neither holds nor leans, so it rests on nothing, and nothing is removed from it.
*definitional*: the difference is the same number in every world, or the claim stands with every
mechanism and choice off because what its arms set stands in the formula of its outcome.
*input*: it stands with every mechanism and choice off and reads ranges or usual conduct back; or it
falls when usual conduct is made even, and no mechanism and no choice breaks it; or the sign of one
number, whose range has both, tells whether it comes out.
*assumed*: one mechanism says so outright, and the claim falls without it alone.
*duplicated*: no single removal breaks it, but it falls without all that say so outright together.
*composed*: all ways from what its arms set to its outcome have the sign that was argued, whatever
the numbers: it follows from the signs that were typed.
*emergent*: ways of both signs, or the actors' choices: what was typed did not settle the sign.

Removals, and how sure one has to be of them: `removals`. Signs: `signed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy

from tightrope.analyses.verdicts import claims, signed
from tightrope.analyses.verdicts.claims import Result, Testbed
from tightrope.analyses.verdicts.correlation import varies
from tightrope.analyses.verdicts.graph import Reach, reach
from tightrope.analyses.verdicts.removals import RISK, Seen, Trial, look
from tightrope.analyses.verdicts.verdict import SUPPORTED, Shares, verdict
from tightrope.case import Case
from tightrope.engine.model import Model
from tightrope.engine.plan import switches
from tightrope.engine.progress import Progress, silent
from tightrope.engine.setting import Setting

KINDS = (
    "emergent",
    "composed",
    "duplicated",
    "assumed",
    "input",
    "definitional",
    "not supported",
    "not computed",
)
"""In the order in which they are shown: what was learnt first."""

NOTHING = "nothing"
PASSAGE, CHOICE, EVEN = "own passage", "choice", "usual conduct"
OUTRIGHT, ALL = "all that say so outright", "everything"
TOGETHER = (PASSAGE, CHOICE, EVEN, OUTRIGHT, ALL)
"""What is removed beside single mechanisms and derived quantities."""

COUNTS = 0.1
"""A mechanism counts where its removal changes the middle world's difference by this part of it."""

SPLIT = 0.5
"""The sign of a number tells a claim where its share as argued differs so much between both."""


@dataclass(frozen=True)
class Basis:
    """What one claim rests on.

    Attributes:
        kind: one of KINDS.
        why: what made it so, in a sentence.
        sign_of: the number whose sign tells whether the claim comes out, or "".
        breaking: what breaks it when removed: mechanisms and derived quantities by name, or one of
            TOGETHER.
        outright: the mechanisms that link what its arms change to its outcome in one step.
        shares: the three shares of worlds after each removal; proved without effect where the
            removal is missing.
        worlds: in how many worlds each removal was looked at.
        open: removals that are not settled in the last worlds.
    """

    kind: str
    why: str
    sign_of: str
    breaking: tuple[str, ...]
    outright: tuple[str, ...]
    shares: dict[str, Shares]
    worlds: dict[str, int]
    open: tuple[str, ...]


class _Claim(NamedTuple):
    """One claim with all that its kind is told from."""

    result: Result
    places: tuple[tuple[int, ...], ...]
    near: Reach
    seen: dict[str, Seen]
    sign_of: str


def find(
    setting: Setting,
    results: Sequence[Result],
    params: np.ndarray,
    progress: Progress = silent,
) -> tuple[Basis, ...]:
    """The basis of each claim, with everything removed in turn from those that stand.

    results: in worlds of which those of the setting are the first; params: the numbers of the
    first worlds of all of them, (P, W).
    """
    model = setting.model
    testbed = claims.prepare(setting, [r.claim for r in results])
    near = [reach(model, testbed, c) for c in range(len(results))]
    trials = [
        trial
        for c, result in enumerate(results)
        if result.stands
        for trial in _trials(model.case, c, result, near[c])
    ]
    seen = look(setting.runs, testbed, results, trials, progress)
    by_sign = _told_by_sign(model.case, results, near, params)
    return tuple(
        _classify(model, testbed, _Claim(result, testbed.places[c], near[c],
                  {t.name: seen[t] for t in trials if t.claim == c}, by_sign[c]))
        for c, result in enumerate(results)
    )  # fmt: skip


def _trials(case: Case, c: int, result: Result, near: Reach) -> list[Trial]:
    """All that is removed from one claim, of what may reach it.

    Derived quantities that its outcome is made of are part of what it says, and stay.
    """
    count = len(case.mechanisms)
    off = {name: i for i, name in enumerate(switches(case))}
    single = [name for name in off if name in near.upstream]
    made = [Trial(c, name, (off[name],)) for name in single]
    passage = result.claim.passage
    own = tuple(i for i, m in enumerate(case.mechanisms) if passage in m.passages)
    made += [Trial(c, PASSAGE, own)] if own else []
    outright = tuple(off[name] for name in sorted(near.outright))
    made += [Trial(c, OUTRIGHT, outright)] if len(outright) > 1 else []
    everything = tuple(i for name, i in off.items() if name in near.upstream or i < count)
    made.append(Trial(c, ALL, everything, choice=False))
    if case.instruments:
        made += [Trial(c, CHOICE, (), choice=False)]
        made += [Trial(c, EVEN, (len(off),))]
    return made


# ---------------------------------------------------------------- a number's sign


def _told_by_sign(
    case: Case, results: Sequence[Result], near: Sequence[Reach], params: np.ndarray
) -> list[str]:
    """For each claim the number whose sign tells whether it comes out, or "".

    Of all numbers whose range has both signs and that something upstream reads. The difference
    between worlds of either sign has to be beyond chance (Bonferroni over all of them).
    """
    rows = {p.name: i for i, p in enumerate(case.priors)}
    mixed = [p for p in case.parameters if p.either_sign]
    reads = {m.name: set(m.reads) for m in case.mechanisms}
    reads |= {d.name: set(d.reads) for d in case.derived}
    asked = [
        [p for p in mixed if any(p.name in reads[name] for name in own.upstream)] for own in near
    ]
    tests = max(1, sum(map(len, asked)))
    sure = float(scipy.stats.norm.ppf(1 - RISK / (2 * tests)))
    found = []
    for result, own in zip(results, asked, strict=True):
        came_to = result.came_to[: params.shape[1]]
        gaps = {p.name: _gap(came_to, params[rows[p.name]] > 0, sure) for p in own}
        most = max(gaps, key=lambda name: gaps[name], default="")
        found.append(most if most and gaps[most] >= SPLIT else "")
    return found


def _gap(came_to: np.ndarray, above: np.ndarray, sure: float) -> float:
    """How far the shares as argued are apart between two groups of worlds.

    0 within chance, and where the claim stands in both groups or in neither.
    """
    if above.all() or not above.any():
        return 0.0
    groups = came_to[above], came_to[~above]
    if len({verdict(claims.shares_of(g)) in SUPPORTED for g in groups}) == 1:
        return 0.0
    one, other = (group > 0 for group in groups)
    gap = abs(float(one.mean() - other.mean()))
    error = np.sqrt(one.var() / len(one) + other.var() / len(other) + 1 / len(came_to) ** 2)
    return gap if gap > sure * error else 0.0


# ---------------------------------------------------------------- the kind


def _classify(model: Model, testbed: Testbed, claim: _Claim) -> Basis:
    breaking = tuple(name for name, s in claim.seen.items() if s.breaks)
    kind, why = _kind(model, testbed, claim, breaking)
    found = claim.result
    return Basis(
        kind,
        why,
        claim.sign_of,
        breaking,
        tuple(sorted(claim.near.outright)),
        {NOTHING: found.shares, **{name: s.shares for name, s in claim.seen.items()}},
        {NOTHING: len(found.holds), **{name: s.worlds for name, s in claim.seen.items()}},
        tuple(name for name, s in claim.seen.items() if not s.settled),
    )


def _kind(
    model: Model, testbed: Testbed, claim: _Claim, breaking: Sequence[str]
) -> tuple[str, str]:
    """The kind and what made it so."""
    result, near = claim.result, claim.near
    if not result.stands and result.claim.hedged:
        return "not computed", "it need not be so in most worlds, and only what is gets taken apart"
    if not result.stands:
        return "not supported", _sign_words(claim.sign_of)
    single = [n for n in breaking if n not in TOGETHER and n not in near.chain]
    pairs = zip(result.parts, result.claim.parts, strict=True)
    if not breaking and not any(varies(d, p.margin) for d, p in pairs):
        return "definitional", "the difference is the same number in every world"
    # Learnt is only what is shown to fall without everything: what is open there is not.
    if ALL not in breaking and near.formula:
        return "definitional", "what the arms set stands in the formula of the outcome"
    if ALL not in breaking:
        nothing = all(part.expect.startswith("not ") for part in result.claim.parts)
        says = "it says that nothing happens, and" if nothing else "it"
        ending = f"stands with every mechanism and choice off{_even_words(breaking)}"
        return "input", f"{says} {ending}"
    if EVEN in breaking and not single and CHOICE not in breaking:
        return "input", "it falls when usual conduct is made even, and by nothing else"
    if claim.sign_of:
        return "input", _sign_words(claim.sign_of)
    if len(single) == 1 and single[0] in near.outright and CHOICE not in breaking:
        return "assumed", f"{single[0]} says so outright"
    if not single and CHOICE not in breaking and OUTRIGHT in breaking:
        many = len(near.outright)
        return "duplicated", f"{many} mechanisms say so outright, and no single one is needed"
    if CHOICE not in breaking and _one_sign(model, testbed, claim):
        return "composed", "all ways from what the arms set to the outcome have the sign argued"
    if CHOICE in breaking:
        return "emergent", "it takes the actors' choices"
    weighed = all(part.minus is not None for part in result.claim.parts)
    return "emergent", (
        "two effects are weighed against each other" if weighed else "ways to it have both signs"
    )


def _one_sign(model: Model, testbed: Testbed, claim: _Claim) -> bool:
    """Whether all ways that count have the sign that was argued, for every part."""
    counting = {
        name
        for name, s in claim.seen.items()
        if name not in TOGETHER and (s.breaks or not abs(s.left - 1) < COUNTS)
    }
    pairs = zip(claim.result.claim.parts, claim.places, strict=True)
    counting |= claim.near.chain
    return all(signed.argued(model, testbed, part, places, counting) for part, places in pairs)


def _sign_words(number: str) -> str:
    return (
        f"the sign of {number}, whose range has both, tells whether it comes out" if number else ""
    )


def _even_words(breaking: Sequence[str]) -> str:
    return "; without usual conduct it falls" if EVEN in breaking else ""
