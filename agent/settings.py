"""Settings: environment variables `RADQA_*`, then a TOML file, then a preset, then these defaults."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_config_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from agent.errors import InvalidSettings
from corpora.disk import cache_folder
from retrievers.embedding import PACKAGED
from retrievers.settings import WebSettings
from retrievers.stores.address import Address

PRESETS = Path(__file__).parent / "presets"
CONFIG_FILES = (user_config_path("radqa") / "radqa.toml", Path("radqa.toml"))


class Settings(BaseSettings):
    """Everything that can be chosen. Secrets are never shown.

    Precedence: keyword arguments, `RADQA_*` variables, `radqa.toml` in the working folder, then in the user's configuration
    folder, then the preset (`presets/*.toml`), then the defaults below.
    """

    model_config = SettingsConfigDict(env_prefix="RADQA_", env_nested_delimiter="__", frozen=True, extra="forbid", toml_file=CONFIG_FILES)

    preset: str = Field(default="fast", description="fast, thorough or offline")
    index: Path | None = Field(default=None, description="an index made by `radqa index build`; without it the embedded one")
    embedding: str = Field(default=PACKAGED, description="the packaged embedding model, or a folder with another")
    store: SecretStr = Field(
        default=SecretStr(""),
        description="where dense and lexical search run: empty for the index's files, milvus:///FOLDER/FILE.db, milvus://HOST:19530 or "
        "postgresql://USER@HOST/DATABASE, each with ?collection=NAME",
    )
    store_token: SecretStr = Field(default=SecretStr(""), description="of a Milvus server, USER:PASSWORD or a key")
    reader: str = Field(default="packaged", min_length=1, description="the packaged reader, words (a fake), or a file of weights")
    model: str = Field(default="", description="chat model, e.g. openai:gpt-5, anthropic:..., ollama:...; empty: no model")
    base_url: str = Field(default="", description="an OpenAI-compatible server, e.g. http://127.0.0.1:8000/v1")
    api_key: SecretStr = SecretStr("")
    answer_language: Literal["", "en", "de", "fr", "es", "it", "pt"] = Field(
        default="", description="answer in this language, which takes a chat model; empty: the question's own"
    )
    temperature: float = Field(default=0.0, ge=0, le=2)
    model_timeout_s: float = Field(default=120.0, gt=0)
    model_retries: int = Field(default=2, ge=0, le=10)
    context_tokens: int = Field(default=8192, ge=1024, description="the model's window, tokens")
    output_tokens: int = Field(default=700, ge=64, description="at most so many per model call")
    fallback: Literal["", "extractive"] = Field(default="", description="what answers when the model fails for good")

    responses: Path | None = Field(default=None, description="file of kept model answers; without it one in the user's cache")
    shared_responses: SecretStr = Field(
        default=SecretStr(""), description="kept model answers that workers share: redis://host:6379/0 of Redis or Valkey; empty: the file"
    )
    reuse: bool = Field(default=True, description="answer a call of a named model that was made before from the kept answers")
    replay: bool = Field(default=False, description="only from the kept answers: a call that is not there is an error")
    memory: str = Field(default="", description="SQLAlchemy URL of the conversations' database; empty: a file in the user's data folder")

    role: Literal["", "reason", "quote"] = Field(
        default="",
        description="what the chat model does: reason over what it reads, or put in words what the rules chose; "
        "empty: as `radqa model try` found, else reason",
    )
    strict: bool = Field(default=False, description="proven sentences only; where none carries an answer radqa abstains")
    reports: bool = Field(default=False, description="a report for and against each option or part before the answer")
    shown: int = Field(default=24, ge=4, le=40, description="passages that a reasoning model reads at most")
    reading_tokens: int = Field(default=2600, ge=300, description="of passages that a reasoning model reads, at most")

    rounds: int = Field(default=2, ge=1, le=6, description="research rounds per facet")
    facets: int = Field(default=4, ge=1, le=12, description="facets of an open question")
    queries: int = Field(default=3, ge=1, le=8, description="queries per facet and round; a chat model adds at most two of its own")
    orders: int = Field(default=2, ge=1, le=2, description="orders of the options in which a model that puts in words chooses unread")
    planning: Literal["model", "rules"] = Field(default="model", description="who plans and refines where there is a chat model")
    passages: int = Field(default=12, ge=1, le=100, description="passages kept per facet")
    concurrency: int = Field(default=4, ge=1, le=32, description="model calls at once")
    seconds: float = Field(default=300.0, gt=0, description="for one question")
    tokens: int = Field(default=60_000, ge=1_000, description="for one question, in and out")
    calls: int = Field(default=40, ge=1, description="model calls for one question")
    price_in: float = Field(default=0.0, ge=0, description="of a million tokens in, in your currency; 0: free")
    price_out: float = Field(default=0.0, ge=0, description="of a million tokens out")
    money: float = Field(default=1.0, gt=0, description="for one question, in the currency of the prices")

    threshold: float = Field(
        default_factory=lambda stated: _answering(stated.get("reader", "packaged")), ge=0, le=1,
        description="probability of being right below which no answer is given; by default the reader's fitted bound",
    )  # fmt: skip
    least_confidence: float = Field(
        default=0.0, ge=0, le=1, description="abstain below it; a point on the risk-coverage curve of the evals"
    )
    sentences: int = Field(default=7, ge=1, le=7, description="of an answer, at most")

    web: WebSettings = Field(default=WebSettings(), description="live sources; RADQA_WEB__ON=true, or `[web]` in radqa.toml")
    concepts: bool = Field(default=True, description="hear the concept voice in hybrid retrieval; off only to measure it")
    verifier: str = Field(default="concepts", min_length=1, description="judge of entailment: concepts, model, or a cross-encoder's folder")
    verification: bool = Field(default=True, description="drop sentences that their evidence does not carry; off only to measure it")
    option_facets: bool = Field(default=True, description="research each option on its own; off only to measure it")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file before preset."""
        stated = (init_settings, env_settings, _Files(settings_cls))
        return (*stated, _Preset(settings_cls, stated))

    @field_validator("base_url")
    @classmethod
    def _no_key_in_the_address(cls, value: str) -> str:
        if "@" in urlsplit(value).netloc:
            raise ValueError("holds a name or a password; addresses are shown, give the key as RADQA_API_KEY")
        return value

    @field_validator("store")
    @classmethod
    def _is_a_store(cls, value: SecretStr) -> SecretStr:
        Address.of(value.get_secret_value())
        return value

    @property
    def store_address(self) -> Address:
        """The store that was chosen; may hold a password, `shown` does not."""
        return Address.of(self.store.get_secret_value())

    @property
    def index_folder(self) -> Path:
        """Where the index is: the one that was chosen, or the embedded one in the user's cache."""
        return self.index.expanduser() if self.index else cache_folder() / "index"


