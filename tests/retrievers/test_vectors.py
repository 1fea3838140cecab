"""Vectors by content hash: the cache, the packaged file, its rebuild and the check for drift."""

import threading

import numpy as np
import pytest

from retrievers import vectors as module
from retrievers.embedding import HashEmbedder
from retrievers.vectors import VectorCache, drift, embed_all, key, main, packaged_vectors, quantised, rebuild


def some(count, size=4):
    return {key(f"text {n}", "m"): np.full(size, n, dtype=np.float16) for n in range(count)}


def test_a_key_depends_on_text_and_model():
    assert len(key("a", "m")) == 16
    assert len({key("a", "m"), key("b", "m"), key("a", "n"), key("m\x1fa", "")}) == 4
    assert key("a", "m") == key("a", "m")


def test_what_is_put_is_found_also_in_many_blocks(tmp_path):
    cache, kept = VectorCache(tmp_path), some(1203)
    cache.put(kept)
    found = VectorCache(tmp_path).get([*kept, key("unknown", "m")])
    assert found.keys() == kept.keys()
    assert all((found[name] == kept[name]).all() for name in kept)


def test_an_empty_cache_knows_nothing_and_makes_no_file(tmp_path):
    cache = VectorCache(tmp_path / "none")
    assert cache.get([b"x" * 16]) == {}
    assert not cache.path.exists()


def test_the_later_vector_counts(tmp_path):
    cache, name = VectorCache(tmp_path), key("a", "m")
    cache.put({name: np.zeros(3, dtype=np.float16)})
    cache.put({name: np.ones(3, dtype=np.float16)})
    assert cache.get([name])[name].tolist() == [1.0, 1.0, 1.0]


