"""Conversations, feedback and preferences in one SQLite file: they survive restarts, and nobody sees another person's.

Every method names the person first; no query leaves that out.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from agent.types import Abstained, Answer, Answered, TraceEvent
from corpora.privacy.files import private_file
from corpora.types import Frozen

Status = Literal["asked", "answered", "stopped", "failed"]
TITLE_CHARACTERS = 80
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answered | Abstained)
_EVENTS = TypeAdapter(tuple[TraceEvent, ...])
_STANDS = "This is the answer from before; asked again, the question got no other. "

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, person TEXT NOT NULL, title TEXT NOT NULL, created REAL NOT NULL, changed REAL NOT NULL);
CREATE INDEX IF NOT EXISTS conversations_of ON conversations (person, changed);
CREATE TABLE IF NOT EXISTS turns (
    id TEXT PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE, position INTEGER NOT NULL,
    question TEXT NOT NULL, options TEXT NOT NULL, report TEXT NOT NULL, read_as TEXT NOT NULL, status TEXT NOT NULL,
    answer TEXT, plain TEXT NOT NULL, events TEXT NOT NULL, problem TEXT NOT NULL, asked REAL NOT NULL, seconds REAL NOT NULL);
CREATE INDEX IF NOT EXISTS turns_of ON turns (conversation, position);
CREATE TABLE IF NOT EXISTS feedback (
    turn TEXT PRIMARY KEY REFERENCES turns (id) ON DELETE CASCADE, helpful INTEGER NOT NULL, comment TEXT NOT NULL, given REAL NOT NULL);
CREATE TABLE IF NOT EXISTS preferences (person TEXT PRIMARY KEY, chosen TEXT NOT NULL);
"""


class Conversation(Frozen):
    """A thread of questions; times are seconds since the epoch."""

    id: str
    title: str
    created: float
    changed: float
    turns: int = 0


class Feedback(Frozen):
    """What a person thought of an answer."""

    helpful: bool
    comment: str = ""


class Turn(Frozen):
    """One question and what came of it; `plain` is the answer's text even where the answer cannot be read any more."""

    id: str
    conversation: str
    question: str
    options: dict[str, str] = Field(default_factory=dict)
    report: str = ""
    read_as: str = Field(default="", description="a follow-up as a question that stands alone")
    status: Status = "asked"
    answer: Answer | None = None
    plain: str = ""
    events: tuple[TraceEvent, ...] = ()
    problem: str = ""
    asked: float = 0.0
    seconds: float = 0.0
    feedback: Feedback | None = None