def _answering(reader: str) -> float:
    """The bound of the gate that was fitted to a reader."""
    from agent.fitted import gate

    return gate(reader).bounds.answer


class _Files(TomlConfigSettingsSource):
    """The `radqa.toml` files; one that cannot be read is named."""

    def _read_file(self, file_path: Path | Traversable) -> dict[str, Any]:
        try:
            return super()._read_file(file_path)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise InvalidSettings(f"{file_path} is no readable TOML file: {error}.", "Correct it or remove it.") from error


class _Preset(PydanticBaseSettingsSource):
    """The values of the preset that the stronger sources name."""

    def __init__(self, settings_cls: type[BaseSettings], stronger: tuple[PydanticBaseSettingsSource, ...]) -> None:
        super().__init__(settings_cls)
        self._stronger = stronger

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        named = next((str(values["preset"]) for source in self._stronger if (values := source()).get("preset")), "fast")
        return presets().get(named, {})


@cache
def presets() -> dict[str, dict[str, Any]]:
    """Preset name -> its values, from `presets/*.toml`."""
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(PRESETS.glob("*.toml"))}


def load(**chosen: Any) -> Settings:
    """Settings from all sources; `chosen` values of None are left to the weaker sources.

    Raises:
        InvalidSettings: names the setting, what is wrong with it and where it may come from.
    """
    given = {name: value for name, value in chosen.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        deep = first["loc"][:2] if first["loc"][:1] == ("web",) else first["loc"][:1]
        detail = ": ".join((".".join(map(str, deep)), first["msg"])) if deep else first["msg"]
        raise InvalidSettings(f"Setting {detail}.", "Look at RADQA_* variables and radqa.toml, or run: radqa doctor") from error
    if settings.preset not in presets():
        raise InvalidSettings(f"There is no preset {settings.preset!r}.", f"Presets: {', '.join(presets())}")
    return (
        _without_model(settings, asked_for=str(given.get("model") or given.get("base_url") or ""))
        if settings.preset == "offline"
        else settings
    )


def _without_model(settings: Settings, asked_for: str) -> Settings:
    """The settings without any chat model, whatever the environment says; one that is asked for in the same breath is a mistake."""
    if asked_for:
        raise InvalidSettings(f"The preset offline uses no chat model, but {asked_for!r} is asked for.", "Leave one of the two out.")
    return settings.model_copy(update={"model": "", "base_url": ""})
