"""Settings: who outranks whom, what is never shown, and what is refused."""

import pytest

from agent import settings as module
from agent.errors import InvalidSettings
from agent.settings import Settings, load, presets

KEY = "sk-very-secret-9271"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def user_file():
    """The radqa.toml of the user's configuration folder, gone again afterwards."""
    path = module.CONFIG_FILES[0]
    path.parent.mkdir(parents=True, exist_ok=True)
    yield path
    path.unlink(missing_ok=True)


def test_each_source_outranks_the_next(here, user_file, monkeypatch):
    assert load().facets == presets()["fast"]["facets"] != Settings.model_fields["facets"].default
    user_file.write_text("facets = 5\nqueries = 5\nrounds = 5\n", encoding="utf-8")
    assert (load().facets, load().queries, load().rounds) == (5, 5, 5)
    (here / "radqa.toml").write_text("facets = 6\nqueries = 6\n", encoding="utf-8")
    assert (load().facets, load().queries, load().rounds) == (6, 6, 5)
    monkeypatch.setenv("RADQA_FACETS", "7")
    assert (load().facets, load().queries, load().rounds) == (7, 6, 5)
    assert (load(facets=8).facets, load().queries, load().rounds) == (8, 6, 5)


def test_what_is_not_chosen_is_left_to_weaker_sources(here, monkeypatch):
    monkeypatch.setenv("RADQA_MODEL", "openai:from-the-environment")
    assert load(model=None).model == "openai:from-the-environment"
    assert load(model="openai:chosen").model == "openai:chosen"


@pytest.mark.parametrize("name", ["fast", "thorough", "offline"])
def test_a_preset_gives_its_values(here, name):
    made = load(preset=name)
    assert made.preset == name
    given = presets()[name]
    live = given.get("web", {})
    assert {field: getattr(made, field) for field in given if field != "web"} == {field: given[field] for field in given if field != "web"}
    assert {field: getattr(made.web, field) for field in live} == live


def test_live_settings_of_several_sources_are_joined(here, monkeypatch):
    monkeypatch.setenv("RADQA_WEB__CONTACT", "a@example.org")
    made = load(preset="offline", web={"on": True}).web
    assert (made.on, made.offline, made.contact) == (True, True, "a@example.org")


def test_a_bad_live_setting_is_named(here, monkeypatch):
    monkeypatch.setenv("RADQA_WEB__SECONDS", "-1")
    with pytest.raises(InvalidSettings, match=r"web\.seconds"):
        load()


def test_a_preset_holds_only_settings():
    for values in presets().values():
        assert set(values) <= set(Settings.model_fields)


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_preset_may_be_named_anywhere_and_is_outranked_by_single_values(here, monkeypatch, where):
    if where == "environment":
        monkeypatch.setenv("RADQA_PRESET", "thorough")
        monkeypatch.setenv("RADQA_ROUNDS", "1")
    else:
        (here / "radqa.toml").write_text('preset = "thorough"\nrounds = 1\n', encoding="utf-8")
    made = load()
    assert (made.preset, made.facets, made.rounds) == ("thorough", presets()["thorough"]["facets"], 1)


def test_offline_never_has_a_model_whatever_the_environment_says(here, monkeypatch):
    monkeypatch.setenv("RADQA_MODEL", "openai:gpt-5")
    monkeypatch.setenv("RADQA_BASE_URL", "http://127.0.0.1:9/v1")
    made = load(preset="offline")
    assert (made.model, made.base_url) == ("", "")


@pytest.mark.parametrize("asked", [{"model": "openai:gpt-5"}, {"base_url": "http://127.0.0.1:9/v1"}])
def test_offline_together_with_a_model_is_a_contradiction(here, asked):
    with pytest.raises(InvalidSettings, match="offline uses no chat model"):
        load(preset="offline", **asked)


def test_the_key_is_never_shown(here, monkeypatch):
    monkeypatch.setenv("RADQA_API_KEY", KEY)
    made = load()
    assert made.api_key.get_secret_value() == KEY
    for shown in (repr(made), str(made), str(made.model_dump()), made.model_dump_json(), made.model_dump(mode="json")):
        assert KEY not in str(shown)


def test_the_key_is_not_told_by_an_error(here):
    with pytest.raises(InvalidSettings) as caught:
        load(api_key=[KEY])
    assert "api_key" in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_key_within_the_address_is_refused_and_not_repeated(here, monkeypatch):
    monkeypatch.setenv("RADQA_BASE_URL", f"https://user:{KEY}@example.org/v1")
    with pytest.raises(InvalidSettings, match=r"base_url: .* RADQA_API_KEY") as caught:
        load()
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("FACETS", "0"), ("FACETS", "many"), ("TEMPERATURE", "3"), ("SECONDS", "-1"), ("THRESHOLD", "1.5"), ("FALLBACK", "magic")],
)
def test_a_bad_value_names_its_setting_and_says_where_to_look(here, monkeypatch, name, value):
    monkeypatch.setenv(f"RADQA_{name}", value)
    with pytest.raises(InvalidSettings, match=f"Setting {name.lower()}: ") as caught:
        load()
    assert "radqa doctor" in caught.value.remedy


def test_an_unknown_setting_is_refused(here):
    (here / "radqa.toml").write_text("treshold = 0.4\n", encoding="utf-8")
    with pytest.raises(InvalidSettings, match="treshold"):
        load()


@pytest.mark.parametrize("named", ["nonsense", ""])
def test_an_unknown_preset_lists_those_there_are(here, named):
    with pytest.raises(InvalidSettings, match="There is no preset") as caught:
        load(preset=named)
    assert "fast, offline, thorough" in caught.value.remedy


@pytest.mark.parametrize("content", [b"facets = = 3\n", b"\xff\xfe\x00f"])
def test_a_file_that_is_no_toml_is_named(here, content):
    (here / "radqa.toml").write_bytes(content)
    with pytest.raises(InvalidSettings, match=r"^radqa\.toml is no readable TOML file"):
        load()


def test_a_users_file_that_is_no_toml_is_named_with_its_folder(here, user_file):
    user_file.write_text("facets\n", encoding="utf-8")
    with pytest.raises(InvalidSettings) as caught:
        load()
    assert str(caught.value).startswith(f"{user_file} is no readable TOML file")


def test_a_value_of_the_wrong_kind_names_its_setting(here):
    (here / "radqa.toml").write_text('preset = ["fast"]\n', encoding="utf-8")
    with pytest.raises(InvalidSettings, match="Setting preset: "):
        load()


def test_settings_cannot_change(here):
    from pydantic import ValidationError

    with pytest.raises(ValidationError, match="frozen"):
        load().facets = 3


def test_the_index_is_the_chosen_one_or_lies_in_the_users_cache(here, monkeypatch):
    assert load().index_folder.name == "index"
    assert "radqa" in load().index_folder.parts[-2]
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("RADQA_INDEX", "~/my-index")
    assert str(load().index_folder) == "/home/someone/my-index"
