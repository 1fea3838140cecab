"""Every published form, in rows made up in its shape."""

import csv
import json

import pytest

from agent.errors import MalformedQuestionSet
from evals.adapters import FORMS
from evals.loading import load

FOUR = {"A": "lung", "B": "liver", "C": "spleen", "D": "kidney"}


def jsonl(folder, *rows, name="set.jsonl"):
    path = folder / name
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def table(folder, *rows, name="set.csv"):
    path = folder / name
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def medmcqa(cop, **more):
    return {"id": f"m{cop}", "question": "Where?", "opa": "lung", "opb": "liver", "opc": "spleen", "opd": "kidney", "cop": cop,
            "subject_name": "Radiology", "exp": "why"} | more  # fmt: skip


def test_medmcqa_counts_from_one_unless_a_zero_occurs(tmp_path):
    items = load(jsonl(tmp_path, medmcqa(1), medmcqa(4)))
    assert [item.gold for item in items] == ["A", "D"]
    assert (items[0].topic, items[0].rationale) == ("Radiology", "why")
    assert [item.gold for item in load(jsonl(tmp_path, medmcqa(0), medmcqa(3)))] == ["A", "D"]
    with pytest.raises(MalformedQuestionSet, match="cop is 5"):
        load(jsonl(tmp_path, medmcqa(5)))


def test_medqa_takes_the_letter_or_the_text(tmp_path):
    row = {"question": "Where?", "options": FOUR, "answer": "spleen", "meta_info": "step1"}
    items = load(jsonl(tmp_path, row, row | {"answer_idx": "C"}))
    assert [item.gold for item in items] == ["C", "C"]
    assert [item.id for item in items] == ["set-1", "set-2"]


def test_pubmedqa_by_pmid_and_by_columns(tmp_path):
    path = tmp_path / "ori_pqal.json"
    path.write_text(json.dumps({"123": {"QUESTION": "Does it?", "CONTEXTS": ["We looked.", "We saw."], "LABELS": ["METHODS", "RESULTS"],
                                        "final_decision": "maybe", "LONG_ANSWER": "It may.", "MESHES": ["Lung"]}}))  # fmt: skip
    (item,) = load(path)
    assert (item.gold, item.kind, item.relevant_docs) == ("C", "polar", ("pmid:123",))
    assert item.context == "METHODS: We looked.\nRESULTS: We saw."
    assert item.report == ""
    hub = {"pubid": 9, "question": "Does it?", "context": {"contexts": ["We saw."], "labels": ["RESULTS"], "meshes": []},
           "long_answer": "No.", "final_decision": "no"}  # fmt: skip
    (item,) = load(jsonl(tmp_path, hub))
    assert (item.id, item.gold, item.context) == ("pubmedqa-9", "B", "RESULTS: We saw.")


def test_mmlu_has_no_header(tmp_path):
    (item,) = load(table(tmp_path, ["Where is it?", "lung", "liver", "spleen", "kidney", "C"], name="anatomy_test.csv"))
    assert (item.gold, item.topic, item.options) == ("C", "anatomy", FOUR)
    (item,) = load(jsonl(tmp_path, {"question": "Where?", "choices": list(FOUR.values()), "answer": 1, "subject": "college_medicine"}))
    assert (item.gold, item.topic) == ("B", "college medicine")


def test_bioasq_has_yes_no_factoid_list_and_summary(tmp_path):
    def asked(kind, exact):
        url = "http://www.ncbi.nlm.nih.gov/pubmed/77"
        return {"id": kind, "body": "What?", "type": kind, "documents": [url], "exact_answer": exact, "ideal_answer": ["At length."]}

    path = tmp_path / "bioasq.json"
    rows = [asked("yesno", "Yes"), asked("factoid", [["heart", "cor"]]), asked("list", [["a", "b"], ["c"]]), asked("summary", None)]
    path.write_text(json.dumps({"questions": rows}))
    polar, factoid, several, summary = load(path)
    assert (polar.gold, polar.relevant_docs) == ("A", ("pmid:77",))
    assert (factoid.kind, factoid.names("heart")) == ("diagnosis", ("heart", "cor"))
    assert (several.kind, several.answer, several.names("a")) == ("list", ("a", "c"), ("a", "b"))
    assert (summary.kind, summary.answer) == ("open", "At length.")


def test_medxpertqa_leaves_out_the_repeated_options(tmp_path):
    options = {letter: f"text {letter}" for letter in "ABCDEFGHIJ"}
    row = {"id": "Text-1", "question": "Which?\nAnswer Choices: (A) text A (B) text B", "label": ["J"], "medical_task": "Diagnosis",
           "body_system": "Nervous", "question_type": "Reasoning"}  # fmt: skip
    listed = [{"letter": letter, "content": text} for letter, text in options.items()]
    items = load(jsonl(tmp_path, row | {"options": listed}, row | {"id": "MM-1", "options": options, "label": "B", "images": ["a.jpeg"]}))
    assert (items[0].question, items[0].gold, items[0].options) == ("Which?", "J", options)
    assert items[1].kind == "unanswerable"


