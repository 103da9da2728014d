"""Signalling games: a sender with a private type, one public message, audiences that reply at once.

Pure numbers in, equilibria out; nothing here knows a case. T types, M messages, R audiences with
A_r actions each. Payoffs are arrays over (type, message, action of audience 1, 2, ...), so that
talk is cheap exactly where they do not vary with the message.

The game is written as Gambit's extensive form and solved by pygambit (the extra `game`); equilibria
in pure strategies are enumerated here, since what has to be looked up is small.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from tightrope.analyses.game.options import gambit
from tightrope.errors import UseError
from tightrope.text.notebook import told

Kind = Literal["pooling", "separating", "mixed"]

SUPPORTS = 7_000
"""Equilibria in mixed strategies are enumerated in games of at most so many supports: three
audiences with two replies to two messages have 6,561, which takes half a minute."""

_PURE = 2_000_000
"""Profiles in pure strategies that are looked through at most."""

_SLACK = 1e-9
"""What counts as no gain, as a part of the largest stake."""

_ROUGH = 1e-3
"""The same for mixed replies, which are found by search and never exact."""

_SEEN = 1e-6
"""A message that is sent less often is off the path."""

_SNAP = 0.02
"""Shares in the end of the logit branch below this are taken for zero, if it is then exact."""


@dataclass(frozen=True)
class Listener:
    name: str
    actions: tuple[str, ...]


@told
@dataclass(frozen=True, eq=False, repr=False)
class SignallingGame:
    """Nature picks the type, the sender sees it and speaks, all listeners hear and act at once.

    Attributes:
        prior: what everybody believes of the type beforehand; positive, sums to 1.
        sender: payoffs; shape (T, M, A_1, ..., A_R).
        audience: payoffs of each listener; the same shape.
        speaker: the sender's name.
    """

    types: tuple[str, ...]
    prior: tuple[float, ...]
    messages: tuple[str, ...]
    listeners: tuple[Listener, ...]
    sender: np.ndarray
    audience: tuple[np.ndarray, ...]
    speaker: str = "sender"

    def __post_init__(self) -> None:
        actions = tuple(len(listener.actions) for listener in self.listeners)
        shape = (len(self.types), len(self.messages), *actions)
        if len(self.audience) != len(self.listeners) or not self.listeners:
            raise UseError("a game needs the payoffs of each listener, and at least one listener")
        for payoffs in (self.sender, *self.audience):
            if payoffs.shape != shape:
                raise UseError(f"found payoffs of shape {payoffs.shape}; allowed: {shape}")
            if not np.isfinite(payoffs).all():
                raise UseError("found a payoff that is not finite; allowed: numbers")
        if len(self.prior) != len(self.types) or min(self.prior) <= 0:
            raise UseError(
                "found a prior that leaves a type out; allowed: a chance above 0 for all"
            )
        if abs(sum(self.prior) - 1) > 1e-9:
            raise UseError(f"found a prior that sums to {sum(self.prior):g}; allowed: 1")

    @property
    def players(self) -> tuple[str, ...]:
        return (self.speaker, *(listener.name for listener in self.listeners))


class Profile(NamedTuple):
    """What everybody does.

    Attributes:
        says: chance of each message by type; (T, M).
        replies: for each listener the chance of each action by message; (M, A_r).
    """

    says: np.ndarray
    replies: tuple[np.ndarray, ...]


@told
@dataclass(frozen=True, eq=False, repr=False)
class Equilibrium:
    """A profile from which nobody gains by departing, and what it tells.

    Attributes:
        found: `pure` or `mixed` (enumerated), or `logit` (a point of the logit branch).
        kind: `pooling`: the message says nothing of the type; `separating`: it says all; `mixed`:
            something.
        bits: mutual information of type and message.
        beliefs: what is believed of the type after each message, NaN where it is not sent; (M, T).
        moved: for each listener and message how much of its conduct it would not choose on the
            prior alone, the others acting as they do; 0 to 1, NaN where it is not sent; (R, M).
        worth: for each listener what it gains by hearing the message over acting on the prior, in
            the unit of its payoffs; (R,).
        told: likewise what it would gain by being told the type outright; (R,).
        values: expected payoff of the sender and of each listener; (1 + R,).
        sequential: replies to messages that nobody sends, too, are best for some common belief.
        regret: the most that anybody could gain by departing, in the unit of payoffs.
    """

    profile: Profile
    found: Literal["pure", "mixed", "logit"]
    kind: Kind
    bits: float
    beliefs: np.ndarray
    moved: np.ndarray
    worth: np.ndarray
    told: np.ndarray
    values: np.ndarray
    sequential: bool
    regret: float


class Lack(NamedTuple):
    """Something that solving a game did not do or find.

    Attributes:
        what: `supports`: mixed strategies were not looked through, as there are too many supports;
            `singular`, `given up`: supports without an isolated solution, or beyond the budget;
            `unbacked`: equilibria that rest on replies that no belief backs; `branch`: the logit
            branch ends away from an equilibrium.
        size: how many; of the branch its distance as a part of the largest stake.
        of: how many there are, or the limit; 0 where there is none.
    """

    what: Literal["supports", "singular", "given up", "unbacked", "branch"]
    size: float
    of: int = 0


@told
@dataclass(frozen=True, eq=False, repr=False)
class Solution:
    """Equilibria of a game.

    Attributes:
        equilibria: sequential ones: all in pure strategies, those in mixed strategies where they
            were enumerated, and the limit where it is none of these.
        limit: end of the logit branch.
        branch: the logit branch; columns rationality (log-odds per unit of payoff), bits, who, when
            (the type, or the message heard), does, share.
        lacks: what was not done or found.
    """

    equilibria: tuple[Equilibrium, ...]
    limit: Equilibrium
    branch: pd.DataFrame
    lacks: tuple[Lack, ...]


# ---------------------------------------------------------------- values and beliefs


def joint(game: SignallingGame, profile: Profile, without: int | None = None) -> list[np.ndarray]:
    """For each message the chance of every combination of actions, given that of `without`."""
    found = []
    for m in range(len(game.messages)):
        chance = np.ones(())
        for r, reply in enumerate(profile.replies):
            own = np.ones_like(reply[m]) if r == without else reply[m]
            chance = np.multiply.outer(chance, own)
        found.append(chance)
    return found


def message_values(game: SignallingGame, profile: Profile) -> np.ndarray:
    """What each message is worth to each type; shape (T, M)."""
    chances = joint(game, profile)
    axes = tuple(range(1, 1 + len(game.listeners)))
    return np.stack(
        [(game.sender[:, m] * chances[m]).sum(axis=axes) for m in range(len(game.messages))], axis=1
    )


def reply_values(game: SignallingGame, profile: Profile, r: int) -> np.ndarray:
    """What each action of listener r is worth by type and message; shape (T, M, A_r)."""
    chances = joint(game, profile, without=r)
    axes = tuple(1 + i for i in range(len(game.listeners)) if i != r)
    payoffs = game.audience[r]
    return np.stack(
        [(payoffs[:, m] * chances[m]).sum(axis=axes) for m in range(len(game.messages))], axis=1
    )


def beliefs(game: SignallingGame, says: np.ndarray) -> np.ndarray:
    """By Bayes' rule, what is believed after each message; (M, T), NaN where nobody sends it."""
    together = np.asarray(game.prior)[:, None] * says
    sent = together.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sent > _SEEN, together / sent, np.nan).T


