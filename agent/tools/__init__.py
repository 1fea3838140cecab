"""Tools of one protocol, for a model's research and for use by hand.

from agent import RadiologyAgent
tools = RadiologyAgent().tools
(await tools["reckon"].use("(50 mm - 40 mm) / 40 mm in %")).text      # 25 %
"""

from __future__ import annotations

from agent.tools.cases_like import CasesLike
from agent.tools.open_document import OpenDocument
from agent.tools.points_table import PointsTable
from agent.tools.protocol import Tool
from agent.tools.reckon import Reckon
from agent.tools.search import Search
from retrievers.library import Library
from retrievers.types import Retriever


def toolbox(library: Library, retriever: Retriever) -> dict[str, Tool]:
    """Every tool by its name, over one index."""
    tools: tuple[Tool, ...] = (Search(retriever), OpenDocument(library), PointsTable(library), Reckon(), CasesLike(retriever))
    return {tool.name: tool for tool in tools}
