"""Starting up: nothing heavy before it is needed; no home, cache or docstring is missed."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import tightrope
from tightrope import Case, UseError
from tightrope.analyses.decide import numbers as decide
from tightrope.analyses.record import numbers as hindcast
from tightrope.arguments import can_draw
from tightrope.case.mechanism import Mechanism, mechanism
from tightrope.engine import cache
from tightrope.reading import pyfile

HEAVY = {
    "altair", "jax", "jinja2", "matplotlib", "networkx", "numba", "numpy",
    "pandas", "pyarrow", "pygambit", "pymoo", "scipy", "scoringrules", "vl_convert", "xarray",
    "zarr",
}  # fmt: skip
DRAWING_AND_SCORING = HEAVY - {"jax", "numpy", "scipy", "networkx"}
RUN = """
import contextlib, io, json, sys
def tightrope(*arguments):
    from tightrope.cli import main
    sys.argv = ["tightrope", *arguments]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            main()
        except SystemExit as stop:
            assert not stop.code, (arguments, stop.code)
    return out.getvalue()
"""


def loaded_by(code: str, cwd: Path) -> set[str]:
    """The packages that a new process has loaded after running this code."""
    ask = "\nprint(json.dumps([name.split('.')[0] for name in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", RUN + code + ask],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import tightrope; dir(tightrope); assert issubclass(tightrope.UseError, Exception)",
        "assert 'hindcast' in tightrope('--help')",
        "assert tightrope('--version').startswith('tightrope 0.')",
        "tightrope('new', 'mine')",
        "from tightrope.cli.commands import TABLE\n"
        "for name in TABLE: assert 'Usage: tightrope ' + name in tightrope(name, '--help')",
    ],
)
def test_small_questions_load_nothing_heavy(code: str, tmp_path: Path) -> None:
    assert not loaded_by(code, tmp_path) & HEAVY


def test_check_neither_draws_nor_scores(starter: Path) -> None:
    found = loaded_by("tightrope('check', 'harbour', '--trust')", starter.parent)
    assert not found & DRAWING_AND_SCORING


def test_nothing_that_runs_a_model_compiles_at_import(tmp_path: Path) -> None:
    code = "import tightrope.analyses.verdicts.board, tightrope.analyses.decide.words"
    assert not loaded_by(code, tmp_path) & {"scoringrules", "numba"}


def test_public_names_are_seen_and_found() -> None:
    assert set(tightrope.__all__) <= set(dir(tightrope))
    for name in tightrope.__all__:
        assert getattr(tightrope, name).__name__.rpartition(".")[2] == name
    with pytest.raises(AttributeError, match="no attribute 'asess'"):
        _ = tightrope.asess  # type: ignore[attr-defined]


# ---------------------------------------------------------------- where it runs


def program(*arguments: object, cwd: Path, **environment: str | None) -> Any:
    """The program in a process of its own; None takes a name out of the environment."""
    given = {k: v for k, v in (os.environ | environment).items() if v is not None}
    code = "from tightrope.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd, env=given, capture_output=True, check=False, text=True,
    )  # fmt: skip


def test_without_docstrings_a_case_is_still_checked(starter: Path) -> None:
    done = program("check", starter, cwd=starter.parent, PYTHONOPTIMIZE="2")
    assert (done.returncode, done.stderr) == (0, "")
    assert "sound" in done.stdout


@pytest.mark.parametrize("doing", ["show", "assess", "hindcast"])
def test_without_docstrings_drawing_is_refused_in_a_sentence(starter: Path, doing: str) -> None:
    done = program(doing, starter, cwd=starter.parent, PYTHONOPTIMIZE="2")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("tightrope: PYTHONOPTIMIZE (or -O): found 2")
    assert len(done.stderr.splitlines()) == 1


def test_a_case_says_the_same_however_python_was_started(starter: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tightrope.reading import load; "
        f"print([m.says for m in load(Path({str(starter)!r})).mechanisms])"
    )
    plain, bare = (
        subprocess.run(
            [sys.executable, *flags, "-c", code], capture_output=True, check=False, text=True
        )
        for flags in ([], ["-OO"])
    )
    assert plain.stdout == bare.stdout != ""


@pytest.mark.parametrize("spoilt", ["file", "below a file", "relative", "told"])
def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / "file").write_text("mine")
    home = {"file": "file", "below a file": "file/deep"}.get(spoilt, "home")
    told = str(tmp_path / "file") if spoilt == "told" else None
    code = (
        "from tightrope.engine import cache; print(cache.use()); "
        "import jax; print(jax.numpy.ones(1))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, capture_output=True, check=False, text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
        | {"XDG_CACHE_HOME": "." if spoilt == "relative" else str(tmp_path / home)}
        | ({"JAX_COMPILATION_CACHE_DIR": told} if told else {}),
    )  # fmt: skip
    assert done.stdout == "None\n[1.]\n"
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "file").read_text() == "mine"
    assert not (tmp_path / "tightrope").exists()


@pytest.mark.slow
@pytest.mark.parametrize("home", ["file", "file/deep"])
def test_without_a_cache_a_case_still_runs(starter: Path, tmp_path: Path, home: str) -> None:
    (tmp_path / "file").write_text("mine")
    done = program(
        "assess", starter, "--worlds", 4, "--no-basis", "--out", "out", cwd=tmp_path,
        HOME=str(tmp_path / home), XDG_CACHE_HOME=None, JAX_COMPILATION_CACHE_DIR=None,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "board.html").is_file()


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setenv("HOME", "")
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    assert cache.home() is None
    with pytest.raises(UseError, match="HOME: found none"):
        can_draw()
    cache._borrow()
    assert Path(os.environ["HOME"]).is_dir()
    assert os.environ["MPLCONFIGDIR"] == os.environ["HOME"]


def test_ascii_output_is_no_traceback(starter: Path) -> None:
    done = program("show", starter, cwd=starter.parent, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    done = program("show", starter, "--json", cwd=starter.parent, PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout)["counts"]["variables"] == 5


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    done = program("new", name, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for doing in (("check",), ("why", "trust", "--worlds", 4, "--quarters", 2)):
        done = program(doing[0], name, *doing[1:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    done = program("check", os.fsdecode(b"\xff"), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("tightrope: there is no case or folder")


# ---------------------------------------------------------------- copies and processes


def test_a_case_can_be_pickled_and_copied(starter_case: Case) -> None:
    again = pickle.loads(pickle.dumps(starter_case))
    assert again.hash == starter_case.hash
    assert [m.says for m in again.mechanisms] == [m.says for m in starter_case.mechanisms]
    runs = [tightrope.simulate(c, worlds=8, quarters=4) for c in (starter_case, again)]
    assert runs[0].identical(runs[1])
    assert copy.deepcopy(starter_case).mechanisms == starter_case.mechanisms
    assert copy.copy(starter_case).variables == starter_case.variables


def test_a_pickled_case_keeps_what_was_changed_in_it(starter_case: Case) -> None:
    bare = replace(starter_case.mechanisms[0], passages=("9.9",))
    changed = replace(starter_case, title="Another", mechanisms=(bare,))
    again = pickle.loads(pickle.dumps(changed))
    assert again.title == "Another"
    assert [m.passages for m in again.mechanisms] == [("9.9",)]


def test_a_mechanism_of_no_file_is_not_pickled() -> None:
    @mechanism(passages=["1.1"])
    def own(trust: float) -> dict[str, float]:
        """It moves."""
        return {"trust": trust}

    with pytest.raises(TypeError, match="own cannot be pickled: it comes from no file"):
        pickle.dumps(own)
    assert copy.deepcopy(own).function is own.function
    assert isinstance(own, Mechanism)


def test_a_case_runs_with_its_docstrings_only_once_per_load(tmp_path: Path) -> None:
    text = (
        "from tightrope import mechanism\nprint('run')\n"
        "@mechanism(passages=['1.1'])\ndef a(x):\n    '''A.'''\n    return {'x': x}\n"
        "@mechanism(passages=['1.1'])\ndef b(x):\n    '''B.'''\n    return {'x': x}\n"
    )
    made = pyfile.read_python(text.encode(), tmp_path / "mechanisms.py").mechanisms
    one, other = pickle.loads(pickle.dumps(made))
    assert one.function.function.__globals__ is other.function.function.__globals__
    assert (one.name, other.says) == ("a", "B.")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_says_why_it_cannot_run(starter: Path) -> None:
    code = f"""
