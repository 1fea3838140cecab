"""Who is asked for one question's passages: the index, and, where the settings say so, live sources beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from agent.settings import Settings
from agent.types import Answer, Answered, Question
from corpora.errors import FolderUnwritable
from retrievers.library import Library
from retrievers.types import LiveRetriever, Retriever


class Ears(NamedTuple):
    """A retriever, and what of it is live."""

    retriever: Retriever
    live: LiveRetriever | None = None


@dataclass
class Listening:
    """One question's ears, made at their first use and kept: whoever answers after a failure hears what was already found."""

    settings: Settings
    library: Library
    retriever: Retriever
    twins: Callable[[], Any]
    _ears: Ears | None = None

    def to(self, question: Question) -> Ears:
        """The ears for a question; every later call gives the same ones."""
        self._ears = self._ears or self._made(question)
        return self._ears

    def _made(self, question: Question) -> Ears:
        if not self.settings.web.on:
            return Ears(self.retriever)
        from retrievers.web.join import JoinedRetriever
        from retrievers.web.voice import WebVoice

        voice = WebVoice(
            self.settings.web, question.text, [option.text for option in question.options],
            known=self.library.knows, weight=self.library.weight, twin=self.twins(),
        )  # fmt: skip
        return Ears(JoinedRetriever(self.retriever, voice), voice)

    async def kept(self, answer: Answer) -> Answer:
        """The answer; the live documents that it cites are kept first, where a setting asks for it and their licence allows."""
        folder, live = self.settings.web.keep, self._ears.live if self._ears else None
        if live is None or folder is None or not isinstance(answer, Answered):
            return answer
        from retrievers.web.keep import keep_open

        cited = {citation.document_id for claim in answer.claims for citation in claim.citations}
        try:
            kept, left = await asyncio.to_thread(keep_open, live.found(cited), folder.expanduser())
        except FolderUnwritable as error:
            kept, left = [], [f"Nothing was kept: {error}"]
        notes = (*(f"Kept {item.title} ({item.licence}) in {item.file}" for item in kept), *left)
        return answer.model_copy(update={"provenance": answer.provenance.model_copy(update={"notes": (*answer.provenance.notes, *notes)})})
