"""Opening the store that the settings name, and keeping a server's collection as the library is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from retrievers.stores.address import Address
from retrievers.stores.entries import hash_of

if TYPE_CHECKING:
    from retrievers.embedding import Embedder
    from retrievers.index import PassageIndex
    from retrievers.stores.entries import ServerStore
    from retrievers.vectors import VectorCache

_opened: dict[tuple[Address, str, str], ServerStore | None] = {}
_opening = threading.Lock()


def open_store(address: Address, model: Embedder, token: str = "", cache: VectorCache | None = None) -> ServerStore | None:
    """The server's collection at this address; None where the index's own files are the store.

    Raises:
        SetupError: it cannot be opened; says what to do.
    """
    match address.kind:
        case "files":
            return None
        case "milvus":
            from retrievers.stores.milvus import MilvusStore

            return MilvusStore(address, model, cache, token)
        case "postgres":
            from retrievers.stores.postgres import PostgresStore

            return PostgresStore(address, model, cache)


def shared_store(address: Address, model: Embedder, token: str = "") -> ServerStore | None:
    """As `open_store`, once per process: agents with other settings share connections, and Milvus Lite lets one have its file open."""
    with _opening:
        key = (address, model.fingerprint, token)
        if key not in _opened:
            _opened[key] = open_store(address, model, token)
        return _opened[key]


def follow(store: ServerStore, index: PassageIndex) -> int:
    """How many passages of the index were written, so that the store finds all of them; 0 where it did already.

    Only documents that changed are written; those that the index no longer has go; what was put in by itself stays.
    """
    wanted = f"{index.manifest.corpus_hash}-{index.manifest.vocabulary}"
    store.known = {passage.id: passage for passage in index.passages}
    if store.state() == wanted:
        return 0
    there = store.followed()
    hashes = {name: hash_of(document) for name, document in index.documents.items()}
    written = store.put((index.documents[name] for name, now in hashes.items() if there.get(name) != now), followed=True)
    store.remove(there.keys() - hashes.keys())
    store.note(wanted)
    return written