def information(game: SignallingGame, says: np.ndarray) -> float:
    """Mutual information of type and message, in bits."""
    prior = np.asarray(game.prior)[:, None]
    sent = (prior * says).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = prior * says * np.log2(says / sent)
    return max(0.0, float(np.nansum(np.where(says > 0, terms, 0.0))))


def stakes(game: SignallingGame) -> SignallingGame:
    """The same game less what nobody can change: it has the same equilibria and logit responses.

    From the sender's payoffs each type's mean is taken; from a listener's the mean over its own
    actions.
    """
    axes = tuple(range(1, game.sender.ndim))
    heard = [
        payoffs - payoffs.mean(axis=2 + r, keepdims=True) for r, payoffs in enumerate(game.audience)
    ]
    own = game.sender - game.sender.mean(axis=axes, keepdims=True)
    return _with(game, own, heard)


def _with(
    game: SignallingGame, sender: np.ndarray, audience: Sequence[np.ndarray]
) -> SignallingGame:
    return SignallingGame(
        game.types, game.prior, game.messages, game.listeners, sender, tuple(audience), game.speaker
    )


def _scale(game: SignallingGame) -> float:
    """The largest stake of anybody; 1 where there is none."""
    bare = stakes(game)
    return max(float(np.abs(p).max()) for p in (bare.sender, *bare.audience)) or 1.0


