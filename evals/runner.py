"""Asks every item of every system: several at once, each reply kept on the disk as it ends, nothing asked twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from agent.errors import ModelError, ModelTimeout, ModelUnavailable
from corpora.errors import RadqaError, SetupError
from evals.folder import RunFolder
from evals.journal import Journal, RunWriteFailed
from evals.outage import Gate, RunStopped
from evals.questions import Item, Posed
from evals.scorers import score_all
from evals.scorers.case import Case, Scores
from evals.scorers.cost import Prices
from evals.solvers import Solver
from evals.types import Failure, Record, Response

PATIENCE_S = 600.0
_OWN_FAULT = 3
"""An item that fails so often while others are answered has failed; the model is not out."""

JudgeReply = Callable[[Item, Response], Awaitable[Scores]]


class Asked(NamedTuple):
    """What all items of a run share."""

    seed: int
    text_of: Callable[[str], str | None]
    prices: Prices = Prices()
    judge: JudgeReply | None = None
    times: Mapping[tuple[str, str], tuple[float, float]] | None = None
    """Of a replay: the recorded seconds, in all and in the model, by system and item."""
    lost: Mapping[tuple[str, str], Failure] | None = None
    """Of a replay: what failed by chance (model out, time spent), and fails again."""
    recorded: Set[tuple[str, str]] | None = None
    """Of a replay: what the run had asked when it ended, by system and item; nothing else is."""


class Runner:
    """One pass over a set; give `on_record` to follow it."""

    def __init__(
        self, folder: RunFolder, items: Sequence[Item], solvers: Sequence[Solver], asked: Asked, *, concurrency: int = 4,
        patience_s: float = PATIENCE_S, on_record: Callable[[Record], None] = lambda record: None,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:  # fmt: skip
        """Take the folder, what is asked of whom, and how many at once."""
        self._folder, self._items, self._solvers, self._shared = folder, items, solvers, asked
        self._concurrency, self._patience, self._on_record, self._tell = concurrency, patience_s, on_record, tell

    async def run(self) -> None:
        """Ask what is not done yet.

        Raises:
            RunStopped: the model stayed out, or refuses everything. Everything that ended is kept, also when this is cancelled.
            RunWriteFailed: the folder cannot be written.
            FolderBusy: another process writes this run.
        """
        journal, gate = Journal(self._folder.answers_file), Gate(self._patience, self._tell)
        workers: list[asyncio.Task[None]] = []
        try:
            pending = iter(self._left())
            workers += [asyncio.create_task(self._work(pending, journal, gate)) for _ in range(self._concurrency)]
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await journal.close()

    def _left(self) -> list[tuple[Solver, Item]]:
        """What is not done yet; of a replay, only what was recorded."""
        done, recorded = self._folder.done(), self._shared.recorded
        asked = [(solver, item) for item in self._items for solver in self._solvers if (solver.name, item.id) not in done]
        return [one for one in asked if recorded is None or (one[0].name, one[1].id) in recorded]

    async def _work(self, pending: Iterator[tuple[Solver, Item]], journal: Journal, gate: Gate) -> None:
        """Ask one item after the other; while one is asked, the one before is scored and written."""
        writing: asyncio.Task[None] | None = None
        try:
            for solver, item in pending:
                record, judged = await self._ask(solver, item, gate)
                if writing is not None:
                    await writing
                writing = asyncio.create_task(self._keep(item, record, judged, journal))
        finally:
            if writing is not None:
                await writing

    async def _keep(self, item: Item, record: Record, judged: Scores, journal: Journal) -> None:
        """Score a reply and write it."""
        if record.response is not None:
            scores = score_all(Case(item, record.response, self._shared.text_of), judged, self._shared.prices)
            record = record.model_copy(update={"scores": scores})
        await journal.append(record.model_dump_json(exclude_defaults=True))
        self._on_record(record)

    async def _ask(self, solver: Solver, item: Item, gate: Gate) -> tuple[Record, Scores]:
        """The reply or why there is none, not scored yet, and what a judge says of it."""
        if self._shared.lost and (solver.name, item.id) in self._shared.lost:
            return Record(system=solver.name, id=item.id, failure=self._shared.lost[solver.name, item.id]), {}
        try:
            response = await self._reply(solver, item, gate)
            judged = await self._shared.judge(item, response) if self._shared.judge else {}
        except (RunStopped, RunWriteFailed, SetupError):
            raise
        except RadqaError as error:
            if isinstance(error, (ModelUnavailable, ModelTimeout)):
                gate.refused(error)
            return Record(system=solver.name, id=item.id, failure=Failure(type=type(error).__name__, message=str(error)[:1000])), {}
        gate.answered()
        return Record(system=solver.name, id=item.id, response=response), judged

    async def _reply(self, solver: Solver, item: Item, gate: Gate) -> Response:
        """The reply, asked again after an outage. Raises what the solver raises when the item itself is at fault."""
        tries, before = 0, gate.answers
        while True:
            seen = await gate.passable()
            try:
                response = await solver.solve(Posed.of(item, self._shared.seed))
            except ModelError as error:
                tries += 1
                own_fault = gate.answers > before or isinstance(error, ModelTimeout)
                if not error.retryable or (own_fault and tries >= _OWN_FAULT):
                    raise
                await gate.pause(seen, error)
                continue
            times = self._shared.times
            if times is None or (solver.name, item.id) not in times:
                return response
            seconds, model_seconds = times[solver.name, item.id]
            return response.model_copy(update={"seconds": seconds, "model_seconds": model_seconds})
