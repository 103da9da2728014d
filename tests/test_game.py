"""One message, several audiences: games of others with known answers, then a case's own game."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tightrope
from conftest import Command
from tightrope import Case, CaseError, UseError
from tightrope.analyses import analysis
from tightrope.analyses.game import numbers as game
from tightrope.analyses.game import options as asked
from tightrope.analyses.game import signalling
from tightrope.analyses.game import words as told
from tightrope.analyses.game.signalling import Lack, Listener, Profile, SignallingGame
from tightrope.case import Audience, Dial, Game, Reply
from tightrope.case.mechanism import mechanism
from tightrope.cli.folders import writes
from tightrope.engine.compiling import compile_case
from tightrope.engine.worlds import Sample
from tightrope.reading.claims import Names
from tightrope.reading.game import read_game
from tightrope.reading.yamlfile import read_yaml
from tightrope.show import pictures, terminal
from tightrope.store import findings
from tightrope.text import plain
from tiny import HERE, actor, case, instrument, number, variable

gambit = pytest.importorskip("pygambit")

KABUL = Path(tightrope.__file__).parent / "cases" / "kabul"


# ---------------------------------------------------------------- two audiences


def two_audiences(*pairs: tuple[float, float], prior: float = 0.5) -> SignallingGame:
    """Farrell and Gibbons (1989): talk is free, each listener wants to match the state.

    A pair for each listener: what the sender gains if it believes in the first state when that is
    true, and in the second when that is.
    """
    size = len(pairs)
    shape = (2, 2, *[2] * size)
    sender = np.zeros(shape)
    heard = [np.zeros(shape) for _ in pairs]
    for state in (0, 1):
        for r, pair in enumerate(pairs):
            place: list[Any] = [slice(None)] * (size + 2)
            place[0], place[2 + r] = state, state
            sender[tuple(place)] += pair[state]
            heard[r][tuple(place)] = 1.0
    listeners = tuple(Listener(f"listener {r}", ("first", "second")) for r in range(size))
    return SignallingGame(
        ("one", "two"), (prior, 1 - prior), ("a", "b"), listeners, sender, tuple(heard)
    )


def kinds(made: SignallingGame) -> set[str]:
    return {signalling.kind_of(made, p.says) for p in signalling.pure_equilibria(made)}


@pytest.mark.parametrize(
    ("first", "second", "private", "public"),
    [
        pytest.param((1, -1), (1, -2), (False, False), False, id="no communication"),
        pytest.param((1, 1), (2, -0.5), (True, False), True, id="one-sided discipline"),
        pytest.param((2, -1), (-1, 2), (False, False), True, id="mutual discipline"),
        pytest.param((1, 1), (1, -2), (True, False), False, id="subversion"),
        pytest.param((1, 1), (2, 1), (True, True), True, id="full communication"),
    ],
)
def test_farrell_and_gibbons(
    first: tuple[float, float],
    second: tuple[float, float],
    private: tuple[bool, bool],
    public: bool,
) -> None:
    alone = tuple("separating" in kinds(two_audiences(pair)) for pair in (first, second))
    assert alone == private
    both = kinds(two_audiences(first, second))
    assert ("separating" in both) == public
    assert "pooling" in both  # words can always be taken for nothing


def test_talk_alone_means_nothing_where_all_err_much() -> None:
    hopeless = signalling.solve(two_audiences((1, -1), (1, -2)), supports=0)
    assert hopeless.limit.kind == "pooling"
    assert hopeless.branch["bits"].max() < 1e-9


def test_what_the_truth_is_worth() -> None:
    solved = signalling.solve(two_audiences((1, 1), (1, 1), prior=0.6), supports=0)
    early = solved.branch[solved.branch["rationality"] < 0.5]
    assert early["bits"].max() < 1e-9
    assert {e.kind for e in solved.equilibria} == {"pooling", "separating"}
    telling = [e for e in solved.equilibria if e.kind == "separating"]
    for e in telling:
        assert e.bits == pytest.approx(-0.6 * np.log2(0.6) - 0.4 * np.log2(0.4))
        # Told the truth, both match the state in the 40 % where the prior has them miss it.
        assert e.worth == pytest.approx([0.4, 0.4])
        assert e.worth == pytest.approx(e.told)


# ---------------------------------------------------------------- games that others published


def from_efg(text: str) -> SignallingGame:
    """A published two-player signalling game; a message that ends the game is heard in vain."""
    lines = [line for line in text.splitlines() if re.match(r"[cpt] ", line)]
    rows = iter(lines)
    head = next(rows)
    pairs = re.findall(r'"([^"]+)" (\d+)/(\d+)', head)
    types, prior = [p[0] for p in pairs], [int(p[1]) / int(p[2]) for p in pairs]

    def actions(line: str) -> list[str]:
        return re.findall(r'"([^"]+)"', line[line.index("{") : line.index("}")])

    def pays(line: str) -> list[float]:
        inside = line[line.index("{") + 1 : line.index("}")].replace(",", " ")
        return [float(x) for x in inside.split()]

    cells, messages, replies = {}, [], []
    for t in range(len(types)):
        messages = actions(next(rows))
        for m in range(len(messages)):
            line = next(rows)
            if line.startswith("t"):
                cells[t, m, 0] = cells[t, m, 1] = pays(line)
                continue
            replies = actions(line)
            for a in range(len(replies)):
                cells[t, m, a] = pays(next(rows))
    payoffs = np.zeros((2, len(types), len(messages), len(replies)))
    for place, (one, other) in cells.items():
        payoffs[:, *place] = one, other
    return SignallingGame(
        tuple(types), tuple(prior), tuple(messages), (Listener("listener", tuple(replies)),),
        payoffs[0], (payoffs[1],),
    )  # fmt: skip


def published(slug: str) -> SignallingGame:
    return from_efg(gambit.catalog.load(slug).to_efg())


def test_job_market_signalling() -> None:
    made = published("books/watson2013/fig29_1")
    assert made.messages == ("E", "N")
    found = signalling.solve(made)
    by_kind = {e.kind: e for e in found.equilibria if e.found == "pure"}
    assert set(by_kind) == {"separating", "pooling"}
    # The high type studies and is made a manager; or nobody does and all are made clerks.
    assert by_kind["separating"].profile.says == pytest.approx(np.eye(2))
    assert by_kind["separating"].profile.replies[0] == pytest.approx(np.eye(2))
    assert by_kind["separating"].values == pytest.approx([6 / 3 + 4 * 2 / 3, 10 / 3 + 4 * 2 / 3])
    assert by_kind["pooling"].profile.says[:, 1] == pytest.approx([1, 1])
    assert by_kind["pooling"].moved[0] == pytest.approx([np.nan, 0], nan_ok=True)


def test_princess_bride() -> None:
    made = published("books/watson2013/exercise29_6")
    nash = signalling.pure_equilibria(made, sequential=False)
    theirs = gambit.nash.enumpure_solve(gambit.catalog.load("books/watson2013/exercise29_6"))
    assert len(nash) == len(theirs.equilibria)
    # With a cost of 2 the weak Wesley loses nothing by staying in bed and being fought.
    says = [p.says.argmax(axis=1).tolist() for p in signalling.pure_equilibria(made)]
    assert [0, 1] in says


@pytest.mark.parametrize(
    ("slug", "folds", "value"),
    [("journals/other/reiley2008/fig1", 2 / 3, 1 / 3), ("books/myerson1991/fig2_1", 2 / 3, 1 / 3)],
)
def test_stripped_down_poker(slug: str, folds: float, value: float) -> None:
    found = signalling.solve(published(slug))
    assert not [e for e in found.equilibria if e.found == "pure"]
    for e in (*found.equilibria, found.limit):
        assert e.kind == "mixed"
        assert e.profile.says == pytest.approx(np.array([[1, 0], [1 - folds, folds]]), abs=2e-3)
        assert e.profile.replies[0][0] == pytest.approx([2 / 3, 1 / 3], abs=2e-3)
        assert e.values == pytest.approx([value, -value], abs=2e-3)
        assert e.beliefs[0] == pytest.approx([3 / 4, 1 / 4], abs=2e-3)


def beer_and_quiche() -> SignallingGame:
    """Cho and Kreps (1987): weak and surly, beer and quiche, a duel or none."""
    sender = np.array([[[0, 2], [1, 3]], [[1, 3], [0, 2]]], float)
    duellist = np.array([[[1, 0], [1, 0]], [[-1, 0], [-1, 0]]], float)
    return SignallingGame(
        ("weak", "surly"), (0.1, 0.9), ("beer", "quiche"),
        (Listener("duellist", ("duel", "walk away")),), sender, (duellist,),
    )  # fmt: skip


def test_beer_and_quiche() -> None:
    found = signalling.solve(beer_and_quiche())
    pure = [e for e in found.equilibria if e.found == "pure"]
    assert sorted(e.profile.says[0].argmax() for e in pure) == [0, 1]
    assert all(e.kind == "pooling" and e.sequential for e in pure)
    for e in pure:
        sent = e.profile.says[0].argmax()
        assert e.profile.replies[0][sent] == pytest.approx([0, 1])
        assert e.profile.replies[0][1 - sent] == pytest.approx([1, 0])


def test_an_empty_threat_is_left_out() -> None:
    made = beer_and_quiche()
    gentle = np.array([[[-1, 0], [-1, 0]], [[-1, 0], [-1, 0]]], float)  # a duel never pays
    made = SignallingGame(
        made.types, made.prior, made.messages, made.listeners, made.sender, (gentle,)
    )
    nash = signalling.pure_equilibria(made, sequential=False)
    left = signalling.pure_equilibria(made)
    assert len(nash) == 3  # pooling on either by threatening a duel, and the one with no threat
    assert len(left) == 1
    assert signalling.kind_of(made, left[0].says) == "separating"
    assert not signalling.read(made, nash[0], "pure").sequential


# ---------------------------------------------------------------- whatever the payoffs


def drawn(seed: int, listeners: int = 2, whole: bool = False) -> SignallingGame:
    rng = np.random.default_rng(seed)
    shape = (2, 2, *[2] * listeners)

    def payoffs() -> np.ndarray:
        return rng.integers(-2, 3, shape).astype(float) if whole else rng.normal(size=shape)

    chance = float(rng.uniform(0.1, 0.9))
    return SignallingGame(
        ("firm", "soft"), (chance, 1 - chance), ("a", "b"),
        tuple(Listener(f"l{r}", ("x", "y")) for r in range(listeners)),
        payoffs(), tuple(payoffs() for _ in range(listeners)),
    )  # fmt: skip


def key(profile: Profile) -> tuple[bytes, ...]:
    return tuple(np.round(part, 6).tobytes() for part in (profile.says, *profile.replies))


SEEDS = st.integers(0, 10**6)


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 3), st.booleans())
def test_pure_equilibria_are_gambits(seed: int, listeners: int, whole: bool) -> None:
    made = drawn(seed, listeners, whole)
    theirs = gambit.nash.enumpure_solve(signalling.to_gambit(made)).equilibria
    assert len(signalling.pure_equilibria(made, sequential=False)) == len(theirs)


@settings(max_examples=40)
@given(SEEDS, st.floats(0.1, 10), st.floats(-5, 5))
def test_rescaling_payoffs_changes_no_equilibrium(seed: int, times: float, plus: float) -> None:
    made = drawn(seed)
    other = SignallingGame(
        made.types, made.prior, made.messages, made.listeners,
        made.sender * times + plus, (made.audience[0] + plus, made.audience[1] * times),
    )  # fmt: skip
    ours = {key(p) for p in signalling.pure_equilibria(made)}
    assert ours == {key(p) for p in signalling.pure_equilibria(other)}


@settings(max_examples=40)
@given(SEEDS)
def test_messages_may_change_names(seed: int) -> None:
    made = drawn(seed)
    other = SignallingGame(
        made.types, made.prior, made.messages[::-1], made.listeners,
        made.sender[:, ::-1], tuple(p[:, ::-1] for p in made.audience),
    )  # fmt: skip
    turned = {
        key(Profile(p.says[:, ::-1], tuple(r[::-1] for r in p.replies)))
        for p in signalling.pure_equilibria(other)
    }
    assert turned == {key(p) for p in signalling.pure_equilibria(made)}


@settings(max_examples=15)
@given(SEEDS)
def test_what_is_found_is_an_equilibrium_and_what_it_tells_adds_up(seed: int) -> None:
    made = drawn(seed, listeners=1)
    found = signalling.solve(made)
    assert found.equilibria  # a game has one, and here all supports are looked through
    for e in found.equilibria:
        assert e.regret < (1e-2 if e.found == "logit" else 1e-6)
        assert 0 <= e.bits <= 1
        assert (e.kind == "pooling") == (e.bits < 1e-9)
        assert (np.nan_to_num(e.moved) <= 1 + 1e-9).all()
        assert (e.worth <= e.told + 1e-9).all()  # no message tells more than the type
        assert (e.worth >= -1e-9).all()
    assert found.branch["rationality"].iloc[0] == 0
    first = found.branch[found.branch["rationality"] == 0]
    assert first["share"].to_numpy() == pytest.approx([0.5] * len(first))


@settings(max_examples=25)
@given(SEEDS)
def test_what_never_depends_on_the_type_changes_nobody(seed: int) -> None:
    """The control: nobody's payoff depends on the type, so there is nothing to be told."""
    made = drawn(seed)
    same = [np.stack([p[0], p[0]]) for p in (made.sender, *made.audience)]
    made = SignallingGame(
        made.types, made.prior, made.messages, made.listeners, same[0], tuple(same[1:])
    )
    for e in signalling.solve(made, supports=0).equilibria:
        assert e.worth == pytest.approx([0, 0], abs=1e-9)
        assert e.told == pytest.approx([0, 0], abs=1e-9)
        assert np.nan_to_num(e.moved) == pytest.approx(np.zeros((2, 2)), abs=1e-9)


