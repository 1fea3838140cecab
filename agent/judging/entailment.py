"""Does a passage entail a sentence? One interface, three judges: words and linked concepts, a cross-encoder by path, a chat model.

Which one is asked is a setting (`verifier`): "concepts" (the default, no model), "model" (the chat model), or the folder of a
sentence-transformers cross-encoder. The hard facts (numbers, sides, categories, negation, names) are checked before by
`agent.judging.verify` whoever judges, and a judge can never overrule them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from pydantic import BaseModel

from agent.chat.fence import neutral
from agent.chat.packing import clipped, room
from agent.prompts import prompt
from agent.reading.wording import wording
from agent.settings import Settings
from agent.types import Verdict
from corpora.errors import MissingExtra
from retrievers.errors import MissingModel
from retrievers.words import words

if TYPE_CHECKING:
    from agent.chat.budget import Budget
    from agent.chat.structured import StructuredModel
    from corpora.concepts.linker import Linker

SUPPORTED, PARTLY = 0.6, 0.4
"""Share of a sentence's content words and concepts that the evidence must have; chosen on the items of evals/verification.py."""
ENTAILED, NEARLY = 0.5, 0.25
"""The same for a cross-encoder's probability of entailment."""


class Pair(NamedTuple):
    """A passage as a reader sees it, the sentence it is held against, and the question whose words need no proof."""

    passage: str
    sentence: str
    question: str = ""


class Entailed(NamedTuple):
    """The verdict on a pair, with the reason in words."""

    verdict: Verdict
    reason: str


class Entailment(Protocol):
    """Judges pairs of passage and sentence."""

    name: str

    async def judge(self, pairs: Sequence[Pair]) -> list[Entailed]:
        """One verdict per pair, in order. An empty passage supports nothing."""
        ...


class ConceptScorer:
    """Counts how much of a sentence stands in the passage: its content words, a synonym as well as the word itself."""

    name = "concepts"

    async def judge(self, pairs: Sequence[Pair]) -> list[Entailed]:
        """See `Entailment.judge`."""
        return [self.entails(pair) for pair in pairs]

    def entails(self, pair: Pair) -> Entailed:
        """The verdict on one pair."""
        whole = set(words(pair.sentence, boilerplate=True))
        stated = whole - _relating()
        said = stated - set(words(pair.question)) or stated or whole
        if not said or not pair.passage.strip():
            return Entailed("unsupported", "the sentence says nothing that could be checked" if not said else "there is no passage")
        lacking = said - set(words(pair.passage))
        if 1 - len(lacking) / len(said) < SUPPORTED:  # linking costs, and is needed only where words alone do not carry it
            lacking -= _said_otherwise(pair)
        share = 1 - len(lacking) / len(said)
        if share >= SUPPORTED:
            return Entailed("supported", f"{share:.0%} of its words stand in the evidence")
        return Entailed("partly" if share >= PARTLY else "unsupported", f"not in the evidence: {', '.join(sorted(lacking)[:5])}")


@cache
def _relating() -> frozenset[str]:
    """Stems of the words that state nothing of their own."""
    return frozenset(stem for word in wording().relating for stem in words(word))


def _said_otherwise(pair: Pair) -> set[str]:
    """The words of the sentence's concepts that the passage asserts (or denies) by another name."""
    linked = _linker()
    there = {(mention.cui, mention.assertion == "absent") for mention in linked.link(pair.passage)}
    same = [m for m in linked.link(pair.sentence) if (m.cui, m.assertion == "absent") in there]
    return {stem for mention in same for stem in words(pair.sentence[mention.start : mention.end])}


@cache
def _linker() -> Linker:
    from corpora.concepts.linker import linker

    return linker()


