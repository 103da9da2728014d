"""What may be asked of a change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tightrope.analyses.analysis import option, quarters, rule, seed, worlds
from tightrope.arguments import check_least, known_rule
from tightrope.case import Case
from tightrope.errors import UseError

SAYS = "Say which verdicts of CASE a draft on it moves: only claims that it can reach are run."
WRITES = ("whatif.csv",)


@dataclass(frozen=True)
class Options:
    draft: str = option(
        "", "The folder of a case that extends CASE, or of one with the same names.",
        shape="DRAFT", file=True, argument=True,
    )  # fmt: skip
    worlds: int = worlds()
    quarters: int = quarters()
    rule: str = rule()
    seed: int = seed()


def check(case: Case, options: Options) -> None:
    """Raise UseError where there is no such folder."""
    known_rule(options.rule)
    check_least("worlds", options.worlds, 2)
    if not Path(options.draft).is_dir():
        raise UseError(f'draft: found "{options.draft}"; allowed: the folder of a case')


def work(case: Case, options: Options) -> int:
    """At most: what the draft cannot reach is not run."""
    return 4 * len(case.claims) * options.worlds * options.quarters
