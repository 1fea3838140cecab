"""Lists: the rows of the table that the leading row is of, and how much of it an answer shows. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from agent.judging.candidates import Candidate
from agent.judging.gate import Judged
from agent.reading.rows import tables
from agent.types import Draft, Evidence
from corpora.types import Passage
from retrievers.library import Library

LONGEST = 24
"""Rows of a table that are read for a list."""


def table_of(row: Passage, library: Library) -> list[Passage]:
    """The rows of a row's table, in order; empty for prose and for what is not in the index."""
    grouped = tables(library.passages(row.document_id)) if row.is_row else []
    return next((rows for rows in grouped if any(one.id == row.id for one in rows)), [])


def unread_rows(order: Sequence[Judged], library: Library) -> list[Candidate]:
    """The rows of the leading row's table that were not read with it, as search found the last of those that were."""
    if not order:
        return []
    known = {one.candidate.passage.id for one in order}
    rows = table_of(order[0].candidate.passage, library)[:LONGEST]
    return [Candidate(row, order[-1].candidate.fused, added=True) for row in rows if row.id not in known]


def completeness(evidence: Sequence[Evidence], drafts: Sequence[Draft], library: Library) -> str:
    """How much of the table that a list comes from is shown; empty where it comes from no table."""
    row = evidence[0].passage
    whole = {one.id for one in table_of(row, library)}
    cited = {name for draft in drafts for name in draft.evidence_ids}
    shown = len({item.passage.id for item in evidence if item.id in cited} & whole)
    if len(whole) < 2:
        return ""
    return f"{'All' if shown == len(whole) else f'{shown} of'} {len(whole)} entries of “{row.source.title}, {row.section}” are listed."
