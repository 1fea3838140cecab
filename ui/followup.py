"""Follow-ups: which earlier question a short one refers to, without the values that it replaces. Pure.

A stopgap that never changes what was asked: the earlier question is given to the agent beside the new one, and shown.
"""

from __future__ import annotations

import re

from corpora.quantities import find_quantities

_OPENING = re.compile(
    r"^\s*(?:and|but|or|what if|what about|how about|same|if|in (?:that|this) case|why|when|how (?:often|soon|long)|which one|then)\b"
    r"|\b(?:it|its|this|that|these|those|they|them|instead)\b",
    re.IGNORECASE,
)
LONGEST_WORDS = 14
"""A question with more words than this names its own subject."""


def context(question: str, earlier: str) -> str:
    """The earlier question where the new one leans on it, less the quantities that the new one gives anew; else nothing."""
    if not earlier or len(question.split()) > LONGEST_WORDS or not _OPENING.search(question):
        return ""
    replaced = {quantity.dimension for quantity in find_quantities(question)}
    kept, position = [], 0
    for quantity in sorted(find_quantities(earlier), key=lambda one: one.start):
        if quantity.dimension in replaced and quantity.start >= position:
            kept.append(earlier[position : quantity.start])
            position = quantity.end
    return " ".join("".join([*kept, earlier[position:]]).split())
