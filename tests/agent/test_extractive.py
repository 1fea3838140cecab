"""The reasoner without a model, over documents that differ, list and abbreviate."""

import asyncio

import pytest

from agent.app import RadiologyAgent
from agent.reading.wording import Wording, occurrences, wording
from agent.reasoners.extractive import ExtractiveReasoner
from agent.reasoners.protocol import Weighed
from agent.saying.sentences import sentence
from agent.settings import load
from agent.types import Abstained, Answered, Draft, Question
from retrievers.embedding import HashEmbedder
from retrievers.index import build
from retrievers.vectors import VectorCache
from tests.conftest import CARD, document, write_card

FRONT = """---
id: ladder
title: Suspicion of pulmonary embolism (PE)
organisation: Other Society
year: 2019
version: "2019"
citation: Nobody K. Test J 2019
kind: guideline
subspecialty: chest
modality: [CT]
topics: [pulmonary embolism]
aliases: [PE ladder]
results: [level, management]
---

## Who it is for
Adults in whom a pulmonary embolism is suspected.

## Levels of suspicion
| level | meaning | management |
|---|---|---|
| PE 1 | unlikely | D-dimer |
| PE 2 | possible | CT angiography |
| PE 3 | likely | CT angiography at once |
| PE 4 | certain | Treatment of the embolism |
| PE 5 | massive | Thrombolysis without delay |
| PE 6 | arrest | Resuscitation with thrombolysis |
| PE 7 | chronic | Referral to a centre |

## What changes the advice
A pulmonary embolism in pregnancy is imaged with perfusion scintigraphy first.
"""
NODULE = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several")
    second = CARD.replace("nodule-card", "other-nodules").replace("Test Society", "Second Society").replace("year: 2020", "year: 2019")
    second = second.replace("[Nodule Card, NC-RADS]", "[Second Card]").replace("supersedes: [old-card]\n", "")
    second = second.replace("CT at 6-12 months, then CT at 18-24 months", "PET-CT at 3 months")
    cysts = "Splenic cysts are benign. They need no follow-up. Splenic cysts of infants are rare."
    return [write_card(folder, CARD), write_card(folder, second), write_card(folder, FRONT), document(cysts, "n", title="Splenic cysts")]


@pytest.fixture(scope="module")
def agent(documents, tmp_path_factory):
    folder = tmp_path_factory.mktemp("several-index")
    build(documents, folder / "i", HashEmbedder(), cache=VectorCache(folder / "c"))
    return RadiologyAgent(load(index=folder / "i", embedding="hash", reader="words", threshold=0.3))


def texts(answer):
    assert isinstance(answer, Answered), answer
    return [claim.text for claim in answer.claims]


def test_guidelines_that_differ_are_both_told_and_named(agent):
    answer = agent.ask(NODULE)
    said = texts(answer)
    assert said[0] in ("PET-CT at 3 months.", "CT at 6-12 months, then CT at 18-24 months.")
    assert {citation.document_id for claim in answer.claims for citation in claim.citations} == {"nodule-card", "other-nodules"}
    (limitation,) = [line for line in answer.limitations if line.startswith("Sources differ")]
    assert "Second Society 2019 says: PET-CT at 3 months" in limitation
    assert "Test Society 2020 says: CT at 6-12 months" in limitation
    assert answer.confidence.level != "high"


def test_a_level_is_found_by_its_meaning_and_its_management_by_its_level(agent):
    assert texts(agent.ask("What level is a massive PE?"))[0] == "PE 5; Thrombolysis without delay."
    assert texts(agent.ask("What is the management of PE 3?"))[0] == "PE 3; CT angiography at once."


def test_a_guideline_that_was_not_compared_with_its_source_says_so(agent):
    answer = agent.ask("What is the management of PE 3?")
    assert any(line.startswith("Numbers not yet compared") for line in answer.limitations)


def test_prose_answers_with_its_own_sentences(agent):
    said = texts(agent.ask("Are splenic cysts benign?"))
    assert said[0] == "Yes: Your document “Splenic cysts” says: Splenic cysts are benign."


def test_a_value_that_no_row_takes_in_lowers_the_confidence(small_agent):
    plain = small_agent.ask(NODULE).confidence.score
    assert small_agent.ask(NODULE.replace("7 mm", "7 mm and 40 HU")).confidence.score < plain


