"""radqa inside other frameworks, in one line each: as LangChain's retriever or tool, as LlamaIndex' query engine.

    from serve.bridges import langchain_retriever, langchain_tool, llama_query_engine

Without an agent each takes one with the default settings, made when it is first used and shared by all.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool, create_retriever_tool
from pydantic import ConfigDict, Field

from agent.app import RadiologyAgent
from corpora.errors import MissingExtra
from retrievers.factory import Mode
from retrievers.types import Hit, Query

if TYPE_CHECKING:
    from serve.llamaindex import AnswerEngine

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


def llama_query_engine(agent: RadiologyAgent | None = None) -> AnswerEngine:
    """A LlamaIndex query engine that answers with radqa. Raises `MissingExtra` where LlamaIndex is not installed."""
    try:
        from serve.llamaindex import AnswerEngine
    except ModuleNotFoundError as error:
        raise MissingExtra("The query engine needs LlamaIndex.", 'Run: pip install "radqa[llamaindex]"') from error
    return AnswerEngine(agent=agent)
