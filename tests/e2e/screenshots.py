"""The main states of the chat as pictures: `python -m tests.e2e.screenshots [FOLDER]` writes docs/screenshots/."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.driving import (
    ROOT,
    answered,
    ask,
    box,
    chat_server,
    choose,
    chromium,
    context,
    go,
    open_chat,
    settled,
    stub_model,
    upload,
    use_model,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

FOLDER = ROOT / "docs" / "screenshots"
OPTIONS = "Which Bosniak class is a renal cyst with a 4 mm enhancing wall?\nA. Bosniak II\nB. Bosniak IIF\nC. Bosniak III\nD. Bosniak IV"
OPEN = "Follow-up for a 7 mm solid nodule in a heavy smoker?"
MARKER = b"# Zirconia marker protocol\n\nThe dose of the zirconia marker is 4 mL.\nA zirconia marker is never given by mouth.\n"
PAGES = (
    ("Report", "report"), ("Score", "score"), ("Library", "library"), ("Concept", "concept"),
    ("How it answered", "how-it-answered"), ("Evals", "evals"), ("Health", "health"),
)  # fmt: skip


def main(folder: Path) -> None:
    """Take every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, chromium() as browser, chat_server(Path(data)) as address:
        for width, dark in ((1440, False), (1440, True), (390, False), (390, True)):
            take(browser, address, folder, width, dark=dark)


def take(browser: Browser, address: str, folder: Path, width: int, *, dark: bool) -> None:
    """One run through the states at a width and in a theme."""
    with context(browser, width, 900 if width > 600 else 844, dark=dark) as window:
        page = window.new_page()
        name = f"{'dark' if dark else 'light'}-{width}"

        def keep(state: str, *, ended: bool = True) -> None:
            if ended:
                settled(page)
            page.wait_for_timeout(400)
            page.screenshot(path=folder / f"{state}-{name}.png")

        open_chat(page, address)
        keep("start")
        ask(page, OPTIONS)
        answered(page)
        keep("options")
        page.locator(".rq-chip").first.click()
        keep("citation")
        page.keyboard.press("Escape")
        new_question(page, width)
        ask(page, OPEN)
        answered(page)
        ask(page, "And if it is 5 mm?")
        answered(page, 2)
        keep("follow-up")
        new_question(page, width)
        ask(page, "What is the capital of Mongolia?")
        answered(page)
        keep("abstained")
        sidebar(page, width)
        keep("sidebar")
        working(page, width, keep)
        sidebar(page, width)
        upload(page, ("marker.md", MARKER), ("broken.pdf", b"%PDF-1.4 nothing"))
        keep("documents")
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("button", name="Delete for good", exact=True).click()
        page.locator("[class*=st-key-collection-]").wait_for(state="detached")
        for link, state in PAGES:
            sidebar(page, width)
            go(page, link)
            settled(page)
            fold(page, width)
            page.wait_for_timeout(1200)
            keep(state)
            if state == "library":
                page.get_by_label("Search", exact=True).fill("fleischner 2017")
                page.keyboard.press("Enter")
                page.get_by_role("button", name="Incidental pulmonary nodules on CT in adults").click()
                page.locator(".rq-document").wait_for()
                keep("document")
            if state == "concept":
                page.get_by_label("Find a concept").fill("pneumothorax")
                page.keyboard.press("Enter")
                keep("concept-found")


def working(page: Page, width: int, keep: Callable[..., None]) -> None:
    """A run under way, stopped, failed for want of its model, asked again without one, and being edited."""
    new_question(page, width)
    with stub_model(20.0) as model:
        sidebar(page, width)
        use_model(page, model.address)
        keep("settings")
        fold(page, width)
        ask(page, OPEN)
        page.locator(".rq-live").wait_for()
        page.wait_for_timeout(1500)
        keep("running", ended=False)
        page.get_by_role("button", name="Stop").last.click()
        page.get_by_text("Stopped before the answer came").wait_for()
        keep("stopped")
    page.get_by_role("button", name="Ask again").click()
    page.get_by_text("Is the server running?").wait_for(timeout=60_000)
    keep("failed")
    sidebar(page, width)
    choose(page, "No model")
    fold(page, width)
    page.get_by_role("button", name="Ask again").click()
    answered(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    keep("editing")
    page.get_by_role("button", name="Cancel").click()
    settled(page)


def sidebar(page: Page, width: int) -> None:
    """Open the sidebar where it is folded away."""
    settled(page)
    if width < 768 and page.get_by_test_id("stSidebar").get_attribute("data-collapsed") == "true":
        page.get_by_test_id("stExpandSidebarButton").click()
        page.wait_for_timeout(600)  # it slides in


def fold(page: Page, width: int) -> None:
    """Fold the sidebar where it covers the page."""
    if width < 768 and page.get_by_test_id("stSidebar").get_attribute("data-collapsed") == "false":
        page.get_by_test_id("stSidebarCollapseButton").locator("button").click()
        page.wait_for_timeout(600)


def new_question(page: Page, width: int) -> None:
    """Leave the conversation."""
    sidebar(page, width)
    page.get_by_role("button", name="New question").click()
    page.locator(".rq-start").wait_for()
    settled(page)
    fold(page, width)
    box(page).wait_for()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
