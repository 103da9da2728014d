"""What a posture search has to say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tightrope.analyses.search import charts
from tightrope.analyses.search.numbers import HIGH, LOW, SearchResult, level_of
from tightrope.case import Case, Condition, Posture, Regime
from tightrope.engine.names import positions
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.show.pictures import page
from tightrope.text.wording import counted, joined, lowered, percent, shortened

CAPTION = (
    "Each line is a posture, each axis an objective: share of worlds and scenarios, not seen by "
    "the search, in which it has enough. front.html beside this page can be brushed."
)
NOTE = (
    "Enough: at the end of the run. Fails: share in which a vital objective has not enough. Of the "
    "front, those that are spoken of or best in an objective."
)
NEAR = f"Conduct near a level: within {percent(LOW)} of the scale from it in the last quarter."
HEAD = 8
"""Letters of an objective at the head of a column of the terminal."""


def tell(found: SearchResult) -> Finding:
    """The front and the case's postures beside it, in sentences, tables and a picture."""
    means = {p.name: in_words(found.case, p) for p in found.postures}
    drawn = charts.front(found, means)
    return Finding(
        source=provenance(found.case),
        name="search",
        title="Postures nobody named",
        about=_about(found),
        words=tuple(sentences(found)),
        tables=tuple(_tables(found, means)),
        pictures=(Picture("front", CAPTION, lambda: drawn),),
        data=_data(found, means),
        texts={"front.yaml": yaml(found.case, found.postures), "front.html": page(drawn)},
        settings={
            "scenarios": found.scenarios,
            "quarters": found.quarters,
            "rule": found.rule,
            "seed": found.seed,
            "train_worlds": found.train,
            "test_worlds": found.test,
            "tried": found.tried,
        },
        open=(("To brush", "front.html"), ("To paste", "front.yaml")),
    )


def _about(found: SearchResult) -> str:
    labels = {s.name: s.label for s in found.case.scenarios}
    return (
        f"Tried with reactive rules: {counted(found.tried, 'posture')} in "
        f"{counted(found.train, 'world')}; judged in {counted(found.test, 'other')}. Each world "
        f"ran {counted(found.quarters, 'quarter')} of "
        f"{counted(len(found.scenarios), 'scenario')} "
        f"({'; '.join(labels[s] for s in found.scenarios)}), decision rule {found.rule}, seed "
        f"{found.seed}. The front holds those that no other beats in all objectives at once; "
        "front.yaml has it as postures to paste into postures.yaml. "
        "Intervals are 95 %, paired world by world. All of it is about this model and these "
        "priors, and no forecast."
    )


