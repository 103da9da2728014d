"""Pictures of the studio for docs/: `python -m benchmarks.studio_pictures`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).parent.parent / "docs"
NAMES = ("chromium", "chromium-browser", "google-chrome")


def draft(page: Page) -> None:
    """A draft on the starter: a range moved, and a mechanism taken out."""
    page.get_by_role("link", name="The harbour dispute").first.click()
    page.get_by_role("button", name="New draft").click()
    page.fill("#what", "trust from words")
    page.fill("input[name=low]", "0.0")
    page.fill("input[name=high]", "0.1")
    page.fill("#why", "The league has stopped reading the harbour's speeches")
    page.get_by_role("button", name="Change it").click()
    page.locator("#changes li").first.wait_for()
    page.fill("#what", "Take out: ships come")
    page.fill("#why", "No ship has come since spring")
    page.get_by_role("button", name="Change it").click()
    page.locator("#changes li").nth(1).wait_for()


def main() -> None:
    found = next(filter(None, map(shutil.which, NAMES)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = subprocess.Popen(
            [sys.executable, "-m", "tightrope", "studio", "starter", "kabul", "--data",
             f"{folder}/data", "--port", "0", "--no-browser"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert server.stdout
        address = server.stdout.readline().split()[2]
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for width, name in ((1300, "studio"), (390, "studio-phone")):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(address)
            page.screenshot(path=DOCS / f"{name}-start.png")
            draft(page)
            page.locator("#live-state", has_text="In 2,000 worlds").wait_for(timeout=120_000)
            page.mouse.move(0, 0)
            page.screenshot(path=DOCS / f"{name}.png", full_page=True)
            page.close()
        browser.close()
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
