import asyncio
import json
import os

import pytest

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


def test_a_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunWriteFailed, match="another --out"):
        Journal(tmp_path / "file" / "lines.jsonl")


def test_a_missing_file_has_no_lines(tmp_path):
    assert list(lines(tmp_path / "none.jsonl")) == []
