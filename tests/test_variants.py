"""Variants: other forms of parts of a case, each as an overlay, fixed or judged beside the rest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tightrope
from conftest import Command
from tightrope.analyses.asking import answer, tell
from tightrope.analyses.robust.numbers import Robust
from tightrope.analyses.robust.options import DRAWN, Options, variant
from tightrope.analyses.verdicts.markdown import markdown
from tightrope.case import Case
from tightrope.engine.progress import no_watch
from tightrope.engine.worlds import block
from tightrope.errors import CaseError, UseError
from tightrope.reading import forms, load
from tightrope.starter import copy_starter

FORMS = """\
no-trust:
  label: Words cost no trust
  why: Nobody counts words.
  group: words
  weight: 0.25
  mechanisms:
    words_cost_trust: {off: true}
dear-words:
  label: Words cost twice the trust
  why: A word is a word.
  group: words
  weight: 0.125
  mechanisms:
    words_cost_trust: {where: {weight: 2 + confrontation_amplifies * confrontation}}
calm-storm:
  label: A storm that is a calm
  why: Sailors tell tales.
  weight: 0.125
  sources: [kydd2005]
  mechanisms:
    words_please_the_crowd: {pushes: {cohesion: applause * rhetoric_hostile}}
"""
SHARES = ["argued", "small", "opposite"]
ASKED = ("words-cost-trust", "crowd-is-pleased", "council-speaks-softly")


def harbour(at: Path, forms: str = FORMS) -> Path:
    folder = copy_starter(at / "harbour")
    (folder / "variants.yaml").write_text(forms)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harbour(tmp_path_factory.mktemp("variants"))


@pytest.fixture(scope="module")
def case(folder: Path) -> Case:
    return load(folder)


@pytest.fixture(scope="module")
def robust(case: Case) -> Robust:
    options = Options(worlds=200, quarters=12, choice=("variants",), claim=ASKED)
    result: Robust = answer("robust", case, options, no_watch)
    return result


def board(of: Case, worlds: int = 64) -> pd.DataFrame:
    """Claims of a board with nothing but verdicts."""
    made = tightrope.assess(
        of, worlds=worlds, quarters=12, with_evidence=False, with_hindcast=False, with_basis=False,
        with_decisive=False, with_boxes=False, with_scenarios=False,
    )  # fmt: skip
    return made.claims


def refused(folder: Path, variants: Sequence[str] = (), kind: type[Exception] = CaseError) -> str:
    with pytest.raises(kind) as caught:
        forms(load(folder, variants=variants))
    return str(caught.value)


# ---------------------------------------------------------------- one form fixed


def test_a_variant_is_the_same_case_written_out_by_hand(folder: Path, tmp_path: Path) -> None:
    by_hand = harbour(tmp_path)
    file = by_hand / "mechanisms.yaml"
    before = file.read_text()
    file.write_text(before.replace("weight: 1 + conf", "weight: 2 + conf"))
    assert file.read_text() != before
    form, written = load(folder, variants=("dear-words",)), load(by_hand)
    effects = [board(of)["effect"].to_numpy(float) for of in (form, written, load(folder))]
    assert np.array_equal(effects[0], effects[1], equal_nan=True)
    assert not np.array_equal(effects[0], effects[2], equal_nan=True)


def test_a_variant_that_says_what_stands_there_changes_nothing(case: Case, folder: Path) -> None:
    same = load(folder, variants=("calm-storm",))
    assert same.departures == ()
    pd.testing.assert_frame_equal(board(same), board(case))


def test_forms_share_the_worlds_of_the_case(case: Case) -> None:
    made = forms(case)
    assert list(made) == ["no-trust", "dear-words", "calm-storm"]
    own = block(case, 3, 0, 8, 4)
    for form in made.values():
        other = block(form, 3, 0, 8, 4)
        assert np.array_equal(own.params, other.params)
        assert np.array_equal(own.shocks, other.shocks)


def test_what_a_variant_changes_stands_with_its_reason(folder: Path) -> None:
    (one,) = load(folder, variants=("no-trust",)).departures
    assert (one.section, one.name, one.what) == ("mechanisms", "words_cost_trust", "off")
    assert one.why == "Nobody counts words."


def test_a_variant_may_bring_a_mechanism_and_its_number(tmp_path: Path) -> None:
    new = """\
fog:
  label: Fog
  why: Ours.
  parameters:
    fog: {range: [0, 1], unit: share, meaning: Days of fog., judgement: Ours.}
  mechanisms:
    fog_and_words: {passages: ["1.1"], says: Words in fog., pushes: {trust: -0.1 * fog * rhetoric}}
