"""Questions into English and verified answers back, by a chat model; figures must survive both ways."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from agent.chat.budget import Budget
from agent.chat.fence import neutral
from agent.chat.packing import room, tokens
from agent.chat.structured import StructuredModel
from agent.errors import MalformedModelOutput
from agent.language.languages import in_english, known_terms, languages
from agent.language.languages import language as language_of
from agent.language.unread import unread
from agent.prompts import prompt
from agent.types import Answered, Question


class Translation(BaseModel):
    """Translated sentences, in order."""

    sentences: Annotated[list[Annotated[str, Field(max_length=1200)]], Field(min_length=1, max_length=12)]


async def english(model: StructuredModel, question: Question, language: str, budget: Budget) -> Question | None:
    """Question and options in English.

    Args:
        model: translates.
        question: in a language of the glossaries its report is read by the glossary; in another one it is translated too.
        language: a code of `agent.language.languages.languages`, or the English name of a language without a glossary.
        budget: what the question may cost.

    Returns:
        None when the model lost or made up a figure or an option, or when the texts do not fit its window.
    """
    known = languages().get(language)
    texts = [_flat(question.text), *(_flat(option.text) for option in question.options)]
    own = len(texts)
    texts += _pieces(question.report) if not known and question.report.strip() and unread(question.report) else []
    if len(texts) > _MOST:
        return None
    terms = "; ".join(f"{term} = {word}" for term, word in known_terms(" ".join(texts), language).items()) if known else ""
    told = {"language": known.name if known else language, "terms": terms or "those of radiology reports"}
    left = room(budget.settings.context_tokens, budget.settings.output_tokens, *prompt("english").render(sentences="", **told))
    if tokens("\n".join(texts)) > left:
        return None
    try:
        made = await model.ask(Translation, *prompt("english").render(sentences="\n".join(texts), **told), budget)
    except MalformedModelOutput:
        return None
    said = [sentence.strip() for sentence in made.sentences]
    if len(said) != len(texts) or any(not new or figures(new) != figures(old) for new, old in zip(said, texts, strict=True)):
        return None
    if known:
        return _with(question, said, language)
    report = "\n".join(said[own:]) or question.report
    options = [option.model_copy(update={"text": text}) for option, text in zip(question.options, said[1:own], strict=True)]
    return question.model_copy(update={"text": said[0], "options": tuple(options), "report": report})


_MOST, _PIECE = 12, 1000
"""Texts of one translation, and characters of a piece of a report."""


def _flat(text: str) -> str:
    """One line, with its digits as ASCII ones: a figure is compared after translation."""
    return " ".join("".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text).split())


def _pieces(report: str) -> list[str]:
    """A report cut behind the ends of sentences, in whichever script, into pieces that a translation can hold."""
    pieces = [""]
    for sentence in re.split(r"(?<=[.!?。！？।])\s*", _flat(report)):
        if len(pieces[-1]) + len(sentence) > _PIECE and pieces[-1]:
            pieces.append("")
        pieces[-1] = f"{pieces[-1]} {sentence}".strip()
    return pieces


def glossed(question: Question, code: str, spelled: Callable[[str], str] = str) -> Question:
    """Question, options and report with what the glossary knows in English.

    Of question and options, `spelled` puts words that are English but for their spelling right (`agent.language.cognates.Cognates`).
    """
    texts = (question.text, *(option.text for option in question.options))
    return _with(question, [spelled(in_english(text, code)) or text for text in texts], code)


def _with(question: Question, texts: Sequence[str], code: str) -> Question:
    """The question with these texts for its own and its options'; its report, if it is in that language, by the glossary."""
    options = [option.model_copy(update={"text": text}) for option, text in zip(question.options, texts[1:], strict=True)]
    lines = question.report.splitlines()
    report = "\n".join(in_english(line, code) for line in lines) if language_of(question.report) == code else question.report
    return question.model_copy(update={"text": texts[0], "options": tuple(options), "report": report})


async def translated(model: StructuredModel, answer: Answered, name: str, budget: Budget) -> tuple[Answered, int] | None:
    """The answer's sentences in that language, and how many stayed in English because their figures got lost twice; None: all did."""
    texts = [claim.text for claim in answer.claims]
    said = await _said(model, texts, name, budget)
    lost = [place for place, text in enumerate(said) if text is None]
    again = await asyncio.gather(*(_said(model, [texts[place]], name, budget) for place in lost)) if len(texts) > 1 else []
    for place, made in zip(lost, again, strict=False):
        said[place] = made[0]
    if not any(said):
        return None
    claims = tuple(claim.model_copy(update={"text": text or claim.text}) for claim, text in zip(answer.claims, said, strict=True))
    return answer.model_copy(update={"claims": claims}), said.count(None)


async def _said(model: StructuredModel, texts: list[str], name: str, budget: Budget) -> list[str | None]:
    """The texts in that language; None where a figure was lost or made up, and everywhere when their number changed."""
    texts = [neutral(text) for text in texts]
    system, user = prompt("translate").render(language=name, sentences="\n".join(texts))
    made = (await model.ask(Translation, system, user, budget)).sentences
    if len(made) != len(texts):
        return [None] * len(texts)
    return [new.strip() if new.strip() and figures(new) == figures(old) else None for old, new in zip(texts, made, strict=True)]


def figures(text: str) -> Counter[str]:
    """The numbers of a text, decimal commas as points."""
    return Counter(number.replace(",", ".") for number in re.findall(r"\d+(?:[.,]\d+)?", _flat(text)))
