"""Reading an answer's body within limits: on the wire, and again while it is unpacked, so that no small bomb becomes a large one."""

from __future__ import annotations

import zlib
from typing import Protocol

import httpx

from retrievers.errors import MalformedSourceResponse, SourceRefused

_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class _Unpacker(Protocol):
    def feed(self, data: bytes, room: int) -> bytes: ...


class _Plain:
    def feed(self, data: bytes, room: int) -> bytes:
        return data[: room + 1]


class _Zlib:
    """One layer of gzip or deflate; never gives more than it is asked for."""

    def __init__(self, window: int) -> None:
        self._window, self._object = window, zlib.decompressobj(window)
        self._begun = False

    def feed(self, data: bytes, room: int) -> bytes:
        try:
            made = self._object.decompress(data, room + 1)
        except zlib.error:
            if self._begun or self._window != 15:
                raise
            self._object = zlib.decompressobj(-15)  # some servers send raw deflate
            made = self._object.decompress(data, room + 1)
        self._begun = True
        return made


async def body(response: httpx.Response, source: str, largest: int) -> bytes:
    """The unpacked body.

    Args:
        response: opened as a stream, nothing read yet.
        source: for messages.
        largest: bytes, unpacked; a quarter of it, at least 64 KB, is allowed on the wire.

    Raises:
        SourceRefused: larger than allowed, or packed in another way than gzip or deflate.
        MalformedSourceResponse: the packing is broken.
    """
    wire = max(largest // 4, 1 << 16)
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > (wire if _packing(response) else largest):
        raise SourceRefused(source, f"its answer of {int(declared[:20]):,} bytes is larger than allowed")
    unpacker = _unpacker(_packing(response), source)
    received, parts, size = 0, [], 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        if received > (wire if _packing(response) else largest):
            raise SourceRefused(source, "its answer is larger than allowed on the wire")
        try:
            parts.append(unpacker.feed(chunk, largest - size))
        except zlib.error as error:
            raise MalformedSourceResponse(source, f"its answer cannot be unpacked ({error})") from error
        size += len(parts[-1])
        if size > largest:
            raise SourceRefused(source, "its answer unpacks to more than allowed")
    return b"".join(parts)


def _packing(response: httpx.Response) -> str:
    packing = response.headers.get("content-encoding", "").strip().lower()
    return "" if packing == "identity" else str(packing)


def _unpacker(packing: str, source: str) -> _Unpacker:
    if not packing:
        return _Plain()
    if packing not in _WINDOW:
        raise SourceRefused(source, f"its answer is packed as {packing[:40]!r}, and only gzip and deflate are read")
    return _Zlib(_WINDOW[packing])
