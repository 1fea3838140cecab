"""The files below a folder: which are read, how each is called, and which are not read and why."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from pathlib import Path

from corpora.catalogue import NAME as CATALOGUE
from corpora.errors import MalformedDocument, NotRead


def files_below(folder: Path, endings: Container[str]) -> Iterator[Path | MalformedDocument]:
    """Every file with one of the endings, in name order, and a reason for each that is not read; hidden ones are passed over.

    Links to folders are not followed: a link to a folder above would never end.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield NotRead(shown(folder), f"is a folder that cannot be opened ({error.strerror})")
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name == CATALOGUE:
            continue
        path = Path(entry.path)
        if problem := _problem(entry, path):
            yield problem
        elif entry.is_dir():
            yield from files_below(path, endings)
        elif path.suffix.lower() in endings:
            yield path
        else:
            yield NotRead(shown(path), f"is of a format that is not read ({path.suffix.lower() or 'no ending'})")


def _problem(entry: os.DirEntry[str], path: Path) -> MalformedDocument | None:
    if not _is_text(entry.name):
        return MalformedDocument(shown(path), "has a name that is not UTF-8; rename it")
    if entry.is_symlink():
        if not path.exists():
            return MalformedDocument(shown(path), "is a link to a file that is not there")
        if path.is_dir():
            return NotRead(shown(path), "is a link to a folder, which is not followed; name that folder too to have it read")
    if not (entry.is_dir() or path.is_file()):
        return NotRead(shown(path), "is no regular file")
    return None


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(path: Path) -> str:
    """A path that can be printed, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def names(files: Sequence[tuple[Path, Path]]) -> dict[Path, str]:
    """What each file's document is called, for (folder that was given, file) pairs: its path within the folder without its ending.

    The ending stays where two files differ in it alone; where files of two folders would be called alike, folders above are named too.
    """
    bare = [(root, file.relative_to(root).with_suffix("").as_posix() if root != file else file.stem) for root, file in files]
    doubled = Counter(bare)
    called = [name if doubled[root, name] == 1 else f"{name}{file.suffix}" for (root, name), (_, file) in zip(bare, files, strict=True)]
    above = [(root if root != file else file.parent).resolve().parts[1:] for root, file in files]
    for depth in range(1, max(map(len, above), default=0) + 1):
        alike = Counter(called)
        if max(alike.values()) == 1:
            break
        called = [
            "/".join((*parts[-depth : len(parts) - depth + 1], name)) if alike[name] > 1 else name
            for parts, name in zip(above, called, strict=True)
        ]
    return {file: name for (_, file), name in zip(files, called, strict=True)}
