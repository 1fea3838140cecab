"""radqa as a server of the Model Context Protocol: tools to ask, search, read and score, resources for cards and topics.

https://modelcontextprotocol.io: a client starts `radqa mcp` and talks over its standard input and output, or reaches it by streamable
HTTP. Tools answer with text for a model to read and with the same as structured data.
"""

from __future__ import annotations

import asyncio
from importlib import metadata
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from agent.reports.reading import read
from agent.reports.score_command import told as score_told
from agent.reports.told import told as report_told
from agent.reports.types import ReadReport
from agent.types import DISCLAIMER, Abstained, Answer, Basis, Citation, Claim, Question
from corpora.errors import RadqaError
from corpora.rules.scoring import Score
from corpora.rules.scoring import score as score_by
from corpora.rules.system import named
from corpora.types import Document, SourceKind, TopicKind
from retrievers.types import Filters, Query
from serve.mcp_resources import AgentFor, Listing, add_resources
from serve.schemas import Found, Label, OptionText, SearchReply

PAGE_CHARACTERS = 20_000
"""Of a document that is read at once."""
_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_ABOUT = (
    "Radiology answers from guideline cards, reference topics and teaching cases; every sentence is cited and was checked. Ask for an "
    f"answer, search for passages, read what is cited. An abstention means that the sources do not answer. {DISCLAIMER}"
)


class Cited(BaseModel):
    """Where a sentence's words stand."""

    number: int = Field(description="the [n] in the text")
    document_id: str = Field(description="what read_document takes")
    title: str
    url: str
    quote: str

    @classmethod
    def of(cls, citation: Citation) -> Cited:
        """A citation as it is shown."""
        return cls(number=citation.number, document_id=citation.document_id, title=citation.title, url=citation.url, quote=citation.quote)


class Sentence(BaseModel):
    """A sentence of an answer and what it rests on."""

    text: str
    basis: Basis
    citations: list[Cited]

    @classmethod
    def of(cls, claim: Claim) -> Sentence:
        """A claim as it is shown."""
        return cls(text=claim.text, basis=claim.basis, citations=[Cited.of(citation) for citation in claim.citations])


class AskReply(BaseModel):
    """An answer, or why there is none."""

    kind: str = Field(description="answered or abstained")
    text: str = Field(description="the sentences with [n], or the reason why there is no answer")
    option: str | None = Field(description="the label chosen, where options were given")
    confidence: str = Field(description="high, moderate or low; empty where there is no answer")
    sentences: list[Sentence]
    depends: list[str] = Field(description="conditions that were not given and decide")
    limitations: list[str]
    related: list[Cited] = Field(description="without an answer: passages that are near, quoted without a claim")

    @classmethod
    def of(cls, answer: Answer) -> AskReply:
        """An answer as it is shown."""
        if isinstance(answer, Abstained):
            related = [Cited.of(citation) for citation in answer.related]
            return cls(
                kind="abstained", text=answer.text, option=None, confidence="", sentences=[], depends=[],
                limitations=list(answer.limitations), related=related,
            )  # fmt: skip
        return cls(
            kind="answered", text=answer.text, option=answer.option, confidence=answer.confidence.level,
            sentences=[Sentence.of(claim) for claim in answer.claims], depends=[one.condition for one in answer.depends],
            limitations=list(answer.limitations), related=[],
        )  # fmt: skip


class DocumentReply(BaseModel):
    """A document, or a page of it."""

    document_id: str
    title: str
    organisation: str
    year: int | None
    kind: SourceKind
    url: str
    text: str
    characters: int = Field(description="of the whole document")
    next_offset: int | None = Field(description="where the next page begins; none where this was the last")


def server(agent_for: AgentFor) -> MCPServer[Any]:
    """The server, whose agents come from `agent_for`."""
    made: MCPServer[Any] = MCPServer(
        "radqa", title="radqa: radiology answers with evidence", instructions=_ABOUT, version=metadata.version("radqa"),
        log_level="WARNING", middleware=[Listing(agent_for)],
    )  # fmt: skip
    _add_tools(made, agent_for)
    add_resources(made, agent_for)
    return made


