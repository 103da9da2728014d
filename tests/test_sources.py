"""Public data as other people's programs leave it: layouts, gaps, and files that disagree."""

from __future__ import annotations

import csv
import inspect
import re
import sys
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tightrope import cli
from tightrope.cli.record import series_
from tightrope.sources import FORMATS, load_series
from tightrope.sources.countries import as_countries
from tightrope.sources.tally import Loaded
from tightrope.sources.textfile import SeriesError
from tightrope.text.names import nearest

ACLED = (
    "event_id_cnty,event_date,year,event_type,sub_event_type,actor1,assoc_actor_1,actor2,"
    "assoc_actor_2,country,fatalities,timestamp"
)
UCDP = "id,year,side_a,side_b,country,iso3,date_start,date_end,low,best,high"
FTS = "date,amountUSD,destLocations,destUsageYearStart,destUsageYearEnd,status,decisionDate,id"
BANK = "Country Name,Country Code,Indicator Name,Indicator Code"
MONTHS = "location_code,admin_level,event_type,events,fatalities,reference_period_start"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(name: str, *lines: str, form: str = "{}") -> Path:
        path = tmp_path / name
        path.write_text(form.format("\n".join(lines) + "\n"), encoding="utf-8")
        return path

    return to


def battle(key: str, day: str, country: str = "Eastland", deaths: str = "1", **more: str) -> str:
    kind, stamp = more.get("kind", "Battles"), more.get("stamp", "")
    other = more.get("other", "")
    return f"{key},{day},{day[:4]},{kind},Clash,Guard,,{other},,{country},{deaths},{stamp}"


def killing(key: str, day: str, best: int, side: str = "Front", end: str = "") -> str:
    return f"{key},{day[:4]},Army,{side},Eastland,EAS,{day},{end or day},{best},{best},{best}"


def flow(
    key: str, day: str, usd: int, year: str = "2024", decided: str = "", to: str = "EAS"
) -> str:
    return f"{day},{usd},{to},{year},{year},paid,{decided or day},{key}"


def values(loaded: Loaded) -> dict[str, float]:
    return dict(zip(loaded.frame.quarter, loaded.frame.value, strict=True))


def status(loaded: Loaded) -> dict[str, str]:
    return dict(zip(loaded.frame.quarter, loaded.frame.status, strict=True))


def note(loaded: Loaded, quarter: str) -> str:
    return str(loaded.frame.set_index("quarter").note[quarter])


def reasons(loaded: Loaded) -> dict[str, int]:
    assert loaded.rows_read == loaded.kept + sum(dropped.count for dropped in loaded.dropped)
    return {dropped.reason: dropped.count for dropped in loaded.dropped}


# ---------------------------------------------------------------- one normalising step

