"""The nouns of a case, as frozen data; `tightrope.reading` makes and checks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tightrope.case.mechanism import Derived, Mechanism, OfFile
from tightrope.case.origin import Origin
from tightrope.errors import Place
from tightrope.text.notebook import Told


@dataclass(frozen=True)
class Reference:
    key: str
    citation: str
    url: str
    place: Place


@dataclass(frozen=True)
class Passage:
    """A place in the source (section.paragraph) and what it argues, in our words.

    inputs: what stands for it in the case where that is no mechanism: inputs from outside,
    instruments or parameters.
    """

    id: str
    title: str
    argues: str
    place: Place
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prior:
    """What is known of a number beforehand: uniform over a range, or over its logarithm.

    Attributes:
        sources: keys into the case's references.
        judgement: the reason, where there is no source or in addition to it.
        contested: the literature disagrees on the sign; the range then includes both.
    """

    name: str
    low: float
    high: float
    scale: Literal["linear", "log"]
    unit: str
    meaning: str
    sources: tuple[str, ...]
    judgement: str
    contested: bool
    place: Place

    @property
    def fixed(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class Variable:
    """A state. `share` lives on the log-odds scale, `index` on the log scale, `real` as it is.

    Attributes:
        baseline: value in the reference quarter (share: in (0, 1); index: 1 = reference quarter).
        reversion: part of the gap to the baseline that closes in a quarter by itself.
        noise: standard deviation of the quarterly shock, on the variable's own additive scale.
        series: the observed series that stands for it, or "".
        span: of a real, how much of its unit counts as its full range where it is a goal; 0 where
            nothing is said, and for shares and indices, which need none.
    """

    name: str
    label: str
    meaning: str
    scale: Literal["share", "index", "real"]
    unit: str
    baseline: Prior
    reversion: Prior
    noise: Prior
    series: str
    place: Place
    span: float = 0.0


@dataclass(frozen=True)
class Regime:
    """An exogenous input with ordered levels: a Markov chain unless a scenario fixes it.

    Attributes:
        usual: the level in the reference quarter.
        transition: row = level now, column = level next quarter; rows sum to 1.
        escalation: added to the log-odds of a move up, taken from those of a move down.
    """

    name: str
    label: str
    meaning: str
    levels: tuple[str, ...]
    usual: str
    transition: tuple[tuple[float, ...], ...]
    escalation: Prior
    place: Place


@dataclass(frozen=True)
class Quantity:
    """An exogenous input with a number for its value, in [0, 1]; `usual` holds unless set."""

    name: str
    label: str
    meaning: str
    unit: str
    usual: Prior
    place: Place


@dataclass(frozen=True)
class Instrument:
    """What an actor sets each quarter.

    Attributes:
        levels: ordered options.
        positions: where each level stands between 0 and 1, ascending.
        usual: share of conduct at each level in the reference quarter; sums to 1, none zero.
        grounds: where `usual` comes from.
    """

    name: str
    label: str
    meaning: str
    actor: str
    levels: tuple[str, ...]
    positions: tuple[float, ...]
    usual: tuple[float, ...]
    grounds: str
    place: Place


@dataclass(frozen=True)
class Goal:
    variable: str
    want: Literal["more", "less"]
    weight: Prior


@dataclass(frozen=True)
class Actor:
    """Who chooses.

    Attributes:
        rationality: log-odds of choosing a level per point (of 100) of expected goal value.
        patience: weight of a quarter relative to the one before it.
        habit: weight of usual conduct in choice, 0 (none) to 1 (rational inattention).
    """

    name: str
    label: str
    meaning: str
    instruments: tuple[Instrument, ...]
    goals: tuple[Goal, ...]
    rationality: Prior
    patience: Prior
    habit: Prior
    place: Place


Value = float | str | Mapping[str, float]


@dataclass(frozen=True)
class Span:
    """A value held from quarter `first` to quarter `last`, both included; last None: to the end.

    The value is a level's name, a mix of levels, a number, or "markov" for a regime left to itself.
    """

    first: int
    last: int | None
    value: Value


Settings = Mapping[str, tuple[Span, ...]]


@dataclass(frozen=True)
class Condition:
    """A regime, a variable, a derived quantity or an instrument (as last seen) against a threshold.

    For a regime or an instrument the threshold is the position of a level between 0 and 1.
    `at least` holds at the threshold, `above` does not; likewise `at most` and `below`.
    """

    name: str
    comparison: Literal["at least", "at most", "above", "below"]
    threshold: float


@dataclass(frozen=True)
class Rule:
    """When all conditions hold at the start of a quarter, these instruments are set for it."""

    when: tuple[Condition, ...]
    settings: Mapping[str, str | Mapping[str, float]]


@dataclass(frozen=True)
class Scenario:
    """A path of what lies outside the game.

    Attributes:
        against: the scenario that a shock is measured against, or "" where this one is no shock.
        looks: what a shock is measured on.
    """

    name: str
    label: str
    meaning: str
    settings: Settings
    place: Place
    against: str = ""
    looks: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class Posture:
    """A rule for the focal actor's instruments: what is not set or ruled is left free."""

    name: str
    label: str
    meaning: str
    settings: Settings
    rules: tuple[Rule, ...]
    place: Place


