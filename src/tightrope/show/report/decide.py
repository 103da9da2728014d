"""Decisions for readers: one page that opens without a network, a section for each analysis."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tightrope.analyses.compare import charts as compare_charts
from tightrope.analyses.compare import numbers as compare
from tightrope.analyses.compare.numbers import Comparison
from tightrope.analyses.failures import numbers as breaks
from tightrope.analyses.failures.numbers import Break
from tightrope.analyses.game import charts as game_charts
from tightrope.analyses.game import numbers as game
from tightrope.analyses.game.numbers import Played
from tightrope.analyses.shock import numbers as shock
from tightrope.analyses.shock.numbers import Shock
from tightrope.case import Case
from tightrope.engine import labelled as dataset
from tightrope.show import origin, pictures, style
from tightrope.show.page import Figure, drawn, environment, frame
from tightrope.text.plain import bullets, code, inline, markdown, picture
from tightrope.text.wording import counted

TITLE = "The advice put to the test"

Makers = Mapping[str, Callable[[], style.Chart]]

CAPTIONS = {
    "compare-kept": "Share of worlds (%) in which a posture keeps all vital objectives. The "
    "last column asks for all scenarios at once.",
    "compare-objectives": "Share of worlds and scenarios (%) in which each objective has enough.",
    "compare-parts": "Which part of the advice does the work: each is left to free choice in turn, "
    "the rest stays. Worlds that keep all vital objectives in every scenario, against the whole "
    "advice, with a 95 % interval.",
    "compare-regret": "How many points a posture falls behind the best of the others in the same "
    "world, the largest over scenarios. Short mark: the middle world; dot: nine worlds in ten are "
    "below; grey mark: the largest. The advised posture is brown.",
    "break-tradeoff": "A box can hold many failures loosely or few of them tightly. Each dot is a "
    "step of the search, in the half of the worlds it was made in; the ring is the box described.",
    "break-gradient": "Share of worlds that fail, by tenths of a number that the box restricts; "
    "brown where the box lies.",
    "break-derivatives": "What moves each vital objective most: points that the whole range of a "
    "number would bring, other things as they are.",
    "shock-paths": "Difference that the shock makes in the same world, quarter by quarter. Lines: "
    "middle world under each posture (grey: the others); shade: nine worlds in ten under the "
    "advised one.",
    "shock-blows": "The largest difference. Dot: middle world; grey mark: reached or passed in the "
    "worst one in twenty. The advised posture is brown.",
    "game-map": "How much the words tell (in bits; 1 would tell all) over two numbers of the case, "
    "at the end of the logit branch.",
    "game-limit": "What each kind of sender says, and what each audience then does, at the end of "
    "the logit branch.",
    "game-in-play": "The same in play as noisy as the case takes its actors to be.",
}


@dataclass(frozen=True)
class Grid:
    """A table for the page; `numbers` says how many of the last columns are numbers."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int


@dataclass(frozen=True)
class Section:
    """One analysis as it is shown and written.

    Attributes:
        name: of its folder and of its place on the page.
        words: what came out, in sentences.
        pictures: charts by name, as SVG; those with a caption stand on the page.
        texts: its files by name, without the pictures and the page.
    """

    name: str
    title: str
    about: str
    words: tuple[str, ...]
    pictures: Mapping[str, str]
    tables: tuple[Grid, ...]
    texts: Mapping[str, str]


def alone(case: Case, section: Section, command: str) -> dict[str, str]:
    """The files of one analysis: its texts, its pictures and NAME.html."""
    shown = page(case, section.title, [section], command)
    return {**_files(section), f"{section.name}.html": shown}


def _files(section: Section) -> dict[str, str]:
    pictures = {f"{name}.svg": svg for name, svg in section.pictures.items()}
    return {**section.texts, **pictures}


def together(case: Case, sections: Sequence[Section], command: str) -> dict[str, str]:
    """The files of several: a folder for each, and decide.html and decide.md over all."""
    found = {"decide.html": page(case, TITLE, sections, command)}
    for s in sections:
        found |= {f"{s.name}/{name}": text for name, text in _files(s).items()}
    about = {"case": case.name, "case_hash": case.hash, "command": command,
             "sections": [s.name for s in sections]}  # fmt: skip
    found["decide.md"] = "\n".join(_lines(case, sections, command)) + "\n"
    found["run.json"] = json.dumps(about, indent=2) + "\n"
    return found


def _lines(case: Case, sections: Sequence[Section], command: str) -> Iterator[str]:
    advice = next(p.label for p in case.postures if p.name == case.advice)
    yield f"# {TITLE}"
    yield ""
    yield f"{markdown(case.title)}. The advice under test: {markdown(advice)}."
    yield f"Made by {code(command)}; case hash "
    yield f"`{case.hash}`. Each section's tables are in the folder of its name."
    yield from origin.sentences(case)
    for s in sections:
        yield ""
        yield f"## {inline(s.title)}"
        yield ""
        yield markdown(s.about)
        yield ""
        yield from bullets(s.words)
        for name in s.pictures:
            if name in CAPTIONS:
                yield from picture(s.title, f"{s.name}/{name}.svg", CAPTIONS[name])


