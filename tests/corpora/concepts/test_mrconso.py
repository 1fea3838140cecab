"""A made-up sample in the format of a UMLS release; no row is from one."""

import tracemalloc
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpora.cli import app
from corpora.concepts.linker import Linker
from corpora.concepts.mrconso import concepts, convert
from corpora.concepts.vocabulary import Vocabulary
from corpora.errors import FolderUnwritable, MalformedDocument, MissingCorpus


def conso(
    cui: str, text: str, *, lat: str = "ENG", ts: str = "P", stt: str = "PF", pref: str = "Y", tty: str = "PT", gone: str = "N"
) -> str:
    return f"{cui}|{lat}|{ts}|L1|{stt}|S1|{pref}|A1||M1||SAB|{tty}|X1|{text}|0|{gone}|256|\n"


def sty(cui: str, tui: str) -> str:
    return f"{cui}|{tui}|A1.2|Some Type|AT1|256|\n"


def rel(cui: str, kind: str, other: str, gone: str = "N") -> str:
    return f"{cui}|A1|AUI|{kind}|{other}|A2|AUI|isa|R1||SAB|SAB|||{gone}||\n"


@pytest.fixture
def meta(tmp_path: Path) -> Path:
    (tmp_path / "MRCONSO.RRF").write_text(
        conso("C7000001", "Glimmer lung")
        + conso("C7000001", "glimmer lung", ts="S", tty="SY")
        + conso("C7000001", "Shimmering lung", ts="S", stt="VO", pref="N", tty="SY")
        + conso("C7000001", "Poumon luisant", lat="FRE")
        + conso("C7000001", "Old glimmer lung", gone="O")
        + conso("C7000002", "Lung lustre")
        + conso("C7000003", "Glimmerase")
        + conso("C7000004", "Untyped thing"),
        encoding="utf-8",
    )
    (tmp_path / "MRSTY.RRF").write_text(sty("C7000001", "T047") + sty("C7000002", "T033") + sty("C7000003", "T116"), encoding="utf-8")
    (tmp_path / "MRREL.RRF").write_text(
        rel("C7000001", "PAR", "C7000002")
        + rel("C7000001", "PAR", "C7000001")
        + rel("C7000001", "CHD", "C7000003")
        + rel("C7000001", "PAR", "C7000003", gone="O")
        + rel("C7000002", "SIB", "C7000001"),
        encoding="utf-8",
    )
    return tmp_path


def test_concepts_have_english_current_terms_group_and_parents(meta):
    found = {row.cui: row for row in concepts(meta)}
    assert list(found) == ["C7000001", "C7000002"]
    assert found["C7000001"].name == "Glimmer lung"
    assert dict(found["C7000001"].terms) == {"Glimmer lung": 30, "Shimmering lung": 10}
    assert (found["C7000001"].group, found["C7000002"].group) == ("disorder", "finding")
    assert found["C7000001"].parents == ("C7000002",)


def test_language_and_groups_can_be_chosen(meta):
    assert [row.name for row in concepts(meta, language="FRE")] == ["Poumon luisant"]
    assert [row.cui for row in concepts(meta, groups=("substance",))] == ["C7000003"]
    assert [row.cui for row in concepts(meta, groups=("other",))] == ["C7000004"]


def test_is_a_links_may_be_missing(meta):
    (meta / "MRREL.RRF").unlink()
    assert all(row.parents == () for row in concepts(meta))


def umls(*arguments):
    return CliRunner().invoke(app, ["umls", *map(str, arguments)])


def test_the_result_serves_the_linker(meta):
    target = meta / "own.txt.xz"
    shown = umls(meta, "--out", target)
    assert shown.exit_code == 0
    assert "2 concepts" in shown.output
    assert "RADQA_VOCABULARY=" in shown.output
    known = Vocabulary.open(target)
    assert known.ancestors("C7000001") == {"C7000002": 1}
    assert [m.cui for m in Linker(known).link("No shimmering lung. Lung lustre.")] == ["C7000001", "C7000002"]


def test_misuse_of_the_command_is_named(meta, tmp_path):
    shown = umls(meta, "--out", tmp_path / "own.xz", "--group", "signs")
    assert shown.exit_code == 2
    assert "'signs' is no semantic group" in " ".join(shown.output.replace("│", " ").split())
    assert isinstance(umls(tmp_path / "nowhere", "--out", tmp_path / "own.xz").exception, MissingCorpus)
    assert isinstance(umls(meta, "--out", tmp_path / "no" / "own.xz").exception, FolderUnwritable)


def test_nothing_to_keep_leaves_no_file(meta):
    with pytest.raises(MissingCorpus, match="gives no concept for language 'XXX'"):
        convert(meta, meta / "own.txt.xz", language="XXX")
    assert sorted(path.suffix for path in meta.iterdir()) == [".RRF", ".RRF", ".RRF"]


def test_a_missing_file_a_short_row_and_unsorted_rows_are_named(meta, tmp_path):
    with pytest.raises(MissingCorpus, match=r"MRSTY\.RRF"):
        list(concepts(tmp_path / "nowhere"))
    (meta / "MRSTY.RRF").write_text(sty("C7000002", "T047") + sty("C7000001", "T047"), encoding="utf-8")
    with pytest.raises(MalformedDocument, match=r"MRSTY\.RRF, line 2: C7000001 comes after C7000002"):
        list(concepts(meta))
    (meta / "MRSTY.RRF").write_text("C7000001|T047\n", encoding="utf-8")
    with pytest.raises(MalformedDocument, match="has 2 fields, 6 are needed"):
        list(concepts(meta))


def test_memory_does_not_grow_with_the_release(tmp_path):
    count = 40_000
    with (tmp_path / "MRCONSO.RRF").open("w", encoding="utf-8") as file:
        file.writelines(conso(f"C{number:07}", f"Made up condition {number}") for number in range(count))
    with (tmp_path / "MRSTY.RRF").open("w", encoding="utf-8") as file:
        file.writelines(sty(f"C{number:07}", "T047") for number in range(count))
    tracemalloc.start()
    try:
        assert sum(1 for _ in concepts(tmp_path)) == count
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
