"""The research that a model asks for by native tool calls: what is to be searched, and what its other calls came to."""

from __future__ import annotations

from typing import NamedTuple

from agent.inquiry.schemas import MOST_PARTS
from agent.inquiry.state import InquiryDeps
from agent.tools.protocol import ToolMisuse
from agent.types import Question
from corpora.types import Passage

SEARCH = "search"
_RECKONING = ("reckon", "points_table")
"""Tools whose words are results and not passages."""


class LookedUp(NamedTuple):
    """Queries for the search, results in words, passages that other tools found, and calls that could not be made."""

    queries: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    notes: tuple[str, ...] = ()


async def looked_up(asked: Question, deps: InquiryDeps) -> LookedUp:
    """The model's calls, made; searches are left to the research, which hears live sources too. Errors as in `StructuredModel.ask`."""
    calls = await deps.asking.calls(asked, {name: tool.takes for name, tool in deps.tools.items()})
    made = LookedUp(queries=tuple(dict.fromkeys(call.asked for call in calls if call.tool == SEARCH))[:MOST_PARTS])
    for call in calls:
        if call.tool == SEARCH:
            continue
        tool = deps.tools.get(call.tool)
        if tool is None:
            made = made._replace(notes=(*made.notes, f"The model called {call.tool!r}, which is no tool."))
            continue
        try:
            found = await tool.use(call.asked)
        except ToolMisuse as error:
            made = made._replace(notes=(*made.notes, f"{call.tool}: {error}"))
            continue
        told = f"{call.asked}: {found.text}"
        made = made._replace(
            hints=(*made.hints, told) if call.tool in _RECKONING else made.hints, passages=(*made.passages, *found.passages)
        )
    return made
