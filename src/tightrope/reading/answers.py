"""What came of forecasts, read from a CSV file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tightrope.case.answers import Answer
from tightrope.errors import Place, UseError
from tightrope.reading.nouns import is_date, is_quarter
from tightrope.reading.record import Cells, read_number, rows_of
from tightrope.reading.yamlfile import ANY, LARGEST, Gather, each, problem, short
from tightrope.text.names import listed, nearest

COLUMNS = ("name", "quarter", "value", "source", "url", "read", "note")
YES = {"yes": 1.0, "no": 0.0, "1": 1.0, "0": 0.0}
_YEAR = re.compile(r"[0-9]{4}")


def read_answers(
    path: Path, questions: Sequence[str], series: Mapping[str, Sequence[str]]
) -> tuple[Answer, ...]:
    """The answers in a file.

    questions: names that are answered with yes or no; series: names with the quarters or years that
    were forecast. A question without a row, or with an empty value, is open.
    Raises UseError where there is no such file, CaseError where it is not sound.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UseError(f"{path} cannot be read ({error.strerror}); allowed: a CSV file") from None
    found = each(
        lambda row: _answer(row[1], row[0], questions, series), rows_of(data, path.name, COLUMNS)
    )
    seen: dict[tuple[str, str], Answer] = {}
    with Gather() as got:
        for one in found:
            key = one.name, one.quarter
            if key in seen:
                what = (
                    f"{' '.join(key).strip()} a second time (first in line {seen[key].place.line})"
                )
                got.add(problem(one.place, "name", what, "each answer once"))
            seen.setdefault(key, one)
    return found


def _answer(
    cells: Cells, place: Place, questions: Sequence[str], series: Mapping[str, Sequence[str]]
) -> Answer:
    name, quarter, value = cells["name"], cells["quarter"], cells["value"]
    known = (*questions, *series)
    if name not in known:
        found = f'"{short(name)}"'
        raise problem(place, "name", found, listed(known), nearest(name, known))
    with Gather() as got:
        if value and not cells["source"]:
            got.add(problem(place, "source", "nothing", "where the answer can be looked up"))
        if value and not is_date(cells["read"]):
            found = f'"{short(cells["read"])}"'
            got.add(problem(place, "read", found, "a date such as 2026-11-24"))
        if name in questions:
            read = got(_yes, value, place)
        else:
            got(_time, name, quarter, place, series[name])
            read = got(read_number, value, place, "value", ANY) if value else None
    return Answer(name, "" if name in questions else quarter, read, cells["source"], place)


def _yes(value: str, place: Place) -> float | None:
    if not value:
        return None
    if value.lower() not in YES:
        found = f'"{short(value)}"'
        raise problem(place, "value", found, "yes or no, or nothing where it is open")
    return YES[value.lower()]


def _time(name: str, quarter: str, place: Place, times: Sequence[str]) -> None:
    if not is_quarter(quarter) and not _YEAR.fullmatch(quarter):
        found = f'"{short(quarter)}"'
        raise problem(place, "quarter", found, "a quarter such as 2026Q4, or a year")
    if quarter not in times:
        raise problem(place, "quarter", quarter, f"what is forecast of {name}: {listed(times)}")
