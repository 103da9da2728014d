"""Robustness against our own choices, in words."""

from __future__ import annotations

from collections.abc import Iterator

from tightrope.analyses.robust import charts
from tightrope.analyses.robust.numbers import Robust
from tightrope.analyses.robust.options import variant
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import counted, joined

HEADS = ("claim", "as it is", "also", "under")
NOTE = (
    "Also: the other words that it got, each under the choices named. (by chance): the worlds run "
    "leave one word open under all choices alike."
)
CAPTION = (
    "The word that each claim gets under each choice. A dot marks a word that is another than as "
    "it is. Claims that keep their word stand last."
)


def tell(found: Robust) -> Finding:
    """Which claims keep their word, in sentences, as a table and as a picture."""
    options, case = found.options, found.case
    return Finding(
        source=provenance(case),
        name="robust",
        title="Robust against our own choices",
        about="Nobody measured how strong a class of mechanisms is, how a range is to be read, how "
        "far actors look or how they choose. Each such choice was made otherwise, alone, in the "
        f"same {counted(options.worlds, 'world')}, and every claim was judged again. The record is "
        "left aside under all choices alike.",
        words=tuple(_sentences(found)),
        careful=tuple(_careful(found)),
        tables=(_table(found),),
        pictures=(Picture("robust-words", CAPTION, lambda: charts.words(found)),),
        data={"words": found.words, "shares": found.shares},
        settings={
            "worlds": options.worlds, "quarters": options.quarters, "rule": options.rule,
            "scenario": options.scenario or case.scenario,
            "posture": options.posture or case.posture, "seed": options.seed,
            "lookahead": options.lookahead, "together": options.together,
        },
    )  # fmt: skip


def _others(found: Robust) -> list[str]:
    return [name for name in found.views if name != "as it is"]


def _sentences(found: Robust) -> Iterator[str]:
    rows, others = found.words, _others(found)
    if not others:
        yield "No choice was made otherwise."
        return
    kept = rows[rows["keeps"]]
    many = counted(len(others), "other choice")
    one = "keeps its word" if len(kept) == 1 else "keep their word"
    yield f"Under {many}, {len(kept)} of {counted(len(rows), 'claim')} {one}."
    near = rows[rows["by_chance"]]
    if len(near):
        yield (
            f"{len(near)} more got another word only where the worlds run do not tell it from the "
            "first."
        )
    moved = {name: int((rows[name] != rows["as it is"]).sum()) for name in others}
    most = sorted(others, key=lambda name: -moved[name])
    listed = joined(f"{found.views[name]} ({moved[name]})" for name in most if moved[name])
    if listed:
        yield f"So many words are changed by each choice: {listed}."
    yield from _of_form(found)
    turned = rows[[_turns(str(words)) for words in rows["words"]]]
    if len(turned):
        names = joined(map(str, turned["claim"]))
        yield f"For and against, by the choice: {names}."


def _of_form(found: Robust) -> Iterator[str]:
    """Which verdicts are facts of form: another variant of the case, another word."""
    count = sum(name.startswith(variant("")) for name in found.views)
    if not count:
        return
    facts = found.words[found.words["form"] != ""]
    if facts.empty:
        yield f"No verdict is a fact of form under {counted(count, 'variant')} of the case."
        return
    pairs = zip(facts["claim"], facts["form"], strict=True)
    by = joined([f"{claim} (under {joined(names.split(', '))})" for claim, names in pairs])
    are = "is a fact" if len(facts) == 1 else "are facts"
    yield f"{counted(len(facts), 'verdict')} {are} of form, another word under a variant: {by}."


def _turns(words: str) -> bool:
    """Whether a claim got words on both sides."""
    got = set(words.split(", "))
    sides = ({"holds", "leans", "can happen"}, {"leans against", "refuted", "rare"})
    return all(got & side for side in sides)


def _careful(found: Robust) -> Iterator[str]:
    if found.left_out:
        parts = joined(f"{name} ({why})" for name, why in found.left_out.items())
        yield f"Left out: {parts}."
    yield (
        "These are the choices that we could think of. A claim that keeps its word under them may "
        "lose it under another one."
    )


def _table(found: Robust) -> Table:
    rows = []
    for r in found.words.sort_values("keeps", kind="stable").to_dict("records"):
        if r["keeps"]:
            continue
        by_word: dict[str, list[str]] = {}
        for name in _others(found):
            if r[name] != r["as it is"]:
                by_word.setdefault(str(r[name]), []).append(name)
        under = "; ".join(f"{word}: {', '.join(names)}" for word, names in by_word.items())
        chance = " (by chance)" if r["by_chance"] else ""
        rows.append((str(r["claim"]), str(r["as it is"]), ", ".join(by_word) + chance, under))
    return Table("Claims whose word hangs on a choice of ours", HEADS, tuple(rows), note=NOTE)
