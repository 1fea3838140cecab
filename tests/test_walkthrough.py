"""One question from the first word to the checked answer, told as a story. Read it top to bottom to learn how radqa works.

The index and the embedding model are the real ones; no chat model takes part.
"""

import pytest

from agent.judging.verify import check
from agent.render import as_json, as_text
from agent.types import DISCLAIMER, Answered, TraceEvent
from corpora.types import Authority

QUESTION = "A 62-year-old heavy smoker has a single solid lung nodule of 7 mm, found by chance. What follow-up does it need?"


async def test_a_question_becomes_a_verified_answer(radqa_agent):
    # A person asks. `astream` tells what happens as it happens, and gives the answer last.
    told = [item async for item in radqa_agent.astream(QUESTION)]
    events, answer = told[:-1], told[-1]
    assert all(isinstance(event, TraceEvent) for event in events)
    assert [event.seconds for event in events] == sorted(event.seconds for event in events)

    def of(stage):
        return [event for event in events if event.stage == stage]

    # The steps come in the order of the graph; only retrieving and grading happen once per facet, side by side.
    order = list(dict.fromkeys(event.stage for event in events))
    assert [stage for stage in order if stage != "refine"] == [
        "understand", "plan", "retrieve", "grade", "weigh", "compose", "verify", "conclude",
    ]  # fmt: skip

    # 1. The question is understood: somebody wants to know the next step, and the nodule measures 7 mm.
    (understood,) = of("understand")
    assert understood.data["task"] in ("next step", "fact")
    assert "7 mm" in understood.data["parameters"]

    # 2. A plan: some facets of the question, each researched on its own.
    (planned,) = of("plan")
    facets = planned.data["facets"]
    assert 1 <= len(facets) <= radqa_agent.settings.facets

    # 3. Each facet finds passages. The dense and the lexical voice are fused, and both of their ranks are kept.
    assert {event.facet_id for event in of("retrieve")} == {event.facet_id for event in of("grade")}
    assert len({event.facet_id for event in of("retrieve")}) == len(facets)
    hits = [hit for event in of("retrieve") for hit in event.data["hits"]]
    assert {"dense", "lexical"} <= {voice for hit in hits for voice in hit["ranks"]}

    # 4. Grading reads them: the Fleischner row is evidence, and there is enough to stop looking.
    best = max(of("grade"), key=lambda event: event.data["best"])
    assert best.data["sufficient"]
    assert "number: single; size: 6-8 mm" in best.data["evidence"][0]["quote"]

    # 5. All evidence is weighed together, sentences are proposed, and each is checked against what it cites.
    assert len(of("weigh")) == 1
    proposed = of("compose")[-1].data["drafts"]
    checked = [event for event in of("verify") if "claim" in event.data]
    assert {event.data["claim"]["text"] for event in checked} <= set(proposed)

    # 6. The answer: the first sentence answers, at 7 mm and high risk, and not from the row beside it.
    assert isinstance(answer, Answered)
    first = answer.claims[0]
    assert first.text.endswith("CT at 6-12 months, then CT at 18-24 months.")
    assert first.citations[0].document_id == "fleischner-2017-nodules"
    assert "6-8 mm" in first.citations[0].quote
    assert "high" in first.citations[0].quote
    assert "low" not in first.citations[0].quote
    assert of("conclude")[0].data["kind"] == "answered"

    # What was told on the way is what the answer holds.
    assert [claim.text for claim in answer.claims] == [event.data["claim"]["text"] for event in checked]

    # 7. At most six more sentences, and every one of them ends in its citations.
    assert 1 <= len(answer.claims) <= 7
    assert all(claim.citations for claim in answer.claims)

    # 8. Anyone can check: each quote stands word for word in its document, exactly where the citation says.
    for citation in (citation for claim in answer.claims for citation in claim.citations):
        document = radqa_agent.library.document(citation.document_id)
        assert document.text[citation.start : citation.end] == citation.quote
        assert citation.title == document.source.title

    # 9. And each sentence passes verification again, from its own citations alone.
    evidence = {item.id: item for item in answer.evidence}
    for claim in answer.claims:
        cited = [evidence[citation.id] for citation in claim.citations]
        assert check(claim.text, cited, QUESTION).holds, claim.text

    # ... while the same sentence with another number does not.
    cited = [evidence[citation.id] for citation in first.citations]
    assert not check(first.text.replace("6-12 months", "3 months"), cited, QUESTION).holds

    # 10. Sources are listed under the numbers that the sentences use; this guideline's numbers were compared with its publication.
    numbers = {citation.number for claim in answer.claims for citation in claim.citations}
    listed = {source.number: source for source in answer.sources if source.cited}
    assert set(listed) == numbers
    assert listed[1].authority is Authority.GUIDELINE_CHECKED

    # 11. The reader sees sentences, sources, how sure the answer is and why, and what it is for.
    shown = as_text(answer)
    assert shown.startswith(f"{first.text} [1]")
    assert f"Confidence: {answer.confidence.level}" in shown
    assert shown.endswith(DISCLAIMER)

    # 12. A program gets the same as JSON, with all that is needed to repeat it; nothing left the machine.
    document = as_json(answer)
    assert document["claims"][0]["text"] == first.text
    provenance = document["provenance"]
    assert provenance["reasoner"] == "extractive"
    assert provenance["index"] == radqa_agent.index.manifest.corpus_hash
    assert (provenance["model_calls"], provenance["sent"]) == (0, [])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (QUESTION.replace("heavy smoker", "never-smoker without risk factors"), "consider CT at 18-24 months"),
        (QUESTION.replace("7 mm", "5 mm"), "optional CT at 12 months"),
        (QUESTION.replace("a single solid lung nodule of 7 mm", "several solid lung nodules of 7 mm"), "CT at 3-6 months"),
    ],
)
async def test_another_value_gets_another_row(radqa_agent, changed, expected):
    answer = await radqa_agent.aask(changed)
    assert expected in answer.claims[0].text


async def test_what_the_sources_do_not_hold_is_not_answered(radqa_agent):
    answer = await radqa_agent.aask("How do I bake sourdough bread at home?")
    assert answer.kind == "abstained"
    assert answer.searched
    assert answer.missing
