"""What every store promises: the index's files, Milvus (Lite, by file) and Postgres with pgvector."""

import asyncio
import importlib.util
import tempfile

import numpy as np
import pytest

from corpora.errors import MissingCorpus
from retrievers.embedding import PACKAGED, HashEmbedder, embedder
from retrievers.factory import retriever
from retrievers.stores.address import Address
from retrievers.stores.files import FilesStore
from retrievers.stores.opening import follow, open_store
from retrievers.stores.types import Store
from retrievers.types import Filters, Query
from retrievers.vectors import VectorCache, embed_all
from tests.conftest import document

MODEL = HashEmbedder()
NEEDED = {"milvus": ("pymilvus", "milvus_lite"), "postgres": ("psycopg", "pgserver"), "files": ()}
TEXTS = ["Which Bosniak class has a smooth enhancing wall?", "follow-up of a 7 mm lung nodule", "gallstones cast a shadow"]
FILTERS = [
    Filters(kinds=("guideline",)),
    Filters(subspecialty=("chest",)),
    Filters(modality=("MRI",)),
    Filters(document_ids=("note",)),
    Filters(kinds=("web",)),
    Filters(kinds=("guideline",), modality=("CT",), document_ids=("kidney-card", 'no "such" card')),
]


@pytest.fixture(scope="session")
def places(tmp_path_factory):
    """Kind of store -> its address; what is not installed here is skipped, and says so."""
    servers = []

    def place(kind):
        lacking = [name for name in NEEDED[kind] if importlib.util.find_spec(name) is None]
        if lacking:
            pytest.skip(f"{', '.join(lacking)} not installed")
        folder = tmp_path_factory.mktemp(kind)
        if kind == "milvus":
            return f"milvus://{folder}/store.db"
        if kind == "files":
            return str(folder)
        import pgserver

        folder = tempfile.mkdtemp(prefix="radqa-pg-")  # as root it runs as another user, to whom pytest closes its own folders
        servers.append(pgserver.get_server(folder, cleanup_mode="delete"))
        return servers[-1].get_uri()

    known = {}
    yield lambda kind: known[kind] if kind in known else known.setdefault(kind, place(kind))
    for server in servers:
        server.cleanup()


@pytest.fixture(scope="session")
def opened(places, tmp_path_factory):
    """Opens a collection of a kind of store; all are closed in the end."""
    made, cache = [], VectorCache(tmp_path_factory.mktemp("cache"))

    def make(kind, collection, model=MODEL):
        where = places(kind)
        if kind == "files":
            from pathlib import Path

            made.append(FilesStore(Path(where), model, collection, cache))
        else:
            mark = "&" if "?" in where else "?"
            made.append(open_store(Address.of(f"{where}{mark}collection={collection}"), model, cache=cache))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture(scope="session", params=list(NEEDED))
def kind(request):
    return request.param


@pytest.fixture(scope="session")
def store(kind, opened, small_documents):
    made = opened(kind, "small")
    made.put(small_documents)
    return made


@pytest.fixture
def fresh(kind, opened, request):
    return opened(kind, "t" + "".join(sign for sign in request.node.name.lower() if sign.isalnum())[:30])


def asked(store, text, k=5, filters=None):
    query = Query(text=text, k=k, filters=filters or Filters())
    return store.dense([query], MODEL.embed([text]))[0], store.lexical([query])[0]


def ids(hits):
    return [hit.passage.id for hit in hits]


def test_it_is_a_store_with_a_name(store, kind):
    assert isinstance(store, Store)
    assert (store.name, store.collection) == (kind, "small")


def test_it_holds_what_was_put_in(store, small_documents, small_index):
    assert (store.held().documents, store.held().passages) == (len(small_documents), len(small_index.passages))
    for one in small_documents:
        assert store.passages(one.id) == small_index.of_document[one.id]
    assert store.passages("nowhere") == []


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("k", [1, 3, 500])
def test_at_most_k_hits_best_first_and_none_twice(store, text, k):
    for hits in asked(store, text, k):
        assert 0 < len(hits) <= k
        assert len(set(ids(hits))) == len(hits)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_words_that_nobody_says_find_nothing_lexical(store):
    assert asked(store, "xylophone")[1] == []
    assert asked(store, "?!")[1] == []