@settings(max_examples=20)
@given(SEEDS)
def test_dropping_beaten_replies_drops_no_sequential_equilibrium(seed: int) -> None:
    made = drawn(seed, listeners=2, whole=True)
    masks = signalling.undominated(made)
    for profile in signalling.pure_equilibria(made):
        for reply, mask in zip(profile.replies, masks, strict=True):
            assert not reply[~mask].any()


@settings(max_examples=20)
@given(SEEDS)
def test_a_type_split_in_two_alike_changes_nothing(seed: int) -> None:
    """Three types go through linear programming, two through bounds: both have to agree."""
    made = drawn(seed)
    twin = [np.concatenate([p, p[1:]]) for p in (made.sender, *made.audience)]
    chance = made.prior[1] / 2
    three = SignallingGame(
        ("firm", "soft", "soft too"), (made.prior[0], chance, chance), made.messages,
        made.listeners, twin[0], tuple(twin[1:]),
    )  # fmt: skip
    two = {key(p) for p in signalling.pure_equilibria(made)}
    alike = {
        key(Profile(p.says[:2], p.replies))
        for p in signalling.pure_equilibria(three)
        if (p.says[1] == p.says[2]).all()
    }
    assert alike == two


def test_gambit_reads_the_same_game() -> None:
    made = drawn(3)
    theirs = signalling.to_gambit(made)
    assert list(theirs.players) == ["sender", "l0", "l1"]
    e = signalling.solve(made, supports=0).equilibria[0]
    (point,) = gambit.qre.logit_solve_lambda(theirs, 1.0)
    ours = signalling.read(made, signalling.logit_at(made, 1.0), "logit")
    paid = [float(point.profile.payoffs[player]) for player in theirs.players]
    assert ours.values == pytest.approx(paid, abs=1e-6)
    assert e.regret == 0


