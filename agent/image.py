"""Questions that can only be answered by looking at an image that nobody described. Pure; patterns are data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from agent.asked import Asked
from agent.types import Question
from corpora.types import Frozen

FILE = Path(__file__).parent / "data" / "image.toml"


class ImageWording(Frozen):
    """Patterns (regular expressions) of questions that can only be answered by looking; see `data/image.toml`."""

    names: tuple[str, ...]
    deictic: tuple[str, ...]
    asks: tuple[str, ...]
    general: tuple[str, ...]
    most_words: int
    case_words: int


@cache
def _image() -> ImageWording:
    return ImageWording.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


def _matches(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def needs_image(question: Question) -> bool:
    """Whether the question points at an image and nobody described one.

    Either it names the image ("in this radiograph"), or it is short, gives no case and no value, and asks for what is there
    ("Is there a pneumothorax?", "Where is the mass?"); "Is there a role for MRI?" asks for knowledge.
    """
    wording, text = _image(), question.text.strip()
    length = len(text.split())
    if question.report:
        return False
    if _matches(wording.names, text):
        return True
    if _matches(wording.general, text):
        return False
    asked = Asked.of(text)
    measured = any(quantity.dimension != "number" for quantity in asked.quantities)
    short = length <= wording.most_words and not asked.quantities and not asked.codes and not question.options
    case = length <= wording.case_words and not measured  # who gives a size has looked
    return (case and _matches(wording.deictic, text)) or (short and _matches(wording.asks, text))
