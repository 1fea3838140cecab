"""Made-up reports full of identifiers, and what of an identifier tells who somebody is."""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from tests.corpora.privacy.test_identifiers import lines, marked

SNIPPETS = ("handwritten.txt", "heldout.txt", "heldout_2.txt", "heldout_3.txt", "heldout_4.txt")
ASKED = ("Which follow-up does the solid nodule need?", "Which Bosniak class is the kidney cyst?", "Contrast for a kidney stone CT?")

COMMON = frozenset("imaging clinic diagnostic radiology search centre surgery hospital year boxing medical".split())
"""Words of institutions and dates that say nothing of anybody; they are words of the index too and may leave."""


class MadeUp(NamedTuple):
    question: str
    report: str
    secrets: tuple[str, ...]


def made_up(count: int = 240, seed: int = 3) -> list[MadeUp]:
    """Reports of six snippets each; of the questions a third is plain, a third names somebody, a third has the report pasted in."""
    pick = random.Random(seed)
    snippets = [marked(line) for name in SNIPPETS for line in lines(name)]
    made = []
    for number in range(count):
        chosen = pick.sample(snippets, 6)
        report = "\n".join(text for text, _ in chosen)
        question = pick.choice(ASKED)
        before = ("", f"{chosen[0][0]} ", f"{report}\n")[number % 3]
        secrets = tuple(text[start:end] for text, spans in chosen for _, start, end in spans)
        made.append(MadeUp(before + question, report, secrets))
    return made


def telling(secret: str) -> list[str]:
    """The parts of an identifier that tell who somebody is: words of three letters on, numbers of two digits on."""
    return [part.lower() for part in re.findall(r"\w+", secret) if len(part) > (1 if part.isdigit() else 2)]


def tokens(text: str) -> frozenset[str]:
    """Every word and number of a text: of what leaves with the plain questions, what is nobody's."""
    return frozenset(re.findall(r"\w+", text.lower()))


def holds(text: str, part: str) -> bool:
    """Whether a text has a part of an identifier as a word of its own."""
    return bool(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text.lower()))