def test_information_is_shannons() -> None:
    made = drawn(1)
    p = made.prior[0]
    says = np.array([[0.8, 0.2], [0.3, 0.7]])
    sent = p * says[0] + (1 - p) * says[1]

    def entropy(*chances: float) -> float:
        return float(-sum(c * np.log2(c) for c in chances))

    expected = entropy(*sent) - p * entropy(*says[0]) - (1 - p) * entropy(*says[1])
    assert signalling.information(made, says) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"prior": (0.0, 1.0)}, "leaves a type out"),
        ({"prior": (0.5, 0.6)}, "sums to 1.1"),
        ({"sender": np.zeros((2, 2))}, "shape"),
        ({"sender": np.full((2, 2, 2, 2), np.nan)}, "not finite"),
        ({"audience": ()}, "each listener"),
    ],
)
def test_a_game_that_makes_no_sense_is_refused(change: dict[str, Any], match: str) -> None:
    made = drawn(0)
    parts = {
        "types": made.types, "prior": made.prior, "messages": made.messages,
        "listeners": made.listeners, "sender": made.sender, "audience": made.audience,
    }  # fmt: skip
    with pytest.raises(UseError, match=match):
        SignallingGame(**(parts | change))


# ---------------------------------------------------------------- a case with a known answer


@mechanism(passages=["1.1"])
def words(rhetoric_hostile: float, bite: float) -> dict[str, float]:
    """Harsh words pay where sanctions do not bite."""
    return {"wealth": 3.0 * (1.0 - 2.0 * bite) * rhetoric_hostile}


