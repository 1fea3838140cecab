"""What short forms stand for, read from the cards themselves: `python -m corpora.abbreviations rebuild|check`.

A card says "usual interstitial pneumonia (UIP)", or has both among its names. The long form is found before the brackets, as Schwartz
and Hearst do (Pac Symp Biocomput 2003), stricter: nearly every letter begins a word. A short form of two letters, one that the cards use
for two things, and one that stands in so many passages that everybody writes it so, are left out.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from corpora import embedded

FILE = Path(__file__).parent / "data" / "abbreviations.json"
COMMON = 150
"""Passages from which on a short form is everybody's ("CT", "MRI") and need not be written out."""
FIRM = 0.66
"""Share of its uses in which a short form stands for the same."""
_SHORT = r"[A-Z][A-Za-z0-9-]{2,7}"
_BRACKETED = re.compile(rf"\(({_SHORT})(?=[);,])")
_WORD = re.compile(r"[A-Za-z0-9]+")
_LITTLE = frozenset({"of", "the", "and", "in", "for", "on", "with", "to", "by", "or", "a"})


def long_form(short: str, before: str, within: int = 1) -> str:
    """The words at the end of `before` that `short` stands for; empty where none do.

    Each letter begins a word, in order, little words apart; `within` letters may stand inside a word that has been begun
    ("Xanthogranulomatous cholecystitis": XGC).
    """
    letters = [letter.lower() for letter in short if letter.isalnum()]
    words = list(_WORD.finditer(before))[-2 * len(letters) - 2 :]
    for inside in range(within + 1):
        for first in range(len(words) - 2, -1, -1):
            said = [word[0].lower() for word in words[first:]]
            if said[0] not in _LITTLE and _stands_for(letters, said, inside):
                return before[words[first].start() :]
    return ""


def _stands_for(letters: list[str], words: list[str], within: int) -> bool:
    if not letters:
        return all(word in _LITTLE for word in words) if words else True
    if not words:
        return False
    word, rest = words[0], words[1:]
    if word[0] == letters[0]:
        if _stands_for(letters[1:], rest, within):
            return True
        inside = len(letters) > 1 and within > 0 and letters[1] in word[1:]
        if inside and _stands_for(letters[2:], rest, within - 1):
            return True
    return word in _LITTLE and _stands_for(letters, rest, within)


def read_from(texts: Iterable[str], names: Iterable[tuple[str, ...]] = ()) -> dict[str, str]:
    """Short form -> the long form that it stands for, from texts and from sets of names of one thing."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(re.findall(rf"(?<![\w-]){_SHORT}(?![\w-])", text)))
        for match in _BRACKETED.finditer(text):
            found[match[1]][long_form(match[1], text[: match.start()].rstrip())] += 1
    for one in names:
        for short in (name for name in one if re.fullmatch(_SHORT, name)):
            found[short].update(name for name in one if long_form(short, name, within=0) == name)
    return {
        short: firm
        for short in sorted(found)
        if sum(letter.isupper() for letter in short) > 1
        and seen[short] < COMMON
        and _letters(firm := _firm(found[short])) > _letters(short) + 1
    }


def _letters(text: str) -> int:
    return sum(letter.isalpha() for letter in text)


def _firm(counted: Counter[str]) -> str:
    """The long form that nearly all uses agree on, as it is written most; empty where they do not."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for form, times in counted.items():
        if form:
            written[form.lower().removesuffix("s")][form] += times
    if not written:
        return ""
    key = max(written, key=lambda name: (written[name].total(), name))
    if written[key].total() < FIRM * sum(one.total() for one in written.values()):
        return ""
    return max(written[key], key=lambda name: (written[key][name], name))


def from_cards() -> dict[str, str]:
    """As `read_from`, of the packaged guidelines and topics."""
    cards = [document for document in embedded.documents() if document.source.kind in ("guideline", "topic")]
    texts = (line for document in cards for line in document.text.splitlines())
    return read_from(texts, ((document.source.title, *document.source.aliases) for document in cards))


@cache
def abbreviations() -> Mapping[str, str]:
    """What `data/abbreviations.json` holds."""
    read: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


@cache
def _any() -> re.Pattern[str]:
    longest_first = sorted(abbreviations(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])")


def written_out(text: str) -> str:
    """The text with each known short form behind its long one, once: "usual interstitial pneumonia (UIP)"; else as it stands."""
    lower, done = text.lower(), set[str]()

    def put(match: re.Match[str]) -> str:
        long = abbreviations()[match[0]]
        if match[0] in done or long.lower() in lower:
            return match[0]
        done.add(match[0])
        return f"{long} ({match[0]})"

    return _any().sub(put, text)


def main(arguments: list[str]) -> int:
    """`rebuild` or `check`; 0 when all is well."""
    if arguments == ["rebuild"]:
        FILE.write_text(json.dumps(from_cards(), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
        print(f"{len(from_cards())} short forms in {FILE.name}")  # noqa: T201
        return 0
    if arguments == ["check"]:
        fits = from_cards() == abbreviations()
        print(f"{FILE.name} {'fits the cards' if fits else 'is not what the cards say: python -m corpora.abbreviations rebuild'}")  # noqa: T201
        return 0 if fits else 1
    print("usage: python -m corpora.abbreviations rebuild|check")  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
