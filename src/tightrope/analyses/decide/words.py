"""What the tests of an advice have to say, one after another."""

from __future__ import annotations

from tightrope.analyses.asking import tell
from tightrope.analyses.decide.numbers import Decision
from tightrope.show.finding import Finding

TITLE = "The advice put to the test"


def findings(found: Decision) -> tuple[Finding, ...]:
    """A finding for each test that was made."""
    parts = [
        found.comparison,
        *found.breaks,
        found.signposts,
        found.shock,
        found.search,
        found.game,
    ]
    return tuple(tell(part) for part in parts if part is not None)


def title(found: Decision) -> str:
    """With the posture that is put to the test."""
    advice = next(p.label for p in found.case.postures if p.name == found.case.advice)
    return f"{TITLE}: {advice}"
