"""One column of a table against a question: does each cell hold what the question says, something else, or nothing to the point? Pure.

Cells are read by kind: a quantity by comparing intervals (`agent.reading.measures`), a category by its code, a short value by name, a
description by its words, with their negation ("spares the ascending aorta" is not "ascending") and their relations ("> liver" is
not "<= liver"; `agent.reading.polarity`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.reading.asked import GENERIC, Asked, cell_codes
from agent.reading.columns import ANY, CODE_HEADERS, Column, Domain, Judgement, column_values, normal_values, prefixes, singular, values
from agent.reading.measures import UNIT_SPARED, in_dimension, judge_measures, name_stems
from agent.reading.polarity import denies, opposites, polarity, relations_agree
from agent.reading.wording import flat_tokens, occurrences
from corpora.quantities import Quantity, find_quantities
from corpora.types import SourceRecord
from retrievers.words import stem, words

_NEEDS_HEADER = frozenset("low high yes no present absent none positive negative normal altered".split())
_AFFIRMED, _DENIED = frozenset(("present", "yes", "positive", "definite")), frozenset(("absent", "no", "none", "negative"))


def judge(column: Column, table: Sequence[Column], asked: Asked, source: SourceRecord, domain: Domain) -> list[Judgement]:
    """A judgement for each cell of the column; `table` are all columns of its table, this one among them."""
    match column.kind:
        case "code":
            return _judge_codes(column, table, asked, source, domain)
        case "quantity":
            return [None] * len(column.cells) if column.is_result else _judge_quantities(column, table, asked)
        case "value":
            return _judge_text(column, asked) if column.is_result else _judge_values(column, asked, domain)
        case "text":
            return _judge_text(column, asked)


def _judge_quantities(column: Column, table: Sequence[Column], asked: Asked) -> list[Judgement]:
    judged = judge_measures(column, table, asked)
    if all(verdict is None for verdict in judged):
        return _judge_text(column, asked)
    return [
        0.5 if verdict is True and _of_another(cell, column, asked) else verdict for cell, verdict in zip(column.cells, judged, strict=True)
    ]


def _of_another(cell: str, column: Column, asked: Asked) -> bool:
    """Whether a cell measures a thing that the question names by half: an AAA of 46 mm is no "saccular AAA >= 45 mm"."""
    quantities = find_quantities(cell)
    subject = cell[: quantities[0].start] if quantities else ""
    named = _named(frozenset(words(subject)) - frozenset(words(column.header)), subject)
    return 0 < len(named & asked.stems) * 2 <= len(named)


def _judge_codes(column: Column, table: Sequence[Column], asked: Asked, source: SourceRecord, domain: Domain) -> list[Judgement]:
    named = _names_of(column, source, domain)
    elsewhere = frozenset().union(*(name_stems(other.header) for other in table if other is not column))  # "DWI score 3" is no PI-RADS 3
    mentioned = {code.code for code in asked.codes if code.prefix in named and stem(code.owner) not in elsewhere}
    if not mentioned:
        return [None] * len(column.cells)
    held = [cell_codes(cell)[1] for cell in column.cells]
    known = set().union(*held)
    if not mentioned & known:  # "BI-RADS 4" where the table has 4A, 4B, 4C: all of them
        parents = {code for code in known if any(code.startswith(wanted) and code[len(wanted) :].isalpha() for wanted in mentioned)}
        mentioned = mentioned | parents
        if not parents:
            return [None] * len(column.cells)
    return [None if cell.lower() in ANY or not codes else bool(codes & mentioned) for cell, codes in zip(column.cells, held, strict=True)]


def _names_of(column: Column, source: SourceRecord, domain: Domain) -> set[str]:
    """What may stand before a code of this column: the header's words, the cells' own prefix, and the system's names where they mean it."""
    own = prefixes(column)
    headed = bool(set(flat_tokens(column.header)) & CODE_HEADERS)
    main = bool(own & {alias.lower() for alias in source.aliases}) if domain.named else headed
    phrases = {column.header, *own, *(source.aliases if main else ())}
    names = {phrase.lower() for phrase in phrases} | {flat[-1] for phrase in phrases if (flat := flat_tokens(phrase))}
    names |= {name.replace("rads", "-rads") for name in names if name.endswith("rads") and "-" not in name}
    return names | (set(GENERIC) if main or (headed and not own) or not column.is_result else set()) - {""}


def _judge_values(column: Column, asked: Asked, domain: Domain) -> list[Judgement]:
    mentioned, denied = _mentioned(column, asked, domain.values.get(column.header, set()) | column_values(column))
    if mentioned:
        return [None if cell.lower() in ANY else bool(normal_values(cell) & mentioned) for cell in column.cells]
    if denied:  # "no chronic liver disease" speaks against the row for it, and for no other
        return [False if normal_values(cell) & denied else None for cell in column.cells]
    return _judge_presence(column, asked) or _judge_denied(column, asked) or _judge_text(column, asked)


def _judge_denied(column: Column, asked: Asked) -> list[Judgement] | None:
    """A column with a cell "none", whose header the question denies: "no arterial phase hyperenhancement"; None otherwise."""
    if not any(cell.lower() in _DENIED for cell in column.cells):
        return None
    header = r"\s+".join(map(re.escape, column.header.split()))
    if not re.search(rf"\b(?:no|without|absen(?:t|ce of)|lack(?:s|ing|\sof)?)\s+(?:\w+\s+){{0,2}}{header}\b", asked.text, re.IGNORECASE):
        return None
    return [None if cell.lower() in ANY else cell.lower() in _DENIED for cell in column.cells]


