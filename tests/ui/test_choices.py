"""What the sidebar's choices amount to."""

import pytest
from pydantic import SecretStr

from agent.errors import InvalidSettings
from agent.settings import load
from ui import choices
from ui.choices import Choices


@pytest.fixture
def configured():
    return load(
        model="openai:big", base_url="https://models.example/v1", api_key=SecretStr("the-hospital-key"), embedding="hash", reader="words"
    )


def test_no_model_means_nothing_leaves(configured):
    made = choices.settings_of(Choices(thinker="none"), configured)
    assert (made.model, made.base_url) == ("", "")
    assert choices.leaves(made) == "Nothing leaves this machine."


def test_the_offline_preset_wins_over_a_model(configured, monkeypatch):
    monkeypatch.setenv("RADQA_MODEL", "openai:big")
    made = choices.settings_of(Choices(thinker="configured", preset="offline"), configured)
    assert not choices.has_model(made)


def test_the_configured_key_never_goes_to_a_typed_address(monkeypatch):
    monkeypatch.setenv("RADQA_BASE_URL", "https://models.example/v1")
    monkeypatch.setenv("RADQA_API_KEY", "the-hospital-key")
    configured = load()
    typed = Choices(thinker="other", base_url="https://evil.example/v1")
    made = choices.settings_of(typed, configured)
    assert made.base_url == "https://evil.example/v1"
    assert made.api_key.get_secret_value() == ""
    own = choices.settings_of(typed.model_copy(update={"key": SecretStr("mine")}), configured)
    assert own.api_key.get_secret_value() == "mine"
    kept = choices.settings_of(Choices(thinker="configured"), configured)
    assert (kept.base_url, kept.api_key.get_secret_value()) == ("https://models.example/v1", "the-hospital-key")


def test_what_leaves_is_said(configured):
    assert "models.example" in choices.leaves(configured)
    assert "masked" in choices.leaves(configured)
    assert "openai" in choices.leaves(load(model="openai:big"))
    assert choices.leaves(load(model="ollama:small")) == "Nothing leaves this machine."
    assert choices.leaves(load(base_url="http://127.0.0.1:8000/v1")) == "Nothing leaves this machine."
    assert choices.leaves(load(), "the server") == "Nothing leaves the server."


def test_the_key_is_never_kept():
    kept = Choices(thinker="other", key=SecretStr("mine")).kept()
    assert "key" not in kept
    assert "mine" not in str(kept)


def test_choices_of_last_time_come_back_where_they_still_make_sense(configured):
    bare = load(embedding="hash", reader="words")
    typed = Choices(thinker="other", base_url="http://127.0.0.1:1/v1", preset="thorough").kept()
    assert choices.restored(typed, bare, remote=False).base_url == "http://127.0.0.1:1/v1"
    assert choices.restored(typed, bare, remote=True).thinker == "none"
    assert choices.restored(Choices(thinker="configured").kept(), bare, remote=False).thinker == "none"
    assert choices.restored({}, configured, remote=False).thinker == "configured"
    assert choices.restored({"preset": 7, "seconds": "x"}, bare, remote=False) == choices.first(bare)
    assert choices.restored({"unknown": 1, "preset": "thorough"}, bare, remote=False).preset == "thorough"


def test_budgets_and_presets_reach_the_agent():
    made = choices.settings_of(Choices(preset="thorough", seconds=20.0, tokens=2000), load(embedding="hash", reader="words"))
    assert (made.preset, made.seconds, made.tokens, made.rounds, made.embedding) == ("thorough", 20.0, 2000, 3, "hash")
    with pytest.raises(InvalidSettings):
        choices.settings_of(Choices(preset="nonsense"), load())


def test_the_first_choices_are_what_is_configured(monkeypatch):
    monkeypatch.setenv("RADQA_WEB__ON", "true")
    monkeypatch.setenv("RADQA_FALLBACK", "extractive")
    configured = load(embedding="hash", reader="words")
    made = choices.first(configured)
    assert (made.web, made.fallback) == (True, True)
    asked = choices.settings_of(made, configured)
    assert (asked.web.on, asked.fallback) == (True, "extractive")
    off = choices.settings_of(made.model_copy(update={"web": False, "fallback": False}), configured)
    assert (off.web.on, off.fallback) == (False, "")


def test_web_sources_are_asked_only_when_switched_on_and_never_offline():
    bare = load(embedding="hash", reader="words")
    assert choices.settings_of(Choices(), bare).web.on is False
    on = choices.settings_of(Choices(web=True), bare)
    assert on.web.on is True
    assert "web sources" in choices.leaves(on)
    assert choices.settings_of(Choices(web=True, preset="offline"), bare).web.on is False


def test_the_answer_language_reaches_the_agent():
    assert choices.settings_of(Choices(language="de"), load(embedding="hash", reader="words")).answer_language == "de"
    assert choices.settings_of(Choices(), load(embedding="hash", reader="words", answer_language="fr")).answer_language == ""
    assert choices.first(load(embedding="hash", reader="words", answer_language="fr")).language == "fr"


def test_strict_is_a_switch(configured):
    made = choices.first(configured)
    assert not choices.settings_of(made, configured).strict
    assert choices.settings_of(made.model_copy(update={"strict": True}), configured).strict


def test_strict_follows_the_configuration_until_it_is_switched(monkeypatch):
    monkeypatch.setenv("RADQA_STRICT", "true")
    configured = load(embedding="hash", reader="words")
    made = choices.first(configured)
    assert choices.settings_of(made, configured).strict
    assert not choices.settings_of(made.model_copy(update={"strict": False}), configured).strict
