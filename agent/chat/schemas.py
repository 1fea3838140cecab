"""The JSON schemas that a model is asked for: closed as strict servers want them, told in words for those that take none."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from agent.chat.packing import tokens


@cache
def form(schema: type[BaseModel]) -> dict[str, Any]:
    """The response format that asks for JSON of the schema; made once per class, not to be changed."""
    return {
        "type": "json_schema",
        "json_schema": {"name": schema.__name__, "schema": closed(schema.model_json_schema()), "strict": True},
    }


@cache
def told(schema: type[BaseModel]) -> str:
    """The schema in words, for a server that takes none."""
    return f"Answer with one JSON document of this schema and nothing else:\n{json.dumps(form(schema)['json_schema']['schema'])}"


@cache
def schema_tokens(schema: type[BaseModel]) -> int:
    """What the schema costs where a server writes it into the prompt."""
    return tokens(told(schema))


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
    if schema.get("type") != "object" and isinstance(schema.get("title"), str):
        del schema["title"]  # of a field: its name once more, which costs tokens and small models repeat
    return schema


def problem(schema: type[BaseModel], document: str) -> str | None:
    """What keeps a document from being the schema's, with its place; None when nothing does."""
    try:
        schema.model_validate_json(document)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc']) or 'document'}: {first['msg']}"
    return None
