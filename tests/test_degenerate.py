"""Sizes at their least: every sentence has what it needs, or is left out, or a size is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import tiny
from tests.conftest import Command
from tests.polls import recorded
from tightrope import Case, assess
from tightrope.analyses.asking import tell
from tightrope.analyses.compare import numbers as compare
from tightrope.analyses.compare.words import sentences
from tightrope.analyses.failures import numbers as breaks
from tightrope.analyses.record import evidence
from tightrope.analyses.record import numbers as hindcast
from tightrope.analyses.record import words as hindcast_words
from tightrope.analyses.record.options import default_cutoffs
from tightrope.analyses.search import numbers as search
from tightrope.analyses.shock import numbers as shock
from tightrope.analyses.shock import words as shock_words
from tightrope.analyses.shock.options import shocks_of
from tightrope.analyses.signposts import numbers as signposts
from tightrope.analyses.verdicts.counts import left
from tightrope.analyses.verdicts.markdown import markdown
from tightrope.arguments import DecisionRule
from tightrope.case import Objective, Outcome, Posture, Regime, Scenario, Span
from tightrope.case.mechanism import mechanism
from tightrope.engine.compiling import compile_case
from tightrope.engine.runs import Runs
from tightrope.engine.worlds import First, Sample
from tightrope.errors import UseError
from tightrope.show.finding import Finding
from tightrope.store import findings
from tightrope.store.findings import files

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

NUMBER = r"(?<![\w.])1"
PLURALS = re.compile(
    rf"{NUMBER} (worlds|quarters|scenarios|postures|futures|claims|others|numbers|points of)\b"
)
LISTS = re.compile(r"most in (?P<most>.*); least in (?P<least>.*)\.")


def sound(sentences: Sequence[str]) -> None:
    """What no sentence may say, whatever the sizes."""
    for said in sentences:
        assert not re.search(r"\b(nan|inf|None)\b", said), said
        assert not re.search(r"best\b[^;.]* 0 %", said), said
        assert not PLURALS.search(said), said
        assert "  " not in said.strip(), said
        shares = [float(x) for x in re.findall(r"(-?\d+(?:\.\d+)?) %", said)]
        assert all(0 <= x <= 100 for x in shares), said
        assert not re.search(r"-0(\.0+)?(?![.\d])", said), said
        lists = LISTS.search(said)
        if lists:
            most, least = (set(re.findall(r"([a-z ]+?) \d", lists[k])) for k in ("most", "least"))
            assert not {m.strip() for m in most} & {x.strip() for x in least}, said


def text_sound(texts: dict[str, str]) -> None:
    """Files for readers have no number that is none; tables leave the cell empty."""
    for name, text in texts.items():
        if name.endswith((".md", ".html")):
            plain = re.sub(
                r"<style.*?</style>|<script.*?</script>|<svg.*?</svg>", "", text, flags=re.S
            )
            assert not re.search(r"\bnan\b", plain), name
            assert not PLURALS.search(plain), (name, PLURALS.search(plain))
        if name.endswith(".csv"):
            assert "nan" not in re.split(r"[,\n]", text), name


# ---------------------------------------------------------------- a small case


@mechanism(passages=["1.1"])
def arms_and_storms(arms: float, storm: float, gain: float) -> dict[str, float]:
    """Arms buy safety and cost wealth; a storm costs both."""
    return {"safety": gain * arms - storm, "wealth": -0.5 * arms - storm}


def goal(name: str, look: str, enough: float) -> Objective:
    return Objective(
        name,
        name.capitalize(),
        Outcome("variable", look),
        "more",
        enough,
        True,
        True,
        "",
        tiny.HERE,
    )


def posture(name: str, settings: dict[str, str]) -> Posture:
    spans = {k: (Span(1, None, v),) for k, v in settings.items()}
    return Posture(name, name.capitalize(), "", spans, (), tiny.HERE)


def scenario(name: str, storm: str, against: str = "") -> Scenario:
    looks = (Outcome("variable", "wealth"),) if against else ()
    settings = {"storm": (Span(1, None, storm),)}
    return Scenario(name, name.capitalize(), "", settings, tiny.HERE, against, looks)


@pytest.fixture(scope="module")
def town() -> Case:
    """Two postures, two scenarios of which one is a shock, and three goals that are all vital."""
    storm = Regime(
        "storm", "Storm", "", ("calm", "storm"), "calm", ((0.8, 0.2), (0.1, 0.9)),
        tiny.number("storm.escalation", 0.0), tiny.HERE,
    )  # fmt: skip
    return tiny.case(
        [tiny.variable("safety", noise=0.3), tiny.variable("wealth", noise=0.3)],
        [arms_and_storms],
        parameters=[tiny.number("gain", 0.0, 2.0)],
        actors=[tiny.actor("town", [tiny.instrument("arms", "town", ["no", "yes"])], "safety")],
        regimes=(storm,),
        scenarios=(scenario("chance", "markov"), scenario("wet", "storm", "chance")),
        postures=(posture("free", {}), posture("armed", {"arms": "yes"})),
        advice="armed",
        objectives=(
            goal("safety", "safety", -2.0), goal("wealth", "wealth", -2.0), goal("all", "wealth", 0)
        ),
    )  # fmt: skip


def fewer(case: Case, **sizes: int) -> Case:
    """The case with the first so many of its parts, the last of its postures."""
    cut = {k: getattr(case, k)[-n:] if k == "postures" else getattr(case, k)[:n]
           for k, n in sizes.items()}  # fmt: skip
    found = replace(case, **cut)
    return replace(found, scenario=found.scenarios[0].name, posture=found.postures[-1].name)


def aiming(case: Case, enough: float | None) -> Case:
    """The case with what is enough out of reach, always reached, or (None) as it is."""
    goals = case.objectives
    if enough is not None:
        goals = tuple(replace(o, enough=enough) for o in goals)
    return replace(case, objectives=goals)


def made(
    case: Case, worlds: int, quarters: int, rules: Sequence[DecisionRule]
) -> Iterator[Finding | None]:
    runs = Runs(compile_case(case, rules[0]), First(0, worlds), quarters)
    found = compare.compare(runs, rules=rules)
    yield tell(found)
    broken = breaks.find_breaks(runs)
    yield tell(broken)
    watched = signposts.watch(runs, read_by=1)
    yield tell(watched)
    if shocks_of(case):
        yield tell(shock.run(runs))


BOTH: tuple[DecisionRule, ...] = ("habit", "reactive")


@pytest.mark.parametrize(
    ("sizes", "enough", "worlds", "quarters", "rules"),
    [
        ({}, None, 2, 5, BOTH),
        ({"postures": 1}, None, 16, 8, BOTH),
        ({"postures": 1, "objectives": 1, "scenarios": 1}, None, 2, 5, ("habit",)),
        ({"scenarios": 1}, None, 128, 6, BOTH),
        ({"objectives": 1}, 1e6, 3, 5, BOTH),
        ({"objectives": 2}, -1e6, 16, 8, BOTH),
        ({}, 1e6, 64, 6, ("habit",)),
        ({}, -1e6, 64, 6, BOTH),
    ],
)
def test_every_sentence_has_what_it_needs(
    town: Case, sizes: dict[str, int], enough: float | None, worlds: int, quarters: int,
    rules: tuple[DecisionRule, ...],
) -> None:  # fmt: skip
    case = aiming(fewer(town, **sizes), enough)
    for section in made(case, worlds, quarters, rules):
        assert section is not None
        sound([*section.words, section.about])
        text_sound(files(section, "c"))


def compared(case: Case, worlds: int = 16, **options: Any) -> list[str]:
    options = {"rules": BOTH} | options
    runs = Runs(compile_case(case, options["rules"][0]), First(0, worlds), 5)
    return sentences(compare.compare(runs, **options))


def test_one_posture_is_held_against_no_other(town: Case) -> None:
    said = compared(fewer(town, postures=1))
    assert len(said) == 2
    assert said[0].startswith("Armed keeps safety, wealth and all in each of 2 scenarios in")
    assert said[1].startswith("Its parts")


def test_where_all_fail_none_is_the_best(town: Case) -> None:
    said = compared(aiming(town, 1e6))
    # The advised posture is named, as the sentences on its parts and its price speak of it.
    assert said[0].startswith(
        "Armed, like every other posture, keeps safety, wealth and all in each of 2 scenarios in "
        "no world (0 %"
    )
    assert "All postures do alike under each decision rule: habit 0 %, reactive 0 %." in said


def test_where_none_fails_they_are_said_to_do_alike(town: Case) -> None:
    said = compared(aiming(town, -1e6))
    assert said[0].endswith(", as often as Free.")
    assert "All postures do alike under each decision rule: habit 100 %, reactive 100 %." in said


def test_postures_that_do_the_same_are_not_each_better_at_something(town: Case) -> None:
    twins = (town.postures[1], replace(town.postures[1], name="twin", label="Twin"))
    said = compared(replace(town, postures=twins))
    assert not [s for s in said if "each is better at something" in s]
    assert any("some cannot be told apart" in s for s in said)
    assert any(s.startswith("It has no price: 0.0 points") for s in said)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_objective_is_in_both_lists_of_prices(town: Case, count: int) -> None:
    (price,) = (s for s in compared(fewer(town, objectives=count)) if "price" in s)
    sound([price])
    assert ("least in" in price) == (count > 1)


def test_one_scenario_is_named(town: Case) -> None:
    said = compared(fewer(town, scenarios=1))
    assert 'under "Chance" in' in said[0]
    assert not [s for s in said if "scenarios in" in s or "any single scenario" in s]


# ---------------------------------------------------------------- what is refused, and before what


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: compare.check_size(1, 8), "worlds: found 1; allowed: at least 2"),
        (lambda: compare.check_size(2, 3), "quarters: found 3; allowed: at least 4"),
        (lambda: signposts.check_quarters(4), "quarters: found 4; allowed: at least 5"),
        (lambda: signposts.check_quarters(5, 2), "read by: found 2 of 5 quarters; allowed: 1,"),
    ],
)
def test_a_size_too_small_is_one_sentence(ask: Callable[[], None], said: str) -> None:
    with pytest.raises(UseError) as problem:
        ask()
    assert str(problem.value).startswith(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("compare", "--worlds", "1"), "worlds: found 1; allowed: at least 2"),
        (("decide", "--worlds", "1"), "worlds: found 1; allowed: at least 2"),
        (("decide", "--quarters", "4"), "quarters: found 4; allowed: at least 5"),
        (("break", "--quarters", "3"), "quarters: found 3; allowed: at least 4"),
        (("watch", "--quarters", "4"), "quarters: found 4; allowed: at least 5"),
        (("search", "--unseen", "1"), "unseen worlds: found 1; allowed: at least 2"),
        (("search", "--population", "2"), "population: found 2; allowed: at least 3"),
    ],
)
def test_the_command_refuses_it_before_anything_is_run(
    command: Command, starter: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    name, *options = words
    done = command(name, starter, *options, "--out", tmp_path / "out")
    assert done.code == 2
    assert said in done.err
    assert "the record" not in done.err
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- searches


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_search_may_be_as_small_as_its_objectives(town: Case, count: int) -> None:
    case = fewer(town, objectives=count)
    train, test = search.split(Sample.of(case, 0, 0, 3), 1, 2)
    runs = Runs(compile_case(case, "habit"), train, 4)
    found = search.run(runs, runs.over(test), population=count, generations=1)
    told = tell(found)
    sound(told.words)
    text_sound(files(told, "c"))
    ends = found.gains[["gain", "low", "high"]].dropna().to_numpy()
    assert (np.abs(ends) <= 1).all()


# ---------------------------------------------------------------- shocks


def test_a_shock_that_nobody_feels_has_no_size(town: Case) -> None:
    same = replace(town, scenarios=(town.scenarios[0], replace(town.scenarios[1], settings={
        "storm": (Span(1, None, "markov"),)})))  # fmt: skip
    found = shock.run(Runs(compile_case(same, "habit"), First(0, 8), 6))
    (said,) = shock_words.sentences(found)
    assert said.startswith("wealth: no world feels it")
    assert {shock_words.cells_of(r)[0] for r in found.summary.to_dict("records")} == {"0.0"}


def test_one_in_twenty_needs_twenty_worlds(town: Case) -> None:
    model = compile_case(town, "habit")
    for worlds, shown in ((19, False), (20, True)):
        found = shock.run(Runs(model, First(0, worlds), 6))
        assert ("one in twenty" in shock_words.sentences(found)[0]) == shown


# ---------------------------------------------------------------- records


def test_a_record_of_a_single_point_has_no_hindcast_and_says_so(tmp_path: Path) -> None:
    case = recorded(tmp_path / "case", [50.0] * 16, [100.0] * 16)
    polls = replace(case.series[0], points=case.series[0].points[-1:])
    case = replace(case, series=(polls,))
    with pytest.raises(UseError, match=r"found no quarter to cut it at; allowed: a quarterly"):
        default_cutoffs(case)
    board = assess(case, worlds=16, with_basis=False, with_scenarios=False, with_boxes=False)
    assert any(part.startswith("the hindcast (the record of") for part in board.run.left_out)
    sound([line for line in markdown(board).splitlines() if not line.startswith("|")])


def test_constant_observations_give_no_skill_and_no_nan(tmp_path: Path) -> None:
    case = recorded(tmp_path / "case", [50.0] * 16, [100.0] * 16)
    found = hindcast.run(replace(case, claims=()), ("2024Q4",), seed=0)
    told = hindcast_words.tell(found)
    sound(told.words)
    text_sound(findings.files(told, "c"))
    assert found.scores["skill"].isna().any()


def test_small_ensembles_use_the_record_and_a_record_that_leaves_few_is_said(
    tmp_path: Path,
) -> None:
    case = recorded(tmp_path / "case", [50.0] * 16, [100.0] * 16)
    sample, matching = evidence.plausible(compile_case(case, "habit"), seed=0, worlds=3)
    assert matching is not None
    assert len(matching.kept.indices) == evidence.FEW
    assert list(sample.indices) == list(matching.kept.indices[:3])
    for kept, said in (
        (evidence.FEW, "given in 3 worlds that"),
        (1, "too few to give verdicts in"),
    ):
        few = replace(matching, kept=matching.kept.pick(np.arange(kept)))
        words = left(few, 3)
        assert said in words
        assert ("given in all worlds" in words) == (kept == 1)
