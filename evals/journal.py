"""An append-only file of JSON lines that survives a kill: a line is on the disk before its writer goes on.

Lines that arrive while the disk is busy share one write and one fsync, so that many writers do not wait for each other in turn.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows: two runs into one folder are not told apart
    fcntl = None  # type: ignore[assignment]

from corpora.errors import FolderBusy, RadqaError


class RunWriteFailed(RadqaError):
    """A run could not be written (disk full, no permission); what was written before is whole."""


class Journal:
    """Appends for one process; a torn last line of a killed one is cut off when it is opened."""

    def __init__(self, path: Path) -> None:
        """Open the file, made with its folder where it is missing.

        Raises:
            FolderBusy: another process appends to it; the lock ends with that process, however it ends.
            RunWriteFailed: it cannot be written.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _mend(path)
        except BlockingIOError:
            self._file.close()
            raise FolderBusy(f"Another process is writing the run in {path.parent}. Wait for it, or choose another --out.") from None
        except OSError as error:
            raise RunWriteFailed(f"{path} cannot be written: {error}. Choose another --out.") from error
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def append(self, line: str) -> None:
        """Return when the line, a JSON document without line breaks, is on the disk. Raises `RunWriteFailed`."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line.encode() + b"\n", written))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        await written

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._write, b"".join(data for data, _ in batch))
            except OSError as error:
                failed = RunWriteFailed(f"{self.path} cannot be written: {error}. Free some space and go on with --resume.")
                for _, written in batch:
                    if not written.done():
                        written.set_exception(failed)
                continue
            for _, written in batch:
                if not written.done():
                    written.set_result(None)

    def _write(self, data: bytes) -> None:
        """Write all of it, or nothing: what a full disk took of it is cut off again."""
        left, whole = memoryview(data), self._file.seek(0, os.SEEK_END)
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._file.truncate(whole)
            raise

    async def close(self) -> None:
        """Wait for what is being written, then close the file. Raises `RunWriteFailed`."""
        if self._flushing is not None:
            await self._flushing
        try:
            self._file.close()
        except OSError as error:
            raise RunWriteFailed(f"{self.path} cannot be written: {error}. Free some space and go on with --resume.") from error


def _mend(path: Path) -> None:
    """Cut a last line that has no end."""
    with path.open("r+b") as file:
        size = position = file.seek(0, os.SEEK_END)
        while position:
            start = max(0, position - 65_536)
            file.seek(start)
            found = file.read(position - start).rfind(b"\n")
            if found >= 0:
                position = start + found + 1
                break
            position = start
        if position < size:
            file.truncate(position)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Every whole line, one at a time; a torn last one is left out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)
