"""Embedding models by name."""

import types

import numpy as np
import pytest

from retrievers import embedding as module
from retrievers.embedding import PACKAGED, HashEmbedder, SentenceEmbedder, embedder
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
