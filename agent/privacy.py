"""What may leave the machine towards a chat model: everything to a local one, nothing that identifies a patient to a remote one."""

from __future__ import annotations

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

from agent.settings import Settings
from agent.types import Question
from corpora.identifiers import mask

_LOCAL_PROVIDERS = ("ollama",)


def remote_host(settings: Settings) -> str:
    """The host that prompts go to, or nothing when the model runs on this machine."""
    if settings.base_url:
        host = urlsplit(settings.base_url).hostname or settings.base_url
        return "" if _is_loopback(host) else host
    provider = settings.model.partition(":")[0]
    return "" if not provider or provider in _LOCAL_PROVIDERS else provider


def traced(question: Question) -> Question:
    """The question as it may be traced: where LangSmith is switched on by its own variables, without patient identifiers from the start."""
    if not any(os.environ.get(name, "").lower() in ("true", "1") for name in _TRACERS):
        return question
    options = tuple(option.model_copy(update={"text": mask(option.text).text}) for option in question.options)
    return question.model_copy(update={"text": mask(question.text).text, "report": mask(question.report).text, "options": options})


_TRACERS = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def outgoing(text: str, settings: Settings) -> tuple[str, int]:
    """The text as it may go to the model, and how many identifiers were masked in it."""
    if not remote_host(settings):
        return text, 0
    masked = mask(text)
    return masked.text, len(masked.found)
