"""`POST /v1/search` and `/v1/concepts`: passages for a query, and the concepts of a text."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request

from corpora.concepts.linker import linker
from corpora.errors import InputError
from corpora.legible import legible
from corpora.types import ConceptMention
from retrievers.types import Filters, Query
from serve.callers import AdmittedCaller, AgentOf, HouseOf, while_listening
from serve.problems import RESPONSES
from serve.schemas import Found, Linked, Searched, SearchReply

router = APIRouter(tags=["search"], responses=RESPONSES)


class EmptyText(InputError):
    """There is nothing to look for."""


@router.post("/v1/search")
async def search(request: Request, searched: Searched, agent: AgentOf, of: HouseOf) -> SearchReply:
    """Passages of the library and of your own documents, best first."""
    filters = Filters(kinds=tuple(searched.kinds), modality=tuple(searched.modality), subspecialty=tuple(searched.subspecialty))
    query = Query(text=_said(searched.query), k=searched.k, filters=filters)
    hits = await while_listening(request, agent.retriever(searched.mode).retrieve(query), of.settings.seconds)
    return SearchReply(hits=[Found.of(hit) for hit in hits])


@router.post("/v1/concepts", response_model=list[ConceptMention])
async def concepts(request: Request, linked: Linked, _: AdmittedCaller, of: HouseOf) -> Any:
    """The UMLS concepts of a text: where, which, how sure, and whether the text says them present or absent."""
    return await while_listening(request, asyncio.to_thread(linker().link, _said(linked.text)), of.settings.seconds)


def _said(text: str) -> str:
    said = legible(text).strip()
    if not said:
        raise EmptyText("The text is empty.")
    return said
