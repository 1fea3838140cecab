import json

import pytest

from bench import index as bench


@pytest.fixture
def texts(tmp_path):
    for name in ("a", "b"):
        rows = [{"doc_id": f"{name}{number}", "text": f"Text {number} of {name} is about the spleen."} for number in range(6)]
        (tmp_path / f"corpus_{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_documents_are_taken_from_all_files_in_turn(texts):
    assert [document.id for document in bench.documents(texts, 5)] == ["a0", "b0", "a1", "b1", "a2"]
    assert len(bench.documents(texts, 100)) == 12


def test_a_run_measures_build_and_baseline_on_the_same_texts(texts, monkeypatch, capsys):
    monkeypatch.setenv("RADQA_SHARED_DATA", str(texts))
    status = bench.main(["--limit", "8", "--every", "1", "--json"])
    figures = json.loads(capsys.readouterr().out)
    assert figures["passages"] == figures["embedded"] == figures["encoded"] == 8
    assert status == int(not figures["goals_met"])
    assert figures["goals_met"] == (figures["rate_ratio"] >= 0.9 and figures["peak_memory_gb"] <= 2)
    shown = bench.as_text(figures)
    for word in ("8 passages of 8 documents", "plain encode", "goal: 0.9 or more", "peak memory", "opening"):
        assert word in shown


def test_a_run_without_texts_says_what_to_set(tmp_path, monkeypatch):
    monkeypatch.delenv("RADQA_SHARED_DATA", raising=False)
    with pytest.raises(SystemExit, match="Set RADQA_SHARED_DATA"):
        bench.main([])
    monkeypatch.setenv("RADQA_SHARED_DATA", str(tmp_path))
    with pytest.raises(SystemExit, match=r"holds no corpus_\*\.jsonl"):
        bench.main([])
    with pytest.raises(SystemExit):
        bench.main(["--limit", "0"])
