import numpy as np
import pytest

from corpora.types import Passage
from retrievers.dense import DenseIndex, DenseRetriever, embedding_text
from retrievers.embedding import PACKAGED, HashEmbedder, embedder
from retrievers.errors import MissingModel
from retrievers.factory import MODES, retriever
from retrievers.lexical import LexicalIndex, LexicalRetriever
from retrievers.types import Filters, Query, Retriever
from tests.conftest import passage

PASSAGES = [
    passage("The aorta is dilated to 5 cm.", "a", title="Aneurysm"),
    passage("The liver is normal in size.", "b", title="Liver"),
    passage("The spleen has a laceration of 4 cm.", "c", title="Spleen"),
]


@pytest.fixture(params=MODES)
def voice(request, small_index) -> Retriever:
    return retriever(small_index, HashEmbedder(), request.param)


async def test_every_voice_puts_the_better_hit_first_and_no_passage_twice(voice):
    hits = await voice.retrieve(Query(text="Cystic kidney masses Bosniak wall thickness", k=8))
    assert hits
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage.id for hit in hits}) == len(hits)
    assert hits[0].passage.document_id == "kidney-card"
    assert all(hit.retriever == voice.name for hit in hits)


async def test_every_voice_keeps_to_k_and_filters(voice):
    found = await voice.retrieve(Query(text="nodule follow-up", k=2))
    assert len(found) <= 2
    only = await voice.retrieve(Query(text="nodule follow-up cyst", k=20, filters=Filters(document_ids=("kidney-card",))))
    assert {hit.passage.document_id for hit in only} <= {"kidney-card"}
    none = await voice.retrieve(Query(text="nodule", filters=Filters(subspecialty=("neuro",))))
    assert none == []
    assert all("CT" in hit.passage.source.modality for hit in await voice.retrieve(Query(text="nodule", filters=Filters(modality=("CT",)))))
    assert all(
        hit.passage.source.kind == "document"
        for hit in await voice.retrieve(Query(text="gallbladder", filters=Filters(kinds=("document",))))
    )


async def test_many_queries_give_what_each_gives_alone(voice):
    queries = [Query(text="solid nodule high risk", k=5), Query(text="Bosniak wall", k=5)]
    together = await voice.retrieve_many(queries)
    alone = [await voice.retrieve(query) for query in queries]
    assert [[hit.passage.id for hit in hits] for hits in together] == [[hit.passage.id for hit in hits] for hits in alone]
    assert await voice.retrieve_many([]) == []


async def test_unknown_words_find_nothing_lexically():
    voice = LexicalRetriever(LexicalIndex.build(PASSAGES), PASSAGES)
    assert await voice.retrieve(Query(text="xylophone")) == []


async def test_a_request_of_frame_words_only_still_searches_them():
    notes = [passage("The report of the patient.", "r", title="Report"), passage("Nothing else here.", "n", title="Else")]
    voice = LexicalRetriever(LexicalIndex.build(notes), notes)
    assert [hit.passage.document_id for hit in await voice.retrieve(Query(text="report"))] == ["r"]


async def test_a_title_word_counts_more_than_a_word_of_the_text():
    notes = [passage("Spleen and more.", "x", title="Other"), passage("Anything and more.", "y", title="Spleen")]
    hits = await LexicalRetriever(LexicalIndex.build(notes), notes).retrieve(Query(text="spleen"))
    assert hits[0].passage.document_id == "y"


def test_lexical_weights_survive_saving(tmp_path):
    index = LexicalIndex.build(PASSAGES)
    index.save(tmp_path)
    again = LexicalIndex.open(tmp_path)
    assert np.array_equal(index.scores("splenic laceration 4 cm"), again.scores("splenic laceration 4 cm"))


def test_dense_index_survives_saving(tmp_path):
    vectors = HashEmbedder().embed([embedding_text(p) for p in PASSAGES])
    index = DenseIndex.build(vectors)
    index.save(tmp_path)
    again = DenseIndex.open(tmp_path)
    assert np.array_equal(index.search(vectors, 3)[1], again.search(vectors, 3)[1])
    assert index.search(vectors, 3)[1][:, 0].tolist() == [0, 1, 2]


async def test_an_empty_dense_index_finds_nothing():
    empty: list[Passage] = []
    voice = DenseRetriever(DenseIndex.build(np.zeros((0, 64), dtype=np.float32)), empty, HashEmbedder())
    assert await voice.retrieve(Query(text="anything")) == []


def test_provenance_is_not_embedded():
    text = embedding_text(passage("Body.", "p", title="Title", url="https://secret.example", organisation="Org"))
    assert text == "Title. Body"


def test_the_packaged_model_gives_unit_vectors_that_mean_something():
    model = embedder()
    vectors = model.embed(["aortic aneurysm", "dilatation of the aorta", "fracture of the wrist"])
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert model.embed([]).shape == (0, 384)
    assert model.name == PACKAGED
    assert embedder() is model


def test_a_missing_model_says_what_to_give(tmp_path):
    with pytest.raises(MissingModel, match="Give a folder"):
        embedder(str(tmp_path / "no-model"))


def test_a_folder_that_holds_another_kind_of_model_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(MissingModel, match="holds no sentence-transformers model"):
        embedder(str(tmp_path)).embed(["x"])
