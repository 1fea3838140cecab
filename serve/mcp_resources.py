"""Guideline cards and reference topics as resources of the tools' server: listed a page at a time, read by their ids.

The SDK lists what was registered before anybody asked and shows no request to it; which library is meant, a request tells. So the list
is answered here, before the SDK's own handler.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from mcp.server import MCPServer, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, ListResourcesResult, Resource

from agent.app import RadiologyAgent
from corpora.errors import RadqaError
from corpora.types import Document, SourceKind

AgentFor = Callable[[ServerRequestContext[Any, Any]], Awaitable[RadiologyAgent]]
"""Gives the agent of the client that made this request; waits until the library is open."""
PAGE = 100
"""Resources that are listed at once."""
_MARKDOWN = "text/markdown"
_KINDS: tuple[SourceKind, ...] = ("guideline", "topic")
_LISTS = (
    Resource(uri="radqa://guidelines", name="guidelines", title="All guideline cards", mime_type=_MARKDOWN),
    Resource(uri="radqa://topics", name="topics", title="All reference topics", mime_type=_MARKDOWN),
)


class Listing:
    """Middleware that answers `resources/list`: the two lists first, then every card and topic, `PAGE` at a time."""

    def __init__(self, agent_for: AgentFor) -> None:
        """Take where a request's library is found."""
        self._agent_for = agent_for

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Answer the list, or hand the request on."""
        if ctx.method != "resources/list":
            return await call_next(ctx)
        begin = _begin((ctx.params or {}).get("cursor"))
        try:
            documents = (await self._agent_for(ctx)).library.index.documents
        except RadqaError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error
        every, end = [*_LISTS, *(_entry(one) for kind in _KINDS for one in _of(documents.values(), kind))], begin + PAGE
        return ListResourcesResult(resources=every[begin:end], next_cursor=str(end) if end < len(every) else None)


def _begin(cursor: object) -> int:
    if cursor is None:
        return 0
    if isinstance(cursor, str) and cursor.isascii() and cursor.isdigit():
        return int(cursor)
    raise MCPError(INVALID_PARAMS, f"There is no page {cursor!r}; take the nextCursor of the page before.")


def _of(documents: Iterable[Document], kind: SourceKind) -> list[Document]:
    return sorted((one for one in documents if one.source.kind == kind), key=lambda one: one.id)


def _entry(document: Document) -> Resource:
    source = document.source
    return Resource(
        uri=f"radqa://{source.kind}s/{document.id}", name=document.id, title=source.title, description=source.organisation or None,
        mime_type=_MARKDOWN,
    )  # fmt: skip


def add_resources(made: MCPServer[Any], agent_for: AgentFor) -> None:
    """Let the lists and each card and topic be read."""

    @made.resource("radqa://{kind}s", title="Guideline cards or reference topics", mime_type=_MARKDOWN)
    async def list_of(context: Context[Any, Any], kind: str) -> str:
        """All guideline cards (radqa://guidelines) or reference topics (radqa://topics): title and address."""
        documents = (await agent_for(context.request_context)).library.index.documents
        return "\n".join(f"- {one.source.title} (radqa://{kind}s/{one.id})" for one in _of(documents.values(), _listable(kind)))

    @made.resource("radqa://{kind}s/{name}", title="A guideline card or reference topic", mime_type=_MARKDOWN)
    async def one_of(context: Context[Any, Any], kind: str, name: str) -> str:
        """A whole card or topic by its id, such as radqa://guidelines/fleischner-2017-nodules."""
        document = (await agent_for(context.request_context)).library.document(name)
        if document is None or document.source.kind != _listable(kind):
            raise ResourceNotFoundError(f"There is no {kind} {name!r}; radqa://{kind}s lists them.")
        source = document.source
        return f"# {source.title}\n\n{' '.join(part for part in (source.citation, source.link) if part)}\n\n{document.text}"


def _listable(kind: str) -> SourceKind:
    for one in _KINDS:
        if one == kind:
            return one
    raise ResourceNotFoundError(f"There are no {kind}s; there are radqa://guidelines and radqa://topics.")
