"""`radqa store`, the setting `store`, and what the doctor says of it."""

import json

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.commands import doctor
from agent.errors import InvalidSettings
from agent.settings import load

CARD = "# Xylophone sign\n\nParallel ribs seen end on are called the xylophone sign.\n"


@pytest.fixture(autouse=True)
def small_world(small_index_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RADQA_EMBEDDING", "hash")
    monkeypatch.setenv("RADQA_READER", "words")
    monkeypatch.setenv("RADQA_INDEX", str(small_index_folder))


def store_finding():
    return next(finding for finding in doctor.examine() if finding.name == "store")


def test_by_itself_the_store_is_the_files_of_the_index():
    assert load().store_address.kind == "files"
    assert (store_finding().state, store_finding().detail) == ("good", "the index's files")


def test_the_doctor_shows_the_store_without_its_password(monkeypatch):
    monkeypatch.setenv("RADQA_STORE", "postgresql://me:hidden-word@db/radqa?collection=site_a")
    monkeypatch.setattr(doctor, "find_spec", lambda name: name)
    assert store_finding().detail == "postgresql://db/radqa?collection=site_a (not contacted)"
    assert "hidden-word" not in repr(load())
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert (store_finding().state, store_finding().remedy) == ("broken", 'Run: pip install "radqa[postgres]"')


def test_what_is_no_store_is_refused(monkeypatch):
    monkeypatch.setenv("RADQA_STORE", "redis://somewhere")
    with pytest.raises(InvalidSettings, match="is no store"):
        load()


def test_documents_are_put_counted_and_removed(tmp_path, monkeypatch):
    pytest.importorskip("pymilvus", reason='pip install "radqa[milvus]"')
    pytest.importorskip("milvus_lite", reason='pip install "radqa[milvus]"')
    (tmp_path / "own.md").write_text(CARD, encoding="utf-8")
    monkeypatch.setenv("RADQA_STORE", f"milvus://{tmp_path}/store.db")
    runner = CliRunner()
    assert "1 documents, 1 passages" in runner.invoke(app, ["store", "put", "own.md"], catch_exceptions=False).output
    said = json.loads(runner.invoke(app, ["store", "info", "--json"], catch_exceptions=False).output)
    assert (said["documents"], said["passages"]) == (1, 1)
    assert "0 passages gone" in runner.invoke(app, ["store", "remove", "nowhere"], catch_exceptions=False).output


def test_files_are_not_put_into():
    result = CliRunner().invoke(app, ["store", "info"])
    assert isinstance(result.exception, InvalidSettings)
    assert "RADQA_STORE" in str(result.exception)
