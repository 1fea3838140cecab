"""Which documents of the library are shown for what was chosen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from corpora.types import Document, Frozen, SourceRecord

KINDS: Mapping[str, str] = {
    "guideline": "Guidelines",
    "topic": "Reference topics",
    "case": "Cases",
    "document": "My documents",
    "article": "Articles",
    "dictionary": "Dictionary",
    "web": "Web pages",
}

TOPIC_KINDS: Mapping[str, str] = {
    "disease": "Diseases",
    "sign": "Signs",
    "differential": "Differentials",
    "anatomy": "Anatomy",
    "normal": "Normal values",
    "technique": "Technique",
    "safety": "Safety",
    "procedure": "Procedures",
    "performance": "Test performance",
}
"""Kinds of reference topics."""


class Wanted(Frozen):
    """What to show; an empty field allows everything. `kinds` are those of `KINDS` and `TOPIC_KINDS`, either of which is enough."""

    words: str = ""
    kinds: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()
    subspecialty: tuple[str, ...] = ()
    years: tuple[int, int] | None = None

    def allows(self, source: SourceRecord) -> bool:
        """Whether a source passes every filter but the words."""
        return (
            (not self.kinds or source.kind in self.kinds or source.topic_kind in self.kinds)
            and (not self.organisations or source.organisation in self.organisations)
            and (not self.modality or bool(set(self.modality) & set(source.modality)))
            and (not self.subspecialty or source.subspecialty in self.subspecialty)
            and (self.years is None or (source.year is not None and self.years[0] <= source.year <= self.years[1]))
        )

    def named_by(self, source: SourceRecord) -> bool:
        """Whether title, aliases, topics or organisation hold every word."""
        described = " ".join((source.title, source.organisation, *source.aliases, *source.topics, source.id)).casefold()
        return all(word in described for word in self.words.casefold().split())


class Offered(Frozen):
    """What the filters can choose from."""

    kinds: tuple[str, ...]
    topic_kinds: tuple[str, ...]
    organisations: tuple[str, ...]
    modality: tuple[str, ...]
    subspecialty: tuple[str, ...]
    years: tuple[int, int] | None


def offered(documents: Iterable[Document]) -> Offered:
    """The values that occur."""
    sources = [document.source for document in documents]
    years = sorted(source.year for source in sources if source.year)
    return Offered(
        kinds=tuple(kind for kind in KINDS if any(source.kind == kind for source in sources)),
        topic_kinds=tuple(kind for kind in TOPIC_KINDS if any(source.topic_kind == kind for source in sources)),
        organisations=tuple(sorted({source.organisation for source in sources if source.organisation}, key=str.casefold)),
        modality=tuple(sorted({name for source in sources for name in source.modality})),
        subspecialty=tuple(sorted({source.subspecialty for source in sources if source.subspecialty})),
        years=(years[0], years[-1]) if years and years[0] < years[-1] else None,
    )


def shown(documents: Iterable[Document], wanted: Wanted, found: Sequence[str] = ()) -> list[Document]:
    """The documents to list: those named by the words first, then those whose passages were `found` (document ids, best first)."""
    allowed = [document for document in documents if wanted.allows(document.source)]
    if not wanted.words.strip():
        return sorted(allowed, key=lambda document: (list(KINDS).index(document.source.kind), document.source.title.casefold()))
    named = sorted(
        (document for document in allowed if wanted.named_by(document.source)), key=lambda document: document.source.title.casefold()
    )
    place = {name: number for number, name in reversed(list(enumerate(found)))}
    rest = [document for document in allowed if document not in named and document.id in place]
    return [*named, *sorted(rest, key=lambda document: place[document.id])]
