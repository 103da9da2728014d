"""Public data in their published layouts (values made up), and files that are broken."""

from __future__ import annotations

import csv
import gzip
import math
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tightrope.errors import UseError
from tightrope.reading import load
from tightrope.sources import load_series
from tightrope.sources.tally import Loaded, poisson_interval, to_csv
from tightrope.sources.textfile import SeriesError
from tightrope.sources.ucdp import UCDP_COLUMNS
from tightrope.starter import copy_starter

EXTRACTS = Path(__file__).parent / "extracts"
FILES = {
    "gdelt": "gdelt1.csv",
    "ucdp": "ged.csv",
    "acled": "acled.csv",
    "worldbank": "worldbank.csv",
    "fts": "fts.csv",
}
ASKED: dict[str, dict[str, str]] = {
    "gdelt": {"actor1": "AFG", "actor2": "USA"},
    "ucdp": {"country": "Afghanistan"},
    "acled": {"country": "Afghanistan"},
    "worldbank": {"country": "AFG"},
    "fts": {"country": "AFG"},
}


def read(form: str, *files: str, **options: Any) -> Loaded:
    loaded = load_series(form, [EXTRACTS / file for file in files], **options)
    assert loaded.rows_read == loaded.kept + sum(d.count for d in loaded.dropped)
    assert all(d.count > 0 and d.example for d in loaded.dropped)
    assert (loaded.frame.low <= loaded.frame.value).all()
    assert (loaded.frame.value <= loaded.frame.high).all()
    return loaded


def values(loaded: Loaded) -> dict[str, float]:
    return dict(zip(loaded.frame.quarter, loaded.frame.value, strict=True))


def reasons(loaded: Loaded) -> dict[str, int]:
    return {dropped.reason: dropped.count for dropped in loaded.dropped}


def complaint(form: str, path: Path, **options: Any) -> str:
    with pytest.raises(SeriesError) as caught:
        load_series(form, path, **(options or ASKED[form]))
    assert isinstance(caught.value, UseError)
    return str(caught.value).removeprefix(f"{path}:")


# ---------------------------------------------------------------- published layouts


def test_gdelt_counts_events_of_one_actor_upon_another() -> None:
    # Of nine rows: 1001, 1002, 1003 in the first quarter, 1005 in the second.
    loaded = read("gdelt", "gdelt1.csv", actor1="AFG", actor2="USA")
    assert values(loaded) == {"2022Q1": 3, "2022Q2": 1}
    assert (loaded.rows_read, loaded.kept) == (9, 4)
    assert reasons(loaded) == {
        "an id a second time": 1,
        "another actor 1": 2,
        "a day of the event that cannot be read": 1,
        "an event long before or after what the files cover": 1,
    }
    assert loaded.dropped[0].example == "gdelt1.csv:4: 1003"
    assert loaded.covers == ("2022-01-10", "2022-06-28")
    assert loaded.measure == "events in a quarter"


def test_gdelt_goldstein_is_a_mean_with_an_interval() -> None:
    loaded = read("gdelt", "gdelt1.csv", actor1="AFG", actor2="USA", measure="goldstein")
    # 1, -4, -7: mean -10/3, variance 49/3; 1005 has no value.
    assert values(loaded) == {"2022Q1": pytest.approx(-10 / 3)}
    half = 1.6449 * math.sqrt(49 / 3 / 3)
    assert loaded.frame.high[0] - loaded.frame.value[0] == pytest.approx(half)
    assert reasons(loaded)["no goldstein between -10 and 10"] == 1


def test_gdelt_tone_from_files_of_both_versions_leaves_the_gap_between_them_open() -> None:
    loaded = read("gdelt", "gdelt1.csv", "gdelt2.csv", actor1="afg", actor2="usa", measure="tone")
    assert values(loaded) == {"2022Q1": -4.5, "2022Q2": 3.0, "2023Q1": 0.0}
    assert list(loaded.frame.status) == ["used", "doubtful", "used"]
    assert loaded.frame.note[1].startswith("one event: no interval; 1 left out that may belong")