@mechanism(passages=["1.1"])
def sanctions_hurt(sanctions_maximum: float, bite: float) -> dict[str, float]:
    """Sanctions cost wealth, and those who impose them little."""
    return {"wealth": -bite * sanctions_maximum, "threat": (0.45 - bite) * sanctions_maximum}


@mechanism(passages=["1.1"])
def mood_holds(mood: float) -> dict[str, float]:
    """The mood makes rulers last."""
    return {"hold": mood}


def harbour() -> Case:
    """Sanctions bite by a number from 0 to 1, harsh words by what is left of a half, times six."""
    town = actor("town", [instrument("rhetoric", "town", ["mild", "hostile"])], "wealth")
    washington = actor(
        "washington",
        [instrument("sanctions", "washington", ["usual", "maximum"])],
        "threat",
        want="less",
    )
    return case(
        [variable("wealth"), variable("threat"), variable("mood", "share", 0.5),
         variable("hold", "share", 0.9)],
        [words, sanctions_hurt, mood_holds],
        actors=[town, washington],
        parameters=[number("bite", 0.0, 1.0)],
        lookahead=2,
    )  # fmt: skip


def dial(name: str, value: float, low: float, high: float) -> Dial:
    return Dial(name, value, low, high, name, "test", HERE)


def harbour_game(home: bool = False) -> Game:
    washington = Audience(
        "washington", "Washington", "sanctions",
        (Reply("usual", "waits", "usual"), Reply("maximum", "presses", "maximum")), "", None, HERE,
    )  # fmt: skip
    people = Audience(
        "home", "People", "mood", (Reply("stay", "stay", 0.6), Reply("leave", "leave", 0.4)),
        "hold", dial("even_at", 0.9, 0.85, 0.95), HERE,
    )  # fmt: skip
    return Game(
        "town", "rhetoric", (("mild", "mild words"), ("hostile", "harsh words")), 1, "sanctions",
        "maximum", "usual", ("resilient", "brittle"), dial("belief", 0.5, 0.1, 0.9),
        (washington, people) if home else (washington,), ("bite", "belief"), "", HERE,
    )  # fmt: skip


