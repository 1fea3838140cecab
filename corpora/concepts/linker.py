"""Finds concepts in text: the longest terms over normalised words, in one pass of an Aho-Corasick automaton.

Every word of a text becomes one character that stands for its form, so that a position in the coded text is a word's number
and a match can never begin or end inside a word. Terms, assertion triggers, commas and sentence ends are found in the same pass.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import ahocorasick_rs

from corpora.concepts import abbreviations
from corpora.concepts.assertion import COMMA, Event, Trigger, assertions, triggers
from corpora.concepts.coded import END, PAUSE, Codes, Reading
from corpora.concepts.forms import Forms, is_acronym, turned
from corpora.concepts.vocabulary import Vocabulary, vocabulary
from corpora.types import ConceptMention

TURNED_SCORE, ACRONYM_SCORE, SCOPED_SCORE = 0.85, 0.9, 0.9
UNCODED = 0.4
"""What a term's weight counts for a concept without a CUI, when one with a CUI has the term too."""
AMBIGUOUS = 0.9
"""A second meaning with this share of the best one's weight leaves the choice to the context."""
_Weights = dict[tuple[str, ...], dict[str, float]]


class Meaning(NamedTuple):
    """What a term may mean: the concept, and how firmly (0-1)."""

    cui: str
    score: float


class Scope(NamedTuple):
    """A meaning that a term has in texts with a cue word."""

    cue: re.Pattern[str]
    meaning: Meaning
    capitals: bool


class Entry(NamedTuple):
    """What a pattern stands for: meanings of the words, of the capitals, in some texts; a trigger; or nothing (a blocked phrase).

    `spelled` holds acronyms in S, whose form is another word's ("PRES", "pre"): only they have the meaning of the capitals.
    """

    words: tuple[Meaning, ...] = ()
    capitals: tuple[Meaning, ...] = ()
    trigger: Trigger | None = None
    scoped: tuple[Scope, ...] = ()
    spelled: frozenset[str] = frozenset()


class _Found(NamedTuple):
    start: int
    end: int
    meaning: Meaning


class Linker:
    """Links texts to the concepts of one vocabulary. Safe to share between threads."""

    def __init__(self, known: Vocabulary) -> None:
        """Compile the vocabulary's terms; takes about two seconds."""
        self.vocabulary = known
        weighted = {cui: known.weighted_terms(cui) for cui in known}
        self.forms = Forms(term for terms in weighted.values() for term in terms)
        self._labels = {cui: (known.name(cui), known.group(cui)) for cui in known}
        patterns = self._compile(weighted)
        self._codes = Codes(self.forms)
        self._stray: dict[str, bool] = {}
        self._entries = list(patterns.values())
        coded = [self._codes.of_key(key) for key in patterns]
        self._matcher = ahocorasick_rs.AhoCorasick(
            [*coded, END, PAUSE], matchkind=ahocorasick_rs.MatchKind.LeftmostLongest, store_patterns=False
        )

    def _compile(self, weighted: dict[str, dict[str, int]]) -> dict[tuple[str, ...], Entry]:
        """Every key that can match, with what it stands for."""
        words, capitals = self._gather(weighted)
        scoped = self._compile_scoped()
        entries = {self.forms.key(term): Entry() for term in self.vocabulary.blocked}
        entries |= {key: Entry(_meanings(weights)) for key, weights in words.items()}
        for key in {**capitals, **scoped}:
            either = (_meanings(words.get(key, {})), _meanings(capitals.get(key, {}), ACRONYM_SCORE))
            entries[key] = Entry(*either, scoped=tuple(scoped.get(key, ())), spelled=self._spelled(key, capitals.get(key, {})))
        entries |= {self.forms.key(phrase): Entry(trigger=trigger) for phrase, trigger in triggers().items()}
        return {key: entry for key, entry in entries.items() if key}

    def _gather(self, weighted: dict[str, dict[str, int]]) -> tuple[_Weights, _Weights]:
        """Key -> concept -> weight, for words (turned orders included) and for acronyms, which only curation makes safe to read."""
        overrides = self.vocabulary.overrides
        ignored = {self.forms.key(term) for term in overrides.ignored}
        curated = {term for item in overrides.curated for term in item.terms}
        words: _Weights = {}
        capitals: _Weights = {}
        of_term = self.forms.key
        for cui, terms in weighted.items():
            trust = 1.0 if ":" not in cui else UNCODED
            for term, weight in terms.items():
                key = of_term(term)
                if term in curated:
                    _add(capitals if len(key) == 1 and is_acronym(term) else words, key, cui, weight)
                elif key and key not in ignored and not (len(key) == 1 and (len(key[0]) < 4 or is_acronym(term))):
                    _add(words, key, cui, weight * trust)
        for key, weights in list(words.items()):
            for order in turned(key):
                if order not in words:
                    words[order] = {cui: weight * TURNED_SCORE for cui, weight in weights.items()}
        return words, capitals

    def _spelled(self, key: tuple[str, ...], weights: dict[str, float]) -> frozenset[str]:
        """The curated acronyms of a key, where its form is not their own."""
        terms = {term for item in self.vocabulary.overrides.curated if item.cui in weights for term in item.terms if is_acronym(term)}
        mine = {term for term in terms if self.forms.key(term) == key}
        return frozenset(mine) if any(term.isupper() and term.lower() != key[0] and term.endswith("S") for term in mine) else frozenset()

    def _compile_scoped(self) -> dict[tuple[str, ...], list[Scope]]:
        """Key -> its meanings in texts of some kind, with the cue words that tell the kind."""
        scoped: dict[tuple[str, ...], list[Scope]] = defaultdict(list)
        for item in self.vocabulary.overrides.scoped:
            cue = re.compile(r"\b(?:" + "|".join(map(re.escape, item.cues)) + r")\b")
            for term in item.terms:
                scoped[self.forms.key(term)].append(Scope(cue, Meaning(item.cui, SCOPED_SCORE), is_acronym(term)))
        return scoped

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


