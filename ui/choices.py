"""What a person chooses in the sidebar, and the agent's settings that it amounts to. Pure but for reading the configuration."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Literal

from pydantic import Field, SecretStr

from agent.chat.privacy import remote_host
from agent.settings import Settings, load
from corpora.types import Frozen

Thinker = Literal["none", "configured", "other"]
Tongue = Literal["", "en", "de", "fr", "es", "it", "pt"]


class Choices(Frozen):
    """The sidebar's state; None leaves a value to configuration and preset. The key is never stored."""

    preset: str = "fast"
    thinker: Thinker = "none"
    model: str = ""
    base_url: str = ""
    key: SecretStr = SecretStr("")
    seconds: float | None = Field(default=None, gt=0)
    tokens: int | None = Field(default=None, ge=1_000)
    language: Tongue = ""
    web: bool = False
    fallback: bool = False
    strict: bool | None = None

    def kept(self) -> dict[str, Any]:
        """What may be stored: everything but the key."""
        return self.model_dump(exclude={"key"})


def first(configured: Settings) -> Choices:
    """The choices at the first start: what the configuration says."""
    thinker: Thinker = "configured" if has_model(configured) else "none"
    return Choices(
        preset=configured.preset, thinker=thinker, language=configured.answer_language, web=configured.web.on,
        fallback=configured.fallback == "extractive",
    )  # fmt: skip


def restored(kept: dict[str, Any], configured: Settings, *, remote: bool) -> Choices:
    """The choices of last time, as far as they still make sense."""
    known = {name: value for name, value in kept.items() if name in Choices.model_fields and name != "key"}
    try:
        made = Choices(**known)
    except ValueError:
        return first(configured)
    if (made.thinker == "configured" and not has_model(configured)) or (made.thinker == "other" and remote):
        return made.model_copy(update={"thinker": first(configured).thinker, "model": "", "base_url": ""})
    return made if kept else first(configured)


def has_model(settings: Settings) -> bool:
    """Whether a chat model is set."""
    return bool(settings.model or settings.base_url)


def settings_of(choices: Choices, configured: Settings) -> Settings:
    """The agent's settings for these choices.

    The configured key goes only to the configured server: one that a person types in gets only the key typed with it.

    Raises:
        InvalidSettings: names what cannot be used.
    """
    chosen: dict[str, Any] = {"preset": choices.preset, "seconds": choices.seconds, "tokens": choices.tokens, "index": configured.index}
    chosen |= {"embedding": configured.embedding, "answer_language": choices.language}
    if choices.thinker == "none" or choices.preset == "offline":
        chosen |= {"model": "", "base_url": ""}
    elif choices.thinker == "other":
        chosen |= {"model": choices.model.strip(), "base_url": choices.base_url.strip(), "api_key": choices.key}
    if web_available():
        on = choices.web and choices.preset != "offline"
        chosen["web"] = getattr(configured, "web").model_copy(update={"on": on})  # noqa: B009
    chosen["fallback"] = "extractive" if choices.fallback else ""
    chosen["strict"] = choices.strict
    return load(**chosen)


def leaves(settings: Settings, machine: str = "this machine") -> str:
    """In one sentence, what leaves the machine that answers when a question is asked with these settings."""
    goes = []
    if host := remote_host(settings):
        goes.append(f"The question, the report and the evidence go to {host}; what identifies a patient is masked first.")
    if getattr(getattr(settings, "web", None), "on", False):
        goes.append(f"Search words taken from the question go to web sources: {', '.join(settings.web.asked)}.")
    return " ".join(goes) or f"Nothing leaves {machine}."


def web_available() -> bool:
    """Whether this installation can ask web sources."""
    return find_spec("retrievers.web") is not None and "web" in Settings.model_fields
