"""Text is text: in the terminal, in Markdown and in CSV it is shown, never obeyed."""

from __future__ import annotations

import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.table import Table
from rich.text import Text

import tightrope
from tightrope.cli.console import PlainConsole
from tightrope.text import characters, plain, wording
from tightrope.text.table import csv_text

HOSTILE = (
    "[/war] [red]x[/] :smile: \x1b[31mred\x1b[0m \u202egnp.exe\u2069 a|b `c` *d* __e__ <b>f</b> "
    "![g](http://h) &amp; ~~i~~ =1+1 datum.x \U0001f480\r\n# j\n- k\n> l"
)
ANY = st.text(max_size=40)
MARKS = st.text(alphabet="\\`*_{}[]()<>#+-=.!|~&:/ \t\n\r1a'\"$", max_size=20)
CELLS = st.one_of(ANY, st.text(alphabet="'=+-@\t\r\n 1.e\uff1d,\";", max_size=12))
TEXT = st.one_of(ANY, MARKS, st.just(HOSTILE))
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


# ---------------------------------------------------------------- terminal


@given(TEXT)
def test_what_is_shown_hides_nothing_and_acts_on_nothing(text: str) -> None:
    said = characters.shown(text)
    assert not any(map(characters.hidden, said))
    assert characters.shown(said) == said
    if not any(map(characters.hidden, text)):
        assert said == text


def test_hidden_characters_are_written_out() -> None:
    assert characters.shown("a\x1b[31m\u202eb\x9b\n\ud800") == "a\\x1b[31m\\u202eb\\x9b\\n\\ud800"
    assert characters.shown("a\nb", keep="\n") == "a\nb"


