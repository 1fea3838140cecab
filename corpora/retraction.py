"""Whether a title says that its work was taken back."""

from __future__ import annotations

import re

_TITLE = re.compile(
    r"^\W*(?:retract(?:ed|ion)|withdrawn|removed)(?: (?:article|paper|publication|notice|note))?(?: (?:to|of))?\s*[:\]]"
    r"|^\W*(?-i:RETRACTED)\b",
    re.IGNORECASE,
)


def says_retracted(title: str) -> bool:
    """Whether it begins as publishers mark retractions ("RETRACTED: ...", "[Retracted] ...", "Retraction of: ..."), not as a finding."""
    return bool(_TITLE.search(title))
