"""Every command line and every piece of Python in README and docs/ works as it stands there.

Command lines on the Kabul case run here on the starter in its place, at a small size: the same
command with the same options. That Kabul has the names is asked of its files.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tightrope
from conftest import Command
from tightrope import Case
from tightrope.case.mechanism import Mechanism
from tightrope.cli.commands import TABLE
from tightrope.cli.commands import command as made

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])
STANDS_FOR = {
    "kabul": "harbour", "war": "storm", "neutrality": "careful", "economy": "trade",
    "survival": "trust", "western_trust": "trust", "belief,even_at": "belief,even_at",
    "image-abroad": "crowd-at-speeches", "course-2026": "storm-of-2027",
    "1.2-image": "words-cost-trust", "talks_on_pressure": "applause",
    "sanctions_make_pressure": "ships_come",
}  # fmt: skip
"""Names of the Kabul case, and those of the starter in their place."""

OWN_RECORD = {
    "hindcast": "the starter has no record",
    "weigh": "likewise",
    "game": "the starter has no game",
}
"""Commands that the starter cannot answer: they run on Kabul, which takes longer."""

WAITS = {"studio"}
"""Commands that serve until they are stopped; tests/test_studio.py does what they are for."""

SMALL = {"--worlds": "16", "--quarters": "8", "--basis-worlds": "8", "--unseen": "16",
         "--population": "8", "--generations": "2", "--size": "0"}  # fmt: skip
LEAST = {
    "game": {"--worlds": "64"},
    "influence": {"--worlds": "20"},
    "robust": {"--worlds": "50", "--choice": "doubled"},
    "forecast": {"--worlds": "20"},
    "worth": {"--worlds": "100"},
    "search": {"--population": "84"},
}


def blocks(language: str) -> Iterator[str]:
    """The fenced blocks of a language, page by page."""
    for page in PAGES:
        yield from re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.S)


def console() -> list[list[str]]:
    """What is typed after `$` in the console blocks, in words, without comments."""
    lines = [line[2:] for b in blocks("console") for line in b.splitlines() if line[:2] == "$ "]
    return [shlex.split(line, comments=True) for line in lines]


def inline() -> list[list[str]]:
    """Commands within sentences, in backticks."""
    found = [t for p in PAGES for t in re.findall(r"`((?:tightrope|make) [^`]+)`", p.read_text())]
    return [shlex.split(" ".join(text.split())) for text in dict.fromkeys(found)]


TYPED = [line[1:] for line in console() if line[0] == "tightrope"]
SAID = [line[1:] for line in inline() if line[0] == "tightrope"]
TARGETS = sorted({line[1] for line in (*console(), *inline()) if line[0] == "make"})


def options_of(name: str) -> set[str]:
    command = made(name)
    return {o for p in command.params for o in (*p.opts, *p.secondary_opts) if o[:2] == "--"}


def parsed(words: list[str]) -> dict[str, Any]:
    """What the command line's own parser makes of it; an option that is not there fails."""
    command = made(words[0])
    context = command.make_context(words[0], [], resilient_parsing=True)
    context.resilient_parsing = False
    given, rest, _ = command.make_parser(context).parse_args(args=list(words[1:]))
    assert not rest, f"more than {words[0]} takes: {rest}"
    return dict(given)


def small(words: list[str]) -> list[str]:
    """The line with the starter for Kabul, and the smallest numbers for what it does not say."""
    line = ["=".join(STANDS_FOR.get(part, part) for part in word.split("=")) for word in words]
    sizes = SMALL | LEAST.get(words[0], {})
    for option in sorted(options_of(words[0]) & set(sizes)):
        if option in line:
            line[line.index(option) + 1] = sizes[option]
        else:
            line += [option, sizes[option]]
    if "--trust" in options_of(words[0]) and "--trust" not in line:
        line.append("--trust")
    return line