class Store:
    """All people's conversations; each method opens its own connection, so any thread may call it."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; turns that a killed process left unanswered are marked as stopped."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        private_file(path)
        with self._connected() as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(_SCHEMA)
            database.execute(
                "UPDATE turns SET status = iif(answer IS NULL, 'stopped', 'answered'), problem = iif(answer IS NULL, '', ?) || ? "
                "WHERE status = 'asked'",
                (_STANDS, "The program ended before the answer came."),
            )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            database.execute("PRAGMA foreign_keys = ON")
            with database:
                yield database

    def conversations(self, person: str, search: str = "", limit: int = 200) -> list[Conversation]:
        """The person's conversations, the last used first; those that hold every searched word in title, question or answer."""
        where, values = "person = ?", [person]
        for word in search.split():
            where += """ AND (title LIKE ? ESCAPE '!' OR EXISTS (SELECT 1 FROM turns WHERE conversation = c.id
                AND (question LIKE ? ESCAPE '!' OR report LIKE ? ESCAPE '!' OR options LIKE ? ESCAPE '!' OR plain LIKE ? ESCAPE '!')))"""
            values += [f"%{_escaped(word)}%"] * 5
        with self._connected() as database:
            rows = database.execute(
                f"{_CONVERSATIONS} WHERE {where} ORDER BY changed DESC LIMIT ?",
                [*values, limit],
            ).fetchall()
        return [_conversation(row) for row in rows]

    def conversation(self, person: str, conversation: str) -> Conversation | None:
        """One of the person's conversations, or None where it is not theirs or not there."""
        with self._connected() as database:
            row = database.execute(
                f"{_CONVERSATIONS} WHERE id = ? AND person = ?",
                (conversation, person),
            ).fetchone()
        return _conversation(row) if row else None

    def begin(self, person: str, title: str) -> Conversation:
        """A new, empty conversation."""
        now = time.time()
        made = Conversation(id=uuid.uuid4().hex, title=_short(title), created=now, changed=now)
        with self._connected() as database:
            database.execute("INSERT INTO conversations VALUES (?, ?, ?, ?, ?)", (made.id, person, made.title, now, now))
        return made

    def rename(self, person: str, conversation: str, title: str) -> None:
        """Give one of the person's conversations another title; an empty one changes nothing."""
        if title.strip():
            with self._connected() as database:
                database.execute("UPDATE conversations SET title = ? WHERE id = ? AND person = ?", (_short(title), conversation, person))

    def delete(self, person: str, conversation: str) -> None:
        """Remove one of the person's conversations with its turns and feedback."""
        with self._connected() as database:
            database.execute("DELETE FROM conversations WHERE id = ? AND person = ?", (conversation, person))

    def ask(self, person: str, conversation: str, question: str, options: dict[str, str], report: str = "", read_as: str = "") -> Turn:
        """A new turn at the end of the conversation, not answered yet.

        Raises:
            KeyError: the conversation is not the person's.
        """
        made = Turn(
            id=uuid.uuid4().hex, conversation=conversation, question=question, options=options, report=report, read_as=read_as,
            asked=time.time(),
        )  # fmt: skip
        with self._connected() as database:
            self._own(database, person, conversation)
            position = database.execute(
                "SELECT coalesce(max(position), 0) + 1 FROM turns WHERE conversation = ?", (conversation,)
            ).fetchone()[0]
            database.execute(
                "INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, ?, 'asked', NULL, '', '[]', '', ?, 0)",
                (made.id, conversation, position, question, json.dumps(options), report, read_as, made.asked),
            )
            database.execute("UPDATE conversations SET changed = ? WHERE id = ?", (made.asked, conversation))
        return made

    def finish(
        self,
        turn: str,
        status: Status,
        *,
        answer: Answer | None = None,
        events: tuple[TraceEvent, ...] = (),
        problem: str = "",
        seconds: float = 0.0,
    ) -> None:
        """Keep what came of a turn; nothing happens when its conversation was deleted meanwhile.

        An answer that was there before gives way only to another answer, and the feedback on it with it.
        """
        stored = answer.model_dump_json() if answer else None
        plain = str(answer) if answer else ""
        with self._connected() as database:
            again = bool(database.execute("SELECT 1 FROM turns WHERE id = ? AND answer IS NOT NULL", (turn,)).fetchone())
            if again and answer is None:
                database.execute("UPDATE turns SET status = 'answered', problem = ? WHERE id = ?", (f"{_STANDS}{problem}", turn))
                return
            if again:
                database.execute("DELETE FROM feedback WHERE turn = ?", (turn,))
                database.execute("UPDATE turns SET asked = ? WHERE id = ?", (time.time() - seconds, turn))
            database.execute(
                "UPDATE turns SET status = ?, answer = ?, plain = ?, events = ?, problem = ?, seconds = ? WHERE id = ?",
                (status, stored, plain, _EVENTS.dump_json(events).decode(), problem, seconds, turn),
            )

    def reopen(self, person: str, turn: str, *, alone: bool = False) -> None:
        """Make one of the person's turns wait for an answer again; the one that it has stays until another is there.

        `alone` takes back what was read into it from the turn before.
        """
        if self.turn(person, turn) is not None:
            with self._connected() as database:
                database.execute(
                    "UPDATE turns SET status = 'asked', problem = '', read_as = iif(?, '', read_as) WHERE id = ?", (alone, turn)
                )

    def turns(self, person: str, conversation: str) -> list[Turn]:
        """The conversation's turns in order; none where it is not the person's."""
        with self._connected() as database:
            rows = database.execute(
                f"{_TURNS} WHERE c.person = ? AND c.id = ? ORDER BY t.position",
                (person, conversation),
            ).fetchall()
        return [_turn(row) for row in rows]

    def turn(self, person: str, turn: str) -> Turn | None:
        """One of the person's turns, or None."""
        with self._connected() as database:
            row = database.execute(f"{_TURNS} WHERE c.person = ? AND t.id = ?", (person, turn)).fetchone()
        return _turn(row) if row else None

    def drop_from(self, person: str, turn: str) -> list[str]:
        """Remove a turn and all that follow it in its conversation, which is what editing a question does; the ids of those removed."""
        with self._connected() as database:
            row = database.execute(f"{_TURNS} WHERE c.person = ? AND t.id = ?", (person, turn)).fetchone()
            if row is None:
                return []
            values = (row["conversation"], row["position"])
            removed = database.execute("DELETE FROM turns WHERE conversation = ? AND position >= ? RETURNING id", values).fetchall()
        return [row["id"] for row in removed]

    def rate(self, person: str, turn: str, helpful: bool, comment: str = "") -> None:
        """Keep the person's judgement of an answer; a later one replaces it."""
        with self._connected() as database:
            if database.execute(f"{_TURNS} WHERE c.person = ? AND t.id = ?", (person, turn)).fetchone():
                values = (turn, int(helpful), comment.strip(), time.time())
                database.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)", values)

    def unrate(self, person: str, turn: str) -> None:
        """Take the person's judgement back."""
        with self._connected() as database:
            if database.execute(f"{_TURNS} WHERE c.person = ? AND t.id = ?", (person, turn)).fetchone():
                database.execute("DELETE FROM feedback WHERE turn = ?", (turn,))

    def rated(self, person: str) -> list[Turn]:
        """Every turn that the person judged, the oldest first."""
        with self._connected() as database:
            rows = database.execute(f"{_TURNS} WHERE c.person = ? AND f.turn IS NOT NULL ORDER BY f.given", (person,)).fetchall()
        return [_turn(row) for row in rows]

    def preferences(self, person: str) -> dict[str, Any]:
        """What the person last chose in the sidebar; empty at the first start."""
        with self._connected() as database:
            row = database.execute("SELECT chosen FROM preferences WHERE person = ?", (person,)).fetchone()
        return dict(json.loads(row["chosen"])) if row else {}

    def prefer(self, person: str, chosen: dict[str, Any]) -> None:
        """Keep the sidebar's choices; never put a secret in them."""
        with self._connected() as database:
            database.execute("INSERT OR REPLACE INTO preferences VALUES (?, ?)", (person, json.dumps(chosen)))

    @staticmethod
    def _own(database: sqlite3.Connection, person: str, conversation: str) -> None:
        if not database.execute("SELECT 1 FROM conversations WHERE id = ? AND person = ?", (conversation, person)).fetchone():
            raise KeyError(f"no conversation {conversation!r} of this person")