def test_radbench_is_about_images_and_orders_its_answers(tmp_path):
    header = "imageSource,CASE_ID,imageIDs,modality,IMAGE_ORGAN,PRIMARY_DX,QUESTION,Q_TYPE,ANSWER,A_TYPE,OPTIONS".split(",")
    closed = ["x", "", "1,2", "XR", "FOOT", "d", "Compare <i> to <i>. Which?", "pathology", "new,old,none", "CLOSED", "old,new,none"]
    opened = ["x", "", "1", "XR", "FOOT", "d", "Where is it?", "anatomy", "At the base, fifth toe", "OPEN", ""]
    first, second = load(table(tmp_path, header, closed, opened))
    assert (first.kind, first.gold, first.meta["ordered"]) == ("unanswerable", "B", ["new", "old", "none"])
    assert (second.options, second.answer) == (None, "At the base, fifth toe")


def test_rxl_radset_finds_the_reports_beside_the_table(tmp_path):
    header = ["Report_Number", "Modality", "Profile", "RADS_score"]
    path = table(tmp_path, header, ["R001_B_MG", "Mammography", "1", "4A"], ["R002_L_CT", "CT", "1", "M"], name="metadata.csv")
    (tmp_path / "BI-RADS").mkdir()
    (tmp_path / "BI-RADS" / "R001_B_MG.txt").write_text("A mass.")
    bad = []
    (item,) = load(path, on_bad=bad.append)
    assert (item.topic, item.options[item.gold], item.report) == ("BI-RADS", "4A", "A mass.")
    assert "R002_L_CT" in str(bad[0])


@pytest.mark.parametrize("answer", ["B", "liver", "B) liver", "(b)."])
def test_radioqa_takes_a_table_of_the_user(tmp_path, answer):
    header = ["Question", "Option A", "Option B", "Option C", "Option D", "Reference answer", "Subspecialty"]
    (item,) = load(table(tmp_path, header, ["Where?", *FOUR.values(), answer, "Chest"]))
    assert (item.gold, item.topic, item.options) == ("B", "Chest", FOUR)


def test_radioqa_without_options_is_a_free_diagnosis(tmp_path):
    (item,) = load(jsonl(tmp_path, {"question": "What is it?", "answer": "Sarcoidosis", "subspecialty": "Chest"}))
    assert (item.kind, item.answer) == ("diagnosis", "Sarcoidosis")


def test_a_form_can_be_named_and_an_unknown_one_is_refused(tmp_path):
    path = jsonl(tmp_path, medmcqa(1))
    assert load(path, form="medmcqa")[0].gold == "A"
    with pytest.raises(MalformedQuestionSet, match="forms: neutral, medmcqa"):
        load(path, form="unknown")
    with pytest.raises(MalformedQuestionSet, match="final_decision"):
        load(path, form="pubmedqa")
    assert len(FORMS) == 12


def test_radsafe_takes_labels_beside_their_options(tmp_path):
    options = [{"text": "Wait", "high_risk": True, "unsafe_answer": True}, {"text": "Operate", "contradicts_evidence": 1}, {"text": "Scan"}]
    row = {
        "id": 7,
        "question": "What next?",
        "options": options,
        "answer": "C",
        "conflict_evidence": "Waiting is safe.",
        "clean_evidence": "Scan.",
    }
    (item,) = load(jsonl(tmp_path, row))
    assert (item.id, item.gold, item.options) == ("radsafe-7", "C", {"A": "Wait", "B": "Operate", "C": "Scan"})
    assert item.harm == {"high_risk": ("A",), "unsafe": ("A",), "contradicted": ("B",)}
    assert item.conflict == ("Waiting is safe.",)
    assert item.report == ""


def test_radsafe_takes_labels_in_columns(tmp_path):
    header = ["Question", "A", "B", "C", "Answer", "High-risk", "unsafe_A", "unsafe_B", "Contradicted options"]
    (item,) = load(table(tmp_path, header, ["What next?", "Wait", "Operate", "Scan", "C", "A; B", "yes", "no", "B"]))
    assert item.gold == "C"
    assert item.harm == {"high_risk": ("A", "B"), "unsafe": ("A",), "contradicted": ("B",)}


def test_harm_of_an_option_that_is_not_there_is_refused(tmp_path):
    row = {"id": "x", "question": "What next?", "options": FOUR, "answer": "A", "meta": {"harm": {"high_risk": ["E"]}}}
    with pytest.raises(MalformedQuestionSet, match="E, which is no option"):
        load(jsonl(tmp_path, row))


def test_beir_queries_take_their_judgements_beside_them(tmp_path):
    folder = tmp_path / "radlit"
    (folder / "qrels").mkdir(parents=True)
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t2\nq2\td3\t0\n")
    rows = ({"_id": "q1", "text": "bright T2 lesion", "metadata": {"subspecialty": "neuro"}}, {"_id": "q2", "text": "no one knows"})
    bad = []
    (item,) = load(jsonl(folder, *rows, name="queries.jsonl"), on_bad=bad.append)
    assert (item.id, item.relevant_docs, item.topic, item.source) == ("q1", ("d2", "d1"), "neuro", "radlit")
    assert "q2" in str(bad[0])
