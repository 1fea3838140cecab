"""Conversations without what identifies a patient, for files: found where a person wrote it, taken out wherever it stands. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Self

from agent.types import Source
from corpora.privacy.identifiers import find, mask
from ui.store import Turn

_LEAST = 3
"""Characters of an identifier that is taken out of other texts too: a bare "91" is an age in one sentence and a percentage in the next."""


_PART = re.compile(r"[^\W\d_][\w'’]{0,40}(?:-\w{1,40}){0,4}(?<=\w\w\w)")
_TITLES = frozenset(
    "Mrs Miss Prof Professor Doctor Herr Frau Monsieur Madame Mme Mlle Sig Signor Signora Señor Señora Don Doña Senhor Senhora".split()
)


def _either(words: Iterable[str]) -> str:
    """A pattern for any of these words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


class Veil:
    """What replaces identifiers: every one of them by its kind in brackets, "[name]"; one that holds none changes nothing."""

    def __init__(self, kinds: dict[str, str] | None = None) -> None:
        """Take identifiers with their kinds: as a whole in any case, the parts of a name as they are written or in capitals."""
        kinds = {name: kind for name, kind in (kinds or {}).items() if len(name) >= _LEAST}
        names = {part for name, kind in kinds.items() if kind == "name" for part in _PART.findall(name) if part not in _TITLES}
        parts = {form for part in names for form in (part, part.upper())}
        self._kinds = {part.casefold(): "name" for part in parts} | {name.casefold(): kind for name, kind in kinds.items()}
        whole = f"(?i:{_either(kinds)})" if kinds else ""
        told = "|".join(part for part in (whole, _either(parts)) if part)
        self._any = re.compile(rf"(?<!\w)(?:{told})(?!\w)") if told else None

    @classmethod
    def over(cls, texts: Iterable[str]) -> Self:
        """The veil over everything that is found in these texts."""
        return cls({found.text: found.kind for text in texts for found in find(text)})

    def __call__(self, text: str) -> str:
        """The text without the identifiers."""
        return self._any.sub(lambda found: f"[{self._kinds.get(found[0].casefold(), 'identifier')}]", text) if self._any else text

    def through(self, value: Any) -> Any:
        """A JSON value with every text in it veiled; names of fields stay."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {name: self.through(one) for name, one in value.items()}
        return [self.through(one) for one in value] if isinstance(value, list) else value


def written(turn: Turn) -> tuple[str, ...]:
    """Every text of a turn that may name a patient: what the person wrote, and what of their own documents was read."""
    own = [item.passage for item in turn.answer.evidence if item.passage.source.kind == "document"] if turn.answer else []
    said = (turn.question, turn.read_as, turn.report, *turn.options.values(), turn.feedback.comment if turn.feedback else "")
    return (*said, *(passage.text for passage in own), *(passage.source.title for passage in own))


def masked(turn: Turn) -> Turn:
    """The turn with what the person wrote masked, and what was searched for; the rest of its answer is for the veil."""
    answer = turn.answer
    if answer is not None:
        answer = answer.model_copy(update={"searched": tuple(mask(query).text for query in answer.searched)})
    feedback = turn.feedback.model_copy(update={"comment": mask(turn.feedback.comment).text}) if turn.feedback else None
    return turn.model_copy(
        update={
            "question": mask(turn.question).text, "read_as": mask(turn.read_as).text, "report": mask(turn.report).text,
            "options": {label: mask(text).text for label, text in turn.options.items()}, "answer": answer, "feedback": feedback,
        }
    )  # fmt: skip


def veiled(title: str, turns: Sequence[Turn], *, whole: bool) -> tuple[str, list[Turn], Veil]:
    """Title and turns as they may leave, with the veil for what is made of them; `whole` keeps all of it."""
    if whole:
        return title, list(turns), Veil()
    veil = Veil.over([title, *(text for turn in turns for text in written(turn))])
    return veil(mask(title).text), [masked(turn) for turn in turns], veil


def titled(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Sources of which those of the person's own documents have their titles masked."""
    return tuple(
        source.model_copy(update={"title": mask(source.title).text}) if source.kind == "document" else source for source in sources
    )