_CONVERSATIONS = "SELECT c.*, (SELECT count(*) FROM turns WHERE conversation = c.id) AS turns FROM conversations AS c"
_TURNS = """SELECT t.*, f.helpful, f.comment FROM turns AS t JOIN conversations AS c ON c.id = t.conversation
LEFT JOIN feedback AS f ON f.turn = t.id"""


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _short(title: str) -> str:
    title = " ".join(title.split())
    return title if len(title) <= TITLE_CHARACTERS else f"{title[: TITLE_CHARACTERS - 1].rsplit(' ', 1)[0]}…"


def _conversation(row: sqlite3.Row) -> Conversation:
    return Conversation(id=row["id"], title=row["title"], created=row["created"], changed=row["changed"], turns=row["turns"])


def _turn(row: sqlite3.Row) -> Turn:
    answer: Answer | None = None
    events: tuple[TraceEvent, ...] = ()
    try:
        answer = _ANSWER.validate_json(row["answer"]) if row["answer"] else None
        events = _EVENTS.validate_json(row["events"])
    except ValidationError:  # kept by another version: `plain` is shown instead
        pass
    return Turn(
        id=row["id"], conversation=row["conversation"], question=row["question"], options=json.loads(row["options"]), report=row["report"],
        read_as=row["read_as"], status=row["status"], answer=answer, plain=row["plain"], events=events, problem=row["problem"],
        asked=row["asked"], seconds=row["seconds"],
        feedback=None if row["helpful"] is None else Feedback(helpful=bool(row["helpful"]), comment=row["comment"]),
    )  # fmt: skip
