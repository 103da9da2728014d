"""What a game has to say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from tightrope.analyses.game import charts, signalling
from tightrope.analyses.game.numbers import Played, equilibria_table, map_table, payoffs_table
from tightrope.analyses.game.options import labels_of
from tightrope.analyses.game.signalling import Equilibrium, Lack
from tightrope.case import Audience, Case, Game
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import counted, percent

STEADY = 0.9
"""An equilibrium of fewer redraws of the worlds than this is said to be unsteady."""

TELLS = 0.01
"""Bits below which a message is called noise: it takes a belief of 50 % to at most 56 %."""

CAPTIONS = {
    "game-map": "How much the words tell (in bits; 1 would tell all) over two numbers of the case: "
    "left with best replies, at the end of the logit branch, right with the errors that the case "
    "assumes.",
    "game-limit": "What each kind of sender says, and what each audience then does, at the end of "
    "the logit branch.",
    "game-in-play": "The same in play as noisy as the case takes its actors to be.",
}
"""Of the pictures on the page; those of single equilibria are files only."""


def tell(found: Played) -> Finding:
    """The words as a game: what they tell, what each choice is worth, and every equilibrium."""
    data = {
        "equilibria": equilibria_table(found),
        "payoffs": payoffs_table(found),
        "stakes": found.stakes,
        "branch": found.solution.branch,
    }
    return Finding(
        source=provenance(found.case),
        name="game",
        title="The words as a game",
        about=_about(found),
        words=tuple(sentences(found)),
        careful=tuple(warnings(found)),
        tables=(_stakes(found), _equilibria(data["equilibria"], found), _payoffs(found)),
        pictures=tuple(_pictures(found)),
        data=data | ({} if found.map is None else {"map": map_table(found)}),
        texts={"game.efg": _efg(found)},
        settings=found.settings,
    )


def _about(found: Played) -> str:
    s = found.settings
    return (
        "One message, several audiences, and a sender who alone knows how much pressure costs it. "
        "Payoffs are the model's own, in points of goal value, from "
        f"{counted(s['worlds'], 'world')} without shocks: rule {s['rule']}, scenario "
        f"{s['scenario']}, posture {s['posture']}, seed {s['seed']}. The message is sent after "
        f"quarter {s['quarter']} and holds for {counted(s['lookahead'], 'quarter')}. The "
        "equilibrium said first is the end of the logit branch. The file game.efg opens in Gambit."
    )


def _efg(found: Played) -> str:
    audiences = counted(len(found.spec.audiences), "audience")
    return signalling.to_efg(
        found.game,
        f"{found.case.title}: one message, {audiences}",
        f"Payoffs in points of goal value from tightrope, case hash {found.case.hash}.",
    )


def _pictures(found: Played) -> Iterator[Picture]:
    grid = found.map
    if grid is not None:
        yield Picture("game-map", CAPTIONS["game-map"], partial(charts.game_map, found, grid))
    for equilibrium in dict.fromkeys(("limit", "in play", *found.to_frame()["equilibrium"])):
        name = f"game-{equilibrium.replace(' ', '-')}"
        made = partial(charts.game_profile, found, equilibrium)
        yield Picture(name, CAPTIONS.get(name, ""), made)


# ---------------------------------------------------------------- tables


def _stakes(found: Played) -> Table:
    labels = labels_of(found.case, found.spec)
    rows = tuple(
        (labels[r["who"]], r["type"], r["choice"], r["rather_than"], f"{r['worth']:+.3f}",
         f"± {2 * r['error']:.3f}")
        for r in found.stakes.to_dict("records")
    )  # fmt: skip
    return Table(
        "What each choice is worth, in points of goal value",
        ("who", "kind of sender", "choice", "rather than", "worth", "open"),
        rows,
        2,
        note="Worth: with all others doing as at the end of the logit branch; open: two standard "
        "errors of the draw of worlds.",
    )


def _equilibria(frame: pd.DataFrame, found: Played) -> Table:
    labels = labels_of(found.case, found.spec)
    rows = tuple(
        (
            r["equilibrium"], r["found"], r["kind"], labels[r["who"]], r["when"], r["does"],
            *(_digits(r[name]) for name in ("share", "bits", "steady", "belief", "moved")),
        )
        for r in frame.to_dict("records")
    )  # fmt: skip
    return Table(
        "Equilibria",
        ("equilibrium", "found", "kind", "who", "when", "does", "share", "bits", "steady",
         "belief", "moved"),
        rows,
        5,
        note="When: the kind of sender, or the message heard. Share: chance of doing so. Bits: "
        "told by the message. Steady: share of redraws of the worlds in which it is an "
        f"equilibrium. Belief: that the sender is {found.spec.types[0]}, after the message. "
        "Moved: how much of what is done would not be done on the belief beforehand. Limit: the "
        "end of the logit branch; in play: with the errors that the case assumes.",
        short=False,
    )  # fmt: skip


def _payoffs(found: Played) -> Table:
    labels = labels_of(found.case, found.spec)
    names, players = [a.name for a in found.spec.audiences], found.game.players
    rows = tuple(
        (
            *(str(r[name]) for name in ("type", "message", *names)),
            *(_digits(r[f"pays {player}"]) for player in players),
        )
        for r in payoffs_table(found).to_dict("records")
    )
    heads = ("kind of sender", "message", *(labels[name] for name in names))
    return Table(
        "Payoffs",
        (*heads, *(f"pays {_inside(labels[player])}" for player in players)),
        rows,
        len(players),
        note="Points of goal value; a passive audience is paid what it bets on.",
        short=False,
    )


def _digits(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3f}"


# ---------------------------------------------------------------- sentences


def sentences(found: Played) -> Iterator[str]:
    """What the words tell, what each audience does, and how sure that is; the main one first."""
    case, spec, solved, again = found.case, found.spec, found.solution, found.redraws
    yield from (_tells(case, spec, solved.limit), *_replies(spec, solved.limit))
    yield _if_told(spec, solved.limit)
    distinct: list[Equilibrium] = [solved.limit]
    for e in solved.equilibria:
        if not any(signalling.same(e, known) for known in distinct):
            distinct.append(e)
            yield f"It could also be otherwise: {_tells(case, spec, e)}"
    bits = found.in_play.bits
    yield (
        "At the rationality the case assumes (the middle of its range, "
        f"{found.settings['rationality']:.1f} log-odds "
        f"a point) everybody errs: {_percents(spec, found.in_play)}. That tells "
        f"{_bits(bits)}{', which is noise' if bits < TELLS else ''}."
    )
    shares = again["kinds"].value_counts(normalize=True)
    parts = [
        f"{'no pure equilibrium' if kinds == 'none' else kinds} in {percent(share)}"
        for kinds, share in shares.items()
    ]
    yield (
        f"Drawn anew {len(again)} times, the worlds give {', '.join(parts)}; an audience acts "
        f"otherwise for what it hears in {percent((again['moved'] > 0).mean())}."
    )
    if found.map is not None:
        yield _map_words(spec, found.map)


def _inside(label: str) -> str:
    """A label within a sentence."""
    return "the " + label[4:] if label.startswith("The ") else label


def _bits(bits: float) -> str:
    return f"{bits:.3f} bits" if bits >= 0.0005 else "under 0.001 bits"


def _percents(spec: Game, e: Equilibrium) -> str:
    last = spec.messages[-1][1]
    parts = [
        f"the {name} kind chooses {last} in {percent(says[-1])}"
        for name, says in zip(spec.types, e.profile.says, strict=True)
    ]
    return ", ".join(parts)


def _tells(case: Case, spec: Game, e: Equilibrium) -> str:
    """What the message tells, as one sentence."""
    (label,) = (a.label for a in case.actors if a.name == spec.sender)
    words = [says for _, says in spec.messages]
    first, second = spec.types
    if e.kind == "pooling":
        used = e.profile.says[0] > 0.5
        what = words[int(np.argmax(used))] if used.any() else "the same mix of words"
        return f"Both kinds of {label} choose {what}, so that tells nobody anything (pooling)."
    if e.kind == "separating":
        kinds = [
            " or ".join(w for w, p in zip(words, says, strict=True) if p > 0.01)
            for says in e.profile.says
        ]
        return (
            f"The words tell all: the {first} kind of {label} chooses {kinds[0]}, the {second} "
            f"kind {kinds[1]} (separating)."
        )
    parts = [
        f"{word} take the belief that {label} is {first} to {percent(belief[0])}"
        for word, belief in zip(words, e.beliefs, strict=True)
        if not np.isnan(belief[0])
    ]
    return (
        f"The words tell something, {_bits(e.bits)}: "
        + ", ".join(parts)
        + f", from {percent(spec.belief.value)} (mixed)."
    )


def _replies(spec: Game, e: Equilibrium) -> Iterator[str]:
    """What each audience does, and whether it is for what it has heard."""
    for r, (audience, reply) in enumerate(zip(spec.audiences, e.profile.replies, strict=True)):
        after = [_does(audience, row) for row in reply]
        sent = [m for m in range(len(after)) if not np.isnan(e.beliefs[m, 0])]
        name = audience.label[0].upper() + audience.label[1:]
        if len({after[m] for m in sent}) == 1:
            said = f"{name} {after[sent[0]]}"
        else:
            said = f"{name} " + ", ".join(f"{after[m]} after {spec.messages[m][1]}" for m in sent)
        threats = [
            f"after {spec.messages[m][1]}, which nobody uses, it {after[m]}"
            for m in range(len(after))
            if m not in sent and after[m] != after[sent[0]]
        ]
        moved = float(np.nanmax(e.moved[r]))
        why = "as it would without hearing anything"
        if moved > 0.01:
            why = f"for what it has heard (worth {e.worth[r]:.2g} points to it)"
        yield "; ".join([f"{said}, {why}", *threats]) + "."


def _if_told(spec: Game, e: Equilibrium) -> str:
    """Whether there is anything for the words to change."""
    gains = [
        f"{audience.label} {told:.2g} points"
        for audience, told in zip(spec.audiences, e.told, strict=True)
        if told > 1e-6
    ]
    if not gains:
        return (
            "Told outright which kind it faces, no audience would act otherwise: there is nothing "
            "for the words to change."
        )
    return f"To be told outright which kind it faces would be worth: {', '.join(gains)}."


def _does(audience: Audience, shares: np.ndarray) -> str:
    parts = [
        (share, reply.says)
        for share, reply in zip(shares, audience.replies, strict=True)
        if share > 0.01
    ]
    if len(parts) == 1:
        return parts[0][1]
    return " or ".join(f"{says} ({percent(share)})" for share, says in parts)


def _map_words(spec: Game, grid: xr.Dataset) -> str:
    total = grid["bits"].size
    telling = int((grid["bits"] >= TELLS).sum())
    pooled = [f"both kinds choose {says} in {int((grid['pooled'] == level).sum())}"
              for level, says in spec.messages]  # fmt: skip
    sure = int(((grid["bits"] >= TELLS) & (grid["steady"] >= STEADY)).sum())
    moving = int((grid["moved"] > 0.01).sum())
    any_pure = int((grid["most_bits"] >= TELLS).sum())
    in_play = int((grid["bits_in_play"] >= TELLS).sum())
    first, second = (str(d) for d in grid["bits"].dims)
    return (
        f"Over {first} and {second} the words tell something in {telling} of {total} cells at the "
        f"end of the logit branch (steadily in {sure}), in {any_pure} in one "
        f"equilibrium or another, and in {in_play} at the rationality the case assumes; they "
        f"change what an audience does in {moving}. {'; '.join(pooled).capitalize()}."
    )


def warnings(found: Played) -> Iterator[str]:
    """What to be careful about."""
    spec, solved, grid = found.spec, found.solution, found.map
    if found.steady[-1] < STEADY:
        yield (
            f"What is said first is an equilibrium in only {percent(found.steady[-1])} of redraws "
            "of the worlds: more worlds may change it."
        )
    labels = labels_of(found.case, spec)
    for r in found.stakes[~found.stakes["clear"]].to_dict("records"):
        whose = "As" if r["who"] == spec.sender else "Facing"
        yield (
            f"{whose} the {r['type']} kind, {_inside(labels[r['who']])} gains {r['worth']:+.2g} "
            f"points by {r['choice']} rather than {r['rather_than']}; the draw of worlds leaves "
            f"{2 * r['error']:.1g} open, so it cannot be told from nothing."
        )
    if not solved.limit.sequential:
        yield "What is said first rests on a reply to a message nobody sends that no belief backs."
    for name in grid.attrs["inert"] if grid is not None else ():
        yield (
            f"{name} moves no payoff: what it works through is set by a reply, or takes longer "
            "than the lookahead. The map is flat along it."
        )
    yield from map(lacking, solved.lacks)


def lacking(lack: Lack) -> str:
    """What was not done or found, in a sentence."""
    count, one = f"{lack.size:,.0f}", lack.size == 1
    left = f"and {'was' if one else 'were'} left out"
    return {
        "supports": f"Equilibria in mixed strategies were not enumerated ({count} supports; limit "
        f"{lack.of:,}): pure ones and the logit branch only.",
        "singular": f"{count} of {lack.of:,} supports {'has' if one else 'have'} no isolated "
        f"solution {left}.",
        "given up": f"{count} of {lack.of:,} supports {'was' if one else 'were'} given up {left}.",
        "unbacked": f"{count} of the equilibria in mixed strategies "
        f"{'answers' if one else 'answer'} what nobody says in a way that no belief backs, "
        f"{left}; others with the same words may exist.",
        "branch": f"The logit branch ends {percent(lack.size, 1)} of the largest stake from an "
        "equilibrium.",
    }[lack.what]
