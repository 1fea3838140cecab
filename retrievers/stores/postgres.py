"""Postgres with pgvector: for those who have one database. Every collection has tables of its own in the schema `radqa`.

    radqa.collections        what each was made with, which library it follows, how many passages and words it holds
    radqa.NAME_passages      a passage, what it can be filtered by, its vector (HNSW by inner product)
    radqa.NAME_terms         a passage's weighted terms, by term: BM25 as the index of files reckons it, over the whole collection

Filtered searches are exact, over what the filters allow; unfiltered ones go through HNSW once the collection is large enough for the
planner to prefer it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corpora.errors import MissingExtra
from corpora.types import Passage
from retrievers.embedding import Embedder, Matrix
from retrievers.errors import SourceUnavailable, StoreUnusable
from retrievers.lexical import K1, B
from retrievers.stores.entries import Entry, ServerStore
from retrievers.stores.types import Held
from retrievers.types import Filters, Hit, Query
from retrievers.vectors import VectorCache
from retrievers.words import terms

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from retrievers.stores.address import Address

_DEEP, _DEEPEST = 200, 1000
"""Neighbours that HNSW keeps in view, at least and at most; what asks for more is searched exactly."""
_SCHEMA = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE SCHEMA IF NOT EXISTS radqa;
CREATE TABLE IF NOT EXISTS radqa.collections (
    name text PRIMARY KEY, model text NOT NULL, dimensions int NOT NULL, space text NOT NULL,
    state text NOT NULL DEFAULT '', passages bigint NOT NULL DEFAULT 0, words double precision NOT NULL DEFAULT 0);
"""
_TABLES = """
CREATE TABLE radqa.{name}_passages (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text NOT NULL UNIQUE, document_id text NOT NULL, start int NOT NULL,
    kind text NOT NULL, subspecialty text NOT NULL, modality text[] NOT NULL, first boolean NOT NULL, origin text NOT NULL,
    length real NOT NULL, passage text NOT NULL, vector vector({dimensions}) NOT NULL);
CREATE INDEX ON radqa.{name}_passages (document_id);
CREATE INDEX ON radqa.{name}_passages (document_id, origin) WHERE first AND origin <> '';
CREATE INDEX ON radqa.{name}_passages USING hnsw (vector vector_ip_ops) WITH (m = 16, ef_construction = 128);
CREATE TABLE radqa.{name}_terms (
    term bigint NOT NULL, number bigint NOT NULL REFERENCES radqa.{name}_passages ON DELETE CASCADE,
    count real NOT NULL, length real NOT NULL, PRIMARY KEY (term, number));
CREATE INDEX ON radqa.{name}_terms (number);
"""
_DENSE = """
SELECT id, passage, -(vector <#> CAST(:vector AS vector)) AS score FROM radqa.{name}_passages {where}
ORDER BY vector <#> CAST(:vector AS vector), number LIMIT :k
"""
_LEXICAL = """
WITH asked AS (SELECT * FROM unnest(CAST(:terms AS bigint[]), CAST(:weights AS real[])) AS a (term, weight)),
size AS (SELECT greatest(passages, 1) AS n, greatest(words / greatest(passages, 1), 1e-9) AS mean
         FROM radqa.collections WHERE name = :name),
held AS (SELECT term, count(*) AS n FROM radqa.{name}_terms JOIN asked USING (term) GROUP BY term),
rare AS (SELECT held.term, asked.weight * power(ln(1 + (size.n - held.n + 0.5) / (held.n + 0.5)), 2) AS weight
         FROM held JOIN asked USING (term), size),
scored AS (SELECT t.number, sum(rare.weight * t.count * (:k1 + 1) / (t.count + :k1 * (1 - :b + :b * t.length / size.mean))) AS score
           FROM radqa.{name}_terms t JOIN rare USING (term), size GROUP BY t.number)
SELECT id, passage, score FROM scored JOIN radqa.{name}_passages USING (number) {where} ORDER BY score DESC, number LIMIT :k
"""


