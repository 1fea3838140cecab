"""What the model is asked at each step of an inquiry: few calls, each with its prompt and schema, each cut to the model's window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from agent.chat.budget import Budget
from agent.chat.calling import Call
from agent.chat.fence import fenced, neutral
from agent.chat.packing import fitting, room, tokens
from agent.chat.structured import StructuredModel
from agent.inquiry.schemas import Calls, Composition, Dossier, Line, Repair, Study, Turn
from agent.inquiry.state import Own
from agent.prompts import prompt
from agent.reading.conversation import Exchange
from agent.reasoners.asking import Asking, asked, chosen, listed
from agent.settings import Settings
from agent.types import Evidence, Facet, Question

Output = TypeVar("Output", Composition, Dossier)
_DIALOGUE_TURNS, _TURN_CHARACTERS = 4, 600
_OF_A_DOSSIER = 8
"""Passages that a report for and against one option or part is written from."""


class Inquirer:
    """One question's steps, counted in its budget."""

    def __init__(self, model: StructuredModel, settings: Settings, budget: Budget) -> None:
        """Take the model, the window and this question's budget."""
        self._model, self._settings, self._budget = model, settings, budget

    async def turn(self, said: str, report: str, dialogue: Sequence[Exchange]) -> str:
        """A follow-up as a question of its own."""
        said_ = ((neutral(turn.question), neutral(turn.answer)) for turn in dialogue[-_DIALOGUE_TURNS:])
        told = "\n".join(f"Q: {question[:_TURN_CHARACTERS]}\nA: {answer[:_TURN_CHARACTERS]}" for question, answer in said_)
        rendered = self._rendered("follow_up", Question(text=said, report=report), dialogue=told)
        return " ".join((await self._model.ask(Turn, *rendered, self._budget)).question.split())

    async def study(self, question: Question) -> Study:
        """Core and parts of an open question."""
        return await self._model.ask(Study, *self._rendered("parts", question), self._budget)

    async def calls(self, question: Question, tools: Mapping[str, str]) -> list[Call]:
        """The research of an open question as native calls of tools (name -> what it takes)."""
        return (await self._model.ask(Calls, *self._rendered("calls", question), self._budget, tools=tools)).calls

    async def own(self, question: Question) -> tuple[Own, list[str]]:
        """The option that the model takes before it reads, and the queries that would settle it."""
        made = await Asking(self._model, self._settings, self._budget).closed_book(question)
        option = chosen(made.letter, question)
        return Own(option, made.sure / 100, " ".join(made.reason.split())), list(made.queries)

    async def answer(
        self, question: Question, evidence: Sequence[Evidence], *, own: Own | None, hints: Sequence[str], dossiers: Sequence[str]
    ) -> tuple[Composition, tuple[Evidence, ...]]:
        """The answer over numbered passages, and those passages in the order of their numbers."""
        told = {"options": _options(question, own), "hints": _noted(hints, dossiers)}
        return await self._over("answer", Composition, question, evidence, **told)

    async def repaired(
        self, question: Question, refused: Sequence[tuple[Line, str]], kept: Sequence[str], evidence: Sequence[Evidence]
    ) -> list[Line]:
        """The refused sentences rewritten, to stand beside the kept ones; the numbers are those of the same passages in the same order."""
        told = {
            "refused": "\n".join(f"- {neutral(line.text)} ({line.basis}; refused: {neutral(reason)})" for line, reason in refused),
            "kept": "\n".join(f"- {neutral(text)}" for text in kept) or "(none)",
            "options": _options(question, None),
        }
        system, user = self._rendered("repair", question, share=0.4, evidence="", **told)
        left = room(self._settings.context_tokens, self._settings.output_tokens, system, user)
        shown = fitting(evidence, left, self._settings.shown)
        rendered = self._rendered("repair", question, share=0.4, evidence=fenced(shown), **told)
        return (await self._model.ask(Repair, *rendered, self._budget)).sentences

    async def dossier(self, question: Question, facet: Facet, evidence: Sequence[Evidence]) -> tuple[Dossier, tuple[Evidence, ...]]:
        """What the passages say for and against an option or a part."""
        return await self._over("dossier", Dossier, question, evidence[:_OF_A_DOSSIER], part=facet.label)

    async def _over(
        self, name: str, schema: type[Output], question: Question, evidence: Sequence[Evidence], **told: str
    ) -> tuple[Output, tuple[Evidence, ...]]:
        system, user = self._rendered(name, question, share=0.5, evidence="", **told)
        left = min(self._settings.reading_tokens, room(self._settings.context_tokens, self._settings.output_tokens, system, user))
        shown = fitting(evidence, left, self._settings.shown)
        rendered = self._rendered(name, question, share=0.5, evidence=fenced(shown) or "(nothing was found)", **told)
        return await self._model.ask(schema, *rendered, self._budget), tuple(shown)

    def _rendered(self, name: str, question: Question, share: float = 1.0, **told: str) -> tuple[str, str]:
        """A prompt whose question and report take at most that share of the room that the rest of it leaves."""
        bare = prompt(name).render(question="", **{key: "" if key == "evidence" else value for key, value in told.items()})
        left = int(share * room(self._settings.context_tokens, self._settings.output_tokens, *bare))
        return prompt(name).render(question=asked(question, left), **told)


def _options(question: Question, own: Own | None) -> str:
    """The options, and what the model took before it read."""
    if not question.options:
        return ""
    before = f"\nYour choice before reading: {own.option} ({own.sure:.0%} sure)." if own and own.option else ""
    return f"\nOptions:\n{listed(question)}{before}\n"


def _noted(hints: Sequence[str], dossiers: Sequence[str]) -> str:
    """What was reckoned, and the reports of the parts, as far as there are any."""
    lines = [f"Reckoned: {hint}" for hint in hints] + [neutral(dossier) for dossier in dossiers]
    kept, left = [], 1200
    for line in lines:
        left -= tokens(line)
        if left < 0:
            break
        kept.append(line)
    return "\n".join(["", *kept]) if kept else ""
