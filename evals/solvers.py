"""Systems behind one interface: closed-book, single-step RAG, the agent (with parts switched off), the agent without a model.

Their names are in `evals.systems`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import BaseModel, Field

from agent.calculators.derived import with_derived
from agent.chat.budget import Budget
from agent.chat.fence import fenced
from agent.chat.packing import packed, room, tokens
from agent.errors import InvalidSettings
from agent.judging.verify import check
from agent.prompts import prompt
from agent.reading.shorthand import spelled_out
from agent.reasoners.asking import Asking, asked, label
from agent.settings import Settings
from agent.types import Answer, Answered, Citation, Evidence, Question
from evals.planting import Planted, planted
from evals.questions import Item, Posed
from evals.systems import System
from evals.types import Response, Retrieved, Said
from retrievers.types import Query, Retriever

if TYPE_CHECKING:
    from agent.app import RadiologyAgent
    from agent.chat.structured import StructuredModel
    from retrievers.index import PassageIndex

PROMPTS = Path(__file__).parent / "prompts"
_SHOWN = 8
"""Passages that single-step RAG shows the model: as many as the agent does."""


class Solver(Protocol):
    """A system that can be asked; safe to ask several items at once."""

    name: str

    async def solve(self, posed: Posed) -> Response:
        """The reply, its option mapped back. Raises `ModelError`, `BudgetExceeded`, `InputError` as the agent does."""
        ...


def solver(system: System, settings: Settings, index: PassageIndex, items: Sequence[Item] = ()) -> Solver:
    """The system, ready to be asked over an open index; settings are those of `evals.systems.settings_of`.

    Raises:
        InvalidSettings: conflicting evidence is to be planted, and no item brings any.
    """
    sown = planted(items) if system.planted else ()
    if system.planted and not sown:
        raise InvalidSettings(f"No item of this set has conflicting evidence to plant for {system.name}.", "Give it as meta.conflict.")
    from agent.app import RadiologyAgent
    from agent.chat.providers import chat_model
    from agent.chat.structured import StructuredModel
    from retrievers.embedding import embedder
    from retrievers.factory import retriever

    if system.kind in ("closed-book", "options-only"):
        made = ClosedBook if system.kind == "closed-book" else OptionsOnly
        return made(system.name, StructuredModel(chat_model(settings), settings), settings)
    if system.kind == "single-step":
        voice = retriever(index, embedder(settings.embedding), "hybrid")
        voice = Planted(voice, sown) if sown else voice
        return SingleStep(system.name, StructuredModel(chat_model(settings), settings), settings, voice)
    agent = RadiologyAgent(settings, index=index, around=(lambda voice: Planted(voice, sown)) if sown else None)
    agent.warm()  # so that the first item's seconds are those of any other
    return Agentic(system.name, agent)


class KeyPhrases(BaseModel):
    """Search phrases."""

    phrases: Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=5)]


class Sentence(BaseModel):
    """A sentence and the numbers of its evidence."""

    text: Annotated[str, Field(min_length=3, max_length=400)]
    evidence: Annotated[list[int], Field(max_length=4)] = []


class Sourced(BaseModel):
    """An answer from evidence; no sentences: none was found in it."""

    sentences: Annotated[list[Sentence], Field(max_length=4)]


class Unsourced(BaseModel):
    """An answer from memory; no sentences: the model does not know."""

    sentences: Annotated[list[Annotated[str, Field(max_length=400)]], Field(max_length=4)]


class Chosen(BaseModel):
    """An option with a short reason and the numbers of its evidence."""

    reason: Annotated[str, Field(max_length=300)]
    letter: Annotated[str, Field(max_length=8)]
    evidence: Annotated[list[int], Field(max_length=4)] = []


class ClosedBook:
    """The model alone; for options it is asked the very question that the agent asks it before any evidence is there."""

    def __init__(self, name: str, model: StructuredModel, settings: Settings) -> None:
        """Take the model and its limits."""
        self.name, self._model, self._settings = name, model, settings

    async def solve(self, posed: Posed) -> Response:
        """See `Solver.solve`."""
        budget = Budget(self._settings)
        if posed.options:
            read, _ = with_derived(spelled_out(Question.of(posed.item.question, posed.options, posed.item.report)))
            chosen = await Asking(self._model, self._settings, budget).closed_book(read)
            own = Chosen(reason=chosen.reason, letter=chosen.letter)
            return _choice(posed, own, (), budget).model_copy(update={"confidence": chosen.sure / 100})
        rendered, _ = _fitted("closed_book_open", posed, self._settings)
        made = await self._model.ask(Unsourced, *rendered, budget)
        return _open([(text, ()) for text in made.sentences if text.strip()], (), posed, budget)


_HIDDEN = "(The question is not shown. Choose the option that is most likely to be the answer to a question in radiology.)"


class OptionsOnly(ClosedBook):
    """The control: the model alone, and the options without their question; open questions are left out."""

    async def solve(self, posed: Posed) -> Response:
        """See `Solver.solve`."""
        if not posed.options:
            return Response(kind="abstained", reason="there are no options")
        budget = Budget(self._settings)
        chosen = await Asking(self._model, self._settings, budget).closed_book(Question.of(_HIDDEN, posed.options))
        return _choice(posed, Chosen(reason=chosen.reason, letter=chosen.letter), (), budget)


class SingleStep:
    """Key phrases by the model, one hybrid retrieval, one prompt."""

    def __init__(self, name: str, model: StructuredModel, settings: Settings, retriever: Retriever) -> None:
        """Take the model, its limits and the retriever."""
        self.name, self._model, self._settings, self._retriever = name, model, settings, retriever

    async def solve(self, posed: Posed) -> Response:
        """See `Solver.solve`."""
        budget = Budget(self._settings)
        rendered, _ = _fitted("key_phrases", posed, self._settings)
        phrases = (await self._model.ask(KeyPhrases, *rendered, budget)).phrases
        hits = await self._retriever.retrieve(Query(text=" ".join(phrases), k=_SHOWN))
        found = [Evidence.of(hit.passage, hit.passage.text, facet_id="answer", relevance=0.0, strength=1 / place)
                 for place, hit in enumerate(hits, 1)]  # fmt: skip
        if posed.options:
            rendered, shown = _fitted("single_step_options", posed, self._settings, found, options=_listed(posed.options))
            chosen = await self._model.ask(Chosen, *rendered, budget)
            return _choice(posed, chosen, shown, budget).model_copy(update={"searched": tuple(phrases)})
        rendered, shown = _fitted("single_step_open", posed, self._settings, found)
        made = await self._model.ask(Sourced, *rendered, budget)
        told = [(sentence.text, tuple(sentence.evidence)) for sentence in made.sentences]
        return _open(told, shown, posed, budget).model_copy(update={"searched": tuple(phrases)})


class Agentic:
    """The multi-step agent, with or without a model."""

    def __init__(self, name: str, agent: RadiologyAgent) -> None:
        """Take the agent."""
        self.name, self._agent = name, agent

    async def solve(self, posed: Posed) -> Response:
        """See `Solver.solve`."""
        answer = await self._agent.aask(posed.item.question, posed.options, posed.item.report)
        spent, before = answer.provenance, answer.closed_book
        known = self._evidence(answer)
        common: dict[str, Any] = {
            "weights": {own: weight.score for weight in answer.weights if (own := posed.mapped_back(weight.label))},
            "own_option": posed.mapped_back(before.option) if before else None, "own_outcome": before.outcome if before else "",
            "retrieved": tuple(Retrieved.of(item) for item in known), "evidence": tuple(known), "searched": answer.searched[:12],
            "notes": (*spent.notes, *answer.limitations), "seconds": answer.seconds + spent.kept_seconds,
            "model_seconds": spent.seconds.get("model", 0.0) + spent.kept_seconds,
            "calls": spent.model_calls + spent.kept_calls, "tokens_in": spent.tokens_in + spent.kept_tokens_in,
            "tokens_out": spent.tokens_out + spent.kept_tokens_out,
        }  # fmt: skip
        if not isinstance(answer, Answered):
            return Response(kind="abstained", reason=answer.reason, **common)
        said = tuple(Said(text=c.text, role=c.role, citations=c.citations, verdict=c.verdict, basis=c.basis) for c in answer.claims)
        return Response(
            kind="answered", support=answer.support, option=posed.mapped_back(answer.option),
            text=" ".join(claim.text for claim in answer.claims),
            sentences=said, confidence=answer.confidence.score, **common,
        )  # fmt: skip

    def _evidence(self, answer: Answer) -> list[Evidence]:
        """The best evidence, and all that is cited, also where it ranks too low for the answer to list it."""
        citations = {c.id: c for claim in answer.claims for c in claim.citations} if isinstance(answer, Answered) else {}
        known = [item for place, item in enumerate(answer.evidence) if place < _SHOWN or item.id in citations]
        for citation in (citations[name] for name in citations.keys() - {item.id for item in known}):
            passages = self._agent.library.passages(citation.document_id)
            known += [Evidence(id=citation.id, facet_id="cited", passage=passage, quote=citation.quote, relevance=0.0)
                      for passage in passages if passage.id == citation.passage_id]  # fmt: skip
        return known


def _asked(posed: Posed) -> str:
    return f"{posed.item.question}\n\nReport:\n{posed.item.report}" if posed.item.report else posed.item.question


def _fitted(
    name: str, posed: Posed, settings: Settings, found: Sequence[Evidence] | None = None, **told: str
) -> tuple[tuple[str, str], list[Evidence]]:
    """A prompt that fits the window, as the agent's do, and the evidence in it: beside evidence the question takes half at most."""
    empty = told if found is None else told | {"evidence": ""}
    left = room(settings.context_tokens, settings.output_tokens, *prompt(name, PROMPTS).render(question="", **empty))
    question = asked(Question.of(posed.item.question, None, posed.item.report), left if found is None else left // 2)
    if found is None:
        return prompt(name, PROMPTS).render(question=question, **told), []
    shown = packed(found, left - tokens(question), _SHOWN)
    return prompt(name, PROMPTS).render(question=question, evidence=fenced(shown), **told), shown


def _listed(options: dict[str, str]) -> str:
    return "\n".join(f"{label}. {text}" for label, text in options.items())


def _choice(posed: Posed, chosen: Chosen, shown: Sequence[Evidence], budget: Budget) -> Response:
    options = posed.options or {}
    named = label(chosen.letter, options)
    cited = _cited(chosen.evidence, shown)
    said = (_said(chosen.reason, cited, shown, posed),) if chosen.reason.strip() else ()
    common = {"retrieved": _retrieved(shown), "evidence": tuple(shown), **_spent(budget)}
    if named is None:
        return Response(kind="abstained", reason=f"The model named no option: {chosen.letter!r}", **common)
    return Response(kind="answered", option=posed.mapped_back(named), text=options[named], sentences=said, **common)


def _open(told: Sequence[tuple[str, tuple[int, ...]]], shown: Sequence[Evidence], posed: Posed, budget: Budget) -> Response:
    said = tuple(_said(text, _cited(numbers, shown), shown, posed) for text, numbers in told)
    common = {"retrieved": _retrieved(shown), "evidence": tuple(shown), **_spent(budget)}
    if not said:
        return Response(kind="abstained", reason="The model gave no answer.", **common)
    return Response(kind="answered", text=" ".join(sentence.text for sentence in said), sentences=said, **common)


def _cited(numbers: Sequence[int], shown: Sequence[Evidence]) -> list[Evidence]:
    return [shown[number - 1] for number in dict.fromkeys(numbers) if 1 <= number <= len(shown)]


def _said(text: str, cited: Sequence[Evidence], shown: Sequence[Evidence], posed: Posed) -> Said:
    numbers = {item.id: number for number, item in enumerate(shown, 1)}
    citations = tuple(Citation.to(item, numbers[item.id]) for item in cited)
    return Said(text=text, citations=citations, verdict=check(text, cited, _asked(posed)).verdict)


def _retrieved(shown: Sequence[Evidence]) -> tuple[Retrieved, ...]:
    return tuple(Retrieved.of(item, judged=False) for item in shown)


def _spent(budget: Budget) -> dict[str, Any]:
    return {
        "seconds": time.monotonic() - budget.started + budget.cached_seconds,
        "model_seconds": budget.model_seconds + budget.cached_seconds,
        "calls": budget.calls + budget.cached, "tokens_in": budget.tokens_in + budget.cached_in,
        "tokens_out": budget.tokens_out + budget.cached_out,
    }  # fmt: skip
