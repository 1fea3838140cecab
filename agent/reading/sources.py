"""What kind of source it is that speaks: one found live, a dictionary, somebody's own document. Pure."""

from __future__ import annotations

from corpora.types import Authority, SourceRecord


def is_live(source: SourceRecord) -> bool:
    """Whether a source was found live rather than in the index."""
    return "live" in source.metadata


def is_dictionary(source: SourceRecord) -> bool:
    """Whether a source is a dictionary: it defines, and names nobody for what it says."""
    return source.authority is Authority.DICTIONARY


def is_own(source: SourceRecord) -> bool:
    """Whether a source is a document that somebody put into the index, whoever it says it is from."""
    return source.authority is Authority.DOCUMENT
