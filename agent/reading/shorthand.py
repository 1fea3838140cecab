"""A question as the sources would write it: clinical shorthand, brand names and everyday words spelled out. Pure."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from pydantic import Field, field_validator

from agent.types import Question
from corpora.types import Frozen

FILE = Path(__file__).parents[1] / "data" / "shorthand.toml"


class Shorthand(Frozen):
    """`words`: whole words in any case -> what they mean; `patterns`: regular expression -> replacement."""

    words: dict[str, str] = Field(min_length=1)
    patterns: dict[str, str] = Field(default={})

    @field_validator("patterns")
    @classmethod
    def _compile(cls, value: dict[str, str]) -> dict[str, str]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return value


@cache
def shorthand() -> Shorthand:
    """The entries of `data/shorthand.toml`, checked."""
    return Shorthand.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))


@cache
def _any_word() -> re.Pattern[str]:
    longest_first = sorted(shorthand().words, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])", re.IGNORECASE)


def spelled(text: str) -> str:
    """The text with every known shorthand spelled out; everything else as it stands."""
    for pattern, meant in shorthand().patterns.items():
        text = re.sub(pattern, meant, text)
    return _any_word().sub(lambda found: shorthand().words[found[0].lower()], text)


def spelled_out(question: Question) -> Question:
    """The question, its options and its report spelled out; the same object when nothing was short.

    Options that would become alike keep their own words.
    """
    options = tuple(option.model_copy(update={"text": spelled(option.text)}) for option in question.options)
    if len({option.text.casefold() for option in options}) < len(options):
        options = question.options
    text, report = spelled(question.text), spelled(question.report)
    if (text, report, options) == (question.text, question.report, question.options):
        return question
    return question.model_copy(update={"text": text, "report": report, "options": options})
