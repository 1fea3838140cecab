"""Files that several processes use: one writer at a time, readers that keep what they read, and writing that is whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
import warnings
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be removed, which serves the same end
    fcntl = None  # type: ignore[assignment]

from corpora.errors import FolderBusy


@contextlib.contextmanager
def one_writer(path: Path, busy: str, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock file at `path`, which is made where it is missing; the lock ends with the process, however it ends.

    Raises:
        FolderBusy: with the text `busy`, when another process holds it longer than `wait_s` seconds.
        OSError: the file cannot be made.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=wait_s, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise FolderBusy(busy) from None
    try:
        yield
    finally:
        lock.release()


class Held:
    """A file marked as in use by this process until `close`, or until the object is gone; see `is_in_use`."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises `OSError` when it is not there."""
        descriptor = os.open(path, os.O_RDONLY)
        self.close = weakref.finalize(self, os.close, descriptor)
        if fcntl is not None:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)


def is_in_use(path: Path) -> bool:
    """Whether some process holds the file by `Held`; False where that cannot be known."""
    if fcntl is None:
        return False
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def flushed(path: Path) -> None:
    """Bring a file or a folder's entries to the disk; folders cannot be on Windows, which does it itself."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place, then put it there in one step: whoever dies in between leaves the old one.

    Raises:
        OSError: disk full or not writable; the old file stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        flushed(path.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


@cache
def cache_folder() -> Path:
    """The user's cache folder; where it cannot be written (no home, read-only), a temporary one of this user, which is said once."""
    wanted = user_cache_path("radqa")
    try:
        if not wanted.is_absolute():
            raise OSError("there is no home folder")
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            return wanted
    except OSError as error:
        owner = os.getuid() if hasattr(os, "getuid") else "user"
        temporary = Path(tempfile.gettempdir()) / f"radqa-{owner}"
        temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and temporary.stat().st_uid != owner:
            temporary = Path(tempfile.mkdtemp(prefix="radqa-"))
        warnings.warn(
            f"{wanted} cannot be used as a cache ({error}); {temporary} is used, which may be emptied: set XDG_CACHE_HOME to a folder that "
            "can be written.", stacklevel=2,
        )  # fmt: skip
        return temporary


def set_aside(path: Path) -> Path | None:
    """Move a file that cannot be used out of the way, under its name and ".unusable"; None where it cannot be moved."""
    aside = path.with_name(f"{path.name}.unusable")
    try:
        path.replace(aside)
    except OSError:
        return None
    return aside
