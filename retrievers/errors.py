"""Errors of retrieval; the tree is drawn in `corpora.errors`."""

from corpora.errors import RadqaError, SetupError


class IndexMismatch(SetupError):
    """The index was made with another model, is truncated, altered, or no index at all."""


class MissingModel(SetupError):
    """An embedding or chat model cannot be found under its name or path."""


class SourceError(RadqaError):
    """A source could not give what it was asked for; the run goes on without it."""

    retryable = False

    def __init__(self, source: str, message: str) -> None:
        """Name the source first in the message."""
        super().__init__(f"{source}: {message}")
        self.source = source


class SourceUnavailable(SourceError):
    """Down, unreachable or too slow; trying again later may help."""

    retryable = True


class SourceRateLimited(SourceError):
    """The source asks for fewer requests; `retry_after_s` is its own wish in seconds, if it said one."""

    retryable = True

    def __init__(self, source: str, message: str, retry_after_s: float | None = None) -> None:
        """Keep the wait the source asked for."""
        super().__init__(source, message)
        self.retry_after_s = retry_after_s


class SourceRefused(SourceError):
    """Blocked, forbidden, or against our own rules (address, size, licence)."""


class MalformedSourceResponse(SourceError):
    """Answered, but not in its documented format."""


class IndexWriteFailed(RadqaError):
    """The index could not be written (disk full, no permission); what was there before is untouched."""
