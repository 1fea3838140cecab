"""Do no harm: when verified evidence may overturn the option that the model takes from its own knowledge. Pure.

The closed-book answer is asked for first and kept. Evidence overturns it only where one option is well supported in its own words,
stands clear of the others, and a verified sentence rests on it; never between yes and no, where support is no better than chance.
See docs/decisions/0008-do-no-harm.md for the data that the bounds come from.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from agent.judging import choosing
from agent.reading.shape import is_polar
from agent.reasoners.protocol import Weighed
from agent.types import ClosedBook, Draft, Question
from corpora.types import Frozen

FILE = Path(__file__).parents[1] / "data" / "harm.toml"


class Overturn(Frozen):
    """How much support the evidence's option must have, and by how much its balance must exceed the next one's."""

    supporting: float
    margin: float


@cache
def overturn() -> Overturn:
    """The bounds, from `data/harm.toml`."""
    return Overturn.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8"))["overturn"])


class Settled(NamedTuple):
    """The option to answer with (None: neither stands), and how the model's own answer fared."""

    option: str | None
    own: ClosedBook
    problem: str = ""


def clear(question: Question, weighed: Weighed) -> bool:
    """Whether the evidence carries one option clearly enough to overturn another one."""
    order, bounds = choosing.ranked(weighed.weights), overturn()
    if len(order) < 2 or is_polar(question.text):
        return False
    return order[0].supporting >= bounds.supporting and order[0].score - order[1].score >= bounds.margin


def settle(question: Question, weighed: Weighed, own: str | None, drafts: Sequence[Draft], *, ruled_out: str = "") -> Settled:
    """The model's own option against the evidence's.

    Args:
        question: with options.
        weighed: the evidence, the options weighed.
        own: the closed-book option; None when the model named none.
        drafts: the sentences that stand for the answer, verified ones where verification is done.
        ruled_out: why the evidence carries no option, if it does not.
    """
    if ruled_out:
        return Settled(None, ClosedBook(option=own, outcome="not used", why=ruled_out), ruled_out)
    order = choosing.ranked(weighed.weights)
    lead = order[0]
    if own is None:
        return Settled(lead.label, ClosedBook(option=None, outcome="not used", why="the model named none of the options"))
    if own == lead.label:
        return Settled(own, ClosedBook(option=own, outcome="agreed", why=f"the evidence points to {own} as well"))
    told = f"the evidence points to {lead.label}, support {lead.supporting:.2f}, margin {lead.score - order[1].score:.2f}"
    if clear(question, weighed) and _stands(lead.evidence_ids, drafts):
        return Settled(lead.label, ClosedBook(option=own, outcome="overturned", why=told))
    weight = next(weight for weight in order if weight.label == own)
    if weight.contradicting > weight.supporting:
        problem = f"The evidence speaks against option {own} and does not carry another one."
        return Settled(None, ClosedBook(option=own, outcome="not used", why=told), problem)
    return Settled(own, ClosedBook(option=own, outcome="kept", why=told))


def _stands(ids: Sequence[str], drafts: Sequence[Draft]) -> bool:
    """Whether a sentence rests on one of these pieces of evidence."""
    return any(set(ids) & set(draft.evidence_ids) for draft in drafts)