@pytest.mark.parametrize("filters", FILTERS)
def test_only_what_the_filters_allow_and_all_of_it(store, small_index, filters):
    allowed = {passage.id for passage in small_index.passages if filters.allow(passage)}
    dense, lexical = asked(store, "wall of a nodule on CT", 500, filters)
    assert set(ids(dense)) == allowed
    assert set(ids(lexical)) <= allowed


def test_the_small_index_and_every_store_give_the_same_vectors_hits(store, small_index):
    for text in TEXTS:
        query = Query(text=text, k=10)
        wanted = asyncio.run(retriever(small_index, MODEL, "dense").retrieve(query))
        hits = store.dense([query], MODEL.embed([text]))[0]
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in wanted], abs=1e-5)


@pytest.mark.parametrize("kind", ["files", "postgres"])
def test_postgres_scores_words_as_the_files_do(kind, opened, small_documents, small_index):
    made = opened(kind, "words")
    made.put([document("Cystic kidney masses, another one.", "gone"), *small_documents])
    made.remove(["gone"])
    for text in TEXTS:
        query = Query(text=text, k=10)
        wanted = asyncio.run(retriever(small_index, MODEL, "lexical").retrieve(query))
        hits = made.lexical([query])[0]
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in wanted], rel=1e-4)
        assert {hit.passage.id for hit in hits} == {hit.passage.id for hit in wanted}


def test_several_queries_give_what_each_gives_alone(store):
    queries = [Query(text=text, k=k) for text, k in zip(TEXTS, (3, 7, 3), strict=True)]
    together = store.dense(queries, MODEL.embed(TEXTS)), store.lexical(queries)
    for number, query in enumerate(queries):
        dense, lexical = asked(store, query.text, query.k)
        assert [hit.score for hit in together[0][number]] == pytest.approx([hit.score for hit in dense], abs=1e-5)
        assert ids(together[1][number]) == ids(lexical)


def test_a_document_is_added_replaced_and_removed_without_touching_others(fresh, small_documents):
    fresh.put(small_documents)
    before = fresh.held()
    assert fresh.put([document("Xylophone sign: ribs seen end on.", "new")]) == 1
    assert ids(asked(fresh, "xylophone")[1]) == ids(asked(fresh, "xylophone sign: ribs seen end on", 1)[0])
    assert fresh.put([document("Marimba sign: nobody has seen it.", "new")]) == 1
    assert asked(fresh, "xylophone")[1] == []
    assert [passage.text for passage in fresh.passages("new")] == ["Marimba sign: nobody has seen it."]
    assert fresh.held().documents == before.documents + 1
    assert fresh.remove(["new", "nowhere"]) == 1
    assert (fresh.held(), asked(fresh, "marimba")[1], fresh.passages("new")) == (before, [], [])


def test_collections_know_nothing_of_each_other(kind, opened):
    one, other = opened(kind, "tenant_a"), opened(kind, "tenant_b")
    one.put([document("Halo sign of tenant A.", "a")])
    other.put([document("Halo sign of tenant B.", "b")])
    for made, name in ((one, "a"), (other, "b")):
        for hits in asked(made, "halo sign", 10):
            assert [hit.passage.document_id for hit in hits] == [name]
    one.remove(["a"])
    assert [hit.passage.document_id for hit in asked(other, "halo sign")[1]] == ["b"]


def test_two_documents_of_one_name_are_refused(fresh):
    with pytest.raises(MissingCorpus, match=r"same id|are called"):
        fresh.put([document("one", "x"), document("two", "x")])


def test_what_was_put_in_is_there_for_who_opens_it_later(kind, opened, fresh):
    fresh.put([document("Tree-in-bud opacities.", "kept")])
    again = opened(kind, fresh.collection)
    assert [hit.passage.document_id for hit in asked(again, "tree-in-bud")[1]] == ["kept"]


