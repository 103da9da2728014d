"""Charts: they draw, they show the board's numbers, and they are saved as what their name says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from tightrope import Board, UseError
from tightrope.analyses.verdicts import charts as verdict_charts
from tightrope.analyses.verdicts.verdict import HEDGED, SUPPORTED, TESTED
from tightrope.show import pictures, style
from tightrope.show.charts import influence as influence_charts
from tightrope.show.charts import paths as path_charts
from tightrope.text import wording

PNG = b"\x89PNG\r\n\x1a\n"
KINDS = ("overview", "verdicts", "effects", "removals", "influence", "influence-table", "paths")


def rows(chart: style.Chart) -> list[dict[str, Any]]:
    """All rows of data in a chart."""
    spec = chart.to_dict()
    return [row for data in spec["datasets"].values() for row in data]


def shapes(chart: style.Chart) -> int:
    root = ElementTree.fromstring(pictures.svg(chart))
    return sum(e.tag.split("}")[-1] in ("path", "line", "text", "rect") for e in root.iter())


def test_every_chart_of_a_board_was_drawn(saved: Path, board: Board) -> None:
    for name, make in verdict_charts.named(board).items():
        text = (saved / "charts" / f"{name}.svg").read_text(encoding="utf-8")
        root = ElementTree.fromstring(text)
        width, height = float(root.get("width", 0)), float(root.get("height", 0))
        assert 100 < width < 4000, name
        assert 20 < height < 4000, name
        assert "NaN" not in text, name
        assert "undefined" not in text, name
        make().to_dict()  # by Vega-Lite's schema


@pytest.mark.parametrize("name", [*KINDS, "paths-trust", "pushes-trade", "conduct-rhetoric"])
def test_charts_are_saved_as_pictures(board: Board, tmp_path: Path, name: str) -> None:
    path = pictures.save(verdict_charts.named(board)[name](), tmp_path / "chart.png")
    assert path.read_bytes().startswith(PNG)
    assert path.stat().st_size > 3000


def test_the_suffix_says_what_is_written(board: Board, tmp_path: Path) -> None:
    chart = verdict_charts.overview(board)
    page = pictures.save(chart, tmp_path / "chart.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert json.loads(pictures.save(chart, tmp_path / "c.JSON").read_text())["layer"]
    with pytest.raises(UseError, match=r'the suffix ".gif": a chart is saved as .png, .svg'):
        pictures.save(chart, tmp_path / "chart.gif")
    with pytest.raises(UseError, match="no suffix"):
        pictures.save(chart, str(tmp_path / "chart"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.JSON", "chart.html"]


@pytest.mark.parametrize("chart", [verdict_charts.overview, verdict_charts.verdict_bars])
def test_bars_are_the_boards_three_shares(board: Board, chart: Any) -> None:
    shown = [r for r in rows(chart(board)) if "part" in r]
    tested = board.claims[board.claims["verdict"] != "not tested"]
    assert {r["tip"].split(":")[0] for r in shown} == set(tested["claim"])
    for row in tested.to_dict("records"):
        own = {r["part"]: r for r in shown if r["tip"].split(":")[0] == row["claim"]}
        for part, name in (("as argued", "share"), ("too small to matter", "small"),
                           ("the opposite", "opposite")):  # fmt: skip
            wide = own[part]["to"] - own[part]["from"] if part in own else 0.0
            assert wide == pytest.approx(100 * row[name])
        assert max(r["to"] for r in own.values()) == pytest.approx(100)


def test_differences_are_shown_with_the_boards_numbers(board: Board) -> None:
    shown = {r["tip"].split(":")[0]: r for r in rows(verdict_charts.effects(board)) if "tip" in r}
    tested = board.claims[board.claims["verdict"] != "not tested"]
    assert set(shown) == set(tested["claim"])
    for row in tested.to_dict("records"):
        seen = shown[row["claim"]]
        assert seen["word"] == row["verdict"]
        assert seen["effect"] == pytest.approx(row["effect"])
        away = row["margin"] if row["expect"] in ("higher", "not higher") else -row["margin"]
        assert seen["threshold"] == away
        assert seen["side"] == ("right" if row["expect"] in ("higher", "not lower") else "left")


def test_the_map_of_words_is_the_rule() -> None:
    cells = [r for r in rows(verdict_charts.verdict_map()) if "x2" in r]
    assert {c["word"] for c in cells} == set(TESTED) - set(HEDGED)
    at = {(c["x"], c["y"]): c["word"] for c in cells}
    assert at[95, 2] == "holds"
    assert at[2, 95] == "refuted"
    assert at[10, 10] == "too small to matter"


def test_the_matrix_shows_each_removal_that_matters(board: Board) -> None:
    breaking = verdict_charts.breaking(board)
    tips = " ".join(r["tip"] for r in rows(verdict_charts.removal_matrix(board)))
    for claim, broken in breaking.items():
        for name in broken:
            words = "the actors' choices" if name == "choice" else name.replace("_", " ")
            share = wording.percent(board.removal.at[claim, name])
            left = board.removal_verdicts.at[claim, name]
            assert left not in SUPPORTED
            assert f"{claim}, without {words}: {left}, as argued in {share} of worlds" in tips
    columns = verdict_charts.removals_that_matter(board)
    assert columns[0] == "nothing"
    change = (board.removal.sub(board.removal["nothing"], axis=0)).abs().max()
    assert set(change.index[change >= verdict_charts.MATTERS]) <= set(columns)


def test_a_board_without_removals_says_so(board: Board) -> None:
    bare = verdict_charts.removal_matrix(replace(board, removal=pd.DataFrame()))
    assert [r["text"] for r in rows(bare)] == ["Removals were not computed for this board."]


def test_the_graph_has_each_mover_and_moved_once(board: Board) -> None:
    links = influence_charts.links(board.case, board.influence)
    pairs = set(zip(links["source"], links["target"], strict=True))
    assert ("rhetoric", "trust") in pairs
    assert ("openness_abroad", "welcome") in pairs
    shown = rows(influence_charts.influence_graph(board.case, board.influence))
    assert {(r["source"], r["target"]) for r in shown if "edge" in r} == pairs
    boxes = [r["name"] for r in shown if "x2" in r and "name" in r]
    assert sorted(boxes) == sorted({n.name for n in influence_charts.nodes(board.case).values()})
    squares = rows(influence_charts.influence_matrix(board.case, board.influence))
    assert len(squares) == len(links)
    tip = next(r["tip"] for r in squares if r["source"] == "Rhetoric" and "trust" in r["target"])
    assert tip == "Rhetoric moves The league's trust: words cost trust"


def test_boxes_of_the_graph_do_not_overlap(board: Board) -> None:
    boxes = [
        r
        for r in rows(influence_charts.influence_graph(board.case, board.influence))
        if "x2" in r and "name" in r
    ]
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            beside = a["x2"] <= b["x"] or b["x2"] <= a["x"]
            assert beside or a["y2"] <= b["y"] or b["y2"] <= a["y"], (a["name"], b["name"])


def test_paths_are_quantiles_of_the_runs(board: Board) -> None:
    run = board.trajectories["storm"]
    table = path_charts.fan_table(run, "trade")
    values = run["trade"].to_numpy()
    assert table["p50"].to_numpy() == pytest.approx(np.median(values, axis=0), rel=1e-6)
    assert table["p95"].to_numpy() == pytest.approx(np.percentile(values, 95, axis=0), rel=1e-6)
    shown = rows(path_charts.fan(board.trajectories, "trade", case=board.case))
    last = next(r for r in shown if r["scenario"] == "A storm" and r["quarter"] == 20)
    assert last["p50"] == pytest.approx(table["p50"].iloc[-1], abs=1e-3)
    assert last["tip"].startswith("2030Q4, A storm: median ")
    assert len(shown) == 3 * 21


def test_conduct_adds_up(board: Board) -> None:
    for name in ("rhetoric", "confrontation"):
        shown = pd.DataFrame(rows(path_charts.conduct(board.trajectories, name, case=board.case)))
        sums = shown.groupby(["scenario", "quarter"])["share"].sum()
        assert sums.to_numpy() == pytest.approx(100.0, abs=0.05)


def test_pushes_add_up_to_the_change(board: Board) -> None:
    for name, pushes in board.contributions.items():
        total = pushes["total"].sel(variable="trade")
        table = path_charts.contribution_table(pushes, "trade", top=1)
        assert table.groupby("quarter")["push"].sum().to_numpy() == pytest.approx(total.to_numpy())
        ends = path_charts.pushes_by_scenario(board.contributions, "trade", top=1)
        assert ends[name].sum() == pytest.approx(float(total[-1]))
    assert "other mechanisms" in ends.index
    shown = rows(path_charts.contributions(board.contributions["storm"], "trade", case=board.case))
    line = {r["quarter"]: r["push"] for r in shown if "term" not in r and "quarter" in r}
    storm = board.contributions["storm"]["total"].sel(variable="trade", quarter=20)
    assert line[20] == pytest.approx(float(storm), abs=1e-3)


def test_several_variables_stand_in_one_picture(board: Board) -> None:
    one = shapes(path_charts.fans(board.trajectories, ["trust"], case=board.case))
    two = shapes(path_charts.fans(board.trajectories, ["trust", "trade"], case=board.case))
    assert two > 1.5 * one


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (0.004, "0.004"), (0.28, "0.28"), (1.04, "1.0"), (-9.96, "-10"), (123.4, "123"),
     (float("nan"), "unknown"), (-0.0, "0")],
)  # fmt: skip
def test_numbers_are_short(value: float, words: str) -> None:
    assert wording.number(value) == words


def test_percentages_are_whole_only_where_they_are() -> None:
    assert [wording.percent(x) for x in (0, 0.001, 0.5, 0.999, 1)] == [
        "0 %", "under 1 %", "50 %", "over 99 %", "100 %",
    ]  # fmt: skip


def test_quarters_have_calendar_names() -> None:
    start = wording.calendar_start("2025Q4")
    assert [wording.calendar(start, q) for q in (0, 1, 5)] == ["2025Q4", "2026Q1", "2027Q1"]
    assert wording.calendar_start("soon") is None
    assert wording.calendar(None, 3) == "quarter 3"
