"""The doctor: every finding says what there is or what to do, and nobody is contacted."""

import shutil

import pytest

from agent.commands import doctor


@pytest.fixture(autouse=True)
def small_world(small_index_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RADQA_EMBEDDING", "hash")
    monkeypatch.setenv("RADQA_READER", "words")
    monkeypatch.setenv("RADQA_INDEX", str(small_index_folder))


def found():
    return {finding.name: finding for finding in doctor.examine()}


def test_all_is_well():
    findings = found()
    assert not [finding for finding in findings.values() if finding.state == "broken"]
    assert findings["radqa"].detail.endswith(f"on Python {doctor.platform.python_version()}")
    assert findings["settings"].detail == "preset fast, no radqa.toml"
    assert findings["embedding"].detail == "hash (hash-1)"
    assert "3 documents" in findings["index"].detail
    assert findings["chat model"].state == "missing"
    assert "RADQA_MODEL" in findings["chat model"].remedy


def test_whatever_is_not_good_has_a_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    monkeypatch.setattr(doctor, "_PACKAGES", ("no-such-package",))
    monkeypatch.setenv("RADQA_INDEX", str(tmp_path))
    monkeypatch.setenv("RADQA_EMBEDDING", str(tmp_path))
    findings = found()
    lacking = {name for name, finding in findings.items() if finding.state != "good"}
    assert lacking == {"no-such-package", "index", "embedding", "chat model", "live sources", *(f"extra {name}" for name in doctor._EXTRAS)}
    assert all(findings[name].remedy for name in lacking)
    assert findings["no-such-package"].remedy == "Run: pip install no-such-package"
    assert findings["extra ui"].remedy == 'Run: pip install "radqa[ui]"'


def test_what_is_wrong_is_said_once_and_apart_from_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setenv("RADQA_EMBEDDING", str(tmp_path))
    finding = found()["embedding"]
    assert finding.state == "broken"
    assert finding.detail == f"No embedding model at {str(tmp_path)!r}."
    assert finding.remedy not in finding.detail


def test_an_altered_index_is_broken_and_the_reason_is_told(monkeypatch, tmp_path, small_index_folder):
    folder = tmp_path / "index"
    shutil.copytree(small_index_folder, folder)
    next(folder.glob("g-*/passages.json")).write_text("[]", encoding="utf-8")
    monkeypatch.setenv("RADQA_INDEX", str(folder))
    finding = found()["index"]
    assert finding.state == "broken"
    assert "passages.json" in finding.detail
    assert "radqa index build" in finding.remedy


def test_the_embedded_index_that_is_not_yet_built_is_only_missing(monkeypatch, tmp_path):
    monkeypatch.delenv("RADQA_INDEX")
    monkeypatch.setattr("agent.settings.cache_folder", lambda: tmp_path)
    finding = found()["index"]
    assert finding.state == "missing"
    assert "built at the first question" in finding.remedy


def test_settings_that_cannot_be_used_end_the_examination(monkeypatch):
    monkeypatch.setenv("RADQA_FACETS", "none")
    findings = doctor.examine()
    assert findings[-1].name == "settings"
    assert findings[-1].state == "broken"
    assert "facets" in findings[-1].detail


def test_the_settings_files_in_use_are_named(tmp_path):
    (tmp_path / "radqa.toml").write_text("facets = 3\n", encoding="utf-8")
    assert "radqa.toml" in found()["settings"].detail.split(", ", 1)[1]
    assert "no radqa.toml" not in found()["settings"].detail


def test_a_model_is_named_and_its_key_is_not(monkeypatch):
    monkeypatch.setenv("RADQA_MODEL", "openai:gpt-5")
    monkeypatch.setenv("RADQA_API_KEY", "sk-very-secret-9271")
    assert found()["chat model"].detail == "openai:gpt-5 (not contacted)"
    monkeypatch.setenv("RADQA_BASE_URL", "http://127.0.0.1:9/v1")
    assert found()["chat model"].detail == "openai:gpt-5 at http://127.0.0.1:9/v1 (not contacted)"
    assert "sk-very-secret" not in str(doctor.examine())


def test_a_model_of_an_unknown_provider_is_broken(monkeypatch):
    monkeypatch.setenv("RADQA_MODEL", "nobody:some-model")
    finding = found()["chat model"]
    assert finding.state == "broken"
    assert "nobody" in finding.detail
    assert "openai" in finding.remedy


def test_a_model_without_its_key_is_broken(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("RADQA_MODEL", "openai:gpt-5")
    finding = found()["chat model"]
    assert finding.state == "broken"
    assert finding.remedy == "Set RADQA_API_KEY."
