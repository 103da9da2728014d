"""The nouns of a case, as frozen data; `tightrope.reading` makes and checks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tightrope.case.actors import Actor, Goal, Instrument
from tightrope.case.changes import Change, Departure, Ground, Loaded, Variant
from tightrope.case.courses import Arm, Condition, Posture, Rule, Scenario, Settings, Span, Value
from tightrope.case.dated import Course, Question
from tightrope.case.game import Audience, Dial, Game, Reply
from tightrope.case.grounds import Assertion, Matters, Omission, Passage, Prior, Reference
from tightrope.case.measurements import Measurement
from tightrope.case.mechanism import Derived, Mechanism, OfFile
from tightrope.case.origin import Origin
from tightrope.case.questions import Claim, Contrast, Objective, Part, Side, Untested
from tightrope.case.record import History, Point, Series
from tightrope.case.variables import Outcome, Quantity, Regime, Variable
from tightrope.text.notebook import told

__all__ = [
    "Actor",
    "Arm",
    "Assertion",
    "Audience",
    "Case",
    "Change",
    "Claim",
    "Condition",
    "Contrast",
    "Course",
    "Departure",
    "Dial",
    "Game",
    "Goal",
    "Ground",
    "History",
    "Instrument",
    "Loaded",
    "Matters",
    "Measurement",
    "Objective",
    "Omission",
    "Outcome",
    "Part",
    "Passage",
    "Point",
    "Posture",
    "Prior",
    "Quantity",
    "Question",
    "Reference",
    "Regime",
    "Reply",
    "Rule",
    "Scenario",
    "Series",
    "Settings",
    "Side",
    "Span",
    "Untested",
    "Value",
    "Variable",
    "Variant",
    "level_argument",
]


@told
@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """A checked case. `hash` is SHA-256 over its files, names and bytes.

    Attributes:
        scenario, posture: what holds where nothing else is said.
        advice: the posture that the source recommends; `posture` where it recommends none.
        questions: what the future will answer, each by a date.
        courses: of what lies outside, for forecasts that are conditional on one.
        omissions: what the source leaves out, as the case's author sees it.
        themes: parameters that stand or fall together, by theme; see `analyses.robust`.
        variants: other forms of parts of it, drawn or fixed; see `reading.forms`.
        extends: the name of the case that it takes and changes, or "".
        ground: what the draws of its worlds share with that case, or None.
        departures: what it changes there, in the order in which it says so.
        origin: the case of the package that this one is or was made from, as its files show. Set by
            `load` alone: a case that was changed since, by `replace`, has none.
        loaded: how `load` read it; as with `origin`, and it is kept in no file.
    """

    name: str
    title: str
    about: str
    focal: str
    reference_quarter: str
    lookahead: int
    scenario: str
    posture: str
    advice: str
    passages: tuple[Passage, ...]
    references: tuple[Reference, ...]
    variables: tuple[Variable, ...]
    regimes: tuple[Regime, ...]
    quantities: tuple[Quantity, ...]
    actors: tuple[Actor, ...]
    parameters: tuple[Prior, ...]
    scenarios: tuple[Scenario, ...]
    postures: tuple[Posture, ...]
    claims: tuple[Claim, ...]
    untested: tuple[Untested, ...]
    objectives: tuple[Objective, ...]
    log: tuple[Change, ...]
    series: tuple[Series, ...]
    history: History | None
    mechanisms: tuple[Mechanism, ...]
    derived: tuple[Derived, ...]
    hash: str
    game: Game | None = None
    measurements: tuple[Measurement, ...] = ()
    questions: tuple[Question, ...] = ()
    courses: tuple[Course, ...] = ()
    omissions: tuple[Omission, ...] = ()
    themes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    extends: str = ""
    ground: Ground | None = None
    departures: tuple[Departure, ...] = ()
    origin: Origin | None = field(default=None, init=False, compare=False)
    loaded: Loaded | None = field(default=None, init=False, compare=False, metadata={"kept": False})

    def in_short(self) -> tuple[str, Sequence[str]]:
        parts = ("passages", "claims", "variables", "actors", "mechanisms", "priors", "scenarios",
                 "postures", "objectives", "series")  # fmt: skip
        counts = ", ".join(f"{len(getattr(self, part))} {part}" for part in parts)
        advised = f"scenario {self.scenario}, posture {self.posture}, advised {self.advice}"
        return f"{self.title} ({self.name})", [
            self.about,
            counts,
            advised,
            f"hash {self.hash[:12]}",
        ]

    @property
    def assertions(self) -> tuple[Assertion, ...]:
        """What the source says, one by one."""
        return tuple(a for passage in self.passages for a in passage.assertions)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        return tuple(i for actor in self.actors for i in actor.instruments)

    def matters(self, outcome: Outcome) -> Matters | None:
        """The smallest effect of interest on an outcome, where the case says one."""
        if outcome.kind == "goal":
            return None
        items: list[Variable | Derived | Instrument]
        items = [*self.variables, *self.derived, *self.instruments]
        return next(item for item in items if item.name == outcome.name).matters

    @property
    def has_python(self) -> bool:
        """Whether it has a `mechanisms.py`, so that its folder is loaded with trust only."""
        declared: list[Mechanism | Derived] = [*self.mechanisms, *self.derived]
        return any(isinstance(one.function, OfFile) for one in declared)

    @property
    def states(self) -> tuple[Variable, ...]:
        """The variables as the engine lays them out: shares, then indices, then reals."""
        order = ("share", "index", "real")
        return tuple(sorted(self.variables, key=lambda v: order.index(v.scale)))

    @property
    def priors(self) -> tuple[Prior, ...]:
        """Every uncertain or fixed number, in the order of a world's coordinates."""
        return (
            *self.parameters,
            *(p for v in self.variables for p in (v.baseline, v.reversion, v.noise)),
            *(r.escalation for r in self.regimes),
            *(q.usual for q in self.quantities),
            *(p for a in self.actors for p in (a.rationality, a.patience, a.habit)),
            *(g.weight for a in self.actors for g in a.goals),
        )


def level_argument(name: str, level: str) -> str:
    """The argument under which a mechanism reads the share of conduct at one level."""
    return f"{name}_{level.replace('-', '_').replace(' ', '_')}"
