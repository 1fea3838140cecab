"""`radqa eval run SET --task report`: each figure on a case whose outcome is known."""

import json

import pytest
from typer.testing import CliRunner

from evals.cli import app
from evals.report_task import figures, is_next, is_same, replayed
from evals.reports import Case, Entity

THYROID = "THYROID ULTRASOUND\nFindings: Right lobe: 16 mm nodule, solid, hypoechoic, wider-than-tall, smooth margins, no echogenic foci."
CHEST = "CT CHEST\nFINDINGS: 7 mm solid nodule in the right upper lobe. No pleural effusion.\nIMPRESSION: Nodule."


def of(**fields):
    (case,) = [Case.model_validate({"id": "a", **fields})]
    return {name: figure.value for name, figure in figures(list(replayed([case]))).items()}


def test_a_study_category_is_exact_within_one_or_neither():
    assert of(text=THYROID, system="TI-RADS", category="4", whole=False)["category exact"] == 1
    beside = of(text=THYROID, system="TI-RADS", category="5", whole=False)
    assert (beside["category exact"], beside["category within one"]) == (0, 1)
    far = of(text=THYROID, system="TI-RADS", category="1", whole=False)
    assert (far["category exact"], far["category within one"], far["valid output"]) == (0, 0, 1)


def test_no_category_where_one_is_asked_is_no_valid_output():
    made = of(text="THYROID ULTRASOUND\nFindings: normal.", system="TI-RADS", category="1", whole=False)
    assert (made["valid output"], made["category exact"]) == (0, 0)
    assert of(text=THYROID, system="LI-RADS treatment response", category="Viable", whole=False)["valid output"] == 0


@pytest.mark.parametrize(
    ("system", "one", "other", "same", "beside"),
    [
        ("Lung-RADS", "Lung-RADS 4A", "4A", True, True), ("Lung-RADS", "4A", "4B", False, True), ("Lung-RADS", "3", "4B", False, False),
        ("Bosniak", "Bosniak II", "Bosniak IIF", False, True), ("Bosniak", "Bosniak II", "Bosniak IV", False, False),
        ("LI-RADS", "LR-5", "LR-M", False, False), ("LI-RADS", "LR-5", "LR-4", False, True), ("PI-RADS", "", "4", False, False),
    ],
)  # fmt: skip
def test_categories_are_compared_by_what_they_say(system, one, other, same, beside):
    assert is_same(one, other) is same
    assert (is_same(one, other) or is_next(system, one, other)) is beside


def test_findings_count_with_and_without_their_assertion():
    gold = [{"organ": "lung", "kind": "nodule", "certainty": "uncertain"}, {"organ": "liver", "kind": "cyst"}]
    made = of(text=CHEST, findings=gold)
    assert made["finding F1"] == pytest.approx(2 / 3)
    assert (made["finding F1 with assertion"], made["assertion"]) == (0, 0)


def test_words_that_name_findings_count_with_and_without_their_assertion():
    text = "Small left pleural effusion . No pneumothorax ."
    entities = [Entity(start=19, end=27, certainty="present"), Entity(start=33, end=45, certainty="present")]
    made = of(text=text, entities=entities, whole=False)
    assert (made["word F1"], made["word F1 with assertion"]) == (1, 0.5)


def test_labels_count_where_they_are_there_and_where_they_are_not():
    made = of(
        text=CHEST,
        labelled_by="chexpert",
        labels={"Lung Lesion": "present", "Pleural Effusion": "absent", "Fracture": "present"},
        whole=False,
    )
    assert made["label F1"] == pytest.approx(2 / 3)
    assert made["label falsely present"] == 0
    assert made["label F1 with assertion"] == pytest.approx(4 / 5)
    wrong = of(text=CHEST, labelled_by="chexpert", labels={}, whole=False)
    assert wrong["label falsely present"] == pytest.approx(1 / 13)


def test_parts_of_a_report_count_whole_and_without_more():
    made = of(text=CHEST, sections={"Impression": "Nodule.", "Findings": "7 mm solid nodule"}, whole=False)
    assert made["sections"] == 0.5


def test_change_is_that_of_the_earlier_report_or_of_the_report_itself():
    gold = {"organ": "lung", "kind": "nodule", "change": "increased"}
    assert of(text=CHEST, prior=CHEST.replace("7 mm", "4 mm"), findings=[gold])["change"] == 1
    assert of(text=CHEST, prior=CHEST, findings=[gold])["change"] == 0
    assert of(text=CHEST.replace("solid nodule", "solid nodule, increased,"), findings=[gold])["change"] == 1


def test_a_report_in_another_language_is_held_against_its_translation():
    made = of(text="CT Thorax\nBefund: Rundherd 7 mm im rechten Oberlappen.", translation=CHEST, language="German", whole=False)
    assert made["finding F1 against the translation"] == 1


def test_a_report_that_cannot_be_read_is_a_failure_and_no_valid_output():
    (one,) = replayed([Case(id="a", text="x" * 200_001)])
    assert one.failure is not None
    assert figures([one])["valid output"].value == 0


def test_the_command_prints_and_keeps_the_figures(tmp_path):
    file = tmp_path / "set.jsonl"
    file.write_text(
        json.dumps({"id": "a", "text": CHEST, "findings": [{"organ": "lung", "kind": "nodule"}, {"organ": "liver", "kind": "cyst"}]})
    )
    done = CliRunner().invoke(app, ["run", str(file), "--task", "report", "--json", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["figures"]["finding F1"] == {"value": 0.6667, "n": 2}
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["reports"] == 1
    assert json.loads((tmp_path / "out" / "reports.jsonl").read_text())["missed"] == [{"organ": "liver", "kind": "cyst"}]


def test_options_that_mean_nothing_to_reports_are_refused(tmp_path):
    done = CliRunner().invoke(app, ["run", str(tmp_path / "set.jsonl"), "--task", "report", "--model", "x"])
    assert done.exit_code == 2
    assert "--model" in done.output


def test_a_failed_report_fails_the_command(tmp_path):
    file = tmp_path / "set.jsonl"
    file.write_text(json.dumps({"id": "a", "text": "x" * 200_001, "findings": []}))
    assert CliRunner().invoke(app, ["run", str(file), "--task", "report", "--json"]).exit_code == 1