@dataclass(frozen=True)
class Arm:
    """One side's conditions. None means: as the claim, the command or the case says.

    Attributes:
        settings: instruments, variables and exogenous inputs held at a value.
        strengths: mechanism name to multiplier; 0 switches it off.
    """

    scenario: str | None = None
    posture: str | None = None
    settings: Settings = field(default_factory=dict)
    strengths: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What is looked at.

    kind: `variable`, `derived`, `position` (an instrument's mean position), `share` (of an
    instrument's conduct at one level) or `goal` (an actor's goal value).
    """

    kind: Literal["variable", "derived", "position", "share", "goal"]
    name: str
    level: str = ""


@dataclass(frozen=True)
class Side:
    """One arm read at one outcome, averaged over the quarters `first` to `last`, both included."""

    arm: Arm
    outcome: Outcome
    first: int
    last: int


@dataclass(frozen=True)
class Contrast:
    """`this` minus `against`, times `times`, world by world."""

    this: Side
    against: Side
    times: float


@dataclass(frozen=True)
class Part:
    """A contrast, or one contrast minus another, and what the source expects of it.

    Margins are in the units in which the outcome is shown (points of 100).
    `not lower` holds when the difference is above minus the margin; `not higher` likewise.
    """

    contrast: Contrast
    minus: Contrast | None
    expect: Literal["higher", "lower", "not lower", "not higher"]
    margin: float


@dataclass(frozen=True)
class Claim:
    """What the source expects, in a form that can fail. It holds in a world if every part does."""

    id: str
    passage: str
    says: str
    note: str
    parts: tuple[Part, ...]
    place: Place


@dataclass(frozen=True)
class Untested:
    """What a passage argues that the model cannot test, and why; shown, never scored."""

    id: str
    passage: str
    says: str
    why: str
    place: Place


@dataclass(frozen=True)
class Change:
    """An entry of the log: a change to a prior, a claim or a margin, and its effect."""

    date: str
    changed: str
    why: str
    moved: str
    place: Place


@dataclass(frozen=True)
class Ground:
    """Names of the case that another one extends, in its order.

    World 17 of both has the same numbers and shocks wherever both have them, so that they can be
    compared world by world.
    """

    priors: tuple[str, ...]
    variables: tuple[str, ...]
    regimes: tuple[str, ...]


@dataclass(frozen=True)
class Departure:
    """What a case that extends another one does otherwise.

    Attributes:
        section: the file it belongs to, without its ending.
        name: of the thing; of a file that is one thing, the section again.
        what: `added`, `changed` or `off`.
        moves: of what is changed each field with what stood there and what stands there now.
        why: the reason; may be "" where something is added.
    """

    section: str
    name: str
    what: Literal["added", "changed", "off"]
    moves: tuple[tuple[str, str, str], ...]
    why: str
    place: Place


@dataclass(frozen=True)
class Point:
    """What a series says of a quarter, or of a year's mean.

    Attributes:
        quarter: as written, `2023Q2` or `2023`.
        first: quarters from the start of the record to the first quarter it is about; 0: the start.
        last: likewise to the last one; a year's is three later.
        low: lower end of an interval of about 90 % for the number; `high` its upper end.
        read: the date on which it was looked up.
        used: matched and scored; otherwise doubtful, or `later`.
        later: it came after the record's end: kept apart, never matched.
    """

    quarter: str
    first: int
    last: int
    value: float
    low: float
    high: float
    source: str
    url: str
    read: str
    used: bool
    note: str
    place: Place
    later: bool = False


@dataclass(frozen=True)
class Series:
    """Observed numbers that stand for a variable or a derived quantity.

    Attributes:
        link: `level`: the number is the variable as shown; `change`: only movement counts;
            `growth`: only movement counts, of the number's logarithm.
        slope: change of the variable for one of the series, both on their additive scale.
        error: standard deviation of the series as a stand-in, on the variable's additive scale.
        points: in the order of their quarters.
    """

    name: str
    label: str
    stands_for: str
    link: Literal["level", "change", "growth"]
    slope: float
    error: float
    unit: str
    about: str
    points: tuple[Point, ...]
    place: Place


@dataclass(frozen=True)
class History:
    """What is on record of the course of things.

    Attributes:
        start: the run's quarter 0.
        end: the last quarter that may be matched.
        quarters: from the one after `start` to `end`.
        start_values: where variables stood at the start, as cases write it (shares between 0
            and 1); the others at their baseline.
        settings: the course of what lay outside and of conduct on record, quarter 1 being the one
            after `start`.
        sources: keys into the case's references.
    """

    start: str
    end: str
    quarters: int
    start_values: Mapping[str, float]
    settings: Settings
    sources: tuple[str, ...]
    about: str
    place: Place


@dataclass(frozen=True)
class Objective:
    """What postures are judged by, as a mean over the last year of a run.

    Attributes:
        outcome: a variable or a derived quantity.
        enough: what satisfies, in display units (points of 100): a level, or, with `from_start`, a
            change since the reference quarter in the same world.
        vital: a posture fails in a world in which a vital objective is not satisfied.
        grounds: where `enough` comes from.
    """

    name: str
    label: str
    outcome: Outcome
    want: Literal["more", "less"]
    enough: float
    from_start: bool
    vital: bool
    grounds: str
    place: Place


@dataclass(frozen=True)
class Dial:
    """A number that a game takes to have a value, and the range that its map goes over."""

    name: str
    value: float
    low: float
    high: float
    meaning: str
    judgement: str
    place: Place


@dataclass(frozen=True)
class Reply:
    """What an audience may do: a level of its instrument, or where its variable is then held."""

    name: str
    says: str
    value: str | float


@dataclass(frozen=True)
class Audience:
    """Who hears the message of a game and replies.

    Attributes:
        name: an actor's, whose payoff is its goal value; or that of a passive audience.
        moves: the instrument or the variable that its replies set.
        replies: at least two.
        backs: of a passive audience, the variable that it bets on: its first reply pays what the
            variable has beyond `even_at`, every other reply what it lacks. "" for an actor.
        even_at: of a passive audience, where both pay the same, as cases write the variable.
    """

    name: str
    label: str
    moves: str
    replies: tuple[Reply, ...]
    backs: str
    even_at: Dial | None
    place: Place


@dataclass(frozen=True)
class Game:
    """The strategic core as a signalling game: one message, its audiences, private resolve.

    Attributes:
        instrument: of the sender; its levels are the messages.
        messages: (level, in plain words).
        quarter: the message is sent after it, and counts for the case's lookahead.
        pressure: the instrument by which resolve is told: it is what `sustained` rather than
            `usual` costs the sender.
        types: names of those whom it costs less, and more.
        belief: the audiences' chance beforehand that the sender is of the first type.
        map: the two numbers that the map goes over unless others are named.
    """

    sender: str
    instrument: str
    messages: tuple[tuple[str, str], ...]
    quarter: int
    pressure: str
    sustained: str
    usual: str
    types: tuple[str, str]
    belief: Dial
    audiences: tuple[Audience, ...]
    map: tuple[str, str]
    about: str
    place: Place


@dataclass(frozen=True, eq=False, repr=False)
class Case(Told):
    """A checked case. `hash` is SHA-256 over its files, names and bytes.

    Attributes:
        scenario, posture: what holds where nothing else is said.
        advice: the posture that the source recommends; `posture` where it recommends none.
        extends: the name of the case that it takes and changes, or "".
        ground: what the draws of its worlds share with that case, or None.
        departures: what it changes there, in the order in which it says so.
        origin: the case of the package that this one is or was made from, as its files show. Set by
            `load` alone: a case that was changed since, by `replace`, has none.
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
    extends: str = ""
    ground: Ground | None = None
    departures: tuple[Departure, ...] = ()
    origin: Origin | None = field(default=None, init=False, compare=False)

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
    def instruments(self) -> tuple[Instrument, ...]:
        return tuple(i for actor in self.actors for i in actor.instruments)

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


def quarter_number(quarter: str) -> int:
    """Quarters since the year 0, for counting from one quarter to another."""
    return 4 * int(quarter[:4]) + int(quarter[5]) - 1


def quarter_name(number: int) -> str:
    return f"{number // 4:04d}Q{number % 4 + 1}"