def printed(*things: object, encoding: str = "utf-8", **settings: object) -> str:
    """What a console writes on such an output."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    console = PlainConsole(file=file, **settings)
    console.print(*things)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_a_console_prints_text_as_it_stands(encoding: str) -> None:
    table = Table(HOSTILE, title=HOSTILE)
    table.add_row(HOSTILE)
    table.add_row(Text(HOSTILE, "bold red"))
    said = printed(HOSTILE, table, encoding=encoding, width=1000)
    for part in ("[/war] [red]x[/] :smile:", "\\x1b[31mred", "\\u202egnp.exe\\u2069"):
        assert said.count(part) == 5
    assert not [c for c in said if characters.hidden(c) and c != "\n"]


def test_styles_stay_where_they_were() -> None:
    text = Text.assemble(("\x1bred", "red"), "-", ("blue", "blue"))
    said = printed(text, force_terminal=True, color_system="standard")
    assert "\x1b[31m\\x1bred\x1b[0m-\x1b[34mblue\x1b[0m" in said


def test_bars_and_dashes_have_a_plain_form() -> None:
    assert printed("\u2588\u2588\u2591 \u00b1 1 \u2026 \u00e9", encoding="ascii") == (
        "##. +- 1 ... \\xe9\n"
    )


def test_only_a_terminal_wraps() -> None:
    words = "many words " * 40
    assert printed(words).count("\n") == 1
    assert printed(words, width=80).count("\n") > 4
    table = Table(*(f"column {i}" for i in range(30)))
    table.add_row(*("a cell of some words" for _ in range(30)))
    assert printed(table).count("a cell of some words") == 30


# ---------------------------------------------------------------- Markdown


def tokens(text: str) -> list[Token]:
    """All tokens, those inside of others too."""
    return [t for block in PARSER.parse(text) for t in (block, *(block.children or ()))]


def words(text: str) -> str:
    return "".join(t.content for t in tokens(text) if t.type in ("text", "code_inline"))


def kinds(text: str) -> set[str]:
    return {t.type for t in tokens(text)}


@given(TEXT)
def test_markdown_reads_as_the_text_stands(text: str) -> None:
    flat = plain.flat(text)
    assert kinds(plain.markdown(text)) <= {
        "paragraph_open", "inline", "text", "text_special", "paragraph_close"
    }  # fmt: skip
    for written, around in (
        (plain.markdown(text), ""),
        (f"# {plain.inline(text)}", "heading_open"),
        (f"- {plain.markdown(text)}", "list_item_open"),
        (f"x {plain.bold(text)} y", ""),
    ):
        found = words(written)
        assert found == f"x {flat} y" if written.startswith("x ") and flat else flat in found
        seen = kinds(written)
        assert not seen & {"html_inline", "html_block", "link_open", "image", "s_open", "hr"}
        assert not seen & {"code_inline", "code_block", "fence", "blockquote_open", "softbreak"}
        assert not around or around in seen or not flat


@given(TEXT)
def test_code_reads_as_the_text_stands(text: str) -> None:
    written = f"by {plain.code(text)}, x"
    if plain.flat(text):
        (found,) = (t.content for t in tokens(written) if t.type == "code_inline")
        assert found == plain.flat(text)


@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=3))
def test_a_table_keeps_its_rows_and_columns(rows: list[list[str]]) -> None:
    written = "\n".join(plain.markdown_table(rows[0], rows, numbers=(1,)))
    found = PARSER.parse(written)
    assert sum(t.type == "tr_open" for t in found) == len(rows) + 1
    cells = [found[i + 1] for i, t in enumerate(found) if t.type in ("th_open", "td_open")]
    said = ["".join(c.content for c in cell.children or ()) for cell in cells]
    assert said == [plain.flat(cell) for row in (rows[0], *rows) for cell in row]
    assert not kinds(written) & {"html_inline", "link_open", "image", "code_inline"}


# ---------------------------------------------------------------- CSV


@given(CELLS)
def test_no_cell_is_a_formula_and_each_reads_back(text: str) -> None:
    cell = plain.to_cell(text)
    assert plain.from_cell(cell) == text
    start = re.match(r"\s*([=+\-@\t\r])", cell)
    assert start is None or plain.NUMBER.fullmatch(cell)


@given(
    st.lists(st.tuples(CELLS, CELLS, st.floats(), st.booleans()), min_size=1, max_size=5),
    st.lists(CELLS, min_size=4, max_size=4, unique=True),
)
def test_a_table_reads_back_as_it_was(
    rows: list[tuple[str, str, float, bool]], heads: list[str]
) -> None:
    frame = pd.DataFrame(rows, columns=heads)
    with TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_text(csv_text(frame), encoding="utf-8", newline="")
        found = tightrope.read_csv(path, text=heads[:2])
    assert list(found.columns) == heads
    for place in (0, 1):
        assert found.iloc[:, place].tolist() == frame.iloc[:, place].tolist()
    numbers = found.iloc[:, 2].replace("", np.nan).astype(float)
    np.testing.assert_array_equal(numbers, frame.iloc[:, 2])
    assert found.iloc[:, 3].tolist() == frame.iloc[:, 3].tolist()


def test_numbers_stay_numbers() -> None:
    frame = pd.DataFrame({"a": [-1.5, 2.0], "b": ["-1+2", "-1.5"], "c": [-3, 4]})
    assert csv_text(frame) == "a,b,c\n-1.5,'-1+2,-3\n2.0,-1.5,4\n"
    assert plain.to_cell(-1.5) == -1.5


# ---------------------------------------------------------------- shares


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=4).filter(any))
def test_shares_add_up(counts: list[int]) -> None:
    shares = [n / sum(counts) for n in counts]
    said = wording.percents(shares)
    whole = [int(s.split()[0]) for s in said if s[0].isdigit()]
    open_ends = len(said) - len(whole)
    assert sum(whole) == 100 or (open_ends and sum(whole) <= 100)
    assert sum(whole) + open_ends >= 100 or "over 99 %" in said
    for share, text in zip(shares, said, strict=True):
        assert (share == 0) == (text == "0 %")
        if text == "under 1 %":
            assert 0 < share < 0.01
        elif text == "over 99 %":
            assert 0.99 < share < 1
        else:
            assert abs(int(text.split()[0]) - 100 * share) <= 1


def test_all_worlds_are_said() -> None:
    row = {"share": 0.0, "small": 1.0, "opposite": 0.0, "direction": 0.28, "effect_low": -0.2,
           "effect_high": 0.1}  # fmt: skip
    assert wording.split_words(row) == "0 % as argued, 100 % too small"
    assert wording.sign_words(row) == "sign as argued in 28 %, at any size"
    nothing = row | {"direction": 0.0, "effect_low": 0.0, "effect_high": 0.0}
    assert wording.sign_words(nothing) == "no difference in nine worlds in ten"
    both = {"share": 0.5, "small": 0.25, "opposite": 0.25}
    assert wording.split_words(both) == "50 % as argued, 25 % too small, 25 % the opposite"
    assert wording.sign_words({"small": 0.0}) == ""


@given(st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any), st.integers(1, 40))
def test_a_bar_has_all_its_cells(parts: list[int], count: int) -> None:
    shares = [part / sum(parts) for part in parts]
    cells = wording.cells_of(shares, count)
    assert sum(cells) == count
    assert all(abs(c - count * s) < 1 for c, s in zip(cells, shares, strict=True))
