"""Errors, named by what the caller does next.

RadqaError
 |- SetupError(.remedy)      MissingCorpus | IndexMismatch | MissingModel | InvalidSettings | MissingExtra
 |- SourceError(.source)     SourceUnavailable | SourceRateLimited(.retry_after_s) | SourceRefused (NotGiven) | MalformedSourceResponse
 |                          SourceEmpty; StoreUnusable and EngineUnavailable are SetupErrors (retrievers.errors)
 |- ModelError(.retryable)   ModelUnavailable | ModelTimeout | ModelRefused | MalformedModelOutput | PromptTooLong
 |                          (agent.errors)
 |- BudgetExceeded                                                                        (agent.errors)
 |- FolderUnwritable | PartitionFailed (retrievers.errors)
 `- InputError               MalformedDocument (NotRead) | FolderBusy | EmptyQuestion | QuestionTooLong | MalformedQuestionSet

The tree's root and the branches that corpora raises live here; `retrievers.errors` and `agent.errors` add theirs.
"""


class RadqaError(Exception):
    """Anything radqa raises on purpose."""


class SetupError(RadqaError):
    """Something must be installed, built or configured first; `problem` says what is wrong, `remedy` what to do."""

    def __init__(self, message: str, remedy: str = "") -> None:
        """Keep the remedy apart, so that a front end can show it as the next step."""
        super().__init__(f"{message} {remedy}".strip())
        self.problem, self.remedy = message, remedy


class MissingCorpus(SetupError):
    """A folder or file that should hold documents is not there."""


class MissingExtra(SetupError):
    """An optional dependency is needed and not installed."""


class InputError(RadqaError):
    """What the user gave cannot be used as it is; nothing was changed."""


class MalformedDocument(InputError):
    """A document, card, case or row cannot be read; `path` and `line` (1-based, or None) say where."""

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        """Name the file and the line in the message."""
        where = path if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {reason}")
        self.path, self.line, self.reason = path, line, reason


class NotRead(MalformedDocument):
    """A file that no reader takes, a link that is not followed, a text that is there already: told, and nothing is wrong with it."""


class FolderBusy(InputError):
    """Another process is writing into the folder."""


class FolderUnwritable(RadqaError):
    """A folder cannot be made or written to; what was there before is untouched."""


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


class NotGiven(SourceRefused):
    """This one document is not to be had (gone, blocked by law, too large); others of the source may be."""


class MalformedSourceResponse(SourceError):
    """Answered, but not in its documented format."""
