"""Conversations: every turn of a thread is written when it begins and again when it ends, so that a killed process loses no turn.

One table by SQLAlchemy: SQLite in the user's data folder, or any server by URL (`postgresql+psycopg://...`). Turns are kept, not
graph checkpoints; see docs/decisions/0005-memory.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    func,
    make_url,
    select,
    update,
)  # fmt: skip
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from agent.errors import InvalidSettings
from agent.reading.conversation import Dialogue, Exchange
from agent.types import Answer, Question
from corpora.privacy.files import private_file, private_folder
from corpora.types import Frozen, Passage

_LONGEST_NAME = 64
_TABLES = MetaData()
_TURNS = Table(
    "turns",
    _TABLES,
    Column("id", String(32), primary_key=True),
    Column("thread", String(_LONGEST_NAME), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("said", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text),
    Column("at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("thread", "number"),
)
_TRIES = 5
"""Of writing a turn down, where another process takes its number in between."""
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


class Turn(Frozen):
    """One exchange: what was said, the question it was read as, and the answer once there is one."""

    id: str
    thread: str
    number: int
    said: str
    question: Question
    answer: Answer | None = Field(default=None, description="None too where another version of radqa kept it and it cannot be read")
    ended: bool = False

    @property
    def unfinished(self) -> bool:
        """Whether the process ended before the answer came."""
        return not self.ended


def _read(stored: str | None) -> Answer | None:
    """The kept answer; fields that an earlier version wrote and this one does not know are left out."""
    try:
        return _ANSWER.validate_json(stored, extra="ignore") if stored else None
    except ValidationError:
        return None


def _keep_private(url: URL) -> None:
    """A database in a file is its owner's alone; it is made so before anything is written into it."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:") or "mode" in url.query:
        return
    with suppress(OSError):  # the database says itself why it cannot be opened
        private_file(Path(str(url.database)))


def _shown(url: str | URL) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "of RADQA_MEMORY"


_EARLIER = 20
"""Pieces of the evidence of the turn before that a follow-up reads again."""


def read_for(answer: Answer) -> tuple[Passage, ...]:
    """The passages of an answer's best evidence, which a follow-up reads again."""
    return tuple({item.passage.id: item.passage for item in answer.evidence[:_EARLIER]}.values())


class Memory:
    """The turns of all threads. Safe to use from several threads and processes."""

    def __init__(self, url: str = "") -> None:
        """Open (or create) the database at a SQLAlchemy URL; by default a file in the user's data folder.

        Raises:
            InvalidSettings: the database cannot be opened.
        """
        if not url:
            folder = user_data_path("radqa")
            try:
                private_folder(folder)
            except OSError as error:
                problem = f"Conversations cannot be kept in {folder}: {error.strerror}."
                raise InvalidSettings(problem, "Make it writable, or set RADQA_MEMORY to a database's URL.") from error
            url = f"sqlite:///{folder / 'conversations.sqlite'}"
        with self._usable("opened", url):
            self._engine: Engine = create_engine(url, pool_pre_ping=True)
            _keep_private(self._engine.url)
            _TABLES.create_all(self._engine)

    @staticmethod
    @contextmanager
    def _usable(done: str, url: str | URL) -> Iterator[None]:
        """Turn what a database refuses into one line that names it, without its password."""
        try:
            yield
        except (SQLAlchemyError, ImportError) as error:
            why = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise InvalidSettings(f"The conversations' database {_shown(url)} cannot be {done}: {why}", "Check RADQA_MEMORY.") from error

    @contextmanager
    def _connected(self, done: str) -> Iterator[Connection]:
        """A connection whose work is kept when the block ends well."""
        with self._usable(done, self._engine.url), self._engine.begin() as connection:
            yield connection

    def begin(self, thread: str, said: str, question: Question) -> Turn:
        """Write down that a turn began. Raises `InvalidSettings`: the name is too long, or the database cannot be written."""
        if len(thread) > _LONGEST_NAME:
            raise InvalidSettings(f"The thread's name has {len(thread)} characters; at most {_LONGEST_NAME} are kept.", "Shorten it.")
        with self._usable("written", self._engine.url):
            number, made = self._numbered(thread, said, question)
        return Turn(id=made, thread=thread, number=number, said=said, question=question)

    def _numbered(self, thread: str, said: str, question: Question) -> tuple[int, str]:
        """Number and id of a new row: the number is taken in the statement that writes it, so that two writers never share one."""
        last = select(func.coalesce(func.max(_TURNS.c.number), 0) + 1).where(_TURNS.c.thread == thread).scalar_subquery()
        for tried in range(1, _TRIES + 1):
            made = uuid.uuid4().hex
            row = {"id": made, "thread": thread, "number": last, "said": said, "question": question.model_dump_json()}
            try:
                with self._engine.begin() as connection:
                    connection.execute(_TURNS.insert().values(**row, at=datetime.now(UTC)))
                    number = connection.execute(select(_TURNS.c.number).where(_TURNS.c.id == made)).scalar_one()
                    return int(number), made
            except IntegrityError:
                if tried == _TRIES:
                    raise
        raise AssertionError("the last try returns or raises")

    def end(self, turn: Turn, answer: Answer) -> Turn:
        """Write down its answer."""
        with self._connected("written") as connection:
            connection.execute(update(_TURNS).where(_TURNS.c.id == turn.id).values(answer=_ANSWER.dump_json(answer).decode()))
        return turn.model_copy(update={"answer": answer, "ended": True})

    def turns(self, thread: str) -> list[Turn]:
        """A thread's turns in order."""
        with self._connected("read") as connection:
            rows = connection.execute(select(_TURNS).where(_TURNS.c.thread == thread).order_by(_TURNS.c.number)).mappings().all()
        return [
            Turn(
                id=row["id"],
                thread=row["thread"],
                number=row["number"],
                said=row["said"],
                question=Question.model_validate_json(row["question"]),
                answer=_read(row["answer"]),
                ended=row["answer"] is not None,
            )
            for row in rows
        ]

    def dialogue(self, turn: Turn) -> Dialogue:
        """The questions and answers of the thread before a turn."""
        before = (other for other in self.turns(turn.thread) if other.number < turn.number and other.answer is not None)
        return tuple(Exchange(other.question.text, other.answer.text if other.answer else "", other.question.report) for other in before)

    def earlier(self, turn: Turn) -> tuple[Passage, ...]:
        """What the turn before a follow-up was answered from: read again beside what is found anew."""
        before = [other for other in self.turns(turn.thread) if other.number < turn.number]
        if not before or turn.question.text == turn.said or before[-1].answer is None:
            return ()
        return read_for(before[-1].answer)

    def threads(self) -> list[str]:
        """All threads, the latest first."""
        with self._connected("read") as connection:
            latest = select(_TURNS.c.thread).group_by(_TURNS.c.thread).order_by(func.max(_TURNS.c.at).desc())
            return [str(row[0]) for row in connection.execute(latest)]

    def forget(self, thread: str) -> None:
        """Delete a thread."""
        with self._connected("written") as connection:
            connection.execute(_TURNS.delete().where(_TURNS.c.thread == thread))

    def close(self) -> None:
        """Close the database's connections."""
        self._engine.dispose()