import multiprocessing, warnings
import tightrope
warnings.simplefilter("ignore")
case = tightrope.load({str(starter)!r})
def run(worlds):
    return float(tightrope.simulate(case, worlds=worlds, quarters=2)["trust"].mean())
if __name__ == "__main__":
    forks = multiprocessing.get_context("fork")
    with forks.Pool(1) as pool:
        first = pool.map(run, [4])  # nothing has run yet
    assert first == [run(4)]
    with forks.Pool(1) as pool:
        try:
            pool.map(run, [4])
        except tightrope.UseError as problem:
            print(problem)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, text=True, timeout=120
    )
    assert "this process was forked" in done.stdout, done.stderr
    assert "spawn" in done.stdout


# ---------------------------------------------------------------- arguments of the functions

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"worlds": "many"}, 'worlds: found "many"; allowed: a whole number from 1 to 1,000,000'),
    ({"worlds": 2.5}, "worlds: found 2.5; allowed: a whole number"),
    ({"worlds": True}, "worlds: found True; allowed: a whole number"),
    ({"worlds": Fraction(2)}, "worlds: found Fraction Fraction(2, 1); allowed: a whole number"),
    ({"worlds": None}, "worlds: found None; allowed: a whole number"),
    ({"worlds": float("nan")}, "worlds: found nan; allowed: a whole number"),
    ({"worlds": 10**12}, "worlds: found 1000000000000; allowed: a whole number"),
    ({"worlds": 10**6, "quarters": 400}, "worlds times quarters: found 400,000,000; allowed: up"),
    ({"quarters": [4]}, "quarters: found list [4]; allowed: a whole number from 1 to 400"),
    ({"seed": -1}, "seed: found -1; allowed: a whole number from 0 to 4,294,967,295"),
    ({"seed": 2**32}, "seed: found 4294967296; allowed: a whole number"),
    ({"seed": None}, "seed: found None; allowed: a whole number"),
    ({"rule": "reactiv"}, 'there is no decision rule "reactiv"; allowed: reactive, equilibrium, '),
    ({"rule": 7}, "there is no decision rule 7; allowed: reactive"),
    ({"scenario": ""}, 'there is no scenario ""; allowed: calm, storm, drift'),
    ({"scenario": "strom"}, 'did you mean "storm"?'),
    ({"posture": ["free"]}, "there is no posture list ['free']; allowed: free, careful"),
    ({"posture": "carefull"}, 'did you mean "careful"?'),
]