def test_quarters_between_files_are_not_zero() -> None:
    loaded = read("gdelt", "gdelt1.csv", "gdelt2.csv", actor1="AFG", actor2="USA")
    assert list(loaded.frame.quarter) == ["2022Q1", "2022Q2", "2023Q1"]


def test_gdelt_root_codes_and_actor_codes() -> None:
    loaded = read("gdelt", "gdelt1.csv", actor1="AFG", actor2="USA", root="13")
    assert values(loaded) == {"2022Q1": 2, "2022Q2": 0}
    assert values(read("gdelt", "gdelt1.csv", actor1="AFGGOV", root="4")) == {
        "2022Q1": 1,
        "2022Q2": 1,
    }
    assert values(read("gdelt", "gdelt1.csv", actor1="USA", actor2="AFG")) == {
        "2022Q1": 0,
        "2022Q2": 1,
    }


def test_gdelt_files_up_to_2013_cover_the_days_of_their_events() -> None:
    loaded = read("gdelt", "gdelt_backfile.csv", actor1="AFG", actor2="USA")
    assert values(loaded) == {"2005Q1": 1, "2005Q2": 0, "2005Q3": 0, "2005Q4": 1}


def test_ucdp_counts_events_in_a_country() -> None:
    loaded = read("ucdp", "ged.csv", country="Afghanistan")
    # 501, 502; none; 503 and 507. Pakistan's row says that the file covers 2022Q1.
    assert values(loaded) == {"2021Q3": 2, "2021Q4": 0, "2022Q1": 2}
    assert reasons(loaded) == {
        "an id a second time": 1,
        "began in one quarter and ended in another": 1,
        "another country": 1,
        "a day that cannot be read": 1,
        "no country": 1,
    }


def test_ucdp_deaths_have_the_published_interval_and_candidates_may_lack_a_header() -> None:
    options = {"country": "afghanistan", "measure": "deaths"}
    loaded = read("ucdp", "ged.csv", "candidate.csv", **options)
    assert values(loaded) == {"2021Q3": 7, "2021Q4": 0, "2022Q1": 0, "2022Q2": 3}
    assert list(loaded.frame.low) == [6, 0, 0, 3]
    assert list(loaded.frame.high) == [11, 0, 3, 4]
    assert reasons(loaded)["deaths (low, best, high) that are no counts in order"] == 1
    assert reasons(loaded)["an id a second time"] == 2
    assert len(UCDP_COLUMNS) == 49


def test_ucdp_sides_by_part_of_the_name() -> None:
    loaded = read("ucdp", "ged.csv", country="Afghanistan", side="nrf")
    assert values(loaded) == {"2021Q3": 0, "2021Q4": 0, "2022Q1": 1}


def test_acled_events() -> None:
    loaded = read("acled", "acled.csv", country="Afghanistan")
    # AFG1, AFG2, AFG3; none; AFG4 and AFG6. Both ways of writing days.
    assert values(loaded) == {"2023Q1": 3, "2023Q2": 0, "2023Q3": 2}
    assert reasons(loaded) == {
        "an id a second time": 1,
        "a day that cannot be read": 1,
        "another country": 1,
        "no event id": 1,
    }
    low, high = loaded.frame.low[0], loaded.frame.high[0]
    assert (low, high) == (pytest.approx(0.8177, abs=1e-4), pytest.approx(7.7537, abs=1e-4))


def test_acled_fatalities_of_an_actor() -> None:
    loaded = read(
        "acled",
        "acled.csv",
        country="Afghanistan",
        actor="taliban",
        event_type="battles",
        measure="fatalities",
        since="2023-01-01",
        until="2023-12-31",
    )
    # 3 + 1: as many equal parts as scatter so are 16/10 of 10/4 each.
    assert values(loaded) == {"2023Q1": 4, "2023Q2": 0, "2023Q3": 0, "2023Q4": 0}
    assert loaded.frame.high[0] == pytest.approx(poisson_interval(1.6, 2.5)[1])
    assert reasons(loaded)["fatalities that are no count"] == 1


