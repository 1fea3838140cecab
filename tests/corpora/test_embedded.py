import shutil

from corpora import embedded
from corpora.readers import cards, cases, topics


def test_cards_come_before_cases_and_no_id_comes_twice(embedded_documents):
    kinds = [document.source.kind for document in embedded_documents]
    assert kinds == sorted(kinds, key=lambda kind: kind == "case")
    assert len({document.id for document in embedded_documents}) == len(embedded_documents)
    assert kinds.count("case") >= 60
    assert len(kinds) - kinds.count("case") >= 40


def test_every_document_comes_from_a_listed_file():
    assert {path.suffix for path in embedded.files()} == {".md", ".jsonl"}
    assert embedded.files() == sorted(embedded.files())


def test_the_stamp_follows_the_bytes_and_the_names(tmp_path, monkeypatch):
    before = embedded.stamp()
    assert before == embedded.stamp()
    assert len(before) == 16
    shutil.copytree(cards.FOLDER, tmp_path / "guidelines", ignore=lambda _, names: [name for name in names if not name.endswith(".md")])
    shutil.copytree(cases.FOLDER, tmp_path / "cases", ignore=lambda _, names: [name for name in names if not name.endswith(".jsonl")])
    shutil.copytree(topics.FOLDER, tmp_path / "topics")
    monkeypatch.setattr(topics, "FOLDER", tmp_path / "topics")
    monkeypatch.setattr(cards, "FOLDER", tmp_path / "guidelines")
    monkeypatch.setattr(cases, "FOLDER", tmp_path / "cases")
    assert embedded.stamp() == before
    one = embedded.files()[-1]
    one.write_bytes(one.read_bytes() + b" ")
    changed = embedded.stamp()
    assert changed != before
    one.rename(one.with_name(f"z{one.name}"))
    assert embedded.stamp() not in (before, changed)
