"""The verdicts of a saved board beside the words that an earlier version had for the same shares.

Until the three shares a verdict was read off the share of worlds as argued alone: what was too
small and what was the opposite counted alike.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import tightrope
from tightrope.text.plain import markdown_table

EARLIER = ((0.90, "holds"), (0.66, "leans"), (0.34, "contested"), (0.10, "leans against"))


def earlier(share: float) -> str:
    """The earlier word for a share of worlds."""
    if share <= EARLIER[-1][0]:
        return "fails"
    return next(word for least, word in EARLIER if share >= least)


def changed(claims: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Claim, earlier word, word now, the three shares and the share with the sign as argued."""
    for row in claims[claims["verdict"] != "not tested"].to_dict("records"):
        before = earlier(row["share"])
        if before != row["verdict"]:
            parts = (row[name] for name in ("share", "small", "opposite", "direction"))
            yield (row["claim"], before, row["verdict"], *(f"{100 * p:.0f}" for p in parts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("board", type=Path, help="a folder with a board, such as runs/kabul")
    claims = tightrope.read_csv(parser.parse_args().board / "claims.csv")
    heads = ("claim", "earlier", "now", "as argued, %", "too small", "the opposite", "sign right")
    print("\n".join(markdown_table(heads, changed(claims), numbers=range(3, 7))))


if __name__ == "__main__":
    main()