PLAIN = [ACLED, battle("E1", "2024-01-05"), battle("E2", "2024-03-30")]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(ACLED, ACLED.upper()),
        lambda text: text.replace(ACLED, ACLED.replace("_", " ").title()),
        lambda text: text.replace(ACLED, ACLED.replace("_", ".")),
        lambda text: "\ufeff" + text,
        lambda text: "sep=,\n" + text,
        lambda text: text.replace("\n", ",,,\n"),
        lambda text: text.replace("\n", ",,,\n").replace(f"{ACLED},,,", ACLED),
        lambda text: text + ",,,,,,,,,,,\n,,\n\n",
        lambda text: text.replace(",,", ",NA,").replace(",,", ",NA,"),
        lambda text: text.replace(",,", ",NaN,").replace(",,", ", <NA> ,"),
        lambda text: "".join(f',"{i}",{line}\n' for i, line in enumerate(text.split("\n")[:-1])),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(",", " , "),
    ],
)
def test_what_programs_do_to_a_table_changes_nothing(
    change: Callable[[str], str], tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    path.write_text(change("\n".join(PLAIN) + "\n"), encoding="utf-8", newline="")
    loaded = load_series("acled", path, country="Eastland")
    assert (loaded.rows_read, loaded.kept, values(loaded)) == (2, 2, {"2024Q1": 2})


def test_a_cell_that_says_that_there_is_nothing_is_no_name(write: Write) -> None:
    rows = [
        battle(f"E{i}", "2024-01-05", other=who) for i, who in enumerate(("NA", "NaN", "Nadir"))
    ]
    loaded = load_series("acled", write("a.csv", ACLED, *rows), actor="na")
    assert loaded.kept == 1
    assert reasons(loaded) == {"another actor": 2}


@pytest.mark.parametrize("mark", [";", "\t", "|"])
@pytest.mark.parametrize("form", ["ucdp", "acled", "worldbank", "fts"])
def test_other_separators_are_named_wherever_they_come_up_first(
    form: str, mark: str, tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    rows = [["Data Source", "A, B"], ["Country Name", "Country Code"], ["East, the", "1,5"]]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=mark, quoting=csv.QUOTE_ALL).writerows(rows)
    with pytest.raises(SeriesError, match=r"data\.csv:1: found columns separated by"):
        load_series(form, path, country="EAS")


@pytest.mark.parametrize(
    ("name", "data", "called"),
    [
        ("a.csv", b"PK\x03\x04....docProps/app.xml", ".xlsx"),
        ("a.xlsx", b"PK\x03\x04....", ".xlsx"),
        ("a.csv", b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.spreadsheet", ".ods"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
    ],
)
def test_a_workbook_is_to_be_saved_as_csv(
    name: str, data: bytes, called: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SeriesError) as caught:
        load_series("fts", tmp_path / name)
    said = f"1: found a workbook ({called}); allowed: its sheet saved as CSV (UTF-8)"
    assert str(caught.value).endswith(said)


def test_a_name_that_holds_what_was_asked_for_is_nearest() -> None:
    names = ["Iraq", "Ireland", "Iran, Islamic Rep.", "Gambia, The", "Congo, Dem. Rep."]
    assert nearest("Iran", names) == '; did you mean "Iran, Islamic Rep."?'
    assert nearest("dem. rep.", names) == '; did you mean "Congo, Dem. Rep."?'
    assert nearest("Irak", names) == '; did you mean "Iraq"?'
    assert nearest("Peru", names) == ""


# ---------------------------------------------------------------- countries


@pytest.mark.parametrize("asked", ["EAS", "eas", "Eastland", ["EAS"], ["EAS", "Eastland"]])
def test_a_country_goes_by_code_and_by_name(asked: Any, write: Write) -> None:
    path = write("u.csv", UCDP, killing("1", "2024-02-01", 2))
    assert load_series("ucdp", path, country=asked).kept == 1


def test_codes_and_names_that_a_file_lacks_are_looked_up() -> None:
    assert as_countries("AFG").match("Afghanistan") == "AFG"
    assert as_countries("afghanistan").match("", "AFG") == "afghanistan"
    assert as_countries("COD").match("DR Congo (Zaire)") == "COD"
    assert as_countries("Niger").match("", "NGA") is None
    # A file's own words come first.
    assert as_countries("Iran").match("Iran, Islamic Rep.", "IRN") is None


def test_relabelled_waters(write: Write) -> None:
    days = ["2024-02-05", "2024-05-11", "2024-08-20", "2024-11-03"]
    rows = [battle(f"E{i}", day) for i, day in enumerate(days)]
    rows += [battle("G1", "2025-02-05", "Bay of Eastland"), battle("G2", "2025-03-05", "Norland")]
    path = write("a.csv", ACLED, *rows, battle("E9", "2025-06-30"))
    both = load_series("acled", path, country=["Eastland", "Bay of Eastland"])
    assert (both.kept, values(both)["2025Q1"]) == (6, 1)
    assert status(both)["2025Q1"] == "used"
    alone = load_series("acled", path, country="Eastland")
    assert (values(alone)["2025Q1"], status(alone)["2025Q1"]) == (0, "doubtful")
    assert "1 left out that may belong here: another country, Bay of Eastland" in note(
        alone, "2025Q1"
    )
    others = next(dropped for dropped in alone.dropped if dropped.reason == "another country")
    assert others.names == ("Norland",)
    with pytest.raises(SeriesError, match='country: found no "Bay of Westland" among 7 rows'):
        load_series("acled", path, country=["Eastland", "Bay of Westland"])


# ---------------------------------------------------------------- what files cover


def test_a_file_of_another_country_shows_no_zeros(write: Write) -> None:
    mine = write("a.csv", ACLED, battle("E1", "2024-01-01"), battle("E2", "2024-03-31"))
    theirs = write(
        "b.csv", ACLED, battle("N1", "2023-01-01", "Norland"), battle("N2", "2024-12-31", "Norland")
    )
    assert values(load_series("acled", [mine, theirs], country="Eastland")) == {"2024Q1": 2}
    everywhere = load_series("acled", [mine, theirs])
    assert len(everywhere.frame) == 8


def test_a_file_of_other_kinds_shows_no_zeros(write: Write) -> None:
    riots = [
        battle(f"R{i}", day, kind="Riots") for i, day in enumerate(["2023-01-01", "2023-12-31"])
    ]
    battles = [battle("E1", "2024-01-01"), battle("E2", "2024-03-31")]
    paths = [write("a.csv", ACLED, *riots), write("b.csv", ACLED, *battles)]
    loaded = load_series("acled", paths, country="Eastland", event_type="battles")
    assert values(loaded) == {"2024Q1": 2}


def test_a_stray_row_does_not_cover_years(write: Write) -> None:
    rows = [battle(f"E{i}", f"2024-{1 + i % 12:02d}-15") for i in range(24)]
    path = write("a.csv", ACLED, battle("S1", "2015-01-02"), *rows)
    loaded = load_series("acled", path, country="Eastland")
    early = {quarter: one for quarter, one in status(loaded).items() if quarter < "2024"}
    assert set(early.values()) == {"doubtful"}
    assert "apart from all others" in note(loaded, "2015Q1")
    assert "may not have been asked for it" in note(loaded, "2019Q3")
    stated = load_series("acled", path, country="Eastland", since="2015-01-01", until="2024-12-31")
    assert set(status(stated).values()) == {"used"}


def test_a_row_left_out_is_noted_where_it_may_belong(write: Write) -> None:
    rows = [battle("E1", "2024-01-01"), battle("E2", "2024-12-31")]
    bad = [battle("E3", "05/06/2024"), battle("E4", "2024-11-01", deaths="many")]
    other = battle("N1", "05/02/2024", "Norland")
    path = write("a.csv", ACLED, *rows, *bad, other)
    loaded = load_series("acled", path, country="Eastland", measure="fatalities")
    # 5 June or 6 May; the row of another country is none of ours.
    assert [bool(text) for text in loaded.frame.note] == [False, True, False, True]
    assert list(loaded.frame.status) == ["used", "doubtful", "used", "used"]
    assert "a day that cannot be read" in note(loaded, "2024Q2")
    assert "fatalities that are no count" in note(loaded, "2024Q4")


def test_an_event_across_quarters_is_noted_in_both(write: Write) -> None:
    rows = [killing("1", "2024-01-01", 1), killing("2", "2024-09-30", 1)]
    path = write("u.csv", UCDP, *rows, killing("3", "2024-03-30", 9, end="2024-04-02"))
    loaded = load_series("ucdp", path, country="EAS", measure="deaths")
    assert [bool(text) for text in loaded.frame.note] == [True, True, False]


def gdelt(day: str, key: str, stamp: str, url: str = "http://a.test/b") -> str:
    cells = [""] * (60 if len(stamp) == 14 else 57)
    cells[0], cells[1], cells[5], cells[15], cells[28] = key, day, "EAS", "NOR", "04"
    cells[-1] = stamp
    return "\t".join([*cells, url] if url else cells)


@pytest.mark.parametrize("at", range(4))
def test_one_short_row_of_gdelt_does_not_decide_for_the_file(at: int, write: Write) -> None:
    days = ["20140401", "20140515", "20140615", "20140630"]
    rows = [
        gdelt(day, str(i), day, "" if i == at else "http://a.test") for i, day in enumerate(days)
    ]
    assert load_series("gdelt", write("a.csv", *rows)).kept == 4
    rows[at] = "1\tbroken"
    if at < 3:
        loaded = load_series("gdelt", write("b.csv", *rows))
        assert reasons(loaded) == {"too many or too few fields": 1}


def test_files_of_fifteen_minutes_cover_fifteen_minutes(write: Write) -> None:
    def file(number: int, day: int, minute: int) -> Path:
        stamp = f"202001{day:02d}{minute // 60:02d}{minute % 60:02d}00"
        return write(f"{number}.csv", gdelt(stamp[:8], str(number), stamp))

    few = load_series("gdelt", [file(i, i, 0) for i in range(1, 31)])
    assert status(few) == {"2020Q1": "doubtful"}
    assert note(few, "2020Q1") == "the files cover 30 of its 8736 quarter hours"
    day = load_series("gdelt", [file(i, 1, 15 * i) for i in range(96)])
    assert note(day, "2020Q1") == "the files cover 1 of its 91 days"


# ---------------------------------------------------------------- money

USAGE = [
    flow("1", "2022-01-01", 500),
    flow("2", "2023-11-20", 700),
    *(flow(str(10 + m), f"2024-{m:02d}-15", 1000 * m) for m in range(1, 13)),
    flow("30", "2024-12-31", 1),
]


def test_money_of_one_usage_year_says_nothing_of_other_years(write: Write) -> None:
    loaded = load_series("fts", write("f.csv", FTS, *USAGE), country="EAS")
    assert {q for q, one in status(loaded).items() if one == "used"} == {
        "2024Q1", "2024Q2", "2024Q3", "2024Q4",
    }  # fmt: skip
    assert "to be used in 2024, not all of 2023Q4" in note(loaded, "2023Q4")


def test_one_usage_year_among_flows_without_any_decides_nothing(write: Write) -> None:
    rows = [flow(str(m), f"2024-{m:02d}-15", 5, "") for m in range(1, 7)]
    path = write("f.csv", FTS, *rows, flow("9", "2024-06-30", 5, "2020"))
    assert set(status(load_series("fts", path, country="EAS")).values()) == {"used"}


def test_semicolons_are_found_beside_commas_of_decimals(write: Write) -> None:
    path = write("f.csv", "date;amountUSD;id", *(f"2024-01-01;1,5;{i},0" for i in range(9)))
    with pytest.raises(SeriesError, match="columns separated by semicolons"):
        load_series("fts", path)


def test_a_quarter_without_any_flow_is_doubtful(write: Write) -> None:
    rows = [flow("1", "2024-01-01", 5, ""), flow("2", "2024-09-30", 5, "")]
    loaded = load_series("fts", write("f.csv", FTS, *rows), country="EAS")
    assert status(loaded) == {"2024Q1": "used", "2024Q2": "doubtful", "2024Q3": "used"}
    path = write("g.csv", FTS, *rows, flow("3", "2024-05-01", 7, "", to="NOR"))
    assert status(load_series("fts", path, country="EAS"))["2024Q2"] == "used"


def test_money_entered_on_one_day_is_said_and_may_go_by_its_decision(write: Write) -> None:
    decided = ["2023-01-02", "2023-05-01", "2023-08-01", "2023-12-31"]
    rows = [flow(str(i), "2024-04-03", 1000, "", day) for i, day in enumerate(decided)]
    path = write("f.csv", FTS, *rows, flow("9", "2024-06-30", 500, ""))
    loaded = load_series("fts", path, country="EAS")
    assert note(loaded, "2024Q2") == "4000 of its 4500 were entered on one day, 2024-04-03"
    by_decision = load_series("fts", path, country="EAS", date_of="decision")
    assert {q: v for q, v in values(by_decision).items() if v} == {
        "2023Q1": 1000, "2023Q2": 1000, "2023Q3": 1000, "2023Q4": 1000, "2024Q2": 500,
    }  # fmt: skip
    with pytest.raises(
        SeriesError, match='date_of: found "decided"; allowed: flow, decision, report'
    ):
        load_series("fts", path, date_of="decided")


# ---------------------------------------------------------------- two statements about one thing


def both_ways(*paths: Path) -> list[list[Path]]:
    return [list(order) for order in permutations(paths)]


def test_a_newer_export_of_an_event_counts(write: Write) -> None:
    ends = [battle("E8", "2024-01-01", stamp="100"), battle("E9", "2024-06-30", stamp="100")]
    old = write(
        "a.csv",
        ACLED,
        *ends,
        battle("E1", "2024-02-01", deaths="9", stamp="100"),
        battle("E2", "2024-02-02", stamp="100"),
    )
    new = write(
        "b.csv",
        ACLED,
        battle("E1", "2024-04-01", deaths="3", stamp="200"),
        battle("E2", "2024-02-02", "Norland", stamp="200"),
    )
    for paths in both_ways(old, new):
        loaded = load_series("acled", paths, country="Eastland", measure="fatalities")
        assert values(loaded) == {"2024Q1": 1, "2024Q2": 4}
        assert reasons(loaded)["an older version of an id"] == 2


def test_an_id_with_other_numbers_makes_its_quarter_doubtful(write: Write) -> None:
    ends = [battle("E8", "2024-01-01"), battle("E9", "2024-06-30")]
    one = write("a.csv", ACLED, *ends, battle("E1", "2024-02-01", deaths="9"))
    two = write("b.csv", ACLED, battle("E1", "2024-02-01", deaths="3"))
    for paths in both_ways(one, two):
        loaded = load_series("acled", paths, country="Eastland", measure="fatalities")
        assert status(loaded) == {"2024Q1": "doubtful", "2024Q2": "used"}
        assert "E1 stands in the files twice, with other numbers" in note(loaded, "2024Q1")


def test_final_and_candidate_events_count_once(write: Write) -> None:
    days = ["2024-01-01", "2024-05-01", "2024-06-20", "2024-12-31"]
    final = [killing(str(i), day, 3) for i, day in enumerate(days)]
    candidate = [killing("900", "2024-05-01", 2), killing("901", "2024-06-20", 3)]
    paths = write("a.csv", UCDP, *final), write("b.csv", UCDP, *candidate)
    for order in both_ways(*paths):
        loaded = load_series("ucdp", order, country="EAS", measure="deaths")
        assert values(loaded) == {"2024Q1": 3, "2024Q2": 6, "2024Q3": 0, "2024Q4": 3}
        assert reasons(loaded) == {"an event of another file too (same days, sides and place)": 2}
        assert "3 in a.csv, which counts, 2 in b.csv" in note(loaded, "2024Q2")


def test_the_newest_release_counts_by_its_name(write: Write) -> None:
    days = ["2024-01-01", "2024-05-01", "2024-06-30"]
    old = write("GEDEvent_v24_0_6.csv", UCDP, *(killing(f"9{i}", d, 9) for i, d in enumerate(days)))
    new = write(
        "GEDEvent_v25_1.csv", UCDP, *(killing(f"1{i}", d, 1) for i, d in enumerate(days[1:]))
    )
    for order in both_ways(old, new):
        loaded = load_series("ucdp", order, country="EAS", measure="deaths")
        assert values(loaded) == {"2024Q1": 9, "2024Q2": 2}


def test_events_that_a_newer_release_does_not_have_are_doubtful(write: Write) -> None:
    final = write("v25_1.csv", UCDP, killing("1", "2024-01-01", 1), killing("2", "2024-06-30", 1))
    candidate = write("v24_0_3.csv", UCDP, killing("9", "2024-03-05", 4, "Another front"))
    for order in both_ways(final, candidate):
        loaded = load_series("ucdp", order, country="EAS", measure="deaths")
        assert status(loaded) == {"2024Q1": "doubtful", "2024Q2": "used"}
        assert "v24_0_3.csv has events that v25_1.csv" in note(loaded, "2024Q1")


def test_two_events_of_one_file_stay_two(write: Write) -> None:
    rows = [killing("1", "2024-01-01", 2), killing("2", "2024-01-01", 2)]
    other = write("b.csv", UCDP, killing("3", "2024-06-30", 1))
    loaded = load_series("ucdp", [write("a.csv", UCDP, *rows), other], measure="deaths")
    assert values(loaded)["2024Q1"] == 4


def bank(write: Write, name: str, updated: str, years: str, numbers: str) -> Path:
    return write(
        name,
        "Data Source,World Development Indicators,",
        "",
        *([f"Last Updated Date,{updated},"] if updated else []),
        f"{BANK},{years},",
        f"Eastland,EAS,GDP,NY.GDP,{numbers},",
    )


def test_the_vintage_that_was_updated_last_counts(write: Write) -> None:
    old = bank(write, "old.csv", "2022-07-01", "2018,2019,2020", "90,100,110")
    new = bank(write, "new.csv", "2023-07-01", "2019,2020,2021", "100,112,130")
    for order in both_ways(old, new):
        loaded = load_series("worldbank", order, country="EAS")
        assert values(loaded) == {"2018": 90, "2019": 100, "2020": 112, "2021": 130}
        assert status(loaded)["2018"] == "doubtful"
        assert reasons(loaded) == {"a year a second time": 1, "a year of an older file": 1}


def test_vintages_of_no_known_day_have_to_agree(write: Write) -> None:
    one = bank(write, "one.csv", "", "2019,2020", "100,110")
    two = bank(write, "two.csv", "2023-07-01", "2020,2021", "112,120")
    for order in both_ways(one, two):
        with pytest.raises(SeriesError, match=r"found 2020 as 11[02], which is 11[02] in"):
            load_series("worldbank", order, country="EAS")
    same = bank(write, "same.csv", "", "2020,2021", "110,120")
    loaded = load_series("worldbank", [one, same], country="EAS")
    assert values(loaded) == {"2019": 100, "2020": 110, "2021": 120}


# ---------------------------------------------------------------- layouts

TWO_YEARS = {"2021": 1000, "2022": 1010}


@pytest.mark.parametrize(
    "lines",
    [
        [
            "Series Name,Series Code,Country Name,Country Code,2021 [YR2021],2022 [YR2022]",
            '"Population, total",SP.POP,Eastland,EAS,1000,1010',
            '"Population, total",SP.POP,Norland,NOR,2000,..',
            ",,,,,",
            "Data from database: World Development Indicators,,,,,",
            "Last Updated: 10/10/2025",
        ],
        [
            "Country Name,Country Code,Series Name,Series Code,X2021..YR2021.,X2022..YR2022.",
            'Eastland,EAS,"Population, total",SP.POP,1000,1010',
            "Data from database: World Development Indicators",
        ],
        [
            "Country Name,Country ISO3,Year,Indicator Name,Indicator Code,Value",
            "#country+name,#country+code,#date+year,#indicator+name,#indicator+code,#value",
            'Eastland,EAS,2022,"Population, total",SP.POP,1010',
            'Eastland,EAS,2021,"Population, total",SP.POP,1000',
            'Norland,NOR,2021,"Population, total",SP.POP,5',
        ],
    ],
)
def test_layouts_of_the_world_bank(lines: list[str], write: Write) -> None:
    for country in ("EAS", "eastland"):
        loaded = load_series("worldbank", write("w.csv", *lines), country=country)
        assert values(loaded) == TWO_YEARS
        assert set(reasons(loaded)) <= {"another country"}


def test_a_databank_extract_with_years_in_rows_is_named(write: Write) -> None:
    path = write(
        "w.csv", "Time,Time Code,Country Name,Country Code,Population [SP.POP]", "1,1,E,E,1"
    )
    with pytest.raises(SeriesError, match="allowed: an extract with years in columns"):
        load_series("worldbank", path, country="EAS")


def month(number: int, events: int, deaths: int, kind: str = "political_violence") -> str:
    return f"EAS,0,{kind},{events},{deaths},2025-{number:02d}-01"


HAPI = [
    *(month(n, events, deaths) for n, events, deaths in ((1, 4, 2), (2, 0, 0), (3, 5, 7))),
    *(month(n, 9, 0, "demonstration") for n in (1, 2, 3, 4, 5, 6)),
]


def test_acled_by_month(write: Write) -> None:
    path = write("m.csv", MONTHS, *HAPI, "EAS,2,political_violence,4,2,2025-01-01")
    loaded = load_series("acled", path, country="EAS")
    # Demonstrations do not say that violence in the second quarter was none.
    assert (values(loaded), status(loaded)) == ({"2025Q1": 9}, {"2025Q1": "used"})
    assert reasons(loaded) == {
        "another event type": 6,
        "another administrative level of the same month": 1,
    }
    deaths = load_series("acled", path, country="EAS", measure="fatalities")
    assert values(deaths) == {"2025Q1": 9}
    marches = load_series("acled", path, country="EAS", event_type="Demonstration")
    assert values(marches) == {"2025Q1": 27, "2025Q2": 27}
    with pytest.raises(SeriesError, match='actor: found "Front"; allowed: none, in a table'):
        load_series("acled", path, country="EAS", actor="Front")


def test_acled_by_month_with_a_month_missing(write: Write) -> None:
    path = write("m.csv", "Country,Month,Year,Events,Fatalities", "Eastland,January,2025,4,2",
                 "Eastland,March,2025,5,7")  # fmt: skip
    loaded = load_series("acled", path, country="Eastland")
    assert (values(loaded), status(loaded)) == ({"2025Q1": 9}, {"2025Q1": "doubtful"})
    assert note(loaded, "2025Q1") == "the files cover 62 of its 90 days"


LAYOUTS = {
    "bank": ("worldbank", "\n".join([f"{BANK},2021,2022", "Eastland,EAS,GDP,NY.GDP,1000,1010"])),
    "rows": ("worldbank", "Country Name,iso3,Year,Indicator Code,Value\nEastland,EAS,2021,P,1"),
    "months": ("acled", "\n".join([MONTHS, *HAPI])),
    "events": ("acled", "\n".join(PLAIN)),
    "killings": ("ucdp", "\n".join([UCDP, killing("1", "2024-02-01", 3)])),
    "money": ("fts", "\n".join([FTS, *USAGE])),
}


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(LAYOUTS)),
    st.integers(0, 999),
    st.integers(0, 40),
    st.sampled_from(["", '"', ",", ";", "\n", "NA", "9" * 30, "-", "2024", ",,,", "\r", "..", "é"]),
)
def test_a_changed_layout_is_an_error_or_counted(
    tmp_path: Path, name: str, where: int, length: int, piece: str
) -> None:
    form, text = LAYOUTS[name]
    at = where * len(text) // 1000
    path = tmp_path / "data.csv"
    path.write_text(text[:at] + piece + text[at + length :], encoding="utf-8")
    for country in ("EAS", "Eastland"):
        try:
            loaded = load_series(form, path, country=country)
        except SeriesError as problem:
            str(problem).encode("utf-8")
        else:
            reasons(loaded)
            assert (loaded.frame.low <= loaded.frame.value).all()
            assert ((loaded.frame.status == "used") | (loaded.frame.note != "")).all()


