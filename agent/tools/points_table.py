"""points_table: the points that a description scores in a guideline's own table, summed, every summand shown."""

from __future__ import annotations

from agent.calculators.points import POINTS, Sum, summed
from agent.tools.protocol import Finding, ToolMisuse
from retrievers.library import Library


class PointsTable:
    """Sums the points of the table whose document the text names."""

    name = "points_table"
    takes = "the name of a scoring system and what is described: ACR TI-RADS: solid, hypoechoic, wider than tall, smooth margin, no foci"

    def __init__(self, library: Library) -> None:
        """Take the library."""
        self._library = library

    async def use(self, asked: str) -> Finding:
        """See `Tool.use`: no total is given while a feature is not described."""
        if not asked.strip():
            raise ToolMisuse(f"Nothing is described; {self.name} takes {self.takes}.")
        found = self.sum_of(asked)
        if found is None:
            return Finding(text="No points table is named by this, or none of its features is described.")
        summands = [f"{row.cells[0]} {row.cells[1]}: {row.row[POINTS]}" for row in found.rows]
        total = f"not described: {', '.join(found.missing)}" if found.missing else f"total: {found.total:g} points"
        return Finding(text=f"{'; '.join(summands)}; {total}", passages=found.rows)

    def sum_of(self, text: str) -> Sum | None:
        """The sum for the first document with a points table that the text names; None where it names none."""
        lowered = text.casefold()
        for name in self._library.document_ids:
            record = self._library.source(name)
            if record is None or POINTS not in record.results or not any(alias.casefold() in lowered for alias in record.aliases):
                continue
            if score := summed(self._library.passages(name), text):
                return score
        return None
