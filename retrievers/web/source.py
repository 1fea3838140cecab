"""What a live source is: a name, an address, its rate, and `find`. Everything else it inherits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar
from xml.etree.ElementTree import ParseError

from pydantic import BaseModel, ConfigDict, ValidationError

from corpora.types import Document
from retrievers.errors import MalformedSourceResponse, SourceEmpty, SourceError, SourceRefused
from retrievers.settings import SourceName
from retrievers.types import Hit, Query
from retrievers.web.found import hits
from retrievers.web.http import Reply, Session
from retrievers.web.outbound import Known, Outgoing, Weight, outgoing
from retrievers.web.pace import Rate

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DEEPEST = 100
"""Nesting from which on XML is no record or article: what reads it goes down level by level."""


ItemT = TypeVar("ItemT")


class Form(BaseModel):
    """A part of a documented answer: the fields that are read, the others ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class LiveSource:
    """A live source as a retriever. One instance per question.

    A subclass sets `name`, `title`, `endpoint` and `rate`, and says in `find` how it is asked and what its answer means.
    """

    name: ClassVar[SourceName]
    title: ClassVar[str]
    endpoint: ClassVar[str]
    rate: ClassVar[Rate]

    def __init__(self, session: Session, known: Known = lambda stem: False, weight: Weight = lambda stem: 1.0) -> None:
        """Take the question's session, and what the index knows of words."""
        self.session, self.settings = session, session.settings
        self._known, self._weight = known, weight
        self.base = self.settings.endpoints.get(self.name, self.endpoint).rstrip("/")
        self.failures: list[SourceError] = []
        """What went wrong beside the answer: single pages, a second request."""

    async def find(self, asked: Outgoing) -> list[Document] | None:
        """What the source has for these words, best first, at most `settings.results`; None when it is not asked at all.

        Raises:
            SourceError: it could not be asked; `SourceEmpty` when it has nothing.
        """
        raise NotImplementedError

    def works(self, make: Callable[[ItemT], Document | None], items: Iterable[ItemT]) -> list[Document]:
        """The works that `make` makes of the items; one that is held back is told in `failures`.

        Raises:
            SourceEmpty: no work can be cited.
        """
        found: list[Document] = []
        came = 0
        for came, item in enumerate(items, 1):  # noqa: B007 - how many there were
            try:
                document = make(item)
            except SourceRefused as error:
                self.failures.append(error)
            else:
                found += [document] if document else []
        if not found:
            raise SourceEmpty(self.title, f"found {came} work{'s' * (came != 1)}, none with a text to cite" if came else "found nothing")
        return found

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`; only what `outbound` lets through leaves."""
        asked = outgoing(query.text, concepts=query.concepts, known=self._known, weight=self._weight)
        if not asked.words:
            return []
        return hits(query, await self.find(asked) or [], self.name, self._weight)

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`."""
        return list(await asyncio.gather(*(self.retrieve(query) for query in queries)))


FormT = TypeVar("FormT", bound=Form)


def parsed(reply: Reply, form: type[FormT], source: str) -> FormT:
    """The JSON of an answer in its documented form.

    Raises:
        MalformedSourceResponse: it is no JSON, or names the field that is not as documented.
    """
    try:
        return form.model_validate(json.loads(reply.content))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise MalformedSourceResponse(source, f"its answer is not in the documented form (at {where[:80] or 'the top'})") from error
    except (ValueError, RecursionError) as error:
        raise MalformedSourceResponse(source, "its answer is not JSON") from error


def parsed_xml(content: bytes, source: str) -> Element:
    """The root element of an answer; entity declarations and outside files are refused.

    Raises:
        MalformedSourceResponse: it is no XML, or nested deeper than any record or article.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise MalformedSourceResponse(source, f"its answer is not readable XML ({error.__class__.__name__})") from error
    depth, level = 0, [root]
    while level:
        depth, level = depth + 1, [child for element in level for child in element]
        if depth > DEEPEST:
            raise MalformedSourceResponse(source, f"its XML is nested more than {DEEPEST} deep")
    return root
