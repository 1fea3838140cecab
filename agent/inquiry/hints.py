"""What rules add to a model's reading: sums of points, and values that follow from others."""

from __future__ import annotations

from collections.abc import Sequence

from agent.calculators.derived import derived
from agent.calculators.points import POINTS
from agent.tools.points_table import PointsTable
from agent.types import Question
from corpora.types import Passage
from retrievers.library import Library


def hints(question: Question, library: Library) -> tuple[str, ...]:
    """What follows from the values that question and report state, in words."""
    text = f"{question.text}\n{question.report}"
    score = PointsTable(library).sum_of(text)
    summed = () if score is None or score.missing else (_summed(score.rows, score.total),)
    return (*(item.text for item in derived(text)), *summed)


def _summed(rows: Sequence[Passage], total: float) -> str:
    points = [row.row[POINTS].removesuffix(" points").removesuffix(" point") for row in rows]
    return f"{' + '.join(points)} = {total:g} points"
