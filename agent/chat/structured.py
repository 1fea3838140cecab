"""Answers in a JSON schema from any chat model: retries, one repair, more room for long answers, the budget counted, answers kept."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, cast

from pydantic import BaseModel

from agent.chat import failures
from agent.chat.budget import Budget
from agent.chat.calling import called, offered
from agent.chat.dialects import said, thought, unwrapped
from agent.chat.habits import habits_of
from agent.chat.packing import FRAME, tokens
from agent.chat.privacy import outgoing, remote_host
from agent.chat.providers import is_openai
from agent.chat.responses import Kept, answer_store, response_key
from agent.chat.schemas import form, problem, schema_tokens, told
from agent.errors import BudgetExceeded, MalformedModelOutput, ModelError, ModelRefused, PromptTooLong
from agent.settings import Settings
from agent.tracing import span
from agent.types import ModelCall

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

Output = TypeVar("Output", bound=BaseModel)
_REPAIR = "That was not the JSON asked for: {problem}. Answer again with only the corrected JSON object. {schema}"
_MORE_ROOM, _TIMES_MORE = 4, 2
"""By how much an answer that was cut off is given more room, and how often."""
Amiss = Literal["", "cut off", "empty", "refused"]


class _Asked(NamedTuple):
    """What one call asks, the identifiers that were masked in it, why its tries failed so far, and the tools that are offered."""

    messages: list[Any]
    schema: type[BaseModel]
    masked: frozenset[str]
    failed: list[ModelError]
    tools: Mapping[str, str] | None = None

    @property
    def tokens(self) -> int:
        """What its messages cost."""
        return sum(tokens(str(message.content)) for message in self.messages)


class StructuredModel:
    """Asks a chat model for JSON of a schema and copes with how servers and models answer; see `agent.chat.habits` and `dialects`."""

    def __init__(self, model: BaseChatModel, settings: Settings) -> None:
        """Take the model; at most `settings.concurrency` calls run at once per event loop."""
        self._model, self._settings = model, settings
        self._slots: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = weakref.WeakKeyDictionary()
        self.name = f"{settings.model}@{settings.base_url}"
        self.habits = habits_of(self.name)
        known = bool(settings.model or settings.responses)  # what a server without a name serves may be another model tomorrow
        keeping = settings.replay or (settings.reuse and known)
        self._responses = answer_store(settings) if keeping else None

    async def ask(self, schema: type[Output], system: str, user: str, budget: Budget, *, tools: Mapping[str, str] | None = None) -> Output:
        """One answer that fits the schema; with `tools` (name -> what it takes) it is asked for as native calls, the schema being `Calls`.

        Raises:
            PromptTooLong: the prompt does not fit the model's window beside its answer; nothing is sent.
            ModelUnavailable, ModelTimeout: the server cannot be used, after the settings' retries.
            ModelRefused: the server can be used, and refuses this prompt.
            MalformedModelOutput: not the schema's JSON, even after the repair.
            BudgetExceeded: a limit is reached before a try, or the question's seconds are over while the model is waited for.
        """
        from langchain_core.messages import HumanMessage, SystemMessage

        user, masked = outgoing(user, self._settings)
        asked = _Asked([SystemMessage(system), HumanMessage(user)], schema, masked, [], tools)
        left = self._room_after(asked)
        raw = await self._call(asked, budget)
        document = unwrapped(raw, schema)
        wrong = problem(schema, document)
        if wrong is not None:
            again = [*asked.messages, HumanMessage(_repair(raw, wrong, schema, left))]
            raw = await self._call(asked._replace(messages=again, failed=[], tools=None), budget)
            document = unwrapped(raw, schema)
            wrong, first = problem(schema, document), wrong
            if wrong is None and str(first).startswith("document"):
                self.habits.told = True  # the form alone does not bind it
        if wrong is not None:
            raise MalformedModelOutput(f"The model did not answer in the form of {schema.__name__}: {wrong}", raw)
        return schema.model_validate_json(document)

    def _room_after(self, asked: _Asked) -> int:
        """Tokens that the window has left beside the messages, the schema and the answer."""
        taken = FRAME + self._settings.output_tokens + schema_tokens(asked.schema) + asked.tokens
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
        messages = [(message.type, str(message.content)) for message in asked.messages]
        key = response_key(self.name, self._settings, form(asked.schema), messages)
        begun = time.monotonic()
        async with self._responses.turn(key):
            if (kept := self._responses.get(key)) is not None:
                budget.reuse(kept.tokens_in, kept.tokens_out, kept.seconds, time.monotonic() - begun)
                budget.note(_noted(asked, kept, again=True))
                return kept.answer
            made = await self._ask_server(asked, budget)
            if self._settings.responses or problem(asked.schema, unwrapped(made.answer, asked.schema)) is None:
                self._responses.put(key, made)  # a recording of its own replays its repairs too
            return made.answer

    async def _ask_server(self, asked: _Asked, budget: Budget) -> Kept:
        """The server's answer: asked again after failures that may pass, in another way where it refuses a field, and on where cut off."""
        tries, more, odd = 0, 0, 0
        while True:
            try:
                made, message = await self._tried(asked, budget, tries + 1)
            except BudgetExceeded:
                raise
            except Exception as error:
                if self.habits.learns(failures.status_of(error), failures.message_of(error)):
                    continue
                asked.failed.append(mapped := failures.failure(error, self._settings))
                delay = failures.wait(error, tries)
                if not mapped.retryable or tries == self._settings.model_retries or delay > budget.seconds_left:
                    raise mapped from error
                tries += 1
                await asyncio.sleep(delay)
                continue
            amiss = _amiss(message, made.answer, asked.schema)
            if amiss == "cut off" and more < _TIMES_MORE and self._gives_more_room(asked):
                more += 1
            elif amiss in ("empty", "refused") and not odd:
                odd += 1
            elif amiss:
                raise self._told_of(amiss, made.answer, asked)
            else:
                budget.note(_noted(asked, made))
                return made

    async def _tried(self, asked: _Asked, budget: Budget, attempt: int) -> tuple[Kept, AIMessage]:
        """One request, counted in the budget."""
        bound, messages = self._bound(asked)
        async with self._slot():
            started = time.monotonic()  # waiting for a free slot is not the model's time
            with budget.asking(), span("radqa.model", model=self.name, schema=asked.schema.__name__, attempt=attempt) as late:
                budget.note_sent(remote_host(self._settings), asked.masked)
                answer = await asyncio.wait_for(bound.ainvoke(messages), self._settings.model_timeout_s)
                message = cast("AIMessage", answer["raw"] if isinstance(answer, dict) else answer)
                seconds, text = time.monotonic() - started, _text(answer, message, asked)
                late["tokens_in"], late["tokens_out"] = spent = _count(message, asked, text, budget)
        return Kept(text, *spent, seconds), message

    def _bound(self, asked: _Asked) -> tuple[Any, list[Any]]:
        """The model as it is asked for this schema, and the messages: the schema told in words where nothing else binds it."""
        model: Any = self._model
        if is_openai(model):
            own = {name: getattr(model, name, None) for name in ("temperature", "max_tokens")}
            if own["max_tokens"] is not None or own["temperature"] is not None:
                model = model.model_copy(update=dict.fromkeys(own))
            body = self.habits.body(asked.schema, own["temperature"], self._output_tokens(asked, own["max_tokens"]))
            if asked.tools:
                body = {name: value for name, value in body.items() if name != "response_format"}
                return model.bind(extra_body=body | {"tools": offered(asked.tools), "tool_choice": "auto"}), list(asked.messages)
            # as an argument of its own the client would walk the schema at every call, a tenth to a quarter of what a call costs here
            return model.bind(extra_body=body), self._with_schema(asked) if self.habits.tells else list(asked.messages)
        try:
            if asked.tools:
                return model.bind_tools(offered(asked.tools)), list(asked.messages)
            return model.with_structured_output(asked.schema, include_raw=True), list(asked.messages)
        except NotImplementedError:  # it knows neither schemas nor tools: it is told, and its answer checked like any other
            return model, self._with_schema(asked)

    @staticmethod
    def _with_schema(asked: _Asked) -> list[Any]:
        first = asked.messages[0]
        return [type(first)(f"{first.content}\n\n{told(asked.schema)}"), *asked.messages[1:]]

    def _output_tokens(self, asked: _Asked, limit: int | None) -> int | None:
        """Tokens that the answer may take: as set, or as many more as answers of this model were found to need and the window has."""
        if limit is None or self.habits.output_tokens <= limit:
            return limit
        return max(limit, min(self.habits.output_tokens, self._most_output(asked)))

    def _most_output(self, asked: _Asked) -> int:
        return self._settings.context_tokens - FRAME - schema_tokens(asked.schema) - asked.tokens

    def _gives_more_room(self, asked: _Asked) -> bool:
        """Whether the window has notably more room for the answer than it was given; it is given it from now on."""
        if not is_openai(self._model):
            return False
        given = max(self._settings.output_tokens, self.habits.output_tokens)
        wished = min(_MORE_ROOM * given, self._most_output(asked))
        if wished < 1.5 * given:
            return False
        self.habits.output_tokens = wished
        return True

    def _told_of(self, amiss: Amiss, answer: str, asked: _Asked) -> ModelError:
        """The error for an answer that cannot be used, with the setting that helps."""
        where = self._settings.base_url or self._settings.model
        if amiss == "refused":
            return ModelRefused(f"{where} withheld its answer twice (refusal or content filter). Ask without the model, or another one.")
        if amiss == "empty":
            return MalformedModelOutput(f"{where} answered nothing, twice. Raise RADQA_OUTPUT_TOKENS, or set another RADQA_MODEL.", answer)
        at = self._output_tokens(asked, self._settings.output_tokens)
        return MalformedModelOutput(
            f"{where} was cut off at {at} tokens. Raise RADQA_OUTPUT_TOKENS (and RADQA_CONTEXT_TOKENS if the window is larger).", answer
        )

    def _slot(self) -> asyncio.Semaphore:
        return self._slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._settings.concurrency))