"""
    made = forms(load(harbour(tmp_path, new)))["fog"]
    assert "fog_and_words" in {m.name for m in made.mechanisms}
    assert "fog" in {p.name for p in made.priors}


# ---------------------------------------------------------------- all of them beside each other


def test_a_planted_fact_of_form_is_called_so_and_no_other(robust: Robust) -> None:
    words = robust.words.set_index("claim")
    assert words.at["words-cost-trust", "as it is"] == "holds"
    assert words.at["words-cost-trust", variant("no-trust")] == "too small to matter"
    assert words["form"].to_dict() == {
        "words-cost-trust": "no-trust", "crowd-is-pleased": "", "council-speaks-softly": "",
    }  # fmt: skip
    said = " ".join(tell(robust).words)
    assert "1 verdict is a fact of form" in said
    assert "words-cost-trust (under no-trust)" in said


def test_a_share_where_forms_are_drawn_is_their_weighted_mean(robust: Robust) -> None:
    weights = {variant("no-trust"): 0.25, variant("dear-words"): 0.125,
               variant("calm-storm"): 0.125, "as it is": 0.5}  # fmt: skip
    shares = robust.shares.set_index(["claim", "choice"])[SHARES]
    for claim in ASKED:
        expected = sum(w * shares.loc[(claim, name)] for name, w in weights.items())
        assert shares.loc[(claim, DRAWN)].tolist() == pytest.approx(expected.tolist(), abs=1e-12)
    drawn = shares.loc[("words-cost-trust", DRAWN), "small"]
    assert drawn >= 0.25  # all worlds in which words cost nothing


def test_where_no_weight_is_said_forms_weigh_the_same(tmp_path: Path) -> None:
    text = FORMS.replace("  weight: 0.25\n", "").replace("  weight: 0.125\n", "")
    assert {v.weight for v in load(harbour(tmp_path, text)).variants} == {0.25}


def test_the_board_says_which_verdicts_are_facts_of_form(case: Case) -> None:
    made = tightrope.assess(
        case, worlds=128, quarters=12, with_evidence=False, with_hindcast=False, with_basis=False,
        with_decisive=False, with_boxes=False, with_scenarios=False, with_robust=True,
        only=["words-cost-trust", "crowd-is-pleased"],
    )  # fmt: skip
    form = made.claims.set_index("claim")["form"]
    assert form.to_dict() == {"words-cost-trust": "no-trust", "crowd-is-pleased": ""}
    assert "a fact of form: another word under no-trust" in markdown(made)


def test_a_case_that_was_changed_since_has_its_variants_left_out(case: Case) -> None:
    changed = replace(case, title="Another one")
    options = Options(worlds=60, quarters=12, choice=("variants",), claim=("crowd-is-pleased",))
    result = answer("robust", changed, options, no_watch)
    assert "variants" in result.left_out
    with pytest.raises(UseError, match="changed since it was loaded"):
        forms(changed)


# ---------------------------------------------------------------- what is not sound


def test_an_unknown_variant_is_refused_with_the_nearest(folder: Path) -> None:
    said = refused(folder, ("no-trsut",), UseError)
    assert 'found "no-trsut"; allowed: no-trust, dear-words, calm-storm' in said
    assert 'did you mean "no-trust"' in said


def test_two_alternatives_of_one_group_are_refused(folder: Path) -> None:
    said = refused(folder, ("no-trust", "dear-words"), UseError)
    assert 'both of the group "words"; allowed: one of them' in said
    assert list(forms(load(folder, variants=("no-trust",)))) == ["calm-storm"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "    words_cost_trust: {off: true}",
            "    words_cost_trst: {off: true}",
            'variants.yaml:7: no-trust.mechanisms.words_cost_trst: found "words_cost_trst", '
            "which is not there to be changed",
        ),
        (
            "words_cost_trust: {where",
            "words_cost_trst: {where",
            'variants.yaml:14: dear-words.mechanisms.words_cost_trst: found "words_cost_trst", '
            "which is not there to be changed",
        ),
        ("  why: A word is a word.\n", "", 'variants.yaml:8: dear-words: found no "why"'),
        ("[kydd2005]", "[kyd2005]", 'did you mean "kydd2005"'),
        ("weight: 0.25", "weight: 0.95", "weights that add up to 1.2"),
        ("weight: 0.25", "weight: -1", "a share of worlds from 0 to 1"),
        ("mechanisms:\n    words_c", "mechanism:\n    words_c", 'did you mean "mechanisms"'),
        ("2 + confrontation_amplifies", "2 - confrontation_amplifies",
         "dear-words.words_cost_trust.signs"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_line_field_and_nearest_name(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in FORMS
    assert says in refused(harbour(tmp_path, FORMS.replace(old, new, 1)))


# ---------------------------------------------------------------- commands


def test_commands_take_a_variant_and_list_them(command: Command, folder: Path) -> None:
    shown = command("show", folder, "--section", "variants")
    assert shown.code == 0, shown.err
    for part in ("no-trust", "Words cost no trust", "Nobody counts words.", "group words", "25 %"):
        assert part in shown.out
    parts = json.loads(command("show", folder, "--json").out)
    assert parts["variants"]["no-trust"]["weight"] == 0.25
    assert command("check", folder, "--variant", "no-trust").code == 0
    ran = command("why", folder, "trust", "--variant", "no-trust", "--worlds", "32",
                  "--quarters", "8")  # fmt: skip
    assert ran.code == 0, ran.err
    assert "words_cost_trust" not in ran.out
    wrong = command("decide", folder, "--variant", "no-trst")
    assert wrong.code != 0
    assert 'did you mean "no-trust"' in wrong.err


def test_the_starters_own_variant_is_sound(starter_case: Case) -> None:
    assert list(forms(starter_case)) == ["no-threshold"]


def test_every_form_of_kabul_is_sound() -> None:
    kabul = load("kabul")
    assert len(forms(kabul)) == len(kabul.variants) >= 10
