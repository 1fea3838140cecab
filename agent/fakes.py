"""Fakes that ship beside the seams: a retriever with fixed hits, a reasoner with given sentences, a chat server on loopback.

For tests and for trying a change of the graph without a model; nothing in the package imports this.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from agent.reasoners.protocol import Decision, Grade, Reasoner, Weighed
from agent.types import Draft, Evidence, Facet, KeyConcepts, Plan, Question
from corpora.types import Passage
from retrievers.types import Hit, Query


class FixedRetriever:
    """Gives the same passages to every query, in the given order, as far as the query's filters and k allow."""

    name = "fixed"

    def __init__(self, passages: Sequence[Passage]) -> None:
        """Take the passages, best first."""
        self._passages = tuple({passage.id: passage for passage in passages}.values())

    async def retrieve(self, query: Query) -> list[Hit]:
        """See `Retriever.retrieve`."""
        allowed = [passage for passage in self._passages if query.filters.allow(passage)][: query.k]
        return [Hit(passage=passage, score=1.0 / rank, retriever=self.name) for rank, passage in enumerate(allowed, 1)]

    async def retrieve_many(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Retriever.retrieve_many`."""
        return [await self.retrieve(query) for query in queries]


Sentences = Callable[[Sequence[Evidence]], Sequence[Draft]]


class ScriptedReasoner:
    """Another reasoner whose sentences are given, one function per time it is asked to compose; none are left: no sentences."""

    name = "scripted"

    def __init__(self, inner: Reasoner, *compositions: Sentences) -> None:
        """Take the reasoner for everything else, and for each composition a function from evidence to drafts."""
        self._inner, self._compositions = inner, list(compositions)

    async def understand(self, question: Question) -> KeyConcepts:
        """See `Reasoner.understand`."""
        return await self._inner.understand(question)

    async def plan(self, question: Question, concepts: KeyConcepts) -> Plan:
        """See `Reasoner.plan`."""
        return await self._inner.plan(question, concepts)

    async def grade(self, question: Question, concepts: KeyConcepts, facet: Facet, hits: Sequence[Hit], round: int) -> Grade:
        """See `Reasoner.grade`."""
        return await self._inner.grade(question, concepts, facet, hits, round)

    async def refine(self, question: Question, concepts: KeyConcepts, facet: Facet, grade: Grade, tried: Sequence[str]) -> tuple[str, ...]:
        """See `Reasoner.refine`."""
        return await self._inner.refine(question, concepts, facet, grade, tried)

    async def weigh(self, question: Question, concepts: KeyConcepts, plan: Plan, grades: Sequence[Grade]) -> Weighed:
        """See `Reasoner.weigh`."""
        return await self._inner.weigh(question, concepts, plan, grades)

    async def compose(self, question: Question, concepts: KeyConcepts, weighed: Weighed, failed: Sequence[str]) -> list[Draft]:
        """The next given composition."""
        return list(self._compositions.pop(0)(weighed.evidence)) if self._compositions else []

    async def conclude(self, question: Question, concepts: KeyConcepts, weighed: Weighed, drafts: Sequence[Draft]) -> Decision:
        """See `Reasoner.conclude`."""
        return await self._inner.conclude(question, concepts, weighed, drafts)


class Reply(NamedTuple):
    """What the scripted server sends: `content` is the model's text; with a `body` that is sent as it is instead."""

    content: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    content_type: str = "application/json"
    finish: str = "stop"
    delay_s: float = 0.0


Script = Callable[[dict[str, Any]], Reply]


class ChatServer(ThreadingHTTPServer):
    """A chat-completions server on loopback that answers from a script and keeps every request it was sent."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        """Listen on a free port of 127.0.0.1."""
        super().__init__(("127.0.0.1", 0), _Chat)
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        """What to give as base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Chat(BaseHTTPRequestHandler):
    server: ChatServer

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(request)
        reply = self.server.script(request)
        if reply.delay_s:
            self.server.released.wait(reply.delay_s)
        payload = (_completion(request, reply) if reply.body is None else reply.body).encode()
        try:
            self.send_response(reply.status)
            for name, value in (("Content-Type", reply.content_type), ("Content-Length", str(len(payload))), *reply.headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client gave up waiting

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _completion(request: dict[str, Any], reply: Reply) -> str:
    choice = {"index": 0, "finish_reason": reply.finish, "message": {"role": "assistant", "content": reply.content}}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    made = {"id": "c1", "object": "chat.completion", "created": 1, "model": request.get("model", ""), "choices": [choice], "usage": usage}
    if reply.status >= 400:
        made = {"error": {"message": reply.content, "type": "error"}}
    return json.dumps(made)


@contextmanager
def chat_server(script: Script | Sequence[Reply]) -> Iterator[ChatServer]:
    """A running `ChatServer`; a sequence of replies is sent in order, the last one again and again."""
    given = None if callable(script) else list(script)

    def in_order(_: dict[str, Any]) -> Reply:
        assert given
        return given.pop(0) if len(given) > 1 else given[0]

    server = ChatServer(script if callable(script) else in_order)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
