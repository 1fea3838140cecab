"""search: passages for a query, of several documents."""

from __future__ import annotations

from agent.tools.protocol import Finding, ToolMisuse
from retrievers.types import Filters, Query, Retriever

FOUND = 12
PER_DOCUMENT = 3
"""Passages of one document at most: a long one would fill the list."""


class Search:
    """Asks the index, and the live sources where the retriever hears them."""

    name = "search"
    takes = "a query of 3 to 8 words: solid nodule 7 mm high risk follow-up"
    _filters = Filters()

    def __init__(self, retriever: Retriever) -> None:
        """Take the retriever."""
        self._retriever = retriever

    async def use(self, asked: str) -> Finding:
        """See `Tool.use`: at most twelve passages, at most three of a document, the best first."""
        if not asked.strip():
            raise ToolMisuse(f"The query of {self.name} is empty; it takes {self.takes}.")
        hits = await self._retriever.retrieve(Query(text=asked.strip(), k=3 * FOUND, filters=self._filters))
        taken: dict[str, int] = {}
        passages = []
        for hit in hits:
            name = hit.passage.document_id
            taken[name] = taken.get(name, 0) + 1
            if taken[name] <= PER_DOCUMENT and not hit.passage.source.retracted:
                passages.append(hit.passage)
        passages = passages[:FOUND]
        lines = [f"{passage.source.title}, {passage.section}: {passage.shown}" for passage in passages]
        return Finding(text="\n".join(lines) or "Nothing was found.", passages=tuple(passages))