def test_payoffs_are_the_engines_own_arithmetic() -> None:
    made = harbour()
    model, spec = compile_case(made, "habit"), harbour_game()
    found = game.payoffs(model, spec, seed=3, worlds=64)
    bite = Sample.of(made, 3, 0, 64).params[[p.name for p in made.priors].index("bite")]
    assert found.resilient.tolist() == (bite <= np.sort(bite)[31]).tolist()
    mean_quarters = (0.9 * 1 + 0.81 * 2) / (0.9 + 0.81)  # of a push that lasts
    for message, harsh in (("mild", -0.5), ("hostile", 0.5)):  # beyond usual conduct
        for reply, pressed in (("usual", -0.5), ("maximum", 0.5)):
            here = found.values.sel(message=message, washington=reply).to_numpy()
            wealth = 100 * (3 * (1 - 2 * bite) * harsh - bite * pressed) * mean_quarters
            threat = 100 * (0.45 - bite) * pressed * mean_quarters
            assert here[0] == pytest.approx(wealth, abs=1e-3)
            assert here[1] == pytest.approx(-threat, abs=1e-3)
    assert found.cost == pytest.approx(100 * bite * mean_quarters, abs=1e-3)


def test_a_home_bets_on_what_it_backs() -> None:
    model, spec = compile_case(harbour(), "habit"), harbour_game(home=True)
    found = game.payoffs(model, spec, seed=0, worlds=32)
    assert found.values.dims == ("player", "message", "washington", "home", "world")
    hold = found.values.sel(player="home").to_numpy()
    paid = found.paid()[2]
    assert paid[:, :, 0] == pytest.approx(hold[:, :, 0] - 90)
    assert paid[:, :, 1] == pytest.approx(90 - hold[:, :, 1])
    low = found.game(even_at=0.5).audience[1]
    assert low[..., 0].min() > 0 > low[..., 1].max()
    # Staying makes the rulers last, so what pays is what all do.
    assert hold[:, :, 0].min() > 90 > hold[:, :, 1].max()


