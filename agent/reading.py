"""Reading what was found: which documents are about the question, and which of their rows and sentences answer it.

Similarity finds the documents; inside a document the question's parameters decide (`agent.rows`), so that a neighbouring row is
never quoted in place of the one that applies.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.asked import Asked, codes
from agent.columns import values
from agent.polarity import denies
from agent.rows import RowFit, fit_document, fits_intent, given
from agent.scope import exclusion, is_special, unnamed_groups
from agent.wording import flat_tokens, occurrences
from corpora.passages import sentences
from corpora.quantities import find_quantities
from corpora.readers.cards import CHANGES, SCOPE, URGENT
from corpora.types import Passage, SourceRecord
from retrievers.library import Library
from retrievers.types import Hit
from retrievers.words import stem, tokens, words

OUTSIDE = 0.5
"""How near a passage that was found live counts, times the share of the question's words it has: it has no vector in the index."""

COSINE_FLOOR, COSINE_SPAN = 0.10, 0.50
"""Cosines of the half-whitened space run from about 0.1 (unrelated) to 0.6 (paraphrase); this maps them to 0-1."""


class DocumentFit(NamedTuple):
    """How much a document is about the question; all shares 0-1."""

    document_id: str
    source: SourceRecord
    covered: float
    named: float
    cosine: float
    found: float

    @property
    def about(self) -> float:
        """0-1, higher is better: mostly the words covered, then meaning, then whether its title and topics name them."""
        return 0.42 * self.covered + 0.28 * self.cosine + 0.30 * self.named


class Reading(NamedTuple):
    """A quote with how well it answers (0 and up; 0.5 is decent, 1 excellent); `fit` is set for table rows."""

    passage: Passage
    quote: str
    relevance: float
    fit: RowFit | None
    covered: float
    cosine: float


def content_stems(asked: Asked) -> frozenset[str]:
    """The question's stems that a passage can be expected to have: no measured values."""
    kept = frozenset(stem for stem in asked.stems if not re.match(r"^[<>=]?\d", stem))
    return kept or asked.stems


def scaled(cosine: float) -> float:
    """A cosine as a share of what is usual, 0-1."""
    return min(1.0, max(0.0, (cosine - COSINE_FLOOR) / COSINE_SPAN))


def rank_documents(asked: Asked, hits: Sequence[Hit], library: Library, vector: NDArray[np.float32], limit: int = 6) -> list[DocumentFit]:
    """The documents behind the hits, and those that cover the question's words best, by how much they are about it."""
    stems = content_stems(asked)
    coverage = library.coverage(stems)
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.passage.document_id, hit)
    for name in sorted(coverage, key=lambda name: -coverage[name])[:3]:
        if (passages := library.passages(name)) and name not in best:
            best[name] = Hit(passage=passages[0], score=0.0, retriever="coverage")
    superseded = {old for hit in best.values() for old in hit.passage.source.supersedes}
    order = list(best)
    cosines = _nearest(library, vector, order)
    fits = [
        DocumentFit(
            document_id=name,
            source=best[name].passage.source,
            covered=coverage.get(name, library.covered(stems, best[name].passage)),
            named=_named(stems, best[name].passage.source, library, asked.text),
            cosine=scaled(cosines[name]) if name in cosines else OUTSIDE * library.covered(stems, best[name].passage),
            found=1.0 / (1 + order.index(name)),
        )
        for name in order
        if name not in superseded
    ]
    fits = [fit._replace(named=fit.named - _OPPOSED * denies(fit.source.title, asked.text)) for fit in fits]
    return sorted(fits, key=lambda fit: (-(fit.about + 0.02 * fit.source.authority.rank + 0.05 * fit.found), fit.document_id))[:limit]


_OPPOSED = 0.8
"""What a document's naming share loses when its title is about the opposite: "breastfeeding" for a question about pregnancy."""


def _nearest(library: Library, vector: NDArray[np.float32], documents: Sequence[str]) -> dict[str, float]:
    """Each document's best passage cosine; documents outside the index are left out."""
    passages = [passage for name in documents for passage in library.passages(name)]
    nearest: dict[str, float] = {}
    for passage, cosine in zip(passages, library.nearness(vector, passages), strict=True):
        nearest[passage.document_id] = max(nearest.get(passage.document_id, -1.0), cosine)
    return nearest


_CALLED = 0.7
"""At least how much a document is named whose own system the question calls by name: "CAD-RADS", "Gustilo", "AAST"."""


def _named(stems: frozenset[str], source: SourceRecord, library: Library, question: str) -> float:
    """Share of the stems' weight that title, aliases and topics name; the two heaviest stems count double."""
    names = library.names(source)
    weights = {stem: library.weight(stem) for stem in stems}
    heavy = set(sorted(weights, key=lambda stem: (-weights[stem], stem))[:2])
    total = sum(weight * (2 if stem in heavy else 1) for stem, weight in weights.items())
    share = sum(weights[stem] * (2 if stem in heavy else 1) for stem in stems & names) / total if total else 0.0
    return max(share, _CALLED) if _calls(question, source) else share


