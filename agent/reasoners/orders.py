"""The same options in another order: small models choose by place as well as by content. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from agent.types import Question

_REFERS = re.compile(r"\b(?:all|none|both|any|either|neither)\b.*\b(?:above|below|these|following|[A-H] (?:and|or|&) [A-H])\b"
                     r"|^\(?[A-H]\)?(?:\s*(?:,|and|or|&)\s*\(?[A-H]\)?)+\.?$", re.IGNORECASE)  # fmt: skip
"""An option that names others by their letter or place: moving the options would change what it says."""


def movable(texts: Iterable[str]) -> bool:
    """Whether options mean the same in any order."""
    return not any(_REFERS.search(text) for text in texts)


def turned(question: Question) -> tuple[Question, Mapping[str, str]]:
    """The question with its options from last to first under the same labels, and shown label -> own label."""
    own = [option.label for option in question.options]
    shown = [
        option.model_copy(update={"text": other.text}) for option, other in zip(question.options, reversed(question.options), strict=True)
    ]
    return question.model_copy(update={"options": tuple(shown)}), dict(zip(own, reversed(own), strict=True))
