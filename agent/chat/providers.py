"""Chat models by name ("openai:...", "anthropic:...", "ollama:...") or by the base URL of an OpenAI-compatible server."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import httpx

from agent.chat.privacy import remote_host
from agent.errors import ModelUnavailable
from agent.settings import Settings
from corpora.errors import MissingExtra
from retrievers.errors import MissingModel

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_EXTRAS = {"anthropic": "anthropic", "ollama": "ollama"}


def chat_model(settings: Settings) -> BaseChatModel:
    """The model of the settings, not yet contacted; in a replay one that never is, so that neither its key nor its package is needed.

    Raises:
        MissingModel: no model is set, or its provider is not known.
        MissingExtra: its package is not installed; names the extra.
    """
    if settings.replay and (settings.model or settings.base_url):
        from langchain_core.language_models import FakeListChatModel

        return FakeListChatModel(responses=[])
    if settings.base_url:
        return _compatible(settings.model_copy(update={"model": settings.model.removeprefix("openai:")}))
    if not settings.model:
        raise MissingModel(
            "No chat model is set.", "Give --model openai:NAME, anthropic:NAME or ollama:NAME, or RADQA_BASE_URL for a server."
        )
    provider, _, name = settings.model.partition(":")
    if not name:
        raise MissingModel(
            f"{settings.model!r} names no provider.", "Write provider:name, e.g. openai:gpt-5 or ollama:llama3.1, or set RADQA_BASE_URL."
        )
    if provider == "openai":
        return _compatible(settings.model_copy(update={"model": name}))
    from importlib import import_module

    try:
        if provider == "anthropic":
            return _made(
                import_module("langchain_anthropic").ChatAnthropic(model=name, max_tokens=settings.output_tokens, **_common(settings))
            )
        if provider == "ollama":
            ollama = import_module("langchain_ollama").ChatOllama
            window = {"num_ctx": settings.context_tokens, "num_predict": settings.output_tokens}  # its own window cuts prompts silently
            return _made(
                ollama(model=name, temperature=settings.temperature, client_kwargs={"timeout": settings.model_timeout_s}, **window)
            )
    except ImportError as error:
        raise MissingExtra(
            f"Models of {provider} need a package that is not installed.", f'Run: pip install "radqa[{_EXTRAS[provider]}]"'
        ) from error
    raise MissingModel(f"There is no provider {provider!r}.", "Providers: openai, anthropic, ollama, or any server by RADQA_BASE_URL.")


def _made(model: Any) -> BaseChatModel:
    return cast("BaseChatModel", model)


def _common(settings: Settings) -> dict[str, Any]:
    key = {"api_key": settings.api_key} if settings.api_key.get_secret_value() else {}
    return {"temperature": settings.temperature, "timeout": settings.model_timeout_s, "max_retries": 0, **key}


def _compatible(settings: Settings) -> BaseChatModel:
    from openai import OpenAIError

    local: dict[str, Any] = {}
    if settings.base_url:
        local = {"base_url": settings.base_url, "api_key": settings.api_key.get_secret_value() or "none"}
        if not remote_host(settings):  # what stays on this machine goes past no proxy
            local |= {"http_client": httpx.Client(trust_env=False), "http_async_client": httpx.AsyncClient(trust_env=False)}
    try:
        return _made(
            _client()(
                model=settings.model or "default",
                max_tokens=settings.output_tokens,
                use_responses_api=False,
                **{**_common(settings), **local},
            )
        )
    except OpenAIError as error:
        raise ModelUnavailable(f"{error}") from error


def settings_with(model: BaseChatModel, settings: Settings) -> Settings:
    """The settings as they tell of a model object: named by its class and its own name, its prompts taken to leave the machine.

    Where it runs cannot be seen, so that identifiers are masked; without a name of its own none of its answers is used again.
    """
    name = str(getattr(model, "model_name", "") or getattr(model, "model", ""))
    told = {"model": f"{type(model).__name__}:{name}", "base_url": "", "reuse": settings.reuse and bool(name)}
    return settings.model_copy(update=told)


@cache
def _client() -> Any:
    """The OpenAI client's chat model, which also keeps the reasoning that servers give beside the content."""
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatResult
    from langchain_openai import ChatOpenAI

    class CompatibleChat(ChatOpenAI):
        def _create_chat_result(self, response: Any, generation_info: dict[str, Any] | None = None) -> ChatResult:
            made = super()._create_chat_result(response, generation_info)
            raw = response if isinstance(response, dict) else response.model_dump(warnings=False)
            for generation, choice in zip(made.generations, raw.get("choices") or (), strict=False):
                told = choice.get("message") or {}
                reasoning = told.get("reasoning_content") or told.get("reasoning")
                if isinstance(generation.message, AIMessage) and reasoning:
                    generation.message.additional_kwargs["reasoning_content"] = str(reasoning)
            return made

    return CompatibleChat


def is_openai(model: BaseChatModel) -> bool:
    """Whether a model is asked through the OpenAI client, or knows no structured output of its own kind."""
    named = {cls.__name__ for cls in type(model).__mro__}
    return bool(named & {"ChatOpenAI", "AzureChatOpenAI"}) or not hasattr(type(model), "with_structured_output")