def regret(game: SignallingGame, profile: Profile) -> float:
    """The most that a type, or a listener after a message that is sent, gains by departing."""
    values = message_values(game, profile)
    most = float((values.max(axis=1) - (values * profile.says).sum(axis=1)).max())
    believed = beliefs(game, profile.says)
    for r, reply in enumerate(profile.replies):
        expected = np.einsum("mt,tma->ma", believed, reply_values(game, profile, r))
        gains = expected.max(axis=1) - (expected * reply).sum(axis=1)
        if np.isfinite(gains).any():
            most = max(most, float(np.nanmax(gains)))
    return most


def holds(game: SignallingGame, profile: Profile) -> bool:
    """Whether nobody gains by departing: exactly for pure profiles, nearly for mixed ones."""
    pure = all(((part == 0) | (part == 1)).all() for part in (profile.says, *profile.replies))
    return regret(game, profile) <= (_SLACK if pure else _ROUGH) * _scale(game)


def _supported(game: SignallingGame, profile: Profile, m: int, slack: float) -> bool:
    """Whether some common belief makes all replies to message m best, others' replies given.

    In a game of one message sent once, that is all that sequential equilibrium asks off the path.
    """
    rows = []
    for r, reply in enumerate(profile.replies):
        values = reply_values(game, profile, r)[:, m]
        used = reply[m] > _SNAP
        for a in np.flatnonzero(used):
            rows += [values[:, other] - values[:, a] for other in range(values.shape[1])]
    size = len(game.types)
    matrix = np.stack(rows)
    whole = np.abs(matrix).max() or 1.0
    if size == 2:  # every row is a bound on the belief in the first type
        slope, room = matrix[:, 0] - matrix[:, 1], slack - matrix[:, 1]
        up, down = slope > 0, slope < 0
        low = max([0.0, *(room[down] / slope[down])])
        high = min([1.0, *(room[up] / slope[up])])
        return bool(low <= high and (room[slope == 0] >= 0).all())
    found = linprog(
        np.zeros(size),
        A_ub=matrix / whole,
        b_ub=np.full(len(matrix), slack / whole),
        A_eq=np.ones((1, size)),
        b_eq=[1.0],
        bounds=(0.0, 1.0),
    )
    return bool(found.status == 0)


# ---------------------------------------------------------------- what an equilibrium tells


def kind_of(game: SignallingGame, says: np.ndarray) -> Kind:
    """Pooling where no belief moves, separating where every message is sent by one type alone."""
    believed = beliefs(game, says)
    sent = believed[~np.isnan(believed[:, 0])]
    if np.abs(sent - np.asarray(game.prior)).max() < _SEEN:
        return "pooling"
    return "separating" if (sent.max(axis=1) > 1 - _SEEN).all() else "mixed"


def read(
    game: SignallingGame, profile: Profile, found: Literal["pure", "mixed", "logit"]
) -> Equilibrium:
    """What a profile tells its listeners; see `Equilibrium`."""
    prior = np.asarray(game.prior)
    believed = beliefs(game, profile.says)
    sent = (prior[:, None] * profile.says).sum(axis=0)
    slack = (_SLACK if found == "pure" else _ROUGH) * _scale(game)
    moved = np.full((len(game.listeners), len(game.messages)), np.nan)
    worth, told = np.zeros(len(game.listeners)), np.zeros(len(game.listeners))
    values = [float((message_values(game, profile) * profile.says).sum(axis=1) @ prior)]
    for r, reply in enumerate(profile.replies):
        by_type = reply_values(game, profile, r)
        blind = np.einsum("t,tma->ma", prior, by_type)
        knowing = np.einsum("mt,tma->ma", believed, by_type)
        own = 0.0
        for m in np.flatnonzero(~np.isnan(believed[:, 0])):
            best = blind[m] >= blind[m].max() - slack
            short = (blind[m].max() - blind[m]) - (knowing[m].max() - knowing[m])
            moved[r, m] = reply[m][short > slack].sum()
            worth[r] += sent[m] * (knowing[m].max() - knowing[m][best].max())
            each = by_type[:, m].max(axis=1) @ believed[m]
            told[r] += sent[m] * (each - knowing[m][best].max())
            own += sent[m] * float(knowing[m] @ reply[m])
        values.append(own)
    unsent = np.flatnonzero(np.isnan(believed[:, 0]))
    return Equilibrium(
        profile=profile,
        found=found,
        kind=kind_of(game, profile.says),
        bits=information(game, profile.says),
        beliefs=believed,
        moved=moved,
        worth=worth,
        told=told,
        values=np.array(values),
        sequential=all(_supported(game, profile, int(m), slack) for m in unsent),
        regret=regret(game, profile),
    )


