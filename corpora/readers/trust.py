"""What a file that anybody could have written may not say: of itself, to a language model, or behind the reader's back.

A document is read as a person sees it. Links, images, markup and invisible signs are taken out, and sentences that speak to a language
model; what only the package may claim of a source is dropped. What is left out in this way is told.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from corpora.passages import sentence_spans
from corpora.types import Document, Section, SourceRecord
from corpora.visible.clean import LONE, addresses_a_model, seen, title

UNREAD = "unread"
"""Key of a source's metadata that says which parts of the file were not read: "pages 2-5 hold no text"."""
UNRELIABLE = "unreliable"
"""Key of a source's metadata that says why what was read may differ from what the page shows."""
RESERVED = frozenset({"live", "standing", "accessed", "checked", "fictional", "collection", "file"})
"""Metadata by which the program itself marks what it found live, checked or made up."""
CUT = "sentences that speak to a language model"
_WEB = re.compile(r"https?://[^\s<>\"'\\]{1,2000}")
_DOI = re.compile(r"10\.\d{1,9}/[^\s<>\"'\[\]]{1,200}")


def untrusted(document: Document) -> Document:
    """The document as somebody's own: as it is seen, displacing no source, not checked, and no guideline or topic of the package."""
    whole = _without_surrogates(document)
    text, sections, cut = _seen(whole)
    source = _source(whole.source, cut)
    return whole.model_copy(update={"text": text, "sections": sections, "source": source})


def _source(source: SourceRecord, cut: bool) -> SourceRecord:
    metadata = {key: seen(value) for key, value in source.metadata.items() if key not in RESERVED}
    metadata = {key: value for key, value in metadata.items() if not addresses_a_model(value)}
    if cut:
        metadata[UNREAD] = "; ".join(part for part in (metadata.get(UNREAD, ""), CUT) if part)
    claimed: dict[str, Any] = {
        "title": title(seen(source.title), "a document"),
        "organisation": title(source.organisation, ""),
        "citation": title(source.citation, "", most=600),
        "version": title(source.version, ""),
        "licence": title(source.licence, ""),
        "topics": tuple(name for one in source.topics if (name := title(one, ""))),
        "aliases": tuple(name for one in source.aliases if (name := title(one, ""))),
        "url": source.url if _WEB.fullmatch(source.url) else "",
        "doi": source.doi if _DOI.fullmatch(source.doi) else "",
        "kind": "document" if source.kind in ("guideline", "topic") else source.kind,
        "topic_kind": None, "concepts": None, "checked": (), "supersedes": (), "superseded_by": "", "metadata": metadata,
    }  # fmt: skip
    return source.model_copy(update=claimed)


def _seen(document: Document) -> tuple[str, tuple[Section, ...], bool]:
    """The text as it is seen, its sections where they stand in it, and whether words to a model were cut."""
    places = sorted({0, len(document.text), *(place for one in document.sections for place in (one.start, one.end))})
    text, moved, cut = "", {0: 0}, False
    speaks = addresses_a_model(seen(document.text))
    for start, end in pairwise(places):
        piece = seen(document.text[start:end])
        kept = without_orders(piece) if speaks else piece
        cut |= kept != piece
        text += kept
        moved[end] = len(text)
    sections = tuple(
        one.model_copy(update={"heading": title(seen(one.heading), ""), "start": moved[one.start], "end": moved[one.end]})
        for one in document.sections
    )
    return text, sections, cut


def without_orders(text: str) -> str:
    """The text without the sentences, table rows and, where it takes more than one sentence to say it, paragraphs that address a model."""
    if not addresses_a_model(text):
        return text
    lines = "\n".join(_line_without_orders(line) for line in text.split("\n"))
    if not addresses_a_model(lines):
        return lines
    paragraphs = [paragraph for paragraph in re.split(r"(\n\s*\n)", lines) if not addresses_a_model(paragraph)]
    kept = "".join(paragraphs)
    return "" if addresses_a_model(kept) else kept


def _line_without_orders(line: str) -> str:
    if not addresses_a_model(line):
        return line
    if line.lstrip().startswith(("|", "#")):
        return ""
    spoken = [line[start:end] for start, end in sentence_spans(line)]
    kept = " ".join(sentence for sentence in spoken if not addresses_a_model(sentence))
    return "" if addresses_a_model(kept) else kept


def _without_surrogates(document: Document) -> Document:
    """A last net under readers that let surrogates through: replaced one for one, so that offsets stay true."""
    update: dict[str, Any] = {}
    for name in ("id", "text"):
        if LONE.search(value := getattr(document, name)):
            update[name] = LONE.sub("�", value)
    source = {name: _replaced(value) for name, value in document.source if _replaced(value) != value}
    if source:
        update["source"] = document.source.model_copy(update=source)
    if any(LONE.search(section.heading) for section in document.sections):
        update["sections"] = tuple(one.model_copy(update={"heading": _replaced(one.heading)}) for one in document.sections)
    return document.model_copy(update=update) if update else document


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return LONE.sub("�", value)
    if isinstance(value, tuple):
        return tuple(map(_replaced, value))
    return {_replaced(key): _replaced(item) for key, item in value.items()} if isinstance(value, dict) else value
