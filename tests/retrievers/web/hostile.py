"""The hostile pages of tests/data/hostile as whole HTML pages."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.retrievers.web.server import page

FILE = Path(__file__).parents[2] / "data" / "hostile" / "pages.txt"
FILLER = "Radiology pages describe what is seen and what is done about it. This paragraph is long enough to be the main text of a page."


class Hostile(NamedTuple):
    name: str
    question: str
    html: str


@cache
def hostile_pages() -> tuple[Hostile, ...]:
    blocks = FILE.read_text(encoding="utf-8").split("\n=== ")[1:]
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
