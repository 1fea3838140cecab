"""What a passage asserts: the concepts linked in it, and its text without what it denies.

"No pneumothorax" is not about pneumothorax. The words of denied concepts are kept out of the lexical index, sentences that only
deny out of the embedding. Guidelines, topics and the project's own cases are read whole: what they exclude is part of what they teach.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from corpora.concepts.linker import Linker, linker
from corpora.passages import sentence_spans
from corpora.types import ConceptMention, Passage


class Links(NamedTuple):
    """Concepts of a passage: of its document's title, aliases and topics; of its section's heading; of its text as it is read."""

    title: Sequence[ConceptMention]
    section: Sequence[ConceptMention]
    text: Sequence[ConceptMention]


def link_all(passages: Sequence[Passage], made: Linker | None = None) -> list[Links]:
    """The links of every passage; titles and headings are linked once."""
    link = (made or linker()).link
    known: dict[str, list[ConceptMention]] = {}

    def once(text: str) -> list[ConceptMention]:
        if text not in known:
            known[text] = link(text)
        return known[text]

    found = []
    for passage in passages:
        source = passage.source
        title = once(". ".join((source.title, *source.aliases, *source.topics)))
        found.append(Links(title, once(passage.section), link(passage.spoken)))
    return found


def reads_whole(passage: Passage) -> bool:
    """Whether all of a passage counts, what it denies too."""
    return passage.is_row or passage.source.kind in ("guideline", "topic") or passage.source.metadata.get("fictional") == "true"


def asserted_words(passage: Passage, links: Links) -> str:
    """The passage as it is read, without the words of concepts it denies."""
    text, kept, position = passage.spoken, [], 0
    if reads_whole(passage):
        return text
    for mention in links.text:
        if mention.assertion == "absent":
            kept.append(text[position : mention.start])
            position = mention.end
    return "".join((*kept, text[position:]))


def asserted_sentences(passage: Passage, links: Links) -> str:
    """The passage as it is read, without sentences that deny all concepts they name; whole where nothing would be left."""
    text = passage.spoken
    if reads_whole(passage) or all(mention.assertion != "absent" for mention in links.text):
        return text
    spans = sentence_spans(text)
    kept = [text[start:end] for start, end in spans if not _only_denies(start, end, links.text)]
    return " ".join(kept) if len(kept) < len(spans) and kept else text


def _only_denies(start: int, end: int, mentions: Sequence[ConceptMention]) -> bool:
    said = [mention.assertion for mention in mentions if start <= mention.start < end]
    return bool(said) and all(assertion == "absent" for assertion in said)
