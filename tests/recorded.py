"""A small record for the starter, as text."""

from __future__ import annotations

from pathlib import Path

OBSERVATIONS = """\
credit:
  stands for: trust
  link: level
  error: 0.4
  label: Credit given
  unit: points of 100
  about: Made up.
dues:
  stands for: trade
  link: growth
  error: 0.2
  slope: 1.5
welcome-count:
  stands for: welcome
  link: change
  error: 5
"""
HISTORY = """\
start: 2024Q4
end: 2026Q2
from: {trust: 0.3, trade: 1.1}
set:
  confrontation:
    - {from: 2024Q1, to: 2024Q4, value: war}
    - {from: 2024Q3, to: 2025Q1, value: tense}
    - {from: 2025Q4, value: calm}
  garrison: 0.2
  rhetoric:
    - {from: 2023Q1, to: 2024Q4, value: hostile}
sources: [kydd2005]
about: Made up.
"""
HEADER = "quarter,value,low,high,source,url,read,status,note\n"
CREDIT = (
    HEADER
    + """\
2025Q3,42,35,50,ledger,,2026-01-15,used,
2025Q1,40,33,48,"ledger, page 2",https://example.org/ledger,2026-01-15,used,first
2025Q2,20,1,90,hearsay,,2026-01-15,doubtful,
2026Q3,50,45,55,ledger,,2026-11-24,later,
"""
)
DUES = HEADER + "2025,120,110,130,ledger,,2026-01-15,used,\n"
WELCOME = HEADER + "2025Q1,-3,-4,2.5e0,count,,2026-01-15,used,\n"
RECORDED = {
    "history.yaml": HISTORY,
    "observations.yaml": OBSERVATIONS,
    "observations/credit.csv": CREDIT,
    "observations/dues.csv": DUES,
    "observations/welcome-count.csv": WELCOME,
}


def with_record(folder: Path) -> Path:
    """Give the starter in a folder its record."""
    (folder / "observations").mkdir()
    for file, text in RECORDED.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder
