"""Decide: the advice of a case put to every test, one after another, in the same worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

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
    SHOCK_QUARTERS,
    UNSEEN,
    WORLDS,
    DecisionRule,
    check_numbers,
)
from tightrope.case import Case
from tightrope.case.named import check_case
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.progress import Watch, no_watch
from tightrope.engine.runs import Runs
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
    kept: Kept | None = None,
) -> Decision:
    """Compare all postures; say where the advised one breaks and what to watch; search for better.

    Everything but the comparison is done under the first of the rules.
    Raises UseError where the case has no objectives, a library is missing, or there are too few
    worlds or quarters for one of the tests.
    """

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
        model, seed=seed, worlds=needed, use_record=use_record,
        progress=partial(watch, "the record"), kept=kept,
    )  # fmt: skip
    sample = everything.pick(np.arange(min(worlds, len(everything))))
    runs = Runs(model, sample, quarters, kept)
    compared = compare.compare(runs, rules=rules, progress=partial(watch, "postures"))
    shocks = shocks_of(case)
    broken = tuple(
        breaks.find_breaks(runs, scenario=name, progress=partial(watch, "where it breaks"))
        for name in dict.fromkeys((case.scenario, *shocks[:1]))
    )
    longer = runs.over(sample, SHOCK_QUARTERS)
    shocked = shock.run(longer, progress=partial(watch, "the shock")) if shocks else None
    posted = signposts.watch(runs, posture=case.advice, read_by=read_by, seed=seed, tell=watch)
    found: SearchResult | None = None
    if with_search:
        train, test = search.split(everything, SEARCH_WORLDS, UNSEEN)
        found = search.run(runs.over(train), runs.over(test), seed=seed, watch=watch)
    played = (
        game.run(case, seed=seed, rule=model.rule, watch=watch, kept=kept) if with_game else None
    )
    return Decision(case, sample, compared, broken, shocked, posted, found, played)
