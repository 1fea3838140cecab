"""Finds concepts in text: the longest terms over normalised words, in one pass of an Aho-Corasick automaton.

Every word of a text becomes one character that stands for its form, so that a position in the coded text is a word's number
and a match can never begin or end inside a word. Terms, assertion triggers, commas and sentence ends are found in the same pass.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import ahocorasick_rs

from corpora.concepts import abbreviations
from corpora.concepts.assertion import COMMA, Event, assertions
from corpora.concepts.coded import END, PAUSE, Codes, Reading
from corpora.concepts.compiled import Compiled, Entry, Meaning
from corpora.concepts.forms import Forms
from corpora.concepts.vocabulary import Vocabulary, vocabulary
from corpora.types import Assertion, ConceptMention

AMBIGUOUS = 0.9
"""A second meaning with this share of the best one's weight leaves the choice to the context."""

_CAPITAL = re.compile(r"\b[A-Z]")
_LONGEST_SHORT = 8


class _Found(NamedTuple):
    start: int
    end: int
    meaning: Meaning


class Linker:
    """Links texts to the concepts of one vocabulary. Safe to share between threads."""

    def __init__(self, known: Vocabulary, compiled: Compiled | None = None) -> None:
        """Take the vocabulary, and its compiled form where there is one; compiling takes seconds."""
        compiled = compiled or Compiled.of(known)
        self.vocabulary = known
        self.forms = Forms(compiled.known)
        self._labels = {cui: (known.name(cui), known.group(cui)) for cui in known}
        self._codes = Codes(self.forms, compiled.forms)
        self._stray: dict[str, bool] = {}
        self._entries: list[Entry | str] = [*compiled.entries]
        self._matcher = ahocorasick_rs.AhoCorasick(
            [*compiled.patterns, END, PAUSE], matchkind=ahocorasick_rs.MatchKind.LeftmostLongest, store_patterns=False
        )

    def link(self, text: str, groups: Container[str] | None = None) -> list[ConceptMention]:
        """The concepts of a text in order of place, never overlapping; each with what the text asserts of it.

        Args:
            text: any text.
            groups: semantic groups to keep; by default all.
        """
        reading = Reading(text, self._codes)
        entries, size = self._entries, len(self._entries)
        sentences: list[tuple[list[_Found], list[Event]]] = []
        found: list[_Found] = []
        events: list[Event] = []
        for pattern, start, end in self._matcher.find_matches_as_indexes(reading.coded):
            if pattern >= size:
                if pattern == size:
                    if found:
                        sentences.append((found, events))
                    found, events = [], []
                else:
                    events.append(Event(start, end, COMMA))
                continue
            entry = entries[pattern]
            if isinstance(entry, str):
                entry = entries[pattern] = Entry.read(entry)
            if entry.trigger is not None:
                events.append(Event(start, end, entry.trigger))
            elif meaning := self._meaning(entry, end - start, reading.piece(start), reading):
                found.append(_Found(start, end, meaning))
        if found:
            sentences.append((found, events))
        mentions = [mention for found, events in sentences for mention in self._mentions(found, events, reading)]
        if definitions := abbreviations.definitions(text):
            mentions = _with_abbreviations(text, mentions, definitions)
        return mentions if groups is None else [mention for mention in mentions if mention.group in groups]

    def asserted(self, text: str, spans: Sequence[tuple[int, int]]) -> list[Assertion]:
        """What one sentence asserts of each stretch of it, given as character offsets in order, whether or not it is a concept."""
        reading = Reading(text, self._codes)
        entries, size = self._entries, len(self._entries)
        events: list[Event] = []
        for pattern, start, end in self._matcher.find_matches_as_indexes(reading.coded):
            if pattern > size:
                events.append(Event(start, end, COMMA))
            elif pattern < size:
                entry = entries[pattern]
                if isinstance(entry, str):
                    entry = entries[pattern] = Entry.read(entry)
                if entry.trigger is not None:
                    events.append(Event(start, end, entry.trigger))
        return assertions([reading.words(start, end) for start, end in spans], events)

    def _meaning(self, entry: Entry, length: int, piece: str, reading: Reading) -> Meaning | None:
        """What an entry means here: capitals as such, a stray adjective nothing, a scoped term by the text's cue words."""
        capitals = length == 1 and _in_capitals(piece)
        if length == 1 and not capitals and self._strays(piece):
            return None
        for cue, meaning, only_capitals in entry.scoped:
            if (capitals or not only_capitals) and reading.has(cue):
                return meaning
        meant = capitals and (not entry.spelled or piece in entry.spelled or piece.removesuffix("s") in entry.spelled)
        meanings = entry.capitals if meant and entry.capitals else entry.words
        if len(meanings) > 1 and meanings[1].score > AMBIGUOUS * meanings[0].score:
            return self._nearest(meanings, reading)
        return meanings[0] if meanings else None

    def _nearest(self, meanings: Sequence[Meaning], reading: Reading) -> Meaning:
        """Of several likely meanings the one whose name or kinds share most words with the text; the likeliest on a tie."""

        def shared(meaning: Meaning) -> int:
            kinds = (meaning.cui, *self.vocabulary.parents(meaning.cui))
            words = {word for cui in kinds for word in self.forms.key(self._labels[cui][0])}
            return len(words & reading.forms(self.forms))

        return max(meanings[:3], key=shared)

    def _strays(self, piece: str) -> bool:
        known = self._stray.get(piece)
        if known is None:
            known = self._stray[piece] = self.forms.strays(piece.lower())
        return known

    def _mentions(self, found: Sequence[_Found], events: Sequence[Event], reading: Reading) -> Iterator[ConceptMention]:
        """One sentence's concepts as mentions."""
        said = assertions([(item.start, item.end) for item in found], events)
        for item, assertion in zip(found, said, strict=True):
            start, end = reading.span(item.start, item.end)
            cui, score = item.meaning
            name, group = self._labels[cui]
            yield ConceptMention(
                text=reading.text[start:end], start=start, end=end, cui=cui, name=name, group=group, score=score, assertion=assertion
            )


