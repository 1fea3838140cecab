"""A build in partitions is the same index as a build in one, goes on where it was stopped, and names what fails."""

import json
import os
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from corpora.errors import MissingExtra
from corpora.gathering import Gathering, gather
from corpora.readers import listed
from retrievers import partitions
from retrievers.embedding import HashEmbedder
from retrievers.errors import EngineUnavailable, PartitionFailed
from retrievers.index import build
from retrievers.partitions import Merged, is_done, opened, partitioned, work
from retrievers.spread import spread
from retrievers.vectors import VectorCache

TEXT = "No pneumothorax. A {0} mm nodule in the right upper lobe. Pleural effusion number {0} is small."


@pytest.fixture
def folder(tmp_path):
    """Notes, a text that is there twice, a table of documents, and a file that cannot be read."""
    made = tmp_path / "notes"
    made.mkdir()
    for number in range(9):
        (made / f"note-{number}.txt").write_text(TEXT.format(number), encoding="utf-8")
    (made / "same.txt").write_text(TEXT.format(3), encoding="utf-8")
    (made / "rows.jsonl").write_text("".join(json.dumps({"id": f"r{n}", "text": f"Row {n} tells of gallstones."}) + "\n" for n in range(4)))
    (made / "broken.jsonl").write_text('{"id": "x", "text": "A gallbladder."}\n{no json\n', encoding="utf-8")
    return made


@pytest.fixture
def cut(monkeypatch):
    """Partitions of three files."""
    monkeypatch.setattr(partitions, "FILES", 3)


def in_one(folder, packaged, to, cache):
    gathered = gather([folder], packaged)
    return gathered, build([*packaged, *gathered.documents], to, HashEmbedder(), cache=VectorCache(cache))


def in_partitions(folder, packaged, to, at, made=None):
    gathering, model = Gathering(packaged), HashEmbedder()
    work_left = made or partitioned(listed([folder], gathering.tell), packaged, model)
    for partition in work_left:
        work(partition, at, model, VectorCache(at))
    merged = Merged(work_left, at, packaged, gathering)
    return gathering.gathered, build(merged.documents, to, model, prepared=merged.prepared)


def test_the_index_is_to_the_byte_the_one_that_a_single_process_builds(folder, small_documents, tmp_path, cut):
    alone, first = in_one(folder, small_documents, tmp_path / "a", tmp_path / "c")
    apart, second = in_partitions(folder, small_documents, tmp_path / "b", tmp_path / "p")
    assert second.files == first.files
    assert (second.documents, second.passages, second.corpus_hash) == (first.documents, first.passages, first.corpus_hash)
    assert [document.id for document in apart.documents] == [document.id for document in alone.documents]
    assert [str(problem) for problem in apart.left_out] == [str(problem) for problem in alone.left_out]
    assert sorted(map(str, apart.not_read)) == sorted(map(str, alone.not_read))


def test_a_document_called_like_one_of_the_package_is_renamed_as_ever(small_documents, tmp_path, cut):
    made = tmp_path / "own"
    made.mkdir()
    (made / "note.txt").write_text("Something else about the gallbladder wall.", encoding="utf-8")
    gathered, manifest = in_partitions(made, small_documents, tmp_path / "b", tmp_path / "p")
    assert [document.id for document in gathered.documents] == ["own/note"]
    assert manifest.documents == len(small_documents) + 1


def test_what_is_done_is_found_again_and_what_changed_is_not(folder, tmp_path, cut):
    model, at = HashEmbedder(), tmp_path / "p"
    first = partitioned(listed([folder]), (), model)
    assert len(first) == 4
    assert [work(partition, at, model, VectorCache(at)) > 0 for partition in first] == [True] * 4
    assert [work(partition, at, model) for partition in first] == [0] * 4
    (folder / "note-1.txt").write_text("A new text about the liver, which is longer.", encoding="utf-8")
    again = partitioned(listed([folder]), (), model)
    assert [is_done(partition, at) for partition in again].count(False) == 1
    other = HashEmbedder()
    other.fingerprint = "hash-2"
    assert not {partition.name for partition in partitioned(listed([folder]), (), other)} & {partition.name for partition in again}


def test_a_folder_is_cut_so_that_two_workers_end_together_and_large_ones_as_far_as_a_partition_may_hold(tmp_path, monkeypatch):
    def sizes(count, characters):
        folder = tmp_path / f"{count}-{characters}"
        folder.mkdir()
        for number in range(count):
            (folder / f"{number:05}.txt").write_text("x" * characters, encoding="utf-8")
        return [len(one.files) for one in partitioned(listed([folder]), (), HashEmbedder())]

    assert max(sizes(320, 1_000)) == 10  # in 32 parts
    assert max(sizes(320, 10_000)) == 10
    assert max(sizes(20, 10)) == 4  # not every file by itself
    assert max(sizes(40, 60_000)) == 1  # 75,000 bytes in each of 32 parts
    assert max(sizes(3_000, 10)) == 64


