"""cases_like: teaching cases and case reports that resemble a description."""

from __future__ import annotations

from agent.tools.search import Search
from retrievers.types import Filters


class CasesLike(Search):
    """`search` among cases alone."""

    name = "cases_like"
    takes = "a description of findings: young woman, cyst with mural nodule in the posterior fossa"
    _filters = Filters(kinds=("case",))
