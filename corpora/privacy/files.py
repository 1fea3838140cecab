"""Folders and files that only their owner may read: conversations hold what people asked about patients."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_FOLDER, _FILE = 0o700, 0o600


def private_folder(folder: Path) -> Path:
    """The folder, made where it is missing, with mode 0700. Raises `OSError` where it cannot be made."""
    folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER)
    with suppress(OSError):  # somebody else's folder, or a file system without modes: it stays as it is
        folder.chmod(_FOLDER)
    return folder


def private_file(path: Path) -> Path:
    """The file, made empty where it is missing, with mode 0600; what SQLite lays beside it takes over the mode."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, _FILE))
    with suppress(OSError):
        path.chmod(_FILE)
    return path
