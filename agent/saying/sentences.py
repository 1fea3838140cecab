"""Evidence as sentences: a row through its table's own pattern, prose as it stands; the answer leads. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from agent.reading.columns import ANY
from agent.reading.rows import RowFit
from agent.types import Choice, Draft, Evidence
from corpora.quantities import find_quantities
from corpora.types import Passage, SourceRecord
from retrievers.alike import alike

MOST_BESIDE = 4
"""Sentences beside the first."""
MOST_LISTED = 8
"""Rows of a list."""
BESIDE, LEAST = 0.35, 0.22
"""A sentence stands beside the first when its probability of answering is this share of the first's, and at least so much."""
LISTED = 0.06
"""A row belongs to a list from this probability of answering."""
RIVAL = 0.2
"""A row that says something else is an alternative when its probability is this share of the first's."""


def sentence(item: Evidence) -> str:
    """One piece of evidence as a sentence; of a table without a pattern, what the row answers."""
    row = item.passage
    if row.is_row and not row.say:
        return _closed("; ".join(row.row[name] for name in _results(row)))
    return _closed(row.spoken if row.is_row else item.quote)


def condition(item: Evidence) -> str:
    """For whom a row of a table without a pattern is given; empty for everything else."""
    row = item.passage
    if not row.is_row or row.say:
        return ""
    told = [f"{name} {row.row[name]}" for name in row.header if name not in _results(row) and row.row[name].lower() not in ANY]
    return f"Given for {', '.join(told[:-1])} and {told[-1]}." if len(told) > 1 else f"Given for {told[0]}." if told else ""


def _results(row: Passage) -> list[str]:
    return [name for name in row.header if name in row.source.results] or [row.header[-1]]


def _closed(text: str) -> str:
    text = " ".join(text.split())
    text = text if re.match(r"[a-z]{1,20}[A-Z0-9]", text) else text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def speaker(passage: Passage) -> str:
    """Who says it, for a sentence of another source than the answer's."""
    source = passage.source
    if source.kind == "topic":
        return source.title
    first, *others = (source.organisation or source.title).split("; ")
    named = f"{first} and {'others' if len(others) > 1 else others[0]}" if others else first
    return f"{named}{f' {source.year}' if source.year else ''}"


def alternatives(lead: Evidence, fits: Sequence[RowFit], evidence: Sequence[Evidence]) -> list[Evidence]:
    """Rows that hold as well, since the question leaves open what tells them apart, and that say something else.

    They stand in the answer's table, or in another of its document that has the same condition among its columns.
    """
    if not lead.passage.is_row or lead.passage.source.kind != "guideline":
        return []
    own = next((fit for fit in fits if fit.passage.id == lead.passage.id), None)
    if own is None or not own.open:
        return []
    known = {item.passage.id: item for item in evidence}
    found = []
    for fit in fits:
        item = known.get(fit.passage.id)
        if item is None or item.id == lead.id or fit.conflicts:
            continue
        left = {*own.open, *fit.open} & set(lead.passage.header) & set(fit.passage.header)
        differing = [name for name in left if fit.passage.row[name] != lead.passage.row[name]]
        others = [name for name in fit.matched if name not in own.matched]
        if differing and not others and _result(fit.passage) != _result(lead.passage) and item.relevance >= RIVAL * lead.relevance:
            found.append(item)
    return found[:MOST_BESIDE]


def open_choices(rows: Sequence[Evidence]) -> tuple[Choice, ...]:
    """The conditions in which these rows of one document differ and that the question does not settle, each with its choices."""
    if len(rows) < 2:
        return ()
    results = set(rows[0].passage.source.results)
    made = []
    for name in dict.fromkeys(name for item in rows for name in item.passage.header):
        said = [item.passage.row[name] for item in rows if name in item.passage.header]
        cells = tuple(dict.fromkeys(cell for cell in said if cell.lower() not in ANY))
        if name not in results and name not in rows[0].met and len(cells) > 1:
            made.append(Choice(condition=name, choices=cells))
    return tuple(made)


def _table(row: Passage) -> tuple[str, str, tuple[str, ...]]:
    return row.document_id, row.section, row.header


def _result(row: Passage) -> tuple[str, ...]:
    return tuple(row.row[name] for name in row.header if name in row.source.results)


