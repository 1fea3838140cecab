"""What the model gives at each step, as JSON schemas short enough for small models; what they write beside the form is read kindly."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from agent.chat.calling import Calls
from agent.types import Basis
from corpora.passages import sentence_spans

__all__ = ["Calls", "Composition", "Dossier", "Line", "Part", "Repair", "Study", "Turn"]
MOST_PARTS, MOST_SENTENCES = 6, 6
_BASES = {"evidence": "evidence", "passage": "evidence", "passages": "evidence", "report": "report", "question": "report",
          "reckoned": "reckoned", "calculated": "reckoned", "computed": "reckoned", "own": "own", "knowledge": "own"}  # fmt: skip
_SURE = {"high": 85.0, "certain": 95.0, "sure": 90.0, "moderate": 65.0, "medium": 65.0, "likely": 70.0, "low": 35.0, "unsure": 40.0}


def _basis(value: Any) -> Any:
    return _BASES.get(str(value).strip().lower().split(" ")[0], value)


def _percent(value: Any) -> Any:
    """0.8, "80 %", 80 and "high" as a number of per cent; nothing said is an even chance."""
    if value is None:
        return 50.0
    if isinstance(value, str):
        number = re.search(r"\d+(?:\.\d+)?", value)
        value = float(number[0]) if number else _SURE.get(value.strip().lower(), 50.0)
    return 100 * value if isinstance(value, float) and 0 < value <= 1 else value


def _numbers(value: Any) -> Any:
    """Evidence numbers as models write them: 3, "[3]", ["1", "[2]"]."""
    held = value if isinstance(value, list) else [] if value is None else [value]
    return [int(found[0]) if isinstance(one, str) and (found := re.search(r"\d+", one)) else one for one in held if one not in ("", None)]


def _shortened(most: int) -> BeforeValidator:
    return BeforeValidator(lambda value: value[:most] if isinstance(value, (str, list)) else value)


def _whole(most: int) -> BeforeValidator:
    """As many whole sentences as fit; one that is longer by itself stays as it is, since half of it may say something else."""

    def cut(value: Any) -> Any:
        if not isinstance(value, str) or len(value) <= most:
            return value
        ends = [end for _, end in sentence_spans(value) if end <= most]
        return value[: ends[-1]] if ends else value

    return BeforeValidator(cut)


def _or_nothing(empty: Any) -> BeforeValidator:
    """What a model leaves out as null."""
    return BeforeValidator(lambda value: empty if value is None else value)


def _told(most: int) -> WithJsonSchema:
    """The length that a model is told, where longer answers are taken too."""
    return WithJsonSchema({"type": "string", "maxLength": most})


_listed = BeforeValidator(lambda value: [value] if isinstance(value, str) and value.strip() else value or [])
"""A list where a model writes its one entry, nothing or null."""
Letter = Annotated[str, _shortened(200), _or_nothing(""), _told(8)]
"""An option as models name it: "B", "B. CT", or its text; `agent.reasoners.asking.chosen` tells which it is."""
Query = Annotated[str, _shortened(120), Field(max_length=120)]
Queried = Annotated[list[Query], _shortened(3), _listed, Field(max_length=3)]
Reason = Annotated[str, _whole(300), _or_nothing(""), Field(max_length=2000), _told(300)]
Sure = Annotated[float, BeforeValidator(_percent), Field(ge=0, le=100)]


class Turn(BaseModel):
    """A follow-up as a question that stands alone."""

    question: Annotated[str, Field(min_length=3, max_length=600)]


class Part(BaseModel):
    """One thing that must be looked up."""

    label: Annotated[str, _shortened(80), Field(max_length=80)]
    queries: Annotated[list[Query], _shortened(3), Field(min_length=1, max_length=3)]


class Study(BaseModel):
    """What a question asks: its core, and the parts of its research."""

    core: Annotated[str, _shortened(300), Field(max_length=300)] = ""
    facets: Annotated[list[Part], _shortened(MOST_PARTS), Field(min_length=1, max_length=MOST_PARTS)]


class Line(BaseModel):
    """A sentence, what it rests on, and the numbers of its evidence."""

    text: Annotated[str, _whole(400), Field(min_length=3, max_length=1200), _told(400)]
    basis: Annotated[Basis, BeforeValidator(_basis)] = "evidence"
    evidence: Annotated[list[int], _shortened(4), BeforeValidator(_numbers), Field(max_length=4)] = []


Lines = Annotated[list[Line], _shortened(MOST_SENTENCES), Field(max_length=MOST_SENTENCES)]


class Composition(BaseModel):
    """An answer: its sentences, with options the letter, how sure (per cent), what stays open, what must be searched for first."""

    sentences: Lines
    option: Letter = ""
    sure: Sure = 50.0
    open: Annotated[list[Annotated[str, _shortened(160), Field(max_length=160)]], _shortened(4), _listed, Field(max_length=4)] = []
    search: Queried = []


class Repair(BaseModel):
    """Refused sentences, rewritten; one that cannot be mended is left out."""

    sentences: Lines


class Dossier(BaseModel):
    """What the passages say for and against an option or a part."""

    supporting: Annotated[list[Line], _shortened(3), Field(max_length=3)]
    opposing: Annotated[list[Line], _shortened(3), Field(max_length=3)]