def test_a_partition_that_was_cut_short_is_not_taken_for_done(folder, tmp_path, cut):
    model, at = HashEmbedder(), tmp_path / "p"
    (first, *_) = partitioned(listed([folder]), (), model)
    work(first, at, model, VectorCache(at))
    whole = (at / first.name).read_bytes()
    (at / first.name).write_bytes(whole[: len(whole) // 2])
    assert not is_done(first, at)
    work(first, at, model, VectorCache(at))
    assert opened(first, at).documents


def test_passages_that_do_not_fit_what_was_prepared_are_an_error(folder, tmp_path, cut):
    model, at, gathering = HashEmbedder(), tmp_path / "p", Gathering()
    made = partitioned(listed([folder], gathering.tell), (), model)
    for partition in made:
        work(partition, at, model, VectorCache(at))
    merged = Merged(made, at, (), gathering)
    with pytest.raises(ValueError, match="were prepared"):
        merged.prepared([])


@pytest.mark.parametrize(("address", "said"), [("", "on this machine"), ("10.0.0.1:6379", "at 10.0.0.1:6379")])
def test_ray_that_does_not_start_is_an_error_that_says_what_to_do(folder, tmp_path, monkeypatch, address, said):
    def refuse(**_):
        raise ConnectionError("timed out")

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(is_initialized=lambda: False, init=refuse))
    monkeypatch.setenv("RAY_ADDRESS", address)
    made = partitioned(listed([folder]), (), HashEmbedder())
    with pytest.raises(EngineUnavailable, match=f"Ray {said} does not start: timed out") as caught:
        spread(made, tmp_path / "p", "hash")
    assert caught.value.remedy


def test_without_ray_the_error_names_the_extra(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"radqa\[ray\]"):
        spread(partitioned(listed([folder]), (), HashEmbedder()), tmp_path / "p", "hash")


@pytest.fixture
def cluster(monkeypatch):
    """Two workers' worth of Ray on this machine, gone afterwards."""
    ray = pytest.importorskip("ray", reason="Ray is not installed")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    yield
    ray.shutdown()


@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.timeout(1800)
@pytest.mark.filterwarnings("ignore")
class TestByRay:
    """Marked slow: Ray starts some ten processes."""

    def test_it_is_the_same_index_and_a_partition_that_fails_is_named(self, cluster, folder, small_documents, tmp_path, cut):
        _, first = in_one(folder, small_documents, tmp_path / "a", tmp_path / "c")
        gathering, at = Gathering(small_documents), tmp_path / "p"
        made = partitioned(listed([folder], gathering.tell), small_documents, HashEmbedder())
        told: list[tuple[int, int]] = []
        spread(made, at, "hash", 2, lambda done, total: told.append((done, total)))
        merged = Merged(made, at, small_documents, gathering)
        assert build(merged.documents, tmp_path / "b", HashEmbedder(), prepared=merged.prepared).files == first.files
        assert told[-1] == (len(made), len(made))

        blocked = made[1]
        (at / blocked.name).unlink()
        (at / blocked.name).mkdir()  # so that it cannot be written
        with pytest.raises(
            PartitionFailed, match=rf"1 of {len(made)} partitions failed 3 times; the first is .*{blocked.files[0][0].name}"
        ):
            spread(made, at, "hash", 2)

    def test_the_command_takes_either_engine(self, cluster, folder, tmp_path, monkeypatch):
        from typer.testing import CliRunner

        from agent.commands.indexing import app

        monkeypatch.setenv("RADQA_EMBEDDING", "hash")
        made = {}
        for engine in ("local", "ray"):
            ended = CliRunner().invoke(
                app, ["build", str(folder), "--out", str(tmp_path / engine), "--no-embedded", "--skip-bad", "--json", "--engine", engine]
            )
            assert ended.exit_code == 0, ended.output
            made[engine] = json.loads(ended.stdout)
        assert made["local"]["corpus_hash"] == made["ray"]["corpus_hash"]
        assert made["local"]["left_out"] == made["ray"]["left_out"] != []
        assert not (tmp_path / "ray" / partitions.FOLDER).exists()

    def test_a_killed_worker_loses_nothing(self, cluster, tmp_path, monkeypatch):
        import psutil

        monkeypatch.setattr(partitions, "FILES", 20)
        notes = tmp_path / "many"
        notes.mkdir()
        for number in range(400):
            (notes / f"n{number:03}.txt").write_text(" ".join(TEXT.format(number * 50 + line) for line in range(50)), encoding="utf-8")
        _, alone = in_one(notes, (), tmp_path / "a", tmp_path / "c")
        gathering, at, killed = Gathering(), tmp_path / "p", list[int]()
        made = partitioned(listed([notes], gathering.tell), (), HashEmbedder())

        def kill() -> None:
            until = time.monotonic() + 900
            while not killed and time.monotonic() < until:
                if sum(1 for _ in at.glob("p-*.npz")) >= 3:
                    below = psutil.Process(os.getpid()).children(recursive=True)
                    workers = [process for process in below if "MapWorker" in " ".join(process.cmdline())]
                    for process in workers[:1]:
                        process.kill()
                        killed.append(process.pid)
                time.sleep(0.05)

        killer = threading.Thread(target=kill)
        killer.start()
        spread(made, at, "hash", 2)
        killer.join()
        assert killed
        merged = Merged(made, at, (), gathering)
        assert build(merged.documents, tmp_path / "b", HashEmbedder(), prepared=merged.prepared).files == alone.files
