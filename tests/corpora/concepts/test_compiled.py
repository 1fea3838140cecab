"""The compiled vocabulary: kept once, read back the same, made anew when it is damaged or cannot be kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corpora.concepts import compiled
from corpora.concepts.compiled import KEPT, PACKAGED, Compiled, Entry, main, rebuild
from corpora.concepts.linker import Linker
from corpora.concepts.overrides import Overrides
from corpora.concepts.table import Row, Table
from corpora.concepts.vocabulary import Vocabulary

TEXTS = (
    "No pulmonary embolism. PE cannot be excluded.",
    "PRES was seen; pre-contrast images only.",
    "History of HCC, now a new liver mass in cirrhosis.",
    "Ground-glass opacities, mother had breast cancer.",
)


@pytest.fixture
def small() -> Vocabulary:
    rows = [
        Row("C1", "Shimmering lung", "finding", (), (("shimmering lung", 10), ("SHL", 10))),
        Row("C2", "Lung lustre", "finding", (), (("lung lustre", 10), ("SHL", 4))),
    ]
    return Vocabulary(Table(rows=rows), Overrides())


@pytest.fixture(scope="module")
def made(known: Vocabulary) -> Compiled:
    return Compiled.of(known)


def test_what_is_kept_links_as_what_was_compiled(known: Vocabulary, made: Compiled, tmp_path: Path) -> None:
    made.save(tmp_path / "kept.txt")
    read = Compiled.open(tmp_path / "kept.txt")
    assert read == made
    fresh, kept = Linker(known, made), Linker(known, read)
    for text in TEXTS:
        assert fresh.link(text) == kept.link(text)
        assert fresh.link(text)


def test_every_entry_survives_being_written(made: Compiled) -> None:
    special = [line for line in made.entries if '"trigger"' in line or '"scoped"' in line or '"spelled"' in line or line == "{}"]
    assert len(special) > 100
    for line in special:
        assert Entry.read(line).written() == line


def test_it_is_compiled_once_and_then_read(small: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Compiled.kept(small, tmp_path)
    monkeypatch.setattr(Compiled, "of", lambda _: pytest.fail("compiled twice"))
    assert Compiled.kept(small, tmp_path) == first


@pytest.mark.parametrize("damage", [b"", b"something else\n", "cut"])
def test_a_damaged_file_is_made_anew(small: Vocabulary, tmp_path: Path, damage: bytes | str) -> None:
    first = Compiled.kept(small, tmp_path)
    (path,) = tmp_path.glob("vocabulary-*.txt")
    path.write_bytes(path.read_bytes()[:-20] if isinstance(damage, str) else damage)
    assert Compiled.kept(small, tmp_path) == first
    assert Compiled.open(path) == first


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(small: Vocabulary, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    assert Compiled.kept(small, tmp_path / "file") == Compiled.of(small)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_nothing_behind(small: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert Compiled.kept(small, tmp_path) == Compiled.of(small)
    assert not list(tmp_path.iterdir())


def test_only_the_newest_stay(small: Vocabulary, tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        old = tmp_path / f"vocabulary-old{number}.txt"
        old.write_text("old", encoding="utf-8")
        os.utime(old, (number, number))
    Compiled.kept(small, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == KEPT
    assert "vocabulary-old0.txt" not in names
    assert f"vocabulary-old{KEPT + 1}.txt" in names


def test_what_ships_is_what_compiling_gives(made: Compiled) -> None:
    assert Compiled.packaged() == made


def test_what_ships_is_used_and_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Compiled, "of", lambda _: pytest.fail("compiled although it ships"))
    assert len(Compiled.in_use().entries) > 200_000


@pytest.mark.parametrize("harm", ["cut", "other", "none"])
def test_a_package_that_does_not_fit_is_compiled_anew(
    small: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "compiled.txt.xz"
    if harm != "none":
        path.write_bytes(PACKAGED.read_bytes()[: -1000 if harm == "cut" else None])
    if harm == "other":
        monkeypatch.setattr(compiled, "_key", lambda: "another")
    with pytest.raises((OSError, ValueError, compiled.lzma.LZMAError, EOFError)):
        Compiled.packaged(path)
    ships = Compiled.packaged
    monkeypatch.setattr(Compiled, "packaged", lambda: ships(path))
    monkeypatch.setattr(compiled, "vocabulary", lambda: small)
    monkeypatch.setattr(compiled, "cache_folder", lambda: tmp_path)
    assert Compiled.in_use() == Compiled.of(small)
    assert main(["check"]) == 1
    assert capsys.readouterr().out.strip()


def test_what_is_rebuilt_fits(
    small: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiled, "vocabulary", lambda: small)
    assert rebuild(tmp_path / "made.txt.xz") == len(Compiled.of(small).entries)
    assert Compiled.packaged(tmp_path / "made.txt.xz") == Compiled.of(small)
    assert [path.name for path in tmp_path.iterdir()] == ["made.txt.xz"]
    assert main(["check"]) == 0
    assert main([]) == 2
    assert "usage" in capsys.readouterr().out
