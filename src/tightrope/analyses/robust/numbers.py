"""Robustness against our own choices: the same claims judged with those choices made otherwise.

How strong a class of mechanisms is, how a range is read, whether numbers hang together, how far
actors look and how they choose: nobody measured these. Each is changed alone, in the same worlds
(the same places of the unit cube), and every claim is judged again. The record is left aside, for
all of them alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import scipy

from tightrope.analyses.robust.options import DRAWN, MINE, Options, variant
from tightrope.analyses.verdicts import claims
from tightrope.analyses.verdicts.claims import Result
from tightrope.analyses.verdicts.verdict import TESTED, Shares, undecided, verdict
from tightrope.arguments import DecisionRule, known_rule
from tightrope.case import Case, Prior
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.model import Model
from tightrope.engine.progress import Watch
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import Sample
from tightrope.errors import UseError
from tightrope.reading import forms
from tightrope.text.notebook import told

SHARES = ("claim", "choice", "argued", "small", "opposite", "verdict", "undecided")

_THEMES = 7
"""Tag of the draws that numbers of a theme share."""


@dataclass(frozen=True)
class View:
    """One choice of ours made otherwise.

    Attributes:
        words: what it is, in words.
    """

    name: str
    words: str
    model: Model
    worlds: Sample


@told
@dataclass(frozen=True, eq=False, repr=False)
class Robust:
    """Every claim's verdict under each choice.

    Attributes:
        views: the choices, by name, in words.
        shares: a row for each claim and choice, see SHARES.
        words: a row for each claim: `claim`, `passage`, `says`, `as it is`, a column for each other
            choice, `words` (all that it got), `keeps` (the set has one word), `by_chance` (other
            words stand, but each only where the worlds run leave the first one open too) and `form`
            (variants of the case under which it gets another word, beyond chance: where there is
            one the verdict is a fact of form).
        left_out: choices that the case gives nothing to change by, and why.
    """

    case: Case
    options: Options
    views: dict[str, str]
    shares: pd.DataFrame
    words: pd.DataFrame
    left_out: dict[str, str]

    def in_short(self) -> tuple[str, Sequence[str]]:
        kept = int(self.words["keeps"].sum())
        return "Robust against our own choices", [f"{kept} of {len(self.words)} keep their word"]


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Robust:
    """Judge the claims under each choice.

    Raises UseError where no claim can be tested in so many quarters.
    """
    tested = [c for c in claims.testable(case, options.quarters)
              if not options.claim or c.id in options.claim]  # fmt: skip
    if not tested:
        raise UseError(f"no claim looks at {options.quarters} quarters or fewer; ask for more")
    found: dict[str, tuple[Result, ...]] = {}
    told_: dict[str, str] = {}
    asked = options.choice or MINE
    left = {name: why for name, why in _left_out(case).items() if name in asked}
    for view in views(case, options):
        runs = Runs(view.model, view.worlds, options.quarters, kept)
        setting = Setting.of(runs, options.scenario, options.posture)
        _, found[view.name] = claims.evaluate(setting, tested, partial(watch, view.name))
        told_[view.name] = view.words
    shares = _shares(found)
    if drawn := _drawn(case, shares, options.worlds):
        told_[DRAWN] = "worlds of all forms, each as many as its weight says"
        shares = pd.concat([shares, pd.DataFrame(drawn, columns=list(SHARES))], ignore_index=True)
    return Robust(case, options, told_, shares, _words(case, shares), left)


# ---------------------------------------------------------------- the choices


def views(case: Case, options: Options) -> Iterator[View]:
    """The case as it is, then with each choice that is asked for made otherwise."""
    chosen = options.choice or MINE
    for view in _views(case, options):
        if view.name == MINE[0] or view.name in chosen:
            yield view
    if "variants" in chosen and "variants" not in _left_out(case):
        yield from _variants(case, options)


def _variants(case: Case, options: Options) -> Iterator[View]:
    labels = {one.name: one.label for one in case.variants}
    for name, form in forms(case).items():
        model = compile_case(form, known_rule(options.rule))
        worlds = Sample.of(form, options.seed, 0, options.worlds)
        yield View(variant(name), labels[name], model, worlds)


def _views(case: Case, options: Options) -> Iterator[View]:
    """The case as it is, then with each choice of ours made otherwise that it gives anything to.

    Ranges are data, so only lookahead and rules are compiled anew.
    """
    model = compile_case(case, known_rule(options.rule))
    without = _left_out(case)

    def drawn(other: Case) -> Sample:
        return Sample.of(other, options.seed, 0, options.worlds)

    def ranges(change: Callable[[Prior], Prior]) -> Sample:
        return drawn(replace(case, parameters=tuple(change(p) for p in case.parameters)))

    own = drawn(case)
    yield View(MINE[0], "as it is", model, own)
    made: dict[str, tuple[str, Callable[[Prior], Prior]]] = {
        "halved": ("strengths of all mechanisms halved", partial(_times, 0.5)),
        "doubled": ("strengths of all mechanisms doubled", partial(_times, 2.0)),
        "symmetric": ("contested ranges as far down as up", _symmetric),
    }
    for name, (words, change) in made.items():
        if name not in without:
            yield View(name, words, model, ranges(change))
    yield View("triangular", "the middle of a range likelier than its ends (triangular)", model,
               replace(own, params=triangular(case, own.params)))  # fmt: skip
    if "themes" not in without:
        words = f"numbers of one theme drawn with a correlation of {options.together:g}"
        yield View("themes", words, model, replace(own, params=_together(case, own, options)))
    longer = compile_case(replace(case, lookahead=options.lookahead), known_rule(options.rule))
    yield View("lookahead", f"actors look {options.lookahead} quarters ahead", longer, own)
    rules: tuple[DecisionRule, ...] = ("reactive", "equilibrium", "habit")
    for rule in rules:
        if rule != options.rule:
            yield View(rule, f"decision rule {rule}", compile_case(case, rule), own)


def _left_out(case: Case) -> dict[str, str]:
    """Choices that the case gives nothing to change by."""
    found: dict[str, str] = {}
    if not any(_strength(p) for p in case.parameters):
        found |= dict.fromkeys(("halved", "doubled"), "no number has a unit per quarter")
    if not any(p.either_sign for p in case.parameters):
        found["symmetric"] = "no range has both signs"
    if not case.themes:
        found["themes"] = "case.yaml names no themes"
    if not case.variants:
        found["variants"] = "the case has no variants.yaml"
    elif case.loaded is None:
        found["variants"] = "the case was changed since it was loaded, and its variants were not"
    return found


def _strength(prior: Prior) -> bool:
    """Whether it is how far a mechanism pushes in a quarter, as its unit says."""
    return "per quarter" in prior.unit


def _times(factor: float, prior: Prior) -> Prior:
    if not _strength(prior):
        return prior
    return replace(prior, low=factor * prior.low, high=factor * prior.high)


def _symmetric(prior: Prior) -> Prior:
    if not prior.either_sign:
        return prior
    farthest = max(-prior.low, prior.high)
    return replace(prior, low=-farthest, high=farthest)


def triangular(case: Case, params: np.ndarray) -> np.ndarray:
    """The same places of the unit cube, taken as a triangular distribution's; (P, W)."""

    def middle(unit: np.ndarray) -> np.ndarray:
        """Its quantiles, on the unit interval."""
        low = np.sqrt(np.minimum(unit, 0.5) / 2)
        high = 1 - np.sqrt((1 - np.maximum(unit, 0.5)) / 2)
        made: np.ndarray = np.where(unit < 0.5, low, high)
        return made

    return _remade(case.priors, params, {p.name: middle for p in case.priors})