# ---------------------------------------------------------------- pure strategies


def pure_equilibria(game: SignallingGame, sequential: bool = True) -> list[Profile]:
    """All equilibria in pure strategies; with `sequential=False` also those by empty threats.

    Raises UseError in a game of more than two million profiles.
    """
    if _profiles(game) > _PURE:
        raise UseError(f"a game of {_profiles(game):,} profiles; allowed: {_PURE:,} at most")
    slack = _SLACK * _scale(game)
    size = len(game.messages)
    combinations = list(product(*(range(len(r.actions)) for r in game.listeners)))
    rational = [
        [c for c in combinations if not sequential or _supported_pure(game, m, c, slack)]
        for m in range(size)
    ]
    found = []
    for choice in product(range(size), repeat=len(game.types)):
        says = np.eye(size)[list(choice)]
        believed = beliefs(game, says)
        lists = [
            rational[m] if np.isnan(believed[m, 0]) else _answers(game, m, believed[m], slack)
            for m in range(size)
        ]
        for replies in product(*lists):
            heard: list[Any] = [(slice(None), m, *reply) for m, reply in enumerate(replies)]
            values = np.stack([game.sender[place] for place in heard], axis=1)
            own = values[np.arange(len(choice)), list(choice)]
            if (values.max(axis=1) - own <= slack).all():
                found.append(_pure(game, says, replies))
    return found


def _profiles(game: SignallingGame) -> int:
    replies = int(np.prod([len(r.actions) for r in game.listeners]))
    return int(len(game.messages) ** len(game.types) * replies ** len(game.messages))


def _answers(
    game: SignallingGame, m: int, belief: np.ndarray, slack: float
) -> list[tuple[int, ...]]:
    """Combinations of actions from which no listener departs, given a belief."""
    expected = [np.tensordot(belief, payoffs[:, m], axes=1) for payoffs in game.audience]
    best = [e >= e.max(axis=r, keepdims=True) - slack for r, e in enumerate(expected)]
    return [tuple(map(int, c)) for c in np.argwhere(np.logical_and.reduce(best))]


def _pure(game: SignallingGame, says: np.ndarray, replies: Sequence[Sequence[int]]) -> Profile:
    return Profile(
        says,
        tuple(
            np.eye(len(listener.actions))[[reply[r] for reply in replies]]
            for r, listener in enumerate(game.listeners)
        ),
    )


def _supported_pure(game: SignallingGame, m: int, actions: tuple[int, ...], slack: float) -> bool:
    says = np.full((len(game.types), len(game.messages)), 1 / len(game.messages))
    return _supported(game, _pure(game, says, [actions] * len(game.messages)), m, slack)


# ---------------------------------------------------------------- Gambit


def to_efg(
    game: SignallingGame,
    title: str = "",
    about: str = "",
    allowed: Sequence[np.ndarray] | None = None,
) -> str:
    """The game as Gambit's extensive form (.efg, version 2), payoffs to eight decimals.

    allowed: for each listener which actions it may take by message, all by default; (M, A_r).
    """
    masks = allowed or [np.ones((len(game.messages), len(r.actions)), bool) for r in game.listeners]
    lines = [f"EFG 2 R {_quoted(title)} {_list(map(_quoted, game.players))}", _quoted(about), ""]
    lines.append(f'c "" 1 "" {_list(_chances(game))} 0')
    ends = 0
    for t, kind in enumerate(game.types):
        lines.append(f'p "" 1 {t + 1} {_quoted(kind)} {_list(map(_quoted, game.messages))} 0')
        for m in range(len(game.messages)):
            for line in _tree(game, t, m, (), masks):
                ends += line.startswith("t")
                lines.append(line.replace("#", str(ends), 1) if line.startswith("t") else line)
    return "\n".join(lines) + "\n"


