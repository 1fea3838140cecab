"""What went wrong between us and a model's server, as our errors: each says what it is and which setting helps."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from agent.errors import ModelError, ModelRefused, ModelTimeout, ModelUnavailable, PromptTooLong
from agent.settings import Settings

BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 30.0
_OF_THE_PROMPT = (400, 413, 422)
"""HTTP statuses that blame what was asked; another question may well be answered."""
_QUOTA = re.compile(r"insufficient[_ ]quota|quota|billing|credit|payment|balance", re.IGNORECASE)
_WINDOW = re.compile(
    r"context[_ ](?:length|window|size)|maximum context|too many tokens|exceeds? the (?:available )?context", re.IGNORECASE
)
_WINDOW_SIZE = re.compile(r"(?:maximum context length is|context (?:size|window|length)(?: is| of)?:?)\s*\(?(\d[\d,]*)", re.IGNORECASE)
_BROKEN_OFF = re.compile(r"RemoteProtocol|ReadError|IncompleteRead|peer closed|without sending", re.IGNORECASE)


def failure(error: BaseException, settings: Settings) -> ModelError:
    """A client's exception as ours, with what the user can do."""
    if isinstance(error, ModelError):
        return error
    where, name = settings.base_url or settings.model, type(error).__name__
    if isinstance(error, (TimeoutError, httpx.TimeoutException)) or "Timeout" in name:
        return ModelTimeout(
            f"{where} did not answer within {settings.model_timeout_s:g} s. Raise RADQA_MODEL_TIMEOUT_S or use a smaller model."
        )
    if (status := status_of(error)) is not None:
        return _by_status(status, message_of(error), where, settings)
    if isinstance(error, ValueError) and error.args and isinstance(error.args[0], dict):  # an error in an answer of status 200
        told = error.args[0]
        code = told.get("code")
        return _by_status(code if isinstance(code, int) else 500, str(told.get("message") or told), where, settings)
    if isinstance(error, IndexError):
        return ModelUnavailable(f"{where} sent a completion without any choice. Try again, or another RADQA_MODEL.")
    if isinstance(error, (json.JSONDecodeError, AttributeError, TypeError, KeyError, ValueError)):
        return final(
            ModelUnavailable(f"{where} does not speak the OpenAI protocol ({name}). Is RADQA_BASE_URL right? It usually ends in /v1.")
        )
    if _BROKEN_OFF.search(" ".join(f"{type(one).__name__} {one}" for one in _causes(error))):
        return ModelUnavailable(f"{where} broke off in the middle of its answer. A proxy or a crash of the server; try again.")
    return ModelUnavailable(f"{where} cannot be used: {(_plain(str(error)) or name).rstrip('.')}. Is the server running?")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from, step by step."""
    while error is not None:
        yield error
        error = error.__cause__


def _by_status(status: int, message: str, where: str, settings: Settings) -> ModelError:
    if status in (402, 429) and _QUOTA.search(message):
        return final(
            ModelUnavailable(f"The quota at {where} is used up (HTTP {status}): {message}. Add credit, or set another RADQA_MODEL.")
        )
    if status == 429:
        return ModelUnavailable(f"{where} limits how often it is asked (HTTP 429): {message}. Wait, or lower RADQA_CONCURRENCY.")
    if status in (401, 403):
        return final(ModelUnavailable(f"{where} refuses the key (HTTP {status}). Set RADQA_API_KEY."))
    if status == 404:
        return final(ModelUnavailable(f"{where} has no model {settings.model!r} (HTTP 404). Check RADQA_MODEL and RADQA_BASE_URL."))
    if status in _OF_THE_PROMPT and _WINDOW.search(message):
        size = _WINDOW_SIZE.search(message)
        to = f"={size[1].replace(',', '')}" if size else ""
        return PromptTooLong(f"The prompt is too long for {where}: {message}. Set RADQA_CONTEXT_TOKENS{to} to the model's window.")
    if 400 <= status < 500 and status not in (408, 409):
        refused = f"{where} refused the request (HTTP {status}): {message}"
        return ModelRefused(refused) if status in _OF_THE_PROMPT else final(ModelUnavailable(refused))
    return ModelUnavailable(f"{where} has a fault of its own (HTTP {status}): {message}. Try again later, or another RADQA_BASE_URL.")


def status_of(error: BaseException) -> int | None:
    """The HTTP status of an error, where it has one."""
    status = getattr(error, "status_code", None)
    return int(status) if isinstance(status, (int, str)) and str(status).isdigit() else None


def message_of(error: BaseException) -> str:
    """What the server said, without the client's frame around it: its message, or the text of its page."""
    body: Any = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = body.get("error", body)
        told = inner.get("message") or inner.get("detail") or inner if isinstance(inner, dict) else inner
        return _plain(told if isinstance(told, str) else json.dumps(told))
    return _plain(body if isinstance(body, str) else str(getattr(getattr(error, "response", None), "text", "") or error))


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]{0,200}>", " ", text[:2000])).split())[:300].rstrip(". ")


def final(error: ModelError) -> ModelError:
    """The error, which no further try can help."""
    error.retryable = False
    return error


def wait(error: BaseException, attempt: int) -> float:
    """Seconds until the next try: what the server asks for (seconds, or a date), else doubling up to half a minute."""
    response = getattr(error, "response", None)
    asked = str(response.headers.get("retry-after") or "") if response is not None and hasattr(response, "headers") else ""
    doubled = float(min(BACKOFF_S * 2**attempt, LONGEST_BACKOFF_S))
    if not asked:
        return doubled
    with suppress(ValueError):
        return max(0.0, float(asked))
    with suppress(ValueError):
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    return doubled
