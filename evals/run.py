"""From a plan to a run: the set is read, systems are built over one open index, and what is on the disk already is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from agent.errors import MalformedQuestionSet
from agent.settings import Settings, load
from corpora.types import Frozen
from evals.folder import RunFolder, UnusableRun
from evals.manifest import Manifest, manifest, set_hash
from evals.questions import Item
from evals.runner import PATIENCE_S, Asked, JudgeReply, Runner
from evals.scorers.cost import Prices
from evals.sets import gather, name_of
from evals.solvers import Solver, solver
from evals.systems import System, settings_of
from evals.types import Record
from retrievers.errors import IndexMismatch

if TYPE_CHECKING:
    from retrievers.index import PassageIndex

_MOST_CALLS = 32
Bad = Callable[[MalformedQuestionSet], None]


class Plan(Frozen):
    """What is to be run."""

    sets: tuple[Path, ...] = Field(min_length=1)
    form: str = ""
    images: bool = Field(default=True, description="ask also what needs an image, where abstaining is right")
    systems: tuple[System, ...]
    judge: str = Field(default="", description="model that judges free text; empty: none")
    limit: int | None = Field(default=None, ge=1, description="of each set")
    seed: int = 0
    concurrency: int = Field(default=4, ge=1, le=256)
    patience_s: float = Field(default=PATIENCE_S, ge=0)


class Followed(NamedTuple):
    """Who is told of what happens."""

    on_record: Callable[[Record], None] = lambda record: None
    tell: Callable[[str], None] = lambda text: None


class Prepared:
    """A run that is ready to go on: items, systems, folder and recordings."""

    def __init__(self, folder: RunFolder, made: Manifest, items: Sequence[Item], index: PassageIndex, settings: Settings) -> None:
        """Use `begin`, `resume` or `replay`."""
        self.folder, self.manifest, self.items = folder, made, list(items)
        self._index, self._settings = index, settings
        self._source: RunFolder | None = None

    async def run(self, concurrency: int, patience_s: float, followed: Followed) -> None:
        """Ask what is left. Errors as in `Runner.run`; model answers are kept or, in a replay, required."""
        asked = Asked(seed=self.manifest.seed, text_of=self._text_of, prices=Prices.of(self._settings), judge=self._judge())
        if self._source:
            lost = self._source.lost()
            asked = asked._replace(times=self._source.times(), lost=lost, recorded=self._source.done() | lost.keys())
        built = [solver(system, self._own(system), self._index, self.items) for system in self.manifest.systems]
        await self._runner(built, asked, concurrency, 0.0 if self._source else patience_s, followed).run()

    def _own(self, system: System) -> Settings:
        calls = (self._source or self.folder).calls_file
        return settings_of(system, self._settings, calls, replay=self._source is not None)

    def _judge(self) -> JudgeReply | None:
        if not self.manifest.judge:
            return None
        from agent.chat.providers import chat_model
        from agent.chat.structured import StructuredModel
        from evals.scorers.judge import Judge

        calls = (self._source or self.folder).calls_file
        changes = {"model": self.manifest.judge, "responses": calls, "reuse": True, "replay": self._source is not None}
        own = self._settings.model_copy(update=changes)
        return Judge(StructuredModel(chat_model(own), own), own).score

    def _runner(self, built: Sequence[Solver], asked: Asked, concurrency: int, patience_s: float, followed: Followed) -> Runner:
        return Runner(self.folder, self.items, built, asked, concurrency=concurrency, patience_s=patience_s,
                      on_record=followed.on_record, tell=followed.tell)  # fmt: skip

    def _text_of(self, name: str) -> str | None:
        document = self._index.documents.get(name)
        return document.text if document else None

    @property
    def total(self) -> int:
        """Items times systems."""
        return len(self.items) * len(self.manifest.systems)

    def replaying(self, source: RunFolder) -> Prepared:
        """The same, its model calls and seconds taken from another run."""
        self._source = source
        return self


def begin(plan: Plan, out: Path, settings: Settings, index: PassageIndex, *, resume: bool, on_bad: Bad | None = None) -> Prepared:
    """A new run in `out`, or with `resume` the one that is there.

    Raises:
        UnusableRun: `out` holds a run and `resume` is not set, or another run than this.
        MalformedQuestionSet: names file and line of a broken row, without `on_bad`.
        MissingModel: a system needs a chat model.
    """
    folder = RunFolder(out)
    if folder.exists and not resume:
        raise UnusableRun(f"{out} holds a run already. Go on with it by --resume, or choose another --out.")
    skipped: list[MalformedQuestionSet] = []

    def skip(error: MalformedQuestionSet) -> None:
        skipped.append(error)
        if on_bad:
            on_bad(error)

    items = gather(plan.sets, plan.form, limit=plan.limit, seed=plan.seed, images=plan.images, on_bad=skip if on_bad else None)
    settings = _with_calls(settings, plan.concurrency)
    for system in plan.systems:
        settings_of(system, settings)
    made = manifest(
        items, name_of(plan.sets), plan.systems, settings, index,
        seed=plan.seed, concurrency=plan.concurrency, skipped=len(skipped), judge=plan.judge,
    )  # fmt: skip
    if folder.exists:
        made = _resumed(folder, made)
    else:
        folder.begin(made, items)
    return Prepared(folder, made, items, index, settings)


def replay(source: Path, out: Path, settings: Settings, index: PassageIndex) -> Prepared:
    """A run in `out` that repeats `source` from its recorded model calls; its seconds are the recorded ones.

    Raises:
        UnusableRun: `source` holds no run, or `out` holds one.
        IndexMismatch: the index is not the one that was searched.
    """
    kept, folder = RunFolder(source), RunFolder(out)
    made = kept.manifest()
    if folder.exists:
        raise UnusableRun(f"{out} holds a run already. Choose another --out.")
    if made.index.corpus_hash != index.manifest.corpus_hash or made.index.model_fingerprint != index.manifest.model_fingerprint:
        raise IndexMismatch(f"The run in {source} searched another index ({made.index.corpus_hash}).", "Give that one by --index.")
    items = kept.items()
    if set_hash(items) != made.set_hash:
        raise UnusableRun(f"The items in {source} are not those that were asked; a replay would not be one.")
    folder.begin(made.model_copy(update={"replayed": made.started}), items)
    return Prepared(folder, made, items, index, settings).replaying(kept)


def replay_settings(source: Path, index: Path | None) -> Settings:
    """The settings that a run was made with, over those of the environment."""
    kept = RunFolder(source).manifest().settings
    named = {name: value for name, value in kept.items() if name in Settings.model_fields and value is not None}
    return load(**(named | ({"index": index} if index else {})))


def _with_calls(settings: Settings, concurrency: int) -> Settings:
    """As many model calls at once as items, within what the settings allow at all."""
    return settings.model_copy(update={"concurrency": min(_MOST_CALLS, max(settings.concurrency, concurrency))})


def _resumed(folder: RunFolder, made: Manifest) -> Manifest:
    """The kept manifest with a line on the run that goes on with it. Raises `UnusableRun` when that is another run."""
    kept = folder.manifest()
    if differing := kept.differs(made):
        raise UnusableRun(
            f"The run in {folder.path} differs in {', '.join(differing)}: it cannot be resumed like this. "
            "Give the same arguments and settings, or another --out."
        )
    made = kept.resumed_by(made)
    folder.note(made)
    return made