def _tree(
    game: SignallingGame, t: int, m: int, done: tuple[int, ...], masks: Sequence[np.ndarray]
) -> Iterator[str]:
    """What follows message m of type t and the listeners' actions `done`, depth first."""
    r = len(done)
    if r == len(game.listeners):
        payoffs = (f"{p[t, m, *done]:.8f}" for p in (game.sender, *game.audience))
        yield f't "" # "" {{ {", ".join(payoffs)} }}'
        return
    actions = np.flatnonzero(masks[r][m])
    names = [game.listeners[r].actions[a] for a in actions]
    yield f'p "" {r + 2} {m + 1} {_quoted(game.messages[m])} {_list(map(_quoted, names))} 0'
    for a in actions:
        yield from _tree(game, t, m, (*done, int(a)), masks)


def _chances(game: SignallingGame) -> list[str]:
    """Types with chances that sum to exactly one."""
    parts = [Fraction(p).limit_denominator(10**6) for p in game.prior]
    parts[-1] = Fraction(1) - sum(parts[:-1], Fraction(0))
    return [f"{_quoted(name)} {part}" for name, part in zip(game.types, parts, strict=True)]


def _quoted(text: str) -> str:
    return '"' + " ".join(text.replace("\\", "/").replace('"', "'").split()) + '"'


def _list(items: Any) -> str:
    return "{ " + " ".join(items) + " }"


def to_gambit(game: SignallingGame, allowed: Sequence[np.ndarray] | None = None) -> Any:
    """The game as a pygambit game."""
    return gambit().read_efg(io.StringIO(to_efg(game, allowed=allowed)))


def _profile(game: SignallingGame, solved: Any, masks: Sequence[np.ndarray] | None) -> Profile:
    """A pygambit profile of behaviour as one of ours; information sets come in our order."""
    parts = [
        [[float(chance) for _, chance in action] for _, action in solved[player]]
        for player in game.players
    ]
    says = np.clip(np.array(parts[0]), 0.0, 1.0)
    replies = []
    for r, listener in enumerate(game.listeners):
        reply = np.zeros((len(game.messages), len(listener.actions)))
        for m, chances in enumerate(parts[r + 1]):
            where = slice(None) if masks is None else np.flatnonzero(masks[r][m])
            reply[m, where] = chances
        replies.append(np.clip(reply, 0.0, 1.0))
    return Profile(
        says / says.sum(axis=1, keepdims=True),
        tuple(reply / reply.sum(axis=1, keepdims=True) for reply in replies),
    )


def _in_units(game: SignallingGame) -> tuple[SignallingGame, float]:
    """Stakes alone in units of the largest one, so that path following meets one scale."""
    bare, size = stakes(game), _scale(game)
    return _with(bare, bare.sender / size, [p / size for p in bare.audience]), size


def logit_branch(game: SignallingGame) -> list[tuple[float, Profile]]:
    """The principal branch of logit equilibria (McKelvey and Palfrey 1998), by rationality.

    It starts where everybody errs evenly, in log-odds per unit of payoff, and ends near an
    equilibrium. In games of pure talk words mean nothing on it until it forks, if it does; pygambit
    then follows one fork, and which message comes to mean what is arbitrary.
    """
    unit, size = _in_units(game)
    points = gambit().qre.logit_solve_branch(to_gambit(unit), maxregret=1e-6)
    return [(p.lam / size, _profile(game, p.profile, None)) for p in points]


def logit_at(game: SignallingGame, rationality: float) -> Profile:
    """Logit play of all at one rationality, in log-odds per unit of payoff, on that branch."""
    unit, size = _in_units(game)
    (point,) = gambit().qre.logit_solve_lambda(to_gambit(unit), rationality * size)
    return _profile(game, point.profile, None)


def _snapped(game: SignallingGame, profile: Profile) -> Profile:
    """The exact equilibrium that a profile is near to, if taking small shares for zero gives one.

    Messages that are sent with a vanishing chance keep their replies.
    """

    def round_off(shares: np.ndarray) -> np.ndarray:
        kept = np.where(shares < _SNAP, 0.0, shares)
        whole: np.ndarray = kept / kept.sum(axis=1, keepdims=True)
        return whole

    near = Profile(round_off(profile.says), tuple(round_off(r) for r in profile.replies))
    exact = regret(game, near) <= max(_SLACK * _scale(game), regret(game, profile))
    return near if exact else profile


