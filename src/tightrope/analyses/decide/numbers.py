"""Decide: the advice of a case put to every test, one after another, in the same worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tightrope.analyses import objectives
from tightrope.analyses.compare import numbers as compare
from tightrope.analyses.compare.numbers import Comparison
from tightrope.analyses.compare.options import RULES, check_size
from tightrope.analyses.failures import numbers as breaks
from tightrope.analyses.failures.numbers import Break
from tightrope.analyses.failures.options import meant
from tightrope.analyses.game import numbers as game
from tightrope.analyses.game.numbers import Played
from tightrope.analyses.game.options import gambit
from tightrope.analyses.record import evidence
from tightrope.analyses.search import numbers as search
from tightrope.analyses.search.numbers import SearchResult
from tightrope.analyses.search.options import need
from tightrope.analyses.shock import numbers as shock
from tightrope.analyses.shock.numbers import Shock
from tightrope.analyses.shock.options import shocks_of
from tightrope.analyses.signposts import numbers as signposts
from tightrope.analyses.signposts.numbers import Signposts
from tightrope.analyses.signposts.options import check_quarters
from tightrope.arguments import (
    QUARTERS,
    READ_BY,
    SEARCH_WORLDS,
    UNSEEN,
    WORLDS,
    DecisionRule,
    check_numbers,
)
from tightrope.case import Case
from tightrope.case.named import check_case
from tightrope.engine.compiling import compile_case
from tightrope.engine.ensemble import Progress, Watch, no_watch
from tightrope.engine.worlds import Sample
from tightrope.text.notebook import told


@told
@dataclass(frozen=True, eq=False, repr=False)
class Decision:
    """All that was found of the advised posture and its rivals.

    Attributes:
        sample: the worlds; those that the record does not rule out, where it was used.
        breaks: where the advised posture fails, in the case's scenario and in its shock.
        shock, search, game: None where the case has none, or it was left out.
    """

    case: Case
    sample: Sample
    comparison: Comparison
    breaks: tuple[Break, ...]
    shock: Shock | None
    signposts: Signposts
    search: SearchResult | None
    game: Played | None

    def in_short(self) -> tuple[str, Sequence[str]]:
        """Each test with its size."""
        words = [self.comparison, *self.breaks, self.shock, self.signposts, self.search, self.game]
        found = [part.in_short() for part in words if part is not None]
        return (
            f"The advice of {self.case.title} put to the test",
            [f"{title}: {said[0]}" for title, said in found if said],
        )


def decide(
    case: Case,
    *,
    worlds: int = WORLDS,
    quarters: int = QUARTERS,
    rules: Sequence[DecisionRule] = RULES,
    seed: int = 0,
    use_record: bool = True,
    with_search: bool = True,
    with_game: bool = True,
    watch: Watch = no_watch,
) -> Decision:
    """Compare all postures; say where the advised one breaks and what to watch; search for better.

    Everything but the comparison is done under the first of the rules.
    Raises UseError where the case has no objectives, a library is missing, or there are too few
    worlds or quarters for one of the tests.
    """

    def told(phase: str) -> Progress:
        return lambda done, total: watch(phase, done, total)

    check_case(case)
    check_numbers(worlds=worlds, quarters=quarters, seed=seed)
    meant(case)
    check_size(worlds, quarters)
    read_by = max(1, min(READ_BY, quarters - objectives.YEAR))
    check_quarters(quarters, read_by)
    with_game = with_game and case.game is not None
    if with_search:
        need()
    if with_game:
        gambit()
    model = compile_case(case, rules[0])
    needed = max(worlds, SEARCH_WORLDS + UNSEEN) if with_search else worlds
    everything, _ = evidence.plausible(
        model, seed=seed, worlds=needed, use_record=use_record, progress=told("the record")
    )
    sample = everything.pick(np.arange(min(worlds, len(everything.indices))))
    compared = compare.compare(
        case, rules=rules, sample=sample, quarters=quarters, progress=told("postures")
    )
    shocks = shocks_of(case)
    broken = tuple(
        breaks.find_breaks(
            model, scenario=name, sample=sample, quarters=quarters, progress=told("where it breaks")
        )
        for name in dict.fromkeys((case.scenario, *shocks[:1]))
    )
    shocked = shock.run(model, sample=sample, progress=told("the shock")) if shocks else None
    posted = signposts.watch(
        model,
        sample=sample,
        posture=case.advice,
        quarters=quarters,
        read_by=read_by,
        seed=seed,
        tell=watch,
    )
    found: SearchResult | None = None
    if with_search:
        train, test = search.split(everything, SEARCH_WORLDS, UNSEEN)
        found = search.run(model, train=train, test=test, quarters=quarters, seed=seed, watch=watch)
    played = game.run(case, seed=seed, rule=model.rule, watch=watch) if with_game else None
    return Decision(case, sample, compared, broken, shocked, posted, found, played)