def _add(found: _Weights, key: tuple[str, ...], cui: str, weight: float) -> None:
    known = found.get(key)
    if known is None:
        found[key] = {cui: weight}
    else:
        known[cui] = max(known.get(cui, 0.0), weight)


def _meanings(weights: dict[str, float], factor: float = 1.0) -> tuple[Meaning, ...]:
    """Best first; the score is the share of the weight, so that an undisputed term scores 1."""
    if not weights:
        return ()
    if len(weights) == 1:
        return (Meaning(next(iter(weights)), factor),)
    total = sum(weights.values())
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Meaning(cui, round(factor * (0.5 + 0.5 * weight / total), 3)) for cui, weight in ranked[:4])


def _in_capitals(piece: str) -> bool:
    """Whether a word is written as an acronym ("PE", "PEs", not "Ms")."""
    bare = piece.removesuffix("s")
    return len(bare) > 1 and bare.isupper()


def _with_abbreviations(text: str, mentions: list[ConceptMention], defined: Sequence[tuple[str, int, int]]) -> list[ConceptMention]:
    """The mentions, with every abbreviation that the text defines meaning what its long form means, or nothing where that is none."""
    meaning: dict[str, ConceptMention | None] = {}
    for short, start, end in defined:
        long_form = [mention for mention in mentions if mention.start >= start - 1 and mention.end == end]
        meaning[short] = long_form[0] if long_form else None
    said = {mention.start: mention for mention in mentions}
    kept = [mention for mention in mentions if mention.text.removesuffix("s") not in meaning]
    taken = [(mention.start, mention.end) for mention in kept]
    for use in re.finditer(r"\b(" + "|".join(map(re.escape, meaning)) + r")s?\b", text):
        source = meaning[use[1]]
        if source is None or any(start < use.end() and use.start() < end for start, end in taken):
            continue
        here = said.get(use.start())
        assertion = here.assertion if here else source.assertion
        kept.append(source.model_copy(update={"text": use[0], "start": use.start(), "end": use.end(), "assertion": assertion}))
    return sorted(kept, key=lambda mention: mention.start)


@cache
def linker() -> Linker:
    """The linker of the packaged vocabulary, compiled once per process."""
    return Linker(vocabulary())
