"""Reading a report by one call, for programs."""

from __future__ import annotations

from agent.reports.asking import lazily
from agent.reports.reading import read
from agent.reports.types import ReadReport
from corpora.rules.system import named


def read_report(text: str, prior: str | None = None, *, system: str = "", ask: bool = False, masked: bool = True) -> ReadReport:
    """A report's findings with category, advice and source, every other sentence with its role, and what should be looked at.

    Args:
        text: the report.
        prior: an earlier report of the same patient, to compare with.
        system: use only this scoring system (`radqa score --list`).
        ask: ask the default agent about findings that no scoring rules are for; takes seconds for each.
        masked: replace patient identifiers first; nothing that is returned holds them.

    Raises:
        EmptyQuestion, QuestionTooLong: there is no report, or it is longer than any. UnknownSystem: there is no such system.
    """
    return read(text, prior, system=named(system) if system else None, ask=lazily() if ask else None, masked=masked)
