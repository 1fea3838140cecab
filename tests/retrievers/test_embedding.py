"""Embedding models by name."""

import types

import numpy as np
import pytest

from retrievers import embedding as module
from retrievers.embedding import PACKAGED, HashEmbedder, PackagedEmbedder, SentenceEmbedder, embedder
from retrievers.errors import MissingModel


def test_the_hash_fake_is_deterministic_and_of_unit_length():
    one, two = HashEmbedder().embed(["thin wall", ""]), HashEmbedder().embed(["thin wall", ""])
    assert (one == two).all()
    assert np.linalg.norm(one, axis=1) == pytest.approx([1.0, 1.0], abs=1e-6)
    assert HashEmbedder(16).embed([]).shape == (0, 16)


def test_there_is_one_instance_per_name():
    assert embedder("hash") is embedder("hash")
    assert embedder(PACKAGED) is embedder(PACKAGED)
    assert embedder(PACKAGED).name == PACKAGED


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(MissingModel, match="No embedding model at"):
        embedder(str(tmp_path / "nowhere"))
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    broken = embedder(str(tmp_path))
    assert broken.name == tmp_path.name
    with pytest.raises(MissingModel, match="holds no sentence-transformers model"):
        broken.load()


def test_the_fingerprint_follows_the_files(tmp_path):
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    first = SentenceEmbedder("m", tmp_path).fingerprint
    (tmp_path / "notes.md").write_text("not of the model", encoding="utf-8")
    assert SentenceEmbedder("m", tmp_path).fingerprint == first
    (tmp_path / "config.json").write_text("{ }", encoding="utf-8")
    assert SentenceEmbedder("m", tmp_path).fingerprint != first


def test_a_missing_or_empty_package_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(MissingModel, match=r"not installed.*pip install"):
        module.packaged_folder()
    monkeypatch.setattr(module, "find_spec", lambda name: types.SimpleNamespace(submodule_search_locations=[str(tmp_path)]))
    with pytest.raises(MissingModel, match=r"holds no model.*force-reinstall"):
        module.packaged_folder()
    (tmp_path / "deep" / "model").mkdir(parents=True)
    (tmp_path / "deep" / "model" / "config.json").write_text("{}", encoding="utf-8")
    assert module.packaged_folder() == tmp_path / "deep" / "model"
    (tmp_path / "deep" / "modules.json").write_text("[]", encoding="utf-8")
    assert module.packaged_folder() == tmp_path / "deep"


def test_no_texts_are_no_vectors():
    assert embedder(PACKAGED).embed([]).shape == (0, 384)


def test_short_lists_are_embedded_together_and_kept(monkeypatch):
    model = SentenceEmbedder("m", module.Path("nowhere"))
    seen = []

    def encoded(texts, threads):
        seen.append((tuple(texts), threads))
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    monkeypatch.setattr(model, "_encoded", encoded)
    assert model.embed(["a", "bb", "a"]).tolist() == [[1, 1], [2, 1], [1, 1]]
    assert model.embed(["bb", "ccc"]).tolist() == [[2, 1], [3, 1]]
    assert seen == [(("a", "bb"), 1), (("ccc",), 1)]
    many = [str(number) for number in range(20)]
    assert len(model.embed(many)) == 20
    assert seen[-1][0] == tuple(many)
    model.embed(many[:3])
    assert seen[-1] == (tuple(many[:3]), 1)  # long lists are not kept


def test_what_is_kept_is_bounded(monkeypatch):
    model = SentenceEmbedder("m", module.Path("nowhere"))
    monkeypatch.setattr(model, "_encoded", lambda texts, threads: np.ones((len(texts), 2), dtype=np.float32))
    for number in range(module._KEPT + 50):
        model.embed([f"text {number}"])
    assert len(model._kept) <= module._KEPT


def test_threads_that_wait_share_one_batch(monkeypatch):
    import threading

    model = SentenceEmbedder("m", module.Path("nowhere"))
    begun, go, batches = threading.Event(), threading.Event(), []

    def encoded(texts, threads):
        batches.append(set(texts))
        if len(batches) == 1:
            begun.set()
            go.wait(5)
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    monkeypatch.setattr(model, "_encoded", encoded)
    found = {}
    first = threading.Thread(target=lambda: found.update(first=model.embed(["x"])))
    first.start()
    begun.wait(5)
    others = [threading.Thread(target=lambda n=n: found.update({n: model.embed(["y" * n])})) for n in (2, 3, 4)]
    for other in others:
        other.start()
    while len(model._wanted) < 3:
        pass
    go.set()
    for thread in (first, *others):
        thread.join(5)
    assert batches == [{"x"}, {"yy", "yyy", "yyyy"}]
    assert [found[n][0][0] for n in (2, 3, 4)] == [2, 3, 4]


def test_a_packaged_model_with_a_changed_file_is_not_loaded(tmp_path):
    weights = bytearray(200_000)
    (tmp_path / "model.safetensors").write_bytes(weights)
    model = PackagedEmbedder(tmp_path)
    head, whole = model.fingerprint, model.whole
    weights[-1] = 1  # behind what the fingerprint reads
    (tmp_path / "model.safetensors").write_bytes(weights)
    changed = PackagedEmbedder(tmp_path)
    assert changed.fingerprint == head
    assert changed.whole != whole
    with pytest.raises(MissingModel, match="are not those of the packaged model"):
        changed.load()


def test_the_packaged_model_is_the_one_whose_vectors_ship():
    assert PackagedEmbedder(module.packaged_folder()).whole == module._FILES


def test_vectors_are_those_of_sentence_transformers():
    texts = [
        "7 mm nodule",
        "",
        "word " * 600,
        "Caf\u00e9 \u2014 20 \u00b5m",
        "A splenic cyst is benign.",
        *(f"text {number}" for number in range(8)),
    ]
    ours = embedder(PACKAGED).embed(texts)
    theirs = SentenceEmbedder("m", module.packaged_folder()).embed(texts)
    assert np.abs(ours - theirs).max() < 1e-5