def test_threads_share_a_cache(tmp_path):
    cache, kept = VectorCache(tmp_path), list(some(40).items())
    threads = [threading.Thread(target=cache.put, args=(dict(kept[start::4]),)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(cache.get(name for name, _ in kept)) == 40


def test_the_cache_is_in_the_users_folder_by_default():
    assert VectorCache().path.name == "vectors.sqlite"
    assert "radqa-tests-" in str(VectorCache().path)


class Counting(HashEmbedder):
    def __init__(self, fail_at=None):
        super().__init__()
        self.batches, self.fail_at = [], fail_at

    def embed(self, texts):
        if len(self.batches) == self.fail_at:
            raise KeyboardInterrupt
        self.batches.append(list(texts))
        return super().embed(texts)


def test_the_same_text_is_embedded_once_and_short_texts_go_first(tmp_path):
    model = Counting()
    matrix, fresh = embed_all(["a longer text", "short", "a longer text"], model, VectorCache(tmp_path))
    assert fresh == 2
    assert model.batches == [["short", "a longer text"]]
    assert (matrix[0] == matrix[2]).all()
    assert np.linalg.norm(matrix, axis=1) == pytest.approx([1.0, 1.0, 1.0], abs=1e-6)


def test_nothing_to_embed_is_an_empty_matrix(tmp_path):
    matrix, fresh = embed_all([], HashEmbedder(), VectorCache(tmp_path))
    assert (matrix.shape, fresh) == ((0, 64), 0)


def test_a_stopped_build_keeps_its_finished_blocks(tmp_path):
    texts = [f"text number {n:03}" for n in range(150)]
    cache, told = VectorCache(tmp_path), []
    with pytest.raises(KeyboardInterrupt):
        embed_all(texts, Counting(fail_at=2), cache, lambda done, total: told.append((done, total)))
    assert told == [(64, 150), (128, 150)]
    _, fresh = embed_all(texts, Counting(), cache)
    assert fresh == 22


@pytest.fixture
def small_package(tmp_path, monkeypatch):
    """A packaged file and an embedded corpus of three texts under the hash embedding."""
    texts, path, model = ["one text", "another text", "a third text"], tmp_path / "vectors", HashEmbedder()
    monkeypatch.setattr(module, "PACKAGED_FOLDER", path)
    monkeypatch.setattr(module, "_embedded_texts", lambda: {"one": texts[:2], "two": texts[2:]})
    monkeypatch.setattr(module, "embedder", lambda name: model)
    monkeypatch.setattr(module, "VectorCache", lambda: VectorCache(tmp_path / "cache"))
    monkeypatch.setattr(module, "rebuild", lambda other=path: rebuild(other))
    monkeypatch.setattr(module, "packaged_vectors", _uncached(packaged_vectors, path))
    return texts, path


def _uncached(original, path):
    def read(other=path):
        return original.__wrapped__(other)

    read.cache_clear = original.cache_clear
    return read


def test_packaged_vectors_are_read_by_key(small_package):
    texts, path = small_package
    assert module.packaged_vectors(path.with_name("missing")) == {}
    assert rebuild(path) == (3, 3)
    held = module.packaged_vectors()
    assert set(held) == {key(text, "hash-1") for text in texts}
    assert {vector.dtype for vector in held.values()} == {np.dtype(np.float16)}
    assert sorted(file.name for file in path.iterdir()) == ["one.npz", "two.npz"]


def test_packaged_vectors_are_not_embedded_again(small_package, tmp_path):
    texts, path = small_package
    rebuild(path)
    model = Counting()
    matrix, fresh = embed_all([*texts, "a new text"], model, VectorCache(tmp_path / "other"))
    assert (fresh, model.batches) == (1, [["a new text"]])
    assert matrix.shape == (4, 64)


def test_vectors_that_match_have_not_drifted(small_package):
    rebuild(small_package[1])
    missing, cosine = drift()
    assert missing == 0
    assert cosine > 0.999


def test_missing_and_altered_vectors_are_drift(small_package):
    texts, path = small_package
    assert drift() == (3, 0.0)
    rebuild(path)
    texts.append("a text that came later")
    assert drift()[0] == 1
    with np.load(path / "one.npz") as arrays:
        names, stored, scales = arrays["keys"], arrays["vectors"], arrays["scales"]
    np.savez_compressed(path / "one.npz", keys=names, vectors=-stored, scales=scales)
    assert drift()[1] < -0.9


def test_only_what_changed_is_written_again_and_what_is_gone_is_removed(small_package):
    texts, path = small_package
    rebuild(path)
    written = {file.name: file.stat().st_mtime_ns for file in path.iterdir()}
    (path / "gone.npz").write_bytes((path / "one.npz").read_bytes())
    texts.append("a text that came later")
    assert rebuild(path) == (4, 1)
    now = {file.name: file.stat().st_mtime_ns for file in path.iterdir()}
    assert set(now) == set(written)
    assert now["one.npz"] == written["one.npz"]
    assert now["two.npz"] > written["two.npz"]


def test_eight_bits_lose_next_to_nothing():
    matrix = np.random.default_rng(0).normal(size=(50, 384)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    vectors, scales = quantised(matrix)
    again = vectors.astype(np.float32) * scales[:, None]
    again /= np.linalg.norm(again, axis=1, keepdims=True)
    assert (again * matrix).sum(axis=1).min() > 0.9998


def test_the_commands_say_what_they_did(small_package, capsys):
    texts, _ = small_package
    assert main(["check"]) == 1
    assert "3 passages without a packaged vector" in capsys.readouterr().out
    assert main(["rebuild"]) == 0
    assert "3 vectors in vectors" in capsys.readouterr().out
    assert main(["check"]) == 0
    texts.append("later")
    assert main(["check"]) == 1
    assert main([]) == main(["nonsense"]) == 2
    assert "usage" in capsys.readouterr().out


def test_the_shipped_vectors_cover_the_embedded_corpus_and_are_those_of_the_model():
    missing, cosine = drift(sample=3)
    assert missing == 0
    assert cosine > 0.999


def test_a_damaged_cache_is_set_aside_and_begun_anew(tmp_path):
    cache = VectorCache(tmp_path)
    cache.path.write_bytes(b"no database at all" * 100)
    assert cache.get([b"k"]) == {}
    assert (tmp_path / "vectors.sqlite.unusable").exists()
    cache.put({b"k": np.ones(2, dtype=np.float16)})
    assert list(cache.get([b"k"])) == [b"k"]


def test_a_cache_that_cannot_be_written_costs_no_build(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    matrix, fresh = embed_all(["a text", "another"], HashEmbedder(), VectorCache(tmp_path / "file" / "below"))
    assert (len(matrix), fresh) == (2, 2)


def test_a_cache_that_has_grown_too_large_is_begun_anew(tmp_path):
    VectorCache(tmp_path).put({b"old": np.ones(2, dtype=np.float16)})
    cache = VectorCache(tmp_path, most_mb=0)
    cache.put({b"new": np.ones(2, dtype=np.float16)})
    assert list(cache.get([b"old", b"new"])) == [b"new"]
