"""No question and no report takes long, whatever stands in it: what is not linear shows on a few thousand signs."""

import random
import time
from contextlib import suppress

import pytest

from agent.errors import InputError
from agent.types import MAX_QUESTION_CHARACTERS

PICK = random.Random(1)
LONG = {
    "blanks behind a phone label": "Please call" + " " * 7_900 + "x",
    "blanks behind a birth label": "dob" + " " * 7_900 + "1",
    "pagers": "pager. " * 1_100,
    "line breaks": "What next for a 7 mm nodule?" + "\n" * 7_900,
    "a table of numbers": "Which is largest?\n" + "\n".join(" ".join(str(PICK.randint(0, 999)) for _ in range(12)) for _ in range(170)),
    "lesions": "Which grew?\n" + "\n".join(f"lesion {n}: {n % 40} x {n % 31} mm, was {n % 29} mm, HU {n % 200}" for n in range(190)),
    "measurements": "What next? " + "7 x 8 x 9 mm " * 600,
    "ranges": "What next? " + "3-5 mm, " * 950,
    "dates": "What next? " + "12/03/2021 " * 700,
    "names": "Aa " * 2_600,
    "initials": "a." * 3_900,
    "brackets": "What (" + "(" * 7_900,
    "denials": "no nodule, " * 700,
    "categories": "BI-RADS 4 or category " * 350,
    "options": "Which?\n" + "\n".join(f"{chr(65 + n % 26)}) nodule {n}" for n in range(480)),
    "one word": "A" * 7_900,
    "headings": "What is # " + "#" * 7_900,
}
AT_MOST = 4.0
"""Seconds of processor time."""


@pytest.mark.parametrize("name", LONG)
def test_a_long_question_is_answered_or_refused_in_seconds(small_agent, name):
    assert 2_000 < len(LONG[name]) <= MAX_QUESTION_CHARACTERS
    small_agent.ask("What follow-up does a 7 mm nodule need?")
    started = time.process_time()
    with suppress(InputError):
        assert small_agent.ask(LONG[name]).kind in ("answered", "abstained")
    assert time.process_time() - started < AT_MOST


@pytest.mark.parametrize(
    "name", ["a table of numbers", "lesions", "measurements", "dates", "denials", "names", "blanks behind a phone label"]
)
def test_a_report_of_twenty_thousand_characters_is_read_in_seconds(small_agent, name):
    report = (LONG[name] * 10)[:20_000]
    started = time.process_time()
    with suppress(InputError):
        assert small_agent.ask("What follow-up does the nodule need?", report=report).kind in ("answered", "abstained")
    assert time.process_time() - started < AT_MOST