def _add_tools(made: MCPServer[Any], agent_for: AgentFor) -> None:
    @made.tool(title="Ask radqa", annotations=_READS)
    async def ask(
        context: Context[Any, Any],
        question: Annotated[str, Field(min_length=1, description="the question, in one string")],
        options: Annotated[dict[Label, OptionText] | None, Field(description="label to text, two or more; or none")] = None,
        report: Annotated[str, Field(description="a report the question is about")] = "",
    ) -> Annotated[CallToolResult, AskReply]:
        """Answer a radiology question with checked citations, or abstain where the sources carry no answer."""
        with _told():
            Question.of(question, options, report)
            answer = await (await agent_for(context.request_context)).aask(question, options, report)
        return _result(str(answer), AskReply.of(answer))

    @made.tool(title="Search radqa's evidence", annotations=_READS)
    async def search_evidence(
        context: Context[Any, Any],
        query: Annotated[str, Field(min_length=1, max_length=2_000, description="3 to 8 words: solid nodule 7 mm high risk follow-up")],
        k: Annotated[int, Field(ge=1, le=50, description="how many passages")] = 8,
        kinds: Annotated[
            list[SourceKind | TopicKind] | None, Field(description="only these: guideline, topic, case, or kinds of topic: disease, sign")
        ] = None,
    ) -> Annotated[CallToolResult, SearchReply]:
        """Find passages of guideline cards, reference topics, cases and own documents, best first."""
        with _told():
            agent = await agent_for(context.request_context)
            wanted = Query(text=query.strip() or "?", k=k, filters=Filters(kinds=tuple(kinds or ())))
            hits = await agent.retriever("hybrid").retrieve(wanted)
        found = [Found.of(hit) for hit in hits]
        lines = [f"{one.title}, {one.section} ({one.rests_on}; document {one.document_id}): {one.text}" for one in found]
        return _result("\n\n".join(lines) or "Nothing was found.", SearchReply(hits=found))

    @made.tool(title="Score a finding", annotations=_READS)
    async def score(
        system: Annotated[str, Field(min_length=1, max_length=100, description="TI-RADS, Bosniak, Fleischner, ...")],
        features: Annotated[dict[str, str | list[str]], Field(description='feature to value, "12 mm", "solid"; "?" where not known')],
    ) -> Annotated[CallToolResult, Score]:
        """Category and advice of a finding by a scoring system, the rows that decide, and what is possible where a value is missing."""
        with _told():
            found = score_by(named(system), features)
        return _result(score_told(found), found)

    @made.tool(title="Read a report", annotations=_READS)
    async def read_report(
        report: Annotated[str, Field(min_length=1, description="a radiology report")],
        prior: Annotated[str, Field(description="an earlier report of the same patient")] = "",
    ) -> Annotated[CallToolResult, ReadReport]:
        """Read a report: a row per finding with category, advice and source; patient identifiers are masked."""
        with _told():
            found = await asyncio.to_thread(read, report, prior or None)
        return _result(report_told(found), found)

    @made.tool(title="Read a document", annotations=_READS)
    async def read_document(
        context: Context[Any, Any],
        document_id: Annotated[str, Field(min_length=1, max_length=300, description="a document_id that another tool gave")],
        offset: Annotated[int, Field(ge=0, description="where to begin, characters")] = 0,
    ) -> Annotated[CallToolResult, DocumentReply]:
        """Read a document whole, or page by page where it is long."""
        with _told():
            document = (await agent_for(context.request_context)).library.document(document_id)
        if document is None:
            raise ToolError(f"There is no document {document_id!r}; search_evidence gives ids.")
        page = _page(document, offset)
        return _result(f"{page.title} ({page.organisation or page.kind}, {page.year or 'no year'})\n\n{page.text}", page)


def _page(document: Document, offset: int) -> DocumentReply:
    source, end = document.source, offset + PAGE_CHARACTERS
    return DocumentReply(
        document_id=document.id, title=source.title, organisation=source.organisation, year=source.year, kind=source.kind, url=source.link,
        text=document.text[offset:end], characters=len(document.text), next_offset=end if end < len(document.text) else None,
    )  # fmt: skip


def _result(text: str, data: BaseModel) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=data.model_dump(mode="json"))


class _told:  # noqa: N801  reads as a word at its places
    """Turns what radqa raises on purpose into an error that the client's model reads."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RadqaError):
            raise ToolError(str(error)) from error
