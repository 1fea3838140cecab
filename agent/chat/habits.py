"""What a server takes and refuses, learned from its refusals and remembered as long as the process lives."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from agent.chat.schemas import form

SCHEMA, OBJECT, TOLD = "json_schema", "json_object", ""
"""Ways to ask for JSON, the most binding first: by the schema, as any object, in words alone."""
_FORMS = (SCHEMA, OBJECT, TOLD)
_LIMITS = ("max_completion_tokens", "max_tokens", "")
_OF_FIELDS = (400, 404, 415, 422, 500, 501)
"""HTTP statuses by which servers refuse a field."""
_ABOUT_FORM = re.compile(r"response[_ ]format|json[_ ](?:schema|object|mode)|structured[_ ]output|grammar|guided", re.IGNORECASE)


@dataclass
class Habits:
    """How one server is asked. Each of its refusals changes one thing, once."""

    form: str = SCHEMA
    limit: str = _LIMITS[0]
    temperature: bool = True
    told: bool = False
    output_tokens: int = 0
    refused: set[str] = field(default_factory=set)

    def body(self, schema: type[BaseModel], temperature: float | None, output_tokens: int | None) -> dict[str, Any]:
        """The fields of a request beside model and messages."""
        made: dict[str, Any] = {}
        if self.temperature and temperature is not None:
            made["temperature"] = temperature
        if self.limit and output_tokens:
            made[self.limit] = output_tokens
        if self.form:
            made["response_format"] = form(schema) if self.form == SCHEMA else {"type": OBJECT}
        return made

    @property
    def tells(self) -> bool:
        """Whether the schema is told in words: where the server does not hold its model to it."""
        return self.told or self.form != SCHEMA

    def learns(self, status: int | None, message: str) -> bool:
        """Whether a refusal names something that can be left out or said otherwise; it is from now on."""
        if status not in _OF_FIELDS:
            return False
        if self.limit and re.search(rf"\b{self.limit}\b", message):
            return self._without_limit()
        if self.temperature and re.search(r"\btemperature\b", message, re.IGNORECASE):
            self.temperature = False
            return True
        if self.form != TOLD and _ABOUT_FORM.search(message):
            self.form = _FORMS[_FORMS.index(self.form) + 1]
            return True
        return False

    def _without_limit(self) -> bool:
        self.refused.add(self.limit)
        self.limit = next(name for name in _LIMITS if name not in self.refused)
        return True


_KNOWN: dict[str, Habits] = {}


def habits_of(server: str) -> Habits:
    """The habits of a server and model, shared by all who ask it."""
    return _KNOWN.setdefault(server, Habits())


def forget() -> None:
    """Begin anew with every server."""
    _KNOWN.clear()
