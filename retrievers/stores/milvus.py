"""Milvus: by file (Milvus Lite), standalone or as a cluster. Dense and lexical search and filters run on the server.

A collection is `radqa_NAME`. The words of a passage go in as stems, those of the title four times, and Milvus' own BM25 ranks them; it
knows neither pairs of neighbours nor the squared inverse document frequency of the index's lexical voice. `radqa_about` notes for each
collection which model it was made with and which library it follows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from corpora.errors import MissingExtra
from corpora.types import Passage
from retrievers.embedding import Embedder, Matrix
from retrievers.errors import SourceUnavailable, StoreUnusable
from retrievers.lexical import K1, B
from retrievers.stores.entries import Entry, ServerStore, literal, pieces
from retrievers.stores.types import Held
from retrievers.types import Filters, Hit, Query
from retrievers.vectors import VectorCache
from retrievers.words import words

if TYPE_CHECKING:
    from pymilvus import MilvusClient

    from retrievers.stores.address import Address

MOST = 16_384
"""Milvus gives no more hits than this."""
_ABOUT = "radqa_about"
_PATIENT = {"grpc.keepalive_time_ms": 600_000}
"""Milvus Lite takes the client's signs of life for an attack when it is busy with one call for long."""
_ID, _TEXT = 512, 65_535
_ROWS, _TOGETHER, _SECONDS = 500, 16, 60.0


