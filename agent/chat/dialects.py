"""How models wrap the JSON they were asked for: thoughts before it, fences and prose around it, parts, tool calls, a wrapping object.

What was cut off is never closed here, as repairing parsers do: half a sentence ("CT at 6" of "CT at 6-12 months") would be taken for
what the model said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from agent.chat.schemas import problem

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

_THOUGHT = re.compile(r"<(think|thinking|reasoning|thought)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|reasoning|thought)>", re.IGNORECASE)
_CHANNEL = "<|message|>"
"""What opens each channel of an answer where a server leaves a model's own marks in; the last channel is the answer."""
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")
_MOST_STARTS = 40
"""Places in a text at which a document may begin that are tried."""


def said(message: AIMessage) -> str:
    """What a message says, wherever the server put it: its content, the parts of it, a tool call, or else its reasoning."""
    if text := _content(message.content).strip("\ufeff \n\r\t"):
        return text
    for call in message.tool_calls:
        return json.dumps(call["args"], ensure_ascii=False)
    for broken in message.invalid_tool_calls:
        return str(broken.get("args") or "")
    return thought(message)


def thought(message: AIMessage) -> str:
    """The reasoning that a server gives beside the content; empty where it gives none."""
    return str(message.additional_kwargs.get("reasoning_content") or message.additional_kwargs.get("reasoning") or "")


def _content(content: str | list[Any]) -> str:
    if isinstance(content, str):
        return content
    parts = (part if isinstance(part, str) else str(part.get("text") or "") if isinstance(part, dict) else "" for part in content)
    return "".join(parts)


def unwrapped(text: str, schema: type[BaseModel]) -> str:
    """The first document of the schema in what a model said, as JSON; where there is none, the text as it was."""
    for document in _documents(text):
        for candidate in _inside(document, schema):
            written = json.dumps(candidate, ensure_ascii=False)
            if problem(schema, written) is None:
                return written
    return text


def _documents(text: str) -> Iterator[Any]:
    """The JSON documents in a text, in order: of what follows the model's thoughts, where drafts stand that it gave up."""
    spoken = _THOUGHT_ENDS.split(_THOUGHT.sub(" ", text))[-1].rpartition(_CHANNEL)[2].strip("\ufeff \n\r\t")
    for spelled in dict.fromkeys((spoken, _TRAILING_COMMA.sub("", spoken))):
        yield from _read(spelled)


def _read(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)  # models write line breaks into strings
    position, starts = 0, 0
    while starts < _MOST_STARTS and (found := re.compile(r"[{\[]").search(text, position)):
        starts += 1
        try:
            document, position = decoder.raw_decode(text, found.start())
        except (json.JSONDecodeError, RecursionError):
            position = found.end()
            continue
        yield document


def _inside(document: Any, schema: type[BaseModel]) -> Iterator[Any]:
    """The document, and what it may be a wrapping of: {"Answer": {...}}, [{...}], {"answer": "{...}"}, arguments of a call."""
    yield document
    if isinstance(document, list) and len(document) == 1:
        yield document[0]
    if isinstance(document, dict):
        for name in (schema.__name__, "arguments", "parameters", "properties", *([next(iter(document))] if len(document) == 1 else [])):
            inner = document.get(name)
            if isinstance(inner, str) and inner.lstrip().startswith("{"):
                yield from _read(inner)
            elif isinstance(inner, (dict, list)):
                yield inner
