"""Errors of retrieval; the tree is drawn in `corpora.errors`, where those of sources are defined for both layers."""

from corpora.errors import (
    MalformedSourceResponse,
    RadqaError,
    SetupError,
    SourceError,
    SourceRateLimited,
    SourceRefused,
    SourceUnavailable,
)

__all__ = [
    "EngineUnavailable",
    "IndexMismatch",
    "IndexWriteFailed",
    "MalformedSourceResponse",
    "MissingModel",
    "PartitionFailed",
    "SourceEmpty",
    "SourceError",
    "SourceRateLimited",
    "SourceRefused",
    "SourceUnavailable",
    "StoreUnusable",
]


class IndexMismatch(SetupError):
    """The index was made with another model, is truncated, altered, or no index at all."""


class StoreUnusable(SetupError):
    """A store cannot be opened, or holds what another model made."""


class MissingModel(SetupError):
    """An embedding or chat model cannot be found under its name or path."""


class IndexWriteFailed(RadqaError):
    """The index could not be written (disk full, no permission); what was there before is untouched."""


class EngineUnavailable(SetupError):
    """The processes that are to share a build cannot be started or reached."""


class PartitionFailed(RadqaError):
    """Part of a build failed again and again; the message names its files. What is done is kept for the next try."""


class SourceEmpty(SourceError):
    """Answered in its documented format, and found nothing."""
