"""Questions into English and verified answers back, by a chat model; figures must survive both ways."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import Annotated

from pydantic import BaseModel, Field

from agent.budget import Budget
from agent.language import known_terms, languages
from agent.models import StructuredModel
from agent.prompts import prompt
from agent.types import Answered


class Translation(BaseModel):
    """Translated sentences, in order."""

    sentences: Annotated[list[Annotated[str, Field(max_length=1200)]], Field(min_length=1, max_length=8)]


async def english(model: StructuredModel, question: str, code: str, budget: Budget) -> str | None:
    """The question in English, or None when the model lost or made up a figure; the glossary's terms go with it."""
    terms = "; ".join(f"{term} = {word}" for term, word in known_terms(question, code).items()) or "those of radiology reports"
    system, user = prompt("english").render(language=languages()[code].name, question=question, terms=terms)
    made = (await model.ask(Translation, system, user, budget)).sentences[0].strip()
    return made if figures(made) == figures(question) else None


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
    system, user = prompt("translate").render(language=name, sentences="\n".join(texts))
    made = (await model.ask(Translation, system, user, budget)).sentences
    if len(made) != len(texts):
        return [None] * len(texts)
    return [new.strip() if new.strip() and figures(new) == figures(old) else None for old, new in zip(texts, made, strict=True)]


def figures(text: str) -> Counter[str]:
    """The numbers of a text, decimal commas as points."""
    return Counter(number.replace(",", ".") for number in re.findall(r"\d+(?:[.,]\d+)?", text))