def _mentioned(column: Column, asked: Asked, all_values: set[tuple[str, ...]]) -> tuple[set[tuple[str, ...]], set[tuple[str, ...]]]:
    """The values that the question names or implies for this column, and those it denies; a longer value hides the shorter inside it."""
    header = [stem(word) for word in flat_tokens(column.header)]
    sequence = [stem(token) for token in asked.tokens]
    affirmed = polarity(asked.text)[0]  # "never-smoker, single nodule" denies no "single": its negator ends at the comma
    taken: set[int] = set()
    found: set[tuple[str, ...]] = set()
    denied: set[tuple[str, ...]] = set()
    for value in sorted(all_values, key=lambda value: (-len(value), value)):
        for span in occurrences(value, sequence, taken):
            around = sequence[max(0, span.start - 3) : span.stop + 3]
            if len(value) == 1 and value[0] in _STEMMED_NEEDS_HEADER and not (set(header) & set(around)):
                continue
            taken |= set(span)
            near = set(asked.tokens[max(0, span.start - 2) : span.start]) & _PLAIN_NEGATORS
            prefixed = bool(span.start) and asked.tokens[span.start - 1] == "non"
            (denied if prefixed or (near and set(value) - affirmed) else found).add(value)
    if not found and not denied:
        for name, implied in asked.implied.items():
            if set(flat_tokens(name)) & set(flat_tokens(column.header)):
                found |= {singular(flat_tokens(value)) for value in implied} & all_values
    return found, denied - found


_PLAIN_NEGATORS = frozenset(("no", "not", "without", "never", "neither", "nor", "excluding", "except", "non"))


_STEMMED_NEEDS_HEADER = frozenset(stem(word) for word in _NEEDS_HEADER)


def _judge_presence(column: Column, asked: Asked) -> list[Judgement] | None:
    """A column of present/absent whose header the question names, affirmed or denied; None when it is no such column or not named."""
    decided = [cell.lower() for cell in column.cells if cell.lower() not in ANY]
    if not decided or not all({*values(cell)} & (_AFFIRMED | _DENIED) for cell in decided):
        return None
    header, (said, denied) = frozenset(words(column.header)), polarity(asked.text)
    if not header or not header <= said | denied:
        return None
    affirmed = header <= said
    wanted = _AFFIRMED if affirmed else _DENIED
    return [None if cell.lower() in ANY else bool({part.lower() for part in values(cell)} & wanted) for cell in column.cells]


def _judge_text(column: Column, asked: Asked) -> list[Judgement]:
    """Share of a cell's distinctive words that the question has; words that every cell has tell nothing."""
    bags = [frozenset().union(*polarity(cell)) for cell in column.cells]
    common = frozenset.intersection(*bags) if len(bags) > 1 else frozenset()
    return [_describe(cell, common, column, asked) for cell in column.cells]


def _describe(cell: str, common: frozenset[str], column: Column, asked: Asked) -> Judgement:
    said, denied = polarity(cell)
    distinctive = (said | denied) - common or said | denied
    if cell.lower() in ANY or not distinctive:
        return None
    if column.is_result:
        return 0.5 * len(distinctive & asked.stems) / len(distinctive) or None
    measured = _measured(cell, column, asked)
    related = relations_agree(cell, asked.text)
    if measured is False or related is False or denies(cell, asked.text):
        return False
    asked_said, asked_denied = polarity(asked.text)
    covered = {word for word in said if word in asked_said or word in asked.stems}
    covered |= {word for word in denied if word in asked_denied or opposites().get(word, frozenset()) & asked_said}
    share = max(len(covered & part) / len(part) for part in (distinctive, *_alternatives(cell, distinctive)))
    if not share:
        return None
    named = _named(said & distinctive, cell)
    if measured is True and named and len(covered & named) * 2 <= len(named):  # the size is met, "saccular" was not said
        return min(share, 0.5)
    return (measured is True or related is True) or share


def _alternatives(cell: str, distinctive: frozenset[str]) -> list[frozenset[str]]:
    """The telling words of each alternative: "vascular injury (pseudoaneurysm or arteriovenous fistula)" names three."""
    if find_quantities(cell):
        return []
    parts = re.split(r"[()/]|\bor\b", cell)
    return [part for text in parts if len(parts) > 1 and (part := frozenset().union(*polarity(text)) & distinctive)]


def _named(stems: frozenset[str], cell: str) -> frozenset[str]:
    """The stems that are words, not a measure's figures or units."""
    measures = frozenset(word for quantity in find_quantities(cell) for word in words(quantity.text))
    return frozenset(word for word in stems - measures if word.isalpha() and len(word) > 2)


def _measured(cell: str, column: Column, asked: Asked) -> bool | None:
    """A description with a measure in it ("wall >= 4 mm, enhancing"): whether the question's value meets it; None when it has none."""
    inside = find_quantities(cell)
    about = name_stems(f"{column.header} {cell}")
    verdicts = []
    for interval in inside:
        said = [q for q in asked.quantities if q.dimension == interval.dimension != "number" or _named_number(q, interval, about)]
        if said:
            verdicts.append(any((there := in_dimension(q, interval)) is not None and interval.overlaps(there) for q in said))
    return all(verdicts) if verdicts and (all(verdicts) or not any(verdicts)) else None


def _named_number(quantity: Quantity, interval: Quantity, about: frozenset[str]) -> bool:
    """Whether a bare number is the interval's: "GCS 14" for a cell about the GCS, "eGFR 50" for one about the eGFR."""
    named = bool(quantity.label) and bool(name_stems(quantity.label) & about - {"score", "of"})
    return quantity.dimension == "number" and named and (interval.dimension == "number" or interval.dimension in UNIT_SPARED)
