"""radqa inside other frameworks, in one line each: as LangChain's retriever or tool, as LlamaIndex' query engine.

    from serve.bridges import langchain_retriever, langchain_tool, llama_query_engine

Without an agent each takes one with the default settings, made when it is first used and shared by all.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool, create_retriever_tool
from llama_index.core.base.response.schema import Response
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.schema import NodeWithScore, TextNode
from pydantic import ConfigDict, Field

from agent.app import RadiologyAgent
from agent.types import Answer
from retrievers.factory import Mode
from retrievers.types import Hit, Query

_WHAT_FOR = (
    "Finds passages of radiology guideline cards, reference topics and teaching cases: follow-up, classification, imaging features, "
    "technique, contrast safety. Takes 3 to 8 words, such as: solid nodule 7 mm high risk follow-up."
)


@cache
def shared_agent() -> RadiologyAgent:
    """The agent with the default settings."""
    return RadiologyAgent()


class EvidenceRetriever(BaseRetriever):
    """Passages as LangChain documents, best first; `metadata` says whose each is, and its score."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    agent: RadiologyAgent | None = None
    mode: Mode = "hybrid"
    k: int = Field(default=8, ge=1, le=100)

    async def _aget_relevant_documents(self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun) -> list[Document]:
        found = await (self.agent or shared_agent()).retriever(self.mode).retrieve(Query(text=query.strip() or "?", k=self.k))
        return [_document(hit) for hit in found]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        with ThreadPoolExecutor(1) as thread:  # the caller's own loop may be running
            voice = (self.agent or shared_agent()).retriever(self.mode)
            found = thread.submit(asyncio.run, voice.retrieve(Query(text=query.strip() or "?", k=self.k))).result()
        return [_document(hit) for hit in found]


def _document(hit: Hit) -> Document:
    passage, source = hit.passage, hit.passage.source
    metadata = {
        "document_id": passage.document_id, "title": source.title, "organisation": source.organisation, "year": source.year,
        "kind": source.kind, "section": passage.section, "source": source.link, "score": hit.score,
    }  # fmt: skip
    return Document(id=passage.id, page_content=passage.shown, metadata=metadata)


def langchain_retriever(agent: RadiologyAgent | None = None, k: int = 8, mode: Mode = "hybrid") -> EvidenceRetriever:
    """A LangChain retriever over the agent's index that gives at most `k` passages."""
    return EvidenceRetriever(agent=agent, k=k, mode=mode)


def langchain_tool(agent: RadiologyAgent | None = None, k: int = 8) -> BaseTool:
    """The retriever as a tool for a LangChain or LangGraph agent."""
    return create_retriever_tool(langchain_retriever(agent, k), "search_radiology_evidence", _WHAT_FOR)


class AnswerEngine(CustomQueryEngine):
    """Answers as LlamaIndex responses: the text with its citations, the evidence as source nodes."""

    agent: RadiologyAgent | None = None

    def custom_query(self, query_str: str) -> Response:
        """Answer a question; an abstention is a response too, with `metadata["kind"]`."""
        return _response((self.agent or shared_agent()).ask(query_str))

    async def acustom_query(self, query_str: str) -> Response:
        """See `custom_query`."""
        return _response(await (self.agent or shared_agent()).aask(query_str))


def _response(answer: Answer) -> Response:
    nodes = [
        NodeWithScore(
            node=TextNode(
                id_=item.passage.id, text=item.passage.shown,
                metadata={"document_id": item.passage.document_id, "title": item.passage.source.title, "source": item.passage.source.link},
            ),
            score=item.relevance,
        )
        for item in answer.evidence
    ]  # fmt: skip
    return Response(response=str(answer), source_nodes=nodes, metadata={"kind": answer.kind, "option": answer.option})


def llama_query_engine(agent: RadiologyAgent | None = None) -> AnswerEngine:
    """A LlamaIndex query engine that answers with radqa."""
    return AnswerEngine(agent=agent)
