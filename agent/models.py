"""Chat models by name ("openai:...", "anthropic:...", "ollama:...") or OpenAI-compatible base URL; answers in a JSON schema."""

from __future__ import annotations

import asyncio
import json
import time
import weakref
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import httpx
from pydantic import BaseModel, ValidationError

from agent.budget import Budget
from agent.errors import BudgetExceeded, MalformedModelOutput, ModelError, ModelRefused, ModelTimeout, ModelUnavailable, PromptTooLong
from agent.packing import FRAME, tokens
from agent.privacy import outgoing, remote_host
from agent.responses import Kept, Responses, response_key
from agent.settings import Settings
from agent.tracing import span
from agent.types import ModelCall
from corpora.errors import MissingExtra
from retrievers.errors import MissingModel

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable

Output = TypeVar("Output", bound=BaseModel)
_EXTRAS = {"anthropic": "anthropic", "ollama": "ollama"}
_BACKOFF_S = 1.0
_LONGEST_BACKOFF_S = 30.0
_REPAIR = "That was not the JSON asked for: {problem}. Answer again with only the corrected JSON object."


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
    from langchain_openai import ChatOpenAI
    from openai import OpenAIError

    local: dict[str, Any] = {}
    if settings.base_url:
        local = {"base_url": settings.base_url, "api_key": settings.api_key.get_secret_value() or "none"}
        if not remote_host(settings):  # what stays on this machine goes past no proxy
            local |= {"http_client": httpx.Client(trust_env=False), "http_async_client": httpx.AsyncClient(trust_env=False)}
    try:
        return ChatOpenAI(
            model=settings.model or "default", max_tokens=settings.output_tokens, use_responses_api=False, **{**_common(settings), **local}
        )
    except OpenAIError as error:
        raise ModelUnavailable(f"{error}") from error


class _Asked(NamedTuple):
    """What one call asks, the identifiers that were masked in it, and why its tries failed so far."""

    messages: list[Any]
    schema: type[BaseModel]
    masked: frozenset[str]
    failed: list[ModelError]

    @property
    def tokens(self) -> int:
        """What its messages cost."""
        return sum(tokens(str(message.content)) for message in self.messages)


def settings_with(model: BaseChatModel, settings: Settings) -> Settings:
    """The settings as they tell of a model object: named by its class and its own name, its prompts taken to leave the machine.

    Where it runs cannot be seen, so that identifiers are masked; without a name of its own none of its answers is used again.
    """
    name = str(getattr(model, "model_name", "") or getattr(model, "model", ""))
    told = {"model": f"{type(model).__name__}:{name}", "base_url": "", "reuse": settings.reuse and bool(name)}
    return settings.model_copy(update=told)


