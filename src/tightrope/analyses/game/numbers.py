"""The strategic core of a case as a game: one message, its audiences, a sender of private resolve.

What a combination of message and replies pays comes from running the model in every world: the
message and the replies are held for the case's lookahead, all else is chosen by the decision rule.
Resolve is what a world says it is: in one half of the worlds sustained pressure costs the sender
less than in the other half. See docs/game.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from tightrope.analyses.game import signalling
from tightrope.analyses.game.options import (
    MAP_WORLDS,
    Options,
    check,
    dial_of,
    spec_of,
    two_numbers,
)
from tightrope.analyses.game.signalling import (
    Equilibrium,
    Listener,
    Profile,
    SignallingGame,
    Solution,
)
from tightrope.arguments import GAME_WORLDS, MAP_SIZE, known_rule
from tightrope.case import Arm, Case, Game, Outcome, Prior, Span
from tightrope.case.named import check_case
from tightrope.engine.compiling import compile_case
from tightrope.engine.kept import Kept
from tightrope.engine.model import Model
from tightrope.engine.progress import Progress, Watch, no_watch, silent
from tightrope.engine.runs import Runs
from tightrope.engine.setting import Setting
from tightrope.engine.worlds import Sample
from tightrope.errors import UseError
from tightrope.reading.game import BELIEF, EVEN_AT
from tightrope.text.names import nearest
from tightrope.text.notebook import told
from tightrope.text.wording import counted

RESAMPLES, MAP_RESAMPLES = 200, 50
"""Draws of worlds with replacement, for what the choice of worlds leaves open."""

_INERT = 1e-4
"""Points of goal value: a number that moves payoffs by less over its whole range does nothing."""

# ---------------------------------------------------------------- pay-offs from the model


@told
@dataclass(frozen=True, eq=False, repr=False)
class Payoffs:
    """What every combination pays in every world, before anything is averaged.

    Attributes:
        values: points of goal value, discounted mean of the quarters ahead; of a passive audience
            the points of what it bets on. Dims player, message, one for each audience, world.
        cost: what sustained pressure rather than the usual costs the sender, points; (W,).
        resilient: the half of the worlds in which that is least; (W,) of bools.
    """

    spec: Game
    values: xr.DataArray
    cost: np.ndarray
    resilient: np.ndarray

    def paid(self, even_at: float | None = None) -> np.ndarray:
        """What players get in each world: `values` with a passive audience's bet on them.

        Shape (players, messages, replies of each audience, W). even_at: as cases write it.
        """
        paid = self.values.to_numpy().copy()
        for r, audience in enumerate(self.spec.audiences, start=1):
            if audience.even_at is None:
                continue
            at = audience.even_at.value if even_at is None else even_at
            sign = np.where(np.arange(len(audience.replies)) == 0, 1.0, -1.0)
            along = [1] * paid[r].ndim
            along[r] = len(sign)
            shown = self.values.attrs["shown_times"][audience.name]
            paid[r] = (paid[r] - shown * at) * sign.reshape(along)
        return paid

    def game(
        self,
        belief: float | None = None,
        even_at: float | None = None,
        weights: np.ndarray | None = None,
    ) -> SignallingGame:
        """The game that this makes: of each type the mean over its worlds.

        belief, even_at: in place of the game's own.
        weights: how often each world counts; (W,).
        """
        chance = self.spec.belief.value if belief is None else belief
        counts = np.ones(len(self.cost)) if weights is None else weights
        paid = self.paid(even_at)
        own = [np.where(half, counts, 0.0) for half in self.halves]
        by_type = np.stack([paid @ (part / part.sum()) for part in own], axis=1)
        return SignallingGame(
            types=self.spec.types,
            prior=(chance, 1.0 - chance),
            messages=tuple(level for level, _ in self.spec.messages),
            listeners=tuple(
                Listener(a.name, tuple(reply.name for reply in a.replies))
                for a in self.spec.audiences
            ),
            sender=by_type[0],
            audience=tuple(by_type[1:]),
            speaker=self.spec.sender,
        )

    @property
    def halves(self) -> tuple[np.ndarray, np.ndarray]:
        """The worlds of each type."""
        return self.resilient, ~self.resilient


def payoffs(
    model: Model,
    spec: Game,
    *,
    seed: int,
    worlds: int = GAME_WORLDS,
    quarter: int | None = None,
    scenario: str | None = None,
    posture: str | None = None,
    overrides: Mapping[str, float] | None = None,
    progress: Progress = silent,
    kept: Kept | None = None,
) -> Payoffs:
    """Run every combination of message and replies in the same worlds, without shocks.

    Up to `quarter` (the game's own where None) things go by scenario and posture. In the quarters
    of the case's lookahead after it the message and the replies are held; what is not held is
    chosen by the decision rule. Goal values are weighted by the actor's patience in that world.

    overrides: numbers of the case that are the same in all worlds, by name.
    """
    case = model.case
    start = spec.quarter if quarter is None else quarter
    sample = _overridden(case, Sample.of(case, seed, 0, worlds), overrides or {})
    arms = [*_arms(spec, start, case.lookahead), *_pressure(spec, start, case.lookahead)]
    runs = Runs(model, sample, start + case.lookahead, kept, calm=True)
    plans = list(map(Setting.of(runs, scenario, posture).plan, arms))
    rows, weights = _read_at(model, spec, sample, start)
    window = runs.paths(plans, rows, progress)[:, :, start + 1 :]
    out = np.einsum("aphw,phw->apw", window, weights)
    cost = out[-1, 0] - out[-2, 0]
    sizes = [len(spec.messages), *(len(a.replies) for a in spec.audiences)]
    values = np.moveaxis(out[:-2].reshape(*sizes, len(rows), worlds), -2, 0)
    return Payoffs(spec, _labelled(case, spec, values, sample), cost, _least(cost))


def _overridden(case: Case, sample: Sample, overrides: Mapping[str, float]) -> Sample:
    names = [p.name for p in case.priors]
    params = np.array(sample.params)
    for name, value in overrides.items():
        if name not in names:
            raise UseError(f'there is no number "{name}"{nearest(name, names)}')
        params[names.index(name)] = value
    return Sample(sample.seed, sample.indices, params)


def _arms(spec: Game, quarter: int, ahead: int) -> Iterator[Arm]:
    """Every combination of message and replies, the last audience's changing fastest."""
    levels = [level for level, _ in spec.messages]
    for message in levels:
        for replies in product(*(a.replies for a in spec.audiences)):
            held = {a.moves: r.value for a, r in zip(spec.audiences, replies, strict=True)}
            yield _arm({spec.instrument: message, **held}, quarter, ahead)


def _pressure(spec: Game, quarter: int, ahead: int) -> Iterator[Arm]:
    """Sustained pressure, then the usual."""
    for level in (spec.sustained, spec.usual):
        yield _arm({spec.pressure: level}, quarter, ahead)


def _arm(held: Mapping[str, str | float], quarter: int, ahead: int) -> Arm:
    spans = {name: (Span(quarter + 1, quarter + ahead, v),) for name, v in held.items()}
    return Arm(settings=spans)


def _read_at(
    model: Model, spec: Game, sample: Sample, quarter: int
) -> tuple[list[int], np.ndarray]:
    """Where each player's outcome stands, and what its quarters weigh; (players, ahead, W).

    A passive audience counts all quarters alike.
    """
    ahead = model.case.lookahead
    rows, weights = [], []
    for name, backs in ((spec.sender, ""), *((a.name, a.backs) for a in spec.audiences)):
        outcome = Outcome("variable", backs) if backs else Outcome("goal", name)
        rows.append(model.outcome_index[outcome])
        patience = np.ones(sample.params.shape[1])
        if not backs:
            patience = sample.params[model.prior_index[f"{name}.patience"]].astype(float)
        powers = patience ** np.arange(1, ahead + 1)[:, None]
        weights.append(powers / powers.sum(axis=0))
    return rows, np.stack(weights)


def _least(cost: np.ndarray) -> np.ndarray:
    """The half of the worlds with the least cost."""
    mask = np.zeros(len(cost), bool)
    mask[np.argsort(cost, kind="stable")[: len(cost) // 2]] = True
    return mask


def _labelled(case: Case, spec: Game, values: np.ndarray, sample: Sample) -> xr.DataArray:
    scales = {v.name: v.scale for v in case.variables}
    shown = {a.name: 1.0 if scales[a.backs] == "real" else 100.0 for a in spec.audiences if a.backs}
    names = [a.name for a in spec.audiences]
    return xr.DataArray(
        values.astype(float),
        dims=("player", "message", *names, "world"),
        coords={
            "player": [spec.sender, *names],
            "message": [level for level, _ in spec.messages],
            **{a.name: [reply.name for reply in a.replies] for a in spec.audiences},
            "world": sample.indices,
        },
        attrs={"units": "points of goal value", "shown_times": shown},
    )


# ---------------------------------------------------------------- what it hangs on


def stakes(found: Payoffs, game: SignallingGame, profile: Profile) -> pd.DataFrame:
    """What each choice is worth, and how far the draw of worlds leaves that open.

    A row for each type and choice: a message rather than the first one, an audience's reply rather
    than its first one, all others doing as in the profile. Columns who, type, choice, rather_than,
    worth (points), error (standard error), clear (worth is beyond two of them).
    """
    spec, paid = found.spec, found.paid()
    rows = []
    for t, (name, half) in enumerate(zip(spec.types, found.halves, strict=True)):
        chances = np.stack(signalling.joint(game, profile))
        own = _summed(paid[0][..., half], chances, 0)
        rows += _gaps(spec.sender, name, game.messages, own)
        for r, listener in enumerate(game.listeners):
            heard = np.stack(signalling.joint(game, profile, without=r))
            said = profile.says[t].reshape(-1, *[1] * (heard.ndim - 1))
            own = _summed(paid[1 + r][..., half], heard * said, 1 + r)
            rows += _gaps(listener.name, name, listener.actions, own)
    columns = ["who", "type", "choice", "rather_than", "worth", "error", "clear"]
    order = {player: i for i, player in enumerate(game.players)}
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values(
        "who", key=lambda who: who.map(order), kind="stable", ignore_index=True
    )


def _summed(paid: np.ndarray, chances: np.ndarray, keep: int) -> np.ndarray:
    """Payoffs over everything but one player's choices, by chance; (choices, W)."""
    weighed = np.moveaxis(paid * chances[..., None], keep, 0)
    total: np.ndarray = weighed.sum(axis=tuple(range(1, weighed.ndim - 1)))
    return total


def _gaps(who: str, kind: str, choices: Sequence[str], paid: np.ndarray) -> list[tuple[Any, ...]]:
    """Each choice against the first; paid: (choices, W)."""
    rows = []
    for choice, values in zip(choices[1:], paid[1:], strict=True):
        gap = values - paid[0]
        worth, error = float(gap.mean()), float(gap.std(ddof=1) / np.sqrt(len(gap)))
        rows.append((who, kind, choice, choices[0], worth, error, abs(worth) > 2 * error))
    return rows


def steadiness(found: Payoffs, profiles: Sequence[Profile], seed: int) -> list[float]:
    """For each profile the share of redraws of the worlds in which it is an equilibrium.

    Worlds are drawn with replacement within each type. A profile in mixed strategies counts as one
    where nobody gains more than a thousandth of the largest stake.
    """
    kept = np.zeros(len(profiles))
    for redrawn in _redrawn(found, seed, RESAMPLES, None, None):
        kept += [signalling.holds(redrawn, profile) for profile in profiles]
    return [float(share) for share in kept / RESAMPLES]


def redraws(found: Payoffs, seed: int) -> pd.DataFrame:
    """What pure strategies give in redraws of the worlds, a row for each.

    Columns kinds (of all sequential equilibria in pure strategies, "none" where there are none),
    bits (of the most telling one), moved (the most that any audience does otherwise in any).
    """
    rows = []
    for redrawn in _redrawn(found, seed, RESAMPLES, None, None):
        pure = signalling.pure_equilibria(redrawn)
        each = [signalling.read(redrawn, profile, "pure") for profile in pure]
        kinds = " or ".join(sorted({e.kind for e in each})) or "none"
        bits = max((e.bits for e in each), default=np.nan)
        moved = max((float(np.nanmax(e.moved)) for e in each), default=np.nan)
        rows.append((kinds, bits, moved))
    return pd.DataFrame(rows, columns=["kinds", "bits", "moved"])


def _redrawn(
    found: Payoffs, seed: int, draws: int, belief: float | None, even_at: float | None
) -> Iterator[SignallingGame]:
    """The game of worlds drawn with replacement within each type, again and again."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        weights = np.zeros(len(found.cost))
        for half in found.halves:
            places = np.flatnonzero(half)
            drawn = rng.choice(places, len(places))
            weights += np.bincount(drawn, minlength=len(weights))
        yield found.game(belief, even_at, weights)


def rationality_of(case: Case, spec: Game) -> float:
    """The middle of the sender's range, log-odds per point of goal value."""
    (prior,) = (a.rationality for a in case.actors if a.name == spec.sender)
    if prior.scale == "log":
        return float(np.sqrt(prior.low * prior.high))
    return (prior.low + prior.high) / 2


# ---------------------------------------------------------------- the map


def map_over(
    model: Model,
    spec: Game,
    first: str,
    second: str,
    size: int = MAP_SIZE,
    *,
    seed: int,
    worlds: int = MAP_WORLDS,
    quarter: int | None = None,
    scenario: str | None = None,
    posture: str | None = None,
    progress: Progress = silent,
    kept: Kept | None = None,
) -> xr.Dataset:
    """Solve the game anew over a grid of two numbers, each from end to end of its range.

    All other numbers are as each world draws them. Who counts as resilient is told anew in every
    cell. Dims first and second, by those names. Variables: kind and bits (end of the logit branch),
    pooled (the message that all types choose there, "" where they do not), steady (share of redraws
    of the worlds in which some equilibrium in pure strategies has the same words), moved (the most
    that any audience does otherwise for what it has heard), bits_in_play (logit play at the case's
    rationality), pure (kinds of all sequential equilibria in pure strategies, "none" where there
    are none), most_bits (of the most telling one of all these).

    The attribute `inert` names what moves no payoff at all: what it works through is held, or
    takes longer than the lookahead. Raises UseError for a name that is not a number of the case
    with a range.
    """
    axes = [_axis(model.case, spec, name, size) for name in (first, second)]
    if first == second:
        raise UseError(f'the map over "{first}" twice; allowed: two numbers that differ')
    rationality = rationality_of(model.case, spec)
    last: dict[tuple[float, ...], Payoffs] = {}
    cells, paid = [], []
    for done, pair in enumerate(product(*axes), start=1):
        values = dict(zip((first, second), map(float, pair), strict=True))
        own = {name: v for name, v in values.items() if name not in (BELIEF, EVEN_AT)}
        key = tuple(own.values())
        if key not in last:
            last = {key: payoffs(model, spec, seed=seed, worlds=worlds, quarter=quarter,
                                 scenario=scenario, posture=posture, overrides=own,
                                 kept=kept)} | (
                last if len(own) < 2 else {}
            )  # fmt: skip
        found, own_dials = last[key], (values.get(BELIEF), values.get(EVEN_AT))
        here = found.game(*own_dials)
        paid.append(np.stack([here.sender, *here.audience]))
        cell = _cell(here, rationality)
        limit = cell.pop("limit").profile
        cell["steady"] = _same_words(found, limit, seed, *own_dials)
        cells.append(cell)
        progress(done, size * size)
    data = {
        name: ((first, second), np.array([c[name] for c in cells]).reshape(size, size))
        for name in cells[0]
    }
    return xr.Dataset(
        data,
        coords={first: axes[0], second: axes[1]},
        attrs={
            "worlds": worlds,
            "rationality": rationality,
            "units": "bits",
            "inert": _inert((first, second), np.stack(paid).reshape(size, size, -1)),
        },
    )


def _same_words(
    found: Payoffs, profile: Profile, seed: int, belief: float | None, even_at: float | None
) -> float:
    """Share of redraws in which some equilibrium in pure strategies has the profile's words."""
    kept = 0
    for redrawn in _redrawn(found, seed, MAP_RESAMPLES, belief, even_at):
        pure = signalling.pure_equilibria(redrawn)
        kept += any(np.allclose(p.says, profile.says, atol=1e-3) for p in pure)
    return kept / MAP_RESAMPLES


def _inert(names: tuple[str, str], paid: np.ndarray) -> list[str]:
    """Which of the two numbers moves no payoff; paid: (size, size, payoffs), points."""
    swing = {name: float(np.ptp(paid, axis=axis).max()) for axis, name in enumerate(names)}
    return [name for name in names if name != BELIEF and swing[name] < _INERT]


def _cell(game: SignallingGame, rationality: float) -> dict[str, Any]:
    solved = signalling.solve(game, supports=0)
    in_play = signalling.logit_at(game, rationality)
    pure = sorted({e.kind for e in solved.equilibria})
    said = solved.limit.profile.says.min(axis=0)
    one = solved.limit.kind == "pooling" and said.max() > 0.5
    return {
        "limit": solved.limit,
        "kind": solved.limit.kind,
        "moved": float(np.nanmax(solved.limit.moved)),
        "bits": solved.limit.bits,
        "pooled": game.messages[int(said.argmax())] if one else "",
        "bits_in_play": signalling.information(game, in_play.says),
        "pure": " or ".join(pure) or "none",
        "most_bits": max([solved.limit.bits, *(e.bits for e in solved.equilibria)]),
    }


def _axis(case: Case, spec: Game, name: str, size: int) -> np.ndarray:
    dial = dial_of(case, spec, name)
    if isinstance(dial, Prior) and dial.scale == "log":
        return np.geomspace(dial.low, dial.high, size)
    return np.linspace(dial.low, dial.high, size)


# ---------------------------------------------------------------- all of it


@told
@dataclass(frozen=True, eq=False, repr=False)
class Played:
    """A case's game, solved.

    Attributes:
        settings: what it was run with.
        in_play: logit play at the case's own rationality, which is no equilibrium of best replies.
        steady: see `steadiness`; of `solution.equilibria`, then of its limit.
        stakes: see `stakes`.
        redraws: see `redraws`.
        map: see `map_over`; None where none was asked for.
    """

    case: Case
    spec: Game
    settings: Mapping[str, Any]
    payoffs: Payoffs
    game: SignallingGame
    solution: Solution
    in_play: Equilibrium
    steady: tuple[float, ...]
    stakes: pd.DataFrame
    redraws: pd.DataFrame
    map: xr.Dataset | None

    def in_short(self) -> tuple[str, Sequence[str]]:
        sizes = (
            counted(self.settings["worlds"], "world"),
            counted(len(self.spec.messages), "message"),
            counted(len(self.spec.audiences), "audience"),
            counted(len(self.solution.equilibria), "equilibrium", "equilibria"),
        )
        return "The words as a game", [", ".join(sizes)]

    def to_frame(self) -> pd.DataFrame:
        """What everybody does in each equilibrium; see `equilibria_table`."""
        return equilibria_table(self)


def ask(case: Case, options: Options, watch: Watch, kept: Kept | None = None) -> Played:
    """A game as it is asked for on the command line."""
    return run(
        case,
        seed=options.seed,
        worlds=options.worlds,
        quarter=options.quarter,
        rule=options.rule,
        scenario=options.scenario,
        posture=options.posture,
        over=two_numbers(options.over),
        size=options.size,
        watch=watch,
        kept=kept,
    )


def run(
    case: Case,
    *,
    seed: int,
    worlds: int = GAME_WORLDS,
    quarter: int | None = None,
    rule: str = "reactive",
    scenario: str | None = None,
    posture: str | None = None,
    over: tuple[str, str] | None = None,
    size: int = MAP_SIZE,
    watch: Watch = no_watch,
    kept: Kept | None = None,
) -> Played:
    """Make the case's game from the model, solve it, and map it.

    over: the two numbers that the map goes over; the game's own where None. size: cells along
    each; 0 for no map.
    Raises UseError for what the case does not have, and where pygambit is not installed.
    """
    check_case(case)
    named = None if over is None else ",".join(over)
    check(case, Options(quarter, worlds, rule, scenario, posture, named, size, seed))
    spec = spec_of(case)
    model = compile_case(case, known_rule(rule))
    options: dict[str, Any] = {
        "seed": seed, "quarter": quarter, "scenario": scenario, "posture": posture, "kept": kept,
    }  # fmt: skip
    found = payoffs(
        model, spec, worlds=worlds, progress=partial(watch, "playing it out"), **options
    )
    game = found.game()
    watch("solving", 0, 1)
    solved = signalling.solve(game)
    rationality = rationality_of(case, spec)
    in_play = signalling.read(game, signalling.logit_at(game, rationality), "logit")
    profiles = [e.profile for e in (*solved.equilibria, solved.limit)]
    steady = tuple(steadiness(found, profiles, seed))
    again = redraws(found, seed)
    watch("solving", 1, 1)
    grid = None
    if size:
        names = over or spec.map
        grid = map_over(
            model, spec, *names, size,
            worlds=min(worlds, MAP_WORLDS), progress=partial(watch, "mapping"), **options,
        )  # fmt: skip
    return Played(
        case=case,
        spec=spec,
        settings={
            "quarter": spec.quarter if quarter is None else quarter,
            "lookahead": case.lookahead,
            "worlds": worlds,
            "rule": rule,
            "scenario": case.scenario if scenario is None else scenario,
            "posture": case.posture if posture is None else posture,
            "seed": seed,
            "rationality": rationality,
        },
        payoffs=found,
        game=game,
        solution=solved,
        in_play=in_play,
        steady=steady,
        stakes=stakes(found, game, solved.limit.profile),
        redraws=again,
        map=grid,
    )


def equilibria_table(found: Played) -> pd.DataFrame:
    """A row for each thing that somebody may do in each equilibrium.

    Columns equilibrium, found, kind, bits, steady, who, when (the type, or the message heard),
    does, share, belief (that the sender is of the first type, after the message), moved. The last
    two are the end of the logit branch (`limit`) and logit play at the case's rationality (`in
    play`), which is no equilibrium of best replies, so that `steady` is empty there.
    """
    named = [(str(i), e) for i, e in enumerate(found.solution.equilibria, start=1)]
    named += [("limit", found.solution.limit), ("in play", found.in_play)]
    rows = []
    for (name, e), steady in zip(named, (*found.steady, np.nan), strict=True):
        players = [listener.name for listener in found.game.listeners]
        for who, when, does, share in signalling.shares(found.game, e.profile):
            belief = moved = np.nan
            if who in players:
                m = found.game.messages.index(when)
                belief, moved = e.beliefs[m, 0], e.moved[players.index(who), m]
            rows.append(
                (name, e.found, e.kind, e.bits, steady, who, when, does, share, belief, moved)
            )
    columns = ["equilibrium", "found", "kind", "bits", "steady", "who", "when", "does", "share",
               "belief", "moved"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def payoffs_table(found: Played) -> pd.DataFrame:
    """A row for each type, message and replies, with what it pays each player, in points."""
    game = found.game
    rows = []
    names = [listener.name for listener in game.listeners]
    for t, m in product(range(len(game.types)), range(len(game.messages))):
        for replies in product(*(range(len(r.actions)) for r in game.listeners)):
            done = [r.actions[a] for r, a in zip(game.listeners, replies, strict=True)]
            paid = [float(p[t, m, *replies]) for p in (game.sender, *game.audience)]
            rows.append((game.types[t], game.messages[m], *done, *paid))
    columns = ["type", "message", *names, *(f"pays {player}" for player in game.players)]
    return pd.DataFrame(rows, columns=columns)


def map_table(found: Played) -> pd.DataFrame:
    """A row for each cell of the map; empty where there is none."""
    return pd.DataFrame() if found.map is None else found.map.to_dataframe().reset_index()
