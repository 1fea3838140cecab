"""The address of a store, as the setting `store` gives it."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from corpora.types import Frozen

Kind = Literal["files", "milvus", "postgres"]
LIBRARY = "library"
"""The collection where none is named."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


class Address(Frozen):
    """Where a store is: its kind, the address that its client takes, and the collection.

    `shown` is the address without a password, for people and logs.
    """

    kind: Kind
    target: str = ""
    collection: str = LIBRARY
    shown: str = "files"

    @classmethod
    def of(cls, text: str) -> Address:
        """Read "", "milvus:///FOLDER/FILE.db", "milvus://HOST:19530", "milvus+https://HOST" or "postgresql://USER@HOST/DB".

        `?collection=NAME` at the end of any of them names a tenant's own collection.

        Raises:
            ValueError: it is none of these, or the collection's name is not lower-case letters, digits and underscores.
        """
        if text in ("", "files"):
            return cls(kind="files")
        parts = urlsplit(text)
        given = dict(parse_qsl(parts.query))
        collection = given.pop("collection", LIBRARY)
        if not _NAME.fullmatch(collection):
            raise ValueError(f"{collection!r} is no name for a collection: lower-case letters, digits, underscores, at most 40")
        host = parts.netloc.rpartition("@")[2]
        shown = f"{parts.scheme}://{host}{parts.path}?collection={collection}"
        rest = urlencode(given, safe="/")
        if parts.scheme in _POSTGRES:
            target = urlunsplit(("postgresql+psycopg", parts.netloc, parts.path, rest, ""))
            if not parts.netloc:  # urlunsplit would drop the empty host of a socket's address
                target = f"postgresql+psycopg://{parts.path}{'?' if rest else ''}{rest}"
            return cls(kind="postgres", target=target, collection=collection, shown=shown)
        if parts.scheme == "milvus" and not parts.netloc and parts.path.endswith(".db"):
            return cls(kind="milvus", target=parts.path, collection=collection, shown=shown)
        if parts.scheme in ("milvus", "milvus+https") and parts.netloc:
            target = urlunsplit(("https" if parts.scheme.endswith("https") else "http", parts.netloc, parts.path, rest, ""))
            return cls(kind="milvus", target=target, collection=collection, shown=shown)
        raise ValueError(
            f"{shown.partition('?')[0]!r} is no store; give milvus:///FOLDER/FILE.db, milvus://HOST:19530 or postgresql://USER@HOST/DATABASE"
        )

    @property
    def is_file(self) -> bool:
        """Whether this is Milvus Lite, which keeps a collection in a file of this machine."""
        return self.kind == "milvus" and self.target.endswith(".db")
