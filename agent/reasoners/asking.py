"""What a chat model is asked, and what comes back: few small calls, each with its schema, each cut to the model's window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from agent.chat.budget import Budget
from agent.chat.fence import fenced
from agent.chat.packing import clipped, packed, room, tokens
from agent.chat.structured import StructuredModel
from agent.inquiry.schemas import Letter, Queried, Reason, Sure
from agent.prompts import prompt
from agent.settings import Settings
from agent.types import Evidence, Facet, Question, Task

_SHOWN = 8
"""Pieces of evidence a prompt holds at most; more made the small models worse."""
_REFINED, _REFINED_TOKENS = 4, 600
"""Passages that a model sees when it looks for other queries, and their tokens at most."""
MOST_STUDIED = 6
"""Options a model studies at most: beyond, its answer gets longer than small models write without losing the thread."""
_QUERY = Annotated[str, Field(max_length=120)]


class Strand(BaseModel):
    """One thing to look up."""

    label: Annotated[str, Field(max_length=60)]
    queries: Annotated[list[_QUERY], Field(min_length=1, max_length=2)]


class Study(BaseModel):
    """What an open question asks, and what to look up for it."""

    task: Task
    core: Annotated[str, Field(max_length=240)]
    facets: Annotated[list[Strand], Field(min_length=1, max_length=3)]


class Requirement(BaseModel):
    """What would make an option right, and what would speak against it."""

    letter: Annotated[str, Field(max_length=8)]
    true_if: Annotated[str, Field(max_length=90)]
    false_if: Annotated[str, Field(max_length=90)]


class OptionStudy(BaseModel):
    """What a question with options asks, and what each option stands or falls with."""

    task: Task
    core: Annotated[str, Field(max_length=240)]
    options: Annotated[list[Requirement], Field(min_length=1, max_length=MOST_STUDIED)]


class Queries(BaseModel):
    """Search queries."""

    queries: Annotated[list[_QUERY], Field(min_length=1, max_length=2)]


class Sentence(BaseModel):
    """One sentence of an answer and the numbers of its evidence."""

    text: Annotated[str, Field(min_length=3, max_length=400)]
    evidence: Annotated[list[int], Field(max_length=4)]


class Composition(BaseModel):
    """An answer."""

    sentences: Annotated[list[Sentence], Field(max_length=5)]


class Choice(BaseModel):
    """An option before reading, with a short reason, how sure (per cent), and queries that would settle it."""

    reason: Reason
    letter: Letter
    sure: Sure = 50.0
    queries: Queried = []


class Asking:
    """One question's calls to a chat model, counted in its budget; every prompt fits the model's window."""

    def __init__(self, model: StructuredModel, settings: Settings, budget: Budget) -> None:
        """Take the model, the window and this question's budget."""
        self._model, self._settings, self._budget = model, settings, budget

    async def study(self, question: Question) -> Study:
        """Task, core and strands of an open question."""
        return await self._model.ask(Study, *self._rendered("study", question), self._budget)

    async def study_options(self, question: Question) -> OptionStudy:
        """Task and core of a question with options, and what each of them stands or falls with."""
        return await self._model.ask(OptionStudy, *self._rendered("study_options", question, options=listed(question)), self._budget)

    async def closed_book(self, question: Question) -> Choice:
        """The option that the model takes from its own knowledge, and why; `label` tells which one its letter names."""
        return await self._model.ask(Choice, *self._rendered("closed_book", question, options=listed(question)), self._budget)

    async def further(
        self, question: Question, facet: Facet, tried: Sequence[str], found: Sequence[Evidence], missing: Sequence[str]
    ) -> list[str]:
        """Other queries for a facet of which too little was found, made with the best passages in sight."""
        told = {"facet": facet.label, "tried": "; ".join(text[:120] for text in tried[:4]) or "nothing",
                "missing": ", ".join(missing[:6]) or "an answer"}  # fmt: skip
        system, user = self._rendered("refine", question, share=0.5, evidence="", **told)
        left = room(self._settings.context_tokens, self._settings.output_tokens, system, user)
        shown = packed(found, min(left, _REFINED_TOKENS), _REFINED)
        rendered = self._rendered("refine", question, share=0.5, evidence=fenced(shown) or "(nothing)", **told)
        made = await self._model.ask(Queries, *rendered, self._budget)
        return [text.strip() for text in made.queries if text.strip()]

    async def sentences(self, question: Question, evidence: Sequence[Evidence]) -> tuple[list[Sentence], list[Evidence]]:
        """Sentences over numbered evidence, and that evidence in the order of its numbers."""
        system, user = self._rendered("compose", question, share=0.5, evidence="")
        left = room(self._settings.context_tokens, self._settings.output_tokens, system, user)
        shown = packed(evidence, left, _SHOWN)
        rendered = self._rendered("compose", question, share=0.5, evidence=fenced(shown))
        return (await self._model.ask(Composition, *rendered, self._budget)).sentences, shown

    def _rendered(self, name: str, question: Question, share: float = 1.0, **told: str) -> tuple[str, str]:
        """A prompt whose question and report take at most that share of the room that the rest of it leaves."""
        bare = prompt(name).render(question="", **{key: "" if key == "evidence" else value for key, value in told.items()})
        left = int(share * room(self._settings.context_tokens, self._settings.output_tokens, *bare))
        return prompt(name).render(question=asked(question, left), **told)


_OF_THE_QUESTION = 0.6
"""Share of the room that a long question takes at most where there is a report beside it."""


def asked(question: Question, most: int) -> str:
    """The question and its report in at most so many tokens; what is too long loses its beginning, sentence by sentence."""
    if not question.report:
        return clipped(question.text, most)
    text = clipped(question.text, int(_OF_THE_QUESTION * most))
    report = clipped(question.report, most - tokens(text) - tokens("Report:"))
    return f"{text}\n\nReport:\n{report}" if report else text


def listed(question: Question) -> str:
    """The options, one a line."""
    return "\n".join(f"{option.label}. {option.text}" for option in question.options)


def label(letter: str, labels: Iterable[str]) -> str | None:
    """The label that a model named as it writes letters ("b.", "B) CT", "(B)"); None when it named none, as "Both" does."""
    given = letter.strip().strip("().: ").upper()
    known = {label.upper(): label for label in labels}
    return known.get(given) or (None if given[1:2].isalnum() else known.get(given[:1]))


def chosen(given: str, question: Question) -> str | None:
    """The label of the option that a model named, by its letter or by its text; None when it named none."""
    labels = [option.label for option in question.options]
    same = [option.label for option in question.options if _bare(option.text) == _bare(given)]
    return same[0] if len(same) == 1 and given.strip() not in labels else label(given, labels)


def _bare(text: str) -> str:
    return " ".join(text.split()).casefold().strip(" .")
