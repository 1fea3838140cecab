"""Answers radiology questions with evidence: every sentence cited, every citation checked.

from agent import ask
print(ask("Which Bosniak class is a cyst with a 4 mm enhancing wall?"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.app import RadiologyAgent, ask
    from agent.errors import (
        BudgetExceeded,
        EmptyQuestion,
        InvalidOptions,
        InvalidSettings,
        MalformedModelOutput,
        ModelError,
        ModelRefused,
        ModelTimeout,
        ModelUnavailable,
        QuestionTooLong,
    )
    from agent.reports.entry import read_report
    from agent.reports.scored import score
    from agent.settings import Settings
    from agent.types import Abstained, Answer, Answered, Question, TraceEvent

__all__ = [
    "Abstained",
    "Answer",
    "Answered",
    "BudgetExceeded",
    "EmptyQuestion",
    "InvalidOptions",
    "InvalidSettings",
    "MalformedModelOutput",
    "ModelError",
    "ModelRefused",
    "ModelTimeout",
    "ModelUnavailable",
    "Question",
    "QuestionTooLong",
    "RadiologyAgent",
    "Settings",
    "TraceEvent",
    "ask",
    "read_report",
    "score",
]

_HOMES = {
    "RadiologyAgent": "agent.app",
    "ask": "agent.app",
    "Settings": "agent.settings",
    "read_report": "agent.reports.entry",
    "score": "agent.reports.scored",
}
_TYPES = ("Abstained", "Answer", "Answered", "Question", "TraceEvent")


def __getattr__(name: str) -> Any:
    """Import on first use: `import agent` loads neither torch nor langgraph."""
    if name not in __all__:
        raise AttributeError(f"module 'agent' has no attribute {name!r}")
    from importlib import import_module

    home = _HOMES.get(name) or ("agent.types" if name in _TYPES else "agent.errors")
    return getattr(import_module(home), name)
