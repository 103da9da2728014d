"""The words as a game."""

from __future__ import annotations

from dataclasses import dataclass

from tightrope.errors import Place


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