class MilvusStore(ServerStore):
    """One collection of a Milvus server, or of a file."""

    name = "milvus"

    def __init__(self, address: Address, model: Embedder, cache: VectorCache | None = None, token: str = "") -> None:
        """Connect, and make the collection where it is missing.

        Raises:
            MissingExtra: pymilvus, or Milvus Lite for a file, is not installed.
            StoreUnusable: nobody answers there, or the collection was made with another model.
        """
        super().__init__(address.collection, model, cache)
        self.shown, self._table = address.shown, f"radqa_{address.collection}"
        self._lite, self._target = address.is_file, address.target
        self._client = _client(address, token)
        try:
            with self._asked():
                self._made()
        except SourceUnavailable as error:
            raise StoreUnusable(
                f"The store {self.shown} cannot be used: {error}.", "See whether the server runs and the address is right."
            ) from error

    def write(self, entries: Sequence[Entry]) -> None:
        """See `ServerStore.write`."""
        with self._asked():
            for rows in pieces(entries, _ROWS):
                self._client.upsert(self._table, [_row(entry) for entry in rows])

    def ids(self, document_ids: Collection[str]) -> set[str]:
        """See `ServerStore.ids`."""
        if not document_ids:
            return set()
        with self._asked():
            return {row["id"] for row in self._rows(document_ids, ["id"])}

    def drop(self, ids: Collection[str]) -> None:
        """See `ServerStore.drop`."""
        with self._asked():
            for some in pieces(sorted(ids), _ROWS):
                self._client.delete(self._table, ids=some)

    def settle(self) -> None:
        """Flush, so that what was written is indexed; Milvus would do it by itself, later."""
        with self._asked():
            self._client.flush(self._table)

    def state(self) -> str:
        """See `ServerStore.state`."""
        return str(self._noted().get("state", ""))

    def note(self, state: str) -> None:
        """See `ServerStore.note`."""
        said = json.dumps(self.about._asdict() | {"state": state})
        with self._asked():
            self._client.upsert(_ABOUT, [{"id": self.collection, "said": said, "vector": [0.0, 1.0]}])

    def followed(self) -> dict[str, str]:
        """See `ServerStore.followed`."""
        with self._asked():
            rows = list(self._matching('first == true and origin != ""', ["document_id", "origin"]))
        return {row["document_id"]: row["origin"] for row in rows}

    def held(self) -> Held:
        """See `Store.held`."""
        with self._asked():
            first, every = (
                int(self._client.query(self._table, filter=wanted, output_fields=["count(*)"])[0]["count(*)"])
                for wanted in ("first == true", "")
            )
        return Held(documents=first, passages=every)

    def dense(self, queries: Sequence[Query], vectors: Matrix) -> list[list[Hit]]:
        """See `Store.dense`."""
        mapped = self.space.of_queries(vectors) if len(queries) else vectors
        return self._search(queries, [row.tolist() for row in mapped], "vector", "dense")

    def lexical(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Store.lexical`."""
        said = [" ".join(map(_token, words(query.text, boilerplate=True) or words(query.text))) for query in queries]
        told = [number for number, text in enumerate(said) if text]
        found = self._search([queries[number] for number in told], [said[number] for number in told], "words", "lexical")
        answers: list[list[Hit]] = [[] for _ in queries]  # Milvus Lite gives BM25 with a minus, a server without
        for number, hits in zip(told, found, strict=True):
            answers[number] = [hit.model_copy(update={"score": abs(hit.score)}) for hit in hits if hit.score]
        return answers

    def passages(self, document_id: str) -> list[Passage]:
        """See `Store.passages`."""
        with self._asked():
            rows = list(self._rows([document_id], ["id", "passage"]))
        return sorted((self.passage(row["id"], row["passage"]) for row in rows), key=lambda passage: passage.start)

    def close(self) -> None:
        """See `Store.close`; ends Milvus Lite, where this store is a file."""
        self._client.close()
        if self._lite:
            from milvus_lite.server_manager import server_manager_instance

            server_manager_instance.release_server(self._target)

    def _search(self, queries: Sequence[Query], wanted: Sequence[Any], field: str, voice: str) -> list[list[Hit]]:
        """Queries with the same filters and number of hits are asked together."""
        answers: list[list[Hit]] = [[] for _ in queries]
        alike: dict[tuple[int, Filters], list[int]] = {}
        for number, query in enumerate(queries):
            alike.setdefault((query.k, query.filters), []).append(number)
        for (k, filters), numbers in alike.items():
            limit = min(k, MOST)
            params = {} if field == "words" or self._lite else {"params": {"ef": max(128, 2 * limit)}}
            with self._asked():
                found = self._client.search(
                    self._table, data=[wanted[number] for number in numbers], anns_field=field, limit=limit,
                    filter=_filter(filters), output_fields=["passage"], search_params=params, timeout=_SECONDS,
                )  # fmt: skip
            for number, rows in zip(numbers, found, strict=True):
                hits = [
                    Hit(passage=self.passage(row["id"], row["entity"]["passage"]), score=float(row["distance"]), retriever=voice)
                    for row in rows
                ]
                answers[number] = hits
        return answers

    def _rows(self, document_ids: Collection[str], fields: list[str]) -> Iterator[dict[str, Any]]:
        """The rows of these documents."""
        for names in pieces(sorted(document_ids), _TOGETHER):
            yield from self._matching(f"document_id in {literal(names)}", fields)

    def _matching(self, wanted: str, fields: list[str]) -> list[dict[str, Any]]:
        """The rows that a filter allows; more than Milvus gives at once, by its iterator, which is slow to begin."""
        rows: list[dict[str, Any]] = list(self._client.query(self._table, filter=wanted, output_fields=fields, limit=MOST))
        if len(rows) == MOST:
            found = self._client.query_iterator(self._table, batch_size=1000, filter=wanted, output_fields=fields)
            rows = [row for some in iter(found.next, []) for row in some]
            found.close()
        return rows

    def _made(self) -> None:
        """Make what is missing; what is there must have been made with the same model."""
        if not self._client.has_collection(_ABOUT):
            _make_about(self._client)
        self._client.load_collection(_ABOUT)
        if not self._client.has_collection(self._table):
            _make(self._client, self._table, self.about.dimensions, lite=self._lite)
            self.note("")
        noted = self._noted()
        if [noted.get(name) for name in self.about._fields] != list(self.about):
            raise StoreUnusable(
                f"The collection {self.collection!r} of {self.shown} was made with the model {noted.get('model')!r} and the space "
                f"{noted.get('space')!r}; this is {self.about.model!r} with {self.about.space!r}.",
                "Name another collection (?collection=NAME), or remove this one and fill it again: radqa store put.",
            )
        self._client.load_collection(self._table)

    def _noted(self) -> dict[str, Any]:
        with self._asked():
            rows = self._client.query(_ABOUT, filter=f"id in {literal([self.collection])}", output_fields=["said"])
        return dict(json.loads(rows[0]["said"])) if rows else {}

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """What Milvus refuses, as ours."""
        import grpc
        from pymilvus.exceptions import MilvusException

        try:
            yield
        except (MilvusException, grpc.RpcError, ValueError) as error:
            raise SourceUnavailable(f"store {self.shown}", str(getattr(error, "message", "") or error)[:300]) from error


def _client(address: Address, token: str) -> MilvusClient:
    try:
        from pymilvus import MilvusClient
        from pymilvus.exceptions import MilvusException

        if address.is_file:
            import milvus_lite  # noqa: F401
    except ImportError as error:
        raise MissingExtra("A Milvus store needs a package that is not installed.", 'Run: pip install "radqa[milvus]"') from error
    try:
        patience = {"timeout": 60, "grpc_options": _PATIENT} if address.is_file else {"timeout": 10}
        return MilvusClient(uri=address.target, token=token, **patience)
    except (MilvusException, OSError) as error:
        remedy = "Only one process may have the file open." if address.is_file else "See whether the server runs and the address is right."
        raise StoreUnusable(f"The store {address.shown} cannot be opened: {error}.", remedy) from error


def _make_about(client: MilvusClient) -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=_ID)
    schema.add_field("said", DataType.VARCHAR, max_length=_TEXT)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)  # Milvus keeps no table without one
    index = client.prepare_index_params()
    index.add_index("vector", index_type="FLAT", metric_type="IP")
    client.create_collection(_ABOUT, schema=schema, index_params=index, consistency_level="Strong")


def _make(client: MilvusClient, name: str, dimensions: int, *, lite: bool) -> None:
    from pymilvus import DataType, Function, FunctionType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=_ID)
    schema.add_field("document_id", DataType.VARCHAR, max_length=_ID)
    schema.add_field("kind", DataType.VARCHAR, max_length=32)
    schema.add_field("subspecialty", DataType.VARCHAR, max_length=_ID)
    schema.add_field("modality", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=64, max_length=_ID)
    schema.add_field("first", DataType.BOOL)
    schema.add_field("origin", DataType.VARCHAR, max_length=64)
    schema.add_field("passage", DataType.VARCHAR, max_length=_TEXT)
    schema.add_field("said", DataType.VARCHAR, max_length=_TEXT, enable_analyzer=True, analyzer_params={"tokenizer": "standard"})
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimensions)
    schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(Function(name="bm25", function_type=FunctionType.BM25, input_field_names=["said"], output_field_names=["words"]))
    index = client.prepare_index_params()
    if lite:
        index.add_index("vector", index_type="FLAT", metric_type="IP")  # exact, and the one kind that every Milvus Lite has
    else:
        index.add_index("vector", index_type="HNSW", metric_type="IP", params={"M": 32, "efConstruction": 200})
        index.add_index("document_id", index_type="INVERTED")
    index.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params={"bm25_k1": K1, "bm25_b": B})
    client.create_collection(name, schema=schema, index_params=index, consistency_level="Strong")


def _row(entry: Entry) -> dict[str, Any]:
    passage, source = entry.passage, entry.passage.source
    return {
        "id": passage.id, "document_id": passage.document_id, "kind": source.kind, "subspecialty": source.subspecialty,
        "modality": list(source.modality), "first": entry.first, "origin": entry.origin,
        "passage": passage.model_dump_json(exclude_defaults=True),
        "said": _said(entry), "vector": np.asarray(entry.vector, dtype=np.float32),
    }  # fmt: skip


def _said(entry: Entry) -> str:
    """Stems as text, each as often as it counts; pairs of neighbours stay out: a count of one would outweigh what they are worth."""
    tokens = [_token(term) for term, count in entry.terms.items() if "_" not in term for _ in range(max(1, round(count)))]
    return " ".join(tokens)[: _TEXT - 1]


def _token(stem: str) -> str:
    """A stem as letters and digits alone, so that no tokenizer parts it ("bi-rads", "1.5t")."""
    return "".join(sign if sign.isalnum() else f"x{ord(sign):x}x" for sign in stem)


def _filter(filters: Filters) -> str:
    """The filters as Milvus reads them; empty where everything is allowed."""
    fields = (("kind", filters.kinds), ("subspecialty", filters.subspecialty), ("document_id", filters.document_ids))
    parts = [f"{name} in {literal(values)}" for name, values in fields if values]
    if filters.modality:
        parts.append(f"array_contains_any(modality, {literal(filters.modality)})")
    return " and ".join(parts)
