"""Question sets: one neutral schema for the items of every set. They are read by `evals.loading`.

    id, question, options (letter -> text, or null), answer (letter or text, or a list), context, rationale, topic, source, meta

`meta` may hold `relevant_docs` (ids of gold documents), `needs_image`, `unanswerable`, `unscored` (nobody knows the answer yet: it is
asked, and its answers are listed), `accept` (facts an open answer must say, each as a list of wordings), `synonyms` (answer -> other
names), `diagnosis` (the answer names one), `harm` (kind of harm -> options that would do it: high_risk, unsafe, contradicted),
`conflict` (texts that speak for a wrong answer, for systems with `:planted`), and `context: "report"` (the context is a report that
belongs to the question; otherwise it is gold evidence and no system sees it).
"""

from __future__ import annotations

import random
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from agent.reasoners.orders import movable
from corpora.types import Frozen

Kind = Literal["choice", "polar", "diagnosis", "open", "list", "unanswerable", "unscored"]
POLAR = frozenset(("yes", "no", "maybe", "true", "false", "uncertain"))
_LONGEST_DIAGNOSIS = 12
"""An answer of at most so many words, without facts to say, is read as the name of a diagnosis."""


class Item(Frozen):
    """A question of a set with its gold answer."""

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    options: dict[str, str] | None = None
    answer: str | tuple[str, ...] = ""
    context: str = ""
    rationale: str = ""
    topic: str = ""
    source: str = ""
    meta: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _answer_is_there(self) -> Self:
        if self.options is not None:
            if len(self.options) < 2:
                raise ValueError("there are fewer than two options")
            if isinstance(self.answer, tuple):
                raise ValueError("several answers to a question with options; only one may be right")
            if self.answer and not self.gold:
                raise ValueError(f"the answer {self.answer!r} is none of the options {', '.join(self.options)}")
        if unknown := {label for labels in self.harm.values() for label in labels} - set(self.options or {}):
            raise ValueError(f"meta.harm labels {', '.join(sorted(unknown))}, which is no option")
        if not self.answer and not (self.without_answer or self.unscored or self.relevant_docs):
            raise ValueError("there is no answer, no meta.relevant_docs, and meta says neither unanswerable nor needs_image nor unscored")
        return self

    @property
    def gold(self) -> str:
        """The label of the right option; empty without options or answer."""
        given = str(self.answer).strip()
        if not self.options or not given:
            return ""
        if given in self.options:
            return given
        same = [label for label, text in self.options.items() if text.strip().casefold() == given.casefold()]
        labels = [label for label in self.options if label.casefold() == given.casefold().strip("().: ")]
        return next(iter((*same, *labels)), "")

    @property
    def kind(self) -> Kind:
        """What scores it: the option, yes/no/maybe, a named diagnosis, facts said, a list, or that nothing is answered."""
        if self.without_answer:
            return "unanswerable"
        if not self.answer:
            return "unscored"
        if self.options:
            return "polar" if all(text.strip().rstrip(".").casefold() in POLAR for text in self.options.values()) else "choice"
        if isinstance(self.answer, tuple):
            return "list"
        if self.answer.strip().rstrip(".").casefold() in POLAR:
            return "polar"
        short = len(self.answer.split()) <= _LONGEST_DIAGNOSIS and not self.facts
        return "diagnosis" if self.meta.get("diagnosis", short) else "open"

    @property
    def without_answer(self) -> bool:
        """Whether the right reply is to abstain."""
        return bool(self.meta.get("unanswerable") or self.meta.get("needs_image"))

    @property
    def unscored(self) -> bool:
        """Whether nobody knows yet what the right reply is, not even whether there is one."""
        return bool(self.meta.get("unscored")) and not self.answer

    @property
    def relevant_docs(self) -> tuple[str, ...]:
        """Ids of the documents that hold the answer."""
        return tuple(str(name) for name in self.meta.get("relevant_docs") or ())

    @property
    def harm(self) -> dict[str, tuple[str, ...]]:
        """Kind of harm -> the options that are labelled so; empty where the set has no such labels."""
        return {str(kind): tuple(map(str, labels)) for kind, labels in (self.meta.get("harm") or {}).items()}

    @property
    def conflict(self) -> tuple[str, ...]:
        """Texts that speak for a wrong answer, to be planted among the evidence."""
        return tuple(map(str, self.meta.get("conflict") or ()))

    @property
    def facts(self) -> tuple[tuple[str, ...], ...]:
        """What an open answer must say: every fact in any of its wordings."""
        accepted = self.meta.get("accept") or ()
        return tuple((fact,) if isinstance(fact, str) else tuple(fact) for fact in accepted)

    def names(self, answer: str) -> tuple[str, ...]:
        """The answer and its listed synonyms."""
        listed = (self.meta.get("synonyms") or {}).get(answer, ())
        return (answer, *(str(name) for name in listed))

    @property
    def report(self) -> str:
        """The pasted report; empty where the context is gold evidence."""
        return self.context if self.meta.get("context") == "report" else ""


class Posed(Frozen):
    """An item as it is asked: options moved under the seed; `original` maps a shown label to the set's own."""

    item: Item
    options: dict[str, str] | None = None
    original: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def of(cls, item: Item, seed: int) -> Posed:
        """The item with its options in an order that only the seed and the item's id decide."""
        if not item.options:
            return cls(item=item)
        labels, texts = list(item.options), list(item.options)
        if movable(item.options.values()):
            random.Random(f"{seed}:{item.id}").shuffle(texts)
        original = dict(zip(labels, texts, strict=True))
        return cls(item=item, options={shown: item.options[own] for shown, own in original.items()}, original=original)

    def mapped_back(self, label: str | None) -> str | None:
        """The set's own label of a shown one."""
        return self.original.get(label) if label is not None else None
