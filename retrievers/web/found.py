"""What a live source found, as documents of our own: cleaned, split into passages, weighed by who says it and when. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from corpora.passages import split
from corpora.readers.front import headed_sections
from corpora.retraction import says_retracted
from corpora.types import Document, Passage, Section, SourceKind, SourceRecord
from corpora.visible.clean import addresses_a_model, plain, title
from retrievers.errors import SourceRefused
from retrievers.types import Hit, Query
from retrievers.words import words

STANDING: dict[str, float] = {
    "guideline": 0.15, "systematic review": 0.12, "review": 0.09, "trial": 0.07, "label": 0.06, "registry": 0.0, "study": 0.0,
    "case report": -0.10, "opinion": -0.10, "page": -0.10,
}  # fmt: skip
"""What a work's kind adds to its score: the more patients and the more judgement stand behind it, the more."""

FRESH, FRESH_YEARS, STALE, STALE_YEARS = 0.04, 5, -0.06, 15
_STUDY: tuple[tuple[str, str], ...] = (
    ("guideline|consensus|position statement|appropriateness criteria", "guideline"),
    ("systematic[ -]review|meta-?analysis", "systematic review"),
    ("case[ -]report|case series", "case report"),
    ("editorial|comment|letter|news|interview|biography", "opinion"),
    ("review", "review"),
    ("randomi[sz]ed|clinical trial|multicenter study", "trial"),
)
"""What a catalogue's types say."""

_TITLED: tuple[tuple[str, str], ...] = (
    (r"systematic review|meta-?analysis", "systematic review"),
    (r"\bcase (?:report|series)\b", "case report"),
    (r"(?:consensus|position) (?:statement|paper|guidelines?|recommendations)\W*$", "guideline"),
    (r"^guidelines? for |^acr appropriateness criteria|(?:^|: )(?:an? )?(?:clinical )?practice guidelines?\W*$", "guideline"),
    (r"(?:^|[:.?] )(?:an? |the )?(?:[\w-]+ ){0,2}review\W*$", "review"),
    (r"[:.] an? (?:[\w-]+,? ){0,4}(?:randomi[sz]ed|clinical)(?: [\w-]+){0,2} (?:trial|study)\W*$", "trial"),
)
"""What a title says in the forms that titles close or open with: a word within one may name what was looked at."""
_AUDIT = re.compile(
    "complian|adheren|audit|survey|aware|impact of|implement|evaluat|validat|compar|according to|retrospective|chart review|peer review",
    re.IGNORECASE,
)

_RETRACTED_KIND = re.compile(r"retracted publication|retraction of publication|^retract", re.IGNORECASE)
_RETRACTED_NOTE = frozenset({"retractionin", "partialretractionin", "retractedandrepublishedin"})


def was_retracted(heading: str, kinds: Iterable[str], notes: Iterable[str]) -> bool:
    """Whether a work was taken back, or takes another back, by its title, its types or the notes on it ("RetractionIn")."""
    noted = any(_letters(note) in _RETRACTED_NOTE for note in notes)
    return noted or any(map(_RETRACTED_KIND.search, kinds)) or says_retracted(heading)


def is_doubted(notes: Iterable[str]) -> bool:
    """Whether its editors voiced concern about a work ("ExpressionOfConcernIn")."""
    return any(_letters(note) == "expressionofconcernin" for note in notes)


def _letters(note: str) -> str:
    return re.sub(r"[^a-z]", "", note.lower())


def study_type(kinds: Iterable[str], heading: str = "") -> str:
    """One of `STANDING`'s kinds for what a catalogue calls a work's types; its title decides where they say nothing."""
    stated = " | ".join(kinds)
    for pattern, kind in _STUDY:
        if re.search(pattern, stated, re.IGNORECASE):
            return kind
    named = next((kind for pattern, kind in _TITLED if re.search(pattern, heading, re.IGNORECASE)), "study")
    return "study" if named in ("guideline", "review") and _AUDIT.search(heading) else named


def standing(kind: str, year: int | None, today: datetime | None = None) -> float:
    """What kind and year add to a score, -0.2 to 0.2."""
    age = (today or datetime.now(UTC)).year - year if year else None
    freshness = 0.0 if age is None else FRESH if age <= FRESH_YEARS else STALE if age > STALE_YEARS else 0.0
    return round(STANDING[kind] + freshness, 3)


