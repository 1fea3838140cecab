import csv
import json
import os
from pathlib import Path

import pytest

from corpora.errors import MalformedDocument
from corpora.readers import e3c, openi, read_path
from tests.corpora import articles

SHARED = os.environ.get("RADQA_SHARED_DATA", "")
shared = pytest.mark.skipif(not SHARED, reason="RADQA_SHARED_DATA names no folder with real samples")


def rows_of(name):
    with (Path(SHARED) / name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_e3c_case_keeps_its_authors_journal_and_licence(tmp_path):
    (made,) = read_path(written(tmp_path, "EN100001.json", articles.e3c()))
    source = made.source
    assert (made.id, source.kind, source.licence, source.year) == ("e3c:EN100001", "case", "CC BY 4.0", 2013)
    assert source.citation == "Ann Author, Ben Writer, Cy Third et al. The Case Journal 2013"
    assert source.title == "A 60 year-old man presented with cough. This is case EN100001. The chest radiograph ..."
    assert (source.doi, source.url) == ("10.1234/case.1", "https://journal.example/1")
    assert "chest radiograph" in made.text


def test_an_e3c_case_with_gaps_is_read(tmp_path):
    path = written(tmp_path, "x.json", json.dumps({"id": "EN9", "text": "Short.", "licence": None, "doi": None, "publication_date": None}))
    (made,) = read_path(path)
    assert (made.source.title, made.source.licence, made.source.year, made.source.citation) == ("Short.", "", None, "")


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ('{"id": "a",\n"text": }', "not JSON", 2),
        ("[1, 2]", "JSON of no known form", None),
        ('{"name": "package", "version": "1"}', "JSON of no known form", None),
        ('{"id": "", "text": "x", "licence": "y"}', "no E3C case: id", None),
        ('{"id": "a", "text": "  ", "licence": "y"}', "is blank", None),
        ("[" * 100_000, "JSON", None),
    ],
)
def test_a_broken_e3c_file_is_named(tmp_path, text, reason, line):
    path = written(tmp_path, "x.json", text)
    with pytest.raises(MalformedDocument, match=reason) as caught:
        list(read_path(path))
    assert caught.value.line == line or line is None


@shared
def test_real_e3c_cases_go_through_the_reader(tmp_path):
    rows = rows_of("corpus_e3c_case_reports_imaging.jsonl")
    for row in rows:
        case = {
            "id": row["doc_id"].removeprefix("e3c:"),
            "authors": [{"author": name} for name in row["authors"]],
            "publication_date": row["date"],
            "source": row["journal"],
            "text": row["text"],
            **{key: row[key] for key in ("doi", "url", "licence")},
        }
        written(tmp_path, f"{case['id']}.json", json.dumps(case))
    made = {document.id: document for document in read_path(tmp_path)}
    assert len(made) == len(rows) > 2600
    different = [row["doc_id"] for row in rows if made[row["doc_id"]].text != row["text"]]
    assert len(different) <= 3  # hidden signs are left out, a letter of another script within a word becomes the one it looks like
    assert {document.source.licence for document in made.values()} == {"CC BY", "CC BY 4.0"}
    assert sum(bool(document.source.citation and document.source.year) for document in made.values()) > 0.95 * len(made)


def test_an_open_i_report_is_split_and_coded(tmp_path):
    (made,) = read_path(written(tmp_path, "7.xml", articles.openi()))
    assert made.id == "openi:CXR7"
    assert [(section.heading, made.text[section.start : section.end]) for section in made.sections] == [
        ("Examination", "PA and lateral chest"),
        ("Indication", "Cough, XXXX-year-old."),
        ("Findings", "The heart is enlarged. No pneumothorax."),
        ("Impression", "Cardiomegaly."),
    ]
    source = made.source
    assert (source.licence, source.year, source.topics, source.modality) == ("CC BY-NC-ND 4.0", 2013, ("Cardiomegaly",), ("XR",))
    assert source.metadata["mesh"] == "Cardiomegaly/mild; Cardiomegaly/borderline"
    assert source.url.endswith("img=CXR7_IM-0001-1001")
    assert next(openi.read(tmp_path / "7.xml")) == made


def test_an_open_i_report_without_a_word_of_its_own_is_named(tmp_path):
    path = written(tmp_path, "7.xml", articles.openi(findings="").replace("Cardiomegaly.</AbstractText>", "</AbstractText>"))
    with pytest.raises(MalformedDocument, match="neither findings nor an impression"):
        list(read_path(path))


HEADER = "uid,MeSH,Problems,image,indication,comparison,findings,impression\n"


def test_open_i_csv_gives_a_report_per_row_and_skips_empty_ones(tmp_path):
    text = HEADER + '1,normal,normal,Xray Chest PA,Cough,None.,"Lungs are clear,\nheart too.",Normal.\n16,normal,normal,Xray,,,,\n'
    (made,) = read_path(written(tmp_path, "indiana_reports.csv", text))
    assert made.id == "openi:CXR1"
    assert "Lungs are clear, heart too." in made.text
    assert made.source.licence == "CC BY-NC-ND 4.0"


@pytest.mark.parametrize(
    ("rows", "reason", "line"),
    [
        ("1,a,a,x,y,z,f\n", "7 cells, and the header has 8", 2),
        ('1,a,a,x,y,z,"f\n\n",i\n,a,a,x,y,z,f,i\n', "no `uid`", 5),
        ('1,a,a,x,y,z,"never closed\n', "not CSV", 2),
        ("1,a,a,x,y,z,f,None\n2,a,a,x,y,z,.,none\n", "neither findings", 3),
    ],
)
def test_a_broken_csv_row_is_named_by_its_line(tmp_path, rows, reason, line):
    with pytest.raises(MalformedDocument, match=reason) as caught:
        list(read_path(written(tmp_path, "r.csv", HEADER + rows)))
    assert caught.value.line == line