def test_cost_has_the_right_sign() -> None:
    """Whom pressure costs less is called resilient: its goal value falls less."""
    found = game.payoffs(compile_case(harbour(), "habit"), harbour_game(), seed=0, worlds=64)
    assert 0 < found.cost[found.resilient].max() <= found.cost[~found.resilient].min()


@pytest.fixture(scope="module")
def played() -> tuple[Case, game.Played]:
    made = harbour()
    made = Case(**{**made.__dict__, "game": harbour_game(home=True)})
    return made, game.run(made, seed=0, worlds=64, rule="habit", size=3)


def test_words_that_cost_the_brittle_more_tell_all(played: tuple[Case, game.Played]) -> None:
    _, found = played
    assert found.solution.limit.kind == "separating"
    assert found.solution.limit.bits == pytest.approx(1)
    assert found.steady[-1] == 1
    said = list(told.sentences(found))
    assert said[0] == (
        "The words tell all: the resilient kind of town chooses harsh words, the brittle kind mild "
        "words (separating)."
    )
    assert "Washington presses after mild words, waits after harsh words" in said[1]
    assert "for what it has heard" in said[1]
    assert found.map is not None
    assert dict(found.map.sizes) == {"bite": 3, "belief": 3}


def test_where_all_worlds_are_alike_nothing_is_told(played: tuple[Case, game.Played]) -> None:
    """Over `bite` the map holds it for all worlds: both kinds are then the same."""
    _, found = played
    assert found.map is not None
    at = found.map.sel(belief=0.5, method="nearest")
    assert set(at["kind"].to_numpy()) == {"pooling"}
    assert at["pooled"].to_numpy()[[0, 2]].tolist() == ["hostile", "mild"]
    assert at["moved"].to_numpy() == pytest.approx([0, 0, 0])


def test_files_say_what_was_found(played: tuple[Case, game.Played]) -> None:
    _, found = played
    texts = findings.files(told.tell(found), "tightrope game tiny")
    assert {n for n in texts if not n.endswith(".svg")} == {
        "game.efg", "equilibria.csv", "payoffs.csv", "stakes.csv", "branch.csv", "map.csv",
        "game.md", "game.html", "run.json",
    }  # fmt: skip
    assert all(any(fnmatchcase(n, p) for p in writes("game")) for n in texts)
    theirs = gambit.read_efg(io.StringIO(texts["game.efg"]))
    assert list(theirs.players) == ["town", "washington", "home"]
    assert texts["map.csv"].count("\n") == 10
    assert json.loads(texts["run.json"])["worlds"] == 64
    for sentence in (*told.sentences(found), *told.warnings(found)):
        assert plain.markdown(sentence) in texts["game.md"]
    for table in ("What each choice is worth", "Equilibria", "Payoffs"):
        assert f"## {table}" in texts["game.md"]
    frame = found.to_frame()
    whole = frame.groupby(["equilibrium", "who", "when"])["share"].sum()
    assert whole.to_numpy() == pytest.approx(np.ones(len(whole)))


def test_charts_show_the_map_and_every_equilibrium(played: tuple[Case, game.Played]) -> None:
    _, found = played
    named = {p.name: p.make for p in told.tell(found).pictures}
    assert {"game-map", "game-limit", "game-in-play", "game-1"} <= set(named)
    drawn_map = pictures.svg(named["game-map"]())
    assert "bits told" in drawn_map
    assert "both kinds: harsh words" in drawn_map
    bars = pictures.svg(named["game-limit"]())
    assert "town, if resilient" in bars
    assert "Washington after mild words" in bars


def test_without_a_map_there_is_none(played: tuple[Case, game.Played]) -> None:
    found = told.tell(replace(played[1], map=None))
    assert "map" not in found.data
    assert "game-map" not in {p.name for p in found.pictures}
    assert not any("cells" in sentence for sentence in found.words)