def test_worldbank_years_of_a_country() -> None:
    for country in ("AFG", "afghanistan"):
        loaded = read("worldbank", "worldbank.csv", country=country)
        expected = {"2018": 1.2, "2019": 3.9, "2020": -2.4, "2021": -20.7, "2022": -6.2}
        assert values(loaded) == expected
    assert loaded.rows_read == 21
    assert reasons(loaded) == {"another country": 14, "no number": 2}
    assert loaded.frame.low[3] == pytest.approx(-20.7 * 1.05)
    assert loaded.measure == "NY.GDP.MKTP.KD.ZG"


def test_fts_adds_up_what_is_paid_and_committed() -> None:
    loaded = read("fts", "fts.csv", country="AFG")
    assert values(loaded) == {"2022Q1": 1_500_000, "2022Q2": 0, "2022Q3": 250_000}
    assert reasons(loaded) == {
        "an id a second time": 1,
        "another status": 1,
        "several destinations": 1,
        "an amount that is missing or negative": 1,
        "within or out of the country": 1,
        "a day that cannot be read": 1,
        "no destination": 1,
        "another destination": 1,
    }
    assert values(read("fts", "fts.csv", country="AFG", status="pledge"))["2022Q1"] == 7_000_000
    assert loaded.frame.low[0] == pytest.approx(1_350_000)
    assert loaded.frame.high[0] == pytest.approx(1_650_000)


def test_a_quarter_that_files_hardly_cover_is_doubtful() -> None:
    loaded = read("acled", "acled.csv", country="Afghanistan", since="2023-02-01")
    assert values(loaded) == {"2023Q1": 2, "2023Q2": 0, "2023Q3": 2}
    assert list(loaded.frame.status) == ["doubtful", "used", "used"]
    assert loaded.frame.note[0] == "the files cover 59 of its 90 days"
    assert reasons(loaded)["outside since and until"] == 1


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0, 2.996), (1, 0.051, 4.744), (10, 5.425, 16.962)]
)
def test_the_interval_of_a_count_is_that_of_garwood(count: int, low: float, high: float) -> None:
    found = poisson_interval(count)
    assert found == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


# ---------------------------------------------------------------- what is written


def test_a_table_of_observations() -> None:
    loaded = read("acled", "acled.csv", country="Afghanistan", since="2023-02-01")
    text = to_csv(
        loaded,
        'ACLED, "export"',
        "2026-01-15",
        url="https://acleddata.com",
        first="2023Q1",
        last="2023Q2",
    )
    rows = list(csv.DictReader(text.splitlines()))
    assert [(r["quarter"], r["value"], r["status"]) for r in rows] == [
        ("2023Q1", "2", "doubtful"),
        ("2023Q2", "0", "used"),
        ("2023Q3", "2", "later"),
    ]
    assert rows[0]["source"] == 'ACLED, "export"'
    assert rows[0]["note"] == "the files cover 59 of its 90 days"


def test_a_table_can_be_read_in_a_case(tmp_path: Path) -> None:
    folder = copy_starter(tmp_path / "harbour")
    loaded = read("worldbank", "worldbank.csv", country="AFG")
    text = to_csv(loaded, "World Bank", "2026-01-15", first="2018Q4", last="2021Q4")
    (folder / "observations").mkdir()
    (folder / "observations/growth.csv").write_text(text, encoding="utf-8")
    (folder / "observations.yaml").write_text(
        "growth: {stands for: welcome, link: change, error: 2}\n"
    )
    (folder / "history.yaml").write_text("start: 2018Q4\nend: 2021Q4\n")
    (series,) = load(folder).series
    assert [(p.quarter, p.first, p.value, p.used, p.later) for p in series.points] == [
        ("2019", 1, 3.9, True, False),
        ("2020", 5, -2.4, True, False),
        ("2021", 9, -20.7, True, False),
        ("2022", 13, -6.2, False, True),
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"read": "15.1.2026"}, 'read: found "15.1.2026"; allowed: a date such as'),
        ({"source": " "}, "source: found nothing; allowed: where the number can be looked up"),
        ({"last": "2025"}, 'last: found "2025"; allowed: a quarter such as 2025Q4'),
    ],
)
def test_a_table_needs_a_source_and_a_day(options: dict[str, str], said: str) -> None:
    loaded = read("acled", "acled.csv")
    given = {"source": "ACLED", "read": "2026-01-15"} | options
    with pytest.raises(SeriesError) as caught:
        to_csv(loaded, given.pop("source"), given.pop("read"), **given)
    assert str(caught.value).startswith(said)