def undominated(game: SignallingGame) -> list[np.ndarray]:
    """For each listener which actions survive after each message; (M, A_r) of bools.

    What goes, again and again, is what another action beats whatever the type and whatever the
    other listeners do. No sequential equilibrium uses it, on the path or off it.
    """
    slack = _SLACK * _scale(game)
    masks = [np.ones((len(game.messages), len(r.actions)), bool) for r in game.listeners]
    again = True
    while again:
        again = False
        for m, r in product(range(len(game.messages)), range(len(game.listeners))):
            live = [np.flatnonzero(mask[m]) for mask in masks]
            part = game.audience[r][:, m][np.ix_(np.arange(len(game.types)), *live)]
            rows = np.moveaxis(part, 1 + r, 0).reshape(len(live[r]), -1)
            beaten = [any((other > row + slack).all() for other in rows) for row in rows]
            if any(beaten):
                masks[r][m, live[r][beaten]] = False
                again = True
    return masks


def _mixed(game: SignallingGame, most: int, lacks: list[Lack]) -> list[Profile]:
    """Equilibria found support by support; adds to `lacks` what was left out."""
    unit, _ = _in_units(game)
    masks = undominated(game)
    supports = int((2 ** len(game.messages) - 1) ** len(game.types))
    supports *= int(np.prod([2 ** int(row.sum()) - 1 for mask in masks for row in mask]))
    if supports > most:
        lacks.append(Lack("supports", supports, most))
        return []
    skipped = {"EnumPolySingularSupportEvent": 0, "EnumPolyBudgetExceededSupportEvent": 0}

    def watch(event: Any) -> None:
        name = type(event).__name__
        if name in skipped:
            skipped[name] += 1

    found = gambit().nash.enumpoly_solve(to_gambit(unit, masks), event_callback=watch)
    singular, beyond = skipped.values()
    every = (Lack("singular", singular, supports), Lack("given up", beyond, supports))
    lacks += [lack for lack in every if lack.size]
    return [_profile(game, p, masks) for p in found.equilibria]


def solve(game: SignallingGame, supports: int = SUPPORTS) -> Solution:
    """All sequential equilibria that can be enumerated, and the logit branch with its end.

    supports: mixed strategies are looked through in games of so many supports at most; 0: never.
    Raises UseError where pygambit is not installed.
    """
    lacks: list[Lack] = []
    equilibria = [read(game, p, "pure") for p in pure_equilibria(game)]
    empty = 0
    for profile in _mixed(game, supports, lacks) if supports else ():
        near = _snapped(game, profile)
        if not any(_same(near, known.profile) for known in equilibria):
            candidate = read(game, near, "mixed")
            if candidate.sequential:
                equilibria.append(candidate)
            else:
                empty += 1
    path = logit_branch(game)
    limit = read(game, _snapped(game, path[-1][1]), "logit")
    off = limit.regret / _scale(game)
    if empty:
        lacks.append(Lack("unbacked", empty))
    if off <= _ROUGH and limit.sequential and not any(same(limit, e) for e in equilibria):
        equilibria.append(limit)
    if off > _ROUGH:
        lacks.append(Lack("branch", off))
    return Solution(tuple(equilibria), limit, _branch_table(game, path), tuple(lacks))


def same(one: Equilibrium, other: Equilibrium) -> bool:
    """Alike in messages and in the replies to those that are sent."""
    return _same(one.profile, other.profile)


def _same(one: Profile, other: Profile) -> bool:
    sent = one.says.sum(axis=0) > _SEEN
    pairs = zip(one.replies, other.replies, strict=True)
    alike = np.allclose(one.says, other.says, atol=1e-5)
    return alike and all(np.allclose(a[sent], b[sent], atol=1e-5) for a, b in pairs)


def _branch_table(
    game: SignallingGame, path: Sequence[tuple[float, Profile]], most: int = 60
) -> pd.DataFrame:
    picked = np.unique(np.linspace(0, len(path) - 1, min(most, len(path))).astype(int))
    rows = []
    for i in picked:
        rationality, profile = path[i]
        bits = information(game, profile.says)
        for who, when, does, share in shares(game, profile):
            rows.append((rationality, bits, who, when, does, share))
    return pd.DataFrame(rows, columns=["rationality", "bits", "who", "when", "does", "share"])


def shares(game: SignallingGame, profile: Profile) -> Iterator[tuple[str, str, str, float]]:
    """A profile row by row: who, when (the type, or the message heard), what, and its chance."""
    for t, m in product(range(len(game.types)), range(len(game.messages))):
        yield game.speaker, game.types[t], game.messages[m], float(profile.says[t, m])
    for listener, reply in zip(game.listeners, profile.replies, strict=True):
        for m, a in product(range(len(game.messages)), range(len(listener.actions))):
            yield listener.name, game.messages[m], listener.actions[a], float(reply[m, a])
