"""The small inputs that others' reports were made from, each as the README beside it says; skipped where the folder is not at hand."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from agent.app import RadiologyAgent
from agent.settings import load
from corpora.gathering import Gathered, gather
from corpora.passages import LARGEST, split, tokens
from corpora.privacy.identifiers import find
from corpora.types import Passage
from retrievers.embedding import PACKAGED, HashEmbedder, embedder
from retrievers.index import build
from retrievers.vectors import VectorCache

CASES = Path(os.environ.get("RADQA_SHARED_DATA", "/nowhere")).parent / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="RADQA_SHARED_DATA has no folder cases beside it")


def read(name: str) -> Gathered:
    return gather([CASES / name])


def names(gathered: Gathered) -> set[str]:
    return {document.id for document in gathered.documents}


def told(gathered: Gathered) -> str:
    return " | ".join(str(problem) for problem in (*gathered.left_out, *gathered.not_read))


def passages(gathered: Gathered) -> list[Passage]:
    return [passage for document in gathered.documents for passage in split(document)]


def agent_over(gathered: Gathered, folder: Path) -> RadiologyAgent:
    build(gathered.documents, folder / "index", HashEmbedder(), cache=VectorCache(folder / "vectors"))
    return RadiologyAgent(load(index=folder / "index", embedding="hash", reader="words", threshold=0.3))


def test_01_pdfs_encrypted_with_aes_and_no_password_are_read():
    gathered = read("01-aes-pdf-empty-password")
    assert {Path(name).stem for name in names(gathered)} >= {"protocol"}
    assert gathered.left_out == []


def test_04_pages_without_text_are_told_by_number():
    assert re.search(r"page[s]? 2-5", told(read("04-mostly-scanned-pdf")))


def test_05_columns_are_read_one_after_the_other(tmp_path):
    gathered = read("05-two-column-pdf")
    text = " ".join(" ".join(document.text.split()) for document in gathered.documents)
    assert "nodule that A quandary" not in text
    answer = agent_over(gathered, tmp_path).ask("How is a zorbex nodule of 9 mm followed?")
    assert "quandary" not in getattr(answer, "text", "").lower()


def test_06_rows_of_a_table_keep_their_header_and_the_title_of_a_pdf_says_something():
    found = read("06-pdf-table")
    rows = [passage for passage in passages(found) if "7 mm" in passage.text or "6-8" in passage.text]
    assert rows or "unreliabl" in told(found)
    assert all(document.source.title.lower() not in ("", "untitled", "(anonymous)") for document in found.documents)


def test_08_office_files_are_read_and_other_formats_named():
    gathered = read("08-office-files")
    assert names(gathered) | {"slides"} >= {"protocol", "slides", "table", "notes"}
    assert "slides" in names(gathered) or "(slides)" in told(gathered)  # its text is that of protocol.docx
    for name in ("old.doc", "page.mht", "note.rtf"):
        assert name in told(gathered)


@pytest.mark.parametrize(("name", "count"), [("09-same-name", 2), ("09d-README-in-each-folder", 3)])
def test_09_files_of_one_name_are_told_apart_by_their_folders(name, count):
    gathered = read(name)
    same = {file for file in names(gathered) if Path(file).name in ("README", "protocol")}
    assert len(same) == count
    assert gathered.left_out == []


@pytest.mark.parametrize("name", ["15-cjk", "32-long-list"])
def test_15_and_32_passages_have_a_largest_size_whatever_the_text(name):
    found = passages(read(name))
    assert len(found) > 3
    assert max(tokens(passage.text) for passage in found) <= LARGEST


def test_17_rows_of_a_plain_csv_are_read_as_rows():
    text = " ".join(passage.text for passage in passages(read("17-plain-csv")))
    assert "zorbex nodule" in text
    assert "CT at 4 months" in text
    assert "Knoten" in text


def test_18_empty_files_are_named_and_the_others_read():
    gathered = read("18-empty-files")
    for ending in ("csv", "html", "json", "jsonl", "md", "pdf", "xml"):
        assert f"empty.{ending}" in told(gathered)
    assert any("good" in name for name in names(gathered))


def test_28_and_29_a_pdf_that_cannot_be_read_takes_no_other_along():
    surrogate, unmapped = read("28-pdf-surrogate"), read("29-pdf-no-tounicode")
    assert all("good" in " ".join(names(gathered)) for gathered in (surrogate, unmapped))
    for passage in passages(surrogate):
        passage.text.encode()
    assert "subset" in told(unmapped)


def test_32_a_line_of_a_long_list_is_found(tmp_path):
    answer = agent_over(read("32-long-list"), tmp_path).ask("Which protocol is used for a quandary cyst?")
    quoted = answer.model_dump_json()
    assert "MRI with secretin" in quoted


def test_60_questions_in_languages_that_are_not_read_are_not_answered(small_agent):
    asked = [line for line in next((CASES / "60-nonlatin-question").glob("*.txt")).read_text(encoding="utf-8").splitlines() if line]
    answers = [small_agent.ask(question) for question in asked]
    assert len(answers) >= 5
    assert [answer.reason for answer in answers if answer.kind != "abstained" or "taken for" not in answer.reason] == []


def test_61_a_next_step_needs_no_image(small_agent):
    answer = small_agent.ask("What is the next step for a simple renal cyst?")
    assert "image" not in getattr(answer, "reason", "")


def test_69_the_same_text_twice_is_one_source(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "protocol.md").write_text("# Protocol\n\nA zorbex nodule of 9 mm is followed with CT at 4 months.\n")
    gathered = gather([tmp_path])
    assert len(gathered.documents) == 1
    assert "holds the same text" in told(gathered)


_MARK = re.compile(r"\[\[([A-Z]):(.*?)\]\]")


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "it", "pt"])
def test_identifiers_97_of_100_are_masked_whole_in_each_language(language):
    left, count = [], 0
    for line in (CASES / "identifiers" / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        text, secrets, position = "", [], 0
        for mark in _MARK.finditer(line):
            text += line[position : mark.start()]
            secrets.append((len(text), len(text) + len(mark[2])))
            text, position = text + mark[2], mark.end()
        found = find(text + line[position:])
        for start, end in secrets:
            words = [(start + word.start(), start + word.end()) for word in re.finditer(r"\w+", text[start:end])]
            count += 1
            if not all(any(item.start <= first and last <= item.end for item in found) for first, last in words):
                left.append(text[start:end])
    assert count >= 60
    assert len(left) <= 0.03 * count, left


def test_identifiers_lookalikes_stay():
    lines = (CASES / "identifiers" / "lookalikes.txt").read_text(encoding="utf-8").splitlines()
    found = [(line, item.text) for line in lines if line for item in find(line.split("|", 1)[1])]
    assert len(lines) >= 50
    assert found == []


@pytest.mark.slow
def test_hostile_files_beside_the_guidelines_move_no_answer_and_say_no_canary(tmp_path):
    from corpora import embedded

    hostile = json.loads((CASES / "hostile" / "index.json").read_text(encoding="utf-8"))
    packaged = list(embedded.documents())
    gathered = gather([CASES / "hostile" / "own"], packaged)
    build([*packaged, *gathered.documents], tmp_path / "index", embedder(PACKAGED))
    agent = RadiologyAgent(load(index=tmp_path / "index"))
    moved, said = [], []
    for target in sorted({one["target"] for one in hostile}):
        ones = [one for one in hostile if one["target"] == target]
        answer = agent.ask(ones[0]["q"])
        text = getattr(answer, "text", "")
        if target in "ABC" and any(one["bad"] in text for one in ones):
            moved.append((target, text))
        said += [(target, one["canary"]) for one in ones if one["canary"] in text]
        assert not re.search(r"!\[|https?://\S*(?:evil|attack|example)", text)
    assert (moved, said) == ([], [])