@pytest.mark.parametrize(
    ("lack", "said"),
    [
        (Lack("supports", 9261, 7000), "not enumerated (9,261 supports; limit 7,000)"),
        (Lack("singular", 1, 81), "1 of 81 supports has no isolated solution and was left out"),
        (Lack("given up", 2, 81), "2 of 81 supports were given up and were left out"),
        (Lack("unbacked", 2), "2 of the equilibria in mixed strategies answer"),
        (Lack("branch", 0.012), "ends 1.2 % of the largest stake from an equilibrium"),
    ],
)
def test_what_was_not_found_is_said(
    played: tuple[Case, game.Played], lack: Lack, said: str
) -> None:
    found = played[1]
    found = replace(found, solution=replace(found.solution, lacks=(lack,)))
    assert said in told.tell(found).careful[-1]


def test_the_terminal_says_it_in_words(played: tuple[Case, game.Played]) -> None:
    from rich.console import Console

    console = Console(width=200, record=True, file=io.StringIO())
    console.print(terminal.finding(told.tell(played[1])))
    said = console.export_text()
    assert "The words tell all" in said
    assert "points of goal value" in said


# ---------------------------------------------------------------- game.yaml


@pytest.fixture(scope="module")
def kabul() -> Case:
    return tightrope.load("kabul")


def names_of(made: Case) -> Names:
    return Names(
        variables={v.name: v for v in made.variables},
        regimes={r.name: r for r in made.regimes},
        quantities={q.name: q for q in made.quantities},
        instruments={i.name: i for i in made.instruments},
        actors={a.name: a for a in made.actors},
        derived=tuple(d.name for d in made.derived),
        matters={},
        mechanisms=tuple(m.name for m in made.mechanisms),
        scenarios=tuple(s.name for s in made.scenarios),
        postures=tuple(p.name for p in made.postures),
    )


def test_kabul_has_a_game(kabul: Case) -> None:
    spec = asked.spec_of(kabul)
    assert [a.name for a in spec.audiences] == ["washington", "region", "home"]
    assert spec.map == ("words_on_independence", "axis_on_recognition")
    cohesion, control = (
        next(v for v in kabul.variables if v.name == name) for name in ("cohesion", "control")
    )
    home = spec.audiences[2]
    assert home.even_at is not None
    # What the file says of where its numbers come from.
    assert sorted(r.value for r in home.replies) == [cohesion.baseline.low, cohesion.baseline.high]
    assert (home.even_at.low, home.even_at.high) == (control.baseline.low, control.baseline.high)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sender: kabul", "sender: kabull", 'sender: found "kabull"; allowed: .*mean "kabul"'),
        ("instrument: rhetoric", "instrument: sanctions", "message.instrument: found"),
        ("    hostile: harsh", "    hostil: harsh", 'found "hostil".*did you mean "hostile"'),
        ("pressure: sanctions", "pressure: rhetoric", "resolve.pressure: found"),
        ("usual: hold", "usual: maximum", "resolve.sustained: found"),
        ("[resilient, brittle]", "[resilient]", "resolve.types: found resilient"),
        ("value: 0.5\n", "value: 1.5\n", "belief.value: found 1.5; allowed: a number above 0"),
        ("value: 0.5\n", "value: 0.95\n", "belief.value: found 0.95; .*0.1 to 0.9"),
        ("[0.1, 0.9]", "[0.9, 0.1]", "belief.range: found"),
        ("  region:", "  regoin:", 'found "regoin".*did you mean "region"'),
        ("  washington:\n", "  kabul:\n", 'the sender "kabul"'),
        ("variable: cohesion", "variable: cohesoin", 'mean "cohesion"'),
        ("value: 0.70", "value: 70", "stand-by.value: found 70"),
        ("backs: control", "backs: controll", 'mean "control"'),
        (
            "[words_on_independence, axis_on_recognition]",
            "[words_on_independenc, belief]",
            'mean "words_on_independence"',
        ),
        ("[words_on_independence, axis_on_recognition]", "[belief]", "a list of 1"),
        ("[words_on_independence, axis_on_recognition]", "[belief, belief]", "twice"),
        ("quarter: 0", "quarter: -1", "quarter: found -1; allowed: a whole number from 0"),
        ("quarter: 0", "quartre: 0", 'the field "quartre".*did you mean "quarter"'),
    ],
)
def test_mistakes_in_the_file_are_told_with_file_and_line(
    kabul: Case, old: str, new: str, said: str
) -> None:
    text = (KABUL / "game.yaml").read_text("utf-8")
    assert old in text
    root = read_yaml(text.replace(old, new, 1).encode(), "game.yaml")
    with pytest.raises(CaseError, match=said) as problem:
        read_game(root, names_of(kabul), [p.name for p in kabul.priors if not p.fixed])
    assert re.match(r"game\.yaml:\d+: ", str(problem.value))


