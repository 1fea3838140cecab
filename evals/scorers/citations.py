"""Citations in the manner of ALCE (Gao 2023), judged by our verifier: does what is cited carry the sentence, is each citation needed?"""

from __future__ import annotations

from collections.abc import Sequence

from agent.judging.verify import check
from agent.types import Evidence
from evals.scorers.case import Case, Scores
from evals.types import Said, Score


def score(case: Case, so_far: Scores) -> Scores:
    """Citation recall and precision, sentences supported, quotes resolvable (all shares, 0-1), and whether a gold source is cited.

    Of sentences that say they rest on evidence; the model's own are counted by `basis`. Without any passage to cite from
    (closed-book) only the gold source is scored, where the index holds one.
    """
    response = case.response
    scores = _gold(case)
    resting = [said for said in response.sentences if said.basis == "evidence"]
    if not response.answered or not resting or not response.evidence:
        return scores
    known = {item.id: item for item in response.evidence}
    question = f"{case.item.question}\n{case.item.report}"
    cited = [[known[c.id] for c in said.citations if c.id in known] for said in resting]
    carried = [check(said.text, items, question).holds for said, items in zip(resting, cited, strict=True)]
    anyhow = [held or check(said.text, response.evidence, question).holds
              for said, held in zip(resting, carried, strict=True)]  # fmt: skip
    return scores | {
        "citation_recall": _share(carried, "of the sentences are carried by what they cite", resting),
        "sentences_supported": _share(anyhow, "of the sentences are carried by some passage that was found", resting),
        **_precision(resting, cited, carried, question),
        **_resolvable(case),
    }


def _share(held: Sequence[bool], what: str, said: Sequence[Said]) -> Score:
    bad = next((sentence.text for sentence, good in zip(said, held, strict=True) if not good), "")
    why = f"{sum(held)} of {len(held)} {what}" + (f"; not: {bad[:160]}" if bad else "")
    return Score(value=sum(held) / len(held), answer=f"{sum(held)}/{len(held)}", explanation=why)


def _precision(said: Sequence[Said], cited: Sequence[Sequence[Evidence]], carried: Sequence[bool], question: str) -> Scores:
    """A citation is imprecise when its sentence is not carried, or when it alone does not carry it and the others do without it."""
    useful = [
        held and not _idle(sentence.text, item, items, question)
        for sentence, items, held in zip(said, cited, carried, strict=True)
        for item in items
    ]
    if not useful:
        return {}
    why = f"{sum(useful)} of {len(useful)} citations help to carry their sentence"
    return {"citation_precision": Score(value=sum(useful) / len(useful), answer=f"{sum(useful)}/{len(useful)}", explanation=why)}


def _idle(text: str, item: Evidence, items: Sequence[Evidence], question: str) -> bool:
    if len(items) == 1 or check(text, [item], question).holds:
        return False
    return check(text, [other for other in items if other.id != item.id], question).holds


def _resolvable(case: Case) -> Scores:
    """Whether every quote stands at its place in its document; anything below 1 is a defect."""
    citations = [citation for said in case.response.sentences for citation in said.citations]
    if not citations:
        return {}
    lost = [c for c in citations if (text := case.text_of(c.document_id)) is None or text[c.start : c.end] != c.quote]
    why = f"not at its place: {lost[0].document_id} {lost[0].start}-{lost[0].end}" if lost else f"all {len(citations)} stand at their place"
    share = 1 - len(lost) / len(citations)
    return {"quotes_resolvable": Score(value=share, answer=f"{len(citations) - len(lost)}/{len(citations)}", explanation=why)}


def _gold(case: Case) -> Scores:
    wanted = case.gold_documents
    if not wanted or case.item.without_answer or not (case.response.evidence or case.response.sentences or not case.response.answered):
        return {}
    cited = {citation.document_id for said in case.response.sentences for citation in said.citations}
    hit = bool(wanted & cited)
    why = f"{'cites' if hit else 'does not cite'} {' or '.join(sorted(wanted))}"
    return {"gold_cited": Score(value=float(hit), answer=", ".join(sorted(cited)), explanation=why)}
