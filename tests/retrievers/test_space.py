import numpy as np

from retrievers import space
from retrievers.dense import DenseIndex
from retrievers.embedding import PACKAGED, HashEmbedder, embedder
from retrievers.space import Space, learnt


def rows(count, seed=0, shift=0.0):
    made = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32) + shift
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_a_fitted_space_is_the_identity_for_few_vectors():
    few = rows(10)
    assert np.allclose(Space.fit(few).of_passages(few), few, atol=1e-6)
    assert np.allclose(Space.fit(few).of_queries(few), few, atol=1e-6)


def test_a_fitted_space_spreads_what_lies_together():
    many = rows(200, shift=3.0)
    moved = Space.fit(many).of_passages(many)
    assert np.allclose(np.linalg.norm(moved, axis=1), 1, atol=1e-5)
    assert np.abs(moved.mean(axis=0)).max() < np.abs(many.mean(axis=0)).max()


def test_a_space_survives_saving(tmp_path):
    made = Space.fit(rows(200))
    made.save(tmp_path / "space.npz")
    again = Space.open(tmp_path / "space.npz")
    assert np.array_equal(made.of_queries(rows(3, 1)), again.of_queries(rows(3, 1)))


def test_the_learnt_space_is_for_the_packaged_model_alone():
    own = learnt(embedder(PACKAGED).fingerprint)
    assert own is not None
    assert own.queries.shape == own.passages.shape == (384, 384)
    assert not np.allclose(own.queries, own.passages)
    assert learnt(HashEmbedder().fingerprint) is None
    assert len(space.stamp()) == 16


def test_an_index_of_another_model_is_whitened_as_before():
    many = rows(200, shift=3.0)
    assert np.allclose(DenseIndex.build(many, HashEmbedder().fingerprint).space.passages, Space.fit(many).passages)


def test_a_question_finds_its_passage_worded_otherwise():
    model = embedder(PACKAGED)
    passages = [
        "Pneumoperitoneum. Pneumoperitoneum is free gas within the peritoneal cavity, mostly from a perforated hollow viscus.",
        "Pneumothorax. Pneumothorax is gas in the pleural space.",
        "Bowel obstruction. Bowel obstruction shows dilated loops with air-fluid levels.",
    ]
    index = DenseIndex.build(model.embed(passages), model.fingerprint)
    asked = ["free air under the diaphragm", "collapsed lung with air around it", "swollen bowel that is blocked"]
    _, positions = index.search(model.embed(asked), 1)
    assert positions[:, 0].tolist() == [0, 1, 2]