def test_there_are_lines_to_try() -> None:
    assert len(TYPED) >= 15
    elsewhere = {"series", "worker"}  # with files that are not here; waits for others
    assert {line[0] for line in TYPED} >= set(TABLE) - elsewhere
    assert len(TARGETS) >= 4


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_every_line_of_a_console_runs(
    command: Command, starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    words: list[str],
) -> None:  # fmt: skip
    if words[0] in (*OWN_RECORD, *WAITS):
        assert parsed(words)
        return
    monkeypatch.chdir(tmp_path)
    shutil.copytree(starter, tmp_path / "harbour")
    if words[0] != "new":
        shutil.copytree(starter, tmp_path / "mycase")
    if words[0] in ("diff", "disagree"):
        shutil.copytree(starter, tmp_path / "mykabul")
    if words[0] == "open":
        made_before = small(["compare", "kabul", "--out", "runs/harbour"])
        assert command(*made_before).code == 0
        words = [words[0], "runs/harbour"]
    if words[0] == "score":
        made_before = small(["forecast", "kabul", "--out", "forecasts"])
        assert command(*made_before).code == 0
        answers = "name,quarter,value,source,url,read,note\nwar-at-sea,,no,made,,2028-01-01,\n"
        (tmp_path / "outcomes.csv").write_text(answers)
    said = command(*small(words))
    assert said.code == 0, said.err


@pytest.mark.slow
@pytest.mark.parametrize("words", [w for w in TYPED if w[0] in OWN_RECORD], ids=" ".join)
def test_lines_on_the_record_and_the_game_run_on_kabul(tmp_path: Path, words: list[str]) -> None:
    line = list(words)
    for option, value in {"--worlds": "64", "--size": "2"}.items():
        if option in options_of(words[0]) and option not in line:
            line += [option, value]
    done = subprocess.run(
        [sys.executable, "-m", "tightrope", *line],
        cwd=tmp_path, capture_output=True, check=False, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", [w for w in SAID if w[0] in TABLE], ids=" ".join)
def test_commands_in_sentences_are_parsed(words: list[str]) -> None:
    assert parsed(words) is not None


def test_commands_in_sentences_are_there() -> None:
    assert {words[0] for words in SAID} <= {*TABLE, "--version"}


def test_what_lines_name_is_in_the_case() -> None:
    case: Case = tightrope.load("kabul")
    named = {
        "scenario": [s.name for s in case.scenarios],
        "posture": [p.name for p in case.postures],
        "variable": [v.name for v in case.variables],
        "claim": [c.id for c in case.claims],
    }
    for words in (w for w in (*TYPED, *SAID) if "kabul" in w):
        for kind, value in parsed(words).items():
            for one in value if isinstance(value, list) else [value]:
                assert kind not in named or one is None or one in named[kind], (words, one)
                if kind == "weight" and one and not one.startswith("NAME"):
                    assert one.split("=")[0] in [o.name for o in case.objectives]


def test_every_option_of_the_pages_is_there() -> None:
    known = {option for name in TABLE for option in options_of(name)} | {"--help", "--version"}
    known |= {"--no-dashboard", "--scheduler-file"}  # of Dask's own commands
    for page in PAGES:
        # What a shell is told beside our commands has options of its own.
        text = re.sub(r"```sh\n.*?```", "", page.read_text("utf-8"), flags=re.S)
        code = re.findall(r"`[^`]+`|```.*?```", text, re.S)
        for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", " ".join(code)):
            assert option in known, f"{page.name}: {option}"


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_there(target: str) -> None:
    if shutil.which("make") is None:
        pytest.skip("no make")
    done = subprocess.run(
        ["make", "-n", target], cwd=ROOT, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- Python

PYTHON = list(blocks("python"))


def test_the_python_of_the_readme_runs(
    starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blocks of a page go on from one another."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(starter, tmp_path / "harbour")
    names: dict[str, Any] = {}
    for block in (b for b in PYTHON if "@mechanism" not in b):
        code = block.replace('load("kabul")', 'load("harbour")')
        code = re.sub(r"worlds=\d+", "worlds=64", code)
        for name, own in STANDS_FOR.items():
            code = code.replace(f'"{name}"', f'"{own}"')
        exec(compile(code, "README.md", "exec"), names)
    assert (tmp_path / "runs" / "quick" / "board.html").is_file()
    assert "regret" in dir(names["found"].comparison)


def test_the_mechanism_of_the_docs_is_one() -> None:
    (block,) = (b for b in PYTHON if "@mechanism" in b)
    names: dict[str, Any] = {}
    exec(compile(block, "writing-a-case.md", "exec"), names)
    made_there = [n for n in names.values() if isinstance(n, Mechanism)]
    assert [m.name for m in made_there] == ["words_cost_trust"]
    assert made_there[0](rhetoric_hostile=1.0, trust_from_words=0.2) == {"trust": -0.2}
