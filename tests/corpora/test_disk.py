"""Caches without a home, files whole or not at all."""

import os
import tempfile
from pathlib import Path

import pytest

from corpora import disk


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    disk.cache_folder.cache_clear()
    yield tmp_path
    disk.cache_folder.cache_clear()


@pytest.mark.parametrize("kind", ["no home", "a file in the way"])
def test_a_cache_that_cannot_be_written_is_a_temporary_one_and_said(fresh, monkeypatch, kind):
    (fresh / "file").write_text("", encoding="utf-8")
    wanted = Path("~/.cache/radqa") if kind == "no home" else fresh / "file" / "radqa"
    monkeypatch.setattr(disk, "user_cache_path", lambda name: wanted)
    with pytest.warns(UserWarning, match="set XDG_CACHE_HOME"):
        folder = disk.cache_folder()
    assert folder.parent == fresh / "tmp"
    assert folder.stat().st_mode & 0o077 == 0


def test_a_cache_that_can_be_written_is_used(fresh, monkeypatch):
    monkeypatch.setattr(disk, "user_cache_path", lambda name: fresh / "mine")
    assert disk.cache_folder() == fresh / "mine"
    assert list((fresh / "mine").iterdir()) == []


def test_a_file_is_written_whole_or_stays(tmp_path, monkeypatch):
    path = tmp_path / "x" / "list.json"
    disk.write_whole(path, b"one")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            disk.write_whole(path, b"two")
    assert path.read_bytes() == b"one"
    assert [found.name for found in path.parent.iterdir()] == ["list.json"]


def test_a_held_file_is_in_use_until_it_is_let_go(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_bytes(b"{}")
    held = disk.Held(path)
    assert disk.is_in_use(path)
    held.close()
    assert not disk.is_in_use(path)