def _together(case: Case, worlds: Sample, options: Options) -> np.ndarray:
    """Numbers of a theme drawn together: a normal copula with one common factor; (P, W)."""
    draws = np.random.default_rng([options.seed, _THEMES])
    weight = options.together
    remade: dict[str, Callable[[np.ndarray], np.ndarray]] = {}
    for names in case.themes.values():
        common: np.ndarray = draws.standard_normal((worlds.params.shape[1],))
        remade |= dict.fromkeys(names, partial(_joint, weight, common))
    return _remade(case.priors, worlds.params, remade)


def _joint(weight: float, common: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Places on the unit interval, drawn towards a factor that others share; (W,)."""
    own = scipy.special.ndtri(np.clip(unit, 1e-6, 1 - 1e-6))
    joint: np.ndarray = scipy.special.ndtr(np.sqrt(weight) * common + np.sqrt(1 - weight) * own)
    return joint


def _remade(
    priors: Sequence[Prior],
    params: np.ndarray,
    change: dict[str, Callable[[np.ndarray], np.ndarray]],
) -> np.ndarray:
    """Some numbers' places within their ranges changed; params: (P, W)."""
    made = np.array(params)
    for row, p in enumerate(priors):
        if p.name not in change or p.fixed:
            continue
        ends = np.log([p.low, p.high]) if p.scale == "log" else np.array([p.low, p.high])
        at = np.log(params[row]) if p.scale == "log" else params[row]
        unit = np.clip((at - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)
        value = ends[0] + (ends[1] - ends[0]) * change[p.name](unit)
        made[row] = np.exp(value) if p.scale == "log" else value
    return made


# ---------------------------------------------------------------- tables


def _shares(found: dict[str, tuple[Result, ...]]) -> pd.DataFrame:
    rows = [
        (
            r.claim.id,
            name,
            *r.shares,
            r.verdict,
            undecided(r.shares, len(r.holds), hedged=r.claim.hedged),
        )
        for name, results in found.items()
        for r in results
    ]
    return pd.DataFrame(rows, columns=list(SHARES))


def _drawn(case: Case, shares: pd.DataFrame, worlds: int) -> list[tuple[object, ...]]:
    """Rows of SHARES where forms are drawn: one variant at a time, or none, as weights say.

    A share over such worlds is the weighted mean of the forms' shares: what drawing the forms would
    give in the long run, without its chance.
    """
    weights = {variant(v.name): v.weight for v in case.variants}
    weights = {name: w for name, w in weights.items() if name in set(shares["choice"])}
    if not weights:
        return []
    weights[MINE[0]] = 1 - sum(weights.values())
    hedged = {c.id: c.hedged for c in case.claims}
    rows: list[tuple[object, ...]] = []
    for claim, own in shares[shares["choice"].isin(weights)].groupby("claim", sort=False):
        part = own["choice"].map(weights)
        mixed = Shares(*(float((own[name] * part).sum()) for name in Shares._fields))
        may = hedged[str(claim)]
        left = undecided(mixed, worlds, hedged=may)
        rows.append((claim, DRAWN, *mixed, verdict(mixed, may), left))
    return rows


def _words(case: Case, shares: pd.DataFrame) -> pd.DataFrame:
    """A row for each claim with its word under each choice."""
    about = {c.id: c for c in case.claims}
    rank = {word: i for i, word in enumerate(TESTED)}
    rows = []
    for claim, own in shares.groupby("claim", sort=False):
        words = dict(zip(own["choice"], own["verdict"], strict=True))
        open_ = [set(text.split(" or ")) if text else {word}
                 for text, word in zip(own["undecided"], own["verdict"], strict=True)]  # fmt: skip
        got = sorted(set(words.values()), key=lambda word: rank[word])
        open_by = dict(zip(own["choice"], open_, strict=True))
        rows.append({
            "claim": claim, "passage": about[str(claim)].passage, "says": about[str(claim)].says,
            **words, "words": ", ".join(got), "keeps": len(got) == 1,
            "by_chance": len(got) > 1 and bool(set.intersection(*open_)),
            "form": ", ".join(_other_forms(words, open_by)),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _other_forms(words: Mapping[str, str], open_: Mapping[str, set[str]]) -> Iterator[str]:
    """Variants under which a claim gets another word, where the worlds run tell the two apart."""
    own = words[MINE[0]]
    for name, word in words.items():
        chance = word in open_[MINE[0]] or own in open_[name]
        if name.startswith(variant("")) and word != own and not chance:
            yield name.removeprefix(variant(""))
