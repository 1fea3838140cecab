"""Several processes and one index: builds wait for each other, readers keep what they opened, dead builders leave nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corpora.errors import FolderBusy
from retrievers import index as module
from retrievers.embedding import HashEmbedder
from retrievers.index import PassageIndex, build
from retrievers.vectors import VectorCache
from tests.conftest import document

MODEL = HashEmbedder()


def built(folder, *texts):
    documents = [document(text, f"d{number}") for number, text in enumerate(texts)]
    return build(documents, folder / "index", MODEL, cache=VectorCache(folder / "cache"))


AT_ONCE = """
import os, sys
from pathlib import Path
from corpora.types import Document, SourceRecord
from retrievers.embedding import HashEmbedder
from retrievers.index import build
from retrievers.vectors import VectorCache
def rebuild(folder, text):
    made = Document(id="d0", text=text, source=SourceRecord(id="d0", title="A title"))
    build([made], folder / "index", HashEmbedder(), cache=VectorCache(folder / "cache"))
folder = Path(sys.argv[1])
rebuild(folder / "first", "It loads what every later build finds.")
builders = []
for number in range(3):
    builders.append(os.fork())
    if not builders[-1]:
        for turn in range(3):
            rebuild(folder, f"Build {number}, turn {turn}.")
        os._exit(0)
print([os.waitstatus_to_exitcode(os.waitpid(builder, 0)[1]) for builder in builders])
"""


def test_builds_at_once_leave_a_sound_index(tmp_path):
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE, str(tmp_path)],
        cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout == "[0, 0, 0]\n", done.stderr
    assert module.verify(tmp_path / "index") == []
    assert not list((tmp_path / "index").glob(".building-*"))
    assert len(list((tmp_path / "index").glob("g-*"))) == 1


def test_an_index_that_was_opened_before_a_rebuild_finds_the_files_it_opens_late(tmp_path):
    built(tmp_path, "The old text.")
    old = PassageIndex.open(tmp_path / "index", MODEL)
    built(tmp_path, "The new text.")
    assert old.lexical.vocabulary
    assert old.dense.count == 1
    assert PassageIndex.open(tmp_path / "index", MODEL).passages[0].text == "The new text."
    del old
    built(tmp_path, "The newest text.")
    assert len(list((tmp_path / "index").glob("g-*"))) <= 2


def test_what_a_killed_builder_left_is_swept(tmp_path):
    left = tmp_path / "index" / ".building-dead"
    left.mkdir(parents=True)
    (left / "documents.jsonl").write_text("half", encoding="utf-8")
    built(tmp_path, "A text.")
    assert not left.exists()


def test_a_generation_that_vanishes_while_it_is_opened_is_opened_anew(tmp_path, monkeypatch):
    built(tmp_path, "The old text.")
    manifest = module._manifest

    def late(folder):
        monkeypatch.setattr(module, "_manifest", manifest)
        read = manifest(folder)
        built(tmp_path, "The new text.")
        shutil.rmtree(folder)
        return read

    monkeypatch.setattr(module, "_manifest", late)
    assert PassageIndex.open(tmp_path / "index", MODEL).passages[0].text == "The new text."


def test_a_build_that_waits_too_long_says_who_is_in_its_way(tmp_path, monkeypatch):
    from filelock import FileLock

    monkeypatch.setattr(module, "_WAIT_S", 0.05)
    (tmp_path / "index").mkdir()
    with FileLock(tmp_path / "index" / ".build.lock"), pytest.raises(FolderBusy, match="Another build"):
        built(tmp_path, "A text.")
