"""What every reasoner promises, with and without a model; the model is a scripted server on loopback."""

import json

import pytest

from agent.chat.budget import Budget
from agent.chat.providers import chat_model
from agent.chat.structured import StructuredModel
from agent.fakes import Reply, ScriptedReasoner, chat_server
from agent.reasoners.extractive import ExtractiveReasoner
from agent.reasoners.llm import ModelReasoner
from agent.reasoners.protocol import Weighed
from agent.settings import load
from agent.types import Draft, Question
from retrievers.factory import retriever
from retrievers.types import Query

pytestmark = [pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"])]

OPEN = Question.of("What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?")
OPTIONS = Question.of(OPEN.text, {"A": "CT at 3-6 months", "B": "CT at 6-12 months, then CT at 18-24 months", "C": "No follow-up"})
POLAR = Question.of("Does a single solid lung nodule of 4 mm at low risk need follow-up?", {"A": "yes", "B": "no"})
REPORT = Question.of("What follow-up does it need?", report="Single solid lung nodule of 7 mm, high risk.")
OFF_TOPIC = Question.of("What is the capital of France?")
IMAGE = Question.of("What is shown in this image?")
QUESTIONS = [OPEN, OPTIONS, POLAR, REPORT, OFF_TOPIC, IMAGE]


def script(request):
    """A model that says something sensible to each schema: the first evidence's own words, option B."""
    match request["response_format"]["json_schema"]["name"]:
        case "Study":
            facets = [{"label": "Follow-up", "queries": ["nodule follow-up", " "]}] * 3
            return Reply(json.dumps({"task": "next step", "core": "follow-up of a nodule", "facets": facets}))
        case "OptionStudy":
            told = [{"letter": letter, "true_if": "growth", "false_if": " "} for letter in "ABX"]
            return Reply(json.dumps({"task": "next step", "core": "follow-up of a nodule", "options": told}))
        case "Queries":
            return Reply(json.dumps({"queries": ["nodule in other words", " "]}))
        case "Choice":
            return Reply(json.dumps({"reason": "known", "letter": "B", "evidence": []}))
        case _:
            sentence = {"text": "CT at 6-12 months, then CT at 18-24 months", "evidence": [1, 99]}
            return Reply(json.dumps({"sentences": [sentence]}))


@pytest.fixture(params=["extractive", "llm", "scripted"])
def subject(request, small_library):
    settings = load(embedding="hash", reader="words", threshold=0.3)
    rules = ExtractiveReasoner(small_library, settings)
    if request.param == "extractive":
        yield rules
    elif request.param == "scripted":
        yield ScriptedReasoner(rules, *[_first] * 20)
    else:
        with chat_server(script) as server:
            there = settings.model_copy(update={"base_url": server.url})
            yield ModelReasoner(rules, StructuredModel(chat_model(there), there), Budget(there))


def _first(evidence):
    return [Draft(text="CT at 6-12 months, then CT at 18-24 months.", evidence_ids=(evidence[0].id,))] if evidence else []


@pytest.fixture
def searched(small_index):
    from retrievers.embedding import HashEmbedder

    voice = retriever(small_index, HashEmbedder(), "hybrid")

    async def search(queries):
        return [hit for hits in await voice.retrieve_many([Query(text=text, k=20) for text in queries]) for hit in hits]

    return search


async def thought(subject, question, searched):
    """Everything a run of the graph would ask of a reasoner, up to the drafts."""
    concepts = await subject.understand(question)
    plan = await subject.plan(question, concepts)
    grades = [await subject.grade(question, concepts, facet, await searched(facet.queries), 1) for facet in plan.facets]
    weighed = await subject.weigh(question, concepts, plan, grades)
    return concepts, plan, grades, weighed


async def test_it_has_a_name(subject):
    assert subject.name in ("extractive", "llm", "scripted")


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_plan_has_one_facet_per_option_or_up_to_the_settings_aspects(subject, question):
    plan = await subject.plan(question, await subject.understand(question))
    if question.options:
        assert [facet.id for facet in plan.facets] == [option.label for option in question.options]
        assert {facet.kind for facet in plan.facets} == {"option"}
    else:
        assert 1 <= len(plan.facets) <= load().facets
        assert {facet.kind for facet in plan.facets} == {"aspect"}
    assert all(query.strip() for facet in plan.facets for query in facet.queries)
    assert len({facet.id for facet in plan.facets}) == len(plan.facets)


@pytest.mark.parametrize("question", QUESTIONS)
async def test_grades_hold_evidence_of_the_hits_facet_best_first(subject, question, searched):
    _, plan, grades, _ = await thought(subject, question, searched)
    for facet, grade in zip(plan.facets, grades, strict=True):
        assert grade.facet_id == facet.id
        assert [item.strength for item in grade.evidence] == sorted((item.strength for item in grade.evidence), reverse=True)
        assert 0.0 <= grade.best <= 1.0
        assert grade.evidence or grade.best == 0.0
        assert not grade.sufficient or not grade.missing


async def test_no_hits_are_graded_as_not_enough_or_by_coverage_alone(subject):
    concepts = await subject.understand(OFF_TOPIC)
    plan = await subject.plan(OFF_TOPIC, concepts)
    grade = await subject.grade(OFF_TOPIC, concepts, plan.facets[0], [], 1)
    assert not grade.sufficient


@pytest.mark.parametrize("question", QUESTIONS)
async def test_refining_never_repeats_a_query(subject, question, searched):
    concepts, plan, grades, _ = await thought(subject, question, searched)
    facet, grade = plan.facets[0], grades[0]
    first = await subject.refine(question, concepts, facet, grade, facet.queries)
    assert not set(first) & set(facet.queries)
    assert len(set(first)) == len(first)
    again = await subject.refine(question, concepts, facet, grade, (*facet.queries, *first))
    assert not set(again) & {*facet.queries, *first}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_weighing_merges_and_weighs_every_option(subject, question, searched):
    concepts, plan, grades, weighed = await thought(subject, question, searched)
    assert len({item.id for item in weighed.evidence}) == len(weighed.evidence)
    assert {item.id for item in weighed.evidence} == {item.id for grade in grades for item in grade.evidence}
    assert [weight.label for weight in weighed.weights] == [option.label for option in question.options]
    turned = await subject.weigh(question, concepts, plan, list(reversed(grades)))
    assert [item.id for item in turned.evidence] == [item.id for item in weighed.evidence]
    assert turned.weights == weighed.weights


@pytest.mark.parametrize("question", [OPEN, OPTIONS, POLAR, REPORT])
async def test_every_sentence_cites_evidence_that_was_weighed(subject, question, searched):
    concepts, _, _, weighed = await thought(subject, question, searched)
    drafts = await subject.compose(question, concepts, weighed, ())
    known = {item.id for item in weighed.evidence}
    assert 1 <= len(drafts) <= load().sentences
    assert all(draft.evidence_ids and set(draft.evidence_ids) <= known for draft in drafts)
    assert drafts[0].role == "answer"


async def test_without_evidence_nothing_is_composed_and_the_decision_is_to_abstain(subject):
    concepts = await subject.understand(OPEN)
    assert await subject.compose(OPEN, concepts, Weighed(), ()) == []
    decision = await subject.conclude(OPEN, concepts, Weighed(), [])
    assert decision.abstain
    assert decision.confidence.level == "low"


@pytest.mark.usefixtures("narrow_margin")
@pytest.mark.parametrize(("question", "option"), [(OPEN, None), (OPTIONS, "B"), (POLAR, "B"), (REPORT, None)])
async def test_a_decision_names_an_option_exactly_where_there_are_options(subject, question, option, searched):
    concepts, _, _, weighed = await thought(subject, question, searched)
    drafts = await subject.compose(question, concepts, weighed, ())
    decision = await subject.conclude(question, concepts, weighed, drafts)
    assert decision.abstain == ""
    assert decision.option == option


@pytest.mark.parametrize("question", [OFF_TOPIC, IMAGE])
async def test_what_cannot_be_answered_is_abstained_from_with_a_reason(subject, question, searched):
    concepts, _, _, weighed = await thought(subject, question, searched)
    drafts = await subject.compose(question, concepts, weighed, ())
    decision = await subject.conclude(question, concepts, weighed, drafts)
    assert decision.abstain.endswith(".")