def _calls(question: str, source: SourceRecord) -> bool:
    """Whether the question calls the document's system by a proper name or an abbreviation of it: "CAD-RADS", "Hunt Hess", "SBO"."""
    asked = {*flat_tokens(question), *tokens(question)}
    return any(_is_name(alias) and all(token in asked for token in tokens(alias) if token not in _LINKS) for alias in source.aliases)


_LINKS = frozenset(("of", "the", "and", "in", "for", "on", "to", "with"))
"""What a name is called without; a single letter is kept, so that "zone" does not call "Zone I"."""


def _is_name(alias: str) -> bool:
    """Whether an alias is a proper name or an abbreviation, not a modality and not common words."""
    return any(letter.isupper() for letter in alias) and alias.upper() not in ("CT", "MRI", "US", "PET", "PET/CT", "XR")


class Draught(NamedTuple):
    """A reading before similarity is heard: `raw` relevance without it, and what the cosine's share of what is usual counts."""

    passage: Passage
    quote: str
    raw: float
    fit: RowFit | None
    covered: float
    weight: float


class Draughts(NamedTuple):
    """What one document says to one question, whatever it is searched with, and the sentence by which it excludes the question."""

    items: tuple[Draught, ...]
    excluded: tuple[Passage, str] | None


def draughts(asked: Asked, passages: Sequence[Passage], library: Library) -> Draughts:
    """The rows and sentences of one document that do not conflict with the question, without similarity."""
    asked = spelled_out(asked, passages, library)
    stems = content_stems(asked)
    fits = {fit.passage.id: fit for fit in fit_document(passages, asked)}
    foreign = _foreign_values(list(fits.values()))
    groups = unnamed_groups(asked, passages[0].source) if passages else ()
    items: list[Draught] = []
    for passage in passages:
        fit = fits.get(passage.id)
        if fit is None:
            items += [_read_sentence(asked, passage, sentence, stems, library, foreign) for sentence in sentences(passage)]
        elif not fit.conflicts:
            row = _read_row(asked, passage, fit, stems, library)
            items.append(row._replace(raw=row.raw - _SPECIAL) if is_special(passage, groups) else row)
    return Draughts(tuple(items), exclusion(passages, asked))


def read(
    asked: Asked, passages: Sequence[Passage], library: Library, vector: NDArray[np.float32], made: Draughts | None = None
) -> list[Reading]:
    """The rows and sentences of one document by how well they answer, best first; rows that conflict are left out."""
    items, excluded = made or draughts(asked, passages, library)
    cosines = dict(zip((passage.id for passage in passages), library.nearness(vector, passages), strict=True))
    inside = bool(passages) and library.source(passages[0].document_id) is not None
    stems = content_stems(spelled_out(asked, passages, library)) if not inside else frozenset()
    readings = []
    for item in items:
        cosine = cosines[item.passage.id]
        near = scaled(cosine) if inside else OUTSIDE * library.covered(stems, item.passage)
        readings.append(Reading(item.passage, item.quote, max(0.0, item.raw + item.weight * near), item.fit, item.covered, near))
    if excluded:
        readings = [_excluding(reading, *excluded) for reading in readings]
    return sorted(readings, key=lambda reading: -reading.relevance)


_EXCLUDED, _EXCLUDING = 0.35, 0.35
"""What the readings of a document lose that says it is not for what is asked, and what the sentence that says so gains."""


def _excluding(reading: Reading, passage: Passage, sentence: str) -> Reading:
    says_so = reading.passage.id == passage.id and reading.quote == sentence
    return reading._replace(relevance=max(0.0, reading.relevance + (_EXCLUDING if says_so else -_EXCLUDED)))


_FOREIGN = 0.25
"""What a sentence loses that names another value than the question's: "part-solid" where the question says "solid"."""


def _foreign_values(fits: Sequence[RowFit]) -> list[list[str]]:
    """Values (tokens) that the tables hold in columns where the question says something else."""
    said = {value for fit in fits for name in fit.matched for value in values(fit.passage.row[name])}
    other = {value for fit in fits for name in fit.conflicts for value in values(fit.passage.row[name])} - said
    return [tokens for value in other if not find_quantities(value) and (tokens := flat_tokens(value))]


def spelled_out(asked: Asked, passages: Sequence[Passage], library: Library) -> Asked:
    """The question with the document's abbreviations in both forms: "PE" also counts as "pulmonary embolism", and the other way."""
    added: set[str] = set()
    for short, long in library.abbreviations(passages[0].document_id).items() if passages else ():
        if short in _CAPITALS.findall(asked.text):
            added |= set(words(long))
        elif set(words(long)) <= asked.stems:
            added |= set(words(short))
    return asked.model_copy(update={"stems": asked.stems | added}) if added - asked.stems else asked


