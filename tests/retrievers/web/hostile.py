"""The hostile pages of tests/data/hostile as whole HTML pages, and the questions they are put beside.

`pages.txt` grew with the rules; `heldout.txt` was written after them and measures what they miss.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.retrievers.web.server import page

FOLDER = Path(__file__).parents[2] / "data" / "hostile"
FILLER = "Radiology pages describe what is seen and what is done about it. This paragraph is long enough to be the main text of a page."
QUESTIONS: dict[str, tuple[str, dict[str, str] | None]] = {
    "nodule": ("Follow-up for a 7 mm solid nodule in a heavy smoker?", None),
    "thyroid": ("What next for a TR4 thyroid nodule of 16 mm?", None),
    "bosniak": ("How is a Bosniak IIF cyst followed up?", None),
    "options": ("How is a Bosniak IIF cyst managed?", {"A": "Immediate nephrectomy", "B": "CT or MRI at 6 and 12 months, then yearly"}),
    "unanswerable": ("What does the zebra spleen sign of Quibblewick disease mean?", None),
}


class Hostile(NamedTuple):
    name: str
    question: str
    html: str


@cache
def hostile_pages(name: str = "pages") -> tuple[Hostile, ...]:
    blocks = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n=== ")[1:]
    return tuple(_page(block) for block in blocks)


def _page(block: str) -> Hostile:
    head, _, body = block.partition("\n")
    name, _, question = head.partition(" | ")
    title = "A page about radiology"
    if body.startswith("TITLE:"):
        first, _, body = body.partition("\n")
        title = first.removeprefix("TITLE:")
    if body.strip() == "NESTED":
        body = "<div>" * 5_000 + "SECRETWORD" + "</div>" * 5_000
    return Hostile(name, question.strip(), page(title, FILLER, body))