def _in_capitals(piece: str) -> bool:
    """Whether a word is written as an acronym ("PE", "PEs", not "Ms")."""
    bare = piece.removesuffix("s")
    return len(bare) > 1 and bare.isupper()


def _with_abbreviations(text: str, mentions: list[ConceptMention], defined: Sequence[tuple[str, int, int]]) -> list[ConceptMention]:
    """The mentions, with every abbreviation that the text defines meaning what its long form means, or nothing where that is none."""
    ending = {mention.end: mention for mention in reversed(mentions)}
    meaning: dict[str, ConceptMention | None] = {}
    for short, start, end in defined:
        long_form = ending.get(end)
        meaning[short] = long_form if long_form and long_form.start >= start - 1 else None
    said = {mention.start: mention for mention in mentions}
    kept = [mention for mention in mentions if mention.text.removesuffix("s") not in meaning]
    starts = [mention.start for mention in kept]
    used = []
    for start, end, short in _uses(text, meaning):
        source, before = meaning[short], bisect_left(starts, end) - 1
        if source is None or (before >= 0 and kept[before].end > start):
            continue
        here = said.get(start)
        assertion = here.assertion if here else source.assertion
        used.append(source.model_copy(update={"text": text[start:end], "start": start, "end": end, "assertion": assertion}))
    return sorted([*kept, *used], key=lambda mention: mention.start)


def _uses(text: str, defined: Container[str]) -> Iterator[tuple[int, int, str]]:
    """Where an abbreviation, or its plural, stands as a word of its own: start, end, and which it is."""
    position = 0
    for capital in _CAPITAL.finditer(text):
        start = capital.start()
        if start < position:
            continue
        for length in range(_LONGEST_SHORT, 1, -1):
            short, end = text[start : start + length], start + length
            if short not in defined or len(short) < length:
                continue
            end += text[end : end + 1] == "s"
            if not (text[end : end + 1].isalnum() or text[end : end + 1] == "_"):
                yield start, end, short
                position = end
                break


@cache
def linker() -> Linker:
    """The linker of the vocabulary in use, made once per process."""
    return Linker(vocabulary(), Compiled.in_use())
