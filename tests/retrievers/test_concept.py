import json

import pytest

from corpora.types import Passage
from retrievers.asserted import asserted_sentences, asserted_words, link_all
from retrievers.concept import FILES, ConceptIndex, ConceptRetriever, explained
from retrievers.fusion import FusedRetriever, Gated
from retrievers.types import Filters, Query
from tests.conftest import passage

REPORTS = [
    passage("Large pneumothorax on the right.", "present"),
    passage("No pneumothorax. Fever.", "absent"),
    passage("Possible pneumothorax.", "possible"),
    passage("Hepatocellular carcinoma in segment VI.", "kind"),
    passage("Liver neoplasm.", "general"),
    passage("A normal wrist.", "nothing"),
]


@pytest.fixture(scope="module")
def index() -> ConceptIndex:
    return ConceptIndex.build(link_all(REPORTS))


@pytest.fixture(scope="module")
def voice(index) -> ConceptRetriever:
    return ConceptRetriever(index, REPORTS)


async def found(voice: ConceptRetriever, text: str, **more: object) -> list[str]:
    return [hit.passage.document_id for hit in await voice.retrieve(Query(text=text, **more))]


async def test_what_a_passage_asserts_goes_before_what_it_supposes_and_what_it_denies_is_no_hit(voice):
    assert await found(voice, "pneumothorax") == ["present", "possible"]


async def test_a_synonym_counts_as_the_concept(voice):
    assert await found(voice, "collapsed lung") == ["present", "possible"]


async def test_a_kind_counts_less_than_the_concept_and_more_than_the_general(voice):
    assert (await found(voice, "hepatocellular carcinoma"))[0] == "kind"
    assert "general" in await found(voice, "hepatocellular carcinoma")
    assert set(await found(voice, "liver neoplasm")) >= {"general", "kind"}
    assert (await found(voice, "liver neoplasm"))[0] == "general"


async def test_a_denied_concept_of_the_query_counts_against_passages_that_assert_it(voice):
    with_fever = [passage("Fever.", "only"), passage("Fever and pneumothorax.", "both"), passage("Pneumothorax.", "other")]
    voice = ConceptRetriever(ConceptIndex.build(link_all(with_fever)), with_fever)
    hits = await voice.retrieve(Query(text="fever without pneumothorax"))
    assert [hit.passage.document_id for hit in hits] == ["only", "both"]
    assert hits[1].why == "matched Fever; contradicted Pneumothorax"


async def test_contradictions_are_explained(voice):
    hits = await voice.retrieve(Query(text="fever and pneumothorax"))
    why = {hit.passage.document_id: hit.why for hit in hits}
    assert why["absent"] == "matched Fever; contradicted Pneumothorax"
    assert why["present"] == "matched Pneumothorax"


async def test_a_match_through_a_kind_names_it(voice):
    hits = await voice.retrieve(Query(text="liver neoplasm"))
    why = next(hit.why for hit in hits if hit.passage.document_id == "kind")
    assert "(as Hepatocellular carcinoma)" in why
    assert explained([], voice._linker.vocabulary) == ""


async def test_a_query_without_concepts_finds_nothing(voice):
    assert await found(voice, "which one is next") == []
    assert await found(voice, "no pneumothorax") == []
    assert voice.trust(Query(text="of the")) == 0.0


async def test_a_concept_that_no_passage_has_finds_nothing(voice):
    assert await found(voice, "gout") == []


async def test_k_and_filters_hold(voice):
    assert len(await found(voice, "pneumothorax", k=1)) == 1
    assert await found(voice, "pneumothorax", filters=Filters(document_ids=("possible",))) == ["possible"]


def test_trust_is_the_share_of_the_query_that_was_linked(voice):
    assert voice.trust(Query(text="pneumothorax")) == 1.0
    assert 0 < voice.trust(Query(text="pneumothorax after biopsy of something else entirely")) < 0.5
    assert isinstance(voice, Gated)


def test_links_survive_saving(index, tmp_path):
    index.save(tmp_path)
    again = ConceptIndex.open(tmp_path)
    assert again.cuis == index.cuis
    assert (again.asserted != index.asserted).nnz == 0
    assert (again.denied != index.denied).nnz == 0
    assert json.loads((tmp_path / FILES[1]).read_text())["passages"] == len(REPORTS)


async def test_an_index_without_concepts_is_silent(tmp_path):
    nothing = [passage("Words only.", "n")]
    empty = ConceptIndex.build(link_all(nothing))
    empty.save(tmp_path)
    assert await found(ConceptRetriever(ConceptIndex.open(tmp_path), nothing), "pneumothorax") == []
    none: list[Passage] = []
    assert await found(ConceptRetriever(ConceptIndex.build([]), none), "pneumothorax") == []


def test_titles_topics_and_headings_are_linked_too():
    titled = passage("Text.", "t", title="Pneumothorax", topics=("fever",)).model_copy(update={"section": "Gout"})
    index = ConceptIndex.build(link_all([titled]))
    assert {"C0032326", "C0015967", "C0018099"} <= set(index.cuis)


class Loud:
    name = "loud"

    def __init__(self, hits):
        self.hits = hits

    async def retrieve(self, query):
        return self.hits

    async def retrieve_many(self, queries):
        return [self.hits for _ in queries]


async def test_the_fusion_hears_a_voice_as_far_as_it_understood_the_query(voice):
    fused = FusedRetriever([voice], {"concept": 0.4})
    assert fused._weighted(Query(text="pneumothorax"))["concept"] == pytest.approx(0.4)
    assert fused._weighted(Query(text="next step"))["concept"] == 0.0
    assert FusedRetriever([Loud([])], {"loud": 0.4})._weighted(Query(text="next step")) == {"loud": 0.4}


def test_denied_words_leave_the_lexical_text_and_denying_sentences_the_dense_one():
    report = passage("No pneumothorax or pleural effusion. There is cardiomegaly without pneumothorax.", "r")
    (links,) = link_all([report])
    assert asserted_words(report, links) == "No  or . There is cardiomegaly without ."
    assert asserted_sentences(report, links) == "There is cardiomegaly without pneumothorax."


def test_a_passage_that_only_denies_stays_whole_in_the_dense_text():
    report = passage("No pneumothorax.", "r")
    assert asserted_sentences(report, link_all([report])[0]) == "No pneumothorax."


@pytest.mark.parametrize("source", [{"kind": "guideline"}, {"kind": "case", "metadata": {"fictional": "true"}}])
def test_guidelines_and_teaching_cases_are_read_whole(source):
    card = passage("No pneumothorax. Fever.", "g", **source)
    (links,) = link_all([card])
    assert asserted_words(card, links) == asserted_sentences(card, links) == card.text
