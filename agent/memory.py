"""Conversations: every turn of a thread is written when it begins and again when it ends, so that a killed process loses no turn.

One table by SQLAlchemy: SQLite in the user's data folder, or any server by URL (`postgresql+psycopg://...`). Turns are kept, not
graph checkpoints; see docs/decisions/0005-memory.md.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from platformdirs import user_data_path
from pydantic import TypeAdapter
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text, create_engine, func, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from agent.errors import InvalidSettings
from agent.types import Answer, Question
from corpora.types import Frozen

_TABLES = MetaData()
_TURNS = Table(
    "turns",
    _TABLES,
    Column("id", String(32), primary_key=True),
    Column("thread", String(64), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("said", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text),
    Column("at", DateTime(timezone=True), nullable=False),
)
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


class Turn(Frozen):
    """One exchange: what was said, the question it was read as, and the answer once there is one."""

    id: str
    thread: str
    number: int
    said: str
    question: Question
    answer: Answer | None = None

    @property
    def unfinished(self) -> bool:
        """Whether the process ended before the answer came."""
        return self.answer is None


class Memory:
    """The turns of all threads. Safe to use from several threads and processes."""

    def __init__(self, url: str = "") -> None:
        """Open (or create) the database at a SQLAlchemy URL; by default a file in the user's data folder.

        Raises:
            InvalidSettings: the database cannot be opened.
        """
        if not url:
            folder = user_data_path("radqa", ensure_exists=True)
            url = f"sqlite:///{folder / 'conversations.sqlite'}"
        try:
            self._engine: Engine = create_engine(url, pool_pre_ping=True)
            _TABLES.create_all(self._engine)
        except (SQLAlchemyError, ImportError) as error:
            raise InvalidSettings(f"The conversations' database {url!r} cannot be opened: {error}", "Check RADQA_MEMORY.") from error

    def begin(self, thread: str, said: str, question: Question) -> Turn:
        """Write down that a turn began."""
        with self._engine.begin() as connection:
            last = connection.execute(select(func.max(_TURNS.c.number)).where(_TURNS.c.thread == thread)).scalar()
            turn = Turn(id=uuid.uuid4().hex, thread=thread, number=(last or 0) + 1, said=said, question=question)
            row = {"id": turn.id, "thread": thread, "number": turn.number, "said": said, "question": question.model_dump_json()}
            connection.execute(_TURNS.insert().values(**row, at=datetime.now(UTC)))
        return turn

    def end(self, turn: Turn, answer: Answer) -> Turn:
        """Write down its answer."""
        with self._engine.begin() as connection:
            connection.execute(update(_TURNS).where(_TURNS.c.id == turn.id).values(answer=_ANSWER.dump_json(answer).decode()))
        return turn.model_copy(update={"answer": answer})

    def turns(self, thread: str) -> list[Turn]:
        """A thread's turns in order."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_TURNS).where(_TURNS.c.thread == thread).order_by(_TURNS.c.number)).mappings().all()
        return [
            Turn(
                id=row["id"],
                thread=row["thread"],
                number=row["number"],
                said=row["said"],
                question=Question.model_validate_json(row["question"]),
                answer=_ANSWER.validate_json(row["answer"]) if row["answer"] else None,
            )
            for row in rows
        ]

    def threads(self) -> list[str]:
        """All threads, the latest first."""
        with self._engine.connect() as connection:
            latest = select(_TURNS.c.thread).group_by(_TURNS.c.thread).order_by(func.max(_TURNS.c.at).desc())
            return [str(row[0]) for row in connection.execute(latest)]

    def forget(self, thread: str) -> None:
        """Delete a thread."""
        with self._engine.begin() as connection:
            connection.execute(_TURNS.delete().where(_TURNS.c.thread == thread))

    def close(self) -> None:
        """Close the database's connections."""
        self._engine.dispose()
