"""What a model is good for: some twenty short tasks of the kinds that an inquiry asks of it, each right or wrong without a judge."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from agent.chat.budget import Budget
from agent.chat.roles import Role, Trial
from agent.chat.structured import StructuredModel
from agent.errors import MalformedModelOutput, ModelError, ModelRefused, PromptTooLong
from agent.inquiry.asking import Inquirer
from agent.inquiry.checking import Ground, judged
from agent.judging.entailment import ConceptScorer
from agent.reasoners.asking import chosen
from agent.settings import Settings
from agent.tools.open_document import OpenDocument
from agent.tools.points_table import PointsTable
from agent.tools.reckon import Reckon
from agent.tools.search import Search
from agent.types import Evidence, Question
from corpora.types import Frozen, Passage, SourceRecord

FILE = Path(__file__).parents[1] / "data" / "trial.toml"
Kind = Literal["cites", "figures", "declines", "chooses"]
REASONS_FROM: dict[str, float] = {"form": 0.9, "cites": 0.6, "figures": 0.6, "chooses": 0.6}
"""Shares of each kind from which a model reasons itself; below any of them the rules decide and it puts in words."""


class Task(Frozen):
    """A question with its passages and what the answer must and must not do."""

    kind: Kind
    question: str
    passages: tuple[str, ...] = Field(min_length=1)
    options: dict[str, str] | None = None
    cites: int = 0
    keeps: tuple[str, ...] = ()
    chooses: str = ""


@cache
def tasks() -> tuple[Task, ...]:
    """All tasks, from `data/trial.toml`."""
    return tuple(Task.model_validate(one) for one in tomllib.loads(FILE.read_text(encoding="utf-8"))["task"])


class ToolTask(Frozen):
    """A question asked with tools offered, the tool that must be called and words of what it must be asked."""

    question: str
    tool: str
    words: tuple[str, ...] = Field(min_length=1)


@cache
def tool_tasks() -> tuple[ToolTask, ...]:
    """The tasks with tools, from `data/trial.toml`."""
    return tuple(ToolTask.model_validate(one) for one in tomllib.loads(FILE.read_text(encoding="utf-8"))["call"])


TOOLS = {tool.name: tool.takes for tool in (Search, OpenDocument, PointsTable, Reckon)}
"""What is offered while a model is tried; nothing is called."""


async def tried(model: StructuredModel, settings: Settings, tell: Callable[[int, Task, str], None] | None = None) -> Trial:
    """What the model made of every task, and the role that follows; `tell` hears each task as it ends.

    Raises:
        ModelUnavailable, ModelTimeout: the server cannot be used.
    """
    right: dict[str, list[float]] = {"form": []}
    started = time.monotonic()
    for number, task in enumerate(tasks(), 1):
        budget = Budget(settings)
        try:
            outcome = await _done(task, Inquirer(model, settings, budget))
            right["form"].append(float(budget.calls + budget.cached <= 1))
        except (MalformedModelOutput, ModelRefused, PromptTooLong) as error:
            outcome = str(error)
            right["form"].append(0.0)
        right.setdefault(task.kind, []).append(float(not outcome))
        if tell is not None:
            tell(number, task, outcome)
    right["tools"] = [float(await _calls(task, Inquirer(model, settings, Budget(settings)))) for task in tool_tasks()]
    shares = {kind: round(sum(held) / len(held), 3) for kind, held in right.items()}
    return Trial(
        model=model.name, role=recommended(shares), tasks=len(tasks()), right=shares, form=model.habits.form or "words",
        seconds=round(time.monotonic() - started, 1), tried=datetime.now(UTC).date().isoformat(),
    )  # fmt: skip


def recommended(shares: dict[str, float]) -> Role:
    """`reason` where the model is good enough at each kind that reasoning takes."""
    return "reason" if all(shares.get(kind, 0.0) >= least for kind, least in REASONS_FROM.items()) else "quote"


async def _calls(task: ToolTask, inquirer: Inquirer) -> bool:
    """Whether the model calls the tool as it should, at once; a server that takes no tools is one whose models do not."""
    try:
        made = await inquirer.calls(Question.of(task.question), TOOLS)
    except ModelError:
        return False
    return any(call.tool == task.tool and all(word in call.asked.casefold() for word in task.words) for call in made)


async def _done(task: Task, inquirer: Inquirer) -> str:
    """What is wrong with the model's answer; empty where nothing is."""
    asked = Question.of(task.question, task.options)
    evidence = tuple(_evidence(text, number) for number, text in enumerate(task.passages, 1))
    made, shown = await inquirer.answer(asked, evidence, own=None, hints=(), dossiers=())
    if task.kind == "chooses":
        named = chosen(made.option, asked)
        return "" if named == task.chooses else f"chose {named}, not {task.chooses}"
    results = await judged(made.sentences, Ground(shown, asked), ConceptScorer())
    proven = [one for one in results if one.claim is not None and one.claim.basis == "evidence"]
    said = " ".join(one.claim.text for one in proven if one.claim is not None)
    if task.kind == "declines":
        return "" if made.open or not proven else f"did not decline: {said[:80]}"
    lost = [one for one in task.keeps if one.casefold() not in said.casefold()]
    if lost:
        return f"lost {', '.join(lost)}"
    cited = {number for one in made.sentences for number in one.evidence}
    return "" if not task.cites or task.cites in cited else f"cites {sorted(cited)}, not {task.cites}"


def _evidence(text: str, number: int) -> Evidence:
    record = SourceRecord(id=f"trial-{number}", title=f"Note {number}", organisation="Made-up society", year=2020)
    passage = Passage(id=f"trial-{number}", document_id=f"trial-{number}", text=text, start=0, end=len(text), source=record)
    return Evidence.of(passage, text, facet_id="trial", relevance=0.5)
