"""open_document: a whole document of the index, by its id or a name of it."""

from __future__ import annotations

from agent.tools.protocol import Finding, ToolMisuse
from corpora.types import SourceRecord
from retrievers.library import Library


class OpenDocument:
    """Gives every passage of one document, in order."""

    name = "open_document"
    takes = "the id, the title or another name of a document: Fleischner 2017"

    def __init__(self, library: Library) -> None:
        """Take the library."""
        self._library = library

    async def use(self, asked: str) -> Finding:
        """See `Tool.use`."""
        wanted = asked.strip().casefold()
        if not wanted:
            raise ToolMisuse(f"No document is named; {self.name} takes {self.takes}.")
        name = self._named(wanted)
        if name is None:
            return Finding(text=f"There is no document {asked.strip()!r}.")
        passages = tuple(self._library.passages(name))
        return Finding(text="\n".join(passage.shown for passage in passages), passages=passages)

    def _named(self, wanted: str) -> str | None:
        """The id of the document of that name; of several that only contain it the shortest title's."""
        records = [(name, record) for name in self._library.document_ids if (record := self._library.source(name)) is not None]
        exact = [name for name, record in records if wanted in _names(name, record)]
        within = [(len(record.title), name) for name, record in records if any(wanted in one for one in _names(name, record))]
        return exact[0] if exact else min(within)[1] if within else None


def _names(name: str, record: SourceRecord) -> tuple[str, ...]:
    return (name.casefold(), record.title.casefold(), *(alias.casefold() for alias in record.aliases))
