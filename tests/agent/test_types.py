import pytest
from pydantic import ValidationError

import agent
from agent.errors import EmptyQuestion, InvalidOptions, QuestionTooLong
from agent.state import merge_grades, union
from agent.types import Answered, Citation, Claim, Evidence, Option, Question, TraceEvent
from corpora.types import Authority, Document, Section, SourceRecord
from tests.conftest import passage


def test_the_public_names_are_these():
    assert set(agent.__all__) == {
        "Abstained", "Answer", "Answered", "BudgetExceeded", "EmptyQuestion", "InvalidOptions", "InvalidSettings", "MalformedModelOutput", "ModelError",
        "ModelRefused", "ModelTimeout", "ModelUnavailable", "Question", "QuestionTooLong", "RadiologyAgent", "Settings", "TraceEvent", "ask",
        "read_report", "score",
    }  # fmt: skip
    assert all(getattr(agent, name) for name in agent.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        agent.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": "  "}, EmptyQuestion),
        ({"text": "x" * 100_000}, QuestionTooLong),
        ({"text": "x", "report": "y" * 100_000}, QuestionTooLong),
        ({"text": "x", "options": {"A": "one"}}, InvalidOptions),
        ({"text": "x", "options": {"A": "one", " A": "two"}}, InvalidOptions),
        ({"text": "x", "options": {"A": "one", "B": "One "}}, InvalidOptions),
        ({"text": "x", "options": {"A": "one", "B": " "}}, InvalidOptions),
        ({"text": "x", "options": {"A": "one", "B": "t" * 3000}}, InvalidOptions),
    ],
)
def test_questions_that_cannot_be_asked_say_why(arguments, error):
    with pytest.raises(error):
        Question.of(**arguments)


def test_wrong_things_cannot_be_constructed():
    with pytest.raises(ValidationError, match="labels repeat"):
        Question(text="x", options=(Option(label="A", text="1"), Option(label="A", text="2")))
    with pytest.raises(ValidationError):
        Claim(text="A claim without a citation.", citations=())
    with pytest.raises(ValidationError):
        Answered(question=Question(text="x"), claims=(), confidence=None)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="lies outside"):
        Document(id="d", text="short", source=SourceRecord(id="d", title="t"), sections=(Section(heading="h", start=0, end=99),))
    with pytest.raises(ValidationError, match="offsets span"):
        passage("text").model_copy(update={}).__class__(**{**passage("text").model_dump(), "end": 99})


def test_an_evidence_id_is_a_content_hash():
    one = Evidence.of(passage("Some words."), "Some words.", facet_id="a", relevance=0.1)
    two = Evidence.of(passage("Some words."), "Some words.", facet_id="b", relevance=0.9)
    assert one.id == two.id
    citation = Citation.to(one, 1)
    assert (citation.start, citation.end) == (0, 11)


def test_authorities_are_ordered():
    ranks = [authority.rank for authority in Authority]
    assert ranks == sorted(ranks, reverse=True)
    kinds = ("guideline", "topic", "article", "dictionary", "web", "document")
    assert [SourceRecord(id="x", title="t", kind=kind).authority.rank for kind in kinds] == [6, 4, 2, 1, 0, 3]
    assert SourceRecord(id="x", title="t", doi="10.1/x").link == "https://doi.org/10.1/x"


def test_events_are_one_line():
    assert TraceEvent(stage="plan", detail="a\n  b").detail == "a b"


def test_reducers_are_commutative_and_idempotent():
    from agent.reasoners.protocol import Grade

    a, b, c = Grade(facet_id="a", best=0.2), Grade(facet_id="a", best=0.9, round=2), Grade(facet_id="b")
    assert merge_grades((a, c), (b,)) == merge_grades((b,), (c, a)) == merge_grades((b, c), (a, b, c)) == (b, c)
    assert union(("b",), ("a", "b")) == union(("a", "b"), ("b",)) == ("a", "b")