# ---------------------------------------------------------------- options that fit nothing


@pytest.mark.parametrize(
    ("form", "options", "said"),
    [
        ("acledd", {}, 'there is no format "acledd"; allowed: gdelt, ucdp, acled, worldbank, fts'),
        (
            "acled",
            {"actr": "x"},
            'the format acled has no option "actr"; allowed: country, actor, ',
        ),
        ("acled", {"measure": "deaths"}, 'measure: found "deaths"; allowed: events, fatalities'),
        ("acled", {"since": "2023"}, 'since: found "2023"; allowed: a date such as 2026-11-24'),
        (
            "acled",
            {"country": "Afganistan"},
            'country: found no "Afganistan" among 9 rows; allowed: Afghanistan, Pakistan; did you '
            'mean "Afghanistan"?',
        ),
        (
            "acled",
            {"country": "Afghanistan", "event_type": "Battle"},
            'event_type: found no "Battle" among 9 rows; allowed: Armed clash, Attack, Battles, ',
        ),
        ("acled", {"actor": "ISKP"}, 'actor: found no "ISKP" among 9 rows; allowed: '),
        (
            "acled",
            {"country": "Pakistan", "actor": "NRF"},
            'actor: found no "NRF" among 9 rows; allowed: Military Forces of Pakistan, TTP',
        ),
        ("ucdp", {"side": "nobody"}, 'side: found no "nobody" among 9 rows; allowed: '),
        ("gdelt", {"actor1": "FRA"}, 'actor1: found no "FRA" among 9 rows; allowed: AFG, AFGGOV'),
        ("gdelt", {"root": "21"}, 'root: found "21"; allowed: an event root code from 01 to 20'),
        ("worldbank", {}, "country: found nothing; allowed: a code such as AFG, or a name"),
        ("worldbank", {"country": "AFH"}, 'country: found no "AFH" among 21 rows; allowed: '),
        (
            "worldbank",
            {"country": "AFG", "indicator": "GDP"},
            'indicator: found no "GDP" among 21 rows; allowed: GDP growth (annual %), NY.GDP',
        ),
        (
            "fts",
            {"status": "payed"},
            'status: found "payed"; allowed: paid, commitment, pledge; did',
        ),
        ("fts", {"relative_error": 2}, "relative_error: found 2; allowed: a number above 0 and"),
    ],
)
def test_an_option_that_fits_nothing(form: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(SeriesError) as caught:
        load_series(form, EXTRACTS / FILES.get(form, "acled.csv"), **options)
    assert str(caught.value).startswith(said)


def test_options_that_are_empty_are_as_not_given() -> None:
    assert read("acled", "acled.csv", actor=None, event_type="").kept == 6


def test_nothing_to_keep_says_why() -> None:
    with pytest.raises(SeriesError) as caught:
        read("acled", "acled.csv", since="2024-01-01")
    said = "found nothing to keep among 9 rows; dropped: outside since and until: 8, such as acled"
    assert str(caught.value).startswith(said)


# ---------------------------------------------------------------- broken files


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "1: found an empty file; allowed: rows of data"),
        (b" \r\n\n", "1: found an empty file; allowed: rows of data"),
        (
            b"\xef\xbb\xbf\n<!DOCTYPE html><html><body>Please log in</body></html>",
            "1: found a web page or XML rather than data (a login or an error page?); allowed: ",
        ),
        (b'{"status": 200, "data": []}', "1: found JSON; allowed: the export as CSV"),
        (gzip.compress(b"id,best\n"), "1: found a gzip archive; allowed: "),
        ("id,best\n".encode("utf-16"), "1: found UTF-16; allowed: text in UTF-8"),
        (b"id,\0best\n", "1: found the byte 0x00; allowed: text in UTF-8"),
        (b"x" * (1 << 20), "1: found a line of more than 1 MiB; allowed: shorter lines"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "1: found "),
        (b"Some text\nabout nothing\n", "1: found "),
        (b"%PDF-1.7\n", "1: found a PDF; allowed: a text file"),
    ],
)
def test_a_file_that_is_something_else(form: str, data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(data)
    assert complaint(form, path).startswith(said)


@pytest.mark.parametrize("form", FILES)
def test_an_archive_has_to_be_unzipped(form: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(EXTRACTS / FILES[form], "data.csv")
    said = "1: found a ZIP archive; allowed: the text file in it; unzip it first"
    assert complaint(form, path) == said


@pytest.mark.parametrize("form", FILES)
def test_a_file_in_another_format(form: str) -> None:
    for other, file in FILES.items():
        if other != form:
            assert "allowed: " in complaint(form, EXTRACTS / file)


@pytest.mark.parametrize("form", FILES)
def test_a_file_that_is_missing(form: str, tmp_path: Path) -> None:
    assert complaint(form, tmp_path / "data.csv") == " found no such file"
    assert "cannot be read" in complaint(form, tmp_path)


@pytest.mark.parametrize("form", ["ucdp", "acled", "worldbank", "fts"])
@pytest.mark.parametrize(("mark", "called"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_delimiter(form: str, mark: str, called: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    with (EXTRACTS / FILES[form]).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=mark).writerows(rows)
    assert f"found columns separated by {called}; allowed: columns separated" in complaint(
        form, path
    )


def test_gdelt_with_commas_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text((EXTRACTS / "gdelt1.csv").read_text().replace("\t", ","))
    assert complaint("gdelt", path).startswith("1: found columns separated by commas; allowed: 57")


def test_other_tables_of_gdelt_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("\t".join(["1"] * 16) + "\n")
    said = "1: found 16 columns separated by tabs (GDELT mentions have as many); allowed: 57 or 58"
    assert complaint("gdelt", path).startswith(said)
    path.write_text("\t".join(["GLOBALEVENTID"] * 58) + "\n")
    assert complaint("gdelt", path).startswith('1: found "GLOBALEVENTID"; allowed: an event id')


@pytest.mark.parametrize("form", FILES)
def test_a_last_row_that_is_cut_off(form: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    text = (EXTRACTS / FILES[form]).read_text(encoding="utf-8")
    path.write_text(text[:-30] if form == "gdelt" else text.rstrip().rsplit(",", 4)[0])
    said = complaint(form, path)
    assert "fields in the last row; allowed: " in said or "a quote that is not closed" in said


@pytest.mark.parametrize("form", ["gdelt", "ucdp", "acled", "fts"])
def test_a_row_that_is_cut_off_within_the_file_is_counted(form: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    lines = (EXTRACTS / FILES[form]).read_text(encoding="utf-8").splitlines(keepends=True)
    lines.insert(-2 if form == "ucdp" else -1, "1\n")
    path.write_text("".join(lines), encoding="utf-8")
    before = read(form, FILES[form], **ASKED[form])
    after = load_series(form, path, **ASKED[form])
    assert values(after) == values(before)
    assert reasons(after)["too many or too few fields"] == 1
    assert after.rows_read == before.rows_read + 1


@pytest.mark.parametrize(
    ("form", "column"),
    [("ucdp", "date_start"), ("acled", "fatalities"), ("fts", "amountUSD")],
)
def test_a_missing_column(form: str, column: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    text = (EXTRACTS / FILES[form]).read_text(encoding="utf-8")
    path.write_text(text.replace(column, column + "s", 1), encoding="utf-8")
    said = complaint(form, path)
    assert said.startswith(f'1: found no column "{column}" among ')
    assert said.endswith(f'; did you mean "{column}s"?')


def test_a_worldbank_file_without_names_or_with_two_indicators(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    text = (EXTRACTS / "worldbank.csv").read_text(encoding="utf-8")
    path.write_text(text.replace("Country Code", "Code"))
    assert complaint("worldbank", path).startswith('5: found no column "Country Code" among ')
    more = text.splitlines(keepends=True)[6].replace("NY.GDP.MKTP.KD.ZG", "NY.GDP.MKTP.CD")
    path.write_text(text + more)
    said = "9: found a second indicator, NY.GDP.MKTP.CD; allowed: one, or the option indicator"
    assert complaint("worldbank", path) == said
    loaded = load_series("worldbank", path, country="AFG", indicator="ny.gdp.mktp.cd")
    assert reasons(loaded)["another indicator"] == 7


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes((EXTRACTS / "acled.csv").read_bytes().replace(b"A town", b"Caf\xe9", 1))
    said = "2: found the byte 0xe9, which is not UTF-8; allowed: text in UTF-8"
    assert complaint("acled", path) == said
    path.write_bytes((EXTRACTS / "gdelt1.csv").read_bytes().replace(b"NAME", b"N\xe9", 3))
    loaded = load_series("gdelt", path, **ASKED["gdelt"])
    assert values(loaded) == values(read("gdelt", "gdelt1.csv", **ASKED["gdelt"]))


def test_files_are_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    line = (EXTRACTS / "gdelt1.csv").read_text().splitlines(keepends=True)[4]
    with path.open("w") as file:
        for i in range(20_000):
            file.write(f"{i}{line}")
        file.write((EXTRACTS / "gdelt1.csv").read_text())
    assert path.stat().st_size > 4_000_000
    load_series("gdelt", EXTRACTS / "gdelt1.csv", **ASKED["gdelt"])
    tracemalloc.start()
    loaded = load_series("gdelt", path, **ASKED["gdelt"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (loaded.rows_read, loaded.kept) == (20_009, 4)
    assert peak < 1_000_000


# ---------------------------------------------------------------- by chance

DAYS = {
    "01 January 2023": "2023Q1",
    "2023-04-05": "2023Q2",
    "30 December 2023": "2023Q4",
    "31/12/2023": "",
    "30 February 2023": "",
    "": "",
}
row = st.fixed_dictionaries(
    {
        "event_id_cnty": st.sampled_from(["A1", "A2", "A3", "A4", "A5", ""]),
        "event_date": st.sampled_from(sorted(DAYS)),
        "country": st.sampled_from(["Afghanistan", "Pakistan", ""]),
        "actor1": st.sampled_from(["Taliban", "Other, actor", 'A "quoted" one']),
        "fatalities": st.sampled_from(["0", "3", "12", "-1", "two", "1.5", "NaN", ""]),
        "notes": st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=5),
    }
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(row, max_size=30))
def test_every_row_is_kept_or_counted(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    with (EXTRACTS / "acled.csv").open(newline="") as file:
        header = next(csv.reader(file))
    path = tmp_path / "data.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="x")
        writer.writeheader()
        writer.writerows(rows)
    expected: dict[str, int] = {}
    ids = set()
    for r in rows:
        quarter, deaths, name = DAYS[r["event_date"]], r["fatalities"], r["event_id_cnty"]
        sound = quarter and r["country"] == "Afghanistan" and name and deaths.isdecimal()
        if sound and name not in ids:
            ids.add(name)
            expected[quarter] = expected.get(quarter, 0) + int(deaths)
    try:
        loaded = load_series("acled", path, country="Afghanistan", measure="fatalities")
    except SeriesError:
        assert not ids
        return
    assert loaded.rows_read == len(rows) == loaded.kept + sum(d.count for d in loaded.dropped)
    assert loaded.kept == len(ids)
    assert {q: v for q, v in values(loaded).items() if v} == {
        q: v for q, v in expected.items() if v
    }


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(FILES)),
    st.integers(0, 999),
    st.integers(0, 200),
    st.sampled_from([b"", b'"', b",", b"\t", b"\n", b"\0", b"\xff", b"9" * 40, b"-", b"#", b"\r"]),
)
def test_changed_bytes_are_an_error_or_counted(
    tmp_path: Path, form: str, where: int, length: int, piece: bytes
) -> None:
    data = (EXTRACTS / FILES[form]).read_bytes()
    at = where * len(data) // 1000
    path = tmp_path / "data.csv"
    path.write_bytes(data[:at] + piece + data[at + length :])
    try:
        loaded = load_series(form, path, **ASKED[form])
    except SeriesError as problem:
        str(problem).encode("utf-8")
        return
    assert loaded.rows_read == loaded.kept + sum(d.count for d in loaded.dropped)