@pytest.mark.parametrize("kind", ["milvus"])
def test_a_file_that_was_closed_opens_again_with_what_it_held(kind, places, tmp_path):
    places(kind)
    address = Address.of(f"milvus://{tmp_path}/store.db")
    first = open_store(address, MODEL)
    first.put([document("Tree-in-bud opacities.", "kept")])
    first.note("a library")
    first.close()
    again = open_store(address, MODEL)
    assert [hit.passage.document_id for hits in asked(again, "tree-in-bud") for hit in hits] == ["kept", "kept"]
    assert again.state() == "a library"
    again.close()


def test_another_model_is_refused(kind, opened, store):
    from corpora.errors import SetupError

    other = HashEmbedder(32)
    other.fingerprint = "hash-32"
    with pytest.raises(SetupError, match="model"):
        opened(kind, "small", other).held()


@pytest.mark.parametrize("kind", ["milvus", "postgres"])
def test_a_server_follows_the_library_and_keeps_what_was_put_in_by_itself(kind, opened, small_index, tmp_path):
    from retrievers.index import PassageIndex, build

    made = opened(kind, "followed")
    made.put([document("Xylophone sign.", "own")])
    assert made.followed() == {}
    assert follow(made, small_index) == len(small_index.passages)
    assert follow(made, small_index) == 0
    build([document("Halo sign.", "only")], tmp_path / "i", MODEL, cache=VectorCache(tmp_path / "c"))
    assert follow(made, PassageIndex.open(tmp_path / "i", MODEL)) == 1
    assert {hit.passage.document_id for hit in asked(made, "sign", 50)[0]} == {"own", "only"}
    altered = [document("Halo sign.", "only"), document("Reversed halo sign.", "second")]
    build(altered, tmp_path / "i", MODEL, cache=VectorCache(tmp_path / "c"))
    assert follow(made, PassageIndex.open(tmp_path / "i", MODEL)) == 1


@pytest.mark.parametrize("kind", ["milvus", "postgres"])
def test_an_agent_answers_from_the_store_and_from_what_only_the_store_has(kind, opened, places, small_index_folder):
    from agent.app import RadiologyAgent
    from agent.settings import load

    mark = "&" if "?" in places(kind) else "?"
    chosen = {"index": small_index_folder, "embedding": "hash", "reader": "words", "threshold": 0.3}
    agent = RadiologyAgent(load(store=f"{places(kind)}{mark}collection=agent", **chosen))
    alone = RadiologyAgent(load(**chosen))
    question = "Follow-up for a single 7 mm solid nodule, high risk?"
    assert agent.ask(question).text == alone.ask(question).text
    agent.store.put([document("The xylophone sign means parallel ribs seen end on.", "only-there", title="Xylophone sign")])
    found = asyncio.run(agent.retriever("hybrid").retrieve(Query(text="xylophone sign", k=3)))
    assert found[0].passage.document_id == "only-there"
    assert agent.library.source("only-there").title == "Xylophone sign"
    agent.store.close()


def test_real_vectors_give_the_top_ten_of_faiss_flat(kind, opened, tmp_path_factory, embedded_documents):
    from retrievers.dense import embedding_text

    model = embedder(PACKAGED)
    chosen = [one for one in embedded_documents if one.source.kind == "guideline"][:36]
    made = opened(kind, "real", model)
    made.put(chosen)
    flat = FilesStore(tmp_path_factory.mktemp("flat"), model)
    flat.put(chosen)
    known = [passage for one in chosen for passage in flat.passages(one.id)]
    vectors, _ = embed_all([embedding_text(passage) for passage in known[::17]], model)
    moved = vectors + np.random.default_rng(0).normal(scale=0.02, size=vectors.shape).astype(np.float32)
    queries = [Query(text=passage.text, k=10) for passage in known[::17]]
    assert len(queries) >= 50
    shares = [
        len({hit.passage.id for hit in ours} & {hit.passage.id for hit in exact}) / 10
        for ours, exact in zip(made.dense(queries, moved), flat.dense(queries, moved), strict=True)
    ]
    assert float(np.mean(shares)) >= 0.98