def work(
    name: str,
    heading: str,
    parts: Sequence[tuple[str, str]],
    *,
    source: str,
    study: str,
    organisation: str = "",
    year: int | None = None,
    url: str = "",
    doi: str = "",
    kind: SourceKind = "article",
    citation: str = "",
    licence: str = "",
    retracted: bool = False,
    doubted: bool = False,
    topics: Sequence[str] = (),
    more: dict[str, str] | None = None,
) -> Document | None:
    """A work as a document: its cleaned parts under their headings; None where nothing is left.

    Args:
        name: the id, unique over all sources.
        heading: the title.
        parts: heading and text of each part.
        source: the live source that found it.
        study: one of `STANDING`'s kinds.
        organisation: journal, society or site.
        year: of publication.
        url: the page a person opens.
        doi: without a resolver.
        kind: "case" for a report of one.
        citation: as one cites it.
        licence: as stated.
        retracted: whether it was taken back.
        doubted: whether its editors voiced concern about it.
        topics: catalogue terms.
        more: further metadata.

    Raises:
        SourceRefused: it speaks to a language model.
    """
    kept = [(" ".join(plain(head).split()), text) for head, body in parts if (text := plain(body))]
    if not kept:
        return None
    if any(addresses_a_model(f"{head}\n{text}") for head, text in kept):
        what = f"a page of {organisation}" if kind == "web" else "a work"
        raise SourceRefused(source, f"{what} holds instructions to a language model and was set aside")
    text, sections = "", []
    for head, body in kept:
        text += f"## {head}\n" if head else ""
        sections.append(Section(heading=head, start=len(text), end=len(text) + len(body)))
        text += f"{body}\n\n"
    year = year if year and 1850 <= year <= 2100 else None
    record = SourceRecord(
        id=name,
        title=title(heading, name),
        organisation=title(organisation, source) if organisation else "",
        year=year,
        version=f"accessed {datetime.now(UTC).date().isoformat()}" if kind == "web" else str(year or ""),
        url=url,
        doi=doi if re.fullmatch(r"10\.\d{4,9}/[^\s<>\"'\[\]]{1,200}", doi) else "",
        kind=kind,
        citation=title(citation, "") if citation else "",
        licence=title(licence, ""),
        retracted=retracted,
        topics=tuple(named for topic in topics[:12] if (named := title(topic, ""))),
        metadata={
            "live": source, "study_type": study, "standing": str(standing(study, year)),
            "accessed": datetime.now(UTC).date().isoformat(), **({"concern": "yes"} if doubted else {}), **(more or {}),
        },
    )  # fmt: skip
    inner = headed_sections(text) if len(kept) == 1 and not kept[0][0] else tuple(sections)
    return Document(id=name, text=text, source=record, sections=inner)


def page_id(url: str) -> str:
    """The id of a web page: "web:" and a hash of its address."""
    return f"web:{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def hits(query: Query, documents: Sequence[Document], name: str, weight: Callable[[str], float] = lambda stem: 1.0) -> list[Hit]:
    """The documents' passages for a query, best first: share of its words, place in the source's order, and standing."""
    stems = frozenset(words(query.text, boilerplate=True)) or frozenset(words(query.text))
    total = sum(weight(stem) for stem in stems) or 1.0
    found: dict[str, Hit] = {}
    for place, document in enumerate(documents, 1):
        about = frozenset(words(". ".join((document.source.title, *document.source.topics))))
        for passage in split(document):
            if query.filters.allow(passage):
                score = _score(passage, stems, about, total, weight) + 0.10 / place
                found.setdefault(passage.id, Hit(passage=passage, score=score, retriever=name, why=_why(passage)))
    return sorted(found.values(), key=lambda hit: (-hit.score, hit.passage.id))[: query.k]


def _score(passage: Passage, stems: frozenset[str], about: frozenset[str], total: float, weight: Callable[[str], float]) -> float:
    own = frozenset(words(f"{passage.section}. {passage.shown}"))
    said = sum(weight(stem) for stem in stems & own) / total
    covered = sum(weight(stem) for stem in stems & (own | about)) / total
    score = 0.6 * said + 0.4 * covered + float(passage.source.metadata.get("standing", "0"))
    return score - 1.0 if passage.source.retracted else score


def _why(passage: Passage) -> str:
    source = passage.source
    mark = "RETRACTED, " if source.retracted else "EXPRESSION OF CONCERN, " if source.metadata.get("concern") else ""
    return f"{mark}{source.metadata.get('study_type', '')}, {source.year or 'no year'}"


_SCHEME = re.compile(r"^https?://(?:www\.)?")


def same_work(document: Document) -> frozenset[str]:
    """Keys by which two documents are one work: DOI, PubMed and PMC number, trial number, address, title with year."""
    source, more = document.source, document.source.metadata
    plain_title = " ".join(words(source.title))
    keys = {
        f"doi:{source.doi.lower()}" if source.doi else "",
        *(f"{name}:{more[name]}" for name in ("pmid", "pmcid", "nct") if more.get(name)),
        f"url:{_SCHEME.sub('', source.url).rstrip('/').lower()}" if source.url else "",
        f"title:{plain_title}:{source.year or ''}" if len(plain_title) > 20 else "",
        f"pmcid:{source.id}" if re.fullmatch(r"PMC\d+", source.id) else "",
    }
    return frozenset(keys - {""})


def merged(documents: Iterable[Document]) -> list[Document]:
    """One document per work, in order of first appearance: the one with the most text, retracted when any source says so."""
    kept: list[tuple[Document, frozenset[str]]] = []
    for document in documents:
        keys = same_work(document)
        twin = next((number for number, (_, known) in enumerate(kept) if keys & known), None)
        if twin is None:
            kept.append((document, keys))
            continue
        other, known = kept[twin]
        best = document if len(document.text) > 1.2 * len(other.text) else other
        if document.source.retracted or other.source.retracted:
            best = as_retracted(best)
        if "concern" in {*document.source.metadata, *other.source.metadata}:
            told = best.source.model_copy(update={"metadata": {**best.source.metadata, "concern": "yes"}})
            best = best.model_copy(update={"source": told})
        kept[twin] = (best, keys | known)
    return [document for document, _ in kept]


def as_retracted(document: Document) -> Document:
    """The document, marked as retracted."""
    return document.model_copy(update={"source": document.source.model_copy(update={"retracted": True})})
