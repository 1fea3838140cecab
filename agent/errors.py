"""Errors of the agent; the tree is drawn in `corpora.errors`."""

from corpora.errors import InputError, RadqaError, SetupError


class InvalidSettings(SetupError):
    """A setting has a value that cannot be used."""


class EmptyQuestion(InputError):
    """There is no question."""


class QuestionTooLong(InputError):
    """The question or the report is longer than the limit."""


class InvalidOptions(InputError):
    """The options are not two or more differently labelled, non-empty texts."""


class MalformedQuestionSet(InputError):
    """A row of a question set cannot be used; `line` is 1-based."""

    def __init__(self, path: str, line: int, reason: str) -> None:
        """Name the file and the line in the message."""
        super().__init__(f"{path}, line {line}: {reason}")
        self.path, self.line, self.reason = path, line, reason


class ModelError(RadqaError):
    """The chat model did not give what was asked; `retryable` says whether trying again can help."""

    retryable = False


class ModelUnavailable(ModelError):
    """The model or its server cannot be reached, refuses the key, or does not exist."""

    retryable = True


class ModelTimeout(ModelError):
    """The model took longer than the limit."""

    retryable = True


class ModelRefused(ModelError):
    """The model or its server refuses this one prompt: a content filter, a request that it calls wrong or too long."""


class MalformedModelOutput(ModelError):
    """The model answered, but not in the form that was asked for, even after one repair; `raw` is what it said."""

    def __init__(self, message: str, raw: str = "") -> None:
        """Keep the raw answer for the trace."""
        super().__init__(message)
        self.raw = raw


class PromptTooLong(ModelError):
    """A prompt does not fit the model's window; nothing was sent."""


class BudgetExceeded(RadqaError):
    """A limit of the settings was reached before an answer."""

    def __init__(self, limit: str, spent: float) -> None:
        """Say which limit, and how much was spent."""
        super().__init__(f"budget {limit} exceeded (spent {spent:g})")
        self.limit, self.spent = limit, spent
