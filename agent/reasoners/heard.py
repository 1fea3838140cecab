"""What of a chat model's proposals is heard: plans that are only added, sentences that say what the leading evidence says. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.reasoners.asking import OptionStudy, Study
from agent.reasoners.asking import label as label_of
from agent.types import Draft, Evidence, Facet, Plan, Question
from corpora.privacy.identifiers import mask
from retrievers.words import words

_OF_A_ROW = ("condition", "alternative")
_SHORT = 25
"""Words of a question that has no story around it: its core must keep every figure."""


def faithful(core: str, question: Question) -> bool:
    """Whether a core adds no figure to the question, half or more of its words are the question's, and a short question loses no figure."""
    whole = f"{question.text} {question.report} {' '.join(option.text for option in question.options)}"
    said, there, figures = set(words(core)), set(words(whole)), set(re.findall(r"\d+", core))
    if len(question.text.split()) <= _SHORT and not set(re.findall(r"\d+", question.text)) <= figures:
        return False
    return bool(said) and figures <= set(re.findall(r"\d+", whole)) and 2 * len(said & there) >= len(said)


_CLOSE = 0.12
"""How much weaker than the leading piece another document's evidence may be and still be shown to the model."""
_SAID = 0.6
"""Share of the words of a row's answer that the model's first sentence must hold; its figures they must hold all."""


def beside(lead: Evidence, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence of the leading document, and of those that are as much about the question: a model mixes what it is shown."""
    same = lead.passage.document_id
    return [item for item in evidence if item.passage.document_id == same or item.strength >= lead.strength - _CLOSE]


def carries(drafts: Sequence[Draft], ruled: Sequence[Draft], lead: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether the model's first sentence says what the leading evidence answers: a row's figures and most of its words, a text's document.

    The first one alone, since an answer without it is composed anew. Rows are chosen by the question's parameters (decision 1); a
    model may put them in other words, and never another row in their place.
    """
    documents = {item.id: item.passage.document_id for item in evidence}
    if not any(documents.get(name) == lead.passage.document_id for name in drafts[0].evidence_ids):
        return False
    answers = [draft.text for draft in ruled if draft.role == "answer"][:1]
    if not answers or not lead.passage.is_row:
        return True
    said, wanted = drafts[0].text, set(words(answers[0]))
    figures = set(_NUMBER.findall(answers[0])) <= set(_NUMBER.findall(said))
    return figures and len(wanted & set(words(said))) >= _SAID * len(wanted)


_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def with_limits(drafts: Sequence[Draft], ruled: Sequence[Draft]) -> list[Draft]:
    """The model's sentences, the time-critical point before them where the rules lead with it, and what limits them after."""
    cited = {name for draft in drafts for name in draft.evidence_ids}
    urgent = [draft for draft in ruled[:1] if draft.role == "urgent"]
    limits = [
        draft
        for draft in ruled[len(urgent) :]
        if draft.role in ("urgent", "scope") or (draft.role in _OF_A_ROW and cited & set(draft.evidence_ids))
    ]
    return [*urgent, *drafts, *limits]


def echoes(text: str, question: Question) -> bool:
    """Whether a sentence asks, or only repeats the question's own words; small models do both instead of answering."""
    said = set(words(text))
    return "?" in text or said <= set(words(f"{question.text} {question.report}"))


def with_strands(made: Plan, study: Study, most: int) -> Plan:
    """The rules' facets with the model's first queries, and further facets for its other strands as far as the settings allow."""
    facets, room = list(made.facets), max(0, most - len(made.facets))
    for number, strand in enumerate(study.facets):
        queries = tuple(mask(text).text for query in strand.queries if (text := " ".join(query.split())))
        if number == 0 or number > room:
            place = min(number, len(made.facets) - 1)
            facets[place] = facets[place].model_copy(update={"queries": tuple(dict.fromkeys((*facets[place].queries, *queries)))})
        elif queries:
            facets.append(Facet(id=f"strand{number}", label=mask(strand.label).text, kind="aspect", queries=queries))
    return Plan(facets=tuple(facets))


def with_requirements(made: Plan, study: Study | OptionStudy, question: Question) -> Plan:
    """Each option's facet with what would make it right and what would speak against it, searched after the rules' queries."""
    labels = [option.label for option in question.options]
    told = {label_of(one.letter, labels): one for one in reversed(study.options)} if isinstance(study, OptionStudy) else {}
    facets = []
    for facet in made.facets:
        one = told.get(facet.id)
        if one is not None and facet.kind == "option":
            for_, against = (_requirement(text, question) for text in (one.true_if, one.false_if))
            option = facet.label.partition(". ")[2]
            queries = (*facet.queries, *(f"{option}: {text}" for text in (for_, against) if text))
            facet = facet.model_copy(update={"queries": tuple(dict.fromkeys(queries)), "true_if": for_, "false_if": against})
        facets.append(facet)
    return Plan(facets=tuple(facets))


def _requirement(text: str, question: Question) -> str:
    """What an option stands or falls with, on one line and without identifiers; empty where the model only copied an option."""
    said = set(words(text))
    copied = any(said <= set(words(option.text)) for option in question.options)
    return "" if copied else mask(" ".join(text.split())).text