class PostgresStore(ServerStore):
    """One collection in a database."""

    name = "postgres"

    def __init__(self, address: Address, model: Embedder, cache: VectorCache | None = None) -> None:
        """Connect, and make the collection's tables where they are missing.

        Raises:
            MissingExtra: psycopg is not installed.
            StoreUnusable: nobody answers there, pgvector is missing, or the collection was made with another model.
        """
        super().__init__(address.collection, model, cache)
        self.shown, self._where = address.shown, {"name": address.collection}
        try:
            import psycopg  # noqa: F401
        except ImportError as error:
            raise MissingExtra("A Postgres store needs a package that is not installed.", 'Run: pip install "radqa[postgres]"') from error
        from sqlalchemy import create_engine

        self._engine = create_engine(address.target, pool_size=4, max_overflow=8, pool_pre_ping=True)
        try:
            self._make()
        except StoreUnusable:
            self.close()
            raise
        except SourceUnavailable as error:
            self.close()
            remedy = "See whether the server runs, the address is right, and pgvector is installed in it."
            raise StoreUnusable(f"The store {self.shown} cannot be used: {error}.", remedy) from error

    def write(self, entries: Sequence[Entry]) -> None:
        """See `ServerStore.write`: what is there goes first, in the same transaction."""
        with self._begun() as connection:
            self._drop(connection, [entry.passage.id for entry in entries])
            cursor = connection.connection.cursor()
            with cursor.copy(f"COPY radqa.{self.collection}_passages ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
                for entry in entries:
                    copy.write_row(_row(entry))
            found = self._run(connection, "SELECT id, number FROM radqa.{name}_passages WHERE id = ANY(:ids)", ids=_ids(entries))
            numbers: dict[str, int] = {row.id: row.number for row in found}
            with cursor.copy(f"COPY radqa.{self.collection}_terms (term, number, count, length) FROM STDIN") as copy:
                for entry in entries:
                    length = sum(entry.terms.values())
                    for term, count in _hashed(entry.terms).items():
                        copy.write_row((term, numbers[entry.passage.id], count, length))
            self._count(connection, len(entries), sum(sum(entry.terms.values()) for entry in entries))

    def ids(self, document_ids: Collection[str]) -> set[str]:
        """See `ServerStore.ids`."""
        with self._begun() as connection:
            sql = "SELECT id FROM radqa.{name}_passages WHERE document_id = ANY(:names)"
            return {row.id for row in self._run(connection, sql, names=list(document_ids))}

    def drop(self, ids: Collection[str]) -> None:
        """See `ServerStore.drop`."""
        with self._begun() as connection:
            self._drop(connection, list(ids))

    def settle(self) -> None:
        """Let the planner know how much there is now."""
        with self._begun() as connection:
            self._run(connection, "ANALYZE radqa.{name}_passages")
            self._run(connection, "ANALYZE radqa.{name}_terms")

    def state(self) -> str:
        """See `ServerStore.state`."""
        with self._begun() as connection:
            return str(self._run(connection, "SELECT state FROM radqa.collections WHERE name = :name", **self._where).scalar_one())

    def note(self, state: str) -> None:
        """See `ServerStore.note`."""
        with self._begun() as connection:
            self._run(connection, "UPDATE radqa.collections SET state = :state WHERE name = :name", state=state, **self._where)

    def followed(self) -> dict[str, str]:
        """See `ServerStore.followed`."""
        with self._begun() as connection:
            sql = "SELECT document_id, origin FROM radqa.{name}_passages WHERE first AND origin <> ''"
            return {row.document_id: row.origin for row in self._run(connection, sql)}

    def held(self) -> Held:
        """See `Store.held`."""
        with self._begun() as connection:
            row = self._run(connection, "SELECT count(DISTINCT document_id), count(*) FROM radqa.{name}_passages").one()
            return Held(documents=row[0], passages=row[1])

    def dense(self, queries: Sequence[Query], vectors: Matrix) -> list[list[Hit]]:
        """See `Store.dense`."""
        answers = []
        with self._begun() as connection:
            for query, vector in zip(queries, self.space.of_queries(vectors) if len(queries) else (), strict=True):
                where, given = _where(query.filters)
                exact = bool(where) or 2 * query.k > _DEEPEST
                self._run(connection, f"SET LOCAL enable_indexscan = {'off' if exact else 'on'}")
                self._run(connection, f"SET LOCAL hnsw.ef_search = {min(_DEEPEST, max(_DEEP, 2 * query.k))}")
                rows = self._run(connection, _DENSE.replace("{where}", where), vector=_text(vector), k=query.k, **given)
                answers.append([self._hit(row, "dense") for row in rows])
        return answers

    def lexical(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """See `Store.lexical`."""
        answers = []
        with self._begun() as connection:
            for query in queries:
                rows = self._scored(connection, query, terms(query.text, boilerplate=True))
                answers.append(rows or self._scored(connection, query, terms(query.text)))
        return answers

    def passages(self, document_id: str) -> list[Passage]:
        """See `Store.passages`."""
        with self._begun() as connection:
            sql = "SELECT id, passage FROM radqa.{name}_passages WHERE document_id = :document ORDER BY start, number"
            return [self.passage(row.id, row.passage) for row in self._run(connection, sql, document=document_id)]

    def close(self) -> None:
        """See `Store.close`."""
        self._engine.dispose()

    def _scored(self, connection: Connection, query: Query, counted: Mapping[str, float]) -> list[Hit]:
        where, given = _where(query.filters)
        weights = _hashed({term: sqrt(count) for term, count in counted.items()})
        rows = self._run(
            connection, _LEXICAL.replace("{where}", where), terms=list(weights), weights=list(weights.values()), k1=K1, b=B, k=query.k,
            **self._where, **given,
        )  # fmt: skip
        return [self._hit(row, "lexical") for row in rows]

    def _hit(self, row: Any, voice: str) -> Hit:
        return Hit(passage=self.passage(row.id, row.passage), score=float(row.score), retriever=voice)

    def _drop(self, connection: Connection, ids: list[str]) -> None:
        if ids:
            sql = "DELETE FROM radqa.{name}_passages WHERE id = ANY(:ids) RETURNING length"
            lengths = [row.length for row in self._run(connection, sql, ids=ids)]
            self._count(connection, -len(lengths), -sum(lengths))

    def _count(self, connection: Connection, passages: int, length: float) -> None:
        sql = "UPDATE radqa.collections SET passages = passages + :passages, words = words + :words WHERE name = :name"
        self._run(connection, sql, passages=passages, words=length, **self._where)

    def _make(self) -> None:
        with self._begun() as connection:
            self._run(connection, "SELECT pg_advisory_xact_lock(hashtext('radqa'))")  # two workers that start at once
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._run(connection, statement)
            row = self._run(connection, "SELECT model, dimensions, space FROM radqa.collections WHERE name = :name", **self._where).first()
            if row is None:
                for statement in filter(str.strip, _TABLES.replace("{dimensions}", str(self.about.dimensions)).split(";")):
                    self._run(connection, statement)
                sql = "INSERT INTO radqa.collections (name, model, dimensions, space) VALUES (:name, :model, :dimensions, :space)"
                self._run(connection, sql, **self._where, **self.about._asdict())
        if row is not None and tuple(row) != self.about:
            raise StoreUnusable(
                f"The collection {self.collection!r} of {self.shown} was made with the model {row.model!r} and the space {row.space!r}; "
                f"this is {self.about.model!r} with {self.about.space!r}.",
                "Name another collection (?collection=NAME), or remove this one and fill it again: radqa store put.",
            )

    def _run(self, connection: Connection, sql: str, **given: Any) -> Any:
        from sqlalchemy import text

        return connection.execute(text(sql.replace("{name}", self.collection)), given)

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        """A transaction; what the database refuses, as ours."""
        from psycopg import Error
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, Error) as error:
            said = str(getattr(error, "orig", None) or error).strip().splitlines()
            raise SourceUnavailable(f"store {self.shown}", said[0][:300] if said else type(error).__name__) from error


_COLUMNS = ("id", "document_id", "start", "kind", "subspecialty", "modality", "first", "origin", "length", "passage", "vector")


def _row(entry: Entry) -> tuple[Any, ...]:
    passage, source = entry.passage, entry.passage.source
    return (
        passage.id, passage.document_id, passage.start, source.kind, source.subspecialty, list(source.modality), entry.first, entry.origin,
        sum(entry.terms.values()), passage.model_dump_json(exclude_defaults=True).replace("\0", ""), _text(entry.vector),
    )  # fmt: skip


def _ids(entries: Sequence[Entry]) -> list[str]:
    return [entry.passage.id for entry in entries]


def _text(vector: NDArray[np.float32]) -> str:
    """A vector as pgvector reads it, to the last bit."""
    return "[" + ",".join(map(str, vector.tolist())) + "]"


def _hashed(counted: Mapping[str, float]) -> dict[int, float]:
    """Terms as 64-bit numbers; two that fall together, once in some billion pairs, are counted together."""
    numbers: Counter[int] = Counter()
    for term, count in counted.items():
        digest = hashlib.blake2b(term.encode(), digest_size=8).digest()
        numbers[int.from_bytes(digest, "big", signed=True)] += count  # type: ignore[assignment]
    return dict(numbers)


def _where(filters: Filters) -> tuple[str, dict[str, Any]]:
    """The filters as SQL and its values; empty where everything is allowed."""
    wanted = {
        "kind = ANY(:kinds)": ("kinds", filters.kinds), "subspecialty = ANY(:subspecialty)": ("subspecialty", filters.subspecialty),
        "modality && CAST(:modality AS text[])": ("modality", filters.modality),
        "document_id = ANY(:names)": ("names", filters.document_ids),
    }  # fmt: skip
    used = {sql: given for sql, given in wanted.items() if given[1]}
    return ("WHERE " + " AND ".join(used) if used else ""), {name: list(values) for name, values in used.values()}
