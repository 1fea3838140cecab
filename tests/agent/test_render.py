"""The two forms of an answer: the text a person reads and the JSON document a program reads."""

import json

import pytest

from agent.render import as_json, as_text, described, shown_quote
from agent.types import (
    DISCLAIMER,
    Abstained,
    Answered,
    Choice,
    Citation,
    Claim,
    Confidence,
    Evidence,
    OptionWeight,
    Provenance,
    Question,
    Source,
)
from corpora.types import INVENTED, Authority
from tests.conftest import passage

ROW = passage("| single | 6-8 mm | high | CT at 6-12 months |", "nodules", header=("number", "size", "risk", "follow-up"), title="Nodules")
NOTE = passage("Growth calls for earlier review.", "note", title="A note", url="https://example.org/note")
FIRST, SECOND = (Citation.to(Evidence.of(p, p.text, facet_id="a", relevance=1.0), n) for n, p in ((1, ROW), (2, NOTE)))
GUIDELINE = Source(
    id="nodules", number=1, title="Nodules", organisation="Test Society", year=2017, version="2017", url="https://doi.org/10.1/x",
    kind="guideline", authority=Authority.GUIDELINE_CHECKED, section="Solid nodules",
)  # fmt: skip
OWN = Source(
    id="note", number=2, title="A note", organisation="", year=None, version="", url="", kind="document", authority=Authority.DOCUMENT
)
READ = GUIDELINE.model_copy(update={"id": "read", "number": 0, "title": "Read but not cited", "cited": False})


def answered(**changes):
    values = {
        "question": Question.of("Follow-up?", {"A": "CT at 6-12 months", "B": "None"}),
        "option": "A",
        "claims": (
            Claim(text="CT at 6-12 months.", citations=(FIRST,)),
            Claim(text="Growth calls for earlier review.", citations=(SECOND, FIRST), role="caution"),
        ),
        "confidence": Confidence(score=0.91234, level="high", why="1 guideline, no source differs"),
        "sources": (GUIDELINE, OWN, READ),
        "limitations": ("One thing could not be researched.",),
        "searched": ("follow-up",),
        "seconds": 0.123456,
        "weights": (OptionWeight(label="A", text="CT at 6-12 months", supporting=2, contradicting=0, score=2),),
        "provenance": Provenance(reasoner="extractive"),
    }
    return Answered(**{**values, **changes})


def abstained(**changes):
    values = {
        "question": Question.of("What is the capital of Mongolia?"),
        "reason": "The sources do not cover this.",
        "missing": ("capital", "Mongolia"),
        "related": (SECOND,),
        "searched": ("capital of Mongolia",),
        "sources": (OWN,),
        "provenance": Provenance(reasoner="extractive"),
    }
    return Abstained(**{**values, **changes})


def test_the_text_form_of_an_answer():
    assert as_text(answered()).splitlines() == [
        "A. CT at 6-12 months",
        "CT at 6-12 months. [1]",
        "Growth calls for earlier review. [1] [2]",
        "",
        '[1] radqa\'s summary of Test Society, Nodules, 2017, Solid nodules - "single; 6-8 mm; high; CT at 6-12 months" (https://doi.org/10.1/x)',
        '[2] A note - "Growth calls for earlier review."',
        "Note: One thing could not be researched.",
        f"Confidence: high (1 guideline, no source differs). {DISCLAIMER}",
    ]


def test_the_text_form_of_an_abstention():
    assert as_text(abstained(limitations=("A branch failed.",))).splitlines() == [
        "No answer: The sources do not cover this.",
        "Searched for: capital of Mongolia",
        "Not found in the sources: capital, Mongolia",
        "Possibly related (no claim that it answers):",
        '  - A note: "Growth calls for earlier review."',
        "Note: A branch failed.",
        DISCLAIMER,
    ]


def test_an_abstention_with_nothing_found_says_only_why():
    assert as_text(abstained(missing=(), related=(), searched=())) == f"No answer: The sources do not cover this.\n{DISCLAIMER}"


def test_a_related_row_is_told_as_a_sentence():
    row = ROW.model_copy(update={"say": "A {number} nodule of {size} with {risk} risk has {follow-up}."})
    near = Citation.to(Evidence.of(row, row.text, facet_id="a", relevance=1.0), 1)
    assert (
        '  - Nodules: "A single nodule of 6-8 mm with high risk has CT at 6-12 months."' in as_text(abstained(related=(near,))).splitlines()
    )


def test_print_shows_the_text_form():
    assert str(answered()) == as_text(answered())
    assert str(abstained()) == as_text(abstained())


def test_an_open_question_has_no_option_line():
    assert as_text(answered(option=None)).splitlines()[0] == "CT at 6-12 months. [1]"