class StructuredModel:
    """Asks a chat model for JSON of a schema: one schema-guided repair, retries with backoff, the budget counted."""

    def __init__(self, model: BaseChatModel, settings: Settings) -> None:
        """Take the model; at most `settings.concurrency` calls run at once per event loop."""
        self._model, self._settings = model, settings
        self._slots: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = weakref.WeakKeyDictionary()
        self._name = f"{settings.model}@{settings.base_url}"
        known = bool(settings.model or settings.responses)  # what a server without a name serves may be another model tomorrow
        keeping = settings.replay or (settings.reuse and known)
        self._responses = Responses(settings.responses, replay=settings.replay) if keeping else None

    async def ask(self, schema: type[Output], system: str, user: str, budget: Budget) -> Output:
        """One answer that fits the schema.

        Raises:
            PromptTooLong: the prompt does not fit the model's window beside its answer; nothing is sent.
            ModelUnavailable, ModelTimeout: the server cannot be used, after the settings' retries.
            ModelRefused: the server can be used, and refuses this prompt.
            MalformedModelOutput: not the schema's JSON, even after the repair.
            BudgetExceeded: a limit is reached before a try, or the question's seconds are over while the model is waited for.
        """
        from langchain_core.messages import HumanMessage, SystemMessage

        user, masked = outgoing(user, self._settings)
        asked = _Asked([SystemMessage(system), HumanMessage(user)], schema, masked, [])
        left = self._room_after(asked)
        raw = await self._call(asked, budget)
        problem = _problem(schema, raw)
        if problem is not None:
            wanted = _REPAIR.format(problem=problem)
            said = raw[:2000]
            while said and tokens(said) > left - tokens(wanted):
                said = said[: len(said) // 2]
            again = [*asked.messages, HumanMessage(f"{said}\n\n{wanted}")]
            raw = await self._call(asked._replace(messages=again, failed=[]), budget)
            problem = _problem(schema, raw)
        if problem is not None:
            raise MalformedModelOutput(f"The model did not answer in the form of {schema.__name__}: {problem}", raw)
        return schema.model_validate_json(raw)

    def _room_after(self, asked: _Asked) -> int:
        """Tokens that the window has left beside the messages, the schema and the answer."""
        taken = FRAME + self._settings.output_tokens + _schema_tokens(asked.schema) + asked.tokens
        if taken > self._settings.context_tokens:
            raise PromptTooLong(
                f"The prompt for {asked.schema.__name__} and its answer take {taken:,} tokens, the window "
                f"{self._settings.context_tokens:,}. Raise RADQA_CONTEXT_TOKENS if the model's window is larger, lower "
                "RADQA_OUTPUT_TOKENS, or shorten question or report."
            )
        return self._settings.context_tokens - taken

    async def _call(self, asked: _Asked, budget: Budget) -> str:
        budget.check()
        try:
            async with asyncio.timeout(budget.seconds_left):  # of everything that is waited for: the same call of another, a slot, each try
                return await self._kept_or_asked(asked, budget)
        except TimeoutError as error:  # the model's own are among the failed tries
            raise asked.failed[-1] if asked.failed else BudgetExceeded("seconds", budget.seconds) from error

    async def _kept_or_asked(self, asked: _Asked, budget: Budget) -> str:
        if self._responses is None:
            return (await self._ask_server(asked, budget)).answer
        said = [(message.type, str(message.content)) for message in asked.messages]
        key = response_key(self._name, self._settings, _form(asked.schema), said)
        begun = time.monotonic()
        async with self._responses.turn(key):
            if (kept := self._responses.get(key)) is not None:
                budget.reuse(kept.tokens_in, kept.tokens_out, kept.seconds, time.monotonic() - begun)
                budget.note(_noted(asked, kept, again=True))
                return kept.answer
            made = await self._ask_server(asked, budget)
            if self._settings.responses or _problem(asked.schema, made.answer) is None:  # a recording of its own replays its repairs too
                self._responses.put(key, made)
            return made.answer

    async def _ask_server(self, asked: _Asked, budget: Budget) -> Kept:
        """The server's answer, asked for again after failures that may pass."""
        # as an argument of its own the client would walk the schema at every call, a tenth to a quarter of what a call costs here
        messages = list(asked.messages)
        bound: Runnable[Any, Any] = self._model
        if _is_openai(self._model):
            bound = self._model.bind(extra_body={"response_format": _form(asked.schema)})
        else:
            try:
                bound = self._model.with_structured_output(asked.schema, include_raw=True)
            except NotImplementedError:  # it knows neither schemas nor tools: it is told, and its answer checked like any other
                messages[0] = type(messages[0])(f"{messages[0].content}\n\n{_told(asked.schema)}")
        host = remote_host(self._settings)
        for attempt in range(self._settings.model_retries + 1):
            try:
                async with self._slot():
                    started = time.monotonic()  # waiting for a free slot is not the model's time
                    with budget.asking(), span("radqa.model", model=self._name, schema=asked.schema.__name__, attempt=attempt + 1) as late:
                        budget.note_sent(host, asked.masked)
                        answer = await asyncio.wait_for(bound.ainvoke(messages), self._settings.model_timeout_s)
                        message = cast("AIMessage", answer["raw"] if isinstance(answer, dict) else answer)
                        seconds, text = time.monotonic() - started, _text(answer, message)
                        late["tokens_in"], late["tokens_out"] = spent = _count(message, asked, text, budget)
            except BudgetExceeded:
                raise
            except Exception as error:
                asked.failed.append(mapped := _mapped(error, self._settings))
                wait = _wait(error, attempt)
                if not mapped.retryable or attempt == self._settings.model_retries or wait > budget.seconds_left:
                    raise mapped from error
                await asyncio.sleep(wait)
                continue
            _check_whole(message, self._settings)
            made = Kept(text, *spent, seconds)
            budget.note(_noted(asked, made))
            return made
        raise AssertionError("unreachable")

    def _slot(self) -> asyncio.Semaphore:
        return self._slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._settings.concurrency))


@cache
def _form(schema: type[BaseModel]) -> dict[str, Any]:
    """The response format that asks for JSON of the schema; made once per class, not to be changed."""
    return {
        "type": "json_schema",
        "json_schema": {"name": schema.__name__, "schema": closed(schema.model_json_schema()), "strict": True},
    }


def _noted(asked: _Asked, made: Kept, *, again: bool = False) -> ModelCall:
    purpose, seconds = asked.schema.__name__, round(made.seconds, 4)
    return ModelCall(purpose=purpose, seconds=seconds, tokens_in=made.tokens_in, tokens_out=made.tokens_out, kept=again)