def drafts(evidence: Sequence[Evidence], rivals: Sequence[Evidence], listed: bool) -> list[Draft]:
    """The answer first, then what holds under other conditions, then what else answers."""
    lead = evidence[0]
    made = [Draft(text=sentence(lead), evidence_ids=(lead.id,), role="answer")]
    made += [Draft(text=text, evidence_ids=(lead.id,), role="condition") for text in [condition(lead)] if text]
    made += [Draft(text=_whole(item), evidence_ids=(item.id,), role="alternative") for item in rivals]
    said = {lead.id, *(item.id for item in rivals)}
    shared = lead.relevance + sum(item.relevance for item in rivals)  # rows that hold alike share what is likely between them
    rest = _different([item for item in evidence[1:] if item.id not in said and _belongs(item, lead, shared)], lead)
    if listed:
        rows = [item for item in list_rows(evidence, lead) if item.id not in said][:MOST_LISTED]
        rest = [*rows, *(item for item in rest if item not in rows)]
    most = MOST_LISTED if listed else MOST_BESIDE
    made += [Draft(text=_beside(item, lead), evidence_ids=(item.id,), role="background") for item in rest[: max(0, most - len(rivals))]]
    return made


def _different(items: Sequence[Evidence], lead: Evidence) -> list[Evidence]:
    """Without those that say nearly the same as the answer or as one before: a fact that stands on two cards is said once.

    Rows of guidelines stay: they share their words and differ in a value.
    """
    kept: list[Evidence] = []
    for item in items:
        rows = item.passage.is_row and lead.passage.is_row
        apart = rows and (_table(item.passage) == _table(lead.passage) or item.passage.source.kind == "guideline")
        if apart or not any(alike(item.passage, known.passage) for known in (lead, *kept)):
            kept.append(item)
    return kept


def list_rows(evidence: Sequence[Evidence], lead: Evidence) -> list[Evidence]:
    """The rows that make a list with the answer, in their order: of its own table, or of the table of its document that is read most."""
    rows = [
        item
        for item in evidence
        if item.id != lead.id and item.passage.is_row and item.passage.document_id == lead.passage.document_id and item.relevance >= LISTED
    ]
    if not rows:
        return []
    counted = Counter(_table(item.passage) for item in rows)
    table = _table(lead.passage) if lead.passage.is_row else counted.most_common(1)[0][0]
    return sorted((item for item in rows if _table(item.passage) == table), key=lambda item: item.start)


def _belongs(item: Evidence, lead: Evidence, answers: float) -> bool:
    """Whether a piece of evidence belongs beside what `answers`: it does so nearly as well, and no weaker voice joins a stronger one."""
    if item.relevance < max(LEAST, BESIDE * answers):
        return False
    if item.passage.source.kind == "case" and (lead.passage.source.kind != "case" or item.passage.document_id != lead.passage.document_id):
        return False
    return not _speaks_against(item, lead)


def _speaks_against(item: Evidence, lead: Evidence) -> bool:
    """Whether it is a row of the answer's table that gives another value under conditions that exclude the answer's."""
    if not (item.passage.is_row and lead.passage.is_row and _table(item.passage) == _table(lead.passage)):
        return False
    for name in lead.passage.header:
        one, other = find_quantities(lead.passage.row[name]), find_quantities(item.passage.row[name])
        if name not in lead.passage.source.results and len(one) == len(other) == 1 and not one[0].overlaps(other[0]):
            return True
    return False


def _whole(item: Evidence) -> str:
    return " ".join(text for text in (sentence(item), condition(item)) if text)


def _beside(item: Evidence, lead: Evidence) -> str:
    text = _whole(item)
    other = item.passage.document_id != lead.passage.document_id and item.passage.source.kind != "topic"
    return f"{speaker(item.passage)}: {text}" if other and not _names(text, item.passage.source) else text


def _names(text: str, source: SourceRecord) -> bool:
    """Whether a sentence says itself whose it is: "By the ATS statement", "ESVS 2024 advises", "EU-TIRADS advises"."""
    name = source.title.split()[0]
    named = sum(map(str.isupper, name)) > 1 and name in text
    return named or text.startswith(("By ", "Under ")) or (bool(source.year) and str(source.year) in text)