def test_a_source_whose_numbers_nobody_checked_is_marked():
    unchecked = GUIDELINE.model_copy(update={"authority": Authority.GUIDELINE_UNCHECKED})
    assert "Solid nodules [numbers not checked] - " in as_text(answered(sources=(unchecked,)))
    assert "not checked" not in as_text(answered())


def test_json_keys_of_an_answer():
    document = as_json(answered())
    assert set(document) == {
        "kind", "option", "shape", "depends", "support", "open", "text", "claims", "closed_book", "confidence", "confidence_score", "confidence_why", "weights",
        "limitations", "sources", "searched", "seconds", "provenance", "disclaimer",
    }  # fmt: skip
    assert [set(claim) for claim in document["claims"]] == [{"text", "role", "verdict", "basis", "working", "citations"}] * 2
    citation = document["claims"][0]["citations"][0]
    assert set(citation) == {"id", "number", "document_id", "passage_id", "title", "url", "quote", "start", "end", "spoken"}
    assert {"id", "title", "organisation", "year", "url", "kind", "number", "cited", "authority"} <= set(document["sources"][0])
    assert {"reasoner", "model", "preset", "index", "embedding", "seconds", "dropped", "sent"} <= set(document["provenance"])


def test_json_values_of_an_answer():
    document = as_json(answered())
    assert (document["kind"], document["option"], document["confidence"]) == ("answered", "A", "high")
    assert document["confidence_score"] == 0.9123
    assert document["seconds"] == 0.1235
    assert document["text"] == "CT at 6-12 months. [1]\nGrowth calls for earlier review. [1] [2]"
    assert document["limitations"] == ["One thing could not be researched."]
    assert document["searched"] == ["follow-up"]
    citation = document["claims"][1]["citations"][0]
    assert (citation["document_id"], citation["quote"], citation["start"], citation["end"]) == ("note", NOTE.text, 0, len(NOTE.text))


def test_open_conditions_are_told_with_their_choices():
    open_ = answered(option=None, shape="depends", depends=(Choice(condition="risk", choices=("low", "high")),))
    assert "It depends on risk (low or high)." in as_text(open_).splitlines()
    document = as_json(open_)
    assert (document["shape"], document["depends"]) == ("depends", [{"condition": "risk", "choices": ["low", "high"]}])


def test_a_condition_whose_choices_are_phrases_is_named_without_them():
    choices = (Choice(condition="risk", choices=("low", "high")), Choice(condition="sign", choices=("gas, with fluid", "none")))
    open_ = answered(option=None, shape="depends", depends=choices)
    assert "It depends on risk (low or high) and sign." in as_text(open_).splitlines()


def test_json_of_an_abstention_has_reason_and_missing_in_place_of_the_claims():
    document = as_json(abstained())
    assert set(document) == {
        "kind", "option", "text", "reason", "missing", "related", "closed_book", "confidence",
        "limitations", "sources", "searched", "weights", "seconds", "provenance", "disclaimer",
    }  # fmt: skip
    assert (document["kind"], document["option"], document["confidence"]) == ("abstained", None, None)
    assert document["text"] == document["reason"] == "The sources do not cover this."
    assert document["missing"] == ["capital", "Mongolia"]
    assert document["related"][0]["document_id"] == "note"


@pytest.mark.parametrize("answer", [answered(), abstained()])
def test_the_document_is_plain_json(answer):
    assert json.loads(json.dumps(as_json(answer))) == as_json(answer)


@pytest.mark.parametrize(
    ("version", "year", "shown"), [("2017", 2017, "2017"), ("v2022", 2022, "2022"), ("2.1", 2019, "2.1"), ("", None, "")]
)
def test_a_source_is_described_by_version_or_year(version, year, shown):
    written = {"version": version, "year": year}
    text = described(GUIDELINE.model_copy(update={**written, "kind": "article"}))
    assert text == ", ".join(part for part in ("Test Society", "Nodules", shown, "Solid nodules") if part)
    assert described(GUIDELINE.model_copy(update=written)) == f"radqa's summary of {text}"


def test_an_invented_case_is_called_so():
    case = OWN.model_copy(update={"kind": "case", "authority": Authority.CASE, "section": "Findings", "rests_on": INVENTED})
    assert described(case) == "invented teaching case, A note, Findings"


def test_a_long_quote_is_cut_between_words():
    long = passage("word " * 80 + "end.", "long")
    text = shown_quote(Citation.to(Evidence.of(long, long.text, facet_id="a", relevance=1.0), 1))
    assert len(text) <= 160
    assert text.endswith("word...")


def test_a_quote_over_several_lines_is_shown_on_one():
    lines = passage("The aorta\nis   dilated.", "lines")
    assert shown_quote(Citation.to(Evidence.of(lines, lines.text, facet_id="a", relevance=1.0), 1)) == "The aorta is dilated."
