import asyncio
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from corpora.errors import FolderBusy
from evals.journal import Journal, RunWriteFailed, lines


async def test_lines_are_on_the_disk_when_append_returns(tmp_path):
    path = tmp_path / "a" / "lines.jsonl"
    journal = Journal(path)
    await asyncio.gather(*(journal.append(json.dumps({"n": number})) for number in range(50)))
    assert sorted(line["n"] for line in lines(path)) == list(range(50))
    await journal.close()


async def test_many_writers_share_one_flush(tmp_path, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr("evals.journal.os.fsync", lambda number: (synced.append(number), fsync(number)))
    journal = Journal(tmp_path / "lines.jsonl")
    await asyncio.gather(*(journal.append(json.dumps({"n": number})) for number in range(64)))
    await journal.close()
    assert 1 <= len(synced) < 32


@pytest.mark.parametrize("torn", [b'{"n": 3', b"{", b"\xff\xfe", b"x" * 200_000])
async def test_a_torn_last_line_is_left_out_and_cut_off(tmp_path, torn):
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n": 2}\n' + torn)
    assert [line["n"] for line in lines(path)] == [1, 2]
    journal = Journal(path)
    await journal.append('{"n": 3}')
    await journal.close()
    assert [line["n"] for line in lines(path)] == [1, 2, 3]


async def test_a_file_of_one_torn_line_is_emptied(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"n"')
    await Journal(path).close()
    assert path.read_bytes() == b""


async def test_a_disk_that_is_full_fails_the_writer_and_not_the_lines_before(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "lines.jsonl")
    await journal.append('{"n": 1}')
    monkeypatch.setattr(journal, "_write", lambda data: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(RunWriteFailed, match="--resume"):
        await journal.append('{"n": 2}')
    await journal.close()
    assert [line["n"] for line in lines(journal.path)] == [1]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
async def test_a_full_device_fails_the_writer_and_its_close_says_nothing_else():
    journal = Journal(Path("/dev/full"))
    with pytest.raises(RunWriteFailed, match="No space left"):
        await journal.append('{"n": 1}')
    await journal.close()


async def test_half_a_line_that_a_full_disk_took_is_cut_off(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "lines.jsonl")
    await journal.append('{"n": 1}')

    class Half:
        """Takes half of what it is given once; the disk is then full."""

        def __init__(self, file):
            self._file, self._full = file, False

        def write(self, data):
            if self._full:
                raise OSError(28, "No space left on device")
            self._full = True
            return self._file.write(data[: len(data) // 2])

        def __getattr__(self, name):
            return getattr(self._file, name)

    with monkeypatch.context() as full:
        full.setattr(journal, "_file", Half(journal._file))
        with pytest.raises(RunWriteFailed):
            await journal.append('{"n": 2}')
    await journal.append('{"n": 3}')
    await journal.close()
    assert [line["n"] for line in lines(journal.path)] == [1, 3]


async def test_a_file_that_cannot_be_closed_fails_as_one_that_cannot_be_written(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "lines.jsonl")
    journal._file.close()
    failing = SimpleNamespace(close=lambda: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    monkeypatch.setattr(journal, "_file", failing)
    with pytest.raises(RunWriteFailed, match="--resume"):
        await journal.close()


async def test_one_process_at_a_time_writes_a_run(tmp_path):
    journal = Journal(tmp_path / "lines.jsonl")
    await journal.append('{"n": 1}')
    with (tmp_path / "lines.jsonl").open("ab") as other:
        other.write(b'{"n": ')  # what another writer is in the middle of
    with pytest.raises(FolderBusy, match="another --out"):
        Journal(tmp_path / "lines.jsonl")
    assert (tmp_path / "lines.jsonl").read_bytes().endswith(b'{"n": ')
    await journal.close()
    await Journal(tmp_path / "lines.jsonl").close()


def test_a_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunWriteFailed, match="another --out"):
        Journal(tmp_path / "file" / "lines.jsonl")


def test_a_missing_file_has_no_lines(tmp_path):
    assert list(lines(tmp_path / "none.jsonl")) == []