class CrossEncoderScorer:
    """A cross-encoder of sentence-transformers in a folder: one of natural language inference, or one with a single score."""

    def __init__(self, folder: Path) -> None:
        """Load it from the folder; nothing is downloaded.

        Raises:
            MissingModel: the folder holds no cross-encoder.
        """
        self.name = f"cross-encoder {folder.name}"
        try:
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise MissingExtra("Cross-encoders need sentence-transformers.", 'Run: pip install "radqa"') from error
        if not (folder / "config.json").is_file():
            raise MissingModel(f"{folder} holds no cross-encoder.", 'Set RADQA_VERIFIER to the folder of one, to "concepts" or to "model".')
        self._model: Any = CrossEncoder(str(folder), device="cpu", local_files_only=True)
        self._entails, self._contradicts = _places(self._model.config)

    async def judge(self, pairs: Sequence[Pair]) -> list[Entailed]:
        """See `Entailment.judge`."""
        asked = [(pair.passage, pair.sentence) for pair in pairs if pair.passage.strip()]
        scored = iter(await asyncio.to_thread(self._probabilities, asked) if asked else [])
        return [self._verdict(next(scored)) if pair.passage.strip() else Entailed("unsupported", "there is no passage") for pair in pairs]

    def _probabilities(self, asked: Sequence[tuple[str, str]]) -> list[list[float]]:
        import torch

        logits = self._model.predict(list(asked), activation_fn=torch.nn.Identity(), convert_to_tensor=True, show_progress_bar=False)
        single = logits.ndim == 1
        made = torch.sigmoid(logits)[:, None] if single else torch.softmax(logits, dim=1)
        return [[float(value) for value in row] for row in made]

    def _verdict(self, row: Sequence[float]) -> Entailed:
        sure, against = row[self._entails], row[self._contradicts] if self._contradicts is not None else 0.0
        told = f"entailed with {sure:.2f}"
        if against > max(sure, ENTAILED):
            return Entailed("contradicted", f"contradicted with {against:.2f}")
        return Entailed("supported" if sure >= ENTAILED else "partly" if sure >= NEARLY else "unsupported", told)


def _places(config: Any) -> tuple[int, int | None]:
    """Which outputs mean entailment and contradiction, by the names of the model's labels; one output: entailment."""
    named = {int(place): str(label).lower() for place, label in (getattr(config, "id2label", None) or {}).items()}
    if len(named) <= 1:
        return 0, None
    entails = next((place for place, label in named.items() if label.startswith("entail")), None)
    if entails is None:
        raise MissingModel(
            f"The cross-encoder's labels are {', '.join(named.values())}; none of them is entailment.",
            "Use a model of natural language inference, or one with a single score.",
        )
    return entails, next((place for place, label in named.items() if label.startswith("contra")), None)


class Judgement(BaseModel):
    """A verdict on a sentence."""

    verdict: Literal["supported", "partly", "contradicted", "unsupported"]


class ModelJudge:
    """The chat model, asked about each pair apart; its calls run together up to the settings' limit and count in the budget."""

    name = "model"

    def __init__(self, model: StructuredModel, settings: Settings, budget: Budget) -> None:
        """Take the model, its window and the question's budget."""
        self._model, self._settings, self._budget = model, settings, budget

    async def judge(self, pairs: Sequence[Pair]) -> list[Entailed]:
        """See `Entailment.judge`."""
        return list(await asyncio.gather(*(self._judged(pair) for pair in pairs)))

    async def _judged(self, pair: Pair) -> Entailed:
        if not pair.passage.strip():
            return Entailed("unsupported", "there is no passage")
        sentence = neutral(pair.sentence)
        bare = prompt("entail").render(passage="", sentence=sentence)
        passage = clipped(neutral(pair.passage), room(self._settings.context_tokens, self._settings.output_tokens, *bare))
        made = await self._model.ask(Judgement, *prompt("entail").render(passage=passage, sentence=sentence), self._budget)
        return Entailed(made.verdict, "judged by the chat model")


def entailment(settings: Settings, model: StructuredModel | None, budget: Budget) -> Entailment:
    """The judge that the settings name.

    Raises:
        MissingModel: it is the chat model and none is set, or a folder without a cross-encoder.
    """
    if settings.verifier == "concepts":
        return ConceptScorer()
    if settings.verifier == "model":
        if model is None:
            raise MissingModel(
                "The verifier is the chat model, and none is set.", "Set RADQA_MODEL or RADQA_BASE_URL, or leave RADQA_VERIFIER out."
            )
        return ModelJudge(model, settings, budget)
    return _cross_encoder(Path(settings.verifier).expanduser())


_cross_encoder = cache(CrossEncoderScorer)
