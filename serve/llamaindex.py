"""radqa as a LlamaIndex query engine; needs the extra `llamaindex`."""

from __future__ import annotations

from llama_index.core.base.response.schema import Response
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.schema import NodeWithScore, TextNode

from agent.app import RadiologyAgent
from agent.types import Answer
from serve.bridges import shared_agent


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
