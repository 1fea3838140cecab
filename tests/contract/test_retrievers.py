"""What every retriever promises, whoever it is."""

import asyncio

import pytest

from agent.fakes import FixedRetriever
from retrievers.embedding import HashEmbedder
from retrievers.factory import MODES, retriever
from retrievers.fusion import FusedRetriever
from retrievers.index import build
from retrievers.types import Filters, Query, Retriever
from retrievers.vectors import VectorCache
from tests.conftest import document

TEXTS = [
    "Which Bosniak class has a smooth enhancing wall?",
    "follow-up of a 7 mm lung nodule",
    "gallstones cast a shadow",
    "?!",
    "xylophone",
    "Ω ≥ 日本 \u200b",
]


def _makers():
    def fused_with_fake(index):
        return FusedRetriever([retriever(index, HashEmbedder(), "lexical"), FixedRetriever(index.passages[:3])])

    makers = {mode: (lambda index, mode=mode: retriever(index, HashEmbedder(), mode)) for mode in MODES}
    return makers | {"fixed": lambda index: FixedRetriever(index.passages), "fused with a fake": fused_with_fake}


@pytest.fixture(params=list(_makers()))
def subject(request, small_index):
    return _makers()[request.param](small_index)


def ids(hits):
    return [hit.passage.id for hit in hits]


def test_it_is_a_retriever_with_a_name(subject):
    assert isinstance(subject, Retriever)
    assert subject.name


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("k", [1, 3, 10, 500])
async def test_at_most_k_hits_best_first_and_none_twice(subject, text, k):
    hits = await subject.retrieve(Query(text=text, k=k))
    assert len(hits) <= k
    assert len(set(ids(hits))) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.retriever == subject.name for hit in hits)


async def test_a_telling_query_finds_something(subject):
    text = "gallstones cast a shadow" if subject.name == "concept" else TEXTS[0]  # the concept voice hears linked concepts alone
    assert await subject.retrieve(Query(text=text, k=3))


async def test_many_queries_give_what_each_gives_alone_in_order(subject):
    queries = [Query(text=text, k=k) for text, k in zip(TEXTS, (5, 2, 9, 1, 3, 4), strict=True)]
    together = await subject.retrieve_many(queries)
    alone = [await subject.retrieve(query) for query in queries]
    assert [ids(hits) for hits in together] == [ids(hits) for hits in alone]
    for one, other in zip(together, alone, strict=True):
        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], abs=1e-5)


async def test_no_queries_give_no_lists(subject):
    assert await subject.retrieve_many([]) == []


@pytest.mark.parametrize(
    "filters",
    [
        Filters(kinds=("guideline",)),
        Filters(subspecialty=("chest",)),
        Filters(modality=("MRI",)),
        Filters(document_ids=("note",)),
        Filters(kinds=("web",)),
        Filters(kinds=("guideline",), modality=("CT",), document_ids=("kidney-card",)),
    ],
)
async def test_only_what_the_filters_allow_is_returned(subject, filters):
    hits = await subject.retrieve(Query(text="wall of a nodule on CT", k=50, filters=filters))
    assert all(filters.allow(hit.passage) for hit in hits)


async def test_a_filter_does_not_cost_hits_that_it_allows(subject):
    if subject.name == "concept":  # it hears linked concepts alone
        assert len(await subject.retrieve(Query(text="gallstones", k=1, filters=Filters(document_ids=("note",))))) == 1
        return
    query = Query(text="wall of a cystic mass", k=2, filters=Filters(document_ids=("kidney-card",)))
    assert len(await subject.retrieve(query)) == 2


async def test_the_same_query_gives_the_same_hits_also_at_once(subject):
    query = Query(text=TEXTS[1], k=8)
    answers = await asyncio.gather(*(subject.retrieve(query) for _ in range(12)))
    assert len({tuple(ids(hits)) for hits in answers}) == 1


async def test_fewer_hits_are_the_head_of_more(subject):
    many = await subject.retrieve(Query(text=TEXTS[0], k=8))
    few = await subject.retrieve(Query(text=TEXTS[0], k=3))
    assert ids(few) == ids(many)[:3]


@pytest.mark.parametrize("mode", MODES)
async def test_an_index_of_one_passage_answers(mode, tmp_path):
    from retrievers.index import PassageIndex

    build([document("Gallstones cast a shadow.", "only")], tmp_path / "i", HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    index = PassageIndex.open(tmp_path / "i", HashEmbedder())
    hits = await retriever(index, HashEmbedder(), mode).retrieve(Query(text="gallstones", k=5))
    assert [hit.passage.document_id for hit in hits] == ["only"]
