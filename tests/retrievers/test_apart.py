"""A build whose words are indexed by a second process gives the same index, and goes on where that process fails."""

from __future__ import annotations

import os

import pytest

from corpora.readers import cards
from retrievers import apart
from retrievers.index import PassageIndex, build
from retrievers.lexical import LexicalIndex

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="forks are for Linux")


@pytest.fixture
def forked(monkeypatch):
    """Every build forks, whatever runs beside the test."""
    monkeypatch.setattr(apart, "FEWEST", 1)
    monkeypatch.setattr(apart, "can_fork", lambda: True)


def documents():
    return [cards.card(cards.FOLDER / f"{name}.md") for name in ("fleischner-2017-nodules", "weber-ankle")]


def files(folder):
    return {name: stamp.sha256 for name, stamp in PassageIndex.open(folder).manifest.files.items()}


def test_work_apart_says_how_it_ended(tmp_path):
    went = apart.begun(lambda: (tmp_path / "done").write_text("yes", encoding="utf-8") and None)
    failed = apart.begun(lambda: (_ for _ in ()).throw(OSError("no space")))
    assert went()
    assert went()
    assert not failed()
    assert (tmp_path / "done").read_text(encoding="utf-8") == "yes"


def test_a_process_with_other_threads_or_one_core_does_not_fork(monkeypatch):
    monkeypatch.setattr(apart.threading, "active_count", lambda: 2)
    assert not apart.can_fork()
    monkeypatch.setattr(apart.threading, "active_count", lambda: 1)
    monkeypatch.setattr(apart.os, "sched_getaffinity", lambda _: {0})
    assert not apart.can_fork()
    monkeypatch.setattr(apart.os, "sched_getaffinity", lambda _: {0, 1})
    assert apart.can_fork() == (apart.sys.platform == "linux")


def test_words_indexed_apart_are_those_indexed_here(tmp_path, forked, monkeypatch):
    build(documents(), tmp_path / "apart")
    monkeypatch.setattr(apart, "can_fork", lambda: False)
    build(documents(), tmp_path / "here")
    assert files(tmp_path / "apart") == files(tmp_path / "here")


def test_a_second_process_that_fails_costs_time_alone(tmp_path, forked, monkeypatch):
    here, saved = os.getpid(), LexicalIndex.save

    def save(index, folder):
        if os.getpid() != here:
            raise MemoryError
        saved(index, folder)

    monkeypatch.setattr(LexicalIndex, "save", save)
    build(documents(), tmp_path / "index")
    assert set(files(tmp_path / "index")) >= {"lexical.npz", "lexical-terms.json"}


def test_what_denies_is_indexed_here(tmp_path, forked, monkeypatch):
    monkeypatch.setattr(apart, "begun", lambda _: pytest.fail("forked although the words need links"))
    note = tmp_path / "note.md"
    note.write_text("# Report\n\nNo pneumothorax.\n", encoding="utf-8")
    from corpora.readers import read_path

    build(read_path(note), tmp_path / "index")
    assert files(tmp_path / "index")
