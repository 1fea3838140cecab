"""The web as one voice: every chosen source is asked once per question, all at the same time, and never beyond the question's seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

from corpora.types import Document
from corpora.visible.clean import main_text
from retrievers.errors import MalformedSourceResponse, SourceEmpty, SourceError, SourceUnavailable
from retrievers.settings import WebSettings
from retrievers.types import Contact, Hit, Query, Sent
from retrievers.web.found import as_retracted, hits, merged
from retrievers.web.http import Client, Session, shared
from retrievers.web.outbound import Known, Outgoing, Weight, outgoing
from retrievers.web.source import LiveSource
from retrievers.web.sources import BY_NAME

IN_TIME = 0.95
"""Share of a question's seconds for waiting; what came is ranked in the rest."""

Twin = Callable[[Document], Document | None]
"""The index's own copy of a work, or None."""


def warm() -> None:
    """Load what reading pages needs now rather than at the first question."""
    main_text("<html><body><article><p>Warm-up.</p></article></body></html>")
    outgoing("warm-up")


class WebVoice:
    """What live sources say to one question; see `LiveRetriever`. Never raises a `SourceError`: what went wrong is in `contacts`."""

    name = "web"
    places = 12
    """Passages it adds to a query's hits at most."""

    def __init__(
        self,
        settings: WebSettings,
        question: str,
        options: Sequence[str] = (),
        *,
        known: Known = lambda stem: False,
        weight: Weight = lambda stem: 1.0,
        twin: Twin = lambda document: None,
        client: Client | None = None,
    ) -> None:
        """Take the question.

        Args:
            settings: which sources, how long.
            question: as it was asked; a report is never given to the web.
            options: the answers to choose from.
            known: whether the index knows a stem.
            weight: how telling a stem is.
            twin: finds the index's own copy of a work.
            client: instead of the event loop's shared one.
        """
        self._settings, self._question, self._options = settings, question, tuple(options)
        self._known, self._weight, self._twin = known, weight, twin
        self._client = client
        self._session: Session | None = None
        self._lookup: asyncio.Task[list[Document]] | None = None
        self._contacts: list[Contact] = []
        self._told: list[Contact | Sent] = []
        self._found: list[Document] = []

    def untold(self) -> tuple[Contact | Sent, ...]:
        """See `LiveRetriever.untold`."""
        known: list[Contact | Sent] = [*self.sent, *self._contacts]
        news = tuple(item for item in known if not any(item is old for old in self._told))
        self._told += news
        return news

    @property
    def sent(self) -> tuple[Sent, ...]:
        """See `LiveRetriever.sent`."""
        return tuple(self._session.sent) if self._session else ()

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """See `LiveRetriever.contacts`."""
        return tuple(self._contacts)

    def found(self, names: Iterable[str]) -> list[Document]:
        """The live documents of these ids that this question found."""
        wanted = set(names)
        return [document for document in self._found if document.id in wanted and "live" in document.source.metadata]

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`."""
        return (await self.retrieve_many([query]))[0]

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`: the question's finds, ranked for each query; the queries themselves stay here."""
        if self._lookup is None:
            asked = outgoing(
                self._question, self._options, [mention for query in queries for mention in query.concepts], self._known, self._weight
            )
            self._lookup = asyncio.create_task(self._look(asked))
        documents = await asyncio.shield(self._lookup)
        return [hits(query.model_copy(update={"k": min(query.k, self.places)}), documents, self.name, self._weight) for query in queries]

    async def _look(self, asked: Outgoing) -> list[Document]:
        """The works that all sources have found within the time, one of each, the index's own copy where it has one."""
        if not asked.words and not asked.options:
            self._contacts.append(
                Contact(
                    source="web",
                    detail="nothing of the question may leave",
                    problem="Live sources were not asked: nothing of the question may leave.",
                )
            )
            return []
        client = self._client or shared(self._settings)
        if client.uncached:
            problem = f"The cache of live sources: {client.uncached}. What they answer is not kept."
            self._contacts.append(Contact(source="web", detail=client.uncached, problem=problem))
        self._session = Session(client, self._settings.seconds * IN_TIME)
        sources = [BY_NAME[name](self._session, self._known, self._weight) for name in self._settings.asked]
        tasks = {asyncio.create_task(self._one(source, asked)): source for source in sources}
        done, late = await asyncio.wait(tasks, timeout=self._session.left) if tasks else (set(), set())
        for task in late:
            task.cancel()
            self._late(tasks[task])
        if late:
            await asyncio.wait(late, timeout=0.2)
        found = merged(document for task in tasks if task in done for document in task.result())
        self._contacts += [_warning(document) for document in found if document.source.retracted or "concern" in document.source.metadata]
        self._found = [self._own(document) for document in found]
        return self._found

    def _own(self, document: Document) -> Document:
        """The index's own copy of a work where there is one, retracted where the live source says so."""
        twin = self._twin(document)
        return document if twin is None else as_retracted(twin) if document.source.retracted else twin

    @property
    def retracted(self) -> dict[str, Document]:
        """The works that were found to be retracted, the index's own copies among them, by id."""
        return {document.id: document for document in self._found if document.source.retracted}

    async def _one(self, source: LiveSource, asked: Outgoing) -> list[Document]:
        """What one source has; its failures are noted."""
        started = time.monotonic()
        try:
            found = await source.find(asked)
        except SourceError as error:
            self._note(source, error, started)
            return []
        except Exception as error:  # noqa: BLE001 - an answer that nobody foresaw must not take the others' down
            self._note(source, MalformedSourceResponse(source.title, f"its answer cannot be read ({type(error).__name__})"), started)
            return []
        finally:
            for failure in source.failures:
                self._note(source, failure, started)
        if found is None:
            self._contacts.append(Contact(source=source.title, detail=f"{source.title} was not asked: the question names nothing it holds"))
            return []
        seconds = time.monotonic() - started
        plural = "s" * (len(found) != 1)
        self._contacts.append(
            Contact(source=source.title, detail=f"{source.title} found {len(found)} work{plural}", seconds=seconds, found=len(found))
        )
        return found

    def _note(self, source: LiveSource, error: SourceError, started: float) -> None:
        empty = isinstance(error, SourceEmpty)
        problem = f"{error}." if empty else f"{error}; the answer does without it."
        contact = Contact(
            source=source.title, detail=f"{error}", problem=problem, error=type(error).__name__, seconds=time.monotonic() - started
        )
        if contact.problem not in {other.problem for other in self._contacts}:
            self._contacts.append(contact)

    def _late(self, source: LiveSource) -> None:
        error = SourceUnavailable(source.title, f"gave no answer within {self._settings.seconds:g} s")
        self._note(source, error, time.monotonic() - self._settings.seconds)


def _warning(document: Document) -> Contact:
    source = document.source
    kind, said = (
        ("retracted", "A retracted paper was found and supports nothing")
        if source.retracted
        else ("expression of concern", "Its editors have published an expression of concern about a paper that was found")
    )
    problem = f"{said}: {source.title} ({source.link})."
    return Contact(source=source.metadata.get("live", "web"), detail=f"{kind}: {source.title}", problem=problem)
