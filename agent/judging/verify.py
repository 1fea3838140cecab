"""Does the passage carry the sentence? A ladder of pure checks, the hardest facts first.

1. every quote stands verbatim in its passage (held by `Evidence` itself)
2. every quantity of the sentence, its comparator and unit included, is one of the evidence's; a single value that the question
   gave may also lie inside an interval of the evidence ("6-8 mm" contains 7), or be set against one of its bounds ("7 mm is above
   the 6 mm threshold"), which is then recomputed, see `agent.calculators.comparing`
3. every category ("TR4", "grade III") is one that the passage gives to that system; every figure and side stands in the evidence, or
   the question or its report gives it; every modality, procedure and anatomical site is one that the evidence tells of or the
   question states, see `agent.reading.named`
4. what the sentence denies or affirms, the nearest sentence of the evidence does not affirm or deny, unless the question does
5. the evidence entails the sentence: by its words and concepts, a cross-encoder or the chat model, see `agent.judging.entailment`

The first four are pure rules that no judge of the fifth can overrule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agent.calculators.comparing import Comparison, comparisons
from agent.judging.entailment import ConceptScorer, Entailed, Entailment, Pair
from agent.reading.asked import cell_codes, codes
from agent.reading.named import given, kind_of, linked, named, told
from agent.reading.polarity import polarity
from agent.reading.wording import wording
from agent.types import Evidence, Verdict
from corpora.passages import sentences
from corpora.quantities import Quantity, find_quantities
from corpora.types import Frozen, Passage
from retrievers.words import words

_SCORER = ConceptScorer()

_NEGATION = re.compile(
    r"\b(?:no|not|never|without|none|neither|nor|cannot|isn't|aren't|doesn't|don't|unnecessary|contraindicated|avoid(?:ed)?|absent|absence|negative|"
    r"exclude[sd]?|lacks?|lacking|unlikely|non)\b",
    re.IGNORECASE,
)
_SIDES = {
    "left": re.compile(r"\bleft(?:-sided)?\b", re.I),
    "right": re.compile(r"\bright(?:-sided)?\b", re.I),
    "bilateral": re.compile(r"\bbilateral(?:ly)?\b|\bboth (?:sides|lungs|kidneys|hips)\b", re.I),
}
_STANDALONE_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w-])")


class Check(Frozen):
    """The verdict on one sentence, with the reason in words."""

    verdict: Verdict
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether the sentence may be shown."""
        return self.verdict == "supported"


def check(sentence: str, evidence: Sequence[Evidence], question: str = "") -> Check:
    """Whether the evidence carries the sentence, entailment judged by words and concepts. Without evidence nothing is supported."""
    if read_out(sentence, evidence):
        return _READ_OUT
    return ruled_out(sentence, evidence, question) or _made(_SCORER.entails(_pair(sentence, evidence, question)))