@pytest.mark.parametrize(("options", "said"), WRONG)
def test_functions_say_what_is_allowed(
    starter_case: Case, options: dict[str, Any], said: str
) -> None:
    for run in (tightrope.simulate, tightrope.explain, tightrope.assess):
        with pytest.raises(UseError) as problem:
            run(starter_case, **options)
        assert said in str(problem.value)
        assert len(str(problem.value).splitlines()) == 1


@pytest.mark.parametrize("case", ["kabul", None, 7, Path("kabul")])
def test_functions_ask_for_a_case(case: Any) -> None:
    runs = (tightrope.simulate, tightrope.explain, tightrope.assess, decide.decide, hindcast.run)
    for run in runs:
        with pytest.raises(UseError, match=r"case: found .*; allowed: a Case, such as"):
            run(case)
    with pytest.raises(UseError, match="case: found"):
        tightrope.load("" if case == "kabul" else None)  # type: ignore[arg-type]


def test_what_memory_cannot_hold_is_said_beforehand(
    starter_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tightrope.arguments._memory", lambda: 1e6)
    with pytest.raises(UseError, match=r"worlds and quarters: found .* GB; allowed: the 0.0 GB"):
        tightrope.simulate(starter_case, worlds=100_000, quarters=20)


def test_the_help_of_series_names_the_formats_there_are() -> None:
    from tightrope.cli import record
    from tightrope.sources import FORMATS

    assert "One of: " + ", ".join(FORMATS) == record.FORMATS
