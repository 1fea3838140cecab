import gc
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from corpora.concepts.table import Row, Table
from corpora.concepts.vocabulary import stamp
from corpora.errors import MissingCorpus
from retrievers import index as module
from retrievers.embedding import HashEmbedder
from retrievers.errors import IndexMismatch, IndexWriteFailed
from retrievers.index import PassageIndex, build, verify
from retrievers.vectors import VectorCache, embed_all
from tests.conftest import document


class Counting(HashEmbedder):
    def __init__(self):
        super().__init__()
        self.embedded = 0

    def embed(self, texts):
        self.embedded += len(texts)
        return super().embed(texts)


def docs(*words):
    return [document(f"A text about {word}.", word, title=word) for word in words]


def test_an_index_opens_with_what_was_put_in(tmp_path, small_documents):
    manifest = build(small_documents, tmp_path / "i", HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    index = PassageIndex.open(tmp_path / "i", HashEmbedder())
    assert (manifest.documents, manifest.passages) == (3, len(index.passages))
    assert manifest.kinds == {"document": 1, "guideline": 2}
    assert list(index.documents.values()) == small_documents
    assert verify(tmp_path / "i") == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_who_may_look_into_the_folder_may_use_the_index_built_in_it(tmp_path, small_documents, mode):
    folder = tmp_path / "index"
    folder.mkdir()
    folder.chmod(mode)
    build(small_documents, folder, HashEmbedder(), cache=VectorCache(tmp_path / "cache"))
    (generation,) = folder.glob("g-*")
    assert generation.stat().st_mode & 0o777 == mode


def test_a_second_build_embeds_nothing(tmp_path, small_documents):
    cache = VectorCache(tmp_path / "c")
    first, second = Counting(), Counting()
    build(small_documents, tmp_path / "i", first, cache=cache)
    manifest = build(small_documents, tmp_path / "i", second, cache=cache)
    assert first.embedded == manifest.passages
    assert (second.embedded, manifest.embedded_now) == (0, 0)


def test_a_build_loads_no_model_where_every_vector_is_kept_and_leaves_the_collector_as_it_was(tmp_path, small_documents):
    class Unloaded(HashEmbedder):
        """A model that would have to be loaded to say how wide its vectors are."""

        @property
        def dimensions(self):
            raise AssertionError("the model was loaded")

        @dimensions.setter
        def dimensions(self, value):
            pass

    before, cache = gc.get_threshold(), VectorCache(tmp_path / "c")
    width = build(small_documents, tmp_path / "a", HashEmbedder(), cache=cache).dimensions
    assert build(small_documents, tmp_path / "b", Unloaded(), cache=cache).dimensions == width
    assert gc.get_threshold() == before


def test_a_changed_document_embeds_only_its_own_passages(tmp_path):
    cache = VectorCache(tmp_path / "c")
    build(docs("liver", "spleen"), tmp_path / "i", HashEmbedder(), cache=cache)
    model = Counting()
    build(docs("liver", "kidney"), tmp_path / "i", model, cache=cache)
    assert model.embedded == 1


def test_vectors_are_the_same_whether_fresh_or_cached(tmp_path):
    texts = ["one text", "another text"]
    cache = VectorCache(tmp_path)
    fresh, counted = embed_all(texts, HashEmbedder(), cache)
    again, none = embed_all(texts, HashEmbedder(), cache)
    assert (counted, none) == (2, 0)
    assert (fresh == again).all()


def test_progress_counts_to_the_end(tmp_path):
    seen = []
    build(
        docs(*(f"word{n}" for n in range(70))),
        tmp_path / "i",
        HashEmbedder(),
        cache=VectorCache(tmp_path / "c"),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (70, 70)


@pytest.mark.parametrize(
    "name", ["documents.jsonl", "passages.json", "faiss.index", "space.npz", "lexical.npz", "lexical-terms.json", "manifest.json"]
)
@pytest.mark.parametrize("how", ["cut", "altered", "removed"])
def test_a_damaged_file_is_a_clear_mismatch(tmp_path, name, how):
    build(docs("liver", "spleen"), tmp_path, HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    path = next(tmp_path.glob(f"g-*/{name}"))
    data = path.read_bytes()
    if how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "altered":
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    else:
        path.unlink()
    with pytest.raises(IndexMismatch, match="Build it again"):
        PassageIndex.open(tmp_path, HashEmbedder())
    assert verify(tmp_path)


def test_an_index_of_another_model_names_both(tmp_path):
    build(docs("liver"), tmp_path, HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    other = HashEmbedder()
    other.fingerprint = "other-2"
    with pytest.raises(IndexMismatch, match=r"hash-1.*other-2"):
        PassageIndex.open(tmp_path, other)


def test_an_index_linked_with_another_vocabulary_is_refused(tmp_path, monkeypatch):
    build(docs("liver"), tmp_path, HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    assert PassageIndex.open(tmp_path).manifest.vocabulary == stamp()
    Table(rows=[Row("C0000001", "thing", "finding", (), (("thing", 10),))]).save(tmp_path / "own.xz")
    monkeypatch.setenv("RADQA_VOCABULARY", str(tmp_path / "own.xz"))
    with pytest.raises(IndexMismatch, match="another vocabulary than the one in use"):
        PassageIndex.open(tmp_path)


def test_foreign_folders_are_no_index(tmp_path):
    with pytest.raises(IndexMismatch, match="no index"):
        PassageIndex.open(tmp_path)
    (tmp_path / "current").write_text("../../etc", encoding="utf-8")
    with pytest.raises(IndexMismatch, match="no index"):
        PassageIndex.open(tmp_path)


def test_another_format_is_named(tmp_path):
    build(docs("liver"), tmp_path, HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    path = next(tmp_path.glob("g-*/manifest.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="format 99"):
        PassageIndex.open(tmp_path)


def test_a_manifest_that_lacks_a_file_or_miscounts_is_refused(tmp_path):
    build(docs("liver"), tmp_path, HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    path = next(tmp_path.glob("g-*/manifest.json"))
    good = json.loads(path.read_text())
    path.write_text(json.dumps(good | {"files": {k: v for k, v in good["files"].items() if k != "faiss.index"}}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="lacks"):
        PassageIndex.open(tmp_path)
    path.write_text(json.dumps(good | {"passages": 7}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="does not hold"):
        PassageIndex.open(tmp_path)


def test_nothing_to_index_and_double_names_are_refused(tmp_path):
    with pytest.raises(MissingCorpus, match="nothing to index"):
        build([], tmp_path, HashEmbedder())
    twice = [document("One.", "same"), document("Two.", "same")]
    with pytest.raises(MissingCorpus, match="'same'"):
        build(twice, tmp_path, HashEmbedder())


@pytest.mark.parametrize("name", ["manifest.json", "documents.jsonl", "faiss.index"])
def test_building_again_repairs_a_damaged_index(tmp_path, small_documents, name):
    def again():
        return build(small_documents, tmp_path / "index", HashEmbedder(), cache=VectorCache(tmp_path / "vectors"))

    again()
    manifest = again()
    next((tmp_path / "index").glob(f"g-*/{name}")).write_bytes(b"damaged")
    assert again() == manifest
    assert verify(tmp_path / "index") == []
    assert len(list((tmp_path / "index").glob("g-*"))) == 1
    assert again() == manifest
    assert verify(tmp_path / "index") == []


def test_a_full_disk_leaves_the_old_index(tmp_path, monkeypatch):
    build(docs("liver"), tmp_path / "i", HashEmbedder(), cache=VectorCache(tmp_path / "c"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write_passages", full)
    with pytest.raises(IndexWriteFailed, match=r"No space left.*unchanged"):
        build(docs("spleen"), tmp_path / "i", HashEmbedder(), cache=VectorCache(tmp_path / "c"))
    assert set(PassageIndex.open(tmp_path / "i").documents) == {"liver"}
    assert not list((tmp_path / "i").glob(".building-*"))


KILLED = """
import os, signal, sys
from pathlib import Path
from retrievers import index
from retrievers.embedding import HashEmbedder
from retrievers.vectors import VectorCache
from corpora.types import Document, SourceRecord
def build(folder):
    new = Document(id="new", text="New text.", source=SourceRecord(id="new", title="A title"))
    index.build([new], folder, HashEmbedder(), cache=VectorCache(folder / "c"))
build(Path(sys.argv[1]).parent / "first")  # loads what every later build finds
calls, step = 0, 0
def die(*_):
    global calls
    calls += 1
    if calls == step:
        os.kill(os.getpid(), signal.SIGKILL)
original = {name: getattr(index, name) for name in ("_write_documents", "_write_passages", "_describe", "_put_in_use", "flushed")}
for name, function in original.items():
    def wrapped(*a, _f=function):
        die()
        result = _f(*a)
        die()
        return result
    setattr(index, name, wrapped)
for folder, step in zip(sys.argv[1::2], map(int, sys.argv[2::2])):
    builder = os.fork()
    if not builder:
        build(Path(folder))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(builder, 0)[1]))
"""
STEPS = (1, 3, 5, 8, 12, 20, 22)


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """By step: the folder of an index whose rebuilding was killed there, and how the builder ended. One process starts them all."""
    root = Path(__file__).parents[2]
    folders = [tmp_path_factory.mktemp("killed") / "i" for _ in STEPS]
    for folder in folders:
        build([document("Old text.", "old")], folder, HashEmbedder(), cache=VectorCache(folder.parent / "c"))
    named = [str(part) for pair in zip(folders, STEPS, strict=True) for part in pair]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *named],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(zip(STEPS, zip(folders, map(int, done.stdout.split()), strict=True), strict=True))


@pytest.mark.parametrize("step", STEPS)
def test_a_build_killed_at_any_step_leaves_the_old_index_or_the_new_one(killed, step):
    folder, status = killed[step]
    assert status in (-signal.SIGKILL, 0)
    names = set(PassageIndex.open(folder, thorough=True).documents)
    assert names in ({"old"}, {"new"})
    if status == 0:
        assert names == {"new"}
    assert verify(folder) == []
