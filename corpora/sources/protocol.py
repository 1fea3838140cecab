"""What a collection is to the puller: a word about itself, and documents it offers, each fetched when asked for."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import Field, field_validator

from corpora.licence_codes import CODES
from corpora.sources.wire import Wire
from corpora.types import Frozen


class About(Frozen):
    """A collection as `radqa corpus list` shows it."""

    name: str
    title: str
    homepage: str
    holds: str = Field(description="what its documents are")
    licence: str = Field(description="under which licences they are published")
    citation: str = ""
    endpoint: str = Field(description="the address requests start from")
    rate: float = Field(gt=0, description="requests a second at most, as the collection asks or a third of it")
    accepts: tuple[str, ...] = Field(description="licence codes kept unless others are named")
    needs_query: bool = False


class Wanted(Frozen):
    """What to pull."""

    query: str = ""
    licences: tuple[str, ...] = Field(min_length=1, description="codes out of `corpora.licences.CODES`; nothing else is kept")
    most: int = Field(default=2000, ge=1, description="documents in the folder at the end")

    @field_validator("licences")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [code for code in value if code not in CODES]:
            raise ValueError(f"{unknown[0]!r} is no licence under which a copy may be kept; these are: {', '.join(CODES)}")
        return value


@dataclass(frozen=True)
class Offer:
    """A document that a collection has: what its catalogue says, and how to get the bytes."""

    id: str
    file: str
    fetched_from: str
    fetch: Callable[[], bytes]
    licence: str | None = None
    """As the collection's catalogue states it; None when only the document itself does."""
    title: str = ""
    citation: str = ""
    doi: str = ""
    url: str = ""
    retracted: bool = False


class Collection(Protocol):
    """One open collection."""

    @property
    def about(self) -> About:
        """A word about itself."""
        ...

    def offers(self, wanted: Wanted, wire: Wire, folder: Path) -> Generator[Offer]:
        """Its documents in an order that stays the same from run to run, so that a run that was killed can be taken up.

        Args:
            wanted: the query and the licences, for collections that can search by them.
            wire: makes the requests.
            folder: where documents go; a collection may keep what it needs below `.cache/` there.

        Raises:
            SourceError: the collection cannot be reached, refuses, or does not answer in its documented format.
        """
        ...
