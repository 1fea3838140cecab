"""Text of scanned pages, by tesseract where it is installed (`pip install "radqa[ocr]"` and the program itself)."""

from __future__ import annotations

import shutil
from functools import cache
from importlib.util import find_spec
from typing import Any

DOTS = 200
"""Dots per inch of the picture that is read."""
SECONDS = 60
"""For one page."""
LANGUAGES = ("eng", "deu", "fra", "spa", "ita", "por")
"""Languages that are read where tesseract has them."""


@cache
def languages() -> str:
    """The languages that scans are read in, as tesseract names them; empty where it is not installed."""
    if find_spec("pytesseract") is None or shutil.which("tesseract") is None:
        return ""
    import pytesseract

    known = set(pytesseract.get_languages())
    return "+".join(name for name in LANGUAGES if name in known)


def recognised(page: Any) -> str:
    """The text of a scanned page; empty without tesseract, or where it finds none in time."""
    if not languages():
        return ""
    import pytesseract

    picture = page.render(scale=DOTS / 72, grayscale=True).to_pil()
    try:
        text: str = pytesseract.image_to_string(picture, lang=languages(), timeout=SECONDS)
    except (RuntimeError, pytesseract.TesseractError):  # RuntimeError is its word for "not in time"
        return ""
    return "\n\n".join(" ".join(block.split()) for block in text.split("\n\n") if block.strip())