def _told(schema: type[BaseModel]) -> str:
    """The schema in words, for a model that takes none."""
    return f"Answer with one JSON document of this schema and nothing else:\n{json.dumps(_form(schema)['json_schema']['schema'])}"


@cache
def _schema_tokens(schema: type[BaseModel]) -> int:
    return tokens(json.dumps(_form(schema)["json_schema"]["schema"]))


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema with every object closed and all its properties required, as strict servers want it."""
    if schema.get("type") == "object":
        schema["additionalProperties"] = False
        schema["required"] = list(schema.get("properties", {}))
    for value in schema.values():
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            if isinstance(inner, dict):
                closed(inner)
        if isinstance(value, dict):
            closed(value)
    schema.pop("default", None)
    return schema


def _is_openai(model: BaseChatModel) -> bool:
    return type(model).__name__ in ("ChatOpenAI", "AzureChatOpenAI") or not hasattr(type(model), "with_structured_output")


def _problem(schema: type[BaseModel], raw: str) -> str | None:
    try:
        schema.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc']) or 'document'}: {first['msg']}"
    return None


def _text(answer: Any, message: AIMessage) -> str:
    if isinstance(answer, dict) and isinstance(answer.get("parsed"), BaseModel):
        return str(answer["parsed"].model_dump_json())
    content = message.content
    return content if isinstance(content, str) else json.dumps(content)


def _count(message: AIMessage, asked: _Asked, text: str, budget: Budget) -> tuple[int, int]:
    """Tokens read and written, counted in the budget; estimated from above where the server does not say."""
    usage = message.usage_metadata or {"input_tokens": 0, "output_tokens": 0}
    tokens_in = int(usage["input_tokens"]) or asked.tokens
    tokens_out = int(usage["output_tokens"]) or tokens(text)
    budget.spend(tokens_in=tokens_in, tokens_out=tokens_out, calls=0)
    return tokens_in, tokens_out


def _check_whole(message: AIMessage, settings: Settings) -> None:
    """Raise where an OpenAI-compatible server says that its answer is not whole."""
    where = settings.base_url or settings.model
    ended = message.response_metadata.get("finish_reason")
    if ended == "length":
        raise MalformedModelOutput(f"{where} was cut off at {settings.output_tokens} tokens. Raise RADQA_OUTPUT_TOKENS.")
    if ended == "content_filter":
        raise ModelRefused(f"{where} withheld its answer (content filter). Ask without the model, or with another one.")


def _mapped(error: Exception, settings: Settings) -> ModelError:
    """A provider's exception as ours, with what the user can do."""
    where = settings.base_url or settings.model
    status = getattr(error, "status_code", None)
    name = type(error).__name__
    if isinstance(error, ModelError):
        return error
    if isinstance(error, (TimeoutError, httpx.TimeoutException)) or "Timeout" in name:
        return ModelTimeout(
            f"{where} did not answer within {settings.model_timeout_s:g} s. Raise RADQA_MODEL_TIMEOUT_S or use a smaller model."
        )
    if status in (401, 403):
        return _final(ModelUnavailable(f"{where} refuses the key (HTTP {status}). Set RADQA_API_KEY."))
    if status == 404:
        return _final(ModelUnavailable(f"{where} has no model {settings.model!r} (HTTP 404). Check RADQA_MODEL and RADQA_BASE_URL."))
    if status is not None and 400 <= int(status) < 500 and status not in (408, 409, 429):
        refused = f"{where} refused the request (HTTP {status}): {str(error)[:300]}"
        return ModelRefused(refused) if status in _OF_THE_PROMPT else _final(ModelUnavailable(refused))
    if isinstance(error, (json.JSONDecodeError, AttributeError, TypeError, KeyError, ValueError)):
        return _final(
            ModelUnavailable(f"{where} does not speak the OpenAI protocol ({name}). Is the address right? It usually ends in /v1.")
        )
    return ModelUnavailable(f"{where} cannot be used: {(str(error)[:300] or name).rstrip('.')}. Is the server running?")


_OF_THE_PROMPT = (400, 413, 422)
"""HTTP statuses that blame what was asked; another question may well be answered."""


def _final(error: ModelError) -> ModelError:
    error.retryable = False
    return error


def _wait(error: Exception, attempt: int) -> float:
    """Seconds until the next try: what the server asks for (seconds, or a date), else doubling up to half a minute."""
    response = getattr(error, "response", None)
    asked = str(response.headers.get("retry-after") or "") if response is not None and hasattr(response, "headers") else ""
    doubled = float(min(_BACKOFF_S * 2**attempt, _LONGEST_BACKOFF_S))
    if not asked:
        return doubled
    with suppress(ValueError):
        return max(0.0, float(asked))
    with suppress(ValueError):
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    return doubled
