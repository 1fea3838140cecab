"""What a scorer sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from evals.questions import Item
from evals.types import Response, Score

Scores = dict[str, Score]


class Case(NamedTuple):
    """An item, a system's reply, and the text of any document by id (None where the index has no such document)."""

    item: Item
    response: Response
    text_of: Callable[[str], str | None]

    @property
    def gold_documents(self) -> frozenset[str]:
        """The item's gold documents that the index holds: what it does not hold can neither be found nor cited."""
        return frozenset(name for name in self.item.relevant_docs if self.text_of(name) is not None)
