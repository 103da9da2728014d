"""Pictures of a board's page for docs/: `python -m benchmarks.page_pictures runs/kabul`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.studio_pictures import DOCS, NAMES

PICTURES = (("board", 1300, "board"), ("board-claim", 1300, "claim-1.2-image"),
            ("board-phone", 390, "board"))  # fmt: skip
"""File, width of the window, and what is open."""

HEIGHT = 1000


def main(folder: Path) -> None:
    """Each picture of the page of a saved board."""
    found = next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name, width, place in PICTURES:
            page = browser.new_page(viewport={"width": width, "height": HEIGHT})
            page.goto(f"{(folder / 'board.html').resolve().as_uri()}#{place}")
            page.locator("section.view.now").wait_for()
            page.evaluate("() => scrollTo(0, 0)")
            page.screenshot(path=DOCS / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
