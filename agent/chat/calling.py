"""Native tool calls: how tools are offered to a server, and the calls that a model makes, as one document like any other answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

MOST_CALLS = 8


class Call(BaseModel):
    """A tool and the one text that it is given."""

    tool: Annotated[str, Field(max_length=40)]
    asked: Annotated[str, Field(min_length=1, max_length=300)]


class Calls(BaseModel):
    """The calls that a model makes."""

    calls: Annotated[list[Call], Field(min_length=1, max_length=MOST_CALLS)]


def offered(tools: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tools (name -> what it takes) in the form of chat-completions servers; each takes one text."""
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": f"Takes {takes}",
                "parameters": {
                    "type": "object",
                    "properties": {"asked": {"type": "string", "maxLength": 300}},
                    "required": ["asked"],
                    "additionalProperties": False,
                },
            },
        }
        for name, takes in tools.items()
    ]


def called(message: AIMessage) -> str:
    """The calls of a message as JSON of `Calls`, whatever their argument is named; empty where it made none that can be read."""
    made = [Call(tool=call["name"][:40], asked=text[:300]) for call in message.tool_calls if (text := _text(call["args"]))]
    return Calls(calls=made[:MOST_CALLS]).model_dump_json() if made else ""


def _text(arguments: Mapping[str, Any]) -> str:
    given = arguments.get("asked") or next((value for value in arguments.values() if isinstance(value, str)), "")
    return " ".join(str(given).split())