def _repair(raw: str, wrong: str, schema: type[BaseModel], left: int) -> str:
    """What was said and what is wrong with it, the schema beside it, as far as the window has room."""
    wanted = _REPAIR.format(problem=wrong, schema=told(schema))
    if tokens(wanted) > left:
        wanted = _REPAIR.format(problem=wrong, schema="").strip()
    shown = raw[:2000]
    while shown and tokens(shown) > left - tokens(wanted):
        shown = shown[: len(shown) // 2]
    return f"{shown}\n\n{wanted}"


def _noted(asked: _Asked, made: Kept, *, again: bool = False) -> ModelCall:
    purpose, seconds = asked.schema.__name__, round(made.seconds, 4)
    return ModelCall(purpose=purpose, seconds=seconds, tokens_in=made.tokens_in, tokens_out=made.tokens_out, kept=again)


def _text(answer: Any, message: AIMessage, asked: _Asked) -> str:
    if asked.tools and (calls := called(message)):
        return calls
    if isinstance(answer, dict) and isinstance(answer.get("parsed"), BaseModel):
        return str(answer["parsed"].model_dump_json())
    return said(message)


def _amiss(message: AIMessage, text: str, schema: type[BaseModel]) -> Amiss:
    """What keeps an answer from being one, whatever it says: it holds no document of the schema and was cut off, refused, or is nothing."""
    if problem(schema, unwrapped(text, schema)) is None:
        return ""
    ended = message.response_metadata.get("finish_reason") or message.response_metadata.get("stop_reason")
    if ended in ("length", "max_tokens"):
        return "cut off"
    if ended in ("content_filter", "refusal") or message.additional_kwargs.get("refusal"):
        return "refused"
    return "empty" if not text.strip() or text == thought(message) else ""


def _count(message: AIMessage, asked: _Asked, text: str, budget: Budget) -> tuple[int, int]:
    """Tokens read and written, counted in the budget; estimated from above where the server does not say."""
    usage = message.usage_metadata or {"input_tokens": 0, "output_tokens": 0}
    tokens_in = int(usage["input_tokens"]) or asked.tokens
    tokens_out = int(usage["output_tokens"]) or tokens(text)
    budget.spend(tokens_in=tokens_in, tokens_out=tokens_out, calls=0)
    return tokens_in, tokens_out
