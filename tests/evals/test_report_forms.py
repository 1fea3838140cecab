"""Published forms of report sets, on small samples in their form."""

import json

import pytest

from agent.errors import MalformedQuestionSet
from agent.reports.reading import read
from agent.reports.vocabulary import kinds
from evals.report_forms import load
from evals.report_forms.labels import label_sets, labelled

REPORT = "Small left pleural effusion . No pneumothorax . Possible pneumonia ."


def radgraph(label="OBS-DP"):
    tokens = REPORT.split()
    certain = {"OBS-DP": "OBS-DP"}.get(label, label)
    entities = {
        "1": {"tokens": "Small", "label": certain, "start_ix": 0, "end_ix": 0, "relations": [["modify", "4"]]},
        "2": {"tokens": "left", "label": "ANAT-DP", "start_ix": 1, "end_ix": 1, "relations": [["modify", "3"]]},
        "3": {"tokens": "pleural", "label": "ANAT-DP", "start_ix": 2, "end_ix": 2, "relations": []},
        "4": {"tokens": "effusion", "label": certain, "start_ix": 3, "end_ix": 3, "relations": [["located_at", "3"]]},
        "5": {"tokens": "pneumothorax", "label": "OBS-DA", "start_ix": tokens.index("pneumothorax"), "end_ix": 6, "relations": []},
        "6": {"tokens": "pneumonia", "label": "OBS-U", "start_ix": 9, "end_ix": 9, "relations": []},
    }
    return {"text": REPORT, "entities": entities, "data_source": None, "data_split": "train"}


def written(tmp_path, name, content):
    file = tmp_path / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def test_radgraph_gives_the_observations_that_stand_for_themselves(tmp_path):
    (case,) = load(written(tmp_path, "train.json", {"p10/s1.txt": radgraph()}))
    assert case.id == "p10/s1.txt"
    said = [(case.text[one.start : one.end], one.certainty) for one in case.entities]
    assert said == [("effusion", "present"), ("pneumothorax", "absent"), ("pneumonia", "uncertain")]


def test_radgraph_of_two_annotators_and_of_the_later_labels_is_read_too(tmp_path):
    one = radgraph("Observation::definitely present")
    two = {"text": one.pop("text"), "labeler_1": one, "labeler_2": {"entities": {}}}
    (case,) = load(written(tmp_path, "test.json", {"a": two}))
    assert len(case.entities) == 3


def test_chexpert_labels_are_present_absent_uncertain_or_not_said(tmp_path):
    head = "Reports,No Finding,Cardiomegaly,Pneumothorax,Pleural Effusion,Pneumonia"
    (case,) = load(
        written(tmp_path, "labeled.csv", f'{head}\n"Small left effusion. No pneumothorax. Possible pneumonia.",,,0.0,1.0,-1.0\n')
    )
    assert case.labels == {"Pneumothorax": "absent", "Pleural Effusion": "present", "Pneumonia": "uncertain"}
    assert case.text.startswith("Small left effusion.")


def test_chexpert_plus_has_its_parts_apart(tmp_path):
    head = "path_to_image,findings,impression,No Finding,Cardiomegaly,Pleural Effusion"
    (case,) = load(written(tmp_path, "plus.csv", f"{head}\ntrain/p1.jpg,Large heart.,Cardiomegaly.,,1,\n"))
    assert (case.id, case.text) == ("train/p1.jpg", "FINDINGS: Large heart.\nIMPRESSION: Cardiomegaly.")


def test_rxl_radset_has_a_score_for_each_report_file(tmp_path):
    (tmp_path / "RXL_T_001.txt").write_text("THYROID ULTRASOUND\nFindings: 8 mm spongiform nodule, left lobe.", encoding="utf-8")
    (case,) = load(written(tmp_path, "metadata.csv", "Report_Number,Modality,Profile,RADS_score\nRXL_T_001,US,x,1\n"))
    assert (case.system, case.category) == ("TI-RADS", "1")
    assert "spongiform" in case.text


def test_parrot_has_a_translation(tmp_path):
    row = {"no": "7", "language": "German", "modality": "CT", "area": "chest", "report": "Befund: 7 mm Rundherd rechts.",
           "translation": "Findings: 7 mm nodule on the right.", "icd": "R91", "country": "Germany", "subspecialty": "CH"}  # fmt: skip
    (case,) = load(written(tmp_path, "PARROT.jsonl", row))
    assert (case.id, case.language, case.translation) == ("7", "German", "Findings: 7 mm nodule on the right.")


def test_indiana_reports_are_written_out_with_their_parts_known(tmp_path):
    row = {
        "doc_id": "cxr:1",
        "text": "Exam: Chest\nFindings: Heart is large. \nImpression: Cardiomegaly.",
        "problems": ["Cardiomegaly", "Spine"],
        "mesh_coded": [],
    }
    (case,) = load(written(tmp_path, "corpus.jsonl", row))
    assert case.sections == {"Examination": "Chest", "Findings": "Heart is large.", "Impression": "Cardiomegaly."}
    assert all(body in case.text for body in case.sections.values())
    assert case.labels == {"cardiomegaly": "present"}
    head = "uid,MeSH,Problems,image,indication,comparison,findings,impression"
    (case,) = load(written(tmp_path, "reports.csv", f"{head}\n4,x,Cicatrix;Cardiomegaly,Xray,,,Large heart.,Scar.\n"))
    assert set(case.labels) == {"cardiomegaly", "scar"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", '{"text": "FINDINGS: nodule", "findings": [{"organ": "lung"}]}', "line 1.*kind"),
        ("a.jsonl", '{"text": "  ", "findings": []}', "line 1.*empty"),
        ("a.jsonl", '{"id": "x", "text": "a", "findings": []}\n{"id": "x", "text": "b", "findings": []}', "line 2.*used before"),
        ("a.jsonl", '{"question": "x"}', "no form of reports has these fields: question"),
        ("a.json", '{"r": {"text": "a b", "entities": {"1": {"label": "OBS-DP", "start_ix": 9, "end_ix": 9, "relations": []}}}}', "line 1"),
        ("a.csv", "Reports,No Finding,Cardiomegaly,Pleural Effusion\nnodule,,yes,\n", "line 2.*yes"),
    ],
)
def test_a_broken_row_is_named_with_its_line(tmp_path, name, content, says):
    with pytest.raises(MalformedQuestionSet, match=says):
        load(written(tmp_path, name, content))


def test_broken_rows_are_left_out_on_demand(tmp_path):
    file = written(tmp_path, "a.jsonl", '{"text": "FINDINGS: nodule", "findings": []}\n{"text": 3}\n')
    told = []
    assert len(load(file, on_bad=told.append)) == 1
    assert len(told) == 1


def test_labels_mean_kinds_that_reports_are_read_for():
    for labels in label_sets().values():
        for label in labels.values():
            assert {one.partition("@")[0] for one in label.kinds if not one.startswith('"')} <= set(kinds())


def test_a_reading_says_a_label_as_surely_as_its_report():
    report = read("CHEST RADIOGRAPH\nFINDINGS: Small left pleural effusion. No pneumothorax. Possible pneumonia. Cardiomegaly.")
    said = labelled(report, "chexpert")
    assert said["Pleural Effusion"] == said["Cardiomegaly"] == "present"
    assert said["Pneumothorax"] == "absent"
    assert said["Pneumonia"] == "uncertain"
    assert "Fracture" not in said