# ---------------------------------------------------------------- the command


def run(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tightrope", "series", *map(str, args)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
    shown = capsys.readouterr()
    return int(stop.value.code or 0), shown.out + shown.err


def test_the_command_takes_what_the_functions_take() -> None:
    taken = set(inspect.signature(series_).parameters)
    for loader in FORMATS.values():
        assert set(list(inspect.signature(loader).parameters)[1:]) <= taken
    assert {"url", "first", "last"} <= taken
    page = (Path(__file__).parents[1] / "docs/evidence.md").read_text(encoding="utf-8")
    named = re.findall(r"--([a-z][a-z0-9-]*)", page.partition("## Public data")[2])
    assert {name.replace("-", "_") for name in named} - {"out"} <= taken


def test_the_command_reads_several_files_into_a_new_folder(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = write("a.csv", UCDP, killing("1", "2024-02-01", 3), killing("3", "2024-07-01", 1))
    two = write("b.csv", UCDP, killing("2", "2024-07-10", 1))
    out = tmp_path / "observations/deep/deaths.csv"
    code, said = run(
        capsys, "ucdp", one, two, "--country", "EAS", "--measure", "deaths", "--since",
        "2024-01-01", "--until", "2024-12-31", "--source", "UCDP", "--read", "2026-01-15",
        "--url", "https://a.test", "--first", "2024Q2", "--last", "2024Q3", "--out", out,
    )  # fmt: skip
    assert (code, said.splitlines()[0]) == (0, "3 rows read, 3 kept, in 4 quarters")
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [(row["quarter"], row["value"], row["status"], row["url"]) for row in rows] == [
        ("2024Q2", "0", "used", "https://a.test"),
        ("2024Q3", "2", "used", "https://a.test"),
        ("2024Q4", "0", "later", "https://a.test"),
    ]


def test_the_command_says_years_and_notes(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bank(write, "w.csv", "", "2019,2020", "100,110")
    common = ("--source", "x", "--read", "2026-01-15")
    code, said = run(
        capsys, "worldbank", path, "--country", "EAS", "--relative-error", "0.5",
        *common, "--out", tmp_path / "w-out.csv",
    )  # fmt: skip
    assert (code, said.splitlines()[0]) == (0, "2 rows read, 2 kept, in 2 years")
    assert "2019,100,50,150," in (tmp_path / "w-out.csv").read_text()
    money = write("f.csv", FTS, *USAGE)
    code, said = run(capsys, "fts", money, "--country", "EAS", *common, "--out", tmp_path / "f.out")
    assert "2023Q4 doubtful: the files hold money to be used in 2024" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--read": "soon"}, 'read: found "soon"; allowed: a date such as'),
        ({"--first": "2024"}, 'first: found "2024"; allowed: a quarter such as'),
        ({"--out": "missing.csv/x.csv"}, "found a file as a folder"),
        (
            {"--out": "missing.csv"},
            "is there already and is never written over",
        ),
    ],
)
def test_the_command_refuses_before_it_reads(
    change: dict[str, str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("missing.csv").write_text("not ours", encoding="utf-8")
    options = {"--source": "x", "--read": "2026-01-15", "--out": "o.csv"} | change
    code, shown = run(capsys, "fts", "none.csv", *(part for one in options.items() for part in one))
    assert code == 2
    assert said in shown
    assert Path("missing.csv").read_text(encoding="utf-8") == "not ours"