def read_out(sentence: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the sentence only reads a cited passage out: its row through the card's own pattern, or its sentence as it stands."""
    said = " ".join(sentence.split()).rstrip(".").casefold()
    spoken = {" ".join(item.passage.spoken.split()).rstrip(".").casefold() for item in evidence}
    return said in spoken or any(said.endswith(f": {text}") and said.removesuffix(text).count(":") == 1 for text in spoken)


def _pair(sentence: str, evidence: Sequence[Evidence], question: str) -> Pair:
    """What a judge of entailment is asked; the words of comparisons that were recomputed need no proof, as the question's do not."""
    compared = _COMPARING if any(comparisons(sentence, find_quantities(question))) else ""
    return Pair(readable(evidence), sentence, f"{question}\n{compared}")


_COMPARING = (
    "lie stand threshold cut-off limit bound above below over under exceeds reaches reached meets larger smaller higher lower greater less"
)


async def check_all(asked: Sequence[tuple[str, Sequence[Evidence]]], question: str = "", entailment: Entailment = _SCORER) -> list[Check]:
    """The verdict on each sentence with its evidence, in order: the rules first, then one judge for those that they let through."""
    refused = [_READ_OUT if read_out(sentence, evidence) else ruled_out(sentence, evidence, question) for sentence, evidence in asked]
    open_ = [_pair(sentence, evidence, question) for (sentence, evidence), no in zip(asked, refused, strict=True) if no is None]
    judged = iter(await entailment.judge(open_) if open_ else [])
    return [no or _made(next(judged)) for no in refused]


def ruled_out(sentence: str, evidence: Sequence[Evidence], question: str = "") -> Check | None:
    """Why the evidence cannot carry the sentence whatever a judge says: None if nothing is wrong.

    Numbers, categories, sides, negation, and the modalities, procedures and sites that it names.
    """
    if not evidence:
        return Check(verdict="unsupported", reason="no evidence is cited")
    passages = list({item.passage.id: item.passage for item in evidence}.values())
    text = readable(evidence)
    for rule in (_codes, _quantities, _misapplied, _numerals, _sides, _named):
        if problem := rule(sentence, text, passages, question):
            return problem
    return _polarity(sentence, passages, question)


_READ_OUT = Check(verdict="supported", reason="reads the passage out")


def _made(entailed: Entailed) -> Check:
    return Check(verdict=entailed.verdict, reason=entailed.reason)


def readable(evidence: Sequence[Evidence]) -> str:
    """The passages of the evidence with what a reader sees beside them: title, names, organisation, version, section."""
    return "\n".join(_readable(passage) for passage in {item.passage.id: item.passage for item in evidence}.values())


def _readable(passage: Passage) -> str:
    source = passage.source
    return "\n".join(
        (
            source.title,
            " ".join(source.aliases),
            source.organisation,
            str(source.year or ""),
            source.version,
            passage.section,
            passage.shown,
            passage.text,
        )
    )


def _quantities(sentence: str, text: str, passages: Sequence[Passage], question: str) -> Check | None:
    there = [q for passage in passages for part in _parts(passage) for q in find_quantities(part)] + find_quantities(text)
    given = find_quantities(question)
    compared = list(comparisons(sentence, given))
    if wrong := next((one for one in compared if not one.holds), None):
        return Check(verdict="contradicted", reason=f"{wrong.value.text} is not {wrong.sign} {wrong.at:g}")
    proven = _set_against(compared, there)
    for quantity in find_quantities(sentence):
        if quantity in proven:
            continue
        if quantity.dimension == "number":
            if not _number_stands(quantity, there, text) and not any(quantity.equals(said) for said in given):
                return Check(verdict="unsupported", reason=f"the number {quantity.text!r} is not in the evidence")
            continue
        same = [other for other in there if other.dimension == quantity.dimension]
        if any(quantity.equals(other) for other in same):
            continue
        own = quantity.is_point and any(quantity.equals(said) for said in given)
        if own and (not same or any(other.contains(quantity) for other in same)):
            continue
        if any(_same_bounds(quantity, other) for other in same):
            return Check(verdict="contradicted", reason=f"{quantity.text!r} has another comparator in the evidence")
        said = ", ".join(dict.fromkeys(other.text for other in same)) or "nothing of that kind"
        return Check(
            verdict="contradicted" if same else "unsupported", reason=f"{quantity.text!r} is not in the evidence, which says {said}"
        )
    return None


def _set_against(compared: Sequence[Comparison], there: Sequence[Quantity]) -> list[Quantity]:
    """The values and bounds of comparisons whose bound is one of the evidence's."""
    proven: list[Quantity] = []
    for one in compared:
        bounds = [bound for other in there if other.dimension == one.bound.dimension for bound in (other.low, other.high)]
        if any(bound is not None and abs(bound - one.at) <= 1e-6 * max(1.0, abs(one.at)) for bound in bounds):
            proven += [one.value, one.bound]
    return proven


def _misapplied(sentence: str, text: str, passages: Sequence[Passage], question: str) -> Check | None:
    """What a row says is not said of a given value that the row leaves out, while another row cited beside it takes that value in."""
    given = find_quantities(question)
    values = [one for one in find_quantities(sentence) if one.is_point and any(one.equals(other) for other in given)]
    rows = [passage for passage in passages if passage.is_row]
    for value in values if len(rows) > 1 else ():
        held = {row.id: _takes_in(row, value) for row in rows}
        best = max((_said_of(row, sentence, value) for row in rows if held[row.id]), default=0.0)
        for row in rows:
            if held[row.id] is False and _said_of(row, sentence, value) > max(best, 0.74):
                return Check(verdict="contradicted", reason=f"the evidence does not say so of {value.text}: {row.shown}")
    return None


def _takes_in(row: Passage, value: Quantity) -> bool | None:
    """Whether a row's cell of that dimension holds the value; None where it has none."""
    results = set(row.source.results)
    cells = [cell for name, cell in row.row.items() if name not in results]
    same = [q for cell in cells for q in find_quantities(cell) if q.dimension == value.dimension]
    return any(q.contains(value) for q in same) if same else None


def _said_of(row: Passage, sentence: str, value: Quantity) -> float:
    """The largest share (0-1) of the words of a cell, of two words or more and without that dimension, that the sentence has."""
    said = set(words(sentence))
    told = [set(words(cell)) for cell in row.cells if not any(q.dimension == value.dimension for q in find_quantities(cell))]
    return max((len(one & said) / len(one) for one in told if len(one) > 1), default=0.0)


_NUMERAL = re.compile(r"\d+(?:[.,]\d+)*")


def _numerals(sentence: str, text: str, passages: Sequence[Passage], question: str) -> Check | None:
    """Every figure of the sentence stands in the evidence or the question, unless it is the same quantity in another unit."""
    known = set(_NUMERAL.findall(text)) | set(_NUMERAL.findall(question))
    there = [q for passage in passages for part in _parts(passage) for q in find_quantities(part)]
    converted = [q for q in find_quantities(sentence) if any(q.equals(other) for other in there)]
    for match in _NUMERAL.finditer(sentence):
        if match[0] not in known and not any(q.start <= match.start() < q.end for q in converted):
            return Check(verdict="contradicted", reason=f"the figure {match[0]} is not in the evidence")
    return None


def _parts(passage: Passage) -> Iterable[str]:
    """Cells one by one, so that neighbouring cells never read as one range; with their header too ("age < 65 years")."""
    return (*passage.cells, *(f"{name} {cell}" for name, cell in passage.row.items())) if passage.is_row else (passage.text,)


def _number_stands(quantity: Quantity, there: Sequence[Quantity], text: str) -> bool:
    if any(quantity.low == other.low and quantity.high == other.high for other in there):
        return True
    if not quantity.text[-1:].isdigit() and re.search(rf"\b{re.escape(quantity.text)}\b", text, re.IGNORECASE):  # "at least one", in words
        return True
    numbers = set(_STANDALONE_NUMBER.findall(text)) | set(re.findall(r"\d+(?:\.\d+)?", text))
    return all(number in numbers for number in re.findall(r"\d+(?:\.\d+)?", quantity.text)) and quantity.is_point


def _same_bounds(a: Quantity, b: Quantity) -> bool:
    return {a.low, a.high} - {None} == {b.low, b.high} - {None}


def _codes(sentence: str, text: str, passages: Sequence[Passage], question: str) -> Check | None:
    """A category the sentence names must be one that the passage, not only its title, gives to that system."""
    there = _categories(passages)
    given = {(code.prefix, code.code) for code in codes(question)}
    loose = {code.code for code in codes(text)}
    for code in codes(sentence):
        same = {number for prefix, number in there if prefix == code.prefix}
        if same and code.code not in same:
            said = ", ".join(sorted(same))
            return Check(verdict="contradicted", reason=f"{code.prefix} {code.code} is not in the evidence, which says {said}")
        if not same and code.code not in loose and (code.prefix, code.code) not in given:
            return Check(verdict="contradicted", reason=f"{code.prefix} {code.code} is not in the evidence")
    return None


def _categories(passages: Sequence[Passage]) -> set[tuple[str, str]]:
    """(name, code) of every category in cells and sentences; a cell's code counts under its header's last word too."""
    found = {(code.prefix, code.code) for passage in passages for code in codes(passage.text.replace("|", " ; "))}
    for passage in passages:
        for header, cell in passage.row.items() if passage.is_row else ():
            name, held = cell_codes(cell)
            names = {name, name.split()[-1] if name else "", header.lower().split()[-1]} - {""}
            found |= {(one, code) for one in names for code in held}
    return found


def _sides(sentence: str, text: str, passages: Sequence[Passage], question: str) -> Check | None:
    named = {side for side, pattern in _SIDES.items() if pattern.search(sentence)}
    there = {side for side, pattern in _SIDES.items() if pattern.search(text)}
    if missing := {side for side in named - there if not _given_side(sentence, side, question)}:
        verdict: Verdict = "contradicted" if there else "unsupported"
        return Check(verdict=verdict, reason=f"the side {', '.join(sorted(missing))} is not in the evidence")
    return None


_CLAUSE = re.compile(r"[.;,:\n?]\s|\n|\band\b|\bbut\b")


def _given_side(sentence: str, side: str, question: str) -> bool:
    """Whether the question, or its report, gives the side to what the sentence is about: the clause that shares most of its words."""
    said = set(words(sentence))
    sided = [clause for clause in _CLAUSE.split(question) if any(pattern.search(clause) for pattern in _SIDES.values())]
    shared = [len(said & set(words(clause))) for clause in sided]
    nearest = [clause for clause, count in zip(sided, shared, strict=True) if count == max(shared) > 0]
    return bool(nearest) and all(_SIDES[side].search(clause) for clause in nearest)


def _named(sentence: str, text: str, passages: Sequence[Passage], question: str) -> Check | None:
    """Every modality, procedure and site of the sentence is one that the passage, or what stands beside it, tells of, or the question's."""
    missing = named(sentence)
    if swapped := _swapped(missing, passages, question):
        return Check(verdict="unsupported", reason=f"the evidence says so of {swapped}")
    if missing:
        missing = missing.difference(*(_tells(passage) for passage in passages))
    if missing:
        missing = missing - given(question)
    if any(kind_of(name) == "anatomy" for name in missing):
        missing = missing - linked(text)
    if not missing:
        return None
    first = min(missing)
    kind = "site" if kind_of(first) == "anatomy" else kind_of(first)
    return Check(verdict="unsupported", reason=f"the {kind} {first!r} is not in the evidence")


def _swapped(said: frozenset[str], passages: Sequence[Passage], question: str) -> str:
    """What a row names, where the sentence names another thing of its kind instead, whatever title and names of the source tell of."""
    if len(passages) != 1 or not passages[0].is_row:
        return ""
    cells = f"{passages[0].section}\n{passages[0].shown}"
    there, tells = named(cells), told(cells)
    foreign = said - tells - given(question)
    for name in sorted(there - said):
        if any(kind_of(other) == kind_of(name) and name not in told(other) for other in foreign):
            return name
    return ""


def _tells(passage: Passage) -> frozenset[str]:
    """What a passage tells of, with what stands beside it; the modalities of its source only where it tells of none itself.

    An organisation's name counts for its own words alone: that of a thoracic society makes no passage one about the lung.
    """
    source = passage.source
    shown = told(f"{passage.section}\n{passage.shown}")
    beside = told(f"{source.title}\n{' '.join(source.aliases)}\n{source.version}\n{source.subspecialty}")
    by_source = frozenset() if any(kind_of(name) == "modality" for name in shown) else told(", ".join(source.modality))
    return shown | beside | by_source | named(source.organisation)


def _pieces(passages: Sequence[Passage]) -> list[str]:
    """What can be affirmed or denied on its own: a sentence, or one cell of a row."""
    return [piece for passage in passages for piece in (passage.cells if passage.is_row else sentences(passage))]


def _restated(sentence: str, passages: Sequence[Passage]) -> list[str]:
    """The pieces of evidence that the sentence restates: most of the piece's words, or most of the sentence's, are shared."""
    said = set(words(sentence))
    restated = []
    for piece in _pieces(passages):
        there = set(words(piece))
        shared = said & there
        if there and (len(shared) >= 0.75 * len(there) or len(shared) >= 0.7 * len(said)):
            restated.append(piece)
    return restated


def _polarity(sentence: str, passages: Sequence[Passage], question: str = "") -> Check | None:
    """What the sentence restates, it must affirm or deny as the evidence does."""
    restated = _restated(sentence, passages)
    if not restated:
        return None
    whole = "\n".join(passage.shown for passage in passages)
    denied_by_it = denials(sentence, whole)
    there = sum(denials(passage.shown, sentence) for passage in passages)
    denied = any(denials(piece, sentence) for piece in restated)
    turned = denied_by_it > there or (not denied_by_it and denied)
    if denied_by_it and not denied and not any(passage.is_row for passage in passages):
        turned = True
    if turned and not (denied_by_it and _denied_there(sentence, passages, question)):
        return Check(verdict="contradicted", reason="one denies what the other affirms")
    whole = " ".join((*restated, *(passage.shown for passage in passages if passage.is_row)))
    for one, other in (pair.split("/") for pair in (*wording().opposites, *wording().opposites_in_sentences)):
        first, second = _holds(sentence, one), _holds(sentence, other)
        if first != second and _holds(whole, other if first else one) and not _holds(whole, one if first else other):
            return Check(verdict="contradicted", reason=f"the evidence says {other if first else one!r}")
    return None


_NO_DENIAL = re.compile(
    r"\bnot (?=(?:to )?be (?:confused|mistaken)\b)|\b(?:not|without) doubt\b|\b(?:not|cannot|never) (?:rule out|exclude)\b", re.IGNORECASE
)
_ANSWERED = re.compile(r"^\s{0,3}no[,:;]\s", re.IGNORECASE)
"""A "No" that answers the question; what it denies is said again behind it."""
_FORWARD = frozenset(("no", "not", "never", "without", "none", "neither", "nor", "cannot", "isn't", "aren't", "doesn't", "don't"))
_REACH = 6
"""Words behind a negation that it denies."""
_NAMED_BY_NON = re.compile(r"\bnon[- ]?([a-z]{3,})", re.IGNORECASE)
_ASIDE = re.compile(r"[,;()]|\bbut\b")


def denials(text: str, other: str) -> int:
    """How often a text denies something of which another text speaks.

    "Non-accidental" is a name where the other text has no "accidental"; "A for this, not for that" denies nothing where no content
    word of the clause stands in the other text; "not to be confused with" denies no finding.
    """
    named_ = [match for match in _NAMED_BY_NON.finditer(text) if not _holds(_NAMED_BY_NON.sub(" ", other), match[1])]
    for match in reversed(named_):
        text = f"{text[: match.start()]}{match[1]}{text[match.end() :]}"
    spoken = set(words(other))
    clauses = _ASIDE.split(_NO_DENIAL.sub(" ", _ANSWERED.sub("", text)))
    spoken_of = (clause for clause in clauses if spoken & set(words(_NEGATION.sub(" ", clause))))
    return sum(_touches(clause, found, spoken) for clause in spoken_of for found in _NEGATION.finditer(clause))


def _touches(clause: str, found: re.Match[str], spoken: set[str]) -> bool:
    """Whether a negation denies what is spoken of: one that reaches forward ("needs no biopsy") only by a word behind it.

    What is denied by the word itself ("contraindicated"), or by one with nothing behind it, counts as it stands.
    """
    if found[0].lower() not in _FORWARD:
        return True
    scope = set(words(" ".join(_NEGATION.sub(" ", clause[found.end() :]).split()[:_REACH])))
    return not scope or bool(scope & spoken)


def _denied_there(sentence: str, passages: Sequence[Passage], question: str) -> bool:
    """Whether all that the sentence denies is denied in the evidence or by the question too, however often each says so."""
    denied = polarity(sentence)[1]
    texts = [*(passage.shown for passage in passages), question]
    there = frozenset().union(*(polarity(text)[1] for text in texts))
    return bool(denied) and denied <= there


def _holds(text: str, word: str) -> bool:
    return bool(re.search(rf"\b{word}", text, re.IGNORECASE))