_CAPITALS = re.compile(r"[A-Z][A-Za-z0-9-]+")


def _read_row(asked: Asked, passage: Passage, fit: RowFit, stems: frozenset[str], library: Library) -> Draught:
    covered, said = library.covered(stems, passage), _share(stems, frozenset(words(f"{passage.shown}. {passage.section}")), library)
    listed = 0.22 if asks_for_list(asked, passage) else 0.0
    matched = listed + 0.20 * fit.hard + 0.12 * (len(fit.matched) - fit.hard) + 0.14 * fit.overlap
    if _has_measures(asked):
        matched += _ADDRESSED if fit.hard else -_UNADDRESSED
    if any(name in passage.source.results and given(passage, name, asked) for name in passage.header):
        matched += _GIVEN
    raw = 0.30 * covered + 0.25 * said + matched + _intended(asked, passage) - _OPEN * len(fit.open)
    return Draught(passage, passage.text, raw, fit, covered, 0.25)


_SPECIAL = 0.15
"""What a row loses that is for a group of people whom the question does not name: nobody said that the patient is pregnant."""

_OPEN = 0.01
"""What a row loses for each condition that the question leaves open."""


def _share(stems: frozenset[str], there: frozenset[str], library: Library) -> float:
    """Share (0-1) of the stems' weight that is there."""
    total = sum(library.weight(stem) for stem in stems)
    return sum(library.weight(stem) for stem in stems & there) / total if total else 0.0


_LIST = re.compile(
    r"\b(?:what are the|which are the|(?:what|which) (?:two|three|four|five|six|seven|eight) |list|name the|name all|give the|enumerate)\b",
    re.IGNORECASE,
)


def asks_for_list(asked: Asked, row: Passage) -> bool:
    """Whether the question asks for a whole table that has a column, or a heading, of the name it uses ("What are the categories ...")."""
    if asked.codes or any(q.dimension != "number" for q in asked.quantities) or not _LIST.search(asked.text):
        return False
    named = {stem(word) for word in flat_tokens(_singular(" ".join((*row.header, row.section)))) if words(word)}  # "of" names no table
    said = {stem(token) for token in flat_tokens(_singular(" ".join(asked.tokens)))}
    return bool(named & said - {stem(word) for word in words(row.source.title)})


def _singular(text: str) -> str:
    """With the one Latin plural that tables and questions use: "criteria"."""
    return text.replace("criteria", "criterion")


_UNADDRESSED, _ADDRESSED, _GIVEN = 0.08, 0.20, 0.15
"""What a row or sentence loses that says nothing about the values or categories the question names, what a row gains that
meets them, and what one gains whose result the question names ("what makes a partial response?")."""


def _has_measures(asked: Asked) -> bool:
    return bool(asked.codes) or any(quantity.dimension not in ("number", "time (days)") for quantity in asked.quantities)


def _intended(asked: Asked, row: Passage) -> float:
    """A bonus when the row's answer column is of the kind that is asked for, a malus when it is of another kind."""
    if not asked.intents:
        return 0.0
    return 0.10 if fits_intent(row, asked) else -0.06


def _read_sentence(
    asked: Asked, passage: Passage, sentence: str, stems: frozenset[str], library: Library, foreign: list[list[str]]
) -> Draught:
    own = frozenset(words(sentence))
    covered = _share(stems, own | frozenset(words(f"{passage.section}. {passage.source.title}")), library)
    said = _share(stems, own, library)
    raw = 0.32 * covered + 0.33 * said + _measures(asked, sentence) + _kind_bonus(passage, asked)
    if any(occurrences(value, flat_tokens(sentence), set()) for value in foreign):
        raw -= _FOREIGN
    return Draught(passage, sentence, raw, None, covered, 0.30)


def _measures(asked: Asked, sentence: str) -> float:
    """A sentence that limits a dimension the question has: for it when the value lies inside, against it when outside."""
    inside = [q for q in find_quantities(sentence) if q.dimension != "number" and not (q.dimension == "time (days)" and q.is_point)]
    pairs = [(said, there) for said in asked.quantities for there in inside if said.dimension == there.dimension]
    if not pairs:
        return -_UNADDRESSED if _has_measures(asked) and not {c.code for c in asked.codes} & {c.code for c in codes(sentence)} else 0.0
    return 0.16 if any(there.contains(said) for said, there in pairs) else -0.08


def _kind_bonus(passage: Passage, asked: Asked) -> float:
    """What a sentence gains or loses by its section: for whom a card is, and what changes its advice, seldom answers what is asked."""
    defining = asked.intents[:1] == ("meaning",)
    changes = -0.12 if asked.intents and not defining else -0.04
    return {SCOPE: -0.08 if defining else -0.25, CHANGES: changes, URGENT: changes}.get(passage.section, 0.02)


def logistic(value: float) -> float:
    """1 / (1 + exp(-value))."""
    return 1.0 / (1.0 + math.exp(-value))