def page(case: Case, title: str, sections: Sequence[Section], command: str) -> str:
    """The page as HTML: no other file and no network are needed to read it."""
    return environment().get_template("decide.html.j2").render(
        **frame(),
        case=case,
        origin=origin.sentences(case),
        title=title,
        sections=[(s, _figures(s.pictures)) for s in sections],
        command=command,
    )  # fmt: skip


def _figures(pictures: Mapping[str, str]) -> list[tuple[Figure, str]]:
    shown = {CAPTIONS[name]: svg for name, svg in pictures.items() if name in CAPTIONS}
    return [(drawn(svg, caption), caption) for caption, svg in shown.items()]


def _drawn(made: Makers) -> dict[str, str]:
    """Each chart as SVG, drawn once for the page and for its file."""
    return {name: pictures.svg(make()) for name, make in made.items()}


def of_comparison(found: Comparison, command: str) -> Section:
    case, rule = found.case, str(found.runs["rule"].to_numpy()[0])
    label = {p.name: p.label for p in case.postures} | {o.name: o.label for o in case.objectives}
    behind = compare.regret_table(found, rule)
    tables = [
        Grid(
            "Regret: nine worlds in ten stay below the first number; the second is the largest",
            ("posture", *(label[str(c)] for c in behind.columns)),
            tuple((label[str(p)], *map(str, row)) for p, row in behind.iterrows()),
            len(behind.columns),
        )
    ][: int(len(behind) > 1)]
    if found.scores is not None:
        own = found.scores[found.scores["rule"] == rule].sort_values("mean", ascending=False)
        rows = tuple(
            (label[r["posture"]], f"{r['mean']:+.2f}", f"{r['tail']:.2f}", f"{r['largest']:.2f}")
            for r in own.to_dict("records")
        )
        heads = ("posture", "mean change", "regret, 9 in 10 below", "largest regret")
        tables.append(Grid("One score, with the weights that were given", heads, rows, 3))
    return Section(
        name="compare",
        title="Which posture stands up",
        about=f"Every posture met every scenario in the same "
        f"{counted(found.runs.sizes['world'], 'world')}. An objective has enough in a world when "
        "its mean over the last year satisfies what the "
        f"case asks for. Vital are {compare.vital_words(case)}. Nothing is added up over "
        "objectives.",
        words=tuple(compare.in_words(found)),
        pictures=_drawn(compare_charts.of_comparison(found)),
        tables=tuple(tables),
        texts=compare.files(found, command),
    )


def of_break(found: Break, params: np.ndarray, command: str) -> Section:
    course = {s.name: s.label for s in found.case.scenarios}[found.scenario]
    made = compare_charts.of_break(found, params)
    if not found.peelings:
        made = {"break-derivatives": made["break-derivatives"]}
    return Section(
        name=f"break-{found.scenario}",
        title=f"Where it breaks: {course}",
        about=f"A posture fails in a world in which a vital objective has not enough. Boxes were "
        f"looked for in half of {counted(found.worlds, 'world')} and measured in the other half. "
        "Shocks decide too, so no box of stated numbers holds all failures and nothing else.",
        words=tuple(breaks.sentences(found)),
        pictures=_drawn(made),
        tables=(),
        texts=breaks.files(found, command),
    )


def of_shock(found: Shock, command: str) -> Section:
    courses = {s.name: s.label for s in found.case.scenarios}
    postures = {p.name: p.label for p in found.case.postures}
    heads = ("outcome", "posture", "blow", "one in twenty", "in quarter", "half back after",
             "back after", "not back by the end")  # fmt: skip
    rows = tuple(
        (dataset.labels(found.case)[r["outcome"]][0], postures[r["posture"]], *shock.cells_of(r))
        for r in found.summary.to_dict("records")
    )
    quarters = found.difference.sizes["quarter"] - 1
    return Section(
        name="shock",
        title=f"The shock: {courses[found.scenario]}",
        about=f"The same {counted(found.difference.sizes['world'], 'world')} met "
        f'"{courses[found.scenario]}" and "{courses[found.against]}", each over '
        f"{counted(quarters, 'quarter')}, with the same random draws.",
        words=tuple(shock.in_words(found)),
        pictures=_drawn(compare_charts.of_shock(found)),
        tables=(Grid("The blow by outcome and posture, in quarters and points", heads, rows, 6),),
        texts=shock.files(found, command),
    )


def of_game(case: Case, found: Played, command: str) -> Section:
    labels = game.labels_of(case, found.spec)
    heads = ("who", "kind of sender", "choice", "rather than", "worth", "open")
    rows = tuple(
        (labels[r["who"]], r["type"], r["choice"], r["rather_than"], f"{r['worth']:+.3f}",
         f"± {2 * r['error']:.3f}")
        for r in found.stakes.to_dict("records")
    )  # fmt: skip
    made = game_charts.of_game(case, found)
    return Section(
        name="game",
        title="The words as a game",
        about="One message, several audiences, and a sender who alone knows how much pressure "
        "costs it. Payoffs are the model's own, in points of goal value. game.efg beside this "
        "page opens in Gambit.",
        words=(*found.words, *(f"Careful: {w}" for w in found.warnings)),
        pictures=_drawn(made),
        tables=(Grid("What each choice is worth, in points of goal value", heads, rows, 2),),
        texts=game.files(case, found, command),
    )
