"""Who may ask: keys, kept as hashes in one file. A key is shown once, when it is made; a lost one is revoked and replaced.

A key's secret part has 256 random bits, so one SHA-256 keeps it: there is nothing to guess that a slow hash would slow down.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from corpora.disk import one_writer, write_whole
from corpora.errors import FolderUnwritable, InputError, SetupError
from corpora.privacy.files import private_file, private_folder
from corpora.types import Frozen

TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
"""Names of tenants: they name folders, on file systems that know no case too."""
_WRITTEN = re.compile(r"radqa-([0-9a-f]{8})-([\w-]{43})")


class UnknownKey(InputError):
    """There is no key of that id."""


class BadTenant(InputError):
    """A name that cannot be a tenant's."""


class Key(Frozen):
    """One key of a tenant; all keys of a tenant reach the same documents."""

    id: str
    tenant: str
    hash: str = Field(repr=False)
    made: str
    rate: str = Field(default="", description='requests, such as "60/minute"; empty: as the settings say')
    revoked: str = Field(default="", description="when, if it was")


_KEYS = TypeAdapter(tuple[Key, ...])


class KeyRing:
    """The keys of a folder; a change by another process counts from the next request on."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not exist."""
        self._path = folder / "keys.json"
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()

    @property
    def keys(self) -> tuple[Key, ...]:
        """All keys, in the order in which they were made, revoked ones too.

        Raises:
            SetupError: the file cannot be read; nobody is let in.
        """
        try:
            stat = os.stat(self._path)
        except FileNotFoundError:
            return ()
        seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if seen != self._seen:
            try:
                self._keys = _KEYS.validate_json(self._path.read_bytes())
            except (ValidationError, OSError) as error:
                raise SetupError(
                    f"The keys in {self._path} cannot be read.", "Restore the file, or remove it and make new keys."
                ) from error
            self._seen = seen
        return self._keys

    def add(self, tenant: str, rate: str = "") -> tuple[Key, str]:
        """A new key of a tenant, and the key as its owner writes it, which is kept nowhere.

        Raises:
            BadTenant: the name has other signs than lower-case letters, digits, - and _, or more than 32.
            FolderUnwritable: the key could not be kept.
        """
        if not TENANT.fullmatch(tenant):
            raise BadTenant(f"{tenant!r} cannot name a tenant: use up to 32 lower-case letters, digits, - and _, a letter or digit first.")
        secret, name = secrets.token_urlsafe(32), secrets.token_hex(4)
        key = Key(id=name, tenant=tenant, hash=_hashed(secret), made=_now(), rate=rate)
        self._change(lambda keys: (*keys, key))
        return key, f"radqa-{name}-{secret}"

    def revoke(self, name: str) -> Key:
        """Let a key in no more, from the next request on.

        Raises:
            UnknownKey: there is none of that id.
        """
        found = next((key for key in self.keys if key.id == name), None)
        if found is None:
            raise UnknownKey(f"There is no key {name!r}; `radqa serve keys list` shows them.")
        gone = found if found.revoked else found.model_copy(update={"revoked": _now()})
        self._change(lambda keys: tuple(gone if key.id == name else key for key in keys))
        return gone

    def owner(self, written: str) -> Key | None:
        """The key that somebody wrote, if it is one and was not revoked."""
        parts = _WRITTEN.fullmatch(written)
        if parts is None:
            return None
        key = next((key for key in self.keys if key.id == parts[1]), None)
        same = hmac.compare_digest(_hashed(parts[2]), key.hash if key else "")
        return key if key and same and not key.revoked else None

    def _change(self, change: Callable[[tuple[Key, ...]], tuple[Key, ...]]) -> None:
        try:
            private_folder(self._path.parent)
            with one_writer(self._path.with_suffix(".lock"), "Another process is changing the keys. Try again in a moment.", 10.0):
                self._seen = None
                keys = change(self.keys)
                private_file(self._path)
                write_whole(self._path, _KEYS.dump_json(keys, indent=1))
        except OSError as error:
            raise FolderUnwritable(f"The key could not be kept in {self._path}: {error}.") from error


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