def test_a_case_alone_is_labelled_as_such(tmp_path):
    case = document("A splenic cyst of 4 cm with a thin wall was found in a runner.", "case-1", title="A runner", kind="case")
    build([case], tmp_path / "i", HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    made = RadiologyAgent(load(index=tmp_path / "i", embedding="hash", reader="words", threshold=0.1))
    answer = made.ask("Who was found with a splenic cyst with a thin wall?")
    assert isinstance(answer, Answered)
    assert answer.limitations == ("Rests on fictional teaching cases only; no guideline was found.",)


def test_an_answer_that_rests_on_a_superseded_card_says_so_once_and_names_the_newer_one(tmp_path):
    card = CARD.replace("current: 2026-05", "current: 2026-05\nsuperseded_by: Nodule Card 2 (Test Society, 2025)")
    build([write_card(tmp_path, card)], tmp_path / "i", HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    answer = RadiologyAgent(load(index=tmp_path / "i", embedding="hash", reader="words", threshold=0.1)).ask(NODULE)
    told = [line for line in answer.limitations if "superseded" in line]
    assert told == ["Lung nodules found by chance (2020) is superseded: the newer version is Nodule Card 2 (Test Society, 2025)."]


def test_a_superseded_document_is_not_read(documents, tmp_path):
    old = document("A lung nodule found by chance of 7 mm needs nothing.", "old-card", title="Lung nodules found by chance")
    build([*documents[:1], old], tmp_path / "i", HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    answer = RadiologyAgent(load(index=tmp_path / "i", embedding="hash", reader="words", threshold=0.3)).ask(NODULE)
    assert {item.passage.document_id for item in answer.evidence} == {"nodule-card"}


def test_a_retracted_document_never_carries_an_answer(tmp_path):
    gone = document("Splenic cysts are benign.", "gone", title="Splenic cysts", retracted=True)
    build([gone], tmp_path / "i", HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    answer = RadiologyAgent(load(index=tmp_path / "i", embedding="hash", reader="words", threshold=0.3)).ask("Are splenic cysts benign?")
    assert isinstance(answer, Abstained)
    assert answer.text == answer.reason


def test_wording_that_implies_no_column_and_value_is_refused():
    good = wording().model_dump()
    for field in ("implies", "implies_by_pattern"):
        with pytest.raises(ValueError, match="not column=value"):
            Wording.model_validate(good | {field: {"smoker": "high"}})
    with pytest.raises(ValueError, match="columns"):
        Wording.model_validate(good | {"columns": {}})


def test_nothing_occurs_nowhere():
    assert occurrences([], ["a"], set()) == []
    assert occurrences(["nodule"], ["two", "nodules"], set()) == [range(1, 2)]
    assert occurrences(["nodule"], ["two", "nodules"], {1}) == []


def beside(tmp_path, **changes):
    """An agent over the nodule card and another society's, which says something else of the same nodule."""
    other = CARD.replace("nodule-card", "other-card").replace("Test Society", "Other Society").replace("supersedes: [old-card]\n", "")
    for old, new in {"high | CT at 6-12 months, then": "high | CT at 3 months, then", **changes}.items():
        assert old in other
        other = other.replace(old, new)
    build([write_card(tmp_path, CARD), write_card(tmp_path, other)], tmp_path / "i", HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    return RadiologyAgent(load(index=tmp_path / "i", embedding="hash", reader="words", threshold=0.3))


def test_guidelines_of_equal_standing_that_differ_carry_no_answer(tmp_path):
    answer = beside(tmp_path).ask(NODULE)
    assert isinstance(answer, Abstained)
    assert answer.reason.startswith("Sources of equal standing say different things: ")
    assert "CT at 3 months" in answer.reason
    assert "CT at 6-12 months" in answer.reason


@pytest.mark.parametrize("changes", [{"year: 2020": "year: 2012"}, {"checked: [https://example.org/a]": "checked: []"}])
def test_the_newer_or_better_checked_of_two_that_differ_answers_and_the_other_is_named(tmp_path, changes):
    answer = beside(tmp_path, **changes).ask(NODULE)
    assert texts(answer)[0] == "CT at 6-12 months, then CT at 18-24 months."
    assert any(line.startswith("Sources differ: ") for line in answer.limitations)


def test_a_word_that_any_document_read_has_is_not_told_as_missing(agent):
    answer = agent.ask("Does quokka plumbing with resuscitation resemble infants or quarrel with zebras?")
    assert isinstance(answer, Abstained)
    assert {"quokka", "zebras"} <= set(answer.missing)
    assert not {"resuscitation", "infants"} & set(answer.missing)


@pytest.mark.parametrize("quoted", ["both", "one"])
def test_no_source_is_said_to_differ_only_where_none_that_is_quoted_does(agent, quoted):
    """Rows of two guidelines that are not alike enough to be weighed against each other may still stand one below the other."""
    found = [item for item in agent.ask(NODULE).evidence if item.passage.is_row]
    rows = [next(item for item in found if said in item.quote) for said in ("18-24 months", "PET-CT at 3 months")]
    weighed = Weighed(evidence=tuple(rows), best=0.9)
    drafts = [Draft(text=sentence(row), evidence_ids=(row.id,), role="answer") for row in (rows if quoted == "both" else rows[:1])]
    rules = ExtractiveReasoner(agent.library, agent.settings)
    asked = Question.of(NODULE)
    decision = asyncio.run(rules.conclude(asked, asyncio.run(rules.understand(asked)), weighed, drafts))
    assert decision.confidence.why.startswith("a guideline, sources differ" if quoted == "both" else "a guideline, no source differs")


@pytest.mark.parametrize(("question", "ends"), [("What is the capital of Mongolia?", "answers this."), (NODULE, "the nearest are quoted.")])
def test_the_nearest_are_said_to_be_quoted_only_where_they_are(documents, tmp_path, question, ends):
    build(documents, tmp_path / "i", HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    answer = RadiologyAgent(load(index=tmp_path / "i", embedding="hash", reader="words", threshold=0.99)).ask(question)
    assert isinstance(answer, Abstained)
    assert answer.reason.endswith(ends)
    assert bool(answer.related) == ends.endswith("quoted.")