def _data(found: SearchResult, means: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    front, named = found.front.copy(), found.named.copy()
    front.insert(1, "words", front["posture"].map(means))
    named["words"] = [_of_posture(found, row) for row in found.named.to_dict("records")]
    return {
        "front": front,
        "named": named,
        "scores": found.scores,
        "gains": found.gains,
        "course": found.course,
    }


# ---------------------------------------------------------------- sentences


def sentences(found: SearchResult) -> Iterator[str]:
    """How large the front is and how it holds in other worlds; then each posture of the case."""
    count = len(found.postures)
    left = "1 is" if count == 1 else f"{count} are"
    each = ": each gives something up wherever another does better" if count > 1 else ""
    yield (
        f"{counted(found.tried, 'posture')} {'was' if found.tried == 1 else 'were'} tried and "
        f"{left} left on the front{each}."
    )
    kinds = found.scores.groupby("kind")["optimism"].mean()
    beaten = f" Still beaten by no other: {int(found.front['stands'].sum())} of {count}."
    yield (
        f"In {counted(found.test, 'world')} that the search had not seen "
        f"({counted(len(found.scenarios), 'scenario')} each) the front does "
        f"{_beside(kinds['front'])} on average beside the worlds it was found in; postures that "
        f"were not searched for do {_beside(kinds['named'])}.{beaten if count > 1 else ''}"
    )
    for row in found.named.to_dict("records"):
        yield _of_posture(found, row)
    by_name = {p.name: p for p in found.postures}
    for row in found.named[found.named["posture"] == found.case.advice].to_dict("records"):
        yield f"{row['by']} is: {in_words(found.case, by_name[row['by']])}"


def _beside(optimism: float) -> str:
    size = points(abs(optimism))
    if size == "0.0":
        return "the same"
    return f"{size} worlds in a hundred {'worse' if optimism > 0 else 'better'}"


def points(share: float) -> str:
    """A difference of shares in points of 100, with one decimal and no minus zero."""
    text = f"{100 * share:.1f}"
    return "0.0" if text == "-0.0" else text


def _of_posture(found: SearchResult, row: Mapping[Any, Any]) -> str:
    """A posture of the case beside the member that gains most, or else the nearest."""
    gains = found.gains
    own = gains[(gains["posture"] == row["posture"]) & (gains["by"] != "")]
    if own.empty:
        return _unbeaten(found, row)
    best = own.loc[own["train"].idxmax()]
    gain, low, high = (points(best[k]) for k in ("gain", "low", "high"))
    cost = "and loses nothing elsewhere"
    if best["loss"] < -0.0005:
        sure = "" if best["loss_high"] < 0 else ", which may be chance"
        cost = f"but loses {points(-best['loss'])} in {lowered(best['loses'])}{sure}"
    return (
        f"{row['label']}: {best['by']} has enough {lowered(best['label'])} in {gain} more "
        f"worlds of a hundred ({low} to {high}) {cost}."
    )


def _unbeaten(found: SearchResult, row: Mapping[Any, Any]) -> str:
    shares = _shares(found)
    ahead = (shares.loc[row["nearest"]] - shares.loc[row["posture"]]).to_numpy()
    labels = [lowered(o.label) for o in found.case.objectives]
    worst, best = int(np.argmin(ahead)), int(np.argmax(ahead))
    if not np.abs(ahead).max() >= 0.0005:
        return f"{row['label']}: the search found nothing better; {row['nearest']} does the same."
    return (
        f"{row['label']}: nothing was found that is better in one objective and no worse in "
        f"the others. The nearest, {row['nearest']}, gives up {points(max(-ahead[worst], 0))} "
        f"worlds in a hundred in {labels[worst]} and gains "
        f"{points(max(ahead[best], 0.0))} in {labels[best]}."
    )


# ---------------------------------------------------------------- tables


def _tables(found: SearchResult, means: Mapping[str, str]) -> Iterator[Table]:
    labels = [o.label for o in found.case.objectives]
    names = shown(found)
    yield Table(
        "Share of worlds and scenarios (%) with enough, in worlds the search had not seen",
        ("posture", *labels, "fails"),
        tuple(rows(found)),
        len(labels) + 1,
        note=NOTE,
        narrow=("posture", *(shortened(label, HEAD) for label in labels), "fails"),
    )
    spoken = tuple((name, means[name]) for name in names if name in means)
    others = tuple((name, said) for name, said in means.items() if name not in names)
    heads = ("posture", "does")
    note = NEAR if any("last stood near" in said for said in means.values()) else ""
    yield Table("The front in words: those above", heads, spoken, note=note)
    yield Table("The front in words: the others", heads, others, note=note, short=False)


def _shares(found: SearchResult) -> pd.DataFrame:
    """In the test worlds, by posture and objective, in the case's order of objectives."""
    test = found.scores.pivot(index="posture", columns="objective", values="test")
    return test[[o.name for o in found.case.objectives]]


def shown(found: SearchResult) -> list[str]:
    """Postures for a short table: the case's own, members named in words, the best of each goal."""
    test = _shares(found)
    members = [p.name for p in found.postures]
    said = [*found.named["by"], members[0]]
    said += [str(test.loc[members, o.name].idxmax()) for o in found.case.objectives]
    return [*(p.name for p in found.case.postures), *(m for m in members if m in said)]


def rows(found: SearchResult) -> list[tuple[str, ...]]:
    """Rows of a short table: posture, percentages in the test worlds, percentage of failures."""
    test = _shares(found)
    failed = pd.concat([found.front, found.named]).set_index("posture")["fails_test"]
    return [
        (name, *(f"{100 * share:.0f}" for share in test.loc[name]), f"{100 * failed[name]:.0f}")
        for name in shown(found)
    ]


# ---------------------------------------------------------------- postures in words


def in_words(case: Case, posture: Posture) -> str:
    """A posture's settings and rules in plain words."""
    own = [i for a in case.actors if a.name == case.focal for i in a.instruments]
    labels = {i.name: lowered(i.label) for i in own}
    set_to = [
        f"{label} {level_of(posture.settings[name][0].value)}"
        for name, label in labels.items()
        if name in posture.settings
    ]
    open_ = [label for name, label in labels.items() if name not in posture.settings]
    parts = [", ".join(set_to)] if set_to else []
    parts += ["free choice of " + ", ".join(open_)] if open_ else []
    said = "; ".join(parts)
    said = f"{said[:1].upper()}{said[1:]}."
    for rule in posture.rules:
        when = joined(condition_words(case, c) for c in rule.when)
        then = ", ".join(f"{labels[n]} {level_of(v)}" for n, v in rule.settings.items())
        said += f" While {when}: {then}."
    return said


def condition_words(case: Case, condition: Condition) -> str:
    """What a rule looks at, in words."""
    name, comparison, threshold = condition.name, condition.comparison, condition.threshold
    for regime in case.regimes:
        if regime.name == name:
            return f"{regime.label} is {comparison} {_regime_level(regime, threshold)}"
    for instrument in case.instruments:
        if instrument.name == name:
            label = lowered(instrument.label)
            if (comparison, threshold) == ("at least", HIGH):
                return f"{label} last stood near {instrument.levels[-1]}"
            if (comparison, threshold) == ("at most", LOW):
                return f"{label} last stood near {instrument.levels[0]}"
            return f"{label} last stood {comparison} {threshold:g}"
    labels = {v.name: lowered(v.label) for v in case.variables}
    labels |= {d.name: lowered(d.label) for d in case.derived}
    labels |= {q.name: lowered(q.label) for q in case.quantities}
    return f"{labels[name]} is {comparison} {threshold:g}"


def _regime_level(regime: Regime, threshold: float) -> str:
    at = positions(regime)
    gaps = np.abs(np.array(at) - threshold)
    return regime.levels[int(gaps.argmin())] if gaps.min() < 1e-9 else f"{threshold:g}"


# ---------------------------------------------------------------- postures to paste


def yaml(case: Case, postures: Sequence[Posture]) -> str:
    """Postures as the case's postures.yaml has them: to be pasted there, and read back.

    One that says not what it means is given words.
    """
    return "\n".join(line for p in postures for line in _yaml_lines(case, p)) + "\n"


def _yaml_lines(case: Case, posture: Posture) -> Iterator[str]:
    # JSON's strings are YAML's double-quoted ones.
    text = json.dumps
    yield f"{posture.name}:"
    yield f"  label: {text(posture.label, ensure_ascii=False)}"
    yield f"  meaning: {text(posture.meaning or in_words(case, posture), ensure_ascii=False)}"
    if posture.settings:
        yield "  set:"
        for name, spans in posture.settings.items():
            yield f"    {name}: {text(level_of(spans[0].value))}"
    if posture.rules:
        yield "  rules:"
        for rule in posture.rules:
            when = ", ".join(f"{c.name}: {_yaml_condition(case, c)}" for c in rule.when)
            then = ", ".join(f"{n}: {text(level_of(v))}" for n, v in rule.settings.items())
            yield f"    - when: {{{when}}}"
            yield f"      then: {{{then}}}"


def _yaml_condition(case: Case, condition: Condition) -> str:
    threshold: str = repr(float(condition.threshold))
    for regime in case.regimes:
        if regime.name == condition.name:
            level = _regime_level(regime, condition.threshold)
            threshold = level if level in regime.levels else threshold
    return json.dumps(f"{condition.comparison} {threshold}")