def test_csv_that_is_empty_unknown_or_no_text_is_named(tmp_path):
    for name, data, reason in (
        ("a.csv", b"", "is empty"),
        ("c.csv", b"uid,uid\n", "no row under its header"),
        ("d.csv", b"uid,findings,impression\n1,\xff\xff,b\n", "not UTF-8"),
        ("e.csv", b"\xff\xfe\n", "not UTF-8"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(MalformedDocument, match=reason):
            list(read_path(path))


@shared
def test_real_indiana_reports_go_through_both_readers(tmp_path):
    rows = rows_of("corpus_indiana_cxr_reports.jsonl")
    parts = [dict(line.split(": ", 1) for line in row["text"].split("\n") if ": " in line) for row in rows]
    columns = ("image", "indication", "comparison", "findings", "impression")
    names = ("Exam", "Indication", "Comparison", "Findings", "Impression")
    with (tmp_path / "indiana_reports.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["uid", "MeSH", "Problems", *columns])
        for row, part in zip(rows, parts, strict=True):
            uid = row["doc_id"].partition(":")[2]
            writer.writerow([uid, ";".join(row["mesh_coded"]), ";".join(row["problems"]), *(part.get(name, "") for name in names)])
    bad = []
    made = list(read_path(tmp_path, bad.append))
    assert bad == []
    assert len(made) >= len(rows) - 5
    assert sum("Impression" in {section.heading for section in document.sections} for document in made) > 0.99 * len(made)
    assert any("Cardiomegaly" in document.source.topics for document in made)


CASES = 'case_id,article_id,case_text,age,gender\nPMC10000001_01,PMC10000001,"A man, 40, had\npain.",40,Male\nX_02,none,A woman fell.,,\n'
METADATA = (
    "article_id,title,authors,journal,journal_detail,year,doi,pmid,pmcid,mesh_terms,major_mesh_terms,keywords,link,license\n"
    "PMC10000001,A title.,\"['Doe J', 'Roe R', 'Poe P', 'Moe M']\",J Cases,J Cases. 2020;1:2,2020.0,10.1/x,1,PMC10000001,[],[],"
    "\"['spleen', 'CT']\",https://e.org/1,CC BY-NC\n"
)


def test_multicare_cases_take_their_article_from_the_metadata_beside(tmp_path):
    written(tmp_path, "cases.csv", CASES)
    written(tmp_path, "metadata.csv", METADATA)
    written(tmp_path, "abstracts.csv", "article_id,abstract\nPMC10000001,Text\n")
    first, second = read_path(tmp_path)
    source = first.source
    assert (first.id, first.text) == ("multicare:PMC10000001_01", "A man, 40, had\npain.")
    assert (source.title, source.licence, source.year, source.doi) == ("A title.", "CC BY-NC", 2020, "10.1/x")
    assert source.citation == "Doe J, Roe R, Poe P et al. A title. J Cases. 2020;1:2"
    assert source.topics == ("spleen", "CT")
    assert source.metadata == {"age": "40", "gender": "Male"}
    assert (second.source.title, second.source.organisation, second.source.url) == ("Case X_02", "MultiCaRe", "")


def test_multicare_cases_without_metadata_are_read(tmp_path):
    written(tmp_path, "cases.csv", CASES.replace("article_id", "pmcid"))
    first, _ = read_path(tmp_path)
    assert first.source.url == "https://europepmc.org/article/PMC/PMC10000001"


def test_pmc_patients_are_read(tmp_path):
    text = "patient_id,patient_uid,PMID,file_path,title,patient,age,gender\n0,7665777-1,33492400,x.xml,A title,A patient note.,\"[[60.0, 'year']]\",M\n"
    (made,) = read_path(written(tmp_path, "PMC-Patients.csv", text))
    assert (made.id, made.text, made.source.title) == ("pmc-patients:7665777-1", "A patient note.", "A title")
    assert made.source.licence == "CC BY-NC-SA 4.0"
    assert made.source.url == "https://pubmed.ncbi.nlm.nih.gov/33492400/"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("cases.csv", "case_id,case_text\n,text\n", "no `case_id`"),
        ("cases.csv", "case_id,case_text\na, \n", "no `case_text`"),
        ("p.csv", "patient_uid,patient\n,text\n", "no `patient_uid`"),
        ("p.csv", "patient_uid,patient\na,\n", "no `patient`"),
    ],
)
def test_a_case_row_without_id_or_text_is_named(tmp_path, name, text, reason):
    with pytest.raises(MalformedDocument, match=f"line 2: .*{reason}"):
        list(read_path(written(tmp_path, name, text)))


def test_lists_in_cells_may_be_broken_or_semicolons(tmp_path):
    written(tmp_path, "cases.csv", CASES)
    written(
        tmp_path,
        "metadata.csv",
        METADATA.replace("\"['spleen', 'CT']\"", "spleen; CT").replace("\"['Doe J', 'Roe R', 'Poe P', 'Moe M']\"", "[broken"),
    )
    first, _ = read_path(tmp_path)
    assert first.source.topics == ("spleen", "CT")
    assert first.source.citation == "A title. J Cases. 2020;1:2"


def test_e3c_reader_stands_alone(tmp_path):
    assert next(e3c.read(written(tmp_path, "a.json", articles.e3c()))).id == "e3c:EN100001"
