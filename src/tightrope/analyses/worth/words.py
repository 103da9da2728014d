"""What measurements are worth, in words."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from tightrope.analyses.worth import charts
from tightrope.analyses.worth.numbers import LOT, VITAL, Worth
from tightrope.show.finding import Finding, Picture, Table, provenance
from tightrope.text.wording import counted, joined, number, percent

TOP, SHOWN, FEW = 3, 25, 6

VERDICT_HEADS = ("claim", "now", "as argued in", "most would come from", "share moves by",
                 "word changes", "wrong call now", "after it")  # fmt: skip
VERDICT_NARROW = ("claim", "now", "argued", "from", "moves", "changes", "wrong", "after")
VERDICT_NOTE = (
    "Share moves by: one standard deviation, in points of 100 worlds; word changes: part of the "
    "cases in which the verdict would be another word, beyond chance; wrong call: chance of it, "
    "where as argued or not is called, whichever is likelier."
)
POSTURE_HEADS = ("judged by", "best now", "most would come from", "worth", "all knowledge",
                 "by chance", "chosen otherwise")  # fmt: skip
POSTURE_NARROW = ("judged by", "best now", "from", "worth", "all", "chance", "otherwise")
POSTURE_NOTE = (
    "Worth: what the best posture then gives more, in the objective's unit; all knowledge: if "
    "everything were known; by chance: what a measurement that tells nothing stays below in "
    "nineteen cases of twenty; chosen otherwise: part of the cases, beyond chance."
)
MEASUREMENT_HEADS = ("measurement", "reads", "in quarters", "error", "not error", "verdicts",
                     "who could supply it", "what it takes")  # fmt: skip
MEASUREMENT_NOTE = (
    "Error: one standard deviation, stated by the case; not error: part of the spread of what is "
    "read that is none; verdicts: so many are expected to become another word."
)
CAPTIONS = {
    "worth-verdicts": "By how many points each measurement would move each claim's share of worlds "
    "(one standard deviation). Darker: farther. White: no more than chance.",
    "worth-postures": "What each measurement is worth for the choice of posture, by objective. "
    "Grey line: what knowing everything would be worth.",
}


def tell(found: Worth) -> Finding:
    """What each measurement would change, in sentences, three tables and two pictures."""
    options, case = found.options, found.case
    pictures = [Picture(n, CAPTIONS[n], make)
                for n, make in charts.named(found).items()]  # fmt: skip
    return Finding(
        source=provenance(case),
        name="worth",
        title="What measurements are worth",
        about=f"In {counted(options.worlds, 'world')} that were there already, what each "
        "measurement would read was drawn with its error, and outcomes were regressed on it: what "
        "is expected of them once it is read. Nothing is run for it but what the board and a "
        "comparison of postures run too, and the usual course.",
        words=tuple(_sentences(found)),
        careful=tuple(_careful(found)),
        tables=(_verdicts(found), _postures(found), _measurements(found)),
        pictures=tuple(pictures),
        data={
            "verdicts": found.verdicts, "postures": found.postures,
            "measurements": found.measurements,
        },
        settings={
            "worlds": options.worlds, "quarters": options.quarters, "rule": options.rule,
            "scenario": options.scenario or case.scenario,
            "posture": options.posture or case.posture, "seed": options.seed,
        },
    )  # fmt: skip


def best(rows: pd.DataFrame, by: str, order: list[str]) -> pd.DataFrame:
    """For each of `by` the row of the measurement that comes first by `order`, the highest first.

    Those for which no measurement tells more than chance are left in, with 0.
    """
    ranked = rows.sort_values(order, ascending=False, kind="stable")
    return ranked.drop_duplicates(by)


def of_claims(found: Worth) -> pd.DataFrame:
    """A row for each claim: near a border first, then by how often its word would change."""
    own = best(found.verdicts, "claim", ["changes", "moves"])
    return own.sort_values(["near", "changes", "moves"], ascending=False, kind="stable")


# ---------------------------------------------------------------- sentences


def _sentences(found: Worth) -> Iterator[str]:
    if found.measurements.empty:
        yield "There is nothing to measure: no measurement within the run, and no uncertain number."
        return
    yield from _of_verdicts(found)
    yield from _of_postures(found)


def _of_verdicts(found: Worth) -> Iterator[str]:
    claims = of_claims(found)
    if claims.empty:
        return
    near = claims[claims["near"]]
    many = counted(len(claims), "verdict")
    if near.empty:
        yield f"Of {many} none stands near a border between two words."
    else:
        yield (
            f"Of {many} {len(near)} {'stands' if len(near) == 1 else 'stand'} near a border: {LOT} "
            "worlds by lot would give another word in more than one case of twenty."
        )
    first = found.measurements.sort_values("verdicts", ascending=False, kind="stable").iloc[0]
    if first["verdicts"] > 0:
        yield (
            f'"{first["label"]}" is expected to change most: {number(first["verdicts"])} of '
            f"{many} would become another word."
        )
    told = near if len(near) else claims
    for row in told[told["tells"]].head(TOP).to_dict("records"):
        yield (
            f'{row["claim"]} ({row["verdict"]}, {percent(row["share"])}): "{row["label"]}" would '
            f"move its share by {number(row['moves'])} points (one standard deviation) and its "
            f"word in {percent(row['changes'])} of cases{_call(row)}."
        )
    mute = list(told.loc[~told["tells"], "claim"])
    if mute:
        names = joined(mute) if len(mute) <= FEW else f"{len(mute)} of {len(told)} verdicts"
        where = " near a border" if len(near) else ""
        more = " Ask with --inputs for the numbers that they hang on."
        hint = "" if found.options.inputs or not found.case.measurements else more
        yield f"No measurement tells more than chance about {names}{where}.{hint}"


def _call(row: Mapping[Hashable, Any]) -> str:
    before, after = percent(row["wrong"]), percent(row["wrong_after"])
    if before == after:
        return f"; a wrong call stays as likely ({before})"
    return f"; a wrong call becomes rarer, from {before} to {after}"


def _of_postures(found: Worth) -> Iterator[str]:
    if found.postures.empty:
        yield "There is no choice of posture to look at: the case has no objectives or one posture."
        return
    labels = {p.name: p.label for p in found.case.postures}
    rows = best(found.postures, "objective", ["worth"])
    telling = rows[rows["tells"]].assign(part=lambda r: r["worth"] / r["perfect"])
    for row in telling.sort_values("part", ascending=False).head(TOP).to_dict("records"):
        yield (
            f'{_judged(row)}: "{row["measured"]}", read before the posture is chosen, is worth '
            f"{number(row['worth'])} {row['unit']} of the {number(row['perfect'])} that knowing "
            f"everything would be; another posture than {labels[row['best']]} would be chosen in "
            f"{percent(row['otherwise'])} of cases."
        )
    if telling.empty:
        yield "No measurement is worth more than chance for the choice of posture."


def _judged(row: Mapping[Hashable, Any]) -> str:
    return "Vital objectives kept" if row["objective"] == VITAL else str(row["label"])


def _careful(found: Worth) -> Iterator[str]:
    yield (
        "What is counted is what a reading tells about the numbers of this model. That it might "
        "show the model itself to be wrong is not counted, and may be worth more."
    )
    yield (
        "Errors are judgements of the case, and a reading counts as if it could be had at once: "
        "what waiting for it costs is not taken off."
    )
    yield (
        "Nothing is said to tell that chance would give in one case of twenty over all that was "
        "tried, and what chance gives on average is taken off every size."
    )
    if found.left_out:
        names = joined(f'"{label}"' for label in found.left_out)
        yield f"Left out, as the runs are too short: {names}. Ask for more quarters."


# ---------------------------------------------------------------- tables


def _verdicts(found: Worth) -> Table:
    rows = of_claims(found)
    shown = rows[rows["near"] | rows["tells"]]
    cells = tuple(
        (
            row["claim"], f"{row['verdict']}{' (near a border)' if row['near'] else ''}",
            percent(row["share"]),
            row["label"] if row["tells"] else "none",
            *((number(row["moves"]), percent(row["changes"]), percent(row["wrong"]),
               percent(row["wrong_after"])) if row["tells"]
              else ("0", "0 %", percent(row["wrong"]), percent(row["wrong"]))),
        )
        for row in shown.head(SHOWN).to_dict("records")
    )  # fmt: skip
    more = len(shown) - len(cells)
    note = VERDICT_NOTE + (f" {more} more in verdicts.csv." if more > 0 else "")
    return Table("Verdicts, and the measurement that would change each most", VERDICT_HEADS, cells,
                 4, note=note, narrow=VERDICT_NARROW)  # fmt: skip


def _postures(found: Worth) -> Table:
    labels = {p.name: p.label for p in found.case.postures}
    cells = tuple(
        (
            f"{row['label']}, {row['unit']}", labels[row["best"]],
            row["measured"] if row["tells"] else "none", number(row["worth"]),
            number(row["perfect"]), number(row["by_chance"]), percent(row["otherwise"]),
        )
        for row in best(found.postures, "objective", ["worth"]).to_dict("records")
    )  # fmt: skip
    return Table("The choice of posture, and the measurement that is worth most for it",
                 POSTURE_HEADS, cells, 4, note=POSTURE_NOTE, narrow=POSTURE_NARROW)  # fmt: skip


def _measurements(found: Worth) -> Table:
    rows = found.measurements.sort_values("verdicts", ascending=False, kind="stable")
    cells = tuple(
        (
            row["label"], row["reads"], row["over"],
            f"{number(row['noise'])} {row['unit']}" if row["noise"] else "none",
            percent(row["signal"]), number(row["verdicts"]), row["source"], row["cost"],
        )
        for row in rows.head(SHOWN).to_dict("records")
    )  # fmt: skip
    more = len(rows) - len(cells)
    note = MEASUREMENT_NOTE + (f" {more} more in measurements.csv." if more > 0 else "")
    return Table("Measurements", MEASUREMENT_HEADS, cells, note=note, short=False)
