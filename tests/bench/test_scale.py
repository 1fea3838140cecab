"""Scale: made passages are of real ones and the same every time, recall is of the exact ten, the plan follows the figures."""

import numpy as np
import pytest

from bench.scale import __main__ as command
from bench.scale.engines import recall
from bench.scale.made import BLOCK, Real, vectors_of
from bench.scale.plan import reckoned
from tests.conftest import passage

TEXTS = ("Smooth wall. No enhancement.", "A nodule of 7 mm. Follow-up at 6 months. It grew.", "Gallstones cast a shadow.")


@pytest.fixture
def base():
    vectors = np.random.default_rng(0).normal(size=(3, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Real([passage(text, f"d{number}", title=f"Title {number}") for number, text in enumerate(TEXTS)], vectors)


def test_a_made_passage_says_sentences_of_real_ones(base):
    passages, _ = base.block(0)
    known = {sentence for text in TEXTS for sentence in text.replace(". ", ".\n").split("\n")}
    assert len({one.id for one in passages}) == BLOCK
    for one in passages[:200]:
        assert set(one.text.replace(". ", ".\n").split("\n")) <= known
        assert one.source.metadata == {"made": "recombined"}


def test_the_same_block_is_made_the_same_and_another_is_not(base):
    passages, vectors = base.block(3)
    again, once_more = base.block(3)
    assert passages == again
    assert np.array_equal(vectors, once_more)
    assert np.array_equal(vectors, vectors_of(base.vectors, 3))
    assert not np.array_equal(vectors, vectors_of(base.vectors, 4))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_recall_is_the_share_of_the_exact_ten():
    exact = np.arange(20).reshape(2, 10)
    found = exact.copy()
    found[0, :5] = -1
    assert recall(found, exact) == 0.75
    assert recall(exact[:, ::-1], exact) == 1.0


def test_vectors_go_on_where_they_were_stopped(base, tmp_path, monkeypatch):
    monkeypatch.setenv("RADQA_SHARED_DATA", str(tmp_path))
    np.save(tmp_path / "base.npy", base.vectors)
    np.save(tmp_path / "queries.npy", base.vectors)
    command.prepare(tmp_path, BLOCK, base=0)
    command.prepare(tmp_path, 2 * BLOCK, base=0)
    written = np.fromfile(tmp_path / "vectors.f32", dtype=np.float32).reshape(-1, 384)
    assert np.array_equal(written, np.vstack([vectors_of(base.vectors, number) for number in (0, 1)]))


def figures(p95):
    told = {
        "passages": 1_000_000,
        "recall": 0.96,
        "memory_gb": 1.0,
        "p95_ms": p95,
        "cpu_p50_ms": 3.0,
        "disk_mb": 400.0,
        "build_cpu_s": 36.0,
    }
    return {"flat-1000000": told | {"disk_mb": 1536.0}, "ivf-1000000": told, "lite-1000000": told}


def test_a_goal_that_is_missed_or_not_measured_is_not_met():
    assert command.met(figures(90.0))
    assert not command.met(figures(170.0))
    assert not command.met({name: told for name, told in figures(90.0).items() if name != "lite-1000000"})


def test_the_plan_follows_the_figures():
    plan = reckoned(figures(90.0), core_hour=0.1, gb_month=4.0)
    assert plan["partitions"] == 100
    assert plan["vectors_gb"] == pytest.approx(40.0)
    assert plan["nodes"] == 2
    assert plan["building_core_hours"] == pytest.approx(1.0)
    assert plan["search_core_ms"] == pytest.approx(300.0)
