"""OpenAI's form of a conversation, for clients that know no other: what they send as a question, an answer as what they show. Pure.

https://platform.openai.com/docs/api-reference/chat: requests take `model`, `messages`, `stream` and `stream_options.include_usage`;
what else clients send (temperature, tools) changes nothing here and is passed over. Replies hold one choice, with a `url_citation`
annotation at each [n].
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from agent.reading import paste
from agent.reading.conversation import standalone
from agent.types import MAX_QUESTION_CHARACTERS, MAX_REPORT_CHARACTERS, Answer, Answered
from corpora.errors import InputError
from serve.problems import NotThere

MODEL = "radqa"
_LONGEST = MAX_QUESTION_CHARACTERS + MAX_REPORT_CHARACTERS
_MARK = re.compile(r"\[(\d{1,3})\]")
_ROLES = Literal["system", "developer", "user", "assistant", "tool", "function"]


class NoSuchModel(NotThere):
    """A client asks for a model by a name that this server does not have."""


class NotAsked(InputError):
    """The last message is no question: not a user's, without text, or with something else than text."""


class Part(BaseModel):
    """A piece of a message; only `text` is read."""

    type: str
    text: str = Field(default="", max_length=_LONGEST)


class Message(BaseModel):
    """Something said: by the user, or by the model before."""

    role: _ROLES
    content: str | list[Part] | None = Field(default=None, max_length=_LONGEST)

    @property
    def text(self) -> str:
        """What it says, as one text."""
        if isinstance(self.content, str):
            return self.content.strip()
        return "\n".join(part.text for part in self.content or () if part.type == "text").strip()


class StreamOptions(BaseModel):
    """What a stream ends with."""

    include_usage: StrictBool = False


class ChatRequest(BaseModel):
    """A conversation whose last message asks; a pasted report or options "A. ... B. ..." in it are told apart from the question."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": MODEL, "messages": [{"role": "user", "content": "Follow-up for a 7 mm solid nodule in a heavy smoker?"}]}
            ]
        }
    )

    model: str = MODEL
    messages: list[Message] = Field(min_length=1, max_length=200)
    stream: StrictBool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] = 1


class Conversation(BaseModel):
    """A conversation as radqa reads it: what was said last, the same as a question that stands alone, and what was said before."""

    said: str
    read: str
    options: dict[str, str]
    report: str
    dialogue: tuple[tuple[str, str], ...]


def conversation(request: ChatRequest) -> Conversation:
    """What a client asks.

    Raises:
        NoSuchModel, NotAsked: what is wrong with the request.
    """
    if request.model != MODEL:
        raise NoSuchModel(f"There is no model {request.model[:64]!r} here; this server's is {MODEL!r}.")
    last = request.messages[-1]
    if last.role != "user":
        raise NotAsked(f"The last message is the {last.role}'s; the user's last message is what is answered.")
    if isinstance(last.content, list) and any(part.type != "text" for part in last.content):
        raise NotAsked("radqa reads text only: no images, no audio, no files.")
    if not last.text:
        raise NotAsked("The last message has no text.")
    pasted = paste.read(last.text)
    said = pasted.question or "What follows from this report?"
    read = _standing_alone([message.text for message in request.messages[:-1] if message.role == "user"], said)
    return Conversation(
        said=said,
        read=said if pasted.options else read,
        options=pasted.options,
        report=pasted.report,
        dialogue=_dialogue(request.messages[:-1]),
    )


def _standing_alone(before: Sequence[str], said: str) -> str:
    """The question with what a follow-up leaves open from the questions before it."""
    earlier = ""
    for text in before:
        earlier = standalone(paste.read(text).question, earlier) if text else earlier
    return standalone(said, earlier)


def _dialogue(messages: Sequence[Message]) -> tuple[tuple[str, str], ...]:
    """Each question with the answer that followed it."""
    pairs: list[tuple[str, str]] = []
    for message in messages:
        if message.role == "user" and message.text:
            pairs.append((message.text, ""))
        elif message.role == "assistant" and pairs and not pairs[-1][1]:
            pairs[-1] = (pairs[-1][0], message.text)
    return tuple(pair for pair in pairs if pair[1])


def shown(answer: Answer) -> str:
    """The answer's designed text as Markdown: each line stays a line."""
    return str(answer).replace("\n", "  \n")


def citations(answer: Answer, content: str) -> list[dict[str, Any]]:
    """A `url_citation` for each [n] in the answer's sentences: its place in the content, and the source's address and title.

    A source that has no address in the web is named by a URN.
    """
    if not isinstance(answer, Answered):
        return []
    sources = {source.number: source for source in answer.sources}
    said = content.partition("  \n  \n")[0]
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": mark.start(),
                "end_index": mark.end(),
                "url": sources[int(mark[1])].url or f"urn:radqa:document:{sources[int(mark[1])].id}",
                "title": sources[int(mark[1])].title,
            },
        }
        for mark in _MARK.finditer(said)
        if int(mark[1]) in sources
    ]


def usage(answer: Answer) -> dict[str, int]:
    """Tokens of the chat model behind the answer; none where the rules answered."""
    spent = answer.provenance
    return {
        "prompt_tokens": spent.tokens_in,
        "completion_tokens": spent.tokens_out,
        "total_tokens": spent.tokens_in + spent.tokens_out,
    }


def completion(answer: Answer, name: str) -> dict[str, Any]:
    """The reply to a request that is not streamed."""
    content = shown(answer)
    message = {"role": "assistant", "content": content, "refusal": None, "annotations": citations(answer, content)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return _envelope(name, "chat.completion") | {"choices": [choice], "usage": usage(answer)}


def opening(name: str) -> dict[str, Any]:
    """The first chunk of a stream: who speaks."""
    return _chunk(name, {"role": "assistant", "content": ""})


def chunks(answer: Answer, name: str, *, with_usage: bool) -> Iterator[dict[str, Any]]:
    """The rest of a stream's chunks: the answer line by line, then its annotations, then, where they are wanted, its tokens."""
    content = shown(answer)
    for line in content.splitlines(keepends=True):
        yield _chunk(name, {"content": line})
    yield _chunk(name, {"annotations": citations(answer, content)}, "stop")
    if with_usage:
        yield _envelope(name, "chat.completion.chunk") | {"choices": [], "usage": usage(answer)}


def _chunk(name: str, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _envelope(name, "chat.completion.chunk") | {"choices": [choice]}


def _envelope(name: str, kind: str) -> dict[str, Any]:
    return {"id": name, "object": kind, "created": int(time.time()), "model": MODEL}


def models(made: int) -> dict[str, Any]:
    """The list of models: one."""
    return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": made, "owned_by": MODEL}]}
