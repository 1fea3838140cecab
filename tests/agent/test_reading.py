"""Reading a document: what is called by name, and that similarity is heard last."""

import pytest

from agent.asked import Asked
from agent.reading import draughts, rank_documents, read
from agent.wording import asks_for_diagnosis


def test_a_document_read_before_reads_the_same(radqa_agent):
    library = radqa_agent.library
    asked = Asked.of("Which Bosniak class is a cyst with a 4 mm enhancing wall?")
    passages, vector = library.passages("bosniak-2019"), library.vector("an enhancing wall of 4 mm")
    kept = draughts(asked, passages, library)
    assert read(asked, passages, library, vector, kept) == read(asked, passages, library, vector)
    other = read(asked, passages, library, library.vector("haemorrhagic cyst"), kept)
    assert [item.relevance for item in other] != [item.relevance for item in read(asked, passages, library, vector, kept)]


def test_a_single_letter_belongs_to_a_name(radqa_agent):
    library = radqa_agent.library

    def named(question):
        ranked = rank_documents(Asked.of(question), [], library, library.vector(question), limit=60)
        return {fit.document_id: fit.named for fit in ranked}

    zone = "mri-safety-zones"
    assert named("Who may enter zone IV of the MRI suite?").get(zone, 0) >= 0.5
    assert named("Peripheral zone lesion of the prostate, which category?").get(zone, 0) < 0.7


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Night pain relieved by aspirin, lucent nidus. Diagnosis?", True),
        ("A beaded renal artery. What is it?", True),
        ("What does this patient have?", True),
        ("What is the follow-up of a 7 mm nodule?", False),
        ("Which category is it?", False),
    ],
)
def test_questions_for_a_diagnosis(question, asks):
    assert asks_for_diagnosis(question) is asks


def test_a_case_answers_with_its_diagnosis(radqa_agent):
    answer = radqa_agent.ask("17-year-old with night pain in the shin that aspirin relieves and a tiny lucent nidus. Diagnosis?")
    assert "osteoid osteoma" in answer.claims[0].text.lower()


def test_the_largest_of_several_lengths_counts(radqa_agent):
    answer = radqa_agent.ask("Heavy smoker, several solid nodules of 7 mm and 5 mm found by chance on CT. Follow-up?")
    assert "3-6 months" in answer.claims[0].text