def test_a_case_without_a_game_says_so(starter_case: Case) -> None:
    with pytest.raises(UseError, match=r"has no game; allowed: a case with game\.yaml"):
        game.run(starter_case, seed=0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"over": ("words_on_trus", "belief")}, 'did you mean "words_on_trust"'),
        ({"over": ("aid.baseline", "belief")}, 'no number "aid.baseline"'),  # it has no range
        ({"rule": "chess"}, "reactive, equilibrium, habit"),
        ({"size": 1}, "at least 2, or 0"),
        ({"worlds": 3}, "at least 16"),
        ({"quarter": -1}, "quarter: found -1; allowed: a whole number from 0 to 400"),
        ({"scenario": "wra"}, 'no scenario "wra".*did you mean "war"'),
        ({"posture": "fre"}, 'no posture "fre".*did you mean "free"'),
    ],
)
def test_bad_use_is_told_before_anything_runs(
    kabul: Case, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(UseError, match=said):
        game.run(kabul, seed=0, **options)
    over = ",".join(options.pop("over", ())) or None
    with pytest.raises(UseError, match=said):
        analysis.check("game", kabul, asked.Options(over=over, **options))


def test_the_work_is_what_is_run(kabul: Case) -> None:
    """Two messages, two replies of three audiences, two kinds of pressure; four quarters."""
    for over, cells in ((None, 9), ("belief,words_on_trust", 3), ("belief,even_at", 1)):
        options = asked.Options(worlds=64, size=3, over=over)
        assert asked.work(kabul, options) == 18 * 4 * 64 * (1 + cells)
    assert asked.work(kabul, asked.Options(worlds=64, size=0, quarter=8)) == 18 * 12 * 64


def test_two_numbers() -> None:
    assert asked.two_numbers(None) is None
    assert asked.two_numbers("belief, even_at") == ("belief", "even_at")
    for bad in ("belief", "a,a", "a,b,c", ","):
        with pytest.raises(UseError, match="two numbers that differ"):
            asked.two_numbers(bad)


def test_without_pygambit_the_extra_is_named(kabul: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pygambit", None)
    with pytest.raises(UseError, match=r"tightrope\[game\]"):
        signalling.solve(drawn(0))
    with pytest.raises(UseError, match=r"tightrope\[game\]"):
        asked.check(kabul, asked.Options())


@pytest.mark.slow
def test_the_command_on_kabul(command: Command, tmp_path: Path) -> None:
    said = command(
        "game", "kabul", "--worlds", 256, "--size", 2, "--map", "belief,even_at", "--out",
        tmp_path / "out",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "points of goal value" in said.out
    assert (tmp_path / "out" / "game.efg").is_file()
    # Washington loses by more pressure whoever it faces, however the worlds are drawn.
    stakes = (tmp_path / "out" / "stakes.csv").read_text().splitlines()
    worth = [row.split(",") for row in stakes if row.startswith("washington")]
    assert all(float(cells[4]) < 0 and cells[6] == "True" for cells in worth)


@pytest.mark.slow
def test_worlds_are_paired_and_repeatable(kabul: Case) -> None:
    model, spec = compile_case(kabul), asked.spec_of(kabul)
    one = game.payoffs(model, spec, seed=1, worlds=128)
    two = game.payoffs(model, spec, seed=1, worlds=160)
    assert two.values.to_numpy()[..., :128] == pytest.approx(one.values.to_numpy(), abs=1e-4)
    for name, inert in (("words_on_independence", False), ("words_at_home", True)):
        held = game.payoffs(model, spec, seed=1, worlds=32, overrides={name: 0.12})
        same = np.allclose(held.values.to_numpy()[0], one.values.to_numpy()[0, ..., :32])
        assert same == inert  # the public's reply stands in for what words do at home
