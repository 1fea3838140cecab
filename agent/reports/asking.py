"""The ordinary agent as what answers about one finding, loaded when it is first asked."""

from __future__ import annotations

from agent.reports.advising import Asker
from agent.types import Answer


def lazily() -> Asker:
    """An asker that loads the default agent at its first question and keeps it."""

    def ask(question: str) -> Answer:
        from agent.app import ask as asked

        return asked(question)

    return ask
